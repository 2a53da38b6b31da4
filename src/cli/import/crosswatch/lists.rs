//! Whose plays come along those ways, and what of it can be said here?
//!
//! Here a list of users belongs to a kind of server and a Trakt login, and a list of servers or
//! libraries to a kind of server. What a way keeps out by anything else would come in: it is
//! [`Lost`], and nothing is converted before a person has seen it.

use super::json::{self, NOTHING, Place, at, is_set, leaves, list, text};
use super::lets::{BY_FILE, Filters, Lost, Servers};
use super::ways::{ROUTES, Route, Way, Ways};
use crate::event::Source;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The people of a kind of server at one of our accounts.
#[derive(Default)]
struct People {
    only: BTreeSet<String>,
    is_everyone: bool,
    from: BTreeSet<String>,
}

/// Our lists.
#[derive(Default)]
pub(super) struct Lists {
    /// Their logins at Trakt, the default one first, and what our accounts are called.
    accounts: Vec<(String, String)>,
    people: BTreeMap<(String, Source), People>,
    /// The lines of each kind's section.
    lines: Vec<(Source, String)>,
    /// What is kept out there and would come in here.
    pub(super) lost: BTreeSet<Lost>,
    /// What keeps nobody out, there or here.
    pub(super) off: BTreeSet<Lost>,
    /// The names of what has been looked at.
    pub(super) taken: BTreeSet<String>,
}

impl Lists {
    pub(super) fn of(theirs: &Json, ways: &Ways) -> Self {
        let mut lists = Self::default();
        let mut all = Vec::new();
        for way in &ways.to_trakt {
            let filters = Filters::read(way, &mut lists.taken, &mut lists.lost);
            lists.add(way, &filters);
            all.push((way, filters));
        }
        lists.name_accounts();
        for kind in Source::ALL {
            let its: Vec<_> = all.extract_if(.., |(way, _)| way.server == kind).collect();
            lists.open_elsewhere(kind, &its);
            let passable: Vec<_> = its.into_iter().filter(|(_, it)| !it.is_closed()).collect();
            lists.servers(kind, &passable);
            lists.libraries(kind, &passable);
            lists.files(kind, &passable);
        }
        lists.look_at_the_rest(theirs);
        if lists.people.is_empty() {
            let why = "no way leads from Plex, Jellyfin or Emby to Trakt, so it is not known whose \
                       plays to send";
            lists.lost.insert(Lost::new(&("scrobble".to_owned(), NOTHING), why));
        }
        lists
    }

    fn add(&mut self, way: &Way, filters: &Filters) {
        if filters.is_closed() {
            return;
        }
        let people = self.people.entry((way.account.clone(), way.server)).or_default();
        match &filters.users {
            Some(only) => people.only.extend(only.iter().cloned()),
            None => people.is_everyone = true,
        }
        people.from.insert(filters.users_at.0.clone());
    }

    /// Where one server's plays are everybody's, all other servers' are too: a list there is lost.
    fn open_elsewhere(&mut self, kind: Source, all: &[(&Way, Filters)]) {
        let is_open = |instance: &str, account: &str| {
            let here = |way: &Way| way.instance == instance && way.account == account;
            all.iter().any(|(way, it)| here(way) && it.is_open())
        };
        for (open, _) in all.iter().filter(|(_, filters)| filters.is_open()) {
            for (way, filters) in all {
                if way.instance != open.instance && !is_open(&way.instance, &open.account) {
                    let why = format!(
                        "holds for `{}` there; here everybody's plays at {kind} go to account `{}`, \
                         because `{}` has no list",
                        way.instance,
                        self.account(&open.account),
                        open.instance
                    );
                    self.lost.insert(Lost::new(&filters.users_at, json::one_line(&why)));
                }
            }
        }
    }

