//! Too much to be true: rule 20.

use super::script::Story;
use crate::engine::{Input, KeptCount};
use crate::event::Source::{Emby, Jellyfin, Plex};
use crate::verdict::{Outcome, Reason};

/// What was told and parked.
fn told(story: &Story) -> (usize, usize) {
    (story.told.len(), story.parked)
}

#[test]
fn rule_20_a_flood_of_plays_is_parked() {
    let mut story = Story::of(Plex);
    for n in 1..=100 {
        story.go(&format!("scrobble 95 of I{n}, 0.1 s"));
    }
    assert_eq!(told(&story), (100, 0));
    story.go("scrobble 95 of I101");
    assert_eq!(told(&story), (100, 1), "one more, and those before are told all the same");
    let verdict = story.last.verdicts.first().map(|verdict| (verdict.outcome, &verdict.reason));
    assert_eq!(verdict, Some((Outcome::Waiting, &Reason::Flood { what: "plays" })));
    story.go("9 min, scrobble 95 of I102, restart, 9 min, scrobble 95 of I103");
    assert_eq!(told(&story), (100, 3), "until ten minutes without one");
    story.go("10 min, scrobble 95 of I104, scrobble 95 of I103");
    assert_eq!(told(&story), (101, 3), "what is parked counts as watched");
}

#[test]
fn rule_20_what_is_parked_leaves_no_start_open() {
    for (before, after, expected, parked) in [
        ("play 0, 3 s, 95 min, progress 95", "stop 95", "start 0, abandoned 95", 1),
        ("play 0, 50 min, pause 50, 9 s", "scrobble 95", "start 0, pause 50", 1),
        (
            "play 0, 5 min, play 5 on phone, 90 min",
            "stop 95 on phone",
            "start 0, start 5, abandoned 0, abandoned 95",
            1,
        ),
        ("play 0", "scrobble 95", "", 1),
        ("", "scrobble 95", "", 1),
        (
            "play 0 of S1-2, 60 min, progress 60 of S1-2, 39 min",
            "stop 99 of S1-2",
            "start 0 of S1, finish 100 of S1 (10 min ago), start 20 of S2, abandoned 100 of S2",
            1,
        ),
        ("play 0 of S1-2, 99 min", "stop 99 of S1-2", "start 0 of S1, abandoned 100 of S1", 2),
    ] {
        let mut story = Story::of(Plex);
        story.go(before);
        for n in 1..=100 {
            story.go(&format!("scrobble 95 of I{n}"));
        }
        story.go(after);
        story.told.retain(|told| !told.contains(" of I"));
        assert_eq!((story.told.join(", ").as_str(), story.parked), (expected, parked), "{after}");
    }
}

#[test]
fn rule_20_one_item_again_and_again_is_a_flood_too() {
    let mut story = Story::of(Plex);
    for _ in 1..=103 {
        story.go("play 0, 2 s, scrobble 95, stop 95");
    }
    let plays = story.told.iter().filter(|line| line.starts_with("finish")).count();
    assert_eq!((plays, story.parked), (100, 3));
}

#[test]
fn rule_20_a_hundred_and_fifty_plays_of_a_day_are_none() {
    let mut story = Story::of(Plex);
    for n in 1..=150 {
        story.go(&format!("scrobble 95 of I{n}, 7 min"));
    }
    assert_eq!(told(&story), (150, 0));
}

#[test]
fn rule_20_files_ratings_and_unmarks_are_counted_as_well() {
    let mut files = Story::of(Emby);
    for n in 0..34 {
        files.go(&format!("completed 95 of F{}-{}, 1 s", n * 3 + 1, n * 3 + 3));
    }
    assert_eq!(told(&files), (100, 2), "each episode of a file is a play");
    let verdict = files.last.verdicts.first().map(|verdict| verdict.outcome);
    assert_eq!(verdict, Some(Outcome::Queued), "something of it is told");
    files.go("completed 95 of F201-203");
    assert_eq!(told(&files), (100, 5));
    let verdict = files.last.verdicts.first().map(|verdict| &verdict.reason);
    assert_eq!(verdict, Some(&Reason::Flood { what: "plays" }));

    let mut ratings = Story::of(Plex)
        .with(|settings| settings.servers_mut(Plex).for_each(|plex| plex.ratings = true));
    for n in 0..102 {
        ratings.go(&format!("rate {}", 1 + n % 10));
    }
    assert_eq!(told(&ratings), (100, 2));
    ratings.go("scrobble 95");
    assert_eq!(told(&ratings), (101, 2), "each kind by itself");

    let mut unmarks = Story::of(Jellyfin).with(|settings| settings.scrobble.unmarks = true);
    for n in 0..102 {
        unmarks.go(&format!("unmark of I{n}"));
    }
    assert_eq!(told(&unmarks), (100, 2));
}

#[test]
fn rule_20_where_too_much_is_kept_a_flood_is_refused_and_leaves_no_trace() {
    let mut story = Story::of(Plex);
    let keep = |story: &mut Story, waiting, parked| {
        let kept = [("default".to_owned(), KeptCount { waiting, parked })];
        story.state.know_kept(kept.into_iter().collect());
    };
    let outcome = |story: &Story| story.last.verdicts.first().map(|verdict| verdict.outcome);
    keep(&mut story, 0, 5_000);
    story.go("scrobble 95 of A");
    assert_eq!(told(&story), (1, 0), "there is no flood");
    for n in 1..=100 {
        story.go(&format!("scrobble 95 of I{n}"));
    }
    assert_eq!((told(&story), outcome(&story)), ((100, 0), Some(Outcome::Refused)));
    assert!(!story.state.viewings().any(|(_, viewing)| viewing.item.title == "I100"));
    story.go("9 min, scrobble 95 of B, 9 min, scrobble 95 of C");
    assert_eq!(outcome(&story), Some(Outcome::Refused), "it goes on while it comes");
    keep(&mut story, 0, 4_999);
    story.go("scrobble 95 of D");
    assert_eq!(told(&story), (100, 1), "there is room again");
    keep(&mut story, 5_001, 4_999);
    story.go("20 min, scrobble 95 of E");
    assert_eq!(outcome(&story), Some(Outcome::Refused), "flood or not");
}

#[test]
fn a_draft_that_is_dropped_was_no_flood() {
    let mut story = Story::of(Plex);
    let event = |story: &Story, n: usize| {
        let item = format!("I{n}");
        Input::Event(Box::new(story.event(&["scrobble", "95", "of", &item])))
    };
    for n in 0..300 {
        let input = event(&story, n);
        let mut draft = story.state.draft(&story.settings);
        let decision = draft.handle(&input, story.now);
        assert_eq!(decision.parked.len(), 0, "the disk took none of them");
        assert_eq!(draft.changes(story.now).floods.len(), 1);
    }
}
