//! Which items are one: the naming of docs/rules.md, *Words*. When it is doubtful, they are two.

use super::script::Story;
use crate::engine::{Input, Learned};
use crate::event::{Episode, Event, Ids, Item, Kind, Source};

/// An item as a server has it: its key, its ids, where it stands and what it is called.
#[derive(Clone, Debug)]
struct As(&'static str, Ids, Kind, &'static str, Option<u16>);

fn ids(imdb: &str, tmdb: u64, tvdb: u64) -> Ids {
    Ids {
        imdb: (!imdb.is_empty()).then(|| imdb.to_owned()),
        tmdb: (tmdb > 0).then_some(tmdb),
        tvdb: (tvdb > 0).then_some(tvdb),
        trakt: None,
    }
}

fn at(season: u32, number: u32) -> Kind {
    Kind::Episode(Episode { season: Some(season), number: Some(number), ..Episode::default() })
}

/// Hands in an event of this item by `player` of `server`.
fn say(story: &mut Story, server: &str, step: &str, As(key, ids, kind, title, year): &As) {
    let words: Vec<&str> = step.split_whitespace().collect();
    let event = story.event(&words);
    let item = Item {
        key: (*key).to_owned(),
        ids: ids.clone(),
        kind: kind.clone(),
        title: (*title).to_owned(),
        year: *year,
        ..event.item
    };
    let event = Event { server: server.to_owned(), item, ..event };
    story.hand_in(&Input::Event(Box::new(event)));
}

/// The verbs that were told of each title.
fn told(story: &Story) -> String {
    let verbs = story.told.iter().map(|line| line.split(' ').next().unwrap_or_default());
    verbs.collect::<Vec<_>>().join(" ")
}

#[test]
fn an_id_that_neighbours_share_does_not_make_them_one() {
    let film = |key, ids, title, year| As(key, ids, Kind::Movie, title, Some(year));
    let pairs = [
        (
            "one TMDB number",
            As("k1", ids("", 7, 501), at(5, 1), "The Fence", None),
            As("k2", ids("", 7, 502), at(5, 2), "The Gate", None),
        ),
        (
            "and nothing else",
            As("k1", ids("", 7, 0), at(5, 1), "The Fence", None),
            As("k2", ids("", 7, 0), at(5, 2), "The Gate", None),
        ),
        (
            "a two-parter's IMDb id",
            As("k1", ids("tt0000007", 0, 0), at(1, 1), "Pilot: Part 1", None),
            As("k2", ids("tt0000007", 0, 0), at(1, 2), "Pilot: Part 2", None),
        ),
        (
            "their show's ids",
            As("k1", ids("tt0000007", 70, 700), at(4, 1), "Tar", None),
            As("k2", ids("tt0000007", 70, 700), at(4, 2), "Hemp", None),
        ),
        (
            "films with one IMDb id",
            film("k1", ids("tt0000310", 310, 0), "Salt and Iron", 2017),
            film("k2", ids("tt0000310", 311, 0), "The Orchard Wall", 2020),
        ),
        (
            "and nothing else",
            film("k1", ids("tt0000310", 0, 0), "Salt and Iron", 2017),
            film("k2", ids("tt0000310", 0, 0), "The Orchard Wall", 2020),
        ),
        (
            "the same key, given anew",
            film("k1", ids("tt0000310", 310, 0), "Salt and Iron", 2017),
            film("k1", ids("tt0000311", 311, 0), "The Orchard Wall", 2020),
        ),
    ];
    for source in Source::ALL {
        for (name, one, other) in &pairs {
            let mut story = Story::of(source);
            for item in [one, other] {
                say(&mut story, "attic", "completed 95", item);
                story.go("10 s");
            }
            assert_eq!(told(&story), "finish finish", "{source:?}, {name}: plays");

            let mut story = Story::of(source).with(|settings| {
                settings.servers_mut(Source::Plex).for_each(|plex| plex.ratings = true);
            });
            for item in [one, other] {
                say(&mut story, "attic", "rate 7", item);
            }
            let ratings = if source == Source::Plex { "rate rate" } else { "" };
            assert_eq!(told(&story), ratings, "{source:?}, {name}: ratings");

            // Two servers, so that no key says which is which.
            let mut story = Story::of(source);
            say(&mut story, "attic", "play 10", one);
            say(&mut story, "cellar", "play 40 on phone", other);
            story.go("9 min");
            say(&mut story, "attic", "stop 19", one);
            say(&mut story, "cellar", "stop 49 on phone", other);
            let places: Vec<_> =
                story.told.iter().filter_map(|line| line.split(' ').nth(1)).collect();
            assert_eq!(places, ["10", "40", "19", "49"], "{source:?}, {name}: positions");
        }
    }
}

