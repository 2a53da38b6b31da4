//! A draft of the state: where inputs are decided, and which keeps or drops all of it.

use super::super::flood::Floods;
use super::super::rules::{self, PlayerBefore, Turn};
use super::super::viewing::Viewing;
use super::super::{Admission, Decision, Input, Learned};
use super::probes::{HeldEvent, asks};
use super::{Changes, Seen, State};
use crate::config::Settings;
use crate::event::{Event, Time};
use crate::filter::{self, FilterResult};
use crate::intent::ViewingKey;
use crate::probe::About;
use crate::verdict::{Reason, Verdict};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many items are remembered, over all accounts: a month of a busy household, in some
/// 3 MB. The one not heard of for the longest time goes first.
const MOST_VIEWINGS: usize = 400;
/// How many users are remembered for the list of those that no account names.
const MOST_USERS: usize = 200;
/// Progress that changes nothing else is written to the disk this seldom.
const PROGRESS_IS_STORED_EVERY: Duration = Duration::from_secs(5 * 60);

/// A draft of the state. Dropped without [`keep`](Self::keep) it leaves no trace.
#[derive(Debug)]
pub struct Draft<'a> {
    pub(super) state: &'a mut State,
    pub(super) settings: &'a Settings,
    /// What each viewing was before the draft touched it; `None` where it was not there.
    pub(super) before: BTreeMap<u64, Option<Box<Viewing>>>,
    pub(super) latest_before: BTreeMap<String, u64>,
    pub(super) held_before: BTreeMap<u64, HeldEvent>,
    pub(super) floods_before: BTreeMap<String, Floods>,
    pub(super) kept: bool,
}

