//! Which logins are under way, and what came of those that are over?

use super::answers::LoginCode;
use crate::delivery::Destination;
use crate::desk::CommandResult;
use crate::tracker::{DeviceCode, all};
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

/// Where an account is connected to, where nobody says it.
pub(super) fn destination(account: &str) -> Destination {
    all::destinations(account).next().unwrap_or_default()
}
