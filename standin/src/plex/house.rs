//! What do people do, and what does the server make of it?

use super::{Item, Plex, history, say};
use crate::Time;
use std::time::Duration;

/// How often a player reports its position.
pub(super) const REPORT: Duration = Duration::from_secs(10);
/// How long a session is kept of which nothing is heard any more.
const KEPT: Duration = Duration::from_secs(3 * 60);

/// Somebody who may use the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The number of the account here: 1 is the owner's.
    pub id: u64,
    /// The number of the account at plex.tv.
    pub at_plex_tv: u64,
    /// Its name.
    pub name: String,
    /// The token with which they ask the server.
    pub token: String,
}

impl Person {
    pub(super) fn owner(name: &str) -> Self {
        let (name, token) = (name.to_owned(), super::TOKEN.to_owned());
        Self { id: 1, at_plex_tv: 48_213_377, name, token }
    }

    pub(super) fn guest(name: &str, id: u64) -> Self {
        let token = format!("plex-token-of-{id}");
        Self { id, at_plex_tv: id, name: name.to_owned(), token }
    }

    /// The address of their picture, with their uuid in it.
    #[must_use]
    pub fn thumb(&self) -> String {
        format!("https://plex.tv/users/{:016x}/avatar?c=1765012345", self.at_plex_tv * 7_919)
    }
}

/// Somebody plays something somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch<'a> {
    /// Who is signed in at the player; nobody has to be on the home's own network.
    pub who: Option<&'a str>,
    /// The player's name.
    pub player: &'a str,
    /// What is played, by its label.
    pub what: &'a str,
    /// From where, in milliseconds.
    pub from_ms: u64,
}

/// What a player does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for data.
    Buffering,
    /// It plays.
    Playing,
    /// It is paused.
    Paused,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Buffering => "buffering",
            Self::Playing => "playing",
            Self::Paused => "paused",
        }
    }
}

/// What plays on one player.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) number: u64,
    /// The rating key.
    pub(super) item: String,
    /// Whose account, by its number.
    pub(super) user: Option<u64>,
    pub(super) state: State,
    /// Where it was at `since`.
    from_ms: u64,
    since: Time,
    /// What the player has reported last, and when.
    pub(super) reported_ms: u64,
    pub(super) reported: Time,
    /// How often it has reported.
    pub(super) reports: u32,
    /// The player is gone and has not said so.
    gone: bool,
    /// It is in the history already.
    counted: bool,
}

impl Session {
    /// Where it is, of so much.
    fn at(&self, now: Time, runtime_ms: u64) -> u64 {
        let played = match self.state {
            State::Playing if !self.gone => now.since(self.since).as_millis(),
            State::Playing | State::Paused | State::Buffering => 0,
        };
        let at = self.from_ms.saturating_add(u64::try_from(played).unwrap_or(u64::MAX));
        at.min(runtime_ms)
    }
}

impl Plex {
    /// Somebody begins to play something; what played on that player is over without a word. `false`
    /// where there is no such thing.
    pub fn play(&mut self, watch: &Watch, now: Time) -> bool {
        self.last_session += 1;
        let number = self.last_session;
        self.begin(watch, number, now)
    }

    /// The player goes on to the next thing in the same session, as some do, without an end of the
    /// one before.
    pub fn next(&mut self, watch: &Watch, now: Time) -> bool {
        let Some(number) = self.sessions.get(watch.player).map(|session| session.number) else {
            return false;
        };
        self.begin(watch, number, now)
    }

    fn begin(&mut self, watch: &Watch, number: u64, now: Time) -> bool {
        let Some(key) = self.library.key(watch.what).map(str::to_owned) else { return false };
        let user = watch.who.and_then(|name| self.people.iter().find(|one| one.name == name));
        let session = Session {
            number,
            item: key,
            user: user.map(|person| person.id),
            state: State::Buffering,
            from_ms: watch.from_ms,
            since: now,
            reported_ms: watch.from_ms,
            reported: now,
            reports: 0,
            gone: false,
            counted: false,
        };
        self.sessions.insert(watch.player.to_owned(), session);
        self.report(watch.player, "buffering", now);
        self.turn(watch.player, State::Playing, now);
        let event = if watch.from_ms == 0 { "media.play" } else { "media.resume" };
        self.post(watch.player, event, now);
        true
    }

    /// The player is paused.
    pub fn pause(&mut self, player: &str, now: Time) {
        self.turn(player, State::Paused, now);
        self.post(player, "media.pause", now);
    }

    /// The player goes on.
    pub fn resume(&mut self, player: &str, now: Time) {
        self.turn(player, State::Playing, now);
        self.post(player, "media.resume", now);
    }

    /// The player waits for data in the middle.
    pub fn buffer(&mut self, player: &str, now: Time) {
        self.turn(player, State::Buffering, now);
    }

    /// The player is put to another place, and reports it.
    pub fn seek(&mut self, player: &str, to_ms: u64, now: Time) {
        if let Some(session) = self.sessions.get_mut(player) {
            (session.from_ms, session.since) = (to_ms, now);
            let state = session.state;
            self.turn(player, state, now);
        }
    }

    /// The player stops.
    pub fn stop(&mut self, player: &str, now: Time) {
        self.end(player, None, now);
    }

