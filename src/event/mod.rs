//! The words for what a media server said: an [`Event`] about an [`Item`].
//!
//! Everything here is plain data that the webhook parsers fill and the filter and the engine read.
//! Units are fixed at this edge: positions and runtimes in milliseconds, progress in percent,
//! times as [`Time`].

mod evidence;
mod file;
mod ids;
mod item;
mod name;
mod percent;
mod time;
pub mod title;

pub use evidence::Evidence;
pub use file::{File, Versions};
pub use ids::{AnimeIds, Ids};
pub use item::{Episode, Item, Kind, Show};
pub use name::{Class, Id, Name};
pub use percent::Percent;
pub use time::{Ago, Time};

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which kind of media server something comes from: how it speaks, at which address, with which
/// token. Which server of a kind it is says its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Plex Media Server, or a sender that posts Plex's shape.
    Plex,
    /// Jellyfin with the official webhook plugin or shemanaev's.
    Jellyfin,
    /// Emby with its built-in webhooks.
    Emby,
}

impl Source {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Plex, Self::Jellyfin, Self::Emby];

    /// The lower-case word that stands for it in the config, in paths and in answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Plex => "plex",
            Self::Jellyfin => "jellyfin",
            Self::Emby => "emby",
        }
    }
}

/// The name as its makers write it: `Plex`, `Jellyfin`, `Emby`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plex => "Plex",
            Self::Jellyfin => "Jellyfin",
            Self::Emby => "Emby",
        })
    }
}

/// How we know what a media server said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ear {
    /// It posted it.
    #[default]
    Webhook,
    /// It was listened to.
    Stream,
    /// It stood in its history.
    History,
}

impl Ear {
    /// The word that stands for it in answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Stream => "stream",
            Self::History => "history",
        }
    }

    /// Whether it is the one that needs no word.
    #[must_use]
    pub fn is_webhook(&self) -> bool {
        *self == Self::Webhook
    }
}

/// One thing that a media server said about one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Who said it.
    pub source: Source,
    /// What happened.
    pub action: Action,
    /// The media server's own id (Plex `Server.uuid`, Jellyfin and Emby server id), or empty.
    pub server: String,
    /// Who watches; all fields empty where the webhook does not say.
    pub user: User,
    /// On what; both fields empty where the webhook does not say.
    pub player: Player,
    /// In which library section, where the webhook says so (only Plex does).
    pub library: Option<Library>,
    /// What is watched, rated or marked.
    pub item: Item,
    /// Reported position in milliseconds. `None` where the webhook carries none.
    pub position_ms: Option<u64>,
    /// Whether it is not the player's word: the position is the server's own guess, which goes on when the
    /// player is gone (Jellyfin's `IsAutomated`, jellyfin/jellyfin#17631). A stop is nobody's then: its
    /// player has said nothing for minutes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_guess: bool,
}

/// What happened to the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Playback begins.
    Start,
    /// Playback goes on after a pause (at Plex also: after a seek).
    Resume,
    /// Playback is held.
    Pause,
    /// A sign of life with a position; `paused` where the server says it.
    Progress {
        /// The player's pause state, if the webhook carries it.
        paused: Option<bool>,
    },
    /// Playback ends; `completed` when the server calls the item played with it.
    Stop {
        /// The server's own verdict (`PlayedToCompletion`).
        completed: bool,
    },
    /// The server calls the item played while it goes on playing (Plex `media.scrobble`).
    Completed,
    /// The user rates the item 1 to 10; `None` takes the rating away.
    Rate(Option<u8>),
    /// The user marks the item as watched by hand, at the time the server gives.
    Mark {
        /// `LastPlayedDate`, if given.
        at: Option<Time>,
    },
    /// The user marks the item as unwatched by hand.
    Unmark,
    /// It was played: the server's history says so, whoever else told of it.
    Played {
        /// When it was counted as watched, by our clock.
        at: Time,
        /// What shows it.
        by: Evidence,
    },
}

