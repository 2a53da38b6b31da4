//! Which item does Plex speak of, and whose are the ids?
//!
//! `Guid[]` are the ids of the item itself; the addresses of the old agents (`guid` and its
//! parents') name a movie or a show (trakt/Plex-Trakt-Scrobbler#596). Trailers, extras and live
//! TV arrive under the titles of films and episodes and are told apart here, before anybody looks
//! at an id (cenodude/CrossWatch#543).

use super::media::Media;
use super::who::{Account, Device};
use crate::event::{Action, Episode, File, Ids, Item, Kind, Library, Show};
use crate::verdict::Reason;
use crate::webhook::guid::{Address, GuidList, ProviderIds};
use crate::webhook::object::{Given, Read, lenient, object};
use crate::webhook::scalar::Scalar;
use serde::de::{Deserialize, Deserializer, SeqAccess};
use std::mem;

object! {
    struct Metadata<'a> {
        kind: Scalar<'a> = "type",
        subtype: Scalar<'a> = "subtype",
        extra_type: Scalar<'a> = "extraType",
        live: Scalar<'a> = "live",
        edition: Scalar<'a> = "editionTitle",
        section_type: Scalar<'a> = "librarySectionType",
        section_id: Scalar<'a> = "librarySectionID",
        section_title: Scalar<'a> = "librarySectionTitle",
        key: Scalar<'a> = "ratingKey",
        guid: Scalar<'a> = "guid",
        parent_guid: Scalar<'a> = "parentGuid",
        grandparent_guid: Scalar<'a> = "grandparentGuid",
        grandparent_key: Scalar<'a> = "grandparentRatingKey",
        guids: GuidList = "Guid",
        /// The same in watchstate's JSON for Tautulli.
        guids_by_provider: ProviderIds = "Guids",
        title: Scalar<'a> = "title",
        parent_title: Scalar<'a> = "parentTitle",
        grandparent_title: Scalar<'a> = "grandparentTitle",
        year: Scalar<'a> = "year",
        parent_year: Scalar<'a> = "parentYear",
        grandparent_year: Scalar<'a> = "grandparentYear",
        index: Scalar<'a> = "index",
        parent_index: Scalar<'a> = "parentIndex",
        aired: Scalar<'a> = "originallyAvailableAt",
        duration: Scalar<'a> = "duration",
        view_offset: Scalar<'a> = "viewOffset",
        user_rating: Given<Scalar<'a>> = "userRating",
        media: Media = "Media",
        markers: Markers = "Marker",

        // Of what plays.
        session: Scalar<'a> = "sessionKey",
        user: Account<'a> = "User",
        player: Device<'a> = "Player",
    }
}

/// Where the credits begin, in milliseconds, as far as Plex has found them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credits {
    /// The first of them.
    pub first_ms: Option<u64>,
    /// Those at the very end.
    pub final_ms: Option<u64>,
}

/// A list of markers, of which credits count.
#[derive(Debug, Default)]
pub(in crate::webhook) struct Markers(pub(super) Credits);

object! {
    struct Marker<'a> {
        kind: Scalar<'a> = "type",
        start: Scalar<'a> = "startTimeOffset",
        is_final: Scalar<'a> = "final",
    }
}

impl<'de> Read<'de> for Markers {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(marker) = list.next_element::<Marker>()? else { return Ok(false) };
        let start = marker.start.millis().filter(|_| marker.kind.as_str() == "credits");
        let Some(start) = start else { return Ok(true) };
        let Credits { first_ms, final_ms } = &mut self.0;
        *first_ms = Some(first_ms.map_or(start, |first| first.min(start)));
        if marker.is_final.truth() == Some(true) {
            *final_ms = Some(start);
        }
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for Markers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)
    }
}

/// Whose ids an episode's `Guid[]` are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Guids {
    /// Its own, as Plex says.
    Own,
    /// Those of its show, as Tautulli fills them in.
    Shows,
}

