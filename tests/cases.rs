//! Do viewings end at Trakt as the table of cases says? Each row against the real daemon, on a
//! clock that is moved by hand, for each source that can tell it.

#![cfg(test)]

mod daemon;

use daemon::script::{ALL, Emby, Jellyfin, Plex, check, row};
use std::fmt::Write as _;

#[test]
fn a_viewing_is_told_and_counts_once() {
    check(&[
        row(
            "a pause that lasts, and an end as watched",
            &[Plex],
            "play 0, pause 30, (10 s) resume 30, completed 90, stop 96",
            &["start A 0", "pause A 30", "start A 30", "stop A 90"],
        ),
        row(
            "the same where only the stop completes",
            &[Jellyfin, Emby],
            "play 0, pause 30, (10 s) resume 30, completed 96",
            &["start A 0", "pause A 30", "start A 30", "stop A 96"],
        ),
        row("a short pause", ALL, "play 0, pause 30, (2 s) resume 30, (20 s)", &["start A 0"]),
        row("stopped halfway", ALL, "play 5, (3 s) stop 50", &["start A 5", "pause A 50"]),
        row("stopped below watched_at", ALL, "play 5, stop 85", &["start A 5", "pause A 79.9"]),
        row("a completed event with a stale position", &[Plex], "completed 1", &["stop A 90"]),
    ]);
}

#[test]
fn what_comes_after_a_play_is_silent() {
    let one = &["stop A 90"];
    check(&[
        row("repeated", &[Plex], "completed 90, stop 91, stop 91, completed 92", one),
        row("a second start", &[Plex], "completed 90, (5 min) play 97, stop 99", one),
        row(
            "a pause and a resume",
            &[Plex],
            "completed 90, pause 92, (10 min) resume 92, stop 98, (1 min)",
            one,
        ),
        row("a pause and a stop", &[Plex], "completed 90, pause 92, stop 92, (1 min)", one),
        row(
            "a look back at a scene",
            &[Plex],
            "completed 90, (5 min) resume 30, stop 35, (1 min)",
            one,
        ),
        row(
            "a pause and a resume without a position",
            &[Plex],
            "completed 90, pause, (3 min) resume, (5 min) stop, (1 min)",
            one,
        ),
        row(
            "the same without the pause, to its end",
            &[Plex],
            "completed 90, (3 min) resume, (15 min) stop, completed, (1 min)",
            one,
        ),
        row(
            "the credits on the next day",
            &[Jellyfin],
            "completed 90, (26 h) play 97, completed 98, (1 min)",
            one,
        ),
        row(
            "another film on the same player, without a stop",
            &[Plex],
            "completed A 90, (8 min) play B 0",
            &["stop A 90", "start B 0"],
        ),
    ]);
}

#[test]
fn a_second_viewing_counts_again() {
    check(&[
        row(
            "on the next day",
            &[Plex],
            "play 0, (90 min) completed 90, (10 min) stop, (1 d) play, (90 min) completed 90",
            &["start A 0", "stop A 90", "start A 0", "stop A 90"],
        ),
        row(
            "on the next day, for five minutes without a position",
            &[Plex],
            "completed 90, stop, (1 d) play, (5 min) stop, (5 s)",
            &["stop A 90", "start A 0", "pause A 1", "forget A 1"],
        ),
        row(
            "a week later, without its start",
            &[Plex],
            "completed 90, (7 d) completed 90",
            &["stop A 90", "stop A 90"],
        ),
        row(
            "a cartoon twice in a row, the second refused",
            &[Plex],
            "play T1 0, (18 min) completed T1 90, (2 min) stop T1 99, (5 s) play T1 0, \
             (18 min) completed T1 90",
            &[
                "start Toons 1x01 0",
                "stop Toons 1x01 90",
                "start Toons 1x01 0",
                "stop Toons 1x01 90 (409)",
                "history Toons 1x01 +0:38:05",
            ],
        )
        .repeats_refused_for(3600),
        row(
            "again at once, with no stop between",
            &[Jellyfin, Emby],
            "play T1 0, (20 min) play T1 0, (19 min) completed T1 95, (20 s)",
            &[
                "start Toons 1x01 0",
                "stop Toons 1x01 100",
                "start Toons 1x01 0",
                "stop Toons 1x01 95 (409)",
                "history Toons 1x01 +0:39:00",
            ],
        )
        .repeats_refused_for(3600),
        row(
            "again on another player, with no stop between",
            &[Jellyfin],
            "tv: play T1 0, (19 min) tv: progress T1 95, (30 s) phone: play T1 0, \
             (19 min) phone: completed T1 95, (20 s)",
            &[
                "start Toons 1x01 0",
                "stop Toons 1x01 95",
                "start Toons 1x01 0",
                "stop Toons 1x01 95 (409)",
                "history Toons 1x01 +0:38:30",
            ],
        )
        .repeats_refused_for(3600),
        row(
            "begun on another player before the first one counts",
            &[Emby],
            "tv: play 6, (83 min) tv: pause 89, (5 min) phone: play 0, (10 min) tv: completed 89.5, \
             (85 min) phone: completed 95",
            &["start A 6", "pause A 79.9", "start A 0", "history A +1:23:00", "stop A 95"],
        ),
        row(
            "the same of those that complete with the stop",
            &[Jellyfin, Emby],
            "play T1 0, (19 min) completed T1 95, (5 s) play T1 0, (19 min) completed T1 95",
            &[
                "start Toons 1x01 0",
                "stop Toons 1x01 95",
                "start Toons 1x01 0",
                "stop Toons 1x01 95 (409)",
                "history Toons 1x01 +0:38:05",
            ],
        )
        .repeats_refused_for(3600),
    ]);
}

