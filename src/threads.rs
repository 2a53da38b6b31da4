//! Which threads must not end, and who is told when one does?
//!
//! A process that has lost one of them would go on half dead: the port open, nothing done. So the
//! end of any is told at once, unless all are to stop. (A panic ends the process in any thread:
//! `logging`.) Threads that may end come and go with what they serve; `Seats` bound their number.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};

/// What a thread does, and with what it ends.
type Body = Box<dyn FnOnce() -> io::Result<()> + Send>;

/// Starts threads without which the process can't go on. All clones are one.
#[derive(Clone)]
pub struct Vital {
    on_end: Arc<dyn Fn(String) + Send + Sync>,
    stopping: Arc<AtomicBool>,
}

impl Vital {
    /// `on_end` is told of each that ends, and why, by the thread itself; the process must end
    /// then.
    #[must_use]
    pub fn new(on_end: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self { on_end: Arc::new(on_end), stopping: Arc::default() }
    }

    /// From now on they may end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Starts one, called `name`.
    ///
    /// In a build with debug assertions the thread that the variable `SCROBBLED_TEST_PANIC` names
    /// panics instead of doing its work, so that a test can see what follows.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn spawn(
        &self,
        name: &str,
        body: impl FnOnce() -> io::Result<()> + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        self.spawn_watched(name, Box::new(body), true)
    }

    /// Starts one that ends when it is needed no more: others go on without it.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn spawn_while_needed(
        &self,
        name: &str,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let body = move || {
            body();
            Ok(())
        };
        self.spawn_watched(name, Box::new(body), false)
    }

    /// Not generic, so that it is in the binary once and not once per thread.
    fn spawn_watched(
        &self,
        name: &str,
        body: Body,
        must_go_on: bool,
    ) -> io::Result<JoinHandle<()>> {
        let (vital, called) = (self.clone(), name.to_owned());
        start(
            name,
            Box::new(move || {
                panic_if_asked(&called);
                match body() {
                    Err(error) => vital.tell(format!("the thread `{called}` ended: {error}")),
                    Ok(()) if must_go_on => {
                        vital.tell(format!("the thread `{called}` ended by itself"));
                    }
                    Ok(()) => {}
                }
            }),
        )
    }

    fn tell(&self, why: String) {
        if !self.stopping.load(Ordering::SeqCst) {
            (self.on_end)(why);
        }
    }
}

impl fmt::Debug for Vital {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vital").field("stopping", &self.stopping).finish_non_exhaustive()
    }
}

fn panic_if_asked(name: &str) {
    #[cfg(debug_assertions)]
    assert!(
        std::env::var_os("SCROBBLED_TEST_PANIC").is_none_or(|asked| asked != name),
        "as SCROBBLED_TEST_PANIC asks"
    );
    #[cfg(not(debug_assertions))]
    let _ = name;
}

/// Starts a thread called `name` that may end, since others can do without it.
///
/// # Errors
/// When the system has none to give.
pub(crate) fn spawn(
    name: &str,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    start(name, Box::new(body))
}

fn start(name: &str, body: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    // A name with a NUL would panic; they have names from the config in them, and of servers.
    Builder::new().name(name.replace('\0', " ")).spawn(body).map_err(|error| {
        let text = format!(
            "can't start the thread `{name}`: {error}; let this user have 64 of them (ulimit -u, \
             TasksMax)"
        );
        io::Error::new(error.kind(), text)
    })
}

/// Seats for threads of which there may only be so many.
pub(crate) struct Seats {
    free: Arc<AtomicUsize>,
}

impl Seats {
    pub(crate) fn new(count: usize) -> Self {
        Self { free: Arc::new(AtomicUsize::new(count)) }
    }

    /// One of them, if one is free.
    pub(crate) fn take(&self) -> Option<Seat> {
        let taken =
            self.free.try_update(Ordering::SeqCst, Ordering::SeqCst, |free| free.checked_sub(1));
        taken.ok().map(|_| Seat { free: self.free.clone() })
    }
}

/// Free again when dropped, also for want of a thread.
pub(crate) struct Seat {
    free: Arc<AtomicUsize>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.free.fetch_add(1, Ordering::SeqCst);
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
        let vital = Vital::new(move |why| ends.send(why).expect("the test listens"));
        let why = || ended.recv_timeout(Duration::from_secs(10)).expect("an end");

        let returning = vital.spawn("notify", || Ok(()));
        assert_eq!(why(), "the thread `notify` ended by itself");
        let failing = vital.spawn("front", || Err(io::Error::other("no door")));
        assert_eq!(why(), "the thread `front` ended: no door");
        let needed_no_more = vital.spawn_while_needed("courier ann trakt", || {});
        needed_no_more.expect("a thread").join().expect("no panic");
        vital.stop();
        let told = vital.spawn("replier", || Ok(()));
        for thread in [returning, failing, told] {
            thread.expect("a thread").join().expect("no panic");
        }
        assert!(ended.try_recv().is_err());
    }

    #[test]
    fn a_seat_is_free_again_when_its_thread_has_ended() {
        let seats = Seats::new(8);
        let taken: Vec<_> = (0..8).map_while(|_| seats.take()).collect();
        assert_eq!(taken.len(), 8);
        assert!(seats.take().is_none(), "all are taken");
        drop(taken);
        let seat = seats.take();
        let ending = spawn("seated", move || drop(seat.expect("there is room again")));
        ending.expect("a thread").join().expect("no panic");
        assert_eq!(seats.free.load(Ordering::SeqCst), 8);
    }
}
