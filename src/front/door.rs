//! Who is served next?
//!
//! [`Door`] is the loop of the front thread: it accepts (`places`), lets each connection go as far
//! as it can, hands whole requests to the internal server (`exchange`), and ends what is overdue.
//! It sleeps until a socket or the earliest deadline speaks; with no connection it never wakes.

use super::back_end::{BackEnd, UsedBy};
use super::client::ClientConnection;
use super::gate::Gate;
use super::limits::Limits;
use super::refusal::Refusal;
use super::strikes::Strikes;
use super::wish::{Rejection, Wish};
use crate::clock::Clock;
use crate::server::RefusedPost;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The listening socket's token.
const LISTENER: Token = Token(0);
/// The token of the call to stop.
pub(super) const STOP: Token = Token(1);
/// The first token of the internal server's connections.
pub(super) const FIRST_BACK_END: usize = 2;
/// The first client's token; each client gets a new one, so that no event finds a wrong client.
pub(super) const FIRST_CLIENT: usize = 1024;
/// How much is read in one go, in bytes.
const SCRATCH: usize = 64 * 1024;

/// The front thread's state.
pub(super) struct Door {
    pub(super) poll: Poll,
    pub(super) listener: Option<TcpListener>,
    pub(super) gate: Gate,
    pub(super) limits: Limits,
    clock: Clock,
    stop: Arc<AtomicBool>,
    pub(super) stop_by: Option<Duration>,
    pub(super) clients: BTreeMap<usize, ClientConnection>,
    pub(super) next_client: usize,
    pub(super) room: PathBuf,
    pub(super) back_ends: Vec<Option<BackEnd>>,
    /// Why there is no internal server any more.
    pub(super) room_is_dead: Option<io::Error>,
    /// Clients that wait for the internal server, authenticated ones first. Some may have gone.
    pub(super) waiting: VecDeque<usize>,
    strikes: Strikes,
    /// No deadline is before this.
    pub(super) wake: Duration,
    pub(super) accept_again: Option<Duration>,
    /// A descriptor to give up when there are no others.
    pub(super) spare: Option<UnixDatagram>,
    pub(super) exhaustion_told: bool,
    pub(super) scratch: Box<[u8]>,
}

impl Door {
    /// Opens the connections to the internal server, all at once: later there might be no file
    /// descriptors left for them.
    pub(super) fn open(
        poll: Poll,
        mut listener: TcpListener,
        room: PathBuf,
        gate: Gate,
        limits: Limits,
        clock: Clock,
        stop: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let back_ends = (0..limits.back_ends)
            .map(|place| {
                let token = Token(FIRST_BACK_END + place);
                BackEnd::open_and_knock(&room, token, poll.registry(), limits.knock).map(Some)
            })
            .collect::<io::Result<_>>()
            .map_err(|e| {
                let text = format!("can't reach the internal server at `{}`: {e}", room.display());
                io::Error::new(e.kind(), text)
            })?;
        let strikes = Strikes::new(limits.wrong_tokens);
        Ok(Self {
            poll,
            listener: Some(listener),
            gate,
            limits,
            clock,
            stop,
            stop_by: None,
            clients: BTreeMap::new(),
            next_client: FIRST_CLIENT,
            room,
            back_ends,
            room_is_dead: None,
            waiting: VecDeque::new(),
            strikes,
            wake: Duration::MAX,
            accept_again: None,
            spare: Some(UnixDatagram::unbound()?),
            exhaustion_told: false,
            scratch: vec![0; SCRATCH].into_boxed_slice(),
        })
    }

