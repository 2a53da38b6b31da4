use super::*;
use crate::event::Show;

fn film(title: &str, year: Option<u16>, imdb: &str, tmdb: Option<u64>) -> Item {
    let imdb = (!imdb.is_empty()).then(|| imdb.to_owned());
    Item { title: title.into(), year, ids: Ids { imdb, tmdb, ..Ids::default() }, ..Item::default() }
}

fn read(answer: &Value) -> Thing {
    Thing::read(answer).expect("a thing")
}

/// Whether an answer is what was meant, and which number of a show it tells for good.
fn named(answer: &Value, item: &Item, show: Option<u64>) -> (bool, Option<u64>) {
    match read(answer).named(item, show) {
        Named::Sure(found) => (true, found.show),
        Named::Doubtful(found) => (false, found.show),
    }
}

#[test]
fn a_film_is_told_by_an_id_or_by_title_and_year() {
    let answer = json!({ "movie": { "title": "Salt and Iron", "year": 2017,
                                    "ids": { "simkl": 5, "imdb": "tt0000310", "tmdb": "310" } } });
    for (item, expected) in [
        (film("Salz", Some(2009), "tt0000310", None), true),
        (film("Salz", Some(2009), "tt0000310", Some(9)), true),
        (film("Salt and Iron", Some(2017), "", None), true),
        (film("Salt and Iron", Some(2016), "tt0000009", None), true),
        (film("Salt and Iron", Some(1950), "", None), false),
        (film("The Orchard Wall", Some(2017), "", None), false),
        (film("The Orchard Wall", Some(2017), "tt0000009", None), false),
    ] {
        assert_eq!(named(&answer, &item, None).0, expected, "{item:?}");
    }
    let show = json!({ "show": { "title": "Salt and Iron", "year": 2017, "ids": { "simkl": 5 } } });
    assert!(
        !named(&show, &film("Salt and Iron", Some(2017), "", None), None).0,
        "a show is no film"
    );
}

fn episode(title: &str, place: (u32, u32), tvdb: Option<u64>, of_show: Option<u64>) -> Item {
    let ids = |tvdb| Ids { tvdb, ..Ids::default() };
    let show = Show { title: title.into(), ids: ids(of_show), ..Show::default() };
    let (season, number) = (Some(place.0), Some(place.1));
    let kind = Kind::Episode(Episode { show, season, number, last: None });
    Item { kind, ids: ids(tvdb), ..Item::default() }
}

#[test]
fn an_episode_is_told_by_its_show_and_its_place_or_its_own_id() {
    let answer = json!({
        "show": { "title": "Rowan Street", "year": 2013, "ids": { "simkl": 55, "tvdb": "2001" } },
        "episode": { "season": 5, "number": 2, "tvdb_season": 5, "tvdb_number": 2 },
    });
    for (item, show, expected) in [
        (episode("Rowan Street", (5, 2), None, None), None, true),
        (episode("Straße", (5, 2), None, Some(2001)), None, true),
        (episode("Straße", (5, 2), None, None), Some(55), true),
        (episode("Straße", (5, 2), None, None), None, false),
        (episode("Straße", (5, 2), None, Some(9)), None, false),
        (episode("Rowan Street", (5, 3), None, None), None, false),
        // TMDB counts otherwise; what has its id is it.
        (episode("Rowan Street", (1, 42), Some(502), None), None, true),
    ] {
        let expected = (expected, expected.then_some(55));
        assert_eq!(named(&answer, &item, show), expected, "{item:?} {show:?}");
    }
}

#[test]
fn a_part_of_an_anime_is_told_by_its_place_at_tvdb_and_is_no_show_for_good() {
    let answer = json!({
        "anime": { "title": "Foxes of the Delta, part 2", "year": 2021,
                   "ids": { "simkl": 66, "mal": "404" } },
        "episode": { "season": 1, "number": 1, "tvdb_season": 2, "tvdb_number": 1 },
    });
    let part = |mal, place: (u32, u32)| {
        let mut item = episode("Foxes of the Delta", place, None, None);
        if let Kind::Episode(episode) = &mut item.kind {
            episode.show.anime = AnimeIds { mal: Some(mal), ..AnimeIds::default() };
        }
        item
    };
    for (item, expected) in [
        (episode("Foxes of the Delta", (2, 1), None, Some(777)), true),
        (episode("Foxes of the Delta", (1, 1), None, Some(777)), false),
        (part(404, (1, 1)), true),
        (part(404, (1, 2)), false),
        (part(303, (1, 1)), false),
    ] {
        assert_eq!(named(&answer, &item, None), (expected, None), "{item:?}");
    }
}

#[test]
fn what_an_answer_names_can_be_ended_by_its_numbers() {
    let place = json!({ "season": 1, "number": 4 });
    for (answer, expected) in [
        (
            json!({ "movie": { "ids": { "simkl": 5 } } }),
            json!({ "movie": { "ids": { "simkl": 5 } } }),
        ),
        (
            json!({ "show": { "ids": { "simkl": 5 } }, "episode": place }),
            json!({ "show": { "ids": { "simkl": 5 } }, "episode": place }),
        ),
        (
            json!({ "anime": { "ids": { "simkl": 5 } }, "episode": place }),
            json!({ "anime": { "ids": { "simkl": 5 } }, "episode": { "number": 4 } }),
        ),
    ] {
        assert_eq!(Value::Object(read(&answer).numbers()), expected);
    }
    assert_eq!(Thing::read(&json!({ "movie": null })), None);
    assert_eq!(Thing::read(&json!({ "id": 5 })), None);
}
