//! What is found out when a media server is asked back, by honest servers and by others.

#![cfg(test)]

use scrobbled::config::MediaServer;
use scrobbled::event::{File, Ids, Library, Source, Time, User};
use scrobbled::http::trust::Trust;
use scrobbled::media_server::{self, ask};
use scrobbled::probe::{About, Probe, ProbeAnswer, Watched};
use scrobbled::secret::Secret;
use standin::media_server::{Fake, Manner, TOKEN, nobody};
use standin::tls::{Door, certificate};
use std::time::{Duration, Instant};

use Source::{Emby, Jellyfin, Plex};

fn at(source: Source, url: String, token: &str) -> MediaServer {
    MediaServer { url, token: Secret::new(token), ..MediaServer::new(source) }
}

/// A question about item 51 of Alice.
fn probe(source: Source, about: About) -> Probe {
    let user = User { id: "48213377".into(), uuid: "7c1e94ab".into(), name: "alice".into() };
    Probe { number: 1, source, server: source.word().into(), key: "51".into(), user, about }
}

fn library(id: &str, title: &str) -> Library {
    Library { id: id.into(), title: title.into() }
}

/// What is asked of a server with these pages, and what is to be found.
type Case<'a> = (&'a str, Probe, &'a [(&'a str, &'a str)], ProbeAnswer);

/// Asks, and compares.
#[track_caller]
fn assert_found(cases: &[Case<'_>]) {
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|(name, probe, pages, expected)| {
            let fake = Fake::answers(pages);
            let found = ask(&at(probe.source, fake.url(), TOKEN), probe);
            let right = found.as_ref() == Ok(expected);
            let asked = fake.asked();
            (!right).then(|| format!("{name}: {found:?}, expected {expected:?}; asked {asked:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn plex_tells_the_position_of_the_one_session_with_the_item() {
    const SESSIONS: &str = "/status/sessions";
    let sessions = |sessions: &str| format!(r#"{{"MediaContainer":{{"Metadata":[{sessions}]}}}}"#);
    let by =
        |user: &str, ms: u64| format!(r#"{{"ratingKey":"51","viewOffset":{ms},"User":{user}}}"#);
    let alice = r#"{"id":"48213377","title":"someone"}"#;
    let owner = r#"{"id":"1","title":"Alice"}"#;
    let avatar = r#"{"id":"1","thumb":"https://plex.tv/users/7c1e94ab/avatar?c=1"}"#;
    let bob = r#"{"id":"2","title":"bob"}"#;
    let other = r#"{"ratingKey":"52","viewOffset":9}"#;
    let cases = [
        ("by her id", by(alice, 7000), ProbeAnswer::Position(7000)),
        ("the owner is number 1 here", by(owner, 7000), ProbeAnswer::Position(7000)),
        ("by her avatar", by(avatar, 7000), ProbeAnswer::Position(7000)),
        ("another item's", other.to_owned(), ProbeAnswer::Nothing),
        ("beside another item's", format!("{other},{}", by(alice, 3)), ProbeAnswer::Position(3)),
        ("beside another's", format!("{},{}", by(bob, 8), by(alice, 3)), ProbeAnswer::Position(3)),
        ("another's", by(bob, 8), ProbeAnswer::Nothing),
        ("she has two", format!("{},{}", by(alice, 8), by(alice, 3)), ProbeAnswer::Nothing),
        ("nobody's", r#"{"ratingKey":51,"viewOffset":"12"}"#.to_owned(), ProbeAnswer::Position(12)),
        ("without a position", r#"{"ratingKey":"51"}"#.to_owned(), ProbeAnswer::Nothing),
    ];
    for (name, json, found) in cases {
        let json = sessions(&json);
        assert_found(&[(name, probe(Plex, About::Position), &[(SESSIONS, &json)], found)]);
    }
    let empty = r#"{"MediaContainer":{"size":0}}"#;
    assert_found(&[
        ("no sessions", probe(Plex, About::Position), &[(SESSIONS, empty)], ProbeAnswer::Nothing),
        ("no such page", probe(Plex, About::Position), &[], ProbeAnswer::Nothing),
    ]);
}

#[test]
fn plex_tells_of_an_item() {
    const ITEM: &str = "/library/metadata/51";
    let seen = r#"{"MediaContainer":{"librarySectionID":2,"librarySectionTitle":"Films",
        "Metadata":[{"duration":6000000,"viewCount":2,"lastViewedAt":1765230002}]}}"#;
    let unseen = r#"{"MediaContainer":{"Metadata":[
        {"duration":0,"librarySectionID":3,"librarySectionTitle":"Series"}]}}"#;
    let show = r#"{"MediaContainer":{"Metadata":[{"guid":"plex://show/5d9c","Guid":[
        {"id":"imdb://tt9110777"},{"id":"tmdb://777"},{"id":"tvdb://9110777"}]}]}}"#;
    let old = r#"{"MediaContainer":{"Metadata":[
        {"guid":"com.plexapp.agents.thetvdb://9110777?lang=en"}]}}"#;
    let ids = Ids {
        imdb: Some("tt9110777".into()),
        tmdb: Some(777),
        tvdb: Some(9_110_777),
        ..Ids::default()
    };
    let stored = r#"{"MediaContainer":{"Metadata":[{"editionTitle":"Trailer","Media":[
        {"Part":[{"id":7}]},{"Part":[{"file":"/m/Fog.mkv"}]}]}]}}"#;
    let file = File::new("/m/Fog.mkv", "Trailer");
    let asked = |about| probe(Plex, about);
    assert_found(&[
        ("runtime", asked(About::Runtime), &[(ITEM, seen)], ProbeAnswer::Runtime(6_000_000)),
        ("no runtime", asked(About::Runtime), &[(ITEM, unseen)], ProbeAnswer::Nothing),
        (
            "library",
            asked(About::Libraries),
            &[(ITEM, seen)],
            ProbeAnswer::Libraries(vec![library("2", "Films")]),
        ),
        (
            "library in the item",
            asked(About::Libraries),
            &[(ITEM, unseen)],
            ProbeAnswer::Libraries(vec![library("3", "Series")]),
        ),
        ("show", asked(About::Show), &[(ITEM, show)], ProbeAnswer::Show(ids)),
        (
            "an old agent's show",
            asked(About::Show),
            &[(ITEM, old)],
            ProbeAnswer::Show(Ids { tvdb: Some(9_110_777), ..Ids::default() }),
        ),
        ("no ids", asked(About::Show), &[(ITEM, seen)], ProbeAnswer::Nothing),
        ("file", asked(About::File), &[(ITEM, stored)], ProbeAnswer::File(file)),
        ("no file", asked(About::File), &[(ITEM, seen)], ProbeAnswer::Nothing),
        ("gone", asked(About::Runtime), &[], ProbeAnswer::Nothing),
    ]);
}

