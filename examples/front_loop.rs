//! The front door and the server room with a handler that only answers 200, for measuring and
//! for trying what the door does in a process of its own (few file descriptors, signals).
//!
//! `cargo run --release --example front_loop` prints the address of its Plex webhook.

use scrobbled::clock::Clock;
use scrobbled::event::Source;
use scrobbled::front::{self, Limits, Options, Tokens, Who};
use scrobbled::server::{self, Handler};
use scrobbled::threads::Vital;
use std::error::Error;
use std::io::{self, Write};
use std::net::TcpListener;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let tokens = Arc::new(Tokens::open(folder.path())?);
    let socket = folder.path().join("room.sock");
    let handler: Arc<Handler> = Arc::new(|_, reply| {
        reply.send(200, "application/json", b"{\"outcome\":\"ignored\"}\n", None);
    });
    let vital = Vital::new(|why| log::error!("{why}"));
    let _server = server::start(&socket, &handler, &vital)?;
    let token = tokens.secret(Who::Sender(Source::Plex));
    let front = front::start(Options {
        listener: TcpListener::bind("127.0.0.1:0")?,
        back_end: socket,
        tokens,
        trusted_proxies: Vec::new(),
        public_url: front::PublicUrl::default(),
        sessions: Arc::default(),
        page: front::PageParts::default(),
        limits: Limits::default(),
        clock: Clock::Machine,
        vital,
    })?;
    let (address, token) = (front.local_addr(), token.reveal());
    writeln!(io::stdout(), "http://{address}/webhook/plextrakt?{token}")?;
    front.join();
    Ok(())
}
