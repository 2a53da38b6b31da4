//! What would MDBList do? A stand-in for it, as it is in autumn 2026.
//!
//! [`MdbList`] is a pure state machine: [`MdbList::answer`] takes a request and the time and returns what
//! MDBList answers, as its documents of February 2026 say it and, where those are silent, as clients have
//! seen it; of two readings the stricter one. The same play again is another, unless both are of the same
//! minute. Plays of one thing are listed in a shape of our own: nobody has written theirs down.
//!
//! Not here: the daemon's own client, and any check of what the daemon ought to send.

mod auth;
mod catalogue;
mod scrobble;
mod sync;

pub use auth::Tokens;
pub use catalogue::{Catalogue, Episode, Item, Part, Title};

use crate::Time;
use crate::http::{self, Request, Response};
use crate::service::Service;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// MDBList on a socket.
pub type Server = crate::server::Server<MdbList>;

/// The `client_id` of the app that the stand-in knows.
pub const CLIENT_ID: &str = "demo-mdblist-client-id";

/// How long the short window is.
const WINDOW: Duration = Duration::from_secs(300);

const DAY_MS: u64 = 86_400_000;

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// The app's id; another one is refused.
    pub client_id: String,
    /// Whom the next approval signs in.
    pub user: String,
    /// A device code approves itself after so many polls; `None` waits for `approve`.
    pub approve_after_polls: Option<u32>,
    /// The least time between polls, in seconds.
    pub poll_interval_seconds: u64,
    /// Where a person approves.
    pub verification_url: String,
    /// Lifetime of an access token, in seconds.
    pub token_seconds: u64,
    /// How long a refresh token works after its first use, in seconds.
    pub refresh_grace_seconds: u64,
    /// How many calls a user has in a day.
    pub calls_a_day: u32,
    /// How many changes, and how many questions, a user has in five minutes.
    pub calls_a_window: (usize, usize),
    /// Whether plays of one minute are two.
    pub counts_all: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_id: CLIENT_ID.to_owned(),
            user: "demo".to_owned(),
            approve_after_polls: Some(1),
            poll_interval_seconds: 1,
            verification_url: "https://mdblist.com/oauth/device/".to_owned(),
            token_seconds: 30 * 24 * 3600,
            refresh_grace_seconds: 0,
            calls_a_day: 1000,
            calls_a_window: (300, 1000),
            counts_all: false,
        }
    }
}

/// What MDBList keeps of one person.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// What plays or is paused, one for each thing.
    pub(super) sessions: BTreeMap<Item, Session>,
    pub(super) plays: Vec<Play>,
    pub(super) ratings: BTreeMap<Item, u64>,
    /// Films on the watchlist.
    pub(super) wanted: BTreeSet<u64>,
    /// The day and its calls.
    day: (u64, u32),
    /// The most calls of a day.
    busiest: u32,
    /// When changes and questions came of late.
    changes: VecDeque<Time>,
    questions: VecDeque<Time>,
    /// How many calls were too many.
    refused: usize,
}

/// Something that plays or is paused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Session {
    pub(super) id: u64,
    pub(super) progress: f64,
    pub(super) started: Time,
    pub(super) paused: Option<Time>,
}

/// One time that something was watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Play {
    pub(super) id: u64,
    pub(super) item: Item,
    pub(super) at: Time,
    pub(super) updated: Time,
}

/// A call that changes something, as MDBList saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it came.
    pub at: Time,
    /// In whose name.
    pub user: String,
    /// See [`MdbList::calls`].
    pub line: String,
}

/// The stand-in's whole state.
#[derive(Clone, Debug, Default)]
pub struct MdbList {
    /// What can be set.
    pub options: Options,
    /// What there is to watch.
    pub catalogue: Catalogue,
    users: BTreeMap<String, User>,
    auth: auth::Auth,
    calls: Vec<Call>,
    noted: Vec<String>,
    requests: usize,
    /// Shows and seasons that were marked or unmarked as a whole.
    cascades: Vec<String>,
    last_id: u64,
}

/// A handler's result: both sides are answers, the right one refuses.
type Answer = Result<Response, Response>;

/// A refusal as MDBList words it.
fn refusal(status: u16, error: &str) -> Response {
    Response::json(status, &json!({ "error": error }))
}

impl MdbList {
    /// Nobody has signed in yet.
    #[must_use]
    pub fn new(catalogue: Catalogue) -> Self {
        Self { catalogue, ..Self::default() }
    }

