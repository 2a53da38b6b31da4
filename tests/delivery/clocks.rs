//! Clocks that are wrong.

use crate::daemon::by_hand::Rig;
use crate::daemon::script::calls;
use crate::daemon::webhook::plex;
use crate::{DAY, HOUR, MINUTE, all_plays, list, seconds};
use scrobbled::event::Time;
use standin::trakt::{Fault, Faults};
use std::time::Duration;

#[test]
fn a_clock_that_is_set_right_takes_the_plays_with_it() {
    let mut rig = Rig::with_config("");
    let years = 2000 * DAY;
    rig.trakt.order(Fault::status(503).times(u32::MAX).on("POST", ""));
    // As a machine without a clock of its own boots.
    rig.restart_wrong(years);
    a_play_of_a_wrong_clock_is_dated_right(&mut rig, years);
}

#[test]
fn a_clock_that_is_set_wrong_and_right_again_takes_the_plays_with_it() {
    let mut rig = Rig::with_config("");
    let years = 2000 * DAY;
    rig.trakt.order(Fault::status(503).times(u32::MAX).on("POST", ""));
    rig.set_daemons_clock(rig.now().before(years));
    a_play_of_a_wrong_clock_is_dated_right(&mut rig, years);
}

/// A film is watched while the daemon's clock is behind and Trakt is down; then the one is set
/// right and the other comes back.
#[track_caller]
fn a_play_of_a_wrong_clock_is_dated_right(rig: &mut Rig, behind: Duration) {
    rig.wait_wrong(seconds(5), behind);
    rig.daemon.post(&plex("completed"));
    rig.wait_wrong(10 * MINUTE, behind);
    let right = rig.now();
    rig.set_daemons_clock(right);
    rig.wait(MINUTE);
    rig.server().misbehave(Faults::default());
    rig.wait(10 * MINUTE);
    assert_eq!(calls(rig), ["history A +0:00:05"]);
}

#[test]
fn a_viewing_goes_on_when_the_clock_is_set_forward_by_thirty_years() {
    let mut rig = Rig::with_config("");
    let years = 30 * 365 * DAY;
    // The power comes back, and the machine has no clock of its own.
    rig.restart_wrong(years);
    rig.wait_wrong(seconds(5), years);
    rig.daemon.post(&plex("play").at(0.0));
    rig.wait_wrong(30 * MINUTE, years);
    let right = rig.now();
    rig.set_daemons_clock(right);
    rig.wait(30 * MINUTE);
    rig.daemon.post(&plex("pause").at(55.0));
    rig.wait(MINUTE);
    rig.daemon.post(&plex("stop").at(95.0));
    rig.wait(HOUR);
    assert_eq!(calls(&rig), ["start A 0", "pause A 55", "stop A 95"]);
    assert_eq!(all_plays(&rig), 1);
}

#[test]
fn a_viewing_goes_on_when_the_clock_is_set_back_by_hours() {
    let mut rig = Rig::with_config("");
    let behind = 5 * HOUR;
    rig.daemon.post(&plex("play").at(0.0));
    rig.wait(30 * MINUTE);
    let wrong = rig.now().before(behind);
    rig.set_daemons_clock(wrong);
    rig.wait_wrong(30 * MINUTE, behind);
    rig.daemon.post(&plex("completed").at(90.0));
    rig.wait_wrong(MINUTE, behind);
    rig.daemon.post(&plex("stop").at(95.0));
    rig.wait_wrong(HOUR, behind);
    let right = rig.now();
    rig.set_daemons_clock(right);
    rig.daemon.post(&plex("resume").at(96.0));
    rig.daemon.post(&plex("stop").at(98.0));
    rig.wait(HOUR);
    assert_eq!(calls(&rig), ["start A 0", "stop A 90"]);
    assert_eq!(all_plays(&rig), 1);
}

#[test]
fn a_viewing_goes_on_through_a_restart_without_a_clock() {
    let mut rig = Rig::with_config("");
    let years = 30 * 365 * DAY;
    rig.daemon.post(&plex("play").at(0.0));
    rig.wait(20 * MINUTE);
    rig.restart_wrong(years);
    rig.wait_wrong(20 * MINUTE, years);
    let right = rig.now();
    rig.set_daemons_clock(right);
    rig.wait(20 * MINUTE);
    rig.daemon.post(&plex("stop").at(95.0));
    rig.wait(HOUR);
    assert_eq!(calls(&rig), ["start A 0", "stop A 95"]);
    assert_eq!(all_plays(&rig), 1);
}

#[test]
fn a_clock_that_stays_wrong_is_corrected_by_trakts() {
    let mut rig = Rig::with_config("");
    let behind = 3 * HOUR;
    rig.trakt.order(Fault::status(503).times(14).on("POST", "/scrobble"));
    rig.restart_wrong(behind);
    rig.daemon.post(&plex("completed"));
    rig.wait_wrong(2 * HOUR, behind);
    // Trakt's Date header tells whole seconds.
    let plays = rig.server().plays("A");
    let off = |play: Time| play.since(rig.begin).max(rig.begin.since(play));
    let is_right = plays.len() == 1 && plays.iter().all(|play| off(Time(play.0)) < 2 * seconds(1));
    assert!(is_right && rig.trakt.calls()[0].starts_with("history"), "{:?}", rig.trakt.calls());
}

/// How a clock that was ahead while a film was watched is set right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum SetRight {
    WhileItRuns,
    BeforeItStartsAgain,
}

#[test]
fn what_was_told_while_the_clock_was_ahead_does_not_stand_for_the_next_evening() {
    // The last one: so far that nothing of before would be remembered.
    for (ahead, right) in [
        (3 * DAY, SetRight::WhileItRuns),
        (3 * DAY, SetRight::BeforeItStartsAgain),
        (2 * HOUR, SetRight::WhileItRuns),
        (500 * DAY, SetRight::WhileItRuns),
        (500 * DAY, SetRight::BeforeItStartsAgain),
    ] {
        let mut rig = Rig::with_config("");
        rig.server().with(|trakt| trakt.options.repeat_seconds = Some(0));
        rig.restart_ahead(ahead);
        rig.daemon.post(&plex("completed").at(90.0));
        rig.wait_ahead(MINUTE, ahead);
        match right {
            SetRight::WhileItRuns => rig.set_daemons_clock(rig.now()),
            SetRight::BeforeItStartsAgain => rig.restart(),
        }
        rig.wait(DAY);
        rig.daemon.post(&plex("play").at(0.0));
        rig.wait(90 * MINUTE);
        rig.daemon.post(&plex("completed").at(90.0));
        rig.wait(MINUTE);
        let expected = ["stop A 90", "start A 0", "stop A 90"];
        assert_eq!(calls(&rig), expected, "{ahead:?} ahead, set right {right:?}");
    }
}

#[test]
fn a_clock_that_is_500_days_ahead_wipes_no_memory_of_plays() {
    let mut rig = Rig::with_config("");
    rig.server().with(|trakt| trakt.options.repeat_seconds = Some(0));
    let plays = |rig: &Rig| list(&rig.status(), "plays");
    rig.daemon.post(&plex("completed").of("A").at(90.0));
    rig.wait(MINUTE);
    let ahead = 500 * DAY;
    rig.restart_ahead(ahead);
    rig.daemon.post(&plex("completed").of("B").at(90.0));
    rig.wait_ahead(MINUTE, ahead);
    rig.restart();
    assert_eq!((plays(&rig), calls(&rig)), (2, vec!["stop A 90".into(), "stop B 90".into()]));
}
