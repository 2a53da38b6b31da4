//! Which thing at Trakt is this item?
//!
//! [`Lookups::find`] goes the way of docs/rules.md, "Naming an item": ids of the item itself, one
//! by one, since one of them may be nonsense; a film's title and year; an episode's show, its
//! place there, or the day it was first aired; a special as a film. What is not sure is not
//! guessed: two that bear one name are [`Lookup::Several`].
//!
//! What was found is remembered, and for an hour also what was not.
//!
//! Not here: when to look something up (`courier`).

mod below;
mod memory;
mod title;

use super::Client;
use super::api::{Found, ask, ids_of};
use super::http::Reply;
use super::names::Type;
use crate::event::title::title_and_year;
use crate::event::{self, Episode, Ids, Item, Kind, Show};
use crate::http::encoded;
use crate::secret::Secret;
use memory::Memory;
use serde_json::{Value, json};
use std::time::Duration;

/// What came of looking something up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This is it. For a season it is its show.
    Found(Found),
    /// Trakt knows no such thing (yet).
    Unknown,
    /// More than one thing answers, and nothing says which; the sentence tells how to mend it.
    Several(String),
}

/// Looks things up and remembers what came of it.
#[derive(Debug, Default)]
pub struct Lookups {
    memory: Memory,
}

impl Lookups {
    /// Finds out what `item` is at Trakt. `now` is steady time.
    ///
    /// # Errors
    /// The reply that was no answer.
    pub fn find(
        &mut self,
        client: &Client,
        access: &Secret,
        item: &Item,
        now: Duration,
    ) -> Result<Lookup, Reply> {
        if let Some(lookup) = self.recall(item, now) {
            return Ok(lookup);
        }
        let lookup = Chain { client, access, memory: &mut self.memory, now }.find(item)?;
        self.memory.keep(key(item), lookup.clone(), now);
        Ok(lookup)
    }

    /// What came of looking `item` up before, if that still holds.
    #[must_use]
    pub fn recall(&self, item: &Item, now: Duration) -> Option<Lookup> {
        self.memory.recall(&key(item), now)
    }

    /// `item` is asked anew.
    pub fn forget(&mut self, item: &Item) {
        self.memory.forget(&key(item));
    }

    /// Everything that was not found is asked anew.
    pub fn forget_misses(&mut self) {
        self.memory.forget_misses();
    }
}

/// Everything by which an item is looked up.
fn key(item: &Item) -> String {
    json!([item.kind, item.ids, item.title, item.year, item.aired]).to_string()
}

struct Chain<'a> {
    client: &'a Client,
    access: &'a Secret,
    memory: &'a mut Memory,
    now: Duration,
}

