//! Who delivers?
//!
//! A courier is started where a login is made, or where an account only rehearses, and sent away when
//! it is needed no more: a tracker that nobody uses costs no thread. One that is told to log out
//! finishes what it has in hand and says so; only then is it sent away, so that no two ever work on
//! one queue.
//!
//! Not here: who is logged in (`logins`), what a courier does (`courier`).

use super::queue::{Message, Queue};
use crate::clock::Clock;
use crate::config::{Account, Live, Receiver, ReceiverFormat};
use crate::courier::{self, CourierCommand};
use crate::delivery::{Destination, TokenPair};
use crate::pulse::{Heartbeat, HeartbeatMonitor};
use crate::receiver::raw::Forwards;
use crate::receiver::{self, raw};
use crate::threads::Vital;
use crate::tracker::all;
use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The limit of one call to a tracker.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// The couriers that there are. Cheap to clone; all clones are one crew.
#[derive(Clone, Default)]
pub(crate) struct Couriers {
    /// What one is started with; `None` where nothing is delivered.
    means: Option<Arc<Means>>,
    crew: Arc<Mutex<Crew>>,
}

/// With what couriers are started.
struct Means {
    live: Arc<Live>,
    clock: Clock,
    desk: Queue,
    vital: Vital,
}

#[derive(Default)]
struct Crew {
    couriers: BTreeMap<Destination, Courier>,
    is_stopping: bool,
}

struct Courier {
    wake: Sender<CourierCommand>,
    thread: JoinHandle<()>,
    watch: HeartbeatMonitor,
}

impl Couriers {
    /// Nobody yet, but whoever is needed will be started with these.
    pub(crate) fn new(live: Arc<Live>, clock: Clock, desk: Queue, vital: Vital) -> Self {
        let means = Some(Arc::new(Means { live, clock, desk, vital }));
        Self { means, crew: Arc::default() }
    }

    /// Nobody ever: where nothing is delivered.
    pub(crate) fn nobody() -> Self {
        Self::default()
    }

    /// Whether there are any where they are needed.
    pub(super) fn deliver(&self) -> bool {
        self.means.is_some()
    }

    /// Starts the courier of `account` at a tracker with this login, unless it is there. It is
    /// handed the login then.
    ///
    /// # Errors
    /// When there is no such tracker, or no thread to be had.
    pub(super) fn start(
        &self,
        account: &Account,
        tracker: &str,
        pair: Option<TokenPair>,
    ) -> Result<(), String> {
        let Some(means) = &self.means else { return Ok(()) };
        let to = Destination::new(&account.name, tracker);
        let mut crew = self.crew();
        if let Some(courier) = crew.couriers.get(&to) {
            courier.tell(CourierCommand::Tokens(pair));
            return Ok(());
        }
        if !crew.is_stopping {
            crew.couriers.insert(to, means.start(account, tracker, pair)?);
        }
        Ok(())
    }

