//! What would Trakt do? A stand-in for it, for tests and for whoever wants to see the daemon work
//! without an account.
//!
//! * [`Trakt`] is a pure state machine: [`Trakt::answer`] takes a request and the time and returns
//!   what Trakt answers, as docs.trakt.tv says it and, where that is silent, as clients have seen
//!   it. Sign-in and API live on the same address.
//! * [`Server`] is the thin shell on a socket.
//! * With the feature `faults`, `Faults` decides which requests meet misbehaviour, and which, and
//!   `Stage` puts both together, still without a socket.
//!
//! # Looking into it over HTTP
//!
//! These paths need no headers and are no part of Trakt; all but the first need `faults`:
//!
//! | | |
//! |---|---|
//! | `GET /demo/summary` | what it has, for a person, as text |
//! | `GET /demo` | everything it has, as JSON |
//! | `POST /demo/reset` | forgets plays, positions, ratings, calls and faults; sign-ins stay |
//! | `POST /demo/faults` | an `Order` or a list of them: `{"fault":{"status":{"status":503}},"times":2,"path":"/scrobble/stop"}` |
//! | `DELETE /demo/faults` | no more misbehaviour |
//! | `POST /demo/approve` | `{"user_code":"…","user":"…"}`, both optional: the person says yes |
//! | `POST /demo/refuse` | the person says no |
//! | `POST /demo/options` | changes [`Options`]: `{"enforce_pace":true}` |
//! | `POST /demo/hide` | `{"item":"Harbour Nine 2x07","until":"2026-11-24T20:00:00Z"}`: unknown until then, or for ever |
//! | `POST /demo/lock` | `{"user":"…","status":423}`: all calls of that person get it; without a status no more |
//! | `POST /demo/play` | `{"item":"The Salt Road","at":"…","user":"…"}`: a play by somebody else's app |
//!
//! Not here: the daemon's own client (`trakt`), and any check of what the daemon ought to send.

mod account;
mod auth;
mod batch;
mod catalogue;
#[cfg(feature = "faults")]
mod control;
mod history;
mod lookup;
mod pages;
mod ratings;
mod report;
mod route;
mod scrobble;
mod server;

#[cfg(feature = "faults")]
pub use crate::faults::{Act, Ending, Fault, Faults, Logged, Order, Page, Rates};
pub use account::{Play, Position, User, Watching};
pub use auth::Tokens;
pub use catalogue::{Catalogue, Entry, Ids, Ref, Type};
/// Trakt with its faults.
#[cfg(feature = "faults")]
pub type Stage = crate::faults::Stage<Trakt>;
/// Trakt on a socket.
pub type Server = crate::server::Server<Trakt>;
pub use crate::http::{Request, Response};

use crate::Time;
use crate::http;
use route::Route;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The `client_id` of the app that the stand-in knows.
pub const CLIENT_ID: &str = "demo-client-id";
/// Its `client_secret`.
pub const CLIENT_SECRET: &str = "demo-client-secret";

/// POSTs a little closer than allowed are no violation: they were sent in time, and the network
/// and two busy threads moved them.
const PACE_GRACE: Duration = Duration::from_millis(50);

/// What can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The app's id; another one is refused.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: String,
    /// Whom the next approval signs in.
    pub user: String,
    /// A device code approves itself after so many polls; `None` waits for `approve`.
    pub approve_after_polls: Option<u32>,
    /// Lifetime of a device code, in seconds (600 at Trakt today).
    pub device_code_seconds: u64,
    /// The least time between polls, in seconds (5 at Trakt today).
    pub poll_interval_seconds: u64,
    /// Where a person approves.
    pub verification_url: String,
    /// Lifetime of an access token, in seconds (7 days in today's text).
    pub token_seconds: u64,
    /// For so long a spent refresh token still gives a new pair, in seconds. Trakt's is not
    /// documented; 0 is the strictest.
    pub refresh_grace_seconds: u64,
    /// Whether POSTs and GETs that are too many are refused with 429.
    pub enforce_pace: bool,
    /// The least time between a user's POSTs, in milliseconds.
    pub post_interval_ms: u64,
    /// How many GETs a user may send in a period (1,000 at Trakt today).
    pub gets: u32,
    /// That period, in milliseconds (5 minutes at Trakt today).
    pub get_period_ms: u64,
    /// For so long after a scrobble another one of the same item is a 409, in seconds; `None`
    /// takes the item's runtime (Trakt documents only that there is an `expires_at`).
    pub repeat_seconds: Option<u64>,
    /// Whether the app is one of Trakt's own, to which alone some settings are shown.
    pub official_app: bool,
    /// Whether whoever asks has Trakt read the history of their Plex server.
    pub plex_sync: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            user: "demo".to_owned(),
            approve_after_polls: Some(1),
            device_code_seconds: 600,
            poll_interval_seconds: 1,
            verification_url: "https://auth.trakt.tv/activate".to_owned(),
            token_seconds: 7 * 24 * 3600,
            refresh_grace_seconds: 0,
            enforce_pace: false,
            post_interval_ms: 1000,
            gets: 1000,
            get_period_ms: 300_000,
            repeat_seconds: None,
            official_app: false,
            plex_sync: false,
        }
    }
}

