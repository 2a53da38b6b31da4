//! When may the next call be made?
//!
//! Pure, and of no service in particular: what a service allows is a [`Limit`], which stands where
//! that service is known.

use std::time::Duration;

/// How often calls may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// One call in so long.
    pub every: Duration,
    /// And so many at once after a rest.
    pub at_once: u32,
}

/// The calls of somebody who keeps to a [`Limit`]: never more in any span than that many at once
/// and one for each interval in it (the generic cell rate algorithm).
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    limit: Limit,
    /// When all the calls of now would have been made, an interval apart. Steady time.
    due: Duration,
}

impl Pace {
    /// No call was made yet.
    #[must_use]
    pub fn new(limit: Limit) -> Self {
        Self { limit, due: Duration::ZERO }
    }

    /// How long the next call has to wait.
    #[must_use]
    pub fn wait(&self, now: Duration) -> Duration {
        let ahead = self.limit.every.saturating_mul(self.limit.at_once.saturating_sub(1));
        self.due.saturating_sub(ahead).saturating_sub(now)
    }

    /// So many calls have been made by now. They may be more than there was room for: then the
    /// next one waits for all of them.
    pub fn spend(&mut self, calls: u32, now: Duration) {
        if calls > 0 {
            let span = self.limit.every.saturating_mul(calls);
            self.due = self.due.max(now).saturating_add(span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const LIMIT: Limit = Limit { every: Duration::from_millis(300), at_once: 5 };

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn so_many_go_at_once_and_then_one_each_interval() {
        let mut pace = Pace::new(LIMIT);
        let mut waits = Vec::new();
        for _ in 0..7 {
            waits.push(pace.wait(ms(1000)).as_millis());
            pace.spend(1, ms(1000));
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 300, 600]);
        assert_eq!((pace.wait(ms(1899)), pace.wait(ms(1900))), (ms(1), ms(0)));
        pace.spend(0, ms(99_000));
        assert_eq!(pace.wait(ms(1899)), ms(1), "what was not done costs nothing");
    }

    #[test]
    fn one_at_a_time_is_an_interval_after_the_last() {
        let mut pace = Pace::new(Limit { every: ms(1000), at_once: 1 });
        assert_eq!(pace.wait(ms(0)), ms(0));
        pace.spend(1, ms(40));
        assert_eq!((pace.wait(ms(1039)), pace.wait(ms(1040))), (ms(1), ms(0)));
    }

    #[test]
    fn without_an_interval_nobody_waits() {
        let mut pace = Pace::new(Limit { every: ms(0), at_once: 1 });
        pace.spend(u32::MAX, ms(7));
        assert_eq!(pace.wait(ms(7)), ms(0));
    }

    #[test]
    fn what_was_too_much_is_waited_for() {
        let mut pace = Pace::new(LIMIT);
        pace.spend(9, ms(0));
        assert_eq!(pace.wait(ms(0)), ms(5 * 300), "five go at once, and four and one wait");
    }

    proptest! {
        /// However calls and rests follow each other.
        #[test]
        fn no_span_has_more_than_the_limit(rests in vec(0_u64..3_000, 1..80), span in 1_u64..9_000) {
            let (mut pace, mut now) = (Pace::new(LIMIT), Duration::ZERO);
            let mut made = Vec::new();
            for rest in rests {
                now += ms(rest) + pace.wait(now + ms(rest));
                pace.spend(1, now);
                made.push(now);
            }
            let most = u128::from(LIMIT.at_once) + ms(span).as_nanos() / LIMIT.every.as_nanos();
            for first in &made {
                let within = made.iter().filter(|at| (*first..*first + ms(span)).contains(*at));
                prop_assert!(within.count() as u128 <= most, "{made:?}");
            }
        }
    }
}
