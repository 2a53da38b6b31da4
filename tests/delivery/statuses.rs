//! Every status and mishap, at the answer to a play: what becomes of the play and of its account.

use crate::daemon::webhook::plex;
use crate::daemon::{Scrobbled, Trakt, all_good, wait_for};
use scrobbled::clock::Clock;
use serde_json::json;
use standin::trakt::{self, Fault, Order, Server};
use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// How many daemons run at a time: each mostly waits.
const AT_A_TIME: usize = 6;
/// What a debug build takes at most, whatever it is sent (`VmHWM`).
const MOST_KB: u64 = 64 * 1024;

const PLAYED: &str = "1 play, connected";
const PARKED: &str = "0 plays, 1 parked, connected";
const TROUBLE: &str = "0 plays, 1 waiting, refused";

/// In words: plays at Trakt, what is left, and how the account is.
fn outcome(trakt: &Trakt, daemon: &Scrobbled) -> String {
    let status = daemon.quick_status();
    let of = |key: &str, word: &str| match status[key].as_array().map_or(0, Vec::len) {
        0 => String::new(),
        count => format!("{count} {word}, "),
    };
    let plays = match trakt.plays("A") {
        1 => "1 play".to_owned(),
        count => format!("{count} plays"),
    };
    let (waiting, parked) = (of("outbox", "waiting"), of("parked", "parked"));
    let state = status["accounts"][0]["state"].as_str().unwrap_or_default();
    format!("{plays}, {waiting}{parked}{state}")
}

fn most_memory(daemon: &Scrobbled) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn run(order: &Order, expected: &str) {
    let trakt = Trakt::start();
    trakt.server.with(|trakt| trakt.options.repeat_seconds = Some(0));
    let daemon = Scrobbled::with_config("").start(&trakt).login();
    trakt.order(order.clone().on("POST", "/scrobble/stop"));
    daemon.post(&plex("completed"));
    wait_for(expected, || outcome(&trakt, &daemon), |outcome| outcome == expected);
    let memory = most_memory(&daemon);
    assert!(memory < MOST_KB, "{memory} KB");
}

#[test]
fn each_answer_to_a_play_has_the_consequence_that_it_should() {
    let elsewhere = Server::start(trakt::Trakt::default(), "127.0.0.1:0", || {
        standin::Time(Clock::Machine.now().0)
    });
    let elsewhere = elsewhere.expect("a port");
    let always = |order: Order| order.times(u32::MAX);
    let json = |status, body| Fault::json(status, body);
    let now = json!({"watched_at": Clock::Machine.now().to_string()});
    let long_ago = json!({"watched_at": "2020-01-01T00:00:00Z"});
    let away = Fault::Redirect { to: format!("{}/scrobble/stop", elsewhere.url()) };
    let cases: Vec<(&str, Order, &str)> = vec![
        ("400", Fault::status(400), PARKED),
        ("401", always(Fault::status(401)), "0 plays, 1 waiting, login needed"),
        ("403, empty", always(Fault::status(403)), TROUBLE),
        ("403, JSON", always(json(403, json!({"error": "no"}))), TROUBLE),
        ("403, HTML", Fault::html(403), PLAYED),
        ("404", always(Fault::status(404)), "0 plays, 1 waiting, connected"),
        ("409, of this viewing", always(json(409, now)), "0 plays, connected"),
        ("409, of an earlier one", always(json(409, long_ago)), PLAYED),
        ("412", Fault::status(412), PARKED),
        ("420", Fault::status(420), PARKED),
        ("422", Fault::status(422), PARKED),
        ("423", always(Fault::status(423)), TROUBLE),
        ("426", always(Fault::status(426)), TROUBLE),
        ("429 with a time", Fault::too_fast(1), PLAYED),
        ("429 without", Fault::status(429), PLAYED),
        ("500", Fault::status(500), PLAYED),
        ("502", Fault::html(502), PLAYED),
        ("502, obeyed", Fault::html(502).applied(), PLAYED),
        ("503", Fault::status(503), PLAYED),
        ("504, obeyed", Fault::status(504).applied(), PLAYED),
        ("520, obeyed", Fault::html(520).applied(), PLAYED),
        ("521", Fault::html(521), PLAYED),
        ("522, obeyed", Fault::html(522).applied(), PLAYED),
        ("a cut answer", Fault::Cut.once(), PLAYED),
        ("closed without one", Fault::Close.once(), PLAYED),
        ("closed without one, obeyed", Fault::Close.once().applied(), PLAYED),
        ("a slow answer", Fault::late(Duration::from_secs(2)), PLAYED),
        ("HTML with 200", Fault::html(200), PLAYED),
        ("a redirect", away.once(), PLAYED),
        // A 2xx of an API is a yes, whatever stands in it.
        ("a head of 200 MB", Fault::HeadFlood { bytes: 200_000_000 }.once(), PLAYED),
        ("200 MB", Fault::Flood { bytes: 200_000_000 }.once(), "0 plays, connected"),
    ];
    let todo = Mutex::new(cases.iter());
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = todo.lock().expect("no panic").next();
                    let Some((name, order, expected)) = next else { return };
                    let ran = thread::scope(|one| one.spawn(|| run(order, expected)).join());
                    if let Err(panic) = ran {
                        let why = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                        wrong.lock().expect("no panic").push(format!("{name}: {why}"));
                    }
                }
            });
        }
    });
    all_good(&wrong.into_inner().expect("no panic"));
    assert_eq!(elsewhere.log(), [], "nothing followed the redirect, least of all a token");
}
