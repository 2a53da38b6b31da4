//! A front door with a internal server behind it, and somebody to talk to it over raw sockets.

#[path = "../patience/mod.rs"]
mod patience;

pub(crate) use patience::wait_for;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use scrobbled::clock::Clock;
use scrobbled::config::Network;
use scrobbled::event::{Source, Time};
use scrobbled::front::{self, Front, Limits, Options, PageParts, PublicUrl, Tokens, Who};
use scrobbled::server::{self, HttpHandler, Received, RefusedPosts, Responder, Route, Server};
use scrobbled::threads::Vital;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// Deadlines that a test can wait for.
pub(crate) fn quick() -> Limits {
    let short = Duration::from_millis(300);
    Limits { head: short, body: short, idle: short, write: short, ..Limits::default() }
}

/// What the handler was given: the route and the body.
type Seen = (Route, String);

/// What the handler does beside answering, shared with the test.
#[derive(Default)]
struct Desk {
    seen: Mutex<Vec<Seen>>,
    held: Mutex<Vec<Responder>>,
}

pub(crate) struct House {
    front: Option<Front>,
    server: Option<Server>,
    address: SocketAddr,
    tokens: Arc<Tokens>,
    refused: RefusedPosts,
    desk: Arc<Desk>,
    _folder: TempDir,
}

impl House {
    pub(crate) fn with(limits: Limits) -> Self {
        Self::open(limits, "", &[])
    }

    pub(crate) fn below(base_path: &str, limits: Limits) -> Self {
        Self::open(limits, base_path, &[])
    }

    /// Every connection comes from a trusted proxy.
    pub(crate) fn behind_proxy(limits: Limits) -> Self {
        Self::open(limits, "", &["127.0.0.1"])
    }

    fn open(limits: Limits, base_path: &str, proxies: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = Arc::new(Tokens::open(folder.path()).expect("tokens"));
        let desk = Arc::new(Desk::default());
        let handler: Arc<HttpHandler> = {
            let desk = desk.clone();
            Arc::new(move |received, reply| handle(&desk, &received, reply))
        };
        let refused = RefusedPosts::default();
        let vital = Vital::new(|why| panic!("{why}"));
        let socket = folder.path().join("room.sock");
        let server = server::start(&socket, &handler, &vital).expect("a internal server");
        let front = front::start(Options {
            listener: TcpListener::bind("127.0.0.1:0").expect("a port"),
            back_end: socket,
            tokens: tokens.clone(),
            refused: refused.clone(),
            trusted_proxies: proxies.iter().filter_map(|text| Network::parse(text)).collect(),
            public_url: PublicUrl::parse(&format!("https://public.example{base_path}")),
            sessions: Arc::default(),
            page: PageParts::default(),
            limits,
            clock: Clock::Machine,
            vital,
        })
        .expect("a front door");
        let address = front.local_addr();
        let (front, server) = (Some(front), Some(server));
        Self { front, server, address, tokens, desk, refused, _folder: folder }
    }

    pub(crate) fn front(&self) -> &Front {
        self.front.as_ref().expect("not joined yet")
    }

    /// What is told of webhooks that were turned away, without the times.
    pub(crate) fn refused(&self, source: Source) -> Vec<String> {
        let told = self.refused.sentences(source, Time(0));
        let undated = |sentence: String| {
            let (what, rest) = sentence.split_once(" at 20").expect("a time");
            format!("{what} at …{}", &rest[rest.find(" from ").expect("a sender")..])
        };
        told.into_iter().map(undated).collect()
    }

    pub(crate) fn token(&self, who: Who) -> String {
        self.tokens.secret(who).reveal().to_owned()
    }

    /// Path and token of a webhook.
    pub(crate) fn path(&self, source: Source) -> String {
        format!("/webhook/{}trakt?{}", source.word(), self.token(Who::Sender(source)))
    }