impl Chain<'_> {
    fn find(&mut self, item: &Item) -> Result<Lookup, Reply> {
        let kind = Type::of(item);
        if kind != Type::Season // Trakt's search knows none, and refuses the question
            && let Some(thing) = self.by_ids(kind, &item.ids)?
        {
            return Ok(found(kind, item, &thing));
        }
        match &item.kind {
            Kind::Movie => {
                let (title, year) = title_and_year(&item.title, item.year);
                // A title alone is borne by too many films.
                match year {
                    Some(_) => self.by_title(item, Type::Movie, title, year),
                    None => Ok(Lookup::Unknown),
                }
            }
            Kind::Show => {
                self.show(&Show { title: item.title.clone(), year: item.year, ..Show::default() })
            }
            Kind::Season { show, .. } => self.show(show),
            Kind::Episode(episode) => self.episode(item, episode),
        }
    }

    fn episode(&mut self, item: &Item, episode: &Episode) -> Result<Lookup, Reply> {
        let lookup = match self.show(&episode.show)? {
            Lookup::Found(show) => self.below(&show, item, episode)?,
            other @ (Lookup::Unknown | Lookup::Several(_)) => other,
        };
        if matches!(lookup, Lookup::Found(_)) || episode.season != Some(0) {
            return Ok(lookup);
        }
        // Some specials are films at Trakt.
        let film = Ids { imdb: item.ids.imdb.clone(), ..Ids::default() };
        let thing = self.by_ids(Type::Movie, &film)?;
        Ok(thing.map_or(lookup, |thing| found(Type::Movie, item, &thing)))
    }

    /// A show; asked once for all of its episodes.
    fn show(&mut self, show: &Show) -> Result<Lookup, Reply> {
        let item = Item {
            kind: Kind::Show,
            ids: show.ids.clone(),
            title: show.title.clone(),
            year: show.year,
            ..Item::default()
        };
        if let Some(known) = Found::known(&item) {
            return Ok(Lookup::Found(known));
        }
        if let Some(known) = self.memory.recall(&key(&item), self.now) {
            return Ok(known);
        }
        let lookup = match self.by_ids(Type::Show, &show.ids)? {
            Some(thing) => found(Type::Show, &item, &thing),
            None => self.show_by_title(&item)?,
        };
        self.memory.keep(key(&item), lookup.clone(), self.now);
        Ok(lookup)
    }

    /// Without its year where nothing bears the title with it: servers may give another year.
    fn show_by_title(&self, item: &Item) -> Result<Lookup, Reply> {
        let (title, year) = title_and_year(&item.title, item.year);
        let lookup = self.by_title(item, Type::Show, title, year)?;
        if lookup == Lookup::Unknown && year.is_some() {
            return self.by_title(item, Type::Show, title, None);
        }
        Ok(lookup)
    }

    /// The thing of this type that has one of `ids`.
    fn by_ids(&self, kind: Type, ids: &Ids) -> Result<Option<Value>, Reply> {
        let numbers = [("trakt", ids.trakt), ("tvdb", ids.tvdb), ("tmdb", ids.tmdb)];
        let numbers = numbers.into_iter().filter_map(|(key, id)| Some((key, id?.to_string())));
        let imdb = ids.imdb.iter().map(|id| ("imdb", encoded(id)));
        for (key, id) in numbers.chain(imdb) {
            let path = format!("/search/{key}/{id}?type={}", kind.word());
            let results = self.ask(&path)?.unwrap_or_default();
            if let Some(thing) = results.pointer("/0").and_then(|first| first.get(kind.word())) {
                return Ok(Some(thing.clone()));
            }
        }
        Ok(None)
    }

    /// The one thing of this type that bears this title, and this year where given.
    fn by_title(
        &self,
        item: &Item,
        kind: Type,
        title: &str,
        year: Option<u16>,
    ) -> Result<Lookup, Reply> {
        if title.is_empty() {
            return Ok(Lookup::Unknown);
        }
        let years = year.map(|year| format!("&years={year}")).unwrap_or_default();
        let query = title::query(title);
        let path = format!("/search/{}?query={query}&fields=title{years}&limit=100", kind.word());
        let results = self.ask(&path)?.unwrap_or_default();
        let same_year = |thing: &&Value| {
            let theirs = thing.get("year").and_then(Value::as_u64);
            year.is_none_or(|year| theirs == Some(u64::from(year)))
        };
        let results = results.as_array().into_iter().flatten();
        let things = results.filter_map(|result| result.get(kind.word()));
        let bears = |thing: &&Value| event::title::same(title::of(thing), title);
        let bearers: Vec<&Value> = things.filter(bears).filter(same_year).collect();
        Ok(match bearers.as_slice() {
            [] => Lookup::Unknown,
            [one] => found(kind, item, one),
            _ => Lookup::Several(format!(
                "several {} at Trakt are called `{title}`, and nothing says which is meant: match \
                 it in the media server, so that it has an id",
                kind.plural()
            )),
        })
    }

    fn ask(&self, path: &str) -> Result<Option<Value>, Reply> {
        ask(self.client, self.access, path)
    }
}

fn found(kind: Type, item: &Item, thing: &Value) -> Lookup {
    Found::read(kind, item, thing).map_or(Lookup::Unknown, Lookup::Found)
}

/// The Trakt number of a thing.
fn number_of(thing: &Value) -> Option<u64> {
    ids_of(thing).trakt
}

#[cfg(test)]
mod tests;
