//! `login` and `logout`.

use crate::daemon::webhook::{jellyfin, plex};
use crate::daemon::{Scrobbled, Trakt, all_good, timed, wait_for};
use crate::{log_in, said};
use serde_json::{Value, json};
use standin::trakt::{Fault, Order};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[test]
fn login_shows_the_code_the_address_and_a_qr_code_and_held_plays_leave_at_once() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt);
    daemon.post(&plex("completed"));
    daemon.post(&jellyfin("completed").of("B").at(95.0));
    assert_eq!(trakt.calls(), Vec::<String>::new());
    let out = daemon.cli(&["login"]).good();
    let url = format!("open {}/activate and enter the code", trakt.server.url());
    let first = format!(
        "using {}/scrobbled-data (daemon running, pid {})",
        daemon.home.path().display(),
        daemon.pid()
    );
    let connected = "connected as demo: the account `default` scrobbles from now on";
    for part in [&first, &url, connected, "valid for 10 min", "█"] {
        assert!(out.contains(part), "`{part}` is missing:\n{out}");
    }
    assert!(!format!("{out}{}", daemon.home.log()).contains('\x1b'), "no colours go into a pipe");
    let (took, ()) = timed(|| trakt.wait_for_calls(&["stop A 90", "stop B 95"]));
    assert!(took < Duration::from_secs(5), "they left after {took:?}");
}

#[test]
fn login_and_logout_work_without_a_daemon() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    let out = setup.cli(&["login"]).good();
    assert!(out.contains("(no daemon running)") && out.contains("connected as demo"), "{out}");
    let out = setup.cli(&["logout"]).good();
    assert!(out.contains("the account `default` is disconnected"), "{out}");
    let again = setup.cli(&["logout"]);
    assert_eq!(
        (again.code, again.err.as_str()),
        (Some(1), "the account `default` is not connected\n")
    );
}

#[test]
fn status_without_a_daemon_knows_who_is_connected() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    let state = || {
        let status = setup.cli(&["status", "--json"]).good();
        let status: Value = serde_json::from_str(&status).expect("JSON");
        status["accounts"][0]["state"].clone()
    };
    assert_eq!(state(), "login needed");
    setup.cli(&["login"]).good();
    assert_eq!(state(), "connected");
}

#[test]
fn a_login_without_a_daemon_is_the_daemons_later() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    setup.cli(&["login"]).good();
    let daemon = setup.start(&trakt);
    daemon.post(&plex("completed"));
    trakt.wait_for_calls(&["stop A 90"]);
}

const MARA: &str = "[[account]]\nname = \"mara\"\nplex = \"mara\"\n";
const UNCLAIMED: &str = "the config has no account `default`, but something is stored for it: 1 \
                         waiting to be sent; give an [[account]] that name, or delete it with \
                         `scrobbled logout default`";

#[test]
fn what_waits_for_an_account_that_the_config_no_longer_has_is_told() {
    let trakt = Trakt::start();
    let mut daemon = Scrobbled::with_config("").start(&trakt);
    daemon.post(&plex("completed"));
    assert_eq!(daemon.status()["unclaimed"], json!([]));
    daemon.write_config(MARA);
    let reloaded = daemon.cli(&["reload"]).good();
    assert!(reloaded.contains(UNCLAIMED), "before the restart: {reloaded}");
    let logged = || daemon.home.log().matches(UNCLAIMED).count();
    wait_for("the log", logged, |times| *times == 1);
    daemon.restart();
    let logged = || daemon.home.log().matches(UNCLAIMED).count();
    wait_for("the log of the next start", logged, |times| *times == 2);
    let status = daemon.cli(&["status"]).good();
    assert!(status.contains(UNCLAIMED), "{status}");
    let seen = daemon.cli(&["check"]);
    assert!(seen.code == Some(1) && seen.out.contains(UNCLAIMED), "{seen:#?}");

    daemon.write_config(&MARA.replace("\"mara\"\nplex", "\"default\"\nplex"));
    daemon.restart();
    let status = daemon.status();
    assert_eq!(
        (&status["unclaimed"], &status["outbox"][0]["item"]),
        (&json!([]), &json!("A (2001)"))
    );
    daemon.cli(&["login"]).good();
    trakt.wait_for_calls(&["stop A 90"]);
}

