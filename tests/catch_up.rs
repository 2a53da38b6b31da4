//! The real daemon beside media servers that have a history: what nobody told of is found there.

#![cfg(test)]

mod daemon;

use daemon::by_hand::{BEGIN, Rig};
use daemon::items::{self, ITEMS};
use daemon::webhook::plex as posts;
use daemon::{Scrobbled, Trakt, wait_for};
use scrobbled::clock::{Clock, HandClock};
use scrobbled::event::Time;
use serde_json::Value;
use standin::jellyfin::{self, Dialect, Jellyfin};
use standin::media_server::Fake;
use standin::plex::{self, Library, Plex, Watch};
use standin::receiver::{self, Receiver};
use standin::trakt::{Catalogue, Fault};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Who watches here, and whose server it is.
const WHO: &str = "mara.finch";

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    items::declare(&mut catalogue, &ITEMS);
    catalogue
}

/// A Plex on a clock that is so many milliseconds ahead of everybody else's.
fn a_plex(hand: &Arc<HandClock>, ahead_ms: i64) -> plex::Server {
    let clock = Clock::ByHand(hand.clone());
    let now = move || standin::Time(clock.now().moved(ahead_ms).0);
    plex::Server::start(Plex::new(Library::of(&catalogue())), "127.0.0.1:0", now).expect("a port")
}

fn a_jellyfin(hand: &Arc<HandClock>, dialect: Dialect, ahead_ms: i64) -> jellyfin::Server {
    let clock = Clock::ByHand(hand.clone());
    let now = move || standin::Time(clock.now().0);
    let mut jellyfin = Jellyfin::new(dialect).with(&catalogue());
    jellyfin.options.skew_ms = ahead_ms;
    jellyfin.user(WHO);
    jellyfin::Server::start(jellyfin, "127.0.0.1:0", now).expect("a port")
}

fn asks_plex(server: &plex::Server, more: &str) -> String {
    format!("[plex]\nurl = \"{}\"\ntoken = \"{}\"\n{more}\n", server.url(), plex::TOKEN)
}

fn asks(kind: &str, server: &jellyfin::Server) -> String {
    format!("[{kind}]\nurl = \"{}\"\napi_key = \"{}\"\n", server.url(), jellyfin::KEY)
}

/// Somebody has watched something, so long ago.
fn watched(server: &plex::Server, rig: &Rig, what: &str, ago: Duration) {
    let at = standin::Time(rig.now().before(ago).0);
    assert!(server.with(|plex| plex.watched(WHO, what, at)), "{what}");
}

/// When the plays of something at Trakt were, in minutes ago.
fn plays(rig: &Rig, what: &str) -> Vec<u64> {
    let plays = rig.server().plays(what).into_iter();
    // A server tells its time to the second.
    plays.map(|at| (rig.now().since(Time(at.0)).as_secs() + 30) / 60).collect()
}

/// When a history was last read to its end.
fn last_read(rig: &Rig, kind: &str) -> Option<Time> {
    let servers = rig.status()["servers"].clone();
    let server = servers.as_array().and_then(|all| all.iter().find(|it| it["kind"] == kind));
    let last = server.and_then(|server| server["last_catch_up"].as_str().map(str::to_owned));
    last.and_then(|at| Time::from_rfc3339(&at))
}

/// Waits until a history was read that had what there is in it by now.
fn until_read(rig: &Rig, kind: &str, from: Time) {
    wait_for("a catch-up", || last_read(rig, kind), |at| at.is_some_and(|at| at >= from));
}

/// What plays, as `status` tells it.
fn playing(rig: &Rig) -> Vec<String> {
    let playing = rig.status()["playing"].as_array().cloned().unwrap_or_default();
    playing.iter().filter_map(|it| it["item"].as_str().map(str::to_owned)).collect()
}

fn a_scene(more: &str) -> (Rig, plex::Server, Arc<HandClock>) {
    let hand = HandClock::at(BEGIN);
    let server = a_plex(&hand, 0);
    let rig = Rig::on(hand.clone(), &asks_plex(&server, more));
    until_read(&rig, "plex", BEGIN);
    (rig, server, hand)
}

/// Somebody watches these minutes of something while the daemon is down.
fn view(rig: &mut Rig, server: &jellyfin::Server, what: &str, minutes: Range<u32>) {
    server.at(|it, now| it.play("den", WHO, what, MINUTE * minutes.start, now));
    for _ in minutes {
        rig.wait_down(MINUTE);
        server.at(standin::jellyfin::Jellyfin::pass);
    }
    server.at(|it, now| it.stop("den", now));
}

/// Runs a command that asks for a run, whose thread waits for nobody's clock.
fn catch_up(rig: &Rig, words: &[&str]) -> String {
    let words: Vec<&str> = ["catch-up"].iter().chain(words).copied().collect();
    rig.daemon.cli(&words).good()
}

#[test]
fn a_lost_webhook_is_found_at_the_next_start_at_its_true_time_and_once() {
    let (mut rig, server, _) = a_scene("");
    rig.daemon.kill_9();
    rig.wait_down(DAY / 4);
    watched(&server, &rig, "A", 2 * HOUR);
    rig.start_again();
    until_read(&rig, "plex", rig.now());
    rig.wait(MINUTE);
    assert_eq!(plays(&rig, "A"), [121]);
    let events = rig.status()["events"].clone();
    let found = |it: &&Value| it["event"] == "played";
    let line = events.as_array().and_then(|all| all.iter().find(found)).expect("its line").clone();
    assert_eq!((&line["ear"], &line["outcome"]), (&"history".into(), &"queued".into()));
    let reason = line["reason"].as_str().unwrap_or_default();
    assert!(
        reason
            .ends_with("as the server's history shows (history row 4101); nothing else told of it")
    );
    for _ in 0..2 {
        rig.restart();
        until_read(&rig, "plex", rig.now());
        rig.wait(MINUTE);
    }
    assert_eq!(plays(&rig, "A").len(), 1);
}

