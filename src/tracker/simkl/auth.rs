//! In whose name do we speak?
//!
//! Simkl's login of September 2026: a device code, an access token for a week and a refresh token that
//! stays. A login that may not write is none: Simkl
//! grants what was asked for in part, without a word.
//!
//! Not here: when to refresh, and keeping a pair safe before its first use (`courier`, `store`).

use super::Client;
use super::refusal::{LOGIN_REFUSED, NO_APP, READ_ONLY, WRONG_APP};
use crate::delivery::{NoApp, TokenPair};
use crate::event::Time;
use crate::tracker::oauth::{DEVICE_GRANT, OAuth};
use crate::tracker::{DeviceCode, LoginError, Poll, Refresh};

/// What is asked for.
const SCOPE: &str = "media:read media:write";

const OAUTH: OAuth =
    OAuth { wrong_app: WRONG_APP, refused: LOGIN_REFUSED, needs: Some(("media:write", READ_ONLY)) };

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
    OAUTH.code(client.authorize("/oauth2/device", &[("scope", SCOPE)]))
}

/// Asks whether the code was typed.
pub(super) fn poll(client: &Client, code: &DeviceCode, now: Time) -> Poll {
    let fields = [("grant_type", DEVICE_GRANT), ("device_code", code.device_code.reveal())];
    OAUTH.poll(client.authorize("/oauth2/token", &fields), now)
}

/// Gets a new access token; the one before it is worth nothing from then on.
pub(super) fn refresh(client: &Client, pair: &TokenPair, now: Time) -> Refresh {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", pair.refresh.reveal())];
    OAUTH.refresh(client.authorize("/oauth2/token", &fields), pair, now)
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

#[cfg(test)]
mod tests;
