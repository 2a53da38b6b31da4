use super::*;
use crate::delivery::Destination;
use crate::desk::line::ActivityKind;
use crate::intent::ViewingKey;
use std::collections::BTreeSet;

fn line(kind: ActivityKind, outcome: &'static str, at: u64) -> ActivityEntry {
    let source = (kind == ActivityKind::Verdict).then_some(Source::Plex);
    ActivityEntry {
        kind,
        source,
        account: Some("alice".into()),
        outcome: outcome.into(),
        label: outcome.into(),
        ..ActivityEntry::malformed(Source::Plex, Time(at))
    }
}

#[test]
fn a_repeated_line_stands_where_it_was_repeated_last_also_after_a_restart() {
    let (activity, mut disk) = (Activity::default(), BTreeMap::new());
    for (outcome, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
        activity.note(line(ActivityKind::Verdict, outcome, at));
    }
    write(&mut disk, &activity);
    activity.note(line(ActivityKind::Verdict, "b", 5));
    assert_eq!(told(&activity), ["b 2", "d 1", "c 1", "a 1"]);
    assert_eq!(write(&mut disk, &activity), 3, "it, and what has moved");
    assert_eq!(
        Activity::restore(disk.into_values().collect(), Vec::new()).lines(),
        activity.lines()
    );
    activity.note(line(ActivityKind::Verdict, "b", 6));
    assert_eq!(told(&activity), ["b 3", "d 1", "c 1", "a 1"]);
    assert_eq!(activity.unwritten().lines.len(), 1, "what is last already moves nothing");
}

#[test]
fn all_lines_can_be_looked_through_and_found_by_their_title() {
    let activity = Activity::default();
    for number in 0..700 {
        let item = format!("{} 1x{number:03}", if number % 2 == 0 { "Amélie" } else { "Noon" });
        activity.note(ActivityEntry { item, ..line(ActivityKind::Verdict, "queued", number) });
    }
    let page = |before, search: &str| {
        let EventsShown { events, before } = activity.page(before, search);
        let ends = [events.first(), events.last()];
        let ends = ends.map(|event| event.map_or("", |event| &*event.item).to_owned());
        (events.len(), ends.join(" to "), before)
    };
    assert_eq!(page(None, ""), (300, "Noon 1x699 to Amélie 1x400".into(), Some(401)));
    assert_eq!(page(Some(401), " "), (300, "Noon 1x399 to Amélie 1x100".into(), Some(101)));
    assert_eq!(page(Some(101), ""), (100, "Noon 1x099 to Amélie 1x000".into(), None));
    assert_eq!(page(None, "amelie"), (300, "Amélie 1x698 to Amélie 1x100".into(), Some(101)));
    assert_eq!(page(Some(101), "AMELIE "), (50, "Amélie 1x098 to Amélie 1x000".into(), None));
    assert_eq!(page(None, "noon 1x699"), (1, "Noon 1x699 to Noon 1x699".into(), None));
    assert_eq!(page(None, "midnight"), (0, " to ".into(), None));
    assert_eq!(page(Some(1), ""), (0, " to ".into(), None));
    activity.note(line(ActivityKind::Verdict, "odd", 700));
    assert_eq!(page(None, "?!").0, 0, "nothing in it can be heard");
}

#[test]
fn a_flood_of_one_account_leaves_the_lines_of_the_others() {
    let (mut activity, mut disk) = (Activity::default(), BTreeMap::new());
    let of = |account: Option<&str>, item: u64| ActivityEntry {
        account: account.map(str::to_owned),
        item: item.to_string(),
        ..line(ActivityKind::Verdict, "queued", item)
    };
    let few = [(Some("bea"), 1), (None, 2), (Some("cyd"), 3), (None, 4), (Some("bea"), 5)];
    for (account, item) in few {
        activity.note(of(account, item));
    }
    for item in 10..10_000 {
        activity.note(of(Some("al"), item));
        if item % 1_000 == 0 {
            write(&mut disk, &activity);
        }
    }
    activity.note(of(Some("bea"), 10_000));
    activity.note(of(Some("al"), 9_999)); // again, so lines move up
    let kept = |activity: &Activity| -> Vec<u64> {
        let lines = activity.lines();
        let mut items: Vec<u64> = lines.iter().filter_map(|l| l.item.parse().ok()).collect();
        items.reverse();
        items
    };
    let expected: Vec<u64> = (1..=5).chain(8_006..=9_998).chain([10_000, 9_999]).collect();
    assert_eq!(kept(&activity), expected);
    write(&mut disk, &activity);
    for flood in [20_000, 30_000] {
        let mut stored: Vec<_> = disk.values().cloned().collect();
        stored.sort_by_key(|(id, _)| *id);
        let restored = Activity::restore(stored, Vec::new());
        assert_eq!(restored.lines(), activity.lines());
        activity = restored;
        activity.note(of(None, flood));
        assert_eq!(write(&mut disk, &activity), 1, "one more costs one row");
    }
    // Who has the most by now gives way first, whoever that is.
    for item in 40_000..43_000 {
        activity.note(of(None, item));
    }
    let of_account = |account| {
        let lines = activity.lines();
        lines.iter().filter(|line| line.account.as_deref() == account).count()
    };
    let all = [of_account(Some("al")), of_account(None), of_account(Some("bea"))];
    assert_eq!((all, of_account(Some("cyd"))), ([998, 998, 3], 1));
    assert_eq!(disk.len() as u64, ACTIVITY_MOST);
}

