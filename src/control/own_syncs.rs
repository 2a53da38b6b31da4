//! Which trackers take plays from media servers themselves?

use super::Handler;
use super::answers::OwnSyncs;
use crate::config::{Account, Settings};
use crate::delivery::{Destination, TokenPair};
use crate::event::Source;
use crate::tracker::all;
use std::time::Duration;

/// The limit of one call: it is only asked so that a person can be told.
const CALL_LIMIT: Duration = Duration::from_secs(5);

impl Handler {
    /// Asks each tracker that an account is connected to, for the kinds of media servers whose
    /// users the account lists.
    pub(super) fn own_syncs(&self) -> OwnSyncs {
        let settings = self.live.settings();
        let accounts = settings.accounts.iter().filter(|account| !account.dry_run);
        let of_account = |account: &Account| {
            let sources = Source::ALL.into_iter().filter(|of| !account.users(*of).is_empty());
            let sources: Vec<_> = sources.collect();
            let logins = self.queue.logins(&account.name).unwrap_or_default().into_iter();
            let logins = logins.filter_map(|(to, pair)| Some((to, pair?)));
            logins.flat_map(|login| of_login(&settings, &login, &sources)).collect::<Vec<_>>()
        };
        OwnSyncs { sentences: accounts.flat_map(of_account).collect() }
    }
}

fn of_login(
    settings: &Settings,
    (to, pair): &(Destination, TokenPair),
    sources: &[Source],
) -> Vec<String> {
    let Ok(tracker) = all::make_one(&to.tracker, settings, CALL_LIMIT) else { return Vec::new() };
    let line = tracker.line();
    let mut ask = |call: &_| line(call, Some(pair));
    let sentences = sources.iter().filter_map(|source| tracker.own_sync(&mut ask, *source));
    sentences.map(|sentence| format!("account `{}`: {sentence}", to.account)).collect()
}
