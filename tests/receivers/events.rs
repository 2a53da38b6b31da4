//! Events: each once, whatever comes between.

use super::daemon::by_hand::Rig;
use super::daemon::webhook::plex;
use super::daemon::{Scrobbled, Trakt, wait_for};
use super::{HUSH, at, first, listening, state};
use serde_json::{Value, json};
use standin::receiver::{Receiver, Server};
use standin::tls::{Door, certificate};
use standin::trakt::{Fault, Faults};
use std::collections::BTreeSet;
use std::time::Duration;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PLAYS: &str = "types = ['play.start', 'play.pause', 'play.stop', 'play.finish']";

/// What each event that came says, in words.
fn told(server: &Server) -> Vec<String> {
    let word = |event: &serde_json::Value| {
        let data = &event["data"];
        format!(
            "{} {} {}",
            event["type"].as_str().unwrap_or_default(),
            data["item"]["title"].as_str().unwrap_or_default(),
            data["progress"]
        )
    };
    server.with(|receiver| receiver.events().iter().map(word).collect())
}

/// The ids of all requests that came.
fn ids(server: &Server) -> Vec<String> {
    server.with(|receiver| {
        let id = |post: &_| standin_id(post);
        receiver.posts().iter().map(id).collect()
    })
}

fn standin_id(post: &standin::receiver::Post) -> String {
    post.header("webhook-id").unwrap_or_default().to_owned()
}

#[test]
fn one_viewing_reaches_trakt_and_a_receiver_signed_and_without_a_login_of_its_own() {
    let (trakt, server) = (Trakt::start(), listening(Receiver::with_secret(SECRET)));
    let quiet = listening(Receiver::default());
    let config = format!(
        "log = 'trace'\nscrobble.pause_debounce_seconds = 0\n{}{}",
        at(&server, "films", &format!("secret = '{SECRET}'\n{PLAYS}")),
        at(&quiet, "quiet", ""),
    );
    let daemon = Scrobbled::with_config(&config).start(&trakt);
    daemon.post(&plex("play").at(5.0));
    wait_for("the start", || told(&server), |told| told == &["play.start A 5.0"]);
    let daemon = daemon.login();
    daemon.post(&plex("pause").at(40.0));
    wait_for("the pause", || told(&server).len(), |told| *told == 2);
    daemon.post(&plex("resume").at(40.0));
    wait_for("the resume", || told(&server).len(), |told| *told == 3);
    daemon.post(&plex("completed").at(91.0));
    let expected =
        ["play.start A 5.0", "play.pause A 40.0", "play.start A 40.0", "play.finish A 91.0"];
    wait_for("the play", || told(&server), |told| told == &expected);
    wait_for("the play at Trakt", || trakt.plays("A"), |plays| *plays == 1);
    wait_for("the other receiver", || told(&quiet), |told| told == &["play.finish A 91.0"]);
    server.with(|receiver| {
        assert_eq!(receiver.refused(), [""; 0]);
        let post = &receiver.posts()[0];
        assert_eq!(post.header("idempotency-key"), post.header("webhook-id"));
        assert_eq!(post.header("content-type"), Some("application/json"));
        let data = &receiver.events()[3]["data"];
        assert_eq!((&data["account"], &data["late"]), (&json!("default"), &json!(false)));
    });
    quiet.with(|receiver| assert_eq!(receiver.posts()[0].header("webhook-signature"), None));
    let said = [
        daemon.home.log(),
        daemon.cli(&["status"]).good(),
        daemon.cli(&["status", "--json"]).good(),
    ];
    assert!(said[1].contains("films: takes what is sent; 0 waiting, 0 parked"), "{}", said[1]);
    for said in said {
        assert!(!said.contains(HUSH) && !said.contains("MfKQ9r8G"), "{said}");
    }
}

#[test]
fn a_receiver_that_is_away_holds_up_nobody_and_a_restart_keeps_queue_and_id() {
    let (trakt, server) = (Trakt::start(), listening(Receiver::default()));
    let mut daemon = Scrobbled::with_config(&at(&server, "films", "")).start(&trakt).login();
    server.order(Fault::status(503).times(u32::MAX).applied());
    daemon.post(&plex("completed").at(91.0));
    wait_for("the play at Trakt", || trakt.plays("A"), |plays| *plays == 1);
    wait_for("a try", || ids(&server).len(), |tries| *tries == 1);
    wait_for("that it is away", || state(&daemon), |state| state == "unreachable");
    let sentence = first(&daemon)["sentence"].clone();
    assert_eq!(sentence, "can't be reached (it answers 503); it is tried again");
    assert_eq!((&first(&daemon)["waiting"], daemon.health().0), (&json!(1), 200));
    daemon.kill_9();
    daemon.begin(&[]);
    wait_for("a try after the restart", || ids(&server).len(), |tries| *tries == 2);
    server.misbehave(Faults::default());
    daemon.post(&plex("completed").of("B").at(91.0));
    let both = ["play.finish A 91.0", "play.finish B 91.0"];
    wait_for("both", || told(&server), |told| told == &both);
    let waiting = || first(&daemon)["waiting"].clone();
    wait_for("all to be told", waiting, |waiting| *waiting == json!(0));
    let ids = ids(&server);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 2, "{ids:?}");
    assert_eq!(trakt.plays("A") + trakt.plays("B"), 2);
}

