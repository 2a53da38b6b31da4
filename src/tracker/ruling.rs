//! What an answer means.

use super::{Call, Effect};
use crate::delivery::Refusal;
use crate::event::Time;
use crate::http::{Answer, Failure, Reply};
use std::ops::Range;
use std::time::Duration;

/// The longest wait that is obeyed, but for the end of a day.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// No day is longer.
const LONGEST_DAY: Duration = Duration::from_secs(25 * 60 * 60);

/// What a date of a tracker's may be: from 2026, since this program is no older, to 2046. A play may
/// be dated by it, and one of the year 9999 stays on top of somebody's history for ever.
const DATES: Range<Time> = Time(1_767_225_600_000)..Time(2_398_377_600_000);

/// What a reply to a call means for its intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It is taken.
    Taken,
    /// The item is not known by this name.
    Unknown,
    /// The tracker has this play already.
    Had,
    /// The item is known, and nothing was added.
    NothingAdded,
    /// It is taken for a repetition of a play of this time, where the answer says of which.
    Repeats(Option<Time>),
    /// The tracker won't have this intent, for this reason.
    Refused(String),
    /// The tracker stumbles, for this reason: over this call, or it is in trouble as a whole.
    Stumbles(String),
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

/// The `error` that a refusal names.
pub(super) fn error(answer: &Answer) -> Option<String> {
    Some(answer.json()?.get("error")?.as_str()?.to_owned())
}

/// How long a day's calls are used up: as long as the answer says, else until the day there ends, as
/// `next` has it of a time.
pub(super) fn rest_of_day(answer: &Answer, next: fn(Time) -> Time) -> Duration {
    let rest = answer.retry_after.or_else(|| answer.date.map(|now| next(now).since(now)));
    rest.unwrap_or(LONGEST_WAIT).clamp(Duration::from_secs(1), LONGEST_DAY)
}

/// Whether a call that got `reply` may have been obeyed all the same. `counts` says whether an answer
/// can be read as one to plays that were added.
pub(super) fn may_have_obeyed(call: &Call, reply: &Reply, counts: fn(&Answer) -> bool) -> bool {
    match reply {
        Err(Failure::AnswerLost(_)) => true,
        Err(Failure::NotSent(_) | Failure::Tls(_)) => false,
        Ok(answer) if answer.status < 300 => {
            answer.html || (call.effect == Effect::AddPlays && !counts(answer))
        }
        Ok(answer) => answer.status >= 500,
    }
}

/// An answer with the time at the tracker only where it is the tracker's own and may be true: a page,
/// or no body at all, may come from a CDN or a portal, whose clock is no better than ours.
pub(super) fn dated(answer: Answer) -> Answer {
    let is_json = matches!(answer.body.trim_ascii_start().first(), Some(b'{' | b'['));
    let date = answer.date.filter(|date| is_json && !answer.html && DATES.contains(date));
    Answer { date, ..answer }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_believed_where_the_tracker_itself_may_have_said_it() {
        for (date, body, html, expected) in [
            ("2026-11-24T05:50:02Z", "{}", false, true),
            ("2026-11-24T05:50:02Z", " [1]", false, true),
            ("2026-01-01T00:00:00Z", "[]", false, true),
            ("2045-12-31T23:59:59Z", "[]", false, true),
            ("2025-12-31T23:59:59Z", "[]", false, false),
            ("2046-01-01T00:00:00Z", "[]", false, false),
            ("1970-01-01T00:00:00Z", "[]", false, false),
            ("9999-12-31T23:59:59Z", "[]", false, false),
            ("2026-11-24T05:50:02Z", "", false, false),
            ("2026-11-24T05:50:02Z", "<html>", true, false),
            ("2026-11-24T05:50:02Z", "{}", true, false),
            ("2026-11-24T05:50:02Z", "moved", false, false),
        ] {
            let date = Time::from_rfc3339(date);
            let answer = Answer { date, html, body: body.into(), ..Answer::default() };
            let expected = date.filter(|_| expected);
            assert_eq!(dated(answer).date, expected, "{date:?} {body}");
        }
    }
}
