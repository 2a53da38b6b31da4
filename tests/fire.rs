//! The real binary under fire: what it says of its secrets, and an stderr that nobody reads.

#![cfg(test)]

mod patience;

use patience::wait_for;
use scrobbled::clock::Clock;
use scrobbled::control::{Request, socket::ControlClient};
use scrobbled::delivery::Destination;
use scrobbled::store::Store;
use standin::trakt::{self, Server, Trakt};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_scrobbled");
const PLAY: &[u8] = include_bytes!("payloads/plex/movie_play.json");

/// A running daemon with its data in a folder of its own.
struct Daemon {
    child: Child,
    url: String,
    folder: TempDir,
    /// What came on stdout before it was ready.
    said: String,
}

impl Daemon {
    fn start(config: &str, stderr: Stdio) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scrobbled.toml");
        fs::write(&file, format!("listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\n{config}"))
            .unwrap();
        let mut child = Command::new(BINARY)
            .arg("--config")
            .arg(&file)
            .env_remove("RUNTIME_DIRECTORY")
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        let url = said.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{said:?}"));
        Self { child, url: url.to_owned(), folder, said: said.clone() }
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    /// The words of the file with the tokens: plex, its token, jellyfin, …
    fn tokens(&self) -> Vec<String> {
        let text = fs::read_to_string(self.data("tokens")).unwrap();
        text.split_whitespace().skip(1).step_by(2).map(str::to_owned).collect()
    }

    fn ask(&self, request: &Request) -> String {
        let mut client = ControlClient::connect(&self.data("control.sock")).unwrap();
        client.ask(request).map_or_else(|error| error, |answer| answer.to_string())
    }

    fn post(&self, path: &str, body: &[u8]) -> (u16, String) {
        let request = minreq::post(format!("{}{path}", self.url));
        let answer = request.with_body(body).with_timeout(10).send().unwrap();
        let text = format!("{:?} {}", answer.headers, answer.as_str().unwrap());
        (answer.status_code, text)
    }

    fn play(&self) -> u16 {
        let path = format!("/webhook/plextrakt?{}", self.tokens()[0]);
        self.post(&path, PLAY).0
    }

