//! Which trackers are there? The one place that names each.

use super::mdblist::{self, MdbList};
use super::simkl::{self, Simkl};
use super::trakt::{self, Trakt};
use super::{Names, Tracker};
use crate::config::Settings;
use crate::delivery::{NoApp, RECEIVER_PREFIX};
use crate::intent::Intent;
use std::time::Duration;

/// Makes a tracker as the settings have it, with the limit of each call, which is rounded up to whole
/// seconds.
type Make = fn(&Settings, Duration) -> Box<dyn Tracker>;

/// All of them, in the order in which they are shown.
const ALL: [(Names, Make); 3] = [
    (trakt::NAMES, |settings, limit| Box::new(Trakt::new(&settings.trakt, limit))),
    (simkl::NAMES, |settings, limit| Box::new(Simkl::new(&settings.simkl, limit))),
    (mdblist::NAMES, |settings, limit| Box::new(MdbList::new(&settings.mdblist, limit))),
];

/// What each is called.
pub fn names() -> impl Iterator<Item = Names> {
    ALL.iter().map(|(names, _)| *names)
}

/// What the tracker with this name is called in sentences; the name itself where there is none, or
/// where it is none yet, and of a receiver its own.
#[must_use]
pub fn title(name: &str) -> &str {
    let known = names().find(|names| names.name == name).map(|names| names.title);
    known.or_else(|| name.strip_prefix(RECEIVER_PREFIX)).unwrap_or(name)
}

/// Whether this build has the tracker with this name: what is kept may be another's.
#[must_use]
pub fn is_known(name: &str) -> bool {
    names().any(|names| names.name == name)
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

/// Tells whether the tracker with a name has no use for an intent.
pub fn needless(settings: &Settings) -> impl Fn(&str, &Intent) -> bool + Send + use<> {
    let all: Vec<_> = make(settings, Duration::ZERO).collect();
    move |name, intent| {
        let tracker = all.iter().find(|tracker| tracker.traits().names.name == name);
        tracker.is_some_and(|tracker| tracker.needless(intent).is_some())
    }
}

/// Whether the tracker with this name may make a play of a start that nobody ends.
#[must_use]
pub fn makes_plays_of_starts(settings: &Settings, name: &str) -> bool {
    let tracker = make_one(name, settings, Duration::ZERO);
    tracker.is_ok_and(|tracker| tracker.traits().makes_plays_of_starts)
}

/// Each tracker, and whether it has an app to log in with: why not, where it has none.
#[must_use]
pub fn with_apps(settings: &Settings) -> Vec<(Names, Result<(), NoApp>)> {
    let one = |tracker: Box<dyn Tracker>| {
        (tracker.traits().names, tracker.lacks_app().map_or(Ok(()), Err))
    };
    make(settings, Duration::ZERO).map(one).collect()
}

/// What each tracker needs, where none has an app to log in with; else nothing.
#[must_use]
pub fn lacking_apps(settings: &Settings) -> Vec<NoApp> {
    let apps = with_apps(settings).into_iter().map(|(_, app)| app.map_or_else(Some, |()| None));
    apps.collect::<Option<_>>().unwrap_or_default()
}

/// The first that has an app to log in with; without one the first of all.
#[must_use]
pub fn first(settings: &Settings) -> Names {
    let apps = with_apps(settings);
    apps.into_iter().find(|(_, app)| app.is_ok()).map_or(ALL[0].0, |(names, _)| names)
}
