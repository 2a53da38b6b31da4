//! What is to be delivered, and what became of it? The words for it.
//!
//! Who keeps the queue (`store`), who hands it out (`daemon`) and who delivers (`courier`) speak to
//! each other in these. Nothing is done here.

mod login;
mod notice;
mod receiver;
mod state;

pub use login::{Kept, SHORTEST_LIFETIME, TokenPair};
pub use notice::{Notice, Trouble};
pub use receiver::ReceiverState;
pub use state::{AccountState, NoApp, Refusal, one_of};

use crate::event::{Ids, Time};
use crate::intent::Intent;

/// The tracker of what was stored without one: the first versions knew no other and did not name it.
pub const FIRST_TRACKER: &str = "trakt";

/// With what the name of a receiver begins where a tracker's stands: no tracker is called so.
pub const RECEIVER_PREFIX: &str = "receiver:";

/// One account at one tracker, or one receiver: it has its own order in the queue, its own courier,
/// login and state.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination {
    /// The account's name in the config.
    pub account: String,
    /// The tracker's name, as it is kept and typed; empty for whichever the account is connected to
    /// first.
    pub tracker: String,
}

impl Destination {
    /// That of `account` at `tracker`.
    #[must_use]
    pub fn new(account: impl Into<String>, tracker: impl Into<String>) -> Self {
        Self { account: account.into(), tracker: tracker.into() }
    }

    /// The receiver with this name. What waits for it is of several accounts.
    #[must_use]
    pub fn receiver(name: &str) -> Self {
        Self::new("", format!("{RECEIVER_PREFIX}{name}"))
    }

    /// The name of the receiver that this is, if it is one.
    #[must_use]
    pub fn receiver_name(&self) -> Option<&str> {
        self.tracker.strip_prefix(RECEIVER_PREFIX)
    }
}

/// What a courier is to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Do this.
    Work(Box<Work>),
    /// Tell these marks, with as few calls as possible; each is settled by itself.
    Marks(Vec<Work>),
    /// Nothing is due before `until`, or before it is told that there is something.
    Idle {
        /// When something will be.
        until: Option<Time>,
    },
}

/// An intent to deliver.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Its number in the queue.
    pub id: u64,
    /// What to tell. Its item's ids hold what was learned before.
    pub intent: Intent,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether the tracker may have taken it without our knowing: an answer was lost
    /// ([`Settled::Held`] said so), or a crash may have come between the call and its mark.
    pub maybe_sent: bool,
    /// Which plays at the tracker are already accounted for by earlier viewings of this item, or by
    /// this one.
    pub ours: Vec<OurPlay>,
    /// Of a play: whether the tracker may keep a position of its item that was told before, and show it as
    /// paused.
    pub is_paused: bool,
    /// Whether it ends a start that may stand open at the tracker: as long as nobody has told the end, a
    /// tracker may make a play of it.
    pub is_owed: bool,
    /// Of a start: the pauses of what else stands open at the tracker, and may be over without a sign of
    /// it. Of a start and of a play: the pause of an earlier start of its own, if that stands open there.
    pub may_be_over: Vec<Intent>,
    /// The number there of the show of its item, as far as another episode has told it.
    pub show: Option<u64>,
    /// Since when it waits.
    pub since: Time,
    /// Whether its times were taken by the clock as it runs since this start; an earlier start's
    /// may have been another.
    pub of_this_start: bool,
    /// By which id a receiver knows it again, however often it is sent; empty for a tracker.
    pub message: String,
}

/// How many calls a tracker takes in a user's name today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many more.
    pub left: u32,
    /// Until then; then there are new ones.
    pub until: Time,
}

/// A play at a tracker that stands for a viewing of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OurPlay {
    /// Its number in the history there, where an answer told it.
    pub id: Option<u64>,
    /// Its time there: that of the call, or the one given to the history.
    pub watched_at: Time,
    /// When the viewing ended.
    pub ended: Time,
    /// The number there of what was watched; earlier versions did not keep it.
    pub item: Option<u64>,
}

impl Work {
    /// What was queued at this time and never tried.
    #[must_use]
    pub fn new(id: u64, intent: Intent, since: Time) -> Self {
        Self {
            id,
            intent,
            attempts: 0,
            maybe_sent: false,
            ours: Vec::new(),
            is_paused: false,
            is_owed: false,
            may_be_over: Vec::new(),
            show: None,
            since,
            of_this_start: true,
            message: String::new(),
        }
    }

    /// Whether losing it would lose something for good.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        self.is_owed || self.intent.verb.is_lasting()
    }
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// It is at the tracker.
    Done {
        /// How it got there.
        how: How,
        /// What the answers told of its item.
        learned: ItemFacts,
        /// The play that stands for this viewing.
        play: Option<OurPlay>,
    },
    /// Something stands in the way of the whole account. The intent keeps its place at the head
    /// and is handed out again when the courier asks next: it is the courier that waits, so that
    /// after a login nothing else has to be set back.
    Held {
        /// When it is tried again, unless a login comes first; for people.
        until: Time,
        /// Why, in a sentence.
        why: String,
        /// Whether the tracker may have taken it all the same.
        maybe_sent: bool,
    },
    /// The tracker does not know its item yet. It is tried again; what is behind it passes.
    Later {
        /// Not before.
        at: Time,
        /// Why, in a sentence.
        why: String,
    },
    /// The tracker won't take it as it is; it is kept until somebody asks to send it again.
    Parked {
        /// Why, in a sentence.
        why: String,
    },
    /// It is not sent, and nothing is lost by it.
    Dropped {
        /// Why, in a sentence.
        why: String,
    },
    /// It is not sent, since the account only rehearses.
    Rehearsed {
        /// What would have been done, in a sentence.
        what: String,
    },
}

impl Settled {
    /// What the activity list says, where the tracker is called `tracker`: the outcome, its label in
    /// the figures, and why.
    #[must_use]
    pub fn in_words(&self, tracker: &str) -> (&'static str, &'static str, String) {
        match self {
            Self::Done { how, .. } => ("delivered", "delivered", how.in_words(tracker)),
            Self::Held { why, .. } => ("later", "held", why.clone()),
            Self::Later { why, .. } => ("later", "later", why.clone()),
            Self::Parked { why } => ("parked", "parked", why.clone()),
            Self::Dropped { why } => ("dropped", "dropped", why.clone()),
            Self::Rehearsed { what } => ("rehearsed", "rehearsed", what.clone()),
        }
    }
}

/// How an intent got to its tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// As it happened.
    Told,
    /// Added to the history with its true time.
    History,
    /// The tracker had it: from another client, from a connection of its own to the media server, or from us by an answer
    /// that was lost.
    Already,
    /// All plays of the item are gone from the history: "unwatched" means that there is none,
    /// whoever added it.
    Removed,
}

impl How {
    /// What the activity list says, where the tracker is called `tracker`.
    #[must_use]
    pub fn in_words(&self, tracker: &str) -> String {
        match self {
            Self::Told => format!("sent to {tracker}"),
            Self::History => format!("added to {tracker}'s history with the time it was watched"),
            Self::Already => format!("{tracker} has it already"),
            Self::Removed => format!("removed all its plays from {tracker}'s history"),
        }
    }
}

/// Facts about an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFacts {
    /// Its ids at the tracker, its number there among them; none where nothing was learned beyond doubt.
    pub ids: Ids,
    /// The number of its show there, where it is an episode.
    pub show: Option<u64>,
    /// Its runtime there.
    pub runtime_ms: Option<u64>,
}
