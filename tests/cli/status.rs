//! `status`, `retry`, `drop`, `backup`, `urls` and `rotate`.

use crate::daemon::by_hand::Rig;
use crate::daemon::webhook::{Webhook, plex};
use crate::daemon::{Scrobbled, Setup, Trakt, command, timed, wait_for};
use crate::said;
use scrobbled::clock::LocalTime;
use scrobbled::event::{Source, Time};
use serde_json::{Value, json};
use standin::trakt::{Fault, Faults};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[test]
fn after_rotate_the_old_url_is_refused_at_once_and_only_it() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    let status = |daemon: &Scrobbled, source| {
        let webhook = Webhook::new(source, "completed").at(95.0);
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

#[test]
fn status_tells_all_that_is_promised() {
    let trakt = Trakt::start();
    let daemon = Scrobbled::with_config("").start(&trakt).login();
    daemon.post(&plex("play").at(20.0));
    trakt.wait_for_calls(&["start A 20"]);
    let status = daemon.status();
    let keys = ["accounts", "servers", "playing", "outbox", "parked", "events", "warnings"];
    let missing: Vec<&str> = keys.into_iter().filter(|key| !status[*key].is_array()).collect();
    assert_eq!(missing, Vec::<&str>::new(), "{status:#}");
    let text = daemon.cli(&["status"]).good();
    for part in ["default", "A (2001)", "mara", "tv", "20 %", "queued: started at 20 %"] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
}

/// When each media server was last heard, by the name that people call it.
fn heard(daemon: &Scrobbled) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one = |it: &Value| (text(&it["title"]).unwrap_or_default(), text(&it["last_heard"]));
    daemon.status()["servers"]
        .as_array()
        .map(|all| all.iter().map(one).collect())
        .unwrap_or_default()
}

#[test]
fn who_was_never_heard_is_said_and_what_to_do() {
    let daemon = Scrobbled::with_config("").start_alone();
    let server = |kind: &str, title: &str| {
        json!({"name": kind, "kind": kind, "title": title, "hears": ["webhook"],
            "configured": false, "connected": false,
            "last_heard": null, "last_webhook": null, "last_catch_up": null, "trouble": null})
    };
    let servers = [("plex", "Plex"), ("jellyfin", "Jellyfin"), ("emby", "Emby")];
    let servers = servers.map(|(kind, title)| server(kind, title));
    assert_eq!(daemon.status()["servers"], json!(servers));
    let text = daemon.cli(&["status"]).good();
    for part in [
        "\nMedia servers\n  Plex: never heard\n  Jellyfin: never heard\n  Emby: never heard\n  \
         Nothing was heard yet: paste the addresses that `scrobbled urls` prints into your media \
         servers\n",
        "\nLast events\n  No events yet\n",
    ] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
    let check = daemon.cli(&["check"]).out;
    assert!(check.contains("\nPlex: never heard\nJellyfin: never heard\nEmby: never heard\n"));
}

#[test]
fn that_no_daemon_runs_is_said_with_the_command_that_starts_one() {
    let setup = Scrobbled::with_config("");
    let config = setup.home().config();
    let expected = format!(
        " (no daemon running)\nnothing is heard or sent before the daemon runs: start it with \
         `scrobbled --config {}`\n\nAccounts\n",
        config.display()
    );
    let status = setup.cli(&["status"]).good();
    assert!(status.contains(&expected), "{status}");
    let daemon = setup.start_alone();
    let status = daemon.cli(&["status"]).good();
    assert!(!status.contains("before the daemon runs"), "{status}");
}