#[test]
fn plex_has_a_line_for_each_play_of_anybody() {
    const HISTORY: &str = "/status/sessions/history/all?metadataItemID=51&sort=viewedAt%3Adesc\
                           &X-Plex-Container-Start=0&X-Plex-Container-Size=50";
    const ACCOUNTS: &str = "/accounts";
    let history = |lines: &[(u64, u64)]| {
        let line =
            |(account, at): &(u64, u64)| format!(r#"{{"accountID":{account},"viewedAt":{at}}}"#);
        let lines: Vec<_> = lines.iter().map(line).collect();
        format!(r#"{{"MediaContainer":{{"Metadata":[{}]}}}}"#, lines.join(","))
    };
    let accounts = r#"{"MediaContainer":{"Account":[{"id":0,"name":""},{"id":1,"name":"Alice"},
        {"id":2,"name":"bob"},{"id":3,"name":"x","thumb":"https://plex.tv/users/7c1e94ab/avatar"}]}}"#;
    let others = r#"{"MediaContainer":{"Account":[{"id":1,"name":"Carol"}]}}"#;
    // The item itself says that its owner has seen it, a moment ago.
    let item = r#"{"MediaContainer":{"Metadata":[{"viewCount":2,"lastViewedAt":1765230002}]}}"#;
    let item = ("/library/metadata/51", item);
    let at = |seconds: u64| ProbeAnswer::Watched(Watched::Counted(Time(seconds * 1000)));
    let by_id = [(48_213_377, 70), (1, 90), (48_213_377, 80)];
    let cases: [(_, &[(u64, u64)], _, _); 6] = [
        ("by her number", &by_id, others, at(80)),
        ("the owner is number 1", &[(1, 90), (2, 95)], accounts, at(90)),
        ("another's", &[(2, 95)], accounts, ProbeAnswer::Nothing),
        ("another owner's", &[(1, 95)], others, ProbeAnswer::Nothing),
        ("nobody knows whose", &[(1, 95)], "{}", ProbeAnswer::Nothing),
        ("none", &[], accounts, ProbeAnswer::Nothing),
    ];
    for (name, lines, accounts, found) in cases {
        let history = history(lines);
        let pages = [item, (HISTORY, &*history), (ACCOUNTS, accounts)];
        assert_found(&[(name, probe(Plex, About::Watched), &pages, found)]);
    }
    let history = history(&[(3, 85), (1, 90)]);
    let pages = [(HISTORY, &*history), (ACCOUNTS, accounts)];
    let (uuid, id) = ("7c1e94ab".to_owned(), String::new());
    let asked = |user| Probe { user, ..probe(Plex, About::Watched) };
    assert_found(&[
        ("by her avatar", asked(User { id, uuid, name: "y".into() }), &pages, at(85)),
        ("nobody's", asked(User::default()), &pages, ProbeAnswer::Nothing),
        ("no such page", asked(User::default()), &[], ProbeAnswer::Nothing),
    ]);
}

