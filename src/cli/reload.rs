//! `scrobbled reload`: has the running daemon take the config as it is now.
//!
//! What stands in the file is read here and handed over: a service is given a copy of its config
//! when it starts, which never changes, and may not read the file itself.

use super::reach::Reach;
use super::{Failure, say};
use crate::config::{self, Loaded};
use crate::control::Request;
use crate::control::answers::Reloaded;
use crate::daemon::Purpose;
use std::fs;

pub(super) fn reload(loaded: &Loaded) -> Result<(), Failure> {
    let (mut reach, using) = Reach::find(loaded, Purpose::Look)?;
    if let Reach::Ourselves(..) = reach {
        return Err("no daemon is running; it reads the config when it starts".into());
    }
    let text = loaded.path.as_deref().map(fs::read_to_string).transpose()?;
    let Reloaded { changed, restart, unclaimed, findings } =
        reach.ask(&Request::Reload { text })?;
    say(using);
    match changed.as_slice() {
        [] if restart.is_empty() => say("nothing changes"),
        [] => {} // what waits is said below
        changed => say(format_args!("in effect now: {}", changed.join(", "))),
    }
    if !restart.is_empty() {
        say(config::waits_for_restart(&restart));
    }
    for sentence in unclaimed {
        say(sentence);
    }
    for finding in findings {
        say(format_args!("note: {finding}"));
    }
    Ok(())
}
