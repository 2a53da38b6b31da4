//! The data folder and the sockets beside it: who has them, and what is in them.

use super::start_error::{StartError, because};
use crate::clock::Clock;
use crate::config::Live;
use crate::control;
use crate::desk::{
    self, Activity, Asker, CaughtUp, Connections, Couriers, Desk, Disk, Farewells, Fates, Health,
    ParkedEnds, Queue,
};
use crate::engine::State;
use crate::files;
use crate::front::Tokens;
use crate::hear::Ears;
use crate::pulse::Heartbeat;
use crate::receiver::raw::Forwards;
use crate::server::RefusedPosts;
use crate::store::{self, Lock, LockError, Store, StoreError, make_folder};
use crate::threads;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

/// The longest path that a Unix socket can have, in bytes (Linux, unix(7)).
const SOCKET_PATH_MOST: usize = 107;

/// For what the command line needs the data folder where no daemon runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Only to look: nothing on the disk changes.
    Look,
    /// To see the webhooks' addresses: the tokens in them are made where there are none, and nothing
    /// else changes.
    Address,
    /// To change something.
    Change,
}

/// What the command line does where no daemon runs: the same desk, without a door and couriers. It
/// decides nothing: what is due waits for the daemon. While the lock lives no daemon starts; there
/// is none where nobody has ever taken it, and nothing changes.
///
/// # Errors
/// As for [`Daemon::start`](super::Daemon::start).
pub fn offline(
    settings: impl Into<Live>,
    clock: &Clock,
    purpose: Purpose,
) -> Result<(control::Handler, Option<Lock>), StartError> {
    let live = Arc::new(settings.into());
    let folder = &live.settings().data_dir;
    let (lock, store) = match purpose {
        Purpose::Look | Purpose::Address => {
            (Lock::keep_away(folder).map_err(|error| locked(folder, &error))?, Store::copy(folder))
        }
        Purpose::Change => (Some(lock(folder)?), Store::open(folder)),
    };
    let mut store = store.map_err(because)?;
    let caught_up = CaughtUp::restore(store.caught_up().map_err(because)?);
    live.learn(caught_up.ids().to_vec());
    let connections = Connections::restore(&mut store, &live).map_err(because)?;
    let settings = live.settings();
    let state = restore(&mut store).map_err(because)?;
    let tokens = match (purpose, store.brought_tokens().map_err(because)?) {
        (Purpose::Look | Purpose::Address, Some(brought)) => {
            Tokens::brought(folder, &brought).map_err(because)?
        }
        (Purpose::Look, None) => Tokens::read(folder).map_err(because)?,
        (Purpose::Address, None) => {
            make_folder(folder).map_err(because)?;
            Tokens::open(folder).map_err(because)?
        }
        (Purpose::Change, _) => tokens(&mut store, folder)?,
    };
    let tokens = Arc::new(tokens);
    let activity =
        Activity::restore(store.activity().map_err(because)?, store.heard().map_err(because)?);
    let couriers = Couriers::nobody();
    let states = desk::open(&settings, &mut store, &couriers).map_err(because)?;
    let forwards = Forwards::default();
    let receivers = desk::open_receivers(&settings, &mut store, &couriers, forwards);
    let (queue, messages) = Queue::new();
    let (replier, _) = channel();
    let desk = Desk {
        live: live.clone(),
        clock: clock.clone(),
        state,
        store,
        activity,
        asker: Asker::nobody(),
        caught_up,
        ears: Arc::new(Ears::nobody()),
        connections,
        couriers,
        replier,
        receivers: receivers.map_err(because)?,
        states,
        remind_at: Duration::ZERO,
        health: Health::default(),
        unsettled: BTreeMap::new(),
        disk: Disk::default(),
        silent: BTreeMap::new(),
        parked: 0,
        quotas: BTreeMap::new(),
        refused: RefusedPosts::default(),
        parked_ends: ParkedEnds::from(clock.steady()),
        fates: Fates::default(),
        farewells: Farewells::default(),
        several_told: false,
        decides: false,
        pulse: Heartbeat::default(),
    };
    // It ends with the queue: nothing that it was asked is left undone then.
    threads::spawn("desk", move || desk.run(&messages)).map_err(because)?;
    let address = settings.listen;
    Ok((control::Handler::new(queue, tokens, live, address, clock.clone()), lock))
}

