//! What stands in the file? TOML to sections of written values, each with its line.
//!
//! A section may be written as a table, as an inline table or with dotted keys. `account` and the
//! media servers' may stand several times, also as a list of inline tables. Not here: what the keys of a section may be (`parse.rs`).

use super::kind::Raw;
use super::listing::Block;
use super::nearest::nearest;
use super::{Place, Problem, keys, listing};
use crate::event::Source;
use std::collections::BTreeMap;
use toml_edit::{Document, Item, TableLike, TomlError};

/// A value with the place where it was written.
pub(super) struct Given {
    pub(super) raw: Raw,
    pub(super) place: Place,
}

/// What was written in one section, by key.
pub(super) type Section = BTreeMap<String, Given>;

/// Everything that was written.
#[derive(Default)]
pub(super) struct Written {
    /// By name; what stands above the first section has none.
    pub(super) sections: BTreeMap<&'static str, Section>,
    /// Each `[[account]]` with its place, and each of several media servers of a kind, by name.
    pub(super) blocks: BTreeMap<&'static str, Vec<(Place, Section)>>,
}

impl Written {
    /// What was written in a section, or in one block of it; `None` where there is no such block.
    pub(super) fn section_mut(
        &mut self,
        section: &'static str,
        block: Option<&Block>,
    ) -> Option<&mut Section> {
        let Some(block) = block else { return Some(self.sections.entry(section).or_default()) };
        self.blocks.get_mut(section)?.get_mut(block.place).map(|(_, keys)| keys)
    }

    /// What was written for a key. An empty text means that nothing was.
    pub(super) fn given(&self, section: &str, key: &str) -> Option<&Given> {
        let given = self.sections.get(section)?.get(key)?;
        (given.raw.text() != Some("")).then_some(given)
    }
}

/// Reads `text`. What is no key and no section of ours becomes a problem.
pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Written {
    let mut written = Written::default();
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let what = twice(text, &error).unwrap_or_else(|| error.message().replace('\n', "; "));
            let sentence = format!("not valid TOML: {what}");
            problems.push(Problem::new(line_of(text, error.span()), sentence));
            return written;
        }
    };
    for (name, item) in document.iter() {
        let key_span = document.key(name).and_then(toml_edit::Key::span);
        let place = line_of(text, key_span.or(item.span()));
        let known = listing::SECTIONS.iter().find(|known| **known == name);
        match (known, tables(item)) {
            (None, tables) if tables.is_none() || is_top_key(name) => {
                let given = Given { raw: raw(item), place };
                written.sections.entry("").or_default().insert(name.to_owned(), given);
            }
            (None, _) => problems.push(unknown_section(name, place)),
            (Some(known), Some(Tables::Many(tables))) if may_stand_often(known) => {
                let read = |(span, table): (Span, &dyn TableLike)| {
                    (line_of(text, span.or(item.span())), read_section(text, table))
                };
                let mut blocks: Vec<_> = tables.into_iter().map(read).collect();
                match blocks.pop() {
                    // The only one of its kind is a section, however it is written.
                    Some((_, only)) if blocks.is_empty() && *known != "account" => {
                        written.sections.insert(known, only);
                    }
                    last => {
                        blocks.extend(last);
                        written.blocks.insert(known, blocks);
                    }
                }
            }
            (Some(&"account"), _) => problems
                .push(Problem::new(place, "`account` may stand several times; write [[account]]")),
            (Some(known), Some(Tables::One(table))) => {
                written.sections.insert(known, read_section(text, table));
            }
            (Some(known), _) => problems
                .push(Problem::new(place, format!("`{known}` is a section; write [{known}]"))),
        }
    }
    written
}

/// Which key or section stands twice, and where it did before, if that is what is wrong. The
/// parser tells only where it stands the second time.
fn twice(text: &str, error: &TomlError) -> Option<String> {
    let span = error.span().filter(|_| error.message() == "duplicate key")?;
    let name = text.get(span.clone())?;
    let begin = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let (before, second) = (text.get(..begin)?, text.get(begin..)?.lines().next()?.trim());
    let is_header = |line: &str| line.trim_start().starts_with('[');
    let above = before.lines().enumerate();
    let (written, first) = if is_header(second) {
        let header = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
        let mut same = above.filter(|(_, line)| header(line) == header(second));
        (header(second), same.next())
    } else {
        let is_it = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == name);
        let lines: Vec<_> = above.collect();
        let section = lines.into_iter().rev().take_while(|(_, line)| !is_header(line));
        (name.to_owned(), section.filter(|(_, line)| is_it(line)).last())
    };
    let first = first.map_or(String::new(), |(line, _)| format!(", first in line {}", line + 1));
    Some(format!("`{written}` stands twice{first}; make one of them"))
}

type Span = Option<std::ops::Range<usize>>;

/// A section, or several of one name.
enum Tables<'a> {
    One(&'a dyn TableLike),
    Many(Vec<(Span, &'a dyn TableLike)>),
}

fn tables(item: &Item) -> Option<Tables<'_>> {
    if let Some(table) = item.as_table_like() {
        return Some(Tables::One(table));
    }
    if let Some(array) = item.as_array_of_tables() {
        let tables = array.iter().map(|table| (table.span(), table as &dyn TableLike));
        return Some(Tables::Many(tables.collect()));
    }
    let inline = item.as_array()?.iter().map(|value| {
        let table = value.as_inline_table()?;
        Some((value.span(), table as &dyn TableLike))
    });
    inline.collect::<Option<Vec<_>>>().filter(|tables| !tables.is_empty()).map(Tables::Many)
}

fn read_section(text: &str, table: &dyn TableLike) -> Section {
    let entries = table.iter().map(|(name, item)| {
        let span = table.key(name).and_then(toml_edit::Key::span).or(item.span());
        (name.to_owned(), Given { raw: raw(item), place: line_of(text, span) })
    });
    entries.collect()
}

fn raw(item: &Item) -> Raw {
    item.as_value().map_or(Raw::Other("a section"), Raw::of)
}

fn line_of(text: &str, span: Span) -> Place {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
    Place::Line(before.matches('\n').count() + 1)
}

fn may_stand_often(section: &str) -> bool {
    section == "account" || Source::ALL.iter().any(|kind| kind.word() == section)
}

fn is_top_key(name: &str) -> bool {
    keys::TOP.iter().any(|key| key.name == name)
}

fn unknown_section(name: &str, place: Place) -> Problem {
    let mend = match nearest(name, listing::SECTIONS) {
        Some(near) => format!("did you mean [{near}]?"),
        None => format!("there are {}", listing::bracketed(listing::SECTIONS).join(", ")),
    };
    Problem::new(place, format!("there is no section [{name}]; {mend}"))
}