#[test]
fn a_receiver_hears_of_its_accounts_and_of_one_that_rehearses_nothing_is_sent() {
    let (of_mara, of_all) = (listening(Receiver::default()), listening(Receiver::default()));
    let config = format!(
        "[[account]]\nname = 'mara'\nplex = 'mara'\n[[account]]\nname = 'jo'\nplex = 'jo'\n\
         [[account]]\nname = 'kim'\nplex = 'kim'\ndry_run = true\n{}{}",
        at(&of_mara, "mara", "accounts = 'mara'"),
        at(&of_all, "all", ""),
    );
    let daemon = Scrobbled::with_config(&config).start_alone();
    for (user, film) in [("kim", "A"), ("jo", "B"), ("mara", "C")] {
        daemon.post(&plex("completed").of(film).by(user).at(91.0));
    }
    wait_for("mara's", || told(&of_mara), |told| told == &["play.finish C 91.0"]);
    let both = ["play.finish B 91.0", "play.finish C 91.0"];
    wait_for("all", || told(&of_all), |told| told == &both);
    daemon.wait_for_log("rehearsed: dry run, nothing is sent; it would tell all play.finish");
}

#[test]
fn one_that_is_gone_for_good_is_told_nothing_until_its_settings_change() {
    let server = listening(Receiver::default());
    let config = at(&server, "films", "");
    let mut daemon = Scrobbled::with_config(&config).start_alone();
    server.order(Fault::status(410));
    daemon.post(&plex("completed").at(91.0));
    wait_for("that it is off", || state(&daemon), |state| state == "off");
    daemon.post(&plex("completed").of("B").at(91.0));
    daemon.restart();
    assert_eq!((state(&daemon), &first(&daemon)["waiting"]), ("off".to_owned(), &json!(0)));
    assert_eq!(server.requests(), 1);
    daemon.write_config(&config.replace(HUSH, "elsewhere"));
    daemon.restart();
    assert_eq!(state(&daemon), "starting");
    daemon.post(&plex("completed").of("C").at(91.0));
    wait_for("the next", || told(&server), |told| told == &["play.finish C 91.0"]);
}

#[test]
fn nobody_follows_to_another_address() {
    let (server, other) = (listening(Receiver::default()), listening(Receiver::default()));
    let keys = "authorization = 'Bearer t'";
    let daemon = Scrobbled::with_config(&at(&server, "films", keys)).start_alone();
    server.order(Fault::Redirect { to: format!("{}/{HUSH}", other.url()) }.once());
    daemon.post(&plex("completed").at(91.0));
    wait_for("that it refuses", || state(&daemon), |state| state == "refused");
    let sentence = first(&daemon)["sentence"].clone();
    assert_eq!(sentence, "it answers 307: it has moved; set `url` to where it is now");
    assert_eq!((first(&daemon)["waiting"].clone(), other.requests()), (json!(1), 0));
    daemon.cli(&["retry", "all"]).good();
    wait_for("the play", || told(&server), |told| told == &["play.finish A 91.0"]);
    wait_for("that it takes it", || state(&daemon), |state| state == "connected");
}

#[test]
fn what_a_receiver_does_not_take_is_parked_and_sent_again_when_asked() {
    let server = listening(Receiver::default());
    let daemon = Scrobbled::with_config(&at(&server, "films", "")).start_alone();
    server.order(Fault::status(422));
    daemon.post(&plex("completed").at(91.0));
    let parked = || daemon.held().1;
    let parked = wait_for("it to be parked", parked, |parked| parked.len() == 1);
    assert_eq!(parked[0]["tracker"], "receiver:films");
    assert_eq!(parked[0]["reason"], "it answers 422: it does not take what it was told");
    assert_eq!(first(&daemon)["parked"], 1);
    let said = daemon.cli(&["retry", &parked[0]["id"].to_string()]).good();
    assert!(said.ends_with(": sent to films\n"), "{said}");
    assert_eq!(told(&server), ["play.finish A 91.0"]);
}

