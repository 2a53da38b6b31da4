//! What Trakt has against the app or the account, with the mend.

use crate::delivery::{NoApp, Refusal};
use crate::http::Answer;

/// There is no `client_id` at all.
pub(crate) const NO_APP: NoApp = NoApp {
    title: super::NAMES.title,
    mend: "one at https://app.trakt.tv/settings/apps (needs VIP) and set trakt.client_id and \
           trakt.client_secret",
};

/// Trakt does not know the app. Those of free accounts were deleted in July 2026, since when every
/// call in their name is refused (trakt/trakt-api#897).
pub(crate) const APP_GONE: Refusal = Refusal {
    name: "AppGone",
    sentence: "Trakt does not know this API app (it may have been deleted): create a new one at \
               https://app.trakt.tv/settings/apps (needs VIP) and set trakt.client_id and \
               trakt.client_secret, or use a build with a built-in app",
};

/// The app's secret is wrong.
pub(crate) const WRONG_SECRET: Refusal = Refusal {
    name: "WrongSecret",
    sentence: "Trakt does not accept trakt.client_secret: copy it again from \
               https://app.trakt.tv/settings/apps",
};

/// For VIPs only, or the app is gone (cecobask/imdb-trakt-sync#107).
pub(crate) const VIP_NEEDED: Refusal = Refusal {
    name: "VipNeeded",
    sentence: "Trakt requires VIP for this app, or the app no longer exists: check \
               https://app.trakt.tv/settings/apps, or use a build with a built-in app",
};

/// The login was refused. Since July 2026 a free account may have one connected app
/// (trakt/trakt-web#2960).
pub(crate) const LOGIN_REFUSED: Refusal = Refusal {
    name: "LoginRefused",
    sentence: "the login was refused, either by you or because a free account may have only one \
               connected app: disconnect the other one at https://app.trakt.tv/settings/apps, then \
               log in again",
};

/// The account is locked or deactivated.
pub(crate) const LOCKED: Refusal = Refusal {
    name: "Locked",
    sentence: "Trakt has locked or deactivated this account: sign in at https://app.trakt.tv, \
               it says what to do",
};

/// The refusal that an answer tells of, if any. A 401 is none: it is about the token.
pub(super) fn refusal(answer: &Answer) -> Option<Refusal> {
    match answer.status {
        403 if !answer.html => Some(APP_GONE),
        423 => Some(LOCKED),
        426 => Some(VIP_NEEDED),
        _ => None,
    }
}
