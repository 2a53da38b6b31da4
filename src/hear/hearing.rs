//! How well is each media server heard?

use crate::config::MediaServer;
use crate::event::{Source, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How well a media server is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// Since when it is listened to without trouble; `None`: it is not, now.
    pub since: Option<Time>,
    /// What has been in the way, in a sentence; until it is heard well.
    pub trouble: Option<String>,
}

/// Those of all that are listened to. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Hearings(Arc<Mutex<BTreeMap<(Source, String), Hearing>>>);

impl Hearings {
    /// How well a server is heard; `None` of one that is not listened to.
    #[must_use]
    pub fn of(&self, server: &MediaServer) -> Option<Hearing> {
        self.lock().get(&key(server)).cloned()
    }

    /// It is heard well from now on, if it was not; what has been in the way until now.
    pub(super) fn well(&self, server: &MediaServer, now: Time) -> Option<String> {
        let mut all = self.lock();
        let hearing = all.entry(key(server)).or_default();
        hearing.since.get_or_insert(now);
        hearing.trouble.take()
    }

    /// It is not heard now, and maybe why; whether nothing was known to be in the way before.
    pub(super) fn lost(&self, server: &MediaServer, trouble: Option<String>) -> bool {
        let mut all = self.lock();
        let hearing = all.entry(key(server)).or_default();
        hearing.since = None;
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
        self.lock().insert(key(server), Hearing { since, trouble });
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Source, String), Hearing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(server: &MediaServer) -> (Source, String) {
    (server.kind, server.name().to_owned())
}
