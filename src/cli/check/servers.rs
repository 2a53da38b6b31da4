//! What does `scrobbled check` tell of the media servers?

use super::address::reach;
use crate::cli::say;
use crate::cli::status::heard;
use crate::config::{MediaServer, Settings};
use crate::desk::shown::Status;
use crate::event::{Library, Source, User, same_id};
use crate::filter;
use crate::media_server::{self, Shows, Trouble, history, playing};

/// Tells why media servers may not be heard; of those of a kind once, since they share an address, and
/// nothing that was `said` already.
pub(super) fn silent(status: &Status, said: &[String]) -> usize {
    let mut troubles: Vec<_> = status.servers.iter().filter_map(|it| it.trouble.as_ref()).collect();
    troubles.dedup();
    // Several troubles of one server are parted so.
    let is_alone = |head: &str| !head.contains("; ");
    let is_said =
        |trouble: &str| said.iter().any(|one| trouble.strip_suffix(one).is_some_and(is_alone));
    troubles.retain(|trouble| !is_said(trouble));
    troubles.into_iter().inspect(|trouble| say(trouble)).count()
}

/// Looks at a media server, and says when it was last heard; of several says which events are its.
/// What its answers show to be wrong is among what was `said` then.
pub(super) fn media_server(
    server: &MediaServer,
    settings: &Settings,
    status: &Status,
    said: &mut Vec<String>,
) -> usize {
    let title = server.title();
    if let Some(server) = status.servers.iter().find(|shown| shown.title == title) {
        say(heard(server, &status.now));
    }
    let are_several = settings.servers(server.kind).count() > 1;
    if are_several {
        say(format_args!("{title}: takes the events {}", whose(server)));
    }
    if server.url.is_empty() {
        return 0;
    }
    let unreached = reach(&title, &server.url);
    if unreached > 0 {
        said.extend(media_server::id(server).err().map(|trouble| trouble.to_string()));
    }
    if unreached > 0 || server.token.is_empty() {
        return unreached; // on a missing token there is a note
    }
    let id_matters = !server.id.is_empty();
    let is_told = status.servers.iter().any(|it| it.title == title && it.trouble.is_some());
    let mut wrong = if id_matters { id_of(server) } else { 0 };
    let mut troubles: Vec<String> = Vec::new();
    match libraries(server) {
        Ok(unknown) => wrong += unknown + unknown_users(server, settings),
        Err(trouble) => troubles.push(trouble.to_string()),
    }
    if server.hear && !is_told {
        troubles.extend(unseen(server).map(|trouble| trouble.to_string()));
    }
    troubles.dedup();
    for trouble in &troubles {
        say(format_args!("{title}: {trouble}"));
    }
    wrong += troubles.len();
    said.extend(troubles);
    wrong
}

/// Whose events a block of several takes.
fn whose(server: &MediaServer) -> String {
    if !server.id.is_empty() {
        return format!("of the server {:?}", server.id);
    }
    if server.url.is_empty() {
        return "of each server that is no other's".to_owned();
    }
    let said = Some(server).filter(|it| it.waits_for_its_id()).map(media_server::id);
    match said {
        Some(Ok(Some(id))) => format!("of the server {id:?}, as it says itself"),
        Some(Ok(None) | Err(_)) => "of no server until it has said which it is".to_owned(),
        None => "of no server, since its id is not set".to_owned(),
    }
}

/// Why a media server that is to be listened to shows nothing that may count.
fn unseen(server: &MediaServer) -> Option<Trouble> {
    match server.kind {
        Source::Plex => playing::sessions(server, "").map(drop),
        Source::Jellyfin | Source::Emby => media_server::shows(server).map(drop),
    }
    .err()
}

/// Asks a media server for its id, and says it where it does not stand in the config.
fn id_of(server: &MediaServer) -> usize {
    let (title, section) = (server.title(), server.section());
    let Ok(Some(id)) = media_server::id(server) else { return 0 }; // its libraries tell what is wrong
    if same_id(&server.id, &id) {
        return 0;
    }
    say(format_args!("{title}: its id is {id:?}, and {section}.id is {:?}", server.id));
    1
}

/// Asks a media server for its libraries, and lists them as they may stand in the config; how many are there
/// that it does not have.
fn libraries(server: &MediaServer) -> Result<usize, Trouble> {
    let (title, section) = (server.title(), server.section());
    if server.kind == Source::Jellyfin
        && let Ok(Shows::Only(User { name, .. })) = media_server::shows(server)
    {
        say(format_args!(
            "{title}: accepts the token, which is {name}'s, who is no administrator: only what {name} \
             watches is heard, no other history is read, and of libraries nothing is known"
        ));
        return Ok(0);
    }
    let libraries = media_server::libraries(server)?;
    Ok(list("accepts the token; its libraries", (&title, &section), Some(server), &libraries))
}

/// Says of whom the config lists, and a Jellyfin or an Emby has not; how many. Plex may call people otherwise in its
/// list than in what it tells.
fn unknown_users(server: &MediaServer, settings: &Settings) -> usize {
    let (kind, title, section) = (server.kind, server.title(), server.section());
    let of_server = server.users.iter().map(|user| (format!("{section}.users"), user));
    // Somebody may be another server's.
    let is_alone = settings.servers(kind).count() == 1;
    let accounts = settings.accounts.iter().filter(|_| is_alone);
    let of_accounts = accounts.flat_map(|account| {
        let whose = format!("account `{}`", account.name);
        account.users(kind).iter().map(move |user| (whose.clone(), user))
    });
    let listed: Vec<_> = of_server.chain(of_accounts).filter(|(_, user)| *user != "*").collect();
    let shows_all = || matches!(media_server::shows(server), Ok(Shows::Everybodys));
    if kind == Source::Plex || listed.is_empty() || !shows_all() {
        return 0;
    }
    let Ok(people) = history::people(server) else { return 0 }; // why, the daemon says
    let names: Vec<String> = people.iter().map(|one| format!("{:?}", one.user.name)).collect();
    let unknown = listed
        .iter()
        .filter(|(_, entry)| !people.iter().any(|one| filter::is_user(entry, kind, &one.user)));
    unknown
        .inspect(|(place, entry)| {
            say(format_args!(
                "{title}: {place} lists {entry:?}, but the server has no such user; it has {}",
                names.join(", ")
            ));
        })
        .count()
}

/// Lists libraries as they may stand in the config, and says which of those are none that `configured`
/// lists.
pub(in crate::cli) fn list(
    what: &str,
    (title, section): (&str, &str),
    configured: Option<&MediaServer>,
    libraries: &[Library],
) -> usize {
    say(format_args!("{title}: {what}, as {section}.libraries takes them:"));
    for Library { id, title } in libraries {
        say(format_args!("  {id:?}, # {title}"));
    }
    let lists = configured.map(|server| {
        [("libraries", &server.libraries), ("block_libraries", &server.block_libraries)]
    });
    let entries = lists.iter().flatten().flat_map(|(key, list)| list.iter().map(move |e| (key, e)));
    let meant = |entry| libraries.iter().any(|library| filter::means(entry, None, library));
    let wrong = entries.filter(|(_, entry)| !meant(entry));
    wrong
        .inspect(|(key, entry)| {
            say(format_args!(
                "{title}: {section}.{key} lists {entry:?}, but the server has no such library"
            ));
        })
        .count()
}
