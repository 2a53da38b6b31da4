//! Which external ids does a text name?
//!
//! Plex writes ids as addresses, of the item itself (`imdb://tt0111161` in `Guid[]`) or, by its
//! old agents, of the *show* with season and episode behind it (`…thetvdb://383203/1/2?lang=en`).
//! Jellyfin and Emby have an id for each provider, in several spellings. An id that makes no
//! sense is dropped here, once, so that nobody else has to look.
//!
//! Not here: whether the ids are the item's or its show's; that depends on the item's type.

use super::object::{Read, lenient, object, skip};
use super::scalar::Scalar;
use crate::event::{AnimeIds, Ids};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess};

/// What one Plex address names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    /// The id. Where `path` is not empty it is the show's.
    pub(super) ids: Ids,
    /// The same where it is one of anime.
    pub(super) anime: AnimeIds,
    /// The numbers behind the id: none, a season, or a season and an episode.
    pub(super) path: Vec<u32>,
}

impl Address {
    /// Reads the forms of Plex's new agents, of its old ones, and of HAMA. `None` for those
    /// that name no id that anybody knows: `plex://`, `local://`, personal media, and HAMA's `tvdb2`
    /// to `tvdb5`, whose seasons are renumbered. AniDB's is known where anime is filed apart
    /// (XanderStrike/goplaxt#59).
    pub(super) fn parse(guid: &str) -> Option<Self> {
        let (scheme, rest) = guid.trim().split_once("://")?;
        let agent = scheme.strip_prefix("com.plexapp.agents.").unwrap_or(scheme);
        let rest = rest.split('?').next()?;
        let mut parts = rest.split('/');
        let id = parts.next()?;
        let (agent, id) = if agent == "hama" { id.split_once('-')? } else { (agent, id) };
        let (ids, anime) = (provider(agent, id), anime_provider(agent, id));
        if ids.is_empty() && anime.is_empty() {
            return None;
        }
        let path = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
        Some(Self { ids, anime, path })
    }

    /// An address that names a thing, not something within it.
    pub(super) fn own(guid: &str) -> Self {
        Self::parse(guid).filter(|address| address.path.is_empty()).unwrap_or_default()
    }

    /// Its ids.
    pub(crate) fn own_ids(guid: &str) -> Ids {
        Self::own(guid).ids
    }
}

/// The id that `value` is at `provider`, whose name goes by several spellings
/// (cenodude/CrossWatch, MediaBrowser/Emby#3991); none where it is another provider or no id.
pub(crate) fn provider(provider: &str, value: &str) -> Ids {
    let is = |names: &[&str]| names.iter().any(|name| provider.eq_ignore_ascii_case(name));
    let value = value.trim();
    if is(&["imdb"]) {
        Ids { imdb: imdb(value), ..Ids::default() }
    } else if is(&["tmdb", "themoviedb", "moviedb"]) {
        Ids { tmdb: number(value), ..Ids::default() }
    } else if is(&["tvdb", "thetvdb"]) {
        Ids { tvdb: number(value), ..Ids::default() }
    } else {
        Ids::default()
    }
}

/// The same where it is one that files anime apart.
pub(crate) fn anime_provider(provider: &str, value: &str) -> AnimeIds {
    let is = |names: &[&str]| names.iter().any(|name| provider.eq_ignore_ascii_case(name));
    let id = number(value.trim()).and_then(|id| u32::try_from(id).ok());
    let none = AnimeIds::default;
    if is(&["anidb"]) {
        AnimeIds { anidb: id, ..none() }
    } else if is(&["anilist"]) {
        AnimeIds { anilist: id, ..none() }
    } else if is(&["mal", "myanimelist"]) {
        AnimeIds { mal: id, ..none() }
    } else {
        none()
    }
}

/// `tt` and seven to ten digits.
fn imdb(value: &str) -> Option<String> {
    let digits = value.strip_prefix("tt")?;
    let fits = (7..=10).contains(&digits.len()) && number(digits).is_some();
    fits.then(|| value.to_owned())
}

/// A positive number in plain digits.
fn number(value: &str) -> Option<u64> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    value.parse().ok().filter(|number| digits && *number > 0)
}

/// Plex's list `[{"id": "imdb://tt…"}, …]`: the item's own ids. Of two of a kind the first counts.
#[derive(Debug, Default)]
pub(super) struct GuidList(pub(super) Ids);

object! {
    struct Entry<'a> { id: Scalar<'a> = "id", }
}

impl<'de> Read<'de> for GuidList {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(entry) = list.next_element::<Entry>()? else { return Ok(false) };
        self.0.learn(&Address::own_ids(entry.id.as_str()));
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for GuidList {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)
    }
}

/// Jellyfin's and Emby's object `{"Imdb": "tt…", "Tmdb": "12", …}`, its keys in any case.
#[derive(Debug, Default)]
pub(super) struct ProviderIds(pub(super) Ids, pub(super) AnimeIds);

impl<'de> Read<'de> for ProviderIds {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key.len() > "myanimelist".len() {
            return skip(map);
        }
        let value = map.next_value::<Scalar>()?;
        self.0.learn(&provider(key, &value.text()));
        self.1.learn(&anime_provider(key, &value.text()));
        Ok(())
    }
}

