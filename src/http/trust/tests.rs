use super::super::scripted::{Script, answer};
use super::super::{Failure, Method, Request, live, send};
use super::*;
use standin::tls::{Door, certificate};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

const MEND: &str = "set `jellyfin.ca_file` to that file";

/// The text of a certificate of the tests.
fn text(name: &str) -> String {
    fs::read_to_string(certificate(name)).expect("it is there")
}

/// Whom is trusted by these certificates; none: the public authorities.
fn trust(names: &[&str]) -> Trust {
    if names.is_empty() {
        return Trust::default();
    }
    let all: String = names.iter().map(|name| text(name)).collect();
    Trust::from_pem(&all).expect("certificates")
}

fn get(url: String, trust: Trust) -> Request {
    Request {
        method: Method::Get,
        url,
        headers: vec![("Authorization", "Bearer s3cret".to_owned())],
        body: None,
        time_limit: Duration::from_secs(10),
        trust,
    }
}

/// What comes of a call: its status, or why there is none, with the mend.
fn became(url: String, trust: Trust) -> String {
    match send(&get(url, trust)) {
        Ok(answer) => format!("{} {}", answer.status, answer.text()),
        Err(Failure::Tls(fault)) => fault.with_mend(MEND),
        Err(other) => other.to_string(),
    }
}