    /// Serves until it is stopped and all that was taken is answered.
    ///
    /// # Errors
    /// When it can't go on: no events can be had, or the internal server is dead.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(256);
        while !self.is_done() {
            let timeout = self.sleep_at_most();
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            }
            let now = self.clock.steady();
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(now),
                    STOP => self.stop_accepting(now),
                    Token(token) if token < FIRST_CLIENT => self.hear(token, event, now),
                    Token(id) => {
                        if let Some(client) = self.clients.get_mut(&id) {
                            client.notice(event);
                            self.serve(id, now);
                        }
                    }
                }
            }
            self.look_at_the_clock(now);
            if let Some(error) = self.room_is_dead.take() {
                return Err(error);
            }
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.stop_by.is_some_and(|by| self.clients.is_empty() || by <= self.clock.steady())
    }

    fn sleep_at_most(&self) -> Option<Duration> {
        let next =
            [self.accept_again, self.stop_by].into_iter().flatten().fold(self.wake, Ord::min);
        (next < Duration::MAX).then(|| next.saturating_sub(self.clock.steady()))
    }

    /// Lets a connection go as far as it can.
    pub(super) fn serve(&mut self, id: usize, now: Duration) {
        while let Some(client) = self.clients.get_mut(&id) {
            let wish = client.step(&self.gate, &self.limits, now, &mut self.scratch);
            self.wake = self.wake.min(client.deadline());
            if !self.fulfil(id, wish, now) {
                return;
            }
        }
    }

    /// Does what a connection needs; whether it can go on.
    fn fulfil(&mut self, id: usize, wish: Wish, now: Duration) -> bool {
        match wish {
            Wish::Nothing => {
                let is_untaken = self.clients.get(&id).is_some_and(ClientConnection::is_untaken);
                if self.stop_by.is_some() && is_untaken {
                    self.forget(id);
                }
                false
            }
            Wish::End => {
                self.forget(id);
                false
            }
            Wish::Refusal(rejection) => {
                self.refuse(id, rejection, now);
                true
            }
            Wish::LargeRoom(bytes) => {
                if !self.make_large_room(id, bytes, now) {
                    self.refuse(id, Refusal::Busy.into(), now);
                } else if let Some(client) = self.clients.get_mut(&id) {
                    client.grant_large(bytes);
                }
                true
            }
            Wish::ServerRoom => {
                self.queue(id);
                self.hand_over(now);
                false
            }
        }
    }

    /// Refuses a request; who is to blame matters where secrets are guessed. The page to sign in is
    /// never withheld: a browser whose session has ended may have shown it often.
    pub(super) fn refuse(&mut self, id: usize, rejection: Rejection, now: Duration) {
        let Rejection { mut refusal, blame, post } = rejection;
        if let Some((source, why, from)) = post {
            let (at, detail) = (self.clock.now(), String::new());
            self.gate.refused.note(RefusedPost { source, why, from, at, detail });
        }
        let is_struck = blame
            .is_some_and(|address| !self.gate.trusts(address) && self.strikes.strike(address, now));
        if is_struck && !matches!(refusal, Refusal::SignIn { .. }) {
            refusal = Refusal::TooManyWrongTokens;
        }
        if is_struck || !refusal.is_ordinary() {
            self.note_refused(blame.is_some(), now);
        }
        if let Some(client) = self.clients.get_mut(&id) {
            let answer = if let Refusal::SignIn { forget_cookie } = refusal {
                self.gate.sign_in.answer(forget_cookie)
            } else {
                refusal.answer()
            };
            client.refuse(&answer, &self.limits, now);
        }
    }

    pub(super) fn note_refused(&mut self, is_guess: bool, now: Duration) {
        if let Some(line) = self.strikes.note_refused(is_guess, now) {
            log::warn!("{line}");
        }
    }

    pub(super) fn forget(&mut self, id: usize) {
        self.clients.remove(&id);
        for back_end in self.back_ends.iter_mut().flatten() {
            if back_end.used_by == UsedBy::Client(id) {
                back_end.used_by = UsedBy::Gone;
            }
        }
    }

    fn stop_accepting(&mut self, now: Duration) {
        if !self.stop.load(Ordering::SeqCst) || self.stop_by.is_some() {
            return;
        }
        self.stop_by = Some(now + self.limits.finish);
        self.listener = None;
        self.accept_again = None;
        self.clients.retain(|_, client| !client.is_untaken());
    }

    /// Ends what is overdue, and finds the next deadline.
    fn look_at_the_clock(&mut self, now: Duration) {
        if self.accept_again.is_some_and(|at| at <= now) {
            self.accept(now);
        }
        if self.wake > now {
            return;
        }
        let overdue: Vec<_> = self
            .clients
            .iter()
            .filter(|(_, client)| client.deadline() <= now)
            .map(|(id, client)| (*id, client.overdue()))
            .collect();
        for (id, wish) in overdue {
            if self.fulfil(id, wish, now) {
                self.serve(id, now);
            }
        }
        for place in 0..self.back_ends.len() {
            let back_end = self.back_ends.get(place).and_then(Option::as_ref);
            if back_end.is_some_and(|back_end| back_end.deadline <= now) {
                self.give_up(place, "it did not answer in time", now);
            }
        }
        let clients = self.clients.values().map(ClientConnection::deadline);
        let back_ends = self.back_ends.iter().flatten().map(|back_end| back_end.deadline);
        self.wake = clients.chain(back_ends).min().unwrap_or(Duration::MAX);
        self.hand_over(now);
    }
}
