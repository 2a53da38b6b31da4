//! What goes wrong with a database, and the mend.

use rusqlite::ErrorCode;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What goes wrong with a database, in words.
#[derive(Debug)]
pub enum StoreError {
    /// The folder or file can't be made or opened.
    Open {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Something else lies in its place, or it is somebody else's.
    NotOurs {
        /// Which.
        path: PathBuf,
        /// Why, with the mend.
        error: io::Error,
    },
    /// A backup must not write over what is there.
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// What was named as a backup is none that can be restored.
    NoBackup {
        /// Which.
        path: PathBuf,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// It can't be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There are data where others shall come.
    HasData {
        /// In which folder.
        path: PathBuf,
    },
    /// A newer version of this program has written it.
    Newer {
        /// Which.
        path: PathBuf,
    },
    /// It is damaged, or not as we have made it.
    Corrupt {
        /// Which.
        path: PathBuf,
    },
    /// There is no space left.
    Full {
        /// Which.
        path: PathBuf,
    },
    /// It can't be written.
    ReadOnly {
        /// Which.
        path: PathBuf,
    },
    /// Another file lies in its place, or none, while it is open.
    Replaced {
        /// Which.
        path: PathBuf,
    },
    /// The disk fails. SQLite says so too when there is no space for its shared memory.
    Disk {
        /// Which.
        path: PathBuf,
    },
    /// Anything else.
    Other {
        /// Which.
        path: PathBuf,
        /// What the database says.
        error: String,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { path, error } => write!(
                f,
                "can't open `{}`: {error}; check that the folder exists, and that it and all in it belong \
                 to this user",
                path.display()
            ),
            Self::NotOurs { path, error } => {
                write!(f, "`{}` can't be used: {error}", path.display())
            }
            Self::Exists { path } => {
                write!(f, "`{}` exists already; choose another name", path.display())
            }
            Self::NoBackup { path, why } => write!(f, "`{}` {why}", path.display()),
            Self::Unreadable { path, error } => {
                write!(f, "`{}` can't be read: {error}", path.display())
            }
            Self::HasData { path } => write!(
                f,
                "`{}` holds data already; `--force` restores over it and keeps it in a folder beside",
                path.display()
            ),
            Self::Newer { path } => write!(
                f,
                "`{}` was written by a newer scrobbled; install that version again",
                path.display()
            ),
            Self::Corrupt { path } => write!(
                f,
                "`{}` is damaged; restore a backup over it (`scrobbled restore FILE --force`), or move \
                 it away and start again",
                path.display()
            ),
            Self::Full { path } => {
                write!(f, "no space left for `{}`; free some", path.display())
            }
            Self::ReadOnly { path } => write!(
                f,
                "`{}` can't be written; make its folder and disk writable for this user",
                path.display()
            ),
            Self::Replaced { path } => write!(
                f,
                "`{}` was removed or replaced while scrobbled ran; restart it, or put the file back",
                path.display()
            ),
            Self::Disk { path } => write!(
                f,
                "the disk under `{}` fails or is full; free some space, or look into the system's log",
                path.display()
            ),
            Self::Other { path, error } => write!(f, "`{}`: {error}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {}

pub(super) fn describe(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { path },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt { path },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path },
        Some(ErrorCode::SystemIoFailure) => StoreError::Disk { path },
        Some(_) | None if is_laid_out_otherwise(error) => StoreError::Corrupt { path },
        Some(_) | None => StoreError::Other { path, error: error.to_string() },
    }
}

/// Whether what is there has not the tables, columns, types or rows that we have made.
fn is_laid_out_otherwise(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows,
        SqlInputError, SqliteFailure, Utf8Error,
    };
    if let SqliteFailure(_, Some(what)) = error {
        return what.starts_with("no such "); // table or column
    }
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | QueryReturnedNoRows
            | SqlInputError { .. }
            | Utf8Error(..)
    )
}
