//! The words for what a media server said: an [`Event`] about an [`Item`].
//!
//! Everything here is plain data that the webhook parsers fill and the filter and the engine read.
//! Units are fixed at this edge: positions and runtimes in milliseconds, progress in percent,
//! times as [`Time`].

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since 1970 (UTC), as the [`Clock`](crate::clock::Clock) says. May go backwards:
/// a Raspberry Pi boots without knowing the time. Differences therefore never underflow.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub u64);

impl Time {
    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// This time plus `span`, at most the end of time.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// This time minus `span`, at least 1970.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// Moved by `by_ms` in either direction (the wall clock was set).
    #[must_use]
    pub fn moved(self, by_ms: i64) -> Self {
        Self(self.0.saturating_add_signed(by_ms))
    }

    /// The time that an RFC 3339 text names, if it names one after 1970.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
        let ms = parsed.unix_timestamp_nanos() / 1_000_000;
        u64::try_from(ms).ok().map(Self)
    }
}

/// Prints RFC 3339 in UTC with milliseconds, as Trakt takes it: `2026-11-23T20:15:00.000Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * 1_000_000;
        let when =
            OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            when.year(),
            u8::from(when.month()),
            when.day(),
            when.hour(),
            when.minute(),
            when.second(),
            when.millisecond()
        )
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// How far an item has been played, from 0 to 100. Never NaN, never outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(f64);

impl Percent {
    /// The beginning.
    pub const ZERO: Self = Self(0.0);
    /// The end.
    pub const END: Self = Self(100.0);

    /// `value` brought into 0 to 100; NaN becomes 0.
    #[must_use]
    pub fn clamped(value: f64) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 100.0) })
    }

    /// A position within a runtime, both in milliseconds; `None` where the runtime is 0 (unknown).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ms are 285,000 years")]
    pub fn of(position_ms: u64, runtime_ms: u64) -> Option<Self> {
        (runtime_ms > 0).then(|| Self::clamped(position_ms as f64 / runtime_ms as f64 * 100.0))
    }

    /// The bare number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// The larger of two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }
}

/// Prints one decimal at most, without a percent sign: `34.9`, `90`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        write!(f, "{tenths}")
    }
}

/// Which media server a webhook comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Plex Media Server, or a sender that posts Plex's shape.
    Plex,
    /// Jellyfin with the official webhook plugin or shemanaev's.
    Jellyfin,
    /// Emby with its built-in webhooks.
    Emby,
}

impl Source {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Plex, Self::Jellyfin, Self::Emby];

    /// The lower-case word that stands for it in the config, in paths and in answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Plex => "plex",
            Self::Jellyfin => "jellyfin",
            Self::Emby => "emby",
        }
    }
}

/// The name as its makers write it: `Plex`, `Jellyfin`, `Emby`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plex => "Plex",
            Self::Jellyfin => "Jellyfin",
            Self::Emby => "Emby",
        })
    }
}

/// One thing that a media server said about one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Who said it.
    pub source: Source,
    /// What happened.
    pub action: Action,
    /// The media server's own id (Plex `Server.uuid`, Jellyfin and Emby server id), or empty.
    pub server: String,
    /// Who watches; all fields empty where the webhook does not say.
    pub user: User,
    /// On what; both fields empty where the webhook does not say.
    pub player: Player,
    /// In which library section, where the webhook says so (only Plex does).
    pub library: Option<Library>,
    /// What is watched, rated or marked.
    pub item: Item,
    /// Reported position in milliseconds. `None` where the webhook carries none.
    pub position_ms: Option<u64>,
}

/// What happened to the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Playback begins.
    Start,
    /// Playback goes on after a pause (at Plex also: after a seek).
    Resume,
    /// Playback is held.
    Pause,
    /// A sign of life with a position; `paused` where the server says it.
    Progress {
        /// The player's pause state, if the webhook carries it.
        paused: Option<bool>,
    },
    /// Playback ends; `completed` when the server calls the item played with it.
    Stop {
        /// The server's own verdict (`PlayedToCompletion`).
        completed: bool,
    },
    /// The server calls the item played while it goes on playing (Plex `media.scrobble`).
    Completed,
    /// The user rates the item 1 to 10; `None` takes the rating away.
    Rate(Option<u8>),
    /// The user marks the item as watched by hand, at the time the server gives.
    Mark {
        /// `LastPlayedDate`, if given.
        at: Option<Time>,
    },
    /// The user marks the item as unwatched by hand.
    Unmark,
}

impl Action {
    /// Whether the server calls the item played with it.
    #[must_use]
    pub fn completes(self) -> bool {
        matches!(self, Self::Completed | Self::Stop { completed: true })
    }

