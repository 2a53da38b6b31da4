//! How is an ending carried out on a socket?

use super::stage::Ending;
use crate::http::Response;
use crate::wire::{self, consume, head};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Waits so long (without end where `None`), or until the other side gives up; whether it is still
/// there. The last byte of its request is still unread, and has to be taken to see what comes after.
pub(super) fn wait(stream: &mut TcpStream, span: Option<Duration>) -> io::Result<bool> {
    consume(stream, 1)?;
    stream.set_read_timeout(span.map(|span| span.max(Duration::from_millis(1))))?;
    // A byte, the end, a timeout: each of them ends the wait.
    let is_there = match stream.read(&mut [0]) {
        Ok(count) => count > 0,
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    };
    stream.set_read_timeout(None)?;
    Ok(is_there)
}

/// Carries out an ending. The connection is closed by dropping it afterwards.
pub(super) fn send(stream: &mut TcpStream, ending: &Ending) -> io::Result<()> {
    match ending {
        Ending::Reset | Ending::Silence => return Ok(()), // the last byte stays unread
        Ending::Answer(answer) => return wire::send(stream, answer),
        Ending::Cut(_)
        | Ending::Flood(_)
        | Ending::HeadFlood(_)
        | Ending::Garbage
        | Ending::Close => wire::take_the_rest(stream)?,
    }
    match ending {
        Ending::Cut(answer) => {
            let half = answer.body.get(..answer.body.len() / 2).unwrap_or_default();
            stream.write_all(&head(answer, answer.body.len().max(1) as u64))?;
            stream.write_all(half)
        }
        Ending::Flood(bytes) => {
            stream.write_all(&head(&Response::empty(200), *bytes))?;
            io::copy(&mut io::repeat(b' ').take(*bytes), stream).map(|_| ())
        }
        Ending::HeadFlood(bytes) => {
            let first = format!("HTTP/1.1 200 \r\nX: {}\n", "x".repeat(65_532));
            stream.write_all(first.as_bytes())?;
            let more = "X: y\r\n".repeat(1_000);
            (0..*bytes / more.len() as u64).try_for_each(|_| stream.write_all(more.as_bytes()))
        }
        Ending::Garbage => stream.write_all(b"\x16\x03\x01\x00 this is not HTTP\n\n"),
        Ending::Answer(_) | Ending::Reset | Ending::Close | Ending::Silence => Ok(()),
    }
}
