//! What would a program do that is told of plays? A stand-in for any receiver of webhooks.
//!
//! It keeps what it got, knows again what it has had (`webhook-id`, as Standard Webhooks say, or
//! `Idempotency-Key`), and checks the signature where it has a secret. What else it answers is ordered.
//!
//! Not here: the daemon's own signing, which this checks by other means.

use crate::Time;
use crate::http::{Request, Response};
use crate::service::Service;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeSet;

/// A request that came.
pub use crate::http::Request as Post;

/// A receiver on a socket.
pub type Server = crate::server::Server<Receiver>;

/// How far the time of an attempt may be off, in seconds.
const TOLERANCE: u64 = 5 * 60;

/// What can be set.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The key of the signature, as `whsec_` and base64; none is asked for where it is empty.
    pub secret: String,
    /// The header `Authorization` that is asked for, if any.
    pub authorization: String,
}

/// The stand-in's whole state.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    /// What can be set.
    pub options: Options,
    posts: Vec<Request>,
    had: BTreeSet<String>,
    again: usize,
    refused: Vec<String>,
}

impl Receiver {
    /// With this secret.
    #[must_use]
    pub fn with_secret(secret: &str) -> Self {
        let options = Options { secret: secret.to_owned(), ..Options::default() };
        Self { options, ..Self::default() }
    }

    /// Every request that was right, in order; the same one as often as it came.
    #[must_use]
    pub fn posts(&self) -> &[Request] {
        &self.posts
    }

    /// The bodies of those as JSON, each id once.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        let mut seen = BTreeSet::new();
        let first =
            |post: &&Request| post.header("webhook-id").is_none_or(|id| seen.insert(id.to_owned()));
        let posts: Vec<&Request> = self.posts.iter().filter(first).collect();
        posts.iter().map(|post| serde_json::from_slice(&post.body).unwrap_or_default()).collect()
    }

    /// How many were ones that it had had before.
    #[must_use]
    pub fn repeated(&self) -> usize {
        self.again
    }

    /// Why requests were refused.
    #[must_use]
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// What it answers to `request` at `now`, having changed its state accordingly.
    pub fn answer(&mut self, request: &Request, now: Time) -> Response {
        if let Err(why) = self.judge(request, now) {
            self.refused.push(why.to_owned());
            return Response::json(401, &json!({ "error": why }));
        }
        self.posts.push(request.clone());
        let id = request.header("webhook-id").or_else(|| request.header("idempotency-key"));
        if let Some(id) = id
            && !self.had.insert(id.to_owned())
        {
            self.again += 1;
        }
        Response::json(200, &json!({ "detail": "accepted" }))
    }

    fn judge(&self, request: &Request, now: Time) -> Result<(), &'static str> {
        if request.method != "POST" {
            return Err("not a POST");
        }
        let Options { secret, authorization } = &self.options;
        if !authorization.is_empty() && request.header("authorization") != Some(authorization) {
            return Err("wrong authorization");
        }
        if secret.is_empty() {
            return Ok(());
        }
        let id = request.header("webhook-id").ok_or("no webhook-id")?;
        let stamp = request.header("webhook-timestamp").ok_or("no webhook-timestamp")?;
        let seconds: u64 = stamp.parse().map_err(|_| "webhook-timestamp is no number")?;
        if seconds.abs_diff(now.0 / 1000) > TOLERANCE {
            return Err("webhook-timestamp is too far off");
        }
        let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        let key = key.ok_or("the stand-in has no good secret")?;
        let signatures = request.header("webhook-signature").ok_or("no webhook-signature")?;
        let is_right = signatures.split(' ').any(|signature| {
            let given = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
            let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key);
            given.zip(mac.ok()).is_some_and(|(given, mac)| {
                let mac = mac.chain_update(id).chain_update(".").chain_update(stamp);
                mac.chain_update(".").chain_update(&request.body).verify_slice(&given).is_ok()
            })
        });
        if is_right { Ok(()) } else { Err("wrong signature") }
    }
}

impl Service for Receiver {
    fn answer(&mut self, request: &Request, now: Time) -> Response {
        Self::answer(self, request, now)
    }

    fn page(&self, _request: &Request, _now: Time) -> Option<Response> {
        None
    }

    fn listens(&mut self, _url: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NOW: Time = Time(1_614_265_330_000);

    /// The example of Standard Webhooks' own libraries.
    fn signed() -> Request {
        let mut request = Request::new("POST", "/hook")
            .with("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
            .with("Webhook-Timestamp", "1614265330")
            .with("Webhook-Signature", "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        request.body = br#"{"test": 2432232314}"#.to_vec();
        request
    }

    #[test]
    fn a_signature_is_checked_with_its_time_and_the_same_id_is_known_again() {
        let mut receiver = Receiver::with_secret(SECRET);
        assert_eq!(receiver.answer(&signed(), NOW).status, 200);
        assert_eq!(receiver.answer(&signed(), Time(NOW.0 + 300_000)).status, 200);
        assert_eq!((receiver.posts().len(), receiver.repeated()), (2, 1));
        assert_eq!(receiver.events(), [json!({ "test": 2_432_232_314_u32 })]);
        let mut other = signed();
        other.body.push(b' ');
        let bare = Request::new("POST", "/hook").with("webhook-id", "1");
        for (request, now, why) in [
            (signed(), Time(NOW.0 + 301_000), "webhook-timestamp is too far off"),
            (other, NOW, "wrong signature"),
            (bare, NOW, "no webhook-timestamp"),
            (Request::new("GET", "/"), NOW, "not a POST"),
        ] {
            assert_eq!(receiver.answer(&request, now).status, 401);
            assert_eq!(receiver.refused().last().map(String::as_str), Some(why));
        }
    }
}
