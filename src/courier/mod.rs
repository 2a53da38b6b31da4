//! Did it arrive?
//!
//! [`run`] is the thread of one account: it asks for the intent that is next, tells it to Trakt at
//! Trakt's pace, judges the answer ([`judge`]) and says what became of it. It owns the account's
//! pace, its back-off and the use of its tokens; it keeps nothing on disk. All that it asks of the
//! rest of the program is a [`Request`], all that the rest tells it is a [`Wake`].
//!
//! **Look before adding:** before a play is added to the history, and before one is sent again
//! whose answer never came, Trakt is asked whether it has it. **Keep before use:** a new token
//! pair is durable before its first use.
//!
//! Not here: the order of the queue and what replaces what in it (`store`), Trakt's words
//! (`trakt`), whether there should be an intent at all (`engine`).

mod clocks;
mod deliver;
mod find;
mod judge;
mod login;
mod marks;
mod rehearsal;
mod start;
mod thread;

pub use thread::{Setup, run};

use crate::event::{Ids, Time};
use crate::intent::Intent;
use crate::tracker::trakt::auth::TokenPair;
use crate::tracker::trakt::{Reply, Trouble};
use judge::Hurdle;
use std::fmt;
use std::sync::mpsc::Sender;

/// What a courier asks of the owner of the queue.
#[derive(Debug)]
pub enum Request {
    /// The next intent that is due; answered at once.
    Next {
        /// Whose.
        account: String,
        /// Where to answer.
        reply: Sender<Next>,
    },
    /// What became of an intent. The next `Next` comes after it.
    Settled {
        /// Whose.
        account: String,
        /// The [`Work::id`].
        id: u64,
        /// What became of it.
        settled: Settled,
    },
    /// Keep this token pair: durable before the answer. The one it replaces is spent already.
    Tokens {
        /// Whose.
        account: String,
        /// The new pair.
        pair: TokenPair,
        /// The one that it came of: a login that was made meanwhile is not to be overwritten.
        replaces: TokenPair,
        /// Where to answer.
        reply: Sender<Kept>,
    },
    /// How the account is; told when it changes, and while it needs a login once an hour again.
    State {
        /// Whose.
        account: String,
        /// How it is.
        state: AccountState,
    },
}

/// What a courier is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake {
    /// There may be something to do: an intent was queued, or the wall clock was set.
    Work,
    /// The user has logged in (the pair is kept already) or out.
    Tokens(Option<TokenPair>),
    /// A person wants it tried again: don't wait any longer (unless Trakt asked for it), and look
    /// up anew what was unknown.
    Retry,
    /// Finish the call in hand, hand the work back and return.
    Stop,
}

/// The answer to [`Request::Tokens`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is on the disk.
    Safe,
    /// The pair that it replaces is not in use any more: the user has logged in anew, or out. The
    /// [`Wake::Tokens`] that tells it is on its way.
    Obsolete,
    /// It is not; what the disk says.
    Refused(String),
}

/// The answer to [`Request::Next`].
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Do this.
    Work(Box<Work>),
    /// Tell these marks, with as few calls as possible; each is settled by itself.
    Marks(Vec<Work>),
    /// Nothing is due before `until`, or before the next [`Wake`].
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
    /// Whether Trakt may have taken it without our knowing: an answer was lost
    /// ([`Settled::Held`] said so), or a crash may have come between the call and its mark.
    pub maybe_sent: bool,
    /// Which plays at Trakt are already accounted for by earlier viewings of this item, or by
    /// this one.
    pub ours: Vec<OurPlay>,
    /// Of a play: whether Trakt may keep a position of its item that was told before, and show it as
    /// paused.
    pub is_paused: bool,
    /// The number at Trakt of the show of its item, as far as another episode has told it.
    pub show: Option<u64>,
    /// Since when it waits.
    pub since: Time,
    /// Whether its times were taken by the clock as it runs since this start; an earlier start's
    /// may have been another.
    pub of_this_start: bool,
}

