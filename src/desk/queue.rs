//! The one way to the desk, and its bound.

use super::figures::Figures;
use super::findings::HistoryMessage;
use super::known_servers::KnownToServers;
use super::parts::StatusText;
use super::shown::BecameShown;
use crate::config::Account;
use crate::connect::Connection;
use crate::courier;
use crate::delivery::{Destination, TokenPair};
use crate::event::{Ear, Event, Source};
use crate::probe::{Probe, ProbeAnswer};
use crate::receiver::Post;
use crate::secret::Secret;
use crate::server::Responder;
use crate::verdict::Verdict;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How many events may wait for the desk. The door lets fewer requests in at a time; more wait
/// only when it has given up on some (a disk that hangs), and each of these holds a thread.
const PLACES: usize = 32;
/// How long an event waits for a place before its sender is told to come again.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) const STOPPING: &str = "the daemon is stopping";

/// What the desk is handed.
pub enum Message {
    /// An event that passed the filters, how it was heard, and who waits for what is decided.
    Event(Box<Event>, Ear, Recipient, Permit),
    /// What a courier asks or reports.
    Courier(courier::CourierMessage),
    /// What a media server answered to a question.
    Found(Box<Probe>, ProbeAnswer),
    /// What was found in a media server's history, and what belongs to that.
    History(HistoryMessage),
    /// What a person asks for.
    Command(Command, Sender<CommandResult>),
    /// The logins of an account, for who gives them back.
    Logins(String, Sender<Result<Logins, String>>),
    /// Which media servers are connected, for who speaks to them.
    Connections(Sender<Result<KnownToServers, String>>),
    /// How things are, in numbers.
    Figures(Sender<Result<Figures, String>>),
    /// All that there is to see, with this much of what happened lately.
    Status(Lately, Sender<Result<StatusText, String>>),
    /// Come round once, to show that you can.
    Nudge,
    /// Store what is left and end.
    Stop,
}

/// Who waits for what is decided about an event. They are told once it is on the disk.
pub enum Recipient {
    /// A media server, for the answer to its request; with the webhook itself where it is passed on once it is
    /// known that the filters let it through.
    Request(Responder, Option<Box<Post>>),
    /// A thread of ours: for what was decided for each account, or for why nothing can be stored now.
    Thread(Sender<Result<Vec<Verdict>, String>>),
}

/// How much of what happened lately belongs to all that there is to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lately {
    /// All events.
    AllEvents,
    /// At most this many events.
    Events(usize),
    /// In their place the last viewings, with all of their events: the page shows them.
    Viewings,
}

/// What a person asks for, by the command line or the page, or a thread that serves one.
#[derive(Debug)]
pub enum Command {
    /// Send a parked or waiting intent again, or all that are parked, and tell what becomes of it as
    /// soon as that is known.
    Retry(Option<u64>, Sender<BecameShown>),
    /// Some of the events before the one of this number that have this in their title.
    Events(Option<u64>, String),
    /// Some of the viewings whose newest event is before the one of this number and that have this in
    /// their title.
    Viewings(Option<u64>, String),
    /// Give a parked intent up, or all of them.
    GiveUp(Option<u64>),
    /// End what stands open where logins of an account are about to go, and tell of each when that is
    /// done.
    BidFarewell {
        /// Whose.
        account: String,
        /// Where; everywhere without one.
        tracker: Option<String>,
        /// Who waits for it.
        teller: Sender<()>,
    },
    /// The same before this user logs in there, if somebody else is logged in.
    MakeWay {
        /// Where.
        destination: Destination,
        /// The user's name there.
        user: String,
        /// Who waits for it.
        teller: Sender<()>,
    },
    /// Use this login from now on.
    LogIn(Destination, TokenPair),
    /// Use no login any more.
    LogOut {
        /// Whose.
        account: String,
        /// Where; everywhere without one.
        tracker: Option<String>,
    },
    /// Write a consistent copy of the data to a file, with these tokens.
    Backup(PathBuf, Secret),
    /// What is kept for other accounts than these.
    Unclaimed(Vec<Account>),
    /// Drop what is kept for an account that the config does not have.
    Forget(String),
    /// Keep what was told by notifications, in the words of those.
    Told(Vec<Value>),
    /// Keep a connected media server, and let it count.
    KeepConnection(Box<Connection>),
    /// Forget the connected media server of this kind and name.
    DropConnection(Source, String),
    /// When the last webhook of a kind came that may be of the server with this id, whatever was in it;
    /// null: none ever did.
    LastWebhook(Source, String),
}

