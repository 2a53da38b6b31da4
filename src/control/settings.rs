//! The settings as a person sees and changes them.
//!
//! What can't be taken changes nothing: the previous settings stay in force, and it is said why.
//! One reads or changes the config at a time, so that an older text never comes after a newer one;
//! and a change is made in the file as it is then, not as it was when it was looked at.

use super::Handler;
use super::answers::{Reloaded, Saved};
use super::replace::replace;
use crate::config::{
    self, AppliedChanges, Changed, ConfigError, Control, Loaded, Place, Setting, Surroundings,
    Whence,
};
use crate::desk::shown::UnclaimedShown;
use crate::desk::{Command, CommandResult};
use crate::event::Source;
use serde_json::{Value, json};
use std::fs;
use std::path::{self, Path, PathBuf};
use std::sync::PoisonError;

impl Handler {
    /// Takes the config file as it is now, or `text` in its place.
    pub(super) fn reload(&self, text: Option<&str>) -> CommandResult {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        match self.load(text)? {
            Ok(loaded) => {
                let taken = self.take(&loaded);
                for finding in &loaded.findings {
                    log::warn!("{finding}");
                }
                let unclaimed = self.unclaimed(&loaded)?;
                for sentence in &unclaimed {
                    log::warn!("{sentence}");
                }
                let AppliedChanges { changed, restart } = taken;
                Ok(json!(Reloaded { changed, restart, unclaimed, findings: loaded.notes() }))
            }
            Err(error) => Err(self.refuse(&error)),
        }
    }

    /// What of `text` does not count yet.
    pub(super) fn compare(&self, text: &str) -> CommandResult {
        let loaded = self.load(Some(text))?.map_err(|error| error.to_string())?;
        let AppliedChanges { changed, restart } = self.live.would_take(&loaded);
        Ok(json!(Reloaded { changed, restart, ..Reloaded::default() }))
    }

    /// The config file as it is now, or `text` in its place.
    fn load(&self, text: Option<&str>) -> Result<Result<Loaded, ConfigError>, String> {
        let around = Surroundings::of_this_process();
        Ok(match (self.live.told().whence, text) {
            (Whence::Nowhere, _) => {
                return Err("this daemon's settings do not come from a config file".to_owned());
            }
            (Whence::Anywhere, None) => config::load(None, &around),
            (Whence::Anywhere, Some(text)) => config::read(text, None, &around),
            (Whence::File(path), None) => config::load(Some(&path), &around),
            (Whence::File(path), Some(text)) => config::read(text, Some(&path), &around),
        })
    }

    /// Every setting: how it stands, what it means, where it was written.
    pub(super) fn settings(&self) -> Value {
        let (told, settings) = (self.live.told(), self.live.config());
        let row = |setting: &Setting| {
            let is_of_account = setting.section == "account" && settings.accounts_configured;
            let place = told.origins.place(&setting.label, setting.name);
            row(setting, if is_of_account { Some(Place::File) } else { place })
        };
        let rows: Vec<Value> = config::list(&settings).iter().map(row).collect();
        let (file, copy) = match &told.whence {
            Whence::File(path) => {
                let path = path::absolute(path).unwrap_or_else(|_| path.clone());
                match config::original(&path, &Surroundings::of_this_process()) {
                    Some(original) => (Some(original), Some(path)),
                    None => (Some(path), None),
                }
            }
            Whence::Nowhere | Whence::Anywhere => (None, None),
        };
        json!({ "file": file, "copy": copy, "restart": told.restart, "trouble": told.trouble, "settings": rows })
    }

    /// Changes one setting in the config file, and lets it count. Where the file can't be written
    /// the answer is what is to be written there by hand.
    pub(super) fn set(&self, key: &str, value: &Value) -> CommandResult {
        self.write(key, |text, path, around| config::change(text, path, around, key, value))
    }

    /// The same for the list of an account's users at a kind of media server.
    pub(super) fn set_users(&self, account: &str, kind: Source, users: &[String]) -> CommandResult {
        let key = format!("account {account}.{}", kind.word());
        let users = json!(users);
        self.write(&key, |text, path, around| {
            config::change_account(text, path, around, (account, kind), &users)
        })
    }

