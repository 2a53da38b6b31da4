//! Which keys does a media server's section have? As `keys.rs` has it for all others.

use super::keys::{CA_FILE, Key, Servers, key, list, restart};
use super::kind::KeyType;
use super::media_server::MediaServer;
use crate::event::Source;

const fn only_plex(mut key: Key<MediaServer>) -> Key<MediaServer> {
    key.of = Servers::OnlyPlex;
    key
}

const fn not_plex(mut key: Key<MediaServer>) -> Key<MediaServer> {
    key.of = Servers::NotPlex;
    key
}

/// The keys of `source`'s section.
pub(super) fn of_server(source: Source) -> Vec<&'static Key<MediaServer>> {
    let has = |key: &&Key<MediaServer>| match key.of {
        Servers::Any => true,
        Servers::OnlyPlex => source == Source::Plex,
        Servers::NotPlex => source != Source::Plex,
    };
    SERVER.iter().filter(has).collect()
}

/// `[plex]`, `[jellyfin]` and `[emby]`, once or several times; see [`of_server`].
static SERVER: &[Key<MediaServer>] = &[
    restart(key(
        "name",
        KeyType::Text(|s| &mut s.name),
        "What it is called here, where there are several of its kind; else as its kind.",
    )),
    key(
        "id",
        KeyType::Text(|s| &mut s.id),
        "Its own id, as its webhooks have it; tells it from others of its kind. A server that can be asked says it \
         itself.",
    ),
    only_plex(key(
        "users",
        list(|s| &mut s.users),
        "Whose events count: names, \"id:11\" or \"uuid:1a2b3c…\"; empty: everyone's.",
    )),
    not_plex(key(
        "users",
        list(|s| &mut s.users),
        "Whose events count: names or ids; empty: everyone's.",
    )),
    only_plex(key(
        "servers",
        list(|s| &mut s.servers),
        "Which servers count, by UUID; empty: all.",
    )),
    only_plex(key(
        "block_servers",
        list(|s| &mut s.block_servers),
        "Which servers never count; wins over servers.",
    )),
    only_plex(key(
        "libraries",
        numbered_list(|s| &mut s.libraries),
        "Which libraries count: names, ids, or \"SERVERUUID/2\"; empty: all.",
    )),
    not_plex(key(
        "libraries",
        numbered_list(|s| &mut s.libraries),
        "Which libraries count: names or ids; empty: all. Needs url and api_key.",
    )),
    key(
        "block_libraries",
        numbered_list(|s| &mut s.block_libraries),
        "Which libraries never count; wins over libraries.",
    ),
    key(
        "block_players",
        list(|s| &mut s.block_players),
        "Players that never count, because they scrobble by themselves: names or ids.",
    ),
    only_plex(key("ratings", KeyType::Switch(|s| &mut s.ratings), "Whether ratings are sent.")),
    key(
        "webhook_secret",
        KeyType::Secret(|s| &mut s.webhook_secret),
        "Only for a proxy that signs what it forwards; anything unsigned is then refused.",
    ),
    only_plex(key(
        "probe_session_progress",
        KeyType::Switch(|s| &mut s.probe_session_progress),
        "With url and token: ask the server for the position where a webhook has none.",
    )),
    restart(key("url", KeyType::Url(|s| &mut s.url), "Where the media server can be asked back.")),
    only_plex(restart(key(
        "token",
        KeyType::Secret(|s| &mut s.token),
        "The X-Plex-Token of the server's owner, for asking back.",
    ))),
    not_plex(restart(key(
        "api_key",
        KeyType::Secret(|s| &mut s.token),
        "The API key for asking back.",
    ))),
    restart(key("ca_file", KeyType::Path(|s| &mut s.ca_file), CA_FILE)),
    only_plex(restart(key(
        "hear",
        KeyType::Switch(|s| &mut s.hear),
        "Whether the server itself is listened to: no webhook and no Plex Pass is needed, only url and \
         token.",
    ))),
    not_plex(restart(key(
        "hear",
        KeyType::Switch(|s| &mut s.hear),
        "Whether the server itself is listened to, by asking it every 10 s while something plays and \
         every 30 s while nothing does, which is all that wakes an idle daemon: no webhook is needed, \
         only url and an administrator's api_key. (At Jellyfin a person's own token hears that person alone.)",
    ))),
    key(
        "catch_up",
        KeyType::Switch(|s| &mut s.catch_up),
        "Whether its history is looked through for plays that nobody told of, where it can be asked.",
    ),
    key(
        "ignore_paths",
        list(|s| &mut s.ignore_paths),
        "Folders whose files never count, as the server names them.",
    ),
    key(
        "ignore_editions",
        list(|s| &mut s.ignore_editions),
        "Editions that never count, like \"Trailer\".",
    ),
    only_plex(key(
        "plex_tv_url",
        KeyType::Url(|s| &mut s.plex_tv_url),
        "Where plex.tv is, for `scrobbled connect plex`; another only for tests.",
    )),
];

/// A list whose entries may be bare numbers.
const fn numbered_list<T>(field: fn(&mut T) -> &mut Vec<String>) -> KeyType<T> {
    KeyType::List { numbers: true, field }
}
