//! plex.tv, a server, and somebody who types the code.

use super::super::super::address::Place;
use super::super::super::around::{Around, Effects};
use super::super::super::connection::Connection;
use super::super::super::order::{Order, SignIn};
use super::super::super::talk::{self, Code, Ended, View};
use super::super::connect;
use crate::clock::{Clock, HandClock};
use crate::event::{Source, Time};
use crate::secret::Secret;
use standin::plex::tv::{self, Device, PlexTv};
use standin::plex::{Library, MACHINE, Plex, Server, TOKEN};
use standin::trakt::{Catalogue, Logged};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Where we are reached.
pub(super) const OURS: &str = "http://10.0.0.7:8787/webhook/plextrakt";

/// What came of a conversation.
pub(super) struct Heard {
    pub(super) result: Result<Connection, Ended>,
    pub(super) lines: Vec<String>,
    pub(super) code: Option<Code>,
    /// The choices of each question.
    pub(super) asked: Vec<Vec<String>>,
}

impl Heard {
    #[track_caller]
    pub(super) fn good(self) -> Connection {
        self.result.unwrap_or_else(|ended| panic!("{ended}; said {:#?}", self.lines))
    }

    #[track_caller]
    pub(super) fn why(&self) -> String {
        self.result.as_ref().expect_err("it failed").to_string()
    }

    /// Whether a line has this in it.
    pub(super) fn says(&self, what: &str) -> bool {
        self.lines.iter().any(|line| line.contains(what))
    }
}

pub(super) struct House {
    pub(super) tv: tv::Server,
    pub(super) plex: Server,
    pub(super) hand: Arc<HandClock>,
    kept: Arc<Mutex<Vec<Connection>>>,
    /// The token of our webhooks.
    pub(super) token: String,
    pub(super) public_url: String,
    pub(super) server: String,
    /// Whether somebody types the code.
    pub(super) types: bool,
}

impl House {
    pub(super) fn new() -> Self {
        let hand = HandClock::at(Time(1_795_550_400_000));
        let plex = server(&hand, "Attic NAS", MACHINE);
        let mut account = PlexTv::new();
        account.options.least_gap_ms = 1000;
        account.devices.push(Device::server("Attic NAS", MACHINE, TOKEN, &plex.url()));
        let tv = tv::Server::start(account, "127.0.0.1:0", now(&hand)).expect("a port");
        Self {
            tv,
            plex,
            hand,
            kept: Arc::default(),
            token: "T1".to_owned(),
            public_url: "http://10.0.0.7:8787".to_owned(),
            server: String::new(),
            types: true,
        }
    }

    /// One more server of the account's own.
    pub(super) fn another(&self, name: &str, machine: &str) -> Server {
        let server = server(&self.hand, name, machine);
        let device = Device::server(name, machine, TOKEN, &server.url());
        self.tv.with(|tv| tv.devices.push(device));
        server
    }

    pub(super) fn kept(&self) -> Vec<Connection> {
        self.kept.lock().expect("no panic").clone()
    }

    pub(super) fn around(&self) -> Around {
        let (kept, token) = (self.kept.clone(), self.token.clone());
        Around {
            plex_tv_url: self.tv.url(),
            device: "d3v1ce".to_owned(),
            host: "attic\n".to_owned(),
            place: Place {
                public_url: self.public_url.clone(),
                listen: "0.0.0.0:8787".parse().expect("an address"),
                contained: false,
            },
            kept: self.kept(),
            config: Vec::new(),
            clock: Clock::ByHand(self.hand.clone()),
            effects: Effects {
                keep: Box::new(move |connection| {
                    put(&kept, connection);
                    Ok(())
                }),
                token: Box::new(move |_| Secret::new(token.clone())),
                last_webhook: None,
            },
        }
    }

    /// Talks to the end, and takes this choice of each question.
    pub(super) fn connect_choosing(&self, choice: usize) -> Heard {
        self.talk(|_| Some(choice))
    }

    pub(super) fn connect(&self) -> Heard {
        self.connect_choosing(0)
    }

