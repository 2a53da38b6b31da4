//! Marks: few calls for many, and no floods.

use crate::daemon::by_hand::Rig;
use crate::daemon::items::{Item, Kind};
use crate::daemon::webhook::{Webhook, jellyfin};
use crate::{HOUR, MINUTE, all_plays, list};

fn history_calls(rig: &Rig) -> usize {
    let log = rig.server().log();
    log.iter().filter(|logged| logged.target == "/sync/history" && logged.method == "POST").count()
}

#[test]
fn a_season_that_is_marked_as_a_whole_is_one_call() {
    let mut rig = Rig::with_config("");
    for number in 1..=10 {
        rig.daemon.post(&jellyfin("mark").of(&format!("T{number}")));
    }
    rig.wait(3 * MINUTE);
    assert_eq!((all_plays(&rig), history_calls(&rig)), (10, 1), "{:?}", rig.trakt.calls());
}

#[test]
fn a_flood_of_marks_is_parked_until_somebody_wants_it() {
    let mut rig = Rig::with_config("");
    for number in 0..105 {
        let name = Box::leak(format!("Flood {number}").into_boxed_str());
        let item = Item { name, kind: Kind::Film, minutes: 100, number: 2000 + number };
        rig.daemon.post(&Webhook { item, now: rig.now(), ..jellyfin("mark") });
    }
    rig.wait(HOUR);
    let status = rig.status();
    assert_eq!(
        (list(&status, "outbox"), list(&status, "parked"), all_plays(&rig)),
        (0, 105, 0),
        "{:#}",
        status["warnings"]
    );
    rig.daemon.cli(&["retry", "all"]).good();
    rig.wait(2 * MINUTE); // each is looked up and looked at
    assert_eq!((list(&rig.status(), "parked"), all_plays(&rig)), (0, 105));
    assert!(history_calls(&rig) <= 3, "{} calls", history_calls(&rig));
}
