//! Who sits where, as `/Sessions` tells it.

use super::auth::Holder;
use super::play::Seat;
use super::{Dialect, Jellyfin, made_up, set};
use crate::Time;
use crate::http::{Request, Response};
use serde_json::{Value, json};
use std::time::Duration;

impl Jellyfin {
    pub(super) fn sessions(&self, who: &Holder, request: &Request, there: Time) -> Response {
        let sees = |seat: &&Seat| match self.options.dialect {
            Dialect::Jellyfin10_8 => true, // jellyfin/jellyfin#11366
            Dialect::Jellyfin10_11 | Dialect::Jellyfin12 | Dialect::Emby => who.may_see(&seat.user),
        };
        let device = request.parameter("deviceId").or_else(|| request.parameter("DeviceId"));
        let is_asked =
            |seat: &&Seat| device.as_ref().is_none_or(|id| *id == Self::device(&seat.device));
        let seats = self.seats.iter().filter(sees).filter(is_asked);
        let sessions: Vec<Value> = seats.map(|seat| self.session(seat, there)).collect();
        Response::json(200, &Value::from(sessions))
    }

    fn session(&self, seat: &Seat, there: Time) -> Value {
        let is_emby = self.options.dialect.is_emby();
        let name = |id: &str| self.named(id).map(|user| user.name.clone()).unwrap_or_default();
        let others = seat.others.iter().map(|id| json!({ "UserId": id, "UserName": name(id) }));
        let mut session = json!({
            "PlayState": Self::state(seat, there),
            "AdditionalUsers": others.collect::<Vec<Value>>(),
            "RemoteEndPoint": "192.0.2.41",
            "Id": made_up(&format!("session {}", seat.device)),
            "ServerId": self.id(),
            "UserId": seat.user,
            "UserName": name(&seat.user),
            "Client": if is_emby { "Emby for Android TV" } else { "Jellyfin Android TV" },
            "LastActivityDate": self.date(there),
            "DeviceName": seat.device,
            "DeviceId": Self::device(&seat.device),
            "ApplicationVersion": "0.19.4",
            "SupportedCommands": [],
        });
        if !is_emby {
            let never = || "0001-01-01T00:00:00.0000000Z".to_owned();
            let said = seat.checked_in.map_or_else(never, |at| self.date(at));
            set(&mut session, "LastPlaybackCheckIn", json!(said));
            set(&mut session, "IsActive", json!(true));
        }
        let listed = seat.playing.as_ref().filter(|playing| playing.is_listed);
        let Some(playing) = listed else { return session };
        let Some(title) = self.titles.get(&playing.item) else { return session };
        let mut item = self.dto(&playing.item, title);
        set(&mut item, "ProviderIds", json!(title.ids));
        if !is_emby {
            set(&mut item, "Path", json!(title.path));
        }
        set(&mut session, "NowPlayingItem", item);
        session
    }

    /// The id of a device, by its name.
    #[must_use]
    pub fn device(name: &str) -> String {
        made_up(&format!("device {name}"))
    }

    /// It is there also where nothing plays, without a position.
    fn state(seat: &Seat, there: Time) -> Value {
        let playing = seat.playing.as_ref().filter(|playing| playing.is_listed);
        let mut state = json!({
            "CanSeek": playing.is_some(),
            "IsPaused": playing.is_some_and(|playing| playing.is_paused),
            "IsMuted": false,
            "RepeatMode": "RepeatNone",
        });
        if let Some(playing) = playing {
            let position = Duration::from_millis(playing.guess(there));
            set(&mut state, "PositionTicks", json!(super::ticks(position)));
            set(&mut state, "MediaSourceId", json!(playing.item));
            set(&mut state, "PlayMethod", json!("DirectPlay"));
        }
        state
    }

    /// A date as it writes them: seven decimals, at Emby all of them 0.
    pub(super) fn date(&self, at: Time) -> String {
        let text = at.to_string();
        let (seconds, rest) = text.split_once('.').unwrap_or((&text, "000Z"));
        if self.options.dialect.is_emby() {
            return format!("{seconds}.0000000Z");
        }
        format!("{seconds}.{}0000Z", rest.trim_end_matches('Z'))
    }
}
