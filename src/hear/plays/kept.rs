//! Where would Emby let somebody go on?
//!
//! It writes that only when a player reports. So what moves it is a player, and where it stands still
//! the player is gone.

use super::{NEARLY_SILENT, SILENT, ms};
use std::time::Duration;

/// Where Emby would let a person go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// In milliseconds.
    pub(super) at: u64,
    /// Since when it is the same, in steady time.
    pub(super) since: Duration,
    /// When it last said so, in steady time: nobody knows where it would by now.
    pub(super) seen: Duration,
    /// Whether it has moved in this play, so that this server is known to move it.
    pub(super) moves: bool,
}

impl Kept {
    /// It is this by now, after it was that.
    pub(super) fn after(before: Option<Self>, at: u64, steady: Duration) -> Self {
        match before {
            Some(kept) if kept.at == at => Self { seen: steady, ..kept },
            // At 0 it says nothing: hardly begun, or played to the end.
            Some(_) => Self { at, since: steady, seen: steady, moves: at > 0 },
            None => Self { at, since: steady, seen: steady, moves: false },
        }
    }

    /// The same, of a play that an earlier start heard up to `told`, and that is listed as playing at
    /// `listed`. What is kept near `told` was moved by that play; and the player is silent for as long as the
    /// server has counted on from there. So far from it it may also have been moved in this moment, so that
    /// the next look decides whether the player is gone.
    pub(super) fn taken_over(self, told: Option<u64>, listed: Option<u64>) -> Self {
        let Some((told, listed)) = told.zip(listed).filter(|_| self.at > 0) else { return self };
        let counted = Duration::from_millis(listed.saturating_sub(self.at)).min(NEARLY_SILENT);
        let moves = self.moves || self.at.saturating_add(ms(SILENT)) >= told;
        Self { moves, since: self.since.saturating_sub(counted), ..self }
    }

    /// For how long it had stood still when it was last asked, where it is known to move.
    pub(super) fn still(&self) -> Option<Duration> {
        self.moves.then(|| self.seen.saturating_sub(self.since))
    }
}
