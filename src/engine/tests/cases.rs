//! The tables: each rule's cases, the whole output compared, all failures shown at once.
//!
//! docs/rules.md names these tests beside the rules.

use super::script::Story;
use crate::config::Settings;
use crate::engine::Input;
use crate::event::Percent;
use crate::event::Source::{self, Emby, Jellyfin, Plex};
use std::time::Duration;

type Case = (&'static str, Source, &'static str, &'static str);

#[track_caller]
fn check(cases: &[Case]) {
    check_with(|_| {}, cases);
}

#[track_caller]
fn check_with(settings: impl Fn(&mut Settings), cases: &[Case]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(name, source, steps, expected)| {
            let told = Story::of(*source).with(&settings).tell(steps);
            (told != *expected).then(|| {
                format!("{name}\n   steps: {steps}\n    told: {told}\nexpected: {expected}")
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

#[test]
fn stories_that_users_of_other_scrobblers_paid_for() {
    check(&[
        (
            "a whole film with a break",
            Plex,
            "play 0, 3 s, pause 30, 10 s, resume 30, scrobble 90, stop 96",
            "start 0, pause 30, start 30, finish 90",
        ),
        (
            "a pause right after the start does not cancel the start",
            Plex,
            "play 0, pause 30, 10 s, resume 30, scrobble 90, stop 96",
            "start 0, pause 30, start 30, finish 90",
        ),
        ("a short pause leaves no trace", Plex, "play 0, pause 30, 2 s, resume 30, 9 s", "start 0"),
        ("left in the middle", Plex, "play 5, 3 s, stop 50", "start 5, left 50"),
        ("left before the end", Plex, "play 5, 3 s, stop 85", "start 5, left 85"),
        ("scrobbled with a stale position", Plex, "scrobble 1", "finish 90"),
        ("scrobbled twice", Plex, "scrobble, stop, 9 s, stop, 20 s, scrobble", "finish 90"),
        (
            "the credits skipped",
            Plex,
            "play 0, 90 min, scrobble 90, 5 min, play 97, stop 99",
            "start 0, finish 90",
        ),
        (
            "a pause in the credits",
            Plex,
            "play 0, 90 min, scrobble 90, pause 92, 10 min, resume 92, stop 98",
            "start 0, finish 90",
        ),
        (
            "paused and stopped in the credits",
            Plex,
            "play 0, 90 min, scrobble 90, pause 92, stop 92, 1 h",
            "start 0, finish 90",
        ),
        (
            "a look back at a scene",
            Plex,
            "play 0, 90 min, scrobble 90, 5 min, resume 30, stop 35",
            "start 0, finish 90",
        ),
        (
            "the credits without a position",
            Plex,
            "play 0, 90 min, scrobble 90, 1 min, pause, 3 min, resume, 5 min, stop",
            "start 0, finish 90",
        ),
        (
            "the same where no pause was heard, to the end",
            Plex,
            "play 0, 90 min, scrobble 90, 3 min, resume, 2 min, resume, 9 min, stop, scrobble",
            "start 0, finish 90",
        ),
        (
            "the next evening without a position, for a moment",
            Plex,
            "play, 90 min, scrobble, stop, 1 d, play, 5 min, pause, 9 s, stop",
            "start 0, finish 90, start 0, pause 5, abandoned 5",
        ),
        (
            "the same, and the next film",
            Plex,
            "play, 90 min, scrobble, stop, 1 d, play, 5 min, play 20 of B, 11 s",
            "start 0, finish 90, start 0, abandoned 5, start 20 of B",
        ),
        (
            "the same where the stop says it",
            Plex,
            "play, 90 min, scrobble, stop, 1 d, play, 5 min, stop 5",
            "start 0, finish 90, start 0, left 5",
        ),
        (
            "a resume without a position once all has stopped",
            Plex,
            "play, 90 min, scrobble, stop, 1 d, resume, 90 min, scrobble",
            "start 0, finish 90, start 0, finish 90",
        ),
        (
            "the next day again",
            Plex,
            "play 0, 90 min, scrobble, 9 min, stop, 1 d, play, 90 min, scrobble",
            "start 0, finish 90, start 0, finish 90",
        ),
        ("a week later only a scrobble", Plex, "scrobble, 7 d, scrobble", "finish 90, finish 90"),
        (
            "a cartoon twice in a row",
            Plex,
            "runtime 20 min, play, 18 min, scrobble, 2 min, stop, play, 18 min, scrobble, stop",
            "start 0, finish 90, start 0, finish 90",
        ),
        (
            "a seek, and a stop that lags behind it",
            Plex,
            "play 20, 20 s, resume 70, stop 40",
            "start 20, start 70, left 70",
        ),
        (
            "paused in the credits, for now",
            Plex,
            "play 0, 92 min, pause 92, 10 min",
            "start 0, pause 92",
        ),
        (
            "paused in the credits, for good",
            Plex,
            "play 0, 92 min, pause 92, 10 min, 1 h",
            "start 0, pause 92, finish 92 (38 min ago)",
        ),
        (
            "the next one, with no stop between",
            Plex,
            "play 0, 90 min, scrobble 90, 8 min, play 0 of B, 3 s",
            "start 0, finish 90, start 0 of B",
        ),
        (
            "from the television to the phone",
            Plex,
            "play 0, 40 min, play 40 on phone, 10 min, stop 50 on phone",
            "start 0, start 40, left 50",
        ),
        (
            "the credits on the next day",
            Jellyfin,
            "play 0, 95 min, completed 95, 26 h, play 97, 1 min, completed 98",
            "start 0, finish 95",
        ),
        (
            "a player that resets before it stops",
            Jellyfin,
            "progress 98, progress 0, stop 0",
            "start 98, finish 98",
        ),
        (
            "the same film on two players",
            Plex,
            "play 0, 10 min, play 0 on phone, 30 min, stop 40, 1 min",
            "start 0, start 0",
        ),
        (
            "skimming",
            Plex,
            "play 0 of C, 10 s, stop 0.5 of C, play 0 of D, 10 s, stop 0.5 of D",
            "start 0 of C, abandoned 0.5 of C, start 0 of D, abandoned 0.5 of D",
        ),
        (
            "paused and resumed by progress",
            Jellyfin,
            "play 0, 20 min, paused 20, 10 s, paused 20, 10 s, going 20, 5 s, going 20.1",
            "start 0, pause 20, start 20",
        ),
        (
            "a stop without a position that is called completed",
            Jellyfin,
            "runtime 120 min, play 0, 5 s, completed 0",
            "start 0, abandoned 0",
        ),
        (
            "a stop without a position at the end",
            Jellyfin,
            "runtime 45 min, play 0, 45 min, stop 0",
            "start 0, finish 100",
        ),
        (
            "completed without a position at the end",
            Emby,
            "runtime 45 min, play 0, 44 min, completed 0",
            "start 0, finish 90",
        ),
    ]);
}

#[test]
fn a_progress_storm_is_silent() {
    let mut story = Story::of(Jellyfin);
    story.go("play 0");
    for second in 1..=600 {
        story.go(&format!("1 s, going {}", f64::from(second) / 60.0));
    }
    assert_eq!(story.told, ["start 0"]);
}

#[test]
fn rule_3_positions_that_are_missing_are_projected_or_unknown() {
    check(&[
        (
            "a server that counts from 0, because its player never says where it is",
            Jellyfin,
            "runtime 50 min, play 0, 5 min, going 0, 4 min, guess 8, 1 min, going 0, 10 min, stop 0",
            "start 0, left 40",
        ),
        (
            "the same, where its start was lost",
            Jellyfin,
            "guess 2.5, 3 s, 1 min, going 0, 10 s, completed 0",
            "start 2.5, left 3.7",
        ),
        (
            "a pause in the credits, where its start was lost, and an earlier stop was not",
            Plex,
            "play 0, 20 s, stop 0.6, 80 min, scrobble 0, 40 s, pause, 3 s, resume, 1 s, resume 82, \
             17 min, stop",
            "start 0, abandoned 0.6, finish 90",
        ),
        (
            "a 0 right after a pause has opened it again is no beginning",
            Jellyfin,
            "play 0, 60 min, paused 0, 80 min, paused 0, 2 s, going 0, 10 min, completed 0",
            "start 0, pause 60, start 60, finish 90",
        ),
        ("a stop without one", Plex, "play 10, 20 min, stop", "start 10, left 30"),
        (
            "completed by a player that never knew its position",
            Jellyfin,
            "runtime 20 min, play 0, 50 s, going 0, 18 min, going 0, 4 s, completed 0",
            "start 0, finish 90",
        ),
        (
            "a clip that resets at its end, soon after it went on",
            Emby,
            "runtime 4 min, play 0, 200 s, pause 83, 50 min, resume 83, 41 s, stop 0",
            "start 0, pause 83, start 83, finish 100",
        ),
        (
            "a resume where a completion without one is all that is known",
            Plex,
            "runtime 46 min, play, 42 min, scrobble, 52 min, resume, 1 s, resume 98.9, 40 min",
            "start 0, finish 90",
        ),
        ("pauses do not count", Plex, "play 10, 20 min, pause 30, 1 h, stop", "start 10, pause 30"),
        (
            "a night later it proves nothing",
            Plex,
            "play 10, 3 h, stop",
            "start 10, left 10 (120 min ago)",
        ),
        (
            "a resume goes on from the pause",
            Plex,
            "play 10, 9 min, pause, 1 h, resume, 1 min, stop",
            "start 10, pause 19, start 19, left 20",
        ),
        ("a start without one is at the beginning", Plex, "play, 3 s", "start 0"),
        (
            "a paused player does not count on, and what it repeats is its word",
            Jellyfin,
            "play 0, 85 min, paused 85, 1 s, paused 85, 7 min, completed 91",
            "start 0, pause 85, finish 91",
        ),
        (
            "the server counts on by itself, and then stops what is gone",
            Jellyfin,
            "play 0, 83 min, going 83, 9 min, guess 92, 6 s, completed 92.1",
            "start 0, left 83",
        ),
        (
            "the same, below the end",
            Jellyfin,
            "play 0, 40 min, going 40, 9 min, guess 49, 6 s, stop 49.1",
            "start 0, left 40",
        ),
        (
            "a player that has just said where it is, is not gone",
            Jellyfin,
            "play 0, 92 min, going 92, 4 min, guess 96, 6 s, completed 96.1",
            "start 0, finish 96.1",
        ),
        (
            "nor one of which only guesses are heard",
            Jellyfin,
            "play 0, 40 min, guess 40, 56 min, guess 96, 6 s, completed 96.1",
            "start 0, finish 96.1",
        ),
        (
            "nor one whose end is its own",
            Jellyfin,
            "play 0, 40 min, going 40, 50 min, guess 90, 1 s, completed 97",
            "start 0, finish 97",
        ),
        (
            "a guess moves what is projected",
            Jellyfin,
            "play 10, 9 min, guess 50, 10 min, stop 0",
            "start 10, left 60",
        ),
        (
            "a resume goes on from a pause that was too long for its session",
            Plex,
            "play 0, 60 min, pause 60, 2 h, resume, 5 min, stop",
            "start 0, pause 60, start 60, left 65",
        ),
        (
            "a resume in the credits, of what had expired before its completion",
            Plex,
            "play 0, 140 min, scrobble, 5 min, resume, 5 min, stop",
            "start 0, abandoned 0 (130 min ago), finish 90",
        ),
        (
            "a long pause in the credits",
            Plex,
            "play 0, 90 min, scrobble, pause, 50 min, resume, 5 min, stop",
            "start 0, finish 90",
        ),
        (
            "a resume that comes after its stop is late",
            Plex,
            "play 0, 90 min, scrobble, pause, 5 min, stop, 1 s, resume, 20 min, play 92, 2 min, stop",
            "start 0, finish 90",
        ),
        ("an early zero is a position", Jellyfin, "play 20, 30 s, stop 0", "start 20, left 20"),
        (
            "without a runtime only a completed event counts",
            Plex,
            "runtime none, progress 50, pause 50, 9 s, stop 95, scrobble 90",
            "finish 90",
        ),
    ]);
}

#[test]
fn rule_4_completed_is_completed() {
    check(&[
        (
            "at the highest position",
            Plex,
            "play 0, 97 min, pause 97 , 1 s, resume 97, scrobble 2",
            "start 0, finish 97",
        ),
        (
            "Emby, position missing, hardly played",
            Emby,
            "play 0, 5 min, completed",
            "start 0, left 5",
        ),
        (
            "Emby, start at an unknown position: the whole runtime is the measure",
            Emby,
            "play, 49 min, completed",
            "start 0, left 49",
        ),
        ("and half of it is enough", Emby, "play, 50 min, completed", "start 0, finish 90"),
        ("no position at all, at once", Emby, "play, 10 s, completed", "start 0, abandoned 0.2"),
        (
            "progress knows better than the start",
            Jellyfin,
            "runtime 40 min, play 0, 26 min, going 65, 1 s, completed 0",
            "start 0, left 65",
        ),
        (
            "half of what was left then",
            Jellyfin,
            "play 0, 26 min, going 65, 18 min, completed 0",
            "start 0, finish 90",
        ),
        (
            "progress alone is a measure",
            Jellyfin,
            "going 20, 39 min, completed",
            "start 20, left 59",
        ),
        (
            "an external player was out all the time",
            Jellyfin,
            "play 0, 100 min, completed 0",
            "start 0, finish 90",
        ),
        (
            "a player that resets at the end",
            Jellyfin,
            "play 0, 97 min, going 97, 10 s, going 0, 1 s, completed 0",
            "start 0, finish 97.2",
        ),
        (
            "time stopped is no playing time",
            Jellyfin,
            "runtime 40 min, play 0, 6 min, stop 15, 62 min, completed 0",
            "start 0, left 15",
        ),
        (
            "nor is a pause without a position, nor one that is repeated",
            Emby,
            "play 20, 10 min, pause, 1 h, pause, 10 min, resume, 29 min, completed",
            "start 20, pause 30, start 30, left 59",
        ),
        (
            "the same, and then long enough",
            Emby,
            "play 20, 10 min, pause, 1 h, resume, 30 min, completed",
            "start 20, pause 30, start 30, finish 90",
        ),
        (
            "under five minutes Jellyfin's position decides",
            Jellyfin,
            "runtime 4 min, play 0, 1 min, completed 25",
            "start 0, left 25",
        ),
        (
            "also when its start was missed",
            Jellyfin,
            "runtime 4 min, completed 25, completed 95",
            "left 25, finish 95",
        ),
        (
            "without one the time does",
            Jellyfin,
            "runtime 4 min, play 0, 3 min, completed 0",
            "start 0, finish 90",
        ),
        ("Emby means it", Emby, "runtime 4 min, play 0, 1 min, completed 25", "start 0, finish 90"),
        ("Emby, the start was missed", Emby, "completed 0", "finish 90"),
        (
            "half of what remained was played",
            Jellyfin,
            "play 40, 31 min, completed 0",
            "start 40, finish 90",
        ),
        ("less than half", Jellyfin, "play 40, 29 min, completed 0", "start 40, left 69"),
        (
            "time in a pause is no playing time",
            Emby,
            "play 0, 10 min, pause 10, 3 h, resume 10, 9 min, completed 0",
            "start 0, pause 10, start 10, left 19",
        ),
        ("Plex means it", Plex, "play 0, 5 s, scrobble 0", "start 0, finish 90"),
        (
            "in a pause it ended with that",
            Jellyfin,
            "play 50, 42 min, paused 92, 20 min, completed 92.4",
            "start 50, pause 92, finish 92.4 (20 min ago)",
        ),
        (
            "further on it has been playing, and the resume was lost",
            Plex,
            "play 0, 30 min, pause 30, 70 min, scrobble 90",
            "start 0, pause 30, finish 90",
        ),
        (
            "the same where a stop says it",
            Jellyfin,
            "play 50, 11 min, paused 61, 40 min, completed 91",
            "start 50, pause 61, finish 91",
        ),
        (
            "a completion lies past a pause, with or without a position",
            Plex,
            "play 0, 40 min, pause 40, 70 min, scrobble",
            "start 0, pause 40, finish 90",
        ),
        (
            "a completion is told while it plays, so the pause was late",
            Plex,
            "play 0, 89.5 min, resume 64, 2 s, pause 89.5, 26 min, scrobble",
            "start 0, start 64, pause 89.5, finish 90",
        ),
        (
            "unless it may be late itself",
            Plex,
            "play 0, 91 min, pause 91, 58 s, scrobble",
            "start 0, pause 91, finish 91",
        ),
        (
            "Emby, completed for want of a position: the pause was its end",
            Emby,
            "play 50, 42 min, pause 92, 20 min, completed",
            "start 50, pause 92, finish 92 (20 min ago)",
        ),
        (
            "Jellyfin without a runtime says it of every stop",
            Jellyfin,
            "runtime none, play 0, 9 min, completed 0",
            "start 0",
        ),
        ("and so does Emby", Emby, "runtime none, play 0, 9 min, completed 10", "start 0"),
    ]);
}

#[test]
fn rule_5_a_stop_is_a_play_or_leaves_a_place() {
    check(&[
        ("just below", Plex, "play 10, 79.9 min, stop 89.9", "start 10, left 89.9"),
        ("just at it", Plex, "play 10, 80 min, stop 90", "start 10, finish 90"),
        ("its start was missed", Plex, "stop 50", "left 50"),
        (
            "twice",
            Plex,
            "play 10, 40 min, stop 50, 20 s, stop 50, 5 h, stop 50",
            "start 10, left 50",
        ),
        (
            "a second stop that makes a play",
            Plex,
            "play 10, 40 min, stop 50, 20 s, stop 95",
            "start 10, left 50, finish 95",
        ),
        (
            "a second stop that is completed",
            Emby,
            "play 10, 40 min, stop 50, 20 s, completed 95",
            "start 10, left 50, finish 95",
        ),
        (
            "its session had only expired",
            Jellyfin,
            "runtime 40 min, play 10, 77 min, stop 55, 1 h, stop 60",
            "start 10, left 10 (66 min ago), left 55",
        ),
        (
            "the same, where it says nothing new",
            Plex,
            "play 10, 20 min, pause 30, 3 h, stop 30.4, stop",
            "start 10, pause 30",
        ),
        (
            "the same, and its position falls",
            Plex,
            "play 10, 20 min, pause 30, 3 h, stop 3",
            "start 10, pause 30",
        ),
        (
            "the same, after another player went on with it",
            Plex,
            "play 0, 40 min, play 40 on phone, 10 min, stop 50 on phone, 3 h, stop 45",
            "start 0, start 40, left 50",
        ),
        (
            "the same, across a restart",
            Jellyfin,
            "runtime 40 min, play 10, 77 min, restart, stop 55, restart, 20 s, stop 60",
            "start 10, left 10 (66 min ago), left 55",
        ),
        (
            "its pause already stands there",
            Plex,
            "play 10, 20 min, pause 30, 1 h, stop 30.5",
            "start 10, pause 30",
        ),
        (
            "its pause stands elsewhere",
            Plex,
            "play 10, 20 min, pause 30, 1 h, stop 32",
            "start 10, pause 30, left 32",
        ),
        (
            "progress after it is late",
            Jellyfin,
            "play 10, 20 min, stop 30, 2 s, going 30.1, 50 s, going 30.2",
            "start 10, left 30",
        ),
        (
            "a minute later it is not",
            Jellyfin,
            "play 10, 20 min, stop 30, 61 s, going 30.1",
            "start 10, left 30, start 30.1",
        ),
        ("below 1 % nothing stays", Plex, "play 0, 20 s, stop 0.4", "start 0, abandoned 0.4"),
        ("below 1 % with nothing told", Plex, "stop 0.4", ""),
    ]);
    check_with(
        |settings| settings.scrobble.watched_at_movies = Percent::whole(80),
        &[("another threshold", Plex, "play 10, 70 min, stop 80", "start 10, finish 80")],
    );
}

#[test]
fn what_cannot_be_placed_says_what_is_missing() {
    let reason = |steps: &str| {
        let mut story = Story::of(Plex);
        story.go(steps);
        story.last.verdicts.first().map(|verdict| verdict.reason.label())
    };
    assert_eq!(reason("runtime none, stop 50"), Some("no_runtime"));
    assert_eq!(reason("stop"), Some("no_position"));
}

#[test]
fn rule_6_a_pause_waits_for_a_resume() {
    check(&[
        (
            "repeated",
            Plex,
            "play 10, 9 min, pause 19, 6 s, pause 19.1, 6 s, pause 19.2, 9 s",
            "start 10, pause 19",
        ),
        (
            "a second one far beyond: the resume was lost",
            Plex,
            "play 10, 15 min, pause 25, 46 min, pause 65, 9 s",
            "start 10, pause 25, pause 65",
        ),
        (
            "the same where progress says it, at the end",
            Jellyfin,
            "play 10, 15 min, paused 25, 90 min, paused 96, 9 s",
            "start 10, pause 25, finish 96",
        ),
        (
            "the same after a play",
            Plex,
            "play 0, 90 min, scrobble 90, pause 92, 9 min, pause 97, 9 s",
            "start 0, finish 90",
        ),
        (
            "the resume after it is a seek",
            Plex,
            "play 10, 9 min, pause 19, 2 s, resume 60, 9 s",
            "start 10, start 60",
        ),
        (
            "below 1 %",
            Plex,
            "play 0, 30 s, pause 0.5, 9 s, resume 0.5, 30 s",
            "start 0, abandoned 0.5, start 0.5",
        ),
        (
            "below 1 %, for a moment",
            Plex,
            "play 0, 30 s, pause 0.5, 4 s, resume 0.5, 30 s",
            "start 0",
        ),
        (
            "below 1 %, and stopped there",
            Plex,
            "play 0, 30 s, pause 0.5, 9 s, stop 0.5",
            "start 0, abandoned 0.5",
        ),
        (
            "below 1 %, and on by progress",
            Jellyfin,
            "play 0, 30 s, paused 0.5, 9 s, paused 0.5, 9 s, going 0.5, 9 min, stop 9.5",
            "start 0, abandoned 0.5, start 0.5, left 9.5",
        ),
        ("below 1 %, its start was missed", Plex, "pause 0.5, 9 s", ""),
        ("at the end it is a play", Plex, "play 10, 86 min, pause 96, 6 s", "start 10, finish 96"),
        (
            "at the end, but only for a moment",
            Plex,
            "play 10, 86 min, pause 96, 2 s, resume 96, 9 s",
            "start 10",
        ),
        (
            "past watched_at the viewer may come back",
            Plex,
            "play 10, 82 min, pause 92, 9 s, resume 92, 1 min, stop 93",
            "start 10, pause 92, start 92, finish 93",
        ),
        (
            "the stop comes while it waits",
            Plex,
            "play 10, 9 min, pause 19, 1 s, stop 19, 9 s",
            "start 10, left 19",
        ),
        ("its start was missed", Plex, "pause 40, 9 s", "pause 40"),
    ]);
    check_with(
        |settings| settings.scrobble.pause_debounce = Duration::ZERO,
        &[
            (
                "at once",
                Plex,
                "play 10, 9 min, pause 19, 1 s, resume 19",
                "start 10, pause 19, start 19",
            ),
            (
                "the start that still waits comes first",
                Plex,
                "play 2, 1 s, pause 2",
                "start 2, pause 2",
            ),
            (
                "below 1 % there is nothing to show first",
                Plex,
                "play 0, 1 s, pause 0, 9 s, resume 0, 9 s",
                "start 0",
            ),
        ],
    );
}

#[test]
fn rule_7_a_start_is_told_once() {
    check(&[
        ("repeated", Plex, "play 10, 20 s, play 10.3, 20 s, resume 10.7", "start 10"),
        ("a seek", Plex, "play 10, 20 s, resume 16", "start 10, start 16"),
        ("a small one", Plex, "play 10, 20 s, resume 15", "start 10"),
        (
            "many seeks",
            Plex,
            "play 10, 20 s, resume 20, 2 s, resume 30, 2 s, resume 40, 30 s",
            "start 10, start 20, start 40",
        ),
        ("back", Plex, "play 50, 20 s, resume 20", "start 50, start 20"),
        (
            "another item was told since",
            Plex,
            "play 10, 1 min, play 10 of B on phone, 1 min, resume 12",
            "start 10, start 10 of B, start 12",
        ),
        ("at the very end", Plex, "play 99, 1 min", ""),
        ("its own position", Plex, "play 3, 5 s", "start 3"),
        ("missed, opened by progress", Jellyfin, "going 33, 1 s, going 33.1", "start 33"),
    ]);
}

#[test]
fn rule_8_a_position_that_falls_is_a_glitch() {
    check(&[
        ("on a stop", Jellyfin, "play 0, 50 min, going 50, 5 s, stop 20", "start 0, left 50"),
        (
            "within the tolerance",
            Jellyfin,
            "play 0, 50 min, going 50, 5 s, stop 45",
            "start 0, left 45",
        ),
        (
            "on a pause",
            Jellyfin,
            "play 0, 50 min, going 50, 5 s, paused 20, 9 s",
            "start 0, pause 50",
        ),
        (
            "progress may go back",
            Jellyfin,
            "play 0, 50 min, going 50, 5 s, going 20, 5 s, stop 20",
            "start 0, left 20",
        ),
        ("an assumed position is no measure", Plex, "play, 50 min, stop 20", "start 0, left 20"),
        (
            "the server's guess is none: its player was gone",
            Jellyfin,
            "play 0, 83 min, going 83, 9 min, guess 92, 5 s, stop 83",
            "start 0, left 83",
        ),
        (
            "nor does it open one",
            Jellyfin,
            "guess 80, 9 min, guess 89, 5 s, stop 70",
            "start 80, left 70",
        ),
    ]);
}

#[test]
fn rule_9_a_jump_to_the_end_is_not_believed() {
    check(&[
        ("a player that quits", Plex, "play 10, 9 min, stop 99", "start 10, left 19"),
        ("one that had the time", Plex, "play 10, 46 min, stop 99", "start 10, finish 99"),
        ("one that was near the end", Plex, "play 81, 1 min, stop 99", "start 81, finish 99"),
        (
            "Jellyfin calls it completed",
            Jellyfin,
            "play 0, 19 min, going 19, 20 s, completed 100",
            "start 0, left 19.3",
        ),
        (
            "an old progress proves nothing",
            Jellyfin,
            "play 0, 19 min, going 19, 40 s, completed 100",
            "start 0, finish 100",
        ),
        ("an assumed position is no measure", Plex, "play, 9 min, stop 99", "start 0, finish 99"),
        (
            "a start contradicts no completion",
            Jellyfin,
            "play 0, 10 s, completed 99",
            "start 0, finish 99",
        ),
        ("nor at Emby", Emby, "play 0, 10 s, completed 99", "start 0, finish 99"),
        (
            "Emby calls it completed, seconds after a position",
            Emby,
            "play 0, 20 min, pause 20, 9 s, resume 20, 20 s, completed 99",
            "start 0, pause 20, start 20, left 20.3",
        ),
        (
            "what is over so soon has had the time",
            Jellyfin,
            "runtime 1 min, play 0, 45 s, going 75, 15 s, completed 100",
            "start 0, finish 100",
        ),
    ]);
}

#[test]
fn rule_9_the_end_of_the_one_before_is_not_the_next_ones() {
    let told = |source, of_b: &str| {
        let steps = format!("play 0, 96 min, completed 96, 9 s, {of_b}");
        let told = Story::of(source).tell(&steps);
        told.strip_prefix("start 0, finish 96").unwrap_or(&told).to_owned()
    };
    let cases = [
        (Jellyfin, "play 0 of B, 10 s, completed 96 of B", ", start 0 of B, abandoned 0.2 of B"),
        (Emby, "play 0 of B, 10 s, completed 96.02 of B", ", start 0 of B, abandoned 0.2 of B"),
        (Emby, "play 0 of B, 9 min, stop 96 of B", ", start 0 of B, left 9 of B"),
        // The end of what is longer is past the end of this one.
        (
            Emby,
            "runtime 50 min, play of B, 5 s, completed 100 of B",
            ", start 0 of B, abandoned 0.2 of B",
        ),
        (
            Jellyfin,
            "play 0 of B, restart, 10 s, stop 96 of B",
            ", start 0 of B, abandoned 0.2 of B",
        ),
        (
            Emby,
            "runtime 200 min, play 0 of B, 9 s, stop 48 of B",
            ", start 0 of B, abandoned 0.1 of B",
        ),
        // Where the player has just said where it is, or the server that it is not completed.
        (
            Jellyfin,
            "play 0 of B, 5 min, going 5 of B, 5 s, completed 91 of B",
            ", start 0 of B, left 5.1 of B",
        ),
        (Jellyfin, "play 0 of B, 5 min, stop 91 of B", ", start 0 of B, left 5 of B"),
        // What nothing contradicts, time explains, or comes long after.
        (Jellyfin, "completed 96 of B", ", finish 96 of B"),
        (Jellyfin, "play 0 of B, 10 s, completed 97 of B", ", start 0 of B, finish 97 of B"),
        (Emby, "play 0 of B, 5 min, stop 91 of B", ", start 0 of B, finish 91 of B"),
        (Emby, "play 0 of B, 96 min, completed 96 of B", ", start 0 of B, finish 96 of B"),
        (Emby, "play 0 of B, 50 min, completed 96 of B", ", start 0 of B, finish 96 of B"),
        (Emby, "1 min, play 0 of B, 10 s, completed 96 of B", ", start 0 of B, finish 96 of B"),
        (
            Jellyfin,
            "play 0 of B, 5 s, going 85 of B, 5 s, completed 91 of B",
            ", start 0 of B, finish 91 of B",
        ),
        (
            Emby,
            "play 0 of B on phone, 9 s, completed 96 of B on phone",
            ", start 0 of B, finish 96 of B",
        ),
        // Gone on with near its end, and the rest skipped after a while.
        (Emby, "play 85 of B, 1 min, completed 96 of B", ", start 85 of B, finish 96 of B"),
        (Emby, "play 85 of B, 12 s, completed 96 of B", ", start 85 of B, left 85.2 of B"),
        (
            Jellyfin,
            "play 81 of B, 8 s, going 81.1 of B, 1 s, completed 96 of B",
            ", start 81 of B, left 81.1 of B",
        ),
    ];
    for (source, of_b, expected) in cases {
        assert_eq!(told(source, of_b), expected, "{source}: {of_b}");
    }
    check(&[
        (
            "left, and the next one stopped where it was left, however short that was",
            Jellyfin,
            "play 10, 20 min, stop 30, 9 s, play 0 of B, 9 s, stop 30 of B",
            "start 10, left 30, start 0 of B, abandoned 0.2 of B",
        ),
        (
            "the same begun anew",
            Emby,
            "play 0, 96 min, completed 96, 9 s, play 0, 10 s, completed 96",
            "start 0, finish 96, start 0, abandoned 0.2",
        ),
        (
            "begun anew without a position, and a restart",
            Emby,
            "play, 96 min, completed 96, 9 s, play, 5 s, restart, 5 s, completed 96",
            "start 0, finish 96, start 0, abandoned 0.2",
        ),
        (
            "a stop that comes twice, the second time when it has begun anew",
            Jellyfin,
            "play 0, 96 min, completed 96, 9 s, play 0, 5 s, completed 96, 70 min, completed 96",
            "start 0, finish 96, start 0, abandoned 0.1, finish 96",
        ),
        (
            "a file's stop that comes twice",
            Emby,
            "play 0 of E1-2, 92 min, completed 92 of E1-2, 9 s, play 0 of E1-2, 5 s, completed 92 of E1-2",
            "start 0 of E1, finish 100 of E1 (42 min ago), finish 100 of E2, start 0 of E1, abandoned 0.2 of E1",
        ),
        (
            "a stop that comes late, when it has begun anew",
            Emby,
            "play 0, 95 min, pause 95, 2 s, resume 95, 1 min, play 0, 5 s, completed 95.8",
            "start 0, finish 96, start 0, abandoned 0.1",
        ),
        (
            "what lies elsewhere, or comes long after, is its own",
            Emby,
            "play 0, 96 min, completed 96, 9 s, play 0, 9 s, completed 98, 3 min, play 0, 9 s, \
             completed 98",
            "start 0, finish 96, start 0, finish 98, start 0, finish 98",
        ),
        (
            "a stop that comes late, and beyond where it seemed to end: its resume came late as well",
            Emby,
            "play 0, 40 min, pause 40, 30 s, resume 40, 59.5 min, play 0, 9 s, completed 100",
            "start 0, pause 40, start 40, finish 99.5, start 0, abandoned 0.2",
        ),
    ]);
}

#[test]
fn rule_10_once_until_a_new_viewing_begins() {
    let watched = "play 0, 90 min, scrobble 90, 1 min";
    let told = "start 0, finish 90";
    let cases: [(&str, &str, &str); 13] = [
        ("a resume at the beginning", "resume 2, 3 s", ", start 2"),
        ("a start at the beginning", "play 0, 3 s", ", start 0"),
        ("progress at the beginning, still playing", "progress 2, 3 s", ""),
        ("progress at the beginning, stopped", "stop 99, 61 s, progress 2, 3 s", ", start 2"),
        ("progress at 0, stopped", "stop 99, 61 s, progress 0, 3 s", ""),
        ("a start in the middle, soon", "stop 99, play 40", ""),
        ("a start in the middle, later", "stop 99, 4 min, play 40", ", start 40"),
        ("a start past the middle", "stop 99, 4 min, play 60", ""),
        ("a day later", "1 d, play 85", ", start 85"),
        ("a day later, in the credits", "1 d, play 92, 1 min, stop 99", ""),
        ("on another player", "play 40 on phone, 10 min, stop 50 on phone", ""),
        ("on another player, completed", "scrobble 90 on phone", ""),
        ("a session that ends by itself", "3 h", ""),
    ];
    for (name, then, more) in cases {
        let steps = format!("{watched}, {then}");
        assert_eq!(Story::of(Plex).tell(&steps), format!("{told}{more}"), "{name}: {steps}");
    }
}

#[test]
fn rule_10_a_player_left_behind_in_an_earlier_viewing_stays_silent() {
    check(&[
        (
            "the television goes on after the phone began anew",
            Plex,
            "play 0, 90 min, scrobble 90, 1 min, play 0 on phone, 10 min, resume 92, pause 95, 9 s, stop 99, 9 min, stop 99",
            "start 0, finish 90, start 0",
        ),
        (
            "it had stopped, and goes on with what the phone began",
            Plex,
            "play 0, 90 min, scrobble 90, stop, 2 h, play 0 on phone, 30 min, stop 30 on phone, \
             5 min, resume 40, 50 min, scrobble",
            "start 0, finish 90, start 0, left 30, start 40, finish 90",
        ),
        (
            "the same, where its end is all that is heard",
            Plex,
            "play 0, 90 min, scrobble 90, stop, 2 h, play 0 on phone, 30 min, stop 30 on phone, \
             1 h, scrobble 30",
            "start 0, finish 90, start 0, left 30, finish 90",
        ),
        (
            "it had stopped, and stops again",
            Emby,
            "play 0, 96 min, completed 96, 2 h, play 0 on phone, 30 min, stop 30 on phone, \
             5 min, completed 96",
            "start 0, finish 96, start 0, left 30",
        ),
        (
            "it had stopped, and stops elsewhere",
            Emby,
            "play 0, 96 min, completed 96, 2 h, play 0 on phone, 30 min, stop 30 on phone, \
             70 min, completed 100",
            "start 0, finish 96, start 0, left 30, finish 100",
        ),
        (
            "it had stopped, and goes on near the end with what the phone began",
            Emby,
            "play 0, 100 min, completed 100, 2 h, play 0 on phone, 26 h, play 93, 3 min, completed 96",
            "start 0, finish 100, start 0, abandoned 0 (130 min ago), start 93, finish 96",
        ),
        (
            "it had stopped, and its credits are seen the next evening",
            Emby,
            "play 0, 93 min, completed 93, 2 h, play 0 on phone, 1 min, stop 1 on phone, 20 h, \
             play 92.8, 5 min, completed 98",
            "start 0, finish 93, start 0, left 1",
        ),
        (
            "it had stopped, and what comes is late",
            Plex,
            "play 0, 90 min, scrobble 90, stop, 20 s, play 0 on phone, 30 s, scrobble",
            "start 0, finish 90, start 0",
        ),
    ]);
}

#[test]
fn rule_10_what_stands_at_its_end_was_watched_when_it_begins_anew() {
    check(&[
        (
            "without a position, where the end was reported",
            Emby,
            "play, 92 min, pause 92, 9 s, resume 92, 5 min, play, 18 min, stop 18",
            "start 0, pause 92, start 92, finish 97, start 0, left 18",
        ),
        (
            "without a position, on another player",
            Plex,
            "play, 95 min, progress 95, 5 min, play on phone, 90 min, scrobble on phone",
            "start 0, finish 95 (5 min ago), start 0, finish 90",
        ),
        (
            "without a position it may go on where no end was reported",
            Plex,
            "play 0, 40 min, play, 10 min, stop 50",
            "start 0, left 50",
        ),
        (
            "its start lost, longer ago than it has played",
            Jellyfin,
            "play 0, 99 min, going 99, 26 min, going 22, 11 min, stop 33",
            "start 0, finish 100 (25 min ago), start 22, left 33",
        ),
        (
            "a look back at a scene",
            Jellyfin,
            "play 0, 99 min, going 99, 26 min, going 30, 5 min, stop 35",
            "start 0, left 35",
        ),
        (
            "nobody heard of its end, which a pause may have put off",
            Emby,
            "play 0, 125 min, resume 22, 11 min, stop 33",
            "start 0, start 22, left 33",
        ),
    ]);
}

#[test]
fn rule_10_two_whole_viewings_are_two_plays() {
    check(&[
        (
            "again after its end, without positions",
            Emby,
            "play, 105 min, play, 100 min, completed 100",
            "start 0, finish 100 (5 min ago), start 0, finish 100",
        ),
        (
            "again at once, with no stop between",
            Emby,
            "runtime 25 min, play 0, 25 min, 4 s, play 0, 25 min, completed 100",
            "start 0, finish 100, start 0, finish 100",
        ),
        (
            "the same, from its pause in the credits",
            Plex,
            "play 0, 92 min, pause 92, 20 min, play 0, 3 s",
            "start 0, pause 92, finish 92 (20 min ago), start 0",
        ),
        (
            "again when it had long been over",
            Emby,
            "runtime 4 min, play 0, 3.8 min, pause 94, 6 s, resume 94, 20 min, play 0, 10 s",
            "start 0, pause 94, start 94, finish 94 (20 min ago), start 0",
        ),
        ("before the end it is a seek", Plex, "play 0, 80 min, play 0, 20 s", "start 0, start 0"),
        (
            "so is a resume",
            Plex,
            "play 0, 95 min, resume 0, 20 s, stop 1",
            "start 0, start 0, left 1",
        ),
        (
            "again on another player, the first one's end reported",
            Jellyfin,
            "play 0, 95 min, going 95, 1 min, play 0 on phone, 1 min, going 97, 94 min, \
             completed 95 on phone, 3 h",
            "start 0, finish 95 (1 min ago), start 0, finish 95",
        ),
        (
            "its end not reported",
            Emby,
            "play 0, 95 min, play 0 on phone, 95 min, completed 95 on phone, 3 h",
            "start 0, start 0, finish 95",
        ),
        (
            "the first counts late, while the second plays",
            Emby,
            "play 0, 89 min, pause 89, 5 min, play 0 on phone, 10 min, completed 89.5, 30 min, \
             pause 40 on phone, 9 s, resume 40 on phone, 55 min, completed 95 on phone",
            "start 0, pause 89, start 0, finish 90 (15 min ago), pause 40, start 40, finish 95",
        ),
        (
            "the same, and the second ends unseen",
            Jellyfin,
            "play 0, 89 min, paused 89, 5 min, play 0 on phone, 10 min, completed 89.5, 80 min, \
             going 91 on phone, restart, 3 h",
            "start 0, pause 89, start 0, finish 90 (15 min ago), finish 91 (39 min ago)",
        ),
        (
            "the same, but the second only went on where the first was",
            Emby,
            "play 0, 89 min, pause 89, 5 min, play 89 on phone, 1 min, completed 89.5, 9 min, \
             completed 99 on phone",
            "start 0, pause 89, start 89, finish 90 (6 min ago)",
        ),
        (
            "the same, and the second is left",
            Emby,
            "play 0, 89 min, pause 89, 5 min, play 0 on phone, 10 min, completed 89.5, 30 min, \
             stop 40 on phone",
            "start 0, pause 89, start 0, finish 90 (15 min ago), left 40",
        ),
    ]);
}

#[test]
fn rule_11_a_start_and_a_stop_within_2_s_are_neither() {
    check(&[
        ("skimmed", Plex, "play 0, 1 s, stop 0.1, 9 s", ""),
        ("a little later", Plex, "play 0, 2 s, stop 0.1", "start 0, abandoned 0.1"),
        ("further on", Plex, "play 6, 1 s, stop 6", "start 6, left 6"),
        ("completed is completed", Plex, "play 0, 1 s, scrobble 90", "finish 90"),
    ]);
}

#[test]
fn rule_12_a_start_right_after_a_stop_may_be_nobodys_wish() {
    let guard = |minimum: f64| {
        move |settings: &mut Settings| {
            settings.scrobble.autoplay_guard = Duration::from_secs(60);
            settings.scrobble.autoplay_guard_min_progress = Percent::clamped(minimum);
        }
    };
    let before = "play 10, 86 min, stop 96";
    let case = |name, then: &'static str, more: &'static str| (name, then, more);
    let told = |minimum, steps: String| Story::of(Jellyfin).with(guard(minimum)).tell(&steps);
    let cases = [
        (
            0.0,
            case("waits until the time is over", "1 s, play 0 of B, 59 s, 1 s", ", start 0 of B"),
        ),
        (
            0.0,
            case(
                "a stop before that: nothing was watched",
                "1 s, play 0 of B, 40 s, stop 0.7 of B, 1 h",
                "",
            ),
        ),
        (0.0, case("progress does not end it", "1 s, play 0 of B, 40 s, going 9 of B", "")),
        (
            5.0,
            case(
                "progress past the minimum ends it",
                "1 s, play 0 of B, 5 s, going 4 of B, 5 s, going 5.1 of B",
                ", start 5.1 of B",
            ),
        ),
        (
            5.0,
            case("a start past the minimum does not wait", "1 s, play 50 of B", ", start 50 of B"),
        ),
        (
            5.0,
            case(
                "a completed event ends it and counts",
                "1 s, play 0 of B, 40 s, completed 95 of B",
                ", finish 95 of B",
            ),
        ),
        (
            0.0,
            case(
                "a pause waits with it",
                "1 s, play 0 of B, 40 s, pause 2 of B, 25 s",
                ", start 0 of B, pause 2 of B",
            ),
        ),
        (0.0, case("later it is a wish", "61 s, play 0 of B, 2 s", ", start 0 of B")),
        (
            0.0,
            case("on another player it is one", "1 s, play 0 of B on phone, 2 s", ", start 0 of B"),
        ),
    ];
    for (minimum, (name, then, more)) in cases {
        let steps = format!("{before}, {then}");
        assert_eq!(
            told(minimum, steps.clone()),
            format!("start 10, finish 96{more}"),
            "{name}: {steps}"
        );
    }
    let off = Story::of(Jellyfin).tell(&format!("{before}, 1 s, play 0 of B, 2 s"));
    assert_eq!(off, "start 10, finish 96, start 0 of B", "off unless it is set");
}

#[test]
fn rule_17_a_mark_means_seen() {
    check(&[
        ("it waits a minute", Jellyfin, "mark, 59 s", ""),
        ("and then counts", Jellyfin, "mark, 60 s", "mark (1 min ago)"),
        ("twice is once", Jellyfin, "mark, 20 s, mark, 1 min", "mark (1 min ago)"),
        ("a session decides", Jellyfin, "play 0, 3 s, mark, 20 min, stop 30", "start 0, left 30"),
        (
            "one that ends in that minute too",
            Jellyfin,
            "play 10, 10 min, mark, 9 s, stop 20, 1 min",
            "start 10, left 20",
        ),
        ("and one that begins in it", Jellyfin, "mark, 9 s, play 10, 1 min", "start 10"),
        (
            "after a play it says nothing new",
            Jellyfin,
            "play 0, 95 min, completed 95, 9 min, mark, 1 min",
            "start 0, finish 95",
        ),
        (
            "long after a play it does",
            Jellyfin,
            "play 0, 95 min, completed 95, 1 d, mark, 1 min",
            "start 0, finish 95, mark (1 min ago)",
        ),
        ("taken back", Jellyfin, "mark, 9 s, unmark, 1 min", ""),
        ("an unmark alone is off", Jellyfin, "unmark, 1 min", ""),
        ("across a restart", Jellyfin, "mark, 30 s, restart, 30 s", "mark (1 min ago)"),
        (
            "each episode of a file",
            Emby,
            "mark of E1-2, 1 min",
            "mark of E1 (1 min ago), mark of E2 (1 min ago)",
        ),
    ]);
    check_with(
        |settings| settings.scrobble.unmarks = true,
        &[("an unmark removes plays", Jellyfin, "unmark", "unmark")],
    );
    check_with(
        |settings| settings.scrobble.marks = false,
        &[("switched off", Jellyfin, "mark, 1 min", "")],
    );
}

#[test]
fn rule_17_a_mark_of_tomorrow_is_of_now() {
    let at = |by_ms: i64| {
        let mut story = Story::of(Jellyfin);
        let mut mark = story.event(&["mark"]);
        mark.action = crate::event::Action::Mark { at: Some(story.now.moved(by_ms)) };
        story.hand_in(&Input::Event(Box::new(mark)));
        story.go("1 min");
        story.told.join(", ")
    };
    assert_eq!(at(-3_600_000), "mark (61 min ago)");
    assert_eq!(at(86_400_000), "mark (1 min ago)");
}

#[test]
fn rule_17_a_flood_of_marks_is_parked() {
    let mut story = Story::of(Jellyfin);
    for n in 1..=100 {
        story.go(&format!("mark of I{n}, 0.1 s"));
    }
    assert_eq!((story.told.len(), story.parked), (0, 0), "a hundred wait");
    story.go("mark of I101");
    assert_eq!((story.told.len(), story.parked), (0, 101), "one more parks them all");
    story.go("9 min, mark of I102, restart, 9 min, mark of I103");
    assert_eq!((story.told.len(), story.parked), (0, 103), "until ten minutes without one");
    story.go("10 min, mark of I104, 1 min");
    assert_eq!((story.told, story.parked), (vec!["mark of I104 (1 min ago)".to_owned()], 103));
}

#[test]
fn rule_18_one_player_plays_one_item() {
    check(&[
        (
            "a start that comes twice, the second time after its stop and the next one's start",
            Emby,
            "play, 3 s, completed, 8 s, play of B, 2 s, play, 97 min, completed of B",
            "start 0, abandoned 0.1, start 0 of B, finish 90 of B",
        ),
        (
            "the same with positions",
            Plex,
            "play 0, 3 s, stop 0.1, 8 s, play 0 of B, 2 s, play 0, 97 min, stop 97 of B",
            "start 0, abandoned 0.1, start 0 of B, finish 97 of B",
        ),
        (
            "gone back to, a little later",
            Plex,
            "play 0, 3 s, stop 0.1, 10 s, play 0 of B, 3 s, play 0, 11 s",
            "start 0, abandoned 0.1, start 0 of B, abandoned 0.1 of B, start 0",
        ),
        (
            "a cartoon that was over long before the next began",
            Jellyfin,
            "runtime 7 min, play 0, 6.9 min, going 98, 20 min, play 0 of B, 11 s",
            "start 0, finish 98 (20 min ago), start 0 of B",
        ),
        (
            "no stop comes",
            Plex,
            "play 0, 60 min, play 0 of B, 10 s, 1 s",
            "start 0, left 60, start 0 of B",
        ),
        (
            "the stop comes late",
            Plex,
            "play 10, 50 min, play 0 of B, 3 s, stop 60, 3 s",
            "start 10, left 60, start 0 of B",
        ),
        (
            "it waits for the stop, and then its own 2 s",
            Plex,
            "play 10, 50 min, play 0 of B, 1 s, stop 60, 0.9 s",
            "start 10, left 60",
        ),
        (
            "no stop comes at the end",
            Plex,
            "play 10, 85 min, play 0 of B, 11 s",
            "start 10, finish 95, start 0 of B",
        ),
        (
            "paused at the end, that was its time",
            Plex,
            "play 10, 82 min, pause 92, 10 min, play 0 of B, 11 s",
            "start 10, pause 92, finish 92 (10 min ago), start 0 of B",
        ),
        (
            "it had reached its end before the next one began",
            Plex,
            "play 20, 90 min, play 0 of B, 11 s",
            "start 20, finish 100 (10 min ago), start 0 of B",
        ),
        (
            "the first item is played on",
            Plex,
            "play 10, 20 min, play 0 of B, 5 s, play 30, 20 s",
            "start 10",
        ),
        (
            "a stop after that still counts if it makes a play",
            Plex,
            "play 10, 20 min, play 0 of B, 1 min, stop 95, 1 s",
            "start 10, left 30, start 0 of B, finish 95",
        ),
        (
            "a finished item needs no stop",
            Plex,
            "play 0, 90 min, scrobble 90, 8 min, play 50 of B",
            "start 0, finish 90, start 50 of B",
        ),
        (
            "the next one was seen before",
            Emby,
            "play 0 of B, 95 min, completed 95 of B, 2 min, play 0, 100 min, play 62 of B, 11 s",
            "start 0 of B, finish 95 of B, start 0, finish 100",
        ),
        (
            "the same, opened by progress",
            Jellyfin,
            "completed 95 of B, 2 min, play 10, 20 min, going 62 of B, 11 s",
            "finish 95 of B, start 10, left 30",
        ),
        (
            "a third one does not begin the wait anew",
            Plex,
            "play 10, 50 min, play 0 of B, 6 s, play 0 of C, 4 s",
            "start 10, left 60",
        ),
        (
            "the next one's start is lost, and a pause shows it",
            Emby,
            "play 0, 10 min, pause 30 of B, 85 min, resume 30 of B, 1 s",
            "start 0, pause 30 of B, left 10, start 30 of B",
        ),
        (
            "a start that came after its stop, and after the next one's start",
            Plex,
            "stop 0.1, 5 s, play 0 of B, 5 s, play 0, 90 min, scrobble of B, 9 min, play 0 of C, 11 s",
            "start 0 of B, abandoned 0.1 of B, start 0, abandoned 0 (90 min ago), finish 90 of B, \
             start 0 of C",
        ),
        (
            "the second one has begun and ended, and then the first begins anew",
            Emby,
            "play, 95 min, play of B, 2 s, stop 0 of B, 5 s, play, 1 s, stop 0.1",
            "start 0, finish 95.1",
        ),
        (
            "the second one did not begin, whatever its stop says",
            Jellyfin,
            "play 0, 20 min, play 0 of B, 1 s, going 20, 5 s, completed 0 of B",
            "start 0",
        ),
        (
            "the second one did, and its stop says where it stood",
            Jellyfin,
            "play 0, 20 min, play 0 of B, 1 s, going 20, 40 min, stop 40 of B",
            "start 0, left 40 of B",
        ),
        (
            "another player has the item in hand since",
            Plex,
            "play 0, 30 min, play 0 on phone, 62 min, play 0 of B, 11 s, 28 min, scrobble on phone",
            "start 0, start 0, start 0 of B, finish 90",
        ),
        (
            "another player began when this one had come to its end",
            Emby,
            "play 0, 105 min, play 0 on phone, 5 min, play 0 of B, 11 s",
            "start 0, start 0, finish 100 (10 min ago), start 0 of B",
        ),
        (
            "a resume that comes when the next one has begun",
            Emby,
            "play 0, 88 min, pause 88, 5 s, play 0 of B, 12 s, resume 88, 99 min, play 0 of C, 11 s",
            "start 0, pause 88, start 0 of B, finish 99.2 of B, start 0 of C",
        ),
        (
            "another player is another matter",
            Plex,
            "play 10, 20 min, play 0 of B on phone, 11 s",
            "start 10, start 0 of B",
        ),
        (
            "another person is too",
            Plex,
            "play 10, 20 min, play 0 of B by jo, 11 s",
            "start 10, start 0 of B",
        ),
        (
            "it had ended unseen",
            Plex,
            "play 10, 3 h, play 0 of B, 11 s",
            "start 10, left 10 (120 min ago), start 0 of B",
        ),
        (
            "the second one ends first",
            Plex,
            "play 10, 20 min, play 0 of B, 3 s, stop 0.1 of B, 11 s",
            "start 10, left 30",
        ),
        (
            "opened by progress",
            Jellyfin,
            "going 10, 20 min, going 3 of B, 11 s",
            "start 10, left 30, start 3 of B",
        ),
        (
            "across a restart",
            Plex,
            "play 0, 60 min, play 0 of B, 2 s, restart, 9 s",
            "start 0, left 60, start 0 of B",
        ),
    ]);
}

#[test]
fn rule_14_a_file_with_several_episodes() {
    check(&[
        (
            "stopped in the second",
            Emby,
            "play 0 of E1-2, 70 min, stop 70 of E1-2",
            "start 0 of E1, finish 100 of E1 (20 min ago), left 40 of E2",
        ),
        (
            "stopped in the second, all at once",
            Emby,
            "play 0 of E1-2, 3 s, stop 70 of E1-2",
            "start 0 of E1, finish 100 of E1, left 40 of E2",
        ),
        (
            "the next one begins on the way",
            Jellyfin,
            "play 0 of E1-2, 49 min, going 49 of E1-2, 2 min, going 51 of E1-2, 3 s",
            "start 0 of E1, finish 100 of E1 (1 min ago), start 2 of E2",
        ),
        (
            "completed",
            Jellyfin,
            "play 0 of E1-3, 95 min, completed 95 of E1-3",
            "start 0 of E1, finish 100 of E1 (61 min ago), finish 100 of E2 (28 min ago), finish 100 of E3",
        ),
        (
            "a resume of which nobody heard",
            Emby,
            "play 0 of E1-2, 10 min, pause 10 of E1-2, 90 min, completed 96 of E1-2",
            "start 0 of E1, pause 20 of E1, finish 100 of E1 (46 min ago), finish 100 of E2",
        ),
        (
            "a pause of which nobody heard",
            Jellyfin,
            "play 0 of E1-3, 10 min, going 10 of E1-3, 50 min, going 10 of E1-3, 1 min, stop 11 of E1-3",
            "start 0 of E1, left 33 of E1",
        ),
        (
            "a pause of which nobody heard, on the way",
            Emby,
            "play 0 of E1-2, 70 min, resume 40 of E1-2, 1 min, stop 41 of E1-2",
            "start 0 of E1, start 80 of E1, left 82 of E1",
        ),
        (
            "begun anew, and nobody heard of its end",
            Emby,
            "play 0 of E1-2, 70 min, play 0 of E1-2, 70 min, stop 70 of E1-2",
            "start 0 of E1, start 0 of E1, finish 100 of E1 (20 min ago), left 40 of E2",
        ),
        (
            "the same in the second",
            Jellyfin,
            "play 0 of E1-2, 55 min, going 55 of E1-2, 35 min, play 0 of E1-2, 3 s",
            "start 0 of E1, finish 100 of E1 (5 min ago), start 10 of E2, left 10 of E2, start 0 of E1",
        ),
        (
            "left in the second, and begun anew",
            Emby,
            "play 0 of E1-2, 60 min, stop 60 of E1-2, 1 h, play 0 of E1-2, 60 min, stop 60 of E1-2",
            "start 0 of E1, finish 100 of E1 (10 min ago), left 20 of E2, \
             start 0 of E1, finish 100 of E1 (10 min ago), left 20 of E2",
        ),
        (
            "watched again, with a break in the second",
            Emby,
            "play 0 of E1-2, 98 min, completed 98 of E1-2, 1 h, play 0 of E1-2, 60 min, stop 60 of E1-2, \
             2 h, play 60 of E1-2, 38 min, completed 98 of E1-2",
            "start 0 of E1, finish 100 of E1 (48 min ago), finish 100 of E2, \
             start 0 of E1, finish 100 of E1 (10 min ago), left 20 of E2, start 20 of E2, finish 100 of E2",
        ),
        (
            "completed, the start missed",
            Emby,
            "completed 99 of E1-2",
            "finish 100 of E1, finish 100 of E2",
        ),
        (
            "begun in the second",
            Emby,
            "play 60 of E1-2, 37 min, completed 97 of E1-2",
            "start 20 of E2, finish 100 of E2",
        ),
        (
            "jumped over by a seek",
            Jellyfin,
            "play 0 of E1-3, 5 min, going 70 of E1-3, 5 min, stop 75 of E1-3",
            "start 0 of E1, left 15 of E1, start 10 of E3, left 25 of E3",
        ),
        (
            "paused in the second",
            Emby,
            "play 0 of E1-2, 60 min, pause 60 of E1-2, 9 s, resume 60 of E1-2, 1 min",
            "start 0 of E1, finish 100 of E1 (10 min ago), pause 20 of E2, start 20 of E2",
        ),
        (
            "once, also an episode at a time",
            Emby,
            "play 0 of E1-2, 97 min, completed 97 of E1-2, 1 min, completed 97 of E1-2",
            "start 0 of E1, finish 100 of E1 (47 min ago), finish 100 of E2",
        ),
        (
            "completed for want of a position",
            Emby,
            "play 0 of E1-2, 20 min, completed of E1-2",
            "start 0 of E1, left 40 of E1",
        ),
        ("without a runtime", Emby, "runtime none, completed 0 of E1-2", ""),
        (
            "without a runtime, where the word can be believed",
            Jellyfin,
            "runtime none, scrobble 0 of E1-2",
            "finish 100 of E1, finish 100 of E2",
        ),
        (
            "completed after one pause",
            Emby,
            "play 0 of E1-2, 60 min, pause 60 of E1-2, 9 s, 5 min, resume 60 of E1-2, 37 min, \
             completed 97 of E1-2",
            "start 0 of E1, finish 100 of E1 (10 min ago), pause 20 of E2, start 20 of E2, \
             finish 100 of E2",
        ),
        (
            "completed without a position, in its time",
            Emby,
            "play 0 of E1-2, 97 min, completed of E1-2",
            "start 0 of E1, finish 100 of E1 (47 min ago), finish 100 of E2",
        ),
        (
            "the same after a pause in the first",
            Emby,
            "play 0 of E1-2, 20 min, pause 20 of E1-2, 1 h, resume 20 of E1-2, 77 min, \
             completed of E1-2",
            "start 0 of E1, pause 40 of E1, start 40 of E1, finish 100 of E1 (47 min ago), \
             finish 100 of E2",
        ),
        (
            "without a sign for longer than an episode",
            Emby,
            "runtime 75 min, play 0 of E1-3, 61 min, stop 82 of E1-3",
            "start 0 of E1, finish 100 of E1 (36 min ago), finish 100 of E2 (10 min ago), \
             left 46 of E3",
        ),
        (
            "the next file, with no stop between",
            Emby,
            "play 0 of E1-2, 100 min, play 0 of E3-4, 9 s, 3 s",
            "start 0 of E1, finish 100 of E1 (50 min ago), finish 100 of E2, start 0 of E3",
        ),
        (
            "another in the middle, with no stop between",
            Emby,
            "play 0 of E1-2, 70 min, play 0 of B, 13 s",
            "start 0 of E1, finish 100 of E1 (20 min ago), left 40 of E2, start 0 of B",
        ),
        (
            "paused at its end, stopped later",
            Emby,
            "play 0 of E1-2, 96 min, pause 96 of E1-2, 20 min, completed 96 of E1-2",
            "start 0 of E1, finish 100 of E1 (46 min ago), pause 92 of E2, \
             finish 100 of E2 (20 min ago)",
        ),
        (
            "closed with a lie in the second",
            Emby,
            "play 0 of E1-3, 44 min, pause 44 of E1-3, 12 s, completed of E1-3",
            "start 0 of E1, finish 100 of E1 (10 min ago), pause 32 of E2",
        ),
        (
            "seen again the next day",
            Emby,
            "play 0 of E1-2, 97 min, completed 97 of E1-2, 1 d, play 0 of E1-2, 97 min, \
             completed 97 of E1-2",
            "start 0 of E1, finish 100 of E1 (47 min ago), finish 100 of E2, \
             start 0 of E1, finish 100 of E1 (47 min ago), finish 100 of E2",
        ),
        (
            "at once again",
            Emby,
            "play 0 of E1-2, 97 min, completed 97 of E1-2, 9 s, play 0 of E1-2, 60 min, \
             stop 60 of E1-2",
            "start 0 of E1, finish 100 of E1 (47 min ago), finish 100 of E2, \
             start 0 of E1, finish 100 of E1 (10 min ago), left 20 of E2",
        ),
        (
            "stopped at the end of the first, the second on the next day",
            Emby,
            "play 0 of E1-2, 48 min, stop 48 of E1-2, 20 h, play 48 of E1-2, 10 min, \
             pause 58 of E1-2, 9 s, resume 58 of E1-2, 39 min, completed 97 of E1-2",
            "start 0 of E1, finish 100 of E1, pause 16 of E2, start 16 of E2, finish 100 of E2",
        ),
        (
            "the first by itself before it",
            Emby,
            "play 0 of E1, 95 min, completed 95 of E1, 9 s, play 0 of E1-2, 70 min, \
             stop 70 of E1-2",
            "start 0 of E1, finish 95 of E1, start 0 of E1, finish 100 of E1 (20 min ago), \
             left 40 of E2",
        ),
        (
            "the first by itself before it, and not again",
            Emby,
            "play 0 of E1, 95 min, completed 95 of E1, 9 s, play 30 of E1-2, 40 min, \
             stop 70 of E1-2",
            "start 0 of E1, finish 95 of E1, left 40 of E2",
        ),
        (
            "the first by itself after it",
            Emby,
            "play 0 of E1-2, 97 min, completed 97 of E1-2, 1 min, play 90 of E1, 5 min, \
             completed 95 of E1",
            "start 0 of E1, finish 100 of E1 (47 min ago), finish 100 of E2",
        ),
        (
            "a restart in the middle of it",
            Emby,
            "play 0 of E1-2, 60 min, pause 60 of E1-2, restart, 10 min, restart, \
             completed 97 of E1-2",
            "start 0 of E1, finish 100 of E1 (10 min ago), pause 20 of E2, finish 100 of E2",
        ),
        (
            "begun in the first, its end not seen",
            Jellyfin,
            "play 20 of E1-2, 20 min, going 40 of E1-2, 30 min, going 70 of E1-2, 2 h",
            "start 40 of E1, finish 100 of E1 (20 min ago), start 40 of E2, \
             left 40 of E2 (60 min ago)",
        ),
        (
            "back to the first",
            Jellyfin,
            "play 0 of E1-2, 60 min, going 60 of E1-2, 1 min, play 10 of E1-2, 5 min, \
             stop 15 of E1-2",
            "start 0 of E1, finish 100 of E1 (10 min ago), start 20 of E2, left 22 of E2",
        ),
        (
            "marked by hand",
            Emby,
            "mark of E1-2, 2 min",
            "mark of E1 (1 min ago), mark of E2 (1 min ago)",
        ),
        (
            "marked in the first seconds",
            Emby,
            "play 0 of E1-2, 3 s, mark of E1-2, 2 min",
            "start 0 of E1",
        ),
    ]);
}

#[test]
fn rule_14_a_start_of_an_episode_is_ended_whatever_its_file_says() {
    check(&[
        (
            "no position was ever reported",
            Emby,
            "runtime 84 min, play of E1-3, 34 min, pause of E1-3, 50 min, resume of E1-3, 5 h",
            "start 0 of E1, finish 100 of E1 (6 min ago), pause 21.4 of E2, start 21.4 of E2, \
             abandoned 0 of E2 (80 min ago)",
        ),
        (
            "another player shows the next episode",
            Jellyfin,
            "play of E1-2, 45 min, play 77 of E1-2 on phone, 1 min, stop 78 of E1-2 on phone, 5 h",
            "start 0 of E1, start 54 of E2, left 56 of E2, abandoned 0 of E1 (130 min ago)",
        ),
        (
            "another player tells nothing of what counts",
            Jellyfin,
            "play 0 of E1-2, 57 min, stop 57 of E1-2, 20 h, play of E1-2, 5 min, \
             play 10 of E1-2 on phone, 8 min, stop 31 of E1-2 on phone, 5 h",
            "start 0 of E1, finish 100 of E1 (7 min ago), left 14 of E2, start 0 of E1, \
             abandoned 0 of E1 (130 min ago)",
        ),
        (
            "the file is begun anew elsewhere",
            Jellyfin,
            "play 0 of E1-2, 52 min, going 52 of E1-2, play 0 of E1-2 on phone, 9 s, \
             stop 6 of E1-2 on phone, 1 min, going 53 of E1-2, stop 53 of E1-2, 5 h",
            "start 0 of E1, finish 100 of E1 (2 min ago), start 4 of E2, left 4 of E2, start 0 of E1, \
             left 12 of E1",
        ),
        (
            "it began elsewhere than its start had said",
            Jellyfin,
            "play 0 of E1-2, 1 s, going 56 of E1-2, 20 min, going 76 of E1-2, stop 76 of E1-2, 5 h",
            "start 0 of E1, abandoned 0 of E1, start 52 of E2, left 52 of E2",
        ),
    ]);
}

#[test]
fn rule_14_what_trakt_says_of_an_episode_is_no_word_on_its_file() {
    use crate::engine::Learned;
    use crate::event::Ids;
    let mut story = Story::of(Jellyfin);
    story.go("runtime none, play 0 of E1-2, 3 s");
    let session = story.last.intents[0].session.clone();
    let ids = Ids { trakt: Some(71), ..Ids::default() };
    let runtime_ms = Some(50 * 60_000);
    story.hand_in(&Input::Delivered(Learned { session, ids, runtime_ms, ..Learned::default() }));
    assert!(story.state.viewings().all(|(_, viewing)| viewing.item.ids.trakt.is_none()));
    story.go("60 min, completed 60 of E1-2");
    assert_eq!(
        story.told.join(", "),
        "start 0 of E1, finish 100 of E1 (10 min ago), left 20 of E2"
    );
}

#[test]
fn rule_15_ratings() {
    check_with(
        |settings| settings.servers_mut(Plex).for_each(|plex| plex.ratings = true),
        &[
            ("twice", Plex, "rate 7, 9 s, rate 7, 12 s, rate 7", "rate 7, rate 7"),
            ("changed", Plex, "rate 7, 1 s, rate 8, 1 s, unrate", "rate 7, rate 8, unrate"),
        ],
    );
}

#[test]
fn rule_16_a_restart_changes_nothing() {
    check(&[
        (
            "while a pause waits",
            Plex,
            "play 10, 9 min, pause 19, 2 s, restart, 9 s",
            "start 10, pause 19",
        ),
        ("while a start waits", Plex, "play 0, 1 s, restart, 9 s", "start 0"),
        (
            "after a play",
            Plex,
            "play 0, 90 min, scrobble, restart, stop 97, restart, scrobble",
            "start 0, finish 90",
        ),
        ("in the middle", Plex, "play 10, 10 min, restart, 10 min, stop", "start 10, left 30"),
        ("repeated start", Plex, "play 10, restart, 20 s, resume 10.3", "start 10"),
        (
            "after the progress that made it watched",
            Jellyfin,
            "play 0, 3 s, 83 min, going 83, 1 min, going 84, 6 min, going 90, restart, 2 h",
            "start 0, finish 90 (40 min ago)",
        ),
        (
            "after a progress far from where it was",
            Jellyfin,
            "play 0, 3 s, 10 min, going 10, 1 min, going 70, restart, 1 min, stop 10",
            "start 0, left 70",
        ),
    ]);
}

#[test]
fn rule_16_a_session_without_a_sign_is_over() {
    check(&[
        ("it is left where it was last", Plex, "play 10, 5 h", "start 10, left 10 (120 min ago)"),
        (
            "the same, across a restart",
            Jellyfin,
            "play 10, 30 min, going 40, 10 s, restart, 5 h, restart",
            "start 10, left 40 (90 min ago)",
        ),
        (
            "its pause stands there already",
            Plex,
            "play 10, 9 min, pause, 5 h",
            "start 10, pause 19",
        ),
        ("hardly begun", Plex, "play 0, 5 h", "start 0, abandoned 0 (130 min ago)"),
        ("nothing was ever reported", Plex, "play, 5 h", "start 0, abandoned 0 (130 min ago)"),
        ("nothing was ever told", Plex, "pause 0.5, 5 h", ""),
        (
            "another player went on with it",
            Plex,
            "play 10, 40 min, play 50 on phone, 20 min, stop 70 on phone, 5 h",
            "start 10, start 50, left 70",
        ),
        (
            "another one does",
            Plex,
            "play 10, 10 min, pause 20, 9 s, play 20 on phone, 1 h, pause 80 on phone, 5 h",
            "start 10, pause 20, start 20, pause 80",
        ),
        (
            "its start came after another player's, which still stops",
            Jellyfin,
            "play 0, 30 min, going 30, 1 min, play on phone, 2 min, stop 30, 5 h",
            "start 0, start 0, abandoned 0 (130 min ago)",
        ),
        (
            "it began anew, and another player of the viewing before still stops",
            Jellyfin,
            "play 0, 95 min, pause 95, 40 min, play 0 on phone, 1 min, going 95, completed 96, 5 h",
            "start 0, finish 95, start 0, abandoned 0 (130 min ago)",
        ),
        (
            "another player tells nothing of it",
            Plex,
            "play 10, 30 min, play 99.5 on phone, 1 min, stop 40",
            "start 10, left 40",
        ),
        (
            "after a play",
            Plex,
            "play 0, 90 min, scrobble 90, 3 min, resume 40, 5 h",
            "start 0, finish 90",
        ),
        (
            "the last position says it",
            Jellyfin,
            "play 0, 95 min, going 95, 1 h",
            "start 0, finish 95 (35 min ago)",
        ),
        (
            "signs keep it",
            Jellyfin,
            "play 0, 10 min, paused 10, 9 s, 100 min, paused 10, 100 min, paused 10",
            "start 0, pause 10",
        ),
        (
            "after it a start is a start",
            Plex,
            "play 10, 5 h, play 20",
            "start 10, left 10 (120 min ago), start 20",
        ),
        (
            "without a runtime, after six hours",
            Plex,
            "runtime none, play 0, 6 h, 1 s, scrobble",
            "start 0, abandoned 0 (360 min ago), finish 90",
        ),
    ]);
}

#[test]
fn rule_19_what_a_stop_lacks_is_its_sessions() {
    let mut story = Story::of(Plex);
    story.go("play 10, 20 min");
    let mut stop = story.event(&["stop", "30"]);
    stop.user = crate::event::User::default();
    stop.library = None;
    story.hand_in(&crate::engine::Input::Event(Box::new(stop)));
    assert_eq!(story.told, ["start 10", "left 30"]);
}

#[test]
fn rule_21_what_is_heard_in_two_ways_is_one_viewing() {
    check(&[
        (
            "the webhook first, each time",
            Plex,
            "play 0, 1 s, play 0.01 heard, 10 s, going 0.2 heard, 30 min, pause 30, 1 s, \
             pause 30.01 heard, 10 s, paused 30.01 heard, 10 s, resume 30, 1 s, resume 30.02 heard, \
             59 min, going 89.5 heard, scrobble 90, 1 s, scrobble 90.1 heard, 5 min, stop 95, \
             stop 95 heard",
            "start 0, pause 30, start 30, finish 90",
        ),
        (
            "the stream first, each time",
            Plex,
            "play 0 heard, 1 s, play 0.01, 30 min, pause 30 heard, 2 s, pause 30, 10 s, \
             resume 30 heard, 2 s, resume 30, 60 min, scrobble 90.1 heard, 1 s, scrobble 90, 5 min, \
             stop 95 heard, 2 s, stop 95",
            "start 0, pause 30, start 30, finish 90.1",
        ),
        (
            "a webhook start, the stream's pause, a webhook scrobble, the stream's stop",
            Plex,
            "play 0, 1 s, going 0.01 heard, 40 min, pause 40, pause 40 heard, 1 min, \
             going 40 heard, 50 min, scrobble 90, 2 min, stop 92 heard",
            "start 0, pause 40, start 40, finish 90",
        ),
        (
            "webhooks that come late change nothing",
            Plex,
            "play 5 heard, 3 s, play 5, 20 min, stop 25 heard, 4 s, stop 25, 1 s, pause 25",
            "start 5, left 25",
        ),
        (
            "a stop that is heard, and a stop by webhook, past watched_at",
            Plex,
            "play 0, 95 min, stop 95 heard, 1 s, scrobble 95, 1 s, stop 95",
            "start 0, finish 95",
        ),
        (
            "a webhook without a position is at the place that is heard",
            Plex,
            "play, play 0 heard, 20 min, going 20 heard, 5 s, pause, 5 s, paused 20.1 heard, 10 s, stop",
            "start 0, pause 20.1",
        ),
        (
            "the webhook names nobody",
            Plex,
            "play 5 heard, 10 min, pause 15 by , 6 s, stop 15.1 heard",
            "start 5, pause 15",
        ),
        (
            "the stream is lost in the middle, and goes on",
            Plex,
            "play 0, play 0 heard, 20 min, pause 20, 1 min, resume 20, 40 min, going 60 heard, \
             30 min, scrobble 90 heard",
            "start 0, pause 20, start 20, finish 90",
        ),
        (
            "all of it again the next day, in the other order",
            Plex,
            "play 0, play 0 heard, 90 min, scrobble 90, scrobble 90 heard, stop 95, stop 95 heard, \
             1 d, play 0 heard, 1 s, play 0, 90 min, scrobble 90 heard, 1 s, scrobble 90, \
             stop 95 heard, 1 s, stop 95",
            "start 0, finish 90, start 0, finish 90",
        ),
        (
            "two people of one account on two players are two sessions",
            Plex,
            "play 10, play 20 on phone by jo heard, 10 min, stop 20, stop 30 on phone by jo heard",
            "start 10, start 20, left 20, left 30",
        ),
        (
            "Jellyfin's webhooks each second, and a look each ten",
            Jellyfin,
            "play 0, 1 s, play 0.02 heard, 9 s, going 0.16, going 0.16 heard, 30 min, \
             going 30.1, going 30.1 heard, 1 s, paused 30.1, 9 s, paused 30.1 heard, 1 s, \
             going 30.1, 9 s, going 30.3 heard, 60 min, completed 90.3, 8 s, stop 90.2 heard",
            "start 0, pause 30.1, start 30.1, finish 90.3",
        ),
    ]);
}
