//! What plays at a media server in this moment?

use super::{Facts, PAGE_LIMIT};
use crate::event::{Action, Event, Source};
use crate::media_server::{self, Api, Trouble, list, text};
use crate::webhook::{self, Said};
use serde_json::{Value, json};
use std::time::Duration;

/// A player reports every ten seconds; what the server says of an older report it has counted on itself.
const FRESH: Duration = Duration::from_secs(15);
/// A player that has reported nothing for so long is gone. Jellyfin may show it for hours
/// (<https://github.com/jellyfin/jellyfin/pull/17631>).
const SILENT: Duration = Duration::from_secs(5 * 60);

/// What plays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Now {
    /// The keys of all that does, whoever plays it.
    pub keys: Vec<String>,
    /// What of it can be scrobbled and has a user, as signs of life.
    pub events: Vec<Event>,
}

pub(super) fn plex(api: &Api<'_>, facts: &Facts) -> Result<Now, Trouble> {
    let (answer, _) = api.fetch_dated("/status/sessions", PAGE_LIMIT)?;
    let sessions = list(&answer, "/MediaContainer/Metadata");
    let keys = sessions.iter().map(|session| text(session, "ratingKey")).collect();
    Ok(Now {
        keys,
        events: sessions.iter().filter_map(|session| of_plex(session, facts)).collect(),
    })
}

/// A session, read as its webhook would be.
fn of_plex(session: &Value, facts: &Facts) -> Option<Event> {
    let (user, player) = (session.get("User")?, session.get("Player")?);
    let webhook = json!({
        "event": "media.resume",
        "Account": { "id": user.get("id"), "title": user.get("title"), "thumb": user.get("thumb") },
        "Server": { "uuid": facts.id },
        "Player": { "uuid": player.get("machineIdentifier"), "title": player.get("title") },
        "Metadata": session,
    });
    let said = webhook::parse(Source::Plex, webhook.to_string().as_bytes());
    let Ok(Said::Event(event)) = said else { return None };
    let paused = match text(player, "state").as_str() {
        "playing" => Some(false),
        "paused" => Some(true),
        _ => return None, // it only begins, or ends
    };
    let action = Action::Progress { paused };
    (!event.user.is_unknown()).then_some(Event { action, ..*event })
}

pub(super) fn jellyfin(api: &Api<'_>, facts: &Facts) -> Result<Now, Trouble> {
    // What is not shown is not over.
    media_server::shows_everybody(api.server)?;
    let (sessions, there) = media_server::sessions(api.server)?;
    let mut now = Now::default();
    for playing in sessions.playing {
        let Ok(item) = &playing.item else { continue };
        now.keys.push(item.key.clone());
        let reported = playing.checked_in.zip(there).map(|(at, there)| there.since(at));
        // Who is paused may be silent, and nothing is counted on.
        let silent = reported.filter(|_| !playing.paused).unwrap_or_default();
        if silent >= SILENT {
            continue; // nobody sits there any more
        }
        let is_guess = silent > FRESH;
        let events = playing.events(api.server.kind, &facts.id);
        now.events.extend(events.into_iter().map(|event| Event { is_guess, ..event }));
    }
    Ok(now)
}
