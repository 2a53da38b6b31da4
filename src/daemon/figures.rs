//! How things are, in numbers: for metrics and notifications.

use super::counts::Counts;
use super::desk::Desk;
use crate::delivery::{AccountState, Destination};
use crate::event::Time;
use crate::logging;
use crate::store::QueueLength;
use crate::tracker::all;

/// How things are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Each account at each tracker, in the order of the config.
    pub destinations: Vec<DestinationFigures>,
    /// What has happened since the start.
    pub counts: Counts,
    /// How many players play something.
    pub playing: usize,
    /// Why nothing can be stored, if that is so.
    pub storage: Option<String>,
    /// How many lines of the log could not be written.
    pub lost_lines: u64,
}

/// How an account is at a tracker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DestinationFigures {
    /// Which.
    pub destination: Destination,
    /// How it is; `None` while that is not known yet.
    pub state: Option<AccountState>,
    /// How many intents wait.
    pub waiting: u64,
    /// How many are parked.
    pub parked: u64,
    /// Since when the oldest of those waits that could go at once.
    pub stuck_since: Option<Time>,
}

/// All of it.
pub(super) fn figures(desk: &mut Desk, now: Time) -> Result<Figures, String> {
    let queues = desk.store.queues(now).map_err(|error| error.to_string())?;
    let one = |(place, destination): (usize, Destination)| {
        // What waits for whichever tracker is connected first is shown with the first.
        let unclaimed = Destination::new(&destination.account, "");
        let of = |queue: &&QueueLength| {
            queue.destination == destination || (place == 0 && queue.destination == unclaimed)
        };
        let of = || queues.iter().filter(of);
        DestinationFigures {
            state: desk.states.get(&destination).cloned(),
            waiting: of().map(|queue| queue.waiting).sum(),
            parked: of().map(|queue| queue.parked).sum(),
            stuck_since: of().filter_map(|queue| queue.oldest_due).min(),
            destination,
        }
    };
    let settings = desk.live.settings();
    Ok(Figures {
        destinations: (settings.accounts.iter())
            .flat_map(|account| all::destinations(&account.name).enumerate())
            .map(one)
            .collect(),
        counts: desk.activity.counts(),
        playing: desk.state.playing().filter(|(viewing, _)| viewing.play.is_none()).count(),
        storage: desk.disk.trouble().cloned(),
        lost_lines: logging::lost(),
    })
}
