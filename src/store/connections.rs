//! Which media servers are connected, and as which device we are known to them?

use super::{Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Store {
    /// What [`keep_connections`](Self::keep_connections) kept last.
    ///
    /// # Errors
    /// When the database can't be read. What can't be understood is left out and said.
    pub fn connections<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, StoreError> {
        let rows = self.rows("SELECT id, data FROM connection ORDER BY id")?;
        Ok(rows.into_iter().map(|(_, one)| one).collect())
    }

    /// Keeps these in the place of what was kept before. They are on the disk when this returns.
    ///
    /// # Errors
    /// When they can't be written; then the old ones are still there.
    pub fn keep_connections(&mut self, all: &[impl Serialize]) -> Result<(), StoreError> {
        self.keep_all("connection", all)
    }

    /// As which device media servers know us, if that was ever kept.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn device(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.rows("SELECT id, data FROM device")?.into_iter().map(|(_, id)| id).next())
    }

    /// Keeps as which device media servers know us. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep_device(&mut self, device: &str) -> Result<(), StoreError> {
        self.keep_all("device", &[device])
    }
}
