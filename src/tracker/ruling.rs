//! What an answer means.

use crate::delivery::Refusal;
use crate::event::Time;
use std::time::Duration;

/// What a reply to a call means for its intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It is taken.
    Taken,
    /// The item is not known by this name.
    Unknown,
    /// The item is known, and nothing was added.
    NothingAdded,
    /// It is taken for a repetition of a play of this time, where the answer says of which.
    Repeats(Option<Time>),
    /// The tracker won't have this intent, for this reason.
    Refused(String),
    /// It is not about the intent.
    Hurdle(Hurdle),
}

/// What stands in the way of all that an account has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hurdle {
    /// The access token is not good.
    Unauthorised,
    /// The tracker refuses the app or the account.
    Refused(Refusal),
    /// We were too fast; wait this long.
    TooFast(Duration),
    /// Another call of the same user's is being worked on: wait so long after the first such answer in a
    /// row, so long after the second, and so on.
    Locked(&'static [Duration]),
    /// All calls that the user has in a day are used up; there are new ones after this time.
    UsedUp(Duration),
    /// The tracker can't be reached, or is in trouble itself.
    Unreachable {
        /// How long it asks us to wait.
        told: Option<Duration>,
        /// What was seen.
        why: String,
    },
}
