//! Is it too much to be true? Rule 20.
//!
//! Nobody watches, marks or rates a hundred things in ten minutes: a script does, a server that was
//! moved, or somebody who has a webhook's address. Pure; whose floods they are and where they are
//! kept is `state`'s business.

use crate::event::{Action, Time};
use crate::intent::Verb;
use crate::verdict::Reason;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// More than this within [`WINDOW`] are a flood …
const MOST: usize = 100;
/// … until this long has passed without one.
const WINDOW: Duration = Duration::from_secs(10 * 60);
/// In a flood the time of the last one is all that counts, to so much.
const PRECISION: Duration = Duration::from_secs(1);

/// Those of one kind that came lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Flood {
    /// When they came; in a flood the last one.
    at: Vec<Time>,
    /// Whether the last one was of a flood.
    is_on: bool,
}

impl Flood {
    /// Whether one that comes now is of a flood.
    fn is_rising(&self, now: Time) -> bool {
        let lately = self.at.iter().filter(|at| is_late(**at, now)).count();
        lately >= MOST || (self.is_on && lately > 0)
    }

    /// Takes note of one that comes now; whether it is of a flood.
    fn swells(&mut self, now: Time) -> bool {
        self.is_on = self.is_rising(now);
        if self.is_on {
            self.at = self.at.last().copied().into_iter().collect();
            self.at.retain(|last| now.since(*last) < PRECISION && *last <= now);
        }
        self.at.retain(|at| is_late(*at, now));
        if !self.is_on || self.at.is_empty() {
            self.at.push(now);
        }
        self.is_on
    }
}

/// Whether `at` is of the last minutes. A clock that was wrong may have shown a time to come.
fn is_late(at: Time, now: Time) -> bool {
    now.since(at).max(at.since(now)) < WINDOW
}

/// What came lately for one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Floods {
    plays: Flood,
    ratings: Flood,
    marks: Flood,
    unmarks: Flood,
}

impl Floods {
    /// Takes note of something that is to be told for good; why it is parked, if it is.
    pub(super) fn parks(&mut self, verb: Verb, now: Time) -> Option<Reason> {
        let (flood, what) = match verb {
            Verb::Finish => (&mut self.plays, "plays"),
            Verb::Rate(_) | Verb::Unrate => (&mut self.ratings, "ratings"),
            Verb::Mark => (&mut self.marks, "marks"),
            Verb::Unmark => (&mut self.unmarks, "unmarks"),
            Verb::Start | Verb::Pause | Verb::Left | Verb::Abandoned => return None,
        };
        flood.swells(now).then_some(Reason::Flood { what })
    }

    /// Whether a mark that comes now is of a flood.
    pub(super) fn parks_marks(&self, now: Time) -> bool {
        self.marks.is_rising(now)
    }

    /// Whether there is a flood of anything.
    pub(super) fn is_any(&self, now: Time) -> bool {
        let Self { plays, ratings, marks, unmarks } = self;
        [plays, ratings, marks, unmarks].into_iter().any(|flood| flood.is_rising(now))
    }

    /// Takes note of an event that was refused: a flood goes on as long as it comes.
    pub(super) fn go_on(&mut self, action: Action, now: Time) {
        let flood = match action {
            Action::Stop { .. } | Action::Completed => &mut self.plays,
            Action::Rate(_) => &mut self.ratings,
            Action::Mark { .. } => &mut self.marks,
            Action::Unmark => &mut self.unmarks,
            Action::Start
            | Action::Resume
            | Action::Pause
            | Action::Progress { .. }
            | Action::Played { .. } => return,
        };
        if flood.is_rising(now) {
            flood.swells(now);
        }
    }

    /// Every time it holds, for when the clock was set.
    pub(super) fn times(&mut self) -> impl Iterator<Item = &mut Time> {
        let Self { plays, ratings, marks, unmarks } = self;
        [plays, ratings, marks, unmarks].into_iter().flat_map(|flood| &mut flood.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time(1_764_000_000_000).after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_hundred_in_ten_minutes_are_none_and_one_more_is() {
        let mut flood = Flood::default();
        assert!((0..100).all(|n| !flood.swells(at(n * 6))), "a hundred");
        assert!(!flood.clone().swells(at(600)), "the first was ten minutes ago");
        assert!(flood.swells(at(599)), "it was not");
        assert_eq!((flood.at.len(), flood.is_on), (1, true), "of a flood the last one is enough");
        assert!(flood.swells(at(599 + 599)), "it goes on");
        assert!(!flood.is_rising(at(599 + 599 + 600)), "until ten minutes without one");
    }

    #[test]
    fn a_flood_changes_once_a_second_at_most() {
        let mut flood = Flood::default();
        let is_on = (0..101).map(|_| flood.swells(at(0))).last();
        let before = flood.clone();
        assert!(is_on == Some(true) && flood.swells(at(0)) && flood == before, "{flood:?}");
        assert!(flood.swells(at(1)) && flood.at == [at(1)], "{flood:?}");
    }

    #[test]
    fn a_clock_that_was_wrong_does_not_make_a_flood_last() {
        let mut flood = Flood::default();
        assert!((0..101).any(|_| flood.swells(at(86_400))));
        assert!(!flood.swells(at(0)));
    }

    #[test]
    fn each_kind_has_a_flood_of_its_own() {
        let verbs = [Verb::Finish, Verb::Rate(7), Verb::Mark, Verb::Unmark];
        for verb in verbs {
            let mut floods = Floods::default();
            let parked = (0..102).filter(|_| floods.parks(verb, at(0)).is_some()).count();
            assert_eq!(parked, 2, "{verb}");
            let others = verbs.iter().filter(|other| **other != verb);
            assert!(others.clone().all(|other| floods.parks(*other, at(0)).is_none()), "{verb}");
        }
        let mut floods = Floods::default();
        assert!((0..200).all(|_| floods.parks(Verb::Start, at(0)).is_none()), "a moment passes");
    }
}
