//! One daemon a folder.

use crate::files;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The lock on a data folder; dropped, it is free again.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for the lock on it")] File);

/// Why a folder can't be locked.
#[derive(Debug)]
pub enum LockError {
    /// Another process has it; its number, if it could be read.
    Held(Option<u32>),
    /// The lock file can't be used.
    Io(io::Error),
}

impl Lock {
    /// Takes the lock of `folder`, and leaves this process' number in it.
    ///
    /// # Errors
    /// When another process holds it, or the file `lock` is no file or can't be opened.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join("lock");
        files::is_regular_or_missing(&path).map_err(LockError::Io)?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text); // the number is a courtesy
                return Err(LockError::Held(text.trim().parse().ok()));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        // The number is a courtesy: a full disk does not stop who only wants to read.
        let _ = file.rewind().and_then(|()| file.set_len(0));
        let _ = writeln!(file, "{}", std::process::id());
        Ok(Self(file))
    }
}
