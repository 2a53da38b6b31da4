//! Did it arrive?
//!
//! [`run`] is the thread of one account at one tracker: it asks for the intent that is next, tells
//! it at the tracker's pace, decides what the answer means for it ([`judge`]) and says what became
//! of it. It owns the account's pace, its back-off ([`hold`]) and the use of its login ([`login`]);
//! it keeps nothing on disk. All that it asks of the rest of the program is a [`CourierMessage`], all that
//! the rest tells it is a [`CourierCommand`].
//!
//! **Look before adding:** where a tracker takes the same play twice, it is asked whether it has it
//! before one is added, and before one is sent again whose answer never came. **Keep before use:**
//! a new token pair is durable before its first use.
//!
//! Not here: the order of the queue and what replaces what in it (`store`), any tracker's words
//! (`tracker`), whether there should be an intent at all (`engine`).

mod clocks;
mod deliver;
mod find;
mod greeting;
mod halt;
mod hold;
mod judge;
mod link;
mod login;
mod marks;
mod queue;
mod quota;
mod rehearsal;
mod renew;
mod start;
mod thread;

pub use thread::run;

use crate::clock::Clock;
use crate::delivery::{
    AccountState, Destination, Kept, Next, Notice, Quota, ReceiverState, Settled, TokenPair,
};
use crate::pulse::Heartbeat;
use crate::tracker::Tracker;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Whose courier it is and what it needs.
pub struct Setup {
    /// The account's name in the config.
    pub account: String,
    /// Where its plays go.
    pub tracker: Box<dyn Tracker>,
    /// Whether nothing is sent, only shown.
    pub dry_run: bool,
    /// The login; none where nothing is sent.
    pub tokens: Option<TokenPair>,
    /// The time.
    pub clock: Clock,
    /// Beats at least once between two calls.
    pub pulse: Heartbeat,
}

/// What a courier asks of the owner of the queue.
#[derive(Debug)]
pub enum CourierMessage {
    /// The next intent that is due; answered at once.
    Next {
        /// Whose.
        destination: Destination,
        /// Where to answer.
        reply: Sender<Next>,
    },
    /// What became of an intent. The next `Next` comes after it.
    Settled {
        /// Whose.
        destination: Destination,
        /// The number of the [`Work`](crate::delivery::Work).
        id: u64,
        /// What became of it.
        settled: Settled,
    },
    /// Keep this token pair: durable before the answer. The one it replaces is spent already.
    Tokens {
        /// Whose.
        destination: Destination,
        /// The new pair.
        pair: TokenPair,
        /// The one that it came of: a login that was made meanwhile is not to be overwritten.
        replaces: TokenPair,
        /// Where to answer.
        reply: Sender<Kept>,
    },
    /// How many of the day's calls are left; told when that changes.
    Calls {
        /// Whose.
        destination: Destination,
        /// So many.
        quota: Quota,
    },
    /// It has no login any more, and nothing in hand: it is to stop, unless a login was made meanwhile.
    LoggedOut {
        /// Whose.
        destination: Destination,
    },
    /// How a receiver is; told when it changes.
    ReceiverState {
        /// Its name.
        name: String,
        /// How it is.
        state: ReceiverState,
    },
    /// How the account is; told when it changes, and while it needs a login once an hour again.
    State {
        /// Whose.
        destination: Destination,
        /// How it is.
        state: AccountState,
    },
}

/// What a courier is told.
#[derive(Clone, Debug, PartialEq)]
pub enum CourierCommand {
    /// There may be something to do: an intent was queued, or the wall clock was set.
    Work,
    /// Something was queued for this receiver.
    News,
    /// This receiver is to be told of trouble.
    Notice(Arc<Notice>),
    /// The user has logged in (the pair is kept already) or out.
    Tokens(Option<TokenPair>),
    /// A person wants it tried again: don't wait any longer (unless the tracker asked for it), and look
    /// up anew what was unknown.
    Retry,
    /// Finish the call in hand, hand the work back and return.
    Stop,
}

#[cfg(test)]
mod tests;
