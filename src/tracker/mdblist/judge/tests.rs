use super::*;
use crate::http::{Failure, Method};
use crate::tracker::mdblist::calls::ADD;
use serde_json::json;

fn call(path: &str) -> Call {
    let effect = match path {
        "/scrobble/stop" => Effect::PlayNow,
        ADD => Effect::AddPlays,
        _ => Effect::Change,
    };
    let body = match path {
        "/sync/ratings" => json!({ "shows": [{ "ids": {}, "seasons": [{ "number": 1 }] }] }),
        path if path.starts_with("/sync/") => json!({ "movies": [{ "ids": {} }] }),
        _ => json!({ "movie": {} }),
    };
    Call { method: Method::Post, path: path.to_owned(), body: Some(body), effect }
}

#[expect(clippy::unnecessary_wraps, reason = "the tables hold replies")]
fn reply(status: u16, body: &str) -> Reply {
    let html = body.starts_with('<');
    Ok(Answer { status, body: body.into(), html, ..Answer::default() })
}

fn refused(status: u16, error: &str) -> Reply {
    reply(status, &json!({ "error": error }).to_string())
}

#[test]
fn each_status_and_error_has_its_meaning() {
    use CallOutcome::{Had, Refused, Repeats, Stumbles, Taken, Unknown};
    let hurdle = CallOutcome::Hurdle;
    let account = |refusal| hurdle(Hurdle::Refused(refusal));
    let away = |why: &str| hurdle(Hurdle::Unreachable { told: None, why: why.to_owned() });
    let unread = "its answer could not be understood";
    let could_not = |error: &str| {
        Refused(format!("MDBList could not read the request (400{error}); the log shows it"))
    };
    let (start, pause, stop) = ("/scrobble/start", "/scrobble/pause", "/scrobble/stop");
    let clear = "/scrobble/clear";
    let wrong = r#"{"error":{"progress":["This field is required."]}}"#;
    let missing = r#"{"updated":{"movies":0},"not_found":{"movies":[{"ids":{}}]}}"#;
    let cases = [
        (start, reply(201, r#"{"id":12,"action":"start"}"#), Taken),
        (pause, reply(200, r#"{"id":12,"action":"pause"}"#), Taken),
        (pause, reply(201, ""), Taken),
        (stop, reply(200, r#"{"action":"scrobble","progress":"95.50"}"#), Taken),
        (stop, reply(200, r#"{"id":12,"action":"pause"}"#), Repeats(None)),
        (clear, reply(200, r#"{"action":"clear","deleted":true}"#), Taken),
        (clear, refused(404, "Scrobble session not found"), Taken),
        (ADD, reply(200, r#"{"updated":{"movies":1,"episodes":0}}"#), Taken),
        (ADD, reply(200, r#"{"updated":{"movies":0,"episodes":1}}"#), Unknown),
        (ADD, reply(200, r#"{"updated":{"movies":1},"not_found":{"movies":[]}}"#), Taken),
        (ADD, reply(200, missing), Unknown),
        (ADD, reply(200, r#"{"updated":{"movies":1},"not_found":{"shows":1}}"#), Unknown),
        (ADD, reply(200, r#"{"added":{"movies":0},"existing":{"movies":1}}"#), Had),
        (ADD, reply(200, r#"{"updated":{"movies":1},"plays":[{"added":true}]}"#), Taken),
        (ADD, reply(200, r#"{"updated":{"movies":1},"plays":[{"added":false}]}"#), Had),
        (
            ADD,
            reply(200, r#"{"updated":{"movies":1},"plays":[{"added":false},{"added":true}]}"#),
            Taken,
        ),
        (ADD, reply(200, r#"{"updated":{"movies":1},"plays":[]}"#), Taken),
        (ADD, reply(200, "{}"), away(unread)),
        (ADD, reply(200, "…"), away(unread)),
        (ADD, refused(404, "Movie not found in database"), Unknown),
        ("/sync/watched/remove", reply(200, missing), Taken),
        ("/sync/watched/remove", reply(200, r#"{"removed":{"movies":0}}"#), Taken),
        ("/sync/ratings", reply(200, r#"{"updated":{"seasons":1}}"#), Taken),
        ("/sync/ratings", reply(200, r#"{"updated":{"movies":1}}"#), Unknown),
        ("/sync/ratings", reply(200, r#"{"existing":{"seasons":1}}"#), Taken),
        ("/sync/ratings", reply(200, "…"), Taken),
        ("/sync/ratings/remove", reply(200, missing), Taken),
        ("/watchlist/items/remove", reply(200, r#"{"removed":{"movies":0}}"#), Taken),
        (start, refused(404, "Movie not found in database"), Unknown),
        (start, refused(404, "Season not found in database"), Unknown),
        (start, reply(404, r#"{"detail":"Not found."}"#), account(GATEWAY)),
        (start, refused(404, "Not found"), account(GATEWAY)),
        (start, reply(404, ""), account(GATEWAY)),
        (start, reply(404, "<html>"), away("it answered 404")),
        (start, reply(405, ""), account(GATEWAY)),
        (start, refused(400, "Too many"), could_not(" Too many")),
        (start, reply(400, wrong), could_not(r#" {"progress":["This field is required."]}"#)),
        (start, reply(400, ""), could_not("")),
        (start, refused(401, "Invalid API key"), hurdle(Hurdle::Unauthorised)),
        (start, reply(401, ""), hurdle(Hurdle::Unauthorised)),
        (start, refused(403, "insufficient_scope"), account(NOT_ALLOWED)),
        (start, reply(403, "<html>"), away("it answered 403")),
        (start, reply(302, ""), away("it answered 302")),
        (start, reply(500, ""), Stumbles("MDBList is unavailable: it answered 500".to_owned())),
        (start, reply(500, "<html>"), away("it answered 500")),
        (start, reply(503, "<html>"), away("it answered 503")),
        (start, reply(522, ""), away("it answered 522")),
        (start, reply(409, ""), Refused("MDBList refuses it (409)".to_owned())),
        (stop, refused(409, "Session managed by API"), Repeats(None)),
        (start, Err(Failure::NotSent("no route".into())), away("could not connect: no route")),
        (start, Err(Failure::AnswerLost("cut".into())), away("no answer: cut")),
    ];
    for (path, reply, expected) in cases {
        assert_eq!(judge(&call(path), &reply), expected, "{path} {reply:?}");
    }
}

#[test]
fn a_short_window_is_waited_for_and_a_day_that_is_used_up_until_the_next() {
    let seconds = Duration::from_secs;
    let evening = Time::from_rfc3339("2026-11-28T22:00:00Z");
    let midnight = Time::from_rfc3339("2026-11-29T00:00:00Z");
    let daily = "Daily API limit exceeded!";
    let (window, day) = (Hurdle::TooFast, Hurdle::UsedUp);
    for (error, retry_after, renewal, date, expected) in [
        ("", Some(300), None, evening, window(seconds(300))),
        ("", Some(310), None, evening, window(seconds(310))),
        ("", Some(0), None, evening, window(seconds(1))),
        ("", None, None, evening, window(seconds(10))),
        ("", Some(311), None, evening, day(seconds(311))),
        (daily, Some(7200), midnight, evening, day(seconds(7200))),
        (daily, None, midnight, evening, day(seconds(7200))),
        (daily, None, None, evening, day(seconds(7200))),
        (daily, None, evening, evening, day(seconds(7200))),
        (daily, None, midnight, None, day(seconds(3600))),
        (daily, Some(900_000), None, evening, day(seconds(90_000))),
        (daily, Some(120), None, evening, day(seconds(120))),
    ] {
        let body = json!({ "error": error }).to_string().into_bytes();
        let retry_after = retry_after.map(seconds);
        let answer = Answer { status: 429, retry_after, renewal, date, body, ..Answer::default() };
        assert_eq!(hurdle(&Ok(answer.clone())), Some(expected), "{answer:?}");
    }
}

#[test]
fn what_may_have_been_obeyed_is_what_was_not_refused() {
    for (path, reply, expected) in [
        ("/scrobble/stop", reply(500, ""), true),
        ("/scrobble/stop", reply(200, "<html>"), true),
        ("/scrobble/stop", refused(400, "no"), false),
        ("/scrobble/stop", reply(429, ""), false),
        ("/scrobble/stop", Err(Failure::AnswerLost("cut".into())), true),
        ("/scrobble/stop", Err(Failure::NotSent("no route".into())), false),
        (ADD, reply(200, r#"{"updated":{"movies":1}}"#), false),
        (ADD, reply(200, "{}"), true),
    ] {
        assert_eq!(may_have_obeyed(&call(path), &reply), expected, "{path} {reply:?}");
    }
}
