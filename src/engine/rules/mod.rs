//! What does an event mean, given what came before? The playback rules of docs/rules.md, those
//! about positions apart.
//!
//! A [`Turn`] is one account's turn at one event or deadline. It changes the viewing that it was
//! given, and collects the intents that follow; everything else (which viewing it is, what is
//! written, who is answered) is not its business.

mod ended;
mod history;
mod marks;
mod once;
mod start;
mod stop;

pub(super) use ended::asked_at;
pub(super) use once::LONG_SILENCE;
pub(super) use start::{FAST_CANCEL, HANDOVER};

use super::flood::Floods;
use super::position::{self, Position};
use super::ruling::{Ruling, duplicate, ignored, waiting};
use super::session::{Phase, Session, Start, Told, Wake, remaining};
use super::viewing::Viewing;
use crate::config::{Scrobble, Settings};
use crate::event::{Action, Event, Item, Kind, Percent, Time};
use crate::intent::{Intent, Verb, ViewingKey};
use crate::probe::Probe;
use crate::verdict::{Outcome, Reason};
use std::time::Duration;

/// Rules 7, 10 and 11: up to here playback is at its beginning.
pub(super) const BEGINNING: Percent = Percent::whole(5);
/// Rule 10: an event that equals the one before it within this time is a repetition.
const REPETITION: Duration = Duration::from_secs(15);
/// Rule 15: the same rating twice within this time is one.
const RATING_REPETITION: Duration = Duration::from_secs(10);
/// Rules 5 and 6: below this there is nothing to remember.
pub(super) const HARDLY_BEGUN: Percent = Percent::whole(1);
/// Nothing without a runtime is taken to be longer.
pub(super) const LONGEST: Duration = Duration::from_secs(4 * 3600);
/// Rule 5: positions no further apart than this are one place, in percent.
pub(super) const SAME_PLACE: f64 = 1.0;

/// One account's turn at one event or deadline.
pub(super) struct Turn<'a> {
    /// The numbers of the rules.
    pub(super) numbers: &'a Scrobble,
    /// Which media servers can be asked.
    pub(super) settings: &'a Settings,
    /// The time.
    pub(super) now: Time,
    /// The number of what is remembered of the item.
    pub(super) number: u64,
    /// What is remembered of the item.
    pub(super) viewing: &'a mut Viewing,
    /// The session of which the account's latest live call speaks: Trakt shows one thing at a
    /// time.
    pub(super) latest: &'a mut Option<u64>,
    /// The last number given to a session or to something told.
    pub(super) last_number: &'a mut u64,
    /// What the event's player did before.
    pub(super) player: PlayerBefore,
    /// Whether a session was opened in this turn.
    pub(super) opened: bool,
    /// What came lately for the account (rule 20).
    pub(super) floods: &'a mut Floods,
    /// What follows, in order.
    pub(super) intents: &'a mut Vec<Intent>,
    /// What shall be told only when somebody asks for it, and why.
    pub(super) parked: &'a mut Vec<(Intent, Reason)>,
    /// What a media server should be asked.
    pub(super) ask: &'a mut Vec<Probe>,
}

/// What a player did before an event, as far as it concerns the start of another item.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PlayerBefore {
    /// Whether it has another item in hand that is not finished (rule 18).
    pub(super) is_busy: bool,
    /// When it last stopped something (rule 12); only told where the guard is on.
    pub(super) stopped: Option<Time>,
    /// Where another item stopped last, in milliseconds, and when (rule 9); only told of a stop.
    pub(super) ended: Option<(u64, Time)>,
}

