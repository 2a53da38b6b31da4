//! What does the `config.json` of CrossWatch (github.com/cenodude/CrossWatch) come to here?
//!
//! [`convert`] is pure: its text in, the text of a config of ours out. Behind each value stands the
//! key that it comes from; what is set there and has no counterpart is told at the end, one line
//! each. Whatever theirs holds, ours can be read: a value that our key does not take becomes a
//! comment that says why.

mod rules;

use crate::config::{self, ConfigError, Surroundings};
use crate::event::Source;
use crate::plain;
use rules::{OTHERS, RULES, Take, WHY_NOT};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use toml_edit::{Array, Value as Toml};

/// Begins a secret that only CrossWatch itself can read.
const ENCRYPTED: &str = "enc:v1:";

/// Where CrossWatch has the settings of its webhook, its watcher, and the watcher's routes.
const WEBHOOK: &str = "scrobble.webhook";
const WATCH: &str = "scrobble.watch";
const ROUTES: &str = "scrobble.watch.routes";

/// What comes before the settings.
const HEAD: &str = "\
# The settings of scrobbled, converted from CrossWatch's config.json. The key that a value comes
# from stands behind it; `scrobbled init` writes a config with every key. Before the first start:
#
# 1. Switch off scrobbling to Trakt in CrossWatch, or every play is sent by both.
# 2. Run `scrobbled login`. CrossWatch's own login is not converted: a refresh token works once, so
#    two programs would log each other out.
# 3. `scrobbled urls` prints the addresses for your media servers, in place of CrossWatch's. There
#    is no watcher here: the servers post what they play.
";

/// The text of our config.
///
/// # Errors
/// When it is not a config of CrossWatch.
pub(super) fn convert(text: &str) -> Result<String, String> {
    let theirs: Json = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let scrobble = theirs.get("scrobble").filter(|scrobble| scrobble.is_object());
    let scrobble = scrobble.ok_or("not a CrossWatch config.json: it has no section `scrobble`")?;
    let mut import = Import::of(&theirs, scrobble);
    let mut ours = HEAD.to_owned();
    let mut last = "";
    for (section, key, take, patterns) in RULES {
        let Some(line) = import.line(section, key, take, patterns) else { continue };
        if section != last {
            ours.extend(["\n[", section, "]\n"]);
            last = section;
        }
        ours.push_str(&line);
    }
    ours.push_str(&import.accounts());
    ours.push_str(&import.left_over(scrobble));
    read(&ours).map_err(|why| format!("the converted config can't be read: {why}"))?;
    Ok(ours)
}

struct Import<'a> {
    theirs: &'a Json,
    webhook: bool,
    watcher: bool,
    /// Those that are on and lead from a media server to Trakt.
    routes: Vec<Route>,
    /// The names of what has become something of ours.
    taken: BTreeSet<String>,
}

/// One way of CrossWatch's watcher from a media server to a Trakt account.
struct Route {
    path: String,
    server: String,
    account: String,
    users: Vec<String>,
}

impl Route {
    fn read(place: usize, route: &Json) -> Option<Self> {
        let text = |key: &str| route.get(key).and_then(Json::as_str).unwrap_or_default();
        let server = text("provider").to_lowercase();
        let is_ours = Source::ALL.iter().any(|source| source.word() == server);
        let is_on = route.get("enabled") != Some(&Json::Bool(false));
        let account = text("sink_instance").replace(char::is_control, " ");
        let account = account.trim();
        (is_ours && is_on && text("sink").eq_ignore_ascii_case("trakt")).then(|| Self {
            path: format!("{ROUTES}.{place}"),
            server,
            account: if account.is_empty() { "default" } else { account }.to_lowercase(),
            users: at(route, "filters.username_whitelist")
                .map_or_else(Vec::new, |value| entries(value, &[])),
        })
    }
}

impl<'a> Import<'a> {
    fn of(theirs: &'a Json, scrobble: &Json) -> Self {
        let sources = scrobble.get("sources").filter(|sources| sources.is_object());
        let is_on = |name: &str, mode: &str| match sources {
            Some(sources) => sources.get(name) == Some(&Json::Bool(true)),
            None => scrobble.get("mode").and_then(Json::as_str).unwrap_or("watch") == mode,
        };
        let watcher = is_on("watcher", "watch") || (sources.is_some() && is_on("watch", ""));
        let routes = at(theirs, ROUTES).and_then(Json::as_array).filter(|_| watcher);
        let routes = routes.into_iter().flatten().enumerate();
        Self {
            theirs,
            webhook: is_on("webhook", "webhook"),
            watcher,
            routes: routes.filter_map(|(place, route)| Route::read(place, route)).collect(),
            taken: BTreeSet::new(),
        }
    }

