//! Which of new settings count at once, and which after a restart?
//!
//! What each key says of itself (`keys.rs`) decides. The lists of the accounts change at once
//! where the accounts are the same ones; each account has a thread and a login, so that one that
//! comes or goes needs a restart. Then none of the lists changes before: who moves from one account
//! to another must not be in neither meanwhile. The same holds for the media servers of a kind: each
//! that can be asked has a thread, and one that comes takes events that were another's. Receivers have a
//! thread each and change only with a restart.

use super::keys::{self, Key};
use super::listing::dotted;
use super::media_server::MediaServer;
use super::server_keys;
use super::settings::{Account, Settings};
use crate::event::Source;

/// What became of new settings; the names are those of keys, as `section.key`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedChanges {
    /// What is different from now on.
    pub changed: Vec<String>,
    /// What will be different after a restart.
    pub restart: Vec<String>,
}

/// Lets in `now` count what of `wanted` can.
pub(super) fn take_over(wanted: &Settings, now: &mut Settings) -> AppliedChanges {
    let mut taken = AppliedChanges::default();
    taken.section("", keys::TOP, wanted, now);
    taken.section("trakt", keys::TRAKT, &wanted.trakt, &mut now.trakt);
    taken.section("simkl", keys::SIMKL, &wanted.simkl, &mut now.simkl);
    taken.section("mdblist", keys::MDBLIST, &wanted.mdblist, &mut now.mdblist);
    taken.section("scrobble", keys::SCROBBLE, &wanted.scrobble, &mut now.scrobble);
    for kind in Source::ALL {
        if !wanted.servers(kind).map(MediaServer::name).eq(now.servers(kind).map(MediaServer::name))
        {
            taken.restart.push(kind.word().to_owned());
            continue;
        }
        for (wanted, now) in wanted.servers(kind).zip(now.servers_mut(kind)) {
            now.name.clone_from(&wanted.name); // one says what goes without saying in the other
            taken.section(&now.section(), server_keys::of_server(kind), wanted, now);
            if wanted.ca_file == now.ca_file && wanted.trust != now.trust {
                taken.restart.push(dotted(&now.section(), "ca_file"));
            }
        }
    }
    if are_the_same(&wanted.accounts, &now.accounts) {
        for (wanted, now) in wanted.accounts.iter().zip(&mut now.accounts) {
            taken.section(&format!("account {}", now.name.clone()), keys::ACCOUNT, wanted, now);
        }
        now.accounts_configured = wanted.accounts_configured;
    } else {
        taken.restart.push("account".to_owned());
    }
    if wanted.receivers != now.receivers {
        taken.restart.push("receiver".to_owned());
    }
    taken.section("notify", keys::NOTIFY, &wanted.notify, &mut now.notify);
    taken
}

fn are_the_same(wanted: &[Account], now: &[Account]) -> bool {
    wanted.iter().map(|account| &account.name).eq(now.iter().map(|account| &account.name))
}

impl AppliedChanges {
    fn section<'k, T: Clone + PartialEq + 'static>(
        &mut self,
        section: &str,
        keys: impl IntoIterator<Item = &'k Key<T>>,
        wanted: &T,
        now: &mut T,
    ) {
        let mut wanted = wanted.clone(); // the accessors of the keys want to write
        for key in keys {
            let mut next = now.clone();
            key.kind.copy(&mut wanted, &mut next);
            if next == *now {
                continue;
            }
            let name = dotted(section, key.name);
            if key.restart {
                self.restart.push(name);
            } else {
                self.changed.push(name);
                *now = next;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Surroundings, read};
    use super::*;
    use std::collections::BTreeMap;
    use std::io;

    fn settings(text: &str) -> Settings {
        let nothing = |_: &_| Err(io::Error::from(io::ErrorKind::NotFound));
        let around =
            Surroundings { variables: BTreeMap::new(), read: &nothing, now: crate::event::Time(0) };
        read(text, None, &around).expect("a good config").settings
    }

    #[test]
    fn what_can_counts_at_once_and_the_rest_is_named() {
        let two =
            "[[account]]\nname = 'mara'\nplex = 'mara'\n[[account]]\nname = 'jo'\nplex = 'jo'";
        let servers = "[[plex]]\nname = 'a'\nid = 'one'\n[[plex]]\nname = 'b'\n";
        let cases = [
            ("", "", "", ""),
            ("", "[scrobble]\nmarks = false", "scrobble.marks", ""),
            (
                "[scrobble]\nwatched_at_movies = 80",
                "[scrobble]\nwatched_at = 85\nwatched_at_movies = 80",
                "scrobble.watched_at scrobble.watched_at_episodes",
                "",
            ),
            (
                "log = 'warn'\nlisten = '0.0.0.0:1'\nplex.users = 'a'",
                "log = 'debug'\nlisten = '0.0.0.0:2'\nplex.users = ['b']\nemby.api_key = 'x'",
                "log plex.users",
                "listen emby.api_key",
            ),
            (
                "",
                "[notify]\nurl = 'https://ntfy.sh/x'\n[jellyfin]\nwebhook_secret = 'x'",
                "jellyfin.webhook_secret",
                "notify.url",
            ),
            ("", "[trakt]\nclient_secret = 'new'", "", "trakt.client_secret"),
            (two, &two.replace("'mara'\n[[", "['mara', 'kid']\n[["), "account mara.plex", ""),
            (two, &format!("{two}\ndry_run = true"), "", "account jo.dry_run"),
            (two, &two.replace("'jo'", "'bo'"), "", "account"),
            (two, "", "", "account"),
            ("[plex]\nname = 'a'", "[[plex]]\nname = 'a'\nusers = 'x'", "plex a.users", ""),
            ("", "[plex]\nname = 'plex'\nusers = 'x'", "plex.users", ""),
            ("", "[plex]\nname = 'a'\nusers = 'x'\n[emby]\nusers = 'y'", "emby.users", "plex"),
            (servers, &servers.replace("'one'", "'two'"), "plex a.id", ""),
            (
                servers,
                &format!("{servers}url = 'http://b'\nusers = 'y'"),
                "plex b.users",
                "plex b.url",
            ),
            (servers, &format!("{servers}users = 'y'\n[[plex]]\nname = 'c'\nid = 'x'"), "", "plex"),
            ("", servers, "", "plex"),
            (servers, "", "", "plex"),
            ("", "[[account]]\nplex = '*'", "account default.jellyfin account default.emby", ""),
        ];
        for (before, after, changed, restart) in cases {
            let (mut now, wanted) = (settings(before), settings(after));
            let taken = take_over(&wanted, &mut now);
            let got = (taken.changed.join(" "), taken.restart.join(" "));
            assert_eq!(got, (changed.to_owned(), restart.to_owned()), "{before:?} → {after:?}");
            if restart.is_empty() {
                assert_eq!(now, wanted, "{after:?}");
            }
            // What is taken is not taken twice, and what waits still waits.
            let again = take_over(&wanted, &mut now);
            assert_eq!((again.changed, again.restart), (Vec::new(), taken.restart), "{after:?}");
        }
    }
}
