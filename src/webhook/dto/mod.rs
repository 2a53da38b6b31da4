//! How do Jellyfin and Emby describe what happened to an item?
//!
//! Jellyfin began as a copy of Emby, and the names are still the same. Emby and shemanaev's Jellyfin
//! plugin send the server's own objects (`Item`, a `BaseItemDto`, beside `User`, `Server` and
//! `Session`); Jellyfin's official plugin sends one flat object with keys of its own. Its templates
//! make either of it, or both: `Item` nested for a receiver that knows the other plugin, position,
//! user and `SaveReason` left at the top (FuzzyGrim/Yamtrack#1312). So there is one [`Envelope`] with
//! the keys of both, in which what stands at the top comes first.
//!
//! Not here: where each sender has its position and its "completed" (`emby`, `jellyfin`).

mod word;

use super::Said;
use super::entity::unescaped;
use super::guid::{self, ProviderIds};
use super::object::object;
use super::scalar::Scalar;
use crate::event::{
    Action, AnimeIds, Episode, Event, File, Ids, Item, Kind, Player, Show, Source, Time, User,
};
use crate::verdict::Reason;
use word::{Playable, Word};

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

        // The official plugin's.
        notification: Scalar<'a> = "NotificationType",
        save_reason: Scalar<'a> = "SaveReason",
        played: Scalar<'a> = "Played",
        last_played: Scalar<'a> = "LastPlayedDate",
        completed: Scalar<'a> = "PlayedToCompletion",
        position: Scalar<'a> = "PlaybackPositionTicks",
        position_clock: Scalar<'a> = "PlaybackPosition",
        paused: Scalar<'a> = "IsPaused",
        automated: Scalar<'a> = "IsAutomated",
        server_id: Scalar<'a> = "ServerId",
        user_id: Scalar<'a> = "UserId",
        user_name: Scalar<'a> = "NotificationUsername",
        /// So it was called before.
        old_user_name: Scalar<'a> = "Username",
        bot_name: Scalar<'a> = "BotUsername",
        device_id: Scalar<'a> = "DeviceId",
        device_name: Scalar<'a> = "DeviceName",
        client: Scalar<'a> = "ClientName" | "Client",
        kind: Scalar<'a> = "ItemType",
        item_id: Scalar<'a> = "ItemId",
        name: Scalar<'a> = "Name",
        year: Scalar<'a> = "Year",
        premiere: Scalar<'a> = "PremiereDate",
        series_id: Scalar<'a> = "SeriesId",
        series_name: Scalar<'a> = "SeriesName",
        series_premiere: Scalar<'a> = "SeriesPremiereDate",
        season: Scalar<'a> = "SeasonNumber",
        number: Scalar<'a> = "EpisodeNumber",
        last: Scalar<'a> = "EpisodeNumberEnd",
        imdb: Scalar<'a> = "Provider_imdb",
        tmdb: Scalar<'a> = "Provider_tmdb",
        tvdb: Scalar<'a> = "Provider_tvdb",
        anidb: Scalar<'a> = "Provider_anidb",
        anilist: Scalar<'a> = "Provider_anilist",
        mal: Scalar<'a> = "Provider_myanimelist",
        runtime: Scalar<'a> = "RunTimeTicks",
        runtime_clock: Scalar<'a> = "RunTime",
    }
}

object! {
    struct Dto<'a> {
        id: Scalar<'a> = "Id",
        server_id: Scalar<'a> = "ServerId",
        kind: Scalar<'a> = "Type",
        name: Scalar<'a> = "Name",
        series_id: Scalar<'a> = "SeriesId",
        series_name: Scalar<'a> = "SeriesName",
        season: Scalar<'a> = "ParentIndexNumber",
        number: Scalar<'a> = "IndexNumber",
        last: Scalar<'a> = "IndexNumberEnd",
        year: Scalar<'a> = "ProductionYear",
        premiere: Scalar<'a> = "PremiereDate",
        runtime: Scalar<'a> = "RunTimeTicks",
        ids: ProviderIds = "ProviderIds",
        path: Scalar<'a> = "Path",
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
        automated: Scalar<'a> = "IsAutomated",
    }
}