/// A call that changes something, as Trakt saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// When it came.
    pub at: Time,
    /// Whose it is.
    pub user: String,
    /// `start The Salt Road 12.5`; refused ones end in the status: `stop The Salt Road 90 (409)`.
    pub line: String,
}

/// The stand-in's whole state.
#[derive(Clone, Debug)]
pub struct Trakt {
    /// What can be set.
    pub options: Options,
    /// What there is to watch.
    pub catalogue: Catalogue,
    users: BTreeMap<String, User>,
    auth: auth::Auth,
    calls: Vec<Call>,
    /// Lines of the request that is being answered.
    noted: Vec<String>,
    violations: usize,
    last_play: u64,
    last_position: u64,
}

impl Default for Trakt {
    fn default() -> Self {
        Self::new(Catalogue::samples())
    }
}

/// A progress as it is told to people: with one decimal at most.
fn tenths(progress: f64) -> f64 {
    (progress * 10.0).round() / 10.0
}

/// A handler's result: both sides are answers, the right one refuses.
type Answer = Result<Response, Response>;

impl Trakt {
    /// Nobody has signed in yet.
    #[must_use]
    pub fn new(catalogue: Catalogue) -> Self {
        Self {
            options: Options::default(),
            catalogue,
            users: BTreeMap::new(),
            auth: auth::Auth::default(),
            calls: Vec::new(),
            noted: Vec::new(),
            violations: 0,
            // Above 2^53 and odd: who reads ids as floating point numbers finds another one.
            last_play: 9_007_199_254_740_991,
            last_position: 1000,
        }
    }

    /// Only what was declared exists.
    #[must_use]
    pub fn strict() -> Self {
        Self::new(Catalogue::strict())
    }

    /// What Trakt answers to `request` at `now`, having changed its state accordingly.
    pub fn answer(&mut self, request: &Request, now: Time) -> Response {
        let bearer = request.header("authorization").and_then(|h| h.strip_prefix("Bearer "));
        let user = bearer.and_then(|token| self.auth.user_of(token, now));
        let answer = self.routed(request, user.as_deref(), now).unwrap_or_else(|refusal| refusal);
        let refused = answer.status >= 400;
        for line in std::mem::take(&mut self.noted) {
            let line = if refused { format!("{line} ({})", answer.status) } else { line };
            self.calls.push(Call { at: now, user: user.clone().unwrap_or_default(), line });
        }
        answer.with("Date", &http::http_date(now))
    }

