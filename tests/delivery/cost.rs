//! What a film costs: calls to Trakt, time, memory, and bytes that are written.
//!
//! ```sh
//! cargo test --release --test delivery cost -- --ignored --nocapture
//! ```

use crate::daemon::items::{Item, Kind, declare};
use crate::daemon::webhook::{Webhook, plex};
use crate::daemon::{Scrobbled, Trakt, pass, timed, wait_for};
use standin::trakt::{Catalogue, Fault, Faults};
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// As many as `status` lists.
const FILMS: u32 = 100;

fn films() -> Vec<Item> {
    let film = |number| {
        let name = Box::leak(format!("Film {number}").into_boxed_str());
        Item { name, kind: Kind::Film, minutes: 100, number }
    };
    (3000..3000 + u64::from(FILMS)).map(film).collect()
}

/// A number that the system tells of the daemon.
fn told(daemon: &Scrobbled, file: &str, key: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/{file}", daemon.pid())).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix(key)).expect("such a line");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Processor time, in hundredths of a second.
fn ticks(daemon: &Scrobbled) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/stat", daemon.pid())).expect("it runs");
    let after_name = text.rsplit(')').next().expect("numbers").split_whitespace();
    after_name.skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

/// Does `act` with all films, and says what one of them has cost until Trakt is told.
fn measure(name: &str, trakt: &Trakt, daemon: &Scrobbled, act: impl FnOnce()) {
    let (calls, cpu) = (trakt.server.log().len(), ticks(daemon));
    let (memory, written) = (told(daemon, "status", "VmRSS:"), told(daemon, "io", "write_bytes:"));
    let (took, ()) = timed(|| {
        act();
        let tried = || {
            let (outbox, _) = daemon.held();
            outbox.iter().filter(|waiting| waiting["attempts"] == 0).count()
        };
        wait_for("all to be told or tried", tried, |tried| *tried == 0);
    });
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for logged in &trakt.server.log()[calls..] {
        let path = logged.target.split('?').next().unwrap_or_default();
        let path = path.trim_end_matches(|letter: char| letter.is_ascii_digit());
        *kinds.entry(format!("{} {path}", logged.method)).or_default() += 1;
    }
    let calls = kinds
        .iter()
        .map(|(call, count)| format!("{:.2} {call}", f64::from(*count) / f64::from(FILMS)));
    let films = u64::from(FILMS);
    println!(
        "{name}: {} us, {} us of a processor, {} bytes written; memory {memory} -> {} KB (most {} \
         KB); {}",
        took.as_micros() / u128::from(films),
        (ticks(daemon) - cpu) * 10_000 / films,
        (told(daemon, "io", "write_bytes:") - written) / films,
        told(daemon, "status", "VmRSS:"),
        told(daemon, "status", "VmHWM:"),
        calls.collect::<Vec<_>>().join(", "),
    );
}

/// Plays every film by these steps.
fn play(daemon: &Scrobbled, steps: &[(&str, f64)]) {
    for item in films() {
        for (verb, at) in steps {
            daemon.post(&Webhook { item, ..plex(verb).at(*at) });
        }
    }
}

#[test]
#[ignore = "a measurement"]
fn of_a_film() {
    let config = "log = \"warn\"\n[trakt]\npost_interval_ms = 1\n";
    let known = || {
        let mut catalogue = Catalogue::strict();
        declare(&mut catalogue, &films());
        catalogue
    };
    let trakt = Trakt::knowing(known());
    let daemon = Scrobbled::with_config(config).start(&trakt).login();
    let viewing =
        [("play", 20.0), ("pause", 50.0), ("resume", 50.0), ("completed", 91.0), ("stop", 97.0)];
    measure("live, with ids", &trakt, &daemon, || {
        play(&daemon, &viewing);
    });

    let trakt = Trakt::knowing(known());
    let daemon = Scrobbled::with_config(config).start(&trakt).login();
    trakt.order(Fault::status(503).times(u32::MAX).on("POST", "/s"));
    play(&daemon, &[("completed", 95.0)]);
    pass(Duration::from_secs(62));
    trakt.server.misbehave(Faults::default());
    measure("late, with ids", &trakt, &daemon, || {
        daemon.cli(&["retry", "all"]);
        let left = || daemon.quick_status()["accounts"][0]["waiting"].as_u64();
        let mut before = left();
        while before > Some(0) {
            before = wait_for("the queue to shrink", left, |left| *left < before);
        }
    });

    let trakt = Trakt::knowing(Catalogue::strict());
    let daemon = Scrobbled::with_config(config).start(&trakt).login();
    measure("unknown to Trakt", &trakt, &daemon, || {
        play(&daemon, &[("completed", 95.0)]);
    });
}
