//! What is wrong, and what is said about it.

use super::{errors, load_with};
use crate::config::{Surroundings, read as read_config};
use std::io;
use std::path::Path;

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
            "line 2: `scrobble.marks` is \"yes\", but takes true or false; write marks = true",
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
            "line 2: unknown key `jellyfin.token`; did you mean `api_key`?",
        ),
        (
            "[jellyfin]\nlisten = true",
            "line 2: unknown key `jellyfin.listen`; did you mean `hear`?",
        ),
        (
            "[jellyfin]\nwatched_at = 80",
            "line 2: unknown key `jellyfin.watched_at`; there are name, id, users, libraries, \
             block_libraries, block_players, webhook_secret, url, api_key, ca_file, hear, catch_up, \
             ignore_paths, ignore_editions",
        ),
        ("[scobble]", "line 1: there is no section [scobble]; did you mean [scrobble]?"),
        (
            "[kodi]\nx = 1",
            "line 1: there is no section [kodi]; there are [trakt], [simkl], [mdblist], [scrobble], [plex], \
             [jellyfin], [emby], [[account]], [[receiver]], [notify]",
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
             http:// or https://, without ? and #; write public_url = \"https://example.org\"",
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
             http:// or https://; write https:// (or http://) before it",
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
            "line 1: `listen` is empty, but takes an IP address and a port, like \"0.0.0.0:8787\"",
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
        "scrobbled.toml line 2: `scrobble.marks` is 1, but takes true or false; write marks = true\n\
         scrobbled.toml line 3: account `default` lists nobody; say whose events it takes, like \
         plex = [\"default\"] or plex = \"*\"\n\
         scrobbled.toml line 5: unknown key `plex.user`; did you mean `users`?\n\
         environment: `SCROBBLED_SCROBBLE_WATCHED_AT` is 140, but takes 50 to 100 (%)"
    );
}

