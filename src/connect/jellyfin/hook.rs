//! How does our destination get into the Webhook plugin, and out of it again?
//!
//! There is no way to change one destination: the whole configuration is read, changed and written back. So it
//! is read again right before it is written, and after it; where somebody else has written meanwhile, it is
//! begun anew, [`TIMES`] at most.

use super::api::Api;
use super::destination::{EVENTS, Ours, is_there, with_ours, without_ours};
use super::plugin::CONFIGURATION;
use crate::connect::connection::Connection;
use serde_json::Value;

/// How often it is begun.
const TIMES: usize = 3;
const WHAT: &str = "the configuration of the Webhook plugin";

/// Where our destination was registered last.
pub(super) fn before(connection: &Connection) -> Option<&str> {
    connection.hook.as_ref().map(|hook| hook.address.as_str())
}

/// Which events our destination is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// All that we read.
    All,
    /// All but what is marked by hand: the plugin is too old for that.
    NoMarks,
}

impl Told {
    fn events(self) -> &'static [&'static str] {
        match self {
            Self::All => &EVENTS,
            Self::NoMarks => EVENTS.split_at(EVENTS.len() - 1).0,
        }
    }
}

/// Adds our destination, or makes it what it is to be.
pub(super) fn register(api: &Api<'_>, ours: Ours<'_>) -> Result<Told, String> {
    let mut why = String::new();
    for _ in 0..TIMES {
        let before = read(api)?;
        let is_so = |configuration: &Value, told: Told| {
            is_there(configuration, ours).is_some_and(|events| events == told.events())
        };
        if is_so(&before, Told::All) {
            return Ok(Told::All);
        }
        let wanted =
            |told: Told| with_ours(&before, ours, told.events()).ok_or_else(|| api.strange(WHAT));
        let all = wanted(Told::All)?;
        if read(api)? != before {
            continue; // somebody else is writing
        }
        let mut told = Told::All;
        let mut written = write(api, &all);
        if let Written::Stumbled(_) = written {
            // An old plugin stumbles over an event that it does not know, and over that alone: it takes the
            // rest, and stumbles again over all. Whatever else is the matter is no sign of its age.
            written = write(api, &wanted(Told::NoMarks)?);
            if let Written::Taken = written {
                if without_ours(&read(api)?, ours) != without_ours(&before, ours) {
                    continue;
                }
                written = write(api, &all);
                if let Written::Stumbled(_) = written {
                    (told, written) = (Told::NoMarks, Written::Taken);
                }
            }
        }
        match written {
            Written::Refused(sentence) | Written::Stumbled(sentence) => return Err(sentence),
            Written::Unknown(sentence) => why = sentence,
            Written::Taken => why.clear(),
        }
        let after = read(api)?;
        if is_so(&after, told) && without_ours(&after, ours) == without_ours(&before, ours) {
            return Ok(told);
        }
    }
    Err(if why.is_empty() { unsteady(api) } else { why })
}

/// Takes our destination out; whether it was there.
pub(super) fn remove(api: &Api<'_>, ours: Ours<'_>) -> Result<bool, String> {
    let mut why = String::new();
    for time in 0..=TIMES {
        let before = read(api)?;
        let new = without_ours(&before, ours).ok_or_else(|| api.strange(WHAT))?;
        if new == before {
            return Ok(time > 0);
        }
        if time == TIMES || read(api)? != before {
            continue;
        }
        match write(api, &new) {
            Written::Refused(sentence) | Written::Stumbled(sentence) => return Err(sentence),
            Written::Unknown(sentence) => why = sentence,
            Written::Taken => why.clear(),
        }
    }
    Err(if why.is_empty() { unsteady(api) } else { why })
}

/// The plugin's configuration, whole.
pub(super) fn read(api: &Api<'_>) -> Result<Value, String> {
    api.read(CONFIGURATION, WHAT)
}

enum Written {
    Taken,
    /// It was not stored.
    Refused(String),
    /// It was not stored, by an error of the server's own; so it is, too, where the plugin does not know a
    /// name in it.
    Stumbled(String),
    /// Nobody knows; what is read afterwards shows it.
    Unknown(String),
}

fn write(api: &Api<'_>, configuration: &Value) -> Written {
    match api.post(CONFIGURATION, Some(configuration)) {
        Ok(answer) => match api.good(&answer, WHAT) {
            Ok(()) => Written::Taken,
            Err(sentence) if answer.status == 500 => Written::Stumbled(sentence),
            Err(sentence) => Written::Refused(sentence),
        },
        Err(sentence) => Written::Unknown(sentence),
    }
}

fn unsteady(api: &Api<'_>) -> String {
    format!("something else keeps changing {WHAT} at {}; try again when it is done", api.url)
}
