//! What is in the outbox and what has been played, for those who want to see it.

use super::column::{id, key, parse, time};
use super::outbox::AGAIN;
use super::{Store, StoreError};
use crate::delivery::Destination;
use crate::event::Time;
use crate::intent::Intent;
use rusqlite::{Row, params};

/// An intent in the outbox, for those who want to see it.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxEntry {
    /// Its number.
    pub id: u64,
    /// Where it is to be told; empty for whichever tracker is connected first.
    pub tracker: String,
    /// What is to be told.
    pub intent: Intent,
    /// Since when it is there.
    pub since: Time,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether it waits or is parked.
    pub state: EntryState,
    /// Why it is still there, in a sentence, or empty.
    pub why: String,
}

/// How a destination's queue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLength {
    /// Whose.
    pub destination: Destination,
    /// How many intents wait.
    pub waiting: u64,
    /// How many are parked.
    pub parked: u64,
    /// Since when the oldest waits of those that could go at once.
    pub oldest_due: Option<Time>,
}

/// How an intent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// It waits, not before this time.
    Waiting(Time),
    /// It was parked at this time.
    Parked(Time),
}

impl Store {
    /// All that waits or is parked, oldest first, at most `most` of them. What can't be understood
    /// is left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn entries(&mut self, parked: bool, most: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        self.run(|db| {
            let mut select = db.prepare_cached(
                "SELECT id, data, since, attempts, due, parked, why, tracker FROM intent
                 WHERE (parked IS NOT NULL) = ?1 ORDER BY id LIMIT ?2",
            )?;
            let rows = select.query_map(params![parked, key(most as u64)], entry)?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// How many intents wait and are parked, by account; also for trackers that it is not connected
    /// to, but not for receivers.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn counts(&mut self) -> Result<Vec<(String, u64, u64)>, StoreError> {
        self.run(|db| {
            let mut select = db.prepare_cached(
                "SELECT account, sum(parked IS NULL), sum(parked IS NOT NULL)
                 FROM intent WHERE message IS NULL GROUP BY account",
            )?;
            let rows =
                select.query_map([], |row| Ok((row.get(0)?, id(row.get(1)?), id(row.get(2)?))))?;
            rows.collect()
        })
    }

    /// How the queue of each account at a tracker is. Those without a queue are left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn queues(&mut self, now: Time) -> Result<Vec<QueueLength>, StoreError> {
        self.run(|db| {
            let mut select = db.prepare_cached(
                "SELECT account, tracker, sum(parked IS NULL), sum(parked IS NOT NULL),
                 min(CASE WHEN parked IS NULL AND due <= ?1 THEN since END)
                 FROM intent WHERE message IS NULL GROUP BY account, tracker",
            )?;
            let rows = select.query_map([key(now.0)], |row| {
                Ok(QueueLength {
                    destination: Destination { account: row.get(0)?, tracker: row.get(1)? },
                    waiting: id(row.get(2)?),
                    parked: id(row.get(3)?),
                    oldest_due: row.get::<_, Option<i64>>(4)?.map(|since| Time(id(since))),
                })
            })?;
            rows.collect()
        })
    }

    /// When each viewing ended that has become a play since `since`, oldest first; at most the
    /// last `most`.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn plays_since(
        &mut self,
        since: Time,
        most: usize,
    ) -> Result<Vec<(String, Time)>, StoreError> {
        let mut plays: Vec<(String, Time)> = self.run(|db| {
            // A play has a row for each of its names.
            let mut select = db.prepare_cached(
                "SELECT DISTINCT account, ended FROM play WHERE ended >= ?1
                 ORDER BY ended DESC LIMIT ?2",
            )?;
            let rows = select.query_map([key(since.0), key(most as u64)], |row| {
                Ok((row.get(0)?, time(row, 1)?))
            })?;
            rows.collect()
        })?;
        plays.reverse();
        Ok(plays)
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Option<OutboxEntry>> {
    let Ok(intent) = parse(row, 1) else { return Ok(None) };
    let parked = row.get::<_, Option<i64>>(5)?;
    Ok(Some(OutboxEntry {
        id: id(row.get(0)?),
        intent,
        since: time(row, 2)?,
        attempts: row.get(3)?,
        state: match parked {
            Some(at) => EntryState::Parked(Time(id(at))),
            None => EntryState::Waiting(
                Some(time(row, 4)?).filter(|due| *due > AGAIN).unwrap_or_default(),
            ),
        },
        why: row.get(6)?,
        tracker: row.get(7)?,
    }))
}
