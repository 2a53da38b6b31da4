//! A house that watches, trackers and a receiver that lose answers, and a daemon that is killed at moments of
//! five kinds, two of them at each tracker.
//!
//! Each kill is aimed: the daemon dies while something is seen from outside that belongs to its
//! kind, a little later by chance. What was really hit is found out afterwards, without looking
//! into the daemon:
//!
//! | hit | seen by |
//! |---|---|
//! | accepting | a post got no answer, and after the restart nobody has heard of it |
//! | committing | a play's post got no answer, and yet it is in the outbox or at a tracker |
//! | sending | a tracker held a scrobble's or history's answer back when who asked went away |
//! | refreshing | the same of a token's |
//! | telling | the receiver of events held its answer back when who told it went away |
//!
//! One thing is assumed: what a dead daemon has sent arrives before the next one looks. Nobody
//! could tell a call that is still on its way from one that was never made.
//!
//! The seed repeats what is watched, what trackers do and where kills are aimed; how far the
//! daemon has come by then is the machine's doing.

use crate::daemon::items::Item;
use crate::daemon::trackers::{self, Stand};
use crate::daemon::{Scrobbled, binary, pass, timed, wait_for};
use crate::dice::Dice;
use crate::house::{ACCOUNTS, House, PEOPLE, SEATS, items};
use crate::programs::{MOST, Programs};
use crate::truth::judge_at;
use scrobbled::clock::Clock;
use scrobbled::event::Source;
use serde_json::{Value, json};
use standin::trakt::{Fault, Faults, Order, Rates};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime};

/// How long a siege is, and how hard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) viewings: u32,
    pub(crate) kills: u32,
    /// Whether a spent refresh token is still good for a while, so that nobody ever has to log in
    /// again. If not, people do whenever they are asked to.
    pub(crate) forgiving: bool,
    /// Whether all trackers and the receiver are gone for more than a minute in the middle, so that plays get late.
    pub(crate) outage: bool,
    /// Whether a play that is told twice is there twice: Trakt shows an empty history to who looks,
    /// and elsewhere the same counts again. Then all must go wrong.
    pub(crate) naive: bool,
    /// Whether the end of what plays is taken and not obeyed.
    pub(crate) deaf: bool,
}

impl Plan {
    /// Whether it must go wrong.
    fn is_control(self) -> bool {
        self.naive || self.deaf
    }
}

/// What a kill is aimed at; of trackers by their place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Accepting,
    Committing,
    Sending(usize),
    Refreshing(usize),
    Telling,
}

/// All of them, with so many trackers.
fn moments(trackers: usize) -> Vec<Moment> {
    let at_each =
        (0..trackers).flat_map(|place| [Moment::Sending(place), Moment::Refreshing(place)]);
    let everywhere = [Moment::Accepting, Moment::Committing, Moment::Telling];
    everywhere.into_iter().chain(at_each).collect()
}

/// What kills have hit.
#[derive(Clone, Debug, Default)]
struct Hits {
    kills: u32,
    of: BTreeMap<Moment, usize>,
    logins: usize,
}

impl Hits {
    fn of(&self, moment: Moment) -> usize {
        self.of.get(&moment).copied().unwrap_or_default()
    }
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, of, logins } = self;
        write!(f, "{kills} kills, of which hit {of:?}; {logins} new logins")
    }
}

/// How long answers are held back that a kill is aimed at.
const HELD_BACK: Duration = Duration::from_millis(60);
/// How many kills more than planned may be needed to hit each kind.
const MORE: u32 = 40;
/// For so many of those something is left to be played.
const SPARE: u32 = 6;

struct Siege<'a> {
    plan: Plan,
    seed: u64,
    dice: Dice,
    trackers: &'a [Box<dyn Stand>],
    daemon: Scrobbled,
    house: &'a House,
    seats: Vec<Sender<Item>>,
    coming: std::vec::IntoIter<Item>,
    hits: Hits,
    /// Plays of which a restart showed that they had been safe without an answer.
    unheard: BTreeSet<String>,
}

