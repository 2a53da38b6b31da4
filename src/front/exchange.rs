//! Whose request goes to the internal server next?
//!
//! The part of the front door that deals with the internal server. Whole requests wait for a free
//! connection: households take turns, and unauthenticated clients come after all of them. Answers
//! go back to the client that asked. A connection that breaks costs its request a 503 and is
//! reopened.
//!
//! tiny_http's own thread can die silently. So a reopened connection first sends a health check
//! (the knock); if nobody listens, or the check is not answered, the front door ends.

use super::answer::{self, Garbled};
use super::back_end::{BackEnd, UsedBy};
use super::door::{Door, FIRST_BACK_END};
use super::refusal::Refusal;
use mio::Token;
use mio::event::Event;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::time::Duration;

impl Door {
    /// Lets a client wait for the internal server: after all others if it is unauthenticated. An
    /// authenticated one waits for as many requests of each other household as wait of its own, so
    /// that one household that asks without end, over many connections, does not delay the others.
    pub(super) fn queue(&mut self, id: usize) {
        let place = self.turn(id).unwrap_or(self.waiting.len());
        self.waiting.insert(place, id);
    }

    /// Before whom it is a client's turn; `None`: before nobody.
    fn turn(&self, id: usize) -> Option<usize> {
        let household = self.clients.get(&id).filter(|it| it.is_known())?.household();
        let mut before = BTreeMap::<_, usize>::new();
        let waiting = self.waiting.iter().map(|other| {
            let client = self.clients.get(other).filter(|client| client.is_waiting())?;
            let count = before.entry(client.household()).or_default();
            *count += 1;
            Some((client.is_known(), client.household(), *count))
        });
        let waiting: Vec<_> = waiting.collect();
        let own = before.get(&household).copied().unwrap_or_default();
        waiting.into_iter().position(|other| {
            other.is_some_and(|(known, of, count)| !known || of != household && count > own + 1)
        })
    }

    /// Gives waiting requests to free connections of the internal server.
    pub(super) fn hand_over(&mut self, now: Duration) {
        while let Some(&id) = self.waiting.front() {
            let Some(client) = self.clients.get_mut(&id).filter(|client| client.is_waiting())
            else {
                self.waiting.pop_front();
                continue;
            };
            let is_free = |back_end: &Option<BackEnd>| {
                back_end.as_ref().is_none_or(|back_end| back_end.used_by == UsedBy::Nobody)
            };
            let Some(place) = self.back_ends.iter().position(is_free) else { return };
            let Some(back_end) = self.back_ends.get_mut(place).and_then(Option::as_mut) else {
                if self.reopen(place, now) {
                    continue;
                }
                self.waiting.pop_front();
                self.refuse(id, Refusal::NoAnswer.into(), now);
                self.serve(id, now);
                continue;
            };
            self.waiting.pop_front();
            let (head, body) = client.request();
            let result = back_end.ask(head, body, UsedBy::Client(id), self.poll.registry());
            client.asked(now);
            back_end.deadline = now + self.limits.answer;
            self.wake = self.wake.min(back_end.deadline);
            if let Err(error) = result {
                self.give_up(place, &error.to_string(), now);
            }
        }
    }

    /// The internal server speaks.
    pub(super) fn hear(&mut self, token: usize, event: &Event, now: Duration) {
        let place = token.saturating_sub(FIRST_BACK_END);
        let Some(back_end) = self.back_ends.get_mut(place).and_then(Option::as_mut) else { return };
        let mut broken = back_end
            .send_rest(self.poll.registry())
            .and_then(|()| back_end.receive(&mut self.scratch))
            .err()
            .map(|error| error.to_string());
        if event.is_read_closed() && broken.is_none() {
            // The end stands behind what was read, unless the event is of the connection that
            // was in this place before.
            broken = back_end.receive(&mut self.scratch).err().map(|error| error.to_string());
        }
        let may_keep = self.stop_by.is_none();
        let used_by = back_end.used_by;
        let answered = match used_by {
            UsedBy::Nobody if back_end.answer.is_empty() => Ok(false),
            UsedBy::Nobody => Err(Garbled),
            UsedBy::Gone | UsedBy::Knock => {
                answer::pass_on(&back_end.answer, false, true, &mut Vec::new())
            }
            UsedBy::Client(id) => self.clients.get_mut(&id).map_or(Ok(true), |client| {
                client.answer(&back_end.answer, may_keep, &self.limits, now)
            }),
        };
        match answered {
            Ok(true) => back_end.release(),
            Ok(false) => {}
            Err(Garbled) => {
                broken.get_or_insert("something other than an HTTP answer came".to_owned());
            }
        }
        if let Some(why) = broken {
            self.give_up(place, &why, now);
        }
        if let (Ok(true), UsedBy::Client(id)) = (answered, used_by) {
            self.serve(id, now);
        }
        self.hand_over(now);
    }

    /// Throws away a connection to the internal server, with its request.
    pub(super) fn give_up(&mut self, place: usize, why: &str, now: Duration) {
        let Some(lost) = self.back_ends.get_mut(place).and_then(Option::take) else { return };
        log::warn!("lost a connection to the internal server: {why}");
        let used_by = lost.used_by;
        drop(lost); // its descriptor may be needed
        if used_by == UsedBy::Knock {
            let text =
                format!("the internal server at `{}` does not respond: {why}", self.room.display());
            self.room_is_dead = Some(io::Error::other(text));
            return;
        }
        self.reopen(place, now);
        if let UsedBy::Client(id) = used_by {
            self.refuse(id, Refusal::NoAnswer.into(), now);
            self.serve(id, now);
        }
    }

    /// Opens a connection to the internal server anew, if that can be done.
    fn reopen(&mut self, place: usize, now: Duration) -> bool {
        let token = Token(FIRST_BACK_END + place);
        let deadline = now + self.limits.knock;
        let opened = BackEnd::open(&self.room, token, self.poll.registry(), deadline);
        if let Err(error) = &opened {
            let text =
                format!("can't reach the internal server at `{}`: {error}", self.room.display());
            log::error!("{text}");
            // For anything else (no descriptors, a full backlog) there may be another time.
            if matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound) {
                self.room_is_dead = Some(io::Error::new(error.kind(), text));
            }
        }
        let is_open = opened.is_ok();
        if is_open {
            self.wake = self.wake.min(deadline);
        }
        if let Some(slot) = self.back_ends.get_mut(place) {
            *slot = opened.ok();
        }
        is_open
    }
}