#[test]
fn logout_forgets_an_account_that_the_config_no_longer_has() {
    let trakt = Trakt::start();
    let mut daemon = Scrobbled::with_config("").start(&trakt).login();
    daemon.cli(&["logout"]).good();
    daemon.post(&plex("completed"));
    daemon.write_config(MARA);
    daemon.restart();
    let said = daemon.cli(&["logout", "default"]).good();
    let expected = "deleted what was stored for `default`, which is not in the config; 1 entry was \
                    dropped";
    assert!(said.contains(expected), "{said}");
    let status = daemon.status();
    assert_eq!((&status["unclaimed"], &status["outbox"]), (&json!([]), &json!([])));
    let again = daemon.cli(&["logout", "default"]);
    assert_eq!(
        (again.code, again.err.as_str()),
        (Some(1), "there is no account `default`; the config has mara\n")
    );

    daemon.cli(&["login", "mara"]).good();
    daemon.write_config("");
    daemon.restart();
    let kept = daemon.status()["unclaimed"].clone();
    let login = json!([true, 0, 0]);
    assert_eq!(json!([kept[0]["login"], kept[0]["waiting"], kept[0]["parked"]]), login, "{kept}");
    daemon.cli(&["logout", "mara"]).good();
    let revoked = trakt.server.log().into_iter().filter(|logged| logged.target == "/oauth/revoke");
    assert_eq!(revoked.count(), 2, "the login is given back to Trakt");
    assert_eq!(daemon.status()["unclaimed"], json!([]));
}

#[test]
fn after_a_logout_plays_are_kept_for_the_next_login() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt).login();
    daemon.cli(&["logout"]).good();
    let revoked = trakt.server.log().into_iter().find(|logged| logged.target == "/oauth/revoke");
    assert!(revoked.is_some_and(|logged| logged.status == Some(200)), "{:#?}", trakt.server.log());
    daemon.post(&plex("completed"));
    let (outbox, _) = daemon.held();
    assert_eq!((outbox.len(), trakt.calls().len()), (1, 0), "{outbox:?}");
    daemon.cli(&["login"]).good();
    trakt.wait_for_calls(&["stop A 90"]);
}

/// How many threads of the daemon deliver.
fn couriers(daemon: &Scrobbled) -> usize {
    let tasks = fs::read_dir(format!("/proc/{}/task", daemon.pid())).expect("its threads");
    let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).ok();
    let names = tasks.filter_map(|task| name(task.ok()?));
    names.filter(|name| name.starts_with("courier")).count()
}

#[test]
fn who_delivers_comes_and_goes_with_the_login() {
    let trakt = Trakt::start();
    let mut daemon = Scrobbled::with_config("").start(&trakt);
    for _ in 0..2 {
        assert_eq!(couriers(&daemon), 0, "nobody where there is nothing to deliver to");
        daemon.cli(&["login", "--to", "trakt"]).good();
        // A thread gives itself its name.
        wait_for("the courier", || couriers(&daemon), |couriers| *couriers == 1);
        daemon.restart();
        wait_for("the courier", || couriers(&daemon), |couriers| *couriers == 1);
        daemon.cli(&["logout"]).good();
        wait_for("the courier to go", || couriers(&daemon), |couriers| *couriers == 0);
    }
    assert_eq!(daemon.terminate().0, Some(0), "its end is no trouble");
}

#[test]
fn a_tracker_that_there_is_not_is_wrong_usage_and_one_that_is_not_connected_is_said() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    let seen = setup.cli(&["login", "--to", "elsewhere"]);
    assert!(seen.code == Some(2) && seen.err.contains("choose trakt"), "{seen:#?}");
    let seen = setup.cli(&["logout", "--to", "trakt"]);
    let expected = "the account `default` is not connected to Trakt\n";
    assert_eq!((seen.code, seen.err.as_str()), (Some(1), expected));
}

