//! By which external ids a thing is known.

use super::Id;
use serde::{Deserialize, Serialize};

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
        differ(self.trakt, other.trakt)
            || differ(self.imdb.as_ref(), other.imdb.as_ref())
            || differ(self.tmdb, other.tmdb)
            || differ(self.tvdb, other.tvdb)
    }

    /// Each of them by itself.
    pub fn each(&self) -> impl Iterator<Item = Id> {
        let imdb = self.imdb.as_ref().and_then(|imdb| imdb.strip_prefix("tt")?.parse().ok());
        let all = [
            self.trakt.map(Id::Trakt),
            self.tmdb.map(Id::Tmdb),
            self.tvdb.map(Id::Tvdb),
            imdb.map(Id::Imdb),
        ];
        all.into_iter().flatten()
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

/// By which ids an anime is known where anime is filed apart. Each is of a part of a show that counts
/// from 1, or of an episode of one; no two things are told apart by them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnimeIds {
    /// AniDB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anidb: Option<u32>,
    /// AniList.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anilist: Option<u32>,
    /// MyAnimeList.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mal: Option<u32>,
}

impl AnimeIds {
    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes over what `other` knows and this does not.
    pub fn learn(&mut self, other: &Self) {
        self.anidb = self.anidb.or(other.anidb);
        self.anilist = self.anilist.or(other.anilist);
        self.mal = self.mal.or(other.mal);
    }
}

/// Whether both are known and not the same.
pub(super) fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}
