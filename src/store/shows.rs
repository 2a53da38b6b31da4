//! Which show at a tracker one of a media server's is, as an episode of it has told.

use super::column::{id, key};
use super::{Store, StoreError};
use crate::event::title::{bare, title_and_year};
use crate::event::{Item, Kind};
use rusqlite::{OptionalExtension, Transaction, params};

/// How many shows are remembered; the one that was learned first goes first.
const MOST_SHOWS: u64 = 2_000;

impl Store {
    /// The number at `tracker` of the show that `item` belongs to, or is.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn show(&mut self, tracker: &str, item: &Item) -> Result<Option<u64>, StoreError> {
        let Some(name) = name(item) else { return Ok(None) };
        self.run(|db| {
            db.prepare_cached("SELECT number FROM show WHERE tracker = ?1 AND name = ?2")?
                .query_row(params![tracker, name], |row| Ok(id(row.get(0)?)))
                .optional()
        })
    }
}

/// Keeps what was learned of the show of `item`, and forgets the oldest.
pub(super) fn remember(
    tx: &Transaction<'_>,
    tracker: &str,
    item: &Item,
    number: u64,
) -> rusqlite::Result<()> {
    let Some(name) = name(item) else { return Ok(()) };
    let known = tx
        .prepare_cached(
            "INSERT INTO show (tracker, name, number) VALUES (?1, ?2, ?3)
             ON CONFLICT (tracker, name) DO UPDATE SET number = ?3 WHERE number != ?3",
        )?
        .execute(params![tracker, name, key(number)])?;
    if known > 0 {
        tx.prepare_cached("DELETE FROM show WHERE id <= (SELECT max(id) FROM show) - ?1")?
            .execute([key(MOST_SHOWS)])?;
    }
    Ok(())
}

/// The media server's key of the show, with its title: another server may have the same key for
/// another show, and one whose match was corrected has another title.
fn name(item: &Item) -> Option<String> {
    let (key, title) = match &item.kind {
        Kind::Movie => return None,
        Kind::Show => (&item.key, &item.title),
        Kind::Season { show, .. } => (&show.key, &show.title),
        Kind::Episode(episode) => (&episode.show.key, &episode.show.title),
    };
    let (title, _) = title_and_year(title, None);
    (!key.is_empty()).then(|| format!("{key}:{}", bare(title)))
}
