//! May this key be changed to that, and what does the file say then?
//!
//! Every check of a start is made. A change that the text can't take without touching more than
//! the key is none; then there are still the lines for who writes them by hand.

use super::edit::{edit, written};
use super::kind::Raw;
use super::listing::{self, Block, Setting, dotted};
use super::nearest::nearest;
use super::{ConfigError, Loaded, Place, Settings, Surroundings, parse, read};
use crate::event::Source;
use serde_json::Value;
use std::path::Path;
use toml_edit::{Document, Item, Table};

/// A change that is allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The lines that make it by hand; where it matters a comment in them says where to.
    pub lines: String,
    /// The whole text with it and what that says; `None` where it can't be made in this text.
    pub text: Option<(String, Loaded)>,
}

/// Sets `key` (as `section.key`) in `text`, which is that of the file at `path`, to `value`; null
/// takes it out.
///
/// # Errors
/// Why it can't be, in one sentence.
pub fn change(
    text: &str,
    path: Option<&Path>,
    around: &Surroundings,
    key: &str,
    value: &Value,
) -> Result<Changed, String> {
    let before = before(text, path, around)?;
    let setting = find(key, &before.settings)?;
    change_to(text, path, around, (&before, &setting), value)
}

/// The same for the list of users at a kind of media server that an account has.
///
/// # Errors
/// As [`change`]; and where the config has no such account.
pub fn change_account(
    text: &str,
    path: Option<&Path>,
    around: &Surroundings,
    (account, kind): (&str, Source),
    users: &Value,
) -> Result<Changed, String> {
    let before = before(text, path, around)?;
    let is_it = |setting: &Setting| {
        let block = setting.block.as_ref().is_some_and(|block| block.name == account);
        setting.section == "account" && block && setting.name == kind.word()
    };
    let setting = listing::list(&before.settings).into_iter().find(is_it);
    let setting = setting.filter(|_| before.settings.accounts_configured);
    let nobody = || format!("the config has no [[account]] `{account}`");
    change_to(text, path, around, (&before, &setting.ok_or_else(nobody)?), users)
}

fn before(text: &str, path: Option<&Path>, around: &Surroundings) -> Result<Loaded, String> {
    read(text, path, around)
        .map_err(|error| format!("the config has a mistake, mend that first: {}", flat(&error)))
}

fn change_to(
    text: &str,
    path: Option<&Path>,
    around: &Surroundings,
    (before, setting): (&Loaded, &Setting),
    value: &Value,
) -> Result<Changed, String> {
    let key = setting.key();
    let Setting { section, block, name, .. } = setting;
    let place = before.origins.place(&setting.label, name);
    if place == Some(Place::Environment) {
        return Err(format!(
            "`{key}` is set by {} in the environment, which beats the file; change it there",
            listing::variable(section, name)
        ));
    }
    let raw = raw(value);
    let shown = path.unwrap_or(Path::new(super::LOCAL_FILE));
    let wanted = parse::parse_with(text, shown, around, (setting, raw.as_ref()))
        .map_err(|problems| {
            problems.into_iter().map(|problem| problem.sentence).collect::<Vec<_>>()
        })
        .map_err(|sentences| sentences.join("; "))?;
    let says_so = |text: String| {
        let loaded = read(&text, path, around).ok()?;
        (loaded.settings == wanted).then_some((text, loaded))
    };
    let lines = by_hand(text, setting, raw.as_ref(), place);
    let block = block.as_ref().map_or(0, |block| block.place);
    Ok(Changed { lines, text: edit(text, section, block, name, raw.as_ref()).and_then(says_so) })
}

/// The line for who writes it by hand. A second header, or the key a second time, would be a
/// mistake, so a comment says where the line belongs.
fn by_hand(text: &str, setting: &Setting, value: Option<&Raw>, at: Option<Place>) -> String {
    let Setting { section, block, name, .. } = setting;
    let line = |name: &str| match value {
        Some(value) => format!("{name} = {}", written(value)),
        None => format!("#{name} = …"),
    };
    let document = Document::parse(text).ok();
    let table = document.as_ref().and_then(|document| document.get(section));
    let is_dotted = table.and_then(Item::as_table).is_some_and(Table::is_dotted);
    let line = line(&if is_dotted { dotted(section, name) } else { (*name).to_owned() });
    let header = match block {
        Some(Block { name, .. }) => format!("[[{section}]] `{name}`"),
        None => format!("[{section}]"),
    };
    match (at, table) {
        (_, None) => format!("[{section}]\n{line}\n"),
        (_, Some(table)) if table.is_inline_table() || table.is_array() => {
            format!("# between the braces of `{}`:\n{line}\n", setting.label)
        }
        (Some(Place::Line(number)), _) => format!("# in place of line {number}:\n{line}\n"),
        (_, Some(_)) if is_dotted => format!("# beside the other keys of `{section}`:\n{line}\n"),
        (_, Some(_)) => format!("# under the existing {header}:\n{line}\n"),
    }
}

fn find(key: &str, settings: &Settings) -> Result<Setting, String> {
    let all = listing::list(settings);
    let is_of_several = |setting: &&Setting| {
        setting.block.is_some() && dotted(setting.section, setting.name) == key
    };
    match all.iter().find(|setting| setting.key() == key) {
        Some(setting) if setting.control.is_some() => Ok(setting.clone()),
        Some(setting) => {
            let restart = if setting.restart { " and restart" } else { "" };
            Err(format!("`{key}` can't be changed here; change it in the config file{restart}"))
        }
        None if let Some(one) = all.iter().find(is_of_several) => {
            let section = one.section;
            Err(format!("there are several [[{section}]]; say which, like `{}`", one.key()))
        }
        None => {
            let names: Vec<_> = all.iter().map(Setting::key).collect();
            let near = nearest(key, names.iter().map(String::as_str));
            let mend = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            Err(format!("there is no setting `{}`{mend}", super::one_line(key)))
        }
    }
}

fn flat(error: &ConfigError) -> String {
    error.to_string().replace('\n', "; ")
}

/// A JSON value as if it stood in the file; `None` for null. Blank entries of a list are none.
fn raw(value: &Value) -> Option<Raw> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(switch) => Raw::Switch(*switch),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Raw::Whole(whole),
            (None, number) => Raw::Number(number.unwrap_or(f64::NAN)),
        },
        Value::String(text) => Raw::Text(text.clone()),
        Value::Array(list) => {
            let mut entries: Vec<Raw> = Vec::new();
            for entry in list.iter().filter_map(raw) {
                let entry = match entry.text() {
                    Some("") => continue,
                    Some(text) => Raw::Text(text.to_owned()),
                    None => entry,
                };
                if !entries.contains(&entry) {
                    entries.push(entry);
                }
            }
            Raw::List(entries)
        }
        Value::Object(_) => Raw::Other("a table"),
    })
}

#[cfg(test)]
mod tests;
