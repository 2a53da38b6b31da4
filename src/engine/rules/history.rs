//! Plays that a media server's history shows: rule 22.

use super::super::ruling::{Ruling, duplicate, ignored, waiting};
use super::{LONGEST, Session, Turn};
use crate::event::{Event, Evidence, Percent, Time};
use crate::intent::{Intent, Verb};
use crate::probe::GRACE;
use crate::verdict::{Bulk, Outcome, Reason};
use std::time::Duration;

/// What is counted at the end of one viewing, by two who look at different moments of it, lies no
/// further apart than its runtime and this.
const APART: Duration = Duration::from_secs(15 * 60);

impl Turn<'_> {
    /// Takes a play that was counted `at` a time, and is told as it was unless one so near to it is
    /// known: of the viewings that are remembered, or among those that were `told`.
    pub(in crate::engine) fn played(
        &mut self,
        event: &Event,
        (at, by): (Time, Evidence),
        told: impl Iterator<Item = Time>,
        bulk: Option<Bulk>,
    ) -> Ruling {
        let at = at.min(self.now);
        let runtime = self.runtime(event).map_or(LONGEST, Duration::from_millis);
        let span = runtime.saturating_add(APART);
        let marked = self.viewing.mark.map(|held| held.at);
        let known: Vec<Time> = self.viewing.play.into_iter().chain(marked).chain(told).collect();
        if known.iter().any(|other| other.since(at).max(at.since(*other)) <= span) {
            return duplicate(Reason::ToldOfPlay { by });
        }
        if let Evidence::Rest { since, lacks_ms, .. } = by
            && (known.iter().any(|other| (since..at).contains(other))
                || !self.was_watched_before(event, since, lacks_ms))
        {
            return ignored(Reason::NotToItsEnd { by });
        }
        if let Some(why) = self.is_doubted(event, (at, by), runtime) {
            return ignored(why);
        }
        // The session of which it is the end, where one was heard of.
        let round = self.viewing.round;
        let session = self.viewing.sessions.iter().filter(|session| {
            let is_of_now = session.round == round && self.viewing.play.is_none();
            is_of_now && session.opened <= at.after(GRACE)
        });
        let session = session.max_by_key(|session| session.opened).map(|session| session.id);
        let began = self.viewing.began.filter(|began| session.is_some() && *began <= at);
        let mut intent = Intent {
            account: self.viewing.account.clone(),
            verb: Verb::Finish,
            item: self.viewing.item.clone(),
            session: session.filter(|_| !self.is_file()).map_or(String::new(), |id| id.to_string()),
            progress: Percent::END,
            at,
            began: began.unwrap_or(at.before(runtime)),
            viewing: None,
        };
        // A play since then is of a later viewing, which this one does not touch.
        if self.viewing.play.is_none_or(|play| play < at) {
            if self.viewing.play.is_some() {
                self.viewing.begin_round();
            }
            self.viewing.play = Some(at);
            intent.viewing = Some(self.viewing.key(self.number));
            // Nobody was there to see it begin: what is at its first half since then is played anew.
            let is_next = |session: &Session| {
                let from = session.start.and_then(|start| start.position);
                session.opened > at && from.is_none_or(|from| from < Percent::whole(50))
            };
            self.end_starts(session.filter(|_| bulk.is_none()), is_next);
            self.silence_all_but(is_next);
        }
        if let Some(bulk) = bulk {
            let why = Reason::HeldAsBulk { by, bulk };
            self.parked.push((intent, why.clone()));
            return waiting(Verb::Finish, why);
        }
        // No flood: what was watched in weeks may be found in a moment.
        self.intents.push(intent);
        let reason = Reason::FoundInHistory { by, at };
        Ruling { outcome: Outcome::Queued, action: Some(Verb::Finish), reason }
    }

    /// Rule 21: why a play that Jellyfin or Emby shows proves nothing. Both count on without a player, and
    /// what was heard of that counts more.
    fn is_doubted(
        &self,
        event: &Event,
        (at, by): (Time, Evidence),
        runtime: Duration,
    ) -> Option<Reason> {
        // Its playback began before that end, and was over soon after it.
        let died = self.sessions_of(event).any(|session| match (by, session.stopped()) {
            (Evidence::Row(_), _) => false,
            (Evidence::Stop(_) | Evidence::Rest { .. }, ended) => {
                session.is_dead() && at <= ended.unwrap_or(self.now).after(APART)
            }
            (Evidence::Date, ended) => {
                session.is_dead() && at.before(runtime) <= ended.unwrap_or(self.now)
            }
        });
        if died {
            return Some(Reason::PlayerDied { by });
        }
        // A pause of hours lies between a start and a stop as well.
        let left = self.sessions_of(event).any(|session| session.was_left_at(at));
        if left && matches!(by, Evidence::Stop(_) | Evidence::Rest { .. }) {
            return Some(Reason::NotToItsEnd { by });
        }
        let is_open =
            self.sessions_of(event).any(|session| session.is_open() && session.opened <= at);
        (is_open && by == Evidence::Date).then_some(Reason::NotOver { by })
    }

    /// Whether so much had been watched of it by then, without its end, in milliseconds, as far as was heard: by this
    /// person, at this server, where playback goes on at where it was.
    fn was_watched_before(&self, event: &Event, since: Time, lacks_ms: u64) -> bool {
        if lacks_ms == 0 {
            return true;
        }
        let lacks = self.runtime(event).and_then(|runtime| Percent::of(lacks_ms, runtime));
        let is_of_now =
            |session: &&Session| session.round == self.viewing.round && self.viewing.play.is_none();
        let mut stood = self.sessions_of(event).filter(is_of_now).flat_map(|session| {
            let reported = session.pulse.reported.filter(|(_, at)| *at <= since.after(GRACE));
            let began = session
                .start
                .filter(|start| start.at.since(since).max(since.since(start.at)) <= GRACE);
            [reported.map(|(position, _)| position), began.and_then(|start| start.position)]
        });
        lacks.is_some_and(|lacks| stood.any(|position| position.is_some_and(|it| it >= lacks)))
    }

    /// The sessions of a person at a media server.
    fn sessions_of<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Session> {
        self.viewing.sessions.iter().filter(move |session| {
            session.seat.source() == event.source
                && session.seat.is_at(&event.server)
                && session.user.is_person(&event.user)
        })
    }

    fn is_file(&self) -> bool {
        self.viewing.item.episodes() > 1
    }

    /// Ends the sessions of the item that a media server shows no more, as if they had given no sign for
    /// long.
    pub(in crate::engine) fn end_unlisted(
        &mut self,
        is_gone: impl Fn(&Session) -> bool,
    ) -> Vec<Ruling> {
        let mut rulings = Vec::new();
        let gone: Vec<u64> =
            (self.viewing.sessions.iter().filter(|one| is_gone(one))).map(|one| one.id).collect();
        for id in gone {
            let Some(index) = self.viewing.sessions.iter().position(|one| one.id == id) else {
                continue;
            };
            let mut session = self.viewing.sessions.swap_remove(index);
            self.go_on_to_the_next(&mut session);
            rulings.extend(self.ask_or_expire(&mut session));
            self.viewing.sessions.push(session);
        }
        rulings
    }
}
