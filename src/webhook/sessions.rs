//! What plays at a Jellyfin or an Emby that was asked?
//!
//! `/Sessions` has an entry for each program on each device, whether it plays or not. What one plays
//! is the same `BaseItemDto` as in webhooks, and is read as there. An entry says who sits there,
//! several perhaps (`AdditionalUsers`), where playback stands, and, at Jellyfin, when the player said
//! so itself (`LastPlaybackCheckIn`): between two reports the server counts on, also when the player is
//! gone.
//!
//! Not here: what follows from one answer after another (`hear`).

use super::dto::{Dto, Envelope, Person, PlayState, Server, Session, plain_id};
use super::entity::unescaped;
use super::object::{Read, object};
use super::scalar::Scalar;
use crate::event::{Action, Event, Item, Player, Source, Time, User};
use crate::verdict::Reason;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess};

/// How many sessions that play something are read; more is nobody's household.
const MOST_SESSIONS: usize = 200;
/// How many people sit at one player.
const MOST_PEOPLE: usize = 20;

/// A session that plays something.
#[derive(Clone, Debug, PartialEq)]
pub struct Playing {
    /// The server's id of the session, which is that of a program on a device, not of a play; or empty.
    pub session: String,
    /// The server's own id, or empty.
    pub server: String,
    /// Who watches. Nobody, where nobody is named.
    pub users: Vec<User>,
    /// On what.
    pub player: Player,
    /// What, or why it is nothing to scrobble.
    pub item: Result<Item, Reason>,
    /// Where the server says that playback stands, in milliseconds.
    pub position_ms: Option<u64>,
    /// Whether it is paused.
    pub paused: bool,
    /// When the player last reported something itself, by the server's clock. Emby does not say it.
    pub checked_in: Option<Time>,
}

impl Playing {
    /// That it goes on, for each who watches; nothing of what is nothing to scrobble. `id` is the
    /// server's own, for sessions that do not say it.
    #[must_use]
    pub fn events(self, source: Source, id: &str) -> Vec<Event> {
        let Ok(item) = self.item else { return Vec::new() };
        let server = if self.server.is_empty() { id.to_owned() } else { self.server };
        let one = |user: User| Event {
            source,
            action: Action::Progress { paused: Some(self.paused) },
            server: server.clone(),
            user,
            player: self.player.clone(),
            library: None,
            item: item.clone(),
            position_ms: self.position_ms,
            is_guess: false,
        };
        self.users.into_iter().map(one).collect()
    }
}

/// What a server says of all sessions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sessions {
    /// Those that play something, at most 200.
    pub playing: Vec<Playing>,
    /// The latest time in the answer: there, it is not earlier.
    pub latest: Option<Time>,
}

impl Sessions {
    /// Keeps what these people watch, and what nobody does.
    pub fn keep(&mut self, is_meant: impl Fn(&User) -> bool) {
        self.playing.retain_mut(|playing| {
            let was_somebodys = !playing.users.is_empty();
            playing.users.retain(&is_meant);
            !(was_somebodys && playing.users.is_empty())
        });
    }
}

object! {
    struct Entry<'a> {
        id: Scalar<'a> = "Id",
        server_id: Scalar<'a> = "ServerId",
        user_id: Scalar<'a> = "UserId",
        user_name: Scalar<'a> = "UserName",
        others: People<'a> = "AdditionalUsers",
        device_id: Scalar<'a> = "DeviceId",
        device_name: Scalar<'a> = "DeviceName",
        client: Scalar<'a> = "Client",
        state: PlayState<'a> = "PlayState",
        item: Dto<'a> = "NowPlayingItem",
        checked_in: Scalar<'a> = "LastPlaybackCheckIn",
        active: Scalar<'a> = "LastActivityDate",
    }
}

object! {
    struct Other<'a> {
        id: Scalar<'a> = "UserId",
        name: Scalar<'a> = "UserName",
    }
}

/// Those who sit there too.
#[derive(Debug, Default)]
pub(super) struct People<'a>(Vec<Other<'a>>);

impl<'de> Read<'de> for People<'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(other) = list.next_element::<Other>()? else { return Ok(false) };
        if self.0.len() < MOST_PEOPLE {
            self.0.push(other);
        }
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for People<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        super::object::lenient(from)
    }
}

/// The whole answer; only what plays is kept.
#[derive(Debug, Default)]
struct All {
    sessions: Sessions,
    is_list: bool,
}

