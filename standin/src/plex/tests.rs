//! What clients of a Plex Media Server have met, in tables.

use super::*;
use crate::http::Response;
use crate::trakt::Catalogue;
use serde_json::json;
use std::time::Duration;

/// A Friday evening.
const NOW: Time = Time(1_795_550_400_000);
const TV: &str = "Living Room TV";

fn plex() -> Plex {
    Plex::new(Library::of(&Catalogue::samples()))
}

fn ask(plex: &mut Plex, token: &str, target: &str, now: Time) -> Response {
    let request = Request::new("GET", target).with("Accept", "application/json");
    let request = if token.is_empty() { request } else { request.with("X-Plex-Token", token) };
    plex.answer(&request, now)
}

fn container(plex: &mut Plex, target: &str, now: Time) -> Value {
    let answer = ask(plex, TOKEN, target, now);
    assert_eq!(answer.status, 200, "{target}");
    answer.value()["MediaContainer"].clone()
}

fn film(who: Option<&'static str>) -> Watch<'static> {
    Watch { who, player: TV, what: "The Salt Road", from_ms: 0 }
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// What an open stream says since the last look.
fn heard(plex: &mut Plex, token: &str, mark: &mut Mark, now: Time) -> String {
    let request = Request::new("GET", "/:/eventsource/notifications?filters=playing")
        .with("X-Plex-Token", token);
    match plex.more(&request, mark, now) {
        More::Goes(bytes) => String::from_utf8(bytes).expect("text"),
        More::Ends(bytes) => format!("{}<the end>", String::from_utf8(bytes).expect("text")),
    }
}

/// The states and positions in what a stream said.
fn states(text: &str) -> Vec<String> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: {\"Play"));
    let data = data.filter_map(|rest| serde_json::from_str(&format!("{{\"Play{rest}")).ok());
    data.map(|said: Value| {
        let said = &said["PlaySessionStateNotification"];
        let word = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", word("sessionKey"), word("state"), said["viewOffset"])
    })
    .collect()
}

#[test]
fn a_film_is_told_by_the_stream_the_sessions_and_the_history() {
    let (mut plex, mut mark) = (plex(), Mark::default());
    assert_eq!(heard(&mut plex, TOKEN, &mut mark, NOW), "event: ping\ndata: {}\n\n");
    assert_eq!(container(&mut plex, "/status/sessions", NOW), json!({ "size": 0 }));
    assert!(plex.play(&film(Some("mara.finch")), NOW));
    let said = heard(&mut plex, TOKEN, &mut mark, NOW);
    assert_eq!(states(&said), ["1 buffering 0", "1 playing 0"]);
    let key = plex.library.key("The Salt Road").expect("it is there").to_owned();
    assert!(said.contains(&format!("\"key\":\"/library/metadata/{key}\"")), "{said}");

    let later = NOW.after(minutes(50));
    assert_eq!(states(&heard(&mut plex, TOKEN, &mut mark, later)), ["1 playing 3000000"]);
    let sessions = container(&mut plex, "/status/sessions", later);
    let session = &sessions["Metadata"][0];
    assert_eq!(sessions["size"], 1);
    let expected = json!([key, "1", 3_000_000, "1", "mara.finch", "playing", "1"]);
    let seen = json!([
        session["ratingKey"],
        session["sessionKey"],
        session["viewOffset"],
        session["User"]["id"],
        session["User"]["title"],
        session["Player"]["state"],
        session["librarySectionID"]
    ]);
    assert_eq!(seen, expected);

    plex.pause(TV, later);
    let later = later.after(minutes(30));
    assert_eq!(
        states(&heard(&mut plex, TOKEN, &mut mark, later)),
        ["1 paused 3000000", "1 paused 3000000"]
    );
    plex.resume(TV, later);
    let end = later.after(minutes(60));
    plex.tick(end);
    plex.stop(TV, end);
    let said = states(&heard(&mut plex, TOKEN, &mut mark, end));
    assert_eq!(said, ["1 playing 3000000", "1 playing 6600000", "1 stopped 6600000"]);
    // 90 % of 114 minutes are 102.6: 52.6 minutes after the pause.
    let crossed = later.after(Duration::from_secs(3_156));
    assert_eq!(plex.history(), [Row { number: 4101, key, user: 1, at: crossed }]);
    let events: Vec<Value> =
        plex.take_webhooks().into_iter().map(|webhook| webhook["event"].clone()).collect();
    let expected = ["media.play", "media.pause", "media.resume", "media.scrobble", "media.stop"];
    assert_eq!(json!(events), json!(expected));
}