    /// The word for it in the activity list and the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Resume => "resume",
            Self::Pause => "pause",
            Self::Progress { paused: Some(true) } => "progress (paused)",
            Self::Progress { paused: Some(false) | None } => "progress",
            Self::Stop { completed: false } => "stop",
            Self::Stop { completed: true } => "stop (completed)",
            Self::Completed => "completed",
            Self::Rate(_) => "rate",
            Self::Mark { .. } => "mark",
            Self::Unmark => "unmark",
        }
    }

    /// Whether a person's click said it, not playback: it has no position.
    #[must_use]
    pub fn is_by_hand(self) -> bool {
        match self {
            Self::Rate(_) | Self::Mark { .. } | Self::Unmark => true,
            Self::Start
            | Self::Resume
            | Self::Pause
            | Self::Progress { .. }
            | Self::Stop { .. }
            | Self::Completed => false,
        }
    }
}

/// Who watches. Names are compared without case; ids where both sides have one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The server's id of the user (Plex account number; Jellyfin and Emby 32 hex digits,
    /// lower case, without dashes), or empty.
    pub id: String,
    /// Plex only: the account's uuid, as it stands in its avatar's address; else empty.
    pub uuid: String,
    /// The name shown by the server, or empty.
    pub name: String,
}

impl User {
    /// Whether the webhook named nobody.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.id.is_empty() && self.uuid.is_empty() && self.name.is_empty()
    }
}

/// The playing device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    /// Plex `Player.uuid`; Jellyfin and Emby `DeviceId`; or empty.
    pub id: String,
    /// Its name as a person knows it, or empty.
    pub name: String,
}

/// A library section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Library {
    /// The server's id of the section (Plex `librarySectionID`), or empty.
    pub id: String,
    /// Its title, or empty.
    pub title: String,
}

/// A movie, episode, season or show, with all that the server knows to name it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// What it is, and where it stands in its show.
    pub kind: Kind,
    /// The server's own key of the item (Plex `ratingKey`, Jellyfin and Emby item id), or empty.
    pub key: String,
    /// External ids of the item itself, never of its show.
    #[serde(default, skip_serializing_if = "Ids::is_empty")]
    pub ids: Ids,
    /// Title of the movie, episode, season or show, or empty.
    pub title: String,
    /// Year as the server gives it. For an episode Plex and Emby give its own, Jellyfin usually
    /// that of the series.
    pub year: Option<u16>,
    /// Day of first airing, `YYYY-MM-DD`, where given.
    pub aired: Option<String>,
    /// Runtime in milliseconds; `None` where unknown, never 0.
    pub runtime_ms: Option<u64>,
}

/// What kind of item it is. Anything else (clips, tracks, photos, live TV) never becomes an
/// [`Event`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A film.
    #[default]
    Movie,
    /// An episode of a show.
    Episode(Episode),
    /// A season; it can only be rated.
    Season {
        /// Its show.
        show: Show,
        /// Its number, 0 for specials.
        number: Option<u32>,
    },
    /// A whole show; it can only be rated. The item's own title, year and ids are the show's.
    Show,
}

/// Where an episode stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// Its show.
    pub show: Show,
    /// Season number, 0 for specials; `None` where unknown.
    pub season: Option<u32>,
    /// Number in the season; `None` for unnumbered (daily) episodes.
    pub number: Option<u32>,
    /// Last episode's number where one file holds several (Jellyfin `EpisodeNumberEnd`, Emby
    /// `IndexNumberEnd`); always above `number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u32>,
}

/// The show of an episode or season.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Show {
    /// The server's own key of the show (Plex `grandparentRatingKey`), or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// Its title as the server has it (may end in a year in brackets), or empty.
    pub title: String,
    /// Its year, where the server says whose year it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// External ids of the show itself.
    #[serde(default, skip_serializing_if = "Ids::is_empty")]
    pub ids: Ids,
}

/// External ids of one thing. A value that makes no sense is absent, never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ids {
    /// Trakt's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trakt: Option<u64>,
    /// IMDb: `tt` and at least seven digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imdb: Option<String>,
    /// TheMovieDb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tmdb: Option<u64>,
    /// TheTVDB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tvdb: Option<u64>,
}