    pub(crate) fn talk(&self) -> Talk {
        Talk::to(self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that is answered to `request`.
    pub(crate) fn say(&self, request: &str) -> String {
        let mut talk = self.talk();
        talk.send(request);
        let mut answer = Vec::new();
        talk.stream.read_to_end(&mut answer).expect("an answer and its end");
        String::from_utf8(answer).expect("text")
    }

    /// The status of a webhook with the right token.
    pub(crate) fn post(&self, body: &str) -> u16 {
        let mut talk = self.talk();
        let path = self.path(Source::Plex);
        let length = body.len();
        talk.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"));
        talk.status()
    }

    /// The same with a body that is answered 200, and soon: a good request beside bad ones.
    pub(crate) fn post_well(&self) -> u16 {
        self.post("{}")
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.desk.seen.lock().expect("no panic").clone()
    }

    pub(crate) fn wait_for_held(&self) {
        let held = || self.desk.held.lock().expect("no panic").len();
        wait_for("a held request", held, |held| *held > 0);
    }

    pub(crate) fn release_held(&self) {
        for reply in self.desk.held.lock().expect("no panic").drain(..) {
            reply.send(200, "text/plain", b"held", None);
        }
    }

    /// Waits until nobody listens any more.
    pub(crate) fn wait_until_closed(&self) {
        let refused = || TcpStream::connect(self.address).is_err();
        wait_for("the port to be closed", refused, |refused| *refused);
    }

    pub(crate) fn join(mut self) {
        self.front.take().expect("joined once").join();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.desk.held.lock().expect("no panic").clear();
        if let Some(front) = self.front.take() {
            front.stop_accepting();
        }
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}

fn handle(desk: &Desk, received: &Received<'_>, reply: Responder) {
    let body = String::from_utf8_lossy(received.body).into_owned();
    let text = format!(
        "{:?} {} bytes of {} by {} from {}, signed {:?} {:?}, page token {}",
        received.route,
        body.len(),
        received.content_type.unwrap_or("?"),
        received.user_agent.unwrap_or("?"),
        received.peer,
        received.plex_signature,
        received.hub_signature,
        received.page_token
    );
    desk.seen.lock().expect("no panic").push((received.route, body.clone()));
    match body.as_str() {
        "forget" => drop(reply),
        "hold" => desk.held.lock().expect("no panic").push(reply),
        "big" => reply.send(200, "text/plain", &vec![b'x'; 1024 * 1024], None),
        _ => reply.send(200, "text/plain", text.as_bytes(), None),
    }
}

/// One connection to the house.
pub(crate) struct Talk {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Talk {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).expect("a connection"))
    }

    /// The same from an address of this machine's own.
    pub(crate) fn from(own: [u8; 4], address: SocketAddr) -> Self {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&socket, &SocketAddr::from((own, 0))).expect("an address");
        connect(&socket, &address).expect("a connection");
        Self::over(socket.into())
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        stream.set_write_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        Self { stream, read: Vec::new() }
    }

    /// Sends what can be sent; the house may have closed.
    pub(crate) fn send(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes());
    }

    /// Sends what the socket takes at once.
    pub(crate) fn send_without_waiting(&mut self, text: &str) {
        self.stream.set_nonblocking(true).expect("a socket");
        let _ = self.stream.write(text.as_bytes());
        self.stream.set_nonblocking(false).expect("a socket");
    }

    pub(crate) fn finish_sending(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// The status of the next answer, which is taken whole.
    #[track_caller]
    pub(crate) fn status(&mut self) -> u16 {
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break String::from_utf8(self.read.drain(..end + 4).collect()).expect("text");
            }
            let mut more = [0; 4096];
            match self.stream.read(&mut more) {
                Ok(count) if count > 0 => self.read.extend(&more[..count]),
                other => {
                    panic!("no answer: {other:?} after {:?}", String::from_utf8_lossy(&self.read))
                }
            }
        };
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let length = length.map_or(0, |length| length.parse().expect("a length"));
        while self.read.len() < length {
            let mut more = [0; 4096];
            let count = self.stream.read(&mut more).expect("a body");
            assert!(count > 0, "the body is cut");
            self.read.extend(&more[..count]);
        }
        self.read.drain(..length);
        head[9..12].parse().expect("a status")
    }

    /// Whether the house has not closed this connection, on which nothing was said.
    pub(crate) fn is_open(&mut self) -> bool {
        self.stream.set_nonblocking(true).expect("a socket");
        let read = self.stream.read(&mut [0]);
        matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    /// What else comes: `closed`, or what it is.
    pub(crate) fn rest(&mut self) -> String {
        match self.stream.read_to_end(&mut self.read) {
            Ok(_) if self.read.is_empty() => "closed".to_owned(),
            Ok(_) => String::from_utf8_lossy(&self.read).into_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// Waits, without reading, until the house has dropped this connection.
    pub(crate) fn wait_until_dropped(&mut self) {
        let write = || self.stream.write(b"x").map_err(|error| error.kind());
        let is_dropped = |result: &Result<usize, ErrorKind>| {
            matches!(result, Err(ErrorKind::BrokenPipe | ErrorKind::ConnectionReset))
        };
        let _ = wait_for("the connection to be dropped", write, is_dropped);
    }
}