impl<'de> Read<'de> for All {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        self.is_list = true;
        let Some(entry) = list.next_element::<Entry>()? else { return Ok(false) };
        let times = [&entry.checked_in, &entry.active].map(|at| Time::from_rfc3339(at.as_str()));
        let Sessions { playing, latest } = &mut self.sessions;
        *latest = times.into_iter().flatten().chain(*latest).max();
        if playing.len() < MOST_SESSIONS {
            playing.extend(entry.playing());
        }
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for All {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all: Self = super::object::lenient(from)?;
        if all.is_list { Ok(all) } else { Err(D::Error::custom("it is no list")) }
    }
}

/// What plays, by the answer to `/Sessions`; `None` where it is no such answer.
#[must_use]
pub fn sessions(json: &[u8]) -> Option<Sessions> {
    let json = String::from_utf8_lossy(json); // a broken letter in a title spoils no session
    serde_json::from_str::<All>(&json).ok().map(|all| all.sessions)
}

impl Entry<'_> {
    /// What it plays, if it plays anything.
    fn playing(self) -> Option<Playing> {
        if self.item.id.is_empty() && self.item.kind.is_empty() {
            return None;
        }
        let users = self.users();
        let session = plain_id(&self.id);
        let (position_ms, paused) = (self.state.position.ticks(), self.state.paused.truth());
        let checked_in = Time::from_rfc3339(self.checked_in.as_str());
        // As if a webhook had come from there: one place knows how their items are read.
        let envelope = Envelope {
            user: Person { id: self.user_id, name: self.user_name },
            server: Server { id: self.server_id, ..Server::default() },
            session: Session {
                device_id: self.device_id,
                device_name: self.device_name,
                client: self.client,
                state: self.state,
            },
            item: self.item,
            ..Envelope::default()
        };
        Some(Playing {
            session,
            server: envelope.server(),
            users,
            player: envelope.player(),
            item: envelope.item(),
            position_ms,
            paused: paused.unwrap_or(false),
            checked_in,
        })
    }

    fn users(&self) -> Vec<User> {
        let others = self.others.0.iter().map(|other| (&other.id, &other.name));
        let mut users: Vec<User> = Vec::new();
        for (id, name) in [(&self.user_id, &self.user_name)].into_iter().chain(others) {
            let user =
                User { id: plain_id(id), uuid: String::new(), name: unescaped(&name.text()) };
            if !user.is_unknown() && !users.contains(&user) {
                users.push(user);
            }
        }
        users
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Episode, File, Ids, Kind, Show};

    fn user(id: &str, name: &str) -> User {
        User { id: id.into(), uuid: String::new(), name: name.into() }
    }

    #[test]
    fn what_plays_at_jellyfin_is_read() {
        let read = sessions(include_bytes!("../../tests/servers/jellyfin/sessions.json"));
        let read = read.expect("it is one");
        assert_eq!(read.latest, Time::from_rfc3339("2026-11-27T20:14:33.220Z"));
        let [film, episode] = read.playing.as_slice() else { panic!("{read:#?}") };
        let mara = user("9b1e4f60c2a74d3e8f5a6b7c8d9e0f12", "mara");
        let expected = Playing {
            session: "0d9c8b7a6f5e4d3c2b1a09182736f5e4".into(),
            server: "3f9d0c7ab1e84f52a6c4d8e7f0912b36".into(),
            users: vec![mara.clone()],
            player: Player { id: "b7e2a1c09d8f4e3a".into(), name: "SHIELD".into() },
            item: Ok(Item {
                kind: Kind::Movie,
                key: "c81d5be0f7a34e19b2a6d3049e5f7c18".into(),
                ids: Ids {
                    imdb: Some("tt91000101".into()),
                    tmdb: Some(9_100_101),
                    ..Ids::default()
                },
                title: "The Salt Road".into(),
                year: Some(2021),
                aired: Some("2021-10-08".into()),
                runtime_ms: Some(6_842_176),
                file: File::new("/media/movies/The Salt Road (2021)/The Salt Road.mkv", ""),
                ..Item::default()
            }),
            position_ms: Some(1_203_150),
            paused: false,
            checked_in: Time::from_rfc3339("2026-11-27T20:14:28.1Z"),
        };
        assert_eq!(*film, expected);
        assert_eq!(episode.users, [user("1f2e3d4c5b6a79880716253443526170", "jo"), mara]);
        assert!(episode.paused);
        let item = episode.item.as_ref().expect("an episode");
        let place = Episode {
            show: Show {
                key: "55aa10907c3d4e5f601728200aabbcce".into(),
                title: "Harbour Nine".into(),
                ..Show::default()
            },
            season: Some(2),
            number: Some(8),
            last: None,
        };
        assert_eq!(item.kind, Kind::Episode(place));
    }

    #[test]
    fn what_plays_at_emby_is_read() {
        let read = sessions(include_bytes!("../../tests/servers/emby/sessions.json"));
        let read = read.expect("it is one").playing;
        let seen: Vec<_> = read
            .iter()
            .map(|one| {
                let item = one.item.as_ref().expect("a film and an episode");
                (item.key.as_str(), item.ids.imdb.as_deref(), one.position_ms, one.checked_in)
            })
            .collect();
        let expected = [
            ("31877", Some("tt91000101"), Some(1_203_150), None),
            ("32911", Some("tt92000208"), Some(1_119_000), None),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn nobody_plays_where_all_are_idle() {
        let idle = sessions(include_bytes!("../../tests/servers/jellyfin/sessions_idle.json"));
        assert_eq!(idle.expect("it is one").playing, []);
        assert_eq!(sessions(b"[]"), Some(Sessions::default()));
    }

    #[test]
    fn a_session_without_a_user_is_nobodys() {
        for who in [
            "",
            r#","UserId":"","UserName":"""#,
            r#","UserId":null,"UserName":null"#,
            r#","UserId":"00000000000000000000000000000000""#,
            r#","UserId":"00000000-0000-0000-0000-000000000000","UserName":"""#,
        ] {
            let json =
                format!(r#"[{{"Id":"s"{who},"NowPlayingItem":{{"Id":"i","Type":"Movie"}}}}]"#);
            assert_eq!(sessions(json.as_bytes()).expect(&json).playing[0].users, [], "{json}");
        }
    }

    #[test]
    fn what_is_no_film_and_no_episode_says_why() {
        let why = |kind: &str| {
            let json = format!(
                r#"[{{"Id":"s","UserId":"u","NowPlayingItem":{{"Id":"i","Type":"{kind}"}}}}]"#
            );
            sessions(json.as_bytes()).expect(&json).playing.remove(0).item.err()
        };
        assert_eq!(why("Trailer"), Some(Reason::Trailer));
        assert_eq!(why("TvChannel"), Some(Reason::LiveTv));
        assert_eq!(why("Audio"), Some(Reason::NotVideo { kind: "Audio".into() }));
        assert_eq!(why("Episode"), None);
    }

    #[test]
    fn strange_answers_are_none_or_say_what_they_can() {
        for strange in ["", "{}", "null", "7", "\"x\"", "<html>", "[", "[{]", r#"{"Items":[]}"#] {
            assert_eq!(sessions(strange.as_bytes()), None, "{strange}");
        }
        let one = r#"{"NowPlayingItem":{"Id":7,"Type":"Movie","ProviderIds":[1]},"AdditionalUsers":
            [3,{"UserId":"9D2E4F60-a1b8-43c5-b7d8-e9f0a1b2c3d4"},{"UserName":"jo"},{"UserName":"jo"}],
            "PlayState":{"PositionTicks":"20000","IsPaused":"True"},"LastPlaybackCheckIn":"soon"}"#;
        let read = sessions(format!("[null,[],5,{one}]").as_bytes()).expect("a list");
        let [one] = read.playing.as_slice() else { panic!("{read:#?}") };
        assert_eq!(one.item.as_ref().map(|item| item.key.as_str()), Ok("7"));
        assert_eq!((one.position_ms, one.paused, one.checked_in), (Some(2), true, None));
        let people = [user("9d2e4f60a1b843c5b7d8e9f0a1b2c3d4", ""), user("", "jo")];
        assert_eq!(one.users, people);
    }

    #[test]
    fn sessions_and_people_without_end_are_not_kept() {
        let others = vec![r#"{"UserId":"a"}"#; 1_000].join(",");
        let one = format!(
            r#"{{"AdditionalUsers":[{others}],"NowPlayingItem":{{"Id":"i","Type":"Movie"}}}}"#
        );
        let many = format!("[{}]", vec![one; 500].join(","));
        let read = sessions(many.as_bytes()).expect("a list");
        assert_eq!(read.playing.len(), MOST_SESSIONS);
        assert!(read.playing.iter().all(|one| one.users.len() == 1));
    }
}
