//! What has been asked already?

use super::Lookup;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How much is remembered; what was learned first goes first.
const MOST: usize = 1_000;
/// How long it is believed that Trakt does not know something: it may come to know it.
const MISS_IS_BELIEVED: Duration = Duration::from_secs(60 * 60);

/// Answers to earlier questions, by what was asked.
#[derive(Debug, Default)]
pub(super) struct Memory {
    answers: BTreeMap<String, (Lookup, Duration)>,
    /// The keys, the oldest first.
    order: VecDeque<String>,
}

impl Memory {
    /// The answer to `key`, if there was one that still holds.
    pub(super) fn recall(&self, key: &str, now: Duration) -> Option<Lookup> {
        let (lookup, asked) = self.answers.get(key)?;
        let holds = match lookup {
            Lookup::Found(_) => true,
            Lookup::Unknown | Lookup::Several(_) => now.saturating_sub(*asked) < MISS_IS_BELIEVED,
        };
        holds.then(|| lookup.clone())
    }

    pub(super) fn keep(&mut self, key: String, lookup: Lookup, now: Duration) {
        if self.answers.insert(key.clone(), (lookup, now)).is_none() {
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
        self.answers.retain(|_, (lookup, _)| matches!(lookup, Lookup::Found(_)));
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
        memory.keep("a".into(), Lookup::Unknown, HOUR);
        assert_eq!(memory.recall("a", HOUR + Duration::from_secs(3599)), Some(Lookup::Unknown));
        assert_eq!(memory.recall("a", 2 * HOUR), None);
        memory.forget_misses();
        assert_eq!(memory.recall("a", HOUR), None);
        assert!(memory.order.is_empty());
    }

    #[test]
    fn it_holds_a_thousand_things() {
        let mut memory = Memory::default();
        for number in 0..=MOST {
            memory.keep(number.to_string(), Lookup::Unknown, HOUR);
            memory.keep(number.to_string(), Lookup::Unknown, HOUR);
        }
        assert_eq!((memory.answers.len(), memory.order.len()), (MOST, MOST));
        assert_eq!(memory.recall("0", HOUR), None);
        assert!(memory.recall("1", HOUR).is_some());
    }
}
