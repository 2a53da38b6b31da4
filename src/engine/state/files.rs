//! Files with several episodes: rule 14.
//!
//! A file is one item with one session, like any other, and all rules look at it as a whole. Only
//! what is told of it is shared out: its progress runs through its episodes in equal shares, and
//! each is told under its own name. Whether an episode counts once is remembered of the episode,
//! which may also be played by itself.

use super::super::Decision;
use super::super::position::is_seek;
use super::super::rules::{BEGINNING, HARDLY_BEGUN, LONG_SILENCE, LONGEST, SAME_PLACE};
use super::super::ruling::{Ruling, ignored};
use super::super::session::{Phase, Session, Stretch, Told, remaining};
use super::super::viewing::{Episodes, Viewing};
use super::Draft;
use crate::event::{Action, Percent, Time};
use crate::intent::{Intent, Verb};
use crate::verdict::{Outcome, Reason};
use std::time::Duration;

/// A viewing of a file as it was before a turn.
pub(super) struct Before {
    sessions: Vec<Session>,
    round: u32,
    /// How many intents there were, and how many were parked.
    pub(super) told: (usize, usize),
}

impl Draft<'_> {
    /// What is needed to share out what a turn tells; `None` where its item is no such file.
    pub(super) fn file_before(&self, id: u64, decision: &Decision) -> Option<Before> {
        let file = self.state.viewings.get(&id).filter(|file| file.item.episodes() > 1)?;
        Some(Before {
            sessions: file.sessions.clone(),
            round: file.round,
            told: (decision.intents.len(), decision.parked.len()),
        })
    }

    /// Shares out what a turn has told of a file, and tells the episodes that were passed in it.
    pub(super) fn share_out(
        &mut self,
        id: u64,
        before: &Before,
        now: Time,
        decision: &mut Decision,
    ) {
        let told = decision.intents.split_off(before.told.0);
        let parked = decision.parked.split_off(before.told.1);
        decision.parked.extend(parked.iter().flat_map(|(intent, why)| {
            by_hand(intent).into_iter().map(move |intent| (intent, why.clone()))
        }));
        let Some(file) = self.state.viewings.get(&id).map(|file| Viewing::clone(file)) else {
            return;
        };
        if file.round != before.round {
            self.edit(id, |file| file.episodes = Episodes::default());
        }
        let by_hand = told.iter().filter(|intent| intent.session.is_empty()).flat_map(by_hand);
        decision.intents.extend(by_hand);
        // One that was left behind in an earlier round tells nothing.
        for session in file.sessions.iter().filter(|session| session.round == file.round) {
            let was = before.sessions.iter().find(|was| was.id == session.id);
            let name = session.id.to_string();
            let told: Vec<&Intent> = told.iter().filter(|told| told.session == name).collect();
            if told.is_empty() && was == Some(session) {
                continue;
            }
            let mut reel = Reel::new(self, id, &file, session, was, now);
            reel.run(&told);
            let Reel { stretch, intents, .. } = reel;
            decision.intents.extend(intents);
            self.edit(id, |file| {
                let mut kept = file.sessions.iter_mut().filter(|kept| kept.id == session.id);
                if let Some(kept) = kept.next() {
                    kept.stretch = Some(stretch);
                }
            });
        }
    }

    /// The number of what is remembered of one of a file's episodes.
    fn episode_of(&self, file: &Viewing, session: &Session, index: u32) -> Option<u64> {
        self.state.find(&file.account, &file.item.episode(index), file.server_of(session))
    }

    /// The viewing of whose session an intent speaks ([`Intent::session`]); of a file that of its
    /// episode.
    pub(super) fn spoken_of(&self, session: &str) -> Option<u64> {
        let (session, episode) =
            session.split_once('#').map_or((session, None), |(one, two)| (one, Some(two)));
        let session = session.parse::<u64>().ok()?;
        let mut viewings = self.state.viewings.iter();
        let (id, viewing, session) = viewings.find_map(|(&id, viewing)| {
            let session = viewing.sessions.iter().find(|candidate| candidate.id == session)?;
            Some((id, viewing, session))
        })?;
        match episode {
            None => Some(id),
            Some(number) => {
                let index = number.parse::<u32>().ok()?.checked_sub(1)?;
                self.episode_of(viewing, session, index)
            }
        }
    }
}

impl Viewing {
    /// The media server of a session, if it gave the item a key.
    fn server_of(&self, session: &Session) -> Option<&str> {
        let mut servers = self.keys.iter().map(|(server, _)| &**server);
        servers.find(|server| session.seat.is_at(server))
    }
}

/// What became of an event of a file, where `told` is what is told of its episodes.
pub(super) fn ruling(of_the_file: Ruling, told: &[Intent]) -> Ruling {
    match (told.last(), of_the_file.outcome) {
        (Some(Intent { verb, progress, .. }), Outcome::Ignored | Outcome::Duplicate) => Ruling {
            outcome: Outcome::Queued,
            action: Some(*verb),
            reason: Reason::Sent { verb: *verb, progress: *progress },
        },
        (None, Outcome::Queued) => ignored(Reason::EpisodeCounted),
        _ => of_the_file,
    }
}

/// What was said of a file as a whole, of each of its episodes; a rating is its first one's. A play
/// ends with the last of them.
fn by_hand(intent: &Intent) -> Vec<Intent> {
    let is_rating = matches!(intent.verb, Verb::Rate(_) | Verb::Unrate);
    let episodes = if is_rating { 1 } else { intent.item.episodes() };
    let of = |index| {
        let item = intent.item.episode(index);
        let share = item.runtime_ms.filter(|_| intent.verb == Verb::Finish).unwrap_or_default();
        let rest = share.saturating_mul(u64::from(episodes - 1 - index));
        Intent { item, at: intent.at.before(Duration::from_millis(rest)), ..intent.clone() }
    };
    (0..episodes).map(of).collect()
}

/// One player's way through a file in one turn.
struct Reel<'a, 'd> {
    draft: &'a mut Draft<'d>,
    id: u64,
    file: &'a Viewing,
    /// The session after the turn, and before it.
    session: &'a Session,
    was: Option<&'a Session>,
    now: Time,
    count: u32,
    stretch: Stretch,
    intents: Vec<Intent>,
}

impl<'a, 'd> Reel<'a, 'd> {
    fn new(
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
        let fresh = Stretch { from, since: now, told: None };
        let stretch = goes_on.and(session.stretch).unwrap_or(fresh);
        let count = file.item.episodes();
        Self { draft, id, file, session, was: goes_on, now, count, stretch, intents: Vec::new() }
    }

    fn run(&mut self, told: &[&Intent]) {
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
                if let Some(left) = self.stretch.told.filter(|told| *told != self.index(at)) {
                    self.leave(Verb::Left, left, expected, self.now);
                }
                (self.stretch.from, self.stretch.since) = (at, self.now);
            }
            None if is_reported || !plays_on => self.pass_to(at, self.now),
            None => {}
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
        if shows && self.stretch.told != Some(index) {
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
            self.tell(Verb::Start, index, own, at);
        }
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
        } else if self.stretch.told == Some(index) {
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
        self.stretch.told = (verb != Verb::Abandoned).then_some(index);
        self.intents.push(Intent {
            account: self.file.account.clone(),
            verb,
            item,
            session: format!("{}#{}", self.session.id, index + 1),
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
        Percent::clamped(100.0 / f64::from(self.count) * f64::from(index))
    }

    /// How far an episode is played where the file stands at `at`.
    fn own(&self, index: u32, at: Percent) -> Percent {
        Percent::clamped((at.value() - self.begin(index).value()) * f64::from(self.count))
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
