//! Is it too much to have been watched? Rule 22.
//!
//! An import, a restored server or a season that somebody ticks off leaves rows like plays. Pure.

use crate::event::Time;
use crate::verdict::Bulk;
use std::collections::BTreeMap;
use std::time::Duration;

/// More of one person's plays than this …
const MOST_AT_ONCE: usize = 20;
/// … within this are a bulk.
const AT_ONCE: Duration = Duration::from_secs(60);
/// Nobody watches for less than this without its showing: plays of a shorter time are measured by it, since
/// a family may share an account.
const SHORTEST: Duration = Duration::from_secs(24 * 3600);

/// One play, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    /// Whose it is.
    pub(super) person: usize,
    /// When it counted as watched.
    pub(super) at: Time,
    /// How long its item is; zero where nobody knows.
    pub(super) runtime: Duration,
}

/// Why each play is held, if it is. They are those of one run, in the order of their times, which
/// looks back to `since`; with `rows_of_marks` two in the same second are a bulk.
#[must_use]
pub(super) fn bulks(
    plays: &[Length],
    (since, now): (Time, Time),
    rows_of_marks: bool,
) -> Vec<Option<Bulk>> {
    let mut people: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, play) in plays.iter().enumerate() {
        people.entry(play.person).or_default().push(place);
    }
    let mut held = vec![None; plays.len()];
    for places in people.values() {
        let theirs: Vec<Length> = places.iter().filter_map(|at| plays.get(*at)).copied().collect();
        let at_once = at_once(&theirs, rows_of_marks);
        // What is held takes no time from what was watched beside it.
        let rest = theirs.iter().zip(&at_once).filter(|(_, held)| !**held).map(|(play, _)| *play);
        let too_long = is_too_long(&rest.collect::<Vec<_>>(), since, now);
        for (place, at_once) in places.iter().zip(at_once) {
            let why = match (at_once, too_long) {
                (true, _) => Some(Bulk::AtOnce),
                (false, true) => Some(Bulk::TooLong),
                (false, false) => None,
            };
            if let Some(held) = held.get_mut(*place) {
                *held = why;
            }
        }
    }
    held
}

/// Whether the plays of one person are longer than a fifth more than the time there was.
fn is_too_long(plays: &[Length], since: Time, now: Time) -> bool {
    let began = plays.iter().map(|play| play.at.before(play.runtime)).min().unwrap_or(now);
    let there_was = now.since(began.min(since)).max(SHORTEST);
    let all = plays.iter().fold(Duration::ZERO, |all, play| all.saturating_add(play.runtime));
    all > there_was.saturating_add(there_was / 5)
}

/// Which of one person's plays are among too many within a minute.
fn at_once(plays: &[Length], rows_of_marks: bool) -> Vec<bool> {
    let mut held = vec![false; plays.len()];
    let mut hold = |span: Duration, most: usize| {
        let mut first = 0;
        for (last, play) in plays.iter().enumerate() {
            while plays.get(first).is_some_and(|it| play.at.since(it.at) >= span) {
                first += 1;
            }
            if last + 1 - first > most
                && let Some(these) = held.get_mut(first..=last)
            {
                these.fill(true);
            }
        }
    };
    hold(AT_ONCE, MOST_AT_ONCE);
    if rows_of_marks {
        hold(Duration::from_secs(1), 1);
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: u64 = 3600;

    fn at(seconds: u64) -> Time {
        Time(1_764_000_000_000).after(Duration::from_secs(seconds))
    }

    /// Person, second of the play, runtime in seconds.
    fn play((person, second, runtime): (usize, u64, u64)) -> Length {
        Length { person, at: at(second), runtime: Duration::from_secs(runtime) }
    }

    fn of(plays: &[(usize, u64, u64)], now: u64, marks: bool) -> Vec<Option<Bulk>> {
        let plays: Vec<Length> = plays.iter().copied().map(play).collect();
        bulks(&plays, (at(0), at(now)), marks)
    }

    #[test]
    fn more_than_twenty_within_a_minute_are_held_and_twenty_are_not() {
        let ticked = |count: u64, apart: u64| {
            let plays: Vec<_> = (0..count).map(|n| (0, 30 * HOUR + n * apart, 60)).collect();
            of(&plays, 48 * HOUR, false)
        };
        assert!(ticked(20, 1).iter().all(Option::is_none));
        assert!(ticked(21, 1).iter().all(|held| *held == Some(Bulk::AtOnce)));
        assert!(ticked(40, 0).iter().all(|held| *held == Some(Bulk::AtOnce)));
        assert!(ticked(40, 3).iter().all(Option::is_none), "twenty a minute are not too many");
    }

    #[test]
    fn what_was_watched_beside_a_bulk_is_sent() {
        let mut plays = vec![(0, HOUR, 3000)];
        plays.extend((0..30).map(|_| (0, 9 * HOUR, 6000)));
        plays.push((0, 20 * HOUR, 3000));
        plays.push((1, 20 * HOUR, 3000));
        let held = of(&plays, 24 * HOUR, false);
        let sent: Vec<usize> = (0..held.len()).filter(|at| held[*at].is_none()).collect();
        assert_eq!(sent, [0, 31, 32]);
    }

    #[test]
    fn more_hours_than_there_were_are_held() {
        // A day and a fifth is 28.8 hours.
        let films =
            |count: u64| (0..count).map(|n| (0, n * HOUR + 600, 2 * HOUR)).collect::<Vec<_>>();
        assert!(of(&films(14), 16 * HOUR, false).iter().all(Option::is_none));
        assert!(of(&films(15), 16 * HOUR, false).iter().all(|held| *held == Some(Bulk::TooLong)));
        assert!(
            of(&films(15), 30 * HOUR, false).iter().all(Option::is_none),
            "there was more time"
        );
        let mut two = films(15);
        two.push((1, 15 * HOUR, 2 * HOUR));
        assert_eq!(of(&two, 16 * HOUR, false).last(), Some(&None), "another person is another");
    }

    #[test]
    fn rows_of_marks_are_known_by_their_second() {
        let plays = [(0, 10, 60), (0, 10, 60), (0, 500, 60), (1, 500, 60)];
        let both = Some(Bulk::AtOnce);
        assert_eq!(of(&plays, HOUR, true), [both, both, None, None]);
        assert_eq!(of(&plays, HOUR, false), [None, None, None, None]);
    }

    proptest! {
        /// Whoever watches one thing after the other, at up to a fifth more than its speed, is never held.
        #[test]
        fn what_one_person_can_watch_is_never_held(
            runtimes in prop::collection::vec(240_u64..12_000, 1..60),
        ) {
            let mut ends = 0;
            let plays: Vec<_> = runtimes.iter().map(|runtime| {
                ends += runtime * 10 / 12 + 1;
                (0, ends, *runtime)
            }).collect();
            prop_assert!(of(&plays, ends, true).iter().all(Option::is_none));
        }
    }
}