object! {
    struct Playback<'a> {
        position: Scalar<'a> = "PositionTicks",
        completed: Scalar<'a> = "PlayedToCompletion",
        automated: Scalar<'a> = "IsAutomated",
    }
}

impl Server<'_> {
    /// Jellyfin counts from 10 on, Emby has never left 4.
    pub(super) fn is_jellyfin(&self) -> bool {
        let major = self.version.as_str().split('.').next().unwrap_or_default();
        major.parse::<u32>().is_ok_and(|major| major >= 10)
    }
}

/// What each sender says in its own way.
pub(super) struct Own {
    /// Whose address it is.
    pub(super) source: Source,
    /// Position in milliseconds.
    pub(super) position_ms: Option<u64>,
    /// Whether a stop is the end of the item.
    pub(super) completed: bool,
}

impl Envelope<'_> {
    /// What happened, in the sender's word; empty where this is no webhook of this shape at all.
    pub(super) fn event(&self) -> &Scalar<'_> {
        self.notification.or(&self.event)
    }

    /// Whether playback ends with this event, so that the session may already show the next item
    /// (ellite/scrob#206).
    pub(super) fn is_stop(&self) -> bool {
        matches!(Word::of(self.event().as_str()), Word::Stop)
    }

    /// What it says.
    pub(super) fn said(&self, own: &Own) -> Said {
        Said::new(self.understood(own), self.name.or(&self.item.name), self.server())
    }

    pub(super) fn server(&self) -> String {
        plain_id(self.server_id.or(&self.server.id).or(&self.item.server_id))
    }

    fn understood(&self, own: &Own) -> Result<Event, Reason> {
        let action = self.action(own)?;
        let session = &self.session;
        let automated = [&self.automated, &session.state.automated, &self.playback.automated];
        Ok(Event {
            source: own.source,
            server: self.server(),
            user: self.user(),
            player: self.player(),
            library: None,
            item: self.item()?,
            position_ms: own.position_ms.filter(|_| !action.is_by_hand()),
            is_guess: automated.into_iter().find_map(Scalar::truth).unwrap_or(false),
            action,
        })
    }

    fn action(&self, own: &Own) -> Result<Action, Reason> {
        let event = self.event();
        let data = &self.item.user_data;
        let last_played = self.last_played.or(&data.last_played);
        let mark = Action::Mark { at: Time::from_rfc3339(last_played.as_str()) };
        match Word::of(event.as_str()) {
            Word::Start => Ok(Action::Start),
            Word::Resume => Ok(Action::Resume),
            Word::Pause => Ok(Action::Pause),
            Word::Progress => {
                let paused = self.paused.or(&self.session.state.paused);
                Ok(Action::Progress { paused: paused.truth() })
            }
            Word::Stop => Ok(Action::Stop { completed: own.completed }),
            Word::Scrobble => Ok(Action::Completed),
            Word::Mark => Ok(mark),
            Word::Unmark => Ok(Action::Unmark),
            // Written at every progress too; only this reason is a person's click.
            Word::Saved => match (self.save_reason.as_str(), self.played.truth()) {
                ("TogglePlayed", Some(true)) => Ok(mark),
                ("TogglePlayed", Some(false)) => Ok(Action::Unmark),
                // What a template writes there is false when the plugin said nothing at all
                // (dannyvfilms/Floppy#1250).
                ("TogglePlayed", None) if data.played.truth() == Some(true) => Ok(mark),
                (reason, _) => {
                    let event = format!("{} {reason}", event.text()).trim().into();
                    Err(Reason::NotPlayback { event })
                }
            },
            Word::Rate => Err(Reason::Favourite),
            Word::Test => Err(Reason::TestMessage { source: own.source }),
            Word::Other => Err(Reason::NotPlayback { event: event.text() }),
        }
    }

    /// Who. A Discord destination of the plugin leaves its bot's name in `Username` for all that
    /// are served after it (jellyfin/jellyfin-plugin-webhook#239).
    fn user(&self) -> User {
        let bot = self.bot_name.as_str();
        let names = [&self.user_name, &self.user.name, &self.old_user_name];
        let is_a_bots = |at: usize, name: &str| at > 0 && !bot.is_empty() && name == bot;
        let mut known = names
            .into_iter()
            .enumerate()
            .filter(|(at, name)| !name.is_empty() && !is_a_bots(*at, name.as_str()));
        User {
            id: plain_id(self.user_id.or(&self.user.id)),
            uuid: String::new(),
            name: known.next().map(|(_, name)| unescaped(&name.text())).unwrap_or_default(),
        }
    }

    pub(super) fn player(&self) -> Player {
        let session = &self.session;
        let device = self.device_name.or(&session.device_name);
        Player {
            id: self.device_id.or(&session.device_id).text(),
            name: unescaped(&device.or(&self.client).or(&session.client).text()),
        }
    }

    pub(super) fn item(&self) -> Result<Item, Reason> {
        let item = &self.item;
        let premiere = self.premiere.or(&item.premiere);
        let (kind, year) = match Playable::of(self.kind.or(&item.kind), self.event())? {
            Playable::Movie => (Kind::Movie, self.year.or(&item.year).year()),
            Playable::Episode => {
                let number = self.number.or(&item.number).count();
                let episode = Episode {
                    show: self.show(),
                    season: self.season.or(&item.season).count(),
                    number,
                    last: last_of_file(number, self.last.or(&item.last).count()),
                };
                (Kind::Episode(episode), premiere.year().or(item.year.year()))
            }
        };
        let mut ids = Ids::default();
        for (provider, value) in [("imdb", &self.imdb), ("tmdb", &self.tmdb), ("tvdb", &self.tvdb)]
        {
            ids.learn(&guid::provider(provider, &value.text()));
        }
        ids.learn(&item.ids.0);
        let mut anime = AnimeIds::default();
        for (provider, value) in
            [("anidb", &self.anidb), ("anilist", &self.anilist), ("mal", &self.mal)]
        {
            anime.learn(&guid::anime_provider(provider, &value.text()));
        }
        anime.learn(&item.ids.1);
        let ticks = self.runtime.ticks().or_else(|| item.runtime.ticks());
        let runtime_ms = ticks.or_else(|| self.runtime_clock.clock()).filter(|ms| *ms > 0);
        Ok(Item {
            kind,
            key: plain_id(self.item_id.or(&item.id)),
            ids,
            anime,
            title: unescaped(&self.name.or(&item.name).text()),
            year,
            aired: premiere.day(),
            runtime_ms,
            file: File::new(&item.path.text(), ""),
        })
    }

    fn show(&self) -> Show {
        let (item, series) = (&self.item, &self.series);
        let title = self.series_name.or(&item.series_name).or(&series.name);
        let premiere = self.series_premiere.or(&series.premiere);
        Show {
            key: plain_id(self.series_id.or(&item.series_id).or(&series.id)),
            title: unescaped(&title.text()),
            year: premiere.year().or(series.year.year()).or_else(|| self.year_of_series()),
            aired: premiere.day(),
            ids: series.ids.0.clone(),
            anime: series.ids.1.clone(),
        }
    }

    /// What the plugin's `Year` says of an episode's series: it is the series', or, where that has
    /// none, the episode's own (its `Helpers/DataObjectHelpers.cs`). Beyond the first season one in
    /// which the episode itself was aired may be either.
    fn year_of_series(&self) -> Option<u16> {
        let (year, own) = (self.year.year(), self.premiere.year());
        year.filter(|_| year != own || self.season.count() == Some(1))
    }
}

/// No file holds more episodes than this; a file name like `S01E02-1080p` says otherwise.
const MOST_EPISODES: u32 = 20;

/// The last episode of a file with several, where it makes sense.
fn last_of_file(first: Option<u32>, last: Option<u32>) -> Option<u32> {
    let (first, last) = (first?, last?);
    (last > first && last - first < MOST_EPISODES).then_some(last)
}

/// An id as both servers write it in most places: a UUID without dashes, in lower case. Other
/// ids (Emby's numbers) stay as they are. One of zeros is how .NET writes that there is none.
pub(super) fn plain_id(id: &Scalar) -> String {
    let text = id.text();
    let hex: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let is_uuid = hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    match (is_uuid, hex.bytes().all(|b| b == b'0')) {
        (true, true) => String::new(),
        (true, false) => hex,
        (false, _) => text,
    }
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
            ("00000000-0000-0000-0000-000000000000", ""),
            ("00000000000000000000000000000000", ""),
            ("0", "0"),
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
