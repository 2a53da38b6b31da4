//! What would be told, where an account only rehearses?

use super::judge;
use crate::clock::LocalTime;
use crate::delivery::{Settled, Work};
use crate::event::Time;
use crate::intent::{Intent, Verb};
use crate::tracker::{Timing, Tracker};

/// What becomes of `work` where nothing is sent.
pub(super) fn rehearse(tracker: &dyn Tracker, work: &Work, now: Time) -> Settled {
    if let Some(why) = judge::outlived(work, tracker.traits(), now) {
        return Settled::Dropped { why };
    }
    if let Some(why) = tracker.needless(&work.intent) {
        return Settled::Dropped { why };
    }
    let timing = Timing::of(&work.intent, now);
    if let Some(why) = tracker.unsayable(&work.intent, timing) {
        return judge::unsayable(work, why);
    }
    let what = in_words(&work.intent, timing, tracker.traits().names.title);
    Settled::Rehearsed { what: format!("dry run, nothing is sent; it would {what}") }
}

/// What `tracker` would be told, as a person would say it.
fn in_words(intent: &Intent, timing: Timing, tracker: &str) -> String {
    let Intent { verb, progress, at, .. } = intent;
    match verb {
        Verb::Start => format!("tell {tracker} that it plays, at {progress} %"),
        Verb::Pause | Verb::Left => format!("tell {tracker} that playback stopped at {progress} %"),
        Verb::Abandoned => format!("tell {tracker} that playback stopped, and keep no position"),
        Verb::Finish if timing == Timing::Live => {
            format!("tell {tracker} that it was watched, unless {tracker} has it already")
        }
        Verb::Finish | Verb::Mark => {
            let at = LocalTime(*at);
            format!("add it to {tracker}'s history at {at}, unless {tracker} has it already")
        }
        Verb::Rate(rating) => format!("rate it {rating} at {tracker}"),
        Verb::Unrate => format!("take its rating away at {tracker}"),
        Verb::Unmark => format!("remove all its plays from {tracker}'s history"),
    }
}
