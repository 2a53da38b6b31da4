//! What one player did before: rules 12 and 18, which look beyond one item.

use super::super::Decision;
use super::super::rules::{FAST_CANCEL, HANDOVER, PlayerBefore, asked_at};
use super::super::ruling::{ignored, waiting};
use super::super::seat::PlayerKey;
use super::super::session::{Handover, Phase, Session, Wake};
use super::super::viewing::Viewing;
use super::{Draft, files};
use crate::event::{Action, Event, Time};
use crate::intent::ViewingKey;
use crate::probe::PATIENCE;
use crate::verdict::{Reason, Verdict};
use std::time::Duration;

impl Draft<'_> {
    /// Takes an event of a movie or an episode for one account, with a look at what else its
    /// player has in hand.
    pub(super) fn playback(
        &mut self,
        account: &str,
        event: &Event,
        now: Time,
        decision: &mut Decision,
    ) -> Option<Verdict> {
        let id = self.find_or_make(account, event, now);
        if let Some(lacks) = self.state.viewings.get(&id).and_then(|viewing| viewing.item.lacks()) {
            self.forget_if_idle(id);
            return Some(ignored(Reason::Nameless { lacks }).of(account, None));
        }
        let seat = PlayerKey::of(event);
        let goes_on = matches!(
            event.action,
            Action::Resume | Action::Progress { paused: None | Some(false) }
        );
        let plays = goes_on || event.action == Action::Start;
        let pauses =
            matches!(event.action, Action::Pause | Action::Progress { paused: Some(true) });
        if goes_on || pauses || event.action == Action::Completed {
            self.end_what_was_never_played(account, &seat, id, now, decision);
        }
        if plays {
            self.end_what_was_watched(account, event, &seat, id, now, decision);
        }
        let stops = matches!(event.action, Action::Stop { .. });
        let others =
            if plays || pauses { self.open_elsewhere(account, &seat, id) } else { Vec::new() };
        let player = PlayerBefore {
            is_busy: others.iter().any(|other| self.is_unfinished(*other)),
            stopped: self.last_stop(account, &seat),
            ended: stops.then(|| self.last_end(account, &seat, id)).flatten(),
        };
        if matches!(event.action, Action::Mark { .. }) && self.is_flood_of_marks(account, now) {
            self.park_marks(account, now, decision);
        }
        let (told, parked) = (decision.intents.len(), decision.parked.len());
        let ruled = self.turn(id, now, decision, |turn| {
            turn.player = player;
            (turn.event(event), turn.opened)
        });
        let (_, (mut ruling, opened)) = ruled?;
        if event.item.episodes() > 1 {
            let told = decision.intents.get(told..).unwrap_or_default();
            let parked = decision.parked.get(parked..).unwrap_or_default();
            ruling = match (told, parked.last()) {
                ([], Some((intent, why))) => waiting(intent.verb, why.clone()),
                _ => files::ruling(ruling, told),
            };
        }
        if opened {
            for other in others {
                self.hand_over(other, &seat, now);
            }
        }
        if self.has_let_go(id, &seat) {
            self.release(account, &seat, id, now);
        }
        self.forget_if_idle(id);
        let of_all = matches!(event.action, Action::Rate(_));
        let viewing =
            self.key(id).map(|key| if of_all { ViewingKey { round: None, ..key } } else { key });
        self.deadlines(now, decision);
        Some(ruling.of(account, viewing))
    }

    /// Other items that the player has in hand. Only viewings with a deadline have open sessions,
    /// and those are few.
    fn open_elsewhere(&self, account: &str, seat: &PlayerKey, id: u64) -> Vec<u64> {
        let has_it_open = |viewing: &Viewing| {
            viewing.account == account
                && viewing.sessions.iter().any(|session| session.seat == *seat && session.is_open())
        };
        let due = self.state.due.iter().map(|(_, other)| *other).filter(|other| *other != id);
        due.filter(|other| self.state.viewings.get(other).is_some_and(|other| has_it_open(other)))
            .collect()
    }

    fn is_unfinished(&self, id: u64) -> bool {
        self.state.viewings.get(&id).is_some_and(|viewing| viewing.play.is_none())
    }

    /// When the player last stopped anything, where the autoplay guard wants to know.
    fn last_stop(&self, account: &str, seat: &PlayerKey) -> Option<Time> {
        if self.settings.scrobble.autoplay_guard.is_zero() {
            return None;
        }
        let sessions = (self.state.viewings.values())
            .filter(|viewing| viewing.account == account)
            .flat_map(|viewing| &viewing.sessions);
        sessions.filter(|session| session.seat == *seat).filter_map(Session::stopped).max()
    }

    /// Where the player last stopped another item, and when.
    fn last_end(&self, account: &str, seat: &PlayerKey, id: u64) -> Option<(u64, Time)> {
        let others = (self.state.viewings.iter())
            .filter(|(other, viewing)| **other != id && viewing.account == account)
            .flat_map(|(_, viewing)| &viewing.sessions);
        let ends = others.filter(|session| session.seat == *seat).filter_map(Session::last_stop);
        ends.max_by_key(|(_, at)| *at)
    }

    /// The player has gone on: what it had in hand ends, an unfinished item after a wait for its
    /// own stop, at whose end its server is asked.
    fn hand_over(&mut self, id: u64, seat: &PlayerKey, now: Time) {
        let (unfinished, settings) = (self.is_unfinished(id), self.settings);
        self.edit(id, |viewing| {
            let (runtime, keys) = (viewing.item.runtime_ms, &viewing.keys);
            for session in viewing.sessions.iter_mut().filter(|session| session.seat == *seat) {
                let is_asked = asked_at(keys, session, settings).is_some();
                let answer = if is_asked { PATIENCE } else { Duration::ZERO };
                let wait = HANDOVER.saturating_sub(Duration::from_millis(1)).saturating_sub(answer);
                let due = if unfinished { now.after(wait) } else { now };
                let position = session.projected(runtime, now);
                if session.is_open() && session.handover.is_none() {
                    session.handover = Some(Handover { due, at: now, position });
                }
            }
        });
    }

    /// A start of the first item in that time: the player is still at it, the second never began.
    fn take_handover_back(&mut self, account: &str, seat: &PlayerKey, id: u64) {
        let taken_back = self.edit(id, |viewing| {
            let mut sessions = viewing.sessions.iter_mut().filter(|session| session.seat == *seat);
            sessions.any(|session| session.handover.take().is_some())
        });
        if taken_back != Some(true) {
            return;
        }
        for other in self.open_elsewhere(account, seat, id) {
            self.edit(other, |viewing| {
                for session in viewing.sessions.iter_mut().filter(|s| s.waits_for_handover(seat)) {
                    session.held_start = None;
                    (session.phase, session.expired) = (Phase::Stopped(session.pulse.sign), true);
                }
            });
        }
    }

    /// An item plays, so its player has let go of nothing; unless it begins anew what it had watched.
    fn end_what_was_watched(
        &mut self,
        account: &str,
        event: &Event,
        seat: &PlayerKey,
        id: u64,
        now: Time,
        decision: &mut Decision,
    ) {
        let is_busy = !self.open_elsewhere(account, seat, id).is_empty();
        if is_busy {
            self.take_handover_back(account, seat, id);
        }
        let ended = self.turn(id, now, decision, |turn| {
            turn.player.is_busy = is_busy;
            (turn.viewing.item.label(), turn.end_what_was_watched(event))
        });
        if let Some((account, (item, Some(ruling)))) = ended {
            decision.due.push((item, ruling.of(&account, self.key(id))));
        }
        // Where the other one has ended already, only now: it tells whether this one is over.
        self.take_handover_back(account, seat, id);
    }

    /// A player that plays on what it had begun before, and never stopped, has nothing else in
    /// hand. What seemed to have begun since, and of which no more was heard, came late.
    fn end_what_was_never_played(
        &mut self,
        account: &str,
        seat: &PlayerKey,
        id: u64,
        now: Time,
        decision: &mut Decision,
    ) {
        let own = self.state.viewings.get(&id).and_then(|viewing| {
            let own = viewing.sessions.iter().find(|session| session.seat == *seat)?;
            (!own.was_stopped()).then_some(own.opened)
        });
        let Some(began) = own else { return };
        for other in self.open_elsewhere(account, seat, id) {
            let ended = self.turn(other, now, decision, |turn| {
                (turn.viewing.item.label(), turn.end_what_was_never_played(seat, began))
            });
            if let Some((account, (item, Some(ruling)))) = ended {
                decision.due.push((item, ruling.of(&account, self.key(other))));
            }
        }
    }

    /// Whether the player is done with the item.
    fn has_let_go(&self, id: u64, seat: &PlayerKey) -> bool {
        self.state.viewings.get(&id).is_some_and(|viewing| {
            let mut sessions = viewing.sessions.iter().filter(|session| session.seat == *seat);
            sessions.any(|session| !session.is_open() || viewing.play.is_some())
        })
    }

    /// The stop has come for which the start of another item waited.
    fn release(&mut self, account: &str, seat: &PlayerKey, id: u64, now: Time) {
        let guard = self.settings.scrobble.autoplay_guard;
        for other in self.open_elsewhere(account, seat, id) {
            let waits = |viewing: &Viewing| {
                viewing.sessions.iter().any(|session| session.waits_for_handover(seat))
            };
            if !self.state.viewings.get(&other).is_some_and(|other| waits(other)) {
                continue;
            }
            self.edit(other, |viewing| {
                for held in viewing.sessions.iter_mut().filter_map(|s| s.held_start.as_mut()) {
                    (held.why, held.due) = if guard.is_zero() {
                        (Wake::Opening, held.at.after(FAST_CANCEL).max(now))
                    } else {
                        (Wake::Autoplay, now.after(guard))
                    };
                }
            });
        }
    }
}

impl Session {
    /// Where it stopped, in milliseconds, and when, if a stop with a position was its last event.
    fn last_stop(&self) -> Option<(u64, Time)> {
        let (action, position_ms, at) = self.pulse.last?;
        matches!(action, Action::Stop { .. }).then_some((position_ms?, at))
    }

    /// Whether a stop was the last that was heard of it.
    fn was_stopped(&self) -> bool {
        matches!(self.pulse.last, Some((Action::Stop { .. }, _, _)))
    }

    fn waits_for_handover(&self, seat: &PlayerKey) -> bool {
        self.seat == *seat && self.held_start.is_some_and(|held| held.why == Wake::Handover)
    }
}
