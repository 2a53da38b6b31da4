//! In whose name do we speak?
//!
//! Simkl's login of September 2026: a device code, an access token for a week and a refresh token that
//! stays. Each is a call and a pure decision on its reply. A login that may not write is none: Simkl
//! grants what was asked for in part, without a word.
//!
//! Not here: when to refresh, and keeping a pair safe before its first use (`courier`, `store`).

use super::Client;
use super::answers::error;
use super::refusal::{LOGIN_REFUSED, NO_APP, READ_ONLY, WRONG_APP};
use crate::delivery::{NoApp, TokenPair};
use crate::event::Time;
use crate::http::{Answer, Reply};
use crate::tracker::login::is_link;
use crate::tracker::{DeviceCode, LoginError, Poll, Refresh};
use serde::Deserialize;
use std::time::Duration;

/// What is asked for.
const SCOPE: &str = "media:read media:write";
/// What is needed of it.
const WRITE: &str = "media:write";

/// That there is no app to log in with.
pub(super) fn lacks_app(client: &Client) -> Option<NoApp> {
    client.settings.client_id.is_empty().then_some(NO_APP)
}

/// Asks for a code to log in with.
///
/// # Errors
/// When there is none to be had, with the mend.
pub(super) fn device_code(client: &Client) -> Result<DeviceCode, LoginError> {
    if let Some(lacking) = lacks_app(client) {
        return Err(LoginError::NoApp(lacking));
    }
    judge_code(client.authorize("/oauth2/device", &[("scope", SCOPE)]))
}

/// Asks whether the code was typed.
pub(super) fn poll(client: &Client, code: &DeviceCode, now: Time) -> Poll {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let fields = [("grant_type", grant), ("device_code", code.device_code.reveal())];
    judge_poll(client.authorize("/oauth2/token", &fields), now)
}

/// Gets a new access token; the one before it is worth nothing from then on.
pub(super) fn refresh(client: &Client, pair: &TokenPair, now: Time) -> Refresh {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", pair.refresh.reveal())];
    judge_refresh(client.authorize("/oauth2/token", &fields), pair, now)
}

/// Gives the whole login back.
///
/// # Errors
/// In one line, when Simkl did not confirm it.
pub(super) fn revoke(client: &Client, pair: &TokenPair) -> Result<(), String> {
    match client.authorize("/oauth2/revoke", &[("token", pair.refresh.reveal())]) {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(format!("Simkl answered {} to the logout", answer.status)),
        Err(failure) => Err(failure.to_string()),
    }
}

fn judge_code(reply: Reply) -> Result<DeviceCode, LoginError> {
    let answer = reply.map_err(|failure| LoginError::NoAnswer(failure.to_string()))?;
    match (answer.status, error(&answer).as_deref()) {
        (200, _) => {
            let code: Option<wire::Code> = serde_json::from_str(answer.text()).ok();
            code.and_then(wire::Code::read).ok_or_else(|| {
                LoginError::NoAnswer("its answer could not be understood".to_owned())
            })
        }
        (400 | 401, Some("invalid_client" | "unauthorized_client")) => {
            Err(LoginError::Refused(WRONG_APP))
        }
        (status, _) => Err(LoginError::NoAnswer(format!("it answered {status}"))),
    }
}

fn judge_poll(reply: Reply, now: Time) -> Poll {
    let answer = match reply {
        Ok(answer) => answer,
        Err(failure) => return Poll::Unreachable(failure.to_string()),
    };
    match (answer.status, error(&answer).as_deref()) {
        (200, _) => match tokens(&answer) {
            Some(tokens) if !tokens.may_write() => Poll::Failed(LoginError::Refused(READ_ONLY)),
            Some(wire::Tokens { access, refresh: Some(refresh), expires_in, .. }) => {
                let pair = TokenPair::new(access, refresh, now, Duration::from_secs(expires_in));
                pair.map_or_else(unusable, Poll::Approved)
            }
            Some(_) | None => unusable(),
        },
        (400, Some("authorization_pending")) => Poll::Pending,
        (400, Some("slow_down")) | (429, _) => Poll::SlowDown(Duration::from_secs(5)),
        (400, Some("expired_token")) => Poll::Failed(LoginError::Expired),
        (400, Some("access_denied")) => Poll::Failed(LoginError::Refused(LOGIN_REFUSED)),
        (400, Some("invalid_grant")) => Poll::Failed(LoginError::UnknownCode),
        (400 | 401, Some("invalid_client" | "unauthorized_client")) => {
            Poll::Failed(LoginError::Refused(WRONG_APP))
        }
        (status, _) => Poll::Unreachable(format!("it answered {status}")),
    }
}

fn unusable() -> Poll {
    Poll::Failed(LoginError::NoAnswer("it sent unusable tokens".to_owned()))
}

fn judge_refresh(reply: Reply, pair: &TokenPair, now: Time) -> Refresh {
    let answer = match reply {
        Ok(answer) => answer,
        Err(failure) => return Refresh::Later(failure.to_string()),
    };
    match (answer.status, error(&answer).as_deref()) {
        (200, _) => {
            let renewed = tokens(&answer).and_then(|tokens| {
                let refresh = tokens.refresh.unwrap_or_else(|| pair.refresh.reveal().to_owned());
                let lifetime = Duration::from_secs(tokens.expires_in);
                TokenPair::new(tokens.access, refresh, now, lifetime)
            });
            renewed.map_or_else(
                || Refresh::Later("it sent unusable tokens".to_owned()),
                Refresh::Renewed,
            )
        }
        (400 | 401, Some("invalid_grant" | "invalid_token")) => Refresh::InvalidGrant,
        (400 | 401, Some("invalid_client" | "unauthorized_client")) => Refresh::Refused(WRONG_APP),
        (status, _) => Refresh::Later(format!("it answered {status} to the refresh")),
    }
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

impl wire::Tokens {
    fn may_write(&self) -> bool {
        self.scope.split([' ', ',']).any(|one| one == WRITE)
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
