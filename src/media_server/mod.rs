//! What does a media server know that its webhooks do not say?
//!
//! [`ask`] puts one [`Probe`] to the server it concerns, [`libraries`] lists what a person may
//! write into `libraries`, [`id`] tells which server it is. One call each, two where Plex has to say
//! who its owner is or whether it is Plex at all that knows no such item, [`TIME_LIMIT`] a call, nothing
//! is kept between two.
//! What the server does not know is [`ProbeAnswer::Nothing`]; only a server that can't be asked at all
//! is [`Trouble`]. Answers are read leniently: of a strange one nothing is found.
//!
//! Not here: when and about what is asked and what is remembered of it (`engine`), who waits for
//! the answer (`desk`), the HTTP client (`http`).

pub mod history;
mod jellyfin;
mod log_line;
pub mod playing;
mod plex;

use crate::config::{MediaServer, token_key};
use crate::event::{Action, Event, Library, Source, Time, User};
use crate::http::{self, Answer, Failure, Method};
use crate::probe::{Probe, ProbeAnswer};
use crate::webhook::Sessions;
use crate::webhook::plex::Session;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// How long a call may take.
pub const TIME_LIMIT: Duration = Duration::from_secs(3);
/// How long one may take that nobody waits for: a disk may have to spin up first.
const NO_HURRY: Duration = Duration::from_secs(10);

/// Asks the media server that `probe` concerns. One that is not set up knows nothing.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server.
pub fn ask(server: &MediaServer, probe: &Probe) -> Result<ProbeAnswer, Trouble> {
    if !server.can_be_asked() {
        return Ok(ProbeAnswer::Nothing);
    }
    let desk = Api { server };
    let found = match server.kind {
        Source::Plex => plex::ask(&desk, probe)?,
        Source::Jellyfin | Source::Emby => jellyfin::ask(&desk, probe)?,
    };
    Ok(found.unwrap_or(ProbeAnswer::Nothing))
}

/// The libraries of a media server, in its order.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server.
pub fn libraries(server: &MediaServer) -> Result<Vec<Library>, Trouble> {
    let desk = Api { server };
    match server.kind {
        Source::Plex => plex::libraries(&desk),
        Source::Jellyfin | Source::Emby => jellyfin::libraries(&desk),
    }
}

/// The media server's own id, as its webhooks have it.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server.
pub fn id(server: &MediaServer) -> Result<Option<String>, Trouble> {
    let (path, pointer) = match server.kind {
        Source::Plex => ("/identity", "/MediaContainer/machineIdentifier"),
        Source::Jellyfin | Source::Emby => ("/System/Info/Public", "/Id"),
    };
    let answer = Api { server }.fetch(path)?;
    let id = answer.as_ref().and_then(|answer| answer.pointer(pointer)?.as_str());
    Ok(id.filter(|id| !id.is_empty()).map(str::to_owned))
}

/// What plays at a media server, and where it stands there.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server.
pub fn what_plays(server: &MediaServer) -> Result<Vec<Event>, Trouble> {
    let id = id(server)?.unwrap_or_default();
    match server.kind {
        Source::Plex => {
            let sessions = playing::sessions(server, &id)?;
            let goes_on = |one: Session| {
                let action = Action::Progress { paused: Some(one.is_paused) };
                one.said.ok().map(|event| Event { action, ..event })
            };
            Ok(sessions.into_iter().filter_map(goes_on).collect())
        }
        Source::Jellyfin | Source::Emby => {
            let (Sessions { playing, .. }, _) = sessions(server)?;
            Ok(playing.into_iter().flat_map(|one| one.events(server.kind, &id)).collect())
        }
    }
}

/// What plays at a Jellyfin or an Emby, and the time there.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server.
pub fn sessions(server: &MediaServer) -> Result<(Sessions, Option<Time>), Trouble> {
    jellyfin::sessions(&Api { server })
}

/// What a Jellyfin or an Emby keeps of an item for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it would let the user go on, in milliseconds. It is 0 where the item has hardly been begun, and
    /// where it was played.
    pub position_ms: u64,
    /// Whether it counts as played, now or from before.
    pub is_played: bool,
}

/// What a Jellyfin or an Emby keeps of an item for a user; `None` where it does not know.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server.
pub fn kept(server: &MediaServer, user: &str, item: &str) -> Result<Option<Kept>, Trouble> {
    jellyfin::kept(&Api { server }, user, item)
}

