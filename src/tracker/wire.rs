//! How does a call go out where nothing but a token goes with it?

use super::Call;
use crate::http::trust::Trust;
use crate::http::{self, Method, Reply, encoded};
use crate::secret::Secret;
use serde_json::Value;
use std::time::Duration;

/// Makes `call` at `url` with the token `access`, where there is one.
pub(super) fn send(
    call: &Call,
    url: String,
    access: Option<&Secret>,
    time_limit: Duration,
) -> Reply {
    let mut headers = headers("application/json");
    if let Some(access) = access {
        headers.push(("Authorization", format!("Bearer {}", access.reveal())));
    }
    let (method, body) = (call.method, call.body.as_ref().map(Value::to_string));
    let trust = Trust::default();
    http::send(&http::Request { method, url, headers, body, time_limit, trust })
}

/// Posts the form of a login in the name of the app `client_id`. Kept apart from [`Call`], which shows
/// what is in it.
pub(super) fn post_form(
    url: String,
    client_id: &str,
    fields: &[(&str, &str)],
    time_limit: Duration,
) -> Reply {
    let fields = [("client_id", client_id)].into_iter().chain(fields.iter().copied());
    let fields: Vec<String> =
        fields.map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    let (method, body) = (Method::Post, Some(fields.join("&")));
    let headers = headers("application/x-www-form-urlencoded");
    let trust = Trust::default();
    http::send(&http::Request { method, url, headers, body, time_limit, trust })
}

fn headers(content_type: &str) -> Vec<(&'static str, String)> {
    vec![("Content-Type", content_type.to_owned()), ("User-Agent", http::USER_AGENT.to_owned())]
}
