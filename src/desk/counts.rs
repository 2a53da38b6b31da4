//! How often did what happen since the start?

use super::line::{ActivityEntry, ActivityKind, Word};
use crate::delivery::{Destination, FIRST_TRACKER};
use crate::event::{Source, Time};
use std::collections::BTreeMap;

/// How often what has happened since the start. Never falls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Verdicts: the source (none where something became due by itself), the outcome, the
    /// reason's label.
    pub verdicts: BTreeMap<(Option<Source>, Word, Word), u64>,
    /// What became of intents: where, and the outcome.
    pub deliveries: BTreeMap<(Destination, Word), u64>,
    /// When each source was last heard, also before the start.
    pub heard: BTreeMap<Source, Time>,
    /// When something was last delivered there, also before the start.
    pub delivered: BTreeMap<Destination, Time>,
}

impl Counts {
    /// Counts what `line` tells.
    pub(super) fn count(&mut self, line: &ActivityEntry) {
        self.date(line);
        let outcome = line.outcome.clone();
        match line.kind {
            ActivityKind::Delivery => {
                let to = destination(line).unwrap_or_default();
                *self.deliveries.entry((to, outcome)).or_default() += 1;
            }
            ActivityKind::Verdict => {
                let verdict = (line.source, outcome, line.label.clone());
                *self.verdicts.entry(verdict).or_default() += 1;
            }
        }
    }

    /// Takes the times of what `line` tells.
    pub(super) fn date(&mut self, line: &ActivityEntry) {
        if let Some(source) = line.source {
            self.heard.insert(source, line.at);
        }
        if let Some(to) = destination(line)
            && (line.kind, &*line.outcome) == (ActivityKind::Delivery, "delivered")
        {
            self.delivered.insert(to, line.at);
        }
    }
}

/// Where something was to be told.
fn destination(line: &ActivityEntry) -> Option<Destination> {
    let tracker = line.tracker.as_deref().unwrap_or(FIRST_TRACKER);
    Some(Destination::new(line.account.as_ref()?, tracker))
}