    /// What MDBList answers to `request` at `now`, having changed its state accordingly.
    pub fn answer(&mut self, request: &Request, now: Time) -> Response {
        let holder = self.auth.holder(request, now);
        let user = holder.as_ref().map(|(user, _)| user.clone());
        let answer = self.routed(request, holder, now).unwrap_or_else(|refusal| refusal);
        for line in std::mem::take(&mut self.noted) {
            let refused = (answer.status >= 400).then(|| format!(" ({})", answer.status));
            let (user, line) =
                (user.clone().unwrap_or_default(), line + &refused.unwrap_or_default());
            self.calls.push(Call { at: now, user, line });
        }
        let used = user.and_then(|user| Some(self.users.get(&user)?.day.1));
        let answer = answer.with("Date", &http::http_date(now));
        let Some(used) = used else { return answer };
        let most = self.options.calls_a_day;
        answer
            .with("X-RateLimit-Limit", &most.to_string())
            .with("X-RateLimit-Remaining", &most.saturating_sub(used).to_string())
            .with("X-RateLimit-Reset", &(midnight(now).0 / 1000).to_string())
    }

    fn routed(&mut self, request: &Request, holder: Option<(String, bool)>, now: Time) -> Answer {
        let path = request.path.as_str();
        if let Some(step) = path.strip_prefix("/oauth/") {
            // Without its slash a path is none.
            let step = step.strip_suffix('/').filter(|_| request.method == "POST");
            return self.sign_in(step.ok_or_else(|| Response::html(404))?, request, now);
        }
        let Some((user, may_write)) = holder else {
            return Err(refusal(401, "Invalid API key"));
        };
        self.requests += 1;
        self.counted(&user, request, now)?;
        if request.method != "GET" && !may_write {
            return Err(refusal(403, "insufficient_scope"));
        }
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let parts = if path.ends_with('/') { &[] } else { parts.as_slice() };
        match (request.method.as_str(), parts) {
            ("GET", ["user"]) => {
                let used = self.user(&user).day.1;
                Ok(Response::json(200, &self.who(&user, used, midnight(now))))
            }
            ("POST", ["scrobble", action @ ("start" | "pause" | "stop" | "clear")]) => {
                self.scrobble(&user, action, request, now)
            }
            ("GET", ["sync", "watched"]) => self.watched(&user, request),
            ("POST", ["sync", "watched"]) => self.add(&user, request, now),
            ("POST", ["sync", "watched", "remove"]) => self.remove(&user, request),
            ("GET", ["sync", "history", kind, provider, id]) => {
                self.history(&user, [kind, provider, id])
            }
            ("POST", ["sync", "ratings"]) => self.rate(&user, request, true),
            ("POST", ["sync", "ratings", "remove"]) => self.rate(&user, request, false),
            ("POST", ["watchlist", "items", what @ ("add" | "remove")]) => {
                self.watchlist(&user, *what == "add", request)
            }
            ("GET", ["search", kind @ ("movie" | "show")]) => {
                self.search(*kind == "movie", request)
            }
            _ => Err(Response::json(404, &json!({ "detail": "Not found." }))),
        }
    }

    /// Counts a call against the day and the short window.
    fn counted(&mut self, user: &str, request: &Request, now: Time) -> Result<(), Response> {
        let Options { calls_a_day: most, calls_a_window: (changes, questions), .. } = self.options;
        let is_change = request.method != "GET";
        let user = self.users.entry(user.to_owned()).or_default();
        if user.day.0 != now.0 / DAY_MS {
            user.day = (now.0 / DAY_MS, 0);
        }
        if user.day.1 >= most {
            user.refused += 1;
            let seconds = midnight(now).since(now).as_secs() + 1;
            let daily = refusal(429, "Daily API limit exceeded!");
            return Err(daily.with("Retry-After", &seconds.to_string()));
        }
        let (window, most) =
            if is_change { (&mut user.changes, changes) } else { (&mut user.questions, questions) };
        window.retain(|at| now.since(*at) < WINDOW);
        if let Some(first) = window.front().filter(|_| window.len() >= most) {
            user.refused += 1;
            let seconds = WINDOW.saturating_sub(now.since(*first)).as_secs() + 1;
            return Err(refusal(429, "Too many requests").with("Retry-After", &seconds.to_string()));
        }
        window.push_back(now);
        user.day.1 += 1;
        user.busiest = user.busiest.max(user.day.1);
        Ok(())
    }

    fn user(&mut self, name: &str) -> &mut User {
        self.users.entry(name.to_owned()).or_default()
    }

    /// A person has so many calls left today.
    pub fn spend_day(&mut self, user: &str, left: u32, now: Time) {
        let used = self.options.calls_a_day.saturating_sub(left);
        self.user(user).day = (now.0 / DAY_MS, used);
    }

