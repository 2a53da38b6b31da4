//! What Simkl has against the app or the account, with the mend.

use crate::delivery::{NoApp, Refusal};

/// There is no `client_id` at all.
pub(crate) const NO_APP: NoApp = NoApp {
    title: super::NAMES.title,
    mend: "one of the type \"TV, devices & command line\" at \
           https://simkl.com/settings/developer (free) and set simkl.client_id",
};

/// Simkl does not know the app, or it is one for the login before September 2026.
pub(crate) const WRONG_APP: Refusal = Refusal {
    name: "WrongSimklApp",
    sentence: "Simkl does not accept simkl.client_id: it takes the client id of an app of the type \
               \"TV, devices & command line\" from https://simkl.com/settings/developer, made since \
               September 2026",
};

/// The app may not do this any more.
pub(crate) const APP_REFUSED: Refusal = Refusal {
    name: "SimklAppRefused",
    sentence: "Simkl refuses this app: look at https://simkl.com/settings/developer, it may be \
               suspended",
};

/// The login may only read.
pub(crate) const READ_ONLY: Refusal = Refusal {
    name: "SimklReadOnly",
    sentence: "Simkl gave a login that may not write (its scope lacks media:write): log in again, \
               and allow what is asked for",
};

/// The login was refused.
pub(crate) const LOGIN_REFUSED: Refusal = Refusal {
    name: "SimklLoginRefused",
    sentence: "the login was refused at Simkl: log in again, and allow it there",
};

/// The gateway knows nothing of what is behind it: that is no item's fault.
pub(crate) const GATEWAY: Refusal = Refusal {
    name: "SimklGateway",
    sentence: "Simkl does not know the address that was called (404): check simkl.api_url, and \
               whether there is a newer version of scrobbled",
};
