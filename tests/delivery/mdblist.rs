//! The real daemon and the stand-in for MDBList: each play once, at its time, whatever gets lost.

use super::daemon::by_hand::Rig;
use super::daemon::items::{ITEMS, declare};
use super::daemon::webhook::{Webhook, jellyfin, plex};
use super::daemon::{Scrobbled, wait_for};
use super::{DAY, MINUTE, seconds};
use scrobbled::clock::Clock;
use scrobbled::delivery::{Destination, TokenPair};
use scrobbled::event::Time;
use scrobbled::store::Store;
use serde_json::json;
use standin::mdblist::{self, Catalogue, MdbList, Server};
use standin::trakt::{self, Fault, Faults};
use std::time::Duration;

/// The stand-in, which knows all that is played here.
fn mdblist() -> Server {
    let mut catalogue = trakt::Catalogue::samples();
    declare(&mut catalogue, &ITEMS);
    let now = || standin::Time(Clock::Machine.now().0);
    let mdblist = MdbList::new(Catalogue::of(&catalogue));
    Server::start(mdblist, "127.0.0.1:0", now).expect("a port for MDBList")
}

/// A daemon whose only account is connected to the stand-in, where it is `anna`; by a key, and then it
/// has no app.
fn connected(by_key: bool) -> (Server, Scrobbled) {
    let server = mdblist();
    let config = "scrobble.pause_debounce_seconds = 0\nlog = \"debug\"\n[plex]\nratings = true\n";
    let setup = Scrobbled::with_config(config)
        .set("MDBLIST_CLIENT_ID", if by_key { "" } else { mdblist::CLIENT_ID })
        .set("MDBLIST_API_URL", &server.url())
        .set("MDBLIST_POST_INTERVAL_MS", "200");
    let mut store = Store::open(&setup.home().path().join("scrobbled-data")).expect("a database");
    let now = Time(Clock::Machine.now().0);
    let login = if by_key {
        TokenPair::key(server.with(|mdblist| mdblist.issue_key("anna")), now)
    } else {
        let mdblist::Tokens { access, refresh } = server.sign_in("anna");
        TokenPair::new(access, refresh, now, Duration::from_secs(30 * 24 * 3600))
    };
    let login = login.expect("a login");
    store.log_in(&Destination::new("default", "mdblist"), &login).expect("it is kept");
    drop(store);
    (server, setup.start_alone())
}

fn calls(server: &Server) -> Vec<String> {
    server.with(|mdblist| mdblist.calls())
}

#[track_caller]
fn wait_for_calls(server: &Server, expected: &[&str]) {
    wait_for(&format!("{expected:?}"), || calls(server), |calls| calls == expected);
}

fn plays(server: &Server) -> Vec<(String, standin::Time)> {
    server.with(|mdblist| mdblist.plays("anna"))
}

#[track_caller]
fn wait_until_all_is_told(daemon: &Scrobbled) {
    let waiting = || daemon.quick_status()["accounts"][0]["waiting"].as_u64();
    wait_for("all to be told", waiting, |waiting| *waiting == Some(0));
}

#[test]
fn a_film_is_one_play_at_mdblist_though_the_answer_to_its_stop_is_lost() {
    for by_key in [false, true] {
        let (server, daemon) = connected(by_key);
        daemon.post(&plex("play").at(5.0));
        wait_for_calls(&server, &["start A 5"]);
        daemon.post(&plex("pause").at(40.0));
        daemon.post(&plex("resume").at(40.0));
        wait_for_calls(&server, &["start A 5", "pause A 40", "start A 40"]);
        server.order(Fault::Reset.once().applied().on("POST", "/scrobble/stop"));
        daemon.post(&plex("completed").at(91.0));
        daemon.post(&plex("stop").at(97.0));
        wait_for("the play", || plays(&server).len(), |count| *count == 1);
        wait_until_all_is_told(&daemon);
        assert_eq!(plays(&server).len(), 1, "{:?}", calls(&server));
        // Who we are, twice: once more after the outage; and a look before the stop and after it.
        let requests = server.with(|mdblist| mdblist.requests());
        assert!(requests <= 8, "{requests}: {:#?}", server.log());
        let account = daemon.quick_status()["accounts"][0].clone();
        assert_eq!(account["trackers"][0]["tracker"], "mdblist", "{account}");
        let left = account["trackers"][0]["calls_left"].as_u64();
        assert!(left.is_some_and(|left| (990..1000).contains(&left)), "{account}");
        // With a key the address is a secret.
        let keys = server
            .log()
            .into_iter()
            .filter_map(|one| one.target.split_once("apikey=").map(|(_, key)| key.to_owned()));
        let keys: Vec<String> = keys.collect();
        assert_eq!(keys.is_empty(), !by_key);
        let log = daemon.wait_for_log("POST /scrobble/start");
        let shown = keys.iter().any(|key| log.contains(key)) || log.contains("apikey");
        assert!(!shown, "{log}");
        let status = daemon.quick_status().to_string();
        assert!(!keys.iter().any(|key| status.contains(key)), "{status}");
    }
}

