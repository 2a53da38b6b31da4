//! Which movies, shows and episodes are there?
//!
//! Trakt's own catalogue is too large to carry, so this one is generous: whatever a request names
//! by an id or a title and nobody has declared comes into being, with a Trakt id that depends only
//! on that name. [`strict`](Catalogue::strict) ends the generosity: what was not declared is 404.
//! Anything can be hidden, for ever or until a moment, as a new episode is at Trakt.
//!
//! Ids of one request belong to one item. Where they name different items the first known one
//! wins, in the order trakt, slug, imdb, tmdb, tvdb (Trakt documents none).

mod find;
mod naming;
mod show;

pub(super) use naming::Naming;

use crate::Time;
use serde::Serialize;
use std::collections::BTreeMap;

/// Trakt's four types of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// A film.
    Movie,
    /// A show.
    Show,
    /// A season.
    Season,
    /// An episode.
    Episode,
}

impl Type {
    /// As it stands in answers: `movie`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Show => "show",
            Self::Season => "season",
            Self::Episode => "episode",
        }
    }

    /// As it stands in paths and counts: `movies`.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Movie => "movies",
            Self::Show => "shows",
            Self::Season => "seasons",
            Self::Episode => "episodes",
        }
    }

    /// The type that a word of either form names.
    pub(super) fn named(word: &str) -> Option<Self> {
        [Self::Movie, Self::Show, Self::Season, Self::Episode]
            .into_iter()
            .find(|kind| word == kind.word() || word == kind.plural())
    }
}

/// One thing by its Trakt id; a season by its show's and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ref {
    /// A film.
    Movie(u64),
    /// A show.
    Show(u64),
    /// A season of a show.
    Season(u64, u32),
    /// An episode.
    Episode(u64),
}

impl Ref {
    /// Its type.
    #[must_use]
    pub fn kind(self) -> Type {
        match self {
            Self::Movie(_) => Type::Movie,
            Self::Show(_) => Type::Show,
            Self::Season(..) => Type::Season,
            Self::Episode(_) => Type::Episode,
        }
    }

    fn new(kind: Type, trakt: u64) -> Self {
        match kind {
            Type::Movie => Self::Movie(trakt),
            Type::Show | Type::Season => Self::Show(trakt),
            Type::Episode => Self::Episode(trakt),
        }
    }
}

/// By which ids a thing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ids {
    /// Trakt's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trakt: Option<u64>,
    /// IMDb's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imdb: Option<String>,
    /// TheMovieDb's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmdb: Option<u64>,
    /// TheTVDB's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tvdb: Option<u64>,
}

impl Ids {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes over what `other` knows and this does not.
    fn learn(&mut self, other: Self) {
        self.trakt = self.trakt.or(other.trakt);
        self.imdb = self.imdb.take().or(other.imdb);
        self.tmdb = self.tmdb.or(other.tmdb);
        self.tvdb = self.tvdb.or(other.tvdb);
    }
}

/// A movie, show or episode to declare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its title; empty where no request has told it yet.
    pub title: String,
    /// Its year; of an episode `None`.
    pub year: Option<u16>,
    /// Its ids. A missing Trakt id is made.
    pub ids: Ids,
    /// Runtime in minutes.
    pub runtime_minutes: u64,
    /// When it came out.
    pub aired: Option<Time>,
    place: Option<Place>,
    hidden: Hidden,
}

/// Where an episode stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    show: u64,
    season: u32,
    number: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hidden {
    #[default]
    No,
    Until(Time),
    ForEver,
}

impl Entry {
    /// A movie of two hours, a show or an episode; the method that declares it says which.
    #[must_use]
    pub fn new(title: &str, year: Option<u16>) -> Self {
        Self { title: title.to_owned(), year, ..Self::default() }
    }

    /// The same with an IMDb id; empty means none.
    #[must_use]
    pub fn imdb(mut self, id: &str) -> Self {
        self.ids.imdb = (!id.is_empty()).then(|| id.to_owned());
        self
    }

    /// The same with TheMovieDb's id.
    #[must_use]
    pub fn tmdb(mut self, id: u64) -> Self {
        self.ids.tmdb = Some(id);
        self
    }

