//! What is allowed, but odd?
//!
//! Each finding is one sentence that says what will not go as it was meant, and the mend.

use super::listing::{self, Setting};
use super::media_server::{MediaServer, token_key};
use super::nearest::nearest;
use super::receiver::{Receiver, ReceiverFormat};
use super::settings::{Account, MdbList, Scrobble, Settings, Simkl, Trakt};
use super::{Surroundings, one_line};
use crate::event::{Percent, Source, Time};
use std::fmt;

/// Something that works, but hardly as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The setting in question, as `section.key`.
    pub key: String,
    /// What is odd and what to do, in one sentence.
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

pub(super) fn finding(key: impl Into<String>, sentence: impl Into<String>) -> Finding {
    Finding { key: key.into(), sentence: one_line(&sentence.into()) }
}

/// Everything odd about `settings`.
pub(super) fn findings(settings: &Settings, around: &Surroundings) -> Vec<Finding> {
    let mut found = Vec::new();
    network(settings, &mut found);
    trakt(&settings.trakt, &mut found);
    simkl(&settings.simkl, &mut found);
    mdblist(&settings.mdblist, &mut found);
    scrobble(&settings.scrobble, &mut found);
    for server in &settings.media_servers {
        media_server(server, &mut found);
        id_of_several(server, settings, &mut found);
    }
    for account in &settings.accounts {
        people(account, settings, &mut found);
    }
    for receiver in &settings.receivers {
        told(receiver, &mut found);
    }
    certificates(settings, around.now, &mut found);
    variables(around, &mut found);
    found
}

/// Certificates that do nothing, or not much longer.
fn certificates(settings: &Settings, now: Time, found: &mut Vec<Finding>) {
    let servers = settings.media_servers.iter();
    let servers = servers.map(|it| (it.section(), &it.url, &it.ca_file, &it.trust));
    let receivers = settings.receivers.iter();
    let receivers = receivers.map(|it| (it.section(), &it.url, &it.ca_file, &it.trust));
    for (section, url, file, trust) in servers.chain(receivers) {
        let key = format!("{section}.ca_file");
        if trust.is_given() && url.to_ascii_lowercase().starts_with("http://") {
            let sentence = format!(
                "`{key}` does nothing, since `{section}.url` is not https; write https:// there, with \
                 the port of that"
            );
            found.push(finding(&key, sentence));
        }
        if trust.is_out_of_date(now) {
            let sentence = format!(
                "`{key}`: a certificate in `{}` is out of date, or not valid yet; put the server's \
                 present one there, or set the clock of this machine if that is wrong",
                file.display()
            );
            found.push(finding(&key, sentence));
        }
    }
}

/// A receiver that is told less than was meant.
fn told(receiver: &Receiver, found: &mut Vec<Finding>) {
    let (name, section) = (&receiver.name, receiver.section());
    let is_raw = receiver.format == ReceiverFormat::Raw;
    if is_raw && receiver.types != Receiver::default().types {
        let sentence = format!(
            "receiver `{name}` has `types`, but with format = \"raw\" each webhook is passed on, \
             whatever it says"
        );
        found.push(finding(format!("{section}.types"), sentence));
    }
    if !is_raw && receiver.types.is_empty() {
        let sentence =
            format!("receiver `{name}` has no `types`, so it is told nothing; list some");
        found.push(finding(format!("{section}.types"), sentence));
    }
}

fn network(settings: &Settings, found: &mut Vec<Finding>) {
    let Settings { listen, public_url, trusted_proxies, .. } = settings;
    if listen.ip().is_loopback() && public_url.is_empty() {
        let sentence = format!(
            "`listen` is {listen}, so only programs on this machine can post; for the whole \
             network write listen = \"0.0.0.0:{}\"",
            listen.port()
        );
        found.push(finding("listen", sentence));
    }
    if listen.ip().is_loopback() && !public_url.is_empty() && trusted_proxies.is_empty() {
        let sentence = "`public_url` is set but `trusted_proxies` is not, so everybody counts as \
                        the proxy; write trusted_proxies = \"127.0.0.1\", or where else it runs";
        found.push(finding("trusted_proxies", sentence));
    }
    if is_plain_http(public_url) {
        let sentence = "`public_url` is not https, so the tokens in the webhook URLs travel \
                        readably; let the proxy speak https";
        found.push(finding("public_url", sentence));
    }
}

