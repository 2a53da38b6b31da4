//! What happened lately: the last events with their verdicts, and what became of intents.

use crate::event::{Event, Source, Time};
use crate::verdict::{Outcome, Verdict};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many lines are remembered.
const MOST_LINES: usize = 2_000;

/// The shared list of what happened lately. Cheap to clone; all clones are one list.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<Mutex<VecDeque<Line>>>);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Line {
    /// When it happened, or happened last.
    pub at: Time,
    /// How often it happened in a row.
    pub times: u32,
    /// Which server said it; none where it happened by itself or at Trakt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Whose account, where one was concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Who watched, as the server names them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// What was watched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// What the server said, or what was to be told.
    pub event: &'static str,
    /// What became of it, in one word.
    pub outcome: &'static str,
    /// What is, or will be, told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// Why, in a sentence.
    pub reason: String,
    /// The word under which the reason is counted.
    pub label: &'static str,
}

impl Line {
    /// The line of an event and one of its verdicts.
    pub(super) fn of(event: &Event, verdict: &Verdict, at: Time) -> Self {
        Self {
            source: Some(event.source),
            user: if event.user.name.is_empty() { &event.user.id } else { &event.user.name }
                .clone(),
            item: event.item.label(),
            event: event.action.word(),
            ..Self::by_itself(verdict, String::new(), at)
        }
    }

    /// The line of something that became due by itself.
    pub(super) fn by_itself(verdict: &Verdict, item: String, at: Time) -> Self {
        Self {
            at,
            times: 1,
            source: None,
            account: verdict.account.clone(),
            user: String::new(),
            item,
            event: "wait over",
            outcome: verdict.outcome.word(),
            action: verdict.action.map(crate::intent::Verb::word),
            reason: verdict.reason.to_string(),
            label: verdict.reason.label(),
        }
    }

    /// The line of a request that was no webhook.
    pub(super) fn malformed(source: Source, at: Time) -> Self {
        Self {
            at,
            times: 1,
            source: Some(source),
            account: None,
            user: String::new(),
            item: String::new(),
            event: "webhook",
            outcome: "malformed",
            action: None,
            reason: String::new(),
            label: "malformed",
        }
    }

    /// Writes it to the log: what may interest a person at `info`, the rest at `debug`.
    pub(super) fn log(&self) {
        let level = match (self.outcome, self.label) {
            // What holds an account is said by its state, once.
            ("duplicate", _)
            | ("ignored", "not_playback" | "progress" | "expired")
            | ("later", "held") => log::Level::Debug,
            ("later" | "parked" | "malformed", _) => log::Level::Warn,
            _ => log::Level::Info,
        };
        let part = |text: &str| if text.is_empty() { String::new() } else { format!("{text} ") };
        log::log!(
            level,
            "{}{}{}{}→ {}: {}",
            part(self.source.map_or("", Source::word)),
            part(&self.user),
            part(&self.item),
            part(self.event),
            self.outcome,
            self.reason,
        );
    }

    fn repeats(&self, other: &Self) -> bool {
        (&self.source, &self.account, &self.user, &self.item)
            == (&other.source, &other.account, &other.user, &other.item)
            && (self.event, self.label) == (other.event, other.label)
    }
}

impl Activity {
    /// Adds a line. One that says the same of the same as the line before it is counted there:
    /// Jellyfin reports progress once a second.
    pub(super) fn note(&self, line: Line) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = lines.iter_mut().rev().take(8).find(|last| last.repeats(&line)) {
            let times = last.times.saturating_add(1);
            *last = Line { times, ..line };
            return;
        }
        if lines.len() >= MOST_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// The lines, newest first.
    pub(super) fn lines(&self) -> Vec<Line> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().rev().cloned().collect()
    }
}

/// The answer to a webhook: one word and one sentence for all, and each account's.
pub(super) fn answer(verdicts: &[Verdict]) -> String {
    let first = verdicts.iter().rev().max_by_key(|verdict| verdict.outcome);
    let results: Vec<_> = verdicts
        .iter()
        .map(|verdict| {
            serde_json::json!({
                "account": verdict.account,
                "outcome": verdict.outcome.word(),
                "action": verdict.action.map(crate::intent::Verb::word),
                "reason": verdict.reason.to_string(),
            })
        })
        .collect();
    let outcome = first.map_or(Outcome::Ignored, |verdict| verdict.outcome);
    let reason = first.map_or(String::new(), |verdict| verdict.reason.to_string());
    format!(
        "{}\n",
        serde_json::json!({"outcome": outcome.word(), "reason": reason, "results": results})
    )
}
