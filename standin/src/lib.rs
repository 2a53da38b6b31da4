//! Stand-ins for what scrobbled talks to: for its tests, and for whoever wants to see it work without
//! an account.
//!
//! They answer as the real ones do and keep state like them, and know nothing of scrobbled: what both
//! got wrong in the same way no test would find. Time is a parameter. With the feature `faults` they
//! misbehave on order, and tests can look into them and steer them.

#[cfg(feature = "faults")]
mod faults;
mod http;
#[cfg(feature = "faults")]
pub mod jellyfin;
#[cfg(feature = "faults")]
pub mod mdblist;
#[cfg(feature = "faults")]
pub mod media_server;
#[cfg(test)]
#[path = "../../tests/patience/mod.rs"]
mod patience;
pub mod plex;
#[cfg(feature = "faults")]
pub mod post;
#[cfg(feature = "faults")]
pub mod receiver;
mod samples;
pub mod server;
mod service;
pub mod simkl;
mod time;
mod title;
#[cfg(feature = "faults")]
pub mod tls;
pub mod trakt;
#[cfg(not(feature = "faults"))]
mod well_behaved;
mod wire;

#[cfg(feature = "faults")]
pub use faults::Stage;
#[cfg(feature = "faults")]
pub use jellyfin::emby;
pub use samples::{Post, Viewing, samples};
pub use service::{Mark, More, Service};
pub use time::Time;
