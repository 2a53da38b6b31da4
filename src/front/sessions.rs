//! Who has signed in?
//!
//! An invitation is the token of a sign-in link: good once, and for ten minutes. Who shows it
//! begins a session, whose id every request shows from then on, and which ends by itself after thirty
//! days. Invitations live in memory alone. Of sessions the hashes of their ids are kept in a file of
//! the data folder (`sessions`, mode 0600), so that they outlive a restart; nobody can sign in with
//! what stands there. Its first line is the hash of the page's token: under another token all of them
//! are over, whoever has changed it.
//!
//! Times are the steady clock's, but for the file: there they are the wall clock's, which may have been
//! wrong, so no session lasts longer than thirty days from when it is read. All has a bound.
//!
//! Not here: headers (`visit`), where a browser keeps the id (`page`).

use super::tokens::random;
use crate::event::Time;
use crate::files;
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a sign-in link is good.
pub const INVITATION_LASTS: Duration = Duration::from_secs(10 * 60);
/// How long a session lasts.
const SESSION_LASTS: Duration = Duration::from_secs(30 * 24 * 3600);
/// Most links that wait to be opened; a new one beyond that replaces the oldest.
const INVITATIONS_MOST: usize = 8;
/// Most sessions; a new one beyond that replaces the oldest.
const SESSIONS_MOST: usize = 32;
/// The longest file of them that is read, in bytes.
const FILE_MOST: u64 = 16 * 1024;

/// The time by the wall and by the steady clock.
type Reading = (Time, Duration);

/// Who has signed in, and who may.
#[derive(Debug, Default)]
pub struct BrowserSessions {
    table: Mutex<Table>,
    /// Where they are kept; `None` where they end with the process. Held while that is written, so
    /// that who only asks never waits for the disk.
    file: Mutex<Option<PathBuf>>,
}

#[derive(Debug, Default)]
struct Table {
    /// Of the page's token.
    page: String,
    invitations: Vec<(Secret, Duration)>,
    sessions: Vec<Session>,
}

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    /// Of the id that shows a request to be its own.
    hash: String,
    /// Steady time.
    until: Duration,
    /// The same by the wall clock.
    until_by_wall: Time,
}

impl BrowserSessions {
    /// Those that are kept in `folder`, if the page's token is still the one under which they began.
    /// What can't be read is said; then everybody signs in again.
    #[must_use]
    pub fn open(folder: &Path, page: &Secret, now: Reading) -> Self {
        let file = folder.join("sessions");
        let sessions = match read(&file, &hash(page.reveal().as_bytes()), now) {
            Ok(sessions) => sessions,
            Err(error) => {
                log::warn!(
                    "`{}` can't be read, so everybody signs in to the page again: {error}",
                    file.display()
                );
                Vec::new()
            }
        };
        let page = hash(page.reveal().as_bytes());
        let table = Table { page, invitations: Vec::new(), sessions };
        Self { table: Mutex::new(table), file: Mutex::new(Some(file)) }
    }

    /// The token of a new sign-in link.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn invite(&self, now: Duration) -> io::Result<Secret> {
        let token = random()?;
        let mut table = self.table(now);
        if table.invitations.len() >= INVITATIONS_MOST {
            table.invitations.remove(0); // they stand in the order of their making
        }
        table.invitations.push((token.clone(), now.saturating_add(INVITATION_LASTS)));
        Ok(token)
    }

    /// Whether `token` is that of a link which still opens.
    pub fn is_invited(&self, token: &[u8], now: Duration) -> bool {
        self.table(now).invitations.iter().any(|(known, _)| known.is(token))
    }

    /// Begins a session for who shows the token of a link, and gives its id; the link is used up.
    /// `None` where it is no longer, or never was, one.
    ///
    /// # Errors
    /// When the system gives no random bytes; the link still opens then.
    pub fn begin(&self, token: &[u8], now: Reading) -> io::Result<Option<Secret>> {
        let id = random()?;
        let session = Session {
            hash: hash(id.reveal().as_bytes()),
            until: now.1.saturating_add(SESSION_LASTS),
            until_by_wall: now.0.after(SESSION_LASTS),
        };
        let mut is_invited = false;
        self.change(now.1, |table| {
            let place = table.invitations.iter().position(|(known, _)| known.is(token));
            let Some(place) = place else { return };
            is_invited = true;
            table.invitations.remove(place);
            if table.sessions.len() >= SESSIONS_MOST {
                table.sessions.remove(0); // they stand in the order of their beginning
            }
            table.sessions.push(session);
        });
        Ok(is_invited.then_some(id))
    }

    /// Whether `id` is that of a session.
    pub fn knows(&self, id: &[u8], now: Duration) -> bool {
        let shown = hash(id);
        self.table(now).sessions.iter().any(|session| session.hash == shown)
    }

    /// Ends one session.
    pub fn end(&self, id: &[u8], now: Duration) {
        let shown = hash(id);
        self.change(now, |table| table.sessions.retain(|session| session.hash != shown));
    }

    /// Ends all sessions, and no link opens any more; `page` is the page's token from now on.
    pub fn end_all(&self, page: &Secret, now: Duration) {
        let page = hash(page.reveal().as_bytes());
        self.change(now, |table| *table = Table { page, ..Table::default() });
    }

    /// Changes the table, and keeps the sessions if those have changed.
    fn change(&self, now: Duration, change: impl FnOnce(&mut Table)) {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let text = {
            let mut table = self.table(now);
            let before = table.sessions.clone();
            change(&mut table);
            (table.sessions != before).then(|| table.to_text())
        };
        if let (Some(file), Some(text)) = (&*file, text) {
            keep(file, &text);
        }
    }

    /// The table without what has expired.
    fn table(&self, now: Duration) -> MutexGuard<'_, Table> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.invitations.retain(|(_, until)| now < *until);
        table.sessions.retain(|session| now < session.until);
        table
    }
}

