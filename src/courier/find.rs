//! What a tracker knows of an intent's item, and what it has already.

use super::deliver::Attempt;
use super::halt::{Halt, in_words};
use super::judge;
use super::link::Link;
use crate::delivery::{How, ItemFacts, Settled, Work};
use crate::event::{Ids, Kind, Time};
use crate::intent::{Intent, Verb};
use crate::tracker::{Hurdle, Looks, Lookup, Plays};
use std::time::Duration;

/// A movie file shorter than this may be a trailer.
const TRAILER_MOST: Duration = Duration::from_secs(10 * 60);
/// And is one if the film is so many times as long.
const TRAILER_FACTOR: u64 = 3;
/// How often the history is looked at, where the tracker's clock is found to be another than was
/// thought: one answer says so, the next confirms it, and the third is of the right days.
const LOOKS_MOST: usize = 3;
/// How often in a row a question is put that has failed for more than an hour, before its play is told
/// without an answer: after an outage of hours, one that fails by chance proves nothing.
const LAST_QUESTIONS: u32 = 3;

impl Attempt {
    /// What the item is at the tracker.
    pub(super) fn find(&mut self, link: &mut Link<'_>) -> Result<Lookup, Halt> {
        if let Some(found) = &self.found {
            return Ok(Lookup::Found(found.clone()));
        }
        let now = link.steady();
        let (item, show) = (&self.work.intent.item, self.work.show);
        let lookup = match self.recall(link) {
            Some(known) => known,
            None => link.ask(|tracker, ask| tracker.find(ask, item, show, now))?,
        };
        if let Lookup::Found(found) = &lookup {
            self.learn(found.clone());
        }
        Ok(lookup)
    }

    /// The tracker does not know the number any more under which it knew the item.
    pub(super) fn unlearn(&mut self, link: &mut Link<'_>) {
        self.found = None;
        (self.learned.ids, self.learned.show) = (Ids::default(), None);
        link.tracker.forget(&mut self.work.intent.item);
    }

    /// What the tracker has answered of late, if it was asked what the item is.
    pub(super) fn recall(&self, link: &Link<'_>) -> Option<Lookup> {
        link.tracker.recall(&self.work.intent.item, link.steady())
    }

    /// The number of its show at the tracker, as far as that is known.
    pub(super) fn show(&self) -> Option<u64> {
        self.work.show.or(self.learned.show)
    }

    /// The user's plays of it, and the time there; `None` where the tracker does not know what it is.
    fn plays(&mut self, link: &mut Link<'_>, since: Option<Time>) -> Result<Option<Plays>, Halt> {
        let (item, show) = (self.work.intent.item.clone(), self.show());
        if link.looks_by_name()
            && let Some(plays) =
                link.ask(|tracker, ask| tracker.plays_by_name(ask, &item, show, since))?
        {
            return Ok(Some(plays));
        }
        let Lookup::Found(found) = self.find(link)? else { return Ok(None) };
        link.ask(|tracker, ask| tracker.plays(ask, &item, &found, since)).map(Some)
    }

    /// What becomes of a play that the tracker has already; `None` where it is to be told.
    pub(super) fn look(&mut self, link: &mut Link<'_>) -> Result<Option<Settled>, Halt> {
        if link.tracker.traits().looks == Looks::Never {
            return Ok(None);
        }
        let mut asked = 0;
        loop {
            asked += 1;
            match self.look_for_play(link) {
                Err(Halt::Hurdle(Hurdle::Unreachable { .. }))
                    if judge::is_stuck(&self.work) && asked < LAST_QUESTIONS => {}
                Err(halt) if self.is_told_unasked(link, &halt) => return Ok(None),
                looked => return looked,
            }
        }
    }