#[test]
fn where_a_stored_line_was_not_readable_no_two_take_one_place() {
    let stored = |id| (id, line(ActivityKind::Verdict, "queued", id));
    let most = ACTIVITY_MOST;
    // Of all places, those of these four numbers are free.
    let left = (2..=most + 2).filter(|id| ![4, 5, 2, most + 1].contains(id)).map(stored);
    let activity = Activity::restore(left.collect(), Vec::new());
    for item in ["a", "b", "c", "d"] {
        let item = item.to_owned();
        activity.note(ActivityEntry { item, ..line(ActivityKind::Verdict, "queued", 0) });
    }
    let numbers: Vec<u64> = activity.lately().lines.iter().map(|entry| entry.id).collect();
    let places: BTreeSet<u64> = numbers.iter().map(|id| id % most).collect();
    assert_eq!((numbers.len(), places.len() as u64), (places.len(), most));
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_eq!(numbers[numbers.len() - 4..], [most + 4, most + 5, 2 * most + 1, 2 * most + 3]);
}

fn told(activity: &Activity) -> Vec<String> {
    activity.lines().iter().map(|line| format!("{} {}", line.outcome, line.times)).collect()
}

/// What is on a disk after this write.
fn write(disk: &mut BTreeMap<u64, (u64, ActivityEntry)>, activity: &Activity) -> usize {
    let unwritten = activity.unwritten();
    for (id, json) in &unwritten.lines {
        let line = serde_json::from_str(json).expect("a line");
        disk.insert(id % ACTIVITY_MOST, (*id, line));
    }
    activity.written(&unwritten);
    unwritten.lines.len()
}

#[test]
fn a_line_is_written_once_and_again_when_it_is_repeated() {
    let (activity, mut disk) = (Activity::default(), BTreeMap::new());
    activity.note(line(ActivityKind::Verdict, "ignored", 1));
    activity.note(line(ActivityKind::Delivery, "delivered", 2));
    assert_eq!(write(&mut disk, &activity), 2);
    assert_eq!(write(&mut disk, &activity), 0);
    activity.note(line(ActivityKind::Verdict, "ignored", 3));
    let unwritten = activity.unwritten();
    activity.note(line(ActivityKind::Verdict, "queued", 4)); // while the other is being written
    activity.written(&unwritten);
    assert_eq!(unwritten.lines.len(), 2, "it, and what has moved up");
    assert_eq!(write(&mut disk, &activity), 1);
}

#[test]
fn what_was_written_is_there_after_a_restart_and_goes_on() {
    let (mut activity, mut disk) = (Activity::default(), BTreeMap::new());
    let most = usize::try_from(ACTIVITY_MOST).expect("a small number");
    for at in 0..most as u64 + 10 {
        activity.note(ActivityEntry {
            item: at.to_string(),
            ..line(ActivityKind::Verdict, "ignored", at)
        });
    }
    activity.note(line(ActivityKind::Delivery, "delivered", 9_000));
    assert_eq!(write(&mut disk, &activity), most, "no more than are kept");
    for at in [9_001, 9_002] {
        let before = activity.lines();
        let mut stored: Vec<_> = disk.values().cloned().collect();
        stored.sort_by_key(|(id, _)| *id);
        activity = Activity::restore(stored, Vec::new());
        assert_eq!(activity.lines(), before);
        activity.note(ActivityEntry {
            user: at.to_string(),
            ..line(ActivityKind::Verdict, "queued", at)
        });
        assert_eq!(write(&mut disk, &activity), 1);
    }
    let expected = Counts {
        verdicts: [((Some(Source::Plex), "queued".into(), "queued".into()), 1)].into(),
        heard: [(Source::Plex, Time(9_002))].into(),
        delivered: [(Destination::new("alice", "trakt"), Time(9_000))].into(),
        ..Counts::default()
    };
    assert_eq!(activity.counts(), expected, "counted since the start, dated since ever");
}

