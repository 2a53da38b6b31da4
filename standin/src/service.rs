//! What stands in for a service?

use crate::Time;
#[cfg(feature = "faults")]
use crate::faults::Stage;
use crate::http::{Request, Response};

/// How far an answer without an end has come. What the numbers count is the service's matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Which start of the service it belongs to; 0 before anything was said.
    pub round: u64,
    /// What has been said.
    pub at: usize,
    /// When something was said last.
    pub last: Time,
}

/// What an answer without an end goes on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum More {
    /// These bytes, and more later; none is nothing new.
    Goes(Vec<u8>),
    /// These bytes; then the connection breaks off.
    Ends(Vec<u8>),
}

/// A service's state and what it answers; a [`Server`](crate::server::Server) puts it on a socket.
pub trait Service: Clone + Send + 'static {
    /// What it answers to `request` at `now`, having changed its state accordingly.
    fn answer(&mut self, request: &Request, now: Time) -> Response;

    /// What is shown to a person, and no part of the service; `None` for any other request.
    fn page(&self, request: &Request, now: Time) -> Option<Response>;

    /// It listens at this address.
    fn listens(&mut self, url: &str);

    /// What follows after the head of an answer that is `Transfer-Encoding: chunked`. It is asked again and
    /// again until it ends or the other side does.
    fn more(&mut self, _request: &Request, _mark: &mut Mark, _now: Time) -> More {
        More::Ends(Vec::new())
    }

    /// The answer to a request for the stand-in itself; `None` for one that is meant for the service.
    #[cfg(feature = "faults")]
    fn control(_stage: &mut Stage<Self>, _request: &Request, _now: Time) -> Option<Response> {
        None
    }
}
