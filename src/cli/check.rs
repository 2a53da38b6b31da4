//! `scrobbled check`: tries the config and what it names.

use super::reach::Reach;
use super::status::heard;
use super::{Failure, connect, exposed, receivers, say, service};
use crate::clock::Clock;
use crate::config::{Account, Loaded, MediaServer, Settings};
use crate::control::Request;
use crate::control::answers::OwnSyncs;
use crate::daemon::Purpose;
use crate::delivery::{AccountState, Destination, TokenPair};
use crate::desk::shown::{AccountShown, StateShown, Status};
use crate::desk::without_login;
use crate::event::{Library, Source, User, same_id};
use crate::filter;
use crate::media_server::{self, Shows, playing};
use crate::notify;
use crate::store::network_share;
use crate::tracker::{Tracker, all, user_of};
use std::collections::BTreeSet;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long an address may take to be reached.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn check(loaded: &Loaded) -> Result<(), Failure> {
    let settings = &loaded.settings;
    match &loaded.path {
        Some(path) => say(format_args!("config: {} is valid", path.display())),
        None => {
            say(
                "config: no file, all settings are at their defaults (`scrobbled init` writes one)",
            );
        }
    }
    for finding in &loaded.findings {
        say(format_args!("  note: {finding}"));
    }
    for sentence in exposed::sentences(loaded) {
        say(format_args!("  note: {sentence}"));
    }
    who_scrobbles_where(settings);
    let lacking = all::lacking_apps(settings);
    let mut wrong = if lacking.is_empty() { trackers(settings) } else { 0 };
    let found = Reach::find(loaded, Purpose::Look);
    let runs = matches!(found, Ok((Reach::Daemon(_), _)));
    let mut status = Status::default();
    wrong += match found {
        Ok((mut reach, using)) => {
            say(format_args!("data: {using}"));
            place(settings) + accounts(loaded, &mut reach, &mut status)
        }
        Err(why) => {
            say(format_args!(
                "data: {why}; logins and the queue can only be checked while it runs"
            ));
            1
        }
    };
    // A login by a key needs none.
    let is_connected = status.accounts.iter().any(|account| !account.trackers.is_empty());
    let has_receiver = |one: &Account| settings.receivers_of(&one.name).next().is_some();
    let needs_one = !settings.accounts.iter().all(has_receiver);
    if !lacking.is_empty() && !is_connected && needs_one {
        let state = AccountState::AppNeeded(lacking);
        say(format_args!("trackers: {}", state.sentence(&Destination::new("", ""), "")));
        wrong += 1;
    }
    for server in &settings.media_servers {
        wrong += media_server(server, settings, &status);
    }
    for receiver in &settings.receivers {
        say(receivers::gets(receiver));
        let (scheme, _) = receiver.url.split_once("://").unwrap_or_default();
        let address = format!("{scheme}://{}", receiver.host());
        wrong += reach(&format!("receiver `{}`", receiver.name), &address);
    }
    wrong += receivers::troubles(&status) + silent(&status);
    if !settings.notify.url.is_empty() {
        wrong += notify(settings);
    }
    if wrong > 0 {
        let problems = if wrong == 1 { "problem" } else { "problems" };
        return Err(format!("{wrong} {problems}, see above").into());
    }
    // Whoever has just written a config has done nothing wrong.
    match (runs, service::start(loaded.path.as_deref())) {
        (true, _) => say("all is well"),
        (false, start) => {
            say(format_args!(
                "all is well, but the daemon is not running: start it with `{start}`"
            ));
        }
    }
    Ok(())
}

fn who_scrobbles_where(settings: &Settings) {
    for account in &settings.accounts {
        let is_open = |source: &Source| matches!(account.users(*source), [all] if all == "*");
        let (open, listed): (Vec<_>, Vec<_>) = Source::ALL.into_iter().partition(is_open);
        let titles: Vec<String> = open.iter().map(ToString::to_string).collect();
        let everybody = (!titles.is_empty()).then(|| format!("everybody at {}", in_a_row(&titles)));
        let users = listed.into_iter().filter_map(|source| {
            let users = account.users(source);
            (!users.is_empty()).then(|| format!("{} at {source}", in_a_row(users)))
        });
        let whose: Vec<String> = everybody.into_iter().chain(users).collect();
        let dry = if account.dry_run { " (dry run: nothing is sent)" } else { "" };
        let whose = whose.join(", and of ");
        say(format_args!("account `{}`{dry} gets the plays of {whose}", account.name));
    }
}

