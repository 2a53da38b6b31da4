//! What lies in our folder that is not ours?
//!
//! Files that we write there may have been put in place by somebody else: a link that leads out of
//! the folder, a pipe from which nothing ever comes, somebody's diary under the name of a socket. And
//! whoever owns a file or its folder can read it, change it and exchange it.

use rustix::process::{getegid, geteuid};
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown};
use std::os::unix::net::UnixListener;
use std::path::Path;

/// The permissions of who is neither owner nor group.
const EVERYBODY: u32 = 0o007;

/// Listens at `path`, for this user and root only, where nothing is but the socket of an earlier
/// start. (There is a moment before, so its folder should be 0700.)
///
/// # Errors
/// When something else is in its place, or the socket can't be made.
pub(crate) fn listen(path: &Path) -> io::Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(old) if old.file_type().is_socket() => fs::remove_file(path)?,
        Ok(_) => return Err(not_ours()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    if let Some((user, group)) = rightful_owner(path)? {
        lchown(path, Some(user), Some(group))?;
    }
    Ok(listener)
}

/// Opens the file at `path` to read and write it, and makes it where there is none.
///
/// # Errors
/// When it can't be opened or made.
pub(crate) fn open_or_make(path: &Path) -> io::Result<File> {
    match make(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().read(true).write(true).open(path)
        }
        made => made,
    }
}

/// Makes a file where there is none, for its owner alone: that of its folder. What root makes for a
/// service must not shut the service out.
///
/// # Errors
/// When it can't be made.
pub(crate) fn make(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    if let Some((user, group)) = rightful_owner(path)? {
        fchown(&file, Some(user), Some(group))?;
    }
    Ok(file)
}

/// Gives a folder that was made to the owner of the folder that it is in, as [`make`] does a file.
///
/// # Errors
/// When it can't be given.
pub(crate) fn give_to_owner(path: &Path) -> io::Result<()> {
    match rightful_owner(path)? {
        Some((user, group)) => lchown(path, Some(user), Some(group)),
        None => Ok(()),
    }
}

/// Puts a file with this text in the place of what is at `path`, for its owner alone, so that after a
/// power cut there is the old one or the new one.
///
/// # Errors
/// When it can't be written; then the old one is still there.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) | Ok(()) => {}
    }
    let mut file = make(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// User and group to whom belongs what is made at `path`; `None` where that is who has made it, or
/// nobody can give it away.
fn rightful_owner(path: &Path) -> io::Result<Option<(u32, u32)>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::metadata(folder.unwrap_or(Path::new(".")))?;
    let is_by_root = fs::symlink_metadata(path)?.uid() == 0;
    Ok((is_by_root && folder.uid() != 0).then_some((folder.uid(), folder.gid())))
}

/// Whether nothing is at `path`, or a regular file of this user: no link, which may lead anywhere,
/// and no pipe.
///
/// # Errors
/// When it is something else or somebody else's, or can't be seen.
pub(crate) fn is_ours_or_missing(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => is_of_this_user(path, &found),
        Ok(_) => Err(not_ours()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the folder at `path`, or where a link there leads, is this user's.
///
/// # Errors
/// When it is somebody else's, or can't be seen.
pub(crate) fn is_our_folder(path: &Path) -> io::Result<()> {
    is_of_this_user(path, &fs::metadata(path)?)
}

/// Root may do everything anyway: what is root's is in good hands, and root may use what is whose.
fn is_of_this_user(path: &Path, found: &Metadata) -> io::Result<()> {
    let (we, owner) = (geteuid().as_raw(), found.uid());
    if [0, we].contains(&owner) || we == 0 {
        return Ok(());
    }
    let sentence = format!(
        "it belongs to another user ({owner}, this one is {we}); run scrobbled as that user, or \
         `sudo chown -R {we} {}`",
        path.display()
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, sentence))
}

fn not_ours() -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, "something else is in its place; move it away")
}

/// The text of a file that has no more than `most` bytes.
///
/// # Errors
/// When it can't be read, is longer, or is no text; the text names the line and the mend.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<String> {
    let bytes = read_bytes(path, most)?;
    text(bytes).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
}

