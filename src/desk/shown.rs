//! What there is to see: the keys of `scrobbled status --json`, for who writes and who reads them.
//!
//! A reader takes what an older or newer daemon does not say for absent.

mod events;

pub use events::{EventShown, EventsShown, FateShown, ViewingShown, ViewingsShown};

use serde::{Deserialize, Serialize};

/// All of it. The lists that may be long are whatever writes or reads such a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status<P = Vec<PlayShown>, E = Vec<EntryShown>, L = Vec<EventShown>> {
    /// The daemon's version.
    pub version: String,
    /// The time there.
    pub now: String,
    /// Each account of the config.
    pub accounts: Vec<AccountShown>,
    /// Each receiver of the config.
    pub receivers: Vec<ReceiverShown>,
    /// Each tracker that an account can be connected to.
    pub trackers: Vec<KnownTrackerShown>,
    /// Each kind of media server.
    pub sources: Vec<SourceShown>,
    /// Each media server that the config has, and each kind of which it has none.
    pub servers: Vec<ServerShown>,
    /// Who was seen and is in no account.
    pub unlisted: Vec<UnlistedShown>,
    /// What is kept for accounts that the config does not have, and trackers that this build does not.
    pub unclaimed: Vec<UnclaimedShown>,
    /// What plays.
    pub playing: Vec<PlayingShown>,
    /// The plays of the last month.
    pub plays: P,
    /// What waits.
    pub outbox: E,
    /// What is parked.
    pub parked: E,
    /// The last viewings, for the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub viewings: Option<ViewingsShown>,
    /// What needs a look, in sentences.
    pub warnings: Vec<String>,
    /// What is allowed but odd in the config, in sentences.
    pub findings: Vec<String>,
    /// The last events, newest first. It is the longest list and stands last: it is told in parts.
    pub events: L,
}

/// A tracker that this version knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownTrackerShown {
    /// Its name, as it is typed.
    pub tracker: String,
    /// For people.
    pub title: String,
    /// Whether it has an app to log in with.
    pub app: bool,
    /// Where a user makes a key to log in with, where there are such keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_page: Option<String>,
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountShown {
    /// Its name in the config.
    pub name: String,
    /// How it is where that needs a look most, with the sums of what is waiting and parked.
    #[serde(flatten)]
    pub all: StateShown,
    /// Whether nothing is sent for it.
    pub dry_run: bool,
    /// How it is at each tracker that it is connected to, or that has ended its login.
    pub trackers: Vec<TrackerShown>,
}

/// An account at a tracker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrackerShown {
    /// The tracker's name.
    pub tracker: String,
    /// How the account is there.
    #[serde(flatten)]
    pub state: StateShown,
}

/// A receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReceiverShown {
    /// Its name in the config.
    pub name: String,
    /// In one word: `starting`, `connected`, `refused`, `unreachable`, `off`.
    pub state: String,
    /// In one sentence.
    pub sentence: Option<String>,
    /// Where it is: host and port of its address.
    pub host: String,
    /// How many things wait.
    pub waiting: u64,
    /// How many are parked.
    pub parked: u64,
    /// How many were dropped since the start, since they had waited for too long or were too many.
    pub dropped: u64,
}

/// How an account is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StateShown {
    /// In one word: `connected`, `starting`, `login needed`, `login not stored`, `receivers only`,
    /// `refused`, `unreachable`, `dry run`.
    pub state: String,
    /// As whom, where the tracker has told it.
    pub user: Option<String>,
    /// When the access token ends, if it is not renewed.
    pub login_until: Option<String>,
    /// In one sentence.
    pub sentence: Option<String>,
    /// How many of the day's calls are left, where the tracker tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_left: Option<u32>,
    /// Whether there is no app in whose name it could log in; its state is `refused` then.
    pub no_app: bool,
    /// How many entries wait.
    pub waiting: u64,
    /// How many are parked.
    pub parked: u64,
}

