//! What does an event's session know that the event lacks, or calls by another name?

use super::super::seat::PlayerKey;
use super::super::session::Session;
use super::super::viewing::Viewing;
use super::Draft;
use crate::event::{Event, Player, Time};

impl Draft<'_> {
    /// Rule 19: what an event lacks (user, library, ids) is its session's.
    pub(super) fn complete(&self, event: &Event) -> Option<Event> {
        if !event.user.is_unknown() && event.library.is_some() {
            return None;
        }
        let seat = event.user.is_unknown().then(|| PlayerKey::of(event));
        let is_its = |session: &&Session| match &seat {
            Some(nobodys) => session.seat.is_but_for_the_user(nobodys),
            None => session.seat.is_of(event),
        };
        let found = self.viewings_of(event).find_map(|viewing| {
            viewing.sessions.iter().filter(is_its).max_by_key(|session| session.pulse.sign)
        })?;
        let mut event = event.clone();
        if event.user.is_unknown() {
            event.user = found.user.clone();
        }
        event.library = event.library.or_else(|| found.library.clone());
        Some(event)
    }

    /// Rule 21: a server may call one person by two ids, or a player by its id here and its name
    /// there. What comes in a second way is the session's that plays the item already.
    pub(super) fn as_its_session_names(&self, event: &Event, now: Time) -> Option<Event> {
        let is_its = |session: &&Session| {
            session.seat.source() == event.source
                && session.seat.is_at(&event.server)
                && is_same_player(&session.player, &event.player)
                && session.user.is_person(&event.user)
        };
        let plays = |session: &&Session| session.is_open() || session.has_just_stopped(now);
        let found = self.viewings_of(event).find_map(|viewing| {
            let mut playing = viewing.sessions.iter().filter(plays);
            let is_known = playing.clone().any(|session| session.seat.is_of(event));
            playing.find(is_its).filter(|_| !is_known)
        })?;
        let (user, player) = (found.user.clone(), found.player.clone());
        Some(Event { user, player, ..event.clone() })
    }

    /// What is remembered of an event's item, for each account.
    fn viewings_of(&self, event: &Event) -> impl Iterator<Item = &Viewing> {
        self.settings.accounts.iter().filter_map(|account| {
            let id = self.state.find(&account.name, &event.item, Some(&event.server))?;
            self.state.viewings.get(&id).map(|viewing| &**viewing)
        })
    }
}

fn is_same_player(one: &Player, other: &Player) -> bool {
    if one.id.is_empty() || other.id.is_empty() {
        return is_same(&one.name, &other.name);
    }
    is_same(&one.id, &other.id)
}

/// Whether both say the same, and not nothing.
fn is_same(one: &str, other: &str) -> bool {
    !one.is_empty() && one.to_lowercase() == other.to_lowercase()
}
