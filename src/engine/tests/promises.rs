//! What holds for any sequence of events, however servers repeat, reorder and lose them.

use super::script::Story;
use crate::config::Scrobble;
use crate::engine::Input;
use crate::event::{Percent, Source, Time};
use crate::intent::Verb;
use proptest::prelude::*;
use std::time::Duration;

/// A step of a story, as the script language says it.
fn step() -> impl Strategy<Value = String> {
    let percent = prop_oneof![
        Just(String::new()),
        Just("0".to_owned()),
        (0_u32..=1010).prop_map(|tenths| format!("{}", f64::from(tenths) / 10.0)),
        (0_u32..=50).prop_map(|tenths| format!("{}", f64::from(tenths) / 10.0)),
        (880_u32..=1000).prop_map(|tenths| format!("{}", f64::from(tenths) / 10.0)),
    ];
    let word = prop::sample::select(vec![
        "play",
        "resume",
        "pause",
        "stop",
        "completed",
        "scrobble",
        "progress",
        "paused",
        "going",
        "guess",
    ]);
    let place = prop::sample::select(vec!["", " on phone", " of B", " by jo", " of B on phone"]);
    let wait = prop::sample::select(vec![
        "0 s", "1 s", "3 s", "6 s", "14 s", "61 s", "4 min", "30 min", "95 min", "3 h", "25 h",
    ]);
    prop_oneof![
        6 => (word, percent, place).prop_map(|(word, percent, place)| format!("{word} {percent}{place}")),
        4 => wait.prop_map(str::to_owned),
        1 => Just("restart".to_owned()),
    ]
}

fn source() -> impl Strategy<Value = Source> {
    prop::sample::select(Source::ALL.to_vec())
}

/// Which item a step speaks of.
fn is_of_b(step: &str) -> bool {
    step.contains("of B")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Whatever happens: nothing panics, progress stays within 0 to 100, and what is due is in
    /// the future once time has passed.
    #[test]
    fn positions_stay_in_range_and_deadlines_ahead(
        source in source(),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut story = Story::of(source);
        for step in &steps {
            story.go(step);
            for position in story.last.intents.iter().map(|intent| intent.progress.value()) {
                prop_assert!((0.0..=100.0).contains(&position), "{position}");
            }
            if let Some((due, why)) = story.state.wake() {
                prop_assert!(due > story.now, "{why:?} is due but has not happened");
            }
        }
    }

    /// Rule 10: between two plays of an item a new viewing begins, and after a play nothing at
    /// all is told of the item until one does.
    ///
    /// What may begin one is judged from the outside: a start or resume with a position at the
    /// beginning or none, progress at the beginning, anything below the middle after three
    /// minutes, or a day of silence; and a guess, which may stand for what was reported at the beginning. A start at the beginning may end one and begin the next. A
    /// play that is told late silences nothing that stands where it can only have begun after that
    /// play's end.
    #[test]
    fn after_a_play_an_item_is_silent_until_a_new_viewing_begins(
        source in source(),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut story = Story::of(source);
        let mut played: [Option<Time>; 2] = [None, None];
        let mut heard = [story.now, story.now];
        let mut began = [Time::default(), Time::default()];
        for step in &steps {
            let told_before = story.told.len();
            let number = step.split_whitespace().nth(1).and_then(|word| word.parse::<f64>().ok());
            let is_event = !step.ends_with(" s") && !step.ends_with("min")
                && !step.ends_with(" h") && step != "restart";
            let which = usize::from(is_of_b(step));
            if is_event && let Some(play) = played[which] {
                let begins = number.is_none_or(|n| n <= 5.0)
                    || step.starts_with("guess")
                    || (number.is_some_and(|n| n < 50.0)
                        && story.now.since(play) > Duration::from_secs(180))
                    || story.now.since(heard[which]) >= Duration::from_secs(24 * 3600);
                if begins {
                    played[which] = None;
                }
            }
            if is_event {
                heard[which] = story.now;
                // A start or a resume begins when it comes, wherever it stands.
                let begins_now = step.starts_with("play") || step.starts_with("resume");
                let before = if begins_now { 0.0 } else { number.unwrap_or(0.0) * 60_000.0 };
                let at = story.now.before(Duration::from_millis(before as u64));
                began[which] = began[which].max(at);
            }
            story.go(step);
            let starts_over = step.starts_with("play") && number.is_some_and(|n| n <= 5.0);
            for (place, line) in story.told.iter().enumerate().skip(told_before) {
                let which = usize::from(is_of_b(line));
                prop_assert!(
                    played[which].is_none(),
                    "`{line}` was told of a watched item after `{step}`: {:?}", story.told
                );
                if line.starts_with("finish") {
                    played[which] = story.played_at.get(&place).copied()
                        .filter(|play| began[which] <= *play && !starts_over);
                }
            }
        }
    }

    /// One viewing is at most one play, without any help from the rules about new ones.
    /// Assumes: one start at the beginning, and then only positions past the beginning, for less
    /// than three minutes.
    #[test]
    fn one_viewing_is_at_most_one_play(
        source in source(),
        tail in prop::collection::vec((
            prop::sample::select(vec!["resume", "pause", "stop", "scrobble", "going", "paused", "play"]),
            6_u32..=100,
            0_u32..=4,
        ), 0..40),
    ) {
        let mut story = Story::of(source);
        story.go("play 0, 3 s");
        for (word, percent, seconds) in tail {
            story.go(&format!("{word} {percent}, {seconds} s"));
        }
        let plays = story.told.iter().filter(|line| line.starts_with("finish")).count();
        prop_assert!(plays <= 1, "{:?}", story.told);
    }

    /// A draft that is not kept leaves no trace.
    #[test]
    fn a_dropped_draft_leaves_no_trace(
        source in source(),
        before in prop::collection::vec(step(), 0..20),
        dropped in prop::collection::vec(step(), 1..10),
    ) {
        let mut story = Story::of(source);
        for step in &before {
            story.go(step);
        }
        let was = format!("{:?}", story.state);
        let mut draft = story.state.draft(&story.settings);
        let mut now = story.now;
        for step in dropped.iter().filter(|step| !step.ends_with(" s") && !step.ends_with("min")
            && !step.ends_with(" h") && *step != "restart")
        {
            let words: Vec<&str> = step.split_whitespace().collect();
            let event = Story::of(source).event(&words);
            let _ = draft.handle(&Input::Event(Box::new(event)), now);
            now = now.after(Duration::from_secs(30));
        }
        drop(draft);
        // Numbers once given are not given again, and a user once seen is seen.
        let is = format!("{:?}", story.state);
        let is = is.split("users").next().unwrap_or_default();
        prop_assert!(was.starts_with(is), "{was}\n{is}");
    }

    /// Restarting at any moment changes nothing that is told.
    #[test]
    fn a_restart_at_any_moment_changes_nothing(
        source in source(),
        steps in prop::collection::vec(step(), 0..40),
        at in 0_usize..40,
    ) {
        let steps: Vec<&String> = steps.iter().filter(|step| *step != "restart").collect();
        let told = |restart: Option<usize>| {
            let mut story = Story::of(source);
            for (index, step) in steps.iter().enumerate() {
                if restart == Some(index) {
                    story.stop();
                    story.go("restart");
                }
                story.go(step);
            }
            story.told
        };
        prop_assert_eq!(told(None), told(Some(at)));
    }

    /// A power cut at any moment changes no play, though the last minutes of progress are only in
    /// memory. Assumes: players that go on as time does, but for pauses and seeks.
    #[test]
    fn a_power_cut_at_any_moment_changes_no_play(
        source in source(),
        walk in prop::collection::vec(
            (prop::sample::select(vec!["going", "going", "going", "paused", "resume", "seek"]), 1_u32..=240),
            1..60,
        ),
        end in prop::sample::select(vec!["stop", "completed", "3 h", "play 0 of B"]),
        at in 0_usize..60,
    ) {
        let told = |cut: Option<usize>| {
            let mut story = Story::of(source);
            story.go("play 0, 3 s");
            let (mut place, mut plays) = (0.05, true);
            for (index, (word, seconds)) in walk.iter().enumerate() {
                if cut == Some(index) {
                    story.go("restart");
                }
                story.pass(Duration::from_secs(u64::from(*seconds)));
                place += if plays { f64::from(*seconds) / 60.0 } else { 0.0 };
                if *word == "seek" {
                    place = (place + 60.0) % 100.0;
                }
                place = place.min(99.9);
                plays = *word != "paused";
                let word = if *word == "seek" { "going" } else { word };
                story.go(&format!("{word} {place}"));
            }
            if cut == Some(walk.len()) {
                story.go("restart");
            }
            story.go(if end.starts_with("stop") || end.starts_with("completed") {
                format!("{end} {place}")
            } else {
                end.to_owned()
            }.as_str());
            story.go("20 s");
            story.told.iter().filter(|line| line.starts_with("finish")).count()
        };
        prop_assert_eq!(told(None), told(Some(at.min(walk.len()))));
    }
}