    fn servers(&mut self, kind: Source, all: &[(&Way, Filters)]) {
        let Some((first, one)) = all.first() else { return };
        let mut servers = one.servers.clone();
        let is_the_same = all.iter().all(|(_, it)| it.servers == servers);
        let is_one_list = all.iter().all(|(way, it)| {
            let is_from_one = it.users.is_some() || way.instance == first.instance;
            it.users == one.users && way.account == first.account && is_from_one
        });
        let places = all.iter().flat_map(|(_, filters)| &filters.servers_at);
        if kind != Source::Plex {
            let why = "a list of servers is only for Plex here";
            return self.lost.extend(places.map(|place| Lost::new(place, why)));
        }
        if !is_the_same && !is_one_list {
            let why = "not all of Plex has the same list of servers there, and here it has one";
            self.lost.extend(places.clone().map(|place| Lost::new(place, why)));
        }
        for (_, filters) in all {
            servers = servers.with(filters.servers.clone());
        }
        let from = paths(places);
        match servers {
            Servers::Only(only) => {
                self.lines.push((kind, format!("servers = {}  # {from}\n", list(&only))));
            }
            Servers::AllBut(blocked) if !blocked.is_empty() => {
                self.lines.push((kind, format!("block_servers = {}  # {from}\n", list(&blocked))));
            }
            Servers::AllBut(_) => {}
        }
    }

    fn libraries(&mut self, kind: Source, all: &[(&Way, Filters)]) {
        let Some((_, one)) = all.first() else { return };
        let mut libraries = one.libraries.clone();
        let places = all.iter().filter_map(|(_, filters)| filters.libraries_at.as_ref());
        if !all.iter().all(|(_, it)| it.libraries == libraries) {
            let why = format!(
                "not all of {kind} has the same list of libraries there, and here it has one"
            );
            self.lost.extend(places.clone().map(|place| Lost::new(place, &*why)));
        }
        for (_, filters) in all {
            libraries = match (libraries, &filters.libraries) {
                (Some(libraries), Some(more)) => Some(&libraries | more),
                _ => None,
            };
        }
        if let Some(libraries) = libraries {
            let from = paths(places);
            self.lines.push((kind, format!("libraries = {}  # {from}\n", list(&libraries))));
        }
    }

    /// What is kept out by its file.
    fn files(&mut self, kind: Source, all: &[(&Way, Filters)]) {
        let Some((_, one)) = all.first() else { return };
        for ((_, ours), (index, (entries, _))) in BY_FILE.iter().zip(one.files.iter().enumerate()) {
            let its = || all.iter().filter_map(|(_, filters)| filters.files.get(index));
            let places = its().filter_map(|(_, place)| place.as_ref());
            if !its().all(|(others, _)| others == entries) {
                let why = format!("not all of {kind} has the same list there, and here it has one");
                self.lost.extend(places.map(|place| Lost::new(place, &*why)));
            } else if !entries.is_empty() {
                let note = if *ours == "ignore_paths" { "; case counts here" } else { "" };
                let line = format!("{ours} = {}  # {}{note}\n", list(entries), paths(places));
                self.lines.push((kind, line));
            }
        }
    }

    fn name_accounts(&mut self) {
        let logins: BTreeSet<&String> = self.people.keys().map(|(login, _)| login).collect();
        let (default, others): (Vec<_>, Vec<_>) =
            logins.into_iter().partition(|login| *login == "default");
        let mut accounts: Vec<(String, String)> = Vec::new();
        for login in default.into_iter().chain(others) {
            let plain = account_name(login);
            let numbered = (2..).map(|number| format!("{plain}-{number}"));
            let is_free = |name: &String| accounts.iter().all(|(_, other)| other != name);
            let name = std::iter::once(plain.clone()).chain(numbered).find(is_free);
            accounts.push((login.clone(), name.unwrap_or(plain)));
        }
        self.accounts = accounts;
    }

    /// What our account for one of their logins is called.
    fn account(&self, login: &str) -> String {
        let named = self.accounts.iter().find(|(its, _)| its == login);
        named.map_or_else(|| account_name(login), |(_, name)| json::one_line(name))
    }

