//! What does Plex know?
//!
//! Paths and members are those of <https://developer.plex.tv/pms> and of python-plexapi. Lengths
//! are milliseconds, times seconds since 1970.

use super::{Api, TIME_LIMIT, Trouble, What, library, list, number, text};
use crate::event::{File, Ids, Library, Time, User, Versions};
use crate::http::segment;
use crate::probe::{About, Probe, ProbeAnswer, Watched};
use crate::webhook::guid::Address;
use serde_json::Value;

pub(super) fn ask(desk: &Api<'_>, probe: &Probe) -> Result<Option<ProbeAnswer>, Trouble> {
    let of_item = |read: fn(&Value) -> Option<ProbeAnswer>| {
        let Some(key) = segment(&probe.key) else { return Ok(None) };
        let answer = desk.fetch_item(&format!("/library/metadata/{key}"), TIME_LIMIT)?;
        Ok(answer.as_ref().and_then(|answer| read(answer.get("MediaContainer")?)))
    };
    match probe.about {
        About::Position => {
            let answer = desk.fetch("/status/sessions")?.unwrap_or_default();
            Ok(position(list(&answer, "/MediaContainer/Metadata"), probe))
        }
        About::Watched => watched(desk, probe),
        About::Runtime => of_item(runtime),
        About::Libraries => of_item(libraries_of),
        About::Show => of_item(show),
        About::File => of_item(file),
    }
}

pub(super) fn libraries(desk: &Api<'_>) -> Result<Vec<Library>, Trouble> {
    let (answer, _) = desk.fetch_dated("/library/sections", TIME_LIMIT)?;
    // Without libraries it has no list of them.
    let Some(container @ Value::Object(_)) = answer.get("MediaContainer") else {
        return Err(desk.trouble(What::Foreign));
    };
    let sections = list(container, "/Directory").iter();
    Ok(sections.filter_map(|section| library(section, "key", "title")).collect())
}

/// Of two sessions with the item nobody knows which is meant.
fn position(sessions: &[Value], probe: &Probe) -> Option<ProbeAnswer> {
    let mut meant = sessions.iter().filter(|session| {
        text(session, "ratingKey") == probe.key
            && session.get("User").is_none_or(|user| is_same(user, &probe.user))
    });
    match (meant.next(), meant.next()) {
        (Some(session), None) => number(session, "viewOffset").map(ProbeAnswer::Position),
        _ => None,
    }
}

/// Whether a session's `User`, or an account, may be the webhook's. The owner of a server is number 1
/// in its sessions, and often goes by the number at plex.tv in its webhooks: any name that both have
/// in common will do.
fn is_same(of_server: &Value, of_webhook: &User) -> bool {
    let (id, avatar) = (text(of_server, "id"), text(of_server, "thumb"));
    let name_of_account = text(of_server, "name");
    let title = if name_of_account.is_empty() { text(of_server, "title") } else { name_of_account };
    let User { id: own_id, uuid, name } = of_webhook;
    of_webhook.is_unknown()
        || (id.is_empty() && title.is_empty())
        || (!id.is_empty() && id == *own_id)
        || (!uuid.is_empty() && avatar.contains(uuid.as_str()))
        || (!title.is_empty() && title.to_lowercase() == name.to_lowercase())
}

/// When the user's last play of it was counted. What an item says of itself (`viewCount`,
/// `lastViewedAt`) is the token's owner's, and moves at any playback; the history has a line for each
/// play of anybody.
fn watched(desk: &Api<'_>, probe: &Probe) -> Result<Option<ProbeAnswer>, Trouble> {
    let user = &probe.user;
    let Some(key) = segment(&probe.key).filter(|_| !user.is_unknown()) else { return Ok(None) };
    let path = format!("/status/sessions/history/all?metadataItemID={key}&sort=viewedAt%3Adesc");
    let page = "&X-Plex-Container-Start=0&X-Plex-Container-Size=50";
    let history = desk.fetch(&format!("{path}{page}"))?.unwrap_or_default();
    let plays = list(&history, "/MediaContainer/Metadata");
    let last = |id: &str| {
        let theirs = plays.iter().filter(|play| !id.is_empty() && text(play, "accountID") == id);
        theirs.filter_map(|play| time(play, "viewedAt")).max()
    };
    if plays.is_empty() {
        return Ok(None);
    }
    let mut at = last(&user.id);
    if at.is_none() {
        // The owner is number 1 at home, and may be known by the name alone.
        let accounts = desk.fetch("/accounts")?.unwrap_or_default();
        let mut accounts = list(&accounts, "/MediaContainer/Account").iter();
        at = accounts.find(|account| is_same(account, user)).and_then(|it| last(&text(it, "id")));
    }
    Ok(at.map(|at| ProbeAnswer::Watched(Watched::Counted(at))))
}

/// A time in seconds since 1970.
fn time(of: &Value, key: &str) -> Option<Time> {
    number(of, key).and_then(|s| s.checked_mul(1000)).map(Time)
}

fn runtime(container: &Value) -> Option<ProbeAnswer> {
    number(item(container)?, "duration").filter(|ms| *ms > 0).map(ProbeAnswer::Runtime)
}

/// Old versions name the library beside the item only.
fn libraries_of(container: &Value) -> Option<ProbeAnswer> {
    let library = [item(container)?, container]
        .into_iter()
        .find_map(|of| library(of, "librarySectionID", "librarySectionTitle"));
    library.map(|library| ProbeAnswer::Libraries(vec![library]))
}

/// The ids in `Guid` of the new agents and in `guid` of the old ones.
fn file(container: &Value) -> Option<ProbeAnswer> {
    let item = list(container, "/Metadata").first()?;
    let of_part = |part: &Value| Some(text(part, "file")).filter(|file| !file.is_empty());
    let mut versions = Versions::default();
    for version in list(item, "/Media") {
        let path = list(version, "/Part").iter().find_map(of_part).unwrap_or_default();
        versions.add(&path, false); // here nothing is played
    }
    let file = File::new(versions.path(), &text(item, "editionTitle"));
    (file != File::default()).then_some(ProbeAnswer::File(file))
}

fn show(container: &Value) -> Option<ProbeAnswer> {
    let item = item(container)?;
    let mut ids = Ids::default();
    for guid in list(item, "/Guid") {
        ids.learn(&Address::own_ids(&text(guid, "id")));
    }
    ids.learn(&Address::own_ids(&text(item, "guid")));
    (!ids.is_empty()).then_some(ProbeAnswer::Show(ids))
}

fn item(container: &Value) -> Option<&Value> {
    container.pointer("/Metadata/0")
}
