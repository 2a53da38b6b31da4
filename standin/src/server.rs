//! The stand-in on a socket.
//!
//! A thread a connection, one exchange each; it is for tests and demonstrations, not for the
//! network. Everything that decides stands in the [`Service`].

#[cfg(feature = "faults")]
use crate::faults as behaviour;
use crate::service::Service;
#[cfg(not(feature = "faults"))]
use crate::well_behaved as behaviour;
use crate::{Time, wire};
use behaviour::Stage;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// A running stand-in. It ends when it is dropped.
pub struct Server<S: Service> {
    address: SocketAddr,
    shared: Arc<Shared<S>>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared<S> {
    stage: Mutex<Stage<S>>,
    now: Box<dyn Fn() -> Time + Send + Sync>,
    /// Open connections; `None` once the server has ended.
    open: Mutex<Option<HashMap<u64, TcpStream>>>,
}

impl<S: Service> Server<S> {
    /// Listens on `address` (port 0 takes a free one) and asks `now` for the time. People are sent
    /// to this server's own `/activate`.
    ///
    /// # Errors
    /// When the address can't be bound or no thread can be started.
    pub fn start(
        mut service: S,
        address: &str,
        now: impl Fn() -> Time + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        service.listens(&format!("http://{address}"));
        let stage = Mutex::new(Stage::new(service));
        let open = Mutex::new(Some(HashMap::new()));
        let shared = Arc::new(Shared { stage, now: Box::new(now), open });
        let accepting = thread::Builder::new().name("demo".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        })?;
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// Where the service is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Looks into the service's state, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut S) -> T) -> T {
        self.on_stage(|stage| look(&mut stage.service))
    }

    /// Whether nothing is on its way: no connection is open.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().is_none_or(HashMap::is_empty)
    }

    /// Closes the port and every connection, waits for the threads, and gives back the state, with
    /// which it can be started again at the same address.
    #[must_use]
    pub fn stop(mut self) -> S {
        self.end();
        self.with(|service| service.clone())
    }

    /// The time there.
    pub(crate) fn now(&self) -> Time {
        (self.shared.now)()
    }

    pub(crate) fn on_stage<T>(&self, look: impl FnOnce(&mut Stage<S>) -> T) -> T {
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

impl<S: Service> Drop for Server<S> {
    fn drop(&mut self) {
        self.end();
    }
}

fn accept<S: Service>(listener: &TcpListener, shared: &Shared<S>) {
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

fn exchange<S: Service>(number: u64, mut stream: TcpStream, shared: &Shared<S>) -> io::Result<()> {
    match wire::receive(&mut stream)? {
        None => Ok(()),
        Some(Err(refusal)) => wire::send(&mut stream, &refusal),
        Some(Ok(request)) => {
            behaviour::exchange(&shared.stage, number, &request, &*shared.now, &mut stream)
        }
    }
}

impl<S: Service> fmt::Debug for Server<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.address).finish()
    }
}

impl<S> Shared<S> {
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
