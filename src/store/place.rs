//! Is the file at the path still the one that is open?
//!
//! A database that is removed or replaced goes on working for who has it open, and is gone with
//! the process: a promise that nobody keeps.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A path, and which file was there when it was opened.
#[derive(Debug)]
pub(super) struct FileIdentity {
    path: PathBuf,
    /// Its device and number; `None` where no file is open.
    file: Option<(u64, u64)>,
}

impl FileIdentity {
    /// The place of a file that is there.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: Some(identity(&path.metadata()?)) })
    }

    /// A place at which no file is open.
    pub(super) fn unused(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its file is still there. What can't be seen is not gone: the disk tells more of it.
    pub(super) fn is_kept(&self) -> bool {
        let Some(file) = self.file else { return true };
        match self.path.metadata() {
            Ok(found) => identity(&found) == file,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
