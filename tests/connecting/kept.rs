//! What is kept of a connected server counts, and its secrets are nobody's.

use crate::daemon::{Scrobbled, Trakt, items, wait_for};
use crate::guide::ask;
use scrobbled::connect::Connection;
use scrobbled::event::Source;
use scrobbled::secret::Secret;
use scrobbled::store::Store;
use serde_json::json;
use standin::plex::{Library, Plex, Server, TOKEN, Watch};
use standin::trakt::Catalogue;
use std::os::unix::fs::PermissionsExt;

fn plex() -> Server {
    let mut catalogue = Catalogue::samples();
    items::declare(&mut catalogue, &items::ITEMS);
    let mut plex = Plex::new(Library::of(&catalogue));
    plex.call_owner("mara");
    Server::start(plex, "127.0.0.1:0", || standin::Time(1_795_550_400_000)).expect("a port")
}

#[test]
fn a_connected_server_is_heard_without_a_word_in_the_config_and_its_token_is_shown_to_nobody() {
    let (server, trakt) = (plex(), Trakt::start());
    let mut daemon = Scrobbled::with_config("log = \"debug\"").start(&trakt).login();
    daemon.kill_9();
    let id = server.with(|plex| plex.machine.clone());
    let connection = Connection {
        url: server.url(),
        token: Secret::new(TOKEN),
        account_token: Secret::new("the-account-token"),
        hear: true,
        ..Connection::new(Source::Plex, "plex", &id)
    };
    let kept = Store::open(&daemon.data()).expect("the data").keep_connections(&[connection]);
    kept.expect("kept");
    daemon.begin(&[]);
    wait_for("a stream", || server.with(|plex| plex.streams()), |streams| *streams > 0);
    let heard = || daemon.quick_status()["servers"][0]["hears"].clone();
    wait_for("that it is heard", heard, |hears| *hears == json!(["stream", "history"]));
    server.with(|plex| {
        let watch = Watch { who: Some("mara"), player: "TV", what: "A", from_ms: 0 };
        assert!(plex.play(&watch, standin::Time(1_795_550_400_000)));
    });
    trakt.wait_for_calls(&["start A 0"]);
    let told = [["status", "--json"].as_slice(), &["status"], &["urls"], &["check"]];
    for words in told {
        let said = daemon.cli(words);
        let all = format!("{}{}{}", said.out, said.err, daemon.home.log());
        assert!(!all.contains(TOKEN) && !all.contains("the-account-token"), "{words:?}: {all}");
    }
    let mode = daemon.data().join("scrobbled.db").metadata().expect("the data").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn what_is_not_connected_is_told_with_what_is() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt);
    let said = daemon.cli(&["disconnect", "plex"]);
    assert_eq!((said.code, said.err.as_str()), (Some(1), "no media server is connected\n"));
    let state = ask(&daemon, json!({ "command": "connect_state" }));
    assert_eq!(state, Err("no media server is being connected".to_owned()));
    let none = ask(&daemon, json!({ "command": "connect", "kind": "emby", "key": "k" }));
    assert_eq!(none, Err("Emby's address is missing, like http://nas:8096".to_owned()));
    let wrong = daemon.cli(&["connect", "emby", "http://nas:8096"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
    let silent = daemon.cli_told(&["connect", "emby", "http://nas:8096", "--key"], "");
    assert_eq!(silent.code, Some(2), "{}", silent.err);
}
