//! Up to when media servers' histories were read, and what is kept of plays there.

use super::column::{key, parse, time};
use super::{Store, StoreError, plays};
use crate::event::{Item, Time};
use rusqlite::params;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Store {
    /// What [`keep_caught_up`](Self::keep_caught_up) kept last.
    ///
    /// # Errors
    /// When the database can't be read. What can't be understood is left out and said.
    pub fn caught_up<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, StoreError> {
        let rows = self.rows("SELECT id, data FROM caught_up ORDER BY id")?;
        Ok(rows.into_iter().map(|(_, one)| one).collect())
    }

    /// Keeps this in the place of what was kept before. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written; then the old is still there.
    pub fn keep_caught_up(&mut self, all: &[impl Serialize]) -> Result<(), StoreError> {
        self.keep_all("caught_up", all)
    }

    /// When an account played or marked these items at about these times, as far as that was told to a
    /// tracker, waits to be, or is parked: each by its place among them. A handful at a time, since
    /// all that waits is looked through.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn played_about(
        &mut self,
        account: &str,
        items: &[About<'_>],
    ) -> Result<Vec<(usize, Time)>, StoreError> {
        // Of a file with several episodes each is told by itself.
        let first = |item: &Item| if item.episodes() > 1 { item.episode(0) } else { item.clone() };
        let asked: Vec<(Item, Vec<String>)> = items
            .iter()
            .map(|about| first(about.item))
            .map(|item| (item.clone(), plays::names(&item)))
            .collect();
        self.run(|db| {
            let mut found = Vec::new();
            let mut select = db.prepare_cached(
                "SELECT ended FROM play
                 WHERE account = ?1 AND name = ?2 AND ended BETWEEN ?3 AND ?4",
            )?;
            for (place, (about, (_, names))) in items.iter().zip(&asked).enumerate() {
                for name in names {
                    let of_name = params![account, name, key(about.from.0), key(about.to.0)];
                    for at in select.query_map(of_name, |row| time(row, 0))? {
                        found.push((place, at?));
                    }
                }
            }
            let mut select = db.prepare_cached(
                "SELECT data FROM intent WHERE account = ?1 AND verb IN ('finish', 'mark')",
            )?;
            for row in select.query_map([account], |row| Ok(parse(row, 0)))? {
                let Ok(intent) = row? else { continue }; // it is parked when its turn comes
                let names = plays::names(&intent.item);
                for (place, (about, (item, own))) in items.iter().zip(&asked).enumerate() {
                    let is_then = (about.from..=about.to).contains(&intent.at);
                    let is_its = || names.iter().any(|name| own.contains(name));
                    if is_then && is_its() && !intent.item.contradicts(item) {
                        found.push((place, intent.at));
                    }
                }
            }
            Ok(found)
        })
    }
}

/// An item, and the time about which a play of it is looked for.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The item.
    pub item: &'a Item,
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
}
