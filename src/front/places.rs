//! Who gets a place, and who must give one up?
//!
//! The part of the front door that accepts connections, and makes room when there is none: a
//! connection slot, a descriptor, memory for a large body. A new connection is always accepted if
//! another one can be closed, and the one that has kept us waiting longest is closed first
//! ([`Rank`]). A media server sends its whole request at once, so even a flood of thousands of
//! connections per second leaves it enough time.

use super::client::{ClientConnection, Phase};
use super::door::{Door, FIRST_CLIENT};
use super::refusal::Refusal;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Token};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// Connections accepted in one go, before others get their turn.
const ACCEPTED_MOST: usize = 64;
/// How long nothing is accepted when the system can't give us another socket.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How many that could be closed are read once more before the new connection is refused.
const LAST_CHANCES: usize = 8;

/// The order in which connections are closed when all slots are taken: first one that was answered;
/// then one of the larger of the groups `Stranger` and `Friend` (on a tie `Stranger`), the oldest
/// in its group first. A connection belongs to `Stranger` until its head was read, so that
/// authenticated clients that never finish can't crowd it out either. If the new connection's
/// address has its share already, one of that address is closed.
///
/// A whole request with a token that waits for our answer is closed only if its address is over its
/// share, the new connection's address is not, and no other can be closed; and never once the
/// internal server has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    /// It has its whole answer.
    Answered,
    /// It has shown no token yet, whatever it waits for.
    Stranger,
    /// It has, and we wait for it: for a request, the rest of one, or that it reads its answer.
    Friend,
}

