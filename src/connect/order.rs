//! What is asked for?

use crate::event::Source;
use crate::http::trust::Trust;
use crate::secret::Secret;

/// A connection that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// To which kind of media server.
    pub kind: Source,
    /// Where it is, without a slash at its end; empty: the kind knows (Plex).
    pub url: String,
    /// Which of several servers, by its name or id; empty: the only one, or who is asked says it.
    pub server: String,
    /// By what we are let in.
    pub sign_in: SignIn,
    /// The certificates that were given for it, if any were.
    pub trust: Trust,
    /// Whether the first choice is taken wherever something would have to be asked.
    pub yes: bool,
    /// Whether a server may be restarted, which ends what plays there. [`yes`](Self::yes) does not say so.
    pub restart: bool,
}

/// By what a media server lets us in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// A code that the person types at the server or at plex.tv.
    Code,
    /// A user's name and password. The password is never kept.
    Password {
        /// Who.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A key that the person has made, and that is theirs: it stays when the connection goes.
    Key(Secret),
}
