//! What is remembered: what goes first where there is too much, what has to be on the disk, and
//! what moves with the clock.

use super::script::Story;
use crate::engine::Input;
use crate::engine::session::{
    Handover, HeldPause, HeldStart, Phase, Session, Start, Stretch, Wake,
};
use crate::engine::viewing::{HeldMark, Viewing};
use crate::event::{Action, Ids, Item, Percent, Source, Time};
use crate::secret::Secret;
use crate::verdict::Reason;
use serde_json::Value;
use std::time::Duration;

/// Far from every number that is no time.
const NOW: Time = Time(1_764_000_000_000);

fn at(minutes: u64) -> Time {
    NOW.after(Duration::from_secs(60 * minutes))
}

/// What a story leaves behind of its only item.
fn left_by(steps: &str) -> Viewing {
    let mut story = Story::of(Source::Plex);
    story.go(steps);
    let viewing = story.state.viewings().next().map(|(_, viewing)| viewing.clone());
    viewing.expect("the story is about something")
}

fn session() -> Session {
    left_by("play 10, 5 min, pause 15").sessions.remove(0)
}

#[test]
fn the_item_not_heard_of_for_the_longest_time_is_forgotten_first() {
    let mut story = Story::of(Source::Plex);
    for n in 1..=400 {
        story.go(&format!("play 10 of I{n}, 1 s"));
    }
    story.go("pause 10 of I1, 1 s, play 10 of I401, 1 s, play 10 of I402");
    let is_known =
        |title: &str| story.state.viewings().any(|(_, viewing)| viewing.item.title == title);
    let known = ["I1", "I2", "I3", "I4", "I400", "I401", "I402"].map(is_known);
    assert_eq!(known, [true, false, false, true, true, true, true]);
    assert!(!story.disk.values().any(|row| row.contains("\"I2\"")), "nor is it on the disk");
}