/// Bytes as UTF-8 text, else what they are.
fn text(bytes: Vec<u8>) -> Result<String, String> {
    let is_utf_16 = [&[0xff, 0xfe], &[0xfe, 0xff]].iter().any(|mark| bytes.starts_with(*mark));
    if is_utf_16 {
        return Err("it is UTF-16 text; save it as UTF-8".to_owned());
    }
    if bytes.contains(&0) {
        return Err("it is no text, or UTF-16; save it as UTF-8".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.split(|byte| *byte == b'\n').count();
        format!("line {line} is no UTF-8 text, perhaps Latin-1; save it as UTF-8")
    })
}

/// What is in a file that has no more than `most` bytes.
///
/// # Errors
/// When it can't be read, or is longer.
pub(crate) fn read_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has more than {} KiB", most / 1024),
        ));
    }
    Ok(bytes)
}

/// What everybody at this machine may do with a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// They can read it.
    pub(crate) read: bool,
    /// They can change it, or put another in its place.
    pub(crate) changed: bool,
    /// Whether that is so by the rights of its folder.
    pub(crate) by_folder: bool,
    /// Whether the file is another user's, and we are not root.
    pub(crate) foreign: bool,
}

/// What everybody may do with the file at `path`, or where a link there leads: nothing, where they
/// can't get through the folders above it.
///
/// # Errors
/// When it can't be seen.
pub(crate) fn exposure(path: &Path) -> io::Result<Exposure> {
    let path = path.canonicalize()?;
    for folder in path.ancestors().skip(1) {
        if fs::metadata(folder)?.mode() & 0o001 == 0 {
            return Ok(Exposure::default());
        }
    }
    let found = fs::metadata(&path)?;
    let folder = path.parent().map_or(Ok(0), |folder| fs::metadata(folder).map(|it| it.mode()))?;
    let by_folder = can_exchange(folder);
    let we = geteuid().as_raw();
    Ok(Exposure {
        read: found.mode() & 0o004 != 0,
        changed: by_folder || found.mode() & 0o002 != 0,
        by_folder,
        foreign: we != 0 && found.uid() != we,
    })
}

/// Our own group.
pub(crate) fn group() -> u32 {
    getegid().as_raw()
}

/// What may lie in our folder, beside what begins with our name: what we make there, and what disks
/// and NAS systems do.
const AT_HOME: [&str; 9] = [
    "tokens",
    "tokens.new",
    "sessions",
    "sessions.new",
    "lock",
    "control.sock",
    "front.sock",
    "lost+found",
    "@eaDir",
];

/// Takes our folder out of everybody's hands. One in which others have something is left as it is:
/// it may be `/` or `/home`, named by mistake, and nobody could use the machine any more.
///
/// # Errors
/// When it can't be seen, or it is such a one and everybody can exchange there what is ours.
pub(crate) fn close_folder(folder: &Path) -> io::Result<()> {
    let mode = fs::metadata(folder)?.permissions().mode() & 0o7777;
    let shown = folder.display();
    let foreign = match foreign_in(folder) {
        Ok(Some(foreign)) => foreign,
        Ok(None) => {
            close_to_everybody(folder);
            return Ok(());
        }
        Err(_) => return Ok(()), // who can't look into it can't use it either, and is told so
    };
    if can_exchange(mode) {
        let sentence = format!(
            "everybody can write into it ({mode:o}), and `{foreign}` in it is none of scrobbled's: \
             name a folder of its own in `data_dir`, or `chmod o-w {shown}`"
        );
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, sentence));
    }
    if mode & EVERYBODY != 0 {
        log::warn!(
            "`{shown}` is open to everybody ({mode:o}) and left so, since `{foreign}` in it is none of \
             scrobbled's; better name a folder of its own in `data_dir`"
        );
    }
    Ok(())
}

