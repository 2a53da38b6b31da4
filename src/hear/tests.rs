use super::*;
use crate::clock::HandClock;
use crate::config::Settings;
use crate::event::{Action, Event, Item, Player, Time, User};
use crate::patience::wait_for;
use crate::secret::Secret;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

fn server(name: &str) -> MediaServer {
    MediaServer {
        name: name.into(),
        url: "http://nas".into(),
        token: Secret::new("t"),
        hear: true,
        ..MediaServer::new(Source::Plex)
    }
}

fn event(key: &str) -> Event {
    Event {
        source: Source::Plex,
        action: Action::Start,
        server: String::new(),
        user: User::default(),
        player: Player::default(),
        library: None,
        item: Item { key: key.into(), ..Item::default() },
        position_ms: None,
        is_guess: false,
    }
}

struct Scene {
    hand: Arc<HandClock>,
    ears: Ears,
    vital: Vital,
    heard: Receiver<String>,
}

impl Scene {
    /// Nobody is listened to yet; `taken` says what becomes of the events, one after the other.
    fn new(taken: Vec<Taken>) -> (Self, Arc<Sink>) {
        let (sender, heard) = channel();
        let taken = Mutex::new(taken.into_iter());
        let sink = move |event: Event| {
            sender.send(event.item.key).expect("the test listens");
            taken.lock().expect("no panic").next().unwrap_or(Taken::Safe)
        };
        let ears = Ears::nobody();
        let vital = Vital::new(|why| panic!("{why}"));
        (Self { hand: HandClock::at(Time(1_000)), ears, vital, heard }, Arc::new(sink))
    }

    fn listen(&mut self, name: &str, listen: Listen, sink: &Arc<Sink>) {
        let (clock, vital) = (Clock::ByHand(self.hand.clone()), self.vital.clone());
        let starts = Starts { clock, vital, sink: sink.clone() };
        let server = server(name);
        let bell = starts.listen(&server, listen, Vec::new(), &self.ears.hearings);
        let running = (server.clone(), bell.expect("a thread"));
        self.ears.running.lock().expect("no panic").insert((server.kind, name.into()), running);
    }

    fn next(&self) -> String {
        self.heard.recv_timeout(LIMIT).expect("something is heard")
    }

    /// Lets time pass until something is heard.
    fn after(&self, step: Duration) -> (String, Duration) {
        let start = Clock::ByHand(self.hand.clone()).steady();
        loop {
            match self.heard.recv_timeout(Duration::from_millis(20)) {
                Ok(key) => {
                    let now = Clock::ByHand(self.hand.clone()).steady();
                    return (key, now.saturating_sub(start));
                }
                Err(_) => self.hand.advance(step),
            }
        }
    }

    fn until(&self, expected: &Hearing, name: &str) {
        let look = || self.ears.hearings().of(&server(name));
        wait_for("how it is heard", look, |seen| seen.as_ref() == Some(expected));
    }
}

fn trouble(sentence: &str, lasts: bool) -> End {
    End::Trouble(Trouble { sentence: sentence.to_owned(), lasts })
}

/// Is heard, tells one thing, and then waits to be stopped.
fn well(ear: &Listener<'_>) -> End {
    ear.well();
    match ear.tell(&event(ear.server.name())).and_then(|()| ear.wait(Duration::MAX)) {
        Ok(()) => trouble("nobody stopped it", false),
        Err(Stopped) => End::Stopped,
    }
}

/// Tells that it was tried, and fails.
fn down(ear: &Listener<'_>) -> End {
    match ear.tell(&event("tried")) {
        Ok(()) => trouble("nobody answers", false),
        Err(Stopped) => End::Stopped,
    }
}

fn refused(ear: &Listener<'_>) -> End {
    match ear.tell(&event("tried")) {
        Ok(()) => trouble("it refuses plex.token", true),
        Err(Stopped) => End::Stopped,
    }
}

#[test]
fn each_server_is_heard_by_itself_and_one_that_is_down_is_tried_ever_more_seldom() {
    let (mut scene, sink) = Scene::new(Vec::new());
    scene.listen("down", down, &sink);
    assert_eq!(scene.next(), "tried");
    scene.until(&Hearing { since: None, trouble: None }, "down");
    scene.listen("well", well, &sink);
    assert_eq!(scene.next(), "well");
    scene.until(&Hearing { since: Some(Time(1_000)), trouble: None }, "well");
    let second = Duration::from_secs(1);
    for pause in [5, 10, 20] {
        let (key, after) = scene.after(second);
        assert_eq!(key, "tried");
        let least = Duration::from_secs(pause);
        assert!((least..least * 2).contains(&after), "{after:?} and not {least:?}");
    }
    let told = Some("nobody answers".to_owned());
    scene.until(&Hearing { since: None, trouble: told }, "down");
    scene.until(&Hearing { since: Some(Time(1_000)), trouble: None }, "well");
    scene.ears.stop();
}

