//! Many marks in few calls: a season that is marked as a whole is one call, not twenty.
//!
//! Each is looked up and looked at by itself; what the tracker has not seen leaves together. One
//! that it does not find is settled alone, and where it refuses the whole call each is told alone:
//! one of them may be at fault. So is each where a tracker that is told by names does not know all by
//! them.

use super::deliver::{Attempt, deliver as deliver_one};
use super::halt::{Halt, Setback, Stop};
use super::judge;
use super::link::Link;
use crate::delivery::{How, Settled, Work};
use crate::event::Time;
use crate::intent::Intent;
use crate::tracker::{Added, CallOutcome, Found, Looks, Lookup};

/// Tries to deliver marks and says what became of each.
pub(super) fn deliver(link: &mut Link<'_>, works: &[Work]) -> Result<(), Stop> {
    if link.tracker.traits().looks != Looks::ByNumber {
        return by_name(link, works);
    }
    let mut waiting: Vec<Attempt> =
        works.iter().map(|work| Attempt::of(work, &*link.tracker)).collect();
    match link.insist(|link| try_all(link, &mut waiting)) {
        Ok(()) => Ok(()),
        Err(Setback::Refused(_)) => {
            waiting.iter().try_for_each(|attempt| deliver_one(link, &attempt.work))
        }
        Err(setback) => {
            for attempt in &waiting {
                link.queue.settle(&attempt.work, attempt.set_back(&setback, link.now()));
            }
            if matches!(setback, Setback::Stop) { Err(Stop) } else { Ok(()) }
        }
    }
}

/// The same at a tracker that knows what is meant by names, so that nothing is looked for.
fn by_name(link: &mut Link<'_>, works: &[Work]) -> Result<(), Stop> {
    let mut waiting: Vec<Attempt> =
        works.iter().map(|work| Attempt::of(work, &*link.tracker)).collect();
    let told = link.insist(|link| {
        settle_what_is_there(link, &mut waiting)?;
        if waiting.is_empty() {
            return Ok(Some(How::Already));
        }
        let at = |work: &Work| link.by_their_clock(work, work.intent.at);
        let intents: Vec<Intent> = (waiting.iter())
            .map(|one| Intent { at: at(&one.work), ..one.work.intent.clone() })
            .collect();
        let marks: Vec<_> =
            intents.iter().zip(&waiting).map(|(intent, one)| (intent, one.show())).collect();
        let Some(call) = link.tracker.marks_by_name(&marks) else { return Ok(None) };
        let reply = link.send(&call)?;
        match link.tracker.judge(&call, &reply) {
            CallOutcome::Taken => Ok(Some(How::History)),
            CallOutcome::Had => Ok(Some(How::Already)),
            CallOutcome::Hurdle(hurdle) => Err(Halt::Hurdle(hurdle)),
            CallOutcome::Unknown
            | CallOutcome::Stumbles(_)
            | CallOutcome::NothingAdded
            | CallOutcome::Repeats(_)
            | CallOutcome::Refused(_) => Ok(None),
        }
    });
    match told {
        Ok(Some(how)) => {
            for mut attempt in waiting {
                let settled = attempt.done(how.clone(), None);
                link.queue.settle(&attempt.work, settled);
            }
            Ok(())
        }
        Ok(None) | Err(Setback::Refused(_)) => {
            waiting.iter().try_for_each(|attempt| deliver_one(link, &attempt.work))
        }
        Err(setback) => {
            for attempt in &waiting {
                link.queue.settle(&attempt.work, attempt.set_back(&setback, link.now()));
            }
            if matches!(setback, Setback::Stop) { Err(Stop) } else { Ok(()) }
        }
    }
}

/// Settles those of `waiting` whose play the tracker has, where it is asked at all.
fn settle_what_is_there(link: &mut Link<'_>, waiting: &mut Vec<Attempt>) -> Result<(), Halt> {
    let mut looked_at = 0;
    while let Some(attempt) = waiting.get_mut(looked_at) {
        let settled = match attempt.look(link) {
            Ok(settled) => settled,
            Err(Halt::Refused(why)) => Some(judge::refused(&attempt.work, why)),
            Err(halt) => return Err(halt),
        };
        match settled {
            Some(settled) => {
                link.queue.settle(&attempt.work, settled);
                waiting.remove(looked_at);
            }
            None => looked_at += 1,
        }
    }
    Ok(())
}

