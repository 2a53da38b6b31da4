//! The login of a courier: refresh in time, keep before use.

use super::deliver::{Halt, Setback};
use super::judge::{self, Hurdle};
use super::thread::{Courier, Stop, TELL_AFTER_FAILURES, dice};
use super::{AccountState, Kept, Request};
use crate::event::Time;
use crate::tracker::trakt::auth::{self, Refresh};
use crate::tracker::trakt::{Trouble, api};
use std::sync::mpsc::channel;
use std::time::Duration;

/// What came of a refresh.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Renewal {
    /// There is a new pair, or the user has changed the login meanwhile.
    Renewed,
    /// The login is over as soon as its access token is.
    LoginNeeded,
    /// Trakt refuses the app.
    Trouble(Trouble),
    /// Not now.
    Later(String),
}

impl<R: Fn(Request)> Courier<'_, R> {
    /// Asks who we are. What the answer says of the account counts as with any other question, but
    /// an outage holds up nobody here: what is to be told finds that out by itself.
    pub(super) fn greet(&mut self) -> Result<(), Stop> {
        self.greeted = true;
        match self.insist(Self::ask_for_the_user) {
            Ok(Some(user)) => {
                self.user = Some(user);
                self.well();
            }
            Ok(None) => {
                self.greet_failures = self.greet_failures.saturating_add(1);
                let span = judge::back_off(self.greet_failures, dice());
                self.greet_not_before = self.clock().steady().saturating_add(span);
                if self.greet_failures >= TELL_AFTER_FAILURES && self.told.is_none() {
                    self.tell(AccountState::Unreachable);
                }
            }
            Err(Setback::Held(..) | Setback::Refused(_)) => {} // it has been told
            Err(Setback::Stop) => return Err(Stop),
        }
        Ok(())
    }

    /// `None` where Trakt does not tell it now.
    fn ask_for_the_user(&mut self) -> Result<Option<String>, Halt> {
        let access = self.ready()?;
        let user = api::user_name(&self.client, &access);
        user.map(Some).or_else(|reply| match judge::hurdle(&reply) {
            Some(Hurdle::Unreachable { .. }) | None => Ok(None),
            Some(hurdle) => Err(Halt::Hurdle(hurdle)),
        })
    }

    /// How long until we ask who we are; `None` where that is known, or never will be.
    pub(super) fn until_greeting(&self) -> Option<Duration> {
        let is_open = self.user.is_none() && self.tokens.is_some() && !self.setup.dry_run;
        is_open.then(|| self.greet_not_before.saturating_sub(self.clock().steady()))
    }

    /// How long until a refresh is due; `None` where none ever will be.
    pub(super) fn until_refresh(&self) -> Option<Duration> {
        let pair = self.tokens.as_ref().filter(|_| !self.grant_is_dead && !self.setup.dry_run)?;
        let due = pair.refresh_due().since(self.now());
        Some(due.max(self.refresh_not_before.saturating_sub(self.clock().steady())))
    }

    /// A refresh that fails is tried again later; the access token is good for as long again.
    pub(super) fn refresh_if_due(&mut self) -> Result<(), Stop> {
        if self.until_refresh() == Some(Duration::ZERO) {
            match self.refresh()? {
                Renewal::Renewed | Renewal::LoginNeeded => {}
                // Nobody is held up yet, so it is no state of the account; and said once.
                Renewal::Trouble(trouble) => {
                    if self.refresh_trouble.replace(trouble) != Some(trouble) {
                        log::warn!("account `{}`: {trouble}", self.setup.account);
                    }
                }
                Renewal::Later(why) => log::info!(
                    "account `{}`: its login is not renewed yet, and good a while longer: {why}",
                    self.setup.account
                ),
            }
        }
        Ok(())
    }

    /// Trades the refresh token for a new pair and keeps that.
    pub(super) fn refresh(&mut self) -> Result<Renewal, Stop> {
        let Some(pair) = self.tokens.clone() else {
            return Ok(Renewal::LoginNeeded);
        };
        let outcome = auth::refresh(&self.client, &pair, self.now());
        let stop = self.take_wakes();
        if self.tokens.as_ref() != Some(&pair) {
            return stop.map(|()| Renewal::Renewed); // a login or logout came meanwhile
        }
        let renewal = match outcome {
            Refresh::Renewed(pair) => {
                self.unkept = Some(pair);
                if self.keep_tokens()? {
                    Renewal::Renewed
                } else {
                    Renewal::Later("the new login could not be kept".to_owned())
                }
            }
            Refresh::InvalidGrant => {
                self.grant_is_dead = true;
                self.tell(AccountState::LoginNeeded);
                Renewal::LoginNeeded
            }
            Refresh::Trouble(trouble) => {
                self.refresh_after(judge::ACCOUNT_PAUSE);
                Renewal::Trouble(trouble)
            }
            // Also when the answer was lost: the old refresh token is tried once more, and if it
            // is spent, `invalid_grant` says so.
            Refresh::Later(why) => {
                self.refresh_failures = self.refresh_failures.saturating_add(1);
                self.refresh_after(judge::back_off(self.refresh_failures, dice()));
                Renewal::Later(why)
            }
        };
        stop.map(|()| renewal)
    }

    /// Hands a new pair to the disk and takes it into use once it is there. Whether there is a login
    /// to go on with.
    pub(super) fn keep_tokens(&mut self) -> Result<bool, Stop> {
        let (Some(pair), Some(replaces)) = (self.unkept.clone(), self.tokens.clone()) else {
            return Ok(true);
        };
        let (reply, answer) = channel();
        let account = self.setup.account.clone();
        (self.request)(Request::Tokens { account, pair: pair.clone(), replaces, reply });
        match answer.recv().map_err(|_| Stop)? {
            Kept::Safe => {
                (self.tokens, self.unkept) = (Some(pair), None);
                (self.refresh_failures, self.refresh_not_before) = (0, Duration::ZERO);
                self.refresh_trouble = None;
                Ok(true)
            }
            Kept::Obsolete => {
                self.unkept = None;
                self.take_wakes().map(|()| true)
            }
            Kept::Refused(why) => {
                self.tell(AccountState::NotKept(why));
                self.refresh_failures = self.refresh_failures.saturating_add(1);
                self.hold_for(judge::back_off(self.refresh_failures, dice()));
                Ok(false)
            }
        }
    }

    fn refresh_after(&mut self, span: Duration) {
        self.refresh_not_before = self.clock().steady().saturating_add(span);
    }

    /// When the work in hand may be tried again though its token was refused.
    pub(super) fn hold_for_refresh(&mut self, why: &str) -> (Time, String) {
        let span = self.refresh_not_before.saturating_sub(self.clock().steady());
        let span = span.max(Duration::from_secs(1));
        self.hold_for(span);
        (self.now().after(span), format!("the login waits for its renewal: {why}"))
    }
}
