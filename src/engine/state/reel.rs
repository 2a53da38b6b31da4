//! One player's way through a file with several episodes: rule 14.

use super::super::position::is_seek;
use super::super::rules::{BEGINNING, HARDLY_BEGUN, LONG_SILENCE, LONGEST, SAME_PLACE};
use super::super::session::{Phase, Session, Stretch, Told, remaining};
use super::super::viewing::{Episodes, Viewing};
use super::Draft;
use crate::event::{Action, Percent, Time};
use crate::intent::{Intent, Verb};
use std::time::Duration;

/// One player's way through a file in one turn.
pub(super) struct Reel<'a, 'd> {
    draft: &'a mut Draft<'d>,
    id: u64,
    file: &'a Viewing,
    /// The session after the turn, and before it: if it goes on, and in any case.
    session: &'a Session,
    was: Option<&'a Session>,
    before: Option<&'a Session>,
    now: Time,
    count: u32,
    pub(super) stretch: Stretch,
    pub(super) intents: Vec<Intent>,
    /// Of which episodes something was told.
    pub(super) told: Episodes,
}

impl<'a, 'd> Reel<'a, 'd> {
    pub(super) fn new(
        draft: &'a mut Draft<'d>,
        id: u64,
        file: &'a Viewing,
        session: &'a Session,
        was: Option<&'a Session>,
        now: Time,
    ) -> Self {
        let goes_on = was.filter(|was| (was.opened, was.round) == (session.opened, session.round));
        let from = match (was, session.heard_at(now)) {
            // Its start was missed: then it has seen it all, as far as anybody knows.
            (None, Some(action)) if action.completes() => Percent::ZERO,
            _ => session.pulse.anchor,
        };
        let open = session.stretch.and_then(|stretch| stretch.open);
        let fresh = Stretch { from, since: now, open };
        let stretch = goes_on.and(session.stretch).unwrap_or(fresh);
        let count = file.item.episodes();
        let (intents, told) = (Vec::new(), Episodes::default());
        Self {
            draft,
            id,
            file,
            session,
            was: goes_on,
            before: was,
            now,
            count,
            stretch,
            intents,
            told,
        }
    }

    pub(super) fn run(&mut self, told: &[&Intent]) {
        let at = self.session.pulse.anchor;
        let action = self.session.heard_at(self.now);
        let plays_on =
            matches!(action, Some(Action::Start | Action::Resume | Action::Progress { .. }));
        let is_reported = self.session.is_reported_at(self.now);
        let jumped = self.was.and_then(|was| {
            let (runtime, heard_of) = (self.file.item.runtime_ms, was.pulse.anchor);
            // What begins anew ended nobody knows where.
            let begins = action == Some(Action::Start) && at <= BEGINNING;
            let expected = if begins { heard_of } else { was.projected(runtime, self.now)? };
            // On the way there it has stood still, and nobody heard of the pause.
            let stood = at.value() >= heard_of.value() - SAME_PLACE && at <= expected;
            (plays_on && is_seek(expected, at) && !stood).then_some(expected)
        });
        match jumped {
            Some(expected) => {
                self.pass_to(expected, self.now);
                if let Some(left) = self.stretch.open.filter(|open| *open != self.index(at)) {
                    self.leave(Verb::Left, left, expected, self.now);
                }
                (self.stretch.from, self.stretch.since) = (at, self.now);
            }
            None if is_reported || !plays_on => self.pass_to(at, self.now),
            None => {}
        }
        if self.was.is_none() && self.stretch.open.is_some_and(|open| open != self.index(at)) {
            self.end_what_is_open();
        }
        for intent in told {
            self.share(intent);
        }
        let index = self.index(at);
        if is_reported {
            self.begin_anew(index);
        }
        let shows = is_reported
            && self.session.phase == Phase::Playing
            && self.session.told == Told::Start
            && self.session.held_start.is_none();
        if shows && self.stretch.open != Some(index) {
            self.start(index, at, self.now);
        }
    }

