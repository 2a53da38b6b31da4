//! How has ended what nobody stopped? Rules 16 and 18.
//!
//! Its server is asked, where that is possible; else it is judged by what was heard last.

use super::super::position::Position;
use super::super::ruling::{Ruling, ignored};
use super::super::seat::PlayerKey;
use super::super::session::{Handover, Phase, Session, Told, remaining};
use super::Turn;
use super::stop::LATE;
use crate::config::{MediaServer, Settings};
use crate::event::{Action, Percent, Time};
use crate::probe::{About, GRACE, PATIENCE, Probe, ProbeAnswer, Watched, far};
use crate::verdict::{Outcome, Reason};
use std::time::Duration;

/// Below this Jellyfin and Emby keep no position of what was left (their `MinResumePct`).
const KEPT_FROM: Percent = Percent::whole(5);

/// Who can be asked how a session ended, and under which key its item is known there.
pub(in crate::engine) fn asked_at<'a>(
    keys: &'a [(String, String)],
    session: &Session,
    settings: &'a Settings,
) -> Option<(&'a MediaServer, &'a str)> {
    let (id, key) = keys.iter().find(|(server, _)| session.seat.is_at(server))?;
    let server = settings.server(session.seat.source(), id)?;
    server.can_be_asked().then_some((server, key))
}

