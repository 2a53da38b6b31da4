//! What stands in for a service?

use crate::Time;
#[cfg(feature = "faults")]
use crate::faults::Stage;
use crate::http::{Request, Response};

/// A service's state and what it answers; a [`Server`](crate::server::Server) puts it on a socket.
pub trait Service: Clone + Send + 'static {
    /// What it answers to `request` at `now`, having changed its state accordingly.
    fn answer(&mut self, request: &Request, now: Time) -> Response;

    /// What is shown to a person, and no part of the service; `None` for any other request.
    fn page(&self, request: &Request, now: Time) -> Option<Response>;

    /// It listens at this address.
    fn listens(&mut self, url: &str);

    /// The answer to a request for the stand-in itself; `None` for one that is meant for the service.
    #[cfg(feature = "faults")]
    fn control(_stage: &mut Stage<Self>, _request: &Request, _now: Time) -> Option<Response> {
        None
    }
}
