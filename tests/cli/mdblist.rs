//! `login --to mdblist`: by a code where there is an app, else by a key.

use crate::daemon::webhook::plex;
use crate::daemon::{Scrobbled, Setup, wait_for};
use crate::said;
use scrobbled::clock::Clock;
use standin::mdblist::{self, Catalogue, MdbList, Server};
use standin::trakt::{self, Fault};

fn mdblist() -> Server {
    let mut catalogue = trakt::Catalogue::samples();
    crate::daemon::items::declare(&mut catalogue, &crate::daemon::items::ITEMS);
    let now = || standin::Time(Clock::Machine.now().0);
    let mdblist = MdbList::new(Catalogue::of(&catalogue));
    Server::start(mdblist, "127.0.0.1:0", now).expect("a port for MDBList")
}

/// A daemon that is about to be set up beside the stand-in, with an app or without.
fn at(server: &Server, client_id: &str) -> Setup {
    Scrobbled::with_config("log = \"debug\"\n")
        .set("MDBLIST_CLIENT_ID", client_id)
        .set("MDBLIST_API_URL", &server.url())
        .set("MDBLIST_POST_INTERVAL_MS", "100")
}

const LOGIN: [&str; 3] = ["login", "--to", "mdblist"];
const PAGE: &str = "https://mdblist.com/preferences/#api";

fn calls(server: &Server) -> Vec<String> {
    server.with(|mdblist| mdblist.calls())
}

#[test]
fn a_code_connects_and_what_waited_leaves_at_once() {
    let server = mdblist();
    let daemon = at(&server, mdblist::CLIENT_ID).start_alone();
    daemon.post(&plex("completed").at(91.0));
    // It is the only tracker that has an app.
    let out = daemon.cli(&["login"]).good();
    let url = format!("open {}/oauth/device/ and enter the code", server.url());
    let connected = "connected as demo: the account `default` scrobbles from now on";
    for part in [&url, connected, "valid for 5 min", "ABCD0001"] {
        assert!(out.contains(part), "`{part}` is missing:\n{out}");
    }
    wait_for("the play", || calls(&server), |calls| calls.len() == 1);
    let targets: Vec<String> = server.log().into_iter().map(|one| one.target).collect();
    let first = ["/oauth/device-authorization/", "/oauth/token/"].map(str::to_owned);
    assert_eq!(targets[..2], first);
    let out = daemon.cli(&["logout"]).good();
    assert!(out.contains("the account `default` is disconnected"), "{out}");
    let revoked = server.log().into_iter().find(|one| one.target == "/oauth/revoke_token/");
    assert_eq!(revoked.and_then(|one| one.status), Some(200));
}

#[test]
fn a_refused_code_and_a_wrong_app_are_said() {
    let server = mdblist();
    let setup = at(&server, mdblist::CLIENT_ID);
    server.order(
        Fault::json(403, serde_json::json!({ "error": "access_denied" }))
            .on("POST", "/oauth/token/"),
    );
    let mut seen = setup.cli(&LOGIN);
    seen.out.clear();
    let refused = "the login was refused at MDBList: log in again, and allow it there\n";
    assert_eq!(seen, said(1, "", refused));
    let mut seen = at(&server, "another").cli(&LOGIN);
    seen.out.clear();
    let wrong = "MDBList does not accept mdblist.client_id: it takes the client id of an app of the \
                 type \"Device Code\" from https://mdblist.com/developer\n";
    assert_eq!(seen, said(1, "", wrong));
}

