//! How is the internal server asked?
//!
//! [`BackEnd`] is one kept connection to it, which carries one request at a time. A connection
//! that breaks, or on which anything unexpected comes, is thrown away with its request.

use super::answer;
use super::socket::{retried, write_some};
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::path::Path;
use std::time::Duration;

/// What a connection may keep of its buffers between two requests, in bytes.
const KEPT_MOST: usize = 16 * 1024;
/// What a new connection asks first: nothing that is there, so that any worker answers at once.
const KNOCK: &[u8] = b"GET /knock HTTP/1.1\r\n\r\n";

/// One connection to the internal server.
#[derive(Debug)]
pub(super) struct BackEnd {
    stream: UnixStream,
    token: Token,
    /// What the socket has not taken of the request yet.
    rest: Vec<u8>,
    /// What has come of the answer.
    pub(super) answer: Vec<u8>,
    pub(super) used_by: UsedBy,
    /// When the answer must be here.
    pub(super) deadline: Duration,
}

/// For whom a connection is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UsedBy {
    /// Nobody.
    Nobody,
    /// The door itself, which looks whether anybody is there.
    Knock,
    /// This client.
    Client(usize),
    /// A client that went away; the answer still comes.
    Gone,
}

impl BackEnd {
    /// Opens a connection and waits until somebody has it at the other end. That is for the
    /// start: tiny_http panics when it accepts a connection and there are no descriptors left.
    pub(super) fn open_and_knock(
        path: &Path,
        token: Token,
        registry: &Registry,
        patience: Duration,
    ) -> io::Result<Self> {
        let mut stream = std::os::unix::net::UnixStream::connect(path)?;
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(KNOCK)?;
        let mut answer = Vec::new();
        while !answer::pass_on(&answer, true, true, &mut Vec::new())
            .map_err(|_| ErrorKind::InvalidData)?
        {
            let mut more = [0; 1024];
            let count = retried(|| stream.read(&mut more))?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(more.get(..count).unwrap_or_default());
        }
        stream.set_nonblocking(true)?;
        Self::over(UnixStream::from_std(stream), token, registry)
    }

    /// Opens a connection and knocks without waiting: it can be used once the knock is answered,
    /// which must be before `deadline`.
    pub(super) fn open(
        path: &Path,
        token: Token,
        registry: &Registry,
        deadline: Duration,
    ) -> io::Result<Self> {
        let mut opened = Self::over(UnixStream::connect(path)?, token, registry)?;
        opened.ask(KNOCK, &[], UsedBy::Knock, registry)?;
        opened.deadline = deadline;
        Ok(opened)
    }

    fn over(mut stream: UnixStream, token: Token, registry: &Registry) -> io::Result<Self> {
        registry.register(&mut stream, token, Interest::READABLE)?;
        Ok(Self {
            stream,
            token,
            rest: Vec::new(),
            answer: Vec::new(),
            used_by: UsedBy::Nobody,
            deadline: Duration::MAX,
        })
    }

    /// Sends a request. What the socket does not take at once is kept here.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) fn ask(
        &mut self,
        head: &[u8],
        body: &[u8],
        used_by: UsedBy,
        registry: &Registry,
    ) -> io::Result<()> {
        self.used_by = used_by;
        let parts = [IoSlice::new(head), IoSlice::new(body)];
        let sent = match retried(|| self.stream.write_vectored(&parts)) {
            Ok(sent) => sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        if sent < head.len() + body.len() {
            self.rest.extend_from_slice(head.get(sent..).unwrap_or_default());
            let sent_of_body = sent.saturating_sub(head.len());
            self.rest.extend_from_slice(body.get(sent_of_body..).unwrap_or_default());
            let both = Interest::READABLE | Interest::WRITABLE;
            registry.reregister(&mut self.stream, self.token, both)?;
        }
        Ok(())
    }

    /// Goes on sending what was left of the request.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) fn send_rest(&mut self, registry: &Registry) -> io::Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        let sent = write_some(&mut self.stream, &self.rest)?;
        if sent < self.rest.len() {
            self.rest.drain(..sent);
            return Ok(());
        }
        self.rest = Vec::new();
        registry.reregister(&mut self.stream, self.token, Interest::READABLE)
    }

    /// Reads what has come.
    ///
    /// # Errors
    /// When the connection is closed or broken; what came before is in `answer`.
    pub(super) fn receive(&mut self, scratch: &mut [u8]) -> io::Result<()> {
        loop {
            match retried(|| self.stream.read(scratch)) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.answer.extend_from_slice(scratch.get(..count).unwrap_or_default());
                    if count < scratch.len() {
                        return Ok(()); // the socket is empty (epoll(7), 9)
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// The answer was used: the connection is free.
    pub(super) fn release(&mut self) {
        self.answer.clear();
        self.answer.shrink_to(KEPT_MOST);
        self.used_by = UsedBy::Nobody;
        self.deadline = Duration::MAX;
    }
}
