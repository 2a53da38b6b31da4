//! Who is who: what is asked, and where the answer goes.

use crate::daemon::{Scrobbled, Trakt, wait_for};
use crate::guide::{Guide, ask};
use serde_json::json;
use standin::emby::{Emby, Server};
use standin::jellyfin::{Dialect, Jellyfin, KEY};
use standin::trakt::Catalogue;
use std::fs;
use std::process::Command;

fn emby() -> Server {
    let mut emby = Emby::of(Jellyfin::new(Dialect::Emby).with(&Catalogue::samples()));
    for name in ["mara", "jo"] {
        emby.house.set_password(name, "s3sam");
    }
    let clock = scrobbled::clock::Clock::Machine;
    Server::start(emby, "127.0.0.1:0", move || standin::Time(clock.now().0)).expect("a port")
}

fn config(daemon: &Scrobbled) -> String {
    fs::read_to_string(daemon.home.config()).expect("the config")
}

#[test]
fn who_is_which_account_is_asked_and_written_into_the_config() {
    let (server, trakt) = (emby(), Trakt::start());
    let before = "# Ours.\n[[account]]\nname = 'alice' # me\nplex = ['alice']\n\n[[account]]\n\
                  name = 'ben'\nplex = ['ben']\nemby = ['*']\n";
    let daemon = Scrobbled::with_config(before).start(&trakt);
    let more = json!({ "url": server.url(), "key": KEY });
    let heard = Guide::begin(&daemon, "emby", more).lead(&[("is `alice`?", "mara")]);
    assert_eq!(heard.name(), "emby");
    let asked = heard.questions.iter().filter(|question| question.contains("is `"));
    assert_eq!(asked.count(), 1, "of ben nothing is asked: {heard:#?}");
    let after = before.replace("plex = ['alice']\n", "plex = ['alice']\nemby = [\"mara\"]\n");
    assert_eq!(config(&daemon), after, "{heard:#?}");
    let settings = ask(&daemon, json!({ "command": "settings" })).expect("settings");
    let all = settings["settings"].as_array().expect("a list");
    let is_it =
        |one: &&serde_json::Value| one["account"] == "alice" && one["key"] == "account.emby";
    assert_eq!(all.iter().find(is_it).map(|one| &one["value"]), Some(&json!(["mara"])), "at once");
}

#[test]
fn without_accounts_it_is_asked_whose_plays_count() {
    let (server, trakt) = (emby(), Trakt::start());
    let daemon = Scrobbled::with_config("# Ours.\n").start(&trakt);
    let more = || json!({ "url": server.url(), "key": KEY });
    let heard = Guide::begin(&daemon, "emby", more()).lead(&[("count?", "everybody's")]);
    assert_eq!(heard.name(), "emby");
    assert_eq!(config(&daemon), "# Ours.\n");
    let heard = Guide::begin(&daemon, "emby", more()).lead(&[("count?", "jo")]);
    assert_eq!(heard.name(), "emby", "the same server has the same name");
    assert_eq!(config(&daemon), "# Ours.\n\n[emby]\nusers = [\"jo\"]\n");
}

#[test]
fn with_yes_who_is_who_is_only_said() {
    let (server, trakt) = (emby(), Trakt::start());
    let daemon = Scrobbled::with_config("").start(&trakt);
    let more = json!({ "url": server.url(), "key": KEY, "yes": true });
    let heard = Guide::begin(&daemon, "emby", more).lead(&[]);
    let said = heard.text();
    for line in ["[[account]]", "name = \"mara\"", "emby = [\"mara\"]", "emby = [\"jo\"]"] {
        assert!(said.contains(line), "`{line}` is missing in {said}");
    }
    assert_eq!((config(&daemon).as_str(), heard.questions.len()), ("", 0));
    // The lines for a second server are those for both.
    let house = Jellyfin::new(Dialect::Jellyfin12).with(&Catalogue::samples());
    let clock = scrobbled::clock::Clock::Machine;
    let now = move || standin::Time(clock.now().0);
    let jellyfin = standin::jellyfin::Server::start(house, "127.0.0.1:0", now).expect("a port");
    jellyfin.with(|jellyfin| drop(jellyfin.user("mara")));
    jellyfin.with(|jellyfin| drop(jellyfin.user("kim")));
    let more = json!({ "url": jellyfin.url(), "key": KEY, "yes": true });
    let said = Guide::begin(&daemon, "jellyfin", more).lead(&[]).text();
    let lines = "  name = \"mara\"\n  emby = [\"mara\"]\n  jellyfin = [\"mara\"]\n  [[account]]\n";
    assert!(said.contains(lines), "{said}");
    assert_eq!(said.matches("name = \"mara\"").count(), 1, "{said}");
}

