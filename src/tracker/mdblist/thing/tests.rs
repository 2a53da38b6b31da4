use super::*;
use crate::event::Show;
use serde_json::json;

fn film(tmdb: Option<u64>, imdb: Option<&str>) -> Item {
    let ids = Ids { tmdb, imdb: imdb.map(str::to_owned), ..Ids::default() };
    Item { ids, ..Item::default() }
}

fn episode(tvdb: Option<u64>, of: Option<u64>, number: u32) -> Item {
    let show = Show { ids: Ids { tmdb: of, ..Ids::default() }, ..Show::default() };
    let kind = Kind::Episode(Episode { show, season: Some(1), number: Some(number), last: None });
    Item { kind, ids: Ids { tvdb, ..Ids::default() }, ..Item::default() }
}

const AT: &str = "2026-11-23T20:15:00Z";

fn time() -> Time {
    Time::from_rfc3339(AT).expect("a time")
}

#[test]
fn rows_are_read_whatever_their_keys_are_called() {
    let page = json!({
        "movies": [
            { "watched_at": AT, "play_id": 7, "movie": { "ids": { "imdbid": "tt0000001" } } },
            { "last_watched_at": AT, "movie": { "ids": { "tmdb": 101, "imdb": null } } },
            { "watched_at": "yesterday", "movie": { "ids": { "tmdb": 101 } } },
            { "movie": { "ids": { "tmdb": 101 } } },
        ],
        "shows": [{ "last_watched_at": AT, "show": { "ids": { "tmdb": 202 } } }],
        "episodes": [{ "watched_at": AT, "play_id": 8, "episode": { "season": 1, "number": 3,
            "ids": { "tmdb": 40003, "tvdb": 30003 }, "show": { "ids": { "tmdb": 202 } } } }],
    });
    let rows = rows(&page);
    let seen: Vec<_> = rows.iter().map(|row| (row.play.id, row.play.watched_at)).collect();
    assert_eq!(seen, [(8, time()), (7, time()), (time().0, time())]);
    let of = |item: &Item, show| -> Vec<u64> {
        let item = known_as(item.clone(), show);
        rows.iter().filter(|row| row.is(&item)).map(|row| row.play.id).collect()
    };
    for (item, show, expected) in [
        (film(None, Some("tt0000001")), None, vec![7]),
        (film(Some(101), None), None, vec![time().0]),
        (film(None, None), Some(101), vec![time().0]),
        (film(Some(202), None), None, vec![]),
        (episode(Some(30_003), None, 3), None, vec![8]),
        (episode(None, Some(202), 3), None, vec![8]),
        (episode(None, None, 3), Some(202), vec![8]),
        (episode(None, Some(202), 4), None, vec![]),
        (episode(None, Some(203), 3), None, vec![]),
    ] {
        assert_eq!(of(&item, show), expected, "{item:?} {show:?}");
    }
    let list = json!([page["episodes"][0], page["movies"][0]]);
    for (page, expected) in [
        (json!({ "plays": list, "total": 2 }), vec![8, 7]), // by another name
        (list, vec![8, 7]),
        (json!({ "movies": [], "episodes": [] }), vec![]),
        (json!({ "detail": "no" }), vec![]),
        (json!("…"), vec![]),
    ] {
        let seen: Vec<u64> = super::rows(&page).iter().map(|row| row.play.id).collect();
        assert_eq!(seen, expected, "{page}");
    }
}

#[test]
fn a_neighbours_play_is_not_taken_for_that_of_an_episode_that_is_counted_otherwise() {
    let page = |title: &str| {
        json!([{ "watched_at": AT, "episode": { "season": 1, "number": 3, "title": title,
            "ids": { "tmdb": 40_003, "tvdb": 30_003 }, "show": { "ids": { "tmdb": 202 } } } }])
    };
    let of = |tvdb, tmdb, number, title: &str| {
        let item = episode(Some(tvdb), Some(202), number);
        Item { ids: Ids { tmdb, ..item.ids }, title: title.to_owned(), ..item }
    };
    for (item, title, expected) in [
        (of(30_003, None, 3, ""), "", true),
        // Another one stands at its place there, or has its number at TheMovieDb.
        (of(30_004, None, 3, ""), "", false),
        (of(30_004, Some(40_003), 4, ""), "", false),
        // It stands elsewhere there: two ids, or an id and its title, say that it is the same.
        (of(30_003, Some(40_003), 9, ""), "", true),
        (of(30_003, None, 9, "The Quay"), "The Quay", true),
        (of(30_003, None, 9, ""), "The Quay", false),
    ] {
        assert_eq!(rows(&page(title))[0].is(&item), expected, "{item:?}");
    }
}

#[test]
fn what_was_taken_for_something_else_is_seen_by_its_ids() {
    let answer = json!({
        "movie": { "title": "Other", "year": 1998, "ids": { "imdbid": "tt0000002", "tmdbid": 102 } },
        "show": null, "episode": null,
    });
    for (item, is_doubtful) in [
        (film(Some(101), None), true),
        (film(Some(102), None), false),
        (film(Some(101), Some("tt0000002")), false), // a server may have one of them wrong
        (film(None, None), false),
        (episode(Some(1), Some(102), 3), false), // nothing of it is told
    ] {
        let named = doubtful(&item, None, &answer);
        assert_eq!(named.is_some(), is_doubtful, "{item:?}");
        if let Some(Named::Doubtful(found)) = named {
            assert_eq!(
                (found.title.as_str(), found.year, found.number),
                ("Other", Some(1998), 102)
            );
        }
    }
    let of_show = json!({ "show": { "title": "Other", "ids": { "tmdb": 203 } } });
    assert!(doubtful(&episode(Some(1), None, 3), Some(202), &of_show).is_some());
    assert!(doubtful(&episode(Some(1), None, 3), Some(203), &of_show).is_none());
}
