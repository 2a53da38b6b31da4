//! When media servers were last heard.

use super::column::{key, to_json};
use super::{Store, StoreError};
use rusqlite::params;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Store {
    /// What [`keep_heard`](Self::keep_heard) kept last.
    ///
    /// # Errors
    /// When the database can't be read. What can't be understood is left out and said.
    pub fn heard<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, StoreError> {
        let rows = self.rows("SELECT id, data FROM heard ORDER BY id")?;
        Ok(rows.into_iter().map(|(_, heard)| heard).collect())
    }

    /// Keeps this in the place of what was kept before, without waiting for the disk: it is worth
    /// no sync.
    ///
    /// # Errors
    /// When it can't be written; then the old is still there.
    pub fn keep_heard(&mut self, heard: &[impl Serialize]) -> Result<(), StoreError> {
        self.write_lazily(|db| {
            let tx = db.transaction()?;
            tx.execute("DELETE FROM heard", [])?;
            for (id, one) in (0..).zip(heard) {
                let sql = "INSERT INTO heard (id, data) VALUES (?1, ?2)";
                tx.execute(sql, params![key(id), to_json(one)?])?;
            }
            tx.commit()
        })
    }
}
