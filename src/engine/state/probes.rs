//! What only a media server can tell: events that wait for its answer.
//!
//! An event that lacks what decides about it is held with its question, stored like everything
//! else, so that its sender never waits. It goes on when the answer comes, when the time for it
//! is over, or when its player says something new, whichever is first. Only where it is asked whether it
//! counts at all, what its player says next waits behind it: either would be a guess without the answer.

use super::super::Decision;
use super::super::seat::PlayerKey;
use super::super::session::Session;
use super::Draft;
use super::places::FILES_ARE_KEPT;
use crate::config::MediaServer;
use crate::event::{Action, Event, File, Kind, Library, Source, Time};
use crate::filter::{self, FilterResult, Question};
use crate::probe::{About, GRACE, PATIENCE, Probe, ProbeAnswer, Watched};
use crate::verdict::{Outcome, Reason, Verdict};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How many events wait at a time; more go on without an answer.
const MOST_HELD: usize = 256;
/// How many items' libraries are remembered.
const MOST_LIBRARIES: usize = 2_000;
/// For how long.
const LIBRARIES_ARE_KEPT: Duration = Duration::from_secs(3600);
/// How long a server that gave no answer about them is left alone: it may only restart.
const SILENCE_IS_KEPT: Duration = Duration::from_secs(60);

/// An event that waits for an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldEvent {
    event: Event,
    /// `None` where it waits behind another one of its player.
    #[serde(flatten)]
    pub(super) question: Option<OpenQuestion>,
}

/// What is asked about an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenQuestion {
    /// When it goes on without an answer.
    pub(super) due: Time,
    about: About,
    /// What was asked about it before, so that nothing is asked twice.
    asked: Vec<About>,
}

impl HeldEvent {
    /// When it goes on whatever happens.
    pub(super) fn due(&self) -> Option<Time> {
        self.question.as_ref().map(|question| question.due)
    }

    /// Whether its player is the one that an event speaks of.
    fn is_of_the_player_of(&self, event: &Event) -> bool {
        PlayerKey::of(&self.event).is_of(event)
    }

    /// Whether what is asked is if it counts at all.
    fn decides(&self) -> bool {
        self.question.as_ref().is_some_and(|it| matches!(it.about, About::Libraries | About::File))
    }
}

