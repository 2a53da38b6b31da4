//! What may be asked of a media server that is to be connected, and which conversation is under way?

use super::request::Key;
use crate::connect::{Listener, Order, SignIn};
use crate::event::Source;
use crate::http::trust::Trust;
use crate::secret::Secret;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The conversation that is under way, or the last one.
#[derive(Clone, Default)]
pub(super) struct Conversation(Arc<Mutex<Option<Listener>>>);

impl Conversation {
    /// The way to it.
    ///
    /// # Errors
    /// Where there was none since the start.
    pub(super) fn listener(&self) -> Result<Listener, String> {
        self.lock().clone().ok_or_else(|| "no media server is being connected".to_owned())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Listener>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By what a media server lets us in, of what was given.
pub(super) fn sign_in(
    user: Option<String>,
    password: Option<Key>,
    key: Option<Key>,
) -> Result<SignIn, String> {
    match (user, password, key) {
        (None, None, None) => Ok(SignIn::Code),
        (Some(user), Some(Key(password)), None) => {
            Ok(SignIn::Password { user, password: Secret::new(password) })
        }
        (None, None, Some(Key(key))) if !key.trim().is_empty() => {
            Ok(SignIn::Key(Secret::new(key.trim())))
        }
        (None, None, Some(_)) => Err("the key is empty".to_owned()),
        (Some(_), None, _) => Err("the password is missing".to_owned()),
        (None, Some(_), _) => Err("the password is nobody's: name the user".to_owned()),
        (Some(_), Some(_), Some(_)) => Err("give a user's password or a key, not both".to_owned()),
    }
}

/// Whom TLS trusts at a media server of this kind, by the certificates that were given.
pub(super) fn trust(kind: Source, certificates: Option<&str>) -> Result<Trust, String> {
    match certificates {
        None => Ok(Trust::default()),
        Some(_) if kind == Source::Plex => {
            Err("Plex' servers have public certificates, so none is taken for them".to_owned())
        }
        Some(text) => Trust::from_pem(text).map_err(|trouble| format!("what was given {trouble}")),
    }
}

/// What is asked for, if that makes sense for this kind.
pub(super) fn order(
    kind: Source,
    url: Option<String>,
    server: Option<String>,
    sign_in: SignIn,
) -> Result<Order, String> {
    let url = url.unwrap_or_default().trim().trim_end_matches('/').to_owned();
    match (kind, &sign_in) {
        (Source::Plex, _) if !url.is_empty() => {
            return Err("Plex needs no address: its servers are found".to_owned());
        }
        (Source::Plex, SignIn::Password { .. } | SignIn::Key(_)) => {
            return Err("at Plex one signs in with a code, without user or key".to_owned());
        }
        (Source::Emby, SignIn::Code) => {
            return Err("Emby has no codes: sign in as a user, or with a key".to_owned());
        }
        (Source::Jellyfin | Source::Emby, _) if url.is_empty() => {
            return Err(format!("{kind}'s address is missing, like http://nas:8096"));
        }
        // The others are looked for at whatever was typed, or pasted from a browser.
        (Source::Plex | Source::Jellyfin | Source::Emby, _) => {}
    }
    let server = server.unwrap_or_default();
    let trust = Trust::default();
    Ok(Order { kind, url, server, sign_in, trust, yes: false, restart: false })
}

#[cfg(test)]
mod tests;
