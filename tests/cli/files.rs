//! `init`, `check` and `explain`.

use crate::daemon::webhook::plex;
use crate::daemon::{Said, Scrobbled, Setup, Trakt, all_good};
use crate::{log_in, said};
use standin::trakt::Fault;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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
fn init_takes_the_file_with_and_without_an_option() {
    let setup = Scrobbled::without_config();
    let said = setup.cli(&["init", "mine.toml"]).good();
    let next = "edit it, then `scrobbled check --config mine.toml` says what is missing and \
                `scrobbled --config mine.toml` starts the daemon";
    assert_eq!(said, format!("wrote mine.toml; {next}\n"));
    setup.cli(&["init", "--config", "other.toml"]).good();
    let text = |name: &str| fs::read_to_string(setup.home().path().join(name)).expect("a config");
    assert_eq!(text("mine.toml"), text("other.toml"));
}

#[test]
fn import_makes_a_config_that_is_right_of_one_of_crosswatch() {
    let setup = Scrobbled::without_config();
    let theirs = setup.home().path().join("config.json");
    let text = r#"{"trakt": {"client_id": "id", "client_secret": "secret", "access_token": "t"},
        "scrobble": {"mode": "webhook", "webhook": {},
                     "trakt": {"watched_at": 85, "progress_step": 25}}}"#;
    fs::write(&theirs, text).expect("a file");
    let (theirs, ours) = (theirs.to_str().expect("text"), setup.home().config());
    let output = ours.to_str().expect("text");
    let printed = setup.cli(&["import", "crosswatch", theirs]).good();
    let said = setup.cli(&["import", "crosswatch", theirs, "--output", output]).good();
    let steps = format!(
        "wrote {output}; before the first start:\n\
         1. Switch off scrobbling to Trakt in CrossWatch, or every play is sent by both.\n\
         2. Set `listen`, so that other machines can post: \"0.0.0.0:8787\" lets them in.\n\
         3. Run `scrobbled login`, for each account. CrossWatch's own login is not converted: a \
         refresh token\n   works once, so two programs would log each other out.\n\
         4. `scrobbled urls` prints the addresses for your media servers, in place of \
         CrossWatch's. There is\n   no watcher here: the servers post what they play.\n"
    );
    assert_eq!(said, steps);
    assert_eq!(fs::read_to_string(&ours).expect("a config"), printed);
    assert!(printed.contains("\nwatched_at = 85  # scrobble.trakt.watched_at\n"), "{printed}");
    let mode = fs::metadata(&ours).expect("a config").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "secrets stand in it");
    assert_eq!(setup.cli(&["urls"]).code, Some(0), "it can be used");
    let again = setup.cli(&["import", "crosswatch", theirs, "--output", output]);
    assert_eq!(again.code, Some(1), "it never overwrites: {again:#?}");
    let wrong = setup.cli(&["import", "crosswatch", output]);
    assert!(wrong.code == Some(1) && wrong.err.contains("not JSON: "), "{wrong:#?}");
    assert_eq!(setup.cli(&["import", "kodi", theirs]).code, Some(2));
}

/// What keeps plays out there and would not here.
#[test]
fn import_refuses_what_would_send_plays_that_crosswatch_keeps_out() {
    let setup = Scrobbled::without_config();
    let theirs = setup.home().path().join("config.json");
    let text = r#"{"scrobble": {"mode": "watch", "watch": {"routes": [
        {"provider": "plex", "sink": "trakt", "filters": {"ignored_path_prefixes": ["/kids"]}},
        {"provider": "plex", "provider_instance": "P01", "sink": "trakt",
         "filters": {"username_whitelist": ["jo", "id:11"]}}]}}}"#;
    fs::write(&theirs, text).expect("a file");
    let (theirs, ours) = (theirs.to_str().expect("text"), setup.home().config());
    let output = ours.to_str().expect("text");
    let place = "scrobble.watch.routes";
    let paths = format!(
        "{place}.0.filters.ignored_path_prefixes (/kids): not all of Plex has the same list there, and \
         here it has one"
    );
    let users = format!(
        "{place}.1.filters.username_whitelist (jo, id:11): holds for `P01` there; here everybody's \
         plays at Plex go to account `default`, because `default` has no list"
    );
    let expected = format!(
        "`{theirs}`: not converted: {paths}\n\
         `{theirs}`: not converted: {users}\n\
         nothing is written, because plays that CrossWatch keeps from Trakt would be sent; \
         change it there, or convert the rest with --force and see to these by hand\n"
    );
    for words in [
        &["import", "crosswatch", theirs][..],
        &["import", "crosswatch", theirs, "--output", output],
    ] {
        let refused = setup.cli(words);
        assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:#?}");
        assert_eq!(refused.err, expected);
        assert!(!ours.exists());
    }
    setup.cli(&["import", "crosswatch", theirs, "--output", output, "--force"]).good();
    let ours = fs::read_to_string(&ours).expect("a config");
    let told = format!(
        "\n# Keeps plays from Trakt in CrossWatch, and is not converted:\n# - {paths}\n# - {users}\n"
    );
    assert!(ours.contains(&told), "{ours}");
}

