//! What became of an event for one account.

use crate::intent::{Verb, ViewingKey};
use crate::verdict::{Outcome, Reason, Verdict};

/// What became of an event for one account.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ruling {
    /// In one word.
    pub(super) outcome: Outcome,
    /// What is, or will be, told.
    pub(super) action: Option<Verb>,
    /// In one sentence.
    pub(super) reason: Reason,
}

impl Ruling {
    /// The same, said of an account, and of one of its viewings where that is remembered.
    pub(super) fn of(self, account: &str, viewing: Option<ViewingKey>) -> Verdict {
        let Self { outcome, action, reason } = self;
        Verdict { account: Some(account.to_owned()), outcome, action, reason, viewing }
    }
}

/// It is ignored.
pub(super) fn ignored(reason: Reason) -> Ruling {
    Ruling { outcome: Outcome::Ignored, action: None, reason }
}

/// It says nothing new.
pub(super) fn duplicate(reason: Reason) -> Ruling {
    Ruling { outcome: Outcome::Duplicate, action: None, reason }
}

/// A rule holds it back.
pub(super) fn waiting(action: Verb, reason: Reason) -> Ruling {
    Ruling { outcome: Outcome::Waiting, action: Some(action), reason }
}
