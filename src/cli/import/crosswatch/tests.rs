use super::*;
use proptest::prelude::*;
use serde_json::json;

/// The lines of what comes of a config that are not the same for all.
fn lines(theirs: &Json) -> Vec<String> {
    let ours = convert(&theirs.to_string()).expect("a config");
    let own = ours.strip_prefix(HEAD).expect("the head").lines();
    own.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_webhook_config_becomes_ours_key_by_key() {
    let theirs = json!({
        "plex": {"server_url": "http://nas:32400", "account_token": "a", "pms_token": "p",
                 "scrobble": {"libraries": [2, "1"]}, "history": {"libraries": ["9"]}},
        "jellyfin": {"server": "http://nas:8096/", "access_token": "enc:v1:gAAAA"},
        "emby": {"server": "", "access_token": ""},
        "trakt": {"client_id": "id", "client_secret": "secret", "access_token": "t", "refresh_token": "r"},
        "security": {"webhook_ids": {"plextrakt": "x"}},
        "pairs": [{"source": "PLEX"}],
        "scrobble": {
            "enabled": true, "mode": "webhook", "delete_plex": true, "delete_plex_types": ["movie"],
            "watch": {"autostart": true, "suppress_start_at": 50},
            "webhook": {
                "pause_debounce_seconds": 400, "suppress_start_at": 98.5,
                "suppress_autoplay_seconds": 15, "guard_autoplay_seconds": 20,
                "probe_session_progress": false, "plex_trakt_ratings": true, "plex_simkl_ratings": true,
                "filters_plex": {"username_whitelist": ["mara", "id:11"], "server_uuid": "aa, bb",
                                 "server_uuid_whitelist": ["cc"], "server_uuid_blacklist": []},
                "filters_jellyfin": {"username_whitelist": ["mara"]},
                "providers": {"jellyfin": {"filters_jellyfin": {"username_whitelist": ["jo"]}}},
            },
            "trakt": {"progress_step": 25, "watched_at": 85, "force_stop_at": 95,
                      "regress_tolerance_percent": 5},
        },
    });
    assert_eq!(
        lines(&theirs),
        [
            "[trakt]",
            "client_id = \"id\"  # trakt.client_id",
            "client_secret = \"secret\"  # trakt.client_secret",
            "remove_from_watchlist = true  # scrobble.delete_plex",
            "[scrobble]",
            "watched_at = 85  # scrobble.trakt.watched_at",
            "force_stop_at = 95  # scrobble.trakt.force_stop_at",
            "suppress_start_at = 98.5  # scrobble.webhook.suppress_start_at",
            "regress_tolerance_percent = 5  # scrobble.trakt.regress_tolerance_percent",
            "#pause_debounce_seconds = \"\"  # scrobble.webhook.pause_debounce_seconds: \
             `scrobble.pause_debounce_seconds` is 400, but takes 0 to 300 (seconds)",
            "autoplay_guard_seconds = 20  # scrobble.webhook.guard_autoplay_seconds",
            "[plex]",
            "users = [\"id:11\", \"mara\"]  # scrobble.webhook.filters_plex.username_whitelist",
            "servers = [\"aa\", \"bb\", \"cc\"]  # \
             scrobble.webhook.filters_plex.server_uuid_whitelist, \
             scrobble.webhook.filters_plex.server_uuid",
            "libraries = [\"1\", \"2\"]  # plex.scrobble.libraries",
            "ratings = true  # scrobble.webhook.plex_trakt_ratings",
            "probe_session_progress = false  # scrobble.webhook.probe_session_progress",
            "url = \"http://nas:32400\"  # plex.server_url",
            "token = \"p\"  # plex.pms_token",
            "[jellyfin]",
            "users = [\"jo\", \"mara\"]  # \
             scrobble.webhook.providers.jellyfin.filters_jellyfin.username_whitelist, \
             scrobble.webhook.filters_jellyfin.username_whitelist",
            "url = \"http://nas:8096/\"  # jellyfin.server",
            "#api_key = \"\"  # jellyfin.access_token is encrypted there: fill it in by hand",
            "# Set in CrossWatch, but not converted:",
            "# - scrobble.delete_plex_types: only movies leave the watchlist",
            "# - scrobble.trakt.progress_step: Trakt is told of start, pause and end, which is all \
             it asks for",
            "# - scrobble.watch: is off there",
            "# - scrobble.webhook.plex_simkl_ratings: ratings go to Trakt only",
            "# - security.webhook_ids: new addresses: `scrobbled urls`",
            "# - trakt.access_token: not converted: `scrobbled login` gets its own",
            "# - trakt.refresh_token: not converted: `scrobbled login` gets its own",
            "# Syncing, schedules and other trackers stay in CrossWatch.",
        ]
    );
}

#[test]
fn routes_to_several_trakt_accounts_become_accounts() {
    let route = |server: &str, sink: &str, account: &str, users: Json| {
        json!({"id": "x", "enabled": true, "provider": server, "sink": sink,
               "sink_instance": account, "filters": {"username_whitelist": users,
               "ignored_path_prefixes": ["/kids"]}, "options": {"auto_remove_watchlist": "inherit"}})
    };
    let theirs = json!({
        "trakt": {"instances": {"TRAKT-P01": {"client_id": "id"}}},
        "scrobble": {"enabled": true, "sources": {"watcher": true, "webhook": false}, "watch": {"routes": [
            route("plex", "trakt", "", json!(["mara"])),
            route("plex", "trakt", "TRAKT-P01", json!(["jo", "id:11"])),
            route("jellyfin", "trakt", "TRAKT-P01", json!([])),
            route("kodi", "simkl", "", json!(["sam"])),
        ]}},
    });
    assert_eq!(
        lines(&theirs),
        [
            "[trakt]",
            "client_id = \"id\"  # trakt.instances.TRAKT-P01.client_id",
            "[[account]]",
            "name = \"default\"  # its login at Trakt",
            "plex = [\"mara\"]  # the whitelists of its routes",
            "[[account]]",
            "name = \"trakt-p01\"  # its login at Trakt",
            "jellyfin = [\"*\"]  # the whitelists of its routes",
            "plex = [\"id:11\", \"jo\"]  # the whitelists of its routes",
            "# Set in CrossWatch, but not converted:",
            "# - scrobble.watch.routes.0.filters.ignored_path_prefixes: no counterpart",
            "# - scrobble.watch.routes.1.filters.ignored_path_prefixes: no counterpart",
            "# - scrobble.watch.routes.2.filters.ignored_path_prefixes: no counterpart",
            "# - scrobble.watch.routes.3: off, or not a route from Plex, Jellyfin or Emby to Trakt",
            "# Syncing, schedules and other trackers stay in CrossWatch.",
        ]
    );
}

#[test]
fn a_list_that_not_every_route_has_is_shown_and_not_set() {
    let theirs = json!({"scrobble": {"mode": "watch", "watch": {"pause_debounce_seconds": 0, "routes": [
        {"provider": "plex", "sink": "trakt", "filters": {"username_whitelist": ["mara"], "server_uuid": "aa"}},
        {"provider": "plex", "sink": "trakt", "filters": {"server_uuid": "bb"}},
    ]}}});
    let place = "scrobble.watch.routes";
    let expected = [
        "[scrobble]".to_owned(),
        "pause_debounce_seconds = 0  # scrobble.watch.pause_debounce_seconds".to_owned(),
        "[plex]".to_owned(),
        format!(
            "#users = [\"mara\"]  # {place}.0.filters.username_whitelist; not every route has such a list"
        ),
        format!(
            "servers = [\"aa\", \"bb\"]  # {place}.0.filters.server_uuid, {place}.1.filters.server_uuid"
        ),
    ];
    assert_eq!(lines(&theirs)[..5], expected);
}

#[test]
fn what_is_no_config_of_crosswatch_is_said_in_one_line() {
    let cases = [
        ("", "not JSON: EOF while parsing a value at line 1 column 0"),
        ("{\"plex\": {}}", "not a CrossWatch config.json: it has no section `scrobble`"),
    ];
    for (text, expected) in cases {
        assert_eq!(convert(text), Err(expected.to_owned()));
    }
}

#[test]
fn what_commands_a_terminal_is_written_as_its_number() {
    let theirs = json!({"scrobble": {"watch": {"routes": [{"provider": "plex", "sink": "trakt",
        "filters": {"username_whitelist": ["\u{9b}31m\u{202e}a\u{e0041}"]}}]}}});
    let ours = convert(&theirs.to_string()).expect("a config");
    assert!(ours.contains(r#"users = ["\U0000009B31m\U0000202Ea\U000E0041"]"#), "{ours}");
    assert!(!ours.contains(|c| c != '\n' && crate::plain::commands(c)), "{ours}");
}

proptest! {
    /// Whatever stands there, what comes of it can be read.
    #[test]
    fn ours_can_always_be_read(text in "\\PC{0,6}|[\\n\"\\\\]{1,3}", number in any::<f64>(), on in any::<bool>()) {
        let value = || [json!(text), json!(number), json!([text, number]), json!({text.as_str(): text}), json!(on)];
        for value in value() {
            let route = json!({"provider": "plex", "sink": "trakt", "sink_instance": text,
                               "filters": {"username_whitelist": value, text.as_str(): value}});
            let theirs = json!({
                "trakt": {"client_id": value, "client_secret": value},
                "plex": {"server_url": value, "scrobble": {"libraries": value},
                         "instances": {text.as_str(): {"server_url": text}}},
                "scrobble": {"sources": {"webhook": on, "watcher": true}, text.as_str(): value,
                    "trakt": {"watched_at": value}, "webhook": {"suppress_autoplay_seconds": value},
                    "watch": {"routes": [route, value, {"provider": "emby", "sink": "trakt"}]}},
            });
            let ours = convert(&theirs.to_string());
            prop_assert!(ours.is_ok(), "{ours:?}");
        }
    }
}
