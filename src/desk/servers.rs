//! How is each media server: when was it heard, and why might it not be?

use super::heard::{Heard, Missed};
use super::shown::{ServerShown, SourceShown};
use super::thread::Desk;
use crate::clock::LocalTime;
use crate::config::{MediaServer, Settings};
use crate::event::{Ear, Source, Time, same_id};
use crate::filter;
use crate::hear::Unposted;
use std::collections::BTreeMap;
use std::time::Duration;

/// For how long what went wrong is told.
const TOLD: Duration = Duration::from_secs(7 * 24 * 3600);

/// Each that the config has, and each kind of which it has none.
pub(super) fn servers(desk: &Desk, now: Time) -> Vec<ServerShown> {
    let (settings, heard) = (desk.live.settings(), desk.activity.heard());
    let config = desk.live.config();
    let connection = |server: &MediaServer| {
        let mut connections = desk.connections.all().iter();
        connections.find(|one| one.kind == server.kind && same_id(&one.id, &server.id))
    };
    let is_configured = |server: &MediaServer| {
        config.servers(server.kind).any(|it| it.name() == server.name() && !it.url.is_empty())
    };
    let one = |server: &MediaServer| {
        let hearing = desk.ears.hearings().of(server);
        let mut troubles = of_kind(desk, server.kind, &settings, now);
        troubles.extend(unasked(desk, server));
        troubles.extend(unposted(server, &heard, &settings, now));
        troubles.extend(twin(server, &settings));
        let is_heard_by = |ear: Ear| match ear {
            Ear::Webhook => hearing.is_none() || heard.by(ear, server, &settings).is_some(),
            // Without a daemon, what it is set to.
            Ear::Stream => hearing.as_ref().map_or(server.hear, |it| it.since.is_some()),
            Ear::History => {
                let is_read = desk.caught_up.trouble(server).is_none();
                server.catch_up && server.can_be_asked() && is_read
            }
        };
        let ears = [Ear::Webhook, Ear::Stream, Ear::History].into_iter();
        ServerShown {
            name: server.name().to_owned(),
            kind: server.kind.word().to_owned(),
            title: server.title(),
            connected: connection(server).is_some(),
            unfinished: connection(server).is_some_and(|one| one.unfinished),
            unlisted: settings.accounts.iter().all(|one| one.users(server.kind).is_empty()),
            configured: is_configured(server),
            hears: ears.filter(|ear| is_heard_by(*ear)).map(|ear| ear.word().to_owned()).collect(),
            last_heard: heard.of(server, &settings).as_ref().map(Time::to_string),
            last_webhook: heard.by(Ear::Webhook, server, &settings).as_ref().map(Time::to_string),
            last_catch_up: desk.caught_up.of(server, &settings).as_ref().map(Time::to_string),
            trouble: Some(troubles.join("; ")).filter(|sentence| !sentence.is_empty()),
        }
    };
    settings.media_servers.iter().map(one).collect()
}

/// Why servers may not be heard, each in a sentence.
pub(super) fn troubles(desk: &Desk, now: Time) -> Vec<String> {
    let settings = desk.live.settings();
    let kinds = Source::ALL.into_iter().flat_map(|kind| of_kind(desk, kind, &settings, now));
    let unasked = settings.media_servers.iter().flat_map(|server| unasked(desk, server));
    let twins = settings.media_servers.iter().filter_map(|server| twin(server, &settings));
    kinds.chain(unasked).chain(silent(desk).into_values()).chain(twins).collect()
}

/// What to say of each server, by its title, that plays what it posts nothing of.
pub(super) fn silent(desk: &Desk) -> BTreeMap<String, String> {
    let (settings, heard) = (desk.live.settings(), desk.activity.heard());
    let now = desk.clock.now();
    let one = |it: &MediaServer| Some((it.title(), unposted(it, &heard, &settings, now)?));
    settings.media_servers.iter().filter_map(one).collect()
}

