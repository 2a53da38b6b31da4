//! The settings as the rest of the program reads them.
//!
//! Each room is given the part that it reads. The defaults stand in the `Default` impls here and
//! nowhere else.

use super::media_server::MediaServer;
use super::receiver::Receiver;
use crate::event::{Percent, Source};
use crate::secret::Secret;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where to accept connections.
    pub listen: SocketAddr,
    /// Where the data is kept; absolute, or relative to the working directory.
    pub data_dir: PathBuf,
    /// How media servers reach the daemon when it is behind a proxy; no slash at its end. Empty:
    /// not behind one.
    pub public_url: String,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How much is logged.
    pub log: log::LevelFilter,
    /// How Trakt is reached.
    pub trakt: Trakt,
    /// How Simkl is reached.
    pub simkl: Simkl,
    /// How MDBList is reached.
    pub mdblist: MdbList,
    /// The playback rules' numbers.
    pub scrobble: Scrobble,
    /// What is wanted of each media server, kind by kind; of each kind there is one at least.
    pub media_servers: Vec<MediaServer>,
    /// Whose events go to which Trakt account. Never empty: without any `[[account]]` there is
    /// [`Account::for_everyone`].
    pub accounts: Vec<Account>,
    /// Whether `accounts` was written by the user.
    pub accounts_configured: bool,
    /// The programs of the user's that are told of plays.
    pub receivers: Vec<Receiver>,
    /// Where trouble is told.
    pub notify: Notify,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8787),
            data_dir: PathBuf::from("./scrobbled-data"),
            public_url: String::new(),
            trusted_proxies: Vec::new(),
            log: log::LevelFilter::Info,
            trakt: Trakt::default(),
            simkl: Simkl::default(),
            mdblist: MdbList::default(),
            scrobble: Scrobble::default(),
            media_servers: Source::ALL.map(MediaServer::new).to_vec(),
            accounts: vec![Account::for_everyone()],
            accounts_configured: false,
            receivers: Vec::new(),
            notify: Notify::default(),
        }
    }
}

impl Settings {
    /// The media servers of a kind.
    pub fn servers(&self, kind: Source) -> impl Iterator<Item = &MediaServer> {
        self.media_servers.iter().filter(move |server| server.kind == kind)
    }

    /// The same, to change them.
    pub fn servers_mut(&mut self, kind: Source) -> impl Iterator<Item = &mut MediaServer> {
        self.media_servers.iter_mut().filter(move |server| server.kind == kind)
    }

    /// The receivers that are told of the plays of `account`. One that has any needs no tracker.
    pub fn receivers_of(&self, account: &str) -> impl Iterator<Item = &Receiver> {
        self.receivers.iter().filter(move |receiver| receiver.takes(account))
    }

    /// Whose settings count for what the server with this `id` says: those of the only one of its
    /// kind, else of the one that has this id, else of the one that takes the rest.
    #[must_use]
    pub fn server(&self, kind: Source, id: &str) -> Option<&MediaServer> {
        let mut servers = self.servers(kind);
        if let (Some(only), None) = (servers.next(), servers.next()) {
            return Some(only);
        }
        let its = self.servers(kind).find(|server| server.has_id(id));
        its.or_else(|| self.servers(kind).find(|server| server.takes_the_rest()))
    }
}

/// An address or a network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    pub address: IpAddr,
    /// How many leading bits count.
    pub bits: u8,
}

impl Network {
    /// Reads `192.168.1.5`, `10.0.0.0/8`, `::1` or `fd00::/8`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether `address` is in it. An IPv4 address in IPv6 clothes (`::ffff:1.2.3.4`) counts as
    /// what it is.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = own.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = own.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = if self.address.is_ipv4() { 32 } else { 128 };
        if self.bits == most {
            write!(f, "{}", self.address)
        } else {
            write!(f, "{}/{}", self.address, self.bits)
        }
    }
}

/// `[trakt]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Trakt {
    /// The API app's public half. Empty where neither the user nor the packager gave one.
    pub client_id: String,
    /// The API app's secret half.
    pub client_secret: Secret,
    /// The file that it was read from; empty: none.
    pub client_secret_file: PathBuf,
    /// Where the API is; no slash at its end.
    pub api_url: String,
    /// Where OAuth is; no slash at its end.
    pub auth_url: String,
    /// Least time between two changing calls of one account.
    pub post_interval: Duration,
    /// Whether a movie leaves the watchlist once watched.
    pub remove_from_watchlist: bool,
}

impl Default for Trakt {
    fn default() -> Self {
        Self {
            client_id: option_env!("SCROBBLED_BUILD_TRAKT_CLIENT_ID").unwrap_or("").to_owned(),
            client_secret: Secret::new(
                option_env!("SCROBBLED_BUILD_TRAKT_CLIENT_SECRET").unwrap_or(""),
            ),
            client_secret_file: PathBuf::new(),
            api_url: "https://api.trakt.tv".to_owned(),
            auth_url: "https://auth.trakt.tv".to_owned(),
            post_interval: Duration::from_millis(1000),
            remove_from_watchlist: false,
        }
    }
}

