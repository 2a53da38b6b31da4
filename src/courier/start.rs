//! What is told before anybody knows whether the tracker means the same by the item's own names. That
//! costs one call, and the answer names what it was taken for.

use super::deliver::Attempt;
use super::halt::Halt;
use super::judge;
use super::link::Link;
use crate::delivery::{Settled, Work};
use crate::intent::Verb;
use crate::tracker::{Call, Found, Lookup, Named, Timing};

impl Attempt {
    /// Sends the intent: by names of its item, where the tracker takes those and it was not looked
    /// up before, else by what it was found to be.
    pub(super) fn tell(&mut self, link: &mut Link<'_>, timing: Timing) -> Result<Settled, Halt> {
        if link.looks_by_name()
            && matches!(self.work.intent.verb, Verb::Finish | Verb::Mark)
            && let Some(settled) = self.look(link)?
        {
            return Ok(settled);
        }
        if self.found.is_none() && self.recall(link).is_none() {
            let mut nth = 0;
            let intent = self.intent_at(link, timing);
            while let Some(call) = link.tracker.call_by_name(&intent, timing, self.show(), nth) {
                if let Some(settled) = self.tell_by(link, &call)? {
                    return Ok(settled);
                }
                nth += 1;
            }
        }
        self.tell_looked_up(link, timing)
    }

    /// Ends what else stands open, and may be over, where the tracker may make plays of such starts when
    /// the next one comes. What plays on is ended by its own play. Whether anything was ended.
    pub(super) fn end_what_may_be_over(&self, link: &mut Link<'_>) -> Result<bool, Halt> {
        if !link.tracker.traits().makes_plays_of_starts {
            return Ok(false);
        }
        for pause in &self.work.may_be_over {
            let work = Work { intent: pause.clone(), show: None, ..self.work.clone() };
            Self::of(&work, &*link.tracker).tell(link, Timing::Live)?;
        }
        Ok(!self.work.may_be_over.is_empty())
    }

    /// What was told by names of its item was taken for this. `None` where that is it; else what
    /// becomes of the intent, told anew of what is meant.
    pub(super) fn compare(
        &mut self,
        link: &mut Link<'_>,
        named: Named,
        end: Option<Call>,
    ) -> Result<Option<Settled>, Halt> {
        let doubtful = match named {
            Named::Sure(found) => {
                self.learn(found);
                return Ok(None);
            }
            Named::Doubtful(found) => found,
        };
        let lookup = self.find(link)?;
        if matches!(&lookup, Lookup::Found(found) if found.is(&doubtful)) {
            return Ok(None);
        }
        if self.work.intent.verb == Verb::Finish {
            return Ok(Some(self.mistaken(link, &doubtful))); // it is a play there
        }
        let is_found = matches!(lookup, Lookup::Found(_));
        if !(is_found && link.tracker.traits().one_at_a_time) {
            self.take_back(link, &doubtful, end)?;
        }
        if is_found {
            return self.tell_looked_up(link, Timing::Live).map(Some);
        }
        Ok(Some(judge::unknown(&self.work, link.title(), link.now())))
    }

    /// A play was taken for that of another item. Nothing is removed by itself: it may be that which
    /// was watched, and have been there before.
    fn mistaken(&mut self, link: &Link<'_>, taken_for: &Found) -> Settled {
        let (title, label) = (link.title(), self.work.intent.item.label());
        let year = taken_for.year.map(|year| format!(" ({year})")).unwrap_or_default();
        let other = format!("{}{year}", taken_for.title);
        Settled::Parked {
            why: format!(
                "{title} took `{label}` for `{other}`, and has that as watched now: correct it there, \
                 match the item in the media server, and retry or drop this"
            ),
        }
    }

    /// Nobody watches `found`; it would be shown until it is over.
    fn take_back(
        &mut self,
        link: &mut Link<'_>,
        found: &Found,
        end: Option<Call>,
    ) -> Result<(), Halt> {
        if let Some(call) = end.or_else(|| link.tracker.end(found)) {
            self.change(link, &call)?;
        }
        self.forget_found(link, found)
    }
}
