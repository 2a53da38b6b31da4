//! How far is one client's connection?
//!
//! [`ClientConnection::step`] takes a connection as far as it can go without waiting and says what it needs
//! from the door: a place, the internal server, a refusal, or nothing until its socket or its
//! deadline speaks. Sockets are edge-triggered, so it remembers whether there may be more to
//! read, and writes without asking first.
//!
//! ```text
//! Receiving ──whole──▶ Waiting ──free──▶ Asked ──answer──▶ Answering ──kept──▶ Receiving
//!     └────────── refused ───────────────────────────────────▲  └──────closed──▶ Draining
//! ```

use super::answer::{self, Garbled};
use super::gate::Gate;
use super::head;
use super::intake::{Intake, Step};
use super::limits::Limits;
use super::refusal::Refusal;
use super::socket::{retried, write_some};
use super::strikes::neighbourhood;
use super::wish::Wish;
use crate::event::Source;
use mio::event::Event;
use mio::net::TcpStream;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown};
use std::time::Duration;

/// What a client may still send after its connection is done for, in bytes. It is thrown away:
/// closing at once would reset the connection, and the client could not read our answer. More than
/// a media server sends, and less than what a crowd could use to keep the door busy.
const DRAINED_MOST: usize = 256 * 1024;
/// What an idle connection may keep of its buffers, in bytes.
const KEPT_MOST: usize = 4 * 1024;

/// One connection.
#[derive(Debug)]
pub(super) struct ClientConnection {
    stream: TcpStream,
    pub(super) peer: IpAddr,
    readable: bool,
    /// Whether the client said that it sends no more.
    ended: bool,
    intake: Intake,
    /// The head for the internal server.
    forward: Vec<u8>,
    output: Vec<u8>,
    written: usize,
    phase: Phase,
    keep_alive: bool,
    /// Whether its latest request wants to see no body of the answer.
    is_bodiless: bool,
    /// Whether `100 Continue` is owed.
    owes_continue: bool,
    /// How many bytes of body it may hold of what large ones may hold together.
    large: usize,
    /// Whether its latest request showed a token.
    known: bool,
    /// Whose webhook is coming, and who sends it, if one is.
    post: Option<(Source, IpAddr)>,
    /// When it connected.
    came: Duration,
    /// When the phase began, and when it must be over.
    since: Duration,
    deadline: Duration,
}

/// What a connection is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A request is coming, or may.
    Receiving,
    /// It is whole and waits for the internal server.
    Waiting,
    /// The internal server has it.
    Asked,
    /// The answer is being written; then the connection is kept or not.
    Answering { kept: bool },
    /// All is said; what still comes, at most so much, is thrown away.
    Draining { left: usize },
}

/// What a read brought.
enum Filled {
    Bytes(usize),
    Nothing,
    End,
}

impl ClientConnection {
    pub(super) fn new(stream: TcpStream, peer: IpAddr, now: Duration, limits: &Limits) -> Self {
        Self {
            stream,
            peer,
            readable: true, // much may have come while it waited to be accepted
            ended: false,
            intake: Intake::default(),
            forward: Vec::new(),
            output: Vec::new(),
            written: 0,
            phase: Phase::Receiving,
            keep_alive: false,
            is_bodiless: false,
            owes_continue: false,
            large: 0,
            known: false,
            post: None,
            came: now,
            since: now,
            deadline: now + limits.head,
        }
    }

    /// The socket, to be registered.
    pub(super) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// When this connection must be looked at even if nothing happens.
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Whether it comes from the same household as `address`.
    pub(super) fn is_near(&self, address: IpAddr) -> bool {
        self.household() == neighbourhood(address)
    }

    /// For which household it speaks.
    pub(super) fn household(&self) -> IpAddr {
        neighbourhood(self.peer)
    }

    /// How much room for large bodies it has.
    pub(super) fn large_room(&self) -> usize {
        self.large
    }

    /// Since when a large body has been coming.
    pub(super) fn large_body_since(&self) -> Option<Duration> {
        (self.large > 0 && self.phase == Phase::Receiving).then_some(self.since)
    }

