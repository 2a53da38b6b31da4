use super::*;
use crate::http::Answer;
use std::time::Duration;

fn code(url: &str, more: &str) -> DeviceCode {
    let body = format!(
        r#"{{"device_code":"dc","user_code":"ABCDEFGH","verification_uri":"{url}"{more},"expires_in":300,"interval":5}}"#
    );
    let answer = Answer { status: 200, body: body.into_bytes(), ..Answer::default() };
    with_link(OAUTH.code(Ok(answer)).expect("a code"))
}

#[test]
fn a_code_has_a_link_that_types_it() {
    const PAGE: &str = "https://mdblist.com/oauth/device/";
    let complete = r#","verification_uri_complete":"https://mdblist.com/d/ABCDEFGH""#;
    for (more, link) in [
        ("", "https://mdblist.com/oauth/device/?user_code=ABCDEFGH"),
        (complete, "https://mdblist.com/d/ABCDEFGH"),
    ] {
        let code = code(PAGE, more);
        assert_eq!((code.link.as_str(), code.verification_url.as_str()), (link, PAGE));
    }
    let with_query = "https://mdblist.com/?d=1";
    assert_eq!(code(with_query, "").link, with_query);
}

#[test]
fn without_an_app_nobody_is_asked_for_a_code() {
    let settings = crate::config::MdbList { client_id: String::new(), ..Default::default() };
    let client = Client { settings, time_limit: Duration::from_secs(1) };
    assert_eq!(device_code(&client), Err(LoginError::NoApp(NO_APP)));
}
