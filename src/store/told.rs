//! What was told to a person, and when.

use super::column::{key, to_json};
use super::{Store, StoreError};
use rusqlite::params;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Store {
    /// What [`keep_told`](Self::keep_told) kept last.
    ///
    /// # Errors
    /// When the database can't be read. What can't be understood is left out and said.
    pub fn told<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, StoreError> {
        let rows = self.rows("SELECT id, data FROM told ORDER BY id")?;
        Ok(rows.into_iter().map(|(_, told)| told).collect())
    }

    /// Keeps this in the place of what was kept before. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written; then the old is still there.
    pub fn keep_told(&mut self, told: &[impl Serialize]) -> Result<(), StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            tx.execute("DELETE FROM told", [])?;
            for (id, one) in (0..).zip(told) {
                let sql = "INSERT INTO told (id, data) VALUES (?1, ?2)";
                tx.execute(sql, params![key(id), to_json(one)?])?;
            }
            tx.commit()
        })
    }
}
