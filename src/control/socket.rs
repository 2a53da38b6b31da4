//! `control.sock`: one JSON line in, one out.

use super::{Handler, Request};
use crate::clock::Clock;
use crate::files;
use crate::threads::{self, Seats, Vital};
use rustix::net::sockopt::socket_peercred;
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

/// The socket's name in its folder.
pub const NAME: &str = "control.sock";
/// The longest line that is read, in bytes.
const LINE_MOST: u64 = 64 * 1024;
/// How many people are served at a time.
const CALLERS_MOST: usize = 8;
/// How long a caller may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);
/// What somebody is told who was turned away.
const TURNED_AWAY: &str = "the daemon closed the connection; try again";
/// How long nobody is taken when the system can't give us another socket: accept fails at once
/// then, again and again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Listens at `path`, for this user and root only, on a thread of its own.
///
/// # Errors
/// When the socket can't be made, or there is no thread to be had.
pub fn start(path: &Path, handler: Handler, vital: &Vital) -> io::Result<()> {
    let listener = files::listen(path).map_err(|error| {
        let text = format!("can't listen on the socket `{}`: {error}", path.display());
        io::Error::new(error.kind(), text)
    })?;
    let seats = Seats::new(CALLERS_MOST);
    vital.spawn("control", move || {
        let (_never, wait) = channel::<()>();
        for caller in listener.incoming() {
            let Ok(caller) = caller else {
                let _ = handler.clock.receive(&wait, Some(ACCEPT_PAUSE)); // it times out
                continue;
            };
            let Some(seat) = seats.take() else {
                continue; // closed without a word; it says "try again" itself
            };
            let handler = handler.clone();
            let serve = move || {
                let _seat = seat;
                if let Err(error) = serve(&caller, &handler) {
                    log::debug!("a caller at the control socket went away: {error}");
                }
            };
            if let Err(error) = threads::spawn("caller", serve) {
                log::warn!("the control socket can't accept a connection: {error}");
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn serve(caller: &UnixStream, handler: &Handler) -> io::Result<()> {
    let mut lines = BufReader::new(Patient::with(caller, PATIENCE).take(LINE_MOST));
    loop {
        let mut line = String::new();
        lines.get_mut().get_mut().begin_anew();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let answer = serde_json::from_str::<Request>(&line)
            .map_err(|error| format!("not a request: {error}"))
            .and_then(|request| handler.parts(request));
        let mut caller = Patient::with(caller, PATIENCE);
        match answer {
            Ok(parts) => {
                caller.write_all(b"{\"ok\":")?;
                for part in parts {
                    caller.write_all(part.as_bytes())?;
                }
                caller.write_all(b"}\n")?;
            }
            Err(error) => {
                caller.write_all(format!("{}\n", json!({ "error": error })).as_bytes())?;
            }
        }
    }
}

/// A caller to whom a line may take so long as a whole, however it comes in pieces: else a few
/// who drip a byte now and then would hold all seats.
struct Patient<'a> {
    stream: &'a UnixStream,
    span: Duration,
    /// Steady time of the machine, in which sockets wait.
    until: Duration,
}

impl<'a> Patient<'a> {
    fn with(stream: &'a UnixStream, span: Duration) -> Self {
        let mut patient = Self { stream, span, until: Duration::ZERO };
        patient.begin_anew();
        patient
    }

    /// The next line has all the time again.
    fn begin_anew(&mut self) {
        self.until = Clock::Machine.steady().saturating_add(self.span);
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_sub(Clock::Machine.steady());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Patient<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(into).map_err(late)
    }
}

impl Write for Patient<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(from).map_err(late)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Unix says of a socket whose time is over that it would block.
fn late(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

/// A connection to the running daemon.
#[derive(Debug)]
pub struct ControlClient {
    stream: UnixStream,
}

impl ControlClient {
    /// Connects, if a daemon listens at `path`.
    ///
    /// # Errors
    /// When nobody listens there, or we may not speak to who does.
    pub fn connect(path: &Path) -> io::Result<Self> {
        Ok(Self { stream: UnixStream::connect(path)? })
    }

    /// Asks and waits for the answer, for as long as [`Request::patience`].
    ///
    /// # Errors
    /// What the daemon says, or why it can't be heard.
    pub fn ask(&mut self, request: &Request) -> Result<Value, String> {
        let patience = request.patience();
        let line = serde_json::to_string(request).map_err(|error| error.to_string())?;
        let mut patient = Patient::with(&self.stream, patience);
        let mut answer = String::new();
        let asked = patient.write_all(format!("{line}\n").as_bytes());
        // One line for one: nothing of a next answer can be read with this one.
        match asked.and_then(|()| BufReader::new(patient).read_line(&mut answer)) {
            Ok(0) => return Err(TURNED_AWAY.to_owned()),
            Ok(_) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                ) =>
            {
                return Err(TURNED_AWAY.to_owned());
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                return Err(self.hangs(patience));
            }
            Err(error) => return Err(format!("the daemon does not answer: {error}")),
        }
        let mut answer: Value =
            serde_json::from_str(&answer).map_err(|error| format!("a strange answer: {error}"))?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer.get_mut("ok").map(Value::take).unwrap_or_default()),
        }
    }

    /// What to do about a daemon that has not answered for so long.
    fn hangs(&self, patience: Duration) -> String {
        let pid = socket_peercred(&self.stream).map_or(0, |peer| peer.pid.as_raw_nonzero().get());
        format!(
            "the daemon (pid {pid}) has not answered for {} s: look into its log, end it by `kill -9 \
             {pid}`, and start it again if nothing else does; what it has promised is on the disk",
            patience.as_secs()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn who_drips_a_line_has_no_more_time_than_who_sends_none() {
        let (ours, mut theirs) = UnixStream::pair().expect("two ends");
        theirs.write_all(b" ").expect("the first drop"); // a thread may need longer to begin
        let dripping = thread::spawn(move || {
            while theirs.write_all(b" ").is_ok() {
                thread::yield_now();
            }
        });
        let patient = Patient::with(&ours, Duration::from_millis(200));
        let mut line = Vec::new();
        let ended = BufReader::new(patient).read_until(b'\n', &mut line);
        assert!(ended.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut));
        assert!(!line.is_empty());
        drop(ours);
        dripping.join().expect("no panic");
    }

    #[test]
    fn who_is_turned_away_is_told_to_try_again_however_it_comes_to_know() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        let listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
        for has_asked in [false, true] {
            let mut client = ControlClient::connect(&path).expect("a connection");
            let (caller, _) = listener.accept().expect("a caller");
            if has_asked {
                client.stream.write_all(b"x").expect("sent"); // closed unread, it is a reset
            }
            drop(caller);
            assert_eq!(client.ask(&Request::Hello), Err(TURNED_AWAY.to_owned()), "{has_asked}");
        }
    }

    #[test]
    fn who_says_nothing_is_as_late_as_who_drips() {
        let (ours, _theirs) = UnixStream::pair().expect("two ends");
        let read = Patient::with(&ours, Duration::from_millis(20)).read(&mut [0]);
        assert!(read.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut));
    }
}
