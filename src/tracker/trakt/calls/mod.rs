//! Which call tells an intent to Trakt?
//!
//! Pure, and the only place that knows Trakt's numbers: a stop at 80 % or more is a play whatever
//! we think, a pause there is refused (haaihond/Nuvio-Wiki#4), and so is one below 1 %
//! (Taxel/PlexTraktSync#2346).
//!
//! What its item is at Trakt is looked up first, and told by [`numbered`]; a start may leave before
//! ([`direct`]). [`plan`] shows all of it, to people.

mod plan;

pub(super) use plan::plan;

use super::names::{TraktName, is_nameable, object};
use crate::event::Time;
use crate::http::Method;
use crate::intent::{Intent, Verb};
use crate::tracker::{Call, Effect, Found, Timing, Type};
use serde_json::{Map, Value, json};

/// The least progress of a stop, so that it is a play.
const LEAST_STOP: f64 = 80.0;
/// The most progress of a pause.
const MOST_PAUSE: f64 = 79.9;
/// The least progress of a pause.
const LEAST_PAUSE: f64 = 1.0;

/// The call that tells a start by ids of the item itself, before anybody knows whether Trakt means
/// the same by them. None where it has none.
pub(super) fn direct(intent: &Intent) -> Option<Call> {
    let telling = telling(intent, Timing::Live).filter(|_| intent.verb == Verb::Start)?;
    Some(telling.of(&TraktName::direct(&intent.item)?))
}

/// The call that tells `intent` by what its item was found to be. None where Trakt has no word
/// for it.
pub(super) fn numbered(intent: &Intent, timing: Timing, found: &Found) -> Option<Call> {
    Some(telling(intent, timing)?.of(&TraktName::of(found)))
}

/// Why there is no way to tell `intent`, in a sentence; `None` where there is one, if Trakt knows
/// its item.
pub(super) fn unsayable(intent: &Intent, timing: Timing) -> Option<String> {
    let is_sayable = telling(intent, timing).is_some() && is_nameable(&intent.item);
    let is_pause = matches!(intent.verb, Verb::Pause | Verb::Left);
    if is_sayable {
        None
    } else if is_pause && is_below_a_pause(intent) {
        Some("Trakt takes no pause below 1 %".to_owned())
    } else {
        Some(format!(
            "`{}` can't be found at Trakt: it has no ids and nothing else that names it; match it \
             in the media server",
            intent.item.label()
        ))
    }
}

fn is_below_a_pause(intent: &Intent) -> bool {
    rounded(intent.progress.value()) < LEAST_PAUSE
}

/// One call that adds all of these to the history, each at its own time.
pub(super) fn add_all(plays: &[(Found, Time)]) -> Call {
    let mut body = Map::new();
    for (found, at) in plays {
        let list = body.entry(found.kind.plural()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            let watched_at = at.to_string();
            list.push(json!({ "ids": { "trakt": found.number }, "watched_at": watched_at }));
        }
    }
    post("/sync/history", body)
}

/// Takes a movie off the watchlist.
pub(super) fn unlist(found: &Found) -> Call {
    post("/sync/watchlist/remove", TraktName::of(found).listed(&Map::new()))
}

/// Ends the playing of what is not meant; what it leaves is a stored position.
pub(super) fn end(found: &Found) -> Call {
    Telling::Scrobble { path: "/scrobble/pause", progress: LEAST_PAUSE }.of(&TraktName::of(found))
}

/// Takes a stored position away; its id stands in the list of [`api`](super::api).
pub(super) fn forget_position(id: u64) -> Call {
    let (path, effect) = (format!("/sync/playback/{id}"), Effect::Change);
    Call { method: Method::Delete, path, body: None, effect }
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
    fn of(&self, name: &TraktName) -> Call {
        match self {
            Self::Scrobble { path, progress } => {
                let mut body = name.played();
                body.insert("progress".to_owned(), json!(progress));
                post(path, body)
            }
            Self::Sync { path, facts } => post(path, name.listed(facts)),
        }
    }
}

fn post(path: &str, body: Map<String, Value>) -> Call {
    let effect = match path {
        "/scrobble/stop" => Effect::PlayNow,
        "/sync/history" => Effect::AddPlays,
        _ => Effect::Change,
    };
    Call { method: Method::Post, path: path.to_owned(), body: Some(Value::Object(body)), effect }
}

/// Two decimals say where one is to a second.
fn rounded(progress: f64) -> f64 {
    (progress * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests;
