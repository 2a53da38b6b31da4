//! Does the command line do and say what it promises? The real binary, whole outputs.

#[cfg(test)]
mod daemon;

use daemon::webhook::{jellyfin, plex};
use daemon::{Home, Said, Scrobbled, Trakt, all_good, answer, command, timed, wait_for};
use scrobbled::demo::Fault;
use scrobbled::event::Source;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

fn said(code: i32, out: &str, err: &str) -> Said {
    Said { code: Some(code), out: out.to_owned(), err: err.to_owned() }
}

/// What differs between two runs, replaced.
fn plain(home: &Home, text: &str) -> String {
    text.replace(&home.path().display().to_string(), "HOME")
}

#[test]
fn without_a_config_it_starts_and_keeps_what_it_is_told() {
    let daemon = Scrobbled::without_config().start_alone();
    let answer = daemon.post(&plex("completed"));
    assert_eq!(answer["outcome"], "queued", "{answer}");
    let log = daemon.home.log();
    for part in ["without a config file", "only programs on this machine", "scrobbled login"] {
        assert!(log.contains(part), "`{part}` is not said:\n{log}");
    }
    let (outbox, parked) = daemon.held();
    assert_eq!((outbox.len(), parked.len()), (1, 0), "{outbox:?} {parked:?}");

    let data = daemon.home.path().join("scrobbled-data");
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&data).expect("the data folder") {
        let path = entry.expect("an entry").path();
        if mode(&path) != 0o600 {
            wrong.push(format!("{} has mode {:o}", path.display(), mode(&path)));
        }
    }
    all_good(&wrong);
    assert_eq!(mode(&data), 0o700);
    let in_home: Vec<_> = fs::read_dir(daemon.home.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name != "log")
        .collect();
    assert_eq!(in_home, ["scrobbled-data"], "nothing else is written");
}

#[test]
fn urls_with_their_tokens_are_printed_to_terminals_only() {
    let mut daemon = Scrobbled::without_config().start_alone();
    daemon.post(&plex("completed"));
    let target = daemon.target(Source::Plex).to_owned();
    let token = target.split_once('?').expect("a token").1.to_owned();
    daemon.terminate();
    assert_eq!(daemon.rest_of_lines(), Vec::<String>::new());
    assert!(!daemon.home.log().contains(&token), "the log holds a token");
}

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
            "line 1: `public_url` is \"nas\", but takes an address that starts with http:// or https://, without ? and #",
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
fn wrong_usage_ends_with_2_and_says_what_is_right() {
    let cases: [(&[&str], &str); 8] = [
        (&["frobnicate"], "there is no command `frobnicate`; `scrobbled --help` shows all"),
        (&["serv"], "there is no command `serv`; did you mean `serve`?"),
        (&["login", "x", "y"], "`y` does not belong to `login`; write `scrobbled login [ACCOUNT]`"),
        (
            &["rotate", "foo"],
            "there is no token `foo`; write `scrobbled rotate plex|jellyfin|emby|page|all`",
        ),
        (&["explain"], "`explain` needs a file; write `scrobbled explain FILE`"),
        (&["backup"], "`backup` needs a file; write `scrobbled backup FILE`"),
        (
            &["retry", "abc"],
            "`abc` is no number that `status` shows; write `scrobbled retry [ID|all]`",
        ),
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
        "init", "demo", "backup",
    ];
    let missing: Vec<&str> = commands
        .into_iter()
        .filter(|command| !help.out.contains(&format!("\n  {command} ")))
        .collect();
    assert_eq!((help.code, missing, help.err.as_str()), (Some(0), vec![], ""), "{help:#?}");
    let version = setup.cli(&["--version"]);
    let expected = concat!("scrobbled ", env!("CARGO_PKG_VERSION"));
    assert_eq!((version.code, version.out.trim_end()), (Some(0), expected));
}

#[test]
fn a_second_daemon_on_the_same_folder_is_refused() {
    let daemon = Scrobbled::with_config("").start_alone();
    let mut seen = daemon.cli(&["serve"]);
    let told = plain(&daemon.home, seen.err.lines().last().unwrap_or_default());
    let pid = daemon.pid();
    let expected = format!(
        "the folder `HOME/scrobbled-data` is in use by a running scrobbled (pid {pid}); stop that \
         one first"
    );
    seen.err.clear();
    assert_eq!((seen, told), (said(1, "", ""), expected));
    assert_eq!(daemon.post(&plex("completed"))["outcome"], "queued", "the first one lives on");
}

