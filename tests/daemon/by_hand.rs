//! The daemon and Trakt on one clock, which the test moves.
//!
//! Other trackers stand beside Trakt where a test wants that.
//!
//! Time passes in steps, fine ones at first and after each call, then coarser. Between two steps
//! everybody gets the real time that they need: until no tracker has seen anything new for a while
//! and `status` says the same again.

use super::trackers::{self, Stand, Wire, hold};
use super::{Scrobbled, Setup, Trakt, binary, wait_for};
use scrobbled::clock::{Clock, HandClock};
use scrobbled::event::Time;
use serde_json::Value;
use standin::trakt::{Catalogue, Server};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// When everything here begins: 2026-11-23T20:00:00Z.
pub(crate) const BEGIN: Time = Time(1_795_464_000_000);

/// A daemon by hand with its trackers.
pub(crate) struct Rig {
    pub(crate) trakt: Trakt,
    /// The trackers beside it.
    pub(crate) others: Vec<Box<dyn Stand>>,
    pub(crate) daemon: Scrobbled,
    /// Since when times are told: the login, if there was one.
    pub(crate) begin: Time,
    hand: Arc<HandClock>,
    /// How far the daemon's clock is ahead of Trakt's, in milliseconds.
    ahead_ms: i64,
    /// How many calls the trackers had seen when time last passed.
    seen: usize,
}

impl Rig {
    /// Running and connected.
    pub(crate) fn with_config(config: &str) -> Self {
        let mut rig = Self::without_login(config);
        rig.login(None);
        rig
    }

    /// Running, and not connected.
    pub(crate) fn without_login(config: &str) -> Self {
        let hand = HandClock::at(BEGIN);
        let trakt = Trakt::on(Clock::ByHand(hand.clone()));
        Self::at(trakt, Vec::new(), hand, config)
    }

    /// Running beside every tracker that there is, and connected to none.
    pub(crate) fn beside_all(config: &str) -> Self {
        Self::beside_all_and(|_| config.to_owned())
    }

    /// The same beside what `config` puts on the same clock.
    pub(crate) fn beside_all_and(config: impl FnOnce(&Clock) -> String) -> Self {
        let hand = HandClock::at(BEGIN);
        let clock = Clock::ByHand(hand.clone());
        let config = config(&clock);
        let others = trackers::beside_trakt(&clock);
        Self::at(Trakt::on(clock), others, hand, &config)
    }

    /// The same, with the only account connected to each of them.
    pub(crate) fn at_all(config: &str) -> Self {
        let mut rig = Self::beside_all(config);
        for name in trackers::NAMES {
            rig.login_to(None, Some(name));
        }
        rig
    }

    /// Running and connected to a Trakt that knows these things and nothing else.
    pub(crate) fn knowing(catalogue: Catalogue, config: &str) -> Self {
        let hand = HandClock::at(BEGIN);
        let trakt = Trakt::with(catalogue, Clock::ByHand(hand.clone()));
        let mut rig = Self::at(trakt, Vec::new(), hand, config);
        rig.login(None);
        rig
    }

    /// Running beside what `config` puts on the same clock, and not connected.
    pub(crate) fn beside(config: impl FnOnce(Clock) -> String) -> Self {
        let hand = HandClock::at(BEGIN);
        let clock = Clock::ByHand(hand.clone());
        let trakt = Trakt::on(clock.clone());
        Self::at(trakt, Vec::new(), hand, &config(clock))
    }

    /// Running and connected, on a clock that somebody else is on, too; it has to show [`BEGIN`].
    pub(crate) fn on(hand: Arc<HandClock>, config: &str) -> Self {
        let trakt = Trakt::on(Clock::ByHand(hand.clone()));
        let mut rig = Self::at(trakt, Vec::new(), hand, config);
        rig.login(None);
        rig
    }

    fn at(trakt: Trakt, others: Vec<Box<dyn Stand>>, hand: Arc<HandClock>, config: &str) -> Self {
        let setup: Setup = Scrobbled::with_config(config).knowing(&trakt);
        let setup = others.iter().fold(setup, |setup, other| other.known_to(setup));
        let mut daemon = setup.run(example().to_owned(), Vec::new());
        set(&mut daemon, BEGIN);
        Self { trakt, others, daemon, begin: BEGIN, hand, ahead_ms: 0, seen: 0 }
    }

