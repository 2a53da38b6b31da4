//! Does a thread still move?
//!
//! One that waits looks like one that hangs. So a [`HeartbeatMonitor`] nudges its thread at each look, and the
//! thread has until the next look to come round once ([`Heartbeat::beat`]). Nobody waits for anybody,
//! and a daemon that has nothing to do wakes only as often as it is looked at.
//!
//! Not here: when to look, and what follows (`cli::serve`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the rounds of a thread. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat(Arc<AtomicU64>);

impl Heartbeat {
    /// The thread has come round.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Looks after one thread.
pub struct HeartbeatMonitor {
    name: String,
    pulse: Heartbeat,
    /// The count at the last look; `None`: there was no look, so nobody was nudged.
    seen: Option<u64>,
    nudge: Box<dyn Fn() + Send>,
}

impl HeartbeatMonitor {
    /// Looks after the thread called `name`. `nudge` makes it come round, and must not wait.
    pub fn new(name: String, pulse: Heartbeat, nudge: impl Fn() + Send + 'static) -> Self {
        Self { name, pulse, seen: None, nudge: Box::new(nudge) }
    }

    /// [Looks](Self::look); which thread it is, where it has not come round.
    pub fn stuck(&mut self) -> Option<String> {
        (!self.look()).then(|| self.name.clone())
    }

    /// Whether it has come round since the last look. The first look finds nothing amiss.
    pub fn look(&mut self) -> bool {
        let now = self.pulse.0.load(Ordering::Relaxed);
        let moves = self.seen.replace(now) != Some(now);
        (self.nudge)();
        moves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_waits_comes_round_when_it_is_nudged_and_one_that_hangs_does_not() {
        let waits = Heartbeat::default();
        let nudged = waits.clone();
        let mut waiting = HeartbeatMonitor::new("waits".into(), waits, move || nudged.beat());
        let mut hanging = HeartbeatMonitor::new("hangs".into(), Heartbeat::default(), || {});
        let looks: Vec<_> = (0..3).map(|_| (waiting.look(), hanging.look())).collect();
        assert_eq!(looks, [(true, true), (true, false), (true, false)]);
    }

    #[test]
    fn a_thread_that_goes_on_is_well_again() {
        let pulse = Heartbeat::default();
        let mut watch = HeartbeatMonitor::new("slow".into(), pulse.clone(), || {});
        assert_eq!((watch.look(), watch.look()), (true, false));
        pulse.beat();
        assert!(watch.look());
    }
}