#[test]
fn who_may_see_what() {
    let mut plex = plex();
    let friend = plex.invite("jo");
    let history = "/status/sessions/history/all";
    for (token, path, expected) in [
        ("", "/status/sessions", 401),
        ("wrong", "/status/sessions", 401),
        ("", "/identity", 200),
        ("", "/", 401),
        (TOKEN, "/", 200),
        (TOKEN, "/status/sessions", 200),
        (&friend, "/status/sessions", 403),
        (&friend, history, 401),
        (&friend, "/library/metadata/20001", 200),
        (&friend, "/:/eventsource/notifications?filters=playing", 200),
        (TOKEN, "/library/metadata/1", 404),
        (TOKEN, "/:/prefs", 200),
        (&friend, "/:/prefs", 403),
    ] {
        let answer = ask(&mut plex, token, path, NOW);
        assert_eq!(answer.status, expected, "{token} {path}");
        let is_html = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
        assert_eq!(is_html, expected >= 400, "{token} {path}");
    }
    let xml = plex.answer(&Request::new("GET", "/").with("X-Plex-Token", TOKEN), NOW);
    assert_eq!(xml.body, b"<MediaContainer/>", "who does not ask for JSON gets none");
}

#[test]
fn a_friend_hears_only_their_own_sessions() {
    let mut plex = plex();
    let friend = plex.invite("jo");
    let (mut own, mut all) = (Mark::default(), Mark::default());
    heard(&mut plex, &friend, &mut own, NOW);
    heard(&mut plex, TOKEN, &mut all, NOW);
    plex.play(&film(Some("mara.finch")), NOW);
    plex.play(&Watch { player: "Phone", ..film(Some("jo")) }, NOW);
    let said = states(&heard(&mut plex, &friend, &mut own, NOW));
    assert_eq!(said, ["2 buffering 0", "2 playing 0"]);
    assert_eq!(states(&heard(&mut plex, TOKEN, &mut all, NOW)).len(), 4);
}

#[test]
fn the_oddities_of_players() {
    let (mut plex, mut mark) = (plex(), Mark::default());
    heard(&mut plex, TOKEN, &mut mark, NOW);
    let watch = |what| Watch { what, ..film(Some("mara.finch")) };
    plex.play(&watch("Harbour Nine 2x07"), NOW);
    let next = NOW.after(minutes(44));
    assert!(plex.next(&watch("Harbour Nine 2x08"), next));
    plex.stop_under_new_number(TV, next.after(minutes(2)));
    let said = states(&heard(&mut plex, TOKEN, &mut mark, next.after(minutes(2))));
    let expected =
        ["1 buffering 0", "1 playing 0", "1 buffering 0", "1 playing 0", "2 stopped 120000"];
    assert_eq!(said, expected);

    plex.play(&watch("The Salt Road"), next);
    let gone = next.after(minutes(1));
    plex.tick(gone);
    plex.vanish(TV, gone);
    let listed = |plex: &mut Plex, at| container(plex, "/status/sessions", at)["size"].clone();
    assert_eq!(listed(&mut plex, gone.after(Duration::from_secs(90))), 1);
    assert_eq!(listed(&mut plex, gone.after(minutes(3))), 0);

    plex.play(&film(None), next);
    let session = container(&mut plex, "/status/sessions", next)["Metadata"][0].clone();
    assert_eq!((&session["User"], &session["Session"]), (&Value::Null, &Value::Null));
    plex.restart();
    assert_eq!(heard(&mut plex, TOKEN, &mut mark, next), "<the end>");
    plex.play(&film(None), next);
    assert_eq!(container(&mut plex, "/status/sessions", next)["Metadata"][0]["sessionKey"], "1");
}

#[test]
fn a_stream_pings_falls_silent_and_breaks_off() {
    let (mut plex, mut mark) = (plex(), Mark::default());
    let mut now = NOW;
    let mut next = |plex: &mut Plex, mark: &mut Mark, seconds| {
        now = now.after(Duration::from_secs(seconds));
        heard(plex, TOKEN, mark, now)
    };
    let ping = "event: ping\ndata: {}\n\n";
    assert_eq!(next(&mut plex, &mut mark, 0), ping);
    assert_eq!(next(&mut plex, &mut mark, 9), "");
    assert_eq!(next(&mut plex, &mut mark, 1), ping);
    plex.fall_silent();
    plex.blurt("event: x\n\n");
    assert_eq!(next(&mut plex, &mut mark, 100), "");
    plex.restart();
    mark = Mark::default();
    next(&mut plex, &mut mark, 0);
    plex.cut_next();
    plex.blurt("event: x\n\n");
    assert_eq!(next(&mut plex, &mut mark, 0), "event<the end>");
}

