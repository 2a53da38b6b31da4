//! The real daemon and the stand-in for Simkl: each play once, at its time, with few calls.

use super::daemon::items::{ITEMS, declare};
use super::daemon::webhook::plex;
use super::daemon::{Scrobbled, wait_for};
use scrobbled::clock::Clock;
use scrobbled::delivery::{Destination, TokenPair};
use scrobbled::event::Time;
use scrobbled::store::Store;
use standin::simkl::{self, Catalogue, Server};
use standin::trakt::{self, Fault, Faults};
use std::time::Duration;

/// A daemon whose only account is connected to the stand-in, where it is `anna`.
fn connected() -> (Server, Scrobbled) {
    let mut catalogue = trakt::Catalogue::samples();
    declare(&mut catalogue, &ITEMS);
    let simkl = simkl::Simkl::new(Catalogue::of(&catalogue));
    let now = || standin::Time(Clock::Machine.now().0);
    let server = Server::start(simkl, "127.0.0.1:0", now).expect("a port for Simkl");
    let tokens = server.sign_in("anna");
    let config = "scrobble.pause_debounce_seconds = 0\n";
    let setup = Scrobbled::with_config(config)
        .set("SIMKL_CLIENT_ID", simkl::CLIENT_ID)
        .set("SIMKL_API_URL", &server.url())
        .set("SIMKL_POST_INTERVAL_MS", "1000");
    let mut store = Store::open(&setup.home().path().join("scrobbled-data")).expect("a database");
    let week = Duration::from_secs(7 * 24 * 3600);
    let now = Time(Clock::Machine.now().0);
    let pair = TokenPair::new(tokens.access, tokens.refresh, now, week).expect("a pair");
    store.log_in(&Destination::new("default", "simkl"), &pair).expect("it is kept");
    drop(store);
    (server, setup.start_alone())
}

fn calls(server: &Server) -> Vec<String> {
    server.with(|simkl| simkl.calls())
}

#[track_caller]
fn wait_for_calls(server: &Server, expected: &[&str]) {
    wait_for(&format!("{expected:?}"), || calls(server), |calls| calls == expected);
}

#[test]
fn a_film_is_one_play_at_simkl_and_costs_a_call_for_each_thing_told() {
    let (server, daemon) = connected();
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    daemon.post(&plex("pause").at(40.0));
    wait_for_calls(&server, &["start A 5", "pause A 40"]);
    daemon.post(&plex("resume").at(40.0));
    wait_for_calls(&server, &["start A 5", "pause A 40", "start A 40"]);
    // The answer to the play is lost: it is told again, with its time, and is one.
    server.order(Fault::Reset.once().applied().on("POST", "/scrobble/stop"));
    daemon.post(&plex("completed").at(91.0));
    daemon.post(&plex("stop").at(97.0));
    let plays = || server.with(|simkl| simkl.plays("anna"));
    wait_for("the play", plays, |plays| plays.len() == 1);
    let waiting = || daemon.quick_status()["accounts"][0]["waiting"].as_u64();
    wait_for("all to be told", waiting, |waiting| *waiting == Some(0));
    assert_eq!(plays().len(), 1);
    let (requests, open, violations) =
        server.with(|simkl| (simkl.requests(), simkl.open("anna"), simkl.violations()));
    // One asks who we are, once more after the outage; one call is told twice.
    assert!(requests <= 7, "{requests}: {:?}", calls(&server));
    assert_eq!((open, violations), (vec![], 0));
    let account = daemon.quick_status()["accounts"][0].clone();
    let simkl = account["trackers"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["tracker"] == "simkl"));
    let simkl = simkl.expect("Simkl");
    let left = simkl["calls_left"].as_u64().expect("it is known");
    assert!(left >= 490, "{simkl}");
    let told = format!(
        "\nAccounts\n  default: connected to Simkl as `anna`; calls left today: {left}; 0 waiting, 0 \
         parked\n"
    );
    let status = daemon.cli(&["status"]).good();
    assert!(status.contains(&told), "{told}{status}");
}

