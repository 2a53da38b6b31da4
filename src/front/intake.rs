//! Has a whole request come?
//!
//! [`Intake`] collects the bytes of one connection and says what they amount to so far: nothing
//! yet, a whole head, a whole body. It is pure: no socket, no clock, and the same whatever pieces
//! the bytes come in. What follows a request (pipelining) waits in it.
//!
//! Not here: whether a head is let in (`gate`); [`Intake::admit`] is told so.

use super::head::{self, Framing, Head, Room};
use super::refusal::Refusal;
use crate::http::chunked::{Decoder, LINE_MOST};

/// Longest head in bytes.
const HEAD_MOST: usize = 16 * 1024;
/// Longest body in bytes.
pub const BODY_MOST: usize = 2 * 1024 * 1024;
/// How much of a head is read at once. With it may come what follows the head, so that this is
/// also what a caller can make us keep beyond its request.
const HEAD_BITE: usize = 4 * 1024;
/// What an idle connection may keep of its buffer.
const KEPT_MOST: usize = 4 * 1024;

/// The bytes that a connection has sent and nobody has used yet.
#[derive(Debug, Default)]
pub struct Intake {
    bytes: Vec<u8>,
    /// Bytes at the start of `bytes` that are used up.
    used: usize,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// A head is coming; so many bytes of it were searched for its end.
    Head { seen: usize },
    /// A body of this length is coming.
    Counted { length: usize },
    /// A body in chunks is coming; what was in them so far.
    Chunked { decoder: Box<Decoder>, body: Vec<u8> },
}

impl Default for Stage {
    fn default() -> Self {
        Self::Head { seen: 0 }
    }
}

/// What has come.
#[derive(Debug)]
pub enum Step<'r, 'b> {
    /// Not enough.
    More,
    /// A head of so many bytes. The next step comes after [`Intake::admit`].
    Head(Head<'r, 'b>, usize),
    /// The body is whole, see [`Intake::body`].
    Whole,
}