#[test]
fn check_says_what_is_missing_and_when_all_is_well() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    let seen = setup.cli(&["check"]);
    assert!(seen.code == Some(1) && seen.out.contains("scrobbled login default"), "{seen:#?}");
    setup.cli(&["login"]).good();
    let last = |seen: &Said| {
        let line = seen.out.lines().last().unwrap_or_default().to_owned();
        (seen.code, seen.err.clone(), line)
    };
    let seen = setup.cli(&["check"]);
    let config = setup.home().config();
    let expected = format!(
        "all is well, but the daemon is not running: start it with `scrobbled --config {}`",
        config.display()
    );
    assert_eq!(last(&seen), (Some(0), String::new(), expected), "{seen:#?}");
    let daemon = setup.start(&trakt);
    let seen = daemon.cli(&["check"]);
    let expected = (Some(0), String::new(), "all is well".to_owned());
    assert_eq!(last(&seen), expected, "beside a daemon: {seen:#?}");
}

#[test]
fn check_says_of_an_account_that_has_just_begun_that_its_tracker_was_not_heard_yet() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    setup.cli(&["login"]).good();
    trakt.order(Fault::Silence.once().on("GET", "/users/settings"));
    let daemon = setup.start(&trakt);
    let said = daemon.cli(&["check"]).good();
    let account = "account `default`: starting at Trakt, which has not answered yet\n";
    assert!(said.contains(account) && said.ends_with("all is well\n"), "{said}");
}

