//! How things are, in numbers: for metrics and notifications.

use super::counts::Counts;
use crate::delivery::{AccountState, Destination};
use crate::event::Time;
use std::collections::BTreeMap;

/// How things are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Each account at each tracker, in the order of the config.
    pub destinations: Vec<DestinationFigures>,
    /// What has happened since the start.
    pub counts: Counts,
    /// How many players play something.
    pub playing: usize,
    /// Media servers that play what they post nothing of, by what people call them, each with what
    /// to say of it.
    pub silent: BTreeMap<String, String>,
    /// Why nothing can be stored, if that is so.
    pub storage: Option<String>,
    /// How many lines of the log could not be written.
    pub lost_lines: u64,
}

/// How an account is at a tracker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DestinationFigures {
    /// Which.
    pub destination: Destination,
    /// How it is; `None` while that is not known yet.
    pub state: Option<AccountState>,
    /// How many intents wait.
    pub waiting: u64,
    /// How many are parked.
    pub parked: u64,
    /// Since when the oldest of those waits that could go at once.
    pub stuck_since: Option<Time>,
}