#[test]
fn a_program_is_told_at_once_of_what_was_found() {
    let now = standin::Time(BEGIN.0);
    let receiver = receiver::Server::start(Receiver::default(), "127.0.0.1:0", move || now);
    let receiver = receiver.expect("a port");
    let (rig, server, _) =
        a_scene(&format!("[[receiver]]\nname = 'floppy'\nurl = '{}/'", receiver.url()));
    watched(&server, &rig, "A", 2 * HOUR);
    catch_up(&rig, &["--since", "1d"]);
    let events = || receiver.with(|receiver| receiver.events().clone());
    let told = wait_for("the play", events, |events| !events.is_empty());
    let (its_type, data) = (&told[0]["type"], &told[0]["data"]);
    assert_eq!((its_type, &data["late"]), (&"play.finish".into(), &true.into()));
}

#[test]
fn what_was_told_is_not_told_again_whoever_counts_it_when() {
    let (mut rig, server, _) = a_scene("");
    rig.daemon.post(&posts("play").of("A").at(0.0));
    rig.wait(90 * MINUTE);
    watched(&server, &rig, "A", Duration::ZERO);
    rig.daemon.post(&posts("scrobble").of("A").at(90.0));
    rig.wait(10 * MINUTE);
    rig.daemon.post(&posts("stop").of("A").at(100.0));
    rig.wait(MINUTE);
    let said = catch_up(&rig, &["--since", "7d"]);
    assert!(said.contains("1 found, 0 to be sent, 1 already told, 0 held"), "{said}");
    rig.wait(MINUTE);
    assert_eq!(plays(&rig, "A").len(), 1);
}

#[test]
fn three_days_without_a_daemon_are_caught_up_with() {
    let (mut rig, server, _) = a_scene("");
    rig.daemon.end(true);
    rig.wait_down(3 * DAY);
    for (what, ago) in [("A", 70), ("B", 46), ("Drama 1x01", 45), ("Drama 1x02", 22), ("A", 3)] {
        watched(&server, &rig, what, ago * HOUR);
    }
    rig.start_again();
    until_read(&rig, "plex", rig.now());
    rig.wait(2 * MINUTE);
    let hours = |what| plays(&rig, what).into_iter().map(|it| it / 60).collect::<Vec<_>>();
    assert_eq!(hours("A"), [70, 3]);
    assert_eq!(
        (hours("B"), hours("Drama 1x01"), hours("Drama 1x02")),
        (vec![46], vec![45], vec![22])
    );
}

#[test]
fn before_the_first_start_only_the_command_looks_and_a_dry_run_changes_nothing() {
    let hand = HandClock::at(BEGIN);
    let server = a_plex(&hand, 0);
    let before = standin::Time(BEGIN.before(5 * DAY).0);
    server.with(|plex| plex.watched(WHO, "A", before));
    let mut rig = Rig::on(hand, &asks_plex(&server, "catch_up = false"));
    rig.wait(2 * DAY);
    assert_eq!(
        (rig.status()["servers"][0]["last_catch_up"].clone(), plays(&rig, "A").len()),
        (Value::Null, 0)
    );
    let said = catch_up(&rig, &["--since", "30d", "--dry-run"]);
    assert!(said.contains("1 found, 1 would be sent, 0 already told, 0 held"), "{said}");
    assert!(said.contains("  would be sent: A ("), "{said}");
    assert!(said.trim_end().ends_with("nothing was changed"), "{said}");
    rig.wait(MINUTE);
    assert_eq!(plays(&rig, "A").len(), 0);
    let said = catch_up(&rig, &["--since", "3d"]);
    assert!(said.contains("0 found, 0 to be sent"), "{said}");
    let said = catch_up(&rig, &["--since", "30d"]);
    assert!(said.contains("1 found, 1 to be sent, 0 already told, 0 held"), "{said}");
    rig.wait(MINUTE);
    assert_eq!(plays(&rig, "A").len(), 1);
}

#[test]
fn what_plays_at_the_first_start_is_shown_as_heard_and_stays_so_when_a_play_of_before_is_found() {
    let hand = HandClock::at(BEGIN);
    let server = a_plex(&hand, 0);
    server.with(|plex| {
        plex.watched(WHO, "A", standin::Time(BEGIN.before(DAY).0));
        let from_ms = 30 * 60_000;
        let watch = plex::Watch { who: Some(WHO), player: "den", what: "A", from_ms };
        assert!(plex.play(&watch, standin::Time(BEGIN.0)));
    });
    let mut rig = Rig::on(hand, &asks_plex(&server, ""));
    let next = || {
        rig.step(Duration::from_secs(1));
        playing(&rig)
    };
    wait_for("A to be taken up", next, |items| *items == ["A (2001)"]);
    let said = rig.daemon.cli(&["status"]).good();
    assert!(!said.contains("Nothing was heard yet"), "{said}");
    let said = catch_up(&rig, &["--since", "7d"]);
    assert!(said.contains("1 found, 1 to be sent, 0 already told, 0 held"), "{said}");
    assert_eq!(playing(&rig), ["A (2001)"]);
}

