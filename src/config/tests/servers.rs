//! Several media servers of a kind.

use super::{errors, load_with, settings};
use crate::config::{Finding, MediaServer, Place, Setting, Settings, Surroundings, change, list};
use crate::event::Source;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

const TWO: &str = "[[jellyfin]]\nname = 'home'\nid = 'AB-01'\nusers = ['jo']\n\n\
                   [[jellyfin]]\nname = 'attic'\nid = 'ab02'\n";

/// The servers of a kind in words: name, id, and its users.
fn words(settings: &Settings, kind: Source) -> Vec<String> {
    let word = |server: &MediaServer| {
        format!("{} {} {}", server.section(), server.id, server.users.join("+"))
    };
    settings.servers(kind).map(word).collect()
}

#[test]
fn a_section_may_stand_several_times() {
    let cases: [(&str, &[&str]); 9] = [
        ("", &["plex  "]),
        ("[plex]\nusers = 'a'", &["plex  a"]),
        ("[plex]\nname = 'den'\nid = 'x'", &["plex den x "]),
        ("[[plex]]", &["plex  "]),
        ("[[plex]]\nusers = 'a'", &["plex  a"]),
        (
            "[[plex]]\nname = 'a'\nid = 'x'\n[[plex]]\nname = 'b'\nusers = 'u'",
            &["plex a x ", "plex b  u"],
        ),
        ("plex = [{ name = 'a', id = 'x' }, { name = 'b' }]", &["plex a x ", "plex b  "]),
        ("[[plex]]\nname = 'plex'\nid = 'x'\n[[plex]]\nname = 'b'", &["plex x ", "plex b  "]),
        (
            "[[plex]]\nname = 'a'\nurl = 'http://a'\n[[plex]]\nname = 'b'\nurl = 'http://b'\n\
             [[plex]]\nname = 'c'",
            &["plex a  ", "plex b  ", "plex c  "],
        ),
    ];
    for (text, expected) in cases {
        let settings = settings(text);
        assert_eq!(words(&settings, Source::Plex), expected, "{text}");
        assert_eq!(words(&settings, Source::Emby), ["emby  "], "{text}");
    }
    assert_eq!(settings("[[plex]]\nusers = 'a'"), settings("[plex]\nusers = 'a'"));
}

#[test]
fn what_several_can_not_be_is_told_with_its_line() {
    let two = |first: &str, second: &str| {
        format!("[[plex]]\nname = 'a'\n{first}\n[[plex]]\nname = 'b'\n{second}")
    };
    let cases = [
        (
            "[[emby]]\n[[emby]]\nname = 'b'\nid = 'x'".to_owned(),
            "line 1: a [[emby]] without a `name`; where there are several, give each one of its own",
        ),
        (
            "[[plex]]\nname = 'a'\nid = 'x'\n[[plex]]\nname = 'A'".to_owned(),
            "line 4: a second [[plex]] `A`; give each a `name` of its own",
        ),
        (
            two("id = '5F-0c'", "id = '5f0C'"),
            "line 4: [[plex]] `b` has the same `id` as `a`; one [[plex]] is enough for a server",
        ),
        (
            two("", "users = 'x'"),
            "line 4: [[plex]] `b` has neither `id` nor `url`, as `a` has not; only one can take \
             what is no other's",
        ),
        (
            two("id = 'x'", "webhook_secret = 'hush'"),
            "line 4: [[plex]] `b` has not the `webhook_secret` of `a`; they share an address, so \
             give all the same",
        ),
        (
            two("id = 'x'", "users = [11]"),
            "line 6: `plex.users` is [11], but takes a list of texts, like [\"a\", \"b\"]",
        ),
        (two("id = 'x'", "usrs = 'x'"), "line 6: unknown key `plex.usrs`; did you mean `users`?"),
        (
            two("id = 'x'", "api_key = 'x'"),
            "line 6: unknown key `plex.api_key`; did you mean `token`?",
        ),
        (
            two("id = 'x'", "id = 7"),
            "line 6: `plex.id` is 7, but takes text in quotes, in one line",
        ),
        (
            "[plex]\nname = 'a'\n[[plex]]\nname = 'b'".to_owned(),
            "line 3: not valid TOML: `[[plex]]` stands twice; make one of them",
        ),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, expected)| (errors(text), format!("scrobbled.toml {expected}")))
        .filter(|(found, expected)| found != expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let same = two("id = 'x'\nwebhook_secret = 'hush'", "webhook_secret = 'hush'");
    assert_eq!(settings(&same).servers(Source::Plex).count(), 2);
}

