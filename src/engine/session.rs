//! What one player does with one item: a [`Session`].
//!
//! Plain data with the questions that it can answer about itself. What follows from them stands
//! in `rules`.

use super::seat::PlayerKey;
use crate::event::{Action, Library, Percent, Player, Time, User};
use crate::probe::GRACE;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one player does with one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Unique among all sessions, for ever.
    pub id: u64,
    /// On which player, by whom.
    pub seat: PlayerKey,
    /// Its user, library and player as events named them: what a stop lacks is its session's.
    pub user: User,
    /// See `user`.
    pub library: Option<Library>,
    /// See `user`.
    pub player: Player,
    /// The viewing's round to which it belongs.
    pub round: u32,
    /// When it was opened, or freshly started again.
    pub opened: Time,
    /// Its start, where one was seen.
    pub start: Option<Start>,
    /// What the player does.
    pub phase: Phase,
    /// For how long it has been paused since its position was last reported, or else since its
    /// start, without the pause it is in.
    pub paused_for: Duration,
    /// A start that waits to be told.
    pub held_start: Option<HeldStart>,
    /// A pause that waits for a resume.
    pub held_pause: Option<HeldPause>,
    /// Another item has begun on the same player: this one ends unless its own stop comes.
    #[serde(default)]
    pub handover: Option<Handover>,
    /// Its server was asked whether it was watched, when no sign came any more: the question's
    /// number, and until when the answer may come.
    #[serde(default)]
    pub end_asked: Option<(u64, Time)>,
    /// It was taken for stopped since no sign came any more; its stop may still come.
    #[serde(default)]
    pub expired: bool,
    /// Its player fell silent while it played, and its server counted on without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub died: bool,
    /// What was told of it last.
    pub told: Told,
    /// Counts what was told, over all sessions: the largest of an account is its latest.
    pub told_number: u64,
    /// When a seek was last told.
    pub seek_told: Option<Time>,
    /// What every event moves.
    pub pulse: Playhead,
    /// Of a file with several episodes: what of it has been played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stretch: Option<Stretch>,
}

/// Of a file with several episodes: the part of it that was played without a jump.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// Where it began.
    pub from: Percent,
    /// When.
    pub since: Time,
    /// Which episode's start was told and not ended yet, counted from 0.
    #[serde(rename = "told")]
    pub open: Option<u32>,
}

/// A start that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// When.
    pub at: Time,
    /// Where, if the event gave it.
    pub position: Option<Percent>,
    /// Where the same session stood when it ended before, and when that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<(Percent, Time)>,
}

/// What the player does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It plays.
    Playing,
    /// It has been paused since.
    Paused(Time),
    /// It has stopped, or is taken to have.
    Stopped(Time),
}

/// A start that waits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldStart {
    /// Until when.
    pub due: Time,
    /// The position it will name: its own, not that of the moment when it leaves.
    pub position: Percent,
    /// When it happened.
    pub at: Time,
    /// Why it waits.
    pub why: Wake,
}

/// A pause that waits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldPause {
    /// Until when.
    pub due: Time,
    /// Where playback was paused.
    pub position: Percent,
    /// When it was paused.
    pub at: Time,
}

/// The end of a session whose player has gone on to another item.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// Until when its own stop may come.
    pub due: Time,
    /// When the other item began.
    pub at: Time,
    /// Where this one stood then, if that can be told.
    pub position: Option<Percent>,
}

/// Why the engine wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wake {
    /// A start at the beginning waits a moment for a stop (rule 11).
    Opening,
    /// A seek waits until the last one is old enough (rule 7).
    Seek,
    /// A start soon after a stop may be nobody's wish (rule 12).
    Autoplay,
    /// An item whose player has gone on to another one ends (rule 18).
    Succession,
    /// A start waits for the stop of the item before it (rule 18).
    Handover,
    /// A mark waits for others, and for a session of its item (rule 17).
    Mark,
    /// A pause waits for a resume (rule 6).
    Pause,
    /// A session without a sign of life is over (rule 16).
    Expiry,
    /// An event waits for a media server's answer.
    Answer,
}

/// What was told of a session last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Told {
    /// Nothing, or what was told is settled by a play or an end.
    Nothing,
    /// A start.
    Start,
    /// A pause or a stop at this position.
    Pause(Percent),
}

/// The part of a session that every event moves. It alone is no reason to write to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Playhead {
    /// When the session last showed a sign of life.
    pub sign: Time,
    /// Where playback stood at `anchored`: reported, or assumed for a start without a position.
    pub anchor: Percent,
    /// See `anchor`.
    pub anchored: Time,
    /// The last position that an event gave since the last fresh start, and when.
    pub reported: Option<(Percent, Time)>,
    /// The event before this one: what, where in milliseconds, when.
    pub last: Option<(Action, Option<u64>, Time)>,
}

impl Session {
    /// What it has heard in this moment, if anything.
    pub fn heard_at(&self, now: Time) -> Option<Action> {
        self.pulse.last.filter(|(_, _, at)| *at == now).map(|(action, _, _)| action)
    }

    /// Whether what it has heard in this moment gave a position that is believed.
    pub fn is_reported_at(&self, now: Time) -> bool {
        self.pulse.reported.is_some_and(|(_, at)| at == now)
    }

