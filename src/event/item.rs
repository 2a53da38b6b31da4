//! What is watched, rated or marked, and by which names it is known.

use super::{Class, Name};
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
    /// Day on which its first episode was first aired, `YYYY-MM-DD`, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aired: Option<String>,
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
            Kind::Episode(Episode { show, season, number, .. }) => {
                own(Class::Episode);
                let of = |(season, number)| {
                    show.ids.each().map(move |id| Name::Episode(id, season, number))
                };
                names.extend(season.zip(*number).into_iter().flat_map(of));
            }
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
