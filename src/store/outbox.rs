//! The queues of intents: what waits, in which order, and what becomes of it.
//!
//! Not here: how an intent comes into them, and what it replaces there (`enqueue`).

use super::column::{id, key, parse, time, to_json};
use super::open_starts::{self, ENDS_A_START, IS_OWED};
use super::{Store, StoreError, plays, positions, shows};
use crate::delivery::{Destination, Next, Settled, Work};
use crate::event::Time;
use crate::intent::{Intent, Verb};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// When something is due that goes after what is new: at once, and not 0 as that.
pub(super) const AGAIN: Time = Time(1);
/// How many marks are handed out together at most.
const MOST_MARKS: usize = 100;

/// Which of what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// What has not had its turn yet, or is at it.
    New,
    /// What waits for Trakt to know its item, or was parked.
    Again,
    /// Of both what ends a start that stands open.
    End,
}

impl Turn {
    /// Which rows these are.
    fn rows(self) -> &'static str {
        match self {
            Self::New => "due <= 0",
            Self::Again => "due > 0",
            Self::End => ENDS_A_START,
        }
    }
}

impl Store {
    /// The next intent for a destination that is due; with a mark also those marks that follow it
    /// without anything else between. An unreadable one is parked and logged, so that it holds up
    /// nothing. A retried one holds up nothing either, because it goes after new ones.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn next(&mut self, destination: &Destination, now: Time) -> Result<Next, StoreError> {
        let last_before = self.last_before;
        let next = self.run(|db| match first(db, destination, Turn::New, last_before, now)? {
            Next::Idle { .. } => first(db, destination, Turn::Again, last_before, now),
            next @ (Next::Work(_) | Next::Marks(_)) => Ok(next),
        })?;
        Ok(self.hand_out(destination, next))
    }

    /// As [`next`](Self::next), but only what ends a start that stands open there.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn next_end(&mut self, destination: &Destination, now: Time) -> Result<Next, StoreError> {
        let last_before = self.last_before;
        let next = self.run(|db| first(db, destination, Turn::End, last_before, now))?;
        Ok(self.hand_out(destination, next))
    }

    fn hand_out(&mut self, destination: &Destination, next: Next) -> Next {
        if let Next::Work(work) = &next {
            self.handed.insert(destination.clone(), work.id);
        }
        next
    }

    /// What was handed out last for a destination was told to nobody, and waits on.
    pub fn take_back(&mut self, destination: &Destination) {
        self.handed.remove(destination);
    }

    /// Whether something was handed out for a destination of which nobody has said yet what became of
    /// it.
    #[must_use]
    pub fn is_in_hand(&self, destination: &Destination) -> bool {
        self.handed.contains_key(destination)
    }

    /// Writes what became of an intent at its destination, without waiting for the disk. Returns the
    /// intent, if it was still there. One that waits for another tracker by now, since its account was
    /// disconnected from this one, goes on waiting.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn settle(
        &mut self,
        destination: &Destination,
        number: u64,
        settled: &Settled,
        now: Time,
    ) -> Result<Option<Intent>, StoreError> {
        let intent = self.write_lazily(|db| {
            let Some(intent) = intent(db, &destination.tracker, number)? else { return Ok(None) };
            let intent = intent.ok();
            write_settled(db, (destination, number), intent.as_ref(), settled, now)?;
            Ok(intent)
        })?;
        // Only now: as long as it can't be written, the tracker may have heard of it.
        self.handed.retain(|to, handed| to != destination || *handed != number);
        Ok(intent)
    }

    /// Moves the times between `since` and `until` of what this start has queued, and of the plays
    /// that came of it, by `by_ms`: the wall clock was wrong when they were taken.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn clock_moved(&mut self, by_ms: i64, since: Time, until: Time) -> Result<(), StoreError> {
        let last_before = key(self.last_before);
        let last_play_before = self.last_play_before;
        self.write(|db| {
            let tx = db.transaction()?;
            let rows: Vec<(i64, Result<Intent, String>, Time)> = tx
                .prepare(
                    "SELECT id, data, since FROM intent WHERE id > ?1 AND since BETWEEN ?2 AND ?3",
                )?
                .query_map([last_before, key(since.0), key(until.0)], |row| {
                    Ok((row.get(0)?, parse(row, 1), time(row, 2)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            for (number, intent, queued) in rows {
                let Ok(mut intent) = intent else { continue }; // parked when its turn comes
                for time in [&mut intent.at, &mut intent.began] {
                    if (since..=until).contains(time) {
                        *time = time.moved(by_ms);
                    }
                }
                tx.execute(
                    "UPDATE intent SET data = ?2, since = ?3, due = min(due, ?4) WHERE id = ?1",
                    params![number, to_json(&intent)?, key(queued.moved(by_ms).0), key(AGAIN.0)],
                )?;
            }
            tx.execute(
                "UPDATE intent SET parked = max(parked + ?1, 1) WHERE parked BETWEEN ?2 AND ?3",
                params![by_ms, key(since.0), key(until.0)],
            )?;
            plays::clock_moved(&tx, last_play_before, by_ms, since, until)?;
            tx.commit()
        })
    }

    /// Lets parked intents wait again, one or all, and those that wait for a tracker to know their
    /// item wait no longer; returns which, and where they go. One that is named and could go at once is
    /// among them, and keeps its place. What waits for a receiver has its time anew.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn retry(
        &mut self,
        number: Option<u64>,
        now: Time,
    ) -> Result<Vec<(u64, Destination)>, StoreError> {
        let of = |row: &Row<'_>| {
            Ok((id(row.get(0)?), Destination { account: row.get(1)?, tracker: row.get(2)? }))
        };
        self.write(|db| {
            let mut update = db.prepare_cached(
                "UPDATE intent SET parked = NULL, due = ?3, attempts = 0, why = '',
                 since = CASE WHEN message IS NULL THEN since ELSE ?2 END
                 WHERE (parked IS NOT NULL OR due > ?2) AND (?1 IS NULL OR id = ?1)
                 RETURNING id, account, tracker",
            )?;
            let values = params![number.map(key), key(now.0), key(AGAIN.0)];
            let found = update.query_map(values, of)?.collect::<rusqlite::Result<Vec<_>>>()?;
            if !found.is_empty() {
                return Ok(found);
            }
            let mut select =
                db.prepare_cached("SELECT id, account, tracker FROM intent WHERE id = ?1")?;
            select.query_map([number.map(key)], of)?.collect()
        })
    }

    /// Gives parked intents up, one or all; returns each with its tracker, `None` for one that can't be
    /// understood.
    ///
    /// # Errors
    /// When it can't be written; then all are still there.
    pub fn give_up(
        &mut self,
        number: Option<u64>,
    ) -> Result<Vec<(String, Option<Intent>)>, StoreError> {
        self.write(|db| {
            let mut delete = db.prepare_cached(
                "DELETE FROM intent WHERE parked IS NOT NULL AND (?1 IS NULL OR id = ?1)
                 RETURNING data, tracker",
            )?;
            let rows =
                delete.query_map([number.map(key)], |row| Ok((row.get(1)?, parse(row, 0).ok())))?;
            rows.collect()
        })
    }

    /// Since when the oldest is parked of those that are.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn oldest_parked(&mut self) -> Result<Option<Time>, StoreError> {
        self.run(|db| {
            let oldest = "SELECT min(parked) FROM intent WHERE parked IS NOT NULL";
            let at: Option<i64> = db.query_row(oldest, [], |row| row.get(0))?;
            Ok(at.map(|at| Time(id(at))))
        })
    }

    /// Gives up at most `most` of those that were parked at `until` or earlier, oldest first; returns
    /// each as [`give_up`](Self::give_up) does. One that was parked before `possible` was dated by a
    /// clock that was wrong: it counts as parked `now`.
    ///
    /// # Errors
    /// When it can't be written; then all are still there.
    pub fn end_parked(
        &mut self,
        until: Time,
        most: usize,
        (possible, now): (Time, Time),
    ) -> Result<Vec<(String, Option<Intent>)>, StoreError> {
        self.write(|db| {
            let tx = db.transaction()?;
            tx.execute(
                "UPDATE intent SET parked = ?2 WHERE parked < ?1",
                params![key(possible.0), key(now.0)],
            )?;
            let ended = {
                let mut delete = tx.prepare_cached(
                    "DELETE FROM intent WHERE id IN (
                         SELECT id FROM intent WHERE parked <= ?1 ORDER BY parked, id LIMIT ?2)
                     RETURNING data, tracker",
                )?;
                let values = params![key(until.0), key(most as u64)];
                let rows = delete.query_map(values, |row| Ok((row.get(1)?, parse(row, 0).ok())))?;
                rows.collect::<rusqlite::Result<Vec<_>>>()?
            };
            tx.commit()?;
            Ok(ended)
        })
    }
}

