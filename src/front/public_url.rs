//! How are we reached through a proxy?
//!
//! Not here: whom a proxy speaks for (`forwarded`).

/// `public_url`, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrl {
    /// Its path, without a slash at its end; or empty.
    pub(super) path: String,
}

impl PublicUrl {
    /// Takes `url` apart; an empty one is none.
    #[must_use]
    pub fn parse(url: &str) -> Self {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.split_once('/').map_or("", |(_, path)| path).trim_matches('/');
        Self { path: if path.is_empty() { String::new() } else { format!("/{path}") } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_public_url_its_path_matters() {
        for (url, path) in [
            ("", ""),
            ("https://s.example", ""),
            ("https://s.example/", ""),
            ("https://s.example/media/", "/media"),
            ("https://s.example/a/b", "/a/b"),
        ] {
            assert_eq!(PublicUrl::parse(url).path, path, "{url}");
        }
    }
}
