//! What a run has found, for who asked for it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many plays of a kind are listed; the others are only counted.
const MOST_LISTED: usize = 200;

/// What the runs of all servers have found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// Each server that can be asked.
    pub servers: Vec<ServerReport>,
    /// Those that can't, as people call them.
    pub not_asked: Vec<String>,
}

/// What was found at a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerReport {
    /// Its name in the config.
    pub name: String,
    /// What people call it: `Plex`, `Plex attic`.
    pub title: String,
    /// Since when its history was read.
    pub since: Option<String>,
    /// How many plays its history shows of people that an account lists.
    pub found: usize,
    /// How many of them are told now, or would be.
    pub new: usize,
    /// How many were told already.
    pub already_told: usize,
    /// How many are held.
    pub held: usize,
    /// Those that are new, the first of them.
    pub new_plays: Vec<PlayShown>,
    /// Those that are held, the first of them.
    pub held_plays: Vec<PlayShown>,
    /// What is not told, by the reason.
    pub ignored: Vec<Count>,
    /// Why the run has come to nothing, or not to its end.
    pub trouble: Option<String>,
}

/// A play.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayShown {
    /// For whom.
    pub account: String,
    /// Who has watched it, by their name at the server.
    #[serde(default)]
    pub user: String,
    /// What was watched.
    pub item: String,
    /// When.
    pub at: String,
    /// What shows it, and why it is held, if it is.
    pub reason: String,
}

/// So many for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How many.
    pub count: usize,
    /// The reason.
    pub reason: String,
}

/// What a run counts on its way.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) report: ServerReport,
    ignored: BTreeMap<String, usize>,
}

impl Tally {
    pub(super) fn ignore(&mut self, reason: String) {
        *self.ignored.entry(reason).or_default() += 1;
    }

    pub(super) fn new_play(&mut self, play: PlayShown) {
        self.report.new += 1;
        if self.report.new_plays.len() < MOST_LISTED {
            self.report.new_plays.push(play);
        }
    }

    pub(super) fn hold(&mut self, play: PlayShown) {
        self.report.held += 1;
        if self.report.held_plays.len() < MOST_LISTED {
            self.report.held_plays.push(play);
        }
    }

    pub(super) fn end(self, trouble: Option<String>) -> ServerReport {
        let ignored = self.ignored.into_iter().map(|(reason, count)| Count { count, reason });
        ServerReport { ignored: ignored.collect(), trouble, ..self.report }
    }
}
