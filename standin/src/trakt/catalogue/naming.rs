//! How does a request name a thing?

use super::Ids;
use serde::{Deserialize, Serialize};

/// How a request names a thing. Ids of a wrong JSON type fail the parse, as at Trakt.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::trakt) struct Naming {
    pub(in crate::trakt) title: Option<String>,
    pub(in crate::trakt) year: Option<u16>,
    #[serde(default)]
    pub(in crate::trakt) ids: NamedIds,
}

/// The ids of a request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::trakt) struct NamedIds {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::trakt) trakt: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::trakt) slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::trakt) imdb: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::trakt) tmdb: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::trakt) tvdb: Option<u64>,
}

impl NamedIds {
    pub(in crate::trakt) fn is_empty(&self) -> bool {
        self.slug.is_none() && self.ids().is_empty()
    }

    pub(in crate::trakt) fn ids(&self) -> Ids {
        Ids { trakt: self.trakt, imdb: self.imdb.clone(), tmdb: self.tmdb, tvdb: self.tvdb }
    }
}

impl Naming {
    /// By one id of a kind: `trakt`, `imdb`, `tmdb`, `tvdb`; `None` for another kind or a value
    /// that is no such id.
    pub(in crate::trakt) fn by_id(kind: &str, value: &str) -> Option<Self> {
        let mut naming = Self::default();
        match kind {
            "trakt" => naming.ids.trakt = Some(value.parse().ok()?),
            "imdb" => naming.ids.imdb = Some(value.to_owned()),
            "tmdb" => naming.ids.tmdb = Some(value.parse().ok()?),
            "tvdb" => naming.ids.tvdb = Some(value.parse().ok()?),
            _ => return None,
        }
        Some(naming)
    }

    /// By what stands in a path: a Trakt id, an IMDb id or a slug.
    pub(in crate::trakt) fn by_path(text: &str) -> Self {
        let mut naming = Self::default();
        if let Ok(trakt) = text.parse() {
            naming.ids.trakt = Some(trakt);
        } else if text.starts_with("tt") && text.bytes().skip(2).all(|b| b.is_ascii_digit()) {
            naming.ids.imdb = Some(text.to_owned());
        } else {
            naming.ids.slug = Some(text.to_owned());
        }
        naming
    }

    /// How a person would call it.
    pub(in crate::trakt) fn words(&self) -> String {
        match &self.title {
            Some(title) if !title.is_empty() => title.clone(),
            _ => name_of(&self.ids.ids()),
        }
    }
}

pub(in crate::trakt) fn name_of(ids: &Ids) -> String {
    let number = |kind: &str, id: Option<u64>| id.map(|id| format!("{kind}:{id}"));
    let imdb = ids.imdb.clone();
    imdb.or_else(|| number("tmdb", ids.tmdb))
        .or_else(|| number("tvdb", ids.tvdb))
        .or_else(|| number("trakt", ids.trakt))
        .unwrap_or_else(|| "nothing".to_owned())
}
