//! What does an answer mean, and what next?
//!
//! Pure: an intent, a reply, a time in; a decision out. The statuses are those of trakt.tv's
//! reference, the numbers those of docs/rules.md, "Delivery".

use super::{OurPlay, Settled, Work};
use crate::event::{Episode, Ids, Kind, Time};
use crate::intent::{Intent, Verb};
use crate::tracker::trakt::api::{self, Play};
use crate::tracker::trakt::{Call, Failure, Reply, Trouble};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How much Trakt's clock and ours may differ.
const GRACE: Duration = MINUTE;
/// After how long the head of a queue is tried again while Trakt refuses the account.
pub(super) const ACCOUNT_PAUSE: Duration = HOUR;

/// What a reply to a call means for its intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// Trakt has taken it.
    Taken,
    /// Trakt does not know the item by this name.
    Unknown,
    /// Trakt knows it, and says that it has added nothing.
    NothingAdded,
    /// Trakt has a play of this viewing.
    Already,
    /// Trakt takes it for a repetition of an earlier viewing, which it is not.
    SecondViewing,
    /// Trakt won't have this intent.
    Refused(String),
    /// It is not about the intent.
    Hurdle(Hurdle),
}

/// What stands in the way of all that an account has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hurdle {
    /// The access token is not good.
    Unauthorised,
    /// Trakt refuses the app or the account.
    Trouble(Trouble),
    /// We were too fast; wait this long.
    TooFast(Duration),
    /// Trakt can't be reached, or is in trouble itself.
    Unreachable {
        /// How long it asks us to wait.
        told: Option<Duration>,
        /// What was seen.
        why: String,
    },
}

/// What `reply` to `call` means for the intent of `work`.
pub(super) fn judge(work: &Work, call: &Call, reply: &Reply) -> Ruling {
    if let Some(hurdle) = hurdle(reply) {
        return Ruling::Hurdle(hurdle);
    }
    let Ok(answer) = reply else {
        return Ruling::Unknown; // a hurdle, above
    };
    match answer.status {
        200..300 if call.path.starts_with("/sync/") => match api::Synced::read(answer) {
            Some(synced) if !synced.misses_nothing() => Ruling::Unknown,
            Some(api::Synced { added: Some(0), .. }) => Ruling::NothingAdded,
            None if call.adds_history() => Ruling::Hurdle(Hurdle::Unreachable {
                told: None,
                why: "its answer makes no sense".to_owned(),
            }),
            // An unreadable answer to the others is no matter: repeating them changes nothing.
            Some(_) | None => Ruling::Taken,
        },
        200..300 => Ruling::Taken,
        404 => Ruling::Unknown,
        409 if call.path == "/scrobble/stop" => match api::taken_before(answer) {
            Some(at) if is_of_this_viewing(work, None, at) => Ruling::Already,
            _ => Ruling::SecondViewing,
        },
        409 if call.path == "/scrobble/start" => {
            Ruling::Refused("Trakt has a check-in running (409)".to_owned())
        }
        400 => Ruling::Refused("Trakt can't read the call (400); see the log".to_owned()),
        420 => Ruling::Refused(limit_reached()),
        422 => Ruling::Refused("Trakt finds the call invalid (422)".to_owned()),
        status => Ruling::Refused(format!("Trakt refuses it ({status})")),
    }
}

/// Trakt says so of an account whose lists are full, as far as it says anything of it.
pub(super) fn limit_reached() -> String {
    "a limit of the Trakt account is reached (420): make room at https://app.trakt.tv or get VIP, \
     then send it again"
        .to_owned()
}

/// What in `reply` concerns the account rather than the call.
pub(super) fn hurdle(reply: &Reply) -> Option<Hurdle> {
    let answer = match reply {
        Ok(answer) => answer,
        Err(failure) => {
            return Some(Hurdle::Unreachable { told: None, why: failure.to_string() });
        }
    };
    let told = answer.retry_after.map(|span| span.clamp(Duration::from_secs(1), HOUR));
    if let Some(trouble) = Trouble::of(answer) {
        return Some(Hurdle::Trouble(trouble));
    }
    match answer.status {
        // Trakt speaks JSON: a page is a captive portal's or the CDN's, whatever its status.
        200..300 if answer.html => {
            Some(Hurdle::Unreachable { told, why: "a page answered in its place".to_owned() })
        }
        401 => Some(Hurdle::Unauthorised),
        429 => Some(Hurdle::TooFast(told.unwrap_or(Duration::from_secs(10)))),
        // A redirect is no address of Trakt's: a proxy or a captive portal speaks. So does it, or
        // the CDN, with a page and a 403.
        status @ (300..=399 | 403 | 408 | 500..) => {
            Some(Hurdle::Unreachable { told, why: format!("it answered {status}") })
        }
        _ => None,
    }
}

