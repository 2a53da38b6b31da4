//! When is a history read, and since when? Pure.

use crate::desk::{EarlierRuns, POSSIBLE};
use crate::event::Time;
use std::time::Duration;

/// How much of what was read before is read again: what was counted in that moment.
const AGAIN: Duration = Duration::from_secs(3600);
/// What is older than this is left alone, unless somebody asks for it.
const OLDEST: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often a history is read where nothing happens.
const EVERY: Duration = Duration::from_secs(24 * 3600);
/// After how long one is tried again that could not be read.
const TRY_AGAIN: [Duration; 4] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(20 * 60),
    Duration::from_secs(3600),
];

/// Since when a history is read by itself.
#[must_use]
pub(super) fn since(before: EarlierRuns, now: Time) -> Time {
    // A clock that was ahead may have dated it.
    let last = before.last_run.map(|last| last.min(now).before(AGAIN));
    let first = before.first_start.min(now);
    last.unwrap_or(first).max(first).max(now.before(OLDEST))
}

/// Whether the clock can date anything.
#[must_use]
pub(super) fn is_set(now: Time) -> bool {
    now >= POSSIBLE
}

/// How long to wait after a run, of which so many have failed in a row.
#[must_use]
pub(super) fn pause(failed: usize) -> Duration {
    match failed.checked_sub(1) {
        None => EVERY,
        Some(earlier) => TRY_AGAIN.get(earlier).copied().unwrap_or(TRY_AGAIN[3]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_795_000_000_000);

    fn ago(hours: u64) -> Time {
        NOW.before(Duration::from_secs(hours * 3600))
    }

    #[test]
    fn a_window_begins_an_hour_before_the_last_run_and_not_before_the_first_start() {
        let cases = [
            // (first start, last run, expected), in hours ago
            (ago(100), Some(ago(24)), ago(25)),
            (ago(100), None, ago(100)),
            (ago(100), Some(ago(100)), ago(100)),
            (ago(2_000), Some(ago(1_500)), ago(720)),
            (ago(2_000), None, ago(720)),
            (ago(0), None, ago(0)),
            (ago(100), Some(NOW.after(Duration::from_secs(99_999))), ago(1)),
            (NOW.after(Duration::from_secs(99_999)), None, NOW),
        ];
        for (first_start, last_run, expected) in cases {
            let before = EarlierRuns { first_start, last_run };
            assert_eq!(since(before, NOW), expected, "{before:?}");
        }
    }

    #[test]
    fn what_fails_is_tried_again_soon_and_then_each_hour() {
        let minutes: Vec<u64> = (0..7).map(|failed| pause(failed).as_secs() / 60).collect();
        assert_eq!(minutes, [1440, 1, 5, 20, 60, 60, 60]);
    }
}
