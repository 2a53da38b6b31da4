//! Who is passed webhooks as they came?
//!
//! A whole webhook, byte for byte, with its content type and nothing of ours but a `Via` against loops.
//! It has no time in it: most receivers take it for what happens now. So it lives for two minutes, in
//! memory alone, and what is not passed on by then is dropped, counted and said.

use super::Setup;
use super::hold::dice;
use super::judge::{Became, judge};
use super::message::authorization;
use super::post::{MOST_BYTES, Post};
use crate::config::{Receiver, ReceiverFormat, Settings};
use crate::courier::{CourierCommand, CourierMessage};
use crate::delivery::ReceiverState;
use crate::http::{self, Reply};
use std::collections::VecDeque;
use std::sync::mpsc::{self, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Who has passed on a webhook with this in its `Via` is one of us.
const PSEUDONYM: &str = "scrobbled";
/// The `Via` of what we pass on; RFC 9110, 7.6.3.
const VIA: &str = "1.1 scrobbled";
/// How long a webhook may be on its way.
const LASTS: Duration = Duration::from_secs(120);
/// When it is tried again after a failure; the third try is the last one.
const AGAIN: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];
/// How long nothing is tried after it was said that we may not post.
const REFUSED: Duration = Duration::from_secs(3600);
/// How many webhooks may wait for a receiver.
const MOST: usize = 1_000;

/// Whether a webhook with this header was passed on by one of us: it is not passed on again.
#[must_use]
pub fn is_ours(via: Option<&str>) -> bool {
    let hops = via.unwrap_or_default().split(',');
    hops.into_iter().any(|hop| {
        let by = hop.split_whitespace().nth(1).unwrap_or_default();
        by.eq_ignore_ascii_case(PSEUDONYM)
    })
}

/// The receivers of raw webhooks. All clones are one.
#[derive(Clone, Default)]
pub struct Forwards(Arc<Vec<Forward>>);

struct Forward {
    name: String,
    accounts: Receiver,
    queue: Arc<Mutex<Kept>>,
    wake: Sender<CourierCommand>,
    woken: Mutex<Option<mpsc::Receiver<CourierCommand>>>,
}

/// What waits for one of them.
#[derive(Default)]
struct Kept {
    posts: VecDeque<Post>,
    bytes: usize,
    dropped: u64,
    is_off: bool,
}

/// The way to the thread of one of them, and out of its queue.
pub struct Line {
    queue: Arc<Mutex<Kept>>,
    /// Wakes the thread.
    pub wake: Sender<CourierCommand>,
    /// What the thread waits for.
    pub woken: mpsc::Receiver<CourierCommand>,
}

impl Forwards {
    /// Those of these settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let raw = settings.receivers.iter().filter(|one| one.format == ReceiverFormat::Raw);
        let forward = |receiver: &Receiver| {
            let (wake, woken) = channel();
            Forward {
                name: receiver.name.clone(),
                accounts: receiver.clone(),
                queue: Arc::default(),
                wake,
                woken: Mutex::new(Some(woken)),
            }
        };
        Self(Arc::new(raw.map(forward).collect()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Passes a webhook that is of these accounts on to whom it may concern. Nobody waits for that.
    pub fn pass_on<'a>(
        &self,
        accounts: impl Iterator<Item = &'a str>,
        post: impl FnOnce() -> Post,
    ) {
        let accounts: Vec<&str> = accounts.collect();
        let takes = |forward: &&Forward| accounts.iter().any(|it| forward.accounts.takes(it));
        let takers: Vec<&Forward> = self.0.iter().filter(takes).collect();
        if !takers.is_empty() {
            let post = post();
            for forward in takers {
                kept(&forward.queue).put(post.clone());
                let _ = forward.wake.send(CourierCommand::News); // where nothing is delivered nobody waits
            }
        }
    }

    /// The line to the thread of the receiver with this name; once.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<Line> {
        let forward = self.0.iter().find(|forward| forward.name == name)?;
        let woken = forward.woken.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(Line { queue: forward.queue.clone(), wake: forward.wake.clone(), woken })
    }

    /// How many webhooks wait for the receiver with this name, and how many were dropped since the
    /// start.
    #[must_use]
    pub fn counts(&self, name: &str) -> (u64, u64) {
        let forward = self.0.iter().find(|forward| forward.name == name);
        forward.map_or((0, 0), |forward| {
            let kept = kept(&forward.queue);
            (kept.posts.len() as u64, kept.dropped)
        })
    }
}

fn kept(queue: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    fn put(&mut self, post: Post) {
        if self.is_off {
            self.dropped += 1;
            return;
        }
        self.bytes += post.body.len();
        self.posts.push_back(post);
        while self.posts.len() > MOST || self.bytes > MOST_BYTES {
            self.drop_first();
        }
    }

    fn take(&mut self) -> Option<Post> {
        let post = self.posts.pop_front()?;
        self.bytes -= post.body.len();
        Some(post)
    }

    fn drop_first(&mut self) {
        if self.take().is_some() {
            self.dropped += 1;
        }
    }

    /// Drops what is too old by now.
    fn expire(&mut self, now: Duration) {
        while self.posts.front().is_some_and(|post| is_over(post, now)) {
            self.drop_first();
        }
    }

    /// It is gone for good: nothing waits any more.
    fn turn_off(&mut self) {
        self.is_off = true;
        while !self.posts.is_empty() {
            self.drop_first();
        }
    }
}

fn is_over(post: &Post, now: Duration) -> bool {
    now.saturating_sub(post.since) >= LASTS
}

