//! What was told, as each tracker can be told it.
//!
//! The engine knows no tracker, so a story is the same for all of them. What differs is held here
//! against what was told: whether a tracker has words for each play.

use super::judge::Wrong;
use super::run::Told;
use super::world::name_of;
use crate::config::Settings;
use crate::intent::Verb;
use crate::tracker::{Timing, Tracker, all};
use std::time::Duration;

/// What is wrong at each tracker.
pub(super) fn at_each(told: &[Told]) -> Vec<Wrong> {
    let settings = Settings::default();
    let trackers = all::make(&settings, Duration::ZERO);
    trackers.flat_map(|tracker| at(&*tracker, told)).collect()
}

fn at(tracker: &dyn Tracker, told: &[Told]) -> Vec<Wrong> {
    let title = tracker.traits().names.title;
    let plays = told.iter().filter(|told| told.intent.verb == Verb::Finish);
    let unsayable = plays.filter_map(|play| {
        let can_be_said = |timing| tracker.unsayable(&play.intent, timing).is_none();
        let can_be_said = can_be_said(Timing::Live) && can_be_said(Timing::Late);
        let name = name_of(&play.intent.item, 0);
        (!can_be_said).then(|| Wrong::Unsayable(format!("{name} at {title}")))
    });
    unsayable.collect()
}

/// The control.
#[test]
fn a_play_without_a_name_is_noticed() {
    use crate::event::{Item, Percent, Time};
    use crate::intent::Intent;
    let told = |verb, title: &str| {
        let item = Item { title: title.to_owned(), year: Some(2001), ..Item::default() };
        let (account, session) = ("al".to_owned(), "1".to_owned());
        let (progress, at, began) = (Percent::ZERO, Time(0), Time(0));
        let intent = Intent { account, verb, item, session, progress, at, began, viewing: None };
        Told { now: 0, intent }
    };
    assert_eq!(at_each(&[told(Verb::Finish, "A")]), []);
    let names = ["Trakt", "Simkl", "MDBList"];
    let nameless = names.map(|title| Wrong::Unsayable(format!(" at {title}")));
    assert_eq!(at_each(&[told(Verb::Finish, "")]), nameless);
}
