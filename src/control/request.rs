//! What can be asked for?

use crate::event::Source;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How long the daemon may take for what it has at hand.
const AT_HAND: Duration = Duration::from_secs(10);
/// How long it may take where Trakt or a file is asked first.
const ASKED_FOR: Duration = Duration::from_secs(90);
/// How long it may take before a login goes to end what stands open at trackers. A person waits, on the
/// page for fifteen seconds at most.
pub(super) const FAREWELL: Duration = Duration::from_secs(10);
/// How long a person may take to type a code, at most, and a disk to copy all.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Who answers: version, process number, data folder and address.
    Hello,
    /// All that there is to see.
    Status,
    /// Some of the last events, newest first: those before the one of this number, and with this text
    /// in their title.
    Events {
        /// A number that an event has; without one the newest.
        before: Option<u64>,
        /// Part of a title; without one all.
        search: Option<String>,
    },
    /// Some of the last viewings, in the order of their newest events: those whose newest event is
    /// before the one of this number, and with this text in their title.
    Viewings {
        /// As above.
        before: Option<u64>,
        /// As above.
        search: Option<String>,
    },
    /// Send an intent again that is parked or waits, or all that are parked without an `id`, and tell
    /// what becomes of it where that is known within a few seconds.
    Retry {
        /// Its number, as `status` shows it.
        id: Option<u64>,
    },
    /// Give a parked intent up: it is never sent.
    Drop {
        /// Its number, as `status` shows it, or `all`.
        id: Which,
    },
    /// The webhooks' addresses.
    Urls,
    /// A new token: `plex`, `jellyfin`, `emby`, `page` or `all`.
    Rotate {
        /// Whose.
        which: String,
    },
    /// Begin to connect an account: the answer is the code that the user types at the tracker.
    Login {
        /// Which; without one the only one there is.
        account: Option<String>,
        /// To which tracker; without one to the one that has an app.
        tracker: Option<String>,
    },
    /// Connect an account by a key that the user has made at the tracker.
    LoginWithKey {
        /// Which; without one the only one there is.
        account: Option<String>,
        /// To which tracker.
        tracker: String,
        /// The key.
        key: Key,
    },
    /// Wait until the user has typed the code.
    LoginResult {
        /// Of which account.
        account: String,
        /// At which tracker; without one at the only one where a login is under way.
        tracker: Option<String>,
    },
    /// The same without waiting: `{"pending": true}` as long as it is not typed.
    LoginState {
        /// Of which account.
        account: String,
        /// At which tracker, as above.
        tracker: Option<String>,
    },
    /// Whether a media server of this kind answers at an address, for who is about to ask a person for a
    /// password.
    ConnectFind {
        /// Which kind of media server.
        kind: Source,
        /// Where it is.
        url: Option<String>,
        /// The certificates by which it is known, as PEM.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificates: Option<String>,
    },
    /// Begin to connect a media server: the answer is what was said so far. It goes on by itself; who
    /// asked polls with `connect_state`, or has left after half a minute.
    Connect {
        /// Which kind of media server.
        kind: Source,
        /// Where it is; not for Plex, which is found.
        url: Option<String>,
        /// Which of several servers of a Plex account, by its name or id.
        server: Option<String>,
        /// Sign in as this user, with `password`.
        user: Option<String>,
        /// Their password; it is never kept.
        password: Option<Key>,
        /// Or by this key, which stays the person's.
        key: Option<Key>,
        /// The certificates by which it is known, as PEM; without them by a public authority. Not for Plex.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificates: Option<String>,
        /// Whether nothing is asked, and the first choice is taken.
        #[serde(default)]
        yes: bool,
        /// Whether the server may be restarted.
        #[serde(default)]
        restart: bool,
    },
    /// How the connecting stands: what was said since, a code, a question, the end.
    ConnectState {
        /// How many lines were seen already.
        #[serde(default)]
        seen: usize,
    },
    /// Answer the question that waits.
    ConnectAnswer {
        /// Its number.
        question: u64,
        /// Which of its choices, from 0.
        answer: usize,
    },
    /// Leave: nothing more happens. What was made already is kept, so that it can go on later.
    ConnectLeave,
    /// Disconnect a media server: take back what is ours there, and forget it here.
    Disconnect {
        /// Its name, as `status` shows it.
        name: String,
        /// Whether it is forgotten here also where nothing can be taken back there.
        #[serde(default)]
        yes: bool,
    },
    /// What is wrong with each media server that is connected.
    CheckConnections,
    /// Whose plays at a media server go to an account: changes its list in the config file.
    SetUsers {
        /// Which account.
        account: String,
        /// At which kind of media server.
        kind: Source,
        /// The list, as the config takes it.
        users: Vec<String>,
    },
    /// Which trackers take plays from media servers themselves, so that these may come twice.
    OwnSyncs,
    /// A link with which a person signs in to the page, once.
    SignIn,
    /// Every setting: how it stands, what it means, where it was written.
    Settings,
    /// Change one in the config file, and have it count at once.
    Set {
        /// Which, as `section.key`.
        key: String,
        /// To what: a switch, a number, or a list of texts; null takes it out of the file.
        value: Value,
    },
    /// Take the config as it is now: what can change without a restart counts at once.
    Reload {
        /// What stands in it, from who may read it where the daemon may not; else it is read.
        text: Option<String>,
    },
    /// What taking this for the config would change.
    Compare {
        /// What stands in the config.
        text: String,
    },
    /// Disconnect an account, or forget one that the config no longer has.
    Logout {
        /// Which; without one the only one there is.
        account: Option<String>,
        /// From which tracker; without one from all that it is connected to.
        tracker: Option<String>,
    },
    /// Look through the histories of the media servers for plays that nobody told of.
    CatchUp {
        /// How far back, in seconds; without it to where it was looked through before.
        back: Option<u64>,
        /// Whether it is only said what would become of them.
        #[serde(default)]
        dry_run: bool,
    },
    /// How that stands where it was begun over HTTP: `{"pending": true}`, its report, or null.
    CatchUpState,
    /// Write a consistent copy of the data.
    Backup {
        /// Where to, an absolute path.
        file: PathBuf,
    },
}

