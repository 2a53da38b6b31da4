//! What is decided when, and what is safe before what?
//!
//! What waits together is decided together, on one draft, and written in one transaction; then
//! the draft is kept, and only then are the senders answered. A write that fails drops the draft
//! and tells the senders to come again, so that nothing is half remembered.
//!
//! What became of an intent is another matter: that has happened, whether it can be written or
//! not. It is kept until it can, and its destination gets no work before, or the same intent would be
//! told again.

use super::activity::{self, Activity};
use super::asker::Asker;
use super::caught_up::CaughtUp;
use super::couriers::Couriers;
use super::disk::{Disk, Doing};
use super::farewells::Farewells;
use super::fates::Fates;
use super::health::Health;
use super::heard;
use super::known_receivers::Receivers;
use super::known_servers::Connections;
use super::line::ActivityEntry;
use super::parked::ParkedEnds;
use super::queue::{Message, Permit, Recipient};
use crate::clock::Clock;
use crate::config::Live;
use crate::courier::CourierCommand;
use crate::delivery::{AccountState, Destination, Quota, Settled};
use crate::engine::{Admission, Changes, Decision, Input, State};
use crate::event::{Ear, Event, Time};
use crate::hear::Ears;
use crate::probe::About;
use crate::pulse::Heartbeat;
use crate::server::{RefusedPosts, Responder};
use crate::store::{Fallen, Store, StoreError};
use crate::verdict::{Outcome, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

/// How many messages are decided together at most.
const BATCH: usize = 256;
/// A wall clock that gains or loses this much against the steady one was set.
const CLOCK_JUMP: Duration = Duration::from_secs(5);
/// How long after a failed write the next one is tried, also when nobody asks for it: the disk
/// may have space again, and somebody may watch `/healthz` for that.
pub(super) const SICK: Duration = Duration::from_secs(2);

/// What the desk works with.
pub(crate) struct Desk {
    /// How everything is set.
    pub live: Arc<Live>,
    /// The time.
    pub clock: Clock,
    /// What the engine remembers.
    pub state: State,
    /// Where it is safe.
    pub store: Store,
    /// What happened lately.
    pub activity: Activity,
    /// Carries questions to media servers.
    pub asker: Asker,
    /// Listens to media servers.
    pub ears: Arc<Ears>,
    /// Which media servers are connected, and as which device we are known to them.
    pub connections: Connections,
    /// Up to when the histories of media servers were read.
    pub caught_up: CaughtUp,
    /// The couriers.
    pub couriers: Couriers,
    /// Answers requests, so that the desk need not wait for a socket.
    pub replier: Sender<(Responder, WebhookResponse)>,
    /// Webhooks that were turned away.
    pub refused: RefusedPosts,
    /// The receivers.
    pub receivers: Receivers,
    /// How each account is at its trackers; at none (`""`) where it has no login.
    pub states: BTreeMap<Destination, AccountState>,
    /// How many of the day's calls are left there, where a tracker tells it.
    pub quotas: BTreeMap<Destination, Quota>,
    /// When the log says again that accounts need a login, in steady time.
    pub remind_at: Duration,
    /// Whether the log says that several people share an account.
    pub several_told: bool,
    /// Whether it decides what is due, or leaves that to another.
    pub decides: bool,
    /// What is said of it all to those who only want to know whether it is well.
    pub health: Health,
    /// What became of the last intents for a destination, as long as it can't be written.
    pub unsettled: BTreeMap<Destination, Vec<(u64, Settled)>>,
    /// What the disk refuses.
    pub disk: Disk,
    /// Media servers that play what they post nothing of, with what was said of each.
    pub silent: BTreeMap<String, String>,
    /// How many intents are parked.
    pub parked: u64,
    /// When they end by themselves.
    pub parked_ends: ParkedEnds,
    /// Who waits to hear what becomes of what was sent again.
    pub fates: Fates,
    /// Where a login is about to go.
    pub farewells: Farewells,
    /// Beats once a batch.
    pub pulse: Heartbeat,
}

/// The answer to a request.
pub(crate) struct WebhookResponse {
    /// HTTP status.
    pub status: u16,
    /// JSON, or a sentence.
    pub body: String,
}

type Asked = (Box<Event>, Ear, Recipient, Permit);

/// What was decided about an event that was handed in.
struct Decided {
    event: Box<Event>,
    ear: Ear,
    recipient: Recipient,
    verdicts: Vec<Verdict>,
    /// Its own, and those of events that its player's word has ended the wait of.
    admissions: Vec<(Option<u64>, Admission)>,
}

impl Desk {
    /// Works until it is told to stop, or nobody is left who could tell.
    pub(crate) fn run(mut self, messages: &Receiver<Message>) {
        self.count();
        if self.decides {
            self.note_first_start(self.clock.now());
            self.tell_who_needs_a_login();
        }
        self.work_on(messages);
        self.write_the_rest(self.clock.now());
    }

    /// Writes what has happened, and the positions, without a decision that would take them along.
    pub(super) fn write_the_rest(&mut self, now: Time) {
        let (changes, nothing) = (self.state.unwritten(), Decision::default());
        let is_worth_it = !(changes.is_empty() && self.activity.unwritten().lines.is_empty());
        if is_worth_it
            && let Err(error) = write(&mut self.store, &self.activity, &changes, &nothing, now)
        {
            log::warn!("the last positions and lines of the activity are not kept: {error}");
        }
        self.keep_heard(Duration::ZERO);
    }

    /// Writes when media servers were last heard, if the disk is behind by so much. What can't be
    /// written is not tried again before as much has come to it.
    fn keep_heard(&mut self, behind: Duration) {
        let Some(heard) = self.activity.heard().unwritten(behind) else { return };
        if let Err(error) = self.store.keep_heard(&heard) {
            log::warn!("when media servers were last heard can't be stored: {error}");
        }
        self.activity.heard_written(heard);
    }

    fn work_on(&mut self, messages: &Receiver<Message>) {
        let mut seen = self.clock.reading();
        let mut started = seen.0;
        loop {
            let first = self.clock.receive(messages, self.patience());
            let (now, steady) = self.clock.reading();
            let expected = seen.0.after(steady.saturating_sub(seen.1));
            if now.since(expected).max(expected.since(now)) >= CLOCK_JUMP {
                started = self.clock_moved(expected, now, started);
            }
            seen = (now, steady);
            let mut batch = match first {
                Ok(message) => vec![message],
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            batch.extend(messages.try_iter().take(BATCH - 1));
            if self.work(batch, now) {
                return;
            }
            self.pulse.beat();
        }
    }

    /// Works through a batch; whether the desk is to stop after it.
    fn work(&mut self, batch: Vec<Message>, now: Time) -> bool {
        let mut found = Vec::new();
        let mut events = Vec::new();
        let mut others = Vec::new();
        let mut stop = false;
        for message in batch {
            match message {
                Message::Event(event, ear, recipient, place) => {
                    events.push((event, ear, recipient, place));
                }
                Message::Found(probe, answer) => {
                    if probe.about == About::Show {
                        self.learn_show(&probe, &answer);
                    }
                    found.push(Input::Answer { number: probe.number, found: answer });
                }
                Message::Stop => stop = true,
                Message::Nudge => {}
                Message::Courier(_)
                | Message::History(_)
                | Message::Command(..)
                | Message::Logins(..)
                | Message::Connections(_)
                | Message::Figures(_)
                | Message::Status(..) => {
                    others.push(message);
                }
            }
        }
        self.settle_again(now);
        self.remind();
        if self.decides {
            self.decide(&found, events, now);
            self.keep_heard(heard::BEHIND);
            self.see_who_is_silent();
            self.end_parked(now);
        }
        for other in others {
            match other {
                Message::Courier(request) => self.courier(request, now),
                Message::History(message) => self.history(message, now),
                Message::Command(command, reply) => {
                    let answer = self.command(command, now);
                    let _ = reply.send(answer); // who asked may have gone
                }
                Message::Logins(account, reply) => {
                    let logins = self.store.logins_of(&account).map_err(|error| error.to_string());
                    let _ = reply.send(logins); // who asked may have gone
                }
                Message::Connections(reply) => {
                    let _ = reply.send(self.connections()); // as above
                }
                Message::Figures(reply) => {
                    let _ = reply.send(self.figures(now)); // as above
                }
                Message::Status(lately, reply) => {
                    let _ = reply.send(self.status(lately, now)); // as above
                }
                Message::Event(..) | Message::Found(..) | Message::Stop | Message::Nudge => {}
            }
        }
        stop
    }

    fn patience(&self) -> Option<Duration> {
        if self.disk.trouble().is_some() {
            return Some(SICK);
        }
        if !self.decides {
            return None;
        }
        let reading = self.clock.reading();
        let due = self.state.wake().map(|(due, _)| due.since(reading.0));
        let spans = [due, self.parked_ends.left(reading), self.until_reminder()];
        spans.into_iter().flatten().min()
    }

    /// Decides on the answers of media servers and then on events: an answer may complete what
    /// an event that came with it would end.
    fn decide(&mut self, found: &[Input], asked: Vec<Asked>, now: Time) {
        let settings = self.live.settings(); // one version for the whole batch
        let mut draft = self.state.draft(&settings);
        let mut all = draft.handle(&Input::Tick, now);
        for input in found {
            gather(&mut all, draft.handle(input, now));
        }
        let mut answers = Vec::with_capacity(asked.len());
        for (event, ear, recipient, place) in asked {
            let mut decision = draft.handle(&Input::Event(event.clone()), now);
            let verdicts = std::mem::take(&mut decision.verdicts);
            let admissions = std::mem::take(&mut decision.admissions);
            answers.push(Decided { event, ear, recipient, verdicts, admissions });
            gather(&mut all, decision);
            drop(place);
        }
        let changes = draft.changes(now);
        let changed = !(changes.is_empty() && all.intents.is_empty() && all.parked.is_empty());
        let Self { store, activity, .. } = self;
        let mut fallen = Vec::new();
        if changed {
            match write(store, activity, &changes, &all, now) {
                Ok(written) => fallen = written,
                Err(error) => {
                    drop(changes);
                    drop(draft);
                    return self.refuse(answers, &error);
                }
            }
        }
        draft.keep(now);
        self.tell_of_several();
        if changed {
            self.taken(&Doing::Deciding);
        } else {
            self.try_the_disk();
        }
        self.overflowed(&fallen, now);
        for (item, verdict) in all.due {
            self.note(ActivityEntry::by_itself(&verdict, item, now));
        }
        let mut is_full = false;
        self.pass_on(std::mem::take(&mut all.admissions), None);
        for Decided { event, ear, recipient, verdicts, admissions } in answers {
            for verdict in &verdicts {
                self.note(ActivityEntry::of(&event, ear, verdict, now));
            }
            let refused = verdicts.iter().any(|verdict| verdict.outcome == Outcome::Refused);
            match recipient {
                Recipient::Request(reply, post) => {
                    self.pass_on(admissions, post.map(|post| *post));
                    let status = if refused { 429 } else { 200 };
                    self.answer(reply, status, activity::answer(&verdicts));
                }
                Recipient::Thread(teller) => {
                    self.pass_on(admissions, None);
                    drop(teller.send(Ok(verdicts))); // it may have ended
                }
            }
            is_full |= refused;
        }
        for probe in all.ask {
            self.asker.put(probe);
        }
        if is_full {
            self.count();
        }
        self.announce(&all.intents, all.parked, now);
    }

    fn refuse(&mut self, answers: Vec<Decided>, error: &StoreError) {
        self.refused(Doing::Deciding, error);
        for Decided { recipient, .. } in answers {
            match recipient {
                Recipient::Request(reply, _) => {
                    let body = "the event can't be stored right now; send it again\n".to_owned();
                    self.answer(reply, 503, body);
                }
                Recipient::Thread(teller) => drop(teller.send(Err(error.to_string()))), // as above
            }
        }
    }

    fn answer(&self, reply: Responder, status: u16, body: String) {
        let _ = self.replier.send((reply, WebhookResponse { status, body })); // ends with the process
    }

    pub(super) fn note(&self, line: ActivityEntry) {
        line.log();
        self.activity.note(line);
    }

    pub(super) fn wake<'a>(&self, accounts: impl Iterator<Item = &'a str>) {
        self.couriers.tell_those_of(accounts, &CourierCommand::Work);
    }
}

/// Writes what was decided, and with it what has happened since the last time; returns what has fallen
/// out of the queues of receivers for it.
pub(super) fn write(
    store: &mut Store,
    activity: &Activity,
    changes: &Changes<'_>,
    decided: &Decision,
    now: Time,
) -> Result<Vec<Fallen>, StoreError> {
    let lines = activity.unwritten();
    let fallen = store.commit(changes, &decided.intents, &decided.parked, &lines.lines, now)?;
    activity.written(&lines);
    Ok(fallen)
}

/// Takes what follows from one decision over into another, all but its verdicts.
pub(super) fn gather(all: &mut Decision, decision: Decision) {
    let Decision { verdicts: _, admissions, due, intents, parked, ask, wake: _ } = decision;
    all.admissions.extend(admissions);
    all.due.extend(due);
    all.intents.extend(intents);
    all.parked.extend(parked);
    all.ask.extend(ask);
}

#[cfg(test)]
mod tests;
