//! An answer that goes on: what came of it so far, and a limit for silence.
//!
//! A redirect is an answer like any other, so a token goes to the address it is meant for and nowhere
//! else.

use super::chunked::Decoder;
use super::place::Place;
use super::trust::Trust;
use super::wire::{Limit, Wire};
use super::{Failure, Method, USER_AGENT, head};
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::time::Duration;

/// Longest chunk.
const CHUNK_MOST: usize = 1024 * 1024;

/// An answer that is still coming.
pub struct Live {
    /// The HTTP status.
    pub status: u16,
    /// Whether it is a page for people.
    pub html: bool,
    wire: Wire,
    /// What undoes the coding, if there is one.
    decoder: Option<Decoder>,
    /// What came behind the head.
    rest: Vec<u8>,
}

/// Asks for `url` with these headers and waits for the head of the answer. No byte for as long as
/// `silence` ends it, now or later. In TLS `trust` says whom it is spoken with.
///
/// # Errors
/// When nobody answers there, or with what is no HTTP.
pub(crate) fn open(
    url: &str,
    headers: &[(&str, String)],
    silence: Duration,
    trust: &Trust,
) -> Result<Live, Failure> {
    let place = Place::of(url)?;
    let headers = [&[("User-Agent", USER_AGENT.to_owned())], headers].concat();
    let mut wire = Wire::open(&place, Limit::Silence(silence), trust)?;
    let head = head::ask(&mut wire, Method::Get, &place, &headers, None)?;
    Ok(Live {
        status: head.status,
        html: head.says_html(),
        decoder: head.is_chunked().then(|| Decoder::new(CHUNK_MOST)),
        rest: head.rest,
        wire,
    })
}

impl Live {
    /// The socket, for whoever has to end the reading.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        self.wire.socket()
    }

    /// Waits for more and adds it to `body`; `false` at the end.
    ///
    /// # Errors
    /// When nothing comes for too long, the connection breaks or what comes is broken.
    pub fn read(&mut self, body: &mut Vec<u8>) -> io::Result<bool> {
        let mut raw = std::mem::take(&mut self.rest);
        if raw.is_empty() && !self.wire.piece(&mut raw)? {
            return Ok(false);
        }
        let Some(decoder) = &mut self.decoder else {
            body.append(&mut raw);
            return Ok(true);
        };
        let mut piece = Vec::new();
        decoder.decode(&raw, &mut piece).map_err(|fault| {
            io::Error::new(ErrorKind::InvalidData, format!("its chunks are broken: {fault:?}"))
        })?;
        body.append(&mut piece);
        Ok(!decoder.is_done())
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("status", &self.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::Script;
    use super::super::words;
    use super::*;

    const SILENCE: Duration = Duration::from_millis(300);

    fn opened(bytes: &[u8]) -> Result<Live, Failure> {
        let script = Script::start(vec![("GET /base/x?a=b", bytes.to_vec())]);
        let token = [("X-Plex-Token", "t".to_owned())];
        open(&script.url("/base/x?a=b"), &token, SILENCE, &Trust::default())
    }

    /// Everything that comes, and how it ends.
    fn all(live: &mut Live) -> (String, Result<bool, String>) {
        let mut body = Vec::new();
        let end = loop {
            match live.read(&mut body) {
                Ok(true) => {}
                Ok(false) => break Ok(false),
                Err(error) => break Err(words(&error)),
            }
        };
        (String::from_utf8(body).expect("text"), end)
    }

    #[test]
    fn an_answer_is_read_as_it_comes_whether_in_chunks_or_not() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
        let mut live = opened(plain).expect("an answer");
        assert_eq!((live.status, live.html), (200, false));
        assert_eq!(all(&mut live), ("data: 1\n\n".to_owned(), Ok(false)));
        let coded = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(all(&mut opened(coded).expect("one")), ("abcde".to_owned(), Ok(false)));
        let broken = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz";
        let why = "its chunks are broken: Malformed(\"the chunks are broken\")".to_owned();
        assert_eq!(all(&mut opened(broken).expect("one")), (String::new(), Err(why)));
    }

    #[test]
    fn a_refusal_and_a_redirect_are_answers() {
        let page = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<h1>";
        let live = opened(page).expect("an answer");
        assert_eq!((live.status, live.html), (403, true));
        let away = b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n";
        assert_eq!(opened(away).expect("an answer").status, 302);
    }

    #[test]
    fn silence_ends_it_before_the_head_and_after() {
        let silent = Script::start_silent();
        let failure =
            open(&silent.url("/x"), &[], SILENCE, &Trust::default()).expect_err("nothing comes");
        assert_eq!(failure, Failure::AnswerLost("nothing came for too long".to_owned()));
        let no_http = opened(b"\x16\x03\x01 nonsense\n\n").expect_err("no HTTP");
        assert_eq!(no_http, Failure::AnswerLost("it is no HTTP".to_owned()));
        let closed = opened(b"").expect_err("closed");
        let why = "the connection was closed without one".to_owned();
        assert_eq!(closed, Failure::AnswerLost(why));
    }

    #[test]
    fn an_endless_head_is_given_up_and_a_token_is_one_line() {
        let script = Script::start_endless("HTTP/1.1 200 OK\r\n", "X: y\r\n");
        let failure =
            open(&script.url("/x"), &[], SILENCE, &Trust::default()).expect_err("no head ends");
        assert_eq!(failure, Failure::AnswerLost("it is no HTTP".to_owned()));
        let token = [("X-Plex-Token", "a\r\nHost: b".to_owned())];
        let failure =
            open(&script.url("/x"), &token, SILENCE, &Trust::default()).expect_err("two lines");
        let why = "X-Plex-Token would not fit into one line".to_owned();
        assert_eq!(failure, Failure::NotSent(why));
    }

    #[test]
    fn tls_is_spoken_with_our_cryptography() {
        let script = Script::start(vec![("", b"no TLS".to_vec())]);
        let url = script.url("/").replace("http:", "https:");
        assert!(matches!(open(&url, &[], SILENCE, &Trust::default()), Err(Failure::Tls(_))));
    }
}
