//! Which secret words open the door?
//!
//! One token for each kind of media server and one for the page live in one file of the data
//! folder (`tokens`, mode 0600): a word and a token a line. They are made at the first start, and
//! later for who has none: a kind that an update brought. A line with a word that is not known
//! here is a newer version's and stays as it is. A file that is there but can't be understood is an
//! error, never a reason to make new ones: that would silently cut off every media server.
//!
//! **On disk before in force:** a new token works once it would survive a power cut.

use crate::crypto;
use crate::event::Source;
use crate::files;
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::io;
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
}

/// The words and tokens of the file, in its order.
type Lines = Vec<(String, Secret)>;

/// The tokens in force, shared by everybody who needs them.
#[derive(Debug)]
pub struct Tokens {
    file: PathBuf,
    in_force: RwLock<Lines>,
    /// Held while a change is written, so that readers never wait for the disk.
    changing: Mutex<()>,
}

impl Tokens {
    /// Reads the tokens of `folder`, and makes those that are missing.
    ///
    /// # Errors
    /// When the file can't be read, written or understood; the text names it and the mend.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let file = folder.join("tokens");
        let found = read(&file)?;
        let is_first = found.is_none();
        let mut lines = found.unwrap_or_default();
        let missing = Who::ALL.map(Who::word).into_iter().filter(|word| of(&lines, word).is_none());
        let missing: Vec<_> = missing.collect();
        for word in &missing {
            lines.push(((*word).to_owned(), random()?));
        }
        if !missing.is_empty() {
            save(&file, &lines)?;
        }
        for word in missing.iter().filter(|_| !is_first) {
            log::info!("made a token for `{word}`, which had none");
        }
        Ok(Self::of(file, lines))
    }

    /// Reads the tokens of `folder`; who has none there gets in with none.
    ///
    /// # Errors
    /// When the file can't be read or understood; the text names it and the mend.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let file = folder.join("tokens");
        let lines = read(&file)?.unwrap_or_default();
        Ok(Self::of(file, lines))
    }

    /// Those that a backup has brought for `folder`; they are not written there.
    ///
    /// # Errors
    /// When they can't be understood.
    pub fn brought(folder: &Path, text: &Secret) -> io::Result<Self> {
        let lines = parse(text.reveal()).map_err(|why| {
            let text = format!("the tokens in the backup {why}; restore another one");
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        Ok(Self::of(folder.join("tokens"), lines))
    }

    /// Writes them to their file.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep(&self) -> io::Result<()> {
        save(&self.file, &self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// All of them, as their file has them.
    #[must_use]
    pub fn text(&self) -> Secret {
        Secret::new(text(&self.in_force.read().unwrap_or_else(PoisonError::into_inner)))
    }

    fn of(file: PathBuf, lines: Lines) -> Self {
        Self { file, in_force: RwLock::new(lines), changing: Mutex::new(()) }
    }

    /// Whose token was `presented`. Takes the same time for every wrong token of one length.
    #[must_use]
    pub fn check(&self, presented: &[u8]) -> Option<Who> {
        let lines = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for who in Who::ALL {
            let token = of(&lines, who.word());
            if token.is_some_and(|token| token.is(presented)) {
                found = Some(who);
            }
        }
        found
    }

    /// The token of `who`, for its URL.
    #[must_use]
    pub fn secret(&self, who: Who) -> Secret {
        let lines = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        of(&lines, who.word()).cloned().unwrap_or_default()
    }

    /// Makes a new token for `who`. The old one stops working once this returns.
    ///
    /// # Errors
    /// When it can't be written; then the old one stays in force.
    pub fn rotate(&self, who: Who) -> io::Result<Secret> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = random()?;
        let mut lines = self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone();
        match lines.iter_mut().find(|(word, _)| word == who.word()) {
            Some((_, token)) => *token = fresh.clone(),
            None => lines.push((who.word().to_owned(), fresh.clone())),
        }
        save(&self.file, &lines)?;
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = lines;
        Ok(fresh)
    }
}

/// The token of a word.
fn of<'a>(lines: &'a Lines, word: &str) -> Option<&'a Secret> {
    lines.iter().find(|(of, _)| of == word).map(|(_, token)| token)
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
fn read(file: &Path) -> io::Result<Option<Lines>> {
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
fn parse(text: &str) -> Result<Lines, String> {
    let mut lines = Lines::new();
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let is_token = |token: &str| {
            URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| bytes.len() >= RANDOM_BYTES)
        };
        let is_word = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        match line.split_once(' ').filter(|(word, token)| is_word(word) && is_token(token)) {
            Some((word, _)) if of(&lines, word).is_some() => {
                return Err(format!("have a second line for one owner (line {number})"));
            }
            Some((word, token)) => lines.push((word.to_owned(), Secret::new(token))),
            None => return Err(format!("are damaged (line {number})")),
        }
    }
    if lines.is_empty() { Err("are gone: the file is empty".to_owned()) } else { Ok(lines) }
}

