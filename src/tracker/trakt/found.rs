//! What our item was found to be, or taken for.

use super::fit::Fit;
use super::thing::Thing;
use crate::event::title::{composed, title_and_year};
use crate::event::{Ids, Item};
use crate::tracker::{Found, Named, Type};

/// The thing whose Trakt number `item` carries, if it does.
pub(super) fn known(item: &Item) -> Option<Found> {
    let number = item.ids.trakt?;
    let (title, year) = title_and_year(&item.title, item.year);
    let (ids, title) = (item.ids.clone(), composed(title));
    Some(Found { kind: Type::of(item), number, ids, show: None, title, year })
}

/// What the answer to a scrobble of `item` says that it was taken for.
pub(super) fn named(item: &Item, thing: Thing) -> Named {
    let thing = thing.found_by(&item.ids);
    let fit = Fit::of(item, &thing);
    if fit.is_sure() { Named::Sure(of(item, &thing, fit)) } else { Named::Doubtful(bare(&thing)) }
}

/// What `item` was found to be, with what may be learned of it.
pub(super) fn of(item: &Item, thing: &Thing, fit: Fit) -> Found {
    let found = bare(thing);
    if !fit.is_sure() || thing.kind != Type::of(item) {
        return found;
    }
    let show = thing.show.as_ref().filter(|_| fit.is_told_by_more_than_its_place());
    Found { ids: thing.ids.clone(), show: show.map(|show| show.trakt), ..found }
}

/// A thing of which nothing may be learned.
fn bare(thing: &Thing) -> Found {
    let Thing { kind, trakt, title, year, .. } = thing.clone();
    Found { kind, number: trakt, ids: Ids::default(), show: None, title, year }
}
