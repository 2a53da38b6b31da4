//! What Trakt has against the app or the account, with the mend.

use crate::http::Answer;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A refusal that concerns the app or the account as a whole, not one call. Its `Display` is one
/// sentence that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Trouble {
    /// There is no `client_id` at all.
    NoApp,
    /// Trakt does not know the app. Those of free accounts were deleted in July 2026, since when
    /// every call in their name is refused (trakt/trakt-api#897).
    AppGone,
    /// The app's secret is wrong.
    WrongSecret,
    /// For VIPs only, or the app is gone (cecobask/imdb-trakt-sync#107).
    VipNeeded,
    /// The login was refused. Since July 2026 a free account may have one connected app
    /// (trakt/trakt-web#2960).
    LoginRefused,
    /// The account is locked or deactivated.
    Locked,
}

impl Trouble {
    /// The trouble that an answer tells of, if any. A 401 is none: it is about the token.
    #[must_use]
    pub fn of(answer: &Answer) -> Option<Self> {
        match answer.status {
            403 if !answer.html => Some(Self::AppGone),
            423 => Some(Self::Locked),
            426 => Some(Self::VipNeeded),
            _ => None,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoApp => {
                "no Trakt app is set: make one at https://app.trakt.tv/settings/apps (needs VIP) \
                and set trakt.client_id and trakt.client_secret, or use a build with an app inside"
            }
            Self::AppGone => {
                "Trakt does not know this app (any more): make one at \
                https://app.trakt.tv/settings/apps (needs VIP) and set trakt.client_id and \
                trakt.client_secret, or use a build with an app inside"
            }
            Self::WrongSecret => {
                "Trakt does not accept trakt.client_secret: copy it again from \
                https://app.trakt.tv/settings/apps"
            }
            Self::VipNeeded => {
                "Trakt asks for VIP, or this app no longer exists: look at \
                https://app.trakt.tv/settings/apps, or use a build with an app inside"
            }
            Self::LoginRefused => {
                "the login was refused, by you or because a free account may have only one \
                connected app: disconnect the other at https://app.trakt.tv/settings/apps, then \
                log in again"
            }
            Self::Locked => {
                "Trakt has locked or deactivated this account: sign in at https://app.trakt.tv, \
                it says what to do"
            }
        })
    }
}
