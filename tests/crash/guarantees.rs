//! Each guarantee by itself, and what happens without it.

use crate::daemon::webhook::{jellyfin, plex};
use crate::daemon::{Scrobbled, Trakt, all_good, wait_for};
use serde_json::json;
use standin::trakt::{Fault, Order};
use std::fs;
use std::path::PathBuf;

/// A Trakt that itself would not notice a second play.
fn naive() -> Trakt {
    let trakt = Trakt::start();
    trakt.server.with(|trakt| trakt.options.repeat_seconds = Some(0));
    trakt
}

/// Trakt hides its history from who looks.
fn blind(trakt: &Trakt) {
    let nothing = Fault::json(200, json!([]));
    trakt.order(nothing.times(u32::MAX).on("GET", "/sync/history"));
}

/// How many plays it makes that the daemon is killed while Trakt does not answer to one.
fn plays_after_a_kill(order: Order, is_blind: bool) -> usize {
    let trakt = naive();
    trakt.order(order.on("POST", "/scrobble/stop"));
    if is_blind {
        blind(&trakt);
    }
    let mut daemon = Scrobbled::with_config("").start(&trakt).login();
    daemon.post(&plex("completed"));
    wait_for("the call", || trakt.server.in_hand(), |calls| calls == &["/scrobble/stop"]);
    daemon.restart();
    wait_for("an empty outbox", || daemon.held().0, Vec::is_empty);
    trakt.plays("A")
}

#[test]
fn a_kill_while_trakt_answers_is_one_play_since_trakt_is_looked_at_first() {
    let cases = [
        ("before Trakt took it", Fault::Silence.once(), false, 1),
        ("after Trakt took it", Fault::Silence.once().applied(), false, 1),
        ("the same, unseen", Fault::Silence.once().applied(), true, 2),
    ];
    let mut wrong = Vec::new();
    for (name, order, is_blind, expected) in cases {
        let plays = plays_after_a_kill(order, is_blind);
        if plays != expected {
            wrong.push(format!("{name}: {plays} plays, expected {expected}"));
        }
    }
    all_good(&wrong);
}

/// What is in a daemon's database, while it is down.
struct Disk {
    database: PathBuf,
    content: Vec<u8>,
    log: Vec<u8>,
}

impl Disk {
    fn of(daemon: &Scrobbled) -> Self {
        let database = daemon.data().join("scrobbled.db");
        let content = fs::read(&database).expect("a database");
        let log = fs::read(database.with_extension("db-wal")).expect("its log");
        Self { database, content, log }
    }

    fn put_back(&self) {
        fs::write(&self.database, &self.content).expect("a database");
        fs::write(self.database.with_extension("db-wal"), &self.log).expect("its log");
        let _ = fs::remove_file(self.database.with_extension("db-shm")); // made anew
    }
}

#[test]
fn what_was_answered_is_on_the_disk() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    daemon.post(&plex("completed").of("A"));
    let log = daemon.data().join("scrobbled.db-wal");
    let before = fs::metadata(&log).expect("the log").len();
    daemon.post(&jellyfin("completed").of("B").at(95.0));
    daemon.kill_9();
    let mut disk = Disk::of(&daemon);
    daemon.restart();
    assert_eq!(daemon.held().0.len(), 2);

    // The control: without what the answer waited for, the play is lost.
    daemon.kill_9();
    disk.log.truncate(usize::try_from(before).expect("a small file"));
    disk.put_back();
    daemon.restart();
    assert_eq!(daemon.held().0.len(), 1);
}

#[test]
fn a_renewed_login_is_on_the_disk_before_its_first_use() {
    let refused = || Fault::status(401).on("POST", "/scrobble/stop");
    for is_undone in [false, true] {
        let trakt = naive();
        let mut daemon = Scrobbled::with_config("").start(&trakt).login();
        daemon.kill_9();
        let disk = Disk::of(&daemon);
        daemon.restart();
        trakt.order(refused());
        daemon.post(&plex("completed").of("A"));
        wait_for("a play with the new pair", || trakt.plays("A"), |plays| *plays == 1);
        daemon.kill_9();
        if is_undone {
            disk.put_back();
        }
        daemon.restart();
        trakt.order(refused());
        daemon.post(&plex("completed").of("B"));
        if is_undone {
            // The control: the old refresh token is spent.
            let state = || daemon.status()["accounts"][0]["state"].clone();
            wait_for("the word of it", state, |state| state == "login needed");
            assert_eq!((trakt.plays("B"), daemon.held().0.len()), (0, 1));
            daemon.cli(&["login"]).good();
        }
        wait_for("a play of B", || trakt.plays("B"), |plays| *plays == 1);
    }
}

#[test]
fn what_is_sent_again_counts_once() {
    let trakt = naive();
    let mut daemon = Scrobbled::with_config("").start(&trakt).login();
    let twice = [
        plex("play").at(20.0),
        plex("pause").at(40.0),
        plex("resume").at(40.0),
        plex("completed").at(95.0),
        plex("stop").at(97.0),
        plex("rate").at(8.0),
    ];
    for webhook in &twice {
        daemon.post(webhook);
        daemon.kill_9();
        // What it has sent arrives before the next one looks.
        wait_for("Trakt to hear of that", || trakt.server.is_idle(), |idle| *idle);
        daemon.begin(&[]);
        daemon.post(webhook);
    }
    wait_for("an empty outbox", || daemon.held().0, Vec::is_empty);
    let calls = trakt.calls();
    let of = |word: &str| calls.iter().filter(|call| call.starts_with(word)).count();
    assert_eq!((trakt.plays("A"), of("stop"), of("history")), (1, 1, 0), "{calls:?}");

    // The limit: a start that comes after the end of its own viewing begins another one.
    for webhook in
        [plex("completed").of("B"), plex("play").of("B").at(1.0), plex("completed").of("B")]
    {
        daemon.post(&webhook);
    }
    wait_for("a second play", || trakt.plays("B"), |plays| *plays == 2);
}
