//! Which logins are under way, and what came of those that are over?

use super::answers::LoginCode;
use crate::delivery::Destination;
use crate::desk::CommandResult;
use crate::tracker::DeviceCode;
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Logins that are under way or just over, one for each destination.
#[derive(Clone, Default)]
pub(super) struct Logins(Arc<Mutex<BTreeMap<Destination, LoginProgress>>>);

/// How a login stands.
pub(super) enum LoginProgress {
    /// The user has yet to type the code.
    UnderWay {
        code: DeviceCode,
        /// Steady time.
        until: Duration,
        /// Who waits for what comes of it.
        waiting: Vec<Sender<CommandResult>>,
    },
    /// What came of it.
    Over(CommandResult),
}

impl Logins {
    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<Destination, LoginProgress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The code that the user may still type.
    pub(super) fn code(&self, to: &Destination, now: Duration) -> Option<LoginCode> {
        match self.lock().get(to)? {
            LoginProgress::UnderWay { code, until, .. } if now < *until => {
                Some(in_words(to, code, until.saturating_sub(now)))
            }
            LoginProgress::UnderWay { .. } | LoginProgress::Over(_) => None,
        }
    }

    /// Which login of `account` is meant: the one at `tracker`; without one the only one there is.
    pub(super) fn of(
        &self,
        account: String,
        tracker: Option<String>,
    ) -> Result<Destination, String> {
        if let Some(tracker) = tracker {
            return Ok(Destination { account, tracker });
        }
        let logins = self.lock();
        let mut its = logins.keys().filter(|to| to.account == account);
        match (its.next(), its.next()) {
            (Some(only), None) => Ok(only.clone()),
            (None, _) => Err(format!("no login of the account `{account}` is in progress")),
            (Some(_), Some(_)) => Err(format!(
                "several logins of the account `{account}` are in progress: name the tracker"
            )),
        }
    }

    /// Tells all who wait what came of the login with `code`.
    pub(super) fn end(&self, to: &Destination, code: &DeviceCode, answer: CommandResult) {
        let mut logins = self.lock();
        if let Some(login) = logins.get_mut(to)
            && let LoginProgress::UnderWay { code: current, waiting, .. } = login
            && current == code
        {
            for waiter in waiting.drain(..) {
                let _ = waiter.send(answer.clone()); // it may have gone
            }
            *login = LoginProgress::Over(answer);
        }
    }
}

pub(super) fn in_words(to: &Destination, code: &DeviceCode, left: Duration) -> LoginCode {
    LoginCode {
        account: to.account.clone(),
        tracker: to.tracker.clone(),
        user_code: code.user_code.clone(),
        verification_url: code.verification_url.clone(),
        url: code.link.clone(),
        expires_in: left.saturating_add(Duration::from_millis(999)).as_secs(),
    }
}