    /// Lists of what is off there, and of ways that this program does not know.
    fn look_at_the_rest(&mut self, theirs: &Json) {
        let mut all = Vec::new();
        if let Some(scrobble) = theirs.get("scrobble") {
            leaves(("scrobble".to_owned(), scrobble), &mut all);
        }
        for place in all {
            let (path, value) = &place;
            if !is_list(path) || !is_set(value) || self.taken.contains(path) {
                continue;
            }
            let (kinds, why) = match route(theirs, path) {
                Some(route) if route.leads_elsewhere() => (Vec::new(), "leads to another tracker"),
                Some(route) => (route.server.into_iter().collect(), "is off there"),
                None => (kinds(path), "is off there"),
            };
            let is_open = |(key, people): (&(String, Source), &People)| {
                (people.is_everyone && kinds.contains(&key.1)).then(|| key.clone())
            };
            match self.people.iter().find_map(is_open) {
                Some((account, kind)) => {
                    let account = self.account(&account);
                    let why =
                        format!("{why}, and everybody's plays at {kind} go to account `{account}`");
                    self.lost.insert(Lost::new(&place, why));
                }
                None => {
                    self.off.insert(Lost::new(&place, why));
                }
            }
            self.taken.insert(path.clone());
        }
    }

    /// The lines of a kind's section.
    pub(super) fn section(&self, section: &str) -> impl Iterator<Item = &str> {
        let its = move |(kind, _): &&(Source, String)| kind.word() == section;
        self.lines.iter().filter(its).map(|(_, line)| line.as_str())
    }

    /// An `[[account]]` for each login: none where the only one takes everybody's plays.
    pub(super) fn accounts(&self) -> String {
        if self.people.is_empty() {
            return "\n[[account]]\nname = \"default\"\nplex = [\"*\"]\njellyfin = [\"*\"]\nemby = \
                    [\"*\"]\ndry_run = true  # whose plays to send is not known: write it above, \
                    then take this line out\n"
                .to_owned();
        }
        let of = |login: &str, kind| self.people.get(&(login.to_owned(), kind));
        let is_everyones = |people: &People| people.is_everyone;
        if let [(login, _)] = self.accounts.as_slice()
            && login == "default"
            && Source::ALL.iter().all(|kind| of(login, *kind).is_some_and(is_everyones))
        {
            return String::new();
        }
        let mut ours = String::new();
        for (login, name) in &self.accounts {
            let from = match login.as_str() {
                "default" => "trakt".to_owned(),
                login => json::one_line(&format!("trakt.instances.{login}")),
            };
            let _ = write!(ours, "\n[[account]]\nname = {}  # {from}\n", text(name));
            for kind in Source::ALL {
                let Some(people) = of(login, kind) else { continue };
                let from: Vec<String> = people.from.iter().map(|it| json::one_line(it)).collect();
                let (everyone, from) = (BTreeSet::from(["*".to_owned()]), from.join(", "));
                let users = if people.is_everyone { &everyone } else { &people.only };
                let _ = writeln!(ours, "{} = {}  # {from}", kind.word(), list(users));
            }
        }
        ours
    }
}

/// Where something stands, for the comment behind it.
fn paths<'p>(places: impl Iterator<Item = &'p Place<'p>>) -> String {
    let paths: BTreeSet<String> = places.map(|(path, _)| json::one_line(path)).collect();
    paths.into_iter().collect::<Vec<_>>().join(", ")
}

/// Their name of a login as one of ours.
fn account_name(login: &str) -> String {
    let name = login.replace(char::is_control, " ").trim().to_lowercase();
    if name.is_empty() { "account".to_owned() } else { name }
}

/// Whether a key is a list of who or what is let through or kept out.
fn is_list(path: &str) -> bool {
    let key = path.rsplit('.').next().unwrap_or(path);
    matches!(key, "user_id" | "server_uuid")
        || key.ends_with("whitelist")
        || key.ends_with("blacklist")
}

/// The route that a path is in.
fn route(theirs: &Json, path: &str) -> Option<Route> {
    let inside = path.strip_prefix(ROUTES)?.strip_prefix('.')?;
    let index: usize = inside.split('.').next()?.parse().ok()?;
    Route::read(index, at(theirs, ROUTES)?.get(index)?)
}

/// The kinds of servers that a list of the webhook or watcher may be for.
fn kinds(path: &str) -> Vec<Source> {
    let is_for = |kind: &&Source| {
        let word = kind.word();
        let parts = [format!(".filters_{word}."), format!(".{word}.")];
        parts.iter().any(|part| path.contains(part))
    };
    let named: Vec<Source> = Source::ALL.iter().filter(is_for).copied().collect();
    if named.is_empty() { Source::ALL.to_vec() } else { named }
}
