//! Trakt misbehaves.

use crate::daemon::all_good;
use crate::daemon::by_hand::Rig;
use crate::daemon::script::{Plex, calls, play};
use crate::daemon::webhook::plex;
use crate::{HOUR, MINUTE, all_plays, list, seconds};
use standin::trakt::{Fault, Faults, Order};
use std::time::Duration;

/// A fault that may meet any call.
fn faults() -> Vec<(&'static str, Order)> {
    vec![
        ("503", Fault::status(503).times(3)),
        ("500", Fault::status(500).times(3)),
        ("520, though Trakt took it", Fault::status(520).applied()),
        ("an error page", Fault::html(503).times(3)),
        ("an error page as 403", Fault::html(403).times(3)),
        ("reset before Trakt took it", Fault::Reset.once().times(2)),
        ("reset after Trakt took it", Fault::Reset.once().applied()),
        ("closed before Trakt took it", Fault::Close.once().times(2)),
        ("closed after Trakt took it", Fault::Close.once().applied()),
        ("503 after Trakt took it", Fault::status(503).applied()),
        ("a cut answer", Fault::Cut.once()),
        ("bytes that are no HTTP", Fault::Garbage.once().times(2)),
        ("bytes that are no HTTP, after Trakt took it", Fault::Garbage.once().applied()),
        ("a head without end", Fault::HeadFlood { bytes: 9_000_000 }.once()),
        ("a slow answer", Fault::late(Duration::from_millis(700))),
        ("429", Fault::too_fast(7)),
        ("429 without a time", Fault::status(429)),
        (
            "a redirect",
            Fault::Redirect { to: "http://127.0.0.1:9/scrobble/stop".to_owned() }.once(),
        ),
    ]
}

#[test]
fn whatever_happens_to_a_stop_it_is_one_play() {
    let mut wrong = Vec::new();
    for (name, order) in faults() {
        let mut rig = Rig::with_config("");
        // Trakt itself would not notice a second one.
        rig.server().with(|trakt| trakt.options.repeat_seconds = Some(0));
        rig.trakt.order(order.on("POST", "/scrobble/stop"));
        rig.daemon.post(&plex("play").at(20.0));
        rig.wait(seconds(30));
        rig.daemon.post(&plex("completed").at(95.0));
        rig.wait(10 * MINUTE);
        let status = rig.status();
        let left = (list(&status, "outbox"), list(&status, "parked"));
        if rig.trakt.plays("A") != 1 || left != (0, 0) {
            wrong.push(format!("{name}: {:?}, (outbox, parked) {left:?}", calls(&rig)));
        }
    }
    all_good(&wrong);
}

#[test]
fn a_page_that_comes_with_200_is_no_answer_of_trakt() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::html(200).on("POST", "/scrobble/stop"));
    rig.daemon.post(&plex("completed").at(95.0));
    rig.wait(10 * MINUTE);
    assert_eq!(rig.trakt.plays("A"), 1, "{:?}", calls(&rig));
}

#[test]
fn a_trakt_that_reads_and_does_not_write_is_asked_ever_more_rarely() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::status(503).times(u32::MAX).on("POST", ""));
    rig.daemon.post(&plex("completed").at(95.0));
    rig.wait(2 * HOUR);
    let log = rig.server().log();
    let posts = log.iter().filter(|logged| logged.status == Some(503)).count();
    assert!((20..60).contains(&posts), "{posts} calls in two hours");
}

#[test]
fn whatever_happens_to_a_history_entry_it_is_one_play() {
    let mut wrong = Vec::new();
    for (name, order) in faults() {
        let mut rig = Rig::with_config("");
        rig.server().with(|trakt| trakt.options.repeat_seconds = Some(0));
        rig.trakt.order(Fault::status(503).times(12).on("POST", "/scrobble"));
        rig.trakt.order(order.on("POST", "/sync/history"));
        rig.daemon.post(&plex("completed").at(95.0));
        rig.wait(HOUR);
        if rig.trakt.plays("A") != 1 {
            wrong.push(format!("{name}: {:?}", calls(&rig)));
        }
    }
    all_good(&wrong);
}

#[test]
fn whatever_happens_to_a_look_up_the_play_is_not_lost() {
    let mut wrong = Vec::new();
    for (name, order) in faults() {
        let mut rig = Rig::with_config("");
        rig.trakt.order(order.on("GET", ""));
        rig.daemon.post(&plex("play").at(20.0));
        rig.wait(seconds(30));
        rig.daemon.post(&plex("completed").at(95.0));
        rig.wait(10 * MINUTE);
        if rig.trakt.plays("A") != 1 {
            wrong.push(format!("{name}: {:?}", calls(&rig)));
        }
    }
    all_good(&wrong);
}

#[test]
fn three_films_of_a_day_without_trakt_are_three_plays_each_at_its_own_time() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::status(503).times(u32::MAX));
    play(
        &mut rig,
        Plex,
        "play A 0, (95 min) completed A 95, stop A 96, (2 h) play B 0, (95 min) completed B 95, \
         stop B 96, (5 h) play C 0, (95 min) completed C 95, (14 h)",
    );
    assert_eq!(list(&rig.status(), "parked"), 0);
    assert_eq!(calls(&rig), Vec::<String>::new());
    rig.server().misbehave(Faults::default());
    rig.wait(10 * MINUTE);
    assert_eq!(calls(&rig), ["history A +1:35:00", "history B +5:10:03", "history C +11:45:06"]);
    assert_eq!(list(&rig.status(), "outbox"), 0);
}

#[test]
fn a_429_is_waited_out() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::too_fast(40).on("POST", "/scrobble"));
    rig.daemon.post(&plex("completed"));
    rig.wait(2 * MINUTE);
    let log = rig.server().log();
    let posts: Vec<standin::Time> =
        log.iter().filter(|l| l.target.starts_with("/scrobble")).map(|l| l.at).collect();
    let [first, second] = posts[..] else { panic!("{log:#?}") };
    assert!((40..60).contains(&second.since(first).as_secs()), "{:?}", second.since(first));
    assert_eq!(all_plays(&rig), 1);
}
