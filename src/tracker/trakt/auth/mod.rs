//! In whose name do we speak?
//!
//! Login by device code, refresh and logout, each a call and a pure decision on its reply. Only a
//! clear `invalid_grant` ends a login; everything else is a matter of time.
//!
//! Not here: when to refresh, and keeping a pair safe before its first use (`courier`, `store`).

use super::{Client, Trouble};
use crate::event::Time;
use crate::http::Reply;
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use std::time::Duration;

/// An access token, and the refresh token that gets the next pair, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPair {
    /// Goes with each call.
    pub access: Secret,
    /// Good for one refresh.
    pub refresh: Secret,
    /// When it came, by our clock: Trakt's would not agree with it.
    pub created: Time,
    /// How long the access token is good. It was three months, a day and a week by turns, so only
    /// what the answer says counts, but for less than [`SHORTEST_LIFETIME`].
    pub lifetime: Duration,
}

/// What no token lives less than: an answer that says so makes no sense. To believe it would be to
/// refresh without end, with a pair for the disk each time.
pub const SHORTEST_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// The longest token, in bytes.
const TOKEN_MOST: usize = 4096;
/// What no code is good for longer than: somebody waits for it.
const CODE_MOST: Duration = Duration::from_secs(60 * 60);

impl TokenPair {
    /// When to refresh: at half of the lifetime, so that a refresh that fails has as much time
    /// again to succeed.
    #[must_use]
    pub fn refresh_due(&self) -> Time {
        self.created.after(self.lifetime / 2)
    }

    /// Whether the access token has come to its end, so that only the refresh token is left.
    #[must_use]
    pub fn has_run_out(&self, now: Time) -> bool {
        self.created.after(self.lifetime) <= now
    }

    /// The pair as the store keeps it. This text is a secret.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({
            "access": self.access.reveal(),
            "refresh": self.refresh.reveal(),
            "created_ms": self.created.0,
            "lifetime_seconds": self.lifetime.as_secs(),
        })
        .to_string()
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let kept: wire::Kept = serde_json::from_str(text).ok()?;
        Some(Self {
            access: token(kept.access)?,
            refresh: token(kept.refresh)?,
            created: Time(kept.created_ms),
            lifetime: Duration::from_secs(kept.lifetime_seconds).max(SHORTEST_LIFETIME),
        })
    }

    fn of_answer(body: &[u8], now: Time) -> Option<Self> {
        let tokens: wire::Tokens = serde_json::from_slice(body).ok()?;
        Some(Self {
            access: token(tokens.access)?,
            refresh: token(tokens.refresh)?,
            created: now,
            lifetime: Duration::from_secs(tokens.expires_in).max(SHORTEST_LIFETIME),
        })
    }
}

/// A token goes into a header as it is: one with a line break in it would be a header of its own.
fn token(text: String) -> Option<Secret> {
    let is_one = (1..=TOKEN_MOST).contains(&text.len()) && is_visible(&text);
    is_one.then(|| Secret::new(text))
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What the user types at Trakt, and what we ask with until it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// Ours.
    pub device_code: Secret,
    /// The user's: a few letters and digits.
    pub user_code: String,
    /// Where to type it.
    pub verification_url: String,
    /// How long it is good.
    pub lifetime: Duration,
    /// How long to wait between two polls.
    pub interval: Duration,
}

impl DeviceCode {
    /// Where the code needs not be typed, for links and QR codes: Trakt fills in one that stands
    /// behind the address (trakt/trakt-api#454, #867).
    #[must_use]
    pub fn link(&self) -> String {
        let plain = self.user_code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if plain && !self.verification_url.contains(['?', '#']) {
            format!("{}/{}", self.verification_url.trim_end_matches('/'), self.user_code)
        } else {
            self.verification_url.clone()
        }
    }
}

/// What a poll says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// The user has typed the code.
    Approved(TokenPair),
    /// Not yet.
    Pending,
    /// Not yet, and the polls come too fast: wait this much longer between them from now on.
    SlowDown(Duration),
    /// Trakt can't be asked just now; go on until the code's lifetime is over.
    Unreachable(String),
    /// It won't come to anything any more.
    Failed(LoginError),
}

/// Why a login came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// Trakt refuses the app or the account.
    Trouble(Trouble),
    /// The code is too old.
    Expired,
    /// The code was used before.
    AlreadyUsed,
    /// Trakt does not know the code.
    UnknownCode,
    /// Trakt could not be asked, or said something that makes no sense.
    NoAnswer(String),
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trouble(trouble) => trouble.fmt(f),
            Self::Expired => f.write_str("the code was not typed in time: log in again"),
            Self::AlreadyUsed => f.write_str("the code was used before: log in again"),
            Self::UnknownCode => f.write_str("Trakt does not know the code: log in again"),
            Self::NoAnswer(why) => write!(f, "Trakt can't be asked ({why}): try again later"),
        }
    }
}

