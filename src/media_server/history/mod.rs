//! What was played at a media server, as its own history shows it?
//!
//! [`facts`] says which server it is, of which version and how far its clock is ahead, [`people`]
//! who has an account there, [`rows`] what they have played since some time, and [`items`] what
//! that was. A play is what the server's own records prove, and nothing else: rule 22 of
//! docs/rules.md. Pages of [`PAGE`], one at a time in memory; a page that can't be read is
//! [`Trouble`], never an empty one.
//!
//! Not here: when it is read, whose plays are wanted, what was told already (`catch_up`, `engine`).

mod jellyfin;
mod log;
mod now;
mod plex;
mod proof;
#[cfg(test)]
mod tests;

pub use now::Now;
pub use proof::Unproven;

use super::{Api, Trouble, What, playing, text};
use crate::config::MediaServer;
use crate::event::{Event, Evidence, Item, Player, Source, Time, User};
use serde_json::Value;
use std::time::Duration;

/// How many rows are asked for at a time.
pub const PAGE: usize = 100;
/// How many items are asked for at a time.
pub const ITEMS: usize = 20;
/// How long a page may take: a disk of a NAS has to wake up.
const PAGE_LIMIT: Duration = Duration::from_secs(20);
/// How many rows a history may have: more are nobody's.
const MOST_ROWS: usize = 50_000;
/// What a film takes at most: what was begun before a time may have ended after it.
pub(crate) const LONGEST: Duration = Duration::from_secs(4 * 3600);
/// Clocks that differ by no more than this are the same.
const SAME_CLOCK: Duration = Duration::from_secs(60);
/// A clock that is further off than this was never set, or has lost its time since: rows of before were not
/// dated by it, so it tells nothing of when they were.
const NO_CLOCK: Duration = Duration::from_secs(2 * 365 * 24 * 3600);

/// What a media server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its own id, as its webhooks have it.
    pub id: String,
    /// Its version as it writes it, or empty.
    pub version: String,
    /// How far its clock is ahead of ours, in milliseconds; none where they differ by less than a
    /// minute, or by years.
    pub ahead_ms: i64,
}

impl Facts {
    /// The first two numbers of its version; zeros where it has none.
    fn release(&self) -> (u32, u32) {
        let mut numbers = self.version.split('.').map(|part| part.parse().unwrap_or_default());
        (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
    }

    /// Whether rows may be marks by hand: Plex wrote one for each until 1.40.0.7998
    /// (<https://developer.plex.tv/pms>, `PUT /:/scrobble`; pkkid/python-plexapi#1366).
    #[must_use]
    pub fn has_rows_of_marks(&self, kind: Source) -> bool {
        kind == Source::Plex && self.release() < (1, 40)
    }

    /// A time of its clock by ours.
    fn ours(&self, theirs: Time) -> Time {
        theirs.moved(self.ahead_ms.saturating_neg())
    }

    /// A time of our clock by its.
    fn theirs(&self, ours: Time) -> Time {
        ours.moved(self.ahead_ms)
    }
}

/// Somebody with an account at a media server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The number or id by which its history names them.
    pub key: String,
    /// As events name them.
    pub user: User,
}

/// A play that a history shows, or nearly.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose, as a place in the list of people.
    pub person: usize,
    /// The server's key of the item; empty where the item is gone.
    pub key: String,
    /// When it counted as watched, by our clock.
    pub at: Time,
    /// How long the item is, where the history says it.
    pub runtime_ms: Option<u64>,
    /// What shows it.
    pub by: Evidence,
    /// On what it was played; only told where the config blocks players.
    pub player: Option<Box<Player>>,
    /// What the row itself says of an item that is gone.
    pub gone: Option<Box<Item>>,
}

/// What is said of a history while it is read.
pub enum Line {
    /// A play.
    Play(Row),
    /// Something that looks like one, and why it is none.
    Unproven(Unproven),
    /// A play of somebody, by their place in the list of people, of whom none are wanted.
    Unwanted(usize),
    /// A play of an account that the server does not list (any more), by its number.
    Stranger(String),
}

