//! What would Jellyfin or Emby do? A stand-in for either, of the versions that differ.
//!
//! [`Jellyfin`] is a pure state machine. A test says who plays what on which device
//! ([`Jellyfin::play`] and the like), time passes, and [`Jellyfin::answer`] answers what the server
//! would. A player that lives reports by itself every ten seconds, as real ones do. One that has died
//! ([`Jellyfin::die`]) does not, and its position runs on all the same until the server ends it after
//! five to ten minutes, at a position that it has made up.
//!
//! What each version does was read in the sources of Jellyfin 10.8.13 to 12.0-rc5 and of Emby's last
//! open version; what today's Emby does, clients tell.
//!
//! Not here: the daemon's own client, and any check of what the daemon ought to make of an answer.

mod auth;
#[cfg(feature = "faults")]
pub mod emby;
mod items;
mod library;
mod log;
mod play;
mod sessions;

pub use library::{Kind, Title};
pub use play::UserData;

use crate::Time;
use crate::http::{self, Request, Response};
use crate::service::Service;
use log::Entry;
use play::Seat;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Jellyfin or Emby on a socket.
pub type Server = crate::server::Server<Jellyfin>;

/// The API key that the stand-in has from the beginning.
pub const KEY: &str = "t0p-secret";

/// Which of the two, and which version where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Jellyfin 10.8.13: shows everybody's sessions to anybody, names no item in its log.
    Jellyfin10_8,
    /// Jellyfin 10.11.11, and 10.9 and 10.10: takes "played" back when something is begun again.
    #[default]
    Jellyfin10_11,
    /// Jellyfin 12.0: keeps "played" then, and takes none of the old ways to show a token.
    Jellyfin12,
    /// Emby 4.9: keeps "played", has no check-ins, and leaves dates out unless asked.
    Emby,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Jellyfin10_8, Self::Jellyfin10_11, Self::Jellyfin12, Self::Emby];

    /// What it says its version is.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::Jellyfin10_8 => "10.8.13",
            Self::Jellyfin10_11 => "10.11.11",
            Self::Jellyfin12 => "12.0.0",
            Self::Emby => "4.9.1.90",
        }
    }

    /// Whether it is Emby.
    #[must_use]
    pub fn is_emby(self) -> bool {
        self == Self::Emby
    }

    /// Whether "played" is taken back when something is begun again.
    fn forgets_played(self) -> bool {
        matches!(self, Self::Jellyfin10_8 | Self::Jellyfin10_11)
    }
}

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which server it is.
    pub dialect: Dialect,
    /// What it calls itself.
    pub name: String,
    /// How far its clock is ahead, in milliseconds.
    pub skew_ms: i64,
    /// Whether players report while they are paused.
    pub reports_in_pause: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            name: "loft".to_owned(),
            skew_ms: 0,
            reports_in_pause: true,
        }
    }
}

/// A person there.
#[derive(Clone, Debug)]
struct User {
    name: String,
    id: String,
    is_admin: bool,
}

/// The stand-in's whole state.
#[derive(Clone, Debug, Default)]
pub struct Jellyfin {
    /// What can be set.
    pub options: Options,
    users: Vec<User>,
    /// What there is to watch, by its id.
    titles: BTreeMap<String, Title>,
    /// Tokens and whose they are; an API key is nobody's.
    tokens: BTreeMap<String, Option<String>>,
    /// One for each device and program, in the order in which they came.
    seats: Vec<Seat>,
    data: BTreeMap<(String, String), UserData>,
    log: Vec<Entry>,
    rows: u64,
}

/// A handler's result: both sides are answers, the right one refuses.
type Answer = Result<Response, Response>;

