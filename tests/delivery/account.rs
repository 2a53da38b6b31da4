//! The account: locked, logged out, or in need of new tokens.

use crate::daemon::all_good;
use crate::daemon::by_hand::Rig;
use crate::daemon::script::{Plex, calls, play};
use crate::daemon::webhook::plex;
use crate::{DAY, HOUR, MINUTE, all_plays, list, sentence};
use scrobbled::demo::{Fault, Faults};
use serde_json::json;

#[test]
fn a_locked_account_waits_and_loses_nothing() {
    let mut wrong = Vec::new();
    for status_code in [423, 403, 426] {
        let mut rig = Rig::with_config("");
        rig.server().with(|trakt| trakt.lock("demo", Some(status_code)));
        play(
            &mut rig,
            Plex,
            "play A 20, completed A 95, (5 min) completed B 95, (5 min) completed C 95",
        );
        let before = rig.server().log().len();
        rig.wait(5 * HOUR);
        let tries = rig.server().log().len() - before;
        let status = rig.status();
        let held = (list(&status, "outbox"), list(&status, "parked"));
        let said = sentence(&status);
        let log = rig.daemon.home.log();
        // Beside the activity, which tells of each attempt.
        let mut told = log.lines().filter(|line| !line.contains("activity]"));
        let told = told.by_ref().filter(|line| line.contains(&said)).count();
        rig.server().with(|trakt| trakt.lock("demo", None));
        rig.wait(2 * HOUR);
        let after = calls(&rig);
        let plays: Vec<&str> =
            after.iter().map(String::as_str).filter(|call| call.starts_with("history")).collect();
        let expected = ["history A +0:00:03", "history B +0:05:03", "history C +0:10:03"];
        if held != (3, 0)
            || !(4..=12).contains(&tries)
            || said.is_empty()
            || told != 1
            || plays != expected
        {
            wrong.push(format!(
                "{status_code}: (outbox, parked) {held:?}, {tries} tries in 5 h, `{said}` told \
                 {told} times, then {after:?}"
            ));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_401_is_followed_by_one_refresh_and_the_call_again() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::status(401).on("POST", "/scrobble"));
    rig.daemon.post(&plex("completed"));
    rig.wait(MINUTE);
    assert_eq!((calls(&rig), all_plays(&rig)), (vec!["stop A 90".to_owned()], 1));
    assert_eq!(refreshes(&rig), 1, "{:#?}", rig.server().log());
}

fn refreshes(rig: &Rig) -> usize {
    rig.server().log().iter().filter(|logged| logged.target == "/oauth/token").count()
}

#[test]
fn a_refused_refresh_asks_for_a_login_which_then_delivers() {
    let mut rig = Rig::with_config("");
    let refused = json!({"error": "invalid_grant", "error_description": "revoked"});
    rig.trakt.order(Fault::status(401).times(5).on("POST", "/scrobble"));
    rig.trakt.order(Fault::json(400, refused).times(5).on("POST", "/oauth/token"));
    rig.daemon.post(&plex("completed").of("A"));
    rig.wait(MINUTE);
    rig.daemon.post(&plex("completed").of("B"));
    rig.wait(MINUTE);
    let status = rig.status();
    assert!(sentence(&status).contains("scrobbled login"), "{status:#}");
    assert_eq!((list(&status, "outbox"), list(&status, "parked")), (2, 0), "{status:#}");
    rig.server().misbehave(Faults::default());
    rig.login(None);
    rig.wait(MINUTE);
    assert_eq!(all_plays(&rig), 2, "{:?}", calls(&rig));
    assert_eq!(list(&rig.status(), "outbox"), 0);
}

#[test]
fn a_refresh_that_fails_in_any_other_way_logs_nobody_out() {
    let troubles = [
        ("503", Fault::status(503)),
        ("a page", Fault::html(503)),
        ("403 with a page", Fault::html(403)),
        ("400 without a reason", Fault::status(400)),
        ("reset", Fault::Reset.once()),
        ("cut", Fault::Cut.once().times(1)),
        ("garbage", Fault::Garbage.once()),
    ];
    let mut wrong = Vec::new();
    for (name, order) in troubles {
        let mut rig = Rig::with_config("");
        rig.server().with(|trakt| trakt.options.refresh_grace_seconds = 3600);
        rig.trakt.order(Fault::status(401).on("POST", "/scrobble"));
        rig.trakt.order(order.on("POST", "/oauth/token"));
        rig.daemon.post(&plex("completed"));
        rig.wait(20 * MINUTE);
        if all_plays(&rig) != 1 {
            wrong.push(format!("{name}: {:?}, {:#}", calls(&rig), rig.status()["accounts"]));
        }
    }
    all_good(&wrong);
}

#[test]
fn tokens_are_refreshed_before_they_end_and_survive_a_restart() {
    let mut rig = Rig::with_config("");
    rig.wait(5 * DAY);
    rig.daemon.post(&plex("completed").of("A"));
    rig.wait(MINUTE);
    rig.restart();
    rig.daemon.post(&plex("completed").of("B"));
    rig.wait(5 * DAY);
    rig.daemon.post(&plex("completed").of("C"));
    rig.wait(MINUTE);
    assert_eq!(calls(&rig), ["stop A 90", "stop B 90", "stop C 90"]);
    assert!((1..=3).contains(&refreshes(&rig)), "{} refreshes in 10 days", refreshes(&rig));
    let refused = rig.server().log().iter().filter(|logged| logged.status == Some(401)).count();
    assert_eq!(refused, 0, "no call was made with a token that had ended");
}
