//! Whose login is kept, and what else is an account's alone?

use super::{Store, StoreError};
use crate::delivery::TokenPair;
use rusqlite::{OptionalExtension, params};

impl Store {
    /// The token pair of an account, if it has one.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn tokens(&mut self, account: &str) -> Result<Option<TokenPair>, StoreError> {
        let data: Option<String> = self.run(|db| {
            db.query_row("SELECT data FROM token WHERE account = ?1", [account], |row| row.get(0))
                .optional()
        })?;
        Ok(data.and_then(|data| TokenPair::from_json(&data)))
    }

    /// Keeps an account's token pair, or forgets it. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep_tokens(
        &mut self,
        account: &str,
        pair: Option<&TokenPair>,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            let sql = "INSERT OR REPLACE INTO token (account, data) VALUES (?1, ?2)";
            match pair {
                Some(pair) => db.execute(sql, params![account, pair.to_json()]),
                None => db.execute("DELETE FROM token WHERE account = ?1", [account]),
            }
            .map(drop)
        })
    }

    /// The accounts that have a login, by their names.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn logins(&mut self) -> Result<Vec<String>, StoreError> {
        self.run(|db| {
            let mut select = db.prepare("SELECT account FROM token ORDER BY account")?;
            let rows = select.query_map([], |row| row.get(0))?;
            rows.collect()
        })
    }

    /// Forgets an account's login and drops all that waits or is parked for it; returns how much
    /// that was.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it is.
    pub fn forget(&mut self, account: &str) -> Result<usize, StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            tx.execute("DELETE FROM token WHERE account = ?1", [account])?;
            let dropped = tx.execute("DELETE FROM intent WHERE account = ?1", [account])?;
            tx.commit()?;
            Ok(dropped)
        })
    }
}