#[test]
fn positions_that_mislead() {
    check(&[
        row(
            "a stop far back without a seek",
            &[Plex, Emby],
            "play 20, (20 s) resume 70, stop 40",
            &["start A 20", "start A 70", "pause A 70"],
        ),
        row(
            "the same where only progress tells the seek",
            &[Jellyfin],
            "play 20, (20 s) progress 70, stop 40",
            &["start A 20", "pause A 70"],
        ),
        row(
            "a player that resets before it reports",
            &[Jellyfin],
            "play 0, (90 min) progress 98, progress 0, stop 0",
            &["start A 0", "stop A 98.1"],
        ),
        row(
            "completed at once, without a position",
            &[Jellyfin],
            "play L 0, (5 s) completed L 0, (20 s)",
            &["start L 0", "pause L 1", "forget L 1"],
        ),
        row(
            "stopped at 0 at its end",
            &[Jellyfin, Emby],
            "play D1 0, (45 min) stop D1 0",
            &["start Drama 1x01 0", "stop Drama 1x01 100"],
        ),
        row(
            "completed at 0 near its end",
            &[Emby, Jellyfin],
            "play D1 0, (44 min) completed D1 0",
            &["start Drama 1x01 0", "stop Drama 1x01 90"],
        ),
    ]);
}

#[test]
fn a_pause_near_the_end() {
    check(&[
        row("alone", ALL, "pause 92, (10 min)", &["pause A 79.9"]),
        row("in a viewing", ALL, "play 5, pause 92, (10 min)", &["start A 5", "pause A 79.9"]),
        row(
            "and nothing more for an hour",
            ALL,
            "play 5, pause 92, (10 min), (50 min)",
            &["start A 5", "pause A 79.9", "history A +0:00:03", "forget A 79.9"],
        ),
    ]);
}

#[test]
fn several_players() {
    check(&[
        row(
            "one dies, another goes on",
            ALL,
            "tv: play 0, (10 min) phone: play 40, phone: stop 50",
            &["start A 0", "start A 40", "pause A 50"],
        ),
        row(
            "the first stops while the second plays",
            ALL,
            "tv: play 30, (1 min) phone: play 35, (5 min) tv: stop 40, (1 min)",
            &["start A 30", "start A 35"],
        ),
    ]);
}

#[test]
fn skimming_leaves_no_litter() {
    let (mut script, mut calls) = (String::new(), Vec::new());
    for number in 1..=10 {
        let _ = write!(script, "play T{number} 0, (10 s) stop T{number} 0.5, (10 s), ");
        let label = format!("Toons 1x{number:02}");
        calls.extend([format!("start {label} 0"), format!("pause {label} 1")]);
        calls.push(format!("forget {label} 1"));
    }
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    check(&[row("ten episodes", ALL, script.trim_end_matches([',', ' ']), &calls)]);
}

#[test]
fn jellyfins_progress_is_heard_and_not_passed_on() {
    let mut script = "play 0".to_owned();
    for second in 1..=600 {
        let _ = write!(script, ", (1 s) progress {}", f64::from(second) / 60.0);
    }
    check(&[
        row("600 of them, a second apart", &[Jellyfin], &script, &["start A 0"]),
        row(
            "paused and playing again",
            &[Jellyfin],
            "play 0, (20 min) pause 20, (10 s) progress 20",
            &["start A 0", "pause A 20", "start A 20"],
        ),
    ]);
}

