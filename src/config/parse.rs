//! What do the file and the environment say? Text in, [`Settings`] or problems out.
//!
//! All layers are first brought together as written values, each with its place; the environment
//! lies over the file. Then each section's table of keys (`keys.rs`) reads what is there. All
//! problems are found, not only the first.
//!
//! Not here: which file it is (`mod.rs`), TOML (`file.rs`), what is allowed but odd
//! (`findings.rs`).

use super::commas::commas;
use super::file::{self, Given, Section, Written};
use super::fill::fill;
use super::findings::Finding;
use super::keys::{self, Key};
use super::kind::Raw;
use super::listing::{self, Setting};
use super::media_server::{MediaServer, token_key};
use super::paths::{place_data_dir, read_certificates, read_secret_file};
use super::receivers::read_receivers;
use super::server_keys;
use super::settings::{Account, Settings};
use super::{Place, Problem, Surroundings};
use crate::event::Source;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What text and environment say.
pub(super) struct Parsed {
    pub(super) settings: Settings,
    pub(super) origins: Origins,
    /// What is odd in how it is written.
    pub(super) findings: Vec<Finding>,
}

/// What is wrong, in the order of the file, and where the data would be all the same.
pub(super) struct Wrong {
    pub(super) problems: Vec<Problem>,
    pub(super) data_dir: PathBuf,
}

/// Reads `text`, the file at `path`, and the environment.
///
/// # Errors
/// Everything that is wrong.
pub(super) fn parse(text: &str, path: &Path, around: &Surroundings) -> Result<Parsed, Wrong> {
    let mut problems = Vec::new();
    let mut written = file::read(text, &mut problems);
    read_environment(around, &mut written, &mut problems);
    settle(&written, problems, path, around)
}

/// The same with one key given another value, or none, as if the file said so.
///
/// # Errors
/// As [`parse`].
pub(super) fn parse_with(
    text: &str,
    path: &Path,
    around: &Surroundings,
    (setting, raw): (&Setting, Option<&Raw>),
) -> Result<Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut written = file::read(text, &mut problems);
    if let Some(keys) = written.section_mut(setting.section, setting.block.as_ref()) {
        let given = raw.map(|raw| Given { raw: raw.clone(), place: Place::File });
        match given {
            Some(given) => drop(keys.insert(setting.name.to_owned(), given)),
            None => drop(keys.remove(setting.name)),
        }
    }
    read_environment(around, &mut written, &mut problems);
    let settled = settle(&written, problems, path, around);
    settled.map(|parsed| parsed.settings).map_err(|wrong| wrong.problems)
}

/// Makes settings of all that was written.
fn settle(
    written: &Written,
    mut problems: Vec<Problem>,
    path: &Path,
    around: &Surroundings,
) -> Result<Parsed, Wrong> {
    let mut settings = Settings::default();
    let mut fill = Fill { written, problems: &mut problems };
    fill.section("", keys::TOP, &mut settings);
    fill.section("trakt", keys::TRAKT, &mut settings.trakt);
    fill.section("simkl", keys::SIMKL, &mut settings.simkl);
    fill.section("mdblist", keys::MDBLIST, &mut settings.mdblist);
    fill.section("scrobble", keys::SCROBBLE, &mut settings.scrobble);
    fill.section("notify", keys::NOTIFY, &mut settings.notify);

    let files = (path, around);
    let of_kind = |kind| read_servers(kind, written, files, &mut problems);
    settings.media_servers = Source::ALL.into_iter().flat_map(of_kind).collect();
    if let Some(blocks) = written.blocks.get("account") {
        settings.accounts = read_accounts(blocks, &mut problems);
        settings.accounts_configured = true;
    }
    if let Some(blocks) = written.blocks.get("receiver") {
        settings.receivers = read_receivers(blocks, &settings.accounts, files, &mut problems);
    }
    place_data_dir(&mut settings, written, path, around);
    read_secret_file(&mut settings, written, path, around, &mut problems);

    problems.sort_by_key(|problem| problem.place);
    if !problems.is_empty() {
        return Err(Wrong { problems, data_dir: settings.data_dir });
    }
    let origins = Origins::of(written, &settings, around);
    let findings = commas(written, &settings);
    Ok(Parsed { settings, origins, findings })
}

