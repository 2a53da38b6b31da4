//! What does Trakt know?
//!
//! Look-ups, each a plain function of a [`Client`] and a token. Their error is the [`Reply`] that
//! was no answer to the question, for the caller to judge as any other. "Trakt knows no such
//! thing" is an answer, not an error.
//!
//! The other half reads what stands in the answers to changing calls. Nothing here fails on a
//! body that is not needed.

use super::names::{Type, title_and_year};
use super::{Call, Client};
use crate::event::{Ids, Item, Kind, Time};
use crate::http::{Answer, Failure, Reply, encoded};
use crate::secret::Secret;
use serde_json::Value;
use std::time::Duration;

/// An item that Trakt knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    kind: Type,
    /// Its number at Trakt.
    pub trakt: u64,
    /// All its ids there. Empty where it is a film that our item calls a special of a show: these
    /// are no ids of an episode.
    pub ids: Ids,
}

impl Found {
    /// The thing whose Trakt number `item` carries, if it does.
    #[must_use]
    pub fn known(item: &Item) -> Option<Self> {
        let trakt = item.ids.trakt?;
        Some(Self { kind: Type::of(item), trakt, ids: item.ids.clone() })
    }

    fn read(kind: Type, item: &Item, thing: &Value) -> Option<Self> {
        let ids = ids_of(thing);
        let trakt = ids.trakt?;
        Some(Self { kind, trakt, ids: if kind == Type::of(item) { ids } else { Ids::default() } })
    }
}

/// A play at Trakt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Play {
    /// Its number in the history.
    pub id: u64,
    /// Its time, by Trakt's clock.
    pub watched_at: Time,
}

/// The name of the user whose token `access` is.
///
/// # Errors
/// The reply that held no name.
pub fn user_name(client: &Client, access: &Secret) -> Result<String, Reply> {
    let settings = ask(client, Some(access), "/users/settings")?.unwrap_or_default();
    let name = settings.pointer("/user/username").and_then(Value::as_str);
    name.map(str::to_owned).ok_or_else(unreadable)
}

/// Finds a movie or an episode: by its own ids, then below its show, then by its title where
/// exactly one thing bears it. `None` where Trakt knows no such thing.
///
/// # Errors
/// The reply that was no answer.
pub fn find(client: &Client, access: &Secret, item: &Item) -> Result<Option<Found>, Reply> {
    let asker = Asker { client, access };
    let itself = Type::of(item);
    if let Some(thing) = asker.by_ids(itself, &item.ids)? {
        return Ok(Found::read(itself, item, &thing));
    }
    match &item.kind {
        Kind::Movie => {
            let (title, year) = title_and_year(&item.title, item.year);
            let Some(year) = year else { return Ok(None) };
            let thing = asker.by_title(Type::Movie, title, Some(year))?;
            Ok(thing.and_then(|thing| Found::read(Type::Movie, item, &thing)))
        }
        Kind::Episode(episode) => {
            if let Some((season, number)) = episode.season.zip(episode.number)
                && let Some(show) = asker.show(&episode.show)?
            {
                let path = format!("/shows/{show}/seasons/{season}/episodes/{number}");
                if let Some(thing) = ask(client, Some(access), &path)? {
                    return Ok(Found::read(Type::Episode, item, &thing));
                }
            }
            let film = Ids { imdb: item.ids.imdb.clone(), ..Ids::default() };
            if episode.season != Some(0) {
                return Ok(None);
            }
            let thing = asker.by_ids(Type::Movie, &film)?;
            Ok(thing.and_then(|thing| Found::read(Type::Movie, item, &thing)))
        }
        Kind::Show | Kind::Season { .. } => Ok(None),
    }
}

