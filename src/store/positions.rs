//! Of which items may a tracker keep a position of ours?
//!
//! What was told last of an item decides it, as far as it has arrived: a pause leaves its position
//! there, a start and a stop take it away. A play that is added to the history does neither, so
//! whoever adds one has to know.

use super::column::key;
use super::plays::names;
use super::{Store, StoreError};
use crate::delivery::{Destination, Settled};
use crate::event::Item;
use crate::intent::{Intent, Verb};
use rusqlite::{Transaction, params};

/// How many are remembered: of the newest items that somebody has left half way.
const MOST: i64 = 4_000;

impl Store {
    /// Whether the tracker may keep a position of `item` that was told before the intent `number`. A later
    /// one is of another viewing.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn keeps_position(
        &mut self,
        Destination { account, tracker }: &Destination,
        item: &Item,
        number: u64,
    ) -> Result<bool, StoreError> {
        self.run(|db| {
            let mut select = db.prepare_cached(
                "SELECT 1 FROM position
                 WHERE account = ?1 AND tracker = ?2 AND name = ?3 AND intent < ?4",
            )?;
            for name in names(item) {
                if select.exists(params![account, tracker, name, key(number)])? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}

/// Notes what has become of the position of an intent's item. Where an answer was lost the
/// tracker may keep one.
pub(super) fn note(
    tx: &Transaction<'_>,
    number: u64,
    (intent, tracker): (&Intent, &str),
    item: &Item,
    settled: &Settled,
) -> rusqlite::Result<()> {
    let (is_told, maybe_told) = match settled {
        Settled::Done { .. } => (true, true),
        Settled::Held { maybe_sent, .. } => (false, *maybe_sent),
        Settled::Later { .. }
        | Settled::Parked { .. }
        | Settled::Dropped { .. }
        | Settled::Rehearsed { .. } => (false, false),
    };
    let is_kept = match intent.verb {
        Verb::Pause | Verb::Left if maybe_told => true,
        Verb::Start | Verb::Abandoned | Verb::Finish if is_told => false,
        Verb::Start
        | Verb::Abandoned
        | Verb::Finish
        | Verb::Pause
        | Verb::Left
        | Verb::Rate(_)
        | Verb::Unrate
        | Verb::Mark
        | Verb::Unmark => return Ok(()),
    };
    for name in names(item) {
        tx.prepare_cached(
            "DELETE FROM position WHERE account = ?1 AND tracker = ?2 AND name = ?3 AND intent <= ?4",
        )?
        .execute(params![intent.account, tracker, name, key(number)])?;
        if is_kept {
            tx.prepare_cached(
                "INSERT INTO position (account, tracker, name, intent) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![intent.account, tracker, name, key(number)])?;
        }
    }
    if is_kept {
        tx.prepare_cached("DELETE FROM position WHERE rowid <= ?1 - ?2")?
            .execute(params![tx.last_insert_rowid(), MOST])?;
    }
    Ok(())
}
