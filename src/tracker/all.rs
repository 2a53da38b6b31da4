//! Which trackers are there? The one place that names each.

use super::simkl::{self, Simkl};
use super::trakt::{self, Trakt};
use super::{Names, Tracker};
use crate::config::Settings;
use crate::delivery::Destination;
use std::time::Duration;

/// Makes a tracker as the settings have it, with the limit of each call, which is rounded up to whole
/// seconds.
type Make = fn(&Settings, Duration) -> Box<dyn Tracker>;

/// All of them, in the order in which they are shown.
const ALL: [(Names, Make); 2] = [
    (trakt::NAMES, |settings, limit| Box::new(Trakt::new(&settings.trakt, limit))),
    (simkl::NAMES, |settings, limit| Box::new(Simkl::new(&settings.simkl, limit))),
];

/// What each is called.
pub fn names() -> impl Iterator<Item = Names> {
    ALL.iter().map(|(names, _)| *names)
}

/// What the tracker with this name is called in sentences; the name itself where there is none, or
/// where it is none yet.
#[must_use]
pub fn title(name: &str) -> &str {
    names().find(|names| names.name == name).map_or(name, |names| names.title)
}

/// The tracker with this name.
///
/// # Errors
/// When there is none, with the names that there are.
pub fn make_one(
    name: &str,
    settings: &Settings,
    limit: Duration,
) -> Result<Box<dyn Tracker>, String> {
    let made = make(settings, limit).find(|tracker| tracker.traits().names.name == name);
    made.ok_or_else(|| {
        let names: Vec<&str> = names().map(|names| names.name).collect();
        format!("there is no tracker `{name}`; choose {}", names.join(", "))
    })
}

/// Each tracker.
pub fn make(settings: &Settings, limit: Duration) -> impl Iterator<Item = Box<dyn Tracker>> {
    ALL.iter().map(move |(_, make)| make(settings, limit))
}

/// Where what is told of `account` may go.
pub fn destinations(account: &str) -> impl Iterator<Item = Destination> {
    names().map(move |names| Destination::new(account, names.name))
}
