//! What does the activity log of Jellyfin or Emby say of playbacks?

use super::proof::{Witness, is_start};
use super::{PAGE, Person, Reading, Trouble};
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

/// The lines of the people that are wanted.
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
        let (mut start, mut newest) = (0, None);
        loop {
            let path = format!(
                "/System/ActivityLog/Entries?MinDate={}&HasUserId=true&StartIndex={start}\
                 &Limit={PAGE}",
                encoded(&since.to_string())
            );
            // Without it the date alone has to prove a play.
            let page = reading.page_for_administrators(&path, "/Items")?;
            let Some((rows, answer)) = page else { return Ok(log) };
            let first = rows.first().and_then(|row| number(row, "Id"));
            // One that does not turn its pages would be read without end.
            if rows.is_empty() || (start > 0 && first == newest) {
                return Ok(log);
            }
            newest = if start == 0 { first } else { newest };
            log.take(&rows, reading);
            start += rows.len();
            reading.is_endless(start)?;
            let total = number(&answer, "TotalRecordCount").unwrap_or_default();
            if rows.len() < PAGE && total <= start as u64 {
                return Ok(log);
            }
        }
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
        log
    }

    /// What it says of the playback of an item by a person that began then.
    pub(super) fn witness(&self, person: usize, item: &str, began: Time) -> Witness {
        let theirs = || self.lines.iter().filter(|line| line.person == person);
        let of_item = || theirs().filter(|line| line.item == item);
        let stops = of_item().filter(|line| line.stops && line.at >= began);
        Witness {
            stop: stops.max_by_key(|line| line.at).map(|line| (line.number, line.at)),
            start: of_item().any(|line| !line.stops && is_start(line.at, began)),
            is_whole: self.since <= began && theirs().next().is_some(),
        }
    }

    /// The player of a stop, where the config blocks it. Only the text of the line names it.
    pub(super) fn player(&self, stop: u64, server: &MediaServer) -> Option<Box<Player>> {
        let line = self.lines.iter().find(|line| line.stops && line.number == stop)?;
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
