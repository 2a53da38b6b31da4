//! When does what is parked end by itself?
//!
//! Thirty days after it was parked, at the earliest: nobody has wanted it. It is a person's play, so
//! no clock that was just set, or has yet to be, ends it: nothing ends within a day of a start or of
//! such a jump. And no more at a time than the activity has room for.

use super::thread::Desk;
use crate::event::Time;
use std::time::Duration;

/// How long something stays parked.
pub(super) const LASTS: Duration = Duration::from_secs(30 * DAY.as_secs());
const DAY: Duration = Duration::from_secs(24 * 3600);
/// No clock that is right has shown an earlier time to this program: the beginning of 2026.
const POSSIBLE: Time = Time(1_767_225_600_000);
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
}

impl Desk {
    /// Gives up what has been parked for so long.
    pub(super) fn end_parked(&mut self, now: Time) {
        let steady = self.clock.steady();
        if self.parked_ends.left((now, steady)) != Some(Duration::ZERO) {
            return;
        }
        let (most, pause) = AT_ONCE;
        self.parked_ends.not_before = steady.saturating_add(pause);
        match self.store.end_parked(now.before(LASTS), most, (POSSIBLE, now)) {
            Ok(ended) => {
                for (tracker, intent) in &ended {
                    if let Some(intent) = intent {
                        let why = "parked for 30 days, and neither sent again nor given up";
                        self.note_delivery(
                            (tracker, intent),
                            ("dropped", "expired"),
                            why.to_owned(),
                            now,
                        );
                    }
                }
                self.count();
            }
            Err(error) => log::warn!("what has been parked for 30 days can't be given up: {error}"),
        }
    }
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
        ends.clock_moved(hour + DAY);
        assert_eq!(ends.left((parked.after(2 * LASTS), hour + DAY)), Some(DAY));
    }
}
