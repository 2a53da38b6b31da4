//! When was each media server last heard?
//!
//! Kept by the server's own id, not by its name in the config: one that is renamed there, or becomes
//! one of several, has not fallen silent. What is filtered out counts as well.
//!
//! It goes to the disk when a server is heard for the first time, then once an hour at most and at the
//! end, without waiting for the disk: a webhook costs no write of its own, and a film a kilobyte. A
//! crash of this process loses an hour of it, a power cut also what the system had not written out yet.

use crate::config::{MediaServer, Settings};
use crate::event::{Ear, Source, Time, same_id};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How many servers of a kind are kept for each way to hear them; the one that was silent for longest goes first. Anyone who has
/// the address can make up ids.
const MOST: usize = 16;
/// The longest id that is kept, in bytes; theirs are 32 to 40. A longer one counts as none.
const ID_MOST: usize = 128;
/// How far what is on the disk may lie behind.
pub(super) const BEHIND: Duration = Duration::from_secs(60 * 60);

/// When a media server was last heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ServerHeard {
    /// Its kind.
    pub source: Source,
    /// Its own id; empty where it did not say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// How.
    #[serde(default, skip_serializing_if = "Ear::is_webhook")]
    pub ear: Ear,
    /// When.
    pub at: Time,
    /// What was known to play then or before, of which no webhook came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
}

/// Something that played, and of which no webhook came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missed {
    /// What.
    pub item: String,
    /// When that was found out.
    pub at: Time,
    /// When it counted as watched, where only the history has told of it; else it played then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched: Option<Time>,
}

/// When each was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    servers: Vec<ServerHeard>,
    /// What of it is on the disk.
    written: Vec<ServerHeard>,
}

impl Heard {
    /// As an earlier start has left it.
    pub(super) fn restore(stored: Vec<ServerHeard>) -> Self {
        Self { written: stored.clone(), servers: stored }
    }

    /// A server is heard to play something of which no webhook came.
    pub(super) fn miss(&mut self, source: Source, server: &str, ear: Ear, missed: Missed) {
        self.hear(source, server, ear, missed.at);
        let server = if server.len() > ID_MOST { "" } else { server };
        let is_it =
            |one: &&mut ServerHeard| (one.source, one.ear) == (source, ear) && one.server == server;
        if let Some(one) = self.servers.iter_mut().find(is_it) {
            one.missed = Some(missed);
        }
    }

    /// The last that was missed of a server that is set so, if no webhook has come since.
    pub(super) fn missed(&self, server: &MediaServer, settings: &Settings) -> Option<&Missed> {
        let webhook = self.by(Ear::Webhook, server, settings);
        let all = self.those_of(server, settings).filter_map(|one| one.missed.as_ref());
        all.max_by_key(|one| one.at).filter(|one| webhook.is_none_or(|webhook| webhook < one.at))
    }

    /// A server says something; whether the disk is too far behind now.
    pub(super) fn hear(&mut self, source: Source, server: &str, ear: Ear, at: Time) -> bool {
        let server = if server.len() > ID_MOST { "" } else { server };
        let is_it =
            |one: &&mut ServerHeard| (one.source, one.ear) == (source, ear) && one.server == server;
        if let Some(one) = self.servers.iter_mut().find(is_it) {
            one.at = at;
        } else {
            let is_of_kind = |one: &ServerHeard| (one.source, one.ear) == (source, ear);
            let of_kind = || self.servers.iter().enumerate().filter(|(_, one)| is_of_kind(one));
            let oldest = of_kind().min_by_key(|(_, one)| one.at).map(|(place, _)| place);
            if let Some(place) = oldest.filter(|_| of_kind().count() >= MOST) {
                self.servers.remove(place);
            }
            let server = server.to_owned();
            self.servers.push(ServerHeard { source, server, ear, at, missed: None });
        }
        self.unwritten(BEHIND).is_some()
    }

    /// All of it, if the disk has something that is behind by so much.
    pub(super) fn unwritten(&self, behind: Duration) -> Option<Vec<ServerHeard>> {
        let is_behind = |one: &ServerHeard| {
            let is_it = |old: &&ServerHeard| {
                (old.source, old.ear, &old.server) == (one.source, one.ear, &one.server)
            };
            self.written.iter().find(is_it).is_none_or(|old| {
                old.missed != one.missed
                    || old.at != one.at && one.at.since(old.at).max(old.at.since(one.at)) >= behind
            })
        };
        self.servers.iter().any(is_behind).then(|| self.servers.clone())
    }

