//! How is it: can it be stored, are the accounts well, do trackers take everything?

use super::disk::Doing;
use super::figures::{DestinationFigures, Figures};
use super::health::HealthProblem;
use super::logins::destinations;
use super::servers;
use super::status::parked_sentence;
use super::thread::Desk;
use crate::delivery::{AccountState, Destination};
use crate::engine::KeptCount;
use crate::event::Time;
use crate::logging;
use crate::store::{QueueLength, StoreError};
use crate::tracker::all;

impl Desk {
    /// Counts again what waits and is parked, after what may have changed that.
    pub(super) fn count(&mut self) {
        match self.store.counts() {
            Ok(counts) => {
                let of_receivers = self.store.receiver_queues().unwrap_or_default();
                let of_receivers = of_receivers.values().map(|queue| queue.parked);
                self.parked = counts.iter().map(|(.., parked)| *parked).chain(of_receivers).sum();
                let kept = |(account, waiting, parked)| (account, KeptCount { waiting, parked });
                self.state.know_kept(counts.into_iter().map(kept).collect());
            }
            Err(error) => log::warn!("what is kept can't be counted: {error}"),
        }
        // Who can't read it has been told so.
        self.parked_ends.know(self.store.oldest_parked().ok().flatten());
        self.report();
    }

    /// Says how things are, where it is asked without waiting for the desk.
    pub(super) fn report(&self) {
        let troubled: Vec<_> = self.states.iter().filter(|(_, state)| !state.is_well()).collect();
        let needs_login = troubled.iter().any(|(_, state)| {
            matches!(state, AccountState::AppNeeded(_) | AccountState::LoginNeeded)
        });
        let word = match (self.disk.trouble(), needs_login, troubled.is_empty()) {
            (Some(_), _, _) => Some("disk"),
            (None, true, _) => Some("login"),
            (None, false, false) => troubled.first().map(|(to, _)| to.tracker.as_str()),
            (None, false, true) => None,
        };
        let trouble = word.map(|word| {
            let accounts =
                troubled.iter().map(|(to, state)| state.named(to, all::title(&to.tracker)));
            HealthProblem {
                word: word.to_owned(),
                sentences: self.disk.trouble().cloned().into_iter().chain(accounts).collect(),
            }
        });
        let advice = parked_sentence(self.parked).into_iter();
        self.health.set(trouble, advice.chain(self.silent.values().cloned()).collect());
    }

    /// Tells which servers play what they post nothing of, where that has changed.
    pub(super) fn see_who_is_silent(&mut self) {
        let silent = servers::silent(self);
        if silent == self.silent {
            return;
        }
        for (title, sentence) in &silent {
            if !self.silent.contains_key(title) {
                log::warn!("{sentence}");
            }
        }
        for title in self.silent.keys().filter(|title| !silent.contains_key(*title)) {
            log::info!("webhooks of {title} come, or are not missed any more");
        }
        self.silent = silent;
        self.report();
    }

    /// All of it, in numbers.
    pub(super) fn figures(&mut self, now: Time) -> Result<Figures, String> {
        let queues = self.store.queues(now).map_err(|error| error.to_string())?;
        let logins = self.store.logins().map_err(|error| error.to_string())?;
        let one = |(place, destination): (usize, Destination)| {
            // What waits for whichever tracker is connected first is shown with the first that is.
            let unclaimed = Destination::new(&destination.account, "");
            let of = |queue: &&QueueLength| {
                queue.destination == destination || (place == 0 && queue.destination == unclaimed)
            };
            let of = || queues.iter().filter(of);
            DestinationFigures {
                state: self.states.get(&destination).cloned(),
                waiting: of().map(|queue| queue.waiting).sum(),
                parked: of().map(|queue| queue.parked).sum(),
                stuck_since: of().filter_map(|queue| queue.oldest_due).min(),
                destination,
            }
        };
        let settings = self.live.settings();
        Ok(Figures {
            destinations: (settings.accounts.iter())
                .flat_map(|account| destinations(&account.name, &logins).into_iter().enumerate())
                .map(one)
                .collect(),
            counts: self.activity.counts(),
            playing: self.state.playing().filter(|(viewing, it)| viewing.is_uncounted(it)).count(),
            silent: self.silent.clone(),
            storage: self.disk.trouble().cloned(),
            lost_lines: logging::lost(),
        })
    }

    pub(super) fn refused(&mut self, doing: Doing, error: &StoreError) {
        if let Some(told) = self.disk.refuses(doing, error, self.clock.steady()) {
            log::error!("{told}");
        }
        self.report();
    }

    pub(super) fn taken(&mut self, doing: &Doing) {
        if self.disk.trouble().is_none() {
            return;
        }
        if self.disk.takes(doing) {
            log::info!("storing works again");
        }
        self.report();
    }

    /// Sees whether decisions can be written again, where none is to be.
    pub(super) fn try_the_disk(&mut self) {
        if self.disk.can_be_tried() && self.store.try_writing().is_ok() {
            self.taken(&Doing::Deciding);
        }
    }
}
