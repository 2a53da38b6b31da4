//! Which call tells an intent to MDBList?
//!
//! Pure, and the only place that knows MDBList's numbers: a stop at 80 % or more is a play whatever we
//! think, and a pause there may be one, so only what was watched is told as one.

use super::names::{Lists, Name, names, numbered, of_title};
use crate::event::{Episode, Ids, Item, Kind, Time};
use crate::http::Method;
use crate::intent::{Intent, Verb};
use crate::tracker::call::object;
use crate::tracker::titled::Titled;
use crate::tracker::{Call, Effect, Found, Timing, Type};
use serde_json::{Map, Value, json};

/// The least progress of a stop, so that it is a play.
const LEAST_STOP: f64 = 80.0;
/// The most progress of a pause, so that it is none.
const MOST_PAUSE: f64 = 79.9;

/// Where plays are added. The answer tells of each whether it is new.
pub(super) const ADD: &str = "/sync/watched?report_added=true";

/// Why there is no way to tell `intent`, in a sentence.
pub(super) fn unsayable(intent: &Intent, timing: Timing) -> Option<String> {
    let item = &intent.item;
    let is_sayable = match telling(intent, timing) {
        None => false,
        Some(Telling::Scrobble { .. }) => is_nameable(item, true),
        Some(Telling::Sync { .. }) => is_nameable(item, false),
    };
    (!is_sayable).then(|| {
        format!(
            "`{}` can't be named to MDBList: it has no ids, and no title with a year or a place in a \
             show; match it in the media server",
            item.label()
        )
    })
}

/// Whether there is anything to name it by, or to look it up by.
fn is_nameable(item: &Item, is_played: bool) -> bool {
    let is_named = names(item, None).iter().any(|name| !is_played || name.scrobbled().is_some());
    let is_placed = match &item.kind {
        Kind::Movie | Kind::Show => true,
        Kind::Season { number, .. } => number.is_some(),
        Kind::Episode(Episode { season, number, .. }) => season.zip(*number).is_some(),
    };
    is_named || is_placed && Titled::of(item).is_some()
}

/// The call that tells `intent` by the `nth` of its item's names.
pub(super) fn by_name(
    intent: &Intent,
    timing: Timing,
    show: Option<u64>,
    nth: usize,
) -> Option<Call> {
    let telling = telling(intent, timing)?;
    names(&intent.item, show).iter().filter_map(|name| telling.of(name)).nth(nth)
}

/// The call that tells `intent` by the `nth` name of what was looked up.
pub(super) fn of_found(intent: &Intent, timing: Timing, found: &Found, nth: usize) -> Option<Call> {
    let telling = telling(intent, timing)?;
    let names = numbered(&intent.item, found.number, found.show);
    names.iter().filter_map(|name| telling.of(name)).nth(nth)
}

/// One call that marks all of these as seen; `None` where one has no ids of its own.
pub(super) fn marks(marks: &[(&Intent, Option<u64>)]) -> Option<Call> {
    let mut lists = Lists::default();
    for (intent, show) in marks {
        lists.add(names(&intent.item, *show).first()?, &at(intent.at));
    }
    Some(post(ADD, lists.body()))
}

/// One call that adds all of these films to the history.
pub(super) fn add_all(plays: &[(Found, Time)]) -> Call {
    let mut lists = Lists::default();
    for (found, time) in plays {
        lists.add(&Name::Movie(json!({ "tmdb": found.number })), &at(*time));
    }
    post(ADD, lists.body())
}

/// Takes a session or a stored position away, by its number.
pub(super) fn clear(id: u64) -> Call {
    post("/scrobble/clear", object([("id", Some(json!(id)))]))
}

/// Takes the stored position of an item away; `None` where it has no name.
pub(super) fn clear_item(item: &Item, show: Option<u64>) -> Option<Call> {
    names(item, show).iter().find_map(Name::scrobbled).map(|body| post("/scrobble/clear", body))
}

/// The same of a film that was looked up; whose show was, has a name since.
pub(super) fn clear_found(found: &Found) -> Option<Call> {
    let movie = Name::Movie(json!({ "tmdb": found.number })).scrobbled();
    movie.filter(|_| found.kind == Type::Movie).map(|body| post("/scrobble/clear", body))
}

