use super::scripted::{Script, answer};
use super::*;
use crate::clock::Clock;

fn get(url: String) -> Request {
    Request {
        method: Method::Get,
        url,
        headers: vec![("Authorization", "Bearer secret".to_owned())],
        body: None,
        time_limit: Duration::from_secs(10),
        trust: Trust::default(),
    }
}

/// What `send` makes of these bytes, after which the server closes.
fn reply_to(bytes: &[u8]) -> Reply {
    let script = Script::start(vec![("GET /", bytes.to_vec())]);
    send(&get(script.url("/")))
}

fn lost(why: &str) -> Reply {
    Err(Failure::AnswerLost(why.to_owned()))
}

#[test]
fn an_answer_is_read_with_what_it_says_beside_its_status() {
    let reply = reply_to(
        b"HTTP/1.1 429 Too Many Requests\r\nRETRY-AFTER: 7\r\nX-RateLimit-Remaining: 12\r\n\
        X-RateLimit-Reset: 1795564800\r\nDate: Tue, 24 Nov 2026 05:50:02 GMT\r\nContent-Length: 2\r\n\r\n{}",
    );
    let expected = Answer {
        status: 429,
        retry_after: Some(Duration::from_secs(7)),
        left: Some(12),
        renewal: Time::from_rfc3339("2026-11-25T00:00:00Z"),
        date: Time::from_rfc3339("2026-11-24T05:50:02Z"),
        body: b"{}".to_vec(),
        is_cut: false,
        html: false,
    };
    assert_eq!(reply, Ok(expected));
}

#[test]
fn a_page_for_people_is_told_from_json() {
    for (head, body, html) in [
        ("Content-Type: text/html; charset=utf-8", "", true),
        ("Server: cdn", " <!DOCTYPE html>", true),
        ("Content-Type: application/json", "{}", false),
    ] {
        let bytes = format!("HTTP/1.1 403 No\r\n{head}\r\n\r\n{body}");
        let seen = reply_to(bytes.as_bytes()).map(|answer| (answer.status, answer.html));
        assert_eq!(seen, Ok((403, html)), "{bytes}");
    }
}

