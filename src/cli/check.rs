//! `scrobbled check`: tries the config and what it names.

mod address;
pub(super) mod servers;

use super::reach::Reach;
use super::{Failure, connect, exposed, receivers, say, service};
use crate::clock::Clock;
use crate::config::{Account, Loaded, MediaServer, Settings};
use crate::control::Request;
use crate::control::answers::{OwnSyncs, Reloaded};
use crate::daemon::Purpose;
use crate::delivery::{AccountState, Destination, TokenPair};
use crate::desk::shown::{AccountShown, StateShown, Status};
use crate::desk::without_login;
use crate::event::Source;
use crate::notify;
use crate::store::network_share;
use crate::tracker::{Tracker, all, user_of};
use address::{PATIENCE, reach};
use servers::{media_server, silent};
use std::collections::BTreeSet;
use std::fs;

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
    let mut said = Vec::new();
    for server in &settings.media_servers {
        wrong += media_server(server, settings, &status, &mut said);
    }
    for receiver in &settings.receivers {
        say(receivers::gets(receiver));
        let (scheme, _) = receiver.url.split_once("://").unwrap_or_default();
        let address = format!("{scheme}://{}", receiver.host());
        let unreached = reach(&format!("receiver `{}`", receiver.name), &address);
        wrong += unreached + usize::from(unreached == 0 && !receivers::takes_a_test(receiver));
    }
    wrong += receivers::troubles(&status) + silent(&status, &said);
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
        let is_all = |users: &[String]| matches!(users, [all] if all == "*");
        // A server may let only some of an account's people count.
        let counts = |source: &Source| {
            settings.servers(*source).all(|it| it.users.is_empty() || is_all(&it.users))
        };
        let is_open = |source: &Source| is_all(account.users(*source)) && counts(source);
        let (open, listed): (Vec<_>, Vec<_>) = Source::ALL.into_iter().partition(is_open);
        let titles: Vec<String> = open.iter().map(ToString::to_string).collect();
        let everybody = (!titles.is_empty()).then(|| format!("everybody at {}", in_a_row(&titles)));
        let users = listed.into_iter().flat_map(|source| whose(settings, account, source));
        let whose: Vec<String> = everybody.into_iter().chain(users).collect();
        let dry = if account.dry_run { " (dry run: nothing is sent)" } else { "" };
        let whose = whose.join(", and of ");
        say(format_args!("account `{}`{dry} gets the plays of {whose}", account.name));
    }
}

/// Whose plays at a kind of server an account gets, of each server that lists users of its own.
fn whose(settings: &Settings, account: &Account, source: Source) -> Vec<String> {
    let users = account.users(source);
    if users.is_empty() {
        return Vec::new();
    }
    let at = |server: &MediaServer| {
        let title = server.title();
        let is_all = users.iter().any(|one| one == "*");
        match (is_all, server.users.as_slice()) {
            (true, []) => format!("everybody at {title}"),
            (true, listed) => format!("{} at {title}", in_a_row(listed)),
            (false, []) => format!("{} at {title}", in_a_row(users)),
            (false, listed) => {
                let (some, key) = (in_a_row(users), format!("{}.users", server.section()));
                format!("{some} at {title} (of whom {key} lets {} count)", in_a_row(listed))
            }
        }
    };
    if settings.servers(source).all(|server| server.users.is_empty()) {
        return vec![format!("{} at {source}", in_a_row(users))];
    }
    settings.servers(source).map(at).collect()
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
    let unread = unread(loaded, reach);
    let unclaimed = status.unclaimed.iter().inspect(|one| say(&one.sentence)).count();
    let wrong = unread + unclaimed + connected(loaded, reach, status);
    untold(&loaded.settings, status);
    // An older daemon does not understand the question.
    let OwnSyncs { sentences } = reach.ask(&Request::OwnSyncs).unwrap_or_default();
    for sentence in sentences {
        say(format_args!("  note: {sentence}"));
    }
    wrong + connect::check(reach, &loaded.settings, status)
}

/// Says what of the config file the daemon does not know yet; how many sentences.
fn unread(loaded: &Loaded, reach: &mut Reach) -> usize {
    let text = loaded.path.as_ref().and_then(|path| fs::read_to_string(path).ok());
    let Some(text) = text.filter(|_| matches!(reach, Reach::Daemon(_))) else { return 0 };
    // An older daemon does not understand the question.
    let Reloaded { changed, restart, .. } =
        reach.ask(&Request::Compare { text }).unwrap_or_default();
    let count = |way: &str, keys: &[String]| {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        (!keys.is_empty()).then(|| format!("{way} lets {} count", keys.join(", ")))
    };
    let ways = [count("`scrobbled reload`", &changed), count("a restart", &restart)];
    let all: Vec<String> = ways.into_iter().flatten().collect();
    if all.is_empty() {
        return 0;
    }
    say(format_args!("config: it was changed since the daemon read it; {}", all.join("; ")));
    1
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
    let of_account = |account: &AccountShown| -> Vec<(String, String, StateShown)> {
        let of = |tracker: &str, state: &StateShown| {
            (account.name.clone(), all::title(tracker).to_owned(), state.clone())
        };
        match account.trackers.as_slice() {
            [] if is_without && account.all.no_app => Vec::new(), // said of the trackers
            [] => vec![of("", &account.all)],
            trackers => trackers.iter().map(|one| of(&one.tracker, &one.state)).collect(),
        }
    };
    let is_wrong = |(account, tracker, state): &(String, String, StateShown)| {
        let StateShown { state, sentence, .. } = state;
        let begins = || format!("{state} at {tracker}, which has not answered yet");
        let said = sentence.clone().unwrap_or_else(begins);
        say(format_args!("account `{account}`: {said}"));
        !["connected", "starting", "receivers only", "dry run"].contains(&state.as_str())
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
