//! How is it set?

use super::CLIENT_ID;

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// The app's id; another one is refused.
    pub client_id: String,
    /// Whom the next approval signs in.
    pub user: String,
    /// A device code approves itself after so many polls; `None` waits for `approve`.
    pub approve_after_polls: Option<u32>,
    /// The least time between polls, in seconds.
    pub poll_interval_seconds: u64,
    /// Where a person approves.
    pub verification_url: String,
    /// Lifetime of an access token, in seconds.
    pub token_seconds: u64,
    /// How many calls a user has in a day.
    pub calls_a_day: u32,
    /// Whether the same play again counts again, also within the hour. Simkl's does not; so a test
    /// can show that it would notice.
    pub counts_again: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_id: CLIENT_ID.to_owned(),
            user: "demo".to_owned(),
            approve_after_polls: Some(1),
            poll_interval_seconds: 1,
            verification_url: "https://simkl.com/pin".to_owned(),
            token_seconds: 7 * 24 * 3600,
            calls_a_day: 500,
            counts_again: false,
        }
    }
}
