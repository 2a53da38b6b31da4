use super::*;
use crate::event::{Percent, Show};

fn at() -> Time {
    Time::from_rfc3339("2026-11-23T20:15:00.789Z").expect("a time")
}

fn film() -> Item {
    let ids =
        Ids { imdb: Some("tt0000001".into()), tmdb: Some(101), tvdb: Some(9), trakt: Some(8) };
    Item { ids, title: "Sample".into(), year: Some(1999), ..Item::default() }
}

fn show() -> Show {
    let ids = Ids { tmdb: Some(202), tvdb: Some(2001), ..Ids::default() };
    Show { title: "Sample (2008)".into(), ids, ..Show::default() }
}

fn episode_of(show: Show, number: u32) -> Item {
    let kind = Kind::Episode(Episode { show, season: Some(1), number: Some(number), last: None });
    let ids = Ids { imdb: Some("tt0000009".into()), tvdb: Some(30_003), ..Ids::default() };
    Item { kind, ids, ..Item::default() }
}

fn season() -> Item {
    Item { kind: Kind::Season { show: show(), number: Some(2) }, ..Item::default() }
}

fn whole_show() -> Item {
    Item { kind: Kind::Show, ids: show().ids, ..Item::default() }
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

const SHOW: &str = r#""ids":{"tmdb":202,"tvdb":2001}"#;

#[test]
fn each_intent_has_its_call() {
    use Timing::{Late, Live};
    const IDS: &str = r#"{"ids":{"imdb":"tt0000001","tmdb":101}"#;
    const AT: &str = r#""watched_at":"2026-11-23T20:15:00Z""#;
    let played = |path: &str, progress: &str| {
        format!(r#"POST /scrobble/{path} {{"movie":{IDS}}},"progress":{progress}}}"#)
    };
    let told = |path: &str, facts: &str| format!(r#"POST {path} {{"movies":[{IDS}{facts}}}]}}"#);
    let added = told("/sync/watched?report_added=true", &format!(",{AT}"));
    let below = |path: &str, seasons: &str| {
        format!(r#"POST {path} {{"shows":[{{{SHOW},"seasons":[{seasons}]}}]}}"#)
    };
    let third = episode_of(show(), 3);
    let (ratings, unrated) = ("/sync/ratings", "/sync/ratings/remove");
    let cases = [
        (Verb::Start, film(), 12.345, Live, played("start", "12.35")),
        (Verb::Start, film(), 95.0, Live, played("start", "95.0")),
        (Verb::Pause, film(), 45.5, Live, played("pause", "45.5")),
        (Verb::Pause, film(), 99.0, Live, played("pause", "79.9")),
        (Verb::Left, film(), 80.0, Late, played("pause", "79.9")),
        (Verb::Abandoned, film(), 0.4, Live, played("pause", "0.4")),
        (Verb::Finish, film(), 91.0, Live, played("stop", "91.0")),
        (Verb::Finish, film(), 60.0, Live, played("stop", "80.0")),
        (Verb::Finish, film(), 91.0, Late, added.clone()),
        (Verb::Mark, film(), 0.0, Late, added),
        (Verb::Unmark, film(), 0.0, Live, told("/sync/watched/remove", "")),
        (Verb::Rate(8), film(), 0.0, Live, told(ratings, r#","rating":8"#)),
        (
            Verb::Rate(8),
            film(),
            0.0,
            Late,
            told(ratings, r#","rated_at":"2026-11-23T20:15:00Z","rating":8"#),
        ),
        (Verb::Unrate, film(), 0.0, Live, told(unrated, "")),
        (
            Verb::Finish,
            third.clone(),
            91.0,
            Live,
            format!(
                r#"POST /scrobble/stop {{"progress":91.0,"show":{{{SHOW},"season":{{"episode":{{"ids":{{"tvdb":30003}},"number":3}},"number":1}}}}}}"#
            ),
        ),
        (
            Verb::Finish,
            third.clone(),
            91.0,
            Late,
            below(
                ADD,
                &format!(
                    r#"{{"episodes":[{{"ids":{{"tvdb":30003}},"number":3,{AT}}}],"number":1}}"#
                ),
            ),
        ),
        (
            Verb::Unmark,
            third.clone(),
            0.0,
            Live,
            below(
                "/sync/watched/remove",
                r#"{"episodes":[{"ids":{"tvdb":30003},"number":3}],"number":1}"#,
            ),
        ),
        (
            Verb::Rate(7),
            third,
            0.0,
            Live,
            below(
                ratings,
                r#"{"episodes":[{"ids":{"tvdb":30003},"number":3,"rating":7}],"number":1}"#,
            ),
        ),
        (Verb::Rate(7), season(), 0.0, Live, below(ratings, r#"{"number":2,"rating":7}"#)),
        (
            Verb::Unrate,
            whole_show(),
            0.0,
            Live,
            format!(r#"POST {unrated} {{"shows":[{{{SHOW}}}]}}"#),
        ),
    ];
    for (verb, item, progress, timing, expected) in cases {
        let intent = intent(verb, item, progress);
        assert_eq!(calls(&intent, timing, None).first(), Some(&expected), "{verb} {timing:?}");
        assert_eq!(unsayable(&intent, timing), None);
    }
}

#[test]
fn a_whole_show_or_season_is_rated_and_nothing_else() {
    for item in [season(), whole_show()] {
        for verb in [Verb::Start, Verb::Pause, Verb::Finish, Verb::Mark, Verb::Unmark] {
            for timing in [Timing::Live, Timing::Late] {
                let intent = intent(verb, item.clone(), 90.0);
                assert_eq!(calls(&intent, timing, None), [""; 0], "{verb} {timing:?}");
                assert!(unsayable(&intent, timing).is_some(), "{verb} {timing:?}");
            }
        }
    }
}

#[test]
fn an_episode_is_named_by_its_ids_then_by_its_place_and_to_the_history_alone() {
    let mut item = episode_of(show(), 3);
    item.ids.tmdb = Some(40_003);
    let names = |item: &Item, verb, show| {
        let bodies = (0..)
            .map_while(|nth| by_name(&intent(verb, item.clone(), 90.0), Timing::Late, show, nth));
        bodies.map(|call| call.body.unwrap_or_default().to_string()).collect::<Vec<_>>()
    };
    let history = names(&item, Verb::Finish, None);
    let place = r#""number":3,"watched_at":"2026-11-23T20:15:00Z""#;
    let at = |episode: &str| {
        format!(r#"{{"shows":[{{{SHOW},"seasons":[{{"episodes":[{{{episode}}}],"number":1}}]}}]}}"#)
    };
    let expected = [
        at(&format!(r#""ids":{{"tmdb":40003,"tvdb":30003}},{place}"#)),
        at(place),
        r#"{"episodes":[{"ids":{"tmdb":40003},"watched_at":"2026-11-23T20:15:00Z"}]}"#.to_owned(),
    ];
    assert_eq!(history, expected);
    assert_eq!(names(&item, Verb::Start, None).len(), 2, "a scrobble needs its show");
    assert_eq!(names(&item, Verb::Unmark, None).len(), 2);
    // Its show was looked up.
    let unknown = Show { title: "Sample".into(), ..Show::default() };
    let of_title = episode_of(unknown.clone(), 3);
    assert_eq!(names(&of_title, Verb::Start, None), [""; 0]);
    let looked_up = names(&of_title, Verb::Start, Some(202));
    assert!(looked_up[0].contains(r#""show":{"ids":{"tmdb":202}"#), "{looked_up:?}");
    assert_eq!(looked_up.len(), 2);
    // What has no place in a show is known by its own id, and told when it is over.
    let kind = Kind::Episode(Episode { show: unknown, ..Episode::default() });
    let daily = Item { kind, ids: item.ids.clone(), ..Item::default() };
    let stop = by_name(&intent(Verb::Finish, daily.clone(), 90.0), Timing::Live, None, 0);
    assert_eq!(stop.map(|call| call.path).as_deref(), Some(ADD));
    assert!(unsayable(&intent(Verb::Start, daily, 5.0), Timing::Live).is_some());
}

#[test]
fn what_is_looked_up_has_its_number_for_a_name() {
    let found = |kind, number, show| Found {
        kind,
        number,
        ids: Ids::default(),
        show,
        title: String::new(),
        year: None,
    };
    let film = Item { title: "Sample".into(), year: Some(1999), ..Item::default() };
    let call = |item: &Item, found: &Found, nth| {
        let call = of_found(&intent(Verb::Start, item.clone(), 5.0), Timing::Live, found, nth)?;
        Some(call.body.unwrap_or_default().to_string())
    };
    let movie = found(Type::Movie, 101, None);
    let expected = r#"{"movie":{"ids":{"tmdb":101}},"progress":5.0}"#;
    assert_eq!(call(&film, &movie, 0).as_deref(), Some(expected));
    assert_eq!(call(&film, &movie, 1), None);
    let episode = episode_of(Show::default(), 3);
    let of_show = found(Type::Episode, 202, Some(202));
    let both =
        [call(&episode, &of_show, 0), call(&episode, &of_show, 1)].map(Option::unwrap_or_default);
    assert!(both[0].contains("30003") && both[1].contains(r#""tmdb":202"#), "{both:?}");
    assert_eq!(call(&episode, &of_show, 2), None);
    assert_eq!(
        clear_found(&movie).map(|call| call.to_string()).as_deref(),
        Some(r#"POST /scrobble/clear {"movie":{"ids":{"tmdb":101}}}"#)
    );
    assert_eq!(clear_found(&of_show), None);
    assert_eq!(
        unlist(&film, Some(&movie)).map(|call| call.to_string()).as_deref(),
        Some(r#"POST /watchlist/items/remove {"movies":[{"tmdb":101}]}"#)
    );
}

#[test]
fn a_season_is_marked_below_its_show_once() {
    let marks_of = |items: Vec<Item>| {
        let intents: Vec<Intent> =
            items.into_iter().map(|item| intent(Verb::Mark, item, 0.0)).collect();
        let all: Vec<_> = intents.iter().map(|intent| (intent, None)).collect();
        marks(&all)
    };
    let bare = |number| Item { ids: Ids::default(), ..episode_of(show(), number) };
    let call = marks_of(vec![bare(1), film(), bare(2)]).expect("all have ids");
    let at = r#""watched_at":"2026-11-23T20:15:00Z""#;
    assert_eq!(
        (call.effect, call.to_string()),
        (
            Effect::AddPlays,
            format!(
                r#"POST /sync/watched?report_added=true {{"movies":[{{"ids":{{"imdb":"tt0000001","tmdb":101}},{at}}}],"shows":[{{{SHOW},"seasons":[{{"episodes":[{{"number":1,{at}}},{{"number":2,{at}}}],"number":1}}]}}]}}"#
            )
        )
    );
    assert_eq!(marks_of(vec![film(), Item::default()]), None);
}

#[test]
fn what_can_not_be_named_is_said() {
    let nothing = intent(Verb::Finish, Item { title: "Sample".into(), ..Item::default() }, 90.0);
    let expected = "`Sample` can't be named to MDBList: it has no ids, and no title with a year or a \
                    place in a show; match it in the media server";
    assert_eq!(unsayable(&nothing, Timing::Live).as_deref(), Some(expected));
    let only_tvdb = Item { ids: Ids { tvdb: Some(9), ..Ids::default() }, ..film() };
    assert_eq!(unsayable(&intent(Verb::Start, only_tvdb, 5.0), Timing::Live), None, "by its title");
}

#[test]
fn plays_of_one_item_are_asked_for_by_the_one_id_that_may_be() {
    let only = |imdb: Option<&str>, tmdb| Item {
        ids: Ids { imdb: imdb.map(str::to_owned), tmdb, ..Ids::default() },
        ..Item::default()
    };
    let episode =
        Item { ids: Ids { tmdb: Some(40_003), ..Ids::default() }, ..episode_of(show(), 3) };
    for (item, expected) in [
        (only(Some("tt0000001"), Some(101)), Some("/sync/history/movie/tmdb/101")),
        (only(Some("tt0000001"), None), Some("/sync/history/movie/imdb/tt0000001")),
        (only(None, None), None),
        (episode, Some("/sync/history/episode/tmdb/40003")),
        (episode_of(show(), 3), None),
        (whole_show(), None),
    ] {
        assert_eq!(history(&item, None).as_deref(), expected, "{item:?}");
    }
}