    /// Where a pattern of a rule for `section` looks, best first. Before its colon stands `each`:
    /// each server or login of that section; `route`: the options of its routes; `on`: what is
    /// switched on; `filters`: the filters of what is switched on.
    fn places(&self, section: &str, pattern: &str) -> Vec<String> {
        let Some((place, key)) = pattern.split_once(':') else { return vec![pattern.to_owned()] };
        let in_routes = |folder: &str| -> Vec<String> {
            let all = section == "scrobble";
            let routes = self.routes.iter().filter(|route| all || route.server == section);
            routes.map(|route| format!("{}.{folder}.{key}", route.path)).collect()
        };
        let webhook = |folder: &str| -> Vec<String> {
            let own = format!("{WEBHOOK}.providers.{section}{folder}.{key}");
            let places = [own, format!("{WEBHOOK}{folder}.{key}")];
            places.into_iter().filter(|_| self.webhook).collect()
        };
        let watcher = |folder: &str, on: bool| on.then(|| format!("{WATCH}{folder}.{key}"));
        match place {
            "each" => {
                let each = self.theirs.get(section).and_then(|theirs| theirs.get("instances"));
                let each = each.and_then(Json::as_object).into_iter().flatten();
                each.map(|(name, _)| format!("{section}.instances.{name}.{key}")).collect()
            }
            "route" => in_routes("options.scrobble"),
            "filters" => {
                let legacy = self.watcher && self.routes.is_empty() && section == "plex";
                let webhook = webhook(&format!(".filters_{section}")).into_iter();
                webhook.chain(in_routes("filters")).chain(watcher(".filters", legacy)).collect()
            }
            _ => {
                let webhook = webhook("").into_iter().chain(in_routes("options.watch"));
                webhook.chain(watcher("", self.watcher)).collect()
            }
        }
    }

    /// The line for one of our keys, if any of theirs is set.
    fn line(&mut self, section: &str, key: &str, take: Take, patterns: &str) -> Option<String> {
        let places = patterns.split(' ').flat_map(|pattern| self.places(section, pattern));
        let given = |place: String| at(self.theirs, &place).map(|value| (value, place));
        let mut found: Vec<(&Json, String)> = places.filter_map(given).collect();
        self.taken.extend(found.iter().map(|(_, place)| place.clone()));
        if key == "users" && self.has_several_accounts() {
            return None;
        }
        let value = match take {
            Take::All(between) => {
                found.retain(|(value, _)| is_set(value));
                let all: BTreeSet<_> =
                    found.iter().flat_map(|(value, _)| entries(value, between)).collect();
                (!all.is_empty())
                    .then(|| Toml::from(all.iter().map(|it| text(it)).collect::<Array>()))
            }
            Take::First => {
                // Zero and off are settings too, where nothing else is said.
                found.sort_by_key(|(value, _)| !is_set(value));
                found.truncate(1);
                found.first().and_then(|(value, _)| scalar(value))
            }
        }?;
        let from: Vec<_> = found.iter().map(|(_, place)| one_line(place)).collect();
        let from = from.join(", ");
        if value.as_str().is_some_and(|text| text.starts_with(ENCRYPTED)) {
            return Some(format!(
                "#{key} = \"\"  # {from} is encrypted there: fill it in by hand\n"
            ));
        }
        let asked = |route: &Route| {
            found.iter().any(|(_, place)| place.starts_with(&format!("{}.", route.path)))
        };
        let mut routes = self.routes.iter().filter(|route| route.server == section);
        if matches!(key, "users" | "servers") && !routes.all(asked) {
            return Some(format!("#{key} = {value}  # {from}; not every route has such a list\n"));
        }
        Some(match read(&format!("[{section}]\n{key} = {value}\n")) {
            Ok(()) => format!("{key} = {value}  # {from}\n"),
            Err(why) => format!("#{key} = \"\"  # {from}: {why}\n"),
        })
    }

    fn has_several_accounts(&self) -> bool {
        let mut accounts = self.routes.iter().map(|route| &route.account);
        let first = accounts.next();
        accounts.any(|account| Some(account) != first)
    }

    /// An `[[account]]` for each Trakt account, where routes lead to several.
    fn accounts(&self) -> String {
        let mut accounts: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for route in self.routes.iter().filter(|_| self.has_several_accounts()) {
            let users = accounts.entry((&route.account, &route.server)).or_default();
            users.extend(route.users.iter().map(String::as_str));
            if route.users.is_empty() {
                users.insert("*");
            }
        }
        let mut text = String::new();
        let mut last = None;
        for ((account, server), users) in accounts {
            if last.replace(account) != Some(account) {
                let name = self::text(account).to_string();
                text.extend(["\n[[account]]\nname = ", &name, "  # its login at Trakt\n"]);
            }
            let users = users.into_iter().map(self::text).collect::<Array>().to_string();
            text.extend([server, " = ", &users, "  # the whitelists of its routes\n"]);
        }
        text
    }

