//! Rules 16 and 19: what is remembered.

use crate::daemon::by_hand::Rig;
use crate::daemon::script::{ALL, Emby, Jellyfin, Plex, calls, check, play, row};
use crate::daemon::webhook::{Webhook, plex};
use crate::{check_posts, minutes, seconds};
use serde_json::{Value, json};

#[test]
fn rule_16_a_restart_changes_nothing() {
    check(&[
        row("while a start waits", ALL, "play 0, (1 s) restart, (5 s)", &["start A 0"]),
        row(
            "while a pause waits",
            ALL,
            "play 6, pause 30, (2 s) restart, (10 s)",
            &["start A 6", "pause A 30"],
        ),
        row(
            "between a pause and its resume",
            ALL,
            "play 6, pause 30, (1 s) restart, (1 s) resume 30, (10 s)",
            &["start A 6"],
        ),
        row(
            "between a start and its quick end",
            ALL,
            "play 0, (1 s) restart, (0 s) stop 0, (10 s)",
            &[],
        ),
        row(
            "after a play",
            ALL,
            "completed 95, restart, (1 min) completed 95, restart, (10 s) pause 96, (10 s)",
            &["stop A 95"],
        ),
        row(
            "in a viewing",
            ALL,
            "play 6, (10 min) restart, (10 min) stop",
            &["start A 6", "pause A 26"],
        ),
        row(
            "before a glitch",
            &[Plex, Emby],
            "play 20, (20 s) resume 70, restart, stop 40",
            &["start A 20", "start A 70", "pause A 70"],
        ),
        row("within a repeat", ALL, "play 20, (0 s) restart, (0 s) play 20", &["start A 20"]),
        row(
            "after the progress that made it watched",
            &[Jellyfin],
            "play 6, (80 min) progress 86, (5 min) progress 91, restart, (2 h), (10 s)",
            &["start A 6", "history A +1:25:00"],
        ),
        row(
            "in a row of them",
            ALL,
            "play 20, restart, restart, restart, (1 min) stop 30",
            &["start A 20", "pause A 30"],
        ),
    ]);
}

#[test]
fn rule_16_an_orderly_stop_keeps_the_last_position() {
    let mut rig = Rig::with_config("");
    play(
        &mut rig,
        Jellyfin,
        "play 6, (10 min) progress 16, (1 min) progress 17, (2 s) progress 17",
    );
    rig.daemon.end(true);
    rig.start_again();
    // A position below the last one that was reported is a glitch.
    play(&mut rig, Jellyfin, "stop 11.5");
    assert_eq!(calls(&rig), ["start A 6", "pause A 17"]);
}

#[test]
fn rule_16_a_session_without_a_sign_ends() {
    check(&[
        row(
            "not watched: it is left where it was last",
            ALL,
            "play 6, (130 min), (10 min)",
            &["start A 6", "pause A 6"],
        ),
        row(
            "the same, told by progress",
            &[Jellyfin],
            "play 6, (30 min) progress 36, (100 min)",
            &["start A 6", "pause A 36"],
        ),
        row(
            "its pause stands there already",
            ALL,
            "play 6, (30 min) pause 36, (100 min)",
            &["start A 6", "pause A 36"],
        ),
        row(
            "another player went on with it",
            ALL,
            "tv: play 6, (30 min) phone: play 36, (30 min) phone: stop 66, (90 min)",
            &["start A 6", "start A 36", "pause A 66"],
        ),
        row("hardly begun", ALL, "play 0, (140 min)", &["start A 0", "pause A 1", "forget A 1"]),
        row(
            "its stop comes after all",
            ALL,
            "play 6, (130 min) stop 55, (60 min) stop 56",
            &["start A 6", "pause A 6", "pause A 55"],
        ),
        row(
            "the same, after another player went on with it",
            ALL,
            "tv: play 6, (30 min) phone: play 36, (30 min) phone: stop 66, (90 min) tv: stop 40",
            &["start A 6", "start A 36", "pause A 66"],
        ),
        row("watched", ALL, "play 95, (40 min)", &["start A 95", "history A +0:00:00"]),
        row("watched, a little too early", ALL, "play 95, (30 min)", &["start A 95"]),
        row(
            "an assumed position proves nothing",
            &[Plex],
            "play, (140 min)",
            &["start A 0", "pause A 1", "forget A 1"],
        ),
        row(
            "a late stop is a duplicate",
            ALL,
            "play 95, (40 min) stop 96",
            &["start A 95", "history A +0:00:00"],
        ),
        row(
            "told by progress",
            &[Jellyfin],
            "play 6, (86 min) progress 92, (40 min)",
            &["start A 6", "history A +1:26:00"],
        ),
    ]);
}

#[test]
fn rule_16_a_session_that_ended_while_the_daemon_was_down_is_judged_all_the_same() {
    let mut rig = Rig::with_config("");
    rig.daemon.post(&plex("play").at(95.0));
    rig.wait(seconds(10));
    rig.daemon.kill_9();
    rig.wait_down(minutes(24 * 60));
    rig.start_again();
    rig.wait(seconds(10));
    assert_eq!(calls(&rig), ["start A 95", "history A +0:00:00"]);
}

#[test]
fn rule_16_a_session_that_ended_days_ago_is_left_nowhere() {
    let mut rig = Rig::with_config("");
    rig.daemon.post(&plex("play").at(20.0));
    rig.wait(seconds(10));
    rig.daemon.kill_9();
    rig.wait_down(minutes(3 * 24 * 60));
    rig.start_again();
    rig.wait(seconds(10));
    assert_eq!(calls(&rig), ["start A 20"]);
}

#[test]
fn rule_19_what_a_stop_lacks_is_its_sessions() {
    let no_library = |webhook: Webhook| {
        let webhook = webhook.edit("/Metadata/librarySectionID", Value::Null);
        let webhook = webhook.edit("/Metadata/librarySectionTitle", Value::Null);
        webhook.edit("/Metadata/librarySectionKey", Value::Null)
    };
    let no_ids = |webhook: Webhook| {
        let webhook = webhook.edit("/Metadata/Guid", Value::Null);
        webhook.edit("/Metadata/title", json!("Something else"))
    };
    let begin = || (0, plex("play").at(20.0));
    let stop = || plex("stop").at(50.0);
    let both: &[&str] = &["start A 20", "pause A 50"];
    check_posts(
        "[plex]\nlibraries = [\"Movies\"]\n",
        &[
            ("the library", vec![begin(), (60, no_library(stop()))], both),
            ("a start without it is dropped", vec![(0, no_library(plex("play").at(20.0)))], &[]),
        ],
    );
    check_posts(
        "[[account]]\nname = \"a\"\nplex = [\"mara\"]\n",
        &[
            ("the user", vec![begin(), (60, stop().edit("/Account", Value::Null))], both),
            ("nobody else's", vec![begin(), (60, stop().by("eve"))], &["start A 20"]),
        ],
    );
    check_posts("", &[("the ids", vec![begin(), (60, no_ids(stop()))], both)]);
}