#[test]
fn what_is_open_is_known_with_the_position_that_was_reported_last() {
    let mut story = Story::of(Source::Plex);
    story.go(
        "play 10, 5 min, going 15, 5 min, play 20 of B on phone by jo, 1 min, stop 21 of B on phone by jo, \
         play of C on pad, play 40 of D on den, 1 min, pause 41 of D on den, \
         play 0 of E on desk",
    );
    let open = story.state.open();
    let seen: Vec<_> = open
        .iter()
        .map(|event| {
            let minutes = event.position_ms.map(|ms| if ms < 60_000 { ms } else { ms / 60_000 });
            let server = (event.source, event.server.as_str(), event.item.key.as_str());
            (server, event.user.name.as_str(), event.player.id.as_str(), minutes)
        })
        .collect();
    // Of C nobody has said where it is; the 0 of a stop would say nothing of E.
    let expected = [
        ((Source::Plex, "server", "key of A"), "mara", "tv", Some(15)),
        ((Source::Plex, "server", "key of D"), "mara", "den", Some(41)),
        ((Source::Plex, "server", "key of E"), "mara", "desk", Some(1)),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn whose_player_has_died_is_told_with_what_is_open_as_a_guess() {
    for source in Source::ALL {
        let mut story = Story::of(source);
        story.go("play 0, 45 min, progress 45, 5 min, died 45, play 10 of B on phone, 5 min");
        let open = story.state.open();
        let mut seen: Vec<_> =
            open.iter().map(|it| (it.item.title.as_str(), it.is_guess)).collect();
        seen.sort_unstable();
        let dead = [("A", true), ("B", false)];
        // What Plex lists its player has said.
        assert_eq!(seen, if source == Source::Plex { &dead[1..] } else { &dead[..] }, "{source}");
    }
}

#[test]
fn what_plays_and_of_which_most_has_passed_may_be_over() {
    let cases = [
        ("play 10, 64 min", vec![]),
        ("play 10, 66 min", vec!["pause 10 A"]),
        ("play 10, 30 min, progress 40, 36 min", vec!["pause 40 A"]),
        // Where their starts stand open, nobody was told of these ends yet.
        ("play 10, 30 min, pause 40, 5 h", vec!["pause 40 A"]),
        ("play 10, 85 min, stop 95, 1 s", vec!["pause 95 A"]),
        ("runtime none, play 10, 5 s", vec!["pause 0 A"]), // nobody knows
        ("play 1 of E1-2, 9 h, play 60 of E1-2, 45 min", vec!["pause 0 E 1x02"]),
        ("play 10, 66 min, play 40 of B on phone, 40 min", vec!["pause 10 A", "pause 40 B"]),
    ];
    for (steps, expected) in cases {
        let mut story = Story::of(Source::Plex);
        story.go(steps);
        let told = |account: &str, sessions: &[String]| {
            let pauses = story.state.may_be_over(account, sessions, story.now);
            let words = pauses.iter().map(|one| {
                let progress = one.progress.value();
                format!("{} {progress} {}", one.verb.word(), one.item.label())
            });
            words.collect::<Vec<_>>()
        };
        let sessions = story.state.viewings().flat_map(|(_, viewing)| &viewing.sessions);
        let names = |id: u64| [id.to_string(), format!("{id}#1"), format!("{id}#2")];
        let all: Vec<String> = sessions.flat_map(|session| names(session.id)).collect();
        assert_eq!(told("default", &all), expected, "{steps}");
        assert_eq!(told("another", &all), Vec::<String>::new(), "{steps}");
        assert_eq!(told("default", &[]), Vec::<String>::new(), "{steps}");
    }
}

/// What is remembered of a film after its start said "A" with an IMDb id, and then `change` was said of it.
fn after_it_was_said(step: &str, change: impl FnOnce(&mut Item)) -> Viewing {
    let mut story = Story::of(Source::Plex);
    story.go("play 10");
    let mut event = story.event(&step.split(' ').collect::<Vec<_>>());
    change(&mut event.item);
    let mut viewing = story.state.viewings().next().expect("the film").1.clone();
    viewing.learn(&event);
    viewing
}

#[test]
fn a_start_brings_an_item_up_to_date_and_other_events_only_add_to_it() {
    let renamed = |item: &mut Item| {
        item.title = "A, restored".to_owned();
        (item.ids.imdb, item.ids.tmdb, item.runtime_ms) = (None, Some(7), None);
    };
    for (step, title) in [("play 20", "A, restored"), ("pause 20", "A"), ("resume 20", "A")] {
        let item = after_it_was_said(step, renamed).item;
        let known = (item.title.as_str(), item.ids.imdb.as_deref(), item.ids.tmdb);
        assert_eq!(known, (title, Some("ttA"), Some(7)), "{step}");
        assert_eq!(item.runtime_ms, left_by("play 10").item.runtime_ms, "{step}");
    }
}

#[test]
fn what_a_server_has_matched_anew_keeps_no_id_of_what_it_was_taken_for() {
    let rematched = |item: &mut Item| {
        item.title = "Another".to_owned();
        item.ids = Ids { imdb: Some("tt9".to_owned()), ..Ids::default() };
    };
    for step in ["play 20", "pause 20"] {
        let item = after_it_was_said(step, rematched).item;
        assert_eq!((&*item.title, item.ids.imdb.as_deref()), ("Another", Some("tt9")), "{step}");
    }
    let by_tmdb = |item: &mut Item| {
        rematched(item);
        item.ids.tmdb = Some(7);
    };
    let ids = after_it_was_said("pause 20", by_tmdb).item.ids;
    assert_eq!((ids.imdb.as_deref(), ids.tmdb), (Some("tt9"), Some(7)));
}

#[test]
fn an_item_has_each_of_its_keys_once_and_eight_at_most() {
    let keys =
        |viewing: &Viewing| viewing.keys.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>();
    for key in ["", "key of A"] {
        let said = after_it_was_said("pause 20", |item| item.key = key.to_owned());
        assert_eq!(keys(&said), ["key of A"], "{key}");
    }
    let mut story = Story::of(Source::Plex);
    story.go("play 10");
    let mut viewing = story.state.viewings().next().expect("the film").1.clone();
    for n in 2..12 {
        let mut event = story.event(&["pause", "20"]);
        event.item.key = format!("key {n}");
        viewing.learn(&event);
    }
    let last = keys(&viewing).pop();
    assert_eq!((viewing.keys.len(), last.as_deref()), (8, Some("key 8")));
}

#[test]
fn of_too_many_sessions_the_oldest_that_has_stopped_goes_first() {
    let mut viewing = left_by("play 10");
    let (mut open, mut stopped) = (session(), session());
    (open.phase, stopped.phase) = (Phase::Playing, Phase::Stopped(NOW));
    viewing.sessions = (0..20)
        .map(|n: u64| {
            let mut session = if n.is_multiple_of(10) { open.clone() } else { stopped.clone() };
            (session.id, session.pulse.sign) = (n, at(n));
            session
        })
        .collect();
    viewing.prune();
    let mut left: Vec<u64> = viewing.sessions.iter().map(|session| session.id).collect();
    left.sort_unstable();
    let expected: Vec<u64> = [0].into_iter().chain(5..20).collect();
    assert_eq!(left, expected, "0 is old and open, 1 to 4 are old and stopped");
}

#[test]
fn events_that_wait_for_an_answer_are_so_many_at_most() {
    let mut story = Story::of(Source::Plex).with(|settings| {
        for plex in settings.servers_mut(Source::Plex) {
            plex.url = "http://server".to_owned();
            plex.token = Secret::new("token");
        }
    });
    for n in 0..300 {
        story.go(&format!("play of I{n} on player{n}"));
    }
    assert_eq!(story.held.len(), 256, "all that wait are on the disk, and no more");
    let told = |story: &Story, item: &str| story.told.iter().any(|line| line.ends_with(item));
    story.go("2 s");
    assert!(told(&story, " of I299"), "what can't wait goes on without an answer");
    assert!(!told(&story, " of I0"));
    story.go("4 s");
    assert_eq!(
        (story.held.len(), told(&story, " of I0"), told(&story, " of I255")),
        (0, true, true)
    );
}

#[test]
fn progress_alone_is_on_the_disk_after_five_minutes_and_not_at_each_report() {
    let mut story = Story::of(Source::Jellyfin);
    story.go("play 0, 3 s");
    let (mut writes, mut oldest) = (0, Duration::ZERO);
    for minute in 1..=60 {
        let before = story.disk.clone();
        story.go(&format!("1 min, going {minute}"));
        writes += u32::from(story.disk != before);
        let row = story.disk.values().next().expect("it is stored");
        let stored: Viewing = serde_json::from_str(row).expect("what was stored can be read");
        oldest = oldest.max(story.now.since(stored.sessions[0].pulse.sign));
    }
    assert!(oldest <= Duration::from_secs(5 * 60), "{oldest:?} would be lost with the power");
    assert!((11..=13).contains(&writes), "{writes} writes in an hour wear cards out");
}

/// A change to what is remembered, by its name.
type Change = (&'static str, fn(&mut Viewing));

#[test]
fn what_cannot_be_worked_out_again_has_to_be_on_the_disk() {
    let before = left_by("play 10, 5 min, pause 15");
    let durable: [Change; 21] = [
        ("item", |v| v.item.ids.tmdb = Some(7)),
        ("keys", |v| v.keys.push(("other".to_owned(), "key".to_owned()))),
        ("round", |v| v.round += 1),
        ("began", |v| v.began = Some(at(1))),
        ("play", |v| v.play = Some(at(1))),
        ("episodes", |v| v.episodes.add(0)),
        ("stretch", |v| {
            let (from, since) = (Percent::ZERO, at(1));
            v.sessions[0].stretch = Some(Stretch { from, since, open: None });
        }),
        ("rated", |v| v.rated = Some((Some(7), at(1)))),
        ("a rating taken away", |v| v.rated = Some((None, at(1)))),
        ("mark", |v| v.mark = Some(HeldMark { due: at(2), at: at(1), heard: at(1) })),
        ("a session more", |v| v.sessions.push(v.sessions[0].clone())),
        ("a session less", |v| v.sessions.clear()),
        ("a session's round", |v| v.sessions[0].round += 1),
        ("opened", |v| v.sessions[0].opened = at(1)),
        ("start", |v| v.sessions[0].start = None),
        ("phase", |v| v.sessions[0].phase = Phase::Stopped(at(6))),
        ("end_asked", |v| v.sessions[0].end_asked = Some((3, at(9)))),
        ("held_start", |v| {
            let (due, at) = (at(6), at(5));
            let position = Percent::ZERO;
            v.sessions[0].held_start = Some(HeldStart { due, position, at, why: Wake::Seek });
        }),
        ("held_pause", |v| v.sessions[0].held_pause = None),
        ("handover", |v| {
            v.sessions[0].handover = Some(Handover { due: at(6), at: at(5), position: None });
        }),
        ("seek_told", |v| v.sessions[0].seek_told = Some(at(4))),
    ];
    for (name, change) in durable {
        let mut after = before.clone();
        change(&mut after);
        assert!(after.differs_durably(&before), "{name}");
        assert!(before.differs_durably(&after), "{name}, the other way round");
    }
    let fleeting: [Change; 3] = [
        ("nothing", |_| {}),
        ("the time", |v| v.heard = at(9)),
        ("a sign of life", |v| v.sessions[0].pulse.sign = at(9)),
    ];
    for (name, change) in fleeting {
        let mut after = before.clone();
        change(&mut after);
        assert!(!after.differs_durably(&before), "{name}");
    }
}

/// A viewing with everything in it that can be.
fn full() -> Viewing {
    let mut viewing = left_by("play 10, 5 min, pause 15");
    viewing.rated = Some((Some(7), at(2)));
    viewing.play = Some(at(3));
    viewing.mark = Some(HeldMark { due: at(4), at: at(5), heard: at(6) });
    let session = &mut viewing.sessions[0];
    session.start = Some(Start { at: at(8), position: None, after: Some((Percent::END, at(7))) });
    session.phase = Phase::Paused(at(9));
    let position = Percent::ZERO;
    session.held_start = Some(HeldStart { due: at(10), position, at: at(11), why: Wake::Seek });
    session.held_pause = Some(HeldPause { due: at(12), position, at: at(13) });
    session.handover = Some(Handover { due: at(14), at: at(15), position: None });
    session.end_asked = Some((5, at(16)));
    session.seek_told = Some(at(17));
    session.pulse.reported = Some((position, at(18)));
    session.pulse.last = Some((Action::Pause, None, at(19)));
    session.stretch = Some(Stretch { from: position, since: at(21), open: None });
    let mut stopped = session.clone();
    stopped.phase = Phase::Stopped(at(20));
    viewing.sessions.push(stopped);
    viewing
}

/// All numbers in a row that can only be times, each with the way to it.
fn times_in(way: &str, value: &Value, times: &mut Vec<(String, u64)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                times_in(&format!("{way}.{key}"), value, times);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                times_in(&format!("{way}[{index}]"), value, times);
            }
        }
        other => {
            let time = other.as_u64().filter(|number| *number >= NOW.0 / 2);
            times.extend(time.map(|time| (way.to_owned(), time)));
        }
    }
}

