//! What docs/receivers.md shows, tried.

use scrobbled::config::{self, Receiver, Surroundings};
use scrobbled::event::{Episode, Ids, Item, Kind, Percent, Show, Time};
use scrobbled::intent::{Intent, Verb};
use scrobbled::receiver::Message;
use scrobbled::secret::Secret;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const NOW: Time = Time(1_795_464_902_000);

fn manual() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/receivers.md");
    fs::read_to_string(path).expect("the manual")
}

/// The blocks of a language in the manual.
fn blocks(language: &str) -> Vec<String> {
    let manual = manual();
    let opening = format!("```{language}\n");
    let blocks = manual.split(&opening).skip(1);
    blocks.filter_map(|rest| Some(rest.split_once("\n```")?.0.to_owned())).collect()
}

/// The receiver with this name that the manual shows.
fn shown(name: &str) -> Receiver {
    let nothing = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let around =
        Surroundings { variables: BTreeMap::new(), read: &nothing, now: scrobbled::event::Time(0) };
    let read = |block: &String| config::read(block, None, &around).expect("a good config").settings;
    let all = blocks("toml").iter().flat_map(|block| read(block).receivers).collect::<Vec<_>>();
    all.into_iter().find(|receiver| receiver.name == name).expect("it is shown")
}

fn episode(verb: Verb) -> Intent {
    let show = Show {
        title: "Harbour \"Nine\"".into(),
        year: Some(2008),
        ids: Ids { tvdb: Some(2001), tmdb: Some(202), ..Ids::default() },
        ..Show::default()
    };
    Intent {
        account: "anna".into(),
        verb,
        item: Item {
            kind: Kind::Episode(Episode { show, season: Some(1), number: Some(3), last: None }),
            title: "Third".into(),
            ids: Ids { tvdb: Some(30003), imdb: Some("tt0000003".into()), ..Ids::default() },
            runtime_ms: Some(2_600_000),
            ..Item::default()
        },
        session: "7".into(),
        progress: Percent::clamped(96.2),
        at: Time(NOW.0 - 3_000),
        began: Time(NOW.0 - 2_503_000),
        viewing: None,
    }
}

fn film(verb: Verb) -> Intent {
    let ids = Ids { imdb: Some("tt0000001".into()), tmdb: Some(101), ..Ids::default() };
    let item = Item { title: "The Salt Road".into(), year: Some(2021), ids, ..Item::default() };
    Intent { item, ..episode(verb) }
}

/// What that receiver is told of `intent`.
fn told(name: &str, intent: &Intent) -> Value {
    let message = Message::of(&shown(name), "msg_1", intent, NOW, NOW);
    serde_json::from_str(message.body()).expect("JSON")
}

#[test]
fn floppy_is_told_in_the_words_of_its_own_api() {
    // dannyvfilms/Floppy, fork_views_scrobble.py
    let expected = json!({
        "action": "stop", "media_type": "episode",
        "ids": { "tmdb": 202, "tvdb": 2001, "imdb": null },
        "title": "Third", "series_title": "Harbour \"Nine\"",
        "season_number": 1, "episode_number": 3,
        "position_seconds": 2501, "duration_seconds": 2600,
        "completed": true, "played_at": "2026-11-23T20:14:59.000Z",
    });
    assert_eq!(told("floppy", &episode(Verb::Finish)), expected);
    let start = told("floppy", &film(Verb::Start));
    let of = |key: &str| start[key].clone();
    assert_eq!(
        (of("action"), of("media_type"), of("completed")),
        (json!("start"), json!("movie"), json!(false))
    );
    assert_eq!(of("ids"), json!({ "tmdb": 101, "tvdb": null, "imdb": "tt0000001" }));
    assert_eq!((of("series_title"), of("season_number")), (Value::Null, Value::Null));
    let mark = told("floppy", &episode(Verb::Mark));
    assert_eq!((&mark["action"], &mark["completed"]), (&json!("stop"), &json!(true)));
}