#[test]
fn a_port_that_is_taken_is_said() {
    let daemon = Scrobbled::with_config("").start_alone();
    let address = daemon.address().to_string();
    let other = Scrobbled::with_config(&format!("listen = \"{address}\"\n"));
    let seen = other.cli(&["serve"]);
    let last = seen.err.lines().last().unwrap_or_default();
    assert!(
        seen.code == Some(1) && last.contains(&address) && last.contains("listen"),
        "{seen:#?}"
    );
}

// login, logout

#[test]
fn login_shows_the_code_the_address_and_a_qr_code_and_held_plays_leave_at_once() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt);
    daemon.post(&plex("completed"));
    daemon.post(&jellyfin("completed").of("B").at(95.0));
    assert_eq!(trakt.calls(), Vec::<String>::new());
    let out = daemon.cli(&["login"]).good();
    let url = format!("Open {}/activate and type the code", trakt.server.url());
    let first = format!(
        "using {}/scrobbled-data (daemon running, pid {})",
        daemon.home.path().display(),
        daemon.pid()
    );
    let connected = "connected as demo: the account `default` scrobbles from now on";
    for part in [&first, &url, connected, "good for 10 minutes", "█"] {
        assert!(out.contains(part), "`{part}` is missing:\n{out}");
    }
    let (took, ()) = timed(|| trakt.wait_for_calls(&["stop A 90", "stop B 95"]));
    assert!(took < Duration::from_secs(5), "they left after {took:?}");
}

#[test]
fn login_and_logout_work_without_a_daemon() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    let out = setup.cli(&["login"]).good();
    assert!(out.contains("(no daemon running)") && out.contains("connected as demo"), "{out}");
    let out = setup.cli(&["logout"]).good();
    assert!(out.contains("the account `default` is disconnected"), "{out}");
    let again = setup.cli(&["logout"]);
    assert_eq!(
        (again.code, again.err.as_str()),
        (Some(1), "the account `default` is not connected\n")
    );
}

#[test]
#[ignore = "without a daemon `status` says `starting` and no user, whether connected or not"]
fn status_without_a_daemon_knows_who_is_connected() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    setup.cli(&["login"]).good();
    let status = setup.cli(&["status", "--json"]).good();
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["accounts"][0]["user"], "demo", "{status:#}");
}

#[test]
fn a_login_without_a_daemon_is_the_daemons_later() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    setup.cli(&["login"]).good();
    let daemon = setup.start(&trakt);
    daemon.post(&plex("completed"));
    trakt.wait_for_calls(&["stop A 90"]);
}

#[test]
fn after_a_logout_plays_are_kept_for_the_next_login() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt).login();
    daemon.cli(&["logout"]).good();
    daemon.post(&plex("completed"));
    let (outbox, _) = daemon.held();
    assert_eq!((outbox.len(), trakt.calls().len()), (1, 0), "{outbox:?}");
    daemon.cli(&["login"]).good();
    trakt.wait_for_calls(&["stop A 90"]);
}

#[test]
fn login_says_what_trakt_refuses_and_what_to_do() {
    let cases: [(&str, scrobbled::demo::Order, &[&str]); 4] = [
        (
            "an app that is gone",
            Fault::status(403).on("POST", "/oauth/device/code"),
            &["app", "VIP", "https://app.trakt.tv/settings/apps"],
        ),
        ("the user says no", Fault::status(418).on("POST", "/oauth/device/token"), &["refused"]),
        (
            "too late",
            Fault::status(410).on("POST", "/oauth/device/token"),
            &["in time", "log in again"],
        ),
        ("Trakt is down", Fault::html(503).times(100).on("POST", "/oauth/device/code"), &["Trakt"]),
    ];
    let mut wrong = Vec::new();
    for (name, order, parts) in cases {
        for running in [false, true] {
            let trakt = Trakt::start();
            trakt.order(order.clone());
            let setup = Scrobbled::with_config("");
            let seen = if running {
                setup.start(&trakt).cli(&["login"])
            } else {
                setup.knowing(&trakt).cli(&["login"])
            };
            let one_line = seen.err.lines().filter(|line| !line.contains(" WARN ")).count() == 1;
            let all = parts.iter().all(|part| seen.err.contains(part));
            if seen.code != Some(1) || !one_line || !all {
                wrong.push(format!(
                    "{name}, daemon running: {running}: expected {parts:?}\n{seen:#?}"
                ));
            }
        }
    }
    all_good(&wrong);
}