/// Whether a call that got `reply` may have been obeyed all the same.
pub(super) fn maybe_taken(call: &Call, reply: &Reply) -> bool {
    match reply {
        Err(Failure::AnswerLost(_)) => true,
        Err(Failure::NotSent(_)) => false,
        Ok(answer) if answer.status < 300 => {
            answer.html || (call.adds_history() && api::Synced::read(answer).is_none())
        }
        Ok(answer) => answer.status >= 500,
    }
}

/// The play among `plays` that stands for the viewing of `work`, if any.
pub(super) fn play_of_this_viewing(work: &Work, plays: &[Play]) -> Option<Play> {
    let mut plays = plays.iter().copied();
    if work.intent.verb == Verb::Mark {
        return plays.next(); // a mark says "seen", whenever that was
    }
    plays.find(|play| is_of_this_viewing(work, Some(play.id), play.watched_at))
}

/// A play of ours counts with the time its viewing ended, not with the time Trakt took it: that
/// may lie in the viewing after it. So ours of another viewing never stands for this one, whether it
/// was watched before or, where this one is sent again after days, since then.
fn is_of_this_viewing(work: &Work, id: Option<u64>, watched_at: Time) -> bool {
    let (began, ended) = (work.intent.began, work.intent.at.after(GRACE));
    let same = |own: &&OurPlay| match (own.id, id) {
        (Some(own), Some(id)) => own == id,
        _ => own.watched_at.since(watched_at).max(watched_at.since(own.watched_at)) <= GRACE,
    };
    let mut own = work.ours.iter().filter(same).peekable();
    if own.peek().is_some() {
        own.any(|own| (began..=ended).contains(&own.ended))
    } else {
        watched_at.after(GRACE) >= began
    }
}

/// Why nobody wants to know any more what `intent` says of a moment, if that is so.
pub(super) fn outlived(intent: &Intent, now: Time) -> Option<String> {
    let age = now.since(intent.at);
    match intent.verb {
        Verb::Start => {
            // Without a runtime as long as a session without a sign lives.
            let runtime = intent.item.runtime_ms.map_or(6 * HOUR, Duration::from_millis);
            let share = (100.0 - intent.progress.value()) / 100.0;
            let rest = Duration::try_from_secs_f64(runtime.as_secs_f64() * share);
            let rest = rest.unwrap_or(Duration::MAX);
            (age > rest).then(|| "too late: it would be over by now".to_owned())
        }
        Verb::Pause | Verb::Left | Verb::Abandoned => {
            (age > DAY).then(|| "too late: it is more than a day old".to_owned())
        }
        Verb::Finish | Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => None,
    }
}

/// What becomes of an intent that Trakt won't have.
pub(super) fn refused(intent: &Intent, why: String) -> Settled {
    if intent.verb.is_lasting() { Settled::Parked { why } } else { Settled::Dropped { why } }
}

/// What becomes of an intent whose item Trakt does not know by any name.
pub(super) fn unknown(work: &Work, now: Time) -> Settled {
    later(work, format!("Trakt does not know `{}`", work.intent.item.label()), now)
}

/// What becomes of an intent that Trakt has taken without adding anything.
pub(super) fn nothing_added(work: &Work, now: Time) -> Settled {
    later(work, format!("Trakt has added nothing for `{}`", work.intent.item.label()), now)
}

/// What becomes of an intent where several things at Trakt may be its item. One that has ids may be
/// known by them tomorrow.
pub(super) fn undecided(work: &Work, why: String, now: Time) -> Settled {
    let item = &work.intent.item;
    let show = match &item.kind {
        Kind::Episode(Episode { show, .. }) | Kind::Season { show, .. } => Some(&show.ids),
        Kind::Movie | Kind::Show => None,
    };
    if item.ids.is_empty() && show.is_none_or(Ids::is_empty) {
        return refused(&work.intent, why);
    }
    later(work, why, now)
}

/// What may still come about, as new episodes appear at Trakt late: again after 1 h, 6 h, then
/// daily for 30 days.
fn later(work: &Work, why: String, now: Time) -> Settled {
    if !work.intent.verb.is_lasting() {
        return Settled::Dropped { why };
    }
    let age = now.since(work.since);
    let pause = if age < HOUR {
        HOUR
    } else if age < 7 * HOUR {
        6 * HOUR
    } else if age < 30 * DAY {
        DAY
    } else {
        return Settled::Parked { why };
    };
    Settled::Later { at: now.after(pause), why }
}

/// How long to wait after this many failures in a row: doubling, from 1 s to 5 min. `dice` takes
/// up to half of it off, so that many couriers don't come back as one.
pub(super) fn back_off(failures: u32, dice: u32) -> Duration {
    let doubled = Duration::from_secs(1 << failures.clamp(1, 9)).min(5 * MINUTE);
    doubled.mul_f64(1.0 - f64::from(dice) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests;
