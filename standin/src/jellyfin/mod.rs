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
mod destinations;
pub mod emby;
mod items;
mod library;
mod log;
mod login;
mod notify;
mod play;
mod plugins;
mod routes;
mod sessions;

pub use crate::post::Post;
pub use destinations::{Destinations, Words};
pub use library::{Kind, Title};
pub use play::UserData;
pub use plugins::{Plugin, Status, Store};

use crate::Time;
use crate::http::{self, Request, Response};
use crate::service::Service;
use auth::Program;
use log::Entry;
use login::Quick;
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
    /// The path under which it is, behind a proxy: `/jellyfin`; or empty.
    pub base: String,
    /// Whether Quick Connect is switched on.
    pub quick_connect: bool,
    /// Whether somebody has gone through its first start.
    pub is_set_up: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            name: "loft".to_owned(),
            skew_ms: 0,
            reports_in_pause: true,
            base: String::new(),
            quick_connect: true,
            is_set_up: true,
        }
    }
}

/// A person there.
#[derive(Clone, Debug)]
struct User {
    name: String,
    id: String,
    is_admin: bool,
    is_disabled: bool,
    password: String,
}

/// A token or a key, and how it came to be.
#[derive(Clone, Debug)]
struct Login {
    /// Whose; an API key is nobody's.
    user: Option<String>,
    /// What asked for it; a key has only a name.
    program: Program,
    since: Time,
}

/// The stand-in's whole state.
#[derive(Clone, Debug, Default)]
pub struct Jellyfin {
    /// What can be set.
    pub options: Options,
    users: Vec<User>,
    /// What there is to watch, by its id.
    titles: BTreeMap<String, Title>,
    /// The series of its episodes, by their ids.
    series: BTreeMap<String, Title>,
    /// How plugins come, and restarts go.
    pub store: Store,
    /// The Webhook plugin, where it is installed.
    pub plugin: Option<Plugin>,
    /// Tokens and keys.
    tokens: BTreeMap<String, Login>,
    quick: Vec<Quick>,
    posts: Vec<Post>,
    away_until: Option<Time>,
    restarted: u32,
    /// How many secrets were made.
    made: u32,
    /// One for each device and program, in the order in which they came.
    seats: Vec<Seat>,
    data: BTreeMap<(String, String), UserData>,
    log: Vec<Entry>,
    rows: u64,
}

impl Login {
    fn of(user: Option<String>, name: &str) -> Self {
        let program = Program { name: name.to_owned(), ..Program::default() };
        Self { user, program, since: Time::default() }
    }
}

/// A handler's result: both sides are answers, the right one refuses.
type Answer = Result<Response, Response>;

impl Jellyfin {
    /// Nobody watches, and there is nothing to watch.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            options: Options { dialect, ..Options::default() },
            tokens: [(KEY.to_owned(), Login::of(None, "dashboard"))].into(),
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
        let (name, is_disabled, password) = (name.to_owned(), false, String::new());
        self.users.push(User { name, id: id.clone(), is_admin, is_disabled, password });
        id
    }

    /// Signs a person in; returns the token.
    pub fn sign_in(&mut self, name: &str) -> String {
        let id = self.user(name);
        let token = made_up(&format!("token {name}"));
        self.tokens.insert(token.clone(), Login::of(Some(id), "by hand"));
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

    fn info(&self) -> Value {
        let mut info = json!({
            "LocalAddress": "http://192.0.2.20:8096",
            "ServerName": self.options.name,
            "Version": self.options.dialect.version(),
            "Id": self.id(),
        });
        if !self.options.dialect.is_emby() {
            set(&mut info, "ProductName", json!("Jellyfin Server"));
            set(&mut info, "StartupWizardCompleted", json!(self.options.is_set_up));
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
        let Some(User { name, id, is_admin, is_disabled, .. }) = self.named(id) else {
            return Value::Null;
        };
        let policy = json!({ "IsAdministrator": is_admin, "IsDisabled": is_disabled, "EnableAllFolders": true });
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
    /// Does something there now: `server.at(|jellyfin, now| jellyfin.stop("den", now))`. Where the Webhook
    /// plugin has somebody to tell of it, that is posted before this returns, and what does not arrive is
    /// lost, as there.
    pub fn at<T>(&self, act: impl FnOnce(&mut Jellyfin, Time) -> T) -> T {
        let now = self.now();
        let (done, posts) = self.with(|jellyfin| {
            let done = act(jellyfin, now);
            (done, jellyfin.take_posts())
        });
        for post in posts {
            let _ = post.send(); // there it is logged
        }
        done
    }
}

#[cfg(test)]
mod tests;