/// Settles all of `waiting`; what is settled is taken out of it.
fn try_all(link: &mut Link<'_>, waiting: &mut Vec<Attempt>) -> Result<(), Halt> {
    let mut looked_at = 0;
    while let Some(attempt) = waiting.get_mut(looked_at) {
        if let Some(settled) = needless(link, attempt)? {
            link.queue.settle(&attempt.work, settled);
            waiting.remove(looked_at);
        } else {
            looked_at += 1;
        }
    }
    let mut plays: Vec<(Found, Time)> = Vec::new();
    for attempt in waiting.iter() {
        let at = link.by_their_clock(&attempt.work, attempt.work.intent.at);
        if let Some(found) = &attempt.found
            && !plays.iter().any(|(other, _)| other.is(found))
        {
            plays.push((found.clone(), at));
        }
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let call = link.tracker.add_all(&plays);
    let reply = link.send(&call)?;
    match link.tracker.judge(&call, &reply) {
        // The history repeats nothing by itself, so the last is no answer of its.
        CallOutcome::Taken
        | CallOutcome::Unknown
        | CallOutcome::Had
        | CallOutcome::NothingAdded
        | CallOutcome::Repeats(_) => {}
        CallOutcome::Refused(why) | CallOutcome::Stumbles(why) => return Err(Halt::Refused(why)),
        CallOutcome::Hurdle(hurdle) => {
            let maybe_sent = link.tracker.may_have_obeyed(&call, &reply);
            for attempt in waiting.iter_mut() {
                attempt.maybe_sent |= maybe_sent;
            }
            return Err(Halt::Hurdle(hurdle));
        }
    }
    let added = reply.ok().map(|answer| link.tracker.added(&plays, &answer)).unwrap_or_default();
    let sent = plays.iter().filter(|(found, _)| !added.misses(found)).count();
    if added.count.is_some_and(|count| count < sent) {
        return look_again(link, waiting);
    }
    for mut attempt in waiting.drain(..) {
        let settled = settled(link, &mut attempt, &added, &mut plays);
        link.queue.settle(&attempt.work, settled);
    }
    Ok(())
}

/// Fewer were added than were sent, and the answer does not say which.
fn look_again(link: &mut Link<'_>, waiting: &mut Vec<Attempt>) -> Result<(), Halt> {
    while let Some(attempt) = waiting.first_mut() {
        let settled = match needless(link, attempt)? {
            Some(settled) => settled,
            None => judge::nothing_added(&attempt.work, link.title(), link.now()),
        };
        link.queue.settle(&attempt.work, settled);
        waiting.remove(0);
    }
    Ok(())
}

/// What becomes of a mark that is not to be told. `None` where it is; then its item is found.
fn needless(link: &mut Link<'_>, attempt: &mut Attempt) -> Result<Option<Settled>, Halt> {
    let looked = match attempt.find(link) {
        Ok(Lookup::Found(_)) => attempt.look(link),
        Ok(Lookup::Unknown) => Ok(Some(judge::unknown(&attempt.work, link.title(), link.now()))),
        Ok(Lookup::Several(why)) => Ok(Some(judge::undecided(&attempt.work, why, link.now()))),
        Err(halt) => Err(halt),
    };
    match looked {
        Err(Halt::Refused(why)) => Ok(Some(judge::refused(&attempt.work, why))),
        looked => looked,
    }
}

/// What became of a mark in a call that was taken; each of `plays` stands for one.
fn settled(
    link: &Link<'_>,
    attempt: &mut Attempt,
    added: &Added,
    plays: &mut Vec<(Found, Time)>,
) -> Settled {
    let Some(found) = attempt.found.clone().filter(|found| !added.misses(found)) else {
        return judge::unknown(&attempt.work, link.title(), link.now());
    };
    let Some(at) = plays.iter().position(|(play, _)| play.is(&found)) else {
        return attempt.done(How::Already, None); // marked twice
    };
    let (_, watched_at) = plays.swap_remove(at);
    let play = attempt.play(None, watched_at, watched_at);
    attempt.done(How::History, Some(play))
}
