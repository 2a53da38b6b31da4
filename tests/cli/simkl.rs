//! `login --to simkl`: by a code, with an app that is built in or set.

use crate::daemon::webhook::plex;
use crate::daemon::{Scrobbled, Setup, all_good, timed, wait_for};
use scrobbled::clock::Clock;
use serde_json::json;
use standin::simkl::{self, Catalogue, Server, Simkl};
use standin::trakt::{self, Fault, Order};
use std::time::Duration;

/// The app that this build has, if it is built with one. `.ci/home` builds it with the stand-in's.
const BUILT_IN: Option<&str> = option_env!("SCROBBLED_BUILD_SIMKL_CLIENT_ID");

fn at_simkl() -> Server {
    let mut catalogue = trakt::Catalogue::samples();
    crate::daemon::items::declare(&mut catalogue, &crate::daemon::items::ITEMS);
    let now = || standin::Time(Clock::Machine.now().0);
    let simkl = Simkl::new(Catalogue::of(&catalogue));
    Server::start(simkl, "127.0.0.1:0", now).expect("a port for Simkl")
}

/// A machine without a config file, whose program finds the stand-in. The app is the one that is built
/// in where it is the stand-in's, else the same is set.
fn beside(server: &Server) -> Setup {
    let setup = Scrobbled::without_config().set("SIMKL_API_URL", &server.url());
    match BUILT_IN {
        Some(simkl::CLIENT_ID) => setup,
        Some(_) | None => setup.set("SIMKL_CLIENT_ID", simkl::CLIENT_ID),
    }
}

#[test]
fn with_an_app_that_is_built_in_two_commands_bring_plays_to_simkl() {
    let server = at_simkl();
    let daemon = beside(&server).start_alone();
    let out = daemon.cli(&["login", "--to", "simkl"]).good();
    let url = format!("open {}/pin and enter the code", server.url());
    let connected = "connected as demo: the account `default` scrobbles from now on";
    for part in [&url, connected, "valid for 15 min", "ABCD-0001", "█"] {
        assert!(out.contains(part), "`{part}` is missing:\n{out}");
    }
    daemon.post(&plex("completed").at(91.0));
    let calls = || server.with(|simkl| simkl.calls());
    wait_for("the play", calls, |calls| calls == &["stop A 91"]);
    assert_eq!(server.with(|simkl| simkl.violations()), 0);
    let out = daemon.cli(&["logout"]).good();
    assert!(out.contains("the account `default` is disconnected"), "{out}");
    let revoked = server.log().into_iter().find(|logged| logged.target == "/oauth2/revoke");
    assert_eq!(revoked.and_then(|logged| logged.status), Some(200));
}

#[test]
fn a_login_goes_on_while_nobody_has_answered_and_slower_where_simkl_asks_for_it() {
    let server = at_simkl();
    server.with(|simkl| simkl.options.approve_after_polls = Some(2));
    let slow = json!({ "error": "slow_down", "error_description": "see the guide" });
    server.order(Fault::json(400, slow).on("POST", "/oauth2/token"));
    let (took, out) = timed(|| beside(&server).cli(&["login", "--to", "simkl"]).good());
    assert!(out.contains("connected as demo"), "{out}");
    let polls = server.log().into_iter().filter(|logged| logged.target == "/oauth2/token").count();
    assert_eq!(polls, 4, "one is too fast, two are pending");
    assert!(took > Duration::from_secs(3 * 6), "each is five seconds later from then on: {took:?}");
}

#[test]
fn a_login_that_fails_says_why_in_one_line() {
    let error = |error: &str| Fault::json(400, json!({ "error": error, "error_description": "" }));
    let token = |order: Order| order.on("POST", "/oauth2/token");
    let read_only = json!({
        "access_token": "simkl_at_x", "refresh_token": "simkl_rt_x", "token_type": "Bearer",
        "expires_in": 604_800, "scope": "media:read",
    });
    let cases = [
        (
            "refused",
            token(error("access_denied")),
            "the login was refused at Simkl: log in again, and allow it there",
        ),
        ("too late", token(error("expired_token")), "the code was not typed in time: log in again"),
        (
            "it may only read",
            token(Fault::json(200, read_only)),
            "Simkl gave a login that may not write (its scope lacks media:write): log in again, and \
             allow what is asked for",
        ),
        (
            "an app of the first version",
            Fault::json(400, json!({ "error": "unauthorized_client" }))
                .on("POST", "/oauth2/device"),
            "Simkl does not accept simkl.client_id: it takes the client id of an app of the type \
             \"TV, devices & command line\" from https://simkl.com/settings/developer, made since \
             September 2026",
        ),
    ];
    let mut wrong = Vec::new();
    for (name, order, expected) in cases {
        let server = at_simkl();
        server.order(order);
        let setup = beside(&server);
        let seen = setup.cli(&["login", "--to", "simkl"]);
        if seen.code != Some(1) || seen.err != format!("{expected}\n") {
            wrong.push(format!("{name}: expected `{expected}`\n{seen:#?}"));
        }
        let status = setup.cli(&["status", "--json"]).good();
        if !status.contains("\"login needed\"") {
            wrong.push(format!("{name}: nothing is kept, but\n{status}"));
        }
    }
    all_good(&wrong);
}
