//! Is each receiver told of each play once, whatever happens, and does nobody notice one that is dead?
//!
//! Three stand beside the trackers: one that is told events, loses answers and knows by `webhook-id` what
//! it has had; one that is passed webhooks as they came; and one that is dead, at least for days.

#![allow(dead_code, reason = "each test crate uses its own part of this")]

use crate::daemon::trackers::{Play, Wire};
use crate::daemon::wait_for;
use crate::daemon::webhook::Webhook;
use crate::truth::{Watched, judge};
use scrobbled::clock::Clock;
use scrobbled::event::Time;
use serde_json::{Value, json};
use standin::receiver::{Post, Receiver, Server};
use standin::trakt::{Fault, Faults, Rates};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// What befalls any request by chance, of a thousand. After each of these it is waited.
const WEATHER: Rates =
    Rates { reset: 8, answer_lost: 15, cut: 8, unavailable: 5, gateway: 5, too_fast: 0 };
/// What is told later than this is late.
const LIVE_MS: u64 = 60_000;
/// How many things wait for a receiver, and how long.
pub(crate) const MOST: u64 = 1_000;
const LASTS: Duration = Duration::from_secs(3 * 86_400);
/// How exactly it is known when something has waited for so long.
const ABOUT: Duration = Duration::from_secs(600);
/// When a play is found that nobody told of, at most.
const FOUND: Duration = Duration::from_secs(86_400);

/// The receivers beside the trackers.
pub(crate) struct Programs {
    events: Server,
    raw: Server,
    dead: Server,
    /// How often each body was posted.
    posted: Mutex<BTreeMap<Vec<u8>, usize>>,
}

impl Programs {
    pub(crate) fn on(clock: &Clock) -> Self {
        let listening = |receiver| {
            let clock = clock.clone();
            let now = move || standin::Time(clock.now().0);
            Server::start(receiver, "127.0.0.1:0", now).expect("a port for a receiver")
        };
        let [raw, dead] = [(); 2].map(|()| listening(Receiver::default()));
        let programs = Self {
            events: listening(Receiver::with_secret(SECRET)),
            raw,
            dead,
            posted: Mutex::default(),
        };
        programs.kill();
        programs
    }

    /// The daemon's settings by which it finds them.
    pub(crate) fn config(&self) -> String {
        let receiver = |name, server: &Server, keys: &str| {
            format!("[[receiver]]\nname = '{name}'\nurl = '{}/hook'\n{keys}\n", server.url())
        };
        let types = "types = ['play.start', 'play.pause', 'play.stop', 'play.finish']";
        [
            receiver("events", &self.events, &format!("secret = '{SECRET}'\n{types}")),
            receiver("raw", &self.raw, "format = 'raw'"),
            receiver("dead", &self.dead, ""),
        ]
        .concat()
    }

    /// The one that is told events, for who wants to trouble it.
    pub(crate) fn events(&self) -> &dyn Wire {
        &self.events
    }

    /// The one that is told events loses answers from now on.
    pub(crate) fn weather(&self, seed: u64) {
        self.events.misbehave(Faults::seeded(seed, WEATHER));
    }

    pub(crate) fn fair_weather(&self) {
        self.events.misbehave(Faults::default());
    }

    /// The same one is out of reach.
    pub(crate) fn outage(&self) {
        self.events.order(Fault::html(502).times(u32::MAX));
    }

    /// Nobody answers at the last one from now on.
    fn kill(&self) {
        self.dead.order(Fault::Reset.once().times(u32::MAX));
    }

    /// It is there again.
    pub(crate) fn revive(&self) {
        self.dead.misbehave(Faults::default());
    }

    /// How many requests have come to all of them.
    pub(crate) fn requests(&self) -> usize {
        self.all().into_iter().map(Server::requests).sum()
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.all().into_iter().all(Server::is_idle)
    }

    fn all(&self) -> [&Server; 3] {
        [&self.events, &self.raw, &self.dead]
    }

