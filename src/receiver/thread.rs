//! The thread of a receiver: when does it do what?

use super::event::{Told, is_late, type_of};
use super::hold::{Hold, dice};
use super::judge::{judge, rule};
use super::message::Message;
use super::{Setup, post};
use crate::courier::{CourierCommand, CourierMessage};
use crate::delivery::{Destination, Next, Notice, ReceiverState, Settled, Work};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

/// So much trouble is kept while it can't be told; the oldest goes first.
const NOTICES_MOST: usize = 16;

/// It is told to stop, or nobody is there to ask.
struct Stop;

/// Tells a receiver what waits for it until it is told to stop, or until nobody is there to ask.
/// `request` must not wait for this thread.
pub fn run(setup: Setup, request: impl Fn(CourierMessage), wakes: &Receiver<CourierCommand>) {
    let destination = Destination::receiver(&setup.receiver.name);
    let (hold, notices, told) = (Hold::default(), VecDeque::new(), None);
    let mut link = Link { setup, destination, request: &request, wakes, hold, notices, told };
    if link.setup.is_off {
        link.tell(ReceiverState::Off);
    }
    while link.step().is_ok() {}
}

struct Link<'a> {
    setup: Setup,
    destination: Destination,
    request: &'a dyn Fn(CourierMessage),
    wakes: &'a Receiver<CourierCommand>,
    hold: Hold,
    /// Trouble that it is still to be told, each with how often that was tried.
    notices: VecDeque<(Arc<Notice>, u32)>,
    /// How the receiver is, as was told last.
    told: Option<ReceiverState>,
}

impl Link<'_> {
    fn step(&mut self) -> Result<(), Stop> {
        self.take_wakes()?;
        if self.told == Some(ReceiverState::Off) {
            return self.wait(None);
        }
        if let Some(left) = self.hold.left(self.setup.clock.steady()) {
            return self.wait(Some(left));
        }
        if let Some((notice, attempts)) = self.notices.pop_front() {
            self.tell_of(notice, attempts);
            return Ok(());
        }
        match self.next()? {
            Next::Work(work) => self.deliver(&work),
            Next::Marks(works) => works.iter().for_each(|work| self.deliver(work)),
            Next::Idle { until } => {
                // What is due is not asked for again and again while its moment comes.
                let least = Duration::from_millis(10);
                let span = until.map(|until| until.since(self.setup.clock.now()).max(least));
                return self.wait(span);
            }
        }
        Ok(())
    }

    fn next(&self) -> Result<Next, Stop> {
        let (reply, answer) = channel();
        let destination = self.destination.clone();
        (self.request)(CourierMessage::Next { destination, reply });
        answer.recv().map_err(|_| Stop)
    }

    /// Tells the receiver of `work`, and says what became of it.
    fn deliver(&mut self, work: &Work) {
        let settled = self.settle(work);
        let destination = self.destination.clone();
        (self.request)(CourierMessage::Settled { destination, id: work.id, settled });
    }

    /// Tells the receiver of trouble. What it does not take is worth no other word.
    fn tell_of(&mut self, notice: Arc<Notice>, attempts: u32) {
        let now = self.setup.clock.now();
        let told = Told::Notice(&notice);
        let message = Message::telling(&self.setup.receiver, &notice.id, told, notice.at, now);
        if let Settled::Held { .. } = self.send(&message, notice.its_type(), attempts) {
            self.notices.push_front((notice, attempts.saturating_add(1)));
        }
    }

    fn settle(&mut self, work: &Work) -> Settled {
        let Setup { receiver, rehearsing, clock, .. } = &self.setup;
        let now = clock.now();
        if rehearsing.contains(&work.intent.account) {
            let its_type = type_of(work.intent.verb);
            let what =
                format!("dry run, nothing is sent; it would tell {} {its_type}", receiver.name);
            return Settled::Rehearsed { what };
        }
        if !work.intent.verb.is_lasting() && is_late(&work.intent, now) {
            let why = "the moment has passed".to_owned();
            return Settled::Dropped { why };
        }
        let message = Message::of(receiver, &work.message, &work.intent, work.since, now);
        self.send(&message, type_of(work.intent.verb), work.attempts)
    }

    /// Sends a message, and says what became of it after so many attempts before this one.
    fn send(&mut self, message: &Message, its_type: &str, attempts: u32) -> Settled {
        let Setup { receiver, clock, .. } = &self.setup;
        let (now, steady) = clock.reading();
        let headers = message.headers(receiver, now);
        let reply = post(receiver, headers, message.body().as_bytes());
        if let Ok(answer) = &reply {
            let (name, status) = (&receiver.name, answer.status);
            log::debug!("receiver `{name}`: {its_type} {} → {status}", message.id());
        }
        let after = (clock.now(), steady.max(clock.steady()));
        let (settled, state) = rule(judge(&reply), attempts, &mut self.hold, after, dice());
        self.tell(state);
        settled
    }

    /// Tells how the receiver is where that is another than was told last.
    fn tell(&mut self, state: ReceiverState) {
        if self.told.as_ref() != Some(&state) {
            self.told = Some(state.clone());
            let name = self.setup.receiver.name.clone();
            (self.request)(CourierMessage::ReceiverState { name, state });
        }
    }

    /// Waits for a wake, at most `span`.
    fn wait(&mut self, span: Option<Duration>) -> Result<(), Stop> {
        match self.setup.clock.receive(self.wakes, span) {
            Ok(wake) => self.take(&wake),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Stop),
        }
    }

    /// Takes the wakes that have come meanwhile.
    fn take_wakes(&mut self) -> Result<(), Stop> {
        self.setup.pulse.beat();
        loop {
            match self.wakes.try_recv() {
                Ok(wake) => self.take(&wake)?,
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(Stop),
            }
        }
    }

    fn take(&mut self, wake: &CourierCommand) -> Result<(), Stop> {
        match wake {
            CourierCommand::News => self.hold.news(),
            CourierCommand::Notice(notice) => {
                if self.notices.len() >= NOTICES_MOST {
                    self.notices.pop_front();
                }
                self.notices.push_back((notice.clone(), 0));
                self.hold.news();
            }
            CourierCommand::Retry => self.hold.lift(),
            CourierCommand::Work | CourierCommand::Tokens(_) => {}
            CourierCommand::Stop => return Err(Stop),
        }
        Ok(())
    }
}
