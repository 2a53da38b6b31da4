//! How can an item be named to Trakt?
//!
//! [`names`] lists the ways in the order in which they are tried; those of [`direct`] are sent as
//! they are, what the others mean is looked up first (`lookup`) and named by Trakt's own number
//! ([`numbered`]). Ids of an episode are never given as ids of its show, nor the other way round.

use crate::event::title::title_and_year;
use crate::event::{Episode, Ids, Item, Kind, Show};
use serde_json::{Map, Value, json};

/// What Trakt calls the things it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    Movie,
    Show,
    Season,
    Episode,
}

impl Type {
    /// What an item is at Trakt.
    pub(super) fn of(item: &Item) -> Self {
        match item.kind {
            Kind::Movie => Self::Movie,
            Kind::Show => Self::Show,
            Kind::Season { .. } => Self::Season,
            Kind::Episode(_) => Self::Episode,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Show => "show",
            Self::Season => "season",
            Self::Episode => "episode",
        }
    }

    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Movie => "movies",
            Self::Show => "shows",
            Self::Season => "seasons",
            Self::Episode => "episodes",
        }
    }
}

/// One way to name an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Name {
    /// By itself: its ids, or its title and year.
    Itself(Type, Map<String, Value>),
    /// An episode by its show and its place there.
    Episode { show: Map<String, Value>, season: u32, number: u32 },
    /// A season by its show and its number.
    Season { show: Map<String, Value>, number: u32 },
}

/// The ways to name `item`, the surest first; none where nothing names it.
pub(super) fn names(item: &Item) -> Vec<Name> {
    let itself = |kind| by_ids(&item.ids).into_iter().map(move |ids| Name::Itself(kind, ids));
    match &item.kind {
        Kind::Movie => {
            let (title, year) = title_and_year(&item.title, item.year);
            // A title alone is borne by too many films.
            let titled = year.and_then(|_| by_title(title, year));
            let titled = titled.map(|title| Name::Itself(Type::Movie, title));
            itself(Type::Movie).chain(titled).collect()
        }
        Kind::Show => {
            let show = Show { title: item.title.clone(), year: item.year, ..Show::default() };
            let titled = by_titles(&show).into_iter().map(|title| Name::Itself(Type::Show, title));
            itself(Type::Show).chain(titled).collect()
        }
        Kind::Season { show, number } => {
            let below = number.map(|number| {
                shows(show).into_iter().map(move |show| Name::Season { show, number })
            });
            itself(Type::Season).chain(below.into_iter().flatten()).collect()
        }
        Kind::Episode(episode) => {
            let place = episode.season.zip(episode.number);
            let below = place.map(|(season, number)| {
                let named = shows(&episode.show).into_iter();
                named.map(move |show| Name::Episode { show, season, number })
            });
            // Some specials are films at Trakt.
            let film = item.ids.imdb.as_ref().filter(|_| episode.season == Some(0));
            let film = film.map(|imdb| {
                let ids = Ids { imdb: Some(imdb.clone()), ..Ids::default() };
                by_ids(&ids).into_iter().map(|ids| Name::Itself(Type::Movie, ids))
            });
            itself(Type::Episode)
                .chain(below.into_iter().flatten())
                .chain(film.into_iter().flatten())
                .collect()
        }
    }
}

/// The ways that leave Trakt nothing to guess: ids of the thing itself, and a season's number in a
/// show that has ids. An episode's number is not among them: which episode bears it depends on
/// whose order is followed, and its title tells.
pub(super) fn direct(item: &Item) -> Vec<Name> {
    let kind = Type::of(item);
    let mut ways: Vec<Name> =
        by_ids(&item.ids).into_iter().map(|ids| Name::Itself(kind, ids)).collect();
    if let Kind::Season { show, number: Some(number) } = &item.kind {
        let shows = by_ids(&show.ids).into_iter();
        ways.extend(shows.map(|show| Name::Season { show, number: *number }));
    }
    ways
}

/// `item` by the number of what it was found to be at Trakt: itself; for a season its show; for a
/// special perhaps a film.
pub(super) fn numbered(item: &Item, kind: Type, trakt: u64) -> Option<Name> {
    let ids = object([("ids", json!({ "trakt": trakt }))]);
    match (&item.kind, kind) {
        (Kind::Season { number, .. }, Type::Show) => {
            number.map(|number| Name::Season { show: ids, number })
        }
        (Kind::Movie | Kind::Show | Kind::Season { .. } | Kind::Episode(_), kind) => {
            Some(Name::Itself(kind, ids))
        }
    }
}

/// Whether there is anything to look it up by.
pub(super) fn is_nameable(item: &Item) -> bool {
    let airs = match &item.kind {
        Kind::Episode(Episode { show, .. }) => item.aired.is_some() && !shows(show).is_empty(),
        Kind::Movie | Kind::Show | Kind::Season { .. } => false,
    };
    airs || !names(item).is_empty()
}

/// Trakt's own id says it all. The others go together as a second way: which of them Trakt looks
/// at first is not documented, and one of them may be unknown to it.
fn by_ids(ids: &Ids) -> Vec<Map<String, Value>> {
    let trakt = ids.trakt.map(|trakt| object([("trakt", json!(trakt))]));
    let others = [
        ("imdb", ids.imdb.as_ref().map(|id| json!(id))),
        ("tmdb", ids.tmdb.map(|id| json!(id))),
        ("tvdb", ids.tvdb.map(|id| json!(id))),
    ];
    let others = object(others.into_iter().filter_map(|(key, id)| Some((key, id?))));
    let others = (!others.is_empty()).then_some(others);
    let wrapped = |ids: Map<String, Value>| object([("ids", Value::Object(ids))]);
    trakt.into_iter().chain(others).map(wrapped).collect()
}

fn shows(show: &Show) -> Vec<Map<String, Value>> {
    let mut ways = by_ids(&show.ids);
    ways.extend(by_titles(show));
    ways
}

/// With its year, then without: some servers give the year of an episode for that of its show.
fn by_titles(show: &Show) -> Vec<Map<String, Value>> {
    let (title, year) = title_and_year(&show.title, show.year);
    let with_year = year.and_then(|_| by_title(title, year));
    with_year.into_iter().chain(by_title(title, None)).collect()
}

fn by_title(title: &str, year: Option<u16>) -> Option<Map<String, Value>> {
    if title.is_empty() {
        return None;
    }
    let year = year.map(|year| ("year", json!(year)));
    Some(object([("title", json!(title))].into_iter().chain(year)))
}

pub(super) fn object(
    fields: impl IntoIterator<Item = (&'static str, Value)>,
) -> Map<String, Value> {
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
