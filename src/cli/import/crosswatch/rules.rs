//! Which key of CrossWatch's becomes which of ours, and why do others not?
//!
//! From its sources, `cw_platform/config_base.py`, `providers/scrobble/routes.py`,
//! `providers/scrobble/trakt/sink.py` and `providers/webhooks/`, v0.7.0 to v0.11.3 of August 2026.
//! Lists of people, servers and libraries are read by `lets`.

/// Our section and key, and of which keys of theirs: the first that is set. Before a colon stands
/// where to look, see `Import::places`.
pub(super) const RULES: [(&str, &str, &str); 18] = [
    ("trakt", "client_id", "trakt.client_id each:client_id"),
    ("trakt", "client_secret", "trakt.client_secret each:client_secret"),
    ("trakt", "remove_from_watchlist", "scrobble.delete_plex"),
    // What the first is today, the second was for the watcher before it.
    (
        "scrobble",
        "watched_at",
        "route:watched_at scrobble.trakt.watched_at watched:stop_pause_threshold",
    ),
    ("scrobble", "force_stop_at", "route:force_stop_at scrobble.trakt.force_stop_at"),
    ("scrobble", "suppress_start_at", "on:suppress_start_at"),
    ("scrobble", "regress_tolerance_percent", "scrobble.trakt.regress_tolerance_percent"),
    ("scrobble", "pause_debounce_seconds", "on:pause_debounce_seconds"),
    (
        "scrobble",
        "autoplay_guard_seconds",
        "on:guard_autoplay_seconds on:post_stop_play_guard_seconds on:anti_autoplay_seconds",
    ),
    ("scrobble", "autoplay_guard_min_progress", "on:start_guard_min_progress"),
    ("plex", "ratings", "on:plex_trakt_ratings"),
    ("plex", "probe_session_progress", "on:probe_session_progress"),
    ("plex", "url", "plex.server_url each:server_url"),
    ("plex", "token", "plex.pms_token plex.account_token each:pms_token each:account_token"),
    ("jellyfin", "url", "jellyfin.server each:server"),
    ("jellyfin", "api_key", "jellyfin.access_token each:access_token"),
    ("emby", "url", "emby.server each:server"),
    ("emby", "api_key", "emby.access_token each:access_token"),
];

/// The sections of ours, in their order.
pub(super) const SECTIONS: [&str; 5] = ["trakt", "scrobble", "plex", "jellyfin", "emby"];

/// Told of beside `scrobble`, where set.
pub(super) const OTHERS: [&str; 3] =
    ["trakt.access_token", "trakt.refresh_token", "security.webhook_ids"];

/// Why a key of theirs has no counterpart: the first whose part is in its name. Without a reason it
/// is not spoken of.
pub(super) const WHY_NOT: [(&str, &str); 17] = [
    ("scrobble.mode", ""),
    ("scrobble.sources", ""),
    (".sinks", ""),
    (".sink_instances", ""),
    ("user_profile_assignments", ""),
    (".enabled", ""),
    ("_token", "not converted: `scrobbled login` gets its own"),
    ("webhook_id", "new addresses: `scrobbled urls`"),
    ("progress_step", "Trakt is told of start, pause and end, which is all it asks for"),
    ("stop_pause_threshold", "a stop below watched_at keeps the position"),
    ("suppress_autoplay_seconds", "does nothing at Plex there, nor by default at Jellyfin"),
    ("delete_plex_types", "only movies leave the watchlist"),
    ("auto_remove_watchlist", "write `remove_from_watchlist = true` into [trakt]"),
    ("ratings.targets", "if Trakt is among them, write `ratings = true` into [plex]"),
    ("autostart", "a service starts with the machine"),
    ("ignore_live_tv_dvr", "live TV never counts"),
    ("_ratings", "ratings go to Trakt only"),
];
/// Why anything else has none.
pub(super) const NO_COUNTERPART: &str = "no counterpart";