/// Whose plays a media server shows to the key that we have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Everybody's, by right.
    Everybodys,
    /// At a Jellyfin: those of this person, whose token it is and who is no administrator. Version 10.8 shows
    /// others' sessions to anybody (jellyfin/jellyfin#11366), so that one sees others says nothing.
    Only(User),
}

impl Shows {
    /// Whether somebody's plays are among them.
    #[must_use]
    pub fn includes(&self, user: &User) -> bool {
        match self {
            Self::Everybodys => true,
            Self::Only(only) if only.id.is_empty() || user.id.is_empty() => only.is_person(user),
            Self::Only(only) => only.id.eq_ignore_ascii_case(&user.id),
        }
    }
}

/// Whose plays a Jellyfin or an Emby shows: everybody's to an API key or to an administrator.
///
/// # Errors
/// When it can't be reached in time, refuses the token, or is no such server; of an Emby also when the token is
/// no administrator's.
pub fn shows(server: &MediaServer) -> Result<Shows, Trouble> {
    jellyfin::shows(&Api { server })
}

/// That a Jellyfin or an Emby shows everybody's plays.
///
/// # Errors
/// When it shows less, can't be reached in time, refuses the token, or is no such server.
pub fn shows_everybody(server: &MediaServer) -> Result<(), Trouble> {
    let api = Api { server };
    match jellyfin::shows(&api)? {
        Shows::Everybodys => Ok(()),
        Shows::Only(_) => Err(api.trouble(What::NoAdministrator)),
    }
}

/// Why a media server can't be asked. Its `Display` is one sentence with the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    kind: Source,
    section: String,
    url: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// Nobody answers there.
    Silent(Failure),
    /// 401; or 403 of Plex, or with a page of HTML.
    TokenRefused,
    /// It takes the key, which is not an administrator's.
    NoAdministrator,
    /// 403 where only the owner of a Plex server may look.
    NotTheOwners,
    /// It sends elsewhere; nobody follows with the token.
    Redirect(u16),
    /// An error of its own.
    Sick(u16),
    /// Something else answers there, or with more than anybody should have to read.
    Foreign,
    /// What it lists has no end, or repeats itself.
    Endless,
    /// It says that there is more than it lists.
    Short,
    /// It says more at once than is read.
    TooLong,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, section, url, what } = self;
        match what {
            What::Silent(Failure::NotSent(why)) => {
                write!(f, "nobody answers at {url} ({why}); is {section}.url right?")
            }
            What::Silent(Failure::AnswerLost(why)) => {
                write!(f, "{url} gives no answer ({why}); is {section}.url right, with its port?")
            }
            What::Silent(Failure::Tls(fault)) => {
                let mend = fault.with_mend(&format!("set {section}.ca_file to that file"));
                write!(f, "{url} can't be trusted: {mend}")
            }
            What::TokenRefused => {
                write!(f, "{url} refuses {section}.{}; copy it again", token_key(*kind))
            }
            What::NoAdministrator => write!(
                f,
                "{section}.api_key is the token of somebody who is no administrator at {url}; make an \
                 API key in its dashboard and put that there"
            ),
            What::NotTheOwners => {
                write!(
                    f,
                    "{url} shows its sessions and its history to its owner only, so nothing that is \
                     found there can count; set {section}.token to the owner's"
                )
            }
            What::Redirect(status) => {
                write!(f, "{url} sends elsewhere ({status}); set {section}.url to where it leads")
            }
            What::Sick(status) => write!(f, "{url} answers with an error ({status}); look there"),
            What::Foreign => {
                write!(f, "what answers at {url} is not {kind}; check {section}.url")
            }
            What::Endless => {
                write!(
                    f,
                    "the history at {url} repeats itself or is longer than anybody's, so it is not \
                     believed; is {section}.url right?"
                )
            }
            What::Short => write!(
                f,
                "the history at {url} says that it has more than it shows, so some of it would be missed; \
                 it is read again later"
            ),
            What::TooLong => write!(
                f,
                "{url} says more than 2 MiB at once, which is not read; is {section}.url right? (Jellyfin says \
                 so much while a player has hundreds of items in its queue)"
            ),
        }
    }
}

impl Trouble {
    /// Whether it refuses the token, which nothing but another one mends.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self.what, What::TokenRefused | What::NoAdministrator | What::NotTheOwners)
    }
}

impl std::error::Error for Trouble {}