/// Where each value was written that is not the default, by section and key. A section that stands
/// several times is called as in sentences: `plex attic`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<(String, String), Place>);

impl Origins {
    fn of(written: &Written, settings: &Settings, around: &Surroundings) -> Self {
        let mut places = BTreeMap::new();
        let sections = written.sections.iter().map(|(name, keys)| ((*name).to_owned(), keys));
        let blocks = Source::ALL.into_iter().flat_map(|kind| {
            let blocks = written.blocks.get(kind.word()).into_iter().flatten();
            settings.servers(kind).zip(blocks).map(|(server, (_, keys))| (server.section(), keys))
        });
        let of_receivers = written.blocks.get("receiver").into_iter().flatten();
        let receivers = settings.receivers.iter().zip(of_receivers);
        let receivers = receivers.map(|(receiver, (_, keys))| (receiver.section(), keys));
        for (section, keys) in sections.chain(blocks).chain(receivers) {
            for (key, given) in keys.iter().filter(|(_, given)| given.raw.text() != Some("")) {
                places.insert((section.clone(), key.clone()), given.place);
            }
        }
        let name = |section: &str, key: &str| (section.to_owned(), key.to_owned());
        if around.variable("STATE_DIRECTORY").is_some() {
            places.entry(name("", "data_dir")).or_insert(Place::Environment);
        }
        if let Some(place) = places.get(&name("trakt", "client_secret_file")).copied() {
            places.entry(name("trakt", "client_secret")).or_insert(place);
        }
        Self(places)
    }

    /// Where this key was written; `None`: nowhere, it stands at its default.
    #[must_use]
    pub fn place(&self, section: &str, key: &str) -> Option<Place> {
        self.0.get(&(section.to_owned(), key.to_owned())).copied()
    }
}

fn read_environment(around: &Surroundings, written: &mut Written, problems: &mut Vec<Problem>) {
    for setting in listing::all_keys() {
        let Some(name) = setting.environment() else { continue };
        let Some(value) = around.variable(&name) else { continue };
        let Setting { section, name: key, .. } = setting;
        if written.blocks.contains_key(section) {
            let sentence = format!(
                "`{name}` is for a single [{section}], and there are several; write `{key}` into \
                 the [[{section}]] that is meant"
            );
            problems.push(Problem::new(Place::Environment, sentence));
            continue;
        }
        let given = Given { raw: Raw::Bare(value.to_owned()), place: Place::Environment };
        written.sections.entry(section).or_default().insert(key.to_owned(), given);
    }
}

struct Fill<'a> {
    written: &'a Written,
    problems: &'a mut Vec<Problem>,
}

impl Fill<'_> {
    fn section<'k, T: 'static>(
        &mut self,
        section: &'static str,
        keys: impl IntoIterator<Item = &'k Key<T>>,
        part: &mut T,
    ) {
        if let Some(given) = self.written.sections.get(section) {
            fill(section, keys, given, part, self.problems);
        }
    }
}

/// The media servers of a kind: that of its section, or those of several blocks.
fn read_servers(
    kind: Source,
    written: &Written,
    files: (&Path, &Surroundings),
    problems: &mut Vec<Problem>,
) -> Vec<MediaServer> {
    let section = kind.word();
    let mut servers = Vec::new();
    if let Some(given) = written.sections.get(section) {
        let mut server = MediaServer::new(kind);
        let before = problems.len();
        fill(section, server_keys::of_server(kind), given, &mut server, problems);
        if problems.len() == before {
            problems.extend(deaf(&server, given));
        }
        problems.extend(untrusted(&mut server, given, files));
        servers.push(server);
    }
    for (place, given) in written.blocks.get(section).into_iter().flatten() {
        let mut server = MediaServer::new(kind);
        let before = problems.len();
        fill(section, server_keys::of_server(kind), given, &mut server, problems);
        if problems.len() == before {
            problems.extend(deaf(&server, given));
            problems.extend(untrusted(&mut server, given, files));
            let clashes = clashes(&server, &servers).into_iter();
            problems.extend(clashes.map(|sentence| Problem::new(*place, sentence)));
        }
        servers.push(server);
    }
    if servers.is_empty() { vec![MediaServer::new(kind)] } else { servers }
}

