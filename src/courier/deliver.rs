//! One intent on its way to Trakt.

use super::judge::{self, Hurdle, Ruling};
use super::login::Renewal;
use super::thread::{Courier, Stop};
use super::{How, Learned, OurPlay, Request, Settled, Work, rehearsal};
use crate::event::{Kind, Time};
use crate::intent::Verb;
use crate::tracker::trakt::api::{self, Found, Taken};
use crate::tracker::trakt::calls::{self, forget_position, unlist};
use crate::tracker::trakt::lookup::Lookup;
use crate::tracker::trakt::{Call, Reply, Timing};

/// Why an attempt came to no end.
pub(super) enum Halt {
    /// Something stands in the way of the whole account.
    Hurdle(Hurdle),
    /// A look-up was refused in a way that would repeat itself.
    Refused(String),
    Stop,
}

impl From<Stop> for Halt {
    fn from(_: Stop) -> Self {
        Self::Stop
    }
}

/// What is left of a [`Halt`] once all has been tried that may be tried at once.
pub(super) enum Setback {
    /// Nothing leaves before this time, for this reason.
    Held(Time, String),
    Refused(String),
    Stop,
}

/// An attempt: the work, with what has become known of it.
pub(super) struct Attempt {
    pub(super) work: Work,
    pub(super) learned: Learned,
    pub(super) found: Option<Found>,
    pub(super) maybe_sent: bool,
}

impl Attempt {
    pub(super) fn of(work: &Work) -> Self {
        Self {
            work: work.clone(),
            learned: Learned::default(),
            found: Found::known(&work.intent.item),
            maybe_sent: work.maybe_sent,
        }
    }

    pub(super) fn learn(&mut self, found: Found) {
        self.learned.ids.learn(&found.ids);
        self.learned.show = self.learned.show.or(found.show);
        self.work.intent.item.ids.learn(&found.ids);
        self.found = Some(found);
    }

    /// A play of this item at Trakt.
    pub(super) fn play(&self, id: Option<u64>, watched_at: Time, ended: Time) -> OurPlay {
        OurPlay { id, watched_at, ended, trakt: self.found.as_ref().map(|found| found.trakt) }
    }

    pub(super) fn done(&mut self, how: How, play: Option<OurPlay>) -> Settled {
        Settled::Done { how, learned: std::mem::take(&mut self.learned), play }
    }

    /// What becomes of it when it came to no end.
    pub(super) fn set_back(&self, setback: &Setback, now: Time) -> Settled {
        let held = |until, why| Settled::Held { until, why, maybe_sent: self.maybe_sent };
        match setback {
            Setback::Held(until, why) => held(*until, why.clone()),
            Setback::Refused(why) => judge::refused(&self.work.intent, why.clone()),
            Setback::Stop => held(now, "the daemon stops".to_owned()),
        }
    }
}

