//! What came lately for each account, by which floods are known.

use super::column::to_json;
use super::{Store, StoreError};
use crate::engine::Floods;
use rusqlite::{Transaction, params};

impl Store {
    /// What came lately, by accounts.
    ///
    /// # Errors
    /// When the database can't be read. What can't be understood is left out: it is of minutes ago.
    pub fn floods(&mut self) -> Result<Vec<(String, Floods)>, StoreError> {
        let rows: Vec<(String, String)> = self.run(|db| {
            let mut select = db.prepare("SELECT account, data FROM flood")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        let read = rows.into_iter();
        Ok(read
            .filter_map(|(account, data)| Some((account, serde_json::from_str(&data).ok()?)))
            .collect())
    }
}

pub(super) fn write(tx: &Transaction<'_>, floods: &[(&str, &Floods)]) -> rusqlite::Result<()> {
    for (account, floods) in floods {
        tx.prepare_cached("INSERT OR REPLACE INTO flood (account, data) VALUES (?1, ?2)")?
            .execute(params![account, to_json(floods)?])?;
    }
    Ok(())
}
