//! The daemon dies, or its disk is full.

use crate::daemon::items::ITEMS;
use crate::daemon::webhook::{Webhook, plex};
use crate::daemon::{Scrobbled, Trakt, all_good, wait_for};
use scrobbled::demo::Fault;
use scrobbled::event::Source;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn each_play_arrives_once_however_often_the_daemon_is_killed() {
    let seed = std::env::var("SCROBBLED_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(0x5eed);
    eprintln!("SCROBBLED_SEED={seed}");
    let trakt = Trakt::start();
    // Trakt itself would not notice a second one.
    trakt.server.with(|trakt| trakt.options.repeat_seconds = Some(0));
    let config = "[trakt]\npost_interval_ms = 20\n";
    let mut daemon = Scrobbled::with_config(config).start(&trakt).login();
    let mut state = seed;
    let mut next = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for round in 0..20 {
        let item = ITEMS[round % ITEMS.len()];
        let source = Source::ALL[round % 3];
        if round < ITEMS.len() {
            let webhook = Webhook::new(source, "completed").at(95.0);
            daemon.post(&Webhook { item, ..webhook });
        }
        pass(Duration::from_millis(next(40)));
        daemon.restart();
    }
    let expected: BTreeMap<String, usize> = ITEMS.iter().map(|item| (item.label(), 1)).collect();
    let plays = || -> BTreeMap<String, usize> {
        ITEMS.iter().map(|item| (item.label(), trakt.plays(&item.label()))).collect()
    };
    let all = |plays: &BTreeMap<String, usize>| plays.values().all(|count| *count >= 1);
    wait_for("a play of each", plays, all);
    wait_for("an empty outbox", || daemon.held(), |held| held.0.is_empty());
    assert_eq!(plays(), expected, "seed {seed}: {:#?}", trakt.calls());
}

/// Lets real time pass: the machine's, in which the daemon dies.
fn pass(span: Duration) {
    let (_never, nothing) = std::sync::mpsc::channel::<()>();
    let _ = nothing.recv_timeout(span);
}

#[test]
fn a_kill_while_trakt_answers_is_one_play() {
    let mut wrong = Vec::new();
    for (name, order) in [
        ("before Trakt took it", Fault::Silence.once()),
        ("after Trakt took it", Fault::Silence.once().applied()),
    ] {
        let trakt = Trakt::start();
        trakt.server.with(|trakt| trakt.options.repeat_seconds = Some(0));
        trakt.order(order.on("POST", "/scrobble/stop"));
        let mut daemon = Scrobbled::with_config("").start(&trakt).login();
        daemon.post(&plex("completed"));
        let stops = || trakt.server.log().iter().filter(|l| l.target == "/scrobble/stop").count();
        wait_for("the call", stops, |stops| *stops == 1);
        daemon.restart();
        wait_for("the play", || trakt.plays("A"), |plays| *plays >= 1);
        wait_for("an empty outbox", || daemon.held(), |held| held.0.is_empty());
        if trakt.plays("A") != 1 {
            wrong.push(format!("{name}: {:?}", trakt.calls()));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_full_disk_promises_nothing_that_it_cannot_keep() {
    let trakt = Trakt::start();
    let mut daemon = Scrobbled::with_config("log = \"error\"\n").start(&trakt);
    daemon.kill_9();
    // No file may grow past 64 KiB: the disk is full, and the signal of that is ignored.
    daemon.after_shell(Some("trap '' XFSZ; ulimit -f 128"));
    daemon.restart();
    let mut promised = BTreeMap::new();
    let mut refused = 0;
    for number in 0..400 {
        let webhook = film(number, "completed").at(95.0);
        let answer = daemon.post_any(&webhook);
        match answer.status {
            200 => *promised.entry(format!("Film {number}")).or_insert(0) += 1,
            503 => {
                refused += 1;
                assert!(answer.head.to_lowercase().contains("retry-after"), "{answer:?}");
            }
            _ => panic!("{answer:?}"),
        }
        if refused > 5 {
            break;
        }
    }
    assert!(refused > 0, "the limit bites");
    daemon.kill_9();
    daemon.after_shell(None);
    daemon.restart();
    let kept = daemon.held().0.len();
    assert_eq!(kept, promised.len(), "{refused} were refused");
}

/// One of very many films.
fn film(number: u64, verb: &str) -> Webhook {
    let title = format!("Film {number}");
    let guid = json!([{"id": format!("tmdb://{}", 7_000_000 + number)}]);
    let webhook = plex(verb).edit("/Metadata/title", json!(title));
    let webhook = webhook.edit("/Metadata/guid", json!(format!("plex://movie/{number:024x}")));
    let webhook = webhook.edit("/Metadata/ratingKey", json!((90_000 + number).to_string()));
    webhook.edit("/Metadata/Guid", guid)
}
