//! An answer that goes on: what came of it so far, and a limit for silence.
//!
//! minreq reads an answer within one time limit for the whole, so what has no end needs a socket of our
//! own. TLS trusts whom minreq trusts. A redirect is an answer like any other, so a token goes to the
//! address it is meant for and nowhere else.

use super::chunked::Decoder;
use super::{Failure, USER_AGENT};
use crate::crypto;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Longest head of an answer, and in how many pieces it may come.
const HEAD_MOST: usize = 16 * 1024;
const PIECES_MOST: usize = 64;
/// Most that is read at once, and longest chunk.
const BITE: usize = 4 * 1024;
const CHUNK_MOST: usize = 1024 * 1024;

static TLS: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    crypto::use_ours();
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
});

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

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// Asks for `url` with these headers and waits for the head of the answer. No byte for as long as
/// `silence` ends it, now or later.
///
/// # Errors
/// When nobody answers there, or with what is no HTTP.
pub(crate) fn open(
    url: &str,
    headers: &[(&str, String)],
    silence: Duration,
) -> Result<Live, Failure> {
    let place = Place::of(url).ok_or_else(|| Failure::NotSent("no address".to_owned()))?;
    let mut head = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {USER_AGENT}\r\nConnection: close\r\n",
        place.path, place.authority
    );
    for (name, value) in headers {
        if value.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(Failure::NotSent(format!("{name} would not fit into one line")));
        }
        head += &[name, ": ", value, "\r\n"].concat();
    }
    head += "\r\n";
    let socket = place.connect().map_err(|error| Failure::NotSent(error.to_string()))?;
    let lost = |error: io::Error| Failure::AnswerLost(words(&error));
    socket.set_read_timeout(Some(silence)).map_err(lost)?;
    socket.set_write_timeout(Some(CONNECT_LIMIT)).map_err(lost)?;
    let mut wire = place.greet(socket)?;
    wire.write_all(head.as_bytes()).map_err(lost)?;
    answered(wire)
}

/// Reads the head of the answer.
fn answered(mut wire: Wire) -> Result<Live, Failure> {
    let lost = |why: &str| Failure::AnswerLost(why.to_owned());
    let mut bytes = Vec::new();
    for _ in 0..PIECES_MOST {
        let came = wire.piece(&mut bytes).map_err(|error| lost(&words(&error)))?;
        if !came {
            return Err(lost("the connection was closed without one"));
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut headers);
        let length = match head.parse(&bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if bytes.len() < HEAD_MOST => continue,
            Ok(httparse::Status::Partial) | Err(_) => break,
        };
        let header = |name: &str| {
            let named = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            named.map(|header| String::from_utf8_lossy(header.value).to_ascii_lowercase())
        };
        let is_chunked =
            header("transfer-encoding").is_some_and(|coding| coding.contains("chunked"));
        return Ok(Live {
            status: head.code.unwrap_or_default(),
            html: header("content-type").is_some_and(|kind| kind.contains("html")),
            decoder: is_chunked.then(|| Decoder::new(CHUNK_MOST)),
            rest: bytes.get(length..).unwrap_or_default().to_vec(),
            wire,
        });
    }
    Err(lost("it is no HTTP"))
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

impl Wire {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.get_ref(),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.write_all(bytes),
            Self::Tls(stream) => stream.write_all(bytes),
        }
    }

    /// Waits for bytes and adds them to `bytes`; `false` at the end.
    fn piece(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let mut room = [0; BITE];
        loop {
            let read = match self {
                Self::Plain(socket) => socket.read(&mut room),
                Self::Tls(stream) => stream.read(&mut room),
            };
            return match read {
                Ok(count) => {
                    bytes.extend_from_slice(room.get(..count).unwrap_or_default());
                    Ok(count > 0)
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // Who restarts seldom says goodbye in TLS.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
                Err(error) => Err(error),
            };
        }
    }
}

/// What went wrong with a socket, in words.
pub(crate) fn words(error: &io::Error) -> String {
    if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) {
        return "nothing came for too long".to_owned();
    }
    super::one_line(&error.to_string())
}

/// Where a URL leads.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    is_secure: bool,
    /// Host and port as they stand in the URL.
    authority: &'a str,
    host: &'a str,
    port: u16,
    path: &'a str,
}

impl<'a> Place<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (authority, path) = rest.split_at(rest.find('/')?);
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let default = if is_secure { 443 } else { 80 };
        let port = port.map_or(Some(default), |port| port.parse().ok())?;
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        (!host.is_empty() && is_plain(rest)).then_some(Self {
            is_secure,
            authority,
            host,
            port,
            path,
        })
    }

    /// Tries all addresses of the host.
    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
        for address in (self.host, self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECT_LIMIT) {
                Ok(socket) => return Ok(socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn greet(&self, socket: TcpStream) -> Result<Wire, Failure> {
        if !self.is_secure {
            return Ok(Wire::Plain(socket));
        }
        let why = |error: &dyn fmt::Display| Failure::NotSent(super::one_line(&error.to_string()));
        let name = ServerName::try_from(self.host.to_owned()).map_err(|error| why(&error))?;
        let session = ClientConnection::new(TLS.clone(), name).map_err(|error| why(&error))?;
        Ok(Wire::Tls(Box::new(StreamOwned::new(session, socket))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::Script;
    use super::*;

    const SILENCE: Duration = Duration::from_millis(300);

    fn opened(bytes: &[u8]) -> Result<Live, Failure> {
        let script = Script::start(vec![("GET /base/x?a=b", bytes.to_vec())]);
        let token = [("X-Plex-Token", "t".to_owned())];
        open(&script.url("/base/x?a=b"), &token, SILENCE)
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
        let failure = open(&silent.url("/x"), &[], SILENCE).expect_err("nothing comes");
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
        let failure = open(&script.url("/x"), &[], SILENCE).expect_err("no head ends");
        assert_eq!(failure, Failure::AnswerLost("it is no HTTP".to_owned()));
        let token = [("X-Plex-Token", "a\r\nHost: b".to_owned())];
        let failure = open(&script.url("/x"), &token, SILENCE).expect_err("two lines");
        let why = "X-Plex-Token would not fit into one line".to_owned();
        assert_eq!(failure, Failure::NotSent(why));
    }

    #[test]
    fn tls_is_spoken_with_our_cryptography() {
        let script = Script::start(vec![("", b"no TLS".to_vec())]);
        let url = script.url("/").replace("http:", "https:");
        assert!(matches!(open(&url, &[], SILENCE), Err(Failure::AnswerLost(_))));
    }

    #[test]
    fn urls_lead_where_they_say() {
        let place = |is_secure, authority, host, port, path| {
            Some(Place { is_secure, authority, host, port, path })
        };
        for (url, expected) in [
            ("http://nas:32400/:/x", place(false, "nas:32400", "nas", 32400, "/:/x")),
            ("HTTPS://nas/base/x?a", place(true, "nas", "nas", 443, "/base/x?a")),
            ("http://[::1]:81/", place(false, "[::1]:81", "::1", 81, "/")),
            ("http://[::1]/", place(false, "[::1]", "::1", 80, "/")),
            ("http://nas:x/", None),
            ("http:///x", None),
            ("http://nas", None),
            ("ftp://nas/", None),
            ("http://nas/a b", None),
        ] {
            assert_eq!(Place::of(url), expected, "{url}");
        }
    }
}
