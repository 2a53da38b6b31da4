//! What do Jellyfin and Emby know?
//!
//! Both still have the API of their common forefather: <https://api.jellyfin.org>,
//! <https://dev.emby.media/reference/RestAPI.html>. An item is asked for by `/Items?Ids=`, which
//! all versions of both have: `/Items/{id}` is new in Jellyfin 10.9 and missing in Emby, and
//! `/Users/{id}/Items/{id}` is to go from Jellyfin. Lengths are ticks of 100 ns.

use super::log_line::{log_line, plain};
use super::{Api, Kept, NO_HURRY, Shows, TIME_LIMIT, Trouble, What, library, list, number, text};
use crate::event::{File, Ids, Library, Source, Time, User};
use crate::http::{encoded, segment};
use crate::probe::{About, Probe, ProbeAnswer, Watched};
use crate::webhook::guid::provider;
use crate::webhook::{self, Sessions};
use serde_json::Value;
use std::time::Duration;

const TICKS_PER_MS: u64 = 10_000;
/// How many lines of the log are looked through: a busy house has fewer in the hours of a film.
const LINES: usize = 200;
/// How long that may take.
const LOG_LIMIT: Duration = Duration::from_secs(1);
pub(super) const FIELDS: &str = "ProviderIds,UserDataLastPlayedDate,UserDataPlayCount";

pub(super) fn ask(desk: &Api<'_>, probe: &Probe) -> Result<Option<ProbeAnswer>, Trouble> {
    let of_item =
        |read: fn(&Value) -> Option<ProbeAnswer>| Ok(item(desk, probe)?.as_ref().and_then(read));
    match probe.about {
        About::Position => Ok(None), // their webhooks carry it
        About::Watched => {
            let found = item(desk, probe)?;
            Ok(found.as_ref().and_then(|item| watched(item, |began| last_stop(desk, probe, began))))
        }
        About::Runtime => of_item(runtime),
        About::Libraries => libraries_of(desk, probe),
        About::Show => of_item(show),
        About::File => of_item(file),
    }
}

pub(super) fn libraries(desk: &Api<'_>) -> Result<Vec<Library>, Trouble> {
    let (answer, _) = desk.fetch_dated("/Library/MediaFolders", TIME_LIMIT)?;
    let Some(Value::Array(folders)) = answer.get("Items") else {
        return Err(desk.trouble(What::Foreign));
    };
    Ok(folders.iter().filter_map(|of| library(of, "Id", "Name")).collect())
}

pub(super) fn sessions(desk: &Api<'_>) -> Result<(Sessions, Option<Time>), Trouble> {
    let answer = desk.get("/Sessions", NO_HURRY)?;
    let has_it = desk.has_it(&answer)?;
    let sessions = webhook::sessions(&answer.body).filter(|_| has_it);
    Ok((sessions.ok_or_else(|| desk.trouble(What::Foreign))?, answer.date))
}

pub(super) fn kept(desk: &Api<'_>, user: &str, item: &str) -> Result<Option<Kept>, Trouble> {
    let path = format!("/Items?Ids={}&UserId={}", encoded(item), encoded(user));
    let answer = desk.read(&desk.get(&path, NO_HURRY)?)?.unwrap_or_default();
    let found = list(&answer, "/Items").iter().find(|found| same_id(&text(found, "Id"), item));
    let kept = |data: &Value| {
        let position_ms = number(data, "PlaybackPositionTicks")? / TICKS_PER_MS;
        let is_played = data.get("Played").and_then(Value::as_bool).unwrap_or_default();
        Some(Kept { position_ms, is_played })
    };
    Ok(found.and_then(|item| kept(item.get("UserData")?)))
}

/// Jellyfin says whose token it is; an API key is nobody's, and counts as an administrator's. At Emby the activity
/// log is for administrators, and so for API keys.
pub(super) fn shows(desk: &Api<'_>) -> Result<Shows, Trouble> {
    if desk.server.kind == Source::Jellyfin {
        let me = desk.read(&desk.get("/Users/Me", NO_HURRY)?)?;
        let Some(me) = me else { return Ok(Shows::Everybodys) };
        let is_administrator = me.pointer("/Policy/IsAdministrator").and_then(Value::as_bool);
        if is_administrator == Some(true) {
            return Ok(Shows::Everybodys);
        }
        let id = text(&me, "Id").replace('-', "").to_lowercase();
        if id.is_empty() {
            return Err(desk.trouble(What::Foreign));
        }
        return Ok(Shows::Only(User { id, uuid: String::new(), name: text(&me, "Name") }));
    }
    let answer = desk.get("/System/ActivityLog/Entries?StartIndex=0&Limit=1", NO_HURRY)?;
    if answer.status == 403 {
        return Err(desk.trouble(What::NoAdministrator));
    }
    match desk.read(&answer)? {
        Some(Value::Object(_)) => Ok(Shows::Everybodys),
        _ => Err(desk.trouble(What::Foreign)),
    }
}