/// Runs a siege, and says what is wrong with what the trackers have in the end.
pub(crate) fn lay(plan: Plan, seed: u64) -> Vec<String> {
    eprintln!("SCROBBLED_SEED={seed} {plan:?}");
    let all = items(plan.viewings);
    let trackers = trackers::all(&Clock::Machine);
    let programs = Programs::on(&Clock::Machine);
    let mut setup = Scrobbled::with_config(&format!("{ACCOUNTS}{}", programs.config()));
    for tracker in &trackers {
        tracker.learn(&all);
        tracker.is_patient(); // it would not notice a second play itself
        tracker.hurry(if plan.forgiving { 4 } else { 12 }, plan.forgiving);
        let interval = format!("{}_POST_INTERVAL_MS", tracker.name().to_uppercase());
        setup = tracker.known_to(setup).set(&interval, "5");
    }
    let daemon = setup.run(binary().to_owned(), vec!["serve".to_owned()]);
    let house = House {
        door: None.into(),
        targets: Source::ALL.map(|source| (source, daemon.target(source).to_owned())).to_vec(),
        programs,
        in_flight: 0.into(),
        unanswered: Vec::new().into(),
        again: 0.into(),
        watched: Vec::new().into(),
        left: 0.into(),
    };
    let (took, hits) = timed(|| {
        thread::scope(|scope| {
            let sit = |seat| {
                let (tell, told) = channel();
                let house = &house;
                scope.spawn(move || house.sit(seat, seed, &told));
                tell
            };
            let siege = Siege {
                plan,
                seed,
                dice: Dice::of(seed),
                trackers: &trackers,
                daemon,
                house: &house,
                seats: (0..SEATS.len()).map(sit).collect(),
                coming: all.into_iter(),
                hits: Hits::default(),
                unheard: BTreeSet::new(),
            };
            siege.run()
        })
    });
    let watched = house.watched.lock().expect("no panic");
    let again = house.again.load(Ordering::SeqCst);
    eprintln!(
        "seed {seed}: {} viewings, {} plays, {hits}; {again} posts were sent again; {took:.0?}",
        plan.viewings,
        watched.len(),
    );
    for tracker in &trackers {
        let log = tracker.server().log();
        let good = |status: Option<u16>| status.is_some_and(|status| status < 300);
        let bad = log.iter().filter(|logged| !good(logged.status)).count();
        let lost = log.iter().filter(|logged| logged.taken && !good(logged.status)).count();
        let calls = tracker.calls();
        let is_late =
            |call: &&String| ["history ", "add "].iter().any(|word| call.starts_with(word));
        let late = calls.iter().filter(is_late).count();
        eprintln!(
            "  {}: {late} plays by the history; of {} requests {bad} had no good answer, {lost} of \
             them were obeyed",
            tracker.name(),
            log.len(),
        );
    }
    let ((plays, again, late), (came, posted)) =
        (house.programs.counts(), house.programs.passed_on());
    eprintln!(
        "  receivers: told of {plays} plays, {again} things again, {late} things late; {came} of {posted} \
         webhooks passed on"
    );
    assert!(!plan.outage || (late > 0 && again > 0), "seed {seed}: the receiver had no trouble");
    for moment in moments(trackers.len()).into_iter().filter(|_| !plan.is_control()) {
        assert!(hits.of(moment) > 0, "seed {seed}: no kill while {moment:?}: {hits}");
    }
    assert!(!plan.forgiving || hits.logins == 0, "seed {seed}: {hits}");
    // What waits through an outage is begun beyond what is a play there, and dated by the next start.
    let dated = |tracker: &dyn Stand, wrong: &String| {
        let label = wrong.split('`').nth(1).unwrap_or_default();
        wrong.ends_with(" off") && tracker.invented().iter().any(|one| one == label)
    };
    let wrong = trackers.iter().flat_map(|tracker| {
        let wrong = judge_at(&**tracker, &watched).into_iter();
        wrong.filter(move |wrong| !dated(&**tracker, wrong))
    });
    let wrong: Vec<String> = wrong.chain(house.programs.judge(&watched)).collect();
    tell_of(&wrong, &trackers);
    wrong
}

