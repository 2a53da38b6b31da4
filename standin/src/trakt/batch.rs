//! Which items does a body of `/sync/…` name?
//!
//! Lists of movies, shows, seasons and episodes, where a show may hold seasons and a season
//! episodes. What is said of a show or season (`watched_at`) holds for what stands below it.

use super::Trakt;
use super::catalogue::{Naming, Ref, Type};
use crate::Time;
use serde::Deserialize;
use serde_json::{Value, json};

/// A body of `/sync/history`, `/sync/ratings`, `/sync/watchlist` and their `/remove`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Batch {
    movies: Vec<Line>,
    shows: Vec<Line>,
    seasons: Vec<Line>,
    episodes: Vec<Line>,
    /// Of `/sync/history/remove`: single plays.
    pub(super) ids: Vec<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Line {
    #[serde(flatten)]
    naming: Naming,
    number: Option<u32>,
    #[serde(flatten)]
    said: Said,
    seasons: Option<Vec<Line>>,
    episodes: Option<Vec<Line>>,
}

/// What is said of an item.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Said {
    pub(super) watched_at: Option<String>,
    pub(super) rating: Option<u8>,
    pub(super) rated_at: Option<String>,
}

impl Said {
    fn or(&self, above: &Self) -> Self {
        let watched_at = self.watched_at.clone().or_else(|| above.watched_at.clone());
        Self { watched_at, ..self.clone() }
    }
}

/// The items of a batch that exist, and those that don't.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) items: Vec<(Ref, Said)>,
    /// Type, words for a person, and what Trakt echoes under `not_found`.
    pub(super) missing: Vec<(Type, String, Value)>,
}

impl Found {
    /// The member `not_found` of the answer.
    pub(super) fn not_found(&self) -> Value {
        let of = |kind: Type| -> Vec<&Value> {
            let missing = self.missing.iter().filter(|(missing, ..)| *missing == kind);
            missing.map(|(_, _, echo)| echo).collect()
        };
        json!({
            "movies": of(Type::Movie), "shows": of(Type::Show),
            "seasons": of(Type::Season), "episodes": of(Type::Episode),
        })
    }
}

/// Counts of each type that `items` has: `{"movies": 1, "episodes": 0}`.
pub(super) fn counts(items: impl IntoIterator<Item = Ref>, kinds: &[Type]) -> Value {
    let items: Vec<Ref> = items.into_iter().collect();
    let count = |kind: Type| items.iter().filter(|item| item.kind() == kind).count();
    let counted = kinds.iter().map(|kind| (kind.plural().to_owned(), count(*kind).into()));
    Value::Object(counted.collect())
}

impl Trakt {
    /// Resolves a batch. With `spread` a show or season stands for all of its episodes, as in the
    /// history; without, it is an item of its own, as for ratings and watchlists.
    pub(super) fn resolve(&mut self, batch: &Batch, spread: bool, now: Time) -> Found {
        let mut found = Found::default();
        let plain = [(Type::Movie, &batch.movies), (Type::Episode, &batch.episodes)];
        for (kind, lines) in plain {
            for line in lines {
                match self.catalogue.find(kind, &line.naming, now) {
                    Some(item) => found.items.push((item, line.said.clone())),
                    None => found.miss(kind, line),
                }
            }
        }
        for line in &batch.shows {
            self.show_line(line, spread, now, &mut found);
        }
        for line in &batch.seasons {
            match self.catalogue.season_of_id(line.naming.ids.trakt) {
                Some((show, number)) => {
                    self.season_line(show, number, line, spread, now, &mut found);
                }
                None => found.miss(Type::Season, line),
            }
        }
        found
    }

    fn show_line(&mut self, line: &Line, spread: bool, now: Time, found: &mut Found) {
        let Some(Ref::Show(show)) = self.catalogue.find(Type::Show, &line.naming, now) else {
            return found.miss(Type::Show, line);
        };
        match &line.seasons {
            Some(seasons) => {
                for season in seasons {
                    let mut season = season.clone();
                    season.said = season.said.or(&line.said);
                    let number = season.number.unwrap_or_default();
                    self.season_line(show, number, &season, spread, now, found);
                }
            }
            None if spread => {
                let all = self.catalogue.episodes(show, None, now);
                found.items.extend(all.into_iter().map(|item| (item, line.said.clone())));
            }
            None => found.items.push((Ref::Show(show), line.said.clone())),
        }
        if line.seasons.is_some() && line.said.rating.is_some() {
            found.items.push((Ref::Show(show), line.said.clone()));
        }
    }

    fn season_line(
        &mut self,
        show: u64,
        number: u32,
        line: &Line,
        spread: bool,
        now: Time,
        found: &mut Found,
    ) {
        for episode in line.episodes.iter().flatten() {
            let place = (number, episode.number.unwrap_or_default());
            match self.catalogue.find_episode(show, place, &episode.naming, now) {
                Some(item) => found.items.push((item, episode.said.or(&line.said))),
                None => found.miss(Type::Episode, episode),
            }
        }
        if line.episodes.is_none() && spread {
            let all = self.catalogue.episodes(show, Some(number), now);
            found.items.extend(all.into_iter().map(|item| (item, line.said.clone())));
        } else if !spread && (line.episodes.is_none() || line.said.rating.is_some()) {
            if self.catalogue.has_season(show, number) {
                found.items.push((Ref::Season(show, number), line.said.clone()));
            } else {
                found.miss(Type::Season, line);
            }
        }
    }
}

impl Found {
    fn miss(&mut self, kind: Type, line: &Line) {
        let mut echo = json!({ "ids": line.naming.ids });
        if let Some(echo) = echo.as_object_mut() {
            if let Some(title) = &line.naming.title {
                echo.insert("title".into(), title.as_str().into());
            }
            if let Some(number) = line.number {
                echo.insert("number".into(), number.into());
            }
        }
        let words = line.number.map_or(line.naming.words(), |number| format!("number {number}"));
        self.missing.push((kind, words, echo));
    }
}
