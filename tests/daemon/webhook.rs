//! What would a media server post? Recorded webhooks with another event, position, item, player
//! and user; everything else is as it was recorded.

use super::items::{ITEMS, Item, Kind};
use scrobbled::clock::Clock;
use scrobbled::event::{Source, Time};
use serde_json::{Map, Value, json};

const PLEX_FILM: &str = include_str!("../payloads/plex/movie_play.json");
const PLEX_EPISODE: &str = include_str!("../payloads/plex/episode_scrobble.json");
const JELLYFIN_FILM: &str = include_str!("../payloads/jellyfin/movie_playback_start.json");
const JELLYFIN_EPISODE: &str = include_str!("../payloads/jellyfin/episode_progress_paused.json");
const JELLYFIN_MARK: &str =
    include_str!("../payloads/jellyfin/episode_userdatasaved_toggleplayed.json");
const EMBY_FILM: &str = include_str!("../payloads/emby/movie_start.json");
const EMBY_EPISODE: &str = include_str!("../payloads/emby/episode_pause.json");

const BOUNDARY: &str = "------------------------c0Jm8FhU6aEiR3oGxN5vKt";
const TICKS_PER_MS: u64 = 10_000;

/// What a webhook says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Webhook {
    pub(crate) source: Source,
    /// `play`, `pause`, `resume`, `stop`, `completed`, `progress`, `mark`, `unmark`, `rate`.
    pub(crate) verb: String,
    /// In percent; `None` where the server sends none. Of a rating the rating.
    pub(crate) number: Option<f64>,
    pub(crate) item: Item,
    pub(crate) player: String,
    pub(crate) user: String,
    /// A number for the media server, where there are several.
    pub(crate) server: u8,
    /// When it is sent, for servers that tell the time.
    pub(crate) now: Time,
    /// What else is changed: a JSON pointer and the new value; null takes the key away.
    pub(crate) edits: Vec<(String, Value)>,
}

/// A webhook of Plex.
pub(crate) fn plex(verb: &str) -> Webhook {
    Webhook::new(Source::Plex, verb)
}

/// A webhook of Jellyfin.
pub(crate) fn jellyfin(verb: &str) -> Webhook {
    Webhook::new(Source::Jellyfin, verb)
}

/// A webhook of Emby.
pub(crate) fn emby(verb: &str) -> Webhook {
    Webhook::new(Source::Emby, verb)
}

impl Webhook {
    pub(crate) fn new(source: Source, verb: &str) -> Self {
        Self {
            source,
            verb: verb.to_owned(),
            number: None,
            item: ITEMS[0],
            player: "tv".to_owned(),
            user: "mara".to_owned(),
            server: 0,
            now: Clock::Machine.now(),
            edits: Vec::new(),
        }
    }

    pub(crate) fn at(mut self, number: f64) -> Self {
        self.number = Some(number);
        self
    }

    #[track_caller]
    pub(crate) fn of(mut self, name: &str) -> Self {
        self.item = Item::named(name).unwrap_or_else(|| panic!("no item is called `{name}`"));
        self
    }

    pub(crate) fn on(mut self, player: &str) -> Self {
        player.clone_into(&mut self.player);
        self
    }

