//! What plays as far as anybody has heard, how is it paused, and what of it may be over?

use super::State;
use super::reel::name_of;
use crate::engine::session::{Phase, Session};
use crate::engine::viewing::Viewing;
use crate::event::{Percent, Time};
use crate::intent::{Intent, Verb};

/// From so many percent on what plays may be over, where nobody says that it plays.
const MOST: f64 = 75.0;

impl State {
    /// Pauses of those sessions of `account` that play no more, or may be over as far as anybody has heard:
    /// most of their time has passed. Each is at the position that was known last.
    pub fn may_be_over(&self, account: &str, sessions: &[String], now: Time) -> Vec<Intent> {
        let stale = self.sessions_of(account).filter(|(_, viewing, one)| {
            let projected = one.projected(viewing.item.runtime_ms, now);
            one.phase != Phase::Playing
                || projected.is_none_or(|projected| projected.value() >= MOST)
        });
        let pauses = stale.map(|one| pause(one, one.2.pulse.anchor, now));
        pauses.filter(|pause| sessions.contains(&pause.session)).collect()
    }

    /// A pause of what plays or is paused on `account`, where it should stand `now`; `None` where no
    /// such session is known any more.
    pub fn pause_of(&self, account: &str, session: &str, now: Time) -> Option<Intent> {
        let open = self.sessions_of(account).filter(|(_, _, one)| one.is_open());
        let mut pauses = open.map(|(number, viewing, one)| {
            let projected = one.projected(viewing.item.runtime_ms, now);
            pause((number, viewing, one), projected.unwrap_or(one.pulse.anchor), now)
        });
        pauses.find(|pause| pause.session == session)
    }

    fn sessions_of(&self, account: &str) -> impl Iterator<Item = (u64, &Viewing, &Session)> {
        let theirs = self.viewings().filter(move |(_, viewing)| viewing.account == account);
        theirs.flat_map(|(number, viewing)| {
            viewing.sessions.iter().map(move |one| (number, viewing, one))
        })
    }
}

/// A pause of a session at this position.
fn pause(
    (number, viewing, one): (u64, &Viewing, &Session),
    position: Percent,
    now: Time,
) -> Intent {
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
        progress: if part.is_some() { Percent::ZERO } else { position },
        at: now,
        began: viewing.began.unwrap_or(one.opened),
        viewing: Some(viewing.key(number)),
    }
}