#[test]
fn what_nothing_contradicts_is_one() {
    let pairs = [
        (
            "another order",
            As("k1", ids("", 7, 501), at(5, 1), "The Fence", None),
            As("k2", ids("", 7, 501), at(1, 42), "The Fence", None),
        ),
        (
            "another language",
            As("k1", ids("", 7, 501), at(5, 1), "The Fence", None),
            As("k2", ids("", 7, 0), at(5, 1), "Der Zaun", None),
        ),
        (
            "a film in another language",
            As("k1", ids("tt0000310", 310, 0), Kind::Movie, "Salt and Iron", Some(2017)),
            As("k2", ids("", 310, 0), Kind::Movie, "Salz und Eisen", Some(2017)),
        ),
        (
            "its festival's year",
            As("k1", ids("tt0000310", 310, 0), Kind::Movie, "Salt and Iron", Some(2017)),
            As("k2", ids("tt0000310", 310, 0), Kind::Movie, "Salz und Eisen", Some(2016)),
        ),
    ];
    for (name, one, other) in &pairs {
        let mut story = Story::of(Source::Emby);
        say(&mut story, "attic", "completed 95", one);
        story.go("1 min");
        say(&mut story, "cellar", "completed 95", other);
        assert_eq!(told(&story), "finish", "{name}");
    }
}

#[test]
fn an_item_that_is_matched_anew_while_it_plays_is_one() {
    let wrong = As("k1", ids("tt0000310", 310, 0), Kind::Movie, "Salt and Iron", Some(2017));
    let right = As("k1", ids("tt0000311", 311, 0), Kind::Movie, "The Orchard Wall", Some(2020));
    let mut story = Story::of(Source::Plex);
    say(&mut story, "attic", "play 10", &wrong);
    story.go("80 min");
    say(&mut story, "attic", "scrobble 90", &right);
    assert_eq!(story.told, ["start 10 of Salt and Iron", "finish 90 of The Orchard Wall"]);
    assert_eq!(story.state.viewings().count(), 1);
}

#[test]
fn a_number_of_trakts_joins_what_two_servers_know_by_other_ids() {
    let one = As("k1", ids("", 0, 501), at(5, 1), "The Fence", None);
    let other = As("k2", ids("tt0000501", 0, 0), at(1, 42), "Der Zaun", None);
    let mut story = Story::of(Source::Plex);
    for (server, step, item) in [("attic", "play 10", &one), ("cellar", "play 40 on phone", &other)]
    {
        say(&mut story, server, step, item);
    }
    assert_eq!(story.state.viewings().count(), 2);
    let sessions: Vec<u64> = story.state.playing().map(|(_, session)| session.id).collect();
    for session in sessions {
        story.hand_in(&Input::Delivered(Learned {
            session: session.to_string(),
            ids: Ids { trakt: Some(9), ..Ids::default() },
            ..Learned::default()
        }));
    }
    assert_eq!(story.state.viewings().count(), 1, "they are one");
    say(&mut story, "attic", "scrobble 95", &one);
    say(&mut story, "cellar", "scrobble 95 on phone", &other);
    assert_eq!(told(&story), "start start finish");
    // An event with neither id finds it by its key all the same.
    let nameless = As("k2", Ids::default(), at(1, 42), "Der Zaun", None);
    say(&mut story, "cellar", "stop 97 on phone", &nameless);
    assert_eq!(told(&story), "start start finish");
}

#[test]
fn what_no_tracker_could_know_is_ignored() {
    let home_video = As("k1", Ids::default(), Kind::Movie, "At the lake", None);
    let nowhere = Kind::Episode(Episode::default());
    for item in [home_video, As("k1", Ids::default(), nowhere, "At the lake", Some(2020))] {
        let mut story = Story::of(Source::Plex).with(|settings| {
            settings.servers_mut(Source::Plex).for_each(|plex| plex.ratings = true);
        });
        for step in ["play 0", "pause 40", "scrobble 95", "stop 97", "mark", "rate 7"] {
            say(&mut story, "attic", step, &item);
            story.go("2 min");
        }
        assert_eq!(story.told, [""; 0], "{item:?}");
        assert_eq!(story.state.viewings().count(), 0, "nothing is remembered of it: {item:?}");
    }
}