#[test]
fn a_server_is_trusted_by_itself_or_by_its_authority_and_by_nothing_else() {
    let good = "200 {}";
    let unknown =
        "its certificate is signed by nobody known, perhaps by itself (UnknownIssuer); save it";
    let may_sign =
        "perhaps by itself (CaUsedAsEndEntity); save it by `openssl s_client -connect localhost:";
    let another = "its certificate is neither one that was given for it nor signed by one; \
                   if it was renewed, save it by `openssl";
    let renew = "its certificate is out of date (Expired); renew it, or set the clock";
    let early = "its certificate is not valid yet (NotValidYet); set the clock";
    let names = "its certificate is for another name, nas.example, 192.0.2.7 (NotValidForName); use such a \
                 name in the address, or save it";
    let no_name = "its certificate is for no name (NotValidForName); save it by";
    let cases: &[(&str, &str, &[&str], &str)] = &[
        // With nothing given.
        ("server", "localhost", &[], unknown),
        ("leaf", "localhost", &[], unknown),
        ("itself", "localhost", &[], may_sign),
        ("expired", "localhost", &[], renew),
        // By its authority, under the names that it has.
        ("server", "localhost", &["authority"], good),
        ("server", "127.0.0.1", &["authority"], good),
        ("server", "localhost", &["stranger", "authority"], good),
        ("elsewhere", "localhost", &["authority"], names),
        ("nameless", "localhost", &["authority"], no_name),
        ("expired", "localhost", &["authority"], renew),
        ("early", "localhost", &["authority"], early),
        // By itself, whatever its names are and whether it may sign others.
        ("server", "localhost", &["server"], good),
        ("leaf", "localhost", &["leaf"], good),
        ("itself", "localhost", &["itself"], good),
        ("itself", "127.0.0.1", &["itself"], good),
        ("unnamed", "localhost", &["unnamed"], good),
        ("elsewhere", "localhost", &["elsewhere"], good),
        ("expired", "localhost", &["expired"], renew),
        ("early", "localhost", &["early"], early),
        // Another's is none.
        ("server", "localhost", &["leaf"], another),
        ("leaf", "localhost", &["authority"], another),
        ("itself", "localhost", &["stranger"], another), // of the same name, with another key
        ("elsewhere", "localhost", &["server"], another),
    ];
    let mut wrong = Vec::new();
    for (shown, host, given, expected) in cases {
        let script = Script::start(vec![("GET /x", answer(200, "{}"))]);
        let door = Door::start(shown, &script.url("")).expect("a door");
        let seen = became(format!("{}/x", door.url(host)), trust(given));
        let is_as_told =
            seen.contains(expected) && (script.seen().len() == 1) == (*expected == good);
        if !is_as_told {
            wrong.push(format!("{shown} at {host} with {given:?}: {seen}; {:?}", script.seen()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_event_stream_is_read_over_tls() {
    let stream = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n".to_vec();
    let script = Script::start(vec![("GET /events", stream)]);
    let door = Door::start("server", &script.url("")).expect("a door");
    let url = format!("{}/events", door.url("localhost"));
    let silence = Duration::from_secs(10);
    let mut live = live::open(&url, &[], silence, &trust(&["authority"])).expect("an answer");
    let mut body = Vec::new();
    while live.read(&mut body).expect("a body") {}
    assert_eq!((live.status, body.as_slice()), (200, &b"data: 1\n\n"[..]));
    let refused = live::open(&url, &[], silence, &Trust::default()).expect_err("nobody known");
    assert!(matches!(refused, Failure::Tls(_)), "{refused}");
}

/// What comes of a call to who answers to our greeting with these bytes.
fn greeted_with(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody comes");
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(bytes);
    });
    became(format!("https://127.0.0.1:{port}/"), Trust::default())
}

#[test]
fn what_is_no_tls_or_too_old_a_one_is_told_by_name() {
    let http = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    // Alerts (RFC 8446, 6): a level, then what it is.
    let cases: [(&[u8], &str); 6] = [
        (http, "it does not speak TLS at that port; use http:// there"),
        (b"", "it hangs up when it is to speak TLS; use http:// there"),
        (
            b"\x15\x03\x01\x00\x02\x02\x46",
            "no TLS that is newer than 1.1 (ProtocolVersion); let it speak",
        ),
        (
            b"\x15\x03\x03\x00\x02\x02\x50",
            "no certificate for the name in the address (InternalError)",
        ),
        (b"\x15\x03\x03\x00\x02\x02\x70", "for the name in the address (UnrecognisedName)"),
        (
            b"\x15\x03\x03\x00\x02\x02\x28",
            "not known here, nor ours there (HandshakeFailure); update",
        ),
    ];
    for (bytes, part) in cases {
        let seen = greeted_with(bytes);
        assert!(seen.contains(part), "{seen}");
    }
    // A greeting in TLS 1.1: version, 32 random bytes, no session, a cipher, no compression.
    let old = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x020123456789abcdef0123456789abcdef\x00\x00\x2f\x00";
    let seen = greeted_with(old);
    assert!(seen.contains("it speaks no TLS that is newer than 1.1"), "{seen}");
}

#[test]
fn a_text_that_gives_nothing_to_trust_says_what_is_wrong_with_it() {
    let key = fs::read_to_string(certificate("server").with_extension("key")).expect("a key");
    let server = text("server");
    let cut = server.replace("-----END CERTIFICATE-----", "");
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();
    let cases = [
        (String::new(), NO_PEM),
        ("see our wiki".to_owned(), NO_PEM),
        (key.clone(), "holds a private key, which nobody but the server may have"),
        (format!("{server}{key}"), "holds a private key"),
        (cut, "is damaged: a certificate in it does not end"),
        (format!("{server}{garbage}"), "is damaged: certificate 2 in it can't be read"),
        (server.repeat(MOST + 1), "holds 21 certificates; give only the server's"),
    ];
    for (text, part) in cases {
        let why = Trust::from_pem(&text).expect_err(part);
        assert!(why.contains(part), "{why}");
    }
    assert!(Trust::from_pem(&format!("Subject: nas\r\n{}", server.replace('\n', "\r\n"))).is_ok());
}

#[test]
fn it_comes_back_from_the_disk_as_it_went_there() {
    for given in [trust(&[]), trust(&["itself"]), trust(&["authority", "server"])] {
        let kept = serde_json::to_string(&given).expect("JSON");
        assert_eq!(serde_json::from_str::<Trust>(&kept).expect("it is one"), given, "{kept}");
    }
    assert_ne!(trust(&["itself"]), trust(&["stranger"]));
    assert_eq!(format!("{:?}", trust(&["itself"])), "Trust(1 certificates)");
    for broken in [r#"["AAAA"]"#, r#"["?"]"#, "7"] {
        assert!(serde_json::from_str::<Trust>(broken).is_err(), "{broken}");
    }
}

#[test]
fn what_is_out_of_date_is_seen_before_it_is_needed() {
    let at = |text| Time::from_rfc3339(text).expect("a time");
    let cases = [
        ("server", "2026-11-24T00:00:00Z", false),
        ("authority", "2026-11-24T00:00:00Z", false),
        ("itself", "2026-11-24T00:00:00Z", false),
        ("expired", "2020-06-01T00:00:00Z", false),
        ("expired", "2026-11-24T00:00:00Z", true),
        ("early", "2026-11-24T00:00:00Z", true),
        ("authority", "2121-01-01T00:00:00Z", true),
    ];
    for (name, now, expected) in cases {
        assert_eq!(trust(&[name]).is_out_of_date(at(now)), expected, "{name} {now}");
    }
    assert!(trust(&["server", "expired"]).is_out_of_date(at("2026-11-24T00:00:00Z")));
    assert!(!Trust::default().is_out_of_date(Time(0)));
}
