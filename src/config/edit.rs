//! How is one key of a config file changed, and nothing else of it?
//!
//! The text is not printed anew: what stands there stays, to the letter, but for the value. A key
//! that stands commented out, as `init` writes it, gets its place; one that is taken out is commented
//! out. A list loses and gains single entries, each with the comment behind it.
//!
//! Not here: whether the value is allowed, and whether the text says afterwards what it should
//! (`change.rs`): a form that is not foreseen here may come to nothing, but never to harm.

use super::kind::Raw;
use std::ops::Range;
use toml_edit::{Array, Document, DocumentMut, Item, Key, TableLike, Value};

/// `text` with `section.key` set to `value`, or without it; `None` where it is written in a form
/// that can't be changed. Of a section that stands several times it is the one at `place`.
pub(super) fn edit(
    text: &str,
    section: &str,
    place: usize,
    key: &str,
    value: Option<&Raw>,
) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let table = document.get(section).and_then(|item| table_of(item, place));
    let item = table.and_then(|table| table.get(key));
    match (item.and_then(Item::span), value) {
        (Some(span), Some(value)) => {
            let old = text.parse::<DocumentMut>().ok()?;
            let old = table_of(old.get(section)?, place)?.get(key)?.as_array();
            let new = match (old, value) {
                (Some(old), Raw::List(wanted)) => amended(old, wanted),
                (Some(_) | None, value) => written(value),
            };
            Some(replaced(text, span, &new))
        }
        (Some(span), None) => {
            let key = table?.key(key).and_then(Key::span)?;
            commented_out(text, key.start..span.end)
        }
        (None, Some(value)) => {
            let line = format!("{key} = {}", written(value));
            match lines_of(text, section, place) {
                Some(lines) => Some(put_into(text, lines, key, &line)),
                None if table.is_some() => None,
                None => Some(with_section(text, section, &line)),
            }
        }
        (None, None) => Some(text.to_owned()),
    }
}

/// The table of a section that stands once, else the one at `place`.
fn table_of(item: &Item, place: usize) -> Option<&dyn TableLike> {
    if let Some(tables) = item.as_array_of_tables() {
        return tables.get(place).map(|table| table as &dyn TableLike);
    }
    if let Some(tables) = item.as_array() {
        return Some(tables.get(place)?.as_inline_table()?);
    }
    item.as_table_like()
}

/// A value as TOML.
pub(super) fn written(value: &Raw) -> String {
    match value {
        Raw::Text(text) | Raw::Bare(text) | Raw::Unquoted(text) => {
            Value::from(text.as_str()).to_string()
        }
        Raw::Whole(number) => number.to_string(),
        Raw::Number(number) => Value::from(*number).to_string(),
        Raw::Switch(switch) => switch.to_string(),
        Raw::List(entries) => {
            let entries: Vec<_> = entries.iter().map(written).collect();
            format!("[{}]", entries.join(", "))
        }
        Raw::Other(what) => Value::from(*what).to_string(),
    }
}

/// An entry of a list with what stands around it: the line break and indentation before it, and a
/// comment behind it.
struct Entry {
    lead: String,
    value: String,
    tail: String,
}

/// A list with the entries `wanted`: those of `old` keep their places and comments.
fn amended(old: &Array, wanted: &[Raw]) -> String {
    let texts = |raw: &Raw| raw.list(true).unwrap_or_default();
    let (opening, mut entries, closing) = taken_apart(old);
    let known: Vec<_> = old.iter().map(|value| texts(&Raw::of(value))).collect();
    let indented =
        entries.last().map(|entry| entry.lead.rsplit_once('\n').map(|(_, by)| by.to_owned()));
    let mut stays = known.iter().map(|text| wanted.iter().any(|raw| texts(raw) == *text));
    entries.retain(|_| stays.next() == Some(true));
    for raw in wanted.iter().filter(|raw| !known.contains(&texts(raw))) {
        let lead = match &indented {
            Some(Some(by)) => format!("\n{by}"),
            Some(None) | None => " ".to_owned(),
        };
        entries.push(Entry { lead, value: written(raw), tail: String::new() });
    }
    put_together(&opening, &entries, &closing)
}

