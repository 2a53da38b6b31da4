//! What did a server answer, if it did?
//!
//! [`send`] is the only user of minreq, for calls to trackers, media servers and receivers. (What goes on
//! without an end is [`live`]'s.) Its traps are
//! dealt with here and nowhere else:
//! - It follows redirects with the `Authorization` header: switched off, a 3xx is an answer.
//! - It reads a body without end: read lazily, at most [`MOST_BODY`].
//! - It reports a connection that was closed without an answer as status 503, and a body that was
//!   cut off as a whole one: both are [`Failure::AnswerLost`].
//! - It takes whatever cryptography rustls finds: ours is set before.
//! - It starts a thread a call and panics where there is none to be had, and where a head takes
//!   more than it may (see Cargo.toml): caught.
//!
//! Not here: which calls there are and what an answer means (`tracker`, `media_server`).

use crate::crypto;
use crate::event::Time;
use serde_json::Value;
use std::fmt;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

pub mod chunked;
pub mod events;
mod json;
pub mod live;
#[cfg(test)]
pub(crate) mod scripted;

/// Most bytes of a body that are read. A longer one counts as an answer without a body.
pub const MOST_BODY: usize = 2 * 1024 * 1024;

/// As whom we speak to trackers and media servers.
pub(crate) const USER_AGENT: &str = concat!("scrobbled/", env!("CARGO_PKG_VERSION"));

/// What minreq puts into the place of a status line that never came.
const NO_STATUS_LINE: &str = "Server did not provide a status line";

/// How a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Changes nothing.
    Get,
    /// Changes something.
    Post,
    /// Sets something.
    Put,
    /// Removes something.
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        })
    }
}

/// What is sent.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// With everything in it percent-encoded.
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// JSON, but for ntfy.
    pub(crate) body: Option<String>,
    /// For the whole call; rounded up to whole seconds.
    pub(crate) time_limit: Duration,
}

/// An answer. What is in it beside the status need not be there, or make sense.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The HTTP status, 200 to 599.
    pub status: u16,
    /// How long it asks us to wait, where it says so in seconds.
    pub retry_after: Option<Duration>,
    /// How many more calls it takes, where it says so.
    pub left: Option<u32>,
    /// When it takes new calls again, where it says so.
    pub renewal: Option<Time>,
    /// The time at the server. A minute and more away from our clock, one of the two is wrong.
    pub date: Option<Time>,
    /// The body; empty where it was longer than [`MOST_BODY`].
    pub body: Vec<u8>,
    /// Whether the body is a page for people: then a CDN or a proxy speaks, not the
    /// API.
    pub html: bool,
}

impl Answer {
    /// The body as JSON; `None` where it is none, or would take more memory than anybody's answer
    /// should.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        json::read(self.text())
    }

    /// The body as text; empty where it is none.
    #[must_use]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap_or_default()
    }
}

/// Why there is no answer, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The call never left, so it can be sent again as it is.
    NotSent(String),
    /// The call may have arrived and been obeyed: look before sending it again.
    AnswerLost(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(why) => write!(f, "could not connect: {why}"),
            Self::AnswerLost(why) => write!(f, "no answer: {why}"),
        }
    }
}

/// What became of a call.
pub type Reply = Result<Answer, Failure>;

/// Sends `request` and reads the answer, within its time limit.
pub(crate) fn send(mut request: Request) -> Reply {
    let body = request.body.take().map(String::into_bytes);
    sent(request, body)
}

/// The same with a body of any bytes.
pub(crate) fn send_bytes(request: Request, body: Vec<u8>) -> Reply {
    sent(request, Some(body))
}

fn sent(request: Request, body: Option<Vec<u8>>) -> Reply {
    // AssertUnwindSafe: everything the closure touches goes with it.
    catch_unwind(AssertUnwindSafe(|| exchange(request, body)))
        .unwrap_or_else(|_| Err(Failure::AnswerLost("the HTTP client gave up".to_owned())))
}

/// `text` as a segment of a path; `None` where none can name it: nothing, and dots alone, by which
/// servers go up, also where they are encoded.
pub(crate) fn segment(text: &str) -> Option<String> {
    (!text.bytes().all(|byte| byte == b'.')).then(|| encoded(text))
}

