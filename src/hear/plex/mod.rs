//! What plays at a Plex server?
//!
//! Its event stream says that a player reports something, its sessions who and what that is. So the
//! sessions are asked once after each connection, for each playback that is new or has another number
//! than before, and when a player has long been silent; otherwise this waits for the stream. [`Plays`]
//! decides what follows, and keeps what plays over a connection that is lost.
//!
//! A token that is not the owner's sees no sessions. Nothing counts then: who watches is never guessed.

mod play;
pub(super) mod plays;

use super::listener::{End, Listener, Trouble};
use crate::http;
use crate::http::events::{Events, Message};

use crate::media_server::{self, playing};
use crate::webhook::plex::{Session, notifications};
use plays::{Found, Plays, Steps};
use std::convert::Infallible;
use std::time::Duration;

/// The stream says something every ten seconds: after so long without a byte it is dead.
const SILENCE: Duration = Duration::from_secs(30);

/// One answer may be missing; a server that so often has none about its sessions is not heard, whatever
/// it streams.
const LOOKS_IN_VAIN: u32 = 5;

/// Hears a Plex server until something is in the way.
pub(super) fn listen(ear: &Listener<'_>) -> End {
    let Err(end) = attend(ear, &mut ear.at_plex.borrow_mut());
    // Who is stopped is interrupted as if the connection had broken.
    if ear.check().is_err() { End::Stopped } else { end }
}

/// Never returns anything but why it ended.
fn attend(ear: &Listener<'_>, plays: &mut Plays) -> Result<Infallible, End> {
    let id = media_server::id(ear.server)?.unwrap_or_default();
    // The stream first: what begins after the look at the sessions is in it.
    let mut stream = playing::stream(ear.server, SILENCE)?;
    ear.reads_from(stream.socket()).map_err(|error| broken(ear, &http::words(&error)))?;
    let played = playing::played(ear.server).unwrap_or_default();
    let mut hall = Hall { ear, id, played, in_vain: 0 };
    plays.connect(ear.clock.steady());
    hall.look(plays)?;
    ear.well();
    let (mut events, mut body, mut told) = (Events::default(), Vec::new(), Vec::new());
    loop {
        let goes_on = stream.read(&mut body).map_err(|error| broken(ear, &http::words(&error)))?;
        let read = events.take(&std::mem::take(&mut body), &mut told);
        read.map_err(|_| broken(ear, "a line of its event stream does not end"))?;
        for message in told.drain(..) {
            hall.take(&message, plays)?;
        }
        hall.act(plays, Plays::wait)?;
        if !goes_on {
            return Err(broken(ear, "it closed the event stream"));
        }
    }
}

/// The connection is of no more use.
fn broken(ear: &Listener<'_>, why: &str) -> End {
    let sentence = format!("the event stream of {} broke off ({why})", ear.server.url);
    End::Trouble(Trouble { sentence, lasts: false })
}

/// One connection.
struct Hall<'a> {
    ear: &'a Listener<'a>,
    /// The server's own id.
    id: String,
    played: playing::Played,
    /// How often in a row the sessions were asked for and did not come.
    in_vain: u32,
}

impl Hall<'_> {
    /// Takes one event of the stream.
    fn take(&mut self, message: &Message, plays: &mut Plays) -> Result<(), End> {
        if message.kind != "playing" {
            return Ok(());
        }
        for notification in notifications(&message.data) {
            self.act(plays, |plays, now| plays.report(&notification, now))?;
        }
        Ok(())
    }

    /// Tells what follows, and looks at the sessions where that is to be done.
    fn act(
        &mut self,
        plays: &mut Plays,
        decide: impl FnOnce(&mut Plays, Duration) -> Steps,
    ) -> Result<(), End> {
        let steps = decide(plays, self.ear.clock.steady());
        for event in &steps.tell {
            self.ear.tell(event)?;
        }
        if !steps.look {
            return Ok(());
        }
        match self.look(plays) {
            // It is asked again with the next report.
            Err(End::Trouble(trouble)) if !trouble.lasts && self.in_vain < LOOKS_IN_VAIN => {
                log::debug!("the sessions of {}: {}", self.ear.server.title(), trouble.sentence);
                Ok(())
            }
            result => result,
        }
    }

    /// Looks at what plays, and tells what follows.
    fn look(&mut self, plays: &mut Plays) -> Result<(), End> {
        self.in_vain += 1;
        let sessions = playing::sessions(self.ear.server, &self.id)?;
        self.in_vain = 0;
        let mut found = Vec::new();
        for session in sessions {
            found.push(if plays.is_new(&session) { self.known(session) } else { session.into() });
        }
        for event in plays.look(&found, self.ear.clock.steady()) {
            self.ear.tell(&event)?;
        }
        Ok(())
    }

    /// What is known of something new: sessions may lack the ids, and say nothing of credits.
    fn known(&self, mut session: Session) -> Found {
        let Ok(event) = &mut session.said else { return session.into() };
        let described = playing::item(self.ear.server, &session.key).unwrap_or_default();
        let credits = described.as_ref().map(|one| one.credits).unwrap_or_default();
        if let Some(described) = described {
            event.item.ids.learn(&described.item.ids);
            event.item.runtime_ms = event.item.runtime_ms.or(described.item.runtime_ms);
        }
        let played_ms = event.item.runtime_ms.map(|ms| self.played.from_ms(ms, &credits));
        Found { played_ms, ..session.into() }
    }
}

#[cfg(test)]
mod tests;
