//! What becomes of entries that a person sends again? Told to who waits for it.

use super::shown::BecameShown;
use crate::delivery::{Destination, Settled};
use std::sync::mpsc::Sender;

/// Of how many entries somebody may wait to hear; who waits longest is forgotten first.
const MOST: usize = 1_000;
/// Of how many entries one who sends many is told.
pub(crate) const TOLD_MOST: usize = 100;

/// Who waits to hear what becomes of which entry.
#[derive(Debug, Default)]
pub(crate) struct Fates(Vec<(u64, Destination, Sender<BecameShown>)>);

impl Fates {
    /// `teller` wants to know of this entry.
    pub(super) fn wait(&mut self, number: u64, to: Destination, teller: Sender<BecameShown>) {
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push((number, to, teller));
    }

    /// This has become of an entry at `to`. What holds the destination holds the others there too.
    pub(super) fn tell(&mut self, to: &Destination, number: u64, settled: &Settled, title: &str) {
        let is_held = matches!(settled, Settled::Held { .. });
        self.0.retain(|(id, there, teller)| {
            let is_there = match to.receiver_name() {
                Some(_) => there.tracker == to.tracker,
                None => {
                    there.account == to.account
                        && (there.tracker == to.tracker || there.tracker.is_empty())
                }
            };
            let is_told = *id == number || is_held && is_there;
            if is_told {
                let _ = teller.send(became(*id, settled, title)); // who asked may have gone
            }
            !is_told
        });
    }
}

fn became(id: u64, settled: &Settled, title: &str) -> BecameShown {
    let (outcome, _, reason) = settled.in_words(title);
    let until = match settled {
        Settled::Held { until, .. } | Settled::Later { at: until, .. } => Some(until.to_string()),
        Settled::Done { .. }
        | Settled::Parked { .. }
        | Settled::Dropped { .. }
        | Settled::Rehearsed { .. } => None,
    };
    BecameShown { id, outcome: outcome.to_owned(), until, reason }
}
