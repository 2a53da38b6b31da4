use super::*;
use crate::http::Failure;

const fn refusal(name: &'static str) -> Refusal {
    Refusal { name, sentence: "look there" }
}

const WRONG_APP: Refusal = refusal("WrongApp");
const LOGIN_REFUSED: Refusal = refusal("LoginRefused");
const READ_ONLY: Refusal = refusal("ReadOnly");

const OAUTH: OAuth =
    OAuth { wrong_app: WRONG_APP, refused: LOGIN_REFUSED, needs: Some(("media:write", READ_ONLY)) };

#[expect(clippy::unnecessary_wraps, reason = "the tables hold replies")]
fn reply(status: u16, body: &str) -> Reply {
    Ok(Answer { status, body: body.into(), ..Answer::default() })
}

fn error(status: u16, error: &str) -> Reply {
    reply(status, &format!(r#"{{"error":"{error}","error_description":"…"}}"#))
}

fn tokens(scope: &str, refresh: &str) -> Reply {
    reply(
        200,
        &format!(
            r#"{{"access_token":"at_2","token_type":"Bearer","expires_in":604800{refresh},"scope":"{scope}"}}"#
        ),
    )
}

const REFRESH: &str = r#","refresh_token":"rt_2""#;

fn pair(refresh: &str) -> TokenPair {
    let lifetime = Duration::from_secs(604_800);
    TokenPair::new("at_2".into(), refresh.into(), Time(5), lifetime).expect("a pair")
}

#[test]
fn a_poll_goes_on_until_the_tracker_says_otherwise_and_a_login_may_write() {
    let refused = |refusal| Poll::Failed(LoginError::Refused(refusal));
    let cases = [
        (tokens("media:read media:write", REFRESH), Poll::Approved(pair("rt_2"))),
        (tokens("media:read", REFRESH), refused(READ_ONLY)),
        (tokens("", REFRESH), refused(READ_ONLY)),
        (tokens("media:read media:write", ""), unusable()),
        (reply(200, "…"), unusable()),
        (error(400, "authorization_pending"), Poll::Pending),
        (error(400, "slow_down"), Poll::SlowDown(Duration::from_secs(5))),
        (reply(429, ""), Poll::SlowDown(Duration::from_secs(5))),
        (error(400, "expired_token"), Poll::Failed(LoginError::Expired)),
        (error(400, "access_denied"), refused(LOGIN_REFUSED)),
        (error(403, "access_denied"), refused(LOGIN_REFUSED)),
        (error(401, "authorization_pending"), Poll::Pending),
        (error(403, "authorization_pending"), Poll::Pending),
        (error(500, "access_denied"), Poll::Unreachable("it answered 500".into())),
        (error(400, "invalid_grant"), Poll::Failed(LoginError::UnknownCode)),
        (error(401, "invalid_client"), refused(WRONG_APP)),
        (error(400, "unauthorized_client"), refused(WRONG_APP)),
        (reply(502, "<html>"), Poll::Unreachable("it answered 502".into())),
        (
            Err(Failure::NotSent("no route".into())),
            Poll::Unreachable("could not connect: no route".into()),
        ),
    ];
    for (reply, expected) in cases {
        assert_eq!(OAUTH.poll(reply.clone(), Time(5)), expected, "{reply:?}");
    }
}

#[test]
fn a_refresh_keeps_the_refresh_token_and_only_a_clear_word_ends_a_login() {
    let old = pair("rt_1");
    let later = |why: &str| Refresh::Later(why.to_owned());
    let cases = [
        (tokens("media:write", REFRESH), Refresh::Renewed(pair("rt_2"))),
        (tokens("media:write", ""), Refresh::Renewed(pair("rt_1"))),
        (reply(200, "…"), later("it sent unusable tokens")),
        (error(400, "invalid_grant"), Refresh::InvalidGrant),
        (error(401, "invalid_token"), Refresh::InvalidGrant),
        (error(401, "invalid_client"), Refresh::Refused(WRONG_APP)),
        (reply(401, ""), later("it answered 401 to the refresh")),
        (reply(429, ""), later("it answered 429 to the refresh")),
        (reply(503, "<html>"), later("it answered 503 to the refresh")),
        (Err(Failure::AnswerLost("cut".into())), later("no answer: cut")),
    ];
    for (reply, expected) in cases {
        assert_eq!(OAUTH.refresh(reply.clone(), &old, Time(5)), expected, "{reply:?}");
    }
}

#[test]
fn a_code_is_shown_with_its_link_and_a_wrong_app_is_told_apart() {
    let code = |url: &str, more: &str| {
        reply(
            200,
            &format!(
                r#"{{"device_code":"dc_x","user_code":"ABCD-WXYZ","verification_uri":"{url}"{more},"expires_in":900,"interval":5}}"#
            ),
        )
    };
    let page = "https://tracker.example/pin";
    let complete =
        r#","verification_uri_complete":"https://tracker.example/pin?user_code=ABCD-WXYZ""#;
    for (more, link) in [(complete, "https://tracker.example/pin?user_code=ABCD-WXYZ"), ("", page)]
    {
        let code = OAUTH.code(code(page, more)).expect("a code");
        let seen = (code.user_code.as_str(), code.link.as_str(), code.lifetime.as_secs());
        assert_eq!(seen, ("ABCD-WXYZ", link, 900));
    }
    assert!(matches!(OAUTH.code(code("javascript:x", "")), Err(LoginError::NoAnswer(_))));
    let wrong = error(401, "invalid_client");
    assert_eq!(OAUTH.code(wrong), Err(LoginError::Refused(WRONG_APP)));
}

#[test]
fn a_login_of_which_nothing_is_asked_may_do_what_it_may() {
    let oauth = OAuth { needs: None, ..OAUTH };
    assert_eq!(oauth.poll(tokens("", REFRESH), Time(5)), Poll::Approved(pair("rt_2")));
}
