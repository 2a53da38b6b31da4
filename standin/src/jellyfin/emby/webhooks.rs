//! What is posted, when, and to whom?

use super::super::{Answer, Jellyfin, made_up, set};
use super::notifications::failed;
use super::{Emby, at};
use crate::Time;
use crate::http::Response;
use crate::post::Post;
use serde_json::{Value, json};
use std::time::Duration;

/// Between the parts of a form.
const BOUNDARY: &str = "----------5b1f0c2d9e8a4763";

/// What plays on a device, as a webhook tells it.
struct Scene {
    device: String,
    user: String,
    item: String,
    position_ms: u64,
}

impl Emby {
    /// `user` begins `label` on `device`, `at` from its beginning; what played there is stopped.
    ///
    /// Nothing happens where there is no such item.
    pub fn play(&mut self, device: &str, user: &str, label: &str, at: Duration, now: Time) {
        self.stop(device, now);
        self.house.play(device, user, label, at, now);
        self.tell("playback.start", self.scene(device, now), now);
    }

    /// What plays on `device` is paused.
    pub fn pause(&mut self, device: &str, now: Time) {
        self.pass(now);
        self.house.pause(device, now);
        self.tell("playback.pause", self.scene(device, now), now);
    }

    /// It goes on.
    pub fn resume(&mut self, device: &str, now: Time) {
        self.pass(now);
        self.house.resume(device, now);
        self.tell("playback.unpause", self.scene(device, now), now);
    }

    /// It goes on from another place, of which nobody is told.
    pub fn seek(&mut self, device: &str, to: Duration, now: Time) {
        self.pass(now);
        self.house.seek(device, to, now);
    }

    /// It stops where it is.
    pub fn stop(&mut self, device: &str, now: Time) {
        self.pass(now);
        let scene = self.scene(device, now);
        self.house.stop(device, now);
        self.tell("playback.stop", scene, now);
    }

    /// A person ticks an item.
    pub fn mark(&mut self, user: &str, label: &str, now: Time) {
        self.house.mark(user, label, None, now);
        self.ticked("item.markplayed", user, label, now);
    }

    /// A person takes the tick away.
    pub fn unmark(&mut self, user: &str, label: &str, now: Time) {
        self.house.unmark(user, label);
        self.ticked("item.markunplayed", user, label, now);
    }

    /// Lets happen what was due by `now`.
    pub fn pass(&mut self, now: Time) {
        let devices: Vec<String> =
            self.house.seats.iter().map(|seat| seat.device.clone()).collect();
        let before: Vec<Scene> =
            devices.iter().filter_map(|device| self.scene(device, now)).collect();
        self.house.pass(now);
        for scene in before {
            if self.scene(&scene.device, now).is_none() {
                self.tell("playback.stop", Some(scene), now);
            }
        }
    }

    /// What plays on a device, and where it stands.
    fn scene(&self, device: &str, now: Time) -> Option<Scene> {
        let seat = self.house.seats.iter().find(|seat| seat.device == device)?;
        let playing = seat.playing.as_ref().filter(|playing| playing.is_listed)?;
        Some(Scene {
            device: device.to_owned(),
            user: seat.user.clone(),
            item: playing.item.clone(),
            position_ms: playing.guess(self.house.there(now)),
        })
    }

    fn tell(&mut self, event: &str, scene: Option<Scene>, now: Time) {
        let Some(scene) = scene else { return };
        let Some(mut webhook) = self.about(event, &scene.user, &scene.item, now) else { return };
        let position = super::super::ticks(Duration::from_millis(scene.position_ms));
        let mut info = json!({
            "PositionTicks": position,
            "PlaylistIndex": 0,
            "PlaylistLength": 1,
            "PlaySessionId": made_up(&format!("play {} {}", scene.device, scene.item)),
        });
        let runtime = self.house.titles.get(&scene.item).map_or(0, super::super::Title::runtime_ms);
        if event == "playback.stop" && scene.position_ms * 100 >= runtime * 90 {
            set(&mut info, "PlayedToCompletion", json!(true)); // else it is left out
        }
        set(&mut webhook, "PlaybackInfo", info);
        let session = json!({
            "RemoteEndPoint": "192.0.2.41",
            "Client": "Emby for Android TV",
            "DeviceName": scene.device,
            "DeviceId": Jellyfin::device(&scene.device),
            "ApplicationVersion": "2.1.39g",
            "Id": made_up(&format!("session {}", scene.device)),
        });
        set(&mut webhook, "Session", session);
        self.post(event, &webhook);
    }

