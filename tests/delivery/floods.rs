//! Whoever has a webhook's address may post without end: what becomes of it, and of everybody else.

use crate::daemon::items::{Item, Kind};
use crate::daemon::webhook::{Webhook, jellyfin, plex};
use crate::daemon::Scrobbled;
use std::collections::BTreeMap;
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
    assert_eq!(lines("queued: finish"), 1, "others are not crowded out");
}
