//! The way to the owner of the queue: what is next, what has become of it, how is the account?

use super::CourierMessage;
use super::halt::Stop;
use crate::delivery::{AccountState, Destination, Kept, Next, Quota, Settled, TokenPair, Work};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// How often the log says that a login is needed.
const REMIND: Duration = Duration::from_secs(60 * 60);

/// The queue of one destination.
pub(super) struct Outlet<'a> {
    pub(super) destination: Destination,
    request: &'a dyn Fn(CourierMessage),
    /// How the account is, as was told last, and when, in steady time.
    told: Option<(AccountState, Duration)>,
}

impl<'a> Outlet<'a> {
    pub(super) fn new(destination: Destination, request: &'a dyn Fn(CourierMessage)) -> Self {
        Self { destination, request, told: None }
    }

    pub(super) fn next(&self) -> Result<Next, Stop> {
        self.ask(|destination, reply| CourierMessage::Next { destination, reply })
    }

    /// Hands a new pair to the disk.
    pub(super) fn keep(&self, pair: TokenPair, replaces: TokenPair) -> Result<Kept, Stop> {
        self.ask(|destination, reply| CourierMessage::Tokens { destination, pair, replaces, reply })
    }

    fn ask<T>(
        &self,
        request: impl FnOnce(Destination, Sender<T>) -> CourierMessage,
    ) -> Result<T, Stop> {
        let (reply, answer) = channel();
        (self.request)(request(self.destination.clone(), reply));
        answer.recv().map_err(|_| Stop)
    }

    pub(super) fn settle(&self, work: &Work, settled: Settled) {
        let destination = self.destination.clone();
        (self.request)(CourierMessage::Settled { destination, id: work.id, settled });
    }

    /// Says that there is no login, and nothing in hand.
    pub(super) fn logged_out(&self) {
        let destination = self.destination.clone();
        (self.request)(CourierMessage::LoggedOut { destination });
    }

    /// Tells the account's state where it is another than was told last.
    pub(super) fn tell(&mut self, state: AccountState, now: Duration) {
        if self.told.as_ref().is_none_or(|(told, _)| *told != state) {
            self.told = Some((state.clone(), now));
            (self.request)(CourierMessage::State { destination: self.destination.clone(), state });
        }
    }

    /// Tells how many of the day's calls are left.
    pub(super) fn tell_calls(&self, quota: Quota) {
        let destination = self.destination.clone();
        (self.request)(CourierMessage::Calls { destination, quota });
    }

    /// Says once an hour that a login is needed; everything else mends itself or was said.
    pub(super) fn remind(&mut self, now: Duration) {
        if self.until_reminder(now) == Some(Duration::ZERO) {
            self.told = None;
            self.tell(AccountState::LoginNeeded, now);
        }
    }

    pub(super) fn until_reminder(&self, now: Duration) -> Option<Duration> {
        let (_, at) = self.told.as_ref().filter(|(told, _)| *told == AccountState::LoginNeeded)?;
        Some(at.saturating_add(REMIND).saturating_sub(now))
    }

    /// Nothing that was told counts any more.
    pub(super) fn forget(&mut self) {
        self.told = None;
    }

    /// What was told last.
    pub(super) fn told(&self) -> Option<&AccountState> {
        self.told.as_ref().map(|(told, _)| told)
    }
}
