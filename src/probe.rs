//! The words for what only a media server can tell: a [`Probe`] and its [`ProbeAnswer`].
//!
//! The engine asks by data, as it tells by data; who carries the question to the server
//! (`media_server`) gives it back with the answer. "No answer" is an answer.

use crate::event::{File, Ids, Library, Source, Time, User};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long an answer may take: the three seconds that the server has, and a moment more.
pub const PATIENCE: Duration = Duration::from_secs(4);

/// Clocks of two machines agree to this.
pub const GRACE: Duration = Duration::from_secs(60);

/// How long it takes to watch something of this runtime, in milliseconds, to its end: what a viewer skips, the
/// credits above all, is no fifth of it.
#[must_use]
pub fn far(runtime_ms: u64) -> Duration {
    Duration::from_millis(runtime_ms / 5 * 4)
}

/// A question to a media server.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Its number, by which what waits for the answer is found; 0 where no event does.
    pub number: u64,
    /// Which kind of server is asked.
    pub source: Source,
    /// And which of its kind: its name in the config.
    pub server: String,
    /// The server's key of the item (Plex `ratingKey`, Jellyfin and Emby item id).
    pub key: String,
    /// Whose state is asked for, where it matters.
    pub user: User,
    /// What is asked.
    pub about: About,
}

/// What is asked of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Where playback stands (Plex `/status/sessions`): only when exactly one session has it.
    Position,
    /// Whether the user has watched it, or where it was left.
    Watched,
    /// How long it is.
    Runtime,
    /// In which libraries it is.
    Libraries,
    /// The external ids of the show with this key.
    Show,
    /// Which file it is.
    File,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeAnswer {
    /// Nothing: the server can't be reached in time, does not know, says no, or is not set up.
    Nothing,
    /// Where playback stands, in milliseconds.
    Position(u64),
    /// It counts as watched there, or where it was left.
    Watched(Watched),
    /// Its runtime in milliseconds.
    Runtime(u64),
    /// Its libraries, the nearest first.
    Libraries(Vec<Library>),
    /// Its show's external ids.
    Show(Ids),
    /// Its file.
    File(File),
}

/// What a server says of an item that a user has watched, or left. Each keeps another time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watched {
    /// It was counted then: a line of Plex' history. (`lastViewedAt` moves at any playback,
    /// Maintainerr/Maintainerr#3508.)
    Counted(Time),
    /// Its last playback began then, and no position is kept of it: `LastPlayedDate` of Jellyfin and
    /// Emby. Whether that was watched to its end is another question: Jellyfin takes `Played` back
    /// when something is begun again, until its version 12, and Emby does not.
    Began {
        /// When.
        at: Time,
        /// Whether it was never begun before.
        first: bool,
        /// When the user last stopped it since then, if the server keeps that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stopped: Option<Time>,
    },
    /// Its last playback began then as well, and a position is kept: it was left there, whether or not it
    /// had been watched before.
    Left {
        /// When it began.
        at: Time,
        /// The position, in milliseconds.
        position_ms: u64,
        /// As of [`Began`](Self::Began).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stopped: Option<Time>,
    },
}
