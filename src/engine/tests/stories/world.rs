//! Who is there, what stands on the shelf, and on what it is watched.

use super::dice::Dice;
use crate::config::{Account, Settings};
use crate::event::{Episode, Ids, Item, Kind, Show, Source};

pub(super) const SECOND: u64 = 1000;
pub(super) const MINUTE: u64 = 60 * SECOND;
pub(super) const HOUR: u64 = 60 * MINUTE;

/// A house with its people, players and films.
#[derive(Clone, Debug)]
pub(super) struct House {
    pub(super) people: Vec<Person>,
    pub(super) players: Vec<Player>,
    pub(super) shelf: Vec<Title>,
}

/// Somebody who watches. All servers know them by the same name.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) account: &'static str,
    /// Their own player; the first one is everybody's.
    pub(super) phone: usize,
}

/// Something to watch on, at one server.
#[derive(Clone, Debug)]
pub(super) struct Player {
    pub(super) name: &'static str,
    pub(super) source: Source,
    pub(super) habits: Habits,
}

/// What a player does and leaves out, beside what its server does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Habits {
    /// Begins at the beginning without saying a position.
    pub(super) starts_without_position: bool,
    /// Never says a position, so that its server calls each stop completed.
    pub(super) has_no_position: bool,
    /// Is back at 0 when it reports the stop of what has come to its end.
    pub(super) resets_at_the_end: bool,
    /// Goes on to the next item without a stop of the one before.
    pub(super) goes_on_without_a_stop: bool,
    /// Reports the end of the item before as the stop of the next, if that is stopped at once.
    pub(super) carries_the_end_over: bool,
    /// Pauses and resumes around each seek, or while it buffers.
    pub(super) pauses_to_seek: bool,
    /// Jellyfin: how often it checks in, in milliseconds.
    pub(super) checks_in_every: u64,
    /// Jellyfin: the server's own guesses are sent too.
    pub(super) has_guesses: bool,
}

/// A file on the shelf.
#[derive(Clone, Debug)]
pub(super) struct Title {
    pub(super) item: Item,
    /// The item after it in its show.
    pub(super) next: Option<usize>,
    pub(super) runtime: u64,
    /// How many episodes the file holds.
    pub(super) parts: u64,
    /// Whether it shares an id with another.
    pub(super) is_neighbour: bool,
}

impl House {
    pub(super) fn of(dice: &mut Dice) -> Self {
        let two_accounts = dice.falls(50);
        let second = if two_accounts { "jo" } else { "mara" };
        let sources = Source::ALL;
        let player = |name, dice: &mut Dice| {
            let source = dice.pick(&sources);
            Player { name, source, habits: Habits::of(source, dice) }
        };
        Self {
            people: vec![
                Person { name: "mara", account: "mara", phone: 1 },
                Person { name: "jo", account: second, phone: 2 },
            ],
            players: vec![
                player("television", dice),
                player("mara's phone", dice),
                player("jo's tablet", dice),
            ],
            shelf: shelf(dice),
        }
    }

    /// One account for each, or one for both.
    pub(super) fn settings(&self) -> Settings {
        let mut names: Vec<&str> = self.people.iter().map(|person| person.account).collect();
        names.dedup();
        let account = |name: &str| {
            let users: Vec<String> = (self.people.iter())
                .filter(|person| person.account == name)
                .map(|person| person.name.to_owned())
                .collect();
            let (plex, jellyfin, emby) = (users.clone(), users.clone(), users);
            Account { name: name.to_owned(), plex, jellyfin, emby, dry_run: false }
        };
        let accounts = names.into_iter().map(account).collect();
        Settings { accounts, accounts_configured: true, ..Settings::default() }
    }
}