/// The file's text.
fn text(lines: &Lines) -> String {
    let line = |(word, token): &(String, Secret)| format!("{word} {}\n", token.reveal());
    lines.iter().map(line).collect()
}

/// Writes the file so that after a power cut there is the old one or the new one.
fn save(file: &Path, lines: &Lines) -> io::Result<()> {
    files::replace(file, &text(lines)).map_err(|e| {
        let text = format!("the tokens can't be written to `{}`: {e}", file.display());
        io::Error::new(e.kind(), text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
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

    /// Each token of the file, as a line.
    fn lines(folder: &Path) -> Vec<String> {
        let text = fs::read_to_string(folder.join("tokens")).expect("the file");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_token_that_is_missing_is_made_and_the_others_stay() {
        let folder = tempdir().expect("a folder");
        Tokens::open(folder.path()).expect("made");
        let all = lines(folder.path());
        for (missing, who) in Who::ALL.into_iter().enumerate() {
            let mut left = all.clone();
            left.remove(missing);
            fs::write(folder.path().join("tokens"), left.join("\n")).expect("written");
            let looking = Tokens::read(folder.path()).expect("it is understood");
            assert_eq!((looking.secret(who).reveal(), looking.check(b"")), ("", None));
            assert_eq!(lines(folder.path()), left, "who only looks writes nothing");
            let made = Tokens::open(folder.path()).expect("it is understood").secret(who);
            let mut expected = left;
            expected.push(format!("{} {}", who.word(), made.reveal()));
            assert_eq!(lines(folder.path()), expected);
            assert!(!all.contains(&expected[3]), "a new one");
        }
    }

    #[test]
    fn a_newer_versions_token_opens_nothing_and_is_not_lost() {
        let folder = tempdir().expect("a folder");
        Tokens::open(folder.path()).expect("made");
        let newer = format!("kodi {}", "A".repeat(32));
        let mut expected = lines(folder.path());
        expected.insert(1, newer.clone());
        fs::write(folder.path().join("tokens"), expected.join("\n")).expect("written");
        let tokens = Tokens::open(folder.path()).expect("it is understood");
        assert_eq!(tokens.check("A".repeat(32).as_bytes()), None);
        for who in Who::ALL {
            tokens.rotate(who).expect("rotated");
        }
        let rotated = lines(folder.path());
        assert_eq!((rotated.len(), &rotated[1]), (5, &newer));
        assert!(rotated.iter().all(|line| *line == newer || !expected.contains(line)));
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
            (String::new(), "are gone: the file is empty"),
            (line("plex") + &line("plex"), "have a second line for one owner (line 2)"),
            (line("kodi") + &line("kodi"), "have a second line for one owner (line 2)"),
            (line("plex") + "jellyfin short\n", "are damaged (line 2)"),
            (line("kodi/"), "are damaged (line 1)"),
            (line("kodi") + "page short\n", "are damaged (line 2)"),
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
