//! Which keys are there? One table a section: name, kind, meaning.
//!
//! The tables drive everything that knows keys: reading the file and the environment, the file
//! that `init` writes, the listing of the settings page. The defaults do not stand here; they are
//! read from the `Default` impls in `settings.rs` through each key's accessor.

use super::kind::{KeyType, Unit};
use super::settings::{Account, MdbList, Notify, NotifyFormat, Scrobble, Settings, Simkl, Trakt};
use crate::event::Percent;

/// One key of a section whose settings are a `T`.
pub(super) struct Key<T: 'static> {
    /// As it is written.
    pub(super) name: &'static str,
    /// What it takes, and which field it sets.
    pub(super) kind: KeyType<T>,
    /// What it does, in one sentence.
    pub(super) meaning: &'static str,
    /// Whether a change counts only after a restart.
    pub(super) restart: bool,
    /// Which media servers have it; `Any` outside of their sections.
    pub(super) of: Servers,
}

/// Which media servers' sections have a key.
#[derive(Clone, Copy)]
pub(super) enum Servers {
    Any,
    OnlyPlex,
    NotPlex,
}

/// What `ca_file` means, of media servers and receivers alike.
pub(super) const CA_FILE: &str = "A file (PEM) with the certificate to trust there instead of public \
     ones: the server's own, or that of the authority that signed it. Relative to this file.";

pub(super) const fn key<T>(name: &'static str, kind: KeyType<T>, meaning: &'static str) -> Key<T> {
    Key { name, kind, meaning, restart: false, of: Servers::Any }
}

pub(super) const fn restart<T>(mut key: Key<T>) -> Key<T> {
    key.restart = true;
    key
}

/// The keys above the first section.
pub(super) static TOP: &[Key<Settings>] = &[
    restart(key(
        "listen",
        KeyType::Address(|s| &mut s.listen),
        "Where to accept connections; \"0.0.0.0:8787\" lets other machines in.",
    )),
    restart(key(
        "data_dir",
        KeyType::Path(|s| &mut s.data_dir),
        "The folder for the data; relative to this file. $STATE_DIRECTORY beats the default.",
    )),
    restart(key(
        "public_url",
        KeyType::Url(|s| &mut s.public_url),
        "How media servers reach it when it is behind a proxy; may have a path.",
    )),
    restart(key(
        "trusted_proxies",
        KeyType::Networks(|s| &mut s.trusted_proxies),
        "Proxies whose X-Forwarded-For is believed.",
    )),
    key(
        "log",
        KeyType::Choice {
            words: &["error", "warn", "info", "debug", "trace"],
            word: |s| s.log.as_str(),
            choose: |s, word| s.log = word.parse().unwrap_or(s.log),
        },
        "How much is logged, to stderr.",
    ),
];

/// `[trakt]`.
pub(super) static TRAKT: &[Key<Trakt>] = &[
    restart(key(
        "client_id",
        KeyType::Text(|t| &mut t.client_id),
        "The client id of your API app; empty: the one built in, if there is one.",
    )),
    restart(key("client_secret", KeyType::Secret(|t| &mut t.client_secret), "Its client secret.")),
    restart(key(
        "client_secret_file",
        KeyType::Path(|t| &mut t.client_secret_file),
        "Or a file that holds it: relative to this one, or \"$CREDENTIALS_DIRECTORY/…\".",
    )),
    restart(key("api_url", KeyType::Url(|t| &mut t.api_url), "Where Trakt's API is.")),
    restart(key("auth_url", KeyType::Url(|t| &mut t.auth_url), "Where Trakt's logins are.")),
    restart(key(
        "post_interval_ms",
        KeyType::Span { most: 60_000.0, unit: Unit::Milliseconds, field: |t| &mut t.post_interval },
        "Least time between two calls that change something; Trakt allows one a second. Questions \
         keep a pace that follows from it: 900 in the time of 300 such calls.",
    )),
    restart(key(
        "remove_from_watchlist",
        KeyType::Switch(|t| &mut t.remove_from_watchlist),
        "Whether a movie leaves the watchlist once watched.",
    )),
];

/// `[simkl]`.
pub(super) static SIMKL: &[Key<Simkl>] = &[
    restart(key(
        "client_id",
        KeyType::Text(|s| &mut s.client_id),
        "The client id of your app at Simkl, of the type \"TV, devices & command line\"; empty: the \
         one built in, if there is one.",
    )),
    restart(key("api_url", KeyType::Url(|s| &mut s.api_url), "Where Simkl's API and logins are.")),
    restart(key(
        "post_interval_ms",
        KeyType::Span { most: 60_000.0, unit: Unit::Milliseconds, field: |s| &mut s.post_interval },
        "Least time between two calls that change something; Simkl allows one a second.",
    )),
    restart(key(
        "ratings",
        KeyType::Switch(|s| &mut s.ratings),
        "Whether ratings of movies and shows are sent. Simkl files what is rated: a movie as watched, \
         a show as being watched.",
    )),
];

