//! What is there to watch?

use super::{Jellyfin, made_up, set};
use crate::http::Response;
use crate::trakt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a series is by its `Type`. It is shown to who asks for it by its id.
pub(super) const SERIES: &str = "Series";

/// What an item is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A film.
    #[default]
    Movie,
    /// An episode.
    Episode {
        /// The title of its show.
        show: String,
        /// Its season.
        season: u32,
        /// Its number in there.
        number: u32,
        /// The number of the last one, where a file holds several.
        last: Option<u32>,
    },
    /// Anything else, by its `Type`: `Trailer`, `Audio`, `TvChannel`, `Video`.
    Other(&'static str),
}

/// A film, an episode, or something else that can be played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// When it came out.
    pub year: Option<u16>,
    /// Its external ids: `Imdb`, `Tmdb`, `Tvdb`.
    pub ids: BTreeMap<&'static str, String>,
    /// How long it is; zero where the server does not know.
    pub runtime: Duration,
    /// The library in which it is.
    pub library: String,
    /// Where its file is.
    pub path: String,
}

impl Title {
    /// How a person would call it: `The Salt Road`, `Harbour Nine 2x07`.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.kind {
            Kind::Episode { show, season, number, .. } => format!("{show} {season}x{number:02}"),
            Kind::Movie | Kind::Other(_) => self.name.clone(),
        }
    }

    pub(super) fn word(&self) -> &'static str {
        match &self.kind {
            Kind::Movie => "Movie",
            Kind::Episode { .. } => "Episode",
            Kind::Other(word) => word,
        }
    }

    pub(super) fn runtime_ms(&self) -> u64 {
        u64::try_from(self.runtime.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Jellyfin {
    /// Adds something to watch; returns its id.
    pub fn add(&mut self, title: Title) -> String {
        let id = if self.options.dialect.is_emby() {
            (31_877 + self.titles.len()).to_string()
        } else {
            made_up(&format!("item {}", title.label()))
        };
        self.titles.insert(id.clone(), title);
        id
    }

    /// Adds what a Trakt knows: films in the library `Films`, episodes in `Shows`.
    #[must_use]
    pub fn with(mut self, theirs: &trakt::Catalogue) -> Self {
        for (of, entry, place) in theirs.each() {
            let show = |number| {
                let all = theirs.each().map(|(_, entry, _)| entry);
                let show = all.into_iter().find(|entry| entry.ids.trakt == Some(number));
                show.map(|entry| entry.title.clone()).unwrap_or_default()
            };
            let kind = match (of.kind(), place) {
                (trakt::Type::Movie, _) => Kind::Movie,
                (trakt::Type::Episode, Some((number, season, episode))) => {
                    Kind::Episode { show: show(number), season, number: episode, last: None }
                }
                (trakt::Type::Show, _) => Kind::Other(SERIES),
                (trakt::Type::Season | trakt::Type::Episode, _) => continue,
            };
            let text = |id: Option<u64>| id.map(|id| id.to_string());
            let ids = &entry.ids;
            let ids =
                [("Imdb", ids.imdb.clone()), ("Tmdb", text(ids.tmdb)), ("Tvdb", text(ids.tvdb))];
            let library = if kind == Kind::Movie { "Films" } else { "Shows" };
            let title = Title {
                path: format!("/media/{library}/{}.mkv", entry.title),
                kind,
                name: entry.title.clone(),
                year: entry.year,
                ids: ids.into_iter().filter_map(|(name, id)| Some((name, id?))).collect(),
                runtime: Duration::from_secs(theirs.minutes(of) * 60),
                library: library.to_owned(),
            };
            if title.kind == Kind::Other(SERIES) {
                self.series.insert(self.series_id(&title.name), title);
            } else {
                self.add(title);
            }
        }
        self
    }

    /// The id of what is so labelled, or has this id.
    #[must_use]
    pub fn item(&self, label: &str) -> Option<String> {
        let by_label = || self.titles.iter().find(|(_, title)| title.label() == label);
        self.titles.get_key_value(label).or_else(by_label).map(|(id, _)| id.clone())
    }

    /// Takes something out of the library.
    pub fn remove(&mut self, label: &str) {
        if let Some(id) = self.item(label) {
            self.titles.remove(&id);
        }
    }

    /// The id of the series so called.
    pub(super) fn series_id(&self, name: &str) -> String {
        self.library_id(&format!("series {name}"))
    }

    pub(super) fn library_id(&self, name: &str) -> String {
        if self.options.dialect.is_emby() {
            return name.bytes().map(u64::from).sum::<u64>().to_string();
        }
        made_up(&format!("library {name}"))
    }

    pub(super) fn folders(&self) -> Response {
        let mut names: Vec<&str> = self.titles.values().map(|t| t.library.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let folders = names.into_iter().filter(|name| !name.is_empty());
        let folders: Vec<Value> = folders.map(|name| self.folder(name)).collect();
        let count = folders.len();
        Response::json(200, &json!({ "Items": folders, "TotalRecordCount": count }))
    }

    pub(super) fn folder(&self, name: &str) -> Value {
        json!({ "Name": name, "Id": self.library_id(name), "Type": "CollectionFolder",
                "IsFolder": true })
    }

    /// An item as both show it, without what it is to a user.
    pub(super) fn dto(&self, id: &str, title: &Title) -> Value {
        let mut dto = json!({
            "Name": title.name,
            "ServerId": self.id(),
            "Id": id,
            "IsFolder": title.kind == Kind::Other(SERIES),
            "Type": title.word(),
            "MediaType": match title.kind {
                Kind::Other("Audio") => "Audio",
                Kind::Other(SERIES) => "Unknown",
                Kind::Movie | Kind::Episode { .. } | Kind::Other(_) => "Video",
            },
        });
        if !title.runtime.is_zero() {
            set(&mut dto, "RunTimeTicks", json!(super::ticks(title.runtime)));
        }
        if let Some(year) = title.year {
            set(&mut dto, "ProductionYear", json!(year));
        }
        if let Kind::Episode { show, season, number, last } = &title.kind {
            set(&mut dto, "SeriesName", json!(show));
            set(&mut dto, "SeriesId", json!(self.series_id(show)));
            set(&mut dto, "ParentIndexNumber", json!(season));
            set(&mut dto, "IndexNumber", json!(number));
            if let Some(last) = last {
                set(&mut dto, "IndexNumberEnd", json!(last));
            }
        }
        dto
    }
}
