//! What does the head of a request say?
//!
//! [`parse`] is pure: bytes in, a [`Head`] that borrows them out. It is stricter than HTTP/1.1
//! asks for wherever two readers of the same bytes could disagree (RFC 9112, 11.2): a bare line
//! feed, two lengths, a length beside a transfer coding, two hosts or origins.
//!
//! Not here: whether the caller may come in (`gate`), the body (`intake`).

use super::refusal::Refusal;
use httparse::{Header, Status};

/// Most header lines of a request.
pub const HEADERS_MOST: usize = 64;

/// Room for the headers of one request, as [`parse`] takes it.
pub type Room<'b> = [Header<'b>; HEADERS_MOST];

/// An empty [`Room`].
#[must_use]
pub fn room<'b>() -> Room<'b> {
    [httparse::EMPTY_HEADER; HEADERS_MOST]
}

/// The head of a request, as far as anybody here cares.
#[derive(Debug)]
pub struct Head<'r, 'b> {
    /// The method, as it came; `GET` for a `HEAD`.
    pub method: &'b str,
    /// Whether the client wants to see no body of the answer: it asked with `HEAD`.
    pub is_bodiless: bool,
    /// Path and query.
    pub target: &'b str,
    /// Whether the connection stays open after the answer, as far as the client is concerned.
    pub keep_alive: bool,
    /// How long the body is; an error where the head contradicts itself. It is kept for the gate,
    /// which tells it to known callers only.
    pub framing: Result<Framing, Refusal>,
    /// Whether the client waits for a word before it sends its body.
    pub expect: Expect,
    /// Whether it has a `Host`, as HTTP/1.1 wants it.
    pub names_its_host: bool,
    /// All headers, in order.
    pub headers: &'r [Header<'b>],
}

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body, and no word about one.
    Absent,
    /// `Content-Length`, in bytes.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// The `Expect` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The client waits for nothing.
    Nothing,
    /// `100-continue`.
    Continue,
    /// Something that nobody here can promise.
    Unknown,
}

impl<'r, 'b> Head<'r, 'b> {
    /// The values of all headers called `name`, in order.
    pub fn values<'n>(
        &self,
        name: &'n str,
    ) -> impl DoubleEndedIterator<Item = &'b [u8]> + use<'r, 'b, 'n> {
        values(self.headers, name)
    }

    /// The token of `Authorization: Bearer TOKEN`.
    pub(super) fn bearer(&self) -> Option<&'b [u8]> {
        self.values("authorization").find_map(|value| {
            let (scheme, token) = value.split_at_checked(7)?;
            scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
        })
    }
}

fn values<'r, 'b, 'n>(
    headers: &'r [Header<'b>],
    name: &'n str,
) -> impl DoubleEndedIterator<Item = &'b [u8]> + use<'r, 'b, 'n> {
    headers.iter().filter(move |h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value)
}

/// Where the head that begins `bytes` ends (after its empty line), if it has come whole. The
/// first `seen` bytes have been looked at before.
#[must_use]
pub fn end(bytes: &[u8], seen: usize) -> Option<usize> {
    let from = seen.saturating_sub(3);
    let at = bytes.get(from..)?.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(from + at + 4)
}

