use super::*;
use crate::event::Source;
use proptest::prelude::*;
use serde_json::json;
use std::fs;

mod excluded;
mod lost;

/// The lines of what comes of a config that are not the same for all.
fn lines(theirs: &Json) -> Vec<String> {
    let ours = convert(&theirs.to_string()).expect("a config").ours;
    let head = head();
    let own = ours.strip_prefix(&head).expect("the head").lines();
    own.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What comes of each file of theirs in `tests/crosswatch`, word by word.
#[test]
fn the_config_of_each_version_becomes_ours_key_by_key() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crosswatch");
    for version in ["0.8", "0.9", "0.11"] {
        let read = |kind: &str| fs::read_to_string(folder.join(format!("{version}.{kind}")));
        let converted = convert(&read("json").expect("a file of theirs")).expect("a config");
        assert_eq!(converted.lost, [""; 0], "{version}");
        assert_eq!(converted.ours, read("toml").expect("a file of ours"), "{version}");
    }
}

#[test]
fn the_steps_before_the_first_start_name_listen() {
    let ours = convert(r#"{"scrobble": {}}"#).expect("a config").ours;
    let step =
        "# 2. Set `listen`, so that other machines can post: \"0.0.0.0:8787\" lets them in.\n";
    assert!(ours.contains(step), "{ours}");
    let key = "\n#listen = \"0.0.0.0:8787\"  # the default, \"127.0.0.1:8787\", is for this machine \
               only\n";
    assert!(ours.contains(key), "{ours}");
}

/// Global settings are beneath a server's, and these beneath an instance's, section by section.
#[test]
fn the_narrower_setting_wins_also_where_it_is_zero() {
    let theirs = json!({
        "version": "0.11.3",
        "plex": {"account_token": "t", "instances": {"P.2": {"username": "jo"}}},
        "scrobble": {"sources": {"webhook": true}, "webhook": {
            "pause_debounce_seconds": 5, "suppress_start_at": 97,
            "filters_plex": {"username_whitelist": ["global"], "server_uuid_blacklist": ["old"]},
            "providers": {"plex": {
                "sinks": ["trakt"], "suppress_start_at": 98, "pause_debounce_seconds": 7,
                "filters_plex": {"username_whitelist": ["provider"]},
            }},
            "profiles": {"plex": {
                "default": {"pause_debounce_seconds": 0},
                "P.2": {"sink_instances": {"trakt": "TRAKT-P01"},
                        "filters_plex": {"username_whitelist": ["profile"]}},
            }},
        }},
    });
    let place = "scrobble.webhook";
    assert_eq!(
        lines(&theirs)[..12],
        [
            "[scrobble]".to_owned(),
            format!("suppress_start_at = 98  # {place}.providers.plex.suppress_start_at"),
            format!(
                "pause_debounce_seconds = 0  # {place}.profiles.plex.default.pause_debounce_seconds"
            ),
            "[plex]".to_owned(),
            format!("block_servers = [\"old\"]  # {place}.filters_plex.server_uuid_blacklist"),
            "token = \"t\"  # plex.account_token".to_owned(),
            "[[account]]".to_owned(),
            "name = \"default\"  # trakt".to_owned(),
            format!(
                "plex = [\"provider\"]  # {place}.providers.plex.filters_plex.username_whitelist"
            ),
            "[[account]]".to_owned(),
            "name = \"trakt-p01\"  # trakt.instances.TRAKT-P01".to_owned(),
            format!(
                "plex = [\"profile\"]  # {place}.profiles.plex.P.2.filters_plex.username_whitelist"
            ),
        ]
    );
}

/// It is in every config of theirs, and does nothing.
#[test]
fn the_seconds_that_do_nothing_there_are_not_taken_over() {
    let webhook = json!({"suppress_autoplay_seconds": 15, "guard_autoplay_seconds": 20});
    let theirs = json!({"scrobble": {"mode": "webhook", "webhook": webhook}});
    let lines = lines(&theirs);
    assert!(lines.contains(
        &"autoplay_guard_seconds = 20  # scrobble.webhook.guard_autoplay_seconds".to_owned()
    ));
    assert!(
        lines.contains(
            &"# - scrobble.webhook.suppress_autoplay_seconds: does nothing at Plex there, nor by \
          default at Jellyfin"
                .to_owned()
        )
    );
    let theirs =
        json!({"scrobble": {"mode": "webhook", "webhook": {"suppress_autoplay_seconds": 15}}});
    assert!(!self::lines(&theirs).iter().any(|line| line.contains("autoplay_guard")));
}

/// What counted as watched before `watched_at`, at the watcher.
#[test]
fn the_threshold_of_older_versions_is_where_a_play_begins() {
    let trakt = json!({"stop_pause_threshold": 85});
    let theirs = |mode: &str| json!({"scrobble": {"mode": mode, "trakt": trakt}});
    let line = "watched_at = 85  # scrobble.trakt.stop_pause_threshold";
    assert!(lines(&theirs("watch")).contains(&line.to_owned()));
    assert!(
        lines(&theirs("webhook")).contains(
            &"# - scrobble.trakt.stop_pause_threshold: a stop below watched_at keeps the position"
                .to_owned()
        )
    );
}

#[test]
fn a_value_that_cannot_be_taken_is_a_comment_that_says_why() {
    let theirs = json!({
        "trakt": {"client_id": "enc:v1:gAAAA", "client_secret": "••••••••"},
        "scrobble": {"mode": "webhook", "webhook": {"pause_debounce_seconds": 400}},
    });
    assert_eq!(
        lines(&theirs)[..5],
        [
            "[trakt]",
            "#client_id = \"\"  # trakt.client_id is encrypted there: fill it in by hand",
            "#client_secret = \"\"  # trakt.client_secret is hidden there: fill it in by hand",
            "[scrobble]",
            "#pause_debounce_seconds = \"\"  # scrobble.webhook.pause_debounce_seconds: \
             `scrobble.pause_debounce_seconds` is 400, but takes 0 to 300 (seconds)",
        ]
    );
}

#[test]
fn what_is_no_config_of_crosswatch_is_said_in_one_line() {
    let cases = [
        ("", "not JSON: EOF while parsing a value at line 1 column 0"),
        ("{\"plex\": {}}", "not a CrossWatch config.json: it has no section `scrobble`"),
    ];
    for (text, expected) in cases {
        assert_eq!(convert(text), Err(expected.to_owned()));
    }
}

#[test]
fn what_commands_a_terminal_is_written_as_its_number() {
    let name = "\u{9b}31m\u{202e}a\u{e0041}";
    let theirs = json!({"scrobble": {"watch": {"routes": [
        {"provider": "plex", "sink": "trakt", "filters": {"username_whitelist": [name, "*"]}},
        {"provider": "emby", "sink": "trakt", "sink_instance": name},
    ]}}});
    let Converted { ours, lost } = convert(&theirs.to_string()).expect("a config");
    assert!(ours.contains(r#"plex = ["\U0000009B31m\U0000202Ea\U000E0041"]"#), "{ours}");
    for text in lost.iter().chain([&ours]) {
        assert!(!text.contains(|c| c != '\n' && crate::plain::commands(c)), "{text}");
    }
    assert_eq!(lost.len(), 1, "{lost:?}");
}

proptest! {
    /// Whatever stands there, what comes of it can be read.
    #[test]
    fn ours_can_always_be_read(text in "\\PC{0,6}|[\\n\"\\\\]{1,3}", number in any::<f64>(), on in any::<bool>()) {
        let value = || [json!(text), json!(number), json!([text, number]), json!({text.as_str(): text}), json!(on)];
        for value in value() {
            let route = json!({"provider": "plex", "sink": "trakt", "sink_instance": text,
                               "filters": {"username_whitelist": value, text.as_str(): value}});
            let theirs = json!({
                "version": value,
                "trakt": {"client_id": value, "client_secret": value},
                "plex": {"server_url": value, "account_token": "t", "scrobble": {"libraries": value},
                         "instances": {text.as_str(): {"server_url": text}}},
                "scrobble": {"sources": {"webhook": on, "watcher": true}, text.as_str(): value,
                    "trakt": {"watched_at": value},
                    "webhook": {"suppress_autoplay_seconds": value, "sinks": ["trakt"], "profiles": {
                        "plex": {text.as_str(): {"sink_instances": {"trakt": text}, "filters_plex": value}}}},
                    "watch": {"routes": [route, value, {"provider": "emby", "sink": "trakt"}]}},
            });
            let ours = convert(&theirs.to_string());
            prop_assert!(ours.is_ok(), "{ours:?}");
        }
    }

    /// The same of what is no config at all.
    #[test]
    fn nothing_panics(text in "\\PC{0,40}|[{}\\[\\]\",:a-z0-9 ]{0,60}") {
        let _ = convert(&text);
        let _ = convert(&format!("{{\"scrobble\": {{\"webhook\": {text}}}}}"));
    }
}
