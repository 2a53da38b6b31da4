//! In whose name?

use crate::delivery::{NoApp, Refusal, TokenPair};
use crate::secret::Secret;
use std::time::Duration;

/// What the user types at the tracker, and what we ask with until it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// Ours.
    pub device_code: Secret,
    /// The user's: a few letters and digits.
    pub user_code: String,
    /// Where to type it.
    pub verification_url: String,
    /// Where it needs not be typed, for links and QR codes.
    pub link: String,
    /// How long it is good.
    pub lifetime: Duration,
    /// How long to wait between two polls.
    pub interval: Duration,
}

/// What no code is good for longer than: somebody waits for it.
const CODE_MOST: Duration = Duration::from_secs(60 * 60);

impl DeviceCode {
    /// What a tracker has answered, times in seconds. Its link is the address where the code is typed,
    /// until a tracker has a better one. `None` where address or code can't be put before a person.
    pub(super) fn answered(
        device_code: String,
        user_code: String,
        verification_url: String,
        (expires_in, interval): (u64, u64),
    ) -> Option<Self> {
        let is_code = (1..=32).contains(&user_code.len()) && is_visible(&user_code);
        (is_code && is_link(&verification_url)).then(|| Self {
            device_code: Secret::new(device_code),
            user_code,
            link: verification_url.clone(),
            verification_url,
            lifetime: Duration::from_secs(expires_in).min(CODE_MOST),
            interval: Duration::from_secs(interval.max(1)),
        })
    }
}

/// Whether it can be put before a person as a link.
pub(super) fn is_link(url: &str) -> bool {
    let is_url = url.starts_with("https://") || url.starts_with("http://");
    is_url && url.len() <= 1024 && is_visible(url)
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
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
    /// The tracker can't be asked just now; go on until the code's lifetime is over.
    Unreachable(String),
    /// It won't come to anything any more.
    Failed(LoginError),
}

/// Why a login came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// There is no app to log in with.
    NoApp(NoApp),
    /// The tracker refuses the app or the account.
    Refused(Refusal),
    /// The code is too old.
    Expired,
    /// The code was used before.
    AlreadyUsed,
    /// The tracker does not know the code.
    UnknownCode,
    /// The tracker could not be asked, or said something that makes no sense.
    NoAnswer(String),
}

impl LoginError {
    /// What happened and what to do, where the tracker is called `tracker`.
    #[must_use]
    pub fn sentence(&self, tracker: &str) -> String {
        match self {
            Self::NoApp(lacking) => NoApp::all_in_words(&[*lacking]),
            Self::Refused(refusal) => refusal.to_string(),
            Self::Expired => "the code was not typed in time: log in again".to_owned(),
            Self::AlreadyUsed => "the code was used before: log in again".to_owned(),
            Self::UnknownCode => format!("{tracker} does not know the code: log in again"),
            Self::NoAnswer(why) => format!("{tracker} can't be asked ({why}): try again later"),
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
    /// The tracker refuses the app.
    Refused(Refusal),
    /// Try again later with the same refresh token.
    Later(String),
}
