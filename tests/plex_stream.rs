//! The real binary listens to a stand-in for Plex: no webhook is posted, unless a test says so.
//!
//! The server's clock stands still until a test moves it, so that positions are those that the test
//! says. The daemon lives in real time.

#![cfg(test)]

mod daemon;

use daemon::{Scrobbled, Setup, Trakt, pass, wait_for};
use scrobbled::clock::{Clock, HandClock};
use scrobbled::event::{Source, Time};
use serde_json::{Value, json};
use standin::plex::{Library, Plex, Server, TOKEN, Watch};
use standin::tls::{Door, certificate};
use standin::trakt::{Catalogue, Fault};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: u64 = 60_000;
const TV: &str = "Living Room TV";
const PHONE: &str = "Phone";

/// A Plex server in a house, with a clock of its own.
struct House {
    server: Server,
    hand: Arc<HandClock>,
}

impl House {
    fn new() -> Self {
        let hand = HandClock::at(Time(1_795_550_400_000));
        let clock = Clock::ByHand(hand.clone());
        let mut catalogue = Catalogue::samples();
        daemon::items::declare(&mut catalogue, &daemon::items::ITEMS);
        let mut plex = Plex::new(Library::of(&catalogue));
        plex.call_owner("mara");
        let now = move || standin::Time(clock.now().0);
        Self { server: Server::start(plex, "127.0.0.1:0", now).expect("a port"), hand }
    }

    fn now(&self) -> standin::Time {
        standin::Time(Clock::ByHand(self.hand.clone()).now().0)
    }

    fn plex<T>(&self, act: impl FnOnce(&mut Plex, standin::Time) -> T) -> T {
        let now = self.now();
        self.server.with(|plex| act(plex, now))
    }

    fn play(&self, who: &str, player: &str, what: &str, minute: u64) {
        let who = (!who.is_empty()).then_some(who);
        let watch = Watch { who, player, what, from_ms: minute * MINUTE };
        assert!(self.plex(|plex, now| plex.play(&watch, now)), "{what}?");
    }

    fn seek(&self, player: &str, minute: u64) {
        self.plex(|plex, now| plex.seek(player, minute * MINUTE, now));
    }

    fn stop(&self, player: &str) {
        self.plex(|plex, now| plex.stop(player, now));
    }

    /// Ten seconds at the server, in which each player reports.
    fn report(&self) {
        self.hand.advance(Duration::from_secs(10));
    }

    /// A daemon that listens to it with this token.
    fn heard_with(&self, token: &str, more: &str) -> Setup {
        let url = self.server.url();
        Scrobbled::with_config(&format!(
            "log = \"debug\"\n[plex]\nurl = \"{url}\"\ntoken = \"{token}\"\nhear = true\n{more}"
        ))
    }

    fn heard(&self) -> Setup {
        self.heard_with(TOKEN, "")
    }

    /// Waits until the daemon has opened so many streams in all, and looked at the sessions after the
    /// last of them was opened: from then on it misses nothing.
    #[track_caller]
    fn wait_for_stream(&self, count: usize) {
        let look = || {
            let asked = self.server.log();
            let mut streams = 0;
            let looks = asked.iter().filter(|one| {
                streams += usize::from(one.target.starts_with("/:/eventsource"));
                streams >= count && one.target == "/status/sessions" && one.status.is_some()
            });
            looks.count()
        };
        wait_for("a look at what plays, after the stream", look, |looks| *looks > 0);
    }
}

#[test]
fn a_film_is_heard_by_the_event_stream() {
    let (house, trakt) = (House::new(), Trakt::start());
    let daemon = house.heard().start(&trakt).login();
    house.wait_for_stream(1);
    let told = daemon.cli(&["status"]).good();
    assert!(
        told.contains("\nMedia servers\n  Plex: nothing heard yet; set in the config; listened to"),
        "{told}"
    );
    assert!(!told.contains("paste the addresses"), "{told}");
    house.play("mara", TV, "A", 0);
    trakt.wait_for_calls(&["start A 0"]);
    house.seek(TV, 50);
    house.plex(|plex, now| plex.pause(TV, now));
    trakt.wait_for_calls(&["start A 0", "start A 50", "pause A 50"]);
    house.plex(|plex, now| plex.resume(TV, now));
    let so_far = ["start A 0", "start A 50", "pause A 50", "start A 50"];
    trakt.wait_for_calls(&so_far);
    house.seek(TV, 95);
    house.stop(TV);
    let look = || trakt.plays("A");
    wait_for("the play", look, |plays| *plays == 1);
    let asked = house.server.log();
    let of = |path: &str| asked.iter().filter(|one| one.target.starts_with(path)).count();
    let looks = asked.iter().filter(|one| one.target == "/status/sessions").count();
    let counts = [of("/:/eventsource"), looks, of("/library/metadata")];
    assert_eq!(counts, [1, 2, 1], "{asked:#?}");
    assert!(
        asked.iter().all(|one| !one.target.contains(TOKEN)),
        "the token is no secret in a path"
    );
    let status = daemon.quick_status();
    let server = &status["servers"][0];
    assert_eq!(
        (&server["name"], &server["hears"][0], &server["trouble"]),
        (&json!("plex"), &json!("stream"), &Value::Null),
        "{status:#}"
    );
}

