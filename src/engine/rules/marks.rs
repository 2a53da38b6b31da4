//! Marks by hand: rule 17.

use super::super::ruling::{Ruling, duplicate, ignored, waiting};
use super::super::viewing::HeldMark;
use super::Turn;
use crate::event::{Percent, Time};
use crate::intent::{Intent, Verb};
use crate::verdict::{Outcome, Reason};
use std::time::Duration;

/// How long a mark waits for others, and for a session of its item.
const WAIT: Duration = Duration::from_secs(60);
/// A play of ours this short a time ago is what the mark means.
const JUST_PLAYED: Duration = Duration::from_secs(10 * 60);

impl Turn<'_> {
    /// A mark, at the time that the server gives for it.
    pub(super) fn mark(&mut self, last_played: Option<Time>) -> Ruling {
        let at = last_played.filter(|at| *at <= self.now).unwrap_or(self.now);
        if self.viewing.mark.is_some() {
            return duplicate(Reason::AlreadyMarked);
        }
        if let Some(why) = self.floods.parks(Verb::Mark, self.now) {
            return self.park_mark(at, why);
        }
        let due = self.now.after(WAIT);
        self.viewing.mark = Some(HeldMark { due, at, heard: self.now });
        waiting(Verb::Mark, Reason::MarkWaits)
    }

    /// Takes a waiting mark back; removes plays only where that is wanted.
    pub(super) fn unmark(&mut self) -> Ruling {
        if self.viewing.mark.take().is_some() {
            return ignored(Reason::MarkTakenBack);
        }
        if !self.numbers.unmarks {
            return ignored(Reason::UnmarksOff);
        }
        let intent = self.by_hand(Verb::Unmark, self.now);
        self.hand_over(intent, Reason::Unmarked)
    }

    /// The mark's wait is over, unless it is not due yet.
    pub(super) fn release_mark(&mut self) -> Option<Ruling> {
        let held = self.viewing.mark.filter(|held| held.due <= self.now)?;
        self.viewing.mark = None;
        let in_hand = |since: Option<Time>| since.is_none_or(|stopped| stopped >= held.heard);
        if self.viewing.sessions.iter().any(|session| in_hand(session.stopped())) {
            return Some(ignored(Reason::MarkOfASession));
        }
        if self.viewing.play.is_some_and(|play| held.heard.since(play) < JUST_PLAYED) {
            return Some(ignored(Reason::MarkOfAPlay));
        }
        let intent = self.by_hand(Verb::Mark, held.at);
        self.intents.push(intent);
        let reason = Reason::Marked;
        Some(Ruling { outcome: Outcome::Queued, action: Some(Verb::Mark), reason })
    }

    /// Parks a mark that waits, since it turned out to be one of a flood.
    pub(in crate::engine) fn park_held_mark(&mut self) -> Option<Ruling> {
        let held = self.viewing.mark.take()?;
        Some(self.park_mark(held.at, Reason::Flood { what: "marks" }))
    }

    fn park_mark(&mut self, at: Time, why: Reason) -> Ruling {
        let intent = self.by_hand(Verb::Mark, at);
        self.parked.push((intent, why.clone()));
        waiting(Verb::Mark, why)
    }

    pub(super) fn by_hand(&self, verb: Verb, at: Time) -> Intent {
        Intent {
            account: self.viewing.account.clone(),
            verb,
            item: self.viewing.item.clone(),
            session: String::new(),
            progress: Percent::END,
            at,
            began: at,
            viewing: Some(self.viewing.key(self.number)),
        }
    }
}