/// A film shorter than this whose edition says "trailer" is one (cenodude/CrossWatch#543).
const LONGEST_TRAILER_MS: u64 = 10 * 60_000;

impl Metadata<'_> {
    /// The library section, where one is named.
    pub(super) fn library(&self) -> Option<Library> {
        let library = Library { id: self.section_id.text(), title: self.section_title.text() };
        (!library.id.is_empty() || !library.title.is_empty()).then_some(library)
    }

    /// The item, or why it is nothing to scrobble.
    pub(super) fn item(
        &self,
        runtime_ms: Option<u64>,
        action: Action,
        guids_are: Guids,
    ) -> Result<Item, Reason> {
        if self.is_live_tv() {
            return Err(Reason::LiveTv);
        }
        if self.is_trailer(runtime_ms) {
            return Err(Reason::Trailer);
        }
        let mut ids = self.guids.0.clone();
        ids.learn(&self.guids_by_provider.0);
        let mut anime = self.guids_by_provider.1.clone();
        let kind = match (self.kind.as_str(), action) {
            ("movie", _) => {
                // TheTVDB's agent and HAMA's ids are series, whatever the item is.
                let own = Address::own(self.guid.as_str());
                ids.learn(&Ids { tvdb: None, ..own.ids });
                anime.learn(&own.anime);
                Kind::Movie
            }
            ("episode", _) => {
                let mut episode = self.episode();
                if guids_are == Guids::Shows {
                    episode.show.ids.learn(&mem::take(&mut ids));
                }
                Kind::Episode(episode)
            }
            ("season", Action::Rate(_)) => Kind::Season {
                show: show(&self.parent_title, &self.parent_year, &self.parent_guid),
                number: self.index.count(),
            },
            ("show", Action::Rate(_)) => {
                ids.learn(&Address::own_ids(self.guid.as_str()));
                Kind::Show
            }
            _ => return Err(Reason::NotVideo { kind: self.kind.text() }),
        };
        Ok(Item {
            kind,
            key: self.key.text(),
            ids,
            anime,
            title: self.title.text(),
            year: self.year.year(),
            aired: self.aired.day(),
            runtime_ms,
            file: File::new(self.media.file(), &self.edition.text()),
        })
    }

    fn is_live_tv(&self) -> bool {
        self.live.truth() == Some(true) || self.section_type.as_str() == "livetv"
    }

    fn is_trailer(&self, runtime_ms: Option<u64>) -> bool {
        let says_so = |text: &Scalar| text.as_str().to_ascii_lowercase().contains("trailer");
        let is_short = runtime_ms.is_some_and(|ms| ms < LONGEST_TRAILER_MS);
        self.kind.as_str() == "clip"
            || says_so(&self.subtype)
            || !self.extra_type.is_empty()
            || (self.kind.as_str() == "movie" && is_short && says_so(&self.edition))
    }

    fn episode(&self) -> Episode {
        let mut show =
            show(&self.grandparent_title, &self.grandparent_year, &self.grandparent_guid);
        show.key = self.grandparent_key.text();
        let (mut season, mut number) = (self.parent_index.count(), self.index.count());
        // shemanaev's Plex format has no `index`: there the address is all there is.
        if let Some(Address { ids, anime, path }) = Address::parse(self.guid.as_str())
            && let [its_season, its_number] = path[..]
        {
            show.ids.learn(&ids);
            show.anime.learn(&anime);
            season = season.or(Some(its_season));
            number = number.or(Some(its_number));
        }
        Episode { show, season, number, last: None }
    }
}

