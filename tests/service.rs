//! What a service manager sees of the real binary: systemd's protocol and the exit codes.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fmt::Debug;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A folder with a config in it, gone in the end.
struct Folder(PathBuf);

impl Folder {
    fn with_config(name: &str, config: &str) -> Self {
        let path = std::env::temp_dir().join(format!("scrobbled-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        fs::write(path.join("scrobbled.toml"), config).expect("a config");
        Self(path)
    }

    fn serve(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scrobbled"));
        command.args(["serve", "--config"]).arg(self.0.join("scrobbled.toml"));
        command.env_clear().stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
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

#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test that waits for another process")]
fn wait_for<T: Debug>(what: &str, mut look: impl FnMut() -> T, done: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let seen = look();
        if done(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited 30 s for {what}; last seen: {seen:?}");
        std::thread::sleep(Duration::from_millis(10));
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
    let folder = Folder::with_config("service-told", "listen = '127.0.0.1:0'\n");
    let socket = folder.0.join("notify");
    let mut told = Told::at(&socket);
    let serve = folder.serve().env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "150000").spawn();
    let mut daemon = Daemon(serve.expect("the daemon starts"));

    let fed = |words: &Vec<String>| words.iter().filter(|word| *word == "WATCHDOG=1").count() >= 5;
    let words = wait_for("five feedings", || told.hear(), fed);
    assert_eq!(words[0], "READY=1");
    let says_what_to_do = |word: &String| {
        word.starts_with("STATUS=listening on http://127.0.0.1:")
            && word.ends_with("run `scrobbled login default`; what is watched until then is kept")
    };
    assert!(words.iter().any(says_what_to_do), "{words:?}");
    assert!(!words.contains(&"STOPPING=1".to_owned()), "{words:?}");

    daemon.terminate();
    let end = wait_for("the end", || daemon.0.try_wait().expect("a child"), Option::is_some);
    assert_eq!(end.and_then(|end| end.code()), Some(0));
    assert_eq!(told.hear().last().map(String::as_str), Some("STOPPING=1"));
}

#[test]
fn a_wrong_config_ends_with_2_so_that_it_is_not_started_again() {
    let folder = Folder::with_config("service-wrong", "watched_at = 90\n");
    let status = folder.serve().status().expect("it runs");
    assert_eq!(status.code(), Some(2));
}
