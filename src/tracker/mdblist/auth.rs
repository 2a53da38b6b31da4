//! In whose name do we speak?
//!
//! A device code of an app without a secret, an access token for a month, and a refresh token that may
//! be another after each use. What clients have seen: the slashes at the end of the paths are needed. Or
//! a key of the user's own, which needs no app and ends when the user makes another.
//!
//! Not here: when to refresh, and keeping a pair safe before its first use (`courier`, `store`).

use super::Client;
use super::refusal::{LOGIN_REFUSED, NO_APP, WRONG_APP};
use crate::delivery::{NoApp, TokenPair};
use crate::event::Time;
use crate::http::encoded;
use crate::tracker::oauth::{DEVICE_GRANT, OAuth};
use crate::tracker::{DeviceCode, LoginError, Poll, Refresh};

const OAUTH: OAuth = OAuth { wrong_app: WRONG_APP, refused: LOGIN_REFUSED, needs: None };

const TOKEN: &str = "/oauth/token/";

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
    let reply = client.authorize("/oauth/device-authorization/", &[("scope", "write")]);
    OAUTH.code(reply).map(with_link)
}

/// The page takes the code with its address, also where the answer does not say so.
fn with_link(code: DeviceCode) -> DeviceCode {
    let DeviceCode { verification_url, user_code, .. } = &code;
    if code.link != *verification_url || verification_url.contains('?') {
        return code;
    }
    let link = format!("{verification_url}?user_code={}", encoded(user_code));
    DeviceCode { link, ..code }
}

/// Asks whether the code was typed.
pub(super) fn poll(client: &Client, code: &DeviceCode, now: Time) -> Poll {
    let fields = [("grant_type", DEVICE_GRANT), ("device_code", code.device_code.reveal())];
    OAUTH.poll(client.authorize(TOKEN, &fields), now)
}

/// Gets a new pair; the one before it is spent. A key that is not taken any more is over.
pub(super) fn refresh(client: &Client, pair: &TokenPair, now: Time) -> Refresh {
    if pair.is_key() {
        return Refresh::InvalidGrant;
    }
    let fields = [("grant_type", "refresh_token"), ("refresh_token", pair.refresh.reveal())];
    OAUTH.refresh(client.authorize(TOKEN, &fields), pair, now)
}

/// Gives the login back. A key stays what it is: the user has made it, and may use it elsewhere.
///
/// # Errors
/// In one line, when MDBList did not confirm it.
pub(super) fn revoke(client: &Client, pair: &TokenPair) -> Result<(), String> {
    if pair.is_key() {
        return Ok(());
    }
    match client.authorize("/oauth/revoke_token/", &[("token", pair.refresh.reveal())]) {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(format!("MDBList answered {} to the logout", answer.status)),
        Err(failure) => Err(failure.to_string()),
    }
}

#[cfg(test)]
mod tests;