impl Table {
    /// As it is kept.
    fn to_text(&self) -> String {
        let sessions = self
            .sessions
            .iter()
            .map(|Session { hash, until_by_wall, .. }| format!("{hash} {}\n", until_by_wall.0));
        format!("{}\n{}", self.page, sessions.collect::<String>())
    }
}

/// The sessions in `file` that began under the token of the page with this hash, and are not over.
fn read(file: &Path, page: &str, now: Reading) -> io::Result<Vec<Session>> {
    let text = match files::is_ours_or_missing(file).and_then(|()| files::read(file, FILE_MOST)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let mut lines = text.lines();
    if lines.next() != Some(page) {
        return Ok(Vec::new());
    }
    let session = |line: &str| {
        let (hash, until) = line.split_once(' ')?;
        let until_by_wall = Time(until.parse().ok()?);
        let left = until_by_wall.since(now.0).min(SESSION_LASTS);
        Some(Session { hash: hash.to_owned(), until: now.1.saturating_add(left), until_by_wall })
    };
    let sessions: Option<Vec<_>> = lines.take(SESSIONS_MOST).map(session).collect();
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
    let mut sessions = sessions.ok_or_else(damaged)?;
    sessions.retain(|session| now.1 < session.until);
    Ok(sessions)
}

/// Keeps `text` in the place of what is in `file`. What can't be written goes: a session that was
/// ended must not come back.
fn keep(file: &Path, text: &str) {
    let Err(error) = files::replace(file, text) else { return };
    let shown = file.display();
    log::warn!("`{shown}` can't be written, so everybody signs in again after a restart: {error}");
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => log::error!(
            "`{shown}` can't be removed either: after a restart who has signed out is signed in \
             again, until `scrobbled rotate page`: {error}"
        ),
        Ok(()) | Err(_) => {}
    }
}

