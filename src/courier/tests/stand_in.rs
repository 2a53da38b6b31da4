//! The courier against the stand-in for Trakt that misbehaves by chance.

use super::*;
use crate::event::{Episode, Show};
use serde_json::{Value, json};
use standin::trakt::{CLIENT_ID, CLIENT_SECRET, Catalogue, Faults, Rates, Server, Trakt};

const LENGTH: Duration = Duration::from_secs(20 * 60);
const VIEWINGS: u32 = 4;
/// How far time moves at once.
const STEP: Duration = Duration::from_secs(5);

/// The owner of the queue as it will be: it remembers what was learned and which plays are ours.
#[derive(Default)]
struct Outbox {
    queue: VecDeque<Work>,
    ours: Vec<OurPlay>,
    learned: Ids,
    settled: Vec<Settled>,
    /// How often nobody knew whether a call had arrived.
    doubts: usize,
}

impl Outbox {
    fn take(&mut self, request: CourierMessage) {
        match request {
            CourierMessage::Next { reply, .. } => {
                let next = self.queue.front().map(|work| {
                    let mut work = work.clone();
                    work.ours.clone_from(&self.ours);
                    work.intent.item.ids.learn(&self.learned);
                    Next::Work(Box::new(work))
                });
                reply.send(next.unwrap_or(Next::Idle { until: None })).expect("it waits for it");
            }
            CourierMessage::Settled { settled, .. } => {
                if let Settled::Held { maybe_sent, .. } = settled {
                    let work = self.queue.front_mut().expect("it was handed out");
                    work.maybe_sent = maybe_sent;
                    self.doubts += usize::from(maybe_sent);
                    return;
                }
                self.queue.pop_front();
                if let Settled::Done { learned, play, .. } = &settled {
                    self.ours.extend(*play);
                    self.learned.learn(&learned.ids);
                }
                self.settled.push(settled);
            }
            CourierMessage::Tokens { reply, .. } => {
                reply.send(Kept::Safe).expect("it waits for it");
            }
            CourierMessage::State { .. }
            | CourierMessage::Calls { .. }
            | CourierMessage::ReceiverState { .. }
            | CourierMessage::LoggedOut { .. } => {}
        }
    }
}

/// The same cartoon again and again, without a break, at a Trakt that misbehaves: the hardest
/// thing to count. Gives what became of it, and each play's distance from its viewing's end.
fn watch(seed: u64) -> (Outbox, Vec<Duration>) {
    let hand = HandClock::at(noon());
    let clock = Clock::ByHand(hand.clone());
    let mut trakt = Trakt::new(Catalogue::default());
    trakt.options.token_seconds = 3600;
    trakt.options.refresh_grace_seconds = 3600;
    // With odd seeds Trakt hardly ever says 409, so that looking is all that keeps plays single.
    trakt.options.repeat_seconds = (seed % 2 == 1).then_some(1);
    let rates = Rates { answer_lost: 200, unavailable: 200, gateway: 100, ..Rates::rough() };
    let server = Server::start(trakt, "127.0.0.1:0", time_of(&clock)).expect("loopback has ports");
    let tokens = server.sign_in("al");
    server.misbehave(Faults::seeded(seed, rates));

    let outbox = Arc::new(Mutex::new(Outbox::default()));
    let (wakes, receiver) = mpsc::channel();
    let app = config::Trakt {
        api_url: server.url(),
        auth_url: server.url(),
        client_id: CLIENT_ID.into(),
        client_secret: Secret::new(CLIENT_SECRET),
        ..config::Trakt::default()
    };
    let setup = Setup {
        account: "al".into(),
        tracker: Box::new(crate::tracker::trakt::Trakt::new(&app, Duration::from_secs(5))),
        dry_run: false,
        tokens: Some(TokenPair {
            access: Secret::new(tokens.access),
            refresh: Secret::new(tokens.refresh),
            created: noon(),
            lifetime: Duration::from_secs(3600),
        }),
        clock: clock.clone(),
        pulse: crate::pulse::Heartbeat::default(),
    };
    let owner = outbox.clone();
    let thread = std::thread::spawn(move || {
        run(setup, |request| owner.lock().expect("it does not panic").take(request), &receiver);
    });

    let place = Episode {
        show: Show { title: "Harbour Nine".into(), ..Show::default() },
        season: Some(1),
        number: Some(3),
        last: None,
    };
    let mut ends = Vec::new();
    for viewing in 0..VIEWINGS {
        let began = noon().after(LENGTH * viewing);
        let told = [(Verb::Start, 0, began), (Verb::Finish, 95, began.after(LENGTH * 9 / 10))];
        for (verb, progress, at) in told {
            pass_until(at, &hand, &clock, &wakes);
            let intent = Intent {
                account: "al".into(),
                verb,
                item: Item {
                    kind: Kind::Episode(place.clone()),
                    runtime_ms: Some(20 * 60 * 1000),
                    ..Item::default()
                },
                session: "s".into(),
                progress: Percent::clamped(f64::from(progress)),
                at,
                began,
                viewing: None,
            };
            outbox.lock().expect("it does not panic").queue.push_back(work_of(intent));
        }
        ends.push(began.after(LENGTH * 9 / 10));
    }
    let mut now = clock.now();
    while !outbox.lock().expect("it does not panic").queue.is_empty() {
        now = now.after(STEP);
        assert!(now.since(noon()) < minutes(10 * 60), "seed {seed}: something never leaves");
        pass_until(now, &hand, &clock, &wakes);
    }
    wakes.send(CourierCommand::Stop).expect("the courier lives");
    thread.join().expect("the courier does not panic");

    let plays = server.with(|trakt| trakt.plays_of("al", "Harbour Nine 1x03"));
    assert_eq!(plays.len(), ends.len(), "seed {seed}: {plays:?}\n{:#?}", server.calls());
    let ends = ends.into_iter().map(at_trakt);
    let off = plays.iter().zip(ends).map(|(play, end)| play.since(end).max(end.since(*play)));
    let off = off.collect();
    let outbox = std::mem::take(&mut *outbox.lock().expect("it does not panic"));
    (outbox, off)
}

