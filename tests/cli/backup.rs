//! `backup` and `restore`.

use crate::daemon::webhook::plex;
use crate::daemon::{Home, Scrobbled, Trakt, binary, command, wait_for};
use crate::{plain, said};
use scrobbled::event::Source;
use standin::trakt::{Fault, Faults};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Everything after the host of each address.
fn addresses(urls: &str) -> Vec<String> {
    let words = urls.split_whitespace().filter(|word| word.starts_with("http://127.0.0.1"));
    let paths = words.filter_map(|url| url.splitn(4, '/').nth(3)).filter(|path| path.contains('?'));
    paths.map(str::to_owned).collect()
}

#[test]
fn all_that_counts_comes_back_in_a_new_folder() {
    let trakt = Trakt::start();
    let mut old = Scrobbled::with_config("").start(&trakt).login();
    trakt.order(Fault::status(503).times(u32::MAX).on("POST", ""));
    for film in ["A", "B"] {
        old.post(&plex("completed").of(film));
    }
    wait_for("plays that wait", || old.held().0.len(), |waiting| *waiting == 2);
    let file = old.home.path().join("backup");
    let shown = file.to_str().expect("text");
    let written = old.cli(&["backup", shown]).good();
    let told = format!(
        "wrote {shown}; it holds the logins and the webhook tokens, so keep it as safe as a password\n"
    );
    assert!(written.ends_with(&told), "{written}");
    let urls = addresses(&old.cli(&["urls"]).good());
    assert_eq!(urls.len(), 4, "three kinds of server and the page: {urls:?}");
    let target = old.target(Source::Plex).to_owned();
    old.kill_9();

    let new = Scrobbled::with_config("").knowing(&trakt);
    let data = new.home().path().join("scrobbled-data");
    let config = new.home().config();
    let expected = format!(
        "restored {shown} to {}\nstart the daemon with `scrobbled --config {}`\n",
        data.display(),
        config.display()
    );
    assert_eq!(new.cli(&["restore", shown]), said(0, &expected, ""));
    assert_eq!(addresses(&new.cli(&["urls"]).good()), urls, "also where no daemon runs");
    let new = new.start(&trakt);
    assert_eq!(new.target(Source::Plex), target, "the old address works");
    assert_eq!(addresses(&new.cli(&["urls"]).good()), urls);
    assert_eq!(new.post(&plex("completed").of("C"))["outcome"], "queued");
    trakt.server.misbehave(Faults::default());
    let plays = || ["A", "B", "C"].map(|film| trakt.plays(film));
    wait_for("each play once", plays, |plays| *plays == [1, 1, 1]);
    wait_for("nothing left", || new.held().0.len(), |waiting| *waiting == 0);
    assert_eq!(plays(), [1, 1, 1]);
}

#[test]
fn a_backup_that_is_put_in_place_by_hand_brings_its_tokens_too() {
    let old = Scrobbled::with_config("").start_alone();
    let file = old.home.path().join("backup");
    old.cli(&["backup", file.to_str().expect("text")]).good();
    let mut new = Scrobbled::with_config("").start_alone();
    assert_ne!(new.target(Source::Plex), old.target(Source::Plex));
    new.terminate();
    for name in ["scrobbled.db-wal", "scrobbled.db-shm"] {
        let _ = fs::remove_file(new.data().join(name)); // after an orderly end there is none
    }
    fs::copy(&file, new.data().join("scrobbled.db")).expect("in its place");
    let urls = addresses(&old.cli(&["urls"]).good());
    assert_eq!(addresses(&new.cli(&["urls"]).good()), urls, "who only looks sees them");
    for _ in 0..2 {
        new.begin(&[]);
        assert_eq!(addresses(&new.cli(&["urls"]).good()), urls);
        new.cli(&["rotate", "plex"]).good();
        new.terminate();
        let rotated = addresses(&new.cli(&["urls"]).good());
        assert_eq!((rotated[0] == urls[0], &rotated[1..]), (false, &urls[1..]));
        fs::copy(&file, new.data().join("scrobbled.db")).expect("in its place");
    }
}

