//! What does one of those ways let through?

use super::json::{self, NOTHING, Place, entries, is_set, is_true, layered, word};
use super::ways::Way;
use crate::event::Source;
use std::collections::BTreeSet;
use std::fmt;

/// Filters by the file that is played, and what they are called here. A prefix of theirs is a folder and
/// all below it, as here (its `media_filters.py`), but without case on every system.
pub(super) const BY_FILE: [(&str, &str); 2] =
    [("ignored_path_prefixes", "ignore_paths"), ("ignored_editions", "ignore_editions")];
/// Those that there are not here.
const BY_NAME: [&str; 3] =
    ["ignored_filename_patterns", "ignored_marker_files", "ignore_agregarr_trailers"];

/// What keeps plays out there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lost {
    path: String,
    names: String,
    why: String,
}

impl Lost {
    pub(super) fn new(place: &Place, why: impl Into<String>) -> Self {
        let names = json::shown(place.1);
        Self { path: json::one_line(&place.0), names, why: why.into() }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if !self.names.is_empty() {
            write!(f, " ({})", self.names)?;
        }
        write!(f, ": {}", self.why)
    }
}

/// What a list lets through: everything, or only this.
type Only = Option<BTreeSet<String>>;

/// Which servers are heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Servers {
    Only(BTreeSet<String>),
    AllBut(BTreeSet<String>),
}

impl Servers {
    /// Those of both.
    pub(super) fn with(self, other: Self) -> Self {
        use Servers::{AllBut, Only};
        match (self, other) {
            (Only(a), Only(b)) => Only(&a | &b),
            (AllBut(a), AllBut(b)) => AllBut(&a & &b),
            (AllBut(a), Only(b)) | (Only(b), AllBut(a)) => AllBut(&a - &b),
        }
    }
}

/// What one way lets through, and where that is said.
pub(super) struct Filters<'a> {
    pub(super) users: Only,
    pub(super) users_at: Place<'a>,
    pub(super) servers: Servers,
    pub(super) servers_at: Vec<Place<'a>>,
    pub(super) libraries: Only,
    pub(super) libraries_at: Option<Place<'a>>,
    /// What is kept out by each of [`BY_FILE`].
    pub(super) files: [(BTreeSet<String>, Option<Place<'a>>); 2],
}

impl<'a> Filters<'a> {
    /// What cannot be said here at all is `lost`, and lets nobody through.
    pub(super) fn read(
        way: &Way<'a>,
        taken: &mut BTreeSet<String>,
        lost: &mut BTreeSet<Lost>,
    ) -> Self {
        for filters in &way.filters {
            let keys = json::keys(Some(filters.1));
            taken.extend(keys.map(|(key, _)| format!("{}.{key}", filters.0)));
        }
        for key in BY_NAME {
            if let Some(place) = filter(way, key).filter(|(_, value)| is_set(value)) {
                let why = "files are told apart by folder and edition only here";
                lost.insert(Lost::new(&place, why));
            }
        }
        let files = BY_FILE.map(|(key, _)| files(way, key, lost));
        let (users, users_at) = users(way, lost);
        let (servers, servers_at) = servers(way, lost);
        let (libraries, libraries_at) = libraries(way, lost);
        taken.extend(libraries_at.iter().map(|(path, _)| path.clone()));
        Self { users, users_at, servers, servers_at, libraries, libraries_at, files }
    }

    /// Whether nobody comes through.
    pub(super) fn is_closed(&self) -> bool {
        let is_empty = |only: &Only| only.as_ref().is_some_and(BTreeSet::is_empty);
        is_empty(&self.users)
            || is_empty(&self.libraries)
            || self.servers == Servers::Only(BTreeSet::new())
    }

    /// Whether everybody does.
    pub(super) fn is_open(&self) -> bool {
        self.users.is_none() && !self.is_closed()
    }
}

/// A filter that says something.
fn filter<'a>(way: &Way<'a>, key: &str) -> Option<Place<'a>> {
    layered(&way.filters, key).filter(|(_, value)| is_true(value))
}

fn users<'a>(way: &Way<'a>, lost: &mut BTreeSet<Lost>) -> (Only, Place<'a>) {
    let nobody = Some(BTreeSet::new());
    let by_id = filter(way, "user_id").filter(|(_, id)| !word(Some(id)).is_empty());
    let by_id = by_id.filter(|_| way.is_watched);
    let Some(place) = filter(way, "username_whitelist") else {
        return match by_id {
            Some(place) if way.server != Source::Plex => {
                let id = format!("id:{}", word(Some(place.1)).to_lowercase());
                (Some(BTreeSet::from([id])), place)
            }
            Some(place) => {
                lost.insert(Lost::new(&place, "Plex has no such ids"));
                (nobody, place)
            }
            None if way.is_somebodys => (nobody, (way.path.clone(), NOTHING)),
            None => (None, (way.path.clone(), NOTHING)),
        };
    };
    if let Some(place) = by_id {
        lost.insert(Lost::new(&place, "must match beside the list of names there"));
        return (nobody, place);
    }
    let Some(names) = entries(place.1) else {
        lost.insert(Lost::new(&place, "is no list of names"));
        return (nobody, place);
    };
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let ours: BTreeSet<String> = names.iter().filter_map(|name| user(way.server, name)).collect();
    if ours.is_empty() || names.iter().any(|name| user(way.server, name).is_none()) {
        let why = format!("not all of it is a name at {}", way.server);
        lost.insert(Lost::new(&place, why));
    }
    (Some(ours), place)
}

