//! What happens in a busy household? All of it is decided beforehand, by chance with a seed: what
//! is watched when, and what befalls the trackers and the daemon meanwhile.

use crate::daemon::by_hand::BEGIN;
use crate::daemon::items::{Item, Kind};
use crate::daemon::trackers::NAMES;
use crate::daemon::webhook::Webhook;
use crate::dice::Dice;
use crate::truth::Watched;
use scrobbled::event::{Source, Time};
use std::ops::Range;
use std::time::Duration;

pub(crate) const PEOPLE: [&str; 5] = ["ann", "ben", "cleo", "dan", "eve"];

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// How long after the first viewing of a day no other one begins.
const BEDTIME: Duration = Duration::from_secs(17 * 3_600);

/// How long it goes on, and how busy it is.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) days: u32,
    /// About how many plays there are in all.
    pub(crate) plays: u32,
    /// How many calls a person has in a day, where that is counted.
    pub(crate) calls_a_day: u32,
    /// On these days nobody kills the daemon, so that its memory can be compared.
    pub(crate) undisturbed: Option<Range<u32>>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A media server posts this.
    Post(Box<Webhook>),
    /// A foreign sender posts the same once more.
    Copy(Box<Webhook>),
    /// Another program tells each tracker of a play.
    Elsewhere(&'static str, String),
    /// The daemon dies, and is started again so much later, or before somebody posts.
    Kill(Duration),
    /// A tracker, or each, is out of reach from now on.
    Outage(Option<&'static str>, Gone),
    OutageEnds,
    /// A person disconnects the app on a tracker's website.
    Disconnect(&'static str, &'static str),
    /// `scrobbled logout --to trakt`. What is decided until the next login never comes there.
    Logout(&'static str),
    /// `scrobbled login --to …`.
    Login(&'static str, &'static str),
    /// Whoever reads that a login is needed logs in.
    Evening,
    /// `scrobbled rotate`.
    Rotate(Source),
    Measure,
}

/// How a tracker can be out of reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gone {
    Unavailable,
    Proxy,
    Network,
}

/// All that happens, in its order, and what is true in the end.
#[derive(Debug, Default)]
pub(crate) struct Life {
    pub(crate) happenings: Vec<(Time, What)>,
    pub(crate) truth: Vec<Watched>,
}

/// Decides everything.
pub(crate) fn life(plan: &Plan, seed: u64) -> Life {
    let items = items(plan);
    let mut life = Life::default();
    for number in 0..PEOPLE.len() {
        let dice = Dice::of(seed ^ (0xa0 + number as u64));
        let mut person =
            Person { name: PEOPLE[number], dice, new: &items[number * 9..], seen: Vec::new() };
        person.live(plan, &mut life);
    }
    fate(plan, &mut Dice::of(seed ^ 0xfa7e), &mut life.happenings);
    life.happenings.sort_by_key(|(at, _)| *at);
    life
}

/// More than anybody can watch: films and episodes of two shows.
pub(crate) fn items(plan: &Plan) -> Vec<Item> {
    let item = |index: u32| {
        let (kind, minutes) = match index % 5 {
            0 => (Kind::Film, 100),
            1 | 2 => (Kind::Episode("Saga", index), 45),
            _ => (Kind::Episode("Serial", index), 24),
        };
        let name = Box::leak(format!("Item {index:04}").into_boxed_str());
        Item { name, kind, minutes, number: 1_000 + u64::from(index) }
    };
    (0..plan.plays.max(100)).map(item).collect()
}

/// What befalls the trackers, the daemon and their tokens.
fn fate(plan: &Plan, dice: &mut Dice, happenings: &mut Vec<(Time, What)>) {
    for day in 0..plan.days {
        let begin = BEGIN.after(DAY * day);
        let mut add = |after: Duration, what: What| happenings.push((begin.after(after), what));
        add(HOUR * 23, What::Evening);
        if day % 3 == 0 {
            let from = between(dice, 2 * 3_600, 10 * 3_600);
            let gone = *dice.pick(&[Gone::Unavailable, Gone::Proxy, Gone::Network]);
            let who = *dice.pick(&NAMES.map(Some).into_iter().chain([None]).collect::<Vec<_>>());
            add(from, What::Outage(who, gone));
            add(from + between(dice, 600, 12 * 3_600), What::OutageEnds);
        }
        if plan.undisturbed.as_ref().is_none_or(|days| !days.contains(&day)) {
            for _ in 0..4 {
                add(between(dice, 0, 86_400), What::Kill(between(dice, 0, 300)));
            }
        }
        if day % 2 == 1 {
            add(between(dice, 0, 86_400), What::Rotate(*dice.pick(&Source::ALL)));
        }
        if day % 4 == 1 {
            let person = *dice.pick(&PEOPLE);
            let from = between(dice, 3_600, 12 * 3_600);
            let tracker = *dice.pick(&NAMES);
            let ends =
                [(tracker, What::Disconnect(person, tracker)), ("trakt", What::Logout(person))];
            let (tracker, end) = dice.pick(&ends).clone();
            add(from, end);
            add(from + between(dice, 600, 5 * 3_600), What::Login(person, tracker));
        }
    }
    if let Some(days) = &plan.undisturbed {
        // What the daemon remembers of the days before fills up in the first week.
        for day in (days.start + 8..days.end).step_by(4).chain([days.end]) {
            happenings.push((BEGIN.after(DAY * day), What::Measure));
        }
    }
}

fn between(dice: &mut Dice, least: u64, most: u64) -> Duration {
    Duration::from_secs(least + dice.below(most - least))
}

/// Somebody who watches one thing after the other.
struct Person<'a> {
    name: &'static str,
    dice: Dice,
    new: &'a [Item],
    /// What was watched, until when.
    seen: Vec<(Item, Time)>,
}

