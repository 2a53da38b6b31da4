//! `scrobbled explain FILE`: what saved requests would do, and why. Nothing is sent.
//!
//! A file holds a body as a media server posts it (JSON, multipart, form), or whole requests with
//! their heads, or several JSON documents in a row; of a folder all files are taken, by their
//! names. They are one story that begins with nothing remembered. Between two of them passes the
//! time that the names of captured files tell, else ten seconds. Media servers are not asked: what
//! waits for one goes on without an answer. Whose calls are shown is asked of the daemon, or read from
//! its data, since they know who is connected where.

use super::login::is_tracker;
use super::reach::Reach;
use super::{Failure, receivers, say};
use crate::clock::Clock;
use crate::config::{Loaded, MediaServer, Settings};
use crate::control::Request;
use crate::daemon::Purpose;
use crate::daemon::capture::taken_at;
use crate::desk::shown::Status;
use crate::engine::{Decision, Input, State};
use crate::event::{Event, Source, Time};
use crate::files;
use crate::filter::{self, FilterResult};
use crate::intent::Intent;
use crate::probe::About;
use crate::server::{Route, body};
use crate::tracker::{Timing, Tracker, all};
use crate::webhook::Said;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest file that is read, in bytes: 30 requests of the longest kind.
const FILE_MOST: u64 = 64 * 1024 * 1024;
/// How long after the other two requests come.
const BETWEEN: Duration = Duration::from_secs(10);
/// How long after the last one is looked for what becomes due.
const AFTER: Duration = Duration::from_secs(60);

pub(super) fn explain(
    loaded: &Loaded,
    path: &Path,
    tracker: Option<String>,
) -> Result<(), Failure> {
    let files = files(path)?;
    let told = Told::find(loaded, tracker)?;
    let began = files.iter().find_map(|file| taken(file));
    let now = began.unwrap_or_else(|| Clock::Machine.now());
    let mut story = Story { settings: &loaded.settings, told, state: State::default(), now };
    let mut number = 0;
    for file in &files {
        let bytes = files::read_bytes(file, FILE_MOST).map_err(|error| unreadable(file, &error))?;
        for (place, saved) in split(&bytes).iter().enumerate() {
            number += 1;
            match taken(file).filter(|_| place == 0) {
                Some(at) => story.pass(at.since(story.now)),
                None if number > 1 => story.pass(BETWEEN),
                None => {}
            }
            match saved.said() {
                Ok((source, said)) => {
                    say(format_args!("{number}. {}", in_words(source, &said)));
                    if let Said::Event(event) = said {
                        story.hear(&event);
                    }
                }
                Err(why) => say(format_args!("{number}. not a webhook: {why}")),
            }
        }
    }
    story.pass(AFTER);
    Ok(())
}

/// The file itself, or the files of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        let file = entry.map_err(|error| unreadable(path, &error))?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort_unstable();
    if files.is_empty() {
        return Err(format!("`{}` contains no file", path.display()).into());
    }
    Ok(files)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    format!("`{}` can't be read: {error}", path.display()).into()
}

/// When a captured request was taken, as its file's name tells.
fn taken(file: &Path) -> Option<Time> {
    taken_at(file.file_name()?.to_str()?)
}

/// A saved request: its body, and the source whose address it was posted to, if its head says so.
struct Saved<'a> {
    posted_to: Option<Source>,
    body: &'a [u8],
}

impl Saved<'_> {
    /// What it says, at the address it was posted to or at the first that understands it.
    fn said(&self) -> Result<(Source, Said), body::Unreadable> {
        if let Some(source) = self.posted_to {
            return Ok((source, body::said(source, self.body)?));
        }
        let mut said = Source::ALL.map(|source| (source, body::said(source, self.body)));
        let understood = said.iter().position(|(_, said)| said.is_ok()).unwrap_or_default();
        said.swap(0, understood);
        let [(source, said), ..] = said;
        Ok((source, said?))
    }
}

fn split(bytes: &[u8]) -> Vec<Saved<'_>> {
    if bytes.starts_with(b"POST ") {
        return requests(bytes);
    }
    let text = str::from_utf8(bytes).unwrap_or_default();
    let documents: Vec<&RawValue> = serde_json::Deserializer::from_str(text)
        .into_iter::<&RawValue>()
        .collect::<Result<_, _>>()
        .unwrap_or_default();
    if documents.len() > 1 {
        return documents
            .into_iter()
            .map(|d| Saved { posted_to: None, body: d.get().as_bytes() })
            .collect();
    }
    vec![Saved { posted_to: None, body: bytes }]
}

