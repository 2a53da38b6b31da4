use super::*;
use crate::delivery::SHORTEST_LIFETIME;
use crate::http::scripted::{Script, answer};
use crate::http::{Answer, Failure};
use crate::tracker::trakt::refusal::VIP_NEEDED;
use serde_json::json;

const TOKENS: &str = r#"{"access_token":"a2","token_type":"bearer","expires_in":604800,
    "refresh_token":"r2","scope":"public","created_at":1487889741}"#;

fn pair() -> TokenPair {
    TokenPair {
        access: Secret::new("a2"),
        refresh: Secret::new("r2"),
        created: Time(5),
        lifetime: Duration::from_secs(604_800),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the tables hold replies")]
fn reply(status: u16, body: &str) -> Reply {
    let html = body.starts_with('<');
    Ok(Answer { status, body: body.into(), html, ..Answer::default() })
}

fn client(settings: crate::config::Trakt) -> Client {
    Client { settings, time_limit: Duration::from_secs(5) }
}

fn no_route() -> Reply {
    Err(Failure::NotSent("no route".into()))
}

#[test]
fn a_poll_goes_on_until_trakt_says_otherwise() {
    let refused = |refusal| Poll::Failed(LoginError::Refused(refusal));
    let cases = [
        (reply(200, TOKENS), Poll::Approved(pair())),
        (reply(400, ""), Poll::Pending),
        (reply(401, ""), refused(WRONG_SECRET)),
        (reply(403, ""), refused(APP_GONE)),
        (reply(403, "<html>"), Poll::Unreachable("it answered 403".into())),
        (reply(404, ""), Poll::Failed(LoginError::UnknownCode)),
        (reply(409, ""), Poll::Failed(LoginError::AlreadyUsed)),
        (reply(410, ""), Poll::Failed(LoginError::Expired)),
        (reply(418, ""), refused(LOGIN_REFUSED)),
        (reply(426, ""), refused(VIP_NEEDED)),
        (reply(429, ""), Poll::SlowDown(Duration::from_secs(5))),
        (reply(502, "<html>"), Poll::Unreachable("it answered 502".into())),
        (no_route(), Poll::Unreachable("could not connect: no route".into())),
    ];
    for (reply, expected) in cases {
        assert_eq!(judge_poll(reply.clone(), Time(5)), expected, "{reply:?}");
    }
}

#[test]
fn only_invalid_grant_ends_a_login() {
    let later = |why: &str| Refresh::Later(why.to_owned());
    let cases = [
        (reply(200, TOKENS), Refresh::Renewed(pair())),
        (reply(200, "<html>"), later("it sent unusable tokens")),
        (reply(400, r#"{"error":"invalid_grant"}"#), Refresh::InvalidGrant),
        (reply(401, r#"{"error":"invalid_grant"}"#), Refresh::InvalidGrant),
        (reply(400, r#"{"error":"invalid_request"}"#), later("it answered 400 to the refresh")),
        (reply(400, ""), later("it answered 400 to the refresh")),
        (reply(401, r#"{"error":"invalid_client"}"#), Refresh::Refused(WRONG_SECRET)),
        (reply(403, ""), Refresh::Refused(APP_GONE)),
        (reply(403, "<html>"), later("it answered 403 to the refresh")),
        (reply(503, ""), later("it answered 503 to the refresh")),
        (no_route(), later("could not connect: no route")),
        (Err(Failure::AnswerLost("it was cut off".into())), later("no answer: it was cut off")),
    ];
    for (reply, expected) in cases {
        assert_eq!(judge_refresh(reply.clone(), Time(5)), expected, "{reply:?}");
    }
}

#[test]
fn without_a_code_the_sentence_says_what_to_do() {
    let code = r#"{"device_code":"d","user_code":"5055CC52","verification_url":
        "https://auth.trakt.tv/activate","expires_in":600,"interval":5}"#;
    assert_eq!(judge_code(reply(200, code)).map(|c| c.user_code), Ok("5055CC52".into()));
    for (reply, expected) in [
        (reply(403, ""), LoginError::Refused(APP_GONE)),
        (reply(426, ""), LoginError::Refused(VIP_NEEDED)),
        (reply(500, ""), LoginError::NoAnswer("it answered 500".into())),
        (reply(200, "?"), LoginError::NoAnswer("its answer could not be understood".into())),
    ] {
        assert_eq!(judge_code(reply), Err(expected));
    }
    let client = client(crate::config::Trakt {
        client_id: String::new(),
        ..crate::config::Trakt::default()
    });
    assert_eq!(device_code(&client), Err(LoginError::NoApp(NO_APP)));
}

#[test]
fn the_link_has_the_code_in_it_where_that_is_sure_to_work() {
    let link = |url: &str, code: &str| {
        let answer = json!({"device_code": "d", "user_code": code, "verification_url": url,
            "expires_in": 600, "interval": 5});
        judge_code(reply(200, &answer.to_string())).map(|code| code.link).unwrap_or_default()
    };
    let cases = [
        ("https://auth.trakt.tv/activate", "5055CC52", "https://auth.trakt.tv/activate/5055CC52"),
        ("https://trakt.tv/activate/", "5055-CC52", "https://trakt.tv/activate/5055-CC52"),
        ("https://trakt.tv/activate", "5/0", "https://trakt.tv/activate"),
        ("https://trakt.tv/go?to=activate", "5055CC52", "https://trakt.tv/go?to=activate"),
    ];
    for (url, code, expected) in cases {
        assert_eq!(link(url, code), expected);
    }
}

#[test]
fn a_pair_is_kept_and_read_again_and_is_due_at_half_of_its_lifetime() {
    assert_eq!(TokenPair::from_json(&pair().to_json()), Some(pair()));
    assert_eq!(TokenPair::from_json("{}"), None);
    assert_eq!(pair().refresh_due(), Some(Time(302_400_005)));
    assert!(!format!("{:?}", pair()).contains("a2"));
}

#[test]
fn a_token_is_visible_ascii_since_it_becomes_a_header() {
    let answer = |access: &str, refresh: &str| {
        let body = json!({"access_token": access, "refresh_token": refresh, "expires_in": 604_800});
        judge_refresh(reply(200, &body.to_string()), Time(5))
    };
    let (long, longer) = ("x".repeat(4096), "x".repeat(4097));
    assert!(matches!(answer(&long, "r"), Refresh::Renewed(_)));
    assert!(matches!(answer("a", "~!"), Refresh::Renewed(_)));
    for bad in ["", " a", "a b", "a\r\nHost: x", "a\n", "a\0", "a\u{7f}", "ä", &longer] {
        let nonsense = Refresh::Later("it sent unusable tokens".to_owned());
        assert_eq!(answer(bad, "r"), nonsense, "{bad:?}");
        assert_eq!(answer("a", bad), nonsense, "{bad:?}");
    }
    assert_eq!(TokenPair::from_json(&pair().to_json().replace("a2", "a\\nX: y")), None);
}

#[test]
fn a_lifetime_of_nothing_makes_no_sense() {
    for (said, taken) in [(0, 600), (1, 600), (599, 600), (601, 601), (u64::MAX, u64::MAX)] {
        let body = json!({"access_token": "a", "refresh_token": "r", "expires_in": said});
        let refresh = judge_refresh(reply(200, &body.to_string()), Time(5));
        let Refresh::Renewed(pair) = refresh else { panic!("{said}: {refresh:?}") };
        assert_eq!(pair.lifetime.as_secs(), taken, "{said}");
        assert_eq!(TokenPair::from_json(&pair.to_json()), Some(pair));
    }
    let kept = pair().to_json().replace("604800", "0");
    assert_eq!(TokenPair::from_json(&kept).map(|pair| pair.lifetime), Some(SHORTEST_LIFETIME));
}

#[test]
fn a_code_that_can_not_be_shown_makes_no_sense() {
    let answer = |user: &str, url: &str, lifetime: u64| {
        let body = json!({"device_code": "d", "user_code": user, "verification_url": url,
            "expires_in": lifetime, "interval": u64::MAX});
        judge_code(reply(200, &body.to_string())).map(|code| code.lifetime.as_secs()).ok()
    };
    let url = "https://auth.trakt.tv/activate";
    for (user, url, lifetime, expected) in [
        ("5055CC52", url, 600, Some(600)),
        ("5055CC52", "http://127.0.0.1:9/activate", 0, Some(0)),
        ("5055CC52", url, u64::MAX, Some(3600)),
        ("", url, 600, None),
        ("a\u{1b}[2J", url, 600, None),
        ("a b", url, 600, None),
        (&"5".repeat(33), url, 600, None),
        ("5055CC52", "javascript:alert(1)", 600, None),
        ("5055CC52", "https://x/\n", 600, None),
        ("5055CC52", "", 600, None),
    ] {
        assert_eq!(answer(user, url, lifetime), expected, "{user:?} {url:?}");
    }
}

#[test]
fn a_refresh_posts_what_oauth_wants_to_the_host_for_it() {
    let script = Script::start(vec![("POST /oauth/token", answer(200, TOKENS))]);
    let client = client(crate::config::Trakt {
        client_id: "id".into(),
        client_secret: Secret::new("secret"),
        auth_url: script.url(""),
        ..crate::config::Trakt::default()
    });
    assert_eq!(refresh(&client, &pair(), Time(5)), Refresh::Renewed(pair()));
    assert_eq!(
        script.seen(),
        [concat!(
            r#"POST /oauth/token {"client_id":"id","client_secret":"secret","#,
            r#""grant_type":"refresh_token","redirect_uri":"urn:ietf:wg:oauth:2.0:oob","#,
            r#""refresh_token":"r2"}"#
        )]
    );
}
