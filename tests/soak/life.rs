//! Lives through what was decided, and compares Trakt's history with the truth.

use crate::daemon::by_hand::{BEGIN, Rig};
use crate::daemon::items::declare;
use crate::daemon::{send, timed, wait_for};
use crate::household::{DAY, Gone, HOUR, Life, MINUTE, PEOPLE, Plan, What, items, life};
use crate::truth::{history, judge};
use scrobbled::event::Time;
use standin::trakt::{Fault, Faults, Rates, Server};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// What came out.
pub(crate) struct After {
    /// How the history differs from the truth.
    pub(crate) wrong: Vec<String>,
    /// What one process needed at the beginning and at the end of its undisturbed time.
    pub(crate) memory_kib: Option<(u64, u64)>,
}

/// What befalls any request to Trakt by chance, of a thousand.
const WEATHER: Rates =
    Rates { reset: 10, answer_lost: 15, cut: 8, unavailable: 10, gateway: 8, too_fast: 5 };

struct Home {
    rig: Rig,
    seed: u64,
    gone: Option<Gone>,
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
    let rig = Rig::without_login(&config);
    rig.server().with(|trakt| {
        declare(&mut trakt.catalogue, &items(plan));
        trakt.options.enforce_pace = true;
        trakt.options.token_seconds = 24 * 3_600;
        trakt.options.refresh_grace_seconds = 3_600;
    });
    let (gone, quiet, counts, memory) = (None, Duration::ZERO, BTreeMap::new(), Vec::new());
    let mut home = Home { rig, seed, gone, quiet, counts, memory };
    let (took, ()) = timed(|| {
        for person in PEOPLE {
            home.login(person);
        }
        assert!(home.rig.now() < BEGIN.after(HOUR), "the first day has begun");
        home.mood();
        let next = happenings.iter().skip(1).map(|(at, _)| *at).chain([BEGIN.after(DAY * 99)]);
        for ((at, what), next) in happenings.iter().zip(next) {
            home.pass_until(*at);
            home.meet(what, next);
        }
        home.drain();
    });
    let server = home.rig.server();
    let late = server.calls().iter().filter(|call| call.starts_with("history")).count();
    eprintln!(
        "seed {seed}: {} plays ({late} by the history), {:?}, {} requests to Trakt, VmRSS {:?} \
         KiB; {took:.0?}",
        truth.len(),
        home.counts,
        server.requests(),
        home.memory,
    );
    assert_eq!(server.with(|trakt| trakt.violations()), 0, "seed {seed}: too fast");
    let memory_kib = match home.memory.as_slice() {
        [first, .., last] => Some((*first, *last)),
        _ => None,
    };
    let wrong = judge(&truth, &history(server));
    for label in wrong.iter().filter_map(|wrong| wrong.split('`').nth(1)) {
        tell_of(label, &happenings, server);
    }
    After { wrong, memory_kib }
}

/// All that happened to what went wrong, for who has to find out why.
fn tell_of(label: &str, happenings: &[(Time, What)], server: &Server) {
    let belongs = |what: &What| match what {
        What::Post(webhook) => webhook.item.label() == label,
        What::Elsewhere(_, other) => other == label,
        What::Copy(_) | What::Measure => false,
        What::Kill(_)
        | What::Outage(_)
        | What::OutageEnds
        | What::Rotate(_)
        | What::Disconnect(_)
        | What::Logout(_)
        | What::Login(_)
        | What::Evening => true,
    };
    let about = happenings.iter().filter(|(_, what)| belongs(what));
    let mut lines: Vec<(Time, String)> =
        about.map(|(at, what)| (*at, format!("{what:?}"))).collect();
    let calls = server.with(|trakt| trakt.heard().to_vec());
    let calls = calls.into_iter().filter(|call| call.line.contains(label));
    lines.extend(
        calls.map(|call| (Time(call.at.0), format!("Trakt hears of {}: {}", call.user, call.line))),
    );
    lines.sort();
    eprintln!("about `{label}`:");
    for (at, line) in lines {
        eprintln!("  {at} {line}");
    }
}

