//! What is wrong, and what is said about it.

use super::{errors, load_with};

#[test]
fn an_error_names_file_line_key_and_what_is_allowed() {
    let cases = [
        (
            "\n[scrobble]\nwatched_at = 140",
            "line 3: `scrobble.watched_at` is 140, but takes 50 to 100 (%)",
        ),
        (
            "scrobble.watched_at_movies = nan",
            "line 1: `scrobble.watched_at_movies` is NaN, but takes 50 to 100 (%)",
        ),
        (
            "scrobble.pause_debounce_seconds = -1",
            "line 1: `scrobble.pause_debounce_seconds` is -1, but takes 0 to 300 (seconds)",
        ),
        (
            "[scrobble]\nmarks = \"yes\"",
            "line 2: `scrobble.marks` is \"yes\", but takes true or false",
        ),
        (
            "[scrobble]\nwatchd_at = 80",
            "line 2: unknown key `scrobble.watchd_at`; did you mean `watched_at`?",
        ),
        ("watched_at = 80", "line 1: unknown key `watched_at`; it belongs under [scrobble]"),
        (
            "[trakt]\nlisten = '0.0.0.0:1'",
            "line 2: unknown key `trakt.listen`; it belongs above the first [section]",
        ),
        (
            "[jellyfin]\ntoken = 'x'",
            "line 2: unknown key `jellyfin.token`; there are name, id, users, libraries, \
             block_libraries, block_players, webhook_secret, url, api_key",
        ),
        ("[scobble]", "line 1: there is no section [scobble]; did you mean [scrobble]?"),
        (
            "[kodi]\nx = 1",
            "line 1: there is no section [kodi]; there are [trakt], [scrobble], [plex], \
             [jellyfin], [emby], [[account]], [notify]",
        ),
        ("plex = 1", "line 1: `plex` is a section; write [plex]"),
        ("[account]\nname = 'x'", "line 1: `account` may stand several times; write [[account]]"),
        (
            "[listen]\nx = 1",
            "line 1: `listen` is a section, but takes an IP address and a port, like \
             \"0.0.0.0:8787\"",
        ),
        (
            "listen = 'nas:8787'",
            "line 1: `listen` is \"nas:8787\", but takes an IP address and a port, like \
             \"0.0.0.0:8787\"",
        ),
        (
            "public_url = 'example.org'",
            "line 1: `public_url` is \"example.org\", but takes an address that starts with \
             http:// or https://, without ? and #",
        ),
        (
            "trusted_proxies = ['10.0.0.0/33']",
            "line 1: `trusted_proxies` is [\"10.0.0.0/33\"], but takes IP addresses or networks, \
             like [\"192.168.1.5\", \"10.0.0.0/8\"]",
        ),
        (
            "log = 'loud'",
            "line 1: `log` is \"loud\", but takes \"error\", \"warn\", \"info\", \"debug\" or \
             \"trace\"",
        ),
        (
            "plex.users = [11]",
            "line 1: `plex.users` is [11], but takes a list of texts, like [\"a\", \"b\"]",
        ),
        (
            "plex.token = 12345",
            "line 1: `plex.token` is a number, but takes text in quotes, in one line",
        ),
        (
            "emby.api_key = \"a\\r\\nHost: x\"",
            "line 1: `emby.api_key` is something else, but takes text in quotes, in one line",
        ),
        (
            "trakt.client_id = \"a\\nb\"",
            "line 1: `trakt.client_id` is \"a\\nb\", but takes text in quotes, in one line",
        ),
        (
            "notify.url = 'ntfy.sh/secret'",
            "line 1: `notify.url` is something else, but takes an address that starts with \
             http:// or https://",
        ),
        (
            "[[account]]\nname = 'a'\nplex = '*'\n[[account]]\nname = 'A'\nplex = '*'",
            "line 4: a second account `A`; give each a `name` of its own",
        ),
        (
            "\n[[account]]\nname = 'bob'\nplex = ''",
            "line 2: account `bob` lists nobody; say whose events it takes, like plex = [\"bob\"] \
             or plex = \"*\"",
        ),
        (
            "[trakt]\nclient_secret = 'a'\nclient_secret_file = 'b'",
            "line 3: `trakt.client_secret` and `trakt.client_secret_file` are both set; keep one",
        ),
        (
            "[trakt]\nclient_secret_file = '/run/x'",
            "line 2: `trakt.client_secret_file`: `/run/x` can't be read: there is no such file",
        ),
        (
            "listen = \n",
            "line 1: not valid TOML: string values must be quoted, expected literal string",
        ),
        (
            "\"a\\n\\u001b[0m\" = 1",
            "line 1: unknown key `a\\n\\u{1b}[0m`; there are listen, data_dir, public_url, \
             trusted_proxies, log",
        ),
        (
            "log = 'info'\nlog = 'warn'",
            "line 2: not valid TOML: `log` stands twice, first in line 1; make one of them",
        ),
        (
            "[plex]\n# users = 'a'\nusers = 'b'\n[[account]]\nplex = ['a']\nname = 'x'\nplex = ['b']",
            "line 7: not valid TOML: `plex` stands twice, first in line 5; make one of them",
        ),
        (
            "\n[scrobble] # rules\n[plex]\n[scrobble]\nmarks = false",
            "line 4: not valid TOML: `[scrobble]` stands twice, first in line 2; make one of them",
        ),
        (
            "scrobble = { marks = true, marks = false }",
            "line 1: not valid TOML: `marks` stands twice; make one of them",
        ),
        ("\n\n[plex", "line 3: not valid TOML: unclosed table, expected `]`"),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, expected)| (errors(text), format!("scrobbled.toml {expected}")))
        .filter(|(found, expected)| found != expected)
        .map(|(found, expected)| format!("found    {found}\nexpected {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_errors_are_told_in_the_order_of_the_file_and_the_environment_last() {
    let text = "[scrobble]\nmarks = 1\n[[account]]\n[plex]\nuser = 'x'\n";
    let found = load_with(text, &[("SCROBBLED_SCROBBLE_WATCHED_AT", "140")], &[]);
    assert_eq!(
        found.expect_err("a bad config"),
        "scrobbled.toml line 2: `scrobble.marks` is 1, but takes true or false\n\
         scrobbled.toml line 3: account `default` lists nobody; say whose events it takes, like \
         plex = [\"default\"] or plex = \"*\"\n\
         scrobbled.toml line 5: unknown key `plex.user`; did you mean `users`?\n\
         environment: `SCROBBLED_SCROBBLE_WATCHED_AT` is 140, but takes 50 to 100 (%)"
    );
}
