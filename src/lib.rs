//! `scrobbled` receives the webhooks of Plex, Jellyfin and Emby and scrobbles to Trakt, Simkl and
//! MDBList.
//!
//! The binary is a thin shell around this library; benches, tests and fuzz targets use it too.
//! ARCHITECTURE.md shows the way of an event through the modules.

pub mod catch_up;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connect;
pub mod control;
pub mod courier;
mod crypto;
pub mod daemon;
pub mod delivery;
pub mod desk;
pub mod engine;
pub mod event;
mod files;
pub mod filter;
pub mod front;
pub mod hear;
pub mod http;
pub mod intent;
pub mod logging;
pub mod media_server;
pub mod notify;
pub mod pace;
pub mod page;
#[cfg(test)]
#[path = "../tests/patience/mod.rs"]
mod patience;
mod plain;
pub mod probe;
pub mod pulse;
pub mod receiver;
pub mod secret;
pub mod server;
pub mod service_manager;
pub mod store;
pub mod threads;
pub mod tracker;
pub mod verdict;
pub mod webhook;
