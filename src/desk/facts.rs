//! Facts that come beside the events: what Trakt knows of an item, and that the clock was set.

use super::thread::{Desk, write};
use crate::courier::CourierCommand;
use crate::engine::Input;
use crate::event::Time;

impl Desk {
    /// Facts are kept in memory at once, and on the disk with the next decision.
    pub(super) fn learn(&mut self, input: &Input, now: Time) {
        let settings = self.live.settings();
        let mut draft = self.state.draft(&settings);
        let decision = draft.handle(input, now);
        let changes = draft.changes(now);
        let nothing = decision.intents.is_empty() && decision.parked.is_empty();
        let stored = if changes.is_empty() && nothing {
            Ok(Vec::new())
        } else {
            write(&mut self.store, &self.activity, &changes, &decision, now)
        };
        drop(changes);
        match stored {
            Ok(fallen) => {
                draft.keep(now);
                self.pass_on(decision.admissions, None);
                self.overflowed(&fallen, now);
            }
            Err(error) => {
                drop(draft);
                log::warn!("facts about an item can't be stored: {error}");
            }
        }
        self.announce(&decision.intents, decision.parked, now);
    }

    /// Moves what was heard since the start; returns the start as the new clock has it.
    pub(super) fn clock_moved(&mut self, before: Time, now: Time, since: Time) -> Time {
        let forward = i64::try_from(now.since(before).as_millis()).unwrap_or(i64::MAX);
        let backward = i64::try_from(before.since(now).as_millis()).unwrap_or(i64::MAX);
        let by_ms = forward - backward;
        log::warn!(
            "the system clock changed by {} s; times recorded since the start are corrected",
            by_ms / 1000
        );
        self.learn(&Input::ClockMoved { by_ms, since, until: before }, now);
        self.activity.clock_moved(by_ms, since, before);
        if let Err(error) = self.store.clock_moved(by_ms, since, before) {
            log::error!("the times of waiting entries can't be corrected: {error}");
        }
        self.couriers.tell_all(&CourierCommand::Work);
        self.parked_ends.clock_moved(self.clock.steady());
        self.count();
        since.moved(by_ms)
    }
}