impl Home {
    fn meet(&mut self, what: &What, next: Time) {
        self.quiet = Duration::ZERO;
        let name = match what {
            What::Post(webhook) => {
                self.rig.daemon.post(webhook);
                "posts"
            }
            What::Copy(webhook) => {
                let said = self.rig.daemon.post(webhook);
                let promised = ["queued", "waiting"].iter().any(|word| said["outcome"] == *word);
                assert!(!promised, "{webhook:?}: {said}");
                "copies"
            }
            What::Elsewhere(person, label) => {
                let now = standin::Time(self.rig.now().0);
                let told =
                    |trakt: &mut standin::trakt::Trakt| trakt.play_elsewhere(person, label, now);
                assert!(self.rig.server().with(told), "{label}");
                "by another program"
            }
            What::Kill(down) => {
                self.rig.daemon.kill_9();
                let idle = || self.rig.server().is_idle();
                wait_for("Trakt to hear of that", idle, |idle| *idle);
                self.rig.wait_down((*down).min(next.since(self.rig.now())));
                self.rig.start_again();
                "kills"
            }
            What::Outage(gone) => {
                self.gone = Some(*gone);
                self.mood();
                "outages"
            }
            What::OutageEnds => {
                self.gone = None;
                self.mood();
                "ends of outages"
            }
            What::Disconnect(person) => {
                self.rig.server().with(|trakt| trakt.disconnect(person));
                "disconnected"
            }
            What::Logout(person) => {
                self.rig.daemon.cli(&["logout", person]).good();
                "logged out"
            }
            What::Login(person) => {
                self.login(person);
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
            What::Measure => {
                let memory = self.memory();
                self.memory.push(memory);
                "measured"
            }
        };
        *self.counts.entry(name).or_default() += 1;
        self.settle();
    }

    /// What becomes of requests to Trakt from now on.
    fn mood(&mut self) {
        self.seed += 1;
        let mut faults = Faults::seeded(self.seed, WEATHER);
        if let Some(gone) = self.gone {
            let order = match gone {
                Gone::Unavailable => Fault::status(503),
                Gone::Proxy => Fault::html(502),
                Gone::Network => Fault::Reset.once(),
            };
            faults.add(order.times(u32::MAX));
        }
        self.rig.server().misbehave(faults);
    }

    /// Whether anybody had to. An answer to a refresh that was lost, and no other one within Trakt's
    /// grace, costs the login: nobody can mend that but the person.
    fn logs_in_where_asked(&mut self) -> bool {
        if self.figures("scrobbled_account_connected").iter().all(|connected| *connected > 0.0) {
            return false;
        }
        let status = self.rig.status();
        let accounts = status["accounts"].as_array().expect("accounts");
        let needs = |person: &&str| {
            let theirs = accounts.iter().find(|account| account["name"] == **person);
            theirs.expect(person)["state"] == "login needed"
        };
        let needing: Vec<&str> = PEOPLE.into_iter().filter(needs).collect();
        for person in &needing {
            self.login(person);
        }
        !needing.is_empty()
    }

    /// As a person does it who waits for better weather.
    fn login(&mut self, person: &str) {
        self.rig.server().misbehave(Faults::default());
        self.rig.server().with(|trakt| {
            person.clone_into(&mut trakt.options.user);
            trakt.options.approve_after_polls = Some(0);
        });
        self.rig.login(Some(person));
    }

    /// Lets time pass in steps: fine ones after each happening, in which timers go off and calls
    /// are made, and wide ones where nobody waits for anything.
    fn pass_until(&mut self, at: Time) {
        while self.rig.now() < at {
            let seconds = match self.quiet.as_secs() {
                0..10 => 2,
                10..40 => 15,
                _ if self.gone.is_none() && self.waiting() > 0 => 30,
                _ => 1_800,
            };
            let step = Duration::from_secs(seconds).min(at.since(self.rig.now()));
            self.rig.step(step);
            self.settle();
            self.quiet += step;
        }
    }

    /// Real time for everybody, until Trakt has heard nothing new for a while.
    fn settle(&self) {
        let last = Cell::new(usize::MAX);
        let same = Cell::new(0);
        let look = || {
            let heard = self.rig.server().requests();
            let idle = self.rig.server().is_idle();
            let is_same = last.replace(heard) == heard && idle;
            same.set(if is_same { same.get() + 1 } else { 0 });
            same.get()
        };
        wait_for("everybody to come to rest", look, |same| *same >= 2);
    }

    /// Lets everything arrive, and time for what must not come twice.
    fn drain(&mut self) {
        self.gone = None;
        self.rig.server().misbehave(Faults::default());
        let end = self.rig.now().after(6 * HOUR);
        while self.waiting() > 0 {
            assert!(self.rig.now() < end, "{:#}", self.rig.status()["outbox"]);
            self.logs_in_where_asked();
            self.pass_until(self.rig.now().after(Duration::from_secs(30)));
        }
        self.quiet = Duration::ZERO;
        self.pass_until(self.rig.now().after(10 * MINUTE));
        self.pass_until(self.rig.now().after(5 * HOUR));
        let status = self.rig.status();
        assert_eq!(status["parked"], serde_json::json!([]), "nothing is parked");
    }

    /// How much waits for Trakt.
    fn waiting(&self) -> u64 {
        let all = self.figures("scrobbled_outbox_intents").iter().sum::<f64>();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let all = all as u64;
        all
    }

    /// A figure of each account, from those for programs: `status` tells too much to be asked again
    /// and again.
    fn figures(&self, name: &str) -> Vec<f64> {
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
        let figures: Vec<f64> = (answer.lines())
            .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{')))
            .map(|line| line.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("a number"))
            .collect();
        assert_eq!(figures.len(), PEOPLE.len(), "{answer}");
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