#[test]
fn login_without_an_app_says_how_to_get_one() {
    let mut seen = Scrobbled::with_config("").cli(&["login"]);
    seen.out.clear();
    let expected = "no Trakt app is set: make one at https://app.trakt.tv/settings/apps (needs VIP) \
                    and set trakt.client_id and trakt.client_secret, or use a build with an app \
                    inside\n";
    assert_eq!(seen, said(1, "", expected));
}

#[test]
fn several_accounts_are_named() {
    let config =
        "[[account]]\nname = \"a\"\nplex = \"x\"\n[[account]]\nname = \"b\"\nplex = \"y\"\n";
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config(config).knowing(&trakt);
    let cases: [(&[&str], &str); 2] = [
        (&["login"], "name one of the accounts a, b\n"),
        (&["login", "c"], "there is no account `c`; the config has a, b\n"),
    ];
    for (words, expected) in cases {
        let seen = setup.cli(words);
        assert_eq!((seen.code, seen.err.as_str()), (Some(1), expected), "{words:?}");
    }
    setup.cli(&["login", "b"]).good();
}

// urls, rotate

#[test]
fn after_rotate_the_old_url_is_refused_at_once_and_only_it() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    let status = |daemon: &Scrobbled, source| {
        let webhook = daemon::webhook::Webhook::new(source, "completed").at(95.0);
        daemon.post_any(&webhook).status
    };
    let all = |daemon: &Scrobbled| Source::ALL.map(|source| status(daemon, source));
    assert_eq!(all(&daemon), [200, 200, 200]);
    daemon.cli(&["rotate", "jellyfin"]).good();
    assert_eq!(all(&daemon), [200, 401, 200]);
    daemon.learn_urls();
    assert_eq!(all(&daemon), [200, 200, 200]);
    daemon.cli(&["rotate", "all"]).good();
    assert_eq!(all(&daemon), [401, 401, 401]);
    daemon.learn_urls();
    daemon.restart();
    assert_eq!(all(&daemon), [200, 200, 200], "they are the same after a restart");
}

#[test]
fn rotate_without_a_daemon_holds_for_the_next_one() {
    let setup = Scrobbled::with_config("");
    let before = setup.cli(&["urls"]).good();
    let rotated = setup.cli(&["rotate", "plex"]).good();
    let after = setup.cli(&["urls"]).good();
    let line = |text: &str, source: &str| {
        text.lines().find(|line| line.contains(source)).expect("a URL").to_owned()
    };
    assert_eq!(rotated, after);
    assert_ne!(line(&before, "plextrakt"), line(&after, "plextrakt"));
    assert_eq!(line(&before, "embytrakt"), line(&after, "embytrakt"));
}

#[test]
fn urls_show_how_media_servers_reach_it() {
    let config = "public_url = \"https://nas.example/hooks/\"\n";
    let out = Scrobbled::with_config(config).cli(&["urls"]).good();
    for source in ["plex", "jellyfin", "emby"] {
        let part = format!("https://nas.example/hooks/webhook/{source}trakt?");
        assert!(out.contains(&part), "`{part}` is missing:\n{out}");
    }
}

// status, retry, backup

#[test]
fn status_tells_all_that_is_promised() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt).login();
    daemon.post(&plex("play").at(20.0));
    trakt.wait_for_calls(&["start A 20"]);
    let status = daemon.status();
    let keys = ["accounts", "playing", "outbox", "parked", "events", "warnings"];
    let missing: Vec<&str> = keys.into_iter().filter(|key| !status[*key].is_array()).collect();
    assert_eq!(missing, Vec::<&str>::new(), "{status:#}");
    let text = daemon.cli(&["status"]).good();
    for part in ["default", "A (2001)", "mara", "tv", "20 %", "queued: start at 20 %"] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
}