    /// A media server posts this.
    pub(crate) fn are_to_hear(&self, body: &[u8]) {
        *self.posted.lock().expect("no panic").entry(body.to_vec()).or_default() += 1;
    }

    /// Waits until all that was posted was passed on: where nobody kills the daemon meanwhile.
    pub(crate) fn wait_for_the_webhook(&self, webhook: &Webhook) {
        self.are_to_hear(&webhook.body().1);
        let passed_on = || self.passed_on();
        wait_for("a webhook to be passed on", passed_on, |(came, posted)| came == posted);
    }

    /// What is wrong with what the first two were told, if `watched` is the truth.
    pub(crate) fn judge(&self, watched: &[Watched]) -> Vec<String> {
        let told = self.events.with(|events| Told::of(events));
        let wrong = judge(watched, &told.plays).into_iter().chain(told.wrong);
        let wrong = wrong.map(|wrong| format!("receiver: {wrong}"));
        wrong.chain(self.passed_on_wrongly()).collect()
    }

    /// What is wrong with what the last one was told once it was there again: the plays of the three days
    /// before that and all since, and none that is older. What a history shows is found a day later at most.
    pub(crate) fn judge_the_revived(&self, watched: &[Watched]) -> Vec<String> {
        let Told { plays, wrong, first } = self.dead.with(|dead| Told::of(dead));
        let limit = first.expect("it was told something").before(LASTS);
        let (sure, old) = (limit.after(ABOUT), limit.before(ABOUT + FOUND));
        let too_old = plays.iter().filter(|play| play.at < old);
        let too_old = too_old.map(|play| format!("is told of `{}`, {}", play.label, play.at));
        let too_old: Vec<String> = too_old.collect();
        let since = |at: Time| at > sure;
        let watched: Vec<Watched> = watched.iter().filter(|one| since(one.to)).cloned().collect();
        let told: Vec<Play> = plays.into_iter().filter(|play| since(play.at)).collect();
        let wrong = judge(&watched, &told).into_iter().chain(wrong).chain(too_old);
        wrong.map(|wrong| format!("revived receiver: {wrong}")).collect()
    }

    /// How many plays it was told of, how many posts had been taken before, and how many plays came late.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        self.events.with(|events| {
            let late = events.posts().iter().map(said).filter(|said| said["data"]["late"] == true);
            (Told::of(events).plays.len(), events.repeated(), late.count())
        })
    }

    /// How many of the posts were passed on, and of how many.
    pub(crate) fn passed_on(&self) -> (usize, usize) {
        let posted = self.posted.lock().expect("no panic").values().sum();
        (self.raw.with(|raw| raw.posts().len()), posted)
    }

    /// What was passed on that nobody had posted, or more often than that.
    fn passed_on_wrongly(&self) -> Vec<String> {
        let posted = self.posted.lock().expect("no panic");
        let mut came: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        self.raw.with(|raw| {
            for post in raw.posts() {
                *came.entry(post.body.clone()).or_default() += 1;
            }
        });
        let more = came.iter().filter(|(body, count)| posted.get(*body) < Some(*count));
        let text =
            |body: &[u8]| String::from_utf8_lossy(body).chars().take(200).collect::<String>();
        more.map(|(body, count)| format!("raw: {count} times: {}", text(body))).collect()
    }
}

/// What one that is told events makes of all that came.
struct Told {
    /// Each once, by its id.
    plays: Vec<Play>,
    wrong: Vec<String>,
    /// When it was first told anything.
    first: Option<Time>,
}