impl Turn<'_> {
    /// Takes an event of the viewing's item.
    pub(super) fn event(&mut self, event: &Event) -> Ruling {
        if let Action::Rate(rating) = event.action {
            return self.rate(rating);
        }
        if matches!(self.viewing.item.kind, Kind::Show | Kind::Season { .. }) {
            return ignored(Reason::NotPlayable);
        }
        let slot = self.viewing.sessions.iter().position(|session| session.seat.is_of(event));
        let mut slot = slot.map(|index| self.viewing.sessions.swap_remove(index));
        if let Some(session) = &mut slot {
            self.go_on_to_the_next(session);
        }
        if slot.as_ref().is_some_and(|session| self.is_of_an_earlier_viewing(session, event)) {
            slot = None;
        }
        let ruling = match &slot {
            Some(session) if session.repeats(event, self.now) => duplicate(Reason::Repeated),
            Some(_) | None => self.rule(event, &mut slot),
        };
        self.viewing.heard = self.now;
        if let Some(mut session) = slot {
            session.hear(event, self.now);
            self.viewing.sessions.reserve_exact(1); // most have one for ever, and it is large
            self.viewing.sessions.push(session);
            self.viewing.prune();
        }
        ruling
    }

    fn rule(&mut self, event: &Event, slot: &mut Option<Session>) -> Ruling {
        let has_just_stopped =
            slot.as_ref().is_some_and(|session| session.has_just_stopped(self.now));
        match event.action {
            // What begins again says where, or that it starts where its player has another in hand.
            Action::Resume
                if has_just_stopped && (event.position_ms.is_none() || self.player.is_busy) =>
            {
                duplicate(Reason::LateProgress)
            }
            Action::Start
                if self.player.is_busy
                    && slot.as_ref().is_some_and(|session| self.starts_twice(session, event)) =>
            {
                duplicate(Reason::Repeated)
            }
            Action::Start | Action::Resume => self.start(event, slot),
            Action::Pause => self.pause(event, slot),
            Action::Stop { completed } => self.stop(event, completed, slot),
            Action::Completed => self.stop(event, true, slot),
            Action::Progress { .. } if has_just_stopped => duplicate(Reason::LateProgress),
            Action::Progress { paused } => {
                let is_paused = |s: &Session| matches!(s.phase, Phase::Paused(_));
                match (paused, slot.as_ref().is_some_and(is_paused)) {
                    (Some(true), _) => self.pause(event, slot),
                    (Some(false), true) => self.start(event, slot),
                    (Some(false), false) | (None, _) => self.progress(event, slot),
                }
            }
            Action::Rate(_) => ignored(Reason::NotPlayback { event: "rate".to_owned() }),
            Action::Mark { at } => self.mark(at),
            Action::Unmark => self.unmark(),
            // It comes as an input of its own, with what it needs: `history`.
            Action::Played { .. } => ignored(Reason::NotPlayback { event: "played".to_owned() }),
        }
    }

    /// Rule 10: whether a start comes a second time, after the session's stop.
    fn starts_twice(&self, session: &Session, event: &Event) -> bool {
        let position = position::reported(event, None, self.runtime(event), self.now);
        let is_its =
            |start: Start| start.position == position && self.now.since(start.at) < REPETITION;
        matches!(session.pulse.last, Some((Action::Stop { .. }, _, _)))
            && session.start.is_some_and(is_its)
    }

    // Rule 15.
    fn rate(&mut self, rating: Option<u8>) -> Ruling {
        self.viewing.heard = self.now;
        if let Some((last, at)) = self.viewing.rated
            && last == rating
            && self.now.since(at) < RATING_REPETITION
        {
            return duplicate(Reason::RatingRepeated);
        }
        self.viewing.rated = Some((rating, self.now));
        let (verb, reason) = match rating {
            Some(rating) => (Verb::Rate(rating), Reason::Rated { rating }),
            None => (Verb::Unrate, Reason::Unrated),
        };
        let viewing = Some(ViewingKey { number: self.number, round: None });
        let by_hand = self.by_hand(verb, self.now);
        let intent = Intent { progress: Percent::ZERO, viewing, ..by_hand };
        self.hand_over(intent, reason)
    }

    /// Has something told for this reason, or parks it where there is a flood. What is told of a
    /// file is shared out first.
    fn hand_over(&mut self, intent: Intent, reason: Reason) -> Ruling {
        let verb = intent.verb;
        let is_file = self.viewing.item.episodes() > 1;
        if !is_file && let Some(why) = self.floods.parks(verb, self.now) {
            self.parked.push((intent, why.clone()));
            return waiting(verb, why);
        }
        self.intents.push(intent);
        Ruling { outcome: Outcome::Queued, action: Some(verb), reason }
    }

    /// What is due by now, in the order in which it was.
    pub(super) fn deadlines(&mut self) -> Vec<Ruling> {
        let mut rulings = Vec::new();
        while let Some((index, wake)) = self.next_due() {
            let mut session = self.viewing.sessions.swap_remove(index);
            self.go_on_to_the_next(&mut session);
            let ruling = match wake {
                Wake::Opening | Wake::Seek | Wake::Autoplay | Wake::Handover => {
                    session.held_start.take().map(|held| {
                        session.seek_told =
                            if wake == Wake::Seek { Some(self.now) } else { session.seek_told };
                        self.tell_start(&mut session, held.position, held.at)
                    })
                }
                Wake::Pause => {
                    session.held_pause.take().map(|held| self.release_pause(&mut session, held))
                }
                Wake::Succession => self.ask_or_succeed(&mut session),
                Wake::Expiry => self.ask_or_expire(&mut session),
                Wake::Mark | Wake::Answer => None, // no session has these
            };
            self.viewing.sessions.push(session);
            rulings.extend(ruling);
        }
        rulings.extend(self.release_mark());
        rulings
    }

    fn next_due(&self) -> Option<(usize, Wake)> {
        let runtime = self.viewing.item.runtime_ms;
        let due = self.viewing.sessions.iter().enumerate().filter_map(|(index, session)| {
            let (due, wake) = session.deadline(runtime)?;
            (due <= self.now).then_some((due, index, wake))
        });
        due.min().map(|(_, index, wake)| (index, wake))
    }

    /// When playback began that now stands at a position, at the latest.
    fn began_before(&self, position: Percent) -> Time {
        let runtime = self.viewing.item.runtime_ms.unwrap_or_default();
        let left = remaining(runtime, position);
        self.now.before(Duration::from_millis(runtime).saturating_sub(left))
    }

    fn tell(&mut self, session: &mut Session, verb: Verb, progress: Percent, at: Time) -> Ruling {
        session.told_number = self.next_number();
        *self.latest = Some(session.id);
        let missed = self.viewing.item.runtime_ms.map_or(LONGEST, Duration::from_millis);
        let intent = Intent {
            account: self.viewing.account.clone(),
            verb,
            item: self.viewing.item.clone(),
            session: session.id.to_string(),
            progress,
            at,
            began: self.viewing.began.unwrap_or(at.before(missed)),
            viewing: Some(self.viewing.key(self.number)),
        };
        self.hand_over(intent, Reason::Sent { verb, progress })
    }

    /// Nothing to go by: no position, or none that can be turned into percent.
    fn nowhere(&self, event: &Event) -> Ruling {
        let has_position = event.position_ms.is_some_and(|position| position > 0);
        ignored(match self.runtime(event) {
            None if has_position => Reason::NoRuntime,
            None | Some(_) => Reason::NoPosition,
        })
    }

    fn next_number(&mut self) -> u64 {
        *self.last_number += 1;
        *self.last_number
    }

    fn watched_at(&self) -> Percent {
        watched_at(self.numbers, &self.viewing.item)
    }

    fn of_the_last(&self, percent: Percent) -> Percent {
        of_the_last(&self.viewing.item, percent)
    }

    fn runtime(&self, event: &Event) -> Option<u64> {
        event.item.runtime_ms.or(self.viewing.item.runtime_ms)
    }
}

