//! What can be set for one media server?

use crate::event::{Source, same_id};
use crate::http::trust::Trust;
use crate::secret::Secret;
use std::path::PathBuf;

/// `[plex]`, `[jellyfin]` or `[emby]`, or one of several: what is wanted of a media server and how to
/// ask it back. The keys that only Plex has keep their defaults for the others.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaServer {
    /// Which kind of media server it is.
    pub kind: Source,
    /// What it is called here; empty: as its kind. Of a kind no two are called the same.
    pub name: String,
    /// Its own id, as it comes in webhooks; tells it from others of its kind.
    pub id: String,
    /// Whose events count: names, `id:…`, `uuid:…`; empty: everyone's.
    pub users: Vec<String>,
    /// Plex: server UUIDs; empty: all.
    pub servers: Vec<String>,
    /// Plex: server UUIDs that never count.
    pub block_servers: Vec<String>,
    /// Section ids or titles, at Plex also `SERVERUUID/2`; empty: all.
    pub libraries: Vec<String>,
    /// Those that never count.
    pub block_libraries: Vec<String>,
    /// Player names or ids that scrobble by themselves.
    pub block_players: Vec<String>,
    /// Plex: whether ratings are sent.
    pub ratings: bool,
    /// Key of a proxy's signature over the raw body; empty: none is asked for. The same for all of
    /// a kind, since they share an address.
    pub webhook_secret: Secret,
    /// Plex: whether the server is asked for positions that webhooks lack.
    pub probe_session_progress: bool,
    /// Where the media server's own API is; empty: it is never asked.
    pub url: String,
    /// Plex `token`, Jellyfin and Emby `api_key`.
    pub token: Secret,
    /// The file with the certificate by which it is known; empty: none.
    pub ca_file: PathBuf,
    /// Whom TLS trusts there: what was read from it.
    pub trust: Trust,
    /// Whether it is listened to, without webhooks; only where it can be asked.
    pub hear: bool,
    /// Whether plays are looked for in its history that nobody told of; only where it can be asked.
    pub catch_up: bool,
    /// Folders whose files never count.
    pub ignore_paths: Vec<String>,
    /// Editions that never count.
    pub ignore_editions: Vec<String>,
    /// Plex: where plex.tv is, no slash at its end; another only for tests.
    pub plex_tv_url: String,
}

/// The key of the config under which a kind's token stands.
#[must_use]
pub fn token_key(kind: Source) -> &'static str {
    match kind {
        Source::Plex => "token",
        Source::Jellyfin | Source::Emby => "api_key",
    }
}

impl MediaServer {
    /// A media server of which nothing is set.
    #[must_use]
    pub fn new(kind: Source) -> Self {
        Self {
            kind,
            name: String::new(),
            id: String::new(),
            users: Vec::new(),
            servers: Vec::new(),
            block_servers: Vec::new(),
            libraries: Vec::new(),
            block_libraries: Vec::new(),
            block_players: Vec::new(),
            ratings: false,
            webhook_secret: Secret::default(),
            probe_session_progress: true,
            url: String::new(),
            token: Secret::default(),
            ca_file: PathBuf::new(),
            trust: Trust::default(),
            hear: false,
            catch_up: true,
            ignore_paths: Vec::new(),
            ignore_editions: Vec::new(),
            plex_tv_url: "https://plex.tv".to_owned(),
        }
    }

    /// What tells it from the others of its kind.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.name.is_empty() { self.kind.word() } else { &self.name }
    }

    /// Its section of the config in words, before which its keys are named: `plex`, `plex attic`.
    #[must_use]
    pub fn section(&self) -> String {
        self.after(self.kind.word())
    }

    /// What people call it: `Plex`, `Plex attic`.
    #[must_use]
    pub fn title(&self) -> String {
        self.after(&self.kind.to_string())
    }

    fn after(&self, kind: &str) -> String {
        let name = self.name();
        if name == self.kind.word() { kind.to_owned() } else { format!("{kind} {name}") }
    }

    /// Whether the media server's own API can be asked.
    #[must_use]
    pub fn can_be_asked(&self) -> bool {
        !self.url.is_empty() && !self.token.is_empty()
    }

    /// Whether who asks or hears the one could ask or hear the other as well.
    #[must_use]
    pub fn is_reached_as(&self, other: &Self) -> bool {
        let way = |it: &Self| (it.kind, it.name().to_owned(), it.id.clone(), it.hear);
        way(self) == way(other)
            && (&self.url, &self.token, &self.trust) == (&other.url, &other.token, &other.trust)
    }

    /// Whether it can be asked which server it is, and the config does not say it.
    #[must_use]
    pub fn waits_for_its_id(&self) -> bool {
        self.id.is_empty() && self.can_be_asked()
    }

    /// Whether it is the one with this id.
    #[must_use]
    pub fn has_id(&self, id: &str) -> bool {
        same_id(&self.id, id)
    }

    /// Whether events are its that belong to no other of its kind.
    pub(super) fn takes_the_rest(&self) -> bool {
        self.id.is_empty() && self.url.is_empty()
    }
}
