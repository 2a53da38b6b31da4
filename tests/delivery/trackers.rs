//! One account at several trackers: each hears of everything, and none of what befalls another.

use crate::daemon::by_hand::Rig;
use crate::daemon::items::Item;
use crate::daemon::script::{Jellyfin, Plex, play};
use crate::daemon::trackers::{NAMES, Stand};
use crate::daemon::webhook::plex;
use crate::daemon::{all_good, wait_for};
use crate::{HOUR, MINUTE};
use scrobbled::event::Time;
use serde_json::{Value, json};
use standin::trakt::{Fault, Faults};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

/// A film with a break, an episode, something that is left, and one that is marked; an hour later in
/// a day each.
const EVENING: &str = "play A 5, (40 min) pause 45, (5 min) resume 45, (46 min) completed 91, \
                       (5 min) stop 97, (10 min) play D1 0, (41 min) completed D1 92, stop D1 95, \
                       (10 min) play B 0, (30 min) stop B 30";

/// What `EVENING` is to each of them; ours is the same at each but for what only one can say.
const EVENING_CALLS: [&str; 8] = [
    "start A 5",
    "pause A 45",
    "start A 45",
    "stop A 91",
    "start Drama 1x01 0",
    "stop Drama 1x01 92",
    "start B 0",
    "pause B 30",
];

/// How one of an account's trackers is.
fn of(status: &Value, tracker: &str) -> Value {
    let trackers = status["accounts"][0]["trackers"].as_array().into_iter().flatten();
    let mut trackers = trackers.filter(|one| one["tracker"] == tracker);
    trackers.next().cloned().unwrap_or_default()
}

/// When each play was, in order, to the minute.
fn history(rig: &Rig, tracker: &dyn Stand) -> Vec<(String, u64)> {
    let mut plays: Vec<(Time, String)> =
        tracker.history().into_iter().map(|play| (play.at, play.label)).collect();
    plays.sort();
    // To the nearest: not every tracker keeps parts of a second.
    let minutes = |at: Time| (at.since(rig.begin).as_secs() + 30) / 60;
    plays.into_iter().map(|(at, label)| (label, minutes(at))).collect()
}

#[test]
fn every_tracker_hears_of_what_plays_and_has_each_play_once() {
    let mut rig = Rig::at_all("");
    let said = play(&mut rig, Plex, EVENING);
    for tracker in rig.trackers() {
        assert_eq!(tracker.calls(), EVENING_CALLS, "{}\n{said}", tracker.name());
    }
    play(&mut rig, Jellyfin, "mark T1");
    rig.wait(MINUTE);
    for tracker in rig.trackers() {
        let marked = tracker.calls().into_iter().skip(EVENING_CALLS.len());
        let marked: Vec<String> = marked.collect();
        let words = ["history", "add"].map(|word| format!("{word} Toons 1x01 "));
        let is_mark = |call: &String| words.iter().any(|word| call.starts_with(word));
        assert!(
            matches!(marked.as_slice(), [one] if is_mark(one)),
            "{}: {marked:?}",
            tracker.name()
        );
        assert_eq!(tracker.wrong(), Vec::<String>::new());
    }
}

#[test]
fn a_start_right_after_a_kill_keeps_each_tracker_s_pace() {
    let mut rig = Rig::at_all("");
    rig.wait(MINUTE);
    let told = |rig: &Rig| rig.trackers().map(|one| one.calls().len()).collect::<Vec<_>>();
    rig.daemon.post(&plex("completed").at(91.0));
    wait_for("the play", || told(&rig), |told| told.iter().all(|count| *count == 1));
    rig.settle(); // what was killed before it knew the answer would be told again
    rig.restart();
    rig.daemon.post(&plex("completed").of("B").at(91.0));
    rig.settle();
    assert_eq!(told(&rig), [1, 1, 1]);
    rig.wait(MINUTE);
    for tracker in rig.trackers() {
        assert_eq!(tracker.calls(), ["stop A 91", "stop B 91"], "{}", tracker.name());
        assert_eq!(tracker.wrong(), Vec::<String>::new());
    }
}

