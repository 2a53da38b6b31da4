//! The way from an account to its tracker: in whose name, at which pace, by which clock?
//!
//! All that is asked and sent goes through a [`Link`]. What an answer means for the account (a login
//! that is over, an outage, a wait) is dealt with here: who delivers sees what it means for the intent.

use super::clocks::{self, Clocks, Heard};
use super::greeting::Greeting;
use super::halt::{Halt, Setback, Stop, in_words};
use super::hold::{Hold, dice};
use super::login::{Login, Renewal};
use super::queue::Outlet;
use super::quota::Calls;
use super::{CourierCommand, CourierMessage, Setup};
use crate::clock::Clock;
use crate::delivery::{AccountState, Destination, Quota, TokenPair, Work};
use crate::event::Time;
use crate::http::Reply;
use crate::pace::Pace;
use crate::pulse::Heartbeat;
use crate::tracker::{Ask, Call, Hurdle, Looks, Tracker, Traits, Wire};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

pub(super) struct Link<'a> {
    pub(super) queue: Outlet<'a>,
    pub(super) tracker: Box<dyn Tracker>,
    line: Wire,
    clock: Clock,
    pulse: Heartbeat,
    wakes: &'a Receiver<CourierCommand>,
    pub(super) login: Login,
    pub(super) hold: Hold,
    pub(super) greeting: Greeting,
    clocks: Clocks,
    /// The calls that change something.
    changes: Pace,
    /// The calls that only ask.
    questions: Pace,
    calls: Calls,
    stopping: bool,
}

impl<'a> Link<'a> {
    pub(super) fn new(
        setup: Setup,
        request: &'a dyn Fn(CourierMessage),
        wakes: &'a Receiver<CourierCommand>,
    ) -> Self {
        let Traits { names, changes, questions, .. } = setup.tracker.traits();
        let mut link = Self {
            changes: Pace::new(*changes),
            questions: Pace::new(*questions),
            queue: Outlet::new(Destination::new(setup.account, names.name), request),
            line: setup.tracker.line(),
            tracker: setup.tracker,
            clock: setup.clock,
            pulse: setup.pulse,
            wakes,
            login: Login::new(setup.tokens),
            hold: Hold::default(),
            greeting: Greeting::default(),
            clocks: Clocks::default(),
            calls: Calls::default(),
            stopping: false,
        };
        // Nobody knows when the last one was made: the one before may have been killed just now.
        link.changes.spend(1, link.steady());
        link
    }

    /// Who has logged in just now has asked for the user's name.
    fn leave_room_for_login(&mut self) {
        let age = self.login.pair().map(|pair| self.now().since(pair.created));
        let is_new = age.is_some_and(|age| age < self.tracker.traits().changes.every);
        if is_new && self.tracker.asks_for_user_as_a_change() {
            self.changes.spend(1, self.steady());
        }
    }

