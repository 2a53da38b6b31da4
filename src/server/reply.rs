//! How is a request answered, from whatever thread knows the answer?

use tiny_http::{Header, Request, Response, StatusCode};

/// The duty to answer one request. Dropped without an answer (a bug) it sends a plain 500, so that nobody waits for ever.
pub struct Responder(Option<Request>);

impl Responder {
    pub(super) fn to(request: Request) -> Self {
        Self(Some(request))
    }

    /// An answer that nobody waits for.
    #[cfg(test)]
    pub(crate) fn to_nobody() -> Self {
        Self(None)
    }

    /// Answers. `retry_after` is in seconds.
    pub fn send(self, status: u16, content_type: &str, body: &[u8], retry_after: Option<u32>) {
        match retry_after.map(|seconds| seconds.to_string()) {
            Some(seconds) => {
                self.send_with(status, content_type, body, &[("Retry-After", &seconds)]);
            }
            None => self.send_with(status, content_type, body, &[]),
        }
    }

    /// Answers with further headers. One that can't be a header is left out.
    pub fn send_with(
        mut self,
        status: u16,
        content_type: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) {
        self.respond(status, content_type, body, headers);
    }

    fn respond(&mut self, status: u16, content_type: &str, body: &[u8], headers: &[(&str, &str)]) {
        let Some(request) = self.0.take() else { return };
        let headers = [("Content-Type", content_type)].into_iter().chain(headers.iter().copied());
        let response = Response::new(
            StatusCode(status),
            headers.filter_map(|(name, value)| Header::from_bytes(name, value).ok()).collect(),
            body,
            Some(body.len()),
            None,
        )
        // The door reads answers by their Content-Length.
        .with_chunked_threshold(usize::MAX);
        if let Err(error) = request.respond(response) {
            log::debug!("an answer could not be handed on: {error}");
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.respond(
            500,
            "text/plain; charset=utf-8",
            b"this request hit a bug in scrobbled\n",
            &[],
        );
    }
}
