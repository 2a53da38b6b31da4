//! Who is told that something waits, and what couriers ask of the desk: what is next, and what has become
//! of it.

use super::disk::Doing;
use super::line::{ActivityEntry, ActivityKind};
use super::parked::Due;
use super::thread::{Desk, SICK};
use crate::courier::CourierMessage;
use crate::delivery::{Destination, Kept, Next, Notice, Settled, Work};
use crate::engine::{Input, Learned};
use crate::event::{Ear, Time};
use crate::intent::{Intent, Verb};
use crate::store::StoreError;
use crate::tracker::all;
use crate::verdict::Reason;

impl Desk {
    /// Lets whom it concerns know of what was decided and is on the disk.
    pub(super) fn announce(
        &mut self,
        intents: &[Intent],
        parked: Vec<(Intent, Reason)>,
        now: Time,
    ) {
        if intents.is_empty() && parked.is_empty() {
            return;
        }
        let accounts = || intents.iter().map(|intent| intent.account.as_str());
        self.keep_last_of_receivers_only(accounts());
        self.count();
        for (intent, reason) in parked {
            let of = Destination::new(&intent.account, "");
            self.tell_of_trouble(Notice::parked(of, 0, intent, reason.to_string(), now));
        }
        self.wake(accounts());
        self.wake_receivers(intents);
    }

    pub(super) fn courier(&mut self, request: CourierMessage, now: Time) {
        match request {
            CourierMessage::Next { destination, reply } => {
                let next = self.next(&destination, now);
                let _ = reply.send(next);
            }
            CourierMessage::Settled { destination, id, settled } => {
                self.settle(&destination, id, &settled, now);
                self.go_on_with_farewell(&destination, now);
            }
            CourierMessage::Tokens { destination, pair, replaces, reply } => {
                let kept = self.renew(&destination, &pair, &replaces);
                let _ = reply.send(kept.unwrap_or_else(Kept::Refused)); // a courier that ends needs none
            }
            CourierMessage::Calls { destination, quota } => self.hear_quota(destination, quota),
            CourierMessage::ReceiverState { name, state } => {
                self.hear_receiver(&name, state, now);
            }
            CourierMessage::State { destination, state } => {
                self.hear_state(&destination, state, now);
                self.go_on_with_farewell(&destination, now);
            }
            CourierMessage::LoggedOut { destination } => self.logged_out(&destination),
        }
    }

    fn next(&mut self, destination: &Destination, now: Time) -> Next {
        if self.unsettled.contains_key(destination) {
            return Next::Idle { until: Some(now.after(SICK)) };
        }
        if destination.receiver_name().is_some() {
            self.end_waiting(now);
        }
        let next = if self.farewells.are_under_way(destination) {
            self.store.next_end(destination, now)
        } else {
            self.store.next(destination, now)
        };
        let found = next.and_then(|mut next| {
            match &mut next {
                Next::Work(work) => self.complete(destination, work, now)?,
                Next::Marks(works) => {
                    let mut works = works.iter_mut();
                    works.try_for_each(|work| self.complete(destination, work, now))?;
                }
                Next::Idle { .. } => {}
            }
            let works = match &mut next {
                Next::Work(work) => std::slice::from_mut(&mut **work),
                Next::Marks(works) => works.as_mut_slice(),
                Next::Idle { .. } => &mut [],
            };
            let intents = works.iter_mut().map(|work| &mut work.intent);
            let until = intents.filter_map(|intent| self.add_show(destination, intent)).max();
            if until.is_some() {
                self.store.take_back(destination);
                next = Next::Idle { until };
            }
            Ok(next)
        });
        let reading = Doing::Reading(destination.account.clone());
        match found {
            Ok(next) => {
                self.taken(&reading);
                next
            }
            Err(error) => {
                self.refused(reading, &error);
                Next::Idle { until: Some(now.after(SICK)) }
            }
        }
    }

    /// Writes what could not be written.
    pub(super) fn settle_again(&mut self, now: Time) {
        for (destination, all) in std::mem::take(&mut self.unsettled) {
            for (id, settled) in all {
                self.settle(&destination, id, &settled, now);
            }
        }
        if self.unsettled.is_empty() {
            self.taken(&Doing::Settling);
        }
    }