impl Door {
    /// Accepts who is there.
    pub(super) fn accept(&mut self, now: Duration) {
        self.accept_again = None;
        self.keep_a_spare();
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
                || !is_passing && !self.accept_without_descriptors(&error, now)
            {
                return;
            }
        }
        self.accept_again = Some(now);
    }

    /// Accepts though the system gives no descriptor: with the spare one or, if another thread
    /// was quicker to take that, with that of a connection that can be closed. Then the new
    /// connection has a descriptor at the cost of another one, or is refused. Returns whether more
    /// can be accepted.
    ///
    /// It also shows whether anybody is there at all, because accept(2) takes a descriptor before
    /// it looks.
    fn accept_without_descriptors(&mut self, why: &io::Error, now: Duration) -> bool {
        let has_one = self.spare.take().is_some() || self.evict(|_| true, now);
        let accepted = self.listener.as_ref().filter(|_| has_one).map(TcpListener::accept);
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
                    log::error!(
                        "can't accept a connection, so none is accepted for a moment: {why}"
                    );
                }
                false
            }
        };
        self.keep_a_spare();
        goes_on
    }

    fn keep_a_spare(&mut self) {
        if self.spare.is_none() {
            self.spare = UnixDatagram::unbound().ok();
        }
    }

    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr, now: Duration) {
        let peer = peer.ip().to_canonical();
        if !self.make_room_for(peer, now) {
            return self.turn_away(stream, now);
        }
        let _ = stream.set_nodelay(true);
        let id = self.next_client;
        self.next_client = id.checked_add(1).unwrap_or(FIRST_CLIENT);
        let mut client = ClientConnection::new(stream, peer, now, &self.limits);
        let both = Interest::READABLE | Interest::WRITABLE;
        if self.poll.registry().register(client.stream(), Token(id), both).is_ok() {
            self.clients.insert(id, client);
            self.serve(id, now); // before it can be spared for the next one
        }
    }

    fn turn_away(&mut self, mut stream: TcpStream, now: Duration) {
        self.note_refused(false, now);
        let _ = stream.write(Refusal::FullHouse.answer().as_bytes());
    }

    fn make_room_for(&mut self, peer: IpAddr, now: Duration) -> bool {
        if self.clients.len() < self.limits.connections {
            return true;
        }
        let near = |client: &ClientConnection| client.is_near(peer);
        let has_its_share = !self.gate.trusts(peer)
            && self.clients.values().filter(|client| near(client)).count()
                >= self.limits.per_address;
        self.evict(|client| !has_its_share || near(client), now)
            || !has_its_share && self.evict_of_the_crowd(now)
    }

    /// Closes a connection of the address that is furthest over its share: the newest one whose
    /// request waits for the internal server. Returns whether there is one.
    fn evict_of_the_crowd(&mut self, now: Duration) -> bool {
        let bound = || self.clients.iter().filter(|(_, client)| !self.gate.trusts(client.peer));
        let mut crowds = BTreeMap::<_, usize>::new();
        for (_, client) in bound() {
            *crowds.entry(client.household()).or_default() += 1;
        }
        let most = crowds.into_iter().max_by_key(|(_, size)| *size);
        let last =
            most.filter(|(_, size)| *size > self.limits.per_address).and_then(|(crowd, _)| {
                let own = bound().filter(|(_, client)| client.household() == crowd);
                own.filter(|(_, client)| client.is_waiting()).map(|(id, _)| *id).max()
            });
        let Some(id) = last else { return false };
        self.refuse(id, Refusal::FullHouse.into(), now);
        self.serve(id, now);
        self.forget(id);
        true
    }

    /// Closes one of these connections, if one can be closed. It gets a last chance: what it has
    /// sent since it was last read may contain a token.
    fn evict(&mut self, among: impl Fn(&ClientConnection) -> bool, now: Duration) -> bool {
        for _ in 0..LAST_CHANCES {
            let spared: Vec<_> = self
                .clients
                .iter()
                .filter(|(_, client)| among(client))
                .filter_map(|(id, client)| Some((standing(client)?, *id)))
                .collect();
            let count = |rank| spared.iter().filter(|((of, _), _)| *of == rank).count();
            let more_friends = count(Rank::Friend) > count(Rank::Stranger);
            let crowd = if more_friends { Rank::Friend } else { Rank::Stranger };
            let first = spared.into_iter().min_by_key(|((rank, since), id)| {
                (*rank != Rank::Answered, *rank != crowd, *since, *id)
            });
            let Some((before, id)) = first else { return false };
            if let Some(client) = self.clients.get_mut(&id) {
                client.may_have_spoken();
                self.serve(id, now);
            }
            if self.clients.get(&id).is_none_or(|client| standing(client) == Some(before)) {
                self.forget(id);
                return true;
            }
        }
        false
    }

    /// Makes room for `bytes` of a large body of this client. For that others whose large bodies
    /// are still coming are told to try again, those that began first before the rest. So nobody
    /// can hold the room by sending slowly.
    pub(super) fn make_large_room(&mut self, id: usize, bytes: usize, now: Duration) -> bool {
        loop {
            let others = || self.clients.iter().filter(|(other, _)| **other != id);
            let held: usize = others().map(|(_, client)| client.large_room()).sum();
            if held + bytes <= self.limits.large_bodies {
                return true;
            }
            let first = others()
                .filter_map(|(other, client)| Some((client.large_body_since()?, *other)))
                .min();
            let Some((_, first)) = first else { return false };
            self.refuse(first, Refusal::Busy.into(), now);
            self.serve(first, now);
        }
    }
}

/// How well somebody can be spared, and since when it is so; `None` if it can't.
fn standing(client: &ClientConnection) -> Option<(Rank, Duration)> {
    match client.phase() {
        Phase::Draining { .. } => Some((Rank::Answered, client.since())),
        Phase::Receiving | Phase::Waiting | Phase::Asked | Phase::Answering { .. }
            if !client.is_known() =>
        {
            Some((Rank::Stranger, client.came()))
        }
        Phase::Receiving | Phase::Answering { .. } => Some((Rank::Friend, client.since())),
        Phase::Waiting | Phase::Asked => None,
    }
}
