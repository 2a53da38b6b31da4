//! The real binary, a stand-in for Trakt beside it, and media servers that post to it.
//!
//! ```text
//! let trakt = Trakt::start();
//! let daemon = Scrobbled::with_config("").start(&trakt).login();
//! daemon.post(&plex("play").at(5.0));
//! wait_for("a start", || trakt.calls(), |calls| calls == &["start A 5"]);
//! ```
//!
//! [`by_hand`] runs the same daemon on a clock that the test moves; [`script`] writes viewings as
//! docs/rules.md does. Nothing here knows more than what is promised: the command line, the URLs,
//! the webhooks' shapes, and `status --json`.

#![allow(dead_code, reason = "each test crate uses its own part of this")]

pub(crate) mod by_hand;
pub(crate) mod items;
#[path = "../patience/mod.rs"]
mod patience;
mod process;
pub(crate) mod script;
pub(crate) mod trackers;
pub(crate) mod webhook;

pub(crate) use patience::wait_for;
pub(crate) use process::{Scrobbled, Setup};

use patience::PATIENCE;
use scrobbled::clock::Clock;
use standin::trakt::{self, Catalogue, Order, Server};
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Lets real time pass: the machine's, in which a daemon dies.
pub(crate) fn pass(span: Duration) {
    let (_never, nothing) = channel::<()>();
    let _ = nothing.recv_timeout(span); // always the end of the time
}

/// How long `act` takes, with what it gives.
#[expect(clippy::disallowed_methods, reason = "the daemon promises real seconds here")]
pub(crate) fn timed<T>(act: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let result = act();
    (begin.elapsed(), result)
}

/// The stand-in for Trakt, which knows the films and episodes of [`items::ITEMS`].
pub(crate) struct Trakt {
    pub(crate) server: Server,
}

impl Trakt {
    pub(crate) fn start() -> Self {
        Self::on(Clock::Machine)
    }

    pub(crate) fn on(clock: Clock) -> Self {
        let mut catalogue = Catalogue::samples();
        items::declare(&mut catalogue, &items::ITEMS);
        Self::with(catalogue, clock)
    }

    /// One that knows these things.
    pub(crate) fn knowing(catalogue: Catalogue) -> Self {
        Self::with(catalogue, Clock::Machine)
    }

    pub(crate) fn with(catalogue: Catalogue, clock: Clock) -> Self {
        let trakt = trakt::Trakt::new(catalogue);
        let now = move || standin::Time(clock.now().0);
        Self { server: Server::start(trakt, "127.0.0.1:0", now).expect("a port for Trakt") }
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.server.calls()
    }

    pub(crate) fn plays(&self, label: &str) -> usize {
        self.server.plays(label).len()
    }

    pub(crate) fn order(&self, order: Order) {
        self.server.order(order);
    }

    /// Waits until the calls are these, and shows them otherwise.
    #[track_caller]
    pub(crate) fn wait_for_calls(&self, expected: &[&str]) {
        wait_for(&format!("{expected:?}"), || self.calls(), |calls| calls == expected);
    }
}

/// A folder of its own, removed in the end. A daemon may be another user there.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let open_to_all = Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().permissions(open_to_all).tempdir();
        Self(folder.expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("scrobbled.toml")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
    }
}

/// What a command said, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: &std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What it said, where it has gone well.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.out
    }
}

/// A command in a folder, with nothing of the surroundings that could change what it does.
pub(crate) fn command(program: &Path, home: &Home) -> Command {
    let mut command = Command::new(program);
    command.current_dir(home.path()).stdin(Stdio::null());
    if home.config().exists() {
        command.env("SCROBBLED_CONFIG", home.config());
    }
    for (name, _) in std::env::vars() {
        let ours = name.starts_with("SCROBBLED_") && name != "SCROBBLED_CONFIG";
        if ours || ["STATE_DIRECTORY", "RUNTIME_DIRECTORY"].contains(&name.as_str()) {
            command.env_remove(name);
        }
    }
    command
}

/// The binary under test.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_scrobbled"))
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// One POST on a connection of its own.
pub(crate) fn send(
    mut stream: TcpStream,
    target: &str,
    content_type: &str,
    body: &[u8],
) -> std::io::Result<Answer> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: scrobbled\r\nConnection: close\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    answer(stream)
}

/// Reads an answer up to the end of the connection.
pub(crate) fn answer(mut stream: TcpStream) -> std::io::Result<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

/// Fails with everything that went wrong in a table.
#[track_caller]
pub(crate) fn all_good(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} of the table went wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}
