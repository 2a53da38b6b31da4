use super::*;
use crate::event::Time;
use crate::http::{Answer, Failure, Method};
use crate::tracker::ruling::LONGEST_WAIT;
use serde_json::json;

fn call(path: &str) -> Call {
    let effect = match path {
        "/scrobble/stop" => Effect::PlayNow,
        "/sync/history" => Effect::AddPlays,
        _ => Effect::Change,
    };
    let method = if path.ends_with("/7") { Method::Delete } else { Method::Post };
    Call { method, path: path.to_owned(), body: None, effect }
}

#[expect(clippy::unnecessary_wraps, reason = "the tables hold replies")]
fn reply(status: u16, body: &str) -> Reply {
    let html = body.starts_with('<');
    Ok(Answer { status, body: body.into(), html, ..Answer::default() })
}

fn refused(status: u16, error: &str) -> Reply {
    reply(status, &json!({ "error": error, "code": status, "message": "…" }).to_string())
}

#[test]
fn each_status_and_error_has_its_meaning() {
    use CallOutcome::{Refused, Repeats, Taken, Unknown};
    let hurdle = CallOutcome::Hurdle;
    let account = |refusal| hurdle(Hurdle::Refused(refusal));
    let away = |why: &str| hurdle(Hurdle::Unreachable { told: None, why: why.to_owned() });
    let second = Duration::from_secs(1);
    let at = Time::from_rfc3339("2026-11-23T20:15:00Z");
    let before = r#"{"watched_at":"2026-11-23T20:15:00Z","expires_at":"2026-11-23T21:15:00Z"}"#;
    let found = r#"{"added":{"movies":1},"not_found":{"movies":[],"shows":[],"episodes":[]}}"#;
    let missing = r#"{"added":{"movies":0},"not_found":{"movies":[],"shows":[{"ids":{}}]}}"#;
    let unread = "its answer could not be understood";
    let (start, pause, stop) = ("/scrobble/start", "/scrobble/pause", "/scrobble/stop");
    let could_not = |error: &str| {
        Refused(format!("Simkl could not read the request (400{error}); the log shows it"))
    };
    let cases = [
        (start, reply(201, r#"{"action":"start"}"#), Taken),
        (start, reply(201, ""), Taken),
        (pause, reply(201, r#"{"action":"pause"}"#), Taken),
        (stop, reply(201, r#"{"action":"scrobble"}"#), Taken),
        (stop, reply(201, r#"{"action":"pause"}"#), Repeats(None)),
        (stop, reply(409, before), Repeats(at)),
        (stop, reply(409, "{}"), Repeats(None)),
        (pause, reply(409, before), Taken),
        ("/sync/history", reply(201, found), Taken),
        ("/sync/history", reply(200, found), Taken),
        ("/sync/history", reply(201, missing), Unknown),
        ("/sync/history", reply(201, "…"), away(unread)),
        ("/sync/history/remove", reply(201, missing), Unknown),
        ("/sync/history/remove", reply(201, "…"), Taken),
        ("/sync/ratings", reply(201, missing), Unknown),
        ("/sync/ratings/remove", reply(201, missing), Taken),
        ("/sync/playback/7", reply(204, ""), Taken),
        ("/sync/playback/7", reply(200, r#"{"deleted":true}"#), Taken),
        ("/sync/playback/7", refused(404, "not_found"), Taken),
        (start, refused(404, "id_err"), Unknown),
        (start, refused(404, "url_failed"), account(GATEWAY)),
        (start, refused(404, "empty"), account(GATEWAY)),
        (start, reply(404, ""), account(GATEWAY)),
        (start, reply(404, "<html>"), away("it answered 404")),
        (start, refused(400, "RATE_LIMIT"), hurdle(Hurdle::Locked(LOCK))),
        (start, refused(400, "wrong_parameter"), could_not(" wrong_parameter")),
        (start, refused(400, "empty_field"), could_not(" empty_field")),
        (start, refused(400, "max_items"), could_not(" max_items")),
        (start, reply(400, ""), could_not("")),
        (start, refused(401, "user_token_failed"), hurdle(Hurdle::Unauthorised)),
        (start, refused(401, "user_token_required"), hurdle(Hurdle::Unauthorised)),
        (start, refused(403, "insufficient_scope"), account(READ_ONLY)),
        (start, refused(403, "forbidden"), account(APP_REFUSED)),
        (start, refused(403, "redirect_failed"), account(APP_REFUSED)),
        (start, reply(403, "<html>"), away("it answered 403")),
        (start, refused(412, "client_id_failed"), account(WRONG_APP)),
        (start, refused(429, "rate_limit"), hurdle(Hurdle::TooFast(second))),
        (start, reply(429, ""), hurdle(Hurdle::TooFast(second))),
        (start, refused(429, "user_limit_exceeded"), hurdle(Hurdle::UsedUp(LONGEST_WAIT))),
        (start, refused(429, "app_limit_exceeded"), hurdle(Hurdle::UsedUp(LONGEST_WAIT))),
        (start, reply(302, ""), away("it answered 302")),
        (start, reply(500, ""), away("it answered 500")),
        (start, reply(503, "<html>"), away("it answered 503")),
        (start, reply(418, ""), Refused("Simkl refuses it (418)".to_owned())),
        (start, Err(Failure::NotSent("no route".into())), away("could not connect: no route")),
        (start, Err(Failure::AnswerLost("cut".into())), away("no answer: cut")),
    ];
    for (path, reply, expected) in cases {
        assert_eq!(judge(&call(path), &reply), expected, "{path} {reply:?}");
    }
}

#[test]
fn a_day_that_is_used_up_is_over_when_the_answer_says_or_at_midnight() {
    let evening = Time::from_rfc3339("2026-11-28T03:00:00Z");
    let seconds = Duration::from_secs;
    for (retry_after, date, expected) in [
        (Some(seconds(50_000)), evening, seconds(50_000)),
        (Some(seconds(900_000)), None, seconds(90_000)),
        (Some(seconds(0)), None, seconds(1)),
        (None, evening, seconds(7_200)),
        (None, None, LONGEST_WAIT),
    ] {
        let body = br#"{"error":"user_limit_exceeded"}"#.to_vec();
        let answer = Answer { status: 429, retry_after, date, body, ..Answer::default() };
        assert_eq!(hurdle(&Ok(answer)), Some(Hurdle::UsedUp(expected)), "{retry_after:?} {date:?}");
    }
}

#[test]
fn what_may_have_been_obeyed_is_what_was_not_refused() {
    let found = r#"{"added":{"movies":1},"not_found":{}}"#;
    for (path, reply, expected) in [
        ("/scrobble/stop", reply(500, ""), true),
        ("/scrobble/stop", reply(201, "<html>"), true),
        ("/scrobble/stop", refused(400, "RATE_LIMIT"), false),
        ("/scrobble/stop", Err(Failure::AnswerLost("cut".into())), true),
        ("/scrobble/stop", Err(Failure::NotSent("no route".into())), false),
        ("/sync/history", reply(201, found), false),
        ("/sync/history", reply(201, "…"), true),
    ] {
        assert_eq!(may_have_obeyed(&call(path), &reply), expected, "{path} {reply:?}");
    }
}
