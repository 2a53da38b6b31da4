//! The real binary with several media servers of a kind, each in a block of its own.

#![cfg(test)]

mod daemon;

use daemon::webhook::{Webhook, jellyfin};
use daemon::{Scrobbled, wait_for};
use serde_json::Value;
use standin::media_server::{Fake, TOKEN};

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
    let nameless = asked("attic", 1, &attic, "").replace(&id(1), "");
    let said = with(nameless);
    for expected in [
        "note: `jellyfin attic.id` is not set".to_owned(),
        "Jellyfin attic: takes the events of no server, since its id is not set\n".to_owned(),
        format!("Jellyfin attic: its id is \"{}\", and jellyfin attic.id is \"\"\n", id(1)),
    ] {
        assert!(said.contains(&expected), "{expected} is not in\n{said}");
    }
}
