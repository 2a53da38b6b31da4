//! Whoever has a webhook's address may post without end: what becomes of it, and of everybody else.

use crate::daemon::by_hand::Rig;
use crate::daemon::items::{Item, Kind};
use crate::daemon::webhook::{Webhook, jellyfin, plex};
use crate::daemon::{Scrobbled, Trakt, wait_for};
use crate::{MINUTE, all_plays, list, seconds};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

fn film(number: u64) -> Item {
    let name = Box::leak(format!("Flood {number}").into_boxed_str());
    Item { name, kind: Kind::Film, minutes: 100, number: 2000 + number }
}

/// Posts so many webhooks, as fast as several connections can, and counts the answers by status.
fn flood(
    daemon: &Scrobbled,
    count: u64,
    webhook: impl Fn(u64) -> Webhook + Sync,
) -> BTreeMap<u16, u64> {
    let (next, answers) = (AtomicU64::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= count {
                        return;
                    }
                    let status = daemon.post_any(&webhook(number)).status;
                    *answers.lock().expect("no panic").entry(status).or_default() += 1;
                }
            });
        }
    });
    answers.into_inner().expect("no panic")
}

/// How much of an account waits and is parked.
fn kept(daemon: &Scrobbled, account: usize) -> (u64, u64) {
    let status = daemon.quick_status();
    let of = |key: &str| status["accounts"][account][key].as_u64().expect("a number");
    (of("waiting"), of("parked"))
}

/// Bytes of the data folder.
fn data(daemon: &Scrobbled) -> u64 {
    let files = fs::read_dir(daemon.data()).expect("a folder");
    files.flatten().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

#[test]
fn a_flood_of_plays_is_parked_until_somebody_wants_it() {
    let mut rig = Rig::with_config("[trakt]\npost_interval_ms = 0\n");
    for number in 0..105 {
        rig.daemon.post(&Webhook { item: film(number), ..plex("completed") });
    }
    rig.wait(seconds(10));
    let status = rig.status();
    let kept = |status: &Value| (list(status, "outbox"), list(status, "parked"));
    assert_eq!((kept(&status), all_plays(&rig)), ((0, 5), 100), "{:#}", status["warnings"]);
    let why = status["parked"][0]["reason"].as_str().unwrap_or_default();
    assert!(why.starts_with("more than 100 plays within ten minutes"), "{why}");
    rig.wait(11 * MINUTE);
    rig.daemon.post(&plex("completed").of("A"));
    rig.wait(seconds(3));
    assert_eq!((kept(&rig.status()), all_plays(&rig)), ((0, 5), 101), "the flood is over");
    rig.daemon.cli(&["retry", "all"]).good();
    rig.wait(seconds(5));
    assert_eq!((kept(&rig.status()), all_plays(&rig)), ((0, 0), 106));
}

#[test]
fn of_a_flood_so_much_is_kept_and_then_it_is_refused_while_others_go_on() {
    let config = "[[account]]\nname = \"a\"\nplex = [\"mara\"]\n\
                  [[account]]\nname = \"b\"\nplex = [\"jo\"]\n";
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config(config).start(&trakt);
    daemon.cli(&["login", "b"]).good();
    let answers =
        flood(&daemon, 6_000, |number| Webhook { item: film(number), ..plex("completed") });
    let (waiting, parked) = kept(&daemon, 0);
    let taken = answers.get(&200).copied().unwrap_or_default();
    assert!((5_100..5_700).contains(&taken), "{answers:?}");
    assert_eq!((waiting, parked, answers.len()), (100, taken - 100, 2), "{answers:?}");
    assert_eq!(answers.get(&429), Some(&(6_000 - taken)), "{answers:?}");
    let answer = daemon.post_any(&Webhook { item: film(9_999), ..plex("completed") });
    assert!(answer.body.contains("scrobbled drop"), "{answer:?}");

    daemon.post(&plex("completed").by("jo"));
    wait_for("another account's play", || trakt.plays("A"), |plays| *plays == 1);
    assert!(data(&daemon) < 20_000_000, "{} bytes", data(&daemon));
    let log = daemon.home.log();
    assert!(log.lines().count() < 1_000, "{} lines", log.lines().count());

    daemon.cli(&["drop", "all"]).good();
    daemon.post(&Webhook { item: film(9_999), ..plex("completed") });
    assert_eq!(kept(&daemon, 0), (100, 1), "there is room again, and the flood is not over");
}

#[test]
fn of_starts_without_end_the_last_ones_wait_and_hold_up_no_play() {
    let daemon = Scrobbled::with_config("").start_alone();
    let starts = |number: u64| {
        let webhook = Webhook { item: film(number), ..jellyfin("play").at(20.0) };
        webhook.on(&format!("player {number}"))
    };
    assert_eq!(flood(&daemon, 1_000, starts), BTreeMap::from([(200, 1_000)]));
    daemon.post(&plex("completed").of("A"));
    assert_eq!(kept(&daemon, 0), (101, 0));
}

#[test]
fn the_log_has_so_many_lines_of_a_kind_a_minute_and_then_their_number() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    let nobodys = |number| Webhook { item: film(number), ..plex("play").at(20.0) };
    flood(&daemon, 300, |number| nobodys(number).edit("/Metadata/type", "track".into()));
    daemon.post(&plex("completed").of("A"));
    daemon.terminate();
    let log = daemon.home.log();
    let lines = |part: &str| log.lines().filter(|line| line.contains(part)).count();
    assert_eq!(lines("is neither a movie nor an episode"), 101, "with the last one, in the sum");
    assert_eq!(lines("… and 200 more lines of this kind within a minute, the last:"), 1);
    assert_eq!(lines("queued: watched"), 1, "others are not crowded out");
}
