use super::*;
use crate::config;
use crate::event::{Episode, Show};
use crate::http::scripted::{Script, answer};

fn with_script<T>(
    steps: Vec<(&'static str, Vec<u8>)>,
    look: impl FnOnce(&Client, &Secret) -> T,
) -> (T, Vec<String>) {
    let script = Script::start(steps);
    let settings = config::Trakt { api_url: script.url(""), ..config::Trakt::default() };
    let result = look(&Client::new(settings), &Secret::new("access"));
    (result, script.seen())
}

fn episode(ids: Ids, show: Show, season: u32) -> Item {
    let place = Episode { show, season: Some(season), number: Some(3), last: None };
    Item { kind: Kind::Episode(place), ids, ..Item::default() }
}

fn movie(title: &str, year: Option<u16>) -> Item {
    Item { title: title.into(), year, ..Item::default() }
}

#[test]
fn an_episode_is_found_by_its_ids_then_below_its_show() {
    let ids = Ids { tvdb: Some(5), ..Ids::default() };
    let show = Show { ids: Ids { tvdb: Some(7), ..Ids::default() }, ..Show::default() };
    let (found, seen) = with_script(
        vec![
            ("GET /search/tvdb/5?type=episode", answer(200, "[]")),
            (
                "GET /search/tvdb/7?type=show",
                answer(200, r#"[{"type":"show","show":{"ids":{"trakt":70}}}]"#),
            ),
            (
                "GET /shows/70/seasons/1/episodes/3",
                answer(200, r#"{"season":1,"number":3,"ids":{"trakt":703,"tvdb":9,"imdb":null}}"#),
            ),
        ],
        |client, access| find(client, access, &episode(ids, show, 1)),
    );
    let learned = Ids { trakt: Some(703), tvdb: Some(9), ..Ids::default() };
    let expected = Found { kind: Type::Episode, trakt: 703, ids: learned };
    assert_eq!(found, Ok(Some(expected)), "{seen:#?}");
}

#[test]
fn a_title_names_a_film_only_if_one_film_bears_it() {
    let film = |trakt: u32, title: &str, year: u32| {
        format!(
            r#"{{"type":"movie","movie":{{"title":"{title}","year":{year},"ids":{{"trakt":{trakt}}}}}}}"#
        )
    };
    let one = format!("[{},{}]", film(1, "the salt road", 2021), film(2, "The Salt Roads", 2021));
    let two = format!("[{},{}]", film(1, "The Salt Road", 2021), film(2, "The Salt Road", 2021));
    for (results, expected) in [(one, Some(1)), (two, None), ("[]".to_owned(), None)] {
        let (found, seen) = with_script(
            vec![(
                "GET /search/movie?query=The%20Salt%20Road&fields=title&years=2021",
                answer(200, &results),
            )],
            |client, access| find(client, access, &movie("The Salt Road (2021)", None)),
        );
        assert_eq!(found.map(|f| f.map(|f| f.trakt)), Ok(expected), "{results} {seen:?}");
    }
    let (found, seen) =
        with_script(vec![], |client, access| find(client, access, &movie("The Salt Road", None)));
    assert_eq!((found, seen.len()), (Ok(None), 0), "without its year it is a guess");
}

#[test]
fn a_special_that_is_a_film_teaches_no_ids_of_an_episode() {
    let ids = Ids { imdb: Some("tt1234567".into()), ..Ids::default() };
    let (found, _) = with_script(
        vec![
            ("GET /search/imdb/tt1234567?type=episode", answer(200, "[]")),
            (
                "GET /search/imdb/tt1234567?type=movie",
                answer(200, r#"[{"type":"movie","movie":{"ids":{"trakt":44}}}]"#),
            ),
        ],
        |client, access| find(client, access, &episode(ids, Show::default(), 0)),
    );
    assert_eq!(found, Ok(Some(Found { kind: Type::Movie, trakt: 44, ids: Ids::default() })));
}

#[test]
fn plays_and_positions_are_read_leniently() {
    let film = Found { kind: Type::Movie, trakt: 1, ids: Ids::default() };
    let (seen_plays, _) = with_script(
        vec![(
            "GET /sync/history/movies/1?limit=100&start_at=2026-11-23",
            answer(
                200,
                r#"[{"id":9007199254740993,"watched_at":"2026-11-24T20:00:00.000Z"},{"id":2},7]"#,
            ),
        )],
        |client, access| plays(client, access, &film, Time::from_rfc3339("2026-11-24T19:00:00Z")),
    );
    let watched_at = Time::from_rfc3339("2026-11-24T20:00:00Z").expect("a time");
    assert_eq!(seen_plays, Ok(vec![Play { id: 9_007_199_254_740_993, watched_at }]));
    let (seen_positions, _) = with_script(
        vec![(
            "GET /sync/playback/movies",
            answer(
                200,
                r#"[{"id":5,"movie":{"ids":{"trakt":1}}},{"id":6,"movie":{"ids":{"trakt":2}}},{}]"#,
            ),
        )],
        |client, access| positions(client, access, &film),
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
        (r#"{"added":{"movies":1},"not_found":{"movies":[],"shows":[]}}"#, Some(false)),
        (r#"{"added":{"movies":0},"not_found":{"movies":[{"ids":{"imdb":"tt1"}}]}}"#, Some(true)),
        (r#"{"deleted":{"movies":0}}"#, Some(false)),
        ("", None),
        ("[]", None),
    ] {
        let answer = Answer { status: 200, body: body.into(), ..Answer::default() };
        assert_eq!(not_found(&answer), expected, "{body}");
    }
}

#[test]
fn queries_escape_what_means_something_in_them() {
    assert_eq!(query("M*A*S*H: Ä"), "M%5C%2AA%5C%2AS%5C%2AH%5C%3A%20%C3%84");
}
