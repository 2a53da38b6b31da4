//! Once: rule 10. After a play an item is silent until a new viewing of it begins.

use super::super::position::{self, Position};
use super::super::ruling::{Ruling, ignored};
use super::super::session::{Phase, Session, Told, remaining};
use super::{BEGINNING, SAME_PLACE, Turn};
use crate::event::{Action, Ago, Event, Percent, Time};
use crate::intent::Verb;
use crate::verdict::{Outcome, Reason};
use std::time::Duration;

/// Rule 10: with the session stopped, playing from the first half again this long after the play
/// is a new viewing.
const SECOND_THOUGHTS: Duration = Duration::from_secs(3 * 60);
/// Rule 10: an item not heard of for this long is played anew.
pub(in crate::engine) const LONG_SILENCE: Duration = Duration::from_secs(24 * 3600);

impl Turn<'_> {
    /// It was watched: a play, after which the item has no more to tell.
    pub(super) fn finish(&mut self, session: &mut Session, position: Percent, at: Time) -> Ruling {
        let stands_open = session.told == Told::Start;
        let ruling = self.tell(session, Verb::Finish, position, at);
        if ruling.outcome == Outcome::Waiting {
            self.end_starts(None, |session| session.began_after(at));
            if stands_open {
                self.tell(session, Verb::Abandoned, position, self.now);
            }
        }
        // A completion without a position says at least this much of where it stands, also where
        // its start was lost and an earlier stop was not.
        let projected = session.projected(self.viewing.item.runtime_ms, self.now);
        session.anchor(projected.map_or(position, |at| at.max(position)), self.now);
        self.viewing.play = Some(at);
        session.settle();
        self.silence_all_but(|session| session.began_after(at));
        ruling
    }

    /// Ends the starts that a play does not end at a tracker, since it is parked or is told without their
    /// sessions: all but that of one session, and of what is of the next viewing. Nothing is kept of
    /// where they stood, because what was played counts as watched.
    pub(super) fn end_starts(&mut self, but: Option<u64>, is_next: impl Fn(&Session) -> bool) {
        if self.viewing.item.episodes() > 1 {
            return; // what was told of it was told of its episodes
        }
        let round = self.viewing.round;
        let mut sessions = std::mem::take(&mut self.viewing.sessions);
        for session in &mut sessions {
            let is_settled =
                session.round <= round && !(session.round == round && is_next(session));
            if session.told == Told::Start && is_settled && Some(session.id) != but {
                session.told = Told::Nothing;
                self.tell(session, Verb::Abandoned, session.pulse.anchor, self.now);
            }
        }
        self.viewing.sessions = sessions;
    }

    /// After a play its sessions have no more to tell, but those that are of the next viewing.
    pub(super) fn silence_all_but(&mut self, is_next: impl Fn(&Session) -> bool) {
        let round = self.viewing.round;
        for session in &mut self.viewing.sessions {
            if session.round == round && is_next(session) {
                session.round += 1;
            } else if session.round <= round {
                session.settle();
            }
        }
    }

    // Rule 10: what begins a new viewing after a play.
    pub(super) fn begins_anew(&self, action: Action, at: Percent, slot: Option<&Session>) -> bool {
        let starts = action == Action::Start;
        let from_the_beginning = (starts || action == Action::Resume) && at <= BEGINNING;
        let Some(play) = self.viewing.play else {
            // Of a file with several episodes some may count before it is a play as a whole.
            return from_the_beginning && !self.viewing.episodes.is_empty();
        };
        let after_long = starts && self.is_long_silent() && at < self.watched_at();
        let progresses = matches!(action, Action::Progress { .. });
        let has_stopped =
            self.viewing.has_stopped() && slot.is_none_or(|session| !session.is_open());
        let on_second_thoughts = has_stopped
            && ((progresses && at > Percent::ZERO && at <= BEGINNING)
                || ((starts || progresses)
                    && at < Percent::whole(50)
                    && self.now.since(play) > SECOND_THOUGHTS));
        from_the_beginning || after_long || on_second_thoughts
    }

    pub(super) fn is_long_silent(&self) -> bool {
        self.now.since(self.viewing.heard) >= LONG_SILENCE
    }

    /// From the beginning again, with no stop between: what stands at its end by now was watched.
    /// On another player only a reported position says so: nobody knows whether that one goes on.
    pub(in crate::engine) fn end_what_was_watched(&mut self, event: &Event) -> Option<Ruling> {
        let runtime = self.runtime(event);
        let from = position::reported(event, None, runtime, self.now);
        let watched_at = self.watched_at();
        let own = self.viewing.sessions.iter().find(|session| session.seat.is_of(event));
        let own = own.filter(|session| session.is_open());
        let begins = match (event.action, from) {
            (Action::Start, Some(from)) => from <= BEGINNING,
            // Without a position it can't go on with what has come to its end, nor where its
            // player had nothing in hand.
            (Action::Start, None) => own.is_none_or(|session| {
                let had_another = !self.player.is_busy && session.handover.is_some();
                let stands = session.projected(runtime, self.now);
                stands == Some(Percent::END)
                    || session.was_reported_at(watched_at)
                    || (had_another && stands >= Some(watched_at))
            }),
            // Its start was lost: what it plays began after that one had come to its end.
            (_, Some(_)) => own.is_some_and(|session| {
                let left = remaining(runtime.unwrap_or_default(), session.pulse.anchor);
                let end = session.pulse.anchored.after(left);
                session.phase == Phase::Playing
                    && session.was_reported_at(watched_at)
                    && event
                        .position_ms
                        .is_some_and(|at| end < self.now.before(Duration::from_millis(at)))
            }),
            (_, None) => false,
        };
        if self.viewing.play.is_some() || !begins {
            return None;
        }
        let stands = |session: &Session| {
            let own = session.seat.is_of(event);
            // Left alone for too long, it stands where it was last reported.
            let projected = own.then(|| session.projected(runtime, self.now)).flatten();
            let at = projected.or(session.pulse.reported.map(|(position, _)| position));
            let is_of_now = session.is_open() && session.round == self.viewing.round;
            let at = at.filter(|at| is_of_now && *at >= watched_at)?;
            Some((at, own, projected.is_some()))
        };
        let mut found = self.viewing.sessions.iter().enumerate();
        let (index, (at, own, is_projected)) =
            found.find_map(|(index, session)| Some((index, stands(session)?)))?;
        let mut session = self.viewing.sessions.swap_remove(index);
        let ended = if is_projected {
            session.ended(Position::Projected(at), runtime, self.now)
        } else {
            session.last_played()
        };
        if own {
            session.anchor(at, ended);
            session.phase = Phase::Stopped(ended);
        }
        // Before the next one begins, so that its play never stands for that one's.
        let ended = ended.min(self.now.before(Duration::from_millis(1)));
        let ruling = self.finish(&mut session, at, ended);
        self.viewing.sessions.push(session);
        Some(ruling)
    }

    /// A play silences only what began before its own end. What began after it, before it was
    /// known, is the next viewing, which begins with the next thing that is said of it.
    pub(super) fn go_on_to_the_next(&mut self, session: &mut Session) {
        if session.round > self.viewing.round {
            self.viewing.begin_round();
            session.round = self.viewing.round;
            self.viewing.began = Some(session.opened);
        }
    }

    /// Whether a session had stopped in an earlier viewing, and its player is at the item again: its
    /// start may have been missed. One that was left behind is not meant.
    pub(super) fn is_of_an_earlier_viewing(&self, session: &Session, event: &Event) -> bool {
        let runtime = self.runtime(event);
        let stopped = session.pulse.anchor.value();
        let plays = match event.action {
            Action::Resume | Action::Pause | Action::Progress { .. } | Action::Completed => true,
            // Where it had stopped it is only stopped again, or its credits are seen.
            Action::Start | Action::Stop { .. } => {
                position::reported(event, None, runtime, self.now)
                    .is_some_and(|at| at.value() > 0.0 && (at.value() - stopped).abs() > SAME_PLACE)
            }
            Action::Rate(_) | Action::Mark { .. } | Action::Unmark | Action::Played { .. } => false,
        };
        let has_stopped = !session.is_open() && !session.expired;
        plays
            && has_stopped
            && !session.has_just_stopped(self.now)
            && session.round < self.viewing.round
    }

    /// Why nothing more is told of the item, or of this session of it, if so.
    pub(super) fn silence(&self, slot: Option<&Session>) -> Option<Ruling> {
        if let Some(play) = self.viewing.play {
            return Some(ignored(Reason::AlreadyWatched { ago: Ago(self.now.since(play)) }));
        }
        slot.is_some_and(|session| session.round != self.viewing.round)
            .then(|| ignored(Reason::EarlierViewing))
    }

    /// Rules 5 and 16: another session of the item showed a sign after this one's last.
    pub(super) fn is_overtaken(&self, session: &Session) -> bool {
        self.viewing.sessions.iter().any(|other| other.pulse.sign > session.pulse.sign)
    }

    /// Rules 5 and 16: its start is the last that was told of the item, so only its own end ends it.
    pub(super) fn stands_open(&self, session: &Session) -> bool {
        let tells =
            |other: &Session| other.told_number > session.told_number || other.held_start.is_some();
        session.told == Told::Start && !self.viewing.sessions.iter().any(tells)
    }

    /// Rule 18: another player has the item in hand, and began before this one can have come to its
    /// end. Whether it went on meanwhile nobody knows.
    pub(super) fn is_followed(&self, session: &Session) -> bool {
        let runtime = self.viewing.item.runtime_ms.unwrap_or_default();
        let end = session.pulse.anchored.after(remaining(runtime, session.pulse.anchor));
        let follows = session.opened..end;
        self.viewing.sessions.iter().any(|other| other.is_open() && follows.contains(&other.opened))
    }

    /// Rule 10: another session of the item plays, and started later.
    pub(super) fn is_superseded(&self, session: &Session) -> bool {
        self.viewing
            .sessions
            .iter()
            .any(|other| other.phase == Phase::Playing && other.opened > session.opened)
    }
}

impl Session {
    fn was_reported_at(&self, watched_at: Percent) -> bool {
        self.pulse.reported.is_some_and(|(position, _)| position >= watched_at)
    }

    /// Whether it began anew after a play that ended then.
    pub(super) fn began_after(&self, play: Time) -> bool {
        match self.start {
            Some(start) => start.at > play && start.position.is_none_or(|at| at <= BEGINNING),
            None => self.opened > play,
        }
    }

    /// When it was last seen playing: with its last sign, or its pause.
    pub(super) fn last_played(&self) -> Time {
        match self.phase {
            Phase::Paused(since) => since,
            Phase::Playing | Phase::Stopped(_) => self.pulse.sign,
        }
    }
}