#[test]
fn every_time_that_is_remembered_moves_with_the_clock() {
    let stored = |viewing: &Viewing| {
        let mut times = Vec::new();
        times_in("", &serde_json::to_value(viewing).expect("plain data serializes"), &mut times);
        times
    };
    let mut viewing = full();
    let before = stored(&viewing);
    assert!(before.len() == 41, "everything is set: {before:?}");
    viewing.times().for_each(|time| *time = time.moved(3_600_000));
    let moved = before.iter().map(|(way, time)| (way.clone(), time + 3_600_000));
    assert_eq!(stored(&viewing), moved.collect::<Vec<_>>());
}

#[test]
fn of_two_viewings_that_turn_out_to_be_one_nothing_newer_is_dropped() {
    let (mut old, mut new) = (left_by("play 10"), left_by("play 20"));
    (old.round, new.round) = (2, 1);
    for session in &mut old.sessions {
        session.round = 2;
    }
    for session in &mut new.sessions {
        session.round = 1;
    }
    (old.began, new.began) = (Some(at(1)), Some(at(20)));
    (old.play, new.play) = (Some(at(10)), Some(at(30)));
    (old.rated, new.rated) = (Some((Some(5), at(11))), Some((Some(8), at(31))));
    (old.heard, new.heard) = (at(13), at(33));
    old.episodes.add(0);
    new.episodes.add(2);
    let ids = |ids| Item { ids, ..Item::default() };
    (old.item, new.item) = (
        ids(Ids { tmdb: Some(1), ..Ids::default() }),
        ids(Ids { imdb: Some("tt0000002".to_owned()), ..Ids::default() }),
    );
    new.item.runtime_ms = Some(6);
    new.keys = vec![("elsewhere".to_owned(), "3".to_owned())];
    new.mark = Some(HeldMark { due: at(40), at: at(39), heard: at(39) });
    for (one, other) in [(&old, &new), (&new, &old)] {
        let mut merged = one.clone();
        merged.merge(other.clone());
        assert_eq!(merged.play, Some(at(30)), "the newer play");
        assert_eq!(merged.began, Some(at(1)));
        assert_eq!(merged.rated, new.rated);
        assert_eq!(merged.mark, new.mark);
        assert_eq!(merged.heard, at(33));
        assert_eq!([0, 1, 2].map(|index| merged.episodes.has(index)), [true, false, true]);
        assert_eq!(merged.round, 2);
        assert_eq!(merged.sessions.len(), 2);
        assert!(merged.sessions.iter().all(|session| session.round == 2), "both go on");
        assert_eq!((merged.item.ids.tmdb, merged.item.runtime_ms), (Some(1), Some(6)));
        assert_eq!(merged.item.ids.imdb.as_deref(), Some("tt0000002"));
        assert_eq!(merged.keys.len(), 2);
    }
    let mut merged = old.clone();
    old.play = None;
    merged.merge(old.clone());
    assert_eq!(merged.play, Some(at(10)));
    old.merge(merged);
    assert_eq!(old.play, Some(at(10)), "a play counts though the other had none");
}

