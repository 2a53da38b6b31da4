//! Settings that change while the real binary runs: by SIGHUP, `scrobbled reload` and the page.

#![cfg(test)]

mod daemon;

use daemon::webhook::plex;
use daemon::{Answer, Scrobbled, Trakt, answer, wait_for};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::thread;

const TAKEN: &str = "read the config again";
const REFUSED: &str = "the changed config has errors";

/// What became of a webhook: outcome, and what is told.
fn became(answer: &Value) -> (String, Value) {
    (
        answer["outcome"].as_str().expect("an outcome").to_owned(),
        answer["results"][0]["action"].clone(),
    )
}

fn warnings(daemon: &Scrobbled) -> String {
    daemon.status()["warnings"].to_string()
}

#[test]
fn what_counts_as_watched_changes_for_sessions_that_are_open() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("[scrobble]\nwatched_at = 90\n").start(&trakt).login();
    for film in ["A", "B"] {
        daemon.post(&plex("play").of(film).on(film).at(5.0));
    }
    let stop = |film: &str| became(&daemon.post(&plex("stop").of(film).on(film).at(75.0)));
    assert_ne!(stop("A").1, json!("finish"));
    daemon.write_config("[scrobble]\nwatched_at = 70\n");
    daemon.hang_up(TAKEN);
    assert_eq!(stop("B"), ("queued".to_owned(), json!("finish")));
}

#[test]
fn a_list_that_gets_shorter_drops_the_next_event() {
    let daemon = Scrobbled::with_config("").start_alone();
    let play = || became(&daemon.post(&plex("play").at(5.0))).0;
    assert_ne!(play(), "ignored");
    daemon.write_config("plex.users = ['jo']\n");
    daemon.hang_up(TAKEN);
    assert_eq!(play(), "ignored");
}

#[test]
fn a_bad_file_leaves_all_as_it_was_and_is_told_until_a_good_one_comes() {
    let daemon = Scrobbled::with_config("plex.users = ['jo']\n").start_alone();
    let play = || became(&daemon.post(&plex("play").at(5.0))).0;
    daemon.write_config("[scrobble]\nwatched_at = 140\n");
    daemon.hang_up(REFUSED);
    daemon.write_config(""); // mended, and not read yet; the command line reads it too
    let sentence = "`scrobble.watched_at` is 140, but takes 50 to 100 (%)";
    assert!(warnings(&daemon).contains(sentence), "{}", warnings(&daemon));
    fs::remove_file(daemon.home.config()).expect("the config");
    daemon.hang_up(REFUSED);
    daemon.write_config("");
    assert_eq!(play(), "ignored", "the previous settings stay in force");
    assert!(warnings(&daemon).contains("there is no such file"), "{}", warnings(&daemon));
    daemon.hang_up(TAKEN);
    assert!(!warnings(&daemon).contains("can't be taken"), "{}", warnings(&daemon));
    assert_ne!(play(), "ignored");
}

#[test]
fn what_needs_a_restart_is_named_until_it_has_come_or_is_taken_back() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    let waits = "only a restart takes it: `public_url`, `trakt.post_interval_ms`";
    daemon.write_config(
        "public_url = 'https://s.example'\ntrakt.post_interval_ms = 2000\nlog = 'debug'\n",
    );
    daemon.hang_up(waits);
    daemon.wait_for_log("in effect now: log");
    assert!(warnings(&daemon).contains(waits), "{}", warnings(&daemon));
    daemon.write_config("");
    daemon.hang_up(TAKEN);
    assert!(!warnings(&daemon).contains(waits), "{}", warnings(&daemon));
    daemon.write_config("public_url = 'https://s.example'\n");
    daemon.hang_up("only a restart takes it: `public_url`");
    daemon.restart();
    assert!(!warnings(&daemon).contains("only a restart takes it"), "{}", warnings(&daemon));
}

