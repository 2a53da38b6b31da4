//! What Emby is known to do with notifications, in tables.

use super::super::{KEY, Kind, Title, set};
use super::*;
use std::sync::Mutex;
use std::time::Duration;

/// A Thursday evening, at a full five minutes.
const NOW: Time = Time(1_795_550_400_000);
const OURS: &str = "http://192.0.2.5:7478/webhook/embytrakt?token=x";

type Posts = Arc<Mutex<Vec<Post>>>;

/// The Salt Road has 100 minutes; what is posted is kept.
fn server() -> (Emby, Posts) {
    let mut emby = Emby::new();
    emby.house.user("mara");
    emby.house.add(Title {
        kind: Kind::Movie,
        name: "The Salt Road".into(),
        ids: [("Imdb", "tt91000101".to_owned())].into(),
        runtime: Duration::from_secs(6000),
        library: "Films".into(),
        ..Title::default()
    });
    let posts = Posts::default();
    let kept = posts.clone();
    emby.carried_by(move |post| {
        kept.lock().expect("no panic").push(post.clone());
        if post.url.contains("nobody") { Err("Connection refused".to_owned()) } else { Ok(()) }
    });
    (emby, posts)
}

fn ask(emby: &mut Emby, request: &Request) -> Response {
    emby.answer(&request.clone().with("X-Emby-Token", KEY), NOW)
}

fn got(emby: &mut Emby, target: &str) -> Value {
    let answer = ask(emby, &Request::new("GET", target));
    assert_eq!(answer.status, 200, "{target}: {answer:?}");
    answer.value()
}

fn mara(emby: &mut Emby) -> String {
    emby.house.user("mara")
}

/// An entry as a client fills it.
fn filled(emby: &mut Emby, url: &str, events: &[&str]) -> Value {
    let user = mara(emby);
    let target = format!(
        "/emby/Notifications/Services/Defaults?UserId={user}&NotifierKey=webhooknotifications"
    );
    let mut entry = got(emby, &target);
    set(&mut entry, "EventIds", json!(events));
    set(&mut entry, "Options", json!({ "Url": url, "EnableMultipartFormData": false }));
    entry
}

fn post(emby: &mut Emby, what: &str, body: &Value) -> Response {
    let user = mara(emby);
    let target = format!("/emby/Notifications/Services/{what}?UserId={user}");
    ask(emby, &Request::new("POST", &target).json(body))
}

fn configured(emby: &mut Emby) -> Vec<Value> {
    let user = mara(emby);
    let all = got(emby, &format!("/emby/Notifications/Services/Configured?UserId={user}"));
    all.as_array().expect("a list").clone()
}

#[test]
fn an_entry_is_made_changed_and_removed_and_its_options_become_texts() {
    let (mut emby, _) = server();
    emby.notify("Home", "http://192.0.2.9/hook", &["playback.stop"]);
    let entry = filled(&mut emby, OURS, &["playback.start"]);
    assert_eq!(post(&mut emby, "Configured", &entry).status, 204);
    let all = configured(&mut emby);
    assert_eq!(all.len(), 2);
    assert_eq!(all[1]["Options"], json!({ "Url": OURS, "EnableMultipartFormData": "false" }));
    let mut changed = all[1].clone();
    set(&mut changed, "EventIds", json!(["playback.stop"]));
    assert_eq!(post(&mut emby, "Configured", &changed).status, 204);
    assert_eq!(configured(&mut emby)[1], changed);
    let target = |emby: &mut Emby, id: &Value| {
        let (user, id) = (mara(emby), id.as_str().expect("an id").to_owned());
        format!("/emby/Notifications/Services/Configured?Id={id}&UserId={user}")
    };
    let target = target(&mut emby, &changed["Id"]);
    assert_eq!(ask(&mut emby, &Request::new("DELETE", &target)).status, 204);
    assert_eq!(configured(&mut emby), all[..1]);
}

