//! What is answered, for who answers and who asks.
//!
//! An asker takes what an older or newer daemon does not say for absent.

use crate::event::Library;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hello {
    /// The version that runs.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Its data folder.
    pub data_dir: PathBuf,
    /// Where it accepts connections.
    pub address: Option<SocketAddr>,
}

/// A code to log in with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginCode {
    /// For which account.
    pub account: String,
    /// At which tracker.
    pub tracker: String,
    /// What the user types.
    pub user_code: String,
    /// Where.
    pub verification_url: String,
    /// Where it is typed already, for links and QR codes.
    pub url: String,
    /// How long it is good, in seconds.
    pub expires_in: u64,
}

/// An account is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoggedIn {
    /// Which.
    pub account: String,
    /// To which tracker.
    pub tracker: String,
    /// As whom, where the tracker has told it.
    pub user: Option<String>,
    /// Why it can't scrobble yet, in a sentence.
    pub trouble: Option<String>,
    /// What of whoever was logged in before could not be ended there, each in a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unended: Vec<String>,
}

/// An account is disconnected, or forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoggedOut {
    /// Which.
    pub account: String,
    /// From where.
    pub trackers: Vec<String>,
    /// Whether each tracker has confirmed it.
    pub revoked: bool,
    /// Why not.
    pub reason: Option<String>,
    /// How much was dropped that waited; absent: it is kept for the next login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<usize>,
    /// What plays and could not be ended there before, each in a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unended: Vec<String>,
    /// Whether the config does not have it, so that all that was stored for it is gone.
    pub forgotten: bool,
}

/// The addresses under which we are reached, the likeliest of each first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Urls {
    /// Where Plex posts.
    pub plex: Vec<String>,
    /// Where Jellyfin posts.
    pub jellyfin: Vec<String>,
    /// Where Emby posts.
    pub emby: Vec<String>,
    /// Where Prometheus asks.
    pub metrics: Vec<String>,
    /// The port.
    pub port: u16,
    /// Whether no other machine reaches us.
    pub loopback_only: bool,
    /// Which of the webhooks that we registered have the new token, where one is new; each in a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renewed: Vec<String>,
    /// Which of them still have the old one, and why; each in a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
}

/// A media server is disconnected, or why not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disconnected {
    /// Its name here.
    pub name: String,
    /// What was taken back there, each in a sentence.
    pub done: Vec<String>,
    /// Why nothing could be taken back there; so nothing was forgotten here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// How a connected media server is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionCheck {
    /// What it is called: `Plex`, `Plex attic`.
    pub title: String,
    /// Its section of the config in words, before which its keys are named: `plex`, `plex attic`.
    pub section: String,
    /// What is wrong, each in a sentence with the mend.
    pub findings: Vec<String>,
    /// Its libraries, where they can be asked for.
    pub libraries: Vec<Library>,
}

/// What a config that was read again changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reloaded {
    /// The keys that change now.
    pub changed: Vec<String>,
    /// Those that wait for a restart.
    pub restart: Vec<String>,
    /// What is kept for accounts that it does not have, in sentences.
    pub unclaimed: Vec<String>,
    /// What is allowed but odd in it, in sentences.
    pub findings: Vec<String>,
}

/// Which trackers take plays from media servers themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnSyncs {
    /// Each in a sentence, with its account.
    pub sentences: Vec<String>,
}

/// What became of a change of one setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    /// Whether it is in the file.
    pub saved: bool,
    /// The keys that change now.
    pub changed: Vec<String>,
    /// Those that wait for a restart.
    pub restart: Vec<String>,
    /// What is allowed but odd in the config since this change, in sentences.
    pub findings: Vec<String>,
}

/// A link that signs a person in to the page, once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInLink {
    /// The same under each address.
    pub links: Vec<String>,
    /// How long it is good.
    pub minutes: u64,
}
