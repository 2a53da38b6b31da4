//! The thread of a courier: what it holds, and when it does what.

use super::clocks::{Clocks, Heard};
use super::judge::{self, Hurdle};
use super::{AccountState, Next, Request, Settled, Wake, Work};
use crate::clock::Clock;
use crate::config;
use crate::event::Time;
use crate::pulse::Pulse;
use crate::tracker::trakt::auth::TokenPair;
use crate::tracker::trakt::lookup::Lookups;
use crate::tracker::trakt::{Client, Trouble};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

/// After how many failures in a row Trakt is called unreachable: one is nothing to tell.
pub(super) const TELL_AFTER_FAILURES: u32 = 4;
/// How often the log says that a login is needed.
const REMIND: Duration = Duration::from_secs(60 * 60);

/// Whose courier it is and what it needs.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The account's name in the config.
    pub account: String,
    /// How Trakt is reached.
    pub trakt: config::Trakt,
    /// Whether nothing is sent, only shown.
    pub dry_run: bool,
    /// The limit of each call; whole seconds.
    pub time_limit: Duration,
    /// The login, if there is one.
    pub tokens: Option<TokenPair>,
    /// The time.
    pub clock: Clock,
    /// Beats at least once between two calls to Trakt.
    pub pulse: Pulse,
}

/// Delivers an account's intents until it is told to stop, or until nobody is there to ask.
/// `request` must not wait for the courier.
pub fn run(setup: Setup, request: impl Fn(Request), wakes: &Receiver<Wake>) {
    let mut courier = Courier {
        client: Client::new(setup.trakt.clone()).with_time_limit(setup.time_limit),
        tokens: setup.tokens.clone(),
        setup,
        request,
        wakes,
        user: None,
        greeted: false,
        greet_not_before: Duration::ZERO,
        greet_failures: 0,
        told: None,
        told_at: Duration::ZERO,
        stopping: false,
        lookups: Lookups::default(),
        unkept: None,
        grant_is_dead: false,
        refresh_not_before: Duration::ZERO,
        refresh_failures: 0,
        refresh_trouble: None,
        hold: None,
        slowed: false,
        failures: 0,
        last_change: None,
        clocks: Clocks::default(),
    };
    while courier.step().is_ok() {}
    // A pair that the disk has refused so far has its last chance; the old one is spent.
    let _ = courier.keep_tokens();
}

/// The courier is to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop;

pub(super) struct Courier<'a, R> {
    pub(super) setup: Setup,
    pub(super) client: Client,
    pub(super) request: R,
    wakes: &'a Receiver<Wake>,
    /// The login in use.
    pub(super) tokens: Option<TokenPair>,
    /// As whom, where Trakt has told it.
    pub(super) user: Option<String>,
    /// Whether that was asked since the login, or since the last outage.
    pub(super) greeted: bool,
    /// Steady time; a greeting that failed is not made again before.
    pub(super) greet_not_before: Duration,
    pub(super) greet_failures: u32,
    pub(super) told: Option<AccountState>,
    /// Steady time of the telling.
    told_at: Duration,
    stopping: bool,
    /// What items are at Trakt.
    pub(super) lookups: Lookups,
    /// A pair that came with a refresh and is not durable yet; until it is, nothing is sent.
    pub(super) unkept: Option<TokenPair>,
    /// Trakt won't refresh this login any more; its access token is used to its end.
    pub(super) grant_is_dead: bool,
    /// Steady time; a refresh that failed waits until then.
    pub(super) refresh_not_before: Duration,
    pub(super) refresh_failures: u32,
    /// Why Trakt has refused to refresh this login.
    pub(super) refresh_trouble: Option<Trouble>,
    /// Steady time; until then nothing is sent.
    hold: Option<Duration>,
    /// Whether it is Trakt that wants us to wait.
    slowed: bool,
    failures: u32,
    /// Steady time of the last answer to a call that changes something.
    last_change: Option<Duration>,
    clocks: Clocks,
}

