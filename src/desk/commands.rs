//! What a person asks of the desk.

use super::fates::TOLD_MOST;
use super::queue::{Command, CommandResult};
use super::shown::{BecameShown, Dropped, Retried};
use super::thread::Desk;
use super::unclaimed::{Unclaimed, unclaimed};
use crate::config::Account;
use crate::courier::CourierCommand;
use crate::delivery::{AccountState, Destination};
use crate::event::Time;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::tracker::all;
use serde_json::json;
use std::path::Path;
use std::sync::mpsc::Sender;

impl Desk {
    pub(super) fn command(&mut self, command: Command, now: Time) -> CommandResult {
        match command {
            Command::Retry(number, teller) => {
                let (retried, became) = self.send_again(number, &teller, now)?;
                self.count();
                self.couriers.tell_all(&CourierCommand::Retry);
                Ok(json!(Retried { retried, became }))
            }
            Command::Events(before, search) => Ok(json!(self.activity.page(before, &search))),
            Command::Viewings(before, search) => Ok(json!(self.viewings(before, &search))),
            Command::GiveUp(number) => self.give_up(number, now),
            Command::BidFarewell { account, tracker, teller } => {
                self.bid_farewell((&account, tracker.as_deref()), &teller, now)
            }
            Command::MakeWay { destination, user, teller } => {
                self.make_way(&destination, &user, &teller, now)
            }
            Command::LogIn(destination, pair) => self.log_in(&destination, pair, now),
            Command::LogOut { account, tracker } => self.log_out(&account, tracker.as_deref(), now),
            Command::Backup(file, tokens) => self.backup(&file, &tokens),
            Command::Unclaimed(configured) => self.unclaimed_by(&configured),
            Command::Forget(account) => {
                let answer = self.forget(&account, now);
                self.count();
                answer
            }
            Command::KeepConnection(connection) => self.keep_connection(*connection),
            Command::DropConnection(kind, name) => self.drop_connection(kind, &name),
            Command::LastWebhook(kind, id) => Ok(json!(self.last_webhook(kind, &id))),
            Command::Told(told) => {
                self.store.keep_told(&told).map_err(|error| error.to_string())?;
                Ok(json!({}))
            }
        }
    }

    /// Lets entries be sent again. Of those that nobody can send now it is known why, of the others
    /// `teller` is told what becomes of them.
    fn send_again(
        &mut self,
        number: Option<u64>,
        teller: &Sender<BecameShown>,
        now: Time,
    ) -> Result<(usize, Vec<BecameShown>), String> {
        let entries = self.store.retry(number, now).map_err(|error| error.to_string())?;
        let mut known = Vec::new();
        for (id, to) in entries.iter().take(TOLD_MOST) {
            match self.why_not_now(to) {
                Some(reason) => {
                    let outcome = "later".to_owned();
                    known.push(BecameShown { id: *id, outcome, until: None, reason });
                }
                None => self.fates.wait(*id, to.clone(), teller.clone()),
            }
        }
        Ok((entries.len(), known))
    }

    /// Why nothing is even tried at a destination.
    fn why_not_now(&self, to: &Destination) -> Option<String> {
        match self.states.get(to) {
            Some(
                state @ (AccountState::AppNeeded(_)
                | AccountState::LoginNeeded
                | AccountState::NotKept(_)),
            ) if self.decides => Some(state.sentence(to, all::title(&to.tracker))),
            _ if self.couriers.are_there_for(to) => None,
            _ if to.receiver_name().is_some() => {
                Some("it is sent as soon as the daemon runs with this receiver".to_owned())
            }
            _ if !to.tracker.is_empty() && !all::is_known(&to.tracker) => {
                Some(format!("this build has no tracker `{}`: use one that has it", to.tracker))
            }
            _ => Some("it is sent as soon as the daemon runs with this account".to_owned()),
        }
    }

    fn give_up(&mut self, number: Option<u64>, now: Time) -> CommandResult {
        let given_up = self.store.give_up(number).map_err(|error| error.to_string())?;
        for (tracker, intent) in &given_up {
            if let Some(intent) = intent {
                let why = "dropped by hand".to_owned();
                self.note_delivery((tracker, intent), ("dropped", "dropped"), why, now);
            }
        }
        self.write_the_rest(now); // a command without a daemon is over soon
        self.count();
        Ok(json!(Dropped { dropped: given_up.len() }))
    }

    fn backup(&mut self, file: &Path, tokens: &Secret) -> CommandResult {
        self.store.backup(file, tokens).map_err(|error| error.to_string())?;
        Ok(json!({ "file": file }))
    }

    /// What would be unclaimed if the config had these accounts.
    pub(super) fn unclaimed_by(&mut self, configured: &[Account]) -> CommandResult {
        let unclaimed =
            unclaimed(&mut self.store, configured).map_err(|error| error.to_string())?;
        Ok(json!(unclaimed.iter().map(Unclaimed::shown).collect::<Vec<_>>()))
    }

    /// Drops what is kept for an account that the config does not have, and tells how much was
    /// `dropped` (null: there is no such account) and what was `unended`, as a logout does.
    pub(super) fn forget(&mut self, account: &str, now: Time) -> CommandResult {
        let text = |error: StoreError| error.to_string();
        let settings = self.live.settings();
        let unclaimed = unclaimed(&mut self.store, &settings.accounts).map_err(text)?;
        if !unclaimed.iter().any(|one| one.account == account && one.tracker.is_none()) {
            return Ok(json!({ "dropped": null }));
        }
        let logins = self.store.logins().map_err(text)?;
        let its = logins.iter().filter(|to| to.account == account);
        let unended: Vec<String> = its.filter_map(|to| self.unended(to, now)).collect();
        let dropped = self.store.forget(account).map_err(text)?;
        log::info!(
            "deleted what was stored for the account `{account}`; entries dropped: {dropped}"
        );
        Ok(json!({ "dropped": dropped, "unended": unended }))
    }
}