/// An entry of their lists as one of ours, if it can mean the same here. At Plex it may be an id;
/// elsewhere they compare it with names only.
fn user(server: Source, name: &str) -> Option<String> {
    let is_id = |(kind, id): (&str, &str)| {
        let kind = kind.to_ascii_lowercase();
        (kind == "id" || kind == "uuid").then(|| (kind, id.trim().to_ascii_lowercase()))
    };
    match (name.split_once(':').and_then(is_id), server) {
        (Some((kind, id)), Source::Plex) => (!id.is_empty()).then(|| format!("{kind}:{id}")),
        (Some(_), Source::Jellyfin | Source::Emby) => None,
        // Everybody here, and nobody there.
        (None, _) if name == "*" => None,
        (None, Source::Jellyfin | Source::Emby) if is_32_digits(name) => None,
        (None, _) => Some(name.to_owned()),
    }
}

/// Whether it is an id of a user at Jellyfin or Emby.
fn is_32_digits(name: &str) -> bool {
    let digits: Vec<u8> = name.bytes().filter(|byte| *byte != b'-').collect();
    digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// What stands in a list of servers; `None` where it can't be read, and then nothing is in it.
fn ids(place: &Place, lost: &mut BTreeSet<Lost>) -> Option<BTreeSet<String>> {
    let Some(ids) = entries(place.1) else {
        lost.insert(Lost::new(place, "is no list of servers"));
        return None;
    };
    let parts = ids.iter().flat_map(|id| id.split(|c: char| c == ',' || c.is_whitespace()));
    Some(parts.filter(|id| !id.is_empty()).map(str::to_owned).collect())
}

fn servers<'a>(way: &Way<'a>, lost: &mut BTreeSet<Lost>) -> (Servers, Vec<Place<'a>>) {
    let given = |key| layered(&way.filters, key).filter(|(_, value)| !value.is_null());
    let (allowed, blocked) = (given("server_uuid_whitelist"), given("server_uuid_blacklist"));
    let one = given("server_uuid").filter(|(_, id)| !word(Some(id)).is_empty());
    let one = one.or_else(|| way.usual_server.clone());
    let mut only = one.iter().map(|(_, id)| word(Some(id))).collect::<BTreeSet<_>>();
    let these = allowed.as_ref().map(|place| ids(place, lost));
    let is_unread = these == Some(None);
    only.extend(these.flatten().into_iter().flatten());
    let blocked_ids = blocked.as_ref().and_then(|place| ids(place, lost)).unwrap_or_default();
    let servers = if only.is_empty() && !is_unread {
        Servers::AllBut(blocked_ids)
    } else {
        Servers::Only(&only - &blocked_ids)
    };
    // A number is an id there, even zero.
    let says = |(_, list): &Place| is_set(list) || list.is_number();
    let at = [allowed, one, blocked].into_iter().flatten().filter(says);
    (servers, at.collect())
}

fn libraries<'a>(way: &Way<'a>, lost: &mut BTreeSet<Lost>) -> (Only, Option<Place<'a>>) {
    let place = layered(&way.libraries, "libraries").filter(|(_, value)| is_true(value));
    let Some(place) = place else { return (None, None) };
    let Some(ids) = entries(place.1) else {
        lost.insert(Lost::new(&place, "is no list of libraries"));
        return (Some(BTreeSet::new()), Some(place));
    };
    let ids: BTreeSet<String> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    if ids.is_empty() { (None, None) } else { (Some(ids), Some(place)) }
}

/// What is kept out by a filter by the file.
fn files<'a>(
    way: &Way<'a>,
    key: &str,
    lost: &mut BTreeSet<Lost>,
) -> (BTreeSet<String>, Option<Place<'a>>) {
    let Some(place) = filter(way, key).filter(|(_, value)| is_set(value)) else {
        return (BTreeSet::new(), None);
    };
    let Some(entries) = entries(place.1) else {
        lost.insert(Lost::new(&place, "is no list of folders or editions"));
        return (BTreeSet::new(), Some(place));
    };
    (entries.into_iter().filter(|entry| !entry.is_empty()).collect(), Some(place))
}
