//! What does Trakt keep of one person?

use super::catalogue::Ref;
use crate::Time;
use std::collections::BTreeMap;
use std::time::Duration;

/// One person.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// What is being watched; ended ones stay until the next change, ask
    /// [`watching_at`](Self::watching_at).
    pub(super) watching: Option<Watching>,
    pub(super) positions: Vec<Position>,
    /// In the order in which they were added.
    pub(super) history: Vec<Play>,
    pub(super) ratings: BTreeMap<Ref, (u8, Time)>,
    pub(super) watchlist: BTreeMap<Ref, Time>,
    /// Until when a check-in runs.
    pub(super) checkin: Option<Time>,
    /// The status that every call of theirs gets.
    pub(super) locked: Option<u16>,
    /// When each POST, PUT or DELETE came.
    pub(super) posts: Vec<Time>,
    gets: (Time, u32),
}

/// What a person watches right now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watching {
    /// What.
    pub item: Ref,
    /// How far it was at the start.
    pub progress: f64,
    /// When it was started.
    pub started: Time,
    /// When the remaining runtime is over.
    pub expires: Time,
}

/// Where a person has left off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// By which it can be removed.
    pub id: u64,
    /// Of what.
    pub item: Ref,
    /// How far.
    pub progress: f64,
    /// Since when.
    pub paused: Time,
}

/// One play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Play {
    /// The history id, larger than 2^53.
    pub id: u64,
    /// Of what.
    pub item: Ref,
    /// When; 1970 for `unknown`.
    pub watched: Time,
    /// `scrobble`, or `watch` for what was added to the history.
    pub action: &'static str,
}

impl User {
    /// What is being watched at `now`.
    #[must_use]
    pub fn watching_at(&self, now: Time) -> Option<Watching> {
        self.watching.filter(|watching| now < watching.expires)
    }

    /// Where they have left off.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// All plays, in the order in which they were added.
    #[must_use]
    pub fn history(&self) -> &[Play] {
        &self.history
    }

    /// The rating of an item, 1 to 10.
    #[must_use]
    pub fn rating(&self, item: Ref) -> Option<u8> {
        self.ratings.get(&item).map(|(rating, _)| *rating)
    }

    /// Whether an item is on the watchlist.
    #[must_use]
    pub fn wants(&self, item: Ref) -> bool {
        self.watchlist.contains_key(&item)
    }

    /// When each POST, PUT or DELETE came that was not refused for its pace.
    #[must_use]
    pub fn posts(&self) -> &[Time] {
        &self.posts
    }

    /// Counts a GET; if it is more than so many in a period, how long to wait.
    pub(super) fn count_get(&mut self, most: u32, period: Duration, now: Time) -> Option<Duration> {
        let (since, count) = self.gets;
        if now.since(since) >= period || now < since {
            self.gets = (now, 1);
            return None;
        }
        if count < most {
            self.gets = (since, count + 1);
            return None;
        }
        Some(period.saturating_sub(now.since(since)))
    }
}
