//! What is heard beside webhooks, and how each media server is heard.

use super::*;
use crate::clock::LocalTime;
use crate::config::{Live, MediaServer, Settings};
use crate::desk::servers;

/// What was decided about a film that begins, heard by listening.
fn hear(scene: &mut Scene) -> Result<Vec<String>, String> {
    let (teller, told) = channel();
    let place = scene.queue.place().expect("a place");
    let message = Message::Event(Box::new(film()), Ear::Stream, Recipient::Thread(teller), place);
    scene.work(vec![message]);
    let decided = told.try_recv().expect("an answer");
    decided.map(|all| all.iter().map(|one| one.outcome.word().to_owned()).collect())
}

fn film() -> Event {
    let json = include_bytes!("../../../../tests/payloads/plex/movie_play.json");
    match webhook::parse(Source::Plex, json) {
        Ok(Said::Event(event)) => *event,
        other => panic!("the payload is an event: {other:?}"),
    }
}

#[test]
fn what_is_heard_is_decided_as_a_webhook_is_and_told_to_who_heard_it() {
    let mut scene = Scene::new();
    scene.desk.store.refuse_writing(true);
    let why = hear(&mut scene).expect_err("the disk refuses");
    assert!(why.contains("can't be written"), "{why}");
    scene.desk.store.refuse_writing(false);
    assert_eq!(hear(&mut scene), Ok(vec!["waiting".to_owned()]));
    assert_eq!(hear(&mut scene), Ok(vec!["duplicate".to_owned()]));
    assert_eq!(scene.play().1, "{\"outcome\":\"duplicate", "by webhook, too");
    let lines = scene.desk.activity.lines();
    let said = lines.iter().map(|line| format!("{} {}", line.ear.word(), line.outcome));
    let expected = ["webhook duplicate", "stream duplicate", "stream waiting"];
    assert_eq!(said.collect::<Vec<_>>(), expected);
    assert_eq!(scene.queue.length(), 0, "its place is free again");
}

#[test]
fn a_line_of_before_there_were_other_ways_is_of_a_webhook() {
    let line = ActivityEntry::malformed(Source::Emby, FIRST);
    let old = serde_json::to_string(&line).expect("plain data");
    assert!(!old.contains("\"ear\""), "{old}");
    let line: ActivityEntry = serde_json::from_str(&old).expect("it is read");
    assert_eq!(line.ear, Ear::Webhook);
}

#[test]
fn how_a_server_is_heard_is_told_of_each() {
    let server = |name: &str, id: &str| MediaServer {
        name: name.into(),
        id: id.into(),
        ..MediaServer::new(Source::Plex)
    };
    let media_servers = vec![server("home", "h"), server("attic", "a"), server("den", "d")];
    let mut scene = Scene::new();
    let settings = Settings { media_servers: media_servers.clone(), ..Settings::default() };
    scene.desk.live = Arc::new(Live::from(settings));
    let [home, attic, _] = media_servers.as_slice() else { panic!("three") };
    scene.desk.ears.hearings().pretend(home, Some(FIRST), None);
    scene.desk.ears.hearings().pretend(attic, None, Some("nobody answers"));
    scene.desk.activity.hear(Source::Plex, "h", Ear::Stream, Time(FIRST.0 + 5_000));
    scene.desk.activity.hear(Source::Plex, "a", Ear::Webhook, Time(FIRST.0 + 1_000));
    let shown = servers::servers(&scene.desk, FIRST);
    let said = |index: usize| {
        let one = &shown[index];
        let seconds = |time: &Option<String>| {
            let at = time.as_deref().and_then(Time::from_rfc3339)?;
            Some(at.since(FIRST).as_secs())
        };
        let (last, webhook) = (seconds(&one.last_heard), seconds(&one.last_webhook));
        format!("{} {:?} {last:?} {webhook:?} {:?}", one.name, one.hears, one.trouble)
    };
    assert_eq!(said(0), "home [\"stream\"] Some(5) None None");
    assert_eq!(
        said(1),
        "attic [\"webhook\"] Some(1) Some(1) Some(\"Plex attic can't be listened to: nobody \
         answers\")"
    );
    assert_eq!(said(2), "den [\"webhook\"] None None None", "nobody listens to it");
    assert_eq!(scene.desk.warnings(), ["Plex attic can't be listened to: nobody answers"]);
}

