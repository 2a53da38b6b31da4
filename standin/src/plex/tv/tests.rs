//! What clients of plex.tv have met, in tables.

use super::*;
use serde_json::{Value, json};
use std::time::Duration;

/// A Friday evening.
const NOW: Time = Time(1_795_550_400_000);

fn request(method: &str, target: &str, token: &str) -> Request {
    Request::new(method, &format!("/api/v2/{target}"))
        .with("X-Plex-Client-Identifier", "attic")
        .with("Accept", "application/json")
        .with("X-Plex-Token", token)
        .with("Content-Length", "0")
}

fn ask(tv: &mut PlexTv, method: &str, target: &str, token: &str) -> (u16, Value) {
    let answer = tv.answer(&request(method, target, token), NOW);
    (answer.status, answer.value())
}

fn signed_in(tv: &mut PlexTv) -> String {
    let (status, code) = ask(tv, "POST", "pins", "");
    assert_eq!((status, &code["authToken"]), (201, &Value::Null));
    assert!(tv.approve(code["code"].as_str().expect("a code"), NOW));
    let (_, pin) = ask(tv, "GET", &format!("pins/{}", code["id"]), "");
    pin["authToken"].as_str().expect("a token").to_owned()
}

/// A write of these addresses, as a form.
fn form(token: &str, urls: &[&str]) -> Request {
    let fields: Vec<String> =
        urls.iter().map(|url| format!("urls%5B%5D={}", url.replace('&', "%26"))).collect();
    let mut post = request("POST", "user/webhooks", token)
        .with("Content-Type", "application/x-www-form-urlencoded");
    post.body = fields.join("&").into_bytes();
    post
}

#[test]
fn a_code_is_typed_in_time_by_who_has_it_or_is_over() {
    for (expired_is_404, after, expected) in [
        (true, 899, (200, json!("plex-account-token-2"))),
        (true, 900, (404, Value::Null)),
        (false, 900, (200, Value::Null)),
    ] {
        let mut tv = PlexTv::new();
        tv.options.expired_is_404 = expired_is_404;
        let (_, code) = ask(&mut tv, "POST", "pins", "");
        let lasts = json!([code["code"], code["expiresIn"], code["expiresAt"]]);
        assert_eq!(lasts, json!(["Q001", 900, "2026-11-24T20:15:00Z"]));
        assert!(!tv.approve("Q002", NOW));
        let at = NOW.after(Duration::from_secs(after));
        assert_eq!(tv.approve("q001", at), after < 900);
        let pin = request("GET", &format!("pins/{}", code["id"]), "");
        let answer = tv.answer(&pin, at);
        assert_eq!((answer.status, answer.value()["authToken"].clone()), expected, "{after}");
        if answer.status == 404 {
            assert_eq!(answer.value()["errors"][0]["code"], 1020);
        }
    }
    let mut tv = PlexTv::new();
    let (_, code) = ask(&mut tv, "POST", "pins?strong=true", "");
    assert_eq!(code["code"].as_str().map(str::len), Some(25));
    let other = Request::new("GET", &format!("/api/v2/pins/{}", code["id"]))
        .with("X-Plex-Client-Identifier", "cellar")
        .with("Accept", "application/json");
    assert_eq!(tv.answer(&other, NOW).status, 404, "it is somebody else's");
}

#[test]
fn refusals_are_in_its_words() {
    let mut tv = PlexTv::new();
    let bare = Request::new("POST", "/api/v2/pins").with("Accept", "application/json");
    assert_eq!(tv.answer(&bare, NOW).status, 411);
    let bare = bare.with("Content-Length", "0");
    let answer = tv.answer(&bare, NOW);
    assert_eq!((answer.status, &answer.value()["errors"][0]["code"]), (400, &json!(1000)));
    let token = signed_in(&mut tv);
    for (method, target, shown, expected) in [
        ("GET", "user", token.as_str(), 200),
        ("GET", "user", "wrong", 401),
        ("GET", "resources?includeHttps=1", "", 401),
        ("GET", "friends", &token, 404),
        ("PUT", "user/webhooks", &token, 404),
        ("DELETE", "users/signout", &token, 204),
        ("GET", "user", &token, 401),
    ] {
        let (status, body) = ask(&mut tv, method, target, shown);
        assert_eq!(status, expected, "{method} {target}");
        if status == 401 {
            assert_eq!(body["errors"][0]["code"], 1001);
        }
    }
    let xml = Request::new("GET", "/api/v2/user").with("X-Plex-Client-Identifier", "attic");
    assert_eq!(tv.answer(&xml, NOW).body, b"<MediaContainer/>");
    tv.options.least_gap_ms = 1000;
    assert_eq!(tv.answer(&xml, NOW.after(Duration::from_millis(999))).status, 429);
    assert_eq!(tv.answer(&xml, NOW.after(Duration::from_millis(1999))).status, 200);
}

