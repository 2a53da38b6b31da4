//! Who may come in?
//!
//! The front door: one thread with its own accept loop (mio, httparse) that stands before
//! everything else. It takes a request whole, or refuses it in one line and closes. Behind it is
//! the internal server (`server`), a Unix socket that it reaches over a few kept connections; what
//! goes there has a head of our own making, an exact `Content-Length` and a body that has come
//! completely. tiny_http has no limits of its own, so it never meets an unauthenticated client or
//! half a request.
//!
//! **Every wait ends:** heads, bodies, answers, idle connections and the internal server all have a
//! deadline in [`Limits`]. **Every amount ends:** connections, heads, bodies, large bodies.
//! **No token, no information:** a request without a token is answered 401 or 404 and nothing else;
//! only one with a token or a session reaches the internal server.
//!
//! Files: `head` and `intake` read bytes (chunks by `http::chunked`), `gate` judges them (`tokens`, `forwarded`,
//! `public_url`, `strikes`; `visit`, `sessions` and `sign_in` for people), `client`, `back_end` and
//! `answer` are the two ends of a request, `door` is the loop, `places` says who may stay and
//! `exchange` deals with the internal server. The first two are pure and public, for fuzzing.
//!
//! Not here: what a body says, and any answer but a refusal.

mod answer;
mod back_end;
mod client;
mod door;
mod exchange;
mod forwarded;
mod gate;
pub mod head;
pub mod intake;
mod limits;
mod places;
mod public_url;
pub mod refusal;
pub mod sessions;
mod sign_in;
mod socket;
mod strikes;
pub mod tokens;
mod visit;
mod wish;

pub use limits::Limits;
pub use public_url::PublicUrl;
pub use sessions::BrowserSessions;
pub use sign_in::PageParts;
pub use tokens::{Tokens, Who};

use crate::clock::Clock;
use crate::config::Network;
use crate::server::RefusedPosts;
use crate::threads::Vital;
use door::{Door, STOP};
use gate::Gate;
use mio::{Poll, Waker};
use sign_in::SignIn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// What the door needs.
pub struct Options {
    /// Where to accept connections.
    pub listener: TcpListener,
    /// The internal server's socket; it must be listening.
    pub back_end: PathBuf,
    /// Who may come in.
    pub tokens: Arc<Tokens>,
    /// Who has signed in to the page.
    pub sessions: Arc<BrowserSessions>,
    /// What a policy has to let in for them.
    pub page: PageParts,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How we are reached through a proxy.
    pub public_url: PublicUrl,
    /// Takes webhooks that are turned away.
    pub refused: RefusedPosts,
    /// How long and how many.
    pub limits: Limits,
    /// For the deadlines.
    pub clock: Clock,
    /// Starts its thread.
    pub vital: Vital,
}

/// The running front door.
pub struct Front {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    waker: Waker,
    thread: JoinHandle<()>,
}

/// Opens the door.
///
/// # Errors
/// When the internal server can't be reached, or the system gives no thread or no poll.
pub fn start(options: Options) -> io::Result<Front> {
    let address = options.listener.local_addr()?;
    options.listener.set_nonblocking(true)?;
    let listener = mio::net::TcpListener::from_std(options.listener);
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), STOP)?;
    let stop = Arc::new(AtomicBool::new(false));
    let gate = Gate {
        sign_in: SignIn::new(options.page, &options.public_url),
        tokens: options.tokens,
        sessions: options.sessions,
        trusted: options.trusted_proxies,
        public_url: options.public_url,
        refused: options.refused,
    };
    let room = options.back_end;
    let door = Door::open(poll, listener, room, gate, options.limits, options.clock, stop.clone())?;
    let thread = options.vital.spawn("front", || door.run())?;
    Ok(Front { address, stop, waker, thread })
}

impl Front {
    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Takes no new request any more, and closes idle connections. What was taken is finished,
    /// within [`Limits::finish`]; [`join`](Self::join) waits for that.
    pub fn stop_accepting(&self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Err(error) = self.waker.wake() {
            log::error!("the front door can't be told to close: {error}");
        }
    }

    /// Waits until its thread has ended.
    pub fn join(self) {
        let _ = self.thread.join(); // a panic would have ended the process
    }
}
