//! A copy of all that is kept, and the way back.
//!
//! A backup is a database like ours with one more table, `backup`, which holds what lies beside the
//! database: the tokens. Put in the place of ours, by [`restore`] or by hand, it is at once what
//! counts; who opens it takes the tokens out ([`Store::brought_tokens`]). So to restore is to rename
//! one file, and whoever is interrupted has the old data or the new.

use super::error::{StoreError, describe};
use super::place::FileIdentity;
use super::schema::MIGRATIONS;
use super::{FILES, Store, copy};
use crate::files;
use crate::secret::Secret;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// With what every database begins (sqlite.org/fileformat.html).
const MAGIC: &[u8] = b"SQLite format 3\0";
/// What lies beside the database.
const BESIDE: [&str; 2] = ["tokens", "sessions"];

impl Store {
    /// Writes a consistent copy to `file`, which must not exist yet, with the `tokens` in it, if there
    /// are any.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn backup(&mut self, file: &Path, tokens: &Secret) -> Result<(), StoreError> {
        // SQLite takes only text: it would write another file, and everybody could read that.
        let target = file.to_str().map(str::to_owned).ok_or_else(|| StoreError::NotOurs {
            path: file.to_owned(),
            error: io::Error::new(io::ErrorKind::InvalidFilename, "its name is no UTF-8 text"),
        })?;
        let made = files::make(file).map_err(|error| {
            let path = file.to_owned();
            if error.kind() == io::ErrorKind::AlreadyExists {
                StoreError::Exists { path }
            } else {
                StoreError::Open { path, error }
            }
        })?;
        let written = self
            .run(|db| db.execute("VACUUM INTO ?1", [target]).map(drop))
            .and_then(|()| bring(file, tokens).map_err(|error| describe(file, &error)))
            .and_then(|()| {
                made.sync_all().map_err(|error| StoreError::Open { path: file.to_owned(), error })
            });
        written.inspect_err(|_| {
            let _ = fs::remove_file(file); // half a copy is none
        })
    }

    /// The tokens that a backup has brought here, until they are taken.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn brought_tokens(&mut self) -> Result<Option<Secret>, StoreError> {
        let exists = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup'";
        self.run(|db| {
            if db.query_row(exists, [], |_| Ok(())).optional()?.is_none() {
                return Ok(None);
            }
            let tokens =
                db.query_row("SELECT tokens FROM backup", [], |row| row.get::<_, String>(0));
            Ok(tokens.optional()?.map(Secret::new))
        })
    }

    /// Notes that they are taken.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn took_tokens(&mut self) -> Result<(), StoreError> {
        self.write(|db| db.execute_batch("DROP TABLE IF EXISTS backup"))
    }

    /// What is in the backup in `file`, in memory.
    ///
    /// # Errors
    /// When it is no backup that this version knows.
    pub fn of_backup(file: &Path) -> Result<Self, StoreError> {
        let is_not = |why| StoreError::NoBackup { path: file.to_owned(), why };
        let unreadable = |error| StoreError::Unreadable { path: file.to_owned(), error };
        let mut head = [0; MAGIC.len()];
        let read = File::open(file).and_then(|mut file| io::Read::read_exact(&mut file, &mut head));
        match read {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                return Err(unreadable(error));
            }
            Ok(()) | Err(_) if head != MAGIC => return Err(is_not(NONE)),
            Ok(()) | Err(_) => {}
        }
        let looked = copy::copied(file).and_then(|db| {
            let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
            let has = "SELECT count(*) FROM sqlite_schema WHERE name IN ('intent', 'viewing')";
            let tables: u32 = db.query_row(has, [], |row| row.get(0))?;
            db.execute_batch("VACUUM")?; // it reads each page
            Ok((db, version, tables))
        });
        match looked {
            Ok((.., tables)) if tables < 2 => Err(is_not(NONE)),
            Ok((_, version, _)) if version as usize > MIGRATIONS.len() => Err(is_not(NEWER)),
            Ok((db, ..)) => {
                Self::at(FileIdentity::unused(file.to_owned()), db).map_err(|_| is_not(DAMAGED))
            }
            Err(_) => Err(is_not(DAMAGED)),
        }
    }
}

/// What is said of a file that is no backup.
const NONE: &str = "is no backup of scrobbled; name a file that `scrobbled backup` has written";
const NEWER: &str = "was written by a newer scrobbled; restore it with that version";
const DAMAGED: &str = "is damaged; restore another backup";

fn bring(file: &Path, tokens: &Secret) -> rusqlite::Result<()> {
    let db = Connection::open(file)?;
    db.execute_batch("DROP TABLE IF EXISTS backup")?;
    if !tokens.is_empty() {
        db.execute_batch("CREATE TABLE backup (tokens TEXT NOT NULL)")?;
        db.execute("INSERT INTO backup (tokens) VALUES (?1)", [tokens.reveal()])?;
    }
    db.close().map_err(|(_, error)| error)
}

