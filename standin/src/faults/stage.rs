//! What does the whole stand-in do with a request? The service, its faults and a log, without a
//! socket.

use super::{Fault, Faults, endings};
use crate::http::{Request, Response, http_date};
use crate::service::{Mark, Service};
use crate::{Time, wire};
use std::collections::BTreeMap;
use std::io;
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A service, its faults, and what has come.
#[derive(Clone, Debug)]
pub struct Stage<S> {
    /// The state machine.
    pub service: S,
    /// Who is mistreated.
    pub faults: Faults,
    /// Every request to the service, in order.
    pub log: Vec<Logged>,
    pub(super) waiting: Waiting,
}

/// Requests whose answers are held back.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    pub(super) in_hand: BTreeMap<u64, String>,
    pub(super) deserted: Vec<String>,
}

/// A request that came, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When it came.
    pub at: Time,
    /// Its method.
    pub method: String,
    /// Its path with its query.
    pub target: String,
    /// Its access token, or empty.
    pub token: String,
    /// Its body.
    pub body: String,
    /// The status that was answered; `None` where no whole answer was.
    pub status: Option<u16>,
    /// Whether the service got to see it.
    pub taken: bool,
}

/// What the shell has to do on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Wait so long first.
    pub delay: Duration,
    /// Then do this.
    pub ending: Ending,
}

/// How an exchange ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this answer.
    Answer(Response),
    /// With the head and half of the body of this answer.
    Cut(Response),
    /// With 200 and so many bytes.
    Flood(u64),
    /// With 200 and a head of so many bytes.
    HeadFlood(u64),
    /// With bytes that are no HTTP.
    Garbage,
    /// With a reset.
    Reset,
    /// With an orderly close.
    Close,
    /// Not at all, until the other side gives up.
    Silence,
}

impl<S: Service> Stage<S> {
    /// Nobody is mistreated yet.
    #[must_use]
    pub fn new(service: S) -> Self {
        let (faults, log, waiting) = Default::default();
        Self { service, faults, log, waiting }
    }

    /// Takes a request that came at `now`.
    pub fn receive(&mut self, request: &Request, now: Time) -> Act {
        let own = self.service.page(request, now);
        if let Some(answer) = own.or_else(|| S::control(self, request, now)) {
            return Act { delay: Duration::ZERO, ending: Ending::Answer(answer) };
        }
        let order = self.faults.choose(request).unwrap_or_else(|| Fault::None.once());
        let taken = order.is_taken();
        let answer = if taken { self.service.answer(request, now) } else { Response::empty(503) };
        let dated = |answer: Response| answer.with("Date", &http_date(now));
        let ending = match &order.fault {
            Fault::None => Ending::Answer(answer),
            Fault::Cut => Ending::Cut(answer),
            Fault::Flood { bytes } => Ending::Flood(*bytes),
            Fault::HeadFlood { bytes } => Ending::HeadFlood(*bytes),
            Fault::Garbage => Ending::Garbage,
            Fault::Reset => Ending::Reset,
            Fault::Close => Ending::Close,
            Fault::Silence => Ending::Silence,
            Fault::Status { .. } | Fault::Redirect { .. } => {
                Ending::Answer(order.fault.answer().map_or(answer, dated))
            }
        };
        let bearer = request.header("authorization").and_then(|h| h.strip_prefix("Bearer "));
        let bearer = bearer.or_else(|| request.header("x-plex-token"));
        self.log.push(Logged {
            at: now,
            method: request.method.clone(),
            target: request.target(),
            token: bearer.unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            status: match &ending {
                Ending::Answer(answer) => Some(answer.status),
                Ending::Cut(_)
                | Ending::Flood(_)
                | Ending::HeadFlood(_)
                | Ending::Garbage
                | Ending::Reset
                | Ending::Close
                | Ending::Silence => None,
            },
            taken,
        });
        Act { delay: Duration::from_millis(order.delay_ms), ending }
    }
}

/// Does with a request what is to be done, and waits where the answer is held back.
pub(crate) fn exchange<S: Service>(
    stage: &Mutex<Stage<S>>,
    number: u64,
    request: &Request,
    now: &dyn Fn() -> Time,
    stream: &mut TcpStream,
) -> io::Result<()> {
    let act = locked(stage).receive(request, now());
    let hold = match act.ending {
        Ending::Silence => Some(None),
        Ending::Answer(_)
        | Ending::Cut(_)
        | Ending::Flood(_)
        | Ending::HeadFlood(_)
        | Ending::Garbage
        | Ending::Reset
        | Ending::Close => (!act.delay.is_zero()).then_some(Some(act.delay)),
    };
    if let Some(span) = hold {
        locked(stage).waiting.in_hand.insert(number, request.target());
        let is_there = endings::wait(stream, span);
        let waiting = &mut locked(stage).waiting;
        let target = waiting.in_hand.remove(&number);
        if !is_there? {
            waiting.deserted.extend(target);
            return Ok(());
        }
    }
    match &act.ending {
        Ending::Answer(answer) if wire::is_endless(answer) => {
            let mut mark = Mark::default();
            let more = || locked(stage).service.more(request, &mut mark, now());
            wire::stream(stream, answer, more)
        }
        Ending::Answer(_)
        | Ending::Cut(_)
        | Ending::Flood(_)
        | Ending::HeadFlood(_)
        | Ending::Garbage
        | Ending::Reset
        | Ending::Close
        | Ending::Silence => endings::send(stream, &act.ending),
    }
}

fn locked<S>(stage: &Mutex<Stage<S>>) -> MutexGuard<'_, Stage<S>> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}
