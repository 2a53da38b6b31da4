//! What a service manager sees of the real binary: systemd's protocol and the exit codes.

#![cfg(test)]

mod patience;

use patience::wait_for;
use scrobbled::clock::Clock;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A folder with a config in it.
fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("scrobbled.toml"), config).expect("a config");
    folder
}

fn serve(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scrobbled"));
    command.args(["serve", "--config"]).arg(folder.path().join("scrobbled.toml"));
    command.env_clear().stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The daemon; a test that fails does not leave it behind.
struct Daemon(Child);

impl Daemon {
    fn terminate(&mut self) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(sent.success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What was said to the service manager at `path`, so far and from now on.
struct Told {
    socket: UnixDatagram,
    words: Vec<String>,
}

impl Told {
    fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).expect("a socket");
        socket.set_nonblocking(true).expect("a socket");
        Self { socket, words: Vec::new() }
    }

    fn hear(&mut self) -> Vec<String> {
        let mut room = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut room) {
            self.words.push(String::from_utf8_lossy(&room[..length]).into_owned());
        }
        self.words.clone()
    }
}

#[test]
fn the_service_manager_is_told_of_start_state_life_and_end() {
    let folder = folder("listen = '127.0.0.1:0'\n");
    let socket = folder.path().join("notify");
    let mut told = Told::at(&socket);
    let serve = serve(&folder).env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "150000").spawn();
    let mut daemon = Daemon(serve.expect("the daemon starts"));

    let says_what_to_do = |word: &String| {
        word.starts_with("STATUS=listening on http://127.0.0.1:")
            && word.contains(
                ": account `default`: no Trakt, Simkl or MDBList app is configured: create one at ",
            )
    };
    // How an account is, is not known yet when the watchdog is fed first.
    let is_told = |words: &Vec<String>| {
        let feedings = words.iter().filter(|word| *word == "WATCHDOG=1");
        feedings.count() >= 5 && words.iter().any(says_what_to_do)
    };
    let words = wait_for("five feedings and its state", || told.hear(), is_told);
    assert_eq!(words[0], "READY=1");
    assert!(!words.contains(&"STOPPING=1".to_owned()), "{words:?}");

    daemon.terminate();
    let end = wait_for("the end", || daemon.0.try_wait().expect("a child"), Option::is_some);
    assert_eq!(end.and_then(|end| end.code()), Some(0));
    assert_eq!(told.hear().last().map(String::as_str), Some("STOPPING=1"));
}

#[test]
fn a_wrong_config_ends_with_2_so_that_it_is_not_started_again() {
    let folder = folder("watched_at = 90\n");
    let status = serve(&folder).status().expect("it runs");
    assert_eq!(status.code(), Some(2));
}

/// Starts it with one account that only rehearses, which needs no login for its courier.
fn serve_with_account(asked: Option<&str>, stderr: Stdio) -> (TempDir, Daemon) {
    let config = "listen = '127.0.0.1:0'\ndata_dir = 'data'\n[[account]]\nname = 'ann'\nplex = '*'\ndry_run = true\n\
                  [jellyfin]\nurl = 'http://127.0.0.1:1'\napi_key = 'key'\n\
                  [notify]\nurl = 'http://127.0.0.1:1'\n";
    let folder = folder(config);
    let mut serve = serve(&folder);
    serve.stdout(Stdio::piped()).stderr(stderr);
    serve.envs(asked.map(|thread| ("SCROBBLED_TEST_PANIC", thread)));
    let daemon = Daemon(serve.spawn().expect("the daemon starts"));
    (folder, daemon)
}

/// The exit code, all that was said on stderr, and how long it took to say so.
fn end_of(mut daemon: Daemon, since: Duration) -> (Option<i32>, String, Duration) {
    let end = wait_for("the end", || daemon.0.try_wait().expect("a child"), Option::is_some);
    let took = Clock::Machine.steady().saturating_sub(since);
    let mut said = String::new();
    if let Some(stderr) = &mut daemon.0.stderr {
        stderr.read_to_string(&mut said).expect("text");
    }
    (end.and_then(|end| end.code()), said, took)
}

