//! Who else can read or change what holds our secrets?
//!
//! The config, and what `client_secret_file` names. (What lies in the data folder is ours, and closed
//! at each start.) What a group may is left alone: nobody gets it by accident, and a service reads
//! root's files so. Where a system gives secrets to a container, they are for all in it.

use crate::config::{self, Loaded, Place, Surroundings};
use crate::files;
use std::path::{Path, PathBuf};

/// Where Docker and Podman put secrets.
const OF_CONTAINERS: &str = "/run/secrets";

/// A sentence for each file that everybody can read or change, with the command that mends it.
pub(super) fn sentences(loaded: &Loaded) -> Vec<String> {
    let config = loaded.path.as_ref();
    let original = config.and_then(|path| config::original(path, &Surroundings::of_this_process()));
    let holds_secrets = config::list(&loaded.settings).iter().any(|setting| {
        let place = loaded.origins.place(setting.section, setting.name);
        setting.value == "\"(hidden)\"" && matches!(place, Some(Place::Line(_)))
    });
    let named = &loaded.settings.trakt.client_secret_file;
    let configs = config.cloned().into_iter().chain(original).map(|path| (path, holds_secrets));
    let named = (!named.as_os_str().is_empty()).then(|| (named.clone(), true));
    let files: Vec<(PathBuf, bool)> = configs.chain(named).collect();
    files.iter().filter_map(|(path, is_secret)| sentence(path, *is_secret)).collect()
}

/// What can't be seen exposes nothing, or a start would have said so.
fn sentence(path: &Path, is_secret: bool) -> Option<String> {
    let exposure = files::exposure(path).ok().filter(|_| !path.starts_with(OF_CONTAINERS))?;
    let can = match (exposure.read && is_secret, exposure.changed) {
        (true, true) => "read and change",
        (true, false) => "read",
        (false, true) => "change",
        (false, false) => return None,
    };
    let shown = path.display();
    let mut mends = Vec::new();
    if exposure.foreign {
        mends.push(format!("sudo chgrp {} {shown} && sudo chmod 640 {shown}", files::group()));
    } else {
        mends.push(format!("chmod 600 {shown}"));
    }
    if exposure.by_folder {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        mends.push(format!("chmod o-w {}", folder.unwrap_or(Path::new(".")).display()));
    }
    let what = if is_secret { ", which holds secrets" } else { "" };
    Some(format!("everybody at this machine can {can} `{shown}`{what}: `{}`", mends.join(" && ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use tempfile::tempdir;

    #[test]
    fn what_everybody_can_read_or_change_is_named_with_the_command_that_mends_it() {
        let home = tempdir().expect("a folder");
        let folder = home.path().join("etc");
        fs::create_dir(&folder).expect("a folder");
        let file = folder.join("scrobbled.toml");
        fs::write(&file, "").expect("written");
        let shown = file.display();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("its rights");
        };
        mode(home.path(), 0o755);
        let all = format!("`{shown}`, which holds secrets: `chmod 600 {shown}`");
        let plain = format!("`{shown}`: `chmod 600 {shown}`");
        let loose = format!("chmod 600 {shown} && chmod o-w {}", folder.display());
        let cases = [
            (0o755, 0o600, true, None),
            (0o755, 0o660, true, None),
            (0o755, 0o640, true, None),
            (0o755, 0o644, false, None),
            (0o755, 0o644, true, Some(format!("everybody at this machine can read {all}"))),
            (
                0o755,
                0o646,
                true,
                Some(format!("everybody at this machine can read and change {all}")),
            ),
            (0o755, 0o646, false, Some(format!("everybody at this machine can change {plain}"))),
            (0o750, 0o666, true, None),
            (0o1777, 0o600, true, None),
            (
                0o777,
                0o600,
                false,
                Some(format!("everybody at this machine can change `{shown}`: `{loose}`")),
            ),
        ];
        for (of_folder, of_file, is_secret, expected) in cases {
            mode(&folder, of_folder);
            mode(&file, of_file);
            assert_eq!(sentence(&file, is_secret), expected, "{of_folder:o} {of_file:o}");
        }
        // It is what the link leads to that is read, where that lies.
        mode(&folder, 0o700);
        let link = home.path().join("link");
        symlink(&file, &link).expect("a link");
        assert_eq!(sentence(&link, true), None);
        assert_eq!(sentence(Path::new("/run/secrets/nothing"), true), None);
    }
}
