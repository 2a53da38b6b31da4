use super::*;
use crate::event::{AnimeIds, Ids, Item, Percent, Show};

fn at() -> Time {
    Time::from_rfc3339("2026-11-23T20:15:00Z").expect("a time")
}

fn film() -> Item {
    let ids = Ids { imdb: Some("tt0000001".into()), tmdb: Some(101), ..Ids::default() };
    Item { ids, title: "Sample".into(), year: Some(1999), ..Item::default() }
}

/// An episode, of a show that may have ids.
fn episode(tvdb: Option<u64>, of_show: Option<u64>) -> Item {
    let ids = |tvdb| Ids { tvdb, ..Ids::default() };
    let show = Show { title: "Sample (2008)".into(), ids: ids(of_show), ..Show::default() };
    let kind = Kind::Episode(Episode { show, season: Some(1), number: Some(3), last: None });
    Item { kind, ids: ids(tvdb), ..Item::default() }
}

fn intent(verb: Verb, item: Item, progress: f64) -> Intent {
    let (account, session) = ("anna".into(), "s".into());
    let progress = Percent::clamped(progress);
    Intent { account, verb, item, session, progress, at: at(), began: at(), viewing: None }
}

/// All calls by which it may be told, one after the other.
fn calls(intent: &Intent, timing: Timing, show: Option<u64>) -> Vec<String> {
    let calls = (0..).map_while(|nth| by_name(intent, timing, show, nth));
    calls.map(|call| call.to_string()).collect()
}

