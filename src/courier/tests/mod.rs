//! The whole loop against a scripted Trakt and an owner of the queue that is a few lines long.

mod account;
mod delivery;
mod marks;
mod mdblist;
mod notebook;
mod pace;
mod simkl;
mod stand_in;
mod statuses;
mod tokens;
mod watchlist;

use super::*;
use crate::clock::{Clock, HandClock};
use crate::config;
use crate::delivery::{How, ItemFacts, OurPlay, Work};
use crate::event::{Ids, Item, Kind, Percent, Time};
use crate::http::scripted::{Script, answer, answer_with};
use crate::intent::{Intent, Verb};
use crate::patience::wait_for;
use crate::pulse::{Heartbeat, HeartbeatMonitor};
use crate::secret::Secret;
use crate::tracker::trakt::refusal;
use standin::trakt::{self, Server, Trakt};
use std::collections::VecDeque;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

type Steps = Vec<(&'static str, Vec<u8>)>;

const TAKEN: &str = r#"{"id":77,"action":"scrobble","movie":{"title":"The Salt Road","ids":{"trakt":12,"tmdb":603}}}"#;
const ADDED: &str = r#"{"added":{"movies":1},"not_found":{"movies":[]}}"#;
const FOUND: &str = r#"[{"type":"movie","movie":{"ids":{"trakt":12,"tmdb":603}}}]"#;
const RENEWED: &str = r#"{"access_token":"new","refresh_token":"r2","expires_in":86400}"#;
const STOP: &str = r#"POST /scrobble/stop {"movie":{"ids":{"trakt":12}},"progress":95.0}"#;
const FIND: &str = "GET /search/tmdb/603?type=movie";
const NAMED: &str = "GET /search/movie?query=The%20Salt%20Road&fields=title&years=2021&limit=100";
const PLAYS: &str = "GET /sync/history/movies/12?limit=100&start_at=2026-11-22";

fn noon() -> Time {
    Time::from_rfc3339("2026-11-23T12:00:00Z").expect("a time")
}

fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// A film that began an hour before noon and is told of at noon.
fn film(verb: Verb) -> Intent {
    let ids = Ids { tmdb: Some(603), ..Ids::default() };
    Intent {
        account: "alice".into(),
        verb,
        item: Item { ids, runtime_ms: Some(6_000_000), ..Item::default() },
        session: "s".into(),
        progress: Percent::clamped(95.0),
        at: noon(),
        began: noon().before(minutes(60)),
        viewing: None,
    }
}

/// The same when Trakt's number is known, so that the play is looked up first.
fn known_film(verb: Verb) -> Intent {
    let mut intent = film(verb);
    intent.item.ids = Ids { trakt: Some(12), ..Ids::default() };
    intent
}

fn login(created: Time) -> TokenPair {
    TokenPair {
        access: Secret::new("old"),
        refresh: Secret::new("r1"),
        created,
        lifetime: Duration::from_secs(86_400),
    }
}

/// What the owner of the queue does and has seen.
#[derive(Default)]
struct Owner {
    queue: VecDeque<Work>,
    settled: Vec<(u64, Settled)>,
    states: Vec<AccountState>,
    quotas: Vec<Quota>,
    /// Each pair to keep, and how many requests Trakt had got by then.
    kept: Vec<(String, usize)>,
    /// How often the disk refuses.
    refusals: usize,
    asked: usize,
    /// How often it was said that there is no login.
    logged_out: usize,
}

struct Play {
    script: Arc<Script>,
    hand: Arc<HandClock>,
    owner: Arc<Mutex<Owner>>,
    wakes: mpsc::Sender<CourierCommand>,
    pulse: Heartbeat,
    thread: Option<JoinHandle<()>>,
}

/// A courier that is about to be set up.
struct Scene {
    steps: Steps,
    intents: Vec<Intent>,
    maybe_sent: bool,
    ours: Vec<OurPlay>,
    is_paused: bool,
    tokens: Option<TokenPair>,
    trakt: config::Trakt,
    dry_run: bool,
    refusals: usize,
    of_this_start: bool,
    hand: Arc<HandClock>,
    time_limit: Duration,
    /// Instead of the script.
    stand_in: Option<String>,
    /// Instead of Trakt.
    tracker: Option<Box<dyn Tracker>>,
    /// Whether the script itself says how the question is answered whose the login is.
    without_greeting: bool,
}

fn scene(steps: Steps, intents: Vec<Intent>) -> Scene {
    let trakt = config::Trakt {
        client_id: "app".to_owned(),
        post_interval: Duration::ZERO,
        ..config::Trakt::default()
    };
    let (maybe_sent, ours, dry_run, refusals) = (false, vec![], false, 0);
    let tokens = Some(login(noon()));
    Scene {
        steps,
        intents,
        maybe_sent,
        ours,
        is_paused: false,
        tokens,
        trakt,
        dry_run,
        refusals,
        of_this_start: true,
        hand: HandClock::at(noon()),
        time_limit: Duration::from_secs(5),
        stand_in: None,
        tracker: None,
        without_greeting: false,
    }
}

/// The stand-in for Trakt at noon, and a courier of `al` that is about to be set up there.
fn at_stand_in(trakt: Trakt, intents: Vec<Intent>) -> (Server, Scene) {
    let hand = HandClock::at(noon());
    let server = Server::start(trakt, "127.0.0.1:0", time_of(&Clock::ByHand(hand.clone())));
    let server = server.expect("loopback has ports");
    let mut scene = Scene { hand, stand_in: Some(server.url()), ..scene(vec![], intents) };
    scene.tokens = Some(pair(&server.sign_in("al"), noon()));
    trakt::CLIENT_ID.clone_into(&mut scene.trakt.client_id);
    scene.trakt.client_secret = Secret::new(trakt::CLIENT_SECRET);
    (server, scene)
}

/// A time as the stand-in has it.
fn at_trakt(time: Time) -> standin::Time {
    standin::Time(time.0)
}

/// The stand-in's clock.
fn time_of(clock: &Clock) -> impl Fn() -> standin::Time + Send + Sync + 'static {
    let clock = clock.clone();
    move || at_trakt(clock.now())
}

