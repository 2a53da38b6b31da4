//! What Trakt knows of an intent's item, and what it has already.

use super::deliver::{Attempt, Halt};
use super::judge::{self, Hurdle};
use super::thread::Courier;
use super::{How, Learned, Request, Settled, Work};
use crate::event::Kind;
use crate::intent::{Intent, Verb};
use crate::secret::Secret;
use crate::tracker::trakt::Reply;
use crate::tracker::trakt::api;
use crate::tracker::trakt::lookup::Lookup;
use std::time::Duration;

/// A movie file shorter than this may be a trailer.
const TRAILER_MOST: Duration = Duration::from_secs(10 * 60);
/// And is one if the film is so many times as long.
const TRAILER_FACTOR: u64 = 3;
/// How often the history is looked at, where Trakt's clock is found to be another than was thought:
/// one answer says so, the next confirms it, and the third is of the right days.
const LOOKS_MOST: usize = 3;

impl<R: Fn(Request)> Courier<'_, R> {
    /// What the item is at Trakt.
    pub(super) fn find(&mut self, attempt: &mut Attempt) -> Result<Lookup, Halt> {
        if let Some(found) = &attempt.found {
            return Ok(Lookup::Found(found.clone()));
        }
        let access = self.ready()?;
        let now = self.clock().steady();
        let item = &attempt.work.intent.item;
        let show = attempt.work.show;
        let lookup = self.lookups.find(&self.client, &access, item, show, now);
        let lookup = self.heard(lookup)?;
        if let Lookup::Found(found) = &lookup {
            attempt.learn(found.clone());
        }
        Ok(lookup)
    }

    /// Trakt does not know the number any more under which it knew the item.
    pub(super) fn unlearn(&mut self, attempt: &mut Attempt) {
        attempt.found = None;
        attempt.learned.ids.trakt = None;
        attempt.work.intent.item.ids.trakt = None;
        self.lookups.forget(&attempt.work.intent.item);
    }

    /// Whether Trakt was asked of late what the item is.
    pub(super) fn was_looked_up(&self, attempt: &Attempt) -> bool {
        self.lookups.recall(&attempt.work.intent.item, self.clock().steady()).is_some()
    }

    /// What becomes of a play that Trakt has already; `None` where it is to be told.
    pub(super) fn look(&mut self, attempt: &mut Attempt) -> Result<Option<Settled>, Halt> {
        let Lookup::Found(found) = self.find(attempt)? else { return Ok(None) };
        let access = self.ready()?;
        let is_mark = attempt.work.intent.verb == Verb::Mark;
        let mut looks = 0;
        let plays = loop {
            let since = self.by_trakts_clock(&attempt.work, attempt.work.intent.began);
            let since = (!is_mark).then_some(since);
            let plays = api::plays(&self.client, &access, &found, since);
            let (plays, date) = self.heard(plays)?;
            looks += 1;
            // By the clock that stood until now plays may have been looked for on wrong days.
            if !self.compare_clocks(date) || looks == LOOKS_MOST {
                break plays;
            }
        };
        let work = self.work_by_trakts_clock(attempt);
        let play = judge::play_of_this_viewing(&work, &plays);
        Ok(play.map(|play| {
            if is_mark {
                return attempt.done(How::Already, None); // it stands for a viewing of its own
            }
            self.already(attempt, Some(play.id), play.watched_at)
        }))
    }

    /// The work of `attempt` with its times as Trakt's clock would have shown them, and with those
    /// plays of ours that are of what its item was found to be: a neighbour may share a name.
    pub(super) fn work_by_trakts_clock(&self, attempt: &Attempt) -> Work {
        let mut work = attempt.work.clone();
        work.intent.at = self.by_trakts_clock(&attempt.work, work.intent.at);
        work.intent.began = self.by_trakts_clock(&attempt.work, work.intent.began);
        if let Some(found) = &attempt.found {
            work.ours.retain(|play| play.trakt.is_none_or(|trakt| trakt == found.trakt));
        }
        work
    }

    /// Asks for the runtime of what was just begun, where the media server does not know it:
    /// without one nobody can tell how far it is played. Nothing depends on the answer.
    pub(super) fn learn_runtime(&mut self, attempt: &Attempt, learned: &mut Learned) {
        let Intent { verb, item, .. } = &attempt.work.intent;
        let wanted = *verb == Verb::Start && item.runtime_ms.or(learned.runtime_ms).is_none();
        if let Some(found) = attempt.found.as_ref().filter(|_| wanted)
            && let Ok(access) = self.ready()
        {
            learned.runtime_ms = api::runtime(&self.client, &access, found).ok().flatten();
        }
    }

    /// Why the movie at hand is a trailer (cenodude/CrossWatch#543), if it is one.
    pub(super) fn trailer(&mut self, attempt: &mut Attempt) -> Result<Option<String>, Halt> {
        let item = &attempt.work.intent.item;
        let plays = match attempt.work.intent.verb {
            Verb::Start | Verb::Pause | Verb::Left | Verb::Abandoned | Verb::Finish => true,
            Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => false,
        };
        let Some(runtime_ms) = item.runtime_ms.filter(|_| plays && item.kind == Kind::Movie) else {
            return Ok(None);
        };
        if Duration::from_millis(runtime_ms) >= TRAILER_MOST {
            return Ok(None);
        }
        let Lookup::Found(found) = self.find(attempt)? else { return Ok(None) };
        let access = self.ready()?;
        let theirs = api::runtime(&self.client, &access, &found);
        let theirs = self.heard(theirs)?;
        attempt.learned.runtime_ms = theirs;
        let is_trailer = theirs.is_some_and(|ms| ms > runtime_ms.saturating_mul(TRAILER_FACTOR));
        Ok(is_trailer.then(|| {
            let minutes = theirs.unwrap_or_default() / 60_000;
            format!("a trailer: at Trakt the film has {minutes} minutes")
        }))
    }

    /// The token for a question; questions need not keep the pace.
    pub(super) fn ready(&mut self) -> Result<Secret, Halt> {
        self.take_wakes()?;
        self.access()
    }

    /// The answer to a question, or what its reply says of the account.
    pub(super) fn heard<T>(&mut self, answer: Result<T, Reply>) -> Result<T, Halt> {
        let reply = match answer {
            Ok(answer) => {
                // Trakt may read and not write: what gets through here ends no back-off, and no
                // trouble of the account.
                if self.is_well() {
                    self.well();
                }
                return Ok(answer);
            }
            Err(reply) => reply,
        };
        Err(match (judge::hurdle(&reply), reply) {
            (Some(hurdle), _) => Halt::Hurdle(hurdle),
            (None, Ok(answer)) if answer.status == 420 => Halt::Refused(judge::limit_reached()),
            (None, Ok(answer)) => {
                Halt::Refused(format!("Trakt refuses a look-up ({})", answer.status))
            }
            (None, Err(failure)) => Halt::Refused(failure.to_string()),
        })
    }

    /// The user may log out at any moment.
    pub(super) fn access(&self) -> Result<Secret, Halt> {
        let pair = self.tokens.as_ref().ok_or(Halt::Hurdle(Hurdle::Unauthorised))?;
        Ok(pair.access.clone())
    }
}
