//! What happened lately: the last events with their verdicts, and what became of intents.
//!
//! The list is not worth a write of its own: its lines are written with the next decision, and at
//! the end. A crash loses those since then, and nothing else.
//!
//! Where it is full, a line goes of the account that has the most: what floods one account's lines
//! leaves the others'.

use super::counts::Counts;
use super::heard::{Heard, Missed, ServerHeard};
use super::line::ActivityEntry;
use super::shown::{EventsShown, ViewingsShown};
use super::viewings::{self, Line, Playing};
use crate::config::{MediaServer, Settings};
use crate::event::{Action, Ear, Event, Source, Time, title};
use crate::store::ACTIVITY_MOST;
use crate::verdict::{Outcome, Verdict};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many lines are shown together to who looks through them. A viewing is shown whole.
const PAGE: usize = 300;
/// How far back a line is looked for that says the same.
const REPEATED_WITHIN: usize = 8;

/// The shared list of what happened lately. Cheap to clone; all clones are one list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity(Arc<Mutex<Lately>>);

#[derive(Debug, Default)]
struct Lately {
    /// The oldest first, with growing numbers, of which no two have one place on the disk.
    lines: VecDeque<Numbered>,
    /// Counts each change of a line, a new one included.
    changes: u64,
    /// All changes up to this one are on the disk.
    written: u64,
    counts: Counts,
    heard: Heard,
}

#[derive(Debug)]
struct Numbered {
    id: u64,
    /// Its last change.
    change: u64,
    line: ActivityEntry,
}

/// The lines that are not on the disk yet.
#[derive(Debug)]
pub(super) struct Unwritten {
    /// Each with its number, as JSON.
    pub lines: Vec<(u64, String)>,
    change: u64,
}

impl Activity {
    /// The list as an earlier start has left it, oldest first, and when it had last heard each media
    /// server. Versions before the tenth kept no more of that than the list does.
    pub(crate) fn restore(stored: Vec<(u64, ActivityEntry)>, heard: Vec<ServerHeard>) -> Self {
        let is_kept = !heard.is_empty();
        let mut lately = Lately { heard: Heard::restore(heard), ..Lately::default() };
        for (id, line) in stored {
            lately.counts.date(&line);
            if let Some(source) = line.source.filter(|_| !is_kept && line.outcome != "malformed") {
                lately.heard.hear(source, "", line.ear, line.at);
            }
            lately.lines.push_back(Numbered { id, change: 0, line });
        }
        Self(Arc::new(Mutex::new(lately)))
    }

    /// Adds a line. One that says the same of the same as a line shortly before it takes that in,
    /// and counts: Jellyfin reports progress once a second.
    pub(crate) fn note(&self, mut line: ActivityEntry) {
        let mut lately = self.lately();
        let Lately { lines, changes, counts, .. } = &mut *lately;
        counts.count(&line);
        *changes += 1;
        let within = lines.len().saturating_sub(REPEATED_WITHIN)..lines.len();
        let mut last = lines.range(within.clone()).enumerate().rev();
        let repeated = last
            .find(|(_, last)| last.line.repeats(&line) || last.line.goes_before(&line))
            .and_then(|(place, last)| last.line.repeats(&line).then_some(place));
        let old = repeated.and_then(|place| lines.remove(within.start + place));
        let id = if let Some(old) = old {
            line.times = old.line.times.saturating_add(1);
            line.since = old.line.since.or(Some(old.line.at));
            let mut id = old.id;
            for later in lines.iter_mut().skip_while(|last| last.id < old.id) {
                std::mem::swap(&mut later.id, &mut id); // it moves up
                later.change = *changes;
            }
            id
        } else {
            let mut gone = None;
            while lines.len() as u64 >= ACTIVITY_MOST {
                gone = lines.remove(dispensable(lines, &line));
            }
            next_number(lines, gone.as_ref())
        };
        lines.push_back(Numbered { id, change: *changes, line });
    }

