//! One intent on its way to a tracker.

use super::halt::{Halt, Setback, Stop};
use super::judge;
use super::link::Link;
use crate::delivery::{How, ItemFacts, OurPlay, Settled, Work};
use crate::event::{Kind, Time};
use crate::http::Reply;
use crate::intent::{Intent, Verb};
use crate::tracker::{Call, CallOutcome, Effect, Found, Hurdle, Lookup, Timing, Tracker};

/// An attempt: the work, with what has become known of it.
pub(super) struct Attempt {
    pub(super) work: Work,
    pub(super) learned: ItemFacts,
    pub(super) found: Option<Found>,
    pub(super) maybe_sent: bool,
}

/// Tries to deliver `work` and says what became of it.
pub(super) fn deliver(link: &mut Link<'_>, work: &Work) -> Result<(), Stop> {
    let mut attempt = Attempt::of(work, &*link.tracker);
    match link.insist(|link| attempt.try_once(link)) {
        Ok(mut settled) => {
            if let Settled::Done { learned, .. } = &mut settled {
                link.well();
                attempt.learn_runtime(link, learned);
            }
            link.queue.settle(work, settled);
        }
        Err(setback) => {
            link.queue.settle(work, attempt.set_back(&setback, link.now()));
            if matches!(setback, Setback::Stop) {
                return Err(Stop);
            }
        }
    }
    Ok(())
}

impl Attempt {
    pub(super) fn of(work: &Work, tracker: &dyn Tracker) -> Self {
        Self {
            work: work.clone(),
            learned: ItemFacts::default(),
            found: tracker.known(&work.intent.item),
            maybe_sent: work.maybe_sent,
        }
    }

    pub(super) fn learn(&mut self, found: Found) {
        self.learned.ids.learn(&found.ids);
        self.learned.show = self.learned.show.or(found.show);
        self.work.intent.item.ids.learn(&found.ids);
        self.found = Some(found);
    }

    /// A play of this item at the tracker.
    pub(super) fn play(&self, id: Option<u64>, watched_at: Time, ended: Time) -> OurPlay {
        OurPlay { id, watched_at, ended, item: self.found.as_ref().map(|found| found.number) }
    }

    pub(super) fn done(&mut self, how: How, play: Option<OurPlay>) -> Settled {
        Settled::Done { how, learned: std::mem::take(&mut self.learned), play }
    }

    /// What becomes of it when it came to no end.
    pub(super) fn set_back(&self, setback: &Setback, now: Time) -> Settled {
        let held = |until, why| Settled::Held { until, why, maybe_sent: self.maybe_sent };
        match setback {
            Setback::Held(until, why) => held(*until, why.clone()),
            Setback::Refused(why) => judge::refused(&self.work, why.clone()),
            Setback::Stop => held(now, "the daemon is stopping".to_owned()),
        }
    }

    fn try_once(&mut self, link: &mut Link<'_>) -> Result<Settled, Halt> {
        let now = link.now();
        if let Some(why) = judge::outlived(&self.work, link.tracker.traits(), now) {
            return Ok(Settled::Dropped { why });
        }
        if link.is_short_of_calls() && !self.work.is_lasting() {
            return Ok(Settled::Dropped { why: judge::kept_in_hand(link.title()) });
        }
        if let Some(why) = link.tracker.needless(&self.work.intent) {
            return Ok(Settled::Dropped { why });
        }
        let timing = Timing::of(&self.work.intent, now);
        if let Some(why) = link.tracker.unsayable(&self.work.intent, timing) {
            return Ok(judge::unsayable(&self.work, why));
        }
        if let Some(why) = self.trailer(link)? {
            return Ok(Settled::Dropped { why });
        }
        let settled = match self.work.intent.verb {
            Verb::Mark => self.tell(link, Timing::Late)?,
            // With the time that it may have there already.
            Verb::Finish if timing == Timing::Late || (self.maybe_sent && link.looks_by_name()) => {
                self.end_start(link)?;
                self.tell(link, Timing::Late)?
            }
            Verb::Start => {
                self.end_what_may_be_over(link)?;
                self.tell(link, timing)?
            }
            Verb::Finish
            | Verb::Pause
            | Verb::Left
            | Verb::Abandoned
            | Verb::Rate(_)
            | Verb::Unrate
            | Verb::Unmark => self.tell(link, timing)?,
        };
        if self.work.is_paused
            && matches!(settled, Settled::Done { how: How::History | How::Already, .. })
        {
            self.clear_pause(link);
        }
        if self.work.intent.verb == Verb::Finish
            && self.work.intent.item.kind == Kind::Movie
            && matches!(settled, Settled::Done { .. })
        {
            self.take_off_watchlist(link);
        }
        Ok(settled)
    }

