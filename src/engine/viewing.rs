//! What the engine remembers of one item for one account: a [`Viewing`].
//!
//! Plain data with the questions that it can answer about itself. What follows from them stands
//! in `rules`.

use super::position::is_seek;
use super::session::{Session, Wake};
use crate::event::{Action, Event, File, Item, Name, Percent, Time};
use crate::intent::ViewingKey;
use serde::{Deserialize, Serialize};

/// One item as one account watches it, on whatever server or player, round after round.
///
/// "Once" is judged here: after a play everything of the item is silent until a new round begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Viewing {
    /// Whose it is.
    pub account: String,
    /// What is watched, with all ids that were learned of it.
    pub item: Item,
    /// Under which keys media servers know it: server id and key.
    pub keys: Vec<(String, String)>,
    /// Counts the viewings of the item. A session of an earlier round stays silent.
    pub round: u32,
    /// When this round began; `None` where its start was missed.
    pub began: Option<Time>,
    /// When this round became a play. From then on the item is silent.
    pub play: Option<Time>,
    /// Of a file with several episodes: which of them are plays of this round, a bit for each.
    #[serde(default, skip_serializing_if = "Episodes::is_empty")]
    pub episodes: Episodes,
    /// The last rating heard, to tell a repetition.
    pub rated: Option<(Option<u8>, Time)>,
    /// A mark by hand that waits.
    #[serde(default)]
    pub mark: Option<HeldMark>,
    /// When anything of the item was last heard.
    pub heard: Time,
    /// What each player does with it.
    pub sessions: Vec<Session>,
    /// When it was last written to disk; progress alone is written now and then only.
    #[serde(skip)]
    pub stored: Time,
    /// Whether something has changed since.
    #[serde(skip)]
    pub is_unwritten: bool,
}

/// A mark by hand that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldMark {
    /// Until when.
    pub due: Time,
    /// When the item was watched, as far as the mark says.
    pub at: Time,
    /// When the mark came.
    pub heard: Time,
}

/// A set of the episodes of one file, counted from 0; no file holds more than 32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Episodes(u32);

impl Episodes {
    /// Whether it holds none.
    #[must_use]
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether it holds this one.
    #[must_use]
    pub fn has(self, index: u32) -> bool {
        1_u32.checked_shl(index).is_some_and(|bit| self.0 & bit != 0)
    }

    /// Takes this one in.
    pub fn add(&mut self, index: u32) {
        self.0 |= 1_u32.checked_shl(index).unwrap_or_default();
    }
}

impl Viewing {
    /// A viewing of which nothing has happened yet.
    pub fn new(account: &str, item: Item, now: Time) -> Self {
        Self {
            account: account.to_owned(),
            item: Item { file: File::default(), ..item },
            keys: Vec::new(),
            round: 0,
            began: None,
            play: None,
            episodes: Episodes::default(),
            rated: None,
            mark: None,
            heard: now,
            sessions: Vec::new(),
            stored: Time::default(),
            is_unwritten: false,
        }
    }

    /// Whether a session is of a viewing that has not counted as a play: of this one, or, where this has
    /// counted, of the next.
    pub fn is_uncounted(&self, session: &Session) -> bool {
        self.play.is_none() || session.round > self.round
    }

    /// A new round begins: the item is watched again.
    pub fn begin_round(&mut self) {
        self.round += 1;
        (self.play, self.began) = (None, None);
    }

    /// What belongs to this round, where `number` is this viewing's.
    pub fn key(&self, number: u64) -> ViewingKey {
        ViewingKey { number, round: Some(self.round) }
    }

    /// The next moment at which something of it happens by itself.
    pub fn deadline(&self) -> Option<(Time, Wake)> {
        let runtime = self.item.runtime_ms;
        let sessions = self.sessions.iter().filter_map(|session| session.deadline(runtime));
        sessions.chain(self.mark.map(|held| (held.due, Wake::Mark))).min()
    }

    /// Whether its players have all let go of it.
    pub fn has_stopped(&self) -> bool {
        !self.sessions.iter().any(Session::is_open)
    }

    /// Whether a player at this media server has it in hand.
    pub fn plays_at(&self, server: &str) -> bool {
        self.sessions.iter().any(|session| session.is_open() && session.seat.is_at(server))
    }

    /// Whether something changed since `before` that has to be on disk before anybody is
    /// answered.
    pub fn differs_durably(&self, before: &Self) -> bool {
        (&self.item, &self.keys, self.round, self.began, self.play, self.episodes)
            != (
                &before.item,
                &before.keys,
                before.round,
                before.began,
                before.play,
                before.episodes,
            )
            || (self.rated, self.mark) != (before.rated, before.mark)
            || !self
                .sessions
                .iter()
                .map(Session::durable)
                .eq(before.sessions.iter().map(Session::durable))
    }