/// `[simkl]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Simkl {
    /// The app's id; it has no secret. Empty where neither the user nor the packager gave one.
    pub client_id: String,
    /// Where API and logins are; no slash at its end.
    pub api_url: String,
    /// Least time between two changing calls of one account.
    pub post_interval: Duration,
    /// Whether ratings are sent.
    pub ratings: bool,
}

impl Default for Simkl {
    fn default() -> Self {
        Self {
            client_id: option_env!("SCROBBLED_BUILD_SIMKL_CLIENT_ID").unwrap_or("").to_owned(),
            api_url: "https://api.simkl.com".to_owned(),
            post_interval: Duration::from_millis(1100),
            ratings: false,
        }
    }
}

/// `[mdblist]`.
#[derive(Clone, Debug, PartialEq)]
pub struct MdbList {
    /// The app's id; it has no secret. Empty where neither the user nor the packager gave one.
    pub client_id: String,
    /// Where API and logins are; no slash at its end.
    pub api_url: String,
    /// Least time between two changing calls of one account.
    pub post_interval: Duration,
    /// Whether a movie leaves the watchlist once watched.
    pub remove_from_watchlist: bool,
}

impl Default for MdbList {
    fn default() -> Self {
        Self {
            client_id: option_env!("SCROBBLED_BUILD_MDBLIST_CLIENT_ID").unwrap_or("").to_owned(),
            api_url: "https://api.mdblist.com".to_owned(),
            post_interval: Duration::from_millis(1100),
            remove_from_watchlist: false,
        }
    }
}

/// `[scrobble]`: the numbers of the playback rules (docs/rules.md).
#[derive(Clone, Debug, PartialEq)]
pub struct Scrobble {
    /// What the two that follow are where the user sets neither.
    pub watched_at: Percent,
    /// A stop of a movie at or past it is a play.
    pub watched_at_movies: Percent,
    /// A stop of an episode at or past it is a play.
    pub watched_at_episodes: Percent,
    /// A pause at or past it is a play too.
    pub force_stop_at: Percent,
    /// A start at or past it is not sent.
    pub suppress_start_at: Percent,
    /// How far progress may fall on a pause or stop before it is taken for a glitch.
    pub regress_tolerance_percent: Percent,
    /// How long a pause waits for a resume.
    pub pause_debounce: Duration,
    /// A start this soon after a stop on the same player waits; zero switches the guard off.
    pub autoplay_guard: Duration,
    /// Until playback has come this far.
    pub autoplay_guard_min_progress: Percent,
    /// Whether "mark as watched" counts.
    pub marks: bool,
    /// Whether "mark as unwatched" removes plays.
    pub unmarks: bool,
}

impl Default for Scrobble {
    fn default() -> Self {
        Self {
            watched_at: Percent::whole(90),
            watched_at_movies: Percent::whole(90),
            watched_at_episodes: Percent::whole(90),
            force_stop_at: Percent::whole(95),
            suppress_start_at: Percent::whole(99),
            regress_tolerance_percent: Percent::whole(5),
            pause_debounce: Duration::from_secs(5),
            autoplay_guard: Duration::ZERO,
            autoplay_guard_min_progress: Percent::ZERO,
            marks: true,
            unmarks: false,
        }
    }
}

/// `[[account]]`: a Trakt account and whose events are its.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Its name here (not at Trakt).
    pub name: String,
    /// Plex users: names, `id:…`, `uuid:…`, `*`.
    pub plex: Vec<String>,
    /// Jellyfin users: names or ids, `*`.
    pub jellyfin: Vec<String>,
    /// Emby users: names or ids, `*`.
    pub emby: Vec<String>,
    /// Decide and show, send nothing.
    pub dry_run: bool,
}

impl Account {
    /// The one account of a configuration without any: called `default`, it takes every event.
    #[must_use]
    pub fn for_everyone() -> Self {
        let everyone = || vec!["*".to_owned()];
        Self {
            name: "default".to_owned(),
            plex: everyone(),
            jellyfin: everyone(),
            emby: everyone(),
            dry_run: false,
        }
    }

    /// Whose events of `source` are its.
    #[must_use]
    pub fn users(&self, source: Source) -> &[String] {
        match source {
            Source::Plex => &self.plex,
            Source::Jellyfin => &self.jellyfin,
            Source::Emby => &self.emby,
        }
    }
}

/// `[notify]`: where trouble is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notify {
    /// The receiver's address; empty: nobody is told.
    pub url: String,
    /// In which form.
    pub format: NotifyFormat,
}

/// The receiver's format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyFormat {
    /// ntfy.
    #[default]
    Ntfy,
    /// Gotify.
    Gotify,
    /// A plain JSON object.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_what_they_say() {
        let contains = |network: &str, address: &str| {
            let network = Network::parse(network).expect("a network");
            network.contains(address.parse().expect("an address"))
        };
        assert!(contains("10.0.0.0/8", "10.9.8.7"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("192.168.1.5", "::ffff:192.168.1.5"));
        assert!(contains("0.0.0.0/0", "8.8.8.8") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("fd00::/8", "fd12::1") && !contains("::1", "::2"));
        for wrong in ["", "10.0.0.0/33", "nas", "1.2.3.4/x"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
