//! Who is logged in where, and who is told that a login is needed?
//!
//! An account may have a login at each tracker. Where it has one there is a courier; where it has none
//! at all, that is said of the account, once an hour again. How a login is else, its courier tells.

use super::couriers::Couriers;
use super::queue::CommandResult;
use super::thread::Desk;
use crate::config::{Account, Settings};
use crate::courier::CourierCommand;
use crate::delivery::{AccountState, Destination, Kept, Notice, Quota, TokenPair};
use crate::event::Time;
use crate::store::{Store, StoreError};
use crate::tracker::all;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often the log says that a login is needed.
const REMIND: Duration = Duration::from_secs(60 * 60);
/// So much is kept for a first tracker of an account that need not be connected to any.
const RECEIVERS_ONLY_KEPT: u64 = 1_000;

/// Starts a courier for each login, has nothing queued where it is of no use, and says how accounts are as far as the store tells it: of those
/// that have a courier nothing.
///
/// # Errors
/// When the store can't be read, or there is no thread to be had.
pub(crate) fn open(
    settings: &Settings,
    store: &mut Store,
    couriers: &Couriers,
) -> Result<BTreeMap<Destination, AccountState>, String> {
    store.set_needless(all::needless(settings));
    let logins = store.logins().map_err(|error| error.to_string())?;
    let mut states = BTreeMap::new();
    for account in &settings.accounts {
        for to in destinations(&account.name, &logins) {
            let pair = store.tokens(&to).map_err(|error| error.to_string())?;
            match (account.dry_run, pair) {
                (true, _) => rehearse(settings, account, &to, couriers)?,
                (false, None) => drop(states.insert(to.clone(), without_login(settings, &to))),
                (false, Some(pair)) if couriers.deliver() => {
                    couriers.start(account, &to.tracker, Some(pair))?;
                }
                (false, Some(_)) => {
                    states.insert(to, AccountState::Connected { user: None });
                }
            }
        }
    }
    Ok(states)
}

/// How an account is that has no login, or none that can be read.
pub(crate) fn without_login(settings: &Settings, to: &Destination) -> AccountState {
    let receivers = settings.receivers_of(&to.account).map(|one| one.name.clone());
    let receivers: Vec<String> = receivers.filter(|_| to.tracker.is_empty()).collect();
    if !receivers.is_empty() {
        return AccountState::ReceiversOnly(receivers);
    }
    let lacking = all::lacking_apps(settings);
    if to.tracker.is_empty() && !lacking.is_empty() {
        AccountState::AppNeeded(lacking)
    } else {
        AccountState::LoginNeeded
    }
}

/// Says how an account is, louder where something is to be done.
fn say(to: &Destination, state: &AccountState) {
    let sentence = state.named(to, all::title(&to.tracker));
    if state.is_well() {
        log::info!("{sentence}");
    } else {
        log::warn!("{sentence}");
    }
}

/// Starts who only tells what would be sent; without a login, to the tracker that would be the first.
fn rehearse(
    settings: &Settings,
    account: &Account,
    to: &Destination,
    couriers: &Couriers,
) -> Result<(), String> {
    let tracker = if to.tracker.is_empty() { all::first(settings).name } else { &to.tracker };
    couriers.start(account, tracker, None)
}

/// Where what is told of `account` goes: where it is connected, in the order in which trackers are
/// shown; else to whichever it is connected to first.
pub(super) fn destinations(account: &str, logins: &[Destination]) -> Vec<Destination> {
    let all = all::names().map(|names| Destination::new(account, names.name));
    let connected: Vec<_> = all.filter(|to| logins.contains(to)).collect();
    if connected.is_empty() { vec![Destination::new(account, "")] } else { connected }
}

impl Desk {
    /// Uses this login from now on. Tells what was `unended` of whoever was logged in before, each in a
    /// sentence, where that was somebody else.
    pub(super) fn log_in(&mut self, to: &Destination, pair: TokenPair, now: Time) -> CommandResult {
        let is_another = self.farewells.are_under_way(to);
        let unended = self.unended(to, now).filter(|_| is_another);
        self.end_farewell(to);
        if let Err(error) = self.store.log_in(to, &pair) {
            self.wake(std::iter::once(to.account.as_str())); // the old one stays
            return Err(error.to_string());
        }
        if is_another && let Err(error) = self.store.forget_starts(to) {
            log::warn!("what plays at {} can't be forgotten: {error}", all::title(&to.tracker));
        }
        self.states.retain(|other, _| other.account != to.account || !other.tracker.is_empty());
        self.states.remove(to);
        self.quotas.remove(to);
        self.see_to_couriers(&to.account, Some((to, pair)))?;
        self.count();
        let unended: Vec<String> = unended.into_iter().collect();
        Ok(json!({ "unended": unended }))
    }

    /// Uses the logins of an account no more: the one at `tracker`, or all. Tells how much of what
    /// was waiting or parked is `dropped` with it (null: it is kept for the next login), and what was
    /// `unended`, each in a sentence.
    pub(super) fn log_out(
        &mut self,
        account: &str,
        tracker: Option<&str>,
        now: Time,
    ) -> CommandResult {
        let text = |error: StoreError| error.to_string();
        let logins = self.store.logins().map_err(text)?;
        let is_meant = |to: &Destination| {
            to.account == account && tracker.is_none_or(|tracker| to.tracker == tracker)
        };
        let going: Vec<&Destination> = logins.iter().filter(|to| is_meant(to)).collect();
        let unended: Vec<String> = going.iter().filter_map(|to| self.unended(to, now)).collect();
        for to in &going {
            self.end_farewell(to);
        }
        let dropped = self.store.log_out(account, tracker).map_err(|error| {
            self.wake(std::iter::once(account)); // they stay
            text(error)
        })?;
        self.states.retain(|to, _| !is_meant(to));
        self.quotas.retain(|to, _| !is_meant(to));
        for to in going {
            self.couriers.tell(to, CourierCommand::Tokens(None));
        }
        self.see_to_couriers(account, None)?;
        self.count();
        Ok(json!({ "dropped": dropped, "unended": unended }))
    }

