//! The page over real sockets: who may see it, what it says, and what it never says.

#![cfg(test)]

mod cinema;

use cinema::{Cinema, Guest, account, wait_for};
use scrobbled::clock::{Clock, HandClock};
use scrobbled::config::Settings;
use scrobbled::control::Request;
use scrobbled::daemon::{self, Purpose};
use scrobbled::event::{Source, Time};
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const PLAY: &str = include_str!("payloads/plex/movie_play.json");

fn open() -> Cinema {
    Cinema::open(&Clock::Machine, |_| {})
}

#[test]
fn a_stranger_sees_how_to_sign_in_and_nothing_else() {
    let cinema = open();
    let page = cinema.ask("GET", "/", "", "");
    assert_eq!(page.status, 401);
    for way in ["sudo scrobbled urls", "docker exec scrobbled /scrobbled urls", ">scrobbled urls<"]
    {
        assert!(page.body.contains(way), "{page:?}");
    }
    assert!(page.header("Content-Security-Policy").contains("script-src 'sha256-"), "{page:?}");
    let cases = [
        ("GET", "/page.css", 404),
        ("GET", "/page.js", 404),
        ("GET", "/metrics", 404),
        ("GET", "/api/status", 401),
        ("POST", "/api", 401),
        ("POST", "/sign-out", 401),
        ("POST", "/sign-in", 401),
        ("POST", "/", 404),
        ("PUT", "/api", 401),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(method, path, expected)| (method, path, expected, cinema.ask(method, path, "", "")))
        .filter(|(_, _, expected, heard)| {
            heard.status != **expected || heard.body.contains(env!("CARGO_PKG_VERSION"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_sign_in_link_opens_once_and_sets_no_cookie() {
    let cinema = open();
    let bearer = format!("Authorization: Bearer {}\r\n", cinema.invitation());
    let first = cinema.ask("POST", "/sign-in", &bearer, "");
    assert_eq!((first.status, first.header("Set-Cookie")), (200, ""), "{first:?}");
    assert_eq!(first.header("Cache-Control"), "no-store");
    let session = first.json()["session"].as_str().expect("an id").to_owned();
    assert_eq!(session.len(), 32, "{session}");
    assert_eq!(cinema.ask("POST", "/sign-in", &bearer, "").status, 401);
}

#[test]
fn a_cookie_opens_nothing_and_is_taken_away() {
    let cinema = Cinema::open(&Clock::Machine, |settings| {
        "https://s.example/media".clone_into(&mut settings.public_url);
    });
    let Guest { session } = cinema.sign_in();
    let cookie = format!("Cookie: theme=dark; scrobbled={session}\r\n");
    for (method, path) in [("GET", "/api/status"), ("POST", "/api"), ("POST", "/sign-out")] {
        assert_eq!(cinema.ask(method, path, &cookie, "").status, 401, "{path}");
    }
    for path in ["/", "/media/", "/media"] {
        let page = cinema.ask("GET", path, &cookie, "");
        let set: Vec<_> =
            page.head.lines().filter_map(|line| line.strip_prefix("Set-Cookie: ")).collect();
        let gone = ["scrobbled=; Path=/; Max-Age=0", "scrobbled=; Path=/media/; Max-Age=0"];
        assert_eq!((page.status, set), (401, gone.to_vec()), "{page:?}");
    }
    let other = cinema.ask("GET", "/", "Cookie: theme=dark\r\n", "");
    assert_eq!(other.header("Set-Cookie"), "", "other programs' cookies are none of ours");
}

#[test]
fn a_link_and_a_session_end_with_their_time() {
    let hand = HandClock::at(Time(1_790_000_000_000));
    let cinema = Cinema::open(&Clock::ByHand(hand.clone()), |_| {});
    let bearer = format!("Authorization: Bearer {}\r\n", cinema.invitation());
    hand.advance(Duration::from_secs(600));
    assert_eq!(cinema.ask("POST", "/sign-in", &bearer, "").status, 401);
    let guest = cinema.sign_in();
    let look = || cinema.ask("GET", "/", &guest.headers(), "").status;
    hand.advance(Duration::from_secs(29 * 24 * 3600));
    assert_eq!(look(), 200);
    hand.advance(Duration::from_secs(24 * 3600));
    assert_eq!(look(), 401);
}

#[test]
fn the_page_is_below_the_path_of_the_public_url_too_and_under_any_name() {
    let cinema = Cinema::open(&Clock::Machine, |settings| {
        "https://s.example/media".clone_into(&mut settings.public_url);
    });
    let bearer = format!("Authorization: Bearer {}\r\n", cinema.invitation());
    let headers = format!("Host: s.example\r\nOrigin: https://s.example\r\n{bearer}");
    let heard = cinema.ask("POST", "/media/sign-in", &headers, "");
    let session = heard.json()["session"].as_str().expect("an id").to_owned();
    let page = |path, host| {
        let headers = format!("Host: {host}\r\nX-Scrobbled-Session: {session}\r\n");
        cinema.ask("GET", path, &headers, "").status
    };
    assert_eq!(page("/media/", "s.example"), 200);
    assert_eq!(page("/", "s.example"), 200, "a proxy may take the path away");
    assert_eq!(page("/media", "s.example"), 401, "its script adds the slash");
    assert_eq!(page("/media/api/status", "nas:8787"), 200);
}

#[test]
fn the_page_comes_with_a_strict_policy_and_its_parts_with_their_types() {
    let cinema = open();
    let guest = cinema.sign_in();
    for (path, kind, headers) in [
        ("/", "text/html; charset=utf-8", String::new()),
        ("/", "text/html; charset=utf-8", guest.headers()),
        ("/api/status", "application/json", guest.headers()),
    ] {
        let heard = cinema.ask("GET", path, &headers, "");
        let status = if headers.is_empty() { 401 } else { 200 };
        assert_eq!((heard.status, heard.header("Content-Type")), (status, kind), "{path}");
        let policy = heard.header("Content-Security-Policy");
        for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src"));
        let sources = scripts.into_iter().flat_map(str::split_whitespace).skip(1);
        assert!(sources.clone().all(|source| source.starts_with("'sha256-")), "{policy}");
        assert_eq!(sources.count(), if headers.is_empty() { 2 } else { 0 }, "{path}: {policy}");
        assert_eq!(heard.header("Referrer-Policy"), "no-referrer", "{path}");
        assert_eq!(heard.header("X-Content-Type-Options"), "nosniff", "{path}");
        assert_eq!(heard.header("Cross-Origin-Resource-Policy"), "same-origin", "{path}");
    }
}

#[test]
fn no_other_site_can_use_the_session_of_a_browser() {
    let cinema = open();
    let session = cinema.sign_in().headers();
    let json = "Content-Type: application/json\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let evil = "Origin: http://evil.example\r\n";
    let cases = [
        ("as the page", "POST", format!("{session}{json}"), 200),
        ("what a browser adds by itself", "POST", format!("{evil}{json}Cookie: a=b\r\n"), 401),
        ("may another site show a session?", "OPTIONS", evil.to_owned(), 401),
        ("by another method", "PUT", session.clone(), 405),
        ("a form", "POST", format!("{session}{form}"), 400),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(name, method, headers, expected)| {
            (name, expected, cinema.ask(method, "/api", headers, r#"{"command":"hello"}"#))
        })
        .filter(|(_, expected, heard)| {
            heard.status != **expected || heard.head.contains("Access-Control")
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let large = format!("{session}{json}");
    assert_eq!(cinema.ask("POST", "/api", &large, &" ".repeat(20_000)).status, 413);
}

#[test]
fn the_api_takes_the_requests_of_the_control_socket() {
    let cinema = open();
    let guest = cinema.sign_in();
    let api = |request: serde_json::Value| guest.api(&cinema, &request.to_string()).json();
    assert_eq!(api(json!({"command": "retry"})), json!({"ok": {"retried": 0, "became": []}}));
    assert_eq!(api(json!({"command": "drop", "id": "all"})), json!({"ok": {"dropped": 0}}));
    let none = json!({"ok": {"events": [], "before": null}});
    assert_eq!(api(json!({"command": "events", "search": "nothing"})), none);
    let login = api(json!({"command": "login"}));
    assert!(login["ok"]["user_code"].is_string(), "{login}");
    let code = login["ok"]["user_code"].as_str().unwrap_or_default();
    let url = format!("{}/activate/{code}", cinema.trakt.url());
    assert_eq!(login["ok"]["url"], url.as_str());
    assert!(login["ok"]["qr"].as_str().is_some_and(|svg| svg.starts_with("<svg ")), "{login}");
    let state = || api(json!({"command": "login_state", "account": "default"}));
    let state = wait_for("the login", state, |state| state["ok"]["pending"].is_null());
    let connected =
        json!({"account": "default", "tracker": "trakt", "user": "demo", "trouble": null});
    assert_eq!(state, json!({ "ok": connected }));
    let account = || guest.status(&cinema)["accounts"][0].clone();
    let seen = wait_for("the account", account, |account| account["state"] == "connected");
    assert!(seen["login_until"].as_str().is_some_and(|until| until.ends_with('Z')), "{seen}");
    assert_eq!(api(json!({"command": "catch_up_state"})), json!({"ok": null}));
    let begun = api(json!({"command": "catch_up", "back": 3600, "dry_run": true}));
    assert!(begun["error"].is_null(), "{begun}");
    let run = || api(json!({"command": "catch_up_state"}))["ok"].clone();
    let report = wait_for("the report", run, |run| run["pending"].is_null());
    let nobody = json!(["Plex", "Jellyfin", "Emby"]);
    assert_eq!(report, json!({"dry_run": true, "servers": [], "not_asked": nobody}));
    for (request, error) in [
        (json!({"command": "backup", "file": "/tmp/x"}), "a backup is a file on the daemon's"),
        (json!({"command": "login_result", "account": "default"}), "no login of the account"),
        (json!({"command": "dance"}), "not a request: unknown variant"),
        (json!({"command": "logout", "account": "jo"}), "there is no account `jo`"),
    ] {
        let said = api(request);
        assert!(said["error"].as_str().is_some_and(|said| said.starts_with(error)), "{said}");
    }
}

#[test]
fn the_status_tells_what_happened_and_no_secret() {
    let cinema = Cinema::open(&Clock::Machine, |settings| {
        settings.accounts = vec![account("alice", &["alice"])];
        settings.accounts_configured = true;
    });
    cinema.connect("alice");
    assert_eq!(cinema.post(Source::Plex, PLAY), 200);
    let guest = cinema.sign_in();
    let status = guest.status(&cinema);
    let expected = json!([{
        "source": "plex", "name": "mara.finch", "id": status["unlisted"][0]["id"],
        "entry": "\"mara.finch\"",
        "mend": "add \"mara.finch\" to the `plex` list of an account"
    }]);
    assert_eq!(status["unlisted"], expected);
    assert_eq!(status["viewings"]["viewings"][0]["events"][0]["label"], "user_unlisted");
    let heard: Vec<_> = (status["sources"].as_array().into_iter().flatten())
        .map(|source| (source["source"].as_str(), source["heard"].is_string()))
        .collect();
    assert_eq!(heard, [(Some("plex"), true), (Some("jellyfin"), false), (Some("emby"), false)]);
    let urls = cinema.control(Request::Urls).to_string();
    let tokens = urls.split('?').skip(1).filter_map(|rest| rest.get(..32));
    let text = status.to_string();
    for secret in tokens.chain([guest.session.as_str(), "access"]) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn the_status_tells_how_far_a_player_is_to_the_hundredth_of_a_second() {
    let hand = HandClock::at(Time(1_790_000_000_000));
    let cinema = Cinema::open(&Clock::ByHand(hand.clone()), |_| {});
    assert_eq!(cinema.post(Source::Plex, PLAY), 200);
    hand.advance(Duration::from_millis(61_234));
    let progress = cinema.control(Request::Status)["playing"][0]["progress"].as_f64();
    let at_ms = progress.map(|progress| progress / 100.0 * 6_842_176.0);
    assert!(at_ms.is_some_and(|at| (at - 61_234.0).abs() < 10.0), "{progress:?}");
}

#[test]
fn metrics_are_for_the_pages_token_or_a_session() {
    let cinema = open();
    assert_eq!(cinema.post(Source::Plex, PLAY), 200);
    let url = cinema.control(Request::Urls)["metrics"][0].as_str().expect("a URL").to_owned();
    let (_, token) = url.split_once('?').expect("a token");
    let with_query = cinema.ask("GET", &format!("/metrics?{token}"), "Host: nas\r\n", "");
    let sample =
        r#"scrobbled_verdicts_total{source="plex",outcome="waiting",reason="start_waits"} 1"#;
    assert!(with_query.body.contains(sample), "{with_query:?}");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(cinema.ask("GET", "/metrics", &bearer, "").status, 200);
    assert_eq!(cinema.ask("GET", "/metrics", &cinema.sign_in().headers(), "").status, 200);
    let status = cinema.ask("GET", "/api/status", &bearer, "");
    assert_eq!(
        (status.status, status.json()["accounts"][0]["name"].clone()),
        (200, json!("default"))
    );
    assert_eq!(cinema.ask("GET", &format!("/api/status?{token}"), "", "").status, 401);
}

#[test]
fn signing_out_ends_a_session_and_a_new_token_of_the_page_ends_all() {
    let cinema = open();
    let (one, other, third) = (cinema.sign_in(), cinema.sign_in(), cinema.sign_in());
    let look = |guest: &Guest| cinema.ask("GET", "/", &guest.headers(), "").status;
    let urls = cinema.control(Request::Urls);
    let token = urls["metrics"][0].as_str().and_then(|url| url.split_once('?')).expect("a token").1;
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let program = || cinema.ask("GET", "/api/status", &bearer, "").status;
    assert_eq!(cinema.ask("POST", "/sign-out", &bearer, "").status, 401, "it has no session");
    assert_eq!(
        (look(&one), cinema.ask("POST", "/sign-out", &one.headers(), "").status),
        (200, 200)
    );
    assert_eq!((look(&one), look(&other), program()), (401, 200, 200));
    other.api(&cinema, r#"{"command":"rotate","which":"page"}"#);
    assert_eq!((look(&other), look(&third), program()), (401, 401, 401));
}

#[test]
fn a_session_outlives_a_restart_but_neither_signing_out_nor_a_new_token() {
    let mut cinema = open();
    let (one, other) = (cinema.sign_in(), cinema.sign_in());
    let look = |cinema: &Cinema, guest: &Guest| cinema.ask("GET", "/", &guest.headers(), "").status;
    assert_eq!(cinema.ask("POST", "/sign-out", &one.headers(), "").status, 200);
    cinema.restart();
    assert_eq!((look(&cinema, &one), look(&cinema, &other)), (401, 200));
    let kept = std::fs::read_to_string(cinema.folder().join("sessions")).expect("they are kept");
    assert!(!kept.contains(&other.session), "only its hash: {kept}");

    cinema.control(Request::Rotate { which: "page".to_owned() });
    let new = cinema.sign_in();
    cinema.restart();
    assert_eq!((look(&cinema, &other), look(&cinema, &new)), (401, 200));

    // `rotate page` while no daemon runs.
    cinema.stop();
    let settings = Settings { data_dir: cinema.folder().into(), ..Settings::default() };
    let (handler, lock) =
        daemon::offline(settings, &Clock::Machine, Purpose::Change).expect("the folder");
    handler.handle(Request::Rotate { which: "page".to_owned() }).expect("a new token");
    drop((handler, lock));
    cinema.restart();
    assert_eq!(look(&cinema, &new), 401);
}

#[test]
fn who_is_to_be_notified_is_told_that_a_login_is_needed_and_that_it_is_done() {
    let receiver = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/topic", receiver.local_addr().expect("its address"));
    let (told, messages) = channel();
    thread::spawn(move || {
        for stream in receiver.incoming().flatten() {
            let mut stream = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|count| count > 2) {
                let header = line.to_ascii_lowercase();
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).expect("a body");
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            stream.get_mut().write_all(answer).expect("answered");
            let _ = told.send(String::from_utf8(body).expect("text"));
        }
    });
    let hand = HandClock::at(Time(1_790_000_000_000));
    let cinema = Cinema::open(&Clock::ByHand(hand.clone()), |settings| {
        settings.notify.url.clone_from(&url);
    });
    let next = || {
        hand.advance(Duration::from_secs(10));
        messages.recv_timeout(Duration::from_millis(50)).ok()
    };
    let first = wait_for("a message", next, Option::is_some);
    assert_eq!(
        first.as_deref(),
        Some(
            "default: login needed: press Connect on the page or run `scrobbled login default`; \
             plays are kept until then"
        )
    );
    cinema.control(Request::Login { account: None, tracker: None });
    let second = wait_for("a second message", next, Option::is_some);
    assert_eq!(second.as_deref(), Some("default: the account is connected again"));
}
