//! Who does what is asked: the running daemon, or we ourselves.

use super::service;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::control::answers::Hello;
use crate::control::socket::{self, ControlClient};
use crate::control::{Handler, Request};
use crate::daemon::{self, Purpose};
use crate::desk::CommandResult;
use crate::store::Lock;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// Who does what is asked.
pub(super) enum Reach {
    /// The running daemon.
    Daemon(ControlClient),
    /// We, while the folder is locked.
    Ourselves(Box<Handler>, #[expect(dead_code, reason = "held for the lock")] Option<Lock>),
}

impl Reach {
    /// Finds out, and says which: `using /var/lib/scrobbled (daemon running, pid 812)`.
    ///
    /// # Errors
    /// When neither can be: one sentence with the mend.
    pub(super) fn find(loaded: &Loaded, purpose: Purpose) -> Result<(Self, String), String> {
        let folder = &loaded.settings.data_dir;
        for place in sockets(loaded) {
            match ControlClient::connect(&place) {
                Ok(mut client) => {
                    // The daemon's environment may have given it another folder than ours.
                    let Hello { pid, data_dir, .. } = understood(client.ask(&Request::Hello)?)?;
                    let folder = data_dir.display();
                    let using = format!("using {folder} (daemon running, pid {pid})");
                    return Ok((Self::Daemon(client), using));
                }
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(format!(
                        "`{}` belongs to another user; try with sudo",
                        place.display()
                    ));
                }
                Err(_) => {} // nobody there
            }
        }
        if let Some(why) = service::hides_its_data(loaded) {
            return Err(why);
        }
        let offline = daemon::offline(loaded.clone(), &Clock::Machine, purpose);
        let (handler, lock) = offline.map_err(|error| error.to_string())?;
        let using = format!("using {} (no daemon running)", folder.display());
        Ok((Self::Ourselves(Box::new(handler), lock), using))
    }

    /// Asks for something of which the answer is such a one.
    ///
    /// # Errors
    /// When it can't be done; the sentence says why.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, request: &Request) -> Result<T, String> {
        understood(self.ask_plainly(request)?)
    }

    /// Asks, where the answer is only handed on.
    pub(super) fn ask_plainly(&mut self, request: &Request) -> CommandResult {
        match self {
            Self::Daemon(client) => client.ask(request),
            Self::Ourselves(handler, _) => handler.handle(request.clone()),
        }
    }
}

fn sockets(loaded: &Loaded) -> Vec<PathBuf> {
    let own = daemon::runtime_folder(&loaded.settings.data_dir).join(socket::NAME);
    let service = service::is_meant(loaded.path.as_deref())
        .then(|| Path::new(service::RUNTIME_FOLDER).join(socket::NAME));
    [Some(own), service].into_iter().flatten().collect()
}

/// An answer as what it is.
///
/// # Errors
/// When it is none of that kind, with the mend.
pub(super) fn understood<T: DeserializeOwned>(answer: Value) -> Result<T, String> {
    serde_json::from_value(answer).map_err(|error| {
        format!("the daemon's answer can't be understood ({error}): restart it, so that both are of one version")
    })
}
