//! Which events belong together, and where does a viewing stand?
//!
//! Pure: what plays is said from outside. What belongs to no viewing is a row of its own.

use super::line::{ActivityEntry, ActivityKind};
use super::shown::{FateShown, ViewingShown};
use crate::delivery::RECEIVER_PREFIX;
use crate::intent::ViewingKey;
use crate::tracker::all;
use std::collections::BTreeMap;

/// A line with its number.
pub(super) type Line<'a> = (u64, &'a ActivityEntry);

/// What plays: whether it is paused, by what it belongs to.
pub(super) type Playing = BTreeMap<ViewingKey, bool>;

/// How it went at a tracker, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// A receiver has it.
    Told,
    /// As it was meant; the word says as what.
    Done(&'static str),
    Rehearsed,
    Dropped,
    Waiting,
    Parked,
}

impl Fate {
    /// What has become of something that may not be lost; of what speaks of a moment nothing.
    fn of(line: &ActivityEntry) -> Option<Self> {
        let done = match (line.kind, &*line.event) {
            (ActivityKind::Delivery, "finish" | "mark") => "counted",
            (ActivityKind::Delivery, "unmark") => "marked as unwatched",
            (ActivityKind::Delivery, "rate") => "rated",
            (ActivityKind::Delivery, "unrate") => "rating removed",
            _ => return None,
        };
        let is_receiver =
            line.tracker.as_ref().is_some_and(|name| name.starts_with(RECEIVER_PREFIX));
        Some(match &*line.outcome {
            "delivered" if is_receiver => Self::Told,
            "delivered" => Self::Done(done),
            "rehearsed" => Self::Rehearsed,
            "later" => Self::Waiting,
            "parked" => Self::Parked,
            _ => Self::Dropped,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Done(word) => word,
            Self::Rehearsed => "rehearsed",
            Self::Dropped => "not sent",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
        }
    }
}

/// Puts together what belongs together. The lines come newest first, and so do the groups, by their
/// newest line.
pub(super) fn together<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<Vec<Line<'a>>> {
    let mut groups: Vec<Vec<Line<'a>>> = Vec::new();
    let mut of_viewing = BTreeMap::new();
    let mut of_item = BTreeMap::new();
    for (id, line) in lines {
        let known = match line.viewing {
            Some(key) => of_viewing.get(&key).copied(),
            // Whose it would be was not known before its server had answered; what came of it then
            // is the next that was said of the item.
            None if line.label == "asks_server" => of_item.get(line.item.as_str()).copied(),
            None => None,
        };
        let place = known.unwrap_or(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push((id, line)),
            None => groups.push(vec![(id, line)]),
        }
        if let Some(key) = line.viewing {
            of_viewing.insert(key, place);
        }
        of_item.insert(line.item.as_str(), place);
    }
    groups
}

