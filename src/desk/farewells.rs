//! Where is a login about to go, and who waits for it?

use crate::delivery::Destination;
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;

/// Where a login is about to go.
#[derive(Debug, Default)]
pub(crate) struct Farewells(BTreeMap<Destination, Farewell>);

/// What is done before a login goes.
#[derive(Debug, Default)]
pub(super) struct Farewell {
    /// The sessions that were paused for it, each with the number of its pause.
    pub(super) paused: BTreeMap<String, u64>,
    /// Who waits until there is nothing left to tell.
    pub(super) waiting: Vec<Sender<()>>,
}

impl Farewells {
    /// Whether the login there is about to go.
    pub(super) fn are_under_way(&self, to: &Destination) -> bool {
        self.0.contains_key(to)
    }

    /// The one there, which begins if it has not yet.
    pub(super) fn begin(&mut self, to: &Destination) -> &mut Farewell {
        self.0.entry(to.clone()).or_default()
    }

    /// The one there, if it is under way.
    pub(super) fn get(&mut self, to: &Destination) -> Option<&mut Farewell> {
        self.0.get_mut(to)
    }

    /// Ends the one there, if it is under way.
    pub(super) fn end(&mut self, to: &Destination) -> Option<Farewell> {
        self.0.remove(to)
    }
}
