//! What does the Webhook plugin post? What its destinations ask for, made from recorded webhooks.
//!
//! A destination that has no `SendAllProperties` gets what its template says, which is not written here:
//! such a one gets nothing. Nor are the reports that the server makes up each second.

use super::{Jellyfin, Kind, Title, ticks};
use crate::Time;
use crate::post::Post;
use serde_json::{Map, Value, json};
use std::time::Duration;

const MOVIE: &str = include_str!("../../../tests/payloads/jellyfin/movie_playback_start.json");
const EPISODE: &str = include_str!("../../../tests/payloads/jellyfin/episode_progress_paused.json");
const SAVED: &str =
    include_str!("../../../tests/payloads/jellyfin/episode_userdatasaved_toggleplayed.json");

/// Most posts that wait for somebody to send them; the oldest goes first.
const MOST: usize = 1_000;

/// What has happened, as the plugin says it.
#[derive(Clone, Copy)]
pub(super) enum News<'a> {
    /// `PlaybackStart`, `PlaybackProgress` on a device, here, paused or not.
    Plays { event: &'static str, device: &'a str, at_ms: u64, is_paused: bool },
    /// `PlaybackStop`; without a position where the player told none.
    Stops { device: &'a str, at_ms: Option<u64>, is_completed: bool },
    /// `UserDataSaved`, and why.
    Saved { reason: &'static str },
}

impl Jellyfin {
    /// Takes what the plugin has to post.
    pub fn take_posts(&mut self) -> Vec<Post> {
        std::mem::take(&mut self.posts)
    }

    /// Has the plugin post to each destination that asks for it.
    pub(super) fn notify(&mut self, user: &str, item: &str, news: News<'_>, there: Time) {
        let event = match news {
            News::Plays { event, .. } => event,
            News::Stops { .. } => "PlaybackStop",
            News::Saved { .. } => "UserDataSaved",
        };
        let Some(title) = self.titles.get(item) else { return };
        let running = self.plugin.as_ref().and_then(|plugin| plugin.running());
        let all = running.map(|all| all.of(event, title.word(), user)).unwrap_or_default();
        let text = |of: &Value, name: &str| of.get(name)?.as_str().map(str::to_owned);
        let sent = all.into_iter().filter_map(|destination| {
            let is_whole = destination.get("SendAllProperties") == Some(&Value::Bool(true));
            let url = text(destination, "WebhookUri").filter(|_| is_whole)?;
            let list = destination.get("Headers").and_then(Value::as_array);
            let headers: Option<Vec<(String, String)>> = list
                .into_iter()
                .flatten()
                .map(|one| Some((text(one, "Key")?, text(one, "Value")?)))
                .collect();
            Some((url, wired(headers?)?))
        });
        let sent: Vec<_> = sent.collect();
        if sent.is_empty() {
            return;
        }
        let body = self.payload(user, item, title, event, news, there).to_string();
        for (url, headers) in sent {
            self.posts.push(Post { url, headers, body: body.clone().into_bytes() });
        }
        let over = self.posts.len().saturating_sub(MOST);
        self.posts.drain(..over);
    }

    fn payload(
        &self,
        user: &str,
        item: &str,
        title: &Title,
        event: &str,
        news: News<'_>,
        there: Time,
    ) -> Value {
        let recorded = match (&news, &title.kind) {
            (News::Saved { .. }, _) => SAVED,
            (_, Kind::Episode { .. }) => EPISODE,
            (_, Kind::Movie | Kind::Other(_)) => MOVIE,
        };
        let mut of: Map<String, Value> = serde_json::from_str(recorded).unwrap_or_default();
        let is_of_series = |key: &String| {
            ["Series", "Season", "Episode"].iter().any(|start| key.starts_with(start))
        };
        of.retain(|key, _| !key.starts_with("Provider_") && !is_of_series(key) && key != "AirTime");
        let name = self.named(user).map(|user| user.name.clone()).unwrap_or_default();
        let runtime = title.runtime;
        let mut put = |key: &str, value: Value| drop(of.insert(key.to_owned(), value));
        put("NotificationType", json!(event));
        put("ServerId", json!(self.id()));
        put("ServerName", json!(self.options.name));
        put("ServerVersion", json!(self.options.dialect.version()));
        put("Timestamp", json!(self.date(there)));
        put("UtcTimestamp", json!(self.date(there)));
        put("Name", json!(title.name));
        put("ItemId", json!(item));
        put("ItemType", json!(title.word()));
        put("RunTimeTicks", json!(ticks(runtime)));
        put("RunTime", json!(clock(runtime)));
        put("UserId", json!(user));
        put("NotificationUsername", json!(name));
        put("Year", json!(title.year));
        for (provider, id) in &title.ids {
            put(&format!("Provider_{}", provider.to_lowercase()), json!(id));
        }
        if let Kind::Episode { show, season, number, last } = &title.kind {
            put("SeriesName", json!(show));
            put("SeriesId", json!(self.series_id(show)));
            put("SeasonNumber", json!(season));
            put("EpisodeNumber", json!(number));
            if let Some(last) = last {
                put("EpisodeNumberEnd", json!(last));
            }
        }
        let (device, at_ms) = match news {
            News::Plays { device, at_ms, is_paused, .. } => {
                put("IsPaused", json!(is_paused));
                (device, at_ms)
            }
            News::Stops { device, at_ms, is_completed } => {
                put("IsPaused", json!(false));
                put("PlayedToCompletion", json!(is_completed));
                (device, at_ms.unwrap_or_default())
            }
            News::Saved { reason } => {
                let key = (user.to_owned(), item.to_owned());
                let data = self.data.get(&key).copied().unwrap_or_default();
                put("SaveReason", json!(reason));
                put("Played", json!(data.played));
                put("PlayCount", json!(data.count));
                put("LastPlayedDate", json!(data.last.map(|at| self.date(at))));
                put("PlaybackPositionTicks", json!(data.position_ms * 10_000));
                return of.into();
            }
        };
        let at = Duration::from_millis(at_ms);
        put("PlaybackPositionTicks", json!(ticks(at)));
        put("PlaybackPosition", json!(clock(at)));
        put("IsAutomated", json!(false));
        put("MediaSourceId", json!(item));
        put("DeviceId", json!(Self::device(device)));
        put("DeviceName", json!(device));
        if matches!(news, News::Stops { .. }) {
            of.remove("PlayMethod"); // the session has forgotten it by then
        }
        of.into()
    }
}

/// The headers as .NET sends them; `None` where it sends nothing at all: its text takes a plain media type
/// only, and adds the charset itself.
fn wired(given: Vec<(String, String)>) -> Option<Vec<(String, String)>> {
    let mut media_type = "text/plain".to_owned();
    let mut headers = Vec::new();
    for (name, value) in given {
        if name.eq_ignore_ascii_case("content-type") {
            let is_plain = !value.contains([';', ' ', ',']) && value.contains('/');
            media_type = is_plain.then_some(value)?;
        } else {
            headers.push((name, value));
        }
    }
    headers.push(("Content-Type".to_owned(), format!("{media_type}; charset=utf-8")));
    Some(headers)
}

/// A span as `hh:mm:ss`.
fn clock(span: Duration) -> String {
    let seconds = span.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}
