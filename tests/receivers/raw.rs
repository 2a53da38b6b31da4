//! Webhooks that are passed on as they came.

use super::daemon::by_hand::Rig;
use super::daemon::webhook::{jellyfin, plex};
use super::daemon::{Scrobbled, Trakt, all_good, send, wait_for};
use super::{HUSH, at, first, listening};
use scrobbled::event::Source;
use serde_json::json;
use standin::media_server::{Fake, TOKEN};
use standin::receiver::{Receiver, Server};
use standin::trakt::{Fault, Faults, Page};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

fn bodies(server: &Server) -> Vec<Vec<u8>> {
    server.with(|receiver| receiver.posts().iter().map(|post| post.body.clone()).collect())
}

/// What Plex posts: the event, and a picture of bytes that are no text.
fn with_a_picture() -> (String, Vec<u8>) {
    let (content_type, body) = plex("play").at(5.0).body();
    let boundary = content_type.split("boundary=").nth(1).expect("a boundary");
    let text = String::from_utf8(body).expect("text");
    let end = format!("--{boundary}--\r\n");
    let form = text.strip_suffix(&end).expect("its end");
    let mut body = format!(
        "{form}--{boundary}\r\nContent-Disposition: form-data; name=\"thumb\"; \
         filename=\"thumb.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    )
    .into_bytes();
    body.extend([0xFF, 0xD8, 0, b'\r', b'\n', 0xFE]);
    body.extend(format!("\r\n{end}").into_bytes());
    (content_type, body)
}

#[test]
fn a_webhook_is_passed_on_byte_for_byte_with_nothing_of_ours_but_via() {
    let (trakt, server) = (Trakt::start(), listening(Receiver::default()));
    let config = at(&server, "scrob", "format = 'raw'");
    let daemon = Scrobbled::with_config(&config).start(&trakt).login();
    let (of_plex, multipart) = with_a_picture();
    let (of_jellyfin, json) = jellyfin("play").of("B").at(5.0).body();
    let mut stream = TcpStream::connect(daemon.address()).expect("a connection");
    write!(
        stream,
        "POST {} HTTP/1.1\r\nHost: scrobbled\r\nConnection: close\r\nContent-Type: {of_plex}\r\n\
         Cookie: {HUSH}\r\nX-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n\
         User-Agent: PlexMediaServer\r\nX-Plex-Signature: {HUSH}\r\nContent-Length: {}\r\n\r\n",
        daemon.target(Source::Plex),
        multipart.len()
    )
    .expect("sent");
    stream.write_all(&multipart).expect("sent");
    let answer = super::daemon::answer(stream).expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    wait_for("Plex's", || bodies(&server).len(), |posts| *posts == 1);
    daemon.send(Source::Jellyfin, &of_jellyfin, &json).expect("an answer");
    let both = [multipart, json];
    wait_for("both", || bodies(&server), |bodies| *bodies == both);
    wait_for("Trakt", || trakt.calls().len(), |calls| *calls == 2);
    server.with(|receiver| {
        let kinds: Vec<_> =
            receiver.posts().iter().map(|post| post.header("content-type")).collect();
        assert_eq!(kinds, [Some(of_plex.as_str()), Some(of_jellyfin.as_str())]);
        for post in receiver.posts() {
            let mut names: Vec<_> =
                post.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
            names.sort();
            let ours =
                ["connection", "content-length", "content-type", "host", "user-agent", "via"];
            assert_eq!(names, ours);
            assert_eq!(post.header("via"), Some("1.1 scrobbled"));
            assert!(post.header("user-agent").is_some_and(|agent| agent.starts_with("scrobbled/")));
        }
    });
    let said = daemon.home.log();
    assert!(!said.contains(HUSH), "{said}");
}

#[test]
fn what_a_filter_refuses_is_nobodys_or_was_passed_on_before_is_not_passed_on() {
    let server = listening(Receiver::default());
    let config = format!(
        "[plex]\nblock_players = ['kitchen']\n[[account]]\nname = 'mara'\nplex = 'mara'\n\
         [[account]]\nname = 'jo'\nplex = 'jo'\n{}",
        at(&server, "scrob", "format = 'raw'\naccounts = ['mara']")
    );
    let daemon = Scrobbled::with_config(&config).start_alone();
    daemon.post(&plex("play").on("kitchen").at(5.0));
    daemon.post(&plex("play").by("jo").at(5.0));
    daemon.post(&plex("play").by("stranger").at(5.0));
    let (kind, body) = plex("play").of("B").at(5.0).body();
    let kind = format!("{kind}\r\nVia: 1.0 fred, 1.1 scrobbled");
    let stream = TcpStream::connect(daemon.address()).expect("a connection");
    let answer = send(stream, daemon.target(Source::Plex), &kind, &body).expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    let passed = plex("play").of("C").at(5.0);
    daemon.post(&passed);
    wait_for("the last", || bodies(&server), |bodies| *bodies == [passed.body().1]);
}

/// A Jellyfin that can be asked, of whose libraries these keys choose.
fn asked(fake: &Fake, keys: &str) -> String {
    let url = fake.url();
    format!("[jellyfin]\nurl = '{url}'\napi_key = '{TOKEN}'\ncatch_up = false\n{keys}\n")
}

#[test]
fn a_webhook_that_a_server_is_asked_about_is_passed_on_once_no_filter_refuses_it() {
    let says = |json: &str| Fake::says(200, "application/json", json);
    let films = || says(r#"[{"Id":"f137","Name":"Films","Type":"CollectionFolder"}]"#);
    let file = || says(r#"{"Items":[{"Id":"51","Path":"/media/films/A.mkv"}]}"#);
    let cases = [
        ("listed", films(), "libraries = 'Films'", true),
        ("not listed", films(), "libraries = 'Series'", false),
        ("blocked", films(), "block_libraries = 'Films'", false),
        ("not blocked", films(), "block_libraries = 'Series'", true),
        ("nobody knows", Fake::says(500, "text/plain", "no"), "libraries = 'Films'", false),
        ("no path that is ignored", file(), "ignore_paths = ['/media/trailers']", true),
    ];
    let mut wrong = Vec::new();
    for (name, fake, keys, is_passed) in cases {
        let server = listening(Receiver::default());
        let config = format!("{}{}", asked(&fake, keys), at(&server, "scrob", "format = 'raw'"));
        let daemon = Scrobbled::with_config(&config).start_alone();
        // The second is decided by what was answered about the first.
        let webhooks = [jellyfin("play").at(5.0), jellyfin("pause").at(6.0)];
        for webhook in &webhooks {
            daemon.post(webhook);
            let events = || daemon.status()["events"].clone();
            wait_for(name, events, |events| {
                let all = events.as_array().map(Vec::as_slice).unwrap_or_default();
                let asked = all.iter().filter(|it| it["label"] == "asks_server").count();
                let answered = all.iter().filter(|it| it["event"] == "timer").count();
                asked <= answered
            });
        }
        // What is surely passed on shows that nothing else is on its way.
        let last = plex("play").of("B").at(5.0);
        daemon.post(&last);
        let last = last.body().1;
        let came = wait_for(name, || bodies(&server), |bodies| bodies.last() == Some(&last));
        let mut expected: Vec<_> = webhooks.iter().map(|webhook| webhook.body().1).collect();
        expected.retain(|_| is_passed);
        expected.push(last);
        if came != expected {
            wrong.push(format!("{name}: {} came, expected {}", came.len(), expected.len()));
        }
    }
    all_good(&wrong);
}

/// A second passes, unless an answer is still on its way: what is waited for after it begins with it.
fn pass(rig: &mut Rig, server: &Server) {
    if server.is_idle() {
        rig.step(Duration::from_secs(1));
    }
}

#[test]
fn a_webhook_that_can_not_be_passed_on_within_two_minutes_is_dropped() {
    let server = listening(Receiver::default());
    let mut rig = Rig::without_login(&at(&server, "scrob", "format = 'raw'"));
    server.order(Fault::status(503).times(u32::MAX));
    rig.daemon.post(&plex("play").at(5.0));
    let tries = || server.requests();
    wait_for("a try", tries, |tries| *tries == 1);
    for (number, seconds) in [(2, 10), (3, 60)] {
        let before = rig.now();
        let later = || {
            pass(&mut rig, &server);
            server.requests()
        };
        wait_for("the next try", later, |tries| *tries == number);
        // A second may have passed before the last try was seen.
        let waited = rig.now().since(before).as_secs() + 1;
        assert!(waited >= seconds, "{waited} s before try {number}");
    }
    let dropped = |rig: &mut Rig| {
        pass(rig, &server);
        rig.status()["receivers"][0]["dropped"].clone()
    };
    wait_for("it to be dropped", || dropped(&mut rig), |dropped| *dropped == json!(1));
    assert_eq!(server.requests(), 3);
    let wait = vec![("Retry-After".to_owned(), "86400".to_owned())];
    server.misbehave(Faults::default());
    server.order(Fault::Status { status: 429, page: Page::Empty, headers: wait }.once());
    rig.daemon.post(&plex("pause").at(6.0));
    rig.daemon.post(&plex("resume").at(6.0));
    wait_for("a try", tries, |tries| *tries == 4);
    wait_for("all to be dropped", || dropped(&mut rig), |dropped| *dropped == json!(3));
    assert_eq!((bodies(&server).len(), server.requests()), (0, 4));
    let next = plex("stop").at(50.0);
    rig.daemon.post(&next);
    wait_for("the next", || bodies(&server), |bodies| *bodies == [next.body().1]);
}

#[test]
fn a_webhook_that_is_not_taken_is_dropped_and_that_is_said() {
    let server = listening(Receiver::default());
    let config = at(&server, "scrob", "format = 'raw'");
    let daemon = Scrobbled::with_config(&config).start_alone();
    server.order(Fault::status(400));
    daemon.post(&plex("play").at(5.0));
    let dropped = || first(&daemon)["dropped"].clone();
    wait_for("it to be dropped", dropped, |dropped| *dropped == json!(1));
    let expected = "receiver `scrob`: webhooks dropped: 1, 1 since the start: it answers 400: it does \
                    not take what it was told";
    wait_for(expected, || daemon.home.log(), |log| log.contains(expected));
    assert_eq!(first(&daemon)["sentence"], "takes what is sent; dropped since the start: 1");
    let next = plex("pause").at(6.0);
    daemon.post(&next);
    wait_for("the next", || bodies(&server), |bodies| *bodies == [next.body().1]);
}
