//! Do we care?
//!
//! [`filter`] compares an event with the lists and switches of its media server; [`accounts`] says
//! whose event it is. Both are pure and allocate nothing unless they drop the event.
//!
//! Block lists win over lists. What an event lacks (Jellyfin and Emby never name the library, a
//! stop may lack its user) is never guessed: [`FilterResult::Ask`] leaves it to who can complete the event
//! and ask again, or drop it with [`Question::unanswered`].
//!
//! Not here: what is no playback at all (`webhook`), what the event means (`engine`).

use crate::config::{Account, MediaServer, Scrobble, Settings};
use crate::event::{Action, Event, File, Kind, Library, Source, User, same_id};
use crate::verdict::Reason;

/// Whether an event is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum FilterResult {
    /// It is.
    Keep,
    /// It is not.
    Drop(Reason),
    /// It lacks what a list asks for. Nothing else speaks against it.
    Ask(Question),
}

/// What an event lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who watches; `users` is set.
    User,
    /// In which library it is; `libraries` or `block_libraries` is set.
    Library,
    /// Where its file lies; `ignore_paths` is set.
    File,
}

impl Question {
    /// Why `event` is dropped when nobody knows the answer; `None`: it is not. What lies nobody knows
    /// where is hardly among the few files that never count.
    #[must_use]
    pub fn unanswered(self, event: &Event, settings: &Settings) -> Option<Reason> {
        let Some(server) = settings.server(event.source, &event.server) else {
            return Some(nobodys(event.source, &event.server, settings));
        };
        let section = server.section();
        match self {
            Self::User => Some(Reason::UserUnknown { section }),
            Self::Library => Some(Reason::LibraryUnknown { section }),
            Self::File => None,
        }
    }
}

/// What a filter says: nothing against it, what it would have to know, or why not.
type Answer = Result<Option<Question>, Reason>;
/// A filter: what is set for the event's server, and what for all.
type Check = fn(&Event, &MediaServer, &Scrobble) -> Answer;

/// The filters and their names, the broadest first: an unwanted user is reported as such, and a
/// switch is named only for events that pass everything else.
const FILTERS: [(&str, Check); 6] = [
    ("server", check_server),
    ("user", check_user),
    ("player", check_player),
    ("library", check_library),
    ("file", check_file),
    ("switches", check_switches),
];

/// Whether `event` is wanted: the first filter that says no decides, else the first that asks.
#[must_use]
pub fn filter(event: &Event, settings: &Settings) -> FilterResult {
    let Some(server) = settings.server(event.source, &event.server) else {
        return FilterResult::Drop(nobodys(event.source, &event.server, settings));
    };
    let mut open = None;
    for (_, check) in FILTERS {
        match check(event, server, &settings.scrobble) {
            Ok(question) => open = open.or(question),
            Err(reason) => return FilterResult::Drop(reason),
        }
    }
    open.map_or(FilterResult::Keep, FilterResult::Ask)
}

/// What each filter says by itself, with the word that stands for it; for `explain`.
#[must_use]
pub fn each(event: &Event, settings: &Settings) -> Vec<(&'static str, FilterResult)> {
    let Some(server) = settings.server(event.source, &event.server) else {
        return vec![(
            "server",
            FilterResult::Drop(nobodys(event.source, &event.server, settings)),
        )];
    };
    let said = |(word, check): (_, Check)| match check(event, server, &settings.scrobble) {
        Ok(question) => (word, question.map_or(FilterResult::Keep, FilterResult::Ask)),
        Err(reason) => (word, FilterResult::Drop(reason)),
    };
    FILTERS.into_iter().map(said).collect()
}

/// Whose event it is. A user whom two accounts list counts for both (rule 13); an event without
/// a user belongs to those that take everyone's.
pub fn accounts<'a>(event: &Event, accounts: &'a [Account]) -> impl Iterator<Item = &'a Account> {
    accounts.iter().filter(|account| takes(account, event.source, &event.user))
}