    /// This is on the disk.
    pub(super) fn written(&mut self, servers: Vec<ServerHeard>) {
        self.written = servers;
    }

    /// The clock was set: moves what was heard between `since` and `until`.
    pub(super) fn clock_moved(&mut self, by_ms: i64, since: Time, until: Time) {
        for one in &mut self.servers {
            let missed = one.missed.as_mut();
            let of_missed = missed.map(|it| [Some(&mut it.at), it.watched.as_mut()]);
            for at in std::iter::once(&mut one.at).chain(of_missed.into_iter().flatten().flatten())
            {
                if (since..=until).contains(at) {
                    *at = at.moved(by_ms);
                }
            }
        }
    }

    /// When the server that is set so was last heard, by webhook or stream: what it had to be asked for was
    /// not heard.
    pub(super) fn of(&self, server: &MediaServer, settings: &Settings) -> Option<Time> {
        let heard = self.those_of(server, settings).filter(|one| one.ear != Ear::History);
        heard.map(|one| one.at).max()
    }

    /// When it was last heard so.
    pub(super) fn by(&self, ear: Ear, server: &MediaServer, settings: &Settings) -> Option<Time> {
        let its = self.those_of(server, settings).filter(|one| one.ear == ear);
        its.map(|one| one.at).max()
    }

    fn those_of(
        &self,
        server: &MediaServer,
        settings: &Settings,
    ) -> impl Iterator<Item = &ServerHeard> {
        self.servers.iter().filter(move |one| {
            let of_config = settings.server(one.source, &one.server);
            of_config.is_some_and(|it| (it.kind, it.name()) == (server.kind, server.name()))
        })
    }

    /// The server that was last heard of several of this kind and is none of those that are set.
    pub(super) fn of_nobody(&self, kind: Source, settings: &Settings) -> Option<&ServerHeard> {
        let is_nobodys = |one: &&ServerHeard| {
            (one.source, one.ear) == (kind, Ear::Webhook)
                && settings.server(one.source, &one.server).is_none()
        };
        self.servers.iter().filter(is_nobodys).max_by_key(|one| one.at)
    }

    /// When a webhook last came that may be of the server of this kind and id: one that is known to be of
    /// another says nothing of it.
    pub(super) fn last_webhook_of(
        &self,
        kind: Source,
        id: &str,
        settings: &Settings,
    ) -> Option<Time> {
        let is_anothers = |one: &&ServerHeard| {
            let mut others = settings.servers(kind).filter(|it| !same_id(id, &it.id));
            others.any(|it| same_id(&one.server, &it.id))
        };
        let posts = self.servers.iter().filter(|one| (one.source, one.ear) == (kind, Ear::Webhook));
        posts.filter(|one| !is_anothers(one)).map(|one| one.at).max()
    }

