//! Which settings are there, and how do they stand?

use super::keys::{self, Key};
use super::kind::{Control, Raw};
use super::media_server::MediaServer;
use super::settings::{Account, Settings};
use serde_json::Value;

/// The sections, in the order in which they are shown.
pub(super) const SECTIONS: [&str; 7] =
    ["trakt", "scrobble", "plex", "jellyfin", "emby", "account", "notify"];

/// One key, for people: what it means and how it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its section; empty above the first one.
    pub section: &'static str,
    /// Its name in the section.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub meaning: &'static str,
    /// What it takes, in words, with range and unit.
    pub allowed: String,
    /// Its default as TOML.
    pub default: String,
    /// Its value as TOML; `"(hidden)"` for a secret that is set.
    pub value: String,
    /// Whether it is a secret.
    pub secret: bool,
    /// Whether it takes a list.
    pub list: bool,
    /// Whether a change counts only after a restart.
    pub restart: bool,
    /// How it is changed on the page, where it can be: no addresses, secrets and paths, and
    /// nothing that needs a restart.
    pub control: Option<Control>,
}

impl Setting {
    /// Its name as people write it: `section.key`.
    #[must_use]
    pub fn key(&self) -> String {
        dotted(self.section, self.name)
    }

    /// Its value and its default as JSON.
    #[must_use]
    pub fn as_json(&self) -> [Value; 2] {
        [&self.value, &self.default].map(|toml| {
            let value = toml.parse::<toml_edit::Value>();
            value.map_or(Value::Null, |value| Raw::of(&value).as_json())
        })
    }

    /// The environment variable that sets it, if one does: lists and accounts have none.
    #[must_use]
    pub fn environment(&self) -> Option<String> {
        (!self.list && self.section != "account").then(|| variable(self.section, self.name))
    }
}

/// Every key of `settings`; those of `[[account]]` once for each account.
#[must_use]
pub fn list(settings: &Settings) -> Vec<Setting> {
    let default = Settings::default();
    let mut list = Vec::new();
    add(&mut list, "", keys::TOP, &default, settings);
    add(&mut list, "trakt", keys::TRAKT, &default.trakt, &settings.trakt);
    add(&mut list, "scrobble", keys::SCROBBLE, &default.scrobble, &settings.scrobble);
    for server in &settings.media_servers {
        let (kind, default) = (server.kind, MediaServer::new(server.kind));
        add(&mut list, kind.word(), keys::of_server(kind), &default, server);
    }
    for account in &settings.accounts {
        add(&mut list, "account", keys::ACCOUNT, &nobodys_account(), account);
    }
    add(&mut list, "notify", keys::NOTIFY, &default.notify, &settings.notify);
    list
}

fn add<'k, T: Clone + 'static>(
    list: &mut Vec<Setting>,
    section: &'static str,
    keys: impl IntoIterator<Item = &'k Key<T>>,
    default: &T,
    value: &T,
) {
    // The accessors of the keys want to write.
    let (mut default, mut value) = (default.clone(), value.clone());
    list.extend(keys.into_iter().map(|key| Setting {
        section,
        name: key.name,
        meaning: key.meaning,
        allowed: key.kind.allowed(),
        default: key.kind.show(&mut default),
        value: key.kind.show(&mut value),
        secret: key.kind.is_secret(),
        list: key.kind.is_list(),
        restart: key.restart,
        control: key.kind.control().filter(|_| !key.restart && section != "account"),
    }));
}

/// Every key once, at its default.
pub(super) fn all_keys() -> Vec<Setting> {
    list(&Settings::default())
}

/// What an `[[account]]` without any key is.
pub(super) fn nobodys_account() -> Account {
    Account { name: Account::for_everyone().name, ..Account::default() }
}

/// `listen`, `scrobble.watched_at`.
pub(super) fn dotted(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

/// `SCROBBLED_LISTEN`, `SCROBBLED_SCROBBLE_WATCHED_AT`.
pub(super) fn variable(section: &str, name: &str) -> String {
    format!("SCROBBLED_{}", dotted(section, name).replace('.', "_").to_uppercase())
}

/// The sections as their headers are written: `[plex]`, `[[account]]`.
pub(super) fn bracketed<'a>(sections: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let bracket = |name| match name {
        "account" => "[[account]]".to_owned(),
        name => format!("[{name}]"),
    };
    sections.into_iter().map(bracket).collect()
}