#[test]
fn a_server_that_plays_what_it_does_not_post_is_told_of_until_a_webhook_comes() {
    let named = |kind: Source, name: &str, hear: bool| MediaServer {
        name: name.into(),
        hear,
        ..MediaServer::new(kind)
    };
    let media_servers = vec![
        named(Source::Plex, "", false),
        named(Source::Jellyfin, "attic", false),
        named(Source::Emby, "", true),
    ];
    let mut scene = Scene::new();
    scene.desk.live = Arc::new(Live::from(Settings { media_servers, ..Settings::default() }));
    let event = |source| Event { source, server: "s".into(), ..film() };
    scene.desk.activity.hear(Source::Emby, "s", Ear::Webhook, FIRST);
    for source in Source::ALL {
        scene.desk.activity.miss(&event(source), Ear::Stream, Time(FIRST.0 + 1_000));
    }
    scene.work(vec![Message::Nudge]);
    let (at, first) = (LocalTime(Time(FIRST.0 + 1_000)), LocalTime(FIRST));
    let film = film().item.label();
    let plex = format!(
        "Plex played {film} at {at} and posted nothing (no webhook of it ever came): see whether \
         Plex Web has the address that `scrobbled urls` prints under Account, Webhooks (needs Plex \
         Pass) and can reach it, and restart Plex Media Server, which may need that after one was \
         added; or set `plex.hear` to true, which needs no webhooks"
    );
    let jellyfin = format!(
        "Jellyfin attic played {film} at {at} and posted nothing (no webhook of it ever came): see \
         whether the Webhook plugin has a destination with the address that `scrobbled urls` prints, \
         with Playback Start ticked, and can reach it; or set `jellyfin attic.hear` to true, which \
         needs no webhooks"
    );
    let emby = format!(
        "Emby played {film} at {at} and posted nothing (the last webhook of it came at {first}): see \
         whether Emby has the address that `scrobbled urls` prints under Settings, Notifications \
         (needs Emby Premiere) and can reach it; plays count all the same, since it is listened to, \
         but ratings and marks do not"
    );
    assert_eq!(scene.desk.warnings(), [&*emby, &*jellyfin, &*plex]);
    assert_eq!(scene.health(), format!("ok\n{emby}\n{jellyfin}\n{plex}\n"));
    let troubles: Vec<_> =
        servers::servers(&scene.desk, FIRST).into_iter().map(|one| one.trouble).collect();
    assert_eq!(troubles, [Some(plex), Some(jellyfin), Some(emby.clone())]);
    for source in [Source::Plex, Source::Jellyfin] {
        scene.desk.activity.hear(source, "s", Ear::Webhook, Time(FIRST.0 + 2_000));
    }
    scene.work(vec![Message::Nudge]);
    assert_eq!(scene.health(), format!("ok\n{emby}\n"));
}

#[test]
fn who_listens_instead_of_waiting_for_webhooks_is_told_of_none() {
    let day = 24 * 3_600_000;
    let hearing = MediaServer { hear: true, ..MediaServer::new(Source::Plex) };
    // How long before now a webhook of it came, in days, and whether that is told.
    for (webhook, is_told) in [(None, false), (Some(40), false), (Some(2), true)] {
        let mut scene = Scene::new();
        let media_servers = vec![hearing.clone()];
        scene.desk.live = Arc::new(Live::from(Settings { media_servers, ..Settings::default() }));
        let now = scene.desk.clock.now();
        if let Some(days) = webhook {
            scene.desk.activity.hear(Source::Plex, "s", Ear::Webhook, Time(now.0 - days * day));
        }
        // It was found before the server was listened to.
        scene.desk.activity.miss(&Event { server: "s".into(), ..film() }, Ear::History, now);
        scene.work(vec![Message::Nudge]);
        assert_eq!(scene.health().contains("posted nothing"), is_told, "{webhook:?}");
        let shown = servers::servers(&scene.desk, now);
        assert_eq!(shown.iter().any(|one| one.trouble.is_some()), is_told, "{webhook:?}");
    }
}
