//! What happened lately: the last events with their verdicts, and what became of intents. And how
//! often what has happened since the start.

use crate::event::{Event, Source, Time};
use crate::verdict::{Outcome, Verdict};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How many lines are remembered.
const MOST_LINES: usize = 2_000;

/// The shared list of what happened lately. Cheap to clone; all clones are one list.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<Mutex<Lately>>);

#[derive(Debug, Default)]
struct Lately {
    lines: VecDeque<Line>,
    counts: Counts,
}

/// How often what has happened since the start. Never falls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Verdicts: the source (none where something became due by itself), the outcome, the
    /// reason's label.
    pub verdicts: BTreeMap<(Option<Source>, &'static str, &'static str), u64>,
    /// What became of intents: the account and the outcome.
    pub deliveries: BTreeMap<(String, &'static str), u64>,
    /// When each source was last heard.
    pub heard: BTreeMap<Source, Time>,
    /// When something was last delivered for an account.
    pub delivered: BTreeMap<String, Time>,
}

impl Counts {
    fn count(&mut self, line: &Line) {
        if let Some(source) = line.source {
            self.heard.insert(source, line.at);
        }
        match (line.kind, &line.account) {
            (Kind::Delivery, account) => {
                let account = account.clone().unwrap_or_default();
                if line.outcome == "delivered" {
                    self.delivered.insert(account.clone(), line.at);
                }
                *self.deliveries.entry((account, line.outcome)).or_default() += 1;
            }
            (Kind::Verdict, _) => {
                *self.verdicts.entry((line.source, line.outcome, line.label)).or_default() += 1;
            }
        }
    }
}

/// What a line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What was decided about an event.
    Verdict,
    /// What became of an intent.
    Delivery,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Line {
    /// What it tells of.
    #[serde(skip)]
    pub kind: Kind,
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
            kind: Kind::Verdict,
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
            kind: Kind::Verdict,
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
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Lately { lines, counts } = &mut *lately;
        counts.count(&line);
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
        let lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lately.lines.iter().rev().cloned().collect()
    }

    /// How often what has happened.
    pub(super) fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).counts.clone()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: Kind, outcome: &'static str, at: u64) -> Line {
        let source = (kind == Kind::Verdict).then_some(Source::Plex);
        Line {
            kind,
            source,
            account: Some("alice".into()),
            outcome,
            label: outcome,
            ..Line::malformed(Source::Plex, Time(at))
        }
    }

    #[test]
    fn a_repeated_line_is_one_line_and_counted_each_time() {
        let activity = Activity::default();
        for at in 1..=3 {
            activity.note(line(Kind::Verdict, "ignored", at));
        }
        activity.note(line(Kind::Delivery, "delivered", 4));
        activity.note(line(Kind::Delivery, "parked", 5));
        let times: Vec<_> =
            activity.lines().iter().map(|line| (line.outcome, line.times)).collect();
        assert_eq!(times, [("parked", 1), ("delivered", 1), ("ignored", 3)]);
        let counts = activity.counts();
        let expected = Counts {
            verdicts: [((Some(Source::Plex), "ignored", "ignored"), 3)].into(),
            deliveries: [(("alice".into(), "delivered"), 1), (("alice".into(), "parked"), 1)]
                .into(),
            heard: [(Source::Plex, Time(3))].into(),
            delivered: [("alice".into(), Time(4))].into(),
        };
        assert_eq!(counts, expected);
    }
}