/// All that the trackers heard of what went wrong, for who has to find out why.
fn tell_of(wrong: &[String], trackers: &[Box<dyn Stand>]) {
    for label in wrong.iter().filter_map(|wrong| wrong.split('`').nth(1)).take(3) {
        for tracker in trackers {
            let calls = tracker.heard().into_iter().filter(|(.., line)| line.contains(label));
            for (at, user, line) in calls {
                eprintln!("  {at} {} hears of {user}: {line}", tracker.name());
            }
        }
    }
}

impl Siege<'_> {
    fn run(mut self) -> Hits {
        for person in PEOPLE {
            for tracker in self.trackers {
                self.login(person, tracker.name());
            }
        }
        self.hits.logins = 0;
        self.weather();
        self.open();
        while self.hits.kills < self.plan.kills || self.misses().is_some() {
            if self.plan.outage && self.hits.kills == self.plan.kills / 2 {
                self.outage();
            }
            let aim = *self.dice.pick(&moments(self.trackers.len()));
            let aim = if self.hits.kills < self.plan.kills { Some(aim) } else { self.misses() };
            let rounds = self.plan.kills.saturating_sub(self.hits.kills) + SPARE;
            let share = self.coming.len().div_ceil(rounds as usize);
            if self.dice.below(3) == 0 {
                self.take_one_for_a_repetition();
            }
            self.play(share.max(1));
            self.aim(aim.unwrap_or(Moment::Sending(0)));
            self.kill();
        }
        self.play(self.coming.len());
        self.seats.clear(); // nobody sits down any more
        wait_for("everything to be answered", || self.quiet(), |quiet| *quiet);
        self.kill();
        if !self.plan.is_control() {
            self.fair_weather();
        }
        self.drain();
        self.tell_all();
        self.hits
    }

    /// A kind of moment that no kill has hit yet.
    fn misses(&self) -> Option<Moment> {
        let may_go_on = !self.plan.is_control() && self.hits.kills < self.plan.kills + MORE;
        let mut missed = moments(self.trackers.len());
        missed.retain(|moment| may_go_on && self.hits.of(*moment) == 0);
        missed.get(self.hits.kills as usize % missed.len().max(1)).copied()
    }

    fn fair_weather(&self) {
        for tracker in self.trackers {
            tracker.server().misbehave(Faults::default());
        }
    }

    /// What trackers do to any request by chance.
    fn weather(&self) {
        let rates = Rates {
            reset: 15,
            answer_lost: 25,
            cut: 15,
            unavailable: 10,
            gateway: 15,
            too_fast: 0,
        };
        for (tracker, place) in self.trackers.iter().zip(0..) {
            let server = tracker.server();
            server.misbehave(Faults::seeded(self.seed ^ (place << 32), rates));
            if self.plan.naive {
                tracker.is_naive();
                let lost = Fault::Reset.once().applied().times(3);
                server.order(lost.on("POST", "/scrobble/stop"));
            }
            if self.plan.deaf {
                tracker.is_deaf_to_ends();
            }
        }
        self.house.programs.weather(self.seed ^ (99 << 32));
    }

    /// Lets somebody play the next items.
    fn play(&mut self, count: usize) {
        for item in self.coming.by_ref().take(count) {
            let seat = usize::try_from(item.number).expect("a small number") % SEATS.len();
            self.seats[seat].send(item).expect("somebody sits there");
        }
    }

    /// Comes back when the moment is there, or seems not to come.
    fn aim(&mut self, moment: Moment) {
        let is_at = |place: usize, path: &str| {
            let in_hand = self.trackers[place].server().in_hand();
            in_hand.iter().any(|target| target.starts_with(path))
        };
        match moment {
            Moment::Accepting => {
                within(500, || self.house.in_flight.load(Ordering::SeqCst) > 0);
                self.linger(4);
            }
            Moment::Committing => {
                let mut before = self.disk();
                within(500, || {
                    let now = self.disk();
                    let changed = std::mem::replace(&mut before, now) != now;
                    changed && self.house.in_flight.load(Ordering::SeqCst) > 0
                });
            }
            Moment::Sending(place) => {
                let order = trouble(&mut self.dice);
                // A scrobble or /sync.
                self.trackers[place].server().order(order.on("POST", "/s"));
                within(1500, || is_at(place, "/s"));
                self.linger(80);
            }
            Moment::Refreshing(place) => {
                let (order, path) = (trouble(&mut self.dice), self.trackers[place].token_path());
                self.trackers[place].server().order(order.on("POST", path));
                let limit = if self.plan.forgiving { 3000 } else { 7000 };
                within(limit, || is_at(place, path));
                self.linger(80);
            }
            Moment::Telling => {
                let order = trouble(&mut self.dice);
                self.house.programs.events().order(order);
                within(1500, || !self.house.programs.events().in_hand().is_empty());
                self.linger(80);
            }
        }
    }

    /// Each tracker takes a play for a repetition of one of long ago, so that it goes to the history.
    fn take_one_for_a_repetition(&self) {
        let order = Fault::json(409, json!({"watched_at": "2020-01-01T00:00:00Z"}));
        for tracker in self.trackers.iter().filter(|tracker| tracker.takes_for_repetitions()) {
            tracker.server().order(order.clone().on("POST", "/scrobble/stop"));
        }
    }

    fn linger(&mut self, most_ms: u64) {
        pass(Duration::from_micros(self.dice.below(most_ms * 1000)));
    }

    /// How the database looks from outside: it changes with each commit.
    fn disk(&self) -> Option<(u64, SystemTime)> {
        let log = fs::metadata(self.daemon.data().join("scrobbled.db-wal")).ok()?;
        Some((log.len(), log.modified().ok()?))
    }

    fn kill(&mut self) {
        self.daemon.kill_9();
        *self.house.door.lock().expect("no panic") = None;
        self.hits.kills += 1;
        wait_for("all connections to end", || self.is_closed(), |closed| *closed);
        let idle = || self.trackers.iter().all(|tracker| tracker.server().is_idle());
        wait_for("the trackers to hear of that", idle, |idle| *idle);
        let idle = || self.house.programs.is_idle();
        wait_for("the receivers to hear of that", idle, |idle| *idle);
        self.daemon.begin(&[]);
        self.count();
        if !self.plan.forgiving {
            self.log_in_who_is_asked_to();
        }
        self.open();
    }

    fn open(&self) {
        *self.house.door.lock().expect("no panic") = Some(self.daemon.address());
    }

    fn is_closed(&self) -> bool {
        self.house.in_flight.load(Ordering::SeqCst) == 0
    }

    /// Whether all that was begun is played and answered.
    fn quiet(&self) -> bool {
        let watched = self.house.watched.lock().expect("no panic");
        let seen: BTreeSet<&str> = watched.iter().map(|seen| seen.label.as_str()).collect();
        let ended = seen.len() + self.house.left.load(Ordering::SeqCst);
        ended + self.coming.len() == self.plan.viewings as usize && self.is_closed()
    }

    /// Finds out what the last kill has hit.
    fn count(&mut self) {
        for (place, tracker) in self.trackers.iter().enumerate() {
            let deserted = tracker.server().deserted();
            let of = |path: &str| deserted.iter().filter(|target| target.starts_with(path)).count();
            self.hits.of.insert(Moment::Sending(place), of("/scrobble/") + of("/sync/history"));
            self.hits.of.insert(Moment::Refreshing(place), of(tracker.token_path()));
        }
        self.hits.of.insert(Moment::Telling, self.house.programs.events().deserted().len());
        let unanswered = std::mem::take(&mut *self.house.unanswered.lock().expect("no panic"));
        if unanswered.is_empty() {
            return;
        }
        let watched = self.house.watched.lock().expect("no panic");
        let status = self.daemon.quick_status();
        let waits = |label: &str| {
            let items = status["outbox"].as_array().expect("a list").iter();
            let mut items = items.filter_map(|waiting| waiting["item"].as_str());
            items.any(|item| item == label || item.starts_with(&format!("{label} (")))
        };
        let plays = self.trackers.iter().flat_map(|tracker| tracker.history());
        let told: BTreeSet<String> = plays.map(|play| play.label).collect();
        let (mut accepting, mut committing) = (false, false);
        for label in unanswered {
            if self.unheard.contains(&label) || watched.iter().any(|seen| seen.label == label) {
                continue; // what it made is there already, whatever became of this post
            }
            if told.contains(&label) || waits(&label) {
                committing = true;
                self.unheard.insert(label);
            } else {
                accepting = true;
            }
        }
        for (moment, is_hit) in [(Moment::Accepting, accepting), (Moment::Committing, committing)] {
            *self.hits.of.entry(moment).or_default() += usize::from(is_hit);
        }
    }

    fn log_in_who_is_asked_to(&mut self) {
        let status = self.daemon.quick_status();
        for account in status["accounts"].as_array().expect("a list") {
            let name = account["name"].as_str().expect("a name");
            for at in account["trackers"].as_array().expect("a list") {
                if at["state"] == "login needed" {
                    self.login(name, at["tracker"].as_str().expect("a name"));
                }
            }
        }
    }

    /// As a person does it: until it has gone well.
    fn login(&mut self, person: &str, at: &str) {
        self.hits.logins += 1;
        let tracker = self.trackers.iter().find(|tracker| tracker.name() == at);
        tracker.expect(at).expect(person);
        let code = || self.daemon.cli(&["login", person, "--to", at]).code;
        wait_for("a login", code, |code| *code == Some(0));
    }

    /// All trackers and the receiver of events are gone for so long that what is played now gets there late.
    fn outage(&mut self) {
        for tracker in self.trackers {
            let gone = Fault::html(502).times(u32::MAX);
            tracker.server().order(gone.on("POST", "/s"));
        }
        self.house.programs.outage();
        self.play(self.coming.len() / 5);
        wait_for("what was played meanwhile", || self.quiet(), |quiet| *quiet);
        pass(Duration::from_secs(62));
        self.weather();
    }

    /// Waits until nothing waits for any tracker any more; progress is all that is asked of it. A thousand
    /// plays in minutes are a flood, and what was parked for that is wanted.
    fn drain(&self) {
        let (_, parked) = self.daemon.held();
        let is_of_a_flood = |entry: &Value| {
            entry["reason"].as_str().is_some_and(|why| why.contains("plays within ten minutes"))
        };
        if !parked.is_empty() && parked.iter().all(is_of_a_flood) {
            self.daemon.cli(&["retry", "all"]).good();
        }
        let waiting = |status: &Value| -> u64 {
            let accounts = status["accounts"].as_array().expect("a list").iter();
            accounts.map(|account| account["waiting"].as_u64().expect("a number")).sum()
        };
        let look = || waiting(&self.daemon.quick_status());
        let mut left = look();
        while left > 0 {
            left = wait_for("the outbox to shrink", look, |now| *now < left);
        }
        let status = self.daemon.quick_status();
        assert_eq!(status["parked"], json!([]), "nothing is parked");
    }

    /// Waits until the receiver of events was told all, and looks at the one that never answers.
    fn tell_all(&self) {
        self.house.programs.fair_weather();
        let receivers = || self.daemon.quick_status()["receivers"].clone();
        let figure = |one: &Value, key: &str| one[key].as_u64().expect("a number");
        // A failure of before may still hold it up.
        self.daemon.cli(&["retry", "all"]);
        let mut left = figure(&receivers()[0], "waiting");
        while left > 0 {
            let look = || figure(&receivers()[0], "waiting");
            left = wait_for("the receiver's queue to shrink", look, |now| *now < left);
        }
        let dead = receivers()[2].clone();
        let plays = u64::try_from(self.house.watched.lock().expect("no panic").len());
        let (waiting, dropped) = (figure(&dead, "waiting"), figure(&dead, "dropped"));
        assert_eq!(waiting, plays.expect("a few").min(MOST), "{dropped} dropped: {dead}");
    }
}

/// What happens to a request that a kill is aimed at.
fn trouble(dice: &mut Dice) -> Order {
    let orders = [
        Fault::None.once(),
        Fault::Close.once(),
        Fault::Reset.once().applied(),
        Fault::Cut.once(),
        Fault::html(502),
        Fault::html(502).applied(),
    ];
    dice.pick(&orders).clone().delayed(HELD_BACK)
}

/// Waits for `done`, in vain at most for so many milliseconds. What it waits for is over at once,
/// so it looks all the time.
fn within(most_ms: u64, mut done: impl FnMut() -> bool) {
    let clock = Clock::Machine;
    let end = clock.steady().saturating_add(Duration::from_millis(most_ms));
    while !done() && clock.steady() < end {
        thread::yield_now();
    }
}
