//! The real binary with several media servers of a kind, each in a block of its own.

#![cfg(test)]

mod daemon;

use daemon::by_hand::{BEGIN, Rig};
use daemon::items::{self, ITEMS};
use daemon::webhook::{Webhook, jellyfin};
use daemon::{Scrobbled, wait_for};
use scrobbled::clock::{Clock, HandClock};
use serde_json::Value;
use standin::jellyfin::{self, Dialect, Jellyfin};
use standin::media_server::{Fake, TOKEN};
use standin::trakt::{Catalogue, Fault, Faults};
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// The id of the Jellyfin with this number, as its webhooks have it.
fn id(server: u8) -> String {
    format!("{:032x}", 0x3f9d_0c7a_u64 + u64::from(server))
}

/// The block of the Jellyfin with this number, where it has further keys.
fn block(name: &str, server: u8, keys: &str) -> String {
    format!("[[jellyfin]]\nname = \"{name}\"\nid = \"{}\"\n{keys}\n", id(server))
}

/// The same of one that can be asked.
fn asked(name: &str, server: u8, fake: &Fake, keys: &str) -> String {
    let url = fake.url();
    let keys = format!("catch_up = false\n{keys}");
    block(name, server, &format!("url = \"{url}\"\napi_key = \"{TOKEN}\"\n{keys}"))
}

/// A start at the Jellyfin with this number.
fn play(server: u8) -> Webhook {
    Webhook { server, ..jellyfin("play").on(&format!("player {server}")).at(20.0) }
}

