//! What does MDBList's answer mean?
//!
//! Pure. A 404 is of the item only where its `error` says so, and 200 with the item as not found is no
//! success.

use super::answers::{Synced, error, is_play, synced};
use super::refusal::{GATEWAY, NOT_ALLOWED};
use crate::event::Time;
use crate::http::{Answer, Reply};
use crate::tracker::ruling::{self, rest_of_day, told};
use crate::tracker::{Call, CallOutcome, Effect, Hurdle};
use serde_json::Value;
use std::time::Duration;

/// What a short window is never longer than: it has five minutes, and its official client waits for so
/// long. Who is told to wait longer has used up the day.
const WINDOW_MOST: Duration = Duration::from_secs(310);
/// How long is waited where a short window does not say it.
const WINDOW: Duration = Duration::from_secs(10);

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// When a day's calls begin anew: at midnight UTC.
pub(super) fn next_day(now: Time) -> Time {
    Time((now.0 / DAY_MS + 1).saturating_mul(DAY_MS))
}

/// What `reply` to `call` means for its intent.
pub(super) fn judge(call: &Call, reply: &Reply) -> CallOutcome {
    // It says so of a call that is too large for it, and of one that it can't cope with.
    if let Ok(Answer { status: 500, html: false, .. }) = reply {
        return CallOutcome::Stumbles("MDBList is unavailable: it answered 500".to_owned());
    }
    if let Some(hurdle) = hurdle(reply) {
        return CallOutcome::Hurdle(hurdle);
    }
    let Ok(answer) = reply else {
        return CallOutcome::Unknown; // a hurdle, above
    };
    match answer.status {
        // Gone is gone.
        200..300 if call.path.ends_with("/remove") => CallOutcome::Taken,
        200..300 if call.path.starts_with("/sync/") => {
            match synced(call.body.as_ref().unwrap_or(&Value::Null), answer) {
                Some(Synced::Had) if call.effect == Effect::AddPlays => CallOutcome::Had,
                Some(Synced::Missing) => CallOutcome::Unknown,
                None if call.effect == Effect::AddPlays => {
                    CallOutcome::Hurdle(Hurdle::Unreachable {
                        told: None,
                        why: "its answer could not be understood".to_owned(),
                    })
                }
                // A rating again changes nothing.
                Some(Synced::Taken | Synced::Had) | None => CallOutcome::Taken,
            }
        }
        // It has kept a position: the history makes a play of it.
        200..300 if call.effect == Effect::PlayNow && !is_play(answer) => {
            CallOutcome::Repeats(None)
        }
        200..300 => CallOutcome::Taken,
        404 if call.path == "/scrobble/clear" => CallOutcome::Taken, // gone already
        404 => CallOutcome::Unknown,
        // Of a stop nobody has met that: the history knows whether it is one.
        409 if call.effect == Effect::PlayNow => CallOutcome::Repeats(None),
        400 => {
            let error = error(answer).map_or(String::new(), |error| format!(" {error}"));
            CallOutcome::Refused(format!(
                "MDBList could not read the request (400{error}); the log shows it"
            ))
        }
        status => CallOutcome::Refused(format!("MDBList refuses it ({status})")),
    }
}

/// What in `reply` concerns the account rather than the call.
pub(super) fn hurdle(reply: &Reply) -> Option<Hurdle> {
    let answer = match Hurdle::before_the_tracker(reply) {
        Ok(answer) => answer,
        Err(hurdle) => return Some(hurdle),
    };
    match answer.status {
        401 => Some(Hurdle::Unauthorised),
        403 if !answer.html => Some(Hurdle::Refused(NOT_ALLOWED)),
        404 if is_of_an_item(answer) => None,
        404 | 405 if !answer.html => Some(Hurdle::Refused(GATEWAY)),
        429 if is_the_day(answer) => Some(Hurdle::UsedUp(until_the_next(answer))),
        429 => Some(Hurdle::TooFast(told(answer).unwrap_or(WINDOW))),
        // A redirect is no address of MDBList's: a proxy or a captive portal speaks. So does it, or
        // the CDN, with a page and a 403 or 404.
        300..=399 | 403..=405 | 408 | 500.. => Some(Hurdle::in_trouble(answer)),
        _ => None,
    }
}

/// "Movie not found in database", "Scrobble session not found".
fn is_of_an_item(answer: &Answer) -> bool {
    let error = error(answer).unwrap_or_default();
    error.contains("not found in database") || error.contains("session not found")
}

fn is_the_day(answer: &Answer) -> bool {
    let says_day = error(answer).is_some_and(|error| error.to_lowercase().contains("daily"));
    says_day || answer.retry_after.is_some_and(|wait| wait > WINDOW_MOST)
}

/// The day is over when the answer says, be it as a span or as a time.
fn until_the_next(answer: &Answer) -> Duration {
    let renewal = answer.renewal.zip(answer.date).map(|(renewal, now)| renewal.since(now));
    let retry_after = answer.retry_after.or(renewal.filter(|rest| !rest.is_zero()));
    rest_of_day(&Answer { retry_after, ..answer.clone() }, next_day)
}

/// Whether a call that got `reply` may have been obeyed all the same.
pub(super) fn may_have_obeyed(call: &Call, reply: &Reply) -> bool {
    ruling::may_have_obeyed(call, reply, |answer| synced(&Value::Null, answer).is_some())
}

#[cfg(test)]
mod tests;