/// That a server plays what it posts nothing of, with what may mend that.
fn unposted(server: &MediaServer, heard: &Heard, settings: &Settings, now: Time) -> Option<String> {
    let Missed { item, at, watched } = heard.missed(server, settings)?;
    let webhook = heard.by(Ear::Webhook, server, settings);
    // Who listens instead, as is offered below, misses none.
    if server.hear && webhook.is_none_or(|at| now.since(at) >= Unposted::EXPECTED) {
        return None;
    }
    let (title, section) = (server.title(), server.section());
    let last = match webhook {
        Some(last) => format!("the last webhook of it came at {}", LocalTime(last)),
        None => "no webhook of it ever came".to_owned(),
    };
    let mend = match server.kind {
        Source::Plex => {
            "see whether Plex Web has the address that `scrobbled urls` prints under Account, \
             Webhooks (needs Plex Pass) and can reach it, and restart Plex Media Server, which may \
             need that after one was added"
        }
        Source::Jellyfin => {
            "see whether the Webhook plugin has a destination with the address that `scrobbled urls` \
             prints, with Playback Start ticked, and can reach it"
        }
        Source::Emby => {
            "see whether Emby has the address that `scrobbled urls` prints under Settings, \
             Notifications (needs Emby Premiere) and can reach it"
        }
    };
    let or = if server.hear {
        "; plays count all the same, since it is listened to, but ratings and marks do not"
            .to_owned()
    } else {
        format!("; or set `{section}.hear` to true, which needs no webhooks")
    };
    let at = LocalTime(watched.unwrap_or(*at));
    Some(format!("{title} played {item} at {at} and posted nothing ({last}): {mend}{or}"))
}

/// That a server has said the id of one before it: the events are that one's.
fn twin(server: &MediaServer, settings: &Settings) -> Option<String> {
    let first = settings.server(server.kind, &server.id).filter(|_| !server.id.is_empty())?;
    let (one, other) = (server.title(), first.title());
    (one != other).then(|| {
        format!(
            "{one} is the same server as {other}, by its id {:?}, so all of it counts as {other}'s: write \
             one block for both, with the users and libraries of both",
            server.id
        )
    })
}

/// Why a server is not heard that is listened to, and why its history can't be read: in one sentence
/// where that is the same.
fn unasked(desk: &Desk, server: &MediaServer) -> Vec<String> {
    let title = server.title();
    let deaf = desk.ears.hearings().of(server).and_then(|hearing| hearing.trouble);
    let unread = desk.caught_up.trouble(server);
    let deaf_to = |why: &str| format!("{title} can't be listened to: {why}");
    let unread_of = |why: &str| format!("the history of {title} can't be read: {why}");
    match (deaf, unread) {
        (Some(deaf), Some(unread)) if deaf == unread => {
            vec![format!("{title} can't be listened to, and its history can't be read: {deaf}")]
        }
        (deaf, unread) => {
            let deaf = deaf.as_deref().map(deaf_to);
            deaf.into_iter().chain(unread.as_deref().map(unread_of)).collect()
        }
    }
}

/// Why servers of this kind may not be heard: they share an address.
fn of_kind(desk: &Desk, kind: Source, settings: &Settings, now: Time) -> Vec<String> {
    let since = now.before(TOLD);
    let mut sentences = desk.refused.sentences(kind, since);
    let heard = desk.activity.heard();
    if let Some(nobodys) = heard.of_nobody(kind, settings).filter(|one| one.at >= since) {
        let why = filter::nobodys(kind, &nobodys.server, settings);
        sentences.push(format!(
            "webhooks of {kind} came that are ignored, the last at {}: {why}",
            LocalTime(nobodys.at)
        ));
    }
    sentences
}

/// When each kind of media server was last heard: since the start, or as what is stored shows.
pub(super) fn sources(desk: &Desk) -> Vec<SourceShown> {
    let (counts, heard) = (desk.activity.counts(), desk.activity.heard());
    let one = |source: Source| {
        let sessions = desk.state.viewings().flat_map(|(_, viewing)| &viewing.sessions);
        let stored = sessions.filter(|session| session.seat.source() == source);
        let stored = stored.map(|session| session.pulse.sign).max();
        let heard = stored.max(counts.heard.get(&source).copied()).max(heard.of_kind(source));
        let (name, heard) = (source.to_string(), heard.map(|at| at.to_string()));
        SourceShown { source: source.word().to_owned(), name, heard }
    };
    Source::ALL.into_iter().map(one).collect()
}