/// Whole requests, one after the other.
fn requests(mut bytes: &[u8]) -> Vec<Saved<'_>> {
    let mut saved = Vec::new();
    while bytes.starts_with(b"POST ") {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(head)) = request.parse(bytes) else { break };
        let path = request.path.unwrap_or_default().split('?').next().unwrap_or_default();
        let posted_to = Source::ALL.into_iter().find(|source| {
            Route::Webhook(*source).path() == path.strip_suffix("trakt").unwrap_or(path)
        });
        let length = request
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-length"))
            .and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse().ok());
        let rest = bytes.get(head..).unwrap_or_default();
        let body = length.and_then(|length: usize| rest.get(..length)).unwrap_or(rest);
        saved.push(Saved { posted_to, body });
        bytes = rest.get(body.len()..).unwrap_or_default().trim_ascii_start();
    }
    if saved.is_empty() {
        saved.push(Saved { posted_to: None, body: bytes });
    }
    saved
}

fn in_words(source: Source, said: &Said) -> String {
    match said {
        Said::Nothing { reason, title, .. } if title.is_empty() => format!("{source}: {reason}"),
        Said::Nothing { reason, title, .. } => format!("{source}, {title}: {reason}"),
        Said::Event(event) => {
            let position = event.position_ms.map_or("no position".to_owned(), |ms| {
                let seconds = ms / 1000;
                format!("at {}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
            });
            let part = |word: &str, text: &str| {
                if text.is_empty() { String::new() } else { format!(" {word} {text}") }
            };
            format!(
                "{source} webhook: {}, {}{}{}, {position}",
                event.action.word(),
                event.item.label(),
                part("by", &event.user.name),
                part("on", &event.player.name),
            )
        }
    }
}

/// Who would be told.
enum Told {
    /// This tracker, whoever is connected to it.
    Named(String),
    /// Where each account is connected.
    Connected(BTreeMap<String, Vec<String>>),
}

impl Told {
    /// Whether only one tracker was asked for.
    fn is_named(&self) -> bool {
        matches!(self, Self::Named(_))
    }

    fn find(loaded: &Loaded, tracker: Option<String>) -> Result<Self, Failure> {
        if let Some(name) = tracker {
            is_tracker(&name)?;
            return Ok(Self::Named(name));
        }
        let status = Reach::find(loaded, Purpose::Look)
            .and_then(|(mut reach, _)| reach.ask::<Status>(&Request::Status));
        let status = status.unwrap_or_else(|why| {
            say(format_args!("who is connected where is not known: {why}"));
            Status::default()
        });
        let connected = status.accounts.into_iter().map(|account| {
            let trackers = account.trackers.into_iter().map(|one| one.tracker);
            (account.name, trackers.collect())
        });
        Ok(Self::Connected(connected.collect()))
    }

    /// The trackers that an account's plays would go to, and on what condition.
    fn of(&self, account: &str, settings: &Settings) -> Vec<(Box<dyn Tracker>, &'static str)> {
        let connected = match self {
            Self::Named(_) => &[],
            Self::Connected(all) => all.get(account).map_or(&[][..], Vec::as_slice),
        };
        let is_without = !all::lacking_apps(settings).is_empty();
        let first = all::first(settings).name;
        let one = |tracker: Box<dyn Tracker>| {
            let name = tracker.traits().names.name;
            let has_app = tracker.lacks_app().is_none();
            let is_told = match self {
                Self::Named(named) => named == name,
                Self::Connected(_) if !connected.is_empty() => connected.iter().any(|c| c == name),
                Self::Connected(_) => has_app || is_without && name == first,
            };
            // A login by a key needs no app.
            let needs_app = !has_app && tracker.key_page().is_none();
            let condition = match (connected.is_empty(), !needs_app) {
                (false, _) => "",
                (true, true) => ", if the account is connected there",
                (true, false) => ", once an app is set and the account is connected there",
            };
            is_told.then_some((tracker, condition))
        };
        all::make(settings, Duration::ZERO).filter_map(one).collect()
    }
}

struct Story<'a> {
    settings: &'a Settings,
    told: Told,
    state: State,
    now: Time,
}

