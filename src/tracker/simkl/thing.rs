//! What does Simkl say that a thing is, and is it what was meant?
//!
//! Pure. One id that is equal settles it. Where none is, an id of the same kind that differs, or a name
//! by title, leaves it to title and year; an anime has another title in each part, so there it is the
//! place in TheTVDB's order that counts.

use super::names::numbered;
use crate::event::title::{says_nothing, title_and_year};
use crate::event::{AnimeIds, Episode, Ids, Item, Kind, title};
use crate::tracker::call::object;
use crate::tracker::{Found, Named, Type};
use serde_json::{Map, Value, json};

/// A title as an answer of Simkl's describes it, with an episode of it where it names one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Thing {
    /// Under which key it stands: `movie`, `show` or `anime`.
    key: &'static str,
    /// Its number.
    simkl: u64,
    ids: Ids,
    anime: AnimeIds,
    title: String,
    year: Option<u16>,
    /// Where the episode stands, in its own order and in TheTVDB's.
    place: Option<(u32, u32)>,
    at_tvdb: Option<(u32, u32)>,
}

impl Thing {
    /// What an answer names; `None` where it names nothing.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let key = ["movie", "show", "anime"].into_iter().find(|key| answer.get(key).is_some())?;
        let own = answer.get(key)?;
        let id = |key: &str| {
            let id = own.get("ids")?.get(key)?;
            id.as_u64().or_else(|| id.as_str()?.parse().ok())
        };
        let short = |key: &str| id(key).and_then(|id| u32::try_from(id).ok());
        let imdb = own.pointer("/ids/imdb").and_then(Value::as_str);
        let episode = answer.get("episode");
        let number = |keys: [&str; 2]| {
            let number = keys.into_iter().find_map(|key| episode?.get(key)?.as_u64())?;
            u32::try_from(number).ok()
        };
        let place = |season, numbers| number(season).zip(number(numbers));
        Some(Self {
            key,
            simkl: id("simkl").or_else(|| id("simkl_id"))?,
            ids: Ids {
                trakt: None,
                imdb: imdb.map(str::to_owned),
                tmdb: id("tmdb"),
                tvdb: id("tvdb"),
            },
            anime: AnimeIds { anidb: short("anidb"), anilist: short("anilist"), mal: short("mal") },
            title: own.get("title").and_then(Value::as_str).unwrap_or_default().to_owned(),
            year: own.get("year").and_then(Value::as_u64).and_then(|year| u16::try_from(year).ok()),
            place: place(["season"; 2], ["number", "episode"]),
            at_tvdb: place(["tvdb_season"; 2], ["tvdb_number"; 2]),
        })
    }

    /// What `item` was taken for; `show` is the number of its show, as far as that is known.
    pub(super) fn named(self, item: &Item, show: Option<u64>) -> Named {
        if self.is(item, show) {
            Named::Sure(self.found(item))
        } else {
            Named::Doubtful(Found { show: None, ..self.found(item) })
        }
    }

    /// Whether it is what `item` means.
    pub(super) fn is(&self, item: &Item, show: Option<u64>) -> bool {
        let is_film = self.key == "movie";
        match &item.kind {
            Kind::Movie => {
                is_film && self.is_titled(&item.ids, &item.anime, &item.title, item.year)
            }
            Kind::Show => {
                !is_film && self.is_titled(&item.ids, &item.anime, &item.title, item.year)
            }
            Kind::Season { .. } => false,
            Kind::Episode(_) if is_film => false,
            Kind::Episode(episode) => {
                let of = &episode.show;
                let is_show = show == Some(self.simkl)
                    || self.is_part(episode)
                    || self.is_titled(&of.ids, &of.anime, &of.title, of.year)
                    // Each part has a title of its own.
                    || (self.key == "anime" && !self.ids.contradict(&of.ids));
                is_show && (item.ids.tvdb.is_some() || self.is_placed(episode))
            }
        }
    }

    /// Whether this is its title's number.
    pub(super) fn has_number(&self, number: u64) -> bool {
        self.simkl == number
    }

    /// Whether it is the part of an anime that the show of `episode` is.
    fn is_part(&self, episode: &Episode) -> bool {
        let (ours, theirs) = (&episode.show.anime, &self.anime);
        let same = |one: Option<u32>, other: Option<u32>| one.is_some() && one == other;
        same(ours.mal, theirs.mal)
            || same(ours.anidb, theirs.anidb)
            || same(ours.anilist, theirs.anilist)
    }

    fn is_placed(&self, episode: &Episode) -> bool {
        let ours = episode.season.zip(episode.number);
        let agrees =
            |theirs: Option<(u32, u32)>| ours.is_none() || theirs.is_none() || ours == theirs;
        match self.key {
            "anime" if self.is_part(episode) => {
                self.place.zip(episode.number).is_none_or(|((_, theirs), ours)| theirs == ours)
                    || agrees(self.at_tvdb)
            }
            "anime" => agrees(self.at_tvdb),
            _ => agrees(self.place),
        }
    }

    fn is_titled(&self, ids: &Ids, anime: &AnimeIds, title: &str, year: Option<u16>) -> bool {
        if ids.each().any(|id| self.ids.each().any(|its| its == id)) {
            return true;
        }
        let (title, year) = title_and_year(title, year);
        let of_year = year.zip(self.year).is_none_or(|(ours, theirs)| ours.abs_diff(theirs) <= 1);
        if of_year && title::same(title, &self.title) {
            return true;
        }
        // Named by ids that the answer does not repeat, it can't be another of the name.
        let is_named = !(ids.is_empty() && anime.is_empty());
        is_named && !ids.contradict(&self.ids) && (of_year || says_nothing(title))
    }

    fn found(&self, item: &Item) -> Found {
        let Self { key, simkl, title, year, .. } = self;
        // The number of a show names it for good; a part of an anime counts otherwise than servers.
        let show = (*key == "show").then_some(*simkl);
        let (kind, ids) = (Type::of(item), Ids::default());
        Found { kind, number: *simkl, ids, show, title: title.clone(), year: *year }
    }

    /// What a call names by which its playing ends.
    pub(super) fn numbers(&self) -> Map<String, Value> {
        let place = self.place.filter(|_| self.key != "movie");
        let (season, number) = place.unzip();
        let season = season.filter(|_| self.key == "show");
        let episode = place.map(|_| {
            let fields = [("season", season), ("number", number)];
            json!(object(fields.map(|(key, number)| (key, number.map(|number| json!(number))))))
        });
        object([(self.key, Some(json!(numbered(self.simkl)))), ("episode", episode)])
    }
}

#[cfg(test)]
mod tests;
