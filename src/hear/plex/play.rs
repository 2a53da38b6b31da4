//! One playback: what has been reported of it, and what has been told.

use crate::event::{Action, Event};
use std::time::Duration;

/// A report that is so far from where the time would have brought it is a jump.
const JUMP_MS: u64 = 5_000;

/// What a player reports, wherever it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) position_ms: Option<u64>,
    pub(super) is_paused: bool,
    /// In steady time.
    pub(super) at: Duration,
}

/// A playback whose user and item are known.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// That it began; what is told is made from it.
    event: Event,
    /// From where on the server takes it for played, in milliseconds.
    played_ms: Option<u64>,
    /// Whether the rest of it has been asked.
    is_whole: bool,
    /// That it is played has been told.
    is_played: bool,
    /// What was told last.
    stage: Stage,
    position_ms: u64,
    is_paused: bool,
    /// When it was heard of last.
    heard: Duration,
    /// When something changed last.
    moved: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing yet: it was paused when it was found.
    Silent,
    /// It is told of.
    Open,
    /// Told as over, since it moved no more. It may come back.
    Stalled,
}

impl Known {
    /// Something that plays; nothing is told yet.
    pub(super) fn new(event: Event, played_ms: Option<u64>, report: Report) -> Self {
        Self {
            event,
            played_ms,
            is_whole: true,
            is_played: false,
            stage: Stage::Silent,
            position_ms: report.position_ms.unwrap_or(0),
            is_paused: report.is_paused,
            heard: report.at,
            moved: report.at,
        }
    }

    /// Something that was told of before this process began.
    pub(super) fn told(event: Event, report: Report) -> Self {
        Self { stage: Stage::Open, is_whole: false, ..Self::new(event, None, report) }
    }

    /// As what its beginning is told. Who comes back to the second half goes on: after a restart of the
    /// server, that would else be another viewing of what was just watched.
    pub(super) fn beginning(&self) -> Action {
        let half = self.event.item.runtime_ms.map(|ms| ms / 2);
        let is_late = half.is_some_and(|half| self.position_ms >= half);
        if is_late { Action::Resume } else { Action::Start }
    }

    /// It is found: what is told where it plays. One that began before it could be seen goes on.
    pub(super) fn open(&mut self, action: Action) -> Vec<Event> {
        if self.is_paused {
            return Vec::new();
        }
        self.stage = Stage::Open;
        let mut told = vec![self.say(action)];
        told.extend(self.played());
        told
    }

    /// Where it stands beyond the mark when it is found, that is not told as of now.
    pub(super) fn leave_to_history(&mut self, found: Report) {
        self.is_played = self.played_ms.zip(found.position_ms).is_some_and(|(from, at)| at >= from);
    }

    /// Whether that is who watches. Webhooks may name the owner otherwise than sessions do.
    pub(super) fn is_watched_by(&self, event: &Event) -> bool {
        let (one, other) = (&self.event.user, &event.user);
        let is_same =
            |one: &str, other: &str| !one.is_empty() && one.to_lowercase() == other.to_lowercase();
        if !one.uuid.is_empty() && !other.uuid.is_empty() {
            return is_same(&one.uuid, &other.uuid);
        }
        is_same(&one.name, &other.name) || is_same(&one.id, &other.id)
    }

    /// Whether nothing of it is to be asked any more.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// It is found where a report has it, and that was found of it beside. What was told of before this
    /// process began is left to the server's history, where that is read.
    pub(super) fn learn(&mut self, played_ms: Option<u64>, found: Report, has_history: bool) {
        self.played_ms = self.played_ms.or(played_ms);
        let is_taken_over = !std::mem::replace(&mut self.is_whole, true);
        if has_history && is_taken_over {
            self.leave_to_history(found);
        }
    }

    pub(super) fn is_at(&self, position_ms: u64, is_paused: bool) -> bool {
        (self.position_ms, self.is_paused) == (position_ms, is_paused)
    }

    /// Whether it claims to play, and is told of.
    pub(super) fn plays(&self) -> bool {
        !self.is_paused && self.stage == Stage::Open
    }

    pub(super) fn silent_for(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard)
    }

    /// How long it has not moved while it claims to play.
    pub(super) fn stuck_for(&self, now: Duration) -> Duration {
        if self.plays() { now.saturating_sub(self.moved) } else { Duration::ZERO }
    }

    /// It is there, and that is all.
    pub(super) fn breathe(&mut self, now: Duration) {
        self.heard = now;
    }

    /// The player reports something: what is to be told of it.
    pub(super) fn report(&mut self, report: Report) -> Vec<Event> {
        let position_ms = report.position_ms.unwrap_or(self.position_ms);
        let has_moved = !self.is_at(position_ms, report.is_paused);
        let since = report.at.saturating_sub(self.moved);
        let played_ms = if self.is_paused { 0 } else { ms(since) };
        let expected = self.position_ms.saturating_add(played_ms);
        let was_paused = std::mem::replace(&mut self.is_paused, report.is_paused);
        let has_stayed = position_ms == self.position_ms;
        self.position_ms = position_ms;
        self.heard = report.at;
        if !has_moved {
            return Vec::new();
        }
        self.moved = report.at;
        let has_jumped = position_ms.abs_diff(expected) > JUMP_MS;
        let action = match (self.stage, report.is_paused) {
            (Stage::Silent | Stage::Stalled, true) => return Vec::new(),
            (Stage::Silent | Stage::Stalled, false) => Action::Resume,
            (Stage::Open, true) if !was_paused => Action::Pause,
            (Stage::Open, true) => Action::Progress { paused: Some(true) },
            // A jump is told as Plex' webhooks tell it.
            (Stage::Open, false) if was_paused || has_jumped => Action::Resume,
            (Stage::Open, false) if has_stayed => return Vec::new(),
            (Stage::Open, false) => Action::Progress { paused: Some(false) },
        };
        self.stage = Stage::Open;
        let mut told = vec![self.say(action)];
        if !report.is_paused {
            told.extend(self.played());
        }
        told
    }

    /// It has ended, where the player says so, or else where it was last.
    pub(super) fn end(mut self, position_ms: Option<u64>) -> Vec<Event> {
        if self.stage != Stage::Open {
            return Vec::new();
        }
        self.position_ms = position_ms.unwrap_or(self.position_ms);
        let played = self.played();
        played.into_iter().chain([self.say(Action::Stop { completed: false })]).collect()
    }

    /// It moves no more, so it has ended where it was; it may come back.
    pub(super) fn stall(&mut self) -> Event {
        self.stage = Stage::Stalled;
        self.say(Action::Stop { completed: false })
    }

    /// That the server takes it for played, if it does now for the first time.
    fn played(&mut self) -> Option<Event> {
        let is_due = self.played_ms.is_some_and(|from| self.position_ms >= from);
        let is_new = is_due && !std::mem::replace(&mut self.is_played, is_due);
        is_new.then(|| self.say(Action::Completed))
    }

    fn say(&self, action: Action) -> Event {
        Event { action, position_ms: Some(self.position_ms), ..self.event.clone() }
    }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
