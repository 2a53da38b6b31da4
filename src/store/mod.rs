//! Is it safe?
//!
//! One SQLite file, one owner. A decision is written in one transaction, sessions and intents
//! together, and is on the disk when [`Store::commit`] returns: only then is a sender answered.
//! What became of an intent is written without waiting for the disk (a crash of this process
//! can't lose it, a power cut can); therefore all that waits when the store is opened counts as
//! "maybe sent", and is looked up before it is sent again.
//!
//! Not here: what an intent means (`engine`), how it is delivered (`courier`).

mod backup;
mod caught_up;
mod column;
mod connections;
mod copy;
mod enqueue;
mod entries;
mod error;
mod floods;
mod heard;
mod lock;
mod logins;
mod needless;
mod open_starts;
mod outbox;
mod place;
mod plays;
mod positions;
mod receivers;
mod recipients;
mod schema;
mod share;
mod shows;
#[cfg(test)]
mod tests;
mod told;

pub use backup::restore;
pub use caught_up::About;
pub use entries::{EntryState, OutboxEntry, QueueLength};
pub use error::StoreError;
pub use lock::{Lock, LockError};
pub use receivers::{Fallen, RECEIVER_MOST, ReceiverQueue};
pub use share::network_share;

use crate::delivery::Destination;
use crate::engine::{Changes, HeldEvent, Viewing};
use crate::event::Time;
use crate::files;
use crate::intent::Intent;
use crate::verdict::Reason;
use column::{id, key, to_json};
use error::describe;
use needless::Needless;
use place::FileIdentity;
use recipients::Recipients;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use schema::MIGRATIONS;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// The database's file and those that SQLite has beside it, and opens whatever they are.
const FILES: [&str; 4] =
    ["scrobbled.db", "scrobbled.db-wal", "scrobbled.db-shm", "scrobbled.db-journal"];

/// How many lines of activity are kept: the next one takes the place of one that has gone.
pub const ACTIVITY_MOST: u64 = 2_000;
/// So many numbers are kept as given at a time, and those that a start has left over are lost: else
/// nearly each commit would write one page more.
const NUMBERS: u64 = 1_000;

/// The open database.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    place: FileIdentity,
    /// The highest number of an intent that an earlier start has queued.
    last_before: u64,
    /// The highest row of a play that an earlier start has told.
    last_play_before: i64,
    /// Numbers up to this one may have been given, as the disk has it.
    given: u64,
    /// What each courier has in hand.
    handed: BTreeMap<Destination, u64>,
    needless: Needless,
    recipients: Recipients,
}