/// A fake server whose items are all in this library.
fn only_with(library: &str) -> Fake {
    let json = format!(r#"[{{"Id":"f1","Name":"{library}","Type":"CollectionFolder"}}]"#);
    Fake::says(200, "application/json", &json)
}

/// What became of a webhook, once that is known.
fn became(daemon: &Scrobbled, webhook: &Webhook) -> String {
    daemon.post(webhook);
    let last = || daemon.status()["events"][0].clone();
    let decided = wait_for("a decision", last, |line| line["outcome"] != "waiting");
    let text = |key: &str| decided[key].as_str().unwrap_or_default().to_owned();
    format!("{}: {}", text("outcome"), text("reason"))
}

#[test]
fn each_server_is_asked_for_its_own_events_and_filters_them() {
    let (films, series) = (only_with("Films"), only_with("Series"));
    let config = asked("home", 0, &films, "libraries = \"Films\"")
        + &asked("attic", 1, &series, "libraries = \"Films\"");
    let daemon = Scrobbled::with_config(&config).start_alone();
    assert_eq!(became(&daemon, &play(0)), "queued: started at 20 %");
    assert_eq!((films.asked().len(), series.asked().len()), (1, 0));
    assert_eq!(
        became(&daemon, &play(1)),
        "ignored: the library `Series` is not in jellyfin attic.libraries"
    );
    assert_eq!((films.asked().len(), series.asked().len()), (1, 1));
}

#[test]
fn a_server_that_is_nobodys_is_ignored_with_the_id_to_copy() {
    let config = block("home", 0, "") + &block("attic", 1, "");
    let mut daemon = Scrobbled::with_config(&config).start_alone();
    let reason =
        format!("no [[jellyfin]] has id = \"{}\"; write that into the one that is meant", id(2));
    let answer = daemon.post(&play(2));
    assert_eq!(
        (&answer["outcome"], &answer["reason"]),
        (&"ignored".into(), &Value::from(&*reason))
    );
    let line = daemon.status()["events"][0].clone();
    assert_eq!(
        (&line["label"], &line["reason"]),
        (&"server_unlisted".into(), &Value::from(reason))
    );
    daemon.write_config(&(config + &block("cellar", 2, "")));
    daemon.hang_up("only a restart takes it: `jellyfin`");
    assert_eq!(daemon.post(&play(2))["outcome"], "ignored", "not before");
    daemon.restart();
    assert_eq!(became(&daemon, &play(2)), "queued: started at 20 %");
}

/// The block of a Jellyfin that has to say itself which it is.
fn nameless(name: &str, server: &jellyfin::Server, keys: &str) -> String {
    let (url, key) = (server.url(), jellyfin::KEY);
    format!("[[jellyfin]]\nname = \"{name}\"\nurl = \"{url}\"\napi_key = \"{key}\"\n{keys}\n")
}

/// A Jellyfin with `mara` at it.
fn a_jellyfin(hand: &Arc<HandClock>) -> jellyfin::Server {
    let clock = Clock::ByHand(hand.clone());
    let now = move || standin::Time(clock.now().0);
    let mut catalogue = Catalogue::default();
    items::declare(&mut catalogue, &ITEMS);
    let mut it = Jellyfin::new(Dialect::Jellyfin10_11).with(&catalogue);
    it.user("mara");
    jellyfin::Server::start(it, "127.0.0.1:0", now).expect("a port")
}

/// Why the webhook of a start there was ignored.
fn why(rig: &Rig, server_id: &str) -> String {
    let play = jellyfin("play").of("A").at(20.0).edit("/ServerId", server_id.into());
    let answer = rig.daemon.post(&play);
    answer["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_server_without_an_id_is_asked_for_it_and_is_known_over_a_restart() {
    let hand = HandClock::at(BEGIN);
    let server = a_jellyfin(&hand);
    let id = server.with(|jellyfin| jellyfin.id());
    let keys = "catch_up = false\nusers = \"jo\"";
    let mut rig = Rig::on(hand, &(block("home", 0, "") + &nameless("attic", &server, keys)));
    let its = "`mara` is not in jellyfin attic.users";
    wait_for("its filters", || why(&rig, &id), |why| why.ends_with(its));
    rig.daemon.kill_9();
    let _ = server.stop();
    rig.start_again();
    assert!(why(&rig, &id).ends_with(its), "{}", why(&rig, &id));
    assert!(why(&rig, &"9".repeat(32)).starts_with("no [[jellyfin]] has id"));
}

#[test]
fn two_blocks_for_one_server_are_told() {
    let hand = HandClock::at(BEGIN);
    let server = a_jellyfin(&hand);
    let rig = Rig::on(hand, &(nameless("home", &server, "") + &nameless("attic", &server, "")));
    let trouble = || rig.status()["servers"][2]["trouble"].clone();
    let trouble = wait_for("the trouble", trouble, |trouble| !trouble.is_null());
    let said = trouble.as_str().expect("a sentence").to_owned();
    assert!(said.starts_with("Jellyfin attic is the same server as Jellyfin home, by"), "{said}");
    let check = rig.daemon.cli(&["check"]);
    assert_eq!((check.code, check.out.matches(&said).count()), (Some(1), 1), "{check:#?}");
}

#[test]
fn until_a_server_has_said_which_it_is_its_webhooks_are_ignored_and_its_history_tells() {
    let hand = HandClock::at(BEGIN);
    let server = a_jellyfin(&hand);
    let id = server.with(|jellyfin| jellyfin.id());
    server.order(Fault::status(503).on("GET", "/System/Info/Public").times(u32::MAX));
    let mut rig = Rig::on(hand, &(block("home", 0, "") + &nameless("attic", &server, "")));
    server.at(|it, now| it.play("den", "mara", "A", Duration::ZERO, now));
    assert_eq!(
        why(&rig, &id),
        format!(
            "no [[jellyfin]] has id = \"{id}\", and jellyfin attic has not said its own yet: that is asked \
             for until it answers, and may be set as jellyfin attic.id"
        )
    );
    for _ in 0..99 {
        rig.step(MINUTE);
        server.at(Jellyfin::pass);
    }
    server.at(|it, now| it.stop("den", now));
    server.misbehave(Faults::default());
    // Its history is read at growing intervals, by a thread that nobody waits for.
    let next = || {
        rig.step(MINUTE);
        rig.trakt.plays("A")
    };
    wait_for("its play", next, |plays| *plays == 1);
    let play = jellyfin("play").of("B").at(20.0).edit("/ServerId", id.into());
    assert_eq!(rig.daemon.post(&play)["outcome"], "queued");
}

#[test]
fn check_names_each_server_and_the_id_that_is_missing() {
    let info = format!(r#"{{"Id":"{}","ServerName":"nas"}}"#, id(1));
    let libraries = r#"{"Items":[{"Id":"f137","Name":"Films"}]}"#;
    let pages = [("/System/Info/Public", info.as_str()), ("/Library/MediaFolders", libraries)];
    let attic = Fake::answers(&pages);
    let with = |attic: String| {
        let rest = "[[jellyfin]]\nname = \"rest\"\n";
        let config = block("home", 0, "") + &attic + rest;
        Scrobbled::with_config(&config).cli(&["check"]).out
    };
    let said = with(asked("attic", 1, &attic, ""));
    for expected in [
        format!("Jellyfin home: takes the events of the server \"{}\"\n", id(0)),
        format!("Jellyfin attic: takes the events of the server \"{}\"\n", id(1)),
        "Jellyfin attic: accepts the token; its libraries, as jellyfin attic.libraries takes them:\n".to_owned(),
        "Jellyfin rest: takes the events of each server that is no other's\n".to_owned(),
    ] {
        assert!(said.contains(&expected), "{expected} is not in\n{said}");
    }
    assert!(!said.contains("its id is"), "{said}");
    let nameless = || asked("attic", 1, &attic, "").replace(&id(1), "");
    let away = nameless().replace(&attic.url(), "http://127.0.0.1:9");
    let said = with(away);
    assert!(
        said.contains("attic: takes the events of no server until it has said which it is\n"),
        "{said}"
    );
    let said = with(nameless().replace("api_key", "# api_key"));
    assert!(
        said.contains("`jellyfin attic.id` is not set, and without its token it can't"),
        "{said}"
    );
    assert!(
        said.contains("attic: takes the events of no server, since its id is not set\n"),
        "{said}"
    );
    let said = with(nameless());
    let expected = "Jellyfin attic: takes the events of the server";
    assert!(said.contains(&format!("{expected} \"{}\", as it says itself\n", id(1))), "{said}");
}
