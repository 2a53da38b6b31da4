//! What happened lately: the last events with their verdicts, and what became of intents.
//!
//! The list is not worth a write of its own: its lines are written with the next decision, and at
//! the end. A crash loses those since then, and nothing else.

use super::counts::Counts;
use super::heard::{Heard, ServerHeard};
use super::line::ActivityEntry;
use super::shown::EventsShown;
use crate::event::{Source, Time, title};
use crate::store::ACTIVITY_MOST;
use crate::verdict::{Outcome, Verdict};
use serde::{Serialize, Serializer};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many lines are shown together to who looks through them.
const PAGE: usize = 300;
/// How far back a line is looked for that says the same.
const REPEATED_WITHIN: usize = 8;

/// The shared list of what happened lately. Cheap to clone; all clones are one list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity(Arc<Mutex<Lately>>);

#[derive(Debug, Default)]
struct Lately {
    /// The oldest first, without gaps in their numbers.
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
                lately.heard.hear(source, "", line.at);
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
        let repeated = lines.range(within.clone()).rposition(|last| last.line.repeats(&line));
        if let Some(old) = repeated.and_then(|place| lines.remove(within.start + place)) {
            line.times = old.line.times.saturating_add(1);
            for (later, id) in lines.iter_mut().skip_while(|last| last.id < old.id).zip(old.id..) {
                (later.id, later.change) = (id, *changes); // it moves up
            }
        }
        let id = lines.back().map_or(1, |last| last.id + 1);
        if lines.front().is_some_and(|first| first.id + ACTIVITY_MOST <= id) {
            lines.pop_front();
        }
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

