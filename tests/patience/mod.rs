//! How do tests wait? For a condition, and never longer than they must.

use std::fmt::Debug;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until what is seen is what is waited for, and gives it. Says what it last saw when it has
/// waited in vain.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "the one place that may sleep")]
pub(crate) fn wait_for<T: Debug>(
    what: &str,
    mut look: impl FnMut() -> T,
    mut done: impl FnMut(&T) -> bool,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look();
        if done(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}; last seen: {seen:#?}");
        thread::sleep(Duration::from_millis(3));
    }
}
