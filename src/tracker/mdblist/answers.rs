//! What stands in MDBList's answers? And what does it have of an item?
//!
//! Questions are plain functions of who carries them; their error is the [`Reply`] that was no answer.

use super::calls::{self, in_seconds};
use super::thing::{self, Row};
use crate::event::{Item, Time};
use crate::http::{Answer, Failure, Reply, encoded};
use crate::tracker::{Ask, Call, Found, Play, Plays, Taken};
use serde_json::Value;
use std::time::Duration;

/// The longest name of a user that is taken, in bytes: it is shown wherever the account is.
const NAME_MOST: usize = 256;
/// How many plays a page of the history has.
const PAGE: usize = 1000;
/// How many pages are read: a day has a thousand calls, and what was just told stands on the first.
const PAGES_MOST: usize = 5;

/// The name of the user in whose name is asked.
///
/// # Errors
/// The reply that held no name.
pub(super) fn user_name(ask: &mut Ask<'_>) -> Result<String, Reply> {
    let answer = self::ask(ask, &Call::get("/user"))?;
    let user = answer.json();
    let name = user.as_ref().and_then(|user| user.get("username")?.as_str());
    name.filter(|name| name.len() <= NAME_MOST).map(str::to_owned).ok_or_else(unreadable)
}

/// The user's plays of `item`, newest first, with the time there: those since `since` and perhaps some
/// before; without it all of them, by the question about one item where there is one. Nobody has written
/// down what an answer looks like: one that can't be read holds back no play, and tells of none.
///
/// # Errors
/// The reply that was no answer.
pub(super) fn plays(
    ask: &mut Ask<'_>,
    item: &Item,
    found: Option<&Found>,
    show: Option<u64>,
    since: Option<Time>,
) -> Result<Plays, Reply> {
    if since.is_none()
        && let Some(question) = calls::history(item, found)
        && let Some(answer) = of_one(ask, &Call::get(question))?
    {
        return Ok(answer);
    }
    // What was looked up is known by its number: of a film its own, else its show's.
    let number = found.map(|found| found.show.unwrap_or(found.number)).or(show);
    let item = thing::known_as(item.clone(), number);
    let (mut plays, mut date) = (Vec::new(), None);
    for page in 0..PAGES_MOST {
        let since = since.map(|since| since.before(Duration::from_secs(60)));
        let since =
            since.map_or(String::new(), |at| format!("&since={}", encoded(&in_seconds(at))));
        let path = format!("/sync/watched?plays=all&offset={}&limit={PAGE}{since}", page * PAGE);
        let answer = self::ask(ask, &Call::get(path))?;
        let page = answer.json().unwrap_or_default();
        let its = |row: &Row| row.is(&item);
        plays.extend(thing::rows(&page).into_iter().filter(its).map(|row| row.play));
        date = answer.date.or(date);
        if page.pointer("/pagination/has_more") != Some(&Value::Bool(true)) {
            break;
        }
    }
    Ok((newest_first(plays), date))
}

/// The plays of one item, whatever the list of them is called; `None` where there is no telling.
fn of_one(ask: &mut Ask<'_>, call: &Call) -> Result<Option<Plays>, Reply> {
    let answer = ask(call).map_err(Err)?;
    match answer.status {
        200..300 if !answer.html => {
            let body = answer.json().unwrap_or_default();
            let lists = body.as_object().into_iter().flat_map(|fields| fields.values());
            let list = lists.chain([&body]).find_map(Value::as_array);
            let plays = list.map(|list| list.iter().map(thing::play).collect::<Option<Vec<_>>>());
            Ok(plays.flatten().map(|plays| (newest_first(plays), answer.date)))
        }
        404 => Ok(None),
        _ => Err(Ok(answer)),
    }
}

fn newest_first(mut plays: Vec<Play>) -> Vec<Play> {
    plays.sort_by_key(|play| std::cmp::Reverse(play.watched_at));
    plays
}