/// Which server it is. `now` is asked when the answer has come.
///
/// # Errors
/// When it can't be reached in time, or is no such server.
pub fn facts(server: &MediaServer, now: impl Fn() -> Time) -> Result<Facts, Trouble> {
    let (path, id, version) = match server.kind {
        Source::Plex => {
            ("/identity", "/MediaContainer/machineIdentifier", "/MediaContainer/version")
        }
        Source::Jellyfin | Source::Emby => ("/System/Info/Public", "/Id", "/Version"),
    };
    let api = Api { server };
    let (answer, date) = api.fetch_dated(path, PAGE_LIMIT)?;
    let said = |pointer| answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let id = said(id).filter(|id| !id.is_empty()).ok_or_else(|| api.trouble(What::Foreign))?;
    let ahead_ms = date.map_or(0, |date| ahead(date, now()));
    Ok(Facts { id, version: said(version).unwrap_or_default(), ahead_ms })
}

/// How far a server's clock is ahead; a few seconds are its answer's way here, and years are not believed.
fn ahead(theirs: Time, ours: Time) -> i64 {
    let apart = theirs.since(ours).max(ours.since(theirs));
    if apart <= SAME_CLOCK || apart > NO_CLOCK {
        return 0;
    }
    let ms = |time: Time| i64::try_from(time.0).unwrap_or(i64::MAX);
    ms(theirs).saturating_sub(ms(ours))
}

/// Who has an account there.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server.
pub fn people(server: &MediaServer) -> Result<Vec<Person>, Trouble> {
    match server.kind {
        Source::Plex => plex::people(&Api { server }).map_err(|trouble| whose(server, trouble)),
        Source::Jellyfin | Source::Emby => jellyfin::people(&Api { server }),
    }
}

/// Tells `each` of what these people (`wanted` by their places) have played that ended after
/// `since`, by our clock, in no order.
///
/// # Errors
/// When a page can't be read in time or makes no sense: what was told until then may not be all.
pub fn rows(
    server: &MediaServer,
    facts: &Facts,
    people: &[Person],
    wanted: &[usize],
    (since, now): (Time, Time),
    each: &mut dyn FnMut(Line),
) -> Result<(), Trouble> {
    let reading = Reading { api: Api { server }, facts, people, wanted, since, now };
    match server.kind {
        Source::Plex => plex::rows(&reading, each).map_err(|trouble| whose(server, trouble)),
        Source::Jellyfin | Source::Emby => jellyfin::rows(&reading, each),
    }
}

/// The plays of a few of these rows as events, each with its row's place among them; what is
/// nothing to scrobble is left out. At most [`ITEMS`], all of one person.
///
/// # Errors
/// When the items can't be asked for.
pub fn items(
    server: &MediaServer,
    facts: &Facts,
    person: &Person,
    rows: &[&Row],
) -> Result<Vec<(usize, Event)>, Trouble> {
    let api = Api { server };
    let events = match server.kind {
        Source::Plex => plex::events(&api, facts, person, rows),
        Source::Jellyfin | Source::Emby => jellyfin::events(&api, facts, person, rows),
    };
    match events {
        // Many streams and actors may be more than should be read at once.
        Err(Trouble { what: What::Foreign | What::TooLong, .. }) if rows.len() > 1 => {
            let (first, rest) = rows.split_at(rows.len() / 2);
            let mut events = items(server, facts, person, first)?;
            let rest = items(server, facts, person, rest)?.into_iter();
            events.extend(rest.map(|(place, event)| (place + first.len(), event)));
            Ok(events)
        }
        events => events,
    }
}

