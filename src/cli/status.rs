//! `scrobbled status`, `retry`, `drop` and `backup`.

use super::args::Parked;
use super::reach::{Found, Reach};
use super::{Failure, print, say, say_lines, service};
use crate::clock::LocalTime;
use crate::config::{ConfigError, Loaded};
use crate::control::{All, Request, Which};
use crate::daemon::Purpose;
use crate::desk::shown::{
    AccountShown, BecameShown, Dropped, EntryShown, EventShown, ReceiverShown, Retried,
    ServerShown, StateShown, Status,
};
use crate::event::{Ago, Time};
use crate::plain;
use crate::tracker::all;
use std::path::{Path, absolute};

/// How many of the last events a person is shown.
const EVENTS: usize = 20;

pub(super) fn status(loaded: Result<Loaded, ConfigError>, json: bool) -> Result<(), Failure> {
    let start = loaded.as_ref().map(|loaded| service::start(loaded.path.as_deref())).ok();
    let mut found = Found::by(loaded, Purpose::Look)?;
    if json {
        let status = found.reach.ask_plainly(&Request::Status)?;
        print(&plain::json(&format!("{status:#}")));
        return found.end();
    }
    let status: Status = found.reach.ask(&Request::Status)?;
    say(&found.using);
    if let (Reach::Ourselves(..), Some(start)) = (&found.reach, start) {
        say(format_args!(
            "nothing is heard or sent before the daemon runs: start it with `{start}`"
        ));
    }
    let accounts: Vec<_> = status.accounts.iter().flat_map(accounts).collect();
    section("Accounts", &accounts, String::clone);
    section("Receivers", &status.receivers, |receiver| {
        let ReceiverShown { name, state, sentence, waiting, parked, .. } = receiver;
        // What needs a look is said in full once, among the warnings.
        let is_well = ["connected", "starting"].contains(&state.as_str());
        let said = sentence.as_deref().filter(|_| is_well).unwrap_or(state);
        format!("{}: {said}; {waiting} waiting, {parked} parked", plain::name(name))
    });
    section("Media servers", &status.servers, |server| heard(server, &status.now));
    let is_silent = |server: &ServerShown| {
        server.last_heard.is_none()
            && server.trouble.is_none()
            && !server.connected
            && !is_listened_to(server)
    };
    let is_quiet = status.playing.is_empty() && status.servers.iter().all(is_silent);
    if !status.servers.is_empty() && is_quiet {
        say(
            "  Nothing was heard yet: paste the addresses that `scrobbled urls` prints into your media \
             servers",
        );
    }
    section("Now playing", &status.playing, |playing| {
        let progress = playing.progress;
        format!(
            "{} for {} ({}, {}, {}{})",
            plain::name(&playing.item),
            plain::name(&playing.account),
            plain::name(&playing.user),
            plain::name(&playing.player),
            progress.map_or("position unknown".to_owned(), |progress| format!("{progress:.0} %")),
            if playing.paused { ", paused" } else { "" },
        )
    });
    section("Waiting to be sent", &status.outbox, entry);
    let parked = "Parked (`scrobbled retry ID` sends one again, `scrobbled drop ID` gives it up; after \
                  30 days that happens by itself)";
    section(parked, &status.parked, entry);
    section("Last events", &status.events, event);
    if status.events.is_empty() {
        say_lines("\nLast events\n  No events yet");
    }
    section("Warnings", &status.warnings, String::clone);
    section("Notes on the config", &status.findings, String::clone);
    found.end()
}

/// How an account is, in a line; where it has several trackers, in one for each.
fn accounts(account: &AccountShown) -> Vec<String> {
    let name = plain::name(&account.name);
    let line = |state: &StateShown, tracker: Option<&str>| {
        let StateShown { state, sentence, no_app, waiting, parked, .. } = state;
        // What needs a look is said in full once, among the warnings.
        let is_well = ["connected", "receivers only", "dry run"].contains(&state.as_str());
        let word = if *no_app { "no app" } else { state.as_str() };
        let (at, said) = match (sentence.as_deref().filter(|_| is_well), tracker) {
            (Some(sentence), _) => (String::new(), sentence),
            (None, Some(tracker)) => (format!(" at {tracker}"), word),
            (None, None) => (String::new(), word),
        };
        format!("{name}{at}: {said}; {waiting} waiting, {parked} parked")
    };
    match account.trackers.as_slice() {
        [] | [_] => vec![line(&account.all, None)],
        all => all.iter().map(|one| line(&one.state, Some(all::title(&one.tracker)))).collect(),
    }
}

