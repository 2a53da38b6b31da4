//! Which tracker has no use for which intents?
//!
//! The store knows no tracker; who knows them says it.

use crate::intent::Intent;
use std::fmt;

/// Tells which tracker has no use for an intent.
#[derive(Default)]
pub(super) struct Needless(Option<Box<IsNeedless>>);

/// Whether the tracker with this name has no use for this intent.
type IsNeedless = dyn Fn(&str, &Intent) -> bool + Send;

impl Needless {
    pub(super) fn new(is_needless: impl Fn(&str, &Intent) -> bool + Send + 'static) -> Self {
        Self(Some(Box::new(is_needless)))
    }

    pub(super) fn at(&self, tracker: &str, intent: &Intent) -> bool {
        self.0.as_ref().is_some_and(|is_needless| is_needless(tracker, intent))
    }
}

impl fmt::Debug for Needless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needless").finish_non_exhaustive()
    }
}
