//! Rules 3 and 4: how far it is, and whether it is over.

use crate::daemon::by_hand::Rig;
use crate::daemon::script::{ALL, Emby, Jellyfin, Plex, check, play, row};
use crate::daemon::webhook::{Webhook, emby, jellyfin, plex};
use crate::{check_posts, seen};
use serde_json::{Value, json};

#[test]
fn rule_3_a_position_that_is_missing_is_worked_out() {
    check(&[
        row("past the end", ALL, "play 6, (95 min) stop 103", &["start A 6", "stop A 100"]),
        row(
            "a stop without a position",
            ALL,
            "play 10, (30 min) stop",
            &["start A 10", "pause A 40"],
        ),
        row(
            "pauses are not counted",
            ALL,
            "play 10, (30 min) pause 40, (60 min) resume 40, (10 min) stop",
            &["start A 10", "pause A 40", "start A 40", "pause A 50"],
        ),
        row(
            "a paused one that stops",
            ALL,
            "play 10, (30 min) pause 40, (20 min) stop",
            &["start A 10", "pause A 40"],
        ),
        // It was over after 100 minutes, and is told as of then.
        row(
            "never past the runtime",
            ALL,
            "play 0, (125 min) stop",
            &["start A 0", "history A +1:40:00"],
        ),
        row(
            "a player left on overnight",
            ALL,
            "play 0, (160 min) stop",
            &["start A 0", "pause A 1", "forget A 1"],
        ),
        row(
            "a player left on overnight, twice as long",
            ALL,
            "play 0, (200 min) stop",
            &["start A 0", "pause A 1", "forget A 1"],
        ),
        row(
            "a pause at 0 after a while",
            ALL,
            "play 20, (10 min) pause 0, (10 s)",
            &["start A 20", "pause A 30"],
        ),
        row(
            "a resume without a position",
            &[Plex],
            "play 40, (10 min) pause 50, (1 min) resume",
            &["start A 40", "pause A 50", "start A 50"],
        ),
        row("a start without a position", &[Plex], "play, stop 20", &["start A 0", "pause A 20"]),
        row("a stop of nothing", &[Plex, Emby], "stop", &[]),
        row("a pause of nothing", &[Plex, Emby], "pause, (10 s)", &[]),
    ]);
}

#[test]
fn rule_3_an_ignored_stop_ends_its_session_all_the_same() {
    let mut rig = Rig::with_config("");
    let said = play(&mut rig, Plex, "play 0, (160 min) stop");
    let status = rig.status();
    assert_eq!(status["playing"], json!([]), "{said}");
}

#[test]
fn rule_3_a_runtime_that_is_missing_is_the_sessions() {
    let without = |verb: &str, at| plex(verb).at(at).edit("/Metadata/duration", Value::Null);
    check_posts(
        "",
        &[
            (
                "the session's",
                vec![(0, plex("play").at(10.0)), (60, without("stop", 50.0))],
                &["start A 10", "pause A 50"],
            ),
            (
                "a completed event counts without",
                vec![(0, without("completed", 50.0))],
                &["stop A 90"],
            ),
        ],
    );
}

#[test]
fn rule_3_a_runtime_that_is_missing_everywhere_is_trakts() {
    let without = |verb: &str, at| plex(verb).at(at).edit("/Metadata/duration", Value::Null);
    let posts = [(0, without("play", 10.0)), (60, without("stop", 50.0))];
    // The start itself comes too early for it.
    assert_eq!(seen("", &posts), ["start A 0", "pause A 50"]);
}

#[test]
fn rule_4_completed_is_completed() {
    check(&[
        row(
            "at what it reports",
            ALL,
            "play 6, (90 min) completed 97",
            &["start A 6", "stop A 97"],
        ),
        row(
            "at what was last reported",
            &[Plex],
            "play 6, (87 min) pause 93, (10 s) resume 93, completed 1",
            &["start A 6", "pause A 79.9", "start A 93", "stop A 93"],
        ),
        row("at once", &[Plex], "play 6, completed 0", &["start A 6", "stop A 90"]),
        row("far from the end", ALL, "play 6, (1 min) completed 10", &["start A 6", "stop A 90"]),
        row(
            "after a pause whose resume was lost",
            &[Plex],
            "play 6, (34 min) pause 40, (70 min) completed",
            &["start A 6", "pause A 40", "stop A 90"],
        ),
        row("a start that was not seen", &[Jellyfin, Emby], "completed 0", &["stop A 90"]),
        row("no position and no start", &[Jellyfin, Emby], "completed", &["stop A 90"]),
        row(
            "more than half of what remained",
            &[Jellyfin, Emby],
            "play 50, (26 min) completed 0",
            &["start A 50", "stop A 90"],
        ),
        row(
            "less than half of what remained",
            &[Jellyfin, Emby],
            "play 50, (20 min) completed 0",
            &["start A 50", "pause A 70"],
        ),
        row(
            "the same without the key",
            &[Jellyfin, Emby],
            "play 50, (20 min) completed",
            &["start A 50", "pause A 70"],
        ),
        row(
            "no position at either end",
            &[Emby, Jellyfin],
            "play, (10 s) completed, (5 s)",
            &["start A 0", "pause A 1", "forget A 1"],
        ),
        row(
            "just after progress",
            &[Jellyfin],
            "play D1 6, (26 min) progress D1 65, (1 s) completed D1 0",
            &["start Drama 1x01 6", "pause Drama 1x01 65"],
        ),
        row(
            "stopped an hour before",
            &[Jellyfin],
            "play D1 6, (6 min) stop D1 20, (62 min) completed D1 0",
            &["start Drama 1x01 6", "pause Drama 1x01 20"],
        ),
        row("another watched_at", ALL, "completed 1", &["stop A 84"])
            .with("[scrobble]\nwatched_at = 84\n"),
    ]);
}

#[test]
fn rule_4_jellyfin_completes_every_file_without_a_runtime() {
    type Say<'a> = &'a dyn Fn(&str, f64) -> Webhook;
    let says: [Say<'_>; 2] =
        [&|verb, at| jellyfin(verb).at(at).edit("/RunTimeTicks", json!(0)), &|verb, at| {
            emby(verb).at(at).edit("/Item/RunTimeTicks", Value::Null)
        }];
    let plays = |posts: &[(u64, Webhook)]| {
        let seen = seen("", posts);
        (seen.iter().filter(|call| call.starts_with("stop A")).count(), seen)
    };
    for without in says {
        let short = vec![(0, without("play", 0.0)), (300, without("completed", 5.0))];
        let long = vec![(0, without("play", 0.0)), (5700, without("completed", 95.0))];
        let (few, seen_short) = plays(&short);
        let (many, seen_long) = plays(&long);
        assert_eq!((few, many), (0, 1), "after 5 minutes: {seen_short:?}; after 95: {seen_long:?}");
    }
}
