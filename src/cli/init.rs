//! `scrobbled init`: writes a config file to start from.

use super::service;
use crate::config;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes [`config::template`] to a new file at `path`. Returns the sentence that says so.
///
/// # Errors
/// As [`write_new`].
pub fn init(path: &Path) -> Result<String, String> {
    write_new(path, &config::template())?;
    Ok(format!("wrote {}; {}", path.display(), next(path)))
}

/// What to do next, in an order that works.
fn next(path: &Path) -> String {
    if service::is_meant(Some(path)) {
        return "edit it, start the service (`sudo systemctl enable --now scrobbled`), then `sudo \
                scrobbled check` says what is missing"
            .to_owned();
    }
    let named = match path.to_str() {
        Some(config::LOCAL_FILE) => String::new(),
        Some(_) | None => format!(" --config {}", path.display()),
    };
    format!(
        "edit it, then `scrobbled check{named}` says what is missing and `scrobbled{named}` \
         starts the daemon"
    )
}

/// Writes a config to a new file, readable by its owner only: it will hold secrets.
///
/// # Errors
/// One line, when the file exists already (it is left alone) or can't be written.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), String> {
    let shown = path.display();
    let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = new.map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            format!("`{shown}` exists already and is left as it is; move it away first")
        } else {
            format!("`{shown}` can't be written: {error}")
        }
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a config would be read at the next start.
        let _ = fs::remove_file(path);
        format!("`{shown}` can't be written: {error}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::tempdir;

    #[test]
    fn it_writes_the_template_for_its_owner_only() {
        let folder = tempdir().expect("a folder");
        let path = folder.path().join("scrobbled.toml");
        let said = init(&path).expect("a new file");
        assert!(said.starts_with(&format!("wrote {}", path.display())), "{said}");
        assert_eq!(fs::read_to_string(&path).expect("the file"), config::template());
        let mode = fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn it_says_what_to_do_next_in_an_order_that_works() {
        let cases = [
            (
                "/etc/scrobbled/scrobbled.toml",
                "edit it, start the service (`sudo systemctl enable --now scrobbled`), then `sudo \
                 scrobbled check` says what is missing",
            ),
            (
                "scrobbled.toml",
                "edit it, then `scrobbled check` says what is missing and `scrobbled` starts the \
                 daemon",
            ),
            (
                "/srv/x.toml",
                "edit it, then `scrobbled check --config /srv/x.toml` says what is missing and \
                 `scrobbled --config /srv/x.toml` starts the daemon",
            ),
        ];
        for (path, expected) in cases {
            assert_eq!(next(Path::new(path)), expected);
        }
    }

    #[test]
    fn it_never_overwrites() {
        let folder = tempdir().expect("a folder");
        let path = folder.path().join("scrobbled.toml");
        fs::write(&path, "mine").expect("a file");
        let expected =
            format!("`{}` exists already and is left as it is; move it away first", path.display());
        assert_eq!(init(&path), Err(expected));
        assert_eq!(fs::read_to_string(&path).expect("the file"), "mine");
    }

    #[test]
    fn it_says_what_stands_in_the_way() {
        let folder = tempdir().expect("a folder");
        let error = init(&folder.path().join("none/scrobbled.toml")).expect_err("no such folder");
        assert!(error.contains("can't be written: No such file or directory"), "{error}");
    }
}
