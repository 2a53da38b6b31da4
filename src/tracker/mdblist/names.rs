//! How is an item named to MDBList?
//!
//! By ids alone: a title is taken for nothing there. It numbers episodes as TheMovieDb does, and a
//! server may count otherwise: so an episode's own ids come before its place in its show. An episode's
//! ids are never given as ids of its show, nor the other way round.

use crate::event::{Episode, Ids, Item, Kind};
use crate::tracker::Type;
use crate::tracker::call::object;
use serde_json::{Map, Value, json};

/// A name of an item. Titles are named by an object of ids.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Name {
    /// A film.
    Movie(Value),
    /// A whole show.
    Show(Value),
    /// A season of a show.
    Season { show: Value, number: u32 },
    /// An episode by its place in a show, and by its own ids where those count first.
    Episode { show: Value, place: (u32, u32), ids: Option<Value> },
    /// An episode by its id at TheMovieDb alone. Only what is kept knows that.
    Alone(u64),
}

/// The names of `item` in the order in which they are tried. `show` is the id at TheMovieDb of its show,
/// as far as that was looked up.
pub(super) fn names(item: &Item, show: Option<u64>) -> Vec<Name> {
    let title = |ids: &Ids| of_title(&Ids { tmdb: ids.tmdb.or(show), ..ids.clone() }, true);
    match &item.kind {
        Kind::Movie => of_title(&item.ids, false).map(Name::Movie).into_iter().collect(),
        Kind::Show => title(&item.ids).map(Name::Show).into_iter().collect(),
        Kind::Season { show, number } => {
            let named = title(&show.ids).zip(*number);
            named.map(|(show, number)| Name::Season { show, number }).into_iter().collect()
        }
        Kind::Episode(Episode { show, season, number, .. }) => {
            let named = title(&show.ids).zip(season.zip(*number));
            let alone = item.ids.tmdb.map(Name::Alone);
            let placed = named.into_iter().flat_map(|(show, place)| placed(item, show, place));
            placed.chain(alone).collect()
        }
    }
}

fn placed(item: &Item, show: Value, place: (u32, u32)) -> Vec<Name> {
    let own = object([
        ("tvdb", item.ids.tvdb.map(|id| json!(id))),
        ("tmdb", item.ids.tmdb.map(|id| json!(id))),
    ]);
    let by_place = Name::Episode { show: show.clone(), place, ids: None };
    let ids = (!own.is_empty()).then_some(Value::Object(own));
    let by_ids = ids.map(|ids| Name::Episode { show, place, ids: Some(ids) });
    by_ids.into_iter().chain([by_place]).collect()
}

/// Whether it has more of a name than the id of an episode alone, so that nothing is looked up.
pub(super) fn is_named(item: &Item, show: Option<u64>) -> bool {
    names(item, show).iter().any(|name| !matches!(name, Name::Alone(_)))
}

/// The names of what was looked up, by its number.
pub(super) fn numbered(item: &Item, number: u64, show: Option<u64>) -> Vec<Name> {
    match Type::of(item) {
        Type::Movie => vec![Name::Movie(json!({ "tmdb": number }))],
        Type::Show | Type::Season => names(item, Some(number)),
        Type::Episode => names(item, show),
    }
}

/// The ids by which a title is named; `None` where there are none. No film is known by TheTVDB's.
pub(super) fn of_title(ids: &Ids, is_show: bool) -> Option<Value> {
    let all = object([
        ("imdb", ids.imdb.as_ref().map(|id| json!(id))),
        ("tmdb", ids.tmdb.map(|id| json!(id))),
        ("tvdb", ids.tvdb.filter(|_| is_show).map(|id| json!(id))),
    ]);
    (!all.is_empty()).then_some(Value::Object(all))
}