/// What is next among what waits for this turn.
fn first(
    db: &Connection,
    to: &Destination,
    turn: Turn,
    last_before: u64,
    now: Time,
) -> rusqlite::Result<Next> {
    let is_receiver = to.receiver_name().is_some();
    let whose = if is_receiver {
        "?1 = '' AND tracker = ?2 AND message IS NOT NULL"
    } else {
        "account = ?1 AND tracker IN (?2, '')"
    };
    let mut select = db.prepare_cached(&format!(
        "SELECT id, data, since, attempts, due, maybe_sent, message FROM intent
         WHERE {whose} AND parked IS NULL AND {} ORDER BY id",
        turn.rows()
    ))?;
    let mut rows = select.query(params![to.account, to.tracker])?;
    let mut until: Option<Time> = None;
    let mut marks = Vec::new();
    while let Some(row) = rows.next()? {
        let due = time(row, 4)?;
        if due > now {
            until = Some(until.map_or(due, |until| until.min(due)));
            continue;
        }
        let work = match work(row, last_before)? {
            Ok(work) => work,
            Err(why) => {
                park(db, row.get(0)?, &why, now)?;
                continue;
            }
        };
        if work.intent.verb == Verb::Mark && marks.len() < MOST_MARKS && !is_receiver {
            marks.push(work);
        } else if marks.is_empty() {
            return Ok(Next::Work(Box::new(work)));
        } else {
            break;
        }
    }
    Ok(match marks.len() {
        0 => Next::Idle { until },
        1 => marks.pop().map_or(Next::Idle { until }, |one| Next::Work(Box::new(one))),
        _ => Next::Marks(marks),
    })
}