    /// All that the command line prints.
    fn run(&self, words: &[&str]) -> String {
        let mut command = Command::new(BINARY);
        command.arg("--config").arg(self.folder.path().join("scrobbled.toml")).args(words);
        let output = command.env_remove("RUNTIME_DIRECTORY").output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    /// Tells it to stop, and waits for that.
    fn stop(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        let child = &mut self.child;
        wait_for("its end", || child.try_wait().unwrap(), Option::is_some).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn no_secret_is_ever_said() {
    let trakt =
        Server::start(Trakt::default(), "127.0.0.1:0", || standin::Time(Clock::Machine.now().0))
            .unwrap();
    let url = trakt.url();
    let config = format!(
        "log = \"trace\"\n[trakt]\nclient_id = \"{}\"\nclient_secret = \"{}\"\napi_url = \"{url}\"\n\
         auth_url = \"{url}\"\npost_interval_ms = 1\n[plex]\nratings = true\n\
         token = \"plex-token-0001\"\nurl = \"http://127.0.0.1:9\"\n\
         [jellyfin]\napi_key = \"jellyfin-key-0002\"\nurl = \"http://127.0.0.1:9\"\n\
         [emby]\nwebhook_secret = \"emby-secret-0003\"\n",
        trakt::CLIENT_ID,
        trakt::CLIENT_SECRET
    );
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut daemon = Daemon::start(&config, fs::File::create(&log).unwrap().into());
    let mut secrets = daemon.tokens();
    assert_eq!(secrets.len(), 4);
    let [plex, jellyfin, emby, page] = [0, 1, 2, 3].map(|place| secrets[place].clone());

    let mut said = daemon.said.clone();
    said += &daemon.ask(&Request::Login { account: None, tracker: None });
    said += &daemon.ask(&Request::LoginResult { account: "default".into(), tracker: None });
    let posts: [(String, &[u8], u16); 9] = [
        (format!("/webhook/plextrakt?{plex}"), PLAY, 200),
        (
            format!("/webhook/plextrakt?{plex}"),
            include_bytes!("payloads/plex/movie_rate_half_star.json"),
            200,
        ),
        (format!("/webhook/plextrakt?token={plex}"), b"{\"event\":", 400),
        (format!("/webhook/jellyfintrakt?{jellyfin}"), plex.as_bytes(), 400),
        (format!("/webhook/embytrakt?{emby}"), b"{}", 401), // the signature is missing
        (format!("/webhook/plextrakt?{jellyfin}"), b"{}", 401),
        (format!("/webhook/plextrakt/{plex}"), b"{}", 404),
        (format!("/webhook/plextrakt?{}", &plex[1..]), b"{}", 401),
        (format!("/healthz?{page}"), b"", 405),
    ];
    for (path, body, expected) in posts {
        let (status, text) = daemon.post(&path, body);
        assert_eq!(status, expected, "{path}: {text}");
        said += &text;
    }
    let logged = || fs::read_to_string(&log).unwrap();
    wait_for("the start to be told", logged, |log| log.contains("start → delivered"));
    let play = folder.path().join("play.json");
    fs::write(&play, PLAY).unwrap();
    let play = play.display().to_string();
    for words in [&["status"][..], &["status", "--json"], &["explain", &play], &["check"]] {
        said += &daemon.run(words);
    }
    daemon.ask(&Request::Rotate { which: "all".into() }); // its answer is for the owner's eyes
    secrets.extend(daemon.tokens());
    said += &daemon.post(&format!("/webhook/plextrakt?{plex}"), PLAY).1;

    for file in ["tokens", "lock", "scrobbled.db", "scrobbled.db-wal", "control.sock"] {
        assert_eq!(mode(&daemon.data(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&daemon.data("")), 0o700);

    assert!(daemon.stop().success());
    daemon.child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    said += &fs::read_to_string(&log).unwrap();
    let pair = Store::open(&daemon.data(""))
        .unwrap()
        .tokens(&Destination::new("default", "trakt"))
        .unwrap()
        .unwrap();
    secrets.extend([pair.access.reveal().to_owned(), pair.refresh.reveal().to_owned()]);
    secrets.extend(
        [trakt::CLIENT_SECRET, "plex-token-0001", "jellyfin-key-0002", "emby-secret-0003"]
            .map(str::to_owned),
    );
    assert!(said.contains("The Salt Road"), "it was a busy run: {said}");
    let lines = |secret: &String| {
        said.lines().filter(|line| line.contains(secret.as_str())).map(str::to_owned).collect()
    };
    let leaks: Vec<String> =
        secrets.iter().flat_map(|secret| -> Vec<String> { lines(secret) }).collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn an_stderr_that_takes_nothing_harms_nobody() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let nobody_reads: Stdio = writer.try_clone().unwrap().into();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (_, broken) = std::io::pipe().unwrap();
    let lost = ["full", "broken"];
    let cases = [("full", full.into()), ("broken", broken.into()), ("unread", nobody_reads)];
    for (name, stderr) in cases {
        let mut daemon = Daemon::start("log = \"trace\"\n", stderr);
        if name == "unread" {
            // Larger than the pipe: this thread waits for ever, as the log does.
            let mut writer = writer.try_clone().unwrap();
            std::thread::spawn(move || writer.write_all(&vec![b'x'; 1 << 20]));
        }
        for _ in 0..20 {
            assert_eq!(daemon.play(), 200, "{name}");
        }
        if lost.contains(&name) {
            let said = "lost since the start";
            let status = || daemon.ask(&Request::Status);
            wait_for("the lost lines to be told", status, |status| status.contains(said));
        }
        assert!(daemon.stop().success(), "{name}");
    }
    drop(reader);
    let _ = writer.flush();
}