impl Draft<'_> {
    /// Asks for what the event lacks, if somebody can be asked; then the event is held under the question's
    /// number.
    pub(super) fn ask_for(
        &mut self,
        event: &Event,
        question: Option<Question>,
        asked: &[About],
        now: Time,
        decision: &mut Decision,
    ) -> Option<u64> {
        let settings = self.settings;
        let server = settings.server(event.source, &event.server)?;
        let missing = self.missing(event, server, question, now);
        let about = missing.into_iter().find(|about| !asked.contains(about))?;
        if self.state.held.len() >= MOST_HELD {
            return None;
        }
        let number = self.number();
        let key = match (&about, &event.item.kind) {
            (About::Show, Kind::Episode(episode)) => episode.show.key.clone(),
            _ => event.item.key.clone(),
        };
        decision.ask.push(Probe {
            number,
            source: event.source,
            server: server.name().to_owned(),
            key,
            user: event.user.clone(),
            about: about.clone(),
        });
        let asked = asked.iter().chain([&about]).cloned().collect();
        let question = Some(OpenQuestion { due: now.after(PATIENCE), about, asked });
        self.state.held.insert(number, HeldEvent { event: event.clone(), question });
        Some(number)
    }

    /// Has an event wait behind what its player said before, if it is asked whether that counts; its number
    /// then.
    pub(super) fn wait_behind(&mut self, event: &Event) -> Option<u64> {
        let is_before = |held: &HeldEvent| held.decides() && held.is_of_the_player_of(event);
        if self.state.held.len() >= MOST_HELD || !self.state.held.values().any(is_before) {
            return None;
        }
        let number = self.number();
        self.state.held.insert(number, HeldEvent { event: event.clone(), question: None });
        Some(number)
    }

    /// What a player said goes on, as far as nothing before it waits for whether it counts.
    fn go_on_behind(&mut self, player: &PlayerKey, now: Time, decision: &mut Decision) {
        let is_of = |held: &HeldEvent| PlayerKey::of(&held.event) == *player;
        loop {
            let held = &self.state.held;
            if held.values().any(|held| held.decides() && is_of(held)) {
                return;
            }
            let mut behind = held.iter().filter(|(_, it)| it.question.is_none() && is_of(it));
            let Some((&number, _)) = behind.next() else { return };
            let Some(HeldEvent { event, .. }) = self.state.held.remove(&number) else { return };
            let event = self.as_its_session_names(&event, now).unwrap_or(event);
            self.go_on_before(&event, now, decision);
            self.go_on(number, &event, &[], now, decision);
        }
    }

    /// What an event lacks that its server may know, most urgent first.
    fn missing(
        &self,
        event: &Event,
        server: &MediaServer,
        question: Option<Question>,
        now: Time,
    ) -> Vec<About> {
        let mut missing = Vec::new();
        if !server.can_be_asked() || event.item.key.is_empty() {
            return missing;
        }
        let is_plex = event.source == Source::Plex;
        if question == Some(Question::Library) && !is_plex && self.libraries(event, now).is_none() {
            missing.push(About::Libraries);
        }
        if question == Some(Question::File) && self.file(event, now).is_none() {
            missing.push(About::File);
        }
        if is_plex && server.probe_session_progress && event.position_ms.is_none() {
            match event.action {
                Action::Start | Action::Resume | Action::Pause => missing.push(About::Position),
                Action::Stop { .. } => missing.push(About::Watched),
                Action::Progress { .. }
                | Action::Completed
                | Action::Rate(_)
                | Action::Mark { .. }
                | Action::Unmark
                | Action::Played { .. } => {}
            }
        }
        if let Kind::Episode(episode) = &event.item.kind
            && is_plex
            && event.item.ids.is_empty()
            && episode.show.ids.is_empty()
            && !episode.show.key.is_empty()
        {
            missing.push(About::Show);
        }
        let is_known = || {
            let accounts = &self.settings.accounts;
            accounts.iter().any(|account| {
                let known = self.state.known(&account.name, &event.item);
                known.is_some_and(|item| item.runtime_ms.is_some())
            })
        };
        if !is_plex && event.item.runtime_ms.is_none() && !event.action.is_by_hand() && !is_known()
        {
            missing.push(About::Runtime);
        }
        missing
    }

    /// An answer has come, to an event or to a session that ended without a sign.
    pub(super) fn answer(
        &mut self,
        number: u64,
        found: ProbeAnswer,
        now: Time,
        decision: &mut Decision,
    ) {
        if let Some(held) = self.state.held.remove(&number) {
            let (decides, player) = (held.decides(), PlayerKey::of(&held.event));
            let (event, asked) = self.answered(held, found, now);
            self.go_on(number, &event, &asked, now, decision);
            if decides {
                self.go_on_behind(&player, now, decision);
            }
            return;
        }
        let ends = |session: &Session| session.end_asked.is_some_and(|(asked, _)| asked == number);
        let viewing =
            self.state.viewings.iter().find(|(_, viewing)| viewing.sessions.iter().any(ends));
        let Some((&id, _)) = viewing else { return };
        let ruled = self.turn(id, now, decision, |turn| {
            (turn.viewing.item.label(), turn.expire_with(number, &found))
        });
        if let Some((account, (item, Some(ruling)))) = ruled {
            decision.due.push((item, ruling.of(&account, self.key(id))));
        }
    }

    /// Events whose time for an answer is over go on without one.
    pub(super) fn give_up(&mut self, now: Time, decision: &mut Decision) {
        let is_due = |held: &HeldEvent| held.due().is_some_and(|due| due <= now);
        while let Some((&number, _)) = self.state.held.iter().find(|(_, held)| is_due(held)) {
            self.answer(number, ProbeAnswer::Nothing, now, decision);
        }
    }

    /// A player that says something new has no event that waits any more.
    pub(super) fn go_on_before(&mut self, event: &Event, now: Time, decision: &mut Decision) {
        let is_before =
            |held: &HeldEvent| held.question.is_some() && held.is_of_the_player_of(event);
        while let Some((&number, _)) = self.state.held.iter().find(|(_, held)| is_before(held)) {
            self.answer(number, ProbeAnswer::Nothing, now, decision);
        }
    }

    /// An event with what was found, and what was asked about it; what is found of its item is remembered.
    fn answered(&mut self, held: HeldEvent, found: ProbeAnswer, now: Time) -> (Event, Vec<About>) {
        let HeldEvent { mut event, question } = held;
        let Some(OpenQuestion { about, asked, .. }) = question else { return (event, Vec::new()) };
        match found {
            ProbeAnswer::Nothing if about == About::Libraries => {
                self.remember_libraries(&event, Vec::new(), now.after(SILENCE_IS_KEPT));
            }
            ProbeAnswer::Nothing if about == About::File => {
                self.remember_file(&event, File::default(), now.after(SILENCE_IS_KEPT));
            }
            ProbeAnswer::Nothing => {}
            ProbeAnswer::File(file) => {
                self.remember_file(&event, file, now.after(FILES_ARE_KEPT));
            }
            ProbeAnswer::Position(ms) => event.position_ms = Some(ms),
            ProbeAnswer::Runtime(ms) => event.item.runtime_ms = Some(ms).filter(|ms| *ms > 0),
            ProbeAnswer::Show(ids) => {
                if let Kind::Episode(episode) = &mut event.item.kind {
                    episode.show.ids = ids;
                }
            }
            ProbeAnswer::Libraries(libraries) => {
                self.remember_libraries(&event, libraries, now.after(LIBRARIES_ARE_KEPT));
            }
            ProbeAnswer::Watched(watched) => {
                if self.was_watched_in_this_viewing(&event, watched) {
                    event.action = Action::Stop { completed: true };
                }
            }
        }
        (event, asked)
    }

    /// An event that waited is taken.
    fn go_on(
        &mut self,
        number: u64,
        event: &Event,
        asked: &[About],
        now: Time,
        decision: &mut Decision,
    ) {
        let mut rest = Decision::default();
        let admission = self.heard(event, asked, now, &mut rest);
        let label = event.item.label();
        decision.due.extend(rest.due);
        decision.due.extend(rest.verdicts.into_iter().map(|verdict| (label.clone(), verdict)));
        decision.intents.extend(rest.intents);
        decision.parked.extend(rest.parked);
        decision.ask.extend(rest.ask);
        decision.admissions.push((Some(number), admission));
    }

    /// Whether an item was counted since its session began: a play of long ago says nothing of this
    /// viewing, and that it was begun nothing of its end.
    fn was_watched_in_this_viewing(&self, event: &Event, watched: Watched) -> bool {
        let Watched::Counted(at) = watched else { return false };
        let sessions = self.state.viewings.values().flat_map(|viewing| {
            let same = viewing.item.key == event.item.key;
            viewing.sessions.iter().filter(move |_| same)
        });
        let session = sessions.filter(|session| session.seat.is_of(event)).max_by_key(|s| s.opened);
        session.is_some_and(|session| at >= session.opened.before(GRACE))
    }

    fn remember_libraries(&mut self, event: &Event, libraries: Vec<Library>, until: Time) {
        while self.state.libraries.len() >= MOST_LIBRARIES {
            let oldest = self.state.libraries.iter().min_by_key(|(_, (_, when))| *when);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { break };
            self.state.libraries.remove(&key);
        }
        let key = (event.server.clone(), event.item.key.clone());
        self.state.libraries.insert(key, (libraries, until));
    }

    /// What was answered about an item's libraries lately: none where it has none.
    fn libraries(&self, event: &Event, now: Time) -> Option<&[Library]> {
        if self.state.libraries.is_empty() {
            return None;
        }
        let key = (event.server.clone(), event.item.key.clone());
        let (libraries, until) = self.state.libraries.get(&key)?;
        (now < *until).then_some(libraries.as_slice())
    }

    /// The event in the first of its item's libraries that is wanted; in the nearest where none
    /// is, so that the filter can say which it is.
    pub(super) fn in_its_library(&self, event: &Event, now: Time) -> Option<Event> {
        let libraries = self.libraries(event, now)?;
        let within = |library: &Library| {
            let event = Event { library: Some(library.clone()), ..event.clone() };
            let kept = filter::filter(&event, self.settings);
            (event, kept)
        };
        let tried: Vec<_> = libraries.iter().map(within).collect();
        let blocked = |(_, kept): &&(Event, FilterResult)| {
            matches!(kept, FilterResult::Drop(Reason::LibraryBlocked { .. }))
        };
        let kept = |(_, kept): &&(Event, FilterResult)| !matches!(kept, FilterResult::Drop(_));
        let chosen = tried.iter().find(blocked).or_else(|| tried.iter().find(kept));
        chosen.or(tried.first()).map(|(event, _)| event.clone())
    }
}

/// The verdict of an event that waits for its server.
pub(super) fn asks(event: &Event) -> Verdict {
    let reason = Reason::AsksServer { source: event.source.to_string() };
    Verdict { outcome: Outcome::Waiting, ..Verdict::ignored(reason) }
}
