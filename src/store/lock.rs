//! One daemon a folder.

use crate::files;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// The lock on a data folder; dropped, it is free again.
#[derive(Debug)]
pub struct Lock(File);

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
        files::is_ours_or_missing(&path).map_err(LockError::Io)?;
        let file = files::open_or_make(&path).map_err(LockError::Io)?;
        let taken = file.try_lock();
        let mut lock = Self::held(file, taken)?;
        // The number is a courtesy: a full disk does not stop who only wants to read.
        let _ = lock.0.rewind().and_then(|()| lock.0.set_len(0));
        let _ = writeln!(lock.0, "{}", std::process::id());
        Ok(lock)
    }

    /// Sees to it that no other process writes in `folder`, and leaves no trace. `None` where
    /// nobody has ever taken the lock.
    ///
    /// # Errors
    /// As for [`take`](Self::take).
    pub fn keep_away(folder: &Path) -> Result<Option<Self>, LockError> {
        let path = folder.join("lock");
        files::is_ours_or_missing(&path).map_err(LockError::Io)?;
        match File::open(path) {
            Ok(file) => {
                let taken = file.try_lock_shared();
                Self::held(file, taken).map(Some)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LockError::Io(error)),
        }
    }

    fn held(mut file: File, taken: Result<(), TryLockError>) -> Result<Self, LockError> {
        match taken {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text); // the number is a courtesy
                Err(LockError::Held(text.trim().parse().ok()))
            }
            Err(TryLockError::Error(error)) => Err(LockError::Io(error)),
        }
    }
}
