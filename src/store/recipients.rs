//! Which receivers is an intent for?
//!
//! The store knows no settings; who knows them says it.

use crate::intent::Intent;
use std::fmt;

/// Tells which receivers an intent is for.
#[derive(Default)]
pub(super) struct Recipients(Option<Box<OfIntent>>);

type OfIntent = dyn Fn(&Intent) -> Vec<String> + Send;

impl Recipients {
    pub(super) fn new(of: impl Fn(&Intent) -> Vec<String> + Send + 'static) -> Self {
        Self(Some(Box::new(of)))
    }

    pub(super) fn of(&self, intent: &Intent) -> Vec<String> {
        self.0.as_ref().map(|of| of(intent)).unwrap_or_default()
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipients").finish_non_exhaustive()
    }
}
