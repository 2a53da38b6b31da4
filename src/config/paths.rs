//! Which files does the config speak of, and where are they?

use super::file::{Given, Written};
use super::settings::Settings;
use super::{Place, Problem, Surroundings};
use crate::http::trust::Trust;
use crate::secret::Secret;
use std::io;
use std::path::{Path, PathBuf};

/// `data_dir`, else `$STATE_DIRECTORY`, else the default.
pub(super) fn place_data_dir(
    settings: &mut Settings,
    written: &Written,
    path: &Path,
    around: &Surroundings,
) {
    settings.data_dir = match (written.given("", "data_dir"), around.variable("STATE_DIRECTORY")) {
        (Some(Given { place: Place::Environment, .. }), _) => return,
        // systemd joins several with colons; the unit's first is ours.
        (None, Some(state)) => PathBuf::from(state.split(':').next().unwrap_or(state)),
        (Some(_), _) | (None, None) => beside(path, &settings.data_dir),
    };
}

/// `client_secret_file`, where there is one, into `client_secret`. Of the two keys the one in the
/// environment wins over the one in the file.
pub(super) fn read_secret_file(
    settings: &mut Settings,
    written: &Written,
    path: &Path,
    around: &Surroundings,
    problems: &mut Vec<Problem>,
) {
    let trakt = &mut settings.trakt;
    let place_of = |key| written.given("trakt", key).map(|given| given.place);
    let Some(place) = place_of("client_secret_file") else { return };
    if trakt.client_secret_file.as_os_str().is_empty() {
        return; // it is none, as was said
    }
    let from_environment = place == Place::Environment;
    if let Some(other) = place_of("client_secret") {
        match (other == Place::Environment, from_environment) {
            (true, false) => {
                trakt.client_secret_file = PathBuf::new();
                return;
            }
            (false, true) => {}
            (true, true) | (false, false) => {
                let sentence = "`trakt.client_secret` and `trakt.client_secret_file` are both \
                                set; keep one";
                problems.push(Problem::new(place, sentence));
                return;
            }
        }
    }
    let mut file = in_credentials(&trakt.client_secret_file, around);
    if !from_environment {
        file = beside(path, &file);
    }
    match secret_in(&file, around) {
        Ok(secret) => trakt.client_secret = secret,
        Err(trouble) => {
            let sentence = format!("`trakt.client_secret_file`: {trouble}");
            problems.push(Problem::new(place, sentence));
        }
    }
    trakt.client_secret_file = file;
}

/// The secret that `file` holds.
///
/// # Errors
/// Why there is none to be had, with the file's name.
pub(super) fn secret_in(file: &Path, around: &Surroundings) -> Result<Secret, String> {
    match (around.read)(file) {
        Ok(text) if !text.trim().is_empty() => Ok(Secret::new(text.trim())),
        read => {
            let trouble = read.err().map_or("is empty".to_owned(), |error| {
                format!("can't be read: {}", super::plain(&error))
            });
            Err(format!("`{}` {trouble}", file.display()))
        }
    }
}

/// Reads the certificates of `ca_file`, if that is set, and says where the file is.
///
/// # Errors
/// Why there are none to be had, with the file's name.
pub(super) fn read_certificates(
    ca_file: &mut PathBuf,
    given: Option<&Given>,
    (path, around): (&Path, &Surroundings),
) -> Result<Trust, String> {
    if ca_file.as_os_str().is_empty() {
        return Ok(Trust::default());
    }
    *ca_file = in_credentials(ca_file, around);
    if given.is_none_or(|given| given.place != Place::Environment) {
        *ca_file = beside(path, ca_file);
    }
    let trouble = match (around.read)(ca_file) {
        Ok(text) => match Trust::from_pem(&text) {
            Ok(trust) => return Ok(trust),
            Err(trouble) => trouble,
        },
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            crate::http::trust::NO_PEM.to_owned()
        }
        Err(error) => format!("can't be read: {}", super::plain(&error)),
    };
    Err(format!("`ca_file`: `{}` {trouble}", ca_file.display()))
}

/// A path that the file at `path` speaks of.
pub(super) fn beside(path: &Path, other: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !["", "."].map(Path::new).contains(&folder) => {
            folder.join(other.strip_prefix(".").unwrap_or(other))
        }
        _ => other.to_owned(),
    }
}

/// Puts systemd's folder of credentials in the place of a leading `$CREDENTIALS_DIRECTORY`.
pub(super) fn in_credentials(path: &Path, around: &Surroundings) -> PathBuf {
    let rest = path
        .strip_prefix("$CREDENTIALS_DIRECTORY")
        .or_else(|_| path.strip_prefix("${CREDENTIALS_DIRECTORY}"));
    match (rest, around.variable("CREDENTIALS_DIRECTORY")) {
        (Ok(rest), Some(folder)) => Path::new(folder).join(rest),
        (Ok(_), None) | (Err(_), _) => path.to_owned(),
    }
}
