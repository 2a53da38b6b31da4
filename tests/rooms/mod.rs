//! What the front door does when the internal server behind it dies.
//!
//! The room is a socket that a test answers by hand, as tiny_http would, and then takes away.

use crate::house::Talk;
use scrobbled::clock::Clock;
use scrobbled::event::Source;
use scrobbled::front::{self, Front, Limits, Options, Tokens, Who};
use scrobbled::server::RefusedPosts;
use scrobbled::threads::Vital;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A door in front of a room with one connection to it.
struct Ward {
    front: Front,
    path: String,
    listener: UnixListener,
    room: UnixStream,
    ended: Receiver<String>,
    folder: TempDir,
}

impl Ward {
    fn open() -> Self {
        let short = Duration::from_millis(200);
        Self::that_waits(short, short)
    }

    /// With so much patience for an answer, and for that to a knock.
    fn that_waits(answer: Duration, knock: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("room.sock");
        let listener = UnixListener::bind(&socket).expect("a room");
        let tokens = Arc::new(Tokens::open(folder.path()).expect("tokens"));
        let token = tokens.secret(Who::Sender(Source::Plex));
        let path = format!("/webhook/plextrakt?{}", token.reveal());
        let (ends, ended) = channel();
        let options = Options {
            listener: TcpListener::bind("127.0.0.1:0").expect("a port"),
            back_end: socket,
            tokens,
            refused: RefusedPosts::default(),
            trusted_proxies: Vec::new(),
            sessions: Arc::default(),
            public_url: front::PublicUrl::default(),
            page: front::PageParts::default(),
            limits: Limits { back_ends: 1, answer, knock, ..Limits::default() },
            clock: Clock::Machine,
            vital: Vital::new(move |why| ends.send(why).expect("the test listens")),
        };
        // The door waits for the answer to its knock before it opens.
        let door = thread::spawn(move || front::start(options).expect("a front door"));
        let room = accept(&listener);
        let front = door.join().expect("no panic");
        Self { front, path, listener, room, ended, folder }
    }

    /// Sends a webhook and waits until the room has it.
    fn post(&mut self) -> Talk {
        let mut talk = Talk::to(self.front.local_addr());
        talk.send(&format!("POST {} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}", self.path));
        let mut request = Vec::new();
        while !request.ends_with(b"{}") {
            let mut more = [0; 1024];
            let count = self.room.read(&mut more).expect("a request");
            assert!(count > 0, "the request is cut");
            request.extend(&more[..count]);
        }
        talk
    }

    /// Why the door has ended; it must do so soon after its own waits.
    #[track_caller]
    fn end(self) -> String {
        let why = self.ended.recv_timeout(Duration::from_secs(10)).expect("an end");
        self.front.join();
        why.replace(&self.folder.path().display().to_string(), "")
    }
}

/// Lets the door in and answers its knock.
fn accept(listener: &UnixListener) -> UnixStream {
    let (mut stream, _) = listener.accept().expect("the door");
    answer_knock(&mut stream);
    stream
}

fn answer_knock(stream: &mut UnixStream) {
    let mut knock = [0; 64];
    let count = stream.read(&mut knock).expect("a knock");
    assert_eq!(&knock[..count], b"GET /knock HTTP/1.1\r\n\r\n");
    stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").expect("answered");
}

#[test]
fn a_room_that_is_gone_ends_the_door() {
    let mut ward = Ward::open();
    let _talk = ward.post();
    let (room, listener) = (ward.room, ward.listener);
    // tiny_http's accept thread died first, then the one of this connection.
    drop(listener);
    let spare = UnixListener::bind(ward.folder.path().join("spare.sock")).expect("another");
    drop(room);
    let ward = Ward { room: UnixStream::pair().expect("a pair").0, listener: spare, ..ward };
    assert_eq!(
        ward.end(),
        "the thread `front` ended: can't reach the internal server at `/room.sock`: Connection \
         refused (os error 111)"
    );
}

#[test]
fn a_room_that_answers_neither_a_request_nor_a_knock_ends_the_door() {
    let mut ward = Ward::open();
    let mut talk = ward.post();
    assert_eq!(talk.status(), 503, "the request in hand");
    assert_eq!(
        ward.end(),
        "the thread `front` ended: the internal server at `/room.sock` does not respond: it did \
         not answer in \
         time"
    );
}

#[test]
fn a_room_that_answers_the_knock_is_only_slow() {
    // So long that this test answers in time where it does, on a busy machine too.
    let mut ward = Ward::that_waits(Duration::from_millis(500), Duration::from_secs(10));
    for _ in 0..3 {
        let mut talk = ward.post();
        assert_eq!(talk.status(), 503);
        ward.room = accept(&ward.listener);
    }
    let mut talk = ward.post();
    ward.room
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .expect("the connection stands");
    assert_eq!(talk.status(), 200);
    assert!(ward.ended.try_recv().is_err());
}
