//! How is an item named to Simkl?
//!
//! By ids: Simkl finds out itself what they mean. A title is taken for whatever bears it, without a
//! word; so it stands alone, and only where the answer tells what it was taken for and nothing lasts.
//! An episode's ids are never given as ids of its show, nor the other way round.

use crate::event::title::{composed, title_and_year};
use crate::event::{AnimeIds, Episode, Ids, Item, Kind, Show};
use crate::tracker::call::object;
use serde_json::{Map, Value, json};

/// A name of an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Name {
    /// A film: its ids, or title and year.
    Movie(Map<String, Value>),
    /// A whole show.
    Show(Map<String, Value>),
    /// An episode of a show, by its place in TheTVDB's order, by its id there, or both.
    Episode { show: Map<String, Value>, place: Option<(u32, u32)>, tvdb: Option<u64> },
    /// An episode of a part of an anime, which counts from 1.
    OfPart { part: Map<String, Value>, number: u32, anidb: Option<u32> },
    /// An episode by its id at TheTVDB alone.
    Alone(u64),
}

/// The names of `item` by which what is watched is told, those that say most first. `show` is Simkl's
/// number of its show.
pub(super) fn played(item: &Item, show: Option<u64>) -> Vec<Name> {
    let mut names = by_ids(item, show);
    names.extend(by_title(item));
    names
}

/// Those by which a fact is told that lasts.
pub(super) fn kept(item: &Item, show: Option<u64>) -> Vec<Name> {
    let alone = matches!(item.kind, Kind::Episode(_)).then_some(item.ids.tvdb).flatten();
    alone.map(Name::Alone).into_iter().chain(by_ids(item, show)).collect()
}

/// Whether there is anything to name it by, or to look it up by.
pub(super) fn is_nameable(item: &Item) -> bool {
    !played(item, None).is_empty() || !kept(item, None).is_empty()
}

fn by_ids(item: &Item, show: Option<u64>) -> Vec<Name> {
    let own = ids(&item.ids, &item.anime, None);
    match &item.kind {
        Kind::Movie => own.map(Name::Movie).into_iter().collect(),
        Kind::Show => own.map(Name::Show).into_iter().collect(),
        Kind::Season { .. } => Vec::new(),
        Kind::Episode(episode) => of_episode(item, episode, show),
    }
}

fn of_episode(item: &Item, episode: &Episode, number: Option<u64>) -> Vec<Name> {
    let Episode { show, .. } = episode;
    let (place, tvdb) = (episode.season.zip(episode.number), item.ids.tvdb);
    let none = AnimeIds::default();
    let by_number = number.and_then(|number| ids(&show.ids, &none, Some(number)));
    let shows = [by_number, ids(&show.ids, &none, None)].into_iter().flatten();
    let mut names = Vec::new();
    for show in shows {
        let name = |tvdb| Name::Episode { show: show.clone(), place, tvdb };
        names.extend((place.is_some() || tvdb.is_some()).then(|| name(tvdb)));
        names.extend((place.is_some() && tvdb.is_some()).then(|| name(None)));
    }
    // A part counts from 1, whatever the season is that a server shows; specials are of no part.
    let part = ids(&Ids::default(), &show.anime, None).filter(|_| episode.season == Some(1));
    if let Some((part, number)) = part.zip(episode.number) {
        names.push(Name::OfPart { part, number, anidb: item.anime.anidb });
    }
    names
}

fn by_title(item: &Item) -> Option<Name> {
    let titled = |title: &str, year: Option<u16>| {
        let (title, year) = title_and_year(title, year);
        let fields =
            [("title", Some(json!(composed(title)))), ("year", year.map(|one| json!(one)))];
        (!title.is_empty()).then(|| (object(fields), year.is_some()))
    };
    match &item.kind {
        // A title alone is borne by too many films.
        Kind::Movie => {
            let (name, has_year) = titled(&item.title, item.year)?;
            has_year.then_some(Name::Movie(name))
        }
        Kind::Episode(Episode { show, season, number, .. }) => {
            let Show { title, year, .. } = show;
            let (place, tvdb) = (season.zip(*number), item.ids.tvdb);
            let (show, _) = titled(title, *year)?;
            (place.is_some() || tvdb.is_some()).then_some(Name::Episode { show, place, tvdb })
        }
        Kind::Show | Kind::Season { .. } => None,
    }
}

