//! A daemon without a network: the engine, a disk that holds what each decision stored, and a
//! tracker that answers.

use super::faults::{Arrival, Restart};
use super::world::{HOUR, House};
use crate::config::Settings;
use crate::engine::{Floods, HeldEvent, Input, Learned, State, Viewing};
use crate::event::{Event, Ids, Time};
use crate::intent::{Intent, Verb};
use std::collections::BTreeMap;
use std::time::Duration;

/// What was told, and when.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) now: u64,
    pub(super) intent: Intent,
}

/// What the engine makes of all that arrives.
pub(super) fn run(house: &House, arrivals: &[Arrival], restarts: &[Restart]) -> Vec<Told> {
    enum Happens<'a> {
        Event(&'a Event),
        Down { orderly: bool },
        Up,
    }
    let events = arrivals
        .iter()
        .flat_map(|a| a.arrives.iter().map(|at| (*at, Happens::Event(&a.said.event))));
    let restarts = restarts.iter().flat_map(|restart| {
        let down = Happens::Down { orderly: restart.orderly };
        [(restart.down, down), (restart.up, Happens::Up)]
    });
    let mut all: Vec<_> = events.chain(restarts).collect();
    all.sort_by_key(|(at, _)| *at);

    let mut daemon = Daemon {
        settings: house.settings(),
        state: State::default(),
        disk: BTreeMap::new(),
        held: BTreeMap::new(),
        given: 0,
        floods: BTreeMap::new(),
        now: Time(all.first().map_or(0, |(at, _)| *at)),
        is_up: true,
        told: Vec::new(),
        numbers: BTreeMap::new(),
    };
    for (at, happens) in all {
        daemon.pass(Time(at));
        match happens {
            Happens::Event(event) => daemon.hand_in(&Input::Event(Box::new(event.clone()))),
            Happens::Down { orderly } => daemon.go_down(orderly),
            Happens::Up => daemon.come_up(),
        }
    }
    daemon.pass(daemon.now.after(Duration::from_millis(60 * HOUR)));
    daemon.told
}

struct Daemon {
    settings: Settings,
    state: State,
    disk: BTreeMap<u64, Viewing>,
    held: BTreeMap<u64, HeldEvent>,
    given: u64,
    floods: BTreeMap<String, Floods>,
    now: Time,
    is_up: bool,
    told: Vec<Told>,
    /// What the tracker calls the items that it was told of.
    numbers: BTreeMap<String, u64>,
}

impl Daemon {
    fn pass(&mut self, until: Time) {
        while self.is_up
            && let Some((due, _)) = self.state.wake()
            && due <= until
        {
            self.now = self.now.max(due);
            self.hand_in(&Input::Tick);
        }
        self.now = until;
    }

    fn hand_in(&mut self, input: &Input) {
        if !self.is_up {
            return;
        }
        let mut draft = self.state.draft(&self.settings);
        let decision = draft.handle(input, self.now);
        let changes = draft.changes(self.now);
        for (id, viewing) in &changes.viewings {
            match viewing {
                Some(viewing) => drop(self.disk.insert(*id, (*viewing).clone())),
                None => drop(self.disk.remove(id)),
            }
        }
        self.given = changes.last_number;
        for (id, held) in &changes.held {
            match held {
                Some(held) => drop(self.held.insert(*id, (*held).clone())),
                None => drop(self.held.remove(id)),
            }
        }
        for (account, floods) in &changes.floods {
            self.floods.insert((*account).to_owned(), again(*floods));
        }
        drop(changes);
        draft.keep(self.now);
        for intent in decision.intents {
            let learned =
                matches!(intent.verb, Verb::Start | Verb::Finish).then(|| self.learn(&intent));
            self.told.push(Told { now: self.now.0, intent });
            if let Some(learned) = learned {
                self.hand_in(&Input::Delivered(learned));
            }
        }
    }

    /// The tracker's answer names the item.
    fn learn(&mut self, intent: &Intent) -> Learned {
        let next = self.numbers.len() as u64 + 1;
        let number = *self.numbers.entry(super::world::name_of(&intent.item, 0)).or_insert(next);
        Learned {
            account: intent.account.clone(),
            session: intent.session.clone(),
            ids: Ids { trakt: Some(number), ..Ids::default() },
            runtime_ms: intent.item.runtime_ms,
        }
    }

    fn go_down(&mut self, orderly: bool) {
        if orderly {
            self.disk = self.state.viewings().map(|(id, viewing)| (id, viewing.clone())).collect();
        }
        self.is_up = false;
    }

    fn come_up(&mut self) {
        if self.is_up {
            return;
        }
        let rows = self.disk.iter().map(|(id, viewing)| (*id, again(viewing)));
        let held = self.held.iter().map(|(id, held)| (*id, again(held)));
        self.state = State::restore(rows, held, self.floods.clone(), self.given);
        self.is_up = true;
        self.hand_in(&Input::Tick);
    }
}

/// What it is after it was stored and read.
fn again<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let row = serde_json::to_string(value).expect("plain data serializes");
    serde_json::from_str(&row).expect("what was stored can be read")
}
