//! Where would Emby let somebody go on?
//!
//! It writes that only when a player reports. So what moves it is a player, and where it stands still
//! the player is gone.

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

    /// For how long it had stood still when it was last asked, where it is known to move.
    pub(super) fn still(&self) -> Option<Duration> {
        self.moves.then(|| self.seen.saturating_sub(self.since))
    }
}
