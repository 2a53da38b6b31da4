//! Their JSON as their program reads it, and text of it as TOML.

use crate::plain;
use serde_json::{Map, Value as Json};
use toml_edit::{Array, Value as Toml};

/// A place in their config: its dotted name, and what stands there.
pub(super) type Place<'a> = (String, &'a Json);

/// What stands where nothing does.
pub(super) const NOTHING: &Json = &Json::Null;

/// What stands at a dotted name of keys that have no dots themselves.
pub(super) fn at<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    name.split('.').try_fold(json, |json, part| json.get(part))
}

/// What is below `place` under a key, which may be anything.
pub(super) fn below<'a>(place: &Place<'a>, key: &str) -> Option<Place<'a>> {
    let value = place.1.get(key)?;
    Some((format!("{}.{key}", place.0), value))
}

/// A key in layers of sections, of which each is laid over those before: a section is completed by
/// the later one, anything else is replaced by it.
pub(super) fn layered<'a>(layers: &[Place<'a>], key: &str) -> Option<Place<'a>> {
    layers.iter().rev().find_map(|layer| below(layer, key))
}

/// The sections under a key in such layers that are still seen.
pub(super) fn layered_sections<'a>(layers: &[Place<'a>], key: &str) -> Vec<Place<'a>> {
    let all: Vec<Place> = layers.iter().filter_map(|layer| below(layer, key)).collect();
    let mut seen: Vec<Place> =
        all.into_iter().rev().take_while(|(_, value)| value.is_object()).collect();
    seen.reverse();
    seen
}

/// A section's keys; nothing has none.
pub(super) fn keys(json: Option<&Json>) -> impl Iterator<Item = (&String, &Json)> {
    json.and_then(Json::as_object).into_iter().flat_map(Map::iter)
}

/// The dotted names of all that is no section itself, and what stands there.
pub(super) fn leaves<'a>(place: Place<'a>, into: &mut Vec<Place<'a>>) {
    let (name, json) = place;
    match json {
        Json::Object(section) => {
            for (key, json) in section {
                leaves((format!("{name}.{key}"), json), into);
            }
        }
        Json::Array(list) if list.iter().any(Json::is_object) => {
            for (index, json) in list.iter().enumerate() {
                leaves((format!("{name}.{index}"), json), into);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            into.push((name, json));
        }
    }
}

/// Whether Python takes it for true.
pub(super) fn is_true(json: &Json) -> bool {
    match json {
        Json::Null => false,
        Json::Bool(switch) => *switch,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => !list.is_empty(),
        Json::Object(section) => !section.is_empty(),
    }
}

/// CrossWatch writes all keys; what is off, zero or empty says nothing.
pub(super) fn is_set(json: &Json) -> bool {
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => is_true(json),
        Json::String(text) => !text.trim().is_empty(),
        Json::Array(list) => list.iter().any(is_set),
        Json::Object(section) => section.values().any(is_set),
    }
}

/// A text or number of theirs as text, without the space around it; empty for anything else.
pub(super) fn word(json: Option<&Json>) -> String {
    match json {
        Some(Json::String(text)) => text.trim().to_owned(),
        Some(Json::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The entries of a list, or of what stands for a list of one. `None` where it is neither, or
/// where an entry is no text and no number.
pub(super) fn entries(json: &Json) -> Option<Vec<String>> {
    match json {
        Json::Array(list) => list.iter().map(single).collect(),
        Json::String(_) | Json::Number(_) => single(json).map(|entry| vec![entry]),
        Json::Null | Json::Bool(_) | Json::Object(_) => None,
    }
}

fn single(json: &Json) -> Option<String> {
    matches!(json, Json::String(_) | Json::Number(_)).then(|| word(Some(json)))
}

/// All that can be read of a list, for a sentence.
pub(super) fn shown(json: &Json) -> String {
    match json {
        Json::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        Json::String(text) => one_line(text.trim()),
        Json::Null => String::new(),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => one_line(&json.to_string()),
    }
}

/// A switch, number or text as TOML.
pub(super) fn scalar(json: &Json) -> Option<Toml> {
    match json {
        Json::Bool(switch) => Some((*switch).into()),
        Json::Number(number) => {
            number.as_i64().map(Toml::from).or_else(|| number.as_f64().map(Toml::from))
        }
        Json::String(text) if text.trim().is_empty() => None,
        Json::String(text) => Some(self::text(text.trim())),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A text as TOML, in which all can be seen: it may be printed.
pub(super) fn text(text: &str) -> Toml {
    if !text.contains(plain::commands) {
        return text.into();
    }
    let shown = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if plain::commands(c) => format!("\\U{:08X}", u32::from(c)),
        c => c.to_string(),
    };
    let written = text.chars().map(shown).collect::<String>();
    format!("\"{written}\"").parse().unwrap_or_else(|_| text.into())
}

/// Texts as a list in TOML.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t String>) -> Toml {
    texts.into_iter().map(|it| text(it)).collect::<Array>().into()
}

/// For a comment: names come from a file, and may hold anything.
pub(super) fn one_line(name: &str) -> String {
    let escaped =
        |c: char| if plain::commands(c) { c.escape_unicode().to_string() } else { c.into() };
    name.chars().map(escaped).collect()
}