#[test]
fn a_key_connects_without_an_app_with_a_daemon_and_without_one() {
    for running in [false, true] {
        let server = mdblist();
        let key = server.with(|mdblist| mdblist.issue_key("anna"));
        let setup = at(&server, "");
        let typed = format!("{key}\n");
        let (out, daemon) = if running {
            let daemon = setup.start_alone();
            daemon.post(&plex("completed").at(91.0));
            (daemon.cli_told(&LOGIN, &typed).good(), daemon)
        } else {
            (setup.cli_told(&LOGIN, &typed).good(), setup.start_alone())
        };
        let asks = format!("The API key of MDBList, from {PAGE} (it is read from standard input):");
        let connected = "connected as anna: the account `default` scrobbles from now on";
        for part in [&asks, connected] {
            assert!(out.contains(part), "`{part}` is missing:\n{out}");
        }
        if !running {
            daemon.post(&plex("completed").at(91.0));
        }
        let plays = || server.with(|mdblist| mdblist.plays("anna").len());
        wait_for("the play", plays, |count| *count == 1);
        let status = daemon.status();
        let account = &status["accounts"][0];
        assert_eq!(
            (&account["state"], &account["trackers"][0]["login_until"]),
            (&"connected".into(), &serde_json::Value::Null)
        );
        let checked = daemon.cli(&["check"]).good();
        assert!(checked.contains("account `default`: connected to MDBList as `anna`"), "{checked}");
        assert!(!checked.contains("app is configured"), "{checked}");
        // The key is nowhere to be seen.
        let shown = format!("{out}{checked}{status}{}", daemon.home.log());
        assert!(!shown.contains(&key) && !shown.contains("apikey"), "{shown}");
        assert_eq!(server.log().iter().filter(|one| one.target.starts_with("/oauth")).count(), 0);
    }
}

#[test]
fn a_key_that_is_none_is_said_and_nothing_is_kept_of_it() {
    let server = mdblist();
    let key = server.with(|mdblist| mdblist.issue_key("anna"));
    for running in [false, true] {
        for (typed, code, expected) in [
            (
                "another\n",
                1,
                format!("MDBList does not accept that key: copy it again from {PAGE}\n"),
            ),
            ("two words\n", 1, format!("that is no key of MDBList's: copy it from {PAGE}\n")),
            ("\n", 2, format!("no key came: pass the API key of MDBList ({PAGE})\n")),
            ("", 2, format!("no key came: pass the API key of MDBList ({PAGE})\n")),
        ] {
            let setup = at(&server, "");
            let mut seen = if running {
                setup.start_alone().cli_told(&LOGIN, typed)
            } else {
                setup.cli_told(&LOGIN, typed)
            };
            seen.out.clear();
            assert_eq!(seen, said(code, "", &expected), "running: {running}, {typed:?}");
        }
    }
    server.order(Fault::status(503).on("GET", "/user"));
    let mut seen = at(&server, "").cli_told(&LOGIN, &format!("{key}\n"));
    seen.out.clear();
    let away = "MDBList can't be asked about the key just now: try again later\n";
    assert_eq!(seen, said(1, "", away));
    // Other apps may have used up the day: whose calls are counted is known there.
    server.with(|mdblist| mdblist.spend_day("anna", 0, standin::Time(Clock::Machine.now().0)));
    let setup = at(&server, "");
    let out = setup.cli_told(&LOGIN, &format!("{key}\n")).good();
    assert!(out.contains("connected: the account `default` scrobbles from now on"), "{out}");
    let checked = setup.cli(&["check"]).good();
    assert!(checked.contains("account `default`: connected to MDBList\n"), "{checked}");
}

#[test]
fn a_key_that_was_renewed_needs_a_login_and_keeps_what_is_played() {
    let server = mdblist();
    let login = |key: &str, daemon: &Scrobbled| daemon.cli_told(&LOGIN, key).good();
    let key = server.with(|mdblist| mdblist.issue_key("anna"));
    let daemon = at(&server, "").start_alone();
    login(&key, &daemon);
    let key = server.with(|mdblist| mdblist.issue_key("anna"));
    daemon.post(&plex("completed").at(91.0));
    let state = || daemon.quick_status()["accounts"][0]["state"].clone();
    wait_for("a login to be needed", state, |state| state == "login needed");
    daemon.wait_for_log("its key is no longer valid at MDBList");
    login(&key, &daemon);
    let plays = || server.with(|mdblist| mdblist.plays("anna").len());
    wait_for("the play", plays, |count| *count == 1);
    // A logout forgets it here, and leaves it what it is there.
    let out = daemon.cli(&["logout", "--to", "mdblist"]).good();
    assert!(out.contains("the account `default` is disconnected"), "{out}");
    assert_eq!(server.log().iter().filter(|one| one.target.starts_with("/oauth")).count(), 0);
    login(&key, &daemon);
}
