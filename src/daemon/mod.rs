//! How it all hangs together: which threads there are, who owns what, and how it ends.
//!
//! ```text
//!  front ─▶ server's workers ─▶ desk (engine + store) ─▶ replier ─▶ (the answers)
//!      ears, one a media server ──▲   │
//!      page, control, notify ─────┤   ├─▶ couriers, one a login ─▶ trackers
//!                                 └───┴─▶ askers, one a media server
//! ```
//!
//! **No half-dead daemon:** when a thread that is needed ends, the process says why and ends too,
//! so that the service manager starts it anew; what was promised is on the disk.

pub mod capture;
mod folder;
mod intake;
mod listen;
mod reception;
mod start_error;

pub(crate) use folder::restore;
pub use folder::{Purpose, Restored, lock, offline, restore_backup, runtime_folder};
pub use start_error::StartError;

use crate::catch_up;
use crate::clock::Clock;
use crate::config::Live;
use crate::control;
use crate::desk::{
    self, Activity, Asker, CaughtUp, Connections, Couriers, Desk, Disk, Farewells, Fates, Health,
    Lookout, Message, ParkedEnds, Queue, WebhookResponse, unclaimed,
};
use crate::front::{self, BrowserSessions, Front, Limits, PublicUrl, Who};
use crate::hear::Ears;
use crate::notify;
use crate::page::{self, Page};
use crate::pulse::{Heartbeat, HeartbeatMonitor};
use crate::receiver::raw::Forwards;
use crate::server::{self, HttpHandler, Received, RefusedPosts, Responder, Server};
use crate::store::{Lock, Store};
use crate::threads::Vital;
use capture::Capture;
use folder::socket;
use intake::Intake;
use listen::listen;
use reception::Reception;
use start_error::because;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the couriers may take to finish the call in hand when the daemon stops.
const COURIERS_FINISH: Duration = Duration::from_secs(4);
/// How long requests that were taken may take to be finished when the daemon stops.
const REQUESTS_FINISH: Duration = Duration::from_secs(4);
/// The running daemon.
pub struct Daemon {
    address: SocketAddr,
    front: Front,
    server: Server,
    queue: Queue,
    handler: control::Handler,
    desk: JoinHandle<()>,
    ears: Arc<Ears>,
    couriers: Couriers,
    replier: JoinHandle<()>,
    health: Health,
    /// Looks after the desk.
    watch: HeartbeatMonitor,
    clock: Clock,
    /// Dropped, it ends the thread of the notifications.
    _notify: Sender<()>,
    vital: Vital,
    _lock: Lock,
}

/// With what a daemon starts.
pub struct Setup {
    /// The config, as it is now and will be.
    pub live: Live,
    /// The socket to accept connections at, where somebody else has opened it: `listen` is not
    /// used then.
    pub listener: Option<TcpListener>,
    /// Where each webhook is kept.
    pub capture: Option<Capture>,
}

impl<T: Into<Live>> From<T> for Setup {
    fn from(live: T) -> Self {
        Self { live: live.into(), listener: None, capture: None }
    }
}

