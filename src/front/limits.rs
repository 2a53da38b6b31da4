//! How long may what take, and how much may there be of it?

use std::time::Duration;

/// How long and how many. The sizes of heads and bodies are fixed, see [`intake`](super::intake).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections in all.
    pub connections: usize,
    /// The share of one address (one /64 of IPv6), unless it is a trusted proxy: in a full house
    /// who has it gets no place at the cost of others.
    pub per_address: usize,
    /// From the first byte of a head (at first: from the connection's start) to its last.
    pub head: Duration,
    /// From the head to the end of the body.
    pub body: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// For the client to take our answer.
    pub write: Duration,
    /// For the client to close after the last answer.
    pub linger: Duration,
    /// For a request to wait for a free connection to the internal server.
    pub wait: Duration,
    /// For the internal server to answer.
    pub answer: Duration,
    /// For the internal server to notice a new connection; one that does not is dead.
    pub knock: Duration,
    /// To finish what was taken, once stopped.
    pub finish: Duration,
    /// Bodies of which more than so many bytes have come are large …
    pub large_body: usize,
    /// … and so many bytes of them may be here at a time; at least one body's
    /// [`BODY_MOST`](super::intake::BODY_MOST). Each is in memory up to three times on its way.
    pub large_bodies: usize,
    /// Connections to the internal server.
    pub back_ends: usize,
    /// Wrong tokens a minute that one address may show before it is told 429.
    pub wrong_tokens: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            per_address: 32,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            write: Duration::from_secs(10),
            linger: Duration::from_secs(2),
            wait: Duration::from_secs(2),
            answer: Duration::from_secs(15),
            knock: Duration::from_secs(5),
            finish: Duration::from_secs(8),
            large_body: 16 * 1024,
            large_bodies: 4 * 1024 * 1024,
            back_ends: 16,
            wrong_tokens: 20,
        }
    }
}
