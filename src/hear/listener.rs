//! What a loop that hears a media server works with, and what follows when it ends.

use super::hearing::Hearings;
use super::plays::Plays;
use super::plex::plays::Plays as PlexPlays;
use super::stop::{Stop, Stopped};
use crate::clock::Clock;
use crate::config::MediaServer;
use crate::event::Event;
use crate::media_server;
use std::cell::{Cell, RefCell};
use std::net::TcpStream;
use std::time::Duration;

/// After how long the first new attempt is made; then after twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// After a refusal, which does not mend itself, unless it was a mistake: a Plex that does not reach
/// plex.tv, a proxy.
const FIRST_PAUSE_OF_REFUSED: Duration = Duration::from_secs(30);
/// And at most so long.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
/// Who was heard for so long is not the one that fails at each attempt.
const STEADY: Duration = Duration::from_secs(60);
/// When an event is handed on again that could not be stored.
const STORE_AGAIN: Duration = Duration::from_secs(5);

/// Hears one media server until something is in the way.
pub type Listen = fn(&Listener<'_>) -> End;

/// Takes what was heard, and returns when it is decided and safe, or can't be now.
pub type Sink = dyn Fn(Event) -> Taken + Send + Sync;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is decided, and that is on the disk.
    Safe,
    /// It can't be stored now; it is to be handed on again.
    NotNow,
    /// Nobody takes anything any more.
    Stopping,
}

/// Why a loop ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was stopped.
    Stopped,
    /// The server is not heard.
    Trouble(Trouble),
}

/// Why a server is not heard, in a sentence with the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The sentence.
    pub sentence: String,
    /// Whether it does not mend itself (a token that is refused): it is told at once, and tried
    /// again seldom.
    pub lasts: bool,
}

impl From<Stopped> for End {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<Trouble> for End {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<media_server::Trouble> for End {
    fn from(trouble: media_server::Trouble) -> Self {
        Self::Trouble(Trouble { sentence: trouble.to_string(), lasts: trouble.is_refusal() })
    }
}

/// One media server, the time, and where to tell what is heard.
pub struct Listener<'a> {
    /// Whom to hear.
    pub server: &'a MediaServer,
    /// The time.
    pub clock: &'a Clock,
    stop: &'a Stop,
    sink: &'a Sink,
    hearings: &'a Hearings,
    /// What was open there when this process began, each with the position that was reported last.
    pub open: &'a [Event],
    /// What plays there, where the server does not say what has happened but only what is; it outlives
    /// an attempt.
    pub(super) plays: RefCell<Plays>,
    /// What plays at a Plex server; it outlives an attempt as well.
    pub(super) at_plex: RefCell<PlexPlays>,
    /// Since when this attempt has heard it well, in steady time.
    well_since: Cell<Option<Duration>>,
}

impl<'a> Listener<'a> {
    /// Nothing is heard yet.
    #[must_use]
    pub fn new(
        server: &'a MediaServer,
        clock: &'a Clock,
        stop: &'a Stop,
        sink: &'a Sink,
        hearings: &'a Hearings,
        open: &'a [Event],
    ) -> Self {
        let mut plays = Plays::new(server.kind);
        plays.take_over(open, clock.steady());
        let mut at_plex = PlexPlays::of(open, clock.steady());
        at_plex.has_history = server.catch_up;
        let (plays, at_plex) = (RefCell::new(plays), RefCell::new(at_plex));
        let well_since = Cell::new(None);
        Self { server, clock, stop, sink, hearings, open, plays, at_plex, well_since }
    }

    /// Hands on what was heard, and returns when it is safe.
    ///
    /// # Errors
    /// When the thread is to end.
    pub fn tell(&self, event: &Event) -> Result<(), Stopped> {
        loop {
            match (self.sink)(event.clone()) {
                Taken::Safe => return self.stop.check(),
                Taken::NotNow => self.wait(STORE_AGAIN)?,
                Taken::Stopping => return Err(Stopped),
            }
        }
    }

    /// The server answers as it should: it is heard. To be said after each connection, and as often
    /// as one likes.
    pub fn well(&self) {
        // Who is not to listen any more is not shown as one who does.
        if self.well_since.get().is_some() || self.check().is_err() {
            return;
        }
        self.well_since.set(Some(self.clock.steady()));
        let title = self.server.title();
        match self.hearings.well(self.server, self.clock.now()) {
            Some(_) => log::info!("{title} is heard again"),
            None => log::info!("{title} is listened to"),
        }
    }

    /// Waits.
    ///
    /// # Errors
    /// When the thread is to end, at once.
    pub fn wait(&self, span: Duration) -> Result<(), Stopped> {
        self.stop.wait(self.clock, span)
    }

    /// Whether the thread may go on.
    ///
    /// # Errors
    /// When it is to end.
    pub fn check(&self) -> Result<(), Stopped> {
        self.stop.check()
    }

    /// Has `socket` shut down when the thread is to end, so that who reads from it comes back.
    ///
    /// # Errors
    /// When the system can't share it.
    pub fn reads_from(&self, socket: &TcpStream) -> std::io::Result<()> {
        self.stop.closes(socket)
    }

    /// Listens again and again, until it is stopped.
    pub(super) fn run(&self, listen: Listen) {
        let mut failures = 0;
        loop {
            self.well_since.set(None);
            let end = listen(self);
            self.stop.forget();
            let End::Trouble(trouble) = end else { return };
            let heard_for = |since| self.clock.steady().saturating_sub(since);
            let was_steady = self.well_since.get().is_some_and(|since| heard_for(since) >= STEADY);
            failures = if was_steady { 1 } else { failures + 1 };
            let pause = pause(failures, trouble.lasts);
            if self.check().is_err() {
                return;
            }
            self.lost(trouble, failures);
            if self.wait(pause).is_err() {
                return;
            }
        }
    }

    /// The first failure may be a server that starts anew, which nobody needs to hear of.
    fn lost(&self, trouble: Trouble, failures: u32) {
        let title = self.server.title();
        let Trouble { sentence, lasts } = trouble;
        if failures == 1 && !lasts {
            log::debug!("{title} can't be listened to: {sentence}");
            self.hearings.lost(self.server, None);
        } else if self.hearings.lost(self.server, Some(sentence.clone())) {
            log::warn!("{title} can't be listened to: {sentence}");
        }
    }
}

/// How long until the next attempt, after so many failures in a row.
fn pause(failures: u32, lasts: bool) -> Duration {
    let first = if lasts { FIRST_PAUSE_OF_REFUSED } else { FIRST_PAUSE };
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    first.saturating_mul(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes_and_a_refusal_is_no_matter_of_seconds() {
        let pauses = |lasts| (1..=8).map(move |failures| pause(failures, lasts).as_secs());
        assert!(pauses(false).eq([5, 10, 20, 40, 80, 160, 300, 300]));
        assert!(pauses(true).eq([30, 60, 120, 240, 300, 300, 300, 300]));
        assert_eq!(pause(u32::MAX, false), LONGEST_PAUSE);
    }
}