/// A player that dies says nothing more; half an hour after the end of the film that is noticed.
#[test]
fn what_a_dead_player_has_left_open_is_no_play_anywhere() {
    let mut rig = Rig::at_all("");
    play(&mut rig, Plex, "tablet: play K 5, (36 min) tv: play T1 5, (9 s)");
    let goes_on = ["start K 5", "start Toons 1x01 5"];
    let ends = ["start K 5", "pause K 5", "start Toons 1x01 5"];
    for tracker in rig.trackers() {
        let expected: &[&str] = if tracker.name() == "simkl" { &ends } else { &goes_on };
        assert_eq!(tracker.calls(), expected, "{}", tracker.name());
    }
    play(&mut rig, Plex, "(17 min) tv: completed T1 91, stop T1 97");
    for _ in 0..6 {
        rig.step(HOUR / 2);
        rig.settle();
    }
    for tracker in rig.trackers() {
        let plays: Vec<String> = tracker.history().into_iter().map(|play| play.label).collect();
        assert_eq!(plays, ["Toons 1x01"], "{}", tracker.name());
        assert_eq!(tracker.wrong(), Vec::<String>::new());
    }
}

#[test]
fn what_was_played_while_all_were_away_gets_to_each_with_its_time() {
    let mut rig = Rig::at_all("");
    for tracker in rig.trackers() {
        tracker.server().order(Fault::status(503).times(u32::MAX));
    }
    let said = play(&mut rig, Plex, EVENING);
    rig.wait(2 * HOUR);
    for tracker in rig.trackers() {
        assert_eq!(tracker.history(), [], "{}", tracker.name());
        tracker.server().misbehave(Faults::default());
    }
    rig.wait(HOUR);
    for tracker in rig.trackers() {
        let expected = [("A".to_owned(), 91), ("Drama 1x01".to_owned(), 147)];
        assert_eq!(history(&rig, tracker), expected, "{}\n{said}", tracker.name());
        assert_eq!(tracker.wrong(), Vec::<String>::new());
        assert!(
            tracker.calls().iter().all(|call| !call.starts_with("stop")),
            "{:?}",
            tracker.calls()
        );
    }
}

/// What can become of a tracker.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// 503 to all.
    Down,
    /// The app is refused.
    Refused,
    /// The person has disconnected the app on its website.
    Disconnected,
}

/// Somebody sees something on Plex from the beginning to the end; gives what it is called and when it
/// was over.
fn watch(rig: &mut Rig, name: &str) -> (String, Time) {
    let item = Item::named(name).expect(name);
    let minutes = item.minutes * 9 / 10;
    play(rig, Plex, &format!("play {name} 1, ({minutes} min) completed {name} 91"));
    let over = rig.now();
    play(rig, Plex, &format!("(1 min) stop {name} 97"));
    (item.label(), over)
}

/// Some days, in the first of which `away` gets into trouble and in the last of which that is over, if
/// the person has logged in where they have to. How what the trackers have differs from what it should
/// be.
fn some_days(away: &str, trouble: Trouble) -> String {
    let mut rig = Rig::at_all("");
    let mut wrong = String::new();
    let mut seen = vec![watch(&mut rig, "K")];
    match trouble {
        Trouble::Down => rig.tracker(away).server().order(Fault::status(503).times(u32::MAX)),
        Trouble::Refused => {
            let body = json!({ "error": "forbidden", "code": 403 });
            rig.tracker(away).server().order(Fault::json(403, body).times(u32::MAX));
        }
        Trouble::Disconnected => rig.tracker(away).disconnect("demo"),
    }
    for name in ["T1", "T2", "D1"] {
        for _ in 0..10 {
            rig.step(HOUR * 2);
            rig.settle();
        }
        seen.push(watch(&mut rig, name));
    }
    let status = rig.status();
    let (state, waiting) =
        (of(&status, away)["state"].clone(), of(&status, away)["waiting"].clone());
    let expected = match trouble {
        Trouble::Down => "unreachable",
        Trouble::Refused => "refused",
        Trouble::Disconnected => "login needed",
    };
    if waiting.as_u64().is_none_or(|waiting| waiting < 3) || state != expected {
        let _ = writeln!(wrong, "{away} is {state}, and {waiting} wait for it");
    }
    for other in NAMES.into_iter().filter(|name| *name != away) {
        let other = of(&status, other);
        if other["state"] != "connected" || other["waiting"] != 0 {
            let _ = writeln!(wrong, "meanwhile {other}");
        }
    }
    rig.tracker(away).server().misbehave(Faults::default());
    if matches!(trouble, Trouble::Disconnected) {
        rig.login_to(None, Some(away));
    }
    rig.wait(HOUR * 2);
    seen.push(watch(&mut rig, "T3"));
    rig.wait(MINUTE);
    for tracker in rig.trackers() {
        let name = tracker.name();
        let calls = tracker.calls();
        let stops = calls.iter().filter_map(|call| call.strip_prefix("stop ")).collect::<Vec<_>>();
        // What was played while it was away has come late.
        let live: &[&str] = if name == away {
            &["K 91", "Toons 1x03 91"]
        } else {
            &["K 91", "Toons 1x01 91", "Toons 1x02 91", "Drama 1x01 91", "Toons 1x03 91"]
        };
        if stops != live {
            let _ = writeln!(wrong, "{name} was told of {stops:?} as they ended, not of {live:?}");
        }
        let plays = tracker.history();
        for (label, over) in &seen {
            let times = tracker.plays(label);
            let is_right = |at: &Time| at.since(*over).max(over.since(*at)) <= MINUTE;
            if !matches!(times.as_slice(), [at] if is_right(at)) {
                let _ = writeln!(wrong, "{name} has {label}, over at {over}, at {times:?}");
            }
        }
        if plays.len() != seen.len() || !tracker.wrong().is_empty() {
            let _ = writeln!(wrong, "{name} has {plays:?}; {:?}", tracker.wrong());
        }
    }
    wrong
}

