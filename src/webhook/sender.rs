//! Whose webhook does a document look like?
//!
//! Asked only of a document that is none of the server at whose address it arrived, so that the
//! answer can name the right address.

use super::dto::Server;
use super::object::object;
use super::scalar::Scalar;
use crate::event::Source;

object! {
    struct Marks<'a> {
        plex: Scalar<'a> = "event",
        jellyfin: Scalar<'a> = "NotificationType",
        event: Scalar<'a> = "Event",
        server: Server<'a> = "Server",
    }
}

/// The server whose shape a document has, if any.
pub(super) fn of(json: &str) -> Option<Source> {
    let marks: Marks = serde_json::from_str(json).ok()?;
    if !marks.jellyfin.is_empty() {
        Some(Source::Jellyfin)
    } else if !marks.plex.is_empty() {
        Some(Source::Plex)
    } else if marks.event.is_empty() {
        None
    } else if marks.server.is_jellyfin() || !marks.event.as_str().contains('.') {
        Some(Source::Jellyfin)
    } else {
        Some(Source::Emby)
    }
}