/// The user's plays of `found`, newest first: those since `since` and perhaps some before, at
/// most 100; the latest of all where `since` is `None`.
///
/// # Errors
/// The reply that was no answer.
pub fn plays(
    client: &Client,
    access: &Secret,
    found: &Found,
    since: Option<Time>,
) -> Result<Vec<Play>, Reply> {
    let list = format!("/sync/history/{}/{}?limit=100", found.kind.plural(), found.trakt);
    // The contract wants a date; a day earlier covers all clocks and zones.
    let day = since.map(|since| since.before(Duration::from_secs(24 * 60 * 60)).to_string());
    let day = day.and_then(|time| time.split('T').next().map(|day| format!("&start_at={day}")));
    let entries = ask(client, Some(access), &(list + &day.unwrap_or_default()))?;
    let entries = entries.unwrap_or_default();
    let read = |entry: &Value| {
        let watched_at = Time::from_rfc3339(entry.get("watched_at")?.as_str()?)?;
        Some(Play { id: entry.get("id")?.as_u64()?, watched_at })
    };
    Ok(entries.as_array().into_iter().flatten().filter_map(read).collect())
}

/// The ids of the stored positions of `found`.
///
/// # Errors
/// The reply that was no answer.
pub fn positions(client: &Client, access: &Secret, found: &Found) -> Result<Vec<u64>, Reply> {
    let list = format!("/sync/playback/{}", found.kind.plural());
    let entries = ask(client, Some(access), &list)?.unwrap_or_default();
    let thing = format!("/{}", found.kind.word());
    let is_it = |entry: &&Value| {
        entry.pointer(&thing).is_some_and(|thing| ids_of(thing).trakt == Some(found.trakt))
    };
    let entries = entries.as_array().into_iter().flatten().filter(is_it);
    Ok(entries.filter_map(|entry| entry.get("id")?.as_u64()).collect())
}

/// How long a movie is at Trakt, in milliseconds; `None` where it does not know.
///
/// # Errors
/// The reply that was no answer.
pub fn movie_runtime(
    client: &Client,
    access: &Secret,
    found: &Found,
) -> Result<Option<u64>, Reply> {
    let path = format!("/movies/{}?extended=full", found.trakt);
    let movie = ask(client, Some(access), &path)?.unwrap_or_default();
    let minutes = movie.get("runtime").and_then(Value::as_u64).filter(|minutes| *minutes > 0);
    Ok(minutes.map(|minutes| minutes.saturating_mul(60_000)))
}

/// What the answer to a scrobble tells of what was taken. Everything in it may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The play's number in the history, where the call made one.
    pub play: Option<u64>,
    /// What Trakt took it for, where that is what we meant.
    pub found: Option<Found>,
}

impl Taken {
    /// Reads the answer to a scrobble of `item`.
    #[must_use]
    pub fn read(item: &Item, answer: &Answer) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
            return Self::default();
        };
        let is_play = body.get("action").and_then(Value::as_str) == Some("scrobble");
        let mut kinds = [Type::of(item), Type::Movie].into_iter();
        let found = kinds.find_map(|kind| Found::read(kind, item, body.get(kind.word())?));
        Self { play: body.get("id").and_then(Value::as_u64).filter(|_| is_play), found }
    }
}

/// Whether the answer to a `/sync` call lists the item as unknown; `None` where the answer can't
/// be read, so that nobody knows what was taken.
#[must_use]
pub fn not_found(answer: &Answer) -> Option<bool> {
    let body = serde_json::from_slice::<Value>(&answer.body).ok()?;
    let body = body.as_object()?;
    let Some(lists) = body.get("not_found").and_then(Value::as_object) else {
        return Some(false);
    };
    let is_empty = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
    Some(!lists.iter().all(|(key, list)| key == "ids" || is_empty(list)))
}

/// The `watched_at` of a 409: when Trakt took the play that it takes this one to repeat.
#[must_use]
pub fn taken_before(answer: &Answer) -> Option<Time> {
    let body = serde_json::from_slice::<Value>(&answer.body).ok()?;
    Time::from_rfc3339(body.get("watched_at")?.as_str()?)
}

struct Asker<'a> {
    client: &'a Client,
    access: &'a Secret,
}

