//! A start leaves before anybody knows whether Trakt means the same by its item's ids: that costs
//! one call, and the answer names what it was taken for.

use super::deliver::{Attempt, Halt};
use super::judge;
use super::thread::Courier;
use super::{Request, Settled};
use crate::tracker::trakt::api::Found;
use crate::tracker::trakt::lookup::Lookup;
use crate::tracker::trakt::{Thing, Timing, calls};

impl<R: Fn(Request)> Courier<'_, R> {
    /// Sends a start by ids of its item: that costs one call, and the answer tells what Trakt takes
    /// it for. Where the item was looked up before, that is known.
    pub(super) fn tell_start(
        &mut self,
        attempt: &mut Attempt,
        timing: Timing,
    ) -> Result<Settled, Halt> {
        let is_known = attempt.found.is_some() || self.was_looked_up(attempt);
        if let Some(call) = calls::direct(&attempt.work.intent).filter(|_| !is_known)
            && let Some(settled) = self.tell_by(attempt, &call)?
        {
            return Ok(settled);
        }
        self.tell_trakt(attempt, timing)
    }

    /// Trakt has taken a start that was told by ids of its item, for `thing`. `None` where that is
    /// it; else what becomes of the start, told anew of what is meant.
    pub(super) fn compare(
        &mut self,
        attempt: &mut Attempt,
        thing: &Thing,
    ) -> Result<Option<Settled>, Halt> {
        if let Some(found) = Found::sure(&attempt.work.intent.item, thing) {
            attempt.learn(found);
            return Ok(None);
        }
        match self.find(attempt)? {
            Lookup::Found(found) if found.is_thing(thing) => Ok(None),
            Lookup::Found(_) => self.tell_trakt(attempt, Timing::Live).map(Some),
            Lookup::Unknown | Lookup::Several(_) => {
                self.take_back(attempt, thing)?;
                Ok(Some(judge::unknown(&attempt.work, self.now())))
            }
        }
    }

    /// Nobody watches `thing`; Trakt would show it until it is over.
    fn take_back(&mut self, attempt: &mut Attempt, thing: &Thing) -> Result<(), Halt> {
        let reply = self.send(&calls::leave(thing))?;
        if let Some(hurdle) = judge::hurdle(&reply) {
            return Err(Halt::Hurdle(hurdle));
        }
        self.forget_thing(attempt, &Found::doubtful(thing))
    }
}