#[test]
fn a_start_is_ended_though_simkl_was_away_and_the_daemon_was_killed() {
    let (server, mut daemon) = connected();
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    server.order(Fault::status(503).times(u32::MAX));
    let before = server.requests();
    daemon.post(&plex("stop").at(40.0));
    wait_for("Simkl to be called", || server.requests(), |requests| *requests > before);
    daemon.kill_9();
    server.misbehave(Faults::default());
    daemon.begin(&[]);
    let open = || server.with(|simkl| simkl.open("anna").len());
    wait_for("the start to be ended", open, |open| *open == 0);
    let left = server.with(|simkl| simkl.left("anna"));
    assert_eq!(left, [("A".to_owned(), 40.0)]);
    assert_eq!(server.with(|simkl| simkl.plays("anna")), []);
}

#[test]
fn a_play_survives_a_kill_before_its_answer() {
    let (server, mut daemon) = connected();
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    server.order(Fault::Silence.once().applied().on("POST", "/scrobble/stop"));
    daemon.post(&plex("completed").at(91.0));
    let plays = || server.with(|simkl| simkl.plays("anna").len());
    wait_for("the play", plays, |plays| *plays == 1);
    daemon.kill_9();
    daemon.begin(&[]);
    let waiting = || daemon.quick_status()["accounts"][0]["waiting"].as_u64();
    wait_for("all to be told", waiting, |waiting| *waiting == Some(0));
    assert_eq!(plays(), 1);
}

/// Nobody could end it afterwards, and Simkl would make a play of it when the next start comes.
#[test]
fn who_is_logged_out_while_something_plays_leaves_no_start_open() {
    let (server, daemon) = connected();
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    let said = daemon.cli(&["logout", "--to", "simkl"]).good();
    assert!(!said.contains("could not be ended"), "{said}");
    let [_, pause] = &calls(&server)[..] else { panic!("{:?}", calls(&server)) };
    assert!(pause.starts_with("pause A 5"), "where it stands by now: {pause}");
    assert_eq!(server.with(|simkl| simkl.open("anna")), [""; 0]);
    let last = server.log().pop().map(|logged| logged.target).unwrap_or_default();
    assert!(last.starts_with("/oauth2/revoke"), "{last}");
    // What was told for the logout is of no use to the next login; what was decided since is.
    let waiting = || daemon.quick_status()["accounts"][0]["waiting"].as_u64();
    assert_eq!(waiting(), Some(0));
    daemon.post(&plex("completed").at(91.0));
    assert_eq!(waiting(), Some(1));
}

#[test]
fn who_logs_in_as_somebody_else_leaves_no_start_open_at_the_one_before() {
    let (server, daemon) = connected();
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    server.with(|simkl| simkl.options.user = "ben".to_owned());
    let said = daemon.cli(&["login", "--to", "simkl"]).good();
    assert!(said.contains("connected as ben"), "{said}");
    assert_eq!(server.with(|simkl| simkl.open("anna")), [""; 0]);
    daemon.post(&plex("completed").at(91.0));
    let plays = |user: &'static str| server.with(|simkl| simkl.plays(user).len());
    wait_for("the play", || plays("ben"), |plays| *plays == 1);
    assert_eq!(plays("anna"), 0);
    // The same user again: what plays goes on.
    daemon.post(&plex("play").of("B").at(5.0));
    wait_for("the next start", || calls(&server), |calls| calls.ends_with(&["start B 5".into()]));
    daemon.cli(&["login", "--to", "simkl"]).good();
    assert_eq!(server.with(|simkl| simkl.open("ben")), ["B"]);
}

/// No daemon is there that could end it.
#[test]
fn a_start_that_could_not_be_ended_at_a_logout_is_told() {
    let (server, mut daemon) = connected();
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    daemon.kill_9();
    let said = daemon.cli(&["logout", "--to", "simkl"]).good();
    let told = "`A (2001)` could not be ended at Simkl, which may count it as watched later; if it \
                does, remove it there\n";
    assert!(said.contains(told), "{said}");
    assert_eq!(calls(&server), ["start A 5"]);
}