#[test]
fn whose_plays_are_found_is_told_and_that_they_are_several_peoples() {
    let hand = HandClock::at(BEGIN);
    let server = a_plex(&hand, 0);
    server.with(|plex| {
        plex.invite("jo");
        plex.watched(WHO, "A", standin::Time(BEGIN.before(3 * DAY).0));
        plex.watched("jo", "B", standin::Time(BEGIN.before(2 * DAY).0));
    });
    let rig = Rig::on(hand, &asks_plex(&server, ""));
    let said = catch_up(&rig, &["--since", "7d", "--dry-run"]);
    assert!(
        said.contains(&format!("  would be sent: A (2001) by {WHO} for default at ")),
        "{said}"
    );
    assert!(said.contains("  would be sent: B (2001) by jo for default at "), "{said}");
    let warnings = rig.status()["warnings"].to_string();
    assert!(
        warnings.contains("the plays of several people (mara.finch at Plex, jo at Plex)"),
        "{warnings}"
    );
}

#[test]
fn what_jellyfin_and_emby_have_of_before_the_first_start_is_left_alone_too() {
    for (kind, dialect) in [("jellyfin", Dialect::Jellyfin12), ("emby", Dialect::Emby)] {
        let hand = HandClock::at(BEGIN);
        let loft = a_jellyfin(&hand, dialect, 0);
        // It is looked further back for the beginning of what ends in the window.
        let before = standin::Time(BEGIN.before(HOUR).0);
        loft.with(|loft| loft.watched(WHO, "A", before));
        let mut rig = Rig::on(hand, &asks(kind, &loft));
        until_read(&rig, kind, BEGIN);
        rig.wait(MINUTE);
        assert_eq!(rig.trakt.calls(), [""; 0], "{kind}");
        let said = catch_up(&rig, &["--since", "1d"]);
        assert!(said.contains("1 found, 1 to be sent, 0 already told, 0 held"), "{kind}: {said}");
        rig.wait(MINUTE);
        assert_eq!(plays(&rig, "A").len(), 1, "{kind}");
    }
}

#[test]
fn an_import_is_held_and_sent_when_somebody_asks() {
    let (mut rig, server, _) = a_scene("");
    rig.daemon.kill_9();
    rig.wait_down(DAY);
    for n in 0..30 {
        watched(
            &server,
            &rig,
            ["A", "B", "C", "K", "L"][n % 5],
            HOUR + Duration::from_millis(n as u64),
        );
    }
    for n in 1..=10 {
        for _ in 0..2 {
            watched(&server, &rig, &format!("Toons 1x{n:02}"), HOUR);
        }
    }
    watched(&server, &rig, "Drama 1x01", 5 * HOUR);
    rig.start_again();
    until_read(&rig, "plex", rig.now());
    rig.wait(MINUTE);
    assert_eq!((plays(&rig, "A").len(), plays(&rig, "Drama 1x01").len()), (0, 1));
    let parked = rig.status()["parked"].as_array().expect("a list").clone();
    assert_eq!(parked.len(), 15, "each thing once");
    let why = "but held: too many plays within a minute look like an import, not like watching";
    assert!(parked.iter().all(|entry| entry["reason"].as_str().is_some_and(|it| it.contains(why))));
    rig.daemon.cli(&["retry", "all"]).good();
    rig.wait(2 * MINUTE);
    assert_eq!((plays(&rig, "A").len(), plays(&rig, "Toons 1x03").len()), (1, 1));
    let said = catch_up(&rig, &["--since", "2d"]);
    assert!(said.contains("0 to be sent, 51 already told, 0 held"), "{said}");
}

#[test]
fn an_import_is_no_sign_of_deafness() {
    let hand = HandClock::at(BEGIN);
    let server = a_plex(&hand, 0);
    let mut rig = Rig::on(hand, &asks_plex(&server, ""));
    until_read(&rig, "plex", BEGIN);
    rig.wait(3 * HOUR);
    for n in 0..30 {
        let label = ["A", "B", "C", "K", "L"][n % 5];
        watched(&server, &rig, label, HOUR + Duration::from_millis(n as u64));
    }
    let trouble = || rig.status()["servers"][0]["trouble"].clone();
    let said = catch_up(&rig, &[]);
    assert!(said.contains(" 5 held"), "{said}");
    assert_eq!(trouble(), Value::Null);
    watched(&server, &rig, "Drama 1x01", MINUTE);
    catch_up(&rig, &[]);
    wait_for("what was played", trouble, |trouble| !trouble.is_null());
}

#[test]
fn what_is_held_leaves_no_start_open_at_a_tracker() {
    let (mut rig, server, _) = a_scene("");
    rig.daemon.post(&posts("play").of("A").at(10.0));
    rig.wait(MINUTE);
    rig.daemon.kill_9();
    rig.wait_down(80 * MINUTE);
    for what in ["A", "B", "C", "K", "L"] {
        watched(&server, &rig, what, 20 * MINUTE);
    }
    for n in 1..=10 {
        for _ in 0..2 {
            watched(&server, &rig, &format!("Toons 1x{n:02}"), 20 * MINUTE);
        }
    }
    rig.start_again();
    until_read(&rig, "plex", rig.now());
    rig.wait(MINUTE);
    assert_eq!(rig.trakt.calls(), ["start A 10", "pause A 1", "forget A 1"]);
    rig.daemon.cli(&["retry", "all"]).good();
    rig.wait(MINUTE);
    assert_eq!(plays(&rig, "A"), [22]);
}

