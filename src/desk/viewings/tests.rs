use super::*;
use crate::event::{Source, Time};

const KEY: ViewingKey = ViewingKey { number: 7, round: Some(0) };

/// What was decided: `stop queued finish watched at 91 %`.
fn verdict(text: &str) -> ActivityEntry {
    let mut words = text.splitn(4, ' ').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    let (event, outcome, action, reason) = (next(), next(), next(), next());
    let label = match outcome.as_str() {
        "waiting" if reason.contains("parked") => "flood",
        "waiting" if reason.contains("asked") => "asks_server",
        _ => "any",
    };
    let has_viewing = label != "asks_server";
    ActivityEntry {
        item: "The Salt Road".into(),
        user: "mara".into(),
        account: has_viewing.then(|| "home".into()),
        event: event.into(),
        outcome: outcome.into(),
        action: Some(action.into()).filter(|action| action != "-"),
        reason,
        label: label.into(),
        viewing: has_viewing.then_some(KEY),
        ..ActivityEntry::malformed(Source::Plex, Time(0))
    }
}

/// What became of it: `trakt finish delivered sent to Trakt`.
fn delivery(text: &str) -> ActivityEntry {
    let (tracker, rest) = text.split_once(' ').expect("a tracker");
    let (verb, rest) = rest.split_once(' ').expect("a verb");
    let line = verdict(&format!("{verb} {}", rest.replacen(' ', " - ", 1)));
    ActivityEntry {
        kind: ActivityKind::Delivery,
        tracker: Some(tracker.into()),
        source: None,
        user: String::new(),
        ..line
    }
}

fn newest_first(lines: &[ActivityEntry]) -> Vec<Line<'_>> {
    let mut lines: Vec<_> = (1..).zip(lines).collect();
    lines.reverse();
    lines
}

/// The rows for lines that come oldest first, each in a line: where it stands, and at which tracker.
fn rows(lines: &[ActivityEntry], playing: &Playing) -> Vec<String> {
    let row = |lines: Vec<Line<'_>>| {
        let ViewingShown { state, reason, trackers, events, .. } = shown(&lines, playing);
        let fates = trackers.iter().map(|fate| format!("; {} at {}", fate.state, fate.tracker));
        format!("{state}: {reason}{} ({})", fates.collect::<Vec<_>>().concat(), events.len())
    };
    together(newest_first(lines).into_iter()).into_iter().map(row).collect()
}

