//! Rules 7 and 11: starts.

use crate::daemon::script::{ALL, Emby, Plex, check, row};

#[test]
fn rule_7_a_start_is_sent_once() {
    check(&[
        row(
            "a pause does not cancel it",
            ALL,
            "play 2, (1 s) pause 2, (10 s)",
            &["start A 2", "pause A 2"],
        ),
        row("past five percent at once", ALL, "play 6, (0 s)", &["start A 6"]),
        row("repeated", ALL, "play 20, (1 min) play 21", &["start A 20"]),
        row("repeated as a resume", &[Plex, Emby], "play 20, (1 min) resume 21", &["start A 20"]),
        row("four points away", &[Plex, Emby], "play 20, (1 min) resume 25", &["start A 20"]),
        row(
            "six points away",
            &[Plex, Emby],
            "play 20, (1 min) resume 27",
            &["start A 20", "start A 27"],
        ),
        row("back", &[Plex, Emby], "play 50, (1 min) resume 10", &["start A 50", "start A 10"]),
        row(
            "a hand on the slider",
            &[Plex, Emby],
            "play 20, (20 s) resume 40, (3 s) resume 50, (3 s) resume 60, (3 s) resume 70, (30 s)",
            &["start A 20", "start A 40", "start A 70"],
        ),
        row("at the end", ALL, "play 99.5", &[]),
        row("at the end, and its stop", ALL, "play 99.5, stop 99.8", &["stop A 99.8"]),
        row("suppressed earlier", ALL, "play 70, stop 72", &["pause A 72"])
            .with("[scrobble]\nsuppress_start_at = 70\n"),
        row(
            "again when Trakt shows another",
            ALL,
            "tv: play A 20, phone: play B 30, (20 s) tv: play A 20.4",
            &["start A 20", "start B 30", "start A 20.4"],
        ),
        row(
            "after a stop",
            ALL,
            "play 6, stop 50, (1 min) play 50",
            &["start A 6", "pause A 50", "start A 50"],
        ),
    ]);
}

#[test]
fn rule_11_a_start_that_is_stopped_at_once_never_was() {
    check(&[
        row("within a second", ALL, "play 0, (1 s) stop 1, (10 s)", &[]),
        row("within a second, with a position", ALL, "play 4, (1 s) stop 4, (10 s)", &[]),
        row("further in", ALL, "play 20, (1 s) stop 20", &["start A 20", "pause A 20"]),
        row("not so soon", ALL, "play 4, (3 s) stop 4", &["start A 4", "pause A 4"]),
        row(
            "completed at once counts",
            &[Plex],
            "play 0, (1 s) completed 95, (10 s)",
            &["stop A 95"],
        ),
        row("and then again", ALL, "play 0, (1 s) stop 0, (1 s) play 0, (10 s)", &["start A 0"]),
    ]);
}