    /// Starts a courier where a login is new, and says that a login is needed where there is none.
    fn see_to_couriers(
        &mut self,
        account: &str,
        new: Option<(&Destination, TokenPair)>,
    ) -> Result<(), String> {
        let settings = self.live.settings();
        let Some(account) = settings.accounts.iter().find(|one| one.name == account) else {
            return Ok(());
        };
        let logins = self.store.logins().map_err(|error| error.to_string())?;
        let all = destinations(&account.name, &logins);
        if account.dry_run {
            let first = [Destination::new(&account.name, all::first(&settings).name)];
            let is_none = all.iter().all(|to| to.tracker.is_empty());
            self.couriers.dismiss_others(&account.name, if is_none { &first } else { &all });
            return all.iter().try_for_each(|to| rehearse(&settings, account, to, &self.couriers));
        }
        if let Some((to, pair)) = new {
            return self.couriers.start(account, &to.tracker, Some(pair));
        }
        for to in all.into_iter().filter(|to| to.tracker.is_empty()) {
            let state = without_login(&settings, &to);
            say(&to, &state);
            self.states.insert(to, state);
        }
        Ok(())
    }

    /// Whether there is no login.
    fn is_logged_out(&mut self, to: &Destination) -> bool {
        matches!(self.store.tokens(to), Ok(None))
    }

    /// Takes how many of the day's calls are left at a tracker from its courier.
    pub(super) fn hear_quota(&mut self, to: Destination, quota: Quota) {
        if !self.is_logged_out(&to) {
            self.quotas.insert(to, quota);
        }
    }

    /// A courier has no login and nothing in hand. Who has logged in meanwhile has told it so.
    pub(super) fn logged_out(&mut self, to: &Destination) {
        if self.is_logged_out(to) {
            self.couriers.dismiss(to);
        }
    }

    /// Keeps a renewed login, unless the user has logged in anew, or out, meanwhile.
    pub(super) fn renew(
        &mut self,
        destination: &Destination,
        pair: &TokenPair,
        replaces: &TokenPair,
    ) -> Result<Kept, String> {
        let text = |error: StoreError| error.to_string();
        if self.store.tokens(destination).map_err(text)?.as_ref() != Some(replaces) {
            return Ok(Kept::Obsolete);
        }
        self.store.renew(destination, pair).map_err(text).map(|()| Kept::Safe)
    }

    /// Takes how an account is at a tracker from its courier. Who is logged out there has nothing to
    /// say any more.
    pub(super) fn hear_state(&mut self, to: &Destination, state: AccountState, now: Time) {
        if self.is_logged_out(to) {
            return;
        }
        say(to, &state);
        let is_over = state == AccountState::LoginNeeded && self.states.get(to) != Some(&state);
        if is_over && let Ok(Some(pair)) = self.store.tokens(to) {
            let reason = state.sentence(to, all::title(&to.tracker));
            self.tell_of_trouble(Notice::login_needed(to.clone(), &pair, reason, now));
        }
        self.states.insert(to.clone(), state);
        self.report();
    }

    /// Keeps no more than the last plays of accounts that are connected to no tracker and need not be:
    /// else what waits there for a login that nobody wants would fill up, and be refused.
    pub(super) fn keep_last_of_receivers_only<'a>(
        &mut self,
        accounts: impl Iterator<Item = &'a str>,
    ) {
        let accounts: BTreeSet<&str> = accounts.collect();
        for account in accounts {
            let state = self.states.get(&Destination::new(account, ""));
            if matches!(state, Some(AccountState::ReceiversOnly(_)))
                && let Err(error) = self.store.keep_last(account, RECEIVERS_ONLY_KEPT)
            {
                log::warn!("what waits for a first tracker can't be shortened: {error}");
            }
        }
    }

    /// Says of each account without any login what it needs, at a start.
    pub(super) fn tell_who_needs_a_login(&mut self) {
        let without = self.states.iter().filter(|(to, _)| to.tracker.is_empty());
        without.for_each(|(to, state)| say(to, state));
        self.remind_at = self.clock.steady().saturating_add(REMIND);
    }

    /// Says once an hour that a login is needed. (What else is needed takes longer.)
    pub(super) fn remind(&mut self) {
        if self.until_reminder() == Some(Duration::ZERO) {
            let needed = self.login_needed();
            needed.for_each(|to| log::warn!("{}", AccountState::LoginNeeded.named(to, "")));
            self.remind_at = self.clock.steady().saturating_add(REMIND);
        }
    }

    /// How long until that is due; `None` where it never is.
    pub(super) fn until_reminder(&self) -> Option<Duration> {
        self.login_needed().next().filter(|_| self.decides)?;
        Some(self.remind_at.saturating_sub(self.clock.steady()))
    }

    /// Which accounts have no login and could have one.
    fn login_needed(&self) -> impl Iterator<Item = &Destination> {
        let needed = |(to, state): &(&Destination, &AccountState)| {
            to.tracker.is_empty() && **state == AccountState::LoginNeeded
        };
        self.states.iter().filter(needed).map(|(to, _)| to)
    }
}