    /// Makes a change in the file, and lets it count.
    fn write(
        &self,
        key: &str,
        change: impl Fn(&str, Option<&Path>, &Surroundings) -> Result<Changed, String>,
    ) -> CommandResult {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let around = Surroundings::of_this_process();
        let Whence::File(path) = self.live.told().whence else {
            let Changed { lines, .. } = change("", None, &around)?;
            return Ok(by_hand("there is no config file", None, &lines));
        };
        let shown = path.display();
        let original = config::original(&path, &around);
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("`{shown}` can't be read: {error}"))?;
        let Changed { lines, text: new } = change(&text, Some(&path), &around)?;
        let Some((new, loaded)) = new else {
            let why = format!("`{shown}` has it in a form that can't be changed from here");
            return Ok(by_hand(&why, original, &lines));
        };
        if let Err(error) = replace(&path, &text, &new) {
            return Ok(by_hand(&format!("`{shown}` can't be written: {error}"), original, &lines));
        }
        log::info!("`{key}` was changed in {shown}");
        let before = self.live.told().findings;
        let AppliedChanges { changed, restart } = self.take(&loaded);
        let findings: Vec<_> =
            loaded.notes().into_iter().filter(|finding| !before.contains(finding)).collect();
        for finding in &findings {
            log::warn!("{finding}");
        }
        Ok(json!(Saved { saved: true, changed, restart, findings }))
    }

    /// Lets `loaded` count, and tells the log what that changes.
    pub(super) fn take(&self, loaded: &Loaded) -> AppliedChanges {
        let taken = self.live.take(loaded);
        log::set_max_level(self.live.settings().log);
        let path = loaded.path.as_deref().unwrap_or(Path::new("no file")).display();
        let changed = match taken.changed.as_slice() {
            [] if taken.restart.is_empty() => "; nothing changes".to_owned(),
            [] => String::new(), // what waits is said below
            keys => format!("; in effect now: {}", keys.join(", ")),
        };
        log::info!("read the config again ({path}){changed}");
        if !taken.restart.is_empty() {
            log::warn!("{}", config::waits_for_restart(&taken.restart));
        }
        for server in &self.live.settings().media_servers {
            let switch = format!("{}.catch_up", server.section());
            if server.catch_up && taken.changed.contains(&switch) {
                self.histories.soon(server.kind, server.name());
            }
        }
        taken
    }

    /// What is kept for accounts that this config does not have, in sentences: said before a
    /// restart leaves it behind.
    fn unclaimed(&self, loaded: &Loaded) -> Result<Vec<String>, String> {
        let accounts = loaded.settings.accounts.clone();
        let unclaimed = self.queue.ask(Command::Unclaimed(accounts))?;
        let unclaimed: Vec<UnclaimedShown> =
            serde_json::from_value(unclaimed).map_err(|error| error.to_string())?;
        Ok(unclaimed.into_iter().map(|one| one.sentence).collect())
    }

    fn refuse(&self, error: &ConfigError) -> String {
        let why = error.to_string().replace('\n', "; ");
        log::error!("the changed config has errors, so the previous settings stay in force: {why}");
        self.live.refuse(why.clone());
        why
    }
}

/// What is to be written by hand, and why; into the original, where the file is a copy of one.
fn by_hand(why: &str, original: Option<PathBuf>, lines: &str) -> Value {
    let place =
        original.map_or("the config".to_owned(), |original| format!("`{}`", original.display()));
    let mend = format!(
        "write these lines into {place}, then run `scrobbled reload` (for a service with sudo)"
    );
    json!({ "saved": false, "why": format!("{why}; {mend}"), "lines": lines })
}

fn row(setting: &Setting, place: Option<Place>) -> Value {
    let Setting { section, block, meaning, allowed, restart, control, .. } = setting;
    let name_in = |of_accounts: bool| {
        let block = block.as_ref().filter(|_| (*section == "account") == of_accounts);
        block.map(|block| block.name.as_str())
    };
    let [value, default] = setting.as_json();
    let (origin, line) = match place {
        None => ("default", None),
        Some(Place::Environment) => ("environment", None),
        Some(Place::Line(line)) => ("file", Some(line)),
        Some(Place::File) => ("file", None),
    };
    let (kind, range) = match control {
        Some(Control::Switch) => (Some("switch"), None),
        Some(Control::List) => (Some("list"), None),
        Some(Control::Number { least, most, unit }) => {
            (Some("number"), Some(json!({ "least": least, "most": most, "unit": unit })))
        }
        None => (None, None),
    };
    json!({
        "key": setting.key(),
        "section": section,
        "account": name_in(true),
        "server": name_in(false),
        "value": value,
        "default": default,
        "meaning": meaning,
        "takes": allowed,
        "origin": origin,
        "line": line,
        "variable": setting.environment(),
        "restart": restart,
        "control": kind.filter(|_| place != Some(Place::Environment)),
        "range": range,
    })
}