#[test]
fn what_is_wrong_with_an_account_is_said_once() {
    let trakt = Trakt::start();
    let rehearses = "[[account]]\nname = 'jo'\nplex = ['jo']\ndry_run = true\n";
    let mara = "[[account]]\nname = 'mara'\nplex = ['mara']\n";
    let setup = Scrobbled::with_config(&format!("{mara}{rehearses}")).knowing(&trakt);
    let check = |status: &str| {
        let dry = "  jo: dry run: nothing is sent; 0 waiting, 0 parked\n";
        for part in ["\nAccounts\n  mara: login needed; 0 waiting, 0 parked\n", dry] {
            assert!(status.contains(part), "`{part}` is missing:\n{status}");
        }
        let warning = "\nWarnings\n  login needed: press Connect on the page or run `scrobbled login \
                       mara`; plays are kept until then\n";
        assert!(status.contains(warning), "{status}");
        assert_eq!(status.matches("press Connect").count(), 1, "{status}");
    };
    check(&setup.cli(&["status"]).good());
    let daemon = setup.start(&trakt);
    check(&daemon.cli(&["status"]).good());
    daemon.cli(&["login", "mara"]).good();
    let connected = "\nAccounts\n  mara: connected to Trakt as `demo`; 0 waiting, 0 parked\n";
    let status = || daemon.cli(&["status"]).good();
    let status = wait_for("the login", status, |status| status.contains(connected));
    assert!(!status.contains("Warnings"), "{status}");
}

#[test]
fn when_a_server_was_last_heard_outlives_a_kill_though_all_it_says_is_filtered_out() {
    let mut daemon = Scrobbled::with_config("plex.users = [\"jo\"]\n").start_alone();
    let filtered = daemon.post(&plex("play").at(20.0));
    assert_eq!(filtered["outcome"], "ignored", "{filtered}");
    let before = heard(&daemon);
    assert!(matches!(before.as_slice(), [(_, Some(_)), (_, None), (_, None)]), "{before:?}");
    let told = "Plex: last heard 0 min ago, at ";
    daemon.restart();
    assert_eq!(heard(&daemon), before);
    let (status, check) = (daemon.cli(&["status"]).good(), daemon.cli(&["check"]).out);
    assert!(status.contains(&format!("\nMedia servers\n  {told}")), "{status}");
    assert!(!status.contains("Nothing was heard"), "{status}");
    assert!(check.contains(&format!("\n{told}")), "{check}");
    assert!(check.contains("\nJellyfin: never heard\n"), "{check}");
    daemon.kill_9();
    assert_eq!(heard(&daemon), before, "without a daemon");
}

#[test]
fn a_server_that_is_to_be_listened_to_needs_no_address_pasted_and_is_missed_once() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let config = format!("[plex]\nurl = '{url}'\ntoken = 'x'\nhear = true\n");
    let setup = Scrobbled::with_config(&config);
    let said = setup.cli(&["status"]).out;
    assert!(!said.contains("Nothing was heard yet"), "{said}");
    assert!(said.contains("Plex: nothing heard yet; set in the config; listened to"), "{said}");
    let daemon = setup.start_alone();
    let trouble = || daemon.status()["servers"][0]["trouble"].to_string();
    wait_for("it to be missed", trouble, |said| said.contains("and its history can't be read"));
    let check = daemon.cli(&["check"]);
    assert_eq!(check.out.matches("refused").count(), 1, "{check:#?}");
}