    /// Talks until `answer` leaves (`None`) or it is over. `answer` sees each view, and answers what is
    /// asked in it.
    pub(super) fn talk(&self, mut answer: impl FnMut(&View) -> Option<usize>) -> Heard {
        let order = Order {
            kind: Source::Plex,
            url: String::new(),
            server: self.server.clone(),
            sign_in: SignIn::Code,
            trust: crate::http::trust::Trust::default(),
            yes: false,
            restart: false,
        };
        let around = self.around();
        let (talk, listener) = talk::begin(&around.clock, false);
        let (done, result) = channel();
        let thread = thread::spawn(move || {
            let _ = done.send(connect(&talk, &around, &order));
        });
        let (mut code, mut asked) = (None, Vec::new());
        let result = loop {
            let view = listener.poll(0);
            let typed =
                view.code.as_ref().filter(|shown| self.types && code.as_ref() != Some(*shown));
            if let Some(shown) = typed {
                let now = standin::Time(self.now().0);
                assert!(self.tv.with(|tv| tv.approve(&shown.user_code, now)));
            }
            code = view.code.clone().or(code);
            match (answer(&view), &view.question) {
                (None, _) => listener.leave(),
                (Some(choice), Some(question)) => {
                    asked.push(question.choices.clone());
                    let _ = listener.answer(question.number, choice); // it may be answered
                }
                (Some(_), None) => {}
            }
            match result.recv_timeout(Duration::from_millis(1)) {
                Ok(result) => break result,
                Err(RecvTimeoutError::Timeout) => self.hand.advance(Duration::from_millis(100)),
                Err(RecvTimeoutError::Disconnected) => panic!("the conversation panicked"),
            }
        };
        thread.join().expect("no panic");
        Heard { result, lines: listener.poll(0).lines, code, asked }
    }

    /// Does what waits on the clock by itself, and lets time pass meanwhile.
    pub(super) fn while_time_passes<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Around) -> T + Send + 'static,
    ) -> T {
        while_it_passes(&self.hand, self.around(), act)
    }

    pub(super) fn now(&self) -> Time {
        Clock::ByHand(self.hand.clone()).now()
    }

    pub(super) fn webhooks(&self) -> Vec<String> {
        self.tv.with(|tv| tv.webhooks().to_vec())
    }

    pub(super) fn set_webhooks(&self, urls: &[&str]) {
        self.tv.with(|tv| tv.set_webhooks(urls));
    }

    /// The requests to plex.tv whose path begins so, as `METHOD STATUS`.
    pub(super) fn asked(&self, path: &str) -> Vec<String> {
        told(&self.tv.log(), path)
    }

    /// Our webhook's address as it is now.
    pub(super) fn ours(&self) -> String {
        format!("{OURS}?{}", self.token)
    }
}

/// The same on another clock.
pub(super) fn while_it_passes<T: Send + 'static>(
    hand: &HandClock,
    around: Around,
    act: impl FnOnce(&Around) -> T + Send + 'static,
) -> T {
    let (done, result) = channel();
    thread::spawn(move || done.send(act(&around)));
    loop {
        match result.recv_timeout(Duration::from_millis(1)) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => hand.advance(Duration::from_millis(50)),
            Err(RecvTimeoutError::Disconnected) => panic!("it panicked"),
        }
    }
}

/// The requests whose path begins so, as `METHOD STATUS`.
pub(super) fn told(log: &[Logged], path: &str) -> Vec<String> {
    let meant = log.iter().filter(|one| one.target.starts_with(path));
    meant.map(|one| format!("{} {}", one.method, one.status.unwrap_or_default())).collect()
}

fn server(hand: &Arc<HandClock>, name: &str, machine: &str) -> Server {
    let plex = Plex::new(Library::of(&Catalogue::samples())).called(name, machine);
    Server::start(plex, "127.0.0.1:0", now(hand)).expect("a port")
}

fn now(hand: &Arc<HandClock>) -> impl Fn() -> standin::Time + Send + Sync + 'static {
    let clock = Clock::ByHand(hand.clone());
    move || standin::Time(clock.now().0)
}

fn put(kept: &Mutex<Vec<Connection>>, connection: &Connection) {
    let mut kept = kept.lock().expect("no panic");
    kept.retain(|one| one.name != connection.name);
    kept.push(connection.clone());
}
