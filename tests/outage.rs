//! Trakt is down for a day while three people watch: afterwards it has each play once, at its
//! time. The whole daemon with its webhooks, on a clock that is moved by hand.

#![cfg(test)]

mod watchers;

use scrobbled::clock::{Clock, HandClock};
use scrobbled::event::Time;
use standin::trakt::{Fault, Faults, Server, Trakt};
use std::time::{Duration, Instant};
use watchers::{House, MINUTE, viewings};

#[test]
#[expect(clippy::disallowed_methods, reason = "a test that never ends says nothing")]
fn after_a_day_without_trakt_three_people_have_each_play_once_at_its_time() {
    let noon = Time::from_rfc3339("2026-11-23T12:00:00Z").expect("a time");
    let hand = HandClock::at(noon);
    let mut trakt = Trakt::default();
    trakt.options.enforce_pace = true;
    let clock = Clock::ByHand(hand.clone());
    let now = move || standin::Time(clock.now().0);
    let trakt = Server::start(trakt, "127.0.0.1:0", now).expect("loopback");
    let house = House::open(&trakt, hand);
    trakt.order(Fault::status(503).times(u32::MAX));

    let viewings = viewings(noon);
    let mut events: Vec<_> = viewings
        .iter()
        .flat_map(|viewing| {
            let stops = viewing.ends.after(6 * MINUTE);
            [
                (viewing.starts, viewing, "media.play", 0),
                (viewing.ends, viewing, "media.scrobble", 92),
                (stops, viewing, "media.stop", 98),
            ]
        })
        .collect();
    events.sort_by_key(|(at, ..)| *at);
    for (at, viewing, event, position) in events {
        house.pass(at, MINUTE);
        house.post(viewing, event, position);
    }
    assert!(house.now().since(noon) > 24 * 60 * MINUTE);
    assert!(viewings.iter().all(|viewing| trakt.plays(&viewing.label()).is_empty()));

    trakt.misbehave(Faults::default());
    let patience = Instant::now() + Duration::from_secs(60);
    let arrived = || viewings.iter().filter(|viewing| !trakt.plays(&viewing.label()).is_empty());
    while arrived().count() < viewings.len() {
        house.pass(house.now().after(Duration::from_secs(5)), Duration::from_millis(500));
        assert!(Instant::now() < patience, "{} arrived: {:#?}", arrived().count(), trakt.calls());
    }
    house.pass(house.now().after(10 * MINUTE), Duration::from_secs(5)); // nothing comes twice

    let wrong: Vec<String> = viewings
        .iter()
        .filter_map(|viewing| {
            let plays = trakt.with(|trakt| trakt.plays_of(viewing.person, &viewing.label()));
            let all = trakt.plays(&viewing.label()).len();
            let off = |play: Time| play.since(viewing.ends).max(viewing.ends.since(play));
            let is_right = matches!(plays.as_slice(), [play] if all == 1
                && off(Time(play.0)) <= MINUTE);
            let (person, ends) = (viewing.person, viewing.ends);
            (!is_right).then(|| format!("{person} {} at {ends}: {plays:?}", viewing.label()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}\n{:#?}", wrong.join("\n"), trakt.calls());
    assert_eq!(trakt.with(|trakt| trakt.violations()), 0, "too fast");
    house.close();
}