#[test]
fn reload_hands_the_file_over_and_says_what_it_changes() {
    let daemon = Scrobbled::with_config("").start_alone();
    daemon.write_config("listen = '127.0.0.1:9'\n[emby]\nusers = ['a']\ntoken = 'x'\n");
    let said = daemon.cli(&["reload"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    daemon.write_config("public_url = 'https://s.example'\n[emby]\nusers = ['a']\n");
    let said = daemon.cli(&["reload"]).good();
    assert!(said.contains("in effect now: emby.users\n"), "{said}");
    assert!(said.contains("only a restart takes it: `public_url`\n"), "{said}");
    let changed = "config: it was changed since the daemon read it; ";
    let waits = format!("{changed}a restart lets `public_url` count\n");
    assert!(daemon.cli(&["check"]).out.contains(&waits));
    let again = daemon.cli(&["reload"]).good();
    assert!(again.contains("only a restart takes it"), "{again}");
    assert!(!again.contains("nothing changes") && !again.contains("in effect now"), "{again}");
    daemon.write_config("[emby]\nusers = ['b']\n");
    let reloads = format!("{changed}`scrobbled reload` lets `emby.users` count\n");
    assert!(daemon.cli(&["check"]).out.contains(&reloads));
    daemon.write_config("[emby]\nusers = ['a']\n");
    assert!(!daemon.cli(&["check"]).out.contains(changed));
    assert!(daemon.cli(&["reload"]).good().contains("nothing changes\n"));
}

#[test]
fn a_daemon_that_was_given_a_copy_takes_the_file_itself() {
    let daemon = Scrobbled::with_config("").start_alone();
    let own = daemon.home.path().join("own.toml");
    fs::write(&own, "plex.users = ['jo']\n").expect("a config");
    let words = ["reload", "--config", own.to_str().expect("text")];
    assert!(daemon.cli(&words).good().contains("in effect now: plex.users\n"));
    assert_eq!(became(&daemon.post(&plex("play").at(5.0))).0, "ignored");
}

#[test]
fn without_a_daemon_there_is_nothing_to_reload() {
    let said = Scrobbled::with_config("").cli(&["reload"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(said.err, "no daemon is running; it reads the config when it starts\n");
}

/// What is asked over HTTP, by who shows the page's token.
struct Page<'a> {
    daemon: &'a Scrobbled,
    bearer: String,
}

impl<'a> Page<'a> {
    fn of(daemon: &'a Scrobbled) -> Self {
        let urls = daemon.cli(&["urls"]).good();
        let metrics = urls.split_whitespace().find(|word| word.contains("/metrics?"));
        let token = metrics.and_then(|url| url.split('?').nth(1)).expect("the page's token");
        Self { daemon, bearer: format!("Authorization: Bearer {token}\r\n") }
    }

    fn stranger(daemon: &'a Scrobbled) -> Self {
        Self { daemon, bearer: String::new() }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.daemon.address()).expect("a connection");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.bearer,
            body.len()
        )
        .expect("it is sent");
        answer(stream).expect("an answer")
    }

    fn post(&self, request: &Value) -> Value {
        let answer = self.ask("POST", "/api", &request.to_string());
        serde_json::from_str(&answer.body).expect("JSON")
    }

    fn set(&self, key: &str, value: &Value) -> Value {
        self.post(&json!({"command": "set", "key": key, "value": value}))
    }

    fn row(&self, key: &str) -> Value {
        let settings: Value =
            serde_json::from_str(&self.ask("GET", "/api/settings", "").body).expect("JSON");
        let rows = settings["settings"].as_array().expect("rows");
        rows.iter().find(|row| row["key"] == key).expect("a row").clone()
    }
}

fn config(daemon: &Scrobbled) -> String {
    fs::read_to_string(daemon.home.config()).expect("the config")
}

#[test]
fn a_change_on_the_page_is_in_the_file_and_counts_for_the_next_event() {
    let trakt = Trakt::start();
    let text = "# mine\n[scrobble]\nwatched_at = 90 # credits\n";
    let daemon = Scrobbled::with_config(text).start(&trakt).login();
    let page = Page::of(&daemon);
    fs::set_permissions(daemon.home.config(), fs::Permissions::from_mode(0o640)).expect("a mode");
    daemon.post(&plex("play").at(5.0));
    let saved = page.set("scrobble.watched_at", &json!(70));
    let changed: Vec<_> =
        ["", "_movies", "_episodes"].map(|of| format!("scrobble.watched_at{of}")).to_vec();
    let expected = json!({"saved": true, "changed": changed, "restart": [], "findings": []});
    assert_eq!(saved, json!({ "ok": expected }));
    assert_eq!(config(&daemon), text.replace("90", "70"));
    let mode = fs::metadata(daemon.home.config()).expect("the config").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let row = page.row("scrobble.watched_at");
    assert_eq!(
        (&row["value"], &row["origin"], &row["line"]),
        (&json!(70), &json!("file"), &json!(3))
    );
    assert_eq!(became(&daemon.post(&plex("stop").at(75.0))).1, "finish");

    assert_eq!(page.set("plex.users", &json!(["jo", ""]))["ok"]["saved"], true);
    let longer = format!("{}\n[plex]\nusers = [\"jo\"]\n", text.replace("90", "70"));
    assert_eq!(config(&daemon), longer);
    assert_eq!(became(&daemon.post(&plex("play").of("B").at(5.0))).0, "ignored");
}

/// Settings that silence a server or a person, or count plays too early, and what is said of them.
const SILENCING: [(&str, &str, &str); 3] = [
    (
        "jellyfin.libraries",
        "[\"Films\"]",
        "libraries are set for Jellyfin, but its webhooks name none, so all of them are dropped; set \
         `jellyfin.url` and `jellyfin.api_key`, so that it can be asked",
    ),
    (
        "plex.users",
        "[\"jo\"]",
        "account `mara` lists the Plex user `mara`, but `plex.users` does not; add it there too, or \
         empty that list",
    ),
    (
        "scrobble.force_stop_at",
        "80",
        "`scrobble.force_stop_at` is 80, below watched_at (90), so a pause counts as a play earlier \
         than a stop; raise it to 90 at least",
    ),
];
const MARA: &str = "[[account]]\nname = 'mara'\nplex = ['mara']\n";

#[test]
fn a_change_that_silences_somebody_says_so_in_its_answer() {
    let daemon = Scrobbled::with_config(MARA).start_alone();
    let page = Page::of(&daemon);
    let mut all: Vec<String> = Vec::new();
    for (key, value, sentence) in SILENCING {
        let value = serde_json::from_str(value).expect("JSON");
        let said = page.set(key, &value);
        assert_eq!(said["ok"]["findings"], json!([sentence]), "only what is new: {said}");
        all.push(sentence.to_owned());
        wait_for(key, || daemon.home.log(), |log| log.contains(sentence));
        let told = daemon.status()["findings"].to_string();
        assert!(all.iter().all(|sentence| told.contains(sentence.as_str())), "{told}");
    }
    let text = daemon.cli(&["status"]).good();
    let (_, notes) = text.split_once("\nNotes on the config\n").expect("the notes");
    assert!(all.iter().all(|sentence| notes.contains(&format!("  {sentence}\n"))), "{text}");
    assert_eq!(page.set("plex.users", &Value::Null)["ok"]["findings"], json!([]));
    assert!(!daemon.status()["findings"].to_string().contains("empty that list"));
}

#[test]
fn a_config_that_silences_somebody_is_told_by_reload_in_the_log_and_without_a_daemon() {
    let mut daemon = Scrobbled::with_config(MARA).start_alone();
    for (key, value, sentence) in SILENCING {
        let (section, name) = key.split_once('.').expect("a section");
        let config = format!("[{section}]\n{name} = {value}\n{MARA}");
        daemon.write_config(&config);
        let said = daemon.cli(&["reload"]).good();
        assert!(said.contains(&format!("\nnote: {sentence}\n")), "{said}");
        daemon.write_config(MARA);
        assert!(!daemon.cli(&["reload"]).good().contains(sentence));
        daemon.write_config(&config);
        daemon.hang_up(sentence);
    }
    let last = SILENCING[2].2;
    daemon.terminate();
    let text = daemon.cli(&["status"]).good();
    let (_, notes) = text.split_once("\nNotes on the config\n").expect("the notes");
    assert!(notes.contains(&format!("  {last}\n")), "{text}");
}

#[test]
fn of_several_media_servers_the_one_that_is_meant_is_changed() {
    let text = "[[plex]]\nname = 'home'\nid = 'x'\nusers = ['mara']\n\n\
                [[plex]]\nname = 'rest'\nusers = ['mara']\n";
    let daemon = Scrobbled::with_config(text).start_alone();
    let play = || became(&daemon.post(&plex("play").at(5.0))).0;
    let page = Page::of(&daemon);
    assert_eq!(page.set("plex home.users", &json!(["jo"]))["ok"]["saved"], true);
    assert_ne!(play(), "ignored");
    let saved = page.set("plex rest.users", &json!(["jo"]));
    assert_eq!(saved["ok"]["changed"], json!(["plex rest.users"]));
    assert_eq!(config(&daemon), text.replace("['mara']", "[\"jo\"]"));
    let row = page.row("plex rest.users");
    assert_eq!(
        (&row["section"], &row["server"], &row["line"], &row["value"]),
        (&json!("plex"), &json!("rest"), &json!(8), &json!(["jo"]))
    );
    assert_eq!(play(), "ignored");
    let refused = "there are several [[plex]]; say which, like `plex home.users`";
    assert_eq!(page.set("plex.users", &json!(["jo"])), json!({"error": refused}));
    daemon.write_config("plex.users = ['jo']\n");
    let why = page.set("plex rest.users", &json!([]))["error"].clone();
    assert!(why.to_string().contains("there is no setting `plex rest.users`"), "{why}");
}

#[test]
fn a_change_keeps_what_was_written_by_hand_meanwhile() {
    let daemon = Scrobbled::with_config("").start_alone();
    daemon.write_config("# by hand\nplex.users = ['jo']\n");
    let saved = Page::of(&daemon).set("scrobble.marks", &json!(false));
    assert_eq!(saved["ok"]["changed"], json!(["scrobble.marks", "plex.users"]));
    let expected = "# by hand\nplex.users = ['jo']\n\n[scrobble]\nmarks = false\n";
    assert_eq!(config(&daemon), expected);
}

#[test]
fn of_two_changes_at_once_none_is_lost() {
    let daemon = Scrobbled::with_config("[scrobble]\n").start_alone();
    let page = Page::of(&daemon);
    let keys = ["pause_debounce_seconds", "autoplay_guard_seconds", "regress_tolerance_percent"];
    thread::scope(|scope| {
        for key in keys {
            let page = &page;
            scope.spawn(move || {
                for number in 1..=10 {
                    let saved = page.set(&format!("scrobble.{key}"), &json!(number));
                    assert_eq!(saved["ok"]["saved"], true, "{saved}");
                }
            });
        }
    });
    let config = config(&daemon);
    assert!(keys.iter().all(|key| config.contains(&format!("{key} = 10\n"))), "{config}");
    assert!(keys.iter().all(|key| page.row(&format!("scrobble.{key}"))["value"] == 10));
}

#[test]
fn what_is_not_allowed_leaves_the_file_alone() {
    let text = "[scrobble]\nmarks = true\n";
    let daemon = Scrobbled::with_config(text).set("SCROBBLE_WATCHED_AT", "80").start_alone();
    let page = Page::of(&daemon);
    let cases = [
        (
            "scrobble.force_stop_at",
            json!(30),
            "`scrobble.force_stop_at` is 30, but takes 50 to 100 (%)",
        ),
        (
            "listen",
            json!("0.0.0.0:1"),
            "`listen` can't be changed here; change it in the config file and restart",
        ),
        (
            "scrobble.watched_at",
            json!(85),
            "`scrobble.watched_at` is set by SCROBBLED_SCROBBLE_WATCHED_AT in the environment, \
             which beats the file; change it there",
        ),
    ];
    for (key, value, sentence) in cases {
        assert_eq!(page.set(key, &value), json!({"error": sentence}));
    }
    let row = page.row("scrobble.watched_at");
    assert_eq!((&row["origin"], &row["control"]), (&json!("environment"), &Value::Null), "{row}");
    daemon.write_config("[scrobble]\nmarks = 1\n");
    let said = page.set("scrobble.unmarks", &json!(true));
    let said = said["error"].as_str().expect("an error");
    assert!(said.starts_with("the config has a mistake, mend that first: "), "{said}");
    assert_eq!(config(&daemon), "[scrobble]\nmarks = 1\n");
}

#[test]
fn where_the_file_can_not_be_written_the_lines_are_shown() {
    let daemon = Scrobbled::with_config("# mine\n").start_alone();
    // Whoever runs this, root too, can't put a file where a folder is.
    fs::create_dir(daemon.home.path().join(".scrobbled.toml.new")).expect("a folder");
    let told = Page::of(&daemon).set("plex.users", &json!(["jo"]))["ok"].clone();
    assert_eq!(
        (&told["saved"], &told["lines"]),
        (&json!(false), &json!("[plex]\nusers = [\"jo\"]\n"))
    );
    let why = told["why"].as_str().expect("why");
    assert!(
        why.contains("can't be written: ")
            && why.contains("`scrobbled reload` (for a service with sudo)"),
        "{why}"
    );
    assert_eq!(config(&daemon), "# mine\n");
    let read_only = daemon.cli(&["status"]).good();
    assert!(!read_only.contains("can't be taken"), "{read_only}");

    let daemon = Scrobbled::without_config().start_alone();
    let page = Page::of(&daemon);
    let told = page.set("scrobble.marks", &json!(false))["ok"].clone();
    assert_eq!(
        (&told["saved"], &told["lines"]),
        (&json!(false), &json!("[scrobble]\nmarks = false\n"))
    );
    assert_eq!(
        page.set("scrobble.marks", &json!(7)),
        json!({"error": "`scrobble.marks` is 7, but takes true or false"})
    );
}

#[test]
fn a_stranger_sees_and_changes_nothing_and_nobody_sees_a_secret() {
    let config = "[plex]\ntoken = 'hush-hush'\n[notify]\nurl = 'https://ntfy.sh/hush-hush'\n";
    let daemon = Scrobbled::with_config(config).start_alone();
    let stranger = Page::stranger(&daemon);
    let set = r#"{"command":"set","key":"scrobble.marks","value":false}"#;
    assert_eq!(stranger.ask("GET", "/api/settings", "").status, 401);
    assert_eq!(stranger.ask("POST", "/api", set).status, 401);
    let page = Page::of(&daemon);
    assert_eq!(page.ask("POST", "/api/settings", "").status, 405);
    let heard = page.ask("GET", "/api/settings", "");
    assert!(heard.status == 200 && !heard.body.contains("hush-hush"), "{heard:?}");
    assert_eq!(page.row("plex.token")["value"], "(hidden)");
    let said = page.post(&json!({"command": "reload", "text": "log = 'trace'"}));
    assert_eq!(said, json!({"error": "over HTTP a config can only be read from its file"}));
    let said = page.post(&json!({"command": "reload"}))["ok"].take();
    let nothing = json!([]);
    for (key, value) in [("changed", &nothing), ("restart", &nothing), ("unclaimed", &nothing)] {
        assert_eq!(&said[key], value, "{said}");
    }
    let odd = "`plex.token` is set but `plex.url` is not, so Plex is never asked; set both";
    assert!(said["findings"].as_array().is_some_and(|all| all.contains(&json!(odd))), "{said}");
}
