//! What does Plex say?
//!
//! Keys are case-sensitive: `guid` is the item's address at Plex, `Guid` the list of its external
//! ids; `rating` beside `event` is the user's, `Metadata.rating` the critics'
//! (XanderStrike/goplaxt#49). Positions and runtimes are milliseconds, `year` is the item's own.
//!
//! Two others send this shape: Tautulli, every value a string and absent ones empty, and the Plex
//! format of shemanaev's Jellyfin plugin, whose durations are ten times too long. What Tautulli
//! calls the ids of an episode are those of its show (its `notification_handler.py` takes them from
//! `grandparent_guids`), so where a JSON says that it is Tautulli's, they are taken for that: ours
//! and watchstate's do in `event`, scrobblex' in `server` (ryck/scrobblex#15).

mod item;
mod media;
mod notification;
mod playing;
mod who;

pub use notification::{Notification, Playback, notifications};
pub use playing::{Credits, Described, Session, described, sessions};

use crate::event::{Action, Event, Player, Source};
use crate::verdict::Reason;
use crate::webhook::Said;
use crate::webhook::object::{Given, object};
use crate::webhook::scalar::Scalar;
use item::{Guids, Metadata};
use who::{Account, Device};

/// Before the event in JSONs that are Tautulli's.
const TAUTULLIS: &str = "tautulli.";

object! {
    struct Payload<'a> {
        event: Scalar<'a> = "event",
        /// Who sends it, in scrobblex' JSON for Tautulli.
        sender: Scalar<'a> = "server",
        /// The user's rating; a null is a rating taken away.
        rating: Given<Scalar<'a>> = "rating",
        account: Account<'a> = "Account",
        server: Device<'a> = "Server",
        player: Device<'a> = "Player",
        metadata: Metadata<'a> = "Metadata",
    }
}

/// Reads Plex's shape; `None` where it is another.
pub(super) fn said(json: &str) -> serde_json::Result<Option<Said>> {
    let payload: Payload = serde_json::from_str(json)?;
    Ok((!payload.event.is_empty()).then(|| payload.said(Source::Plex)))
}

/// Reads Plex's shape where Jellyfin sends it (shemanaev's plugin, format "Plex").
pub(super) fn said_by_jellyfin(json: &str) -> serde_json::Result<Option<Said>> {
    let payload: Payload = serde_json::from_str(json)?;
    let known = !payload.event.is_empty() && payload.account.is_jellyfins();
    Ok(known.then(|| payload.said(Source::Jellyfin)))
}

impl Payload<'_> {
    fn said(&self, source: Source) -> Said {
        Said::new(self.understood(source), &self.metadata.title, self.server.id.text())
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
        let guids_are = if self.is_tautullis() { Guids::Shows } else { Guids::Own };
        let item = metadata.item(runtime_ms, action, guids_are)?;
        Ok(Event {
            source,
            server: self.server.id.text(),
            user: self.account.user(),
            player: self.player.player(),
            library: metadata.library(),
            item,
            position_ms: metadata.view_offset.millis().filter(|_| !action.is_by_hand()),
            is_guess: false,
            action,
        })
    }

    fn is_tautullis(&self) -> bool {
        let event = self.event.as_str();
        event.starts_with(TAUTULLIS) || self.sender.as_str().eq_ignore_ascii_case("tautulli")
    }

    /// shemanaev's plugin calls a mark a scrobble too, but no player has made it (`EntryPoint.cs`).
    fn is_a_mark(&self) -> bool {
        self.account.is_jellyfins() && self.player.player() == Player::default()
    }

    fn action(&self) -> Result<Action, Reason> {
        let event = self.event.as_str();
        let word = event.strip_prefix("media.").or_else(|| event.strip_prefix(TAUTULLIS));
        match word.unwrap_or(event) {
            // Sent to owners too, beside media.play (cenodude/CrossWatch#322).
            "play" | "playback.started" => Ok(Action::Start),
            "resume" => Ok(Action::Resume),
            "pause" => Ok(Action::Pause),
            "stop" => Ok(Action::Stop { completed: false }),
            "scrobble" if self.is_a_mark() => Ok(Action::Mark { at: None }),
            "scrobble" | "watched" => Ok(Action::Completed), // Tautulli's word is `watched`
            "rate" => {
                let given = rating(&self.rating).or_else(|| rating(&self.metadata.user_rating));
                given.ok_or(Reason::NoRating)
            }
            _ => Err(Reason::NotPlayback { event: self.event.text() }),
        }
    }
}

