//! What becomes of an intent?
//!
//! Pure: an intent, what the tracker made of it, a time in; a decision out. The numbers are those of
//! docs/rules.md, "Delivery".

use crate::delivery::{OurPlay, Settled, Work};
use crate::event::{Episode, Ids, Kind, Time};
use crate::intent::Verb;
use crate::tracker::{Play, Traits};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// After how many tries it is the intent over which a tracker stumbles: a few minutes, growing to five,
/// lie between them, so that it is more than an hour.
const STUMBLES_MOST: u32 = 20;

/// How much the tracker's clock and ours may differ.
const GRACE: Duration = MINUTE;

/// The play among `plays` that stands for the viewing of `work`, if any.
pub(super) fn play_of_this_viewing(work: &Work, plays: &[Play]) -> Option<Play> {
    let mut plays = plays.iter().copied();
    if work.intent.verb == Verb::Mark {
        return plays.next(); // a mark says "seen", whenever that was
    }
    plays.find(|play| is_of_this_viewing(work, Some(play.id), play.watched_at))
}

/// Whether a play at the tracker stands for the viewing of `work`.
///
/// A play of ours counts with the time its viewing ended, not with the time it was taken: that
/// may lie in the viewing after it. So ours of another viewing never stands for this one, whether it
/// was watched before or, where this one is sent again after days, since then.
pub(super) fn is_of_this_viewing(work: &Work, id: Option<u64>, watched_at: Time) -> bool {
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

/// Why `work` about a moment is too old to send; `None` if it is not. An end that is owed never
/// becomes it while it waits. Where it was found only days later, it is too old from the first, unless
/// the start may become a play: that is worse than a position that may be another by now.
pub(super) fn outlived(work: &Work, tracker: &Traits, now: Time) -> Option<String> {
    let intent = &work.intent;
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
            let in_time = work.since.since(intent.at) <= DAY;
            let is_owed = work.is_owed && (in_time || tracker.makes_plays_of_starts);
            (age > DAY && !is_owed).then(|| "too late: it is more than a day old".to_owned())
        }
        Verb::Finish | Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => None,
    }
}

/// Why a moment is not told while few of the day's calls to `tracker` are left.
pub(super) fn kept_in_hand(tracker: &str) -> String {
    format!("the last of the day's calls to {tracker} are kept for plays and for what ends a start")
}

/// What becomes of an intent that the tracker won't have.
pub(super) fn refused(work: &Work, why: String) -> Settled {
    if work.is_lasting() { Settled::Parked { why } } else { Settled::Dropped { why } }
}

/// What becomes of an intent for which there is no call, for this reason.
pub(super) fn unsayable(work: &Work, why: String) -> Settled {
    match work.intent.verb {
        Verb::Pause | Verb::Left => Settled::Dropped { why },
        Verb::Start
        | Verb::Abandoned
        | Verb::Finish
        | Verb::Rate(_)
        | Verb::Unrate
        | Verb::Mark
        | Verb::Unmark => refused(work, why),
    }
}

/// What becomes of an intent whose item `tracker` does not know by any name.
pub(super) fn unknown(work: &Work, tracker: &str, now: Time) -> Settled {
    later(work, format!("{tracker} does not know `{}`", work.intent.item.label()), now)
}

/// What becomes of an intent that `tracker` has taken without adding anything.
pub(super) fn nothing_added(work: &Work, tracker: &str, now: Time) -> Settled {
    later(work, format!("{tracker} has added nothing for `{}`", work.intent.item.label()), now)
}

/// What becomes of an intent over which the tracker stumbles again and again, so that what is behind it
/// passes.
///
/// # Errors
/// Why it is tried again at once: a tracker that is in trouble as a whole stumbles over everything.
pub(super) fn stumbled(work: &Work, why: String, now: Time) -> Result<Settled, String> {
    if is_stuck(work) { Ok(later(work, why, now)) } else { Err(why) }
}

/// Whether `work` has come to nothing so often that it may be at fault itself.
pub(super) fn is_stuck(work: &Work) -> bool {
    work.attempts >= STUMBLES_MOST
}

/// What becomes of an intent where several things may be its item. One that has ids may be
/// known by them tomorrow.
pub(super) fn undecided(work: &Work, why: String, now: Time) -> Settled {
    let item = &work.intent.item;
    let show = match &item.kind {
        Kind::Episode(Episode { show, .. }) | Kind::Season { show, .. } => Some(&show.ids),
        Kind::Movie | Kind::Show => None,
    };
    if item.ids.is_empty() && show.is_none_or(Ids::is_empty) {
        return refused(work, why);
    }
    later(work, why, now)
}

/// What may still come about, as trackers get new episodes late: again after 1 h, 6 h, then
/// daily for 30 days.
fn later(work: &Work, why: String, now: Time) -> Settled {
    if !work.is_lasting() {
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

#[cfg(test)]
mod tests;