/// `text` as a part of a segment or a query.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}"); // a String takes everything
        }
        out
    })
}

fn exchange(request: Request, body: Option<Vec<u8>>) -> Reply {
    crypto::use_ours();
    let method = match request.method {
        Method::Get => minreq::Method::Get,
        Method::Post => minreq::Method::Post,
        Method::Put => minreq::Method::Put,
        Method::Delete => minreq::Method::Delete,
    };
    let seconds = request.time_limit.as_millis().div_ceil(1000);
    let mut outgoing = minreq::Request::new(method, request.url)
        .with_headers(request.headers)
        .with_header("Connection", "close")
        .with_timeout(u64::try_from(seconds).unwrap_or(u64::MAX).max(1))
        .with_follow_redirects(false)
        .with_max_headers_size(64 * 1024)
        .with_max_status_line_length(4 * 1024);
    if let Some(body) = body {
        outgoing = outgoing.with_body(body);
    }
    let mut incoming = outgoing.send_lazy().map_err(|error| classify(&error))?;
    let answered = (200..600).contains(&incoming.status_code)
        && incoming.reason_phrase != NO_STATUS_LINE
        && !incoming.headers.is_empty();
    if !answered {
        return Err(Failure::AnswerLost("the connection was closed without one".to_owned()));
    }
    let body = read_body(&mut incoming)?;
    let header = |name: &str| {
        let named = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        incoming.headers.iter().find(named).map(|(_, value)| value.trim())
    };
    let says_html = header("content-type").is_some_and(|t| t.to_ascii_lowercase().contains("html"));
    Ok(Answer {
        status: incoming.status_code,
        retry_after: header("retry-after").and_then(|s| s.parse().ok()).map(Duration::from_secs),
        left: header("x-ratelimit-remaining").and_then(|s| s.parse().ok()),
        renewal: header("x-ratelimit-reset").and_then(|s| s.parse().ok()).and_then(unix_time),
        date: header("date").and_then(http_date),
        html: says_html || body.trim_ascii_start().first() == Some(&b'<'),
        body,
    })
}

fn read_body(incoming: &mut minreq::ResponseLazy) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    if incoming.status_code == 204 || incoming.status_code == 304 {
        return Ok(body); // they have none, and the connection may stay open
    }
    let announced = incoming
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse::<usize>().ok());
    incoming
        .take(MOST_BODY as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|error| Failure::AnswerLost(one_line(&error.to_string())))?;
    if body.len() > MOST_BODY {
        return Ok(Vec::new());
    }
    if announced.is_some_and(|announced| body.len() < announced) {
        return Err(Failure::AnswerLost("it was cut off".to_owned()));
    }
    Ok(body)
}

/// Only what surely happened before the first byte left counts as not sent. A time-out may have
/// been spent on the connection or on the answer: minreq does not say.
fn classify(error: &minreq::Error) -> Failure {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
    };
    let why = one_line(&error.to_string());
    let unsent = if let minreq::Error::IoError(error) = error {
        let before_sending = matches!(
            error.kind(),
            ConnectionRefused
                | HostUnreachable
                | NetworkUnreachable
                | NetworkDown
                | AddrNotAvailable
        );
        before_sending || why.contains("lookup address") // DNS has no kind of its own
    } else {
        matches!(
            error,
            minreq::Error::AddressNotFound
                | minreq::Error::RustlsCreateConnection(_)
                | minreq::Error::InvalidProtocol
                | minreq::Error::PunycodeFeatureNotEnabled
        )
    };
    if unsent { Failure::NotSent(why) } else { Failure::AnswerLost(why) }
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

/// A time that is told in seconds since 1970.
fn unix_time(seconds: u64) -> Option<Time> {
    seconds.checked_mul(1000).map(Time)
}

/// Reads `Tue, 24 Nov 2026 05:50:02 GMT`.
fn http_date(text: &str) -> Option<Time> {
    let seconds = OffsetDateTime::parse(text, &Rfc2822).ok()?.unix_timestamp();
    unix_time(u64::try_from(seconds).ok()?)
}

#[cfg(test)]
mod tests;