#[test]
fn what_is_not_right_is_refused_with_its_reason() {
    let (mut emby, _) = server();
    let entry = filled(&mut emby, OURS, &["playback.start"]);
    let with = |key: &str, value: Value| {
        let mut entry = entry.clone();
        set(&mut entry, key, value);
        entry
    };
    let mut part = entry.clone();
    part.as_object_mut().expect("an object").remove("UserIds");
    for (name, what, body, status, why) in [
        ("not whole", "Configured", part, 500, "'UserIds'"),
        ("unknown event", "Configured", with("EventIds", json!(["x"])), 500, "element: \"x\""),
        ("unknown means", "Configured", with("NotifierKey", json!("sms")), 500, "no matching"),
        ("unknown id", "Configured", with("Id", json!("gone")), 404, ""),
        ("no address", "Test", with("Options", json!({})), 500, "URI is empty"),
        (
            "nobody there",
            "Test",
            with("Options", json!({ "Url": "http://nobody/" })),
            500,
            "Connection refused",
        ),
    ] {
        let answer = post(&mut emby, what, &body);
        let text = String::from_utf8(answer.body).expect("text");
        assert_eq!(answer.status, status, "{name}: {text}");
        assert!(text.contains(why), "{name}: {text}");
    }
    for (method, target, status) in [
        ("GET", "/emby/Notifications/Services/Configured", 500),
        ("GET", "/emby/Notifications/Services/Defaults?NotifierKey=sms", 500),
        ("PUT", "/emby/Notifications/Services/Configured", 404),
    ] {
        assert_eq!(ask(&mut emby, &Request::new(method, target)).status, status, "{target}");
    }
    let jo = emby.house.user("jo");
    let token = emby.house.sign_in("jo");
    for (target, shown, status) in [
        ("/emby/Notifications/Types", "X-Nothing", 401),
        ("/emby/Notifications/Types", "X-Emby-Token", 403),
        ("/emby/Plugins", "X-Emby-Token", 403),
        ("/emby/Users/Query", "X-Emby-Token", 403),
    ] {
        let request = Request::new("GET", target).with(shown, &token);
        assert_eq!(emby.answer(&request, NOW).status, status, "{target} {jo}");
    }
    emby.options.notifies = false;
    assert_eq!(ask(&mut emby, &Request::new("GET", "/emby/Notifications/Types")).status, 404);
}

#[test]
fn it_posts_what_is_wanted_to_each_who_wants_it_where_there_is_premiere() {
    let (mut emby, posts) = server();
    emby.notify("Home", "http://192.0.2.9/hook", &["playback.stop"]);
    emby.notify("Else", "http://192.0.2.9/else", &["library.new"]);
    let entry = filled(
        &mut emby,
        OURS,
        &[
            "playback.start",
            "playback.pause",
            "playback.unpause",
            "playback.stop",
            "item.markplayed",
        ],
    );
    let _ = post(&mut emby, "Configured", &entry);
    let mut narrow = entry.clone();
    set(&mut narrow, "UserIds", json!(["somebody else"]));
    let _ = post(&mut emby, "Configured", &narrow);
    let at = |minutes: u64| Time(NOW.0 + minutes * 60_000);
    emby.play("den", "mara", "The Salt Road", Duration::ZERO, NOW);
    emby.pause("den", at(10));
    emby.resume("den", at(20));
    emby.mark("mara", "The Salt Road", at(25));
    emby.pass(at(130));
    assert_eq!(post(&mut emby, "Test", &entry).status, 204);
    emby.options.premiere = false;
    emby.play("den", "mara", "The Salt Road", Duration::ZERO, at(200));
    assert_eq!(post(&mut emby, "Test", &entry).status, 204);
    let seen: Vec<(String, String, Option<u64>, bool)> = posts
        .lock()
        .expect("no panic")
        .iter()
        .map(|post| {
            let text = String::from_utf8(post.body.clone()).expect("text");
            let is_form = post.headers[1].1.starts_with("multipart/");
            let json = if is_form { text.lines().nth(3).expect("a part") } else { &text };
            let json: Value = serde_json::from_str(json).expect("JSON");
            let ticks = json["PlaybackInfo"]["PositionTicks"].as_u64();
            let event = json["Event"].as_str().expect("an event").to_owned();
            (post.url.clone(), event, ticks.map(|ticks| ticks / 600_000_000), is_form)
        })
        .collect();
    let ours = |event: &str, minutes| (OURS.to_owned(), event.to_owned(), minutes, false);
    let home = ("http://192.0.2.9/hook".to_owned(), "playback.stop".to_owned(), Some(100), true);
    assert_eq!(
        seen,
        [
            ours("playback.start", Some(0)),
            ours("playback.pause", Some(10)),
            ours("playback.unpause", Some(10)),
            ours("item.markplayed", None),
            home,
            ours("playback.stop", Some(100)),
            ours("system.webhooktest", None),
        ]
    );
}

#[test]
fn lists_come_in_pages() {
    let (mut emby, _) = server();
    for name in ["jo", "kim"] {
        emby.house.user(name);
    }
    emby.options.most = 2;
    let names = |page: &Value| -> Vec<String> {
        let items = page["Items"].as_array().expect("a list");
        items.iter().filter_map(|user| Some(user["Name"].as_str()?.to_owned())).collect()
    };
    let first = got(&mut emby, "/emby/Users/Query?StartIndex=0&Limit=100");
    let second = got(&mut emby, "/emby/Users/Query?StartIndex=2&Limit=100");
    assert_eq!(
        (names(&first), &first["TotalRecordCount"]),
        (vec!["mara".into(), "jo".into()], &json!(3))
    );
    assert_eq!(names(&second), ["kim"]);
}