impl Person<'_> {
    fn live(&mut self, plan: &Plan, life: &mut Life) {
        let each = plan.plays / plan.days / u32::try_from(PEOPLE.len()).expect("few");
        for day in 0..plan.days {
            let morning = BEGIN.after(DAY * day).after(HOUR);
            let mut at = morning.after(between(&mut self.dice, 0, 5_400));
            // Not every viewing becomes a play.
            for _ in 0..each + each / 3 {
                if at > morning.after(BEDTIME) {
                    break;
                }
                at = match self.dice.below(15) {
                    0 => self.go_out(at, life),
                    _ => self.watch(at, life),
                };
                at = at.after(between(&mut self.dice, 90, 1_800));
            }
        }
    }

    /// Something of which only another program hears.
    fn go_out(&mut self, at: Time, life: &mut Life) -> Time {
        let item = self.new_item();
        let end = at.after(MINUTE * 100);
        life.happenings.push((end, What::Elsewhere(self.name, item.label())));
        self.has_watched(item, end, end, life);
        end
    }

    fn new_item(&mut self) -> Item {
        let (item, rest) = self.new.split_first().expect("enough for everybody");
        self.new = rest;
        *item
    }

    /// A new item, or one that was watched on another day.
    fn item(&mut self, now: Time) -> Item {
        let last = |item: Item| self.seen.iter().rev().find(|(other, _)| *other == item);
        let old: Vec<Item> = (self.seen.iter().map(|(item, _)| *item))
            .filter(|item| last(*item).is_some_and(|(_, at)| now.since(*at) > HOUR * 30))
            .collect();
        if !old.is_empty() && self.dice.below(8) == 0 {
            return *self.dice.pick(&old);
        }
        self.new_item()
    }

    fn has_watched(&mut self, item: Item, from: Time, to: Time, life: &mut Life) {
        self.seen.push((item, to));
        let (person, label) = (self.name.to_owned(), item.label());
        life.truth.push(Watched { person, label, from, to });
    }

    /// Watches something, or a part of it; tells until when.
    fn watch(&mut self, at: Time, life: &mut Life) -> Time {
        let item = self.item(at);
        let source = *self.dice.pick(&Source::ALL);
        let player = format!("{}'s {}", self.name, self.dice.pick(&["tv", "tablet"]));
        let webhook = Webhook { item, ..Webhook::new(source, "").by(self.name).on(&player) };
        let mut sitting = Sitting { at, position: 0.0, webhook, said: Vec::new() };
        let part = percent(self.dice.below(40) + 20);
        let way = self.dice.below(10);
        match way {
            0 => {} // its start never comes
            // With a break.
            1 => {
                sitting.say("play");
                sitting.watch_to(part);
                sitting.say("pause");
                sitting.at = sitting.at.after(between(&mut self.dice, 20, 1_200));
                sitting.say("resume");
            }
            // In two parts.
            2 => {
                sitting.say("play");
                sitting.watch_to(part);
                sitting.say("stop");
                sitting.at = sitting.at.after(between(&mut self.dice, 600, 7_200));
                sitting.say("play");
            }
            // The player dies, and nobody turns it on again.
            3 => {
                sitting.webhook.player = format!("a tablet that died at {at}");
                sitting.say("play");
                sitting.watch_to(part);
                if source == Source::Jellyfin {
                    sitting.say("progress");
                }
            }
            _ => sitting.say("play"),
        }
        match way {
            3 => {}
            // Left for good.
            4 => {
                sitting.watch_to(part);
                sitting.say("stop");
            }
            _ => {
                sitting.watch_to(percent(self.dice.below(7) + 91));
                let to = sitting.at;
                // Another program may be first, where it can be seen that it was.
                let first = way != 0 && self.dice.below(8) == 0;
                let from = if first { to.before(between(&mut self.dice, 3, 50)) } else { to };
                if first {
                    life.happenings.push((from, What::Elsewhere(self.name, item.label())));
                }
                self.has_watched(item, from, to, life);
                self.end(source, way == 0, &mut sitting);
            }
        }
        let end = sitting.at;
        self.send(sitting, life);
        end
    }

    /// How servers say that something is over.
    fn end(&mut self, source: Source, all: bool, sitting: &mut Sitting) {
        if source != Source::Plex {
            let verbs = if all { &["completed"][..] } else { &["completed", "stop"] };
            return sitting.say(self.dice.pick::<&str>(verbs));
        }
        sitting.say("completed");
        match self.dice.below(4) {
            0 => {} // no stop ever comes
            1 => {
                sitting.at = sitting.at.after(MINUTE / 2);
                sitting.say("pause");
                sitting.at = sitting.at.after(between(&mut self.dice, 20, 600));
                sitting.say("resume");
                sitting.at = sitting.at.after(MINUTE / 2);
                sitting.say("stop");
            }
            _ => {
                sitting.watch_to(99.5);
                sitting.say("stop");
            }
        }
    }

    /// Each webhook comes twice; the second one soon enough to be before the next.
    fn send(&mut self, sitting: Sitting, life: &mut Life) {
        for webhook in sitting.said {
            let at = webhook.now;
            let copy = at.after(Duration::from_secs(*self.dice.pick(&[0, 0, 1, 3, 8])));
            life.happenings.push((at, What::Post(Box::new(webhook.clone()))));
            life.happenings.push((copy, What::Copy(Box::new(webhook))));
        }
    }
}

/// One sitting in front of a player.
struct Sitting {
    at: Time,
    position: f64,
    webhook: Webhook,
    said: Vec<Webhook>,
}

impl Sitting {
    fn say(&mut self, verb: &str) {
        let (verb, now) = (verb.to_owned(), self.at);
        let number = Some(self.position);
        self.said.push(Webhook { verb, number, now, ..self.webhook.clone() });
    }

    fn watch_to(&mut self, percent: f64) {
        let runtime = MINUTE * u32::try_from(self.webhook.item.minutes).expect("hours");
        self.at = self.at.after(runtime.mul_f64((percent - self.position) / 100.0));
        self.position = percent;
    }
}

fn percent(whole: u64) -> f64 {
    f64::from(u32::try_from(whole).expect("a percentage"))
}