/// Reads a whole head, from the request line to the empty line.
///
/// # Errors
/// [`Refusal::Malformed`] where it is no HTTP/1.0 or 1.1 head; [`Refusal::HeadTooLarge`] where
/// it has more than [`HEADERS_MOST`] headers.
pub fn parse<'r, 'b>(bytes: &'b [u8], room: &'r mut Room<'b>) -> Result<Head<'r, 'b>, Refusal> {
    if bytes.windows(2).any(|two| matches!(two, [before, b'\n'] if *before != b'\r')) {
        return Err(Refusal::Malformed("a header line ends without a carriage return"));
    }
    let mut request = httparse::Request::new(room);
    match request.parse(bytes) {
        Ok(Status::Complete(length)) if length == bytes.len() => {}
        Ok(_) => return Err(Refusal::Malformed("the headers are incomplete")),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::HeadTooLarge),
        Err(httparse::Error::Version) => {
            return Err(Refusal::Malformed("only HTTP/1.0 and HTTP/1.1 are supported"));
        }
        Err(_) => return Err(Refusal::Malformed("not an HTTP request")),
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(Refusal::Malformed("incomplete request line"));
    };
    let headers: &'r [Header<'b>] = request.headers;
    if ["host", "origin"].into_iter().any(|name| values(headers, name).nth(1).is_some()) {
        return Err(Refusal::Malformed("Host or Origin is given twice")); // RFC 9112, 3.2
    }
    let is_bodiless = method == "HEAD"; // RFC 9110, 9.3.2: as a GET, but for the answer's body
    Ok(Head {
        method: if is_bodiless { "GET" } else { method },
        is_bodiless,
        target,
        keep_alive: keep_alive(headers, minor),
        framing: framing(headers, minor),
        expect: if minor == 0 { Expect::Nothing } else { expect(headers) }, // RFC 9110, 10.1.1
        names_its_host: minor == 0 || values(headers, "host").next().is_some(),
        headers,
    })
}

