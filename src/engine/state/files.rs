//! Files with several episodes: rule 14.
//!
//! A file is one item with one session, like any other, and all rules look at it as a whole. Only
//! what is told of it is shared out: its progress runs through its episodes in equal shares, and
//! each is told under its own name. Whether an episode counts once is remembered of the episode,
//! which may also be played by itself.

use super::super::Decision;
use super::super::ruling::{Ruling, ignored};
use super::super::session::Session;
use super::super::viewing::{Episodes, Viewing};
use super::Draft;
use super::reel::{self, Reel};
use crate::event::Time;
use crate::intent::{Intent, Verb};
use crate::verdict::{Outcome, Reason};
use std::collections::BTreeSet;
use std::time::Duration;

/// A viewing of a file as it was before a turn.
pub(super) struct Before {
    sessions: Vec<Session>,
    round: u32,
    /// How many intents there were, and how many were parked.
    pub(super) told: (usize, usize),
}

impl Before {
    /// The names of those of its sessions whose starts stand open ([`Intent::session`]).
    pub(super) fn open(&self) -> BTreeSet<String> {
        let open = self.sessions.iter().filter_map(|one| Some((one.id, one.stretch?.open?)));
        open.map(|(session, index)| reel::name_of(session, index)).collect()
    }
}

impl Draft<'_> {
    /// What is needed to share out what a turn tells; `None` where its item is no such file.
    pub(super) fn file_before(&self, id: u64, decision: &Decision) -> Option<Before> {
        let file = self.state.viewings.get(&id).filter(|file| file.item.episodes() > 1)?;
        Some(Before {
            sessions: file.sessions.clone(),
            round: file.round,
            told: (decision.intents.len(), decision.parked.len()),
        })
    }

    /// Shares out what a turn has told of a file, and tells the episodes that were passed in it.
    pub(super) fn share_out(
        &mut self,
        id: u64,
        before: &Before,
        now: Time,
        decision: &mut Decision,
    ) {
        let told = decision.intents.split_off(before.told.0);
        let parked = decision.parked.split_off(before.told.1);
        decision.parked.extend(parked.iter().flat_map(|(intent, why)| {
            by_hand(intent).into_iter().map(move |intent| (intent, why.clone()))
        }));
        let begins_anew = self.edit(id, |file| {
            let begins_anew = file.round != before.round;
            if begins_anew {
                file.episodes = Episodes::default();
            }
            begins_anew
        });
        let whole = told.iter().chain(parked.iter().map(|(intent, _)| intent));
        if whole.into_iter().any(|it| it.session.is_empty() && it.verb == Verb::Finish) {
            self.end_starts(id, now, decision);
        }
        let by_hand = told.iter().filter(|intent| intent.session.is_empty()).flat_map(by_hand);
        decision.intents.extend(by_hand);
        let Some(file) = self.state.viewings.get(&id).map(|file| Viewing::clone(file)) else {
            return;
        };
        for session in &file.sessions {
            let was = before.sessions.iter().find(|was| was.id == session.id);
            let name = session.id.to_string();
            let told: Vec<&Intent> = told.iter().filter(|told| told.session == name).collect();
            if told.is_empty() && was == Some(session) && begins_anew == Some(false) {
                continue;
            }
            let mut reel = Reel::new(self, id, &file, session, was, now);
            if session.round == file.round {
                reel.run(&told);
            }
            // One that was left behind in an earlier round tells nothing but its end.
            if session.round < file.round || !session.is_open() {
                reel.end_what_is_open();
            }
            let Reel { stretch, intents, told, .. } = reel;
            decision.intents.extend(intents);
            self.edit(id, |file| {
                for kept in &mut file.sessions {
                    if kept.id == session.id {
                        kept.stretch = Some(stretch);
                    } else if let Some(other) = &mut kept.stretch {
                        // Whoever tells of an episode owes its end.
                        other.open = other.open.filter(|index| !told.has(*index));
                    }
                }
            });
        }
    }

    /// Ends the episodes of a file whose starts stand open, where a play of it is told or parked without
    /// its session, which ends none.
    fn end_starts(&mut self, id: u64, now: Time, decision: &mut Decision) {
        let ended = self.edit(id, |file| {
            let key = file.key(id);
            let (account, item, round) = (&file.account, &file.item, file.round);
            let theirs = file.sessions.iter_mut().filter(|one| one.round <= round);
            let open = theirs.filter_map(|one| {
                let index = one.stretch.as_mut()?.open.take()?;
                Some((one.id, index, reel::own(item.episodes(), index, one.pulse.anchor)))
            });
            let ended = open.map(|(session, index, progress)| Intent {
                account: account.clone(),
                verb: Verb::Abandoned,
                item: item.episode(index),
                session: reel::name_of(session, index),
                progress,
                at: now,
                began: file.began.unwrap_or(now),
                viewing: Some(key),
            });
            ended.collect::<Vec<_>>()
        });
        decision.intents.extend(ended.into_iter().flatten());
    }

    /// The viewing of whose session an intent speaks ([`Intent::session`]); of a file that of its
    /// episode.
    pub(super) fn spoken_of(&self, session: &str) -> Option<u64> {
        let (session, episode) =
            session.split_once('#').map_or((session, None), |(one, two)| (one, Some(two)));
        let session = session.parse::<u64>().ok()?;
        let mut viewings = self.state.viewings.iter();
        let (id, viewing, session) = viewings.find_map(|(&id, viewing)| {
            let session = viewing.sessions.iter().find(|candidate| candidate.id == session)?;
            Some((id, viewing, session))
        })?;
        match episode {
            None => Some(id),
            Some(number) => {
                let index = number.parse::<u32>().ok()?.checked_sub(1)?;
                self.episode_of(viewing, session, index)
            }
        }
    }
}

/// What became of an event of a file, where `told` is what is told of its episodes.
pub(super) fn ruling(of_the_file: Ruling, told: &[Intent]) -> Ruling {
    match (told.last(), of_the_file.outcome) {
        (Some(Intent { verb, progress, .. }), Outcome::Ignored | Outcome::Duplicate) => Ruling {
            outcome: Outcome::Queued,
            action: Some(*verb),
            reason: Reason::Sent { verb: *verb, progress: *progress },
        },
        (None, Outcome::Queued) => ignored(Reason::EpisodeCounted),
        _ => of_the_file,
    }
}

/// What was said of a file as a whole, of each of its episodes; a rating is its first one's. A play
/// ends with the last of them.
fn by_hand(intent: &Intent) -> Vec<Intent> {
    let is_rating = matches!(intent.verb, Verb::Rate(_) | Verb::Unrate);
    let episodes = if is_rating { 1 } else { intent.item.episodes() };
    let of = |index| {
        let item = intent.item.episode(index);
        let share = item.runtime_ms.filter(|_| intent.verb == Verb::Finish).unwrap_or_default();
        let rest = share.saturating_mul(u64::from(episodes - 1 - index));
        Intent { item, at: intent.at.before(Duration::from_millis(rest)), ..intent.clone() }
    };
    (0..episodes).map(of).collect()
}
