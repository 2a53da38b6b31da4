//! A flood of marks: rule 17, where it looks beyond one item.

use super::super::Decision;
use super::super::rules::Ruling;
use super::super::viewing::Viewing;
use super::Draft;
use super::draft::verdict;
use crate::event::Time;
use std::time::Duration;

/// More marks than this within [`WINDOW`] are a flood …
const MOST_MARKS: usize = 100;
/// … until this long has passed without one.
const WINDOW: Duration = Duration::from_secs(10 * 60);

impl Draft<'_> {
    /// Whether a mark that comes now belongs to a flood.
    pub(super) fn is_flood(&self, account: &str, now: Time) -> bool {
        let recent = self.marked(account, now).count();
        let last = self.marked(account, now).max_by_key(|(at, _)| *at);
        recent >= MOST_MARKS || last.is_some_and(|(_, flooded)| flooded)
    }

    /// The marks of the last minutes: when, and whether they were part of a flood.
    fn marked(&self, account: &str, now: Time) -> impl Iterator<Item = (Time, bool)> {
        let viewings = self.state.viewings.values();
        let marked = viewings.filter(move |viewing| viewing.account == account);
        marked
            .filter_map(|viewing| viewing.marked)
            .filter(move |marked| now.since(marked.at) < WINDOW)
            .map(|marked| (marked.at, marked.flooded))
    }

    /// Parks what still waits when a flood begins.
    pub(super) fn park_marks(&mut self, account: &str, now: Time, decision: &mut Decision) {
        let waits =
            |(_, viewing): &(u64, &Viewing)| viewing.account == account && viewing.mark.is_some();
        let ids: Vec<u64> = self.state.viewings().filter(waits).map(|(id, _)| id).collect();
        for id in ids {
            let parked = self
                .turn(id, now, decision, |turn| (turn.viewing.item.label(), turn.park_held_mark()));
            if let Some((account, (item, Some(ruling)))) = parked {
                let ruling: Ruling = ruling;
                decision.due.push((item, verdict(Some(&account), ruling)));
            }
        }
    }
}