/// Passes webhooks on to a receiver until it is told to stop. `request` must not wait for this thread.
pub fn run(setup: Setup, line: Line, request: impl Fn(CourierMessage)) {
    let Line { queue, woken, .. } = line;
    let told = None;
    let mut relay = Relay { setup, queue, woken, request: &request, told, quiet_until: None };
    if relay.setup.is_off {
        relay.turn_off();
    }
    while relay.step().is_ok() {}
}

struct Stop;

struct Relay<'a> {
    setup: Setup,
    queue: Arc<Mutex<Kept>>,
    woken: mpsc::Receiver<CourierCommand>,
    request: &'a dyn Fn(CourierMessage),
    told: Option<ReceiverState>,
    /// Nothing is tried before, in steady time: we were refused.
    quiet_until: Option<Duration>,
}

impl Relay<'_> {
    fn step(&mut self) -> Result<(), Stop> {
        self.setup.pulse.beat();
        self.take_wakes()?;
        let now = self.setup.clock.steady();
        let before = kept(&self.queue).dropped;
        kept(&self.queue).expire(now);
        self.say_dropped(before, "more than two minutes old");
        let first = kept(&self.queue).take();
        let Some(post) = first else { return self.wait(None) };
        if self.quiet_until.is_some_and(|until| now < until) {
            self.drop("it refuses us; tried again within the hour");
        } else if let Some(why) = self.pass_on(&post)? {
            self.drop(&why);
        }
        Ok(())
    }

    /// Tries to pass a webhook on, at most three times; why it was not taken.
    fn pass_on(&mut self, post: &Post) -> Result<Option<String>, Stop> {
        let mut waits = AGAIN.into_iter();
        loop {
            self.setup.pulse.beat();
            match judge(&self.send(post)) {
                Became::Taken => {
                    self.tell(ReceiverState::Connected);
                    return Ok(None);
                }
                Became::Gone => {
                    self.turn_off();
                    return Ok(Some("it is gone for good (410)".to_owned()));
                }
                Became::Refused(why) | Became::Unknown(why) => {
                    self.tell(ReceiverState::Connected);
                    return Ok(Some(why));
                }
                Became::Closed(why) => {
                    self.tell(ReceiverState::Refused(why.clone()));
                    let Some(span) = waits.next() else { return Ok(Some(why)) };
                    self.pause(span)?;
                }
                Became::Denied(why) => {
                    self.quiet_until = Some(self.setup.clock.steady().saturating_add(REFUSED));
                    self.tell(ReceiverState::Refused(why.clone()));
                    return Ok(Some(why));
                }
                Became::TooFast(span) => {
                    let Some(_) = waits.next() else {
                        return Ok(Some("it answers 429".to_owned()));
                    };
                    self.pause(span.min(LASTS))?; // it is over then
                }
                Became::Failing { why, .. } => {
                    self.tell(ReceiverState::Unreachable(why.clone()));
                    let Some(span) = waits.next() else { return Ok(Some(why)) };
                    let spread = span.mul_f64(f64::from(dice()) / f64::from(u32::MAX) / 10.0);
                    self.pause(span.saturating_add(spread))?;
                }
            }
            if is_over(post, self.setup.clock.steady()) {
                return Ok(Some("more than two minutes old".to_owned()));
            }
        }
    }

    fn send(&self, post: &Post) -> Reply {
        let receiver = &self.setup.receiver;
        let mut headers =
            vec![("User-Agent", http::USER_AGENT.to_owned()), ("Via", VIA.to_owned())];
        headers.extend(post.content_type.clone().map(|kind| ("Content-Type", kind)));
        headers.extend(authorization(receiver));
        super::post(receiver, headers, &post.body)
    }

    fn drop(&self, why: &str) {
        let before = kept(&self.queue).dropped;
        kept(&self.queue).dropped += 1;
        self.say_dropped(before, why);
    }

    fn say_dropped(&self, before: u64, why: &str) {
        let dropped = kept(&self.queue).dropped;
        if dropped > before {
            let name = &self.setup.receiver.name;
            let count = dropped - before;
            log::warn!(
                "receiver `{name}`: webhooks dropped: {count}, {dropped} since the start: {why}"
            );
        }
    }

    fn turn_off(&mut self) {
        kept(&self.queue).turn_off();
        self.tell(ReceiverState::Off);
    }

    fn tell(&mut self, state: ReceiverState) {
        if self.told.as_ref() != Some(&state) {
            self.told = Some(state.clone());
            let name = self.setup.receiver.name.clone();
            (self.request)(CourierMessage::ReceiverState { name, state });
        }
    }

    /// Waits for so long, whatever comes, unless it is to stop.
    fn pause(&mut self, span: Duration) -> Result<(), Stop> {
        let until = self.setup.clock.steady().saturating_add(span);
        loop {
            let left = until.saturating_sub(self.setup.clock.steady());
            if left.is_zero() {
                return Ok(());
            }
            self.wait(Some(left))?;
            self.setup.pulse.beat();
        }
    }

    fn wait(&mut self, span: Option<Duration>) -> Result<(), Stop> {
        match self.setup.clock.receive(&self.woken, span) {
            Ok(wake) => self.take(&wake),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Stop),
        }
    }

    fn take_wakes(&mut self) -> Result<(), Stop> {
        loop {
            match self.woken.try_recv() {
                Ok(wake) => self.take(&wake)?,
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(Stop),
            }
        }
    }

    fn take(&mut self, wake: &CourierCommand) -> Result<(), Stop> {
        match wake {
            CourierCommand::Stop => return Err(Stop),
            CourierCommand::Retry => self.quiet_until = None,
            CourierCommand::News
            | CourierCommand::Work
            | CourierCommand::Notice(_)
            | CourierCommand::Tokens(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
