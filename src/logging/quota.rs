//! How many lines of a kind are written?
//!
//! What happens a thousand times a minute would fill a disk with one sentence. So of each kind some
//! are written, and then how many more there were. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

/// How many lines of one kind are written in a [`MINUTE`].
const MOST: u64 = 100;
/// It begins with the first of them.
const MINUTE: Duration = Duration::from_secs(60);

/// The lines of the last minute, by their kinds.
#[derive(Debug)]
pub(super) struct Quota<K>(BTreeMap<K, Lately>);

#[derive(Debug)]
struct Lately {
    /// Steady time.
    since: Duration,
    count: u64,
    last: String,
}

impl<K> Default for Quota<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Quota<K> {
    /// Takes note of a line; whether it is to be written. The first of a minute is.
    pub(super) fn takes(&mut self, kind: &K, text: &str, now: Duration) -> bool {
        let Some(lately) = self.0.get_mut(kind) else {
            self.0.insert(kind.clone(), Lately { since: now, count: 1, last: String::new() });
            return true;
        };
        lately.count += 1;
        let takes = lately.count <= MOST;
        if !takes {
            text.clone_into(&mut lately.last);
        }
        takes
    }

    /// When the next minute of a kind is over. Only a line that is written brings it nearer.
    pub(super) fn due(&self) -> Option<Duration> {
        self.0.values().map(|lately| lately.since.saturating_add(MINUTE)).min()
    }

    /// What there is to say of the kinds whose minute is over.
    pub(super) fn over(&mut self, now: Duration) -> Vec<(K, String)> {
        let over = self.0.extract_if(.., |_, lately| now.saturating_sub(lately.since) >= MINUTE);
        let full = over.filter(|(_, lately)| lately.count > MOST);
        let said = full.map(|(kind, Lately { count, last, .. })| {
            (
                kind,
                format!(
                    "… and {} more lines of this kind within a minute, the last: {last}",
                    count - MOST
                ),
            )
        });
        said.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_hundred_lines_of_a_kind_are_written_and_then_how_many_more() {
        let mut quota = Quota::default();
        let taken = (0..250).filter(|n| quota.takes(&"a", &format!("line {n}"), second(5))).count();
        assert_eq!(taken, 100);
        assert_eq!(quota.due(), Some(second(65)));
        assert!(quota.takes(&"b", "", second(9)), "another kind has a quota of its own");
        assert_eq!(quota.due(), Some(second(65)));
        assert_eq!(quota.over(second(64)), []);
        let said =
            "… and 150 more lines of this kind within a minute, the last: line 249".to_owned();
        assert_eq!(quota.over(second(69)), [("a", said)], "there is nothing to say of the other");
        assert_eq!((quota.due(), quota.0.len()), (None, 0), "both are forgotten");
        assert!(quota.takes(&"a", "", second(69)), "another minute");
    }
}
