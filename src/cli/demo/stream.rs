//! What does the demo show of listening? A stand-in for Plex streams what plays, and nobody posts it.

use super::super::reach::understood;
use super::super::{Failure, say_lines};
use crate::clock::Clock;
use crate::control::{Handler, Request};
use crate::desk::shown::{EventShown, Status};
use standin::Time;
use standin::plex::{Library, Plex, Server, Watch};
use standin::trakt::Catalogue;
use std::sync::mpsc::channel;
use std::time::Duration;

/// What is played, as the stand-ins call it.
pub(super) const LABEL: &str = "Harbour Nine 2x10";
const PLAYER: &str = "Living Room TV";
/// How long it takes at most until something is heard.
const PATIENCE: Duration = Duration::from_secs(10);
/// A start leaves after two seconds.
const UNTIL_IT_LEFT: Duration = Duration::from_secs(3);

pub(super) fn server(now: impl Fn() -> Time + Send + Sync + 'static) -> std::io::Result<Server> {
    Server::start(Plex::new(Library::of(&Catalogue::samples())), "127.0.0.1:0", now)
}

/// Plays it, and says what is heard of it and what becomes of that.
pub(super) fn show(plex: &Server, handler: &Handler, clock: &Clock) -> Result<(), Failure> {
    say_lines(format_args!("Plex plays {LABEL} and posts nothing; scrobbled listens to it:"));
    let now = || Time(clock.now().0);
    let mut seen = 0;
    let watch = Watch { who: Some("mara.finch"), player: PLAYER, what: LABEL, from_ms: 0 };
    plex.with(|plex| plex.play(&watch, now()));
    wait_for("start", &mut seen, handler, clock)?;
    pause(clock, UNTIL_IT_LEFT);
    plex.with(|plex| plex.seek(PLAYER, 42 * 60_000, now()));
    wait_for("completed", &mut seen, handler, clock)?;
    plex.with(|plex| plex.stop(PLAYER, now()));
    wait_for("stop", &mut seen, handler, clock)
}

/// Says what is heard until this is.
fn wait_for(event: &str, seen: &mut u64, handler: &Handler, clock: &Clock) -> Result<(), Failure> {
    let until = clock.steady().saturating_add(PATIENCE);
    let mut is_there = false;
    while !is_there && clock.steady() < until {
        let status: Status = understood(handler.handle(Request::Status)?)?;
        let is_new = |one: &&EventShown| one.id > *seen && one.ear.as_deref() == Some("stream");
        let mut new: Vec<&EventShown> = status.events.iter().filter(is_new).collect();
        new.sort_by_key(|one| one.id);
        for one in &new {
            say_lines(format_args!("  {:<38} {}: {}", one.event, one.outcome, one.reason));
            is_there |= one.event == event;
        }
        *seen = new.last().map_or(*seen, |one| one.id);
        pause(clock, Duration::from_millis(50));
    }
    Ok(())
}

fn pause(clock: &Clock, span: Duration) {
    let (_never, wait) = channel::<()>();
    let _ = clock.receive(&wait, Some(span)); // always the end of the time
}