#[test]
fn a_tracker_that_is_away_for_days_changes_nothing_at_the_others() {
    let troubles = [Trouble::Down, Trouble::Refused, Trouble::Disconnected];
    let cases = troubles.into_iter().flat_map(|trouble| NAMES.map(|name| (name, trouble)));
    let todo = Mutex::new(cases.collect::<Vec<_>>().into_iter());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let next = todo.lock().expect("no panic").next();
                    let Some((away, trouble)) = next else { return };
                    let differs = some_days(away, trouble);
                    if !differs.is_empty() {
                        let differs = format!("{away} {trouble:?}:\n{differs}");
                        wrong.lock().expect("no panic").push(differs);
                    }
                }
            });
        }
    });
    all_good(&wrong.into_inner().expect("no panic"));
}

#[test]
fn a_logout_from_one_takes_what_waited_for_it_and_leaves_the_others() {
    for gone in NAMES {
        let mut rig = Rig::at_all("");
        rig.tracker(gone).server().order(Fault::status(503).times(u32::MAX).on("POST", "/s"));
        play(&mut rig, Plex, "completed A 91");
        rig.wait(Duration::from_secs(20));
        assert_eq!(of(&rig.status(), gone)["waiting"], 1, "{gone}");
        let said = rig.daemon.cli(&["logout", "--to", gone]).good();
        assert!(said.contains("1 entry"), "{said}");
        rig.tracker(gone).server().misbehave(Faults::default());
        play(&mut rig, Plex, "(10 min) completed B 91");
        rig.wait(HOUR);
        assert_eq!(rig.tracker(gone).calls(), Vec::<String>::new(), "{gone}");
        for other in NAMES.into_iter().filter(|name| *name != gone) {
            assert_eq!(rig.tracker(other).calls(), ["stop A 91", "stop B 91"], "{other}");
        }
        // What is decided from the next login on comes to both again.
        rig.login_to(None, Some(gone));
        play(&mut rig, Plex, "(10 min) completed C 91");
        rig.wait(MINUTE);
        assert_eq!(rig.tracker(gone).calls(), ["stop C 91"], "{gone}");
    }
}

/// In the history a play ends no start; where one stands open, it becomes a play when the next one comes.
#[test]
fn what_is_told_late_leaves_no_start_open_anywhere() {
    let mut rig = Rig::at_all("");
    play(&mut rig, Plex, "play A 5, (86 min)");
    for tracker in rig.trackers() {
        tracker.server().order(Fault::status(503).times(u32::MAX).on("POST", "/s"));
    }
    play(&mut rig, Plex, "completed A 91, (5 min)");
    for tracker in rig.trackers() {
        tracker.server().misbehave(Faults::default());
    }
    rig.wait(HOUR);
    play(&mut rig, Plex, "play B 0, (30 min) stop B 30");
    rig.wait(MINUTE);
    for tracker in rig.trackers() {
        let said = tracker.calls();
        assert_eq!(history(&rig, tracker).len(), 1, "{}: {said:?}", tracker.name());
        assert_eq!(tracker.plays("A").len(), 1, "{}: {said:?}", tracker.name());
        let (wrong, invented) = (tracker.wrong(), tracker.invented());
        assert_eq!((wrong, invented), (vec![], vec![]), "{}: {said:?}", tracker.name());
    }
}
