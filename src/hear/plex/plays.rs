//! What plays on which player, and what follows from what is said of it? Pure.
//!
//! A playback is known by its player and its item. The session's number is a hint only: numbers begin
//! anew with the server, and a player may stop under another one than it played under. One that plays
//! on under another may be another's, so the sessions are asked whose it is before anything more is told
//! of it. A playback whose player is gone without a word ends where it was reported last, never where it
//! might be by now.

mod listed;

use super::play::{Known, Report};
use crate::event::Event;
use crate::webhook::plex::{Notification, Playback, Session};
use std::collections::VecDeque;
use std::time::Duration;

/// How many playbacks are kept, and how many items that are none of ours.
const MOST: usize = 200;
const MOST_OTHERS: usize = 500;

/// A player reports every ten seconds while it plays. After so long the sessions tell whether it is there.
const SILENT: Duration = Duration::from_secs(60);
/// A paused one may sleep for hours; so seldom the sessions tell whether it is there.
const SILENT_PAUSED: Duration = Duration::from_secs(5 * 60);
/// Of what is silent for so long and whose player is listed with something else no stop comes any more.
const LEFT: Duration = Duration::from_secs(20);
/// What claims to play and does not move for so long has ended.
const STUCK: Duration = Duration::from_secs(5 * 60);
/// What was open when the process began and is not listed may be just stopping: so long the stream may
/// still tell where.
const SETTLED: Duration = Duration::from_secs(5);
/// Sessions are asked no sooner again for something new that they did not list.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// Somebody may sign in late; who has not after so many looks is nobody.
const LOOKS_FOR_A_USER: u32 = 3;

/// What plays.
#[derive(Debug, Default)]
pub(crate) struct Plays {
    all: Vec<Play>,
    /// Rating keys of music, trailers and the like: one look at them is enough.
    others: VecDeque<String>,
    connection: Connection,
    /// Whether the server's history is read as well: that tells, with its time, what was played before
    /// anybody listened.
    pub(crate) has_history: bool,
}

/// How the server came to be heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Connection {
    /// It is not heard yet.
    #[default]
    None,
    /// It was there when this process began to listen: since then.
    First(Duration),
    /// The connection was lost, and it is heard again since then. It may have been started anew, and a
    /// player is listed only once it reports.
    Again(Duration),
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Steps {
    /// This is to be told, in this order.
    pub(crate) tell: Vec<Event>,
    /// Then the sessions are to be looked at.
    pub(crate) look: bool,
}

/// A session, and what is known of it beside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// As it is listed.
    pub(crate) session: Session,
    /// From where on the server takes it for played, in milliseconds; `None` where that is not known, or
    /// not asked because it is nothing new.
    pub(crate) played_ms: Option<u64>,
}

impl From<Session> for Found {
    fn from(session: Session) -> Self {
        Self { session, played_ms: None }
    }
}

#[derive(Debug)]
struct Play {
    player: String,
    number: String,
    key: String,
    /// What was reported last.
    report: Report,
    /// When the sessions were asked last because of it.
    asked: Duration,
    what: What,
}

#[derive(Debug)]
enum What {
    /// Nobody knows yet whose it is; so often the sessions listed it without a user, or only as it was
    /// before, and this is whose it was then.
    Unknown { looks: u32, before: Option<Box<Known>> },
    /// Somebody's.
    Known(Box<Known>),
    /// Nobody's who is signed in.
    Nobodys,
}

impl Plays {
    /// What was open when this process began, at the positions that were reported last.
    pub(crate) fn of(open: &[Event], now: Duration) -> Self {
        // A player without an id is none that Plex lists.
        let its = open.iter().filter(|event| !event.player.id.is_empty());
        let plays = its.take(MOST).map(|event| {
            let report = Report { position_ms: event.position_ms, is_paused: false, at: now };
            Play {
                player: event.player.id.clone(),
                number: String::new(),
                key: event.item.key.clone(),
                report,
                asked: now,
                what: What::Known(Box::new(Known::told(event.clone(), report))),
            }
        });
        Self { all: plays.collect(), ..Self::default() }
    }

    /// A new connection: numbers say nothing any more, and what is no video is asked anew.
    pub(crate) fn connect(&mut self, now: Duration) {
        self.connection = match self.connection {
            Connection::None => Connection::First(now),
            Connection::First(_) | Connection::Again(_) => Connection::Again(now),
        };
        self.others.clear();
        for play in &mut self.all {
            play.number.clear();
            play.asked = now;
        }
    }

