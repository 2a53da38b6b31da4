//! Which plays at a tracker are ours, and of which viewings.

use super::column::{id, key, time};
use super::{Store, StoreError};
use crate::delivery::{Destination, OurPlay};
use crate::event::{Item, Time};
use rusqlite::{Transaction, params};
use std::time::Duration;

/// For how long a play of ours is remembered: an item is hardly ever watched for longer. Measured
/// by the time of the play at the tracker, since our clock may be ahead by years.
const PLAYS_ARE_KEPT: Duration = Duration::from_secs(400 * 24 * 3600);

impl Store {
    /// The plays at the destination's tracker that stand for viewings of an item.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn plays(
        &mut self,
        Destination { account, tracker }: &Destination,
        item: &Item,
    ) -> Result<Vec<OurPlay>, StoreError> {
        let names = self::names(item);
        self.run(|db| {
            let mut plays: Vec<OurPlay> = Vec::new();
            let mut select = db.prepare_cached(
                "SELECT history_id, watched_at, ended, item FROM play
                 WHERE account = ?1 AND tracker = ?2 AND name = ?3",
            )?;
            for name in names {
                let rows = select.query_map([account, tracker, &name], |row| {
                    Ok(OurPlay {
                        id: row.get::<_, Option<i64>>(0)?.map(id),
                        watched_at: time(row, 1)?,
                        ended: time(row, 2)?,
                        item: row.get::<_, Option<i64>>(3)?.map(id),
                    })
                })?;
                for play in rows {
                    let play = play?;
                    if !plays.contains(&play) {
                        plays.push(play);
                    }
                }
            }
            Ok(plays)
        })
    }
}

/// Keeps a play under all names of its item, and forgets the oldest.
pub(super) fn remember(
    tx: &Transaction<'_>,
    Destination { account, tracker }: &Destination,
    item: &Item,
    play: &OurPlay,
    now: Time,
) -> rusqlite::Result<()> {
    for name in names(item) {
        tx.prepare_cached(
            "INSERT INTO play (account, tracker, name, history_id, watched_at, ended, item)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            account,
            tracker,
            name,
            play.id.map(key),
            key(play.watched_at.0),
            key(play.ended.0),
            play.item.map(key)
        ])?;
    }
    tx.prepare_cached("DELETE FROM play WHERE ended < ?1")?
        .execute([key(now.min(play.watched_at).before(PLAYS_ARE_KEPT).0)])
        .map(drop)
}

/// Moves the ends of those plays behind row `last_before` that the wall clock dated when it was
/// wrong. The tracker's clock may have dated them too, which was right: nothing is moved away from it.
pub(super) fn clock_moved(
    tx: &Transaction<'_>,
    last_before: i64,
    by_ms: i64,
    since: Time,
    until: Time,
) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE play SET ended = ended + ?2
         WHERE rowid > ?1 AND ended BETWEEN ?3 AND ?4
         AND abs(ended + ?2 - watched_at) < abs(ended - watched_at)",
        params![last_before, by_ms, key(since.0), key(until.0)],
    )
    .map(drop)
}

/// What is remembered of an item can be found under: the item's ids, and what it is called where it has none.
pub(super) fn names(item: &Item) -> Vec<String> {
    let mut names: Vec<String> = item.names().iter().map(ToString::to_string).collect();
    names.push(format!("title:{}", item.label().to_lowercase()));
    names
}
