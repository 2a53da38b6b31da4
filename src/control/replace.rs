//! How does a file change whole or not at all?
//!
//! The new text is written beside it and takes its place when it is on the disk. It keeps the mode
//! and, where we may give it away, the owner; a link keeps leading to it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::Path;

/// Puts `new` in the place of what `path` holds, if that is still `old`.
///
/// # Errors
/// When it can't be written, or holds something else. Then it is as it was.
pub(super) fn replace(path: &Path, old: &str, new: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidFilename.into());
    };
    let beside = folder.join(format!(".{}.new", name.display()));
    let replaced = write_beside(&beside, &path, new).and_then(|()| {
        if fs::read_to_string(&path)? != old {
            return Err(io::Error::other("another program has just changed it; look again"));
        }
        fs::rename(&beside, &path)
    });
    if replaced.is_err() {
        let _ = fs::remove_file(&beside); // there may be none
    }
    replaced?;
    // A power cut may bring the old name back otherwise; the new text counts in any case.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

fn write_beside(beside: &Path, path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {} // of a process that was killed here
    }
    let like = fs::metadata(path)?;
    // Whoever may not write the file may not replace it either.
    drop(OpenOptions::new().append(true).open(path)?);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        chown(beside, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(fs::Permissions::from_mode(like.mode() & 0o7777))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use tempfile::{TempDir, tempdir};

    fn names(folder: &TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().display().to_string())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn it_takes_the_place_and_keeps_mode_and_link() {
        let folder = tempdir().expect("a folder");
        let (file, link) = (folder.path().join("real.toml"), folder.path().join("link.toml"));
        fs::write(&file, "old").expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("its mode");
        symlink("real.toml", &link).expect("a link");
        fs::write(folder.path().join(".real.toml.new"), "left behind").expect("a file");
        replace(&link, "old", "new").expect("it is replaced");
        assert_eq!(fs::read_to_string(&file).expect("the file"), "new");
        assert_eq!(fs::metadata(&file).expect("the file").mode() & 0o7777, 0o640);
        assert_eq!(names(&folder), ["link.toml", "real.toml"]);
        assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
    }

    #[test]
    fn what_somebody_else_has_changed_stays() {
        let folder = tempdir().expect("a folder");
        let file = folder.path().join("a.toml");
        fs::write(&file, "theirs").expect("a file");
        let error = replace(&file, "old", "new").expect_err("it is another");
        assert_eq!(error.to_string(), "another program has just changed it; look again");
        assert_eq!(fs::read_to_string(&file).expect("the file"), "theirs");
        assert_eq!(names(&folder), ["a.toml"]);
    }
}