    /// Starts the thread of a receiver, which `is_off` where it has said that it is gone for good.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn start_receiver(
        &self,
        receiver: &Receiver,
        is_off: bool,
        forwards: &Forwards,
    ) -> Result<(), String> {
        let Some(means) = &self.means else { return Ok(()) };
        let courier = means.start_receiver(receiver, is_off, forwards)?;
        self.crew().couriers.insert(Destination::receiver(&receiver.name), courier);
        Ok(())
    }

    /// Whether somebody delivers what waits for `to`.
    pub(super) fn are_there_for(&self, to: &Destination) -> bool {
        let is_meant = |one: &Destination| match one.receiver_name() {
            Some(_) => one.tracker == to.tracker,
            None => {
                one.account == to.account && (one.tracker == to.tracker || to.tracker.is_empty())
            }
        };
        self.crew().couriers.keys().any(is_meant)
    }

    /// Sends one away that has nothing in hand.
    pub(super) fn dismiss(&self, to: &Destination) {
        if let Some(courier) = self.crew().couriers.remove(to) {
            courier.tell(CourierCommand::Stop);
        }
    }

    /// Sends those of an account away that are not in `needed`, and have nothing in hand.
    pub(super) fn dismiss_others(&self, account: &str, needed: &[Destination]) {
        let is_needed = |to: &Destination| to.account != account || needed.contains(to);
        self.crew().couriers.retain(|to, courier| {
            if !is_needed(to) {
                courier.tell(CourierCommand::Stop);
            }
            is_needed(to)
        });
    }

    /// Tells one of them something, if it is there.
    pub(super) fn tell(&self, to: &Destination, command: CourierCommand) {
        if let Some(courier) = self.crew().couriers.get(to) {
            courier.tell(command);
        }
    }

    /// Tells something to all that deliver for these accounts.
    pub(super) fn tell_those_of<'a>(
        &self,
        accounts: impl Iterator<Item = &'a str>,
        command: &CourierCommand,
    ) {
        let crew = self.crew();
        for account in accounts {
            for (_, courier) in crew.couriers.iter().filter(|(to, _)| to.account == account) {
                courier.tell(command.clone());
            }
        }
    }

    /// Tells something to all of them.
    pub(super) fn tell_all(&self, command: &CourierCommand) {
        self.crew().couriers.values().for_each(|courier| courier.tell(command.clone()));
    }

    /// Which have not moved since the last call; each is nudged.
    pub(crate) fn stuck(&self) -> Vec<String> {
        let mut crew = self.crew();
        let watches = crew.couriers.values_mut().map(|courier| &mut courier.watch);
        watches.filter_map(HeartbeatMonitor::stuck).collect()
    }

    /// Has them finish the call in hand and end; nobody is started any more.
    pub(crate) fn stop(&self) {
        self.crew().is_stopping = true;
        self.tell_all(&CourierCommand::Stop);
    }

    /// Whether all have ended.
    pub(crate) fn have_ended(&self) -> bool {
        self.crew().couriers.values().all(|courier| courier.thread.is_finished())
    }

    /// Lets it look as if there were one.
    #[cfg(test)]
    pub(super) fn pretend(&self, to: Destination) {
        let (wake, _) = channel();
        let watch = HeartbeatMonitor::new(String::new(), Heartbeat::default(), || {});
        let thread = crate::threads::spawn("nobody", || {}).expect("a thread");
        self.crew().couriers.insert(to, Courier { wake, thread, watch });
    }

    /// Where there is one.
    #[cfg(test)]
    pub(super) fn posts(&self) -> Vec<Destination> {
        self.crew().couriers.keys().cloned().collect()
    }

    fn crew(&self) -> MutexGuard<'_, Crew> {
        self.crew.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Means {
    fn start(
        &self,
        account: &Account,
        tracker: &str,
        tokens: Option<TokenPair>,
    ) -> Result<Courier, String> {
        let (wake, woken) = channel();
        let pulse = Heartbeat::default();
        let setup = courier::Setup {
            account: account.name.clone(),
            tracker: all::make_one(tracker, &self.live.settings(), CALL_LIMIT)?,
            dry_run: account.dry_run,
            tokens,
            clock: self.clock.clone(),
            pulse: pulse.clone(),
        };
        let name = format!("courier {} {tracker}", account.name);
        let desk = self.desk.clone();
        let work = move || {
            courier::run(setup, |message| desk.send(Message::Courier(message)), &woken);
        };
        self.spawn(name, wake, pulse, work)
    }

    fn start_receiver(
        &self,
        receiver: &Receiver,
        is_off: bool,
        forwards: &Forwards,
    ) -> Result<Courier, String> {
        let settings = self.live.settings();
        let rehearsing = settings.accounts.iter().filter(|account| account.dry_run);
        let pulse = Heartbeat::default();
        let setup = receiver::Setup {
            receiver: receiver.clone(),
            rehearsing: rehearsing.map(|account| account.name.clone()).collect(),
            is_off,
            clock: self.clock.clone(),
            pulse: pulse.clone(),
        };
        let name = format!("receiver {}", receiver.name);
        let desk = self.desk.clone();
        let say = move |message| desk.send(Message::Courier(message));
        if receiver.format == ReceiverFormat::Raw
            && let Some(line) = forwards.line(&receiver.name)
        {
            let wake = line.wake.clone();
            return self.spawn(name, wake, pulse, move || raw::run(setup, line, say));
        }
        let (wake, woken) = channel();
        self.spawn(name, wake, pulse, move || receiver::run(setup, say, &woken))
    }

    fn spawn(
        &self,
        name: String,
        wake: Sender<CourierCommand>,
        pulse: Heartbeat,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<Courier, String> {
        let thread =
            self.vital.spawn_while_needed(&name, work).map_err(|error| error.to_string())?;
        let nudge = wake.clone();
        let watch = HeartbeatMonitor::new(name, pulse, move || {
            let _ = nudge.send(CourierCommand::Work); // one that has ended is found out by its pulse
        });
        Ok(Courier { wake, thread, watch })
    }
}

impl Courier {
    fn tell(&self, command: CourierCommand) {
        let _ = self.wake.send(command); // one that died ends the process
    }
}
