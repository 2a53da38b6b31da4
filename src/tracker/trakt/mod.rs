//! How does Trakt say it?
//!
//! [`calls`] turns an intent into the call that tells it, purely; [`auth`] logs in and refreshes;
//! [`lookup`] finds out what an item is at Trakt; [`api`] asks for other facts and reads answers;
//! [`Client`] sends. Facts about Trakt are from docs.trakt.tv and the
//! contract in trakt/trakt-api; where these are silent, the issue that showed it is named.
//!
//! Not here: when a call is made, whether it is made again, and what its answer means for the
//! intent (`courier`).

pub mod api;
pub mod auth;
pub mod calls;
mod fit;
pub mod lookup;
mod names;
mod thing;
mod trouble;

pub use crate::http::{Answer, Failure, Method, Reply};
pub use calls::{Call, Timing};
pub use thing::Thing;
pub use trouble::Trouble;

use crate::config;
use crate::event::Time;
use crate::http;
use crate::secret::Secret;
use serde_json::Value;
use std::ops::Range;
use std::time::Duration;

/// What a date of Trakt's may be: from 2026, since this program is no older, to 2046. A play may
/// be dated by it, and one of the year 9999 stays on top of somebody's history for ever.
const DATES: Range<Time> = Time(1_767_225_600_000)..Time(2_398_377_600_000);

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
        let reply = http::send(http::Request {
            method: call.method,
            url: format!("{}{}", self.settings.api_url, call.path),
            headers,
            body: call.body.as_ref().map(Value::to_string),
            time_limit: self.time_limit,
        });
        reply.map(|answer| Answer { date: trakts_time(&answer), ..answer })
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

/// The time at Trakt, where the answer is Trakt's own and the time may be true: a page, or no body
/// at all, may come from a CDN or a portal, whose clock is no better than ours.
fn trakts_time(answer: &Answer) -> Option<Time> {
    let is_json = matches!(answer.body.trim_ascii_start().first(), Some(b'{' | b'['));
    answer.date.filter(|date| is_json && !answer.html && DATES.contains(date))
}

/// The CDN turns calls without a User-Agent away.
fn headers() -> Vec<(&'static str, String)> {
    vec![
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", concat!("scrobbled/", env!("CARGO_PKG_VERSION")).to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_believed_where_trakt_itself_may_have_said_it() {
        for (date, body, html, expected) in [
            ("2026-11-24T05:50:02Z", "{}", false, true),
            ("2026-11-24T05:50:02Z", " [1]", false, true),
            ("2026-01-01T00:00:00Z", "[]", false, true),
            ("2045-12-31T23:59:59Z", "[]", false, true),
            ("2025-12-31T23:59:59Z", "[]", false, false),
            ("2046-01-01T00:00:00Z", "[]", false, false),
            ("1970-01-01T00:00:00Z", "[]", false, false),
            ("9999-12-31T23:59:59Z", "[]", false, false),
            ("2026-11-24T05:50:02Z", "", false, false),
            ("2026-11-24T05:50:02Z", "<html>", true, false),
            ("2026-11-24T05:50:02Z", "{}", true, false),
            ("2026-11-24T05:50:02Z", "moved", false, false),
        ] {
            let date = Time::from_rfc3339(date);
            let answer = Answer { date, html, body: body.into(), ..Answer::default() };
            let expected = date.filter(|_| expected);
            assert_eq!(trakts_time(&answer), expected, "{date:?} {body}");
        }
    }
}
