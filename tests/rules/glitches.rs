//! Rules 8 and 9: positions that can't be.

use crate::daemon::script::{ALL, Emby, Jellyfin, Plex, check, row};

#[test]
fn rule_8_a_position_that_falls_without_a_seek_is_a_glitch() {
    check(&[
        row(
            "within the tolerance",
            &[Plex, Emby],
            "play 20, (20 s) resume 70, stop 66",
            &["start A 20", "start A 70", "pause A 66"],
        ),
        row(
            "past the tolerance",
            &[Plex, Emby],
            "play 20, (20 s) resume 70, stop 64",
            &["start A 20", "start A 70", "pause A 70"],
        ),
        row(
            "a wider tolerance",
            &[Plex, Emby],
            "play 20, (20 s) resume 70, stop 55",
            &["start A 20", "start A 70", "pause A 55"],
        )
        .with("[scrobble]\nregress_tolerance_percent = 20\n"),
        row("a pause", ALL, "play 50, (1 min) pause 20, (10 s)", &["start A 50", "pause A 50"]),
        row(
            "after a seek back",
            &[Plex, Emby],
            "play 50, (1 min) resume 20, (20 s) stop 20.4",
            &["start A 50", "start A 20", "pause A 20.4"],
        ),
        row(
            "after a seek back that progress told",
            &[Jellyfin],
            "play 50, (1 min) progress 20, (20 s) stop 20.4",
            &["start A 50", "pause A 20.4"],
        ),
        row(
            "only the server had counted on, its player was gone",
            &[Jellyfin],
            "play 0, (83 min) progress 83, (9 min) guess 92, (5 s) stop 83",
            &["start A 0", "pause A 79.9"],
        ),
        row(
            "the same, stopped by the server",
            &[Jellyfin],
            "play 0, (83 min) progress 83, (9 min) guess 92, (6 s) completed 92.1",
            &["start A 0", "pause A 79.9"],
        ),
        row(
            "the same, with no stop at all",
            &[Jellyfin],
            "play 0, (83 min) progress 83, (9 min) guess 92, (60 min)",
            &["start A 0", "pause A 79.9"],
        ),
        row(
            "a player of which only the server's guesses are heard",
            &[Jellyfin],
            "play 0, (40 min) guess 40, (56 min) guess 96, (1 s) completed 96",
            &["start A 0", "stop A 96"],
        ),
        row(
            "after a start from the beginning",
            ALL,
            "play 50, stop 60, (1 min) play 0, (20 min) stop 20",
            &["start A 50", "pause A 60", "start A 0", "pause A 20"],
        ),
        row(
            "hidden in a play",
            ALL,
            "play 6, (86 min) pause 92, (10 s) stop 50, (10 s)",
            &["start A 6", "pause A 79.9", "stop A 92"],
        ),
    ]);
}

#[test]
fn rule_9_a_player_that_reports_the_end_when_it_quits_is_not_believed() {
    check(&[
        row("after ten minutes", ALL, "play 6, (10 min) stop 99", &["start A 6", "pause A 16"]),
        row("at double speed", ALL, "play 6, (50 min) stop 99", &["start A 6", "stop A 99"]),
        row("not quite the end", ALL, "play 6, (10 min) stop 97", &["start A 6", "stop A 97"]),
        row("begun late", ALL, "play 80, (1 min) stop 99", &["start A 80", "stop A 99"]),
        row(
            "completed by Jellyfin, just after progress",
            &[Jellyfin],
            "play 6, (10 min) progress 16, (10 s) completed 99",
            &["start A 6", "pause A 16.2"],
        ),
        row(
            "completed by Jellyfin, long after progress",
            &[Jellyfin],
            "play 6, (10 min) progress 16, (40 s) completed 99",
            &["start A 6", "stop A 99"],
        ),
        row(
            "completed by Emby",
            &[Emby],
            "play 6, (10 min) completed 99",
            &["start A 6", "stop A 99"],
        ),
        row(
            "completed by Emby, seconds after a position",
            &[Emby],
            "play 6, (10 min) pause 16, (10 s) resume 16, (10 s) completed 99",
            &["start A 6", "pause A 16", "start A 16", "pause A 16.2"],
        ),
        row(
            "completed by Plex",
            &[Plex],
            "play 6, (10 min) completed 99",
            &["start A 6", "stop A 99"],
        ),
    ]);
}

#[test]
fn rule_9_the_end_of_the_one_before_is_not_the_next_ones() {
    let one = "completed D1 100, (9 s)";
    let row = |name, sources, next: &str, calls: &[&str]| {
        let calls: Vec<&str> = ["stop Drama 1x01 100"].iter().chain(calls).copied().collect();
        row(name, sources, &format!("{one} {next}"), &calls)
    };
    check(&[
        row(
            "the same position, completed",
            &[Jellyfin, Emby],
            "play D2 0, (10 s) completed D2 100, (5 s)",
            &["start Drama 1x02 0", "pause Drama 1x02 1", "forget Drama 1x02 1"],
        ),
        row(
            "the same position, in a film",
            &[Jellyfin, Emby],
            "play A 0, (10 min) stop A 45",
            &["start A 0", "pause A 10"],
        ),
        row(
            "another position, though Jellyfin calls it unfinished",
            &[Jellyfin],
            "play D2 0, (9 min) stop D2 95",
            &["start Drama 1x02 0", "pause Drama 1x02 20"],
        ),
        row(
            "another position, which nothing contradicts",
            &[Jellyfin, Emby],
            "play D2 0, (10 s) completed D2 95",
            &["start Drama 1x02 0", "stop Drama 1x02 95"],
        ),
        row(
            "its start was missed",
            &[Jellyfin, Emby],
            "completed D2 100",
            &["stop Drama 1x02 100"],
        ),
    ]);
}