fn pair(tokens: &trakt::Tokens, created: Time) -> TokenPair {
    let lifetime = Duration::from_secs(7 * 24 * 3600);
    let (access, refresh) = (Secret::new(&*tokens.access), Secret::new(&*tokens.refresh));
    TokenPair { access, refresh, created, lifetime }
}

impl Scene {
    /// Starts it at noon. With a login, the first thing asked is whose it is.
    fn start(mut self) -> Play {
        let greets = !self.dry_run && !self.without_greeting;
        if self.tokens.as_ref().is_some_and(|pair| pair.created == noon()) && greets {
            self.steps.insert(0, whose());
        }
        let script = Arc::new(Script::start(self.steps));
        let hand = self.hand;
        let url = self.stand_in.unwrap_or_else(|| script.url(""));
        let works = self.intents.into_iter().zip(1..).map(|(intent, id)| Work {
            id,
            maybe_sent: self.maybe_sent,
            ours: self.ours.clone(),
            is_paused: self.is_paused,
            of_this_start: self.of_this_start,
            ..work_of(intent)
        });
        let owner = Arc::new(Mutex::new(Owner {
            queue: works.collect(),
            refusals: self.refusals,
            ..Owner::default()
        }));
        let pulse = Heartbeat::default();
        let setup = Setup {
            account: "alice".into(),
            tracker: self.tracker.unwrap_or_else(|| {
                let app = config::Trakt { api_url: url.clone(), auth_url: url, ..self.trakt };
                Box::new(crate::tracker::trakt::Trakt::new(&app, self.time_limit))
            }),
            dry_run: self.dry_run,
            tokens: self.tokens,
            clock: Clock::ByHand(hand.clone()),
            pulse: pulse.clone(),
        };
        let (wakes, receiver) = mpsc::channel();
        let (state, asked) = (owner.clone(), script.clone());
        let thread = std::thread::spawn(move || {
            let request = |request| {
                let mut state = state.lock().expect("it does not panic");
                state.take(request, &asked);
            };
            run(setup, request, &receiver);
        });
        Play { script, hand, owner, wakes, pulse, thread: Some(thread) }
    }
}

