//! How things are, in numbers: for metrics and notifications.

use super::counts::Counts;
use super::desk::Desk;
use crate::delivery::AccountState;
use crate::event::Time;
use crate::logging;

/// How things are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Each account, in the order of the config.
    pub accounts: Vec<Account>,
    /// What has happened since the start.
    pub counts: Counts,
    /// How many players play something.
    pub playing: usize,
    /// Why nothing can be stored, if that is so.
    pub storage: Option<String>,
    /// How many lines of the log could not be written.
    pub lost_lines: u64,
}

/// How an account is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Its name.
    pub name: String,
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
    let account = |name: &String| {
        let queue = queues.iter().find(|queue| queue.account == *name);
        Account {
            name: name.clone(),
            state: desk.accounts.get(name).cloned(),
            waiting: queue.map_or(0, |queue| queue.waiting),
            parked: queue.map_or(0, |queue| queue.parked),
            stuck_since: queue.and_then(|queue| queue.oldest_due),
        }
    };
    let settings = desk.live.settings();
    Ok(Figures {
        accounts: settings.accounts.iter().map(|settings| account(&settings.name)).collect(),
        counts: desk.activity.counts(),
        playing: desk.state.playing().filter(|(viewing, _)| viewing.play.is_none()).count(),
        storage: desk.disk.trouble().cloned(),
        lost_lines: logging::lost(),
    })
}
