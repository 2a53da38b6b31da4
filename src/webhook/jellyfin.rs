//! What do Jellyfin's webhook plugins say?
//!
//! The official one sends one flat object (`Send All Properties`), or whatever a template makes of it:
//! the values often all strings, the item nested or not. Positions and runtimes are ticks of 100 ns or
//! a clock's text, a runtime of 0 is unknown. `Provider_*` are the item's own ids; of its show the
//! plugin says title, key, year and first day (jellyfin/jellyfin-plugin-webhook#326). Texts carry the
//! plugin's own escapes, see [`entity`](super::entity).
//!
//! shemanaev's sends in its default format the show of an episode as an item of its own (`Series`): the
//! only Jellyfin sender that gives the show's ids. The session's `PlayState` is already reset when it
//! stops; what is left then is the user's data, whose `Played` Jellyfin clears at each start
//! (FuzzyGrim/Yamtrack#641, #1209).

use super::Said;
use super::dto::{Envelope, Own};
use super::scalar::Scalar;
use crate::event::Source;

/// Reads either plugin's shape; `None` where it is another.
pub(super) fn said(json: &str) -> serde_json::Result<Option<Said>> {
    let envelope: Envelope = serde_json::from_str(json)?;
    // Emby's event names have dots, and its servers have other versions.
    let is_embys = envelope.event().as_str().contains('.') && !envelope.server.is_jellyfin();
    if envelope.event().is_empty() || is_embys {
        return Ok(None);
    }
    let data = &envelope.item.user_data;
    let completed = [&envelope.completed, &envelope.playback.completed, &data.played];
    let own = Own {
        source: Source::Jellyfin,
        position_ms: position(&envelope),
        completed: completed.into_iter().find_map(Scalar::truth).unwrap_or(false),
    };
    Ok(Some(envelope.said(&own)))
}

