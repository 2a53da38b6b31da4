//! Plays that a media server's history shows: rule 22. And what ends since its server shows it no more: rule 16.

use super::script::Story;
use crate::engine::{Input, Listing};
use crate::event::Source::{Emby, Jellyfin, Plex};
use crate::event::{Evidence, Time};
use crate::verdict::{Bulk, Outcome, Reason};
use proptest::prelude::*;
use std::time::Duration;

/// What each story tells, and how many plays it parks.
fn check(table: &[(&str, &str, usize)]) {
    let mut wrong = Vec::new();
    for (steps, expected, parked) in table {
        let mut story = Story::of(Plex);
        story.go(steps);
        let told = story.told.join(", ");
        if (told.as_str(), story.parked) != (*expected, *parked) {
            wrong.push(format!("{steps}: {told}; {} parked", story.parked));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rule_22_what_nobody_told_of_is_told_with_its_own_time() {
    check(&[
        ("found 30 min", "finish 100 (30 min ago)", 0),
        (
            "found 72 h, found 30 min of B",
            "finish 100 (4320 min ago), finish 100 of B (30 min ago)",
            0,
        ),
        // Again and again, also after a restart.
        (
            "found 30 min, found 30 min, restart, found 30 min, 24 h, found 1470 min",
            "finish 100 (30 min ago)",
            0,
        ),
        // Two viewings of which nobody told.
        ("found 72 h, found 30 min", "finish 100 (4320 min ago), finish 100 (30 min ago)", 0),
        ("found 116 min, found 0 min", "finish 100 (116 min ago), finish 100", 0),
        ("found 115 min, found 0 min", "finish 100 (115 min ago)", 0),
        // One who is ahead of us.
        ("runtime none, found 30 min", "finish 100 (30 min ago)", 0),
        ("found 30 min of S1-2", "finish 100 of S1 (80 min ago), finish 100 of S2 (30 min ago)", 0),
    ]);
}

#[test]
fn rule_22_what_was_told_is_not_told_again() {
    check(&[
        ("play 0, 90 min, scrobble 90, 10 min, stop 100, found 10 min", "start 0, finish 90", 0),
        // The server counts it later, or earlier.
        ("play 0, 100 min, stop 100, 3 h, found 190 min, found 170 min", "start 0, finish 100", 0),
        (
            "play 0, 90 min, scrobble 90, 20 min, found 5 min, found 100 min",
            "start 0, finish 90",
            0,
        ),
        // Another player, another server's word.
        ("play 0 on phone, 90 min, scrobble 90 on phone, found 0 min", "start 0, finish 90", 0),
        // A mark that waits.
        ("mark, 1 s, found 0 min, 61 s", "mark (1 min ago)", 0),
        // What comes after it is late.
        ("found 0 min, 5 s, scrobble 90, stop 99", "finish 100", 0),
        (
            "play 0, 90 min, found 0 min, 1 s, scrobble 90, 10 min, stop 99",
            "start 0, finish 100",
            0,
        ),
    ]);
}

#[test]
fn rule_22_a_session_of_which_the_end_was_lost_ends_with_it() {
    check(&[
        // Its pause would show it as paused for ever.
        (
            "play 0, 50 min, pause 50, 3 h, found 60 min, 1 s, stop 50",
            "start 0, pause 50, finish 100 (60 min ago)",
            0,
        ),
        ("play 0, 3 s, found 0 min, 100 min, stop 99", "start 0, finish 100", 0),
        // A start that waits is not told after its play.
        ("play 0, found 0 min, 10 s", "finish 100", 0),
        // The next viewing goes on as one.
        (
            "play 0, 30 min, found 26 h, 60 min, scrobble 90",
            "start 0, finish 100 (1560 min ago), finish 90",
            0,
        ),
        (
            "play 30, 30 min, found 26 h, 5 min, pause 65, 10 s",
            "start 30, finish 100 (1560 min ago), pause 65",
            0,
        ),
        // The credits of what was watched before are no viewing.
        (
            "play 92, 1 min, found 26 h, 5 min, stop 98",
            "start 92, abandoned 92, finish 100 (1560 min ago)",
            0,
        ),
        // Its episodes are told without their sessions.
        (
            "play 0 of S1-2, 3 s, found 0 min of S1-2",
            "start 0 of S1, abandoned 0 of S1, finish 100 of S1 (50 min ago), finish 100 of S2",
            0,
        ),
        (
            "play 0, 90 min, scrobble 90, stop 99, 24 h, found 72 h, play 0, 3 s, stop 40",
            "start 0, finish 90, finish 100 (4320 min ago), start 0, left 40",
            0,
        ),
    ]);
}

#[test]
fn rule_22_a_rest_is_a_play_with_what_was_watched_before_it() {
    check(&[
        // A film of 100 minutes, of which 38 were heard; the rest was watched the next day.
        (
            "play 0, 38 min, stop 38, 24 h, rest 5 min since 62 min lacks 23",
            "start 0, left 38, finish 100 (5 min ago)",
            0,
        ),
        (
            "play 0, 38 min, pause 38, 10 s, restart, 24 h, rest 5 min since 62 min lacks 38",
            "start 0, pause 38, finish 100 (5 min ago)",
            0,
        ),
        ("play 0, 38 min, stop 38, 24 h, rest 5 min since 62 min lacks 39", "start 0, left 38", 0),
        // Its beginning was heard, and nothing else.
        (
            "play 38, 60 min, rest 3 min since 60 min lacks 23",
            "start 38, finish 100 (3 min ago)",
            0,
        ),
        // Where it was in the middle of the rest says nothing of before.
        ("play 0, 38 min, going 38, 20 min, rest 3 min since 58 min lacks 23", "start 0", 0),
        // The log shows enough by itself.
        ("rest 5 min since 24 h lacks 0", "finish 100 (5 min ago)", 0),
        // What was watched to its end before proves nothing, whoever told of it.
        (
            "play 0, 90 min, scrobble 90, 10 min, stop 99, 24 h, rest 5 min since 62 min lacks 23",
            "start 0, finish 90",
            0,
        ),
        ("found 12 h, rest 5 min since 24 h lacks 0", "finish 100 (720 min ago)", 0),
        ("rest 5 min since 62 min lacks 23", "", 0),
        // Nor what somebody else has watched; and without a runtime nobody knows how much it was.
        (
            "play 0 by jo, 38 min, stop 38 by jo, 24 h, rest 5 min since 62 min lacks 23",
            "start 0, left 38",
            0,
        ),
        ("runtime none, play 0, stop 38, 24 h, rest 5 min since 62 min lacks 23", "", 0),
    ]);
}

#[test]
fn rule_21_a_player_that_died_has_not_watched_what_its_server_played_on() {
    let mut wrong = Vec::new();
    for (source, steps, expected) in [
        // The server ends it some minutes later, and counts it as watched then.
        (
            Jellyfin,
            "play 0, 85 min, progress 85, 5 min, died 85, 5 min, completed 95",
            "start 0, left 85",
        ),
        (
            Jellyfin,
            "play 0, 85 min, progress 85, 5 min, died 85, 26 h, logged 1555 min",
            "start 0, left 85",
        ),
        (
            Jellyfin,
            "play 0, 85 min, progress 85, 5 min, died 85, restart, 26 h, dated 1550 min",
            "start 0, left 85",
        ),
        (
            Emby,
            "play 0, 85 min, progress 85, 5 min, died 85, 5 min, completed 95, 26 h, logged 1560 min",
            "start 0, left 85",
        ),
        // The history first: what still plays is left to its end.
        (Jellyfin, "play 0, 85 min, progress 85, 16 min, dated 1 min, died 85", "start 0, left 85"),
        (
            Jellyfin,
            "play 0, 85 min, going 85, 4 min, guess 89, 2 min, guess 91, logged 0 min",
            "start 0",
        ),
        (
            Jellyfin,
            "play 0, 85 min, going 85, 4 min, guess 89, 2 min, guess 91, logged 0 min, 2 h, restart, logged 120 min",
            "start 0, left 85 (39 min ago)",
        ),
        // A viewing of which nothing was heard began after that end.
        (
            Jellyfin,
            "play 0, 45 min, progress 45, 5 min, died 45, 26 h, logged 20 min",
            "start 0, left 45, finish 100 (20 min ago)",
        ),
        (
            Jellyfin,
            "play 0, 45 min, progress 45, 5 min, died 45, 26 h, dated 20 min",
            "start 0, left 45, finish 100 (20 min ago)",
        ),
        // It came back, and nobody heard of its end.
        (
            Jellyfin,
            "play 0, 45 min, progress 45, 5 min, died 45, 20 min, resume 45, 5 min, progress 50, 3 h, logged 130 min",
            "start 0, left 45, start 45, left 50 (80 min ago), finish 100 (130 min ago)",
        ),
        // Somebody else's.
        (
            Jellyfin,
            "play 0 by jo, 85 min, progress 85 by jo, 5 min, died 85 by jo, 1 h, logged 60 min",
            "start 0, left 85, finish 100 (60 min ago)",
        ),
        // What a player has stopped itself the server knows better.
        (
            Jellyfin,
            "play 0, 85 min, progress 85, stop 85, 1 h, logged 60 min",
            "start 0, left 85, finish 100 (60 min ago)",
        ),
        // A pause of a night, and a stop: the log has no more than its two ends.
        (Jellyfin, "play 0, 4 min, pause 4, 7 h, stop 4, 1 h, logged 60 min", "start 0, pause 4"),
        (
            Jellyfin,
            "play 0, 4 min, pause 4, 7 h, stop 4, 1 h, rest 60 min since 24 h lacks 0",
            "start 0, pause 4",
        ),
        // Of what nobody heard the end of, the server knows it.
        (
            Jellyfin,
            "play 0, 4 min, pause 4, 7 h, logged 60 min",
            "start 0, pause 4, finish 100 (60 min ago)",
        ),
        (
            Jellyfin,
            "play 0, 4 min, pause 4, 7 h, stop 4, 10 h, logged 60 min",
            "start 0, pause 4, finish 100 (60 min ago)",
        ),
        (
            Plex,
            "play 0, 85 min, progress 85, 5 min, died 85, 1 h, found 60 min",
            "start 0, left 85, finish 100 (60 min ago)",
        ),
    ] {
        let told = Story::of(source).tell(steps);
        if told != expected {
            wrong.push(format!("{steps}: {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rule_22_what_looks_like_an_import_is_held_and_counts_as_told() {
    check(&[
        ("bulk 30 min", "", 1),
        ("bulk 30 min, found 30 min, bulk 30 min", "", 1),
        ("bulk 30 min of S1-3", "", 3),
        ("play 0, 90 min, scrobble 90, bulk 1 min", "start 0, finish 90", 0),
    ]);
    // It ends its session, and what is held ends no start at a tracker.
    check(&[
        ("play 0, 3 s, bulk 0 min, 100 min, stop 99", "start 0, abandoned 0", 1),
        ("play 6, 30 min, resume 36, 50 min, bulk 1 min", "start 6, abandoned 36", 1),
        (
            "play 0, 3 s, play 50 on phone, bulk 0 min",
            "start 0, start 50, abandoned 0, abandoned 50",
            1,
        ),
        // Nothing stands open.
        ("play 0, bulk 0 min, 10 s", "", 1),
        ("play 0, 50 min, pause 50, 3 h, bulk 60 min", "start 0, pause 50", 1),
        ("play 0, 30 min, bulk 26 h, 60 min, scrobble 90", "start 0, finish 90", 1),
        ("play 0 of S1-2, 3 s, bulk 0 min of S1-2", "start 0 of S1, abandoned 0 of S1", 2),
        (
            "play 0 of S1-2, 60 min, progress 60 of S1-2, 5 min, bulk 0 min of S1-2, stop 65 of S1-2",
            "start 0 of S1, finish 100 of S1 (10 min ago), start 20 of S2, abandoned 20 of S2",
            2,
        ),
    ]);
    let mut story = Story::of(Plex);
    story.go("bulk 30 min");
    let (intent, why) = story.last.parked.first().expect("a parked play");
    assert_eq!(intent.at, story.now.before(Duration::from_secs(1_800)));
    let by = Evidence::Row(7);
    assert_eq!(*why, Reason::HeldAsBulk { by, bulk: Bulk::AtOnce });
    assert_eq!(
        why.to_string(),
        "found in the server's history (history row 7), but held: too many plays within a minute look \
         like an import, not like watching; `scrobbled retry` sends it"
    );
}

#[test]
fn rule_22_what_was_found_in_weeks_is_no_flood() {
    let mut story = Story::of(Plex);
    for n in 0..150 {
        story.go(&format!("found {n} h of I{n}"));
    }
    assert_eq!((story.told.len(), story.parked), (150, 0));
}

#[test]
fn rule_22_it_passes_the_filters_and_is_its_users() {
    let said = |steps: &str, change: fn(&mut crate::config::Settings)| {
        let mut story = Story::of(Jellyfin).with(change);
        story.go(steps);
        let verdicts = &story.last.verdicts;
        assert_eq!((story.told.len(), verdicts.len()), (0, 1), "{verdicts:?}");
        assert_eq!(verdicts[0].outcome, Outcome::Ignored);
        verdicts[0].reason.label()
    };
    let label = said("found 1 h by jo", |settings| {
        settings.accounts.iter_mut().for_each(|account| account.jellyfin = vec!["mara".into()]);
    });
    assert_eq!(label, "user_unlisted");
    let label = said("found 1 h", |settings| {
        settings.servers_mut(Jellyfin).for_each(|it| it.block_libraries = vec!["1".into()]);
    });
    assert_eq!(label, "library_blocked");
    // Nobody is asked: who reads the history has done so.
    let mut story = Story::of(Jellyfin).with(|settings| {
        for server in settings.servers_mut(Jellyfin) {
            (server.url, server.token) = ("http://x".into(), crate::secret::Secret::new("key"));
            server.libraries = vec!["1".into()];
        }
    });
    story.no_library = true;
    story.go("found 1 h");
    assert_eq!(story.last.verdicts[0].reason.label(), "library_unknown");
    assert_eq!((story.last.ask.len(), story.held.len()), (0, 0));
}

#[test]
fn rule_22_what_is_stored_of_plays_counts_as_told() {
    let hour = Duration::from_secs(3_600);
    for (account, ago, expected) in [("me", 3, 1), ("default", 3, 0), ("default", 6, 1)] {
        let mut story = Story::of(Plex);
        let account = if account == "default" {
            story.settings.accounts[0].name.clone()
        } else {
            "somebody else".to_owned()
        };
        let mut found = story.found(story.now.before(2 * hour), &[], None);
        found.told = vec![(account, story.now.before(ago * hour))];
        story.hand_in(&Input::Played(Box::new(found)));
        assert_eq!(story.told.len(), expected, "{ago} h ago");
    }
}

#[test]
fn rule_16_what_its_server_shows_no_more_has_ended() {
    let told = |steps: &str, playing: &[&str], change: fn(&mut Listing)| {
        let mut story = Story::of(Plex);
        story.go(steps);
        let playing = playing.iter().map(|key| (*key).to_owned()).collect();
        let (server, before) = ("server".to_owned(), story.now);
        let mut listing = Listing { source: Plex, server, playing, before };
        change(&mut listing);
        story.hand_in(&Input::Listed(Box::new(listing)));
        story.told.join(", ")
    };
    let none: fn(&mut Listing) = |_| {};
    for (steps, playing, expected) in [
        ("play 6, 30 min, pause 36, 10 s, 5 min", &[][..], "start 6, pause 36"),
        ("play 6, 30 min, resume 36, 5 min", &[], "start 6, left 36 (5 min ago)"),
        ("play 6, 80 min, resume 92, 5 min", &[], "start 6, start 92, finish 92 (5 min ago)"),
        ("play 6, 30 min", &["key of A"], "start 6"),
        ("play 6, 30 min", &["key of B"], "start 6, left 6 (30 min ago)"),
    ] {
        assert_eq!(told(steps, playing, none), expected, "{steps}");
    }
    let others: [fn(&mut Listing); 3] = [
        |listing| listing.server = "another".into(),
        |listing| listing.source = Jellyfin,
        |listing| listing.before = listing.before.before(Duration::from_secs(3_600)),
    ];
    for other in others {
        assert_eq!(told("play 6, 30 min", &[], other), "start 6");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// However often a history is read, and whatever was heard meanwhile: each of its plays is told once,
    /// or stands for one that was told near it.
    #[test]
    fn no_play_of_a_history_is_told_twice(
        plays in prop::collection::vec((0_u64..40_000, 0_usize..2), 1..12),
        again in prop::collection::vec(0_usize..12, 0..24),
    ) {
        let mut story = Story::of(Plex);
        let end = story.now.after(Duration::from_secs(40_000 * 60));
        let at = |minute: u64| Time(1_764_000_000_000).after(Duration::from_secs(minute * 60));
        story.now = end;
        let mut sorted = plays.clone();
        sorted.sort_unstable();
        let find = |story: &mut Story, (minute, item): (u64, usize)| {
            let rest = [["of", "A"], ["of", "B"]][item];
            let found = story.found(at(minute), &rest, None);
            story.hand_in(&Input::Played(Box::new(found)));
        };
        for play in &sorted {
            find(&mut story, *play);
        }
        let once = story.told.len();
        for item in 0..2 {
            let times: Vec<u64> =
                sorted.iter().filter(|(_, of)| *of == item).map(|(minute, _)| *minute).collect();
            // Those that are further apart than a runtime and a quarter of an hour.
            let mut apart: Vec<u64> = Vec::new();
            for minute in times {
                if apart.last().is_none_or(|last| minute - last > 115) {
                    apart.push(minute);
                }
            }
            let told = story.told.iter().filter(|told| told.contains("of B") == (item == 1)).count();
            prop_assert_eq!(told, apart.len());
        }
        // The last of each item are remembered by the engine itself, the others by the store.
        for index in again {
            let last = sorted.iter().rev().find(|(_, item)| *item == index % 2);
            if let Some(last) = last {
                find(&mut story, *last);
            }
        }
        prop_assert_eq!(story.told.len(), once);
    }
}