/// A media server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerShown {
    /// What the config calls it, by default as its kind.
    pub name: String,
    /// Its kind, as in the config.
    pub kind: String,
    /// What people call it: `Plex`, `Plex attic`.
    pub title: String,
    /// Whether `connect` has connected it; `disconnect` takes that back.
    pub connected: bool,
    /// Whether connecting it broke off before its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// Whether there are accounts, but none that lists anybody there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unlisted: bool,
    /// Whether the config says where it is; that counts then.
    pub configured: bool,
    /// The ways in which it is heard: `webhook`, `stream`, `history`.
    pub hears: Vec<String>,
    /// When it was last heard, whatever became of that.
    pub last_heard: Option<String>,
    /// When a webhook of it last came.
    pub last_webhook: Option<String>,
    /// When its history was last looked through.
    pub last_catch_up: Option<String>,
    /// Why it may not be heard, and what to do, in a sentence.
    pub trouble: Option<String>,
}

/// A kind of media server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceShown {
    /// Its kind, as in the config.
    pub source: String,
    /// Its kind, as its makers write it.
    pub name: String,
    /// When it was last heard.
    pub heard: Option<String>,
}

/// Somebody who was seen and is in no account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnlistedShown {
    /// At which kind of media server.
    pub source: String,
    /// Their name there, or empty.
    pub name: String,
    /// Their id there.
    pub id: String,
    /// As the list of an account takes them.
    pub entry: String,
    /// To which list to add it.
    pub mend: String,
}

/// What is kept for an account that the config does not have, or at a tracker that this build does not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnclaimedShown {
    /// The account's name.
    pub account: String,
    /// The tracker's name, where it is the tracker that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracker: Option<String>,
    /// How many entries wait.
    pub waiting: u64,
    /// How many are parked.
    pub parked: u64,
    /// Whether it has a login.
    pub login: bool,
    /// What it is and what to do.
    pub sentence: String,
}

/// Something that plays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlayingShown {
    /// For whom.
    pub account: String,
    /// At which kind of media server.
    pub source: String,
    /// Who watches, as the media server names them.
    pub user: String,
    /// On what.
    pub player: String,
    /// What.
    pub item: String,
    /// Whether it is paused.
    pub paused: bool,
    /// How long it is, in milliseconds.
    pub runtime_ms: Option<u64>,
    /// Where it stands, in percent.
    pub progress: Option<f64>,
}

/// A play.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlayShown {
    /// Whose.
    pub account: String,
    /// When it ended.
    pub at: String,
}

/// Something that waits or is parked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntryShown {
    /// Its number.
    pub id: u64,
    /// For whom.
    pub account: String,
    /// For which tracker; empty for whichever is connected first, `receiver:` and its name for a
    /// receiver.
    pub tracker: String,
    /// What is to be told.
    pub action: String,
    /// Of what.
    pub item: String,
    /// How far it had been played, in percent.
    pub progress: f64,
    /// When it was so.
    pub at: String,
    /// Since when it is there.
    pub since: String,
    /// How often it was tried.
    pub attempts: u32,
    /// `waiting` or `parked`.
    pub state: String,
    /// Not before then; of a parked one since when.
    pub next: Option<String>,
    /// Of a parked one: when it is given up by itself, at the earliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// Why it is still there, or empty.
    pub reason: String,
}

/// How many entries are sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retried {
    /// So many.
    pub retried: usize,
    /// What has become of those of which that is known by now; of a hundred at most.
    pub became: Vec<BecameShown>,
}

/// What has become of an entry that was sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BecameShown {
    /// Its number.
    pub id: u64,
    /// In one word, as in the events: `delivered`, `parked`, `later`, `dropped` or `rehearsed`.
    pub outcome: String,
    /// When it is tried again, where it is and that is known.
    pub until: Option<String>,
    /// In a sentence.
    pub reason: String,
}

/// How many parked entries were given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dropped {
    /// So many.
    pub dropped: usize,
}
