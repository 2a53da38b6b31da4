//! The histories of tests/histories, and what they prove.

use super::*;
use crate::event::{Action, Kind};
use crate::http::scripted::{Script, answer, answer_with};
use crate::secret::Secret;
use Source::{Emby, Jellyfin, Plex};
use std::cell::RefCell;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../tests/histories/", $name, ".json"))
    };
}

fn at(text: &str) -> Time {
    Time::from_rfc3339(text).expect(text)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn server(kind: Source, script: &Script) -> MediaServer {
    MediaServer { url: script.url(""), token: Secret::new("key"), ..MediaServer::new(kind) }
}

fn facts_of(version: &str, ahead_ms: i64) -> Facts {
    Facts { id: "s1".into(), version: version.into(), ahead_ms }
}

/// A Jellyfin's answer to an API key that asks who it is.
fn an_api_key() -> (&'static str, Vec<u8>) {
    ("GET /Users/Me", answer(400, "{}"))
}

/// What is told of the rows of a history whose answers these are, and what was asked.
fn told(
    kind: Source,
    facts: &Facts,
    (since, now): (Time, Time),
    answers: Vec<(&'static str, &str)>,
    change: impl FnOnce(&mut MediaServer),
) -> (Result<(), Trouble>, Vec<String>, Vec<String>) {
    let answers = answers.into_iter().map(|(path, json)| (path, answer(200, json)));
    let mut answers: Vec<_> = answers.collect();
    if kind == Jellyfin {
        answers.insert(1, an_api_key());
    }
    let script = Script::start(answers);
    let mut server = server(kind, &script);
    change(&mut server);
    let people = people(&server).expect("people");
    let wanted: Vec<usize> = (0..people.len()).collect();
    let lines = RefCell::new(Vec::new());
    let read = rows(&server, facts, &people, &wanted, (since, now), &mut |line| {
        lines.borrow_mut().push(match line {
            Line::Play(row) => {
                let name = &people[row.person].user.name;
                let player = row.player.map_or(String::new(), |it| format!(" on {}", it.name));
                let gone = row.gone.map_or(String::new(), |it| format!(" ({})", it.label()));
                format!("{name} {} {}: {}{player}{gone}", row.key, row.at, row.by)
            }
            Line::Unproven(why) => why.to_string(),
            Line::Unwanted(place) => format!("not wanted: {place}"),
            Line::Stranger(account) => format!("stranger {account}"),
        });
    });
    (read, lines.into_inner(), script.seen())
}

#[test]
fn a_row_of_plex_is_a_play_of_a_person_at_its_time() {
    let since = Time(1_765_200_000_000);
    let (read, lines, asked) = told(
        Plex,
        &facts_of("1.43.2.10687", 0),
        (since, Time(1_765_400_000_000)),
        vec![
            ("GET /accounts", sample!("plex_accounts")),
            ("GET /status/sessions/history/all", sample!("plex_history_page1")),
            ("GET /status/sessions/history/all", sample!("plex_history_page2_track_and_deleted")),
        ],
        |_| {},
    );
    assert_eq!(read, Ok(()));
    assert_eq!(
        lines,
        [
            "mara.finch 22170 2025-12-08T18:35:01.000Z: history row 4101",
            "jo.guest 18842 2025-12-08T21:23:20.000Z: history row 4102",
            "mara.finch 22170 2025-12-09T18:30:00.000Z: history row 4103",
            "mara.finch  2025-12-09T18:46:40.000Z: history row 4105 (Gone From Disk (2019))",
        ]
    );
    let history = "GET /status/sessions/history/all?sort=viewedAt%3Aasc&viewedAt%3E=1765200000\
                   &X-Plex-Container-Start=";
    let pages = [0, 3].map(|from| format!("{history}{from}&X-Plex-Container-Size=100"));
    assert_eq!(asked[1..], pages, "the server pages as it likes");
}

#[test]
fn what_the_server_was_not_asked_for_and_strangers_are_no_plays() {
    let people = r#"{"MediaContainer":{"Account":[{"id":1,"name":"mara"}]}}"#;
    let late = (Time(1_765_229_000_000), Time(1_765_400_000_000));
    let answers = || {
        vec![
            ("GET /accounts", people),
            ("GET /status/sessions/history/all", sample!("plex_history_page1")),
            ("GET /status/sessions/history/all", sample!("plex_history_empty")),
        ]
    };
    let (read, lines, _) = told(Plex, &facts_of("1.43.2", 0), late, answers(), |_| {});
    let expected = ["stranger 90518264", "mara 22170 2025-12-09T18:30:00.000Z: history row 4103"];
    assert_eq!((read, lines), (Ok(()), expected.map(str::to_owned).to_vec()));
}

#[test]
fn a_page_that_can_not_be_read_is_no_empty_one() {
    let (now, since) = (Time(1_765_400_000_000), Time(0));
    for broken in [answer(500, ""), answer(404, "{}"), answer(200, "[]"), answer(200, "{"), vec![]]
    {
        let script = Script::start(vec![
            ("GET /accounts", answer(200, sample!("plex_accounts"))),
            ("GET /status", answer(200, sample!("plex_history_page1"))),
            ("GET /status", broken.clone()),
        ]);
        let server = server(Plex, &script);
        let people = people(&server).expect("people");
        let facts = facts_of("1.43.2", 0);
        let read = rows(&server, &facts, &people, &[0, 1], (since, now), &mut |_| {});
        assert!(read.is_err(), "{}", String::from_utf8_lossy(&broken));
    }
    let users = sample!("jellyfin_users");
    for broken in [answer(500, ""), answer(404, "{}"), answer(200, "{}"), vec![]] {
        for log_is_read in [false, true] {
            let mut steps = vec![("GET /Users", answer(200, users)), an_api_key()];
            if log_is_read {
                steps.push((
                    "GET /System/ActivityLog",
                    answer(200, sample!("jellyfin_activity_log")),
                ));
            }
            steps.push(("GET /", broken.clone()));
            let script = Script::start(steps);
            let server = server(Jellyfin, &script);
            let people = people(&server).expect("people");
            let facts = facts_of("10.11.11", 0);
            let read = rows(&server, &facts, &people, &[0], (since, now), &mut |_| {});
            assert!(read.is_err(), "{}", String::from_utf8_lossy(&broken));
        }
    }
}

#[test]
fn the_numbers_of_rows_need_not_grow_with_their_times() {
    let page = |numbers: std::ops::Range<u64>| {
        let rows = numbers.rev().map(|number| {
            format!(
                r#"{{"historyKey":"/status/sessions/history/{number}","ratingKey":"{number}",
                "type":"movie","viewedAt":{},"accountID":1}}"#,
                1_765_300_000 - number
            )
        });
        let rows: Vec<String> = rows.collect();
        format!(r#"{{"MediaContainer":{{"totalSize":250,"Metadata":[{}]}}}}"#, rows.join(","))
    };
    let pages = [page(150..250), page(50..150), page(0..50)];
    let mut answers = vec![("GET /accounts", sample!("plex_accounts"))];
    answers.extend(pages.iter().map(|page| ("GET /status", page.as_str())));
    let window = (Time(0), Time(1_765_400_000_000));
    let (read, lines, asked) = told(Plex, &facts_of("1.43.2", 0), window, answers, |_| {});
    assert_eq!((read, lines.len(), asked.len()), (Ok(()), 250, 4));
}

/// A page of a list as this kind says it: rows with these numbers, of as many as `total`.
fn a_page(kind: Source, rows: std::ops::Range<usize>, total: Option<usize>) -> String {
    let row = |number: usize| match kind {
        Plex => format!(
            r#"{{"historyKey":"/status/sessions/history/{number}","ratingKey":"{number}",
            "type":"movie","viewedAt":1765300000,"accountID":1}}"#
        ),
        Jellyfin | Emby => format!(
            r#"{{"Id":{number},"RunTimeTicks":600000000,"UserData":{{"Played":true,
            "LastPlayedDate":"2025-12-09T00:00:00Z"}}}}"#
        ),
    };
    let rows: Vec<String> = rows.map(row).collect();
    let (rows, total) = (rows.join(","), total.map(|total| total.to_string()));
    let total = |name: &str| total.map_or(String::new(), |total| format!(r#","{name}":{total}"#));
    match kind {
        Plex => format!(r#"{{"MediaContainer":{{"Metadata":[{rows}]{}}}}}"#, total("totalSize")),
        Jellyfin | Emby => format!(r#"{{"Items":[{rows}]{}}}"#, total("TotalRecordCount")),
    }
}

/// Whether a history was read to its end that comes in these pages, how many lines were told of it, and
/// what was asked for after the people.
fn turned(kind: Source, pages: &[String], log: Option<&str>) -> (bool, usize, Vec<String>) {
    let people = match kind {
        Plex => ("GET /accounts", r#"{"MediaContainer":{"Account":[{"id":1,"name":"mara"}]}}"#),
        Jellyfin => ("GET /Users", r#"[{"Id":"u1","Name":"mara"}]"#),
        Emby => ("GET /Users/Query", r#"{"Items":[{"Id":"u1","Name":"mara"}]}"#),
    };
    let mut answers = vec![people];
    if kind != Plex {
        answers.push(("GET /System/ActivityLog", log.unwrap_or(r#"{"Items":[]}"#)));
    }
    let log_of = |page| if log.is_some() { "GET /System/ActivityLog" } else { page };
    let path = if kind == Plex { "GET /status" } else { log_of("GET /Items") };
    answers.extend(pages.iter().map(|page| (path, page.as_str())));
    let window = (Time(0), Time(1_765_400_000_000));
    let (read, lines, asked) = told(kind, &facts_of("10.11", 0), window, answers, |_| {});
    let is_history = |path: &&String| path.contains("Limit=") || path.contains("Container-Size=");
    (read.is_ok(), lines.len(), asked.iter().filter(is_history).cloned().collect())
}

#[test]
fn a_history_is_asked_for_in_pages_of_a_hundred() {
    for kind in [Plex, Jellyfin, Emby] {
        let total = (kind == Plex).then_some(250);
        let pages = [0..100, 100..200, 200..250].map(|rows| a_page(kind, rows, total));
        let (is_read, lines, asked) = turned(kind, &pages, None);
        assert_eq!((is_read, lines), (true, 250), "{kind}");
        let asked = asked.get(usize::from(kind != Plex)..).expect("pages");
        for (path, start) in asked.iter().zip([0, 100, 200]) {
            let of_plex = format!("Container-Start={start}&X-Plex-Container-Size=100");
            let of_others = format!("StartIndex={start}&Limit=100");
            assert!(path.contains(if kind == Plex { &of_plex } else { &of_others }), "{path}");
        }
    }
}

#[test]
fn a_server_that_says_one_page_for_ever_is_left_and_what_it_said_is_not_all() {
    for kind in [Plex, Jellyfin, Emby] {
        let page = |rows| a_page(kind, rows, None);
        let (is_read, _, asked) = turned(kind, &[page(0..100), page(0..100)], None);
        assert!(!is_read, "{kind}: the rest of it was not said");
        assert_eq!(asked.len(), if kind == Plex { 2 } else { 3 }, "{kind}: {asked:?}");
        // Who knows of no pages has said all at once.
        let (is_read, lines, _) = turned(kind, &[page(0..130), page(0..130)], None);
        assert_eq!((is_read, lines), (true, 130), "{kind}");
        // One that goes round and round is left sooner or later.
        let mut round = vec![page(0..1_000)];
        round.extend((0..50).map(|_| page(1_000..2_000)));
        let (is_read, lines, _) = turned(kind, &round, None);
        assert_eq!((is_read, lines), (false, 50_000), "{kind}");
    }
    let (few, total) = (a_page(Plex, 0..50, Some(120)), Some(50));
    assert!(!turned(Plex, &[few.clone(), few], None).0, "it says itself that there is more");
    let all = a_page(Plex, 0..50, total);
    assert!(turned(Plex, &[all.clone(), all], None).0);
    for kind in [Jellyfin, Emby] {
        let log = a_page(kind, 0..100, None);
        assert!(!turned(kind, std::slice::from_ref(&log), Some(&log)).0, "{kind}: the log too");
    }
}

#[test]
fn a_history_that_shows_less_than_it_says_it_has_is_not_read_to_its_end() {
    let page = |rows, total| a_page(Plex, rows, Some(total));
    let size_alone = r#"{"MediaContainer":{"size":3}}"#.to_owned();
    for (pages, is_read) in [
        (vec![page(0..100, 150), page(0..0, 150)], false),
        (vec![page(0..0, 150)], false),
        (vec![size_alone], false),
        // Somebody has deleted some of it meanwhile.
        (vec![page(0..100, 150), page(0..0, 100)], true),
        (vec![page(0..0, 0)], true),
    ] {
        assert_eq!(turned(Plex, &pages, None).0, is_read, "{pages:?}");
    }
}

#[test]
fn a_server_without_people_is_not_believed() {
    for (kind, path, body) in [
        (Plex, "GET /accounts", r#"{"MediaContainer":{"size":0}}"#),
        (Plex, "GET /accounts", r#"{"MediaContainer":{"Metadata":[{"id":1,"name":"mara"}]}}"#),
        (Jellyfin, "GET /Users", "[]"),
        (Emby, "GET /Users/Query", r#"{"Items":[]}"#),
    ] {
        let script = Script::start(vec![(path, answer(200, body))]);
        assert!(people(&server(kind, &script)).is_err(), "{kind}: {body}");
    }
}

#[test]
fn what_a_key_may_not_see_and_what_is_too_long_is_said() {
    let heavy = format!("[{}]", " ".repeat(2 << 20));
    for (status, body, expected) in [
        (401, "", "refuses emby.api_key; copy it again"),
        (403, "", "emby.api_key is the token of somebody who is no administrator"),
        (200, heavy.as_str(), "says more than 2 MiB at once"),
    ] {
        let script = Script::start(vec![("GET /Sessions", answer(status, body))]);
        let trouble = crate::media_server::sessions(&server(Emby, &script)).expect_err(expected);
        assert!(trouble.to_string().contains(expected), "{trouble}");
    }
}

#[test]
fn a_page_of_more_than_two_mebibytes_is_none() {
    for kind in [Plex, Jellyfin, Emby] {
        let heavy = format!("{}{}", a_page(kind, 0..3, None), " ".repeat(2 << 20));
        let (is_read, lines, _) = turned(kind, &[heavy], None);
        assert_eq!((is_read, lines), (false, 0), "{kind}");
    }
}

#[test]
fn what_jellyfin_keeps_is_a_play_with_the_logs_stop_as_its_time() {
    let users = sample!("jellyfin_users");
    let nothing = r#"{"Items":[],"TotalRecordCount":0,"StartIndex":0}"#;
    let window = (at("2026-11-25T00:00:00Z"), at("2026-11-27T21:00:00Z"));
    let read = |version, log, mara| {
        let answers = vec![
            ("GET /Users", users),
            ("GET /System/ActivityLog/Entries?MinDate=2026-11-24T20%3A00%3A00.000Z", log),
            ("GET /Items?UserId=1f2e3d4c5b6a79880716253443526170", nothing),
            (
                "GET /Items?UserId=9b1e4f60c2a74d3e8f5a6b7c8d9e0f12&Recursive=true&IsPlayed=true",
                mara,
            ),
        ];
        let (read, lines, _) = told(Jellyfin, &facts_of(version, 0), window, answers, |_| {});
        assert_eq!(read, Ok(()));
        lines
    };
    let log = sample!("jellyfin_activity_log");
    let [film, episode] = ["c81d5be0f7a34e19b2a6d3049e5f7c18", "2c3b4a59687f4e0d9c8b7a6f5e4d3c2b"];
    let stopped = format!("mara {film} 2026-11-26T20:13:40.100Z: LastPlayedDate and log stop 9004");
    let ended = format!("mara {film} 2026-11-26T20:14:06.299Z: LastPlayedDate");
    let ended_too = format!("mara {episode} 2026-11-25T20:43:31.828Z: LastPlayedDate");
    let marked = "marked as watched, not played".to_owned();
    let unwitnessed = "the activity log does not show that it was played to its end".to_owned();
    let unfinished = "begun again and not finished".to_owned();
    let undated = "the server does not say when".to_owned();
    let played = sample!("jellyfin_items_played");
    let abandoned = sample!("jellyfin_items_rewatch_abandoned_under_5pct_v12");
    let in_progress = sample!("jellyfin_items_rewatch_in_progress_v12");
    let before = sample!("jellyfin_items_rewatch_in_progress_v10_11");
    let without_date = sample!("jellyfin_items_played_without_date");
    for (name, lines, expected) in [
        ("10.11", read("10.11.11", log, played), vec![stopped.clone(), marked]),
        ("10.8, whose log is empty", read("10.8.13", nothing, played), vec![ended, ended_too]),
        ("12", read("12.0.0", log, played), vec![stopped, unwitnessed.clone()]),
        ("12 without a log", read("12.0.0", nothing, played), vec![unwitnessed.clone(); 2]),
        ("of no version", read("", nothing, played), vec![unwitnessed.clone(); 2]),
        ("12, left after a minute", read("12.0.0", log, abandoned), vec![unwitnessed]),
        ("12, begun again", read("12.0.0", log, in_progress), vec![unfinished.clone()]),
        ("10.11, begun again", read("10.11.11", log, before), vec![unfinished]),
        ("no date", read("10.11.11", log, without_date), vec![undated]),
    ] {
        assert_eq!(lines, expected, "{name}");
    }
}

#[test]
fn who_is_no_administrator_has_the_own_history_read_without_the_log() {
    let users = json(sample!("jellyfin_users"));
    let all = users.as_array().expect("a list");
    let mut mara = all.iter().find(|user| user["Name"] == "mara").expect("she is there").clone();
    mara["Policy"]["IsAdministrator"] = false.into();
    let window = (at("2026-11-25T00:00:00Z"), at("2026-11-27T21:00:00Z"));
    for (version, plays) in [("10.11.11", 2), ("12.0.0", 0)] {
        let script = Script::start(vec![
            ("GET /Users", answer(200, sample!("jellyfin_users"))),
            ("GET /Users/Me", answer(200, &mara.to_string())),
            ("GET /System/ActivityLog/Entries", answer(403, "")),
            (
                "GET /Items?UserId=9b1e4f60c2a74d3e8f5a6b7c8d9e0f12",
                answer(200, sample!("jellyfin_items_played")),
            ),
        ]);
        let server = server(Jellyfin, &script);
        let people = people(&server).expect("people");
        let names: Vec<&str> = people.iter().map(|one| one.user.name.as_str()).collect();
        assert_eq!(names, ["mara"]);
        let mut found = 0;
        let read = rows(&server, &facts_of(version, 0), &people, &[0], window, &mut |line| {
            found += u32::from(matches!(line, Line::Play(_)));
        });
        assert_eq!((read, found), (Ok(()), plays), "{version}: {:?}", script.seen());
    }
}

#[test]
fn embys_log_counts_its_users_and_names_them() {
    let window = (at("2026-11-25T00:00:00Z"), at("2026-11-27T21:00:00Z"));
    let read = |log: &str, items: &str, block: &[&str]| {
        let answers = vec![
            ("GET /Users/Query", sample!("emby_users_query")),
            ("GET /System/ActivityLog/Entries", log),
            (
                "GET /Items?UserId=5c0d9a7e1b2f4836a4e7c9d0b8f15263&Recursive=true&Filters=IsPlayed",
                items,
            ),
        ];
        let block = block.iter().map(|name| (*name).to_owned()).collect();
        let (read, lines, asked) =
            told(Emby, &facts_of("4.9.1.90", 0), window, answers, |it| it.block_players = block);
        assert_eq!(read, Ok(()));
        assert!(asked[2].contains("&Fields=ProviderIds,UserDataLastPlayedDate,UserDataPlayCount&"));
        lines
    };
    let (log, items) = (sample!("emby_activity_log"), sample!("emby_items_played"));
    let unwitnessed = "the activity log does not show that it was played to its end";
    let stop = "mara 31877 2026-11-26T20:13:40.000Z: LastPlayedDate and log stop 7002";
    assert_eq!(read(log, items, &[]), [stop, unwitnessed]);
    assert_eq!(read(log, items, &["shield"])[0], format!("{stop} on shield"));
    let of_another = log.replace("mara has", "jo has");
    assert_eq!(read(&of_another, items, &[]), [unwitnessed, unwitnessed]);
    let undated = read(log, sample!("emby_items_played_without_field"), &[]);
    assert_eq!(undated, ["the server does not say when"]);
}

#[test]
fn a_clock_that_is_three_hours_ahead_moves_every_time() {
    let three_hours = 3 * 3_600_000;
    let (since, now) = (at("2026-11-25T00:00:00Z"), at("2026-11-27T21:00:00Z"));
    let nothing = r#"{"Items":[],"TotalRecordCount":0,"StartIndex":0}"#;
    let answers = vec![
        ("GET /Users", sample!("jellyfin_users")),
        ("GET /System/ActivityLog/Entries?MinDate=2026-11-24T23%3A00%3A00.000Z", nothing),
        ("GET /Items?UserId=1f", nothing),
        ("GET /Items?UserId=9b", sample!("jellyfin_items_played")),
    ];
    let ahead = facts_of("10.11.11", three_hours);
    let (_, lines, _) = told(Jellyfin, &ahead, (since, now), answers, |_| {});
    let film = "mara c81d5be0f7a34e19b2a6d3049e5f7c18 2026-11-26T17:14:06.299Z: LastPlayedDate";
    assert_eq!(lines[0], film);
    let mut resumed = json(sample!("jellyfin_items_played"))["Items"][0].clone();
    resumed["UserData"]["LastPlayedDate"] = "2026-11-26T19:30:00Z".into();
    let log = json(sample!("jellyfin_activity_log"))["Items"].as_array().cloned().expect("lines");
    let mara = Person {
        key: "9b1e4f60c2a74d3e8f5a6b7c8d9e0f12".into(),
        user: User { id: "9b1e4f60c2a74d3e8f5a6b7c8d9e0f12".into(), ..User::default() },
    };
    let of_12 = facts_of("12.0.0", three_hours);
    let lines = said(Jellyfin, &of_12, &[mara], (&[resumed], &log), now);
    let [Line::Play(Row { by: Evidence::Rest { since, .. }, .. })] = lines.as_slice() else {
        panic!("one row, which is a rest")
    };
    assert_eq!(*since, at("2026-11-26T16:30:00Z"));
    let answers = vec![
        ("GET /accounts", sample!("plex_accounts")),
        (
            "GET /status/sessions/history/all?sort=viewedAt%3Aasc&viewedAt%3E=1765210800",
            sample!("plex_history_page1"),
        ),
        ("GET /status", sample!("plex_history_empty")),
    ];
    let window = (Time(1_765_200_000_000), Time(1_765_400_000_000));
    let (_, lines, _) = told(Plex, &facts_of("1.43.2", three_hours), window, answers, |_| {});
    assert_eq!(lines[0], "mara.finch 22170 2025-12-08T15:35:01.000Z: history row 4101");
}

#[test]
fn what_lies_in_the_future_is_no_play() {
    let now = at("2026-11-27T21:00:00Z");
    let (second, minute) = (1_000, 60_000);
    let to_come = "its time is yet to come".to_owned();
    for ahead_ms in [0, 3 * 3_600_000, -3 * 3_600_000] {
        let facts = facts_of("10.11.11", ahead_ms);
        let person = |key: &str| [Person { key: key.into(), user: User::default() }];
        let line = |kind, people: &[Person], item: Value| {
            let mut lines = said(kind, &facts, people, (&[item], &[]), now).into_iter();
            match (lines.next(), lines.next()) {
                (Some(Line::Play(row)), None) => row.at.to_string(),
                (Some(Line::Unproven(why)), None) => why.to_string(),
                _ => panic!("one line"),
            }
        };
        let of_plex = |viewed_at: u64| {
            let mut row =
                json(sample!("plex_history_page1"))["MediaContainer"]["Metadata"][0].take();
            row["viewedAt"] = viewed_at.into();
            line(Plex, &person("1"), row)
        };
        let there = now.moved(ahead_ms).0;
        for later in [5 * minute + second, 120 * minute, 10 * 24 * 60 * minute] {
            assert_eq!(of_plex((there + later) / 1000), to_come, "{later} ms later");
        }
        assert_eq!(of_plex(there), to_come, "in milliseconds");
        assert_eq!(of_plex(u64::MAX), to_come);
        for later in [0, minute, 5 * minute] {
            assert_eq!(of_plex((there + later) / 1000), now.to_string(), "{later} ms later");
        }
        assert_eq!(of_plex(there / 1000 - 60), "2026-11-27T20:59:00.000Z");
        for kind in [Jellyfin, Emby] {
            let of_others = |played_at: u64| {
                let mut item = json(sample!("jellyfin_items_played"))["Items"][0].take();
                item["UserData"]["LastPlayedDate"] = Time(played_at).to_string().into();
                item["RunTimeTicks"] = 600_000_000.into(); // a minute
                line(kind, &person("u1"), item)
            };
            for later in [5 * minute + second, 120 * minute, 10 * 24 * 60 * minute] {
                assert_eq!(of_others(there + later), to_come, "{kind}, {later} ms later");
            }
            assert_ne!(of_others(there), to_come, "{kind}");
        }
    }
}

#[test]
fn a_clock_that_is_years_off_is_not_believed() {
    let now = at("2026-11-27T21:00:00Z");
    let year = 365 * 24 * 3_600_000;
    for (theirs, ahead_ms) in [
        ("2027-11-27T21:00:00Z", year),
        ("2025-11-27T21:00:00Z", -year),
        ("2024-11-27T21:00:00Z", -2 * year),
        ("2024-11-26T21:00:00Z", 0),
        ("2028-11-28T21:00:00Z", 0),
        ("1970-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59Z", 0),
    ] {
        assert_eq!(ahead(at(theirs), now), ahead_ms, "{theirs}");
    }
}

#[test]
fn a_server_says_which_it_is_and_how_late_it_is_there() {
    let date = "Date: Fri, 27 Nov 2026 21:00:00 GMT";
    for (kind, path, json, id, version) in [
        (
            Plex,
            "GET /identity",
            sample!("plex_identity"),
            "5f0c9be27a4d41d8b3c6e1f29a7d0b84c15e6f3a",
            "1.43.2.10687-563d026ea",
        ),
        (
            Jellyfin,
            "GET /System/Info/Public",
            sample!("jellyfin_system_info_public"),
            "3f9d0c7ab1e84f52a6c4d8e7f0912b36",
            "10.11.11",
        ),
        (
            Emby,
            "GET /System/Info/Public",
            sample!("emby_system_info_public"),
            "d2b7c0e84f1a4c6d9e305b8a7f61c294",
            "4.9.1.90",
        ),
    ] {
        let script = Script::start(vec![(path, answer_with(200, date, json)); 3]);
        for (now, ahead_ms) in [
            ("2026-11-27T21:00:59Z", 0),
            ("2026-11-27T18:00:00Z", 3 * 3_600_000),
            ("2026-11-27T21:02:00Z", -120_000),
        ] {
            let found = facts(&server(kind, &script), || at(now)).expect("a server");
            assert_eq!(found, Facts { id: id.into(), version: version.into(), ahead_ms });
        }
    }
    let old = |version| facts_of(version, 0).has_rows_of_marks(Plex);
    assert_eq!(["1.39.9", "1.40.0.7998", "2.0", ""].map(old), [true, false, false, true]);
    assert!(!facts_of("10.8.13", 0).has_rows_of_marks(Jellyfin));
}

#[test]
fn what_rows_are_of_is_read_as_a_webhook_would_be() {
    let script = Script::start(vec![
        ("GET /library/metadata/22170,9", answer(200, sample!("plex_metadata_episode"))),
        (
            "GET /Items?Ids=c81d5be0f7a34e19b2a6d3049e5f7c18&UserId=u1&Fields=",
            answer(200, sample!("jellyfin_items_played")),
        ),
        ("GET /Items?Ids=31877&UserId=u1&Fields=", answer(200, sample!("emby_items_played"))),
    ]);
    let user = User { id: "u1".into(), name: "mara".into(), ..User::default() };
    let person = Person { key: "u1".into(), user: user.clone() };
    let row = |key: &str, by| Row {
        person: 0,
        key: key.into(),
        at: Time(5),
        runtime_ms: None,
        by,
        player: None,
        gone: None,
    };
    let read = |kind, keys: &[&str], by| {
        let rows: Vec<Row> = keys.iter().map(|key| row(key, by)).collect();
        let rows: Vec<&Row> = rows.iter().collect();
        let found = items(&server(kind, &script), &facts_of("10.11.11", 0), &person, &rows);
        found.expect("items")
    };
    let plex = read(Plex, &["22170", "9"], Evidence::Row(7));
    let [(0, event)] = plex.as_slice() else { panic!("{plex:?}") };
    assert_eq!(event.action, Action::Played { at: Time(5), by: Evidence::Row(7) });
    assert_eq!((event.server.as_str(), &event.user, event.position_ms), ("s1", &user, None));
    assert_eq!(event.item.label(), "Harbour Nine (2019) 2x07");
    assert_eq!((event.item.ids.tmdb, event.item.runtime_ms), (Some(9_200_207), Some(2_611_328)));
    let library = event.library.as_ref().map(|it| (it.id.as_str(), it.title.as_str()));
    assert_eq!(library, Some(("2", "TV Shows")));
    for (kind, key) in [(Jellyfin, "c81d5be0f7a34e19b2a6d3049e5f7c18"), (Emby, "31877")] {
        let found = read(kind, &[key], Evidence::Date);
        let [(0, event)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((event.source, event.server.as_str()), (kind, "s1"));
        assert_eq!((&event.item.kind, event.item.key.as_str()), (&Kind::Movie, key));
        assert_eq!(
            (event.item.ids.tmdb, event.item.runtime_ms),
            (Some(9_100_101), Some(6_842_176))
        );
        assert_eq!((event.item.year, &event.user), (Some(2021), &user));
    }
}

/// `value` with something else in one place after the other.
fn strange(value: &Value) -> Vec<Value> {
    let others = || {
        let huge = serde_json::json!(u64::MAX);
        let texts = ["", "x", "-1", "99999999999999999999", "1e300", "9999-99-99", "/", "é"];
        let texts = texts.map(|text| serde_json::json!(text));
        let rest =
            [Value::Null, serde_json::json!([]), serde_json::json!({}), serde_json::json!(-1)];
        [huge, serde_json::json!(1e300), serde_json::json!(true)]
            .into_iter()
            .chain(rest)
            .chain(texts)
    };
    let mut all: Vec<Value> = others().collect();
    if let Value::Object(members) = value {
        for (key, member) in members {
            let with = |other| {
                let mut members = members.clone();
                members.insert(key.clone(), other);
                Value::Object(members)
            };
            all.extend(strange(member).into_iter().map(with));
        }
    }
    all
}

#[test]
fn items_that_are_too_much_at_once_are_asked_for_in_parts() {
    let metadata = sample!("plex_metadata_episode");
    let heavy = metadata.replacen('{', &format!("{{\"x\":\"{}\",", "x".repeat(2 << 20)), 1);
    let user = User { id: "1".into(), ..User::default() };
    let person = Person { key: "1".into(), user };
    let row = |key: &str| Row {
        person: 0,
        key: key.to_owned(),
        at: Time(5),
        runtime_ms: None,
        by: Evidence::Row(7),
        player: None,
        gone: None,
    };
    let (ours, other) = (row("22170"), row("9"));
    let script = Script::start(vec![
        ("GET /library/metadata/22170,9", answer(200, &heavy)),
        ("GET /library/metadata/9", answer(404, "{}")),
        ("GET /library/metadata/22170", answer(200, metadata)),
    ]);
    let server = server(Plex, &script);
    let found = items(&server, &facts_of("1.43.0", 0), &person, &[&other, &ours]).expect("parts");
    let places: Vec<usize> = found.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, [1], "in its own place");
}

/// What Plex says of an item that it does not have.
const PLEXS_404: &str =
    "<html><head><title>Not Found</title></head><body><h1>404 Not Found</h1></body></html>";

#[test]
fn an_item_of_which_plex_says_in_html_that_it_is_gone_is_gone() {
    let person = Person { key: "1".into(), user: User::default() };
    let row = Row {
        person: 0,
        key: "777".into(),
        at: Time(5),
        runtime_ms: None,
        by: Evidence::Row(7),
        player: None,
        gone: None,
    };
    let identity = ("GET /identity", answer(200, sample!("plex_identity")));
    let (proxys, others) = (answer(404, "<html>no such host"), answer(200, "{}"));
    let gone = |body| ("GET /library/metadata/777", answer(404, body));
    for (name, answers, is_read) in [
        ("as Plex says it", vec![gone(PLEXS_404), identity.clone()], true),
        ("nothing is said", vec![gone("")], true),
        ("JSON", vec![gone("{}")], true),
        ("a proxy", vec![gone(PLEXS_404), ("GET /identity", proxys)], false),
        ("another server", vec![gone(PLEXS_404), ("GET /identity", others)], false),
    ] {
        let script = Script::start(answers.clone());
        let found = items(&server(Plex, &script), &facts_of("1.43.0", 0), &person, &[&row]);
        assert_eq!(found.is_ok_and(|found| found.is_empty()), is_read, "{name}");
        let script = Script::start(answers.clone());
        let found = playing::item(&server(Plex, &script), "777");
        assert_eq!(found.is_ok_and(|found| found.is_none()), is_read, "{name}, while it plays");
        let script = Script::start(answers);
        let probe = crate::probe::Probe {
            number: 0,
            source: Plex,
            server: String::new(),
            key: "777".into(),
            user: User::default(),
            about: crate::probe::About::Runtime,
        };
        let found = crate::media_server::ask(&server(Plex, &script), &probe);
        let nothing = found == Ok(crate::probe::ProbeAnswer::Nothing);
        assert_eq!(nothing, is_read, "{name}, when it is asked back");
    }
}

#[test]
fn whose_player_has_fallen_silent_is_not_taken_up_and_not_over_either() {
    let session = |id: &str, check_in: &str, is_paused: bool| {
        serde_json::json!({
            "Id": id, "UserId": "u", "UserName": "mara", "DeviceId": id,
            "LastPlaybackCheckIn": check_in,
            "PlayState": { "PositionTicks": 600_000_000_u64, "IsPaused": is_paused },
            "NowPlayingItem": { "Id": id, "Name": id, "Type": "Movie" },
        })
    };
    let sessions = serde_json::json!([
        session("lives", "2026-11-26T18:00:00Z", false),
        session("lags", "2026-11-26T17:59:00Z", false),
        session("dead", "2026-11-26T16:50:00Z", false),
        session("paused", "2026-11-26T16:50:00Z", true),
    ]);
    let dated = answer_with(200, "Date: Thu, 26 Nov 2026 18:00:05 GMT", &sessions.to_string());
    let script = Script::start(vec![an_api_key(), ("GET /Sessions", dated)]);
    let now = playing(&server(Jellyfin, &script), &facts_of("10.11", 0)).expect("what plays");
    assert_eq!(now.keys, ["lives", "lags", "dead", "paused"]);
    let told: Vec<_> = now.events.iter().map(|it| (it.item.key.as_str(), it.is_guess)).collect();
    assert_eq!(told, [("lives", false), ("lags", true), ("paused", false)]);
}

#[test]
fn a_token_that_is_taken_but_shows_no_sessions_is_not_the_owners() {
    for (sessions, sections, is_taken) in
        [(403, None, true), (401, Some(200), true), (401, Some(401), false)]
    {
        let sections = sections.map(|status| ("GET /library/sections", answer(status, "{}")));
        let asked = [("GET /status/sessions", answer(sessions, PLEXS_404))];
        let script = Script::start(asked.into_iter().chain(sections).collect());
        let trouble = playing::sessions(&server(Plex, &script), "s1").expect_err("a trouble");
        let expected = if is_taken { "set plex.token to the owner's" } else { "copy it again" };
        assert!(trouble.to_string().ends_with(expected), "{sessions}: {trouble}");
    }
}

#[test]
fn a_page_in_html_for_what_every_server_has_is_no_such_server() {
    for kind in [Plex, Jellyfin, Emby] {
        let script = Script::start(vec![("GET /", answer(404, PLEXS_404)); 4]);
        let server = server(kind, &script);
        assert!(facts(&server, || Time(0)).is_err(), "{kind}");
        assert!(people(&server).is_err(), "{kind}");
        assert!(crate::media_server::id(&server).is_err(), "{kind}");
        assert!(playing(&server, &facts_of("10.11", 0)).is_err(), "{kind}");
    }
}

#[test]
fn strange_answers_are_read_and_make_no_play_of_tomorrow() {
    let first = |text: &str, pointer: &str| json(text).pointer(pointer).expect(pointer).clone();
    let mut read = 0;
    for (kind, key) in [(Plex, "1"), (Jellyfin, "9b1e4f60c2a74d3e8f5a6b7c8d9e0f12")] {
        let people = [Person { key: key.into(), user: User::default() }];
        let (now, facts) = (at("2026-11-27T21:00:00Z"), facts_of("10.11.11", -3_600_000));
        let mut each = |item: &Value, entry: &Value| {
            let (items, log) = (std::slice::from_ref(item), std::slice::from_ref(entry));
            for line in said(kind, &facts, &people, (items, log), now) {
                if let Line::Play(row) = line {
                    assert!(row.at <= now, "{row:?}");
                    read += 1;
                }
            }
        };
        if kind == Plex {
            for pointer in ["/MediaContainer/Metadata/0", "/MediaContainer/Metadata/1"] {
                for row in strange(&first(sample!("plex_history_page1"), pointer)) {
                    each(&row, &Value::Null);
                }
            }
        } else {
            let item = first(sample!("jellyfin_items_played"), "/Items/0");
            let entry = first(sample!("jellyfin_activity_log"), "/Items/0");
            for item in strange(&item) {
                each(&item, &entry);
            }
            for entry in strange(&entry) {
                each(&item, &entry);
            }
        }
    }
    assert!(read > 300, "most say as much as before: {read}");
}