    /// The same with TheTVDB's id.
    #[must_use]
    pub fn tvdb(mut self, id: u64) -> Self {
        self.ids.tvdb = Some(id);
        self
    }

    /// The same with a runtime.
    #[must_use]
    pub fn minutes(mut self, runtime: u64) -> Self {
        self.runtime_minutes = runtime;
        self
    }

    /// The same with the day it came out, `YYYY-MM-DD`; nonsense means unknown.
    #[must_use]
    pub fn aired(mut self, day: &str) -> Self {
        self.aired = Time::from_rfc3339(&format!("{day}T00:00:00Z"));
        self
    }

    fn slug(&self) -> String {
        let dashed: String = self
            .title
            .chars()
            .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
            .collect();
        let words: Vec<String> = dashed.split_whitespace().map(str::to_lowercase).collect();
        self.year.map_or(words.join("-"), |year| format!("{}-{year}", words.join("-")))
    }

    fn is_there(&self, now: Time) -> bool {
        match self.hidden {
            Hidden::No => true,
            Hidden::Until(moment) => now >= moment,
            Hidden::ForEver => false,
        }
    }
}

/// The declared and the made-up things.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    entries: BTreeMap<Ref, Entry>,
    strict: bool,
}

impl Catalogue {
    /// Nothing in it, and nothing comes into being.
    #[must_use]
    pub fn strict() -> Self {
        Self { strict: true, ..Self::default() }
    }

    /// The two titles of the recorded payloads; generous.
    #[must_use]
    pub fn samples() -> Self {
        let mut catalogue = Self::default();
        let film = Entry::new("The Salt Road", Some(2021)).imdb("tt91000101").tmdb(9_100_101);
        catalogue.add_movie(film.tvdb(9_110_101).minutes(114).aired("2021-10-08"));
        let show = Entry::new("Harbour Nine", Some(2019)).imdb("tt92000001").tmdb(9_200_001);
        let show = catalogue.add_show(show.tvdb(9_110_777).minutes(44).aired("2019-09-12"));
        let mut episode = |season, number, title, imdb, tvdb| {
            let entry = Entry::new(title, None).imdb(imdb).tvdb(tvdb).minutes(44);
            catalogue.add_episode(show, season, number, entry);
        };
        episode(0, 1, "Storm Warning (1)", "", 9_210_001);
        episode(0, 2, "Storm Warning (2)", "", 9_210_002);
        episode(0, 3, "Lockdown Special", "", 9_210_003);
        episode(2, 8, "E & E: \"The Café at Pier 3\"", "", 9_210_208);
        episode(2, 9, "Slack Water", "tt92000209", 9_210_209);
        episode(2, 10, "High Water", "tt92000210", 9_210_210);
        episode(2, 11, "Neap", "", 9_210_211);
        let entry = Entry::new("The Long Tide", None).imdb("tt92000207").tmdb(9_200_207);
        let entry = entry.tvdb(9_210_207).minutes(44).aired("2020-11-19");
        catalogue.add_episode(show, 2, 7, entry);
        catalogue
    }

    /// Declares a movie; returns its Trakt id.
    pub fn add_movie(&mut self, entry: Entry) -> u64 {
        self.add(Type::Movie, entry)
    }

    /// Declares a show; returns its Trakt id.
    pub fn add_show(&mut self, entry: Entry) -> u64 {
        self.add(Type::Show, entry)
    }

    /// Declares an episode of the show with that Trakt id; returns the episode's own.
    pub fn add_episode(&mut self, show: u64, season: u32, number: u32, mut entry: Entry) -> u64 {
        entry.place = Some(Place { show, season, number });
        self.add(Type::Episode, entry)
    }

    /// Makes what is so labelled (`The Salt Road`, `Harbour Nine 2x07`) unknown until a moment,
    /// or for ever where that is `None`. Says whether there is such a thing.
    pub fn hide(&mut self, label: &str, until: Option<Time>) -> bool {
        let found = self.labelled(label);
        if let Some(entry) = found.and_then(|found| self.entries.get_mut(&found)) {
            entry.hidden = until.map_or(Hidden::ForEver, Hidden::Until);
        }
        found.is_some()
    }