/// What the answer to a scrobble of `item` tells of what was taken. Its number is that of the session,
/// which a pause keeps as a position.
pub(super) fn taken(item: &Item, show: Option<u64>, answer: &Answer) -> Taken {
    let Some(body) = answer.json() else { return Taken::default() };
    let clear = body.get("id").and_then(Value::as_u64).map(calls::clear);
    let is_pause = body.get("action").and_then(Value::as_str) == Some("pause");
    Taken {
        play: None,
        named: thing::doubtful(item, show, &body),
        end: clear.clone(),
        forget: clear.filter(|_| is_pause),
    }
}

/// Whether the answer to a stop says that a play came of it.
pub(super) fn is_play(answer: &Answer) -> bool {
    let body = answer.json();
    let action = body.as_ref().and_then(|body| body.get("action")?.as_str());
    action.is_none_or(|action| action == "scrobble")
}

/// What became of what a `/sync` call has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Synced {
    /// It is taken.
    Taken,
    /// It was there already.
    Had,
    /// Some of it is not known there.
    Missing,
}

/// What the answer to a `/sync` call with this body says; `None` where it can't be read. A good status
/// alone says nothing.
pub(super) fn synced(body: &Value, answer: &Answer) -> Option<Synced> {
    let answer = answer.json()?;
    let counts = |key: &str| answer.get(key).filter(|counts| counts.is_object());
    if !["updated", "added", "existing", "not_found"].iter().any(|key| counts(key).is_some()) {
        return None;
    }
    if answer.get("not_found").is_some_and(is_something) {
        return Some(Synced::Missing);
    }
    let count = |key: &str, kind: &str| counts(key).and_then(|of| of.get(kind)).map_or(0, amount);
    let is_new = |kind| count("updated", kind) + count("added", kind) > 0;
    let kinds = kinds(body);
    if !kinds.iter().all(|kind| is_new(kind) || count("existing", kind) > 0) {
        return Some(Synced::Missing);
    }
    let plays = answer.get("plays").and_then(Value::as_array).filter(|plays| !plays.is_empty());
    let is_folded = |play: &Value| play.get("added") == Some(&Value::Bool(false));
    let had = match plays {
        Some(plays) => plays.iter().all(is_folded),
        None => !kinds.iter().any(|kind| is_new(kind)),
    };
    Some(if had { Synced::Had } else { Synced::Taken })
}

/// Which kinds of things a body tells of.
fn kinds(body: &Value) -> Vec<&'static str> {
    let list = |of: &Value, key: &str| -> Vec<Value> {
        of.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let below = list(body, "shows").into_iter().flat_map(|show| {
        let seasons = list(&show, "seasons");
        let of = |season: &Value| {
            if list(season, "episodes").is_empty() { "seasons" } else { "episodes" }
        };
        if seasons.is_empty() { vec!["shows"] } else { seasons.iter().map(of).collect() }
    });
    let at_the_top = ["movies", "episodes"].into_iter().filter(|key| !list(body, key).is_empty());
    let mut kinds: Vec<&str> = at_the_top.chain(below).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Whether there is anything in it: a count that is not 0, or a list that is not empty.
fn is_something(value: &Value) -> bool {
    let fields = value.as_object();
    fields.map_or_else(|| amount(value) > 0, |fields| fields.values().any(is_something))
}

fn amount(value: &Value) -> u64 {
    let length = value.as_array().map_or(0, |list| u64::try_from(list.len()).unwrap_or(u64::MAX));
    value.as_u64().unwrap_or(length)
}

/// What a refusal says: a text, or what is wrong with each field.
pub(super) fn error(answer: &Answer) -> Option<String> {
    let body = answer.json()?;
    let error = body.get("error")?;
    Some(error.as_str().map_or_else(|| error.to_string(), str::to_owned))
}

/// The answer to a question. A page for people is none.
pub(super) fn ask(ask: &mut Ask<'_>, call: &Call) -> Result<Answer, Reply> {
    let answer = ask(call).map_err(Err)?;
    if (200..300).contains(&answer.status) && !answer.html { Ok(answer) } else { Err(Ok(answer)) }
}

fn unreadable() -> Reply {
    Err(Failure::AnswerLost("it is not the JSON that was asked for".to_owned()))
}

#[cfg(test)]
mod tests;
