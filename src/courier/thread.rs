//! The thread of a courier: what it holds, and when it does what.

use super::judge::{self, Hurdle};
use super::{AccountState, Next, Request, Settled, Wake, Work};
use crate::clock::Clock;
use crate::config;
use crate::event::Time;
use crate::pulse::Pulse;
use crate::trakt::auth::TokenPair;
use crate::trakt::{Client, Reply};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

/// After how many failures in a row Trakt is called unreachable: one is nothing to tell.
const TELL_AFTER_FAILURES: u32 = 4;
/// A difference to Trakt's clock that is told.
const CLOCK_TROUBLE: Duration = Duration::from_secs(60);

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
        told: None,
        unkept: None,
        grant_is_dead: false,
        refresh_not_before: Duration::ZERO,
        refresh_failures: 0,
        hold: None,
        failures: 0,
        last_change: None,
        clock_told: false,
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
    /// Whether it was asked.
    pub(super) greeted: bool,
    told: Option<AccountState>,
    /// A pair that came with a refresh and is not durable yet; until it is, nothing is sent.
    pub(super) unkept: Option<TokenPair>,
    /// Trakt won't refresh this login any more; its access token is used to its end.
    pub(super) grant_is_dead: bool,
    /// Steady time; a refresh that failed waits until then.
    pub(super) refresh_not_before: Duration,
    pub(super) refresh_failures: u32,
    /// Steady time; until then nothing is sent.
    hold: Option<Duration>,
    failures: u32,
    /// Steady time of the last answer to a call that changes something.
    last_change: Option<Duration>,
    clock_told: bool,
}

impl<R: Fn(Request)> Courier<'_, R> {
    fn step(&mut self) -> Result<(), Stop> {
        self.take_wakes()?;
        if self.tokens.is_none() && !self.setup.dry_run {
            self.tell(AccountState::LoginNeeded);
            return self.wait(None);
        }
        if let Some(left) = self.hold.map(|until| until.saturating_sub(self.clock().steady()))
            && !left.is_zero()
        {
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
            self.greet();
        }
        match self.next()? {
            Next::Work(work) => self.deliver(&work),
            Next::Idle { until } => {
                let now = self.now();
                let until = until.map(|until| until.since(now).max(Duration::from_millis(10)));
                let refresh = self.until_refresh();
                self.wait([until, refresh].into_iter().flatten().min())
            }
        }
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
            (self.request)(Request::State { account: self.setup.account.clone(), state });
        }
    }

    /// Trakt has answered in earnest.
    pub(super) fn well(&mut self) {
        if self.failures > 0 {
            (self.failures, self.greeted) = (0, false);
        }
        self.tell(if self.grant_is_dead {
            AccountState::LoginNeeded
        } else {
            AccountState::Connected { user: self.user.clone() }
        });
    }

    /// Waits for a wake, at most `span`.
    fn wait(&mut self, span: Option<Duration>) -> Result<(), Stop> {
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
        let mut result = Ok(());
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
                (self.refresh_not_before, self.refresh_failures) = (Duration::ZERO, 0);
                Ok(())
            }
            Wake::Stop => Err(Stop),
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
        (self.now().after(span), why)
    }

    pub(super) fn hold_for(&mut self, span: Duration) {
        self.hold = Some(self.clock().steady().saturating_add(span));
    }

    /// Says it once when our clock and Trakt's differ: late plays are dated by ours.
    pub(super) fn compare_clocks(&mut self, reply: &Reply) {
        let Some(theirs) = reply.as_ref().ok().and_then(|answer| answer.date) else { return };
        let ours = self.now();
        let apart = ours.since(theirs).max(theirs.since(ours));
        if apart <= CLOCK_TROUBLE {
            self.clock_told = false;
        } else if !self.clock_told {
            self.clock_told = true;
            log::warn!(
                "this machine's clock and Trakt's are {} s apart: set it right, plays are dated by it",
                apart.as_secs()
            );
        }
    }
}

/// Spreading retries needs no better randomness than a hash map's.
pub(super) fn dice() -> u32 {
    let random = RandomState::new().build_hasher().finish() >> 32;
    u32::try_from(random).unwrap_or_default()
}
