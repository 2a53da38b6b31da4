//! The front door and the internal server together, over raw sockets.
//!
//! Each attack must be answered and closed as it should be, while a good request is served.

#![cfg(test)]

mod house;
mod poor;
mod rooms;

use house::{House, Talk, quick, wait_for};
use poor::{FEW_DESCRIPTORS, PoorHouse};
use scrobbled::event::Source;
use scrobbled::front::{Limits, Who, intake};
use scrobbled::server::Route;
use std::time::Duration;

const CLOSED: &str = "closed";

#[test]
fn a_webhook_reaches_the_server_room_as_it_was_posted() {
    let house = House::with(Limits::default());
    let path = house.path(Source::Jellyfin);
    let head = "Host: nas\r\nContent-Type: text/plain; charset=utf-8\r\nUser-Agent: Jellyfin\r\n\
                X-Scrobbled-Peer: 6.6.6.6\r\nX-Scrobbled-Page-Token: yes\r\nX-Hub-Signature-256: \
                sha256=00\r\nX-Forwarded-For: 7.7.7.7\r\nConnection: close\r\n";
    let answer = house.say(&format!("POST {path} HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n{{}}"));
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    assert_eq!(
        body,
        "Webhook(Jellyfin) 2 bytes of text/plain; charset=utf-8 by Jellyfin from 127.0.0.1, \
         signed None Some(\"sha256=00\"), page token false"
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(!answer.to_lowercase().contains("server:"), "{answer}");
}

#[test]
fn every_spelling_of_path_and_token_is_understood() {
    let house = House::below("/scrobbled", Limits::default());
    let token = house.token(Who::Sender(Source::Plex));
    let page = house.token(Who::Page);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let cases = [
        (format!("/webhook/plextrakt?{token}"), "", "Paste(Plex)"),
        (format!("/webhook/plex?token={token}"), "", "Paste(Plex)"),
        (format!("/webhook/plex/?x=1&token={token}"), "", "Paste(Plex)"),
        (format!("/scrobbled/webhook/plextrakt?{token}"), "", "Paste(Plex)"),
        (format!("http://nas:8787/webhook/plex?{token}"), "", "Paste(Plex)"),
        ("/webhook/plextrakt".into(), bearer.as_str(), "Paste(Plex)"),
        ("/healthz".into(), "", "Health"),
        (format!("/scrobbled/healthz?{page}"), "", "Health"),
        (format!("/webhook/jellyfin?{token}"), "", "401"),
        (format!("/webhook/plex?{page}"), "", "401"),
        (format!("/webhook/plex?{}", &token[1..]), "", "401"),
        ("/webhook/plex".into(), "", "401"),
        (format!("/?{page}"), "", "401"),
        (format!("/elsewhere/webhook/plex?{token}"), "", "404"),
        (format!("/webhook/plexus?{token}"), "", "404"),
        (format!("/webhook/PLEX?{token}"), "", "404"),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|(target, headers, expected)| {
            let request = format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
            let answer = house.say(&request);
            let is_right =
                answer.contains(expected) && expected.starts_with('4') != answer.contains(" 200 ");
            (!is_right).then(|| format!("{target} {headers}: {answer}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_stranger_learns_nothing_and_a_friend_learns_what_is_wrong() {
    let house = House::with(Limits::default());
    let good = house.path(Source::Plex);
    let bad = "/webhook/plextrakt?nope".to_owned();
    let cases = [
        ("PUT", &bad, "Content-Length: 1\r\n", 401),
        ("POST", &bad, "", 401),
        ("POST", &bad, "Content-Length: 50000000000\r\n", 401),
        ("POST", &bad, "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 401),
        ("POST", &bad, "Expect: 100-continue\r\nContent-Length: 5\r\n", 401),
        ("POST", &bad, "Expect: magic\r\n", 401),
        ("GET", &"/healthz".into(), "Content-Length: 5\r\n", 404),
        ("GET", &"/metrics".into(), "", 404),
        ("PUT", &good, "Content-Length: 1\r\n", 405),
        ("DELETE", &good, "", 405),
        ("POST", &good, "", 411),
        ("POST", &good, "Content-Length: 2097153\r\n", 413),
        ("POST", &good, "Content-Length: 50000000000\r\n", 413),
        ("POST", &good, "Content-Length: 1\r\nContent-Length: 1\r\n", 400),
        ("POST", &good, "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400),
        ("POST", &good, "Transfer-Encoding: gzip\r\n", 400),
        ("POST", &good, "Content-Length: 0x1\r\n", 400),
        ("POST", &good, "Expect: magic\r\nContent-Length: 1\r\n", 417),
        ("GET", &good, "Folded: a\r\n b\r\n", 400),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|(method, target, headers, expected)| {
            let answer = house.say(&format!("{method} {target} HTTP/1.1\r\n{headers}\r\n"));
            let is_right = answer.starts_with(&format!("HTTP/1.1 {expected} "))
                && answer.contains("\r\nConnection: close\r\n")
                && !answer.to_lowercase().contains("scrobbled")
                && answer.split("\r\n\r\n").nth(1).is_some_and(|text| text.lines().count() == 1);
            (!is_right).then(|| format!("{method} {target} {headers}: {answer}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(house.post_well(), 200);
}

#[test]
fn head_is_answered_as_get_without_the_body() {
    let house = House::with(Limits::default());
    let (paste, nobodys) = (house.path(Source::Plex), "/webhook/plextrakt?nope".to_owned());
    let cases = [("/healthz", 200), (&paste, 200), (&nobodys, 401), ("/metrics", 404), ("/", 401)];
    for (target, status) in cases {
        let say = |method| {
            house.say(&format!(
                "{method} {target} HTTP/1.1\r\nHost: nas\r\nConnection: close\r\n\r\n"
            ))
        };
        let (get, head) = (say("GET"), say("HEAD"));
        let (expected, body) = get.split_once("\r\n\r\n").expect("a head");
        assert!(expected.starts_with(&format!("HTTP/1.1 {status} ")) && !body.is_empty(), "{get}");
        let undated = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with("Date: "));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(undated(&head), undated(&format!("{expected}\r\n\r\n")), "{target}");
    }
    let mut talk = house.talk();
    talk.send("HEAD /healthz HTTP/1.1\r\n\r\nGET /nowhere HTTP/1.1\r\n\r\n");
    let both = talk.rest();
    assert!(both.starts_with("HTTP/1.1 200 OK\r\n"), "{both}");
    assert!(both.contains("\r\n\r\nHTTP/1.1 404 Not Found\r\n"), "the next answer follows: {both}");
}

#[test]
fn a_webhook_that_is_turned_away_is_told_and_nothing_else_is() {
    let token = |house: &House| house.token(Who::Sender(Source::Plex));
    let wrong = "1 post to the Plex address with a wrong token, at … from 127.0.0.1: paste the \
                 address that `scrobbled urls` prints";
    let lost = "1 post for Plex to a path that is not its address, at … from 127.0.0.1: paste the \
                address that `scrobbled urls` prints";
    let method = "1 request to the Plex address with another method than POST, at … from 127.0.0.1: \
                  choose POST where they are sent";
    let large = "1 post to the Plex address with a body above 2 MiB, at … from 127.0.0.1: no webhook \
                 is that large; look what is sent there";
    let broken = "1 post to the Plex address that did not come whole, or as HTTP, at … from \
                  127.0.0.1: look at the proxy between, if there is one";
    let two = "Content-Length: 2\r\n\r\n{}";
    let cases = [
        ("POST", "/webhook/plextrakt?nope", two, wrong),
        ("POST", "/webhook/plex", two, wrong),
        ("POST", "/scrobbled/webhook/plex/?nope", two, wrong),
        ("POST", "/webhook/plextrakt?nope", "Content-Length: 50000000000\r\n\r\n", wrong),
        ("POST", "/plextrakt?TOKEN", two, lost),
        ("POST", "/plextrakt", two, lost),
        ("POST", "/webhooks/PlexTrakt/?nope", two, lost),
        ("POST", "/?TOKEN", two, lost),
        ("POST", "/webhook?token=TOKEN", two, lost),
        ("PUT", "/webhook/plextrakt?TOKEN", two, method),
        ("POST", "/webhook/plextrakt?TOKEN", "Content-Length: 2097153\r\n\r\n", large),
        ("POST", "/webhook/plextrakt?TOKEN", "Transfer-Encoding: chunked\r\n\r\n200001\r\n", large),
        ("POST", "/webhook/plextrakt?TOKEN", "\r\n", broken),
        ("POST", "/webhook/plextrakt?TOKEN", "Transfer-Encoding: chunked\r\n\r\nz\r\n", broken),
        ("POST", "/webhook/plextrakt?TOKEN", two, ""),
        ("GET", "/webhook/plextrakt?TOKEN", "\r\n", ""),
        ("GET", "/webhook/plextrakt?nope", "\r\n", ""),
        ("GET", "/plextrakt", "\r\n", ""),
        ("PUT", "/webhook/plextrakt?nope", two, ""),
        ("POST", "/webhook/plexus", two, ""),
        ("POST", "/wp-login.php", two, ""),
        ("POST", "/api", two, ""),
        ("POST", "/", two, ""),
    ];
    let mut failed = Vec::new();
    for (method, target, rest, expected) in cases {
        let house = House::below("/scrobbled", Limits::default());
        let target = target.replace("TOKEN", &token(&house));
        house.say(&format!(
            "{method} {target} HTTP/1.1\r\nHost: nas\r\nConnection: close\r\n{rest}"
        ));
        let told = house.refused(Source::Plex).concat();
        if told != expected || !house.refused(Source::Emby).is_empty() {
            failed.push(format!("{method} {target} {rest:?}: {told}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn webhooks_are_told_by_who_sent_them_to_a_proxy_that_is_trusted_and_a_flood_is_one_line() {
    let house = House::behind_proxy(Limits::default());
    for n in 0..50 {
        let head = format!("X-Forwarded-For: 6.6.6.6, 192.0.2.{n}\r\nConnection: close\r\n");
        house.say(&format!(
            "POST /webhook/embytrakt?guess{n} HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n{{}}"
        ));
    }
    let expected = "50 posts to the Emby address with a wrong token, the last at … from 192.0.2.49: \
                    paste the address that `scrobbled urls` prints";
    assert_eq!(house.refused(Source::Emby), [expected]);
}

#[test]
fn fifty_gigabytes_without_a_token_are_refused_from_the_head_alone() {
    let house = House::with(Limits::default());
    let mut talk = house.talk();
    talk.send("POST /webhook/plextrakt HTTP/1.1\r\nContent-Length: 50000000000\r\n\r\n");
    assert_eq!(talk.status(), 401);
    talk.send(&"x".repeat(100_000));
    assert_eq!(house.post_well(), 200);
    assert_eq!(talk.rest(), CLOSED);
}

#[test]
fn a_stranger_who_sends_all_before_reading_still_gets_to_read() {
    let house = House::with(Limits::default());
    let mut talk = house.talk();
    talk.send("POST /webhook/plextrakt HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
    talk.send(&"x".repeat(1_000_000));
    talk.finish_sending();
    assert_eq!(talk.status(), 401);
    assert_eq!(talk.rest(), CLOSED);
}

#[test]
fn eight_wrong_tokens_whose_bodies_never_come_stop_nobody() {
    let house = House::with(Limits::default());
    let mut talks: Vec<_> = (0..8).map(|_| house.talk()).collect();
    for talk in &mut talks {
        talk.send("POST /webhook/plextrakt?wrong HTTP/1.1\r\nContent-Length: 5000\r\n\r\nbegin");
    }
    assert_eq!(house.post_well(), 200);
    let answers: Vec<_> = talks.iter_mut().map(|talk| (talk.status(), talk.rest())).collect();
    assert_eq!(answers, vec![(401, CLOSED.to_owned()); 8]);
}

#[test]
fn a_request_inside_a_chunked_body_is_a_body() {
    let house = House::with(Limits::default());
    let inner = format!("GET {} HTTP/1.1\r\n\r\n", house.path(Source::Plex));
    let chunk = format!("{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len());
    for path in ["/webhook/plextrakt?wrong".to_owned(), house.path(Source::Plex)] {
        let before = house.seen();
        let mut talk = house.talk();
        talk.send(&format!("POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"));
        talk.finish_sending();
        let expected = if path.ends_with("wrong") { 401 } else { 200 };
        assert_eq!((talk.status(), talk.rest()), (expected, CLOSED.to_owned()), "{path}");
        let routes: Vec<_> = house.seen()[before.len()..].iter().map(|seen| seen.0).collect();
        let expected = [Route::Webhook(Source::Plex)];
        assert_eq!(routes, if path.ends_with("wrong") { &[][..] } else { &expected[..] });
    }
}

#[test]
fn requests_in_one_packet_are_answered_in_their_order() {
    let house = House::with(Limits::default());
    let path = house.path(Source::Emby);
    let one = |body: &str| {
        format!("POST {path} HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let chunked = format!(
        "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nthr\r\n2\r\nee\r\n\
         0\r\nTrailer: gone\r\n\r\n"
    );
    let mut talk = house.talk();
    talk.send(&[one("a"), one("zwei"), chunked, "GET /nowhere HTTP/1.1\r\n\r\n".into()].concat());
    let statuses: Vec<_> = (0..4).map(|_| talk.status()).collect();
    assert_eq!(statuses, [200, 200, 200, 404]);
    assert_eq!(talk.rest(), CLOSED);
    let bodies: Vec<_> = house.seen().into_iter().map(|seen| seen.1).collect();
    assert_eq!(bodies, ["a", "zwei", "three"]);
}

#[test]
fn continue_is_said_only_to_those_who_are_let_in() {
    let house = House::with(Limits::default());
    let mut talk = house.talk();
    let path = house.path(Source::Plex);
    talk.send(&format!(
        "POST {path} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    ));
    assert_eq!(talk.status(), 100);
    talk.send("body");
    assert_eq!(talk.status(), 200);
    let mut talk = house.talk();
    talk.send("POST /webhook/plex?x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    assert_eq!((talk.status(), talk.rest()), (401, CLOSED.to_owned()));
}

#[test]
fn http_1_0_is_answered_and_closed_unless_it_asks_otherwise() {
    let house = House::with(Limits::default());
    let path = house.path(Source::Plex);
    let mut talk = house.talk();
    talk.send(&format!("POST {path} HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"));
    assert_eq!((talk.status(), talk.rest()), (200, CLOSED.to_owned()));
    let mut talk = house.talk();
    for _ in 0..2 {
        talk.send(&format!(
            "POST {path} HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi"
        ));
        assert_eq!(talk.status(), 200);
    }
}

#[test]
fn a_byte_at_a_time_is_slow_but_right() {
    let house = House::with(Limits::default());
    let path = house.path(Source::Plex);
    let mut talk = house.talk();
    let request = format!(
        "\r\nPOST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    );
    for byte in request.chars() {
        talk.send(&byte.to_string());
    }
    assert_eq!(talk.status(), 200);
    assert_eq!(house.seen().last().map(|seen| seen.1.clone()), Some("hi".to_owned()));
}

#[test]
fn heads_without_end_are_refused() {
    let house = House::with(Limits::default());
    let path = house.path(Source::Plex);
    let long = format!("GET {path} HTTP/1.1\r\nA: {}", "x".repeat(20_000));
    let many = format!("GET {path} HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(65));
    for request in [long, many] {
        let mut talk = house.talk();
        talk.send(&request);
        assert_eq!((talk.status(), talk.rest()), (431, CLOSED.to_owned()));
    }
    let garbage = house.say("\x16\x03\x01 hello\r\n\r\n");
    assert!(garbage.starts_with("HTTP/1.1 400 "), "{garbage}");
    assert_eq!(house.post_well(), 200);
}

#[test]
fn the_slow_are_told_so_and_the_silent_are_closed() {
    let house = House::with(quick());
    let path = house.path(Source::Plex);
    let mut silent = house.talk();
    let mut head = house.talk();
    head.send("POST /webhook/plextrakt?slow HTT");
    let mut body = house.talk();
    body.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf"));
    let mut kept = house.talk();
    kept.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"));
    assert_eq!(kept.status(), 200);
    assert_eq!(house.post_well(), 200);
    assert_eq!((head.status(), head.rest()), (408, CLOSED.to_owned()));
    assert_eq!((body.status(), body.rest()), (408, CLOSED.to_owned()));
    assert_eq!(silent.rest(), CLOSED);
    assert_eq!(kept.rest(), CLOSED);
}

#[test]
fn who_never_reads_the_answers_is_dropped() {
    let house = House::with(quick());
    let path = house.path(Source::Plex);
    let one = format!("POST {path} HTTP/1.1\r\nContent-Length: 3\r\n\r\nbig");
    let mut deaf = house.talk();
    // The handler's answer to `big` is 1 MiB; these are more than the sockets take.
    deaf.send(&one.repeat(30));
    deaf.wait_until_dropped();
    assert_eq!(house.post_well(), 200);
}

#[test]
fn a_crowd_of_silent_connections_keeps_no_good_one_out() {
    let most = Limits::default().connections;
    for house in [House::with(Limits::default()), House::behind_proxy(Limits::default())] {
        let mut silent: Vec<_> = (0..300).map(|_| house.talk()).collect();
        assert_eq!(house.post_well(), 200);
        let open = || silent.iter_mut().filter_map(|talk| talk.is_open().then_some(())).count();
        wait_for("the oldest to be dropped", open, |open| (most / 2..most).contains(open));
    }
}

#[test]
fn in_a_full_house_who_came_last_stays_longest_whatever_the_others_ask_meanwhile() {
    let house = House::with(Limits { connections: 3, ..Limits::default() });
    let mut strangers: Vec<_> = (0..2).map(|_| house.talk()).collect();
    let mut friend = house.talk();
    for stranger in &mut strangers {
        stranger.send("GET /healthz HTTP/1.1\r\n\r\n");
        assert_eq!(stranger.status(), 200);
    }
    assert_eq!(house.post_well(), 200);
    assert_eq!(strangers[0].rest(), CLOSED);
    let path = house.path(Source::Plex);
    friend.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}"));
    assert_eq!(friend.status(), 200);
}

#[test]
fn in_a_full_house_an_address_that_has_its_share_makes_room_itself() {
    let house = House::with(Limits { connections: 4, per_address: 2, ..Limits::default() });
    let from = |last| Talk::from([127, 0, 0, last], house.address());
    let (mut elder, mut own): (Vec<_>, Vec<_>) =
        ((0..2).map(|_| from(2)).collect(), (0..2).map(|_| from(1)).collect());
    assert_eq!(house.post_well(), 200, "from 127.0.0.1");
    assert_eq!(own[0].rest(), CLOSED);
    assert!(elder.iter_mut().all(Talk::is_open));
    let _third = from(3);
    assert_eq!(house.post_well(), 200);
    let open = || elder.iter_mut().filter_map(|talk| talk.is_open().then_some(())).count();
    wait_for("who has less to come in at the cost of who has more", open, |open| *open == 1);
}

#[test]
fn friends_who_never_finish_keep_no_good_one_out() {
    let house = House::with(Limits { connections: 4, ..Limits::default() });
    let path = house.path(Source::Plex);
    let mut stalled: Vec<_> = (0..8)
        .map(|_| {
            let mut talk = house.talk();
            talk.send(&format!(
                "POST {path} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
            ));
            assert_eq!(talk.status(), 100, "it was let in");
            assert_eq!(house.post_well(), 200);
            talk
        })
        .collect();
    assert_eq!(stalled[0].rest(), CLOSED);
    assert_eq!(stalled[4].rest(), CLOSED);
    stalled[7].send("123456789");
    assert_eq!(stalled[7].status(), 200, "who began last may finish");
}

#[test]
fn friends_who_never_finish_leave_a_new_friend_the_time_to_say_who_it_is() {
    let house = House::with(Limits { connections: 4, ..Limits::default() });
    let begin = format!("POST {} HTTP/1.1\r\nContent-Length: 2\r\n", house.path(Source::Plex));
    let stalled = || {
        let mut talk = house.talk();
        talk.send(&format!("{begin}Expect: 100-continue\r\n\r\n"));
        assert_eq!(talk.status(), 100);
        talk
    };
    let mut others: Vec<_> = (0..3).map(|_| stalled()).collect();
    let mut new = house.talk();
    others.extend((0..2).map(|_| stalled()));
    new.send(&format!("{begin}\r\n{{}}"));
    assert_eq!(new.status(), 200);
    assert_eq!((others[0].rest(), others[1].rest()), (CLOSED.to_owned(), CLOSED.to_owned()));
}

#[test]
fn strangers_who_read_no_answers_keep_no_good_one_out() {
    let long = Duration::from_secs(60);
    let house = House::behind_proxy(Limits { connections: 3, write: long, ..Limits::default() });
    let mut deaf: Vec<_> = (0..3).map(|_| house.talk()).collect();
    for talk in &mut deaf {
        // More answers than the sockets take.
        talk.send_without_waiting(&"GET /healthz HTTP/1.1\r\n\r\n".repeat(50_000));
    }
    let stuck = || house.seen().len();
    let mut before = 0;
    wait_for("the answers to pile up", stuck, |seen| {
        std::mem::replace(&mut before, *seen) == *seen
    });
    wait_for("a place", || house.post_well(), |status| *status == 200);
}

#[test]
fn strangers_who_wait_for_an_answer_make_room_for_a_friend() {
    let long = Duration::from_secs(60);
    let limits = Limits { connections: 4, back_ends: 1, wait: long, ..Limits::default() };
    let house = House::with(limits);
    let post = |body: &str| {
        let (path, length) = (house.path(Source::Plex), body.len());
        let mut talk = house.talk();
        talk.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"));
        talk
    };
    let mut held = post("hold"); // the only connection to the internal server
    house.wait_for_held();
    let mut strangers: Vec<_> = (0..3).map(|_| house.talk()).collect();
    for stranger in &mut strangers {
        stranger.send("GET /healthz HTTP/1.1\r\n\r\n");
    }
    let mut friend = post("{}");
    house.release_held();
    assert_eq!((held.status(), friend.status()), (200, 200));
}

#[test]
fn friends_are_served_before_strangers() {
    let house =
        House::with(Limits { back_ends: 1, wait: Duration::from_secs(60), ..Limits::default() });
    let ask = |request: &str| {
        let mut talk = house.talk();
        talk.send(request);
        talk
    };
    let path = house.path(Source::Plex);
    let post = |body| ask(&format!("POST {path} HTTP/1.1\r\nContent-Length: 4\r\n\r\n{body}"));
    let mut held = post("hold");
    house.wait_for_held();
    let mut stranger = ask("GET /healthz HTTP/1.1\r\n\r\n");
    let mut friends = [post("one "), post("two ")];
    assert_eq!(ask("GET /nowhere HTTP/1.1\r\n\r\n").status(), 404, "so all are waiting");
    house.release_held();
    assert_eq!((held.status(), stranger.status()), (200, 200));
    assert_eq!(friends.each_mut().map(Talk::status), [200, 200]);
    assert_eq!(house.seen().last().map(|seen| seen.0), Some(Route::Health));
}

#[test]
fn nobody_is_dropped_whose_request_waits_for_our_answer() {
    let long = Duration::from_secs(60);
    let limits = Limits { connections: 2, back_ends: 1, wait: long, ..Limits::default() };
    let house = House::with(limits);
    let path = house.path(Source::Plex);
    let mut busy: Vec<_> = (0..2).map(|_| house.talk()).collect();
    for talk in &mut busy {
        talk.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: 4\r\n\r\nhold"));
        house.wait_for_held(); // one is with the internal server, the other waits for it
    }
    let mut third = house.talk();
    assert_eq!((third.status(), third.rest()), (503, CLOSED.to_owned()));
    for talk in &mut busy {
        house.wait_for_held();
        house.release_held();
        assert_eq!(talk.status(), 200);
    }
}

#[test]
fn in_a_full_house_who_has_more_than_its_share_makes_room_though_its_requests_are_whole() {
    let long = Duration::from_secs(60);
    let limits =
        Limits { connections: 4, per_address: 2, back_ends: 1, wait: long, ..Limits::default() };
    let house = House::with(limits);
    let path = house.path(Source::Plex);
    let post = |body: &str| {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    let mut crowd: Vec<_> = (0..4).map(|_| Talk::from([127, 0, 0, 2], house.address())).collect();
    for talk in &mut crowd {
        talk.send(&post("hold").repeat(3)); // and reads nothing for now
    }
    house.wait_for_held();
    let mut friend = house.talk();
    friend.send(&post("{}"));
    let is_served = || {
        house.release_held();
        house.seen().iter().any(|(_, body)| body == "{}")
    };
    wait_for("the friend's turn", is_served, |served| *served);
    assert_eq!(friend.status(), 200);
}

#[test]
fn households_take_turns() {
    let limits = Limits { back_ends: 1, wait: Duration::from_secs(60), ..Limits::default() };
    let house = House::with(limits);
    let path = house.path(Source::Plex);
    let ask = |last: u8, body: &str| {
        let mut talk = Talk::from([127, 0, 0, last], house.address());
        let length = body.len();
        talk.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"));
        talk
    };
    let mut all = vec![ask(2, "hold")];
    house.wait_for_held();
    all.extend(["a", "b", "c", "d"].map(|body| ask(2, body)));
    all.extend(["e", "f"].map(|body| ask(3, body)));
    // Who came over another connection before it is known to wait once this one is refused.
    let mut stranger = house.talk();
    stranger.send("GET /nowhere HTTP/1.1\r\n\r\n");
    assert_eq!(stranger.status(), 404);
    house.release_held();
    assert!(all.iter_mut().all(|talk| talk.status() == 200));
    let order: String = house.seen().into_iter().skip(1).map(|(_, body)| body).collect();
    assert_eq!(order, "aebfcd");
}

#[test]
fn wrong_tokens_again_and_again_get_429_and_right_ones_do_not_notice() {
    let house = House::with(Limits { wrong_tokens: 3, ..Limits::default() });
    let wrong = "POST /webhook/plextrakt?wrong HTTP/1.1\r\nContent-Length: 1\r\n\r\n";
    let statuses: Vec<_> = (0..5)
        .map(|_| {
            let mut talk = house.talk();
            talk.send(wrong);
            talk.status()
        })
        .collect();
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    assert_eq!(house.post_well(), 200);
}

#[test]
fn guesses_of_the_pages_secrets_get_429_and_the_way_to_sign_in_stays_open() {
    let guesses = [
        ("GET", "/metrics?nope", "", 404),
        ("GET", "/api/status", "Authorization: Bearer nope\r\n", 401),
        ("GET", "/api/status", "X-Scrobbled-Session: nope\r\n", 401),
        ("POST", "/sign-in", "Authorization: Bearer nope\r\n", 401),
    ];
    for (method, target, shown, status) in guesses {
        let house = House::with(Limits { wrong_tokens: 3, ..Limits::default() });
        let ask = |method: &str, target: &str, shown: &str| {
            let mut talk = house.talk();
            talk.send(&format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{shown}\r\n"));
            talk.status()
        };
        let statuses: Vec<_> = (0..5).map(|_| ask(method, target, shown)).collect();
        assert_eq!(statuses, [status, status, status, 429, 429], "{method} {target}");
        let wrong = "X-Scrobbled-Session: nope\r\n";
        assert_eq!(ask("GET", "/", wrong), 401, "the page to sign in");
        assert_eq!(ask("GET", "/api/status", ""), 401, "who shows nothing guesses nothing");
        assert_eq!(house.post_well(), 200);
    }
}

#[test]
fn the_page_is_not_asked_without_a_host() {
    let house = House::with(Limits::default());
    let token = format!("Authorization: Bearer {}\r\n", house.token(Who::Page));
    let ask = |head: &str| house.say(&format!("{head}{token}Connection: close\r\n\r\n"));
    for (head, expected) in [
        ("GET /metrics HTTP/1.1\r\n", "HTTP/1.1 400 "),
        ("GET /metrics HTTP/1.0\r\n", "HTTP/1.1 200 "),
        ("GET /metrics HTTP/1.1\r\nHost: nas\r\n", "HTTP/1.1 200 "),
    ] {
        assert!(ask(head).starts_with(expected), "{head}");
    }
}

#[test]
fn large_bodies_come_whole() {
    let house = House::with(Limits { large_bodies: intake::BODY_MOST, ..Limits::default() });
    let path = house.path(Source::Jellyfin);
    let most = "x".repeat(intake::BODY_MOST);
    let chunks = "8000\r\n".to_owned() + &most[..0x8000] + "\r\n";
    let chunked = chunks.repeat(intake::BODY_MOST / 0x8000) + "0\r\n\r\n";
    let counted = format!("Content-Length: {}\r\n\r\n{most}", most.len());
    for body in [counted, format!("Transfer-Encoding: chunked\r\n\r\n{chunked}")] {
        let mut talk = house.talk();
        talk.send(&format!("POST {path} HTTP/1.1\r\n{body}"));
        assert_eq!(talk.status(), 200);
        assert_eq!(house.seen().last().map(|seen| seen.1.len()), Some(most.len()));
    }
}

#[test]
fn large_bodies_that_stall_make_room_for_others_those_that_began_first_before_the_rest() {
    let two = 2 * intake::BODY_MOST;
    let house = House::with(Limits { large_bodies: two, ..Limits::default() });
    let path = house.path(Source::Jellyfin);
    let begin = |length: usize| {
        let mut talk = house.talk();
        talk.send(&format!(
            "POST {path} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        ));
        assert_eq!(talk.status(), 100);
        talk
    };
    let mut announced: Vec<_> = (0..10).map(|_| begin(intake::BODY_MOST)).collect();
    let post = |length| house.post(&"z".repeat(length));
    assert_eq!(post(intake::BODY_MOST), 200, "what was only announced takes no room");
    for talk in announced.iter_mut().take(3) {
        talk.send(&"y".repeat(intake::BODY_MOST - 1));
    }
    assert_eq!((announced[0].status(), announced[0].rest()), (503, CLOSED.to_owned()));
    for _ in 0..2 {
        assert_eq!(post(1_000_000), 200);
    }
    assert_eq!(house.post_well(), 200, "small ones need no room");
    announced[2].send("y");
    assert_eq!(announced[2].status(), 200, "who began last may finish");
}

#[test]
fn a_handler_that_forgets_to_answer_costs_one_500() {
    let house = House::with(Limits::default());
    assert_eq!(house.post("forget"), 500);
    assert_eq!(house.post_well(), 200);
}

#[test]
fn a_server_room_without_a_free_place_is_said_after_a_while() {
    let limits = Limits { back_ends: 1, wait: Duration::from_millis(100), ..Limits::default() };
    let house = House::with(limits);
    let path = house.path(Source::Plex);
    let mut held = house.talk();
    held.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: 4\r\n\r\nhold"));
    house.wait_for_held();
    assert_eq!(house.post("next"), 503);
    house.release_held();
    assert_eq!(held.status(), 200);
    assert_eq!(house.post_well(), 200);
}

#[test]
fn a_server_room_that_does_not_answer_costs_one_503() {
    let house = House::with(Limits { answer: Duration::from_millis(100), ..Limits::default() });
    assert_eq!(house.post("hold"), 503);
    // On a busy machine a good answer may be late once, too.
    wait_for("a good answer", || house.post_well(), |status| *status == 200);
    house.release_held();
}

#[test]
fn once_stopped_what_was_taken_is_answered_and_nothing_else() {
    let house = House::with(Limits::default());
    let path = house.path(Source::Plex);
    let mut idle = house.talk();
    idle.send("POST /web");
    let mut held = house.talk();
    held.send(&format!("POST {path} HTTP/1.1\r\nContent-Length: 4\r\n\r\nhold"));
    house.wait_for_held();
    house.front().stop_accepting();
    assert_eq!(idle.rest(), CLOSED);
    house.wait_until_closed();
    house.release_held();
    assert_eq!((held.status(), held.rest()), (200, CLOSED.to_owned()));
    house.join();
}

#[test]
fn without_descriptors_strangers_are_let_go_first_and_then_who_began_first() {
    let house = PoorHouse::open();
    let strangers: Vec<_> = (0..30).map(|_| Talk::to(house.address())).collect();
    assert_eq!(house.post_well(), 200, "beside silent strangers");
    drop(strangers);
    let mut friends: Vec<_> = (0..30)
        .map(|number| {
            let mut friend = house.begin();
            assert_eq!(friend.status(), 100, "friend {number}");
            friend
        })
        .collect();
    assert_eq!(house.post_well(), 200, "beside friends who never finish");
    assert_eq!(friends[0].rest(), CLOSED);
    friends[29].send("{}");
    assert_eq!(friends[29].status(), 200);
    drop(friends);
    assert_eq!(house.post_well(), 200, "after them");
    house.close();
}

#[test]
fn without_descriptors_and_without_the_spare_one_somebody_is_let_go_all_the_same() {
    let mut house = PoorHouse::open();
    let _strangers: Vec<_> = (0..10).map(|_| Talk::to(house.address())).collect();
    assert_eq!(house.post_well(), 200, "all have a place");
    house.starve(3); // fewer than it has: the spare one is given up in vain …
    let _newcomer = Talk::to(house.address());
    house.hear("can't accept a connection");
    house.starve(FEW_DESCRIPTORS); // … and another thread takes it
    assert_eq!(house.post_well(), 200);
    house.close();
}