    /// What was told of the file, of its episodes.
    fn share(&mut self, intent: &Intent) {
        let (progress, at) = (intent.progress, intent.at);
        let index = self.index(progress);
        match intent.verb {
            Verb::Start => self.start(index, progress, at),
            verb @ (Verb::Pause | Verb::Left | Verb::Abandoned) => {
                self.pass_to(progress, at);
                self.leave(verb, index, progress, at);
            }
            Verb::Finish => {
                for index in self.index(self.stretch.from)..self.count - 1 {
                    self.play(index, self.reached(index, progress).min(at));
                }
                self.play(self.count - 1, at);
            }
            Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => {} // by hand
        }
    }

    fn start(&mut self, index: u32, progress: Percent, at: Time) {
        let own = self.own(index, progress);
        if !self.is_silent(index) && own < self.draft.settings.scrobble.suppress_start_at {
            if self.stretch.open != Some(index) {
                self.end_what_is_open();
            }
            self.tell(Verb::Start, index, own, at);
        }
    }

    /// Ends the episode whose start stands open, and of which nothing more is told: it is left where it
    /// was reported last.
    pub(super) fn end_what_is_open(&mut self) {
        let Some(open) = self.stretch.open else { return };
        let sessions = [Some(self.session), self.before].into_iter().flatten();
        let mut reported = sessions.filter_map(|session| session.pulse.reported);
        let reported = reported.find(|(at, _)| self.index(*at) == open);
        let own = reported.map_or(Percent::ZERO, |(at, _)| self.own(open, at));
        let verb = if own >= HARDLY_BEGUN { Verb::Left } else { Verb::Abandoned };
        self.tell(verb, open, own, self.session.pulse.sign);
    }

    /// An episode is held or left.
    fn leave(&mut self, verb: Verb, index: u32, progress: Percent, at: Time) {
        let own = self.own(index, progress);
        let numbers = &self.draft.settings.scrobble;
        let enough =
            if verb == Verb::Pause { numbers.force_stop_at } else { numbers.watched_at_episodes };
        if self.is_silent(index) {
            return;
        }
        if own >= enough {
            self.play(index, at);
        } else if own >= HARDLY_BEGUN {
            self.tell(verb, index, own, at);
        } else if self.stretch.open == Some(index) {
            self.tell(Verb::Abandoned, index, own, at);
        }
    }

    /// Each episode that was played to its end before the file stood here, `now`.
    fn pass_to(&mut self, here: Percent, now: Time) {
        for index in self.index(self.stretch.from)..self.index(here) {
            self.play(index, self.reached(index, here).min(now));
        }
    }

    /// An episode was watched, unless that is known already.
    fn play(&mut self, index: u32, at: Time) {
        if self.is_silent(index) {
            return;
        }
        self.tell(Verb::Finish, index, Percent::END, at);
        self.draft.edit(self.id, |file| file.episodes.add(index));
        let part = self.part(index);
        let now = self.now;
        self.draft.edit(part, |part| {
            if part.play.is_some() {
                part.begin_round();
            }
            (part.play, part.heard) = (Some(at), now);
        });
    }

    /// An episode that counted before is watched again, once the file plays it from its beginning.
    /// That is remembered of the episode, for the file may be left and gone on with in its middle.
    fn begin_anew(&mut self, index: u32) {
        let Stretch { since, .. } = self.stretch;
        let counts = self.known(index).and_then(|part| part.play).is_some_and(|play| play < since);
        if counts && !self.begins_late(index) && !self.counts_in_this_round(index) {
            let part = self.part(index);
            self.draft.edit(part, Viewing::begin_round);
        }
    }

    fn tell(&mut self, verb: Verb, index: u32, progress: Percent, at: Time) {
        let item = self
            .known(index)
            .map_or_else(|| self.file.item.episode(index), |part| part.item.clone());
        let share = item.runtime_ms.map_or(LONGEST, Duration::from_millis);
        let began = at.before(share).max(self.file.began.unwrap_or_default());
        if verb == Verb::Start {
            self.stretch.open = Some(index);
        } else if self.stretch.open == Some(index) {
            self.stretch.open = None;
        }
        self.told.add(index);
        self.intents.push(Intent {
            account: self.file.account.clone(),
            verb,
            item,
            session: name_of(self.session.id, index),
            progress,
            at,
            began,
            viewing: Some(self.file.key(self.id)),
        });
    }

