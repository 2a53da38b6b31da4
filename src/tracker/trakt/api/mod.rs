//! What does Trakt have?
//!
//! Questions, each a plain function of who carries it. Their error is the [`Reply`] that was no
//! answer to the question, for the caller to judge as any other. "Trakt knows no such
//! thing" is an answer, not an error.
//!
//! The other half reads what stands in the answers to changing calls. Nothing here fails on a
//! body that is not needed.

use super::found;
use super::thing::{Thing, ids_of};
use crate::event::{Item, Time};
use crate::http::{Answer, Failure, Reply};
use crate::tracker::{Added, Ask, Call, Found, Play, Taken, Type};
use serde_json::Value;
use std::time::Duration;

/// The longest name of a user that is taken, in bytes: it is shown wherever the account is.
const NAME_MOST: usize = 256;

/// The name of the user whose token `access` is.
///
/// # Errors
/// The reply that held no name.
pub(super) fn user_name(ask: &mut Ask<'_>) -> Result<String, Reply> {
    let settings = self::ask(ask, "/users/settings")?.unwrap_or_default();
    let name = settings.pointer("/user/username").and_then(Value::as_str);
    name.filter(|name| name.len() <= NAME_MOST).map(str::to_owned).ok_or_else(unreadable)
}

/// The user's plays of `found`, newest first: those since `since` and perhaps some before, at
/// most 100; the latest of all where `since` is `None`. With the time at Trakt, where it says it.
///
/// # Errors
/// The reply that was no answer.
pub(super) fn plays(
    ask: &mut Ask<'_>,
    found: &Found,
    since: Option<Time>,
) -> Result<(Vec<Play>, Option<Time>), Reply> {
    let list = format!("/sync/history/{}/{}?limit=100", found.kind.plural(), found.number);
    // The contract wants a date; a day earlier covers all clocks and zones.
    let day = since.map(|since| since.before(Duration::from_secs(24 * 60 * 60)).to_string());
    let day = day.and_then(|time| time.split('T').next().map(|day| format!("&start_at={day}")));
    let path = list + &day.unwrap_or_default();
    let (entries, date) = ask_dated(ask, &path)?;
    let entries = entries.unwrap_or_default();
    let read = |entry: &Value| {
        let watched_at = Time::from_rfc3339(entry.get("watched_at")?.as_str()?)?;
        Some(Play { id: entry.get("id")?.as_u64()?, watched_at })
    };
    Ok((entries.as_array().into_iter().flatten().filter_map(read).collect(), date))
}

/// The ids of the stored positions of `found`.
///
/// # Errors
/// The reply that was no answer.
pub(super) fn positions(ask: &mut Ask<'_>, found: &Found) -> Result<Vec<u64>, Reply> {
    let list = format!("/sync/playback/{}", found.kind.plural());
    let entries = rows(ask, &list)?;
    let is_it = |entry: &&Value| {
        let thing = entry.get(found.kind.word());
        thing.is_some_and(|thing| ids_of(thing).trakt == Some(found.number))
    };
    Ok(entries.iter().filter(is_it).filter_map(|entry| entry.get("id")?.as_u64()).collect())
}

/// How long an item is at Trakt, in milliseconds; `None` where it does not know.
///
/// # Errors
/// The reply that was no answer.
pub(super) fn runtime(ask: &mut Ask<'_>, found: &Found) -> Result<Option<u64>, Reply> {
    let (kind, number) = (found.kind.word(), found.number);
    let (path, place) = if found.kind == Type::Movie {
        (format!("/movies/{number}?extended=full"), "/runtime".to_owned())
    } else {
        // An episode has no address of its own, only one below its show's.
        let path = format!("/search/trakt/{number}?type={kind}&extended=full");
        (path, format!("/0/{kind}/runtime"))
    };
    let answer = self::ask(ask, &path)?.unwrap_or_default();
    let minutes = answer.pointer(&place).and_then(Value::as_u64).filter(|minutes| *minutes > 0);
    Ok(minutes.map(|minutes| minutes.saturating_mul(60_000)))
}

