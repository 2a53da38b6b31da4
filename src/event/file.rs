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
}
