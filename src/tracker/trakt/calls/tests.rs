use super::*;
use crate::event::{Episode, Ids, Item, Kind, Percent, Show};
use std::time::Duration;

fn movie() -> Item {
    Item {
        ids: Ids { imdb: Some("tt0133093".into()), tmdb: Some(603), ..Ids::default() },
        title: "The Salt Road".into(),
        year: Some(2021),
        ..Item::default()
    }
}

fn harbour_nine() -> Show {
    Show {
        title: "Harbour Nine (2008)".into(),
        ids: Ids { tvdb: Some(81_189), ..Ids::default() },
        ..Show::default()
    }
}

fn episode() -> Item {
    let place = Episode { show: harbour_nine(), season: Some(1), number: Some(3), last: None };
    Item {
        kind: Kind::Episode(place),
        ids: Ids { tvdb: Some(349_232), ..Ids::default() },
        title: "Low Tide".into(),
        ..Item::default()
    }
}

/// Known to Trakt by its number, and to us by nothing else.
fn numbered(mut item: Item) -> Item {
    item.ids = Ids { trakt: Some(12), ..Ids::default() };
    item.title.clear();
    item
}

fn intent(verb: Verb, item: Item, progress: f64) -> Intent {
    Intent {
        account: "alice".into(),
        verb,
        item,
        session: String::new(),
        progress: Percent::clamped(progress),
        at: Time::from_rfc3339("2026-11-23T20:15:00Z").expect("a time"),
        began: Time(0),
        viewing: None,
    }
}

/// The call that tells it by its number at Trakt, or else a start by its ids.
fn told(verb: Verb, item: Item, progress: f64, timing: Timing) -> Vec<String> {
    let intent = intent(verb, item, progress);
    let call = match super::super::found::known(&intent.item) {
        Some(found) => super::numbered(&intent, timing, &found),
        None => direct(&intent),
    };
    call.iter().map(Call::to_string).collect()
}

