//! What does Plex' history show?
//!
//! A row for each play of anybody, with the time at which it was counted: `media.scrobble` comes in
//! that moment. (<https://developer.plex.tv/pms>, `/status/sessions/history/all`; python-plexapi's
//! `PlexHistory`.) A row says nothing of ids, year and length; what it is of is asked for, and when
//! that is gone the row's own words have to do.

use super::proof::{Unproven, is_to_come};
use super::{ITEMS, Line, PAGE, PAGE_LIMIT, Pages, Person, Reading, Row, Trouble};
use crate::event::{
    Action, Episode, Event, Evidence, Item, Kind, Library, Player, Show, Source, Time, User,
};
use crate::http::segment;
use crate::media_server::{Api, list, number, text};
use crate::webhook::{self, Said};
use serde_json::{Value, json};

pub(super) fn people(api: &Api<'_>) -> Result<Vec<Person>, Trouble> {
    let (answer, _) = api.fetch_dated("/accounts", PAGE_LIMIT)?;
    let accounts = list(&answer, "/MediaContainer/Account");
    if accounts.is_empty() {
        return Err(api.trouble(super::What::Foreign)); // there is always its owner
    }
    Ok(accounts.iter().filter_map(person).collect())
}

/// Number 0 without a name is nobody: what is played before anybody has signed in.
fn person(account: &Value) -> Option<Person> {
    let (key, name) = (text(account, "id"), text(account, "name"));
    let avatar = text(account, "thumb");
    let uuid = avatar.split_once("/users/").and_then(|(_, rest)| rest.split_once("/avatar"));
    let uuid = uuid.map_or(String::new(), |(uuid, _)| uuid.to_owned());
    let is_somebody = !key.is_empty() && key != "0" && !name.is_empty();
    is_somebody.then(|| Person { user: User { id: key.clone(), uuid, name }, key })
}

pub(super) fn rows(reading: &Reading<'_>, each: &mut dyn FnMut(Line)) -> Result<(), Trouble> {
    let since = reading.facts.theirs(reading.since).0 / 1000;
    let devices = Devices::of(reading)?;
    let mut pages = Pages::default();
    loop {
        // The `>` belongs to the name: python-plexapi writes it so.
        let path = format!(
            "/status/sessions/history/all?sort=viewedAt%3Aasc&viewedAt%3E={since}\
             &X-Plex-Container-Start={}&X-Plex-Container-Size={PAGE}",
            pages.read,
        );
        let (answer, _) = reading.api.fetch_dated(&path, PAGE_LIMIT)?;
        let container = answer.get("MediaContainer");
        let container = container.ok_or_else(|| reading.api.trouble(super::What::Foreign))?;
        let rows = list(container, "/Metadata");
        let total = number(container, "totalSize");
        let promised = total.map(|total| total.saturating_sub(pages.read as u64));
        if rows.is_empty() && promised.or(number(container, "size")).is_some_and(|rows| rows > 0) {
            return Err(reading.api.trouble(super::What::Short));
        }
        if !pages.turn(rows, "historyKey", total, &reading.api)? {
            return Ok(());
        }
        each_of(rows, reading, &devices, each);
        if total.is_some_and(|total| pages.read as u64 >= total) {
            return Ok(());
        }
    }
}

fn each_of(rows: &[Value], reading: &Reading<'_>, devices: &Devices, each: &mut dyn FnMut(Line)) {
    rows.iter().filter_map(|row| line(row, reading, devices)).for_each(each);
}

/// A page by itself.
pub(super) fn page(rows: &[Value], reading: &Reading<'_>, each: &mut dyn FnMut(Line)) {
    each_of(rows, reading, &Devices(Vec::new()), each);
}

fn row_number(row: &Value) -> Option<u64> {
    text(row, "historyKey").rsplit('/').next()?.parse().ok()
}

fn line(row: &Value, reading: &Reading<'_>, devices: &Devices) -> Option<Line> {
    let is_video = matches!(text(row, "type").as_str(), "movie" | "episode");
    let at = number(row, "viewedAt").filter(|_| is_video)?.saturating_mul(1000);
    let at = reading.facts.ours(Time(at));
    if at < reading.since {
        return None; // it has not understood what it was asked for
    }
    let account = text(row, "accountID");
    let Some(person) = reading.people.iter().position(|person| person.key == account) else {
        return Some(Line::Stranger(account));
    };
    if !reading.wanted.contains(&person) {
        return Some(Line::Unwanted(person));
    }
    if is_to_come(at, reading.now) {
        return Some(Line::Unproven(Unproven::Future));
    }
    let key = text(row, "ratingKey");
    Some(Line::Play(Row {
        person,
        at: at.min(reading.now),
        runtime_ms: None,
        by: Evidence::Row(row_number(row)?),
        player: devices.of_row(row),
        gone: key.is_empty().then(|| Box::new(gone(row))),
        key,
    }))
}

