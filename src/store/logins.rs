//! Whose login is kept, and what else is an account's alone?

use super::column::key;
use super::outbox::AGAIN;
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

    /// Forgets the login of an account at `tracker`, or all of its logins; returns how much of what
    /// waits or is parked there went with it. With the account's last login nothing goes (`None`): all
    /// that was to be told waits, once, for whichever tracker it is connected to next. That may be one
    /// that has heard of it already, so it is looked up there first.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it is.
    pub fn log_out(
        &mut self,
        account: &str,
        tracker: Option<&str>,
    ) -> Result<Option<usize>, StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            tx.execute(
                "DELETE FROM login WHERE account = ?1 AND (?2 IS NULL OR tracker = ?2)",
                params![account, tracker],
            )?;
            tx.execute(
                "DELETE FROM open_start WHERE account = ?1 AND (?2 IS NULL OR tracker = ?2)",
                params![account, tracker],
            )?;
            let is_connected =
                tx.prepare_cached("SELECT 1 FROM login WHERE account = ?1")?.exists([account])?;
            let dropped = if is_connected {
                Some(tx.execute(
                    "DELETE FROM intent WHERE account = ?1 AND message IS NULL
                     AND (?2 IS NULL OR tracker = ?2)",
                    params![account, tracker],
                )?)
            } else {
                let twice = "DELETE FROM intent WHERE id IN (SELECT id FROM (
                    SELECT id, row_number() OVER (PARTITION BY session, verb, data
                                                  ORDER BY parked IS NOT NULL, id) AS place
                    FROM intent WHERE account = ?1 AND message IS NULL) WHERE place > 1)";
                tx.execute(twice, [account])?;
                let kept = "UPDATE intent SET tracker = '', maybe_sent = 1, due = min(due, ?2)
                            WHERE account = ?1 AND message IS NULL";
                tx.execute(kept, params![account, key(AGAIN.0)])?;
                None
            };
            tx.commit()?;
            Ok(dropped)
        })
    }

    /// Keeps only the last `most` of what waits for whichever tracker an account is connected to first.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep_last(&mut self, account: &str, most: u64) -> Result<(), StoreError> {
        const WAITING: &str =
            "account = ?1 AND tracker = '' AND message IS NULL AND parked IS NULL";
        let last: Option<i64> = self.run(|db| {
            let sql =
                format!("SELECT id FROM intent WHERE {WAITING} ORDER BY id DESC LIMIT 1 OFFSET ?2");
            db.prepare_cached(&sql)?
                .query_row(params![account, key(most)], |row| row.get(0))
                .optional()
        })?;
        let Some(last) = last else { return Ok(()) };
        self.write_lazily(|db| {
            let sql = format!("DELETE FROM intent WHERE {WAITING} AND id <= ?2");
            db.execute(&sql, params![account, last]).map(drop)
        })
    }

    /// The logins of an account, in the order of trackers; without a pair where that can't be read.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn logins_of(
        &mut self,
        account: &str,
    ) -> Result<Vec<(Destination, Option<TokenPair>)>, StoreError> {
        self.run(|db| {
            let mut select =
                db.prepare("SELECT tracker, data FROM login WHERE account = ?1 ORDER BY tracker")?;
            let rows = select.query_map([account], |row| {
                let (tracker, data): (String, String) = (row.get(0)?, row.get(1)?);
                Ok((Destination::new(account, tracker), TokenPair::from_json(&data)))
            })?;
            rows.collect()
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
            let dropped =
                tx.execute("DELETE FROM intent WHERE account = ?1 AND message IS NULL", [account])?;
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