impl Habits {
    fn of(source: Source, dice: &mut Dice) -> Self {
        let mut habits = Self {
            starts_without_position: source != Source::Jellyfin && dice.falls(40),
            goes_on_without_a_stop: dice.falls(25),
            pauses_to_seek: dice.falls(30),
            checks_in_every: dice.pick(&[2, 5, 10]) * MINUTE,
            has_guesses: dice.falls(40),
            ..Self::default()
        };
        if source != Source::Plex {
            let kind = dice.between(0, 10);
            habits.has_no_position = kind == 0;
            habits.resets_at_the_end = kind == 1;
            // One that does both leaves nothing by which anybody could tell.
            habits.carries_the_end_over = (2..4).contains(&kind) && !habits.goes_on_without_a_stop;
        }
        habits
    }
}

/// Films (two of which share an IMDb id), a cartoon, a clip of four minutes, a show (two episodes
/// of which share a TMDB number) and a show in files of several episodes.
fn shelf(dice: &mut Dice) -> Vec<Title> {
    let mut shelf = Vec::new();
    let films = [
        ("Salt", 2011, 7_000_001, dice.between(90, 180)),
        ("Iron", 2014, 7_000_001, dice.between(80, 120)),
        ("Foxes", 2019, 7_000_003, dice.between(100, 130)),
        ("Toad's Day", 1988, 7_000_004, dice.between(7, 21)),
        ("Four Minutes", 2003, 7_000_005, 4),
    ];
    for (number, (title, year, imdb, minutes)) in (1..).zip(films) {
        let ids =
            Ids { imdb: Some(format!("tt{imdb}")), tmdb: Some(500 + number), ..Ids::default() };
        let runtime = minutes * MINUTE;
        shelf.push(Title {
            item: Item {
                ids,
                title: title.to_owned(),
                year: Some(year),
                runtime_ms: Some(runtime),
                ..Item::default()
            },
            next: None,
            runtime,
            parts: 1,
            is_neighbour: number <= 2,
        });
    }
    let minutes = dice.between(22, 55);
    for number in 1..=5_u32 {
        // The first two share a number at TMDB.
        let tmdb = Some(u64::from(number.max(2)) + 900);
        let ids = Ids { tmdb, tvdb: Some(u64::from(number) + 800), ..Ids::default() };
        let next = (number < 5).then_some(shelf.len() + 1);
        let mut title = episode("Harbour", 1, number, number, minutes, ids, next);
        title.is_neighbour = number <= 2;
        shelf.push(title);
    }
    let minutes = dice.between(20, 30);
    for (first, last) in [(1, 2), (3, 5), (6, 7)] {
        let ids = Ids { tvdb: Some(700 + u64::from(first)), ..Ids::default() };
        let next = (first < 6).then_some(shelf.len() + 1);
        let whole = minutes * u64::from(last - first + 1);
        shelf.push(episode("Quay", 2, first, last, whole, ids, next));
    }
    shelf
}

fn episode(
    show: &str,
    season: u32,
    first: u32,
    last: u32,
    minutes: u64,
    ids: Ids,
    next: Option<usize>,
) -> Title {
    let show = Show { title: show.to_owned(), ..Show::default() };
    let episode = Episode {
        show,
        season: Some(season),
        number: Some(first),
        last: (last > first).then_some(last),
    };
    let runtime = minutes * MINUTE;
    Title {
        item: Item {
            kind: Kind::Episode(episode),
            ids,
            title: format!("Chapter {season}.{first}"),
            runtime_ms: Some(runtime),
            ..Item::default()
        },
        next,
        runtime,
        parts: u64::from(last - first + 1),
        is_neighbour: false,
    }
}

/// What an item is called here: the same for a title on the shelf and for what is told.
pub(super) fn name_of(item: &Item, part: u64) -> String {
    match &item.kind {
        Kind::Episode(episode) => format!(
            "{} {}x{:02}",
            episode.show.title,
            episode.season.unwrap_or_default(),
            u64::from(episode.number.unwrap_or_default()) + part
        ),
        _ => item.title.clone(),
    }
}
