//! Under which names are viewings known?
//!
//! A name leads to candidates, not to an answer: TMDB gives neighbours one number, two-parters
//! share an IMDb id, and a server's key may come to mean another item. Whether a candidate is
//! meant is asked of what is known of both ([`Item::contradicts`](crate::event::Item::contradicts)).

use crate::event::Name;
use std::collections::{BTreeMap, BTreeSet};

/// Account → names of items, each with the viewings that bear it.
#[derive(Debug, Default)]
pub(super) struct Index(BTreeMap<String, BTreeSet<(Name, u64)>>);

impl Index {
    /// The account's viewings that bear this name.
    pub(super) fn bearers(&self, account: &str, name: &Name) -> impl Iterator<Item = u64> {
        let names = self.0.get(account).into_iter();
        let from = (name.clone(), 0);
        let until = (name.clone(), u64::MAX);
        names.flat_map(move |names| names.range(from.clone()..=until.clone())).map(|(_, id)| *id)
    }

    pub(super) fn enter(&mut self, account: &str, names: Vec<Name>, id: u64) {
        if !self.0.contains_key(account) {
            self.0.insert(account.to_owned(), BTreeSet::new());
        }
        if let Some(index) = self.0.get_mut(account) {
            index.extend(names.into_iter().map(|name| (name, id)));
        }
    }

    pub(super) fn strike(&mut self, account: &str, names: Vec<Name>, id: u64) {
        let Some(index) = self.0.get_mut(account) else { return };
        for name in names {
            index.remove(&(name, id));
        }
        if index.is_empty() {
            self.0.remove(account);
        }
    }
}
