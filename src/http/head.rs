//! How does an answer begin?

use super::place::Place;
use super::wire::Wire;
use super::{Failure, Method, words};
use std::io;

/// Longest head of an answer, in how many pieces it may come and how many headers it may have.
const MOST: usize = 64 * 1024;
const PIECES_MOST: usize = 256;
const HEADERS_MOST: usize = 128;

/// The head of an answer.
pub(super) struct Head {
    /// 200 to 599.
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    /// What came behind it.
    pub(super) rest: Vec<u8>,
}

/// Asks for what is at `place`, with `body`, and waits for the head of the answer.
pub(super) fn ask(
    wire: &mut Wire,
    method: Method,
    place: &Place<'_>,
    headers: &[(&str, String)],
    body: Option<&[u8]>,
) -> Result<Head, Failure> {
    let mut head = format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", place.path, place.authority);
    for (name, value) in headers {
        if value.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(Failure::NotSent(format!("{name} would not fit into one line")));
        }
        head += &[name, ": ", value, "\r\n"].concat();
    }
    if body.is_some() || matches!(method, Method::Post | Method::Put) {
        let length = body.map_or(0, <[u8]>::len).to_string();
        head += &["Content-Length: ", &length, "\r\n"].concat();
    }
    head += "Connection: close\r\n\r\n";
    let mut sent = head.into_bytes();
    sent.extend_from_slice(body.unwrap_or_default());
    wire.write_all(&sent).map_err(|error| lost(&error))?;
    Head::read(wire)
}

impl Head {
    fn read(wire: &mut Wire) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        for _ in 0..PIECES_MOST {
            if !wire.piece(&mut bytes).map_err(|error| lost(&error))? {
                let why = "the connection was closed without one";
                return Err(Failure::AnswerLost(why.to_owned()));
            }
            match Self::parse(&bytes) {
                Ok(Some(head)) => return Ok(head),
                Ok(None) if bytes.len() < MOST => {}
                Ok(None) | Err(NoHttp) => break,
            }
        }
        Err(Failure::AnswerLost("it is no HTTP".to_owned()))
    }

    /// `None` where more is to come.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, NoHttp> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MOST];
        let mut head = httparse::Response::new(&mut headers);
        let length = match head.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(NoHttp),
        };
        let headers = head.headers.iter();
        let header = |one: &httparse::Header<'_>| {
            (one.name.to_owned(), String::from_utf8_lossy(one.value).trim().to_owned())
        };
        Ok(Some(Self {
            status: head.code.filter(|code| (200..600).contains(code)).ok_or(NoHttp)?,
            headers: headers.map(header).collect(),
            rest: bytes.get(length..).unwrap_or_default().to_vec(),
        }))
    }

    /// What it says of something; the first time, where it says it again.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the body is a page for people, as far as the head says so.
    pub(super) fn says_html(&self) -> bool {
        self.says("content-type", "html")
    }

    /// Whether the body comes in chunks.
    pub(super) fn is_chunked(&self) -> bool {
        self.says("transfer-encoding", "chunked")
    }

    fn says(&self, name: &str, word: &str) -> bool {
        self.header(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    }
}

/// What came is no HTTP, or more of it than anybody sends.
struct NoHttp;

/// The call was sent, and then this happened.
pub(super) fn lost(error: &io::Error) -> Failure {
    Failure::AnswerLost(words(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_head_is_whole_with_its_empty_line_and_the_body_begins_there() {
        let read = |bytes: &[u8]| match Head::parse(bytes) {
            Ok(head) => head.map(|head| (head.status, head.headers, head.rest)),
            Err(NoHttp) => panic!("it is HTTP"),
        };
        let headers = vec![("Date".to_owned(), "x".to_owned())];
        for end in ["\r\n", "\n"] {
            let whole = format!("HTTP/1.1 200 OK{end}Date:  x {end}{end}{{}}");
            let expected = Some((200, headers.clone(), b"{}".to_vec()));
            assert_eq!(read(whole.as_bytes()), expected, "{end:?}");
            for cut in 0..whole.len() - 2 {
                assert_eq!(read(&whole.as_bytes()[..cut]), None, "{cut} of {end:?}");
            }
        }
        let many = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(count));
        assert!(Head::parse(many(HEADERS_MOST).as_bytes()).is_ok());
        assert!(Head::parse(many(HEADERS_MOST + 1).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(
            start in prop::sample::select(vec!["", "HTTP/1.1 200 OK\r\n", "HTTP/1.0 7"]),
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = Head::parse(&[start.as_bytes(), &bytes].concat());
        }
    }
}
