//! On real sockets: the shell, and each fault.

use super::*;
use crate::patience::{PATIENCE, wait_for};
use crate::wire::{Parsed, parse};
use proptest::prelude::*;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

fn started() -> (Server, Tokens) {
    let server = Server::start(Trakt::default(), "127.0.0.1:0", || NOW).expect("a port");
    let tokens = server.sign_in("mara");
    (server, tokens)
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.url().trim_start_matches("http://")).expect("a server");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

fn stop_film(tokens: &Tokens) -> String {
    let body = json!({ "movie": salt_road(), "progress": 91 }).to_string();
    format!(
        "POST /scrobble/stop HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\ntrakt-api-version: 2\r\n\
         trakt-api-key: {CLIENT_ID}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        tokens.access,
        body.len()
    )
}

/// All that comes, and how it ends.
fn answered(stream: &mut TcpStream) -> (String, Option<ErrorKind>) {
    let mut bytes = Vec::new();
    let ending = stream.read_to_end(&mut bytes).err().map(|error| error.kind());
    (String::from_utf8_lossy(&bytes).into_owned(), ending)
}

fn exchanged(server: &Server, request: &str) -> (String, Option<ErrorKind>) {
    let mut stream = connect(server);
    stream.write_all(request.as_bytes()).expect("an open connection");
    answered(&mut stream)
}

