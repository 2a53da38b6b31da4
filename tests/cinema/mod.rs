//! The whole daemon beside a stand-in for Trakt, and a browser's side of HTTP over raw sockets.

#![allow(dead_code, reason = "each test binary uses its part")]

#[path = "../patience/mod.rs"]
mod patience;

pub(crate) use patience::wait_for;

use scrobbled::clock::Clock;
use scrobbled::config::{self, Account, Settings, Surroundings};
use scrobbled::control::Request;
use scrobbled::daemon::{Daemon, Setup};
use scrobbled::event::Source;
use scrobbled::secret::Secret;
use scrobbled::threads::Vital;
use serde_json::Value;
use standin::trakt::{self, Server, Trakt};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) struct Cinema {
    daemon: Option<Daemon>,
    pub(crate) trakt: Server,
    clock: Clock,
    folder: TempDir,
    /// With what it was opened.
    settings: Option<Settings>,
}

impl Cinema {
    /// Opens with the settings that `change` makes of one account for everybody.
    pub(crate) fn open(clock: &Clock, change: impl FnOnce(&mut Settings)) -> Self {
        let (trakt, folder) = Self::house(clock);
        let mut settings = Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: folder.path().into(),
            ..Settings::default()
        };
        trakt::CLIENT_ID.clone_into(&mut settings.trakt.client_id);
        settings.trakt.client_secret = Secret::new(trakt::CLIENT_SECRET);
        settings.trakt.api_url = trakt.url();
        settings.trakt.auth_url = trakt.url();
        change(&mut settings);
        let mut cinema = Self::begin(settings.clone(), trakt, clock, folder);
        cinema.settings = Some(settings);
        cinema
    }

    /// Ends the daemon, and starts another with the same folder and settings at another port.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.start(self.settings.clone().expect("it was opened with settings"));
    }

    /// Ends the daemon.
    pub(crate) fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.stop();
        }
    }

    fn start(&mut self, settings: impl Into<Setup>) {
        let vital = Vital::new(|why| panic!("{why}"));
        self.daemon = Some(Daemon::start(settings.into(), &self.clock, &vital).expect("a daemon"));
    }

    /// Opens with the settings of a config file: an address for each that it needs, and `more`.
    pub(crate) fn with_config(more: &str) -> Self {
        Self::with_config_and_environment(more, &[])
    }

    /// The same with these variables over it, until the config is read again.
    pub(crate) fn with_config_and_environment(more: &str, variables: &[(&str, &str)]) -> Self {
        let (trakt, folder) = Self::house(&Clock::Machine);
        let text = format!(
            "listen = '127.0.0.1:0'\ndata_dir = '.'\n[trakt]\nclient_id = '{}'\nclient_secret = \
             '{}'\napi_url = '{url}'\nauth_url = '{url}'\n{more}",
            trakt::CLIENT_ID,
            trakt::CLIENT_SECRET,
            url = trakt.url(),
        );
        let path = folder.path().join("scrobbled.toml");
        fs::write(&path, text).expect("a config");
        let mut around = Surroundings::of_this_process();
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        around.variables.extend(variables);
        let loaded = config::load(Some(&path), &around);
        Self::begin(loaded.expect("a good config"), trakt, &Clock::Machine, folder)
    }

    /// Where everything of it is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What stands in the config file.
    pub(crate) fn config(&self) -> String {
        fs::read_to_string(self.folder().join("scrobbled.toml")).expect("the config")
    }

    fn house(clock: &Clock) -> (Server, TempDir) {
        let clock = clock.clone();
        let now = move || standin::Time(clock.now().0);
        let trakt = Server::start(Trakt::default(), "127.0.0.1:0", now);
        (trakt.expect("a stand-in"), tempfile::tempdir().expect("a folder"))
    }

    fn begin(settings: impl Into<Setup>, trakt: Server, clock: &Clock, folder: TempDir) -> Self {
        let mut cinema = Self { daemon: None, trakt, clock: clock.clone(), folder, settings: None };
        cinema.start(settings);
        cinema
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.daemon().address()
    }

    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("it runs")
    }

    /// As over the control socket.
    pub(crate) fn control(&self, request: Request) -> Value {
        self.daemon().handler().handle(request).expect("it can be done")
    }

    /// Connects an account; the stand-in approves by itself.
    pub(crate) fn connect(&self, account: &str) {
        self.control(Request::Login { account: Some(account.to_owned()), tracker: None });
        self.control(Request::LoginResult { account: account.to_owned(), tracker: None });
    }

    /// Posts a webhook with the right token.
    pub(crate) fn post(&self, source: Source, body: &str) -> u16 {
        let urls = self.control(Request::Urls);
        let url = urls[source.word()][0].as_str().expect("a URL").to_owned();
        let path = url.split_once("/webhook").expect("its path").1;
        let kind = "Content-Type: application/json\r\n";
        self.ask("POST", &format!("/webhook{path}"), kind, body).status
    }

    /// The token of a fresh sign-in link.
    pub(crate) fn invitation(&self) -> String {
        let answer = self.control(Request::SignIn);
        let link = answer["links"][0].as_str().expect("a link");
        link.split_once("/#").expect("a fragment").1.to_owned()
    }

    /// Asks as a browser does that sees us at our address.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Heard {
        let host = self.address();
        let length = if method == "POST" {
            format!("Content-Length: {}\r\n", body.len())
        } else {
            String::new()
        };
        let host =
            if headers.contains("Host:") { String::new() } else { format!("Host: {host}\r\n") };
        self.say(&format!(
            "{method} {path} HTTP/1.1\r\n{host}{headers}{length}Connection: close\r\n\r\n{body}"
        ))
    }

    fn say(&self, request: &str) -> Heard {
        let mut stream = TcpStream::connect(self.address()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer and its end");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let status = head[9..12].parse().expect("a status");
        Heard { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Signs in.
    pub(crate) fn sign_in(&self) -> Guest {
        let bearer = format!("Authorization: Bearer {}\r\n", self.invitation());
        let heard = self.ask("POST", "/sign-in", &bearer, "");
        assert_eq!(heard.status, 200, "{heard:?}");
        Guest { session: heard.json()["session"].as_str().expect("an id").to_owned() }
    }
}

impl Drop for Cinema {
    fn drop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            let ending = thread::spawn(move || daemon.stop());
            if let Clock::ByHand(hand) = &self.clock {
                // Ending has waits of its own, and nobody else lets time pass any more.
                while !ending.is_finished() {
                    hand.advance(Duration::from_millis(1));
                    thread::yield_now();
                }
            }
            let _ = ending.join(); // a panic there is told by the test harness
        }
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Who has signed in.
pub(crate) struct Guest {
    pub(crate) session: String,
}

impl Guest {
    pub(crate) fn headers(&self) -> String {
        format!("X-Scrobbled-Session: {}\r\n", self.session)
    }

    /// Asks for something, as the page does.
    pub(crate) fn api(&self, cinema: &Cinema, request: &str) -> Heard {
        let kind = "Content-Type: application/json\r\n";
        cinema.ask("POST", "/api", &format!("{}{kind}", self.headers()), request)
    }

    pub(crate) fn status(&self, cinema: &Cinema) -> Value {
        cinema.ask("GET", "/api/status", &self.headers(), "").json()
    }
}

/// An account that takes the events of these Plex users.
pub(crate) fn account(name: &str, plex: &[&str]) -> Account {
    let plex = plex.iter().map(|user| (*user).to_owned()).collect();
    Account { name: name.to_owned(), plex, ..Account::default() }
}