fn position(envelope: &Envelope) -> Option<u64> {
    let nested = [&envelope.session.state.position, &envelope.playback.position];
    let ticks = envelope.position.ticks().or_else(|| nested.into_iter().find_map(Scalar::ticks));
    let kept = || {
        let kept = envelope.item.user_data.position.ticks()?;
        (envelope.is_stop() && kept > 0).then_some(kept) // 0 also means "at the end"
    };
    ticks.or_else(|| envelope.position_clock.clock()).or_else(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Action, Event, Ids, Item, Kind, Player, Show, Time, User};
    use crate::verdict::Reason;

    fn event(json: &str) -> Result<Event, Reason> {
        match said(json) {
            Ok(Some(Said::Event(event))) => Ok(*event),
            Ok(Some(Said::Nothing { reason, .. })) => Err(reason),
            other => panic!("{json}: {other:?}"),
        }
    }

    fn seen(rest: &str) -> Result<(Action, Option<u64>), Reason> {
        let json = format!(r#"{{"ItemType":"Movie","PlaybackPositionTicks":0,{rest}}}"#);
        event(&json).map(|event| (event.action, event.position_ms))
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

    #[test]
    fn its_words_and_where_their_positions_stand() {
        let at_4_ms = r#""Session":{"PlayState":{"PositionTicks":40000,"IsPaused":true}}"#;
        let movie = |data: &str| format!(r#""Item":{{"Type":"Movie","UserData":{{{data}}}}}"#);
        let cases = [
            ("Play", at_4_ms, "", (Action::Start, Some(4))),
            ("Pause", at_4_ms, "", (Action::Pause, Some(4))),
            ("Resume", at_4_ms, "", (Action::Resume, Some(4))),
            ("Progress", at_4_ms, "", (Action::Progress { paused: Some(true) }, Some(4))),
            ("Scrobble", at_4_ms, "", (Action::Completed, Some(4))),
            ("Stop", r#""x":1"#, "", (Action::Stop { completed: false }, None)),
            (
                "Stop",
                r#""x":1"#,
                r#""PlaybackPositionTicks":50000,"Played":false"#,
                (Action::Stop { completed: false }, Some(5)),
            ),
            (
                "Stop",
                r#""x":1"#,
                r#""PlaybackPositionTicks":0,"Played":true"#,
                (Action::Stop { completed: true }, None),
            ),
            (
                "MarkPlayed",
                at_4_ms,
                r#""LastPlayedDate":"2025-12-08T21:40:02.3310000Z""#,
                (Action::Mark { at: Some(Time(1_765_230_002_331)) }, None),
            ),
            ("MarkUnplayed", at_4_ms, "", (Action::Unmark, None)),
        ];
        for (word, session, data, expected) in cases {
            let json = format!(r#""Event":"{word}",{session},{}"#, movie(data));
            let json = format!(r#"{{"Server":{{"Version":"10.10.3"}},{json}}}"#);
            assert_eq!(event(&json).map(|e| (e.action, e.position_ms)), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_a_template_leaves_at_the_top_is_read_with_what_it_nests() {
        let flat = r#""NotificationUsername":"mara","UserId":"u1","DeviceId":"d1","DeviceName":"den",
            "ServerId":"s1","PlaybackPositionTicks":"40000","RunTimeTicks":"90000","ItemId":"i1",
            "Provider_tvdb":"7","IsPaused":"True","IsAutomated":"True","PlayedToCompletion":"True",
            "Item":{"Type":"Movie"}"#;
        let nested = r#""Item":{"Type":"Movie","Id":"i1","RunTimeTicks":90000,
                "ProviderIds":{"Tvdb":"7"},"UserData":{"Played":true}},
            "User":{"Name":"mara","Id":"u1"},"Server":{"Id":"s1"},
            "Session":{"DeviceId":"d1","DeviceName":"den",
                "PlayState":{"PositionTicks":40000,"IsPaused":true,"IsAutomated":true}}"#;
        let expected = |action| Event {
            source: Source::Jellyfin,
            action,
            server: "s1".into(),
            user: User { id: "u1".into(), name: "mara".into(), ..User::default() },
            player: Player { id: "d1".into(), name: "den".into() },
            library: None,
            item: Item {
                key: "i1".into(),
                ids: Ids { tvdb: Some(7), ..Ids::default() },
                runtime_ms: Some(9),
                ..Item::default()
            },
            position_ms: Some(4),
            is_guess: true,
        };
        for rest in [flat, nested] {
            for (word, action) in [
                (r#""Event":"PlaybackStop""#, Action::Stop { completed: true }),
                (r#""NotificationType":"PlaybackStop""#, Action::Stop { completed: true }),
                (r#""Event":"PlaybackProgress""#, Action::Progress { paused: Some(true) }),
            ] {
                let json = format!("{{{word},{rest}}}");
                assert_eq!(event(&json), Ok(expected(action)), "{json}");
            }
        }
    }

    #[test]
    fn what_a_template_calls_saved_is_a_mark_if_somebody_toggled_it() {
        let not = |reason: &str| {
            Err(Reason::NotPlayback { event: format!("UserDataSaved {reason}").trim().into() })
        };
        let mark = Ok(Action::Mark { at: Some(Time(1_765_230_002_000)) });
        let toggled = r#""SaveReason":"TogglePlayed""#;
        let unplayed = r#""SaveReason":"TogglePlayed","Played":"False""#;
        let cases = [
            (toggled, r#""Played":true,"LastPlayedDate":"2025-12-08T21:40:02Z""#, mark),
            (toggled, r#""Played":false"#, not("TogglePlayed")),
            (unplayed, r#""Played":true"#, Ok(Action::Unmark)),
            (r#""SaveReason":"PlaybackFinished""#, r#""Played":true"#, not("PlaybackFinished")),
            (r#""x":1"#, r#""Played":true"#, not("")),
        ];
        for (top, data, expected) in cases {
            let item = format!(r#""Item":{{"Type":"Movie","UserData":{{{data}}}}}"#);
            let json = format!(r#"{{"Event":"UserDataSaved",{top},{item}}}"#);
            assert_eq!(event(&json).map(|event| event.action), expected, "{json}");
        }
    }

    #[test]
    fn a_bots_name_is_nobodys() {
        let cases = [
            (r#""NotificationUsername":"mara","Username":"Kino","BotUsername":"Kino""#, "mara"),
            (r#""Username":"Kino","NotificationUsername":"mara""#, "mara"),
            (r#""NotificationUsername":"","Username":"mara""#, "mara"),
            (r#""Username":"Kino","BotUsername":"Kino""#, ""),
            (r#""User":{"Name":"Kino"},"BotUsername":"Kino""#, ""),
            (r#""User":{"Name":"Kino"},"NotificationUsername":"mara""#, "mara"),
            (r#""Username":"mara","BotUsername":"Kino""#, "mara"),
            (r#""NotificationUsername":"Kino","BotUsername":"Kino""#, "Kino"),
            (r#""Username":"mara","BotUsername":"""#, "mara"),
        ];
        for (names, expected) in cases {
            let json = format!(
                r#"{{"NotificationType":"PlaybackStart","ItemType":"Movie","UserId":"u",{names}}}"#
            );
            let expected = User { id: "u".into(), name: expected.into(), ..User::default() };
            assert_eq!(event(&json).map(|event| event.user), Ok(expected), "{json}");
        }
    }

    #[test]
    fn a_clocks_text_is_read_where_there_are_no_ticks() {
        let cases = [
            (r#""PlaybackPosition":"00:20:00","RunTime":"01:00:00""#, (Some(1_200), Some(3_600))),
            (r#""PlaybackPosition":"00:00:00","RunTime":"00:00:00""#, (Some(0), None)),
            (r#""PlaybackPositionTicks":"","PlaybackPosition":"00:00:05""#, (Some(5), None)),
            (r#""PlaybackPositionTicks":0,"PlaybackPosition":"00:00:05""#, (Some(0), None)),
            (r#""RunTimeTicks":0,"RunTime":"00:00:05""#, (None, None)),
            (r#""RunTimeTicks":"","RunTime":"00:00:05""#, (None, Some(5))),
        ];
        for (rest, (position, runtime)) in cases {
            let json =
                format!(r#"{{"NotificationType":"PlaybackStop","ItemType":"Movie",{rest}}}"#);
            let seen = event(&json).map(|event| (event.position_ms, event.item.runtime_ms));
            let ms = |seconds: Option<u64>| seconds.map(|seconds| seconds * 1000);
            assert_eq!(seen, Ok((ms(position), ms(runtime))), "{json}");
        }
    }

    #[test]
    fn a_year_is_the_series_or_the_episodes_own() {
        let day = r#""PremiereDate":"2025-02-20""#;
        let cases = [
            // (what is said, the series' year, the episode's own)
            (r#""Year":2019"#.to_owned(), (Some(2019), None)),
            (format!(r#""Year":2019,{day}"#), (Some(2019), Some(2025))),
            (format!(r#""Year":2025,{day}"#), (None, Some(2025))),
            (format!(r#""Year":2025,{day},"SeasonNumber":1"#), (Some(2025), Some(2025))),
            (r#""Year":2025,"SeriesPremiereDate":"2019-03-01""#.into(), (Some(2019), None)),
            (r#""Item":{"ProductionYear":2025}"#.into(), (None, Some(2025))),
            (r#""Series":{"ProductionYear":2019}"#.into(), (Some(2019), None)),
        ];
        for (said, expected) in cases {
            let item = episode(&said);
            let Kind::Episode(episode) = item.kind else { panic!("{said}") };
            assert_eq!((episode.show.year, item.year), expected, "{said}");
        }
    }

    #[test]
    fn a_series_has_its_key_and_its_first_day() {
        let flat = r#""SeriesId":"55AA1090-7C3D-4E5F-6017-28200AABBCCE","SeriesPremiereDate":"2019-03-01""#;
        let id = r#""Id":"55aa10907c3d4e5f601728200aabbcce""#;
        let series = format!(r#""Series":{{{id},"PremiereDate":"2019-03-01T00:00:00Z"}}"#);
        for said in [flat, &series] {
            let expected = Show {
                key: "55aa10907c3d4e5f601728200aabbcce".into(),
                year: Some(2019),
                aired: Some("2019-03-01".into()),
                ..Show::default()
            };
            let Kind::Episode(episode) = episode(said).kind else { panic!("{said}") };
            assert_eq!(episode.show, expected, "{said}");
        }
    }

    fn episode(said: &str) -> Item {
        let json = format!(r#"{{"NotificationType":"PlaybackStart","ItemType":"Episode",{said}}}"#);
        event(&json).expect(&json).item
    }
}