    /// A player reports something.
    pub(crate) fn report(&mut self, said: &Notification, now: Duration) -> Steps {
        let mut steps = Steps::default();
        let found = self.all.iter().position(|play| play.is_of(said));
        let is_paused = match said.state {
            Playback::Playing => false,
            Playback::Paused => true,
            Playback::Stopped => {
                let over = found.map(|at| self.all.swap_remove(at));
                steps
                    .tell
                    .extend(over.into_iter().flat_map(|play| play.what.end(said.position_ms)));
                return steps;
            }
            Playback::Waiting => {
                if let Some(play) = found.and_then(|at| self.all.get_mut(at)) {
                    play.breathe(now);
                }
                return steps;
            }
        };
        let report = Report { position_ms: said.position_ms, is_paused, at: now };
        if let Some(play) = found.and_then(|at| self.all.get_mut(at)) {
            play.report = report;
            if play.is_under_another_number(said) {
                said.session.clone_into(&mut play.number);
                play.doubt();
                play.asked = now;
                steps.look = true;
                return steps;
            }
            match &mut play.what {
                What::Known(known) => {
                    steps.tell = known.report(report);
                    steps.tell.extend((known.stuck_for(now) >= STUCK).then(|| known.stall()));
                }
                What::Unknown { .. } if now.saturating_sub(play.asked) >= ASK_AGAIN => {
                    play.asked = now;
                    steps.look = true;
                }
                What::Unknown { .. } | What::Nobodys => {}
            }
            return steps;
        }
        steps.tell = self.end_where(|play| play.number == said.session);
        if !self.others.contains(&said.key) && self.all.len() < MOST {
            self.all.push(Play {
                player: said.player.clone(),
                number: said.session.clone(),
                key: said.key.clone(),
                report,
                asked: now,
                what: What::Unknown { looks: 0, before: None },
            });
            steps.look = true;
        }
        steps
    }

    /// Time has passed.
    pub(crate) fn wait(&mut self, now: Duration) -> Steps {
        let tell = self.end_where(|play| {
            let is_silent = now.saturating_sub(play.report.at) >= SILENT;
            !matches!(play.what, What::Known(_)) && is_silent
        });
        let mut steps = Steps { tell, look: false };
        let connection = self.connection;
        for play in &mut self.all {
            let What::Known(known) = &play.what else { continue };
            let is_unseen = play.number.is_empty() && matches!(connection, Connection::First(_));
            let patience = if is_unseen {
                SETTLED
            } else if known.plays() {
                SILENT
            } else {
                SILENT_PAUSED
            };
            let since = known.silent_for(now).min(now.saturating_sub(play.asked));
            if since >= patience {
                play.asked = now;
                steps.look = true;
            }
        }
        steps
    }

    /// Ends those, where they were reported last.
    fn end_where(&mut self, is_over: impl Fn(&Play) -> bool) -> Vec<Event> {
        let (over, on): (Vec<Play>, Vec<Play>) =
            std::mem::take(&mut self.all).into_iter().partition(|play| is_over(play));
        self.all = on;
        over.into_iter().flat_map(|play| play.what.end(None)).collect()
    }
}

impl Play {
    /// Whether a player's report is about it.
    fn is_of(&self, said: &Notification) -> bool {
        let is_its = match (self.player.is_empty(), said.player.is_empty()) {
            (false, false) => self.player == said.player,
            // Old servers name no player: there its session has to do.
            _ => self.number == said.session,
        };
        is_its && self.key == said.key
    }

    /// Whether it is what a session lists.
    fn lists(&self, session: &Session) -> bool {
        let is_its = match (self.player.is_empty(), session.player.is_empty()) {
            (false, false) => self.player == session.player,
            _ => self.number == session.number,
        };
        is_its && self.key == session.key
    }

    /// Whether a player's report about it has another number than the one before: it may be another's.
    fn is_under_another_number(&self, said: &Notification) -> bool {
        !said.session.is_empty() && self.number != said.session
    }

    /// Nobody knows any more whose it is, until the sessions are asked.
    fn doubt(&mut self) {
        let before = match std::mem::replace(&mut self.what, What::Nobodys) {
            What::Known(known) => Some(known),
            What::Unknown { before, .. } => before,
            What::Nobodys => None,
        };
        self.what = What::Unknown { looks: 0, before };
    }

    fn breathe(&mut self, now: Duration) {
        self.report.at = now;
        if let What::Known(known) = &mut self.what {
            known.breathe(now);
        }
    }
}

impl What {
    fn end(self, position_ms: Option<u64>) -> Vec<Event> {
        match self {
            What::Known(known) => known.end(position_ms),
            // Who stops there now may be another.
            What::Unknown { before: Some(known), .. } => known.end(None),
            What::Unknown { before: None, .. } | What::Nobodys => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
