//! Which secret words open the door?
//!
//! Four tokens, one for each media server and one for the page, live in one file of the data
//! folder (`tokens`, mode 0600): a word and a token a line. They are made at the first start. A
//! file that is there but can't be understood is an error, never a reason to make new ones: that
//! would silently cut off every media server.
//!
//! **On disk before in force:** a new token works once it would survive a power cut.

use crate::crypto;
use crate::event::Source;
use crate::files;
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

/// Random bytes in a token: 192 bits, 32 characters.
const RANDOM_BYTES: usize = 24;

/// The longest file of them that is read, in bytes.
const FILE_MOST: u64 = 64 * 1024;

/// Whom a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A media server that posts webhooks.
    Sender(Source),
    /// A person who looks at the page.
    Page,
}

impl Who {
    /// All of them, in the order of the file.
    pub const ALL: [Self; 4] = [
        Self::Sender(Source::Plex),
        Self::Sender(Source::Jellyfin),
        Self::Sender(Source::Emby),
        Self::Page,
    ];

    /// The word that stands for it in the file and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sender(source) => source.word(),
            Self::Page => "page",
        }
    }

    fn place(self) -> usize {
        match self {
            Self::Sender(Source::Plex) => 0,
            Self::Sender(Source::Jellyfin) => 1,
            Self::Sender(Source::Emby) => 2,
            Self::Page => 3,
        }
    }
}

/// The tokens in force, shared by everybody who needs them.
#[derive(Debug)]
pub struct Tokens {
    file: PathBuf,
    in_force: RwLock<[Secret; 4]>,
    /// Held while a change is written, so that readers never wait for the disk.
    changing: Mutex<()>,
}

impl Tokens {
    /// Reads the tokens of `folder`, or makes them where there are none.
    ///
    /// # Errors
    /// When the file can't be read, written or understood; the text names it and the mend.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let file = folder.join("tokens");
        if let Some(tokens) = read(&file)? {
            return Ok(Self::of(file, tokens));
        }
        let tokens = [random()?, random()?, random()?, random()?];
        save(&file, &tokens)?;
        Ok(Self::of(file, tokens))
    }

    /// Reads the tokens of `folder`; where there are none, none open the door.
    ///
    /// # Errors
    /// When the file can't be read or understood; the text names it and the mend.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let file = folder.join("tokens");
        let tokens = read(&file)?.unwrap_or_default();
        Ok(Self::of(file, tokens))
    }

    fn of(file: PathBuf, tokens: [Secret; 4]) -> Self {
        Self { file, in_force: RwLock::new(tokens), changing: Mutex::new(()) }
    }

    /// Whose token was `presented`. Takes the same time for every wrong token of one length.
    #[must_use]
    pub fn check(&self, presented: &[u8]) -> Option<Who> {
        let tokens = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for (who, token) in Who::ALL.into_iter().zip(tokens.iter()) {
            if same(token.reveal().as_bytes(), presented) {
                found = Some(who);
            }
        }
        found
    }

    /// The token of `who`, for its URL.
    #[must_use]
    pub fn secret(&self, who: Who) -> Secret {
        let tokens = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        tokens.get(who.place()).cloned().unwrap_or_default()
    }

    /// Makes a new token for `who`. The old one stops working once this returns.
    ///
    /// # Errors
    /// When it can't be written; then the old one stays in force.
    pub fn rotate(&self, who: Who) -> io::Result<Secret> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = random()?;
        let mut tokens = self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(token) = tokens.get_mut(who.place()) {
            *token = fresh.clone();
        }
        save(&self.file, &tokens)?;
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = tokens;
        Ok(fresh)
    }
}

/// Whether two texts are the same, in a time that depends on their lengths alone.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b));
    std::hint::black_box(differing) == 0 && one.len() == other.len()
}

/// A fresh token.
///
/// # Errors
/// When the system gives no random bytes.
pub(super) fn random() -> io::Result<Secret> {
    let mut bytes = [0; RANDOM_BYTES];
    crypto::random(&mut bytes).ok_or_else(|| {
        io::Error::other("the system gives no random bytes, so no token was made")
    })?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

/// The tokens in the file, if there is one.
fn read(file: &Path) -> io::Result<Option<[Secret; 4]>> {
    let text = files::is_ours_or_missing(file).and_then(|()| files::read(file, FILE_MOST));
    match text {
        Ok(text) => parse(&text).map(Some).map_err(|why| {
            let mend = "restore it from a backup, or delete it and paste the new URLs \
                        (`scrobbled urls`) into the media servers";
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the tokens in `{}` {why}; {mend}", file.display()),
            )
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let text = format!("the tokens in `{}` can't be read: {error}", file.display());
            Err(io::Error::new(error.kind(), text))
        }
    }
}

/// Reads the file's text. The error completes the sentence "the tokens …".
fn parse(text: &str) -> Result<[Secret; 4], String> {
    let mut tokens: [Secret; 4] = Default::default();
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let place = line
            .split_once(' ')
            .and_then(|(word, token)| {
                Some((Who::ALL.into_iter().find(|w| w.word() == word)?, token))
            })
            .filter(|(_, token)| {
                let bytes = URL_SAFE_NO_PAD.decode(token);
                bytes.is_ok_and(|bytes| bytes.len() >= RANDOM_BYTES)
            })
            .and_then(|(who, token)| Some((tokens.get_mut(who.place())?, token)));
        match place {
            Some((place, token)) if place.is_empty() => *place = Secret::new(token),
            Some(_) => return Err(format!("have a second line for one owner (line {number})")),
            None => return Err(format!("are damaged (line {number})")),
        }
    }
    match Who::ALL.into_iter().zip(&tokens).find(|(_, token)| token.is_empty()) {
        Some((who, _)) => Err(format!("lack the token for `{}`", who.word())),
        None => Ok(tokens),
    }
}

