//! How is a Jellyfin asked and told while it is connected?

use crate::connect::around::Around;
use crate::connect::call::call;
use crate::event::Source;
use crate::http::trust::Trust;
use crate::http::{Answer, Method, USER_AGENT, encoded};
use crate::secret::Secret;
use serde_json::Value;

/// A Jellyfin, and as whom it is spoken to.
pub(super) struct Api<'a> {
    /// Where it is, without a slash at its end.
    pub(super) url: &'a str,
    /// Whom TLS trusts there.
    pub(super) trust: &'a Trust,
    /// A key or a person's token; empty: nobody's.
    pub(super) token: Secret,
}

impl Api<'_> {
    /// What is answered to this, whatever status it has.
    pub(super) fn get(&self, path: &str) -> Result<Answer, String> {
        self.send(Method::Get, path, None)
    }

    /// The same to something that is to be done; a body is JSON.
    pub(super) fn post(&self, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        self.send(Method::Post, path, body)
    }

    /// The same to something that is to go.
    pub(super) fn delete(&self, path: &str) -> Result<Answer, String> {
        self.send(Method::Delete, path, None)
    }

    /// The JSON that stands at `path`; `what` is told where it does not.
    pub(super) fn read(&self, path: &str, what: &str) -> Result<Value, String> {
        let answer = self.get(path)?;
        self.good(&answer, what)?;
        answer.json().ok_or_else(|| self.strange(what))
    }

    /// That an answer is a good one; else a sentence with what was wanted: `the list of users`.
    pub(super) fn good(&self, answer: &Answer, what: &str) -> Result<(), String> {
        let url = self.url;
        match answer.status {
            200..=299 => Ok(()),
            401 => Err(format!("{url} no longer takes the key that was got for it ({what})")),
            403 => Err(format!("{url} refuses {what}: that is for administrators")),
            404 => Err(format!("{url} has no such thing: {what}")),
            status => Err(format!("{url} answers with an error ({status}) to {what}; look there")),
        }
    }

    /// That what was answered makes no sense.
    pub(super) fn strange(&self, what: &str) -> String {
        format!("what {} answers makes no sense: {what}", self.url)
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let mut headers = Vec::new();
        if !self.token.is_empty() {
            let token = self.token.reveal();
            headers.push(("Authorization", format!("MediaBrowser Token=\"{}\"", encoded(token))));
        }
        self.send_with(method, path, headers, body)
    }

    /// The same as the program that we are, without a token: so somebody signs in.
    pub(super) fn introduced(
        &self,
        around: &Around,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let version = USER_AGENT.rsplit('/').next().unwrap_or_default();
        let introduction = format!(
            "MediaBrowser Client=\"scrobbled\", Device=\"{}\", DeviceId=\"{}\", Version=\"{version}\"",
            encoded(&around.host),
            encoded(&around.device),
        );
        self.send_with(method, path, vec![("Authorization", introduction)], body)
    }

    fn send_with(
        &self,
        method: Method,
        path: &str,
        mut headers: Vec<(&'static str, String)>,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        if body.is_some() {
            headers.push(("Content-Type", "application/json".to_owned()));
        }
        let body = match (method, body) {
            (_, Some(body)) => Some(body.to_string()),
            (Method::Post | Method::Put, None) => Some(String::new()), // proxies want its length
            (Method::Get | Method::Delete, None) => None,
        };
        let trust = Some((Source::Jellyfin, self.trust));
        call(method, &format!("{}{path}", self.url), trust, headers, body)
    }
}

/// A text in an answer; empty where there is none.
pub(super) fn text(of: &Value, pointer: &str) -> String {
    of.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Whether something in an answer is true.
pub(super) fn is_true(of: &Value, pointer: &str) -> bool {
    of.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The elements of a list in an answer.
pub(super) fn list<'a>(of: &'a Value, pointer: &str) -> &'a [Value] {
    of.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