    pub(crate) fn by(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    pub(crate) fn edit(mut self, pointer: &str, value: Value) -> Self {
        self.edits.push((pointer.to_owned(), value));
        self
    }

    /// Content type and body, as that server sends them.
    pub(crate) fn body(&self) -> (String, Vec<u8>) {
        let mut payload = match self.source {
            Source::Plex => self.plex(),
            Source::Jellyfin => self.jellyfin(),
            Source::Emby => self.emby(),
        };
        for (pointer, value) in &self.edits {
            put(&mut payload, pointer, value.clone());
        }
        match self.source {
            Source::Plex => multipart("payload", &payload),
            Source::Jellyfin => {
                ("text/plain; charset=utf-8".to_owned(), payload.to_string().into_bytes())
            }
            // The two ways that Emby has, one for each kind, so that both are tried.
            Source::Emby if self.item.kind == Kind::Film => multipart("data", &payload),
            Source::Emby => {
                ("application/json; charset=utf-8".to_owned(), payload.to_string().into_bytes())
            }
        }
    }

    fn position(&self) -> Option<u64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "percents of hours, not negative"
        )]
        self.number.map(|percent| (percent / 100.0 * self.item.ms() as f64).round() as u64)
    }

    fn plex(&self) -> Value {
        let event = match self.verb.as_str() {
            "completed" => "media.scrobble",
            "started" => "playback.started",
            verb => &format!("media.{verb}"),
        };
        let item = self.item;
        let recorded = if item.kind == Kind::Film { PLEX_FILM } else { PLEX_EPISODE };
        let mut p: Value = serde_json::from_str(recorded).expect("JSON");
        let key = (20_000 + item.number).to_string();
        put(&mut p, "/event", json!(event));
        put(&mut p, "/Account/title", json!(self.user));
        put(&mut p, "/Account/id", json!(4_000_000 + sum(&self.user)));
        put(&mut p, "/Player/title", json!(self.player));
        put(&mut p, "/Player/uuid", json!(format!("player-{}", self.player)));
        put(
            &mut p,
            "/Server/uuid",
            json!(format!("{:040x}", 0x5f0c_9be2_u64 + u64::from(self.server))),
        );
        put(&mut p, "/Metadata/ratingKey", json!(key));
        put(&mut p, "/Metadata/key", json!(format!("/library/metadata/{key}")));
        put(&mut p, "/Metadata/title", json!(item.name));
        put(&mut p, "/Metadata/originalTitle", Value::Null);
        put(&mut p, "/Metadata/slug", Value::Null);
        put(&mut p, "/Metadata/duration", json!(item.ms()));
        put(&mut p, "/Metadata/viewOffset", Value::Null);
        let ids = [
            json!({"id": format!("imdb://{}", item.imdb())}),
            json!({"id": format!("tmdb://{}", item.tmdb())}),
            json!({"id": format!("tvdb://{}", item.tvdb())}),
        ];
        put(&mut p, "/Metadata/Guid", json!(ids));
        match item.kind {
            Kind::Film => {
                put(&mut p, "/Metadata/guid", json!(format!("plex://movie/{:024x}", item.number)));
                put(&mut p, "/Metadata/year", json!(2001));
            }
            Kind::Episode(show, index) => {
                put(
                    &mut p,
                    "/Metadata/guid",
                    json!(format!("plex://episode/{:024x}", item.number)),
                );
                put(&mut p, "/Metadata/grandparentTitle", json!(show));
                put(&mut p, "/Metadata/grandparentSlug", Value::Null);
                put(&mut p, "/Metadata/parentIndex", json!(1));
                put(&mut p, "/Metadata/index", json!(index));
                put(&mut p, "/Metadata/originallyAvailableAt", Value::Null);
            }
        }
        match (self.verb.as_str(), self.number) {
            ("rate", Some(rating)) => put(&mut p, "/rating", json!(rating)),
            (_, Some(_)) => put(&mut p, "/Metadata/viewOffset", json!(self.position())),
            (_, None) => {}
        }
        p
    }

    fn jellyfin(&self) -> Value {
        let item = self.item;
        let is_mark = matches!(self.verb.as_str(), "mark" | "unmark");
        let recorded = match (is_mark, item.kind) {
            (true, _) => JELLYFIN_MARK,
            (false, Kind::Film) => JELLYFIN_FILM,
            (false, Kind::Episode(..)) => JELLYFIN_EPISODE,
        };
        let mut p: Value = serde_json::from_str(recorded).expect("JSON");
        let (event, paused, completed) = match self.verb.as_str() {
            "play" => ("PlaybackStart", false, None),
            "pause" => ("PlaybackProgress", true, None),
            "resume" | "progress" | "guess" => ("PlaybackProgress", false, None),
            "stop" => ("PlaybackStop", false, Some(false)),
            "completed" => ("PlaybackStop", false, Some(true)),
            "mark" | "unmark" => ("UserDataSaved", false, None),
            verb => panic!("Jellyfin can't say `{verb}`"),
        };
        put(&mut p, "/NotificationType", json!(event));
        put(
            &mut p,
            "/ServerId",
            json!(format!("{:032x}", 0x3f9d_0c7a_u64 + u64::from(self.server))),
        );
        put(&mut p, "/UtcTimestamp", json!(self.now.to_string()));
        put(&mut p, "/Timestamp", json!(self.now.to_string()));
        put(&mut p, "/NotificationUsername", json!(self.user));
        put(&mut p, "/UserId", json!(format!("{:032x}", 0xa17c_0000_u64 + sum(&self.user))));
        put(&mut p, "/Name", json!(item.name));
        put(&mut p, "/ItemId", json!(item.hex()));
        put(&mut p, "/RunTimeTicks", json!(item.ms() * TICKS_PER_MS));
        put(&mut p, "/Provider_imdb", json!(item.imdb()));
        put(&mut p, "/Provider_tmdb", json!(item.tmdb().to_string()));
        put(&mut p, "/Provider_tvdb", json!(item.tvdb().to_string()));
        match item.kind {
            Kind::Film => {
                put(&mut p, "/ItemType", json!("Movie"));
                put(&mut p, "/Year", json!(2001));
                put(&mut p, "/PremiereDate", Value::Null);
            }
            Kind::Episode(show, index) => {
                put(&mut p, "/ItemType", json!("Episode"));
                put(&mut p, "/Year", json!(2011));
                put(&mut p, "/PremiereDate", Value::Null);
                put(&mut p, "/SeriesPremiereDate", Value::Null);
                put(&mut p, "/SeriesName", json!(show));
                put(&mut p, "/SeriesId", json!(format!("{:032x}", 0x55aa_0000_u64 + sum(show))));
                put(&mut p, "/SeasonNumber", json!(1));
                put(&mut p, "/EpisodeNumber", json!(index));
            }
        }
        if is_mark {
            put(&mut p, "/Played", json!(self.verb == "mark"));
            put(&mut p, "/LastPlayedDate", json!(self.now.to_string()));
            return p;
        }
        put(&mut p, "/DeviceName", json!(self.player));
        put(&mut p, "/DeviceId", json!(format!("device-{}", self.player)));
        put(&mut p, "/Id", json!(format!("{:032x}", 0x7d1f_0000_u64 + sum(&self.player))));
        put(&mut p, "/IsPaused", json!(paused));
        put(&mut p, "/IsAutomated", json!(self.verb == "guess"));
        if let Some(completed) = completed {
            put(&mut p, "/PlayedToCompletion", json!(completed));
            put(&mut p, "/PlayMethod", Value::Null);
        }
        let ticks = self.position().map(|ms| ms * TICKS_PER_MS);
        put(&mut p, "/PlaybackPositionTicks", ticks.map_or(Value::Null, |ticks| json!(ticks)));
        put(&mut p, "/PlaybackPosition", Value::Null);
        p
    }

    fn emby(&self) -> Value {
        let (event, completed) = match self.verb.as_str() {
            "play" => ("playback.start", None),
            "pause" => ("playback.pause", None),
            "resume" => ("playback.unpause", None),
            "stop" => ("playback.stop", Some(false)),
            "completed" => ("playback.stop", Some(true)),
            "mark" => ("item.markplayed", None),
            "unmark" => ("item.markunplayed", None),
            verb => panic!("Emby can't say `{verb}`"),
        };
        let item = self.item;
        let recorded = if item.kind == Kind::Film { EMBY_FILM } else { EMBY_EPISODE };
        let mut p: Value = serde_json::from_str(recorded).expect("JSON");
        put(&mut p, "/Event", json!(event));
        put(&mut p, "/Title", json!(format!("{} and {}", self.user, item.name)));
        put(&mut p, "/Date", json!(self.now.to_string()));
        put(&mut p, "/User/Name", json!(self.user));
        put(&mut p, "/User/Id", json!(format!("{:032x}", 0x5c0d_0000_u64 + sum(&self.user))));
        put(&mut p, "/Server/Id", json!(format!("{:032x}", 0xd2b7_u64 + u64::from(self.server))));
        put(
            &mut p,
            "/Item/ServerId",
            json!(format!("{:032x}", 0xd2b7_u64 + u64::from(self.server))),
        );
        put(&mut p, "/Item/Name", json!(item.name));
        put(&mut p, "/Item/OriginalTitle", Value::Null);
        put(&mut p, "/Item/Id", json!((30_000 + item.number).to_string()));
        put(&mut p, "/Item/ExternalUrls", json!([]));
        put(&mut p, "/Item/PremiereDate", Value::Null);
        put(&mut p, "/Item/RunTimeTicks", json!(item.ms() * TICKS_PER_MS));
        let (tmdb, tvdb) = (item.tmdb().to_string(), item.tvdb().to_string());
        let ids = json!({"Imdb": item.imdb(), "Tmdb": tmdb, "Tvdb": tvdb});
        put(&mut p, "/Item/ProviderIds", ids);
        match item.kind {
            Kind::Film => put(&mut p, "/Item/ProductionYear", json!(2001)),
            Kind::Episode(show, index) => {
                put(&mut p, "/Item/ProductionYear", json!(2011));
                put(&mut p, "/Item/SeriesName", json!(show));
                put(&mut p, "/Item/ParentIndexNumber", json!(1));
                put(&mut p, "/Item/IndexNumber", json!(index));
            }
        }
        put(&mut p, "/TranscodingInfo", Value::Null);
        if matches!(self.verb.as_str(), "mark" | "unmark") {
            put(&mut p, "/PlaybackInfo", Value::Null);
            put(&mut p, "/Session", Value::Null);
            let last = self.now.to_string();
            let data = json!({"Played": self.verb == "mark", "LastPlayedDate": last});
            put(&mut p, "/Item/UserData", data);
            return p;
        }
        put(&mut p, "/Session/DeviceName", json!(self.player));
        put(&mut p, "/Session/DeviceId", json!(format!("device-{}", self.player)));
        put(&mut p, "/Session/Id", json!(format!("{:032x}", 0x6f7e_0000_u64 + sum(&self.player))));
        if let Some(completed) = completed {
            put(&mut p, "/PlaybackInfo/PlayedToCompletion", json!(completed));
        }
        let ticks = self.position().map(|ms| ms * TICKS_PER_MS);
        put(&mut p, "/PlaybackInfo/PositionTicks", ticks.map_or(Value::Null, |ticks| json!(ticks)));
        p
    }
}

/// A number that belongs to a name.
fn sum(name: &str) -> u64 {
    name.bytes().fold(7, |sum, byte| (sum * 31 + u64::from(byte)) % 1_000_003)
}

/// As libcurl sends it for Plex, and Emby for itself.
pub(crate) fn multipart(field: &str, payload: &Value) -> (String, Vec<u8>) {
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\
         Content-Type: application/json\r\n\r\n{payload}\r\n--{BOUNDARY}--\r\n"
    );
    (format!("multipart/form-data; boundary={BOUNDARY}"), body.into_bytes())
}

/// Sets what the pointer names, or takes it away.
fn put(payload: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = payload.pointer_mut(parent).and_then(Value::as_object_mut);
    let parent: &mut Map<String, Value> =
        parent.unwrap_or_else(|| panic!("`{pointer}` has nothing to stand in"));
    if value.is_null() {
        parent.remove(key);
    } else {
        parent.insert(key.to_owned(), value);
    }
}
