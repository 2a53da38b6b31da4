//! Settings that change while the real binary runs: by SIGHUP, `scrobbled reload` and the page.

#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(test)]
mod daemon;

use daemon::webhook::plex;
use daemon::{Scrobbled, Trakt};
use serde_json::{Value, json};
use std::fs;

const TAKEN: &str = "read the config again";
const REFUSED: &str = "the config can't be taken";

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
    assert_eq!(play(), "ignored", "the settings before go on");
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
    assert!(daemon.home.log().contains("these change now: log"), "{}", daemon.home.log());
    assert!(warnings(&daemon).contains(waits), "{}", warnings(&daemon));
    daemon.write_config("");
    daemon.hang_up(TAKEN);
    assert!(!warnings(&daemon).contains(waits), "{}", warnings(&daemon));
    daemon.write_config("public_url = 'https://s.example'\n");
    daemon.hang_up("only a restart takes it: `public_url`");
    daemon.restart();
    assert!(!warnings(&daemon).contains("restart"), "{}", warnings(&daemon));
}

#[test]
fn reload_hands_the_file_over_and_says_what_it_changes() {
    let daemon = Scrobbled::with_config("").start_alone();
    daemon.write_config("listen = '127.0.0.1:9'\n[emby]\nusers = ['a']\ntoken = 'x'\n");
    let said = daemon.cli(&["reload"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    daemon.write_config("public_url = 'https://s.example'\n[emby]\nusers = ['a']\n");
    let said = daemon.cli(&["reload"]).good();
    assert!(said.contains("these change now: emby.users\n"), "{said}");
    assert!(said.contains("only a restart takes it: `public_url`\n"), "{said}");
    assert!(daemon.cli(&["reload"]).good().contains("nothing changes\n"));
}

#[test]
fn without_a_daemon_there_is_nothing_to_reload() {
    let said = Scrobbled::with_config("").cli(&["reload"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(said.err, "no daemon is running; it reads the config when it starts\n");
}