fn whose() -> (&'static str, Vec<u8>) {
    ("GET /users/settings", answer(200, r#"{"user":{"username":"al"}}"#))
}

impl Owner {
    fn take(&mut self, request: CourierMessage, script: &Script) {
        match request {
            CourierMessage::Next { reply, .. } => {
                self.asked += 1;
                let marks = self.queue.iter().take_while(|work| work.intent.verb == Verb::Mark);
                let marks: Vec<Work> = marks.cloned().collect();
                let next = match self.queue.front() {
                    Some(_) if marks.len() > 1 => Next::Marks(marks),
                    Some(work) => Next::Work(Box::new(work.clone())),
                    None => Next::Idle { until: None },
                };
                reply.send(next).expect("the courier waits for it");
            }
            CourierMessage::Settled { id, settled, .. } => {
                let mut works = self.queue.iter_mut();
                match (&settled, works.find(|work| work.id == id)) {
                    (Settled::Held { maybe_sent, .. }, Some(work)) => {
                        work.attempts += 1;
                        work.maybe_sent = *maybe_sent;
                    }
                    _ => self.queue.retain(|work| work.id != id),
                }
                self.settled.push((id, settled));
            }
            CourierMessage::Tokens { pair, reply, .. } => {
                self.kept.push((pair.access.reveal().to_owned(), script.seen().len()));
                let refused = self.refusals > 0;
                self.refusals = self.refusals.saturating_sub(1);
                let kept = if refused { Kept::Refused("disk full".into()) } else { Kept::Safe };
                reply.send(kept).expect("the courier waits for it");
            }
            CourierMessage::Calls { quota, .. } => self.quotas.push(quota),
            CourierMessage::State { state, .. } => self.states.push(state),
            CourierMessage::LoggedOut { .. } => self.logged_out += 1,
            CourierMessage::ReceiverState { .. } => panic!("no courier speaks of receivers"),
        }
    }
}

impl Play {
    #[track_caller]
    fn wait_settled(&self, count: usize) -> Vec<Settled> {
        let settled = || {
            let owner = self.owner.lock().expect("it does not panic");
            owner.settled.iter().map(|(_, settled)| settled.clone()).collect::<Vec<_>>()
        };
        wait_for("intents to be settled", settled, |settled| settled.len() >= count)
    }

    #[track_caller]
    fn wait_handed_out(&self, count: usize) {
        let asked = || self.owner.lock().expect("it does not panic").asked;
        wait_for("intents to be handed out", asked, |asked| *asked >= count);
    }

    /// Lets time pass. The wake makes a courier that was just about to wait look at the clock again.
    fn advance(&self, span: Duration) {
        self.hand.advance(span);
        self.wakes.send(CourierCommand::Work).expect("the courier lives");
    }

    /// Waits until the courier has come round more often than one call takes, so that it has made
    /// those that it means to make now.
    #[track_caller]
    fn wait_at_rest(&self) {
        let wakes = self.wakes.clone();
        let nudge = move || wakes.send(CourierCommand::Work).expect("the courier lives");
        let mut watch = HeartbeatMonitor::new("courier".into(), self.pulse.clone(), nudge);
        watch.look();
        for _ in 0..10 {
            wait_for("the courier", || watch.look(), |moves| *moves);
        }
    }

    fn states(&self) -> Vec<AccountState> {
        self.owner.lock().expect("it does not panic").states.clone()
    }

    fn now(&self) -> Time {
        Clock::ByHand(self.hand.clone()).now()
    }

    fn waiting(&self) -> usize {
        self.owner.lock().expect("it does not panic").queue.len()
    }

    fn kept(&self) -> Vec<(String, usize)> {
        self.owner.lock().expect("it does not panic").kept.clone()
    }

    fn queue(&self, intent: Intent) {
        self.queue_owed(intent, false);
    }

    fn queue_owed(&self, intent: Intent, is_owed: bool) {
        let mut owner = self.owner.lock().expect("it does not panic");
        let id = 100 + (owner.queue.len() + owner.settled.len()) as u64;
        let work = Work { id, is_owed, ..work_of(intent) };
        owner.queue.push_back(work);
        drop(owner);
        self.wakes.send(CourierCommand::Work).expect("the courier lives");
    }

    /// Stops the courier and gives all calls but the question whose the login is.
    fn calls(mut self) -> Vec<String> {
        self.stop();
        let mut seen = self.script.seen();
        seen.retain(|call| call != "GET /users/settings");
        seen
    }

    fn stop(&mut self) {
        let _ = self.wakes.send(CourierCommand::Stop);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the courier does not panic");
        }
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.stop();
    }
}

fn done(how: How, play: impl Into<Option<OurPlay>>) -> Settled {
    let ids = Ids { trakt: Some(12), tmdb: Some(603), ..Ids::default() };
    Settled::Done { how, learned: ItemFacts { ids, ..ItemFacts::default() }, play: play.into() }
}

fn our_play(id: Option<u64>, watched_at: Time) -> OurPlay {
    OurPlay { id, watched_at, ended: noon(), item: Some(12) }
}

fn plays(id: u64, watched_at: Time) -> Vec<u8> {
    answer(200, &format!(r#"[{{"id":{id},"watched_at":"{watched_at}","action":"watch"}}]"#))
}

/// A first try of `intent`, of which nothing else is known.
fn work_of(intent: Intent) -> Work {
    let since = intent.at;
    Work::new(1, intent, since)
}
