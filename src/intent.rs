//! The words for what shall be told to a tracker: an [`Intent`].
//!
//! They are the field's words, not Trakt's: another tracker would be another folder beside
//! `trakt/` that reads the same intents.

use crate::event::{Item, Percent, Time};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing to tell a tracker about one item, for one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The account in whose name it is told.
    pub account: String,
    /// What is told.
    pub verb: Verb,
    /// About what.
    pub item: Item,
    /// Of which session it speaks: a newer start or pause of a session replaces a waiting one.
    /// Empty where no session is involved (ratings, marks).
    pub session: String,
    /// How far the item had been played.
    pub progress: Percent,
    /// When it was true: for a play, the last event that showed it playing, or its pause.
    pub at: Time,
    /// When this viewing began. A play at the tracker since then is this one.
    pub began: Time,
    /// To which viewing it belongs; earlier versions did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewing: Option<ViewingKey>,
}

/// What of all that is said, decided and told belongs together, for people who look at it: one
/// viewing of one item by one account, over its pauses, to its play. Nothing is decided by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ViewingKey {
    /// The number of what is remembered of the item, unique for ever.
    pub number: u64,
    /// Which of the item's viewings; `None` for what is said of the item as such: its rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u32>,
}

/// As it is sent: `412.0`, `412`.
impl fmt::Display for ViewingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, round } = self;
        match round {
            Some(round) => write!(f, "{number}.{round}"),
            None => write!(f, "{number}"),
        }
    }
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Playback begins or goes on.
    Start,
    /// Playback is held.
    Pause,
    /// Playback has ended before the item counted as watched.
    Left,
    /// Playback has ended, and no position of it shall remain: it had hardly begun, or its play is parked.
    Abandoned,
    /// The item was watched: a play.
    Finish,
    /// The item was rated, 1 to 10.
    Rate(u8),
    /// The rating was taken away.
    Unrate,
    /// The item was marked as seen by hand.
    Mark,
    /// The item was marked as unseen by hand.
    Unmark,
}

impl Verb {
    /// The word for it in answers, logs and the config's documentation.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Left => "left",
            Self::Abandoned => "abandoned",
            Self::Finish => "finish",
            Self::Rate(_) => "rate",
            Self::Unrate => "unrate",
            Self::Mark => "mark",
            Self::Unmark => "unmark",
        }
    }

    /// What it says of its item, for people: "watched at 91 %".
    #[must_use]
    pub fn sentence(self, progress: Percent) -> String {
        match self {
            Self::Start => format!("started at {progress} %"),
            Self::Pause => format!("paused at {progress} %"),
            Self::Left => format!("stopped at {progress} %"),
            Self::Abandoned => format!("stopped at {progress} %, no position is kept"),
            Self::Finish => format!("watched at {progress} %"),
            Self::Rate(rating) => format!("rated {rating}"),
            Self::Unrate => "rating removed".to_owned(),
            Self::Mark => "marked as watched".to_owned(),
            Self::Unmark => "marked as unwatched".to_owned(),
        }
    }

    /// Whether losing it would lose something for good. Only such intents are retried without
    /// end and parked; the others speak of a moment that passes.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        match self {
            Self::Finish | Self::Rate(_) | Self::Unrate | Self::Mark | Self::Unmark => true,
            Self::Start | Self::Pause | Self::Left | Self::Abandoned => false,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
