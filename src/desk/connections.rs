//! Which media servers are connected, and what follows when one comes or goes?
//!
//! It is on the disk before it counts. Then the settings have it, questions reach it, and it is listened
//! to. (Its history is read by who owns that, `catch_up`.)

use super::known_servers::{Connections, KnownToServers};
use super::queue::CommandResult;
use super::thread::Desk;
use crate::connect::Connection;
use crate::crypto;
use crate::event::{Source, Time};
use crate::store::StoreError;
use serde_json::json;
use std::fmt::Write as _;

impl Desk {
    /// Keeps a connection, in the place of the one of its kind and name, and lets it count.
    pub(super) fn keep_connection(&mut self, connection: Connection) -> CommandResult {
        let mut all = self.connections.all().to_vec();
        let is_it =
            |one: &&mut Connection| (one.kind, &one.name) == (connection.kind, &connection.name);
        match all.iter_mut().find(is_it) {
            Some(old) => *old = connection,
            None => all.push(connection),
        }
        self.connect(all)
    }

    /// Forgets a connection.
    pub(super) fn drop_connection(&mut self, kind: Source, name: &str) -> CommandResult {
        let mut all = self.connections.all().to_vec();
        all.retain(|one| (one.kind, one.name.as_str()) != (kind, name));
        self.connect(all)
    }

    fn connect(&mut self, all: Vec<Connection>) -> CommandResult {
        self.store.keep_connections(&all).map_err(|error| error.to_string())?;
        self.connections = Connections::from(all);
        self.connections.count_in(&self.live);
        let settings = self.live.settings();
        let adapted = self.asker.adapt(&settings);
        let adapted = adapted.and_then(|()| self.ears.listen_to(&settings, &[]));
        adapted.map_err(|error| {
            format!("it is kept, but there is no thread for it ({error}): restart scrobbled")
        })?;
        Ok(json!({}))
    }

    /// What is connected, and as which device. The device is made when it is first needed.
    pub(super) fn connections(&mut self) -> Result<KnownToServers, String> {
        let text = |error: StoreError| error.to_string();
        let device = if let Some(device) = self.store.device().map_err(text)? {
            device
        } else {
            let device = new_device().ok_or("the system gives no random bytes")?;
            self.store.keep_device(&device).map_err(text)?;
            device
        };
        Ok(KnownToServers { device, connections: self.connections.all().to_vec() })
    }

    /// When the last webhook of a kind came that may be of the server with this id, whatever was in it.
    pub(super) fn last_webhook(&self, kind: Source, id: &str) -> Option<Time> {
        self.activity.heard().last_webhook_of(kind, id, &self.live.settings())
    }
}

/// 128 random bits in hexadecimal digits.
fn new_device() -> Option<String> {
    let mut bytes = [0_u8; 16];
    crypto::random(&mut bytes)?;
    Some(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a String takes everything
        text
    }))
}
