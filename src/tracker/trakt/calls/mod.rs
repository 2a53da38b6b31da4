//! Which call tells an intent to Trakt?
//!
//! Pure, and the only place that knows Trakt's numbers: a stop at 80 % or more is a play whatever
//! we think, a pause there is refused (haaihond/Nuvio-Wiki#4), and so is one below 1 %
//! (Taxel/PlexTraktSync#2346).
//!
//! What its item is at Trakt is looked up first, and told by [`numbered`]; a start may leave before
//! ([`direct`]). [`plan`] shows all of it, to people.

mod plan;

pub use plan::plan;

use super::api::Found;
use super::names::{Name, Type, is_nameable, object};
use super::thing::Thing;
use crate::event::Time;
use crate::http::Method;
use crate::intent::{Intent, Verb};
use serde_json::{Map, Value, json};
use std::fmt;
use std::time::Duration;

/// The least progress of a stop, so that it is a play.
const LEAST_STOP: f64 = 80.0;
/// The most progress of a pause.
const MOST_PAUSE: f64 = 79.9;
/// The least progress of a pause.
const LEAST_PAUSE: f64 = 1.0;
/// A play that leaves later than this after its time goes to the history: a scrobble's time is
/// that of its call.
const LIVE: Duration = Duration::from_secs(60);

/// One call of Trakt's API. It holds no secret; its `Display` shows all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// How.
    pub method: Method,
    /// Where, from the slash on, percent-encoded.
    pub path: String,
    /// With what.
    pub body: Option<Value>,
}

impl Call {
    /// A call that asks.
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: None }
    }

    fn post(path: &str, body: Map<String, Value>) -> Self {
        Self { method: Method::Post, path: path.to_owned(), body: Some(Value::Object(body)) }
    }

    /// Whether it adds to the history, each time it is sent.
    #[must_use]
    pub fn adds_history(&self) -> bool {
        self.path == "/sync/history"
    }
}

/// As on the wire: `POST /scrobble/start {"movie":…}`.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        self.body.as_ref().map_or(Ok(()), |body| write!(f, " {body}"))
    }
}

/// Whether a moment has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// It is now.
    Live,
    /// It was then: what Trakt can be told with a time gets one.
    Late,
}

impl Timing {
    /// How an intent that leaves `now` is told.
    #[must_use]
    pub fn of(intent: &Intent, now: Time) -> Self {
        if now.since(intent.at) > LIVE { Self::Late } else { Self::Live }
    }
}

/// The call that tells a start by ids of the item itself, before anybody knows whether Trakt means
/// the same by them. None where it has none.
#[must_use]
pub fn direct(intent: &Intent) -> Option<Call> {
    let telling = telling(intent, Timing::Live).filter(|_| intent.verb == Verb::Start)?;
    Some(telling.of(&Name::direct(&intent.item)?))
}

/// The call that tells `intent` by what its item was found to be. None where Trakt has no word
/// for it.
#[must_use]
pub fn numbered(intent: &Intent, timing: Timing, found: &Found) -> Option<Call> {
    Some(telling(intent, timing)?.of(&Name::of(found)))
}

/// Whether there is a way to tell `intent`, if Trakt knows its item.
#[must_use]
pub fn is_sayable(intent: &Intent, timing: Timing) -> bool {
    telling(intent, timing).is_some() && is_nameable(&intent.item)
}

/// Why there is no way to tell `intent`, in a sentence.
#[must_use]
pub fn unsayable(intent: &Intent) -> String {
    match intent.verb {
        Verb::Pause | Verb::Left if is_below_a_pause(intent) => {
            "Trakt takes no pause below 1 %".to_owned()
        }
        Verb::Start
        | Verb::Pause
        | Verb::Left
        | Verb::Abandoned
        | Verb::Finish
        | Verb::Rate(_)
        | Verb::Unrate
        | Verb::Mark
        | Verb::Unmark => {
            format!("nothing names `{}` to Trakt: it has no ids", intent.item.label())
        }
    }
}

