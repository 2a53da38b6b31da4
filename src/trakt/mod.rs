//! How does Trakt say it?
//!
//! [`calls`] turns an intent into the calls that tell it, purely; [`auth`] logs in and refreshes;
//! [`lookup`] finds out what an item is at Trakt; [`api`] asks for other facts and reads answers;
//! [`Client`] sends. Facts about Trakt are from docs.trakt.tv and the
//! contract in trakt/trakt-api; where these are silent, the issue that showed it is named.
//!
//! Not here: when a call is made, whether it is made again, and what its answer means for the
//! intent (`courier`).

pub mod api;
pub mod auth;
pub mod calls;
pub mod lookup;
mod names;
mod trouble;

pub use crate::http::{Answer, Failure, Method, Reply};
pub use calls::{Call, Timing, calls};
pub use trouble::Trouble;

use crate::config;
use crate::http;
use crate::secret::Secret;
use serde_json::Value;
use std::time::Duration;

/// Sends calls to Trakt. It keeps no connection and no token.
#[derive(Clone, Debug)]
pub struct Client {
    settings: config::Trakt,
    time_limit: Duration,
}

impl Client {
    /// A client of the app and the addresses that `settings` name.
    #[must_use]
    pub fn new(settings: config::Trakt) -> Self {
        Self { settings, time_limit: Duration::from_secs(30) }
    }

    /// The same with another limit for each call; rounded up to whole seconds.
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// Makes a call in the name of whose token `access` is, or in nobody's.
    ///
    /// # Errors
    /// When there is no answer. Any status is an answer.
    pub fn send(&self, call: &Call, access: Option<&Secret>) -> Reply {
        let mut headers = headers();
        headers.push(("trakt-api-version", "2".to_owned()));
        headers.push(("trakt-api-key", self.settings.client_id.clone()));
        if let Some(access) = access {
            headers.push(("Authorization", format!("Bearer {}", access.reveal())));
        }
        http::send(http::Request {
            method: call.method,
            url: format!("{}{}", self.settings.api_url, call.path),
            headers,
            body: call.body.as_ref().map(Value::to_string),
            time_limit: self.time_limit,
        })
    }

    /// Posts to the OAuth host. Kept apart from [`Call`], which shows what is in it.
    fn authorize(&self, path: &str, body: &Value) -> Reply {
        http::send(http::Request {
            method: Method::Post,
            url: format!("{}{path}", self.settings.auth_url),
            headers: headers(),
            body: Some(body.to_string()),
            time_limit: self.time_limit,
        })
    }
}

/// The CDN turns calls without a User-Agent away.
fn headers() -> Vec<(&'static str, String)> {
    vec![
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", concat!("scrobbled/", env!("CARGO_PKG_VERSION")).to_owned()),
    ]
}