    /// When a server of this kind was last heard.
    pub(super) fn of_kind(&self, kind: Source) -> Option<Time> {
        let heard = |one: &&ServerHeard| one.source == kind && one.ear != Ear::History;
        self.servers.iter().filter(heard).map(|one| one.at).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Source::{Emby, Jellyfin, Plex};

    fn server(kind: Source, name: &str, id: &str) -> MediaServer {
        MediaServer { name: name.into(), id: id.into(), ..MediaServer::new(kind) }
    }

    fn told(heard: &Heard, settings: &Settings) -> Vec<(String, Option<u64>)> {
        let servers = settings.media_servers.iter();
        servers.map(|it| (it.title(), heard.of(it, settings).map(|at| at.0))).collect()
    }

    #[test]
    fn each_server_is_told_from_the_others_as_the_config_has_them_today() {
        let mut heard = Heard::default();
        for (source, id, at) in [(Plex, "a-1", 5), (Plex, "b", 7), (Plex, "", 6), (Emby, "e", 8)] {
            heard.hear(source, id, Ear::Webhook, Time(at));
        }
        let one = Settings::default();
        let expected = [("Plex", Some(7)), ("Jellyfin", None), ("Emby", Some(8))];
        assert_eq!(told(&heard, &one), expected.map(|(name, at)| (name.to_owned(), at)));
        assert_eq!(heard.of_nobody(Plex, &one), None);
        let several = |servers: &[(&str, &str)]| {
            let plex = servers.iter().map(|(name, id)| server(Plex, name, id));
            Settings { media_servers: plex.collect(), ..Settings::default() }
        };
        let named = several(&[("home", "A1"), ("attic", "c")]);
        let expected = [("Plex home", Some(5)), ("Plex attic", None)];
        assert_eq!(told(&heard, &named), expected.map(|(name, at)| (name.to_owned(), at)));
        let stranger = heard.of_nobody(Plex, &named).expect("one that nobody knows");
        assert_eq!((stranger.server.as_str(), stranger.at), ("b", Time(7)));
        let rest = several(&[("home", "A1"), ("rest", "")]);
        let expected = [("Plex home", Some(5)), ("Plex rest", Some(7))];
        assert_eq!(told(&heard, &rest), expected.map(|(name, at)| (name.to_owned(), at)));
    }

    #[test]
    fn the_disk_is_written_to_once_an_hour_at_most_and_never_too_far_behind() {
        let mut heard = Heard::default();
        let minute = 60_000;
        let mut written = Vec::new();
        for at in 0..140 {
            if heard.hear(Plex, "a", Ear::Webhook, Time(at * minute)) {
                written.push(at);
                heard.written(heard.unwritten(BEHIND).expect("it is behind"));
            }
        }
        assert_eq!(written, [0, 60, 120]);
        assert!(
            heard.hear(Jellyfin, "j", Ear::Webhook, Time(140 * minute)),
            "one that is not there at all"
        );
        heard.written(heard.unwritten(BEHIND).expect("it is behind"));
        assert_eq!(heard.unwritten(Duration::ZERO), None);
        assert!(!heard.hear(Plex, "a", Ear::Webhook, Time(141 * minute)));
        assert!(heard.unwritten(Duration::ZERO).is_some(), "at the end all of it");
        assert!(heard.hear(Plex, "a", Ear::Webhook, Time(minute)), "the clock was set back");
        let again = Heard::restore(heard.unwritten(Duration::ZERO).expect("it is behind"));
        assert_eq!(
            (again.of_kind(Plex), again.unwritten(Duration::ZERO)),
            (Some(Time(minute)), None)
        );
    }

    #[test]
    fn what_was_missed_is_told_until_a_webhook_comes() {
        let settings = Settings::default();
        let jellyfin = settings.servers(Jellyfin).next().expect("there is one");
        let plex = settings.servers(Plex).next().expect("there is one");
        let mut heard = Heard::default();
        let missed = |item: &str, at| Missed { item: item.to_owned(), at: Time(at), watched: None };
        heard.hear(Jellyfin, "j", Ear::Webhook, Time(10));
        heard.miss(Jellyfin, "j", Ear::Stream, missed("A", 20));
        assert!(heard.unwritten(BEHIND).is_some(), "it is worth writing at once");
        heard.written(heard.unwritten(BEHIND).expect("it is behind"));
        heard.miss(Jellyfin, "j", Ear::Stream, missed("B", 30));
        assert_eq!(heard.missed(jellyfin, &settings), Some(&missed("B", 30)));
        assert_eq!(heard.missed(plex, &settings), None);
        let again = Heard::restore(heard.unwritten(BEHIND).expect("it is behind"));
        assert_eq!(again.missed(jellyfin, &settings), Some(&missed("B", 30)));
        heard.hear(Jellyfin, "", Ear::Webhook, Time(31));
        assert_eq!(heard.missed(jellyfin, &settings), None, "one without an id is its");
        heard.miss(Jellyfin, "j", Ear::History, missed("C", 32));
        assert_eq!(heard.missed(jellyfin, &settings), Some(&missed("C", 32)));
    }

    #[test]
    fn ids_without_end_are_forgotten_again() {
        let mut heard = Heard::default();
        heard.hear(Emby, "e", Ear::Webhook, Time(0));
        for at in 1..1_000 {
            heard.hear(Plex, &format!("{at}"), Ear::Webhook, Time(at));
            let long = "x".repeat(10_000 + usize::try_from(at).expect("small"));
            heard.hear(Plex, &long, Ear::Webhook, Time(at));
        }
        assert_eq!(heard.servers.len(), MOST + 1);
        assert_eq!((heard.of_kind(Plex), heard.of_kind(Emby)), (Some(Time(999)), Some(Time(0))));
        assert!(heard.servers.iter().all(|one| one.server.len() <= ID_MOST));
    }

    #[test]
    fn a_clock_that_is_set_moves_what_was_heard_since_the_start() {
        let mut heard = Heard::default();
        for (source, at) in [(Plex, 5), (Jellyfin, 20), (Emby, 30)] {
            heard.hear(source, "", Ear::Webhook, Time(at));
        }
        heard.clock_moved(1_000, Time(10), Time(25));
        let all = Source::ALL.map(|kind| heard.of_kind(kind).expect("heard").0);
        assert_eq!(all, [5, 1_020, 30]);
    }
}
