//! Lives through what was decided, and compares each tracker's history with the truth.

use crate::daemon::by_hand::{BEGIN, Rig};
use crate::daemon::trackers::{NAMES, Stand};
use crate::daemon::webhook::Webhook;
use crate::daemon::{send, timed, wait_for};
use crate::household::{DAY, Gone, HOUR, Life, MINUTE, PEOPLE, Plan, What, items, life};
use crate::programs::Programs;
use crate::servers::Servers;
use crate::truth::{Watched, judge_at};
use scrobbled::event::Time;
use serde_json::Value;
use standin::jellyfin::Dialect;
use standin::trakt::{Fault, Faults, Logged, Rates};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// What came out.
pub(crate) struct After {
    /// How what the trackers have differs from the truth.
    pub(crate) wrong: Vec<String>,
    /// The most calls that anybody made in a day, where they are counted.
    pub(crate) busiest_day: u32,
    /// What one process needed at the beginning and at the end of its undisturbed time.
    pub(crate) memory_kib: Option<(u64, u64)>,
}

/// What befalls any request to a tracker by chance, of a thousand.
const WEATHER: Rates =
    Rates { reset: 10, answer_lost: 15, cut: 8, unavailable: 10, gateway: 8, too_fast: 5 };

struct Home {
    rig: Rig,
    programs: Programs,
    servers: Option<Servers>,
    /// How often trackers were called too fast at logins.
    at_logins: usize,
    /// Until when the daemon is down.
    down: Option<Time>,
    /// What was posted meanwhile: when, and whose it was.
    missed: BTreeSet<(Time, String)>,
    seed: u64,
    gone: Option<(Option<&'static str>, Gone)>,
    /// Who was not connected to Trakt, from when to when.
    away: Vec<(&'static str, Time, Option<Time>)>,
    /// Since when nothing has happened.
    quiet: Duration,
    counts: BTreeMap<&'static str, u32>,
    memory: Vec<u64>,
}

/// Lives it, with a line about it on stderr.
pub(crate) fn live(plan: &Plan, seed: u64) -> After {
    eprintln!("SCROBBLED_SEED={seed} {plan:?}");
    let Life { happenings, truth } = life(plan, seed);
    let mut config = "log = \"warn\"\n".to_owned();
    for name in PEOPLE {
        let _ = write!(
            config,
            "[[account]]\nname = \"{name}\"\nplex = \"{name}\"\njellyfin = \"{name}\"\n\
             emby = \"{name}\"\n"
        );
    }
    let (mut programs, mut servers) = (None, None);
    let rig = Rig::beside_all_and(|clock| {
        if plan.way.has_servers() {
            let dialect = match seed % 3 {
                0 => Dialect::Jellyfin10_11,
                // The log of 10.8 does not say when something was stopped.
                1 if !plan.way.catches_up() => Dialect::Jellyfin10_8,
                _ => Dialect::Jellyfin12,
            };
            servers = Some(Servers::open(clock, &items(plan), dialect, plan.way.hears()));
        }
        let of_servers = servers
            .as_ref()
            .map_or_else(String::new, |servers: &Servers| servers.config(plan.way.catches_up()));
        config + &of_servers + &programs.insert(Programs::on(clock)).config()
    });
    let programs = programs.expect("they are on its clock");
    for tracker in rig.trackers() {
        tracker.learn(&items(plan));
        tracker.hurry(24 * 3_600, true);
        tracker.has_calls_a_day(plan.calls_a_day);
    }
    rig.server().with(|trakt| trakt.options.enforce_pace = true);
    let (gone, quiet, counts, memory) = (None, Duration::ZERO, BTreeMap::new(), Vec::new());
    let (down, missed, away) = (None, BTreeSet::new(), Vec::new());
    let at_logins = 0;
    let mut home = Home {
        rig,
        programs,
        servers,
        at_logins,
        down,
        missed,
        seed,
        gone,
        away,
        quiet,
        counts,
        memory,
    };
    let (took, ()) = timed(|| {
        for person in PEOPLE {
            for tracker in NAMES {
                home.login(person, tracker);
            }
        }
        assert!(home.rig.now() < BEGIN.after(HOUR), "the first day has begun");
        home.mood();
        let next = happenings.iter().skip(1).map(|(at, _)| *at).chain([BEGIN.after(DAY * 99)]);
        let revival = BEGIN.after(DAY * plan.days.saturating_sub(10));
        for ((at, what), next) in happenings.iter().zip(next) {
            home.pass_until(*at);
            if plan.days > 10 && *at > revival {
                home.programs.revive();
            }
            home.meet(what, next);
        }
        home.drain();
    });
    eprintln!(
        "seed {seed}: {} plays, {:?}, VmRSS {:?} KiB; {took:.0?}",
        truth.len(),
        home.counts,
        home.memory,
    );
    let violations: usize = home.rig.trackers().map(Stand::violations).sum();
    for tracker in home.rig.trackers() {
        let (calls, requests) = (tracker.calls(), tracker.server().requests());
        let is_late =
            |call: &&String| ["history ", "add "].iter().any(|word| call.starts_with(word));
        let late = calls.iter().filter(is_late).count();
        let busiest = tracker.busiest_day();
        let name = tracker.name();
        eprintln!(
            "  {name}: {late} plays by the history, {requests} requests; the most that one person \
             made in a day, where that is counted: {busiest:?}"
        );
    }
    let hasty = (violations > home.at_logins)
        .then(|| home.rig.trackers().map(too_fast).collect::<String>());
    let ((plays, again, late), (came, posted)) =
        (home.programs.counts(), home.programs.passed_on());
    eprintln!(
        "  receivers: told of {plays} plays, {again} things again, {late} things late; {came} of {posted} \
         webhooks passed on"
    );
    let memory_kib = match home.memory.as_slice() {
        [first, .., last] => Some((*first, *last)),
        _ => None,
    };
    // Of what only another program told nobody hears here.
    let is_heard = |one: &&Watched| {
        !happenings.iter().any(|(at, what)| {
            matches!(what, What::Elsewhere(person, label)
                if *at == one.to && *person == one.person && *label == one.label)
        })
    };
    let heard: Vec<Watched> = truth.iter().filter(is_heard).cloned().collect();
    let at_receivers = [home.programs.judge(&heard), home.programs.judge_the_revived(&heard)];
    let wrong: Vec<String> = (home.rig.trackers())
        .flat_map(|tracker| {
            let (truth, unsure) = home.truth_at(tracker.name(), &truth, &happenings);
            let mut wrong = judge_at(tracker, &truth);
            wrong.retain(|wrong| !unsure.iter().any(|one| wrong.contains(one)));
            wrong
        })
        .chain(at_receivers.concat())
        .chain(hasty)
        .collect();
    let whose = |wrong: &String| {
        let (person, rest) = wrong.split_once(": ")?.1.split_once("'s `")?;
        Some((person.to_owned(), rest.split('`').next()?.to_owned()))
    };
    let found: BTreeSet<(String, String)> = wrong.iter().filter_map(whose).collect();
    for (person, label) in found.iter().take(20) {
        tell_of(person, label, &happenings, &home.rig);
    }
    let busiest_day = home.rig.trackers().filter_map(Stand::busiest_day).max();
    After { wrong, busiest_day: busiest_day.unwrap_or_default(), memory_kib }
}

/// The calls of a tracker that follow another one of the same person's within a second.
fn too_fast(tracker: &dyn Stand) -> String {
    let mut last: BTreeMap<String, Logged> = BTreeMap::new();
    let mut lines = format!("\n{} was called too fast at:", tracker.name());
    let log = tracker.server().log().into_iter();
    for call in log.filter(|call| call.method != "GET" && !call.token.is_empty()) {
        let Some(before) = last.insert(call.token.clone(), call.clone()) else { continue };
        if call.at.since(before.at) < Duration::from_secs(1) {
            for one in [before, call] {
                let Logged { at, method, target, body, status, .. } = one;
                let _ = write!(lines, "\n  {at} {method} {target} {body}: {status:?}");
            }
        }
    }
    lines
}

/// All that happened to what went wrong for a person, for who has to find out why; and what befell
/// everybody in the hour before and after.
fn tell_of(person: &str, label: &str, happenings: &[(Time, What)], rig: &Rig) {
    let of_them = |what: &What| match what {
        What::Does(webhook) | What::Post(webhook) => {
            webhook.item.label() == label && webhook.user == person
        }
        What::Elsewhere(other, item) => item == label && *other == person,
        What::Copy(_)
        | What::Measure
        | What::Kill(_)
        | What::Outage(..)
        | What::OutageEnds
        | What::Rotate(_)
        | What::Restart(_)
        | What::Disconnect(..)
        | What::Logout(_)
        | What::Login(..)
        | What::Evening => false,
    };
    let theirs: Vec<Time> =
        happenings.iter().filter(|(_, what)| of_them(what)).map(|(at, _)| *at).collect();
    let near = |at: Time| theirs.iter().any(|one| at.since(*one).max(one.since(at)) <= HOUR);
    let is_watching = |what: &What| {
        matches!(what, What::Does(_) | What::Post(_) | What::Copy(_) | What::Elsewhere(..))
    };
    let about =
        happenings.iter().filter(|(at, what)| of_them(what) || (!is_watching(what) && near(*at)));
    let mut lines: Vec<(Time, String)> =
        about.map(|(at, what)| (*at, format!("{what:?}"))).collect();
    for tracker in rig.trackers() {
        let name = tracker.name();
        let heard = tracker.heard().into_iter();
        let calls = heard.filter(|(_, user, line)| user == person && line.contains(label));
        lines.extend(calls.map(|(at, _, line)| (at, format!("{name} hears: {line}"))));
    }
    lines.sort();
    eprintln!("about {person}'s `{label}`:");
    for (at, line) in lines {
        eprintln!("  {at} {line}");
    }
}

impl Home {
    fn meet(&mut self, what: &What, next: Time) {
        self.quiet = Duration::ZERO;
        let needs_daemon = matches!(
            what,
            What::Kill(_)
                | What::Disconnect(..)
                | What::Logout(_)
                | What::Login(..)
                | What::Evening
                | What::Rotate(_)
                | What::Measure
        );
        if self.down.is_some() && needs_daemon {
            self.come_back();
        }
        let name = match what {
            What::Does(webhook) => {
                let servers = self.servers.as_ref().expect("they play what is watched");
                servers.does(webhook);
                "acts"
            }
            What::Post(webhook) if self.down.is_some() => {
                self.missed.insert((webhook.now, webhook.user.clone()));
                "posts to nobody"
            }
            What::Copy(_) if self.down.is_some() => "copies to nobody",
            What::Post(webhook) => {
                self.post(webhook);
                "posts"
            }
            What::Copy(webhook) => {
                let said = self.post(webhook);
                let promised = ["queued", "waiting"].iter().any(|word| said["outcome"] == *word);
                let is_first = self.missed.contains(&(webhook.now, webhook.user.clone()));
                // What is heard may come between the two, and be of a moment before.
                assert!(!promised || is_first || self.hears(), "{webhook:?}: {said}");
                "copies"
            }
            What::Elsewhere(person, label) => {
                let now = self.rig.now();
                for tracker in self.rig.trackers() {
                    tracker.play_elsewhere(person, label, now);
                }
                "by another program"
            }
            What::Kill(down) => {
                self.rig.daemon.kill_9();
                let idle = || self.is_idle();
                wait_for("the trackers to hear of that", idle, |idle| *idle);
                if self.servers.is_some() {
                    self.down = Some(self.rig.now().after(*down));
                } else {
                    self.rig.wait_down((*down).min(next.since(self.rig.now())));
                    self.rig.start_again();
                }
                "kills"
            }
            What::Outage(who, gone) => {
                self.gone = Some((*who, *gone));
                self.mood();
                "outages"
            }
            What::OutageEnds => {
                self.gone = None;
                self.mood();
                "ends of outages"
            }
            What::Disconnect(person, tracker) => {
                self.rig.tracker(tracker).disconnect(person);
                "disconnected"
            }
            // What waits would go with it, and nobody knows what that is.
            What::Logout(person) if self.waits_for_trakt(person) => "not logged out",
            What::Logout(person) => {
                self.rig.daemon.cli(&["logout", person, "--to", "trakt"]).good();
                self.away.push((person, self.rig.now(), None));
                "logged out"
            }
            What::Login(person, tracker) => {
                self.login(person, tracker);
                self.mood();
                "logins"
            }
            What::Evening if self.logs_in_where_asked() => {
                self.mood();
                "evenings with a login"
            }
            What::Evening => "quiet evenings",
            What::Rotate(source) => {
                let old = self.rig.daemon.target(*source).to_owned();
                self.rig.daemon.cli(&["rotate", source.word()]).good();
                self.rig.daemon.learn_urls();
                let stream = TcpStream::connect(self.rig.daemon.address()).expect("a connection");
                let refused = send(stream, &old, "application/json", b"{}").expect("an answer");
                assert_eq!(refused.status, 401, "the old address");
                "rotations"
            }
            What::Restart(source) => {
                self.servers.as_ref().expect("they are there").restart(*source);
                "restarts of servers"
            }
            What::Measure => {
                let memory = self.memory();
                self.memory.push(memory);
                "measured"
            }
        };
        *self.counts.entry(name).or_default() += 1;
        self.settle();
    }

    /// A media server posts it.
    fn post(&self, webhook: &Webhook) -> Value {
        let dressed = self.servers.as_ref().map(|servers| servers.dressed(webhook));
        let webhook = dressed.as_ref().unwrap_or(webhook);
        let said = self.rig.daemon.post(webhook);
        self.programs.wait_for_the_webhook(webhook);
        said
    }

    /// The daemon starts again.
    fn come_back(&mut self) {
        self.down = None;
        self.rig.start_again();
        self.quiet = Duration::ZERO;
        self.settle_after(DAY);
    }

    /// What becomes of requests to trackers from now on.
    fn mood(&mut self) {
        self.seed += 1;
        for (tracker, place) in self.rig.trackers().zip(0..) {
            let mut faults = Faults::seeded(self.seed ^ (place << 32), WEATHER);
            if let Some((who, gone)) = self.gone
                && who.is_none_or(|who| who == tracker.name())
            {
                let order = match gone {
                    Gone::Unavailable => Fault::status(503),
                    Gone::Proxy => Fault::html(502),
                    Gone::Network => Fault::Reset.once(),
                };
                faults.add(order.times(u32::MAX));
            }
            tracker.server().misbehave(faults);
        }
        self.programs.weather(self.seed ^ (99 << 32));
    }

    fn fair_weather(&self) {
        for tracker in self.rig.trackers() {
            tracker.server().misbehave(Faults::default());
        }
        self.programs.fair_weather();
    }

    fn is_idle(&self) -> bool {
        self.programs.is_idle()
            && self.rig.trackers().all(|tracker| tracker.server().is_idle())
            && self.servers.as_ref().is_none_or(Servers::is_idle)
    }

    /// Whether anything of a person's waits for Trakt, or is parked for it.
    fn waits_for_trakt(&self, person: &str) -> bool {
        let status = self.rig.status();
        let lists = ["outbox", "parked"].into_iter().filter_map(|list| status[list].as_array());
        lists.flatten().any(|one| one["account"] == person && one["tracker"] == "trakt")
    }

    /// What of the truth a tracker can have, and the labels of what it may have or not: what somebody
    /// saw who was not connected to it at that time never comes there, unless another program told it.
    fn truth_at(
        &self,
        tracker: &str,
        truth: &[Watched],
        happenings: &[(Time, What)],
    ) -> (Vec<Watched>, Vec<String>) {
        let near = |at: Time, other: Time| at.since(other).max(other.since(at)) <= MINUTE * 5;
        let away = || self.away.iter().filter(|_| tracker == "trakt");
        let is_unsure = |one: &&Watched| {
            away().any(|(person, from, to)| {
                one.person == *person
                    && (near(one.to, *from) || to.is_some_and(|to| near(one.to, to)))
            })
        };
        let is_told_elsewhere = |one: &Watched| {
            happenings.iter().any(|(at, what)| {
                matches!(what, What::Elsewhere(person, label)
                    if *person == one.person && *label == one.label && near(*at, one.from))
            })
        };
        let is_missed = |one: &Watched| {
            let mut away = away();
            away.any(|(person, from, to)| {
                one.person == *person && one.to > *from && to.is_none_or(|to| one.to < to)
            }) && !is_told_elsewhere(one)
        };
        let unsure = truth.iter().filter(is_unsure).map(|one| format!("`{}`", one.label));
        (truth.iter().filter(|one| !is_missed(one)).cloned().collect(), unsure.collect())
    }

    /// Whether anybody had to. An answer to a refresh that was lost, and no other one within Trakt's
    /// grace, costs the login: nobody can mend that but the person.
    fn logs_in_where_asked(&mut self) -> bool {
        if self.figures("scrobbled_account_connected").values().all(|connected| *connected > 0.0) {
            return false;
        }
        let status = self.rig.status();
        let accounts = status["accounts"].as_array().expect("accounts");
        let needs = |(person, tracker): &(&str, &str)| {
            let theirs = accounts.iter().find(|account| account["name"] == **person);
            let trackers = theirs.expect(person)["trackers"].as_array().expect("trackers");
            let one = trackers.iter().find(|one| one["tracker"] == **tracker);
            one.is_some_and(|one| one["state"] == "login needed")
        };
        let all = PEOPLE.into_iter().flat_map(|person| NAMES.map(|tracker| (person, tracker)));
        let needing: Vec<(&str, &str)> = all.filter(needs).collect();
        for (person, tracker) in &needing {
            self.login(person, tracker);
        }
        !needing.is_empty()
    }

    /// As a person does it who waits for better weather.
    fn login(&mut self, person: &str, tracker: &str) {
        self.fair_weather();
        let stand = self.rig.tracker(tracker);
        stand.expect(person);
        let before = stand.violations();
        self.rig.login_to(Some(person), Some(tracker));
        // Time leaps while a person waits, and who they are is asked twice.
        self.at_logins += self.rig.tracker(tracker).violations() - before;
        let now = self.rig.now();
        let mut away = self.away.iter_mut().filter(|_| tracker == "trakt");
        if let Some((_, _, to)) = away.find(|(who, _, to)| *who == person && to.is_none()) {
            *to = Some(now);
        }
    }

    /// Lets time pass in steps: fine ones after each happening, in which timers go off and calls
    /// are made, and wide ones where nobody waits for anything.
    fn pass_until(&mut self, at: Time) {
        while self.rig.now() < at {
            let now = self.rig.now();
            if let Some(until) = self.down {
                self.rig.wait_down(at.min(until).since(now));
                if self.rig.now() >= until {
                    self.come_back();
                }
                continue;
            }
            let seconds = match (self.quiet.as_secs(), self.hears()) {
                (0..10, false) | (0..4, true) => 2,
                (10..40, false) => 15,
                (4..40, true) => 10,
                _ if self.gone.is_none() && self.on_its_way() > 0.0 => 30,
                (40..160, true) => 30,
                (_, true) => 120,
                (_, false) => 1_800,
            };
            let step = Duration::from_secs(seconds).min(at.since(now));
            match &self.servers {
                Some(servers) => servers.hold(|| self.rig.step(step)),
                None => self.rig.step(step),
            }
            self.settle_after(step);
            self.quiet += step;
        }
    }

    /// Whether anybody listens to the servers.
    fn hears(&self) -> bool {
        self.servers.as_ref().is_some_and(Servers::hears)
    }

    /// Real time for everybody, until nobody has heard anything new for a while.
    fn settle(&self) {
        self.settle_after(Duration::ZERO);
    }

    /// The same when so much time has passed, in which a history may have become due.
    fn settle_after(&self, step: Duration) {
        if let (Some(servers), None) = (&self.servers, self.down) {
            servers.are_heard(&|| _ = self.waiting());
        }
        // Who reads a history has much to do before anything is told to anybody.
        let is_read = self.servers.as_ref().is_some_and(Servers::are_read);
        let wide = if self.hears() { HOUR } else { MINUTE / 2 };
        let is_due = self.servers.is_some() && step >= wide;
        let has_much_to_do = is_read || is_due;
        let rest = match (has_much_to_do, self.servers.is_some()) {
            (true, _) => 16,
            // Somebody may be about to ask a server how it ended, for which the clock does not wait.
            (false, true) => 4,
            (false, false) => 2,
        };
        let last = Cell::new(usize::MAX);
        let (same, looks) = (Cell::new(0), Cell::new(0));
        let look = || {
            looks.set(looks.get() + 1);
            if self.servers.is_some() && self.down.is_none() {
                let _ = self.waiting(); // the desk has seen what time it is
            }
            let heard: usize = self.rig.trackers().map(|tracker| tracker.server().requests()).sum();
            let of_servers = self.servers.as_ref().map_or(0, Servers::requests);
            let heard = heard + self.programs.requests() + of_servers;
            let is_same = last.replace(heard) == heard && self.is_idle();
            same.set(if is_same { same.get() + 1 } else { 0 });
            // What was found is on its way from the disk to who tells it.
            let may_be_told = has_much_to_do && same.get() >= rest && looks.get() < 80;
            if may_be_told && self.down.is_none() && self.on_its_way() > 0.0 {
                same.set(rest - 1);
            }
            same.get()
        };
        wait_for("everybody to come to rest", look, |same| *same >= rest);
    }

    /// Lets everything arrive, and time for what must not come twice.
    fn drain(&mut self) {
        self.gone = None;
        if self.down.is_some() {
            self.come_back();
        }
        self.fair_weather();
        self.arrive(|home| home.waiting() == 0.0);
        self.programs.revive();
        self.rig.daemon.cli(&["retry", "all"]); // a failure of before may hold receivers up
        self.pass_until(self.rig.now().after(MINUTE));
        self.quiet = Duration::ZERO;
        self.pass_until(self.rig.now().after(10 * MINUTE));
        // A history is read once a day.
        let rest = if self.servers.is_some() { 26 * HOUR } else { 5 * HOUR };
        self.pass_until(self.rig.now().after(rest));
        self.arrive(|home| {
            let status = home.rig.status();
            let receivers = status["receivers"].as_array().expect("receivers");
            home.waiting() == 0.0 && receivers.iter().all(|receiver| receiver["waiting"] == 0)
        });
        assert_eq!(self.rig.status()["parked"], serde_json::json!([]), "nothing is parked");
    }

    /// Lets time pass until everything has arrived.
    fn arrive(&mut self, has_arrived: impl Fn(&Self) -> bool) {
        let end = self.rig.now().after(6 * HOUR);
        while !has_arrived(self) {
            let status = self.rig.status();
            assert!(self.rig.now() < end, "{:#} {:#}", status["outbox"], status["receivers"]);
            self.logs_in_where_asked();
            self.pass_until(self.rig.now().after(Duration::from_secs(30)));
        }
    }

    /// How much waits for the trackers.
    fn waiting(&self) -> f64 {
        self.figures("scrobbled_outbox_intents").values().sum()
    }

    /// How much of that waits for nobody's login: time alone brings it there.
    fn on_its_way(&self) -> f64 {
        let waiting = self.figures("scrobbled_outbox_intents");
        if waiting.values().all(|count| *count == 0.0) {
            return 0.0;
        }
        let connected = self.figures("scrobbled_account_connected");
        let is_connected = |to: &String| connected.get(to).is_some_and(|one| *one > 0.0);
        waiting.iter().filter(|(to, _)| is_connected(to)).map(|(_, count)| count).sum()
    }

    /// A figure of each account at each tracker, from those for programs: `status` tells too much to be
    /// asked again and again.
    fn figures(&self, name: &str) -> BTreeMap<String, f64> {
        let tokens = fs::read_to_string(self.rig.daemon.data().join("tokens")).expect("tokens");
        let mut words = tokens.split_whitespace().skip_while(|word| *word != "page").skip(1);
        let token = words.next().expect("the page's token");
        let mut stream = TcpStream::connect(self.rig.daemon.address()).expect("a connection");
        let head = format!(
            "GET /metrics HTTP/1.1\r\nHost: scrobbled\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let figures: BTreeMap<String, f64> = (answer.lines())
            .filter_map(|line| line.strip_prefix(name).filter(|rest| rest.starts_with('{')))
            .filter_map(|rest| rest.rsplit_once(' '))
            .map(|(to, number)| (to.to_owned(), number.parse().expect("a number")))
            .collect();
        assert!(figures.len() >= PEOPLE.len(), "{answer}");
        figures
    }

    /// What the daemon's process holds in memory, in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.rig.daemon.pid()));
        let status = status.expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.unwrap_or_else(|| panic!("no VmRSS in {status}"))
    }
}