fn trakt(trakt: &Trakt, found: &mut Vec<Finding>) {
    match (trakt.client_id.is_empty(), trakt.client_secret.is_empty()) {
        (false, true) => found.push(finding(
            "trakt.client_secret",
            "`trakt.client_id` is set but `trakt.client_secret` is not; copy it from the same page",
        )),
        (true, false) => found.push(finding(
            "trakt.client_id",
            "`trakt.client_secret` is set but `trakt.client_id` is not; copy it from the same page",
        )),
        // Without any app, each account says what it needs.
        (true, true) | (false, false) => {}
    }
    for (key, url) in [("trakt.api_url", &trakt.api_url), ("trakt.auth_url", &trakt.auth_url)] {
        if is_plain_http(url) {
            let sentence = format!("`{key}` is not https, so your login travels readably");
            found.push(finding(key, sentence));
        }
    }
    let is_trakt = trakt.api_url == Trakt::default().api_url;
    if is_trakt && trakt.post_interval < Trakt::default().post_interval {
        let sentence = "`trakt.post_interval_ms` is below 1000, but Trakt allows one call a \
                        second and refuses the rest";
        found.push(finding("trakt.post_interval_ms", sentence));
    }
}

fn simkl(simkl: &Simkl, found: &mut Vec<Finding>) {
    if is_plain_http(&simkl.api_url) {
        let sentence = "`simkl.api_url` is not https, so your login travels readably";
        found.push(finding("simkl.api_url", sentence));
    }
    let is_simkl = simkl.api_url == Simkl::default().api_url;
    if is_simkl && simkl.post_interval.as_millis() < 1000 {
        let sentence = "`simkl.post_interval_ms` is below 1000, but Simkl allows one call a second \
                        and blocks who sends more";
        found.push(finding("simkl.post_interval_ms", sentence));
    }
}

fn mdblist(mdblist: &MdbList, found: &mut Vec<Finding>) {
    if is_plain_http(&mdblist.api_url) {
        let sentence = "`mdblist.api_url` is not https, so your login travels readably";
        found.push(finding("mdblist.api_url", sentence));
    }
    let is_mdblist = mdblist.api_url == MdbList::default().api_url;
    if is_mdblist && mdblist.post_interval.as_millis() < 1000 {
        let sentence = "`mdblist.post_interval_ms` is below 1000, but MDBList allows 300 calls in five \
                        minutes and refuses the rest";
        found.push(finding("mdblist.post_interval_ms", sentence));
    }
}

fn scrobble(scrobble: &Scrobble, found: &mut Vec<Finding>) {
    let force_stop_at = scrobble.force_stop_at.value();
    let watched_at = scrobble.watched_at_movies.max(scrobble.watched_at_episodes).value();
    if force_stop_at < watched_at {
        let sentence = format!(
            "`scrobble.force_stop_at` is {force_stop_at}, below watched_at ({watched_at}), so a \
             pause counts as a play earlier than a stop; raise it to {watched_at} at least"
        );
        found.push(finding("scrobble.force_stop_at", sentence));
    }
    if scrobble.autoplay_guard.is_zero() && scrobble.autoplay_guard_min_progress > Percent::ZERO {
        let sentence = "`scrobble.autoplay_guard_min_progress` does nothing while \
                        `scrobble.autoplay_guard_seconds` is 0";
        found.push(finding("scrobble.autoplay_guard_min_progress", sentence));
    }
    let shares = [
        ("regress_tolerance_percent", scrobble.regress_tolerance_percent),
        ("autoplay_guard_min_progress", scrobble.autoplay_guard_min_progress),
    ];
    let shares = shares.map(|(key, share)| (key, share.value()));
    for (key, share) in shares.into_iter().filter(|(_, share)| *share > 0.0 && *share < 1.0) {
        let percent = (share * 10_000.0).round() / 100.0;
        let sentence = format!(
            "`scrobble.{key}` is {share} %, which is less than 1 %; for {percent} % write {key} = \
             {percent}"
        );
        found.push(finding(format!("scrobble.{key}"), sentence));
    }
}