/// However many items and players are named, memory has its bounds.
#[test]
fn memory_is_bounded() {
    let mut story = Story::of(Source::Plex);
    for n in 0..800 {
        story.hand_in(&Input::Event(Box::new(story.event(&[
            "play",
            "10",
            "of",
            &format!("I{n}"),
            "by",
            &format!("user{n}"),
        ]))));
        if n < 200 {
            story.hand_in(&Input::Event(Box::new(story.event(&[
                "play",
                "10",
                "on",
                &format!("player{n}"),
            ]))));
        }
    }
    assert!(story.disk.len() <= 400, "{} viewings", story.disk.len());
    assert!(story.state.playing().count() <= 400 + 16);
    assert!(story.state.users().count() <= 200);
}

/// The clock was set while a pause waited: it still waits its five seconds, and nothing ends.
#[test]
fn a_clock_that_jumps_moves_what_this_process_remembers() {
    for by_hours in [-30_i64, 30] {
        let mut story = Story::of(Source::Plex);
        let since = story.now;
        story.go("play 10, 10 min, pause 20, 2 s");
        let until = story.now;
        let by_ms = by_hours * 3_600_000;
        story.now = story.now.moved(by_ms);
        // What is due by the new clock must be moved before it is looked at.
        story.hand_in(&Input::ClockMoved { by_ms, since, until });
        assert_eq!(story.told, ["start 10"], "{by_hours} h");
        story.go("3 s");
        assert_eq!(story.told, ["start 10", "pause 20"], "{by_hours} h");
        story.go("1 h, resume 20, 10 min, stop");
        assert_eq!(story.told[2..], ["start 20", "left 30"], "{by_hours} h");
    }
}

#[test]
fn defaults_are_those_of_the_rules() {
    let (numbers, whole) = (Scrobble::default(), Percent::whole);
    assert_eq!((numbers.watched_at_movies, numbers.watched_at_episodes), (whole(90), whole(90)));
    assert_eq!((numbers.force_stop_at, numbers.suppress_start_at), (whole(95), whole(99)));
    assert!(Verb::Finish.is_lasting() && !Verb::Left.is_lasting());
}