#[test]
fn days_without_a_receiver_change_nothing_at_trakt_and_it_is_not_told_a_weeks_plays() {
    let server = listening(Receiver::default());
    server.order(Fault::status(503).times(u32::MAX));
    let mut rig = Rig::with_config(&at(&server, "films", ""));
    for film in ["A", "B"] {
        rig.daemon.post(&plex("completed").of(film).at(91.0));
        rig.wait(Duration::from_secs(60));
        for _ in 0..4 {
            rig.step(Duration::from_secs(12 * 3600));
        }
    }
    assert_eq!((rig.trakt.plays("A"), rig.trakt.plays("B")), (1, 1));
    let tries = server.requests();
    assert!((3..20).contains(&tries), "{tries}");
    rig.daemon.post(&plex("completed").of("L").at(91.0));
    rig.step(Duration::from_secs(60));
    // Only then nothing about the first film can be on its way any more.
    let dropped = || rig.status()["receivers"][0]["dropped"].clone();
    wait_for("the first film to be dropped", dropped, |dropped| dropped == 1);
    server.misbehave(Faults::default());
    rig.daemon.post(&plex("completed").of("C").at(91.0));
    rig.step(Duration::from_secs(60));
    let films = || told(&server);
    let expected = ["B", "L", "C"].map(|film| format!("play.finish {film} 91.0"));
    wait_for("the rest to be told", films, |films| *films == expected);
    let queue = || {
        let shown = rig.status()["receivers"][0].clone();
        (shown["dropped"].clone(), shown["waiting"].clone())
    };
    wait_for("its queue to be empty", queue, |queue| *queue == (json!(1), json!(0)));
    let late = server.with(|receiver| receiver.events()[0]["data"].clone());
    assert_eq!(late["late"], json!(true));
    assert!(late["at"].as_str().is_some_and(|at| at.starts_with("2026-11-25T20:")), "{late}");
}

#[test]
fn trouble_is_told_to_who_wants_to_know_of_it() {
    let (trakt, server, films) =
        (Trakt::start(), listening(Receiver::default()), listening(Receiver::default()));
    let keys = "types = ['account.login_needed', 'intent.parked', 'test']";
    let config = format!("{}{}", at(&server, "trouble", keys), at(&films, "films", ""));
    let daemon = Scrobbled::with_config(&config).start(&trakt).login();
    let events = || server.with(|receiver| receiver.events());
    trakt.order(Fault::status(422).on("POST", "/scrobble/stop"));
    daemon.post(&plex("completed").at(91.0));
    let parked = wait_for("that it is parked", events, |events| events.len() == 1);
    let of = |event: &Value, key: &str| event["data"][key].as_str().unwrap_or_default().to_owned();
    assert_eq!(parked[0]["type"], "intent.parked");
    assert_eq!(of(&parked[0], "tracker") + " " + &of(&parked[0], "parked"), "trakt play.finish");
    assert!(of(&parked[0], "text").starts_with("A (2001) is parked: "), "{parked:?}");
    // What a receiver does not take is told to the others.
    films.order(Fault::status(422));
    daemon.post(&plex("completed").of("B").at(91.0));
    let parked = wait_for("that it is parked", events, |events| events.len() == 2);
    assert_eq!(of(&parked[1], "tracker"), "receiver:films");
    trakt.server.with(|trakt| trakt.disconnect("demo"));
    daemon.post(&plex("completed").of("C").at(91.0));
    let ended = wait_for("that a login is needed", events, |events| events.len() == 3);
    assert_eq!(ended[2]["type"], "account.login_needed");
    assert_eq!(of(&ended[2], "account") + " " + &of(&ended[2], "tracker"), "default trakt");
    assert!(of(&ended[2], "text").starts_with("default: login needed"), "{ended:?}");
    let said = daemon.cli(&["check"]).out;
    assert!(said.contains("receiver `trouble`: took a test\n"), "{said}");
    assert_eq!(events().last().map(|event| event["type"].clone()), Some(json!("test")));
    server.order(Fault::status(401));
    let said = daemon.cli(&["check"]).out;
    assert!(said.contains("receiver `trouble`: did not take a test: it answers 401\n"), "{said}");
    assert!(!said.contains(HUSH), "{said}");
}

#[test]
fn a_receiver_is_told_over_tls_by_the_certificate_that_was_given() {
    let server = listening(Receiver::default());
    let door = Door::start("itself", &server.url()).expect("a door");
    let known = format!("[[receiver]]\nname = 'films'\nurl = '{}/{HUSH}'\n", door.url("localhost"));
    let daemon = Scrobbled::with_config(&known).start_alone();
    daemon.post(&plex("play").at(5.0));
    daemon.post(&plex("completed").at(91.0));
    wait_for("that it is refused", || state(&daemon), |state| state == "unreachable");
    let why = first(&daemon)["sentence"].as_str().expect("a sentence").to_owned();
    assert!(why.contains("(CaUsedAsEndEntity); save it by `openssl"), "{why}");
    assert!(why.contains("set `ca_file` of the receiver to that file"), "{why}");
    assert!(!why.contains(HUSH), "{why}");
    drop(daemon);
    let known = format!("{known}ca_file = {:?}\n", certificate("itself"));
    let daemon = Scrobbled::with_config(&known).start_alone();
    daemon.post(&plex("play").at(5.0));
    daemon.post(&plex("completed").at(91.0));
    wait_for("the play", || told(&server), |told| told == &["play.finish A 91.0"]);
}
