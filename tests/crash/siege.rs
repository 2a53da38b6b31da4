//! A house that watches, a Trakt that loses answers, and a daemon that is killed at moments of
//! four kinds.
//!
//! Each kill is aimed: the daemon dies while something is seen from outside that belongs to its
//! kind, a little later by chance. What was really hit is found out afterwards, without looking
//! into the daemon:
//!
//! | hit | seen by |
//! |---|---|
//! | accepting | a post got no answer, and after the restart nobody has heard of it |
//! | committing | a play's post got no answer, and yet it is in the outbox or at Trakt |
//! | sending | Trakt held a scrobble's or history's answer back when who asked went away |
//! | refreshing | the same of a token's |
//!
//! One thing is assumed: what a dead daemon has sent arrives before the next one looks. Nobody
//! could tell a call that is still on its way from one that was never made.
//!
//! The seed repeats what is watched, what Trakt does and where kills are aimed; how far the
//! daemon has come by then is the machine's doing.

use crate::daemon::items::{Item, declare};
use crate::daemon::{Scrobbled, Trakt, pass, timed, wait_for};
use crate::dice::Dice;
use crate::house::{ACCOUNTS, House, PEOPLE, SEATS, items};
use crate::truth::{history, judge};
use scrobbled::clock::Clock;
use scrobbled::event::Source;
use serde_json::{Value, json};
use standin::trakt::{Fault, Faults, Order, Rates};
use std::collections::BTreeSet;
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
    /// Whether Trakt is gone for more than a minute in the middle, so that plays get late.
    pub(crate) outage: bool,
    /// Whether Trakt shows an empty history to who looks: then all must go wrong.
    pub(crate) blind: bool,
}

/// What a kill is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Accepting,
    Committing,
    Sending,
    Refreshing,
}

const MOMENTS: [Moment; 4] =
    [Moment::Accepting, Moment::Committing, Moment::Sending, Moment::Refreshing];

/// What kills have hit.
#[derive(Clone, Debug, Default)]
struct Hits {
    kills: u32,
    accepting: usize,
    committing: usize,
    sending: usize,
    refreshing: usize,
    logins: usize,
}

impl Hits {
    fn of(&self, moment: Moment) -> usize {
        match moment {
            Moment::Accepting => self.accepting,
            Moment::Committing => self.committing,
            Moment::Sending => self.sending,
            Moment::Refreshing => self.refreshing,
        }
    }
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, accepting, committing, sending, refreshing, logins } = self;
        write!(
            f,
            "{kills} kills: {accepting} while accepting, {committing} while committing, {sending} \
             while sending, {refreshing} while refreshing; {logins} new logins"
        )
    }
}

/// How long answers are held back that a kill is aimed at.
const HELD_BACK: Duration = Duration::from_millis(60);
/// How many kills more than planned may be needed to hit each kind.
const MORE: u32 = 40;

struct Siege<'a> {
    plan: Plan,
    seed: u64,
    dice: Dice,
    trakt: &'a Trakt,
    daemon: Scrobbled,
    house: &'a House,
    seats: Vec<Sender<Item>>,
    coming: std::vec::IntoIter<Item>,
    hits: Hits,
    /// Plays of which a restart showed that they had been safe without an answer.
    unheard: BTreeSet<String>,
}