fn is_below_a_pause(intent: &Intent) -> bool {
    rounded(intent.progress.value()) < LEAST_PAUSE
}

/// One call that adds all of these to the history, each at its own time.
#[must_use]
pub fn add_all<'a>(plays: impl IntoIterator<Item = (&'a Found, Time)>) -> Call {
    let mut body = Map::new();
    for (found, at) in plays {
        let list = body.entry(found.kind.plural()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            let watched_at = at.to_string();
            list.push(json!({ "ids": { "trakt": found.trakt }, "watched_at": watched_at }));
        }
    }
    Call::post("/sync/history", body)
}

/// Takes a movie off the watchlist.
#[must_use]
pub fn unlist(found: &Found) -> Call {
    Call::post("/sync/watchlist/remove", Name::of(found).listed(&Map::new()))
}

/// Ends the playing of a thing that is not meant; what it leaves is a stored position.
#[must_use]
pub fn leave(thing: &Thing) -> Call {
    let telling = Telling::Scrobble { path: "/scrobble/pause", progress: LEAST_PAUSE };
    telling.of(&Name::of(&Found::doubtful(thing)))
}

/// Takes a stored position away; its id stands in the list of [`api`](super::api).
#[must_use]
pub fn forget_position(id: u64) -> Call {
    Call { method: Method::Delete, path: format!("/sync/playback/{id}"), body: None }
}

/// What is told of an item, whatever it is called by.
enum Telling {
    /// It plays.
    Scrobble { path: &'static str, progress: f64 },
    /// It has these facts.
    Sync { path: &'static str, facts: Map<String, Value> },
}

fn telling(intent: &Intent, timing: Timing) -> Option<Telling> {
    let progress = intent.progress.value();
    let scrobble = |path, progress| {
        let progress = rounded(progress);
        Telling::Scrobble { path, progress }
    };
    let at = |key| (key, json!(intent.at.to_string()));
    let history = || Telling::Sync { path: "/sync/history", facts: object([at("watched_at")]) };
    let is_rating = matches!(intent.verb, Verb::Rate(_) | Verb::Unrate);
    match Type::of(&intent.item) {
        Type::Movie | Type::Episode => {}
        // In the history a whole show or season would add each of its episodes.
        Type::Show | Type::Season if is_rating => {}
        Type::Show | Type::Season => return None,
    }
    Some(match intent.verb {
        Verb::Rate(rating) => {
            let late = (timing == Timing::Late).then(|| at("rated_at"));
            let facts = object([("rating", json!(rating))].into_iter().chain(late));
            Telling::Sync { path: "/sync/ratings", facts }
        }
        Verb::Unrate => Telling::Sync { path: "/sync/ratings/remove", facts: Map::new() },
        Verb::Start => scrobble("/scrobble/start", progress),
        Verb::Pause | Verb::Left if is_below_a_pause(intent) => return None,
        Verb::Pause | Verb::Left => scrobble("/scrobble/pause", progress.min(MOST_PAUSE)),
        Verb::Abandoned => scrobble("/scrobble/pause", LEAST_PAUSE),
        Verb::Finish => match timing {
            Timing::Live => scrobble("/scrobble/stop", progress.max(LEAST_STOP)),
            Timing::Late => history(),
        },
        Verb::Mark => history(),
        Verb::Unmark => Telling::Sync { path: "/sync/history/remove", facts: Map::new() },
    })
}

impl Telling {
    fn of(&self, name: &Name) -> Call {
        match self {
            Self::Scrobble { path, progress } => {
                let mut body = name.played();
                body.insert("progress".to_owned(), json!(progress));
                Call::post(path, body)
            }
            Self::Sync { path, facts } => Call::post(path, name.listed(facts)),
        }
    }
}

/// Two decimals say where one is to a second.
fn rounded(progress: f64) -> f64 {
    (progress * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests;
