//! Reading the config again.
//!
//! What can't be taken changes nothing: the settings before go on, and it is said why. One reads
//! or changes the config at a time, so that an older text never comes after a newer one.

use super::Handler;
use crate::config::{self, ConfigError, Loaded, Surroundings, Taken, Whence};
use crate::daemon::Answer;
use serde_json::json;
use std::path::Path;
use std::sync::PoisonError;

impl Handler {
    /// Takes the config file as it is now, or `text` in its place.
    pub(super) fn reload(&self, text: Option<&str>) -> Answer {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let around = Surroundings::of_this_process();
        let loaded = match (self.live.told().whence, text) {
            (Whence::Nowhere, _) => {
                return Err("the settings of this daemon come from no config".to_owned());
            }
            (Whence::Anywhere, None) => config::load(None, &around),
            (Whence::Anywhere, Some(text)) => config::read(text, None, &around),
            (Whence::File(path), None) => config::load(Some(&path), &around),
            (Whence::File(path), Some(text)) => config::read(text, Some(&path), &around),
        };
        match loaded {
            Ok(loaded) => {
                let taken = self.take(&loaded);
                for finding in &loaded.findings {
                    log::warn!("{finding}");
                }
                Ok(json!({ "changed": taken.changed, "restart": taken.restart }))
            }
            Err(error) => Err(self.refuse(&error)),
        }
    }

    /// Lets `loaded` count, and tells the log what that changes.
    pub(super) fn take(&self, loaded: &Loaded) -> Taken {
        let taken = self.live.take(loaded);
        log::set_max_level(self.live.settings().log);
        let path = loaded.path.as_deref().unwrap_or(Path::new("no file")).display();
        let changed = match taken.changed.as_slice() {
            [] => "nothing changes".to_owned(),
            keys => format!("these change now: {}", keys.join(", ")),
        };
        log::info!("read the config again ({path}); {changed}");
        if !taken.restart.is_empty() {
            log::warn!("{}", config::waits_for_restart(&taken.restart));
        }
        taken
    }

    fn refuse(&self, error: &ConfigError) -> String {
        let why = error.to_string().replace('\n', "; ");
        log::error!("the config can't be taken, so that the settings before go on: {why}");
        self.live.refuse(why.clone());
        why
    }
}
