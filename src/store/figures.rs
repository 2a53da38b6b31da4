//! What the queues and the plays come to, for those who want to see it.

use super::outbox::time;
use super::{Store, StoreError, id, key};
use crate::event::Time;

/// How an account's queue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLength {
    /// Whose.
    pub account: String,
    /// How many intents wait.
    pub waiting: u64,
    /// How many are parked.
    pub parked: u64,
    /// Since when the oldest waits of those that could go at once.
    pub oldest_due: Option<Time>,
}

impl Store {
    /// How each account's queue is. Accounts without a queue are left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn queues(&mut self, now: Time) -> Result<Vec<QueueLength>, StoreError> {
        self.run(|db| {
            let mut select = db.prepare_cached(
                "SELECT account, sum(parked IS NULL), sum(parked IS NOT NULL),
                 min(CASE WHEN parked IS NULL AND due <= ?1 THEN since END)
                 FROM intent GROUP BY account",
            )?;
            let rows = select.query_map([key(now.0)], |row| {
                Ok(QueueLength {
                    account: row.get(0)?,
                    waiting: id(row.get(1)?),
                    parked: id(row.get(2)?),
                    oldest_due: row.get::<_, Option<i64>>(3)?.map(|since| Time(id(since))),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::courier::{How, Learned, OurPlay, Settled};
    use crate::engine::Changes;
    use crate::event::{Ids, Item, Percent};
    use crate::intent::{Intent, Verb};

    fn finish(title: &str, imdb: &str) -> Intent {
        let ids = Ids { imdb: Some(imdb.to_owned()), ..Ids::default() };
        Intent {
            account: "alice".to_owned(),
            verb: Verb::Finish,
            item: Item { title: title.to_owned(), ids, ..Item::default() },
            session: title.to_owned(),
            progress: Percent::END,
            at: Time(100),
            began: Time(50),
        }
    }

    #[test]
    fn queues_are_counted_and_a_play_of_several_names_is_one() {
        let folder = std::env::temp_dir().join(format!("figures-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut store = Store::open(&folder).expect("a store");
        let intents =
            [finish("A", "tt0000001"), finish("B", "tt0000002"), finish("C", "tt0000003")];
        let changes = Changes { viewings: Vec::new(), held: Vec::new() };
        store.commit(&changes, &intents, &[], Time(1_000)).expect("stored");
        let numbers: Vec<u64> =
            store.entries(false, 9).expect("read").iter().map(|entry| entry.id).collect();
        let play = OurPlay { id: None, watched_at: Time(100), ended: Time(100) };
        let settled = [
            Settled::Done { how: How::Told, learned: Learned::default(), play: Some(play) },
            Settled::Parked { why: "no".to_owned() },
            Settled::Later { at: Time(5_000), why: "later".to_owned() },
        ];
        for (number, settled) in numbers.iter().zip(&settled) {
            store.settle(*number, settled, Time(2_000)).expect("written");
        }
        let queue = |oldest_due| QueueLength {
            account: "alice".to_owned(),
            waiting: 1,
            parked: 1,
            oldest_due,
        };
        assert_eq!(store.queues(Time(4_000)).expect("read"), [queue(None)]);
        assert_eq!(store.queues(Time(5_000)).expect("read"), [queue(Some(Time(1_000)))]);
        let alices = ("alice".to_owned(), Time(100));
        assert_eq!(store.plays_since(Time(100), 9).expect("read"), [alices]);
        assert_eq!(store.plays_since(Time(101), 9).expect("read"), []);
        let _ = std::fs::remove_dir_all(&folder);
    }
}
