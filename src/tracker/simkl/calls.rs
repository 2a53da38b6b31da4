//! Which call tells an intent to Simkl?
//!
//! Pure, and the only place that knows Simkl's numbers: a stop at 80 % or more is a play whatever we
//! think, so only what was watched is told as one; a pause never is.

use super::names::{self, Name, numbered};
use crate::event::{Episode, Kind, Time};
use crate::http::Method;
use crate::intent::{Intent, Verb};
use crate::tracker::call::object;
use crate::tracker::{Call, Effect, Found, Timing, Type};
use serde_json::{Map, Value, json};

/// The least progress of a stop, so that it is a play.
const LEAST_STOP: f64 = 80.0;
/// The most progress of a pause, so that it is not taken for a play that repeats one.
const MOST_PAUSE: f64 = 79.9;

/// Why Simkl has no use for `intent`; `ratings`: whether they are sent at all.
pub(super) fn needless(intent: &Intent, ratings: bool) -> Option<String> {
    let is_rating = matches!(intent.verb, Verb::Rate(_) | Verb::Unrate);
    let why = match (Type::of(&intent.item), intent.verb) {
        (Type::Season | Type::Episode, _) if is_rating => {
            "Simkl keeps no ratings of seasons and episodes"
        }
        _ if is_rating && !ratings => {
            "ratings are not sent to Simkl, which would file what is rated in a list of yours: \
             simkl.ratings = true sends them"
        }
        (Type::Movie, Verb::Unmark) => {
            "Simkl would take the film's rating and place in a list away too, so it is not told"
        }
        _ => return None,
    };
    Some(why.to_owned())
}

/// Why there is no way to tell `intent`, in a sentence.
pub(super) fn unsayable(intent: &Intent, timing: Timing) -> Option<String> {
    let is_sayable = telling(intent, timing).is_some() && names::is_nameable(&intent.item);
    (!is_sayable).then(|| {
        format!(
            "`{}` can't be named to Simkl: it has no ids, and no title with a year or a place in a \
             show; match it in the media server",
            intent.item.label()
        )
    })
}

/// The call that tells `intent` by the `nth` of its item's names.
pub(super) fn by_name(
    intent: &Intent,
    timing: Timing,
    show: Option<u64>,
    nth: usize,
) -> Option<Call> {
    let telling = telling(intent, timing)?;
    let item = &intent.item;
    let names = match &telling {
        // What lasts is told by ids alone.
        Telling::Scrobble { path: "/scrobble/stop", .. } => {
            names::played(item, show).into_iter().filter(|name| !is_titled(name)).collect()
        }
        Telling::Scrobble { .. } => names::played(item, show),
        Telling::Sync { .. } => names::kept(item, show),
    };
    names.iter().filter_map(|name| telling.of(name)).nth(nth)
}

fn is_titled(name: &Name) -> bool {
    match name {
        Name::Movie(fields) | Name::Show(fields) | Name::Episode { show: fields, .. } => {
            fields.contains_key("title")
        }
        Name::OfPart { .. } | Name::Alone(_) => false,
    }
}

/// The call that tells `intent` by Simkl's number of what was found, of an episode its show's.
pub(super) fn numbered_call(intent: &Intent, timing: Timing, found: &Found) -> Option<Call> {
    let telling = telling(intent, timing)?;
    let name = match &intent.item.kind {
        Kind::Movie => Name::Movie(numbered(found.number)),
        Kind::Show => Name::Show(numbered(found.number)),
        Kind::Season { .. } => return None,
        Kind::Episode(Episode { season, number, .. }) => match found.show {
            Some(show) => {
                let (place, tvdb) = (season.zip(*number), intent.item.ids.tvdb);
                Name::Episode { show: numbered(show), place, tvdb }
            }
            // A part of an anime counts otherwise than who has told of it.
            None => return by_name(intent, timing, None, 0),
        },
    };
    telling.of(&name)
}