#[test]
fn jellyfin_and_emby_tell_of_an_item() {
    const ITEM: &str = "/Items?Ids=51&Fields=ProviderIds,UserDataLastPlayedDate,UserDataPlayCount\
                        &UserId=48213377";
    const ANCESTORS: &str = "/Items/51/Ancestors?UserId=48213377";
    const FILE: &str = "/Items?Ids=51&Fields=Path&UserId=48213377";
    let full = r#"{"Items":[{"Id":"51","RunTimeTicks":26113280000,
        "ProviderIds":{"Tvdb":"9110777","IMDB":"tt9110777","Zap2It":"x"},
        "UserData":{"Played":true,"LastPlayedDate":"2025-12-08T21:40:02.3310000Z"}}]}"#;
    let bare = r#"{"Items":[{"Id":"51","RunTimeTicks":0,"UserData":{"Played":false}}]}"#;
    let other = r#"{"Items":[{"Id":"77","RunTimeTicks":26113280000}]}"#;
    let ancestors = r#"[{"Id":"40201","Name":"Season 2","Type":"Season"},
        {"Id":"f1","Name":"Series","Type":"CollectionFolder"},
        {"Id":"1","Name":"Media Folders","Type":"UserRootFolder"}]"#;
    let folders = r#"[{"Id":"9","Name":"tv","Type":"Folder"}]"#;
    let ids = Ids { imdb: Some("tt9110777".into()), tvdb: Some(9_110_777), ..Ids::default() };
    let stored = r#"{"Items":[{"Id":"51","Path":"/m/Fog {edition-Trailer}.mkv"}]}"#;
    let file = File::new("/m/Fog {edition-Trailer}.mkv", "Trailer");
    for source in [Jellyfin, Emby] {
        let asked = |about| probe(source, about);
        let anybodys = Probe { user: User::default(), ..asked(About::Libraries) };
        assert_found(&[
            ("position", asked(About::Position), &[(ITEM, full)], ProbeAnswer::Nothing),
            ("runtime", asked(About::Runtime), &[(ITEM, full)], ProbeAnswer::Runtime(2_611_328)),
            ("no runtime", asked(About::Runtime), &[(ITEM, bare)], ProbeAnswer::Nothing),
            ("another item", asked(About::Runtime), &[(ITEM, other)], ProbeAnswer::Nothing),
            ("show", asked(About::Show), &[(ITEM, full)], ProbeAnswer::Show(ids.clone())),
            ("no ids", asked(About::Show), &[(ITEM, bare)], ProbeAnswer::Nothing),
            ("file", asked(About::File), &[(FILE, stored)], ProbeAnswer::File(file.clone())),
            ("no file", asked(About::File), &[(FILE, bare)], ProbeAnswer::Nothing),
            (
                "library",
                asked(About::Libraries),
                &[(ANCESTORS, ancestors)],
                ProbeAnswer::Libraries(vec![library("f1", "Series")]),
            ),
            (
                "in no library",
                asked(About::Libraries),
                &[(ANCESTORS, folders)],
                ProbeAnswer::Libraries(vec![]),
            ),
            ("no list", asked(About::Libraries), &[(ANCESTORS, "{}")], ProbeAnswer::Nothing),
            ("of nobody", anybodys, &[("/Items/51/Ancestors", ancestors)], ProbeAnswer::Nothing),
            ("gone", asked(About::Watched), &[], ProbeAnswer::Nothing),
        ]);
        let at = Time(1_765_230_002_331);
        let began = |first| ProbeAnswer::Watched(Watched::Began { at, first, stopped: None });
        let left = ProbeAnswer::Watched(Watched::Left { at, position_ms: 7, stopped: None });
        let date = r#""LastPlayedDate":"2025-12-08T21:40:02.3310000Z""#;
        let data = [
            (format!(r#""Played":true,"PlayCount":1,{date}"#), began(true)),
            (
                format!(r#""Played":true,"PlayCount":2,"PlaybackPositionTicks":0,{date}"#),
                began(false),
            ),
            // What Emby says where it does not know the names of what it is asked for.
            (r#""Played":true,"PlayCount":0"#.to_owned(), ProbeAnswer::Nothing),
            (format!(r#""Played":true,"PlayCount":0,{date}"#), began(false)),
            (format!(r#""Played":true,"PlaybackPositionTicks":70000,{date}"#), left.clone()),
            (format!(r#""Played":false,"PlaybackPositionTicks":70000,{date}"#), left),
            (r#""Played":false,"PlaybackPositionTicks":70000"#.to_owned(), ProbeAnswer::Nothing),
            (format!(r#""Played":false,"PlayCount":1,{date}"#), ProbeAnswer::Nothing),
        ];
        for (data, found) in data {
            let json = format!(r#"{{"Items":[{{"Id":"51","UserData":{{{data}}}}}]}}"#);
            assert_found(&[(&data, asked(About::Watched), &[(ITEM, &json)], found)]);
        }
        // Of its stops since then the last, if it is this user's and of this item.
        let log = "/System/ActivityLog/Entries?MinDate=2025-12-08T21%3A40%3A02.331Z&HasUserId=true\
                   &StartIndex=0&Limit=200";
        let line = |kind: &str, minute: u32, item: &str, user: &str| {
            format!(
                r#"{{"Id":{minute},"Type":"{kind}","ItemId":"{item}","UserId":"{user}",
                    "Name":"{user} on tv","Date":"2025-12-08T22:{minute}:00.0000000Z"}}"#
            )
        };
        let (stop, start) = ("VideoPlaybackStopped", "VideoPlayback");
        let lines = [
            line(stop, 40, "77", "48213377"),
            line(stop, 39, "51", "1"),
            line(start, 38, "51", "48213377"),
            line(stop, 31, "51", "48213377"),
            line(stop, 20, "51", "48213377"),
        ];
        let lines = format!(r#"{{"Items":[{}]}}"#, lines.join(","));
        let played = format!(r#"{{"Items":[{{"Id":"51","UserData":{{"Played":true,{date}}}}}]}}"#);
        let stopped = Some(Time(1_765_230_002_331 + 51 * 60_000 - 2_331));
        let first = false;
        let at = Time(1_765_230_002_331);
        let found = ProbeAnswer::Watched(Watched::Began { at, first, stopped });
        let pages = [(ITEM, played.as_str()), (log, lines.as_str())];
        assert_found(&[("its stop", asked(About::Watched), &pages, found)]);
        let bare =
            [("nobody's data", asked(About::Watched), &[(ITEM, bare)][..], ProbeAnswer::Nothing)];
        assert_found(&bare);
    }
}

#[test]
fn a_key_can_not_lead_elsewhere() {
    let fake = Fake::answers(&[]);
    for source in Source::ALL {
        let key = "../../identity?x=1&Ids=2".to_owned();
        let found =
            ask(&at(source, fake.url(), TOKEN), &Probe { key, ..probe(source, About::Runtime) });
        assert_eq!(found, Ok(ProbeAnswer::Nothing));
    }
    let key = "..%2F..%2Fidentity%3Fx%3D1%26Ids%3D2";
    let fields = "ProviderIds,UserDataLastPlayedDate,UserDataPlayCount";
    let item = format!("/Items?Ids={key}&Fields={fields}&UserId=48213377");
    let expected = [format!("/library/metadata/{key}"), item.clone(), item];
    assert_eq!(fake.asked(), expected);
}

#[test]
fn a_server_that_is_not_set_up_is_not_asked() {
    let fake = Fake::answers(&[]);
    for server in [at(Plex, String::new(), TOKEN), at(Plex, fake.url(), "")] {
        assert_eq!(ask(&server, &probe(Plex, About::Watched)), Ok(ProbeAnswer::Nothing));
    }
    assert_eq!(fake.asked(), Vec::<String>::new());
}

#[test]
fn err_says_what_is_wrong_with_address_or_token() {
    let html = "<!DOCTYPE html><title>Welcome</title>";
    let cases = [
        (Plex, Fake::answers(&[]), "wrong", "URL refuses plex.token; copy it again"),
        (Emby, Fake::answers(&[]), "wrong", "URL refuses emby.api_key; copy it again"),
        (
            Jellyfin,
            Fake::says(500, "text/plain", "Error processing request."),
            TOKEN,
            "URL answers with an error (500); look there",
        ),
        (
            Jellyfin,
            Fake::says(302, "text/html", html),
            TOKEN,
            "URL sends elsewhere (302); set jellyfin.url to where it leads",
        ),
        (
            Plex,
            Fake::says(200, "text/html", html),
            TOKEN,
            "what answers at URL is not Plex; check plex.url",
        ),
        (
            Emby,
            Fake::says(404, "text/html", html),
            TOKEN,
            "what answers at URL is not Emby; check emby.url",
        ),
        (
            Plex,
            Fake::start(Manner::Endless),
            TOKEN,
            "URL says more than 2 MiB at once, which is not read; is plex.url right? (Jellyfin says so \
             much while a player has hundreds of items in its queue)",
        ),
        (
            Plex,
            Fake::start(Manner::Says(b"220 mail.example.org ESMTP\r\n".to_vec())),
            TOKEN,
            "URL gives no answer (it is no HTTP); is plex.url right, with its port?",
        ),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|(source, fake, token, expected)| {
            let error = ask(&at(*source, fake.url(), token), &probe(*source, About::Runtime));
            let seen = error.map_err(|error| error.to_string().replace(&fake.url(), "URL"));
            let right = seen.as_ref().is_err_and(|seen| seen == expected);
            (!right).then(|| format!("{seen:?}, expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let url = nobody();
    let error =
        ask(&at(Plex, url.clone(), TOKEN), &probe(Plex, About::Runtime)).expect_err("nobody");
    let text = error.to_string();
    assert!(text.starts_with(&format!("nobody answers at {url} (")), "{text}");
    assert!(text.ends_with("; is plex.url right?"), "{text}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it is the machine's time that is limited")]
fn a_server_that_hangs_costs_no_more_than_the_limit() {
    let fake = Fake::start(Manner::Hangs);
    let began = Instant::now();
    let error =
        ask(&at(Emby, fake.url(), TOKEN), &probe(Emby, About::Runtime)).expect_err("no answer");
    let took = began.elapsed();
    assert!(took < media_server::TIME_LIMIT + Duration::from_secs(1), "{took:?}");
    assert_eq!(
        error.to_string().replace(&fake.url(), "URL"),
        "URL gives no answer (it took too long); is emby.url right, with its port?"
    );
}

#[test]
fn libraries_are_listed_with_id_and_name() {
    let plex = r#"{"MediaContainer":{"Directory":[
        {"key":"2","title":"Films"},{"key":5,"title":"Series"},{}]}}"#;
    let others = r#"{"Items":[{"Id":"f137","Name":"Films"},{"Id":"f138","Name":"Series"}]}"#;
    let films_and_series = |a, b| Ok(vec![library(a, "Films"), library(b, "Series")]);
    let pages = [("/library/sections", plex), ("/Library/MediaFolders", others)];
    let fake = Fake::answers(&pages);
    let listed = |source| media_server::libraries(&at(source, fake.url(), TOKEN));
    assert_eq!(listed(Plex), films_and_series("2", "5"));
    assert_eq!(listed(Jellyfin), films_and_series("f137", "f138"));
    assert_eq!(listed(Emby), films_and_series("f137", "f138"));
}

#[test]
fn what_lists_no_libraries_is_no_such_server() {
    let none_of = |source| match source {
        Plex => r#"{"MediaContainer":{"size":0}}"#,
        Jellyfin | Emby => r#"{"Items":[],"TotalRecordCount":0}"#,
    };
    for source in Source::ALL {
        let listed = |status, body| {
            let fake = Fake::says(status, "application/json", body);
            let listed = media_server::libraries(&at(source, fake.url(), TOKEN));
            listed.map_err(|error| error.to_string().replace(&fake.url(), "URL"))
        };
        assert_eq!(listed(200, none_of(source)), Ok(Vec::new()), "{source} without libraries");
        let name = source.to_string().to_lowercase();
        let foreign = format!("what answers at URL is not {source}; check {name}.url");
        for (status, body) in [
            (404, ""),
            (404, "{}"),
            (404, "<html>"),
            (200, "null"),
            (200, "[]"),
            (200, "{}"),
            (200, r#"{"error":"no such page"}"#),
            (200, r#"{"MediaContainer":null,"Items":null}"#),
        ] {
            assert_eq!(listed(status, body), Err(foreign.clone()), "{source}: {status} {body}");
        }
    }
}

#[test]
fn an_id_of_dots_asks_for_nothing() {
    for source in Source::ALL {
        for key in ["", ".", "..", "..."] {
            for about in
                [About::Watched, About::Runtime, About::Libraries, About::Show, About::File]
            {
                let fake = Fake::answers(&[]);
                let probe = Probe { key: key.into(), ..probe(source, about) };
                let found = ask(&at(probe.source, fake.url(), TOKEN), &probe);
                assert_eq!(found, Ok(ProbeAnswer::Nothing), "{source} {key}");
                let left = fake.asked().into_iter().any(|path| !path.starts_with("/Items?Ids="));
                assert!(!left, "{source} {key}: {:?}", fake.asked());
            }
        }
    }
}

#[test]
fn a_server_with_a_certificate_of_its_own_is_asked_over_tls_once_that_is_given() {
    let page = r#"{"MediaContainer":{"machineIdentifier":"a1"}}"#;
    let trusts = |name: &str| {
        let text = std::fs::read_to_string(certificate(name)).expect("it is there");
        Trust::from_pem(&text).expect("a certificate")
    };
    let cases = [
        ("server", Some("authority"), Ok(Some("a1".to_owned()))),
        ("itself", Some("itself"), Ok(Some("a1".to_owned()))),
        ("itself", None, Err("perhaps by itself (CaUsedAsEndEntity); save it by")),
        (
            "server",
            Some("leaf"),
            Err("was given for it nor signed by one; if it was renewed, save"),
        ),
        ("elsewhere", Some("authority"), Err("for another name, nas.example, 192.0.2.7 (")),
        ("expired", Some("authority"), Err("is out of date (Expired); renew it")),
    ];
    for (shown, given, expected) in cases {
        let fake = Fake::answers(&[("/identity", page)]);
        let door = Door::start(shown, &fake.url()).expect("a door");
        let trust = given.map(trusts).unwrap_or_default();
        let server = MediaServer { trust, ..at(Plex, door.url("localhost"), TOKEN) };
        let found = media_server::id(&server).map_err(|trouble| trouble.to_string());
        match expected {
            Ok(id) => assert_eq!(found, Ok(id), "{shown} {given:?}"),
            Err(part) => {
                let told = found.expect_err(part);
                assert!(
                    told.contains(" can't be trusted: its certificate ") && told.contains(part),
                    "{told}"
                );
                assert_eq!(fake.asked(), [""; 0], "{shown} {given:?}");
            }
        }
    }
}
