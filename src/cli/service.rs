//! Is the packaged service meant, and how does it start?
//!
//! Its config says so: root has no `$STATE_DIRECTORY` and no `$RUNTIME_DIRECTORY`, and the data
//! folder of a dynamic user is not where that config, read by root, would have it.

use crate::config::Loaded;
use std::path::{Path, PathBuf};

/// The folder in which the service has its sockets.
pub(super) const RUNTIME_FOLDER: &str = "/run/scrobbled";
/// The folder in which it has its data.
const DATA_FOLDER: &str = "/var/lib/scrobbled";
const CONFIG: &str = "/etc/scrobbled/scrobbled.toml";

/// Whether this is the service's config.
pub(super) fn is_meant(config: Option<&Path>) -> bool {
    config == Some(Path::new(CONFIG))
}

/// Why the data can't be used by anybody but the running service: only it knows where they are.
/// Whoever goes by its config would begin a second folder, with other tokens and logins.
pub(super) fn hides_its_data(loaded: &Loaded) -> Option<String> {
    let is_told = loaded.origins.place("", "data_dir").is_some();
    (is_meant(loaded.path.as_deref()) && !is_told).then(|| {
        let start = start(loaded.path.as_deref());
        format!(
            "the service's data can only be reached while it runs: `{start}`; to run scrobbled by \
             hand, set `data_dir`"
        )
    })
}

/// Where the data are, also those of a service that does not run: root can reach them there, and the
/// service manager gives them to the service's user when it starts.
pub(super) fn data_folder(loaded: &Loaded) -> PathBuf {
    match hides_its_data(loaded) {
        Some(_) => PathBuf::from(DATA_FOLDER),
        None => loaded.settings.data_dir.clone(),
    }
}

/// The command that starts the daemon with this config.
pub(super) fn start(config: Option<&Path>) -> String {
    match config {
        config if is_meant(config) => "sudo systemctl start scrobbled".to_owned(),
        Some(config) => format!("scrobbled --config {}", config.display()),
        None => "scrobbled".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Surroundings};
    use std::collections::BTreeMap;
    use std::io;

    #[test]
    fn only_the_service_knows_where_its_data_are() {
        let refused = "the service's data can only be reached while it runs: `sudo systemctl \
                       start scrobbled`; to run scrobbled by hand, set `data_dir`";
        let hand = "/home/mara/scrobbled.toml";
        let cases = [
            (Some(CONFIG), "", None, Some(refused)),
            (Some(CONFIG), "data_dir = '/srv/scrobbled'", None, None),
            (Some(CONFIG), "", Some("SCROBBLED_DATA_DIR"), None),
            (Some(CONFIG), "", Some("STATE_DIRECTORY"), None),
            (Some(hand), "", None, None),
            (None, "", None, None),
        ];
        for (path, text, variable, expected) in cases {
            let variables = variable.map(|name| (name.to_owned(), "/srv/scrobbled".to_owned()));
            let around = Surroundings {
                variables: variables.into_iter().collect::<BTreeMap<_, _>>(),
                read: &|_| Err(io::ErrorKind::NotFound.into()),
                now: crate::event::Time(0),
            };
            let loaded = config::read(text, path.map(Path::new), &around).expect("a good config");
            let said = hides_its_data(&loaded);
            assert_eq!(said.as_deref(), expected, "{path:?} {text} {variable:?}");
            let folder = if expected.is_some() { DATA_FOLDER } else { "/srv/scrobbled" };
            let is_told = !text.is_empty() || variable.is_some();
            if expected.is_some() || is_told {
                assert_eq!(data_folder(&loaded), Path::new(folder));
            }
        }
    }

    #[test]
    fn each_config_has_its_start() {
        let cases = [
            (Some(CONFIG), "sudo systemctl start scrobbled"),
            (Some("/volume1/x.toml"), "scrobbled --config /volume1/x.toml"),
            (None, "scrobbled"),
        ];
        for (path, command) in cases {
            assert_eq!(start(path.map(Path::new)), command);
        }
    }
}
