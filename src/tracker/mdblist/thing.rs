//! What does MDBList say that a thing is, and is it what was meant?
//!
//! Pure. Ids alone count, since nothing was named by anything else. Answers have them as `imdb` or as
//! `imdbid`, below `ids` or beside it.

use crate::event::{Episode, Ids, Item, Kind, Show, Time};
use crate::tracker::Found;
use crate::tracker::{Named, Play, Type};
use serde_json::Value;

/// A play as a list has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// What was played.
    item: Item,
    pub(super) play: Play,
}

/// The plays of a page of the history, whatever its lists are called.
pub(super) fn rows(page: &Value) -> Vec<Row> {
    let lists = page.as_object().into_iter().flat_map(|fields| fields.values());
    lists.chain([page]).filter_map(Value::as_array).flatten().filter_map(row).collect()
}

fn row(entry: &Value) -> Option<Row> {
    let play = play(entry)?;
    if let Some(film) = entry.get("movie").filter(|film| film.is_object()) {
        return Some(Row { item: Item { ids: ids_of(film), ..Item::default() }, play });
    }
    let episode = entry.get("episode").filter(|episode| episode.is_object())?;
    let ids = episode.get("show").or_else(|| entry.get("show")).map(ids_of).unwrap_or_default();
    let (season, number) = (number(episode, "season"), number(episode, "number"));
    let show = Show { ids, ..Show::default() };
    let kind = Kind::Episode(Episode { show, season, number, last: None });
    let title = episode.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Row { item: Item { kind, ids: ids_of(episode), title, ..Item::default() }, play })
}

/// When an entry was played. Some have no number: no two plays of one thing have the same time.
pub(super) fn play(row: &Value) -> Option<Play> {
    let at = row.get("watched_at").or_else(|| row.get("last_watched_at"))?.as_str()?;
    let watched_at = Time::from_rfc3339(at)?;
    let id = ["play_id", "history_id", "id"].iter().find_map(|key| row.get(key)?.as_u64());
    Some(Play { id: id.unwrap_or(watched_at.0), watched_at })
}

impl Row {
    /// Whether it is a play of `item`, of which nothing [speaks against](Item::contradicts) that: a
    /// neighbour may stand where a server counts this one.
    pub(super) fn is(&self, item: &Item) -> bool {
        let names = self.item.names();
        item.names().iter().any(|name| names.contains(name)) && !self.item.contradicts(item)
    }
}

/// `item` with what was learned of it: the id at TheMovieDb of its show, or of a film that was looked up
/// its own.
pub(super) fn known_as(mut item: Item, tmdb: Option<u64>) -> Item {
    match &mut item.kind {
        Kind::Movie => item.ids = learned(&item.ids, tmdb),
        Kind::Episode(Episode { show, .. }) => show.ids = learned(&show.ids, tmdb),
        Kind::Season { .. } | Kind::Show => {}
    }
    item
}

/// What the answer to a scrobble names, where that can't be `item`.
pub(super) fn doubtful(item: &Item, show: Option<u64>, answer: &Value) -> Option<Named> {
    let (key, ours) = match &item.kind {
        Kind::Movie => ("movie", item.ids.clone()),
        Kind::Episode(episode) => ("show", learned(&episode.show.ids, show)),
        Kind::Season { .. } | Kind::Show => return None,
    };
    let thing = answer.get(key).filter(|thing| thing.is_object())?;
    let theirs = ids_of(thing);
    if !ours.contradict(&theirs) || share(&ours, &theirs) {
        return None;
    }
    let title = thing.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
    let year = thing.get("year").and_then(Value::as_u64).and_then(|year| u16::try_from(year).ok());
    let (kind, number) = (Type::of(item), theirs.tmdb.unwrap_or_default());
    Some(Named::Doubtful(Found { kind, number, ids: Ids::default(), show: None, title, year }))
}

fn learned(ids: &Ids, tmdb: Option<u64>) -> Ids {
    Ids { tmdb: ids.tmdb.or(tmdb), ..ids.clone() }
}

fn share(one: &Ids, other: &Ids) -> bool {
    one.each().any(|id| other.each().any(|its| its == id))
}

fn number(thing: &Value, key: &str) -> Option<u32> {
    thing.get(key)?.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// The ids that a thing has.
pub(super) fn ids_of(thing: &Value) -> Ids {
    let id = |keys: [&str; 2]| {
        let of = |ids: &Value| {
            keys.iter().find_map(|key| ids.get(key).filter(|id| !id.is_null()).cloned())
        };
        thing.get("ids").and_then(of).or_else(|| of(thing))
    };
    let number = |keys| id(keys)?.as_u64();
    let imdb = id(["imdb", "imdbid"]).and_then(|id| Some(id.as_str()?.to_owned()));
    Ids {
        trakt: number(["trakt", "traktid"]),
        imdb: imdb.filter(|id| id.starts_with("tt")),
        tmdb: number(["tmdb", "tmdbid"]),
        tvdb: number(["tvdb", "tvdbid"]),
    }
}

#[cfg(test)]
mod tests;