    /// Ends the start of a play that no stop ends: the history ends none, and a stop that was refused
    /// has ended none.
    fn end_start(&mut self, link: &mut Link<'_>) -> Result<(), Halt> {
        if !link.is_short_of_calls() {
            self.work.is_paused |= self.end_what_may_be_over(link)?;
        }
        Ok(())
    }

    /// Sends the intent by what its item was found to be, having looked for its play first where
    /// the tracker takes the same one twice.
    pub(super) fn tell_looked_up(
        &mut self,
        link: &mut Link<'_>,
        timing: Timing,
    ) -> Result<Settled, Halt> {
        loop {
            let was_known = self.found.is_some();
            if !link.looks_by_name()
                && matches!(self.work.intent.verb, Verb::Finish | Verb::Mark)
                && let Some(settled) = self.look(link)?
            {
                return Ok(settled);
            }
            match self.tell_found(link, timing)? {
                Some(settled) => return Ok(settled),
                // A number from long ago may have gone.
                None if was_known => self.unlearn(link),
                None => return Ok(judge::unknown(&self.work, link.title(), link.now())),
            }
        }
    }

    /// Sends the intent by what its item was found to be. `None` where the tracker does not know
    /// that.
    fn tell_found(&mut self, link: &mut Link<'_>, timing: Timing) -> Result<Option<Settled>, Halt> {
        let found = match self.find(link)? {
            Lookup::Found(found) => found,
            Lookup::Unknown => return Ok(None),
            Lookup::Several(why) => {
                return Ok(Some(judge::undecided(&self.work, why, link.now())));
            }
        };
        let intent = self.intent_at(link, timing);
        let mut nth = 0;
        while let Some(call) = link.tracker.call(&intent, timing, &found, nth) {
            if let Some(settled) = self.tell_by(link, &call)? {
                return Ok(Some(settled));
            }
            nth += 1;
        }
        Ok(None)
    }

    /// The intent, with its time by the tracker's clock where it is told with one.
    pub(super) fn intent_at(&self, link: &Link<'_>, timing: Timing) -> Intent {
        let mut intent = self.work.intent.clone();
        if timing == Timing::Late {
            intent.at = link.by_their_clock(&self.work, intent.at);
        }
        intent
    }

    /// Sends the intent by one call. `None` where the tracker does not know the item by it.
    pub(super) fn tell_by(
        &mut self,
        link: &mut Link<'_>,
        call: &Call,
    ) -> Result<Option<Settled>, Halt> {
        link.keep_pace()?;
        let is_late = Timing::of(&self.work.intent, link.now()) == Timing::Late;
        if call.effect == Effect::PlayNow && is_late {
            self.end_start(link)?;
            return self.tell(link, Timing::Late).map(Some); // it has become late on the way
        }
        let reply = self.send(link, call)?;
        match link.tracker.judge(call, &reply) {
            CallOutcome::Taken => self.taken(link, call, &reply).map(Some),
            CallOutcome::Unknown => Ok(None),
            CallOutcome::Had => {
                Ok(Some(self.already(link, None, self.intent_at(link, Timing::Late).at)))
            }
            CallOutcome::Repeats(Some(at))
                if judge::is_of_this_viewing(&self.work_by_their_clock(link), None, at) =>
            {
                Ok(Some(self.already(link, None, at)))
            }
            CallOutcome::Repeats(_) => {
                self.end_start(link)?;
                self.tell(link, Timing::Late).map(Some)
            }
            CallOutcome::NothingAdded => self.nothing_added(link).map(Some),
            CallOutcome::Refused(why) => {
                let (account, title) = (&link.queue.destination.account, link.title());
                log::warn!("account `{account}`: {title} refuses {call}: {why}");
                Ok(Some(judge::refused(&self.work, why)))
            }
            CallOutcome::Stumbles(why) => match judge::stumbled(&self.work, why, link.now()) {
                Ok(settled) => Ok(Some(settled)),
                Err(why) => Err(Halt::Hurdle(Hurdle::Unreachable { told: None, why })),
            },
            CallOutcome::Hurdle(hurdle) => Err(Halt::Hurdle(hurdle)),
        }
    }

