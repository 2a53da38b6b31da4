//! Clocks that are wrong.

use crate::daemon::by_hand::Rig;
use crate::daemon::script::calls;
use crate::daemon::webhook::plex;
use crate::{DAY, HOUR, MINUTE, seconds};
use scrobbled::demo::{Fault, Faults};

#[test]
fn a_clock_that_is_set_right_takes_the_plays_with_it() {
    let mut rig = Rig::with_config("");
    let years = 2000 * DAY;
    rig.trakt.order(Fault::status(503).times(u32::MAX).on("POST", ""));
    // As a machine without a clock of its own boots.
    rig.restart_wrong(years);
    rig.wait_wrong(seconds(5), years);
    rig.daemon.post(&plex("completed"));
    rig.wait_wrong(10 * MINUTE, years);
    let right = rig.now();
    rig.set_daemons_clock(right);
    rig.wait(MINUTE);
    rig.server().misbehave(Faults::default());
    rig.wait(10 * MINUTE);
    assert_eq!(calls(&rig), ["history A +0:00:05"]);
}

#[test]
fn a_clock_that_is_set_wrong_and_right_again_takes_the_plays_with_it() {
    let mut rig = Rig::with_config("");
    let years = 2000 * DAY;
    rig.trakt.order(Fault::status(503).times(u32::MAX).on("POST", ""));
    rig.set_daemons_clock(rig.now().before(years));
    rig.wait_wrong(seconds(5), years);
    rig.daemon.post(&plex("completed"));
    rig.wait_wrong(10 * MINUTE, years);
    let right = rig.now();
    rig.set_daemons_clock(right);
    rig.wait(MINUTE);
    rig.server().misbehave(Faults::default());
    rig.wait(10 * MINUTE);
    assert_eq!(calls(&rig), ["history A +0:00:05"]);
}

#[test]
#[ignore = "the difference to Trakt's clock is told, and moves nothing yet"]
fn a_clock_that_stays_wrong_is_corrected_by_trakts() {
    let mut rig = Rig::with_config("");
    let behind = 3 * HOUR;
    rig.trakt.order(Fault::status(503).times(14).on("POST", "/scrobble"));
    rig.restart_wrong(behind);
    rig.daemon.post(&plex("completed"));
    rig.wait_wrong(2 * HOUR, behind);
    assert_eq!(calls(&rig), ["history A +0:00:00"]);
}