#[test]
fn each_intent_has_its_call() {
    use Timing::{Late, Live};
    const MOVIE: &str = r#"{"movie":{"ids":{"imdb":"tt0000001","tmdb":101}},"progress":"#;
    const IDS: &str = r#"{"ids":{"imdb":"tt0000001","tmdb":101}"#;
    let played = |path: &str, progress: &str| format!("POST {path} {MOVIE}{progress}}}");
    let added = format!(
        r#"POST /sync/history {{"movies":[{IDS},"watched_at":"2026-11-23T20:15:00.000Z"}}]}}"#
    );
    let rated = format!(r#"POST /sync/ratings {{"movies":[{IDS},"rating":8}}]}}"#);
    let unrated = format!(r#"POST /sync/ratings/remove {{"movies":[{IDS}}}]}}"#);
    let removed = r#"POST /sync/history/remove {"episodes":[{"ids":{"tvdb":30003}}]}"#.to_owned();
    let cases = [
        (Verb::Start, film(), 12.345, Live, played("/scrobble/start", "12.35")),
        (Verb::Start, film(), 95.0, Live, played("/scrobble/start", "95.0")),
        (Verb::Pause, film(), 45.5, Live, played("/scrobble/pause", "45.5")),
        (Verb::Pause, film(), 99.0, Live, played("/scrobble/pause", "79.9")),
        (Verb::Left, film(), 99.0, Late, played("/scrobble/pause", "79.9")),
        (Verb::Abandoned, film(), 0.4, Live, played("/scrobble/pause", "0.4")),
        (Verb::Finish, film(), 91.0, Live, played("/scrobble/stop", "91.0")),
        (Verb::Finish, film(), 60.0, Live, played("/scrobble/stop", "80.0")),
        (Verb::Finish, film(), 91.0, Late, added.clone()),
        (Verb::Mark, film(), 0.0, Late, added),
        (Verb::Rate(8), film(), 0.0, Live, rated),
        (Verb::Unrate, film(), 0.0, Live, unrated),
        (Verb::Unmark, episode(Some(30_003), None), 0.0, Live, removed),
    ];
    for (verb, item, progress, timing, expected) in cases {
        let intent = intent(verb, item, progress);
        assert_eq!(calls(&intent, timing, None).first(), Some(&expected), "{verb} {timing:?}");
    }
    let late = intent(Verb::Rate(8), film(), 0.0);
    let late = calls(&late, Late, None).concat();
    assert!(late.contains(r#""rated_at":"2026-11-23T20:15:00.000Z""#), "{late}");
}

#[test]
fn an_episode_is_named_by_what_says_most_first_and_by_a_title_only_where_nothing_lasts() {
    const PLACE: &str = r#""number":3,"season":1"#;
    let start =
        |item: &Item, show| calls(&intent(Verb::Start, item.clone(), 5.0), Timing::Live, show);
    let told = |show: &str, episode: &str| {
        format!(
            r#"POST /scrobble/start {{"episode":{{{episode}}},"progress":5.0,"show":{{{show}}}}}"#
        )
    };
    let own = r#""ids":{"tvdb":30003},"number":3,"season":1"#;
    let titled = told(r#""title":"Sample","year":2008"#, own);
    let both = episode(Some(30_003), Some(2001));
    assert_eq!(
        start(&both, None),
        [
            told(r#""ids":{"tvdb":2001}"#, own),
            told(r#""ids":{"tvdb":2001}"#, PLACE),
            titled.clone()
        ]
    );
    // The number that an answer told comes first, beside the ids and then alone.
    assert_eq!(start(&both, Some(55))[0], told(r#""ids":{"simkl":55,"tvdb":2001}"#, own));
    assert_eq!(start(&episode(Some(30_003), None), None), [titled]);
    assert_eq!(
        start(&episode(Some(30_003), None), Some(55))[0],
        told(r#""ids":{"simkl":55}"#, own)
    );
    // A play lasts: no title.
    let finish = |item: &Item| calls(&intent(Verb::Finish, item.clone(), 95.0), Timing::Live, None);
    assert_eq!(finish(&episode(Some(30_003), None)), [""; 0]);
    assert_eq!(finish(&both).len(), 2);
    let late =
        |item: &Item, show| calls(&intent(Verb::Finish, item.clone(), 95.0), Timing::Late, show);
    let at = r#""watched_at":"2026-11-23T20:15:00.000Z""#;
    let alone = format!(r#"POST /sync/history {{"episodes":[{{"ids":{{"tvdb":30003}},{at}}}]}}"#);
    assert_eq!(late(&episode(Some(30_003), None), None).concat(), alone);
    let placed = format!(
        r#"POST /sync/history {{"shows":[{{"ids":{{"tvdb":2001}},"seasons":[{{"episodes":[{{"number":3,{at}}}],"number":1}}],"use_tvdb_anime_seasons":true}}]}}"#
    );
    assert_eq!(late(&episode(None, Some(2001)), None).concat(), placed);
    assert_eq!(late(&both, None).len(), 3);
    assert_eq!(late(&both, None)[0], alone);
    assert_eq!(late(&both, None)[2], placed);
}

#[test]
fn a_part_of_an_anime_counts_from_one_and_stands_among_the_shows() {
    let mut item = episode(None, None);
    if let Kind::Episode(episode) = &mut item.kind {
        episode.show.anime = AnimeIds { mal: Some(303), ..AnimeIds::default() };
    }
    let start = calls(&intent(Verb::Start, item.clone(), 5.0), Timing::Live, None);
    let part = r#"POST /scrobble/start {"anime":{"ids":{"mal":303}},"episode":{"number":3},"progress":5.0}"#;
    assert_eq!(start[0], part);
    let late = calls(&intent(Verb::Finish, item.clone(), 95.0), Timing::Late, None).concat();
    assert!(late.contains(r#"{"shows":[{"ids":{"mal":303},"seasons":"#), "{late}");
    assert!(!late.contains("use_tvdb"), "{late}");
    if let Kind::Episode(episode) = &mut item.kind {
        episode.season = Some(2);
    }
    let other = calls(&intent(Verb::Start, item, 5.0), Timing::Live, None);
    assert!(!other.concat().contains("mal"), "{other:?}");
}

#[test]
fn what_simkl_has_no_use_for_is_told_apart_from_what_can_not_be_named() {
    let show = Item { kind: Kind::Show, ..film() };
    let season = Item { kind: Kind::Season { show: Show::default(), number: Some(1) }, ..film() };
    let cases = [
        (Verb::Rate(8), film(), true, None),
        (Verb::Rate(8), show.clone(), true, None),
        (Verb::Rate(8), season, true, Some("no ratings of seasons")),
        (Verb::Rate(8), episode(None, Some(1)), true, Some("no ratings of seasons")),
        (Verb::Unrate, film(), false, Some("simkl.ratings")),
        (Verb::Rate(8), show, false, Some("simkl.ratings")),
        (Verb::Unmark, film(), true, Some("rating and place")),
        (Verb::Unmark, episode(None, Some(1)), true, None),
        (Verb::Mark, film(), false, None),
    ];
    for (verb, item, ratings, expected) in cases {
        let seen = needless(&intent(verb, item.clone(), 0.0), ratings);
        let is_so = match (&seen, expected) {
            (Some(seen), Some(expected)) => seen.contains(expected),
            (seen, expected) => seen.is_none() && expected.is_none(),
        };
        assert!(is_so, "{verb} {ratings}: {seen:?}, expected {expected:?}");
    }
    let nameless = Item { title: "Holiday".into(), ..Item::default() };
    assert!(unsayable(&intent(Verb::Start, nameless, 5.0), Timing::Live).is_some());
    assert_eq!(unsayable(&intent(Verb::Start, film(), 5.0), Timing::Live), None);
    let only_titled = episode(None, None);
    assert_eq!(unsayable(&intent(Verb::Finish, only_titled, 95.0), Timing::Late), None);
}

#[test]
fn marks_leave_in_one_call_if_each_has_ids() {
    let one = intent(Verb::Mark, film(), 0.0);
    let two = intent(Verb::Mark, episode(Some(30_003), None), 0.0);
    let three = intent(Verb::Mark, episode(None, Some(2001)), 0.0);
    let call = marks(&[(&one, None), (&two, None), (&three, Some(55))]).expect("a call");
    let body = call.body.expect("a body");
    let counts = ["movies", "episodes", "shows"].map(|list| body[list].as_array().map(Vec::len));
    assert_eq!(counts, [Some(1); 3]);
    let unnamed = intent(Verb::Mark, episode(None, None), 0.0);
    assert_eq!(marks(&[(&one, None), (&unnamed, None)]), None);
    assert!(marks(&[(&one, None), (&unnamed, Some(55))]).is_some(), "its show is known");
}
