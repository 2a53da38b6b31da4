//! Which requests meet misbehaviour, and which?
//!
//! Faults are data: orders for the next requests that fit, or dice with a seed, so that what a
//! test met can be met again. They are chosen here by looking at a [`Request`]; `stage` and
//! `server` carry them out.

mod chance;
mod endings;
mod server;
mod stage;

pub use chance::Rates;
pub(crate) use stage::exchange;
pub use stage::{Act, Ending, Logged, Stage};

use crate::http::{Request, Response};
use chance::Chance;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// How a request is mistreated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Answered as it should be (late, if the order has a delay).
    None,
    /// Another status than the service would give.
    Status {
        /// The status code.
        status: u16,
        /// What the body is.
        #[serde(default)]
        page: Page,
        /// Further headers.
        #[serde(default)]
        headers: Vec<(String, String)>,
    },
    /// 307 to another address: who follows takes method, body and token there.
    Redirect {
        /// The address.
        to: String,
    },
    /// The connection is reset without an answer.
    Reset,
    /// The connection is closed in order, without an answer.
    Close,
    /// The answer breaks off in the middle of its body.
    Cut,
    /// 200 with so many bytes.
    Flood {
        /// 200,000,000 is what nobody should take in.
        bytes: u64,
    },
    /// 200 with a head of so many bytes, in which a line of 64 KiB ends with a bare LF.
    HeadFlood {
        /// Far more than any head has.
        bytes: u64,
    },
    /// Bytes that are not HTTP.
    Garbage,
    /// Nothing comes, and the connection stays open.
    Silence,
}

/// The body of a wrong status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// Nothing, as most refusals of Trakt's.
    #[default]
    Empty,
    /// An error page, as a CDN's.
    Html,
    /// JSON.
    Json(Value),
}

/// Misbehaviour for the next requests that fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What happens.
    pub fault: Fault,
    /// To how many requests.
    #[serde(default = "once")]
    pub times: u32,
    /// How many that fit go unharmed before.
    #[serde(default)]
    pub skip: u32,
    /// Only to this method; empty means any.
    #[serde(default)]
    pub method: String,
    /// Only to paths that begin so; empty means any.
    #[serde(default)]
    pub path: String,
    /// Whether the service takes the call all the same, so that only its answer is lost. A late or cut
    /// answer has always been taken.
    #[serde(default)]
    pub applied: bool,
    /// How long the answer is held back, in milliseconds. A delayed reset arrives as a close.
    #[serde(default)]
    pub delay_ms: u64,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A status with an empty body.
    #[must_use]
    pub fn status(status: u16) -> Order {
        Self::Status { status, page: Page::Empty, headers: Vec::new() }.once()
    }

    /// A status with a CDN's page.
    #[must_use]
    pub fn html(status: u16) -> Order {
        Self::Status { status, page: Page::Html, headers: Vec::new() }.once()
    }

    /// A status with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: Value) -> Order {
        Self::Status { status, page: Page::Json(body), headers: Vec::new() }.once()
    }

    /// 429 that tells how long to wait.
    #[must_use]
    pub fn too_fast(retry_after_seconds: u64) -> Order {
        let headers = vec![("Retry-After".to_owned(), retry_after_seconds.to_string())];
        Self::Status { status: 429, page: Page::Empty, headers }.once()
    }

    /// The right answer, later.
    #[must_use]
    pub fn late(delay: Duration) -> Order {
        Self::None.once().delayed(delay)
    }

    /// Once, to the next request, whatever it is.
    #[must_use]
    pub fn once(self) -> Order {
        Order {
            fault: self,
            times: 1,
            skip: 0,
            method: String::new(),
            path: String::new(),
            applied: false,
            delay_ms: 0,
        }
    }
}

impl Order {
    /// To so many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Only after so many that fit.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Only to this method and to paths that begin so; empty means any.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        method.clone_into(&mut self.method);
        path.clone_into(&mut self.path);
        self
    }

    /// The service takes the call, and only its answer is lost.
    #[must_use]
    pub fn applied(mut self) -> Self {
        self.applied = true;
        self
    }

    /// The answer is held back.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Whether the service gets to see the request.
    pub(super) fn is_taken(&self) -> bool {
        self.applied || matches!(self.fault, Fault::None | Fault::Cut)
    }

    fn fits(&self, request: &Request) -> bool {
        (self.method.is_empty() || self.method == request.method)
            && request.path.starts_with(&self.path)
    }
}

