//! What does the activity log of Jellyfin or Emby say of playbacks?

use super::proof::{Witness, is_start};
use super::{PAGE, Pages, Person, Reading, Trouble};
use crate::config::MediaServer;
use crate::event::{Player, Time};
use crate::http::encoded;
use crate::media_server::log_line::log_line;
use crate::media_server::number;
use serde_json::Value;

/// One playback's start or stop.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    number: u64,
    /// Whose, as a place in the list of people.
    person: usize,
    item: String,
    at: Time,
    stops: bool,
    /// Of the players that the config blocks the one that its text names.
    blocked: Option<usize>,
}

/// The lines of the people that are wanted, by person and item.
#[derive(Debug, Default)]
pub(super) struct Log {
    lines: Vec<Entry>,
    /// Since when it has lines, by the server's clock.
    since: Time,
}

impl Log {
    /// Reads the log since a time of the server's clock.
    pub(super) fn read(reading: &Reading<'_>, since: Time) -> Result<Self, Trouble> {
        let mut log = Self { lines: Vec::new(), since };
        let mut pages = Pages::default();
        loop {
            let path = format!(
                "/System/ActivityLog/Entries?MinDate={}&HasUserId=true&StartIndex={}&Limit={PAGE}",
                encoded(&since.to_string()),
                pages.read,
            );
            // Without it the date alone has to prove a play.
            let page = reading.page_for_administrators(&path, "/Items")?;
            let Some((rows, answer)) = page else { break };
            let total = number(&answer, "TotalRecordCount").filter(|total| *total > 0);
            if !pages.turn(&rows, "Id", total, &reading.api)? {
                break;
            }
            log.take(&rows, reading);
            if rows.len() < PAGE && total.unwrap_or_default() <= pages.read as u64 {
                break;
            }
        }
        log.sort();
        Ok(log)
    }

    fn take(&mut self, rows: &[Value], reading: &Reading<'_>) {
        let since = self.since;
        let read = rows.iter().filter_map(|row| line(row, reading.people, reading.api.server));
        let is_wanted = |line: &Entry| reading.wanted.contains(&line.person);
        self.lines.extend(read.filter(|line| is_wanted(line) && line.at >= since));
    }

    /// A log of one page.
    pub(super) fn of(rows: &[Value], reading: &Reading<'_>, since: Time) -> Self {
        let mut log = Self { lines: Vec::new(), since };
        log.take(rows, reading);
        log.sort();
        log
    }

    fn sort(&mut self) {
        self.lines.sort_unstable_by(|one, other| {
            (one.person, &one.item, one.at).cmp(&(other.person, &other.item, other.at))
        });
    }

    fn of_item(&self, person: usize, item: &str) -> &[Entry] {
        let before = |line: &Entry| (line.person, line.item.as_str()) < (person, item);
        let rest = self.lines.get(self.lines.partition_point(before)..).unwrap_or_default();
        let its = |line: &Entry| (line.person, line.item.as_str()) == (person, item);
        rest.get(..rest.partition_point(its)).unwrap_or_default()
    }

    fn has_some_of(&self, person: usize) -> bool {
        let place = self.lines.partition_point(|line| line.person < person);
        self.lines.get(place).is_some_and(|line| line.person == person)
    }

    /// What it says of the playback of an item by a person that began then.
    pub(super) fn witness(&self, person: usize, item: &str, began: Time) -> Witness {
        let lines = self.of_item(person, item).iter();
        let stops = lines.clone().filter(|line| line.stops && line.at >= began);
        let before = lines
            .clone()
            .zip(lines.clone().skip(1))
            .filter(|(start, stop)| !start.stops && stop.stops && stop.at < began);
        Witness {
            stop: stops.max_by_key(|line| line.at).map(|line| (line.number, line.at)),
            start: lines.clone().any(|line| !line.stops && is_start(line.at, began)),
            is_whole: self.since <= began && self.has_some_of(person),
            before: before.map(|(start, stop)| (start.at, stop.at)).collect(),
        }
    }

    /// The player of a person's stop of an item, where the config blocks it. Only the text of the line names it.
    pub(super) fn player(
        &self,
        (person, item, stop): (usize, &str, u64),
        server: &MediaServer,
    ) -> Option<Box<Player>> {
        let mut lines = self.of_item(person, item).iter();
        let line = lines.find(|line| line.stops && line.number == stop)?;
        let name = server.block_players.get(line.blocked?)?.clone();
        Some(Box::new(Player { id: String::new(), name }))
    }
}

fn line(row: &Value, people: &[Person], server: &MediaServer) -> Option<Entry> {
    let line = log_line(row, &people.iter().map(|person| &person.user), server.kind)?;
    let names = |player: &String| !player.is_empty() && line.said.contains(&player.to_lowercase());
    Some(Entry {
        number: line.number,
        person: line.whose,
        item: line.item.clone(),
        at: line.at,
        stops: line.stops,
        blocked: server.block_players.iter().position(names),
    })
}