    /// A person has used up the short window of changes, which began so long ago.
    pub fn spend_window(&mut self, user: &str, ago: Duration, now: Time) {
        let began = Time(now.0.saturating_sub(u64::try_from(ago.as_millis()).unwrap_or_default()));
        let (changes, _) = self.options.calls_a_window;
        self.user(user).changes = std::iter::repeat_n(began, changes).collect();
    }

    /// Puts a film on a person's watchlist; whether there is one so called.
    pub fn want(&mut self, user: &str, title: &str) -> bool {
        let mut titles = self.catalogue.titles.iter();
        let number =
            titles.find(|(_, one)| one.is_film && one.title == title).map(|(number, _)| *number);
        number.map(|number| self.user(user).wanted.insert(number)).is_some()
    }

    /// The calls that change something, in the order in which they came: `start The Salt Road 12.5`,
    /// `pause … 79.9`, `stop … 90`, `clear …`, `add … 2026-11-23T20:15:00Z`, `remove …`, `rate … 7`,
    /// `unrate …`, `unlist …`. A refused one ends in its status, `(404)`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.calls.iter().map(|call| call.line.clone()).collect()
    }

    /// The same with their times and whose they were.
    #[must_use]
    pub fn heard(&self) -> &[Call] {
        &self.calls
    }

    /// Who has signed in.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }

    /// How many calls were refused because those of a day or of five minutes were used up.
    #[must_use]
    pub fn refused_as_too_many(&self) -> usize {
        self.users.values().map(|user| user.refused).sum()
    }

    /// The calls of the busiest day of anybody.
    #[must_use]
    pub fn busiest_day(&self) -> u32 {
        self.users.values().map(|user| user.busiest).max().unwrap_or_default()
    }

    /// Another app tells of a play. Whether there is such an item.
    pub fn play_elsewhere(&mut self, user: &str, label: &str, at: Time) -> bool {
        let item = self.catalogue.labelled(label);
        item.map(|item| self.play(user, item, at, at)).is_some()
    }

    /// How many calls came in anybody's name.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Which shows and seasons were marked or unmarked as a whole.
    #[must_use]
    pub fn cascades(&self) -> Vec<String> {
        self.cascades.clone()
    }

    /// What a person has watched, and when, by label, in the order in which it was told.
    #[must_use]
    pub fn plays(&self, user: &str) -> Vec<(String, Time)> {
        let plays = self.users.get(user).into_iter().flat_map(|user| &user.plays);
        plays.map(|play| (self.catalogue.label(play.item), play.at)).collect()
    }

    /// What a person has left half way: label and progress.
    #[must_use]
    pub fn left(&self, user: &str) -> Vec<(String, f64)> {
        self.sessions(user, true)
    }

    /// What plays.
    #[must_use]
    pub fn open(&self, user: &str) -> Vec<(String, f64)> {
        self.sessions(user, false)
    }

    fn sessions(&self, user: &str, is_paused: bool) -> Vec<(String, f64)> {
        let sessions = self.users.get(user).into_iter().flat_map(|user| &user.sessions);
        let those = sessions.filter(|(_, session)| session.paused.is_some() == is_paused);
        those.map(|(item, session)| (self.catalogue.label(*item), session.progress)).collect()
    }

    /// A person's ratings, by label.
    #[must_use]
    pub fn ratings(&self, user: &str) -> Vec<(String, u64)> {
        let ratings = self.users.get(user).into_iter().flat_map(|user| &user.ratings);
        ratings.map(|(item, rating)| (self.catalogue.label(*item), *rating)).collect()
    }

    /// A person's watchlist.
    #[must_use]
    pub fn wanted(&self, user: &str) -> Vec<String> {
        let wanted = self.users.get(user).into_iter().flat_map(|user| &user.wanted);
        wanted.map(|number| self.catalogue.label((*number, Part::Whole))).collect()
    }
}

/// When the day ends.
fn midnight(now: Time) -> Time {
    Time((now.0 / DAY_MS + 1) * DAY_MS)
}

impl Service for MdbList {
    fn answer(&mut self, request: &Request, now: Time) -> Response {
        Self::answer(self, request, now)
    }

    fn page(&self, request: &Request, _now: Time) -> Option<Response> {
        let is_page = request.method == "GET" && request.path == "/oauth/device/";
        is_page.then(|| Response::json(200, &Value::from("it approves a code by itself")))
    }

    fn listens(&mut self, url: &str) {
        self.options.verification_url = format!("{url}/oauth/device/");
    }
}

impl Server {
    /// Signs a person in without a device code.
    #[must_use]
    pub fn sign_in(&self, user: &str) -> Tokens {
        let now = self.now();
        self.with(|mdblist| mdblist.issue_tokens(user, now))
    }
}

#[cfg(test)]
mod tests;
