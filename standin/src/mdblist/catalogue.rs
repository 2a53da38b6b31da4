//! Which titles are there, and which of them does a request name?
//!
//! By ids alone: a title or a year is read by nobody. Each film, show and episode has an id at
//! TheMovieDb, whose order of episodes is MDBList's.

use crate::http::Response;
use crate::trakt;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A film or a show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Title {
    /// Whether it is a film.
    pub is_film: bool,
    /// Its name.
    pub title: String,
    /// Its year.
    pub year: Option<u16>,
    /// Its ids by their keys.
    pub ids: BTreeMap<&'static str, Value>,
    /// Runtime in minutes; of an episode's for a show.
    pub minutes: u64,
    /// Its episodes by their places.
    pub episodes: BTreeMap<(u32, u32), Episode>,
    /// Whether it can't be found.
    pub hidden: bool,
}

/// An episode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Episode {
    /// Its id at TheMovieDb.
    pub tmdb: u64,
    /// Its id at TheTVDB.
    pub tvdb: Option<u64>,
}

/// A title by its number, and what of it.
pub type Item = (u64, Part);

/// What of a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of it.
    Whole,
    /// A season.
    Season(u32),
    /// An episode.
    Episode(u32, u32),
}

/// All titles by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub(super) titles: BTreeMap<u64, Title>,
}

/// What a request names; what is unknown of it, with what is answered then.
pub(super) type Named = Result<Item, &'static str>;

/// The ids by which a title is known, in the order in which they are tried.
const MOVIE_IDS: [&str; 5] = ["imdb", "tmdb", "trakt", "mdblist", "kitsu"];
const SHOW_IDS: [&str; 5] = ["imdb", "tmdb", "trakt", "mdblist", "tvdb"];

/// What is wrong with a field, as MDBList says it.
pub(super) fn wrong(field: &str, what: &str) -> Response {
    Response::json(400, &json!({ "error": { field: [what] } }))
}

impl Catalogue {
    /// What Trakt's stand-in knows. What it has no id at TheMovieDb of gets one.
    #[must_use]
    pub fn of(theirs: &trakt::Catalogue) -> Self {
        let mut catalogue = Self::default();
        let mut shows = BTreeMap::new();
        for (of, entry, place) in theirs.each() {
            let minutes = theirs.minutes(of);
            match (of.kind(), place) {
                (trakt::Type::Movie | trakt::Type::Show, _) => {
                    let is_film = of.kind() == trakt::Type::Movie;
                    let ids = ids(&entry.ids, is_film);
                    let (title, year) = (entry.title.clone(), entry.year);
                    let one = Title { is_film, title, year, ids, minutes, ..Title::default() };
                    let number = catalogue.add(one);
                    if !is_film {
                        shows.insert(entry.ids.trakt, number);
                    }
                }
                (trakt::Type::Episode, Some((show, season, number))) => {
                    let title =
                        shows.get(&Some(show)).and_then(|one| catalogue.titles.get_mut(one));
                    let Some(title) = title else { continue };
                    title.minutes = minutes;
                    let of_its_own = 7_000_000 + show * 1000 + u64::from(season * 100 + number);
                    let tmdb = entry.ids.tmdb.unwrap_or(of_its_own);
                    title.episodes.insert((season, number), Episode { tmdb, tvdb: entry.ids.tvdb });
                }
                (trakt::Type::Season | trakt::Type::Episode, _) => {}
            }
        }
        catalogue
    }

    /// Adds a title; returns its number.
    pub fn add(&mut self, mut title: Title) -> u64 {
        let number = 1 + self.titles.len() as u64;
        title.ids.entry("tmdb").or_insert_with(|| json!(6_000_000 + number));
        self.titles.insert(number, title);
        number
    }

    /// Hides what is so called, or shows it again.
    pub fn hide(&mut self, title: &str, hidden: bool) {
        for one in self.titles.values_mut().filter(|one| one.title == title) {
            one.hidden = hidden;
        }
    }

    /// How a person would call it: `The Salt Road`, `Harbour Nine 2x07`, `Harbour Nine season 2`.
    #[must_use]
    pub fn label(&self, (number, part): Item) -> String {
        let title = self.titles.get(&number).map_or("?", |title| &title.title);
        match part {
            Part::Whole => title.to_owned(),
            Part::Season(season) => format!("{title} season {season}"),
            Part::Episode(season, number) => format!("{title} {season}x{number:02}"),
        }
    }