/// A play at Trakt that stands for a viewing of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OurPlay {
    /// Its number in Trakt's history, where an answer told it.
    pub id: Option<u64>,
    /// Its time at Trakt: that of the call, or the one given to the history.
    pub watched_at: Time,
    /// When the viewing ended.
    pub ended: Time,
    /// The number at Trakt of what was watched; earlier versions did not keep it.
    pub trakt: Option<u64>,
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// It is at Trakt.
    Done {
        /// How it got there.
        how: How,
        /// What the answers told of its item.
        learned: Learned,
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
        /// Whether Trakt may have taken it all the same.
        maybe_sent: bool,
    },
    /// Trakt does not know its item yet. It is tried again; what is behind it passes.
    Later {
        /// Not before.
        at: Time,
        /// Why, in a sentence.
        why: String,
    },
    /// Trakt won't take it as it is; it is kept until somebody asks to send it again.
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
    /// What the activity list says: the outcome, its label in the figures, and why.
    #[must_use]
    pub fn in_words(&self) -> (&'static str, &'static str, String) {
        match self {
            Self::Done { how, .. } => ("delivered", "delivered", how.to_string()),
            Self::Held { why, .. } => ("later", "held", why.clone()),
            Self::Later { why, .. } => ("later", "later", why.clone()),
            Self::Parked { why } => ("parked", "parked", why.clone()),
            Self::Dropped { why } => ("dropped", "dropped", why.clone()),
            Self::Rehearsed { what } => ("rehearsed", "rehearsed", what.clone()),
        }
    }
}

/// How an intent got to Trakt. Its `Display` is what the activity list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// As it happened.
    Told,
    /// Added to the history with its true time.
    History,
    /// Trakt had it: from another client, from its own Plex connection, or from us by an answer
    /// that was lost.
    Already,
    /// All plays of the item are gone from the history: "unwatched" means that there is none,
    /// whoever added it.
    Removed,
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told => f.write_str("told Trakt"),
            Self::History => f.write_str("added to Trakt's history at its time"),
            Self::Already => f.write_str("Trakt has it already"),
            Self::Removed => f.write_str("removed all its plays from Trakt's history"),
        }
    }
}

/// Facts about an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Its ids at Trakt, the Trakt number among them; none where nothing was learned beyond doubt.
    pub ids: Ids,
    /// The number of its show at Trakt, where it is an episode.
    pub show: Option<u64>,
    /// Its runtime at Trakt.
    pub runtime_ms: Option<u64>,
}

/// How an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Connected, as whom where Trakt has told it.
    Connected {
        /// The user's name at Trakt.
        user: Option<String>,
    },
    /// There is no login, or it is over or about to be.
    LoginNeeded,
    /// Trakt refuses the app or the account.
    Trouble(Trouble),
    /// Trakt does not answer; no need to do anything.
    Unreachable,
    /// A new token pair could not be kept.
    NotKept(String),
}

impl AccountState {
    /// How an account is in whose name Trakt has answered a question so.
    #[must_use]
    pub fn of_refusal(reply: &Reply) -> Self {
        match judge::hurdle(reply) {
            Some(Hurdle::Unauthorised) => Self::LoginNeeded,
            Some(Hurdle::Trouble(trouble)) => Self::Trouble(trouble),
            Some(Hurdle::TooFast(_) | Hurdle::Unreachable { .. }) | None => Self::Unreachable,
        }
    }

    /// [`sentence`](Self::sentence) where nothing beside it says which account it is.
    #[must_use]
    pub fn named(&self, account: &str) -> String {
        let sentence = self.sentence(account);
        match self {
            Self::LoginNeeded => sentence, // with the command, which names it
            Self::Connected { .. } | Self::Trouble(_) | Self::Unreachable | Self::NotKept(_) => {
                format!("account `{account}`: {sentence}")
            }
        }
    }

    /// One sentence that says how it is and what to do.
    #[must_use]
    pub fn sentence(&self, account: &str) -> String {
        match self {
            Self::Connected { user: Some(user) } => format!("connected to Trakt as `{user}`"),
            Self::Connected { user: None } => "connected to Trakt".to_owned(),
            Self::LoginNeeded => format!(
                "login needed: press Connect on the page or run `scrobbled login {account}`; what is \
                 watched until then is kept"
            ),
            Self::Trouble(trouble) => trouble.to_string(),
            Self::Unreachable => {
                "Trakt does not answer; everything is kept and sent when it does".to_owned()
            }
            Self::NotKept(why) => format!(
                "the new login can't be written to disk ({why}): make room or mend the data folder"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
