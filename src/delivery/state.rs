//! How is an account?

use std::fmt;

/// What a tracker has against the app or the account as a whole, not against one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its name, by which it is known again.
    pub name: &'static str,
    /// What it is and what to do, in a sentence.
    pub sentence: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence)
    }
}

/// How an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Connected, as whom where the tracker has told it.
    Connected {
        /// The user's name there.
        user: Option<String>,
    },
    /// There is no app in whose name anybody could log in; what to do.
    AppNeeded(Refusal),
    /// There is no login, or it is over or about to be.
    LoginNeeded,
    /// The tracker refuses the app or the account.
    Refused(Refusal),
    /// The tracker does not answer; no need to do anything.
    Unreachable,
    /// A new token pair could not be kept.
    NotKept(String),
}

impl AccountState {
    /// [`sentence`](Self::sentence) where nothing beside it says which account it is.
    #[must_use]
    pub fn named(&self, account: &str, tracker: &str) -> String {
        let sentence = self.sentence(account, tracker);
        match self {
            Self::LoginNeeded => sentence, // with the command, which names it
            Self::Connected { .. }
            | Self::AppNeeded(_)
            | Self::Refused(_)
            | Self::Unreachable
            | Self::NotKept(_) => {
                format!("account `{account}`: {sentence}")
            }
        }
    }

    /// One sentence that says how it is and what to do, where the tracker is called `tracker`.
    #[must_use]
    pub fn sentence(&self, account: &str, tracker: &str) -> String {
        match self {
            Self::Connected { user: Some(user) } => format!("connected to {tracker} as `{user}`"),
            Self::Connected { user: None } => format!("connected to {tracker}"),
            Self::LoginNeeded => format!(
                "login needed: press Connect on the page or run `scrobbled login {account}`; \
                 plays are kept until then"
            ),
            Self::AppNeeded(refusal) | Self::Refused(refusal) => refusal.to_string(),
            Self::Unreachable => {
                format!("{tracker} does not answer; everything is kept and sent when it does")
            }
            Self::NotKept(why) => format!(
                "the new login can't be written to disk ({why}): free some space, or fix the \
                 permissions of the data folder"
            ),
        }
    }
}
