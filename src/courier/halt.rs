//! Why does an attempt come to no end?

use crate::delivery::{AccountState, Destination};
use crate::event::Time;
use crate::tracker::Hurdle;

/// The courier is to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop;

/// Why an attempt came to no end.
pub(super) enum Halt {
    /// Something stands in the way of the whole account.
    Hurdle(Hurdle),
    /// A look-up was refused in a way that would repeat itself.
    Refused(String),
    /// The courier is to stop.
    Stop,
}

impl From<Stop> for Halt {
    fn from(_: Stop) -> Self {
        Self::Stop
    }
}

/// What is left of a [`Halt`] once all has been tried that may be tried at once.
pub(super) enum Setback {
    /// Nothing leaves before this time, for this reason.
    Held(Time, String),
    /// As in [`Halt::Refused`].
    Refused(String),
    /// As in [`Halt::Stop`].
    Stop,
}

/// Why nothing is sent to a destination while `hurdle` stands in the way, where its tracker is called
/// `title`.
pub(super) fn in_words(hurdle: &Hurdle, to: &Destination, title: &str) -> String {
    match hurdle {
        Hurdle::Unauthorised => AccountState::LoginNeeded.sentence(to, title),
        Hurdle::Refused(refusal) => refusal.to_string(),
        Hurdle::TooFast(_) => format!("{title}'s rate limit was reached (429)"),
        Hurdle::Locked(_) => format!("{title} is still busy with another call of this account"),
        Hurdle::UsedUp(_) => format!("the day's calls to {title} are used up (429)"),
        Hurdle::Unreachable { why, .. } => format!("{title} is unavailable: {why}"),
    }
}
