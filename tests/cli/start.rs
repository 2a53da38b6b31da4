//! The start, and how it ends.

use crate::daemon::webhook::{jellyfin, plex};
use crate::daemon::{Scrobbled, all_good, answer, command, wait_for};
use crate::{plain, said};
use scrobbled::event::Source;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

#[test]
fn without_a_config_it_starts_and_keeps_what_it_is_told() {
    let daemon = Scrobbled::without_config().start_alone();
    let answer = daemon.post(&plex("completed"));
    assert_eq!(answer["outcome"], "queued", "{answer}");
    for part in
        ["without a config file", "only programs on this machine", "no Trakt, Simkl or MDBList app"]
    {
        daemon.wait_for_log(part);
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
    let pid = daemon.pid();
    let expected = format!(
        "can't listen on {address}: another scrobbled (pid {pid}) has the port; stop that one \
         (`sudo systemctl stop scrobbled` or `kill {pid}`), or set another `listen`"
    );
    let last = seen.err.lines().last().unwrap_or_default();
    assert_eq!((seen.code, last), (Some(1), expected.as_str()), "{seen:#?}");
}

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
fn the_demo_shows_three_plays_that_are_posted_and_one_that_is_heard_at_both_trackers() {
    let seen = Scrobbled::without_config().cli(&["demo"]);
    assert!(!seen.err.contains("login needed"), "it connects before it starts: {}", seen.err);
    let out = seen.good();
    let (_, end) = out.split_once("What \"Trakt\" has in the end:\n").expect("an end");
    let (trakt, simkl) = end.split_once("What \"Simkl\" has:\n").expect("both");
    for end in [trakt, simkl] {
        assert!(end.contains("demo has 4 plays in the history"), "{out}");
        for label in
            ["The Salt Road", "Harbour Nine 2x07", "Harbour Nine 2x09", "Harbour Nine 2x10"]
        {
            assert_eq!(end.matches(&format!("  {label}\n")).count(), 1, "{label}:\n{out}");
        }
    }
}