#[test]
fn a_server_that_can_not_be_asked_can_not_be_listened_to() {
    let cases = [
        (
            "[plex]\nhear = true\nurl = 'http://nas'",
            "line 2: `plex.hear` is true, but Plex can only be listened to with `plex.url` and \
             `plex.token`; set `plex.token`, too",
        ),
        (
            "[plex]\nhear = true\nurl = 'nas:32400'\ntoken = 't'",
            "line 3: `plex.url` is \"nas:32400\", but takes an address that starts with http:// or \
             https://, without ? and #; write url = \"http://nas:32400\"",
        ),
        (
            "[[emby]]\nname = 'attic'\napi_key = 'k'\nhear = true",
            "line 4: `emby attic.hear` is true, but Emby attic can only be listened to with `emby \
             attic.url` and `emby attic.api_key`; set `emby attic.url`, too",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(text), format!("scrobbled.toml {expected}"), "{text}");
    }
    assert_eq!(
        load_with("", &[("SCROBBLED_JELLYFIN_HEAR", "true")], &[]).expect_err("without an address"),
        "environment: `jellyfin.hear` is true, but Jellyfin can only be listened to with \
         `jellyfin.url` and `jellyfin.api_key`; set both"
    );
    let of = |text: &str| {
        let settings = settings(text);
        let plex = settings.servers(Source::Plex).next().expect("there is one");
        (plex.hear, plex.catch_up)
    };
    assert_eq!(of(""), (false, true));
    assert_eq!(of("[plex]\nhear = false\ncatch_up = false"), (false, false));
    assert_eq!(of("[plex]\nhear = true\nurl = 'http://nas'\ntoken = 't'"), (true, true));
}

#[test]
fn the_environment_is_for_a_single_one() {
    let variables = [("SCROBBLED_JELLYFIN_API_KEY", "x")];
    assert_eq!(
        load_with(TWO, &variables, &[]).expect_err("for which?"),
        "environment: `SCROBBLED_JELLYFIN_API_KEY` is for a single [jellyfin], and there are \
         several; write `api_key` into the [[jellyfin]] that is meant"
    );
    let loaded = load_with("[[jellyfin]]\nname = 'a'", &variables, &[]).expect("a good config");
    let tokens: Vec<_> =
        loaded.settings.servers(Source::Jellyfin).map(|server| server.token.reveal()).collect();
    assert_eq!(tokens, ["x"]);
    assert!(load_with(TWO, &[("SCROBBLED_EMBY_API_KEY", "x")], &[]).is_ok());
}

#[test]
fn whose_an_event_is_says_its_servers_id() {
    let whose = |text: &str, id: &str| {
        settings(text).server(Source::Jellyfin, id).map(|server| server.name().to_owned())
    };
    let rest = format!("{TWO}[[jellyfin]]\nname = 'rest'\n");
    let asked = format!("{TWO}[[jellyfin]]\nname = 'asked'\nurl = 'http://nas'\n");
    let cases = [
        ("", "ab01", Some("jellyfin")),
        ("[jellyfin]\nid = 'x'", "ab01", Some("jellyfin")),
        (TWO, "ab01", Some("home")),
        (TWO, "AB-02", Some("attic")),
        (TWO, "ab03", None),
        (TWO, "", None),
        (&rest, "ab02", Some("attic")),
        (&rest, "ab03", Some("rest")),
        (&rest, "", Some("rest")),
        (&asked, "ab03", None),
    ];
    for (text, id, expected) in cases {
        assert_eq!(whose(text, id).as_deref(), expected, "{id} in {text}");
    }
}

#[test]
fn findings_name_the_one_that_is_meant() {
    const FINE: &str =
        "listen = '0.0.0.0:8787'\ntrakt.client_id = 'i'\ntrakt.client_secret = 's'\n";
    let cases = [
        (TWO.to_owned(), ""),
        // It is asked.
        (TWO.replace("id = 'ab02'", "url = 'http://nas'\napi_key = 'k'"), ""),
        (
            TWO.replace("id = 'ab02'", "id = 'ab02'\nurl = 'http://nas'"),
            "`jellyfin attic.url` is set but `jellyfin attic.api_key` is not, so Jellyfin attic is \
             never asked; set both",
        ),
        (format!("{TWO}[[account]]\njellyfin = 'bob'"), ""),
        (
            format!("{TWO}users = 'kim'\n[[account]]\nname = 'b'\njellyfin = 'bob'"),
            "account `b` lists the Jellyfin user `bob`, but the `users` of no [[jellyfin]] does; \
             add it where it is meant",
        ),
    ];
    for (text, expected) in cases {
        let loaded = load_with(&(FINE.to_owned() + &text), &[], &[]).expect("a good config");
        let found: Vec<_> = loaded.findings.iter().map(Finding::to_string).collect();
        assert_eq!(found.join("\n"), expected, "{text}");
    }
}

