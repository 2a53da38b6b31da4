//! What was told, as each tracker can be told it.
//!
//! The engine knows no tracker, so a story is the same for all of them. What differs is held here
//! against what was told: whether a tracker has words for it, and whether these can be taken for
//! anything else there. All count a stop at 80 % or more as a play, whatever was meant.

use super::judge::Wrong;
use super::run::Told;
use super::world::name_of;
use crate::config::Settings;
use crate::event::{Ids, Time};
use crate::intent::{Intent, Verb};
use crate::tracker::{Call, Effect, Found, Timing, Tracker, Type, all};
use std::time::Duration;

/// From here on a position makes a play.
const PLAY: f64 = 80.0;

/// What is wrong at each tracker.
pub(super) fn at_each(told: &[Told]) -> Vec<Wrong> {
    let settings = Settings::default();
    let trackers = all::make(&settings, Duration::ZERO);
    trackers.flat_map(|tracker| at(&*tracker, told)).collect()
}

fn at(tracker: &dyn Tracker, told: &[Told]) -> Vec<Wrong> {
    let title = tracker.traits().names.title;
    let wrong = told.iter().flat_map(|told| {
        let intent = &told.intent;
        let timings = match intent.verb {
            Verb::Finish => vec![Timing::Live, Timing::Late],
            Verb::Start | Verb::Pause | Verb::Left | Verb::Abandoned => vec![Timing::Live],
            Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => Vec::new(),
        };
        timings.into_iter().filter_map(|timing| {
            let name = || format!("{} at {title}", name_of(&intent.item, 0));
            match call(tracker, intent, timing) {
                None => Some(Wrong::Unsayable(name())),
                Some(call) if says(&call, intent, timing) => None,
                Some(call) => {
                    Some(Wrong::Misleading(format!("{:?} of {}: {call}", intent.verb, name())))
                }
            }
        })
    });
    let mut wrong: Vec<Wrong> = wrong.collect();
    wrong.dedup();
    wrong
}

/// The first call that tells an intent: by a name that its item has itself, or else by what that was found
/// to be.
fn call(tracker: &dyn Tracker, intent: &Intent, timing: Timing) -> Option<Call> {
    if tracker.unsayable(intent, timing).is_some() {
        return None;
    }
    let kind = Type::of(&intent.item);
    let show = (kind == Type::Episode).then_some(2);
    let (ids, title, year) = (Ids::default(), String::new(), None);
    let found = Found { kind, number: 1, ids, show, title, year };
    let by_name = tracker.call_by_name(intent, timing, None, 0);
    by_name.or_else(|| tracker.call(intent, timing, &found, 0))
}

/// Whether a tracker can take `call` for nothing but what `intent` says.
fn says(call: &Call, intent: &Intent, timing: Timing) -> bool {
    let progress = call.body.as_ref().and_then(|body| body["progress"].as_f64());
    let is_play = matches!(call.effect, Effect::PlayNow | Effect::AddPlays);
    match (intent.verb, timing) {
        (Verb::Start, _) => call.path.ends_with("/start") && !is_play,
        (Verb::Finish, Timing::Live) => {
            call.effect == Effect::PlayNow && progress.is_some_and(|progress| progress >= PLAY)
        }
        (Verb::Finish, Timing::Late) => {
            let to_the_second: String = intent.at.to_string().chars().take(19).collect();
            call.effect == Effect::AddPlays && call.to_string().contains(&to_the_second)
        }
        _ => call.path.ends_with("/pause") && !is_play && progress.is_some_and(|at| at < PLAY),
    }
}

/// The controls.
#[test]
fn what_has_no_name_or_says_something_else_is_noticed() {
    use crate::event::{Item, Percent};
    use crate::http::Method;
    let told = |verb, title: &str| {
        let item = Item { title: title.to_owned(), year: Some(2001), ..Item::default() };
        let (account, session) = ("al".to_owned(), "1".to_owned());
        let (progress, at, began) = (Percent::END, Time(0), Time(0));
        let intent = Intent { account, verb, item, session, progress, at, began, viewing: None };
        Told { now: 0, intent }
    };
    let all = [Verb::Start, Verb::Pause, Verb::Left, Verb::Abandoned, Verb::Finish];
    assert_eq!(at_each(&all.map(|verb| told(verb, "A"))), []);
    let names = ["Trakt", "Simkl", "MDBList"];
    let nameless = names.map(|title| Wrong::Unsayable(format!(" at {title}")));
    assert_eq!(at_each(&[told(Verb::Finish, "")]), nameless);

    let call = |path: &str, progress: f64, effect| {
        let body = Some(serde_json::json!({ "progress": progress }));
        Call { method: Method::Post, path: path.to_owned(), body, effect }
    };
    for (verb, call, expected) in [
        (Verb::Left, call("/scrobble/pause", 79.9, Effect::Change), true),
        (Verb::Left, call("/scrobble/pause", 80.0, Effect::Change), false),
        (Verb::Left, call("/scrobble/stop", 50.0, Effect::PlayNow), false),
        (Verb::Start, call("/scrobble/start", 95.0, Effect::Change), true),
        (Verb::Start, call("/scrobble/stop", 95.0, Effect::PlayNow), false),
        (Verb::Finish, call("/scrobble/stop", 80.0, Effect::PlayNow), true),
        (Verb::Finish, call("/scrobble/stop", 79.9, Effect::PlayNow), false),
    ] {
        assert_eq!(says(&call, &told(verb, "A").intent, Timing::Live), expected, "{verb:?} {call}");
    }
    let late = call("/sync/history", 0.0, Effect::AddPlays);
    assert!(!says(&late, &told(Verb::Finish, "A").intent, Timing::Late), "it has no time");
}
