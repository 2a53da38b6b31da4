//! What Trakt says to a play, and what nobody needs any more.

use crate::daemon::all_good;
use crate::daemon::by_hand::Rig;
use crate::daemon::script::{Plex, calls, play};
use crate::daemon::webhook::{emby, plex};
use crate::{DAY, HOUR, MINUTE, all_plays, list, seconds};
use serde_json::json;
use standin::trakt::{Fault, Faults};
use std::time::Duration;

#[test]
fn live_calls_that_nobody_needs_any_more_are_dropped() {
    // What Trakt answers, what is played meanwhile, for how long, and what Trakt is told afterwards.
    // A start that was answered 503 may have been taken; one that was answered 408 was not.
    let cases: [(&str, u16, &str, Duration, &[&str]); 8] = [
        (
            "a start, replaced by its end",
            503,
            "play 6, pause 30, (10 s) resume 30, (20 s) stop 50",
            MINUTE,
            &["pause A 50"],
        ),
        (
            "a pause, replaced by a start",
            408,
            "play 6, pause 30, (10 s) resume 30",
            MINUTE,
            &["start A 30"],
        ),
        (
            "a pause that ends a start",
            503,
            "play 6, pause 30, (10 s) resume 30",
            MINUTE,
            &["pause A 30", "start A 30"],
        ),
        ("what hardly began", 503, "play 0, (20 s) stop 0.5", MINUTE, &["pause A 1", "forget A 1"]),
        // But its start may have wiped the position that was stored before it.
        ("a start after its film is over", 503, "play 6", 2 * HOUR, &["pause A 6"]),
        ("a pause of this day", 408, "play 6, stop 50", 3 * HOUR, &["pause A 50"]),
        ("a pause of yesterday", 408, "play 6, stop 50", 25 * HOUR, &[]),
        ("the same, which ends a start", 503, "play 6, stop 50", 25 * HOUR, &["pause A 50"]),
    ];
    let mut wrong = Vec::new();
    for (name, answer, script, down, expected) in cases {
        let mut rig = Rig::with_config("");
        rig.trakt.order(Fault::status(answer).times(u32::MAX));
        play(&mut rig, Plex, script);
        rig.wait(down);
        rig.server().misbehave(Faults::default());
        rig.wait(6 * MINUTE);
        let (seen, left) = (calls(&rig), list(&rig.status(), "outbox"));
        if seen != expected || left != 0 {
            wrong.push(format!("{name}: {seen:?}, {left} waiting; expected {expected:?}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_409_means_done_where_the_play_is_of_this_viewing_and_a_second_viewing_else() {
    // Minutes before the completed event at which somebody else's app has put a play.
    let cases: [(&str, u64, &[&str]); 3] = [
        ("in this viewing", 10, &["stop A 90 (409)"]),
        ("just before its end", 0, &["stop A 90 (409)"]),
        ("before this viewing", 110, &["stop A 90 (409)", "history A +0:00:00"]),
    ];
    let mut wrong = Vec::new();
    for (name, ago, expected) in cases {
        let mut rig = Rig::with_config("");
        let then = standin::Time(rig.now().before(seconds(ago * 60)).0);
        rig.server().with(|trakt| {
            trakt.options.repeat_seconds = Some(4 * 3600);
            assert!(trakt.play_elsewhere("demo", "A", then));
        });
        // It comes about between the look and the stop.
        rig.trakt.order(Fault::json(200, json!([])).on("GET", "/sync/history"));
        rig.daemon.post(&plex("completed"));
        rig.wait(MINUTE);
        let seen = calls(&rig);
        if seen != expected || list(&rig.status(), "parked") > 0 {
            wrong.push(format!("{name}: {seen:?}, expected {expected:?}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn another_client_that_was_faster_is_noticed() {
    let mut rig = Rig::with_config("");
    rig.daemon.post(&plex("play").at(20.0));
    rig.wait(60 * MINUTE);
    let now = standin::Time(rig.now().0);
    assert!(rig.server().with(|trakt| trakt.play_elsewhere("demo", "A", now)));
    rig.wait(seconds(5));
    rig.daemon.post(&plex("completed").at(90.0));
    rig.wait(MINUTE);
    assert_eq!((calls(&rig), all_plays(&rig)), (vec!["start A 20".to_owned()], 1));
}

#[test]
fn what_trakt_rejects_is_parked_with_a_reason_and_holds_nobody_up() {
    let mut wrong = Vec::new();
    for code in [400, 405, 412, 420, 422] {
        let mut rig = Rig::with_config("");
        rig.trakt.order(Fault::status(code).on("POST", "/scrobble/stop"));
        rig.daemon.post(&plex("completed").of("A"));
        rig.wait(seconds(5));
        rig.daemon.post(&plex("completed").of("B"));
        rig.wait(3 * DAY);
        let status = rig.status();
        let (parked, reason) = (list(&status, "parked"), status["parked"][0].to_string());
        let said = reason.contains(&code.to_string()) || code == 420 && reason.contains("limit");
        if parked != 1 || !said || calls(&rig).last().is_none_or(|call| call != "stop B 90") {
            wrong.push(format!("{code}: {:?}, parked {reason}", calls(&rig)));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_parked_play_is_its_own_though_the_item_was_seen_again_since() {
    for again in [HOUR, 4 * HOUR, 3 * DAY] {
        let mut rig = Rig::with_config("");
        rig.server().with(|trakt| trakt.options.repeat_seconds = Some(0));
        rig.trakt.order(Fault::status(420).on("POST", "/scrobble/stop"));
        play(&mut rig, Plex, "play 0, (90 min) completed 90, stop 99");
        rig.wait(again);
        play(&mut rig, Plex, "play 0, (90 min) completed 90, stop 99");
        rig.daemon.cli(&["retry", "all"]).good();
        rig.wait(MINUTE);
        let expected = ["start A 0", "start A 0", "stop A 90", "history A +1:30:00"];
        assert_eq!(calls(&rig), expected, "seen again after {again:?}");
        rig.daemon.cli(&["retry", "all"]).good();
        rig.wait(MINUTE);
        assert_eq!(all_plays(&rig), 2, "seen again after {again:?}");
    }
}

#[test]
fn a_start_that_is_refused_is_dropped_and_told() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::status(422).on("POST", "/scrobble/start"));
    rig.daemon.post(&plex("play").at(20.0));
    rig.wait(seconds(5));
    let status = rig.status();
    assert_eq!((list(&status, "outbox"), list(&status, "parked")), (0, 0), "{status:#}");
    assert!(status["events"].to_string().contains("422"), "{:#}", status["events"]);
}

#[test]
fn what_trakt_does_not_know_holds_nobody_up() {
    let mut rig = Rig::with_config("");
    assert!(rig.server().with(|trakt| trakt.catalogue.hide("A", None)));
    rig.daemon.post(&plex("completed").of("A"));
    rig.wait(seconds(5));
    rig.daemon.post(&plex("completed").of("B"));
    rig.wait(seconds(20));
    let (seen, status) = (calls(&rig), rig.status());
    assert_eq!(seen.last().map(String::as_str), Some("stop B 90"), "{seen:?}");
    let kept = list(&status, "outbox") + list(&status, "parked");
    assert_eq!(kept, 1, "the unknown one is kept: {status:#}");
}

#[test]
fn an_episode_that_trakt_learns_tomorrow_is_a_play_at_its_true_time() {
    let mut rig = Rig::with_config("");
    let until = standin::Time(rig.now().after(20 * HOUR).0);
    assert!(rig.server().with(|trakt| trakt.catalogue.hide("Drama 1x01", Some(until))));
    rig.daemon.post(&emby("completed").of("D1").at(95.0));
    rig.wait(2 * DAY);
    let plays = calls(&rig).into_iter().filter(|call| !call.ends_with(')'));
    assert_eq!(plays.collect::<Vec<_>>(), ["history Drama 1x01 +0:00:00"]);
}

#[test]
fn a_film_that_was_finished_while_trakt_was_away_is_not_left_as_paused() {
    // What is told before Trakt goes away, whether the daemon is killed then, and what Trakt sees.
    let cases: [(&str, &str, bool, &[&str]); 4] = [
        (
            "paused, and the start that goes on never leaves",
            "play 55, pause 55, (7 s)",
            false,
            &["start A", "pause A", "history A", "forget A"],
        ),
        (
            "the same over a restart",
            "play 55, pause 55, (7 s)",
            true,
            &["start A", "pause A", "history A", "forget A"],
        ),
        (
            "left before, in another viewing",
            "play 55, (5 min) stop 60, (7 s)",
            false,
            &["start A", "pause A", "history A", "forget A"],
        ),
        ("nothing paused", "play 55, (7 s)", false, &["start A", "history A"]),
    ];
    let mut wrong = Vec::new();
    for (name, before, restart, expected) in cases {
        let mut rig = Rig::with_config("");
        play(&mut rig, Plex, before);
        rig.trakt.order(Fault::status(503).times(u32::MAX));
        if restart {
            rig.restart();
        }
        play(&mut rig, Plex, "resume 60, (4 min) completed 90, stop 99");
        rig.wait(10 * MINUTE);
        rig.server().misbehave(Faults::default());
        rig.wait(6 * MINUTE);
        let positions = rig
            .server()
            .with(|trakt| trakt.people().map(|(_, user)| user.positions().len()).sum::<usize>());
        let seen = calls(&rig);
        let verbs = seen.iter().map(|call| call.rsplit_once(' ').map_or("", |(verb, _)| verb));
        if verbs.collect::<Vec<_>>() != expected || positions != 0 {
            wrong.push(format!("{name}: {seen:?}, {positions} positions"));
        }
    }
    all_good(&wrong);
}