    /// The same, said under the number of a new session, as Plex Web does when it is dragged to the
    /// end.
    pub fn stop_under_new_number(&mut self, player: &str, now: Time) {
        self.last_session += 1;
        self.end(player, Some(self.last_session), now);
    }

    /// The player is gone without a word: it reports nothing more, and the server forgets it after
    /// three minutes.
    pub fn vanish(&mut self, player: &str, now: Time) {
        self.hold(player, now);
        if let Some(session) = self.sessions.get_mut(player) {
            session.gone = true;
        }
    }

    /// Lets players report what is due, and the server forget who has long been silent.
    pub fn tick(&mut self, now: Time) {
        let players: Vec<String> = self.sessions.keys().cloned().collect();
        for player in players {
            self.count(&player, now);
            let Some(session) = self.sessions.get(&player) else { continue };
            let silent = now.since(session.reported);
            if session.gone && silent >= KEPT {
                self.sessions.remove(&player);
            } else if !session.gone && silent >= REPORT {
                let state = session.state.word();
                self.report(&player, state, now);
            }
        }
    }

    /// Where a player is, in milliseconds.
    #[must_use]
    pub fn position_ms(&self, player: &str, now: Time) -> Option<u64> {
        let session = self.sessions.get(player)?;
        Some(session.at(now, self.library.item(&session.item)?.runtime_ms))
    }

    /// Keeps where a player is, so that time counts from now on.
    fn hold(&mut self, player: &str, now: Time) {
        self.count(player, now);
        let at = self.position_ms(player, now);
        if let (Some(session), Some(at)) = (self.sessions.get_mut(player), at) {
            (session.from_ms, session.since) = (at, now);
        }
    }

    fn turn(&mut self, player: &str, state: State, now: Time) {
        self.hold(player, now);
        if let Some(session) = self.sessions.get_mut(player) {
            session.state = state;
            self.report(player, state.word(), now);
        }
    }

    fn end(&mut self, player: &str, number: Option<u64>, now: Time) {
        self.hold(player, now);
        if let Some(session) = self.sessions.get_mut(player) {
            session.number = number.unwrap_or(session.number);
            self.report(player, "stopped", now);
            self.post(player, "media.stop", now);
            self.sessions.remove(player);
        }
    }

    fn report(&mut self, player: &str, state: &str, now: Time) {
        let Some(at) = self.position_ms(player, now) else { return };
        let Some(session) = self.sessions.get_mut(player) else { return };
        (session.reported_ms, session.reported) = (at, now);
        session.reports += 1;
        let said = say::notification(&self.options, player, session, state, &self.library);
        let user = session.user;
        self.said.push(super::stream::Said { user, frame: said });
    }

    /// Whether it posts webhooks at all.
    fn posts(&self) -> bool {
        self.options.pass && self.options.webhooks_on == Some(true)
    }

    fn post(&mut self, player: &str, event: &str, _now: Time) {
        let Some(session) = self.sessions.get(player).filter(|_| self.posts()) else { return };
        let person = self.people.iter().find(|person| Some(person.id) == session.user);
        let own = (self.name.as_str(), self.machine.as_str());
        let webhook = say::webhook(event, player, session, person, &self.library, own);
        self.webhooks.extend(webhook);
    }

    /// Writes a play into the history once the player has passed where the server takes it for one.
    fn count(&mut self, player: &str, now: Time) {
        let Some(session) = self.sessions.get(player).filter(|session| !session.counted) else {
            return;
        };
        let Some(item) = self.library.item(&session.item) else { return };
        let (at, from) = (session.at(now, item.runtime_ms), session.from_ms);
        let enough = self.enough_ms(item);
        if session.state != State::Playing || at < enough {
            return;
        }
        let when = session.since.after(Duration::from_millis(enough.saturating_sub(from)));
        let (item, user) = (session.item.clone(), session.user);
        if let Some(session) = self.sessions.get_mut(player) {
            session.counted = true;
        }
        self.watched_by(&item, user.unwrap_or(1), when.min(now));
        self.post(player, "media.scrobble", now);
    }

    /// From where on an item has been watched, in milliseconds.
    pub(super) fn enough_ms(&self, item: &Item) -> u64 {
        let by_percent = item.runtime_ms / 100 * self.options.played_percent;
        let by_credits = item.credits_ms.unwrap_or(by_percent);
        match self.options.played_at {
            0 => by_percent,
            1 | 2 => by_credits,
            _ => by_percent.min(by_credits),
        }
    }

    /// Somebody has watched something at some time, whoever saw it: a row of history. `false` where
    /// there is no such person or thing.
    pub fn watched(&mut self, who: &str, what: &str, at: Time) -> bool {
        let user = self.people.iter().find(|person| person.name == who).map(|person| person.id);
        let key = self.library.key(what).map(str::to_owned);
        let (Some(user), Some(key)) = (user, key) else { return false };
        self.watched_by(&key, user, at);
        true
    }

    fn watched_by(&mut self, key: &str, user: u64, at: Time) {
        self.last_row += 1;
        let row = history::Row { number: self.last_row, key: key.to_owned(), user, at };
        self.history.push(row);
    }
}
