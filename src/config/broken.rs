//! What was meant by a text that is no TOML?
//!
//! A value that only lacks its quotes is given them, so that all else is read too, and its key then
//! says what it takes. (The value itself says what it is by [`Raw::Unquoted`].) Anything else is
//! told by the parser, but for what people write who have not met TOML before.

use super::kind::Raw;
use super::listing;
use super::{Place, Problem};
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml_edit::{Document, DocumentMut, TomlError, Value};

/// A text that is TOML now.
pub(super) struct Mended<'a> {
    pub(super) document: Document<String>,
    /// The text that was parsed, line by line the one that was given.
    pub(super) text: Cow<'a, str>,
    /// What stands as a value in these lines, counted from 1.
    unquoted: BTreeMap<usize, String>,
}

impl Mended<'_> {
    /// What was written in place of `raw`.
    pub(super) fn written(&self, raw: Raw, place: Place) -> Raw {
        match (&raw, place) {
            (Raw::Text(_), Place::Line(line)) => {
                self.unquoted.get(&line).map_or(raw, |text| Raw::Unquoted(text.clone()))
            }
            _ => raw,
        }
    }
}

/// Parses `text`, with quotes around the values that lack them.
///
/// # Errors
/// What else is wrong, or what it is in place of TOML.
pub(super) fn parse(text: &str) -> Result<Mended<'_>, Problem> {
    let mut text = Cow::Borrowed(text);
    let mut unquoted = BTreeMap::new();
    loop {
        let error = match Document::parse(text.to_string()) {
            Ok(document) => return Ok(Mended { document, text, unquoted }),
            Err(error) => error,
        };
        let line = line_of(&text, &error);
        let quoted = quoted(&text, line).filter(|_| !unquoted.contains_key(&line));
        let Some((quoted, value)) = quoted else {
            return Err(problem(&text, &error, line));
        };
        unquoted.insert(line, value);
        text = quoted.into();
    }
}

/// The text with quotes around the value of a line, and that value; `None` where that is not all
/// that is wrong with the line.
fn quoted(text: &str, line: usize) -> Option<(String, String)> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let whole = line.checked_sub(1).and_then(|at| lines.get_mut(at))?;
    let (key, value) = whole.split_once('=')?;
    let value = value.split(" #").next()?.trim();
    let is_whole_list = value.starts_with('[') && value.ends_with(']');
    let is_typographic = straightened(value) != value;
    let is_begun = value.starts_with(['"', '\'', '[', '{']);
    if is_begun && !is_whole_list && !is_typographic {
        return None;
    }
    let mended = format!("{key}= {}", Value::from(value));
    let value = value.to_owned();
    mended.parse::<DocumentMut>().ok()?;
    *whole = &mended;
    Some((lines.join("\n"), value))
}

/// Quotes as word processors, phones and web pages have them.
const TYPOGRAPHIC: [char; 9] = ['“', '”', '„', '‟', '‘', '’', '‚', '«', '»'];

/// Whether it is a quote of any kind.
pub(super) fn is_quote(c: char) -> bool {
    c == '"' || c == '\'' || TYPOGRAPHIC.contains(&c)
}

/// `text` with straight quotes in the place of typographic ones.
pub(super) fn straightened(text: &str) -> String {
    text.replace(TYPOGRAPHIC, "\"")
}

/// What `data_dir` is set to in a text that is no TOML, and in which line.
pub(super) fn data_dir(text: &str) -> Option<(usize, String)> {
    let top = text.lines().take_while(|line| !line.trim_start().starts_with('['));
    (1..).zip(top).find_map(|(number, line)| {
        let line = line.parse::<DocumentMut>().ok()?;
        Some((number, line.get("data_dir")?.as_str()?.to_owned()))
    })
}

fn problem(text: &str, error: &TomlError, line: usize) -> Problem {
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let sentence = if text.trim_start().starts_with('{') {
        "this is JSON, but the config is TOML; `scrobbled init` writes one to start from, and \
         `scrobbled import crosswatch` converts one of CrossWatch"
            .to_owned()
    } else if let Some(key) = key_of_yaml(written) {
        let mend = match key {
            section if listing::is_of_many(section) => format!("write [[{section}]]"),
            section if listing::SECTIONS.contains(&section) => format!("write [{section}]"),
            "" => "`scrobbled init` writes one to start from".to_owned(),
            key => format!("write `{key} = …`, and text in quotes"),
        };
        format!("`{}` is YAML, but the config is TOML; {mend}", written_of_yaml(written))
    } else {
        let what = twice(text, error).unwrap_or_else(|| error.message().replace('\n', "; "));
        format!("not valid TOML: {what}")
    };
    Problem::new(Place::Line(line), sentence)
}

/// The key of a line of YAML: `users: mara`, `- name: mara`; empty for `---`.
fn key_of_yaml(line: &str) -> Option<&str> {
    let line = line.trim();
    if line == "---" {
        return Some("");
    }
    let (key, rest) = line.strip_prefix("- ").unwrap_or(line).split_once(':')?;
    let is_key =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    (is_key && (rest.is_empty() || rest.starts_with(' '))).then_some(key)
}

/// A line of YAML up to its value, which may be a secret.
fn written_of_yaml(line: &str) -> &str {
    let line = line.trim();
    line.split_inclusive(':').next().unwrap_or(line)
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

fn line_of(text: &str, error: &TomlError) -> usize {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    before.matches('\n').count() + 1
}
