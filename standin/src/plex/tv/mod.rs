//! What would plex.tv do? A stand-in for the service where people have their accounts.
//!
//! One account: its sign-in by code, its devices and servers, its home, and its list of webhooks, which
//! is the account's and not a server's. A test plays the person who types the code
//! ([`PlexTv::approve`]) and the other programs that write to the list.
//!
//! Shapes are those of recorded answers and of python-plexapi, oddities included: without
//! `X-Plex-Client-Identifier` nothing is answered, a list of webhooks is only taken as a form, and what
//! is posted replaces all of it.

mod answers;

use crate::Time;
use crate::http::{Request, Response};
use crate::service::Service;
use std::collections::BTreeMap;

/// plex.tv on a socket.
pub type Server = crate::server::Server<PlexTv>;

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the account has Plex Pass.
    pub pass: bool,
    /// What who has no Plex Pass is answered when it asks for webhooks.
    pub without_pass: u16,
    /// Whether a code that is over is answered with 404; else it goes on as one that nobody has typed.
    pub expired_is_404: bool,
    /// How long a code lives, in seconds.
    pub code_seconds: u64,
    /// The PIN of the home's administrator, if there is one: then webhooks want it, or a token that was
    /// made by a sign-in since then.
    pub admin_pin: Option<String>,
    /// Who asks again sooner than after so many milliseconds is answered with 429.
    pub least_gap_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pass: true,
            without_pass: 403,
            expired_is_404: true,
            code_seconds: 900,
            admin_pin: None,
            least_gap_ms: 0,
        }
    }
}

/// A device of the account: a server, or a player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What its owner calls it.
    pub name: String,
    /// Its own id, at servers their `machineIdentifier`.
    pub machine: String,
    /// What it is, with commas: `server`, `client,player`.
    pub provides: String,
    /// Whether it is the account's own.
    pub owned: bool,
    /// The token with which this account asks it.
    pub token: String,
    /// Whether it takes no connection without TLS.
    pub https_required: bool,
    /// Where it may be.
    pub connections: Vec<Connection>,
}

/// One address of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its address as a number.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// Its address in full, with a name for which it has a certificate.
    pub uri: String,
    /// Whether it is in the server's own network.
    pub local: bool,
    /// Whether Plex passes on what is sent there.
    pub relay: bool,
}

impl Device {
    /// A server of the account's own, in its own network.
    #[must_use]
    pub fn server(name: &str, machine: &str, token: &str, url: &str) -> Self {
        Self {
            name: name.to_owned(),
            machine: machine.to_owned(),
            provides: "server".to_owned(),
            owned: true,
            token: token.to_owned(),
            https_required: false,
            connections: vec![Connection::local(url)],
        }
    }

    /// The same, whose owner is somebody else.
    #[must_use]
    pub fn shared(self) -> Self {
        Self { owned: false, ..self }
    }
}

impl Connection {
    /// An address in the server's own network, given as `http://ADDRESS:PORT`. What `uri` names there
    /// speaks no TLS.
    #[must_use]
    pub fn local(url: &str) -> Self {
        let (address, port) = url
            .trim_start_matches("http://")
            .rsplit_once(':')
            .and_then(|(address, port)| Some((address, port.parse().ok()?)))
            .unwrap_or_default();
        let (address, uri) = (address.to_owned(), format!("https://{address}:{port}"));
        Self { address, port, uri, local: true, relay: false }
    }
}

/// A member of the home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The number of the account.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// Whether it is one without an address of its own.
    pub managed: bool,
}

#[derive(Clone, Debug)]
struct Code {
    text: String,
    /// Who asked for it.
    client: String,
    created: Time,
    token: Option<String>,
}

