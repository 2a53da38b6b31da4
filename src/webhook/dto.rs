//! How do Emby and shemanaev's Jellyfin plugin describe an item?
//!
//! Both send the server's own object for it (`BaseItemDto`) beside `Event`, `User`, `Server` and
//! `Session`; Jellyfin began as a copy of Emby, and the names are still the same. This file has
//! what they share: the members, the many spellings of an event, and the item made of them. The
//! reshaped templates of the official Jellyfin plugin that other receivers ask for have this
//! shape, too.
//!
//! Not here: where each finds its position and its "completed" (`emby`, `shemanaev`).

use super::guid::ProviderIds;
use super::object::object;
use super::scalar::Scalar;
use super::{Said, entity::unescaped};
use crate::event::{Action, Episode, Event, Item, Kind, Player, Show, Source, Time, User};
use crate::verdict::Reason;

object! {
    struct Envelope<'a> {
        event: Scalar<'a> = "Event",
        item: Dto<'a> = "Item",
        /// Only shemanaev's.
        series: Dto<'a> = "Series",
        user: Person<'a> = "User",
        server: Server<'a> = "Server",
        session: Session<'a> = "Session",
        /// Only Emby's.
        playback: Playback<'a> = "PlaybackInfo",
    }
}

object! {
    struct Dto<'a> {
        id: Scalar<'a> = "Id",
        server_id: Scalar<'a> = "ServerId",
        kind: Scalar<'a> = "Type",
        name: Scalar<'a> = "Name",
        series_name: Scalar<'a> = "SeriesName",
        season: Scalar<'a> = "ParentIndexNumber",
        number: Scalar<'a> = "IndexNumber",
        last: Scalar<'a> = "IndexNumberEnd",
        year: Scalar<'a> = "ProductionYear",
        premiere: Scalar<'a> = "PremiereDate",
        runtime: Scalar<'a> = "RunTimeTicks",
        ids: ProviderIds = "ProviderIds",
        user_data: UserData<'a> = "UserData",
    }
}

object! {
    struct UserData<'a> {
        played: Scalar<'a> = "Played",
        position: Scalar<'a> = "PlaybackPositionTicks",
        last_played: Scalar<'a> = "LastPlayedDate",
    }
}

object! {
    struct Person<'a> {
        id: Scalar<'a> = "Id",
        name: Scalar<'a> = "Name",
    }
}

object! {
    struct Server<'a> {
        id: Scalar<'a> = "Id",
        version: Scalar<'a> = "Version",
    }
}

object! {
    struct Session<'a> {
        device_id: Scalar<'a> = "DeviceId",
        device_name: Scalar<'a> = "DeviceName",
        client: Scalar<'a> = "Client",
        state: PlayState<'a> = "PlayState",
    }
}

object! {
    struct PlayState<'a> {
        position: Scalar<'a> = "PositionTicks",
        paused: Scalar<'a> = "IsPaused",
    }
}

object! {
    struct Playback<'a> {
        position: Scalar<'a> = "PositionTicks",
        completed: Scalar<'a> = "PlayedToCompletion",
    }
}

impl Server<'_> {
    /// Jellyfin counts from 10 on, Emby has never left 4.
    pub(super) fn is_jellyfin(&self) -> bool {
        let major = self.version.as_str().split('.').next().unwrap_or_default();
        major.parse::<u32>().is_ok_and(|major| major >= 10)
    }
}

/// What each of the two senders says in its own way.
pub(super) struct Own {
    /// Whose address it is.
    pub(super) source: Source,
    /// Position in milliseconds.
    pub(super) position_ms: Option<u64>,
    /// Whether a stop is the end of the item.
    pub(super) completed: bool,
}

impl Envelope<'_> {
    /// Whether this is a webhook of this shape at all.
    pub(super) fn is_known(&self) -> bool {
        !self.event.is_empty()
    }

    /// Whether playback ends with this event, so that the session may already show the next item
    /// (ellite/scrob#206).
    pub(super) fn is_stop(&self) -> bool {
        matches!(Word::of(self.event.as_str()), Word::Stop)
    }

    /// What it says.
    pub(super) fn said(&self, own: &Own) -> Said {
        Said::new(self.understood(own), &self.item.name)
    }

    fn understood(&self, own: &Own) -> Result<Event, Reason> {
        let event = self.event.as_str();
        let action = match Word::of(event) {
            Word::Start => Action::Start,
            Word::Resume => Action::Resume,
            Word::Pause => Action::Pause,
            Word::Progress => Action::Progress { paused: self.session.state.paused.truth() },
            Word::Stop => Action::Stop { completed: own.completed },
            Word::Scrobble => Action::Completed,
            Word::Mark => {
                Action::Mark { at: Time::from_rfc3339(self.item.user_data.last_played.as_str()) }
            }
            Word::Unmark => Action::Unmark,
            Word::Rate => return Err(Reason::Favourite),
            Word::Test => return Err(Reason::TestMessage { source: own.source }),
            Word::Other => {
                return Err(Reason::NotPlayback { event: self.event.text() });
            }
        };
        let server = if self.server.id.is_empty() { &self.item.server_id } else { &self.server.id };
        Ok(Event {
            source: own.source,
            server: plain_id(server),
            user: User {
                id: plain_id(&self.user.id),
                uuid: String::new(),
                name: unescaped(&self.user.name.text()),
            },
            player: Player {
                id: self.session.device_id.text(),
                name: unescaped(&self.session.device_name.or(&self.session.client).text()),
            },
            library: None,
            item: self.item()?,
            position_ms: own.position_ms.filter(|_| !action.is_by_hand()),
            is_guess: false,
            action,
        })
    }

    fn item(&self) -> Result<Item, Reason> {
        let item = &self.item;
        let kind = match Playable::of(&item.kind, &self.event)? {
            Playable::Movie => Kind::Movie,
            Playable::Episode => {
                let number = item.number.count();
                Kind::Episode(Episode {
                    show: Show {
                        key: String::new(),
                        title: unescaped(&item.series_name.or(&self.series.name).text()),
                        year: self.series.year.year(),
                        aired: None,
                        ids: self.series.ids.0.clone(),
                    },
                    season: item.season.count(),
                    number,
                    last: last_of_file(number, item.last.count()),
                })
            }
        };
        Ok(Item {
            kind,
            key: plain_id(&item.id),
            ids: item.ids.0.clone(),
            title: unescaped(&item.name.text()),
            year: item.year.year(),
            aired: item.premiere.day(),
            runtime_ms: item.runtime.ticks().filter(|ms| *ms > 0),
        })
    }
}