    /// Gives it room for so much of a large body, until it is answered.
    pub(super) fn grant_large(&mut self, bytes: usize) {
        self.large = bytes;
    }

    /// Whether it has shown a token.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// Whether it waits for the internal server.
    pub(super) fn is_waiting(&self) -> bool {
        self.phase == Phase::Waiting
    }

    /// Whether no request of it has been taken: its token was not seen yet.
    pub(super) fn is_untaken(&self) -> bool {
        self.phase == Phase::Receiving && self.intake.is_in_head()
    }

    /// What it is about now.
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Since when it is about that.
    pub(super) fn since(&self) -> Duration {
        self.since
    }

    /// When it connected.
    pub(super) fn came(&self) -> Duration {
        self.came
    }

    /// There may be something to read that the system has not told of yet.
    pub(super) fn may_have_spoken(&mut self) {
        self.readable = true;
    }

    /// Notes what the system says about the socket.
    pub(super) fn notice(&mut self, event: &Event) {
        self.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.ended |= event.is_read_closed();
    }

    /// Goes as far as it can.
    pub(super) fn step(
        &mut self,
        gate: &Gate,
        limits: &Limits,
        now: Duration,
        scratch: &mut [u8],
    ) -> Wish {
        loop {
            let wish = match self.phase {
                Phase::Receiving => self.receive(gate, limits, now, scratch),
                Phase::Waiting | Phase::Asked => Some(Wish::Nothing),
                Phase::Answering { kept } => self.write_answer(kept, limits, now),
                Phase::Draining { left } => self.drain(left, scratch),
            };
            if let Some(wish) = wish {
                return wish;
            }
        }
    }

    fn receive(
        &mut self,
        gate: &Gate,
        limits: &Limits,
        now: Duration,
        scratch: &mut [u8],
    ) -> Option<Wish> {
        if std::mem::take(&mut self.owes_continue) && !self.intake.has_bytes() {
            self.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            if self.flush().is_err() {
                return Some(Wish::End);
            }
        }
        let mut room = head::room();
        match self.intake.look(&mut room) {
            Err(refusal) => Some(Wish::refuse(refusal, self.post)),
            Ok(Step::Whole) => {
                // Writing to memory can't fail.
                let _ =
                    write!(self.forward, "Content-Length: {}\r\n\r\n", self.intake.body().len());
                self.enter(Phase::Waiting, now, limits.wait);
                Some(Wish::ServerRoom)
            }
            Ok(Step::Head(head, length)) => {
                self.forward.clear();
                self.is_bodiless = head.is_bodiless;
                let admitted = match gate.admit(&head, self.peer, now, &mut self.forward) {
                    Ok(admitted) => admitted,
                    Err(rejection) => return Some(Wish::Refusal(rejection)),
                };
                (self.known, self.post) = (admitted.known, admitted.post);
                if let Err(refusal) = self.intake.admit(length, admitted.framing) {
                    return Some(Wish::refuse(refusal, self.post));
                }
                self.keep_alive = admitted.keep_alive;
                self.owes_continue = admitted.waits;
                self.enter(Phase::Receiving, now, limits.body);
                None
            }
            Ok(Step::More) => {
                let room = self.intake.room(limits.large_body.max(self.large));
                if room == 0 {
                    return Some(Wish::LargeRoom(self.intake.body_after(scratch.len())));
                }
                let was_idle = self.intake.is_idle();
                let most = room.min(scratch.len());
                match self.fill(scratch.get_mut(..most).unwrap_or_default()) {
                    Filled::Bytes(count) => {
                        self.intake.push(scratch.get(..count).unwrap_or_default());
                        if was_idle {
                            self.since = now;
                            self.deadline = self.deadline.min(now + limits.head);
                        }
                        None
                    }
                    Filled::Nothing => Some(Wish::Nothing),
                    Filled::End => Some(Wish::End),
                }
            }
        }
    }

    /// The request for the internal server: head and body.
    pub(super) fn request(&self) -> (&[u8], &[u8]) {
        (&self.forward, self.intake.body())
    }

