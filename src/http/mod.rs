//! What did a server answer, if it did?
//!
//! [`send`] makes a call, to a tracker, a media server or a receiver. What goes on without an end is
//! [`live`]'s. Both connect over one [`wire`], read one kind of [`head`], and bound what they read: how
//! long it takes and how much it is.
//!
//! Not here: which calls there are and what an answer means (`tracker`, `media_server`).

use self::tls::TlsFault;
use self::trust::Trust;
use crate::event::Time;
use crate::plain;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

mod call;
pub mod chunked;
pub mod events;
mod head;
mod json;
pub mod live;
mod place;
#[cfg(test)]
pub(crate) mod scripted;
pub mod tls;
pub mod trust;
mod wire;

pub(crate) use call::{send, send_bytes};

/// Most bytes of a body that are read. A longer one counts as an answer without a body.
pub const MOST_BODY: usize = 2 * 1024 * 1024;

/// As whom we speak to trackers and media servers.
pub(crate) const USER_AGENT: &str = concat!("scrobbled/", env!("CARGO_PKG_VERSION"));

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
    /// For the whole call.
    pub(crate) time_limit: Duration,
    /// Whom TLS trusts.
    pub(crate) trust: Trust,
}

impl Request {
    /// With the name and the password that its URL may hold as a header, unless it has that already.
    pub(crate) fn signed_in(mut self) -> Self {
        if let Some((url, login)) = place::without_login(&self.url) {
            self.url = url;
            if self.headers.iter().all(|(name, _)| *name != "Authorization") {
                self.headers.push(("Authorization", login));
            }
        }
        self
    }
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
    /// Whether it was.
    pub is_cut: bool,
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
    /// TLS is not spoken with that server, so nothing was sent.
    Tls(TlsFault),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(why) => write!(f, "could not connect: {why}"),
            Self::AnswerLost(why) => write!(f, "no answer: {why}"),
            Self::Tls(fault) => write!(f, "could not connect: {fault}"),
        }
    }
}

/// What became of a call.
pub type Reply = Result<Answer, Failure>;

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

/// Undoes `%XX`.
pub(crate) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, behind @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = behind;
                }
                _ => out.push(b'%'),
            },
            (byte, _) => out.push(*byte),
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// What went wrong, in one line.
pub(crate) fn words(error: &dyn fmt::Display) -> String {
    plain::one_line(&error.to_string())
}

#[cfg(test)]
mod tests;
