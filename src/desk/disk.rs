//! What does the disk refuse? Told once a minute at most, and well again only when that has worked.

use crate::store::StoreError;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long nothing is told of the disk after something was.
const QUIET: Duration = Duration::from_secs(60);

/// What can fail. It stays in trouble until the same has succeeded: that something else works says
/// little of a database that is damaged in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    /// A decision is written, upon which senders are answered.
    Deciding,
    /// What became of intents is written.
    Settling,
    /// What waits for this account is read.
    Reading(String),
}

/// What the disk refuses.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// Why, and whether the database is damaged.
    refused: BTreeMap<Doing, (String, bool)>,
    /// Steady time of the last telling.
    told: Option<Duration>,
    /// Whether what is refused now was told.
    is_told: bool,
}

impl Disk {
    /// Why it refuses something, if it does.
    pub(crate) fn trouble(&self) -> Option<&String> {
        self.refused.values().next().map(|(why, _)| why)
    }

    /// Whether writing anything would show that it takes decisions again. A damaged database takes
    /// some things and others not.
    pub(super) fn can_be_tried(&self) -> bool {
        self.refused.get(&Doing::Deciding).is_some_and(|(_, is_damaged)| !is_damaged)
    }

    /// It refuses this; what is to be told.
    pub(super) fn refuses(
        &mut self,
        doing: Doing,
        error: &StoreError,
        now: Duration,
    ) -> Option<String> {
        let what = match &doing {
            Doing::Deciding => {
                "nothing can be stored, so webhooks are answered with 503".to_owned()
            }
            Doing::Settling => {
                "what a tracker has answered can't be stored, so nothing more is sent".to_owned()
            }
            Doing::Reading(account) => {
                format!("the queue of the account `{account}` can't be read")
            }
        };
        let is_damaged = matches!(error, StoreError::Corrupt { .. });
        self.refused.insert(doing, (error.to_string(), is_damaged));
        if self.told.is_some_and(|told| now.saturating_sub(told) < QUIET) {
            return None;
        }
        (self.told, self.is_told) = (Some(now), true);
        Some(format!("{what}: {error}"))
    }

    /// It has taken this; whether that ends what was told.
    pub(super) fn takes(&mut self, doing: &Doing) -> bool {
        let ends = self.refused.remove(doing).is_some() && self.refused.is_empty();
        ends && std::mem::take(&mut self.is_told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_once_a_minute_and_ends_when_the_same_has_worked() {
        use Doing::{Deciding, Settling};
        let second = Duration::from_secs;
        let full = StoreError::Full { path: "db".into() };
        let damaged = StoreError::Corrupt { path: "db".into() };
        let mut disk = Disk::default();
        let fails = |disk: &mut Disk, doing, error, at| {
            disk.refuses(doing, error, second(at)).map(|told| told.contains("`db`"))
        };
        assert_eq!(fails(&mut disk, Settling, &damaged, 100), Some(true));
        assert_eq!(fails(&mut disk, Settling, &damaged, 102), None);
        assert!(!disk.takes(&Deciding) && disk.trouble().is_some(), "something else has worked");
        assert_eq!(fails(&mut disk, Deciding, &full, 159), None);
        assert_eq!(fails(&mut disk, Deciding, &full, 160), Some(true), "a minute later");
        assert!(!disk.takes(&Settling) && disk.trouble().is_some(), "one of two");
        assert!(disk.takes(&Deciding) && disk.trouble().is_none());
        assert_eq!(fails(&mut disk, Settling, &damaged, 170), None, "within the minute");
        assert!(!disk.takes(&Settling), "and so is its end");
    }

    #[test]
    fn a_damaged_database_is_not_well_because_it_takes_something() {
        let mut disk = Disk::default();
        assert!(!disk.can_be_tried());
        for (error, expected) in [
            (StoreError::Corrupt { path: "db".into() }, false),
            (StoreError::Full { path: "db".into() }, true),
        ] {
            let _ = disk.refuses(Doing::Deciding, &error, Duration::ZERO);
            assert_eq!(disk.can_be_tried(), expected);
        }
    }
}
