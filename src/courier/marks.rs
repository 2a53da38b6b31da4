//! Many marks in few calls: a season that is marked as a whole is one call, not twenty.
//!
//! Each is looked up and looked at by itself; what Trakt has not seen leaves together. One that
//! Trakt does not find is settled alone, and where it refuses the whole call each is told alone:
//! one of them may be at fault.

use super::deliver::{Attempt, Halt, Setback};
use super::judge::{self, Ruling};
use super::thread::{Courier, Stop};
use super::{How, Request, Settled, Work, rehearsal};
use crate::event::Time;
use crate::tracker::trakt::api::{Found, Synced};
use crate::tracker::trakt::calls;
use crate::tracker::trakt::lookup::Lookup;

impl<R: Fn(Request)> Courier<'_, R> {
    /// Tries to deliver marks and says what became of each.
    pub(super) fn deliver_marks(&mut self, works: Vec<Work>) -> Result<(), Stop> {
        if self.setup.dry_run {
            for work in works {
                self.settle(&work, rehearsal::rehearse(&work, self.now()));
            }
            return Ok(());
        }
        let mut waiting: Vec<Attempt> = works.iter().map(Attempt::of).collect();
        match self.insist(|courier| courier.try_marks(&mut waiting)) {
            Ok(()) => Ok(()),
            Err(Setback::Refused(_)) => {
                waiting.iter().try_for_each(|attempt| self.deliver(&attempt.work))
            }
            Err(setback) => {
                for attempt in &waiting {
                    self.settle(&attempt.work, attempt.set_back(&setback, self.now()));
                }
                if matches!(setback, Setback::Stop) { Err(Stop) } else { Ok(()) }
            }
        }
    }

    /// Settles all of `waiting`; what is settled is taken out of it.
    fn try_marks(&mut self, waiting: &mut Vec<Attempt>) -> Result<(), Halt> {
        let mut looked_at = 0;
        while let Some(attempt) = waiting.get_mut(looked_at) {
            if let Some(settled) = self.needless(attempt)? {
                self.settle(&attempt.work, settled);
                waiting.remove(looked_at);
            } else {
                looked_at += 1;
            }
        }
        let mut plays: Vec<(Found, Time)> = Vec::new();
        for attempt in waiting.iter() {
            let at = self.by_trakts_clock(&attempt.work, attempt.work.intent.at);
            if let Some(found) = &attempt.found
                && !plays.iter().any(|(other, _)| other.is(found))
            {
                plays.push((found.clone(), at));
            }
        }
        let Some(first) = waiting.first() else { return Ok(()) };
        let call = calls::add_all(plays.iter().map(|(found, at)| (found, *at)));
        let reply = self.send(&call)?;
        match judge::judge(&first.work, &call, &reply) {
            // The history repeats nothing by itself, so the last two are no answers of its.
            Ruling::Taken
            | Ruling::Unknown
            | Ruling::NothingAdded
            | Ruling::Already
            | Ruling::SecondViewing => {}
            Ruling::Refused(why) => return Err(Halt::Refused(why)),
            Ruling::Hurdle(hurdle) => {
                let maybe_sent = judge::maybe_taken(&call, &reply);
                for attempt in waiting.iter_mut() {
                    attempt.maybe_sent |= maybe_sent;
                }
                return Err(Halt::Hurdle(hurdle));
            }
        }
        let synced = reply.ok().and_then(|answer| Synced::read(&answer)).unwrap_or_default();
        let sent = plays.iter().filter(|(found, _)| !synced.misses(found)).count();
        if synced.added.is_some_and(|added| added < sent) {
            return self.look_again(waiting);
        }
        for mut attempt in waiting.drain(..) {
            let settled = self.added(&mut attempt, &synced, &mut plays);
            self.settle(&attempt.work, settled);
        }
        Ok(())
    }

    /// Fewer were added than were sent, and the answer does not say which.
    fn look_again(&mut self, waiting: &mut Vec<Attempt>) -> Result<(), Halt> {
        while let Some(attempt) = waiting.first_mut() {
            let settled = match self.needless(attempt)? {
                Some(settled) => settled,
                None => judge::nothing_added(&attempt.work, self.now()),
            };
            self.settle(&attempt.work, settled);
            waiting.remove(0);
        }
        Ok(())
    }

    /// What becomes of a mark that is not to be told. `None` where it is; then its item is found.
    fn needless(&mut self, attempt: &mut Attempt) -> Result<Option<Settled>, Halt> {
        let looked = match self.find(attempt) {
            Ok(Lookup::Found(_)) => self.look(attempt),
            Ok(Lookup::Unknown) => Ok(Some(judge::unknown(&attempt.work, self.now()))),
            Ok(Lookup::Several(why)) => Ok(Some(judge::undecided(&attempt.work, why, self.now()))),
            Err(halt) => Err(halt),
        };
        match looked {
            Err(Halt::Refused(why)) => Ok(Some(judge::refused(&attempt.work.intent, why))),
            looked => looked,
        }
    }

    /// What became of a mark in a call that was taken; each of `plays` stands for one.
    fn added(
        &self,
        attempt: &mut Attempt,
        synced: &Synced,
        plays: &mut Vec<(Found, Time)>,
    ) -> Settled {
        let Some(found) = attempt.found.clone().filter(|found| !synced.misses(found)) else {
            return judge::unknown(&attempt.work, self.now());
        };
        let Some(at) = plays.iter().position(|(play, _)| play.is(&found)) else {
            return attempt.done(How::Already, None); // marked twice
        };
        let (_, watched_at) = plays.swap_remove(at);
        let play = attempt.play(None, watched_at, watched_at);
        attempt.done(How::History, Some(play))
    }
}