#[test]
fn each_person_has_their_own_and_who_is_not_signed_in_has_none() {
    let (house, trakt) = (House::new(), Trakt::start());
    house.server.with(|plex| plex.invite("jo"));
    let accounts = "[[account]]\nname = \"mara\"\nplex = \"mara\"\n\
                    [[account]]\nname = \"jo\"\nplex = \"jo\"\n";
    let daemon = house.heard_with(TOKEN, accounts).start(&trakt);
    for name in ["mara", "jo"] {
        trakt.server.with(|trakt| trakt.options.user = name.to_owned());
        daemon.cli(&["login", name]).good();
    }
    house.wait_for_stream(1);
    house.play("mara", TV, "A", 0);
    house.play("jo", PHONE, "B", 0);
    for (player, what) in
        [("Radio", "Undertow"), ("Tuner", "Evening News"), ("Attic", "Trailer"), ("Bedroom", "C")]
    {
        let who = if what == "C" { "" } else { "mara" };
        house.play(who, player, what, 0);
    }
    let started = |calls: &Vec<String>| calls.len() == 2;
    let mut calls = wait_for("two starts", || trakt.calls(), started);
    calls.sort();
    assert_eq!(calls, ["start A 0", "start B 0"]);
    house.report();
    house.seek(TV, 95);
    house.stop(TV);
    house.seek(PHONE, 30);
    house.stop(PHONE);
    for player in ["Radio", "Tuner", "Attic", "Bedroom"] {
        house.stop(player);
    }
    wait_for(
        "the end of both",
        || trakt.calls(),
        |calls| {
            calls.iter().any(|call| call.starts_with("stop A"))
                && calls.iter().any(|call| call == "pause B 30")
        },
    );
    let plays =
        ["A", "B", "C", "Undertow", "Evening News", "Trailer"].map(|item| trakt.plays(item));
    assert_eq!(plays, [1, 0, 0, 0, 0, 0]);
}

#[test]
fn with_a_friends_token_nothing_counts_and_that_is_said() {
    let (house, trakt) = (House::new(), Trakt::start());
    let token = house.server.with(|plex| plex.invite("jo"));
    let daemon = house.heard_with(&token, "").start(&trakt).login();
    let url = house.server.url();
    let sentence = format!(
        "{url} shows its sessions and its history to its owner only, so nothing that is found there \
         can count; set plex.token to the owner's"
    );
    let told = format!("Plex can't be listened to, and its history can't be read: {sentence}");
    let look = || daemon.quick_status()["servers"][0]["trouble"].clone();
    wait_for("the trouble", look, |trouble| *trouble == told);
    house.play("jo", PHONE, "A", 0);
    house.report();
    house.stop(PHONE);
    // Longer than a start waits before it leaves.
    pass(Duration::from_secs(3));
    assert_eq!((trakt.calls(), house.server.with(|plex| plex.streams())), (vec![], 1));
    let checked = daemon.cli(&["check"]);
    assert!(checked.out.contains(&sentence) || checked.err.contains(&sentence), "{checked:#?}");
}

#[test]
fn a_token_that_is_refused_is_one_problem_and_told_once() {
    let (house, trakt) = (House::new(), Trakt::start());
    let mut daemon = house.heard_with("of yesterday", "").start(&trakt).login();
    let sentence = format!("{} refuses plex.token; copy it again", house.server.url());
    let look = || daemon.quick_status()["servers"][0]["trouble"].to_string();
    let whole = format!("\"Plex can't be listened to, and its history can't be read: {sentence}\"");
    wait_for("the trouble", look, |trouble| *trouble == whole);
    for runs in ["with a daemon", "without one"] {
        let checked = daemon.cli(&["check"]);
        assert_eq!(checked.out.matches(&sentence).count(), 1, "{runs}: {checked:#?}");
        assert_eq!(checked.err, "1 problem, see above\n", "{runs}: {checked:#?}");
        daemon.kill_9();
    }
}

