//! What does Plex say?
//!
//! Keys are case-sensitive: `guid` is the item's address at Plex, `Guid` the list of its external
//! ids; `rating` beside `event` is the user's, `Metadata.rating` the critics'
//! (XanderStrike/goplaxt#49). Times are milliseconds. An item's `Guid[]` are its own ids, the old
//! agents' addresses name the show (trakt/Plex-Trakt-Scrobbler#596). `year` is the item's own.
//!
//! Two others send this shape: Tautulli, every value a string and absent ones empty, and the Plex
//! format of shemanaev's Jellyfin plugin, whose durations are ten times too long.

use super::Said;
use super::dto::plain_id;
use super::guid::{Address, GuidList};
use super::object::object;
use super::scalar::{Given, Scalar};
use crate::event::{Action, Episode, Event, Ids, Item, Kind, Library, Player, Show, Source, User};
use crate::verdict::Reason;

object! {
    struct Payload<'a> {
        event: Scalar<'a> = "event",
        /// The user's rating; a null is a rating taken away.
        rating: Given<Scalar<'a>> = "rating",
        account: Account<'a> = "Account",
        server: Named<'a> = "Server",
        player: Named<'a> = "Player",
        metadata: Metadata<'a> = "Metadata",
    }
}

object! {
    struct Account<'a> {
        id: Scalar<'a> = "id",
        uuid: Scalar<'a> = "uuid",
        thumb: Scalar<'a> = "thumb",
        title: Scalar<'a> = "title",
    }
}

object! {
    struct Named<'a> {
        uuid: Scalar<'a> = "uuid",
        title: Scalar<'a> = "title",
    }
}

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
        guids: GuidList = "Guid",
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
        user_rating: Scalar<'a> = "userRating",
    }
}

/// Reads Plex's shape; `None` where it is another.
pub(super) fn said(json: &[u8]) -> serde_json::Result<Option<Said>> {
    let payload: Payload = serde_json::from_slice(json)?;
    Ok((!payload.event.is_empty()).then(|| payload.said(Source::Plex)))
}

/// Reads Plex's shape where Jellyfin sends it (shemanaev's plugin, format "Plex").
pub(super) fn said_by_jellyfin(json: &[u8]) -> serde_json::Result<Option<Said>> {
    let payload: Payload = serde_json::from_slice(json)?;
    let known = !payload.event.is_empty() && payload.account.is_jellyfins();
    Ok(known.then(|| payload.said(Source::Jellyfin)))
}

impl Payload<'_> {
    fn said(&self, source: Source) -> Said {
        Said::new(self.understood(source), &self.metadata.title)
    }

    fn understood(&self, source: Source) -> Result<Event, Reason> {
        let action = self.action()?;
        let metadata = &self.metadata;
        if metadata.kind.is_empty() {
            return Err(Reason::NoItem { event: self.event.text() });
        }
        // The plugin divides ticks by 1,000 instead of 10,000 (its `Formats/PlexFormat.cs`).
        let units_per_ms = if self.account.is_jellyfins() { 10.0 } else { 1.0 };
        let runtime_ms = metadata.duration.span(units_per_ms).filter(|ms| *ms > 0);
        let item = metadata.item(runtime_ms, action)?;
        Ok(Event {
            source,
            server: self.server.uuid.text(),
            user: self.account.user(),
            player: Player { id: self.player.uuid.text(), name: self.player.title.text() },
            library: metadata.library(),
            item,
            position_ms: metadata.view_offset.millis().filter(|_| !action.is_by_hand()),
            action,
        })
    }

    fn action(&self) -> Result<Action, Reason> {
        let event = self.event.as_str();
        let word = event.strip_prefix("media.").or_else(|| event.strip_prefix("tautulli."));
        match word.unwrap_or(event) {
            // Sent to owners too, beside media.play (cenodude/CrossWatch#322).
            "play" | "playback.started" => Ok(Action::Start),
            "resume" => Ok(Action::Resume),
            "pause" => Ok(Action::Pause),
            "stop" => Ok(Action::Stop { completed: false }),
            "scrobble" | "watched" => Ok(Action::Completed), // Tautulli's word is `watched`
            "rate" => {
                let given = self.rating.0.as_ref().unwrap_or(&self.metadata.user_rating);
                Ok(Action::Rate(given.number().and_then(rating)))
            }
            _ => Err(Reason::NotPlayback { event: self.event.text() }),
        }
    }
}

/// A rating of Plex, 0 to 10 with half stars as odd numbers, in whole points of 1 to 10. What is
/// not above 0 takes the rating away.
fn rating(points: f64) -> Option<u8> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 1 to 10 before"
    )]
    (points > 0.0).then(|| points.round().clamp(1.0, 10.0) as u8)
}