impl<R: Fn(Request)> Courier<'_, R> {
    /// Tries to deliver `work` and says what became of it.
    pub(super) fn deliver(&mut self, work: &Work) -> Result<(), Stop> {
        if self.setup.dry_run {
            self.settle(work, rehearsal::rehearse(work, self.now()));
            return Ok(());
        }
        let mut attempt = Attempt::of(work);
        match self.insist(|courier| courier.try_once(&mut attempt)) {
            Ok(mut settled) => {
                if let Settled::Done { learned, .. } = &mut settled {
                    self.well();
                    self.learn_runtime(&attempt, learned);
                }
                self.settle(work, settled);
            }
            Err(setback) => {
                self.settle(work, attempt.set_back(&setback, self.now()));
                if matches!(setback, Setback::Stop) {
                    return Err(Stop);
                }
            }
        }
        Ok(())
    }

    /// Tries, and once more with a new token where the old one was refused.
    pub(super) fn insist<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<T, Halt>,
    ) -> Result<T, Setback> {
        let mut refreshed = false;
        loop {
            let (until, why) = match attempt(self) {
                Ok(done) => return Ok(done),
                Err(Halt::Refused(why)) => return Err(Setback::Refused(why)),
                Err(Halt::Stop) => return Err(Setback::Stop),
                Err(Halt::Hurdle(Hurdle::Unauthorised)) if !refreshed && !self.grant_is_dead => {
                    refreshed = true;
                    match self.refresh() {
                        Ok(Renewal::Renewed) => continue,
                        Ok(Renewal::LoginNeeded) => self.hold(Hurdle::Unauthorised),
                        Ok(Renewal::Trouble(trouble)) => self.hold(Hurdle::Trouble(trouble)),
                        Ok(Renewal::Later(why)) => self.hold_for_refresh(&why),
                        Err(Stop) => return Err(Setback::Stop),
                    }
                }
                Err(Halt::Hurdle(hurdle)) => self.hold(hurdle),
            };
            return Err(Setback::Held(until, why));
        }
    }

    fn try_once(&mut self, attempt: &mut Attempt) -> Result<Settled, Halt> {
        let now = self.now();
        if let Some(why) = judge::outlived(&attempt.work.intent, now) {
            return Ok(Settled::Dropped { why });
        }
        let timing = Timing::of(&attempt.work.intent, now);
        if !calls::is_sayable(&attempt.work.intent, timing) {
            return Ok(unsayable(&attempt.work));
        }
        if let Some(why) = self.trailer(attempt)? {
            return Ok(Settled::Dropped { why });
        }
        let settled = match attempt.work.intent.verb {
            Verb::Start => self.tell_start(attempt, timing)?,
            Verb::Mark => self.tell_trakt(attempt, Timing::Late)?,
            Verb::Finish
            | Verb::Pause
            | Verb::Left
            | Verb::Abandoned
            | Verb::Rate(_)
            | Verb::Unrate
            | Verb::Unmark => self.tell_trakt(attempt, timing)?,
        };
        if attempt.work.is_paused
            && matches!(settled, Settled::Done { how: How::History | How::Already, .. })
        {
            self.clear_pause(attempt);
        }
        let watched = attempt.work.intent.verb == Verb::Finish
            && attempt.work.intent.item.kind == Kind::Movie
            && matches!(settled, Settled::Done { .. });
        if watched && self.setup.trakt.remove_from_watchlist {
            self.take_off_watchlist(attempt);
        }
        Ok(settled)
    }

    /// Sends the intent by the number of what its item was found to be. Trakt's history does not
    /// mind the same play twice, so it is looked at first.
    pub(super) fn tell_trakt(
        &mut self,
        attempt: &mut Attempt,
        timing: Timing,
    ) -> Result<Settled, Halt> {
        loop {
            let was_known = attempt.found.is_some();
            if matches!(attempt.work.intent.verb, Verb::Finish | Verb::Mark)
                && let Some(settled) = self.look(attempt)?
            {
                return Ok(settled);
            }
            match self.tell_numbered(attempt, timing)? {
                Some(settled) => return Ok(settled),
                // A number from long ago may have gone at Trakt.
                None if was_known => self.unlearn(attempt),
                None => return Ok(judge::unknown(&attempt.work, self.now())),
            }
        }
    }

    /// Sends the intent by the number that its item has at Trakt. `None` where Trakt does not know
    /// that.
    fn tell_numbered(
        &mut self,
        attempt: &mut Attempt,
        timing: Timing,
    ) -> Result<Option<Settled>, Halt> {
        let found = match self.find(attempt)? {
            Lookup::Found(found) => found,
            Lookup::Unknown => return Ok(None),
            Lookup::Several(why) => {
                return Ok(Some(judge::undecided(&attempt.work, why, self.now())));
            }
        };
        let mut intent = attempt.work.intent.clone();
        if timing == Timing::Late {
            intent.at = self.by_trakts_clock(&attempt.work, intent.at);
        }
        match calls::numbered(&intent, timing, &found) {
            Some(call) => self.tell_by(attempt, &call),
            None => Ok(None),
        }
    }

    /// Sends the intent by one name. `None` where Trakt does not know that.
    pub(super) fn tell_by(
        &mut self,
        attempt: &mut Attempt,
        call: &Call,
    ) -> Result<Option<Settled>, Halt> {
        self.keep_pace()?;
        let is_late = Timing::of(&attempt.work.intent, self.now()) == Timing::Late;
        if call.path == "/scrobble/stop" && is_late {
            return self.tell_trakt(attempt, Timing::Late).map(Some); // it has become late on the way
        }
        let reply = self.send_for(attempt, call)?;
        match judge::judge(&self.work_by_trakts_clock(attempt), call, &reply) {
            Ruling::Taken => self.taken(attempt, call, &reply).map(Some),
            Ruling::Unknown => Ok(None),
            Ruling::Already => {
                let at = reply.ok().and_then(|answer| api::taken_before(&answer));
                let at = at.unwrap_or(attempt.work.intent.at);
                Ok(Some(self.already(attempt, None, at)))
            }
            Ruling::SecondViewing => self.tell_trakt(attempt, Timing::Late).map(Some),
            Ruling::NothingAdded => self.nothing_added(attempt).map(Some),
            Ruling::Refused(why) => {
                log::warn!("account `{}`: Trakt refuses {call}: {why}", self.setup.account);
                Ok(Some(judge::refused(&attempt.work.intent, why)))
            }
            Ruling::Hurdle(hurdle) => Err(Halt::Hurdle(hurdle)),
        }
    }

    fn taken(
        &mut self,
        attempt: &mut Attempt,
        call: &Call,
        reply: &Reply,
    ) -> Result<Settled, Halt> {
        let answer = reply.as_ref().ok();
        let item = &attempt.work.intent.item;
        let taken = answer.map(|answer| Taken::read(item, answer)).unwrap_or_default();
        if attempt.found.is_none()
            && let Some(thing) = taken.thing
            && let Some(settled) = self.compare(attempt, &thing)?
        {
            return Ok(settled);
        }
        let ended = self.by_trakts_clock(&attempt.work, attempt.work.intent.at);
        if call.adds_history() {
            let play = attempt.play(None, ended, ended);
            return Ok(attempt.done(How::History, Some(play)));
        }
        match attempt.work.intent.verb {
            Verb::Finish => {
                let watched_at = answer.and_then(|answer| answer.date).unwrap_or(self.now());
                // Our clock may be ahead, and nobody know it yet: what is told has ended.
                let play = attempt.play(taken.play, watched_at, ended.min(watched_at));
                Ok(attempt.done(How::Told, Some(play)))
            }
            Verb::Abandoned => {
                self.forget(attempt)?;
                Ok(attempt.done(How::Told, None))
            }
            Verb::Unmark => Ok(attempt.done(How::Removed, None)),
            Verb::Start | Verb::Pause | Verb::Left | Verb::Rate(_) | Verb::Unrate | Verb::Mark => {
                Ok(attempt.done(How::Told, None))
            }
        }
    }

    /// Trakt has taken the call, and says that nothing came of it.
    fn nothing_added(&mut self, attempt: &mut Attempt) -> Result<Settled, Halt> {
        if matches!(attempt.work.intent.verb, Verb::Finish | Verb::Mark)
            && let Some(settled) = self.look(attempt)?
        {
            return Ok(settled);
        }
        Ok(judge::nothing_added(&attempt.work, self.now()))
    }

    /// Trakt has this play; it stands for this viewing from now on.
    pub(super) fn already(&self, attempt: &mut Attempt, id: Option<u64>, at: Time) -> Settled {
        let ended = self.by_trakts_clock(&attempt.work, attempt.work.intent.at);
        let play = attempt.play(id, at, ended);
        attempt.done(How::Already, Some(play))
    }

    /// Removes the stored position that a pause leaves, so that skimming leaves no litter.
    fn forget(&mut self, attempt: &mut Attempt) -> Result<(), Halt> {
        let Lookup::Found(found) = self.find(attempt)? else { return Ok(()) };
        self.forget_thing(attempt, &found)
    }

    /// Removes the stored position of what `attempt` was found to be, or taken for.
    pub(super) fn forget_thing(
        &mut self,
        attempt: &mut Attempt,
        found: &Found,
    ) -> Result<(), Halt> {
        let access = self.ready()?;
        let positions = api::positions(&self.client, &access, found);
        for id in self.heard(positions)? {
            let reply = self.send_for(attempt, &forget_position(id))?;
            if let Some(hurdle) = judge::hurdle(&reply) {
                return Err(Halt::Hurdle(hurdle));
            }
        }
        Ok(())
    }

    /// A stop would end what shows as paused; a play that is added to the history does not. Tried
    /// once: the play is what counts, and it is safe.
    fn clear_pause(&mut self, attempt: &mut Attempt) {
        if self.forget(attempt).is_err() {
            let label = attempt.work.intent.item.label();
            log::warn!(
                "account `{}`: `{label}` may still show as paused at Trakt",
                self.setup.account
            );
        }
    }

    /// Tried once: the play is what counts, and it is safe.
    fn take_off_watchlist(&mut self, attempt: &mut Attempt) {
        let Some(found) = &attempt.found else { return };
        let why = match self.send(&unlist(found)) {
            Ok(Ok(answer)) if answer.status < 300 => return,
            Ok(Ok(answer)) => format!("Trakt answered {}", answer.status),
            Ok(Err(failure)) => failure.to_string(),
            Err(Halt::Stop | Halt::Hurdle(_) | Halt::Refused(_)) => "we are stopping".to_owned(),
        };
        let label = attempt.work.intent.item.label();
        log::warn!("account `{}`: `{label}` stays on the watchlist: {why}", self.setup.account);
    }

    fn send_for(&mut self, attempt: &mut Attempt, call: &Call) -> Result<Reply, Halt> {
        let reply = self.send(call)?;
        attempt.maybe_sent |= judge::maybe_taken(call, &reply);
        Ok(reply)
    }

    /// Makes a call that changes something, at Trakt's pace.
    pub(super) fn send(&mut self, call: &Call) -> Result<Reply, Halt> {
        self.keep_pace()?;
        let access = self.access()?;
        let reply = self.client.send(call, Some(&access));
        self.changed();
        match &reply {
            Ok(answer) => {
                log::debug!("account `{}`: {call} → {}", self.setup.account, answer.status);
                if judge::hurdle(&reply).is_none() {
                    self.compare_clocks(answer.date);
                    self.well();
                }
            }
            Err(failure) => log::debug!("account `{}`: {call} → {failure}", self.setup.account),
        }
        Ok(reply)
    }
}

/// What becomes of an intent for which there is no call.
pub(super) fn unsayable(work: &Work) -> Settled {
    let why = calls::unsayable(&work.intent);
    match work.intent.verb {
        Verb::Pause | Verb::Left => Settled::Dropped { why },
        Verb::Start
        | Verb::Abandoned
        | Verb::Finish
        | Verb::Rate(_)
        | Verb::Unrate
        | Verb::Mark
        | Verb::Unmark => judge::refused(&work.intent, why),
    }
}