impl Store {
    /// Opens the database in `folder`, and makes both where they don't exist.
    ///
    /// # Errors
    /// When they can't be made, opened or read, or are a newer version's.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        make_folder(folder)?;
        are_ours(folder)?;
        let path = folder.join("scrobbled.db");
        // SQLite would make it readable for all.
        let place = files::open_or_make(&path)
            .and_then(|_| FileIdentity::of(&path))
            .map_err(|error| StoreError::Open { path: path.clone(), error })?;
        let db = Connection::open(&path).map_err(|error| describe(&path, &error))?;
        Self::at(place, db)
    }

    /// A copy in memory of the database in `folder`, of an empty one where there is none: for who
    /// only wants to look. Nothing is written to the disk.
    ///
    /// # Errors
    /// When it can't be read, or is a newer version's.
    pub fn copy(folder: &Path) -> Result<Self, StoreError> {
        are_ours(folder)?;
        let path = folder.join("scrobbled.db");
        let db = copy::copied(&path).map_err(|error| describe(&path, &error))?;
        Self::at(FileIdentity::unused(path), db)
    }

    fn at(place: FileIdentity, db: Connection) -> Result<Self, StoreError> {
        let handed = BTreeMap::new();
        let (needless, recipients) = (Needless::default(), Recipients::default());
        let (last_before, last_play_before, given) = (0, 0, 0);
        let mut store =
            Self { db, place, last_before, last_play_before, given, handed, needless, recipients };
        store.prepare().map_err(|error| describe(store.place.path(), &error))?;
        store.migrate()?;
        // A start that waits may have arrived.
        let starts = "INSERT OR REPLACE INTO open_start (account, tracker, session, intent)
                      SELECT account, tracker, session, id FROM intent
                      WHERE verb = 'start' AND parked IS NULL AND maybe_sent = 0
                      AND message IS NULL AND session != '' AND tracker != ''";
        store.run(|db| db.execute(starts, []).map(drop))?;
        // Also what waits for its time: by which clock that was set nobody knows.
        let all = "UPDATE intent SET maybe_sent = 1, due = min(due, ?1)
                   WHERE parked IS NULL AND (maybe_sent = 0 OR due > ?1)";
        store.run(|db| db.execute(all, [key(outbox::AGAIN.0)]).map(drop))?;
        let sql = "SELECT coalesce((SELECT max(id) FROM intent), 0),
                   coalesce((SELECT max(rowid) FROM play), 0), last FROM given";
        let last = |row: &Row<'_>| Ok((id(row.get(0)?), row.get(1)?, id(row.get(2)?)));
        (store.last_before, store.last_play_before, store.given) =
            store.run(|db| db.query_row(sql, [], last))?;
        Ok(store)
    }

    // A page of 1 KiB before WAL keeps what a film writes at a third of what the default does:
    // each commit writes whole pages, and an SD card wears out.
    fn prepare(&mut self) -> rusqlite::Result<()> {
        self.db.pragma_update(None, "page_size", 1024)?;
        self.db.pragma_update(None, "journal_mode", "WAL")?;
        self.db.pragma_update(None, "synchronous", "FULL")?;
        self.db.pragma_update(None, "journal_size_limit", 1024 * 1024)?;
        self.db.pragma_update(None, "cache_size", -256)?;
        self.db.busy_timeout(std::time::Duration::from_secs(5))
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let path = self.place.path().to_owned();
        let version: u32 =
            self.run(|db| db.pragma_query_value(None, "user_version", |row| row.get(0)))?;
        let Some(steps) = MIGRATIONS.get(version as usize..) else {
            return Err(StoreError::Newer { path });
        };
        // With what runs by itself in it nobody knows what becomes of what is written, nor when.
        let strange = "SELECT EXISTS (SELECT 1 FROM sqlite_schema
                       WHERE type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%')";
        if self.run(|db| db.query_row(strange, [], |row| row.get(0)))? {
            return Err(StoreError::Corrupt { path });
        }
        for (step, to) in steps.iter().zip(1_u32..) {
            self.run(|db| {
                let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
                tx.execute_batch(step)?;
                tx.pragma_update(None, "user_version", version + to)?;
                tx.commit()
            })?;
        }
        Ok(())
    }

    /// All viewings that were stored.
    ///
    /// # Errors
    /// When the database can't be read. A viewing that can't be understood is left out and said.
    pub fn viewings(&mut self) -> Result<Vec<(u64, Viewing)>, StoreError> {
        self.rows("SELECT id, data FROM viewing")
    }

    /// A number up to which each may have been given: to a viewing, a session, a question or
    /// something told, whether it is still there or not.
    #[must_use]
    pub fn given(&self) -> u64 {
        self.given
    }

    /// All events that wait for a media server's answer.
    ///
    /// # Errors
    /// When the database can't be read. One that can't be understood is left out and said.
    pub fn held(&mut self) -> Result<Vec<(u64, HeldEvent)>, StoreError> {
        self.rows("SELECT id, data FROM held")
    }

    /// The lines of activity, oldest first.
    ///
    /// # Errors
    /// When the database can't be read. A line that can't be understood is left out and said.
    pub fn activity<T: DeserializeOwned>(&mut self) -> Result<Vec<(u64, T)>, StoreError> {
        self.rows("SELECT id, data FROM activity ORDER BY id")
    }

    fn rows<T: DeserializeOwned>(&mut self, select: &str) -> Result<Vec<(u64, T)>, StoreError> {
        let rows: Vec<(u64, String)> = self.run(|db| {
            let mut select = db.prepare(select)?;
            let rows = select.query_map([], |row| Ok((id(row.get(0)?), row.get(1)?)))?;
            rows.collect()
        })?;
        let read = rows.into_iter().filter_map(|(id, data)| match serde_json::from_str(&data) {
            Ok(value) => Some((id, value)),
            Err(error) => {
                let path = self.place.path().display();
                log::warn!("{id} of `{select}` in `{path}` is left out: {error}");
                None
            }
        });
        Ok(read.collect())
    }

    /// Keeps these rows in the place of all that a table had. They are on the disk when this returns.
    fn keep_all(&mut self, table: &str, all: &[impl Serialize]) -> Result<(), StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            tx.execute(&format!("DELETE FROM {table}"), [])?;
            for (id, one) in (0..).zip(all) {
                let sql = format!("INSERT INTO {table} (id, data) VALUES (?1, ?2)");
                tx.execute(&sql, params![key(id), to_json(one)?])?;
            }
            tx.commit()
        })
    }

    /// Says which tracker (by its name) has no use for which intents: nothing of them is queued there.
    pub fn set_needless(&mut self, is_needless: impl Fn(&str, &Intent) -> bool + Send + 'static) {
        self.needless = Needless::new(is_needless);
    }

    /// Writes what was decided, all of it or nothing, and the lines of `activity` by their numbers.
    /// It is on the disk when this returns. Returns what has fallen out of the queues of receivers for it.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it is.
    pub fn commit(
        &mut self,
        changes: &Changes<'_>,
        intents: &[Intent],
        parked: &[(Intent, Reason)],
        activity: &[(u64, String)],
        now: Time,
    ) -> Result<Vec<Fallen>, StoreError> {
        let handed = self.handed.clone();
        // As long as the database is borrowed.
        let needless = std::mem::take(&mut self.needless);
        let recipients = std::mem::take(&mut self.recipients);
        let ahead = (changes.last_number > self.given).then(|| changes.last_number + NUMBERS);
        let written = self.write(|db| {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let Some(ahead) = ahead {
                tx.execute("UPDATE given SET last = ?1", [key(ahead)])?;
            }
            write_rows(&tx, "viewing", &changes.viewings)?;
            write_rows(&tx, "held", &changes.held)?;
            floods::write(&tx, &changes.floods)?;
            let mut fallen = Vec::new();
            let mut append = |intent: &Intent, parked: Option<&str>| -> rusqlite::Result<()> {
                let entry = enqueue::Entry { intent, parked, now };
                enqueue::append(&tx, &entry, &needless, &handed)?;
                fallen.extend(receivers::append(&tx, &entry, &recipients, &handed)?);
                Ok(())
            };
            intents.iter().try_for_each(|intent| append(intent, None))?;
            for (intent, why) in parked {
                append(intent, Some(&why.to_string()))?;
            }
            for (id, line) in activity {
                tx.prepare_cached(
                    "INSERT OR REPLACE INTO activity (slot, id, data) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![key(id % ACTIVITY_MOST), key(*id), line])?;
            }
            tx.commit()?;
            Ok(fallen)
        });
        (self.needless, self.recipients) = (needless, recipients);
        let fallen = written?;
        self.given = ahead.unwrap_or(self.given);
        Ok(fallen)
    }

    /// Writes something that changes nothing, to see whether the disk takes it.
    ///
    /// # Errors
    /// When it does not.
    pub fn try_writing(&mut self) -> Result<(), StoreError> {
        self.write(|db| {
            let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
            db.pragma_update(None, "user_version", version)
        })
    }

    /// Refuses to write from now on, or takes it again, as a disk does.
    #[cfg(test)]
    pub(crate) fn refuse_writing(&mut self, refuse: bool) {
        self.db.pragma_update(None, "query_only", refuse).expect("a pragma");
    }

    fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&mut self.db).map_err(|error| describe(self.place.path(), &error))
    }

    /// As [`write`](Self::write), without waiting for the disk: a crash of this process can't lose
    /// it, a power cut can.
    fn write_lazily<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.write(|db| {
            db.pragma_update(None, "synchronous", "NORMAL")?;
            let written = work(db);
            db.pragma_update(None, "synchronous", "FULL")?;
            written
        })
    }

    /// As [`run`](Self::run), for what has to last.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if self.place.is_kept() {
            self.run(work)
        } else {
            Err(StoreError::Replaced { path: self.place.path().to_owned() })
        }
    }
}

