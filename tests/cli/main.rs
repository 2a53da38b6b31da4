//! Does the command line do and say what it promises? The real binary, whole outputs.

#![cfg(test)]

mod backup;
#[path = "../daemon/mod.rs"]
mod daemon;
mod files;
mod login;
mod refused;
mod start;
mod status;
mod wrong;

use crate::daemon::{Home, Said};

pub(crate) fn said(code: i32, out: &str, err: &str) -> Said {
    Said { code: Some(code), out: out.to_owned(), err: err.to_owned() }
}

/// What differs between two runs, replaced.
pub(crate) fn plain(home: &Home, text: &str) -> String {
    text.replace(&home.path().display().to_string(), "HOME")
}