/// Lets time pass in steps, each long enough for a call or two.
#[expect(clippy::disallowed_methods, reason = "time by hand must not outrun the socket by far")]
fn pass_until(until: Time, hand: &HandClock, clock: &Clock, wakes: &mpsc::Sender<CourierCommand>) {
    while clock.now() < until {
        hand.advance(STEP);
        wakes.send(CourierCommand::Work).expect("the courier lives");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn each_viewing_is_one_play_at_its_time_whatever_trakt_does() {
    let (mut doubts, seeds) = (0, seeds());
    for &seed in &seeds {
        let (outbox, off) = watch(seed);
        // A live play has the time at which Trakt hears of it; here that flies while it travels.
        assert!(off.iter().all(|span| *span < LENGTH / 2), "seed {seed}: off by {off:?}");
        let parked = outbox.settled.iter().filter(|s| matches!(s, Settled::Parked { .. }));
        assert_eq!(parked.count(), 0, "seed {seed}: {:#?}", outbox.settled);
        doubts += outbox.doubts;
    }
    assert!(doubts > 0 || seeds.len() == 1, "no answer was ever lost: this proves nothing");
}

/// `SCROBBLED_SEED` repeats one run.
fn seeds() -> Vec<u64> {
    match std::env::var("SCROBBLED_SEED") {
        Ok(seed) => vec![seed.parse().expect("SCROBBLED_SEED is a number")],
        Err(_) => vec![1, 2, 3],
    }
}

#[test]
fn an_ordinary_client_understands_it() {
    let server = Server::start(Trakt::default(), "127.0.0.1:0", || standin::Time(noon().0));
    let server = server.expect("loopback has ports");
    let tokens = server.sign_in("mara");
    let request = |method, path: &str| {
        minreq::Request::new(method, server.url() + path)
            .with_header("User-Agent", "x")
            .with_header("trakt-api-version", "2")
            .with_header("trakt-api-key", CLIENT_ID)
            .with_header("Authorization", format!("Bearer {}", tokens.access))
            .with_header("Content-Type", "application/json")
            .with_timeout(10)
    };
    let body = json!({ "movie": { "ids": { "imdb": "tt91000101" } }, "progress": 30 }).to_string();
    let paused = request(minreq::Method::Post, "/scrobble/pause").with_body(body).send();
    let paused = paused.expect("an answer");
    assert_eq!(paused.status_code, 201);
    let list = request(minreq::Method::Get, "/sync/playback/movies").send().expect("an answer");
    let list: Value = serde_json::from_slice(list.as_bytes()).expect("JSON");
    let path = format!("/sync/playback/{}", list[0]["id"]);
    let gone = request(minreq::Method::Delete, &path).send().expect("an answer");
    assert_eq!((gone.status_code, gone.as_bytes().len()), (204, 0));
}