/// How a group is shown; its lines come newest first.
pub(super) fn shown(lines: &[Line<'_>], playing: &Playing) -> ViewingShown {
    let all = || lines.iter().map(|(_, line)| *line);
    let verdicts = || all().filter(|line| line.kind == ActivityKind::Verdict);
    // A delivery is named as the tracker has it, and the timer names nobody.
    let told = || verdicts().chain(all());
    let text = |of: fn(&ActivityEntry) -> &str| {
        told().map(of).find(|text| !text.is_empty()).unwrap_or_default().to_owned()
    };
    let viewing = all().find_map(|line| line.viewing);
    let paused = viewing.and_then(|key| playing.get(&key)).copied();
    let fates = fates(all());
    let decision = lines.iter().position(|(_, line)| is_decision(line));
    let (state, reason) = state(lines, decision, paused, &fates);
    // What is heard of it behind its play does not make that a later one.
    let at = lines.get(decision.unwrap_or_default()).map(|(_, line)| line.at.to_string());
    let fates = fates.into_iter().map(|(line, fate)| FateShown {
        tracker: line.tracker.clone().unwrap_or_default(),
        state: fate.word().to_owned(),
        reason: line.reason.clone(),
    });
    ViewingShown {
        viewing: viewing.map(|key| key.to_string()),
        id: lines.first().map_or(0, |(id, _)| *id),
        at: at.unwrap_or_default(),
        account: told().find_map(|line| line.account.clone()),
        source: told().find_map(|line| line.source).map(|source| source.word().to_owned()),
        user: text(|line| &line.user),
        item: text(|line| &line.item),
        state: state.to_owned(),
        reason: reason.to_owned(),
        trackers: fates.collect(),
        events: lines.iter().map(|(id, line)| line.shown(*id)).collect(),
    }
}

/// What became of it at each tracker, in the order in which they are shown, and at receivers. Of a file with several episodes the worst.
fn fates<'a>(lines: impl Iterator<Item = &'a ActivityEntry>) -> Vec<(&'a ActivityEntry, Fate)> {
    let mut newest: BTreeMap<(&str, &str), (&ActivityEntry, Fate)> = BTreeMap::new();
    for line in lines {
        if let Some(fate) = Fate::of(line) {
            let tracker = line.tracker.as_deref().unwrap_or_default();
            newest.entry((tracker, &line.item)).or_insert((line, fate));
        }
    }
    let mut fates: Vec<(&ActivityEntry, Fate)> = Vec::new();
    for (line, fate) in newest.into_values() {
        match fates.last_mut().filter(|(last, _)| last.tracker == line.tracker) {
            Some(last) => *last = if fate > last.1 { (line, fate) } else { *last },
            None => fates.push((line, fate)),
        }
    }
    let place = |name: &Option<String>| {
        let name = name.as_deref().unwrap_or_default();
        all::names().position(|names| names.name == name).unwrap_or(usize::MAX)
    };
    fates.sort_by_key(|(line, _)| place(&line.tracker));
    fates
}

/// Where it stands, in a word, and what that rests on, in a sentence.
fn state<'a>(
    lines: &[Line<'a>],
    decision: Option<usize>,
    paused: Option<bool>,
    fates: &[(&'a ActivityEntry, Fate)],
) -> (&'a str, &'a str) {
    let all = || lines.iter().map(|(_, line)| *line);
    let mut verdicts = all().filter(|line| line.kind == ActivityKind::Verdict);
    // What says nothing new comes behind what does.
    let news = verdicts.clone().find(|line| line.outcome != "duplicate").or(verdicts.next());
    let is_told = all().take(decision.unwrap_or(0)).any(|line| Fate::of(line).is_some());
    let decision = decision.and_then(|place| lines.get(place)).map(|(_, line)| *line);
    let reason = decision.or(news).map_or("", |line| &*line.reason);
    let worst = fates.iter().map(|(_, fate)| *fate).max();
    let state = match (paused, decision, worst) {
        (Some(true), ..) => "paused",
        (Some(false), ..) => "playing",
        (None, Some(line), _) if !is_told => {
            if line.outcome == "queued" {
                "waiting"
            } else {
                "parked"
            }
        }
        (None, _, Some(worst)) => worst.word(),
        (None, _, None) => news.map_or("sent", nothing_is_counted),
    };
    (state, reason)
}

/// Whether something was decided that may not be lost.
fn is_decision(line: &ActivityEntry) -> bool {
    let action = line.action.as_deref().unwrap_or_default();
    line.kind == ActivityKind::Verdict
        && matches!(action, "finish" | "mark" | "unmark" | "rate" | "unrate")
        && (line.outcome == "queued" || line.label == "flood")
}

/// In a word, where nothing is to be counted.
fn nothing_is_counted(line: &ActivityEntry) -> &str {
    let is_played = !matches!(&*line.event, "rate" | "mark" | "unmark" | "webhook");
    match (&*line.outcome, line.viewing) {
        ("ignored" | "duplicate", _) if is_played => "not counted",
        ("queued", Some(_)) => "not counted",
        (outcome, _) => outcome,
    }
}

#[cfg(test)]
mod tests;