/// What stands behind the bracket, the entries, and what stands before the last bracket.
fn taken_apart(array: &Array) -> (String, Vec<Entry>, String) {
    let raw = |raw: Option<&toml_edit::RawString>| {
        raw.and_then(toml_edit::RawString::as_str).unwrap_or_default().to_owned()
    };
    let mut opening = String::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut before = String::new(); // what stands behind the value before, up to its comma
    let mut hand_over = |gap: String, entries: &mut Vec<Entry>| {
        let (tail, lead) = match gap.split_once('\n') {
            Some((tail, lead)) => (tail.to_owned(), format!("\n{lead}")),
            None => (String::new(), gap),
        };
        match entries.last_mut() {
            Some(entry) => entry.tail = tail,
            None => opening = tail,
        }
        lead
    };
    for value in array {
        let gap = before + &raw(value.decor().prefix());
        let lead = hand_over(gap, &mut entries);
        before = raw(value.decor().suffix());
        let mut bare = value.clone();
        bare.decor_mut().clear();
        entries.push(Entry { lead, value: bare.to_string(), tail: String::new() });
    }
    let closing = hand_over(before + &raw(Some(array.trailing())), &mut entries);
    (opening, entries, closing)
}

fn put_together(opening: &str, entries: &[Entry], closing: &str) -> String {
    let mut text = format!("[{opening}");
    let mut in_comment = opening.contains('#');
    for (index, Entry { lead, value, tail }) in entries.iter().enumerate() {
        let is_last = index + 1 == entries.len();
        if in_comment && !lead.contains('\n') {
            text.push('\n');
        }
        text.push_str(if index == 0 && !lead.contains('\n') { "" } else { lead });
        text.push_str(value);
        if !is_last || closing.contains('\n') {
            text.push(',');
        }
        text.push_str(tail);
        in_comment = tail.contains('#');
    }
    if in_comment && !closing.contains('\n') {
        text.push('\n');
    }
    text + closing + "]"
}

fn replaced(text: &str, span: Range<usize>, new: &str) -> String {
    let mut text = text.to_owned();
    text.replace_range(span, new);
    text
}

/// A `#` before each line of `span`, if nothing else stands on its first line.
fn commented_out(text: &str, span: Range<usize>) -> Option<String> {
    let (before, within) = (text.get(..span.start)?, text.get(span.clone())?);
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let is_alone = before.get(line..)?.trim().is_empty();
    is_alone.then(|| replaced(text, span, &format!("#{}", within.replace('\n', "\n#"))))
}

/// Where the lines below the header `[section]` stand, if it has one; of several `[[section]]`
/// those of the one at `place`.
fn lines_of(text: &str, section: &str, place: usize) -> Option<Range<usize>> {
    let mut begin = None;
    let mut before = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let header = line.trim_start().strip_prefix('[').and_then(|rest| rest.split(']').next());
        if let (Some(begin), Some(_)) = (begin, header) {
            return Some(begin..at);
        }
        at += line.len();
        if header.is_some_and(|name| name.trim_start_matches('[').trim() == section) {
            begin = (before == place).then_some(at);
            before += 1;
        }
    }
    begin.map(|begin| begin..at)
}

/// Puts `line` in the place of the one that has `key` commented out, else behind the last key.
fn put_into(text: &str, lines: Range<usize>, key: &str, line: &str) -> String {
    let is_this_key = |text: &str| {
        let rest = text.trim_start().strip_prefix('#').and_then(|rest| rest.strip_prefix(key));
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let mut at = lines.start;
    let mut behind = lines.start;
    for old in text.get(lines).unwrap_or_default().split_inclusive('\n') {
        let bare = old.trim_end();
        if is_this_key(bare) {
            // `init` writes behind two blanks what the key takes.
            let takes = bare.rfind("  # ").and_then(|from| bare.get(from..)).unwrap_or_default();
            let indent = bare.len() - bare.trim_start().len();
            return replaced(text, at + indent..at + bare.len(), &format!("{line}{takes}"));
        }
        at += old.len();
        if !bare.is_empty() && !bare.trim_start().starts_with('#') {
            behind = at;
        }
    }
    let (before, after) = text.split_at(behind);
    format!("{}{line}{}{after}", whole_lines(before), line_break(text))
}

/// `text` and a new section with one line.
fn with_section(text: &str, section: &str, line: &str) -> String {
    let end = line_break(text);
    let gap = if text.is_empty() { "" } else { end };
    format!("{}{gap}[{section}]{end}{line}{end}", whole_lines(text))
}

/// `text` with a line break at its end, unless it is empty.
fn whole_lines(text: &str) -> String {
    let is_whole = text.is_empty() || text.ends_with('\n');
    format!("{text}{}", if is_whole { "" } else { line_break(text) })
}

/// How lines end here.
fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests;
