//! `scrobbled explain FILE`: what saved requests would do, and why. Nothing is sent.
//!
//! A file holds a body as a media server posts it (JSON, multipart, form), or whole requests with
//! their heads, or several JSON documents in a row. They are taken as one story that begins with
//! nothing remembered, ten seconds between two of them.

use super::{Failure, say};
use crate::config::{Loaded, Settings};
use crate::engine::{Input, State};
use crate::event::{Event, Source, Time};
use crate::filter::{self, Kept};
use crate::intent::Intent;
use crate::server::{Route, body};
use crate::trakt::calls::{Timing, calls};
use crate::webhook::Said;
use serde_json::value::RawValue;
use std::path::Path;
use std::time::Duration;

/// How long after the other two requests come.
const BETWEEN: Duration = Duration::from_secs(10);
/// How long after the last one is looked for what becomes due.
const AFTER: Duration = Duration::from_secs(60);

pub(super) fn explain(loaded: &Loaded, file: &Path) -> Result<(), Failure> {
    let bytes = std::fs::read(file)
        .map_err(|error| format!("`{}` can't be read: {error}", file.display()))?;
    let saved = split(&bytes);
    let mut story = Story {
        settings: &loaded.settings,
        state: State::default(),
        now: crate::clock::Clock::Machine.now(),
    };
    for (number, saved) in saved.iter().enumerate() {
        if number > 0 {
            story.pass(BETWEEN);
        }
        match saved.said() {
            Ok((source, said)) => {
                say(format_args!("{}. {}", number + 1, in_words(source, &said)));
                if let Said::Event(event) = said {
                    story.hear(&event);
                }
            }
            Err(why) => say(format_args!("{}. no webhook: {why}", number + 1)),
        }
    }
    story.pass(AFTER);
    Ok(())
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
    let documents: Vec<&RawValue> = serde_json::Deserializer::from_slice(bytes)
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
        Said::Nothing { reason, title } if title.is_empty() => format!("{source}: {reason}"),
        Said::Nothing { reason, title } => format!("{source}, {title}: {reason}"),
        Said::Event(event) => {
            let position = event.position_ms.map_or("no position".to_owned(), |ms| {
                let seconds = ms / 1000;
                format!("at {}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
            });
            let part = |word: &str, text: &str| {
                if text.is_empty() { String::new() } else { format!(" {word} {text}") }
            };
            format!(
                "{source} {} of {}{}{}, {position}",
                event.action.word(),
                event.item.label(),
                part("by", &event.user.name),
                part("on", &event.player.name),
            )
        }
    }
}

struct Story<'a> {
    settings: &'a Settings,
    state: State,
    now: Time,
}

impl Story<'_> {
    fn hear(&mut self, event: &Event) {
        match filter::filter(event, self.settings) {
            Kept::Keep => say("   filters: kept"),
            Kept::Ask(_) => say("   filters: kept, if its session can complete it"),
            Kept::Drop(reason) => return say(format_args!("   filters: ignored: {reason}")),
        }
        let mut draft = self.state.draft(self.settings);
        let decision = draft.handle(&Input::Event(Box::new(event.clone())), self.now);
        draft.keep(self.now);
        for verdict in &decision.verdicts {
            let account = verdict.account.as_deref().unwrap_or("-");
            say(format_args!("   account {account}: {}: {}", verdict.outcome, verdict.reason));
        }
        self.tell(&decision.intents);
    }

    /// Lets time pass, and says what becomes due in it.
    fn pass(&mut self, span: Duration) {
        let until = self.now.after(span);
        while let Some((due, _)) = self.state.wake()
            && due <= until
        {
            say(format_args!("   {:.0} s later:", due.since(self.now).as_secs_f64()));
            self.now = self.now.max(due);
            let mut draft = self.state.draft(self.settings);
            let decision = draft.handle(&Input::Tick, self.now);
            draft.keep(self.now);
            for (item, verdict) in &decision.due {
                say(format_args!("   {item}: {}: {}", verdict.outcome, verdict.reason));
            }
            self.tell(&decision.intents);
        }
        self.now = until;
    }

    fn tell(&self, intents: &[Intent]) {
        for intent in intents {
            for (number, call) in calls(intent, Timing::of(intent, self.now)).iter().enumerate() {
                let else_ = if number == 0 { "→" } else { "  if Trakt does not know that:" };
                say(format_args!("   {else_} {call}"));
            }
        }
    }
}
