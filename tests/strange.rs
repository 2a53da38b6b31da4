//! What strange bytes and strange values do to the reading of webhooks: no harm.
//!
//! The recorded payloads are cut, doubled and filled with nonsense, one member at a time.

#![cfg(test)]

use proptest::prelude::*;
use proptest::sample::Index;
use scrobbled::event::Source;
use scrobbled::server::body;
use scrobbled::webhook::{self, Said};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Every recorded body, with its file's name and the address at which it was posted.
fn bodies() -> Vec<(String, Source, Vec<u8>)> {
    let mut bodies = Vec::new();
    for source in Source::ALL {
        for entry in fs::read_dir(Path::new("tests/payloads").join(source.word())).unwrap() {
            let path = entry.unwrap().path();
            let name = path.display().to_string();
            if !name.ends_with(".headers.txt") {
                bodies.push((name, source, fs::read(path).unwrap()));
            }
        }
    }
    bodies.sort();
    bodies
}

/// Those that are JSON by themselves.
fn documents() -> Vec<(String, Source, Value)> {
    let parsed = bodies()
        .into_iter()
        .map(|(name, source, body)| (name, source, serde_json::from_slice(&body)));
    parsed.filter_map(|(name, source, json)| Some((name, source, json.ok()?))).collect()
}

/// Behind this there is only a picture, at which nobody looks.
const LONGEST_BODY: usize = 6_000;

#[test]
fn a_body_cut_off_at_any_byte_does_no_harm() {
    for (_, source, body) in bodies() {
        for length in 0..body.len().min(LONGEST_BODY) {
            let _ = body::said(source, &body[..length]);
        }
    }
}

#[test]
fn a_payload_at_another_address_is_told_where_to_go() {
    // Templates with the members of a shape that two servers have, and nothing that names theirs.
    let is_told_apart = |(file, ..): &(String, Source, Value)| !file.contains("/template_nested_");
    for (file, source, document) in documents().into_iter().filter(is_told_apart) {
        for other in Source::ALL.into_iter().filter(|other| *other != source) {
            let seen = webhook::parse(other, document.to_string().as_bytes());
            let told = seen.expect_err(&file).to_string();
            let address = format!("its address is /webhook/{}trakt", source.word());
            assert!(told.ends_with(&address), "{file} at {other}: {told}");
        }
    }
}

/// The members without which a document is no webhook.
const NEEDED: [&str; 3] = ["/event", "/NotificationType", "/Event"];

/// The members that another one stands in for where they are missing, but not where they are strange.
const WITH_STAND_IN: [&str; 4] = ["/rating", "/Server/Id", "/Item/SeriesName", "/Item/SeriesId"];

/// The address (JSON pointer) of each member at any depth.
fn members(value: &Value, at: &str, out: &mut Vec<String>) {
    let mut inner: Vec<(String, &Value)> = Vec::new();
    match value {
        Value::Object(object) => {
            inner.extend(object.iter().map(|(key, value)| (format!("{at}/{key}"), value)));
        }
        Value::Array(list) => {
            inner.extend(list.iter().enumerate().map(|(i, value)| (format!("{at}/{i}"), value)));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    for (path, value) in inner {
        members(value, &path, out);
        out.push(path);
    }
}

fn paths(document: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    members(document, "", &mut paths);
    paths
}

fn replaced(document: &Value, path: &str, by: &Value) -> String {
    let mut document = document.clone();
    *document.pointer_mut(path).unwrap() = by.clone();
    document.to_string()
}

fn removed(document: &Value, path: &str) -> String {
    let mut document = document.clone();
    let (parent, key) = path.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(object) => drop(object.remove(key)),
        Value::Array(list) => drop(list.remove(key.parse().unwrap())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            panic!("{path} lies in no object or list")
        }
    }
    document.to_string()
}

/// The document with the member there twice, the second time as `by`.
fn doubled(document: &Value, path: &str, by: &Value) -> Option<String> {
    let mut document = document.clone();
    let (parent, key) = path.rsplit_once('/').unwrap();
    let twin = format!("{key}~twin"); // sorts right behind its sibling
    document.pointer_mut(parent).unwrap().as_object_mut()?.insert(twin.clone(), by.clone());
    Some(document.to_string().replace(&format!("\"{twin}\""), &format!("\"{key}\"")))
}

#[test]
fn a_strange_value_spoils_neither_the_document_nor_what_does_not_need_it() {
    let strange: Vec<Value> = vec![
        Value::Null,
        "".into(),
        (-1).into(),
        1e300.into(),
        Value::Array(vec![]),
        Value::Object(serde_json::Map::default()),
        "x".repeat(10_000).into(),
    ];
    let mut wrong = Vec::new();
    for (file, source, document) in documents() {
        let read = |json: &str| webhook::parse(source, json.as_bytes());
        let original = read(&document.to_string());
        for path in paths(&document) {
            let is_needed = NEEDED.contains(&path.as_str());
            let without = read(&removed(&document, &path));
            let is_used = without != original || WITH_STAND_IN.contains(&path.as_str());
            let mut check = |what: &str, seen: Result<Said, _>| {
                if (seen.is_err() && !is_needed) || (!is_used && seen != original) {
                    wrong.push(format!("{file}: {path} {what}"));
                }
            };
            check("removed", without);
            for value in &strange {
                let what = value.to_string();
                let what = what.get(..20).unwrap_or(&what);
                check(what, read(&replaced(&document, &path, value)));
                if let Some(json) = doubled(&document, &path, value) {
                    check(&format!("and again {what}"), read(&json));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        r"[0-9.:/&#;\\x-]{0,20}".prop_map(Value::from),
        "(imdb|tmdb|com.plexapp.agents.thetvdb)://(tt)?[0-9]{0,12}(/[0-9]{0,12}){0,3}"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4)
                .prop_map(|object| Value::Object(object.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever stands in a member, the document is read: it says something.
    #[test]
    fn any_value_in_any_member_is_read(
        which in any::<Index>(),
        at in any::<Index>(),
        value in any_json(),
    ) {
        let documents = documents();
        let (_, source, document) = which.get(&documents);
        let paths = paths(document);
        let path = at.get(&paths);
        prop_assume!(!NEEDED.contains(&path.as_str()));
        let seen = webhook::parse(*source, replaced(document, path, &value).as_bytes());
        prop_assert!(seen.is_ok(), "{path} = {value}: {seen:?}");
    }

    /// Bytes of any kind, also in the midst of a payload, are at worst unreadable.
    #[test]
    fn bytes_never_panic(
        which in any::<Index>(),
        at in any::<Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let bodies = bodies();
        let (_, source, body) = which.get(&bodies);
        let mut body = body.clone();
        let start = at.index(body.len());
        let end = (start + noise.len()).min(body.len());
        body.splice(start..end, noise.iter().copied());
        let _ = body::said(*source, &body);
        let _ = body::said(*source, &noise);
        let _ = webhook::parse(*source, &noise);
    }
}