/// What is said of a rating, if anything: 0 to 10 at Plex, half stars being odd numbers, is 1 to 10
/// in whole points; a null, or what is not above 0, takes it away.
fn rating(given: &Given<Scalar>) -> Option<Action> {
    let given = given.0.as_ref()?;
    if *given == Scalar::Absent {
        return Some(Action::Rate(None));
    }
    let points = given.number()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 1 to 10 before"
    )]
    let rating = (points > 0.0).then(|| points.round().clamp(1.0, 10.0) as u8);
    Some(Action::Rate(rating))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{AnimeIds, Episode, File, Ids, Item, Kind, Library, Show, User};

    pub(super) fn seen(json: &str) -> Result<Event, Reason> {
        match said(json) {
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
            ("media.rate", Err(Reason::NoRating)),
            ("library.new", Err(Reason::NotPlayback { event: "library.new".into() })),
            ("media.sneeze", Err(Reason::NotPlayback { event: "media.sneeze".into() })),
        ];
        for (event, expected) in cases {
            assert_eq!(movie(event, "").map(|event| event.action), expected, "{event}");
        }
    }

    #[test]
    fn a_rating_is_rounded_and_a_null_or_zero_takes_it_away() {
        let rated = |rating| Ok(Action::Rate(rating));
        let cases = [
            (r#""rating":7.0,"#, "", rated(Some(7))),
            (r#""rating":"8","#, "", rated(Some(8))),
            (r#""rating":8.5,"#, "", rated(Some(9))),
            (r#""rating":0.3,"#, "", rated(Some(1))),
            (r#""rating":11,"#, "", rated(Some(10))),
            (r#""rating":0,"#, "", rated(None)),
            (r#""rating":"-1","#, "", rated(None)),
            (r#""rating":null,"#, r#","userRating":6"#, rated(None)),
            (r#""rating":"","#, r#","userRating":6"#, rated(Some(6))),
            (r#""rating":"","#, "", Err(Reason::NoRating)),
            (r#""rating":"good","#, "", Err(Reason::NoRating)),
            ("", r#","userRating":6.2"#, rated(Some(6))),
            ("", r#","userRating":null,"rating":9.1"#, rated(None)),
            ("", r#","userRating":"","rating":9.1"#, Err(Reason::NoRating)),
            ("", "", Err(Reason::NoRating)),
        ];
        for (top, metadata, expected) in cases {
            let json =
                format!(r#"{{{top}"event":"media.rate","Metadata":{{"type":"movie"{metadata}}}}}"#);
            assert_eq!(seen(&json).map(|event| event.action), expected, "{json}");
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
            (r#""id":0,"title":"""#, ("", "", "")),
            (r#""id":"0""#, ("", "", "")),
            (r#""id":"0","title":"Local""#, ("0", "", "Local")),
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
    fn what_no_player_of_jellyfins_has_played_is_marked() {
        let mark = Action::Mark { at: None };
        let (jellyfins, plex) = ("a17c4e9d0b3f4d2c8e6f5a1b9c0d7e42", "48213377");
        let cases = [
            ("media.scrobble", jellyfins, "", mark),
            ("media.scrobble", jellyfins, r#""Player":{"uuid":"s1"},"#, Action::Completed),
            ("media.scrobble", plex, "", Action::Completed),
            ("media.stop", jellyfins, "", Action::Stop { completed: false }),
        ];
        for (event, id, player, expected) in cases {
            let json = format!(
                r#"{{"event":"{event}",{player}"Account":{{"id":"{id}"}},"Metadata":{{"type":"movie"}}}}"#
            );
            assert_eq!(seen(&json).map(|event| event.action), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_tautulli_calls_an_episodes_ids_are_its_shows() {
        let all = Ids {
            imdb: Some("tt9110777".into()),
            tmdb: Some(9_200_777),
            tvdb: Some(9_110_777),
            ..Ids::default()
        };
        let list =
            r#""Guid":[{"id":"imdb://tt9110777"},{"id":"tvdb://9110777"},{"id":"tmdb://9200777"}]"#;
        let object =
            r#""Guids":{"imdb":"tt9110777","tvdb":"9110777","tmdb":"9200777","tvmaze":"5"}"#;
        let empty =
            r#""Guid":[{"id":"imdb://"},{"id":"tvdb://"},{"id":"tmdb://"}],"Guids":{"tmdb":""}"#;
        let (from_plex, none) = (r#""event":"media.scrobble""#, Ids::default);
        let (ours, theirs) = (r#""event":"tautulli.watched""#, r#""server":"tautulli""#);
        let theirs = format!("{from_plex},{theirs}");
        let cases = [
            // (who sends it, the kind, its ids, the item's ids, the show's ids)
            (from_plex, "episode", list, all.clone(), none()),
            (ours, "episode", list, none(), all.clone()),
            (ours, "episode", object, none(), all.clone()),
            (&theirs, "episode", list, none(), all.clone()),
            (ours, "episode", empty, none(), none()),
            (ours, "movie", list, all.clone(), none()),
            (ours, "movie", object, all.clone(), none()),
            (&theirs, "movie", list, all, none()),
        ];
        for (sender, kind, ids, own, shows) in cases {
            let json = format!(r#"{{{sender},"Metadata":{{"type":"{kind}",{ids}}}}}"#);
            let item = seen(&json).expect(&json).item;
            let seen = match item.kind {
                Kind::Episode(episode) => episode.show.ids,
                Kind::Movie | Kind::Season { .. } | Kind::Show => none(),
            };
            assert_eq!((item.ids, seen), (own, shows), "{json}");
        }
        let known = r#""grandparentGuid":"tvdb://5""#;
        let json = format!(r#"{{{ours},"Metadata":{{"type":"episode",{known},{list}}}}}"#);
        let Kind::Episode(episode) = seen(&json).expect(&json).item.kind else { panic!("{json}") };
        assert_eq!(episode.show.ids.tvdb, Some(5), "what names the show comes first");
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
                anime: AnimeIds::default(),
                kind: Kind::Episode(Episode {
                    show: Show {
                        title: "Harbour Nine".into(),
                        ids: Ids { tvdb: Some(9_110_777), ..Ids::default() },
                        ..Show::default()
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
                file: File::default(),
            },
            position_ms: Some(2_354_000),
            is_guess: false,
        };
        assert_eq!(seen(json), Ok(expected));
    }
}
