//! What is watched, rated or marked, and by which names it is known.

use super::ids::differ;
use super::{AnimeIds, Class, File, Ids, Name, title};
use serde::{Deserialize, Serialize};

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
    /// Those of anime, of the item itself.
    #[serde(default, skip_serializing_if = "AnimeIds::is_empty")]
    pub anime: AnimeIds,
    /// Title of the movie, episode, season or show, or empty.
    pub title: String,
    /// Its own year; `None` for an episode of which only the show's is known.
    pub year: Option<u16>,
    /// Day of first airing, `YYYY-MM-DD`, where given.
    pub aired: Option<String>,
    /// Runtime in milliseconds; `None` where unknown, never 0.
    pub runtime_ms: Option<u64>,
    /// Its file. It is for filters: neither stored nor told to anybody.
    #[serde(skip)]
    pub file: File,
}

/// What kind of item it is. Anything else (clips, tracks, photos, live TV) never becomes an
/// [`Event`](super::Event).
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
    /// The server's own key of the show (Plex `grandparentRatingKey`, Jellyfin and Emby
    /// `SeriesId`), or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// Its title as the server has it (may end in a year in brackets), or empty.
    pub title: String,
    /// Its year, where the server says whose year it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// Day on which its first episode was first aired, `YYYY-MM-DD`, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aired: Option<String>,
    /// External ids of the show itself.
    #[serde(default, skip_serializing_if = "Ids::is_empty")]
    pub ids: Ids,
    /// Those of anime: of the part of it that counts as this server does.
    #[serde(default, skip_serializing_if = "AnimeIds::is_empty")]
    pub anime: AnimeIds,
}

