use super::*;
use crate::event::Source;
use crate::server::body;
use crate::webhook::{self, Said};
use proptest::prelude::*;
use std::fs;

/// What is cleaned, and what is left of it; all failures at once.
#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, expected)| (cleaned(text), *expected))
        .filter(|(seen, expected)| seen != expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn addresses_and_secrets_go_and_the_rest_stays() {
    let cases = [
        (r#"{"publicAddress":"203.0.113.7"}"#, r#"{"publicAddress":"removed"}"#),
        (r#"{"RemoteEndPoint" : "nas.lan"}"#, r#"{"RemoteEndPoint" : "removed"}"#),
        (r#"{"X-Plex-Token":"a\"b","n":1}"#, r#"{"X-Plex-Token":"removed","n":1}"#),
        (r#"{"AccessToken":"","Title":"a"}"#, r#"{"AccessToken":"","Title":"a"}"#),
        (r#"{"Path":"\\\\nas\\tv\\x.mkv"}"#, r#"{"Path":"removed"}"#),
        (r#"{"Version":"4.8.11.0"}"#, r#"{"Version":"4.8.11.0"}"#),
        (r#"{"Account":{"title":"jo@example.org"}}"#, r#"{"Account":{"title":"removed"}}"#),
        (r#"{"a":"at 10.0.0.9:32400, ok"}"#, r#"{"a":"at removed, ok"}"#),
        (r#"{"a":"fe80::1%eth0","b":"[2001:db8::2]:80"}"#, r#"{"a":"removed","b":"[removed]:80"}"#),
        (
            r#"{"u":"https://203.0.113.7:32400/x?X-Plex-Token=abc&y=1"}"#,
            r#"{"u":"https://removed/x?X-Plex-Token=removed&y=1"}"#,
        ),
        (r#"{"u":"/x?api_key=abc"}"#, r#"{"u":"/x?api_key=removed"}"#),
        (r#"{"guid":"tvdb://1/2?lang=en"}"#, r#"{"guid":"tvdb://1/2?lang=en"}"#),
        (r#"{"Date":"2025-12-08T21:31:07.88Z"}"#, r#"{"Date":"2025-12-08T21:31:07.88Z"}"#),
        (r#"{"t":"8:45, S.W.A.T. @ 3.10"}"#, r#"{"t":"8:45, S.W.A.T. @ 3.10"}"#),
        // No JSON any more, or never.
        (r#"{"Title":"a "quoted" one",}"#, r#"{"Title":"a "quoted" one",}"#),
        (r#"{"token":"abc"#, r#"{"token":"removed"#),
        ("token=abc&ip=10.0.0.9", "token=removed&ip=removed"),
        ("", ""),
    ];
    check(&cases);
}

#[test]
fn every_way_to_write_a_login_goes_and_no_films_name() {
    let cases = [
        (
            r#"{"h":"Basic am86c2VjcmV0","t":"Basic Instinct"}"#,
            r#"{"h":"Basic removed","t":"Basic Instinct"}"#,
        ),
        (
            r#"{"h":"Authorization: basic am86cy9lL2NyZXQ/Pz8="}"#,
            r#"{"h":"Authorization: basic removed"}"#,
        ),
        (r#"{"h":"Bearer eyJhbGciOi.J9-abc_def"}"#, r#"{"h":"Bearer removed"}"#),
        (r#"{"t":"The Bearer Remembers"}"#, r#"{"t":"The Bearer Remembers"}"#),
        (
            r#"{"pass":"a","PW":"b","userPass":"c"}"#,
            r#"{"pass":"removed","PW":"removed","userPass":"removed"}"#,
        ),
        (
            r#"{"session_key":"a","SessionKey":7}"#,
            r#"{"session_key":"removed","SessionKey":"removed"}"#,
        ),
        (
            r#"{"sig":"a","X-Plex-Signature":"b","cookie":"c"}"#,
            r#"{"sig":"removed","X-Plex-Signature":"removed","cookie":"removed"}"#,
        ),
        (r#"{"compass":"a","design":"b","key":"c"}"#, r#"{"compass":"a","design":"b","key":"c"}"#),
        (r#"{"token":12345 ,"n":1}"#, r#"{"token":"removed" ,"n":1}"#),
        (r#"{"token":null,"pass":true}"#, r#"{"token":null,"pass":true}"#),
        (r#"{"tokens":["a","b"],"t":"c"}"#, r#"{"tokens":["removed","removed"],"t":"c"}"#),
        (r#"{"tok\u0065n":"abc"}"#, r#"{"tok\u0065n":"removed"}"#),
        (r#"{"a":"tok\u0065n=abc"}"#, r#"{"a":"token=removed"}"#),
        (r#"{"a":"jo\u0040example.org"}"#, r#"{"a":"removed"}"#),
        (r#"{"a":"{\"token\":\"abc\"}"}"#, r#"{"a":"{\"token\":\"removed\"}"}"#),
        (r#"{"a":"say \"hi\" \u0041"}"#, r#"{"a":"say \"hi\" \u0041"}"#),
        (r#"{"u":"https://jo:pw@nas/x"}"#, r#"{"u":"https://removed@nas/x"}"#),
        (r#"{"u":"http://jo:p&w=d@nas:8096/x@y"}"#, r#"{"u":"http://removed@nas:8096/x@y"}"#),
        (r#"{"u":"https://abc@[::1]/"}"#, r#"{"u":"https://removed@[removed]/"}"#),
        (r#"{"u":"jo:pw@nas"}"#, r#"{"u":"removed"}"#),
        (
            r#"{"u":"/x?pass=abc&sig=d==&pw=e"}"#,
            r#"{"u":"/x?pass=removed&sig=removed==&pw=removed"}"#,
        ),
        (r#"{token: "abc", 'pw': "x"}"#, r#"{token: "removed", 'pw': "removed"}"#),
        (r#"<Server token="abc" title="a"/>"#, r#"<Server token="removed" title="a"/>"#),
        (r#"{"a":"token = abc, b"}"#, r#"{"a":"token = removed, b"}"#),
        (r#"{"a":"token='abc' x='y'"}"#, r#"{"a":"token='removed' x='y'"}"#),
        (r#"{"u":"h%2Fx%3Ftoken%3Dabc%26y=1"}"#, r#"{"u":"h%2Fx%3Ftoken%3Dremoved%26y=1"}"#),
        (r#"{"u":"x%253Ftoken%253Dabc%2526y"}"#, r#"{"u":"x%253Ftoken%253Dremoved%2526y"}"#),
        (
            r#"{"a":"Cookie: s=0123456789abcdef; X-Plex-Token: 0123456789abcdef"}"#,
            r#"{"a":"Cookie: s=removed; X-Plex-Token: removed"}"#,
        ),
        (r#"{"a":"The Secret: Dare to Dream"}"#, r#"{"a":"The Secret: Dare to Dream"}"#),
        (r#"{"pin":"1234","spinning":"a"}"#, r#"{"pin":"removed","spinning":"a"}"#),
        (
            r#"{"u":"http://nas/webhook/plextrakt?abc","v":"/metrics?abc","w":"/film?abc"}"#,
            r#"{"u":"http://nas/webhook/plextrakt?removed","v":"/metrics?removed","w":"/film?abc"}"#,
        ),
    ];
    check(&cases);
}

#[test]
fn what_is_said_stays_the_same_but_for_a_path_and_a_name_that_is_an_address() {
    let folders = [(Source::Plex, "plex"), (Source::Jellyfin, "jellyfin"), (Source::Emby, "emby")];
    for (source, folder) in folders {
        for entry in fs::read_dir(format!("tests/payloads/{folder}")).expect("payloads") {
            let path = entry.expect("an entry").path();
            let bytes = fs::read(&path).expect("a payload");
            let Ok(json) = body::json(&bytes) else { continue };
            let clean = cleaned(&String::from_utf8_lossy(&json));
            let mut expected = webhook::parse(source, &json);
            if let Ok(Said::Event(event)) = &mut expected {
                let path = &mut event.item.file.path;
                if !path.is_empty() {
                    REMOVED.clone_into(path);
                }
                if event.user.name.contains('@') {
                    REMOVED.clone_into(&mut event.user.name);
                }
            }
            let seen = webhook::parse(source, clean.as_bytes());
            assert_eq!(seen, expected, "{}", path.display());
        }
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_no_address_is_left(
        before in "[^0-9a-zA-Z]{0,20}", name in "[a-z]{1,8}", behind in "[^0-9a-zA-Z]{0,20}",
    ) {
        let _ = cleaned(&format!("{before}{behind}"));
        let json = serde_json::json!({ name: format!("{before} 192.0.2.77 {behind}") });
        prop_assert!(!cleaned(&json.to_string()).contains("192.0.2.77"), "{json}");
    }
}