impl Fault {
    /// The answer that stands in for the service's, where the fault is one.
    pub(super) fn answer(&self) -> Option<Response> {
        match self {
            Self::Status { status, page, headers } => {
                let mut answer = match page {
                    Page::Empty => Response::empty(*status),
                    Page::Html => Response::html(*status),
                    Page::Json(body) => Response::json(*status, body),
                };
                answer.headers.extend(headers.iter().cloned());
                Some(answer)
            }
            Self::Redirect { to } => Some(Response::empty(307).with("Location", to)),
            Self::None
            | Self::Reset
            | Self::Close
            | Self::Cut
            | Self::Flood { .. }
            | Self::HeadFlood { .. }
            | Self::Garbage
            | Self::Silence => None,
        }
    }
}

/// All misbehaviour that is under way.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    orders: Vec<Order>,
    chance: Option<Chance>,
}

impl Faults {
    /// By chance: the same seed and the same requests give the same faults.
    #[must_use]
    pub fn seeded(seed: u64, rates: Rates) -> Self {
        Self { orders: Vec::new(), chance: Some(Chance::new(seed, rates)) }
    }

    /// The seed, to be printed by a test that uses one.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        self.chance.as_ref().map(|chance| chance.seed)
    }

    /// Adds an order, behind those that are there.
    pub fn add(&mut self, order: Order) {
        self.orders.push(order);
    }

    /// The orders that are not done yet.
    #[must_use]
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// What happens to `request`: the first order that fits, else chance.
    pub(super) fn choose(&mut self, request: &Request) -> Option<Order> {
        self.orders.retain(|order| order.times > 0);
        for order in self.orders.iter_mut().filter(|order| order.fits(request)) {
            if order.skip > 0 {
                order.skip -= 1;
            } else {
                order.times -= 1;
                return Some(order.clone());
            }
        }
        self.chance.as_mut()?.throw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(faults: &mut Faults, method: &str, path: &str) -> Option<Fault> {
        faults.choose(&Request::new(method, path)).map(|order| order.fault)
    }

    #[test]
    fn an_order_meets_only_what_fits_so_often_and_after_so_many() {
        let mut faults = Faults::default();
        faults.add(Fault::Reset.once().on("POST", "/scrobble").times(2).after(1));
        faults.add(Fault::Garbage.once().on("GET", ""));
        let requests = [
            ("POST", "/scrobble/start", None),
            ("POST", "/sync/history", None),
            ("POST", "/scrobble/stop", Some(Fault::Reset)),
            ("GET", "/scrobble/stop", Some(Fault::Garbage)),
            ("POST", "/scrobble/stop", Some(Fault::Reset)),
            ("POST", "/scrobble/stop", None),
            ("GET", "/users/settings", None),
        ];
        for (method, path, expected) in requests {
            assert_eq!(met(&mut faults, method, path), expected, "{method} {path}");
        }
        assert!(faults.orders().iter().all(|order| order.times == 0), "{faults:?}");
    }

    #[test]
    fn orders_are_read_from_json() {
        let cases = [
            (r#"{"fault":"reset"}"#, Fault::Reset.once()),
            (
                r#"{"fault":{"status":{"status":503,"page":"html"}},"times":3,"path":"/sync"}"#,
                Fault::html(503).times(3).on("", "/sync"),
            ),
            (
                r#"{"fault":{"status":{"status":429,"headers":[["Retry-After","7"]]}}}"#,
                Fault::too_fast(7),
            ),
            (
                r#"{"fault":"none","delay_ms":250,"applied":true}"#,
                Fault::late(Duration::from_millis(250)).applied(),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(serde_json::from_str::<Order>(text).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn a_seed_repeats_its_faults_and_keeps_its_rates() {
        let run = |seed| {
            let mut faults = Faults::seeded(seed, Rates::rough());
            (0..10_000).map(|_| met(&mut faults, "GET", "/")).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert_eq!(Faults::seeded(7, Rates::default()).seed(), Some(7));
        let faults = run(7).iter().filter(|fault| fault.is_some()).count();
        assert!((1_700..2_300).contains(&faults), "{faults} of 10,000, expected about 2,000");
    }
}
