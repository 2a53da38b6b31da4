//! Is the history what was watched: each play once, at its time, and nothing else?

use crate::daemon::trackers::{Play, Stand};
use scrobbled::event::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How far a play may be from its true time: what is later goes to the history with it.
const NEAR: Duration = Duration::from_secs(60);
/// A call that leaves in time may be answered a little later.
const ON_THE_WAY: Duration = Duration::from_secs(3);

/// What somebody has watched to its end.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) person: String,
    pub(crate) label: String,
    /// When its media server first said so.
    pub(crate) from: Time,
    /// When that was answered with 200.
    pub(crate) to: Time,
}

/// What is wrong with what a tracker has, if `watched` is the truth: of what was watched again, only
/// the first time counts where the tracker has no second one.
pub(crate) fn judge_at(tracker: &dyn Stand, watched: &[Watched]) -> Vec<String> {
    let mut watched = watched.to_vec();
    if !tracker.counts_again() {
        watched.sort_by_key(|one| one.from);
        let mut seen = BTreeSet::new();
        watched.retain(|one| seen.insert((one.person.clone(), one.label.clone())));
    }
    let wrong = judge(&watched, &tracker.history()).into_iter().chain(tracker.debts());
    wrong.map(|wrong| format!("{}: {wrong}", tracker.name())).collect()
}

/// What is wrong with `history`, if `watched` is the truth. What was watched again counts again.
pub(crate) fn judge(watched: &[Watched], history: &[Play]) -> Vec<String> {
    let mut plays: BTreeMap<(&str, &str), Vec<Time>> = BTreeMap::new();
    for play in history {
        plays.entry((&play.person, &play.label)).or_default().push(play.at);
    }
    let mut truth: BTreeMap<(&str, &str), Vec<&Watched>> = BTreeMap::new();
    for one in watched {
        truth.entry((&one.person, &one.label)).or_default().push(one);
    }
    let mut wrong = Vec::new();
    for ((person, label), mut viewings) in truth {
        let mut times = plays.remove(&(person, label)).unwrap_or_default();
        times.sort_unstable();
        viewings.sort_by_key(|viewing| viewing.from);
        if times.is_empty() {
            wrong.push(format!("{person}'s `{label}` is lost"));
        } else if times.len() != viewings.len() {
            let (there, right) = (times.len(), viewings.len());
            wrong.push(format!("{person}'s `{label}` is there {there} times, not {right}"));
        } else {
            for (Watched { from, to, .. }, at) in viewings.into_iter().zip(times) {
                let off = from.since(at).max(at.since(*to));
                if off > NEAR + ON_THE_WAY {
                    wrong.push(format!("{person}'s `{label}` is {off:?} off"));
                }
            }
        }
    }
    wrong.extend(plays.keys().map(|(person, label)| format!("{person} never saw `{label}`")));
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_a_loss_a_wrong_time_and_a_stranger_are_noticed() {
        let noon = Time(1_795_464_000_000);
        let minutes = |count: u64| Duration::from_secs(60 * count);
        let play = |label: &str, at| Play { person: "al".into(), label: label.into(), at };
        let watched = |label: &str| {
            let (person, label) = ("al".into(), label.into());
            Watched { person, label, from: noon, to: noon.after(minutes(1)) }
        };
        let truth = [watched("A"), watched("B")];
        let (a, b) = (play("A", noon), play("B", noon.after(minutes(2))));
        let of_another = Play { person: "bo".into(), ..a.clone() };
        let cases: [(&[Play], &[&str]); 7] = [
            (&[a.clone(), b.clone()], &[]),
            (&[a.clone(), b.clone(), a.clone()], &["al's `A` is there 2 times, not 1"]),
            (std::slice::from_ref(&b), &["al's `A` is lost"]),
            (&[play("A", noon.before(minutes(2))), b.clone()], &["al's `A` is 120s off"]),
            (&[a.clone(), play("B", noon.after(minutes(3)))], &["al's `B` is 120s off"]),
            (&[a.clone(), b.clone(), play("C", noon)], &["al never saw `C`"]),
            (&[of_another, b.clone()], &["al's `A` is lost", "bo never saw `A`"]),
        ];
        for (history, expected) in cases {
            assert_eq!(judge(&truth, history), expected, "{history:?}");
        }
    }

    #[test]
    fn what_is_watched_again_counts_again() {
        let noon = Time(1_795_464_000_000);
        let at = |hours: u64| noon.after(Duration::from_secs(3_600 * hours));
        let play = |hours| Play { person: "al".into(), label: "A".into(), at: at(hours) };
        let watched = |hours| {
            let (person, label) = ("al".into(), "A".into());
            Watched { person, label, from: at(hours), to: at(hours) }
        };
        let truth = [watched(48), watched(0)];
        let cases: [(&[Play], &[&str]); 3] = [
            (&[play(0), play(48)], &[]),
            (&[play(0)], &["al's `A` is there 1 times, not 2"]),
            (&[play(0), play(1)], &["al's `A` is 169200s off"]),
        ];
        for (history, expected) in cases {
            assert_eq!(judge(&truth, history), expected, "{history:?}");
        }
    }
}