/// The item, as the user sees it where one is known. Emby leaves out when and how often it was played
/// unless it is asked by these names, which Jellyfin skips (arabcoders/watchstate#324).
fn item(desk: &Api<'_>, probe: &Probe) -> Result<Option<Value>, Trouble> {
    let fields = if probe.about == About::File { "Path" } else { FIELDS };
    let mut path = format!("/Items?Ids={}&Fields={fields}", encoded(&probe.key));
    if !probe.user.id.is_empty() {
        path = format!("{path}&UserId={}", encoded(&probe.user.id));
    }
    let answer = desk.fetch(&path)?.unwrap_or_default();
    // A server that does not understand `Ids` would send what it likes.
    let item = list(&answer, "/Items").iter().find(|item| same_id(&text(item, "Id"), &probe.key));
    Ok(item.cloned())
}

/// The ancestors that are libraries; an empty list is an answer too. Only where a user is named are they among them: else the
/// folders on the disk are. Of an item in several libraries the server names one
/// (FoxxMD/multi-scrobbler#403).
fn libraries_of(desk: &Api<'_>, probe: &Probe) -> Result<Option<ProbeAnswer>, Trouble> {
    let user = encoded(&probe.user.id);
    let Some(key) = segment(&probe.key).filter(|_| !user.is_empty()) else { return Ok(None) };
    let answer = desk.fetch(&format!("/Items/{key}/Ancestors?UserId={user}"))?;
    let Some(Value::Array(ancestors)) = answer else { return Ok(None) };
    let is_library =
        |item: &&Value| matches!(text(item, "Type").as_str(), "CollectionFolder" | "UserView");
    let libraries = ancestors.iter().filter(is_library);
    let found = libraries.filter_map(|of| library(of, "Id", "Name")).collect();
    Ok(Some(ProbeAnswer::Libraries(found)))
}

/// When the user's playback of the item that began then was stopped, if the activity log says so. Who asks
/// waits for both answers, and this one only makes the other exact. The newest lines come first.
fn last_stop(desk: &Api<'_>, probe: &Probe, began: Time) -> Option<Time> {
    let path = format!(
        "/System/ActivityLog/Entries?MinDate={}&HasUserId=true&StartIndex=0&Limit={LINES}",
        encoded(&began.to_string())
    );
    let answer = desk.read(&desk.get(&path, LOG_LIMIT).ok()?).ok()??;
    let user = std::iter::once(&probe.user);
    let lines = list(&answer, "/Items").iter();
    lines
        .filter_map(|row| log_line(row, &user, desk.server.kind))
        .filter(|line| line.stops && line.item == plain(&probe.key) && line.at >= began)
        .map(|line| line.at)
        .max()
}

/// Without a date it may have been years ago.
fn watched(item: &Value, stop: impl FnOnce(Time) -> Option<Time>) -> Option<ProbeAnswer> {
    let data = item.get("UserData")?;
    let is_played = data.get("Played").and_then(Value::as_bool)?;
    let kept = number(data, "PlaybackPositionTicks").filter(|ticks| *ticks > 0);
    let at = Time::from_rfc3339(&text(data, "LastPlayedDate"))?;
    let first = number(data, "PlayCount") == Some(1); // it counts starts
    let watched = match kept {
        Some(ticks) => Watched::Left { at, position_ms: ticks / TICKS_PER_MS, stopped: stop(at) },
        None if is_played => Watched::Began { at, first, stopped: stop(at) },
        None => return None,
    };
    Some(ProbeAnswer::Watched(watched))
}

fn runtime(item: &Value) -> Option<ProbeAnswer> {
    let ms = number(item, "RunTimeTicks")? / TICKS_PER_MS;
    (ms > 0).then_some(ProbeAnswer::Runtime(ms))
}

fn file(item: &Value) -> Option<ProbeAnswer> {
    let file = File::new(&text(item, "Path"), "");
    (file != File::default()).then_some(ProbeAnswer::File(file))
}

fn show(item: &Value) -> Option<ProbeAnswer> {
    let mut ids = Ids::default();
    for (name, id) in item.get("ProviderIds")?.as_object()? {
        ids.learn(&provider(name, id.as_str().unwrap_or_default()));
    }
    (!ids.is_empty()).then_some(ProbeAnswer::Show(ids))
}

fn same_id(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}