/// What lies in our folder that is none of ours.
fn foreign_in(folder: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with("scrobbled") && !AT_HOME.contains(&name.as_str()) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether everybody can put something else in the place of what lies in a folder of this mode. In a
/// sticky folder nobody exchanges what is another's.
fn can_exchange(mode: u32) -> bool {
    mode & 0o1002 == 0o002
}

/// Takes what is at `path` out of everybody's hands, and says so.
pub(crate) fn close_to_everybody(path: &Path) {
    let Ok(found) = fs::symlink_metadata(path) else { return };
    let mode = found.permissions().mode() & 0o7777;
    if found.file_type().is_symlink() || mode & EVERYBODY == 0 {
        return;
    }
    let (shown, closed) = (path.display(), mode & !EVERYBODY);
    match fs::set_permissions(path, Permissions::from_mode(closed)) {
        Ok(()) => log::warn!("`{shown}` was open to everybody ({mode:o}); it is {closed:o} now"),
        Err(error) => log::warn!(
            "`{shown}` is open to everybody ({mode:o}), and that can't be changed ({error}): \
             `chmod o= {shown}`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use tempfile::tempdir;

    #[test]
    fn nothing_but_an_old_socket_makes_room_for_a_socket() {
        let folder = tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        drop(listen(&at("new")).expect("a socket"));
        drop(listen(&at("new")).expect("in the place of the old one"));
        let mode = fs::metadata(at("new")).expect("the socket").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(at("diary"), "dear diary").expect("a file");
        symlink(at("new"), at("link")).expect("a link");
        for name in ["diary", "link", "."] {
            let error = listen(&at(name)).expect_err(name);
            assert_eq!(error.to_string(), "something else is in its place; move it away");
        }
        assert_eq!(fs::read_to_string(at("diary")).ok().as_deref(), Some("dear diary"));
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempdir().expect("a folder");
        let file = folder.path().join("file");
        for (length, expected) in [(0, true), (2048, true), (2049, false)] {
            fs::write(&file, "x".repeat(length)).expect("a file");
            assert_eq!(read(&file, 2048).is_ok(), expected, "{length}");
        }
        let endless = read(Path::new("/dev/zero"), 2048).expect_err("no end");
        assert_eq!(endless.to_string(), "it has more than 2 KiB");
    }

    #[test]
    fn what_is_no_utf_8_is_told_with_its_line_and_the_mend() {
        let cases: [(&[u8], Result<&str, &str>); 7] = [
            (b"", Ok("")),
            ("\u{feff}é\n".as_bytes(), Ok("\u{feff}é\n")),
            (b"a\nb = '\xe9'\n", Err("line 2 is no UTF-8 text, perhaps Latin-1; save it as UTF-8")),
            (b"\x93a\x94", Err("line 1 is no UTF-8 text, perhaps Latin-1; save it as UTF-8")),
            (b"\xff\xfea\0", Err("it is UTF-16 text; save it as UTF-8")),
            (b"\xfe\xff\0a", Err("it is UTF-16 text; save it as UTF-8")),
            (b"a\0b\0", Err("it is no text, or UTF-16; save it as UTF-8")),
        ];
        for (bytes, expected) in cases {
            let found = text(bytes.to_vec());
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_folder_of_others_is_left_as_it_is() {
        let home = tempdir().expect("a folder");
        let folder = home.path();
        let mode = |mode| fs::set_permissions(folder, Permissions::from_mode(mode)).expect("ours");
        for (before, name, expected) in [
            (0o755, "diary", Ok(0o755)),
            (0o1777, "diary", Ok(0o1777)),
            (0o777, "diary", Err(())), // whatever is put there, everybody can exchange it
            (0o750, "diary", Ok(0o750)),
            (0o777, "tokens", Ok(0o770)),
            (0o777, "sessions", Ok(0o770)),
            (0o755, "tokens.new", Ok(0o750)), // a power cut has left it
            (0o755, "scrobbled.db-wal", Ok(0o750)),
            (0o755, "scrobbled.toml", Ok(0o750)),
            (0o755, "lost+found", Ok(0o750)),
        ] {
            mode(before);
            fs::write(folder.join(name), "x").expect("a file");
            let closed = close_folder(folder).map_err(drop);
            let seen = fs::metadata(folder).expect("there").permissions().mode() & 0o7777;
            assert_eq!(closed.map(|()| seen), expected, "{before:o} {name}");
            fs::remove_file(folder.join(name)).expect("removed");
        }
    }

    #[test]
    fn what_everybody_may_use_is_closed_to_everybody_but_the_group() {
        let folder = tempdir().expect("a folder");
        let file = folder.path().join("tokens");
        fs::write(&file, "x").expect("a file");
        for (before, after) in [(0o666, 0o660), (0o604, 0o600), (0o640, 0o640), (0o600, 0o600)] {
            fs::set_permissions(&file, Permissions::from_mode(before)).expect("ours");
            close_to_everybody(&file);
            let seen = fs::metadata(&file).expect("a file").permissions().mode() & 0o7777;
            assert_eq!(seen, after, "{before:o}");
        }
        close_to_everybody(&folder.path().join("missing"));
    }
}