/// The service's whole state.
#[derive(Clone, Debug)]
pub struct PlexTv {
    /// What can be set.
    pub options: Options,
    /// The account's name and number.
    pub account: (String, u64),
    /// Its devices, in the order in which they are told.
    pub devices: Vec<Device>,
    /// The members of its home; empty where it has none.
    pub home: Vec<Member>,
    codes: BTreeMap<u64, Code>,
    /// The tokens that count, and whether they were made before the administrator got a PIN.
    tokens: BTreeMap<String, bool>,
    webhooks: Vec<String>,
    /// What others will add, each once the list has been asked for so often more.
    intruders: Vec<(u32, Intruder)>,
    last_call: Option<Time>,
    made: u64,
}

/// What another program does to the list of webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intruder {
    /// It adds an address to what is there.
    Adds(String),
    /// It writes the whole list, as it knew it before.
    Writes(Vec<String>),
}

impl PlexTv {
    /// The account of `mara.finch`, without a device.
    #[must_use]
    pub fn new() -> Self {
        Self {
            options: Options::default(),
            account: ("mara.finch".to_owned(), 48_213_377),
            devices: Vec::new(),
            home: Vec::new(),
            codes: BTreeMap::new(),
            tokens: BTreeMap::new(),
            webhooks: Vec::new(),
            intruders: Vec::new(),
            last_call: None,
            made: 0,
        }
    }

    /// The codes that were asked for and that nobody has typed, oldest first.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        let open = self.codes.values().filter(|code| code.token.is_none());
        open.map(|code| code.text.clone()).collect()
    }

    /// Somebody signs in and types a code. `false` where it is none, or over.
    pub fn approve(&mut self, code: &str, now: Time) -> bool {
        let lives = self.options.code_seconds;
        let open = |one: &&mut Code| {
            one.text.eq_ignore_ascii_case(code)
                && one.token.is_none()
                && now.since(one.created).as_secs() < lives
        };
        let Some(found) = self.codes.values_mut().find(open) else { return false };
        self.made += 1;
        let token = format!("plex-account-token-{}", self.made);
        found.token = Some(token.clone());
        self.tokens.insert(token, false);
        true
    }

    /// The tokens that count.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        self.tokens.keys().cloned().collect()
    }

    /// Ends all sign-ins, as a new password does.
    pub fn sign_out_everywhere(&mut self) {
        self.tokens.clear();
    }

    /// The home's administrator sets a PIN.
    pub fn set_pin(&mut self, pin: &str) {
        self.options.admin_pin = Some(pin.to_owned());
        self.tokens.values_mut().for_each(|is_older| *is_older = true);
    }

    /// The account's webhooks.
    #[must_use]
    pub fn webhooks(&self) -> &[String] {
        &self.webhooks
    }

    /// Somebody writes the list of webhooks on the account's page.
    pub fn set_webhooks(&mut self, urls: &[&str]) {
        self.webhooks = urls.iter().map(|url| (*url).to_owned()).collect();
    }

    /// Another program writes to the list right after it has been asked for, or written, so often more.
    pub fn intrude(&mut self, after: u32, intruder: Intruder) {
        self.intruders.push((after, intruder));
    }

    /// Lets the others do what is due after an exchange about the list.
    fn let_intrude(&mut self) {
        for (left, intruder) in &mut self.intruders {
            *left = left.saturating_sub(1);
            match intruder {
                Intruder::Adds(url) if *left == 0 => self.webhooks.push(url.clone()),
                Intruder::Writes(list) if *left == 0 => self.webhooks.clone_from(list),
                Intruder::Adds(_) | Intruder::Writes(_) => {}
            }
        }
        self.intruders.retain(|(left, _)| *left > 0);
    }
}

impl Default for PlexTv {
    fn default() -> Self {
        Self::new()
    }
}

impl Service for PlexTv {
    fn answer(&mut self, request: &Request, now: Time) -> Response {
        Self::answer(self, request, now)
    }

    fn page(&self, _request: &Request, _now: Time) -> Option<Response> {
        None
    }

    fn listens(&mut self, _url: &str) {}
}

#[cfg(test)]
mod tests;
