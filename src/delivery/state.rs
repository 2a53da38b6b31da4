//! How is an account?

use super::Destination;
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

/// That a tracker has no app in whose name anybody could log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoApp {
    /// What the tracker is called.
    pub title: &'static str,
    /// Which one to create, where, and what to set then, to be read after "create".
    pub mend: &'static str,
}

impl NoApp {
    /// That all of these have none, of which one would do.
    #[must_use]
    pub fn all_in_words(lacking: &[Self]) -> String {
        let titles: Vec<&str> = lacking.iter().map(|one| one.title).collect();
        let mends: Vec<&str> = lacking.iter().map(|one| one.mend).collect();
        format!(
            "no {} app is configured: create {}; then restart the daemon",
            one_of(&titles),
            mends.join(", or ")
        )
    }
}

/// Names of which one is meant: `a, b or c`.
#[must_use]
pub fn one_of(names: &[&str]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        names => names.concat(),
    }
}

/// How an account is at a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Connected, as whom where the tracker has told it.
    Connected {
        /// The user's name there.
        user: Option<String>,
    },
    /// There is no app in whose name anybody could log in; what to do, by trackers.
    AppNeeded(Vec<NoApp>),
    /// There is no login at any tracker, or the one at this tracker is over or about to be.
    LoginNeeded,
    /// It is connected to no tracker and need not be: these receivers are told of its plays.
    ReceiversOnly(Vec<String>),
    /// The tracker refuses the app or the account.
    Refused(Refusal),
    /// The tracker does not answer; no need to do anything.
    Unreachable,
    /// A new token pair could not be kept.
    NotKept(String),
}

impl AccountState {
    /// Whether there is nothing to be done and nothing to wait for.
    #[must_use]
    pub fn is_well(&self) -> bool {
        match self {
            Self::Connected { .. } | Self::ReceiversOnly(_) => true,
            Self::AppNeeded(_)
            | Self::LoginNeeded
            | Self::Refused(_)
            | Self::Unreachable
            | Self::NotKept(_) => false,
        }
    }

    /// [`sentence`](Self::sentence) where nothing beside it says which account it is.
    #[must_use]
    pub fn named(&self, to: &Destination, title: &str) -> String {
        let sentence = self.sentence(to, title);
        match self {
            Self::LoginNeeded => sentence, // with the command, which names it
            Self::Connected { .. }
            | Self::AppNeeded(_)
            | Self::ReceiversOnly(_)
            | Self::Refused(_)
            | Self::Unreachable
            | Self::NotKept(_) => {
                format!("account `{}`: {sentence}", to.account)
            }
        }
    }

    /// One sentence that says how it is and what to do, where the tracker is called `title`.
    #[must_use]
    pub fn sentence(&self, to: &Destination, title: &str) -> String {
        let Destination { account, tracker } = to;
        match self {
            Self::Connected { user: Some(user) } => format!("connected to {title} as `{user}`"),
            Self::Connected { user: None } => format!("connected to {title}"),
            Self::LoginNeeded if tracker.is_empty() => format!(
                "login needed: press Connect on the page or run `scrobbled login {account}`; \
                 plays are kept until then"
            ),
            Self::LoginNeeded => format!(
                "login needed: {title} has ended the last one; press Connect on the page or run \
                 `scrobbled login {account} --to {tracker}`; plays are kept until then"
            ),
            Self::AppNeeded(lacking) => {
                format!("{}; plays are kept until then", NoApp::all_in_words(lacking))
            }
            Self::ReceiversOnly(receivers) => {
                let names: Vec<String> = receivers.iter().map(|name| format!("`{name}`")).collect();
                let receivers = if names.len() == 1 { "receiver" } else { "receivers" };
                format!("connected to no tracker; plays go to the {receivers} {}", names.join(", "))
            }
            Self::Refused(refusal) => refusal.to_string(),
            Self::Unreachable => {
                format!("{title} does not answer; everything is kept and sent when it does")
            }
            Self::NotKept(why) => format!(
                "the new login can't be written to disk ({why}): free some space, or fix the \
                 permissions of the data folder"
            ),
        }
    }
}
