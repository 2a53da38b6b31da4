//! What MDBList has against the app or the account, with the mend.

use crate::delivery::{NoApp, Refusal};

/// There is no `client_id` at all.
pub(crate) const NO_APP: NoApp = NoApp {
    title: super::NAMES.title,
    mend: "one of the type \"Device Code\" at https://mdblist.com/developer (free) and set \
           mdblist.client_id (an API key needs none: `scrobbled login --to mdblist`)",
};

/// MDBList does not know the app, or it is of another type.
pub(crate) const WRONG_APP: Refusal = Refusal {
    name: "WrongMdblistApp",
    sentence: "MDBList does not accept mdblist.client_id: it takes the client id of an app of the type \
               \"Device Code\" from https://mdblist.com/developer",
};

/// The login or the user's plan does not allow it.
pub(crate) const NOT_ALLOWED: Refusal = Refusal {
    name: "MdblistNotAllowed",
    sentence: "MDBList does not allow this login to do that (403): log in again and allow what is asked \
               for, and look at https://mdblist.com/preferences whether your account is all right",
};

/// The login was refused.
pub(crate) const LOGIN_REFUSED: Refusal = Refusal {
    name: "MdblistLoginRefused",
    sentence: "the login was refused at MDBList: log in again, and allow it there",
};

/// Not an item is missing but the address: that is no item's fault.
pub(crate) const GATEWAY: Refusal = Refusal {
    name: "MdblistGateway",
    sentence: "MDBList does not know the address that was called (404): check mdblist.api_url, and \
               whether there is a newer version of scrobbled",
};
