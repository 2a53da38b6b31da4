use super::*;
use crate::config;
use crate::event::Ids;
use crate::http::scripted::{Script, answer};
use crate::tracker::Tracker;
use crate::tracker::trakt::Trakt;
use std::time::Duration;

fn with_script<T>(
    steps: Vec<(&'static str, Vec<u8>)>,
    look: impl FnOnce(&mut Ask<'_>) -> T,
) -> (T, Vec<String>) {
    let script = Script::start(steps);
    let settings = config::Trakt { api_url: script.url(""), ..config::Trakt::default() };
    let line = Trakt::new(&settings, Duration::from_secs(5)).line();
    let result = look(&mut |call| line(call, None));
    (result, script.seen())
}

fn film(number: u64) -> Found {
    Found {
        kind: Type::Movie,
        number,
        ids: Ids::default(),
        show: None,
        title: String::new(),
        year: None,
    }
}

#[test]
fn plays_and_positions_are_read_leniently() {
    let film = film(1);
    let (seen_plays, _) = with_script(
        vec![(
            "GET /sync/history/movies/1?limit=100&start_at=2026-11-23",
            answer(
                200,
                r#"[{"id":9007199254740993,"watched_at":"2026-11-24T20:00:00.000Z"},{"id":2},7]"#,
            ),
        )],
        |ask| plays(ask, &film, Time::from_rfc3339("2026-11-24T19:00:00Z")),
    );
    let watched_at = Time::from_rfc3339("2026-11-24T20:00:00Z").expect("a time");
    assert_eq!(
        seen_plays.map(|(plays, _)| plays),
        Ok(vec![Play { id: 9_007_199_254_740_993, watched_at }])
    );
    let (seen_positions, _) = with_script(
        vec![(
            "GET /sync/playback/movies",
            answer(
                200,
                r#"[{"id":5,"movie":{"ids":{"trakt":1}}},{"id":6,"movie":{"ids":{"trakt":2}}},{}]"#,
            ),
        )],
        |ask| positions(ask, &film),
    );
    assert_eq!(seen_positions, Ok(vec![5]));
}

#[test]
fn what_is_no_answer_comes_back_for_judgement() {
    let (name, _) = with_script(vec![("GET /users/settings", answer(500, "oops"))], user_name);
    assert_eq!(name.map_err(|reply| reply.map(|answer| answer.status)), Err(Ok(500)));
    let (name, _) = with_script(vec![("GET /users/settings", answer(200, "<html>"))], user_name);
    assert_eq!(name, Err(unreadable()));
}

#[test]
fn not_found_in_an_answer_is_no_success() {
    for (body, expected) in [
        (r#"{"added":{"movies":1},"not_found":{"movies":[],"shows":[]}}"#, Some(true)),
        (r#"{"added":{"movies":0},"not_found":{"movies":[{"ids":{"imdb":"tt1"}}]}}"#, Some(false)),
        (r#"{"deleted":{"movies":0},"not_found":{"ids":[7]}}"#, Some(true)),
        ("", None),
        ("[]", None),
    ] {
        let answer = Answer { status: 200, body: body.into(), ..Answer::default() };
        assert_eq!(Synced::read(&answer).map(|synced| synced.misses_nothing()), expected, "{body}");
    }
}

#[test]
fn a_count_past_all_numbers_is_the_largest_one() {
    let most = u64::MAX;
    for body in [
        format!(r#"{{"added":{{"movies":{most},"episodes":2}}}}"#),
        format!(r#"{{"added":{{"movies":{most}}},"updated":{{"movies":1}}}}"#),
    ] {
        let answer = Answer { status: 201, body: body.clone().into(), ..Answer::default() };
        let added = Synced::read(&answer).and_then(|synced| synced.added);
        assert_eq!(added, Some(usize::MAX), "{body}");
    }
}

#[test]
fn not_found_tells_things_apart_by_their_numbers() {
    let film = film(12);
    for (list, expected) in [
        (r#""movies":[{"ids":{"trakt":12}}]"#, true),
        (r#""movies":[{"ids":{"trakt":13}}]"#, false),
        (r#""episodes":[{"ids":{"trakt":12}}]"#, false),
        (r#""movies":[{"ids":{}}]"#, true),
    ] {
        let body = format!(r#"{{"not_found":{{{list}}}}}"#);
        let answer = Answer { status: 200, body: body.into_bytes(), ..Answer::default() };
        assert_eq!(Synced::read(&answer).map(|synced| synced.misses(&film)), Some(expected));
    }
}

#[test]
fn a_name_of_a_user_has_an_end() {
    for (name, is_one) in
        [("al".to_owned(), true), ("x".repeat(256), true), ("x".repeat(257), false)]
    {
        let settings = format!(r#"{{"user":{{"username":"{name}"}}}}"#);
        let steps = vec![("GET /users/settings", answer(200, &settings))];
        let (user, _) = with_script(steps, user_name);
        assert_eq!(user.ok(), is_one.then_some(name));
    }
}
