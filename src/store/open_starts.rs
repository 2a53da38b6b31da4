//! Which starts stand open at a tracker?
//!
//! A start that a tracker has, or may have, is ended by a pause, or by the end of its session. Until that
//! has arrived it is owed: a tracker may make a play of a start that nobody ends.

use super::column::{key, parse};
use super::{Store, StoreError};
use crate::delivery::{Destination, Settled};
use crate::event::Time;
use crate::intent::{Intent, Verb};
use rusqlite::{Transaction, params};

/// How many are remembered; the one that was told first goes first.
const MOST: u64 = 1_000;

/// Whether a row of `intent` has one of these verbs, and a start of its session stands open.
macro_rules! with_open_start {
    ($verbs:literal) => {
        concat!(
            "intent.verb IN (",
            $verbs,
            ") AND EXISTS (
                SELECT 1 FROM open_start WHERE open_start.account = intent.account
                AND open_start.tracker = intent.tracker AND open_start.session = intent.session
                AND open_start.intent < intent.id)"
        )
    };
}

/// Whether a row of `intent` is the end of a start that stands open, and nothing else.
pub(super) const IS_OWED: &str = with_open_start!("'pause', 'left', 'abandoned'");
/// Whether a start that stands open ends with a row of `intent`.
pub(super) const ENDS_A_START: &str = with_open_start!("'pause', 'left', 'abandoned', 'finish'");

impl Store {
    /// Whether the intent `number` ends a start that may stand open at its tracker.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn is_owed(
        &mut self,
        to: &Destination,
        intent: &Intent,
        number: u64,
    ) -> Result<bool, StoreError> {
        if !ends(intent.verb) {
            return Ok(false);
        }
        self.stands_open_before(to, &intent.session, number)
    }

    /// Whether a start of `session` that is older than the intent `number` may stand open at a tracker.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn stands_open_before(
        &mut self,
        Destination { account, tracker }: &Destination,
        session: &str,
        number: u64,
    ) -> Result<bool, StoreError> {
        self.run(|db| {
            let sql = "SELECT 1 FROM open_start
                       WHERE account = ?1 AND tracker = ?2 AND session = ?3 AND intent < ?4";
            db.prepare_cached(sql)?.exists(params![account, tracker, session, key(number)])
        })
    }

    /// The sessions whose starts may stand open at a tracker, oldest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn open_starts(
        &mut self,
        Destination { account, tracker }: &Destination,
    ) -> Result<Vec<String>, StoreError> {
        self.run(|db| {
            let sql = "SELECT session FROM open_start WHERE account = ?1 AND tracker = ?2
                       GROUP BY session ORDER BY min(id)";
            let mut select = db.prepare_cached(sql)?;
            let rows = select.query_map([account, tracker], |row| row.get(0))?;
            rows.collect()
        })
    }

    /// What waits for a tracker and ends a start there, if it is due at this time.
    ///
    /// # Errors
    /// When the database can't be read. What can't be understood is left out.
    pub fn ends_waiting(
        &mut self,
        Destination { account, tracker }: &Destination,
        due: Time,
    ) -> Result<Vec<Intent>, StoreError> {
        self.run(|db| {
            let mut select = db.prepare_cached(&format!(
                "SELECT data FROM intent WHERE account = ?1 AND tracker = ?2 AND parked IS NULL
                 AND due <= ?3 AND {ENDS_A_START} ORDER BY id"
            ))?;
            let rows =
                select.query_map(params![account, tracker, key(due.0)], |row| Ok(parse(row, 0)))?;
            let all: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
            Ok(all.into_iter().flatten().collect())
        })
    }

    /// Forgets all starts that may stand open at a tracker.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn forget_starts(
        &mut self,
        Destination { account, tracker }: &Destination,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            let sql = "DELETE FROM open_start WHERE account = ?1 AND tracker = ?2";
            db.execute(sql, [account, tracker]).map(drop)
        })
    }
}

/// Notes what has become of the start of an intent's session. Where an answer was lost it may stand
/// open, and may still.
pub(super) fn note(
    tx: &Transaction<'_>,
    number: u64,
    (intent, tracker): (&Intent, &str),
    settled: &Settled,
) -> rusqlite::Result<()> {
    let is_done = matches!(settled, Settled::Done { .. });
    let may_be = is_done || matches!(settled, Settled::Held { maybe_sent: true, .. });
    let of_session = params![intent.account, tracker, intent.session, key(number)];
    if intent.verb == Verb::Start && may_be && !intent.session.is_empty() {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO open_start (account, tracker, session, intent)
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(of_session)?;
        let sql = "DELETE FROM open_start WHERE id <= (SELECT max(id) FROM open_start) - ?1";
        tx.prepare_cached(sql)?.execute([key(MOST)])?;
    } else if is_done && (ends(intent.verb) || intent.verb == Verb::Finish) {
        tx.prepare_cached(
            "DELETE FROM open_start
             WHERE account = ?1 AND tracker = ?2 AND session = ?3 AND intent < ?4",
        )?
        .execute(of_session)?;
    }
    Ok(())
}

fn ends(verb: Verb) -> bool {
    match verb {
        Verb::Pause | Verb::Left | Verb::Abandoned => true,
        Verb::Start | Verb::Finish | Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => {
            false
        }
    }
}
