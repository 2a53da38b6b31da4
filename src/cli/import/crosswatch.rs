//! What does the `config.json` of CrossWatch (github.com/cenodude/CrossWatch) come to here?
//!
//! [`convert`] is pure: its text in, the text of a config of ours out, and what keeps plays out
//! there that would come in here. Behind each value stands the key that it comes from; what is set
//! there and has no counterpart is told at the end, one line each. Whatever theirs holds, ours can
//! be read: a value that our key does not take becomes a comment that says why.

mod json;
mod lets;
mod lists;
mod rules;
mod ways;

use crate::config::{self, ConfigError, Surroundings};
use json::{Place, at, below, is_set, keys, layered, leaves, one_line, scalar};
use lists::Lists;
use rules::{NO_COUNTERPART, OTHERS, RULES, SECTIONS, WHY_NOT};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use ways::{ROUTES, WATCH, WEBHOOK, Way, Ways};

/// Begins a secret that only CrossWatch itself can read.
const ENCRYPTED: &str = "enc:v1:";
/// Stands for a secret in what CrossWatch shows of its config.
const MASK: &str = "••••••••";

/// What comes before the settings.
const HEAD: &str = "\
# The settings of scrobbled, converted from CrossWatch's config.json. The key that a value comes
# from stands behind it; `scrobbled init` writes a config with every key.
";

/// What to do before the first start.
pub(super) const STEPS: &str = "\
1. Switch off scrobbling to Trakt in CrossWatch, or every play is sent by both.
2. Set `listen`, so that other machines can post: \"0.0.0.0:8787\" lets them in.
3. Run `scrobbled login`, for each account. CrossWatch's own login is not converted: a refresh token
   works once, so two programs would log each other out.
4. `scrobbled urls` prints the addresses for your media servers, in place of CrossWatch's. There is
   no watcher here: the servers post what they play.
";

/// Stands after the steps.
const LISTEN: &str = "\
#listen = \"0.0.0.0:8787\"  # the default, \"127.0.0.1:8787\", is for this machine only
";

/// What comes of a config of theirs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Converted {
    /// The text of our config.
    pub(super) ours: String,
    /// What keeps plays out there that would come in here, one line each.
    pub(super) lost: Vec<String>,
}

/// Converts the text of their config.
///
/// # Errors
/// When it is not a config of CrossWatch.
pub(super) fn convert(text: &str) -> Result<Converted, String> {
    let theirs: Json = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let scrobble = theirs.get("scrobble").filter(|scrobble| scrobble.is_object());
    let scrobble = scrobble.ok_or("not a CrossWatch config.json: it has no section `scrobble`")?;
    let ways = Ways::of(&theirs);
    let lists = Lists::of(&theirs, &ways);
    let mut import = Import { theirs: &theirs, ways, taken: lists.taken.clone() };
    let mut ours = head();
    for section in SECTIONS {
        let mut lines: String = lists.section(section).collect();
        let rules = RULES.iter().filter(|(its, ..)| *its == section);
        lines.extend(rules.filter_map(|(_, key, patterns)| import.line(section, key, patterns)));
        if !lines.is_empty() {
            ours.extend(["\n[", section, "]\n", &lines]);
        }
    }
    ours.push_str(&lists.accounts());
    let lost: Vec<String> = lists.lost.iter().map(ToString::to_string).collect();
    if !lost.is_empty() {
        ours.push_str("\n# Keeps plays from Trakt in CrossWatch, and is not converted:\n");
        ours.extend(lost.iter().map(|lost| format!("# - {lost}\n")));
    }
    ours.push_str("\n# Set in CrossWatch, but not converted:\n");
    ours.extend(import.left_over(scrobble, &lists));
    ours.push_str("# Syncing, schedules and other trackers stay in CrossWatch.\n");
    read(&ours).map_err(|why| format!("the converted config can't be read: {why}"))?;
    Ok(Converted { ours, lost })
}

fn head() -> String {
    let mut head = format!("{HEAD}#\n# Before the first start:\n#\n");
    for line in STEPS.lines() {
        let _ = writeln!(head, "# {line}");
    }
    head + "\n" + LISTEN
}

struct Import<'a> {
    theirs: &'a Json,
    ways: Ways<'a>,
    /// The names of what has become something of ours.
    taken: BTreeSet<String>,
}

