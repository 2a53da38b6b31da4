//! Whose login is kept, and what else is an account's alone?

use super::{Store, StoreError};
use crate::delivery::{Destination, TokenPair};
use rusqlite::{OptionalExtension, Transaction, params};

impl Store {
    /// The token pair of an account at a tracker, if it has one.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn tokens(&mut self, destination: &Destination) -> Result<Option<TokenPair>, StoreError> {
        let Destination { account, tracker } = destination;
        let data: Option<String> = self.run(|db| {
            let select = "SELECT data FROM login WHERE account = ?1 AND tracker = ?2";
            db.query_row(select, [account, tracker], |row| row.get(0)).optional()
        })?;
        Ok(data.and_then(|data| TokenPair::from_json(&data)))
    }

    /// Keeps a token pair in the place of the one that is there. It is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn renew(&mut self, destination: &Destination, pair: &TokenPair) -> Result<(), StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            keep(&tx, destination, pair)?;
            tx.commit()
        })
    }

    /// Keeps the token pair of a new login. What waits for whichever tracker is connected first waits
    /// for this one from now on. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it is.
    pub fn log_in(
        &mut self,
        destination: &Destination,
        pair: &TokenPair,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            keep(&tx, destination, pair)?;
            adopt(&tx, destination)?;
            tx.commit()
        })
    }

    /// Forgets a login; returns how much of what waits or is parked for it went with it. What was for
    /// the account's last tracker stays, for whichever it is connected to next.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it is.
    pub fn log_out(&mut self, destination: &Destination) -> Result<usize, StoreError> {
        let Destination { account, tracker } = destination;
        self.write(|db| {
            let tx = db.transaction()?;
            tx.execute(
                "DELETE FROM login WHERE account = ?1 AND tracker = ?2",
                [account, tracker],
            )?;
            tx.execute(
                "DELETE FROM open_start WHERE account = ?1 AND tracker = ?2",
                [account, tracker],
            )?;
            let is_last =
                !tx.prepare_cached("SELECT 1 FROM login WHERE account = ?1")?.exists([account])?;
            let sql = if is_last {
                "UPDATE intent SET tracker = '' WHERE account = ?1 AND tracker = ?2"
            } else {
                "DELETE FROM intent WHERE account = ?1 AND tracker = ?2"
            };
            let touched = tx.execute(sql, [account, tracker])?;
            tx.commit()?;
            Ok(if is_last { 0 } else { touched })
        })
    }

    /// Where there is a login, in the order of accounts and trackers.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn logins(&mut self) -> Result<Vec<Destination>, StoreError> {
        self.run(|db| {
            let mut select =
                db.prepare("SELECT account, tracker FROM login ORDER BY account, tracker")?;
            let rows = select.query_map([], |row| {
                Ok(Destination { account: row.get(0)?, tracker: row.get(1)? })
            })?;
            rows.collect()
        })
    }

    /// Forgets an account's logins and drops all that waits or is parked for it; returns how much
    /// that was.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it is.
    pub fn forget(&mut self, account: &str) -> Result<usize, StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            tx.execute("DELETE FROM login WHERE account = ?1", [account])?;
            tx.execute("DELETE FROM flood WHERE account = ?1", [account])?;
            tx.execute("DELETE FROM open_start WHERE account = ?1", [account])?;
            let dropped = tx.execute("DELETE FROM intent WHERE account = ?1", [account])?;
            tx.commit()?;
            Ok(dropped)
        })
    }
}

fn keep(
    tx: &Transaction<'_>,
    Destination { account, tracker }: &Destination,
    pair: &TokenPair,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT OR REPLACE INTO login (account, tracker, data) VALUES (?1, ?2, ?3)",
        params![account, tracker, pair.to_json()],
    )
    .map(drop)
}

/// Lets what waits for whichever tracker is connected first wait for this one.
fn adopt(
    tx: &Transaction<'_>,
    Destination { account, tracker }: &Destination,
) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE intent SET tracker = ?2 WHERE account = ?1 AND tracker = ''",
        [account, tracker],
    )
    .map(drop)
}
