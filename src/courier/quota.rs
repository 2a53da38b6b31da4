//! How many of the day's calls are left, and what are they for?
//!
//! Pure: the times are from outside.

use crate::delivery::Quota;
use crate::event::Time;

/// What the last answer has told of the day's calls.
#[derive(Debug, Default)]
pub(super) struct Calls(Option<Quota>);

impl Calls {
    /// So many are left until then; whether that is news.
    pub(super) fn told(&mut self, left: u32, until: Time) -> bool {
        let told = Quota { left, until };
        self.0.replace(told) != Some(told)
    }

    /// Whether so few are left that what may be lost is not told: `kept` are kept for the rest.
    pub(super) fn are_few(&self, kept: u32, now: Time) -> bool {
        self.0.is_some_and(|quota| quota.left <= kept && now < quota.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_few_until_there_are_new_ones() {
        let mut calls = Calls::default();
        assert!(!calls.are_few(20, Time(0)), "nothing is known yet");
        assert!(calls.told(21, Time(100)) && !calls.told(21, Time(100)));
        assert!(!calls.are_few(20, Time(99)));
        assert!(calls.told(20, Time(100)));
        assert!(calls.are_few(20, Time(99)) && !calls.are_few(20, Time(100)));
    }
}