/// When and how a media server was last heard; `now` is the time where that is known.
pub(super) fn heard(server: &ServerShown, now: &str) -> String {
    let title = plain::name(&server.title);
    let whence = match (server.connected, server.configured) {
        (true, false) if server.unfinished => "; connecting it broke off, so connect it again",
        (true, true) => "; connected, but where it is and its token come from the config",
        (true, false) => "; connected",
        (false, true) => "; set in the config",
        (false, false) => "",
    };
    let listened = if is_listened_to(server) { "; listened to" } else { "" };
    let read = server.last_catch_up.as_deref();
    let read = read.map_or(String::new(), |at| format!("; history read at {}", local(at)));
    let listened = format!("{whence}{listened}{read}");
    let Some(heard) = &server.last_heard else {
        let silence = if is_listened_to(server) { "nothing heard yet" } else { "never heard" };
        return format!("{title}: {silence}{listened}");
    };
    let ago = |at: Time| Some(Ago(Time::from_rfc3339(now)?.since(at)));
    match Time::from_rfc3339(heard).and_then(ago) {
        Some(ago) => format!("{title}: last heard {ago} ago, at {}{listened}", local(heard)),
        None => format!("{title}: last heard at {}{listened}", local(heard)),
    }
}

fn is_listened_to(server: &ServerShown) -> bool {
    server.hears.iter().any(|ear| ear == "stream")
}

fn section<T>(title: &str, rows: &[T], line: impl Fn(&T) -> String) {
    if rows.is_empty() {
        return;
    }
    say_lines(format_args!("\n{title}"));
    for row in rows.iter().take(EVENTS) {
        say(format_args!("  {}", line(row)));
    }
    if rows.len() > EVENTS {
        say(format_args!("  … and {} more (`scrobbled status --json`)", rows.len() - EVENTS));
    }
}

/// A time of an answer as a person at this machine reads it.
pub(super) fn local(time: &str) -> String {
    let at = Time::from_rfc3339(time);
    at.map_or_else(|| plain::name(time).into_owned(), |at| LocalTime(at).to_string())
}

fn entry(entry: &EntryShown) -> String {
    let EntryShown { id, account, tracker, action, item, at, reason, .. } = entry;
    // Empty: it waits for whichever is connected first.
    let to = if tracker.is_empty() {
        String::new()
    } else {
        format!(" to {}", plain::name(all::title(tracker)))
    };
    format!(
        "{id}: {} {}{to} for {} at {}{}",
        plain::name(action),
        plain::name(item),
        plain::name(account),
        local(at),
        if reason.is_empty() { String::new() } else { format!(": {reason}") },
    )
}

fn event(event: &EventShown) -> String {
    let EventShown { at, times, source, ear, account, user, item, event, outcome, reason, .. } =
        event;
    let (source, account) = (source.as_deref(), account.as_deref());
    let ear = match ear.as_deref() {
        Some("webhook") | None => String::new(),
        Some(ear) => format!("({ear})"),
    };
    let words = [source.unwrap_or_default(), &ear, account.unwrap_or_default(), user, item, event];
    let words = words.into_iter().filter(|word| !word.is_empty()).map(plain::name);
    let words: Vec<_> = std::iter::once(local(at).into()).chain(words).collect();
    let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
    format!("{}{times} → {}: {reason}", words.join(" "), plain::name(outcome))
}

pub(super) fn retry(loaded: &Loaded, parked: Parked) -> Result<(), Failure> {
    let id = match parked {
        Parked::One(id) => Some(id),
        Parked::All => None,
    };
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let Retried { retried, became } = reach.ask(&Request::Retry { id })?;
    match (retried, parked) {
        (0, Parked::One(id)) => {
            return Err(format!(
                "nothing that waits or is parked has the number {id}; `scrobbled status` shows both"
            )
            .into());
        }
        (0, Parked::All) => say("nothing is parked"),
        _ => {}
    }
    for one in &became {
        say(format_args!("{}: {}", one.id, in_words(one)));
    }
    match retried.saturating_sub(became.len()) {
        0 => {}
        1 => say("1 is on its way; `scrobbled status` shows what becomes of it"),
        left => {
            say(format_args!(
                "{left} are on their way; `scrobbled status` shows what becomes of them"
            ));
        }
    }
    Ok(())
}

