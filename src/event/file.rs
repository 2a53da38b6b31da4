//! Which file is an item, as far as a server says it?

use serde::{Deserialize, Serialize};

/// The file of an item, as far as a server says which it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where it lies on the server, or empty.
    pub path: String,
    /// What edition of a film it is, or empty.
    pub edition: String,
}

impl File {
    /// The longest path that is kept, in bytes; no system has a longer one.
    const LONGEST: usize = 4096;

    /// A file that a server names so. Where it does not name the edition, the path may: `{edition-…}`, as
    /// Plex and Emby have it written (<https://support.plex.tv/articles/multiple-editions/>).
    #[must_use]
    pub fn new(path: &str, edition: &str) -> Self {
        let path = if path.len() > Self::LONGEST { "" } else { path.trim() };
        let of_path = || {
            let (_, rest) = path.split_once("{edition-")?;
            rest.split_once('}').map(|(edition, _)| edition)
        };
        let edition = Some(edition.trim()).filter(|edition| !edition.is_empty()).or_else(of_path);
        Self { path: path.to_owned(), edition: edition.unwrap_or_default().to_owned() }
    }
}

/// The versions of an item, as they are named one after another: which of them is played?
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    first: String,
    played: Option<String>,
    /// Whether they lie in several folders.
    are_apart: bool,
}

impl Versions {
    /// The next one: its path, and whether it is said to be the one that is played. One without a path is
    /// none.
    pub fn add(&mut self, path: &str, is_played: bool) {
        let path = path.trim();
        if path.is_empty() {
            return;
        }
        if is_played {
            self.played.get_or_insert_with(|| path.to_owned());
        }
        if self.first.is_empty() {
            path.clone_into(&mut self.first);
        }
        self.are_apart |= folder(path) != folder(&self.first);
    }

    /// The path of the one that is played: that which is said to be, else the first, if all lie in one
    /// folder. Else nobody knows, and it is empty.
    #[must_use]
    pub fn path(&self) -> &str {
        let one = if self.are_apart { "" } else { &self.first };
        self.played.as_deref().unwrap_or(one)
    }
}

fn folder(path: &str) -> &str {
    path.rfind(['/', '\\']).and_then(|at| path.get(..at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_told_or_stands_in_the_path() {
        let of = |path, edition| File::new(path, edition).edition;
        assert_eq!(of("/m/Fog (2001) {edition-Trailer}/Fog.mkv", ""), "Trailer");
        assert_eq!(of("/m/Fog (2001) {edition-Trailer}/Fog.mkv", " Final Cut "), "Final Cut");
        assert_eq!(of("/m/Fog {edition-Tr", ""), "");
        assert_eq!(of("/m/Fog {tmdb-1}.mkv", ""), "");
        assert_eq!(File::new(&"x".repeat(4097), "").path, "");
    }

    #[test]
    fn of_several_versions_the_one_that_is_played_counts_and_in_doubt_none() {
        let trailer = ("/media/trailers/A.mkv", false);
        let cases = [
            (vec![], ""),
            (vec![("", true), trailer], trailer.0),
            (vec![("/m/A - 4k.mkv", false), ("/m/A.mkv", false)], "/m/A - 4k.mkv"),
            (vec![(r"D:\m\A.mkv", false), (r"D:\m\B.mkv", false)], r"D:\m\A.mkv"),
            (vec![trailer, ("/media/films/A.mkv", false)], ""),
            (vec![trailer, ("/media/films/A.mkv", true)], "/media/films/A.mkv"),
            (vec![("/media/films/A.mkv", false), (trailer.0, true)], trailer.0),
        ];
        for (all, expected) in cases {
            let mut versions = Versions::default();
            for (path, is_played) in &all {
                versions.add(path, *is_played);
            }
            assert_eq!(versions.path(), expected, "{all:?}");
        }
    }
}
