//! What a tracker knows and has.

use super::Call;
use crate::event::{Ids, Item, Kind, Time};

/// What trackers call the things they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// A film.
    Movie,
    /// A whole show.
    Show,
    /// A season of a show.
    Season,
    /// An episode of a show.
    Episode,
}

impl Type {
    /// What an item is.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        match item.kind {
            Kind::Movie => Self::Movie,
            Kind::Show => Self::Show,
            Kind::Season { .. } => Self::Season,
            Kind::Episode(_) => Self::Episode,
        }
    }

    /// The word for one.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Show => "show",
            Self::Season => "season",
            Self::Episode => "episode",
        }
    }

    /// The word for a list of them.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Movie => "movies",
            Self::Show => "shows",
            Self::Season => "seasons",
            Self::Episode => "episodes",
        }
    }
}

/// An item that a tracker knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is there.
    pub kind: Type,
    /// Its number there.
    pub number: u64,
    /// Its ids there, the number among them, as far as they may be learned: none where something
    /// speaks against its being the item, or where it is a film that our item calls a special of a
    /// show, whose ids are no ids of an episode.
    pub ids: Ids,
    /// The number of an episode's show there, where the episode has told it beyond doubt.
    pub show: Option<u64>,
    /// Its title, or empty.
    pub title: String,
    /// Its year.
    pub year: Option<u16>,
}

impl Found {
    /// Whether both are one thing.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        (self.kind, self.number) == (other.kind, other.number)
    }
}

/// What came of looking something up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This is it.
    Found(Found),
    /// The tracker knows no such thing (yet).
    Unknown,
    /// More than one thing answers, and nothing says which; the sentence tells how to mend it.
    Several(String),
}

/// A play that a tracker has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Play {
    /// Its number in the history.
    pub id: u64,
    /// Its time, by the tracker's clock.
    pub watched_at: Time,
}

/// Plays, newest first, with the time at the tracker where the answer says it.
pub type Plays = (Vec<Play>, Option<Time>);

/// What the answer to a scrobble tells of what was taken. Everything in it may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// The play's number in the history, where the call made one.
    pub play: Option<u64>,
    /// What the tracker took it for, where the answer names it.
    pub named: Option<Named>,
    /// The call that ends the playing of that, where the answer tells more of it than a [`Found`] holds.
    pub end: Option<Call>,
    /// The call that takes away the position that this one has stored, where the answer tells which.
    pub forget: Option<Call>,
}

/// What a tracker took an item for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// For what it is, beyond doubt.
    Sure(Found),
    /// For this, which it may not be.
    Doubtful(Found),
}

/// What became of plays that were added together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// How many were added, where the answer says so.
    pub count: Option<usize>,
    /// What is not known there, or may not be.
    pub missing: Vec<Found>,
}

impl Added {
    /// Whether `found` is not known there, or may not be.
    #[must_use]
    pub fn misses(&self, found: &Found) -> bool {
        self.missing.iter().any(|one| one.is(found))
    }
}
