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

/// An access token, and the refresh token that gets the next pair, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPair {
    /// Goes with each call.
    pub access: Secret,
    /// Good for one refresh.
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

    /// When to refresh: at half of the lifetime, so that a refresh that fails has as much time
    /// again to succeed.
    #[must_use]
    pub fn refresh_due(&self) -> Time {
        self.created.after(self.lifetime / 2)
    }

    /// Whether the access token has come to its end, so that only the refresh token is left.
    #[must_use]
    pub fn has_run_out(&self, now: Time) -> bool {
        self.created.after(self.lifetime) <= now
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
