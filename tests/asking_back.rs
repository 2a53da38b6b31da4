//! The real binary with media servers that it can ask back: what they know decides, and what they
//! do not know, or not in time, holds up nothing.

#![cfg(test)]

mod daemon;

use daemon::by_hand::{BEGIN, Rig};
use daemon::script::calls;
use daemon::webhook::{Webhook, emby, jellyfin, plex};
use daemon::{Scrobbled, Trakt, all_good, timed, wait_for};
use scrobbled::event::Source;
use serde_json::json;
use standin::media_server::{Fake, Manner, TOKEN, nobody};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const JSON: &str = "application/json";
/// Whatever item it is, its library is this.
const IN_FILMS: &str = r#"[{"Id":"f137","Name":"Films","Type":"CollectionFolder"}]"#;

/// The section of a server that can be asked at `url`, with further keys.
fn section(source: Source, url: &str, keys: &str) -> String {
    let key = if source == Source::Plex { "token" } else { "api_key" };
    // Its history has tests of its own: `catch_up.rs`.
    let keys = format!("catch_up = false\n{keys}");
    format!("[{}]\nurl = \"{url}\"\n{key} = \"{TOKEN}\"\n{keys}\n", source.word())
}

/// Plex' sessions: film A at so many minutes of its 100, once for each number.
fn sessions(minutes: &[u64]) -> String {
    let sessions: Vec<_> = minutes
        .iter()
        .map(|minutes| json!({ "ratingKey": "20601", "viewOffset": minutes * 60_000 }))
        .collect();
    json!({ "MediaContainer": { "Metadata": sessions } }).to_string()
}

/// Makes a webhook about an item.
type Post = fn(&str) -> Webhook;

#[test]
fn a_library_is_asked_for_where_a_list_needs_it() {
    let films = || Fake::says(200, JSON, IN_FILMS);
    let cases: [(&str, Post, &str, Fake, &str, usize); 9] = [
        ("no list", jellyfin, "", films(), "queued", 0),
        ("listed by name", jellyfin, "libraries = \"films\"", films(), "queued", 1),
        ("listed by id", emby, "libraries = [\"f137\"]", films(), "queued", 1),
        ("not listed", jellyfin, "libraries = \"Series\"", films(), "library_not_wanted", 1),
        ("blocked", emby, "block_libraries = \"Films\"", films(), "library_blocked", 1),
        ("not blocked", emby, "block_libraries = \"Series\"", films(), "queued", 1),
        (
            "blocked wins",
            jellyfin,
            "libraries = \"Films\"\nblock_libraries = \"f137\"",
            films(),
            "library_blocked",
            1,
        ),
        (
            "in none",
            jellyfin,
            "libraries = \"Films\"",
            Fake::says(200, JSON, "[]"),
            "library_unknown",
            1,
        ),
        (
            "the server is ill",
            emby,
            "libraries = \"Films\"",
            Fake::says(500, JSON, "{}"),
            "library_unknown",
            1,
        ),
    ];
    let mut wrong = Vec::new();
    for (name, webhook, keys, fake, expected, asked) in cases {
        let webhook = webhook("play").at(20.0);
        let config = section(webhook.source, &fake.url(), keys);
        let daemon = Scrobbled::with_config(&config).start_alone();
        daemon.post(&webhook);
        let last = || daemon.status()["events"][0].clone();
        let decided = wait_for(name, last, |line| line["outcome"] != "waiting");
        let seen = if decided["outcome"] == "queued" { "queued" } else { label(&decided) };
        if (seen, fake.asked().len()) != (expected, asked) {
            wrong.push(format!("{name}: {decided:#}\nasked {:?}", fake.asked()));
        }
    }
    all_good(&wrong);
}

fn label(line: &serde_json::Value) -> &str {
    line["label"].as_str().unwrap_or_default()
}

#[test]
fn plex_is_asked_where_playback_stands() {
    let says = |json: String| Fake::says(200, JSON, &json);
    let cases: [(&str, &str, Fake, f64, usize); 6] = [
        ("one session", "", says(sessions(&[30])), 30.0, 1),
        ("switched off", "probe_session_progress = false", says(sessions(&[30])), 0.0, 0),
        ("two sessions", "", says(sessions(&[30, 60])), 0.0, 1),
        ("no session", "", says(sessions(&[])), 0.0, 1),
        ("nonsense", "", says("<html>".to_owned()), 0.0, 1),
        ("wrong token", "", Fake::says(401, "text/html", "<h1>no</h1>"), 0.0, 1),
    ];
    let mut wrong = Vec::new();
    for (name, keys, fake, expected, asked) in cases {
        let config = section(Source::Plex, &fake.url(), keys);
        let daemon = Scrobbled::with_config(&config).start_alone();
        daemon.post(&plex("play"));
        let (outbox, _) = wait_for(name, || daemon.held(), |(outbox, _)| !outbox.is_empty());
        let right = outbox.len() == 1 && outbox[0]["progress"] == expected;
        if !right || fake.asked().len() != asked {
            wrong.push(format!("{name}: {outbox:#?}, asked {:?}", fake.asked()));
        }
    }
    all_good(&wrong);
}

