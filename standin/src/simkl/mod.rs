//! What would Simkl do? A stand-in for it, as it is since its login of September 2026.
//!
//! [`Simkl`] is a pure state machine: [`Simkl::answer`] takes a request and the time and returns what
//! Simkl answers, as api.simkl.org says it and, where that is silent, as clients have seen it; of two
//! readings the stricter one. A start that nobody ended becomes a play when the next one comes.
//!
//! Not here: the daemon's own client, and any check of what the daemon ought to send.

mod auth;
mod catalogue;
mod options;
mod scrobble;
mod sync;

pub use auth::Tokens;
pub use catalogue::{Catalogue, Episode, Item, Kind, Title};
pub use options::Options;

use crate::Time;
use crate::http::{self, Request, Response};
use crate::service::Service;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Simkl on a socket.
pub type Server = crate::server::Server<Simkl>;

/// The `client_id` of the app that the stand-in knows.
pub const CLIENT_ID: &str = "demo-simkl-client-id";

/// POSTs a little closer than allowed are no violation: the network moved them.
const PACE_GRACE: Duration = Duration::from_millis(50);

/// What Simkl keeps of one person.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// What was started and not ended, one for each title.
    pub(super) sessions: BTreeMap<u64, Session>,
    pub(super) positions: Vec<Position>,
    /// What was watched when: each item once.
    pub(super) watched: Vec<(Item, Time)>,
    pub(super) scrobbled: BTreeMap<Item, Time>,
    pub(super) ratings: BTreeMap<u64, u64>,
    /// The day and its calls.
    day: (u64, u32),
    /// The most calls that a day had.
    busiest: u32,
    /// How many calls were refused because a day's were used up.
    refused: usize,
    posted: Option<Time>,
    /// So many of the next scrobbles meet the user's lock.
    locked: u32,
}

/// Something started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Session {
    pub(super) item: Item,
    pub(super) progress: f64,
    pub(super) started: Time,
}

/// Where a person has left off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Position {
    pub(super) id: u64,
    pub(super) item: Item,
    pub(super) progress: f64,
    pub(super) paused: Time,
}

/// A call that changes something, as Simkl saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it came.
    pub at: Time,
    /// In whose name.
    pub user: String,
    /// See [`Simkl::calls`].
    pub line: String,
}

/// The stand-in's whole state.
#[derive(Clone, Debug, Default)]
pub struct Simkl {
    /// What can be set.
    pub options: Options,
    /// What there is to watch.
    pub catalogue: Catalogue,
    users: BTreeMap<String, User>,
    auth: auth::Auth,
    calls: Vec<Call>,
    noted: Vec<String>,
    requests: usize,
    violations: usize,
    /// Plays that nobody told: of starts that were left open.
    invented: Vec<String>,
    last_id: u64,
}

/// A handler's result: both sides are answers, the right one refuses.
type Answer = Result<Response, Response>;

/// A refusal as Simkl words it.
fn refusal(status: u16, error: &str) -> Response {
    let body = json!({ "error": error, "code": status, "message": "see the documentation" });
    Response::json(status, &body)
}

impl Simkl {
    /// Nobody has signed in yet.
    #[must_use]
    pub fn new(catalogue: Catalogue) -> Self {
        Self { catalogue, last_id: 9_007_199_254_740_993, ..Self::default() }
    }

    /// What Simkl answers to `request` at `now`, having changed its state accordingly.
    pub fn answer(&mut self, request: &Request, now: Time) -> Response {
        let bearer = request.header("authorization").and_then(|h| h.strip_prefix("Bearer "));
        let holder = bearer.and_then(|token| self.auth.holder(token, now));
        let user = holder.as_ref().map(|(user, _)| user.clone());
        let answer = self.routed(request, bearer, holder, now).unwrap_or_else(|refusal| refusal);
        for line in std::mem::take(&mut self.noted) {
            let refused = (answer.status >= 400).then(|| format!(" ({})", answer.status));
            let line = line + &refused.unwrap_or_default();
            self.calls.push(Call { at: now, user: user.clone().unwrap_or_default(), line });
        }
        let left = user.and_then(|user| Some(self.users.get(&user)?.day.1));
        let answer = answer.with("Date", &http::http_date(now));
        match left {
            Some(used) => {
                answer.with("X-RateLimit-Limit", &self.options.calls_a_day.to_string()).with(
                    "X-RateLimit-Remaining",
                    &self.options.calls_a_day.saturating_sub(used).to_string(),
                )
            }
            None => answer,
        }
    }