impl Item {
    /// The names that its external ids give it.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        let mut names = Vec::with_capacity(8);
        let mut own = |class| names.extend(self.ids.each().map(|id| Name::Own(class, id)));
        match &self.kind {
            Kind::Movie => own(Class::Movie),
            Kind::Show => own(Class::Show),
            Kind::Season { show, number } => {
                own(Class::Season);
                let of = |number| show.ids.each().map(move |id| Name::Season(id, number));
                names.extend(number.iter().copied().flat_map(of));
            }
            // What it says of itself is its first episode's, which is another item.
            Kind::Episode(Episode { last: Some(_), .. }) => own(Class::File),
            Kind::Episode(Episode { show, season, number, last: None }) => {
                own(Class::Episode);
                let of = |(season, number)| {
                    show.ids.each().map(move |id| Name::Episode(id, season, number))
                };
                names.extend(season.zip(*number).into_iter().flat_map(of));
            }
        }
        names
    }

    /// How many episodes it holds: more than 1 only where one file has several (rule 14 of
    /// docs/rules.md).
    #[must_use]
    pub fn episodes(&self) -> u32 {
        let Kind::Episode(Episode { number: Some(first), last: Some(last), .. }) = &self.kind
        else {
            return 1;
        };
        last.saturating_sub(*first).saturating_add(1)
    }

    /// One of the episodes of a file that holds several, counted from 0. What the file says of
    /// itself is said of its first one; the others are known by their show and number.
    #[must_use]
    pub fn episode(&self, index: u32) -> Self {
        let Kind::Episode(file) = &self.kind else { return self.clone() };
        let number = file.number.map(|first| first.saturating_add(index));
        let kind = Kind::Episode(Episode { number, last: None, ..file.clone() });
        let key = format!("{}#{}", self.key, index + 1);
        let runtime_ms = self.runtime_ms.map(|ms| ms / u64::from(self.episodes()));
        let item = Self { kind, key, runtime_ms, ..self.clone() };
        if index == 0 {
            return item;
        }
        Self {
            ids: Ids::default(),
            anime: AnimeIds::default(),
            title: String::new(),
            aired: None,
            ..item
        }
    }

    /// Whether what is known of both speaks against their being one thing, whatever names they
    /// share: TMDB gives neighbours one number (trakt/trakt-api#423), two-parters share an IMDb
    /// id, and some senders give an episode its show's ids. A number of Trakt's that both have
    /// settles it: it is known only of what was compared with what Trakt has.
    ///
    /// Ids that all agree, two at least, outweigh another order of the episodes; so does a title.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        if let Some((one, other)) = self.ids.trakt.zip(other.ids.trakt) {
            return one != other;
        }
        if self.ids.contradict(&other.ids) {
            return true;
        }
        let agreeing = self.ids.each().filter(|id| other.ids.each().any(|its| its == *id)).count();
        let titled = |item: &Self| !title::says_nothing(&item.title);
        // Titles are taken apart only where nothing else decides: most events are of what plays.
        let both_titled = || titled(self) && titled(other);
        let same_title = || title::same(&self.title, &other.title);
        match (&self.kind, &other.kind) {
            (Kind::Movie, Kind::Movie) | (Kind::Show, Kind::Show) => {
                let years = self.year.zip(other.year).map_or(0, |(one, two)| one.abs_diff(two));
                // A year may be that of a festival; two ids are more than that.
                let most = u16::from(agreeing > 1);
                years > most && both_titled() && !same_title()
            }
            (Kind::Episode(one), Kind::Episode(two)) if one.last != two.last => true,
            (Kind::Episode(one), Kind::Episode(two)) => {
                let elsewhere = differ(one.season, two.season) || differ(one.number, two.number);
                let shows = one.show.ids.contradict(&two.show.ids);
                let settled = || if both_titled() { same_title() } else { agreeing > 1 };
                (elsewhere && !settled()) || (shows && agreeing < 2)
            }
            (Kind::Season { show: one, number }, Kind::Season { show: two, number: its }) => {
                differ(*number, *its) || one.ids.contradict(&two.ids)
            }
            _ => true,
        }
    }

    /// What is missing for any tracker to know which one it is: neither ids nor, of a film, a year
    /// beside its title; of an episode, its place in a show that has a name, or its day. `None`
    /// where nothing is.
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        let is_named = |show: &Show| !show.ids.is_empty() || !show.title.is_empty();
        let (is_known, lacks) = match &self.kind {
            _ if !self.ids.is_empty() => (true, ""),
            Kind::Movie => {
                let (title, year) = title::title_and_year(&self.title, self.year);
                (!title.is_empty() && year.is_some(), "year")
            }
            Kind::Show => (!self.title.is_empty(), "title"),
            Kind::Season { show, number } => {
                (is_named(show) && number.is_some(), "number in a show")
            }
            Kind::Episode(Episode { show, season, number, .. }) => {
                let is_placed = (season.is_some() && number.is_some()) || self.aired.is_some();
                (is_named(show) && is_placed, "place in a show")
            }
        };
        (!is_known).then_some(lacks)
    }

    /// The show that it belongs to; none of a movie, nor of a show itself.
    #[must_use]
    pub fn show(&self) -> Option<&Show> {
        match &self.kind {
            Kind::Episode(Episode { show, .. }) | Kind::Season { show, .. } => Some(show),
            Kind::Movie | Kind::Show => None,
        }
    }

    /// The same, to change it.
    pub fn show_mut(&mut self) -> Option<&mut Show> {
        match &mut self.kind {
            Kind::Episode(Episode { show, .. }) | Kind::Season { show, .. } => Some(show),
            Kind::Movie | Kind::Show => None,
        }
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
    fn names_are_of_the_item_and_of_its_place_in_the_show() {
        let ids = |trakt, imdb: &str| Ids { trakt, imdb: Some(imdb.into()), ..Ids::default() };
        let show = Show { ids: ids(Some(5), "tt0903747"), ..Show::default() };
        let names = |kind, ids| {
            let item = Item { kind, ids, ..Item::default() };
            item.names().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let episode = |number| {
            Kind::Episode(Episode { show: show.clone(), season: Some(2), number, last: None })
        };
        let season = Kind::Season { show: show.clone(), number: Some(0) };
        let film = Ids { tmdb: Some(7), tvdb: Some(8), ..ids(None, "tt12345678") };
        let said = [
            names(Kind::Movie, film),
            names(Kind::Show, Ids::default()),
            names(season, Ids { tvdb: Some(9), ..Ids::default() }),
            names(episode(Some(7)), ids(Some(6), "no id")),
            names(episode(None), Ids { tmdb: Some(1), ..Ids::default() }),
        ];
        let expected = [
            "movie:tmdb:7 movie:tvdb:8 movie:imdb:tt12345678",
            "",
            "season:tvdb:9 show:trakt:5:0 show:imdb:tt0903747:0",
            "episode:trakt:6 show:trakt:5:2x7 show:imdb:tt0903747:2x7",
            "episode:tmdb:1",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn one_shared_id_does_not_make_one_thing_of_two() {
        let ids = |imdb: &str, tmdb: u64, tvdb: u64| Ids {
            imdb: (!imdb.is_empty()).then(|| imdb.into()),
            tmdb: (tmdb > 0).then_some(tmdb),
            tvdb: (tvdb > 0).then_some(tvdb),
            trakt: None,
        };
        let film = |title: &str, year, ids| Item {
            title: title.into(),
            year: Some(year),
            ids,
            ..Item::default()
        };
        let episode = |title: &str, season, number, ids| Item {
            kind: Kind::Episode(Episode {
                season: Some(season),
                number: Some(number),
                ..Episode::default()
            }),
            title: title.into(),
            ids,
            ..Item::default()
        };
        let at_trakt = |mut item: Item, number| {
            item.ids.trakt = Some(number);
            item
        };
        let gate = || episode("The Gate", 5, 2, ids("", 7, 502));
        let salt = || film("Salt and Iron", 2017, ids("tt0000310", 310, 0));
        let cases = vec![
            ("itself", gate(), gate(), false),
            ("another id", gate(), episode("The Fence", 5, 1, ids("", 7, 501)), true),
            ("another id, one place", gate(), episode("The Gate", 5, 2, ids("", 7, 501)), true),
            ("another place", gate(), episode("The Fence", 5, 1, ids("", 7, 0)), true),
            ("another place, no title", gate(), episode("", 5, 1, ids("", 7, 0)), true),
            ("another order", gate(), episode("The Gate", 1, 42, ids("", 7, 0)), false),
            ("another order, all ids", gate(), episode("", 1, 42, ids("", 7, 502)), false),
            ("its show's ids", gate(), episode("The Fence", 5, 1, ids("", 7, 502)), true),
            ("another language", gate(), episode("Das Tor", 5, 2, ids("", 7, 0)), false),
            ("only counted", episode("Episode 2", 5, 2, ids("", 7, 0)), gate(), false),
            ("the same at Trakt", at_trakt(gate(), 9), at_trakt(salt(), 9), false),
            ("another at Trakt", at_trakt(gate(), 9), at_trakt(gate(), 8), true),
            ("films", salt(), film("The Orchard Wall", 2020, ids("tt0000310", 311, 0)), true),
            ("one id", salt(), film("The Orchard Wall", 2020, ids("tt0000310", 0, 0)), true),
            ("a festival's year", salt(), film("Salz", 2018, ids("tt0000310", 310, 0)), false),
            ("that and one id", salt(), film("Salz", 2018, ids("tt0000310", 0, 0)), true),
            ("a film in translation", salt(), film("Salz", 2017, ids("tt0000310", 0, 0)), false),
            ("a remake", salt(), film("Salt and Iron", 2018, ids("", 0, 0)), false),
            ("a film and an episode", salt(), gate(), true),
        ];
        for (name, one, other, expected) in cases {
            assert_eq!(one.contradicts(&other), expected, "{name}");
            assert_eq!(other.contradicts(&one), expected, "{name}, the other way round");
        }
    }

    #[test]
    fn what_no_tracker_could_know_lacks_something() {
        let film = |title: &str, year| Item { title: title.into(), year, ..Item::default() };
        let episode = |show: &str, season, number, aired: Option<&str>| {
            let show = Show { title: show.into(), ..Show::default() };
            let kind = Kind::Episode(Episode { show, season, number, last: None });
            Item { kind, aired: aired.map(str::to_owned), ..Item::default() }
        };
        let with_id = |item| Item { ids: Ids { tmdb: Some(7), ..Ids::default() }, ..item };
        let cases = [
            (film("Holiday at the lake", None), Some("year")),
            (film("", Some(2021)), Some("year")),
            (film("The Salt Road", Some(2021)), None),
            (film("The Salt Road (2021)", None), None),
            (with_id(film("", None)), None),
            (episode("", Some(1), Some(2), None), Some("place in a show")),
            (episode("Harbour Nine", Some(1), None, None), Some("place in a show")),
            (episode("Harbour Nine", Some(1), Some(2), None), None),
            (episode("Harbour Nine", None, None, Some("2020-11-19")), None),
            (with_id(episode("", None, None, None)), None),
            (Item { kind: Kind::Show, ..film("", None) }, Some("title")),
            (Item { kind: Kind::Show, ..film("Harbour Nine", None) }, None),
        ];
        for (item, expected) in cases {
            assert_eq!(item.lacks(), expected, "{item:?}");
        }
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