impl Action {
    /// Whether the server calls the item played with it.
    #[must_use]
    pub fn completes(self) -> bool {
        matches!(self, Self::Completed | Self::Stop { completed: true })
    }

    /// The word for it in the activity list and the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Resume => "resume",
            Self::Pause => "pause",
            Self::Progress { paused: Some(true) } => "progress (paused)",
            Self::Progress { paused: Some(false) | None } => "progress",
            Self::Stop { completed: false } => "stop",
            Self::Stop { completed: true } => "stop (completed)",
            Self::Completed => "completed",
            Self::Rate(_) => "rate",
            Self::Mark { .. } => "mark",
            Self::Unmark => "unmark",
            Self::Played { .. } => "played",
        }
    }

    /// Whether a person's click said it, not playback: it has no position.
    #[must_use]
    pub fn is_by_hand(self) -> bool {
        matches!(self, Self::Rate(_) | Self::Mark { .. } | Self::Unmark)
    }
}

/// Who watches. Names are compared without case; ids where both sides have one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The server's id of the user (Plex account number; Jellyfin and Emby 32 hex digits,
    /// lower case, without dashes), or empty.
    pub id: String,
    /// Plex only: the account's uuid, as it stands in its avatar's address; else empty.
    pub uuid: String,
    /// The name shown by the server, or empty.
    pub name: String,
}

impl User {
    /// Whether the webhook named nobody.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.id.is_empty() && self.uuid.is_empty() && self.name.is_empty()
    }

    /// Whether two ways in which a server names somebody mean one person, as far as that can be told. Two
    /// names are two people, whatever else they have in common.
    #[must_use]
    pub fn is_person(&self, other: &Self) -> bool {
        let is_same =
            |one: &str, other: &str| !one.is_empty() && one.to_lowercase() == other.to_lowercase();
        if self.name.is_empty() || other.name.is_empty() {
            return is_same(&self.uuid, &other.uuid);
        }
        is_same(&self.name, &other.name)
    }

    /// What a reader has to be told to know who this is, to stand behind the name, or empty.
    /// Tautulli has a user for streams that nobody is signed in to (Tautulli/Tautulli#165).
    #[must_use]
    pub fn hint(&self, source: Source) -> &'static str {
        match (source, self.name.as_str(), self.id.as_str()) {
            (Source::Plex, "Local", "" | "0") => {
                " (Tautulli's name for whoever plays without being signed in)"
            }
            _ => "",
        }
    }
}

/// The playing device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    /// Plex `Player.uuid`; Jellyfin and Emby `DeviceId`; or empty.
    pub id: String,
    /// Its name as a person knows it, or empty.
    pub name: String,
}

/// A library section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Library {
    /// The server's id of the section (Plex `librarySectionID`), or empty.
    pub id: String,
    /// Its title, or empty.
    pub title: String,
}

/// Whether two ids of a media server's are the same; they are written with and without dashes, in either case.
pub(crate) fn same_id(a: &str, b: &str) -> bool {
    let digits = |id| {
        let digits = str::bytes(id).filter(|byte| *byte != b'-' && !byte.is_ascii_whitespace());
        digits.map(|byte| byte.to_ascii_lowercase())
    };
    !b.is_empty() && digits(a).eq(digits(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_are_two_people_and_without_a_name_the_uuid_says_who_it_is() {
        let user = |id: &str, uuid: &str, name: &str| User {
            id: id.into(),
            uuid: uuid.into(),
            name: name.into(),
        };
        for (one, other, expected) in [
            (user("1", "", "mara"), user("48213377", "aa", "Mara"), true),
            (user("1", "aa", "mara"), user("2", "aa", "jo"), false),
            (user("1", "aa", ""), user("2", "AA", "jo"), true),
            (user("1", "aa", ""), user("2", "bb", "jo"), false),
            (user("1", "", ""), user("1", "", ""), false),
        ] {
            assert_eq!(one.is_person(&other), expected, "{one:?} {other:?}");
            assert_eq!(other.is_person(&one), expected, "{other:?} {one:?}");
        }
    }
}