#[test]
fn a_restart_in_the_middle_of_a_film_changes_nothing() {
    let (house, trakt) = (House::new(), Trakt::start());
    let mut daemon = house.heard().start(&trakt).login();
    house.wait_for_stream(1);
    house.play("mara", TV, "A", 0);
    house.play("mara", PHONE, "K", 0);
    wait_for("two starts", || trakt.calls(), |calls| calls.len() == 2);
    house.seek(TV, 85);
    let position = || daemon.quick_status()["playing"].to_string();
    wait_for("the report", position, |playing| playing.contains("85"));
    daemon.kill_9();
    house.stop(PHONE); // nobody hears it
    daemon.begin(&[]);
    house.wait_for_stream(2);
    house.seek(TV, 95);
    house.stop(TV);
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);
    let calls = trakt.calls();
    let starts = calls.iter().filter(|call| *call == "start A 0").count();
    assert_eq!((starts, trakt.plays("K")), (1, 0), "{calls:?}");
    // What was open here and is over there ends where it was reported last.
    let playing = || {
        house.report(); // a ping, by which it looks again
        daemon.quick_status()["playing"].clone()
    };
    wait_for("nothing plays", playing, |playing| playing == &json!([]));
}

#[test]
fn after_a_restart_of_the_server_its_numbers_are_others() {
    let (house, trakt) = (House::new(), Trakt::start());
    house.server.with(|plex| plex.invite("jo"));
    let accounts = "[[account]]\nname = \"mara\"\nplex = \"mara\"\n\
                    [[account]]\nname = \"jo\"\nplex = \"jo\"\n";
    let daemon = house.heard_with(TOKEN, accounts).start(&trakt);
    for name in ["mara", "jo"] {
        trakt.server.with(|trakt| trakt.options.user = name.to_owned());
        daemon.cli(&["login", name]).good();
    }
    house.wait_for_stream(1);
    house.play("mara", TV, "A", 0);
    trakt.wait_for_calls(&["start A 0"]);
    house.seek(TV, 30);
    trakt.wait_for_calls(&["start A 0", "start A 30"]);
    house.plex(|plex, _| plex.restart());
    house.play("jo", PHONE, "B", 0); // session 1 is jo's now
    house.wait_for_stream(2);
    wait_for("jo's start", || trakt.calls(), |calls| calls.contains(&"start B 0".to_owned()));
    house.seek(PHONE, 95);
    house.stop(PHONE);
    wait_for("the play", || trakt.plays("B"), |plays| *plays == 1);
    assert_eq!(trakt.plays("A"), 0, "{:?}", trakt.calls());
}

#[test]
fn a_stream_that_breaks_off_and_answers_that_are_none_lose_nothing() {
    let (house, trakt) = (House::new(), Trakt::start());
    let daemon = house.heard().start(&trakt).login();
    house.wait_for_stream(1);
    // Its sessions are not there when they are asked for.
    for fault in [
        Fault::html(502),
        Fault::json(200, json!({ "MediaContainer": { "size": 2 } })),
        Fault::Garbage.once(),
        Fault::Flood { bytes: 5_000_000 }.once(),
    ] {
        house.server.order(fault.on("GET", "/status/sessions"));
    }
    house.plex(|plex, _| {
        plex.blurt("event: playing\ndata: {\"PlaySessionStateNotification\":[7,{}]}\n\n");
        plex.blurt("event: playing\ndata: <html>\n\nevent: playing\ndata: {}\n\n: x\nnonsense\n\n");
    });
    house.play("mara", TV, "A", 0);
    let looks = || {
        house.seek(TV, 0); // it reports again
        house.server.log().iter().filter(|one| one.target == "/status/sessions").count()
    };
    // A look only follows five seconds after the one before: reports come faster here.
    wait_for("the sessions", looks, |count| *count >= 6);
    wait_for(
        "a start",
        || trakt.calls(),
        |calls| calls.len() == 1 && calls[0].starts_with("start A"),
    );
    house.plex(|plex, _| plex.cut_next());
    house.seek(TV, 50);
    house.wait_for_stream(2);
    wait_for(
        "that it goes on",
        || trakt.calls(),
        |calls| calls.last().is_some_and(|c| c == "start A 50"),
    );
    house.seek(TV, 95);
    house.stop(TV);
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);
    let log = daemon.home.log();
    assert!(!log.contains("WARN  [scrobbled::hear"), "nobody has to do anything:\n{log}");
}

/// How often each thread of the daemon has waited for something, by its name.
fn waits(daemon: &Scrobbled) -> BTreeMap<String, u64> {
    let mut waits = BTreeMap::new();
    let tasks = format!("/proc/{}/task", daemon.pid());
    for task in std::fs::read_dir(tasks).expect("it runs").flatten() {
        let read = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        let status = read("status");
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        let count: u64 = count.and_then(|count| count.trim().parse().ok()).unwrap_or_default();
        *waits.entry(read("comm").trim().to_owned()).or_default() += count;
    }
    waits
}