impl Turn<'_> {
    // Rule 16: its server may know better, where it can be asked.
    pub(super) fn ask_or_expire(&mut self, session: &mut Session) -> Option<Ruling> {
        if self.ask_how_it_ended(session) {
            return None;
        }
        Some(self.expire(session))
    }

    // Rule 18: so it may of what has made room for something else, while its own stop may still come.
    pub(super) fn ask_or_succeed(&mut self, session: &mut Session) -> Option<Ruling> {
        if self.ask_how_it_ended(session) {
            let until = self.now.after(PATIENCE);
            session.handover = session.handover.map(|end| Handover { due: until, ..end });
            return None;
        }
        Some(self.succeed(session))
    }

    /// Asks its server how a session ended, unless that was asked or is decided, or nobody can be asked.
    fn ask_how_it_ended(&mut self, session: &mut Session) -> bool {
        let decided = session.end_asked.is_some()
            || session.is_dead()
            || self.silence(Some(session)).is_some();
        let asked = asked_at(&self.viewing.keys, session, self.settings).filter(|_| !decided);
        let Some((server, key)) = asked else { return false };
        let (server, key) = (server.name().to_owned(), key.to_owned());
        let (source, number) = (session.seat.source(), self.next_number());
        session.end_asked = Some((number, self.now.after(PATIENCE)));
        self.ask.push(Probe {
            number,
            source,
            server,
            key,
            user: session.user.clone(),
            about: About::Watched,
        });
        true
    }

    /// The server's answer to that.
    pub(in crate::engine) fn expire_with(
        &mut self,
        number: u64,
        found: &ProbeAnswer,
    ) -> Option<Ruling> {
        let asked = |session: &Session| session.end_asked.is_some_and(|(asked, _)| asked == number);
        let index = self.viewing.sessions.iter().position(asked)?;
        let mut session = self.viewing.sessions.swap_remove(index);
        if let Some((position, at)) = self.left_at(&session, found) {
            session.note(Position::Reported(position), at);
            session.phase = Phase::Paused(at);
            session.handover =
                session.handover.map(|end| Handover { position: Some(position), ..end });
        }
        let ruling = match self.watched_to_its_end(&session, found) {
            Some(at) if self.viewing.play.is_none() => {
                session.phase = Phase::Stopped(session.pulse.sign);
                session.end_asked = None;
                session.let_go();
                let position = self.watched_at();
                Some(self.finish(&mut session, position, at))
            }
            // What has made room for something else is judged once its own stop can't come any more.
            Some(_) | None if session.handover.is_some() => None,
            Some(_) | None => Some(self.expire(&mut session)),
        };
        self.viewing.sessions.push(session);
        ruling
    }

    /// When a session came to its end unheard, if the answer shows that it did.
    fn watched_to_its_end(&self, session: &Session, found: &ProbeAnswer) -> Option<Time> {
        let ProbeAnswer::Watched(watched) = found else { return None };
        let end = match *watched {
            Watched::Counted(at) => Some(at).filter(|at| self.is_since(session.opened, *at)),
            Watched::Left { .. } => None,
            Watched::Began { at, first, stopped } => {
                let runtime = self.viewing.item.runtime_ms;
                let reported = session.pulse.reported.map(|(position, _)| position);
                // A stop so long after it is one at its end, as in rule 22.
                let is_far = stopped
                    .zip(runtime)
                    .is_some_and(|(stop, runtime)| stop.since(at) >= far(runtime));
                // What was watched before, begun again and left here, looks like what is finished.
                let is_clear = first || is_far || reported.is_some_and(|at| at >= KEPT_FROM);
                let is_its = self.is_its_playback(session, at);
                let left = runtime.map(|runtime| session.left(runtime)).unwrap_or_default();
                // A stop of before is one of an earlier part.
                let stopped = stopped.filter(|at| self.is_since(session.pulse.sign, *at));
                // Its own word would make a play too, and has a time that is nobody's guess.
                let is_told = reported.is_some_and(|at| at >= self.watched_at());
                let guess = (!is_told).then(|| session.pulse.sign.after(left));
                stopped.or(guess).filter(|_| is_its && is_clear)
            }
        };
        end.map(|end| end.min(self.over(session)))
    }

    /// Where a session was left unheard and when, if the answer shows that it was.
    fn left_at(&self, session: &Session, found: &ProbeAnswer) -> Option<(Percent, Time)> {
        let ProbeAnswer::Watched(Watched::Left { at, position_ms, stopped }) = *found else {
            return None;
        };
        let runtime = self.viewing.item.runtime_ms?;
        let position =
            Percent::of(position_ms, runtime).filter(|_| self.is_its_playback(session, at))?;
        // Until there it has played at least, since it was heard last.
        let way = session.left(runtime).saturating_sub(remaining(runtime, position));
        let stopped = stopped.filter(|at| self.is_since(session.pulse.sign, *at));
        let at = stopped.unwrap_or_else(|| session.pulse.sign.after(way));
        Some((position, at.min(self.over(session))))
    }

    /// When a session was over at the latest: now, or when it had to make room for something else.
    fn over(&self, session: &Session) -> Time {
        session.handover.map_or(self.now, |end| end.at)
    }

    /// Whether what began `at` a time is what was heard as this session. Its start may have been missed.
    fn is_its_playback(&self, session: &Session, at: Time) -> bool {
        let length = Duration::from_millis(self.viewing.item.runtime_ms.unwrap_or_default());
        let missed = if session.start.is_some() { Duration::ZERO } else { length };
        self.is_since(session.opened.before(missed), at)
    }

    fn is_since(&self, earliest: Time, at: Time) -> bool {
        (earliest.before(GRACE)..=self.now.after(GRACE)).contains(&at)
    }

    // Rule 16. Its last sign, or its pause, is its time. What was no play is left where it stood:
    // its start has wiped the position that was stored before.
    pub(super) fn expire(&mut self, session: &mut Session) -> Ruling {
        let sign = session.pulse.sign;
        let when = session.last_played();
        session.died = session.is_dead();
        session.phase = Phase::Stopped(sign);
        session.end_asked = None;
        session.expired = true;
        session.let_go();
        let silent = self.silence(Some(session)).is_some();
        let last = session.pulse.reported.map_or(Percent::ZERO, |(last, _)| last);
        if silent {
            return ignored(Reason::Expired);
        }
        if last >= self.watched_at() {
            return self.finish(session, last, when);
        }
        if self.is_overtaken(session) && !self.stands_open(session) {
            return ignored(Reason::Expired);
        }
        let stands = match session.told {
            Told::Pause(stands) => last.max(stands),
            Told::Nothing | Told::Start => last,
        };
        let left = self.leave(session, stands, when);
        if left.outcome == Outcome::Queued { left } else { ignored(Reason::Expired) }
    }

    /// Rule 18: what only a start was heard of, longer ago than anything may be late, if it came
    /// after the player had `began` what it still plays.
    pub(in crate::engine) fn end_what_was_never_played(
        &mut self,
        seat: &PlayerKey,
        began: Time,
    ) -> Option<Ruling> {
        let index = self.viewing.sessions.iter().position(|session| {
            let is_only_begun = matches!(session.pulse.last, Some((Action::Start, _, _)));
            session.seat == *seat
                && session.is_open()
                && is_only_begun
                && session.opened > began
                && self.now.since(session.pulse.sign) >= LATE
        })?;
        let mut session = self.viewing.sessions.swap_remove(index);
        let ruling = self.expire(&mut session);
        self.viewing.sessions.push(session);
        Some(ruling)
    }

    // Rule 18. It played until it reached its end, or the other item began.
    pub(super) fn succeed(&mut self, session: &mut Session) -> Ruling {
        // Left alone for too long it is judged as if nothing had followed.
        let Some((handover, at)) = session
            .handover
            .and_then(|end| Some((end, end.position?)))
            .filter(|_| !self.is_followed(session))
        else {
            return self.expire(session);
        };
        let position = Position::Projected(at);
        let ended = session.ended(position, self.viewing.item.runtime_ms, handover.at);
        session.phase = Phase::Stopped(handover.at);
        session.end_asked = None;
        session.let_go();
        let silent = self.silence(Some(session)).is_some();
        if silent {
            return ignored(Reason::Expired);
        }
        if at >= self.watched_at() {
            return self.finish(session, at, ended);
        }
        session.anchor(at, handover.at);
        self.leave(session, at, self.now)
    }
}