impl Ids {
    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trakt.is_none() && self.imdb.is_none() && self.tmdb.is_none() && self.tvdb.is_none()
    }

    /// Whether both know an id of the same kind and it differs: they can't be one thing's.
    #[must_use]
    pub fn contradict(&self, other: &Self) -> bool {
        fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_some_and(|(one, other)| one != other)
        }
        differ(self.trakt.as_ref(), other.trakt.as_ref())
            || differ(self.imdb.as_ref(), other.imdb.as_ref())
            || differ(self.tmdb.as_ref(), other.tmdb.as_ref())
            || differ(self.tvdb.as_ref(), other.tvdb.as_ref())
    }

    fn words(&self) -> impl Iterator<Item = String> {
        let numbers = [("trakt", self.trakt), ("tmdb", self.tmdb), ("tvdb", self.tvdb)];
        let numbers = numbers.into_iter().filter_map(|(word, id)| Some(format!("{word}:{}", id?)));
        numbers.chain(self.imdb.iter().map(|id| format!("imdb:{id}")))
    }

    /// Takes over what `other` knows and this does not.
    pub fn learn(&mut self, other: &Self) {
        self.trakt = self.trakt.or(other.trakt);
        if self.imdb.is_none() {
            self.imdb.clone_from(&other.imdb);
        }
        self.tmdb = self.tmdb.or(other.tmdb);
        self.tvdb = self.tvdb.or(other.tvdb);
    }
}

impl Item {
    /// Its external ids, each as one word with its kind: two items are the same when one of these
    /// is equal. TMDB and TVDB number movies, shows and episodes separately.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let (class, place) = match &self.kind {
            Kind::Movie => ("movie", None),
            Kind::Show => ("show", None),
            Kind::Season { show, number } => {
                ("season", number.map(|number| (&show.ids, number.to_string())))
            }
            Kind::Episode(Episode { show, season: Some(season), number: Some(number), .. }) => {
                ("episode", Some((&show.ids, format!("{season}x{number}"))))
            }
            Kind::Episode(_) => ("episode", None),
        };
        let mut names: Vec<String> = self.ids.words().map(|id| format!("{class}:{id}")).collect();
        if let Some((show, place)) = place {
            names.extend(show.words().map(|id| format!("show:{id}:{place}")));
        }
        names
    }

    /// How a person would call it: `The Salt Road (2021)`, `Harbour Nine 2x07`.
    #[must_use]
    pub fn label(&self) -> String {
        let number = |n: Option<u32>, pad| n.map_or("?".to_owned(), |n| format!("{n:0pad$}"));
        match &self.kind {
            Kind::Movie | Kind::Show => match self.year {
                Some(year) if !self.title.contains(&format!("({year})")) => {
                    format!("{} ({year})", self.title)
                }
                _ => self.title.clone(),
            },
            Kind::Episode(episode) => format!(
                "{} {}x{}{}",
                episode.show.title,
                number(episode.season, 1),
                number(episode.number, 2),
                episode.last.map_or(String::new(), |last| format!("-{last:02}")),
            ),
            Kind::Season { show, number: n } => format!("{} season {}", show.title, number(*n, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_prints_and_reads_rfc3339() {
        let time = Time(1_764_000_123_456);
        assert_eq!(time.to_string(), "2025-11-24T16:02:03.456Z");
        assert_eq!(Time::from_rfc3339(&time.to_string()), Some(time));
        let seven_decimals = "2025-11-24T17:02:03.4560000+01:00";
        assert_eq!(Time::from_rfc3339(seven_decimals), Some(time));
        assert_eq!(Time::from_rfc3339("yesterday"), None);
        assert_eq!(Time::from_rfc3339("0001-01-01T00:00:00Z"), None);
    }

    #[test]
    fn time_never_underflows() {
        assert_eq!(Time(5).since(Time(9)), Duration::ZERO);
        assert_eq!(Time(5).before(Duration::from_secs(9)), Time(0));
        assert_eq!(Time(5).moved(-9), Time(0));
        assert_eq!(Time(u64::MAX).after(Duration::MAX), Time(u64::MAX));
    }

    #[test]
    fn percent_is_never_outside() {
        for (value, expected) in [(-1.0, 0.0), (0.5, 0.5), (101.0, 100.0), (f64::NAN, 0.0)] {
            assert_eq!(Percent::clamped(value).value(), expected, "{value}");
        }
        assert_eq!(Percent::of(1, 0), None, "an unknown runtime is not 0 %");
        assert_eq!(Percent::of(3, 2), Some(Percent::END));
    }

    #[test]
    fn labels_are_what_a_person_would_say() {
        let mut item = Item { title: "The Salt Road".into(), year: Some(2021), ..Item::default() };
        assert_eq!(item.label(), "The Salt Road (2021)");
        item.kind = Kind::Episode(Episode {
            show: Show { title: "Harbour Nine".into(), ..Show::default() },
            season: Some(2),
            number: Some(7),
            last: Some(8),
        });
        assert_eq!(item.label(), "Harbour Nine 2x07-08");
    }
}
