use super::*;
use crate::event::{Episode, Ids, Kind, Show};
use serde_json::json;

fn film() -> Item {
    Item { ids: Ids { tmdb: Some(101), ..Ids::default() }, ..Item::default() }
}

fn time(text: &str) -> Time {
    Time::from_rfc3339(text).expect("a time")
}

/// Asks of an MDBList that answers these one after the other; gives what was asked, too.
fn asked<T>(
    answers: &[(u16, Value)],
    question: impl FnOnce(&mut Ask<'_>) -> Result<T, Reply>,
) -> (Result<T, Reply>, Vec<String>) {
    let (mut paths, mut answers) = (Vec::new(), answers.iter());
    let answer = question(&mut |call| {
        paths.push(call.path.clone());
        let (status, body) = answers.next().expect("an answer").clone();
        Ok(Answer { status, body: body.to_string().into_bytes(), ..Answer::default() })
    });
    (answer, paths)
}

#[test]
fn plays_since_a_time_are_read_page_by_page_and_the_newest_is_first() {
    let row = |at: &str, tmdb: u64| json!({ "watched_at": at, "play_id": tmdb, "movie": { "ids": { "tmdb": tmdb } } });
    let page = |rows: Vec<Value>, has_more: bool| {
        (200, json!({ "movies": rows, "episodes": [], "pagination": { "has_more": has_more } }))
    };
    let answers = [
        page(vec![row("2026-11-23T20:15:00Z", 101), row("2026-11-23T20:16:00Z", 5)], true),
        page(vec![row("2026-11-23T21:15:00Z", 101)], false),
    ];
    let since = Some(time("2026-11-23T20:00:30Z"));
    let (plays, paths) = asked(&answers, |ask| super::plays(ask, &film(), None, None, since));
    let times: Vec<String> =
        plays.expect("plays").0.iter().map(|play| play.watched_at.to_string()).collect();
    assert_eq!(times, ["2026-11-23T21:15:00.000Z", "2026-11-23T20:15:00.000Z"]);
    let at = "since=2026-11-23T19%3A59%3A30Z";
    assert_eq!(
        paths,
        [
            format!("/sync/watched?plays=all&offset=0&limit=1000&{at}"),
            format!("/sync/watched?plays=all&offset=1000&limit=1000&{at}"),
        ]
    );
    let endless = vec![page(vec![], true); PAGES_MOST];
    let (plays, paths) = asked(&endless, |ask| super::plays(ask, &film(), None, None, since));
    assert_eq!((plays.expect("plays").0, paths.len()), (vec![], PAGES_MOST));
    let (plays, _) =
        asked(&[(200, json!("…"))], |ask| super::plays(ask, &film(), None, None, since));
    assert_eq!(plays, Ok((vec![], None)), "it holds back no play");
}

#[test]
fn all_plays_of_one_item_are_asked_for_alone_and_else_looked_for_in_the_list() {
    let at = "2026-11-23T20:15:00Z";
    let list = json!({ "movies": [{ "watched_at": at, "play_id": 7,
                                    "movie": { "ids": { "tmdb": 101 } } }], "episodes": [] });
    let one = "/sync/history/movie/tmdb/101";
    let all = "/sync/watched?plays=all&offset=0&limit=1000";
    for (answers, count, expected) in [
        (vec![(200, json!({ "plays": [{ "play_id": 7, "watched_at": at }] }))], 1, vec![one]),
        (vec![(200, json!([{ "play_id": 7, "watched_at": at }]))], 1, vec![one]),
        (vec![(200, json!({ "truncated": false, "history": [] }))], 0, vec![one]),
        // Of a shape that nobody has told us.
        (vec![(200, json!({ "plays": [{ "when": at }] })), (200, list.clone())], 1, vec![one, all]),
        (vec![(200, json!("…")), (200, list.clone())], 1, vec![one, all]),
        (vec![(404, json!({ "detail": "Not found." })), (200, list.clone())], 1, vec![one, all]),
    ] {
        let (plays, paths) = asked(&answers, |ask| plays(ask, &film(), None, None, None));
        assert_eq!(
            (plays.expect("plays").0.len(), paths),
            (count, expected.iter().map(|path| (*path).to_owned()).collect()),
            "{answers:?}"
        );
    }
    let refused = (429, json!({}));
    let (plays, _) = asked(&[refused], |ask| super::plays(ask, &film(), None, None, None));
    assert!(matches!(plays, Err(Ok(Answer { status: 429, .. }))));
}

#[test]
fn an_episode_without_an_id_of_its_own_is_found_by_its_place_below_the_show_that_was_looked_up() {
    let show = Show::default();
    let kind = Kind::Episode(Episode { show, season: Some(1), number: Some(3), last: None });
    let item = Item { kind, ..Item::default() };
    let list = json!({ "movies": [], "episodes": [{ "watched_at": "2026-11-23T20:15:00Z",
        "episode": { "season": 1, "number": 3, "show": { "ids": { "tmdb": 202 } } } }] });
    for (show, count) in [(Some(202), 1), (Some(203), 0), (None, 0)] {
        let answers = [(200, list.clone())];
        let (plays, _) = asked(&answers, |ask| plays(ask, &item, None, show, None));
        assert_eq!(plays.expect("plays").0.len(), count, "{show:?}");
    }
}

#[test]
fn the_user_has_a_name() {
    for (body, expected) in [
        (json!({ "user_id": 1001, "username": "anna", "plan": "free" }), Some("anna".to_owned())),
        (json!({ "username": null }), None),
        (json!({ "username": "x".repeat(NAME_MOST + 1) }), None),
    ] {
        let (name, paths) = asked(&[(200, body)], user_name);
        assert_eq!((name.ok(), paths), (expected, vec!["/user".to_owned()]));
    }
}

#[test]
fn a_pause_tells_which_position_it_has_stored() {
    let clear = r#"POST /scrobble/clear {"id":12}"#;
    for (body, forget, end) in [
        (json!({ "id": 12, "action": "pause" }), Some(clear), Some(clear)),
        (json!({ "id": 12, "action": "start" }), None, Some(clear)),
        (json!({ "action": "scrobble", "progress": "95.5" }), None, None),
    ] {
        let answer = Answer { body: body.to_string().into_bytes(), ..Answer::default() };
        let taken = taken(&film(), None, &answer);
        let words = |call: Option<Call>| call.map(|call| call.to_string());
        let seen = (words(taken.forget), words(taken.end));
        assert_eq!((seen.0.as_deref(), seen.1.as_deref()), (forget, end), "{body}");
    }
}