/// RFC 9112, 6.3, without its leniencies.
fn framing(headers: &[Header<'_>], minor: u8) -> Result<Framing, Refusal> {
    let mut codings = values(headers, "transfer-encoding");
    let mut lengths = values(headers, "content-length");
    let (coding, length) = (codings.next(), lengths.next());
    if codings.next().is_some() || lengths.next().is_some() {
        return Err(Refusal::Malformed("the length of the body is given twice"));
    }
    match (coding, length) {
        (None, None) => Ok(Framing::Absent),
        (Some(_), Some(_)) => {
            Err(Refusal::Malformed("Content-Length and Transfer-Encoding exclude each other"))
        }
        (Some(coding), None) if minor == 1 && coding.eq_ignore_ascii_case(b"chunked") => {
            Ok(Framing::Chunked)
        }
        (Some(_), None) => {
            Err(Refusal::Malformed("the only transfer coding supported is `chunked`"))
        }
        (None, Some(length)) => digits(length)
            .map(Framing::Length)
            .ok_or(Refusal::Malformed("Content-Length is not a number")),
    }
}

/// A number of ASCII digits alone: no sign, no list, no spaces; at most 19 of them.
fn digits(text: &[u8]) -> Option<u64> {
    let plain = (1..=19).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    plain.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

fn keep_alive(headers: &[Header<'_>], minor: u8) -> bool {
    let says = |word: &[u8]| {
        values(headers, "connection")
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(word))
    };
    !says(b"close") && (minor == 1 || says(b"keep-alive"))
}

fn expect(headers: &[Header<'_>]) -> Expect {
    let mut wishes = values(headers, "expect").peekable();
    if wishes.peek().is_none() {
        Expect::Nothing
    } else if wishes.all(|wish| wish.eq_ignore_ascii_case(b"100-continue")) {
        Expect::Continue
    } else {
        Expect::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a head says, without what it borrows.
    fn told(text: &str) -> Result<(String, bool, Result<Framing, Refusal>, Expect), Refusal> {
        let mut room = room();
        parse(text.as_bytes(), &mut room).map(|head| {
            (format!("{} {}", head.method, head.target), head.keep_alive, head.framing, head.expect)
        })
    }

    #[test]
    fn the_length_of_a_body_is_told_once_or_refused() {
        let twice = Refusal::Malformed("the length of the body is given twice");
        let both = Refusal::Malformed("Content-Length and Transfer-Encoding exclude each other");
        let coding = Refusal::Malformed("the only transfer coding supported is `chunked`");
        let number = Refusal::Malformed("Content-Length is not a number");
        let cases = [
            ("1.1", "", Ok(Framing::Absent)),
            ("1.1", "Content-Length: 12\r\n", Ok(Framing::Length(12))),
            ("1.1", "content-length:50000000000\r\n", Ok(Framing::Length(50_000_000_000))),
            ("1.1", "Transfer-Encoding: Chunked\r\n", Ok(Framing::Chunked)),
            ("1.0", "Transfer-Encoding: chunked\r\n", Err(coding)),
            ("1.1", "Transfer-Encoding: gzip, chunked\r\n", Err(coding)),
            ("1.1", "Transfer-Encoding: identity\r\n", Err(coding)),
            ("1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(twice)),
            ("1.1", "Content-Length: 5\r\nContent-Length: 5\r\n", Err(twice)),
            ("1.1", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(both)),
            ("1.1", "Content-Length: 5, 5\r\n", Err(number)),
            ("1.1", "Content-Length: +5\r\n", Err(number)),
            ("1.1", "Content-Length: -5\r\n", Err(number)),
            ("1.1", "Content-Length:\r\n", Err(number)),
            ("1.1", "Content-Length: 0x5\r\n", Err(number)),
            ("1.1", "Content-Length: 99999999999999999999\r\n", Err(number)),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .filter_map(|(version, headers, expected)| {
                let got = told(&format!("POST /x HTTP/{version}\r\n{headers}\r\n")).map(|t| t.2);
                (got != Ok(*expected)).then(|| format!("{headers:?}: {got:?}, not {expected:?}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_connection_is_kept_as_the_versions_agree() {
        let cases = [
            ("1.1", "", true),
            ("1.1", "Connection: close\r\n", false),
            ("1.1", "Connection: TE, Close\r\n", false),
            ("1.0", "", false),
            ("1.0", "Connection: Keep-Alive\r\n", true),
            ("1.0", "Connection: keep-alive, close\r\n", false),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .filter(|(version, headers, expected)| {
                let got = told(&format!("GET / HTTP/{version}\r\n{headers}\r\n")).map(|t| t.1);
                got != Ok(*expected)
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn a_wait_for_continue_is_understood_and_other_expectations_are_not() {
        let expect = |header: &str| told(&format!("PUT / HTTP/1.1\r\n{header}\r\n")).map(|t| t.3);
        assert_eq!(expect(""), Ok(Expect::Nothing));
        assert_eq!(expect("Expect: 100-Continue\r\n"), Ok(Expect::Continue));
        assert_eq!(expect("Expect: 200-ok\r\n"), Ok(Expect::Unknown));
        let old = told("PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").map(|t| t.3);
        assert_eq!(old, Ok(Expect::Nothing), "HTTP/1.0 knows no interim answers");
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        let many = "A: b\r\n".repeat(HEADERS_MOST + 1);
        let cases = [
            "GET / HTTP/1.1\nA: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: nas\r\nhost: nas\r\n\r\n",
            "GET / HTTP/1.1\r\nOrigin: http://nas\r\nOrigin: http://evil.example\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET /\r\n\r\n",
            "G\0T / HTTP/1.1\r\n\r\n",
            &format!("GET / HTTP/1.1\r\n{many}\r\n"),
        ];
        let taken: Vec<_> = cases.iter().filter(|text| told(text).is_ok()).collect();
        assert!(taken.is_empty(), "{taken:?}");
    }

    #[test]
    fn head_is_get_without_the_body() {
        for (method, expected) in
            [("HEAD", ("GET", true)), ("GET", ("GET", false)), ("head", ("head", false))]
        {
            let text = format!("{method} /healthz HTTP/1.1\r\n\r\n");
            let mut room = room();
            let head = parse(text.as_bytes(), &mut room).expect("a head");
            assert_eq!((head.method, head.is_bodiless), expected);
        }
    }

    proptest! {
        /// The end of a head is where it is, however often somebody looked before it had come.
        #[test]
        fn looking_early_changes_nothing(
            text in "([a\r\n]|\r\n){0,40}",
            looks in prop::collection::vec(0usize..80, 0..5),
        ) {
            let bytes = text.as_bytes();
            let mut seen = 0;
            let mut looks: Vec<_> = looks.into_iter().map(|at| at.min(bytes.len())).collect();
            looks.sort_unstable();
            for at in looks {
                if end(&bytes[..at], seen).is_some() { break; }
                seen = at;
            }
            prop_assert_eq!(end(bytes, seen), end(bytes, 0));
        }

        #[test]
        fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut room = room();
            let _ = parse(&bytes, &mut room);
        }
    }
}
