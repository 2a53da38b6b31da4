//! What only a media server can tell: events that wait for its answer.
//!
//! An event that lacks what decides about it is held with its question, stored like everything
//! else, so that its sender never waits. It goes on when the answer comes, when the time for it
//! is over, or when its player says something new, whichever is first.

use super::super::seat::PlayerKey;
use super::super::session::Session;
use super::super::{Admission, Decision};
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
    pub(super) due: Time,
    about: About,
    /// What was asked about it before, so that nothing is asked twice.
    asked: Vec<About>,
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
        let held = HeldEvent { event: event.clone(), due: now.after(PATIENCE), about, asked };
        self.state.held.insert(number, held);
        Some(number)
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
            let admission = self.go_on(held, found, now, decision);
            return decision.admissions.push((Some(number), admission));
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
        while let Some((&number, _)) = self.state.held.iter().find(|(_, held)| held.due <= now) {
            self.answer(number, ProbeAnswer::Nothing, now, decision);
        }
    }

    /// A player that says something new has no event that waits any more.
    pub(super) fn go_on_before(&mut self, event: &Event, now: Time, decision: &mut Decision) {
        while let Some((&number, _)) =
            self.state.held.iter().find(|(_, held)| PlayerKey::of(&held.event).is_of(event))
        {
            self.answer(number, ProbeAnswer::Nothing, now, decision);
        }
    }

    fn go_on(
        &mut self,
        held: HeldEvent,
        found: ProbeAnswer,
        now: Time,
        decision: &mut Decision,
    ) -> Admission {
        let HeldEvent { mut event, asked, about, .. } = held;
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
        let mut rest = Decision::default();
        let admission = self.heard(&event, &asked, now, &mut rest);
        let label = event.item.label();
        decision.due.extend(rest.due);
        decision.due.extend(rest.verdicts.into_iter().map(|verdict| (label.clone(), verdict)));
        decision.intents.extend(rest.intents);
        decision.parked.extend(rest.parked);
        decision.ask.extend(rest.ask);
        admission
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