#[test]
fn where_the_webhook_has_the_position_nobody_is_asked() {
    let (trakt, fake) = (Trakt::start(), Fake::says(200, JSON, &sessions(&[30])));
    let config = section(Source::Plex, &fake.url(), "");
    let daemon = Scrobbled::with_config(&config).start(&trakt).login();
    daemon.post(&plex("play").at(50.0));
    trakt.wait_for_calls(&["start A 50"]);
    assert_eq!(fake.asked(), Vec::<String>::new());
}

#[test]
fn a_server_that_hangs_holds_up_nobody_and_is_noted_once() {
    let (trakt, fake) = (Trakt::start(), Fake::start(Manner::Hangs));
    let config = section(Source::Plex, &fake.url(), "");
    let daemon = Scrobbled::with_config(&config).start(&trakt).login();
    let (took, answer) = timed(|| daemon.post(&plex("play")));
    assert_eq!(answer["outcome"], "waiting", "{answer}");
    assert!(took < Duration::from_secs(2), "the answer took {took:?}");
    daemon.post(&jellyfin("play").of("B").at(20.0));
    let calls = wait_for("both", || trakt.calls(), |calls| calls.len() == 2);
    assert_eq!(calls[0], "start B 20", "the other's does not wait for it");
    daemon.post(&plex("play").of("C").on("other"));
    wait_for("the next one", || trakt.calls(), |calls| calls.len() == 3);
    let log = daemon.wait_for_log("Plex can't be asked");
    let notes: Vec<_> = log.lines().filter(|line| line.contains("Plex can't be asked")).collect();
    assert_eq!(notes.len(), 1, "{log}");
}