    fn taken(&mut self, link: &mut Link<'_>, call: &Call, reply: &Reply) -> Result<Settled, Halt> {
        let answer = reply.as_ref().ok();
        let (item, show) = (&self.work.intent.item, self.work.show);
        let taken = answer.map(|answer| link.tracker.taken(item, show, answer)).unwrap_or_default();
        if self.found.is_none()
            && let Some(named) = taken.named
            && let Some(settled) = self.compare(link, named, taken.end)?
        {
            return Ok(settled);
        }
        let ended = link.by_their_clock(&self.work, self.work.intent.at);
        if call.effect == Effect::AddPlays {
            let play = self.play(None, ended, ended);
            return Ok(self.done(How::History, Some(play)));
        }
        match self.work.intent.verb {
            Verb::Finish => {
                let watched_at = answer.and_then(|answer| answer.date).unwrap_or(link.now());
                // Our clock may be ahead, and nobody know it yet: what is told has ended.
                let play = self.play(taken.play, watched_at, ended.min(watched_at));
                Ok(self.done(How::Told, Some(play)))
            }
            Verb::Abandoned => {
                match taken.forget {
                    Some(call) => self.change(link, &call)?,
                    None => self.forget(link)?,
                }
                Ok(self.done(How::Told, None))
            }
            Verb::Unmark => Ok(self.done(How::Removed, None)),
            Verb::Start | Verb::Pause | Verb::Left | Verb::Rate(_) | Verb::Unrate | Verb::Mark => {
                Ok(self.done(How::Told, None))
            }
        }
    }

    /// The tracker has taken the call, and says that nothing came of it.
    fn nothing_added(&mut self, link: &mut Link<'_>) -> Result<Settled, Halt> {
        if matches!(self.work.intent.verb, Verb::Finish | Verb::Mark)
            && let Some(settled) = self.look(link)?
        {
            return Ok(settled);
        }
        Ok(judge::nothing_added(&self.work, link.title(), link.now()))
    }

    /// The tracker has this play; it stands for this viewing from now on.
    pub(super) fn already(&mut self, link: &Link<'_>, id: Option<u64>, at: Time) -> Settled {
        let ended = link.by_their_clock(&self.work, self.work.intent.at);
        let play = self.play(id, at, ended);
        self.done(How::Already, Some(play))
    }

    /// Removes the stored position that a pause leaves, so that skimming leaves no litter.
    fn forget(&mut self, link: &mut Link<'_>) -> Result<(), Halt> {
        let (item, show) = (&self.work.intent.item, self.show());
        let named = link.ask(|tracker, ask| tracker.forgetting_by_name(ask, item, show))?;
        if let Some(calls) = named {
            return calls.iter().try_for_each(|call| self.change(link, call));
        }
        let Lookup::Found(found) = self.find(link)? else { return Ok(()) };
        self.forget_found(link, &found)
    }

    /// Removes the stored position of what the item was found to be, or taken for.
    pub(super) fn forget_found(&mut self, link: &mut Link<'_>, found: &Found) -> Result<(), Halt> {
        let calls = link.ask(|tracker, ask| tracker.forgetting(ask, found))?;
        calls.iter().try_for_each(|call| self.change(link, call))
    }

    /// Makes a call whose answer matters only where it stands in the way of all.
    pub(super) fn change(&mut self, link: &mut Link<'_>, call: &Call) -> Result<(), Halt> {
        let reply = self.send(link, call)?;
        link.tracker.hurdle(&reply).map_or(Ok(()), |hurdle| Err(Halt::Hurdle(hurdle)))
    }

    /// A stop would end what shows as paused; a play that is added to the history does not. Tried
    /// once: the play is what counts, and it is safe.
    fn clear_pause(&mut self, link: &mut Link<'_>) {
        if self.forget(link).is_err() {
            let (account, title) = (&link.queue.destination.account, link.title());
            let label = self.work.intent.item.label();
            log::warn!("account `{account}`: `{label}` may still show as paused at {title}");
        }
    }

    /// Tried once: the play is what counts, and it is safe.
    fn take_off_watchlist(&mut self, link: &mut Link<'_>) {
        let call = link.tracker.unlist(&self.work.intent.item, self.found.as_ref());
        let Some(call) = call else { return };
        let why = match link.send(&call) {
            Ok(Ok(answer)) if answer.status < 300 => return,
            Ok(Ok(answer)) => format!("{} answered {}", link.title(), answer.status),
            Ok(Err(failure)) => failure.to_string(),
            Err(Halt::Stop | Halt::Hurdle(_) | Halt::Refused(_)) => {
                "the daemon is stopping".to_owned()
            }
        };
        let (account, label) = (&link.queue.destination.account, self.work.intent.item.label());
        log::warn!("account `{account}`: `{label}` stays on the watchlist: {why}");
    }

    fn send(&mut self, link: &mut Link<'_>, call: &Call) -> Result<Reply, Halt> {
        let reply = link.send(call)?;
        self.maybe_sent |= link.tracker.may_have_obeyed(call, &reply);
        Ok(reply)
    }
}