    /// Adds what is known of the item of `work`.
    fn complete(&mut self, to: &Destination, work: &mut Work, now: Time) -> Result<(), StoreError> {
        if let Some(known) = self.state.known(&work.intent.account, &work.intent.item) {
            work.intent.item.ids.learn(&known.ids);
            work.intent.item.runtime_ms = work.intent.item.runtime_ms.or(known.runtime_ms);
        }
        if to.receiver_name().is_some() {
            return Ok(());
        }
        work.ours = self.store.plays(to, &work.intent.item)?;
        work.is_paused = work.intent.verb == Verb::Finish
            && self.store.keeps_position(to, &work.intent.item, work.id)?;
        work.is_owed = self.store.is_owed(to, &work.intent, work.id)?;
        if work.intent.verb == Verb::Start {
            let mut others = self.store.open_starts(to)?;
            others.retain(|session| *session != work.intent.session);
            work.may_be_over = self.state.may_be_over(&work.intent.account, &others, now);
        }
        // One of which the answer was lost may stand open itself.
        if matches!(work.intent.verb, Verb::Start | Verb::Finish)
            && self.store.stands_open_before(to, &work.intent.session, work.id.saturating_add(1))?
        {
            let pause = Intent { verb: Verb::Pause, ..work.intent.clone() };
            work.may_be_over.push(pause);
        }
        work.show = self.store.show(&to.tracker, &work.intent.item)?;
        Ok(())
    }

    /// Notes what became of an intent, in one word and as the label of its reason.
    pub(super) fn note_delivery(
        &self,
        (tracker, intent): (&str, &Intent),
        (outcome, label): (&'static str, &'static str),
        reason: String,
        now: Time,
    ) {
        self.note(ActivityEntry {
            kind: ActivityKind::Delivery,
            at: now,
            times: 1,
            since: None,
            source: None,
            ear: Ear::default(),
            account: Some(intent.account.clone()),
            tracker: Some(tracker.to_owned()),
            user: String::new(),
            item: intent.item.label(),
            event: intent.verb.word().into(),
            outcome: outcome.into(),
            action: None,
            reason,
            label: label.into(),
            viewing: intent.viewing,
        });
    }

    /// Gives up what has been parked for so long that it ends by itself.
    pub(super) fn end_parked(&mut self, now: Time) {
        let due = self.parked_ends.due((now, self.clock.steady()));
        let Some(Due { parked_until, most, possible }) = due else { return };
        match self.store.end_parked(parked_until, most, (possible, now)) {
            Ok(ended) => {
                for (tracker, intent) in &ended {
                    if let Some(intent) = intent {
                        let why = "parked for 30 days, and neither sent again nor given up";
                        let word = ("dropped", "expired");
                        self.note_delivery((tracker, intent), word, why.to_owned(), now);
                    }
                }
                self.count();
            }
            Err(error) => log::warn!("what has been parked for 30 days can't be given up: {error}"),
        }
    }

    fn settle(&mut self, to: &Destination, id: u64, settled: &Settled, now: Time) {
        let intent = match self.store.settle(to, id, settled, now) {
            Ok(intent) => intent,
            Err(error) => {
                self.refused(Doing::Settling, &error);
                let unsettled = self.unsettled.entry(to.clone()).or_default();
                unsettled.push((id, settled.clone()));
                return;
            }
        };
        let title = all::title(&to.tracker);
        self.fates.tell(to, id, settled, title);
        let Some(intent) = intent else { return };
        let (outcome, label, reason) = settled.in_words(title);
        self.note_delivery((&to.tracker, &intent), (outcome, label), reason.clone(), now);
        if let Settled::Parked { .. } = settled {
            self.count();
            self.tell_of_trouble(Notice::parked(to.clone(), id, intent.clone(), reason, now));
        }
        if let Settled::Done { learned, .. } = settled
            && to.receiver_name().is_none()
        {
            let input = Input::Delivered(Learned {
                account: to.account.clone(),
                session: intent.session,
                ids: learned.ids.clone(),
                runtime_ms: learned.runtime_ms,
            });
            self.learn(&input, now);
        }
    }
}
