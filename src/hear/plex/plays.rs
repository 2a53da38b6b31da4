//! What plays on which player, and what follows from what is said of it? Pure.
//!
//! A playback is known by its player and its item. The session's number is a hint only: numbers begin
//! anew with the server, and a player may stop under another one than it played under. A playback whose
//! player is gone without a word ends where it was reported last, never where it might be by now.

use super::play::{Known, Report};
use crate::event::{Action, Event};
use crate::verdict::Reason;
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
    /// Nobody knows yet whose it is; so often the sessions listed it without a user.
    Unknown { looks: u32 },
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
                steps.tell.extend(over.into_iter().flat_map(|play| play.end(said.position_ms)));
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
            said.session.clone_into(&mut play.number);
            play.report = report;
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
                what: What::Unknown { looks: 0 },
            });
            steps.look = true;
        }
        steps
    }

    /// Time has passed.
    pub(crate) fn wait(&mut self, now: Duration) -> Steps {
        let mut steps = Steps::default();
        self.all.retain(|play| {
            let is_silent = now.saturating_sub(play.report.at) >= SILENT;
            matches!(play.what, What::Known(_)) || !is_silent
        });
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

    /// Whether a session is one of which the rest has to be asked.
    #[must_use]
    pub(crate) fn is_new(&self, session: &Session) -> bool {
        let Ok(event) = &session.said else { return false };
        let is_known = |play: &Play| match &play.what {
            What::Known(known) => {
                play.lists(session) && known.is_watched_by(event) && known.is_whole()
            }
            What::Unknown { .. } | What::Nobodys => false,
        };
        !event.user.is_unknown() && !self.all.iter().any(is_known)
    }

    /// The sessions as they are now: all of them.
    pub(crate) fn look(&mut self, found: &[Found], now: Duration) -> Vec<Event> {
        let connection = self.connection;
        let gone = |play: &Play| {
            // A new playback is not listed at once, nor one that goes on after a restart.
            let silent = match (&play.what, connection) {
                (What::Unknown { .. } | What::Nobodys, _) => return false,
                (What::Known(_), Connection::First(since)) if play.number.is_empty() => {
                    let is_settled = now.saturating_sub(since) >= SETTLED;
                    if is_settled { SILENT } else { Duration::ZERO }
                }
                (What::Known(known), Connection::Again(since)) => {
                    known.silent_for(now).min(now.saturating_sub(since))
                }
                (What::Known(known), Connection::None | Connection::First(_)) => {
                    known.silent_for(now)
                }
            };
            silent >= SILENT && !found.iter().any(|one| play.lists(&one.session))
        };
        let mut told = self.end_where(gone);
        for one in found {
            told.extend(self.listed(one, now));
        }
        told
    }

    /// One session as it is now.
    fn listed(&mut self, found: &Found, now: Duration) -> Vec<Event> {
        let session = &found.session;
        let event = match &session.said {
            Ok(event) => event,
            Err(reason) => {
                self.all.retain(|play| !play.lists(session));
                if matches!(reason, Reason::NotVideo { .. } | Reason::Trailer | Reason::LiveTv) {
                    self.others.truncate(MOST_OTHERS - 1);
                    self.others.push_front(session.key.clone());
                }
                return Vec::new();
            }
        };
        let report =
            Report { position_ms: event.position_ms, is_paused: session.is_paused, at: now };
        let known = || Known::new(event.clone(), found.played_ms, report);
        let has_history = self.has_history;
        let Some(play) = self.all.iter_mut().find(|play| play.lists(session)) else {
            if event.user.is_unknown() || self.all.len() >= MOST {
                return Vec::new();
            }
            // It went on before anybody listened.
            let mut known = known();
            if has_history {
                known.leave_to_history(report);
            }
            let told = known.open(Action::Resume);
            self.all.push(Play {
                player: session.player.clone(),
                number: session.number.clone(),
                key: session.key.clone(),
                report,
                asked: now,
                what: What::Known(Box::new(known)),
            });
            return told;
        };
        session.number.clone_into(&mut play.number);
        session.player.clone_into(&mut play.player);
        match &mut play.what {
            What::Known(old) if event.user.is_unknown() || old.is_watched_by(event) => {
                let position_ms = event.position_ms.unwrap_or(0);
                let is_taken_over = !old.is_whole();
                old.learn(found.played_ms);
                if has_history && is_taken_over {
                    old.leave_to_history(report);
                }
                let mut told = Vec::new();
                if !old.is_at(position_ms, session.is_paused) {
                    told = old.report(report);
                }
                told.extend((old.stuck_for(now) >= STUCK).then(|| old.stall()));
                told
            }
            What::Known(old) => {
                let mut told = old.clone().end(None);
                let mut new = known();
                told.extend(new.open(Action::Start));
                play.what = What::Known(Box::new(new));
                told
            }
            What::Unknown { looks } if event.user.is_unknown() => {
                *looks += 1;
                if *looks >= LOOKS_FOR_A_USER {
                    play.what = What::Nobodys;
                }
                Vec::new()
            }
            What::Unknown { .. } => {
                // What the player reported itself is newer than what is listed.
                let report = Report {
                    position_ms: play.report.position_ms.or(event.position_ms),
                    ..play.report
                };
                let mut known = Known::new(event.clone(), found.played_ms, report);
                let told = known.open(known.beginning());
                play.what = What::Known(Box::new(known));
                told
            }
            What::Nobodys => Vec::new(),
        }
    }

    /// Ends those, where they were reported last.
    fn end_where(&mut self, is_over: impl Fn(&Play) -> bool) -> Vec<Event> {
        let (over, on): (Vec<Play>, Vec<Play>) =
            std::mem::take(&mut self.all).into_iter().partition(|play| is_over(play));
        self.all = on;
        over.into_iter().flat_map(|play| play.end(None)).collect()
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

    fn breathe(&mut self, now: Duration) {
        self.report.at = now;
        if let What::Known(known) = &mut self.what {
            known.breathe(now);
        }
    }

    fn end(self, position_ms: Option<u64>) -> Vec<Event> {
        match self.what {
            What::Known(known) => known.end(position_ms),
            What::Unknown { .. } | What::Nobodys => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