    /// What the tracker is called in sentences.
    pub(super) fn title(&self) -> &'static str {
        self.tracker.traits().names.title
    }

    /// Whether a play is looked for before it is told by any name, if at all.
    pub(super) fn looks_by_name(&self) -> bool {
        self.tracker.traits().looks == Looks::ByName
    }

    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }

    pub(super) fn steady(&self) -> Duration {
        self.clock.steady()
    }

    /// Tells the account's state where it is another than was told last.
    pub(super) fn tell(&mut self, state: AccountState) {
        self.queue.tell(state, self.clock.steady());
    }

    /// Whether nothing is known to stand in the way of what changes something.
    fn is_well(&self) -> bool {
        let is_trouble = matches!(
            self.queue.told(),
            Some(AccountState::AppNeeded(_) | AccountState::LoginNeeded | AccountState::Refused(_))
        );
        !self.hold.is_failing() && !is_trouble
    }

    /// The tracker has answered in earnest.
    pub(super) fn well(&mut self) {
        if self.hold.answered() {
            self.greeting.ask_again();
        }
        self.tell(if self.login.is_ending() {
            AccountState::LoginNeeded
        } else {
            AccountState::Connected { user: self.greeting.user() }
        });
    }

    /// Waits for a wake, at most `span`.
    pub(super) fn wait(&mut self, span: Option<Duration>) -> Result<(), Stop> {
        let span = [span, self.queue.until_reminder(self.steady())].into_iter().flatten().min();
        match self.clock.receive(self.wakes, span) {
            Ok(wake) => self.take(wake),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Stop),
        }
    }

    /// Takes the wakes that have come meanwhile. All of them, even if the first says stop: a
    /// logout behind it must not be missed.
    pub(super) fn take_wakes(&mut self) -> Result<(), Stop> {
        self.pulse.beat();
        let mut result = if self.stopping { Err(Stop) } else { Ok(()) };
        loop {
            match self.wakes.try_recv() {
                Ok(wake) => result = result.and(self.take(wake)),
                Err(TryRecvError::Empty) => return result,
                Err(TryRecvError::Disconnected) => return Err(Stop),
            }
        }
    }

    fn take(&mut self, wake: CourierCommand) -> Result<(), Stop> {
        match wake {
            CourierCommand::Work | CourierCommand::News | CourierCommand::Notice(_) => Ok(()),
            CourierCommand::Tokens(pair) => {
                (self.login, self.hold) = (Login::new(pair), Hold::default());
                (self.greeting, self.calls) = (Greeting::default(), Calls::default());
                self.queue.forget();
                self.leave_room_for_login();
                Ok(())
            }
            CourierCommand::Retry => {
                self.hold.lift();
                self.greeting.ask_soon();
                self.tracker.forget_misses();
                Ok(())
            }
            CourierCommand::Stop => {
                self.stopping = true;
                Err(Stop)
            }
        }
    }

    // To and from the tracker.

    /// Puts a question in the account's name, at the tracker's pace. It may take several calls, and a
    /// look-up does: those follow at once, and the next question waits for all of them. What its reply
    /// says of the account is left alone.
    pub(super) fn put<T>(
        &mut self,
        question: impl FnOnce(&mut dyn Tracker, &mut Ask<'_>) -> Result<T, Reply>,
    ) -> Result<Result<T, Reply>, Halt> {
        self.wait_for(|link| link.questions)?;
        let (line, login) = (self.line.clone(), self.pair()?);
        let (mut asked, mut left) = (0, None);
        let reply = question(&mut *self.tracker, &mut |call| {
            asked += 1;
            let reply = line(call, Some(&login));
            left = reply.as_ref().ok().and_then(|answer| answer.left).or(left);
            reply
        });
        self.count_calls(left);
        self.questions.spend(asked, self.steady());
        Ok(reply)
    }

    /// Asks whose the login is, as in [`put`](Self::put).
    pub(super) fn put_for_user(&mut self) -> Result<Result<String, Reply>, Halt> {
        let is_change = self.tracker.asks_for_user_as_a_change();
        if is_change {
            self.keep_pace()?;
        }
        let reply = self.put(|tracker, ask| tracker.user_name(ask));
        self.changes.spend(u32::from(is_change), self.steady());
        reply
    }

    /// The answer to a question, or what its reply says of the account.
    pub(super) fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut dyn Tracker, &mut Ask<'_>) -> Result<T, Reply>,
    ) -> Result<T, Halt> {
        let reply = match self.put(question)? {
            Ok(answer) => {
                // A successful read proves nothing about writes, so it ends neither a back-off nor
                // an account's error state.
                if self.is_well() {
                    self.well();
                }
                return Ok(answer);
            }
            Err(reply) => reply,
        };
        Err(match (self.tracker.hurdle(&reply), reply) {
            (Some(hurdle), _) => Halt::Hurdle(hurdle),
            (None, Ok(answer)) => Halt::Refused(self.tracker.why_refused(&answer)),
            (None, Err(failure)) => Halt::Refused(failure.to_string()),
        })
    }

    /// Makes a call that changes something, at the tracker's pace.
    pub(super) fn send(&mut self, call: &Call) -> Result<Reply, Halt> {
        self.keep_pace()?;
        let reply = (self.line)(call, Some(&self.pair()?));
        // The interval runs from the answer: calls that leave a second apart may arrive closer.
        self.changes.spend(1, self.steady());
        self.count_calls(reply.as_ref().ok().and_then(|answer| answer.left));
        let came = reply.as_ref().map_or_else(ToString::to_string, |one| one.status.to_string());
        log::debug!("account `{}`: {call} → {came}", self.queue.destination.account);
        if let (Ok(answer), None) = (&reply, self.tracker.hurdle(&reply)) {
            self.compare_clocks(answer.date);
            self.well();
        }
        Ok(reply)
    }

    /// Tells how many of the day's calls are left, where that is news.
    fn tell_calls(&mut self, left: u32, until: Time) {
        if self.calls.told(left, until) {
            self.queue.tell_calls(Quota { left, until });
        }
    }

    fn count_calls(&mut self, left: Option<u32>) {
        if let Some((left, until)) = left.zip(self.tracker.new_calls(self.now())) {
            self.tell_calls(left, until);
        }
    }

    /// Whether so few of the day's calls are left that they are kept for what must not be lost.
    pub(super) fn is_short_of_calls(&self) -> bool {
        self.calls.are_few(self.tracker.traits().kept_in_hand, self.now())
    }

    /// Waits until the tracker's pace allows another change.
    pub(super) fn keep_pace(&mut self) -> Result<(), Stop> {
        self.wait_for(|link| link.changes)
    }

    fn wait_for(&mut self, pace: impl Fn(&Self) -> Pace) -> Result<(), Stop> {
        loop {
            self.take_wakes()?;
            let left = pace(self).wait(self.steady());
            if left.is_zero() {
                return Ok(());
            }
            self.wait(Some(left))?;
        }
    }

    /// The user may log out at any moment.
    fn pair(&self) -> Result<TokenPair, Halt> {
        self.login.pair().cloned().ok_or(Halt::Hurdle(Hurdle::Unauthorised))
    }

    /// Tries, and once more with a new token where the old one was refused.
    pub(super) fn insist<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<T, Halt>,
    ) -> Result<T, Setback> {
        let mut refreshed = false;
        loop {
            let used = self.login.access().cloned();
            let (until, why) = match attempt(self) {
                Ok(done) => return Ok(done),
                Err(Halt::Refused(why)) => return Err(Setback::Refused(why)),
                Err(Halt::Stop) => return Err(Setback::Stop),
                Err(Halt::Hurdle(Hurdle::Unauthorised))
                    if !refreshed && !self.login.is_ending() =>
                {
                    refreshed = true;
                    match self.refresh_unless_renewed(used.as_ref()) {
                        Ok(Renewal::Renewed) => continue,
                        Ok(Renewal::LoginNeeded) => self.hold(&Hurdle::Unauthorised),
                        Ok(Renewal::Refused { refusal, .. }) => {
                            self.hold(&Hurdle::Refused(refusal))
                        }
                        Ok(Renewal::Later(why)) => self.hold_for_refresh(&why),
                        Err(Stop) => return Err(Setback::Stop),
                    }
                }
                Err(Halt::Hurdle(hurdle)) => self.hold(&hurdle),
            };
            return Err(Setback::Held(until, why));
        }
    }

    // What stands in the way.

    /// How long nothing is sent yet.
    pub(super) fn held_for(&self) -> Option<Duration> {
        self.hold.left(self.steady())
    }

    /// Nothing is sent while `hurdle` stands in the way. Gives when it is tried again, and why.
    fn hold(&mut self, hurdle: &Hurdle) -> (Time, String) {
        let span = self.hold.put(hurdle, self.steady(), dice());
        let why = in_words(hurdle, &self.queue.destination, self.title());
        match hurdle {
            Hurdle::Unauthorised if self.login.pair().is_none() => {
                return (self.now(), "the account was disconnected meanwhile".to_owned());
            }
            Hurdle::Unauthorised => self.tell(AccountState::LoginNeeded),
            Hurdle::Refused(refusal) => self.tell(AccountState::Refused(*refusal)),
            Hurdle::UsedUp(span) => self.tell_calls(0, self.now().after(*span)),
            Hurdle::Locked(_) | Hurdle::Unreachable { .. } if self.hold.is_worth_telling() => {
                self.tell(AccountState::Unreachable);
            }
            Hurdle::Locked(_) | Hurdle::Unreachable { .. } | Hurdle::TooFast(_) => {}
        }
        (self.now().after(span), why)
    }

    /// When the work in hand may be tried again though its token was refused.
    fn hold_for_refresh(&mut self, why: &str) -> (Time, String) {
        let steady = self.steady();
        let span = self.login.held_for(steady).max(Duration::from_secs(1));
        self.hold.pause(span, steady);
        (self.now().after(span), format!("the login could not be renewed yet: {why}"))
    }

    // The clocks.

    /// Sees how far our clock and the tracker's are apart, and says it when it begins to matter.
    /// Whether what was just asked is to be asked again, since ours may have been wrong.
    pub(super) fn compare_clocks(&mut self, theirs: Option<Time>) -> bool {
        let Some(theirs) = theirs else { return false };
        let ours = self.now();
        let heard = self.clocks.hear(ours, theirs);
        if heard == (Heard::News { first: true }) {
            log::warn!("{}", clocks::in_words(ours, theirs, self.title()));
        }
        heard != Heard::Nothing
    }

    /// A time of `work` by the tracker's clock. What an earlier start stored was taken by a clock of
    /// which nothing is known but that it was ahead, where it shows what is yet to come.
    pub(super) fn by_their_clock(&self, work: &Work, time: Time) -> Time {
        let ahead_ms = self.clocks.ahead_ms();
        if work.of_this_start { time.moved(ahead_ms) } else { time.min(self.now().moved(ahead_ms)) }
    }
}