    fn ticked(&mut self, event: &str, user: &str, label: &str, now: Time) {
        let (user, Some(item)) = (self.house.user(user), self.house.item(label)) else { return };
        let Some(mut webhook) = self.about(event, &user, &item, now) else { return };
        let data = self.house.data.get(&(user, item)).copied().unwrap_or_default();
        let mut shown = json!({ "PlaybackPositionTicks": 0, "PlayCount": data.count,
            "IsFavorite": false, "Played": data.played });
        if let Some(last) = data.last {
            set(&mut shown, "LastPlayedDate", json!(self.house.date(last)));
        }
        if let Some(item) = webhook.get_mut("Item") {
            set(item, "UserData", shown);
        }
        self.post(event, &webhook);
    }

    /// What all webhooks about an item and a person have.
    fn about(&self, event: &str, user: &str, item: &str, now: Time) -> Option<Value> {
        let title = self.house.titles.get(item)?;
        let mut dto = self.house.dto(item, title);
        set(&mut dto, "ProviderIds", json!(title.ids));
        set(&mut dto, "Path", json!(title.path));
        let said = format!("{event}: {}", title.label());
        let mut webhook = self.envelope(event, &said, user, now);
        set(&mut webhook, "Item", dto);
        Some(webhook)
    }

    fn envelope(&self, event: &str, said: &str, user: &str, now: Time) -> Value {
        let name = self.house.named(user).map(|user| user.name.clone()).unwrap_or_default();
        json!({
            "Title": said,
            "Description": "Monday, December 8, 2025 9:14 PM",
            "Date": self.house.date(self.house.there(now)),
            "Event": event,
            "Severity": "Info",
            "User": { "Name": name, "Id": user },
            "Server": {
                "Name": self.house.options.name,
                "Id": self.house.id(),
                "Version": self.house.options.dialect.version(),
            },
        })
    }

    /// Posts to each who wants it. What does not arrive is lost.
    fn post(&mut self, event: &str, webhook: &Value) {
        if !self.options.premiere {
            return;
        }
        let library = at(webhook, "/Item/Id").as_str().and_then(|id| self.house.titles.get(id));
        let library = library.map(|title| json!(self.house.library_id(&title.library)));
        let is_for = |list: &Value, one: Option<&Value>| {
            let list = list.as_array().map_or(&[][..], Vec::as_slice);
            list.is_empty() || one.is_some_and(|one| list.contains(one))
        };
        let wants = |one: &&Value| {
            at(one, "/Enabled") == true
                && at(one, "/EventIds").as_array().is_some_and(|all| all.contains(&json!(event)))
                && is_for(at(one, "/UserIds"), webhook.pointer("/User/Id"))
                && is_for(at(one, "/DeviceIds"), webhook.pointer("/Session/DeviceId"))
                && is_for(at(one, "/LibraryIds"), library.as_ref())
        };
        for one in self.notifications.iter().filter(wants) {
            let _ = (self.carrier)(&posted(one, webhook)); // Emby writes it into its log
        }
    }

    /// Posts the test message to where the entry says, whether it is kept or not.
    pub(super) fn test(&self, entry: &Value, user: Option<String>, now: Time) -> Answer {
        if at(entry, "/Options/Url").as_str().is_none_or(str::is_empty) {
            return Err(failed("Invalid URI: The URI is empty."));
        }
        if self.options.premiere {
            let user = user.unwrap_or_default();
            let webhook = self.envelope(self.options.test, "Test Notification", &user, now);
            (self.carrier)(&posted(entry, &webhook)).map_err(|why| failed(&why))?;
        }
        Ok(Response::empty(204))
    }
}

/// A webhook as an entry wants it: as it is, or in a form.
fn posted(entry: &Value, webhook: &Value) -> Post {
    let options = at(entry, "/Options");
    let is_form = at(options, "/EnableMultipartFormData");
    let is_form =
        is_form == true || is_form.as_str().is_some_and(|t| t.eq_ignore_ascii_case("true"));
    let (kind, body) = if is_form {
        let body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{webhook}\r\n\
             --{BOUNDARY}--\r\n"
        );
        (format!("multipart/form-data; boundary={BOUNDARY}"), body)
    } else {
        ("application/json; charset=utf-8".to_owned(), webhook.to_string())
    };
    let agent = format!("Emby Server/{}", super::Dialect::Emby.version());
    let headers = [("User-Agent", agent), ("Content-Type", kind)];
    Post {
        url: at(options, "/Url").as_str().unwrap_or_default().to_owned(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: body.into_bytes(),
    }
}
