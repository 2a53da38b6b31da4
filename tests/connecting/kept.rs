//! What is kept of a connected server counts, and its secrets are nobody's.

use crate::daemon::{Scrobbled, Trakt, items, wait_for};
use crate::guide::{Guide, ask};
use scrobbled::connect::{Connection, Hook};
use scrobbled::event::Source;
use scrobbled::secret::Secret;
use scrobbled::store::Store;
use serde_json::json;
use standin::emby::{self, Emby};
use standin::jellyfin::{Dialect, Jellyfin};
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
    // Nobody is asked for a key where no Emby is.
    let nobody = standin::media_server::nobody();
    let absent = daemon.cli_told(&["connect", "emby", &nobody, "--key"], "");
    assert_eq!((absent.code, absent.out.contains("The API key")), (Some(1), false), "{absent:#?}");
    assert!(absent.err.contains("look whether the address is right"), "{absent:#?}");
    let house = Emby::of(Jellyfin::new(Dialect::Emby).with(&Catalogue::samples()));
    let clock = scrobbled::clock::Clock::Machine;
    let server = emby::Server::start(house, "127.0.0.1:0", move || standin::Time(clock.now().0));
    let server = server.expect("a port");
    let url = server.url();
    let silent = daemon.cli_told(&["connect", "emby", &url, "--key"], "");
    assert_eq!(silent.code, Some(2), "{}", silent.err);
}

#[test]
fn what_was_taken_back_before_a_crash_is_forgotten_by_the_next_run() {
    let mut house = Emby::of(Jellyfin::new(Dialect::Emby).with(&Catalogue::samples()));
    house.house.set_password("mara", "s3sam");
    let clock = scrobbled::clock::Clock::Machine;
    let server = emby::Server::start(house, "127.0.0.1:0", move || standin::Time(clock.now().0));
    let (server, trakt) = (server.expect("a port"), Trakt::start());
    let daemon = Scrobbled::with_config("").start(&trakt);
    let more = json!({
        "url": server.url(), "user": "mara", "password": "s3sam", "yes": true,
    });
    assert_eq!(Guide::begin(&daemon, "emby", more).lead(&[]).name(), "emby");
    let kept = Store::copy(&daemon.data()).expect("the data").connections::<Connection>();
    let key = kept.expect("what is kept").remove(0).token;
    // As a run leaves it that is killed when all is taken back, and before it is forgotten.
    server.with(|emby| emby.house.revoke(key.reveal()));
    let said = daemon.cli(&["disconnect", "emby"]).good();
    assert!(said.contains("if one that posts to http://127.0.0.1:"), "{said}");
    assert!(said.contains("remove it: what it posts counts until then"), "{said}");
    let left = ask(&daemon, json!({ "command": "check_connections" }));
    assert_eq!(left, Ok(json!([])));
}

#[test]
fn what_can_not_be_taken_back_now_is_kept_until_it_can() {
    let (server, trakt) = (plex(), Trakt::start());
    let mut daemon = Scrobbled::with_config("").start(&trakt);
    daemon.kill_9();
    let connection = Connection {
        url: server.url(),
        token: Secret::new(TOKEN),
        account_token: Secret::new("the-account-token"),
        hook: Some(Hook {
            address: "http://127.0.0.1:1/webhook/plextrakt".into(),
            id: String::new(),
        }),
        ..Connection::new(Source::Plex, "plex", "p1")
    };
    let kept = Store::open(&daemon.data()).expect("the data").keep_connections(&[connection]);
    kept.expect("kept");
    daemon.write_config("[plex]\nplex_tv_url = \"http://127.0.0.1:1\"\n");
    daemon.begin(&[]);
    let said = daemon.cli(&["disconnect", "plex"]);
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.err.contains("nothing was forgotten here"), "{said:#?}");
    let kept = ask(&daemon, json!({ "command": "check_connections" })).expect("an answer");
    assert_eq!(kept.as_array().map(Vec::len), Some(1));
    let said = daemon.cli(&["disconnect", "plex", "--yes"]).good();
    assert!(said.contains("is forgotten here"), "{said}");
    let left = ask(&daemon, json!({ "command": "check_connections" }));
    assert_eq!(left, Ok(json!([])));
}

#[test]
fn who_is_offline_is_not_asked_for_an_address() {
    let trakt = Trakt::start();
    let config = "[plex]\nplex_tv_url = \"http://127.0.0.1:1\"\n";
    let daemon = Scrobbled::with_config(config).start(&trakt);
    let said = daemon.cli(&["connect", "plex", "--yes"]);
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.err.contains("has an internet connection"), "{said:#?}");
    assert!(!said.err.contains("whether the address is right"), "{said:#?}");
}
