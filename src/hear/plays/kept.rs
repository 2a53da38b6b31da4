//! Where would Emby let somebody go on?
//!
//! It writes that only when a player reports. So what moves it is a player, and where it stands still
//! the player is gone.

use std::time::Duration;

/// A player that has reported nothing for so long is gone.
pub(super) const SILENT: Duration = Duration::from_secs(5 * 60);
/// What vanishes when its player had reported nothing for so long, or nearly, was ended by its server.
pub(super) const NEARLY_SILENT: Duration = Duration::from_secs(4 * 60);

/// Where Emby would let a person go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// In milliseconds.
    pub(super) at: u64,
    /// Since when it is the same, in steady time.
    pub(super) since: Duration,
    /// For how long it was the same before that, as far as that follows from what was listed.
    pub(super) before: Duration,
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
            Some(_) => Self { moves: at > 0, ..Self::first(at, steady) },
            None => Self::first(at, steady),
        }
    }

    fn first(at: u64, steady: Duration) -> Self {
        Self { at, since: steady, before: Duration::ZERO, seen: steady, moves: false }
    }

    /// It stood still for a reason until now.
    pub(super) fn is_new_since(&mut self, steady: Duration) {
        (self.since, self.before) = (steady, Duration::ZERO);
    }

    /// The same, of a play that an earlier start heard up to `told`, and that is listed as playing at
    /// `listed`. What is kept near `told` was moved by that play; and the player is silent for as long as the
    /// server has counted on from there. So far from it it may also have been moved in this moment, so that
    /// the next look decides whether the player is gone.
    pub(super) fn taken_over(self, told: Option<u64>, listed: Option<u64>) -> Self {
        let Some((told, listed)) = told.zip(listed).filter(|_| self.at > 0) else { return self };
        let before = Duration::from_millis(listed.saturating_sub(self.at)).min(NEARLY_SILENT);
        let moves = Duration::from_millis(self.at) + SILENT >= Duration::from_millis(told);
        Self { before, moves, ..self }
    }

    /// For how long it had stood still when it was last asked, where it is known to move.
    pub(super) fn still(&self) -> Option<Duration> {
        self.moves.then(|| self.before + self.seen.saturating_sub(self.since))
    }
}
