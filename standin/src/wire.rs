//! How does a request come off a socket, and an answer go onto it? HTTP/1.1, one exchange a
//! connection.

use super::http::{Request, Response};
use super::service::More;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// The largest request that is taken in.
const LARGEST: usize = 1 << 20;
const CHUNK: usize = 64 * 1024;

/// What the bytes that have come amount to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// The request is not whole yet; an interim answer may be due.
    Partial {
        /// The head came with `Expect: 100-continue`, and the body has not.
        asks_to_go_on: bool,
    },
    /// The request, and how many bytes it took.
    Whole(Request, usize),
    /// No request will come of it.
    Bad(Response),
}

/// Reads `bytes` as a request.
pub(crate) fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Parsed::Partial { asks_to_go_on: false },
        Err(error) => return Parsed::Bad(Response::refusal(400, &error.to_string())),
    };
    let mut request = Request::new(head.method.unwrap_or_default(), head.path.unwrap_or_default());
    for header in head.headers.iter() {
        request = request.with(header.name, &String::from_utf8_lossy(header.value));
    }
    if request.header("transfer-encoding").is_some() {
        return Parsed::Bad(Response::refusal(411, "a body needs a Content-Length"));
    }
    let announced = request.header("content-length").unwrap_or("0").trim().parse::<usize>();
    let Ok(announced) = announced else {
        return Parsed::Bad(Response::refusal(400, "Content-Length is no number"));
    };
    if announced > LARGEST {
        return Parsed::Bad(Response::refusal(413, "too large"));
    }
    let Some(body) = bytes.get(length..length + announced) else {
        let asks_to_go_on = request.header("expect").is_some() && bytes.len() == length;
        return Parsed::Partial { asks_to_go_on };
    };
    request.body = body.to_vec();
    Parsed::Whole(request, length + announced)
}

/// Takes a request off the socket, all but its last byte: a socket that is closed while something
/// is unread resets the connection, and only so can the standard library be made to do it.
/// `None` where the other side went away or sent nothing that can be answered.
pub(crate) fn receive(stream: &mut TcpStream) -> io::Result<Option<Result<Request, Response>>> {
    let mut seen = vec![0; CHUNK];
    let mut request = Vec::new();
    loop {
        let count = stream.peek(&mut seen)?;
        let Some(news) = seen.get(..count).filter(|news| !news.is_empty()) else {
            return Ok(None);
        };
        let before = request.len();
        request.extend_from_slice(news);
        match parse(&request) {
            Parsed::Whole(whole, length) => {
                consume(stream, length.saturating_sub(before + 1))?;
                return Ok(Some(Ok(whole)));
            }
            Parsed::Bad(refusal) => return Ok(Some(Err(refusal))),
            Parsed::Partial { .. } if request.len() > 2 * LARGEST => {
                return Ok(Some(Err(Response::empty(431))));
            }
            Parsed::Partial { asks_to_go_on } => {
                consume(stream, count)?;
                if asks_to_go_on {
                    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
                }
            }
        }
    }
}

pub(crate) fn consume(stream: &mut TcpStream, count: usize) -> io::Result<()> {
    let wanted = u64::try_from(count).unwrap_or(u64::MAX);
    io::copy(&mut stream.take(wanted), &mut io::sink()).map(|_| ())
}

/// Answers. The connection is closed by dropping it afterwards.
pub(crate) fn send(stream: &mut TcpStream, answer: &Response) -> io::Result<()> {
    take_the_rest(stream)?;
    stream.write_all(&head(answer, answer.body.len() as u64))?;
    stream.write_all(&answer.body)?;
    linger(stream)
}

/// How long a stream waits before it asks again what there is to say.
const BREATH: Duration = Duration::from_millis(5);

/// Whether an answer has no end of its own.
pub(crate) fn is_endless(answer: &Response) -> bool {
    answer.header("transfer-encoding").is_some()
}

/// Sends the head of an answer without an end, and then in chunks what `more` says, until one side ends
/// it.
pub(crate) fn stream(
    stream: &mut TcpStream,
    answer: &Response,
    mut more: impl FnMut() -> More,
) -> io::Result<()> {
    take_the_rest(stream)?;
    // Who has read the head misses nothing from then on.
    let mut said = more();
    let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let headers: String = headers.collect();
    stream.write_all(format!("HTTP/1.1 {} \r\n{headers}\r\n", answer.status).as_bytes())?;
    stream.set_read_timeout(Some(BREATH))?;
    loop {
        let (bytes, is_last) = match said {
            More::Goes(bytes) => (bytes, false),
            More::Ends(bytes) => (bytes, true),
        };
        if !bytes.is_empty() {
            let chunk = [format!("{:x}\r\n", bytes.len()).into_bytes(), bytes, b"\r\n".to_vec()];
            stream.write_all(&chunk.concat())?;
        }
        let is_over = match stream.read(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        if is_last || is_over {
            return Ok(());
        }
        said = more();
    }
}

/// Takes the last byte of a request, and what has come behind it, so that closing is no reset.
pub(crate) fn take_the_rest(stream: &mut TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let _ = consume(stream, CHUNK);
    stream.set_nonblocking(false)
}

/// Takes in what the other side is still sending (a body that was refused), so that closing does
/// not reset the connection before it has read the answer.
fn linger(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    consume(stream, 2 * LARGEST)
}

pub(crate) fn head(answer: &Response, length: u64) -> Vec<u8> {
    let length = (answer.status != 204).then(|| format!("Content-Length: {length}"));
    let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let lines = [format!("HTTP/1.1 {} ", answer.status), "Connection: close".to_owned()];
    let lines: Vec<String> = lines.into_iter().chain(length).chain(headers).collect();
    (lines.join("\r\n") + "\r\n\r\n").into_bytes()
}
