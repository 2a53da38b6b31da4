//! What stands in the way, and for how long?
//!
//! Pure but for the [`dice`]: the time is steady time, from outside.

use crate::tracker::Hurdle;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// After how many failures in a row a tracker is called unreachable: one is nothing to tell.
const TOLD_AFTER: u32 = 4;
/// After how long the head of a queue is tried again while the account is refused.
pub(super) const ACCOUNT_PAUSE: Duration = Duration::from_secs(60 * 60);
/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// Why and until when nothing is sent.
#[derive(Debug, Default)]
pub(super) struct Hold {
    until: Option<Duration>,
    /// Whether it is the tracker that wants us to wait.
    is_told: bool,
    failures: Failures,
}

impl Hold {
    /// How long nothing is sent yet; `None` where nothing stands in the way.
    pub(super) fn left(&self, now: Duration) -> Option<Duration> {
        let left = self.until?.saturating_sub(now);
        (!left.is_zero()).then_some(left)
    }

    /// Nothing is sent while `hurdle` stands in the way; returns how long that is at first.
    pub(super) fn put(&mut self, hurdle: &Hurdle, now: Duration, dice: u32) -> Duration {
        let span = match hurdle {
            Hurdle::Unauthorised | Hurdle::Refused(_) => ACCOUNT_PAUSE,
            Hurdle::TooFast(span) | Hurdle::UsedUp(span) => *span,
            Hurdle::Locked(waits) => {
                let back_off = self.failures.one_more(dice);
                waits.get(self.failures.before()).copied().unwrap_or(back_off)
            }
            Hurdle::Unreachable { told, .. } => {
                let back_off = self.failures.one_more(dice);
                told.unwrap_or(back_off)
            }
        };
        self.pause(span, now);
        self.is_told = matches!(hurdle, Hurdle::TooFast(_) | Hurdle::UsedUp(_));
        span
    }

    /// Nothing is sent for `span`.
    pub(super) fn pause(&mut self, span: Duration, now: Duration) {
        (self.until, self.is_told) = (Some(now.saturating_add(span)), false);
    }

    /// A person wants it tried again: only what the tracker asked for is still waited for.
    pub(super) fn lift(&mut self) {
        if !self.is_told {
            self.until = None;
        }
    }

    /// The tracker has answered in earnest; whether it had failed to before.
    pub(super) fn answered(&mut self) -> bool {
        std::mem::take(&mut self.failures) != Failures::default()
    }

    /// Whether the last call came to nothing.
    pub(super) fn is_failing(&self) -> bool {
        self.failures != Failures::default()
    }

    /// Whether so many calls have come to nothing that it is worth telling.
    pub(super) fn is_worth_telling(&self) -> bool {
        self.failures.are_many()
    }
}

/// How often in a row something came to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Failures(u32);

impl Failures {
    /// Counts one more; returns how long to wait before the next try: doubling, from 1 s to 5 min.
    /// `dice` takes up to half of it off, so that many couriers don't come back as one.
    pub(super) fn one_more(&mut self, dice: u32) -> Duration {
        self.0 = self.0.saturating_add(1);
        let doubled = Duration::from_secs(1 << self.0.clamp(1, 9)).min(LONGEST);
        doubled.mul_f64(1.0 - f64::from(dice) / f64::from(u32::MAX) / 2.0)
    }

    /// How many there were before the last one.
    pub(super) fn before(self) -> usize {
        usize::try_from(self.0.saturating_sub(1)).unwrap_or(usize::MAX)
    }

    /// Whether they are worth telling.
    pub(super) fn are_many(self) -> bool {
        self.0 >= TOLD_AFTER
    }
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

    fn unreachable(told: Option<u64>) -> Hurdle {
        Hurdle::Unreachable { told: told.map(Duration::from_secs), why: String::new() }
    }

    #[test]
    fn back_off_grows_from_one_second_to_five_minutes_and_spreads() {
        let pauses = |dice| {
            let mut failures = Failures::default();
            (0..10).map(|_| failures.one_more(dice).as_secs()).collect::<Vec<_>>()
        };
        assert_eq!(pauses(0), [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(pauses(u32::MAX), [1, 2, 4, 8, 16, 32, 64, 128, 150, 150]);
        assert_eq!(Failures(u32::MAX).one_more(u32::MAX).as_secs(), 150);
    }

    #[test]
    fn each_hurdle_holds_for_its_time_and_a_person_lifts_all_but_what_was_asked_for() {
        const LOCK: &[Duration] = &[Duration::from_secs(3)];
        let cases = [
            (Hurdle::Unauthorised, 3600, None),
            (Hurdle::TooFast(Duration::from_secs(7)), 7, Some(7)),
            (unreachable(None), 2, None),
            (unreachable(Some(40)), 40, None),
            (Hurdle::UsedUp(Duration::from_secs(50_000)), 50_000, Some(50_000)),
            (Hurdle::Locked(LOCK), 3, None),
        ];
        for (hurdle, seconds, after_a_retry) in cases {
            let mut hold = Hold::default();
            let left = |hold: &Hold, now| hold.left(now).map(|left: Duration| left.as_secs());
            assert_eq!(hold.put(&hurdle, NOW, 0).as_secs(), seconds, "{hurdle:?}");
            assert_eq!(left(&hold, NOW), Some(seconds), "{hurdle:?}");
            assert_eq!(left(&hold, NOW + Duration::from_secs(seconds)), None, "{hurdle:?}");
            hold.lift();
            assert_eq!(left(&hold, NOW), after_a_retry, "{hurdle:?}");
        }
    }

    #[test]
    fn a_lock_is_tried_at_its_own_intervals_and_then_as_an_outage() {
        const WAITS: &[Duration] = &[Duration::from_secs(2), Duration::from_secs(21)];
        let mut hold = Hold::default();
        let mut wait = || hold.put(&Hurdle::Locked(WAITS), NOW, 0).as_secs();
        assert_eq!([wait(), wait(), wait(), wait()], [2, 21, 8, 16]);
        assert!(hold.answered());
        assert_eq!(hold.put(&Hurdle::Locked(WAITS), NOW, 0).as_secs(), 2);
    }

    #[test]
    fn an_outage_is_worth_telling_from_the_fourth_failure_on_and_ends_with_an_answer() {
        let mut hold = Hold::default();
        let told: Vec<bool> = (0..4)
            .map(|_| {
                hold.put(&unreachable(Some(1)), NOW, 0);
                hold.is_worth_telling()
            })
            .collect();
        assert_eq!(told, [false, false, false, true]);
        assert!(hold.is_failing());
        assert_eq!((hold.answered(), hold.answered()), (true, false));
        assert!(!hold.is_failing() && !hold.is_worth_telling());
    }
}
