//! Who is served next?
//!
//! [`Door`] is the loop of the front thread: it accepts, lets each connection go as far as it
//! can, hands whole requests to the server room (`exchange`), and ends what is overdue.
//! It sleeps until a socket or the earliest deadline speaks; with no connection it never wakes.

use super::back_end::{BackEnd, User};
use super::client::{Client, Wish};
use super::gate::Gate;
use super::refusal::Refusal;
use super::strikes::Strikes;
use super::{Limits, STOP};
use crate::clock::Clock;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The listening socket's token. Those of the server room's connections follow the fixed ones.
const LISTENER: Token = Token(0);
pub(super) const FIRST_BACK_END: usize = 2;
/// The first client's token; each client gets a new one, so that no event finds a wrong client.
const FIRST_CLIENT: usize = 1024;
/// Connections accepted in one go, before others get their turn.
const ACCEPTED_MOST: usize = 64;
/// How long nothing is accepted when the system can't give us another socket.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How many who could be spared are heard once more before one of them is dropped.
const LAST_CHANCES: usize = 8;
/// How much is read in one go, in bytes.
const SCRATCH: usize = 64 * 1024;

/// The front thread's state.
pub(super) struct Door {
    pub(super) poll: Poll,
    listener: Option<TcpListener>,
    gate: Gate,
    pub(super) limits: Limits,
    clock: Clock,
    stop: Arc<AtomicBool>,
    pub(super) stop_by: Option<Duration>,
    pub(super) clients: BTreeMap<usize, Client>,
    next_client: usize,
    pub(super) room: PathBuf,
    pub(super) back_ends: Vec<Option<BackEnd>>,
    /// Why there is no server room any more.
    pub(super) room_is_dead: Option<io::Error>,
    /// Clients that wait for the server room. Some may have gone since.
    pub(super) waiting: VecDeque<usize>,
    strikes: Strikes,
    /// No deadline is before this.
    pub(super) wake: Duration,
    accept_again: Option<Duration>,
    /// A descriptor to give up when there are no others.
    spare: Option<UnixDatagram>,
    exhaustion_told: bool,
    pub(super) scratch: Box<[u8]>,
}

impl Door {
    /// Opens the connections to the server room, all at once: later there might be no file
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
                let text = format!("can't reach the server room at `{}`: {e}", room.display());
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
    /// When it can't go on: no events can be had, or the server room is dead.
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