#[test]
fn plays_are_once_each_at_their_times_though_mdblist_was_away_and_the_daemon_was_killed() {
    let (server, mut daemon) = connected(false);
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    server.order(Fault::status(503).times(u32::MAX));
    let before = server.requests();
    daemon.post(&plex("completed").at(91.0));
    let ended = Clock::Machine.now();
    wait_for("MDBList to be called", || server.requests(), |requests| *requests > before);
    daemon.post(&jellyfin("completed").of("B").at(95.0));
    daemon.kill_9();
    server.misbehave(Faults::default());
    daemon.begin(&[]);
    wait_for("the plays", || plays(&server).len(), |count| *count == 2);
    wait_until_all_is_told(&daemon);
    let plays = plays(&server);
    assert_eq!(plays.len(), 2, "{plays:?}");
    for (label, at) in plays {
        let apart = at.0.abs_diff(ended.0);
        assert!(apart < 20_000, "{label} is {apart} ms off");
    }
}

#[test]
fn a_play_whose_answer_never_came_survives_a_kill_as_one() {
    let (server, mut daemon) = connected(true);
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    server.order(Fault::Silence.once().applied().on("POST", "/scrobble/stop"));
    daemon.post(&plex("completed").at(91.0));
    wait_for("the play", || plays(&server).len(), |count| *count == 1);
    daemon.kill_9();
    daemon.begin(&[]);
    wait_until_all_is_told(&daemon);
    assert_eq!(plays(&server).len(), 1);
    let looks =
        server.log().iter().filter(|one| one.target.starts_with("/sync/watched?plays=all")).count();
    assert_eq!(looks, 2, "before the stop, and before it is told again");
}

#[test]
fn what_was_left_is_a_position_and_what_was_hardly_begun_is_none() {
    let (server, daemon) = connected(false);
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    daemon.post(&plex("stop").at(85.0));
    wait_for_calls(&server, &["start A 5", "pause A 79.9"]);
    let left = server.with(|mdblist| mdblist.left("anna"));
    assert_eq!(left, [("A".to_owned(), 79.9)]);
    assert_eq!(plays(&server), []);
    daemon.post(&plex("rate").of("B").at(8.0));
    wait_for("the rating", || server.with(|mdblist| mdblist.ratings("anna")), |all| all.len() == 1);
}

#[test]
fn a_refresh_is_kept_before_it_is_used_and_a_kill_after_it_needs_no_login() {
    let (server, mut daemon) = connected(false);
    daemon.post(&plex("play").at(5.0));
    wait_for_calls(&server, &["start A 5"]);
    server.with(|mdblist| mdblist.let_run_out("anna"));
    // The question before the play finds that out. The play, with the new token, is never answered.
    server.order(Fault::Silence.once().on("POST", "/scrobble/stop"));
    daemon.post(&plex("completed").at(91.0));
    let refreshed = || server.log().iter().filter(|one| one.target == "/oauth/token/").count();
    wait_for("a refresh", refreshed, |count| *count == 1);
    wait_for("a call with it", || server.in_hand().len(), |count| *count == 1);
    daemon.kill_9();
    daemon.begin(&[]);
    wait_for("the play", || plays(&server).len(), |count| *count == 1);
    let state = || daemon.quick_status()["accounts"][0]["state"].clone();
    wait_for("that all is well", state, |state| state == "connected");
    assert_eq!(refreshed(), 1);
}

type Says = fn(&str) -> Webhook;

/// One viewing. Another program may tell of it four minutes before we do, and the daemon be killed between.
fn watch(rig: &mut Rig, webhook: Says, label: &str, is_elsewhere: bool, is_killed: bool) {
    rig.daemon.post(&webhook("play").at(5.0));
    rig.wait(seconds(10));
    rig.step(36 * MINUTE);
    if is_elsewhere {
        rig.tracker("mdblist").play_elsewhere("demo", label, rig.now());
    }
    rig.step(4 * MINUTE);
    rig.settle();
    if is_killed {
        rig.restart();
    }
    rig.daemon.post(&webhook("completed").at(91.0));
    rig.wait(seconds(10));
    rig.daemon.post(&webhook("stop").at(97.0));
    rig.wait(MINUTE);
}

#[test]
fn another_programs_play_stands_for_its_viewing_and_for_no_other() {
    let named: [(&str, Says); 3] = [
        ("A", |verb| plex(verb)),
        ("Drama 1x01", |verb| plex(verb).of("D1")),
        // By its show and its place there.
        ("Drama 1x02", |verb| plex(verb).of("D2").edit("/Metadata/Guid", json!([]))),
    ];
    let mut rig = Rig::beside_all("");
    rig.login_to(None, Some("mdblist"));
    for (label, webhook) in named {
        let viewings = [(true, false), (false, false), (true, true), (false, true)];
        for (count, (is_elsewhere, is_killed)) in (1..).zip(viewings) {
            watch(&mut rig, webhook, label, is_elsewhere, is_killed);
            let mdblist = rig.tracker("mdblist");
            assert_eq!(mdblist.plays(label).len(), count, "{label}: {:?}", mdblist.calls());
            rig.step(3 * DAY);
            rig.settle();
        }
    }
    assert_eq!(rig.tracker("mdblist").wrong(), Vec::<String>::new());
}
