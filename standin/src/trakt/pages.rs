//! What may a person see of the stand-in itself?

use super::Trakt;
use crate::Time;
use crate::http::{Request, Response};

/// The page that is asked for; `None` for any other request.
pub(super) fn answer(trakt: &Trakt, request: &Request, now: Time) -> Option<Response> {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["activate"] | ["activate", _]) => {
            Some(Response::text("This stand-in approves a code by itself.\n"))
        }
        ("GET", ["demo", "summary"]) => {
            Some(Response::text(&(trakt.summary(now).join("\n") + "\n")))
        }
        _ => None,
    }
}
