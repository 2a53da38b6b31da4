//! What does shemanaev's Jellyfin plugin say?
//!
//! Its default format sends the shape of [`dto`](super::dto), with the show of an episode as an
//! item of its own (`Series`): the only Jellyfin sender that gives the show's ids and year. The
//! session's `PlayState` is already reset when it stops; what is left then is the user's data,
//! whose `Played` Jellyfin clears at each start (FuzzyGrim/Yamtrack#641, #1209).

use super::Said;
use super::dto::{Envelope, Own};
use crate::event::Source;

/// Reads this plugin's default shape; `None` where it is another.
pub(super) fn said(json: &str) -> serde_json::Result<Option<Said>> {
    let envelope: Envelope = serde_json::from_str(json)?;
    // Emby's event names have dots, and its servers have other versions.
    let is_embys = envelope.event.as_str().contains('.') && !envelope.server.is_jellyfin();
    if !envelope.is_known() || is_embys {
        return Ok(None);
    }
    let data = &envelope.item.user_data;
    let mut position_ms = envelope.session.state.position.ticks();
    if envelope.is_stop() && position_ms.is_none() {
        position_ms = data.position.ticks().filter(|ms| *ms > 0); // 0 also means "at the end"
    }
    let own = Own {
        source: Source::Jellyfin,
        position_ms,
        completed: data.played.truth().unwrap_or(false),
    };
    Ok(Some(envelope.said(&own)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Action, Time};

    fn seen(rest: &str) -> (Action, Option<u64>) {
        let json = format!(r#"{{"Server":{{"Version":"10.10.3"}},{rest}}}"#);
        match said(&json) {
            Ok(Some(Said::Event(event))) => (event.action, event.position_ms),
            other => panic!("{json}: {other:?}"),
        }
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
        for (event, session, data, expected) in cases {
            let json = format!(r#""Event":"{event}",{session},{}"#, movie(data));
            assert_eq!(seen(&json), expected, "{json}");
        }
    }
}
