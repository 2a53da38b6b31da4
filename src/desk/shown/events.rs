//! What happened, line by line and by viewing.

use serde::{Deserialize, Serialize};

/// Some of what happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventsShown {
    /// The newest first.
    pub events: Vec<EventShown>,
    /// There are older ones before this number, where there are any.
    pub before: Option<u64>,
}

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventShown {
    /// Its number, which grows; it becomes less where another one happens again.
    pub id: u64,
    /// `verdict`: what was decided; `delivery`: what became of an entry.
    pub kind: String,
    /// When, or when last.
    pub at: String,
    /// How often in a row.
    pub times: u32,
    /// When first, where it happened again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Which kind of media server said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How it was heard then: `webhook`, `stream` or `history`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ear: Option<String>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// At which tracker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracker: Option<String>,
    /// Who watched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// What.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// What the media server said, or what was to be told.
    pub event: String,
    /// What became of it, in one word.
    pub outcome: String,
    /// What is, or will be, told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Why, in a sentence.
    pub reason: String,
    /// The word under which the reason is counted.
    pub label: String,
    /// What it has in common with the others of its viewing, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub viewing: Option<String>,
}

/// Some of the viewings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewingsShown {
    /// Those of which something happened last first.
    pub viewings: Vec<ViewingShown>,
    /// There are older ones before this number, where there are any.
    pub before: Option<u64>,
}

/// All that is known of a viewing of an item, or of its rating; or something that happened and belongs
/// to none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewingShown {
    /// What its events have in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub viewing: Option<String>,
    /// The number of its newest event.
    pub id: u64,
    /// When it was decided, or else when the newest event was.
    pub at: String,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Which kind of media server told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Who watched.
    pub user: String,
    /// What.
    pub item: String,
    /// Where it stands: `playing`, `paused`, `counted`, `marked as unwatched`, `rated`,
    /// `rating removed`, `told` (a receiver, and no tracker), `waiting`, `parked`, `not sent`, `rehearsed`, `not counted`; of what belongs
    /// to none the outcome of its event.
    pub state: String,
    /// What was decided, or why nothing is counted, in a sentence.
    pub reason: String,
    /// What became of it at trackers and receivers that were told of it.
    pub trackers: Vec<FateShown>,
    /// Its events, newest first.
    pub events: Vec<EventShown>,
}

/// What became of a viewing at a tracker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FateShown {
    /// The tracker's name.
    pub tracker: String,
    /// In a word, as for the whole.
    pub state: String,
    /// Why, in a sentence.
    pub reason: String,
}
