//! What has been asked already?

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How much is remembered; what was learned first goes first.
const MOST: usize = 1_000;
/// How long it is believed that a tracker does not know something: it may come to know it.
const MISS_IS_BELIEVED: Duration = Duration::from_secs(60 * 60);

/// Answers to earlier questions, by what was asked.
#[derive(Debug)]
pub(super) struct Memory<T> {
    answers: BTreeMap<String, Remembered<T>>,
    /// The keys, the oldest first.
    order: VecDeque<String>,
}

#[derive(Debug)]
struct Remembered<T> {
    said: T,
    /// Whether the thing was found: that holds.
    is_hit: bool,
    at: Duration,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { answers: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<T: Clone> Memory<T> {
    /// The answer to `key`, if there was one that still holds.
    pub(super) fn recall(&self, key: &str, now: Duration) -> Option<T> {
        let answer = self.answers.get(key)?;
        let holds = answer.is_hit || now.saturating_sub(answer.at) < MISS_IS_BELIEVED;
        holds.then(|| answer.said.clone())
    }

    pub(super) fn keep(&mut self, key: String, said: T, is_hit: bool, now: Duration) {
        if self.answers.insert(key.clone(), Remembered { said, is_hit, at: now }).is_none() {
            self.order.push_back(key);
        }
        while self.answers.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.answers.remove(&oldest);
        }
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.answers.remove(key);
        self.order.retain(|kept| kept != key);
    }

    pub(super) fn forget_misses(&mut self) {
        self.answers.retain(|_, answer| answer.is_hit);
        self.order.retain(|key| self.answers.contains_key(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_miss_is_believed_for_an_hour_or_until_it_is_asked_anew() {
        let mut memory = Memory::default();
        memory.keep("a".into(), 7, false, HOUR);
        memory.keep("b".into(), 8, true, HOUR);
        assert_eq!(memory.recall("a", HOUR + Duration::from_secs(3599)), Some(7));
        assert_eq!((memory.recall("a", 2 * HOUR), memory.recall("b", 900 * HOUR)), (None, Some(8)));
        memory.forget_misses();
        assert_eq!((memory.recall("a", HOUR), memory.recall("b", HOUR)), (None, Some(8)));
        assert_eq!(memory.order, ["b"]);
    }

    #[test]
    fn it_holds_a_thousand_things() {
        let mut memory = Memory::default();
        for number in 0..=MOST {
            memory.keep(number.to_string(), (), false, HOUR);
            memory.keep(number.to_string(), (), false, HOUR);
        }
        assert_eq!((memory.answers.len(), memory.order.len()), (MOST, MOST));
        assert_eq!(memory.recall("0", HOUR), None);
        assert!(memory.recall("1", HOUR).is_some());
    }
}