    fn routed(&mut self, request: &Request, user: Option<&str>, now: Time) -> Answer {
        if request.header("user-agent").is_none_or(str::is_empty) {
            return Err(Response::html(403)); // the CDN's, not Trakt's
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let route = route::find(&request.method, &segments)?;
        let is_json = request
            .header("content-type")
            .is_some_and(|kind| kind.trim_start().starts_with("application/json"));
        if request.method == "POST" && !is_json {
            return Err(Response::refusal(412, "the content type must be application/json"));
        }
        if let Route::Auth(step) = route {
            return self.sign_in(step, request, now);
        }
        if request.header("trakt-api-key") != Some(&self.options.client_id) {
            return Err(Response::refusal(403, "invalid API key or unapproved app"));
        }
        if request.header("trakt-api-version") != Some("2") {
            return Err(Response::refusal(400, "trakt-api-version must be 2"));
        }
        if user.is_none() && (route.needs_user() || request.header("authorization").is_some()) {
            return Err(Response::refusal(401, "no user has this access token"));
        }
        let name = user.unwrap_or_default();
        if let Some(status) = user.and_then(|name| self.users.get(name)?.locked) {
            return Err(Response::empty(status));
        }
        self.paced(request, user, now)?;
        match route {
            Route::Auth(_) => Err(Response::empty(404)), // answered above
            Route::Scrobble(action) => self.scrobble(name, action, request, now),
            Route::EndCheckin => Ok(self.end_checkin(name)),
            Route::Watching => Ok(self.watching(name, now)),
            Route::Positions(kind) => Ok(self.positions(name, kind)),
            Route::ForgetPosition(id) => self.forget_position(name, id),
            Route::History(kind, id) => Ok(self.history(name, kind, id, request)),
            Route::AddHistory => self.add_history(name, request, now),
            Route::RemoveHistory => self.remove_history(name, request, now),
            Route::Ratings(kind) => Ok(self.ratings(name, kind)),
            Route::AddRatings => self.add_ratings(name, request, now),
            Route::RemoveRatings => self.remove_ratings(name, request, now),
            Route::Watchlist(kind) => Ok(self.watchlist(name, kind)),
            Route::AddWatchlist => self.add_watchlist(name, request, now),
            Route::RemoveWatchlist => self.remove_watchlist(name, request, now),
            Route::Settings => Ok(report::settings(name)),
            // As to every app that is not Trakt's own (trakt/trakt-api#805, #940).
            Route::PlexSettings if !self.options.official_app => Err(Response::empty(401)),
            Route::PlexSettings => Ok(report::plex_settings(self.options.plex_sync)),
            Route::Usage => Ok(report::usage()),
            Route::SearchId(kind, id) => Ok(self.search_id(kind, id, request, now)),
            Route::Search(types, exact) => self.search(types, exact, request, now),
            Route::Thing(kind, id) => self.thing(kind, id, request, now),
            Route::Seasons(show) => self.seasons(show, request, now),
            Route::Season(show, number) => self.season(show, number, request, now),
            Route::Episode(show, season, number) => {
                self.episode(show, (season, number), request, now)
            }
        }
    }

    /// Every call of that person gets this status (423 locked, 426 VIP only, …) until `None`.
    pub fn lock(&mut self, user: &str, status: Option<u16>) {
        self.user(user).locked = status;
    }

    /// Counts the request against its user's limits.
    fn paced(&mut self, request: &Request, user: Option<&str>, now: Time) -> Result<(), Response> {
        let Some(name) = user else { return Ok(()) };
        let Options { gets, get_period_ms, post_interval_ms, .. } = self.options;
        let period = Duration::from_millis(get_period_ms);
        let interval = Duration::from_millis(post_interval_ms);
        let user = self.users.entry(name.to_owned()).or_default();
        let wait = if request.method == "GET" {
            user.count_get(gets, period, now)
        } else {
            let gap = user.posts.last().map(|last| now.since(*last));
            user.posts.push(now);
            gap.map(|gap| interval.saturating_sub(gap)).filter(|wait| *wait > PACE_GRACE)
        };
        let Some(wait) = wait else { return Ok(()) };
        self.violations += 1;
        if !self.options.enforce_pace {
            return Ok(());
        }
        if request.method != "GET" {
            user.posts.pop(); // a refused one does not count
        }
        let seconds = wait.as_millis().div_ceil(1000);
        let (name, period, limit) = match request.method.as_str() {
            "GET" => ("AUTHED_API_GET_LIMIT", period.as_secs(), gets),
            _ => ("AUTHED_API_POST_LIMIT", 1, 1),
        };
        let limit = serde_json::json!({
            "name": name,
            "period": period,
            "limit": limit,
            "remaining": 0,
            "until": now.after(wait).to_string(),
        });
        Err(Response::empty(429)
            .with("Retry-After", &seconds.to_string())
            .with("X-Ratelimit", &limit.to_string()))
    }

    /// One line for [`calls`](Self::calls); whether it was refused is added at the end.
    fn note(&mut self, line: String) {
        self.noted.push(line);
    }

    fn user(&mut self, name: &str) -> &mut User {
        self.users.entry(name.to_owned()).or_default()
    }

    /// Forgets plays, positions, ratings, watchlists and calls; sign-ins and catalogue stay.
    pub fn reset(&mut self) {
        self.users.clear();
        self.calls.clear();
        self.violations = 0;
    }
}

#[cfg(test)]
mod tests;
