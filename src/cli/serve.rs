//! `scrobbled serve`: runs the daemon until it is told to stop.

use super::first_start::where_to_begin;
use super::{Failure, exposed, say, say_lines, service, urls};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::control::{Handler, Request};
use crate::daemon::capture::{Capture, MOST_FILES};
use crate::daemon::{Daemon, Setup};
use crate::desk::shown::Status;
use crate::logging;
use crate::service_manager::ServiceManager;
use crate::store::network_share;
use crate::threads::Vital;
use listenfd::ListenFd;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::time::Duration;

/// How long other threads may take to end with the one that has ended.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Why the daemon ends.
pub(super) enum End {
    /// It was asked to.
    Asked,
    /// A thread that it needs has ended; which, and why.
    Broken(String),
}

pub(super) fn serve(loaded: Loaded, capture: Option<&Path>) -> Result<(), Failure> {
    let listener = handed_over()?;
    if let Some(why) = service::hides_its_data(&loaded) {
        return Err(Failure::wrong(&why));
    }
    logging::start(loaded.settings.log);
    logging::end_on_panic();
    let capture = capture.map(open_capture).transpose()?;
    match &loaded.path {
        Some(path) => log::info!("scrobbled {} with {}", env!("CARGO_PKG_VERSION"), path.display()),
        None => log::info!(
            "scrobbled {} without a config file, all settings at their defaults (`scrobbled init` \
             writes one)",
            env!("CARGO_PKG_VERSION")
        ),
    }
    for finding in &loaded.findings {
        log::warn!("{finding}");
    }
    for sentence in exposed::sentences(&loaded) {
        log::warn!("{sentence}");
    }
    if let Some(warning) = network_share(&loaded.settings.data_dir) {
        log::warn!("{warning}");
    }
    // From the start on: who is told to end while starting ends in order, too.
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let (ends, ended) = channel();
    let vital = vital(&ends);
    let wished = loaded.settings.listen;
    let is_handed = listener.is_some();
    let setup = Setup { listener, capture, ..loaded.into() };
    let mut daemon = Daemon::start(setup, &Clock::Machine, &vital)?;
    if is_handed && daemon.address() != wished {
        log::warn!(
            "systemd's scrobbled.socket listens on {}, so `listen` in the config ({wished}) is \
             not used: make them the same",
            daemon.address()
        );
    }
    listen_for_signals(signals, ends, daemon.handler().clone(), &vital)?;
    say(format_args!("listening on http://{}", daemon.address()));
    if io::stdout().is_terminal() {
        greet(daemon.handler());
    }
    let manager = Arc::new(ServiceManager::of_this_process());
    manager.ready();
    let teller = manager.clone();
    let address = daemon.address();
    daemon.watch_health(move |line| {
        teller.status(&format!("listening on http://{address}: {line}"));
    });
    match wait(&ended, &mut daemon, &manager) {
        End::Asked => {
            log::info!("stopping");
            manager.stopping();
            daemon.stop();
            Ok(())
        }
        End::Broken(why) => Err(format!("{why}: exiting, so that it can be restarted").into()),
    }
}

/// Says to a person where to begin, or the addresses.
fn greet(handler: &Handler) {
    let link = handler.sign_in().ok();
    let status = handler.handle(Request::Status).ok();
    let status = status.and_then(|status| serde_json::from_value::<Status>(status).ok());
    let begin = status.zip(link.as_ref()).and_then(|(status, link)| where_to_begin(&status, link));
    if let Some(begin) = begin {
        return say_lines(begin);
    }
    say_lines(urls::in_words(&handler.urls()));
    if let Some(link) = link {
        say_lines(urls::sign_in(&link));
    }
}

/// The socket that the service manager has opened for us
/// ([sd_listen_fds(3)](https://man7.org/linux/man-pages/man3/sd_listen_fds.3.html)), if it has.
/// To be called before there are threads, since it clears variables of the environment.
fn handed_over() -> Result<Option<TcpListener>, Failure> {
    let mut sockets = ListenFd::from_env();
    if sockets.len() > 1 {
        return Err("the service manager passes more than one socket; leave one \
                    `ListenStream` in scrobbled.socket"
            .into());
    }
    sockets.take_tcp_listener(0).map_err(|error| {
        format!("the socket from the service manager (scrobbled.socket) can't be used: {error}")
            .into()
    })
}

fn open_capture(folder: &Path) -> Result<Capture, Failure> {
    let capture = Capture::open(folder)
        .map_err(|error| format!("`{}` can't take captures: {error}", folder.display()))?;
    log::warn!(
        "webhooks are saved in `{}`, the newest {MOST_FILES}; they name people and what they \
         watch, so look through a file before you publish it",
        folder.display()
    );
    Ok(capture)
}

/// Waits for the end; as long as all moves, the service manager's watchdog is fed.
fn wait(ended: &Receiver<End>, daemon: &mut Daemon, manager: &ServiceManager) -> End {
    loop {
        match Clock::Machine.receive(ended, manager.feeding()) {
            Ok(End::Broken(why)) => return End::Broken(with_what_follows(why, ended)),
            Ok(End::Asked) | Err(RecvTimeoutError::Disconnected) => return End::Asked,
            Err(RecvTimeoutError::Timeout) => {
                let stuck = daemon.stuck();
                if stuck.is_empty() {
                    manager.alive();
                } else {
                    log::error!(
                        "threads that do not respond: {}; the watchdog is not notified",
                        stuck.join(", ")
                    );
                }
            }
        }
    }
}

/// One that ends takes others with it, and they may be heard first: all are told.
fn with_what_follows(mut why: String, ended: &Receiver<End>) -> String {
    while let Ok(End::Broken(more)) = Clock::Machine.receive(ended, Some(LAST_WORDS)) {
        why = format!("{why}; {more}");
    }
    why
}

/// Tells `ends` of a vital thread that ends.
pub(super) fn vital(ends: &Sender<End>) -> Vital {
    let ends = ends.clone();
    Vital::new(move |why| {
        let _ = ends.send(End::Broken(why)); // nobody listens when all is ending
    })
}

fn listen_for_signals(
    mut signals: Signals,
    ends: Sender<End>,
    handler: Handler,
    vital: &Vital,
) -> io::Result<()> {
    // A file may hang, and must not keep the daemon from ending.
    let (reload, reloads) = sync_channel(1);
    vital.spawn("reload", move || {
        while let Ok(()) = reloads.recv() {
            let _ = handler.handle(Request::Reload { text: None }); // the log has it
        }
        Ok(())
    })?;
    vital.spawn("signals", move || {
        for signal in signals.forever() {
            if signal == SIGHUP {
                let _ = reload.try_send(()); // full: the file will be read anyway
            } else {
                let _ = ends.send(End::Asked); // nobody listens when all is ending
            }
        }
        Ok(())
    })?;
    Ok(())
}
