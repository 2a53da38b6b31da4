//! What follows from the sessions as they are listed?

use super::super::play::{Known, Report};
use super::{
    Connection, Found, LEFT, LOOKS_FOR_A_USER, MOST, MOST_OTHERS, Play, Plays, SETTLED, SILENT,
    STUCK, What,
};
use crate::event::{Action, Event};
use crate::verdict::Reason;
use crate::webhook::plex::Session;
use std::time::Duration;

impl Plays {
    /// Whether a session is one of which the rest has to be asked.
    #[must_use]
    pub(crate) fn is_new(&self, session: &Session) -> bool {
        let Ok(event) = &session.said else { return false };
        let is_known = |play: &Play| match &play.what {
            What::Known(known) => {
                play.lists(session) && known.is_watched_by(event) && known.is_whole()
            }
            What::Unknown { .. } | What::Nobodys => false,
        };
        !event.user.is_unknown() && !self.all.iter().any(is_known)
    }

    /// The sessions as they are now: all of them.
    pub(crate) fn look(&mut self, found: &[Found], now: Duration) -> Vec<Event> {
        let connection = self.connection;
        let gone = |play: &Play| {
            // A new playback is not listed at once, nor one that goes on after a restart.
            let silent = match (&play.what, connection) {
                (What::Unknown { .. } | What::Nobodys, _) => return false,
                (What::Known(_), Connection::First(since)) if play.number.is_empty() => {
                    let is_settled = now.saturating_sub(since) >= SETTLED;
                    if is_settled { SILENT } else { Duration::ZERO }
                }
                (What::Known(known), Connection::Again(since)) => {
                    known.silent_for(now).min(now.saturating_sub(since))
                }
                (What::Known(known), Connection::None | Connection::First(_)) => {
                    known.silent_for(now)
                }
            };
            let is_over = silent >= SILENT || Self::has_been_left(play, found, now);
            is_over && !found.iter().any(|one| play.lists(&one.session))
        };
        let mut told = self.end_where(gone);
        for one in found {
            if !self.is_outlived(&one.session, found) {
                told.extend(self.listed(one, now));
            }
        }
        told
    }

    /// Whether its player has gone on to something else without a word of it, which was lost with the
    /// connection. Who asks for that at once may still hear of its stop.
    fn has_been_left(play: &Play, found: &[Found], now: Duration) -> bool {
        let What::Known(known) = &play.what else { return false };
        let is_there = |one: &Found| one.session.player == play.player;
        !play.player.is_empty() && known.silent_for(now) >= LEFT && found.iter().any(is_there)
    }

    /// Whether its player plays the same in another session by now, and that is listed as well: who is
    /// gone without a word is listed for some minutes more.
    fn is_outlived(&self, session: &Session, found: &[Found]) -> bool {
        let is_listed = |play: &Play| {
            let its = |one: &Found| play.lists(&one.session) && play.number == one.session.number;
            found.iter().any(its)
        };
        let mut its = self.all.iter().filter(|play| play.lists(session));
        its.any(|play| play.number != session.number && is_listed(play))
    }

    /// One session as it is now.
    fn listed(&mut self, found: &Found, now: Duration) -> Vec<Event> {
        let session = &found.session;
        let event = match &session.said {
            Ok(event) => event,
            Err(reason) => {
                self.all.retain(|play| !play.lists(session));
                if matches!(reason, Reason::NotVideo { .. } | Reason::Trailer | Reason::LiveTv) {
                    self.others.truncate(MOST_OTHERS - 1);
                    self.others.push_front(session.key.clone());
                }
                return Vec::new();
            }
        };
        let report =
            Report { position_ms: event.position_ms, is_paused: session.is_paused, at: now };
        let known = || Known::new(event.clone(), found.played_ms, report);
        let has_history = self.has_history;
        let Some(play) = self.all.iter_mut().find(|play| play.lists(session)) else {
            if event.user.is_unknown() || self.all.len() >= MOST {
                return Vec::new();
            }
            // It went on before anybody listened.
            let mut known = known();
            if has_history {
                known.leave_to_history(report);
            }
            let told = known.open(Action::Resume);
            self.all.push(Play {
                player: session.player.clone(),
                number: session.number.clone(),
                key: session.key.clone(),
                report,
                asked: now,
                what: What::Known(Box::new(known)),
            });
            return told;
        };
        let is_under_another = !play.number.is_empty() && play.number != session.number;
        if !is_under_another {
            session.number.clone_into(&mut play.number);
        }
        session.player.clone_into(&mut play.player);
        match &mut play.what {
            What::Known(old) if event.user.is_unknown() || old.is_watched_by(event) => {
                old.learn(found.played_ms, report, has_history);
                let mut told = Vec::new();
                if !old.is_at(event.position_ms.unwrap_or(0), session.is_paused) {
                    told = old.report(report);
                }
                told.extend((old.stuck_for(now) >= STUCK).then(|| old.stall()));
                told
            }
            What::Known(old) => {
                let mut told = old.clone().end(None);
                let mut new = known();
                told.extend(new.open(Action::Start));
                session.number.clone_into(&mut play.number);
                play.what = What::Known(Box::new(new));
                told
            }
            What::Unknown { looks, before }
                if *looks + 1 < LOOKS_FOR_A_USER
                    && (event.user.is_unknown() || (before.is_some() && is_under_another)) =>
            {
                *looks += 1;
                Vec::new()
            }
            What::Unknown { .. } if event.user.is_unknown() => {
                std::mem::replace(&mut play.what, What::Nobodys).end(None)
            }
            What::Unknown { before, .. } => {
                // What the player reported itself is newer than what is listed.
                let report = Report {
                    position_ms: play.report.position_ms.or(event.position_ms),
                    ..play.report
                };
                let (known, told) = match before.take() {
                    Some(mut old) if old.is_watched_by(event) => {
                        old.learn(found.played_ms, report, has_history);
                        let told = old.report(report);
                        (old, told)
                    }
                    other => {
                        let mut told = other.map(|old| old.end(None)).unwrap_or_default();
                        let mut known = Known::new(event.clone(), found.played_ms, report);
                        told.extend(known.open(known.beginning()));
                        (Box::new(known), told)
                    }
                };
                play.what = What::Known(known);
                told
            }
            What::Nobodys => Vec::new(),
        }
    }
}