    /// Whether an episode tells nothing: it counts already, in this round of the file or by itself
    /// and not from its beginning since (rule 10).
    fn is_silent(&self, index: u32) -> bool {
        if self.counts_in_this_round(index) {
            return true;
        }
        let Stretch { since, .. } = self.stretch;
        let begins_late = self.begins_late(index);
        self.known(index).and_then(|part| Some((part.play?, part.heard))).is_some_and(
            |(play, heard)| play >= since || (begins_late && self.now.since(heard) < LONG_SILENCE),
        )
    }

    fn counts_in_this_round(&self, index: u32) -> bool {
        let file = self.draft.state.viewings.get(&self.id);
        file.is_some_and(|file| file.episodes.has(index))
    }

    /// Whether the file was not played from the beginning of this episode on.
    fn begins_late(&self, index: u32) -> bool {
        let from = self.stretch.from;
        self.index(from) == index && self.own(index, from) > BEGINNING
    }

    /// What is remembered of an episode.
    fn known(&self, index: u32) -> Option<&Viewing> {
        let id = self.draft.episode_of(self.file, self.session, index)?;
        self.draft.state.viewings.get(&id).map(|part| &**part)
    }

    /// The number of what is remembered of an episode, from now on if of nothing yet.
    fn part(&mut self, index: u32) -> u64 {
        self.draft.episode_of(self.file, self.session, index).unwrap_or_else(|| {
            let item = self.file.item.episode(index);
            let mut part = Viewing::new(&self.file.account, item, self.now);
            let key = part.item.key.clone();
            part.keys
                .extend(self.file.server_of(self.session).map(|server| (server.to_owned(), key)));
            self.draft.add(part)
        })
    }

    /// In which episode the file stands, counted from 0; at a border in the one that begins there.
    fn index(&self, at: Percent) -> u32 {
        (1..self.count).take_while(|index| self.begin(*index) <= at).last().unwrap_or_default()
    }

    /// Where an episode begins in the file.
    fn begin(&self, index: u32) -> Percent {
        begin(self.count, index)
    }

    /// How far an episode is played where the file stands at `at`.
    fn own(&self, index: u32, at: Percent) -> Percent {
        own(self.count, index, at)
    }

    /// When an episode reached its end, if the file stands at `here` now: counted from where it
    /// stood before, but where `here` was reported not earlier than it can have been on the way.
    fn reached(&self, index: u32, here: Percent) -> Time {
        let (Some(was), Some(runtime)) = (self.was, self.file.item.runtime_ms) else {
            return self.now;
        };
        let end = self.begin(index + 1);
        let way = |from: Percent, to: Percent| {
            remaining(runtime, from).saturating_sub(remaining(runtime, to))
        };
        let forth = match was.phase {
            Phase::Playing => was.pulse.anchored.after(way(was.pulse.anchor, end)),
            // Beyond its pause it has played on, and only the resume was lost.
            Phase::Paused(since) | Phase::Stopped(since)
                if here.value() > was.pulse.anchor.value() + SAME_PLACE =>
            {
                since.max(self.now.before(way(end, here)))
            }
            Phase::Paused(since) | Phase::Stopped(since) => since,
        };
        let is_reported = self.session.is_reported_at(self.now);
        forth.max(if is_reported { self.now.before(way(end, here)) } else { forth })
    }
}

/// What an episode of a file is called where a session is ([`Intent::session`]).
pub(super) fn name_of(session: u64, index: u32) -> String {
    format!("{session}#{}", index + 1)
}

/// Where an episode begins in a file with so many.
fn begin(count: u32, index: u32) -> Percent {
    Percent::clamped(100.0 / f64::from(count) * f64::from(index))
}

/// How far an episode is played where a file with so many stands at `at`.
pub(super) fn own(count: u32, index: u32, at: Percent) -> Percent {
    Percent::clamped((at.value() - begin(count, index).value()) * f64::from(count))
}

impl Draft<'_> {
    /// The number of what is remembered of one of a file's episodes.
    pub(super) fn episode_of(&self, file: &Viewing, session: &Session, index: u32) -> Option<u64> {
        self.state.find(&file.account, &file.item.episode(index), file.server_of(session))
    }
}

impl Viewing {
    /// The media server of a session, if it gave the item a key.
    fn server_of(&self, session: &Session) -> Option<&str> {
        let mut servers = self.keys.iter().map(|(server, _)| &**server);
        servers.find(|server| session.seat.is_at(server))
    }
}
