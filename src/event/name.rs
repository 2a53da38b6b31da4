//! By which names an item is known: what makes two items the same.

use std::fmt;

/// One name of an item. Two items are the same when one of their names is equal.
///
/// Small and without text but for servers' own keys: the engine compares some dozen an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// The item's own id. TMDB and TVDB number movies, shows and episodes separately.
    Own(Class, Id),
    /// A season by its show's id and its number.
    Season(Id, u32),
    /// An episode by its show's id, its season and its number.
    Episode(Id, u32, u32),
    /// Under which key a media server knows it: the server's id and the key.
    Key(Box<str>),
}

/// Of what kind of item an id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A film.
    Movie,
    /// A whole show.
    Show,
    /// A season.
    Season,
    /// An episode.
    Episode,
    /// A file with several episodes, by what is said of its first one.
    File,
}

/// One external id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id {
    /// Trakt's own number.
    Trakt(u64),
    /// IMDb's, without its `tt`.
    Imdb(u64),
    /// TheMovieDb's.
    Tmdb(u64),
    /// TheTVDB's.
    Tvdb(u64),
}

impl Name {
    /// The name of what a media server knows under `key`.
    #[must_use]
    pub fn key(server: &str, key: &str) -> Self {
        Self::Key([server, ":", key].concat().into())
    }
}

/// As it is stored: `movie:tmdb:27205`, `show:tvdb:81189:2x7`.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(class, id) => write!(f, "{}:{id}", class.word()),
            Self::Season(show, number) => write!(f, "show:{show}:{number}"),
            Self::Episode(show, season, number) => write!(f, "show:{show}:{season}x{number}"),
            Self::Key(key) => write!(f, "key:{key}"),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trakt(id) => write!(f, "trakt:{id}"),
            Self::Imdb(id) => write!(f, "imdb:tt{id:07}"),
            Self::Tmdb(id) => write!(f, "tmdb:{id}"),
            Self::Tvdb(id) => write!(f, "tvdb:{id}"),
        }
    }
}

impl Class {
    fn word(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Show => "show",
            Self::Season => "season",
            Self::Episode => "episode",
            Self::File => "file",
        }
    }
}