#[test]
fn a_call_is_answered_logged_and_kept() {
    let (server, tokens) = started();
    let (answer, ending) = exchanged(&server, &stop_film(&tokens));
    assert!(
        answer.starts_with("HTTP/1.1 201 \r\nConnection: close\r\nContent-Length: "),
        "{answer}"
    );
    assert!(answer.contains(r#""action":"scrobble""#) && ending.is_none(), "{answer}");
    assert_eq!(server.calls(), ["stop The Salt Road 91"]);
    assert_eq!(server.plays("The Salt Road").len(), 1);
    let log = server.log();
    let [logged] = log.as_slice() else { panic!("{log:?}") };
    assert_eq!((logged.method.as_str(), logged.target.as_str()), ("POST", "/scrobble/stop"));
    assert_eq!((logged.status, logged.taken, &logged.token), (Some(201), true, &tokens.access));
    assert!(logged.body.contains("tt91000101"));
    assert!(server.summary()[1].ends_with("The Salt Road"), "{:?}", server.summary());
}

#[test]
fn every_fault_bites_and_says_whether_trakt_has_taken_the_call() {
    struct Case(&'static str, Order, &'static str, Option<ErrorKind>, usize);
    let cases = [
        Case(
            "status",
            Fault::status(423),
            "HTTP/1.1 423 \r\nConnection: close\r\nContent-Length: 0\r\nDate: ",
            None,
            0,
        ),
        Case(
            "page",
            Fault::html(502),
            "HTTP/1.1 502 \r\nConnection: close\r\nContent-Length: 52\r\nContent-Type: text/html",
            None,
            0,
        ),
        Case(
            "json",
            Fault::json(400, json!({})),
            "HTTP/1.1 400 \r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: ",
            None,
            0,
        ),
        Case(
            "pace",
            Fault::too_fast(7),
            "HTTP/1.1 429 \r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 7\r\n",
            None,
            0,
        ),
        Case("taken, then 520", Fault::html(520).applied(), "HTTP/1.1 520 ", None, 1),
        Case(
            "redirect",
            Fault::Redirect { to: "http://x/".into() }.once(),
            "HTTP/1.1 307 \r\nConnection: close\r\nContent-Length: 0\r\nLocation: http://x/\r\n",
            None,
            0,
        ),
        Case("reset", Fault::Reset.once(), "", Some(ErrorKind::ConnectionReset), 0),
        Case("answer lost", Fault::Reset.once().applied(), "", Some(ErrorKind::ConnectionReset), 1),
        Case("close", Fault::Close.once(), "", None, 0),
        Case("garbage", Fault::Garbage.once(), "\x16\x03\x01\0 this is not HTTP\n\n", None, 0),
        Case("late", Fault::late(Duration::from_millis(30)), "HTTP/1.1 201 ", None, 1),
    ];
    let seen = cases.map(|Case(name, order, start, ending, plays)| {
        let (server, tokens) = started();
        server.order(order);
        let (answer, ended) = exchanged(&server, &stop_film(&tokens));
        let begin: String = answer.chars().take(start.chars().count()).collect();
        let seen = (begin, ended, server.plays("The Salt Road").len());
        (name.to_owned(), seen, (start.to_owned(), ending, plays))
    });
    compare(seen);
}

#[test]
fn a_cut_answer_is_shorter_than_it_says() {
    let (server, tokens) = started();
    server.order(Fault::Cut.once());
    let (answer, _) = exchanged(&server, &stop_film(&tokens));
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let length = head.split("Content-Length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let length: usize = length.and_then(|text| text.parse().ok()).expect("a length");
    assert!(!body.is_empty() && body.len() < length, "{} of {length}", body.len());
    assert_eq!(server.plays("The Salt Road").len(), 1);
    assert_eq!(server.log()[0].status, None);
}

#[test]
fn a_flood_is_as_large_as_ordered_and_ends_with_its_reader() {
    let (server, tokens) = started();
    server.order(Fault::Flood { bytes: 3_000_000 }.once());
    let (answer, _) = exchanged(&server, &stop_film(&tokens));
    assert_eq!(answer.split_once("\r\n\r\n").map(|(_, body)| body.len()), Some(3_000_000));
    server.order(Fault::Flood { bytes: 200_000_000 }.once());
    let mut stream = connect(&server);
    stream.write_all(stop_film(&tokens).as_bytes()).expect("an open connection");
    let mut some = [0; 1000];
    stream.read_exact(&mut some).expect("a part of it");
    drop(stream);
    assert_eq!(server.stop().plays("The Salt Road").len(), 0, "stopping waits for the thread");
}

#[test]
fn silence_lasts_until_the_reader_gives_up_or_the_server_stops() {
    let (server, tokens) = started();
    server.order(Fault::Silence.once().times(2));
    let mut patient = connect(&server);
    patient.write_all(stop_film(&tokens).as_bytes()).expect("an open connection");
    let mut hasty = connect(&server);
    hasty.write_all(stop_film(&tokens).as_bytes()).expect("an open connection");
    hasty.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
    let timeout = answered(&mut hasty).1;
    assert!(matches!(timeout, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{timeout:?}");
    drop(hasty);
    wait_for("both requests", || server.log().len(), |count| *count == 2);
    assert_eq!(server.stop().plays("The Salt Road").len(), 0);
    assert_eq!(answered(&mut patient).0, "");
}

#[test]
fn it_comes_back_at_its_address_with_its_state() {
    let (server, tokens) = started();
    exchanged(&server, &stop_film(&tokens));
    let address = server.url().trim_start_matches("http://").to_owned();
    let trakt = server.stop();
    assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
    let server = wait_for(
        "the address to be free",
        || Server::start(trakt.clone(), &address, || NOW),
        Result::is_ok,
    );
    let server = server.expect("it is free");
    assert_eq!(server.plays("The Salt Road").len(), 1);
    assert!(exchanged(&server, &stop_film(&tokens)).0.starts_with("HTTP/1.1 409 "));
}

#[test]
fn the_demo_paths_look_into_it_and_steer_it() {
    let (server, tokens) = started();
    let send = |method: &str, path: &str, body: &str| {
        let length = body.len();
        let request = format!("{method} {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}");
        let (answer, _) = exchanged(&server, &request);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        (status.unwrap_or_default(), body.to_owned())
    };
    let cases = [
        ("POST", "/demo/options", r#"{"approve_after_polls":null}"#, 204),
        ("POST", "/demo/options", r#"{"aprove":1}"#, 400),
        ("POST", "/demo/approve", "", 404),
        ("POST", "/demo/refuse", r#"{"user_code":"X"}"#, 404),
        ("POST", "/demo/play", r#"{"item":"The Salt Road"}"#, 204),
        ("POST", "/demo/play", r#"{"item":"The Sugar Road"}"#, 404),
        ("POST", "/demo/hide", r#"{"item":"Harbour Nine 2x07"}"#, 204),
        ("POST", "/demo/lock", r#"{"user":"jo","status":423}"#, 204),
        ("POST", "/demo/faults", r#"{"fault":{"status":{"status":503}}}"#, 204),
        ("POST", "/demo/faults", r#"[{"fault":"garbage"},{"fault":"reset"}]"#, 204),
        ("POST", "/demo/faults", r#"{"fault":"bad"}"#, 400),
        ("GET", "/demo/faults", "", 404),
        ("GET", "/activate", "", 200),
    ];
    compare(cases.map(|(method, path, body, status)| {
        (format!("{method} {path} {body}"), send(method, path, body).0, status)
    }));
    assert!(exchanged(&server, &stop_film(&tokens)).0.starts_with("HTTP/1.1 503 "));
    assert_eq!(send("DELETE", "/demo/faults", "").0, 204);
    exchanged(&server, &stop_film(&tokens));
    let (_, text) = send("GET", "/demo", "");
    let state: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(state["users"]["mara"]["history"][0]["item"], "The Salt Road", "{state}");
    assert_eq!(state["calls"][0]["call"], "stop The Salt Road 91");
    assert_eq!(state["options"]["approve_after_polls"], Value::Null);
    assert_eq!(state["requests"].as_array().map(Vec::len), Some(2));
    assert!(send("GET", "/demo/summary", "").1.contains("demo has 1 play in the history\n"));
    assert_eq!(send("POST", "/demo/reset", "").0, 204);
    assert_eq!((server.calls(), server.log()), (vec![], vec![]));
}

#[test]
fn bad_requests_are_refused() {
    let (server, _) = started();
    let cases = [
        ("GET", "", "400"),
        ("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "", "400"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "", "411"),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "body", "413"),
        ("POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", "", "100"),
    ];
    compare(cases.map(|(head, body, status)| {
        let mut stream = connect(&server);
        stream.write_all(head.replace("GET", "\0").as_bytes()).expect("an open connection");
        stream.write_all(body.as_bytes()).expect("an open connection");
        let mut start = [0; 12];
        let read = stream.read_exact(&mut start).err();
        let seen = String::from_utf8_lossy(&start[9..]).into_owned();
        (head.to_owned(), (seen, read.map(|error| error.kind())), (status.to_owned(), None))
    }));
}

proptest! {
    /// Any bytes are no request yet, one, or a refusal; and a request in pieces is the same.
    #[test]
    fn no_bytes_can_make_the_parser_panic(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "POST /[a-z/]{0,9} HTTP/1.1\r\n(Content-Length: [0-9]{1,21}\r\n|X: \\PC{0,5}\r\n){0,3}\r\n[a-z]{0,9}"
                .prop_map(String::into_bytes),
        ],
        cut in any::<prop::sample::Index>(),
    ) {
        if let Parsed::Whole(request, length) = parse(&bytes) {
            prop_assert!(length <= bytes.len());
            let part = &bytes[..cut.index(length)];
            prop_assert!(!matches!(parse(part), Parsed::Whole(..)), "{request:?}");
        }
    }
}