impl Name {
    /// As a scrobble has it; `None` where it has no place there.
    pub(super) fn scrobbled(&self) -> Option<Map<String, Value>> {
        Some(match self {
            Self::Movie(ids) => object([("movie", Some(json!({ "ids": ids })))]),
            Self::Episode { show, place: (season, number), ids } => {
                let episode = object([("number", Some(json!(number))), ("ids", ids.clone())]);
                let season = json!({ "number": season, "episode": episode });
                object([("show", Some(json!({ "ids": show, "season": season })))])
            }
            Self::Show(_) | Self::Season { .. } | Self::Alone(_) => return None,
        })
    }
}

/// What is told of several titles in one `/sync` call. What stands in a show stands below it, once: a
/// show or a season without anything below would be all of it.
#[derive(Debug, Default)]
pub(super) struct Lists {
    movies: Vec<Value>,
    shows: Vec<Show>,
    episodes: Vec<Value>,
}

#[derive(Debug, Default)]
struct Show {
    ids: Value,
    facts: Map<String, Value>,
    seasons: Vec<Season>,
}

#[derive(Debug, Default)]
struct Season {
    number: u32,
    facts: Map<String, Value>,
    episodes: Vec<Value>,
}

impl Lists {
    /// Adds what is so named, with the facts that are told of it.
    pub(super) fn add(&mut self, name: &Name, facts: &Map<String, Value>) {
        let by = |ids: &Value| with(facts, [("ids", Some(ids.clone()))]);
        let facts_of_its_own = facts.clone();
        match name {
            Name::Movie(ids) => self.movies.push(by(ids)),
            Name::Alone(tmdb) => self.episodes.push(by(&json!({ "tmdb": tmdb }))),
            Name::Show(ids) => {
                let (ids, seasons) = (ids.clone(), Vec::new());
                self.shows.push(Show { ids, facts: facts_of_its_own, seasons });
            }
            Name::Season { show, number } => {
                let season =
                    Season { number: *number, facts: facts_of_its_own, episodes: Vec::new() };
                let ids = show.clone();
                self.shows.push(Show { ids, seasons: vec![season], ..Show::default() });
            }
            Name::Episode { show, place: (season, number), ids } => {
                let episode = with(facts, [("number", Some(json!(number))), ("ids", ids.clone())]);
                let is_show = |one: &Show| one.ids == *show;
                let new = || Show { ids: show.clone(), ..Show::default() };
                let Some(show) = the_one(&mut self.shows, is_show, new) else { return };
                let is_season = |one: &Season| one.number == *season;
                let new = || Season { number: *season, ..Season::default() };
                let Some(season) = the_one(&mut show.seasons, is_season, new) else { return };
                season.episodes.push(episode);
            }
        }
    }

    /// As a body.
    pub(super) fn body(self) -> Map<String, Value> {
        let shows: Vec<Value> = self.shows.into_iter().map(Show::line).collect();
        object([
            ("movies", list(self.movies)),
            ("shows", list(shows)),
            ("episodes", list(self.episodes)),
        ])
    }
}

impl Show {
    fn line(self) -> Value {
        let seasons: Vec<Value> = self.seasons.into_iter().map(Season::line).collect();
        with(&self.facts, [("ids", Some(self.ids)), ("seasons", list(seasons))])
    }
}

impl Season {
    fn line(self) -> Value {
        let number = ("number", Some(json!(self.number)));
        with(&self.facts, [number, ("episodes", list(self.episodes))])
    }
}

/// The one that is meant, which is added where there is none.
fn the_one<T>(all: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl Fn() -> T) -> Option<&mut T> {
    let place = all.iter().position(is_it).unwrap_or_else(|| {
        all.push(new());
        all.len() - 1
    });
    all.get_mut(place)
}

fn list(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::Array(list))
}

fn with<const N: usize>(
    facts: &Map<String, Value>,
    fields: [(&'static str, Option<Value>); N],
) -> Value {
    let mut all = object(fields);
    all.extend(facts.clone());
    Value::Object(all)
}
