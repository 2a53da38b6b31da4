//! What plays at a Plex server, and what does it say of an item?
//!
//! A session of `/status/sessions` and an item of `/library/metadata/…` are described as in a webhook, so
//! they are read by the same code; oddities are those of <https://developer.plex.tv/pms> and of
//! recorded answers.

use super::item::{Guids, Metadata};
use crate::event::{Action, Event, Item, Source};
use crate::verdict::Reason;
use crate::webhook::object::{Given, Read, lenient, object};
use crate::webhook::scalar::Scalar;
use serde::de::{Deserialize, Deserializer, SeqAccess};

pub use super::item::Credits;

/// Most sessions that are looked at.
const MOST: usize = 200;

/// Something that plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Its number there.
    pub number: String,
    /// The item's rating key.
    pub key: String,
    /// The player's id.
    pub player: String,
    /// Whether it is paused.
    pub is_paused: bool,
    /// That it begins, at the position that was reported last; or why it is nothing to scrobble.
    pub said: Result<Event, Reason>,
}

/// What is known of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// The item.
    pub item: Item,
    /// Where its credits begin.
    pub credits: Credits,
}

object! {
    struct Answer<'a> { container: Given<Container<'a>> = "MediaContainer", }
}

object! {
    struct Container<'a> {
        size: Scalar<'a> = "size",
        list: List<'a> = "Metadata",
    }
}

#[derive(Debug, Default)]
pub(in crate::webhook) struct List<'a>(Vec<Metadata<'a>>);

impl<'de> Read<'de> for List<'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(one) = list.next_element()? else { return Ok(false) };
        if self.0.len() < MOST {
            self.0.push(one);
        }
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for List<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)
    }
}

/// The list in an answer, if it is one and as long as it says: half an answer is not nobody.
fn list(json: &str) -> Option<List<'_>> {
    let answer: Answer = serde_json::from_str(json).ok()?;
    let container = answer.container.0?;
    let size = usize::try_from(container.size.count()?).ok()?;
    (size.min(MOST) == container.list.0.len()).then_some(container.list)
}

/// What plays at the server with this id; `None` where the answer is no list of it.
#[must_use]
pub fn sessions(server: &str, json: &str) -> Option<Vec<Session>> {
    Some(list(json)?.0.iter().map(|metadata| metadata.session(server)).collect())
}

/// What an answer says of the item that was asked for; `None` where that is no movie and no episode.
#[must_use]
pub fn described(json: &str) -> Option<Described> {
    let list = list(json)?;
    let metadata = list.0.first()?;
    let item = metadata.item(metadata.runtime_ms(), Action::Start, Guids::Own).ok()?;
    Some(Described { item, credits: metadata.markers.0 })
}

