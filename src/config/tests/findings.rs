//! What is allowed but odd, and what is said about it.

use super::load_with;
use crate::config::Finding;

#[test]
fn findings_say_what_will_not_go_as_meant() {
    const FINE: &str =
        "listen = '0.0.0.0:8787'\ntrakt.client_id = 'i'\ntrakt.client_secret = 's'\n";
    let cases: [(&str, &str); 19] = [
        ("", ""),
        (
            "public_url = 'http://example.org'",
            "`public_url` is not https, so the tokens in the webhook URLs travel readably; let \
             the proxy speak https",
        ),
        ("public_url = 'https://example.org'", ""),
        (
            "[scrobble]\nforce_stop_at = 80",
            "`scrobble.force_stop_at` is 80, below watched_at (90), so a pause counts as a play \
             earlier than a stop; raise it to 90 at least",
        ),
        (
            "[scrobble]\nautoplay_guard_min_progress = 3",
            "`scrobble.autoplay_guard_min_progress` does nothing while \
             `scrobble.autoplay_guard_seconds` is 0",
        ),
        (
            "[plex]\nurl = 'http://nas:32400'",
            "`plex.url` is set but `plex.token` is not, so Plex is never asked; set both",
        ),
        (
            "[emby]\napi_key = 'k'",
            "`emby.api_key` is set but `emby.url` is not, so Emby is never asked; set both",
        ),
        (
            "[jellyfin]\nlibraries = 'Films'",
            "libraries are set for Jellyfin, but its webhooks name none, so all of them are \
             dropped; set `jellyfin.url` and `jellyfin.api_key`, so that it can be asked",
        ),
        ("[jellyfin]\nlibraries = 'Films'\nurl = 'http://nas'\napi_key = 'k'", ""),
        (
            "[plex]\nlibraries = ['Kids', 'Films']\nblock_libraries = 'kids'",
            "`Kids` is in `plex.libraries` and in `plex.block_libraries`, which wins; remove it \
             from one",
        ),
        (
            "[emby]\nignore_paths = ['trailers']",
            "`trailers` in `emby.ignore_paths` is not the whole path of a folder, so it ignores \
             nothing; write it as Emby names it, like `/media/trailers`, without wildcards",
        ),
        (
            "[emby]\nignore_paths = ['/media/*/trailers', '/']",
            "`/media/*/trailers` in `emby.ignore_paths` is not the whole path of a folder, so it \
             ignores nothing; write it as Emby names it, like `/media/trailers`, without wildcards\n\
             `/` in `emby.ignore_paths` is not the whole path of a folder, so it ignores nothing; \
             write it as Emby names it, like `/media/trailers`, without wildcards",
        ),
        (
            "[emby]\nignore_paths = ['/media/a', 'D:\\Trailers\\', '\\\\nas\\x', 'smb://nas/x', ' /b/ ']",
            "",
        ),
        (
            "[plex]\nservers = 'a'\nblock_servers = 'A'",
            "`a` is in `plex.servers` and in `plex.block_servers`, which wins; remove it from one",
        ),
        (
            "[plex]\nwebhook_secret = 'x'",
            "`plex.webhook_secret` is set, but Plex never signs: only what a proxy has signed is \
             taken",
        ),
        (
            "[plex]\nusers = 'alice'\n[[account]]\nname = 'b'\nplex = ['Alice', 'bob', 'id:1']",
            "account `b` lists the Plex user `bob`, but `plex.users` does not; add it there too, \
             or empty that list",
        ),
        (
            "[[account]]\nname = 'b'\nplex = 'bob'\ndry_run = true",
            "account `b` has dry_run = true: nothing of it is sent",
        ),
        (
            "[trakt]\npost_interval_ms = 100",
            "`trakt.post_interval_ms` is below 1000, but Trakt allows one call a second and \
             refuses the rest",
        ),
        (
            "[trakt]\napi_url = 'http://10.0.0.1'",
            "`trakt.api_url` is not https, so your login travels readably",
        ),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, expected)| {
            let text = FINE.to_owned() + &text.replace("[trakt]\n", "trakt.");
            let loaded = load_with(&text, &[], &[]).expect("a good config");
            let found: Vec<_> = loaded.findings.iter().map(Finding::to_string).collect();
            (found.join("\n"), expected)
        })
        .filter(|(found, expected)| found != *expected)
        .map(|(found, expected)| format!("found    {found}\nexpected {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn findings_of_a_config_that_says_little() {
    let found = |text: &str, variables: &[(&str, &str)]| {
        let findings = load_with(text, variables, &[]).expect("a good config").findings;
        findings.iter().map(Finding::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        found("", &[]),
        ["`listen` is 127.0.0.1:8787, so only programs on this machine can post; for the whole \
             network write listen = \"0.0.0.0:8787\"",]
    );
    let text = "public_url = 'https://example.org'\ntrakt.client_id = 'i'";
    assert_eq!(
        found(text, &[("SCROBBLED_PLEX_TOKN", "x"), ("SCROBBLED_SERVICE_HOST", "10.0.0.1")]),
        [
            "`public_url` is set but `trusted_proxies` is not, so everybody counts as the proxy; \
             write trusted_proxies = \"127.0.0.1\", or where else it runs",
            "`trakt.client_id` is set but `trakt.client_secret` is not; copy it from the same page",
            "the variable `SCROBBLED_PLEX_TOKN` does nothing: did you mean `SCROBBLED_PLEX_TOKEN`?",
        ]
    );
    let text = "listen = '0.0.0.0:1'\ntrakt.client_secret = 's'";
    assert_eq!(
        found(text, &[]),
        ["`trakt.client_secret` is set but `trakt.client_id` is not; copy it from the same page"]
    );
}

#[test]
fn a_variable_that_does_nothing_is_told() {
    let cases = [
        ("SCROBBLED_PLEX_RATINGS", ""),
        ("SCROBBLED_USER", ""),
        ("SCROBBLED_SERVICE_PORT_HTTP", ""),
        ("SCROBBLED_PORT_8787_TCP_ADDR", ""),
        ("PLEX_USERS", ""),
        (
            "SCROBBLED_PLEX_USERS",
            "the variable `SCROBBLED_PLEX_USERS` does nothing: lists stand in the config file; \
             write `plex.users` there",
        ),
        (
            "SCROBBLED_ACCOUNT_NAME",
            "the variable `SCROBBLED_ACCOUNT_NAME` does nothing: accounts stand in the config \
             file; write `account.name` there",
        ),
        (
            "SCROBBLED_LISTN",
            "the variable `SCROBBLED_LISTN` does nothing: did you mean `SCROBBLED_LISTEN`?",
        ),
        (
            "SCROBBLED_PORT",
            "the variable `SCROBBLED_PORT` does nothing: no setting is called so \
             (docs/settings.md has all)",
        ),
    ];
    let container = ("SCROBBLED_PORT", "tcp://10.0.0.1:8787");
    let loaded = load_with("", &[container], &[]).expect("a good config");
    assert!(loaded.findings.iter().all(|finding| finding.key != container.0));
    for (name, expected) in cases {
        let loaded = load_with("", &[(name, "true")], &[]).expect("a good config");
        let told = loaded.findings.iter().find(|finding| finding.key == name);
        assert_eq!(told.map_or("", |finding| &finding.sentence), expected, "{name}");
    }
}

#[test]
fn a_list_that_is_one_text_with_a_comma_is_told() {
    const ACCOUNT: &str = "[[account]]\nname = 'mara'\n";
    let cases = [
        (
            "plex.users = 'mara, jo'",
            "plex.users",
            "`plex.users` is one name, \"mara, jo\"; for several write users = [\"mara\", \"jo\"], or \
             users = [\"mara, jo\"] if it is one",
        ),
        (
            "plex.libraries = 'Films,TV Shows,'",
            "plex.libraries",
            "`plex.libraries` is one name, \"Films,TV Shows,\"; for several write libraries = \
             [\"Films\", \"TV Shows\"], or libraries = [\"Films,TV Shows,\"] if it is one",
        ),
        (
            "plex.servers = 'a,b'",
            "plex.servers",
            "`plex.servers` is one id, \"a,b\"; for several write servers = [\"a\", \"b\"], or servers \
             = [\"a,b\"] if it is one",
        ),
        (
            "emby.block_players = 'Kodi, TV'",
            "emby.block_players",
            "`emby.block_players` is one name, \"Kodi, TV\"; for several write block_players = \
             [\"Kodi\", \"TV\"], or block_players = [\"Kodi, TV\"] if it is one",
        ),
        (
            &format!("{ACCOUNT}jellyfin = 'mara, jo'"),
            "account.jellyfin",
            "account `mara`: `jellyfin` is one name, \"mara, jo\"; for several write jellyfin = \
             [\"mara\", \"jo\"], or jellyfin = [\"mara, jo\"] if it is one",
        ),
        (
            "[[plex]]\nname = 'attic'\nusers = 'a, b'\n[[plex]]\nname = 'b'\nid = 'x'",
            "plex attic.users",
            "`plex attic.users` is one name, \"a, b\"; for several write users = [\"a\", \"b\"], or users \
             = [\"a, b\"] if it is one",
        ),
        (
            "plex.users = ['mara, jo', 'kid']",
            "plex.users",
            "`plex.users` has \"mara, jo\" as one name; for several write \"mara\", \"jo\"",
        ),
        (
            &format!("{ACCOUNT}emby = ['mara, jo']"),
            "account.emby",
            "account `mara`: `emby` has \"mara, jo\" as one name; for several write \"mara\", \"jo\"",
        ),
        ("plex.libraries = ['Films, old']", "plex.libraries", ""),
        ("plex.block_players = ['Kodi, attic']", "plex.block_players", ""),
        ("plex.users = ['mara', 'jo']", "plex.users", ""),
        ("plex.users = 'mara'", "plex.users", ""),
    ];
    for (text, key, expected) in cases {
        let findings = load_with(text, &[], &[]).expect("a good config").findings;
        let told = findings.iter().find(|finding| finding.key == key);
        assert_eq!(told.map_or("", |finding| &finding.sentence), expected, "{text}");
    }
}

#[test]
fn a_share_where_percent_are_asked_is_told() {
    let loaded = load_with("[scrobble]\nregress_tolerance_percent = 0.07", &[], &[]);
    let findings = loaded.expect("a good config").findings;
    let told = findings.iter().find(|of| of.key == "scrobble.regress_tolerance_percent");
    assert_eq!(
        told.map(|finding| finding.sentence.as_str()),
        Some(
            "`scrobble.regress_tolerance_percent` is 0.07 %, which is less than 1 %; for 7 % write \
             regress_tolerance_percent = 7"
        )
    );
}
