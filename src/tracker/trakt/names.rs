//! How is an item named to Trakt?
//!
//! By Trakt's own number ([`TraktName::of`]), once that is found and compared (`lookup`); only a start,
//! which leaves nothing for good and whose answer tells what it was taken for, by ids of the item
//! itself ([`TraktName::direct`]). Ids of an episode are never given as ids of its show, nor the other
//! way round.

use crate::event::title::{composed, title_and_year};
use crate::event::{Ids, Item, Kind, Show};
use crate::tracker::{Found, Type};
use serde_json::{Map, Value, json};

/// A name of an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TraktName {
    kind: Type,
    ids: Value,
    title: String,
    year: Option<u16>,
}

impl TraktName {
    /// What was found, by its number.
    pub(super) fn of(found: &Found) -> Self {
        let Found { kind, number, title, year, .. } = found.clone();
        Self { kind, ids: json!({ "trakt": number }), title, year }
    }

    /// `item` by its own ids, all together: which of them Trakt looks at first is not documented,
    /// and one of them may be unknown to it. `None` where it has none.
    pub(super) fn direct(item: &Item) -> Option<Self> {
        let Ids { trakt: _, imdb, tmdb, tvdb } = &item.ids;
        let ids = [
            ("imdb", imdb.as_ref().map(|id| json!(id))),
            ("tmdb", tmdb.map(|id| json!(id))),
            ("tvdb", tvdb.map(|id| json!(id))),
        ];
        let ids = object(ids.into_iter().filter_map(|(key, id)| Some((key, id?))));
        (!ids.is_empty()).then(|| Self { ids: Value::Object(ids), ..Self::sketch(item) })
    }

    /// `item` by a number that is not known yet, for people.
    pub(super) fn sketch(item: &Item) -> Self {
        let (title, year) = title_and_year(&item.title, item.year);
        let (ids, title) = (json!({ "trakt": "NUMBER" }), composed(title));
        Self { kind: Type::of(item), ids, title, year }
    }

    /// As a scrobble names what plays. The contract wants title and year of a film.
    pub(super) fn played(&self) -> Map<String, Value> {
        let mut fields = object([("ids", self.ids.clone())]);
        if let (Type::Movie, false, Some(year)) = (self.kind, self.title.is_empty(), self.year) {
            fields.extend(object([("title", json!(self.title)), ("year", json!(year))]));
        }
        object([(self.kind.word(), Value::Object(fields))])
    }

    /// As the only one of a list, with the facts that are told of it.
    pub(super) fn listed(&self, facts: &Map<String, Value>) -> Map<String, Value> {
        let mut fields = object([("ids", self.ids.clone())]);
        fields.extend(facts.clone());
        object([(self.kind.plural(), json!([fields]))])
    }
}

/// Whether there is anything to look it up by.
pub(super) fn is_nameable(item: &Item) -> bool {
    let is_named = |show: &Show| !(show.ids.is_empty() && show.title.trim().is_empty());
    match &item.kind {
        _ if item.ids.trakt.is_some() => true,
        // A title alone is borne by too many films.
        Kind::Movie => {
            let (title, year) = title_and_year(&item.title, item.year);
            !item.ids.is_empty() || (year.is_some() && !title.is_empty())
        }
        Kind::Show => !(item.ids.is_empty() && item.title.trim().is_empty()),
        Kind::Season { show, number } => number.is_some() && is_named(show),
        Kind::Episode(episode) => {
            let is_placed = episode.season.zip(episode.number).is_some() || item.aired.is_some();
            !item.ids.is_empty() || (is_placed && is_named(&episode.show))
        }
    }
}

pub(super) fn object(
    fields: impl IntoIterator<Item = (&'static str, Value)>,
) -> Map<String, Value> {
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