#[test]
fn of_several_servers_each_is_told_and_one_that_is_none_of_them_with_its_id() {
    let several = |home: &str| {
        format!("[[plex]]\nname = 'home'\nid = '{home}'\n[[plex]]\nname = 'attic'\nid = 'y'\n")
    };
    let mut daemon = Scrobbled::with_config(&several("x")).start_alone();
    daemon.post(&plex("play").at(20.0));
    let status = daemon.status();
    let trouble = status["servers"][0]["trouble"].as_str().expect("a sentence").to_owned();
    let id = trouble.split('"').nth(1).expect("an id").to_owned();
    let at = Time::from_rfc3339(status["events"][0]["at"].as_str().expect("a time"));
    let at = LocalTime(at.expect("a time"));
    let expected = format!(
        "webhooks of Plex came that are ignored, the last at {at}: no [[plex]] has id = \
         \"{id}\"; write that into the one that is meant"
    );
    assert_eq!(trouble, expected);
    assert_eq!(status["servers"][1]["trouble"], trouble);
    let warnings = status["warnings"].to_string();
    assert_eq!(warnings.matches("came that are ignored").count(), 1, "{warnings}");
    let check = daemon.cli(&["check"]).out;
    assert_eq!(check.matches(&trouble).count(), 1, "{check}");

    daemon.write_config(&several(&id));
    daemon.restart();
    let now = heard(&daemon);
    assert!(now[0].1.is_some(), "what it has said is its now: {now:?}");
    assert_eq!(now[1..3], [("Plex attic".to_owned(), None), ("Jellyfin".to_owned(), None)]);
    assert_eq!(daemon.status()["servers"][0]["trouble"], Value::Null);
    let text = daemon.cli(&["status"]).good();
    assert!(text.contains("\n  Plex home: last heard 0 min ago, at "), "{text}");
    assert!(text.contains("\n  Plex attic: never heard\n"), "{text}");
}

#[test]
fn people_read_the_time_of_their_zone_and_programs_that_of_utc() {
    for (zone, offset) in [("UTC", "+00:00"), ("AAA-5:45", "+05:45"), ("BBB3:30", "-03:30")] {
        let daemon = Scrobbled::with_config("").zone(zone).start_alone();
        daemon.post(&plex("completed"));
        let status = daemon.status();
        let utc = status["events"][0]["at"].as_str().expect("a time").to_owned();
        assert!(utc.ends_with('Z'), "{utc}");
        let text = daemon.cli(&["status"]).good();
        let of = |what: &str| {
            let line = text.lines().find(|line| line.contains(what));
            line.unwrap_or_else(|| panic!("`{what}` is missing:\n{text}")).to_owned()
        };
        assert!(of("for default at ").contains(offset), "what waits: {text}");
        let event = of("→ queued: ");
        let (time, _) = event.trim_start().split_once(&format!(" {offset} ")).expect("a time");
        let minutes = |time: &str| {
            let number = |from| time[from..from + 2].parse::<u32>().expect("a number");
            number(11) * 60 + number(14)
        };
        let ahead = match offset {
            "+05:45" => 345,
            "-03:30" => 24 * 60 - 210,
            _ => 0,
        };
        assert_eq!(minutes(time), (minutes(&utc) + ahead) % (24 * 60), "{event} is {utc}");
        let log = daemon.wait_for_log("→ queued");
        let line = log.lines().find(|line| line.contains("→ queued")).expect("a line");
        assert!(line[23..].starts_with(offset), "{line}");
    }
}

#[test]
fn what_happened_is_still_told_after_a_restart() {
    let mut daemon = Scrobbled::with_config("plex.users = [\"mara\"]\n").start_alone();
    let events = |daemon: &Scrobbled| {
        let status = daemon.status();
        let one = |event: &Value| format!("{} {}", event["event"], event["label"]).replace('"', "");
        status["events"].as_array().map(|events| events.iter().map(one).collect::<Vec<_>>())
    };
    daemon.post(&plex("play").at(20.0));
    daemon.post(&plex("play").at(20.0).by("nora"));
    let told = vec!["start user_not_wanted".to_owned(), "start sent".to_owned()];
    assert_eq!(events(&daemon), Some(told.clone()));
    let (code, _) = daemon.terminate();
    assert_eq!(code, Some(0));
    daemon.begin(&[]);
    assert_eq!(events(&daemon), Some(told.clone()), "after an orderly end all of it");
    daemon.post(&plex("pause").at(99.0));
    daemon.restart();
    assert_eq!(events(&daemon), Some(told), "after a kill all but what came last");
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
        (
            Some(1),
            "nothing that waits or is parked has the number 999999; `scrobbled status` shows both\n"
        )
    );
    daemon.cli(&["retry", &id]).good();
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);
    wait_for("nothing parked", || daemon.held(), |held| held.0.is_empty() && held.1.is_empty());
}