impl<'a> Import<'a> {
    /// What a pattern of a rule for `section` finds, best first. Before its colon stands `each`:
    /// each server or login of that section; `route`: the options of its routes; `on`: the settings
    /// of what is switched on; `watched`: what is decided where the watcher is on.
    fn places(&mut self, section: &str, pattern: &str) -> Vec<Place<'a>> {
        let theirs = self.theirs;
        let named = |name: &str| at(theirs, name).map(|value| (name.to_owned(), value));
        let Some((place, key)) = pattern.split_once(':') else {
            return named(pattern).into_iter().collect();
        };
        let its = |way: &&Way| section == "scrobble" || way.server.word() == section;
        let ways = || self.ways.to_trakt.iter().filter(its);
        match place {
            "each" => {
                let all = theirs.get(section).and_then(|section| section.get("instances"));
                let each = keys(all).map(|(name, it)| (format!("{section}.instances.{name}"), it));
                each.filter_map(|each| below(&each, key)).collect()
            }
            "route" => {
                let options = ways().filter_map(|way| way.options.as_ref());
                let policies = options.filter_map(|options| below(options, "scrobble"));
                policies.filter_map(|policy| below(&policy, key)).collect()
            }
            "watched" => {
                let name = format!("scrobble.trakt.{key}");
                named(&name).filter(|_| self.ways.watcher).into_iter().collect()
            }
            _ => {
                let mut found = Vec::new();
                for way in ways() {
                    found.extend(layered(&way.settings, key));
                    let all = way.settings.iter().filter_map(|layer| below(layer, key));
                    self.taken.extend(all.map(|(name, _)| name));
                }
                let usual = [(self.ways.webhook, WEBHOOK), (self.ways.watcher, WATCH)];
                let usual = usual.into_iter().filter(|(on, _)| *on);
                found.extend(usual.filter_map(|(_, folder)| named(&format!("{folder}.{key}"))));
                found
            }
        }
    }

    /// The line for one of our keys, if any of theirs is set.
    fn line(&mut self, section: &str, key: &str, patterns: &str) -> Option<String> {
        let mut found = Vec::new();
        for pattern in patterns.split(' ') {
            let places = self.places(section, pattern);
            self.taken.extend(places.iter().map(|(name, _)| name.clone()));
            // Zero and off are settings too; an empty text is none.
            found.extend(places.into_iter().find(|(_, value)| is_set(value) || !value.is_string()));
        }
        found.sort_by_key(|(_, value)| !is_set(value));
        let (from, value) = found.first()?;
        let (from, value) = (one_line(from), scalar(value)?);
        let hidden = value.as_str().and_then(|text| match text {
            text if text.starts_with(ENCRYPTED) => Some("encrypted"),
            MASK => Some("hidden"),
            _ => None,
        });
        if let Some(hidden) = hidden {
            let line = format!("#{key} = \"\"  # {from} is {hidden} there: fill it in by hand\n");
            return Some(line);
        }
        Some(match read(&format!("[{section}]\n{key} = {value}\n")) {
            Ok(()) => format!("{key} = {value}  # {from}\n"),
            Err(why) => format!("#{key} = \"\"  # {from}: {why}\n"),
        })
    }

    /// A comment for each thing that is set for scrobbling and has become nothing of ours.
    fn left_over(&self, scrobble: &'a Json, lists: &Lists) -> BTreeSet<String> {
        let mut left = Vec::new();
        leaves(("scrobble".to_owned(), scrobble), &mut left);
        let others =
            OTHERS.iter().filter_map(|name| Some(((*name).to_owned(), at(self.theirs, name)?)));
        left.extend(others);
        left.retain(|(name, value)| !self.taken.contains(name) && is_set(value));
        let lists = lists.off.iter().map(|off| format!("# - {off}\n"));
        left.iter().filter_map(|place| self.told(place)).chain(lists).collect()
    }

    /// What is said of a key that is left over.
    fn told(&self, (name, value): &Place) -> Option<String> {
        let within = |place: &str| name.strip_prefix(place).and_then(|rest| rest.strip_prefix('.'));
        let whole = |place: &str, why: &str| Some(format!("# - {}: {why}\n", one_line(place)));
        if let Some(inside) = within(ROUTES) {
            let (place, inside) = inside.split_once('.').unwrap_or((inside, ""));
            let path = format!("{ROUTES}.{place}");
            if !self.ways.to_trakt.iter().any(|route| route.path == path) {
                return whole(&path, "off, or not a route from Plex, Jellyfin or Emby to Trakt");
            }
            let says_nothing = *value == "inherit" || *value == "off";
            if says_nothing || !(inside.starts_with("filters.") || inside.starts_with("options.")) {
                return None;
            }
        } else if within(WATCH).is_some() && !self.ways.watcher {
            return whole(WATCH, "is off there");
        } else if within(WEBHOOK).is_some() && !self.ways.webhook {
            return whole(WEBHOOK, "is off there");
        }
        let why = WHY_NOT.iter().find(|(part, _)| name.contains(part));
        let why = why.map_or(NO_COUNTERPART, |(_, why)| why);
        (!why.is_empty()).then(|| format!("# - {}: {why}\n", one_line(name)))
    }
}

/// Whether a config of ours says this; else what is wrong with it.
fn read(ours: &str) -> Result<(), String> {
    let missing = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let nothing =
        Surroundings { variables: BTreeMap::new(), read: &missing, now: crate::event::Time(0) };
    let wrong = |error: ConfigError| {
        let problem = error.problems.into_iter().next();
        problem.map_or_else(String::new, |problem| problem.sentence)
    };
    config::read(ours, None, &nothing).map(drop).map_err(wrong)
}

#[cfg(test)]
mod tests;