#[test]
fn what_is_begun_after_a_start_is_missed_where_it_is_not_posted_wherever_it_stands() {
    for kind in ["plex", "emby"] {
        for from_min in [0, 40] {
            let hand = HandClock::at(BEGIN);
            let (attic, loft) = (a_plex(&hand, 0), a_jellyfin(&hand, Dialect::Emby, 0));
            let config = if kind == "plex" { asks_plex(&attic, "") } else { asks(kind, &loft) };
            let mut rig = Rig::on(hand, &config);
            let looks = || {
                let log = if kind == "plex" { attic.log() } else { loft.log() };
                let is_one = |target: &str| target.to_lowercase().ends_with("/sessions");
                log.iter().filter(|one| is_one(&one.target)).count()
            };
            wait_for("the look of a start", looks, |count| *count == 1);
            rig.step(MINUTE / 2);
            wait_for("the first look", looks, |count| *count == 2);
            rig.step(MINUTE / 2);
            let now = standin::Time(rig.now().0);
            if kind == "plex" {
                let from_ms = u64::from(from_min) * 60_000;
                let watch = plex::Watch { who: Some(WHO), player: "den", what: "A", from_ms };
                assert!(attic.with(|plex| plex.play(&watch, now)));
            } else {
                loft.at(|it, now| it.play("den", WHO, "A", MINUTE * from_min, now));
            }
            rig.step(4 * MINUTE + MINUTE / 2);
            wait_for("a look", looks, |count| *count == 3);
            rig.step(MINUTE);
            let said = || {
                let all = rig.status()["servers"].as_array().cloned().unwrap_or_default();
                let of = all.iter().find(|one| one["kind"] == kind).expect("it is there");
                of["trouble"].as_str().unwrap_or_default().to_owned()
            };
            let said = wait_for("it to be told", said, |said| !said.is_empty());
            assert!(said.contains("played A (2001) at "), "{kind} from {from_min}: {said}");
        }
    }
}