/// What waits through a change of the clock waits for as long as it would have.
#[test]
fn what_waits_is_not_due_because_the_clock_was_set() {
    let cases = [
        // The second seek may be told 15 s after the first.
        ("play 20, 20 s, resume 50, 2 s, resume 70, 3 s", "10 s", "start 20, start 50", "start 70"),
        // The next item waits 10 s for the stop of the one before.
        ("play 20, 20 min, play 0 of B, 4 s", "7 s", "start 20", "left 40, start 0 of B"),
    ];
    for (steps, rest, told, then) in cases {
        for hours in [-30_i64, 30] {
            let mut story = Story::of(Source::Plex);
            let since = story.now;
            story.go(steps);
            let (until, by_ms) = (story.now, hours * 3_600_000);
            story.now = story.now.moved(by_ms);
            story.hand_in(&Input::ClockMoved { by_ms, since, until });
            assert_eq!(story.told.join(", "), told, "{steps}, {hours} h");
            story.go(rest);
            let rest: Vec<&str> = story.told.iter().map(String::as_str).collect();
            assert_eq!(rest.join(", "), format!("{told}, {then}"), "{steps}, {hours} h");
        }
    }
}

#[test]
fn a_viewing_whose_start_was_missed_began_where_its_position_says() {
    let mut story = Story::of(Source::Jellyfin);
    let now = story.now;
    story.go("going 50, 45 min, completed 95");
    let play = story.last.intents.last().expect("it is a play");
    assert_eq!(play.began, now.before(Duration::from_secs(50 * 60)), "a percent is a minute");
}

#[test]
fn what_equals_the_event_before_it_is_said_to_repeat_it() {
    let reason = |steps: &str| {
        let mut story = Story::of(Source::Plex);
        story.go(steps);
        story.last.verdicts.first().map(|verdict| verdict.reason.clone())
    };
    assert_eq!(reason("play 10, 14 s, play 10"), Some(Reason::Repeated));
    assert_eq!(reason("play 10, 14 s, play 10.3"), Some(Reason::AlreadyPlaying));
    assert_eq!(reason("play 10, 15 s, play 10"), Some(Reason::AlreadyPlaying));
    assert_eq!(reason("play 10, pause 10"), Some(Reason::PauseWaits { seconds: 5 }));
}
