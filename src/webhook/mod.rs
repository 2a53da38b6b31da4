//! What did the media server say?
//!
//! [`parse`] reads the JSON of one webhook into one [`Event`]. It is pure: no clock, no file, no
//! network, and the same bytes always give the same answer. Unknown members are skipped, strange
//! values of known ones count as absent, and no input panics. Three answers are possible: an
//! event, [`Said::Nothing`] (understood, but nothing to scrobble) and [`Malformed`] (no webhook
//! of this server; HTTP 400).
//!
//! Not here: finding the JSON in a request body (`server::body`), who may scrobble (`filter`),
//! what an event means after those before it (`engine`).
//!
//! ```text
//!              ┌ plex      Plex, Tautulli, the Plex format of shemanaev's Jellyfin plugin
//!  parse ──────┼ jellyfin  the official webhook plugin, its templates, shemanaev's ┐
//!  (mend, once)└ emby      Emby's own webhooks             dto: what both can say  ┘
//! ```

mod dto;
mod emby;
mod entity;
pub(crate) mod guid;
mod jellyfin;
mod mend;
mod object;
pub mod plex;
mod scalar;
mod sender;
mod sessions;

use crate::event::{Event, Source};
use crate::verdict::Reason;
use scalar::Scalar;
use std::fmt;

pub use sessions::{Playing, Sessions, sessions};

/// What a webhook says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Something that the engine may want to know.
    Event(Box<Event>),
    /// Understood, and nothing to scrobble: a trailer, live TV, `library.new`, a test message…
    Nothing {
        /// Why not.
        reason: Reason,
        /// Title of the item that it is about, or empty.
        title: String,
        /// The media server's own id, or empty.
        server: String,
    },
}

impl Said {
    fn new(event: Result<Event, Reason>, title: &Scalar, server: String) -> Self {
        match event {
            Ok(event) => Self::Event(Box::new(event)),
            Err(reason) => Self::Nothing { reason, title: title.text(), server },
        }
    }
}

/// Why a document is no webhook of the server at whose address it arrived. Its `Display` is one
/// plain sentence with the mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// No JSON, not even after the usual faults of templates were repaired.
    NotJson {
        /// At whose address.
        source: Source,
        /// Line of the first fault, counted from 1.
        line: usize,
        /// Column in that line, in bytes.
        column: usize,
    },
    /// Another server's webhook.
    WrongAddress {
        /// Whose it is.
        of: Source,
    },
    /// JSON, but no webhook that is known here.
    Unknown {
        /// At whose address.
        source: Source,
    },
}

impl std::error::Error for Malformed {}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson { source, line, column } => {
                write!(f, "invalid JSON at line {line}, column {column}; ")?;
                f.write_str(match source {
                    Source::Plex => "if Tautulli sends it, compare its JSON data with the README",
                    Source::Jellyfin => "enable `Send All Properties` in the webhook plugin",
                    Source::Emby => "choose `application/json` as the webhook's content type",
                })
            }
            Self::WrongAddress { of } => {
                let article = if *of == Source::Emby { "an" } else { "a" };
                let word = of.word();
                write!(
                    f,
                    "this looks like {article} {of} webhook; its address is /webhook/{word}trakt"
                )
            }
            Self::Unknown { source } => {
                let (article, key) = match source {
                    Source::Plex => ("a", "event"),
                    Source::Jellyfin => ("a", "NotificationType"),
                    Source::Emby => ("an", "Event"),
                };
                write!(f, "this is JSON, but not {article} {source} webhook: it has no `{key}`")?;
                f.write_str(match source {
                    Source::Jellyfin => "; enable `Send All Properties` in the webhook plugin",
                    Source::Plex | Source::Emby => "",
                })
            }
        }
    }
}