#[test]
fn a_repeated_line_is_one_line_and_counted_each_time() {
    let activity = Activity::default();
    for at in 1..=3 {
        activity.note(line(ActivityKind::Verdict, "ignored", at));
    }
    activity.note(line(ActivityKind::Delivery, "delivered", 4));
    activity.note(line(ActivityKind::Delivery, "parked", 5));
    assert_eq!(told(&activity), ["parked 1", "delivered 1", "ignored 3"]);
    let counts = activity.counts();
    let expected = Counts {
        verdicts: [((Some(Source::Plex), "ignored".into(), "ignored".into()), 3)].into(),
        deliveries: ["delivered", "parked"]
            .map(|outcome| ((Destination::new("alice", "trakt"), outcome.into()), 1))
            .into(),
        heard: [(Source::Plex, Time(3))].into(),
        delivered: [(Destination::new("alice", "trakt"), Time(4))].into(),
    };
    assert_eq!(counts, expected);
}

#[test]
fn viewings_are_looked_through_and_found_by_their_title_as_events_are() {
    let activity = Activity::default();
    for number in 0..400 {
        let item = format!("{} 1x{number:03}", if number % 2 == 0 { "Amélie" } else { "Noon" });
        for outcome in ["queued", "duplicate"] {
            let viewing = Some(ViewingKey { number, round: Some(0) });
            let line = line(ActivityKind::Verdict, outcome, number);
            activity.note(ActivityEntry { item: item.clone(), viewing, ..line });
        }
    }
    let page = |before, search: &str| {
        let ViewingsShown { viewings, before } = activity.viewings(before, search, &Playing::new());
        let ends = [viewings.first(), viewings.last()];
        let ends = ends.map(|one| one.map_or("", |viewing| &*viewing.item).to_owned());
        assert!(viewings.iter().all(|one| one.events.len() == 2), "each is whole");
        (viewings.len(), ends.join(" to "), before)
    };
    assert_eq!(page(None, ""), (150, "Noon 1x399 to Amélie 1x250".into(), Some(502)));
    assert_eq!(page(Some(502), ""), (150, "Noon 1x249 to Amélie 1x100".into(), Some(202)));
    assert_eq!(page(Some(202), ""), (100, "Noon 1x099 to Amélie 1x000".into(), None));
    assert_eq!(page(None, "amelie"), (150, "Amélie 1x398 to Amélie 1x100".into(), Some(202)));
    assert_eq!(page(None, "noon 1x003"), (1, "Noon 1x003 to Noon 1x003".into(), None));
    assert_eq!(page(None, "midnight"), (0, " to ".into(), None));
}

#[test]
fn what_is_said_of_a_viewing_stays_in_its_order() {
    let activity = Activity::default();
    let viewing = Some(ViewingKey { number: 1, round: Some(0) });
    let verdict =
        |label: &'static str| ActivityEntry { viewing, ..line(ActivityKind::Verdict, label, 0) };
    let at = |tracker: &str, label: &'static str| ActivityEntry {
        viewing,
        tracker: Some(tracker.to_owned()),
        ..line(ActivityKind::Delivery, label, 0)
    };
    let of_none = || line(ActivityKind::Verdict, "ignored", 0);
    for line in [
        verdict("start"),
        at("trakt", "start"),
        of_none(),
        at("simkl", "later"),
        verdict("pause"),
        at("trakt", "pause"),
        at("simkl", "later"), // nothing else was said of it there
        of_none(),
        verdict("start"),
        verdict("start"),
        at("trakt", "start"),
    ] {
        activity.note(line);
    }
    let mut seen = told(&activity);
    seen.reverse();
    let expected =
        ["start 1", "start 1", "pause 1", "pause 1", "later 2", "ignored 2", "start 2", "start 1"];
    assert_eq!(seen, expected);
}

#[test]
fn what_happens_again_says_since_when_and_no_two_viewings_are_one() {
    let activity = Activity::default();
    let of = |number, at| ActivityEntry {
        viewing: Some(ViewingKey { number, round: Some(0) }),
        ..line(ActivityKind::Verdict, "ignored", at)
    };
    for (number, at) in [(1, 10), (2, 20), (1, 30), (1, 40)] {
        activity.note(of(number, at));
    }
    let lines = activity.lines();
    let seen: Vec<_> = lines.iter().map(|line| (line.at.0, line.since, line.times)).collect();
    assert_eq!(seen, [(40, Some(Time(10)), 3), (20, None, 1)]);
}
