//! Which key of CrossWatch's becomes which of ours, and why do others not?
//!
//! From its sources, `cw_platform/config_base.py`, `providers/scrobble/routes.py` and
//! `providers/webhooks/`, of August 2026.

/// How what stands in several keys of theirs makes one of ours.
#[derive(Clone, Copy)]
pub(super) enum Take {
    /// The first that is set.
    First,
    /// The entries of all; these part the entries where a text stands for a list.
    All(&'static [char]),
}
use Take::{All, First};

/// Our section and key, how it is made, and of which keys. Before a colon stands where to look, see
/// `Import::places`.
pub(super) const RULES: [(&str, &str, Take, &str); 26] = [
    ("trakt", "client_id", First, "trakt.client_id each:client_id"),
    ("trakt", "client_secret", First, "trakt.client_secret each:client_secret"),
    ("trakt", "remove_from_watchlist", First, "scrobble.delete_plex"),
    ("scrobble", "watched_at", First, "route:watched_at scrobble.trakt.watched_at"),
    ("scrobble", "force_stop_at", First, "route:force_stop_at scrobble.trakt.force_stop_at"),
    ("scrobble", "suppress_start_at", First, "on:suppress_start_at"),
    ("scrobble", "regress_tolerance_percent", First, "scrobble.trakt.regress_tolerance_percent"),
    ("scrobble", "pause_debounce_seconds", First, "on:pause_debounce_seconds"),
    (
        "scrobble",
        "autoplay_guard_seconds",
        First,
        "on:guard_autoplay_seconds on:suppress_autoplay_seconds on:post_stop_play_guard_seconds \
         on:anti_autoplay_seconds",
    ),
    ("scrobble", "autoplay_guard_min_progress", First, "on:start_guard_min_progress"),
    ("plex", "users", All(&[]), "filters:username_whitelist"),
    ("plex", "servers", All(&[' ', ',']), "filters:server_uuid_whitelist filters:server_uuid"),
    ("plex", "block_servers", All(&[' ', ',']), "filters:server_uuid_blacklist"),
    ("plex", "libraries", All(&[]), "plex.scrobble.libraries"),
    ("plex", "ratings", First, "on:plex_trakt_ratings"),
    ("plex", "probe_session_progress", First, "on:probe_session_progress"),
    ("plex", "url", First, "plex.server_url each:server_url"),
    ("plex", "token", First, "plex.pms_token plex.account_token each:pms_token each:account_token"),
    ("jellyfin", "users", All(&[]), "filters:username_whitelist"),
    ("jellyfin", "libraries", All(&[]), "jellyfin.scrobble.libraries"),
    ("jellyfin", "url", First, "jellyfin.server each:server"),
    ("jellyfin", "api_key", First, "jellyfin.access_token each:access_token"),
    ("emby", "users", All(&[]), "filters:username_whitelist"),
    ("emby", "libraries", All(&[]), "emby.scrobble.libraries"),
    ("emby", "url", First, "emby.server each:server"),
    ("emby", "api_key", First, "emby.access_token each:access_token"),
];

/// Told of beside `scrobble`, where set.
pub(super) const OTHERS: [&str; 3] =
    ["trakt.access_token", "trakt.refresh_token", "security.webhook_ids"];

/// Why a key of theirs has no counterpart: the first whose part is in its name. Without a reason it
/// is not spoken of.
pub(super) const WHY_NOT: [(&str, &str); 16] = [
    ("scrobble.enabled", ""),
    ("scrobble.mode", ""),
    ("scrobble.sources", ""),
    ("username_whitelist", ""),
    ("_token", "not converted: `scrobbled login` gets its own"),
    ("webhook_id", "new addresses: `scrobbled urls`"),
    ("progress_step", "Trakt is told of start, pause and end, which is all it asks for"),
    ("stop_pause_threshold", "a stop below watched_at keeps the position"),
    ("delete_plex_types", "only movies leave the watchlist"),
    ("auto_remove_watchlist", "write `remove_from_watchlist = true` into [trakt]"),
    ("ratings.targets", "if Trakt is among them, write `ratings = true` into [plex]"),
    ("autostart", "a service starts with the machine"),
    ("ignore_live_tv_dvr", "live TV never counts"),
    ("webhook.profiles", "write an [[account]] for each person"),
    ("_ratings", "ratings go to Trakt only"),
    ("", "no counterpart"),
];
