//! What does an answer to a device login mean? As RFC 8628 and RFC 6749 have it.
//!
//! Pure. What counts is the `error` that a refusal names: its status is 400, 401 or 403 by turns. What
//! makes no sense ends no login.
//!
//! Not here: where it is asked (each tracker), when to refresh (`courier`).

use super::login::is_link;
use super::ruling::error;
use super::{DeviceCode, LoginError, Poll, Refresh};
use crate::delivery::{Refusal, TokenPair};
use crate::event::Time;
use crate::http::{Answer, Reply};
use serde::Deserialize;
use std::time::Duration;

/// How a poll names what it polls for.
pub(super) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What a tracker's refusals are in our words.
#[derive(Debug)]
pub(super) struct OAuth {
    /// It does not know the app, or not for this login.
    pub(super) wrong_app: Refusal,
    /// The user has said no.
    pub(super) refused: Refusal,
    /// The scope without which a login is none, and what is said then: some grant what was asked for in
    /// part, without a word.
    pub(super) needs: Option<(&'static str, Refusal)>,
}

impl OAuth {
    /// What came of asking for a code.
    ///
    /// # Errors
    /// When there is none to be had, with the mend.
    pub(super) fn code(&self, reply: Reply) -> Result<DeviceCode, LoginError> {
        let answer = reply.map_err(|failure| LoginError::NoAnswer(failure.to_string()))?;
        match (answer.status, error(&answer).as_deref()) {
            (200..300, _) => {
                let code: Option<wire::Code> = serde_json::from_str(answer.text()).ok();
                code.and_then(wire::Code::read).ok_or_else(|| {
                    LoginError::NoAnswer("its answer could not be understood".to_owned())
                })
            }
            (400..=403, Some("invalid_client" | "unauthorized_client")) => {
                Err(LoginError::Refused(self.wrong_app))
            }
            (status, _) => Err(LoginError::NoAnswer(format!("it answered {status}"))),
        }
    }

    /// What came of a poll.
    pub(super) fn poll(&self, reply: Reply, now: Time) -> Poll {
        let answer = match reply {
            Ok(answer) => answer,
            Err(failure) => return Poll::Unreachable(failure.to_string()),
        };
        match (answer.status, error(&answer).as_deref()) {
            (200..300, _) => self.approved(&answer, now),
            (400..=403, Some("authorization_pending")) => Poll::Pending,
            (400..=403, Some("slow_down")) | (429, _) => Poll::SlowDown(Duration::from_secs(5)),
            (400..=403, Some("expired_token")) => Poll::Failed(LoginError::Expired),
            (400..=403, Some("access_denied")) => Poll::Failed(LoginError::Refused(self.refused)),
            (400..=403, Some("invalid_grant")) => Poll::Failed(LoginError::UnknownCode),
            (400..=403, Some("invalid_client" | "unauthorized_client")) => {
                Poll::Failed(LoginError::Refused(self.wrong_app))
            }
            (status, _) => Poll::Unreachable(format!("it answered {status}")),
        }
    }

    fn approved(&self, answer: &Answer, now: Time) -> Poll {
        let Some(tokens) = tokens(answer) else { return unusable() };
        if let Some((scope, lacking)) = self.needs
            && !tokens.scope.split([' ', ',']).any(|one| one == scope)
        {
            return Poll::Failed(LoginError::Refused(lacking));
        }
        let wire::Tokens { access, refresh, expires_in, .. } = tokens;
        let lifetime = Duration::from_secs(expires_in);
        let pair = refresh.and_then(|refresh| TokenPair::new(access, refresh, now, lifetime));
        pair.map_or_else(unusable, Poll::Approved)
    }

    /// What came of trading the refresh token of `pair`. It stays where the answer has no other.
    pub(super) fn refresh(&self, reply: Reply, pair: &TokenPair, now: Time) -> Refresh {
        let answer = match reply {
            Ok(answer) => answer,
            Err(failure) => return Refresh::Later(failure.to_string()),
        };
        match (answer.status, error(&answer).as_deref()) {
            (200..300, _) => {
                let renewed = tokens(&answer).and_then(|tokens| {
                    let refresh =
                        tokens.refresh.unwrap_or_else(|| pair.refresh.reveal().to_owned());
                    let lifetime = Duration::from_secs(tokens.expires_in);
                    TokenPair::new(tokens.access, refresh, now, lifetime)
                });
                renewed.map_or_else(
                    || Refresh::Later("it sent unusable tokens".to_owned()),
                    Refresh::Renewed,
                )
            }
            (400..=403, Some("invalid_grant" | "invalid_token")) => Refresh::InvalidGrant,
            (400..=403, Some("invalid_client" | "unauthorized_client")) => {
                Refresh::Refused(self.wrong_app)
            }
            (status, _) => Refresh::Later(format!("it answered {status} to the refresh")),
        }
    }
}

fn unusable() -> Poll {
    Poll::Failed(LoginError::NoAnswer("it sent unusable tokens".to_owned()))
}

fn tokens(answer: &Answer) -> Option<wire::Tokens> {
    serde_json::from_str(answer.text()).ok()
}

impl wire::Code {
    fn read(self) -> Option<DeviceCode> {
        let Self { device, user, verification_url, link, expires_in, interval } = self;
        let code = DeviceCode::answered(device, user, verification_url, (expires_in, interval))?;
        Some(match link.filter(|link| is_link(link)) {
            Some(link) => DeviceCode { link, ..code },
            None => code,
        })
    }
}

/// The shapes on the wire; private, so that no other type of ours can be written out with a secret in
/// it.
mod wire {
    use super::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Tokens {
        #[serde(rename = "access_token")]
        pub(super) access: String,
        /// A refresh may leave it out: it stays.
        #[serde(default, rename = "refresh_token")]
        pub(super) refresh: Option<String>,
        pub(super) expires_in: u64,
        #[serde(default)]
        pub(super) scope: String,
    }

    #[derive(Deserialize)]
    pub(super) struct Code {
        #[serde(rename = "device_code")]
        pub(super) device: String,
        #[serde(rename = "user_code")]
        pub(super) user: String,
        #[serde(rename = "verification_uri")]
        pub(super) verification_url: String,
        #[serde(default, rename = "verification_uri_complete")]
        pub(super) link: Option<String>,
        pub(super) expires_in: u64,
        pub(super) interval: u64,
    }
}

#[cfg(test)]
mod tests;
