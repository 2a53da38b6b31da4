//! The data folder and the sockets beside it: who has them, and what is in them.

use super::activity::Activity;
use super::asker::Asker;
use super::desk::Desk;
use super::health::Health;
use super::queue::Queue;
use super::{StartError, because};
use crate::clock::Clock;
use crate::config::{Live, Settings};
use crate::control;
use crate::courier::AccountState;
use crate::engine::State;
use crate::files;
use crate::front::Tokens;
use crate::pulse::Pulse;
use crate::store::{Lock, LockError, Store, StoreError};
use crate::threads;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;

/// The longest path that a Unix socket can have, in bytes (Linux, unix(7)).
const SOCKET_PATH_MOST: usize = 107;

/// What the command line does where no daemon runs: the same desk, without a door and couriers.
/// The folder is locked while the handler lives.
///
/// # Errors
/// As for [`Daemon::start`].
pub fn offline(settings: Settings, clock: &Clock) -> Result<(control::Handler, Lock), StartError> {
    let live = Arc::new(Live::from(settings));
    let settings = live.settings();
    let lock = lock(&settings.data_dir)?;
    let mut store = Store::open(&settings.data_dir).map_err(because)?;
    let state = restore(&mut store).map_err(because)?;
    let tokens = Arc::new(Tokens::open(&settings.data_dir).map_err(because)?);
    let activity = Activity::restore(store.activity().map_err(because)?);
    let accounts = logins(&settings, &mut store).map_err(because)?;
    let (queue, messages) = Queue::new();
    let (replier, _) = channel();
    let desk = Desk {
        live: live.clone(),
        clock: clock.clone(),
        state,
        store,
        activity,
        asker: Asker::nobody(),
        couriers: BTreeMap::new(),
        replier,
        accounts,
        health: Health::default(),
        unsettled: BTreeMap::new(),
        trouble: None,
        parked: 0,
        several_told: false,
        pulse: Pulse::default(),
    };
    // It ends with the queue: nothing that it was asked is left undone then.
    threads::spawn("desk", move || desk.run(&messages)).map_err(because)?;
    let address = settings.listen;
    Ok((control::Handler::new(queue, tokens, live, address, clock.clone()), lock))
}

/// How accounts are as far as a folder can tell, with nobody to ask Trakt.
fn logins(
    settings: &Settings,
    store: &mut Store,
) -> Result<BTreeMap<String, AccountState>, StoreError> {
    let accounts = settings.accounts.iter().filter(|account| !account.dry_run);
    accounts
        .map(|account| {
            let state = match store.tokens(&account.name)? {
                Some(_) => AccountState::Connected { user: None },
                None => AccountState::LoginNeeded,
            };
            Ok((account.name.clone(), state))
        })
        .collect()
}

pub(super) fn restore(store: &mut Store) -> Result<State, StoreError> {
    Ok(State::restore(store.viewings()?, store.held()?))
}

/// Takes the lock of a data folder, making the folder where there is none.
///
/// # Errors
/// When another process holds it, or the folder can't be used.
pub fn lock(folder: &Path) -> Result<Lock, StartError> {
    crate::store::make_folder(folder).map_err(because)?;
    files::close_to_everybody(folder);
    for name in ["tokens", "scrobbled.db", "scrobbled.db-wal", "scrobbled.db-shm"] {
        files::close_to_everybody(&folder.join(name));
    }
    Lock::take(folder).map_err(|error| match error {
        LockError::Held(pid) => {
            let pid = pid.map_or(String::new(), |pid| format!(" (pid {pid})"));
            StartError(format!(
                "the folder `{}` is in use by a running scrobbled{pid}; stop that one first",
                folder.display()
            ))
        }
        LockError::Io(error) => StartError(format!(
            "can't lock `{}`: {error}; check that the folder belongs to this user and can be written",
            folder.display()
        )),
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