/// Writes the file so that after a power cut there is the old one or the new one.
fn save(file: &Path, tokens: &[Secret; 4]) -> io::Result<()> {
    let write = || -> io::Result<()> {
        let beside = file.with_extension("new");
        match fs::remove_file(&beside) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            Err(_) | Ok(()) => {}
        }
        let mut out = files::make(&beside)?;
        for (who, token) in Who::ALL.into_iter().zip(tokens) {
            writeln!(out, "{} {}", who.word(), token.reveal())?;
        }
        out.sync_all()?;
        fs::rename(&beside, file)?;
        file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(|e| {
        let text = format!("the tokens can't be written to `{}`: {e}", file.display());
        io::Error::new(e.kind(), text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::tempdir;

    fn all(tokens: &Tokens) -> Vec<String> {
        Who::ALL.map(|who| tokens.secret(who).reveal().to_owned()).to_vec()
    }

    #[test]
    fn tokens_are_made_once_and_found_again() {
        let folder = tempdir().expect("a folder");
        let first = Tokens::open(folder.path()).expect("made");
        let second = Tokens::open(folder.path()).expect("found");
        assert_eq!(all(&first), all(&second));
        for who in Who::ALL {
            let token = first.secret(who);
            assert_eq!(token.reveal().len(), 32);
            assert_eq!(first.check(token.reveal().as_bytes()), Some(who));
        }
        for wrong in ["", "x", &"A".repeat(32), &all(&first)[0][..31], &all(&first).concat()] {
            assert_eq!(first.check(wrong.as_bytes()), None, "{wrong}");
        }
        let mode =
            fs::metadata(folder.path().join("tokens")).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_rotated_token_replaces_the_old_one_for_good() {
        let folder = tempdir().expect("a folder");
        let tokens = Tokens::open(folder.path()).expect("made");
        let before = all(&tokens);
        let fresh = tokens.rotate(Who::Sender(Source::Jellyfin)).expect("rotated");
        let mut expected = before.clone();
        expected[1] = fresh.reveal().to_owned();
        assert_eq!(all(&tokens), expected);
        assert_eq!(tokens.check(before[1].as_bytes()), None);
        assert_eq!(all(&Tokens::open(folder.path()).expect("found")), expected);
    }

    #[test]
    fn a_rotation_that_cannot_be_written_changes_nothing() {
        let folder = tempdir().expect("a folder");
        let tokens = Tokens::open(folder.path()).expect("made");
        let before = all(&tokens);
        folder.close().expect("removed");
        let error = tokens.rotate(Who::Page).expect_err("no folder").to_string();
        assert!(error.starts_with("the tokens can't be written to `"), "{error}");
        assert_eq!(all(&tokens), before);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_stays_as_it_is() {
        let folder = tempdir().expect("a folder");
        let good = "A".repeat(32);
        let line = |word: &str| format!("{word} {good}\n");
        let cases = [
            (String::new(), "lack the token for `plex`"),
            (line("plex") + &line("jellyfin") + &line("emby"), "lack the token for `page`"),
            (line("plex") + &line("plex"), "have a second line for one owner (line 2)"),
            (line("plex") + "jellyfin short\n", "are damaged (line 2)"),
            (line("kodi"), "are damaged (line 1)"),
            (line("plex") + "\n", "are damaged (line 2)"),
        ];
        for (text, expected) in cases {
            let file = folder.path().join("tokens");
            fs::write(&file, &text).expect("written");
            let error = Tokens::open(folder.path()).expect_err(expected).to_string();
            assert_eq!(
                error,
                format!(
                    "the tokens in `{}` {expected}; restore it from a backup, or delete it and \
                     paste the new URLs (`scrobbled urls`) into the media servers",
                    file.display()
                )
            );
            assert_eq!(fs::read_to_string(&file).expect("still there"), text);
        }
    }
}
