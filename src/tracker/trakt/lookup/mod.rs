//! Which thing at Trakt is this item?
//!
//! [`Lookups::find`] goes the way of docs/rules.md, "Naming an item": ids of the item itself, one
//! by one, since one of them may be nonsense; a film's title and year; an episode's show, its
//! place there, or the day it was first aired; a special as a film. Whatever it meets on the way
//! is weighed ([`fit`](super::fit)), and it goes no further than to what is beyond doubt; else the
//! best counts, if it is good enough. What is not sure is not guessed: two that bear one name are
//! [`Lookup::Several`].
//!
//! What was found is remembered, and for an hour also what was not.
//!
//! Not here: when to look something up (`courier`).

mod below;

mod questions;
mod steps;

pub(super) use steps::steps;

use super::api::rows;
use super::fit::{Fit, as_item, is_about};
use super::found;
use super::thing::Thing;
use crate::event::title::{same, title_and_year};
use crate::event::{Ids, Item, Kind, Show};
use crate::http::Reply;
use crate::tracker::memory::Memory;
use crate::tracker::{Ask, Lookup, Type};
use serde_json::json;
use std::time::Duration;

/// Which shows a show may be.
#[derive(Clone, Debug)]
enum Shows {
    None,
    One(Thing),
    /// Its episodes may tell.
    Several(Vec<Thing>),
}

/// Looks things up and remembers what came of it.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    items: Memory<Lookup>,
    shows: Memory<Shows>,
}

impl Lookups {
    /// Finds out what `item` is at Trakt. `show` is the number of its show there, as far as another
    /// of its episodes has told it. `now` is steady time.
    ///
    /// # Errors
    /// The reply that was no answer.
    pub(super) fn find(
        &mut self,
        ask: &mut Ask<'_>,
        item: &Item,
        show: Option<u64>,
        now: Duration,
    ) -> Result<Lookup, Reply> {
        if let Some(lookup) = self.recall(item, now) {
            return Ok(lookup);
        }
        let lookup = Chain { ask, shows: &mut self.shows, show, now }.find(item)?;
        let is_hit = matches!(lookup, Lookup::Found(_));
        self.items.keep(key(item), lookup.clone(), is_hit, now);
        Ok(lookup)
    }

    /// What came of looking `item` up before, if that still holds.
    pub(super) fn recall(&self, item: &Item, now: Duration) -> Option<Lookup> {
        self.items.recall(&key(item), now)
    }

    /// `item` is asked anew.
    pub(super) fn forget(&mut self, item: &Item) {
        self.items.forget(&key(item));
    }

    /// Everything that was not found is asked anew.
    pub(super) fn forget_misses(&mut self) {
        self.items.forget_misses();
        self.shows.forget_misses();
    }
}

/// Everything by which an item is looked up.
fn key(item: &Item) -> String {
    json!([item.kind, item.ids, item.title, item.year, item.aired]).to_string()
}

/// The thing that fits an item best, of those that were offered.
struct Best<'i> {
    item: &'i Item,
    thing: Option<(Thing, Fit)>,
}

impl<'i> Best<'i> {
    fn of(item: &'i Item) -> Self {
        Self { item, thing: None }
    }

    /// Takes `thing` where it fits better than what was offered before.
    fn offer(&mut self, thing: Thing) {
        let fit = Fit::of(self.item, &thing);
        if fit.is_possible() && self.thing.as_ref().is_none_or(|(_, best)| fit.is_above(*best)) {
            self.thing = Some((thing, fit));
        }
    }

    fn is_sure(&self) -> bool {
        self.thing.as_ref().is_some_and(|(_, fit)| fit.is_sure())
    }

    /// What came of it; `else_` where nothing fits.
    fn or(self, else_: Lookup) -> Lookup {
        let item = self.item;
        self.thing.map_or(else_, |(thing, fit)| Lookup::Found(found::of(item, &thing, fit)))
    }
}

struct Chain<'a, 'q> {
    ask: &'a mut Ask<'q>,
    shows: &'a mut Memory<Shows>,
    /// The show, as another episode has told it.
    show: Option<u64>,
    now: Duration,
}

impl Chain<'_, '_> {
    fn find(&mut self, item: &Item) -> Result<Lookup, Reply> {
        let kind = Type::of(item);
        let mut best = Best::of(item);
        if matches!(kind, Type::Movie | Type::Episode) {
            self.by_ids(kind, &item.ids, &mut best)?;
        }
        if best.is_sure() {
            return Ok(best.or(Lookup::Unknown));
        }
        match &item.kind {
            Kind::Movie => self.film(item, best),
            Kind::Show | Kind::Season { .. } => self.show_or_season(item, best),
            Kind::Episode(episode) => {
                let undecided = self.episode(item, episode, &mut best)?;
                if best.thing.is_none() && episode.season == Some(0) {
                    // Some specials are films at Trakt.
                    let film = Ids { imdb: item.ids.imdb.clone(), ..Ids::default() };
                    self.by_ids(Type::Movie, &film, &mut best)?;
                }
                Ok(best.or(undecided))
            }
        }
    }

    fn film(&mut self, item: &Item, mut best: Best<'_>) -> Result<Lookup, Reply> {
        let (title, Some(year)) = title_and_year(&item.title, item.year) else {
            return Ok(best.or(Lookup::Unknown)); // a title alone is borne by too many films
        };
        let mut bearers = self.by_title(Type::Movie, title, Some(year))?;
        bearers.retain(|film| Fit::of(item, film).is_possible());
        let several = bearers.len() > 1;
        if !several {
            for film in bearers {
                best.offer(film);
            }
        }
        Ok(best.or(if several { several_called(Type::Movie, title) } else { Lookup::Unknown }))
    }