#[test]
#[cfg(debug_assertions)] // only then can a thread be asked to panic
fn a_thread_that_panics_takes_the_daemon_with_it_at_once_and_says_so() {
    let threads = [
        "front",
        "worker-1",
        "worker-4",
        "replier",
        "page",
        "desk",
        "courier ann trakt",
        "asker jellyfin",
        "control",
        "notify",
        "reload",
        "signals",
    ];
    for thread in threads {
        let begun = Clock::Machine.steady();
        let (_folder, daemon) = serve_with_account(Some(thread), Stdio::piped());
        let (code, said, took) = end_of(daemon, begun);
        let bug = format!("bug: the thread `{thread}` panicked at src/threads.rs:");
        let why = said.lines().find(|line| line.starts_with(&bug)).unwrap_or_default();
        assert!(why.ends_with("asks: exiting, so that it can be restarted"), "{said}");
        assert_eq!(code, Some(1), "{said}");
        // A second is promised; a busy machine may need longer to start it.
        assert!(took < Duration::from_secs(10), "{thread}: {took:?}");
    }
}

#[test]
#[cfg(debug_assertions)] // as above
fn a_panic_ends_the_daemon_also_where_nobody_takes_what_it_says() {
    let (unread, mut writer) = std::io::pipe().expect("a pipe");
    let stderr = writer.try_clone().expect("a descriptor").into();
    // Larger than the pipe: this thread waits for ever, as the log does.
    std::thread::spawn(move || writer.write_all(&vec![b'x'; 1 << 20]));
    for stderr in [stderr, Stdio::null()] {
        let begun = Clock::Machine.steady();
        let (_folder, daemon) = serve_with_account(Some("desk"), stderr);
        let (code, _, took) = end_of(daemon, begun);
        assert_eq!(code, Some(1));
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
    drop(unread);
}

#[test]
fn when_the_servers_own_accept_thread_dies_the_daemon_ends_and_says_so() {
    let (folder, mut daemon) = serve_with_account(None, Stdio::piped());
    let mut line = String::new();
    let stdout = daemon.0.stdout.as_mut().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("text");
    assert!(line.starts_with("listening on "), "{line}");

    // With no descriptor left for it, tiny_http accepts nothing any more.
    let pid = daemon.0.id().to_string();
    let limit = Command::new("prlimit").args(["--pid", &pid, "--nofile=3:3"]).status();
    assert!(limit.expect("prlimit runs").success());
    let begun = Clock::Machine.steady();
    let room = UnixStream::connect(folder.path().join("data/front.sock")).expect("a room");
    let (code, said, took) = end_of(daemon, begun);
    drop(room);
    assert!(said.contains("a library's thread panicked at "), "{said}");
    assert!(said.contains("/tiny_http-") && said.contains("exiting, so that it can be"), "{said}");
    assert_eq!(code, Some(1), "{said}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_port_that_the_service_manager_holds_loses_nothing_while_the_daemon_is_away() {
    let folder = folder("data_dir = 'data'\n");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = port.local_addr().expect("an address");
    let serve = || {
        let handed = port.try_clone().expect("a descriptor");
        // As systemd does it: the socket is descriptor 3, and the variables are for this process.
        let script = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\" 3<&0 </dev/null";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_scrobbled"), "serve", "--config"]);
        command.arg(folder.path().join("scrobbled.toml")).env_clear();
        command.stdin(OwnedFd::from(handed)).stdout(Stdio::null()).stderr(Stdio::piped());
        Daemon(command.spawn().expect("the daemon starts"))
    };
    let ask = || {
        let mut stream = TcpStream::connect(address).expect("somebody holds the port");
        stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").expect("it is taken");
        stream
    };
    let answer = |mut stream: TcpStream| {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };

    let mut first = serve();
    let served = answer(ask());
    assert!(served.starts_with("HTTP/1.1 "), "it serves the port that it was handed: {served}");
    first.terminate();
    let (code, said, _) = end_of(first, Duration::ZERO);
    assert_eq!(code, Some(0), "{said}");
    let told = format!("scrobbled.socket listens on {address}, so `listen`");
    assert!(said.contains(&told), "{said}");

    let waiting = ask(); // while nobody runs
    let _second = serve();
    let served = answer(waiting);
    assert!(served.starts_with("HTTP/1.1 "), "who came meanwhile is answered: {served}");
}
