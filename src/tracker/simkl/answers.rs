//! What stands in Simkl's answers? And what does it keep of an item?
//!
//! Questions are plain functions of who carries them; their error is the [`Reply`] that was no answer.

use super::calls;
use super::thing::Thing;
use crate::event::{Item, Time};
use crate::http::{Answer, Failure, Reply};
use crate::tracker::ruling::error;
use crate::tracker::{Ask, Call, Found, Taken};
use serde_json::Value;

/// The longest name of a user that is taken, in bytes: it is shown wherever the account is.
const NAME_MOST: usize = 256;

/// The name of the user in whose name is asked.
///
/// # Errors
/// The reply that held no name.
pub(super) fn user_name(ask: &mut Ask<'_>) -> Result<String, Reply> {
    let settings = self::ask(ask, &calls::settings())?;
    let name = settings.pointer("/user/name").and_then(Value::as_str);
    name.filter(|name| name.len() <= NAME_MOST).map(str::to_owned).ok_or_else(unreadable)
}

/// The calls that take away the stored positions of what `is_it` says.
///
/// # Errors
/// The reply that was no answer.
pub(super) fn forgetting(
    ask: &mut Ask<'_>,
    is_film: bool,
    is_it: impl Fn(&Thing) -> bool,
) -> Result<Vec<Call>, Reply> {
    let list = if is_film { "/sync/playback/movies" } else { "/sync/playback/episodes" };
    let entries = self::ask(ask, &Call::get(list))?;
    let ids = entries.as_array().into_iter().flatten().filter_map(|entry| {
        let id = entry.get("id")?.as_u64()?;
        Thing::read(entry).is_some_and(|thing| is_it(&thing)).then_some(id)
    });
    Ok(ids.map(calls::forget_position).collect())
}

/// What the answer to a scrobble of `item` tells of what was taken.
pub(super) fn taken(item: &Item, show: Option<u64>, answer: &Answer) -> Taken {
    let Some(body) = answer.json() else { return Taken::default() };
    let id = body.get("id").and_then(Value::as_u64).filter(|id| *id > 0);
    let action = body.get("action").and_then(Value::as_str);
    let thing = Thing::read(&body);
    Taken {
        play: id.filter(|_| action == Some("scrobble")),
        end: thing.as_ref().map(|thing| calls::end(thing.numbers())),
        named: thing.map(|thing| thing.named(item, show)),
        forget: id.filter(|_| action == Some("pause")).map(calls::forget_position),
    }
}

/// Whether the answer to a stop says that a play came of it.
pub(super) fn is_play(answer: &Answer) -> bool {
    let body = answer.json();
    let action = body.as_ref().and_then(|body| body.get("action")?.as_str());
    action.is_none_or(|action| action == "scrobble")
}

/// Whether the answer to a `/sync` call lists something as not found; `None` where it can't be read, so
/// that nobody knows what was taken.
pub(super) fn misses(answer: &Answer) -> Option<bool> {
    let body = answer.json()?;
    let lists = body.as_object()?.get("not_found").and_then(Value::as_object);
    let mut lists = lists.into_iter().flatten();
    Some(lists.any(|(_, list)| list.as_array().is_some_and(|list| !list.is_empty())))
}

/// The `watched_at` of a 409.
pub(super) fn taken_before(answer: &Answer) -> Option<Time> {
    Time::from_rfc3339(answer.json()?.get("watched_at")?.as_str()?)
}

/// What was found under this number.
pub(super) fn is_numbered(found: &Found) -> impl Fn(&Thing) -> bool {
    let number = found.number;
    move |thing| thing.has_number(number)
}

/// The JSON that is answered; null where Simkl has nothing.
pub(super) fn ask(ask: &mut Ask<'_>, call: &Call) -> Result<Value, Reply> {
    let answer = ask(call).map_err(Err)?;
    match answer.status {
        200..300 => answer.json().ok_or_else(unreadable),
        404 if error(&answer).is_some_and(|error| error == "id_err") => Ok(Value::Null),
        _ => Err(Ok(answer)),
    }
}

fn unreadable() -> Reply {
    Err(Failure::AnswerLost("it is not the JSON that was asked for".to_owned()))
}