impl Told {
    fn of(receiver: &Receiver) -> Self {
        let mut events: BTreeMap<String, Value> = BTreeMap::new();
        let (mut plays, mut wrong, mut first) = (Vec::new(), BTreeSet::new(), None);
        wrong.extend(receiver.refused().iter().map(|why| format!("refused a post: {why}")));
        for post in receiver.posts() {
            let header = |name: &str| post.header(name).unwrap_or_default().to_owned();
            let (id, mut event) = (header("webhook-id"), said(post));
            let (at, label) = (at(&event), label(&event));
            let sent: u64 = header("webhook-timestamp").parse().expect("seconds");
            first = first.or(Some(Time(1_000 * sent)));
            let passed = (1_000 * sent).saturating_sub(at.0);
            // The time of an attempt is told in whole seconds.
            let is_clear = passed.abs_diff(LIVE_MS) > 1_000;
            let late = std::mem::take(&mut event["data"]["late"]);
            if is_clear && late != json!(passed > LIVE_MS) {
                wrong.insert(format!("`{label}` of {at} is told after {passed} ms, late: {late}"));
            }
            let kind = event["type"].as_str().unwrap_or_default().to_owned();
            if passed > LIVE_MS + 1_000 && ["play.start", "play.pause"].contains(&kind.as_str()) {
                wrong.insert(format!("{kind} of `{label}` is told {passed} ms after it was so"));
            }
            let person = event["data"]["account"].as_str().unwrap_or_default().to_owned();
            match events.get(&id) {
                Some(other) if *other == event => {}
                Some(other) => drop(wrong.insert(format!("id {id} is of {other} and of {event}"))),
                None => {
                    if kind == "play.finish" {
                        plays.push(Play { person, label, at });
                    }
                    events.insert(id, event);
                }
            }
        }
        Self { plays, wrong: wrong.into_iter().collect(), first }
    }
}

fn said(post: &Post) -> Value {
    serde_json::from_slice(&post.body).expect("an event")
}

fn at(event: &Value) -> Time {
    event["data"]["at"].as_str().and_then(Time::from_rfc3339).expect("a time")
}

/// What it is of, as the trackers' stand-ins call it.
fn label(event: &Value) -> String {
    let item = &event["data"]["item"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match (item["season"].as_u64(), item["number"].as_u64()) {
        (Some(season), Some(number)) => {
            format!("{} {season}x{number:02}", text(&item["show"]["title"]))
        }
        _ => text(&item["title"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-11-23T20:00:00.000Z";

    fn post(id: &str, kind: &str, title: &str, seconds_later: u64, late: bool) -> Post {
        let at = Time::from_rfc3339(AT).expect("a time");
        let item = json!({ "title": title, "season": null, "number": null });
        let data = json!({ "account": "al", "at": AT, "late": late, "item": item });
        let sent = at.0 / 1000 + seconds_later;
        let post = Post::new("POST", "/hook").with("webhook-id", id);
        let post = post.with("webhook-timestamp", &sent.to_string());
        post.json(&json!({ "type": kind, "data": data }))
    }

    #[test]
    fn a_second_id_a_changed_event_and_a_late_one_that_does_not_say_so_are_noticed() {
        let told = |posts: &[Post]| {
            let mut receiver = Receiver::default();
            for post in posts {
                receiver.answer(post, standin::Time(0));
            }
            Told::of(&receiver)
        };
        let finish = |id, late_by, late| post(id, "play.finish", "A", late_by, late);
        let again = told(&[finish("1", 0, false), finish("1", 90, true)]);
        assert_eq!((again.plays.len(), again.wrong), (1, Vec::<String>::new()));
        let twice = told(&[finish("1", 0, false), finish("2", 0, false)]);
        assert_eq!((twice.plays.len(), twice.wrong.len()), (2, 0), "two plays are for the truth");
        let cases = [
            (vec![finish("1", 90, false)], "late: false"),
            (vec![finish("1", 5, true)], "late: true"),
            (vec![finish("1", 0, false), post("1", "play.finish", "B", 0, false)], "id 1 is of"),
            (vec![post("1", "play.start", "A", 90, true)], "play.start of `A` is told 90000 ms"),
        ];
        for (posts, expected) in cases {
            let told = told(&posts);
            assert!(told.wrong.iter().any(|wrong| wrong.contains(expected)), "{:?}", told.wrong);
        }
    }
}