#[test]
fn the_history_is_filtered_sorted_and_paged_as_asked_or_otherwise() {
    let mut plex = plex();
    plex.invite("jo");
    for (at, who, what) in [
        (100, "mara.finch", "The Salt Road"),
        (300, "jo", "Harbour Nine 2x07"),
        (200, "mara.finch", "Harbour Nine 2x08"),
        (400, "mara.finch", "Undertow"),
    ] {
        assert!(plex.watched(who, what, Time(at * 1000)));
    }
    let all = "/status/sessions/history/all";
    let times = |plex: &mut Plex, query: &str| {
        let page = container(plex, &format!("{all}{query}"), NOW);
        let rows = page["Metadata"].as_array().cloned().unwrap_or_default();
        let at: Vec<u64> = rows.iter().filter_map(|row| row["viewedAt"].as_u64()).collect();
        (at, page["size"].clone(), page["totalSize"].clone(), page["offset"].clone())
    };
    let page = |at: &[u64], total: u64, offset: u64| {
        (at.to_vec(), json!(at.len()), json!(total), json!(offset))
    };
    let sized = "X-Plex-Container-Start=1&X-Plex-Container-Size=2";
    for (query, expected) in [
        (String::new(), page(&[100, 300, 200, 400], 4, 0)),
        ("?sort=viewedAt%3Aasc".into(), page(&[100, 200, 300, 400], 4, 0)),
        ("?sort=viewedAt:desc&viewedAt%3E=200".into(), page(&[400, 300, 200], 3, 0)),
        ("?viewedAt%3C=200&sort=viewedAt:asc".into(), page(&[100, 200], 2, 0)),
        ("?accountID=90518265".into(), page(&[300], 1, 0)),
        ("?librarySectionID=2".into(), page(&[300, 200], 2, 0)),
        (format!("?sort=viewedAt:asc&{sized}"), page(&[200, 300], 4, 1)),
        ("?accountID=5".into(), page(&[], 0, 0)),
    ] {
        assert_eq!(times(&mut plex, &query), expected, "{query}");
    }
    plex.options.most_rows = Some(1);
    assert_eq!(times(&mut plex, &format!("?sort=viewedAt:asc&{sized}")), page(&[200], 4, 1));
    let headed = Request::new("GET", all)
        .with("Accept", "application/json")
        .with("X-Plex-Token", TOKEN)
        .with("X-Plex-Container-Start", "3")
        .with("X-Plex-Container-Size", "9");
    let row = plex.answer(&headed, NOW).value()["MediaContainer"]["Metadata"][0].clone();
    assert_eq!((&row["type"], &row["librarySectionID"]), (&json!("track"), &json!("7")));

    plex.options.most_rows = None;
    assert!(plex.library.remove("The Salt Road"));
    let gone = container(&mut plex, all, NOW)["Metadata"][0].clone();
    assert_eq!(
        gone,
        json!({ "historyKey": "/status/sessions/history/4101", "viewedAt": 100, "accountID": 1,
                "deviceID": 12, "title": "Gone From Disk", "type": "movie" })
    );
}

#[test]
fn several_items_are_asked_for_at_once_and_credits_only_where_wanted() {
    let mut plex = plex();
    let keys = ["The Salt Road", "Harbour Nine 2x07", "Harbour Nine"];
    let keys = keys.map(|label| plex.library.key(label).expect(label).to_owned());
    plex.library.labelled("The Salt Road").expect("it is there").credits_ms = Some(5_000_000);
    let path = format!("/library/metadata/{},1", keys.join(","));
    let found = container(&mut plex, &path, NOW);
    let kinds: Vec<&Value> = (0..3).map(|at| &found["Metadata"][at]["type"]).collect();
    assert_eq!(json!(kinds), json!(["movie", "episode", "show"]));
    assert_eq!(found["Metadata"][1]["grandparentRatingKey"], json!(keys[2]));
    assert_eq!(found["Metadata"][2]["Guid"][0]["id"], "imdb://tt92000001");
    assert_eq!(found["Metadata"][0]["Marker"], Value::Null);
    let with = container(&mut plex, &format!("{path}?includeMarkers=1"), NOW);
    assert_eq!(with["Metadata"][0]["Marker"][0]["startTimeOffset"], 5_000_000);
}

