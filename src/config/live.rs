//! How is everything set now?
//!
//! [`Live`] is the one place where settings change while the daemon runs. Who needs them asks for
//! them anew for each request or decision and keeps what it was given until that is done, so that
//! each is made under one version; nobody waits for anybody longer than a pointer is copied.
//!
//! Not here: who reads and writes the file (`control`).

use super::connected::{ServerId, with_connected, with_ids};
use super::takeover::{AppliedChanges, take_over};
use super::{Loaded, MediaServer, Origins, Settings};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The settings that count now, and what is known of where they come from.
#[derive(Debug, Default)]
pub struct Live {
    now: RwLock<Arc<Settings>>,
    parts: Mutex<Parts>,
    told: Mutex<ConfigStatus>,
}

/// Of what the settings are made.
#[derive(Debug, Default)]
struct Parts {
    /// As the config has them, as far as they count without a restart.
    config: Settings,
    /// The media servers that are connected.
    connected: Vec<MediaServer>,
    /// Which server answers at which address.
    ids: Vec<ServerId>,
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
        Self { told: Mutex::new(told), ..Self::from(settings) }
    }
}

impl From<Settings> for Live {
    fn from(settings: Settings) -> Self {
        let parts = Parts { config: settings.clone(), ..Parts::default() };
        let (now, parts) = (RwLock::new(Arc::new(settings)), Mutex::new(parts));
        Self { now, parts, told: Mutex::default() }
    }
}

impl Live {
    /// The settings as they are now.
    pub fn settings(&self) -> Arc<Settings> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same without the media servers that are connected: what the config says of them.
    pub fn config(&self) -> Settings {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).config.clone()
    }

    /// Lets these media servers count as connected from now on, and no others.
    pub fn connect(&self, connected: Vec<MediaServer>) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.connected = connected;
        self.put_together(&parts);
    }

    /// Lets these be the ids of servers that the config has without one.
    pub fn learn(&self, ids: Vec<ServerId>) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.ids = ids;
        self.put_together(&parts);
    }

    fn put_together(&self, parts: &Parts) {
        let config = with_ids(&parts.config, &parts.ids);
        let next = Arc::new(with_connected(&config, &parts.connected));
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// Where they come from.
    pub fn told(&self) -> ConfigStatus {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets what was loaded count from now on, as far as it can.
    pub fn take(&self, loaded: &Loaded) -> AppliedChanges {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = take_over(&loaded.settings, &mut parts.config);
        self.put_together(&parts);
        drop(parts);
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

    /// What [`Self::take`] would change.
    pub fn would_take(&self, loaded: &Loaded) -> AppliedChanges {
        take_over(&loaded.settings, &mut self.config())
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
