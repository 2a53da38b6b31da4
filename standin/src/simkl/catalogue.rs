//! Which titles are there, and which of them does a request name?
//!
//! Simkl files anime apart: each part of a show ("cour") is a title of its own that counts from 1, and
//! knows the place of each episode in TheTVDB's order. Ids are tried one after the other, then title and
//! year, then the title alone, without a word.

use crate::title::same;
use crate::trakt;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What kind of title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A film.
    #[default]
    Movie,
    /// A show.
    Tv,
    /// A part of an anime.
    Anime,
}

impl Kind {
    /// The key under which answers have one.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Tv => "show",
            Self::Anime => "anime",
        }
    }
}

/// A film, a show or a part of an anime.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Title {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub title: String,
    /// Its year.
    pub year: Option<u16>,
    /// Its ids by their keys, all as text; a part of an anime has its show's `tvdb` and its own `mal`.
    pub ids: BTreeMap<&'static str, String>,
    /// Runtime in minutes; of an episode's for a show.
    pub minutes: u64,
    /// Its episodes.
    pub episodes: Vec<Episode>,
    /// Whether it can't be found.
    pub hidden: bool,
}

/// An episode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Episode {
    /// Where it stands in its title; the season is 1 in a part of an anime.
    pub place: (u32, u32),
    /// Where TheTVDB has it.
    pub at_tvdb: (u32, u32),
    /// Its name.
    pub title: String,
    /// Its id at TheTVDB.
    pub tvdb: Option<u64>,
}

/// One thing that can be watched: the number of a title, and the place of an episode in it.
pub type Item = (u64, Option<(u32, u32)>);

/// All titles by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub(super) titles: BTreeMap<u64, Title>,
}

/// How a request names a title.
pub(super) struct Naming<'a>(pub(super) &'a Map<String, Value>);

/// The ids that Simkl looks at, in its order.
const IDS: [&str; 7] = ["simkl", "imdb", "tmdb", "tvdb", "mal", "anidb", "anilist"];

/// Those that it takes besides.
const OTHERS: [&str; 9] = [
    "kitsu",
    "anisearch",
    "animeplanet",
    "livechart",
    "letterboxd",
    "netflix",
    "hulu",
    "crunchyroll",
    "traktslug",
];

impl Naming<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    fn id(&self, key: &str) -> Option<String> {
        let id = self.0.get("ids")?.get(key)?;
        id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|id| id.to_string()))
    }

    /// What is no id of Simkl's among those that it has.
    pub(super) fn strange_id(&self) -> Option<String> {
        let ids = self.0.get("ids")?.as_object()?;
        let known = |key: &&String| IDS.contains(&key.as_str()) || OTHERS.contains(&key.as_str());
        ids.keys().find(|key| !known(key)).cloned()
    }

    /// How a person would call it.
    pub(super) fn words(&self) -> String {
        let by_id = || IDS.iter().find_map(|key| Some(format!("{key}:{}", self.id(key)?)));
        self.text("title").map(str::to_owned).or_else(by_id).unwrap_or_else(|| "nothing".to_owned())
    }
}

impl Catalogue {
    /// What Trakt's stand-in knows, under numbers and in the order of Simkl's.
    #[must_use]
    pub fn of(theirs: &trakt::Catalogue) -> Self {
        let mut catalogue = Self::default();
        let mut shows = BTreeMap::new();
        for (of, entry, place) in theirs.each() {
            let ids = ids(&entry.ids);
            let (title, minutes) = (entry.title.clone(), theirs.minutes(of));
            match (of.kind(), place) {
                (trakt::Type::Movie | trakt::Type::Show, _) => {
                    let is_movie = of.kind() == trakt::Type::Movie;
                    let kind = if is_movie { Kind::Movie } else { Kind::Tv };
                    let year = entry.year;
                    let number = catalogue.add(Title {
                        kind,
                        title,
                        year,
                        ids,
                        minutes,
                        ..Title::default()
                    });
                    if !is_movie {
                        shows.insert(entry.ids.trakt, number);
                    }
                }
                (trakt::Type::Episode, Some((show, season, number))) => {
                    let Some(show) = shows.get(&Some(show)) else { continue };
                    let place = (season, number);
                    let tvdb = entry.ids.tvdb;
                    if let Some(show) = catalogue.titles.get_mut(show) {
                        show.minutes = minutes;
                        show.episodes.push(Episode { place, at_tvdb: place, title, tvdb });
                    }
                }
                (trakt::Type::Season | trakt::Type::Episode, _) => {}
            }
        }
        catalogue
    }

    /// Adds a title; returns its number.
    pub fn add(&mut self, title: Title) -> u64 {
        let number = 50_001 + self.titles.len() as u64 * 7;
        self.titles.insert(number, title);
        number
    }