#[test]
fn the_listing_has_each_with_its_lines() {
    let loaded = load_with(TWO, &[], &[]).expect("a good config");
    let all = list(&loaded.settings);
    let rows = all.iter().filter(|setting| ["users", "id"].contains(&setting.name));
    let of_jellyfin = rows.filter(|setting| setting.section == "jellyfin");
    let told: Vec<_> = of_jellyfin
        .map(|setting| {
            let place = loaded.origins.place(&setting.label, setting.name);
            let line = place.map_or(0, |place| match place {
                Place::Line(line) => line,
                Place::File | Place::Environment => 99,
            });
            (setting.key(), setting.value.clone(), line, setting.environment())
        })
        .collect();
    let row = |key: &str, value: &str, line| (key.to_owned(), value.to_owned(), line, None);
    assert_eq!(
        told,
        [
            row("jellyfin home.id", "\"AB-01\"", 3),
            row("jellyfin home.users", "[\"jo\"]", 4),
            row("jellyfin attic.id", "\"ab02\"", 8),
            row("jellyfin attic.users", "[]", 0),
        ]
    );
    let single = list(&Settings::default());
    let keys: Vec<_> =
        single.iter().map(Setting::key).filter(|key| key.contains("fin.u")).collect();
    assert_eq!(keys, ["jellyfin.users", "jellyfin.url"]);
}

/// The text with a key changed, or why it can't be.
fn changed(text: &str, key: &str, value: &Value) -> Result<(Option<String>, String), String> {
    let read = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let around =
        Surroundings { variables: BTreeMap::new(), read: &read, now: crate::event::Time(0) };
    let changed = change(text, None, &around, key, value)?;
    Ok((changed.text.map(|(text, _)| text), changed.lines))
}

#[test]
fn a_change_is_made_in_the_one_that_is_meant() {
    let users = |to: &str| TWO.replace("users = ['jo']", to);
    let commented = format!("{TWO}#users = []\n");
    let braces = "jellyfin = [{ name = 'a', id = '1', users = ['x'] }, { name = 'b' }]\n";
    let single = "[[jellyfin]]\nusers = ['jo']\n";
    let cases = [
        (TWO, "jellyfin home.users", json!(["kim"]), Some(users("users = [\"kim\"]"))),
        (TWO, "jellyfin home.users", Value::Null, Some(users("#users = ['jo']"))),
        (TWO, "jellyfin attic.users", json!(["kim"]), Some(format!("{TWO}users = [\"kim\"]\n"))),
        (
            TWO,
            "jellyfin home.block_players",
            json!(["tv"]),
            Some(users("users = ['jo']\nblock_players = [\"tv\"]")),
        ),
        (
            &commented,
            "jellyfin attic.users",
            json!(["kim"]),
            Some(format!("{TWO}users = [\"kim\"]\n")),
        ),
        (braces, "jellyfin a.users", json!(["y"]), Some(braces.replace("['x']", "[\"y\"]"))),
        (braces, "jellyfin b.users", json!(["y"]), None),
        (single, "jellyfin.users", json!(["kim"]), Some(single.replace("['jo']", "[\"kim\"]"))),
        (
            single,
            "jellyfin.block_players",
            json!(["tv"]),
            Some(format!("{single}block_players = [\"tv\"]\n")),
        ),
    ];
    for (text, key, value, expected) in cases {
        let (found, _) = changed(text, key, &value).expect(key);
        assert_eq!(found, expected, "{key} in {text}");
    }
    let (_, lines) = changed(braces, "jellyfin b.users", &json!(["y"])).expect("it is allowed");
    assert_eq!(lines, "# between the braces of `jellyfin b`:\nusers = [\"y\"]\n");
    let (_, lines) = changed(TWO, "jellyfin attic.users", &json!(["y"])).expect("it is allowed");
    assert_eq!(lines, "# under the existing [[jellyfin]] `attic`:\nusers = [\"y\"]\n");
}

#[test]
fn a_change_of_none_or_of_one_that_may_not_is_refused_with_the_reason() {
    let cases = [
        (
            "jellyfin.users",
            json!(["y"]),
            "there are several [[jellyfin]]; say which, like `jellyfin home.users`",
        ),
        (
            "jellyfin attik.users",
            json!(["y"]),
            "there is no setting `jellyfin attik.users`; did you mean `jellyfin attic.users`?",
        ),
        (
            "jellyfin home.id",
            json!("y"),
            "`jellyfin home.id` can't be changed here; change it in the config file",
        ),
        (
            "jellyfin home.users",
            json!([1]),
            "`jellyfin.users` is [1], but takes a list of texts, like [\"a\", \"b\"]",
        ),
    ];
    for (key, value, sentence) in cases {
        assert_eq!(changed(TWO, key, &value), Err(sentence.to_owned()), "{key}");
    }
}