impl Intake {
    /// Takes what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.used > 0 {
            self.bytes.drain(..self.used);
            self.used = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether there is not a byte of a request yet.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Head { .. }) && self.used == self.bytes.len()
    }

    /// Whether the head is still coming.
    #[must_use]
    pub fn is_in_head(&self) -> bool {
        matches!(self.stage, Stage::Head { .. })
    }

    /// How many bytes may be read at once, as long as [`look`](Self::look) wants more and at most
    /// `body` bytes of a body may be here. No more than that waits here, whatever follows.
    #[must_use]
    pub fn room(&self, body: usize) -> usize {
        let rest = self.bytes.len() - self.used;
        match &self.stage {
            Stage::Head { .. } => HEAD_MOST.saturating_sub(rest).min(HEAD_BITE),
            Stage::Counted { length } => body.min(*length).saturating_sub(rest),
            Stage::Chunked { body: here, .. } => match body.saturating_sub(here.len()) {
                0 if body >= BODY_MOST => LINE_MOST, // its last line is to come
                left => left,
            },
        }
    }

    /// How many bytes of body there can be when so many more have come.
    #[must_use]
    pub fn body_after(&self, more: usize) -> usize {
        match &self.stage {
            Stage::Head { .. } => 0,
            Stage::Counted { length } => (*length).min(self.bytes.len() - self.used + more),
            Stage::Chunked { body, .. } => BODY_MOST.min(body.len() + more),
        }
    }

    /// Whether some of the body is here already: its sender does not wait for our word.
    #[must_use]
    pub fn has_bytes(&self) -> bool {
        self.used < self.bytes.len()
    }

    /// Looks at what has come.
    ///
    /// # Errors
    /// What the client is told when it can't become a request any more.
    pub fn look<'r, 'b>(&'b mut self, room: &'r mut Room<'b>) -> Result<Step<'r, 'b>, Refusal> {
        match &mut self.stage {
            Stage::Head { seen } => {
                // An empty line before a request is a habit of old clients (RFC 9112, 2.2).
                while self.bytes.get(self.used..self.used + 2) == Some(b"\r\n") {
                    self.used += 2;
                    *seen = 0;
                }
                let rest = self.bytes.get(self.used..).unwrap_or_default();
                let within = rest.get(..HEAD_MOST).unwrap_or(rest);
                let Some(end) = head::end(within, *seen) else {
                    *seen = within.len();
                    let too_long = rest.len() >= HEAD_MOST;
                    return if too_long { Err(Refusal::HeadTooLarge) } else { Ok(Step::More) };
                };
                let head = head::parse(rest.get(..end).unwrap_or_default(), room)?;
                Ok(Step::Head(head, end))
            }
            Stage::Counted { length } => {
                let whole = self.bytes.len() - self.used >= *length;
                Ok(if whole { Step::Whole } else { Step::More })
            }
            Stage::Chunked { decoder, body } => {
                let rest = self.bytes.get(self.used..).unwrap_or_default();
                self.used += decoder.decode(rest, body)?;
                Ok(if decoder.is_done() { Step::Whole } else { Step::More })
            }
        }
    }

    /// The body, once it is whole.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match &self.stage {
            Stage::Head { .. } => &[],
            Stage::Counted { length } => {
                self.bytes.get(self.used..self.used.saturating_add(*length)).unwrap_or_default()
            }
            Stage::Chunked { body, .. } => body,
        }
    }

    /// The head of `length` bytes was let in: its body comes next.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] where the body is announced as longer than [`BODY_MOST`].
    pub fn admit(&mut self, length: usize, framing: Framing) -> Result<(), Refusal> {
        self.used += length;
        self.stage = match framing {
            Framing::Absent => Stage::Counted { length: 0 },
            Framing::Length(bytes) => match usize::try_from(bytes) {
                Ok(length) if length <= BODY_MOST => Stage::Counted { length },
                Ok(_) | Err(_) => return Err(Refusal::TooLarge),
            },
            Framing::Chunked => {
                Stage::Chunked { decoder: Box::new(Decoder::new(BODY_MOST)), body: Vec::new() }
            }
        };
        Ok(())
    }

    /// The body was used: a new request begins after it.
    pub fn finish(&mut self) {
        if let Stage::Counted { length } = self.stage {
            self.used = self.used.saturating_add(length).min(self.bytes.len());
        }
        self.stage = Stage::default();
        if self.used == self.bytes.len() {
            self.used = 0;
            self.bytes.clear();
            self.bytes.shrink_to(KEPT_MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything that comes of `pieces` when every head is let in.
    fn taken(pieces: &[&[u8]]) -> Vec<String> {
        let mut intake = Intake::default();
        let mut told = Vec::new();
        for piece in pieces {
            intake.push(piece);
            loop {
                let mut room = head::room();
                let admitted = match intake.look(&mut room) {
                    Ok(Step::More) => break,
                    Ok(Step::Head(head, length)) => {
                        told.push(format!("{} {} {:?}", head.method, head.target, head.framing));
                        Some((length, head.framing))
                    }
                    Ok(Step::Whole) => None,
                    Err(refusal) => {
                        told.push(format!("{refusal:?}"));
                        return told;
                    }
                };
                let result = match admitted {
                    None => {
                        told.push(format!("body {:?}", String::from_utf8_lossy(intake.body())));
                        intake.finish();
                        Ok(())
                    }
                    Some((length, framing)) => framing.and_then(|f| intake.admit(length, f)),
                };
                if let Err(refusal) = result {
                    told.push(format!("{refusal:?}"));
                    return told;
                }
            }
        }
        told
    }

    #[test]
    fn requests_that_come_in_one_packet_are_taken_one_after_the_other() {
        let packet = "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\none\r\n\
                      POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n\
                      GET /c HTTP/1.1\r\n\r\nGET /d HT";
        assert_eq!(
            taken(&[packet.as_bytes()]),
            [
                "POST /a Ok(Length(3))",
                "body \"one\"",
                "POST /b Ok(Chunked)",
                "body \"two\"",
                "GET /c Ok(Absent)",
                "body \"\"",
            ]
        );
    }

    #[test]
    fn heads_and_bodies_have_an_end() {
        let endless = format!("GET / HTTP/1.1\r\nA: {}", "x".repeat(HEAD_MOST));
        assert_eq!(taken(&[endless.as_bytes()]), ["HeadTooLarge"]);
        let huge = "POST / HTTP/1.1\r\nContent-Length: 50000000000\r\n\r\n";
        assert_eq!(taken(&[huge.as_bytes()]), ["POST / Ok(Length(50000000000))", "TooLarge"]);
    }

    #[test]
    fn no_more_is_read_than_a_request_may_need() {
        let begin = "POST / HTTP/1.1\r\nA: ";
        let counted = "POST / HTTP/1.1\r\nContent-Length: 9000\r\n\r\n1234";
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234";
        let whole = format!("{:x}\r\n{}", BODY_MOST, "x".repeat(BODY_MOST));
        let cases = [
            (String::new(), 100, HEAD_BITE),
            (begin.to_owned() + &"x".repeat(HEAD_MOST - begin.len() - 3), 100, 3),
            (counted.to_owned(), 4, 0),
            (counted.to_owned(), 100, 96),
            (counted.to_owned(), 10_000, 8_996),
            (chunked.to_owned(), 4, 0),
            (chunked.to_owned(), 100, 96),
            (chunked.replace("4\r\n1234", &whole), BODY_MOST, LINE_MOST),
        ];
        for (bytes, body, expected) in cases {
            let mut intake = Intake::default();
            intake.push(bytes.as_bytes());
            let mut room = head::room();
            if let Ok(Step::Head(head, length)) = intake.look(&mut room) {
                let framing = head.framing.expect("a length");
                intake.admit(length, framing).expect("let in");
                assert!(matches!(intake.look(&mut head::room()), Ok(Step::More)), "{body}");
            }
            assert_eq!(intake.room(body), expected, "{body}");
        }
    }

    proptest! {
        /// The network may cut where it likes.
        #[test]
        fn pieces_make_no_difference(
            parts in prop::collection::vec(prop_oneof![
                Just("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\n".to_owned()),
                Just("POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned()),
                Just("GET /c HTTP/1.0\r\n\r\n".to_owned()),
                Just("3\r\nabc\r\n".to_owned()),
                Just("0\r\n\r\n".to_owned()),
                Just("\r\n".to_owned()),
                "[ -~\r\n]{0,12}",
            ], 0..8),
            cuts in prop::collection::vec(0usize..300, 0..6),
        ) {
            let bytes = parts.concat().into_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|at| at.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for at in cuts.into_iter().chain([bytes.len()]) {
                pieces.push(&bytes[from..at]);
                from = at;
            }
            let whole = taken(&[&bytes]);
            prop_assert_eq!(&taken(&pieces), &whole);
            let single: Vec<_> = bytes.chunks(1).collect();
            prop_assert_eq!(&taken(&single), &whole);
        }
    }
}
