//! Who sits where, in one answer?

use crate::event::{Item, User};
use crate::webhook::Playing;

/// One person at one player.
pub(super) struct Sight<'a> {
    pub(super) who: &'a User,
    pub(super) item: &'a Item,
    pub(super) entry: &'a Playing,
}

/// Those who sit there. Nobody's play is nobody's, and without a key nothing is told from anything.
pub(super) fn sights(entry: &Playing) -> impl Iterator<Item = Sight<'_>> {
    let item = entry.item.as_ref().ok().filter(|item| !item.key.is_empty());
    let people = item.map(|item| entry.users.iter().map(move |who| Sight { who, item, entry }));
    people.into_iter().flatten()
}

/// Whether both are one, each by id and name. A webhook may have told only one of them.
pub(super) fn is_one(one: (&str, &str), other: (&str, &str)) -> bool {
    if one.0.is_empty() || other.0.is_empty() {
        return one.1.to_lowercase() == other.1.to_lowercase();
    }
    one.0 == other.0
}
