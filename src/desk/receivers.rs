//! How are the receivers, and what has fallen out of their queues?
//!
//! Not here: what a receiver is told and when (`receiver`), what waits for it (`store`).

use super::known_receivers::{Receivers, fingerprint};
use super::parked::POSSIBLE;
use super::shown::ReceiverShown;
use super::thread::Desk;
use crate::config::Receiver;
use crate::courier::CourierCommand;
use crate::delivery::{Destination, Notice, ReceiverState, Trouble};
use crate::engine::Admission;
use crate::event::Time;
use crate::intent::Intent;
use crate::receiver::{Post, wants};
use crate::store::{Fallen, RECEIVER_MOST};
use crate::tracker::all;
use std::sync::Arc;
use std::time::Duration;

/// How long something may wait for a receiver.
const LASTS: Duration = Duration::from_secs(3 * 24 * 3600);

/// Of so much trouble of an account receivers are told in an hour: a hundred marks that a tracker
/// refuses are one trouble.
const TROUBLE_MOST: usize = 10;
const HOUR: Duration = Duration::from_secs(3600);

impl Desk {
    /// Takes how a receiver is from its thread.
    pub(super) fn hear_receiver(&mut self, name: &str, state: ReceiverState, now: Time) {
        if self.receivers.states.get(name) == Some(&state) {
            return;
        }
        if state.is_trouble() {
            log::warn!("receiver `{name}`: {state}");
        } else {
            log::info!("receiver `{name}`: {state}");
        }
        if state == ReceiverState::Off {
            self.turn_off(name, now);
        }
        self.receivers.states.insert(name.to_owned(), state);
    }

    fn turn_off(&mut self, name: &str, now: Time) {
        let settings = self.live.settings();
        let Some(receiver) = settings.receivers.iter().find(|one| one.name == name) else { return };
        match self.store.turn_off(name, &fingerprint(receiver)) {
            Ok(dropped) => self.fell_out(&dropped, "the receiver is gone for good (410)", now),
            Err(error) => log::warn!("that receiver `{name}` is off can't be stored: {error}"),
        }
    }

    /// Drops what has waited for receivers for too long.
    pub(super) fn end_waiting(&mut self, now: Time) {
        match self.store.end_waiting(now.before(LASTS), (POSSIBLE, now)) {
            Ok(dropped) => self.fell_out(&dropped, "it has waited for three days", now),
            Err(error) => log::warn!("what has waited for three days can't be dropped: {error}"),
        }
    }

    /// Notes what had no place any more in the queues of receivers.
    pub(super) fn overflowed(&mut self, fallen: &[Fallen], now: Time) {
        let why = format!("more than {RECEIVER_MOST} things wait for the receiver");
        self.fell_out(fallen, &why, now);
    }

    fn fell_out(&mut self, fallen: &[Fallen], why: &str, now: Time) {
        for (tracker, intent) in fallen {
            let name = all::title(tracker).to_owned();
            *self.receivers.dropped.entry(name).or_default() += 1;
            if let Some(intent) = intent {
                let word = ("dropped", "expired");
                self.note_delivery((tracker, intent), word, why.to_owned(), now);
            }
        }
        if !fallen.is_empty() {
            self.count();
        }
    }

    /// Tells the receivers that want to know of trouble, as long as an account does not have too much
    /// of it.
    pub(super) fn tell_of_trouble(&mut self, mut notice: Notice) {
        let (now, settings) = (self.clock.steady(), self.live.settings());
        let account = notice.account();
        if settings.accounts.iter().any(|one| one.name == account && one.dry_run) {
            return;
        }
        let told = self.receivers.troubles.entry(account.to_owned()).or_default();
        told.retain(|at| now.saturating_sub(*at) < HOUR);
        if told.len() >= TROUBLE_MOST {
            return;
        }
        told.push(now);
        if let Trouble::Parked(intent) = &mut notice.trouble {
            self.add_known_show(intent);
        }
        let notice = Arc::new(notice);
        for receiver in &settings.receivers {
            let to = Destination::receiver(&receiver.name);
            // Who does not take something is not told of that.
            let is_its_own = to.tracker == notice.of.tracker;
            if !is_its_own && receiver.hears(notice.its_type()) && receiver.takes(notice.account())
            {
                self.couriers.tell(&to, CourierCommand::Notice(notice.clone()));
            }
        }
    }

    /// Passes webhooks on of which it has turned out that the filters let them through, and has those wait of
    /// which that is still asked. `own` is the one of the event that was handed in.
    pub(super) fn pass_on(
        &mut self,
        admissions: Vec<(Option<u64>, Admission)>,
        mut own: Option<Post>,
    ) {
        for (question, admission) in admissions {
            let post = match question {
                None => own.take(),
                Some(question) => self.receivers.held.take(question),
            };
            let Some(post) = post else { continue };
            match admission {
                Admission::Admitted(accounts) => {
                    let accounts = accounts.iter().map(String::as_str);
                    self.receivers.forwards.pass_on(accounts, || post);
                }
                Admission::Refused => {}
                Admission::Asked(question) => {
                    let dropped = self.receivers.held.hold(question, post);
                    if dropped > 0 {
                        log::warn!(
                            "webhooks are not passed on: {dropped}: too much waits for the answers of media \
                             servers"
                        );
                    }
                }
            }
        }
    }

    /// Wakes the receivers that these intents are for.
    pub(super) fn wake_receivers(&self, intents: &[Intent]) {
        let settings = self.live.settings();
        let mut waiting: Vec<&Receiver> = settings.receivers.iter().collect();
        for intent in intents {
            waiting.retain(|receiver| {
                let is_woken = wants(receiver, intent);
                if is_woken {
                    let to = Destination::receiver(&receiver.name);
                    self.couriers.tell(&to, CourierCommand::News);
                }
                !is_woken
            });
        }
    }

    /// How each receiver is, as it is shown.
    pub(super) fn receivers_shown(&mut self) -> Result<Vec<ReceiverShown>, String> {
        let queues = self.store.receiver_queues().map_err(|error| error.to_string())?;
        let Receivers { states, dropped, forwards, .. } = &self.receivers;
        let one = |receiver: &Receiver| {
            let name = &receiver.name;
            let queue = queues.get(name).cloned().unwrap_or_default();
            let state = states.get(name).cloned().unwrap_or_default();
            let (raw_waiting, raw_dropped) = forwards.counts(name);
            let dropped = dropped.get(name).copied().unwrap_or_default() + raw_dropped;
            let sentence = match dropped {
                0 => state.to_string(),
                dropped => format!("{state}; dropped since the start: {dropped}"),
            };
            ReceiverShown {
                name: name.clone(),
                state: state.word().to_owned(),
                sentence: Some(sentence),
                host: receiver.host().to_owned(),
                waiting: queue.waiting + raw_waiting,
                parked: queue.parked,
                dropped,
            }
        };
        Ok(self.live.settings().receivers.iter().map(one).collect())
    }

    /// What is wrong with receivers, each in a sentence.
    pub(super) fn receiver_troubles(&self) -> Vec<String> {
        let troubled = self.receivers.states.iter().filter(|(_, state)| state.is_trouble());
        troubled.map(|(name, state)| format!("receiver `{name}`: {state}")).collect()
    }
}
