//! Which threads must not end, and who is told when one does?
//!
//! A daemon that has lost one of them would go on half dead: the port open, nothing done. So the
//! end of any, by a panic or by itself, is reported at once, unless all are to stop.

use super::{End, StartError, because};
use crate::threads;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

/// Starts threads without which the daemon can't go on.
#[derive(Clone, Debug)]
pub(super) struct Vital {
    ends: Sender<End>,
    stopping: Arc<AtomicBool>,
}

impl Vital {
    /// `ends` is told of each that ends.
    pub(super) fn new(ends: &Sender<End>) -> Self {
        Self { ends: ends.clone(), stopping: Arc::default() }
    }

    /// From now on they may end.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Starts one.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(super) fn spawn(
        &self,
        name: &str,
        body: impl FnOnce() + Send + 'static,
    ) -> Result<JoinHandle<()>, StartError> {
        let (vital, called) = (self.clone(), name.to_owned());
        let spawned = threads::spawn(name, move || match catch_unwind(AssertUnwindSafe(body)) {
            Ok(()) if vital.stopping.load(Ordering::SeqCst) => {}
            Ok(()) => vital.tell(format!("the thread `{called}` ended by itself")),
            Err(_) => vital.tell(format!("the thread `{called}` panicked")),
        });
        spawned.map_err(because)
    }

    /// Something that the daemon needs can't go on.
    pub(super) fn tell(&self, why: String) {
        let _ = self.ends.send(End::Broken(why)); // nobody listens when the process ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn each_end_is_told_at_once_but_not_while_stopping() {
        let (ends, ended) = channel();
        let vital = Vital::new(&ends);
        let within = Duration::from_secs(1);
        let broken = |why: &str| Ok(End::Broken(why.to_owned()));

        let panicking = vital.spawn("desk", || panic!("as the test wants it"));
        assert_eq!(ended.recv_timeout(within), broken("the thread `desk` panicked"));
        let returning = vital.spawn("courier ann", || {});
        assert_eq!(ended.recv_timeout(within), broken("the thread `courier ann` ended by itself"));
        vital.stop();
        let told = vital.spawn("replier", || {});
        for thread in [panicking, returning, told] {
            thread.expect("a thread").join().expect("its panic was caught");
        }
        assert!(ended.try_recv().is_err());
        let late = vital.spawn("desk", || panic!("as the test wants it"));
        late.expect("a thread").join().expect("its panic was caught");
        assert_eq!(ended.try_recv().ok(), broken("the thread `desk` panicked").ok());
    }
}