/// Puts what is in `backup` in the place of what is in `folder`, whose lock the caller holds. What is
/// there is kept with `force`, in the folder that is returned; without it nothing may be there.
///
/// # Errors
/// When there is something, or it can't be written; then all is as it was.
pub fn restore(
    backup: &mut Store,
    folder: &Path,
    force: bool,
) -> Result<Option<PathBuf>, StoreError> {
    let lies = FILES.into_iter().chain(BESIDE).filter(|name| folder.join(name).exists());
    let lies: Vec<&str> = lies.collect();
    if !lies.is_empty() && !force {
        return Err(StoreError::HasData { path: folder.to_owned() });
    }
    let database = folder.join("scrobbled.db");
    let fresh = folder.join("scrobbled.db.new");
    let text = |error| StoreError::Open { path: folder.to_owned(), error };
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(text(error)),
        Ok(()) | Err(_) => {} // of a restore that was killed
    }
    let tokens = backup.brought_tokens()?.unwrap_or_default();
    backup.backup(&fresh, &tokens)?;
    let replaced = || -> io::Result<Option<PathBuf>> {
        let kept = if lies.is_empty() { None } else { Some(keep(folder, &lies)?) };
        // A log of changes would be taken for the new database's. Until that is there, what stands in
        // it is in the old one, unless that is damaged; then it is only kept.
        let _ = whole(&database);
        for name in FILES.into_iter().skip(1) {
            match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        fs::rename(&fresh, &database)?;
        File::open(folder)?.sync_all()?;
        Ok(kept)
    };
    replaced().map_err(text).inspect_err(|_| {
        let _ = fs::remove_file(&fresh); // it may be in its place already
    })
}

/// Brings what a database has logged into the database itself.
fn whole(database: &Path) -> rusqlite::Result<()> {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    db.close().map_err(|(_, error)| error)
}

