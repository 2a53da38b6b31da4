//! The login of a courier: when is it renewed, and which pair is in use?
//!
//! **Keep before use:** a pair that came with a refresh is not used before it is safe on the disk.
//! Pure: the times are from outside.

use super::hold::{ACCOUNT_PAUSE, Failures};
use crate::delivery::{Kept, Refusal, TokenPair};
use crate::event::Time;
use crate::secret::Secret;
use crate::tracker::Refresh;
use std::time::Duration;

/// The login in use, and what has come of renewing it.
#[derive(Debug)]
pub(super) struct Login {
    pair: Option<TokenPair>,
    /// A pair that came with a refresh and is not durable yet; until it is, nothing is sent.
    unkept: Option<TokenPair>,
    /// The tracker won't refresh this login any more; its access token is used to its end.
    is_ending: bool,
    /// Steady time; a refresh that failed waits until then.
    not_before: Duration,
    failures: Failures,
    /// Why the tracker has refused to refresh it.
    refusal: Option<Refusal>,
}

/// What came of a refresh.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Renewal {
    /// There is a new pair, which is to be kept.
    Renewed,
    /// The login is over as soon as its access token is.
    LoginNeeded,
    /// The tracker refuses the app.
    Refused {
        /// Why.
        refusal: Refusal,
        /// Whether it did not before.
        is_news: bool,
    },
    /// Not now.
    Later(String),
}

impl Login {
    /// The login with `pair`; none where that is none.
    pub(super) fn new(pair: Option<TokenPair>) -> Self {
        let (unkept, is_ending, not_before) = (None, false, Duration::ZERO);
        Self { pair, unkept, is_ending, not_before, failures: Failures::default(), refusal: None }
    }

    /// The pair in use.
    pub(super) fn pair(&self) -> Option<&TokenPair> {
        self.pair.as_ref()
    }

    /// What goes with each call.
    pub(super) fn access(&self) -> Option<&Secret> {
        self.pair.as_ref().map(|pair| &pair.access)
    }

    /// Whether it won't be refreshed any more.
    pub(super) fn is_ending(&self) -> bool {
        self.is_ending
    }

    /// The pair that is to be kept, and the one that it replaces.
    pub(super) fn unkept(&self) -> Option<(&TokenPair, &TokenPair)> {
        self.unkept.as_ref().zip(self.pair.as_ref())
    }

    /// How long until a refresh is due; `None` where none ever will be.
    pub(super) fn until_refresh(&self, now: Time, steady: Duration) -> Option<Duration> {
        let pair = self.pair.as_ref().filter(|_| !self.is_ending)?;
        Some(pair.refresh_due()?.since(now).max(self.held_for(steady)))
    }

    /// How long a refresh that failed waits.
    pub(super) fn held_for(&self, steady: Duration) -> Duration {
        self.not_before.saturating_sub(steady)
    }

    /// Takes over what a refresh of the pair in use has come to.
    pub(super) fn refreshed(&mut self, outcome: Refresh, steady: Duration, dice: u32) -> Renewal {
        match outcome {
            Refresh::Renewed(pair) => {
                self.unkept = Some(pair);
                Renewal::Renewed
            }
            Refresh::InvalidGrant => {
                self.is_ending = true;
                Renewal::LoginNeeded
            }
            Refresh::Refused(refusal) => {
                self.not_before = steady.saturating_add(ACCOUNT_PAUSE);
                let is_news = self.refusal.replace(refusal) != Some(refusal);
                Renewal::Refused { refusal, is_news }
            }
            // Also when the answer was lost: the old refresh token is tried once more, and if it
            // is spent, `invalid_grant` says so.
            Refresh::Later(why) => {
                self.not_before = steady.saturating_add(self.failures.one_more(dice));
                Renewal::Later(why)
            }
        }
    }

    /// Takes over whether the new pair is safe. `Err`: how long to wait before it is tried again,
    /// and what the disk says.
    pub(super) fn kept(&mut self, kept: Kept, dice: u32) -> Result<(), (Duration, String)> {
        match kept {
            Kept::Safe => *self = Self::new(self.unkept.take()),
            Kept::Obsolete => self.unkept = None,
            Kept::Refused(why) => return Err((self.failures.one_more(dice), why)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const LOCKED: Refusal = Refusal { name: "Locked", sentence: "it is locked" };

    fn pair(access: &str) -> TokenPair {
        TokenPair::new(access.into(), "r".into(), Time(0), 24 * HOUR).expect("a pair")
    }

    fn login() -> Login {
        Login::new(Some(pair("old")))
    }

    #[test]
    fn a_new_pair_is_in_use_only_once_it_is_safe() {
        let mut login = login();
        let renewal = login.refreshed(Refresh::Renewed(pair("new")), HOUR, 0);
        assert_eq!(renewal, Renewal::Renewed);
        assert_eq!(login.unkept(), Some((&pair("new"), &pair("old"))));
        assert_eq!(login.kept(Kept::Refused("full".into()), 0), Err((HOUR / 1800, "full".into())));
        assert_eq!(login.pair(), Some(&pair("old")));
        assert_eq!(login.kept(Kept::Safe, 0), Ok(()));
        assert_eq!((login.pair(), login.unkept()), (Some(&pair("new")), None));
    }

    #[test]
    fn a_pair_that_came_too_late_is_dropped() {
        let mut login = login();
        login.refreshed(Refresh::Renewed(pair("new")), HOUR, 0);
        assert_eq!(login.kept(Kept::Obsolete, 0), Ok(()));
        assert_eq!((login.pair(), login.unkept()), (Some(&pair("old")), None));
    }

    #[test]
    fn a_refresh_is_due_at_half_of_the_lifetime_and_after_a_failure_later() {
        let mut login = login();
        let until = |login: &Login, hours: u64| login.until_refresh(Time(hours * 3_600_000), HOUR);
        assert_eq!((until(&login, 2), until(&login, 12)), (Some(10 * HOUR), Some(Duration::ZERO)));
        login.refreshed(Refresh::Later("no route".into()), HOUR, 0);
        assert_eq!(until(&login, 12), Some(Duration::from_secs(2)));
        login.refreshed(Refresh::Later("no route".into()), HOUR, 0);
        assert_eq!(until(&login, 12), Some(Duration::from_secs(4)));
        let refused = login.refreshed(Refresh::Refused(LOCKED), HOUR, 0);
        assert_eq!(refused, Renewal::Refused { refusal: LOCKED, is_news: true });
        assert_eq!(until(&login, 12), Some(HOUR));
        let again = login.refreshed(Refresh::Refused(LOCKED), HOUR, 0);
        assert_eq!(again, Renewal::Refused { refusal: LOCKED, is_news: false });
    }

    #[test]
    fn after_invalid_grant_nothing_is_refreshed_and_the_access_token_stays_in_use() {
        let mut login = login();
        assert_eq!(login.refreshed(Refresh::InvalidGrant, HOUR, 0), Renewal::LoginNeeded);
        assert!(login.is_ending());
        assert_eq!(login.until_refresh(Time(u64::MAX), HOUR), None);
        assert_eq!(login.access(), Some(&pair("old").access));
    }

    #[test]
    fn without_a_login_there_is_nothing_to_renew() {
        let login = Login::new(None);
        assert_eq!((login.access(), login.until_refresh(Time(0), HOUR)), (None, None));
        assert_eq!(login.unkept(), None);
    }
}
