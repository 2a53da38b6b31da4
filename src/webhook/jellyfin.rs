//! What does Jellyfin's official webhook plugin say?
//!
//! One flat object (`Send All Properties`), or whatever a template makes of it: the keys are the
//! same, the values often all strings. Positions and runtimes are ticks of 100 ns, a runtime of 0
//! is unknown. `Provider_*` are the item's own ids; of its show the plugin says title and first
//! day (jellyfin/jellyfin-plugin-webhook#326). An episode's `Year` is usually its show's, but
//! nothing says so. Texts carry the plugin's own escapes, see [`entity`](super::entity).

use super::Said;
use super::dto::{Playable, last_of_file, plain_id};
use super::entity::unescaped;
use super::guid;
use super::object::object;
use super::scalar::Scalar;
use crate::event::{Action, Episode, Event, Ids, Item, Kind, Player, Show, Source, Time, User};
use crate::verdict::Reason;

object! {
    struct Flat<'a> {
        event: Scalar<'a> = "NotificationType",
        save_reason: Scalar<'a> = "SaveReason",
        server: Scalar<'a> = "ServerId",
        user_id: Scalar<'a> = "UserId",
        user_name: Scalar<'a> = "NotificationUsername" | "Username",
        device_id: Scalar<'a> = "DeviceId",
        device_name: Scalar<'a> = "DeviceName",
        client: Scalar<'a> = "ClientName" | "Client",
        kind: Scalar<'a> = "ItemType",
        item_id: Scalar<'a> = "ItemId",
        name: Scalar<'a> = "Name",
        year: Scalar<'a> = "Year",
        premiere: Scalar<'a> = "PremiereDate",
        series_name: Scalar<'a> = "SeriesName",
        series_premiere: Scalar<'a> = "SeriesPremiereDate",
        season: Scalar<'a> = "SeasonNumber",
        number: Scalar<'a> = "EpisodeNumber",
        last: Scalar<'a> = "EpisodeNumberEnd",
        imdb: Scalar<'a> = "Provider_imdb",
        tmdb: Scalar<'a> = "Provider_tmdb",
        tvdb: Scalar<'a> = "Provider_tvdb",
        runtime: Scalar<'a> = "RunTimeTicks",
        position: Scalar<'a> = "PlaybackPositionTicks",
        paused: Scalar<'a> = "IsPaused",
        automated: Scalar<'a> = "IsAutomated",
        completed: Scalar<'a> = "PlayedToCompletion",
        played: Scalar<'a> = "Played",
        last_played: Scalar<'a> = "LastPlayedDate",
    }
}

/// Reads the official plugin's shape; `None` where it is another.
pub(super) fn said(json: &str) -> serde_json::Result<Option<Said>> {
    let flat: Flat = serde_json::from_str(json)?;
    Ok((!flat.event.is_empty()).then(|| Said::new(flat.understood(), &flat.name)))
}

