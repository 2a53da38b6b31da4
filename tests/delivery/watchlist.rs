//! The watchlist: a film leaves it when its play is safe.

use crate::daemon::webhook::plex;
use crate::daemon::{Scrobbled, Trakt, answer, wait_for};
use serde_json::json;
use standin::trakt::{CLIENT_ID, Fault};
use std::io::Write;
use std::net::TcpStream;

/// Puts film A on the list, as another app does.
fn want(trakt: &Trakt) {
    let body = json!({"movies": [{"ids": {"tmdb": 9_300_601}}]}).to_string();
    let url = trakt.server.url();
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("a connection");
    let head = format!(
        "POST /sync/watchlist HTTP/1.1\r\nHost: {host}\r\nUser-Agent: another\r\n\
         Content-Type: application/json\r\ntrakt-api-version: 2\r\ntrakt-api-key: {CLIENT_ID}\r\n\
         Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
        trakt.server.sign_in("demo").access,
        body.len(),
    );
    stream.write_all(head.as_bytes()).expect("sent");
    assert_eq!(answer(stream).expect("an answer").status, 201);
}

#[test]
fn a_film_leaves_the_watchlist_when_trakt_has_its_play_and_never_before() {
    let trakt = Trakt::start();
    want(&trakt);
    trakt.order(Fault::status(503).times(2).on("POST", "/scrobble"));
    let config = "[trakt]\nremove_from_watchlist = true\npost_interval_ms = 50\n";
    let daemon = Scrobbled::with_config(config).start(&trakt).login();
    daemon.post(&plex("completed"));
    let posts = || -> Vec<String> {
        let log = trakt.server.log().into_iter().filter(|logged| logged.method == "POST");
        let log = log.filter(|logged| logged.target.starts_with("/s"));
        log.map(|logged| format!("{} {}", logged.target, logged.status.unwrap_or(0))).collect()
    };
    let posts = wait_for("the end", posts, |posts| posts.len() >= 5);
    let expected = [
        "/sync/watchlist 201",
        "/scrobble/stop 503",
        "/scrobble/stop 503",
        "/scrobble/stop 201",
        "/sync/watchlist/remove 200",
    ];
    assert_eq!(posts, expected);
    trakt.wait_for_calls(&["want A", "stop A 90", "unwant A"]);
}