/// Prints all that differ, not only the first.
#[track_caller]
fn assert_told(cases: &[(Verb, Item, f64, Timing, &[&str])]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(verb, item, at, timing, expected)| {
            (verb, at, told(*verb, item.clone(), *at, *timing), expected)
        })
        .filter(|(.., seen, expected)| seen != *expected)
        .map(|(verb, at, seen, expected)| {
            format!("{verb} {at}:\n  told {seen:#?}\n  expected {expected:#?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_verb_has_its_call_and_keeps_to_trakts_numbers() {
    use Timing::{Late, Live};
    let ids = || numbered(movie());
    let by = |path: &str, progress: &str| {
        format!(r#"POST {path} {{"movie":{{"ids":{{"trakt":12}}}},"progress":{progress}}}"#)
    };
    let (start, pause, stop) = ("/scrobble/start", "/scrobble/pause", "/scrobble/stop");
    let cases = [
        (Verb::Start, 0.0, Live, vec![by(start, "0.0")]),
        (Verb::Start, 34.567_89, Live, vec![by(start, "34.57")]),
        (Verb::Start, 12.5, Late, vec![by(start, "12.5")]),
        (Verb::Pause, 30.0, Live, vec![by(pause, "30.0")]),
        (Verb::Pause, 92.0, Live, vec![by(pause, "79.9")]),
        (Verb::Pause, 79.95, Live, vec![by(pause, "79.9")]),
        (Verb::Pause, 0.996, Live, vec![by(pause, "1.0")]),
        (Verb::Pause, 0.99, Live, vec![]),
        (Verb::Left, 85.0, Live, vec![by(pause, "79.9")]),
        (Verb::Left, 0.5, Live, vec![]),
        (Verb::Abandoned, 0.4, Live, vec![by(pause, "1.0")]),
        (Verb::Finish, 91.239, Live, vec![by(stop, "91.24")]),
        (Verb::Finish, 60.0, Live, vec![by(stop, "80.0")]),
        (Verb::Finish, 100.0, Live, vec![by(stop, "100.0")]),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(verb, at, timing, expected)| (verb, at, told(*verb, ids(), *at, *timing), expected))
        .filter(|(.., seen, expected)| seen != *expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_kept_for_good_is_told_with_its_time_when_late() {
    use Timing::{Late, Live};
    let ids = || numbered(movie());
    assert_told(&[
        (
            Verb::Finish,
            ids(),
            95.0,
            Late,
            &[
                r#"POST /sync/history {"movies":[{"ids":{"trakt":12},"watched_at":"2026-11-23T20:15:00.000Z"}]}"#,
            ],
        ),
        (
            Verb::Mark,
            ids(),
            0.0,
            Live,
            &[
                r#"POST /sync/history {"movies":[{"ids":{"trakt":12},"watched_at":"2026-11-23T20:15:00.000Z"}]}"#,
            ],
        ),
        (
            Verb::Unmark,
            ids(),
            0.0,
            Late,
            &[r#"POST /sync/history/remove {"movies":[{"ids":{"trakt":12}}]}"#],
        ),
        (
            Verb::Rate(7),
            ids(),
            0.0,
            Live,
            &[r#"POST /sync/ratings {"movies":[{"ids":{"trakt":12},"rating":7}]}"#],
        ),
        (
            Verb::Rate(7),
            ids(),
            0.0,
            Late,
            &[
                r#"POST /sync/ratings {"movies":[{"ids":{"trakt":12},"rated_at":"2026-11-23T20:15:00.000Z","rating":7}]}"#,
            ],
        ),
        (
            Verb::Unrate,
            ids(),
            0.0,
            Late,
            &[r#"POST /sync/ratings/remove {"movies":[{"ids":{"trakt":12}}]}"#],
        ),
    ]);
}

#[test]
fn a_play_is_named_by_its_number_and_only_a_start_by_its_ids() {
    use Timing::{Late, Live};
    let known = |mut item: Item| {
        item.ids.trakt = Some(12);
        item
    };
    let by_title = Item { ids: Ids::default(), ..movie() };
    assert_told(&[
        (
            Verb::Start,
            movie(),
            1.0,
            Live,
            &[
                r#"POST /scrobble/start {"movie":{"ids":{"imdb":"tt0133093","tmdb":603},"title":"The Salt Road","year":2021},"progress":1.0}"#,
            ],
        ),
        (
            Verb::Start,
            episode(),
            1.0,
            Live,
            &[r#"POST /scrobble/start {"episode":{"ids":{"tvdb":349232}},"progress":1.0}"#],
        ),
        (Verb::Start, by_title, 1.0, Live, &[]),
        (Verb::Finish, movie(), 95.0, Live, &[]),
        (Verb::Rate(7), movie(), 0.0, Live, &[]),
        (
            Verb::Finish,
            known(movie()),
            95.0,
            Live,
            &[
                r#"POST /scrobble/stop {"movie":{"ids":{"trakt":12},"title":"The Salt Road","year":2021},"progress":95.0}"#,
            ],
        ),
        (
            Verb::Finish,
            known(episode()),
            99.0,
            Live,
            &[r#"POST /scrobble/stop {"episode":{"ids":{"trakt":12}},"progress":99.0}"#],
        ),
        (
            Verb::Finish,
            known(episode()),
            99.0,
            Late,
            &[
                r#"POST /sync/history {"episodes":[{"ids":{"trakt":12},"watched_at":"2026-11-23T20:15:00.000Z"}]}"#,
            ],
        ),
    ]);
}

#[test]
fn a_title_is_sent_as_the_rest_of_the_world_writes_it() {
    let item = Item { title: "Jose\u{301} at Sea (2011)".into(), year: None, ..movie() };
    assert_told(&[(
        Verb::Start,
        item,
        1.0,
        Timing::Live,
        &[
            r#"POST /scrobble/start {"movie":{"ids":{"imdb":"tt0133093","tmdb":603},"title":"José at Sea","year":2011},"progress":1.0}"#,
        ],
    )]);
}

#[test]
fn a_show_and_a_season_are_rated_at_their_own_level_and_never_played() {
    use Timing::Live;
    let show = || Item { kind: Kind::Show, ..numbered(movie()) };
    let season = || Item {
        kind: Kind::Season { show: harbour_nine(), number: Some(0) },
        ..numbered(movie())
    };
    assert_told(&[
        (
            Verb::Rate(9),
            show(),
            0.0,
            Live,
            &[r#"POST /sync/ratings {"shows":[{"ids":{"trakt":12},"rating":9}]}"#],
        ),
        (
            Verb::Rate(9),
            season(),
            0.0,
            Live,
            &[r#"POST /sync/ratings {"seasons":[{"ids":{"trakt":12},"rating":9}]}"#],
        ),
        (Verb::Mark, show(), 0.0, Live, &[]),
        (Verb::Unmark, season(), 0.0, Live, &[]),
        (Verb::Finish, show(), 99.0, Live, &[]),
        (Verb::Start, season(), 0.0, Live, &[]),
    ]);
}

#[test]
fn a_plan_tells_what_is_asked_and_then_sent() {
    let lines = |verb, item: Item, timing| match plan(&intent(verb, item, 95.0), timing) {
        Ok(lines) => lines.join("\n"),
        Err(why) => why,
    };
    let bare = |mut item: Item| {
        item.ids = Ids::default();
        item
    };
    let film = r#"{"movie":{"ids":{"trakt":"NUMBER"},"title":"The Salt Road","year":2021},"progress":95.0}"#
        .replace("\"NUMBER\"", "NUMBER");
    let season = Kind::Season { show: harbour_nine(), number: Some(0) };
    let season = Item { kind: season, ..Item::default() };
    let cases = [
        (
            lines(Verb::Finish, movie(), Timing::Live),
            format!(
                "GET /search/tmdb/603?type=movie to find its number\n\
                 else GET /search/imdb/tt0133093?type=movie\n\
                 else GET /search/movie?query=The%20Salt%20Road&fields=title&years=2021&limit=100\n\
                 GET /sync/history/movies/NUMBER to see whether Trakt has it\n\
                 POST /scrobble/stop {film}"
            ),
        ),
        (
            lines(Verb::Start, Item { title: String::new(), ..movie() }, Timing::Live),
            "POST /scrobble/start {\"movie\":{\"ids\":{\"imdb\":\"tt0133093\",\"tmdb\":603}},\
             \"progress\":95.0}\n\
             if Trakt does not know that, or takes it for something else: GET \
             /search/tmdb/603?type=movie to find its number\n\
             else GET /search/imdb/tt0133093?type=movie\n\
             POST /scrobble/start {\"movie\":{\"ids\":{\"trakt\":NUMBER}},\"progress\":95.0}"
                .to_owned(),
        ),
        (
            lines(Verb::Mark, bare(episode()), Timing::Live),
            "GET /search/tvdb/81189?type=show to find its show, then GET \
             /shows/SHOW/seasons/1/episodes/3?extended=full to find its number\n\
             else GET \
             /search/show?query=Harbour%20Nine&fields=title&years=2008&limit=100&extended=full to \
             find its show, then GET /shows/SHOW/seasons/1/episodes/3?extended=full\n\
             GET /sync/history/episodes/NUMBER to see whether Trakt has it\n\
             POST /sync/history {\"episodes\":[{\"ids\":{\"trakt\":NUMBER},\
             \"watched_at\":\"2026-11-23T20:15:00.000Z\"}]}"
                .to_owned(),
        ),
        (
            lines(Verb::Rate(7), season, Timing::Live),
            "GET /search/tvdb/81189?type=show to find its show, then GET /shows/SHOW/seasons, among \
             which it is to find its number\n\
             else GET \
             /search/show?query=Harbour%20Nine&fields=title&years=2008&limit=100&extended=full to \
             find its show, then GET /shows/SHOW/seasons, among which it is\n\
             POST /sync/ratings {\"seasons\":[{\"ids\":{\"trakt\":NUMBER},\"rating\":7}]}"
                .to_owned(),
        ),
        (
            lines(Verb::Unmark, numbered(movie()), Timing::Live),
            "POST /sync/history/remove {\"movies\":[{\"ids\":{\"trakt\":12}}]}".to_owned(),
        ),
        (
            lines(Verb::Finish, Item { year: None, ..bare(movie()) }, Timing::Live),
            "`The Salt Road` can't be found at Trakt: it has no ids and nothing else that names \
             it; match it in the media server".to_owned(),
        ),
    ];
    for (seen, expected) in cases {
        assert_eq!(seen, expected);
    }
}

#[test]
fn what_nothing_names_can_not_be_told() {
    let item = |title: &str, year| Item { title: title.into(), year, ..Item::default() };
    let of = |kind: Kind| Item { kind, ..Item::default() };
    let place = |show, season, number| {
        of(Kind::Episode(Episode { show, season, number, ..Episode::default() }))
    };
    let season = |show, number| of(Kind::Season { show, number });
    let cases = [
        (Verb::Start, item("The Salt Road", None), false),
        (Verb::Start, item("The Salt Road (2021)", None), true),
        (Verb::Start, item("", Some(2021)), false),
        (Verb::Finish, place(harbour_nine(), Some(1), Some(3)), true),
        (Verb::Finish, place(harbour_nine(), Some(1), None), false),
        (Verb::Finish, place(Show::default(), Some(1), Some(3)), false),
        (
            Verb::Finish,
            Item { aired: Some("2014-07-14".into()), ..place(harbour_nine(), None, None) },
            true,
        ),
        (Verb::Finish, numbered(of(Kind::Movie)), true),
        (Verb::Rate(7), season(harbour_nine(), Some(0)), true),
        (Verb::Rate(7), season(harbour_nine(), None), false),
        (Verb::Rate(7), Item { kind: Kind::Show, ..item("Harbour Nine", None) }, true),
    ];
    for (verb, item, expected) in cases {
        let intent = intent(verb, item, 95.0);
        assert_eq!(unsayable(&intent, Timing::Live).is_none(), expected, "{:?}", intent.item);
    }
}

#[test]
fn a_minute_makes_it_late() {
    let at = Time(1_000_000);
    let mut intent = serde_json::from_value::<Intent>(json!({
        "account": "a", "verb": "finish", "session": "", "progress": 95.0, "at": 0, "began": 0,
        "item": {"kind": "movie", "key": "", "title": "", "year": null, "aired": null, "runtime_ms": null},
    }))
    .expect("an intent");
    intent.at = at;
    for (seconds, expected) in [(0, Timing::Live), (60, Timing::Live), (61, Timing::Late)] {
        assert_eq!(Timing::of(&intent, at.after(Duration::from_secs(seconds))), expected);
    }
    assert_eq!(Timing::of(&intent, Time(0)), Timing::Live, "the clock was set back");
}

proptest::proptest! {
    /// Whatever the progress: no stop that is no play, no pause that Trakt refuses.
    #[test]
    fn no_progress_leaves_trakts_limits(progress in proptest::num::f64::ANY) {
        let sent = |verb| {
            let calls = told(verb, numbered(movie()), progress, Timing::Live);
            calls.first().and_then(|call| {
                let (_, rest) = call.split_once(r#""progress":"#)?;
                rest.trim_end_matches('}').parse::<f64>().ok()
            })
        };
        proptest::prop_assert!(sent(Verb::Finish).is_some_and(|p| (80.0..=100.0).contains(&p)));
        proptest::prop_assert!(sent(Verb::Start).is_some_and(|p| (0.0..=100.0).contains(&p)));
        for verb in [Verb::Pause, Verb::Left, Verb::Abandoned] {
            proptest::prop_assert!(sent(verb).is_none_or(|p| (1.0..=79.9).contains(&p)));
        }
    }
}
