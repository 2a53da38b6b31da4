//! How is a database read without leaving a trace?

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// All that is in the database at `path`, in memory; nothing where there is none. Nobody may write
/// to it meanwhile.
pub(super) fn copied(path: &Path) -> rusqlite::Result<Connection> {
    let mut memory = Connection::open_in_memory()?;
    if path.exists() {
        let from = read_only(path)?;
        Backup::new(&from, &mut memory)?.step(-1)?;
    }
    Ok(memory)
}

fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let is_whole = Path::new(&wal).metadata().map_or(true, |wal| wal.len() == 0);
    // Who reads beside a WAL makes its files where there are none. Without anything in one there is
    // no need for them (sqlite.org/uri.html, `immutable`).
    let uri = format!("file:{}?immutable={}", escaped(path), u8::from(is_whole));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}

/// A path as a URI has it.
fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(*byte)),
            byte => {
                let _ = write!(text, "%{byte:02X}"); // writing to a string can't fail
            }
        }
    }
    text
}
