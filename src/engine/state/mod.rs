//! All that the engine remembers, and the drafts on which it decides.

mod complete;
mod draft;
mod files;
mod floods;
mod history;
mod index;
mod over;
mod places;
mod probes;
mod reel;
mod seats;

pub use draft::Draft;
pub use floods::KeptCount;
pub use probes::HeldEvent;

use super::flood::Floods;
use super::session::{Session, Wake, ms, remaining};
use super::viewing::Viewing;
use crate::config::Settings;
use crate::event::{Action, Event, File, Item, Library, Name, Source, Time};
use crate::intent::Intent;
use index::Index;
use std::collections::{BTreeMap, BTreeSet};

/// All that the engine remembers.
#[derive(Debug, Default)]
pub struct State {
    viewings: BTreeMap<u64, Box<Viewing>>,
    index: Index,
    /// The next deadline of each viewing that has one.
    due: BTreeSet<(Time, u64)>,
    /// Account → the session of which its latest live call spoke.
    latest: BTreeMap<String, u64>,
    /// Events that wait for a media server's answer, by the numbers of their questions.
    held: BTreeMap<u64, HeldEvent>,
    /// The libraries of items, as media servers told them: server and key → libraries, until
    /// when that holds.
    libraries: BTreeMap<(String, String), (Vec<Library>, Time)>,
    /// The files of items in the same way, where filters want to know them.
    files: BTreeMap<(String, String), (File, Time)>,
    users: BTreeMap<(Source, String), Seen>,
    /// What came lately, by accounts.
    floods: BTreeMap<String, Floods>,
    /// How much is kept of it, by accounts.
    kept: BTreeMap<String, KeptCount>,
    /// The last number that was given: to a viewing, a session, a question or something told.
    last_number: u64,
}

/// A user that a media server has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where.
    pub source: Source,
    /// The server's id of the user, or empty.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether an account takes the user's events.
    pub listed: bool,
}

impl State {
    /// The state that was stored: viewings and held events by their numbers, floods by their
    /// accounts, and a number up to which all may have been given. Nobody answers what was asked
    /// before; it goes on without when its time is over.
    pub fn restore(
        stored: impl IntoIterator<Item = (u64, Viewing)>,
        held: impl IntoIterator<Item = (u64, HeldEvent)>,
        floods: impl IntoIterator<Item = (String, Floods)>,
        given: u64,
    ) -> Self {
        let (held, floods) = (held.into_iter().collect(), floods.into_iter().collect());
        let mut state = Self { held, floods, ..Self::default() };
        // Versions before the sixth kept no number by itself.
        state.last_number = state.held.keys().copied().max().unwrap_or_default().max(given);
        let mut latest: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (id, mut viewing) in stored {
            viewing.stored = viewing.heard;
            state.last_number = state.last_number.max(id);
            for session in &viewing.sessions {
                let number = session.id.max(session.told_number);
                state.last_number = state.last_number.max(number);
                if session.told_number > 0 {
                    let latest = latest.entry(viewing.account.clone()).or_default();
                    *latest = (*latest).max((session.told_number, session.id));
                }
            }
            state.put(id, Box::new(viewing));
        }
        state.latest = latest.into_iter().map(|(account, (_, id))| (account, id)).collect();
        state
    }

    /// Opens a draft.
    pub fn draft<'a>(&'a mut self, settings: &'a Settings) -> Draft<'a> {
        Draft {
            latest_before: self.latest.clone(),
            held_before: self.held.clone(),
            floods_before: self.floods.clone(),
            state: self,
            settings,
            before: BTreeMap::new(),
            kept: false,
        }
    }

