//! When does what is parked end by itself?
//!
//! Thirty days after it was parked, at the earliest: nobody has wanted it. It is a person's play, so
//! no clock that was just set, or has yet to be, ends it: nothing ends within a day of a start or of
//! such a jump. And no more at a time than the activity has room for.

use crate::event::Time;
use std::time::Duration;

/// How long something stays parked.
pub(super) const LASTS: Duration = Duration::from_secs(30 * DAY.as_secs());
const DAY: Duration = Duration::from_secs(24 * 3600);
/// No clock that is right has shown an earlier time to this program: the beginning of 2026.
pub(crate) const POSSIBLE: Time = Time(1_767_225_600_000);
/// How many end together, and how long the next ones wait then.
const AT_ONCE: (usize, Duration) = (100, Duration::from_secs(3600));

/// When something ends next.
#[derive(Debug)]
pub(crate) struct ParkedEnds {
    /// Since when the oldest is parked.
    oldest: Option<Time>,
    /// Steady time.
    not_before: Duration,
}

impl ParkedEnds {
    /// For a start at this steady time.
    pub(crate) fn from(steady: Duration) -> Self {
        Self { oldest: None, not_before: steady.saturating_add(DAY) }
    }

    /// The oldest is parked since then.
    pub(super) fn know(&mut self, oldest: Option<Time>) {
        self.oldest = oldest;
    }

    /// The wall clock was set.
    pub(super) fn clock_moved(&mut self, steady: Duration) {
        self.not_before = self.not_before.max(steady.saturating_add(DAY));
    }

    /// How long until something ends.
    pub(super) fn left(&self, (now, steady): (Time, Duration)) -> Option<Duration> {
        let due = self.oldest?.after(LASTS);
        Some(due.since(now).max(self.not_before.saturating_sub(steady)))
    }

    /// What is to end now, if something is; what is left over waits for a while.
    pub(super) fn due(&mut self, (now, steady): (Time, Duration)) -> Option<Due> {
        if self.left((now, steady)) != Some(Duration::ZERO) {
            return None;
        }
        let (most, pause) = AT_ONCE;
        self.not_before = steady.saturating_add(pause);
        Some(Due { parked_until: now.before(LASTS), most, possible: POSSIBLE })
    }
}

/// What is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// What was parked then or before.
    pub(super) parked_until: Time,
    /// No more than so many.
    pub(super) most: usize,
    /// What was parked before this was dated by a clock that was wrong.
    pub(super) possible: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_after_thirty_days_and_not_because_a_clock_was_set() {
        let parked = Time(1_790_000_000_000);
        let hour = Duration::from_secs(3600);
        let mut ends = ParkedEnds::from(hour);
        assert_eq!(ends.left((parked, hour)), None);
        ends.know(Some(parked));
        assert_eq!(ends.left((parked, hour)), Some(LASTS));
        assert_eq!(ends.left((parked.after(LASTS), hour)), Some(DAY), "a day from the start on");
        assert_eq!(ends.left((parked.after(LASTS), hour + DAY)), Some(Duration::ZERO));
        let expected = Due { parked_until: parked, most: 100, possible: POSSIBLE };
        assert_eq!(ends.due((parked.after(LASTS), hour + DAY)), Some(expected));
        assert_eq!(ends.left((parked.after(LASTS), hour + DAY)), Some(hour), "the next ones");
        ends.clock_moved(hour + DAY);
        assert_eq!(ends.left((parked.after(2 * LASTS), hour + DAY)), Some(DAY));
    }
}
