//! What stands in the file? TOML to sections of written values, each with its line.
//!
//! A section may be written as a table, as an inline table or with dotted keys. `account`, `receiver` and the
//! media servers' may stand several times, also as a list of inline tables. Not here: what the keys of
//! a section may be (`parse.rs`), what is no TOML (`broken.rs`).

use super::kind::Raw;
use super::listing::Block;
use super::nearest::nearest;
use super::{Place, Problem, broken, keys, listing};
use crate::event::Source;
use std::collections::BTreeMap;
use toml_edit::{Item, TableLike};

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
    /// Each `[[account]]` and `[[receiver]]` with its place, and each of several media servers of a kind, by name.
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

    /// The same, to look at.
    pub(super) fn section(&self, section: &str, block: Option<&Block>) -> Option<&Section> {
        let Some(block) = block else { return self.sections.get(section) };
        self.blocks.get(section)?.get(block.place).map(|(_, keys)| keys)
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
    let file = match broken::parse(text) {
        Ok(file) => file,
        Err(problem) => {
            problems.push(problem);
            // Where the data are is worth knowing all the same: a daemon may run there.
            if let Some((line, folder)) = broken::data_dir(text) {
                let given = Given { raw: Raw::Text(folder), place: Place::Line(line) };
                written.sections.entry("").or_default().insert("data_dir".to_owned(), given);
            }
            return written;
        }
    };
    let text = &*file.text;
    let raw = |item: &Item, place| file.written(raw(item), place);
    for (name, item) in file.document.iter() {
        let key_span = file.document.key(name).and_then(toml_edit::Key::span);
        let place = line_of(text, key_span.or(item.span()));
        let known = listing::SECTIONS.iter().find(|known| **known == name);
        match (known, tables(item)) {
            (None, tables) if tables.is_none() || is_top_key(name) => {
                let given = Given { raw: raw(item, place), place };
                written.sections.entry("").or_default().insert(name.to_owned(), given);
            }
            (None, tables) => {
                let is_block = matches!(tables, Some(Tables::Many(_)));
                problems.push(unknown_section(name, is_block, place));
            }
            (Some(known), Some(Tables::Many(tables))) if may_stand_often(known) => {
                let read = |(span, table): (Span, &dyn TableLike)| {
                    (line_of(text, span.or(item.span())), read_section(text, table, &raw))
                };
                let mut blocks: Vec<_> = tables.into_iter().map(read).collect();
                match blocks.pop() {
                    // The only one of its kind is a section, however it is written.
                    Some((_, only)) if blocks.is_empty() && !listing::is_of_many(known) => {
                        written.sections.insert(known, only);
                    }
                    last => {
                        blocks.extend(last);
                        written.blocks.insert(known, blocks);
                    }
                }
            }
            (Some(known), _) if listing::is_of_many(known) => {
                let sentence = format!("`{known}` may stand several times; write [[{known}]]");
                problems.push(Problem::new(place, sentence));
            }
            (Some(known), Some(Tables::One(table))) => {
                written.sections.insert(known, read_section(text, table, &raw));
            }
            (Some(known), _) => problems
                .push(Problem::new(place, format!("`{known}` is a section; write [{known}]"))),
        }
    }
    written
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

fn read_section(text: &str, table: &dyn TableLike, raw: &dyn Fn(&Item, Place) -> Raw) -> Section {
    let entries = table.iter().map(|(name, item)| {
        let span = table.key(name).and_then(toml_edit::Key::span).or(item.span());
        let place = line_of(text, span);
        (name.to_owned(), Given { raw: raw(item, place), place })
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
    listing::is_of_many(section) || Source::ALL.iter().any(|kind| kind.word() == section)
}

fn is_top_key(name: &str) -> bool {
    keys::TOP.iter().any(|key| key.name == name)
}

fn unknown_section(name: &str, is_block: bool, place: Place) -> Problem {
    let mend = match nearest(name, listing::SECTIONS) {
        Some(near) => format!("did you mean {}?", listing::bracketed([near]).join("")),
        None => format!("there are {}", listing::bracketed(listing::SECTIONS).join(", ")),
    };
    let written = if is_block { format!("[[{name}]]") } else { format!("[{name}]") };
    Problem::new(place, format!("there is no section {written}; {mend}"))
}
