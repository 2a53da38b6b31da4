//! `scrobbled init`: writes a config file to start from.

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
    let shown = path.display();
    Ok(format!("wrote {shown}; `scrobbled check` reads it and says what is missing"))
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