/// What `lines` say for a text each, against what is expected.
#[track_caller]
fn are_told(cases: &[(&str, &str)], told: impl Fn(&str) -> String) {
    let cases = cases.iter().map(|(text, expected)| (text, told(text), *expected));
    let wrong: Vec<_> = cases
        .filter(|(_, found, expected)| found != expected)
        .map(|(text, found, expected)| format!("{text}\nfound    {found}\nexpected {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is said of a config of one line.
fn of_line(text: &str) -> String {
    let told = errors(text);
    told.strip_prefix("scrobbled.toml line 1: ").unwrap_or(&told).to_owned()
}

#[test]
fn a_number_that_is_none_is_told_as_one() {
    let cases = [
        ("watched_at = \"85\"", "\"85\"", "85"),
        ("watched_at = 85%", "85%", "85"),
        ("watched_at = \"85 %\"", "\"85 %\"", "85"),
        ("watched_at = 85,5 # credits", "85,5", "85.5"),
        ("watched_at = “85”", "“85”", "85"),
        ("watched_at = 0.9", "0.9", "90"),
        ("watched_at = 0.57", "0.57", "57"),
        ("watched_at = 1", "1", "100"),
        ("watched_at = 0.3", "0.3", ""),
        ("watched_at = ninety", "ninety", ""),
        ("pause_debounce_seconds = \"5\"", "\"5\"", "5"),
        ("pause_debounce_seconds = 5s", "5s", "5"),
        ("pause_debounce_seconds = \"500 ms\"", "\"500 ms\"", "0.5"),
        ("pause_debounce_seconds = \"2 min\"", "\"2 min\"", "120"),
        ("pause_debounce_seconds = \"1 hour\"", "\"1 hour\"", ""),
        ("pause_debounce_seconds = \"1 day\"", "\"1 day\"", ""),
    ];
    for (line, found, meant) in cases {
        let key = line.split(' ').next().unwrap_or_default();
        let takes = if key == "watched_at" { "50 to 100 (%)" } else { "0 to 300 (seconds)" };
        let mend =
            if meant.is_empty() { String::new() } else { format!("; write {key} = {meant}") };
        let expected = format!("`scrobble.{key}` is {found}, but takes {takes}{mend}");
        assert_eq!(of_line(&format!("scrobble.{line}")), expected);
    }
    assert_eq!(
        of_line("trakt.post_interval_ms = 1s"),
        "`trakt.post_interval_ms` is 1s, but takes 0 to 60000 (milliseconds); write \
         post_interval_ms = 1000"
    );
}

#[test]
fn a_switch_has_two_words() {
    for (written, meant) in [
        ("\"yes\"", " = true"),
        ("\"True\"", " = true"),
        ("yes", " = true"),
        ("True # x", " = true"),
        ("on", " = true"),
        ("1", " = true"),
        ("No", " = false"),
        ("off", " = false"),
        ("maybe", ""),
    ] {
        let found = written.split(" #").next().unwrap_or_default();
        let mend = if meant.is_empty() { String::new() } else { format!("; write marks{meant}") };
        let expected = format!("`scrobble.marks` is {found}, but takes true or false{mend}");
        assert_eq!(of_line(&format!("scrobble.marks = {written}")), expected);
    }
}

#[test]
fn text_without_straight_quotes_is_told_with_them() {
    const NAMES: &str = "but takes a list of texts, like [\"a\", \"b\"]";
    const TEXT: &str = "but takes text in quotes, in one line";
    let cases = [
        ("plex.users = mara", format!("`plex.users` is mara, {NAMES}; write users = \"mara\"")),
        ("plex.users = “mara”", format!("`plex.users` is “mara”, {NAMES}; write users = \"mara\"")),
        (
            "plex.users = \"mara”",
            format!("`plex.users` is \"mara”, {NAMES}; write users = \"mara\""),
        ),
        (
            "plex.users = [“mara”, ‘jo’]",
            format!("`plex.users` is [“mara”, ‘jo’], {NAMES}; write users = [\"mara\", \"jo\"]"),
        ),
        (
            "plex.users = [mara, jo]",
            format!("`plex.users` is [mara, jo], {NAMES}; write users = [\"mara\", \"jo\"]"),
        ),
        (
            "plex.users = mara, jo # us",
            format!("`plex.users` is mara, jo, {NAMES}; write users = [\"mara\", \"jo\"]"),
        ),
        (
            "plex.name = O’Brien",
            format!("`plex.name` is O’Brien, {TEXT}; write name = \"O’Brien\""),
        ),
        ("plex.token = hush", format!("`plex.token` is something else, {TEXT}")),
        (
            "plex.token = “hush”",
            format!(
                "`plex.token` is something else, {TEXT}; its quotes are typographic: write straight \
                 ones (\")"
            ),
        ),
        (
            "log = WARNING",
            "`log` is WARNING, but takes \"error\", \"warn\", \"info\", \"debug\" or \"trace\"; \
             write log = \"warn\""
                .to_owned(),
        ),
        (
            "data_dir = /srv/x",
            "`data_dir` is /srv/x, but takes a path in quotes; write data_dir = \"/srv/x\""
                .to_owned(),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(of_line(line), expected);
    }
    // One that lacks its quotes does not hide what else is wrong, nor makes other lines wrong.
    let text = "[scrobble]\nwatched_at = 85% # don't\nmarks=yes\n[[account]]\nplex = mara\n";
    assert_eq!(
        errors(text),
        format!(
            "scrobbled.toml line 2: `scrobble.watched_at` is 85%, but takes 50 to 100 (%); write \
             watched_at = 85\n\
             scrobbled.toml line 3: `scrobble.marks` is yes, but takes true or false; write marks = \
             true\n\
             scrobbled.toml line 5: `account.plex` is mara, {NAMES}; write plex = \"mara\""
        )
    );
}

#[test]
fn what_only_a_shell_expands_is_no_path() {
    let path = "but takes a path in quotes";
    let mend = "is not expanded here: write the whole path, like \"/home/mara/scrobbled\"";
    let cases = [
        ("data_dir = \"~/scrobbled\"", format!("`data_dir` is \"~/scrobbled\", {path}; ~ {mend}")),
        ("data_dir = ~/scrobbled", format!("`data_dir` is ~/scrobbled, {path}; ~ {mend}")),
        (
            "data_dir = \"${HOME}/x\"",
            format!("`data_dir` is \"${{HOME}}/x\", {path}; $HOME {mend}"),
        ),
        (
            "trakt.client_secret_file = \"~mara/s\"",
            format!("`trakt.client_secret_file` is \"~mara/s\", {path}; ~ {mend}"),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(of_line(line), expected);
    }
    assert!(load_with("data_dir = \"./~\"", &[], &[]).is_ok(), "a folder may be called so");
}

#[test]
fn an_address_lacks_its_scheme_or_has_too_much() {
    const LISTEN: &str = "but takes an IP address and a port, like \"0.0.0.0:8787\"";
    const URL: &str = "but takes an address that starts with http:// or https://, without ? and #";
    for (key, written, meant) in [
        ("url", "plex.local:32400", "http://plex.local:32400"),
        ("url", "192.168.1.5", "http://192.168.1.5"),
        ("url", "nas", "http://nas"),
        ("url", "plex.example.org", "https://plex.example.org"),
        ("url", "HTTP://nas:32400", "http://nas:32400"),
        ("url", "http://nas:32400/web/index.html#!/settings", "http://nas:32400"),
        ("url", "http://nas:8096/web/#/home", "http://nas:8096"),
    ] {
        let told = of_line(&format!("plex.{key} = {written:?}"));
        let expected = format!("`plex.{key}` is {written:?}, {URL}; write {key} = {meant:?}");
        assert_eq!(told, expected);
    }
    assert_eq!(
        of_line("plex.url = \"http://nas:32400/?X-Plex-Token=hush\""),
        format!("`plex.url` is \"http://nas:32400/?…\", {URL}; write url = \"http://nas:32400\"")
    );
    for (written, meant) in [
        ("8787", "0.0.0.0:8787"),
        ("\"8787\"", "0.0.0.0:8787"),
        ("\":9000\"", "0.0.0.0:9000"),
        ("\"*:8787\"", "0.0.0.0:8787"),
        ("0.0.0.0:8787", "0.0.0.0:8787"),
        ("\"192.168.1.5\"", "192.168.1.5:8787"),
        ("\"localhost:8787\"", "127.0.0.1:8787"),
        ("\"http://0.0.0.0:8787/\"", "0.0.0.0:8787"),
    ] {
        let expected = format!("`listen` is {written}, {LISTEN}; write listen = {meant:?}");
        assert_eq!(of_line(&format!("listen = {written}")), expected);
    }
    assert_eq!(
        of_line("trusted_proxies = '127.0.0.1, 10.0.0.1'"),
        "`trusted_proxies` is \"127.0.0.1, 10.0.0.1\", but takes IP addresses or networks, like \
         [\"192.168.1.5\", \"10.0.0.0/8\"]; write trusted_proxies = [\"127.0.0.1\", \"10.0.0.1\"]"
    );
}

#[test]
fn another_language_another_number_and_another_name_are_told() {
    let cases = [
        ("[[accounts]]\nname = 'a'", "there is no section [[accounts]]; did you mean [[account]]?"),
        ("[accounts]", "there is no section [accounts]; did you mean [[account]]?"),
        ("[[plexes]]", "there is no section [[plexes]]; did you mean [plex]?"),
        ("[Plex]", "there is no section [Plex]; did you mean [plex]?"),
        ("[[trakt]]\nclient_id = ''", "`trakt` is a section; write [trakt]"),
        ("plex.library = 'x'", "unknown key `plex.library`; did you mean `libraries`?"),
        (
            "SCROBBLED_LISTEN=0.0.0.0:1",
            "unknown key `SCROBBLED_LISTEN`; that is its name in the environment; here it is `listen`",
        ),
        (
            "SCROBBLED_TRAKT_CLIENT_ID = 'x'",
            "unknown key `SCROBBLED_TRAKT_CLIENT_ID`; that is its name in the environment; here it is \
             `client_id` under [trakt]",
        ),
        (
            "{\"trakt\": {}}",
            "this is JSON, but the config is TOML; `scrobbled init` writes one to start from, and \
             `scrobbled import crosswatch` converts one of CrossWatch",
        ),
        (
            "listen: 0.0.0.0:8787",
            "`listen:` is YAML, but the config is TOML; write `listen = …`, and text in quotes",
        ),
        (
            "- token: hush",
            "`- token:` is YAML, but the config is TOML; write `token = …`, and text in quotes",
        ),
        ("trakt:\n  id: x", "`trakt:` is YAML, but the config is TOML; write [trakt]"),
        ("account:\n  - x", "`account:` is YAML, but the config is TOML; write [[account]]"),
        (
            "---\nlisten: x",
            "`---` is YAML, but the config is TOML; `scrobbled init` writes one to start from",
        ),
        (
            "plex.users = [mara,\n jo]",
            "not valid TOML: string values must be quoted, expected literal string",
        ),
        ("plex.users = \"mara", "not valid TOML: invalid basic string, expected `\"`"),
    ];
    are_told(&cases, of_line);
}

#[test]
fn in_the_environment_the_mend_has_no_quotes() {
    let cases = [
        ("SCROBBLED_SCROBBLE_WATCHED_AT", "85%", "but takes 50 to 100 (%); write 85"),
        ("SCROBBLED_SCROBBLE_MARKS", "yes", "but takes true or false; write true"),
        (
            "SCROBBLED_PLEX_URL",
            "plex.local:32400",
            "but takes an address that starts with http:// or https://, without ? and #; write \
             http://plex.local:32400",
        ),
        (
            "SCROBBLED_DATA_DIR",
            "~/x",
            "but takes a path in quotes; ~ is not expanded here: write the whole path, like \
             \"/home/mara/scrobbled\"",
        ),
    ];
    for (name, value, expected) in cases {
        let told = load_with("", &[(name, value)], &[]).map(|_| ()).expect_err("a bad variable");
        assert_eq!(told, format!("environment: `{name}` is {value}, {expected}"));
    }
}

#[test]
fn where_the_data_are_is_known_though_the_config_is_wrong() {
    let data_dir = |text: &str, variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let read = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
        let around = Surroundings {
            variables: variables.collect(),
            read: &read,
            now: crate::event::Time(0),
        };
        let path = Path::new("/etc/x/scrobbled.toml");
        read_config(text, Some(path), &around).expect_err("a bad config").data_dir
    };
    let cases: [(&str, &[_], &str); 5] = [
        ("listen = 5\ndata_dir = '/d'", &[], "/d"),
        ("data_dir = 'd'\nplex.users = [\n[plex]\n", &[], "/etc/x/d"),
        ("[plex\ndata_dir = '/no'", &[], "/etc/x/scrobbled-data"),
        ("[plex", &[("STATE_DIRECTORY", "/var/lib/scrobbled")], "/var/lib/scrobbled"),
        ("[plex", &[("SCROBBLED_DATA_DIR", "/e")], "/e"),
    ];
    for (text, variables, expected) in cases {
        assert_eq!(data_dir(text, variables), Path::new(expected), "{text}");
    }
}
