//! What plays at a media server, whether it posts or not?
//!
//! Each server with `hear` has a thread here. It does what its kind needs to hear what is played (a
//! loop of [`Listen`]), and hands that on as the same [`Event`](crate::event::Event)s as come by
//! webhook. When the loop ends, it is begun again: after a few seconds at first, in the end after five
//! minutes. What is in the way is logged when the second attempt fails as well, and once; and that it
//! is over.
//!
//! Each server is heard by itself, so that one that is down, slow or lies delays no other.
//!
//! Not here: whether an event is wanted (`filter`), what it means (`engine`), how a server is asked
//! (`media_server`).

mod hearing;
mod listener;
mod plays;
mod plex;
mod polls;
mod stop;
mod unposted;
mod whose;

pub use hearing::{Hearing, Hearings};
pub use listener::{End, Listen, Listener, Sink, Taken, Trouble};
pub use stop::{Stop, Stopped};
pub use unposted::Unposted;
pub use whose::WebhookUsers;

use crate::clock::Clock;
use crate::config::{MediaServer, Settings};
use crate::event::{Event, Source};
use crate::threads::Vital;
use std::io;
use std::sync::Arc;
use stop::Bell;

/// How each kind of media server is listened to.
static WAYS: &[(Source, Listen)] = &[
    (Source::Plex, plex::listen),
    (Source::Jellyfin, polls::listen),
    (Source::Emby, polls::listen),
];

/// The threads that listen.
pub struct Ears {
    bells: Vec<Bell>,
    hearings: Hearings,
}

/// Starts a thread for each media server that is to be listened to. What they hear goes to `sink`;
/// `open` is what was open when this process began, at whatever server.
///
/// # Errors
/// When there is no thread to be had.
pub fn start(
    settings: &Settings,
    clock: &Clock,
    vital: &Vital,
    sink: &Arc<Sink>,
    open: &[Event],
) -> io::Result<Ears> {
    let is_meant = |server: &&MediaServer| server.hear && server.can_be_asked();
    let mut ears = Ears { bells: Vec::new(), hearings: Hearings::default() };
    for server in settings.media_servers.iter().filter(is_meant) {
        match WAYS.iter().find(|(kind, _)| *kind == server.kind) {
            Some((_, listen)) => {
                let is_its = |event: &&Event| {
                    let its = settings.server(event.source, &event.server);
                    its.is_some_and(|its| (its.kind, its.name()) == (server.kind, server.name()))
                };
                let open = open.iter().filter(is_its).cloned().collect();
                ears.listen(server, *listen, open, clock, vital, sink)?;
            }
            None => log::warn!(
                "`{}.hear` is true, but this version can't listen to {}",
                server.section(),
                server.kind
            ),
        }
    }
    Ok(ears)
}

impl Ears {
    fn listen(
        &mut self,
        server: &MediaServer,
        listen: Listen,
        open: Vec<Event>,
        clock: &Clock,
        vital: &Vital,
        sink: &Arc<Sink>,
    ) -> io::Result<()> {
        let (bell, stop) = stop::pair();
        let (server, clock) = (server.clone(), clock.clone());
        let (hearings, sink) = (self.hearings.clone(), sink.clone());
        let name = format!("ear {}", server.section());
        drop(vital.spawn_while_needed(&name, move || {
            Listener::new(&server, &clock, &stop, &*sink, &hearings, &open).run(listen);
        })?);
        self.bells.push(bell);
        Ok(())
    }

    /// How well each server is heard.
    #[must_use]
    pub fn hearings(&self) -> Hearings {
        self.hearings.clone()
    }

    /// Ends the threads, without waiting for them.
    pub fn stop(&self) {
        self.bells.iter().for_each(Bell::ring);
    }
}

#[cfg(test)]
mod tests;