#[test]
fn what_trakt_rejects_is_parked_and_sent_again_when_asked() {
    let trakt = Trakt::start();
    trakt.order(
        Fault::json(422, json!({"error": "progress is strange"})).on("POST", "/scrobble/stop"),
    );
    let daemon = Scrobbled::with_config("").start(&trakt).login();
    daemon.post(&plex("completed"));
    let parked = wait_for("a parked play", || daemon.held().1, |parked| parked.len() == 1);
    let text = daemon.cli(&["status"]).good();
    assert!(text.contains("Parked") && text.contains("422"), "{text}");
    let id = parked[0]["id"].to_string();
    let wrong = daemon.cli(&["retry", "999999"]);
    assert_eq!(
        (wrong.code, wrong.err.as_str()),
        (Some(1), "nothing parked has the number 999999; see `status`\n")
    );
    daemon.cli(&["retry", &id]).good();
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);
    wait_for("nothing parked", || daemon.held(), |held| held.0.is_empty() && held.1.is_empty());
}

#[test]
fn a_backup_holds_login_and_plays_and_nobody_else_may_read_it() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt).login();
    trakt.server.with(|trakt| trakt.lock("demo", Some(423)));
    daemon.post(&plex("completed"));
    wait_for("the refusal", || trakt.server.log().len(), |requests| *requests > 3);
    daemon.cli(&["backup", "copy.db"]).good();
    let copy = daemon.home.path().join("copy.db");
    assert_eq!(fs::metadata(&copy).expect("a copy").permissions().mode() & 0o777, 0o600);
    let again = daemon.cli(&["backup", "copy.db"]);
    assert_eq!(again.code, Some(1), "a backup is not overwritten: {again:#?}");

    let setup = Scrobbled::with_config("");
    let data = setup.home().path().join("scrobbled-data");
    fs::create_dir(&data).expect("a data folder");
    fs::copy(&copy, data.join("scrobbled.db")).expect("a copy");
    drop(daemon);
    trakt.server.with(|trakt| trakt.lock("demo", None));
    let restored = setup.start(&trakt);
    assert_eq!(restored.held().0.len(), 1);
    // Its turn comes within the hour in which a locked account is tried again.
    let user = || restored.status()["accounts"][0]["user"].clone();
    wait_for("the login", user, |user| user == "demo");
}

// init, check, explain

#[test]
fn init_writes_a_config_that_is_right_and_changes_nothing() {
    let setup = Scrobbled::without_config();
    assert_eq!(setup.cli(&["init"]).code, Some(0));
    let text = fs::read_to_string(setup.home().config()).expect("a config");
    let keys: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with('['))
        .collect();
    assert_eq!(keys, Vec::<&str>::new(), "keys at their default are commented out");
    let mode = fs::metadata(setup.home().config()).expect("a config").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "secrets will stand in it");
    // [[account]] is an example, not a default.
    let (defaults, _) = text.split_once("[[account]]").expect("an example of an account");
    let is_key = |line: &&str| line.starts_with(|letter: char| letter.is_ascii_lowercase());
    let uncommented: Vec<&str> = defaults
        .lines()
        .map(|line| line.strip_prefix('#').filter(is_key).unwrap_or(line))
        .collect();
    let uncommented = uncommented.join("\n");
    assert!(uncommented.contains("\nwatched_at = 90"), "{uncommented}");
    fs::write(setup.home().config(), uncommented).expect("a config");
    let seen = setup.cli(&["urls"]);
    assert_eq!(seen.code, Some(0), "each default may be written down: {seen:#?}");
    let again = setup.cli(&["init"]);
    assert_eq!(again.code, Some(1), "it never overwrites: {again:#?}");
}

