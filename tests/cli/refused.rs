//! Webhooks that are turned away, as `status` and `check` tell of them.

use crate::daemon::webhook::plex;
use crate::daemon::{Scrobbled, send};
use scrobbled::event::Source;
use serde_json::Value;
use std::net::TcpStream;

const ELSEWHERE: &str = "paste the address that `scrobbled urls` prints";

/// Posts to any path, and says the status.
fn post_to(daemon: &Scrobbled, path: &str) -> u16 {
    let stream = TcpStream::connect(daemon.address()).expect("a connection");
    send(stream, path, "application/json", b"{}").expect("an answer").status
}

/// What is told of a kind of server, but for the times.
fn trouble(daemon: &Scrobbled, kind: &str) -> Option<String> {
    let status = daemon.status();
    let servers = status["servers"].as_array().expect("servers");
    let server = servers.iter().find(|server| server["kind"] == kind).expect("one of each kind");
    Some(undated(server["trouble"].as_str()?))
}

/// Each time as NOW.
fn undated(text: &str) -> String {
    let times = text.match_indices(" from 127.0.0.1").map(|(end, _)| {
        let begin = text[..end].rfind(" at ").expect("a time");
        &text[begin + 4..end]
    });
    times.fold(text.to_owned(), |text, time| text.replace(time, "NOW"))
}

#[test]
fn a_wrong_address_is_told_everywhere_until_a_webhook_comes_from_there() {
    let mut daemon = Scrobbled::with_config("").start_alone();
    let secret = "not-the-token-0001";
    for _ in 0..3 {
        assert_eq!(post_to(&daemon, &format!("/webhook/plextrakt?{secret}")), 401);
    }
    assert_eq!(post_to(&daemon, &format!("/plextrakt?{secret}")), 404);
    let token = format!(
        "3 posts to the Plex address with a wrong token, the last at NOW from 127.0.0.1: {ELSEWHERE}"
    );
    let path = format!(
        "1 post for Plex to a path that is not its address, at NOW from 127.0.0.1: {ELSEWHERE}"
    );
    assert_eq!(trouble(&daemon, "plex"), Some(format!("{token}; {path}")));
    assert_eq!(trouble(&daemon, "emby"), None);

    let status = undated(&daemon.cli(&["status"]).good());
    assert!(status.contains(&format!("\n  {token}\n  {path}\n")), "{status}");
    let check = daemon.cli(&["check"]);
    let out = undated(&check.out);
    assert!(out.contains(&format!("\n{token}; {path}\n")), "{out}");
    let warnings = daemon.status()["warnings"].to_string();
    let all = [status, out, check.err, warnings, daemon.home.log()].concat();
    assert!(!all.contains(secret), "what was shown is told nowhere");

    daemon.post(&plex("play").at(20.0));
    assert_eq!(trouble(&daemon, "plex"), None, "its address is right now");
    assert!(!daemon.status()["warnings"].to_string().contains("wrong token"));
    assert_eq!(post_to(&daemon, "/webhook/plextrakt"), 401);
    daemon.restart();
    assert_eq!(trouble(&daemon, "plex"), None, "it is told of since the start");
}

#[test]
fn a_post_that_is_no_webhook_is_told_with_what_it_is() {
    let daemon = Scrobbled::with_config("jellyfin.webhook_secret = \"shh\"\n").start_alone();
    let posted = |source: Source, body: &str| {
        daemon.send(source, "application/json", body.as_bytes()).expect("an answer").status
    };
    let emby =
        r#"{"Event":"playback.start","Item":{"Type":"Movie"},"Server":{"Version":"4.8.11.0"}}"#;
    assert_eq!(posted(Source::Plex, emby), 400);
    assert_eq!(posted(Source::Emby, "<html>"), 400);
    assert_eq!(posted(Source::Jellyfin, "{}"), 401);
    let expected = [
        (
            "plex",
            "1 post to the Plex address that can't be used, at NOW from 127.0.0.1: this looks like \
             an Emby webhook; its address is /webhook/embytrakt",
        ),
        (
            "emby",
            "1 post to the Emby address that can't be used, at NOW from 127.0.0.1: the body looks \
             like XML or HTML; choose JSON in the sender's settings",
        ),
        (
            "jellyfin",
            "1 post to the Jellyfin address with a wrong signature, at NOW from 127.0.0.1: whoever \
             signs them needs the secret in `webhook_secret`",
        ),
    ];
    for (kind, sentence) in expected {
        assert_eq!(trouble(&daemon, kind).as_deref(), Some(sentence));
    }
    let servers = daemon.status()["servers"].take();
    let never =
        servers.as_array().expect("servers").iter().all(|it| it["last_heard"] == Value::Null);
    assert!(never, "what can't be used is not heard: {servers}");
}
