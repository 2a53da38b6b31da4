//! By which ids do other programs know a show, as its media server has said?
//!
//! Each show is asked for once, as long as the answer is remembered.

use crate::event::{Ids, Source};
use crate::probe::{PATIENCE, ProbeAnswer};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many shows are remembered; the one that is to be forgotten next goes first.
const MOST: usize = 500;
/// For how long: a person may correct what the server takes a show for.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long a server that had no answer is left alone about the show: it may only restart.
const SILENCE: Duration = Duration::from_secs(10 * 60);

/// A show at a media server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShowKey {
    /// Which kind of server it is.
    pub(super) source: Source,
    /// And which of its kind: its name in the config.
    pub(super) server: String,
    /// The server's key of the show.
    pub(super) key: String,
}

/// What media servers have said of shows.
#[derive(Debug, Default)]
pub(super) struct Shows(BTreeMap<ShowKey, Known>);

/// What is known of a show; in steady time.
#[derive(Debug, Default)]
struct Known {
    /// Its ids; none where the server knows none, or has not answered.
    ids: Ids,
    /// Up to when an answer may come; 0 where it has.
    due: Duration,
    /// Until when all of that holds.
    until: Duration,
}

/// What can be told of a show's ids.
#[derive(Debug, PartialEq)]
pub(super) enum KnownShow<'a> {
    /// These are they, or nobody knows them.
    Ids(&'a Ids),
    /// The answer is on its way, and waited for so long.
    OnItsWay(Duration),
    /// Nobody has asked.
    Unasked,
}

impl Shows {
    /// Takes what a server has said.
    pub(super) fn learn(&mut self, show: ShowKey, found: &ProbeAnswer, steady: Duration) {
        let (ids, kept) = if let ProbeAnswer::Show(ids) = found {
            (ids.clone(), KEPT)
        } else {
            (Ids::default(), SILENCE)
        };
        let until = steady.saturating_add(kept);
        self.put(show, Known { ids, until, ..Known::default() });
    }

    /// It is asked for now.
    pub(super) fn asked(&mut self, show: ShowKey, steady: Duration) {
        let due = steady.saturating_add(PATIENCE);
        let until = due.saturating_add(SILENCE);
        self.put(show, Known { due, until, ..Known::default() });
    }

    fn put(&mut self, show: ShowKey, known: Known) {
        while self.0.len() >= MOST && !self.0.contains_key(&show) {
            let first = self.0.iter().min_by_key(|(_, known)| known.until);
            let Some(first) = first.map(|(show, _)| show.clone()) else { break };
            self.0.remove(&first);
        }
        self.0.insert(show, known);
    }

    /// What can be told of it now.
    pub(super) fn of(&self, show: &ShowKey, steady: Duration) -> KnownShow<'_> {
        let Some(Known { ids, due, until }) = self.0.get(show) else { return KnownShow::Unasked };
        let left = due.saturating_sub(steady);
        if !left.is_zero() {
            KnownShow::OnItsWay(left)
        } else if steady < *until {
            KnownShow::Ids(ids)
        } else {
            KnownShow::Unasked
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(key: &str) -> ShowKey {
        ShowKey { source: Source::Plex, server: "plex".into(), key: key.into() }
    }

    fn ids(tvdb: u64) -> Ids {
        Ids { tvdb: Some(tvdb), ..Ids::default() }
    }

    #[test]
    fn a_show_is_asked_for_once_and_waited_for_as_long_as_an_answer_may_take() {
        let at = Duration::from_secs;
        let mut shows = Shows::default();
        assert_eq!(shows.of(&show("1"), at(5)), KnownShow::Unasked);
        shows.asked(show("1"), at(5));
        assert_eq!(shows.of(&show("1"), at(6)), KnownShow::OnItsWay(at(3)));
        assert_eq!(shows.of(&show("2"), at(6)), KnownShow::Unasked, "another");
        let none = Ids::default();
        let late = at(5) + PATIENCE;
        assert_eq!(shows.of(&show("1"), late), KnownShow::Ids(&none), "it goes without");
        assert_eq!(shows.of(&show("1"), late + SILENCE), KnownShow::Unasked);
        shows.learn(show("1"), &ProbeAnswer::Show(ids(7)), late);
        assert_eq!(shows.of(&show("1"), KEPT), KnownShow::Ids(&ids(7)));
        assert_eq!(shows.of(&show("1"), late + KEPT), KnownShow::Unasked, "it may be corrected");
        shows.learn(show("2"), &ProbeAnswer::Nothing, at(5));
        assert_eq!(shows.of(&show("2"), at(4) + SILENCE), KnownShow::Ids(&none));
        assert_eq!(shows.of(&show("2"), at(5) + SILENCE), KnownShow::Unasked);
    }

    #[test]
    fn shows_without_end_are_forgotten_again() {
        let mut shows = Shows::default();
        for number in 0..2_000 {
            let (name, at) = (show(&number.to_string()), Duration::from_secs(number));
            shows.learn(name, &ProbeAnswer::Show(ids(number)), at);
        }
        assert_eq!(shows.0.len(), MOST);
        let last = Duration::from_secs(1_999);
        assert_eq!(shows.of(&show("1999"), last), KnownShow::Ids(&ids(1_999)));
        assert_eq!(shows.of(&show("1499"), last), KnownShow::Unasked);
    }
}