    /// The film or episode with that label.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Option<Item> {
        let items = self.titles.iter().flat_map(|(number, title)| {
            let episodes = title.episodes.keys();
            let episodes = episodes.map(|(season, one)| (*number, Part::Episode(*season, *one)));
            episodes.chain(title.is_film.then_some((*number, Part::Whole)))
        });
        items.into_iter().find(|item| self.label(*item) == label)
    }

    /// How long it is, in minutes.
    pub(super) fn minutes(&self, (number, _): Item) -> u64 {
        self.titles.get(&number).map_or(60, |title| title.minutes.max(1))
    }

    /// The title with one of these ids; what has a key or a type that MDBList does not take is refused.
    pub(super) fn title(&self, is_film: bool, ids: &Value) -> Result<Option<u64>, Response> {
        let taken = if is_film { MOVIE_IDS } else { SHOW_IDS };
        let ids = ids.as_object().filter(|ids| !ids.is_empty());
        let ids = ids.ok_or_else(|| wrong("ids", "This field is required."))?;
        for (key, id) in ids {
            let is_text = ["imdb", "mdblist"].contains(&key.as_str());
            if !taken.contains(&key.as_str()) || is_text != id.is_string() {
                return Err(wrong("ids", "Not a valid id."));
            }
        }
        let all = || self.titles.iter().filter(|(_, one)| one.is_film == is_film && !one.hidden);
        Ok(taken.iter().find_map(|key| {
            let id = ids.get(*key)?;
            all().find(|(_, title)| title.ids.get(key) == Some(id)).map(|(number, _)| *number)
        }))
    }

    /// The episode of a title that is named by its own ids, and else by its place.
    pub(super) fn episode(
        &self,
        title: u64,
        season: &Value,
        episode: &Value,
    ) -> Result<Named, Response> {
        let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        let own = episode.get("ids").map(|ids| ids.as_object().cloned().unwrap_or_default());
        if own.as_ref().is_some_and(|ids| ids.keys().any(|key| key != "tvdb" && key != "tmdb")) {
            return Err(wrong("episode", "Not a valid id."));
        }
        let Some(title_of) = self.titles.get(&title) else {
            return Ok(Err("Show not found in database"));
        };
        let has = |key: &str, id: Option<u64>| {
            id.is_some() && own.as_ref().and_then(|ids| ids.get(key)?.as_u64()) == id
        };
        let by_ids = title_of
            .episodes
            .iter()
            .find(|(_, one)| has("tmdb", Some(one.tmdb)) || has("tvdb", one.tvdb));
        if let Some(((season, number), _)) = by_ids {
            return Ok(Ok((title, Part::Episode(*season, *number))));
        }
        let season = number(season).ok_or_else(|| wrong("season", "This field is required."))?;
        let number = episode.get("number").and_then(number);
        let number = number.ok_or_else(|| wrong("episode", "This field is required."))?;
        if !title_of.episodes.keys().any(|(one, _)| *one == season) {
            return Ok(Err("Season not found in database"));
        }
        let is_there = title_of.episodes.contains_key(&(season, number));
        Ok(is_there
            .then_some((title, Part::Episode(season, number)))
            .ok_or("Episode not found in database"))
    }

    /// The episode with this id at TheMovieDb.
    pub(super) fn by_tmdb(&self, tmdb: u64) -> Option<Item> {
        let mut shows = self.titles.iter().filter(|(_, title)| !title.hidden);
        shows.find_map(|(number, title)| {
            let (place, _) = title.episodes.iter().find(|(_, one)| one.tmdb == tmdb)?;
            Some((*number, Part::Episode(place.0, place.1)))
        })
    }

    /// All episodes of a title, or of a season of it.
    pub(super) fn below(&self, (number, part): Item) -> Vec<Item> {
        let episodes = self.titles.get(&number).into_iter().flat_map(|title| title.episodes.keys());
        let is_in = |season: u32| part == Part::Whole || part == Part::Season(season);
        let below = episodes.filter(|(season, _)| is_in(*season));
        below.map(|(season, episode)| (number, Part::Episode(*season, *episode))).collect()
    }

    /// A title as answers have it.
    pub(super) fn json(&self, number: u64) -> Value {
        let Some(title) = self.titles.get(&number) else { return Value::Null };
        let mut ids = title.ids.clone();
        ids.insert("mdblist", json!(format!("m{number}")));
        json!({ "title": title.title, "year": title.year, "ids": ids })
    }

    /// The members of a row of the history.
    pub(super) fn row(&self, (number, part): Item) -> Map<String, Value> {
        let mut row = Map::new();
        match part {
            Part::Episode(season, episode) => {
                let own = self
                    .titles
                    .get(&number)
                    .and_then(|title| title.episodes.get(&(season, episode)));
                let ids = own.map(|own| json!({ "tmdb": own.tmdb, "tvdb": own.tvdb }));
                let episode = json!({ "season": season, "number": episode, "ids": ids,
                                      "show": self.json(number) });
                row.insert("type".into(), json!("episode"));
                row.insert("episode".into(), episode);
            }
            Part::Whole | Part::Season(_) => {
                row.insert("type".into(), json!("movie"));
                row.insert("movie".into(), self.json(number));
            }
        }
        row
    }
}

fn ids(ids: &trakt::Ids, is_film: bool) -> BTreeMap<&'static str, Value> {
    let all = [
        ("imdb", ids.imdb.as_ref().map(|id| json!(id))),
        ("tmdb", ids.tmdb.map(|id| json!(id))),
        ("tvdb", ids.tvdb.filter(|_| !is_film).map(|id| json!(id))),
    ];
    all.into_iter().filter_map(|(key, id)| Some((key, id?))).collect()
}
