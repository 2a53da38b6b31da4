//! What becomes of plays that were found in media servers' histories.
//!
//! They are handed in a few at a time, decided on one draft and written in one transaction like
//! events; only when all of a run are on the disk it is noted that it has come to its end. So a
//! crash between the two finds the same plays again, and knows that they are told.

use super::caught_up::EarlierRuns;
use super::disk::Doing;
use super::findings::{Decided, HistoryMessage, Known};
use super::line::ActivityEntry;
use super::queue::{Message, Queue, STOPPING};
use super::thread::{Desk, gather, write};
use crate::config::{ServerId, Settings};
use crate::engine::{Decision, FoundPlay, Input, Listing};
use crate::event::{Action, Ear, Event, Source, Time, User};
use crate::filter;
use crate::store::About;
use crate::verdict::{Bulk, Outcome};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Without a runtime nothing is taken to be longer, and two who count the same play are no further
/// apart than this.
const SPAN: Duration = Duration::from_secs(4 * 3600 + 15 * 60);

/// A webhook comes within this of what it tells of, and a daemon that has just started may have missed it.
const AT_WORK: Duration = Duration::from_secs(5 * 60);

impl Queue {
    /// What is known before a run of the server with this id; `None` where the daemon stops.
    #[must_use]
    pub fn known(&self, source: Source, server: &str) -> Option<Known> {
        let (reply, answer) = channel();
        self.history(HistoryMessage::Known(source, server.to_owned(), reply));
        answer.recv().ok()
    }

    /// Hands in plays that were found, and waits for what is decided. Without `keep` nothing is kept
    /// of it.
    ///
    /// # Errors
    /// When they can't be stored, or the daemon is stopping.
    pub fn found(&self, plays: Vec<(Event, Option<Bulk>)>, keep: bool) -> Result<Decided, String> {
        let (reply, answer) = channel();
        self.history(HistoryMessage::Found(plays, keep, reply));
        answer.recv().unwrap_or_else(|_| Err(STOPPING.to_owned()))
    }

    /// Has ended here what does not play there any more; whether its server is asked how that ended.
    #[must_use]
    pub fn listed(&self, listing: Listing) -> bool {
        let (reply, answer) = channel();
        self.history(HistoryMessage::Listed(Box::new(listing), reply));
        answer.recv().unwrap_or_default()
    }

    /// Notes that a run which began then has come to its end. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be stored, or the daemon is stopping.
    pub fn history_read(&self, source: Source, server: &str, at: Time) -> Result<(), String> {
        let (reply, answer) = channel();
        self.history(HistoryMessage::Read(source, server.to_owned(), at, reply));
        answer.recv().unwrap_or_else(|_| Err(STOPPING.to_owned()))
    }

    /// Says what a server that the config has without its id has said of itself, and waits until that
    /// counts.
    pub fn learn_id(&self, id: ServerId) {
        let (reply, answer) = channel();
        self.history(HistoryMessage::Id(id, reply));
        let _ = answer.recv(); // the daemon may be stopping
    }

    /// Hands in something about histories that needs no answer.
    pub fn history(&self, message: HistoryMessage) {
        self.send(Message::History(message));
    }
}

impl Desk {
    pub(super) fn history(&mut self, message: HistoryMessage, now: Time) {
        match message {
            HistoryMessage::Known(source, server, reply) => {
                let _ = reply.send(self.known(source, &server, now)); // who asked may have gone
            }
            HistoryMessage::Found(plays, keep, reply) => {
                let found = self.found(plays, keep, now);
                if keep && !self.decides {
                    self.write_the_rest(now); // a command without a daemon is over soon
                }
                let _ = reply.send(found); // as above
            }
            HistoryMessage::Listed(listing, reply) => {
                if let Err(error) = self.take(&[Input::Listed(listing)], true, now) {
                    log::warn!("sessions that have ended can't be ended now: {error}");
                }
                let _ = reply.send(self.state.asks_how_sessions_ended()); // as above
            }
            HistoryMessage::Read(source, server, at, reply) => {
                let all = self.caught_up.with(Some(source), &server, at);
                let _ = reply.send(self.keep_caught_up(all)); // as above
            }
            HistoryMessage::Id(id, reply) => {
                self.learn_id(id);
                let _ = reply.send(()); // as above
            }
            HistoryMessage::Trouble(source, name, trouble) => {
                self.caught_up.note(source, &name, trouble);
            }
        }
    }

    /// Notes when it first started, where nobody has. A clock that was not set yet dates nothing.
    pub(super) fn note_first_start(&mut self, now: Time) {
        if self.caught_up.first_start().is_none() && now >= super::parked::POSSIBLE {
            let all = self.caught_up.with(None, "", now);
            if let Err(error) = self.keep_caught_up(all) {
                log::warn!("when the daemon first started can't be stored: {error}");
            }
        }
    }

    /// From now on webhooks are known by it, and questions and ears find the server. Where it can't be
    /// kept it is asked for at the next start.
    fn learn_id(&mut self, id: ServerId) {
        if !self.caught_up.learn(id) {
            return;
        }
        let rows = self.caught_up.rows(self.caught_up.runs());
        if let Err(error) = self.store.keep_caught_up(&rows) {
            log::warn!("what a media server says that its id is can't be stored: {error}");
        }
        self.live.learn(self.caught_up.ids().to_vec());
        let settings = self.live.settings();
        let adapted = self.asker.adapt(&settings);
        if let Err(error) = adapted.and_then(|()| self.ears.listen_to(&settings, &[])) {
            log::warn!("there is no thread for a media server ({error}): restart scrobbled");
        }
    }