/// The tokens of a data folder, and those that are missing made. What a backup has brought takes the
/// place of what is there.
pub(super) fn tokens(store: &mut Store, folder: &Path) -> Result<Tokens, StartError> {
    if let Some(brought) = store.brought_tokens().map_err(because)? {
        Tokens::brought(folder, &brought).and_then(|tokens| tokens.keep()).map_err(because)?;
        store.took_tokens().map_err(because)?;
        log::info!("took the webhook addresses from the backup");
    }
    Tokens::open(folder).map_err(because)
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Where what was there before is kept.
    pub kept: Option<PathBuf>,
    /// Whether the backup had the webhooks' tokens.
    pub had_tokens: bool,
}

/// Puts what is in a backup in the place of what is in a data folder, which is made where there is
/// none; what is there is kept with `force`, and without it nothing may be there.
///
/// # Errors
/// When a daemon runs there, the file is no backup that this version knows, or something is in the
/// way. Then all is as it was.
pub fn restore_backup(file: &Path, folder: &Path, force: bool) -> Result<Restored, StartError> {
    let mut backup = Store::of_backup(file).map_err(because)?;
    let brought = backup.brought_tokens().map_err(because)?;
    if let Some(tokens) = &brought {
        Tokens::brought(folder, tokens).map_err(because)?; // it is understood
    }
    let _lock = lock(folder)?;
    let kept = store::restore(&mut backup, folder, force).map_err(because)?;
    if brought.is_some() {
        tokens(&mut Store::open(folder).map_err(because)?, folder)?; // as the next start would
    }
    Ok(Restored { kept, had_tokens: brought.is_some() })
}

pub(crate) fn restore(store: &mut Store) -> Result<State, StoreError> {
    Ok(State::restore(store.viewings()?, store.held()?, store.floods()?, store.given()))
}

/// Takes the lock of a data folder, making the folder where there is none.
///
/// # Errors
/// When another process holds it, or the folder can't be used.
pub fn lock(folder: &Path) -> Result<Lock, StartError> {
    make_folder(folder).map_err(because)?;
    // The folder may be a link of whoever has set it up; nothing in it may.
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    files::close_folder(&real)
        .map_err(|error| because(StoreError::NotOurs { path: folder.to_owned(), error }))?;
    for name in ["tokens", "sessions", "scrobbled.db", "scrobbled.db-wal", "scrobbled.db-shm"] {
        files::close_to_everybody(&folder.join(name));
    }
    Lock::take(folder).map_err(|error| locked(folder, &error))
}

fn locked(folder: &Path, error: &LockError) -> StartError {
    let folder = folder.display();
    StartError(match error {
        LockError::Held(pid) => {
            let pid = pid.map_or(String::new(), |pid| format!(" (pid {pid})"));
            format!(
                "the folder `{folder}` is in use by a running scrobbled{pid}; stop that one first"
            )
        }
        LockError::Io(error) => format!(
            "can't lock `{folder}`: {error}; check that the folder and all in it belong to this user \
             and can be written"
        ),
    })
}

/// Where sockets live: `$RUNTIME_DIRECTORY` as systemd sets it, else the data folder.
pub fn runtime_folder(data: &Path) -> PathBuf {
    let first = std::env::var("RUNTIME_DIRECTORY").ok();
    let first = first.as_deref().and_then(|list| list.split(':').next());
    first.filter(|path| !path.is_empty()).map_or_else(|| data.to_owned(), PathBuf::from)
}

pub(super) fn socket(folder: &Path, name: &str) -> Result<PathBuf, StartError> {
    let path = folder.join(name);
    let length = path.as_os_str().len();
    if length > SOCKET_PATH_MOST {
        return Err(StartError(format!(
            "`{}` is too long for a socket ({length} bytes, at most {SOCKET_PATH_MOST}); choose a \
             shorter `data_dir`",
            path.display()
        )));
    }
    Ok(path)
}