/// What the answer to a scrobble of `item` tells of what was taken.
pub(super) fn taken(item: &Item, answer: &Answer) -> Taken {
    let Some(body) = answer.json() else { return Taken::default() };
    let is_play = body.get("action").and_then(Value::as_str) == Some("scrobble");
    let mut kinds = [Type::of(item), Type::Movie].into_iter();
    let thing = kinds.find_map(|kind| Thing::read(kind, &body));
    Taken {
        play: body.get("id").and_then(Value::as_u64).filter(|_| is_play),
        named: thing.map(|thing| found::named(item, thing)),
        end: None,
        forget: None,
    }
}

/// What the answer to a `/sync` call says of what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Synced {
    /// How many were added or changed, where it says so.
    pub(super) added: Option<usize>,
    /// What it lists as not found: type in the plural, and Trakt's number where it echoes it.
    missing: Vec<(String, Option<u64>)>,
}

impl Synced {
    /// `None` where the answer can't be read, so that nobody knows what was taken.
    pub(super) fn read(answer: &Answer) -> Option<Self> {
        let body = answer.json()?;
        let body = body.as_object()?;
        let count = |key: &str| {
            let counts = body.get(key)?.as_object()?.values().filter_map(Value::as_u64);
            let counts = counts.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
            Some(counts.fold(0, usize::saturating_add))
        };
        let updated = count("updated").unwrap_or_default();
        let added = count("added").map(|added: usize| added.saturating_add(updated));
        let lists = body.get("not_found").and_then(Value::as_object);
        let lists = lists.into_iter().flatten().filter(|(key, _)| *key != "ids");
        let missing = lists.flat_map(|(key, list)| {
            let list = list.as_array().into_iter().flatten();
            list.map(move |thing| (key.clone(), ids_of(thing).trakt))
        });
        Some(Self { added, missing: missing.collect() })
    }

    /// Whether everything was found.
    pub(super) fn misses_nothing(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether `found`, named by its number, was not found, or may not have been: one that is
    /// listed without its number may be any.
    pub(super) fn misses(&self, found: &Found) -> bool {
        let is_it = |(kind, trakt): &(String, Option<u64>)| {
            trakt.is_none_or(|trakt| kind == found.kind.plural() && trakt == found.number)
        };
        self.missing.iter().any(is_it)
    }
}

/// What became of `plays` that were added together; `None` where the answer can't be read.
pub(super) fn added(plays: &[(Found, Time)], answer: &Answer) -> Option<Added> {
    let synced = Synced::read(answer)?;
    let missing = plays.iter().map(|(found, _)| found).filter(|found| synced.misses(found));
    Some(Added { count: synced.added, missing: missing.cloned().collect() })
}

/// The `watched_at` of a 409: when Trakt took the play that it takes this one to repeat.
pub(super) fn taken_before(answer: &Answer) -> Option<Time> {
    let body = answer.json()?;
    Time::from_rfc3339(body.get("watched_at")?.as_str()?)
}

/// The JSON at `path`; `None` where Trakt has nothing there.
pub(super) fn ask(ask: &mut Ask<'_>, path: &str) -> Result<Option<Value>, Reply> {
    ask_dated(ask, path).map(|(value, _)| value)
}

/// The rows of the list at `path`; none where there is no list.
pub(super) fn rows(ask: &mut Ask<'_>, path: &str) -> Result<Vec<Value>, Reply> {
    Ok(if let Some(Value::Array(rows)) = self::ask(ask, path)? { rows } else { Vec::new() })
}

/// The JSON at `path`, also where it may be longer than anybody should take: then it is `None`
/// too.
pub(super) fn ask_much(ask: &mut Ask<'_>, path: &str) -> Result<Option<Value>, Reply> {
    let answer = ask(&Call::get(path)).map_err(Err)?;
    match answer.status {
        200 if answer.html => Err(unreadable()),
        200 => Ok(answer.json()),
        204 | 404 => Ok(None),
        _ => Err(Ok(answer)),
    }
}

fn ask_dated(ask: &mut Ask<'_>, path: &str) -> Result<(Option<Value>, Option<Time>), Reply> {
    let answer = ask(&Call::get(path)).map_err(Err)?;
    let value = match answer.status {
        200 => Some(answer.json().ok_or_else(unreadable)?),
        204 | 404 => None,
        _ => return Err(Ok(answer)),
    };
    Ok((value, answer.date))
}

fn unreadable() -> Reply {
    Err(Failure::AnswerLost("it is not the JSON that was asked for".to_owned()))
}

#[cfg(test)]
mod tests;
