//! What has happened: the activity log, newest first.

use super::{Dialect, Jellyfin, set};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};

/// A row.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    number: u64,
    at: Time,
    user: String,
    item: String,
    begins: bool,
}

impl Jellyfin {
    pub(super) fn write(&mut self, user: &str, item: &str, begins: bool, there: Time) {
        self.rows += 1;
        let (user, item) = (user.to_owned(), item.to_owned());
        self.log.push(Entry { number: 9_000 + self.rows, at: there, user, item, begins });
    }

    /// Forgets all rows, as the server's cleaning does after 30 days.
    pub fn clear_log(&mut self) {
        self.log.clear();
    }

    pub(super) fn entries(&self, request: &Request) -> Response {
        let number = |name: &str, other: usize| {
            let given = parameter(request, name).and_then(|text| text.parse().ok());
            given.unwrap_or(other)
        };
        let since = parameter(request, "minDate").and_then(|text| Time::from_rfc3339(&text));
        let mut rows: Vec<&Entry> =
            self.log.iter().filter(|row| since.is_none_or(|since| row.at >= since)).collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.number)));
        let (start, total) = (number("startIndex", 0), rows.len());
        let page = rows.into_iter().skip(start).take(number("limit", usize::MAX));
        let page: Vec<Value> = page.map(|row| self.row(row)).collect();
        let mut answer = json!({ "Items": page, "TotalRecordCount": total });
        if !self.options.dialect.is_emby() {
            set(&mut answer, "StartIndex", json!(start));
        }
        Response::json(200, &answer)
    }

    fn row(&self, row: &Entry) -> Value {
        let Entry { number, at, user, item, begins } = row;
        let is_emby = self.options.dialect.is_emby();
        let word = match (is_emby, begins) {
            (false, true) => "VideoPlayback",
            (false, false) => "VideoPlaybackStopped",
            (true, true) => "playback.start",
            (true, false) => "playback.stop",
        };
        let label = self.titles.get(item).map(super::Title::label).unwrap_or_default();
        let name = self.named(user).map(|user| user.name.clone()).unwrap_or_default();
        let verb = if *begins { "spielt" } else { "hat beendet:" };
        // Emby numbers its people in the log.
        let place = self.users.iter().position(|known| known.id == *user).unwrap_or_default();
        let user = if is_emby { (place + 1).to_string() } else { user.clone() };
        let mut row = json!({
            "Id": number,
            "Name": format!("{name} {verb} {label}"),
            "Type": word,
            "Date": self.date(*at),
            "UserId": user,
            "Severity": if is_emby { "Info" } else { "Information" },
        });
        if self.options.dialect != Dialect::Jellyfin10_8 {
            set(&mut row, "ItemId", json!(item));
        }
        row
    }
}

/// A value of the query, whatever the case of its name.
pub(super) fn parameter(request: &Request, name: &str) -> Option<String> {
    let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
    let mut names = pairs.map(|(key, _)| key).filter(|key| key.eq_ignore_ascii_case(name));
    request.parameter(names.next()?)
}