#[test]
fn another_item_ends_the_one_before() {
    check(&[
        row(
            "no stop ever comes",
            &[Plex],
            "play A 0, (60 min) play B 0, (20 s)",
            &["start A 0", "pause A 60", "start B 0"],
        ),
        row(
            "where the next one was seen before",
            &[Emby],
            "completed D1 95, (2 min) play T1 0, (22 min) play D1 62, (20 s)",
            &["stop Drama 1x01 95", "start Toons 1x01 0", "history Toons 1x01 +0:22:00"],
        ),
        row(
            "it was over long before",
            &[Emby, Jellyfin],
            "play D1 0, (58 min) play T1 0, (20 s)",
            &["start Drama 1x01 0", "history Drama 1x01 +0:45:00", "start Toons 1x01 0"],
        ),
    ]);
}

#[test]
fn marks_count_where_nothing_else_does() {
    check(&[row(
        "at second 3 of a viewing",
        &[Jellyfin],
        "play 0, (3 s) mark, (20 min) stop 30, (2 min)",
        &["start A 0", "pause A 30"],
    )]);
}

#[test]
fn a_mark_of_what_trakt_has_seen_adds_nothing() {
    use daemon::by_hand::Rig;
    use daemon::script::{calls, play};
    let mut rig = Rig::with_config("");
    let long_ago = rig.now().before(std::time::Duration::from_secs(90 * 86_400));
    assert!(rig.server().with(|trakt| trakt.play_elsewhere(
        "demo",
        "A",
        standin::Time(long_ago.0)
    )));
    play(&mut rig, Jellyfin, "mark A, (3 min)");
    assert_eq!(calls(&rig), Vec::<String>::new());
}

#[test]
fn a_file_of_two_episodes_counts_each() {
    use daemon::by_hand::Rig;
    use daemon::script::calls;
    use daemon::webhook::{Webhook, emby};
    use serde_json::json;
    use std::time::Duration;
    type Case<'a> = (&'a str, Vec<(u64, Webhook)>, &'a [&'a str]);
    let file = |webhook: Webhook| webhook.of("D1").edit("/Item/IndexNumberEnd", json!(2));
    let said = |verb, at| file(emby(verb).at(at));
    let mute = |verb: &str| file(emby(verb)).edit("/PlaybackInfo/PositionTicks", json!(null));
    let whole = ["start Drama 1x01 0", "history Drama 1x01 +0:22:30", "stop Drama 1x02 100"];
    // What is posted after how many minutes; each episode has half of the 45.
    let cases: [Case<'_>; 5] = [
        (
            "stopped in the second",
            vec![(0, said("play", 0.0)), (31, said("stop", 70.0))],
            // The first was over eight and a half minutes before.
            &["start Drama 1x01 0", "history Drama 1x01 +0:22:30", "pause Drama 1x02 40"],
        ),
        ("completed", vec![(0, said("play", 0.0)), (44, said("completed", 98.0))], &whole),
        (
            "completed without a position",
            vec![(0, said("play", 0.0)), (44, mute("completed"))],
            &whole,
        ),
        (
            "without a sign for longer than an episode and half an hour",
            vec![(0, said("play", 0.0)), (60, said("stop", 90.0))],
            &["start Drama 1x01 0", "history Drama 1x01 +0:42:00", "pause Drama 1x02 79.9"],
        ),
        (
            "another one, with no stop between",
            vec![(0, said("play", 0.0)), (45, emby("play").of("D3").at(0.0))],
            &[
                "start Drama 1x01 0",
                "history Drama 1x01 +0:22:30",
                "stop Drama 1x02 100",
                "start Drama 1x03 0",
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, posts, expected) in cases {
        let mut rig = Rig::with_config("");
        for (minutes, webhook) in posts {
            rig.wait(Duration::from_secs(60 * minutes));
            rig.daemon.post(&webhook);
            rig.wait(Duration::from_secs(12));
        }
        let seen = calls(&rig);
        let is_right = seen.iter().zip(expected).all(|(seen, expected)| is_about(seen, expected));
        if !is_right || seen.len() != expected.len() {
            wrong.push(format!("{name}:\n  expected {expected:?}\n       saw {seen:?}"));
        }
    }
    daemon::all_good(&wrong);
}

/// Whether two calls are the same, times within a minute of each other.
fn is_about(seen: &str, expected: &str) -> bool {
    let minutes = |call: &str| {
        let (call, time) = call.rsplit_once(" +")?;
        let mut parts = time.split(':').map(|part| part.parse::<u32>().unwrap_or_default());
        Some((call.to_owned(), parts.next()? * 60 + parts.next()?))
    };
    match (minutes(seen), minutes(expected)) {
        (Some((seen, one)), Some((expected, other))) => {
            seen == expected && one.abs_diff(other) <= 1
        }
        _ => seen == expected,
    }
}