fn show(title: &Scalar, year: &Scalar, guid: &Scalar) -> Show {
    let Address { ids, anime, .. } = Address::own(guid.as_str());
    Show { title: title.text(), year: year.year(), ids, anime, ..Show::default() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;

    #[test]
    fn what_is_no_movie_or_episode_is_told_apart() {
        let not_video = |kind: &str| Some(Reason::NotVideo { kind: kind.into() });
        let cases = [
            (r#""type":"movie""#, None),
            (r#""type":"episode""#, None),
            (r#""type":"movie","live":"1""#, Some(Reason::LiveTv)),
            (r#""type":"movie","live":0"#, None),
            (r#""type":"episode","librarySectionType":"livetv""#, Some(Reason::LiveTv)),
            (r#""type":"clip""#, Some(Reason::Trailer)),
            (r#""type":"movie","subtype":"trailer""#, Some(Reason::Trailer)),
            (r#""type":"movie","extraType":1"#, Some(Reason::Trailer)),
            (r#""type":"movie","extraType":"","subtype":"""#, None),
            (
                r#""type":"movie","editionTitle":"Teaser Trailer","duration":142000"#,
                Some(Reason::Trailer),
            ),
            (r#""type":"movie","editionTitle":"Trailer Park Cut","duration":6000000"#, None),
            (r#""type":"movie","editionTitle":"Trailer""#, None),
            (r#""type":"track""#, not_video("track")),
            (r#""type":"show""#, not_video("show")),
            (r#""type":"season""#, not_video("season")),
            (r#""type":"photo""#, not_video("photo")),
            (r#""type":"""#, Some(Reason::NoItem { event: "media.play".into() })),
        ];
        for (metadata, expected) in cases {
            let json = format!(r#"{{"event":"media.play","Metadata":{{{metadata}}}}}"#);
            assert_eq!(seen(&json).err(), expected, "{metadata}");
        }
        let missing = Some(Reason::NoItem { event: "media.play".into() });
        assert_eq!(seen(r#"{"event":"media.play","Metadata":"none"}"#).err(), missing);
    }

    #[test]
    fn ids_are_the_items_or_the_shows() {
        let none = Ids::default;
        let imdb = || Ids { imdb: Some("tt0123456".into()), ..none() };
        let series = |id| Ids { tvdb: Some(id), ..none() };
        let at_tmdb = |id| Ids { tmdb: Some(id), ..none() };
        let old = "com.plexapp.agents";
        let cases = [
            // (metadata, the item's ids, the show's ids)
            (format!(r#""type":"movie","guid":"{old}.imdb://tt0123456?lang=en""#), imdb(), none()),
            (format!(r#""type":"movie","guid":"{old}.hama://tvdb-5""#), none(), none()),
            (
                format!(
                    r#""type":"movie","guid":"{old}.themoviedb://7","Guid":[{{"id":"tmdb://8"}}]"#
                ),
                at_tmdb(8),
                none(),
            ),
            (
                format!(
                    r#""type":"episode","guid":"{old}.thetvdb://5/1/2","Guid":[{{"id":"tmdb://8"}}]"#
                ),
                at_tmdb(8),
                series(5),
            ),
            (r#""type":"episode","grandparentGuid":"tvdb://5""#.into(), none(), series(5)),
            (format!(r#""type":"episode","guid":"{old}.imdb://tt0123456""#), none(), none()),
            (
                format!(
                    r#""type":"season","parentGuid":"{old}.thetvdb://5","Guid":[{{"id":"tvdb://6"}}]"#
                ),
                series(6),
                series(5),
            ),
            (format!(r#""type":"show","guid":"{old}.thetvdb://5?lang=en""#), series(5), none()),
        ];
        for (metadata, item, show) in cases {
            let json = format!(r#"{{"event":"media.rate","rating":7,"Metadata":{{{metadata}}}}}"#);
            let seen = seen(&json).expect(&metadata).item;
            let shows = match seen.kind {
                Kind::Episode(Episode { show, .. }) | Kind::Season { show, .. } => show.ids,
                Kind::Movie | Kind::Show => none(),
            };
            assert_eq!((seen.ids, shows), (item, show), "{metadata}");
        }
    }
}
