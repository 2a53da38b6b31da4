//! The stand-in on a socket.
//!
//! A thread a connection, one exchange each; it is for tests and demonstrations, not for the
//! network. Everything that decides stands in [`Trakt`].

use super::behaviour::{self, Stage};
use super::{Tokens, Trakt, wire};
use crate::Time;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// A running stand-in. It ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    stage: Mutex<Stage>,
    now: Box<dyn Fn() -> Time + Send + Sync>,
    /// Open connections; `None` once the server has ended.
    open: Mutex<Option<HashMap<u64, TcpStream>>>,
}

impl Server {
    /// Listens on `address` (port 0 takes a free one) and asks `now` for the time. People are sent
    /// to this server's own `/activate`.
    ///
    /// # Errors
    /// When the address can't be bound or no thread can be started.
    pub fn start(
        mut trakt: Trakt,
        address: &str,
        now: impl Fn() -> Time + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        trakt.options.verification_url = format!("http://{address}/activate");
        let stage = Mutex::new(Stage::new(trakt));
        let open = Mutex::new(Some(HashMap::new()));
        let shared = Arc::new(Shared { stage, now: Box::new(now), open });
        let accepting = thread::Builder::new().name("demo".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        })?;
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// What to set as `trakt.api_url` and `trakt.auth_url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Looks into Trakt's state, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut Trakt) -> T) -> T {
        self.on_stage(|stage| look(&mut stage.trakt))
    }

    /// Signs a person in without a device code.
    #[must_use]
    pub fn sign_in(&self, user: &str) -> Tokens {
        let now = (self.shared.now)();
        self.with(|trakt| trakt.issue_tokens(user, now))
    }

    /// Whether nothing is on its way: no connection is open.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().is_none_or(HashMap::is_empty)
    }

    /// See [`Trakt::calls`].
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.with(|trakt| trakt.calls())
    }

    /// See [`Trakt::plays`].
    #[must_use]
    pub fn plays(&self, label: &str) -> Vec<Time> {
        self.with(|trakt| trakt.plays(label))
    }

    /// See [`Trakt::summary`].
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let now = (self.shared.now)();
        self.with(|trakt| trakt.summary(now))
    }

    /// Closes the port and every connection, waits for the threads, and gives back the state, with
    /// which it can be started again at the same address.
    #[must_use]
    pub fn stop(mut self) -> Trakt {
        self.end();
        self.with(|trakt| trakt.clone())
    }

    pub(super) fn on_stage<T>(&self, look: impl FnOnce(&mut Stage) -> T) -> T {
        // A test that fails while it looks poisons the lock; the state is still worth seeing.
        look(&mut self.shared.stage.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn end(&mut self) {
        let open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        for stream in open.iter().flat_map(HashMap::values) {
            let _ = stream.shutdown(Shutdown::Both); // it may be closed already
        }
        // Accepting waits for a connection; this one tells it to look again.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn accept(listener: &TcpListener, shared: &Shared) {
    thread::scope(|scope| {
        for (number, stream) in (0..).zip(listener.incoming()) {
            let Ok(stream) = stream else { continue };
            if !shared.opened(number, &stream) {
                break;
            }
            let exchange = move || {
                // What goes wrong here is the other side's doing, and it sees it itself.
                let _ = exchange(number, stream, shared);
                shared.closed(number);
            };
            let spawned = thread::Builder::new().spawn_scoped(scope, exchange);
            if spawned.is_err() {
                shared.closed(number);
            }
        }
    });
}

fn exchange(number: u64, mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    match wire::receive(&mut stream)? {
        None => Ok(()),
        Some(Err(refusal)) => wire::send(&mut stream, &refusal),
        Some(Ok(request)) => {
            behaviour::exchange(&shared.stage, number, &request, (shared.now)(), &mut stream)
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.address).finish()
    }
}

impl Shared {
    /// Remembers a connection; `false` once the server has ended.
    fn opened(&self, number: u64, stream: &TcpStream) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = open.as_mut() else { return false };
        if let Ok(stream) = stream.try_clone() {
            open.insert(number, stream);
        }
        true
    }

    fn closed(&self, number: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_mut().and_then(|open| open.remove(&number));
    }
}
