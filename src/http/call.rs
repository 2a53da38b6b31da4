//! How is a call made?
//!
//! Within its time limit, and over a connection of its own. A redirect is an answer like any other: a
//! token goes to the address it is meant for and nowhere else. An answer that is not whole is lost,
//! since nobody knows then what became of the call.

use super::chunked::{Decoder, Fault};
use super::head::{self, Head, lost};
use super::place::Place;
use super::wire::{Limit, Wire};
use super::{Answer, Failure, MOST_BODY, Reply, Request};
use crate::clock::Clock;
use crate::event::Time;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// Sends `request` and reads the answer, within its time limit.
pub(crate) fn send(request: &Request) -> Reply {
    exchange(request, request.body.as_deref().map(str::as_bytes))
}

/// The same with a body of any bytes.
pub(crate) fn send_bytes(request: &Request, body: &[u8]) -> Reply {
    exchange(request, Some(body))
}

fn exchange(request: &Request, body: Option<&[u8]>) -> Reply {
    let limit = Limit::Until(Clock::Machine.steady().saturating_add(request.time_limit));
    let place = Place::of(&request.url)?;
    let mut wire = Wire::open(&place, limit, &request.trust)?;
    let mut head = head::ask(&mut wire, request.method, &place, &request.headers, body)?;
    let body = read_body(&mut wire, &mut head)?;
    let (is_cut, body) = (body.is_none(), body.unwrap_or_default());
    let number = |name| head.header(name).and_then(|value| value.parse::<u64>().ok());
    Ok(Answer {
        status: head.status,
        retry_after: number("retry-after").map(Duration::from_secs),
        left: number("x-ratelimit-remaining").and_then(|left| u32::try_from(left).ok()),
        renewal: number("x-ratelimit-reset").and_then(unix_time),
        date: head.header("date").and_then(http_date),
        html: head.says_html() || body.trim_ascii_start().first() == Some(&b'<'),
        body,
        is_cut,
    })
}

/// The body; `None` where it is longer than [`MOST_BODY`].
fn read_body(wire: &mut Wire, head: &mut Head) -> Result<Option<Vec<u8>>, Failure> {
    let mut raw = std::mem::take(&mut head.rest);
    if head.status == 204 || head.status == 304 {
        return Ok(Some(Vec::new())); // they have none, and the connection may stay open
    }
    if head.is_chunked() {
        return read_chunks(wire, raw);
    }
    let length = head.header("content-length").map(str::parse::<usize>).transpose();
    match length.map_err(|_| broken("its length is no number"))? {
        Some(length) if length > MOST_BODY => Ok(None),
        Some(length) => {
            while raw.len() < length {
                if !more(wire, &mut raw)? {
                    return Err(broken("it was cut off"));
                }
            }
            raw.truncate(length);
            Ok(Some(raw))
        }
        None => {
            while more(wire, &mut raw)? {
                if raw.len() > MOST_BODY {
                    return Ok(None);
                }
            }
            Ok(Some(raw))
        }
    }
}

fn read_chunks(wire: &mut Wire, mut raw: Vec<u8>) -> Result<Option<Vec<u8>>, Failure> {
    let (mut decoder, mut body) = (Decoder::new(MOST_BODY), Vec::new());
    loop {
        match decoder.decode(&raw, &mut body) {
            Ok(_) if decoder.is_done() => return Ok(Some(body)),
            Ok(_) => {}
            Err(Fault::TooLarge) => return Ok(None),
            Err(Fault::Malformed(why)) => return Err(broken(why)),
        }
        raw.clear();
        if !more(wire, &mut raw)? {
            return Err(broken("it was cut off"));
        }
    }
}

/// Waits for more of the answer; `false` at the end.
fn more(wire: &mut Wire, bytes: &mut Vec<u8>) -> Result<bool, Failure> {
    wire.piece(bytes).map_err(|error| lost(&error))
}

fn broken(why: &str) -> Failure {
    Failure::AnswerLost(why.to_owned())
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_date_panics(text in "([A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} [A-Z+0-9-]{1,6})|[ -~]{0,40}") {
            let _ = http_date(&text);
        }
    }
}
