//! When is the login of a [`Link`] renewed?

use super::halt::Stop;
use super::hold::dice;
use super::link::Link;
use super::login::Renewal;
use crate::delivery::AccountState;
use crate::secret::Secret;
use std::time::Duration;

impl Link<'_> {
    /// How long until a refresh is due; `None` where none ever will be.
    pub(super) fn until_refresh(&self) -> Option<Duration> {
        self.login.until_refresh(self.now(), self.steady())
    }

    /// A refresh that fails is tried again later; the access token is good for as long again.
    pub(super) fn refresh_if_due(&mut self) -> Result<(), Stop> {
        if self.until_refresh() == Some(Duration::ZERO) {
            match self.refresh()? {
                Renewal::Renewed
                | Renewal::LoginNeeded
                | Renewal::Refused { is_news: false, .. } => {}
                // Nobody is held up yet, so it is no state of the account; and said once.
                Renewal::Refused { refusal, is_news: true } => {
                    log::warn!("account `{}`: {refusal}", self.queue.destination.account);
                }
                Renewal::Later(why) => log::info!(
                    "account `{}`: its login could not be renewed yet, but is still valid: {why}",
                    self.queue.destination.account
                ),
            }
        }
        Ok(())
    }

    /// The same for the one that a call was made with, unless a login has come since then: it may be
    /// that which has ended the old one.
    pub(super) fn refresh_unless_renewed(
        &mut self,
        used: Option<&Secret>,
    ) -> Result<Renewal, Stop> {
        self.take_wakes()?;
        if self.login.access() == used { self.refresh() } else { Ok(Renewal::Renewed) }
    }

    /// Trades the refresh token for a new pair and keeps that.
    fn refresh(&mut self) -> Result<Renewal, Stop> {
        let Some(pair) = self.login.pair().cloned() else {
            return Ok(Renewal::LoginNeeded);
        };
        let outcome = self.tracker.refresh(&pair, self.now());
        let stop = self.take_wakes();
        if self.login.pair() != Some(&pair) {
            return stop.map(|()| Renewal::Renewed); // a login or logout came meanwhile
        }
        let steady = self.steady();
        let mut renewal = self.login.refreshed(outcome, steady, dice());
        if renewal == Renewal::LoginNeeded {
            if pair.is_key() {
                let (account, title) = (&self.queue.destination.account, self.title());
                log::warn!("account `{account}`: its key is no longer valid at {title}");
            }
            self.tell(AccountState::LoginNeeded);
        } else if renewal == Renewal::Renewed && !self.keep_tokens()? {
            renewal = Renewal::Later("the new login could not be kept".to_owned());
        }
        stop.map(|()| renewal)
    }

    /// Hands a new pair to the disk and takes it into use once it is there. Whether there is a login
    /// to go on with.
    pub(super) fn keep_tokens(&mut self) -> Result<bool, Stop> {
        let Some((pair, replaces)) = self.login.unkept() else { return Ok(true) };
        let (pair, replaces) = (pair.clone(), replaces.clone());
        let kept = self.queue.keep(pair, replaces)?;
        match self.login.kept(kept, dice()) {
            // Where it is obsolete, what has taken its place is on its way.
            Ok(()) => self.take_wakes().map(|()| true),
            Err((span, why)) => {
                self.tell(AccountState::NotKept(why));
                self.hold.pause(span, self.steady());
                Ok(false)
            }
        }
    }
}
