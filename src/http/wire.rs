//! How do bytes go to a server and come back?
//!
//! Over TCP, and in TLS where the URL says so. Nothing waits longer than its [`Limit`].

use super::place::Place;
use super::tls::TlsFault;
use super::trust::Trust;
use super::{Failure, words};
use crate::clock::Clock;
use crate::threads;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::time::Duration;

/// How long a connection may take; a host may have further addresses.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Most that is read at once.
const BITE: usize = 4 * 1024;

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// For each byte.
    Silence(Duration),
    /// For all of it, up to a moment of the steady time.
    Until(Duration),
}

impl Limit {
    /// The longest wait that begins now.
    fn left(self) -> io::Result<Duration> {
        let left = match self {
            Self::Silence(span) => span,
            Self::Until(moment) => moment.saturating_sub(Clock::Machine.steady()),
        };
        // A socket takes no wait of nothing.
        if left.is_zero() { Err(self.over()) } else { Ok(left) }
    }

    fn over(self) -> io::Error {
        io::Error::new(
            ErrorKind::TimedOut,
            match self {
                Self::Silence(_) => "nothing came for too long",
                Self::Until(_) => "it took too long",
            },
        )
    }
}

/// A connection.
pub(super) enum Wire {
    Plain(Socket),
    Tls(Box<StreamOwned<ClientConnection, Socket>>),
}

impl Wire {
    /// Connects, with the handshake of TLS: what fails here was not sent.
    pub(super) fn open(place: &Place<'_>, limit: Limit, trust: &Trust) -> Result<Self, Failure> {
        let unsent = |error: &dyn fmt::Display| Failure::NotSent(words(error));
        let stream = connect(place, limit).map_err(|error| unsent(&error))?;
        let mut socket = Socket { stream, limit };
        if !place.is_secure {
            return Ok(Self::Plain(socket));
        }
        let name = ServerName::try_from(place.host.to_owned()).map_err(|error| unsent(&error))?;
        let session = ClientConnection::new(trust.tls(), name);
        let mut session = session.map_err(|error| unsent(&error))?;
        session.complete_io(&mut socket).map_err(|error| {
            let fault = TlsFault::of(&error, (place.host, place.port), trust.is_given());
            fault.map_or_else(|| unsent(&error), Failure::Tls)
        })?;
        Ok(Self::Tls(Box::new(StreamOwned::new(session, socket))))
    }

    /// The socket, for whoever has to end the reading.
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => &socket.stream,
            Self::Tls(stream) => &stream.get_ref().stream,
        }
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.write_all(bytes),
            Self::Tls(stream) => stream.write_all(bytes),
        }
    }

    /// Waits for bytes and adds them to `bytes`; `false` at the end.
    pub(super) fn piece(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
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

/// A socket of which nothing waits longer than it may. (TLS reads as often as it takes to have
/// something to show.)
pub(super) struct Socket {
    stream: TcpStream,
    limit: Limit,
}

impl Socket {
    /// What an error of the stream means.
    fn told(&self, error: io::Error) -> io::Error {
        if error.kind() == ErrorKind::WouldBlock { self.limit.over() } else { error }
    }
}

impl Read for Socket {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.limit.left()?))?;
        self.stream.read(room).map_err(|error| self.told(error))
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.limit.left()?))?;
        self.stream.write(bytes).map_err(|error| self.told(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Tries all addresses of the host.
fn connect(place: &Place<'_>, limit: Limit) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in addresses(place, limit)? {
        match TcpStream::connect_timeout(&address, limit.left()?.min(CONNECT_LIMIT)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Nobody can say how long the system may take over a name, so it is asked on a thread of its own.
fn addresses(place: &Place<'_>, limit: Limit) -> io::Result<Vec<SocketAddr>> {
    let (host, port) = (place.host.to_owned(), place.port);
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (told, found) = channel();
    threads::spawn("lookup", move || {
        let addresses = (host, port).to_socket_addrs().map(Iterator::collect);
        let _ = told.send(addresses); // it may have taken too long
    })?;
    Clock::Machine.receive(&found, Some(limit.left()?)).unwrap_or_else(|_| Err(limit.over()))
}
