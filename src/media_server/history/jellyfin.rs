//! What do Jellyfin and Emby keep of what was played?
//!
//! For each user and item one date, that of the last start; what it proves says `proof`. There is no
//! "played since": the items are asked for by that date, the newest first, until they are older.
//! Emby leaves date and count out unless it is asked for them by name (jellyseerr's and others'
//! way; jessielw/Reclaimerr#83).

use super::log::Log;
use super::proof::{Kept, Unproven, proof};
use super::{Facts, LONGEST, Line, PAGE, PAGE_LIMIT, Pages, Person, Reading, Row, Trouble};
use crate::event::{Action, Event, Evidence, Player, Source, Time, User};
use crate::http::encoded;
use crate::media_server::jellyfin::shows;
use crate::media_server::log_line::plain;
use crate::media_server::{Api, Shows, list, number, text};
use crate::webhook::{self, Said};
use serde_json::{Value, json};

const TICKS_PER_MS: u64 = 10_000;
/// Nothing is longer than two days.
const LONGEST_MS: u64 = 48 * 3_600_000;

pub(super) fn people(api: &Api<'_>) -> Result<Vec<Person>, Trouble> {
    let (path, pointer) = match api.server.kind {
        Source::Emby => ("/Users/Query", "/Items"),
        Source::Jellyfin | Source::Plex => ("/Users", ""),
    };
    let (answer, _) = api.fetch_dated(path, PAGE_LIMIT)?;
    let person = |user: &Value| {
        let (key, name) = (plain(&text(user, "Id")), text(user, "Name"));
        let user = User { id: key.clone(), uuid: String::new(), name };
        (!key.is_empty()).then_some(Person { key, user })
    };
    let all: Vec<Person> = list(&answer, pointer).iter().filter_map(person).collect();
    if all.is_empty() {
        return Err(api.trouble(super::What::Foreign)); // there is always an administrator
    }
    // A history is its owner's, or for administrators.
    let shown = match api.server.kind {
        Source::Jellyfin => shows(api)?,
        Source::Emby | Source::Plex => Shows::Everybodys,
    };
    Ok(all.into_iter().filter(|one| shown.includes(&one.user)).collect())
}

pub(super) fn rows(reading: &Reading<'_>, each: &mut dyn FnMut(Line)) -> Result<(), Trouble> {
    if reading.wanted.is_empty() {
        return Ok(());
    }
    // What ended since then may have begun before.
    let since = reading.facts.theirs(reading.since).before(LONGEST);
    let log = Log::read(reading, since)?;
    for &person in reading.wanted {
        of_person(reading, person, since, &log, each)?;
    }
    Ok(())
}

fn of_person(
    reading: &Reading<'_>,
    place: usize,
    since: Time,
    log: &Log,
    each: &mut dyn FnMut(Line),
) -> Result<(), Trouble> {
    let Some(person) = reading.people.get(place) else { return Ok(()) };
    let played = match reading.api.server.kind {
        Source::Emby => "Filters=IsPlayed",
        Source::Jellyfin | Source::Plex => "IsPlayed=true",
    };
    let (mut pages, mut older) = (Pages::default(), 0);
    loop {
        let path = format!(
            "/Items?UserId={}&Recursive=true&{played}&IncludeItemTypes=Movie,Episode\
             &SortBy=DatePlayed&SortOrder=Descending&Fields={}&EnableImages=false\
             &EnableTotalRecordCount=false&StartIndex={}&Limit={PAGE}",
            encoded(&person.key),
            crate::media_server::jellyfin::FIELDS,
            pages.read,
        );
        let (items, _) = reading.page(&path, "/Items")?;
        let is_first = pages.read == 0;
        if !pages.turn(&items, "Id", None, &reading.api)? {
            return Ok(());
        }
        let (is_older, undated) = page(&items, reading, place, since, log, each);
        // It may have no dates at all.
        (0..undated).filter(|_| is_first).for_each(|_| each(Line::Unproven(Unproven::Undated)));
        // Of an item that was identified anew the order may lie (jellyfin/jellyfin#15795): one page more.
        older += usize::from(is_older);
        if items.len() < PAGE || older > 1 {
            return Ok(());
        }
    }
}