/// That a media server is to be listened to that can't be asked.
fn deaf(server: &MediaServer, given: &Section) -> Option<Problem> {
    let Given { place, .. } = given.get("hear").filter(|_| server.hear)?;
    let section = server.section();
    let (url, token) =
        (format!("`{section}.url`"), format!("`{section}.{}`", token_key(server.kind)));
    let mend = match (server.url.is_empty(), server.token.is_empty()) {
        (true, false) => format!("set {url}, too"),
        (false, true) => format!("set {token}, too"),
        _ => "set both".to_owned(),
    };
    let sentence = format!(
        "`{section}.hear` is true, but {} can only be listened to with {url} and {token}; {mend}",
        server.title()
    );
    (!server.can_be_asked()).then(|| Problem::new(*place, sentence))
}

/// Reads by which certificate a media server is known.
fn untrusted(
    server: &mut MediaServer,
    given: &Section,
    files: (&Path, &Surroundings),
) -> Option<Problem> {
    let written = given.get("ca_file");
    let trouble = match read_certificates(&mut server.ca_file, written, files) {
        Ok(trust) => {
            server.trust = trust;
            return None;
        }
        Err(trouble) => trouble,
    };
    let place = written.map_or(Place::File, |given| given.place);
    Some(Problem::new(place, format!("{}: {trouble}", server.section())))
}

/// What can't be of a media server beside the `others` of its kind.
fn clashes(server: &MediaServer, others: &[MediaServer]) -> Vec<String> {
    let (section, name) = (server.kind.word(), &server.name);
    let mut clashes = Vec::new();
    if name.is_empty() {
        clashes.push(format!(
            "a [[{section}]] without a `name`; where there are several, give each one of its own"
        ));
    }
    let is_called_so = |other: &MediaServer| other.name.to_lowercase() == name.to_lowercase();
    if !name.is_empty() && others.iter().any(is_called_so) {
        clashes.push(format!("a second [[{section}]] `{name}`; give each a `name` of its own"));
    }
    if let Some(other) = others.iter().find(|other| other.has_id(&server.id)) {
        clashes.push(format!(
            "[[{section}]] `{name}` has the same `id` as `{}`; one [[{section}]] is enough for a \
             server",
            other.name
        ));
    }
    let rest = others.iter().find(|other| server.takes_the_rest() && other.takes_the_rest());
    if let Some(other) = rest {
        clashes.push(format!(
            "[[{section}]] `{name}` has neither `id` nor `url`, as `{}` has not; only one can take \
             what is no other's",
            other.name
        ));
    }
    let other = others.first().filter(|other| other.webhook_secret != server.webhook_secret);
    if let Some(other) = other {
        clashes.push(format!(
            "[[{section}]] `{name}` has not the `webhook_secret` of `{}`; they share an address, \
             so give all the same",
            other.name
        ));
    }
    clashes
}

fn read_accounts(written: &[(Place, Section)], problems: &mut Vec<Problem>) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    for (place, given) in written {
        let mut account = listing::nobodys_account();
        let before = problems.len();
        fill("account", keys::ACCOUNT, given, &mut account, problems);
        let name = &account.name;
        if accounts.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
            let sentence = format!("a second account `{name}`; give each a `name` of its own");
            problems.push(Problem::new(*place, sentence));
        }
        let nobodys = Source::ALL.iter().all(|source| account.users(*source).is_empty());
        if nobodys && problems.len() == before {
            let sentence = format!(
                "account `{name}` lists nobody; say whose events it takes, like plex = [\"{name}\"] \
                 or plex = \"*\""
            );
            problems.push(Problem::new(*place, sentence));
        }
        accounts.push(account);
    }
    accounts
}