    /// Hides what is so called, or shows it again.
    pub fn hide(&mut self, title: &str, hidden: bool) {
        for one in self.titles.values_mut().filter(|one| one.title == title) {
            one.hidden = hidden;
        }
    }

    /// How a person would call it: `The Salt Road`, `Harbour Nine 2x07`.
    #[must_use]
    pub fn label(&self, (number, place): Item) -> String {
        let title = self.titles.get(&number).map_or("?", |title| &title.title);
        place.map_or(title.to_owned(), |(season, number)| format!("{title} {season}x{number:02}"))
    }

    /// The item with that label.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Option<Item> {
        let items = self.titles.iter().flat_map(|(number, title)| {
            let episodes = title.episodes.iter().map(|one| (*number, Some(one.place)));
            episodes.chain([(*number, None)])
        });
        items.into_iter().find(|item| self.label(*item) == label)
    }

    pub(super) fn minutes(&self, (number, _): Item) -> u64 {
        self.titles.get(&number).map_or(60, |title| title.minutes.max(1))
    }

    /// The titles so named: several where an id is that of a show with several parts.
    pub(super) fn named(&self, kinds: &[Kind], naming: &Naming) -> Vec<u64> {
        let fits = |fit: &dyn Fn(u64, &Title) -> bool| -> Vec<u64> {
            let titles = self.titles.iter().filter(|(number, title)| {
                kinds.contains(&title.kind) && !title.hidden && fit(**number, title)
            });
            titles.map(|(number, _)| *number).collect()
        };
        for key in IDS {
            let Some(id) = naming.id(key) else { continue };
            let found = fits(&|number, title| match key {
                "simkl" => number.to_string() == id,
                key => title.ids.get(key) == Some(&id),
            });
            if !found.is_empty() {
                return found;
            }
        }
        let Some(name) = naming.text("title") else { return Vec::new() };
        let year = naming.0.get("year").and_then(Value::as_u64);
        let of_year = |title: &Title| title.year.map(u64::from) == year;
        let exact = fits(&|_, title| same(&title.title, name) && year.is_some() && of_year(title));
        if exact.is_empty() { fits(&|_, title| same(&title.title, name)) } else { exact }
    }

    /// The episode at this place of one of the titles; for parts of an anime by TheTVDB's order
    /// where `across`, else by their own.
    pub(super) fn placed(&self, titles: &[u64], place: (u32, u32), across: bool) -> Option<Item> {
        titles.iter().find_map(|number| {
            let title = self.titles.get(number)?;
            let by_tvdb = across && title.kind == Kind::Anime;
            let is_it = |one: &&Episode| (if by_tvdb { one.at_tvdb } else { one.place }) == place;
            Some((*number, Some(title.episodes.iter().find(is_it)?.place)))
        })
    }

    /// The episode with this id at TheTVDB, of one of the titles where there are any.
    pub(super) fn by_tvdb(&self, titles: Option<&[u64]>, tvdb: u64) -> Option<Item> {
        let mut found = self.titles.iter().filter(|(number, title)| {
            titles.is_none_or(|titles| titles.contains(number)) && !title.hidden
        });
        found.find_map(|(number, title)| {
            let one = title.episodes.iter().find(|one| one.tvdb == Some(tvdb))?;
            Some((*number, Some(one.place)))
        })
    }

    /// The members `movie`, or `show` or `anime` and `episode`, as answers have them.
    pub(super) fn json(&self, (number, place): Item) -> Map<String, Value> {
        let Some(title) = self.titles.get(&number) else { return Map::new() };
        let mut out = Map::new();
        let mut ids: Map<String, Value> =
            title.ids.iter().map(|(key, id)| ((*key).to_owned(), json!(id))).collect();
        ids.insert("simkl".into(), json!(number));
        let own = json!({ "title": title.title, "year": title.year, "ids": ids });
        out.insert(title.kind.word().into(), own);
        let episode = title.episodes.iter().find(|one| Some(one.place) == place);
        if let Some(Episode { place, at_tvdb, title, .. }) = episode {
            out.insert(
                "episode".into(),
                json!({ "season": place.0, "number": place.1, "title": title,
                        "tvdb_season": at_tvdb.0, "tvdb_number": at_tvdb.1 }),
            );
        }
        out
    }
}

fn ids(ids: &trakt::Ids) -> BTreeMap<&'static str, String> {
    let text = |id: Option<u64>| id.map(|id| id.to_string());
    let all = [("imdb", ids.imdb.clone()), ("tmdb", text(ids.tmdb)), ("tvdb", text(ids.tvdb))];
    all.into_iter().filter_map(|(key, id)| Some((key, id?))).collect()
}
