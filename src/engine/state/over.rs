//! What plays as far as anybody has heard, and may be over?

use super::State;
use super::reel::name_of;
use crate::engine::session::Phase;
use crate::event::{Percent, Time};
use crate::intent::{Intent, Verb};

/// From so many percent on what plays may be over, where nobody says that it plays.
const MOST: f64 = 75.0;

impl State {
    /// Pauses of what else is playing on `account`, as far as anybody has heard, and may be over: most of
    /// its time has passed. Each is at the position that was known last.
    pub fn may_be_over(&self, account: &str, session: &str, now: Time) -> Vec<Intent> {
        let others = self.viewings.iter().flat_map(|(&number, viewing)| {
            let playing = viewing.sessions.iter().filter(|one| one.phase == Phase::Playing);
            playing.map(move |one| (number, &**viewing, one))
        });
        let theirs = others.filter(|(_, viewing, _)| viewing.account == account);
        let stale = theirs.filter(|(_, viewing, one)| {
            let projected = one.projected(viewing.item.runtime_ms, now);
            projected.is_none_or(|projected| projected.value() >= MOST)
        });
        let pauses = stale.map(|(number, viewing, one)| {
            let part = one.stretch.and_then(|stretch| stretch.open);
            let (session, item) = match part {
                Some(part) => (name_of(one.id, part), viewing.item.episode(part)),
                None => (one.id.to_string(), viewing.item.clone()),
            };
            Intent {
                account: viewing.account.clone(),
                verb: Verb::Pause,
                item,
                session,
                progress: if part.is_some() { Percent::ZERO } else { one.pulse.anchor },
                at: now,
                began: viewing.began.unwrap_or(one.opened),
                viewing: Some(viewing.key(number)),
            }
        });
        pauses.filter(|pause| pause.session != session).collect()
    }
}
