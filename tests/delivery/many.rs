//! Many, in order, or none.

use crate::daemon::by_hand::Rig;
use crate::daemon::items::{ITEMS, Item, Kind, declare};
use crate::daemon::script::{Plex, calls, play};
use crate::daemon::webhook::{Webhook, jellyfin, plex};
use crate::daemon::{Scrobbled, Trakt, timed, wait_for};
use crate::seconds;
use standin::trakt::Catalogue;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn plays_keep_their_order_and_trakts_pace() {
    let mut rig = Rig::with_config("");
    for name in ["A", "B", "C", "L", "K"] {
        rig.daemon.post(&plex("completed").of(name));
    }
    rig.wait(seconds(20));
    assert_eq!(calls(&rig), ["stop A 90", "stop B 90", "stop C 90", "stop L 90", "stop K 90"]);
    assert_eq!(rig.server().with(|trakt| trakt.violations()), 0);
}

/// Everything ten times as fast as at Trakt, where no second may see as many questions as here.
#[test]
fn a_backlog_that_trakt_does_not_know_asks_no_more_than_it_may_and_arrives() {
    const FILMS: u64 = 60;
    let film = |number| {
        let name = Box::leak(format!("Film {number}").into_boxed_str());
        Item { name, kind: Kind::Film, minutes: 100, number }
    };
    let films: Vec<Item> = (3000..3000 + FILMS).map(film).collect();
    let trakt = Trakt::knowing(Catalogue::strict());
    trakt.server.with(|trakt| {
        let options = &mut trakt.options;
        (options.enforce_pace, options.post_interval_ms) = (true, 100);
        (options.gets, options.get_period_ms) = (100, 1000);
    });
    let daemon = Scrobbled::with_config("[trakt]\npost_interval_ms = 100\n").start(&trakt).login();
    for item in films.iter().copied() {
        daemon.post(&Webhook { item, ..plex("completed").at(95.0) });
    }
    let untried = || daemon.held().0.iter().filter(|entry| entry["attempts"] == 0).count();
    wait_for("all to be looked up", untried, |untried| *untried == 0);
    let violations = || trakt.server.with(|trakt| trakt.violations());
    let asked = trakt.server.log().iter().filter(|logged| logged.method == "GET").count();
    assert!(asked > 200 && violations() == 0, "{asked} questions, {} too many", violations());
    trakt.server.with(|trakt| declare(&mut trakt.catalogue, &films));
    daemon.cli(&["retry", "all"]).good();
    let arrived = || films.iter().filter(|film| trakt.plays(&film.label()) == 1).count();
    wait_for("all to arrive", arrived, |arrived| *arrived == films.len());
    assert_eq!(violations(), 0);
}

#[test]
fn a_dry_run_sends_nothing() {
    let config = "[[account]]\nname = \"a\"\nplex = \"*\"\ndry_run = true\n";
    let mut rig = Rig::with_config(config);
    let said = play(&mut rig, Plex, "play 20, (1 min) completed 95, (1 h)");
    assert_eq!(calls(&rig), Vec::<String>::new(), "{said}");
    let status = rig.status();
    let told = |outcome: &str| {
        let events = status["events"].as_array().into_iter().flatten();
        let reasons = events.filter(|event| event["outcome"] == outcome);
        reasons.map(|event| event["reason"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let words = "dry run, nothing is sent; it would tell Trakt that it";
    let expected = [
        format!("{words} was watched, unless Trakt has it already"),
        format!("{words} plays, at 20 %"),
    ];
    let rehearsed: Vec<String> = told("rehearsed");
    assert_eq!(rehearsed, expected, "{status:#}");
    assert_eq!(told("delivered"), Vec::<String>::new());
}

#[test]
fn two_thousand_events_are_all_answered() {
    let daemon = Scrobbled::with_config("log = \"error\"\n").start_alone();
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (took, ()) = timed(|| {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= 2000 {
                            return;
                        }
                        let verb = ["play", "pause", "progress", "stop"][number % 4];
                        let item: Item = ITEMS[number / 4 % ITEMS.len()];
                        #[expect(clippy::cast_precision_loss, reason = "a small number")]
                        let at = (number % 90) as f64;
                        let webhook = Webhook { item, ..jellyfin(verb).at(at) };
                        let webhook = webhook.on(&format!("player {}", number / 72));
                        if daemon.post_any(&webhook).status != 200 {
                            refused.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
    });
    println!("2,000 events answered in {took:?}");
    assert_eq!(refused.load(Ordering::SeqCst), 0);
    assert!(daemon.status()["accounts"].is_array());
}
