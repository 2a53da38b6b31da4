//! What waits for receivers, and what falls out of their queues?
//!
//! Their rows stand beside those of trackers and have an id (`message`) by which the receiver knows them
//! again; no account's queue, login or logout has anything to do with them. A queue has a bound in
//! number and in time: a receiver that was away for a month is not told a month's plays at once.

use super::column::{id, key, parse};
use super::enqueue::{self, Entry};
use super::recipients::Recipients;
use super::{Store, StoreError};
use crate::delivery::{Destination, RECEIVER_PREFIX};
use crate::event::Time;
use crate::intent::Intent;
use rusqlite::{Row, Transaction, params};
use std::collections::BTreeMap;

/// How many things wait or are parked for a receiver at most; the oldest fall out.
pub const RECEIVER_MOST: u64 = 1_000;

/// What has fallen out of the queue of a destination; without its intent where that can't be read.
pub type Fallen = (String, Option<Intent>);

/// How a receiver's queue is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiverQueue {
    /// How many things wait.
    pub waiting: u64,
    /// How many are parked.
    pub parked: u64,
}

impl Store {
    /// Says which receivers (by their names) an intent is for.
    pub fn set_recipients(&mut self, of: impl Fn(&Intent) -> Vec<String> + Send + 'static) {
        self.recipients = Recipients::new(of);
    }

    /// How the queue of each receiver is, by its name. Those without a queue are left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn receiver_queues(&mut self) -> Result<BTreeMap<String, ReceiverQueue>, StoreError> {
        self.run(|db| {
            let mut select = db.prepare_cached(
                "SELECT tracker, sum(parked IS NULL), sum(parked IS NOT NULL)
                 FROM intent WHERE message IS NOT NULL GROUP BY tracker",
            )?;
            let rows = select.query_map([], |row| {
                let queue = ReceiverQueue { waiting: id(row.get(1)?), parked: id(row.get(2)?) };
                Ok((row.get::<_, String>(0)?, queue))
            })?;
            let named = |(tracker, queue): (String, _)| {
                (tracker.strip_prefix(RECEIVER_PREFIX).unwrap_or(&tracker).to_owned(), queue)
            };
            rows.map(|row| row.map(named)).collect()
        })
    }

    /// Gives up what has waited for receivers since `until` or longer. What was queued before
    /// `possible` was dated by a clock that was wrong: it counts as queued `now`.
    ///
    /// # Errors
    /// When it can't be written; then all is still there.
    pub fn end_waiting(
        &mut self,
        until: Time,
        (possible, now): (Time, Time),
    ) -> Result<Vec<Fallen>, StoreError> {
        self.write(|db| {
            let is_any = db
                .prepare_cached(
                    "SELECT 1 FROM intent
                     WHERE message IS NOT NULL AND parked IS NULL AND since <= ?1 LIMIT 1",
                )?
                .exists([key(until.0)])?;
            if !is_any {
                return Ok(Vec::new());
            }
            let tx = db.transaction()?;
            tx.execute(
                "UPDATE intent SET since = ?2 WHERE message IS NOT NULL AND since < ?1",
                params![key(possible.0), key(now.0)],
            )?;
            let ended = fallen(
                &tx,
                "DELETE FROM intent WHERE message IS NOT NULL AND parked IS NULL AND since <= ?1
                 RETURNING tracker, data",
                params![key(until.0)],
            )?;
            tx.commit()?;
            Ok(ended)
        })
    }

    /// Which receivers have said that they are gone for good, each with what stood for its settings
    /// then.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn receivers_off(&mut self) -> Result<BTreeMap<String, String>, StoreError> {
        self.run(|db| {
            let mut select = db.prepare("SELECT name, config FROM receiver_off")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// Notes that a receiver with these settings is gone for good, and drops what waits and is parked
    /// for it.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it is.
    pub fn turn_off(&mut self, name: &str, config: &str) -> Result<Vec<Fallen>, StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            tx.execute(
                "INSERT OR REPLACE INTO receiver_off (name, config) VALUES (?1, ?2)",
                [name, config],
            )?;
            let ended = fallen(
                &tx,
                "DELETE FROM intent WHERE message IS NOT NULL AND tracker = ?1
                 RETURNING tracker, data",
                params![Destination::receiver(name).tracker],
            )?;
            tx.commit()?;
            Ok(ended)
        })
    }

    /// Notes that a receiver is not gone any more.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn turn_on(&mut self, name: &str) -> Result<(), StoreError> {
        self.write(|db| db.execute("DELETE FROM receiver_off WHERE name = ?1", [name]).map(drop))
    }
}

/// Appends an intent to the queue of each receiver that it is for; returns what falls out of them for
/// that. As with trackers, a start or pause that still waits is replaced by a newer one of its session.
pub(super) fn append(
    tx: &Transaction<'_>,
    entry: &Entry<'_>,
    recipients: &Recipients,
    handed: &BTreeMap<Destination, u64>,
) -> rusqlite::Result<Vec<Fallen>> {
    let mut all = Vec::new();
    for name in recipients.of(entry.intent) {
        let is_off =
            tx.prepare_cached("SELECT 1 FROM receiver_off WHERE name = ?1")?.exists([&name])?;
        if is_off {
            continue;
        }
        let to = Destination::receiver(&name);
        let handed = handed.get(&to).copied();
        if enqueue::append_to(tx, &to, entry, handed)? {
            all.extend(fallen(
                tx,
                "DELETE FROM intent WHERE message IS NOT NULL AND tracker = ?1 AND id != ?2
                 AND id <= (SELECT id FROM intent WHERE message IS NOT NULL AND tracker = ?1
                            ORDER BY id DESC LIMIT 1 OFFSET ?3)
                 RETURNING tracker, data",
                params![to.tracker, handed.map_or(-1, key), key(RECEIVER_MOST)],
            )?);
        }
    }
    Ok(all)
}

fn fallen(
    tx: &Transaction<'_>,
    delete: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<Fallen>> {
    let of = |row: &Row<'_>| Ok((row.get(0)?, parse(row, 1).ok()));
    tx.prepare_cached(delete)?.query_map(values, of)?.collect()
}

#[cfg(test)]
mod tests;
