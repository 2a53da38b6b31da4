//! What an answer means.

use super::{Call, Effect};
use crate::delivery::Refusal;
use crate::event::Time;
use crate::http::{Answer, Failure, Reply};
use std::time::Duration;

/// The longest wait that is obeyed, but for the end of a day.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

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

impl Hurdle {
    /// What `reply` tells whichever tracker was asked: that no answer came, or a page. Trackers speak
    /// JSON: a page with a good status is a captive portal's or the CDN's. Else it is an answer.
    pub(super) fn before_the_tracker(reply: &Reply) -> Result<&Answer, Self> {
        let unreachable = |told, why: &str| Self::Unreachable { told, why: why.to_owned() };
        match reply {
            Err(failure) => Err(unreachable(None, &failure.to_string())),
            Ok(answer) if answer.html && (200..300).contains(&answer.status) => {
                let why = "a web page came instead of an answer (captive portal, proxy or CDN)";
                Err(unreachable(told(answer), why))
            }
            Ok(answer) => Ok(answer),
        }
    }

    /// Somebody between us and the tracker speaks, or the tracker is in trouble.
    pub(super) fn in_trouble(answer: &Answer) -> Self {
        Self::Unreachable { told: told(answer), why: format!("it answered {}", answer.status) }
    }
}

/// How long `answer` asks us to wait, as far as that is obeyed.
pub(super) fn told(answer: &Answer) -> Option<Duration> {
    answer.retry_after.map(|span| span.clamp(Duration::from_secs(1), LONGEST_WAIT))
}

/// Whether a call that got `reply` may have been obeyed all the same. `counts` says whether an answer
/// can be read as one to plays that were added.
pub(super) fn may_have_obeyed(call: &Call, reply: &Reply, counts: fn(&Answer) -> bool) -> bool {
    match reply {
        Err(Failure::AnswerLost(_)) => true,
        Err(Failure::NotSent(_)) => false,
        Ok(answer) if answer.status < 300 => {
            answer.html || (call.effect == Effect::AddPlays && !counts(answer))
        }
        Ok(answer) => answer.status >= 500,
    }
}