#[test]
fn where_several_trackers_have_an_app_login_needs_to_know_which() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt).set("SIMKL_CLIENT_ID", "app");
    let seen = setup.cli(&["login"]);
    let expected = "several trackers have an app: say which with `--to trakt` or `--to simkl`\n";
    assert_eq!((seen.code, seen.err.as_str()), (Some(2), expected));
    setup.cli(&["login", "--to", "trakt"]).good();
    let said = setup.cli(&["logout"]).good();
    assert!(said.contains("the account `default` is disconnected; what is waiting"), "{said}");
}

#[test]
fn login_says_what_trakt_refuses_and_what_to_do() {
    let cases: [(&str, Order, &[&str]); 4] = [
        (
            "an app that is gone",
            Fault::status(403).on("POST", "/oauth/device/code"),
            &["app", "VIP", "https://app.trakt.tv/settings/apps"],
        ),
        ("the user says no", Fault::status(418).on("POST", "/oauth/device/token"), &["refused"]),
        (
            "too late",
            Fault::status(410).on("POST", "/oauth/device/token"),
            &["in time", "log in again"],
        ),
        ("Trakt is down", Fault::html(503).times(100).on("POST", "/oauth/device/code"), &["Trakt"]),
    ];
    let mut wrong = Vec::new();
    for (name, order, parts) in cases {
        for running in [false, true] {
            let trakt = Trakt::start();
            trakt.order(order.clone());
            let setup = Scrobbled::with_config("");
            let seen = if running {
                setup.start(&trakt).cli(&["login"])
            } else {
                setup.knowing(&trakt).cli(&["login"])
            };
            let one_line = seen.err.lines().filter(|line| !line.contains(" WARN ")).count() == 1;
            let all = parts.iter().all(|part| seen.err.contains(part));
            if seen.code != Some(1) || !one_line || !all {
                wrong.push(format!(
                    "{name}, daemon running: {running}: expected {parts:?}\n{seen:#?}"
                ));
            }
        }
    }
    all_good(&wrong);
}

#[test]
fn login_to_a_locked_account_says_that_it_is_connected_and_locked() {
    for running in [true, false] {
        let trakt = Trakt::start();
        trakt.server.with(|trakt| trakt.lock("demo", Some(423)));
        let setup = Scrobbled::with_config("");
        let said = if running {
            setup.start(&trakt).cli(&["login"])
        } else {
            setup.knowing(&trakt).cli(&["login"])
        };
        let out = said.good();
        let expected = "connected, but the account `default` can't scrobble yet: Trakt has locked or \
                        deactivated this account: sign in at https://app.trakt.tv, it says what to \
                        do; plays are kept until then\n";
        assert!(out.ends_with(expected), "{out}");
    }
}

const NO_APP: &str = "no Trakt, Simkl or MDBList app is configured: create one at \
                      https://app.trakt.tv/settings/apps (needs VIP) and set trakt.client_id and \
                      trakt.client_secret, or one of the type \"TV, devices & command line\" at \
                      https://simkl.com/settings/developer (free) and set simkl.client_id, or one of \
                      the type \"Device Code\" at https://mdblist.com/developer (free) and set \
                      mdblist.client_id (an API key needs none: `scrobbled login --to mdblist`); then \
                      restart the daemon";

#[test]
fn login_without_an_app_says_how_to_get_one() {
    let mut seen = Scrobbled::with_config("").cli(&["login"]);
    seen.out.clear();
    assert_eq!(seen, said(1, "", &format!("{NO_APP}\n")));
}

