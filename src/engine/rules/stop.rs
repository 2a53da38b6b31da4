//! Pauses, stops and completions: rules 4 to 6.

use super::super::position::{self, Completion, Position};
use super::super::ruling::{Ruling, duplicate, ignored, waiting};
use super::super::session::{HeldPause, Phase, Session, Told, Wake};
use super::{HARDLY_BEGUN, SAME_PLACE, Turn};
use crate::event::{Action, Event, Percent, Time};
use crate::intent::Verb;
use crate::verdict::Reason;
use std::time::Duration;

/// Rule 5: progress this soon after a stop is late.
pub(super) const LATE: Duration = Duration::from_secs(60);

impl Turn<'_> {
    // Rule 6.
    pub(super) fn pause(&mut self, event: &Event, slot: &mut Option<Session>) -> Ruling {
        let runtime = self.runtime(event);
        let position = self.pause_or_stop_position(event, slot.as_ref());
        self.opened |= slot.is_none();
        if let Some(session) = slot.as_mut().filter(|session| !session.is_open()) {
            if session.has_just_stopped(self.now) {
                return duplicate(Reason::LateProgress);
            }
            let stands = position.known().unwrap_or_default();
            self.reopen(session, stands, self.began_before(stands));
        }
        let Some(at) = position.known() else {
            if let Some(session) = slot {
                session.anchor(session.projected(runtime, self.now).unwrap_or_default(), self.now);
                session.turn(Phase::Paused(self.now), self.now);
            }
            return self.nowhere(event);
        };
        let silent = self.silence(slot.as_ref());
        let session = slot.get_or_insert_with(|| self.open(event, at));
        // One further on shows that it has played since, and only the resume was lost.
        let already = matches!(session.phase, Phase::Paused(_))
            && at.value() <= session.pulse.anchor.value() + SAME_PLACE;
        session.note(position, self.now);
        if already {
            return silent.unwrap_or_else(|| duplicate(Reason::AlreadyPaused));
        }
        session.turn(Phase::Paused(self.now), self.now);
        if let Some(ruling) = silent {
            return ruling;
        }
        let plays = at >= self.of_the_last(self.numbers.force_stop_at);
        if !plays && self.is_superseded(session) {
            return ignored(Reason::OtherPlayer);
        }
        if at < HARDLY_BEGUN && session.told == Told::Nothing && session.held_start.is_none() {
            return ignored(Reason::HardlyBegun);
        }
        let wait = self.numbers.pause_debounce;
        let held = HeldPause { due: self.now.after(wait), position: at, at: self.now };
        if wait.is_zero() {
            return self.release_pause(session, held);
        }
        session.held_pause = Some(held);
        let action = match at {
            _ if plays => Verb::Finish,
            at if at < HARDLY_BEGUN => Verb::Abandoned,
            _ => Verb::Pause,
        };
        waiting(action, Reason::PauseWaits { seconds: wait.as_secs() })
    }

    pub(super) fn release_pause(&mut self, session: &mut Session, held: HeldPause) -> Ruling {
        let hardly_begun = held.position < HARDLY_BEGUN;
        match session.held_start {
            Some(start) if start.why == Wake::Opening && hardly_begun => session.held_start = None,
            // A pause does not cancel the start that it follows.
            Some(start) if start.why == Wake::Opening => {
                self.tell_start(session, start.position, start.at);
            }
            Some(start) if matches!(start.why, Wake::Autoplay | Wake::Handover) => {
                let due = start.due.after(Duration::from_millis(1));
                session.held_pause = Some(HeldPause { due, ..held });
                let seconds = due.since(self.now).as_secs();
                return waiting(Verb::Pause, Reason::PauseWaits { seconds });
            }
            // After a seek it says it all.
            Some(_) | None => session.held_start = None,
        }
        if held.position >= self.of_the_last(self.numbers.force_stop_at) {
            return self.finish(session, held.position, held.at);
        }
        if hardly_begun {
            // It would show as playing for the rest of its runtime; the resume shows it again.
            if std::mem::replace(&mut session.told, Told::Nothing) == Told::Nothing {
                return ignored(Reason::HardlyBegun);
            }
            return self.tell(session, Verb::Abandoned, held.position, held.at);
        }
        session.told = Told::Pause(held.position);
        self.tell(session, Verb::Pause, held.position, held.at)
    }

    // Rules 4 and 5.
    pub(super) fn stop(
        &mut self,
        event: &Event,
        completed: bool,
        slot: &mut Option<Session>,
    ) -> Ruling {
        let runtime = self.runtime(event);
        let watched_at = self.watched_at();
        let stops = matches!(event.action, Action::Stop { .. });
        // Rule 21: nobody stopped it, its player is gone.
        let is_dead = stops
            && slot
                .as_ref()
                .is_some_and(|session| position::is_of_no_player(event, session, self.now));
        let is_anothers = slot.as_ref().filter(|_| stops).is_some_and(|session| {
            let another = self.player.ended;
            position::is_the_end_before(event, session, runtime, watched_at, another, self.now)
        });
        let completion = if completed && !is_anothers {
            position::completion(event, slot.as_ref(), runtime, self.now)
        } else {
            Completion::MereStop
        };
        let reported = position::reported(event, slot.as_ref(), runtime, self.now);
        let position = match completion {
            Completion::Groundless => Position::Unknown,
            Completion::MereStop if is_anothers => slot
                .as_ref()
                .and_then(|session| session.projected(runtime, self.now))
                .map_or(Position::Unknown, Position::Projected),
            Completion::MereStop => self.pause_or_stop_position(event, slot.as_ref()),
            Completion::Believed => {
                let last = slot.as_ref().and_then(|session| session.pulse.reported);
                let highest = [reported, last.map(|(position, _)| position)]
                    .into_iter()
                    .flatten()
                    .fold(watched_at, Percent::max);
                Position::Projected(highest)
            }
        };
        let believed = completion == Completion::Believed;
        if believed && self.viewing.play.is_some() && self.is_long_silent() {
            self.viewing.begin_round(); // its start was missed
            slot.take();
        }
        let was_open = slot.as_ref().map(Session::is_open);
        // Rule 16 took it for stopped; this is its true end.
        let ends_late = matches!(position, Position::Reported(_))
            && slot.as_ref().is_some_and(|session| session.expired && !self.is_overtaken(session));
        let silent = self.silence(slot.as_ref());
        let ended = slot.as_ref().map(|session| match session.phase {
            // It is told while something plays: then the resume was lost, or the pause came late.
            Phase::Paused(since) if !stops && self.now.since(since) >= LATE => self.now,
            Phase::Playing | Phase::Paused(_) | Phase::Stopped(_) => {
                session.ended(position, runtime, self.now)
            }
        });
        let unmeant = slot.as_ref().and_then(|session| session.held_start).map(|held| held.why);
        if let Some(session) = slot.as_mut().filter(|_| stops) {
            session.end(position, self.now);
            session.died = is_dead;
        }
        if let Some(ruling) = silent {
            return ruling;
        }
        let Some(at) = position.known() else {
            return match completion {
                Completion::Groundless => ignored(Reason::GroundlessCompletion),
                Completion::MereStop | Completion::Believed => self.nowhere(event),
            };
        };
        let plays = believed || at >= watched_at;
        if was_open == Some(false) && !plays && !ends_late {
            return duplicate(Reason::AlreadyStopped);
        }
        let session = slot.get_or_insert_with(|| self.open(event, at));
        if stops {
            session.end(position, self.now);
            session.died = is_dead;
        }
        if plays {
            return self.finish(session, at, ended.unwrap_or(self.now));
        }
        match unmeant {
            Some(Wake::Opening) => return ignored(Reason::Skimmed),
            Some(Wake::Autoplay) => return ignored(Reason::Autoplayed),
            Some(_) | None => {}
        }
        if self.is_superseded(session) && !self.stands_open(session) {
            return ignored(Reason::OtherPlayer);
        }
        self.leave(session, at, self.now)
    }

    pub(super) fn leave(&mut self, session: &mut Session, at: Percent, when: Time) -> Ruling {
        let hardly_begun = at < HARDLY_BEGUN;
        let leaves_nothing = hardly_begun || self.is_assumed(session);
        match session.told {
            Told::Nothing if hardly_begun => ignored(Reason::HardlyBegun),
            Told::Nothing if leaves_nothing => ignored(Reason::NoPosition),
            Told::Start | Told::Pause(_) if leaves_nothing => {
                session.told = Told::Nothing;
                self.tell(session, Verb::Abandoned, at, when)
            }
            Told::Pause(stands) if (stands.value() - at.value()).abs() <= SAME_PLACE => {
                duplicate(Reason::PauseStands)
            }
            Told::Nothing | Told::Start | Told::Pause(_) => {
                session.told = Told::Pause(at);
                self.tell(session, Verb::Left, at, when)
            }
        }
    }

    /// Rule 3: whether only a start without a position says that the item is watched once more.
    fn is_assumed(&self, session: &Session) -> bool {
        self.viewing.round > 0
            && session.start.is_some_and(|start| start.position.is_none())
            && session.pulse.reported.is_none()
    }

    pub(super) fn pause_or_stop_position(
        &self,
        event: &Event,
        session: Option<&Session>,
    ) -> Position {
        let tolerance = self.numbers.regress_tolerance_percent;
        position::of_pause_or_stop(event, session, self.runtime(event), tolerance, self.now)
    }
}

impl Session {
    /// Whether it has stopped so short a time ago that what comes may be late. One that has only
    /// expired was stopped by nobody.
    pub(in crate::engine) fn has_just_stopped(&self, now: Time) -> bool {
        !self.expired && self.stopped().is_some_and(|since| now.since(since) < LATE)
    }
}
