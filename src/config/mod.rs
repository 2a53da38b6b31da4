//! What did the user set?

mod settings;

pub use settings::{Account, Network, Notify, NotifyFormat, Scrobble, Server, Settings, Trakt};