#[test]
fn an_account_without_an_app_is_told_what_is_missing_and_not_to_log_in() {
    let kept = format!("{NO_APP}; plays are kept until then");
    for running in [true, false] {
        let mut daemon = Scrobbled::with_config("").start_alone();
        wait_for(
            "its state",
            || daemon.status(),
            |status| status["accounts"][0]["state"] != "starting",
        );
        if running {
            assert_eq!(daemon.health(), (503, "login\n".to_owned()));
            let why = daemon.health_in_words();
            assert_eq!(why, format!("login\naccount `default`: {kept}\n"));
        } else {
            daemon.terminate();
        }
        let status = daemon.status();
        let account = &status["accounts"][0];
        let seen = (&account["state"], &account["no_app"], &account["sentence"]);
        let expected = (&"refused".into(), &true.into(), &kept.as_str().into());
        assert_eq!(seen, expected, "running: {running}");
        assert_eq!(status["warnings"][0], format!("account `default`: {kept}"));
        let text = daemon.cli(&["status"]).good();
        assert!(text.contains("\n  default: no app; 0 waiting, 0 parked\n"), "{text}");
        assert!(text.contains(&format!("  account `default`: {kept}\n")), "{text}");
        let checked = daemon.cli(&["check"]).out;
        assert!(checked.contains(&format!("trackers: {kept}\n")), "{checked}");
        assert_eq!(checked.matches("app is configured").count(), 1, "{checked}");
        assert!(!format!("{text}{checked}").contains("press Connect"), "{text}{checked}");
    }
}

#[test]
fn several_accounts_are_named() {
    let config =
        "[[account]]\nname = \"a\"\nplex = \"x\"\n[[account]]\nname = \"b\"\nplex = \"y\"\n";
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config(config).knowing(&trakt);
    let cases: [(&[&str], &str); 2] = [
        (&["login"], "name one of the accounts a, b\n"),
        (&["login", "c"], "there is no account `c`; the config has a, b\n"),
    ];
    for (words, expected) in cases {
        let seen = setup.cli(words);
        assert_eq!((seen.code, seen.err.as_str()), (Some(1), expected), "{words:?}");
    }
    setup.cli(&["login", "b"]).good();
}

#[test]
fn a_backup_holds_login_and_plays_and_nobody_else_may_read_it() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt).login();
    trakt.server.with(|trakt| trakt.lock("demo", Some(423)));
    daemon.post(&plex("completed"));
    wait_for("the refusal", || trakt.server.log().len(), |requests| *requests > 3);
    daemon.cli(&["backup", "copy.db"]).good();
    let copy = daemon.home.path().join("copy.db");
    assert_eq!(fs::metadata(&copy).expect("a copy").permissions().mode() & 0o777, 0o600);
    let again = daemon.cli(&["backup", "copy.db"]);
    assert_eq!(again.code, Some(1), "a backup is not overwritten: {again:#?}");

    let setup = Scrobbled::with_config("");
    let data = setup.home().path().join("scrobbled-data");
    fs::create_dir(&data).expect("a data folder");
    fs::copy(&copy, data.join("scrobbled.db")).expect("a copy");
    drop(daemon);
    trakt.server.with(|trakt| trakt.lock("demo", None));
    let _restored = setup.start(&trakt);
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);
}

#[test]
fn what_waits_for_a_tracker_that_this_build_does_not_have_is_told() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    setup.cli(&["login"]).good();
    log_in(setup.home(), "elsewhere");
    let daemon = setup.start(&trakt);
    daemon.post(&plex("completed"));
    trakt.wait_for_calls(&["stop A 90"]);
    let told = "this build has no tracker `elsewhere`, but something is stored for the account \
                `default` there: 1 waiting to be sent, its login; use a build that has it, or \
                disconnect the account with `scrobbled logout default --to elsewhere`";
    assert!(daemon.cli(&["status"]).good().contains(told), "{:#}", daemon.status());
    let seen = daemon.cli(&["check"]);
    assert!(seen.code == Some(1) && seen.out.contains(told), "{seen:#?}");
    let retried = daemon.cli(&["retry", &daemon.held().0[0]["id"].to_string()]);
    let why = "this build has no tracker `elsewhere`: use one that has it";
    assert!(retried.out.contains(why), "{retried:#?}");

    let said = daemon.cli(&["logout", "default", "--to", "elsewhere"]).good();
    assert!(said.contains("of what waited for it there, 1 entry was dropped"), "{said}");
    let status = daemon.status();
    assert_eq!((&status["unclaimed"], &status["outbox"]), (&json!([]), &json!([])));
    assert_eq!(status["accounts"][0]["state"], "connected");
}