    /// The internal server has the request.
    pub(super) fn asked(&mut self, now: Duration) {
        self.intake.finish();
        self.forward.clear();
        self.post = None;
        self.phase = Phase::Asked;
        self.since = now;
        self.deadline = Duration::MAX; // the one for the internal server's answer holds
    }

    /// Takes the internal server's answer, if `raw` is a whole one; else says `false`.
    ///
    /// # Errors
    /// When it can't become one.
    pub(super) fn answer(
        &mut self,
        raw: &[u8],
        may_keep: bool,
        limits: &Limits,
        now: Duration,
    ) -> Result<bool, Garbled> {
        let kept = may_keep && self.keep_alive && !self.ended;
        let is_whole = answer::pass_on(raw, kept, self.is_bodiless, &mut self.output)?;
        if is_whole {
            self.large = 0;
            self.enter(Phase::Answering { kept }, now, limits.write);
        }
        Ok(is_whole)
    }

    /// Turns the request away with this answer; the connection ends with it.
    pub(super) fn refuse(&mut self, answer: &str, limits: &Limits, now: Duration) {
        let head = answer.split_inclusive("\r\n\r\n").next().filter(|_| self.is_bodiless);
        self.output.extend_from_slice(head.unwrap_or(answer).as_bytes());
        self.large = 0;
        self.intake = Intake::default();
        self.forward = Vec::new();
        self.enter(Phase::Answering { kept: false }, now, limits.write);
    }

    /// The deadline has passed: what now?
    pub(super) fn overdue(&self) -> Wish {
        match self.phase {
            Phase::Receiving if self.intake.is_idle() => Wish::End,
            Phase::Receiving => Wish::refuse(Refusal::TooSlow, self.post),
            Phase::Waiting => Wish::refuse(Refusal::Busy, self.post),
            Phase::Asked => Wish::refuse(Refusal::NoAnswer, self.post),
            Phase::Answering { .. } | Phase::Draining { .. } => Wish::End,
        }
    }

    fn write_answer(&mut self, kept: bool, limits: &Limits, now: Duration) -> Option<Wish> {
        match self.flush() {
            Ok(true) if kept => {
                let span = if self.intake.is_idle() { limits.idle } else { limits.head };
                self.enter(Phase::Receiving, now, span);
                None
            }
            Ok(true) => {
                if self.stream.shutdown(Shutdown::Write).is_err() {
                    return Some(Wish::End);
                }
                self.enter(Phase::Draining { left: DRAINED_MOST }, now, limits.linger);
                None
            }
            Ok(false) => Some(Wish::Nothing),
            Err(_) => Some(Wish::End),
        }
    }

    fn drain(&mut self, left: usize, scratch: &mut [u8]) -> Option<Wish> {
        match self.fill(scratch) {
            Filled::Bytes(count) if count < left => {
                self.phase = Phase::Draining { left: left - count };
                None
            }
            Filled::Bytes(_) | Filled::End => Some(Wish::End),
            Filled::Nothing => Some(Wish::Nothing),
        }
    }

    fn enter(&mut self, phase: Phase, now: Duration, span: Duration) {
        self.phase = phase;
        self.since = now;
        self.deadline = now + span;
    }

    fn fill(&mut self, scratch: &mut [u8]) -> Filled {
        if !self.readable {
            return Filled::Nothing;
        }
        match retried(|| self.stream.read(scratch)) {
            Ok(0) => Filled::End,
            Ok(count) => {
                // A short read has emptied the socket (epoll(7), 9), unless its end waits there.
                self.readable = count == scratch.len() || self.ended;
                Filled::Bytes(count)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.readable = false;
                Filled::Nothing
            }
            Err(_) => Filled::End,
        }
    }

    /// Writes what the socket takes; whether that was all.
    fn flush(&mut self) -> io::Result<bool> {
        let rest = self.output.get(self.written..).unwrap_or_default();
        self.written += write_some(&mut self.stream, rest)?;
        if self.written < self.output.len() {
            return Ok(false);
        }
        self.output.clear();
        self.output.shrink_to(KEPT_MOST);
        self.written = 0;
        Ok(true)
    }
}