/// Tells of a page of items; whether some are older than `since`, and how many have no date.
pub(super) fn page(
    items: &[Value],
    reading: &Reading<'_>,
    person: usize,
    since: Time,
    log: &Log,
    each: &mut dyn FnMut(Line),
) -> (bool, usize) {
    let (mut is_older, mut undated) = (false, 0);
    for item in items {
        let kept = kept(item);
        match kept.began {
            Some(began) if began >= since => {
                let line = line(reading, person, &plain(&text(item, "Id")), kept, log);
                // It may have ended before that time as well.
                if !matches!(&line, Line::Play(row) if row.at < reading.since) {
                    each(line);
                }
            }
            Some(_) => is_older = true,
            None => (is_older, undated) = (true, undated + 1),
        }
    }
    (is_older, undated)
}

fn line(reading: &Reading<'_>, person: usize, key: &str, kept: Kept, log: &Log) -> Line {
    let (facts, kind) = (reading.facts, reading.api.server.kind);
    let began = kept.began.unwrap_or_default();
    let witness = log.witness(person, key, began);
    let now = facts.theirs(reading.now);
    let (at, by) = match proof(kept, &witness, outlives_starts(facts, kind), now) {
        Ok(proven) => proven,
        Err(why) => return Line::Unproven(why),
    };
    let player = |stop| log.player((person, key, stop), reading.api.server);
    let (by, player) = match by {
        Evidence::Stop(stop) => (by, player(stop)),
        Evidence::Rest { stop, since, lacks_ms } => {
            (Evidence::Rest { stop, since: facts.ours(since), lacks_ms }, player(stop))
        }
        Evidence::Date | Evidence::Row(_) => (by, None),
    };
    Line::Play(Row {
        person,
        key: key.to_owned(),
        at: facts.ours(at),
        runtime_ms: kept.runtime_ms,
        player,
        by,
        gone: None,
    })
}

/// Whether an item stays played when it is begun again: from Jellyfin 12 on (its commit 113bd9a), and
/// at Emby. A version that nobody knows may be such a one.
fn outlives_starts(facts: &Facts, kind: Source) -> bool {
    let (major, _) = facts.release();
    kind == Source::Emby || !(1..12).contains(&major)
}

fn kept(item: &Value) -> Kept {
    let data = item.get("UserData").unwrap_or(&Value::Null);
    Kept {
        played: data.get("Played").and_then(Value::as_bool).unwrap_or(false),
        position: number(data, "PlaybackPositionTicks").is_some_and(|ticks| ticks > 0),
        began: Time::from_rfc3339(&text(data, "LastPlayedDate")),
        runtime_ms: number(item, "RunTimeTicks")
            .map(|ticks| ticks / TICKS_PER_MS)
            .filter(|ms| *ms <= LONGEST_MS),
    }
}

pub(super) fn events(
    api: &Api<'_>,
    facts: &Facts,
    person: &Person,
    rows: &[&Row],
) -> Result<Vec<(usize, Event)>, Trouble> {
    let mut keys: Vec<String> = rows.iter().map(|row| encoded(&row.key)).collect();
    keys.sort_unstable();
    keys.dedup();
    let path = format!(
        "/Items?Ids={}&UserId={}&Fields={}",
        keys.join(","),
        encoded(&person.key),
        crate::media_server::jellyfin::FIELDS,
    );
    let (found, _) = api.fetch_dated(&path, PAGE_LIMIT)?;
    let event = |(place, row): (usize, &&Row)| {
        let mut items = list(&found, "/Items").iter();
        let item = items.find(|item| plain(&text(item, "Id")) == row.key)?;
        let mut event = read(api.server.kind, facts, item)?;
        event.user.clone_from(&person.user);
        event.player = row.player.as_deref().cloned().unwrap_or_default();
        event.action = Action::Played { at: row.at, by: row.by };
        event.position_ms = None;
        Some((place, event))
    };
    Ok(rows.iter().enumerate().filter_map(event).collect())
}

/// An item of the library, read as its webhook would be.
fn read(kind: Source, facts: &Facts, item: &Value) -> Option<Event> {
    let event = if kind == Source::Emby { "playback.stop" } else { "PlaybackStop" };
    let server = json!({ "Id": facts.id });
    let webhook = json!({ "Event": event, "Item": item, "Server": server }).to_string();
    match webhook::parse(kind, webhook.as_bytes()) {
        Ok(Said::Event(event)) => Some(Event { player: Player::default(), ..*event }),
        Ok(Said::Nothing { .. }) | Err(_) => None, // nothing to scrobble
    }
}