    fn accept(&mut self, now: Duration) {
        self.accept_again = None;
        for _ in 0..ACCEPTED_MOST {
            let Some(listener) = &self.listener else { return };
            let error = match listener.accept() {
                Ok((stream, peer)) => {
                    self.welcome(stream, peer, now);
                    continue;
                }
                Err(error) => error,
            };
            let is_passing =
                matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted);
            if error.kind() == ErrorKind::WouldBlock
                || !is_passing && !self.accept_with_the_spare(&error, now)
            {
                return;
            }
        }
        self.accept_again = Some(now);
    }

    /// Accepts though the system gives no descriptor: with the spare one, at the cost of somebody
    /// who can be spared, or of the newcomer. Whether more can be accepted.
    ///
    /// It also tells whether anybody is there at all, since accept(2) takes a descriptor before
    /// it looks.
    fn accept_with_the_spare(&mut self, why: &io::Error, now: Duration) -> bool {
        let had_spare = self.spare.take().is_some();
        let accepted = self.listener.as_ref().filter(|_| had_spare).map(TcpListener::accept);
        let goes_on = match accepted {
            Some(Ok((stream, peer))) => {
                if self.evict(|_| true, now) {
                    self.welcome(stream, peer, now);
                } else {
                    self.turn_away(stream, now);
                }
                true
            }
            Some(Err(error)) if error.kind() == ErrorKind::WouldBlock => false,
            Some(Err(_)) | None => {
                self.accept_again = Some(now + ACCEPT_PAUSE);
                if !std::mem::replace(&mut self.exhaustion_told, true) {
                    log::error!("can't accept a connection, so none for a moment each time: {why}");
                }
                false
            }
        };
        self.spare = UnixDatagram::unbound().ok();
        goes_on
    }

    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr, now: Duration) {
        let peer = peer.ip().to_canonical();
        let near = |client: &Client| client.is_near(peer);
        let crowded = !self.gate.trusts(peer)
            && self.clients.values().filter(|client| near(client)).count()
                >= self.limits.per_address;
        let full = self.clients.len() >= self.limits.connections;
        if crowded && !self.evict(near, now) || !crowded && full && !self.evict(|_| true, now) {
            return self.turn_away(stream, now);
        }
        let _ = stream.set_nodelay(true);
        let id = self.next_client;
        self.next_client = id.checked_add(1).unwrap_or(FIRST_CLIENT);
        let mut client = Client::new(stream, peer, now, &self.limits);
        let both = Interest::READABLE | Interest::WRITABLE;
        if self.poll.registry().register(client.stream(), Token(id), both).is_ok() {
            self.clients.insert(id, client);
            self.serve(id, now); // before it can be spared for the next one
        }
    }

    fn turn_away(&mut self, mut stream: TcpStream, now: Duration) {
        self.note_refused(Refusal::FullHouse, now);
        let _ = stream.write(Refusal::FullHouse.answer().as_bytes());
    }

    /// Drops one of these connections to make room, if one can be spared. It gets a last chance:
    /// what it said since it was heard last may show that it is a friend.
    fn evict(&mut self, among: impl Fn(&Client) -> bool, now: Duration) -> bool {
        for chances in (0..LAST_CHANCES).rev() {
            let spared = self
                .clients
                .iter()
                .filter(|(_, client)| among(client))
                .filter_map(|(id, client)| Some((client.dispensable()?, *id)))
                .min();
            let Some((standing, id)) = spared else { return false };
            if let Some(client) = self.clients.get_mut(&id) {
                client.may_have_spoken();
                self.serve(id, now);
            }
            let stands = self.clients.get(&id).and_then(Client::dispensable);
            if stands == Some(standing) || chances == 0 {
                self.forget(id);
            }
            if !self.clients.contains_key(&id) {
                return true;
            }
        }
        false
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
                let is_untaken = self.clients.get(&id).is_some_and(Client::is_untaken);
                if self.stop_by.is_some() && is_untaken {
                    self.forget(id);
                }
                false
            }
            Wish::End => {
                self.forget(id);
                false
            }
            Wish::Refusal(refusal, whose) => {
                self.refuse(id, refusal, whose, now);
                true
            }
            Wish::LargeRoom(bytes) => {
                let held: usize = self.clients.values().map(Client::large_room).sum();
                if held + bytes > self.limits.large_bodies {
                    self.refuse(id, Refusal::Busy, None, now);
                } else if let Some(client) = self.clients.get_mut(&id) {
                    client.grant_large(bytes);
                }
                true
            }
            Wish::ServerRoom => {
                self.waiting.push_back(id);
                self.hand_over(now);
                false
            }
        }
    }

    /// Refuses a request; `whose` fault it was matters where tokens are guessed.
    pub(super) fn refuse(
        &mut self,
        id: usize,
        mut refusal: Refusal,
        whose: Option<IpAddr>,
        now: Duration,
    ) {
        if refusal == Refusal::WrongToken
            && let Some(address) = whose
            && !self.gate.trusts(address)
            && self.strikes.strike(address, now)
        {
            refusal = Refusal::TooManyWrongTokens;
        }
        self.note_refused(refusal, now);
        if let Some(client) = self.clients.get_mut(&id) {
            client.refuse(refusal, &self.limits, now);
        }
    }

    fn note_refused(&mut self, refusal: Refusal, now: Duration) {
        if refusal.is_ordinary() {
            return;
        }
        if let Some(line) = self.strikes.note_refused(now) {
            log::warn!("{line}");
        }
    }

    fn forget(&mut self, id: usize) {
        self.clients.remove(&id);
        for back_end in self.back_ends.iter_mut().flatten() {
            if back_end.user == User::Client(id) {
                back_end.user = User::Gone;
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
        let clients = self.clients.values().map(Client::deadline);
        let back_ends = self.back_ends.iter().flatten().map(|back_end| back_end.deadline);
        self.wake = clients.chain(back_ends).min().unwrap_or(Duration::MAX);
        self.hand_over(now);
    }
}
