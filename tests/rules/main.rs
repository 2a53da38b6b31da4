//! Does each playback rule hold at its limits, read by somebody who wants to break it? Against the
//! real daemon, on a clock that is moved by hand. Of rules 12, 14, 17 and 18 only the table of cases
//! (`cases.rs`) speaks.

#![cfg(test)]

#[path = "../daemon/mod.rs"]
mod daemon;
mod ends;
mod glitches;
mod meaning;
mod memory;
mod once;
mod people;
mod position;
mod starts;

use crate::daemon::all_good;
use crate::daemon::by_hand::Rig;
use crate::daemon::script::calls;
use crate::daemon::webhook::Webhook;
use std::time::Duration;

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// Posts one after the other with the waits before them, and tells what Trakt saw.
pub(crate) fn seen(config: &str, posts: &[(u64, Webhook)]) -> Vec<String> {
    let mut rig = Rig::with_config(config);
    for (wait, webhook) in posts {
        rig.wait(seconds(*wait));
        rig.daemon.post(&Webhook { now: rig.now(), ..webhook.clone() });
    }
    rig.wait(seconds(10));
    calls(&rig)
}

/// A name, what is posted after how many seconds, and what Trakt sees.
pub(crate) type Case<'a> = (&'a str, Vec<(u64, Webhook)>, &'a [&'a str]);

/// A table of such cases.
#[track_caller]
pub(crate) fn check_posts(config: &str, cases: &[Case<'_>]) {
    let mut wrong = Vec::new();
    for (name, posts, expected) in cases {
        let seen = seen(config, posts);
        if seen != *expected {
            wrong.push(format!("{name}:\n  expected {expected:?}\n       saw {seen:?}"));
        }
    }
    all_good(&wrong);
}
