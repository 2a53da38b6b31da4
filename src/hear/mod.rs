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
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use stop::Bell;

/// How each kind of media server is listened to.
static WAYS: &[(Source, Listen)] = &[
    (Source::Plex, plex::listen),
    (Source::Jellyfin, polls::listen),
    (Source::Emby, polls::listen),
];

/// The threads that listen.
pub struct Ears {
    /// Those that run, by kind and name, each with the server as it is heard.
    running: Mutex<BTreeMap<(Source, String), (MediaServer, Bell)>>,
    hearings: Hearings,
    /// With what more are started; `None`: none ever is.
    starts: Option<Starts>,
}

/// With what a thread that listens is started.
struct Starts {
    clock: Clock,
    vital: Vital,
    sink: Arc<Sink>,
}

impl Ears {
    /// Nobody listens yet; what is heard goes to `sink`.
    #[must_use]
    pub fn new(clock: &Clock, vital: &Vital, sink: Arc<Sink>) -> Self {
        let starts = Starts { clock: clock.clone(), vital: vital.clone(), sink };
        Self { running: Mutex::default(), hearings: Hearings::default(), starts: Some(starts) }
    }

    /// Nobody ever listens.
    #[must_use]
    pub fn nobody() -> Self {
        Self { running: Mutex::default(), hearings: Hearings::default(), starts: None }
    }

    /// Has each media server listened to that is to be, and no other. `open` is what was open when this
    /// process began, at whatever server.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn listen_to(&self, settings: &Settings, open: &[Event]) -> io::Result<()> {
        let Some(starts) = &self.starts else { return Ok(()) };
        let is_meant = |server: &&MediaServer| server.hear && server.can_be_asked();
        let meant: Vec<&MediaServer> = settings.media_servers.iter().filter(is_meant).collect();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, (server, bell)| {
            let goes_on = meant.iter().any(|it| it.is_reached_as(server));
            if !goes_on {
                bell.ring();
                self.hearings.forget(server);
            }
            goes_on
        });
        for server in meant {
            let key = (server.kind, server.name().to_owned());
            if running.contains_key(&key) {
                continue;
            }
            let Some((_, listen)) = WAYS.iter().find(|(kind, _)| *kind == server.kind) else {
                log::warn!(
                    "`{}.hear` is true, but this version can't listen to {}",
                    server.section(),
                    server.kind
                );
                continue;
            };
            let is_its = |event: &&Event| {
                let its = settings.server(event.source, &event.server);
                its.is_some_and(|its| (its.kind, its.name()) == (server.kind, server.name()))
            };
            let open = open.iter().filter(is_its).cloned().collect();
            let bell = starts.listen(server, *listen, open, &self.hearings)?;
            running.insert(key, (server.clone(), bell));
        }
        Ok(())
    }

    /// How well each server is heard.
    #[must_use]
    pub fn hearings(&self) -> Hearings {
        self.hearings.clone()
    }

    /// Ends the threads, without waiting for them.
    pub fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().for_each(|(_, bell)| bell.ring());
    }
}

impl Starts {
    fn listen(
        &self,
        server: &MediaServer,
        listen: Listen,
        open: Vec<Event>,
        hearings: &Hearings,
    ) -> io::Result<Bell> {
        let (bell, stop) = stop::pair();
        let (server, clock) = (server.clone(), self.clock.clone());
        let (hearings, sink) = (hearings.clone(), self.sink.clone());
        let name = format!("ear {}", server.section());
        drop(self.vital.spawn_while_needed(&name, move || {
            Listener::new(&server, &clock, &stop, &*sink, &hearings, &open).run(listen);
        })?);
        Ok(bell)
    }
}

#[cfg(test)]
mod tests;
