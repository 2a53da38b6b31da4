//! Which run does somebody follow without waiting for its end?

use super::report::Report;
use crate::threads;
use serde::Serialize;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The run that was begun last so. All clones are one.
#[derive(Clone, Default)]
pub(super) struct Followed(Arc<Mutex<Option<Run>>>);

enum Run {
    UnderWay(Receiver<Report>),
    Over(Report),
}

/// How such a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Standing {
    /// It is not over.
    UnderWay {
        /// True.
        pending: bool,
    },
    /// What it has found.
    Over(Report),
}

impl Followed {
    /// Begins a run, unless one is under way.
    ///
    /// # Errors
    /// When one is, or the system has no thread to give.
    pub(super) fn begin(
        &self,
        run: impl FnOnce() -> Report + Send + 'static,
    ) -> Result<(), String> {
        let mut last = self.lock();
        if matches!(look(&mut last), Some(Standing::UnderWay { .. })) {
            return Err("the histories are being read already: wait until that is over".to_owned());
        }
        let (told, report) = channel();
        threads::spawn("catch-up", move || {
            let _ = told.send(run()); // nobody need ask
        })
        .map_err(|error| error.to_string())?;
        *last = Some(Run::UnderWay(report));
        Ok(())
    }

    /// How the last one stands, if there was one.
    pub(super) fn standing(&self) -> Option<Standing> {
        look(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes in what a run has found since. One that ended without a report is none.
fn look(last: &mut Option<Run>) -> Option<Standing> {
    if let Some(Run::UnderWay(report)) = last {
        match report.try_recv() {
            Ok(report) => *last = Some(Run::Over(report)),
            Err(TryRecvError::Empty) => return Some(Standing::UnderWay { pending: true }),
            Err(TryRecvError::Disconnected) => *last = None,
        }
    }
    match last {
        Some(Run::Over(report)) => Some(Standing::Over(report.clone())),
        Some(Run::UnderWay(_)) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use std::time::Duration;

    /// What came of the run under way.
    fn end(followed: &Followed) -> Option<Standing> {
        let (_never, wait) = channel::<()>();
        for _ in 0..20_000 {
            match followed.standing() {
                Some(Standing::UnderWay { .. }) => {
                    let _ = Clock::Machine.receive(&wait, Some(Duration::from_millis(1)));
                }
                end => return end,
            }
        }
        panic!("it never ends");
    }

    #[test]
    fn one_run_at_a_time_is_followed_to_its_report_which_stays() {
        let followed = Followed::default();
        assert_eq!(followed.standing(), None);
        let (end_it, ended) = channel::<()>();
        let report = |dry_run| Report { dry_run, ..Report::default() };
        followed
            .begin(move || {
                let _ = ended.recv();
                report(true)
            })
            .expect("a thread");
        assert_eq!(followed.standing(), Some(Standing::UnderWay { pending: true }));
        let second = followed.begin(move || report(false));
        assert!(second.is_err_and(|why| why.contains("wait until that is over")));
        drop(end_it);
        for _ in 0..2 {
            assert_eq!(end(&followed), Some(Standing::Over(report(true))));
        }
        followed.begin(move || report(false)).expect("a thread");
        assert_eq!(end(&followed), Some(Standing::Over(report(false))));
    }
}
