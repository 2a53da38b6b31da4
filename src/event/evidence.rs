//! What in a media server's history shows that something was played.

use super::Time;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What in a media server's history shows that something was played. Its `Display` is a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The row of this number in Plex' history, which has one for each play.
    Row(u64),
    /// Jellyfin's date of the last playback of what counts as played.
    Date,
    /// Such a date, at Jellyfin or Emby, and in the activity log the stop of this number.
    Stop(u64),
    /// Such a date and stop between which too little of it was played, so that the rest must have been watched
    /// before.
    Rest {
        /// The stop's number.
        stop: u64,
        /// Since when the log shows it played without having come to its end.
        since: Time,
        /// How much must have been watched before that, in milliseconds of the item; zero where the log shows
        /// enough.
        lacks_ms: u64,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(number) => write!(f, "history row {number}"),
            Self::Date => f.write_str("LastPlayedDate"),
            Self::Stop(number) | Self::Rest { stop: number, .. } => {
                write!(f, "LastPlayedDate and log stop {number}")
            }
        }
    }
}
