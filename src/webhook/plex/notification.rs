//! What does Plex' event stream say of a playback?
//!
//! `PlaySessionStateNotification` names neither the user nor what is played but by its rating key; it is an
//! object in the event stream and a list in the websocket.

use crate::webhook::object::{Read, lenient, object};
use crate::webhook::scalar::Scalar;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess};

/// What a player reports of a playback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The session's number. They begin at 1 again when the server is started anew.
    pub session: String,
    /// The player's id; empty where an old server does not name it.
    pub player: String,
    /// The item's rating key.
    pub key: String,
    /// Where it is, in milliseconds, if it says so.
    pub position_ms: Option<u64>,
    /// What it does.
    pub state: Playback,
}

/// What a player does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playback {
    /// It plays.
    Playing,
    /// It is paused.
    Paused,
    /// It has stopped.
    Stopped,
    /// It waits for data, or does what nobody here knows: it is there, and that is all.
    Waiting,
}

/// Most notifications of one event; it has always been one.
const MOST: usize = 100;

object! {
    struct Frame<'a> { list: Notes<'a> = "PlaySessionStateNotification", }
}

object! {
    struct Note<'a> {
        session: Scalar<'a> = "sessionKey",
        player: Scalar<'a> = "clientIdentifier",
        key: Scalar<'a> = "ratingKey",
        path: Scalar<'a> = "key",
        position: Scalar<'a> = "viewOffset",
        state: Scalar<'a> = "state",
    }
}

/// One, or a list of them.
#[derive(Debug, Default)]
pub(in crate::webhook) struct Notes<'a>(Vec<Note<'a>>);

impl<'de> Read<'de> for Notes<'de> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let mut note = self.0.pop().unwrap_or_default();
        note.member(key, map)?;
        self.0.push(note);
        Ok(())
    }

    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(note) = list.next_element::<Note>()? else { return Ok(false) };
        if self.0.len() < MOST {
            self.0.push(note);
        }
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for Notes<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)
    }
}

/// What the data of an event `playing` says. Live television, which has a path of its own, and sessions
/// without a number (they are no playbacks of a person) are left out.
#[must_use]
pub fn notifications(json: &str) -> Vec<Notification> {
    let Ok(frame) = serde_json::from_str::<Frame>(json) else { return Vec::new() };
    let read = |note: &Note| {
        let session = note.session.text();
        let is_number = !session.is_empty() && session.bytes().all(|byte| byte.is_ascii_digit());
        let is_live = note.path.as_str().starts_with("/livetv/");
        let key = note.key.text();
        (is_number && !is_live && !key.is_empty()).then(|| Notification {
            session,
            player: note.player.text(),
            key,
            position_ms: note.position.millis(),
            state: match note.state.as_str() {
                "playing" => Playback::Playing,
                "paused" => Playback::Paused,
                "stopped" => Playback::Stopped,
                _ => Playback::Waiting,
            },
        })
    };
    frame.list.0.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(
        session: &str,
        player: &str,
        position_ms: Option<u64>,
        state: Playback,
    ) -> Notification {
        let (session, player, key) = (session.into(), player.into(), "22170".into());
        Notification { session, player, key, position_ms, state }
    }

    #[test]
    fn a_notification_is_an_object_or_a_list() {
        let one = r#"{"sessionKey":"17","clientIdentifier":"tv","guid":"","ratingKey":"22170","url":"",
            "key":"/library/metadata/22170","viewOffset":19000,"playQueueID":4711,"state":"paused"}"#;
        let old = r#"{"sessionKey":18,"ratingKey":22170,"key":"/library/metadata/22170","state":"buffering"}"#;
        let paused = note("17", "tv", Some(19_000), Playback::Paused);
        let waiting = note("18", "", None, Playback::Waiting);
        for (json, expected) in [
            (one.to_owned(), vec![paused.clone()]),
            (format!("[{one},7,{old}]"), vec![paused, waiting]),
            ("[]".to_owned(), vec![]),
            ("null".to_owned(), vec![]),
        ] {
            let json = format!(r#"{{"PlaySessionStateNotification":{json}}}"#);
            assert_eq!(notifications(&json), expected, "{json}");
        }
        for strange in ["{}", "[]", "7", "", "{", r#"{"ActivityNotification":{"state":"playing"}}"#]
        {
            assert_eq!(notifications(strange), [], "{strange}");
        }
    }

    #[test]
    fn what_is_no_persons_playback_is_left_out() {
        for (member, count) in [
            (r#""state":"playing""#, 1),
            (r#""state":"error""#, 1),
            (r#""sessionKey":"dvr-7""#, 0),
            (r#""sessionKey":"""#, 0),
            (r#""ratingKey":"""#, 0),
            (r#""key":"/livetv/sessions/3d0f6b2e""#, 0),
        ] {
            let json = format!(
                r#"{{"PlaySessionStateNotification":{{"sessionKey":"17","ratingKey":"5",{member}}}}}"#
            );
            assert_eq!(notifications(&json).len(), count, "{member}");
        }
    }

    #[test]
    fn no_list_is_too_long() {
        let one = r#"{"sessionKey":"1","ratingKey":"5"}"#;
        let json = format!(r#"{{"PlaySessionStateNotification":[{}]}}"#, [one; 500].join(","));
        assert_eq!(notifications(&json).len(), MOST);
    }
}
