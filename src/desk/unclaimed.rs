//! What is kept for accounts that the config does not have, or for trackers that this build does not?
//!
//! Login and queue belong to an account's name. Who renames an account, or writes the first
//! `[[account]]` where there was none, leaves both behind: no courier reads them, and whose they
//! are only a person can tell. So they are neither handed over nor dropped, but told. Nor does anybody
//! deliver to a tracker that only another build has.

use super::shown::UnclaimedShown;
use crate::config::Account;
use crate::delivery::Destination;
use crate::event::Time;
use crate::store::{Store, StoreError};
use crate::tracker::all;
use std::collections::BTreeMap;
use std::fmt;

/// What is kept for one such account, or for an account at one such tracker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unclaimed {
    /// Its name, which the config does not have where no tracker is named.
    pub(super) account: String,
    /// The name that this build does not have.
    pub(super) tracker: Option<String>,
    waiting: u64,
    parked: u64,
    login: bool,
}

/// All of it, for a config that has these accounts.
pub(crate) fn unclaimed(
    store: &mut Store,
    configured: &[Account],
) -> Result<Vec<Unclaimed>, StoreError> {
    let whose = |Destination { account, tracker }| {
        if configured.iter().all(|one| one.name != account) {
            return Some((account, None));
        }
        let is_ours = tracker.is_empty() || all::is_known(&tracker);
        (!is_ours).then_some((account, Some(tracker)))
    };
    let mut kept: BTreeMap<(String, Option<String>), Unclaimed> = BTreeMap::new();
    for queue in store.queues(Time::default())? {
        if let Some(whose) = whose(queue.destination) {
            let one = kept.entry(whose).or_default();
            one.waiting += queue.waiting;
            one.parked += queue.parked;
        }
    }
    for whose in store.logins()?.into_iter().filter_map(whose) {
        kept.entry(whose).or_default().login = true;
    }
    let named = |((account, tracker), one): (_, Unclaimed)| Unclaimed { account, tracker, ..one };
    Ok(kept.into_iter().map(named).collect())
}

impl Unclaimed {
    /// As it is shown.
    pub(super) fn shown(&self) -> UnclaimedShown {
        let Self { account, tracker, waiting, parked, login } = self.clone();
        UnclaimedShown { account, tracker, waiting, parked, login, sentence: self.to_string() }
    }
}

impl fmt::Display for Unclaimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, tracker, waiting, parked, login } = self;
        let kept: Vec<String> = [
            (*waiting > 0).then(|| format!("{waiting} waiting to be sent")),
            (*parked > 0).then(|| format!("{parked} parked")),
            login.then(|| "its login".to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let kept = kept.join(", ");
        match tracker {
            None => write!(
                f,
                "the config has no account `{account}`, but something is stored for it: {kept}; give \
                 an [[account]] that name, or delete it with `scrobbled logout {account}`"
            ),
            Some(tracker) => write!(
                f,
                "this build has no tracker `{tracker}`, but something is stored for the account \
                 `{account}` there: {kept}; use a build that has it, or disconnect the account with \
                 `scrobbled logout {account} --to {tracker}`"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_what_is_kept_and_the_way_out() {
        let one = |tracker: Option<&str>, waiting, parked, login| {
            let (account, tracker) = ("default".into(), tracker.map(str::to_owned));
            Unclaimed { account, tracker, waiting, parked, login }.to_string()
        };
        let of = |waiting, parked, login| one(None, waiting, parked, login);
        let cases = [
            (of(3, 0, false), "3 waiting to be sent"),
            (of(0, 1, true), "1 parked, its login"),
            (of(3, 1, true), "3 waiting to be sent, 1 parked, its login"),
        ];
        for (sentence, kept) in cases {
            let expected = format!(
                "the config has no account `default`, but something is stored for it: {kept}; \
                 give an [[account]] that name, or delete it with `scrobbled logout default`"
            );
            assert_eq!(sentence, expected);
        }
        let expected = "this build has no tracker `elsewhere`, but something is stored for the \
                        account `default` there: 2 waiting to be sent, its login; use a build that \
                        has it, or disconnect the account with `scrobbled logout default --to \
                        elsewhere`";
        assert_eq!(one(Some("elsewhere"), 2, 0, true), expected);
    }
}
