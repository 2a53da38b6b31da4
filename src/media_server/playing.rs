//! What plays at a Plex server, and from where on does it take something for played?
//!
//! Its event stream says that something happens at a player; who it is and what is played stands in its
//! sessions, which it shows to its owner alone. Paths and members are those of
//! <https://developer.plex.tv/pms>, credits those of python-plexapi.

use super::{Api, NO_HURRY, Trouble, What, list, number, text};
use crate::config::MediaServer;
use crate::http::live::{self, Live};
use crate::http::{Answer, segment};
use crate::webhook::plex::{Credits, Described, Session, described, sessions as read};
use std::time::Duration;

/// Opens the event stream of what plays. It says something every ten seconds; no byte for as long as
/// `silence` is its end.
///
/// # Errors
/// When the server can't be reached, refuses the token, or is no such server.
pub fn stream(server: &MediaServer, silence: Duration) -> Result<Live, Trouble> {
    let desk = Api { server };
    let url = format!("{}/:/eventsource/notifications?filters=playing", server.url);
    let headers = [("Accept", "text/event-stream".to_owned()), desk.credentials()];
    let stream = live::open(&url, &headers, silence, &server.trust)
        .map_err(|failure| desk.trouble(What::Silent(failure)))?;
    let head = Answer { status: stream.status, html: stream.html, ..Answer::default() };
    let is_one = desk.has_it(&head)? && !stream.html;
    if is_one { Ok(stream) } else { Err(desk.trouble(What::Foreign)) }
}

/// What plays there. `id` is the server's own.
///
/// # Errors
/// As above; and when the token is not the owner's.
pub fn sessions(server: &MediaServer, id: &str) -> Result<Vec<Session>, Trouble> {
    let desk = Api { server };
    let answer = desk.get("/status/sessions", NO_HURRY)?;
    // 401 says so, too, at some servers (python-plexapi#1506), unless the token is taken nowhere.
    let takes_it = || Ok(desk.get("/library/sections", NO_HURRY)?.status == 200);
    if answer.status == 403 || answer.status == 401 && takes_it()? {
        return Err(desk.trouble(What::NotTheOwners));
    }
    let sessions = desk.has_it(&answer)?.then(|| read(id, answer.text())).flatten();
    sessions.ok_or_else(|| desk.trouble(What::Foreign))
}

/// What is known of the item with that rating key; `None` where there is no such movie or episode.
///
/// # Errors
/// As above.
pub fn item(server: &MediaServer, key: &str) -> Result<Option<Described>, Trouble> {
    let desk = Api { server };
    let Some(key) = segment(key) else { return Ok(None) };
    let answer = desk.get(&format!("/library/metadata/{key}?includeMarkers=1"), NO_HURRY)?;
    Ok((!desk.is_gone(&answer)?).then(|| described(answer.text())).flatten())
}

/// What a server is set to take for played.
///
/// # Errors
/// As above.
pub fn played(server: &MediaServer) -> Result<Played, Trouble> {
    let answer = Api { server }.fetch("/:/prefs")?.unwrap_or_default();
    let mut played = Played::default();
    for setting in list(&answer, "/MediaContainer/Setting") {
        let value = number(setting, "value");
        match (text(setting, "id").as_str(), value) {
            ("LibraryVideoPlayedThreshold", Some(percent @ 1..=100)) => played.percent = percent,
            ("LibraryVideoPlayedAtBehaviour", Some(at @ 0..=3)) => {
                played.at = [At::Percent, At::FinalCredits, At::FirstCredits, At::Earliest]
                    .into_iter()
                    .zip(0..)
                    .find_map(|(one, number)| (number == at).then_some(one))
                    .unwrap_or_default();
            }
            _ => {}
        }
    }
    Ok(played)
}

/// What a server is set to take for played: `LibraryVideoPlayedThreshold` and
/// `LibraryVideoPlayedAtBehaviour`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Played {
    /// So many percent of the runtime.
    pub percent: u64,
    /// Whether that counts, or the credits.
    pub at: At,
}

/// Where something has been played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// At so many percent.
    Percent,
    /// Where the final credits begin.
    FinalCredits,
    /// Where the first credits begin.
    FirstCredits,
    /// At whichever comes first of the percent and the first credits; what is set at first.
    #[default]
    Earliest,
}

impl Default for Played {
    fn default() -> Self {
        Self { percent: 90, at: At::Earliest }
    }
}

impl Played {
    /// From where on a runtime with these credits has been played, in milliseconds. Without credits the
    /// percent counts.
    #[must_use]
    pub fn from_ms(&self, runtime_ms: u64, credits: &Credits) -> u64 {
        let by_percent = runtime_ms.saturating_mul(self.percent) / 100;
        let first = credits.first_ms.unwrap_or(by_percent);
        match self.at {
            At::Percent => by_percent,
            At::FinalCredits => credits.final_ms.unwrap_or(by_percent),
            At::FirstCredits => first,
            At::Earliest => by_percent.min(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn played_is_what_the_server_is_set_to() {
        let credits = |first_ms, final_ms| Credits { first_ms, final_ms };
        let (none, both) = (credits(None, None), credits(Some(600), Some(700)));
        for (percent, at, credits, expected) in [
            (90, At::Percent, both, 900),
            (90, At::FinalCredits, both, 700),
            (90, At::FirstCredits, both, 600),
            (90, At::Earliest, both, 600),
            (50, At::Earliest, both, 500),
            (90, At::FinalCredits, none, 900),
            (90, At::FirstCredits, none, 900),
            (95, At::Earliest, none, 950),
        ] {
            let played = Played { percent, at };
            assert_eq!(played.from_ms(1_000, &credits), expected, "{played:?} {credits:?}");
        }
        assert_eq!(
            Played { percent: 100, at: At::Percent }.from_ms(u64::MAX, &none),
            u64::MAX / 100
        );
    }
}