fn media_server(server: &MediaServer, found: &mut Vec<Finding>) {
    let (source, section, title) = (server.kind, server.section(), server.title());
    let token = token_key(source);
    if server.url.is_empty() != server.token.is_empty() {
        let (set, missing) = if server.token.is_empty() { ("url", token) } else { (token, "url") };
        let sentence = format!(
            "`{section}.{set}` is set but `{section}.{missing}` is not, so {title} is never \
             asked; set both"
        );
        found.push(finding(format!("{section}.{missing}"), sentence));
    }
    let wants_libraries = !server.libraries.is_empty() || !server.block_libraries.is_empty();
    if source != Source::Plex && wants_libraries && !server.can_be_asked() {
        let sentence = format!(
            "libraries are set for {title}, but its webhooks name none, so all of them are \
             dropped; set `{section}.url` and `{section}.api_key`, so that it can be asked"
        );
        found.push(finding(format!("{section}.libraries"), sentence));
    }
    if source != Source::Emby && !server.ignore_paths.is_empty() && !server.can_be_asked() {
        let sentence = format!(
            "`{section}.ignore_paths` is set, but the webhooks of {title} name no files, so none is \
             ignored; set `{section}.url` and `{section}.{token}`, so that it can be asked"
        );
        found.push(finding(format!("{section}.ignore_paths"), sentence));
    }
    for entry in server.ignore_paths.iter().filter(|entry| !is_a_folder(entry)) {
        let sentence = format!(
            "`{entry}` in `{section}.ignore_paths` is not the whole path of a folder, so it ignores \
             nothing; write it as {title} names it, like `/media/trailers`, without wildcards"
        );
        found.push(finding(format!("{section}.ignore_paths"), sentence));
    }
    let lists = [
        ("libraries", &server.libraries, "block_libraries", &server.block_libraries),
        ("servers", &server.servers, "block_servers", &server.block_servers),
    ];
    for (wanted, list, blocked, block_list) in lists {
        for entry in list.iter().filter(|entry| contains(block_list, entry)) {
            let sentence = format!(
                "`{entry}` is in `{section}.{wanted}` and in `{section}.{blocked}`, which wins; \
                 remove it from one"
            );
            found.push(finding(format!("{section}.{wanted}"), sentence));
        }
    }
    if source == Source::Plex && !server.webhook_secret.is_empty() {
        let sentence = format!(
            "`{section}.webhook_secret` is set, but Plex never signs: only what a proxy has signed \
             is taken"
        );
        found.push(finding(format!("{section}.webhook_secret"), sentence));
    }
}

/// Whether a media server may name a file that begins so: on Unix, on Windows, or on a share.
fn is_a_folder(entry: &str) -> bool {
    let entry = entry.trim().trim_end_matches(['/', '\\']);
    let is_whole = entry.starts_with(['/', '\\'])
        || entry.as_bytes().get(1) == Some(&b':')
        || entry.contains("://");
    is_whole && !entry.contains('*')
}

/// One of several media servers that gets no events, since nothing tells which are its.
fn id_of_several(server: &MediaServer, settings: &Settings, found: &mut Vec<Finding>) {
    let (kind, section) = (server.kind, server.section());
    let is_known = !server.id.is_empty() || server.takes_the_rest() || server.waits_for_its_id();
    if is_known || settings.servers(kind).count() == 1 {
        return;
    }
    let sentence = format!(
        "`{section}.id` is not set, and without its token it can't be asked for it, so none of several \
         [[{kind}]] gets its events; copy it from what is said of an event that none of them takes",
        kind = kind.word()
    );
    found.push(finding(format!("{section}.id"), sentence));
}

