//! Who reads each history, and when.

use super::followed::{Followed, Standing};
use super::report::{Report, ServerReport};
use super::run::{Run, Wish, has_to_say_its_id, learn_its_id};
use super::window::pause;
use crate::clock::Clock;
use crate::config::{Live, MediaServer};
use crate::desk::Queue;
use crate::event::Source;
use crate::media_server;
use crate::threads::Vital;
use std::collections::BTreeSet;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Who is deaf again and again has its history read no more often than this.
const APART: Duration = Duration::from_secs(10 * 60);

/// The ways to the threads, each with its server.
type Threads = Vec<(MediaServer, Sender<Call>)>;

/// Asks for runs. Cheap to clone.
#[derive(Clone)]
pub struct CatchUp {
    live: Arc<Live>,
    queue: Queue,
    clock: Clock,
    /// The threads, each with its server; none where no daemon runs.
    threads: Arc<Mutex<Threads>>,
    /// Who starts more of them; `None` where no daemon runs.
    vital: Option<Vital>,
    followed: Followed,
}

/// What a thread is told.
enum Call {
    /// Make a run as soon as possible, since nobody has listened for a while.
    Soon,
    /// Make this run, and tell what it has found.
    Now(Wish, Sender<ServerReport>),
}

/// Starts a thread for each server that can be asked. They end when the last handle to them is dropped.
///
/// # Errors
/// When a thread can't be started.
pub fn start(live: &Arc<Live>, queue: &Queue, clock: &Clock, vital: &Vital) -> io::Result<CatchUp> {
    let alone = CatchUp::alone(live.clone(), queue.clone(), clock.clone());
    let catch_up = CatchUp { vital: Some(vital.clone()), ..alone };
    catch_up.adapt()?;
    Ok(catch_up)
}

impl CatchUp {
    /// One without threads, where no daemon runs: who asks makes the runs.
    #[must_use]
    pub fn alone(live: Arc<Live>, queue: Queue, clock: Clock) -> Self {
        Self {
            live,
            queue,
            clock,
            threads: Arc::default(),
            vital: None,
            followed: Followed::default(),
        }
    }

    /// Has a thread for each server that can be asked now, and for no other.
    ///
    /// # Errors
    /// When a thread can't be started.
    pub fn adapt(&self) -> io::Result<()> {
        let Some(vital) = &self.vital else { return Ok(()) };
        let settings = self.live.settings();
        let asked = || settings.media_servers.iter().filter(|server| server.can_be_asked());
        let mut threads = self.threads();
        threads.retain(|(server, _)| asked().any(|it| it.is_reached_as(server)));
        for server in asked() {
            if threads.iter().any(|(it, _)| it.is_reached_as(server)) {
                continue;
            }
            let (sender, calls) = channel();
            let worker = Worker {
                server: server.clone(),
                live: self.live.clone(),
                queue: self.queue.clone(),
                clock: self.clock.clone(),
                strangers: BTreeSet::new(),
                failed: 0,
                was_deaf: true,
                last: None,
            };
            let name = format!("history {}", server.section());
            drop(vital.spawn_while_needed(&name, move || worker.work(&calls))?);
            threads.push((server.clone(), sender));
        }
        Ok(())
    }

    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way to the thread of a server.
    fn thread(&self, kind: Source, name: &str) -> Option<Sender<Call>> {
        let threads = self.threads();
        let mut its = threads.iter().filter(|(it, _)| (it.kind, it.name()) == (kind, name));
        its.next().map(|(_, thread)| thread.clone())
    }

    /// Has the history of a server, by its kind and name, read soon: nobody has listened to it for a while.
    pub fn soon(&self, kind: Source, name: &str) {
        if let Some(thread) = self.thread(kind, name) {
            let _ = thread.send(Call::Soon); // it may just have ended
        }
    }

    /// Reads all histories, `back` so far or from the last run on, and waits for what was found.
    #[must_use]
    pub fn run(&self, back: Option<Duration>, dry_run: bool) -> Report {
        let settings = self.live.settings();
        let (asked, others): (Vec<&MediaServer>, Vec<&MediaServer>) =
            settings.media_servers.iter().partition(|server| server.can_be_asked());
        let wish = Wish { back, dry_run };
        let answers: Vec<_> = asked.iter().map(|server| self.ask(server, wish)).collect();
        let servers = answers.into_iter().filter_map(|answer| answer.recv().ok()).collect();
        let not_asked = others.iter().map(|server| server.title()).collect();
        Report { dry_run, servers, not_asked }
    }