/// Reads the webhook that arrived at `source`'s address. `json` is the document itself, without
/// the form around it.
///
/// # Errors
/// [`Malformed`], when it is no webhook of that server.
pub fn parse(source: Source, json: &[u8]) -> Result<Said, Malformed> {
    let json = String::from_utf8_lossy(json); // a broken letter in a title spoils no webhook
    let (said, json) = match read(source, &json) {
        Ok(said) => (said, json),
        Err(fault) => {
            let mended = mend::mended(&json);
            let not_json =
                Malformed::NotJson { source, line: fault.line(), column: fault.column() };
            (read(source, &mended).map_err(|_| not_json)?, mended.into())
        }
    };
    said.ok_or_else(|| match sender::of(&json) {
        Some(of) if of != source => Malformed::WrongAddress { of },
        _ => Malformed::Unknown { source },
    })
}

/// What a document says, if it has one of the shapes that may come to `source`'s address.
fn read(source: Source, json: &str) -> serde_json::Result<Option<Said>> {
    match source {
        Source::Plex => plex::said(json),
        Source::Jellyfin => {
            let said = jellyfin::said(json)?;
            if said.is_some() { Ok(said) } else { plex::said_by_jellyfin(json) }
        }
        Source::Emby => emby::said(json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(source: Source, json: &str) -> String {
        parse(source, json.as_bytes()).expect_err(json).to_string()
    }

    #[test]
    fn a_broken_letter_spoils_no_webhook() {
        let json =
            b"{\"event\":\"media.play\",\"Metadata\":{\"type\":\"movie\",\"title\":\"Am\xe9lie\"}}";
        let Ok(Said::Event(event)) = parse(Source::Plex, json) else { panic!("it is one") };
        assert_eq!(event.item.title, "Am\u{fffd}lie");
    }

    #[test]
    fn err_says_what_it_looks_like_and_where_it_belongs() {
        let plex = r#"{"event":"media.play","Account":{"id":7},"Metadata":{"type":"movie"}}"#;
        let jellyfin = r#"{"NotificationType":"PlaybackStart","ItemType":"Movie"}"#;
        let shemanaev =
            r#"{"Event":"Play","Item":{"Type":"Movie"},"Server":{"Version":"10.10.3"}}"#;
        let emby =
            r#"{"Event":"playback.start","Item":{"Type":"Movie"},"Server":{"Version":"4.8.11.0"}}"#;
        let plex_says = "this looks like a Plex webhook; its address is /webhook/plextrakt";
        let jellyfin_says =
            "this looks like a Jellyfin webhook; its address is /webhook/jellyfintrakt";
        let emby_says = "this looks like an Emby webhook; its address is /webhook/embytrakt";
        let cases = [
            (Source::Plex, jellyfin, jellyfin_says),
            (Source::Plex, shemanaev, jellyfin_says),
            (Source::Plex, emby, emby_says),
            (Source::Jellyfin, plex, plex_says),
            (Source::Jellyfin, emby, emby_says),
            (Source::Emby, plex, plex_says),
            (Source::Emby, jellyfin, jellyfin_says),
            (Source::Emby, shemanaev, jellyfin_says),
            (Source::Plex, "{}", "this is JSON, but not a Plex webhook: it has no `event`"),
            (Source::Emby, "[]", "this is JSON, but not an Emby webhook: it has no `Event`"),
            (
                Source::Jellyfin,
                r#"{"NotificationType":""}"#,
                "this is JSON, but not a Jellyfin webhook: it has no `NotificationType`; enable `Send All Properties` in the webhook plugin",
            ),
            (
                Source::Jellyfin,
                "{\n  \"NotificationType\": {{x}}\n}",
                "invalid JSON at line 2, column 24; enable `Send All Properties` in the webhook plugin",
            ),
            (
                Source::Plex,
                r#"{"event":"#,
                "invalid JSON at line 1, column 9; if Tautulli sends it, compare its JSON data with the README",
            ),
            (
                Source::Emby,
                r#"{"Event":"playback.start""#,
                "invalid JSON at line 1, column 25; choose `application/json` as the webhook's content type",
            ),
        ];
        for (source, json, expected) in cases {
            assert_eq!(error(source, json), expected, "{source}: {json}");
        }
    }

    #[test]
    fn nested_without_end_is_no_json() {
        for open in ["[", r#"{"Item":"#, r#"{"a":["#] {
            let deep = format!(r#"{{"Item":{}"#, open.repeat(100_000));
            assert!(error(Source::Emby, &deep).starts_with("invalid JSON"));
        }
    }
}
