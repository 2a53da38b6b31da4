//! A start leaves before anybody knows whether the tracker means the same by its item's ids: that
//! costs one call, and the answer names what it was taken for.

use super::deliver::Attempt;
use super::halt::Halt;
use super::judge;
use super::link::Link;
use crate::delivery::Settled;
use crate::tracker::{Found, Lookup, Named, Timing};

impl Attempt {
    /// Sends a start by ids of its item, where it was not looked up before.
    pub(super) fn tell_start(
        &mut self,
        link: &mut Link<'_>,
        timing: Timing,
    ) -> Result<Settled, Halt> {
        let is_known = self.found.is_some() || self.recall(link).is_some();
        if !is_known
            && let Some(call) = link.tracker.first_call(&self.work.intent)
            && let Some(settled) = self.tell_by(link, &call)?
        {
            return Ok(settled);
        }
        self.tell(link, timing)
    }

    /// A start that was told by ids of its item was taken for this. `None` where that is it; else
    /// what becomes of the start, told anew of what is meant.
    pub(super) fn compare(
        &mut self,
        link: &mut Link<'_>,
        named: Named,
    ) -> Result<Option<Settled>, Halt> {
        let doubtful = match named {
            Named::Sure(found) => {
                self.learn(found);
                return Ok(None);
            }
            Named::Doubtful(found) => found,
        };
        match self.find(link)? {
            Lookup::Found(found) if found.is(&doubtful) => Ok(None),
            Lookup::Found(_) => self.tell(link, Timing::Live).map(Some),
            Lookup::Unknown | Lookup::Several(_) => {
                self.take_back(link, &doubtful)?;
                Ok(Some(judge::unknown(&self.work, link.title(), link.now())))
            }
        }
    }

    /// Nobody watches `found`; it would be shown until it is over.
    fn take_back(&mut self, link: &mut Link<'_>, found: &Found) -> Result<(), Halt> {
        if let Some(call) = link.tracker.end(found) {
            let reply = link.send(&call)?;
            if let Some(hurdle) = link.tracker.hurdle(&reply) {
                return Err(Halt::Hurdle(hurdle));
            }
        }
        self.forget_found(link, found)
    }
}