/// From where on an item counts as watched.
pub(super) fn watched_at(numbers: &Scrobble, item: &Item) -> Percent {
    let percent = match item.kind {
        Kind::Movie => numbers.watched_at_movies,
        Kind::Episode(_) | Kind::Season { .. } | Kind::Show => numbers.watched_at_episodes,
    };
    of_the_last(item, percent)
}

/// Where a file with several episodes stands when its last one has come so far.
fn of_the_last(item: &Item, percent: Percent) -> Percent {
    Percent::clamped(100.0 - (100.0 - percent.value()) / f64::from(item.episodes()))
}

impl Session {
    // Rule 10.
    fn repeats(&self, event: &Event, now: Time) -> bool {
        self.pulse.last.is_some_and(|(action, position_ms, at)| {
            (action, position_ms) == (event.action, event.position_ms) && now.since(at) < REPETITION
        })
    }

    fn hear(&mut self, event: &Event, now: Time) {
        self.pulse.sign = now;
        self.end_asked = None;
        self.pulse.last = Some((event.action, event.position_ms, now));
        if self.user.is_unknown() {
            self.user.clone_from(&event.user);
        }
        if self.library.is_none() {
            self.library.clone_from(&event.library);
        }
    }

    /// It plays on from a position: what an event said, or else an assumed one.
    fn play_from(&mut self, position: Percent, said: Option<Position>, now: Time) {
        self.turn(Phase::Playing, now);
        self.note(said.unwrap_or(Position::Projected(position)), now);
    }

    /// Takes note of a position that an event gave.
    fn report(&mut self, position: Percent, now: Time) {
        self.pulse.reported = Some((position, now));
        self.paused_for = Duration::ZERO;
    }

    /// Takes over a position; a projected one is no measure for later ones.
    fn note(&mut self, position: Position, now: Time) {
        if let Some(at) = position.known() {
            self.anchor(at, now);
        }
        if let Position::Reported(at) = position {
            self.report(at, now);
        }
    }

    /// When it was watched that now turns out to have ended at `position`: with its pause, since
    /// nothing plays on after that, unless the end lies further on (its resume was lost); when it
    /// should have reached its end, where nobody saw it; else now.
    fn ended(&self, position: Position, runtime_ms: Option<u64>, now: Time) -> Time {
        let pause = self.pulse.anchor.value();
        let is_further = position.known().is_some_and(|at| at.value() > pause + SAME_PLACE);
        match (self.phase, position, runtime_ms) {
            (Phase::Paused(_), _, _) if is_further => now,
            (Phase::Paused(since), _, _) => since,
            (Phase::Playing, Position::Projected(at), Some(runtime)) if at == Percent::END => {
                now.min(self.pulse.anchored.after(remaining(runtime, self.pulse.anchor)))
            }
            (Phase::Playing | Phase::Stopped(_), _, _) => now,
        }
    }

    /// It has no more to tell.
    fn settle(&mut self) {
        self.let_go();
        self.told = Told::Nothing;
    }

    /// Nothing of it waits any more.
    fn let_go(&mut self) {
        (self.held_start, self.held_pause, self.handover) = (None, None, None);
    }

    fn end(&mut self, position: Position, now: Time) {
        self.note(position, now);
        self.let_go();
        // One that had only expired has stopped now, and what is late is late from now on.
        let expired = std::mem::take(&mut self.expired);
        if self.is_open() || expired {
            self.phase = Phase::Stopped(now);
        }
    }
}