#[test]
fn what_is_posted_replaces_the_list_and_what_is_no_form_empties_it() {
    let mut tv = PlexTv::new();
    let token = signed_in(&mut tv);
    let others = ["http://192.0.2.5:7478/plex?token=A&b", "https://hooks.example.org/tautulli"];
    tv.set_webhooks(&others);
    let (_, list) = ask(&mut tv, "GET", "user/webhooks", &token);
    assert_eq!(list, json!([{ "url": others[0] }, { "url": others[1] }]));
    let answer = tv.answer(&form(&token, &[others[0], "http://new/"]), NOW);
    assert_eq!(answer.status, 201);
    assert_eq!(answer.value(), json!([{ "url": others[0] }, { "url": "http://new/" }]));
    assert_eq!(tv.webhooks(), [others[0], "http://new/"], "what is left out is gone");
    let json = request("POST", "user/webhooks", &token).json(&json!({ "urls": others }));
    assert_eq!(tv.answer(&json, NOW).value(), json!([]));
    tv.set_webhooks(&others);
    let mut none = form(&token, &[]);
    none.body = b"urls=".to_vec();
    tv.answer(&none, NOW);
    assert!(tv.webhooks().is_empty());
}

#[test]
fn webhooks_want_plex_pass_and_where_there_is_a_pin_a_new_sign_in() {
    let mut tv = PlexTv::new();
    let token = signed_in(&mut tv);
    tv.set_pin("4711");
    let status = |tv: &mut PlexTv, target: &str, token: &str| ask(tv, "GET", target, token).0;
    assert_eq!(status(&mut tv, "user/webhooks", &token), 401);
    assert_eq!(status(&mut tv, "user/webhooks?pin=1234", &token), 401);
    assert_eq!(status(&mut tv, "user/webhooks?pin=4711", &token), 200);
    assert_eq!(status(&mut tv, "user", &token), 200, "all else goes on");
    let fresh = signed_in(&mut tv);
    assert_eq!(status(&mut tv, "user/webhooks", &fresh), 200);
    tv.options.pass = false;
    assert_eq!(status(&mut tv, "user/webhooks", &fresh), 403);
    let user = ask(&mut tv, "GET", "user", &fresh).1;
    assert_eq!(user["subscription"]["active"], false);
}

#[test]
fn others_write_in_between() {
    let mut tv = PlexTv::new();
    let token = signed_in(&mut tv);
    tv.intrude(1, Intruder::Adds("http://other/".to_owned()));
    tv.intrude(3, Intruder::Writes(vec!["http://other/".to_owned()]));
    let read = |tv: &mut PlexTv| ask(tv, "GET", "user/webhooks", &token).1;
    assert_eq!(read(&mut tv), json!([]), "it came after this");
    assert_eq!(read(&mut tv), json!([{ "url": "http://other/" }]));
    let written = tv.answer(&form(&token, &["http://other/", "http://ours/"]), NOW);
    assert_eq!(written.value().as_array().map(Vec::len), Some(2));
    assert_eq!(tv.webhooks(), ["http://other/"]);
}

#[test]
fn devices_and_members_are_told_with_what_a_client_needs() {
    let mut tv = PlexTv::new();
    let token = signed_in(&mut tv);
    let server = Device::server("Attic NAS", "5f0c", "t-1", "http://192.0.2.10:32400");
    tv.devices.push(server.clone());
    tv.devices.push(Device { owned: false, ..server });
    let (_, devices) = ask(&mut tv, "GET", "resources", &token);
    let first = &devices[0];
    let told = json!([first["provides"], first["accessToken"], first["clientIdentifier"]]);
    assert_eq!(told, json!(["server", "t-1", "5f0c"]));
    assert_eq!(
        first["connections"][0],
        json!({ "protocol": "https", "address": "192.0.2.10", "port": 32400, "IPv6": false,
                "uri": "https://192.0.2.10:32400", "local": true, "relay": false })
    );
    assert_eq!((&devices[1]["owned"], &devices[1]["ownerId"]), (&json!(false), &json!(90_518_264)));
    assert_eq!(ask(&mut tv, "GET", "home/users", &token).1, json!({ "users": [] }));
    tv.home.push(Member { id: 71_200_456, name: "Kid".to_owned(), managed: true });
    let kid = ask(&mut tv, "GET", "home/users", &token).1["users"][0].clone();
    assert_eq!((&kid["title"], &kid["username"]), (&json!("Kid"), &Value::Null));
}
