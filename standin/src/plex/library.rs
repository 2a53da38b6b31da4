//! What is in the server's libraries?

use crate::trakt::{Catalogue, Ref};
use std::collections::BTreeMap;

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A film.
    Movie,
    /// A show, with nothing to play in itself.
    Show,
    /// An episode: the rating key of its show, its season and its number.
    Episode {
        /// Rating key of the show.
        show: String,
        /// Its season; 0 are the specials.
        season: u32,
        /// Its number in the season.
        number: u32,
    },
    /// A piece of music.
    Track,
    /// A trailer or another extra of a film.
    Trailer,
    /// A channel of live television.
    Live,
}

/// One thing in a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Its year.
    pub year: Option<u16>,
    /// How long it is, in milliseconds.
    pub runtime_ms: u64,
    /// Its external ids: `imdb://tt91000101`.
    pub guids: Vec<String>,
    /// Where its final credits begin, in milliseconds, if Plex has found them.
    pub credits_ms: Option<u64>,
    /// The edition's name (`editionTitle`).
    pub edition: Option<String>,
    /// Where its file is.
    pub file: String,
}

/// The items of all libraries, by rating key.
#[derive(Clone, Debug, Default)]
pub struct Library {
    items: BTreeMap<String, Item>,
    last: u64,
}

/// The sections: number, title and type.
pub(super) const SECTIONS: [(&str, &str, &str); 3] =
    [("1", "Movies", "movie"), ("2", "TV Shows", "show"), ("7", "Music", "artist")];

impl Item {
    /// Its section, with the title and the type; live television is in none.
    pub(super) fn section(&self) -> (&'static str, &'static str, &'static str) {
        match self.kind {
            Kind::Movie | Kind::Trailer => SECTIONS[0],
            Kind::Show | Kind::Episode { .. } => SECTIONS[1],
            Kind::Track => SECTIONS[2],
            Kind::Live => ("-1", "Live TV & DVR", "livetv"),
        }
    }

    /// As it stands in `type`.
    pub(super) fn word(&self) -> &'static str {
        match self.kind {
            Kind::Movie => "movie",
            Kind::Show => "show",
            Kind::Episode { .. } | Kind::Live => "episode",
            Kind::Track => "track",
            Kind::Trailer => "clip",
        }
    }
}

impl Library {
    /// What a catalogue has, and beside it what is nothing to scrobble: the piece of music `Undertow`,
    /// the trailer `Trailer` and the channel `Evening News`.
    #[must_use]
    pub fn of(catalogue: &Catalogue) -> Self {
        let mut library = Self { last: 20_000, ..Self::default() };
        let mut shows: BTreeMap<u64, String> = BTreeMap::new();
        for (found, entry, place) in catalogue.each() {
            let ids = &entry.ids;
            let imdb = ids.imdb.iter().map(|id| format!("imdb://{id}"));
            let tmdb = ids.tmdb.iter().map(|id| format!("tmdb://{id}"));
            let tvdb = ids.tvdb.iter().map(|id| format!("tvdb://{id}"));
            let kind = match (found, place) {
                (Ref::Movie(_), _) => Kind::Movie,
                (Ref::Show(_), _) => Kind::Show,
                (Ref::Episode(_), Some((show, season, number))) => match shows.get(&show) {
                    Some(show) => Kind::Episode { show: show.clone(), season, number },
                    None => continue,
                },
                (Ref::Episode(_) | Ref::Season(..), _) => continue,
            };
            let key = library.add(Item {
                kind,
                title: entry.title.clone(),
                year: entry.year,
                runtime_ms: catalogue.minutes(found) * 60_000,
                guids: imdb.chain(tmdb).chain(tvdb).collect(),
                credits_ms: None,
                edition: None,
                file: format!("/media/{}.mkv", entry.title),
            });
            if let Ref::Show(show) = found {
                shows.insert(show, key);
            }
        }
        for (kind, title, minutes) in [
            (Kind::Track, "Undertow", 4),
            (Kind::Trailer, "Trailer", 2),
            (Kind::Live, "Evening News", 30),
        ] {
            library.add(Item {
                kind,
                title: title.to_owned(),
                year: None,
                runtime_ms: minutes * 60_000,
                guids: Vec::new(),
                credits_ms: None,
                edition: None,
                file: format!("/media/{title}.mkv"),
            });
        }
        library
    }

    /// Adds an item; returns its rating key.
    pub fn add(&mut self, item: Item) -> String {
        self.last += 1;
        let key = self.last.to_string();
        self.items.insert(key.clone(), item);
        key
    }

    /// Takes an item away: what was watched stays in the history without its key.
    pub fn remove(&mut self, label: &str) -> bool {
        let key = self.key(label).map(str::to_owned);
        key.is_some_and(|key| self.items.remove(&key).is_some())
    }

    /// The item with that rating key.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.items.get(key)
    }

    /// The item so labelled, to be changed.
    pub fn labelled(&mut self, label: &str) -> Option<&mut Item> {
        let key = self.key(label)?.to_owned();
        self.items.get_mut(&key)
    }

    /// The rating key of what is so labelled: `The Salt Road`, `Harbour Nine 2x07`.
    #[must_use]
    pub fn key(&self, label: &str) -> Option<&str> {
        self.items.keys().find(|key| self.label(key) == label).map(String::as_str)
    }

    /// How a person would call it; `?` where there is no such thing.
    #[must_use]
    pub fn label(&self, key: &str) -> String {
        let Some(item) = self.items.get(key) else { return "?".to_owned() };
        let Kind::Episode { show, season, number } = &item.kind else { return item.title.clone() };
        let show = self.items.get(show).map_or("?", |show| show.title.as_str());
        format!("{show} {season}x{number:02}")
    }
}