impl<R: Fn(Request)> Courier<'_, R> {
    fn step(&mut self) -> Result<(), Stop> {
        self.take_wakes()?;
        self.remind();
        if self.tokens.is_none() && !self.setup.dry_run {
            self.tell(AccountState::LoginNeeded);
            return self.wait(None);
        }
        if let Some(left) = self.held_for() {
            return self.wait(Some(left));
        }
        if !self.setup.dry_run {
            if self.unkept.is_some() {
                self.keep_tokens()?;
            } else {
                self.refresh_if_due()?;
            }
            if self.unkept.is_some() {
                return Ok(()); // the old login is spent, and the new one not safe yet
            }
        }
        // First of all, and then until it is told, when nothing else is to be done.
        if !self.greeted && self.until_greeting() == Some(Duration::ZERO) {
            self.greet()?;
            if self.held_for().is_some() {
                return Ok(());
            }
        }
        match self.next()? {
            Next::Work(work) => self.deliver(&work),
            Next::Marks(works) => self.deliver_marks(works),
            Next::Idle { .. } if self.until_greeting() == Some(Duration::ZERO) => self.greet(),
            Next::Idle { until } => {
                let now = self.now();
                let until = until.map(|until| until.since(now).max(Duration::from_millis(10)));
                let (refresh, greeting) = (self.until_refresh(), self.until_greeting());
                self.wait([until, refresh, greeting].into_iter().flatten().min())
            }
        }
    }

    /// How long nothing is sent yet.
    fn held_for(&self) -> Option<Duration> {
        let left = self.hold?.saturating_sub(self.clock().steady());
        (!left.is_zero()).then_some(left)
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.setup.clock
    }

    pub(super) fn now(&self) -> Time {
        self.setup.clock.now()
    }

    fn next(&self) -> Result<Next, Stop> {
        let (reply, answer) = channel();
        (self.request)(Request::Next { account: self.setup.account.clone(), reply });
        answer.recv().map_err(|_| Stop)
    }

    pub(super) fn settle(&self, work: &Work, settled: Settled) {
        let account = self.setup.account.clone();
        (self.request)(Request::Settled { account, id: work.id, settled });
    }

    /// Tells the account's state where it is another than was told last.
    pub(super) fn tell(&mut self, state: AccountState) {
        if self.told.as_ref() != Some(&state) {
            self.told = Some(state.clone());
            self.told_at = self.clock().steady();
            (self.request)(Request::State { account: self.setup.account.clone(), state });
        }
    }

    /// Says once an hour that a login is needed; everything else mends itself or was said.
    fn remind(&mut self) {
        if self.until_reminder() == Some(Duration::ZERO) {
            self.told = None;
            self.tell(AccountState::LoginNeeded);
        }
    }

    fn until_reminder(&self) -> Option<Duration> {
        self.told.as_ref().filter(|told| **told == AccountState::LoginNeeded)?;
        Some(self.told_at.saturating_add(REMIND).saturating_sub(self.clock().steady()))
    }

    /// Whether nothing is known to stand in the way of what changes something.
    pub(super) fn is_well(&self) -> bool {
        let is_told = |told: &AccountState| match told {
            AccountState::LoginNeeded | AccountState::Trouble(_) => true,
            AccountState::Connected { .. }
            | AccountState::Unreachable
            | AccountState::NotKept(_) => false,
        };
        self.failures == 0 && !self.told.as_ref().is_some_and(is_told)
    }

    /// Trakt has answered in earnest.
    pub(super) fn well(&mut self) {
        if self.failures > 0 {
            (self.failures, self.greeted, self.greet_not_before) = (0, false, Duration::ZERO);
        }
        self.tell(if self.grant_is_dead {
            AccountState::LoginNeeded
        } else {
            AccountState::Connected { user: self.user.clone() }
        });
    }

    /// Waits for a wake, at most `span`.
    fn wait(&mut self, span: Option<Duration>) -> Result<(), Stop> {
        let span = [span, self.until_reminder()].into_iter().flatten().min();
        match self.clock().receive(self.wakes, span) {
            Ok(wake) => self.take(wake),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Stop),
        }
    }

    /// Takes the wakes that have come meanwhile. All of them, even if the first says stop: a
    /// logout behind it must not be missed.
    pub(super) fn take_wakes(&mut self) -> Result<(), Stop> {
        self.setup.pulse.beat();
        let mut result = if self.stopping { Err(Stop) } else { Ok(()) };
        loop {
            match self.wakes.try_recv() {
                Ok(wake) => result = result.and(self.take(wake)),
                Err(TryRecvError::Empty) => return result,
                Err(TryRecvError::Disconnected) => return Err(Stop),
            }
        }
    }

    fn take(&mut self, wake: Wake) -> Result<(), Stop> {
        match wake {
            Wake::Work => Ok(()),
            Wake::Tokens(pair) => {
                self.tokens = pair;
                (self.unkept, self.user, self.greeted, self.told) = (None, None, false, None);
                (self.grant_is_dead, self.hold, self.failures) = (false, None, 0);
                (self.greet_not_before, self.greet_failures) = (Duration::ZERO, 0);
                (self.refresh_not_before, self.refresh_failures) = (Duration::ZERO, 0);
                self.refresh_trouble = None;
                Ok(())
            }
            Wake::Retry => {
                if !self.slowed {
                    self.hold = None;
                }
                self.greet_not_before = Duration::ZERO;
                self.lookups.forget_misses();
                Ok(())
            }
            Wake::Stop => {
                self.stopping = true;
                Err(Stop)
            }
        }
    }

    /// Waits until Trakt's pace allows another change.
    pub(super) fn keep_pace(&mut self) -> Result<(), Stop> {
        loop {
            self.take_wakes()?;
            let Some(last) = self.last_change else { return Ok(()) };
            let next = last.saturating_add(self.setup.trakt.post_interval);
            let left = next.saturating_sub(self.clock().steady());
            if left.is_zero() {
                return Ok(());
            }
            self.wait(Some(left))?;
        }
    }

    /// The interval runs from the answer: calls that leave a second apart may arrive closer.
    pub(super) fn changed(&mut self) {
        self.last_change = Some(self.clock().steady());
    }

    /// Nothing is sent for a while, since `hurdle` stands in the way. Gives the time when it is
    /// tried again, and why, in a sentence.
    pub(super) fn hold(&mut self, hurdle: Hurdle) -> (Time, String) {
        let slowed = matches!(&hurdle, Hurdle::TooFast(_));
        let (span, why) = match hurdle {
            Hurdle::Unauthorised => {
                self.tell(AccountState::LoginNeeded);
                let why = AccountState::LoginNeeded.sentence(&self.setup.account);
                (judge::ACCOUNT_PAUSE, why)
            }
            Hurdle::Trouble(trouble) => {
                self.tell(AccountState::Trouble(trouble));
                (judge::ACCOUNT_PAUSE, trouble.to_string())
            }
            Hurdle::TooFast(span) => (span, "Trakt wants us to be slower (429)".to_owned()),
            Hurdle::Unreachable { told, why } => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= TELL_AFTER_FAILURES {
                    self.tell(AccountState::Unreachable);
                }
                let span = told.unwrap_or_else(|| judge::back_off(self.failures, dice()));
                (span, format!("Trakt is out of reach: {why}"))
            }
        };
        self.hold_for(span);
        self.slowed = slowed;
        (self.now().after(span), why)
    }

    pub(super) fn hold_for(&mut self, span: Duration) {
        self.slowed = false;
        self.hold = Some(self.clock().steady().saturating_add(span));
    }

    /// Sees how far our clock and Trakt's are apart, and says it when it begins to matter. Whether
    /// what was just asked is to be asked again, since the one by which it was asked may be wrong.
    pub(super) fn compare_clocks(&mut self, theirs: Option<Time>) -> bool {
        let Some(theirs) = theirs else { return false };
        let ours = self.now();
        let heard = self.clocks.hear(ours, theirs);
        if heard == (Heard::News { first: true }) {
            let (ahead, behind) = (theirs.since(ours), ours.since(theirs));
            log::warn!(
                "this machine's clock is {} s {} Trakt's: set it right; until then plays that \
                 reach Trakt late are dated by Trakt's",
                ahead.max(behind).as_secs(),
                if ahead.is_zero() { "ahead of" } else { "behind" },
            );
        }
        heard != Heard::Nothing
    }

    /// A time of `work` by Trakt's clock. What an earlier start stored was taken by a clock of
    /// which nothing is known but that it was ahead, where it shows what is yet to come.
    pub(super) fn by_trakts_clock(&self, work: &Work, time: Time) -> Time {
        let ahead_ms = self.clocks.ahead_ms();
        if work.of_this_start { time.moved(ahead_ms) } else { time.min(self.now().moved(ahead_ms)) }
    }
}

/// Spreading retries needs no better randomness than a hash map's.
pub(super) fn dice() -> u32 {
    let random = RandomState::new().build_hasher().finish() >> 32;
    u32::try_from(random).unwrap_or_default()
}