/// The member `ids` of a name; `None` where there are none.
fn ids(ids: &Ids, anime: &AnimeIds, simkl: Option<u64>) -> Option<Map<String, Value>> {
    let all = object([
        ("simkl", simkl.map(|id| json!(id))),
        ("imdb", ids.imdb.as_ref().map(|id| json!(id))),
        ("tmdb", ids.tmdb.map(|id| json!(id))),
        ("tvdb", ids.tvdb.map(|id| json!(id))),
        ("mal", anime.mal.map(|id| json!(id))),
        ("anidb", anime.anidb.map(|id| json!(id))),
        ("anilist", anime.anilist.map(|id| json!(id))),
    ]);
    (!all.is_empty()).then(|| object([("ids", Some(Value::Object(all)))]))
}

/// The name of what has this number at Simkl.
pub(super) fn numbered(number: u64) -> Map<String, Value> {
    object([("ids", Some(json!({ "simkl": number })))])
}

impl Name {
    /// As a scrobble has it; `None` where it has no place there.
    pub(super) fn scrobbled(&self) -> Option<Map<String, Value>> {
        Some(match self {
            Self::Movie(movie) => object([("movie", Some(json!(movie)))]),
            Self::Episode { show, place, tvdb } => {
                let episode = object([
                    ("season", place.map(|(season, _)| json!(season))),
                    ("number", place.map(|(_, number)| json!(number))),
                    ("ids", tvdb.map(|id| json!({ "tvdb": id }))),
                ]);
                object([("show", Some(json!(show))), ("episode", Some(json!(episode)))])
            }
            Self::OfPart { part, number, anidb } => {
                let episode = object([
                    ("number", Some(json!(number))),
                    ("ids", anidb.map(|id| json!({ "anidb": id }))),
                ]);
                object([("anime", Some(json!(part))), ("episode", Some(json!(episode)))])
            }
            Self::Show(_) | Self::Alone(_) => return None,
        })
    }

    /// In which list of a `/sync` call it stands, and as what, with the facts that are told of it. The
    /// season of a show is named with its episode: a show without one would be all of it.
    pub(super) fn listed(&self, facts: &Map<String, Value>) -> Option<(&'static str, Value)> {
        let with_facts = |mut fields: Map<String, Value>| {
            fields.extend(facts.clone());
            Value::Object(fields)
        };
        Some(match self {
            Self::Movie(movie) => ("movies", with_facts(movie.clone())),
            Self::Show(show) => ("shows", with_facts(show.clone())),
            Self::Alone(tvdb) => {
                ("episodes", with_facts(object([("ids", Some(json!({ "tvdb": tvdb })))])))
            }
            Self::Episode { show, place, tvdb } => {
                let (season, number) = (*place)?;
                let fields = [
                    ("number", Some(json!(number))),
                    ("ids", tvdb.map(|id| json!({ "tvdb": id }))),
                ];
                let mut show = seasoned(show, season, &with_facts(object(fields)));
                show.insert("use_tvdb_anime_seasons".to_owned(), json!(true));
                ("shows", Value::Object(show))
            }
            // Also anime stands among the shows: in a list of its own it would be passed over.
            Self::OfPart { part, number, anidb } => {
                let fields = [
                    ("number", Some(json!(number))),
                    ("ids", anidb.map(|id| json!({ "anidb": id }))),
                ];
                ("shows", Value::Object(seasoned(part, 1, &with_facts(object(fields)))))
            }
        })
    }
}

fn seasoned(show: &Map<String, Value>, season: u32, episode: &Value) -> Map<String, Value> {
    let mut show = show.clone();
    let seasons = json!([{ "number": season, "episodes": [episode] }]);
    show.insert("seasons".to_owned(), seasons);
    show
}
