//! Floods: rule 20, where it looks beyond one item.

use super::super::Decision;
use super::super::flood::Floods;
use super::super::ruling::Ruling;
use super::super::viewing::Viewing;
use super::Draft;
use super::files::Before;
use crate::event::{Event, Time};
use crate::filter;
use crate::intent::{Intent, Verb};
use crate::probe::About;
use crate::verdict::{Outcome, Reason, Verdict};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// So much may lie parked of an account before a flood is refused …
const MOST_PARKED: u64 = 5_000;
/// … and so much wait or lie parked before everything is.
const MOST_KEPT: u64 = 10_000;

/// How many intents of an account are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptCount {
    /// That wait.
    pub waiting: u64,
    /// That are parked.
    pub parked: u64,
}

impl super::State {
    /// How much is kept of each account by now.
    pub fn know_kept(&mut self, kept: BTreeMap<String, KeptCount>) {
        self.kept = kept;
    }
}

impl Draft<'_> {
    /// Whether a mark that comes now is of a flood.
    pub(super) fn is_flood_of_marks(&self, account: &str, now: Time) -> bool {
        self.state.floods.get(account).is_some_and(|floods| floods.parks_marks(now))
    }

    /// Parks the marks that still wait when a flood of them begins.
    pub(super) fn park_marks(&mut self, account: &str, now: Time, decision: &mut Decision) {
        let waits =
            |(_, viewing): &(u64, &Viewing)| viewing.account == account && viewing.mark.is_some();
        let ids: Vec<u64> = self.state.viewings().filter(waits).map(|(id, _)| id).collect();
        for id in ids {
            let parked = self
                .turn(id, now, decision, |turn| (turn.viewing.item.label(), turn.park_held_mark()));
            if let Some((account, (item, Some(ruling)))) = parked {
                let ruling: Ruling = ruling;
                decision.due.push((item, ruling.of(&account, self.key(id))));
            }
        }
    }

    /// Parks what is of a flood among the intents behind those that were told `before`. Marks were
    /// judged when they came. What is parked ends no start at a tracker.
    pub(super) fn park_floods(
        &mut self,
        account: &str,
        before: &Before,
        now: Time,
        decision: &mut Decision,
    ) {
        let mut open = before.open();
        for intent in decision.intents.split_off(before.told.0) {
            let floods = self.state.floods.entry(account.to_owned()).or_default();
            let parks = Some(intent.verb).filter(|verb| *verb != Verb::Mark);
            let parked = parks.and_then(|verb| floods.parks(verb, now));
            let was_open = open.remove(&intent.session);
            if intent.verb == Verb::Start {
                open.insert(intent.session.clone());
            }
            let Some(why) = parked else {
                decision.intents.push(intent);
                continue;
            };
            if was_open {
                decision.intents.push(Intent { verb: Verb::Abandoned, at: now, ..intent.clone() });
            }
            decision.parked.push((intent, why));
        }
    }

    /// The verdict of an event of whose account too much is kept. What is kept stays, and what its
    /// server was asked about goes on: somebody was told that it is safe.
    pub(super) fn without_room(
        &mut self,
        event: &Event,
        asked: &[About],
        now: Time,
    ) -> Option<Verdict> {
        if !asked.is_empty() {
            return None;
        }
        let (state, settings) = (&mut *self.state, self.settings);
        let mut accounts = filter::accounts(event, &settings.accounts).map(|account| &account.name);
        let full = accounts.find(|account| {
            let kept = state.kept.get(*account).copied().unwrap_or_default();
            let is_flood = || state.floods.get(*account).is_some_and(|floods| floods.is_any(now));
            kept.waiting.saturating_add(kept.parked) >= MOST_KEPT
                || (kept.parked >= MOST_PARKED && is_flood())
        })?;
        if let Some(floods) = state.floods.get_mut(full) {
            floods.go_on(event.action, now);
        }
        let account = Some(full.clone());
        Some(Verdict { account, outcome: Outcome::Refused, ..Verdict::ignored(Reason::NoRoom) })
    }

    /// What came lately, where that is news.
    pub(super) fn new_floods(&self) -> Vec<(&str, &Floods)> {
        let floods = self.state.floods.iter();
        let floods = floods.filter(|(account, new)| self.floods_before.get(*account) != Some(new));
        floods.map(|(account, floods)| (account.as_str(), floods)).collect()
    }

    /// Their times move with the clock.
    pub(super) fn move_floods(&mut self, by_ms: i64, these: RangeInclusive<Time>) {
        let times = self.state.floods.values_mut().flat_map(Floods::times);
        for time in times.filter(|time| these.contains(time)) {
            *time = time.moved(by_ms);
        }
    }
}