/// What is kept of a secret: it can be known again, and not be told.
fn hash(secret: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(5);
    const WALL: Time = Time(1_790_000_000_000);

    fn invited(sessions: &BrowserSessions, now: Duration) -> Vec<u8> {
        sessions.invite(now).expect("random bytes").reveal().as_bytes().to_vec()
    }

    /// The id of a new session.
    fn signed_in(sessions: &BrowserSessions, now: Duration) -> Vec<u8> {
        let token = invited(sessions, now);
        let wall = WALL.after(now.saturating_sub(START));
        let id =
            sessions.begin(&token, (wall, now)).expect("random bytes").expect("the link opens");
        id.reveal().as_bytes().to_vec()
    }

    #[test]
    fn a_link_opens_once() {
        let sessions = BrowserSessions::default();
        let token = invited(&sessions, START);
        assert!(sessions.is_invited(&token, START));
        let id = sessions.begin(&token, (WALL, START)).expect("random bytes").expect("a session");
        assert!(sessions.knows(id.reveal().as_bytes(), START));
        assert!(!sessions.is_invited(&token, START));
        assert_eq!(sessions.begin(&token, (WALL, START)).expect("random bytes"), None);
    }

    #[test]
    fn links_and_sessions_end_with_their_time() {
        let sessions = BrowserSessions::default();
        let token = invited(&sessions, START);
        let last = (START + INVITATION_LASTS).saturating_sub(Duration::from_millis(1));
        assert!(sessions.is_invited(&token, last));
        assert!(!sessions.is_invited(&token, START + INVITATION_LASTS));
        let id = signed_in(&sessions, START);
        let last = (START + SESSION_LASTS).saturating_sub(Duration::from_millis(1));
        assert!(sessions.knows(&id, last));
        assert!(!sessions.knows(&id, START + SESSION_LASTS));
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let sessions = BrowserSessions::default();
        let links: Vec<_> = (0..=INVITATIONS_MOST).map(|_| invited(&sessions, START)).collect();
        let open = links.iter().filter(|link| sessions.is_invited(link, START)).count();
        assert_eq!((open, sessions.is_invited(&links[0], START)), (INVITATIONS_MOST, false));
        let all: Vec<_> = (0..=SESSIONS_MOST).map(|_| signed_in(&sessions, START)).collect();
        let lives = |id: &Vec<u8>| sessions.knows(id, START);
        assert_eq!(
            (all.iter().filter(|id| lives(id)).count(), lives(&all[0])),
            (SESSIONS_MOST, false)
        );
    }

    #[test]
    fn signing_out_ends_one_session_or_all() {
        let sessions = BrowserSessions::default();
        let (one, other) = (signed_in(&sessions, START), signed_in(&sessions, START));
        let find = |id: &[u8]| sessions.knows(id, START);
        sessions.end(&one, START);
        assert_eq!((find(&one), find(&other)), (false, true));
        let link = invited(&sessions, START);
        sessions.end_all(&Secret::new("new"), START);
        assert_eq!((find(&other), sessions.is_invited(&link, START)), (false, false));
    }

    /// The sessions of `folder`, as a start finds them after so long that begins at 0 s.
    fn restarted(folder: &Path, token: &str, after: Duration) -> BrowserSessions {
        BrowserSessions::open(folder, &Secret::new(token), (WALL.after(after), Duration::ZERO))
    }

    #[test]
    fn sessions_outlive_a_restart_to_the_same_end_and_their_ids_are_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let start = || restarted(folder.path(), "token", Duration::ZERO);
        let first = start();
        let ids: Vec<_> = (0..3).map(|_| signed_in(&first, START)).collect();
        first.end(&ids[1], START);
        let text = fs::read_to_string(folder.path().join("sessions")).expect("they are kept");
        for id in &ids {
            let id = String::from_utf8_lossy(id);
            assert!(!text.contains(&*id), "{text}");
        }
        let known = |sessions: &BrowserSessions, at| {
            ids.iter().map(|id| sessions.knows(id, at)).collect::<Vec<_>>()
        };
        assert_eq!(known(&start(), Duration::ZERO), [true, false, true]);
        let day = Duration::from_secs(24 * 3600);
        let later = restarted(folder.path(), "token", 29 * day);
        assert_eq!(known(&later, Duration::ZERO), [true, false, true]);
        assert_eq!(known(&later, day), [false; 3], "thirty days are over");
        let after = restarted(folder.path(), "token", 30 * day);
        assert_eq!(known(&after, Duration::ZERO), [false; 3]);
        // A clock that has yet to be set shows a time before all of this.
        let early = BrowserSessions::open(folder.path(), &Secret::new("token"), (Time(0), START));
        assert_eq!(known(&early, START + 29 * day), [true, false, true]);
        assert_eq!(known(&early, START + 30 * day), [false; 3]);
    }

    #[test]
    fn another_token_of_the_page_ends_them_whoever_has_changed_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = restarted(folder.path(), "token", Duration::ZERO);
        let id = signed_in(&first, START);
        assert!(!restarted(folder.path(), "other", Duration::ZERO).knows(&id, Duration::ZERO));
        first.end_all(&Secret::new("other"), START);
        let new = signed_in(&first, START);
        let again = restarted(folder.path(), "other", Duration::ZERO);
        assert_eq!((again.knows(&id, START), again.knows(&new, START)), (false, true));
        assert!(!restarted(folder.path(), "token", Duration::ZERO).knows(&id, Duration::ZERO));
    }

    #[test]
    fn what_cannot_be_read_or_written_costs_a_session_and_brings_none_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("sessions");
        let first = restarted(folder.path(), "token", Duration::ZERO);
        let (one, other) = (signed_in(&first, START), signed_in(&first, START));
        fs::create_dir(file.with_extension("new")).expect("in the way");
        first.end(&one, START);
        assert_eq!((first.knows(&one, START), first.knows(&other, START)), (false, true));
        let again = restarted(folder.path(), "token", Duration::ZERO);
        assert!(!again.knows(&one, Duration::ZERO));
        let page = hash(b"token");
        for text in
            ["", "no hash", &format!("{page}\nx"), &format!("{page}\nx y\n"), &"x".repeat(99_999)]
        {
            fs::write(&file, text).expect("written");
            let sessions = restarted(folder.path(), "token", Duration::ZERO);
            assert!(sessions.table(Duration::ZERO).sessions.is_empty(), "{text}");
        }
    }
}
