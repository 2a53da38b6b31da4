//! `scrobbled restore`: brings back what `backup` has written.

use super::reach::Reach;
use super::{Failure, say, service};
use crate::config::Loaded;
use crate::daemon::{self, Restored};
use std::path::Path;

pub(super) fn restore(loaded: &Loaded, file: &Path, force: bool) -> Result<(), Failure> {
    let folder = service::data_folder(loaded);
    let config = loaded.path.as_deref();
    if let Some((_, using)) = Reach::running(&folder, config)? {
        let stop = if service::is_meant(config) { ": `sudo systemctl stop scrobbled`" } else { "" };
        return Err(format!("{using}; stop the daemon first{stop}").into());
    }
    let Restored { kept, had_tokens } = daemon::restore_backup(file, &folder, force)?;
    say(format_args!("restored {} to {}", file.display(), folder.display()));
    if let Some(kept) = &kept {
        say(format_args!(
            "what was there before is kept in {}; delete it once you no longer need it",
            kept.display()
        ));
    }
    if !had_tokens {
        let addresses = if kept.is_some() {
            "those of the folder stay"
        } else {
            "new ones are made: paste the addresses of `scrobbled urls` into the media servers"
        };
        say(format_args!(
            "an earlier version wrote this backup, without webhook tokens; {addresses}"
        ));
    }
    say(format_args!("start the daemon with `{}`", service::start(config)));
    Ok(())
}