impl Request {
    /// How long its answer may take. Who has not answered by then hangs.
    #[must_use]
    pub fn patience(&self) -> Duration {
        match self {
            Self::Hello
            | Self::Status
            | Self::Events { .. }
            | Self::Viewings { .. }
            | Self::Retry { .. }
            | Self::Drop { .. }
            | Self::Urls
            | Self::ConnectState { .. }
            | Self::ConnectAnswer { .. }
            | Self::ConnectLeave
            | Self::LoginState { .. }
            | Self::CatchUpState
            | Self::SignIn
            | Self::Compare { .. }
            | Self::Settings => AT_HAND,
            Self::Set { .. }
            | Self::SetUsers { .. }
            | Self::Rotate { .. }
            | Self::ConnectFind { .. }
            | Self::Connect { .. }
            | Self::Disconnect { .. }
            | Self::CheckConnections
            | Self::Reload { .. }
            | Self::Login { .. }
            | Self::LoginWithKey { .. }
            | Self::OwnSyncs => ASKED_FOR,
            Self::Logout { .. } => ASKED_FOR.saturating_add(FAREWELL),
            Self::LoginResult { .. } | Self::Backup { .. } | Self::CatchUp { .. } => {
                HOUR.saturating_add(ASKED_FOR)
            }
        }
    }
}

/// A key on its way from a person. Nothing prints it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// One of several things, or all: whoever forgets to say which means neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Which {
    /// The one with this number.
    One(u64),
    /// All of them.
    All(All),
}

/// The word `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum All {
    /// It.
    All,
}