/// As a sentence lists them: `mara, jo and id:7`.
fn in_a_row(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// Tries each tracker that has an app. That one has none is no problem as long as another has.
fn trackers(settings: &Settings) -> usize {
    let mut wrong = 0;
    for tracker in all::make(settings, PATIENCE) {
        if tracker.lacks_app().is_some() {
            continue;
        }
        let title = tracker.traits().names.title;
        let mut urls = tracker.urls();
        urls.dedup();
        let unreached: usize = urls.into_iter().map(|url| reach(title, url)).sum();
        wrong += unreached + usize::from(unreached == 0 && !knows_the_app(&*tracker));
    }
    wrong
}

/// Says once of each tracker in use what it can't be told, so that nobody waits for that.
fn untold(settings: &Settings, status: &Status) {
    let used: BTreeSet<&str> = (status.accounts.iter().flat_map(|account| &account.trackers))
        .map(|one| one.tracker.as_str())
        .collect();
    for tracker in all::make(settings, PATIENCE) {
        let (names, takes_no) = (tracker.traits().names, tracker.takes_no());
        if used.contains(names.name) && !takes_no.is_empty() {
            say(format_args!("  note: {} takes no {}", names.title, takes_no.join(" and no ")));
        }
    }
}

/// Asking for a code shows whether the app is there; nobody types it, and it expires.
fn knows_the_app(tracker: &dyn Tracker) -> bool {
    let title = tracker.traits().names.title;
    let code = tracker.device_code();
    match &code {
        Ok(_) => say(format_args!("{title}: accepts the API app")),
        Err(error) => say(format_args!("{title}: {}", error.sentence(title))),
    }
    code.is_ok()
}

fn notify(settings: &Settings) -> usize {
    match notify::test(&settings.notify) {
        Ok(()) => {
            say("notify: sent a test notification");
            0
        }
        Err(why) => {
            say(format_args!(
                "notify: the test notification was not accepted by notify.url: {why}"
            ));
            1
        }
    }
}

/// Whether the data lie where a database is safe.
fn place(settings: &Settings) -> usize {
    let share = network_share(&settings.data_dir);
    if let Some(share) = &share {
        say(format_args!("data: {share}"));
    }
    usize::from(share.is_some())
}

/// Tells how the accounts are, and what else the daemon knows; what it knows goes to `status`.
fn accounts(loaded: &Loaded, reach: &mut Reach, status: &mut Status) -> usize {
    *status = match reach.ask(&Request::Status) {
        Ok(status) => status,
        Err(error) => {
            say(format_args!("data: {error}"));
            return 1;
        }
    };
    let unclaimed = status.unclaimed.iter().inspect(|one| say(&one.sentence)).count();
    let wrong = unclaimed + connected(loaded, reach, status);
    untold(&loaded.settings, status);
    // An older daemon does not understand the question.
    let OwnSyncs { sentences } = reach.ask(&Request::OwnSyncs).unwrap_or_default();
    for sentence in sentences {
        say(format_args!("  note: {sentence}"));
    }
    wrong + connect::check(reach)
}

/// Tells how each account is; returns how many are not as they should be. That there is no app to
/// connect any of them with was told of the trackers.
fn connected(loaded: &Loaded, reach: &Reach, status: &Status) -> usize {
    let is_without = !all::lacking_apps(&loaded.settings).is_empty();
    if let Reach::Ourselves(handler, _) = reach {
        let accounts = loaded.settings.accounts.iter().filter(|account| !account.dry_run);
        return accounts
            .flat_map(|account| {
                let mut logins = handler.queue.logins(&account.name).unwrap_or_default();
                logins.retain(|(to, _)| all::is_known(&to.tracker)); // the others are told already
                if logins.is_empty() && !is_without {
                    logins.push((Destination::new(&account.name, ""), None));
                }
                logins
            })
            .filter(|(to, pair)| {
                let state = state(&loaded.settings, to, pair.as_ref());
                let sentence = state.sentence(to, all::title(&to.tracker));
                say(format_args!("account `{}`: {sentence}", to.account));
                !state.is_well()
            })
            .count();
    }
    let of_account = |account: &AccountShown| -> Vec<(String, StateShown)> {
        let of = |state: &StateShown| (account.name.clone(), state.clone());
        match account.trackers.as_slice() {
            [] if is_without && account.all.no_app => Vec::new(), // said of the trackers
            [] => vec![of(&account.all)],
            trackers => trackers.iter().map(|one| of(&one.state)).collect(),
        }
    };
    let is_wrong = |(account, state): &(String, StateShown)| {
        let StateShown { state, sentence, .. } = state;
        let said = sentence.as_deref().unwrap_or_default();
        say(format_args!("account `{account}`: {said}"));
        !["connected", "receivers only", "dry run"].contains(&state.as_str())
    };
    status.accounts.iter().flat_map(of_account).filter(is_wrong).count()
}

/// How an account with this login is, as the daemon would see it.
fn state(settings: &Settings, to: &Destination, pair: Option<&TokenPair>) -> AccountState {
    let tracker = all::make_one(&to.tracker, settings, PATIENCE);
    let by_key = pair.is_some_and(TokenPair::is_key);
    let lacking = tracker.as_ref().ok().and_then(|tracker| tracker.lacks_app());
    if let Some(lacking) = lacking.filter(|_| !by_key) {
        return AccountState::AppNeeded(vec![lacking]);
    }
    let (Some(pair), Ok(tracker)) = (pair, tracker) else { return without_login(settings, to) };
    let state = match user_of(&*tracker, pair) {
        Ok(user) => return AccountState::Connected { user: Some(user) },
        Err(state) => state,
    };
    if state == AccountState::LoginNeeded && pair.has_run_out(Clock::Machine.now()) {
        // As every login does when no daemon has run for a while; it renews this one.
        return AccountState::Connected { user: None };
    }
    state
}

/// Tells why media servers may not be heard; of those of a kind once, since they share an address.
fn silent(status: &Status) -> usize {
    let mut troubles: Vec<_> = status.servers.iter().filter_map(|it| it.trouble.as_ref()).collect();
    troubles.dedup();
    troubles.into_iter().inspect(|trouble| say(trouble)).count()
}

/// Looks at a media server, and says when it was last heard; of several says which events are its.
fn media_server(server: &MediaServer, settings: &Settings, status: &Status) -> usize {
    let title = server.title();
    if let Some(server) = status.servers.iter().find(|shown| shown.title == title) {
        say(heard(server, &status.now));
    }
    let are_several = settings.servers(server.kind).count() > 1;
    if are_several {
        let whose = match server.id.as_str() {
            "" if server.url.is_empty() => "of each server that is no other's".to_owned(),
            "" => "of no server, since its id is not set".to_owned(),
            id => format!("of the server {id:?}"),
        };
        say(format_args!("{title}: takes the events {whose}"));
    }
    if server.url.is_empty() {
        return 0;
    }
    let unreached = reach(&title, &server.url);
    if unreached > 0 || server.token.is_empty() {
        return unreached; // on a missing token there is a note
    }
    let id_matters = are_several || !server.id.is_empty();
    let is_told = status.servers.iter().any(|it| it.title == title && it.trouble.is_some());
    let unseen = if server.hear && !is_told { unseen(server) } else { 0 };
    libraries(server) + unseen + if id_matters { id_of(server) } else { 0 }
}

/// Whether a media server that is to be listened to shows plays that may count.
fn unseen(server: &MediaServer) -> usize {
    let shown = match server.kind {
        Source::Plex => playing::sessions(server, "").map(drop),
        Source::Jellyfin | Source::Emby => media_server::shows(server).map(drop),
    };
    match shown {
        Ok(()) => 0,
        Err(trouble) => {
            say(format_args!("{}: {trouble}", server.title()));
            1
        }
    }
}

/// Asks a media server for its id, and says it where it does not stand in the config.
fn id_of(server: &MediaServer) -> usize {
    let (title, section) = (server.title(), server.section());
    let Ok(Some(id)) = media_server::id(server) else { return 0 }; // its libraries tell what is wrong
    if same_id(&server.id, &id) {
        return 0;
    }
    say(format_args!("{title}: its id is {id:?}, and {section}.id is {:?}", server.id));
    1
}

/// Asks a media server for its libraries, and lists them as they may stand in the config.
fn libraries(server: &MediaServer) -> usize {
    let (title, section) = (server.title(), server.section());
    if server.kind == Source::Jellyfin
        && let Ok(Shows::Only(User { name, .. })) = media_server::shows(server)
    {
        say(format_args!(
            "{title}: accepts the token, which is {name}'s, who is no administrator: only what {name} \
             watches is heard, no other history is read, and of libraries nothing is known"
        ));
        return 0;
    }
    match media_server::libraries(server) {
        Ok(libraries) => {
            say(format_args!(
                "{title}: accepts the token; its libraries, as {section}.libraries takes them:"
            ));
            for Library { id, title } in &libraries {
                say(format_args!("  {id:?}, # {title}"));
            }
            let lists =
                [("libraries", &server.libraries), ("block_libraries", &server.block_libraries)];
            let entries = lists.iter().flat_map(|(key, list)| list.iter().map(move |e| (key, e)));
            let meant = |entry| libraries.iter().any(|library| filter::means(entry, None, library));
            let wrong = entries.filter(|(_, entry)| !meant(entry));
            wrong
                .inspect(|(key, entry)| {
                    say(format_args!(
                        "{title}: {section}.{key} lists {entry:?}, but the server has no such \
                         library"
                    ));
                })
                .count()
        }
        Err(trouble) => {
            say(format_args!("{title}: {trouble}"));
            1
        }
    }
}

/// Tries every address of a URL's host; a dead one of several (often IPv6) is told, since clients
/// may spend all their time on it.
fn reach(whose: &str, url: &str) -> usize {
    let tls = url.starts_with("https://");
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?']).next().unwrap_or_default();
    let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:{}", if tls { 443 } else { 80 })
    };
    let addresses: Vec<_> = match with_port.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            say(format_args!("{whose}: {host} can't be found: {error}"));
            return 1;
        }
    };
    let mut dead = Vec::new();
    for address in &addresses {
        if let Err(error) = TcpStream::connect_timeout(address, PATIENCE) {
            // A host that is written as its address need not be named twice.
            let at = if address.to_string() == with_port { "" } else { &format!("at {address} ") };
            dead.push(format!("{at}({error})"));
        }
    }
    if dead.is_empty() {
        say(format_args!("{whose}: {host} can be reached"));
        return 0;
    }
    say(format_args!("{whose}: {host} does not answer {}", dead.join(", ")));
    usize::from(dead.len() == addresses.len())
}