/// One call that marks all of these as seen; `None` where one can't be named by its ids.
pub(super) fn marks(marks: &[(&Intent, Option<u64>)]) -> Option<Call> {
    let mut body = Map::new();
    for (intent, show) in marks {
        let facts = at(intent.at);
        let names = names::kept(&intent.item, *show);
        let (list, line) = names.iter().find_map(|name| name.listed(&facts))?;
        if let Some(list) = body.entry(list).or_insert_with(|| json!([])).as_array_mut() {
            list.push(line);
        }
    }
    Some(post("/sync/history", body))
}

/// One call that adds all of these films to the history.
pub(super) fn add_all(plays: &[(Found, Time)]) -> Call {
    let line = |(found, time): &(Found, Time)| {
        let mut line = numbered(found.number);
        line.extend(at(*time));
        Value::Object(line)
    };
    let movies: Vec<Value> = plays.iter().map(line).collect();
    post("/sync/history", object([("movies", Some(json!(movies)))]))
}

/// Ends the playing of what an answer names; what it leaves is a stored position.
pub(super) fn end(named: Map<String, Value>) -> Call {
    let mut body = named;
    body.insert("progress".to_owned(), json!(0));
    post("/scrobble/pause", body)
}

/// Takes a stored position away.
pub(super) fn forget_position(id: u64) -> Call {
    let (path, effect) = (format!("/sync/playback/{id}"), Effect::Change);
    Call { method: Method::Delete, path, body: None, effect }
}

/// Asks whose the login is.
pub(super) fn settings() -> Call {
    let (path, body) = ("/users/settings".to_owned(), Some(json!({})));
    Call { method: Method::Post, path, body, effect: Effect::None }
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
    let scrobble = |path, progress: f64| {
        let progress = (progress * 100.0).round() / 100.0; // more decimals are refused
        Telling::Scrobble { path, progress }
    };
    let history = || Telling::Sync { path: "/sync/history", facts: at(intent.at) };
    let is_rating = matches!(intent.verb, Verb::Rate(_) | Verb::Unrate);
    let is_sayable = match Type::of(&intent.item) {
        Type::Movie => true,
        Type::Show => is_rating, // in the history it would be all of its episodes
        Type::Episode => !is_rating,
        Type::Season => false,
    };
    if !is_sayable {
        return None;
    }
    Some(match intent.verb {
        Verb::Start => scrobble("/scrobble/start", progress),
        Verb::Pause | Verb::Left | Verb::Abandoned => {
            scrobble("/scrobble/pause", progress.min(MOST_PAUSE))
        }
        Verb::Finish => match timing {
            Timing::Live => scrobble("/scrobble/stop", progress.max(LEAST_STOP)),
            Timing::Late => history(),
        },
        Verb::Mark => history(),
        Verb::Unmark => Telling::Sync { path: "/sync/history/remove", facts: Map::new() },
        Verb::Rate(rating) => {
            let late = (timing == Timing::Late).then(|| json!(intent.at.to_string()));
            let facts = object([("rating", Some(json!(rating))), ("rated_at", late)]);
            Telling::Sync { path: "/sync/ratings", facts }
        }
        Verb::Unrate => Telling::Sync { path: "/sync/ratings/remove", facts: Map::new() },
    })
}

fn at(time: Time) -> Map<String, Value> {
    object([("watched_at", Some(json!(time.to_string())))])
}

impl Telling {
    fn of(&self, name: &Name) -> Option<Call> {
        match self {
            Self::Scrobble { path, progress } => {
                let mut body = name.scrobbled()?;
                body.insert("progress".to_owned(), json!(progress));
                Some(post(path, body))
            }
            Self::Sync { path, facts } => {
                let (list, line) = name.listed(facts)?;
                Some(post(path, object([(list, Some(json!([line])))])))
            }
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

#[cfg(test)]
mod tests;
