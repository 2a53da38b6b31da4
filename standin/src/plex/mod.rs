//! What would a Plex Media Server do? A stand-in for one, and for the house in which it stands.
//!
//! A test says who plays what on which player ([`Plex::play`] and its neighbours) and lets time pass
//! ([`Plex::tick`]); the server says what a real one would say of it: notifications in its event
//! stream, its sessions, its history, and the webhooks that it would post if its owner has Plex Pass.
//! Shapes are those of <https://developer.plex.tv/pms> and of recorded answers, oddities included:
//! an empty list is left out, the owner is number `"1"`, a position of 0 is no position, numbers of
//! sections are text here and numbers there.
//!
//! [`Plex::answer`] is a pure state machine; time is a parameter. Not here: the daemon's own client,
//! and any check of what the daemon ought to make of it.

mod answers;
mod history;
mod house;
mod library;
mod say;
mod stream;
#[cfg(feature = "faults")]
pub mod tv;

pub use history::Row;
pub use house::{Person, State, Watch};
pub use library::{Item, Kind, Library};
pub use say::player_id;

use crate::Time;
use crate::http::{Request, Response};
#[cfg(feature = "faults")]
use crate::post::Post;
use crate::service::{Mark, More, Service};
use house::Session;
use serde_json::Value;
use std::collections::BTreeMap;

/// A Plex Media Server on a socket.
pub type Server = crate::server::Server<Plex>;

/// The owner's token.
pub const TOKEN: &str = "plex-owner-token";

/// The own id of a server that is given none (`machineIdentifier`).
pub const MACHINE: &str = "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a";

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the owner has Plex Pass: without it there are no webhooks.
    pub pass: bool,
    /// The server's switch for webhooks (`webHooksEnabled`); `None` where it has no such setting.
    pub webhooks_on: Option<bool>,
    /// Whether notifications name the player (`clientIdentifier`); those of 2021 did not.
    pub names_players: bool,
    /// Whether sessions carry `Guid`; where they don't, the item has to be asked.
    pub guids_in_sessions: bool,
    /// How many notifications pass before a new session is listed among the sessions.
    pub listed_after: u32,
    /// `LibraryVideoPlayedThreshold`, in percent.
    pub played_percent: u64,
    /// `LibraryVideoPlayedAtBehaviour`, 0 to 3.
    pub played_at: u8,
    /// Most rows of history in an answer, whatever was asked for.
    pub most_rows: Option<usize>,
    /// The time between two pings of the event stream, in milliseconds.
    pub ping_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pass: true,
            webhooks_on: Some(true),
            names_players: true,
            guids_in_sessions: true,
            listed_after: 0,
            played_percent: 90,
            played_at: 3,
            most_rows: None,
            ping_ms: 10_000,
        }
    }
}

/// The server's whole state.
#[derive(Clone, Debug)]
pub struct Plex {
    /// What can be set.
    pub options: Options,
    /// What there is to watch.
    pub library: Library,
    /// Its own id (`machineIdentifier`).
    pub machine: String,
    /// What it calls itself.
    pub name: String,
    people: Vec<Person>,
    /// What plays, by the name of the player.
    sessions: BTreeMap<String, Session>,
    last_session: u64,
    history: Vec<Row>,
    last_row: u64,
    /// What was notified since the start, and whose session it was.
    said: Vec<stream::Said>,
    /// How much of that was handed to a stream.
    handed: usize,
    /// How often it was started.
    round: u64,
    trouble: stream::Trouble,
    webhooks: Vec<Value>,
    #[cfg(feature = "faults")]
    webhook_urls: Vec<String>,
    streams: u64,
}

impl Plex {
    /// A server of `mara.finch`'s, where nobody plays anything.
    #[must_use]
    pub fn new(library: Library) -> Self {
        Self {
            options: Options::default(),
            library,
            machine: MACHINE.to_owned(),
            name: "Attic NAS".to_owned(),
            people: vec![Person::owner("mara.finch")],
            sessions: BTreeMap::new(),
            last_session: 0,
            history: Vec::new(),
            last_row: 4100,
            said: Vec::new(),
            handed: 0,
            round: 1,
            trouble: stream::Trouble::None,
            webhooks: Vec::new(),
            #[cfg(feature = "faults")]
            webhook_urls: Vec::new(),
            streams: 0,
        }
    }

    /// Gives a friend or a member of the home access; their token is returned.
    pub fn invite(&mut self, name: &str) -> String {
        let person = Person::guest(name, 90_518_264 + self.people.len() as u64);
        let token = person.token.clone();
        self.people.push(person);
        token
    }

    /// Who may use it under that name.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name)
    }

    /// Calls its owner otherwise.
    pub fn call_owner(&mut self, name: &str) {
        if let Some(owner) = self.people.first_mut() {
            name.clone_into(&mut owner.name);
        }
    }

    /// A server of this name and with this id of its own.
    #[must_use]
    pub fn called(self, name: &str, machine: &str) -> Self {
        Self { name: name.to_owned(), machine: machine.to_owned(), ..self }
    }

    /// The webhooks that became due since the last call, oldest first: the JSON that Plex puts into
    /// the part `payload` of its form.
    pub fn take_webhooks(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.webhooks)
    }

    /// plex.tv tells it where the webhooks of its owner's account go, as it does some time after a
    /// change.
    #[cfg(feature = "faults")]
    pub fn learn_webhooks(&mut self, list: &[String]) {
        list.clone_into(&mut self.webhook_urls);
    }

    /// The webhooks that became due since the last call, oldest first, each to every address that it knows.
    #[cfg(feature = "faults")]
    pub fn take_posts(&mut self) -> Vec<Post> {
        let webhooks = self.take_webhooks();
        let urls = self.webhook_urls.iter();
        let each =
            webhooks.iter().flat_map(|said| urls.clone().map(move |url| say::post(url, said)));
        each.collect()
    }

    /// Its history, oldest first.
    #[must_use]
    pub fn history(&self) -> &[Row] {
        &self.history
    }

    /// How often an event stream was opened.
    #[must_use]
    pub fn streams(&self) -> u64 {
        self.streams
    }

    /// It is started anew: streams end, nobody plays anything, and sessions count from 1 again.
    pub fn restart(&mut self) {
        self.round += 1;
        self.sessions.clear();
        self.said.clear();
        self.handed = 0;
        self.last_session = 0;
        self.trouble = stream::Trouble::None;
    }
}

impl Service for Plex {
    fn answer(&mut self, request: &Request, now: Time) -> Response {
        Self::answer(self, request, now)
    }

    fn page(&self, _request: &Request, _now: Time) -> Option<Response> {
        None
    }

    fn listens(&mut self, _url: &str) {}

    fn more(&mut self, request: &Request, mark: &mut Mark, now: Time) -> More {
        Self::more(self, request, mark, now)
    }
}

#[cfg(test)]
mod tests;
