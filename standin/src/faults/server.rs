//! What a running stand-in can be told and asked besides.

use super::stage::Logged;
use super::{Faults, Order};
use crate::server::Server;
use crate::service::Service;

impl<S: Service> Server<S> {
    /// Adds misbehaviour, behind what was ordered before.
    pub fn order(&self, order: Order) {
        self.on_stage(|stage| stage.faults.add(order));
    }

    /// Replaces all misbehaviour.
    pub fn misbehave(&self, faults: Faults) {
        self.on_stage(|stage| stage.faults = faults);
    }

    /// Every request that came to the service, in order.
    #[must_use]
    pub fn log(&self) -> Vec<Logged> {
        self.on_stage(|stage| stage.log.clone())
    }

    /// How many requests came to the service.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.on_stage(|stage| stage.log.len())
    }

    /// The targets of the requests whose answers are held back at this moment.
    #[must_use]
    pub fn in_hand(&self) -> Vec<String> {
        self.on_stage(|stage| stage.waiting.in_hand.values().cloned().collect())
    }

    /// The targets of the requests whose sender went away while the answer was held back.
    #[must_use]
    pub fn deserted(&self) -> Vec<String> {
        self.on_stage(|stage| stage.waiting.deserted.clone())
    }
}
