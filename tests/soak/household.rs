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

/// Who asks a server every ten seconds takes for over what is missing in two answers, and tells it then.
const ASKED: Duration = Duration::from_secs(45);

/// How long after the first viewing of a day no other one begins.
const BEDTIME: Duration = Duration::from_secs(17 * 3_600);

/// How the daemon comes to know what is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By webhooks alone; the servers can't be asked.
    Webhooks,
    /// By listening alone: nobody posts anything.
    Hear,
    /// By webhooks of which one in five is lost, and by the servers' histories.
    CatchUp,
    /// By all three, and by none while it is down.
    Everything,
}

impl Way {
    /// Whether the servers are there, and play what is watched.
    pub(crate) fn has_servers(self) -> bool {
        self != Self::Webhooks
    }

    pub(crate) fn hears(self) -> bool {
        matches!(self, Self::Hear | Self::Everything)
    }

    pub(crate) fn catches_up(self) -> bool {
        matches!(self, Self::CatchUp | Self::Everything)
    }

    fn posts(self) -> bool {
        self != Self::Hear
    }

    /// Whether somebody kills the daemon.
    fn is_violent(self) -> bool {
        matches!(self, Self::Webhooks | Self::Everything)
    }
}

/// How long it goes on, and how busy it is.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) way: Way,
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
    /// A person does with a player what this webhook tells, whether it is posted or not.
    Does(Box<Webhook>),
    /// A media server posts this.
    Post(Box<Webhook>),
    /// A foreign sender posts the same once more.
    Copy(Box<Webhook>),
    /// Another program tells each tracker of a play.
    Elsewhere(&'static str, String),
    /// The daemon dies, and is started again so much later; where nobody but webhooks tells what
    /// happened meanwhile, before somebody posts.
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
    /// A media server is switched off and on.
    Restart(Source),
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
        let (name, new) = (PEOPLE[number], &items[number * 9..]);
        let mut person = Person { name, way: plan.way, dice, new, seen: Vec::new() };
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
        let is_disturbed = plan.undisturbed.as_ref().is_none_or(|days| !days.contains(&day));
        if plan.way.is_violent() && is_disturbed {
            for number in 0..4 {
                // Where nothing is lost by that, it may be down for hours.
                let is_long = plan.way.catches_up() && number == 0;
                let most = if is_long { 3 * 3_600 } else { 300 };
                add(between(dice, 0, 86_400), What::Kill(between(dice, 0, most)));
            }
        }
        if plan.way.has_servers() {
            add(HOUR * 23, What::Restart(Source::Plex)); // nobody watches any more
            let source = *dice.pick(&[Source::Jellyfin, Source::Emby]);
            add(between(dice, 2 * 3_600, 12 * 3_600), What::Restart(source));
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
            // What is found later would be for whom it was not known then, or the other way round.
            let ends = if plan.way.catches_up() { &ends[..1] } else { &ends };
            let (tracker, end) = dice.pick(ends).clone();
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
    way: Way,
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
        let mut part = percent(self.dice.below(40) + 20);
        let way = self.dice.below(10);
        match way {
            0 => sitting.does("play"), // its webhook never comes
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
                if self.way.catches_up() {
                    // Its server plays on for up to ten minutes, and to the end nobody could tell.
                    part = part.min(34.0);
                }
                sitting.watch_to(part);
                if source == Source::Jellyfin {
                    sitting.say("progress");
                }
                sitting.does("vanish");
            }
            _ => sitting.say("play"),
        }
        match way {
            3 => {}
            // Left for good; where it was played before, some servers call it played after that.
            4 => {
                if self.way.has_servers() && self.dice.below(2) == 0 {
                    part = percent(self.dice.below(3) + 2);
                }
                sitting.watch_to(part);
                sitting.say("stop");
            }
            _ => self.finish(source, way, &mut sitting, life),
        }
        let end = sitting.at;
        self.send(sitting, life);
        end
    }

    /// Watches something to its end.
    fn finish(&mut self, source: Source, way: u64, sitting: &mut Sitting, life: &mut Life) {
        let end = percent(self.dice.below(7) + 91);
        // Plex counts by itself, and at one place.
        let is_counted = self.way.has_servers() && source == Source::Plex;
        let is_asked = self.way == Way::Hear && source != Source::Plex;
        sitting.watch_to(if is_counted { 90.05 } else { end });
        let mut to = sitting.at;
        // Another program may be first, where it can be seen that it was.
        let first = way != 0 && !is_asked && self.dice.below(8) == 0;
        let from = if first { to.before(between(&mut self.dice, 15, 180)) } else { to };
        let item = sitting.webhook.item;
        if first {
            life.happenings.push((from, What::Elsewhere(self.name, item.label())));
        }
        self.end(source, way == 0, sitting);
        // Where the webhook of that is lost, its stop tells.
        if is_counted && self.way.catches_up() {
            to = sitting.at;
        }
        if is_asked {
            to = to.after(ASKED);
        }
        self.has_watched(item, from, to, life);
    }

    /// How servers say that something is over.
    fn end(&mut self, source: Source, all: bool, sitting: &mut Sitting) {
        if source != Source::Plex {
            let verbs = if all { &["completed"][..] } else { &["completed", "stop"] };
            return sitting.say(self.dice.pick::<&str>(verbs));
        }
        sitting.say("completed");
        match self.dice.below(4) {
            0 => sitting.does("vanish"), // no stop ever comes
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

    /// Each webhook that is posted comes twice; the second one soon enough to be before the next.
    fn send(&mut self, sitting: Sitting, life: &mut Life) {
        for Said { webhook, is_posted } in sitting.said {
            let at = webhook.now;
            if self.way.has_servers() {
                life.happenings.push((at, What::Does(Box::new(webhook.clone()))));
            }
            if !is_posted || !self.way.posts() {
                continue;
            }
            if self.way == Way::CatchUp && self.dice.below(5) == 0 {
                continue; // it is lost
            }
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
    said: Vec<Said>,
}

/// What a player does, and whether its server posts it.
struct Said {
    webhook: Webhook,
    is_posted: bool,
}

impl Sitting {
    /// Does what a webhook tells.
    fn say(&mut self, verb: &str) {
        self.act(verb, true);
    }

    /// Does what no webhook tells.
    fn does(&mut self, verb: &str) {
        self.act(verb, false);
    }

    fn act(&mut self, verb: &str, is_posted: bool) {
        let (verb, now) = (verb.to_owned(), self.at);
        let number = Some(self.position);
        let webhook = Webhook { verb, number, now, ..self.webhook.clone() };
        self.said.push(Said { webhook, is_posted });
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