/// Copies what lies in `folder` under these names to a new folder in it.
fn keep(folder: &Path, names: &[&str]) -> io::Result<PathBuf> {
    let mut made = None;
    for number in 1..=u32::MAX {
        let kept = folder.join(format!("scrobbled-before-restore-{number}"));
        match DirBuilder::new().mode(0o700).create(&kept) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => {
                created?;
                made = Some(kept);
                break;
            }
        }
    }
    let kept = made.ok_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists))?;
    files::give_to_owner(&kept)?;
    // The index of the log is made anew.
    for name in names.iter().filter(|name| **name != "scrobbled.db-shm") {
        let mut copy = files::make(&kept.join(name))?;
        io::copy(&mut File::open(folder.join(name))?, &mut copy)?;
        copy.sync_all()?;
    }
    File::open(&kept)?.sync_all()?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{Destination, TokenPair};
    use crate::event::Time;
    use std::time::Duration;
    use tempfile::{TempDir, tempdir};

    /// A store in which `account` is logged in; it is open, with a log of changes.
    fn store(folder: &Path, account: &str) -> Store {
        let mut store = Store::open(folder).expect("a store");
        let lifetime = Duration::from_secs(1);
        let pair = TokenPair::new("a".into(), "r".into(), Time(1), lifetime).expect("a pair");
        store.log_in(&Destination::new(account, "trakt"), &pair).expect("written");
        store
    }

    fn accounts(folder: &Path) -> Vec<String> {
        let mut store = Store::copy(folder).expect("readable");
        let of = |row: &rusqlite::Row<'_>| row.get(0);
        store
            .run(|db| {
                let mut select = db.prepare("SELECT account FROM login ORDER BY account")?;
                select.query_map([], of)?.collect()
            })
            .expect("logins")
    }

    fn backup(home: &TempDir, account: &str) -> PathBuf {
        let file = home.path().join(format!("{account}.backup"));
        let mut store = store(&home.path().join(account), account);
        store.backup(&file, &Secret::new("plex x\n")).expect("written");
        file
    }

    fn restored(file: &Path, folder: &Path, force: bool) -> Result<Option<PathBuf>, String> {
        let mut backup = Store::of_backup(file).map_err(|error| error.to_string())?;
        restore(&mut backup, folder, force).map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_backed_up_comes_back_with_the_tokens_until_they_are_taken() {
        let home = tempdir().expect("a folder");
        let file = backup(&home, "mara");
        let folder = home.path().join("new");
        fs::create_dir(&folder).expect("a folder");
        fs::write(folder.join("scrobbled.db.new"), "half of one").expect("left by a kill");
        assert_eq!(restored(&file, &folder, false), Ok(None));
        assert_eq!(accounts(&folder), ["mara"]);
        let mut store = Store::open(&folder).expect("it opens");
        let brought = store.brought_tokens().expect("readable");
        assert_eq!(brought.as_ref().map(Secret::reveal), Some("plex x\n"));
        store.took_tokens().expect("written");
        assert_eq!(store.brought_tokens().expect("readable"), None);
        let again = home.path().join("again.backup");
        store.backup(&again, &Secret::default()).expect("a backup without tokens");
        let mut again = Store::of_backup(&again).expect("a backup");
        assert_eq!(again.brought_tokens().expect("readable"), None);
    }

    #[test]
    fn data_are_replaced_only_by_force_and_kept_then() {
        let home = tempdir().expect("a folder");
        let file = backup(&home, "mara");
        let folder = home.path().join("data");
        // As after a kill: what it has written last stands in its log of changes.
        std::mem::forget(store(&folder, "jo"));
        fs::write(folder.join("tokens"), "page y\n").expect("written");
        assert!(folder.join("scrobbled.db-wal").metadata().is_ok_and(|wal| wal.len() > 0));
        let shown = folder.display();
        let expected = format!(
            "`{shown}` holds data already; `--force` restores over it and keeps it in a folder beside"
        );
        assert_eq!(restored(&file, &folder, false), Err(expected));
        assert_eq!(accounts(&folder), ["jo"]);
        for number in 1..=2 {
            let kept = folder.join(format!("scrobbled-before-restore-{number}"));
            assert_eq!(restored(&file, &folder, true), Ok(Some(kept.clone())));
            assert_eq!(accounts(&folder), ["mara"]);
            assert_eq!(accounts(&kept), [if number == 1 { "jo" } else { "mara" }]);
            assert_eq!(fs::read_to_string(kept.join("tokens")).ok().as_deref(), Some("page y\n"));
        }
    }

    #[test]
    fn a_damaged_database_makes_room_too() {
        let home = tempdir().expect("a folder");
        let file = backup(&home, "mara");
        let folder = home.path().join("data");
        fs::create_dir(&folder).expect("a folder");
        let damaged = [("scrobbled.db", "dear diary"), ("scrobbled.db-wal", "and more")];
        for (name, text) in damaged {
            fs::write(folder.join(name), text).expect("written");
        }
        let kept = restored(&file, &folder, true).expect("restored").expect("kept");
        assert_eq!(accounts(&folder), ["mara"]);
        for (name, text) in damaged {
            assert_eq!(fs::read_to_string(kept.join(name)).ok().as_deref(), Some(text), "{name}");
        }
    }

    #[test]
    fn err_what_is_no_backup_is_told_apart() {
        let home = tempdir().expect("a folder");
        let good = fs::read(backup(&home, "mara")).expect("readable");
        let file = home.path().join("x");
        let foreign = |sql: &str| {
            let _ = fs::remove_file(&file);
            let db = Connection::open(&file).expect("a database");
            db.execute_batch(sql).expect(sql);
            db.close().expect("closed");
            fs::read(&file).expect("readable")
        };
        let newer = {
            fs::write(&file, &good).expect("written");
            let db = Connection::open(&file).expect("a database");
            let next = u32::try_from(MIGRATIONS.len()).expect("few") + 1;
            db.pragma_update(None, "user_version", next).expect("written");
            db.close().expect("closed");
            fs::read(&file).expect("readable")
        };
        let mut torn = good.clone();
        torn[1024..].fill(0xA5);
        let cases = [
            (b"".to_vec(), NONE),
            (b"dear diary, today".repeat(100), NONE),
            (foreign("CREATE TABLE contact (name TEXT); PRAGMA user_version = 3"), NONE),
            (
                foreign(
                    "CREATE TABLE intent (x); CREATE TABLE viewing (x); PRAGMA user_version = 3",
                ),
                DAMAGED,
            ),
            (newer, NEWER),
            (torn, DAMAGED),
            (good[..good.len() / 2].to_vec(), DAMAGED),
            (good[..50].to_vec(), DAMAGED),
        ];
        let folder = home.path().join("data");
        for (bytes, why) in cases {
            fs::write(&file, bytes).expect("written");
            assert_eq!(restored(&file, &folder, false), Err(format!("`{}` {why}", file.display())));
            assert!(!folder.exists());
        }
        let none = home.path().join("none");
        let expected =
            format!("`{}` can't be read: No such file or directory (os error 2)", none.display());
        assert_eq!(restored(&none, &folder, false), Err(expected));
        let expected =
            format!("`{}` can't be read: Is a directory (os error 21)", home.path().display());
        assert_eq!(restored(home.path(), &folder, false), Err(expected));
    }

    #[test]
    fn backups_of_all_earlier_versions_are_restored() {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored");
        for version in 1..=MIGRATIONS.len() {
            let home = tempdir().expect("a folder");
            let file = home.path().join("backup");
            let sql = fs::read_to_string(stored.join(format!("{version}.sql"))).expect("stored");
            let db = Connection::open(&file).expect("a database");
            db.execute_batch(&sql).expect("what it has stored");
            db.close().expect("closed");
            let folder = home.path().join("data");
            fs::create_dir(&folder).expect("a folder");
            assert_eq!(restored(&file, &folder, false), Ok(None), "{version}");
            let mut store = Store::open(&folder).expect("it opens");
            assert_eq!(store.brought_tokens().expect("readable"), None);
            assert!(!accounts(&folder).is_empty(), "{version}");
        }
    }
}