impl Draft<'_> {
    /// Decides on one input.
    pub fn handle(&mut self, input: &Input, now: Time) -> Decision {
        let mut decision = Decision::default();
        if let Input::ClockMoved { by_ms, since, until } = input {
            // Before anything is taken for due by a clock that was wrong.
            self.clock_moved(*by_ms, *since, *until);
        }
        self.tick(now, &mut decision);
        match input {
            Input::Event(event) => self.event(event, now, &mut decision),
            Input::Played(found) => self.found_play(found, now, &mut decision),
            Input::Listed(listing) => self.listed(listing, now, &mut decision),
            Input::Answer { number, found } => {
                self.answer(*number, found.clone(), now, &mut decision);
            }
            Input::Delivered(learned) => self.learned(learned),
            Input::Tick | Input::ClockMoved { .. } => {}
        }
        decision.wake = self.state.wake();
        decision
    }

    /// What has to be stored before the draft is kept.
    pub fn changes(&self, now: Time) -> Changes<'_> {
        let viewings = self.before.iter().filter_map(|(&id, before)| {
            match (before, self.state.viewings.get(&id)) {
                (None, None) => None,
                (Some(_), None) => Some((id, None)),
                (None, Some(viewing)) => Some((id, Some(&**viewing))),
                (Some(before), Some(viewing)) => {
                    let is_stale = now.since(viewing.stored) >= PROGRESS_IS_STORED_EVERY;
                    let watched_at = rules::watched_at(&self.settings.scrobble, &viewing.item);
                    let is_worth_it = viewing.differs_durably(before)
                        || viewing.has_come_far(before, watched_at, now)
                        || (is_stale && viewing != before);
                    is_worth_it.then_some((id, Some(&**viewing)))
                }
            }
        });
        let gone = self.held_before.keys().filter(|id| !self.state.held.contains_key(id));
        let new = self.state.held.iter().filter(|(id, _)| !self.held_before.contains_key(id));
        let gone = gone.map(|id| (*id, None));
        let held = gone.chain(new.map(|(id, held)| (*id, Some(held))));
        let (floods, last_number) = (self.new_floods(), self.state.last_number);
        Changes { viewings: viewings.collect(), held: held.collect(), floods, last_number }
    }

    /// Makes the draft the state. Call it once its changes and intents are stored.
    pub fn keep(mut self, now: Time) {
        let written: Vec<u64> = self.changes(now).viewings.iter().map(|(id, _)| *id).collect();
        for (id, before) in &self.before {
            if let Some(viewing) = self.state.viewings.get_mut(id) {
                viewing.is_unwritten |= before.as_ref() != Some(viewing);
            }
        }
        for id in written {
            if let Some(viewing) = self.state.viewings.get_mut(&id) {
                (viewing.stored, viewing.is_unwritten) = (now, false);
            }
        }
        self.kept = true;
    }

    fn tick(&mut self, now: Time, decision: &mut Decision) {
        self.give_up(now, decision);
        self.deadlines(now, decision);
    }

    pub(super) fn deadlines(&mut self, now: Time, decision: &mut Decision) {
        while let Some(&(due, id)) = self.state.due.first()
            && due <= now
        {
            let rulings =
                self.turn(id, now, decision, |turn| (turn.viewing.item.label(), turn.deadlines()));
            let Some((account, (item, rulings))) = rulings else { return };
            let viewing = self.key(id);
            let due = rulings.into_iter().map(|r| (item.clone(), r.of(&account, viewing)));
            decision.due.extend(due);
        }
    }

    pub(super) fn event(&mut self, event: &Event, now: Time, decision: &mut Decision) {
        let admission = if let Some(number) = self.wait_behind(event) {
            decision.verdicts.push(asks(event));
            Admission::Asked(number)
        } else {
            let renamed = self.as_its_session_names(event, now);
            let event = renamed.as_ref().unwrap_or(event);
            self.go_on_before(event, now, decision);
            self.heard(event, &[], now, decision)
        };
        decision.admissions.push((None, admission));
    }

    /// Takes an event about which `asked` was asked already; whether the filters let it through.
    pub(super) fn heard(
        &mut self,
        event: &Event,
        asked: &[About],
        now: Time,
        decision: &mut Decision,
    ) -> Admission {
        let refused = |decision: &mut Decision, verdict| {
            decision.verdicts.push(verdict);
            Admission::Refused
        };
        let completed = self.complete(event);
        let event = completed.as_ref().unwrap_or(event);
        let is_lost = event.library.is_none();
        let located = is_lost.then(|| self.in_its_library(event, now)).flatten();
        let event = located.as_ref().unwrap_or(event);
        let placed = self.with_its_file(event, now);
        let event = placed.as_ref().unwrap_or(event);
        let question = match filter::filter(event, self.settings) {
            FilterResult::Keep => None,
            FilterResult::Drop(reason) => return refused(decision, Verdict::ignored(reason)),
            FilterResult::Ask(question) => Some(question),
        };
        if let Some(verdict) = self.without_room(event, asked, now) {
            return refused(decision, verdict);
        }
        if let Some(number) = self.ask_for(event, question, asked, now, decision) {
            decision.verdicts.push(asks(event));
            return Admission::Asked(number);
        }
        if let Some(why) = question.and_then(|it| it.unanswered(event, self.settings)) {
            return refused(decision, Verdict::ignored(why));
        }
        let settings = self.settings;
        let mut accounts = filter::accounts(event, &settings.accounts).peekable();
        let is_listed = accounts.peek().is_some();
        self.see(event, is_listed);
        if !is_listed {
            return refused(decision, Verdict::ignored(Reason::nobodys_event(event)));
        }
        let mut admitted = Vec::new();
        for account in accounts {
            let verdict = self.playback(&account.name, event, now, decision);
            decision.verdicts.extend(verdict);
            admitted.extend((!account.dry_run).then(|| account.name.clone()));
        }
        self.forget_the_oldest();
        Admission::Admitted(admitted)
    }

    pub(super) fn see(&mut self, event: &Event, listed: bool) {
        let user = &event.user;
        let key = if user.id.is_empty() { &user.name } else { &user.id };
        let key = (event.source, key.clone());
        let known = self.state.users.get(&key);
        if known.is_some_and(|seen| seen.listed == listed && seen.name == user.name)
            || (known.is_none() && self.state.users.len() >= MOST_USERS)
            || user.is_unknown()
        {
            return;
        }
        let (id, name) = (user.id.clone(), user.name.clone());
        self.state.users.insert(key, Seen { source: event.source, id, name, listed });
    }

    pub(super) fn learned(&mut self, learned: &Learned) {
        if let Some(id) = self.spoken_of(&learned.session) {
            self.rename(id, |viewing| {
                viewing.item.ids.learn(&learned.ids);
                viewing.item.runtime_ms = viewing.item.runtime_ms.or(learned.runtime_ms);
            });
        }
        let file = learned.session.split_once('#').and_then(|(file, _)| self.spoken_of(file));
        if let Some((file, share)) = file.zip(learned.runtime_ms) {
            self.edit(file, |file| {
                let whole = share.saturating_mul(u64::from(file.item.episodes()));
                file.item.runtime_ms = file.item.runtime_ms.or(Some(whole));
            });
        }
    }

    pub(super) fn clock_moved(&mut self, by_ms: i64, since: Time, until: Time) {
        let ids: Vec<u64> = self.state.viewings.keys().copied().collect();
        // Deadlines lie ahead of the moment in which they were set.
        let until = until.after(Duration::from_secs(3600));
        let asked = self.state.held.values_mut().filter_map(|held| held.question.as_mut());
        for asked in asked.filter(|asked| (since..=until).contains(&asked.due)) {
            asked.due = asked.due.moved(by_ms);
        }
        self.move_floods(by_ms, since..=until);
        for id in ids {
            self.edit(id, |viewing| {
                for time in viewing.times().filter(|time| (since..=until).contains(*time)) {
                    *time = time.moved(by_ms);
                }
            });
        }
    }

    pub(super) fn find_or_make(&mut self, account: &str, event: &Event, now: Time) -> u64 {
        let id = self
            .state
            .find(account, &event.item, Some(&event.server))
            .unwrap_or_else(|| self.add(Viewing::new(account, event.item.clone(), now)));
        if !self.state.viewings.get(&id).is_some_and(|viewing| viewing.knows(event)) {
            self.rename(id, |viewing| viewing.learn(event));
        }
        id
    }

    /// Takes in a new viewing and gives its number.
    pub(super) fn add(&mut self, viewing: Viewing) -> u64 {
        let id = self.number();
        self.before.entry(id).or_insert(None);
        self.state.put(id, Box::new(viewing));
        id
    }

    /// Changes what a viewing's item is called. Two viewings that turn out to be of one item
    /// become one.
    pub(super) fn rename(&mut self, id: u64, change: impl FnOnce(&mut Viewing)) {
        let Some(viewing) = self.state.viewings.get(&id) else { return };
        let (account, before) = (viewing.account.clone(), viewing.names());
        self.edit(id, change);
        if self.state.viewings.get(&id).is_some_and(|viewing| viewing.names() == before) {
            return;
        }
        self.state.index.strike(&account, before, id);
        while let Some(viewing) = self.state.viewings.get(&id) {
            let names = viewing.names();
            match self.state.namesake(viewing, &names).and_then(|other| self.remove(other)) {
                Some(other) => drop(self.edit(id, |viewing| viewing.merge(*other))),
                None => return self.state.index.enter(&account, names, id),
            }
        }
    }

    pub(super) fn turn<R>(
        &mut self,
        id: u64,
        now: Time,
        decision: &mut Decision,
        decide: impl FnOnce(&mut Turn<'_>) -> R,
    ) -> Option<(String, R)> {
        let settings = self.settings;
        let account = self.state.viewings.get(&id)?.account.clone();
        let latest_before = self.state.latest.get(&account).copied();
        let mut latest = latest_before;
        let mut last_number = self.state.last_number;
        let file = self.file_before(id, decision);
        let mut floods = self.state.floods.remove(&account).unwrap_or_default();
        let result = self.edit(id, |viewing| {
            decide(&mut Turn {
                numbers: &settings.scrobble,
                settings,
                now,
                number: id,
                viewing,
                latest: &mut latest,
                last_number: &mut last_number,
                player: PlayerBefore::default(),
                opened: false,
                floods: &mut floods,
                intents: &mut decision.intents,
                parked: &mut decision.parked,
                ask: &mut decision.ask,
            })
        });
        if floods != Floods::default() {
            self.state.floods.insert(account.clone(), floods);
        }
        self.state.last_number = last_number;
        if let Some(latest) = latest.filter(|_| latest != latest_before) {
            self.state.latest.insert(account.clone(), latest);
        }
        if let Some(file) = file {
            self.share_out(id, &file, now, decision);
            self.park_floods(&account, &file, now, decision);
        }
        Some((account, result?))
    }

    pub(super) fn number(&mut self) -> u64 {
        self.state.last_number += 1;
        self.state.last_number
    }

    pub(super) fn edit<R>(&mut self, id: u64, change: impl FnOnce(&mut Viewing) -> R) -> Option<R> {
        let viewing = self.state.viewings.get_mut(&id)?;
        self.before.entry(id).or_insert_with(|| Some(viewing.clone()));
        let due_before = viewing.deadline();
        let result = change(viewing);
        let due = viewing.deadline();
        if due != due_before {
            due_before.map(|(due, _)| self.state.due.remove(&(due, id)));
            due.map(|(due, _)| self.state.due.insert((due, id)));
        }
        Some(result)
    }

    /// What belongs to the viewing with this number, if it is remembered.
    pub(super) fn key(&self, id: u64) -> Option<ViewingKey> {
        self.state.viewings.get(&id).map(|viewing| viewing.key(id))
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Box<Viewing>> {
        let viewing = self.state.take(id)?;
        self.before.entry(id).or_insert_with(|| Some(viewing.clone()));
        Some(viewing)
    }

    /// An event that changed nothing leaves nothing behind.
    pub(super) fn forget_if_idle(&mut self, id: u64) {
        let idle = self.state.viewings.get(&id).is_some_and(|viewing| {
            (viewing.sessions.is_empty() && viewing.rated.is_none() && viewing.play.is_none())
                && viewing.mark.is_none()
        });
        if idle {
            self.remove(id);
        }
    }

    pub(super) fn forget_the_oldest(&mut self) {
        while self.state.viewings.len() > MOST_VIEWINGS {
            let oldest = self.state.viewings.iter().min_by_key(|(_, viewing)| viewing.heard);
            let Some((&id, _)) = oldest else { return };
            self.remove(id);
        }
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let before = std::mem::take(&mut self.before);
        // All out before any is put back: an item that was forgotten and heard of again has two
        // numbers, and the same names.
        for id in before.keys() {
            self.state.take(*id);
        }
        for (id, viewing) in before {
            if let Some(viewing) = viewing {
                self.state.put(id, viewing);
            }
        }
        self.state.latest = std::mem::take(&mut self.latest_before);
        self.state.held = std::mem::take(&mut self.held_before);
        self.state.floods = std::mem::take(&mut self.floods_before);
    }
}