#[test]
fn a_film_is_heard_over_tls_by_the_certificate_that_was_given() {
    let (house, trakt) = (House::new(), Trakt::start());
    let door = Door::start("itself", &house.server.url()).expect("a door");
    let url = door.url("localhost");
    let config = format!("[plex]\nurl = \"{url}\"\ntoken = \"{TOKEN}\"\nhear = true\n");
    let unknown = Scrobbled::with_config(&config).start(&trakt).login();
    let told = unknown.cli(&["check"]);
    let place = url.trim_start_matches("https://");
    let expected = format!(
        "Plex: {url} can't be trusted: its certificate is signed by nobody known, perhaps by itself \
         (CaUsedAsEndEntity); save it by `openssl s_client -connect {place} </dev/null | openssl x509 > \
         server.pem`, compare it with the server's own, and set plex.ca_file to that file\n"
    );
    assert!(told.out.contains(&expected), "{}", told.out);
    drop(unknown);
    let config = format!("{config}ca_file = {:?}\n", certificate("itself"));
    let daemon = Scrobbled::with_config(&config).start(&trakt).login();
    house.wait_for_stream(1);
    let told = daemon.cli(&["check"]).out;
    assert!(told.contains("Plex: accepts the token"), "{told}");
    house.play("mara", TV, "A", 0);
    trakt.wait_for_calls(&["start A 0"]);
    house.seek(TV, 95);
    house.stop(TV);
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);
}

#[test]
fn an_idle_daemon_with_a_stream_wakes_only_for_its_pings() {
    let (house, trakt) = (House::new(), Trakt::start());
    let daemon = house.heard().start(&trakt).login();
    house.wait_for_stream(1);
    let second = Duration::from_secs(1);
    let quiet = || {
        let before = waits(&daemon);
        pass(2 * second);
        before == waits(&daemon)
    };
    wait_for("two seconds in which nobody wakes", quiet, |quiet| *quiet);
    let before = waits(&daemon);
    for _ in 0..5 {
        house.report(); // ten seconds: a ping
        pass(second / 5);
    }
    let mut after = waits(&daemon);
    for (name, count) in &before {
        after.entry(name.clone()).and_modify(|now| *now -= count);
    }
    after.retain(|_, count| *count > 0);
    let names: Vec<&str> = after.keys().map(String::as_str).collect();
    assert_eq!(names, ["ear plex"], "{after:?}");
    // A ping may come in two pieces.
    assert!((5..=10).contains(&after["ear plex"]), "{after:?}");
}

#[test]
fn what_plex_calls_watched_at_the_credits_is_a_play() {
    let (house, trakt) = (House::new(), Trakt::start());
    house.server.with(|plex| {
        plex.library.labelled("A").expect("a film").credits_ms = Some(70 * MINUTE);
        plex.options.guids_in_sessions = false;
    });
    let _daemon = house.heard().start(&trakt).login();
    house.wait_for_stream(1);
    house.play("mara", TV, "A", 0);
    trakt.wait_for_calls(&["start A 0"]);
    house.seek(TV, 72);
    house.stop(TV);
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);
}

#[test]
fn what_a_webhook_and_the_stream_tell_is_one_play_of_the_webhooks_user() {
    let (house, trakt) = (House::new(), Trakt::start());
    // The webhook has the number at plex.tv, the sessions have 1.
    let account = "[[account]]\nname = \"mara\"\nplex = \"id:48213377\"\n";
    let daemon = house.heard_with(TOKEN, account).start(&trakt);
    daemon.cli(&["login", "mara"]).good();
    house.wait_for_stream(1);
    let post = || {
        for webhook in house.plex(|plex, _| plex.take_webhooks()) {
            let body = webhook.to_string().into_bytes();
            let answer = daemon.send(Source::Plex, "application/json", &body).expect("an answer");
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    };
    house.play("mara", TV, "A", 0);
    post();
    trakt.wait_for_calls(&["start A 0"]);
    house.seek(TV, 95);
    house.stop(TV);
    post();
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);
    let nothing_waits = || (daemon.held(), trakt.calls());
    let ((outbox, parked), calls) =
        wait_for("rest", nothing_waits, |((outbox, _), _)| outbox.is_empty());
    assert_eq!((outbox.len(), parked.len()), (0, 0));
    assert_eq!(calls.iter().filter(|call| call.starts_with("stop A")).count(), 1, "{calls:?}");
    assert_eq!(trakt.plays("A"), 1);
}