impl<'de> Deserialize<'de> for ProviderIds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imdb(id: &str) -> Ids {
        Ids { imdb: Some(id.into()), ..Ids::default() }
    }
    fn tmdb(id: u64) -> Ids {
        Ids { tmdb: Some(id), ..Ids::default() }
    }
    fn tvdb(id: u64) -> Ids {
        Ids { tvdb: Some(id), ..Ids::default() }
    }

    #[test]
    fn every_form_of_address_is_read_or_dropped() {
        type Parts<'a> = Option<(Ids, &'a [u32])>;
        let cases: &[(&str, Parts)] = &[
            ("imdb://tt0123456", Some((imdb("tt0123456"), &[]))),
            ("tmdb://9100101", Some((tmdb(9_100_101), &[]))),
            ("tvdb://9110101", Some((tvdb(9_110_101), &[]))),
            ("com.plexapp.agents.imdb://tt0123456?lang=en", Some((imdb("tt0123456"), &[]))),
            ("com.plexapp.agents.themoviedb://12345?lang=en", Some((tmdb(12_345), &[]))),
            ("com.plexapp.agents.themoviedb://12345/2/7?lang=en", Some((tmdb(12_345), &[2, 7]))),
            ("com.plexapp.agents.thetvdb://383203?lang=en", Some((tvdb(383_203), &[]))),
            ("com.plexapp.agents.thetvdb://383203/1?lang=en", Some((tvdb(383_203), &[1]))),
            ("com.plexapp.agents.thetvdb://383203/0/1?lang=en", Some((tvdb(383_203), &[0, 1]))),
            ("com.plexapp.agents.hama://tvdb-377543/1/2?lang=en", Some((tvdb(377_543), &[1, 2]))),
            ("com.plexapp.agents.hama://tvdb4-377543/1/2?lang=en", None),
            ("com.plexapp.agents.hama://tvdb2-377543?lang=en", None),
            ("com.plexapp.agents.thetvdb://383203/2018-05-06?lang=en", None),
            ("com.plexapp.agents.none://569747/2026/41103?lang=xn", None),
            ("com.plexapp.agents.plexmusic://gracenote/x", None),
            ("plex://movie/64b1c2d3e4f5a60718293a4b", None),
            ("local://567283", None),
            ("iva://api.internetvideoarchive.com/2.0/DataService/VideoAssets(700123)", None),
            ("tv.plex.xmltv://12", None),
            ("collection://9", None),
            ("imdb://", None),
            ("imdb://tt123", None),
            ("imdb://tt0000000", None),
            ("imdb://tt12345678901", None),
            ("imdb://0123456", None),
            ("tmdb://0", None),
            ("tmdb://-7", None),
            ("tmdb://+7", None),
            ("tmdb://1e5", None),
            ("tvdb://99999999999999999999999", None),
            ("tvdb://", None),
            ("", None),
        ];
        let none = Address::default;
        let wrong: Vec<_> = cases
            .iter()
            .map(|(guid, expected)| {
                let expected = expected.as_ref().map(|(ids, path)| Address {
                    ids: ids.clone(),
                    path: path.to_vec(),
                    ..none()
                });
                (guid, Address::parse(guid), expected)
            })
            .filter(|(_, seen, expected)| seen != expected)
            .map(|(guid, seen, expected)| format!("{guid}: {seen:?}, expected {expected:?}"))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let anime = AnimeIds { anidb: Some(15_772), ..AnimeIds::default() };
        let hama = Address::parse("com.plexapp.agents.hama://anidb-15772/1/3?lang=en");
        assert_eq!(hama, Some(Address { anime, path: vec![1, 3], ..none() }));
        assert_eq!(Address::parse("com.plexapp.agents.hama://anidb-x/1/3"), None);
    }

    #[test]
    fn lists_and_objects_of_ids_take_what_makes_sense() {
        let list = r#"[{"id":"tmdb://2"},{"id":"imdb://"},7,{"id":"tmdb://3"},{"x":1},{"id":"imdb://tt7654321"}]"#;
        let read: GuidList = serde_json::from_str(list).unwrap();
        assert_eq!(read.0, Ids { tmdb: Some(2), ..imdb("tt7654321") });

        let object = r#"{"IMDb":"tt7654321","TheMovieDb":12,"TVDB":"","TmdbCollection":"9",
            "Official Website":"https://x","TvdbSlug":"y","AniDb":5}"#;
        let read: ProviderIds = serde_json::from_str(object).unwrap();
        assert_eq!(read.0, Ids { tmdb: Some(12), ..imdb("tt7654321") });
        assert_eq!(read.1, AnimeIds { anidb: Some(5), ..AnimeIds::default() });
        let object = r#"{"AniList":"7","MyAnimeList":"8","AniDB":"no"}"#;
        let read: ProviderIds = serde_json::from_str(object).unwrap();
        assert_eq!(read.1, AnimeIds { anilist: Some(7), mal: Some(8), anidb: None });

        for strange in ["null", "7", "\"x\"", "{}", "[]"] {
            let list: GuidList = serde_json::from_str(strange).unwrap();
            let object: ProviderIds = serde_json::from_str(strange).unwrap();
            assert!(list.0.is_empty() && object.0.is_empty(), "{strange}");
        }
    }
}