#[test]
fn restore_refuses_what_would_lose_something() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    daemon.post(&plex("completed"));
    let file = daemon.home.path().join("backup");
    let words = ["restore", file.to_str().expect("text")];
    daemon.cli(&["backup", words[1]]).good();
    let told = |words: &[&str]| {
        let seen = daemon.cli(words);
        (seen.code, plain(&daemon.home, &seen.out), plain(&daemon.home, &seen.err))
    };
    let running = format!(
        "using HOME/scrobbled-data (daemon running, pid {}); stop the daemon first\n",
        daemon.pid()
    );
    assert_eq!(told(&words), (Some(1), String::new(), running));
    daemon.terminate();
    let told = |words: &[&str]| {
        let seen = daemon.cli(words);
        (seen.code, plain(&daemon.home, &seen.out), plain(&daemon.home, &seen.err))
    };
    let holds = "`HOME/scrobbled-data` holds data already; `--force` restores over it and keeps it in \
                 a folder beside\n";
    assert_eq!(told(&words), (Some(1), String::new(), holds.to_owned()));
    let foreign = told(&["restore", "scrobbled.toml", "--force"]);
    let none = "`scrobbled.toml` is no backup of scrobbled; name a file that `scrobbled backup` has \
                written\n";
    assert_eq!(foreign, (Some(1), String::new(), none.to_owned()));
    let expected = "restored HOME/backup to HOME/scrobbled-data\n\
                    what was there before is kept in HOME/scrobbled-data/scrobbled-before-restore-1; \
                    delete it once you no longer need it\n\
                    start the daemon with `scrobbled --config HOME/scrobbled.toml`\n";
    assert_eq!(
        told(&[words[0], words[1], "--force"]),
        (Some(0), expected.to_owned(), String::new())
    );
    assert_eq!(daemon.held().0.len(), 1);
}

#[test]
fn an_earlier_versions_backup_comes_back_without_tokens() {
    let old = Scrobbled::with_config("").start_alone();
    let file = old.home.path().join("backup");
    old.cli(&["backup", file.to_str().expect("text")]).good();
    let db = rusqlite::Connection::open(&file).expect("a database");
    db.execute_batch("DROP TABLE backup").expect("as it was written before");
    db.close().expect("closed");
    let new = Scrobbled::with_config("");
    let said = new.cli(&["restore", file.to_str().expect("text")]).good();
    let expected = "an earlier version wrote this backup, without webhook tokens; new ones are made: \
                    paste the addresses of `scrobbled urls` into the media servers\n";
    assert!(said.contains(expected), "{said}");
    let said = new.cli(&["restore", file.to_str().expect("text"), "--force"]).good();
    assert!(said.contains("without webhook tokens; those of the folder stay\n"), "{said}");
}

/// What waits in a folder, by name.
fn waiting(home: &Home) -> Vec<String> {
    let mut status = command(binary(), home);
    let said = status.args(["status", "--json"]).output().expect("it runs");
    let status: serde_json::Value = serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&said.stderr)));
    let outbox = status["outbox"].as_array().expect("a list").clone();
    outbox.iter().map(|entry| entry["item"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn whoever_is_killed_while_restoring_has_the_old_or_the_new() {
    let filled = |film: &str| {
        let mut daemon = Scrobbled::with_config("").start_alone();
        daemon.post(&plex("completed").of(film));
        let urls = addresses(&daemon.cli(&["urls"]).good());
        daemon.cli(&["backup", "backup"]).good();
        daemon.terminate();
        (daemon, urls)
    };
    let ((old, of_old), (new, of_new)) = (filled("A"), filled("B"));
    let [back, forth] = [&old, &new].map(|daemon| daemon.home.path().join("backup"));
    let restore = |file: &Path| {
        let mut command = command(binary(), &old.home);
        command.arg("restore").arg(file).arg("--force");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the binary runs")
    };
    let mut seen = Vec::new();
    for milliseconds in (0..60).step_by(3) {
        assert!(restore(&back).wait().expect("it ends").success());
        assert_eq!(waiting(&old.home), ["A (2001)"]);
        let mut killed = restore(&forth);
        crate::daemon::pass(Duration::from_millis(milliseconds));
        let _ = killed.kill(); // it may be over
        killed.wait().expect("it ends");
        let urls = addresses(&old.cli(&["urls"]).good());
        let is_new = match waiting(&old.home).as_slice() {
            [film] if film == "A (2001)" && urls == of_old => false,
            [film] if film == "B (2001)" && urls == of_new => true,
            other => panic!("after {milliseconds} ms: {other:?} {urls:?}"),
        };
        seen.push(is_new);
        let kept = fs::read_dir(old.data()).expect("the folder").filter_map(Result::ok);
        for entry in kept.filter(|entry| entry.path().is_dir()) {
            fs::remove_dir_all(entry.path()).expect("removed");
        }
    }
    assert!(seen.contains(&false), "it was killed too late: {seen:?}");
}
