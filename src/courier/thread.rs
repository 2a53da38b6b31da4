//! The thread of a courier: when does it do what?

use super::halt::{Halt, Setback, Stop};
use super::hold::dice;
use super::link::Link;
use super::{CourierCommand, CourierMessage, Setup, deliver, marks, rehearsal};
use crate::delivery::{AccountState, Next, TokenPair};
use crate::event::Time;
use crate::tracker::Hurdle;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Delivers an account's intents until it is told to stop, or until nobody is there to ask.
/// `request` must not wait for the courier.
pub fn run(setup: Setup, request: impl Fn(CourierMessage), wakes: &Receiver<CourierCommand>) {
    if setup.dry_run {
        let mut link = Link::new(setup, &request, wakes);
        while rehearse(&mut link).is_ok() {}
        return;
    }
    let mut link = Link::new(setup, &request, wakes);
    while step(&mut link).is_ok() {}
    // A pair that the disk has refused so far has its last chance; the old one is spent.
    let _ = link.keep_tokens();
}

fn step(link: &mut Link<'_>) -> Result<(), Stop> {
    link.take_wakes()?;
    link.queue.remind(link.steady());
    if link.login.pair().is_none() {
        link.queue.logged_out();
        return link.wait(None);
    }
    let by_key = link.login.pair().is_some_and(TokenPair::is_key);
    if let Some(lacking) = link.tracker.lacks_app().filter(|_| !by_key) {
        link.tell(AccountState::AppNeeded(vec![lacking]));
        return link.wait(None);
    }
    if let Some(left) = link.held_for() {
        return link.wait(Some(left));
    }
    if link.login.unkept().is_some() {
        link.keep_tokens()?;
    } else {
        link.refresh_if_due()?;
    }
    if link.login.unkept().is_some() {
        return Ok(()); // the old login is spent, and the new one not safe yet
    }
    // First of all, and then until it is told, when nothing else is to be done.
    if link.greeting.comes_first(link.steady()) {
        greet(link)?;
        if link.held_for().is_some() {
            return Ok(());
        }
    }
    match link.queue.next()? {
        Next::Work(work) => deliver::deliver(link, &work),
        Next::Marks(works) => marks::deliver(link, &works),
        Next::Idle { until } => {
            let greeting = link.greeting.until(link.steady());
            if greeting == Some(Duration::ZERO) {
                return greet(link);
            }
            let until = until.map(|until| span_until(link, until));
            link.wait([until, link.until_refresh(), greeting].into_iter().flatten().min())
        }
    }
}

/// Nothing is asked and nothing sent, only told what would be.
fn rehearse(link: &mut Link<'_>) -> Result<(), Stop> {
    link.take_wakes()?;
    let works = match link.queue.next()? {
        Next::Work(work) => vec![*work],
        Next::Marks(works) => works,
        Next::Idle { until } => return link.wait(until.map(|until| span_until(link, until))),
    };
    for work in works {
        link.queue.settle(&work, rehearsal::rehearse(&*link.tracker, &work, link.now()));
    }
    Ok(())
}

/// What is due is not asked for again and again while its moment comes.
fn span_until(link: &Link<'_>, until: Time) -> Duration {
    until.since(link.now()).max(Duration::from_millis(10))
}

/// Asks who we are. What the answer says of the account counts as with any other question, but an
/// outage holds up nobody here: what is to be told finds that out by itself.
fn greet(link: &mut Link<'_>) -> Result<(), Stop> {
    link.greeting.asked();
    match link.insist(ask_for_the_user) {
        Ok(Some(user)) => {
            link.greeting.told(user);
            link.well();
        }
        Ok(None) => {
            let is_worth_telling = link.greeting.failed(link.steady(), dice());
            if is_worth_telling && link.queue.told().is_none() {
                link.tell(AccountState::Unreachable);
            }
        }
        Err(Setback::Held(..) | Setback::Refused(_)) => {} // it has been told
        Err(Setback::Stop) => return Err(Stop),
    }
    Ok(())
}

/// `None` where the tracker does not tell it now.
fn ask_for_the_user(link: &mut Link<'_>) -> Result<Option<String>, Halt> {
    match link.put_for_user()? {
        Ok(user) => Ok(Some(user)),
        Err(reply) => match link.tracker.hurdle(&reply) {
            Some(Hurdle::Unreachable { .. } | Hurdle::Locked(_)) | None => Ok(None),
            Some(hurdle) => Err(Halt::Hurdle(hurdle)),
        },
    }
}
