//! Media servers that can be asked back, and some that had better not be.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "only tests use it, and one without a port has failed"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The token that a [`Fake`] takes.
pub const TOKEN: &str = "t0p-secret";

/// What a fake server does with each request.
pub enum Manner {
    /// Answers what stands at the path (with its query), 404 elsewhere, 401 without the token.
    Answers(BTreeMap<String, String>),
    /// Sends these bytes, whatever is asked.
    Says(Vec<u8>),
    /// Takes requests and never answers.
    Hangs,
    /// Sends a body that does not end.
    Endless,
}

/// A fake server.
pub struct Fake {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    posted: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Answers these paths with this JSON.
    #[must_use]
    pub fn answers(pages: &[(&str, &str)]) -> Self {
        let pages = pages.iter().map(|(path, json)| ((*path).to_owned(), (*json).to_owned()));
        Self::start(Manner::Answers(pages.collect()))
    }

    /// Answers everything with this status and body.
    #[must_use]
    pub fn says(status: u16, kind: &str, body: &str) -> Self {
        Self::start(Manner::Says(page(status, kind, body)))
    }

    /// Does this with each request.
    #[must_use]
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let posted = Arc::new(Mutex::new(Vec::new()));
        let (record, record_posted) = (asked.clone(), posted.clone());
        thread::spawn(move || {
            let mut hanging = Vec::new();
            for mut stream in listener.incoming().flatten() {
                let Some((path, token, body)) = request(&stream) else { continue };
                record.lock().expect("no panic holds it").push(path.clone());
                record_posted.lock().expect("no panic holds it").push(body);
                let _ = match &manner {
                    Manner::Answers(_) if token != TOKEN => {
                        stream.write_all(&page(401, "text/html", "<h1>Unauthorized</h1>"))
                    }
                    Manner::Answers(pages) => stream.write_all(&match pages.get(&path) {
                        Some(json) => page(200, "application/json", json),
                        None => page(404, "text/plain", "no such thing"),
                    }),
                    Manner::Says(bytes) => stream.write_all(bytes),
                    Manner::Hangs => {
                        hanging.push(stream);
                        Ok(())
                    }
                    Manner::Endless => endless(&mut stream),
                };
            }
        });
        Self { port, asked, posted }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The paths that were asked for, with their queries.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic holds it").clone()
    }

    /// The body of each of these requests.
    #[must_use]
    pub fn posted(&self) -> Vec<String> {
        self.posted.lock().expect("no panic holds it").clone()
    }
}

/// An address where nobody listens: of no port that is given to who asks for a free one.
#[must_use]
pub fn nobody() -> String {
    "http://127.0.0.1:1".to_owned()
}

fn page(status: u16, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} As Ordered\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")?;
    loop {
        stream.write_all(&[b' '; 4096])?;
    }
}

/// The path of a request, the token in it, however it is shown, and its body. Who left that unread would
/// have the connection reset, and the answer with it.
fn request(stream: &TcpStream) -> Option<(String, String, String)> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let path = line()?.split(' ').nth(1)?.to_owned();
    let (mut token, mut length) = (String::new(), 0);
    while let Some(line) = line().filter(|line| !line.is_empty()) {
        let shown = line
            .strip_prefix("X-Plex-Token: ")
            .or_else(|| line.strip_prefix("X-Emby-Token: "))
            .or_else(|| {
                line.strip_prefix("Authorization: MediaBrowser Token=\"")?.strip_suffix('"')
            });
        if let Some(shown) = shown {
            shown.clone_into(&mut token);
        }
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().ok()?;
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body).ok()?;
    Some((path, token, String::from_utf8_lossy(&body).into_owned()))
}
