//! A clock that is moved by hand while a command runs, and while somebody watches.

use crate::daemon::by_hand::Rig;
use crate::daemon::{Said, wait_for};
use scrobbled::control::Request;
use scrobbled::control::socket::ControlClient;
use serde_json::Value;
use std::cell::Cell;
use std::process::Child;
use std::time::Duration;

pub(crate) fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Looks at how a server is being connected, if one is, as the page would. The command does so by the
/// machine's clock, and who has not looked for half a minute has left: by hand that may be over before.
pub(crate) fn look_on(rig: &Rig) {
    let client = ControlClient::connect(&rig.daemon.data().join("control.sock"));
    // Where none is being connected, or no daemon is left, there is nothing to see.
    let _ = client.map(|mut client| client.ask(&Request::ConnectState { seen: 0 }));
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
                look_on(rig);
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