#[test]
fn who_sends_something_again_is_told_what_became_of_it() {
    let trakt = Trakt::start();
    let refuse = |times| {
        let strange = Fault::json(422, json!({"error": "progress is strange"}));
        trakt.order(strange.times(times).on("POST", "/scrobble/stop"));
    };
    refuse(2);
    let mut daemon = Scrobbled::with_config("").zone("AAA-5:45").start(&trakt).login();
    daemon.post(&plex("completed"));
    let parked = wait_for("a parked play", || daemon.held().1, |parked| parked.len() == 1);
    let id = parked[0]["id"].to_string();
    let ends = parked[0]["ends"].as_str().and_then(Time::from_rfc3339).expect("when it ends");
    let since = parked[0]["next"].as_str().and_then(Time::from_rfc3339).expect("since when");
    assert_eq!(ends.since(since), Duration::from_secs(30 * 24 * 3600));
    let said = |daemon: &Scrobbled, words: &[&str]| {
        let out = daemon.cli(words).good();
        out.lines().skip(1).collect::<Vec<_>>().join("\n") // after which daemon is used
    };
    let why = parked[0]["reason"].as_str().expect("why");
    assert_eq!(said(&daemon, &["retry", &id]), format!("{id}: parked again: {why}"));

    trakt.order(Fault::status(503).times(9).on("POST", "/scrobble/stop"));
    let waits = said(&daemon, &["retry", "all"]);
    let (until, why) = waits.split_once(" +05:45: ").expect("a time of the zone");
    assert!(until.starts_with(&format!("{id}: waits until 2")), "{waits}");
    assert_eq!(why, "Trakt is unavailable: it answered 503");

    daemon.cli(&["logout"]).good();
    assert_eq!(
        said(&daemon, &["retry", &id]),
        format!(
            "{id}: waits: login needed: press Connect on the page or run `scrobbled login default`; \
             plays are kept until then"
        )
    );
    daemon.terminate();
    let later = format!("{id}: waits: it is sent as soon as the daemon runs with this account");
    assert_eq!(said(&daemon, &["retry", &id]), later);
    trakt.server.misbehave(Faults::default());
    daemon.begin(&[]);
    let daemon = daemon.login();
    wait_for("the play", || trakt.plays("A"), |plays| *plays == 1);

    refuse(1);
    daemon.post(&plex("completed").of("B"));
    let parked = wait_for("a parked play", || daemon.held().1, |parked| parked.len() == 1);
    let id = parked[0]["id"].to_string();
    assert_eq!(said(&daemon, &["retry", &id]), format!("{id}: sent to Trakt"));
}

#[test]
fn what_is_parked_for_thirty_days_is_given_up_and_told() {
    let mut rig = Rig::with_config("");
    rig.trakt.order(Fault::status(422).times(9).on("POST", "/scrobble/stop"));
    rig.daemon.post(&plex("completed"));
    rig.wait(Duration::from_secs(60));
    let text = rig.daemon.cli(&["status"]).good();
    let said = "Parked (`scrobbled retry ID` sends one again, `scrobbled drop ID` gives it up; after \
                30 days that happens by itself)";
    assert!(text.contains(said), "{text}");
    let day = Duration::from_secs(24 * 3600);
    for days in [10, 19] {
        rig.step(days * day);
        rig.restart(); // a restart begins nothing anew
    }
    assert_eq!(rig.daemon.held().1.len(), 1);
    rig.step(day);
    let parked = || rig.daemon.held().1.len();
    wait_for("its end", parked, |parked| *parked == 0);
    let status = rig.status();
    let event = &status["events"][0];
    assert_eq!(
        (&event["outcome"], &event["reason"]),
        (&json!("dropped"), &json!("parked for 30 days, and neither sent again nor given up"))
    );
}

