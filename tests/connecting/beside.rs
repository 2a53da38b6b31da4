//! A clock that is moved by hand while a command runs, and while somebody watches.

use crate::daemon::by_hand::Rig;
use crate::daemon::{Said, wait_for};
use serde_json::Value;
use std::cell::Cell;
use std::process::Child;
use std::time::Duration;

pub(crate) fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Waits for the end of a command, while time passes; `meanwhile` is done again and again.
pub(crate) fn end_of(mut child: Child, rig: &mut Rig, meanwhile: impl Fn(&Rig)) -> Said {
    let ended = Cell::new(None);
    wait_for(
        "the end of the command",
        || {
            ended.set(child.try_wait().expect("a child"));
            if ended.get().is_none() {
                meanwhile(rig);
                rig.step(Duration::from_millis(500));
            }
            ended.get()
        },
        Option::is_some,
    );
    let said = child.wait_with_output().expect("what it said");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { code: said.status.code(), out: text(said.stdout), err: text(said.stderr) }
}

/// So much time passes, a minute at a time.
pub(crate) fn pass(rig: &mut Rig, span: Duration) {
    let end = rig.now().after(span);
    while rig.now() < end {
        rig.step(minutes(1));
        rig.settle();
    }
}

/// What `status` says of the only server of this kind.
pub(crate) fn shown(rig: &Rig, kind: &str) -> Value {
    let status = rig.status();
    let all = status["servers"].as_array().expect("a list");
    all.iter().find(|one| one["kind"] == kind).cloned().unwrap_or_default()
}
