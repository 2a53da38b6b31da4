//! What would be told, where an account only rehearses?

use super::deliver::unsayable;
use super::{Settled, Work, judge};
use crate::event::Time;
use crate::intent::{Intent, Verb};
use crate::tracker::trakt::{Timing, calls};

/// What becomes of `work` where nothing is sent.
pub(super) fn rehearse(work: &Work, now: Time) -> Settled {
    if let Some(why) = judge::outlived(&work.intent, now) {
        return Settled::Dropped { why };
    }
    let timing = Timing::of(&work.intent, now);
    if calls::is_sayable(&work.intent, timing) {
        Settled::Rehearsed { what: in_words(&work.intent, timing) }
    } else {
        unsayable(work)
    }
}

/// What Trakt would be told, as a person would say it.
fn in_words(intent: &Intent, timing: Timing) -> String {
    let Intent { verb, progress, at, .. } = intent;
    let what = match verb {
        Verb::Start => format!("tell Trakt that it plays, at {progress} %"),
        Verb::Pause | Verb::Left => format!("tell Trakt that it was left at {progress} %"),
        Verb::Abandoned => "tell Trakt that it was hardly begun".to_owned(),
        Verb::Finish if timing == Timing::Live => {
            "tell Trakt that it was watched, unless Trakt has it already".to_owned()
        }
        Verb::Finish | Verb::Mark => {
            format!("add it to Trakt's history at {at}, unless Trakt has it already")
        }
        Verb::Rate(rating) => format!("rate it {rating} at Trakt"),
        Verb::Unrate => "take its rating away at Trakt".to_owned(),
        Verb::Unmark => "remove all its plays from Trakt's history".to_owned(),
    };
    format!("dry run, nothing is sent; it would {what}")
}
