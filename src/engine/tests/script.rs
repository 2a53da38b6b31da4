//! A small language for stories about players, so that a case reads as it is told.
//!
//! Steps are separated by commas:
//!
//! - `play 5`, `resume 30`, `pause 30`, `stop 96`, `scrobble 90`, `progress 20`: an event at so
//!   many percent; without a number it carries no position. `completed 0` is a stop that the
//!   server calls completed; `paused 20` and `going 20` are progress with Jellyfin's pause state,
//!   `guess 20` is the server's own; `died 20` is a stop of a player that had fallen silent;
//!   `rate 7` and `unrate` are ratings; `mark` and `unmark` are made by hand.
//! - `… on phone`, `… of B`, `… by jo` name another player, item or user than `tv`, `A`, `mara`;
//!   `… heard` is what the server was heard to play, which gives the user a number;
//!   `… of E1` is the first episode of the show `E`, `… of E1-3` a file with the episodes 1 to 3.
//! - `10 s`, `5 min`, `26 h`: so much time passes.
//! - `runtime 45 min`, `runtime none`: of all items from here on (100 min at first, so that a
//!   percent is a minute).
//! - `found 30 min`, `bulk 30 min`: the server's history shows a play that was counted so long ago;
//!   one among too many. `logged 30 min`, `dated 30 min`: Jellyfin shows it by a stop in its log, or only
//!   by the date on which it began.
//! - `restart`: the engine is read again from what was stored, as after a power cut.
//!
//! What was told comes back in the same way: `start 5`, `left 40 of B`, `finish 92 (60 min ago)`.

use crate::config::Settings;
use crate::engine::{Decision, Floods, FoundPlay, HeldEvent, Input, State, Viewing};
use crate::event::{
    Action, Episode, Event, Evidence, Ids, Item, Kind, Library, Player, Show, Source, Time, User,
};
use crate::intent::Verb;
use crate::verdict::Bulk;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// A story under way.
pub(super) struct Story {
    pub(super) source: Source,
    pub(super) settings: Settings,
    pub(super) state: State,
    pub(super) disk: BTreeMap<u64, String>,
    pub(super) held: BTreeMap<u64, String>,
    given: u64,
    pub(super) floods: BTreeMap<String, Floods>,
    /// Whether events name no library, as Jellyfin's and Emby's don't.
    pub(super) no_library: bool,
    pub(super) now: Time,
    pub(super) told: Vec<String>,
    /// How many intents were parked.
    pub(super) parked: usize,
    /// When plays were, by their own account, by their places in what was told.
    pub(super) played_at: BTreeMap<usize, Time>,
    /// The last decision, for those who want to look closer.
    pub(super) last: Decision,
    runtime: Option<Duration>,
}

