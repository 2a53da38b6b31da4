//! The account: locked, logged out, or in need of new tokens.

use crate::daemon::by_hand::Rig;
use crate::daemon::script::{Plex, calls, play};
use crate::daemon::webhook::plex;
use crate::daemon::{all_good, wait_for};
use crate::{DAY, HOUR, MINUTE, all_plays, list, seconds, sentence};
use serde_json::json;
use standin::media_server::Fake;
use standin::trakt::{Fault, Faults, Order};
use std::fs;
use std::time::Duration;

#[test]
fn a_locked_account_waits_and_loses_nothing() {
    let mut wrong = Vec::new();
    // The whole account, or only what changes something.
    for (status_code, reads) in [(423, false), (403, false), (426, true)] {
        let phone = Fake::says(200, "text/plain", "");
        // A login may take so long by the clock that is moved that it would be told of itself.
        let mut rig = Rig::with_config("");
        rig.daemon.write_config(&format!("[notify]\nurl = \"{}\"\n", phone.url()));
        rig.restart();
        play(&mut rig, Plex, "play A 20, (2 s)");
        if reads {
            rig.trakt.order(Fault::status(status_code).times(u32::MAX).on("POST", "/s"));
        } else {
            rig.server().with(|trakt| trakt.lock("demo", Some(status_code)));
        }
        play(&mut rig, Plex, "completed A 95, (5 min) completed B 95, (5 min) completed C 95");
        let before = rig.server().log().len();
        rig.wait(3 * HOUR);
        let tries = rig.server().log().len() - before;
        let status = rig.status();
        let held = (list(&status, "outbox"), list(&status, "parked"));
        let said = sentence(&status);
        let log = rig.daemon.wait_for_log(&said);
        let told = log.lines().filter(|line| line.contains(&said)).count();
        let notified = phone.asked().len();
        rig.server().with(|trakt| trakt.lock("demo", None));
        rig.server().misbehave(Faults::default());
        rig.wait(2 * HOUR);
        let after = calls(&rig);
        let plays: Vec<&str> =
            after.iter().map(String::as_str).filter(|call| call.starts_with("history")).collect();
        let expected = ["history A +0:00:05", "history B +0:05:05", "history C +0:10:05"];
        if held != (3, 0)
            || !(3..=8).contains(&tries)
            || said.is_empty()
            || (told, notified) != (1, 1)
            || plays != expected
        {
            wrong.push(format!(
                "{status_code}: (outbox, parked) {held:?}, {tries} tries in 3 h, `{said}` told \
                 {told} times and notified {notified} times, then {after:?}"
            ));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_restart_is_no_reason_to_tell_the_same_again() {
    let phone = Fake::says(200, "text/plain", "");
    let mut rig = Rig::without_login(&format!("[notify]\nurl = \"{}\"\n", phone.url()));
    let journal = rig.daemon.data().join("scrobbled.db-wal");
    let is_kept = |state: &str| {
        let bytes = fs::read(&journal).unwrap_or_default();
        bytes.windows(state.len()).any(|part| part == state.as_bytes())
    };
    let told = |rig: &mut Rig, state: &str| {
        rig.wait(2 * MINUTE);
        wait_for(state, || is_kept(state), |kept| *kept);
        phone.asked().len()
    };
    assert_eq!(told(&mut rig, "\"open\":true"), 1, "a login is needed");
    for _ in 0..3 {
        rig.restart();
        rig.wait(2 * MINUTE);
    }
    assert_eq!(phone.asked().len(), 1, "that was told before");
    rig.login(None);
    rig.restart();
    assert_eq!(told(&mut rig, "\"open\":false"), 2, "it is well again");
    rig.restart();
    rig.wait(2 * MINUTE);
    assert_eq!(phone.asked().len(), 2, "that too");
}

#[test]
fn how_an_account_is_is_told_soon_after_a_start_without_a_film() {
    let revoked = json!({"error": "invalid_grant"});
    let ever = |order: Order| order.times(u32::MAX);
    let cases = [
        ("well", vec![], "connected", "ok\n"),
        ("one hiccup", vec![Fault::status(503)], "connected", "ok\n"),
        ("an outage", vec![ever(Fault::status(503))], "unreachable", "trakt\n"),
        ("locked", vec![ever(Fault::status(423))], "refused", "trakt\n"),
        ("an app that is gone", vec![ever(Fault::status(403))], "refused", "trakt\n"),
        (
            "revoked",
            vec![
                ever(Fault::status(401)).on("GET", ""),
                ever(Fault::json(400, revoked)).on("POST", "/oauth/token"),
            ],
            "login needed",
            "login\n",
        ),
    ];
    let mut wrong = Vec::new();
    for (name, orders, state, word) in cases {
        let mut rig = Rig::with_config("");
        for order in orders {
            rig.trakt.order(order);
        }
        rig.restart();
        rig.wait(seconds(30));
        let (told, health) = (rig.status()["accounts"][0]["state"].clone(), rig.daemon.health());
        rig.server().misbehave(Faults::default());
        rig.wait(HOUR);
        let after = rig.status()["accounts"][0]["state"].clone();
        let in_the_end = if state == "login needed" { state } else { "connected" };
        if told != state || health.1 != word || (state != "refused" && after != in_the_end) {
            wrong.push(format!("{name}: {told} {health:?}, expected {state}; then {after}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_trakt_that_was_away_at_the_start_is_greeted_when_it_is_back() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::status(503).times(u32::MAX).on("GET", "/users"));
    rig.restart();
    rig.wait(seconds(4));
    assert_ne!(rig.status()["accounts"][0]["state"], "connected");
    rig.server().misbehave(Faults::default());
    rig.wait(seconds(30));
    let account = rig.status()["accounts"][0].clone();
    assert_eq!((&account["state"], &account["user"]), (&json!("connected"), &json!("demo")));
}

#[test]
fn a_401_is_followed_by_one_refresh_and_the_call_again() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::status(401).on("POST", "/scrobble"));
    rig.trakt.order(Fault::late(Duration::from_millis(300)).on("POST", "/oauth/token"));
    for name in ["A", "B", "C"] {
        rig.daemon.post(&plex("completed").of(name));
    }
    rig.wait(MINUTE);
    assert_eq!(calls(&rig), ["stop A 90", "stop B 90", "stop C 90"]);
    assert_eq!(refreshes(&rig), 1, "{:#?}", rig.server().log());
}

#[test]
fn tokens_are_refreshed_at_half_of_what_their_answer_says() {
    let mut rig = Rig::without_login("");
    rig.server().with(|trakt| trakt.options.token_seconds = 2 * 3600);
    rig.login(None);
    rig.wait(55 * MINUTE);
    assert_eq!(refreshes(&rig), 0);
    rig.server().with(|trakt| trakt.options.token_seconds = 6 * 3600);
    rig.wait(10 * MINUTE);
    assert_eq!(refreshes(&rig), 1);
    rig.wait(2 * HOUR);
    assert_eq!(refreshes(&rig), 1, "the new pair is good for six hours");
}

#[test]
fn a_new_pair_whose_answer_was_lost_is_survived_or_asked_for_and_nothing_is_lost() {
    for forgiving in [true, false] {
        let mut rig = Rig::with_config("");
        rig.server().with(|trakt| {
            trakt.options.refresh_grace_seconds = if forgiving { 3600 } else { 0 };
        });
        let refused = if forgiving { 2 } else { u32::MAX };
        rig.trakt.order(Fault::status(401).times(refused).on("POST", "/s"));
        rig.trakt.order(Fault::Reset.once().applied().on("POST", "/oauth/token"));
        rig.daemon.post(&plex("completed"));
        rig.wait(3 * HOUR);
        let told = times_asked_to_log_in(&rig);
        if forgiving {
            assert_eq!((all_plays(&rig), told), (1, 0), "{:#?}", rig.server().log());
            continue;
        }
        let status = rig.status();
        assert_eq!((all_plays(&rig), list(&status, "outbox")), (0, 1), "{status:#}");
        assert!(sentence(&status).contains("scrobbled login"), "{status:#}");
        assert_eq!(rig.daemon.health(), (503, "login\n".to_owned()));
        assert!((3..=4).contains(&told), "told {told} times in three hours");
        rig.server().misbehave(Faults::default());
        rig.login(None);
        rig.wait(MINUTE);
        assert_eq!((all_plays(&rig), list(&rig.status(), "outbox")), (1, 0));
        assert_eq!(rig.daemon.health(), (200, "ok\n".to_owned()));
    }
}

fn refreshes(rig: &Rig) -> usize {
    rig.server().log().iter().filter(|logged| logged.target == "/oauth/token").count()
}

#[test]
fn an_app_that_may_not_refresh_is_told_once_and_not_at_each_hourly_try() {
    let mut rig = Rig::without_login("");
    rig.server().with(|trakt| trakt.options.token_seconds = 20 * 60);
    rig.login(None);
    let no = json!({"error": "unapproved app"});
    rig.trakt.order(Fault::json(403, no).times(u32::MAX).on("POST", "/oauth/token"));
    rig.wait(75 * MINUTE);
    let said = "does not know this API app";
    let log = rig.daemon.wait_for_log(said);
    let told = log.lines().filter(|line| line.contains(said)).count();
    assert_eq!((refreshes(&rig), told), (2, 1), "{log}");
}

/// In the log, the first time without a login excepted.
fn times_asked_to_log_in(rig: &Rig) -> usize {
    rig.daemon.home.log().matches("login needed").count() - 1
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
        if all_plays(&rig) != 1 || times_asked_to_log_in(&rig) > 0 {
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