    /// Begins such a run without waiting for it.
    ///
    /// # Errors
    /// When one that was begun so is not over, or there is no thread for it.
    pub fn begin(&self, back: Option<Duration>, dry_run: bool) -> Result<(), String> {
        let all = self.clone();
        self.followed.begin(move || all.run(back, dry_run))
    }

    /// How the run stands that was begun so last, if there was one.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        self.followed.standing()
    }

    /// Has a run made, by the server's thread or here.
    fn ask(&self, server: &MediaServer, wish: Wish) -> Receiver<ServerReport> {
        let (reply, answer) = channel();
        if let Some(thread) = self.thread(server.kind, server.name()) {
            let _ = thread.send(Call::Now(wish, reply)); // as above
        } else {
            let mut strangers = BTreeSet::new();
            let mut run = Run::new(server, &self.live, &self.queue, &self.clock, &mut strangers);
            let _ = reply.send(run.make(wish)); // it is received below
        }
        answer
    }
}

/// The thread of one server.
struct Worker {
    server: MediaServer,
    live: Arc<Live>,
    queue: Queue,
    clock: Clock,
    strangers: BTreeSet<String>,
    /// How many runs in a row have come to nothing.
    failed: usize,
    /// Whether nobody has listened since it was last seen what plays there.
    was_deaf: bool,
    /// When the last run by itself began, in steady time.
    last: Option<Duration>,
}

impl Worker {
    fn work(mut self, calls: &Receiver<Call>) {
        let mut due = self.clock.steady(); // at once
        loop {
            let left = due.saturating_sub(self.clock.steady());
            match self.clock.receive(calls, Some(left)) {
                Ok(Call::Now(wish, reply)) => {
                    let _ = reply.send(self.run(wish)); // who asked may have gone
                }
                Ok(Call::Soon) => {
                    self.was_deaf = true;
                    let last = self.last.map(|last| last.saturating_add(APART));
                    due = due.min(last.unwrap_or_default().max(self.clock.steady()));
                }
                Err(RecvTimeoutError::Timeout) => {
                    let is_well = if self.reads_by_itself() {
                        self.last = Some(self.clock.steady());
                        let report = self.run(Wish::default());
                        self.tell(&report);
                        self.look_what_plays(&report);
                        report.trouble.is_none()
                    } else {
                        self.ask_for_its_id()
                    };
                    self.failed = if is_well { 0 } else { self.failed + 1 };
                    due = self.clock.steady().saturating_add(pause(self.failed));
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// After nobody has listened: takes up what plays there, and ends what plays only here. Where the
    /// server is listened to, that does it.
    fn look_what_plays(&mut self, report: &ServerReport) {
        if !self.was_deaf || report.trouble.is_some() {
            return;
        }
        let looked = if self.server.hear { Ok(()) } else { self.a_run().look_what_plays() };
        match looked {
            Ok(()) => self.was_deaf = false,
            Err(why) => log::debug!("what plays at {} is not known: {why}", self.server.title()),
        }
    }

    /// Asks which server it is, where only it can say so and its history, which would tell, is not read.
    /// Whether that is known by now, or does not matter.
    fn ask_for_its_id(&self) -> bool {
        if !has_to_say_its_id(&self.live, &self.server) {
            return true;
        }
        match media_server::id(&self.server) {
            Ok(Some(id)) => learn_its_id(&self.live, &self.queue, &self.server, &id),
            Ok(None) => false,
            Err(why) => {
                log::debug!("which server {} is is not known: {why}", self.server.title());
                false
            }
        }
    }

    /// As the config has it now.
    fn reads_by_itself(&self) -> bool {
        let settings = self.live.settings();
        let mut servers = settings.media_servers.iter();
        let is_it = |server: &&MediaServer| server.section() == self.server.section();
        servers.find(is_it).is_some_and(|server| server.catch_up)
    }

    fn run(&mut self, wish: Wish) -> ServerReport {
        self.a_run().make(wish)
    }

    fn a_run(&mut self) -> Run<'_> {
        Run::new(&self.server, &self.live, &self.queue, &self.clock, &mut self.strangers)
    }

    /// Says in the log what a run by itself has found: a trouble once.
    fn tell(&self, report: &ServerReport) {
        let title = self.server.title();
        match &report.trouble {
            Some(trouble) if self.failed == 0 => {
                log::warn!("the history of {title} can't be read: {trouble}");
            }
            Some(_) => {}
            None => {
                if self.failed > 0 {
                    log::info!("the history of {title} can be read again");
                }
                if report.new + report.held > 0 {
                    let (new, held) = (report.new, report.held);
                    log::info!(
                        "the history of {title} shows plays of which nothing was heard: {new} are to be \
                         sent, {held} are held"
                    );
                }
            }
        }
    }
}