#[test]
fn check_says_what_is_missing_and_when_all_is_well() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    let seen = setup.cli(&["check"]);
    assert!(seen.code == Some(1) && seen.out.contains("scrobbled login default"), "{seen:#?}");
    setup.cli(&["login"]).good();
    let seen = setup.cli(&["check"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:#?}");
    let daemon = setup.start(&trakt);
    let seen = daemon.cli(&["check"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "beside a daemon: {seen:#?}");
}

#[test]
fn explain_understands_every_recorded_payload_and_touches_nothing() {
    let setup = Scrobbled::with_config("");
    let mut wrong = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payloads");
    for source in ["plex", "jellyfin", "emby"] {
        for entry in fs::read_dir(root.join(source)).expect("payloads") {
            let path = entry.expect("a payload").path();
            let seen = setup.cli(&["explain", path.to_str().expect("text")]);
            let understood = !seen.out.contains("no webhook");
            let is_payload = !path.to_string_lossy().ends_with("headers.txt");
            if seen.code != Some(0) || !seen.err.is_empty() || understood != is_payload {
                wrong.push(format!("{}: {seen:#?}", path.display()));
            }
        }
    }
    all_good(&wrong);
    assert!(!setup.home().path().join("scrobbled-data").exists(), "a dry run leaves no data");
}

#[test]
fn explain_tells_what_would_be_sent() {
    let setup = Scrobbled::with_config("");
    let file = setup.home().path().join("saved");
    let (_, body) = plex("completed").body();
    fs::write(&file, body).expect("a file");
    let seen = setup.cli(&["explain", "saved"]);
    let expected = "1. Plex completed of A (2001) by mara on tv, no position\n   \
        filters: server, user, player, library, switches kept\n   \
        account default: queued: finish at 90 %\n   \
        intent: finish of A (2001) at 90 % for default\n   \
        → POST /scrobble/stop {\"movie\":{\"ids\":{\"imdb\":\"tt93000601\",\"tmdb\":9300601,\
        \"tvdb\":9400601}},\"progress\":90.0}\n     \
        if Trakt does not know that: POST /scrobble/stop {\"movie\":{\"title\":\"A\",\
        \"year\":2001},\"progress\":90.0}\n";
    assert_eq!(seen, said(0, expected, ""));
    for (name, bytes) in
        [("empty", &b""[..]), ("noise", b"\x00\xff\xfe{{{"), ("deep", &[b'['; 9000])]
    {
        fs::write(setup.home().path().join("noise"), bytes).expect("a file");
        let seen = setup.cli(&["explain", "noise"]);
        assert!(
            seen.out.contains("no webhook") && !seen.err.contains("panic"),
            "{name}: {seen:#?}"
        );
    }
}

// ending

#[test]
fn sigterm_ends_it_with_0_though_a_request_is_in_hand() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    let (content_type, body) = plex("completed").body();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        daemon.target(Source::Plex),
        body.len()
    );
    let mut half = TcpStream::connect(daemon.address()).expect("a connection");
    half.write_all(head.as_bytes()).expect("the head");
    half.write_all(&body[..body.len() / 2]).expect("half of the body");
    let idle = TcpStream::connect(daemon.address()).expect("a connection");
    let (code, took) = daemon.terminate();
    assert_eq!(code, Some(0), "{}", daemon.home.log());
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    drop((half, idle));
}

#[test]
fn a_request_that_is_finished_in_time_is_answered_before_the_end() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    let (content_type, body) = plex("completed").body();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        daemon.target(Source::Plex),
        body.len()
    );
    let mut slow = TcpStream::connect(daemon.address()).expect("a connection");
    slow.write_all(head.as_bytes()).expect("the head");
    slow.write_all(&body[..body.len() / 2]).expect("half of the body");
    daemon.post(&jellyfin("completed").of("B").at(95.0)); // so that the half has been read
    let pid = daemon.pid().to_string();
    let told = command(Path::new("/bin/kill"), &daemon.home).args(["-TERM", &pid]).status();
    assert!(told.expect("`kill` runs").success());
    let refused = || TcpStream::connect(daemon.address()).is_err();
    wait_for("the closed door", refused, |refused| *refused);
    slow.write_all(&body[body.len() / 2..]).expect("the rest of the body");
    let answer = answer(slow).expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}\n{}", daemon.home.log());
    let (code, _) = daemon.terminate();
    assert_eq!(code, Some(0), "{}", daemon.home.log());
    daemon.restart();
    let (outbox, _) = daemon.held();
    assert_eq!(outbox.len(), 2, "both were promised: {outbox:?}");
}

#[test]
fn the_demo_shows_three_plays() {
    let out = Scrobbled::without_config().cli(&["demo"]).good();
    let (_, end) = out.split_once("What \"Trakt\" has in the end:\n").expect("an end");
    assert!(end.contains("demo has 3 plays in the history"), "{out}");
    for label in ["The Salt Road", "Harbour Nine 2x07", "Harbour Nine 2x09"] {
        assert_eq!(end.matches(&format!("  {label}\n")).count(), 1, "{label}:\n{out}");
    }
}