impl Account<'_> {
    /// Plex counts its accounts, Jellyfin's have UUIDs.
    fn is_jellyfins(&self) -> bool {
        plain_id(&self.id).len() == 32
    }

    fn user(&self) -> User {
        let avatars = || {
            let path = self.thumb.as_str().split_once("/users/")?.1;
            let uuid = path.split_once("/avatar")?.0;
            (!uuid.is_empty() && uuid.bytes().all(|b| b.is_ascii_hexdigit())).then_some(uuid)
        };
        let uuid = match self.uuid.text() {
            uuid if uuid.is_empty() => avatars().unwrap_or_default().to_owned(),
            uuid => uuid,
        };
        User { id: plain_id(&self.id), uuid, name: self.title.text() }
    }
}

/// A film shorter than this whose edition says "trailer" is one (cenodude/CrossWatch#543).
const LONGEST_TRAILER_MS: u64 = 10 * 60_000;

impl Metadata<'_> {
    fn library(&self) -> Option<Library> {
        let library = Library { id: self.section_id.text(), title: self.section_title.text() };
        (!library.id.is_empty() || !library.title.is_empty()).then_some(library)
    }

    fn item(&self, runtime_ms: Option<u64>, action: Action) -> Result<Item, Reason> {
        if self.is_live_tv() {
            return Err(Reason::LiveTv);
        }
        if self.is_trailer(runtime_ms) {
            return Err(Reason::Trailer);
        }
        let mut ids = self.guids.0.clone();
        let kind = match (self.kind.as_str(), action) {
            ("movie", _) => {
                // TheTVDB's agent and HAMA's ids are series, whatever the item is.
                ids.learn(&Ids { tvdb: None, ..Address::own_ids(self.guid.as_str()) });
                Kind::Movie
            }
            ("episode", _) => Kind::Episode(self.episode()),
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
            title: self.title.text(),
            year: self.year.year(),
            aired: self.aired.day(),
            runtime_ms,
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
        let (mut season, mut number) = (self.parent_index.count(), self.index.count());
        // shemanaev's Plex format has no `index`: there the address is all there is.
        if let Some(Address { ids, path }) = Address::parse(self.guid.as_str())
            && let [its_season, its_number] = path[..]
        {
            show.ids.learn(&ids);
            season = season.or(Some(its_season));
            number = number.or(Some(its_number));
        }
        Episode { show, season, number, last: None }
    }
}