    /// Connects an account, through the real `login`.
    pub(crate) fn login(&mut self, account: Option<&str>) {
        self.login_to(account, None);
    }

    /// The same to a tracker.
    pub(crate) fn login_to(&mut self, account: Option<&str>, tracker: Option<&str>) {
        let to = tracker.into_iter().flat_map(|name| ["--to", name]);
        let words: Vec<&str> = ["login"].into_iter().chain(account).chain(to).collect();
        let mut login = self.daemon.cli_beside(&words);
        let ended = Cell::new(None);
        wait_for(
            "the login",
            || {
                ended.set(login.try_wait().expect("a child"));
                if ended.get().is_none() {
                    self.step(Duration::from_millis(250));
                }
                ended.get()
            },
            Option::is_some,
        );
        let said = login.wait_with_output().expect("what it said");
        let (out, err) = (said.stdout, said.stderr);
        let said = [out, err].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(ended.get().is_some_and(|status| status.success()), "{said:?}");
        self.begin = self.now();
    }

    /// Trakt and the others.
    pub(crate) fn trackers(&self) -> impl Iterator<Item = &dyn Stand> {
        let trakt: &dyn Stand = &self.trakt;
        [trakt].into_iter().chain(self.others.iter().map(|other| &**other))
    }

    /// One of them.
    pub(crate) fn tracker(&self, name: &str) -> &dyn Stand {
        self.trackers().find(|tracker| tracker.name() == name).expect(name)
    }

    pub(crate) fn now(&self) -> Time {
        Clock::ByHand(self.hand.clone()).now()
    }

    /// The same while the daemon's clock is so far behind.
    pub(crate) fn wait_wrong(&mut self, span: Duration, behind: Duration) {
        self.wait_off(span, -ms(behind));
    }

    /// The same while it is so far ahead.
    pub(crate) fn wait_ahead(&mut self, span: Duration, ahead: Duration) {
        self.wait_off(span, ms(ahead));
    }

    fn wait_off(&mut self, span: Duration, ahead_ms: i64) {
        self.ahead_ms = ahead_ms;
        self.wait(span);
        self.ahead_ms = 0;
    }

    /// Lets time pass, and everybody do what they have to do in it.
    pub(crate) fn wait(&mut self, span: Duration) {
        self.settle();
        let (mut passed, mut since_call) = (Duration::ZERO, Duration::ZERO);
        while passed < span {
            let step = step_after(since_call).min(span.saturating_sub(passed));
            let before = self.calls();
            self.step(step);
            self.settle();
            passed += step;
            let is_quiet = self.calls() == before;
            since_call = if is_quiet { since_call + step } else { Duration::ZERO };
        }
    }

    /// Waits until nothing waits for any tracker any more, or what does waits for time to pass. In real
    /// time.
    pub(crate) fn settle(&self) {
        let same = Cell::new(0);
        let last = Cell::new(None);
        wait_for(
            "everybody to come to rest",
            || {
                let (requests, (waiting, looks)) = (self.requests(), self.waiting());
                let now = Some((requests, waiting));
                same.set(if last.replace(now) == now { same.get() + 1 } else { 0 });
                (same.get(), looks)
            },
            |(same, looks)| same >= looks,
        );
    }

    fn requests(&self) -> usize {
        self.trackers().map(|tracker| tracker.server().requests()).sum()
    }

    /// How many calls that change something have come.
    fn calls(&self) -> usize {
        let others = self.others.iter().map(|other| other.calls().len());
        self.trakt.calls().len() + others.sum::<usize>()
    }

