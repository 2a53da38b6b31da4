//! How is it: can it be stored, are the accounts well, do trackers take everything?

use super::Desk;
use crate::daemon::health::Trouble;
use crate::daemon::status;
use crate::delivery::AccountState;
use crate::engine::Kept;
use crate::tracker::all;

impl Desk {
    /// Counts again what waits and is parked, after what may have changed that.
    pub(super) fn count(&mut self) {
        match self.store.counts() {
            Ok(counts) => {
                self.parked = counts.iter().map(|(.., parked)| parked).sum();
                let kept = |(account, waiting, parked)| (account, Kept { waiting, parked });
                self.state.know_kept(counts.into_iter().map(kept).collect());
            }
            Err(error) => log::warn!("what is kept can't be counted: {error}"),
        }
        self.report();
    }

    /// Says how things are, where it is asked without waiting for the desk.
    pub(super) fn report(&self) {
        let troubled: Vec<_> = self
            .states
            .iter()
            .filter(|(_, state)| !matches!(state, AccountState::Connected { .. }))
            .collect();
        let needs_login =
            troubled.iter().any(|(_, state)| matches!(state, AccountState::LoginNeeded));
        let word = match (self.disk.trouble(), needs_login, troubled.is_empty()) {
            (Some(_), _, _) => Some("disk"),
            (None, true, _) => Some("login"),
            (None, false, false) => Some("trakt"),
            (None, false, true) => None,
        };
        let trouble = word.map(|word| {
            let accounts = troubled
                .iter()
                .map(|(to, state)| state.named(&to.account, all::title(&to.tracker)));
            Trouble {
                word,
                sentences: self.disk.trouble().cloned().into_iter().chain(accounts).collect(),
            }
        });
        self.health.set(trouble, status::parked(self.parked));
    }
}