    fn routed(
        &mut self,
        request: &Request,
        bearer: Option<&str>,
        holder: Option<(String, String)>,
        now: Time,
    ) -> Answer {
        if request.header("user-agent").is_none_or(str::is_empty) {
            return Err(Response::html(403)); // the CDN's
        }
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let ("POST", ["oauth2", step]) = (request.method.as_str(), path.as_slice()) {
            return self.sign_in(step, request, now);
        }
        if let ["oauth", ..] = path.as_slice() {
            return Err(refusal(400, "unauthorized_client")); // the app is of the second version
        }
        self.gateway(request)?;
        let Some((user, scope)) = holder else {
            let error = if bearer.is_none() { "user_token_required" } else { "user_token_failed" };
            return Err(refusal(401, error));
        };
        self.requests += 1;
        self.counted(&user, request, now)?;
        let is_question = matches!(path.as_slice(), ["users", "settings"] | ["sync", "watched"]);
        let writes = request.method != "GET" && !is_question;
        if writes && !scope.split(' ').any(|one| one == "media:write") {
            return Err(refusal(403, "insufficient_scope"));
        }
        match (request.method.as_str(), path.as_slice()) {
            ("POST" | "GET", ["users", "settings"]) => Ok(Response::json(
                200,
                &json!({ "user": { "name": user },
                         "account": { "id": 1001, "timezone": "Etc/UTC", "type": "free" } }),
            )),
            ("POST", ["scrobble", action @ ("start" | "pause" | "stop")]) => {
                self.scrobble(&user, action, request, now)
            }
            ("GET", ["sync", "playback"]) => Ok(self.positions(&user, "")),
            ("GET", ["sync", "playback", kind @ ("movies" | "episodes")]) => {
                Ok(self.positions(&user, kind))
            }
            ("DELETE", ["sync", "playback", id]) => self.forget(&user, id),
            ("POST", ["sync", "history"]) => self.add(&user, request, now),
            ("POST", ["sync", "history", "remove"]) => self.remove(&user, request),
            ("POST", ["sync", "ratings"]) => self.rate(&user, request, now),
            ("POST", ["sync", "ratings", "remove"]) => self.unrate(&user, request),
            ("GET", ["search", kind @ ("movie" | "tv" | "anime")]) => {
                Ok(self.search(kind, request))
            }
            _ => Err(refusal(404, "url_failed")),
        }
    }

    /// What the gateway wants of every call; without it a path is not found, whatever it is.
    fn gateway(&self, request: &Request) -> Result<(), Response> {
        let parameter = |name: &str| request.parameter(name).unwrap_or_default();
        let name = parameter("app-name");
        if name.is_empty() || name != name.to_lowercase() || parameter("app-version").is_empty() {
            return Err(refusal(404, "url_failed"));
        }
        let header = request.header("simkl-api-key").unwrap_or_default();
        if ![parameter("client_id").as_str(), header].contains(&self.options.client_id.as_str()) {
            return Err(refusal(412, "client_id_failed"));
        }
        Ok(())
    }

    /// Counts a call against the day and the second.
    fn counted(&mut self, user: &str, request: &Request, now: Time) -> Result<(), Response> {
        let most = self.options.calls_a_day;
        // Midnight in New York, in winter.
        let new_york = now.0.saturating_sub(5 * 3_600_000);
        let (today, rest) = (new_york / 86_400_000, 86_400_000 - new_york % 86_400_000);
        let user = self.users.entry(user.to_owned()).or_default();
        if user.day.0 != today {
            user.day = (today, 0);
        }
        if user.day.1 >= most {
            user.refused += 1;
            let seconds = (rest / 1000 + 1).to_string();
            return Err(refusal(429, "user_limit_exceeded").with("Retry-After", &seconds));
        }
        user.day.1 += 1;
        user.busiest = user.busiest.max(user.day.1);
        if request.method != "GET" {
            let gap = user.posted.replace(now).map(|last| now.since(last));
            let second = Duration::from_secs(1);
            if gap.is_some_and(|gap| second.saturating_sub(gap) > PACE_GRACE) {
                self.violations += 1;
            }
        }
        Ok(())
    }

    fn user(&mut self, name: &str) -> &mut User {
        self.users.entry(name.to_owned()).or_default()
    }

    /// Keeps that an item was watched. Again changes nothing.
    pub(super) fn watch(&mut self, user: &str, item: Item, at: Time) {
        let counts_again = self.options.counts_again;
        let watched = &mut self.user(user).watched;
        if counts_again || !watched.iter().any(|(one, _)| *one == item) {
            watched.push((item, at));
        }
    }