    /// Whether a position was reported since `before` that decides how a session without any
    /// further sign ends: the first one that counts as watched, or one that nobody would project.
    pub fn has_come_far(&self, before: &Self, watched_at: Percent, now: Time) -> bool {
        let reported = |session: &Session| session.pulse.reported.map(|(position, _)| position);
        self.sessions.iter().any(|session| {
            let Some(was) = before.sessions.iter().find(|was| was.id == session.id) else {
                return true;
            };
            let Some(at) = reported(session).filter(|at| Some(*at) != reported(was)) else {
                return false;
            };
            let expected = was.projected(self.item.runtime_ms, now);
            let jumps = expected.is_none_or(|expected| is_seek(expected, at));
            jumps || (at >= watched_at && reported(was).is_none_or(|was| was < watched_at))
        })
    }

    /// Whether an event says nothing of the item that could be learned.
    pub fn knows(&self, event: &Event) -> bool {
        let (known, said) = (&self.item, &event.item);
        (&known.kind, &known.key, &known.title, known.year, &known.aired)
            == (&said.kind, &said.key, &said.title, said.year, &said.aired)
            && said.ids.each().all(|id| known.ids.each().any(|known| known == id))
            && (said.runtime_ms.is_none() || said.runtime_ms == known.runtime_ms)
            && (said.key.is_empty() || self.knows_key(&event.server, &said.key))
    }

    fn knows_key(&self, server: &str, key: &str) -> bool {
        self.keys.iter().any(|(known_server, known)| (&**known_server, &**known) == (server, key))
    }

    /// Takes over what an event says of the item. A start brings the item up to date; any other
    /// event only adds what was missing, so that two servers with different titles for the same
    /// film don't take turns in changing it.
    pub fn learn(&mut self, event: &Event) {
        let said = &event.item;
        let rematched = self.item.key == said.key && self.item.contradicts(said);
        if rematched || event.action == Action::Start {
            let said = Item { file: File::default(), ..said.clone() };
            let known = std::mem::replace(&mut self.item, said.clone());
            if !rematched {
                self.item.ids.learn(&known.ids);
            }
            self.item.runtime_ms = said.runtime_ms.or(known.runtime_ms);
        } else {
            self.item.ids.learn(&said.ids);
            self.item.runtime_ms = self.item.runtime_ms.or(said.runtime_ms);
        }
        let is_new = !said.key.is_empty() && !self.knows_key(&event.server, &said.key);
        if is_new && self.keys.len() < MOST_KEYS {
            self.keys.reserve_exact(1); // most have one for ever
            self.keys.push((event.server.clone(), said.key.clone()));
        }
    }

    /// Takes over another viewing of what turned out to be the same item.
    pub fn merge(&mut self, other: Self) {
        self.item.ids.learn(&other.item.ids);
        self.item.runtime_ms = self.item.runtime_ms.or(other.item.runtime_ms);
        self.keys.extend(other.keys);
        self.keys.truncate(MOST_KEYS);
        let round = self.round.max(other.round);
        for session in self.sessions.iter_mut().filter(|session| session.round == self.round) {
            session.round = round;
        }
        self.sessions.extend(other.sessions.into_iter().map(|mut session| {
            if session.round == other.round {
                session.round = round;
            }
            session
        }));
        self.round = round;
        self.began = self.began.into_iter().chain(other.began).min();
        self.play = self.play.max(other.play);
        self.episodes = Episodes(self.episodes.0 | other.episodes.0);
        self.rated = self.rated.into_iter().chain(other.rated).max_by_key(|(_, at)| *at);
        self.mark = self.mark.or(other.mark);
        self.heard = self.heard.max(other.heard);
    }

    /// Lets go of the oldest sessions that have stopped where there are too many.
    pub fn prune(&mut self) {
        while self.sessions.len() > MOST_SESSIONS {
            let oldest = (self.sessions.iter().enumerate())
                .min_by_key(|(_, session)| (session.is_open(), session.pulse.sign))
                .map(|(index, _)| index);
            let Some(oldest) = oldest else { return };
            self.sessions.swap_remove(oldest);
        }
    }

    /// Every time it holds, for when the clock was set.
    pub fn times(&mut self) -> impl Iterator<Item = &mut Time> {
        // All fields by name, so that a new time can't be forgotten.
        let Self {
            began,
            play,
            rated,
            mark,
            heard,
            sessions,
            stored,
            account: _,
            item: _,
            keys: _,
            round: _,
            episodes: _,
            is_unwritten: _,
        } = self;
        let mark = mark.iter_mut().flat_map(|HeldMark { due, at, heard }| [due, at, heard]);
        (began.iter_mut())
            .chain(play.iter_mut())
            .chain(mark)
            .chain(rated.iter_mut().map(|(_, at)| at))
            .chain([heard, stored])
            .chain(sessions.iter_mut().flat_map(Session::times))
    }

    /// Every name under which it can be found again.
    pub fn names(&self) -> Vec<Name> {
        let mut names = self.item.names();
        names.extend(self.keys.iter().map(|(server, key)| Name::key(server, key)));
        names
    }
}

/// How many servers' keys of one item are remembered.
const MOST_KEYS: usize = 8;
/// How many sessions of one item are remembered.
const MOST_SESSIONS: usize = 16;
