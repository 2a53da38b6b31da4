//! Which settings are there, and how do they stand?

use super::keys::{self, Key};
use super::kind::{Control, Raw};
use super::media_server::MediaServer;
use super::receiver::Receiver;
use super::receiver_keys::RECEIVER;
use super::server_keys;
use super::settings::{Account, Settings};
use crate::event::Source;
use serde_json::Value;

/// The sections, in the order in which they are shown.
pub(super) const SECTIONS: [&str; 10] = [
    "trakt", "simkl", "mdblist", "scrobble", "plex", "jellyfin", "emby", "account", "receiver",
    "notify",
];

/// Whether a section stands as often as there is something of its kind, like `[[account]]`; not at all
/// where there is none.
pub(super) fn is_of_many(section: &str) -> bool {
    ["account", "receiver"].contains(&section)
}

/// One key, for people: what it means and how it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its section; empty above the first one.
    pub section: &'static str,
    /// Which block of it, where it stands several times.
    pub block: Option<Block>,
    /// What the section is called in sentences: `plex`, or of several `plex attic`.
    pub label: String,
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

/// Which of several blocks of a section, like `[[account]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The how manieth, from 0.
    pub place: usize,
    /// The `name` in it.
    pub name: String,
}

impl Setting {
    /// Its name as people write it: `section.key`.
    #[must_use]
    pub fn key(&self) -> String {
        dotted(&self.label, self.name)
    }

    /// Its value and its default as JSON.
    #[must_use]
    pub fn as_json(&self) -> [Value; 2] {
        [&self.value, &self.default].map(|toml| {
            let value = toml.parse::<toml_edit::Value>();
            value.map_or(Value::Null, |value| Raw::of(&value).as_json())
        })
    }

    /// The environment variable that sets it, if one does: lists have none, nor has what may stand
    /// several times and does.
    #[must_use]
    pub fn environment(&self) -> Option<String> {
        (!self.list && self.block.is_none()).then(|| variable(self.section, self.name))
    }
}

/// Every key of `settings`; those of accounts, media servers and receivers once for each.
#[must_use]
pub fn list(settings: &Settings) -> Vec<Setting> {
    let default = Settings::default();
    let mut list = Vec::new();
    add(&mut list, "".into(), keys::TOP, &default, settings);
    add(&mut list, "trakt".into(), keys::TRAKT, &default.trakt, &settings.trakt);
    add(&mut list, "simkl".into(), keys::SIMKL, &default.simkl, &settings.simkl);
    add(&mut list, "mdblist".into(), keys::MDBLIST, &default.mdblist, &settings.mdblist);
    add(&mut list, "scrobble".into(), keys::SCROBBLE, &default.scrobble, &settings.scrobble);
    for kind in Source::ALL {
        let are_several = settings.servers(kind).count() > 1;
        for (place, server) in settings.servers(kind).enumerate() {
            let block = are_several.then(|| Block { place, name: server.name().to_owned() });
            let part = Part { section: kind.word(), block, label: server.section() };
            add(&mut list, part, server_keys::of_server(kind), &MediaServer::new(kind), server);
        }
    }
    for (place, account) in settings.accounts.iter().enumerate() {
        let block = Some(Block { place, name: account.name.clone() });
        let part = Part { block, ..Part::from("account") };
        add(&mut list, part, keys::ACCOUNT, &nobodys_account(), account);
    }
    let nobodys = [Receiver::default()];
    let receivers =
        if settings.receivers.is_empty() { &nobodys } else { settings.receivers.as_slice() };
    for (place, receiver) in receivers.iter().enumerate() {
        let block = Some(Block { place, name: receiver.name.clone() });
        let part = Part { section: "receiver", block, label: receiver.section() };
        add(&mut list, part, RECEIVER, &nobodys[0], receiver);
    }
    add(&mut list, "notify".into(), keys::NOTIFY, &default.notify, &settings.notify);
    list
}

/// A section, or one block of it.
struct Part {
    section: &'static str,
    block: Option<Block>,
    label: String,
}

impl From<&'static str> for Part {
    fn from(section: &'static str) -> Self {
        Self { section, block: None, label: section.to_owned() }
    }
}

fn add<'k, T: Clone + 'static>(
    list: &mut Vec<Setting>,
    Part { section, block, label }: Part,
    keys: impl IntoIterator<Item = &'k Key<T>>,
    default: &T,
    value: &T,
) {
    // The accessors of the keys want to write.
    let (mut default, mut value) = (default.clone(), value.clone());
    list.extend(keys.into_iter().map(|key| Setting {
        section,
        block: block.clone(),
        label: label.clone(),
        name: key.name,
        meaning: key.meaning,
        allowed: key.kind.allowed(),
        default: key.kind.show(&mut default),
        value: key.kind.show(&mut value),
        secret: key.kind.is_secret(),
        list: key.kind.is_list(),
        restart: key.restart,
        control: key.kind.control().filter(|_| !key.restart && !is_of_many(section)),
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
        name if is_of_many(name) => format!("[[{name}]]"),
        name => format!("[{name}]"),
    };
    sections.into_iter().map(bracket).collect()
}