/// What has become of an entry that was sent again.
fn in_words(BecameShown { outcome, until, reason, .. }: &BecameShown) -> String {
    match (outcome.as_str(), until) {
        ("parked", _) => format!("parked again: {reason}"),
        ("later", Some(until)) => format!("waits until {}: {reason}", local(until)),
        ("later", None) => format!("waits: {reason}"),
        ("dropped", _) => format!("dropped: {reason}"),
        _ => reason.clone(),
    }
}

pub(super) fn give_up(loaded: &Loaded, parked: Parked) -> Result<(), Failure> {
    let id = match parked {
        Parked::One(id) => Which::One(id),
        Parked::All => Which::All(All::All),
    };
    let (mut reach, using) = Reach::find(loaded, Purpose::Change)?;
    say(using);
    let Dropped { dropped } = reach.ask(&Request::Drop { id })?;
    match (dropped, parked) {
        (0, Parked::One(id)) => {
            return Err(format!(
                "no parked entry has the number {id}; `scrobbled status` shows them"
            )
            .into());
        }
        (0, Parked::All) => say("nothing is parked"),
        (dropped, _) => say(format_args!("{dropped} given up")),
    }
    Ok(())
}

pub(super) fn backup(loaded: &Loaded, file: &Path) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Look)?;
    say(using);
    // The daemon has another working directory.
    let file = absolute(file)?;
    reach.ask_plainly(&Request::Backup { file: file.clone() })?;
    say(format_args!(
        "wrote {}; it holds the logins and the webhook tokens, so keep it as safe as a password",
        file.display()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::shown::TrackerShown;

    #[test]
    fn what_waits_says_for_which_tracker() {
        let waits = |tracker: &str| EntryShown {
            id: 7,
            account: "mara".to_owned(),
            tracker: tracker.to_owned(),
            action: "finish".to_owned(),
            item: "The Salt Road".to_owned(),
            at: "then".to_owned(),
            ..EntryShown::default()
        };
        assert_eq!(entry(&waits("")), "7: finish The Salt Road for mara at then");
        assert_eq!(entry(&waits("simkl")), "7: finish The Salt Road to Simkl for mara at then");
        let receiver = entry(&waits("receiver:floppy"));
        assert_eq!(receiver, "7: finish The Salt Road to floppy for mara at then");
    }

    #[test]
    fn of_a_media_server_it_is_said_whether_it_is_connected_or_in_the_config() {
        let line = |connected, configured| {
            let (title, hears) = ("Plex".to_owned(), vec!["stream".to_owned()]);
            heard(&ServerShown { title, connected, configured, hears, ..Default::default() }, "")
        };
        let cases = [
            (line(false, false), "Plex: nothing heard yet; listened to"),
            (line(true, false), "Plex: nothing heard yet; connected; listened to"),
            (line(false, true), "Plex: nothing heard yet; set in the config; listened to"),
            (
                line(true, true),
                "Plex: nothing heard yet; connected, but where it is and its token come from \
                 the config; listened to",
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(line, expected);
        }
        let begun = ServerShown { connected: true, unfinished: true, ..ServerShown::default() };
        assert_eq!(
            heard(&ServerShown { title: "Plex".into(), ..begun }, ""),
            "Plex: never heard; connecting it broke off, so connect it again"
        );
    }

    #[test]
    fn each_of_several_trackers_has_a_line_of_its_own() {
        let state = |state: &str, sentence: &str, waiting| StateShown {
            state: state.to_owned(),
            sentence: Some(sentence.to_owned()),
            waiting,
            ..StateShown::default()
        };
        let at = |tracker: &str, state| TrackerShown { tracker: tracker.to_owned(), state };
        let simkl = state("connected", "connected to Simkl as `anna`; calls left today: 480", 0);
        let trakt = state("unreachable", "Trakt does not answer; …", 2);
        let lines = |trackers: Vec<TrackerShown>| {
            let all = trackers.first().map(|one| one.state.clone()).unwrap_or_default();
            let name = "mara".to_owned();
            accounts(&AccountShown { name, all, trackers, ..AccountShown::default() })
        };
        let expected = [
            "mara at Trakt: unreachable; 2 waiting, 0 parked",
            "mara: connected to Simkl as `anna`; calls left today: 480; 0 waiting, 0 parked",
        ];
        assert_eq!(lines(vec![at("trakt", trakt.clone()), at("simkl", simkl)]), expected);
        assert_eq!(lines(vec![at("trakt", trakt)]), ["mara: unreachable; 2 waiting, 0 parked"]);
    }
}