    /// The thing with that label, hidden or not.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Option<Ref> {
        self.entries.keys().copied().find(|found| self.label(*found) == label)
    }

    /// How a person would call it: `The Salt Road`, `Harbour Nine 2x07`, `Harbour Nine season 2`.
    #[must_use]
    pub fn label(&self, of: Ref) -> String {
        if let Ref::Season(show, number) = of {
            return format!("{} season {number}", self.label(Ref::Show(show)));
        }
        let Some(entry) = self.entries.get(&of) else { return "?".to_owned() };
        let show = entry.place.and_then(|place| {
            let show = self.entries.get(&Ref::Show(place.show))?;
            Some((&show.title, place)).filter(|(title, _)| !title.is_empty())
        });
        match show {
            Some((title, place)) => format!("{title} {}x{:02}", place.season, place.number),
            None if entry.title.is_empty() => naming::name_of(&entry.ids),
            None => entry.title.clone(),
        }
    }

    /// Everything in it, shows before their episodes; of an episode with its show, season and number.
    pub(crate) fn each(&self) -> impl Iterator<Item = (Ref, &Entry, Option<(u64, u32, u32)>)> {
        self.entries.iter().map(|(found, entry)| {
            let place = entry.place.map(|place| (place.show, place.season, place.number));
            (*found, entry, place)
        })
    }

    /// Its runtime in minutes, or what is taken for one: 120 for a movie, 60 else.
    pub(crate) fn minutes(&self, of: Ref) -> u64 {
        let known = self.entries.get(&of).map_or(0, |entry| entry.runtime_minutes);
        match (known, of.kind()) {
            (0, Type::Movie) => 120,
            (0, Type::Show | Type::Season | Type::Episode) => 60,
            (known, _) => known.min(10_000),
        }
    }

    /// When it came out, if that is known.
    pub(super) fn aired(&self, of: Ref) -> Option<Time> {
        self.entries.get(&of)?.aired
    }

    /// The episodes of a show, or of one of its seasons, in order.
    pub(super) fn episodes(&self, show: u64, season: Option<u32>, now: Time) -> Vec<Ref> {
        let mut found: Vec<(u32, u32, Ref)> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.is_there(now))
            .filter_map(|(found, entry)| Some((entry.place?, *found)))
            .filter(|(place, _)| place.show == show && season.is_none_or(|n| n == place.season))
            .map(|(place, found)| (place.season, place.number, found))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, _, found)| found).collect()
    }

    /// Whether a show has such a season; where things may come into being it has any.
    pub(super) fn has_season(&self, show: u64, number: u32) -> bool {
        !self.strict || self.seasons().any(|season| season == (show, number))
    }

    /// Show and number of the season with that Trakt id.
    pub(super) fn season_of_id(&self, trakt: Option<u64>) -> Option<(u64, u32)> {
        self.seasons().find(|(show, number)| Some(season_id(*show, *number)) == trakt)
    }

    fn seasons(&self) -> impl Iterator<Item = (u64, u32)> {
        self.entries
            .values()
            .filter_map(|entry| entry.place)
            .map(|place| (place.show, place.season))
    }

    /// The season of an episode.
    pub(super) fn season(&self, of: Ref) -> Option<u32> {
        Some(self.entries.get(&of)?.place?.season)
    }

    fn add(&mut self, kind: Type, mut entry: Entry) -> u64 {
        let wished = entry.ids.trakt.unwrap_or_else(|| {
            let name = match (entry.place, entry.title.is_empty()) {
                (Some(place), _) => format!("{place:?}"),
                (None, true) => naming::name_of(&entry.ids),
                (None, false) => format!("{} {:?}", entry.title.to_lowercase(), entry.year),
            };
            stable(&format!("{} {name}", kind.word()))
        });
        let mut trakt = wished;
        while self.entries.contains_key(&Ref::new(kind, trakt)) {
            trakt += 1;
        }
        entry.ids.trakt = Some(trakt);
        self.entries.insert(Ref::new(kind, trakt), entry);
        trakt
    }
}

fn season_id(show: u64, number: u32) -> u64 {
    stable(&format!("season {number} of {show}"))
}

/// A number that depends only on `name` (FNV-1a), of the size of Trakt's own.
fn stable(name: &str) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash % 900_000_000 + 1_000_000
}
