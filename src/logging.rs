//! The log: one thread that writes to stderr, behind a bounded channel.
//!
//! Of what happens very often some lines a minute are written and then how many more there were
//! ([`quota`]): a log must not fill the disk. At `debug` all are. What is not written is counted by
//! who logs it: the thread is not woken for that.
//!
//! Whoever logs never waits and never fails: a full disk or a closed pipe behind stderr costs
//! lines, which are counted, and nothing else. Panics are told here too: the standard library's own
//! way waits at stderr for a reader that may never come.

mod quota;

use crate::clock::{Clock, Stamp};
use crate::plain::{lines, one_line};
use log::{Level, LevelFilter, Log, Metadata, Record};
use quota::Quota;
use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long an ending process waits for stderr.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many lines may wait to be written.
const WAITING_LINES: usize = 1024;

/// Lines that could not be written, since the start.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Lines from one place in the program are of one kind.
type Kind = (Option<&'static str>, Option<u32>, Level, String);

enum Message {
    Line(Kind, String),
    Flush(Sender<()>),
}

struct Logger {
    to_write: SyncSender<Message>,
    bound: Bound,
}

/// How much of what happens often is written. Nobody holds its lock while writing.
#[derive(Clone, Default)]
struct Bound(Arc<Mutex<Quota<Kind>>>);

impl Bound {
    fn quota(&self) -> MutexGuard<'_, Quota<Kind>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the log. Lines carry the time of this machine's zone with its offset; under a service manager
/// that stamps them itself (systemd) none.
/// A second call only changes the level.
pub fn start(level: LevelFilter) {
    log::set_max_level(level);
    let (to_write, receiver) = sync_channel(WAITING_LINES);
    let logger = Logger { to_write, bound: Bound::default() };
    let bound = logger.bound.clone();
    let stamped = std::env::var_os("JOURNAL_STREAM").is_none();
    let work = move || write(&receiver, &bound, stamped);
    if thread::Builder::new().name("log".into()).spawn(work).is_ok() {
        // The second logger of a process is refused, and its thread ends with it.
        let _ = log::set_boxed_logger(Box::new(logger));
    }
}

/// Waits until what was logged so far is written, for a second at most.
pub fn flush() {
    log::logger().flush();
}

/// Writes the last words of a process to stderr, and waits for a second at most: an ending
/// process must end, even if nobody takes what it says.
pub fn last_words(text: &str) {
    fn say(text: &str) {
        let _ = writeln!(io::stderr(), "{}", lines(text)); // a closed stderr changes nothing
    }
    let (done, wait) = channel();
    let words = text.to_owned();
    let spoken = thread::Builder::new().name("last words".into()).spawn(move || {
        say(&words);
        let _ = done.send(()); // who waited may have gone
    });
    match spoken {
        Ok(_) => drop(wait.recv_timeout(PATIENCE)), // late is lost
        Err(_) => say(text),                        // the want of threads may be what is to be told
    }
}

/// From now on a panic of whatever thread is told, and ends the process so that it can be restarted.
/// (A release could not go on anyway: it is built without unwinding.)
#[expect(clippy::disallowed_methods, reason = "an abort leaves what is in memory in a core file")]
pub fn end_on_panic() {
    panic::set_hook(Box::new(|panic| {
        flush();
        last_words(&told(panic));
        process::exit(1)
    }));
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    // All of ours have a name.
    let thread = thread::current().name().map(|name| format!("the thread `{name}`"));
    let thread = thread.unwrap_or_else(|| "a library's thread".to_owned());
    let place = panic.location().map_or(String::new(), |place| format!(" at {place}"));
    let why = panic.payload_as_str().unwrap_or("no message");
    format!("bug: {thread} panicked{place}: {why}: exiting, so that it can be restarted")
}

/// How many lines could not be written since the start.
pub fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What the libraries tell at `debug` (each connection, each TLS message) is of interest
        // to nobody who looks for a lost play, and may hold what must not be seen.
        metadata.target().starts_with("scrobbled") && metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (level, target) = (record.level(), record.target().to_owned());
        let kind = (record.file_static(), record.line(), level, target);
        let text = one_line(&record.args().to_string());
        let is_bounded = level <= Level::Info;
        if is_bounded && !self.bound.quota().takes(&kind, &text, Clock::Machine.steady()) {
            return;
        }
        let sent = self.to_write.try_send(Message::Line(kind, text));
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = sent {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&self) {
        let (done, wait) = channel();
        if self.to_write.try_send(Message::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(PATIENCE); // late is lost
        }
    }
}

fn write(messages: &Receiver<Message>, bound: &Bound, stamped: bool) {
    let write = |(_, _, level, target): &Kind, text: &str| {
        let stamp =
            if stamped { format!("{} ", Stamp(Clock::Machine.now())) } else { String::new() };
        let line = format!("{stamp}{level:<5} [{target}] {text}\n"); // in one go, for who reads along
        if io::stderr().write_all(line.as_bytes()).is_err() {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
    };
    let clock = Clock::Machine;
    let write_over = |now| {
        let over = bound.quota().over(now);
        for (kind, said) in over {
            write(&kind, &said);
        }
    };
    loop {
        let due = bound.quota().due();
        let message = clock.receive(messages, due.map(|due| due.saturating_sub(clock.steady())));
        write_over(clock.steady());
        match message {
            Ok(Message::Line(kind, text)) => write(&kind, &text),
            Ok(Message::Flush(done)) => {
                write_over(Duration::MAX);
                let _ = done.send(()); // who waited may have gone
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
