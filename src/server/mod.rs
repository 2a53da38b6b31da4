//! What was posted?
//!
//! tiny_http on a Unix socket that only the front door can reach, and a fixed pool of workers.
//! Each takes a request, reads its body (which the door has taken whole) and calls the owner's
//! handler with what was [`Received`] and with the [`Responder`] to answer it, at once or later from
//! another thread. A request that is dropped without an answer gets a 500.
//!
//! Its workers are vital threads: a door without a room behind it serves nobody.
//!
//! Not here: who may come in (`front`), what is in a body (`webhook`), what it means (`engine`).

pub mod body;
mod refused;
mod reply;
mod route;
pub mod signature;

pub use refused::{PostRefusal, RefusedPost, RefusedPosts};
pub use reply::Responder;
pub use route::Route;

use crate::files;
use crate::threads::Vital;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

/// How many requests are handled at a time.
const WORKERS: usize = 4;
/// Longest body in bytes; the door takes no longer one.
const BODY_MOST: usize = 2 * 1024 * 1024;
/// What a worker keeps of its buffer between two requests, in bytes.
const KEPT_MOST: usize = 64 * 1024;

/// A request, as a handler sees it.
#[derive(Debug)]
pub struct Received<'a> {
    /// What is asked.
    pub route: Route,
    /// The raw body, as it was posted.
    pub body: &'a [u8],
    /// `Content-Type`; a hint at most, since it is often wrong.
    pub content_type: Option<&'a str>,
    /// `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// `X-Plex-Signature`, see [`signature`].
    pub plex_signature: Option<&'a str>,
    /// `X-Hub-Signature-256`, see [`signature`].
    pub hub_signature: Option<&'a str>,
    /// `Via`: through whom it came.
    pub via: Option<&'a str>,
    /// The client's address, as far as the door knows it.
    pub peer: IpAddr,
    /// Whether the page's token was shown.
    pub page_token: bool,
    /// The session of who looks at the page.
    pub session: Option<&'a str>,
    /// The token of the sign-in link that is opened.
    pub invitation: Option<&'a str>,
}