#[test]
fn with_yes_it_is_said_who_of_the_accounts_may_be_who() {
    let (server, trakt) = (emby(), Trakt::start());
    let config =
        "[[account]]\nname = 'Mara'\nplex = ['m']\n[[account]]\nname = 'den'\nplex = ['d']\n";
    let daemon = Scrobbled::with_config(config).start(&trakt);
    let servers = || ask(&daemon, json!({ "command": "status" })).expect("a status");
    let shown = |what: &str| {
        let all = servers()["servers"].as_array().cloned().unwrap_or_default();
        all.iter().find(|one| one["kind"] == "emby").map(|one| one[what].clone())
    };
    let more = json!({ "url": server.url(), "key": KEY, "yes": true });
    let said = Guide::begin(&daemon, "emby", more).lead(&[]).text();
    let lines = "  name = \"Mara\"\n  emby = [\"mara\"]\n  name = \"den\"\n  emby = []  # one of those above";
    assert!(said.contains(lines), "{said}");
    assert_eq!(shown("unlisted"), Some(json!(true)), "nobody there is in an account");
    let checked = daemon.cli(&["check"]).out;
    assert!(
        checked.contains("Emby: no account lists anybody there, so none of its plays"),
        "{checked}"
    );
}

#[test]
fn without_a_terminal_a_question_is_an_error_that_names_the_choices() {
    let (server, trakt) = (emby(), Trakt::start());
    let daemon = Scrobbled::with_config("").start(&trakt);
    let said = daemon.cli_told(&["connect", "emby", &server.url(), "--key"], &format!("{KEY}\n"));
    assert_eq!(said.code, Some(2), "{said:#?}");
    assert!(said.err.contains("--yes") && said.err.contains("\"use http://127.0.0.1"), "{said:#?}");
}

#[test]
fn one_server_is_connected_at_a_time() {
    let (server, trakt) = (emby(), Trakt::start());
    let daemon = Scrobbled::with_config("").start(&trakt);
    let more = || json!({ "url": server.url(), "key": KEY });
    let mut first = Guide::begin(&daemon, "emby", more());
    wait_for("a question", || first.look().question, Option::is_some);
    std::thread::scope(|scope| {
        let mut begun = json!({ "command": "connect", "kind": "emby" });
        begun.as_object_mut().expect("one").extend(more().as_object().expect("one").clone());
        let second = scope.spawn(|| ask(&daemon, begun));
        wait_for(
            "an answer",
            || {
                let _ = first.look();
                second.is_finished()
            },
            |finished| *finished,
        );
        let why = second.join().expect("no panic").expect_err("somebody is at it");
        assert!(why.contains("is being connected just now"), "{why}");
    });
    first.leave();
    let end = first.lead(&[]).end;
    assert!(end.left && end.name.is_none(), "{end:?}");
    let heard = Guide::begin(&daemon, "emby", more()).lead(&[]);
    assert_eq!(heard.name(), "emby");
}

#[test]
fn ctrl_c_leaves_and_nothing_goes_on() {
    let house = Jellyfin::new(Dialect::Jellyfin12).with(&Catalogue::samples());
    let clock = scrobbled::clock::Clock::Machine;
    let now = move || standin::Time(clock.now().0);
    let server = standin::jellyfin::Server::start(house, "127.0.0.1:0", now).expect("a port");
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt);
    let child = daemon.cli_beside(&["connect", "jellyfin", &server.url()]);
    let state = || ask(&daemon, json!({ "command": "connect_state" })).unwrap_or_default();
    wait_for("a code", state, |state| !state["code"].is_null());
    Command::new("kill").args(["-INT", &child.id().to_string()]).output().expect("`kill` runs");
    let said = child.wait_with_output().expect("what it said");
    let why = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!((said.status.code(), why.contains("left before the end")), (Some(1), true), "{why}");
    let state = state();
    assert_eq!((&state["end"]["left"], &state["code"]), (&json!(true), &json!(null)), "{state}");
    let kept = ask(&daemon, json!({ "command": "check_connections" }));
    assert_eq!(kept, Ok(json!([])));
}