#[test]
fn ryot_is_told_as_its_generic_integration_has_it() {
    // IgnisDa/ryot, the integration "Generic JSON"
    let of = |lot: &str, id: &str, season: Value, number: Value| {
        json!({ "metadata": [{
            "lot": lot, "source": "tmdb", "identifier": id,
            "seen_history": [{
                "progress": "100", "ended_on": "2026-11-23T20:14:59.000Z",
                "show_season_number": season, "show_episode_number": number,
            }],
            "collections": [], "reviews": [],
        }]})
    };
    let expected = of("show", "202", json!(1), json!(3));
    assert_eq!(told("ryot", &episode(Verb::Finish)), expected);
    let expected = of("movie", "101", Value::Null, Value::Null);
    assert_eq!(told("ryot", &film(Verb::Mark)), expected);
}

#[test]
fn chats_are_told_in_a_sentence() {
    // binwiederhier/ntfy, docs/publish.md, "Publish as JSON"
    let expected = json!({
        "topic": "films", "title": "Harbour \"Nine\"",
        "message": "Harbour \"Nine\" 1x03: watched at 96.2 %", "tags": ["popcorn"],
    });
    assert_eq!(told("ntfy", &episode(Verb::Finish)), expected);
    // Discord, "Execute Webhook"
    let expected = json!({
        "content": "The Salt Road (2021): watched at 96.2 %", "allowed_mentions": { "parse": [] },
    });
    assert_eq!(told("discord", &film(Verb::Finish)), expected);
}

#[test]
fn home_assistant_gets_the_event_that_the_manual_shows() {
    let receiver = shown("home-assistant");
    let message = Message::of(&receiver, "msg_1", &episode(Verb::Finish), NOW, NOW);
    let headers = message.headers(&receiver, NOW);
    assert!(headers.contains(&("Content-Type", "application/json".to_owned())), "{headers:?}");
    let told: Value = serde_json::from_str(message.body()).expect("JSON");
    let example: Value = serde_json::from_str(&blocks("json")[0]).expect("JSON");
    assert_eq!(keys(&told), keys(&example));
}

/// Every key of it, with the keys before it.
fn keys(value: &Value) -> Vec<String> {
    let Some(object) = value.as_object() else { return Vec::new() };
    let of = |(key, value): (&String, &Value)| {
        let below = keys(value).into_iter().map(|below| format!("{key}.{below}"));
        std::iter::once(key.clone()).chain(below).collect::<Vec<_>>()
    };
    object.iter().flat_map(of).collect()
}

#[test]
fn the_check_in_python_knows_our_signature_from_another() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: there is no python3");
        return;
    }
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let receiver = Receiver { secret: Secret::new(secret), ..Receiver::default() };
    let now = scrobbled::clock::Clock::Machine.now();
    let message = Message::of(&receiver, "msg_1", &episode(Verb::Finish), now, now);
    let headers = |at: Time| -> Value {
        let headers = message.headers(&receiver, at).into_iter();
        headers.map(|(name, value)| (name.to_ascii_lowercase(), json!(value))).collect()
    };
    let asked = json!([
        [secret, headers(now), message.body()],
        [secret, headers(now), format!("{} ", message.body())],
        ["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", headers(now), message.body()],
        [secret, headers(Time(now.0 - 400_000)), message.body()],
    ]);
    let script = format!(
        "{}\nimport json, sys\nfor secret, headers, body in json.load(sys.stdin):\n    \
         print(is_from_scrobbled(secret, headers, body.encode()))\n",
        blocks("python")[0]
    );
    let mut python = Command::new("python3")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let mut stdin = python.stdin.take().expect("its stdin");
    stdin.write_all(asked.to_string().as_bytes()).expect("it reads");
    drop(stdin);
    let output = python.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "True\nFalse\nFalse\nFalse\n");
}