/// Accounts that wait for people whom `users` does not let through.
fn people(account: &Account, settings: &Settings, found: &mut Vec<Finding>) {
    let name = &account.name;
    for source in Source::ALL {
        let servers: Vec<_> = settings.servers(source).collect();
        for user in account.users(source) {
            let keeps_out = |server: &&MediaServer| {
                // A name and an id may be the same person.
                let comparable = server.users.iter().all(|other| form(other) == form(user));
                comparable && !server.users.is_empty() && !contains(&server.users, user)
            };
            if user == "*" || !servers.iter().all(keeps_out) {
                continue;
            }
            let section = source.word();
            let lists = match servers.as_slice() {
                [_] => format!("`{section}.users` does not; add it there too, or empty that list"),
                _ => format!("the `users` of no [[{section}]] does; add it where it is meant"),
            };
            let sentence =
                format!("account `{name}` lists the {source} user `{user}`, but {lists}");
            found.push(finding(format!("{section}.users"), sentence));
        }
    }
    if account.dry_run {
        let sentence = format!("account `{name}` has dry_run = true: nothing of it is sent");
        found.push(finding("account.dry_run", sentence));
    }
}

/// What reads variables with our name beside the settings: the command line, the start script of an
/// archive, and builds.
const OTHER_VARIABLES: [&str; 6] = [
    "SCROBBLED_CONFIG",
    "SCROBBLED_USER",
    "SCROBBLED_BUILD_TRAKT_CLIENT_ID",
    "SCROBBLED_BUILD_TRAKT_CLIENT_SECRET",
    "SCROBBLED_BUILD_SIMKL_CLIENT_ID",
    "SCROBBLED_BUILD_MDBLIST_CLIENT_ID",
];

/// Variables that look like ours and do nothing.
fn variables(around: &Surroundings, found: &mut Vec<Finding>) {
    let all = listing::all_keys();
    let known: Vec<String> = all.iter().filter_map(Setting::environment).collect();
    let known = || known.iter().map(String::as_str).chain(OTHER_VARIABLES);
    for (name, value) in &around.variables {
        if !name.starts_with("SCROBBLED_") || is_of_containers(name, value) {
            continue;
        }
        if known().any(|known| known == name) {
            continue;
        }
        let of_file = all.iter().find(|key| listing::variable(key.section, key.name) == *name);
        let mend = match (of_file, nearest(name, known())) {
            (Some(key), _) => {
                let kinds = match key.section {
                    _ if key.list => "lists",
                    "receiver" => "receivers",
                    _ => "accounts",
                };
                format!("{kinds} stand in the config file; write `{}` there", key.key())
            }
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "no setting is called so (docs/settings.md has all)".to_owned(),
        };
        found.push(finding(name, format!("the variable `{name}` does nothing: {mend}")));
    }
}

/// Whether Kubernetes or Docker set it for a service that has our name: SCROBBLED_SERVICE_HOST,
/// SCROBBLED_PORT=tcp://10.0.0.1:8787, SCROBBLED_PORT_8787_TCP_ADDR and the like.
fn is_of_containers(name: &str, value: &str) -> bool {
    name.starts_with("SCROBBLED_SERVICE_")
        || name.starts_with("SCROBBLED_PORT_")
        || name == "SCROBBLED_PORT" && value.contains("://")
}

/// Whether a token sent there could be read on the way.
fn is_plain_http(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let ends = |after: &str| after.is_empty() || after.starts_with([':', '/']);
    let is = |here: &str| rest.strip_prefix(here).is_some_and(ends);
    !["127.0.0.1", "localhost", "[::1]"].into_iter().any(is)
}

fn contains(list: &[String], entry: &str) -> bool {
    list.iter().any(|other| other.to_lowercase() == entry.to_lowercase())
}

/// `id`, `uuid`, `*`, or nothing for a name.
fn form(user: &str) -> &str {
    match user.split_once(':') {
        Some((form @ ("id" | "uuid"), _)) => form,
        _ if user == "*" => "*",
        _ => "",
    }
}