    /// Whether a play is told though the tracker did not say whether it has it: where a question is
    /// refused, telling finds out what else is, and where it has come to nothing for more than an hour,
    /// telling may not. Said in the log.
    fn is_told_unasked(&self, link: &Link<'_>, halt: &Halt) -> bool {
        let (title, destination) = (link.title(), &link.queue.destination);
        let why = match halt {
            Halt::Refused(why) => why.clone(),
            Halt::Hurdle(hurdle @ Hurdle::Refused(_)) => in_words(hurdle, destination, title),
            Halt::Hurdle(hurdle @ Hurdle::Unreachable { .. }) if judge::is_stuck(&self.work) => {
                in_words(hurdle, destination, title)
            }
            Halt::Hurdle(_) | Halt::Stop => return false,
        };
        let is_told = link.looks_by_name() && self.work.intent.verb == Verb::Finish;
        if is_told {
            let (account, label) = (&destination.account, self.work.intent.item.label());
            log::warn!(
                "account `{account}`: {title} does not say whether it has `{label}` already, so that it \
                 is told: {why}"
            );
        }
        is_told
    }

    fn look_for_play(&mut self, link: &mut Link<'_>) -> Result<Option<Settled>, Halt> {
        let is_mark = self.work.intent.verb == Verb::Mark;
        let mut looks = 0;
        let plays = loop {
            let since = link.by_their_clock(&self.work, self.work.intent.began);
            let since = (!is_mark).then_some(since);
            let Some((plays, date)) = self.plays(link, since)? else { return Ok(None) };
            looks += 1;
            // By the clock that stood until now plays may have been looked for on wrong days.
            if !link.compare_clocks(date) || looks == LOOKS_MOST {
                break plays;
            }
        };
        let play = judge::play_of_this_viewing(&self.work_by_their_clock(link), &plays);
        Ok(play.map(|play| {
            if is_mark {
                return self.done(How::Already, None); // it stands for a viewing of its own
            }
            self.already(link, Some(play.id), play.watched_at)
        }))
    }

    /// The work with its times as the tracker's clock would have shown them, and with those plays
    /// of ours that are of what its item was found to be: a neighbour may share a name.
    pub(super) fn work_by_their_clock(&self, link: &Link<'_>) -> Work {
        let mut work = self.work.clone();
        work.intent.at = link.by_their_clock(&self.work, work.intent.at);
        work.intent.began = link.by_their_clock(&self.work, work.intent.began);
        if let Some(found) = &self.found {
            work.ours.retain(|play| play.item.is_none_or(|number| number == found.number));
        }
        work
    }

    /// Asks for the runtime of what was just begun, where the media server does not know it:
    /// without one nobody can tell how far it is played. Nothing depends on the answer.
    pub(super) fn learn_runtime(&self, link: &mut Link<'_>, learned: &mut ItemFacts) {
        let Intent { verb, item, .. } = &self.work.intent;
        let wanted = *verb == Verb::Start && item.runtime_ms.or(learned.runtime_ms).is_none();
        if let Some(found) = self.found.as_ref().filter(|_| wanted)
            && let Ok(Ok(runtime)) = link.put(|tracker, ask| tracker.runtime(ask, found))
        {
            learned.runtime_ms = runtime;
        }
    }

    /// Why the movie at hand is a trailer (cenodude/CrossWatch#543), if it is one.
    pub(super) fn trailer(&mut self, link: &mut Link<'_>) -> Result<Option<String>, Halt> {
        let item = &self.work.intent.item;
        let plays = match self.work.intent.verb {
            Verb::Start | Verb::Pause | Verb::Left | Verb::Abandoned | Verb::Finish => true,
            Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => false,
        };
        let plays = plays && link.tracker.traits().tells_runtimes;
        let Some(runtime_ms) = item.runtime_ms.filter(|_| plays && item.kind == Kind::Movie) else {
            return Ok(None);
        };
        if Duration::from_millis(runtime_ms) >= TRAILER_MOST {
            return Ok(None);
        }
        let Lookup::Found(found) = self.find(link)? else { return Ok(None) };
        let theirs = link.ask(|tracker, ask| tracker.runtime(ask, &found))?;
        self.learned.runtime_ms = theirs;
        let is_trailer = theirs.is_some_and(|ms| ms > runtime_ms.saturating_mul(TRAILER_FACTOR));
        Ok(is_trailer.then(|| {
            let minutes = theirs.unwrap_or_default() / 60_000;
            format!("taken as a trailer: at {} the film has {minutes} minutes", link.title())
        }))
    }
}
