//! Who has signed in?
//!
//! An invitation is the token of a sign-in link: good once, and for ten minutes. Who shows it
//! begins a session, whose id every request shows from then on, and which ends by itself after thirty
//! days. All of it lives in memory and has a bound; after a restart everybody signs in again.
//!
//! Times are the steady clock's. Not here: headers (`visit`), where a browser keeps the id (`page`).

use super::tokens::random;
use crate::secret::Secret;
use std::io;
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

/// Who has signed in, and who may.
#[derive(Debug, Default)]
pub struct BrowserSessions(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    invitations: Vec<(Secret, Duration)>,
    sessions: Vec<BrowserSession>,
}

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserSession {
    /// What shows that a request is its own.
    pub id: Secret,
    until: Duration,
}

impl BrowserSessions {
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

    /// Begins a session for who shows the token of a link; the link is used up. `None` where it
    /// is no longer, or never was, one.
    ///
    /// # Errors
    /// When the system gives no random bytes; the link still opens then.
    pub fn begin(&self, token: &[u8], now: Duration) -> io::Result<Option<BrowserSession>> {
        let session = BrowserSession { id: random()?, until: now.saturating_add(SESSION_LASTS) };
        let mut table = self.table(now);
        let Some(place) = table.invitations.iter().position(|(known, _)| known.is(token)) else {
            return Ok(None);
        };
        table.invitations.remove(place);
        if table.sessions.len() >= SESSIONS_MOST {
            table.sessions.remove(0); // they stand in the order of their beginning
        }
        table.sessions.push(session.clone());
        Ok(Some(session))
    }

    /// The session of this id.
    pub fn find(&self, id: &[u8], now: Duration) -> Option<BrowserSession> {
        self.table(now).sessions.iter().find(|session| session.id.is(id)).cloned()
    }

    /// Ends one session.
    pub fn end(&self, id: &[u8], now: Duration) {
        self.table(now).sessions.retain(|session| !session.id.is(id));
    }

    /// Ends all sessions, and no link opens any more.
    pub fn end_all(&self, now: Duration) {
        *self.table(now) = Table::default();
    }

    /// The table without what has expired.
    fn table(&self, now: Duration) -> MutexGuard<'_, Table> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.invitations.retain(|(_, until)| now < *until);
        table.sessions.retain(|session| now < session.until);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(5);

    fn invited(sessions: &BrowserSessions, now: Duration) -> Vec<u8> {
        sessions.invite(now).expect("random bytes").reveal().as_bytes().to_vec()
    }

    fn signed_in(sessions: &BrowserSessions, now: Duration) -> BrowserSession {
        let token = invited(sessions, now);
        sessions.begin(&token, now).expect("random bytes").expect("the link opens")
    }

    #[test]
    fn a_link_opens_once() {
        let sessions = BrowserSessions::default();
        let token = invited(&sessions, START);
        assert!(sessions.is_invited(&token, START));
        let session = sessions.begin(&token, START).expect("random bytes").expect("a session");
        assert_eq!(sessions.find(session.id.reveal().as_bytes(), START), Some(session.clone()));
        assert!(!sessions.is_invited(&token, START));
        assert_eq!(sessions.begin(&token, START).expect("random bytes"), None);
    }

    #[test]
    fn links_and_sessions_end_with_their_time() {
        let sessions = BrowserSessions::default();
        let token = invited(&sessions, START);
        let last = (START + INVITATION_LASTS).saturating_sub(Duration::from_millis(1));
        assert!(sessions.is_invited(&token, last));
        assert!(!sessions.is_invited(&token, START + INVITATION_LASTS));
        let session = signed_in(&sessions, START);
        let id = session.id.reveal().as_bytes();
        let last = (START + SESSION_LASTS).saturating_sub(Duration::from_millis(1));
        assert!(sessions.find(id, last).is_some());
        assert_eq!(sessions.find(id, START + SESSION_LASTS), None);
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let sessions = BrowserSessions::default();
        let links: Vec<_> = (0..=INVITATIONS_MOST).map(|_| invited(&sessions, START)).collect();
        let open = links.iter().filter(|link| sessions.is_invited(link, START)).count();
        assert_eq!((open, sessions.is_invited(&links[0], START)), (INVITATIONS_MOST, false));
        let all: Vec<_> = (0..=SESSIONS_MOST).map(|_| signed_in(&sessions, START)).collect();
        let lives = |session: &BrowserSession| {
            sessions.find(session.id.reveal().as_bytes(), START).is_some()
        };
        assert_eq!(
            (all.iter().filter(|s| lives(s)).count(), lives(&all[0])),
            (SESSIONS_MOST, false)
        );
    }

    #[test]
    fn signing_out_ends_one_session_or_all() {
        let sessions = BrowserSessions::default();
        let (one, other) = (signed_in(&sessions, START), signed_in(&sessions, START));
        let find = |session: &BrowserSession| sessions.find(session.id.reveal().as_bytes(), START);
        sessions.end(one.id.reveal().as_bytes(), START);
        assert_eq!((find(&one), find(&other)), (None, Some(other.clone())));
        let link = invited(&sessions, START);
        sessions.end_all(START);
        assert_eq!((find(&other), sessions.is_invited(&link, START)), (None, false));
    }
}
