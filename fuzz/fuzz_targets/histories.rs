//! Whatever a media server says of its history: rows of Plex, items of Jellyfin and Emby beside their
//! activity log. The input is an answer with items and, behind a zero byte, one of the log.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::event::{Source, Time, User};
use scrobbled::media_server::history::{Facts, Line, Person, said};
use serde_json::Value;

const NOW: Time = Time(1_795_806_000_000);
const TWO_DAYS_MS: u64 = 48 * 3_600_000;

fn people() -> Vec<Person> {
    let keys = ["1", "9b1e4f60c2a74d3e8f5a6b7c8d9e0f12", "3"];
    let person = |key: &str| {
        let (key, name) = (key.to_owned(), "mara".to_owned());
        Person { user: User { id: key.clone(), name, ..User::default() }, key }
    };
    keys.map(person).into()
}

fn list(answer: &[u8]) -> Vec<Value> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let mut lists = ["/MediaContainer/Metadata", "/Items"].into_iter();
    lists.find_map(|place| answer.pointer(place)?.as_array().cloned()).unwrap_or_default()
}

fuzz_target!(|bytes: &[u8]| {
    let mut answers = bytes.splitn(2, |byte| *byte == 0).map(list);
    let (items, log) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
    let people = people();
    for kind in Source::ALL {
        for version in ["", "1.43.0", "10.11.11", "12.0"] {
            let version = version.to_owned();
            let facts = Facts { id: "s1".into(), version, ahead_ms: -3_600_000 };
            let lines = said(kind, &facts, &people, (&items, &log), NOW);
            assert!(lines.len() <= items.len() * people.len());
            for line in lines {
                let Line::Play(row) = line else { continue };
                assert!(row.at <= NOW && row.person < people.len(), "{row:?}");
                assert!(row.runtime_ms.is_none_or(|ms| ms <= TWO_DAYS_MS), "{row:?}");
                let _ = (row.by.to_string(), row.gone.map(|item| (item.label(), item.names())));
            }
        }
    }
});