#[test]
fn what_is_parked_can_be_given_up() {
    for running in [true, false] {
        let trakt = Trakt::start();
        trakt.order(Fault::status(422).times(9).on("POST", "/scrobble/stop"));
        let mut daemon = Scrobbled::with_config("").start(&trakt).login();
        for film in ["A", "B", "C"] {
            daemon.post(&plex("completed").of(film));
        }
        let parked = wait_for("parked plays", || daemon.held().1, |parked| parked.len() == 3);
        let id = parked[0]["id"].to_string();
        if !running {
            daemon.terminate();
        }
        let said = |words: &[&str]| {
            let said = daemon.cli(words);
            (said.code, said.out.lines().last().unwrap_or_default().to_owned() + &said.err)
        };
        assert_eq!(said(&["drop", &id]), (Some(0), "1 given up".to_owned()));
        let unknown =
            format!("no parked entry has the number {id}; `scrobbled status` shows them\n");
        let again = said(&["drop", &id]);
        assert!(again.0 == Some(1) && again.1.ends_with(&unknown), "{again:?}");
        assert_eq!(daemon.held().1.len(), 2);
        assert_eq!(said(&["drop", "all"]), (Some(0), "2 given up".to_owned()));
        assert_eq!(said(&["drop", "all"]), (Some(0), "nothing is parked".to_owned()));
        let status = daemon.status();
        assert_eq!((&status["parked"], &status["warnings"]), (&json!([]), &json!([])));
        let given_up =
            status["events"].as_array().expect("events").iter().filter(|event| {
                event["outcome"] == "dropped" && event["reason"] == "dropped by hand"
            });
        assert_eq!(given_up.count(), 3, "{:#}", status["events"]);
    }
}

/// What is in each file of a folder, but for sockets and SQLite's index of what is in the WAL.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = paths
        .filter(|path| path.is_file() && !path.to_string_lossy().ends_with("-shm"))
        .map(|path| (path.clone(), fs::read(path).expect("readable")))
        .collect();
    files.sort();
    files
}

#[test]
fn who_only_looks_changes_nothing_and_decides_nothing() {
    let mut rig = Rig::with_config("");
    rig.daemon.post(&plex("play").at(94.0));
    rig.wait(Duration::from_secs(3));
    rig.daemon.post(&plex("pause").at(94.0));
    rig.wait(Duration::from_secs(7));
    let before_end = rig.trakt.calls();
    let copy = rig.daemon.home.path().join("copy");
    // For the commands it is days later: what is under way would be over.
    for orderly in [false, true] {
        rig.daemon.end(orderly);
        let data = rig.daemon.data();
        let before = contents(&data);
        let status: Value =
            serde_json::from_str(&rig.daemon.cli(&["status", "--json"]).good()).expect("JSON");
        assert_eq!(status["playing"][0]["item"], "A (2001)", "{status:#}");
        let copy = copy.to_string_lossy();
        for words in [&["status"] as &[&str], &["urls"], &["check"], &["backup", &copy]] {
            let said = rig.daemon.cli(words);
            assert!(said.code.is_some_and(|code| code < 2), "{said:#?}");
            assert!(contents(&data) == before, "{words:?} changes files (orderly end: {orderly})");
        }
        fs::remove_file(&*copy).expect("a copy");
        rig.start_again();
        rig.wait(Duration::from_secs(4));
        assert_eq!(rig.trakt.calls(), before_end, "orderly end: {orderly}");
    }
    rig.wait(Duration::from_secs(3 * 3600));
    assert_eq!(rig.trakt.plays("A"), 1, "the daemon itself decides");
}

