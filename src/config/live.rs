//! How is everything set now?
//!
//! [`Live`] is the one place where settings change while the daemon runs. Who needs them asks for
//! them anew for each request or decision and keeps what it was given until that is done, so that
//! each is made under one version; nobody waits for anybody longer than a pointer is copied.
//!
//! Not here: who reads and writes the file (`control`).

use super::takeover::{AppliedChanges, take_over};
use super::{Loaded, Origins, Settings};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The settings that count now, and what is known of where they come from.
#[derive(Debug, Default)]
pub struct Live {
    now: RwLock<Arc<Settings>>,
    told: Mutex<ConfigStatus>,
}

/// Where settings come from, and what became of the last ones.
#[derive(Clone, Debug, Default)]
pub struct ConfigStatus {
    /// Where they are looked for.
    pub whence: Whence,
    /// Where each value was written.
    pub origins: Origins,
    /// What is allowed but odd in what was taken last, each in a sentence.
    pub findings: Vec<String>,
    /// The keys that wait for a restart.
    pub restart: Vec<String>,
    /// Why what was read last could not be taken, if it could not.
    pub trouble: Option<String>,
}

/// Where the settings of a daemon are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Whence {
    /// Nowhere: a program has set them.
    #[default]
    Nowhere,
    /// In the usual places, where there was no file when it was last looked.
    Anywhere,
    /// In this file.
    File(PathBuf),
}

impl From<Loaded> for Live {
    fn from(loaded: Loaded) -> Self {
        let findings = loaded.notes();
        let Loaded { settings, findings: _, path, origins } = loaded;
        let whence = path.map_or(Whence::Anywhere, Whence::File);
        let told = ConfigStatus { whence, origins, findings, ..ConfigStatus::default() };
        Self { now: RwLock::new(Arc::new(settings)), told: Mutex::new(told) }
    }
}

impl From<Settings> for Live {
    fn from(settings: Settings) -> Self {
        Self { now: RwLock::new(Arc::new(settings)), told: Mutex::default() }
    }
}

impl Live {
    /// The settings as they are now.
    pub fn settings(&self) -> Arc<Settings> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where they come from.
    pub fn told(&self) -> ConfigStatus {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets what was loaded count from now on, as far as it can.
    pub fn take(&self, loaded: &Loaded) -> AppliedChanges {
        let mut next = (*self.settings()).clone();
        let taken = take_over(&loaded.settings, &mut next);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = &loaded.path {
            told.whence = Whence::File(path.clone());
        }
        told.origins.clone_from(&loaded.origins);
        told.findings = loaded.notes();
        told.restart.clone_from(&taken.restart);
        told.trouble = None;
        taken
    }

    /// Remembers why what was read can't be taken, until something can.
    pub fn refuse(&self, why: String) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).trouble = Some(why);
    }

    /// What a person should know of it, each in a sentence.
    pub fn warnings(&self) -> Vec<String> {
        let ConfigStatus { restart, trouble, .. } = self.told();
        let trouble = trouble.map(|why| {
            format!("the config can't be taken, the previous settings stay in force: {why}")
        });
        let restart = (!restart.is_empty()).then(|| waits_for_restart(&restart));
        trouble.into_iter().chain(restart).collect()
    }
}

/// That these keys need a restart, in a sentence.
pub(crate) fn waits_for_restart(keys: &[String]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    format!("changed in the config, but only a restart takes it: {}", quoted.join(", "))
}