/// What a row says of an item that was deleted since, as happens after it was watched. The day of
/// a film's release stands for its year.
fn gone(row: &Value) -> Item {
    let day = text(row, "originallyAvailableAt");
    let year = day.get(..4).and_then(|year| year.parse().ok());
    let count = |key| number(row, key).and_then(|count| u32::try_from(count).ok());
    let kind = if text(row, "type") == "episode" {
        let show = Show { title: text(row, "grandparentTitle"), ..Show::default() };
        let (season, number) = (count("parentIndex"), count("index"));
        Kind::Episode(Episode { show, season, number, last: None })
    } else {
        Kind::Movie
    };
    let aired = Some(day).filter(|day| day.len() == 10);
    Item { kind, title: text(row, "title"), year, aired, ..Item::default() }
}

/// The players, by the numbers that rows have; only asked for where the config blocks some.
struct Devices(Vec<(String, Player)>);

impl Devices {
    fn of(reading: &Reading<'_>) -> Result<Self, Trouble> {
        if reading.api.server.block_players.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let (answer, _) = reading.api.fetch_dated("/devices", PAGE_LIMIT)?;
        let device = |device: &Value| {
            let player =
                Player { id: text(device, "clientIdentifier"), name: text(device, "name") };
            (text(device, "id"), player)
        };
        Ok(Self(list(&answer, "/MediaContainer/Device").iter().map(device).collect()))
    }

    fn of_row(&self, row: &Value) -> Option<Box<Player>> {
        let number = text(row, "deviceID");
        let device = self.0.iter().find(|(id, _)| *id == number);
        device.map(|(_, player)| Box::new(player.clone()))
    }
}

pub(super) fn events(
    api: &Api<'_>,
    facts: &super::Facts,
    person: &Person,
    rows: &[&Row],
) -> Result<Vec<(usize, Event)>, Trouble> {
    let mut keys: Vec<String> = rows.iter().filter_map(|row| segment(&row.key)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(ITEMS);
    let mut found = Value::Null;
    if !keys.is_empty() {
        // Items that are gone are left out; if all are, there is no such thing.
        let path = format!("/library/metadata/{}", keys.join(","));
        found = api.fetch_item(&path, PAGE_LIMIT)?.unwrap_or_default();
    }
    let event = |(place, row): (usize, &&Row)| {
        let mut metadata = list(&found, "/MediaContainer/Metadata").iter();
        let item = metadata.find(|item| text(item, "ratingKey") == row.key);
        let mut event = match (item, &row.gone) {
            (Some(item), _) => read(item, found.get("MediaContainer")?)?,
            (None, Some(gone)) => bare((**gone).clone()),
            (None, None) => return None, // gone since the row was read: the next run finds it so
        };
        event.server.clone_from(&facts.id);
        event.user.clone_from(&person.user);
        event.player = row.player.as_deref().cloned().unwrap_or_default();
        event.action = Action::Played { at: row.at, by: row.by };
        event.position_ms = None;
        Some((place, event))
    };
    Ok(rows.iter().enumerate().filter_map(event).collect())
}

/// An item of the library, read as its webhook would be.
fn read(item: &Value, container: &Value) -> Option<Event> {
    let webhook = json!({ "event": "media.scrobble", "Metadata": item }).to_string();
    let Ok(Said::Event(mut event)) = webhook::parse(Source::Plex, webhook.as_bytes()) else {
        return None; // a trailer, or something else that is nothing to scrobble
    };
    // Old versions name the library beside the item only.
    let beside = Library {
        id: text(container, "librarySectionID"),
        title: text(container, "librarySectionTitle"),
    };
    event.library = event.library.or_else(|| Some(beside).filter(|it| *it != Library::default()));
    Some(*event)
}

fn bare(item: Item) -> Event {
    Event {
        source: Source::Plex,
        action: Action::Completed,
        server: String::new(),
        user: User::default(),
        player: Player::default(),
        library: None,
        item,
        position_ms: None,
        is_guess: false,
    }
}
