//! Does everything arrive at Trakt once, whatever happens between? The real daemon against a
//! stand-in that misbehaves on order; where hours pass, on a clock that is moved by hand.

#![cfg(test)]

mod account;
mod clocks;
mod cost;
#[path = "../daemon/mod.rs"]
mod daemon;
mod disk;
mod faults;
mod floods;
mod judged;
mod many;
mod marks;
mod mdblist;
mod naming;
mod simkl;
mod statuses;
mod trackers;
mod watchlist;

use crate::daemon::by_hand::Rig;
use serde_json::Value;
use std::time::Duration;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Plays of everything.
pub(crate) fn all_plays(rig: &Rig) -> usize {
    rig.server().with(|trakt| trakt.people().map(|(_, user)| user.history().len()).sum())
}

pub(crate) fn list(status: &Value, key: &str) -> usize {
    status[key].as_array().map_or(usize::MAX, Vec::len)
}

/// Accounts' sentences.
pub(crate) fn sentence(status: &Value) -> String {
    let sentence = status.pointer("/accounts/0/sentence").and_then(Value::as_str);
    sentence.unwrap_or_default().to_owned()
}