#[test]
fn rule_16_its_server_knows_how_a_session_ended_that_nobody_heard() {
    let data = |webhook: &Webhook, data: &str| {
        let key = match webhook.source {
            Source::Jellyfin => webhook.item.hex(),
            Source::Plex | Source::Emby => (30_000 + webhook.item.number).to_string(),
        };
        format!(r#"{{"Items":[{{"Id":"{key}","UserData":{{"Played":true,{data}}}}}]}}"#)
    };
    let began = format!(r#""LastPlayedDate":"{BEGIN}""#);
    let counted = |account: u64, minute: u64| {
        let at = BEGIN.0 / 1000 + 60 * minute;
        format!(
            r#"{{"MediaContainer":{{"Metadata":[{{"accountID":{account},"viewedAt":{at},
                "viewCount":1,"lastViewedAt":{at}}}],"Account":[{{"id":1,"name":"Mara"}}]}}}}"#
        )
    };
    let counted_at = BEGIN.after(Duration::from_secs(95 * 60)).to_string();
    let start = |post: Post| post("play").at(0.0);
    let at = |post: Post, percent| post("play").at(percent);
    let cases = [
        // (what is heard, what its server says 130 minutes later, when it was a play: since then, or
        // by the clock)
        (start(jellyfin), data(&start(jellyfin), &format!(r#""PlayCount":1,{began}"#)), "+1:40"),
        (start(emby), data(&start(emby), &format!(r#""PlayCount":1,{began}"#)), "+1:40"),
        (at(emby, 10.0), data(&start(emby), &format!(r#""PlayCount":3,{began}"#)), "+1:30"),
        (start(emby), data(&start(emby), &format!(r#""PlayCount":3,{began}"#)), ""),
        (start(emby), data(&start(emby), r#""PlayCount":0"#), ""),
        (
            start(jellyfin),
            data(&start(jellyfin), &format!(r#""PlayCount":1,"PlaybackPositionTicks":9,{began}"#)),
            "",
        ),
        (start(plex).by("mara"), counted(1, 95), &counted_at),
        (start(plex).by("joe"), counted(1, 95), ""),
        (start(plex).by("mara"), counted(1, 0).replace("viewedAt", "then"), ""),
    ];
    let mut wrong = Vec::new();
    for (webhook, answer, expected) in cases {
        let fake = Fake::says(200, JSON, &answer);
        let mut rig = Rig::with_config(&section(webhook.source, &fake.url(), ""));
        rig.daemon.post(&webhook);
        rig.wait(Duration::from_secs(135 * 60));
        if !expected.is_empty() {
            // What the server is asked nobody sees who waits for everybody to come to rest.
            let is_play = |call: &String| call.starts_with("history A ");
            wait_for(&answer, || rig.trakt.calls(), |calls| calls.iter().any(is_play));
        }
        let (seen, told) = (calls(&rig), rig.trakt.calls());
        let both = seen.iter().zip(&told);
        let plays: Vec<_> = both.filter(|(call, _)| call.starts_with("history A ")).collect();
        let right = match plays[..] {
            [] => expected.is_empty(),
            [(since, at)] => {
                !expected.is_empty() && (since.contains(expected) || at.contains(expected))
            }
            _ => false,
        };
        if !right || seen.iter().any(|call| call.starts_with("stop")) {
            let asked = fake.asked();
            wrong.push(format!("{answer}: {seen:?}, expected {expected:?}; asked {asked:?}"));
        }
    }
    all_good(&wrong);
}

#[test]
fn check_lists_libraries_to_copy_and_says_what_is_wrong() {
    let plex = r#"{"MediaContainer":{"Directory":[{"key":"2","title":"Films"}]}}"#;
    let others = r#"{"Items":[{"Id":"f137","Name":"Films"},{"Id":"f138","Name":"Series"}]}"#;
    let good = Fake::answers(&[("/library/sections", plex), ("/Library/MediaFolders", others)]);
    let web = Fake::says(200, "text/html", "<!DOCTYPE html>");
    let elsewhere = Fake::answers(&[("/jellyfin/System/Info/Public", "{}")]);
    let dead = nobody();
    let cases = [
        (
            section(Source::Jellyfin, &elsewhere.url(), ""),
            format!(
                "Jellyfin: what answers at {} is not Jellyfin; check jellyfin.url\n",
                elsewhere.url()
            ),
        ),
        (
            section(Source::Plex, &good.url(), ""),
            "Plex: accepts the token; its libraries, as plex.libraries takes them:\n  \"2\", # \
             Films\n"
                .to_owned(),
        ),
        (
            section(Source::Emby, &good.url(), ""),
            "Emby: accepts the token; its libraries, as emby.libraries takes them:\n  \"f137\", # \
             Films\n  \"f138\", # Series\n"
                .to_owned(),
        ),
        (
            section(
                Source::Plex,
                &good.url(),
                "libraries = [\"films\", \"5f0c/2\", \"Kids\"]\nblock_libraries = \"3\"",
            ),
            concat!(
                "  \"2\", # Films\n",
                "Plex: plex.libraries lists \"Kids\", but the server has no such library\n",
                "Plex: plex.block_libraries lists \"3\", but the server has no such library\n"
            )
            .to_owned(),
        ),
        (
            section(Source::Jellyfin, &good.url(), "").replace(TOKEN, "wrong"),
            format!("Jellyfin: {} refuses jellyfin.api_key; copy it again\n", good.url()),
        ),
        (
            section(Source::Jellyfin, &web.url(), ""),
            format!(
                "Jellyfin: what answers at {} is not Jellyfin; check jellyfin.url\n",
                web.url()
            ),
        ),
        (
            section(Source::Plex, &dead, ""),
            format!("Plex: {} does not answer (", dead.trim_start_matches("http://")),
        ),
    ];
    let mut wrong = Vec::new();
    for (config, expected) in cases {
        let said = Scrobbled::with_config(&config).cli(&["check"]);
        if !said.out.contains(&expected) {
            wrong.push(format!("expected {expected}\nseen {}", said.out));
        }
    }
    all_good(&wrong);
}

#[test]
fn what_is_captured_can_be_explained_and_tells_no_secrets() {
    let daemon = Scrobbled::with_config("").start_capturing("captured");
    daemon.post(&plex("play").at(10.0));
    daemon.post(&emby("play").of("B").at(20.0));
    daemon.send(Source::Plex, "text/plain", b"from 203.0.113.77?token=hush").expect("an answer");
    let folder = daemon.home.path().join("captured");
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("it is there").map(|file| file.expect("one").path()).collect();
    files.sort();
    assert_eq!(files.len(), 3, "{files:?}");
    let mut all = String::new();
    for file in &files {
        let mode = fs::metadata(file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        all += &fs::read_to_string(file).expect("text");
    }
    let (token, path) = (daemon.target(Source::Plex), "/webhook/plextrakt?");
    for secret in [token.trim_start_matches(path), "203.0.113", "192.168.", "hush"] {
        assert!(!all.contains(secret), "`{secret}` is in\n{all}");
    }
    let told = daemon.cli(&["explain", "captured"]).good();
    for expected in [
        "1. Plex webhook: start, A",
        "   filters: passed server, user, player, library, file, switches\n",
        "   account default: queued: started at 10 %\n   to send for account default: A",
        "   → POST /scrobble/start ",
        "2. Emby webhook: start, B",
        "3. not a webhook: the body looks like plain text",
    ] {
        assert!(told.contains(expected), "`{expected}` is not in\n{told}");
    }
}