impl Asker<'_> {
    /// The thing of this type that has one of `ids`.
    fn by_ids(&self, kind: Type, ids: &Ids) -> Result<Option<Value>, Reply> {
        let numbers = [("trakt", ids.trakt), ("tvdb", ids.tvdb), ("tmdb", ids.tmdb)];
        let numbers = numbers.into_iter().filter_map(|(key, id)| Some((key, id?.to_string())));
        let imdb = ids.imdb.iter().map(|id| ("imdb", encoded(id)));
        for (key, id) in numbers.chain(imdb) {
            let path = format!("/search/{key}/{id}?type={}", kind.word());
            let results = ask(self.client, Some(self.access), &path)?.unwrap_or_default();
            if let Some(thing) = results.pointer("/0").and_then(|first| first.get(kind.word())) {
                return Ok(Some(thing.clone()));
            }
        }
        Ok(None)
    }

    /// The one thing of this type that bears this title, and this year where given.
    fn by_title(&self, kind: Type, title: &str, year: Option<u16>) -> Result<Option<Value>, Reply> {
        if title.is_empty() {
            return Ok(None);
        }
        let years = year.map(|year| format!("&years={year}")).unwrap_or_default();
        let path = format!("/search/{}?query={}&fields=title{years}", kind.word(), query(title));
        let results = ask(self.client, Some(self.access), &path)?.unwrap_or_default();
        let same_title = |thing: &&Value| {
            let theirs = thing.get("title").and_then(Value::as_str).unwrap_or_default();
            theirs.to_lowercase() == title.to_lowercase()
        };
        let same_year = |thing: &&Value| {
            let theirs = thing.get("year").and_then(Value::as_u64);
            year.is_none_or(|year| theirs == Some(u64::from(year)))
        };
        let results = results.as_array().into_iter().flatten();
        let things = results.filter_map(|result| result.get(kind.word()));
        let mut bearers = things.filter(same_title).filter(same_year);
        let first = bearers.next().cloned();
        Ok(first.filter(|_| bearers.next().is_none()))
    }

    /// The Trakt number of a show.
    fn show(&self, show: &crate::event::Show) -> Result<Option<u64>, Reply> {
        if let Some(trakt) = show.ids.trakt {
            return Ok(Some(trakt));
        }
        if let Some(thing) = self.by_ids(Type::Show, &show.ids)? {
            return Ok(ids_of(&thing).trakt);
        }
        let (title, year) = title_and_year(&show.title, show.year);
        let mut thing = self.by_title(Type::Show, title, year)?;
        if thing.is_none() && year.is_some() {
            thing = self.by_title(Type::Show, title, None)?;
        }
        Ok(thing.and_then(|thing| ids_of(&thing).trakt))
    }
}

/// The JSON at `path`; `None` where Trakt has nothing there.
fn ask(client: &Client, access: Option<&Secret>, path: &str) -> Result<Option<Value>, Reply> {
    let answer = client.send(&Call::get(path), access).map_err(Err)?;
    match answer.status {
        200 => serde_json::from_slice(&answer.body).map(Some).map_err(|_| unreadable()),
        204 | 404 => Ok(None),
        _ => Err(Ok(answer)),
    }
}

fn unreadable() -> Reply {
    Err(Failure::AnswerLost("it is not the JSON that was asked for".to_owned()))
}

/// The ids below `ids` that make sense.
fn ids_of(thing: &Value) -> Ids {
    let id = |key: &str| thing.get("ids").and_then(|ids| ids.get(key));
    let imdb = id("imdb").and_then(Value::as_str).filter(|id| id.starts_with("tt"));
    Ids {
        trakt: id("trakt").and_then(Value::as_u64),
        imdb: imdb.map(str::to_owned),
        tmdb: id("tmdb").and_then(Value::as_u64),
        tvdb: id("tvdb").and_then(Value::as_u64),
    }
}

/// A title as a query: the characters that mean something there are escaped.
fn query(title: &str) -> String {
    let mut escaped = String::with_capacity(title.len());
    for c in title.chars() {
        if "+-&|!(){}[]^\"~*?:/\\".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    encoded(&escaped)
}

#[cfg(test)]
mod tests;