/// A server with the words in which it is asked.
struct Api<'a> {
    server: &'a MediaServer,
}

impl Api<'_> {
    /// Fetches what stands at `path` (encoded, with its query); `None` where there is no such
    /// thing.
    fn fetch(&self, path: &str) -> Result<Option<Value>, Trouble> {
        self.read(&self.get(path, TIME_LIMIT)?)
    }

    /// The same for an item, which may be gone.
    fn fetch_item(&self, path: &str, time_limit: Duration) -> Result<Option<Value>, Trouble> {
        let answer = self.get(path, time_limit)?;
        if self.is_gone(&answer)? { Ok(None) } else { self.read(&answer) }
    }

    /// The same for something that every such server has, with the time at the server. It may take
    /// `time_limit`.
    fn fetch_dated(
        &self,
        path: &str,
        time_limit: Duration,
    ) -> Result<(Value, Option<Time>), Trouble> {
        let answer = self.get(path, time_limit)?;
        let found = self.read(&answer)?.ok_or_else(|| self.trouble(What::Foreign))?;
        Ok((found, answer.date))
    }

    fn get(&self, path: &str, time_limit: Duration) -> Result<Answer, Trouble> {
        let reply = http::send(&http::Request {
            method: Method::Get,
            url: format!("{}{path}", self.server.url),
            headers: vec![
                ("Accept", "application/json".to_owned()), // Plex speaks XML otherwise
                ("User-Agent", http::USER_AGENT.to_owned()),
                self.credentials(),
            ],
            body: None,
            time_limit,
            trust: self.server.trust.clone(),
        });
        reply.map_err(|failure| self.trouble(What::Silent(failure)))
    }

    fn credentials(&self) -> (&'static str, String) {
        let token = self.server.token.reveal();
        match self.server.kind {
            // https://developer.plex.tv/pms
            Source::Plex => ("X-Plex-Token", token.to_owned()),
            // The other ways are to go (https://jellyfin.org/docs, API, Authorization).
            Source::Jellyfin => ("Authorization", format!("MediaBrowser Token=\"{token}\"")),
            // https://dev.emby.media, API Key Authentication
            Source::Emby => ("X-Emby-Token", token.to_owned()),
        }
    }

    fn read(&self, answer: &Answer) -> Result<Option<Value>, Trouble> {
        if !self.has_it(answer)? {
            return Ok(None);
        }
        answer.json().map(Some).ok_or_else(|| self.trouble(What::Foreign))
    }

    /// Whether an item is gone. Plex says that with a page of HTML, as a proxy says that an address is wrong:
    /// what every server has tells which it is.
    fn is_gone(&self, answer: &Answer) -> Result<bool, Trouble> {
        if !(answer.status == 404 && answer.html) {
            return Ok(!self.has_it(answer)?);
        }
        id(self.server)?.map(|_| true).ok_or_else(|| self.trouble(What::Foreign))
    }

    /// Whether it has what was asked for.
    fn has_it(&self, answer: &Answer) -> Result<bool, Trouble> {
        let what = match answer.status {
            200..=299 if answer.is_cut => What::TooLong,
            200..=299 => return Ok(true),
            // Who may do less than an administrator.
            403 if self.server.kind != Source::Plex && !answer.html => What::NoAdministrator,
            401 | 403 => What::TokenRefused,
            status @ 300..=399 => What::Redirect(status),
            // Something that not every server has. A proxy's page about an address that is wrong is HTML.
            400..=499 if !answer.html => return Ok(false),
            400..=499 => What::Foreign,
            status => What::Sick(status),
        };
        Err(self.trouble(what))
    }

    fn trouble(&self, what: What) -> Trouble {
        let Api { server } = self;
        Trouble { kind: server.kind, section: server.section(), url: server.url.clone(), what }
    }
}

/// The elements of a list, or none.
fn list<'a>(of: &'a Value, pointer: &str) -> &'a [Value] {
    of.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A whole number, also one that is written as text.
fn number(of: &Value, key: &str) -> Option<u64> {
    let value = of.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A text, also one that is written as a number; empty where there is none.
fn text(of: &Value, key: &str) -> String {
    match of.get(key) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}

/// A library, if the two keys name one.
fn library(of: &Value, id: &str, title: &str) -> Option<Library> {
    let library = Library { id: text(of, id), title: text(of, title) };
    (library != Library::default()).then_some(library)
}
