//! Which threads must not end, and who is told when one does?
//!
//! A process that has lost one of them would go on half dead: the port open, nothing done. So the
//! end of any, by a panic or by itself, is told at once, unless all are to stop. Threads that may end
//! come and go with what they serve; `Seats` bound their number.

use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Builder, JoinHandle};

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

    /// Starts one that ends when it is needed no more. Without it others go on, but not after it has
    /// panicked: what it had in hand nobody knows then.
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
                let ended = catch_unwind(AssertUnwindSafe(|| {
                    panic_if_asked(&called);
                    body()
                }));
                match ended {
                    Err(_) => vital.tell(format!("the thread `{called}` panicked")),
                    Ok(Err(error)) => vital.tell(format!("the thread `{called}` ended: {error}")),
                    Ok(Ok(())) if must_go_on => {
                        vital.tell(format!("the thread `{called}` ended by itself"));
                    }
                    Ok(Ok(())) => {}
                }
            }),
        )
    }

    /// Tells of a library's thread that panics, too; it is known by having no name, which all of
    /// ours have. (tiny_http's accept thread does so when it finds no file descriptor.) But not of
    /// one of the HTTP client's, which has one a call: who waits for the call hears of it. The
    /// panic hook is the process's, so this is for `main` and not for a library.
    pub fn watch_libraries(&self) {
        let (vital, tell_panic) = (self.clone(), panic::take_hook());
        panic::set_hook(Box::new(move |panic| {
            tell_panic(panic);
            let place = panic.location().map(Location::file);
            if thread::current().name().is_none() && !place.is_some_and(is_of_http_client) {
                vital.tell("a library's thread panicked".to_owned());
            }
        }));
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

/// Whether a source file is one of the crates that make the calls of `http`.
fn is_of_http_client(file: &str) -> bool {
    let mut folders = file.split(['/', '\\']);
    folders.any(|folder| folder.starts_with("minreq") || folder.starts_with("rustls"))
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
    Builder::new().name(name.to_owned()).spawn(body).map_err(|error| {
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

/// Free again when dropped, also by a panic or for want of a thread.
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

        let panicking = vital.spawn("desk", || panic!("as the test wants it"));
        assert_eq!(why(), "the thread `desk` panicked");
        let returning = vital.spawn("notify", || Ok(()));
        assert_eq!(why(), "the thread `notify` ended by itself");
        let failing = vital.spawn("front", || Err(io::Error::other("no door")));
        assert_eq!(why(), "the thread `front` ended: no door");
        let needed_no_more = vital.spawn_while_needed("courier ann trakt", || {});
        needed_no_more.expect("a thread").join().expect("no panic");
        let broken =
            vital.spawn_while_needed("courier ben trakt", || panic!("as the test wants it"));
        assert_eq!(why(), "the thread `courier ben trakt` panicked");
        vital.stop();
        let told = vital.spawn("replier", || Ok(()));
        for thread in [panicking, returning, failing, broken, told] {
            thread.expect("a thread").join().expect("its panic was caught");
        }
        assert!(ended.try_recv().is_err());
    }

    #[test]
    fn a_panic_of_the_http_client_is_told_from_others_by_its_place() {
        for (file, is_its) in [
            ("/root/.cargo/registry/src/index.crates.io-1949/minreq-3.0.0/src/response.rs", true),
            ("vendor/minreq/src/connection.rs", true),
            ("/cargo/registry/src/x/rustls-webpki-0.103.4/src/der.rs", true),
            ("/cargo/registry/src/x/tiny_http-0.12.0/src/lib.rs", false),
            ("src/http/mod.rs", false),
            ("/rustc/7a3d/library/core/src/panicking.rs", false),
        ] {
            assert_eq!(is_of_http_client(file), is_its, "{file}");
        }
    }

    #[test]
    fn a_seat_is_free_again_however_its_thread_went() {
        let seats = Seats::new(8);
        let taken: Vec<_> = (0..8).map_while(|_| seats.take()).collect();
        assert_eq!(taken.len(), 8);
        assert!(seats.take().is_none(), "all are taken");
        drop(taken);
        let panicking = thread::spawn({
            let seat = seats.take();
            move || {
                let _seat = seat.expect("there is room again");
                panic!("as the test wants it");
            }
        });
        assert!(panicking.join().is_err());
        assert_eq!(seats.free.load(Ordering::SeqCst), 8);
    }
}