/// Runs a siege, and says what is wrong with the history in the end.
pub(crate) fn lay(plan: Plan, seed: u64) -> Vec<String> {
    eprintln!("SCROBBLED_SEED={seed} {plan:?}");
    let all = items(plan.viewings);
    let trakt = Trakt::start();
    trakt.server.with(|trakt| {
        declare(&mut trakt.catalogue, &all);
        // Trakt itself would not notice a second one.
        trakt.options.repeat_seconds = Some(0);
        trakt.options.token_seconds = if plan.forgiving { 4 } else { 12 };
        trakt.options.refresh_grace_seconds = if plan.forgiving { 3600 } else { 0 };
    });
    let config = format!("[trakt]\npost_interval_ms = 5\n{ACCOUNTS}");
    let daemon = Scrobbled::with_config(&config).start(&trakt);
    let house = House {
        door: None.into(),
        targets: Source::ALL.map(|source| (source, daemon.target(source).to_owned())).to_vec(),
        in_flight: 0.into(),
        unanswered: Vec::new().into(),
        again: 0.into(),
        watched: Vec::new().into(),
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
                trakt: &trakt,
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
    let log = trakt.server.log();
    let good = |status: Option<u16>| status.is_some_and(|status| status < 300);
    let bad = log.iter().filter(|logged| !good(logged.status)).count();
    let lost = log.iter().filter(|logged| logged.taken && !good(logged.status)).count();
    let late = trakt.calls().iter().filter(|call| call.starts_with("history")).count();
    eprintln!(
        "seed {seed}: {} viewings, {} plays ({late} by the history), {hits}; {again} posts were \
         sent again; of {} requests to Trakt {bad} had no good answer, {lost} of them were obeyed; \
         {took:.0?}",
        plan.viewings,
        watched.len(),
        log.len(),
    );
    for moment in MOMENTS {
        assert!(hits.of(moment) > 0, "seed {seed}: no kill while {moment:?}: {hits}");
    }
    assert!(!plan.forgiving || hits.logins == 0, "seed {seed}: {hits}");
    judge(&watched, &history(&trakt.server))
}

impl Siege<'_> {
    fn run(mut self) -> Hits {
        for person in PEOPLE {
            self.login(person);
        }
        self.hits.logins = 0;
        self.weather();
        self.open();
        while self.hits.kills < self.plan.kills || self.misses().is_some() {
            if self.plan.outage && self.hits.kills == self.plan.kills / 2 {
                self.outage();
            }
            let aim = *self.dice.pick(&MOMENTS);
            let aim = if self.hits.kills < self.plan.kills { Some(aim) } else { self.misses() };
            let rounds = self.plan.kills.saturating_sub(self.hits.kills).max(1) as usize;
            let share = self.coming.len().div_ceil(rounds);
            if self.dice.below(3) == 0 {
                self.take_one_for_a_repetition();
            }
            self.play(share.max(1));
            self.aim(aim.unwrap_or(Moment::Sending));
            self.kill();
        }
        self.seats.clear(); // nobody sits down any more
        wait_for("everything to be answered", || self.quiet(), |quiet| *quiet);
        self.kill();
        if !self.plan.blind {
            self.trakt.server.misbehave(Faults::default());
        }
        self.drain();
        self.hits
    }

    /// A kind of moment that no kill has hit yet.
    fn misses(&self) -> Option<Moment> {
        let may_go_on = self.hits.kills < self.plan.kills + MORE;
        MOMENTS.into_iter().find(|moment| may_go_on && self.hits.of(*moment) == 0)
    }

    /// What Trakt does to any request by chance.
    fn weather(&self) {
        let rates = Rates {
            reset: 15,
            answer_lost: 25,
            cut: 15,
            unavailable: 10,
            gateway: 15,
            too_fast: 0,
        };
        self.trakt.server.misbehave(Faults::seeded(self.seed, rates));
        if self.plan.blind {
            let nothing = Fault::json(200, json!([]));
            self.trakt.order(nothing.times(u32::MAX).on("GET", "/sync/history"));
            self.trakt.order(Fault::Reset.once().applied().times(3).on("POST", "/scrobble/stop"));
        }
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
        let server = &self.trakt.server;
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
            Moment::Sending => {
                let order = self.trouble();
                server.order(order.on("POST", "/s")); // a scrobble or /sync
                within(1500, || server.in_hand().iter().any(|target| target.starts_with("/s")));
                self.linger(80);
            }
            Moment::Refreshing => {
                let order = self.trouble();
                server.order(order.on("POST", "/oauth/token"));
                let limit = if self.plan.forgiving { 3000 } else { 7000 };
                within(limit, || server.in_hand().iter().any(|target| target == "/oauth/token"));
                self.linger(80);
            }
        }
    }

    /// What happens to a request that a kill is aimed at.
    fn trouble(&mut self) -> Order {
        let orders = [
            Fault::None.once(),
            Fault::Close.once(),
            Fault::Reset.once().applied(),
            Fault::Cut.once(),
            Fault::html(502),
            Fault::html(502).applied(),
        ];
        self.dice.pick(&orders).clone().delayed(HELD_BACK)
    }

    /// Trakt takes a play for a repetition of one of long ago, so that it goes to the history.
    fn take_one_for_a_repetition(&self) {
        let order = Fault::json(409, json!({"watched_at": "2020-01-01T00:00:00Z"}));
        self.trakt.server.order(order.on("POST", "/scrobble/stop"));
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
        wait_for("Trakt to hear of that", || self.trakt.server.is_idle(), |idle| *idle);
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
        seen.len() + self.coming.len() == self.plan.viewings as usize && self.is_closed()
    }

    /// Finds out what the last kill has hit.
    fn count(&mut self) {
        let deserted = self.trakt.server.deserted();
        let of = |path: &str| deserted.iter().filter(|target| target.starts_with(path)).count();
        self.hits.sending = of("/scrobble/") + of("/sync/history");
        self.hits.refreshing = of("/oauth/token");
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
        let at_trakt: BTreeSet<String> =
            history(&self.trakt.server).into_iter().map(|play| play.label).collect();
        let (mut accepting, mut committing) = (false, false);
        for label in unanswered {
            if self.unheard.contains(&label) || watched.iter().any(|seen| seen.label == label) {
                continue; // what it made is there already, whatever became of this post
            }
            if at_trakt.contains(&label) || waits(&label) {
                committing = true;
                self.unheard.insert(label);
            } else {
                accepting = true;
            }
        }
        self.hits.accepting += usize::from(accepting);
        self.hits.committing += usize::from(committing);
    }

    fn log_in_who_is_asked_to(&mut self) {
        for account in self.daemon.quick_status()["accounts"].as_array().expect("a list") {
            if account["state"] == "login needed" {
                self.login(account["name"].as_str().expect("a name"));
            }
        }
    }

    /// As a person does it: until it has gone well.
    fn login(&mut self, person: &str) {
        self.hits.logins += 1;
        self.trakt.server.with(|trakt| {
            person.clone_into(&mut trakt.options.user);
            trakt.options.approve_after_polls = Some(0);
        });
        let code = || self.daemon.cli(&["login", person]).code;
        wait_for("a login", code, |code| *code == Some(0));
    }

    /// Trakt is gone for so long that what is played now gets there late.
    fn outage(&mut self) {
        self.trakt.server.order(Fault::html(502).times(u32::MAX).on("POST", "/s"));
        self.play(self.coming.len() / 5);
        wait_for("what was played meanwhile", || self.quiet(), |quiet| *quiet);
        pass(Duration::from_secs(62));
        self.weather();
    }

    /// Waits until nothing waits for Trakt any more; progress is all that is asked of it. A thousand
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