#[test]
fn a_segment_can_not_lead_elsewhere() {
    for (text, expected) in [
        ("f137", Some("f137")),
        ("a.b", Some("a.b")),
        ("../x y", Some("..%2Fx%20y")),
        ("%2e", Some("%252e")),
        ("a\r\nb", Some("a%0D%0Ab")),
        ("", None),
        (".", None),
        ("..", None),
        ("...", None),
    ] {
        assert_eq!(segment(text).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn https_is_spoken_with_our_cryptography() {
    // It reads our greeting, which is no HTTP, and closes.
    let script = Script::start(vec![]);
    let reply = send(&get(script.url("/").replace("http:", "https:")));
    assert!(matches!(reply, Err(Failure::Tls(_))), "{reply:?}");
}

#[test]
fn half_an_answer_is_a_lost_one() {
    let closed = "the connection was closed without one";
    let cases: [(&str, &[u8], Reply); 10] = [
        ("nothing", b"", lost(closed)),
        ("empty lines", b"\r\n\r\n", lost(closed)),
        ("half a status line", b"HTTP/1.1 20", lost(closed)),
        ("a status line only", b"HTTP/1.1 201 Created\r\n", lost(closed)),
        (
            "half a body",
            b"HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{\"id\":",
            lost("it was cut off"),
        ),
        (
            "a length that is no number",
            b"HTTP/1.1 201 Created\r\nContent-Length: x\r\n\r\n",
            lost("its length is no number"),
        ),
        (
            "half a chunk",
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"id\"",
            lost("it was cut off"),
        ),
        (
            "no last chunk",
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            lost("it was cut off"),
        ),
        ("no HTTP", b"SSH-2.0-x\r\n", lost("it is no HTTP")),
        ("an answer of no kind", b"HTTP/1.1 700 Odd\r\n\r\n", lost("it is no HTTP")),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(name, bytes, expected)| (name, reply_to(bytes), expected))
        .filter(|(_, seen, expected)| seen != *expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_honest_503_is_an_answer() {
    let seen = reply_to(&answer(503, "")).map(|answer| answer.status);
    assert_eq!(seen, Ok(503));
}

#[test]
fn a_redirect_is_an_answer_and_the_token_goes_nowhere() {
    let elsewhere = Script::start(vec![]);
    let redirect = format!(
        "HTTP/1.1 307 Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url("/")
    );
    let script = Script::start(vec![("GET /", redirect.into_bytes())]);
    let reply = send(&get(script.url("/")));
    assert_eq!(reply.map(|answer| answer.status), Ok(307));
    assert_eq!((script.tokens(), elsewhere.tokens()), (vec!["secret".to_owned()], vec![]));
}

#[test]
fn of_a_huge_body_no_more_than_a_mebibyte_is_read() {
    let script = Script::start_endless("HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n", "x");
    let reply = send(&get(script.url("/")));
    assert_eq!(reply.map(|answer| (answer.status, answer.body)), Ok((200, Vec::new())));
    assert!(script.written() < 20_000_000, "{} bytes were taken", script.written());
}

#[test]
fn of_an_endless_head_no_more_than_64_kib_are_read() {
    for end in ["\r\n", "\n"] {
        for length in [65_533, 65_534, 65_535, 65_536] {
            let line = format!("X: {}{end}", "a".repeat(length - 3));
            let script = Script::start_endless(format!("HTTP/1.1 200 OK\r\n{line}"), "X: bb\n");
            let reply = send(&get(script.url("/")));
            assert!(matches!(reply, Err(Failure::AnswerLost(_))), "{length} {end:?}: {reply:?}");
            assert!(script.written() < 20_000_000, "{} bytes were taken", script.written());
        }
    }
}

#[test]
fn of_an_endless_trailer_no_more_than_64_kib_are_read() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    for length in [65_480, 65_504, 65_505, 65_506, 65_507, 65_535] {
        let line = format!("X: {}\n", "a".repeat(length - 3));
        let script = Script::start_endless(format!("{head}{line}"), "X: bb\n");
        let reply = send(&get(script.url("/")));
        assert!(matches!(reply, Err(Failure::AnswerLost(_))), "{length}: {reply:?}");
        assert!(script.written() < 20_000_000, "{} bytes were taken", script.written());
    }
}

#[test]
fn chunks_of_any_size_do_no_harm() {
    let sizes = ["ffffffffffffffff", "10000000000000000", "-1", "+2", "0x2", ";", "\u{661}"];
    for size in sizes {
        let bytes = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n{{}}\r\n0\r\n\r\n"
        );
        let reply = reply_to(bytes.as_bytes());
        let is_nothing = reply.as_ref().is_ok_and(|answer| answer.body.is_empty());
        assert!(is_nothing || reply == lost("the chunks are broken"), "{size}: {reply:?}");
    }
}

#[test]
fn a_slow_answer_ends_with_the_time_limit() {
    let head = "HTTP/1.1 200 OK\r\nX: ";
    for script in [Script::start_silent(), Script::start_dripping(head)] {
        let begun = Clock::Machine.steady();
        let hasty = Request { time_limit: Duration::from_secs(1), ..get(script.url("/")) };
        assert_eq!(send(&hasty), lost("it took too long"));
        let took = Clock::Machine.steady().saturating_sub(begun);
        assert!(took < Duration::from_secs(5), "{took:?}"); // one is its limit
    }
}

#[test]
fn an_address_where_nobody_listens_was_not_sent_to() {
    let reply = send(&get(Script::dead_url()));
    assert!(matches!(reply, Err(Failure::NotSent(_))), "{reply:?}");
    let reply = send(&get("http://nowhere.invalid/".to_owned()));
    assert!(matches!(reply, Err(Failure::NotSent(_))), "{reply:?}");
}