/// Takes a movie off the watchlist, where ids have no object of their own.
pub(super) fn unlist(item: &Item, found: Option<&Found>) -> Option<Call> {
    let of_found = || found.map(|found| json!({ "tmdb": found.number }));
    let ids = of_title(&item.ids, false).or_else(of_found)?;
    Some(post("/watchlist/items/remove", object([("movies", Some(json!([ids])))])))
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
        let progress = (progress * 100.0).round() / 100.0;
        Telling::Scrobble { path, progress }
    };
    let history = || Telling::Sync { path: ADD, facts: at(intent.at) };
    let is_rating = matches!(intent.verb, Verb::Rate(_) | Verb::Unrate);
    match Type::of(&intent.item) {
        Type::Movie | Type::Episode => {}
        Type::Show | Type::Season if is_rating => {}
        // In the history a whole show or season would be each of its episodes.
        Type::Show | Type::Season => return None,
    }
    Some(match intent.verb {
        Verb::Start => scrobble("/scrobble/start", progress),
        Verb::Pause | Verb::Left | Verb::Abandoned => {
            scrobble("/scrobble/pause", progress.min(MOST_PAUSE))
        }
        Verb::Finish if timing == Timing::Live && is_nameable(&intent.item, true) => {
            scrobble("/scrobble/stop", progress.max(LEAST_STOP))
        }
        Verb::Finish | Verb::Mark => history(),
        Verb::Unmark => Telling::Sync { path: "/sync/watched/remove", facts: Map::new() },
        Verb::Rate(rating) => {
            let late = (timing == Timing::Late).then(|| json!(in_seconds(intent.at)));
            let facts = object([("rating", Some(json!(rating))), ("rated_at", late)]);
            Telling::Sync { path: "/sync/ratings", facts }
        }
        Verb::Unrate => Telling::Sync { path: "/sync/ratings/remove", facts: Map::new() },
    })
}

fn at(time: Time) -> Map<String, Value> {
    object([("watched_at", Some(json!(in_seconds(time))))])
}

/// As MDBList writes times: `2026-11-23T20:15:00Z`. The same play is told with the same one again.
pub(super) fn in_seconds(time: Time) -> String {
    Time(time.0 / 1000 * 1000).to_string().replace(".000Z", "Z")
}

impl Telling {
    fn of(&self, name: &Name) -> Option<Call> {
        match self {
            Self::Scrobble { path, progress } => {
                let mut body = name.scrobbled()?;
                body.insert("progress".to_owned(), json!(progress));
                Some(post(path, body))
            }
            // An episode that stands alone can be told to the history, and nowhere else.
            Self::Sync { path, .. } if matches!(name, Name::Alone(_)) && *path != ADD => None,
            Self::Sync { path, facts } => {
                let mut lists = Lists::default();
                lists.add(name, facts);
                Some(post(path, lists.body()))
            }
        }
    }
}

/// The question about an item's plays by the one id that it may be asked by; `None` where it has not
/// that: of an episode it is TheMovieDb's.
pub(super) fn history(item: &Item, found: Option<&Found>) -> Option<String> {
    let Ids { imdb, tmdb, .. } = &item.ids;
    let of_found = || found.map(|found| format!("tmdb/{}", found.number));
    let tmdb = tmdb.map(|id| format!("tmdb/{id}"));
    match Type::of(item) {
        Type::Movie => {
            let id =
                tmdb.or_else(|| imdb.as_ref().map(|id| format!("imdb/{id}"))).or_else(of_found)?;
            Some(format!("/sync/history/movie/{id}"))
        }
        Type::Episode => Some(format!("/sync/history/episode/{}", tmdb?)),
        Type::Show | Type::Season => None,
    }
}

fn post(path: &str, body: Map<String, Value>) -> Call {
    let effect = match path {
        "/scrobble/stop" => Effect::PlayNow,
        ADD => Effect::AddPlays,
        _ => Effect::Change,
    };
    Call { method: Method::Post, path: path.to_owned(), body: Some(Value::Object(body)), effect }
}

#[cfg(test)]
mod tests;
