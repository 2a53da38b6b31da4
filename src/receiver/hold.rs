//! For how long is nothing sent to a receiver?
//!
//! Pure but for the [`dice`]: the time is steady time, from outside. Who does not answer is tried at the
//! intervals of Standard Webhooks, and when there is something new to tell, since that says nothing
//! less than that somebody is there to hear it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// After how long a failure is tried again, the first one first; Standard Webhooks, *Retries*.
const SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
    Duration::from_secs(20 * 3600),
    Duration::from_secs(24 * 3600),
];
/// How long a receiver is left alone that refuses us.
const REFUSED: Duration = Duration::from_secs(3600);
/// The longest wait that a receiver may ask for.
const TOLD_MOST: Duration = Duration::from_secs(3600);
/// How often at most a receiver is tried that does not answer, whatever is new.
const LEAST: Duration = Duration::from_secs(5);

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It does not answer, or not well.
    Fails,
    /// It refuses us.
    Refuses,
    /// It has asked for that.
    Asks(Duration),
}

/// Until when nothing is sent.
#[derive(Debug, Default)]
pub(super) struct Hold {
    why: Option<Why>,
    since: Duration,
    until: Duration,
    failures: usize,
}

impl Hold {
    /// How long nothing is sent yet; `None` where nothing stands in the way.
    pub(super) fn left(&self, now: Duration) -> Option<Duration> {
        self.why?;
        let left = self.until.saturating_sub(now);
        (!left.is_zero()).then_some(left)
    }

    /// Nothing is sent for this reason; returns how long that is at first.
    pub(super) fn put(&mut self, why: Why, now: Duration, dice: u32) -> Duration {
        let span = match why {
            Why::Fails => {
                self.failures = self.failures.saturating_add(1);
                interval(self.failures, dice)
            }
            Why::Refuses => REFUSED,
            Why::Asks(span) => span.min(TOLD_MOST),
        };
        (self.why, self.since, self.until) = (Some(why), now, now.saturating_add(span));
        span
    }

    /// There is something new to tell.
    pub(super) fn news(&mut self) {
        if self.why == Some(Why::Fails) {
            self.until = self.until.min(self.since.saturating_add(LEAST));
        }
    }

    /// A person wants it tried again: only what was asked for is still waited for.
    pub(super) fn lift(&mut self) {
        if matches!(self.why, Some(Why::Fails | Why::Refuses)) {
            self.until = self.since;
        }
    }

    /// It has answered well.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }
}

/// How long to wait after so many failures in a row, the last one included. `dice` adds up to a tenth,
/// so that many senders don't come back as one.
pub(super) fn interval(failures: usize, dice: u32) -> Duration {
    let [.., longest] = SCHEDULE;
    let span = SCHEDULE.get(failures.saturating_sub(1)).copied().unwrap_or(longest);
    span.mul_f64(1.0 + f64::from(dice) / f64::from(u32::MAX) / 10.0)
}

/// Spreading retries needs no better randomness than a hash map's.
pub(super) fn dice() -> u32 {
    let random = RandomState::new().build_hasher().finish() >> 32;
    u32::try_from(random).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn failures_are_tried_again_on_the_schedule_of_standard_webhooks() {
        let mut hold = Hold::default();
        let mut put = || hold.put(Why::Fails, NOW, 0).as_secs();
        let spans: Vec<_> = (0..10).map(|_| put()).collect();
        let hours = |count: u64| count * 3600;
        let rest = [2, 5, 10, 14, 20, 24, 24].map(hours);
        assert_eq!(spans[..3], [5, 300, 1800]);
        assert_eq!(spans[3..], rest);
        assert_eq!(interval(2, u32::MAX), seconds(330));
        hold.answered();
        assert_eq!(hold.put(Why::Fails, NOW, 0), seconds(5));
    }

    #[test]
    fn what_is_new_is_tried_at_once_where_a_receiver_only_fails() {
        let cases = [
            (Why::Fails, 300, Some(5), None),
            (Why::Refuses, 3600, Some(3600), None),
            (Why::Asks(seconds(7)), 7, Some(7), Some(7)),
        ];
        for (why, first, after_news, after_a_retry) in cases {
            let mut hold = Hold::default();
            let left = |hold: &Hold, now| hold.left(now).map(|left: Duration| left.as_secs());
            hold.put(why, NOW, 0);
            hold.put(why, NOW, 0);
            assert_eq!(left(&hold, NOW), Some(first));
            hold.news();
            assert_eq!(left(&hold, NOW), after_news);
            hold.lift();
            assert_eq!(left(&hold, NOW), after_a_retry);
            assert_eq!(left(&hold, NOW + seconds(first)), None);
        }
        let mut hold = Hold::default();
        assert_eq!(hold.put(Why::Asks(seconds(100_000)), NOW, 0), seconds(3600));
    }
}