    /// Whether the player has it in hand: playing or paused.
    pub fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Stopped(_))
    }

    /// When it stopped, if it has.
    pub fn stopped(&self) -> Option<Time> {
        match self.phase {
            Phase::Stopped(since) => Some(since),
            Phase::Playing | Phase::Paused(_) => None,
        }
    }

    /// Whether its player stopped it about that time, and said that it stood before four fifths.
    pub fn was_left_at(&self, then: Time) -> bool {
        let is_then = |at: Time| at.since(then).max(then.since(at)) <= GRACE;
        let stood = self.pulse.reported.filter(|(_, at)| is_then(*at));
        let is_short = stood.is_some_and(|(position, _)| position < Percent::whole(80));
        is_short && self.stopped().is_some_and(is_then)
    }

    /// Where playback should stand `now`: the last known position and the time played since,
    /// never past the end. `None` when more than one and a half runtimes have gone by since (a
    /// player left on overnight proves nothing), or without a runtime while it plays.
    pub fn projected(&self, runtime_ms: Option<u64>, now: Time) -> Option<Percent> {
        match self.phase {
            Phase::Paused(_) | Phase::Stopped(_) => Some(self.pulse.anchor),
            Phase::Playing => {
                let runtime = runtime_ms?;
                let gone = now.since(self.pulse.anchored);
                let moved = Percent::of(ms(gone), runtime)?;
                (ms(gone) <= runtime.saturating_add(runtime / 2))
                    .then(|| Percent::clamped(self.pulse.anchor.value() + moved.value()))
            }
        }
    }

    /// For how long it has played since `then`, the pause it is in not counted.
    pub fn played_since(&self, then: Time, now: Time) -> Duration {
        match self.phase {
            Phase::Playing => now.since(then),
            Phase::Paused(since) | Phase::Stopped(since) => since.since(then),
        }
    }

    /// Sets where playback stands.
    pub fn anchor(&mut self, position: Percent, now: Time) {
        (self.pulse.anchor, self.pulse.anchored) = (position, now);
    }

    /// Turns to `phase`, keeping count of the time spent in pauses.
    pub fn turn(&mut self, phase: Phase, now: Time) {
        if let (Phase::Paused(since), Phase::Playing) = (self.phase, phase) {
            let since = self.pulse.reported.map_or(since, |(_, at)| since.max(at));
            self.paused_for = self.paused_for.saturating_add(now.since(since));
        }
        self.phase = phase;
    }

    /// What was left of a runtime at its last sign of life.
    pub fn left(&self, runtime_ms: u64) -> Duration {
        let position = self.projected(Some(runtime_ms), self.pulse.sign).unwrap_or_default();
        remaining(runtime_ms, position)
    }

    /// When a session that shows no sign of life any more is over: its remaining runtime and
    /// half an hour after the last one; six hours where the runtime is not known.
    pub fn expires(&self, runtime_ms: Option<u64>) -> Time {
        let patience = match runtime_ms {
            None => Duration::from_secs(6 * 3600),
            Some(runtime) => self.left(runtime).saturating_add(Duration::from_secs(30 * 60)),
        };
        self.pulse.sign.after(patience)
    }

    /// The next moment at which something happens by itself.
    pub fn deadline(&self, runtime_ms: Option<u64>) -> Option<(Time, Wake)> {
        let start = self.held_start.map(|held| (held.due, held.why));
        let pause = self.held_pause.map(|held| (held.due, Wake::Pause));
        let end = self.handover.map(|handover| (handover.due, Wake::Succession));
        let expires = || self.end_asked.map_or(self.expires(runtime_ms), |(_, until)| until);
        let expiry = self.is_open().then(|| (expires(), Wake::Expiry));
        [start, pause, end, expiry].into_iter().flatten().min()
    }

    /// The parts whose change has to be on disk before anybody is answered.
    pub(super) fn durable(&self) -> impl PartialEq + '_ {
        (
            (self.id, self.round, self.opened, self.start, self.phase, self.end_asked),
            (self.held_start, self.held_pause, self.handover, self.told, self.seek_told),
            (self.stretch, self.expired, self.died),
        )
    }

    pub(super) fn times(&mut self) -> impl Iterator<Item = &mut Time> {
        // All fields by name, so that a new time can't be forgotten.
        let Self {
            opened,
            start,
            phase,
            held_start,
            held_pause,
            handover,
            end_asked,
            seek_told,
            pulse: Playhead { sign, anchor: _, anchored, reported, last },
            stretch,
            id: _,
            seat: _,
            user: _,
            library: _,
            player: _,
            round: _,
            paused_for: _,
            told: _,
            told_number: _,
            expired: _,
            died: _,
        } = self;
        let phase = match phase {
            Phase::Playing => None,
            Phase::Paused(since) | Phase::Stopped(since) => Some(since),
        };
        let held_start = held_start.iter_mut().flat_map(|held| [&mut held.due, &mut held.at]);
        let held_pause = held_pause.iter_mut().flat_map(|held| [&mut held.due, &mut held.at]);
        let handover = handover.iter_mut().flat_map(|end| [&mut end.due, &mut end.at]);
        let start = start.iter_mut().flat_map(|Start { at, position: _, after }| {
            [at].into_iter().chain(after.iter_mut().map(|(_, at)| at))
        });
        [opened, sign, anchored]
            .into_iter()
            .chain(start)
            .chain(phase)
            .chain(held_start)
            .chain(held_pause)
            .chain(handover)
            .chain(seek_told.iter_mut())
            .chain(end_asked.iter_mut().map(|(_, until)| until))
            .chain(reported.iter_mut().map(|(_, at)| at))
            .chain(last.iter_mut().map(|(_, _, at)| at))
            .chain(stretch.iter_mut().map(|stretch| &mut stretch.since))
    }
}

/// What is left of a runtime (in milliseconds) from a position on.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a float turned into an integer saturates; a runtime is far below 2^53 ms"
)]
pub(super) fn remaining(runtime_ms: u64, position: Percent) -> Duration {
    Duration::from_millis((runtime_ms as f64 * (1.0 - position.value() / 100.0)).round() as u64)
}

/// A span in whole milliseconds.
pub(super) fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
