//! The login that an account has at a tracker, as it is kept.

use crate::event::Time;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What no token lives less than: an answer that says so makes no sense. To believe it would be to
/// refresh without end, with a pair for the disk each time.
pub const SHORTEST_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// The longest token, in bytes.
const TOKEN_MOST: usize = 4096;

/// How long a key is good: until its user ends it at the tracker.
const NEVER_ENDS: Duration = Duration::from_secs(u64::MAX);

/// An access token, and the refresh token that gets the next pair, once; or a key that the user has made
/// at the tracker ([`key`](Self::key)), which is never renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPair {
    /// Goes with each call.
    pub access: Secret,
    /// Good for one refresh; empty where the other is a key.
    pub refresh: Secret,
    /// When it came, by our clock: the tracker's would not agree with it.
    pub created: Time,
    /// How long the access token is good. At Trakt it was three months, a day and a week by turns,
    /// so only what the answer says counts, but for less than [`SHORTEST_LIFETIME`].
    pub lifetime: Duration,
}

/// The shape in the store; private, so that nothing else of ours is written out with a secret in
/// it.
#[derive(Serialize, Deserialize)]
struct Stored {
    access: String,
    created_ms: u64,
    lifetime_seconds: u64,
    refresh: String,
}

impl TokenPair {
    /// A pair that was read from somewhere; `None` where one of its tokens can't be one.
    #[must_use]
    pub fn new(access: String, refresh: String, created: Time, lifetime: Duration) -> Option<Self> {
        let lifetime = lifetime.max(SHORTEST_LIFETIME);
        Some(Self { access: token(access)?, refresh: token(refresh)?, created, lifetime })
    }

    /// A login by a key; `None` where the text can't be one.
    #[must_use]
    pub fn key(text: String, created: Time) -> Option<Self> {
        let (refresh, lifetime) = (Secret::default(), NEVER_ENDS);
        Some(Self { access: token(text)?, refresh, created, lifetime })
    }

    /// Whether it is a key.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.refresh.is_empty()
    }

    /// When to refresh: at half of the lifetime, so that a refresh that fails has as much time
    /// again to succeed. `None` where that is never.
    #[must_use]
    pub fn refresh_due(&self) -> Option<Time> {
        (!self.is_key()).then(|| self.created.after(self.lifetime / 2))
    }

    /// When the access token comes to its end; `None` where it has none.
    #[must_use]
    pub fn ends(&self) -> Option<Time> {
        (!self.is_key()).then(|| self.created.after(self.lifetime))
    }

    /// Whether the access token has come to its end, so that only the refresh token is left.
    #[must_use]
    pub fn has_run_out(&self, now: Time) -> bool {
        self.ends().is_some_and(|end| end <= now)
    }

    /// The pair as the store keeps it. This text is a secret.
    #[must_use]
    pub fn to_json(&self) -> String {
        let stored = Stored {
            access: self.access.reveal().to_owned(),
            refresh: self.refresh.reveal().to_owned(),
            created_ms: self.created.0,
            lifetime_seconds: self.lifetime.as_secs(),
        };
        serde_json::to_string(&stored).unwrap_or_default() // texts and numbers always have a JSON
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let Stored { access, refresh, created_ms, lifetime_seconds } =
            serde_json::from_str(text).ok()?;
        if refresh.is_empty() {
            return Self::key(access, Time(created_ms));
        }
        Self::new(access, refresh, Time(created_ms), Duration::from_secs(lifetime_seconds))
    }
}

/// A token goes into a header as it is: one with a line break in it would be a header of its own.
fn token(text: String) -> Option<Secret> {
    let is_one =
        (1..=TOKEN_MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_one.then(|| Secret::new(text))
}

/// Whether a renewed token pair is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is on the disk.
    Safe,
    /// The pair that it replaces is not in use any more: the user has logged in anew, or out, and
    /// the courier is told so.
    Obsolete,
    /// It is not; what the disk says.
    Refused(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_as_one_and_never_renewed() {
        let key = TokenPair::key("k3y".to_owned(), Time(5)).expect("a key");
        assert_eq!(TokenPair::from_json(&key.to_json()), Some(key.clone()));
        assert!(key.is_key() && !key.has_run_out(Time(u64::MAX)));
        assert_eq!((key.refresh_due(), key.ends()), (None, None));
        assert_eq!(TokenPair::key("two words".to_owned(), Time(5)), None);
        assert_eq!(TokenPair::key(String::new(), Time(5)), None);
        let day = Duration::from_secs(86_400);
        let pair = TokenPair::new("a".into(), "r".into(), Time(5), day).expect("a pair");
        assert_eq!(TokenPair::from_json(&pair.to_json()), Some(pair.clone()));
        assert!(!pair.is_key() && pair.has_run_out(Time(86_400_005)));
        assert_eq!(pair.refresh_due(), Some(Time(43_200_005)));
        assert_eq!(TokenPair::new("a".into(), String::new(), Time(5), day), None);
    }
}