impl Flat<'_> {
    fn understood(&self) -> Result<Event, Reason> {
        let action = self.action()?;
        Ok(Event {
            source: Source::Jellyfin,
            server: plain_id(&self.server),
            user: User {
                id: plain_id(&self.user_id),
                uuid: String::new(),
                name: unescaped(&self.user_name.text()),
            },
            player: Player {
                id: self.device_id.text(),
                name: unescaped(&self.device_name.or(&self.client).text()),
            },
            library: None,
            item: self.item()?,
            position_ms: self.position.ticks().filter(|_| !action.is_by_hand()),
            is_guess: self.automated.truth().unwrap_or(false),
            action,
        })
    }

    fn action(&self) -> Result<Action, Reason> {
        match self.event.as_str() {
            "PlaybackStart" => Ok(Action::Start),
            "PlaybackProgress" => Ok(Action::Progress { paused: self.paused.truth() }),
            "PlaybackStop" => {
                Ok(Action::Stop { completed: self.completed.truth().unwrap_or(false) })
            }
            // Written at every progress too; only this reason is a person's click.
            "UserDataSaved" => match (self.save_reason.as_str(), self.played.truth()) {
                ("TogglePlayed", Some(true)) => {
                    Ok(Action::Mark { at: Time::from_rfc3339(self.last_played.as_str()) })
                }
                ("TogglePlayed", Some(false)) => Ok(Action::Unmark),
                (reason, _) => Err(Reason::NotPlayback {
                    event: format!("UserDataSaved {reason}").trim().into(),
                }),
            },
            _ => Err(Reason::NotPlayback { event: self.event.text() }),
        }
    }

    fn item(&self) -> Result<Item, Reason> {
        let kind = match Playable::of(&self.kind, &self.event)? {
            Playable::Movie => Kind::Movie,
            Playable::Episode => {
                let number = self.number.count();
                Kind::Episode(Episode {
                    show: Show {
                        key: String::new(),
                        title: unescaped(&self.series_name.text()),
                        year: self.series_premiere.year(),
                        aired: None,
                        ids: Ids::default(),
                    },
                    season: self.season.count(),
                    number,
                    last: last_of_file(number, self.last.count()),
                })
            }
        };
        let mut ids = Ids::default();
        for (provider, value) in [("imdb", &self.imdb), ("tmdb", &self.tmdb), ("tvdb", &self.tvdb)]
        {
            ids.learn(&guid::provider(provider, &value.text()));
        }
        Ok(Item {
            kind,
            key: plain_id(&self.item_id),
            ids,
            title: unescaped(&self.name.text()),
            year: self.year.year(),
            aired: self.premiere.day(),
            runtime_ms: self.runtime.ticks().filter(|ms| *ms > 0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rest: &str) -> Result<(Action, Option<u64>), Reason> {
        let json = format!(r#"{{"ItemType":"Movie","PlaybackPositionTicks":0,{rest}}}"#);
        match said(&json) {
            Ok(Some(Said::Event(event))) => Ok((event.action, event.position_ms)),
            Ok(Some(Said::Nothing { reason, .. })) => Err(reason),
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn events_and_what_they_mean() {
        let not = |event: &str| Err(Reason::NotPlayback { event: event.into() });
        let toggle = r#""NotificationType":"UserDataSaved","SaveReason":"TogglePlayed""#;
        let cases = [
            (r#""NotificationType":"PlaybackStart""#.into(), Ok((Action::Start, Some(0)))),
            (
                r#""NotificationType":"PlaybackStart","PlaybackPositionTicks":"""#.into(),
                Ok((Action::Start, None)),
            ),
            (
                r#""NotificationType":"PlaybackProgress""#.into(),
                Ok((Action::Progress { paused: None }, Some(0))),
            ),
            (
                r#""NotificationType":"PlaybackProgress","IsPaused":"True""#.into(),
                Ok((Action::Progress { paused: Some(true) }, Some(0))),
            ),
            (
                r#""NotificationType":"PlaybackStop","PlayedToCompletion":"True""#.into(),
                Ok((Action::Stop { completed: true }, Some(0))),
            ),
            (format!(r#"{toggle},"Played":true"#), Ok((Action::Mark { at: None }, None))),
            (
                format!(r#"{toggle},"Played":"True","LastPlayedDate":"2025-12-08T21:40:02Z""#),
                Ok((Action::Mark { at: Some(Time(1_765_230_002_000)) }, None)),
            ),
            (format!(r#"{toggle},"Played":false"#), Ok((Action::Unmark, None))),
            (toggle.into(), not("UserDataSaved TogglePlayed")),
            (
                r#""NotificationType":"UserDataSaved","SaveReason":"PlaybackFinished","Played":true"#.into(),
                not("UserDataSaved PlaybackFinished"),
            ),
            (r#""NotificationType":"UserDataSaved""#.into(), not("UserDataSaved")),
            (r#""NotificationType":"ItemAdded""#.into(), not("ItemAdded")),
        ];
        for (json, expected) in cases {
            assert_eq!(seen(&json), expected, "{json}");
        }
    }

    #[test]
    fn only_movies_and_episodes_are_scrobbled() {
        let start = |kind: &str| {
            seen(&format!(r#""NotificationType":"PlaybackStart","ItemType":"{kind}""#))
        };
        assert_eq!(start("Audio"), Err(Reason::NotVideo { kind: "Audio".into() }));
        assert_eq!(start("Season"), Err(Reason::NotVideo { kind: "Season".into() }));
        assert_eq!(start("Trailer"), Err(Reason::Trailer));
        assert_eq!(start("LiveTvChannel"), Err(Reason::LiveTv));
        assert_eq!(start(""), Err(Reason::NoItem { event: "PlaybackStart".into() }));
        assert!(start("episode").is_ok());
    }
}