impl Story {
    pub(super) fn of(source: Source) -> Self {
        Self {
            source,
            settings: Settings::default(),
            state: State::default(),
            disk: BTreeMap::new(),
            held: BTreeMap::new(),
            given: 0,
            floods: BTreeMap::new(),
            no_library: false,
            now: Time(1_764_000_000_000),
            told: Vec::new(),
            parked: 0,
            played_at: BTreeMap::new(),
            last: Decision::default(),
            runtime: Some(Duration::from_secs(6000)),
        }
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Tells the story and returns all that was told to the tracker.
    pub(super) fn tell(mut self, steps: &str) -> String {
        self.go(steps);
        self.told.join(", ")
    }

    pub(super) fn go(&mut self, steps: &str) {
        for step in steps.split(',').map(str::trim).filter(|step| !step.is_empty()) {
            self.step(step);
        }
    }

    fn step(&mut self, step: &str) {
        let words: Vec<&str> = step.split_whitespace().collect();
        match words.as_slice() {
            ["restart"] => self.restart(),
            ["runtime", "none"] => self.runtime = None,
            ["runtime", n, unit] => self.runtime = Some(span(n, unit)),
            [n, unit] if n.parse::<f64>().is_ok() => self.pass(span(n, unit)),
            [word @ ("found" | "bulk" | "logged" | "dated"), n, unit, rest @ ..] => {
                let bulk = (*word == "bulk").then_some(Bulk::AtOnce);
                let mut found = self.found(self.now.before(span(n, unit)), rest, bulk);
                if let Action::Played { by, .. } = &mut found.event.action {
                    *by = match *word {
                        "logged" => Evidence::Stop(7),
                        "dated" => Evidence::Date,
                        _ => *by,
                    };
                }
                self.hand_in(&Input::Played(Box::new(found)));
            }
            // Stopped so long ago; since when the log shows it, and how much of it that does not show.
            ["rest", n, unit, "since", m, of, "lacks", lacks, rest @ ..] => {
                let mut found = self.found(self.now.before(span(n, unit)), rest, None);
                let since = self.now.before(span(m, of));
                let lacks_ms = lacks.parse::<u64>().expect("a number") * 60_000;
                if let Action::Played { by, .. } = &mut found.event.action {
                    *by = Evidence::Rest { stop: 7, since, lacks_ms };
                }
                self.hand_in(&Input::Played(Box::new(found)));
            }
            _ => {
                let event = self.event(&words);
                self.hand_in(&Input::Event(Box::new(event)));
            }
        }
    }

    /// Lets time pass; whatever is due on the way happens at its moment.
    pub(super) fn pass(&mut self, span: Duration) {
        let until = self.now.after(span);
        while let Some((due, _)) = self.state.wake()
            && due <= until
        {
            self.now = self.now.max(due);
            self.hand_in(&Input::Tick);
        }
        self.now = until;
    }

    /// Decides on an input, stores what changed and keeps the draft.
    pub(super) fn hand_in(&mut self, input: &Input) {
        let mut draft = self.state.draft(&self.settings);
        let decision = draft.handle(input, self.now);
        let changes = draft.changes(self.now);
        keep_rows(&mut self.disk, &changes.viewings);
        keep_rows(&mut self.held, &changes.held);
        self.given = changes.last_number;
        for (account, floods) in &changes.floods {
            self.floods.insert((*account).to_owned(), (*floods).clone());
        }
        drop(changes);
        draft.keep(self.now);
        self.parked += decision.parked.len();
        for intent in &decision.intents {
            if intent.verb == Verb::Finish {
                self.played_at.insert(self.told.len(), intent.at);
            }
            let mut line = match intent.verb {
                Verb::Rate(rating) => format!("rate {rating}"),
                Verb::Unrate | Verb::Mark | Verb::Unmark => intent.verb.to_string(),
                verb => format!("{verb} {}", intent.progress),
            };
            match &intent.item.kind {
                Kind::Episode(Episode { show, number: Some(number), .. }) => {
                    write!(line, " of {}{number}", show.title).expect("writing to a string");
                }
                _ if intent.item.title != "A" => {
                    write!(line, " of {}", intent.item.title).expect("writing to a string");
                }
                _ => {}
            }
            let ago = self.now.since(intent.at).as_secs();
            if ago >= 60 {
                write!(line, " ({} min ago)", ago / 60).expect("writing to a string");
            }
            self.told.push(line);
        }
        self.last = decision;
    }

    /// A play that the server's history shows to have been counted then.
    pub(super) fn found(&self, at: Time, rest: &[&str], bulk: Option<Bulk>) -> FoundPlay {
        let event = self.event(&[&["scrobble"], rest].concat());
        let action = Action::Played { at, by: Evidence::Row(7) };
        FoundPlay { event: Event { action, position_ms: None, ..event }, told: Vec::new(), bulk }
    }

    /// Stores what was not worth it until now, as an orderly stop does.
    pub(super) fn stop(&mut self) {
        keep_rows(&mut self.disk, &self.state.unwritten().viewings);
    }

    fn restart(&mut self) {
        let rows = self.disk.iter().map(|(&id, row)| {
            let viewing: Viewing = serde_json::from_str(row).expect("what was stored can be read");
            (id, viewing)
        });
        let held = self.held.iter().map(|(&id, row)| {
            let held: HeldEvent = serde_json::from_str(row).expect("what was stored can be read");
            (id, held)
        });
        self.state = State::restore(rows, held, self.floods.clone(), self.given);
        self.hand_in(&Input::Tick);
    }

    pub(super) fn event(&self, words: &[&str]) -> Event {
        let after = |word: &str| {
            let at = words.iter().position(|candidate| *candidate == word)?;
            words.get(at + 1).copied()
        };
        let number = words.get(1).and_then(|word| word.parse::<f64>().ok());
        let action = match words[0] {
            "play" => Action::Start,
            "resume" => Action::Resume,
            "pause" => Action::Pause,
            "stop" | "died" => Action::Stop { completed: false },
            "completed" => Action::Stop { completed: true },
            "scrobble" => Action::Completed,
            "progress" => Action::Progress { paused: None },
            "paused" => Action::Progress { paused: Some(true) },
            "going" | "guess" => Action::Progress { paused: Some(false) },
            "rate" => Action::Rate(number.map(|n| n as u8)),
            "unrate" => Action::Rate(None),
            "mark" => Action::Mark { at: None },
            "unmark" => Action::Unmark,
            other => panic!("no such step: {other}"),
        };
        let title = after("of").unwrap_or("A");
        let kind = kind(title);
        let user = after("by").unwrap_or("mara");
        let id = if words.contains(&"heard") { "1" } else { "" };
        let runtime_ms = self.runtime.map(|span| span.as_millis() as u64);
        let unit = runtime_ms.unwrap_or(6_000_000) as f64 / 100.0;
        Event {
            source: self.source,
            action,
            server: "server".to_owned(),
            user: User { id: id.to_owned(), uuid: String::new(), name: user.to_owned() },
            player: Player { id: after("on").unwrap_or("tv").to_owned(), name: String::new() },
            library: (!self.no_library)
                .then(|| Library { id: "1".to_owned(), title: "Movies".to_owned() }),
            item: Item {
                key: format!("key of {title}"),
                ids: match kind {
                    Kind::Episode(_) => Ids::default(), // its show and its place tell which it is
                    _ => Ids { imdb: Some(format!("tt{title}")), ..Ids::default() },
                },
                title: title.to_owned(),
                runtime_ms,
                kind,
                ..Item::default()
            },
            position_ms: number.map(|percent| (percent * unit).round() as u64),
            is_guess: matches!(words[0], "guess" | "died"),
        }
    }
}

fn keep_rows<T: serde::Serialize>(disk: &mut BTreeMap<u64, String>, rows: &[(u64, Option<&T>)]) {
    for (id, value) in rows {
        match value {
            Some(value) => {
                let row = serde_json::to_string(value).expect("plain data serializes");
                disk.insert(*id, row);
            }
            None => {
                disk.remove(id);
            }
        }
    }
}

fn kind(title: &str) -> Kind {
    let (show, numbers) = title.split_at(1);
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, ""));
    let Ok(number) = first.parse() else { return Kind::Movie };
    let ids = Ids { tvdb: show.bytes().next().map(u64::from), ..Ids::default() };
    Kind::Episode(Episode {
        show: Show { title: show.to_owned(), ids, ..Show::default() },
        season: Some(1),
        number: Some(number),
        last: last.parse().ok(),
    })
}

fn span(n: &str, unit: &str) -> Duration {
    let seconds = match unit {
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        other => panic!("no such unit: {other}"),
    };
    Duration::from_millis((n.parse::<f64>().expect("a number") * seconds * 1000.0) as u64)
}
