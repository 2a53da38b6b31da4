//! What does Emby say?
//!
//! Emby's built-in webhooks send the shape of [`dto`](super::dto) with `PlaybackInfo` for the
//! position and for "completed" (Emby.SDK 4.8.11, `InternalNotificationRequest`). A start from
//! the beginning may have no `PlaybackInfo` at all. An episode's `ProviderIds` are its own; of
//! its show Emby says only the title.

use super::Said;
use super::dto::{Envelope, Own};
use crate::event::Source;

/// Reads Emby's shape; `None` where it is another.
pub(super) fn said(json: &str) -> serde_json::Result<Option<Said>> {
    let envelope: Envelope = serde_json::from_str(json)?;
    let is_jellyfins = !envelope.notification.is_empty() || envelope.server.is_jellyfin();
    if envelope.event.is_empty() || is_jellyfins {
        return Ok(None);
    }
    let position = if envelope.playback.position.is_empty() && !envelope.is_stop() {
        &envelope.session.state.position // not in the SDK, but receivers have met it
    } else {
        &envelope.playback.position
    };
    let own = Own {
        source: Source::Emby,
        position_ms: position.ticks(),
        completed: envelope.playback.completed.truth().unwrap_or(false),
    };
    Ok(Some(envelope.said(&own)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Action;
    use crate::verdict::Reason;

    fn seen(rest: &str) -> Result<(Action, Option<u64>), Reason> {
        let json = format!(r#"{{"Item":{{"Type":"Movie"}},{rest}}}"#);
        match said(&json) {
            Ok(Some(Said::Event(event))) => Ok((event.action, event.position_ms)),
            Ok(Some(Said::Nothing { reason, .. })) => Err(reason),
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn events_are_known_in_every_spelling() {
        let cases: &[(Result<Action, Reason>, &[&str])] = &[
            (
                Ok(Action::Start),
                &["playback.start", "PlaybackStart", "play", "Playing", "media.play"],
            ),
            (Ok(Action::Resume), &["playback.unpause", "playback_unpause", "resume", "Resumed"]),
            (Ok(Action::Pause), &["playback.pause", "playback-pause", "pause", "Paused"]),
            (
                Ok(Action::Stop { completed: false }),
                &["playback.stop", "stop", "Stopped", "playbackstopped"],
            ),
            (Ok(Action::Completed), &["playback.scrobble", "scrobble"]),
            (Ok(Action::Progress { paused: None }), &["playback.progress"]),
            (Ok(Action::Mark { at: None }), &["item.markplayed", "markplayed"]),
            (Ok(Action::Unmark), &["item.markunplayed", "markunplayed"]),
            (Err(Reason::Favourite), &["item.rate", "item.unrate", "item.addedtofavorites"]),
            (
                Err(Reason::TestMessage { source: Source::Emby }),
                &["system.webhooktest", "system.notificationtest"],
            ),
            (Err(Reason::NotPlayback { event: "library.new".into() }), &["library.new"]),
        ];
        for (expected, spellings) in cases {
            for spelling in *spellings {
                let action = seen(&format!(r#""Event":"{spelling}""#)).map(|(action, _)| action);
                assert_eq!(&action, expected, "{spelling}");
            }
        }
    }

    #[test]
    fn no_position_is_not_position_zero() {
        let cases = [
            (r#""Event":"playback.start""#, None),
            (r#""Event":"playback.start","PlaybackInfo":{}"#, None),
            (r#""Event":"playback.start","PlaybackInfo":{"PositionTicks":0}"#, Some(0)),
            (r#""Event":"playback.pause","PlaybackInfo":{"PositionTicks":"25000"}"#, Some(2)),
            (
                r#""Event":"playback.pause","Session":{"PlayState":{"PositionTicks":30000}}"#,
                Some(3),
            ),
            (r#""Event":"playback.stop","Session":{"PlayState":{"PositionTicks":30000}}"#, None),
            (r#""Event":"item.markplayed","PlaybackInfo":{"PositionTicks":0}"#, None),
        ];
        for (json, expected) in cases {
            assert_eq!(seen(json).map(|(_, position)| position), Ok(expected), "{json}");
        }
    }
}