#[test]
fn who_only_looks_makes_nothing_where_nothing_is() {
    let setup = Scrobbled::with_config("");
    let data = setup.home().path().join("scrobbled-data");
    for words in [&["status"] as &[&str], &["check"], &["reload"]] {
        setup.cli(words);
        assert!(!data.exists(), "{words:?}");
    }
    setup.cli(&["urls"]).good();
    let made: Vec<_> = contents(&data).into_iter().map(|(path, _)| path).collect();
    assert_eq!(made, [data.join("tokens")]);
}

#[test]
fn what_is_asked_of_a_daemon_that_hangs_ends_with_what_to_do() {
    let daemon = Scrobbled::with_config("").start_alone();
    let pid = daemon.pid().to_string();
    let signal = |name: &str| {
        let sent = command(Path::new("/bin/kill"), &daemon.home).args([name, &pid]).status();
        assert!(sent.expect("`kill` runs").success());
    };
    signal("-STOP");
    let (took, said) = timed(|| daemon.cli(&["status"]));
    signal("-CONT");
    let expected = format!(
        "the daemon (pid {pid}) has not answered for 10 s: look into its log, end it by `kill -9 \
         {pid}`, and start it again if nothing else does; what it has promised is on the disk\n"
    );
    assert_eq!(said, crate::said(1, "", &expected));
    assert!(took < Duration::from_secs(20), "{took:?}");
    daemon.cli(&["status"]).good();
}

/// A title that forges a line, clears the screen, turns the order of letters around, and hides some.
const EVIL: &str = "a\u{1b}[2Jb\r\nforged\u{202e}c\u{2028}d\u{9b}31me\u{7f}f\u{200b}g\u{feff}\
                    \u{61c}h\u{ad}i\u{2060}j\u{206a}k\u{fff9}l\u{e0041}m";

#[test]
fn what_strangers_named_does_not_command_the_terminal() {
    let webhook = plex("play").at(20.0).edit("/Metadata/title", EVIL.into());
    let webhook = webhook.edit("/Account/title", EVIL.into()).edit("/Player/title", EVIL.into());
    let daemon = Scrobbled::with_config("").start_alone();
    daemon.post(&webhook);
    let file = daemon.home.path().join("saved");
    std::fs::write(&file, webhook.body().1).expect("written");
    let commands = |c: char| {
        c.is_control() && c != '\n'
            || ('\u{200b}'..='\u{202e}').contains(&c)
            || ('\u{2060}'..='\u{206f}').contains(&c)
            || ('\u{e0000}'..='\u{e007f}').contains(&c)
            || ['\u{feff}', '\u{61c}', '\u{ad}', '\u{fff9}'].contains(&c)
    };
    for words in [&["status"] as &[&str], &["status", "--json"], &["explain", "saved"]] {
        let said = daemon.cli(words).good();
        assert!(said.contains("forged"), "{words:?}: {said}");
        assert!(!said.contains(commands), "{words:?}: {said:?}");
        assert!(!said.lines().any(|line| line.starts_with("forged")), "{words:?}: {said}");
    }
    let user = daemon.status()["playing"][0]["user"].to_string();
    assert!(user.contains("\\u001b[2Jb\\r\\nforged\u{202e}"), "JSON keeps what it is: {user}");
}

#[test]
fn a_long_name_is_cut_where_it_is_shown() {
    let long = "x".repeat(1_000);
    let webhook = plex("play").at(20.0).edit("/Metadata/title", long.as_str().into());
    let webhook = webhook.edit("/Account/title", long.as_str().into());
    let webhook = webhook.edit("/Player/title", long.as_str().into());
    let daemon = Scrobbled::with_config("").start_alone();
    daemon.post(&webhook);
    let said = daemon.cli(&["status"]).good();
    let longest = said.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    assert!((200..1_000).contains(&longest), "{said}");
    assert!(daemon.cli(&["status", "--json"]).good().contains(&long), "JSON keeps what it is");
}