/// What an event is called, whatever its spelling.
enum Word {
    Start,
    Resume,
    Pause,
    Progress,
    Stop,
    Scrobble,
    Mark,
    Unmark,
    Rate,
    Test,
    Other,
}

impl Word {
    /// Emby's names today, those of its older plugins, shemanaev's, and those that receivers
    /// have met in the wild (cenodude/CrossWatch, arabcoders/watchstate).
    fn of(event: &str) -> Self {
        let letters: String = event
            .chars()
            .filter(char::is_ascii_alphabetic)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let word = ["playback", "media", "item"]
            .iter()
            .find_map(|prefix| letters.strip_prefix(prefix))
            .unwrap_or(&letters);
        match word {
            "start" | "started" | "play" | "playing" => Self::Start,
            "unpause" | "unpaused" | "resume" | "resumed" => Self::Resume,
            "pause" | "paused" => Self::Pause,
            "progress" => Self::Progress,
            "stop" | "stopped" => Self::Stop,
            "scrobble" => Self::Scrobble,
            "markplayed" => Self::Mark,
            "markunplayed" => Self::Unmark,
            "rate" | "unrate" | "markfavorite" | "addedtofavorites" | "removedfromfavorites" => {
                Self::Rate
            }
            "systemwebhooktest" | "systemnotificationtest" | "systemtest" => Self::Test,
            _ => Self::Other,
        }
    }
}

/// The two kinds of item that Jellyfin and Emby can scrobble.
pub(super) enum Playable {
    Movie,
    Episode,
}

impl Playable {
    /// What an item type of Jellyfin or Emby is, or why it is nothing to scrobble.
    pub(super) fn of(kind: &Scalar, event: &Scalar) -> Result<Self, Reason> {
        let name = kind.as_str();
        let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is(&["Movie"]) {
            Ok(Self::Movie)
        } else if is(&["Episode"]) {
            Ok(Self::Episode)
        } else if is(&["Trailer"]) {
            Err(Reason::Trailer)
        } else if is(&[
            "TvChannel",
            "LiveTvChannel",
            "TvProgram",
            "LiveTvProgram",
            "Program",
            "Recording",
        ]) {
            Err(Reason::LiveTv)
        } else if name.is_empty() {
            Err(Reason::NoItem { event: event.text() })
        } else {
            Err(Reason::NotVideo { kind: kind.text() })
        }
    }
}

/// No file holds more episodes than this; a file name like `S01E02-1080p` says otherwise.
const MOST_EPISODES: u32 = 20;

/// The last episode of a file with several, where it makes sense.
pub(super) fn last_of_file(first: Option<u32>, last: Option<u32>) -> Option<u32> {
    let (first, last) = (first?, last?);
    (last > first && last - first < MOST_EPISODES).then_some(last)
}

/// An id as both servers write it in most places: a UUID without dashes, in lower case. Other
/// ids (Emby's numbers) stay as they are.
pub(super) fn plain_id(id: &Scalar) -> String {
    let text = id.text();
    let hex: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()) { hex } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_compared_in_one_spelling() {
        let cases = [
            ("9D2E4F60-a1b8-43c5-b7d8-e9f0a1b2c3d4", "9d2e4f60a1b843c5b7d8e9f0a1b2c3d4"),
            ("9d2e4f60a1b843c5b7d8e9f0a1b2c3d4", "9d2e4f60a1b843c5b7d8e9f0a1b2c3d4"),
            ("31877", "31877"),
            ("A-1", "A-1"),
        ];
        for (id, expected) in cases {
            assert_eq!(plain_id(&Scalar::Text(id.into())), expected);
        }
        assert_eq!(plain_id(&Scalar::Number(31_877.0)), "31877");
    }

    #[test]
    fn a_file_holds_a_sensible_number_of_episodes() {
        let cases = [
            (Some(1), Some(2), Some(2)),
            (Some(1), Some(20), Some(20)),
            (Some(2), Some(1_080), None),
            (Some(2), Some(2), None),
            (Some(2), Some(1), None),
            (None, Some(2), None),
            (Some(2), None, None),
        ];
        for (first, last, expected) in cases {
            assert_eq!(last_of_file(first, last), expected, "{first:?} to {last:?}");
        }
    }
}
