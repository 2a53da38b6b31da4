//! What does Simkl's answer mean?
//!
//! Pure. What counts is the `error` that a refusal names, and what an answer lists as not found: 201
//! with the item there is no success.

use super::answers::{is_play, misses, taken_before};
use super::day;
use super::refusal::{APP_REFUSED, GATEWAY, READ_ONLY, WRONG_APP};
use crate::http::Reply;
use crate::tracker::ruling::{self, error, rest_of_day, told};
use crate::tracker::{Call, CallOutcome, Effect, Hurdle};
use std::time::Duration;

/// How long Simkl asks to wait for the user's lock, one time after the other.
const LOCK: &[Duration] = &[
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(21),
];

/// What `reply` to `call` means for its intent.
pub(super) fn judge(call: &Call, reply: &Reply) -> CallOutcome {
    if let Some(hurdle) = hurdle(reply) {
        return CallOutcome::Hurdle(hurdle);
    }
    let Ok(answer) = reply else {
        return CallOutcome::Unknown; // a hurdle, above
    };
    match answer.status {
        200..300 if call.path == "/sync/ratings/remove" => CallOutcome::Taken, // gone is gone
        200..300 if call.path.starts_with("/sync/") => match misses(answer) {
            Some(true) => CallOutcome::Unknown,
            None if call.effect == Effect::AddPlays => CallOutcome::Hurdle(Hurdle::Unreachable {
                told: None,
                why: "its answer could not be understood".to_owned(),
            }),
            Some(false) | None => CallOutcome::Taken,
        },
        // It has kept a position: the history makes a play of it.
        200..300 if call.effect == Effect::PlayNow && !is_play(answer) => {
            CallOutcome::Repeats(None)
        }
        404 if call.path.starts_with("/sync/playback/") => CallOutcome::Taken, // gone already
        404 => CallOutcome::Unknown,
        409 if call.effect == Effect::PlayNow => CallOutcome::Repeats(taken_before(answer)),
        // A pause where it was watched within the hour is as good as told.
        200..300 | 409 => CallOutcome::Taken,
        400 => {
            let error = error(answer).unwrap_or_default();
            let error = if error.is_empty() { error } else { format!(" {error}") };
            CallOutcome::Refused(format!(
                "Simkl could not read the request (400{error}); the log shows it"
            ))
        }
        status => CallOutcome::Refused(format!("Simkl refuses it ({status})")),
    }
}

/// What in `reply` concerns the account rather than the call.
pub(super) fn hurdle(reply: &Reply) -> Option<Hurdle> {
    let answer = match Hurdle::before_the_tracker(reply) {
        Ok(answer) => answer,
        Err(hurdle) => return Some(hurdle),
    };
    let error = error(answer);
    let error = error.as_deref();
    match answer.status {
        400 if error == Some("RATE_LIMIT") => Some(Hurdle::Locked(LOCK)),
        401 => Some(Hurdle::Unauthorised),
        403 if error == Some("insufficient_scope") => Some(Hurdle::Refused(READ_ONLY)),
        403 if !answer.html => Some(Hurdle::Refused(APP_REFUSED)),
        // Only these two are of an item; the gateway has others.
        404 if matches!(error, Some("id_err" | "not_found")) => None,
        404 if !answer.html => Some(Hurdle::Refused(GATEWAY)),
        412 => Some(Hurdle::Refused(WRONG_APP)),
        429 if matches!(error, Some("user_limit_exceeded" | "app_limit_exceeded")) => {
            Some(Hurdle::UsedUp(rest_of_day(answer, day::next)))
        }
        429 => Some(Hurdle::TooFast(told(answer).unwrap_or(Duration::from_secs(1)))),
        // A redirect is no address of Simkl's: a proxy or a captive portal speaks. So does it, or
        // the CDN, with a page and a 403 or 404.
        300..=399 | 403 | 404 | 408 | 500.. => Some(Hurdle::in_trouble(answer)),
        _ => None,
    }
}

/// Whether a call that got `reply` may have been obeyed all the same.
pub(super) fn may_have_obeyed(call: &Call, reply: &Reply) -> bool {
    ruling::may_have_obeyed(call, reply, |answer| misses(answer).is_some())
}

#[cfg(test)]
mod tests;
