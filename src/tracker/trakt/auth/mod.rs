//! In whose name do we speak?
//!
//! Login by device code, refresh and logout, each a call and a pure decision on its reply. Only a
//! clear `invalid_grant` ends a login; everything else is a matter of time.
//!
//! Not here: when to refresh, and keeping a pair safe before its first use (`courier`, `store`).

use super::Client;
use super::refusal::{APP_GONE, LOGIN_REFUSED, NO_APP, WRONG_SECRET, refusal};
use crate::delivery::{NoApp, TokenPair};
use crate::event::Time;
use crate::http::Reply;
use crate::secret::Secret;
use crate::tracker::{DeviceCode, LoginError, Poll, Refresh};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// That no app is set.
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
    let body = json!({"client_id": client.settings.client_id});
    judge_code(client.authorize("/oauth/device/code", &body))
}

/// Asks whether the code was typed.
pub(super) fn poll(client: &Client, code: &DeviceCode, now: Time) -> Poll {
    let body = json!({
        "code": code.device_code.reveal(),
        "client_id": client.settings.client_id,
        "client_secret": client.settings.client_secret.reveal(),
    });
    judge_poll(client.authorize("/oauth/device/token", &body), now)
}

/// Trades a refresh token for a new pair. Never two at a time.
pub(super) fn refresh(client: &Client, pair: &TokenPair, now: Time) -> Refresh {
    let body = json!({
        "refresh_token": pair.refresh.reveal(),
        "client_id": client.settings.client_id,
        "client_secret": client.settings.client_secret.reveal(),
        "redirect_uri": "urn:ietf:wg:oauth:2.0:oob",
        "grant_type": "refresh_token",
    });
    judge_refresh(client.authorize("/oauth/token", &body), now)
}

/// Gives a token back.
///
/// # Errors
/// In one line, when Trakt did not confirm it. The token then ends by itself.
pub(super) fn revoke(client: &Client, access: &Secret) -> Result<(), String> {
    let body = json!({
        "token": access.reveal(),
        "client_id": client.settings.client_id,
        "client_secret": client.settings.client_secret.reveal(),
    });
    match client.authorize("/oauth/revoke", &body) {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(format!("Trakt answered {} to the logout", answer.status)),
        Err(failure) => Err(failure.to_string()),
    }
}

fn judge_code(reply: Reply) -> Result<DeviceCode, LoginError> {
    let answer = reply.map_err(|failure| LoginError::NoAnswer(failure.to_string()))?;
    match answer.status {
        200 => {
            let code: Option<wire::Code> = serde_json::from_str(answer.text()).ok();
            code.and_then(wire::Code::read)
                .ok_or(LoginError::NoAnswer("its answer could not be understood".to_owned()))
        }
        // Without a code the app is all that Trakt can object to.
        401 | 404 => Err(LoginError::Refused(APP_GONE)),
        status => Err(match refusal(&answer) {
            Some(refusal) => LoginError::Refused(refusal),
            None => LoginError::NoAnswer(format!("it answered {status}")),
        }),
    }
}

impl wire::Code {
    fn read(self) -> Option<DeviceCode> {
        let Self { device, user, verification_url, expires_in, interval } = self;
        let code = DeviceCode::answered(device, user, verification_url, (expires_in, interval))?;
        Some(DeviceCode { link: link(&code), ..code })
    }
}

/// Trakt fills in a code that stands behind the address (trakt/trakt-api#454, #867).
fn link(code: &DeviceCode) -> String {
    let plain = code.user_code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if plain && !code.verification_url.contains(['?', '#']) {
        format!("{}/{}", code.verification_url.trim_end_matches('/'), code.user_code)
    } else {
        code.verification_url.clone()
    }
}

/// The statuses are those of trakt.tv's device authentication.
fn judge_poll(reply: Reply, now: Time) -> Poll {
    let answer = match reply {
        Ok(answer) => answer,
        Err(failure) => return Poll::Unreachable(failure.to_string()),
    };
    match answer.status {
        200 => match pair_of(answer.text(), now) {
            Some(pair) => Poll::Approved(pair),
            None => Poll::Failed(LoginError::NoAnswer("it sent unusable tokens".to_owned())),
        },
        400 => Poll::Pending,
        401 => Poll::Failed(LoginError::Refused(WRONG_SECRET)),
        404 => Poll::Failed(LoginError::UnknownCode),
        409 => Poll::Failed(LoginError::AlreadyUsed),
        410 => Poll::Failed(LoginError::Expired),
        418 => Poll::Failed(LoginError::Refused(LOGIN_REFUSED)),
        429 => Poll::SlowDown(Duration::from_secs(5)),
        status => match refusal(&answer) {
            Some(refusal) => Poll::Failed(LoginError::Refused(refusal)),
            None => Poll::Unreachable(format!("it answered {status}")),
        },
    }
}

fn judge_refresh(reply: Reply, now: Time) -> Refresh {
    let answer = match reply {
        Ok(answer) => answer,
        Err(failure) => return Refresh::Later(failure.to_string()),
    };
    let error = || answer.json()?.get("error")?.as_str().map(str::to_owned);
    match answer.status {
        200 => pair_of(answer.text(), now)
            .map_or_else(|| Refresh::Later("it sent unusable tokens".to_owned()), Refresh::Renewed),
        400 | 401 if error().as_deref() == Some("invalid_grant") => Refresh::InvalidGrant,
        401 => Refresh::Refused(WRONG_SECRET),
        status => match refusal(&answer) {
            Some(refusal) => Refresh::Refused(refusal),
            None => Refresh::Later(format!("it answered {status} to the refresh")),
        },
    }
}

fn pair_of(body: &str, now: Time) -> Option<TokenPair> {
    let wire::Tokens { access, refresh, expires_in } = serde_json::from_str(body).ok()?;
    TokenPair::new(access, refresh, now, Duration::from_secs(expires_in))
}

/// The shapes on the wire; private, so that no other type of ours can be
/// written out with a secret in it.
mod wire {
    use super::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Tokens {
        #[serde(rename = "access_token")]
        pub(super) access: String,
        #[serde(rename = "refresh_token")]
        pub(super) refresh: String,
        pub(super) expires_in: u64,
    }

    #[derive(Deserialize)]
    pub(super) struct Code {
        #[serde(rename = "device_code")]
        pub(super) device: String,
        #[serde(rename = "user_code")]
        pub(super) user: String,
        pub(super) verification_url: String,
        pub(super) expires_in: u64,
        pub(super) interval: u64,
    }
}

#[cfg(test)]
mod tests;
