//! Who does what is asked: the running daemon, or we ourselves.

use super::{Failure, service};
use crate::clock::Clock;
use crate::config::{ConfigError, Loaded};
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
        if let Some(running) = Self::running(folder, loaded.path.as_deref())? {
            return Ok(running);
        }
        if let Some(why) = service::hides_its_data(loaded) {
            return Err(why);
        }
        let offline = daemon::offline(loaded.clone(), &Clock::Machine, purpose);
        let (handler, lock) = offline.map_err(|error| error.to_string())?;
        let using = format!("using {} (no daemon running)", folder.display());
        Ok((Self::Ourselves(Box::new(handler), lock), using))
    }

    /// The daemon, where one runs with this folder or this config.
    ///
    /// # Errors
    /// When it is another user's, or does not answer.
    pub(super) fn running(
        folder: &Path,
        config: Option<&Path>,
    ) -> Result<Option<(Self, String)>, String> {
        for place in sockets(folder, config) {
            match ControlClient::connect(&place) {
                Ok(mut client) => {
                    // The daemon's environment may have given it another folder than ours.
                    let Hello { pid, data_dir, .. } = understood(client.ask(&Request::Hello)?)?;
                    let folder = data_dir.display();
                    let using = format!("using {folder} (daemon running, pid {pid})");
                    return Ok(Some((Self::Daemon(client), using)));
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
        Ok(None)
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

fn sockets(folder: &Path, config: Option<&Path>) -> Vec<PathBuf> {
    let own = daemon::runtime_folder(folder).join(socket::NAME);
    let service =
        service::is_meant(config).then(|| Path::new(service::RUNTIME_FOLDER).join(socket::NAME));
    [Some(own), service].into_iter().flatten().collect()
}

/// What a config that may be wrong leads to: a daemon that runs goes on with the settings that it
/// has, and can be asked what it does.
pub(super) struct Found {
    pub(super) reach: Reach,
    /// Who that is, in a sentence.
    pub(super) using: String,
    /// What is wrong with the config.
    wrong: Option<Failure>,
}

impl Found {
    /// Finds who answers.
    ///
    /// # Errors
    /// What is wrong with the config, where no daemon runs; or that nobody can answer.
    pub(super) fn by(
        loaded: Result<Loaded, ConfigError>,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        let error = match loaded {
            Ok(loaded) => {
                let (reach, using) = Reach::find(&loaded, purpose)?;
                return Ok(Self { reach, using, wrong: None });
            }
            Err(error) => error,
        };
        match Reach::running(&error.data_dir, Some(&error.path)) {
            Ok(Some((reach, using))) => {
                let text = format!("{error}\nthe running daemon keeps the settings that it has");
                Ok(Self { reach, using, wrong: Some(Failure::wrong(&text)) })
            }
            Ok(None) | Err(_) => Err(Failure::wrong(&error)), // the config matters more
        }
    }

    /// How the command ends once the daemon has answered.
    ///
    /// # Errors
    /// What is wrong with the config.
    pub(super) fn end(self) -> Result<(), Failure> {
        self.wrong.map_or(Ok(()), Err)
    }
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