/// What a refresh says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// A new pair; the old refresh token is spent.
    Renewed(TokenPair),
    /// The refresh token is worth nothing: the user must log in again. The access token may still
    /// be good.
    InvalidGrant,
    /// Trakt refuses the app.
    Trouble(Trouble),
    /// Try again later with the same refresh token.
    Later(String),
}

/// Asks for a code to log in with.
///
/// # Errors
/// When there is none to be had, with the mend.
pub fn device_code(client: &Client) -> Result<DeviceCode, LoginError> {
    if client.settings.client_id.is_empty() {
        return Err(LoginError::Trouble(Trouble::NoApp));
    }
    let body = json!({"client_id": client.settings.client_id});
    judge_code(client.authorize("/oauth/device/code", &body))
}

/// Asks whether the code was typed.
#[must_use]
pub fn poll(client: &Client, code: &DeviceCode, now: Time) -> Poll {
    let body = json!({
        "code": code.device_code.reveal(),
        "client_id": client.settings.client_id,
        "client_secret": client.settings.client_secret.reveal(),
    });
    judge_poll(client.authorize("/oauth/device/token", &body), now)
}

/// Trades a refresh token for a new pair. Never two at a time.
#[must_use]
pub fn refresh(client: &Client, pair: &TokenPair, now: Time) -> Refresh {
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
pub fn revoke(client: &Client, access: &Secret) -> Result<(), String> {
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
            let code: Option<wire::Code> = serde_json::from_slice(&answer.body).ok();
            let code = code.filter(can_be_shown);
            let code = code.ok_or(LoginError::NoAnswer("its answer makes no sense".to_owned()))?;
            Ok(DeviceCode {
                device_code: Secret::new(code.device),
                user_code: code.user,
                verification_url: code.verification_url,
                lifetime: Duration::from_secs(code.expires_in).min(CODE_MOST),
                interval: Duration::from_secs(code.interval.max(1)),
            })
        }
        // Without a code the app is all that Trakt can object to.
        401 | 404 => Err(LoginError::Trouble(Trouble::AppGone)),
        status => Err(match Trouble::of(&answer) {
            Some(trouble) => LoginError::Trouble(trouble),
            None => LoginError::NoAnswer(format!("it answered {status}")),
        }),
    }
}

/// Both are put before a person: as a link, and as something to type.
fn can_be_shown(code: &wire::Code) -> bool {
    let url = &code.verification_url;
    let is_url = url.starts_with("https://") || url.starts_with("http://");
    is_url
        && [(&code.user, 32), (url, 1024)]
            .into_iter()
            .all(|(text, most)| (1..=most).contains(&text.len()) && is_visible(text))
}

/// The statuses are those of trakt.tv's device authentication.
fn judge_poll(reply: Reply, now: Time) -> Poll {
    let answer = match reply {
        Ok(answer) => answer,
        Err(failure) => return Poll::Unreachable(failure.to_string()),
    };
    match answer.status {
        200 => match TokenPair::of_answer(&answer.body, now) {
            Some(pair) => Poll::Approved(pair),
            None => Poll::Failed(LoginError::NoAnswer("its tokens make no sense".to_owned())),
        },
        400 => Poll::Pending,
        401 => Poll::Failed(LoginError::Trouble(Trouble::WrongSecret)),
        404 => Poll::Failed(LoginError::UnknownCode),
        409 => Poll::Failed(LoginError::AlreadyUsed),
        410 => Poll::Failed(LoginError::Expired),
        418 => Poll::Failed(LoginError::Trouble(Trouble::LoginRefused)),
        429 => Poll::SlowDown(Duration::from_secs(5)),
        status => match Trouble::of(&answer) {
            Some(trouble) => Poll::Failed(LoginError::Trouble(trouble)),
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
        200 => TokenPair::of_answer(&answer.body, now).map_or_else(
            || Refresh::Later("its tokens make no sense".to_owned()),
            Refresh::Renewed,
        ),
        400 | 401 if error().as_deref() == Some("invalid_grant") => Refresh::InvalidGrant,
        401 => Refresh::Trouble(Trouble::WrongSecret),
        status => match Trouble::of(&answer) {
            Some(trouble) => Refresh::Trouble(trouble),
            None => Refresh::Later(format!("it answered {status} to the refresh")),
        },
    }
}

/// The shapes on the wire and in the store; private, so that no other type of ours can be
/// written out with a secret in it.
mod wire {
    use super::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Kept {
        pub(super) access: String,
        pub(super) refresh: String,
        pub(super) created_ms: u64,
        pub(super) lifetime_seconds: u64,
    }

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
