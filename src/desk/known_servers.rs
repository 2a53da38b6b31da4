//! Which media servers are connected?

use crate::config::Live;
use crate::connect::Connection;
use crate::store::{Store, StoreError};

/// What media servers know of us, and we of them.
#[derive(Clone, Debug, Default)]
pub struct KnownToServers {
    /// What tells this install from others.
    pub device: String,
    /// The servers that are connected.
    pub connections: Vec<Connection>,
}

/// The media servers that are connected.
#[derive(Debug, Default)]
pub(crate) struct Connections(Vec<Connection>);

impl From<Vec<Connection>> for Connections {
    fn from(all: Vec<Connection>) -> Self {
        Self(all)
    }
}

impl Connections {
    pub(super) fn all(&self) -> &[Connection] {
        &self.0
    }

    /// As an earlier start has left them; they count in `live` from now on.
    ///
    /// # Errors
    /// When they can't be read.
    pub(crate) fn restore(store: &mut Store, live: &Live) -> Result<Self, StoreError> {
        let connections = Self(store.connections()?);
        connections.count_in(live);
        Ok(connections)
    }

    /// They count in `live` from now on, and no others.
    pub(super) fn count_in(&self, live: &Live) {
        live.connect(self.0.iter().map(Connection::settings).collect());
    }
}
