//! Rules 5 and 6: stops and pauses.

use crate::daemon::script::{ALL, Emby, Jellyfin, Plex, check, row};

#[test]
fn rule_5_a_stop_is_a_play_from_watched_at_on() {
    let differ = "[scrobble]\nwatched_at_movies = 85\nwatched_at_episodes = 95\n";
    check(&[
        row("exactly", ALL, "play 6, (84 min) stop 90", &["start A 6", "stop A 90"]),
        row("just below", ALL, "play 6, (84 min) stop 89.9", &["start A 6", "pause A 79.9"]),
        row("a film", ALL, "play A 6, (80 min) stop A 86", &["start A 6", "stop A 86"])
            .with(differ),
        row(
            "an episode",
            ALL,
            "play D1 6, (40 min) stop D1 94",
            &["start Drama 1x01 6", "pause Drama 1x01 79.9"],
        )
        .with(differ),
        row("lower than Trakt's", ALL, "play 6, (70 min) stop 76", &["start A 6", "stop A 80"])
            .with("[scrobble]\nwatched_at = 75\n"),
        row("higher than any", ALL, "play 6, (93 min) stop 99.5", &["start A 6", "pause A 79.9"])
            .with("[scrobble]\nwatched_at = 100\nforce_stop_at = 100\n"),
    ]);
}

#[test]
fn rule_5_what_has_hardly_begun_leaves_nothing() {
    check(&[
        row(
            "after a start",
            ALL,
            "play 0, (20 s) stop 0.5, (5 s)",
            &["start A 0", "pause A 1", "forget A 1"],
        ),
        row("without a start", ALL, "stop 0.5, (5 s)", &[]),
        row("exactly one percent", ALL, "play 0, (1 min) stop 1", &["start A 0", "pause A 1"]),
    ]);
}

#[test]
fn rule_5_a_second_stop_is_a_duplicate_unless_it_makes_a_play() {
    check(&[
        row("hours later", ALL, "play 6, stop 50, (5 h) stop 50", &["start A 6", "pause A 50"]),
        row(
            "with another position",
            ALL,
            "play 6, stop 50, (1 min) stop 30",
            &["start A 6", "pause A 50"],
        ),
        row(
            "one that makes a play",
            ALL,
            "play 6, stop 50, (60 min) stop 95",
            &["start A 6", "pause A 50", "stop A 95"],
        ),
        row(
            "a completed one",
            &[Plex],
            "play 6, stop 50, (1 min) completed",
            &["start A 6", "pause A 50", "stop A 90"],
        ),
        row(
            "where its pause stands",
            ALL,
            "play 6, pause 50, (10 s) stop 50.5",
            &["start A 6", "pause A 50"],
        ),
        row(
            "elsewhere than its pause",
            ALL,
            "play 6, pause 50, (10 s) stop 52",
            &["start A 6", "pause A 50", "pause A 52"],
        ),
        row(
            "late progress",
            &[Jellyfin],
            "play 6, stop 50, (30 s) progress 51",
            &["start A 6", "pause A 50"],
        ),
        row(
            "progress that is not late",
            &[Jellyfin],
            "play 6, stop 50, (2 min) progress 51",
            &["start A 6", "pause A 50", "start A 51"],
        ),
    ]);
}

#[test]
fn rule_6_a_pause_waits_for_a_resume() {
    check(&[
        row("4 s", ALL, "play 6, pause 30, (4 s) resume 30, (10 s)", &["start A 6"]),
        row(
            "6 s",
            ALL,
            "play 6, pause 30, (6 s) resume 30, (10 s)",
            &["start A 6", "pause A 30", "start A 30"],
        ),
        row(
            "not at all",
            ALL,
            "play 6, pause 30, (3 s) resume 30",
            &["start A 6", "pause A 30", "start A 30"],
        )
        .with("[scrobble]\npause_debounce_seconds = 0\n"),
        row("a minute", ALL, "play 6, pause 30, (50 s) resume 30, (1 min)", &["start A 6"])
            .with("[scrobble]\npause_debounce_seconds = 60\n"),
        row(
            "a resume elsewhere",
            &[Plex, Emby],
            "play 20, (20 s) pause 20, (2 s) resume 60, (10 s)",
            &["start A 20", "start A 60"],
        ),
        row(
            "again and again",
            ALL,
            "play 6, pause 30, (10 s) pause 30, (20 s) pause 31, (10 s)",
            &["start A 6", "pause A 30"],
        ),
        row(
            "paused and stopped",
            ALL,
            "play 6, pause 30, (2 s) stop 30, (10 s)",
            &["start A 6", "pause A 30"],
        ),
        row(
            "below one percent nothing shows and nothing stays",
            ALL,
            "play 0, (20 s) pause 0.5, (10 s)",
            &["start A 0", "pause A 1", "forget A 1"],
        ),
        row(
            "below one percent, and on",
            ALL,
            "play 0, (20 s) pause 0.5, (10 s) resume 0.5, (20 min) stop 20",
            &["start A 0", "pause A 1", "forget A 1", "start A 0.5", "pause A 20"],
        ),
        row(
            "below one percent for a moment",
            ALL,
            "play 0, (20 s) pause 0.5, (3 s) resume 0.5, (10 s)",
            &["start A 0"],
        ),
        row(
            "again far beyond: its resume was lost",
            ALL,
            "play 6, (19 min) pause 25, (46 min) pause 65, (10 s)",
            &["start A 6", "pause A 25", "pause A 65"],
        ),
    ]);
}

#[test]
fn rule_6_a_pause_from_force_stop_at_on_is_a_play() {
    check(&[
        row("exactly", ALL, "play 6, (89 min) pause 95, (10 s)", &["start A 6", "stop A 95"]),
        row(
            "just below",
            ALL,
            "play 6, (89 min) pause 94.9, (10 s)",
            &["start A 6", "pause A 79.9"],
        ),
        row(
            "the stop after it",
            ALL,
            "play 6, (90 min) pause 96, (10 s) stop 97, (10 s)",
            &["start A 6", "stop A 96"],
        ),
        row(
            "taken back in time",
            ALL,
            "play 6, (90 min) pause 96, (2 s) resume 96, (10 s)",
            &["start A 6"],
        ),
        row("set lower", ALL, "play 6, (65 min) pause 71, (10 s)", &["start A 6", "stop A 80"])
            .with("[scrobble]\nwatched_at = 60\nforce_stop_at = 70\n"),
    ]);
}