/// `[mdblist]`.
pub(super) static MDBLIST: &[Key<MdbList>] = &[
    restart(key(
        "client_id",
        KeyType::Text(|m| &mut m.client_id),
        "The client id of your app at MDBList, of the type \"Device Code\"; empty: the one built in, if \
         there is one. Without any, `scrobbled login --to mdblist` takes an API key.",
    )),
    restart(key(
        "api_url",
        KeyType::Url(|m| &mut m.api_url),
        "Where MDBList's API and logins are.",
    )),
    restart(key(
        "post_interval_ms",
        KeyType::Span { most: 60_000.0, unit: Unit::Milliseconds, field: |m| &mut m.post_interval },
        "Least time between two calls that change something; MDBList allows 300 in five minutes.",
    )),
    restart(key(
        "remove_from_watchlist",
        KeyType::Switch(|m| &mut m.remove_from_watchlist),
        "Whether a movie leaves the watchlist once watched.",
    )),
];

/// `[scrobble]`. `watched_at` comes before the two keys that override it.
pub(super) static SCROBBLE: &[Key<Scrobble>] = &[
    key(
        "watched_at",
        percent(
            50.0,
            &[|s| &mut s.watched_at, |s| &mut s.watched_at_movies, |s| &mut s.watched_at_episodes],
        ),
        "A stop at or past it is a play.",
    ),
    key(
        "watched_at_movies",
        percent(50.0, &[|s| &mut s.watched_at_movies]),
        "The same for movies; absent: watched_at.",
    ),
    key(
        "watched_at_episodes",
        percent(50.0, &[|s| &mut s.watched_at_episodes]),
        "The same for episodes; absent: watched_at.",
    ),
    key(
        "force_stop_at",
        percent(50.0, &[|s| &mut s.force_stop_at]),
        "A pause at or past it is a play too.",
    ),
    key(
        "suppress_start_at",
        percent(50.0, &[|s| &mut s.suppress_start_at]),
        "A start at or past it is not sent.",
    ),
    key(
        "regress_tolerance_percent",
        percent(0.0, &[|s| &mut s.regress_tolerance_percent]),
        "How many points progress may fall before that is taken for a glitch of the player.",
    ),
    key(
        "pause_debounce_seconds",
        seconds(300.0, |s| &mut s.pause_debounce),
        "How long a pause waits for a resume; then neither is sent.",
    ),
    key(
        "autoplay_guard_seconds",
        seconds(3600.0, |s| &mut s.autoplay_guard),
        "A start this soon after a stop on the same player waits; 0 switches that off.",
    ),
    key(
        "autoplay_guard_min_progress",
        percent(0.0, &[|s| &mut s.autoplay_guard_min_progress]),
        "A start that waits so is sent once playback has come this far; 0: only after the time.",
    ),
    key(
        "marks",
        KeyType::Switch(|s| &mut s.marks),
        "Whether \"mark as watched\" in Jellyfin and Emby counts as a play.",
    ),
    key(
        "unmarks",
        KeyType::Switch(|s| &mut s.unmarks),
        "Whether \"mark as unwatched\" removes plays.",
    ),
];

/// `[[account]]`.
pub(super) static ACCOUNT: &[Key<Account>] = &[
    restart(key("name", KeyType::Text(|a| &mut a.name), "What the account is called here.")),
    key(
        "plex",
        list(|a| &mut a.plex),
        "Whose plays go to it, named as in [plex] users; \"*\": everyone's. Empty: nobody's.",
    ),
    key("jellyfin", list(|a| &mut a.jellyfin), "The same for Jellyfin."),
    key("emby", list(|a| &mut a.emby), "The same for Emby."),
    restart(key("dry_run", KeyType::Switch(|a| &mut a.dry_run), "Decide and show, send nothing.")),
];

/// `[notify]`.
pub(super) static NOTIFY: &[Key<Notify>] = &[
    restart(key(
        "url",
        KeyType::SecretUrl(|n| &mut n.url),
        "Where trouble is told: a topic of ntfy, Gotify's /message?token=…, or your own receiver.",
    )),
    restart(key(
        "format",
        KeyType::Choice {
            words: &["ntfy", "gotify", "json"],
            word: |n| match n.format {
                NotifyFormat::Ntfy => "ntfy",
                NotifyFormat::Gotify => "gotify",
                NotifyFormat::Json => "json",
            },
            choose: |n, word| {
                n.format = match word {
                    "gotify" => NotifyFormat::Gotify,
                    "json" => NotifyFormat::Json,
                    _ => NotifyFormat::Ntfy,
                }
            },
        },
        "In which form.",
    )),
];

const fn percent<T>(least: f64, fields: &'static [fn(&mut T) -> &mut Percent]) -> KeyType<T> {
    KeyType::Percent { least, fields }
}

const fn seconds<T>(most: f64, field: fn(&mut T) -> &mut std::time::Duration) -> KeyType<T> {
    KeyType::Span { most, unit: Unit::Seconds, field }
}

pub(super) const fn list<T>(field: fn(&mut T) -> &mut Vec<String>) -> KeyType<T> {
    KeyType::List { numbers: false, field }
}
