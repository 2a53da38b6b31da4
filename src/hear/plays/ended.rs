//! May what has stopped have been played to its end since its player was heard last?
//!
//! Who asks every ten seconds has not heard a player's last word. The server has, and keeps what follows from
//! it; unless it was the server that ended a playback whose player was gone, by a position that it has made up.

use super::kept::NEARLY_SILENT;
use super::{Play, Plays};
use crate::event::{Action, Event};
use std::time::Duration;

impl Plays {
    /// Whether the server is to be asked: it was past four fifths, since nobody skips more than that, and its
    /// player was heard so lately that the server can't have ended it by itself. What was open when this
    /// process began, and was not seen since, may have been ended long ago.
    pub(in crate::hear) fn may_be_played(&self, stop: &Event, steady: Duration) -> bool {
        let is_stop = stop.action == Action::Stop { completed: false } && !stop.is_guess;
        let runtime_ms = stop.item.runtime_ms.filter(|ms| *ms > 0);
        let is_late = runtime_ms.zip(stop.position_ms).is_some_and(|(all, at)| at >= all / 5 * 4);
        let play = self.known.iter().find(|play| play.is_of(stop)).filter(|_| is_stop && is_late);
        play.is_some_and(|play| {
            let unheard = play.quiet + steady.saturating_sub(play.came);
            !play.session.is_empty() && unheard < NEARLY_SILENT
        })
    }
}

impl Play {
    fn is_of(&self, event: &Event) -> bool {
        (&self.who, &self.player) == (&event.user, &event.player) && self.item.key == event.item.key
    }
}
