//! What does a receiver's answer mean, for what was told and for what waits? Pure.

use super::hold::{Hold, Why, interval};
use crate::delivery::{How, ItemFacts, ReceiverState, Settled};
use crate::event::Time;
use crate::http::{Failure, Reply};
use serde_json::Value;
use std::time::Duration;

/// The wait of who is too fast and is not told for how long.
const TOO_FAST: Duration = Duration::from_secs(10);
/// How often a receiver is asked again that does not know an item, and how long is waited between.
const UNKNOWN: (u32, Duration) = (3, Duration::from_secs(20 * 60));
/// After so many tries an answer is taken for one to what was told, so that others pass it.
const ITS_OWN: u32 = 3;
/// How often something is tried at all that only fails by itself.
const TRIES: u32 = 10;

/// What a receiver has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It has taken it, now or before.
    Taken,
    /// It does not take this one.
    Refused(String),
    /// It does not know this item, and may later.
    Unknown(String),
    /// We may not post there; what to do.
    Denied(String),
    /// Nothing takes posts at its address, or not now: a proxy says so, too, while what is behind it
    /// starts. What to do.
    Closed(String),
    /// It is gone for good.
    Gone,
    /// It wants us to wait.
    TooFast(Duration),
    /// It does not answer, or not well.
    Failing {
        why: String,
        /// Whether what was told may be the cause.
        may_be_its_own: bool,
    },
}

/// What this reply means. Of its body only that is read by which Floppy says that it has not found an
/// item (dannyvfilms/Floppy, fork_views_scrobble.py): a 404 with a `detail`.
pub(super) fn judge(reply: &Reply) -> Became {
    let answer = match reply {
        Ok(answer) => answer,
        Err(failure) => {
            return Became::Failing { why: why(failure), may_be_its_own: false };
        }
    };
    let status = answer.status;
    let says = |mend: &str| format!("it answers {status}: {mend}");
    match status {
        200..=299 | 409 => Became::Taken,
        300..=399 => Became::Closed(says("it has moved; set `url` to where it is now")),
        400 | 413 | 415 | 422 => Became::Refused(says("it does not take what it was told")),
        401 | 403 => {
            Became::Denied(says("it does not know us; check `url`, `authorization` and `secret`"))
        }
        404 if answer
            .json()
            .is_some_and(|body| body.get("detail").is_some_and(Value::is_string)) =>
        {
            Became::Unknown(says("it does not know the item"))
        }
        404 | 405 => Became::Closed(says("nothing takes posts there; check `url`")),
        410 => Became::Gone,
        429 => {
            let least = Duration::from_secs(1);
            Became::TooFast(answer.retry_after.unwrap_or(TOO_FAST).max(least))
        }
        // The three of proxies whose own server does not answer.
        502..=504 => Became::Failing { why: format!("it answers {status}"), may_be_its_own: false },
        _ => Became::Failing { why: format!("it answers {status}"), may_be_its_own: true },
    }
}

/// Why there is no answer, with what to do about a certificate.
pub(super) fn why(failure: &Failure) -> String {
    match failure {
        Failure::Tls(fault) => fault.with_mend("set `ca_file` of the receiver to that file"),
        Failure::NotSent(_) | Failure::AnswerLost(_) => failure.to_string(),
    }
}