/// Answers requests. It may move the [`Responder`] elsewhere and return: a worker never waits for a
/// disk.
pub type HttpHandler = dyn Fn(Received<'_>, Responder) + Send + Sync;

/// The running internal server.
pub struct Server {
    http: Arc<tiny_http::Server>,
    vital: Vital,
    workers: Vec<JoinHandle<()>>,
}

/// Opens the room at the socket `path`.
///
/// # Errors
/// When the socket can't be made, or something that is no socket is in its place.
pub fn start(path: &Path, handler: &Arc<HttpHandler>, vital: &Vital) -> io::Result<Server> {
    let listener = files::listen(path).map_err(|e| {
        io::Error::new(e.kind(), format!("can't listen on the socket `{}`: {e}", path.display()))
    })?;
    let http = tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?;
    let mut server =
        Server { http: Arc::new(http), vital: vital.clone(), workers: Vec::with_capacity(WORKERS) };
    for number in 1..=WORKERS {
        let (http, handler) = (server.http.clone(), handler.clone());
        let work = move || Err(work(&http, &*handler));
        server.workers.push(vital.spawn(&format!("worker-{number}"), work)?);
    }
    Ok(server)
}

impl Server {
    /// Ends the workers; requests that they have taken are finished. To be called once the door
    /// is closed.
    pub fn stop(self) {
        self.vital.stop();
        for _ in &self.workers {
            self.http.unblock();
        }
        for worker in self.workers {
            let _ = worker.join(); // a panic would have ended the process
        }
    }
}

/// Handles requests until none can come; says why.
fn work(http: &tiny_http::Server, handler: &HttpHandler) -> io::Error {
    let mut body = Vec::new();
    loop {
        let request = match http.recv() {
            Ok(request) => request,
            Err(error) => return error,
        };
        serve(request, &mut body, handler);
        body.clear();
        body.shrink_to(KEPT_MOST);
    }
}

fn serve(mut request: tiny_http::Request, body: &mut Vec<u8>, handler: &HttpHandler) {
    let Some(route) = Route::find(request.method().as_str(), request.url()) else {
        return Responder::to(request).send(404, "text/plain", b"not found\n", None);
    };
    // The door says how long it is, so that few reads bring it.
    body.resize(request.body_length().unwrap_or(0).min(BODY_MOST), 0);
    if let Err(error) = request.as_reader().read_exact(body) {
        log::warn!("a request broke off before it reached the internal server: {error}");
        return Responder::to(request).send(503, "text/plain", b"the body broke off\n", Some(5));
    }
    let headers = Headers::of(request.headers());
    let reply = Responder::to(request);
    handler(headers.received(route, body), reply);
}

/// The headers that the door passes on, taken out of a request that is about to move away.
#[derive(Default)]
struct Headers {
    content_type: Option<String>,
    user_agent: Option<String>,
    plex_signature: Option<String>,
    hub_signature: Option<String>,
    via: Option<String>,
    session: Option<String>,
    invitation: Option<String>,
    peer: Option<IpAddr>,
    page_token: bool,
}

impl Headers {
    fn of(headers: &[tiny_http::Header]) -> Self {
        let mut found = Self::default();
        for header in headers {
            let value = header.value.as_str();
            let name = header.field.as_str().as_str();
            let place = match name {
                "Content-Type" => &mut found.content_type,
                "User-Agent" => &mut found.user_agent,
                "X-Plex-Signature" => &mut found.plex_signature,
                "X-Hub-Signature-256" => &mut found.hub_signature,
                "Via" => &mut found.via,
                "X-Scrobbled-Session" => &mut found.session,
                "X-Scrobbled-Invitation" => &mut found.invitation,
                "X-Scrobbled-Peer" => {
                    found.peer = value.parse().ok();
                    continue;
                }
                "X-Scrobbled-Page-Token" => {
                    found.page_token = value == "yes";
                    continue;
                }
                _ => continue,
            };
            *place = Some(value.to_owned());
        }
        found
    }

    fn received<'a>(&'a self, route: Route, body: &'a [u8]) -> Received<'a> {
        Received {
            route,
            body,
            content_type: self.content_type.as_deref(),
            user_agent: self.user_agent.as_deref(),
            plex_signature: self.plex_signature.as_deref(),
            hub_signature: self.hub_signature.as_deref(),
            via: self.via.as_deref(),
            peer: self.peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            page_token: self.page_token,
            session: self.session.as_deref(),
            invitation: self.invitation.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_is_in_the_sockets_place_is_told_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("diary");
        fs::write(&file, "dear diary").expect("written");
        let handler: Arc<HttpHandler> = Arc::new(|_, _| {});
        let error =
            start(&file, &handler, &Vital::new(|_| {})).err().map(|error| error.to_string());
        let expected = format!(
            "can't listen on the socket `{}`: something else is in its place; move it away",
            file.display()
        );
        assert_eq!(error, Some(expected));
        assert_eq!(fs::read_to_string(&file).expect("still there"), "dear diary");
    }

    #[test]
    fn a_worker_that_ends_is_told_at_once_but_not_while_stopping() {
        let folder = tempfile::tempdir().expect("a folder");
        let handler: Arc<HttpHandler> = Arc::new(|_, _| {});
        let (ends, ended) = std::sync::mpsc::channel();
        let vital = Vital::new(move |why| ends.send(why).expect("the test listens"));
        let server = start(&folder.path().join("room.sock"), &handler, &vital).expect("a room");
        server.http.unblock(); // what it hears when tiny_http can't go on
        let why = ended.recv_timeout(std::time::Duration::from_secs(10)).expect("an end");
        assert!(why.starts_with("the thread `worker-"), "{why}");
        server.stop();
        assert!(ended.try_recv().is_err(), "the others were asked to end");
    }
}
