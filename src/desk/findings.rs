//! The words for what is found in media servers' histories, and what was decided about it.

use super::caught_up::EarlierRuns;
use crate::config::ServerId;
use crate::engine::Listing;
use crate::event::{Event, Source, Time, User};
use crate::verdict::{Bulk, Verdict};
use std::sync::mpsc::Sender;

/// What who reads histories hands in.
pub enum HistoryMessage {
    /// What is known of a server's earlier runs, and who was heard of there.
    Known(Source, String, Sender<Known>),
    /// Plays that were found, in the order of their times, and why each is held, if it is; whether they
    /// are to be kept, or it is only asked what would become of them.
    Found(Vec<(Event, Option<Bulk>)>, bool, Sender<Result<Decided, String>>),
    /// What plays at a server now; whether it is asked how something has ended, which takes a moment.
    Listed(Box<Listing>, Sender<bool>),
    /// A run of a server that began then has come to its end.
    Read(Source, String, Time, Sender<Result<(), String>>),
    /// What a server that the config has without its id has said of itself; answered once that counts.
    Id(ServerId, Sender<()>),
    /// Why the history of a server, by its name in the config, can't be read; `None`: it can.
    Trouble(Source, String, Option<String>),
}

/// What was decided about each of some plays, for each account concerned.
pub type Decided = Vec<Vec<Verdict>>;

/// What is known before a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The runs before.
    pub earlier: EarlierRuns,
    /// Those of whom the server's webhooks have told.
    pub users: Vec<User>,
}