    fn keep_caught_up(&mut self, all: Vec<super::caught_up::HistoryRead>) -> Result<(), String> {
        let rows = self.caught_up.rows(&all);
        self.store.keep_caught_up(&rows).map_err(|error| error.to_string())?;
        self.caught_up.written(all);
        Ok(())
    }

    fn known(&mut self, source: Source, server: &str, now: Time) -> Known {
        self.note_first_start(now);
        let earlier = EarlierRuns {
            first_start: self.caught_up.first_start().unwrap_or(now),
            last_run: self.caught_up.of_id(source, server),
        };
        let mut users: Vec<User> = Vec::new();
        let sessions = self.state.viewings().flat_map(|(_, viewing)| &viewing.sessions);
        let theirs = sessions.filter(|it| it.seat.source() == source && it.seat.is_at(server));
        for user in theirs.map(|session| &session.user).filter(|user| !user.is_unknown()) {
            if !users.contains(user) {
                users.push(user.clone());
            }
        }
        Known { earlier, users }
    }

    fn found(
        &mut self,
        plays: Vec<(Event, Option<Bulk>)>,
        keep: bool,
        now: Time,
    ) -> Result<Decided, String> {
        let settings = self.live.settings();
        let told = self.told_of(&plays, &settings)?;
        let inputs = plays
            .into_iter()
            .zip(told)
            .map(|((event, bulk), told)| Input::Played(Box::new(FoundPlay { event, told, bulk })));
        let inputs: Vec<Input> = inputs.collect();
        self.take(&inputs, keep, now)
    }

    /// A server that posts nothing of what was played while somebody was there to hear it is deaf.
    fn note_deafness(&self, event: &Event, settings: &Settings, now: Time) {
        let Action::Played { at, .. } = event.action else { return };
        let Some(server) = settings.server(event.source, &event.server) else { return };
        let was_there = now.before(self.clock.steady()) < at.before(AT_WORK);
        let webhook = self.activity.last_webhook(server, settings);
        if was_there && !server.hear && webhook.is_none_or(|webhook| webhook < at.before(AT_WORK)) {
            self.activity.miss(event, Ear::History, now);
        }
    }

    /// What is stored of plays of the same items about their times, for each account.
    fn told_of(
        &mut self,
        plays: &[(Event, Option<Bulk>)],
        settings: &Settings,
    ) -> Result<Vec<Vec<(String, Time)>>, String> {
        let mut told = vec![Vec::new(); plays.len()];
        let about = |event: &'_ Event| {
            let Action::Played { at, .. } = event.action else { return (Time(0), Time(0)) };
            let span = event.item.runtime_ms.map_or(SPAN, |ms| SPAN.max(Duration::from_millis(ms)));
            (at.before(span), at.after(span))
        };
        let items: Vec<About<'_>> = plays
            .iter()
            .map(|(event, _)| (event, about(event)))
            .map(|(event, (from, to))| About { item: &event.item, from, to })
            .collect();
        for account in &settings.accounts {
            let takes = |(event, _): &(Event, _)| filter::takes(account, event.source, &event.user);
            if !plays.iter().any(takes) {
                continue;
            }
            let found = self.store.played_about(&account.name, &items);
            for (place, at) in found.map_err(|error| error.to_string())? {
                if let Some(of_play) = told.get_mut(place) {
                    of_play.push((account.name.clone(), at));
                }
            }
        }
        Ok(told)
    }

    /// Decides on these, and keeps it where it is to be kept.
    fn take(&mut self, inputs: &[Input], keep: bool, now: Time) -> Result<Decided, String> {
        let settings = self.live.settings();
        let mut draft = self.state.draft(&settings);
        let (mut all, mut verdicts) = (Decision::default(), Vec::with_capacity(inputs.len()));
        for input in inputs {
            let mut decision = draft.handle(input, now);
            verdicts.push(std::mem::take(&mut decision.verdicts));
            gather(&mut all, decision);
        }
        if !keep {
            return Ok(verdicts); // what is dropped leaves no trace
        }
        let changes = draft.changes(now);
        let changed = !(changes.is_empty() && all.intents.is_empty() && all.parked.is_empty());
        let mut fallen = Vec::new();
        if changed {
            match write(&mut self.store, &self.activity, &changes, &all, now) {
                Ok(written) => fallen = written,
                Err(error) => {
                    drop(changes);
                    drop(draft);
                    self.refused(Doing::Deciding, &error);
                    return Err(error.to_string());
                }
            }
        }
        draft.keep(now);
        self.pass_on(all.admissions, None);
        self.overflowed(&fallen, now);
        if changed {
            self.taken(&Doing::Deciding);
        }
        for (item, verdict) in all.due {
            self.note(ActivityEntry::by_itself(&verdict, item, now));
        }
        let decided = inputs.iter().zip(&verdicts);
        for (input, verdict) in
            decided.flat_map(|(input, all)| all.iter().map(move |it| (input, it)))
        {
            // What was told already is found in every run.
            let is_news = matches!(verdict.outcome, Outcome::Queued | Outcome::Waiting);
            if let (Input::Played(found), true) = (input, is_news) {
                // Of an import nothing would have been posted.
                if verdict.outcome == Outcome::Queued {
                    self.note_deafness(&found.event, &settings, now);
                }
                self.note(ActivityEntry::of(&found.event, Ear::History, verdict, now));
            }
        }
        for probe in all.ask {
            self.asker.put(probe);
        }
        self.announce(&all.intents, all.parked, now);
        Ok(verdicts)
    }
}