impl Metadata<'_> {
    fn runtime_ms(&self) -> Option<u64> {
        self.duration.millis().filter(|ms| *ms > 0)
    }

    fn session(&self, server: &str) -> Session {
        let event = |item| Event {
            source: Source::Plex,
            action: Action::Start,
            server: server.to_owned(),
            user: self.user.user(),
            player: self.player.player(),
            library: self.library(),
            item,
            // At the beginning there is none.
            position_ms: Some(self.view_offset.millis().unwrap_or(0)),
            is_guess: false,
        };
        Session {
            number: self.session.text(),
            key: self.key.text(),
            player: self.player.id.text(),
            is_paused: self.player.state.as_str() == "paused",
            said: self.item(self.runtime_ms(), Action::Start, Guids::Own).map(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Ids, Kind, Library, Player, User};

    const FILM: &str = r#"{"librarySectionID":"1","librarySectionTitle":"Movies","ratingKey":"18842",
        "guid":"plex://movie/64b1","type":"movie","title":"The Salt Road","year":2021,
        "duration":6842176,"Guid":[{"id":"imdb://tt91000101"},{"id":"tmdb://9100101"}],
        "sessionKey":"20","viewOffset":640000,
        "User":{"id":"1","thumb":"https://plex.tv/users/7c1e94ab/avatar?c=1","title":"mara.finch"},
        "Player":{"machineIdentifier":"9a4e","state":"paused","title":"Den"}}"#;

    fn listed(sessions: &[&str]) -> String {
        let size = sessions.len();
        let list = sessions.join(",");
        format!(r#"{{"MediaContainer":{{"size":{size},"Metadata":[{list}]}}}}"#)
    }

    #[test]
    fn a_session_is_an_event_as_a_webhook_would_have_told_it() {
        let sessions = sessions("5f0c", &listed(&[FILM])).expect("a list");
        let [Session { number, key, player, is_paused, said: Ok(event) }] = &sessions[..] else {
            panic!("{sessions:#?}")
        };
        let ids = (number.as_str(), key.as_str(), player.as_str(), *is_paused);
        assert_eq!(ids, ("20", "18842", "9a4e", true));
        assert_eq!(event.server, "5f0c");
        let user = User { id: "1".into(), uuid: "7c1e94ab".into(), name: "mara.finch".into() };
        assert_eq!(event.user, user);
        assert_eq!(event.player, Player { id: "9a4e".into(), name: "Den".into() });
        assert_eq!(event.library, Some(Library { id: "1".into(), title: "Movies".into() }));
        assert_eq!(event.position_ms, Some(640_000));
        assert_eq!(event.item.kind, Kind::Movie);
        assert_eq!(event.item.runtime_ms, Some(6_842_176));
        let ids = Ids { imdb: Some("tt91000101".into()), tmdb: Some(9_100_101), ..Ids::default() };
        assert_eq!(event.item.ids, ids);
    }

    #[test]
    fn what_is_missing_or_no_film_is_told_apart() {
        let (user, at) = (r#""User":{"id":"1","#, r#""viewOffset":640000,"#);
        let said = |json: &str| sessions("", &listed(&[json])).expect("a list").remove(0).said;
        let nobody = said(&FILM.replace(user, r#""Other":{"id":"1","#)).expect("a film");
        assert!(nobody.user.is_unknown());
        let guest = FILM.replace(user, r#""User":{"id":"0","title":""},"Other":{"#);
        assert!(said(&guest).expect("a film").user.is_unknown());
        assert_eq!(said(&FILM.replace(at, "")).expect("a film").position_ms, Some(0));
        let kind = |kind: &str| said(&FILM.replace(r#""type":"movie""#, kind)).err();
        let track = Some(Reason::NotVideo { kind: "track".into() });
        assert_eq!(kind(r#""type":"track""#), track);
        assert_eq!(kind(r#""type":"clip","extraType":1"#), Some(Reason::Trailer));
        assert_eq!(kind(r#""type":"episode","live":"1""#), Some(Reason::LiveTv));
    }

    #[test]
    fn only_a_whole_list_is_one() {
        let half = listed(&[FILM]).replace(r#""size":1"#, r#""size":2"#);
        for (json, expected) in [
            (r#"{"MediaContainer":{"size":0}}"#, Some(0)),
            (r#"{"MediaContainer":{"size":"0"}}"#, Some(0)),
            (&listed(&[FILM, FILM]), Some(2)),
            (&half, None),
            (r#"{"MediaContainer":{}}"#, None),
            ("{}", None),
            ("[]", None),
            ("<html>", None),
        ] {
            assert_eq!(sessions("", json).map(|all| all.len()), expected, "{json}");
        }
        let many = vec![FILM; MOST + 7];
        assert_eq!(sessions("", &listed(&many)).map(|all| all.len()), Some(MOST));
    }

    #[test]
    fn an_item_tells_where_its_credits_begin() {
        let markers = |list: &str| {
            let item = FILM.replace(r#""year":2021"#, &format!(r#""year":2021,"Marker":{list}"#));
            described(&listed(&[&item])).expect("a film").credits
        };
        let credits = r#"{"type":"credits","startTimeOffset":5000}"#;
        let last = r#"{"type":"credits","startTimeOffset":6000,"final":true}"#;
        let intro = r#"{"type":"intro","startTimeOffset":10,"final":true}"#;
        let found = |first_ms, final_ms| Credits { first_ms, final_ms };
        for (list, expected) in [
            ("[]".to_owned(), found(None, None)),
            (format!("[{intro}]"), found(None, None)),
            (format!("[{intro},{last},{credits}]"), found(Some(5_000), Some(6_000))),
            (format!("[{credits}]"), found(Some(5_000), None)),
            ("7".to_owned(), found(None, None)),
        ] {
            assert_eq!(markers(&list), expected, "{list}");
        }
        assert_eq!(described(&listed(&[r#"{"type":"track"}"#])), None);
        assert_eq!(described(r#"{"MediaContainer":{"size":0}}"#), None);
    }
}
