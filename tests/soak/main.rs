//! A month of a busy household in minutes: is each play in everybody's history once, at its time, at
//! each tracker, and does the daemon need no more memory in the end than in the beginning?
//!
//! Five people watch on three media servers. Each webhook also comes a second time, through a
//! foreign sender; another program tells the trackers some plays by itself. The daemon is killed in
//! the first week and in the last days; between them one process runs for three weeks, whose memory is
//! measured. One tracker or all of them are out of reach for hours, lose answers by chance all the
//! time and end logins; tokens of webhooks are rotated. Where a start that nobody ends becomes a play
//! none is left open, and where a day has only so many calls they suffice. Receivers stand beside them: one
//! loses answers, one is passed each webhook, one is dead for weeks and then told of the last three days.
//! The clock is moved by hand.
//!
//! So with webhooks alone. In three more ways the media servers are there, stand-ins that really play
//! what is watched, and are switched off and on: with nothing but listening (the event stream of Plex,
//! questions to Jellyfin and Emby); with webhooks of which one in five is lost, and the servers'
//! histories; and with all of that while the daemon is killed, for hours sometimes, and nobody posts
//! again what came meanwhile.
//!
//! What nobody could know is not asked for: to what end a server plays on without its player, where there
//! is only its history to go by; and what Jellyfin 10.8 does not write down.
//!
//! A short version of each is part of `cargo test`. The months are
//!
//! ```sh
//! cargo test --test soak -- --ignored --nocapture
//! ```
//!
//! Each run prints its seed; `SCROBBLED_SEED=7` repeats one. The seed decides what is watched and
//! what befalls Trakt and the daemon; how threads take turns is the machine's doing.

#![cfg(test)]

#[path = "../daemon/mod.rs"]
mod daemon;
#[path = "../crash/dice.rs"]
mod dice;
mod household;
mod life;
#[path = "../crash/programs.rs"]
mod programs;
mod servers;
#[path = "../crash/truth.rs"]
mod truth;

mod runs {
    use crate::household::{Plan, Way};
    use crate::life::live;

    /// Seeds of the month, unless the environment names one.
    const SEEDS: [u64; 3] = [1, 2, 3];

    const MONTH: Plan = Plan {
        way: Way::Webhooks,
        days: 30,
        plays: 1_500,
        calls_a_day: 500,
        undisturbed: Some(7..28),
    };
    const WEEKEND: Plan =
        Plan { way: Way::Webhooks, days: 2, plays: 40, calls_a_day: 500, undisturbed: None };
    /// With media servers that play.
    const SUNDAY: Plan = Plan { days: 1, plays: 20, ..WEEKEND };

    /// Fewer calls than somebody would make in two such days.
    const FEW: u32 = 12;

    fn seed() -> Option<u64> {
        std::env::var("SCROBBLED_SEED").ok()?.parse().ok()
    }

    fn month(way: Way) {
        for seed in seed().map_or(SEEDS.to_vec(), |seed| vec![seed]) {
            let after = live(&Plan { way, ..MONTH }, seed);
            assert_eq!(after.wrong, Vec::<String>::new(), "seed {seed}");
            let (early, late) = after.memory_kib.expect("it was measured");
            // Viewings, and what each tracker has answered, are remembered up to a bound.
            assert!(late < early + 2048, "seed {seed}: {early} KiB grew to {late} KiB");
        }
    }

    fn day(way: Way) {
        let seed = seed().unwrap_or(0x50a);
        let after = live(&Plan { way, ..SUNDAY }, seed);
        assert_eq!(after.wrong, Vec::<String>::new(), "seed {seed}");
    }

    #[test]
    fn after_two_days_each_play_of_a_household_is_there_once() {
        let seed = seed().unwrap_or(0x50a);
        let after = live(&WEEKEND, seed);
        assert_eq!(after.wrong, Vec::<String>::new(), "seed {seed}");
        assert!(after.busiest_day > FEW, "seed {seed}: else the test of few calls shows nothing");
    }

    #[test]
    fn a_day_with_few_calls_has_enough_for_plays() {
        let seed = seed().unwrap_or(0x50a);
        let after = live(&Plan { calls_a_day: FEW, ..WEEKEND }, seed);
        assert_eq!(after.wrong, Vec::<String>::new(), "seed {seed}");
        assert!(after.busiest_day <= FEW, "seed {seed}: {} calls", after.busiest_day);
    }

    #[test]
    fn what_is_only_heard_is_there_once_after_a_day() {
        day(Way::Hear);
    }

    #[test]
    fn what_was_lost_is_caught_up_with_after_a_day() {
        day(Way::CatchUp);
    }

    #[test]
    fn what_is_known_in_every_way_is_there_once_after_a_day() {
        day(Way::Everything);
    }

    #[test]
    #[ignore = "minutes long; see the head of this file"]
    fn after_a_month_each_play_is_there_once_and_memory_has_not_grown() {
        month(Way::Webhooks);
    }

    #[test]
    #[ignore = "minutes long; see the head of this file"]
    fn what_is_only_heard_is_there_once_after_a_month() {
        month(Way::Hear);
    }

    #[test]
    #[ignore = "minutes long; see the head of this file"]
    fn what_was_lost_is_caught_up_with_after_a_month() {
        month(Way::CatchUp);
    }

    #[test]
    #[ignore = "minutes long; see the head of this file"]
    fn what_is_known_in_every_way_is_there_once_after_a_month() {
        month(Way::Everything);
    }
}
