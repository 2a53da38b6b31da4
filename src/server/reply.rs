//! How is a request answered, from whatever thread knows the answer?

use tiny_http::{Header, Request, Response, StatusCode};

/// The duty to answer one request. Dropped without an answer (a panic, a bug) it sends a plain
/// 500, so that nobody waits for ever.
pub struct Reply(Option<Request>);

impl Reply {
    pub(super) fn to(request: Request) -> Self {
        Self(Some(request))
    }

    /// An answer that nobody waits for.
    #[cfg(test)]
    pub(crate) fn to_nobody() -> Self {
        Self(None)
    }

    /// Answers. `retry_after` is in seconds.
    pub fn send(mut self, status: u16, content_type: &str, body: &[u8], retry_after: Option<u32>) {
        self.respond(status, content_type, body, retry_after);
    }

    fn respond(&mut self, status: u16, content_type: &str, body: &[u8], retry_after: Option<u32>) {
        let Some(request) = self.0.take() else { return };
        let headers = [
            Header::from_bytes("Content-Type", content_type).ok(),
            retry_after.and_then(|s| Header::from_bytes("Retry-After", s.to_string()).ok()),
        ];
        let response = Response::new(
            StatusCode(status),
            headers.into_iter().flatten().collect(),
            body,
            Some(body.len()),
            None,
        )
        // The door reads answers by their Content-Length.
        .with_chunked_threshold(usize::MAX);
        if let Err(error) = request.respond(response) {
            log::debug!("an answer did not reach the door: {error}");
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.respond(500, "text/plain; charset=utf-8", b"this request met a bug here\n", None);
    }
}