impl Story<'_> {
    fn hear(&mut self, event: &Event) {
        say(format_args!("   filters: {}", filters(event, self.settings)));
        match filter::filter(event, self.settings) {
            FilterResult::Drop(_) => return,
            FilterResult::Keep if !self.told.is_named() => {
                receivers::passed_on(event, "", self.settings);
            }
            FilterResult::Ask(_) if !self.told.is_named() => {
                let once_answered = ", if the server's answer lets it through";
                receivers::passed_on(event, once_answered, self.settings);
            }
            FilterResult::Keep | FilterResult::Ask(_) => {}
        }
        let decision = self.handle(&Input::Event(Box::new(event.clone())));
        for verdict in &decision.verdicts {
            let account = verdict.account.as_deref().unwrap_or("-");
            say(format_args!("   account {account}: {}: {}", verdict.outcome, verdict.reason));
        }
        self.follow(&decision);
    }

    /// Lets time pass, and says what becomes due in it.
    fn pass(&mut self, span: Duration) {
        let until = self.now.after(span);
        while let Some((due, _)) = self.state.wake()
            && due <= until
        {
            say(format_args!("   {:.0} s later:", due.since(self.now).as_secs_f64()));
            self.now = self.now.max(due);
            let decision = self.handle(&Input::Tick);
            self.follow(&decision);
        }
        self.now = until;
    }

    fn handle(&mut self, input: &Input) -> Decision {
        let mut draft = self.state.draft(self.settings);
        let decision = draft.handle(input, self.now);
        draft.keep(self.now);
        decision
    }

    /// Says what follows from a decision beside its verdicts.
    fn follow(&self, decision: &Decision) {
        for (item, verdict) in &decision.due {
            say(format_args!("   {item}: {}: {}", verdict.outcome, verdict.reason));
        }
        for probe in &decision.ask {
            let mut servers = self.settings.servers(probe.source);
            let server = servers.find(|server| server.name() == probe.server);
            let title = server.map_or(probe.source.to_string(), MediaServer::title);
            let about = asked(&probe.about);
            say(format_args!("   it would ask {title} {about}; without an answer:"));
        }
        for intent in &decision.intents {
            self.tell(intent);
        }
        for (intent, reason) in &decision.parked {
            say(format_args!("   parked until `scrobbled retry`: {reason}"));
            self.tell(intent);
        }
    }

    fn tell(&self, intent: &Intent) {
        let Intent { verb, item, progress, account, .. } = intent;
        say(format_args!(
            "   to send for account {account}: {}, {}",
            item.label(),
            verb.sentence(*progress)
        ));
        for (tracker, condition) in self.told.of(account, self.settings) {
            say(format_args!("   at {}{condition}:", tracker.traits().names.title));
            if let Some(why) = tracker.needless(intent) {
                say(format_args!("   nothing: {why}"));
                continue;
            }
            match tracker.plan(intent, Timing::of(intent, self.now)) {
                Ok(lines) => lines.iter().for_each(|line| say(format_args!("   → {line}"))),
                Err(why) => say(format_args!("   {why}")),
            }
        }
        if !self.told.is_named() {
            receivers::told(intent, self.now, self.settings);
        }
    }
}

/// What each filter says, those that have nothing against it together.
fn filters(event: &Event, settings: &Settings) -> String {
    let (mut kept, mut others) = (Vec::new(), Vec::new());
    for (filter, answer) in filter::each(event, settings) {
        match answer {
            FilterResult::Keep => kept.push(filter),
            FilterResult::Ask(question) => {
                let unanswered = question.unanswered(event, settings);
                let dropped = unanswered.map_or("it counts".to_owned(), |why| why.to_string());
                others.push(format!(
                    "{filter}: the server would be asked; without an answer: {dropped}"
                ));
            }
            FilterResult::Drop(reason) => others.push(format!("{filter} rejects it: {reason}")),
        }
    }
    let kept = (!kept.is_empty()).then(|| format!("passed {}", kept.join(", ")));
    kept.into_iter().chain(others).collect::<Vec<_>>().join("; ")
}

fn asked(about: &About) -> &'static str {
    match about {
        About::Position => "where playback stands",
        About::Watched => "whether it was watched",
        About::Runtime => "how long it is",
        About::Libraries => "in which library it is",
        About::Show => "for the ids of its show",
        About::File => "which file it is",
    }
}