/// Whether events of `user` are `account`'s.
#[must_use]
pub fn takes(account: &Account, source: Source, user: &User) -> bool {
    account.users(source).iter().any(|entry| is_user(entry, source, user))
}

/// Whether an entry of a list of libraries means `library`: its id, its title, or either behind
/// its server's id and a slash (section ids are only unique on their server). Where it is not
/// known whose the library is, any server's id will do.
#[must_use]
pub fn means(entry: &str, server: Option<&str>, library: &Library) -> bool {
    let is = |entry: &str| same_id(entry, &library.id) || same_name(entry, &library.title);
    let is_its = |id: &str| server.is_none_or(|server| same_id(id, server));
    is(entry) || entry.split_once('/').is_some_and(|(id, entry)| is_its(id) && is(entry))
}

/// Why an event is ignored whose server, by its id, is none of several of its kind; or not yet, where one
/// of them has still to say which it is.
#[must_use]
pub fn nobodys(kind: Source, server: &str, settings: &Settings) -> Reason {
    let source = kind.word();
    let mut waiting = settings.servers(kind).filter(|it| it.waits_for_its_id());
    match (server, waiting.next()) {
        ("", _) => Reason::ServerUnknown { source },
        (server, None) => Reason::ServerUnlisted { source, server: server.to_owned() },
        (server, Some(it)) => {
            let (server, section) = (server.to_owned(), it.section());
            Reason::ServerUnidentified { source, server, section }
        }
    }
}

fn check_server(event: &Event, wanted: &MediaServer, _: &Scrobble) -> Answer {
    let is_in = |list: &[String]| list.iter().any(|entry| same_id(entry, &event.server));
    let server = || first_of(&[&event.server]);
    if is_in(&wanted.block_servers) {
        return Err(Reason::ServerBlocked { section: wanted.section(), server: server() });
    }
    if !wanted.servers.is_empty() && !is_in(&wanted.servers) {
        return Err(Reason::ServerNotWanted { section: wanted.section(), server: server() });
    }
    Ok(None)
}

fn check_user(event: &Event, wanted: &MediaServer, _: &Scrobble) -> Answer {
    let Event { source, user, .. } = event;
    if wanted.users.is_empty() || wanted.users.iter().any(|entry| is_user(entry, *source, user)) {
        return Ok(None);
    }
    if user.is_unknown() {
        return Ok(Some(Question::User));
    }
    let hint = user.hint(*source);
    let user = match user {
        User { name, .. } if !name.is_empty() => name.clone(),
        User { id, .. } if !id.is_empty() => format!("id:{id}"),
        User { uuid, .. } => format!("uuid:{uuid}"),
    };
    Err(Reason::UserNotWanted { section: wanted.section(), user, hint })
}

fn check_player(event: &Event, wanted: &MediaServer, _: &Scrobble) -> Answer {
    let player = &event.player;
    let is_player = |entry: &String| same_name(entry, &player.name) || same_id(entry, &player.id);
    if wanted.block_players.iter().any(is_player) {
        let player = first_of(&[&player.name, &player.id]);
        return Err(Reason::PlayerBlocked { section: wanted.section(), player });
    }
    Ok(None)
}

fn check_library(event: &Event, wanted: &MediaServer, _: &Scrobble) -> Answer {
    if wanted.libraries.is_empty() && wanted.block_libraries.is_empty() {
        return Ok(None);
    }
    let known = |library: &&Library| !library.id.is_empty() || !library.title.is_empty();
    let Some(library) = event.library.as_ref().filter(known) else {
        return Ok(Some(Question::Library));
    };
    let is_in =
        |list: &[String]| list.iter().any(|entry| means(entry, Some(&event.server), library));
    let name = || first_of(&[&library.title, &library.id]);
    if is_in(&wanted.block_libraries) {
        return Err(Reason::LibraryBlocked { section: wanted.section(), library: name() });
    }
    if !wanted.libraries.is_empty() && !is_in(&wanted.libraries) {
        return Err(Reason::LibraryNotWanted { section: wanted.section(), library: name() });
    }
    Ok(None)
}

