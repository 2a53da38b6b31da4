//! What goes out to a tracker, and when it speaks of.

use crate::event::Time;
use crate::http::Method;
use crate::intent::Intent;
use serde_json::{Map, Value};
use std::fmt;
use std::time::Duration;

/// A play that leaves later than this after its time is told with its time: a scrobble's is that of
/// its call.
const LIVE: Duration = Duration::from_secs(60);

/// One call of a tracker's API. It holds no secret; its `Display` shows all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// How.
    pub method: Method,
    /// Where, from the slash on, percent-encoded.
    pub path: String,
    /// With what.
    pub body: Option<Value>,
    /// What it does.
    pub effect: Effect,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It asks.
    None,
    /// It changes something that does not mind being changed twice.
    Change,
    /// It makes a play of the moment in which it arrives.
    PlayNow,
    /// It adds plays with times of their own.
    AddPlays,
}

impl Call {
    /// A call that asks.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: None, effect: Effect::None }
    }
}

/// What a body holds: those fields that there are.
pub(super) fn object<const N: usize>(
    fields: [(&'static str, Option<Value>); N],
) -> Map<String, Value> {
    fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// As on the wire: `POST /scrobble/start {"movie":…}`.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        self.body.as_ref().map_or(Ok(()), |body| write!(f, " {body}"))
    }
}

/// Whether a moment has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// It is now.
    Live,
    /// It was then: what can be told with a time gets one.
    Late,
}

impl Timing {
    /// How an intent that leaves `now` is told.
    #[must_use]
    pub fn of(intent: &Intent, now: Time) -> Self {
        if now.since(intent.at) > LIVE { Self::Late } else { Self::Live }
    }
}