#[test]
fn check_without_a_daemon_tells_what_is_wrong_with_an_account_apart() {
    let cases = [
        (423, "Trakt has locked or deactivated this account: sign in at https://app.trakt.tv"),
        (426, "Trakt requires VIP for this app, or the app no longer exists"),
        (403, "Trakt does not know this API app"),
        (503, "Trakt does not answer; everything is kept and sent when it does"),
        (401, "login needed: Trakt has ended the last one; press Connect on the page or run"),
    ];
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    setup.cli(&["login"]).good();
    let mut wrong = Vec::new();
    for (status, expected) in cases {
        trakt.order(Fault::status(status).on("GET", "/users"));
        let seen = setup.cli(&["check"]);
        let line = format!("\naccount `default`: {expected}");
        if seen.code != Some(1) || !seen.out.contains(&line) {
            wrong.push(format!("{status}: expected `{expected}`\n{seen:#?}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn check_says_whose_plays_go_where() {
    let jo = "[[account]]\nname = 'jo'\njellyfin = ['jo', 'id:7']\nplex = '*'\ndry_run = true\n";
    let setup = Scrobbled::with_config(&format!("[[account]]\nname = 'mara'\nemby = 'mara'\n{jo}"));
    let out = setup.cli(&["check"]).out;
    let expected = "\naccount `mara` gets the plays of mara at Emby\naccount `jo` (dry run: nothing is \
                    sent) gets the plays of everybody at Plex, and of jo and id:7 at Jellyfin\n";
    assert!(out.contains(expected), "{out}");
    let restricted = "[emby]\nusers = ['mara', 'jo']\n[[jellyfin]]\nname = 'a'\nid = '1'\nusers = ['kim']\n\
                      [[jellyfin]]\nname = 'b'\nid = '2'\n";
    let out = Scrobbled::with_config(restricted).cli(&["check"]).out;
    let expected = "\naccount `default` gets the plays of everybody at Plex, and of kim at Jellyfin a, and of \
                    everybody at Jellyfin b, and of mara and jo at Emby\n";
    assert!(out.contains(expected), "{out}");
    let both = "[plex]\nusers = ['mara']\n[[account]]\nname = 'mara'\nplex = ['mara', 'jo']\n";
    let out = Scrobbled::with_config(both).cli(&["check"]).out;
    let expected = "gets the plays of mara and jo at Plex (of whom plex.users lets mara count)\n";
    assert!(out.contains(expected), "{out}");
    let everybody = "\naccount `default` gets the plays of everybody at Plex, Jellyfin and Emby\n";
    let out = Scrobbled::with_config("").cli(&["check"]).out;
    assert!(out.contains(everybody), "{out}");
}

#[test]
fn check_warns_of_plays_that_trakt_takes_from_plex_itself() {
    let trakt = Trakt::start();
    let jo = "[[account]]\nname = 'jo'\njellyfin = ['jo']\n";
    let setup =
        Scrobbled::with_config(&format!("[[account]]\nname = 'mara'\nplex = ['mara']\n{jo}"));
    let setup = setup.knowing(&trakt);
    for account in ["mara", "jo"] {
        setup.cli(&["login", account]).good();
    }
    let expected = "  note: account `mara`: Trakt takes plays from Plex itself too, by Plex Sync, so \
                    they may be there twice: switch that off at Trakt (Settings, Plex), or list no \
                    Plex users in this account\n";
    let check = |cli: &dyn Fn(&[&str]) -> Said| {
        for (official_app, plex_sync) in [(false, true), (true, false), (true, true)] {
            trakt.server.with(|trakt| {
                (trakt.options.official_app, trakt.options.plex_sync) = (official_app, plex_sync);
            });
            let out = cli(&["check"]).good();
            let is_told = official_app && plex_sync;
            assert_eq!(out.matches("by Plex Sync").count(), usize::from(is_told), "{out}");
            assert_eq!(out.contains(expected), is_told, "{out}");
        }
        trakt.order(Fault::status(404).on("GET", "/users/settings/plex"));
        assert!(!cli(&["check"]).good().contains("twice"));
    };
    check(&|words| setup.cli(words));
    let daemon = setup.start(&trakt);
    check(&|words| daemon.cli(words));
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
            let understood = !seen.out.contains("not a webhook");
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
    let expected = "1. Plex webhook: completed, A (2001) by mara on tv, no position\n   \
        filters: passed server, user, player, library, file, switches\n   \
        account default: queued: watched at 90 %\n   \
        to send for account default: A (2001), watched at 90 %\n   \
        at Trakt, once an app is set and the account is connected there:\n   \
        → GET /search/tvdb/9400601?type=movie to find its number\n   \
        → else GET /search/tmdb/9300601?type=movie\n   \
        → else GET /search/imdb/tt93000601?type=movie\n   \
        → else GET /search/movie?query=A&fields=title&years=2001&limit=100\n   \
        → GET /sync/history/movies/NUMBER to see whether Trakt has it\n   \
        → POST /scrobble/stop {\"movie\":{\"ids\":{\"trakt\":NUMBER},\"title\":\"A\",\
        \"year\":2001},\"progress\":90.0}\n";
    assert_eq!(seen, said(0, expected, ""));
    let id = "c".repeat(64);
    let simkl = Scrobbled::with_config(&format!("[simkl]\nclient_id = '{id}'\n"));
    let (_, body) = plex("completed").body();
    fs::write(simkl.home().path().join("saved"), body).expect("a file");
    let seen = simkl.cli(&["explain", "saved"]).good();
    assert!(seen.contains("if Simkl knows none") && !seen.contains("Trakt"), "{seen}");
    for (name, bytes) in
        [("empty", &b""[..]), ("noise", b"\x00\xff\xfe{{{"), ("deep", &[b'['; 9000])]
    {
        fs::write(setup.home().path().join("noise"), bytes).expect("a file");
        let seen = setup.cli(&["explain", "noise"]);
        assert!(
            seen.out.contains("not a webhook") && !seen.err.contains("panic"),
            "{name}: {seen:#?}"
        );
    }
}

#[test]
fn explain_shows_no_calls_of_what_a_tracker_is_not_told() {
    let explained = |keys: &str| {
        let app = format!("[simkl]\nclient_id = 'app'\n{keys}\n[plex]\nratings = true\n");
        let setup = Scrobbled::with_config(&app);
        let file = setup.home().path().join("saved");
        fs::write(file, plex("rate").at(8.0).body().1).expect("a file");
        setup.cli(&["explain", "saved"]).good()
    };
    let seen = explained("");
    let why = "   at Simkl, if the account is connected there:\n   nothing: ratings are not sent to Simkl, \
               which would file what is rated in a list of yours: simkl.ratings = true sends them\n";
    assert!(seen.ends_with(why), "{seen}");
    let seen = explained("ratings = true");
    assert!(seen.contains("→ POST /sync/ratings {") && !seen.contains("nothing"), "{seen}");
}

#[test]
fn explain_shows_the_calls_of_the_trackers_that_the_account_is_connected_to() {
    let at = |setup: &Setup, words: &[&str]| -> Vec<String> {
        let seen = setup.cli(&[&["explain", "saved"], words].concat());
        assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{seen:#?}");
        let heads = seen.out.lines().map(str::trim).filter(|line| line.starts_with("at "));
        heads.map(str::to_owned).collect()
    };
    let save = |setup: &Setup| {
        fs::write(setup.home().path().join("saved"), plex("completed").body().1).expect("a file");
    };
    let [trakt, simkl] = ["Trakt", "Simkl"].map(|title| format!("at {title}:"));
    let [trakt_if, simkl_if] =
        ["Trakt", "Simkl"].map(|title| format!("at {title}, if the account is connected there:"));
    let without =
        |title| format!("at {title}, once an app is set and the account is connected there:");

    let setup = Scrobbled::with_config("");
    save(&setup);
    assert_eq!(at(&setup, &[]), [without("Trakt")]);
    assert_eq!(at(&setup, &["--to", "simkl"]), [without("Simkl")]);
    let seen = setup.cli(&["explain", "saved", "--to", "nowhere"]);
    assert_eq!(
        seen,
        said(2, "", "there is no tracker `nowhere`; choose trakt, simkl or mdblist\n")
    );

    let setup = Scrobbled::with_config("").set("SIMKL_CLIENT_ID", "app");
    save(&setup);
    assert_eq!(at(&setup, &[]), [simkl_if.as_str()]);

    let house = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&house).set("SIMKL_CLIENT_ID", "app");
    save(&setup);
    assert_eq!(at(&setup, &[]), [trakt_if.as_str(), simkl_if.as_str()]);
    setup.cli(&["login", "--to", "trakt"]).good();
    assert_eq!(at(&setup, &[]), [trakt.as_str()]);
    assert_eq!(at(&setup, &["--to", "simkl"]), [simkl_if.as_str()]);
    log_in(setup.home(), "simkl");
    assert_eq!(at(&setup, &[]), [trakt.as_str(), simkl.as_str()]);
    setup.cli(&["logout", "--to", "trakt"]).good();
    assert_eq!(at(&setup, &[]), [simkl.as_str()]);

    let data = setup.home().path().join("scrobbled-data/scrobbled.db");
    fs::write(&data, "no database at all, however one reads it").expect("written");
    let seen = setup.cli(&["explain", "saved"]);
    assert!(seen.out.starts_with("who is connected where is not known: "), "{seen:#?}");
    assert!(seen.out.contains(&trakt_if) && seen.out.contains(&simkl_if), "{seen:#?}");
}

#[test]
fn a_config_that_everybody_can_read_is_told_at_the_start_and_by_check() {
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("[plex]\nwebhook_secret = 'abc'\n").knowing(&trakt);
    let (home, config) = (setup.home().path().to_owned(), setup.home().config());
    fs::write(&config, "").expect("written");
    for path in [&home, &config] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("its rights");
    }
    let daemon = setup.start_alone();
    let shown = config.display();
    let told = format!(
        "everybody at this machine can read `{shown}`, which holds secrets: `chmod 600 {shown}`"
    );
    daemon.wait_for_log(&told);
    let said = daemon.cli(&["check"]);
    assert!(said.out.contains(&format!("  note: {told}")), "{said:?}");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).expect("its rights");
    let said = daemon.cli(&["check"]);
    assert!(!said.out.contains("everybody at this machine"), "{said:?}");
}

#[test]
fn a_file_without_end_is_not_read_to_its_end() {
    let setup = Scrobbled::without_config();
    for words in [&["explain", "/dev/zero"][..], &["import", "crosswatch", "/dev/zero"]] {
        let seen = setup.cli(words);
        assert_eq!(seen.code, Some(1), "{seen:#?}");
        assert!(seen.err.contains("`/dev/zero` can't be read: it has more than "), "{seen:#?}");
    }
}

#[test]
fn no_name_of_a_folder_or_a_file_commands_the_terminal() {
    let setup = Scrobbled::with_config("data_dir = \"d\\u001b[31m\\u202e\"\n");
    let (said, theirs) = ("\u{9b}31m\u{202e}", setup.home().path().join("\u{1b}[31m"));
    fs::write(&theirs, format!(r#"{{"scrobble": {{}}, "trakt": {{"client_id": "{said}"}}}}"#))
        .expect("a file");
    let theirs = theirs.to_str().expect("text");
    for words in [
        &["urls"][..],
        &["rotate", "page"],
        &["status"],
        &["check"],
        &["import", "crosswatch", theirs],
        &["explain", theirs],
    ] {
        let seen = setup.cli(words);
        let told = format!("{}{}", seen.out, seen.err);
        let evil = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!told.contains(evil), "{words:?}: {told:?}");
    }
}
