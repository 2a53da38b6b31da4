//! How does the internal server's answer become ours?
//!
//! Pure: [`pass_on`] reads an answer and writes it with a head of our own. Status and body stay
//! as they are; headers that speak of the connection or of who made it are dropped.

use httparse::{EMPTY_HEADER, Response, Status};
use std::io::Write;

/// Longest answer that is passed on, head and body, in bytes.
const ANSWER_MOST: usize = 4 * 1024 * 1024;
/// Most headers of an answer.
const HEADERS_MOST: usize = 32;
/// Headers that are ours to write, or nobody's business.
const DROPPED: [&str; 5] =
    ["Server", "Connection", "Content-Length", "Transfer-Encoding", "Keep-Alive"];

/// The internal server said something that is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Garbled;

/// Writes the answer in `raw` to `out`, without its body where the client wants none, once it is
/// whole; `false` as long as it is not.
///
/// # Errors
/// When `raw` can't become an answer, or holds more than one.
pub(super) fn pass_on(
    raw: &[u8],
    keep_alive: bool,
    is_bodiless: bool,
    out: &mut Vec<u8>,
) -> Result<bool, Garbled> {
    let mut headers = [EMPTY_HEADER; HEADERS_MOST];
    let mut answer = Response::new(&mut headers);
    let head = match answer.parse(raw) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) if raw.len() <= ANSWER_MOST => return Ok(false),
        Ok(Status::Partial) | Err(_) => return Err(Garbled),
    };
    let length: usize = answer
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok())
        .filter(|length| *length <= ANSWER_MOST)
        .ok_or(Garbled)?;
    let body = raw.get(head..).unwrap_or_default();
    if body.len() < length {
        return Ok(false);
    }
    let (Some(status), true) = (answer.code, body.len() == length) else { return Err(Garbled) };
    // Writing to memory can't fail.
    let _ = write!(out, "HTTP/1.1 {status} {}\r\n", answer.reason.unwrap_or_default());
    for header in answer.headers.iter() {
        if DROPPED.iter().any(|name| header.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        for part in [header.name.as_bytes(), b": ", header.value, b"\r\n"] {
            out.extend_from_slice(part);
        }
    }
    let connection = if keep_alive { "keep-alive" } else { "close" };
    let _ = write!(out, "Content-Length: {length}\r\nConnection: {connection}\r\n\r\n");
    if !is_bodiless {
        out.extend_from_slice(body);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "HTTP/1.1 503 Service Unavailable\r\nServer: tiny-http (Rust)\r\n\
                       Date: Mon, 23 Nov 2026 20:15:00 GMT\r\nRetry-After: 5\r\n\
                       Content-Length: 4\r\n\r\nfull";

    #[test]
    fn an_answer_keeps_its_words_and_loses_its_maker() {
        let mut out = Vec::new();
        assert_eq!(pass_on(RAW.as_bytes(), false, false, &mut out), Ok(true));
        assert_eq!(
            String::from_utf8_lossy(&out),
            "HTTP/1.1 503 Service Unavailable\r\nDate: Mon, 23 Nov 2026 20:15:00 GMT\r\n\
             Retry-After: 5\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull"
        );
    }

    #[test]
    fn an_answer_is_passed_on_when_it_is_whole_and_not_before() {
        for cut in 0..RAW.len() {
            let mut out = Vec::new();
            assert_eq!(
                pass_on(&RAW.as_bytes()[..cut], true, false, &mut out),
                Ok(false),
                "cut at {cut}"
            );
            assert!(out.is_empty(), "cut at {cut}");
        }
    }

    #[test]
    fn who_wants_no_body_is_told_how_long_it_would_be() {
        let mut out = Vec::new();
        assert_eq!(pass_on(RAW.as_bytes(), true, true, &mut out), Ok(true));
        let text = String::from_utf8_lossy(&out);
        let end = "Content-Length: 4\r\nConnection: keep-alive\r\n\r\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let endless = "HTTP/1.1 200 OK\r\n\r\n".to_owned();
        let more = format!("{RAW}!");
        let huge = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n".to_owned();
        for raw in ["no".to_owned(), endless, more, huge] {
            assert_eq!(
                pass_on(raw.as_bytes(), true, false, &mut Vec::new()),
                Err(Garbled),
                "{raw}"
            );
        }
    }
}
