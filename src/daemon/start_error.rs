//! Why can the daemon not start?

use std::fmt;

/// Why the daemon can't start, in one sentence with the mend.
#[derive(Debug)]
pub struct StartError(pub(super) String);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

/// What `error` says, as the reason.
pub(super) fn because<E: fmt::Display>(error: E) -> StartError {
    StartError(error.to_string())
}
