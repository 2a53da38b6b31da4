use super::*;
use crate::event::{Episode, Ids, Kind, Percent, Show};

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

fn only_ids(mut item: Item) -> Item {
    item.title.clear();
    if let Kind::Episode(episode) = &mut item.kind {
        episode.show = Show::default();
    }
    item
}

fn told(verb: Verb, item: Item, progress: f64, timing: Timing) -> Vec<String> {
    let intent = Intent {
        account: "alice".into(),
        verb,
        item,
        session: String::new(),
        progress: Percent::clamped(progress),
        at: Time::from_rfc3339("2026-11-23T20:15:00Z").expect("a time"),
        began: Time(0),
    };
    calls(&intent, timing).iter().map(Call::to_string).collect()
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
    let ids = || only_ids(movie());
    let by = |path: &str, progress: &str| {
        format!(
            r#"POST {path} {{"movie":{{"ids":{{"imdb":"tt0133093","tmdb":603}}}},"progress":{progress}}}"#
        )
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
    let ids = || only_ids(movie());
    assert_told(&[
        (
            Verb::Finish,
            ids(),
            95.0,
            Late,
            &[
                r#"POST /sync/history {"movies":[{"ids":{"imdb":"tt0133093","tmdb":603},"watched_at":"2026-11-23T20:15:00.000Z"}]}"#,
            ],
        ),
        (
            Verb::Mark,
            ids(),
            0.0,
            Live,
            &[
                r#"POST /sync/history {"movies":[{"ids":{"imdb":"tt0133093","tmdb":603},"watched_at":"2026-11-23T20:15:00.000Z"}]}"#,
            ],
        ),
        (
            Verb::Unmark,
            ids(),
            0.0,
            Late,
            &[r#"POST /sync/history/remove {"movies":[{"ids":{"imdb":"tt0133093","tmdb":603}}]}"#],
        ),
        (
            Verb::Rate(7),
            ids(),
            0.0,
            Live,
            &[
                r#"POST /sync/ratings {"movies":[{"ids":{"imdb":"tt0133093","tmdb":603},"rating":7}]}"#,
            ],
        ),
        (
            Verb::Rate(7),
            ids(),
            0.0,
            Late,
            &[
                r#"POST /sync/ratings {"movies":[{"ids":{"imdb":"tt0133093","tmdb":603},"rated_at":"2026-11-23T20:15:00.000Z","rating":7}]}"#,
            ],
        ),
        (
            Verb::Unrate,
            ids(),
            0.0,
            Late,
            &[r#"POST /sync/ratings/remove {"movies":[{"ids":{"imdb":"tt0133093","tmdb":603}}]}"#],
        ),
    ]);
}

#[test]
fn an_item_is_named_by_its_ids_then_its_show_then_its_title() {
    use Timing::{Late, Live};
    let mut known = only_ids(movie());
    known.ids.trakt = Some(12);
    let mut special = only_ids(episode());
    special.ids.imdb = Some("tt1234567".into());
    if let Kind::Episode(episode) = &mut special.kind {
        episode.season = Some(0);
    }
    assert_told(&[
        (
            Verb::Start,
            movie(),
            1.0,
            Live,
            &[
                r#"POST /scrobble/start {"movie":{"ids":{"imdb":"tt0133093","tmdb":603}},"progress":1.0}"#,
                r#"POST /scrobble/start {"movie":{"title":"The Salt Road","year":2021},"progress":1.0}"#,
            ],
        ),
        (
            Verb::Start,
            known,
            1.0,
            Live,
            &[
                r#"POST /scrobble/start {"movie":{"ids":{"trakt":12}},"progress":1.0}"#,
                r#"POST /scrobble/start {"movie":{"ids":{"imdb":"tt0133093","tmdb":603}},"progress":1.0}"#,
            ],
        ),
        (
            Verb::Start,
            episode(),
            1.0,
            Live,
            &[
                r#"POST /scrobble/start {"episode":{"ids":{"tvdb":349232}},"progress":1.0}"#,
                r#"POST /scrobble/start {"episode":{"number":3,"season":1},"progress":1.0,"show":{"ids":{"tvdb":81189}}}"#,
                r#"POST /scrobble/start {"episode":{"number":3,"season":1},"progress":1.0,"show":{"title":"Harbour Nine","year":2008}}"#,
                r#"POST /scrobble/start {"episode":{"number":3,"season":1},"progress":1.0,"show":{"title":"Harbour Nine"}}"#,
            ],
        ),
        (
            Verb::Finish,
            episode(),
            99.0,
            Late,
            &[
                r#"POST /sync/history {"episodes":[{"ids":{"tvdb":349232},"watched_at":"2026-11-23T20:15:00.000Z"}]}"#,
                r#"POST /sync/history {"shows":[{"ids":{"tvdb":81189},"seasons":[{"episodes":[{"number":3,"watched_at":"2026-11-23T20:15:00.000Z"}],"number":1}]}]}"#,
                r#"POST /sync/history {"shows":[{"seasons":[{"episodes":[{"number":3,"watched_at":"2026-11-23T20:15:00.000Z"}],"number":1}],"title":"Harbour Nine","year":2008}]}"#,
                r#"POST /sync/history {"shows":[{"seasons":[{"episodes":[{"number":3,"watched_at":"2026-11-23T20:15:00.000Z"}],"number":1}],"title":"Harbour Nine"}]}"#,
            ],
        ),
        (
            Verb::Start,
            special,
            1.0,
            Live,
            &[
                r#"POST /scrobble/start {"episode":{"ids":{"imdb":"tt1234567","tvdb":349232}},"progress":1.0}"#,
                r#"POST /scrobble/start {"movie":{"ids":{"imdb":"tt1234567"}},"progress":1.0}"#,
            ],
        ),
    ]);
}

#[test]
fn a_show_and_a_season_are_rated_at_their_own_level_and_never_played() {
    use Timing::Live;
    let show = || Item {
        kind: Kind::Show,
        title: "Harbour Nine".into(),
        ids: Ids { tvdb: Some(81_189), ..Ids::default() },
        ..Item::default()
    };
    let season = || Item {
        kind: Kind::Season {
            show: Show { title: String::new(), ..harbour_nine() },
            number: Some(0),
        },
        ..Item::default()
    };
    assert_told(&[
        (
            Verb::Rate(9),
            show(),
            0.0,
            Live,
            &[
                r#"POST /sync/ratings {"shows":[{"ids":{"tvdb":81189},"rating":9}]}"#,
                r#"POST /sync/ratings {"shows":[{"rating":9,"title":"Harbour Nine"}]}"#,
            ],
        ),
        (
            Verb::Rate(9),
            season(),
            0.0,
            Live,
            &[
                r#"POST /sync/ratings {"shows":[{"ids":{"tvdb":81189},"seasons":[{"number":0,"rating":9}]}]}"#,
            ],
        ),
        (Verb::Mark, show(), 0.0, Live, &[]),
        (Verb::Unmark, season(), 0.0, Live, &[]),
        (Verb::Finish, show(), 99.0, Live, &[]),
        (Verb::Start, season(), 0.0, Live, &[]),
    ]);
}

#[test]
fn what_nothing_names_has_no_call() {
    let nameless = Item { title: "The Salt Road".into(), ..Item::default() };
    assert_told(&[(Verb::Start, nameless, 1.0, Timing::Live, &[])]);
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
            let calls = told(verb, only_ids(movie()), progress, Timing::Live);
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