/// Makes the data folder, for its owner alone, where it does not exist.
///
/// # Errors
/// When it can't be made, or is somebody else's.
pub fn make_folder(folder: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| StoreError::Open { path: folder.to_owned(), error })?;
    files::is_our_folder(folder)
        .map_err(|error| StoreError::NotOurs { path: folder.to_owned(), error })
}

/// Whether each of the database's files is ours, or not there.
fn are_ours(folder: &Path) -> Result<(), StoreError> {
    FILES.into_iter().try_for_each(|name| {
        let path = folder.join(name);
        files::is_ours_or_missing(&path).map_err(|error| StoreError::NotOurs { path, error })
    })
}

fn write_rows<T: Serialize>(
    tx: &Transaction<'_>,
    table: &str,
    rows: &[(u64, Option<&T>)],
) -> rusqlite::Result<()> {
    for (id, value) in rows {
        match value {
            Some(value) => tx
                .prepare_cached(&format!(
                    "INSERT OR REPLACE INTO {table} (id, data) VALUES (?1, ?2)"
                ))?
                .execute(params![key(*id), to_json(value)?])?,
            None => tx
                .prepare_cached(&format!("DELETE FROM {table} WHERE id = ?1"))?
                .execute([key(*id)])?,
        };
    }
    Ok(())
}
