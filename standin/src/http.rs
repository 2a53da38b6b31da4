//! What is asked and what is answered, as plain data without a socket.

use crate::Time;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Display;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// One HTTP request, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path, still percent-encoded, without the query.
    pub path: String,
    /// What follows the question mark, still percent-encoded; or empty.
    pub query: String,
    /// Header names and values in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body; empty where there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body; `target` is a path with or without a query.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a JSON body and the header that says so.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with("Content-Type", "application/json")
    }

    /// The first header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The path with its query.
    #[must_use]
    pub fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// The parts of the path between slashes, decoded.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|part| !part.is_empty()).map(decoded).collect()
    }

    /// A value of the query, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.pairs().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The names and values of the query, decoded.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (String, String)> {
        pairs(&self.query)
    }

    /// The names and values of a body that is said to be a form, decoded; of any other none.
    #[cfg(feature = "faults")]
    pub(crate) fn form(&self) -> impl Iterator<Item = (String, String)> {
        let is_form = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let body = str::from_utf8(&self.body).ok().filter(|_| is_form);
        pairs(body.unwrap_or_default())
    }

    /// The body as `T`, or the 400 that is given to what can't be parsed.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Response> {
        let refused =
            |error: &dyn Display| Response::refusal(400, &format!("unparseable body: {error}"));
        let body = str::from_utf8(&self.body).map_err(|error| refused(&error))?;
        serde_json::from_str(body).map_err(|error| refused(&error))
    }
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let plain = |text: &str| decoded(&text.replace('+', " "));
    pairs.map(move |(key, value)| (plain(key), plain(value)))
}

pub(crate) fn decoded(text: &str) -> String {
    let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        match (byte, ahead.next().and_then(hex), ahead.next().and_then(hex)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// One HTTP answer, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers, without those that the wire needs (`Content-Length`, `Connection`).
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// 200 with text for people.
    pub(crate) fn text(text: &str) -> Self {
        Self { body: text.as_bytes().to_vec(), ..Self::empty(200) }
            .with("Content-Type", "text/plain; charset=utf-8")
    }

    /// Without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self { body: body.to_string().into_bytes(), ..Self::empty(status) }
            .with("Content-Type", "application/json; charset=utf-8")
    }

    /// With the page that a CDN shows.
    #[must_use]
    pub fn html(status: u16) -> Self {
        let page = format!("<!DOCTYPE html><title>{status}</title><h1>Error {status}</h1>\n");
        Self { body: page.into_bytes(), ..Self::empty(status) }
            .with("Content-Type", "text/html; charset=utf-8")
    }

    /// A refusal that says why. Real ones are often empty; these help whoever tests against the
    /// stand-in.
    pub(crate) fn refusal(status: u16, why: &str) -> Self {
        Self::json(status, &json!({ "error": why }))
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The first header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// `now` as the `Date` header writes it: `Tue, 24 Nov 2026 05:50:02 GMT`.
pub(crate) fn http_date(now: Time) -> String {
    let seconds = i64::try_from(now.0 / 1000).unwrap_or_default();
    OffsetDateTime::from_unix_timestamp(seconds)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .format(&Rfc2822)
        .map(|date| date.replace("+0000", "GMT"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_taken_apart_and_decoded() {
        let request = Request::new("GET", "/search/movie?query=a%20b+c%3a%zz%4&years=1999");
        assert_eq!(request.segments(), ["search", "movie"]);
        assert_eq!(request.parameter("query").as_deref(), Some("a b c:%zz%4"));
        assert_eq!(request.parameter("years").as_deref(), Some("1999"));
        assert_eq!(request.parameter("year"), None);
        assert_eq!(request.target(), "/search/movie?query=a%20b+c%3a%zz%4&years=1999");
    }

    #[test]
    fn dates_are_written_as_http_wants_them() {
        assert_eq!(http_date(Time(1_795_499_402_999)), "Tue, 24 Nov 2026 05:50:02 GMT");
        assert_eq!(http_date(Time(u64::MAX)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