    /// A comment for each thing that is set for scrobbling and has become nothing of ours.
    fn left_over(&self, scrobble: &Json) -> String {
        let mut left = Vec::new();
        leaves("scrobble", scrobble, &mut left);
        left.extend(OTHERS.map(str::to_owned));
        left.retain(|name| !self.taken.contains(name) && at(self.theirs, name).is_some_and(is_set));
        let lines: BTreeSet<_> = left.iter().filter_map(|name| self.told(name)).collect();
        let mut text = "\n# Set in CrossWatch, but not converted:\n".to_owned();
        text.extend(lines);
        text.push_str("# Syncing, schedules and other trackers stay in CrossWatch.\n");
        text
    }

    /// What is said of a key that is left over.
    fn told(&self, name: &str) -> Option<String> {
        let within = |place: &str| name.strip_prefix(place).and_then(|rest| rest.strip_prefix('.'));
        let whole = |place: &str, why: &str| Some(format!("# - {}: {why}\n", one_line(place)));
        if let Some(inside) = within(ROUTES) {
            let (place, inside) = inside.split_once('.').unwrap_or((inside, ""));
            let path = format!("{ROUTES}.{place}");
            if !self.routes.iter().any(|route| route.path == path) {
                return whole(&path, "off, or not a route from Plex, Jellyfin or Emby to Trakt");
            }
            let says_nothing =
                at(self.theirs, name).is_some_and(|it| it == "inherit" || it == "off");
            if says_nothing || !(inside.starts_with("filters.") || inside.starts_with("options.")) {
                return None;
            }
        } else if within(WATCH).is_some() && !self.watcher {
            return whole(WATCH, "is off there");
        } else if within(WEBHOOK).is_some() && !self.webhook {
            return whole(WEBHOOK, "is off there");
        }
        let (_, why) = WHY_NOT.iter().find(|(part, _)| name.contains(part))?;
        (!why.is_empty()).then(|| format!("# - {}: {why}\n", one_line(name)))
    }
}

/// What stands at a dotted name.
fn at<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    name.split('.').try_fold(json, |json, part| match json.as_array() {
        Some(list) => list.get(part.parse::<usize>().ok()?),
        None => json.get(part),
    })
}

/// The dotted names of all that is no section itself.
fn leaves(name: &str, json: &Json, into: &mut Vec<String>) {
    let below: Vec<(String, &Json)> = match json {
        Json::Object(section) => section.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Json::Array(list) if list.iter().any(Json::is_object) => {
            list.iter().enumerate().map(|(place, it)| (place.to_string(), it)).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            return into.push(name.to_owned());
        }
    };
    for (key, json) in below {
        leaves(&format!("{name}.{key}"), json, into);
    }
}

/// CrossWatch writes all keys; what is off, zero or empty says nothing.
fn is_set(json: &Json) -> bool {
    match json {
        Json::Null | Json::Bool(false) => false,
        Json::Bool(true) => true,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.trim().is_empty(),
        Json::Array(list) => list.iter().any(is_set),
        Json::Object(section) => section.values().any(is_set),
    }
}

/// A switch, number or text as TOML.
fn scalar(json: &Json) -> Option<Toml> {
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
fn text(text: &str) -> Toml {
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

/// The entries of a list, or of a text that stands for one.
fn entries(json: &Json, between: &[char]) -> Vec<String> {
    match json {
        Json::Array(list) => list.iter().flat_map(|entry| entries(entry, between)).collect(),
        Json::String(text) => {
            let entries = text.split(between).map(str::trim);
            entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
        }
        Json::Number(number) => vec![number.to_string()],
        Json::Null | Json::Bool(_) | Json::Object(_) => Vec::new(),
    }
}

/// Whether a config of ours says this; else what is wrong with it.
fn read(ours: &str) -> Result<(), String> {
    let missing = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let nothing = Surroundings { variables: BTreeMap::new(), read: &missing };
    let wrong = |error: ConfigError| {
        let problem = error.problems.into_iter().next();
        problem.map_or_else(String::new, |problem| problem.sentence)
    };
    config::read(ours, None, &nothing).map(drop).map_err(wrong)
}

/// For a comment: names come from a file, and may hold anything.
fn one_line(name: &str) -> String {
    let escaped =
        |c: char| if plain::commands(c) { c.escape_unicode().to_string() } else { c.into() };
    name.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests;