    /// What is to be written at the next occasion.
    pub(super) fn unwritten(&self) -> Unwritten {
        let lately = self.lately();
        let new = lately.lines.iter().filter(|line| line.change > lately.written);
        let json = |line: &ActivityEntry| serde_json::to_string(line).ok(); // it has nothing that can't be
        let lines = new.filter_map(|entry| Some((entry.id, json(&entry.line)?))).collect();
        Unwritten { lines, change: lately.changes }
    }

    /// What was [`unwritten`](Self::unwritten) is on the disk now.
    pub(super) fn written(&self, lines: &Unwritten) {
        self.lately().written = lines.change;
    }

    /// A media server with this id, if it says one, says something, and how it is heard. Whether the disk is too far
    /// behind now, so that the desk should write it.
    pub(crate) fn hear(&self, source: Source, server: &str, ear: Ear, at: Time) -> bool {
        self.lately().heard.hear(source, server, ear, at)
    }

    /// A media server is known to play, or to have played, what no webhook came of.
    pub(crate) fn miss(&self, event: &Event, ear: Ear, at: Time) {
        let watched = if let Action::Played { at, .. } = event.action { Some(at) } else { None };
        let missed = Missed { item: event.item.label(), at, watched };
        self.lately().heard.miss(event.source, &event.server, ear, missed);
    }

    /// Whether it has played what no webhook came of, and none has come since.
    pub(crate) fn is_silent(&self, server: &MediaServer, settings: &Settings) -> bool {
        self.lately().heard.missed(server, settings).is_some()
    }

    /// When a webhook of that server last came.
    pub(crate) fn last_webhook(&self, server: &MediaServer, settings: &Settings) -> Option<Time> {
        self.lately().heard.by(Ear::Webhook, server, settings)
    }

    /// When each media server was last heard.
    pub(super) fn heard(&self) -> Heard {
        self.lately().heard.clone()
    }

    /// This of it is on the disk, or can't be now.
    pub(super) fn heard_written(&self, heard: Vec<ServerHeard>) {
        self.lately().heard.written(heard);
    }

    /// The clock was set: moves when something was heard between `since` and `until`.
    pub(super) fn clock_moved(&self, by_ms: i64, since: Time, until: Time) {
        self.lately().heard.clock_moved(by_ms, since, until);
    }

    /// The text of at most so many of the lines before the one with this number, newest first, as they are
    /// shown, and the number of the last of them; `None` where there are no more.
    pub(super) fn part(&self, before: Option<u64>, most: usize) -> Option<(String, u64)> {
        let lately = self.lately();
        let is_before = |entry: &&Numbered| before.is_none_or(|before| entry.id < before);
        let lines = lately.lines.iter().rev().filter(is_before).take(most);
        let json = |entry: &Numbered| {
            let text = serde_json::to_string(&entry.line.shown(entry.id)).ok()?; // it has nothing that can't be
            Some((text, entry.id))
        };
        lines.filter_map(json).reduce(|(all, _), (text, last)| (all + "," + &text, last))
    }

    /// At most so many of the lines, newest first, as they are shown.
    pub(super) fn shown(&self, most: usize) -> impl Serialize {
        Shown(self.clone(), most)
    }

    /// Those of the lines before the one with this number that have `search` in the title of their
    /// item, newest first, and how to go on.
    pub(super) fn page(&self, before: Option<u64>, search: &str) -> EventsShown {
        let lately = self.lately();
        let search = Search::new(search);
        let is_before = |entry: &&Numbered| before.is_none_or(|before| entry.id < before);
        let lines = lately.lines.iter().rev().filter(is_before);
        let mut lines = lines.filter(|entry| search.finds(&entry.line.item)).peekable();
        let of_page = lines.by_ref().take(PAGE);
        let events: Vec<_> = of_page.map(|entry| entry.line.shown(entry.id)).collect();
        let last = events.last().map(|event| event.id);
        EventsShown { before: last.filter(|_| lines.peek().is_some()), events }
    }

