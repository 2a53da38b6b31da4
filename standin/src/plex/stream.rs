//! What does the event stream say, and how can it go wrong?

use super::Plex;
use crate::Time;
use crate::http::Request;
use crate::service::{Mark, More};
use std::time::Duration;

/// What was notified, and whose session it was.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) user: Option<u64>,
    pub(super) frame: String,
}

/// How streams are mistreated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Not at all.
    None,
    /// Nothing comes any more, not even pings, and the connection stays.
    #[cfg(feature = "faults")]
    Silence,
    /// The next thing that is said breaks off in its middle, and with it the connection.
    #[cfg(feature = "faults")]
    Cut,
}

const PING: &str = "event: ping\ndata: {}\n\n";

impl Plex {
    /// What the stream says next. Pings follow `now` like everything else.
    pub(super) fn more(&mut self, request: &Request, mark: &mut Mark, now: Time) -> More {
        self.tick(now);
        if mark.round == 0 {
            *mark = Mark { round: self.round, at: self.said.len(), last: now };
            self.handed = self.said.len();
            return More::Goes(PING.into());
        }
        // It was started anew, or the token counts no more.
        let Some(holder) = self.holder(request).filter(|_| mark.round == self.round) else {
            return More::Ends(Vec::new());
        };
        #[cfg(feature = "faults")]
        if self.trouble == Trouble::Silence {
            return More::Goes(Vec::new());
        }
        let everything = request.parameter("filters").is_none_or(|what| what != "playing");
        let new = self.said.get(mark.at..).unwrap_or_default();
        let mut text = String::new();
        for said in new.iter().filter(|said| holder == 1 || said.user == Some(holder)) {
            if everything {
                text.push_str("event: timeline\ndata: {\"TimelineEntry\":{\"state\":5}}\n\n");
            }
            text.push_str(&said.frame);
        }
        mark.at = self.said.len();
        self.handed = mark.at;
        if now.since(mark.last) >= Duration::from_millis(self.options.ping_ms) {
            text.push_str(PING);
            mark.last = now;
        }
        #[cfg(feature = "faults")]
        if self.trouble == Trouble::Cut && !text.is_empty() {
            self.trouble = Trouble::None;
            text.truncate(text.len() / 2);
            return More::Ends(text.into_bytes());
        }
        More::Goes(text.into_bytes())
    }

    /// How much of what was notified no stream has said yet.
    #[must_use]
    pub fn unsaid(&self) -> usize {
        self.said.len() - self.handed
    }

    /// From now on streams say nothing more, and stay open; [`Plex::restart`] mends it.
    #[cfg(feature = "faults")]
    pub fn fall_silent(&mut self) {
        self.trouble = Trouble::Silence;
    }

    /// The next thing that a stream says breaks off in its middle, and the connection with it.
    #[cfg(feature = "faults")]
    pub fn cut_next(&mut self) {
        self.trouble = Trouble::Cut;
    }

    /// Says these bytes to the owner's streams, whatever they are.
    #[cfg(feature = "faults")]
    pub fn blurt(&mut self, frame: &str) {
        self.said.push(Said { user: Some(1), frame: frame.to_owned() });
    }
}
