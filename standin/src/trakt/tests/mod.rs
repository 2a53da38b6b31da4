//! Every endpoint and status that the client can meet, in tables; and that nothing panics.

mod auth;
mod limits;
mod lookup;
mod scrobble;
mod sync;
mod wire;

use super::*;
use serde_json::{Value, json};

/// A Tuesday evening.
const NOW: Time = Time(1_795_550_400_000);

/// A person with an app, asking Trakt.
struct Client {
    trakt: Trakt,
    tokens: Tokens,
    now: Time,
}

impl Client {
    fn new(mut trakt: Trakt) -> Self {
        let tokens = trakt.issue_tokens("mara", NOW);
        Self { trakt, tokens, now: NOW }
    }

    fn ask(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let request = with_headers(Request::new(method, target), &self.tokens.access);
        let request = if body.is_null() { request } else { request.json(body) };
        self.trakt.answer(&request, self.now)
    }

    fn get(&mut self, target: &str) -> Value {
        self.ask("GET", target, &Value::Null).value()
    }

    fn post(&mut self, target: &str, body: &Value) -> (u16, Value) {
        let answer = self.ask("POST", target, body);
        (answer.status, answer.value())
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
    }
}

fn with_headers(request: Request, access: &str) -> Request {
    request
        .with("User-Agent", "scrobbled/0.1.0")
        .with("trakt-api-version", "2")
        .with("trakt-api-key", CLIENT_ID)
        .with("Authorization", &format!("Bearer {access}"))
}

/// The film of the samples, by an id.
fn salt_road() -> Value {
    json!({ "ids": { "imdb": "tt91000101" } })
}

/// Fails with every case that is not as expected.
#[track_caller]
fn compare<T: PartialEq + std::fmt::Debug>(cases: impl IntoIterator<Item = (String, T, T)>) {
    let wrong: Vec<String> = cases
        .into_iter()
        .filter(|(_, seen, expected)| seen != expected)
        .map(|(name, seen, expected)| format!("{name}: {seen:?}, expected {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