impl Jellyfin {
    /// Nobody watches, and there is nothing to watch.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            options: Options { dialect, ..Options::default() },
            tokens: [(KEY.to_owned(), None)].into(),
            ..Self::default()
        }
    }

    /// Its own id.
    #[must_use]
    pub fn id(&self) -> String {
        made_up(&format!("server {}", self.options.name))
    }

    /// Adds a person, the first one as an administrator; returns the id, also of one who is there.
    pub fn user(&mut self, name: &str) -> String {
        if let Some(user) = self.users.iter().find(|user| user.name == name) {
            return user.id.clone();
        }
        let id = made_up(&format!("user {name}"));
        let is_admin = self.users.is_empty();
        self.users.push(User { name: name.to_owned(), id: id.clone(), is_admin });
        id
    }

    /// Signs a person in; returns the token.
    pub fn sign_in(&mut self, name: &str) -> String {
        let id = self.user(name);
        let token = made_up(&format!("token {name}"));
        self.tokens.insert(token.clone(), Some(id));
        token
    }

    /// Takes a token or key back.
    pub fn revoke(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    fn named(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The time that this server believes it is.
    fn there(&self, now: Time) -> Time {
        Time(now.0.saturating_add_signed(self.options.skew_ms))
    }

    /// What it answers to `request` at `now`, having done what was due by then.
    pub fn answer(&mut self, request: &Request, now: Time) -> Response {
        self.pass(now);
        let there = self.there(now);
        let answer = self.routed(request, there).unwrap_or_else(|refusal| refusal);
        answer.with("Date", &http::http_date(there))
    }

    fn routed(&mut self, request: &Request, there: Time) -> Answer {
        let segments = request.segments();
        let mut path: Vec<&str> = segments.iter().map(String::as_str).collect();
        if self.options.dialect.is_emby() && path.first() == Some(&"emby") {
            path.remove(0);
        }
        if request.method != "GET" {
            return Err(Response::empty(405));
        }
        if let ["System", "Info", "Public"] = path.as_slice() {
            return Ok(Response::json(200, &self.info()));
        }
        let who = self.holder(request)?;
        match path.as_slice() {
            ["System", "Info"] => Ok(Response::json(200, &self.info())),
            ["Sessions"] => Ok(self.sessions(&who, request, there)),
            ["Items"] => self.items(&who, None, request),
            ["Users", id, "Items"] => self.items(&who, Some(id), request),
            ["Items", id, "Ancestors"] => self.ancestors(id, request),
            ["Library", "MediaFolders"] => Ok(self.folders()),
            ["System", "ActivityLog", "Entries"] => {
                who.is_admin()?;
                Ok(self.entries(request))
            }
            ["Users"] if !self.options.dialect.is_emby() => Ok(self.people()),
            ["Users", "Query"] if self.options.dialect.is_emby() => {
                who.is_admin()?;
                Ok(self.people())
            }
            ["Users", "Me"] => match &who.user {
                Some(id) => Ok(Response::json(200, &self.person(id))),
                None => Err(Response::refusal(400, "an API key is nobody")),
            },
            _ => Err(Response::empty(404)),
        }
    }

    fn info(&self) -> Value {
        let mut info = json!({
            "LocalAddress": "http://192.0.2.20:8096",
            "ServerName": self.options.name,
            "Version": self.options.dialect.version(),
            "Id": self.id(),
        });
        if !self.options.dialect.is_emby() {
            set(&mut info, "ProductName", json!("Jellyfin Server"));
            set(&mut info, "StartupWizardCompleted", json!(true));
        }
        info
    }

    fn people(&self) -> Response {
        let people: Vec<Value> = self.users.iter().map(|user| self.person(&user.id)).collect();
        if self.options.dialect.is_emby() {
            let count = people.len();
            return Response::json(200, &json!({ "Items": people, "TotalRecordCount": count }));
        }
        Response::json(200, &Value::from(people))
    }

    fn person(&self, id: &str) -> Value {
        let Some(User { name, id, is_admin }) = self.named(id) else { return Value::Null };
        let policy =
            json!({ "IsAdministrator": is_admin, "IsDisabled": false, "EnableAllFolders": true });
        json!({ "Name": name, "ServerId": self.id(), "Id": id, "Policy": policy })
    }
}

/// Thirty-two hex digits that belong to a name (FNV-1a, twice).
fn made_up(name: &str) -> String {
    let hash = |seed: u64| {
        name.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    format!("{:016x}{:016x}", hash(0), hash(0x5eed))
}

/// Gives an object one more member.
fn set(of: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = of {
        members.insert(key.to_owned(), value);
    }
}

/// A span in the ticks of 100 ns in which both count.
fn ticks(span: Duration) -> u64 {
    u64::try_from(span.as_nanos() / 100).unwrap_or(u64::MAX)
}

impl Service for Jellyfin {
    fn answer(&mut self, request: &Request, now: Time) -> Response {
        Self::answer(self, request, now)
    }

    fn page(&self, _request: &Request, _now: Time) -> Option<Response> {
        None
    }

    fn listens(&mut self, _url: &str) {}
}

impl Server {
    /// Does something there now: `server.at(|jellyfin, now| jellyfin.stop("den", now))`.
    pub fn at<T>(&self, act: impl FnOnce(&mut Jellyfin, Time) -> T) -> T {
        let now = self.now();
        self.with(|jellyfin| act(jellyfin, now))
    }
}

#[cfg(test)]
mod tests;