impl Daemon {
    /// Starts it all, the threads as vital ones.
    ///
    /// # Errors
    /// When the data folder is used by another daemon, or can't be used, or the address can't be
    /// listened on, or there are no threads to be had.
    pub fn start(setup: Setup, clock: &Clock, vital: &Vital) -> Result<Self, StartError> {
        let live = Arc::new(setup.live);
        let folder = &live.settings().data_dir;
        let lock = lock(folder)?;
        let mut store = Store::open(folder).map_err(because)?;
        let caught_up = CaughtUp::restore(store.caught_up().map_err(because)?);
        live.learn(caught_up.ids().to_vec());
        let connections = Connections::restore(&mut store, &live).map_err(because)?;
        let settings = live.settings(); // for all that only a restart changes
        let state = restore(&mut store).map_err(because)?;
        for left in unclaimed(&mut store, &settings.accounts).map_err(because)? {
            log::warn!("{left}");
        }
        let tokens = Arc::new(folder::tokens(&mut store, folder)?);
        let listener = setup.listener.map_or_else(|| listen(settings.listen), Ok)?;

        let (queue, messages) = Queue::new();
        let activity =
            Activity::restore(store.activity().map_err(because)?, store.heard().map_err(because)?);
        let health = Health::default();
        let page_token = tokens.secret(Who::Page);
        let sessions = BrowserSessions::open(folder, &page_token, clock.reading());
        let sessions = Arc::new(sessions);
        let address = listener.local_addr().map_err(because)?;
        let histories = catch_up::start(&live, &queue, clock, vital).map_err(because)?;
        let control = control::Handler::new(
            queue.clone(),
            tokens.clone(),
            live.clone(),
            address,
            clock.clone(),
        )
        .with_page(sessions.clone())
        .with_histories(histories.clone());
        let (replier, replies) = channel::<(Responder, WebhookResponse)>();
        let replier_thread = vital
            .spawn("replier", move || {
                reply_all(&replies);
                Ok(())
            })
            .map_err(because)?;

        let refused = RefusedPosts::default();
        let forwards = Forwards::new(&settings);
        let runtime = runtime_folder(folder);
        let room = socket(&runtime, "front.sock")?;
        let intake = Intake {
            live: live.clone(),
            queue: queue.clone(),
            activity: activity.clone(),
            histories: histories.clone(),
            clock: clock.clone(),
            users: Arc::default(),
            unposted: Arc::default(),
        };
        let reception = Reception {
            intake: intake.clone(),
            capture: setup.capture,
            refused: refused.clone(),
            health: health.clone(),
            forwards: forwards.clone(),
            page: Page::new(control.clone(), sessions.clone(), clock.now(), vital)
                .map_err(because)?,
        };
        let handler: Arc<HttpHandler> =
            Arc::new(move |received: Received<'_>, reply| reception.receive(&received, reply));
        let server = server::start(&room, &handler, vital).map_err(because)?;
        let front = front::start(front::Options {
            page: page::PARTS,
            listener,
            back_end: room,
            tokens,
            sessions,
            trusted_proxies: settings.trusted_proxies.clone(),
            public_url: PublicUrl::parse(&settings.public_url),
            refused: refused.clone(),
            limits: Limits { finish: REQUESTS_FINISH, ..Limits::default() },
            clock: clock.clone(),
            vital: vital.clone(),
        })
        .map_err(because)?;

        let couriers = Couriers::new(live.clone(), clock.clone(), queue.clone(), vital.clone());
        let states = desk::open(&settings, &mut store, &couriers).map_err(because)?;
        let receivers = desk::open_receivers(&settings, &mut store, &couriers, forwards);
        let receivers = receivers.map_err(because)?;
        let control_socket = socket(&runtime, control::socket::NAME)?;
        control::socket::start(&control_socket, control.clone(), vital).map_err(because)?;
        let (notify, notify_ends) = channel();
        if !settings.notify.url.is_empty() {
            let (to, told) = (settings.notify.clone(), store.told().map_err(because)?);
            notify::start(to, clock.clone(), told, queue.clone(), notify_ends, vital)
                .map_err(because)?;
        }

        let asked = queue.clone();
        let answer = move |probe, found| asked.send(Message::Found(Box::new(probe), found));
        let lookout = Lookout {
            live: live.clone(),
            clock: clock.clone(),
            activity: activity.clone(),
            desk: queue.clone(),
        };
        let mut asker = Asker::new(vital, Arc::new(answer), Some(lookout));
        asker.adapt(&settings).map_err(because)?;

        let ears = Ears::new(clock, vital, Arc::new(move |event| intake.listened(event)));
        ears.hearings().when_heard_again(move |kind, name| histories.soon(kind, name));
        ears.listen_to(&settings, &state.open()).map_err(because)?;
        let ears = Arc::new(ears);

        let desk = Desk {
            live,
            clock: clock.clone(),
            state,
            store,
            activity,
            asker,
            caught_up,
            ears: ears.clone(),
            connections,
            couriers: couriers.clone(),
            replier,
            receivers,
            states,
            remind_at: Duration::ZERO,
            health: health.clone(),
            unsettled: BTreeMap::new(),
            disk: Disk::default(),
            silent: BTreeMap::new(),
            parked: 0,
            quotas: BTreeMap::new(),
            refused,
            parked_ends: ParkedEnds::from(clock.steady()),
            fates: Fates::default(),
            farewells: Farewells::default(),
            several_told: false,
            decides: true,
            pulse: Heartbeat::default(),
        };
        let nudge = queue.clone();
        let look = move || nudge.send(Message::Nudge);
        let watch = HeartbeatMonitor::new("desk".to_owned(), desk.pulse.clone(), look);
        let desk = vital
            .spawn("desk", move || {
                desk.run(&messages);
                Ok(())
            })
            .map_err(because)?;
        let clock = clock.clone();
        Ok(Self {
            address,
            front,
            server,
            queue,
            handler: control,
            desk,
            ears,
            couriers,
            replier: replier_thread,
            health,
            watch,
            clock,
            _notify: notify,
            vital: vital.clone(),
            _lock: lock,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does what a person asks for, as over the control socket.
    pub fn handler(&self) -> &control::Handler {
        &self.handler
    }

    /// Tells `watcher` how things are, in a line for a person: now, and whenever it changes. It
    /// must not wait.
    pub fn watch_health(&self, watcher: impl Fn(&str) + Send + 'static) {
        self.health.watch(watcher);
    }

    /// Which of the desk and the couriers have not moved since the last call. Each is nudged, so
    /// that who only waits can show it by the next call. (Who ended is found out at once.)
    pub fn stuck(&mut self) -> Vec<String> {
        self.watch.stuck().into_iter().chain(self.couriers.stuck()).collect()
    }

    /// Takes no new requests, finishes what was taken, and ends.
    pub fn stop(self) {
        self.vital.stop();
        self.ears.stop();
        self.front.stop_accepting();
        self.front.join();
        self.server.stop();
        self.couriers.stop();
        let until = self.clock.steady().saturating_add(COURIERS_FINISH);
        let (_never, wait) = channel::<()>();
        while !self.couriers.have_ended() && self.clock.steady() < until {
            let _ = self.clock.receive(&wait, Some(Duration::from_millis(10)));
        }
        self.queue.send(Message::Stop);
        let _ = self.desk.join(); // a panic would have ended the process
        let _ = self.replier.join();
    }
}

fn reply_all(replies: &Receiver<(Responder, WebhookResponse)>) {
    while let Ok((reply, response)) = replies.recv() {
        let kind =
            if response.status == 200 { "application/json" } else { "text/plain; charset=utf-8" };
        let retry = (response.status == 503).then_some(30);
        reply.send(response.status, kind, response.body.as_bytes(), retry);
    }
}
