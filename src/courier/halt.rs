//! Why does an attempt come to no end?

use crate::delivery::AccountState;
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

/// Why nothing is sent for `account` while `hurdle` stands in the way, where the tracker is called
/// `tracker`.
pub(super) fn in_words(hurdle: &Hurdle, account: &str, tracker: &str) -> String {
    match hurdle {
        Hurdle::Unauthorised => AccountState::LoginNeeded.sentence(account, tracker),
        Hurdle::Refused(refusal) => refusal.to_string(),
        Hurdle::TooFast(_) => format!("{tracker}'s rate limit was reached (429)"),
        Hurdle::Locked(_) => format!("{tracker} is still busy with another call of this account"),
        Hurdle::UsedUp(_) => format!("the day's calls to {tracker} are used up (429)"),
        Hurdle::Unreachable { why, .. } => format!("{tracker} is unavailable: {why}"),
    }
}