#[test]
fn a_health_check_says_in_a_line_whether_all_is_well() {
    let trakt = Trakt::start();
    let mut daemon = Scrobbled::with_config("").start(&trakt);
    let at = |address: String| Scrobbled::with_config("").set("LISTEN", &address);
    let address = daemon.address().to_string();
    let check = |setup: Setup| setup.cli(&["check", "--healthz"]);
    let sick = "login: `scrobbled status` says what to do\n";
    wait_for("the login is missed", || daemon.health().0, |status| *status == 503);
    assert_eq!(check(at(address.clone())), said(1, "", sick));

    daemon = daemon.login();
    wait_for("all is well", || daemon.health().0, |status| *status == 200);
    assert_eq!(check(at(address.clone())), said(0, "ok\n", ""));
    assert_eq!(check(at(address.replace("127.0.0.1", "0.0.0.0"))), said(0, "ok\n", ""));

    assert_eq!(daemon.cli(&["check", "--healthz"]), said(0, "ok\n", ""), "it says where it is");
    daemon.write_config("log = \"loud\"\n");
    let seen = daemon.cli(&["check", "--healthz"]);
    assert_eq!(seen, said(0, "ok\n", ""), "it goes on with the settings that it has");

    let other = trakt.server.url().replace("http://", "");
    let foreign = format!(
        "what answers at {other} is not scrobbled (status 403); `listen` has to be the address of \
         the running daemon\n"
    );
    assert_eq!(check(at(other)), said(1, "", &foreign));

    daemon.terminate();
    let gone = check(at(address.clone()));
    let start = format!("no daemon answers at {address}: ");
    assert!(gone.code == Some(1) && gone.err.starts_with(&start), "{gone:#?}");
    assert_eq!(gone.err.lines().count(), 1, "{gone:#?}");
    let wrong = check(Scrobbled::with_config("listen = 5\n"));
    assert_eq!(wrong.code, Some(1), "2 is not for health checks: {wrong:#?}");
}

#[test]
fn beside_a_daemon_a_wrong_config_is_told_with_what_the_daemon_does() {
    let daemon = Scrobbled::with_config("data_dir = 'here'\n").start_alone();
    daemon.post(&plex("play").at(20.0));
    let keeps = "the running daemon keeps the settings that it has\n";
    let cases = [
        (
            "data_dir = 'here'\n[scrobble]\nwatched_at = 0.9\n",
            "HOME/scrobbled.toml line 3: `scrobble.watched_at` is 0.9, but takes 50 to 100 (%); write \
             watched_at = 90\n",
        ),
        (
            "data_dir = 'here'\nplex.users = [\n",
            "HOME/scrobbled.toml line 2: not valid TOML: unclosed array, expected `]`\n",
        ),
    ];
    let using = format!("using HOME/here (daemon running, pid {})\n", daemon.pid());
    for (config, mistake) in cases {
        daemon.write_config(config);
        let told = |words: &[&str]| {
            let said = daemon.cli(words);
            let [out, err] = [said.out, said.err].map(|text| crate::plain(&daemon.home, &text));
            (said.code, out, err)
        };
        let (code, out, err) = told(&["status"]);
        assert_eq!((code, err), (Some(2), format!("{mistake}{keeps}")), "{out}");
        assert!(out.starts_with(&using) && out.contains("A (2001)"), "{out}");
        let (code, out, err) = told(&["status", "--json"]);
        assert_eq!((code, err), (Some(2), format!("{mistake}{keeps}")));
        assert!(serde_json::from_str::<Value>(&out).is_ok(), "{out}");
        let (code, out, err) = told(&["urls"]);
        assert_eq!((code, err), (Some(2), format!("{using}{mistake}{keeps}")));
        assert!(out.contains("/webhook/plextrakt?") && out.contains("/#"), "{out}");
        let (code, out, err) = told(&["check"]);
        assert_eq!((code, out.as_str(), err.as_str()), (Some(2), "", mistake));
    }
}
