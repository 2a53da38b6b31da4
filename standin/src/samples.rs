//! What could a household post? Three viewings, made from recorded webhooks.
//!
//! Each begins, is paused, goes on and ends as watched; posted to the daemon with their waits they
//! leave three plays. Only event names, positions and (for Emby) the episode differ from what was
//! recorded.

use crate::Time;
use serde_json::{Value, json};
use std::time::Duration;

const PLEX: &str = include_str!("../../tests/payloads/plex/movie_play.json");
const JELLYFIN: &str = include_str!("../../tests/payloads/jellyfin/episode_progress_paused.json");
const EMBY: &str = include_str!("../../tests/payloads/emby/episode_pause.json");

const BOUNDARY: &str = "------------------------c0Jm8FhU6aEiR3oGxN5vKt";

/// A viewing, as a media server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewing {
    /// The media server, by its name.
    pub server: &'static str,
    /// What is watched, as [`Trakt::plays`](crate::trakt::Trakt::plays) calls it.
    pub label: &'static str,
    /// What to post, in order.
    pub posts: Vec<Post>,
}

/// One webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// How long after the one before it.
    pub wait: Duration,
    /// The daemon's path, to which the token is to be added.
    pub path: &'static str,
    /// As this media server sends it.
    pub content_type: String,
    /// As this media server sends it.
    pub body: Vec<u8>,
    /// What it says, for people: `media.pause at 30 %`.
    pub says: String,
}

/// The three of them. `now` is the time at which the first post of each will be sent; servers that
/// tell the time tell that.
#[must_use]
pub fn samples(now: Time) -> [Viewing; 3] {
    [plex(), jellyfin(now), emby(now)]
}

/// Waits that let a start leave (2 s, so that a mistaken start can be taken back) and a pause
/// (5 s, so that a short one leaves no trace).
const STEPS: [(u64, u64); 5] = [(0, 0), (3, 30), (7, 30), (3, 91), (2, 96)];

fn plex() -> Viewing {
    let events = ["media.play", "media.pause", "media.resume", "media.scrobble", "media.stop"];
    let posts = events.into_iter().zip(STEPS).map(|(event, (wait, percent))| {
        let payload = edited(PLEX, |payload| {
            set(payload, "/event", json!(event));
            set(payload, "/Metadata/viewOffset", share(payload, "/Metadata/duration", percent));
        });
        let body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\
             Content-Type: application/json\r\n\r\n{payload}\r\n--{BOUNDARY}--\r\n"
        );
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        post("/webhook/plextrakt", content_type, body, wait, (event, percent))
    });
    Viewing { server: "Plex", label: "The Salt Road", posts: posts.collect() }
}

fn jellyfin(now: Time) -> Viewing {
    let events = [
        ("PlaybackStart", false),
        ("PlaybackProgress", true),
        ("PlaybackProgress", false),
        ("PlaybackProgress", false),
        ("PlaybackStop", false),
    ];
    let mut at = now;
    let posts = events.into_iter().zip(STEPS).map(|((event, paused), (wait, percent))| {
        at = at.after(Duration::from_secs(wait));
        let payload = edited(JELLYFIN, |payload| {
            set(payload, "/NotificationType", json!(event));
            set(payload, "/IsPaused", json!(paused));
            set(payload, "/UtcTimestamp", json!(at.to_string()));
            set(payload, "/Timestamp", json!(at.to_string()));
            set(payload, "/PlaybackPositionTicks", share(payload, "/RunTimeTicks", percent));
            if let (true, Some(payload)) = (event == "PlaybackStop", payload.as_object_mut()) {
                payload.insert("PlayedToCompletion".into(), json!(true));
            }
        });
        let content_type = "text/plain; charset=utf-8".to_owned();
        post("/webhook/jellyfintrakt", content_type, payload, wait, (event, percent))
    });
    let posts = posts.collect();
    Viewing { server: "Jellyfin", label: "Harbour Nine 2x07", posts }
}