    /// What was heard since it was last written: progress that was not worth it by itself.
    pub fn unwritten(&self) -> Changes<'_> {
        let unwritten = self.viewings().filter(|(_, viewing)| viewing.is_unwritten);
        let viewings = unwritten.map(|(id, viewing)| (id, Some(viewing))).collect();
        Changes { viewings, last_number: self.last_number, ..Changes::default() }
    }

    /// When something will be due by itself, and why.
    pub fn wake(&self) -> Option<(Time, Wake)> {
        let viewing = self.due.first().and_then(|(_, id)| self.viewings.get(id)?.deadline());
        let held =
            self.held.values().filter_map(HeldEvent::due).map(|due| (due, Wake::Answer)).min();
        viewing.into_iter().chain(held).min()
    }

    /// All viewings, by their numbers.
    pub fn viewings(&self) -> impl Iterator<Item = (u64, &Viewing)> {
        self.viewings.iter().map(|(&id, viewing)| (id, &**viewing))
    }

    /// All viewings with a session that is open, for those who want to see what plays.
    pub fn playing(&self) -> impl Iterator<Item = (&Viewing, &Session)> {
        self.sessions().filter(|(_, session)| session.is_open())
    }

    fn sessions(&self) -> impl Iterator<Item = (&Viewing, &Session)> {
        self.viewings
            .values()
            .flat_map(|viewing| viewing.sessions.iter().map(move |session| (&**viewing, session)))
    }

    /// The sessions that are open, as media servers last spoke of them: each with the position that was
    /// reported last; as a guess also those whose player has died, which their server may still show. One
    /// of which no position was reported is left out; and one at its very beginning stands a millisecond
    /// after that, since the 0 of a player that stops says nothing (rule 3).
    pub fn open(&self) -> Vec<Event> {
        let mut open: Vec<Event> = Vec::new();
        for (viewing, session) in self.sessions() {
            // What Plex shows its player says.
            let is_dead = session.died && session.seat.source() != Source::Plex;
            if !session.is_open() && !is_dead {
                continue;
            }
            let runtime = viewing.item.runtime_ms;
            let Some((runtime, (position, _))) = runtime.zip(session.pulse.reported) else {
                continue;
            };
            let left = remaining(runtime, position);
            let at_its_server = |(server, _): &&(String, String)| session.seat.is_at(server);
            let Some((server, key)) = viewing.keys.iter().find(at_its_server) else { continue };
            let event = Event {
                source: session.seat.source(),
                action: Action::Progress { paused: None },
                server: server.clone(),
                user: session.user.clone(),
                player: session.player.clone(),
                library: session.library.clone(),
                item: Item { key: key.clone(), ..viewing.item.clone() },
                position_ms: Some(runtime.saturating_sub(ms(left)).max(1)),
                is_guess: is_dead,
            };
            // Of two accounts that share a player each has its own session.
            let is_it = |one: &Event| (&one.user, &one.player) == (&event.user, &event.player);
            if !open.iter().any(|one| is_it(one) && one.item.key == event.item.key) {
                open.push(event);
            }
        }
        open
    }

    /// What is known of an item: its ids and runtime, as events and trackers told them.
    pub fn known(&self, account: &str, item: &Item) -> Option<&Item> {
        let id = self.find(account, item, None)?;
        self.viewings.get(&id).map(|viewing| &viewing.item)
    }

    /// Which media server has told of an intent's item under the key that the intent has: its kind, where a
    /// player there has it in hand or had it, and its own id.
    pub fn told_by(&self, intent: &Intent) -> Option<(Option<Source>, &str)> {
        let viewing = self.viewings.get(&intent.viewing?.number)?;
        let key = intent.item.key.split_once('#').map_or(&*intent.item.key, |(file, _)| file);
        let (server, _) = viewing.keys.iter().find(|(_, known)| known == key)?;
        let there = viewing.sessions.iter().find(|session| session.seat.is_at(server));
        Some((there.map(|session| session.seat.source()), server))
    }

    /// The users that were seen since the start.
    pub fn users(&self) -> impl Iterator<Item = &Seen> {
        self.users.values()
    }

    /// The viewing of an item: by the key that `server` has for it, else by an external id that both
    /// have, where nothing else contradicts. What plays may be matched anew on its
    /// server, so the key of an open session is believed whatever the ids say.
    fn find(&self, account: &str, item: &Item, server: Option<&str>) -> Option<u64> {
        let server = server.filter(|_| !item.key.is_empty());
        let key = server.map(|server| Name::key(server, &item.key));
        key.into_iter().chain(item.names()).find_map(|name| {
            let bearers = self.index.bearers(account, &name);
            let bearers = bearers.filter_map(|id| Some((id, &**self.viewings.get(&id)?)));
            let is_meant = |(_, viewing): &(u64, &Viewing)| {
                !viewing.item.contradicts(item)
                    || (matches!(name, Name::Key(_))
                        && server.is_some_and(|server| viewing.plays_at(server)))
            };
            let meant = bearers.filter(is_meant).max_by_key(|(_, viewing)| viewing.heard);
            meant.map(|(id, _)| id)
        })
    }

    /// Another viewing with one of these names that turns out to be of the same item.
    fn namesake(&self, viewing: &Viewing, names: &[Name]) -> Option<u64> {
        let bearers = names.iter().flat_map(|name| self.index.bearers(&viewing.account, name));
        let is_same = |id: &u64| {
            let other = self.viewings.get(id);
            other.is_some_and(|other| !other.item.contradicts(&viewing.item))
        };
        bearers.into_iter().find(is_same)
    }

    fn put(&mut self, id: u64, viewing: Box<Viewing>) {
        self.index.enter(&viewing.account, viewing.names(), id);
        if let Some((due, _)) = viewing.deadline() {
            self.due.insert((due, id));
        }
        self.viewings.insert(id, viewing);
    }

    fn take(&mut self, id: u64) -> Option<Box<Viewing>> {
        let viewing = self.viewings.remove(&id)?;
        if let Some((due, _)) = viewing.deadline() {
            self.due.remove(&(due, id));
        }
        self.index.strike(&viewing.account, viewing.names(), id);
        Some(viewing)
    }
}

/// What has to be stored, by numbers: `None` where something is to be forgotten.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    /// Viewings.
    pub viewings: Vec<(u64, Option<&'a Viewing>)>,
    /// Events that wait for a media server's answer.
    pub held: Vec<(u64, Option<&'a HeldEvent>)>,
    /// What came lately, by accounts.
    pub floods: Vec<(&'a str, &'a Floods)>,
    /// The last number that was given: none up to it may be given again, whatever is forgotten.
    pub last_number: u64,
}

impl Changes<'_> {
    /// Whether there is nothing to store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.viewings.is_empty() && self.held.is_empty() && self.floods.is_empty()
    }
}
