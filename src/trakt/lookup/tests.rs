use super::*;
use crate::config;
use crate::http::scripted::{Script, answer};

type Steps = Vec<(&'static str, String)>;

/// What comes of looking `item` up where Trakt answers so, and what it was asked.
fn look_up(steps: Steps, item: &Item) -> (Lookup, Vec<String>) {
    let steps = steps.into_iter().map(|(question, json)| {
        let status = if json.is_empty() { 404 } else { 200 };
        (question, answer(status, &json))
    });
    let script = Script::start(steps.collect());
    let settings = config::Trakt { api_url: script.url(""), ..config::Trakt::default() };
    let (client, access) = (Client::new(settings), Secret::new("access"));
    let lookup = Lookups::default().find(&client, &access, item, Duration::ZERO);
    let seen = script.seen();
    (lookup.unwrap_or_else(|reply| panic!("{reply:?} after {seen:#?}")), seen)
}

/// Compares the number that was found, and all that was asked.
#[track_caller]
fn assert_found(name: &str, item: &Item, steps: Steps, expected: Option<u64>) {
    let asked = steps.len();
    let (lookup, seen) = look_up(steps, item);
    let number = match lookup {
        Lookup::Found(found) => Some(found.trakt),
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
        (EPISODE_3, r#"{"title":"Ronin","ids":{"trakt":703,"tvdb":9,"imdb":null}}"#.into()),
    ];
    let (lookup, seen) = look_up(steps, &item);
    let ids = Ids { trakt: Some(703), ..tvdb(9) };
    let expected = Lookup::Found(Found { kind: Type::Episode, trakt: 703, ids });
    assert_eq!(lookup, expected, "{seen:#?}");
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
    assert!(is_several(&look_up(vec![(HAWKEYE, results("show", &both))], &plain)));
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
    let expected = Found { kind: Type::Movie, trakt: 44, ids: Ids::default() };
    assert_eq!(lookup, Lookup::Found(expected));
}

#[test]
fn a_show_is_looked_up_once_for_all_of_its_episodes() {
    let script = Script::start(vec![
        (SHOW_7, answer(200, &results("show", &[(70, "Hawkeye", 2021)]))),
        (EPISODE_3, answer(200, &titled(703, "").to_string())),
        ("GET /shows/70/seasons/2/episodes/3", answer(404, "")),
    ]);
    let settings = config::Trakt { api_url: script.url(""), ..config::Trakt::default() };
    let (client, access) = (Client::new(settings), Secret::new("access"));
    let mut lookups = Lookups::default();
    for season in [1, 1, 2, 2] {
        let item = episode(show("Hawkeye", tvdb(7)), season, "");
        let lookup = lookups.find(&client, &access, &item, Duration::ZERO).expect("an answer");
        assert_eq!(matches!(lookup, Lookup::Found(_)), season == 1);
    }
    assert_eq!(script.seen().len(), 3);
}

#[test]
fn a_season_is_its_show_and_a_show_is_found_by_its_title() {
    let found = || (HAWKEYE, results("show", &[(70, "Hawkeye", 2021)]));
    let of_season = Kind::Season { show: show("Hawkeye", Ids::default()), number: Some(1) };
    let season = Item { kind: of_season, ids: tvdb(9), ..Item::default() };
    assert_found("season", &season, vec![found()], Some(70));
    let item = Item { kind: Kind::Show, ..movie("Hawkeye", None) };
    assert_found("show", &item, vec![found()], Some(70));
}
