//! Does the command line do and say what it promises? The real binary, whole outputs.

#![cfg(test)]

mod backup;
#[path = "../daemon/mod.rs"]
mod daemon;
mod files;
mod login;
mod mdblist;
mod refused;
mod simkl;
mod start;
mod status;
mod wrong;

use crate::daemon::{Home, Said};
use scrobbled::delivery::{Destination, TokenPair};
use scrobbled::event::Time;
use scrobbled::store::Store;
use std::time::Duration;

pub(crate) fn said(code: i32, out: &str, err: &str) -> Said {
    Said { code: Some(code), out: out.to_owned(), err: err.to_owned() }
}

/// Connects the only account there is to a tracker, as far as the data go. No daemon may run.
pub(crate) fn log_in(home: &Home, tracker: &str) {
    let mut store = Store::open(&home.path().join("scrobbled-data")).expect("a database");
    let week = Duration::from_secs(7 * 24 * 3600);
    let pair = TokenPair::new("access".into(), "refresh".into(), Time(0), week).expect("a pair");
    store.log_in(&Destination::new("default", tracker), &pair).expect("it is kept");
}

/// What differs between two runs, replaced.
pub(crate) fn plain(home: &Home, text: &str) -> String {
    text.replace(&home.path().display().to_string(), "HOME")
}
