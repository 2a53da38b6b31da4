//! What is a receiver told beside plays?

use super::{Destination, TokenPair};
use crate::event::Time;
use crate::intent::Intent;
use sha2::{Digest, Sha256};

/// Trouble that a receiver may be told of.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// By which id it is known again.
    pub id: String,
    /// Where it is: what waits for a receiver is of several accounts, and what is parked before it was
    /// handed out for no tracker's sake is at none.
    pub of: Destination,
    /// What it is.
    pub trouble: Trouble,
    /// What it is and what to do, in a sentence.
    pub reason: String,
    /// When it was so.
    pub at: Time,
}

/// What trouble it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The tracker has ended the login.
    LoginNeeded,
    /// This was not taken, and waits for a person.
    Parked(Box<Intent>),
}

impl Notice {
    /// That the login with this pair is over. However often that is told, it is the same.
    #[must_use]
    pub fn login_needed(of: Destination, pair: &TokenPair, reason: String, at: Time) -> Self {
        let id = id(&["login", &of.account, &of.tracker, &pair.created.to_string()]);
        Self { id, of, trouble: Trouble::LoginNeeded, reason, at }
    }

    /// That the intent of this number is parked for `of`.
    #[must_use]
    pub fn parked(of: Destination, number: u64, intent: Intent, reason: String, at: Time) -> Self {
        let (number, when) = (number.to_string(), at.to_string());
        let id = id(&["parked", &of.tracker, &number, &when, &intent.item.label()]);
        Self { id, of, trouble: Trouble::Parked(Box::new(intent)), reason, at }
    }

    /// Whose trouble it is.
    #[must_use]
    pub fn account(&self) -> &str {
        match &self.trouble {
            Trouble::LoginNeeded => &self.of.account,
            Trouble::Parked(intent) => &intent.account,
        }
    }

    /// What an event of it is called.
    #[must_use]
    pub fn its_type(&self) -> &'static str {
        match self.trouble {
            Trouble::LoginNeeded => "account.login_needed",
            Trouble::Parked(_) => "intent.parked",
        }
    }
}

/// An id that all of this makes.
fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let half = hash.finalize().into_iter().take(16);
    half.fold("msg_".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}