#[test]
fn where_a_viewing_stands_is_said_in_a_word_and_a_sentence() {
    let said = |text: &str| -> Vec<ActivityEntry> {
        let line = |text: &str| match text.split_once(": ") {
            Some(("tell", text)) => delivery(text),
            _ => verdict(text),
        };
        text.split(" | ").map(line).collect()
    };
    let start = "start queued start started at 0 % | tell: trakt start delivered sent to Trakt";
    let play = "completed queued finish watched at 91 %";
    let mut wrong = Vec::new();
    for (playing, lines, expected) in [
        (Some(false), start.to_owned(), "playing: started at 0 % (2)"),
        (Some(true), start.to_owned(), "paused: started at 0 % (2)"),
        (None, format!("{start} | {play}"), "waiting: watched at 91 % (3)"),
        (
            None,
            format!("{start} | {play} | tell: trakt finish delivered sent to Trakt"),
            "counted: watched at 91 %; counted at trakt (4)",
        ),
        (
            None,
            format!(
                "{play} | tell: trakt finish delivered sent to Trakt \
                 | tell: simkl finish parked Simkl does not know it"
            ),
            "parked: watched at 91 %; counted at trakt; parked at simkl (3)",
        ),
        (
            None,
            format!(
                "{play} | tell: simkl finish later Simkl is away \
                 | tell: simkl finish delivered sent to Simkl | stop ignored - already counted"
            ),
            "counted: watched at 91 %; counted at simkl (4)",
        ),
        (
            None,
            format!(
                "{play} | tell: receiver:floppy finish delivered sent to floppy \
                 | tell: trakt finish delivered sent to Trakt"
            ),
            "counted: watched at 91 %; counted at trakt; told at receiver:floppy (3)",
        ),
        (
            None,
            format!("{play} | tell: receiver:floppy finish delivered sent to floppy"),
            "told: watched at 91 %; told at receiver:floppy (2)",
        ),
        (
            None,
            format!("{play} | tell: trakt finish dropped dropped by hand"),
            "not sent: watched at 91 %; not sent at trakt (2)",
        ),
        (
            None,
            format!("{play} | tell: trakt finish rehearsed would be sent"),
            "rehearsed: watched at 91 %; rehearsed at trakt (2)",
        ),
        (
            None,
            format!(
                "{start} | stop queued left stopped at 37 % \
                 | tell: trakt left delivered sent to Trakt | stop duplicate - it repeats"
            ),
            "not counted: stopped at 37 % (5)",
        ),
        (
            None,
            format!(
                "{play} | tell: trakt finish delivered sent to Trakt \
                 | unmark queued unmark marked as unwatched"
            ),
            "waiting: marked as unwatched; counted at trakt (3)",
        ),
        (
            None,
            "unmark queued unmark marked as unwatched | tell: trakt unmark delivered removed"
                .to_owned(),
            "marked as unwatched: marked as unwatched; marked as unwatched at trakt (2)",
        ),
        (None, "mark waiting mark it waits a minute".to_owned(), "waiting: it waits a minute (1)"),
        (None, "mark waiting mark a flood: parked".to_owned(), "parked: a flood: parked (1)"),
        (
            None,
            "rate queued rate rated 8 | tell: trakt rate delivered sent".to_owned(),
            "rated: rated 8; rated at trakt (2)",
        ),
        (None, "start ignored - not wanted".to_owned(), "not counted: not wanted (1)"),
        (None, "rate ignored - ratings are off".to_owned(), "ignored: ratings are off (1)"),
        (None, "start refused - too much".to_owned(), "refused: too much (1)"),
        // Lines that came before have gone.
        (
            None,
            "tell: trakt finish delivered sent to Trakt".to_owned(),
            "counted: ; counted at trakt (1)",
        ),
        (None, "tell: trakt left delivered sent to Trakt".to_owned(), "sent:  (1)"),
    ] {
        let playing = playing.map(|paused| (KEY, paused)).into_iter().collect();
        let seen = rows(&said(&lines), &playing);
        if seen != [expected] {
            wrong.push(format!("{lines}\n    {seen:?}\nnot {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_belongs_to_no_viewing_is_a_row_of_its_own_and_the_newest_comes_first() {
    let next = ViewingKey { round: Some(1), ..KEY };
    let lines = [
        ActivityEntry { viewing: None, ..verdict("start ignored - not in plex.users") },
        verdict("start queued start started at 0 %"),
        ActivityEntry { viewing: Some(next), ..verdict("start queued start started at 1 %") },
        ActivityEntry { viewing: None, ..verdict("start ignored - not in plex.users") },
        verdict("stop queued left stopped at 9 %"),
        ActivityEntry {
            reason: "no JSON".into(),
            ..ActivityEntry::malformed(Source::Emby, Time(0))
        },
    ];
    let expected = [
        "malformed: no JSON (1)",
        "not counted: stopped at 9 % (2)",
        "not counted: not in plex.users (1)",
        "not counted: started at 1 % (1)",
        "not counted: not in plex.users (1)",
    ];
    assert_eq!(rows(&lines, &Playing::new()), expected);
}

#[test]
fn what_waited_for_its_servers_answer_belongs_to_what_came_of_it() {
    let asks = || verdict("stop waiting - Plex is asked");
    let other = ActivityEntry { item: "Low Tide".into(), viewing: None, ..verdict("play ignored") };
    let by_itself = |text| ActivityEntry { user: String::new(), source: None, ..verdict(text) };
    let lines = [asks(), other, by_itself("timer queued finish watched at 90 %"), asks()];
    let groups = together(newest_first(&lines).into_iter());
    let numbers: Vec<Vec<u64>> =
        groups.iter().map(|lines| lines.iter().map(|(id, _)| *id).collect()).collect();
    assert_eq!(numbers, [vec![4], vec![3, 1], vec![2]]);
    let row = shown(&groups[1], &Playing::new());
    assert_eq!((row.user.as_str(), row.source.as_deref()), ("mara", Some("plex")));
    assert_eq!(rows(&lines[..1], &Playing::new()), ["waiting: Plex is asked (1)"]);
}

#[test]
fn a_file_with_several_episodes_stands_where_the_worst_of_them_does() {
    let of = |item: &str, text| ActivityEntry { item: item.into(), ..delivery(text) };
    let lines = [
        verdict("completed queued finish watched at 91 %"),
        of("Harbour Nine 1x01", "trakt finish later Trakt is away"),
        of("Harbour Nine 1x02", "trakt finish later Trakt is away"),
        of("Harbour Nine 1x01", "trakt finish delivered sent to Trakt"),
    ];
    let playing = Playing::new();
    assert_eq!(rows(&lines, &playing), ["waiting: watched at 91 %; waiting at trakt (4)"]);
    let done = of("Harbour Nine 1x02", "trakt finish delivered sent to Trakt");
    let lines = [lines.as_slice(), &[done]].concat();
    assert_eq!(rows(&lines, &playing), ["counted: watched at 91 %; counted at trakt (5)"]);
    let row = newest_first(&lines);
    assert_eq!(shown(&row, &playing).item, "The Salt Road", "as its server has it");
}

#[test]
fn a_play_stands_at_its_time_whatever_is_heard_of_it_later() {
    let at = |at, line| ActivityEntry { at: Time(at), ..line };
    let lines = [
        at(1_000, verdict("completed queued finish watched at 91 %")),
        at(2_000, delivery("trakt finish delivered sent to Trakt")),
        at(90_000_000, verdict("start ignored - already counted")),
    ];
    let row = newest_first(&lines);
    let seen = shown(&row, &Playing::new());
    assert_eq!((seen.at, seen.id), (Time(1_000).to_string(), 3));
}