/// What answers say by themselves: rows of Plex' history, or `items` of the person at this place at
/// Jellyfin or Emby, with what their activity `log` says. Nobody is asked.
#[must_use]
pub fn said(
    kind: Source,
    facts: &Facts,
    people: &[Person],
    (items, log): (&[Value], &[Value]),
    now: Time,
) -> Vec<Line> {
    let (server, wanted) = (MediaServer::new(kind), (0..people.len()).collect::<Vec<_>>());
    let (api, since) = (Api { server: &server }, Time(0));
    let reading = Reading { api, facts, people, wanted: &wanted, since, now };
    let mut lines = Vec::new();
    match kind {
        Source::Plex => plex::page(items, &reading, &mut |line| lines.push(line)),
        Source::Jellyfin | Source::Emby => {
            let log = log::Log::of(log, &reading, since);
            for person in wanted.iter().copied() {
                jellyfin::page(items, &reading, person, since, &log, &mut |line| lines.push(line));
            }
        }
    }
    lines
}

/// What plays there now.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server.
pub fn playing(server: &MediaServer, facts: &Facts) -> Result<Now, Trouble> {
    match server.kind {
        Source::Plex => now::plex(&Api { server }, facts),
        Source::Jellyfin | Source::Emby => now::jellyfin(&Api { server }, facts),
    }
}

/// Why Plex refuses its history, said as it is of its sessions: where the token is not the owner's, it is
/// of no use to copy it again.
fn whose(server: &MediaServer, trouble: Trouble) -> Trouble {
    let is_refused = trouble.what == What::TokenRefused;
    let asked = is_refused.then(|| playing::sessions(server, "").err()).flatten();
    asked.filter(|asked| asked.what == What::NotTheOwners).unwrap_or(trouble)
}

/// A history that is being read.
struct Reading<'a> {
    api: Api<'a>,
    facts: &'a Facts,
    people: &'a [Person],
    wanted: &'a [usize],
    since: Time,
    now: Time,
}

impl Reading<'_> {
    /// The list at `pointer` of the answer, which must be there, if only as an empty one.
    fn page(&self, path: &str, pointer: &str) -> Result<(Vec<Value>, Value), Trouble> {
        let (answer, _) = self.api.fetch_dated(path, PAGE_LIMIT)?;
        self.listed(answer, pointer)
    }

    fn listed(&self, mut answer: Value, pointer: &str) -> Result<(Vec<Value>, Value), Trouble> {
        let list = answer.pointer_mut(pointer).map(Value::take);
        match list {
            Some(Value::Array(rows)) => Ok((rows, answer)),
            _ => Err(self.api.trouble(What::Foreign)),
        }
    }

    /// The same of what is for administrators only; `None` where the key is none's.
    fn page_for_administrators(
        &self,
        path: &str,
        pointer: &str,
    ) -> Result<Option<(Vec<Value>, Value)>, Trouble> {
        let answer = self.api.get(path, PAGE_LIMIT)?;
        if answer.status == 403 {
            return Ok(None);
        }
        let found = self.api.read(&answer)?.ok_or_else(|| self.api.trouble(What::Foreign))?;
        self.listed(found, pointer).map(Some)
    }
}

/// A list that is read in pages.
#[derive(Debug, Default)]
struct Pages {
    /// How many rows of it were read.
    read: usize,
    /// How many its first page had, and what the first of them is called.
    first: (usize, String),
}

impl Pages {
    /// The next page has come, whose rows are called by `name`: whether it has any that were not read.
    /// `total` is how many there are, where the server says it.
    ///
    /// # Errors
    /// When the server says the same page again though there is more, or more than anybody has: what was
    /// read until then is not all.
    fn turn(
        &mut self,
        rows: &[Value],
        name: &str,
        total: Option<u64>,
        api: &Api<'_>,
    ) -> Result<bool, Trouble> {
        let Some(top) = rows.first().map(|row| text(row, name)) else { return Ok(false) };
        if self.read > 0 && top == self.first.1 {
            // One that knows of no pages has said all at once.
            let is_all = match total {
                Some(total) => total <= self.read as u64,
                None => self.first.0 != PAGE,
            };
            return if is_all { Ok(false) } else { Err(api.trouble(What::Endless)) };
        }
        if self.read == 0 {
            self.first = (rows.len(), top);
        }
        self.read += rows.len();
        if self.read > MOST_ROWS { Err(api.trouble(What::Endless)) } else { Ok(true) }
    }
}