fn write_settled(
    db: &mut Connection,
    (destination, number): (&Destination, u64),
    intent: Option<&Intent>,
    settled: &Settled,
    now: Time,
) -> rusqlite::Result<()> {
    let tx = db.transaction()?;
    match settled {
        Settled::Held { why, maybe_sent, .. } => tx
            .prepare_cached(
                "UPDATE intent SET attempts = attempts + 1, why = ?2,
                 maybe_sent = maybe_sent OR ?3 WHERE id = ?1",
            )?
            .execute(params![key(number), why, maybe_sent])?,
        Settled::Later { at, why } => tx
            .prepare_cached(
                "UPDATE intent SET attempts = attempts + 1, due = ?2, why = ?3 WHERE id = ?1",
            )?
            .execute(params![key(number), key(at.0), why])?,
        Settled::Parked { why } => tx
            .prepare_cached("UPDATE intent SET parked = ?2, why = ?3 WHERE id = ?1")?
            .execute(params![key(number), key(now.0), why])?,
        Settled::Done { .. } | Settled::Dropped { .. } | Settled::Rehearsed { .. } => {
            tx.prepare_cached("DELETE FROM intent WHERE id = ?1")?.execute([key(number)])?
        }
    };
    if let (Settled::Held { .. } | Settled::Later { .. }, Some(intent)) = (settled, intent) {
        forget_if_replaced(&tx, number, intent)?;
    }
    // What a tracker remembers no receiver does.
    if let Some(intent) = intent
        && destination.receiver_name().is_none()
    {
        let mut item = intent.item.clone();
        if let Settled::Done { learned, play, .. } = settled {
            item.ids.learn(&learned.ids);
            if let Some(play) = play {
                plays::remember(&tx, destination, &item, play, now)?;
            }
            if let Some(show) = learned.show {
                shows::remember(&tx, &destination.tracker, &item, show)?;
            }
        }
        positions::note(&tx, number, (intent, &destination.tracker), &item, settled)?;
        open_starts::note(&tx, number, (intent, &destination.tracker), settled)?;
    }
    tx.commit()
}

/// Removes a start or pause that a courier has handed back, if a newer one of its session came
/// meanwhile; otherwise it waits again. A start is no end of one that stands open.
fn forget_if_replaced(tx: &Transaction<'_>, number: u64, intent: &Intent) -> rusqlite::Result<()> {
    if matches!(intent.verb, Verb::Start | Verb::Pause) {
        tx.prepare_cached(&format!(
            "DELETE FROM intent WHERE id = ?1 AND EXISTS (
                SELECT 1 FROM intent AS newer WHERE newer.account = ?2 AND newer.session = ?3
                AND newer.tracker = intent.tracker AND newer.id > ?1
                AND NOT (newer.verb = 'start' AND ({IS_OWED})))"
        ))?
        .execute(params![key(number), intent.account, intent.session])?;
    }
    Ok(())
}

/// The intent of this number, if it is for `tracker`; or why it can't be read.
fn intent(
    db: &Connection,
    tracker: &str,
    number: u64,
) -> rusqlite::Result<Option<Result<Intent, String>>> {
    db.prepare_cached("SELECT data FROM intent WHERE id = ?1 AND tracker IN (?2, '')")?
        .query_row(params![key(number), tracker], |row| Ok(parse(row, 0)))
        .optional()
}

/// Puts aside what can't be understood.
fn park(db: &Connection, number: i64, why: &str, now: Time) -> rusqlite::Result<()> {
    log::error!("{number} of the outbox is parked, since it can't be read: {why}");
    let why = format!("it can't be read: {why}");
    db.prepare_cached("UPDATE intent SET parked = ?2, why = ?3 WHERE id = ?1")?
        .execute(params![number, key(now.0), why])
        .map(drop)
}

fn work(row: &Row<'_>, last_before: u64) -> rusqlite::Result<Result<Work, String>> {
    let intent = match parse(row, 1) {
        Ok(intent) => intent,
        Err(why) => return Ok(Err(why)),
    };
    let number = id(row.get(0)?);
    let since = time(row, 2)?;
    Ok(Ok(Work {
        of_this_start: number > last_before,
        attempts: row.get(3)?,
        maybe_sent: row.get(5)?,
        message: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
        ..Work::new(number, intent, since)
    }))
}

#[cfg(test)]
mod tests;
