//! Media servers are connected: by the command line, and as the page does it.
//!
//! What each kind does at its server stands in a file of its own; what goes for all of them in `kept`.

#![cfg(test)]

mod beside;
#[path = "../daemon/mod.rs"]
mod daemon;
mod emby;
mod guide;
mod jellyfin;
mod kept;
mod killed;
mod people;
mod plex;
mod whole;
