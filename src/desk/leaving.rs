//! What is told at a tracker before its login goes?
//!
//! A tracker may make a play of a start that nobody ends, and without a login nobody can end one. So
//! what stands open there is paused first. Until the login has gone its courier is handed nothing else:
//! what begins meanwhile would stand open again. A restart forgets that, and nothing is lost by it: the
//! login is still there, and what plays ends in its time.

use super::queue::CommandResult;
use super::thread::Desk;
use crate::courier::CourierCommand;
use crate::delivery::{AccountState, Destination};
use crate::event::Time;
use crate::intent::Intent;
use crate::store::StoreError;
use crate::tracker::all;
use serde_json::json;
use std::sync::mpsc::Sender;

impl Desk {
    /// Ends what stands open where the logins of an account are about to go: the one at `tracker`, or
    /// all. Tells how many are to be `awaited`; `teller` is told of each when there is nothing left to
    /// tell.
    pub(super) fn bid_farewell(
        &mut self,
        (account, tracker): (&str, Option<&str>),
        teller: &Sender<()>,
        now: Time,
    ) -> CommandResult {
        let is_meant = |to: &Destination| {
            to.account == account && tracker.is_none_or(|tracker| to.tracker == tracker)
        };
        let logins = self.store.logins().map_err(|error| error.to_string())?;
        let mut awaited = 0;
        for to in logins.iter().filter(|to| is_meant(to)) {
            awaited += usize::from(self.begin_farewell(to, teller, now)?);
        }
        Ok(json!({ "awaited": awaited }))
    }

    /// The same before the user `next` logs in there, if somebody else is known to be logged in.
    pub(super) fn make_way(
        &mut self,
        to: &Destination,
        next: &str,
        teller: &Sender<()>,
        now: Time,
    ) -> CommandResult {
        let is_other = match self.states.get(to) {
            Some(AccountState::Connected { user: Some(user) }) => user != next,
            Some(_) | None => false,
        };
        let awaited = is_other && self.begin_farewell(to, teller, now)?;
        Ok(json!({ "awaited": usize::from(awaited) }))
    }

    /// Whether somebody has something left to tell there first.
    fn begin_farewell(
        &mut self,
        to: &Destination,
        teller: &Sender<()>,
        now: Time,
    ) -> Result<bool, String> {
        if !all::makes_plays_of_starts(&self.live.settings(), &to.tracker) {
            return Ok(false);
        }
        self.farewells.begin(to);
        let is_over = self.is_farewell_over(to, now).map_err(|error| {
            self.farewells.end(to);
            error.to_string()
        })?;
        if !is_over {
            if let Some(farewell) = self.farewells.get(to) {
                farewell.waiting.push(teller.clone());
            }
            let is_well = self.states.get(to).is_none_or(AccountState::is_well);
            let command = if is_well { CourierCommand::Work } else { CourierCommand::Retry };
            self.couriers.tell(to, command);
        }
        Ok(!is_over)
    }

    /// Tells who waits if there is nothing left to tell where a login is about to go.
    pub(super) fn go_on_with_farewell(&mut self, to: &Destination, now: Time) {
        if !self.farewells.are_under_way(to) {
            return;
        }
        let is_over = self.is_farewell_over(to, now).unwrap_or_else(|error| {
            log::warn!("what plays at {} can't be ended: {error}", all::title(&to.tracker));
            true
        });
        if let Some(farewell) = self.farewells.get(to).filter(|_| is_over) {
            for teller in farewell.waiting.drain(..) {
                let _ = teller.send(()); // it waits for a while only
            }
        }
    }

    /// Whether nothing is left to tell, or nobody who could tell it. What stands open is paused.
    fn is_farewell_over(&mut self, to: &Destination, now: Time) -> Result<bool, StoreError> {
        let can_tell = match self.states.get(to) {
            Some(
                AccountState::AppNeeded(_)
                | AccountState::LoginNeeded
                | AccountState::Refused(_)
                | AccountState::NotKept(_),
            ) => false,
            Some(
                AccountState::Connected { .. }
                | AccountState::ReceiversOnly(_)
                | AccountState::Unreachable,
            )
            | None => self.couriers.are_there_for(to),
        };
        if !can_tell {
            return Ok(true);
        }
        let ending = self.store.ends_waiting(to, now)?;
        for session in self.store.open_starts(to)? {
            let paused = self.farewells.get(to).map(|farewell| &farewell.paused);
            let is_ended = ending.iter().any(|intent| intent.session == session)
                || paused.is_some_and(|paused| paused.contains_key(&session));
            let Some(pause) = self.state.pause_of(&to.account, &session, now).filter(|_| !is_ended)
            else {
                continue;
            };
            let number = self.store.queue_at(to, &pause, now)?;
            if let Some(farewell) = self.farewells.get(to) {
                farewell.paused.insert(session, number);
            }
        }
        Ok(!self.store.is_in_hand(to) && self.store.ends_waiting(to, now)?.is_empty())
    }

    /// Ends the farewell: the login has gone, or another one is there, or it stays. What was not told by
    /// now is of no use to anybody else.
    pub(super) fn end_farewell(&mut self, to: &Destination) {
        let Some(farewell) = self.farewells.end(to) else { return };
        let numbers: Vec<u64> = farewell.paused.into_values().collect();
        if let Err(error) = self.store.withdraw(&numbers) {
            log::warn!("pauses at {} can't be withdrawn: {error}", all::title(&to.tracker));
        }
    }

    /// What stands open at a tracker that may make plays of it, in a sentence.
    pub(super) fn unended(&mut self, to: &Destination, now: Time) -> Option<String> {
        if !all::makes_plays_of_starts(&self.live.settings(), &to.tracker) {
            return None;
        }
        let of_session = |desk: &mut Self, session: &str, ending: &[Intent]| {
            let ending = ending.iter().find(|intent| intent.session == session);
            let paused = || desk.state.pause_of(&to.account, session, now);
            ending.cloned().or_else(paused).map(|intent| format!("`{}`", intent.item.label()))
        };
        // Where it can't be read there is nothing to be said of it either.
        let ending = self.store.ends_waiting(to, Time(u64::MAX)).unwrap_or_default();
        let sessions = self.store.open_starts(to).unwrap_or_default();
        let open = sessions.iter().filter_map(|session| of_session(self, session, &ending));
        let labels: Vec<String> = open.collect();
        let (title, labels) = (all::title(&to.tracker), labels.join(" and "));
        (!labels.is_empty()).then(|| {
            format!(
                "{labels} could not be ended at {title}, which may count it as watched later; if it \
                 does, remove it there"
            )
        })
    }
}
