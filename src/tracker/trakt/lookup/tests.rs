use super::*;
use crate::config;
use crate::event::Episode;
use crate::http::scripted::{Script, answer};
use crate::tracker::trakt::Trakt;
use crate::tracker::{Call, Tracker};
use serde_json::Value;

type Steps = Vec<(&'static str, String)>;

/// Asks what `script` answers.
fn asker(script: &Script) -> impl FnMut(&Call) -> Reply {
    let settings = config::Trakt { api_url: script.url(""), ..config::Trakt::default() };
    let line = Trakt::new(&settings, Duration::from_secs(5)).line();
    move |call| line(call, None)
}

/// What comes of looking `item` up where Trakt answers so, and what it was asked.
fn look_up(steps: Steps, item: &Item) -> (Lookup, Vec<String>) {
    let steps = steps.into_iter().map(|(question, json)| {
        let status = if json.is_empty() { 404 } else { 200 };
        (question, answer(status, &json))
    });
    let script = Script::start(steps.collect());
    let lookup = Lookups::default().find(&mut asker(&script), item, None, Duration::ZERO);
    let seen = script.seen();
    (lookup.unwrap_or_else(|reply| panic!("{reply:?} after {seen:#?}")), seen)
}

/// Compares the number that was found, and all that was asked.
#[track_caller]
fn assert_found(name: &str, item: &Item, steps: Steps, expected: Option<u64>) {
    let asked = steps.len();
    let (lookup, seen) = look_up(steps, item);
    let number = match lookup {
        Lookup::Found(found) => Some(found.number),
        Lookup::Unknown => None,
        Lookup::Several(why) => panic!("{name}: {why}"),
    };
    assert_eq!((number, seen.len()), (expected, asked), "{name}: {seen:#?}");
}

fn is_several((lookup, _): &(Lookup, Vec<String>)) -> bool {
    matches!(lookup, Lookup::Several(_))
}

fn tvdb(id: u64) -> Ids {
    Ids { tvdb: Some(id), ..Ids::default() }
}

fn show(title: &str, ids: Ids) -> Show {
    Show { title: title.into(), ids, ..Show::default() }
}

fn episode(show: Show, season: u32, title: &str) -> Item {
    let place = Episode { show, season: Some(season), number: Some(3), last: None };
    Item { kind: Kind::Episode(place), title: title.into(), ..Item::default() }
}

fn movie(title: &str, year: Option<u16>) -> Item {
    Item { title: title.into(), year, ..Item::default() }
}

fn results(kind: &str, things: &[(u64, &str, u64)]) -> String {
    let things = things.iter().map(|(trakt, title, year)| {
        json!({"type": kind, kind: {"title": title, "year": year, "ids": {"trakt": trakt}}})
    });
    things.collect::<Value>().to_string()
}

fn nothing() -> String {
    "[]".to_owned()
}

const SHOW_7: &str = "GET /search/tvdb/7?type=show";
const EPISODE_3: &str = "GET /shows/70/seasons/1/episodes/3";
const HAWKEYE: &str = "GET /search/show?query=Hawkeye&fields=title&limit=100";
const HAWKEYE_2021: &str = "GET /search/show?query=Hawkeye&fields=title&years=2021&limit=100";

fn show_70() -> (&'static str, String) {
    (SHOW_7, results("show", &[(70, "Hawkeye", 2021)]))
}

fn titled(trakt: u64, title: &str) -> Value {
    json!({"season": 1, "number": 3, "title": title, "ids": {"trakt": trakt}})
}

#[test]
fn each_id_is_tried_by_itself_then_the_show_and_the_place_in_it() {
    let ids = Ids { imdb: Some("tt9".into()), ..tvdb(5) };
    let item = Item { ids, ..episode(show("", tvdb(7)), 1, "") };
    let steps = vec![
        ("GET /search/tvdb/5?type=episode", nothing()),
        ("GET /search/imdb/tt9?type=episode", nothing()),
        show_70(),
        (EPISODE_3, r#"{"title":"Ronin","ids":{"trakt":703,"tmdb":9,"imdb":null}}"#.into()),
    ];
    let (lookup, seen) = look_up(steps, &item);
    let ids = Ids { trakt: Some(703), tmdb: Some(9), ..Ids::default() };
    let Lookup::Found(found) = lookup else { panic!("{lookup:?} after {seen:#?}") };
    assert_eq!((found.kind, found.number, found.ids), (Type::Episode, 703, ids));
}

#[test]
fn a_title_names_a_film_only_if_one_film_bears_it() {
    let question = "GET /search/movie?query=The%20Salt%20Road&fields=title&years=2021&limit=100";
    let one = results("movie", &[(1, "the salt road!", 2021), (2, "The Salt Roads", 2021)]);
    let two = results("movie", &[(1, "The Salt Road", 2021), (2, "The Salt Road", 2021)]);
    let item = movie("The Salt Road (2021)", None);
    assert_found("one", &item, vec![(question, one)], Some(1));
    assert_found("none", &item, vec![(question, nothing())], None);
    assert!(is_several(&look_up(vec![(question, two)], &item)));
    assert_found("without its year it is a guess", &movie("The Salt Road", None), vec![], None);
}

#[test]
fn a_show_is_named_by_its_title_with_its_year_then_without() {
    let both = [(69, "Hawkeye", 1994), (70, "Hawkeye", 2021)];
    let bracketed = episode(show("Hawkeye (2021)", Ids::default()), 1, "");
    let plain = episode(show("Hawkeye", Ids::default()), 1, "");
    let found = || (EPISODE_3, titled(703, "").to_string());
    assert_found(
        "the year in brackets",
        &bracketed,
        vec![(HAWKEYE_2021, results("show", &both)), found()],
        Some(703),
    );
    assert_found(
        "another year than Trakt's",
        &bracketed,
        vec![
            (HAWKEYE_2021, nothing()),
            (HAWKEYE, results("show", &[(70, "Hawkeye", 2022)])),
            found(),
        ],
        Some(703),
    );
    assert_found("unknown", &plain, vec![(HAWKEYE, nothing())], None);
    let ambiguous = vec![
        (HAWKEYE, results("show", &both)),
        ("GET /shows/69/seasons/1/episodes/3", titled(603, "").to_string()),
        found(),
    ];
    assert!(is_several(&look_up(ambiguous, &plain)));
}

#[test]
fn an_episode_at_the_place_of_another_is_found_by_its_title() {
    const SEASON: &str = "GET /shows/70/seasons/1";
    let placed = |title: &str| (EPISODE_3, titled(703, title).to_string());
    let season = |titles: &[(u64, &str)]| {
        let episodes = titles.iter().map(|(trakt, title)| titled(*trakt, title));
        (SEASON, episodes.collect::<Value>().to_string())
    };
    let cases: [(&str, &str, Steps, u64); 6] = [
        ("it bears the title", "Echoes", vec![placed("Echoes")], 703),
        ("punctuation is no matter", "Echoes!", vec![placed("echoes")], 703),
        ("a number is no title", "Episode 3", vec![placed("Echoes")], 703),
        (
            "one other bears it",
            "Echoes",
            vec![placed("Ronin"), season(&[(703, "Ronin"), (705, "Echoes")])],
            705,
        ),
        (
            "two others bear it",
            "Echoes",
            vec![placed("Ronin"), season(&[(705, "Echoes"), (706, "Echoes")])],
            703,
        ),
        ("nobody bears it", "Échos", vec![placed("Ronin"), season(&[(703, "Ronin")])], 703),
    ];
    for (name, title, steps, expected) in cases {
        let item = episode(show("", tvdb(7)), 1, title);
        let steps = [vec![show_70()], steps].concat();
        assert_found(name, &item, steps, Some(expected));
    }
}

#[test]
fn an_episode_without_a_place_is_found_by_the_day_of_its_airing() {
    let item = |number| {
        let place = Episode { number, season: number, show: show("", tvdb(7)), last: None };
        let (kind, aired) = (Kind::Episode(place), Some("2014-07-14".to_owned()));
        Item { kind, aired, ..Item::default() }
    };
    let aired = |days: &[&str]| {
        let episodes = (1..)
            .zip(days)
            .map(|(trakt, first): (u64, _)| json!({"first_aired": first, "ids": {"trakt": trakt}}));
        let seasons =
            json!([{"number": 0}, {"number": 1, "episodes": episodes.collect::<Value>()}]);
        vec![
            ("GET /shows/70/seasons?extended=episodes,full", seasons.to_string()),
            ("GET /shows/70?extended=full", r#"{"airs":{"time":"23:00"}}"#.to_owned()),
        ]
    };
    // 11 p.m. in New York.
    let daily = ["2014-07-14T03:00:00.000Z", "2014-07-15T03:00:00.000Z", "2014-07-16T03:00:00Z"];
    let cases = [
        ("one on that day", None, aired(&daily), Some(2)),
        ("two on that day", None, aired(&[daily[1], daily[1]]), None),
        ("none on that day", None, aired(&daily[..1]), None),
        (
            "the place is unknown",
            Some(9),
            [vec![("GET /shows/70/seasons/9/episodes/9", String::new())], aired(&daily)].concat(),
            Some(2),
        ),
    ];
    for (name, number, steps, expected) in cases {
        assert_found(name, &item(number), [vec![show_70()], steps].concat(), expected);
    }
}

#[test]
fn a_special_that_is_a_film_teaches_no_ids_of_an_episode() {
    let ids = Ids { imdb: Some("tt1234567".into()), ..Ids::default() };
    let steps = vec![
        ("GET /search/imdb/tt1234567?type=episode", nothing()),
        ("GET /search/imdb/tt1234567?type=movie", results("movie", &[(44, "", 2021)])),
    ];
    let (lookup, _) = look_up(steps, &Item { ids, ..episode(Show::default(), 0, "") });
    let Lookup::Found(found) = lookup else { panic!("{lookup:?}") };
    assert_eq!((found.kind, found.number, found.ids), (Type::Movie, 44, Ids::default()));
}

#[test]
fn a_show_is_looked_up_once_for_all_of_its_episodes() {
    let script = Script::start(vec![
        (SHOW_7, answer(200, &results("show", &[(70, "Hawkeye", 2021)]))),
        (EPISODE_3, answer(200, &titled(703, "").to_string())),
        ("GET /shows/70/seasons/2/episodes/3", answer(404, "")),
    ]);
    let (mut lookups, mut ask) = (Lookups::default(), asker(&script));
    for season in [1, 1, 2, 2] {
        let item = episode(show("Hawkeye", tvdb(7)), season, "");
        let lookup = lookups.find(&mut ask, &item, None, Duration::ZERO).expect("an answer");
        assert_eq!(matches!(lookup, Lookup::Found(_)), season == 1);
    }
    assert_eq!(script.seen().len(), 3);
}

#[test]
fn a_season_is_its_show_and_a_show_is_found_by_its_title() {
    let found = || (HAWKEYE, results("show", &[(70, "Hawkeye", 2021)]));
    let of_season = Kind::Season { show: show("Hawkeye", Ids::default()), number: Some(1) };
    let season = Item { kind: of_season, ids: tvdb(9), ..Item::default() };
    let seasons = r#"[{"number":0,"ids":{"trakt":700}},{"number":1,"ids":{"trakt":701}}]"#;
    let seasons = ("GET /shows/70/seasons", seasons.to_owned());
    assert_found("season", &season, vec![found(), seasons], Some(701));
    let item = Item { kind: Kind::Show, ..movie("Hawkeye", None) };
    assert_found("show", &item, vec![found()], Some(70));
}

/// The Gate of Rowan Street, 5x02, by these ids.
fn gate(ids: Ids, day: &str) -> Item {
    let street = Show { title: "Rowan Street".into(), ..Show::default() };
    let place = Episode { show: street, season: Some(5), number: Some(2), last: None };
    let aired = (!day.is_empty()).then(|| day.to_owned());
    Item { kind: Kind::Episode(place), title: "The Gate".into(), ids, aired, ..Item::default() }
}

fn street(trakt: u64) -> Value {
    json!({"title": "Rowan Street", "ids": {"trakt": trakt}})
}

/// A hit of a look-up: an episode with its show.
fn hit(number: u64, title: &str, ids: &Value) -> String {
    let episode = json!({"season": 5, "number": number, "title": title, "ids": ids});
    json!([{"episode": episode, "show": street(5)}]).to_string()
}

#[test]
fn a_wrong_id_is_asked_and_another_way_taken() {
    const TVDB: &str = "GET /search/tvdb/502?type=episode&extended=full";
    const TMDB: &str = "GET /search/tmdb/7?type=episode&extended=full";
    const STREET: &str = "GET /search/show?query=Rowan%20Street&fields=title&limit=100";
    const PLACE: &str = "GET /shows/5/seasons/5/episodes/2?extended=full";
    let tmdb = || Ids { tmdb: Some(7), ..Ids::default() };
    let both = || Ids { tmdb: Some(7), ..tvdb(502) };
    let fence = || (TMDB, hit(1, "The Fence", &json!({"trakt": 51, "tmdb": 7, "tvdb": 501})));
    let right = || (TVDB, hit(2, "The Gate", &json!({"trakt": 52, "tmdb": 7, "tvdb": 502})));
    let shows = || (STREET, json!([{"show": street(5)}]).to_string());
    let placed = |title: &str| {
        (PLACE, json!({"title": title, "ids": {"trakt": 52, "tmdb": 7, "tvdb": 502}}).to_string())
    };
    let gone = || (PLACE, String::new());
    let cases: Vec<(&str, Item, Steps, Option<u64>)> = vec![
        ("the first is right", gate(both(), ""), vec![right()], Some(52)),
        (
            "the first is unknown, the second another's",
            gate(both(), ""),
            vec![(TVDB, nothing()), fence(), shows(), placed("The Gate")],
            Some(52),
        ),
        (
            "in another language",
            Item { title: "Das Tor".into(), ..gate(tmdb(), "") },
            vec![fence(), shows(), placed("The Gate"), ("GET /shows/5/seasons/5?", nothing())],
            Some(52),
        ),
        (
            "nothing else finds it, and nobody knows the day",
            Item { title: "Das Tor".into(), ..gate(tmdb(), "") },
            vec![fence(), shows(), gone()],
            Some(51),
        ),
        (
            "it is of another day",
            gate(tmdb(), "2017-01-16"),
            vec![
                (
                    TMDB,
                    hit(1, "The Fence", &json!({"trakt": 51, "tmdb": 7})).replace(
                        r#""season":5"#,
                        r#""first_aired":"2017-01-09T21:00:00Z","season":5"#,
                    ),
                ),
                shows(),
                gone(),
                ("GET /shows/5/seasons?extended=episodes,full", nothing()),
            ],
            None,
        ),
    ];
    for (name, item, steps, expected) in cases {
        assert_found(name, &item, steps, expected);
    }
}

#[test]
fn title_and_day_beat_the_place_and_neither_does_alone() {
    const ALL: &str = "GET /shows/70/seasons?extended=episodes,full";
    let aired = |number: u64, title: &str, day: &str| {
        let first = format!("{day}T01:00:00Z");
        json!({"season": 1, "number": number, "title": title, "first_aired": first,
            "ids": {"trakt": 700 + number}})
    };
    let ronin = || aired(3, "Ronin", "2021-12-01");
    let seasons = |others: &[Value]| {
        let episodes: Vec<Value> = [ronin()].into_iter().chain(others.to_vec()).collect();
        // Another season, for which its own number stands.
        let other = json!({"number": 3, "ids": {"trakt": 9}});
        (ALL, json!([other, {"number": 1, "episodes": episodes}]).to_string())
    };
    let placed = || (EPISODE_3, ronin().to_string());
    let echoes = |number, day| {
        let mut echoes = aired(number, "Echoes", day);
        echoes["season"] = json!(4);
        echoes
    };
    let cases: Vec<(&str, &str, &str, Steps, u64)> = vec![
        ("its own", "Ronin", "2021-12-01", vec![placed()], 703),
        ("one wrong day", "Ronin", "2014-01-01", vec![placed()], 703),
        (
            "title and day",
            "Echoes",
            "2022-01-05",
            vec![placed(), seasons(&[echoes(1, "2022-01-06")])],
            701,
        ),
        (
            "two have them",
            "Echoes",
            "2022-01-05",
            vec![placed(), seasons(&[echoes(1, "2022-01-05"), echoes(2, "2022-01-05")])],
            703,
        ),
        (
            "the title on another day",
            "Echoes",
            "2022-01-05",
            vec![placed(), seasons(&[echoes(1, "2015-01-05")])],
            703,
        ),
        (
            "the day under another title",
            "Ecos",
            "2022-01-05",
            vec![placed(), seasons(&[echoes(1, "2022-01-05")])],
            703,
        ),
        (
            "another language on the place's day",
            "Ecos",
            "2021-12-01",
            vec![placed(), ("GET /shows/70/seasons/1?", json!([ronin()]).to_string())],
            703,
        ),
    ];
    for (name, title, day, steps, expected) in cases {
        let item = Item { aired: Some(day.into()), ..episode(show("", tvdb(7)), 1, title) };
        assert_found(name, &item, [vec![show_70()], steps].concat(), Some(expected));
    }
}

#[test]
fn an_episode_that_is_not_known_yet_is_not_the_one_of_its_day() {
    let seasons = json!([{"number": 1, "episodes": [{"season": 1, "number": 2, "title": "Ronin",
        "first_aired": "2021-12-01T01:00:00Z", "ids": {"trakt": 702}}]}]);
    let steps = vec![
        show_70(),
        (EPISODE_3, String::new()),
        ("GET /shows/70/seasons?extended=episodes,full", seasons.to_string()),
        ("GET /shows/70?extended=full", "{}".to_owned()),
    ];
    let item = Item { aired: Some("2021-12-01".into()), ..episode(show("", tvdb(7)), 1, "Echoes") };
    assert_found("both came out on one day", &item, steps, None);
}

#[test]
fn an_episode_tells_which_of_two_shows_is_meant() {
    const STREETS: &str = "GET /search/show?query=Rowan%20Street&fields=title";
    let streets = |first: &str| {
        let shows = [5, 6].map(|number| {
            let mut show = street(number);
            if number == 6 {
                show["first_aired"] = json!(first);
            }
            json!({ "show": show })
        });
        (STREETS, json!(shows).to_string())
    };
    let of_5 = |title: &str| {
        let thing = json!({"title": title, "ids": {"trakt": 52}}).to_string();
        ("GET /shows/5/seasons/5/episodes/2", if title == "-" { String::new() } else { thing })
    };
    let of_6 = |title: &str| {
        let thing = json!({"title": title, "ids": {"trakt": 62}}).to_string();
        ("GET /shows/6/seasons/5/episodes/2", if title == "-" { String::new() } else { thing })
    };
    let season = |path| (path, nothing());
    let (five, six) = (season("GET /shows/5/seasons/5?"), season("GET /shows/6/seasons/5?"));
    let all = || vec![streets("")];
    let of_day =
        Show { aired: Some("2013-01-09".into()), title: "Rowan Street".into(), ..Show::default() };
    let in_show = |show| {
        let place = Episode { show, season: Some(5), number: Some(2), last: None };
        Item { kind: Kind::Episode(place), ..gate(Ids::default(), "") }
    };
    let cases: Vec<(&str, Item, Steps, Option<u64>)> = vec![
        (
            "its title",
            gate(Ids::default(), ""),
            [all(), vec![of_5("The Gate"), of_6("X"), six.clone()]].concat(),
            Some(52),
        ),
        (
            "its place, where the other has none",
            Item { title: String::new(), ..gate(Ids::default(), "") },
            [all(), vec![of_5("-"), of_6("X")]].concat(),
            Some(62),
        ),
        (
            "both have its title",
            gate(Ids::default(), ""),
            [all(), vec![of_5("The Gate"), of_6("The Gate")]].concat(),
            None,
        ),
        (
            "neither has",
            gate(Ids::default(), ""),
            [all(), vec![of_5("Y"), five, of_6("X"), six]].concat(),
            None,
        ),
        (
            "the show's first day",
            in_show(of_day),
            vec![streets("2013-01-09T20:00:00Z"), of_6("The Gate")],
            Some(62),
        ),
    ];
    for (name, item, steps, expected) in cases {
        let asked = steps.len();
        let (lookup, seen) = look_up(steps, &item);
        let number = match lookup {
            Lookup::Found(found) => Some(found.number),
            Lookup::Several(_) => None,
            Lookup::Unknown => panic!("{name}: it is not unknown, but undecided"),
        };
        assert_eq!((number, seen.len()), (expected, asked), "{name}: {seen:#?}");
    }
}

#[test]
fn a_show_that_was_told_before_is_asked_first() {
    let steps = vec![(
        "GET /shows/5/seasons/5/episodes/2",
        answer(200, r#"{"title":"The Gate","ids":{"trakt":52}}"#),
    )];
    let script = Script::start(steps);
    let item = gate(Ids::default(), "");
    let lookup = Lookups::default().find(&mut asker(&script), &item, Some(5), Duration::ZERO);
    let Ok(Lookup::Found(found)) = lookup else { panic!("{lookup:?}") };
    assert_eq!((found.number, found.show), (52, Some(5)), "{:?}", script.seen());
}
