//! What counts of a media server that was connected or has said who it is: the config, or what is kept
//! of it?
//!
//! The config. A connection fills what it leaves open: where the server is, by what it is asked, its id.
//! Where the config has an address or a token of its own, it takes neither; a server that the config does
//! not have stands beside those that it has.

use super::media_server::MediaServer;
use super::settings::Settings;
use crate::event::Source;
use serde::{Deserialize, Serialize};

/// Which server answers at an address, as it has said itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerId {
    /// Its kind.
    pub source: Source,
    /// Its address.
    pub url: String,
    /// Its own id.
    pub id: String,
}

/// The settings of the config where servers that stand there without their ids have them, as far as
/// they have said them.
pub(super) fn with_ids(config: &Settings, ids: &[ServerId]) -> Settings {
    let mut settings = config.clone();
    for server in settings.media_servers.iter_mut().filter(|it| it.waits_for_its_id()) {
        let is_its = |one: &&ServerId| (one.source, &one.url) == (server.kind, &server.url);
        if let Some(known) = ids.iter().find(is_its) {
            server.id.clone_from(&known.id);
        }
    }
    settings
}

/// The settings of the config with the media servers that are connected.
pub(super) fn with_connected(config: &Settings, connected: &[MediaServer]) -> Settings {
    let mut settings = config.clone();
    for one in connected.iter().filter(|one| one.can_be_asked()) {
        let servers = &mut settings.media_servers;
        let place = place_of(one, servers);
        if let Some(server) = place.and_then(|place| servers.get_mut(place)) {
            fill(server, one);
        } else {
            let behind = servers.iter().rposition(|it| it.kind == one.kind);
            servers.insert(behind.map_or(0, |place| place + 1), one.clone());
        }
    }
    settings
}

/// Which of those that are set it is: the one with its id, else the one with its name, if that has no
/// other id.
fn place_of(one: &MediaServer, servers: &[MediaServer]) -> Option<usize> {
    let of_kind = |server: &MediaServer| server.kind == one.kind;
    let by_id = servers.iter().position(|it| of_kind(it) && it.has_id(&one.id));
    let is_named_so = |it: &MediaServer| it.name().eq_ignore_ascii_case(one.name());
    let is_free = |it: &MediaServer| it.id.is_empty() || it.has_id(&one.id);
    let by_name = || servers.iter().position(|it| of_kind(it) && is_named_so(it) && is_free(it));
    by_id.or_else(by_name)
}

fn fill(server: &mut MediaServer, one: &MediaServer) {
    if server.id.is_empty() {
        server.id.clone_from(&one.id);
    }
    // The token goes to nobody but the address that it was got from.
    let is_there = server.url.is_empty() || server.url == one.url;
    if is_there && server.token.is_empty() {
        server.url.clone_from(&one.url);
        server.token.clone_from(&one.token);
        if !server.trust.is_given() {
            server.trust.clone_from(&one.trust);
        }
    }
    server.hear |= one.hear;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use std::slice::from_ref;

    fn server(name: &str, id: &str, url: &str, token: &str) -> MediaServer {
        let (name, id, url) = (name.to_owned(), id.to_owned(), url.to_owned());
        MediaServer { name, id, url, token: Secret::new(token), ..MediaServer::new(Source::Plex) }
    }

    /// The Plex servers of a config with these, once those are connected: name, id, address, token and
    /// whether they are heard.
    fn merged(config: &[MediaServer], connected: &[MediaServer]) -> Vec<String> {
        let mut settings = Settings::default();
        if !config.is_empty() {
            settings.media_servers.retain(|it| it.kind != Source::Plex);
            settings.media_servers.extend_from_slice(config);
        }
        let all = with_connected(&settings, connected);
        let shown = |it: &MediaServer| {
            let (name, token) = (it.name(), it.token.reveal());
            format!("{name} {} {} {token} {}", it.id, it.url, it.hear)
        };
        all.servers(Source::Plex).map(shown).collect()
    }

    #[test]
    fn what_a_server_says_of_itself_is_its_id_at_that_address_unless_the_config_has_one() {
        let id = |url: &str| ServerId { source: Source::Plex, url: url.into(), id: "s1".into() };
        for (server, expected) in [
            (server("attic", "", "http://a", "T"), "s1"),
            (server("attic", "own", "http://a", "T"), "own"),
            (server("attic", "", "http://b", "T"), ""),
            (server("attic", "", "http://a", ""), ""),
            (server("attic", "", "", ""), ""),
            (MediaServer { kind: Source::Emby, ..server("attic", "", "http://a", "T") }, ""),
        ] {
            let settings = Settings { media_servers: vec![server.clone()], ..Settings::default() };
            let known = with_ids(&settings, &[id("http://a"), id("http://c")]);
            assert_eq!(known.media_servers[0].id, expected, "{server:?}");
        }
    }

    #[test]
    fn the_config_wins_and_a_connection_fills_what_it_leaves_open() {
        let plex = server("plex", "a1", "http://a", "T");
        let heard = MediaServer { hear: true, ..plex.clone() };
        let attic = server("attic", "b2", "http://b", "U");
        let nobody = server("", "", "", "");
        let cases: &[(&[MediaServer], &[MediaServer], &[&str])] = &[
            (&[], &[], &["plex    false"]),
            (&[], from_ref(&plex), &["plex a1 http://a T false"]),
            (&[], &[heard], &["plex a1 http://a T true"]),
            (
                &[],
                &[plex.clone(), attic.clone()],
                &["plex a1 http://a T false", "attic b2 http://b U false"],
            ),
            (&[], from_ref(&attic), &["plex    false", "attic b2 http://b U false"]),
            // Of one that is not through nothing counts.
            (&[], &[server("plex", "a1", "", "T")], &["plex    false"]),
            (
                &[server("", "", "http://own", "own")],
                from_ref(&plex),
                &["plex a1 http://own own false"],
            ),
            // Its token is not for the address in the config.
            (&[server("", "", "http://own", "")], from_ref(&plex), &["plex a1 http://own  false"]),
            (&[server("", "", "http://a", "")], from_ref(&plex), &["plex a1 http://a T false"]),
            (
                &[server("home", "A1", "", ""), nobody],
                from_ref(&plex),
                &["home A1 http://a T false", "plex    false"],
            ),
            (
                &[server("plex", "c3", "", "")],
                from_ref(&plex),
                &["plex c3   false", "plex a1 http://a T false"],
            ),
            (&[server("Attic", "", "", "")], from_ref(&attic), &["Attic b2 http://b U false"]),
        ];
        for (config, connected, expected) in cases {
            assert_eq!(merged(config, connected), *expected, "{config:?} {connected:?}");
        }
    }
}