fn check_file(event: &Event, wanted: &MediaServer, _: &Scrobble) -> Answer {
    let File { path, edition } = &event.item.file;
    if wanted.ignore_editions.iter().any(|entry| same_name(entry, edition)) {
        let (section, edition) = (wanted.section(), edition.clone());
        return Err(Reason::EditionIgnored { section, edition });
    }
    if wanted.ignore_paths.is_empty() || !matches!(event.item.kind, Kind::Movie | Kind::Episode(_))
    {
        return Ok(None);
    }
    if path.is_empty() {
        return Ok(Some(Question::File));
    }
    match wanted.ignore_paths.iter().find(|folder| lies_under(path, folder)) {
        Some(folder) => Err(Reason::PathIgnored {
            section: wanted.section(),
            folder: folder.clone(),
            file: path.clone(),
        }),
        None => Ok(None),
    }
}

/// Whether a file lies in a folder or below it, or is it. Windows writes paths in two ways, and does not
/// tell great letters from small ones.
fn lies_under(file: &str, folder: &str) -> bool {
    let is_of_windows = file.contains('\\') || file.as_bytes().get(1) == Some(&b':');
    let plain = |path: &str| {
        let path = path.trim().replace('\\', "/");
        if is_of_windows { path.to_lowercase() } else { path }
    };
    let (file, folder) = (plain(file), plain(folder));
    let folder = folder.trim_end_matches('/');
    !folder.is_empty()
        && file.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn check_switches(event: &Event, wanted: &MediaServer, rules: &Scrobble) -> Answer {
    match event.action {
        Action::Rate(_) if !wanted.ratings => Err(Reason::RatingsOff { section: wanted.section() }),
        Action::Mark { .. } if !rules.marks => Err(Reason::MarksOff),
        // While marks count, an unmark takes back one that still waits (rule 17).
        Action::Unmark if !rules.unmarks && !rules.marks => Err(Reason::UnmarksOff),
        Action::Rate(_)
        | Action::Mark { .. }
        | Action::Unmark
        | Action::Start
        | Action::Resume
        | Action::Pause
        | Action::Progress { .. }
        | Action::Stop { .. }
        | Action::Completed
        | Action::Played { .. } => Ok(None),
    }
}

/// Whether an entry of a list of users means `user`: `*`, a name, or at Plex `id:…` and `uuid:…`,
/// at Jellyfin and Emby an id, with or without `id:`.
#[must_use]
pub fn is_user(entry: &str, source: Source, user: &User) -> bool {
    if entry == "*" {
        return true;
    }
    match source {
        Source::Plex => match entry.split_once(':') {
            Some(("id", id)) => same_id(id, &user.id),
            Some(("uuid", uuid)) => same_id(uuid, &user.uuid),
            // What Plex gives as a name is the user name, the display name or the e-mail address.
            Some(_) | None => same_letters(entry, &user.name),
        },
        Source::Jellyfin | Source::Emby => {
            same_id(entry.strip_prefix("id:").unwrap_or(entry), &user.id)
                || same_name(entry, &user.name)
        }
    }
}

/// Names, without case.
fn same_name(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    !b.is_empty() && a.chars().map(lower).eq(b.chars().map(lower))
}

/// Names, without case and punctuation: `mara.finch` is `Mara Finch`. A name of nothing but
/// punctuation is compared as it is.
fn same_letters(a: &str, b: &str) -> bool {
    let letters = |name| str::chars(name).filter(|c| c.is_alphanumeric()).map(lower);
    if letters(b).next().is_none() {
        return same_name(a, b);
    }
    letters(a).eq(letters(b))
}

/// The lower-case letter, good enough to compare by: the few that become two letters lose one.
fn lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

/// The first that says something, for a sentence.
fn first_of(texts: &[&str]) -> String {
    let known = texts.iter().find(|text| !text.is_empty());
    known.map_or("(unknown)", |text| text).to_owned()
}

#[cfg(test)]
mod tests;