    /// Those viewings whose newest line is before the one with this number and that have `search` in
    /// the title of an item, newest first, and how to go on. `playing` is what plays.
    pub(super) fn viewings(
        &self,
        before: Option<u64>,
        search: &str,
        playing: &Playing,
    ) -> ViewingsShown {
        let lately = self.lately();
        let search = Search::new(search);
        let all = lately.lines.iter().rev().map(|entry| (entry.id, &entry.line));
        let is_wanted = |lines: &Vec<Line<'_>>| {
            let is_before = |(id, _): &Line<'_>| before.is_none_or(|before| *id < before);
            lines.first().is_some_and(is_before)
                && lines.iter().any(|(_, line)| search.finds(&line.item))
        };
        let mut left = viewings::together(all).into_iter().filter(is_wanted).peekable();
        let (mut shown, mut lines) = (Vec::new(), 0);
        while lines < PAGE
            && let Some(next) = left.next()
        {
            lines += next.len();
            shown.push(viewings::shown(&next, playing));
        }
        let last = shown.last().map(|viewing| viewing.id);
        ViewingsShown { before: last.filter(|_| left.peek().is_some()), viewings: shown }
    }

    #[cfg(test)]
    pub(super) fn lines(&self) -> Vec<ActivityEntry> {
        self.lately().lines.iter().rev().map(|entry| entry.line.clone()).collect()
    }

    /// How often what has happened.
    pub(crate) fn counts(&self) -> Counts {
        self.lately().counts.clone()
    }

    fn lately(&self) -> MutexGuard<'_, Lately> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the line is that goes for `new`: the oldest of the account that has the most then. Those
/// without an account count as one account's.
fn dispensable(lines: &VecDeque<Numbered>, new: &ActivityEntry) -> usize {
    let mut counts = BTreeMap::from([(new.account.as_deref(), 1)]);
    for entry in lines {
        *counts.entry(entry.line.account.as_deref()).or_insert(0) += 1;
    }
    let most = counts.values().copied().max();
    let is_of_most = |entry: &Numbered| counts.get(&entry.line.account.as_deref()).copied() == most;
    lines.iter().position(is_of_most).unwrap_or_default()
}

/// The next number whose place on the disk is free: that of the line that has gone, where one has.
fn next_number(lines: &VecDeque<Numbered>, gone: Option<&Numbered>) -> u64 {
    let next = lines.back().map_or(1, |last| last.id.saturating_add(1));
    let place = |number: u64| number % ACTIVITY_MOST;
    let is_free = |number: &u64| match gone {
        Some(gone) => place(gone.id) == place(*number),
        None => lines.iter().all(|entry| place(entry.id) != place(*number)),
    };
    (next..next.saturating_add(ACTIVITY_MOST)).find(is_free).unwrap_or(next)
}

/// Part of a title, as somebody types it.
struct Search {
    /// What of it can be heard.
    bare: String,
    /// Where that is nothing: as it is, in small letters.
    plain: String,
}

impl Search {
    fn new(text: &str) -> Self {
        Self { bare: title::bare(text), plain: text.trim().to_lowercase() }
    }

    fn finds(&self, title: &str) -> bool {
        if self.bare.is_empty() {
            title.to_lowercase().contains(&self.plain)
        } else {
            title::bare(title).contains(&self.bare)
        }
    }
}

/// Some of the lines. Thousands of JSON trees would take megabytes, so each is made when its turn
/// has come, and goes at once.
struct Shown(Activity, usize);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lately = self.0.lately();
        let lines = lately.lines.iter().rev().take(self.1);
        serializer.collect_seq(lines.map(|entry| entry.line.shown(entry.id)))
    }
}

/// The answer to a webhook: one word and one sentence for all, and each account's.
pub(crate) fn answer(verdicts: &[Verdict]) -> String {
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
mod tests;