#[test]
fn a_server_that_posts_nothing_is_told_of_until_it_posts_and_then_its_history_is_read() {
    let hand = HandClock::at(BEGIN);
    let (loft, phone) =
        (a_jellyfin(&hand, Dialect::Jellyfin10_11, 0), Fake::says(200, "text/plain", ""));
    let (notify, asks) =
        (format!("[notify]\nurl = \"{}\"\n", phone.url()), asks("jellyfin", &loft));
    // A login may take so long by the clock that is moved that it would be told of itself.
    let mut rig = Rig::on(hand, &asks);
    let looks = || loft.log().iter().filter(|one| one.target.ends_with("/Sessions")).count();
    wait_for("the look of a start", looks, |count| *count == 1);
    rig.daemon.write_config(&(notify + &asks));
    rig.restart();
    wait_for("that of the next", looks, |count| *count == 2);
    rig.step(MINUTE / 2);
    wait_for("the first look", looks, |count| *count == 3);
    // Since nothing was ever posted it is looked at soon; what has begun since has a minute to be posted.
    rig.step(MINUTE);
    loft.at(|it, now| it.play("den", WHO, "A", Duration::ZERO, now));
    rig.step(4 * MINUTE);
    wait_for("a look", looks, |count| *count == 4);
    assert_eq!(trouble(&rig), "");
    rig.step(MINUTE);
    let said = wait_for("it to be told", || trouble(&rig), |said| !said.is_empty());
    for expected in [
        "Jellyfin played A (2001) at ",
        " and posted nothing (no webhook of it ever came)",
        "set `jellyfin.hear` to true",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(rig.status()["servers"][1]["last_heard"], Value::Null, "it was asked");
    assert!(rig.daemon.health_in_words().contains(&said), "{}", rig.daemon.health_in_words());
    assert_eq!(rig.daemon.health().0, 200, "to start it anew would not help");
    for command in ["status", "check"] {
        let told = rig.daemon.cli(&[command]).out;
        assert!(
            told.replace('\n', " ").contains("set `jellyfin.hear` to true"),
            "{command}: {told}"
        );
    }
    rig.step(MINUTE);
    let told = || phone.posted().iter().filter(|text| text.contains("posted nothing")).count();
    wait_for("a notification", told, |count| *count > 0);
    let path = rig.daemon.data().join("scrobbled.db");
    let kept = || {
        let db = rusqlite::Connection::open(&path).expect("the database");
        let count = db.query_row("SELECT count(*) FROM told", [], |row| row.get::<_, u32>(0));
        count.expect("a number")
    };
    wait_for("a note of it", kept, |count| *count > 0);
    // Who looks again and again, and starts again, has nothing new to tell.
    rig.step(30 * MINUTE);
    rig.restart();
    rig.wait(11 * MINUTE);
    assert_eq!(trouble(&rig), said, "it is still so");
    assert_eq!(told(), 1, "{:?}", phone.posted());
    // What was lost until now is in its history.
    let now = rig.now();
    let id = loft.with(|loft| loft.id());
    rig.daemon
        .post(&daemon::webhook::jellyfin("play").of("B").at(10.0).edit("/ServerId", id.into()));
    until_read(&rig, "jellyfin", now);
    assert_eq!(trouble(&rig), "");
    assert!(!rig.daemon.health_in_words().contains("posted nothing"));
}

#[test]
fn what_only_the_history_has_is_told_with_the_time_at_which_it_was_watched() {
    let (mut rig, server, _) = a_scene("");
    rig.step(DAY / 4);
    let at = rig.now().before(2 * HOUR);
    watched(&server, &rig, "A", 2 * HOUR);
    assert!(catch_up(&rig, &[]).contains("1 found, 1 to be sent"));
    let minute = at.to_string()[..16].replace('T', " ");
    let expected = format!("Plex played A (2001) at {minute}");
    let said = trouble(&rig);
    assert!(said.contains(&expected), "{expected}: {said}");
}

/// What is said to be in the way of the only server that can be asked.
fn trouble(rig: &Rig) -> String {
    let status = rig.status();
    let mut said = status["servers"].as_array().into_iter().flatten().map(|it| &it["trouble"]);
    said.find_map(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

#[test]
fn what_is_switched_on_while_it_runs_is_read_at_once() {
    let now = || standin::Time(Clock::Machine.now().0);
    let library = Plex::new(Library::of(&catalogue()));
    let server = plex::Server::start(library, "127.0.0.1:0", now).expect("a port");
    let off = asks_plex(&server, "catch_up = false");
    let daemon = Scrobbled::with_config(&off).start_alone();
    let read = || daemon.quick_status()["servers"][0]["last_catch_up"].clone();
    assert_eq!(read(), Value::Null);
    daemon.write_config(&off.replace("catch_up = false", "catch_up = true"));
    let said = daemon.cli(&["reload"]).good();
    assert!(said.contains("in effect now: plex.catch_up\n"), "{said}");
    wait_for("the history to be read", read, Value::is_string);
}

#[test]
fn a_history_that_fails_half_way_loses_nothing() {
    let (mut rig, server, _) = a_scene("");
    server.with(|plex| plex.options.most_rows = Some(2));
    rig.daemon.kill_9();
    rig.wait_down(DAY);
    let all = ["A", "B", "C", "K", "L"];
    for (n, what) in (1..).zip(all) {
        watched(&server, &rig, what, n * 3 * HOUR);
    }
    let old = rig.now();
    let half_way = Fault::status(500).on("GET", "/status/sessions/history").after(1);
    server.order(half_way);
    rig.start_again();
    let trouble = || rig.status()["servers"][0]["trouble"].as_str().unwrap_or_default().to_owned();
    let said = wait_for("trouble", trouble, |said| !said.is_empty());
    assert!(said.starts_with("the history of Plex can't be read: "), "{said}");
    let last = rig.status()["servers"][0]["last_catch_up"].as_str().map(str::to_owned);
    assert!(last.and_then(|at| Time::from_rfc3339(&at)).is_some_and(|at| at < old));
    let later = || {
        rig.step(MINUTE / 12);
        last_read(&rig, "plex")
    };
    wait_for("the next try", later, |at| at.is_some_and(|at| at >= old));
    rig.wait(2 * MINUTE);
    assert!(all.iter().all(|what| plays(&rig, what).len() == 1));
    assert_eq!(rig.status()["servers"][0]["trouble"], Value::Null);
}

#[test]
fn clocks_three_hours_apart_move_no_play() {
    for ahead in [3, -3] {
        let hand = HandClock::at(BEGIN);
        let ahead_ms = ahead * 3_600_000;
        let server = a_plex(&hand, ahead_ms);
        let loft = a_jellyfin(&hand, Dialect::Jellyfin10_11, ahead_ms);
        let mut rig = Rig::on(hand, &(asks_plex(&server, "") + &asks("jellyfin", &loft)));
        rig.daemon.kill_9();
        rig.wait_down(DAY);
        let theirs = standin::Time(rig.now().before(2 * HOUR).moved(ahead_ms).0);
        server.with(|plex| plex.watched(WHO, "A", theirs));
        view(&mut rig, &loft, "B", 0..100);
        rig.wait_down(20 * MINUTE);
        rig.start_again();
        until_read(&rig, "jellyfin", rig.now());
        until_read(&rig, "plex", rig.now());
        rig.wait(MINUTE);
        assert_eq!((plays(&rig, "A"), plays(&rig, "B")), (vec![241], vec![21]), "{ahead} h");
    }
}

#[test]
fn two_servers_with_the_same_film_are_one_play() {
    let hand = HandClock::at(BEGIN);
    let (server, loft) = (a_plex(&hand, 0), a_jellyfin(&hand, Dialect::Jellyfin10_11, 0));
    let mut rig = Rig::on(hand, &(asks_plex(&server, "") + &asks("jellyfin", &loft)));
    rig.daemon.kill_9();
    view(&mut rig, &loft, "A", 0..99);
    watched(&server, &rig, "A", 9 * MINUTE);
    rig.start_again();
    until_read(&rig, "jellyfin", rig.now());
    until_read(&rig, "plex", rig.now());
    rig.wait(MINUTE);
    assert_eq!(plays(&rig, "A").len(), 1);
}

#[test]
fn a_second_viewing_that_was_given_up_is_no_play() {
    for dialect in Dialect::ALL {
        let hand = HandClock::at(BEGIN);
        let kind = if dialect.is_emby() { "emby" } else { "jellyfin" };
        let loft = a_jellyfin(&hand, dialect, 0);
        let mut rig = Rig::on(hand, &asks(kind, &loft));
        rig.daemon.kill_9();
        view(&mut rig, &loft, "A", 0..99);
        rig.wait_down(HOUR);
        rig.start_again();
        until_read(&rig, kind, rig.now());
        rig.wait(MINUTE);
        // The log of 10.8 names no item: there it ended a runtime after it began.
        let expected = if dialect == Dialect::Jellyfin10_8 { [60] } else { [61] };
        assert_eq!(plays(&rig, "A"), expected, "{dialect:?}");
        rig.daemon.kill_9();
        rig.wait_down(DAY);
        view(&mut rig, &loft, "A", 0..2);
        rig.wait_down(5 * HOUR);
        rig.start_again();
        until_read(&rig, kind, rig.now());
        rig.wait(MINUTE);
        assert_eq!(plays(&rig, "A").len(), 1, "{dialect:?}");
    }
}

#[test]
fn the_rest_of_what_was_begun_is_a_play_though_nobody_heard_it() {
    for dialect in [Dialect::Jellyfin12, Dialect::Emby] {
        let kind = if dialect.is_emby() { "emby" } else { "jellyfin" };
        for is_begun_unheard in [true, false] {
            let hand = HandClock::at(BEGIN);
            let loft = a_jellyfin(&hand, dialect, 0);
            let mut rig = Rig::on(hand, &format!("{}hear = true\n", asks(kind, &loft)));
            until_read(&rig, kind, BEGIN);
            if is_begun_unheard {
                rig.daemon.kill_9();
                view(&mut rig, &loft, "A", 0..36);
                rig.wait_down(2 * HOUR);
            } else {
                loft.at(|it, now| it.play("den", WHO, "A", MINUTE * 35, now));
                while playing(&rig).is_empty() {
                    rig.wait(MINUTE / 6);
                    loft.at(standin::jellyfin::Jellyfin::pass);
                }
                rig.daemon.kill_9();
                loft.at(|it, now| it.stop("den", now));
                rig.wait_down(DAY);
            }
            view(&mut rig, &loft, "A", 36..99);
            rig.wait_down(HOUR);
            rig.start_again();
            until_read(&rig, kind, rig.now());
            rig.wait(MINUTE);
            assert_eq!(plays(&rig, "A"), [61], "{dialect:?}, begun unheard: {is_begun_unheard}");
        }
    }
}

#[test]
fn a_player_that_dies_while_nobody_listens_has_watched_nothing() {
    let soon = Duration::from_secs(10);
    for kind in ["plex", "jellyfin", "emby"] {
        let hand = HandClock::at(BEGIN);
        let (attic, dialect) = (a_plex(&hand, 0), Dialect::Jellyfin12);
        let loft = a_jellyfin(&hand, if kind == "emby" { Dialect::Emby } else { dialect }, 0);
        let config = if kind == "plex" { asks_plex(&attic, "") } else { asks(kind, &loft) };
        let mut rig = Rig::on(hand.clone(), &format!("{config}hear = true\n"));
        until_read(&rig, kind, BEGIN);
        let now = standin::Time(rig.now().0);
        let watch = Watch { who: Some(WHO), player: "tablet", what: "A", from_ms: 0 };
        assert!(attic.with(|plex| plex.play(&watch, now)));
        loft.at(|it, now| it.play("tablet", WHO, "A", Duration::ZERO, now));
        while playing(&rig).is_empty() {
            rig.wait(soon);
        }
        rig.daemon.kill_9();
        rig.wait_down(30 * MINUTE);
        let now = standin::Time(rig.now().0);
        attic.with(|plex| plex.vanish("tablet", now));
        loft.at(|it, now| it.die("tablet", now));
        rig.wait_down(80 * MINUTE);
        rig.start_again();
        until_read(&rig, kind, rig.now());
        rig.wait(2 * MINUTE);
        assert_eq!((playing(&rig), plays(&rig, "A")), (vec![], vec![]), "{kind}");
    }
}

#[test]
fn a_kill_between_the_plays_and_the_mark_doubles_nothing() {
    let (mut rig, server, _) = a_scene("");
    rig.daemon.kill_9();
    rig.wait_down(DAY);
    let all = ["A", "B", "C", "K", "L"];
    for (n, what) in (1..).zip(all) {
        watched(&server, &rig, what, n * 3 * HOUR);
    }
    // As if the mark had never come to the disk: the whole day is found again.
    let kept = rig.daemon.data().join("scrobbled.db");
    let forget = || {
        let db = rusqlite::Connection::open(&kept).expect("the database");
        db.execute("DELETE FROM caught_up WHERE data LIKE '%plex%'", []).expect("no mark");
    };
    for _ in 0..3 {
        forget();
        rig.start_again();
        until_read(&rig, "plex", rig.now());
        rig.daemon.kill_9();
    }
    forget();
    rig.start_again();
    until_read(&rig, "plex", rig.now());
    rig.wait(2 * MINUTE);
    assert!(all.iter().all(|what| plays(&rig, what).len() == 1));
}

#[test]
fn without_a_daemon_the_command_does_it_and_the_next_start_sends_it() {
    let (mut rig, server, _) = a_scene("");
    rig.daemon.end(true);
    // The command goes by the machine's clock, and so does the server then.
    rig.wait_down(Clock::Machine.now().since(rig.now()));
    let at = standin::Time(rig.now().before(2 * HOUR).0);
    server.with(|plex| plex.watched(WHO, "A", at));
    let said = rig.daemon.cli(&["catch-up", "--since", "1w"]).good();
    assert!(said.contains("(no daemon running)"), "{said}");
    assert!(
        said.contains("1 found, 1 to be sent once the daemon runs, 0 already told, 0 held"),
        "{said}"
    );
    assert_eq!(rig.daemon.status()["outbox"][0]["action"], "finish");
}

#[test]
fn without_a_daemon_servers_that_are_to_say_their_ids_are_asked_for_them() {
    let now = Clock::Machine.now();
    let server = a_plex(&HandClock::at(now), 0);
    let at = standin::Time(now.before(2 * HOUR).0);
    server.with(|plex| plex.watched(WHO, "A", at));
    let (url, token) = (server.url(), plex::TOKEN);
    let asked = format!("[[plex]]\nname = \"attic\"\nurl = \"{url}\"\ntoken = \"{token}\"\n");
    let config = format!("[[plex]]\nname = \"home\"\nid = \"{}\"\n{asked}", "9".repeat(40));
    let said = Scrobbled::with_config(&config).cli(&["catch-up", "--since", "1w"]).good();
    assert!(said.contains("Plex attic"), "{said}");
    assert!(
        said.contains("1 found, 1 to be sent once the daemon runs, 0 already told, 0 held"),
        "{said}"
    );
}

#[test]
fn check_names_who_is_listed_and_not_there() {
    for kind in ["jellyfin", "emby"] {
        let dialect = if kind == "emby" { Dialect::Emby } else { Dialect::Jellyfin10_11 };
        let server = a_jellyfin(&HandClock::at(Clock::Machine.now()), dialect, 0);
        let id = server.with(|server| server.user("jo"));
        let users = format!("users = [\"MARA.FINCH\", \"{id}\", \"maria\"]\n");
        let account =
            format!("[[account]]\nname = \"one\"\n{kind} = [\"jo\", \"joe\", \"id:{id}\"]\n");
        let config = format!("{}{users}{account}", asks(kind, &server));
        let said = Scrobbled::with_config(&config).cli(&["check"]).out;
        let lines: Vec<&str> = said.lines().filter(|line| line.contains("no such user")).collect();
        let [of_server, of_account] = lines.as_slice() else { panic!("{said}") };
        let place =
            format!("{kind}.users lists \"maria\", but the server has no such user; it has ");
        assert!(of_server.contains(&place) && of_server.contains("\"mara.finch\""), "{of_server}");
        assert!(of_account.contains("account `one` lists \"joe\", but"), "{of_account}");
    }
}

#[test]
fn how_to_look_further_back_is_said_where_a_history_was_read() {
    let server = a_plex(&HandClock::at(Clock::Machine.now()), 0);
    for (url, is_read) in [(server.url(), true), ("http://127.0.0.1:1".to_owned(), false)] {
        let config = format!("[plex]\nurl = \"{url}\"\ntoken = \"{}\"\n", plex::TOKEN);
        let said = Scrobbled::with_config(&config).cli(&["catch-up"]);
        assert_eq!(said.code, Some(i32::from(!is_read)), "{said:?}");
        assert_eq!(said.out.contains("to look further back"), is_read, "{said:?}");
    }
}

#[test]
fn who_has_no_server_to_ask_is_told_so() {
    let daemon = Scrobbled::with_config("").start(&Trakt::start());
    let said = daemon.cli(&["catch-up"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (Some(1), "no media server can be asked: set `url` and `token` (`api_key`) for one\n",)
    );
    assert!(!said.out.contains("to look further back"), "{said:?}");
    let said = daemon.cli(&["catch-up", "--since", "soon"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (
            Some(2),
            "`soon` is not a time like 90m, 12h, 7d or 2w; write `scrobbled catch-up [--since 7d] [--dry-run]`\n",
        )
    );
}

#[test]
fn what_plays_at_a_start_is_taken_up_and_what_does_no_more_is_left() {
    for kind in ["plex", "jellyfin", "emby"] {
        let hand = HandClock::at(BEGIN);
        let server = a_plex(&hand, 0);
        let dialect = if kind == "emby" { Dialect::Emby } else { Dialect::Jellyfin10_11 };
        let loft = a_jellyfin(&hand, dialect, 0);
        let config = if kind == "plex" { asks_plex(&server, "") } else { asks(kind, &loft) };
        let mut rig = Rig::on(hand, &config);
        until_read(&rig, kind, BEGIN);
        let id =
            if kind == "plex" { plex::MACHINE.to_owned() } else { loft.with(|loft| loft.id()) };
        let webhook = match kind {
            "plex" => posts("play"),
            "jellyfin" => daemon::webhook::jellyfin("play"),
            _ => daemon::webhook::emby("play"),
        };
        let of_server = match kind {
            "plex" => "/Server/uuid",
            "jellyfin" => "/ServerId",
            _ => "/Server/Id",
        };
        rig.daemon.post(&webhook.of("B").at(10.0).edit(of_server, id.into()));
        rig.wait(MINUTE);
        rig.daemon.kill_9();
        rig.wait_down(5 * MINUTE);
        // Meanwhile that has stopped, and somebody has begun something else.
        if kind == "plex" {
            server.with(|plex| {
                let now = standin::Time(rig.now().0);
                let from_ms = 30 * 60_000;
                let watch = plex::Watch { who: Some(WHO), player: "den", what: "A", from_ms };
                assert!(plex.play(&watch, now));
            });
        } else {
            loft.at(|it, now| it.play("den", WHO, "A", 30 * MINUTE, now));
        }
        rig.wait_down(MINUTE);
        if kind == "plex" {
            server.with(|plex| plex.tick(standin::Time(rig.now().0)));
        } else {
            loft.at(standin::jellyfin::Jellyfin::pass);
        }
        rig.start_again();
        until_read(&rig, kind, rig.now());
        // What plays is asked for after the history, and is told a little after what does no more.
        wait_for("the end of B", || playing(&rig), Vec::is_empty);
        let next = || {
            rig.step(Duration::from_secs(1));
            playing(&rig)
        };
        wait_for("A to be taken up", next, |items| *items == ["A (2001)"]);
        rig.wait(Duration::from_secs(20));
        let told = ["start B 10", "pause B 10", "start A 31"];
        assert_eq!(rig.trakt.calls(), told, "{kind}");
    }
}

#[test]
fn what_was_left_while_nobody_listened_ends_where_its_server_keeps_it() {
    for dialect in [Dialect::Jellyfin10_11, Dialect::Jellyfin12, Dialect::Emby] {
        // Between the mark here and the server's, what was left is a play here and none there.
        for (minutes, played) in [(32, vec![]), (88, vec![11])] {
            let hand = HandClock::at(BEGIN);
            let kind = if dialect.is_emby() { "emby" } else { "jellyfin" };
            let loft = a_jellyfin(&hand, dialect, 0);
            let mark = "[scrobble]\nwatched_at = 85\n";
            let mut rig = Rig::on(hand, &format!("{}{mark}", asks(kind, &loft)));
            until_read(&rig, kind, BEGIN);
            let (server, who, item) =
                loft.with(|loft| (loft.id(), loft.user(WHO), loft.item("A").expect("it is there")));
            let (webhook, places) = if dialect.is_emby() {
                let places = ["/Server/Id", "/User/Id", "/Item/Id", "/Session/DeviceId"];
                (daemon::webhook::emby("play"), places)
            } else {
                let places = ["/ServerId", "/UserId", "/ItemId", "/DeviceId"];
                (daemon::webhook::jellyfin("play"), places)
            };
            let values = [server, who, item, Jellyfin::device("den")];
            let webhook = (places.into_iter().zip(values))
                .fold(webhook.of("A").by(WHO), |it, (place, value)| it.edit(place, value.into()));
            rig.daemon.post(&webhook.at(0.0));
            rig.wait(Duration::from_secs(10));
            rig.daemon.kill_9();
            view(&mut rig, &loft, "A", 0..minutes);
            rig.wait_down(10 * MINUTE);
            rig.start_again();
            until_read(&rig, kind, rig.now());
            wait_for("its end", || playing(&rig), Vec::is_empty);
            rig.wait(MINUTE);
            assert_eq!(plays(&rig, "A"), played, "{dialect:?}");
            let is_left = rig.trakt.calls().iter().any(|call| call == "pause A 32");
            assert_eq!(is_left, minutes == 32, "{dialect:?}: {:?}", rig.trakt.calls());
        }
    }
}

#[test]
fn ten_thousand_rows_need_no_memory_to_speak_of() {
    let hand = HandClock::at(Clock::Machine.now());
    let server = a_plex(&hand, 0);
    let now = Clock::Machine.now();
    server.with(|plex| {
        for n in 0..10_000_u64 {
            let what = format!("Toons 1x{:02}", 1 + n % 10);
            let at = standin::Time(now.before(Duration::from_secs(60 * (1 + n * 4))).0);
            assert!(plex.watched(WHO, &what, at));
        }
    });
    costs_next_to_nothing(
        &asks_plex(&server, "catch_up = false"),
        "10000 found, 0 would be sent, ",
    );
}

#[test]
fn ten_thousand_items_with_their_lines_in_the_log_need_none_either() {
    for dialect in [Dialect::Jellyfin12, Dialect::Emby] {
        let hand = HandClock::at(Clock::Machine.now());
        let loft = a_jellyfin(&hand, dialect, 0);
        let now = Clock::Machine.now();
        loft.with(|loft| {
            for n in 0..10_000_u64 {
                let film = loft.add(jellyfin::Title {
                    name: format!("Film {n}"),
                    year: Some(2001),
                    ids: [("Tmdb", (900_000 + n).to_string())].into(),
                    runtime: 100 * MINUTE,
                    library: "Films".to_owned(),
                    path: format!("/media/Films/Film {n}.mkv"),
                    ..jellyfin::Title::default()
                });
                let at = standin::Time(now.before(Duration::from_secs(60 * (1 + n * 4))).0);
                loft.watched(WHO, &film, at);
            }
        });
        let kind = if dialect.is_emby() { "emby" } else { "jellyfin" };
        costs_next_to_nothing(
            &format!("{}catch_up = false\n", asks(kind, &loft)),
            "10000 found, 0 would be sent, 0 already told, 10000 held",
        );
    }
}

/// What a dry run of four weeks finds, with its memory measured.
fn costs_next_to_nothing(config: &str, found: &str) {
    let daemon = Scrobbled::with_config(config).start(&Trakt::start());
    let said = daemon.cli(&["catch-up", "--since", "1h", "--dry-run"]).good();
    let pid = said.split_once("pid ").and_then(|(_, rest)| rest.split_once(')')).expect("a pid").0;
    let most = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
    };
    let before = most();
    let said = daemon.cli(&["catch-up", "--since", "4w", "--dry-run"]).good();
    assert!(said.contains(found), "{said}");
    let grown = most() - before;
    println!("10,000 rows: {before} kB before, {grown} kB more");
    assert!(grown < 4_000, "{grown} kB more");
}

#[test]
fn what_the_filters_leave_out_is_not_found_either() {
    let hand = HandClock::at(BEGIN);
    let (server, loft) = (a_plex(&hand, 0), a_jellyfin(&hand, Dialect::Jellyfin10_11, 0));
    let config = asks_plex(&server, "ignore_paths = \"/media/A.mkv\"")
        + &asks("jellyfin", &loft)
        + "libraries = \"Shows\"\n";
    let mut rig = Rig::on(hand, &config);
    rig.daemon.kill_9();
    view(&mut rig, &loft, "L", 0..119);
    rig.wait_down(HOUR);
    for (what, ago) in [("A", 4), ("B", 1)] {
        watched(&server, &rig, what, ago * HOUR / 2);
    }
    rig.start_again();
    let said = catch_up(&rig, &["--since", "1d", "--dry-run"]);
    for expected in [
        "1 ignored: its file `/media/A.mkv` lies under `/media/A.mkv`, which is in plex.ignore_paths",
        "1 ignored: the library `Films` is not in jellyfin.libraries",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    until_read(&rig, "plex", rig.now());
    rig.wait(MINUTE);
    assert_eq!((plays(&rig, "A").len(), plays(&rig, "B").len(), plays(&rig, "L").len()), (0, 1, 0));
}
