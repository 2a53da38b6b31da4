//! Who are we there, and when is that asked?
//!
//! Pure: the time is steady time, from outside.

use super::hold::Failures;
use std::time::Duration;

/// What is known of the user's name at the tracker.
#[derive(Debug, Default)]
pub(super) struct Greeting {
    user: Option<String>,
    /// Whether it was asked since the login, or since the last outage.
    is_asked: bool,
    /// What failed is not asked again before.
    not_before: Duration,
    failures: Failures,
}

impl Greeting {
    /// As whom the tracker knows the user, where it has told it.
    pub(super) fn user(&self) -> Option<String> {
        self.user.clone()
    }

    /// Whether it comes before all else.
    pub(super) fn comes_first(&self, now: Duration) -> bool {
        !self.is_asked && self.until(now) == Some(Duration::ZERO)
    }

    /// How long until it is asked; `None` where the name is known.
    pub(super) fn until(&self, now: Duration) -> Option<Duration> {
        self.user.is_none().then(|| self.not_before.saturating_sub(now))
    }

    /// It is asked now.
    pub(super) fn asked(&mut self) {
        self.is_asked = true;
    }

    /// The answer was a name.
    pub(super) fn told(&mut self, user: String) {
        self.user = Some(user);
    }

    /// The answer was none; whether it has been none so often that it is worth telling.
    pub(super) fn failed(&mut self, now: Duration, dice: u32) -> bool {
        self.not_before = now.saturating_add(self.failures.one_more(dice));
        self.failures.are_many()
    }

    /// An outage is over: it is asked first of all.
    pub(super) fn ask_again(&mut self) {
        (self.is_asked, self.not_before) = (false, Duration::ZERO);
    }

    /// A person wants things tried again.
    pub(super) fn ask_soon(&mut self) {
        self.not_before = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    #[test]
    fn it_is_asked_first_of_all_and_then_until_it_is_told() {
        let mut greeting = Greeting::default();
        assert!(greeting.comes_first(NOW));
        greeting.asked();
        assert!(!greeting.comes_first(NOW));
        let worth_telling: Vec<bool> = (0..4).map(|_| greeting.failed(NOW, 0)).collect();
        assert_eq!(worth_telling, [false, false, false, true]);
        assert_eq!(greeting.until(NOW), Some(Duration::from_secs(16)));
        greeting.ask_soon();
        assert_eq!((greeting.until(NOW), greeting.comes_first(NOW)), (Some(Duration::ZERO), false));
        greeting.ask_again();
        assert!(greeting.comes_first(NOW));
        greeting.told("al".to_owned());
        assert_eq!((greeting.until(NOW), greeting.comes_first(NOW)), (None, false));
    }
}