fn show(title: &Scalar, year: &Scalar, guid: &Scalar) -> Show {
    Show { title: title.text(), year: year.year(), ids: Address::own_ids(guid.as_str()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(json: &str) -> Result<Event, Reason> {
        match said(json.as_bytes()) {
            Ok(Some(Said::Event(event))) => Ok(*event),
            Ok(Some(Said::Nothing { reason, .. })) => Err(reason),
            other => panic!("{json}: {other:?}"),
        }
    }

    fn movie(event: &str, rest: &str) -> Result<Event, Reason> {
        seen(&format!(r#"{{"event":"{event}","Metadata":{{"type":"movie"{rest}}}}}"#))
    }

    #[test]
    fn events_and_what_they_mean() {
        let cases = [
            ("media.play", Ok(Action::Start)),
            ("playback.started", Ok(Action::Start)),
            ("media.resume", Ok(Action::Resume)),
            ("media.pause", Ok(Action::Pause)),
            ("media.stop", Ok(Action::Stop { completed: false })),
            ("media.scrobble", Ok(Action::Completed)),
            ("media.watched", Ok(Action::Completed)),
            ("tautulli.watched", Ok(Action::Completed)),
            ("tautulli.play", Ok(Action::Start)),
            ("media.rate", Ok(Action::Rate(None))),
            ("library.new", Err(Reason::NotPlayback { event: "library.new".into() })),
            ("media.sneeze", Err(Reason::NotPlayback { event: "media.sneeze".into() })),
        ];
        for (event, expected) in cases {
            assert_eq!(movie(event, "").map(|event| event.action), expected, "{event}");
        }
    }

    #[test]
    fn a_rating_is_rounded_and_what_is_no_rating_takes_it_away() {
        let cases = [
            (r#""rating":7.0,"#, "", Some(7)),
            (r#""rating":"8","#, "", Some(8)),
            (r#""rating":8.5,"#, "", Some(9)),
            (r#""rating":0.3,"#, "", Some(1)),
            (r#""rating":11,"#, "", Some(10)),
            (r#""rating":0,"#, "", None),
            (r#""rating":"-1","#, "", None),
            (r#""rating":null,"#, r#","userRating":6"#, None),
            ("", r#","userRating":6.2"#, Some(6)),
            ("", r#","userRating":null,"rating":9.1"#, None),
            ("", "", None),
        ];
        for (top, metadata, expected) in cases {
            let json =
                format!(r#"{{{top}"event":"media.rate","Metadata":{{"type":"movie"{metadata}}}}}"#);
            assert_eq!(seen(&json).map(|event| event.action), Ok(Action::Rate(expected)), "{json}");
        }
    }

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
            let json = format!(r#"{{"event":"media.rate","Metadata":{{{metadata}}}}}"#);
            let seen = seen(&json).expect(&metadata).item;
            let shows = match seen.kind {
                Kind::Episode(Episode { show, .. }) | Kind::Season { show, .. } => show.ids,
                Kind::Movie | Kind::Show => none(),
            };
            assert_eq!((seen.ids, shows), (item, show), "{metadata}");
        }
    }

    #[test]
    fn a_user_has_a_uuid_where_the_avatar_or_the_account_says_so() {
        let cases = [
            (
                r#""id":7,"thumb":"https://plex.tv/users/7c1e94ab/avatar?c=1""#,
                ("7", "7c1e94ab", ""),
            ),
            (
                r#""id":"7","uuid":"ff","thumb":"https://plex.tv/users/7c/avatar","title":"jo""#,
                ("7", "ff", "jo"),
            ),
            (r#""thumb":"https://plex.tv/users/../avatar","title":"jo""#, ("", "", "jo")),
            (r#""thumb":"https://plex.tv/users/""#, ("", "", "")),
            (r#""thumb":7"#, ("", "", "")),
        ];
        for (account, (id, uuid, name)) in cases {
            let json = format!(
                r#"{{"event":"media.play","Account":{{{account}}},"Metadata":{{"type":"movie"}}}}"#
            );
            let expected = User { id: id.into(), uuid: uuid.into(), name: name.into() };
            assert_eq!(seen(&json).map(|event| event.user), Ok(expected), "{account}");
        }
    }

    #[test]
    fn no_position_is_not_position_zero_and_no_runtime_is_not_runtime_zero() {
        let cases = [
            ("", (None, None)),
            (r#","viewOffset":0,"duration":0"#, (Some(0), None)),
            (r#","viewOffset":"","duration":"""#, (None, None)),
            (r#","viewOffset":"1203000","duration":"2611000""#, (Some(1_203_000), Some(2_611_000))),
            (r#","viewOffset":-5,"duration":1e300"#, (None, None)),
        ];
        for (metadata, expected) in cases {
            let seen = movie("media.pause", metadata);
            assert_eq!(
                seen.map(|e| (e.position_ms, e.item.runtime_ms)),
                Ok(expected),
                "{metadata}"
            );
        }
    }

    #[test]
    fn tautulli_fills_everything_with_strings() {
        let json = r#"{"event":"media.watched",
            "Account":{"id":"48213377","title":"mara","thumb":"https://plex.tv/users/7c1e94ab02d6f835/avatar?c=1"},
            "Server":{"title":"Attic NAS","uuid":"5f0c9be2"},
            "Player":{"title":"SHIELD","uuid":"9a4e"},
            "Metadata":{"type":"episode","ratingKey":"22170","title":"The Long Tide","grandparentTitle":"Harbour Nine",
                "librarySectionID":"2","librarySectionTitle":"TV Shows","index":"07","parentIndex":"2","year":"2020",
                "live":"0","originallyAvailableAt":"2020-11-19","duration":"2611000","viewOffset":"2354000",
                "grandparentGuid":"tvdb://9110777","Guid":[{"id":"imdb://"},{"id":"tmdb://"}],"userRating":""}}"#;
        let expected = Event {
            source: Source::Plex,
            action: Action::Completed,
            server: "5f0c9be2".into(),
            user: User {
                id: "48213377".into(),
                uuid: "7c1e94ab02d6f835".into(),
                name: "mara".into(),
            },
            player: Player { id: "9a4e".into(), name: "SHIELD".into() },
            library: Some(Library { id: "2".into(), title: "TV Shows".into() }),
            item: Item {
                kind: Kind::Episode(Episode {
                    show: Show {
                        title: "Harbour Nine".into(),
                        year: None,
                        ids: Ids { tvdb: Some(9_110_777), ..Ids::default() },
                    },
                    season: Some(2),
                    number: Some(7),
                    last: None,
                }),
                key: "22170".into(),
                ids: Ids::default(),
                title: "The Long Tide".into(),
                year: Some(2020),
                aired: Some("2020-11-19".into()),
                runtime_ms: Some(2_611_000),
            },
            position_ms: Some(2_354_000),
        };
        assert_eq!(seen(json), Ok(expected));
    }
}