/// The logins of an account: where, and the pair, `None` for one that can't be read.
pub type Logins = Vec<(Destination, Option<TokenPair>)>;

/// What a person is answered: something to show, or why not.
pub type CommandResult = Result<Value, String>;

/// The sender's end of the way to the desk.
#[derive(Clone)]
pub struct Queue {
    sender: Sender<Message>,
    places: Arc<Permits>,
}

impl Queue {
    /// A queue and its end at the desk.
    pub fn new() -> (Self, Receiver<Message>) {
        let (sender, receiver) = channel();
        (Self { sender, places: Arc::new(Permits::default()) }, receiver)
    }

    /// A place for an event; `None` when there was none in time.
    pub(crate) fn place(&self) -> Option<Permit> {
        Permit::take(&self.places)
    }

    /// Hands an event in that nobody sends again, and waits for its place and for what is decided;
    /// `None` where the daemon stops meanwhile.
    pub(crate) fn decide(&self, event: Event, ear: Ear) -> Option<Result<Vec<Verdict>, String>> {
        let place = loop {
            // Who stops frees all places.
            if let Some(place) = self.place() {
                break place;
            }
        };
        let (recipient, decided) = channel();
        self.send(Message::Event(Box::new(event), ear, Recipient::Thread(recipient), place));
        decided.recv().ok()
    }

    /// Hands something in. All but events need no place: few can send them.
    pub fn send(&self, message: Message) {
        // Without a desk the process is ending, and so is whoever sends.
        let _ = self.sender.send(message);
    }

    /// Asks the desk and waits for its answer.
    ///
    /// # Errors
    /// When it can't be done; the sentence says why.
    pub fn ask(&self, command: Command) -> CommandResult {
        let (reply, answer) = channel();
        self.send(Message::Command(command, reply));
        answer.recv().unwrap_or_else(|_| Err(STOPPING.to_owned()))
    }

    /// The logins of an account.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn logins(&self, account: &str) -> Result<Logins, String> {
        let (reply, answer) = channel();
        self.send(Message::Logins(account.to_owned(), reply));
        answer.recv().unwrap_or_else(|_| Err(STOPPING.to_owned()))
    }

    /// Which media servers are connected, and as which device we are known to them.
    ///
    /// # Errors
    /// When that can't be read.
    pub fn connections(&self) -> Result<KnownToServers, String> {
        let (reply, answer) = channel();
        self.send(Message::Connections(reply));
        answer.recv().unwrap_or_else(|_| Err(STOPPING.to_owned()))
    }

    /// How things are, in numbers.
    ///
    /// # Errors
    /// When they can't be read, or the daemon is stopping.
    pub fn figures(&self) -> Result<Figures, String> {
        let (reply, answer) = channel();
        self.send(Message::Figures(reply));
        answer.recv().unwrap_or_else(|_| Err(STOPPING.to_owned()))
    }

    /// All that there is to see, with so much of what happened lately, as JSON in parts.
    ///
    /// # Errors
    /// When it can't be read, or the daemon is stopping.
    pub fn status(&self, lately: Lately) -> Result<StatusText, String> {
        let (reply, answer) = channel();
        self.send(Message::Status(lately, reply));
        answer.recv().unwrap_or_else(|_| Err(STOPPING.to_owned()))
    }

    /// How many events wait for the desk.
    pub fn length(&self) -> usize {
        *self.places.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Permits {
    taken: Mutex<usize>,
    freed: Condvar,
}

/// A place in the queue; free again when dropped.
pub struct Permit(Arc<Permits>);

impl Permit {
    fn take(places: &Arc<Permits>) -> Option<Self> {
        let taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |taken: &mut usize| *taken >= PLACES;
        let (mut taken, _) = places
            .freed
            .wait_timeout_while(taken, PATIENCE, full)
            .unwrap_or_else(PoisonError::into_inner);
        if *taken >= PLACES {
            return None;
        }
        *taken += 1;
        Some(Self(places.clone()))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}
