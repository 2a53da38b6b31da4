//! What is wrong with the usage or the config.

use crate::daemon::{Scrobbled, all_good};
use crate::{plain, said};

#[test]
fn a_wrong_config_ends_with_2_and_names_line_key_and_what_is_allowed() {
    let cases = [
        (
            "[scrobble]\nwatched_at = 140\n",
            "line 2: `scrobble.watched_at` is 140, but takes 50 to 100 (%)",
        ),
        (
            "[scrobble]\nwatched_at = \"ninety\"\n",
            "line 2: `scrobble.watched_at` is \"ninety\", but takes 50 to 100 (%)",
        ),
        (
            "[scrobble]\nwatchedat = 90\n",
            "line 2: unknown key `scrobble.watchedat`; did you mean `watched_at`?",
        ),
        (
            "listen = 5\n",
            "line 1: `listen` is 5, but takes an IP address and a port, like \"0.0.0.0:8787\"",
        ),
        (
            "[plex]\nusers = [1]\n",
            "line 2: `plex.users` is [1], but takes a list of texts, like [\"a\", \"b\"]",
        ),
        (
            "[[account]]\nname = \"a\"\n",
            "line 1: account `a` lists nobody; say whose events it takes, like plex = [\"a\"] or plex = \"*\"",
        ),
        (
            "log = \"loud\"\n",
            "line 1: `log` is \"loud\", but takes \"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
        ),
        (
            "public_url = \"nas\"\n",
            "line 1: `public_url` is \"nas\", but takes an address that starts with http:// or https://, without ? and #; write public_url = \"http://nas\"",
        ),
        (
            "[trakt]\nclient_secret_file = \"nope\"\n",
            "line 2: `trakt.client_secret_file`: `HOME/nope` can't be read: there is no such file",
        ),
    ];
    let mut wrong = Vec::new();
    for (config, expected) in cases {
        let setup = Scrobbled::with_config(config);
        for words in [&["check"][..], &["serve"], &[], &["status"], &["login"], &["explain", "x"]] {
            let mut seen = setup.cli(words);
            seen.err = plain(setup.home(), &seen.err);
            let expected = said(2, "", &format!("HOME/scrobbled.toml {expected}\n"));
            if seen != expected {
                wrong
                    .push(format!("{words:?} with {config:?}:\n{seen:#?}\nexpected {expected:#?}"));
            }
        }
    }
    all_good(&wrong);
}

#[test]
fn all_that_is_wrong_with_a_config_is_said_at_once() {
    let setup = Scrobbled::with_config("listen = 5\n[scrobble]\nwatched_at = 140\n[plux]\n");
    let seen = setup.cli(&["check"]);
    assert_eq!((seen.code, seen.err.lines().count()), (Some(2), 3), "{seen:#?}");
}

#[test]
fn a_config_that_is_no_utf_8_is_told_with_the_mend() {
    let utf_16: Vec<u8> =
        "\u{feff}log = 'info'".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases = [
        (
            b"# Caf\xe9\nlog = 'info'\n".to_vec(),
            "can't be read: line 1 is no UTF-8 text, perhaps Latin-1; save it as UTF-8",
        ),
        (utf_16, "can't be read: it is UTF-16 text; save it as UTF-8"),
    ];
    for (bytes, expected) in cases {
        let setup = Scrobbled::without_config();
        std::fs::write(setup.home().config(), bytes).expect("written");
        for words in [&["check"][..], &["serve"]] {
            let mut seen = setup.cli(words);
            seen.err = plain(setup.home(), &seen.err);
            assert_eq!(seen, said(2, "", &format!("HOME/scrobbled.toml: {expected}\n")));
        }
    }
    let setup = Scrobbled::without_config();
    // What Notepad writes before UTF-8 is none of it.
    std::fs::write(setup.home().config(), "\u{feff}listen = '127.0.0.1:9'\n").expect("written");
    let urls = setup.cli(&["urls"]).good();
    assert!(urls.contains("http://127.0.0.1:9/"), "{urls}");
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_right() {
    let cases: [(&[&str], &str); 9] = [
        (&["frobnicate"], "there is no command `frobnicate`; `scrobbled --help` shows all"),
        (&["serv"], "there is no command `serv`; did you mean `serve`?"),
        (
            &["login", "x", "y"],
            "`login` does not take `y`; write `scrobbled login [ACCOUNT] [--to TRACKER]`",
        ),
        (
            &["rotate", "foo"],
            "there is no token `foo`; write `scrobbled rotate plex|jellyfin|emby|page|all`",
        ),
        (&["explain"], "`explain` needs a file; write `scrobbled explain FILE [--to TRACKER]`"),
        (&["backup"], "`backup` needs a file; write `scrobbled backup FILE`"),
        (
            &["retry", "abc"],
            "`abc` is not a number from `scrobbled status`; write `scrobbled retry [ID|all]`",
        ),
        (&["drop"], "`drop` needs to know what to give up; write `scrobbled drop ID|all`"),
        (
            &["status", "--config", "nix.toml"],
            "nix.toml: can't be read: there is no such file; `scrobbled init` writes one",
        ),
    ];
    let setup = Scrobbled::without_config();
    let mut wrong = Vec::new();
    for (words, expected) in cases {
        let (seen, expected) = (setup.cli(words), said(2, "", &format!("{expected}\n")));
        if seen != expected {
            wrong.push(format!("{words:?}:\n{seen:#?}\nexpected {expected:#?}"));
        }
    }
    all_good(&wrong);
    assert!(!setup.home().path().join("scrobbled-data").exists(), "wrong usage leaves no trace");
}

#[test]
fn help_and_version_ask_for_nothing() {
    let setup = Scrobbled::with_config("this is = no [ config");
    let help = setup.cli(&["--help"]);
    let commands = [
        "serve", "login", "logout", "urls", "rotate", "check", "explain", "status", "retry",
        "drop", "init", "demo", "backup",
    ];
    let missing: Vec<&str> = commands
        .into_iter()
        .filter(|command| !help.out.contains(&format!("\n  {command} ")))
        .collect();
    assert_eq!((help.code, missing, help.err.as_str()), (Some(0), vec![], ""), "{help:#?}");
    let expected = "Usage: scrobbled restore FILE [--force] [--config FILE]\n\n\
                    Puts what `scrobbled backup` has written into the data folder. Stop the daemon\n\
                    before.\n\n\
                    Options:\n  --force    also over data that are there; they are kept beside\n\n\
                    Example:\n  scrobbled restore backup.db\n";
    for words in [&["help", "restore"][..], &["restore", "--help"], &["-h", "restore", "x"]] {
        assert_eq!(setup.cli(words), said(0, expected, ""), "{words:?}");
    }
    let version = setup.cli(&["--version"]);
    let expected = concat!("scrobbled ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((version.code, version.out.as_str()), (Some(0), expected));
}
