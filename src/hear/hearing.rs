//! How well is each media server heard?

use crate::config::MediaServer;
use crate::event::{Source, Time};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How well a media server is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// Since when it is listened to without trouble; `None`: it is not, now.
    pub since: Option<Time>,
    /// What has been in the way, in a sentence; until it is heard well.
    pub trouble: Option<String>,
}

/// How well each is heard, by kind and name, and whether it was not heard for a while.
type All = BTreeMap<(Source, String), (Hearing, bool)>;

/// Is told of a server that is heard again: its kind and name.
type Again = Box<dyn Fn(Source, &str) + Send + Sync>;

/// Those of all that are listened to. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Hearings {
    all: Arc<Mutex<All>>,
    again: Arc<OnceLock<Again>>,
}

impl Hearings {
    /// How well a server is heard; `None` of one that is not listened to.
    #[must_use]
    pub fn of(&self, server: &MediaServer) -> Option<Hearing> {
        self.lock().get(&key(server)).map(|(hearing, _)| hearing.clone())
    }

    /// Has `told` told of each server that is heard again, after it was not for a while. Only the first
    /// who asks for it is told.
    pub fn when_heard_again(&self, told: impl Fn(Source, &str) + Send + Sync + 'static) {
        let _ = self.again.set(Box::new(told)); // as it says
    }

    /// A server is not listened to any more.
    pub(super) fn forget(&self, server: &MediaServer) {
        self.lock().remove(&key(server));
    }

    /// It is heard well from now on, if it was not; what has been in the way until now.
    pub(super) fn well(&self, server: &MediaServer, now: Time) -> Option<String> {
        let mut all = self.lock();
        let (hearing, was_lost) = all.entry(key(server)).or_default();
        hearing.since.get_or_insert(now);
        let was_lost = std::mem::take(was_lost);
        let trouble = hearing.trouble.take();
        drop(all);
        if let Some(again) = self.again.get().filter(|_| was_lost) {
            again(server.kind, server.name());
        }
        trouble
    }

    /// It is not heard now, and maybe why; whether nothing was known to be in the way before.
    pub(super) fn lost(&self, server: &MediaServer, trouble: Option<String>) -> bool {
        let mut all = self.lock();
        let (hearing, was_lost) = all.entry(key(server)).or_default();
        hearing.since = None;
        *was_lost = true;
        let is_new = hearing.trouble.is_none();
        if trouble.is_some() {
            hearing.trouble = trouble;
        }
        is_new
    }

    /// Lets it look as if a server were heard so.
    #[cfg(test)]
    pub(crate) fn pretend(&self, server: &MediaServer, since: Option<Time>, trouble: Option<&str>) {
        let trouble = trouble.map(str::to_owned);
        self.lock().insert(key(server), (Hearing { since, trouble }, false));
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Hearings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hearings").field(&*self.lock()).finish()
    }
}

fn key(server: &MediaServer) -> (Source, String) {
    (server.kind, server.name().to_owned())
}
