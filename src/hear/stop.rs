//! How does a thread end that listens?
//!
//! It waits by its [`Stop`], and has a socket that it reads from closed at the end: a stream may be
//! silent for long.

use crate::clock::Clock;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The thread is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// The thread's end of it.
pub struct Stop {
    /// Closed at the end; nothing is ever sent.
    ended: Receiver<()>,
    shared: Arc<Mutex<Shared>>,
}

/// The other end.
pub(super) struct Bell(Arc<Mutex<Shared>>);

struct Shared {
    /// `None`: it has ended.
    going_on: Option<Sender<()>>,
    /// What the thread reads from.
    socket: Option<TcpStream>,
}

pub(super) fn pair() -> (Bell, Stop) {
    let (going_on, ended) = channel();
    let shared = Arc::new(Mutex::new(Shared { going_on: Some(going_on), socket: None }));
    (Bell(shared.clone()), Stop { ended, shared })
}

impl Bell {
    /// Has the thread end.
    pub(super) fn ring(&self) {
        let mut shared = lock(&self.0);
        shared.going_on = None;
        shared.close();
    }
}

impl Stop {
    /// Whether the thread may go on.
    ///
    /// # Errors
    /// When it is to end.
    pub fn check(&self) -> Result<(), Stopped> {
        match self.ended.try_recv() {
            Err(TryRecvError::Disconnected) => Err(Stopped),
            Ok(()) | Err(TryRecvError::Empty) => Ok(()),
        }
    }

    /// Waits.
    ///
    /// # Errors
    /// When the thread is to end, at once.
    pub fn wait(&self, clock: &Clock, span: Duration) -> Result<(), Stopped> {
        match clock.receive(&self.ended, Some(span)) {
            Err(RecvTimeoutError::Disconnected) => Err(Stopped),
            Ok(()) | Err(RecvTimeoutError::Timeout) => Ok(()),
        }
    }

    /// Has `socket` shut down when the thread is to end, in the place of what was given before.
    ///
    /// # Errors
    /// When the socket can't be shared.
    pub fn closes(&self, socket: &TcpStream) -> std::io::Result<()> {
        let mut shared = lock(&self.shared);
        shared.socket = Some(socket.try_clone()?);
        if shared.going_on.is_none() {
            shared.close();
        }
        Ok(())
    }

    /// Forgets the socket: the thread reads from none now.
    pub fn forget(&self) {
        lock(&self.shared).socket = None;
    }
}

impl Shared {
    fn close(&mut self) {
        if let Some(socket) = self.socket.take() {
            let _ = socket.shutdown(Shutdown::Both); // the other side may have been first
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