#[test]
fn watched_is_what_the_server_is_set_to_take_for_it() {
    // 100 minutes of which the last 30 are credits.
    for (played_at, percent, expected) in [(0, 90, 90), (1, 90, 70), (3, 90, 70), (3, 60, 60)] {
        let mut plex = plex();
        plex.options.played_at = played_at;
        plex.options.played_percent = percent;
        let item = plex.library.labelled("The Salt Road").expect("it is there");
        (item.runtime_ms, item.credits_ms) = (6_000_000, Some(4_200_000));
        plex.play(&film(Some("mara.finch")), NOW);
        plex.tick(NOW.after(minutes(100)));
        assert_eq!(plex.history()[0].at, NOW.after(minutes(expected)), "{played_at} {percent}");
    }
}

#[test]
fn the_stream_arrives_over_a_socket() {
    use crate::patience::wait_for;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    let server = Server::start(plex(), "127.0.0.1:0", || NOW).expect("a port");
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).expect("there");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("no zero");
    let head = format!(
        "GET /:/eventsource/notifications?filters=playing HTTP/1.1\r\n\
                        Host: x\r\nX-Plex-Token: {TOKEN}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it listens");
    wait_for("the stream", || server.with(|plex| plex.streams()), |count| *count == 1);
    let mut so_far = String::new();
    let mut read_until = |stream: &mut TcpStream, what: &str| {
        while !so_far.contains(what) {
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).expect("more");
            assert!(count > 0, "the end after {so_far}");
            so_far.push_str(str::from_utf8(&bytes[..count]).expect("text"));
        }
    };
    read_until(&mut stream, "\r\n16\r\nevent: ping\ndata: {}\n\n\r\n");
    server.with(|plex| plex.play(&film(Some("mara.finch")), NOW));
    read_until(&mut stream, "\"state\":\"playing\"");
    server.with(Plex::restart);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the end");
    assert_eq!(rest, b"", "no last chunk: it breaks off");
}

#[test]
fn a_webhook_goes_to_each_address_of_the_account() {
    let mut plex = plex();
    plex.play(&film(Some("mara.finch")), NOW);
    assert_eq!(plex.take_posts(), [], "it knows none yet");
    plex.learn_webhooks(&["http://a/?1".to_owned(), "http://b/".to_owned()]);
    plex.stop(TV, NOW);
    let posts = plex.take_posts();
    let urls: Vec<&str> = posts.iter().map(|post| post.url.as_str()).collect();
    assert_eq!(urls, ["http://a/?1", "http://b/"]);
    let body = String::from_utf8(posts[0].body.clone()).expect("text");
    assert!(
        body.contains("name=\"payload\"") && body.contains("\"event\":\"media.stop\""),
        "{body}"
    );
    assert_eq!(plex.take_posts(), []);
}

#[test]
fn the_switch_for_webhooks_is_the_owners_and_silences_them() {
    let mut plex = plex();
    let friend = plex.invite("jo");
    let get = "/:/prefs/get?id=webHooksEnabled";
    let on = |plex: &mut Plex| container(plex, get, NOW)["Setting"][0]["value"].clone();
    let put = |plex: &mut Plex, token: &str, target: &str| {
        let put = Request::new("PUT", target).with("X-Plex-Token", token);
        plex.answer(&put.with("Content-Length", "0"), NOW).status
    };
    assert_eq!(on(&mut plex), true);
    assert_eq!(put(&mut plex, &friend, "/:/prefs?webHooksEnabled=0"), 403);
    assert_eq!(put(&mut plex, TOKEN, "/:/prefs?webHooksEnabled=0"), 200);
    assert_eq!(on(&mut plex), false);
    plex.play(&film(Some("mara.finch")), NOW);
    assert_eq!(plex.take_webhooks(), Vec::<Value>::new());
    assert_eq!(put(&mut plex, TOKEN, "/:/prefs?webHooksEnabled=1"), 200);
    plex.stop(TV, NOW);
    assert_eq!(plex.take_webhooks().len(), 1);
    assert_eq!(put(&mut plex, TOKEN, "/:/prefs?webHookEnabled=1"), 400);
    assert_eq!(ask(&mut plex, &friend, get, NOW).status, 403);
    assert_eq!(ask(&mut plex, TOKEN, "/:/prefs/get?id=other", NOW).status, 400);
    plex.options.webhooks_on = None;
    let (status, page) = (ask(&mut plex, TOKEN, get, NOW).status, ask(&mut plex, TOKEN, get, NOW));
    assert_eq!((status, page.value()), (400, Value::Null), "an old one has no such setting");
}
