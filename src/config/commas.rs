//! Where does one entry of a list look like several?

use super::edit::written as toml;
use super::file::Written;
use super::findings::{Finding, finding};
use super::kind::Raw;
use super::listing::{self, Setting};
use super::settings::Settings;

/// A finding for each list that is one text with a comma in it.
pub(super) fn commas(written: &Written, settings: &Settings) -> Vec<Finding> {
    let all = listing::list(settings).into_iter().filter(|setting| setting.list);
    all.filter_map(|setting| {
        let given = written.section(setting.section, setting.block.as_ref())?.get(setting.name)?;
        let sentence = sentence(&setting, &given.raw)?;
        Some(finding(setting.key(), sentence))
    })
    .collect()
}

fn sentence(setting: &Setting, raw: &Raw) -> Option<String> {
    let name = setting.name;
    let key = match &setting.block {
        Some(block) if listing::is_of_many(setting.section) => {
            format!("{} `{}`: `{name}`", setting.section, block.name)
        }
        Some(_) | None => format!("`{}`", setting.key()),
    };
    let what = if name.ends_with("servers") { "id" } else { "name" };
    match raw {
        Raw::Text(text) => {
            let several = toml(&Raw::List(apart(text)?));
            let one = toml(&Raw::List(vec![raw.clone()]));
            Some(format!(
                "{key} is one {what}, {}; for several write {name} = {several}, or {name} = {one} if \
                 it is one",
                toml(raw)
            ))
        }
        // Libraries and players may be called so, and whoever writes brackets knows lists.
        Raw::List(entries) if !name.ends_with("libraries") && name != "block_players" => {
            let (entry, parts) = entries.iter().find_map(|entry| {
                let Raw::Text(text) = entry else { return None };
                Some((entry, apart(text)?))
            })?;
            let parts: Vec<_> = parts.iter().map(toml).collect();
            let (entry, parts) = (toml(entry), parts.join(", "));
            Some(format!("{key} has {entry} as one {what}; for several write {parts}"))
        }
        Raw::List(_)
        | Raw::Bare(_)
        | Raw::Unquoted(_)
        | Raw::Whole(_)
        | Raw::Number(_)
        | Raw::Switch(_)
        | Raw::Other(_) => None,
    }
}

/// What stands between the commas, where there is one.
fn apart(text: &str) -> Option<Vec<Raw>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let parts: Vec<_> = parts.map(|part| Raw::Text(part.to_owned())).collect();
    text.contains(',').then_some(parts)
}
