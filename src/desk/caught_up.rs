//! Up to when was each media server's history read, and since when is there anybody to read it?
//!
//! Kept by the server's own id, as [`heard`](super::heard) is. It goes to the disk when a run has come
//! to its end and all that it has found is there. Beside it stands which server answers at which address,
//! as it has said itself.

use crate::config::{MediaServer, ServerId, Settings};
use crate::event::{Source, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many servers are kept; the one that was read longest ago goes first.
const MOST: usize = 64;

/// What is known of the runs before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EarlierRuns {
    /// When the daemon first started in this folder.
    pub first_start: Time,
    /// When the server's last run began that came to its end.
    pub last_run: Option<Time>,
}

/// When a server's history was last read; of no server: when the daemon first started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HistoryRead {
    /// Its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Its own id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// When.
    pub at: Time,
}

/// What is kept, each in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Kept {
    /// Which server answers at an address.
    Id(ServerId),
    /// When a history was read.
    Read(HistoryRead),
}

/// When each was.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaughtUp {
    all: Vec<HistoryRead>,
    ids: Vec<ServerId>,
    /// Why the last run has come to nothing, by kind and name in the config.
    troubles: BTreeMap<(Source, String), String>,
}

impl CaughtUp {
    /// As an earlier start has left it.
    pub(crate) fn restore(stored: Vec<Kept>) -> Self {
        let mut restored = Self::default();
        for one in stored {
            match one {
                Kept::Id(id) => restored.ids.push(id),
                Kept::Read(read) => restored.all.push(read),
            }
        }
        restored
    }

    /// Which server answers at which address.
    pub(crate) fn ids(&self) -> &[ServerId] {
        &self.ids
    }

    /// Takes in what a server has said of itself; whether that is news.
    pub(super) fn learn(&mut self, id: ServerId) -> bool {
        if self.ids.contains(&id) {
            return false;
        }
        self.ids.retain(|one| (one.source, &one.url) != (id.source, &id.url));
        self.ids.push(id);
        let over = self.ids.len().saturating_sub(MOST);
        self.ids.drain(..over);
        true
    }

    /// All that is to be on the disk, where the runs are these.
    pub(super) fn rows(&self, runs: &[HistoryRead]) -> Vec<Kept> {
        let ids = self.ids.iter().cloned().map(Kept::Id);
        ids.chain(runs.iter().cloned().map(Kept::Read)).collect()
    }

    /// The runs.
    pub(super) fn runs(&self) -> &[HistoryRead] {
        &self.all
    }

    /// All of it, for the disk, if a run of this server began then.
    pub(super) fn with(&self, source: Option<Source>, server: &str, at: Time) -> Vec<HistoryRead> {
        let is_it = |one: &HistoryRead| one.source == source && one.server == server;
        let others = self.all.iter().filter(|one| !is_it(one)).cloned();
        let mut all: Vec<_> = others.collect();
        all.sort_by_key(|one| (one.source.is_some(), std::cmp::Reverse(one.at)));
        all.truncate(MOST);
        all.push(HistoryRead { source, server: server.to_owned(), at });
        all
    }

    /// This is on the disk.
    pub(super) fn written(&mut self, all: Vec<HistoryRead>) {
        self.all = all;
    }

    /// When the daemon first started, as far as anybody has noted it.
    pub(super) fn first_start(&self) -> Option<Time> {
        self.all.iter().find(|one| one.source.is_none()).map(|one| one.at)
    }

    /// When the server with this id was last read.
    pub(super) fn of_id(&self, source: Source, server: &str) -> Option<Time> {
        let is_it = |one: &&HistoryRead| one.source == Some(source) && one.server == server;
        self.all.iter().find(is_it).map(|one| one.at)
    }

    /// When the server that is set so was last read.
    pub(super) fn of(&self, server: &MediaServer, settings: &Settings) -> Option<Time> {
        let is_its = |one: &&HistoryRead| {
            let of_config = one.source.and_then(|source| settings.server(source, &one.server));
            of_config.is_some_and(|it| (it.kind, it.name()) == (server.kind, server.name()))
        };
        self.all.iter().filter(is_its).map(|one| one.at).max()
    }

    /// Why its last run has come to nothing, or that it has not.
    pub(super) fn note(&mut self, source: Source, name: &str, trouble: Option<String>) {
        let key = (source, name.to_owned());
        match trouble {
            Some(trouble) => drop(self.troubles.insert(key, trouble)),
            None => drop(self.troubles.remove(&key)),
        }
    }

    /// Why a server's history could not be read, if it could not.
    pub(super) fn trouble(&self, server: &MediaServer) -> Option<String> {
        self.troubles.get(&(server.kind, server.name().to_owned())).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Source::{Jellyfin, Plex};

    #[test]
    fn each_server_is_kept_by_its_id_and_the_first_start_never_goes() {
        let mut kept = CaughtUp::default();
        kept.written(kept.with(None, "", Time(5)));
        for at in 0..100 {
            kept.written(kept.with(Some(Plex), &format!("p{at}"), Time(10 + at)));
        }
        kept.written(kept.with(Some(Plex), "p99", Time(500)));
        kept.written(kept.with(Some(Jellyfin), "p99", Time(600)));
        let kept = CaughtUp::restore(kept.rows(&kept.all));
        assert_eq!((kept.first_start(), kept.all.len()), (Some(Time(5)), MOST + 1));
        assert_eq!(kept.of_id(Plex, "p99"), Some(Time(500)));
        assert_eq!(kept.of_id(Jellyfin, "p99"), Some(Time(600)));
        assert_eq!((kept.of_id(Plex, "p0"), kept.of_id(Plex, "p90")), (None, Some(Time(100))));
        let plex = MediaServer::new(Plex);
        let settings = Settings { media_servers: vec![plex.clone()], ..Settings::default() };
        assert_eq!(kept.of(&plex, &settings), Some(Time(500)));
    }

    #[test]
    fn an_address_has_the_id_that_was_said_there_last() {
        let id = |url: &str, id: &str| ServerId { source: Plex, url: url.into(), id: id.into() };
        let mut kept = CaughtUp::default();
        kept.written(kept.with(Some(Plex), "s1", Time(5)));
        assert!(kept.learn(id("http://a", "s1")) && !kept.learn(id("http://a", "s1")));
        assert!(kept.learn(id("http://b", "s1")) && kept.learn(id("http://a", "s2")));
        let rows = kept.rows(kept.runs());
        let text = serde_json::to_string(&rows).expect("plain data");
        let again = CaughtUp::restore(serde_json::from_str(&text).expect("what was written"));
        assert_eq!(again.ids(), [id("http://b", "s1"), id("http://a", "s2")]);
        assert_eq!(again.of_id(Plex, "s1"), Some(Time(5)));
        assert!((0..100).all(|n| kept.learn(id(&format!("http://{n}"), "x"))));
        assert_eq!(kept.ids().len(), MOST);
    }

    #[test]
    fn what_is_in_the_way_is_told_until_it_is_not() {
        let (mut kept, plex) = (CaughtUp::default(), MediaServer::new(Plex));
        kept.note(Plex, "plex", Some("nobody answers".into()));
        assert_eq!(kept.trouble(&plex).as_deref(), Some("nobody answers"));
        kept.note(Plex, "plex", None);
        assert_eq!(kept.trouble(&plex), None);
    }
}
