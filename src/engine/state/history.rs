//! What a media server's history and its list of sessions tell: rules 16 and 22.

use super::super::ruling::ignored;
use super::super::session::Session;
use super::super::{Decision, FoundPlay, Listing};
use super::{Draft, State};
use crate::event::{Action, Time};
use crate::filter::{self, FilterResult};
use crate::verdict::{Outcome, Reason, Verdict};

impl State {
    /// Whether a media server is asked how a session ended.
    pub fn asks_how_sessions_ended(&self) -> bool {
        self.playing().any(|(_, session)| session.end_asked.is_some())
    }
}

impl Draft<'_> {
    /// Takes a play that was found, for each account that lists its user.
    pub(super) fn found_play(&mut self, found: &FoundPlay, now: Time, decision: &mut Decision) {
        let FoundPlay { event, told, bulk } = found;
        let Action::Played { at, by } = event.action else { return };
        match filter::filter(event, self.settings) {
            FilterResult::Keep => {}
            FilterResult::Drop(reason) => return decision.verdicts.push(Verdict::ignored(reason)),
            // Who reads the history has asked.
            FilterResult::Ask(question) => {
                if let Some(reason) = question.unanswered(event, self.settings) {
                    return decision.verdicts.push(Verdict::ignored(reason));
                }
            }
        }
        if let Some(verdict) = self.without_room(event, &[], now) {
            return decision.verdicts.push(verdict);
        }
        let settings = self.settings;
        let mut accounts = filter::accounts(event, &settings.accounts).peekable();
        if accounts.peek().is_none() {
            return decision.verdicts.push(Verdict::ignored(Reason::nobodys_event(event)));
        }
        self.see(event, true);
        for account in accounts {
            let name = &account.name;
            let told = told.iter().filter(|(account, _)| account == name).map(|(_, at)| *at);
            let id = self.find_or_make(name, event, at);
            if let Some(lacks) = self.state.viewings.get(&id).and_then(|it| it.item.lacks()) {
                self.forget_if_idle(id);
                decision.verdicts.push(ignored(Reason::Nameless { lacks }).of(name, None));
                continue;
            }
            let ruled =
                self.turn(id, now, decision, |turn| turn.played(event, (at, by), told, *bulk));
            if let Some((account, ruling)) = ruled {
                let viewing = self.key(id);
                decision.verdicts.push(ruling.of(&account, viewing));
            }
            self.forget_if_idle(id);
        }
        self.forget_the_oldest();
    }

    /// Ends what is open here and not among what plays there.
    pub(super) fn listed(&mut self, listing: &Listing, now: Time, decision: &mut Decision) {
        let Listing { source, server, playing, before } = listing;
        let is_gone = |session: &Session, key: &str| {
            let seat = &session.seat;
            let is_there = playing.iter().any(|item| item == key);
            session.is_open()
                && (seat.source(), seat.is_at(server)) == (*source, true)
                && session.pulse.sign < *before
                && session.end_asked.is_none()
                && !is_there
        };
        let ids: Vec<u64> = self.state.due.iter().map(|(_, id)| *id).collect();
        for id in ids {
            let key = self.state.viewings.get(&id).and_then(|viewing| {
                let mut keys = viewing.keys.iter().filter(|(of, _)| of == server);
                keys.next().map(|(_, key)| key.clone())
            });
            let Some(key) = key else { continue };
            let ended = self.turn(id, now, decision, |turn| {
                (turn.viewing.item.label(), turn.end_unlisted(|session| is_gone(session, &key)))
            });
            if let Some((account, (item, rulings))) = ended {
                let viewing = self.key(id);
                let due = rulings.into_iter().map(|it| (item.clone(), it.of(&account, viewing)));
                decision.due.extend(due.filter(|(_, it)| it.outcome != Outcome::Duplicate));
            }
        }
    }
}
