//! What does Trakt's answer mean?
//!
//! Pure. The statuses are those of trakt.tv's reference, what follows from them stands in
//! docs/rules.md, "Delivery".

use super::api::{self, Synced};
use super::refusal::refusal;
use crate::http::{Answer, Reply};
use crate::tracker::ruling::{self, told};
use crate::tracker::{Call, CallOutcome, Effect, Hurdle};
use std::time::Duration;

/// What `reply` to `call` means for its intent.
pub(super) fn judge(call: &Call, reply: &Reply) -> CallOutcome {
    if let Some(hurdle) = hurdle(reply) {
        return CallOutcome::Hurdle(hurdle);
    }
    let Ok(answer) = reply else {
        return CallOutcome::Unknown; // a hurdle, above
    };
    match answer.status {
        200..300 if call.path.starts_with("/sync/") => match Synced::read(answer) {
            Some(synced) if !synced.misses_nothing() => CallOutcome::Unknown,
            Some(Synced { added: Some(0), .. }) => CallOutcome::NothingAdded,
            None if call.effect == Effect::AddPlays => CallOutcome::Hurdle(Hurdle::Unreachable {
                told: None,
                why: "its answer could not be understood".to_owned(),
            }),
            // An unreadable answer to the others is no matter: repeating them changes nothing.
            Some(_) | None => CallOutcome::Taken,
        },
        200..300 => CallOutcome::Taken,
        404 => CallOutcome::Unknown,
        409 if call.effect == Effect::PlayNow => CallOutcome::Repeats(api::taken_before(answer)),
        409 if call.path == "/scrobble/start" => CallOutcome::Refused(
            "a check-in is running at Trakt (409), so it takes no scrobble".to_owned(),
        ),
        400 => CallOutcome::Refused(
            "Trakt could not read the request (400); the log shows it".to_owned(),
        ),
        420 => CallOutcome::Refused(limit_reached()),
        422 => CallOutcome::Refused("Trakt says that the request is invalid (422)".to_owned()),
        status => CallOutcome::Refused(format!("Trakt refuses it ({status})")),
    }
}

/// Why a question was refused, in a sentence.
pub(super) fn why_refused(answer: &Answer) -> String {
    match answer.status {
        420 => limit_reached(),
        status => format!("Trakt refuses a look-up ({status})"),
    }
}

/// Trakt says so of an account whose lists are full, as far as it says anything of it.
fn limit_reached() -> String {
    "a limit of the Trakt account is reached (420): make room at https://app.trakt.tv or get VIP, \
     then send it again"
        .to_owned()
}

/// What in `reply` concerns the account rather than the call.
pub(super) fn hurdle(reply: &Reply) -> Option<Hurdle> {
    let answer = match Hurdle::before_the_tracker(reply) {
        Ok(answer) => answer,
        Err(hurdle) => return Some(hurdle),
    };
    if let Some(refusal) = refusal(answer) {
        return Some(Hurdle::Refused(refusal));
    }
    match answer.status {
        401 => Some(Hurdle::Unauthorised),
        429 => Some(Hurdle::TooFast(told(answer).unwrap_or(Duration::from_secs(10)))),
        // A redirect is no address of Trakt's: a proxy or a captive portal speaks. So does it, or
        // the CDN, with a page and a 403.
        300..=399 | 403 | 408 | 500.. => Some(Hurdle::in_trouble(answer)),
        _ => None,
    }
}

/// Whether a call that got `reply` may have been obeyed all the same.
pub(super) fn may_have_obeyed(call: &Call, reply: &Reply) -> bool {
    ruling::may_have_obeyed(call, reply, |answer| Synced::read(answer).is_some())
}

#[cfg(test)]
mod tests;
