//! One thing that happened, as it is shown, logged and stored.

use super::shown::EventShown;
use crate::event::{Ear, Event, Source, Time};
use crate::intent::ViewingKey;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A word of our own: borrowed from the program, or read from the disk.
pub(crate) type Word = Cow<'static, str>;

/// What a line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ActivityKind {
    /// What was decided about an event.
    Verdict,
    /// What became of an intent.
    Delivery,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ActivityEntry {
    /// What it tells of.
    pub kind: ActivityKind,
    /// When it happened, or happened last.
    pub at: Time,
    /// How often it happened in a row.
    pub times: u32,
    /// When it happened first, where it happened again; earlier versions did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Which server said it; none where it happened by itself or at Trakt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How it was heard, where a server said it.
    #[serde(default, skip_serializing_if = "Ear::is_webhook")]
    pub ear: Ear,
    /// Whose account, where one was concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// At which tracker, where something became of an intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracker: Option<String>,
    /// Who watched, as the server names them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// What was watched.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// What the server said, or what was to be told.
    pub event: Word,
    /// What became of it, in one word.
    pub outcome: Word,
    /// What is, or will be, told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Word>,
    /// Why, in a sentence.
    pub reason: String,
    /// The word under which the reason is counted.
    pub label: Word,
    /// To which viewing it belongs; earlier versions did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewing: Option<ViewingKey>,
}

impl ActivityEntry {
    /// The line of an event that was heard so, and one of its verdicts.
    pub(crate) fn of(event: &Event, ear: Ear, verdict: &Verdict, at: Time) -> Self {
        Self {
            source: Some(event.source),
            ear,
            user: if event.user.name.is_empty() { &event.user.id } else { &event.user.name }
                .clone(),
            item: event.item.label(),
            event: event.action.word().into(),
            ..Self::by_itself(verdict, String::new(), at)
        }
    }

    /// The line of something that became due by itself.
    pub(crate) fn by_itself(verdict: &Verdict, item: String, at: Time) -> Self {
        Self {
            kind: ActivityKind::Verdict,
            at,
            times: 1,
            since: None,
            source: None,
            ear: Ear::default(),
            account: verdict.account.clone(),
            tracker: None,
            user: String::new(),
            item,
            event: "timer".into(),
            outcome: verdict.outcome.word().into(),
            action: verdict.action.map(|verb| verb.word().into()),
            reason: verdict.reason.to_string(),
            label: verdict.reason.label().into(),
            viewing: verdict.viewing,
        }
    }

    /// The line of a request that was no webhook.
    pub(crate) fn malformed(source: Source, at: Time) -> Self {
        Self {
            kind: ActivityKind::Verdict,
            at,
            times: 1,
            since: None,
            source: Some(source),
            ear: Ear::Webhook,
            account: None,
            tracker: None,
            user: String::new(),
            item: String::new(),
            event: "webhook".into(),
            outcome: "malformed".into(),
            action: None,
            reason: String::new(),
            label: "malformed".into(),
            viewing: None,
        }
    }

    /// As it is shown, with its number.
    pub(super) fn shown(&self, id: u64) -> EventShown {
        let word = |word: &Word| word.to_string();
        EventShown {
            id,
            kind: match self.kind {
                ActivityKind::Verdict => "verdict",
                ActivityKind::Delivery => "delivery",
            }
            .to_owned(),
            at: self.at.to_string(),
            times: self.times,
            since: self.since.map(|since| since.to_string()),
            source: self.source.map(|source| source.word().to_owned()),
            ear: self.source.map(|_| self.ear.word().to_owned()),
            account: self.account.clone(),
            tracker: self.tracker.clone(),
            user: self.user.clone(),
            item: self.item.clone(),
            event: word(&self.event),
            outcome: word(&self.outcome),
            action: self.action.as_ref().map(word),
            reason: self.reason.clone(),
            label: word(&self.label),
            viewing: self.viewing.map(|viewing| viewing.to_string()),
        }
    }

    /// What may interest a person is `info`, the rest `debug`.
    fn level(&self) -> log::Level {
        match (&*self.outcome, &*self.label, &*self.event) {
            ("duplicate", ..)
            | ("ignored", "not_playback" | "progress" | "expired", _)
            // What does not count said so when it began, and comes each second at Jellyfin.
            | ("ignored", _, "progress")
            // What holds an account is said by its state, once.
            | ("later", "held", _) => log::Level::Debug,
            ("later" | "parked" | "malformed" | "refused", ..) => log::Level::Warn,
            _ => log::Level::Info,
        }
    }

    /// Writes it to the log.
    pub(crate) fn log(&self) {
        let level = self.level();
        let part = |text: &str| if text.is_empty() { String::new() } else { format!("{text} ") };
        let ear = if self.ear.is_webhook() { "" } else { self.ear.word() };
        let said = format!(
            "{}{}{}{}{}→ {}: {}",
            part(self.source.map_or("", Source::word)),
            part(ear),
            part(&self.user),
            part(&self.item),
            part(&self.event),
            self.outcome,
            self.reason,
        );
        #[expect(
            clippy::match_same_arms,
            reason = "so many lines of one place are written a minute"
        )]
        match (self.kind, &*self.outcome) {
            (ActivityKind::Delivery, _) => log::log!(level, "{said}"),
            (ActivityKind::Verdict, "ignored" | "duplicate") => log::log!(level, "{said}"),
            (ActivityKind::Verdict, _) => log::log!(level, "{said}"),
        }
    }

    /// Whether it says the same of the same.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        (&self.source, &self.account, &self.tracker, &self.user, &self.item)
            == (&other.source, &other.account, &other.tracker, &other.user, &other.item)
            && (&self.event, &self.action, &self.label, self.viewing, self.ear)
                == (&other.event, &other.action, &other.label, other.viewing, other.ear)
    }

    /// Whether `other` must stay behind it: what is said of one viewing, and what a tracker makes of it,
    /// is told in its order.
    pub(super) fn goes_before(&self, other: &Self) -> bool {
        self.viewing.is_some()
            && (self.viewing, self.kind, &self.tracker)
                == (other.viewing, other.kind, &other.tracker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_each_second_and_does_not_count_is_no_news() {
        let level = |outcome: &'static str, label: &'static str, event: &'static str| {
            let line = ActivityEntry::malformed(Source::Jellyfin, Time(0));
            let (outcome, label, event) = (outcome.into(), label.into(), event.into());
            ActivityEntry { event, outcome, label, ..line }.level()
        };
        assert_eq!(level("ignored", "user", "start"), log::Level::Info);
        assert_eq!(level("ignored", "user", "progress"), log::Level::Debug);
        assert_eq!(level("queued", "finish", "progress"), log::Level::Info);
        assert_eq!(level("refused", "full", "progress"), log::Level::Warn);
        assert_eq!(level("later", "held", "timer"), log::Level::Debug);
    }
}
