//! What is kept for accounts that the config does not have?
//!
//! Login and queue belong to an account's name. Who renames an account, or writes the first
//! `[[account]]` where there was none, leaves both behind: no courier reads them, and whose they
//! are only a person can tell. So they are neither handed over nor dropped, but told.

use super::shown::UnclaimedShown;
use crate::config::Account;
use crate::store::{Store, StoreError};
use std::collections::BTreeMap;
use std::fmt;

/// What is kept for one such account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unclaimed {
    /// The name that the config does not have.
    pub(super) account: String,
    waiting: u64,
    parked: u64,
    login: bool,
}

/// All of it, for a config that has these accounts.
pub(crate) fn unclaimed(
    store: &mut Store,
    configured: &[Account],
) -> Result<Vec<Unclaimed>, StoreError> {
    let mut kept: BTreeMap<String, Unclaimed> = BTreeMap::new();
    for (account, waiting, parked) in store.counts()? {
        let one = kept.entry(account).or_default();
        (one.waiting, one.parked) = (waiting, parked);
    }
    for login in store.logins()? {
        kept.entry(login.account).or_default().login = true;
    }
    for account in configured {
        kept.remove(&account.name);
    }
    Ok(kept.into_iter().map(|(account, one)| Unclaimed { account, ..one }).collect())
}

impl Unclaimed {
    /// As it is shown.
    pub(super) fn shown(&self) -> UnclaimedShown {
        let Self { account, waiting, parked, login } = self;
        let (account, waiting, parked, login) = (account.clone(), *waiting, *parked, *login);
        UnclaimedShown { account, waiting, parked, login, sentence: self.to_string() }
    }
}

impl fmt::Display for Unclaimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, waiting, parked, login } = self;
        let kept: Vec<String> = [
            (*waiting > 0).then(|| format!("{waiting} waiting to be sent")),
            (*parked > 0).then(|| format!("{parked} parked")),
            login.then(|| "its login".to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect();
        write!(
            f,
            "the config has no account `{account}`, but something is stored for it: {}; give an \
             [[account]] that name, or delete it with `scrobbled logout {account}`",
            kept.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_what_is_kept_and_the_way_out() {
        let of = |waiting, parked, login| {
            Unclaimed { account: "default".into(), waiting, parked, login }.to_string()
        };
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
    }
}
