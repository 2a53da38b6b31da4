//! What is a program of yours told?
//!
//! A receiver is a destination of its own. It needs no login and looks nothing up: what was decided for
//! an account is put into a [`Message`] ([`event`]: our own event, or the user's template), signed and
//! posted, and the answer says what has become of it ([`judge`]). All of that is pure; [`run`] is the
//! thread of one receiver. It asks for what is next as a courier does. A [`raw`] receiver is passed
//! whole webhooks instead, which are kept in memory alone.
//!
//! Not here: what waits and in which order (`store`), which receivers there are and what their
//! templates are made of (`config`).

mod event;
mod hold;
mod judge;
mod message;
mod post;
pub mod raw;
mod sign;
mod thread;

pub use event::{type_of, wants};
pub use message::Message;
pub use post::{HeldPosts, Post};
pub use thread::run;

use crate::clock::Clock;
use crate::config::Receiver;
use crate::event::Time;
use crate::http::{self, Reply};
use crate::pulse::Heartbeat;
use std::time::Duration;

/// The limit of one call; Standard Webhooks, *Timeouts*, want 15 to 30 seconds.
const CALL_LIMIT: Duration = Duration::from_secs(20);

/// Which receiver it is, and what its thread needs.
pub struct Setup {
    /// How it is set.
    pub receiver: Receiver,
    /// The accounts of which nothing is sent, only shown.
    pub rehearsing: Vec<String>,
    /// Whether it has said that it is gone for good, and was not changed since.
    pub is_off: bool,
    /// The time.
    pub clock: Clock,
    /// Beats at least once between two calls.
    pub pulse: Heartbeat,
}

/// Sends a receiver a `test` at this time, for a person who wants to see whether that arrives.
///
/// # Errors
/// Why it did not.
pub fn test(receiver: &Receiver, now: Time) -> Result<(), String> {
    let id = format!("msg_test_{}", now.0);
    let message = Message::telling(receiver, &id, event::Told::Test, now, now);
    match post(receiver, message.headers(receiver, now), message.body().as_bytes()) {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(format!("it answers {}", answer.status)),
        Err(failure) => Err(judge::why(&failure)),
    }
}

/// Posts a message. What it is told of an error never has the address in it.
fn post(receiver: &Receiver, headers: Vec<(&'static str, String)>, body: &[u8]) -> Reply {
    let request = http::Request {
        method: http::Method::Post,
        url: receiver.url.clone(),
        headers,
        body: None,
        time_limit: CALL_LIMIT,
        trust: receiver.trust.clone(),
    };
    http::send_bytes(&request.signed_in(), body)
}