    fn show_or_season(&mut self, item: &Item, mut best: Best<'_>) -> Result<Lookup, Reply> {
        let (show, number) = match &item.kind {
            Kind::Season { show, number } => (show.clone(), Some(*number)),
            Kind::Movie | Kind::Show | Kind::Episode(_) => {
                let Item { title, year, ids, aired, .. } = item.clone();
                (Show { title, year, aired, ids, ..Show::default() }, None)
            }
        };
        let found = match (self.shows(&show)?, self.show) {
            (Shows::One(found), _) => found,
            (Shows::None | Shows::Several(_), Some(trakt)) => ours(&show, trakt),
            (Shows::None, None) => return Ok(Lookup::Unknown),
            (Shows::Several(shows), None) => return Ok(undecided(&shows, &show)),
        };
        match number {
            None => best.offer(found),
            Some(None) => {}
            Some(number) => {
                let seasons = rows(self.ask, &questions::seasons(found.trakt))?;
                let mut seasons = seasons.iter().filter_map(|one| Thing::itself(Type::Season, one));
                if let Some(season) = seasons.find(|season| season.number == number) {
                    let fit = Fit::of(item, &found);
                    return Ok(Lookup::Found(found::of(item, &season, fit)));
                }
            }
        }
        Ok(best.or(Lookup::Unknown))
    }

    /// Which shows `show` may be; asked once for all of its episodes.
    fn shows(&mut self, show: &Show) -> Result<Shows, Reply> {
        if let Some(trakt) = show.ids.trakt {
            return Ok(Shows::One(ours(show, trakt)));
        }
        let item = as_item(show);
        if let Some(known) = self.shows.recall(&key(&item), self.now) {
            return Ok(known);
        }
        let mut best = Best::of(&item);
        self.by_ids(Type::Show, &show.ids, &mut best)?;
        let mut several = Vec::new();
        if !best.is_sure() {
            several = self.shows_by_title(&item, &mut best)?;
        }
        let shows = match (best.thing, several.is_empty()) {
            (Some((show, _)), true) => Shows::One(show),
            (_, false) => Shows::Several(several),
            (None, true) => Shows::None,
        };
        let is_hit = matches!(shows, Shows::One(_));
        self.shows.keep(key(&item), shows.clone(), is_hit, self.now);
        Ok(shows)
    }

    /// Offers the show that bears the title; gives those that do, where it is not clear which is
    /// meant. Without its year where none bears the title with it: servers may give another.
    fn shows_by_title(&mut self, item: &Item, best: &mut Best<'_>) -> Result<Vec<Thing>, Reply> {
        let (title, year) = title_and_year(&item.title, item.year);
        let mut bearers = self.by_title(Type::Show, title, year)?;
        if bearers.is_empty() && year.is_some() {
            bearers = self.by_title(Type::Show, title, None)?;
        }
        let fits = |show: &&Thing| Fit::of(item, show).is_possible();
        let fitting: Vec<&Thing> = bearers.iter().filter(fits).collect();
        let began_then =
            |show: &&Thing| item.aired.as_deref().is_some_and(|day| is_about(show, day));
        let one = only(fitting.iter().copied())
            .or_else(|| only(fitting.iter().copied().filter(began_then)));
        if let Some(one) = one {
            best.offer(one.clone());
            return Ok(Vec::new());
        }
        // Where all have other ids, one of them may still be it: an episode can tell.
        Ok(if fitting.is_empty() && best.thing.is_some() { Vec::new() } else { bearers })
    }

    /// Offers what has one of `ids`, one after the other, until one of them is beyond doubt.
    fn by_ids(&mut self, kind: Type, ids: &Ids, best: &mut Best<'_>) -> Result<(), Reply> {
        for (id, question) in questions::by_ids(kind, ids) {
            let results = rows(self.ask, &question)?;
            if let Some(thing) = results.first().and_then(|first| Thing::read(kind, first)) {
                best.offer(thing.found_by(&id));
            }
            if best.is_sure() {
                break;
            }
        }
        Ok(())
    }

    /// All things of this type that bear this title, of this year where given.
    fn by_title(
        &mut self,
        kind: Type,
        title: &str,
        year: Option<u16>,
    ) -> Result<Vec<Thing>, Reply> {
        if title.is_empty() {
            return Ok(Vec::new());
        }
        let results = rows(self.ask, &questions::by_title(kind, title, year))?;
        let things = results.iter().filter_map(|result| Thing::read(kind, result));
        let bears = |thing: &Thing| same(&thing.title, title);
        let is_of_year = |thing: &Thing| year.is_none() || thing.year == year;
        Ok(things.filter(bears).filter(is_of_year).collect())
    }
}

/// A show of the media server's, known by its number alone.
fn ours(show: &Show, trakt: u64) -> Thing {
    let (title, year) = title_and_year(&show.title, show.year);
    let ids = Ids { trakt: Some(trakt), ..show.ids.clone() };
    let (title, season, number) = (title.to_owned(), None, None);
    Thing { kind: Type::Show, trakt, ids, title, year, season, number, aired: None, show: None }
}

/// What there is to say where nothing tells which of `shows` is meant.
fn undecided(shows: &[Thing], show: &Show) -> Lookup {
    if shows.len() > 1 { several_called(Type::Show, &show.title) } else { Lookup::Unknown }
}

fn several_called(kind: Type, title: &str) -> Lookup {
    Lookup::Several(format!(
        "several {} at Trakt are called `{title}`, and nothing says which is meant: match it in the \
         media server, so that it has an id",
        kind.plural()
    ))
}

/// The only one, if it is that.
fn only<T>(mut things: impl Iterator<Item = T>) -> Option<T> {
    let first = things.next()?;
    things.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests;