    /// Another app tells of a play. Whether there is such an item.
    pub fn play_elsewhere(&mut self, user: &str, label: &str, at: Time) -> bool {
        let item = self.catalogue.labelled(label);
        item.map(|item| self.watch(user, item, at)).is_some()
    }

    /// So many of a person's next scrobbles meet their lock.
    pub fn lock(&mut self, user: &str, times: u32) {
        self.user(user).locked = times;
    }

    /// How many calls a person has left today.
    pub fn spend_day(&mut self, user: &str, left: u32, now: Time) {
        let today = now.0.saturating_sub(5 * 3_600_000) / 86_400_000;
        self.user(user).day = (today, self.options.calls_a_day.saturating_sub(left));
    }

    /// The calls that change something, in the order in which they came:
    /// `start The Salt Road 12.5`, `pause … 79.9`, `stop … 90`, `forget …`,
    /// `history … 2026-11-23T20:15:00.000Z`, `remove …`, `rate … 7`, `unrate …`. A refused one ends in
    /// its status, `(404)`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.calls.iter().map(|call| call.line.clone()).collect()
    }

    /// The same with their times and whose they were.
    #[must_use]
    pub fn heard(&self) -> &[Call] {
        &self.calls
    }

    /// How many calls came in anybody's name.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// How many changes came too soon after the one before.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.violations
    }

    /// How many calls were refused because a person's calls of a day were used up.
    #[must_use]
    pub fn refused_for_the_day(&self) -> usize {
        self.users.values().map(|user| user.refused).sum()
    }

    /// The most calls that anybody had in a day.
    #[must_use]
    pub fn busiest_day(&self) -> u32 {
        self.users.values().map(|user| user.busiest).max().unwrap_or_default()
    }

    /// Who has signed in.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }

    /// What became a play because nobody ended its start.
    #[must_use]
    pub fn invented(&self) -> Vec<String> {
        self.invented.clone()
    }

    /// What a person has watched, and when, by label.
    #[must_use]
    pub fn plays(&self, user: &str) -> Vec<(String, Time)> {
        let watched = self.users.get(user).into_iter().flat_map(|user| &user.watched);
        watched.map(|(item, at)| (self.catalogue.label(*item), *at)).collect()
    }

    /// What a person has left half way: label and progress.
    #[must_use]
    pub fn left(&self, user: &str) -> Vec<(String, f64)> {
        let positions = self.users.get(user).into_iter().flat_map(|user| &user.positions);
        positions.map(|one| (self.catalogue.label(one.item), one.progress)).collect()
    }

    /// What stands open: started, and not ended.
    #[must_use]
    pub fn open(&self, user: &str) -> Vec<String> {
        let sessions = self.users.get(user).into_iter().flat_map(|user| user.sessions.values());
        sessions.map(|one| self.catalogue.label(one.item)).collect()
    }

    /// What it has in the end, for a person to read.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for name in self.people() {
            let mut plays = self.plays(name);
            plays.sort_by_key(|(_, at)| *at);
            let (count, s) = (plays.len(), if plays.len() == 1 { "" } else { "s" });
            lines.push(format!("{name} has {count} play{s} in the history"));
            let plays = plays.into_iter().map(|(label, at)| format!("  watched   {at}  {label}"));
            lines.extend(plays);
            let left = self.left(name).into_iter();
            lines.extend(left.map(|(label, at)| format!("  left at   {at} %  {label}")));
            let open = self.open(name).into_iter();
            lines.extend(open.map(|label| format!("  watching  {label}")));
        }
        if lines.is_empty() {
            lines.push("nobody has signed in, and nothing has come".to_owned());
        }
        lines
    }

    /// A person's rating of a title.
    #[must_use]
    pub fn rating(&self, user: &str, label: &str) -> Option<u64> {
        let (title, _) = self.catalogue.labelled(label)?;
        self.users.get(user)?.ratings.get(&title).copied()
    }
}

impl Service for Simkl {
    fn answer(&mut self, request: &Request, now: Time) -> Response {
        Self::answer(self, request, now)
    }

    fn page(&self, request: &Request, _now: Time) -> Option<Response> {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/pin") => Some(Response::text("This stand-in approves a code by itself.\n")),
            ("GET", "/demo/summary") => Some(Response::text(&(self.summary().join("\n") + "\n"))),
            _ => None,
        }
    }

    fn listens(&mut self, url: &str) {
        self.options.verification_url = format!("{url}/pin");
    }
}

impl Server {
    /// Signs a person in without a device code.
    #[must_use]
    pub fn sign_in(&self, user: &str) -> Tokens {
        let now = self.now();
        self.with(|simkl| simkl.issue_tokens(user, now))
    }
}

#[cfg(test)]
mod tests;