    /// A media server with this id, if it says one, says something. Whether the disk is too far
    /// behind now, so that the desk should write it.
    pub(crate) fn hear(&self, source: Source, server: &str, at: Time) -> bool {
        self.lately().heard.hear(source, server, at)
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
mod tests {
    use super::*;
    use crate::delivery::Destination;
    use crate::desk::line::ActivityKind;
    use std::collections::BTreeMap;

    fn line(kind: ActivityKind, outcome: &'static str, at: u64) -> ActivityEntry {
        let source = (kind == ActivityKind::Verdict).then_some(Source::Plex);
        ActivityEntry {
            kind,
            source,
            account: Some("alice".into()),
            outcome: outcome.into(),
            label: outcome.into(),
            ..ActivityEntry::malformed(Source::Plex, Time(at))
        }
    }

    #[test]
    fn a_repeated_line_stands_where_it_was_repeated_last_also_after_a_restart() {
        let (activity, mut disk) = (Activity::default(), BTreeMap::new());
        for (outcome, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            activity.note(line(ActivityKind::Verdict, outcome, at));
        }
        write(&mut disk, &activity);
        activity.note(line(ActivityKind::Verdict, "b", 5));
        assert_eq!(told(&activity), ["b 2", "d 1", "c 1", "a 1"]);
        assert_eq!(write(&mut disk, &activity), 3, "it, and what has moved");
        assert_eq!(
            Activity::restore(disk.into_values().collect(), Vec::new()).lines(),
            activity.lines()
        );
        activity.note(line(ActivityKind::Verdict, "b", 6));
        assert_eq!(told(&activity), ["b 3", "d 1", "c 1", "a 1"]);
        assert_eq!(activity.unwritten().lines.len(), 1, "what is last already moves nothing");
    }

    #[test]
    fn all_lines_can_be_looked_through_and_found_by_their_title() {
        let activity = Activity::default();
        for number in 0..700 {
            let item = format!("{} 1x{number:03}", if number % 2 == 0 { "Amélie" } else { "Noon" });
            activity.note(ActivityEntry { item, ..line(ActivityKind::Verdict, "queued", number) });
        }
        let page = |before, search: &str| {
            let EventsShown { events, before } = activity.page(before, search);
            let ends = [events.first(), events.last()];
            let ends = ends.map(|event| event.map_or("", |event| &*event.item).to_owned());
            (events.len(), ends.join(" to "), before)
        };
        assert_eq!(page(None, ""), (300, "Noon 1x699 to Amélie 1x400".into(), Some(401)));
        assert_eq!(page(Some(401), " "), (300, "Noon 1x399 to Amélie 1x100".into(), Some(101)));
        assert_eq!(page(Some(101), ""), (100, "Noon 1x099 to Amélie 1x000".into(), None));
        assert_eq!(page(None, "amelie"), (300, "Amélie 1x698 to Amélie 1x100".into(), Some(101)));
        assert_eq!(page(Some(101), "AMELIE "), (50, "Amélie 1x098 to Amélie 1x000".into(), None));
        assert_eq!(page(None, "noon 1x699"), (1, "Noon 1x699 to Noon 1x699".into(), None));
        assert_eq!(page(None, "midnight"), (0, " to ".into(), None));
        assert_eq!(page(Some(1), ""), (0, " to ".into(), None));
        activity.note(line(ActivityKind::Verdict, "odd", 700));
        assert_eq!(page(None, "?!").0, 0, "nothing in it can be heard");
    }

    fn told(activity: &Activity) -> Vec<String> {
        activity.lines().iter().map(|line| format!("{} {}", line.outcome, line.times)).collect()
    }

    /// What is on a disk after this write.
    fn write(disk: &mut BTreeMap<u64, (u64, ActivityEntry)>, activity: &Activity) -> usize {
        let unwritten = activity.unwritten();
        for (id, json) in &unwritten.lines {
            let line = serde_json::from_str(json).expect("a line");
            disk.insert(id % ACTIVITY_MOST, (*id, line));
        }
        activity.written(&unwritten);
        unwritten.lines.len()
    }

    #[test]
    fn a_line_is_written_once_and_again_when_it_is_repeated() {
        let (activity, mut disk) = (Activity::default(), BTreeMap::new());
        activity.note(line(ActivityKind::Verdict, "ignored", 1));
        activity.note(line(ActivityKind::Delivery, "delivered", 2));
        assert_eq!(write(&mut disk, &activity), 2);
        assert_eq!(write(&mut disk, &activity), 0);
        activity.note(line(ActivityKind::Verdict, "ignored", 3));
        let unwritten = activity.unwritten();
        activity.note(line(ActivityKind::Verdict, "queued", 4)); // while the other is being written
        activity.written(&unwritten);
        assert_eq!(unwritten.lines.len(), 2, "it, and what has moved up");
        assert_eq!(write(&mut disk, &activity), 1);
    }

    #[test]
    fn what_was_written_is_there_after_a_restart_and_goes_on() {
        let (mut activity, mut disk) = (Activity::default(), BTreeMap::new());
        let most = usize::try_from(ACTIVITY_MOST).expect("a small number");
        for at in 0..most as u64 + 10 {
            activity.note(ActivityEntry {
                item: at.to_string(),
                ..line(ActivityKind::Verdict, "ignored", at)
            });
        }
        activity.note(line(ActivityKind::Delivery, "delivered", 9_000));
        assert_eq!(write(&mut disk, &activity), most, "no more than are kept");
        for at in [9_001, 9_002] {
            let before = activity.lines();
            let mut stored: Vec<_> = disk.values().cloned().collect();
            stored.sort_by_key(|(id, _)| *id);
            activity = Activity::restore(stored, Vec::new());
            assert_eq!(activity.lines(), before);
            activity.note(ActivityEntry {
                user: at.to_string(),
                ..line(ActivityKind::Verdict, "queued", at)
            });
            assert_eq!(write(&mut disk, &activity), 1);
        }
        let expected = Counts {
            verdicts: [((Some(Source::Plex), "queued".into(), "queued".into()), 1)].into(),
            heard: [(Source::Plex, Time(9_002))].into(),
            delivered: [(Destination::new("alice", "trakt"), Time(9_000))].into(),
            ..Counts::default()
        };
        assert_eq!(activity.counts(), expected, "counted since the start, dated since ever");
    }

    #[test]
    fn a_repeated_line_is_one_line_and_counted_each_time() {
        let activity = Activity::default();
        for at in 1..=3 {
            activity.note(line(ActivityKind::Verdict, "ignored", at));
        }
        activity.note(line(ActivityKind::Delivery, "delivered", 4));
        activity.note(line(ActivityKind::Delivery, "parked", 5));
        assert_eq!(told(&activity), ["parked 1", "delivered 1", "ignored 3"]);
        let counts = activity.counts();
        let expected = Counts {
            verdicts: [((Some(Source::Plex), "ignored".into(), "ignored".into()), 3)].into(),
            deliveries: ["delivered", "parked"]
                .map(|outcome| ((Destination::new("alice", "trakt"), outcome.into()), 1))
                .into(),
            heard: [(Source::Plex, Time(3))].into(),
            delivered: [(Destination::new("alice", "trakt"), Time(4))].into(),
        };
        assert_eq!(counts, expected);
    }
}