#[test]
fn a_refusal_is_told_at_once_and_tried_again_half_a_minute_later_and_then_more_seldom() {
    let (mut scene, sink) = Scene::new(Vec::new());
    scene.listen("attic", refused, &sink);
    assert_eq!(scene.next(), "tried");
    let told = Some("it refuses plex.token".to_owned());
    scene.until(&Hearing { since: None, trouble: told }, "attic");
    for pause in [30, 60, 120] {
        let (_, after) = scene.after(Duration::from_secs(10));
        let least = Duration::from_secs(pause);
        assert!((least..least + Duration::from_secs(20)).contains(&after), "{after:?}");
    }
    scene.ears.stop();
}

#[test]
fn what_can_not_be_stored_is_handed_on_again_and_nothing_after_it_before() {
    fn two(ear: &Listener<'_>) -> End {
        let told = ear.tell(&event("first")).and_then(|()| ear.tell(&event("second")));
        let _ = told.and_then(|()| ear.wait(Duration::MAX)); // until it is stopped
        End::Stopped
    }
    let (mut scene, sink) = Scene::new(vec![Taken::NotNow, Taken::NotNow, Taken::Safe]);
    scene.listen("attic", two, &sink);
    assert_eq!(scene.next(), "first");
    let second = Duration::from_secs(1);
    let after = ["first", "first", "second"].map(|_| scene.after(second).0);
    assert_eq!(after, ["first", "first", "second"]);
    scene.ears.stop();
}

#[test]
fn a_thread_that_reads_a_silent_stream_ends_at_once_when_it_is_stopped() {
    fn reads(ear: &Listener<'_>) -> End {
        let mut socket = TcpStream::connect(ear.server.name()).expect("the test listens");
        ear.reads_from(&socket).expect("a socket");
        ear.well();
        let _ = ear.tell(&event("connected")); // it has not been stopped
        let read = socket.read(&mut [0; 1]);
        let _ = ear.tell(&event(&format!("read {read:?}"))); // as above, or it has: it is told
        if ear.check().is_err() { End::Stopped } else { trouble("it was not stopped", false) }
    }
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (mut scene, sink) = Scene::new(Vec::new());
    scene.listen(&silent.local_addr().expect("an address").to_string(), reads, &sink);
    assert_eq!(scene.next(), "connected");
    let (_peer, _) = silent.accept().expect("the thread");
    scene.ears.stop();
    assert_eq!(scene.next(), "read Ok(0)");
}

#[test]
fn who_is_to_be_heard_has_a_thread_for_as_long_as_that_holds() {
    let (scene, sink) = Scene::new(Vec::new());
    let ears = Ears::new(&Clock::ByHand(scene.hand.clone()), &scene.vital, sink);
    let listened = |servers: &[MediaServer]| -> Vec<String> {
        let settings = Settings { media_servers: servers.to_vec(), ..Settings::default() };
        ears.listen_to(&settings, &[]).expect("threads");
        let running = ears.running.lock().expect("no panic");
        running.values().map(|(it, _)| format!("{} {}", it.name(), it.url)).collect()
    };
    let attic = server("attic");
    let off = MediaServer { hear: false, ..server("off") };
    let nowhere = MediaServer { url: String::new(), ..server("nowhere") };
    let at = |server: &MediaServer| format!("{} {}", server.name(), server.url);
    assert_eq!(listened(&[off.clone(), nowhere]), Vec::<String>::new());
    assert_eq!(listened(&[attic.clone(), off.clone()]), [at(&attic)]);
    let heard = || ears.hearings().of(&attic);
    wait_for("an attempt", heard, Option::is_some);
    let moved = MediaServer { url: "http://127.0.0.1:2".into(), ..attic.clone() };
    assert_eq!(listened(&[moved.clone(), off.clone()]), [at(&moved)]);
    assert_eq!(listened(&[off]), Vec::<String>::new());
    assert_eq!(heard(), None, "nobody is told of one that is not listened to");
}
