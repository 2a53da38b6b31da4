//! What does a line of Jellyfin's or Emby's activity log say of a playback?
//!
//! A line says that a user has begun or stopped an item, wherever it stood then; its text is in
//! the server's language and is not read for what happened. Jellyfin names the item from 10.9 on.

use super::{number, text};
use crate::event::{Source, Time, User};
use serde_json::Value;

/// One playback's start or stop.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LogLine {
    pub(super) number: u64,
    /// Whose, as a place among the users.
    pub(super) whose: usize,
    pub(super) item: String,
    pub(super) at: Time,
    pub(super) stops: bool,
    /// Its text, in small letters.
    pub(super) said: String,
}

/// Reads a line of one of these users; `None` where it is another's, or of something else.
pub(super) fn log_line<'a>(
    row: &Value,
    users: &(impl Iterator<Item = &'a User> + Clone),
    kind: Source,
) -> Option<LogLine> {
    let event = text(row, "Type").to_lowercase();
    if !event.contains("playback") || event.contains("audio") {
        return None;
    }
    let item = plain(&text(row, "ItemId"));
    let said = text(row, "Name").to_lowercase();
    let id = plain(&text(row, "UserId"));
    let whose = users.clone().position(|user| plain(&user.id) == id).or_else(|| {
        // Emby's log counts its users. A line begins with the user's name in whatever language.
        let is_named = |user: &User| {
            let rest = said.strip_prefix(&user.name.to_lowercase());
            rest.is_some_and(|rest| rest.starts_with(' '))
        };
        (kind == Source::Emby).then(|| users.clone().position(is_named))?
    })?;
    (!item.is_empty()).then_some(())?;
    Some(LogLine {
        number: number(row, "Id")?,
        whose,
        item,
        at: Time::from_rfc3339(&text(row, "Date"))?,
        stops: event.contains("stop"),
        said,
    })
}

/// An id as it is compared: Jellyfin's come with and without dashes.
pub(super) fn plain(id: &str) -> String {
    id.replace('-', "").to_lowercase()
}
