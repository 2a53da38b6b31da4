//! What does an event mean?
//!
//! The engine turns what media servers say into what shall be told to a tracker. All playback
//! rules (docs/rules.md) live here and nowhere else. It is pure: no I/O, no threads, no clock;
//! time is a parameter.
//!
//! The contract has three steps:
//!
//! 1. [`State::draft`] opens a draft on what is remembered;
//! 2. [`Draft::handle`] takes one [`Input`] after the other and answers each with a
//!    [`Decision`]; what has to be remembered for it is among [`Draft::changes`];
//! 3. once changes and intents are safely stored, [`Draft::keep`] makes the draft the state. A
//!    draft that is dropped instead leaves no trace, as if nothing had been said.
//!
//! Not here: who may speak (`front`), whether it is wanted (`filter`), how Trakt says it
//! (`trakt`), what time it is (`clock`).
//!
//! A session, as the rules see it (a play silences the whole item until a new viewing begins):
//!
//! ```text
//!              start ≤ 5 %            2 s                      pause        debounce
//!  (nothing) ─────────────▶ Opening ───────▶ Playing ───────────────▶ Held ──────────▶ Paused
//!      │                        │             ▲  │  ▲                   │                │
//!      │ start > 5 %, progress  │ stop: both  │  │  └──────resume───────┘                │
//!      └────────────────────────┼─────────────┘  │  └──────────────resume────────────────┘
//!                               ▼                ▼
//!                            Stopped ◀── stop: left, abandoned or a play; expiry
//! ```

mod flood;
mod position;
mod rules;
mod ruling;
mod seat;
mod session;
mod state;
#[cfg(test)]
mod tests;
mod viewing;

pub use flood::Floods;
pub use session::{Phase, Session, Wake};
pub use state::{Changes, Draft, HeldEvent, KeptCount, Seen, State};
pub use viewing::Viewing;

use crate::event::{Event, Ids, Source, Time};
use crate::intent::Intent;
use crate::probe::{Probe, ProbeAnswer};
use crate::verdict::{Bulk, Reason, Verdict};

/// What can happen to the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A media server said something.
    Event(Box<Event>),
    /// A play was found in a media server's history.
    Played(Box<FoundPlay>),
    /// What a media server shows as playing, after nobody has listened for a while: what is open
    /// here and not among it has ended.
    Listed(Box<Listing>),
    /// A media server has answered a [`Probe`], or can't.
    Answer {
        /// The probe's number.
        number: u64,
        /// What was found.
        found: ProbeAnswer,
    },
    /// Something was learned of an item from a tracker's answer.
    Delivered(Learned),
    /// Time has passed: whatever is due by now happens.
    Tick,
    /// The wall clock was set, by so many milliseconds. Times before `since`, when this process
    /// started, and after `until`, the time shown just before, are of an earlier start and stay.
    ClockMoved {
        /// How far, in milliseconds.
        by_ms: i64,
        /// The first time that moves.
        since: Time,
        /// The last time that moves.
        until: Time,
    },
}

/// A play that was found in a media server's history.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundPlay {
    /// The play: its action is [`Action::Played`](crate::event::Action::Played).
    pub event: Event,
    /// When its item was played or marked by whom, as far as that is stored: accounts and times.
    pub told: Vec<(String, Time)>,
    /// Why it is held until a person says so, if it is.
    pub bulk: Option<Bulk>,
}

/// What a media server shows as playing.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Its kind.
    pub source: Source,
    /// Its own id.
    pub server: String,
    /// The keys of what plays there, on whatever player.
    pub playing: Vec<String>,
    /// What was heard since then may have begun after the list was made.
    pub before: Time,
}

/// Facts of an item that a tracker knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// The account under which it was asked.
    pub account: String,
    /// The session in whose name it was asked, as in [`Intent::session`].
    pub session: String,
    /// External ids of the item itself.
    pub ids: Ids,
    /// Its runtime in milliseconds.
    pub runtime_ms: Option<u64>,
}

/// Whether the filters let an event through, whatever the rules make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// They do, and it is of these accounts; those that rehearse are left out.
    Admitted(Vec<String>),
    /// They don't, or nobody will say whether they do.
    Refused,
    /// It waits for the answer to the question of this number.
    Asked(u64),
}

/// What follows from an input.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a decision that is not stored is a lost play"]
pub struct Decision {
    /// What became of it, for each account concerned.
    pub verdicts: Vec<Verdict>,
    /// What was due by now and has happened, each with what its item is called.
    pub due: Vec<(String, Verdict)>,
    /// Whether the filters let through the event that was handed in (no number), and events that waited for the
    /// answer to a question (its number).
    pub admissions: Vec<(Option<u64>, Admission)>,
    /// What shall be told.
    pub intents: Vec<Intent>,
    /// What shall be told only when a person asks for it, and why.
    pub parked: Vec<(Intent, Reason)>,
    /// What a media server should be asked; the answer comes back as an input.
    pub ask: Vec<Probe>,
    /// When to hand in a [`Input::Tick`] next, and why.
    pub wake: Option<(Time, Wake)>,
}
