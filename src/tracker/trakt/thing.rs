//! What does Trakt say that a thing is?

use crate::event::{Ids, Time};
use crate::tracker::Type;
use serde_json::Value;

/// A movie, show, season or episode as an answer of Trakt's describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) kind: Type,
    /// Its number at Trakt.
    pub(super) trakt: u64,
    /// All its ids there.
    pub(super) ids: Ids,
    /// Its title, or empty.
    pub(super) title: String,
    pub(super) year: Option<u16>,
    /// Season and number of an episode; the number alone of a season.
    pub(super) season: Option<u32>,
    pub(super) number: Option<u32>,
    /// When it was first aired, where the answer is a long one.
    pub(super) aired: Option<Time>,
    /// Of an episode its show, where the answer names it.
    pub(super) show: Option<Box<Thing>>,
}

impl Thing {
    /// The thing of this type in an answer, which has a member for it and, beside an episode, one
    /// for its show. `None` where Trakt names none, as in `"movie": null`.
    pub(super) fn read(kind: Type, answer: &Value) -> Option<Self> {
        let thing = Self::itself(kind, answer.get(kind.word())?)?;
        let show = (kind == Type::Episode).then(|| Self::itself(Type::Show, answer.get("show")?));
        Some(Self { show: show.flatten().map(Box::new), ..thing })
    }

    /// The thing that `value` is.
    pub(super) fn itself(kind: Type, value: &Value) -> Option<Self> {
        let ids = ids_of(value);
        let number = |key: &str| value.get(key).and_then(Value::as_u64);
        let short = |key: &str| number(key).and_then(|number| u32::try_from(number).ok());
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        Some(Self {
            kind,
            trakt: ids.trakt?,
            ids,
            title: text("title").to_owned(),
            year: number("year").and_then(|year| u16::try_from(year).ok()),
            season: short("season"),
            number: short("number"),
            aired: Time::from_rfc3339(text("first_aired")),
            show: None,
        })
    }

    /// What Trakt has found by one of `ids`, also where its answer does not repeat that.
    pub(super) fn found_by(mut self, ids: &Ids) -> Self {
        if ids.each().any(|id| self.ids.each().any(|its| its == id)) {
            return self;
        }
        let Ids { trakt: _, imdb, tmdb, tvdb } = ids.clone();
        if let (None, Some(_)) = (self.ids.tvdb, tvdb) {
            self.ids.tvdb = tvdb;
        } else if let (None, Some(_)) = (self.ids.tmdb, tmdb) {
            self.ids.tmdb = tmdb;
        } else if let (None, Some(_)) = (&self.ids.imdb, &imdb) {
            self.ids.imdb = imdb;
        }
        self
    }

    /// An episode with the show below which it was found.
    pub(super) fn of(self, show: &Self) -> Self {
        Self { show: Some(Box::new(show.clone())), ..self }
    }
}

/// The ids below `ids` that make sense.
pub(super) fn ids_of(thing: &Value) -> Ids {
    let id = |key: &str| thing.get("ids").and_then(|ids| ids.get(key));
    let imdb = id("imdb").and_then(Value::as_str).filter(|id| id.starts_with("tt"));
    Ids {
        trakt: id("trakt").and_then(Value::as_u64),
        imdb: imdb.map(str::to_owned),
        tmdb: id("tmdb").and_then(Value::as_u64),
        tvdb: id("tvdb").and_then(Value::as_u64),
    }
}
