//! Starting threads, with an error that says which one, and the mend.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread called `name`.
///
/// # Errors
/// When the system has none to give.
pub(crate) fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(body).map_err(|error| {
        let text = format!(
            "can't start the thread `{name}`: {error}; let this user have 64 of them (ulimit -u, \
             TasksMax)"
        );
        io::Error::new(error.kind(), text)
    })
}
