//! How is it: can it be stored, are the accounts well, does Trakt take everything?

use super::Desk;
use crate::courier::AccountState;
use crate::daemon::health::Trouble;
use crate::daemon::status;
use crate::store::StoreError;

impl Desk {
    pub(super) fn sick(&mut self, error: &StoreError) {
        let text = error.to_string();
        if self.trouble.as_ref() != Some(&text) {
            log::error!("nothing can be stored, so media servers are refused: {text}");
        }
        self.trouble = Some(text);
        self.report();
    }

    pub(super) fn well_again(&mut self) {
        if self.trouble.take().is_some() {
            log::info!("storing works again");
            self.report();
        }
    }

    /// Counts again what is parked, after what may have changed that.
    pub(super) fn count_parked(&mut self) {
        match self.store.parked() {
            Ok(parked) => self.parked = parked,
            Err(error) => log::warn!("what is parked can't be counted: {error}"),
        }
        self.report();
    }

    /// Says how things are, where it is asked without waiting for the desk.
    pub(super) fn report(&self) {
        let troubled: Vec<_> = self
            .accounts
            .iter()
            .filter(|(_, state)| !matches!(state, AccountState::Connected { .. }))
            .collect();
        let needs_login =
            troubled.iter().any(|(_, state)| matches!(state, AccountState::LoginNeeded));
        let word = match (&self.trouble, needs_login, troubled.is_empty()) {
            (Some(_), _, _) => Some("disk"),
            (None, true, _) => Some("login"),
            (None, false, false) => Some("trakt"),
            (None, false, true) => None,
        };
        let trouble = word.map(|word| {
            let accounts = troubled.iter().map(|(account, state)| state.named(account));
            Trouble { word, sentences: self.trouble.clone().into_iter().chain(accounts).collect() }
        });
        self.health.set(trouble, status::parked(self.parked));
    }
}
