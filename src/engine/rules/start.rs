//! Starts, resumes and progress: rules 7, 11, 12 and 18.

use super::super::position;
use super::super::ruling::{Ruling, duplicate, ignored, waiting};
use super::super::seat::PlayerKey;
use super::super::session::{HeldStart, Phase, Playhead, Session, Start, Told, Wake};
use super::{BEGINNING, Turn};
use crate::event::{Action, Event, Percent, Time};
use crate::intent::Verb;
use crate::verdict::Reason;
use std::time::Duration;

/// Rule 11: how long a start at the beginning waits for a stop.
pub(in crate::engine) const FAST_CANCEL: Duration = Duration::from_secs(2);
/// Rule 18: how long a start waits for the stop of the item before it; the end of that one comes
/// a moment earlier.
pub(in crate::engine) const HANDOVER: Duration = Duration::from_millis(10_001);
/// Rule 7: least time between two seeks that are told.
const SEEK_INTERVAL: Duration = Duration::from_secs(15);

impl Turn<'_> {
    // Rule 7.
    pub(super) fn start(&mut self, event: &Event, slot: &mut Option<Session>) -> Ruling {
        let runtime = self.runtime(event);
        let reported = position::reported(event, slot.as_ref(), runtime, self.now);
        let said = reported.map(|at| position::worth(event, at));
        // After a play a start begins anew; what merely goes on does so where it stands.
        let begins = event.action == Action::Start && self.viewing.play.is_some();
        // What has only expired may have been paused for longer than it has patience.
        let resumes = event.action != Action::Start;
        let goes_on =
            |session: &&Session| (session.is_open() && !begins) || (session.expired && resumes);
        let assumed = slot.as_ref().filter(goes_on).map_or(Percent::ZERO, |session| {
            session.projected(runtime, self.now).unwrap_or(session.pulse.anchor)
        });
        let position = reported.unwrap_or(assumed);
        // Jellyfin resumes by a progress that is no longer paused.
        let action = if event.action == Action::Start { Action::Start } else { Action::Resume };

        let anew = self.begins_anew(action, position, slot.as_ref());
        if anew {
            self.viewing.begin_round();
        }
        let joins = anew || (action == Action::Start && position < self.watched_at());
        if let Some(ruling) = self.silence(slot.as_ref().filter(|_| !joins)) {
            self.opened = slot.as_ref().is_none_or(|session| !session.is_open());
            let session = slot.get_or_insert_with(|| self.open(event, position));
            session.play_from(position, said, self.now);
            return ruling;
        }
        let reopens = slot
            .as_ref()
            .is_none_or(|session| !session.is_open() || session.round != self.viewing.round);
        let after = slot.as_ref().filter(|_| action == Action::Start).and_then(|session| {
            let stop = match session.pulse.last {
                Some((Action::Stop { .. }, Some(at), _)) if at > 0 => Percent::of(at, runtime?),
                _ => None,
            };
            Some((stop.unwrap_or(session.pulse.anchor), session.stopped()?))
        });
        let session = slot.get_or_insert_with(|| self.open(event, position));
        if reopens {
            self.reopen(session, position, self.now);
            session.start = Some(Start { at: self.now, position: reported, after });
            session.play_from(position, said, self.now);
            return self.hold_or_tell(session, position);
        }

        let expected = session.projected(runtime, self.now).unwrap_or(session.pulse.anchor);
        let seeks = reported.is_some_and(|at| position::is_seek(expected, at));
        let taken_back = session.held_pause.take().is_some();
        session.play_from(position, said, self.now);
        if self.is_meant(session, position) {
            return self.tell_start(session, position, self.now);
        }
        if seeks && !matches!(session.told, Told::Pause(_)) {
            return self.seek(session, position);
        }
        let is_told = match session.told {
            Told::Nothing => session.held_start.is_some(),
            Told::Start => *self.latest == Some(session.id),
            Told::Pause(_) => false,
        };
        match (is_told, taken_back) {
            (true, true) => duplicate(Reason::PauseTakenBack),
            (true, false) => duplicate(Reason::AlreadyPlaying),
            (false, _) => self.tell_start(session, position, self.now),
        }
    }

    pub(super) fn seek(&mut self, session: &mut Session, position: Percent) -> Ruling {
        let wait = match (session.held_start, session.seek_told) {
            (Some(held), _) => Some((held.due, held.why)),
            (None, Some(told)) if self.now.since(told) < SEEK_INTERVAL => {
                Some((told.after(SEEK_INTERVAL), Wake::Seek))
            }
            (None, _) => None,
        };
        let Some((due, why)) = wait else {
            session.seek_told = Some(self.now);
            return self.tell_start(session, position, self.now);
        };
        session.held_start = Some(HeldStart { due, position, at: self.now, why });
        waiting(Verb::Start, Reason::SeekWaits)
    }

    // Rule 7: progress opens a session whose start was missed, and else tells nothing.
    pub(super) fn progress(&mut self, event: &Event, slot: &mut Option<Session>) -> Ruling {
        let runtime = self.runtime(event);
        let reported = position::reported(event, slot.as_ref(), runtime, self.now);
        let Some(position) = reported else { return self.nowhere(event) };
        let said = position::worth(event, position);
        let anew = self.begins_anew(event.action, position, slot.as_ref());
        if anew {
            self.viewing.begin_round();
        }
        let silent = self.silence(slot.as_ref().filter(|_| !anew));
        let reopens = anew || slot.as_ref().is_none_or(|session| !session.is_open());
        let session = slot.get_or_insert_with(|| self.open(event, position));
        if let Some(ruling) = silent {
            self.opened = reopens;
            session.play_from(position, Some(said), self.now);
            return ruling;
        }
        if reopens {
            self.reopen(session, position, self.began_before(position));
        }
        session.note(said, self.now);
        if reopens {
            return self.hold_or_tell(session, position);
        }
        if self.is_meant(session, position) {
            return self.tell_start(session, position, self.now);
        }
        ignored(Reason::Progress { position })
    }

    // Rules 7, 11, 12 and 18: what a start waits for before it is told.
    pub(super) fn hold_or_tell(&mut self, session: &mut Session, position: Percent) -> Ruling {
        let at = self.now;
        let mut hold = |due, why, reason| {
            session.held_start = Some(HeldStart { due, position, at, why });
            waiting(Verb::Start, reason)
        };
        if self.player.is_busy {
            return hold(at.after(HANDOVER), Wake::Handover, Reason::HandoverWaits);
        }
        if let Some(due) = self.guarded_until(position) {
            let seconds = due.since(at).as_secs();
            return hold(due, Wake::Autoplay, Reason::AutoplayWaits { seconds });
        }
        if position <= BEGINNING {
            return hold(at.after(FAST_CANCEL), Wake::Opening, Reason::StartWaits);
        }
        self.tell_start(session, position, at)
    }

    /// Rule 12: until when a start at `position` may be nobody's wish.
    pub(super) fn guarded_until(&self, position: Percent) -> Option<Time> {
        let until = self.player.stopped?.after(self.numbers.autoplay_guard);
        (until > self.now && !self.passes_guard(position)).then_some(until)
    }

    fn passes_guard(&self, position: Percent) -> bool {
        let least = self.numbers.autoplay_guard_min_progress;
        least > Percent::ZERO && position >= least
    }

    /// Whether playback has come so far that a start held for autoplay is meant.
    fn is_meant(&self, session: &Session, position: Percent) -> bool {
        session.held_start.is_some_and(|held| held.why == Wake::Autoplay)
            && self.passes_guard(position)
    }

    pub(super) fn tell_start(
        &mut self,
        session: &mut Session,
        position: Percent,
        at: Time,
    ) -> Ruling {
        let limit = self.of_the_last(self.numbers.suppress_start_at);
        if position >= limit {
            return ignored(Reason::NearTheEnd { limit: limit.value() });
        }
        session.held_start = None;
        session.told = Told::Start;
        self.tell(session, Verb::Start, position, at)
    }

    /// A session that begins with this event, its start not seen.
    pub(super) fn open(&mut self, event: &Event, position: Percent) -> Session {
        let id = self.next_number();
        Session {
            id,
            seat: PlayerKey::of(event),
            user: event.user.clone(),
            library: event.library.clone(),
            player: event.player.clone(),
            round: self.viewing.round,
            opened: self.began_before(position),
            start: None,
            phase: Phase::Playing,
            paused_for: Duration::ZERO,
            held_start: None,
            held_pause: None,
            handover: None,
            end_asked: None,
            expired: false,
            died: false,
            told: Told::Nothing,
            told_number: 0,
            seek_told: None,
            pulse: Playhead {
                sign: self.now,
                anchor: position,
                anchored: self.now,
                reported: None,
                last: None,
            },
            stretch: None,
        }
    }

    pub(super) fn reopen(&mut self, session: &mut Session, position: Percent, began: Time) {
        self.opened = true;
        if self.viewing.began.is_none() || (position <= BEGINNING && self.viewing.has_stopped()) {
            self.viewing.began = Some(began);
        }
        session.round = self.viewing.round;
        session.opened = began;
        session.start = None;
        session.phase = Phase::Playing;
        (session.expired, session.died) = (false, false);
        session.paused_for = Duration::ZERO;
        session.let_go();
        (session.told, session.seek_told) = (Told::Nothing, None);
        session.pulse.reported = None;
    }
}