    /// How much waits for a tracker, and at how many looks it must do so to be left to the clock: at
    /// many where nothing tells why, for then somebody may only be slow.
    fn waiting(&self) -> (usize, usize) {
        let status = self.status();
        let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
        let outbox = list("outbox");
        let is_paced = self.calls() > self.seen;
        let is_held = outbox.iter().any(|entry| entry["reason"] != "");
        let is_off = list("accounts").iter().any(|account| {
            let trackers = account["trackers"].as_array().into_iter().flatten();
            trackers.chain([account]).any(|one| one["state"] != "connected")
        });
        let looks = match outbox.len() {
            0 => 2,
            _ if is_paced || is_held || is_off => 8,
            _ => 80,
        };
        (outbox.len(), looks)
    }

    /// See [`Scrobbled::quick_status`].
    pub(crate) fn status(&self) -> Value {
        self.daemon.quick_status()
    }

    /// Lets time pass at once, and waits for nobody. No call comes to a tracker between the moments at
    /// which it passes there and for the daemon: it would be a second younger for who has made it.
    pub(crate) fn step(&mut self, span: Duration) {
        self.seen = self.calls();
        let Self { trakt, others, daemon, hand, ahead_ms, .. } = self;
        let trakt: &dyn Stand = trakt;
        let trackers = [trakt].into_iter().chain(others.iter().map(|other| &**other));
        let servers: Vec<&dyn Wire> = trackers.map(Stand::server).collect();
        hold(&servers, &mut || {
            hand.advance(span);
            let now = Clock::ByHand(hand.clone()).now().moved(*ahead_ms);
            tell(daemon, &format!("advance {}", span.as_millis()), now);
        });
    }

    /// Sets the wall clock of the daemon's machine, while Trakt's stays right.
    pub(crate) fn set_daemons_clock(&mut self, wall: Time) {
        set(&mut self.daemon, wall);
    }

    /// Kills the daemon and starts it again, while no time passes.
    pub(crate) fn restart(&mut self) {
        self.daemon.kill_9();
        self.start_again();
    }

    /// The same on a machine whose clock is so far behind.
    pub(crate) fn restart_wrong(&mut self, behind: Duration) {
        self.daemon.kill_9();
        self.start_at(self.now().before(behind));
    }

    /// The same on one whose clock is so far ahead.
    pub(crate) fn restart_ahead(&mut self, ahead: Duration) {
        self.daemon.kill_9();
        self.start_at(self.now().after(ahead));
    }

    pub(crate) fn start_again(&mut self) {
        self.start_at(self.now());
    }

    fn start_at(&mut self, wall: Time) {
        self.daemon.begin(&["--now".to_owned(), wall.to_string()]);
    }

    /// Lets time pass at the trackers while the daemon is down.
    pub(crate) fn wait_down(&mut self, span: Duration) {
        self.hand.advance(span);
    }

    /// Where everything at Trakt is.
    pub(crate) fn server(&self) -> &Server {
        &self.trakt.server
    }
}

/// The daemon by hand. `cargo test --test …` builds no examples, and must not try a stale one.
fn example() -> &'static Path {
    static EXAMPLE: LazyLock<PathBuf> = LazyLock::new(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--example", "by_hand"]);
        let folder = binary().parent().expect("a folder");
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        // What cargo tells a test of its package would be news to build scripts, and all be built anew.
        for (name, _) in std::env::vars() {
            if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of| name.starts_with(of)) {
                cargo.env_remove(name);
            }
        }
        assert!(cargo.status().expect("cargo runs").success(), "the example is not built");
        folder.join("examples").join("by_hand")
    });
    &EXAMPLE
}

/// The next step, when nothing has happened for so long.
fn step_after(quiet: Duration) -> Duration {
    let seconds = match quiet.as_secs() {
        0..20 => 1,
        20..120 => 5,
        120..3_600 => 30,
        3_600..90_000 => 600,
        _ => 3_600,
    };
    Duration::from_secs(seconds)
}

fn ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).expect("no test takes so long")
}

fn set(daemon: &mut Scrobbled, wall: Time) {
    tell(daemon, &format!("set {wall}"), wall);
}

#[track_caller]
fn tell(daemon: &mut Scrobbled, line: &str, expected: Time) {
    let answer = daemon.tell(line);
    assert_eq!(answer, format!("now {expected}"), "after `{line}`");
}
