//! What follows at once when a media server is connected, and when it goes.

use super::*;
use crate::config::{MediaServer, Settings};
use crate::connect::Connection;
use crate::desk::Lately;
use crate::desk::shown::Status;
use crate::hear::{Ears, Taken};
use crate::patience::wait_for;
use crate::secret::Secret;
use crate::threads::Vital;

fn connection(kind: Source, hear: bool) -> Connection {
    Connection {
        url: "http://127.0.0.1:1".into(),
        token: Secret::new("token"),
        hear,
        ..Connection::new(kind, kind.word(), "id")
    }
}

/// Each media server that can be asked, as the settings have it.
fn asked(scene: &Scene) -> Vec<String> {
    let settings = scene.desk.live.settings();
    let asked = settings.media_servers.iter().filter(|server| server.can_be_asked());
    asked.map(MediaServer::title).collect()
}

#[test]
fn a_server_counts_when_it_is_kept_and_no_more_when_it_is_dropped() {
    let mut scene = Scene::new();
    let vital = Vital::new(|why| panic!("{why}"));
    let ears = Ears::new(&scene.desk.clock, &vital, Arc::new(|_| Taken::Safe));
    scene.desk.ears = Arc::new(ears);
    let now = scene.desk.clock.now();
    let keep = |hear| Command::KeepConnection(Box::new(connection(Source::Plex, hear)));
    scene.desk.command(keep(false), now).expect("kept");
    assert_eq!(asked(&scene), ["Plex"]);
    let server = connection(Source::Plex, true).settings();
    let heard = |scene: &Scene| scene.desk.ears.hearings().of(&server);
    assert_eq!(heard(&scene), None);
    // The same again is the same one.
    scene.desk.command(keep(true), now).expect("kept");
    assert_eq!(asked(&scene), ["Plex"]);
    wait_for("an attempt", || heard(&scene), Option::is_some);
    let jellyfin = Command::KeepConnection(Box::new(connection(Source::Jellyfin, false)));
    scene.desk.command(jellyfin, now).expect("kept");
    assert_eq!(asked(&scene), ["Plex", "Jellyfin"]);
    let drop = Command::DropConnection(Source::Plex, "plex".into());
    scene.desk.command(drop, now).expect("dropped");
    assert_eq!((asked(&scene), heard(&scene)), (vec!["Jellyfin".to_owned()], None));
    let known = scene.desk.connections().expect("readable");
    assert_eq!(known.connections, [connection(Source::Jellyfin, false)]);
}

#[test]
fn status_tells_which_servers_are_connected_and_which_are_in_the_config() {
    let mut scene = Scene::new();
    let jellyfin = MediaServer { url: "http://nas".into(), ..MediaServer::new(Source::Jellyfin) };
    let settings = Settings { media_servers: vec![jellyfin], ..Settings::default() };
    scene.desk.live = Arc::new(Live::from(settings));
    for name in ["plex", "attic"] {
        let plex =
            Connection { name: name.into(), id: name.into(), ..connection(Source::Plex, false) };
        scene.desk.keep_connection(plex).expect("kept");
    }
    let shown = |scene: &mut Scene| -> Vec<(String, bool, bool)> {
        let now = scene.desk.clock.now();
        let status: String = scene.desk.status(Lately::AllEvents, now).expect("it").collect();
        let status: Status = serde_json::from_str(&status).expect("a status");
        let servers = status.servers.into_iter();
        servers.map(|it| (it.title, it.connected, it.configured)).collect()
    };
    let jellyfin = |connected| ("Jellyfin".to_owned(), connected, true);
    let plex = |title: &str| (title.to_owned(), true, false);
    assert_eq!(shown(&mut scene), [plex("Plex"), plex("Plex attic"), jellyfin(false)]);
    scene.desk.keep_connection(connection(Source::Jellyfin, false)).expect("kept");
    assert_eq!(shown(&mut scene), [plex("Plex"), plex("Plex attic"), jellyfin(true)]);
}

#[test]
fn what_the_disk_refuses_does_not_count() {
    let mut scene = Scene::new();
    let now = scene.desk.clock.now();
    scene.desk.store.refuse_writing(true);
    let keep = || Command::KeepConnection(Box::new(connection(Source::Emby, false)));
    assert!(scene.desk.command(keep(), now).is_err());
    assert_eq!(asked(&scene), Vec::<String>::new());
    scene.desk.store.refuse_writing(false);
    scene.desk.command(keep(), now).expect("kept");
    assert_eq!(asked(&scene), ["Emby"]);
}

#[test]
fn the_device_is_made_once() {
    let mut scene = Scene::new();
    let device = scene.desk.connections().expect("one").device;
    assert_eq!(device.len(), 32);
    assert_eq!(scene.desk.connections().expect("the same").device, device);
    assert_eq!(scene.desk.store.device().expect("readable"), Some(device));
}

#[test]
fn any_webhook_shows_that_it_arrives_that_is_not_another_servers() {
    let mut scene = Scene::new();
    let now = scene.desk.clock.now();
    let last = |scene: &mut Scene| {
        scene.desk.command(Command::LastWebhook(Source::Emby, "e1".into()), now)
    };
    let other =
        Connection { name: "other".into(), id: "E-2".into(), ..connection(Source::Emby, false) };
    scene.desk.keep_connection(other).expect("kept");
    assert_eq!(last(&mut scene), Ok(serde_json::Value::Null));
    scene.desk.activity.hear(Source::Emby, "e1", Ear::Stream, now);
    assert_eq!(last(&mut scene), Ok(serde_json::Value::Null));
    scene.desk.activity.hear(Source::Emby, "e2", Ear::Webhook, now);
    assert_eq!(last(&mut scene), Ok(serde_json::Value::Null));
    scene.desk.activity.hear(Source::Emby, "", Ear::Webhook, now);
    assert_eq!(last(&mut scene), Ok(serde_json::json!(now)));
}
