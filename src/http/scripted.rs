//! A server for tests that follows a script: this request, then that answer.

use crate::clock::Clock;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A running script.
pub(crate) struct Script {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    tokens: Arc<Mutex<Vec<String>>>,
    written: Arc<AtomicUsize>,
}

/// A whole answer with a JSON body (or none).
pub(crate) fn answer(status: u16, json: &str) -> Vec<u8> {
    answer_with(status, "X-Nothing: special", json)
}

/// The same with one more header.
pub(crate) fn answer_with(status: u16, header: &str, json: &str) -> Vec<u8> {
    let length = json.len();
    format!(
        "HTTP/1.1 {status} As Ordered\r\nContent-Type: application/json\r\n{header}\r\n\
        Content-Length: {length}\r\n\r\n{json}"
    )
    .into_bytes()
}

impl Script {
    /// Answers each request with the bytes of its step, if it begins as the step says (method
    /// and path), else with 599. No bytes: the connection is closed without an answer.
    pub(crate) fn start(steps: Vec<(&'static str, Vec<u8>)>) -> Self {
        let mut steps = steps.into_iter();
        Self::serve(move |mut stream, request| {
            let bytes = match steps.next() {
                Some((expected, bytes)) if request.starts_with(expected) => bytes,
                Some((expected, _)) => answer(599, &format!("expected {expected}, got {request}")),
                None => answer(599, &format!("expected nothing more, got {request}")),
            };
            let _ = stream.write_all(&bytes);
        })
    }

    /// Answers with `head`, and then with `more` again and again for as long as anybody reads.
    pub(crate) fn start_endless(head: impl Into<String>, more: &str) -> Self {
        let (head, more) = (head.into(), more.repeat(4096 / more.len()));
        let written = Arc::new(AtomicUsize::new(0));
        let counter = written.clone();
        let mut script = Self::serve(move |mut stream, _| {
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(more.as_bytes()).is_ok() {
                counter.fetch_add(more.len(), Ordering::SeqCst);
            }
        });
        script.written = written;
        script
    }

    /// Answers with `head`, and then with a byte now and then for as long as anybody reads.
    pub(crate) fn start_dripping(head: &'static str) -> Self {
        Self::serve(move |mut stream, _| {
            let (_never, wait) = channel::<()>();
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(b"x").is_ok() {
                let _ = Clock::Machine.receive(&wait, Some(Duration::from_millis(20)));
            }
        })
    }

    /// Takes requests and never answers.
    pub(crate) fn start_silent() -> Self {
        let mut kept = Vec::new();
        Self::serve(move |stream, _| kept.push(stream))
    }

    /// An address where nobody listens: of no port that is given to who asks for a free one.
    pub(crate) fn dead_url() -> String {
        "http://127.0.0.1:1".to_owned()
    }

    fn serve(mut each: impl FnMut(TcpStream, &str) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
        let port = listener.local_addr().expect("it is bound").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let tokens = Arc::new(Mutex::new(Vec::new()));
        let (record, tokens_now) = (seen.clone(), tokens.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some((request, token)) = read_request(&stream) {
                    tokens_now.lock().expect("no test panics here").push(token);
                    record.lock().expect("no test panics here").push(request.clone());
                    each(stream, &request);
                }
            }
        });
        Self { port, seen, tokens, written: Arc::default() }
    }

    /// The address of `path` on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Each request as `METHOD /path body`.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no test panics here").clone()
    }

    /// The access token of each request, or its other login; empty where it had none.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.tokens.lock().expect("no test panics here").clone()
    }

    /// How many bytes of an endless body somebody took.
    pub(crate) fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }
}

/// The request as [`Script::seen`] shows it, and its access token.
fn read_request(stream: &TcpStream) -> Option<(String, String)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut request = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let (mut length, mut token) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if let Some(login) = line.trim_end().strip_prefix("Authorization: ") {
            login.strip_prefix("Bearer ").unwrap_or(login).clone_into(&mut token);
        }
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if length > 0 {
        request = format!("{request} {}", String::from_utf8_lossy(&body));
    }
    Some((request, token))
}
