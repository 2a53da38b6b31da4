//! How does an intent come into the outbox, and what does it replace there?

use super::column::{id, key, to_json};
use super::needless::Needless;
use super::open_starts::IS_OWED;
use super::{Store, StoreError};
use crate::delivery::Destination;
use crate::event::Time;
use crate::intent::{Intent, Verb};
use rusqlite::{Transaction, params};
use std::collections::BTreeMap;

/// How many starts, pauses and ends of viewings wait for an account at most: they speak of moments.
const MOST_MOMENTS: u32 = 100;

/// Whether an intent speaks of what is going on in its session, so that a newer one replaces it.
fn is_live(verb: Verb) -> bool {
    match verb {
        Verb::Start | Verb::Pause | Verb::Left | Verb::Abandoned | Verb::Finish => true,
        Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => false,
    }
}

/// What is queued.
pub(super) struct Entry<'a> {
    pub(super) intent: &'a Intent,
    /// Why it waits for a person's word, where it does.
    pub(super) parked: Option<&'a str>,
    pub(super) now: Time,
}

impl Store {
    /// Queues an intent for one tracker alone; returns its number. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn queue_at(
        &mut self,
        to: &Destination,
        intent: &Intent,
        now: Time,
    ) -> Result<u64, StoreError> {
        let handed = self.handed.get(to).copied();
        self.write(|db| {
            let tx = db.transaction()?;
            append_to(&tx, to, &Entry { intent, parked: None, now }, handed)?;
            let number = id(tx.last_insert_rowid());
            tx.commit()?;
            Ok(number)
        })
    }

    /// Takes these out of their queues again, where they still wait.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it is.
    pub fn withdraw(&mut self, numbers: &[u64]) -> Result<(), StoreError> {
        if numbers.is_empty() {
            return Ok(());
        }
        self.write(|db| {
            let tx = db.transaction()?;
            for number in numbers {
                tx.execute("DELETE FROM intent WHERE id = ?1", [key(*number)])?;
            }
            tx.commit()
        })
    }
}

/// Appends an intent to the queue of each tracker that its account is connected to; without one, to
/// that of whichever is connected first. A start or pause that still waits is replaced by a
/// newer one of its session and removed by its end; what nobody has heard of need not be taken
/// back, and what ends a start that stands open is kept before a new one. What couriers have in hand (`handed`) waits no more: a tracker may have heard of it.
pub(super) fn append(
    tx: &Transaction<'_>,
    entry: &Entry<'_>,
    needless: &Needless,
    handed: &BTreeMap<Destination, u64>,
) -> rusqlite::Result<()> {
    for destination in destinations(tx, entry.intent, needless)? {
        let handed = handed.get(&destination).copied();
        append_to(tx, &destination, entry, handed)?;
    }
    Ok(())
}

/// Where an intent goes: to those trackers of its account that have a use for it.
fn destinations(
    tx: &Transaction<'_>,
    intent: &Intent,
    needless: &Needless,
) -> rusqlite::Result<Vec<Destination>> {
    let account = &intent.account;
    let mut select =
        tx.prepare_cached("SELECT tracker FROM login WHERE account = ?1 ORDER BY tracker")?;
    let rows = select
        .query_map([account], |row| Ok(Destination::new(account, row.get::<_, String>(0)?)))?;
    let mut found: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    if found.is_empty() {
        return Ok(vec![Destination::new(account, "")]);
    }
    found.retain(|to| !needless.at(&to.tracker, intent));
    Ok(found)
}

/// Appends an intent to one queue; whether it needs to be told at all.
pub(super) fn append_to(
    tx: &Transaction<'_>,
    to: &Destination,
    entry: &Entry<'_>,
    handed: Option<u64>,
) -> rusqlite::Result<bool> {
    if let Some(why) = entry.parked {
        // It may never be told, so nothing that waits becomes needless by it.
        insert(tx, to, entry.intent, Some(entry.now), why, entry.now)?;
        return Ok(true);
    }
    let is_told = replace(tx, &to.tracker, entry.intent, handed)?;
    if is_told {
        insert(tx, to, entry.intent, None, "", entry.now)?;
    }
    if !entry.intent.verb.is_lasting() {
        let to = Destination::new(&entry.intent.account, &to.tracker);
        forget_moments(tx, &to, handed)?;
    }
    Ok(is_told)
}

/// Removes what a new intent replaces; whether it needs to be told itself.
fn replace(
    tx: &Transaction<'_>,
    tracker: &str,
    intent: &Intent,
    handed: Option<u64>,
) -> rusqlite::Result<bool> {
    if is_live(intent.verb) && !intent.session.is_empty() {
        let handed = handed.map_or(-1, key);
        let of_session = params![intent.account, tracker, intent.session, handed];
        let unheard: u32 = tx
            .prepare_cached(
                "SELECT count(*) FROM intent
                 WHERE account = ?1 AND tracker = ?2 AND session = ?3 AND id != ?4
                 AND verb = 'start' AND attempts = 0 AND maybe_sent = 0",
            )?
            .query_row(of_session, |row| row.get(0))?;
        let replaced = if intent.verb == Verb::Start {
            format!("(verb = 'start' OR (verb = 'pause' AND NOT ({IS_OWED})))")
        } else {
            "verb IN ('start', 'pause')".to_owned()
        };
        tx.prepare_cached(&format!(
            "DELETE FROM intent
             WHERE account = ?1 AND tracker = ?2 AND session = ?3 AND id != ?4 AND {replaced}"
        ))?
        .execute(of_session)?;
        return Ok(intent.verb != Verb::Abandoned || unheard == 0);
    }
    Ok(true)
}

/// Forgets the oldest moments where too many wait: only the last one is what the tracker shows. What
/// ends a start that stands open is none.
fn forget_moments(
    tx: &Transaction<'_>,
    Destination { account, tracker }: &Destination,
    handed: Option<u64>,
) -> rusqlite::Result<()> {
    const MOMENTS: &str = "account = ?1 AND tracker = ?2 AND parked IS NULL
                           AND verb IN ('start', 'pause', 'left', 'abandoned')";
    let moments = format!("{MOMENTS} AND NOT ({IS_OWED})");
    tx.prepare_cached(&format!(
        "DELETE FROM intent WHERE {moments} AND id != ?3 AND id <= (
             SELECT id FROM intent WHERE {moments} ORDER BY id DESC LIMIT 1 OFFSET ?4)"
    ))?
    .execute(params![account, tracker, handed.map_or(-1, key), MOST_MOMENTS])
    .map(drop)
}

fn insert(
    tx: &Transaction<'_>,
    to: &Destination,
    intent: &Intent,
    parked: Option<Time>,
    why: &str,
    now: Time,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO intent (account, tracker, session, verb, data, since, parked, why, message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
                 CASE WHEN ?9 THEN 'msg_' || lower(hex(randomblob(16))) END)",
    )?
    .execute(params![
        intent.account,
        to.tracker,
        intent.session,
        intent.verb.word(),
        to_json(intent)?,
        key(now.0),
        parked.map(|at| key(at.0)),
        why,
        to.receiver_name().is_some()
    ])?;
    Ok(())
}