fn emby(now: Time) -> Viewing {
    let events = ["playback.start", "playback.pause", "playback.unpause", "", "playback.stop"];
    let steps = events.into_iter().zip(STEPS).filter(|(event, _)| !event.is_empty());
    let mut at = now;
    let posts = steps.map(|(event, (wait, percent))| {
        at = at.after(Duration::from_secs(wait));
        let payload = edited(EMBY, |payload| {
            set(payload, "/Event", json!(event));
            set(payload, "/Date", json!(at.to_string()));
            set(payload, "/Title", json!("mara and Harbour Nine - S2, Ep9 - Slack Water"));
            set(payload, "/Item/ExternalUrls", json!([]));
            set(payload, "/Item/Name", json!("Slack Water"));
            set(payload, "/Item/Id", json!("40217"));
            set(payload, "/Item/IndexNumber", json!(9));
            set(payload, "/Item/ProviderIds", json!({ "Tvdb": "9210209", "Imdb": "tt92000209" }));
            let position = share(payload, "/Item/RunTimeTicks", percent);
            set(payload, "/PlaybackInfo/PositionTicks", position);
            let info = payload.pointer_mut("/PlaybackInfo").and_then(Value::as_object_mut);
            if let (true, Some(info)) = (event == "playback.stop", info) {
                info.insert("PlayedToCompletion".into(), json!(true));
            }
        });
        let content_type = "application/json; charset=utf-8".to_owned();
        post("/webhook/embytrakt", content_type, payload, wait, (event, percent))
    });
    Viewing { server: "Emby", label: "Harbour Nine 2x09", posts: posts.collect() }
}

fn post(
    path: &'static str,
    content_type: String,
    body: String,
    wait: u64,
    (event, percent): (&str, u64),
) -> Post {
    Post {
        wait: Duration::from_secs(wait),
        path,
        content_type,
        body: body.into_bytes(),
        says: format!("{event} at {percent} %"),
    }
}

fn edited(recorded: &str, edit: impl FnOnce(&mut Value)) -> String {
    let mut payload = serde_json::from_str(recorded).unwrap_or_default();
    edit(&mut payload);
    payload.to_string()
}

/// Changes what is there; what was never recorded is not invented.
fn set(payload: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = payload.pointer_mut(pointer) {
        *place = value;
    }
}

fn share(payload: &Value, runtime: &str, percent: u64) -> Value {
    let runtime = payload.pointer(runtime).and_then(Value::as_u64).unwrap_or_default();
    json!(runtime / 100 * percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(post: &Post) -> Value {
        let text = String::from_utf8(post.body.clone()).expect("text");
        let json = text.find('{').zip(text.rfind('}')).expect("an object in it");
        serde_json::from_str(&text[json.0..=json.1]).expect("JSON")
    }

    #[test]
    fn each_viewing_is_told_in_its_servers_words() {
        let expected = [
            (
                "The Salt Road",
                "/event",
                "/Metadata/viewOffset",
                "media.play 0, media.pause 2052630, media.resume 2052630, media.scrobble 6226311, \
                 media.stop 6568416",
            ),
            (
                "Harbour Nine 2x07",
                "/NotificationType",
                "/PlaybackPositionTicks",
                "PlaybackStart 0, PlaybackProgress 7833984000, PlaybackProgress 7833984000, \
                 PlaybackProgress 23763084800, PlaybackStop 25068748800",
            ),
            (
                "Harbour Nine 2x09",
                "/Event",
                "/PlaybackInfo/PositionTicks",
                "playback.start 0, playback.pause 7833984000, playback.unpause 7833984000, \
                 playback.stop 25068748800",
            ),
        ];
        let seen = samples(Time(0)).map(|viewing| {
            let paths = expected.iter().find(|case| case.0 == viewing.label).expect("a case");
            let told = viewing.posts.iter().map(|post| {
                let payload = payload(post);
                let part = |path| payload.pointer(path).cloned().unwrap_or_default();
                format!("{} {}", part(paths.1).as_str().unwrap_or_default(), part(paths.2))
            });
            (viewing.label, told.collect::<Vec<_>>().join(", "))
        });
        assert_eq!(seen, expected.map(|(label, _, _, told)| (label, told.to_owned())));
    }

    #[test]
    fn the_times_told_are_the_times_at_which_it_is_posted() {
        let [_, jellyfin, emby] = samples(Time(1_795_550_400_000));
        let last = |viewing: &Viewing| payload(viewing.posts.last().expect("a post"));
        assert_eq!(last(&jellyfin)["UtcTimestamp"], "2026-11-24T20:00:15.000Z");
        assert_eq!(last(&jellyfin)["PlayedToCompletion"], true);
        assert_eq!(last(&emby)["Date"], "2026-11-24T20:00:12.000Z");
        assert_eq!(last(&emby)["PlaybackInfo"]["PlayedToCompletion"], true);
    }
}