/// What becomes of what was told, after so many attempts, and of the receiver by it, at this time and steady time.
pub(super) fn rule(
    became: Became,
    attempts: u32,
    hold: &mut Hold,
    (now, steady): (Time, Duration),
    dice: u32,
) -> (Settled, ReceiverState) {
    let held = |span, why: &str| Settled::Held {
        until: now.after(span),
        why: why.to_owned(),
        maybe_sent: false,
    };
    match became {
        Became::Taken => {
            hold.answered();
            let learned = ItemFacts::default();
            (Settled::Done { how: How::Told, learned, play: None }, ReceiverState::Connected)
        }
        Became::Refused(why) => {
            hold.answered();
            (Settled::Parked { why }, ReceiverState::Connected)
        }
        Became::Unknown(why) => {
            hold.answered();
            let (most, span) = UNKNOWN;
            let settled = if attempts < most {
                Settled::Later { at: now.after(span), why }
            } else {
                Settled::Parked { why }
            };
            (settled, ReceiverState::Connected)
        }
        Became::Closed(why) => {
            let span = hold.put(Why::Fails, steady, dice);
            (held(span, &why), ReceiverState::Refused(why))
        }
        Became::Denied(why) => {
            let span = hold.put(Why::Refuses, steady, dice);
            (held(span, &why), ReceiverState::Refused(why))
        }
        Became::Gone => {
            let why = "the receiver has answered that it is gone for good (410)".to_owned();
            (Settled::Dropped { why }, ReceiverState::Off)
        }
        Became::TooFast(span) => {
            let span = hold.put(Why::Asks(span), steady, dice);
            (held(span, "it wants us to wait (429)"), ReceiverState::Connected)
        }
        Became::Failing { why, may_be_its_own: true } if attempts >= ITS_OWN => {
            let tries = attempts.saturating_add(1);
            let settled = if tries < TRIES {
                let span = interval(usize::try_from(tries).unwrap_or(usize::MAX), dice);
                Settled::Later { at: now.after(span), why: why.clone() }
            } else {
                Settled::Parked { why: format!("{why}, {tries} times") }
            };
            hold.put(Why::Fails, steady, dice);
            hold.news(); // others may be taken
            (settled, ReceiverState::Unreachable(why))
        }
        Became::Failing { why, .. } => {
            let span = hold.put(Why::Fails, steady, dice);
            (held(span, &why), ReceiverState::Unreachable(why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Answer;

    const NOW: Time = Time(1_795_464_902_000);
    const STEADY: Duration = Duration::from_secs(1_000);

    /// What becomes of it, how the receiver is, and how long nothing is sent, in words.
    fn ruled(reply: &Reply, attempts: u32) -> String {
        let mut hold = Hold::default();
        let (settled, state) = rule(judge(reply), attempts, &mut hold, (NOW, STEADY), 0);
        let (outcome, _, why) = settled.in_words("floppy");
        let held = hold.left(STEADY).map_or(0, |left| left.as_secs());
        let at = match settled {
            Settled::Later { at, .. } => format!(" in {}", at.since(NOW).as_secs()),
            Settled::Done { .. }
            | Settled::Held { .. }
            | Settled::Parked { .. }
            | Settled::Dropped { .. }
            | Settled::Rehearsed { .. } => String::new(),
        };
        format!("{outcome}{at}: {why} | {} | {held}", state.word())
    }

    #[test]
    fn each_answer_has_its_meaning() {
        let status = |status| Ok(Answer { status, ..Answer::default() });
        let detail = |status| {
            Ok(Answer {
                body: b"{\"detail\":\"x\"}".into(),
                ..Answer { status, ..Answer::default() }
            })
        };
        let fast = |retry_after| Ok(Answer { status: 429, retry_after, ..Answer::default() });
        let cases: [(Reply, u32, &str); 25] = [
            (status(200), 0, "delivered: sent to floppy | connected | 0"),
            (status(204), 0, "delivered: sent to floppy | connected | 0"),
            (status(409), 2, "delivered: sent to floppy | connected | 0"),
            (
                status(302),
                0,
                "later: it answers 302: it has moved; set `url` to where it is now | refused | 5",
            ),
            (
                status(400),
                0,
                "parked: it answers 400: it does not take what it was told | connected | 0",
            ),
            (
                status(413),
                0,
                "parked: it answers 413: it does not take what it was told | connected | 0",
            ),
            (
                status(422),
                0,
                "parked: it answers 422: it does not take what it was told | connected | 0",
            ),
            (
                status(401),
                0,
                "later: it answers 401: it does not know us; check `url`, `authorization` and `secret` | refused | 3600",
            ),
            (
                status(403),
                9,
                "later: it answers 403: it does not know us; check `url`, `authorization` and `secret` | refused | 3600",
            ),
            (
                status(404),
                0,
                "later: it answers 404: nothing takes posts there; check `url` | refused | 5",
            ),
            (
                status(405),
                0,
                "later: it answers 405: nothing takes posts there; check `url` | refused | 5",
            ),
            (
                detail(404),
                0,
                "later in 1200: it answers 404: it does not know the item | connected | 0",
            ),
            (
                detail(404),
                2,
                "later in 1200: it answers 404: it does not know the item | connected | 0",
            ),
            (detail(404), 3, "parked: it answers 404: it does not know the item | connected | 0"),
            (
                detail(400),
                0,
                "parked: it answers 400: it does not take what it was told | connected | 0",
            ),
            (
                status(410),
                0,
                "dropped: the receiver has answered that it is gone for good (410) | off | 0",
            ),
            (fast(None), 0, "later: it wants us to wait (429) | connected | 10"),
            (fast(Some(Duration::ZERO)), 0, "later: it wants us to wait (429) | connected | 1"),
            (
                fast(Some(Duration::from_secs(40))),
                0,
                "later: it wants us to wait (429) | connected | 40",
            ),
            (status(500), 0, "later: it answers 500 | unreachable | 5"),
            (status(500), 3, "later in 7200: it answers 500 | unreachable | 5"),
            (status(500), 9, "parked: it answers 500, 10 times | unreachable | 5"),
            (status(503), 9, "later: it answers 503 | unreachable | 5"),
            (
                Err(Failure::NotSent("refused".into())),
                9,
                "later: could not connect: refused | unreachable | 5",
            ),
            (Err(Failure::AnswerLost("cut".into())), 0, "later: no answer: cut | unreachable | 5"),
        ];
        for (reply, attempts, expected) in cases {
            assert_eq!(ruled(&reply, attempts), expected, "{reply:?}");
        }
    }
}
