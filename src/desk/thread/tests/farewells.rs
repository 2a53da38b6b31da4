//! What is told before a login goes.

use super::*;
use crate::delivery::Work;
use serde_json::json;

fn simkl() -> Destination {
    Destination::new(ACCOUNT, "simkl")
}

fn pair() -> TokenPair {
    TokenPair {
        access: Secret::new("a"),
        refresh: Secret::new("r"),
        created: FIRST,
        lifetime: Duration::from_secs(86_400),
    }
}

impl Scene {
    /// Connected to Simkl, with somebody there who delivers, where this film begins.
    fn playing_at_simkl() -> Self {
        let mut scene = Self::new();
        let now = scene.desk.clock.now();
        scene.desk.command(Command::LogIn(simkl(), pair()), now).expect("kept");
        scene.desk.couriers.pretend(simkl());
        scene.play();
        scene.wait(3);
        scene
    }

    fn next_at_simkl(&mut self) -> Option<Work> {
        let (reply, answer) = channel();
        let destination = simkl();
        self.work(vec![Message::Courier(CourierMessage::Next { destination, reply })]);
        match answer.try_recv().expect("an answer") {
            Next::Work(work) => Some(*work),
            Next::Marks(_) | Next::Idle { .. } => None,
        }
    }

    fn settle_at_simkl(&mut self, id: u64, settled: Settled) {
        let destination = simkl();
        self.work(vec![Message::Courier(CourierMessage::Settled { destination, id, settled })]);
    }

    /// The login at a tracker is about to go: how many are awaited, and where it is told of each.
    fn bid_farewell(&mut self, tracker: &str) -> (u64, Receiver<()>) {
        let (teller, told) = channel();
        let (account, tracker) = (ACCOUNT.to_owned(), Some(tracker.to_owned()));
        let now = self.desk.clock.now();
        let command = Command::BidFarewell { account, tracker, teller };
        let answer = self.desk.command(command, now).expect("readable");
        (answer["awaited"].as_u64().expect("a number"), told)
    }

    fn log_out_of_simkl(&mut self) -> serde_json::Value {
        let (account, tracker) = (ACCOUNT.to_owned(), Some("simkl".to_owned()));
        let now = self.desk.clock.now();
        self.desk.command(Command::LogOut { account, tracker }, now).expect("written")
    }
}

fn done() -> Settled {
    Settled::Done { how: How::Told, learned: Facts::default(), play: None }
}

#[test]
fn a_login_goes_when_what_plays_was_ended_and_nothing_else_is_told_before() {
    let mut scene = Scene::playing_at_simkl();
    let start = scene.next_at_simkl().expect("the start");
    scene.settle_at_simkl(start.id, done());
    scene.wait(60);
    let (awaited, told) = scene.bid_farewell("simkl");
    assert_eq!((awaited, told.try_recv().is_ok()), (1, false));
    let now = scene.desk.clock.now();
    let other = Intent { session: "other".to_owned(), at: now, ..start.intent.clone() };
    scene.desk.store.commit(&Changes::default(), &[other], &[], &[], now).expect("kept");
    let pause = scene.next_at_simkl().expect("its end");
    assert_eq!((pause.intent.verb, &pause.intent.session), (Verb::Pause, &start.intent.session));
    assert!(pause.is_owed && pause.intent.progress > start.intent.progress, "{pause:?}");
    let held = Settled::Held { until: now, why: "away".to_owned(), maybe_sent: true };
    scene.settle_at_simkl(pause.id, held);
    assert!(told.try_recv().is_err(), "it is tried again");
    assert_eq!(scene.next_at_simkl().map(|work| work.id), Some(pause.id));
    scene.settle_at_simkl(pause.id, done());
    assert!(told.try_recv().is_ok());
    assert_eq!(scene.next_at_simkl(), None, "what has begun meanwhile would stand open");
    let answer = scene.log_out_of_simkl();
    assert_eq!(answer, json!({ "dropped": null, "unended": [] }));
    let kept: Vec<_> = scene.desk.store.entries(false, 9).expect("readable");
    let kept: Vec<_> = kept.iter().map(|one| one.intent.session.as_str()).collect();
    assert_eq!(kept, ["other"], "for whichever is connected next");
}

#[test]
fn what_is_in_hand_when_a_login_is_to_go_is_waited_for_and_ended() {
    let mut scene = Scene::playing_at_simkl();
    let start = scene.next_at_simkl().expect("the start");
    let (awaited, told) = scene.bid_farewell("simkl");
    assert_eq!(awaited, 1);
    scene.settle_at_simkl(start.id, done());
    assert!(told.try_recv().is_err(), "it stands open now");
    let pause = scene.next_at_simkl().expect("its end");
    scene.settle_at_simkl(pause.id, done());
    assert!(told.try_recv().is_ok());
}

#[test]
fn what_could_not_be_ended_is_told_and_nobody_else_hears_its_pause() {
    let mut scene = Scene::playing_at_simkl();
    let start = scene.next_at_simkl().expect("the start");
    scene.settle_at_simkl(start.id, done());
    assert_eq!(scene.bid_farewell("simkl").0, 1);
    let unended = "`The Salt Road (2021)` could not be ended at Simkl, which may count it as watched \
                   later; if it does, remove it there";
    let answer = scene.log_out_of_simkl();
    assert_eq!(answer, json!({ "dropped": null, "unended": [unended] }));
    assert_eq!(scene.desk.store.entries(false, 9).expect("readable").len(), 0);
    // What stood open there is nobody's any more.
    let now = scene.desk.clock.now();
    scene.desk.command(Command::LogIn(simkl(), pair()), now).expect("kept");
    assert_eq!(scene.desk.store.open_starts(&simkl()).expect("readable"), [""; 0]);
}

#[test]
fn nothing_is_waited_for_where_nothing_stands_open_or_nobody_can_end_it() {
    let mut scene = Scene::playing_at_simkl();
    let awaited = |scene: &mut Scene, tracker| scene.bid_farewell(tracker).0;
    assert_eq!(awaited(&mut scene, "simkl"), 0, "the start was not told yet");
    scene.log_out_of_simkl();

    let mut scene = Scene::playing_at_simkl();
    let start = scene.next_at_simkl().expect("the start");
    scene.settle_at_simkl(start.id, done());
    scene.desk.states.insert(simkl(), AccountState::LoginNeeded);
    assert_eq!(awaited(&mut scene, "simkl"), 0, "Simkl has ended the login");

    let mut scene = Scene::new();
    let now = scene.desk.clock.now();
    scene.desk.command(Command::LogIn(destination(), pair()), now).expect("kept");
    scene.desk.couriers.pretend(destination());
    scene.play();
    scene.wait(3);
    let start = scene.next_work();
    scene.settle(start.id);
    assert_eq!(awaited(&mut scene, "trakt"), 0, "what nobody ends there ends by itself");
}

/// The same user may have to log in anew in the middle of a film.
#[test]
fn a_login_makes_way_for_another_users_and_not_for_the_same() {
    for (user, awaited) in [("anna", 0), ("ben", 1)] {
        let mut scene = Scene::playing_at_simkl();
        let start = scene.next_at_simkl().expect("the start");
        scene.settle_at_simkl(start.id, done());
        let state = AccountState::Connected { user: Some("anna".to_owned()) };
        scene.desk.states.insert(simkl(), state);
        let now = scene.desk.clock.now();
        let (teller, _told) = channel();
        let command = Command::MakeWay { destination: simkl(), user: user.to_owned(), teller };
        let answer = scene.desk.command(command, now).expect("readable");
        assert_eq!(answer, json!({ "awaited": awaited }), "{user}");
        let answer = scene.desk.command(Command::LogIn(simkl(), pair()), now).expect("kept");
        assert_eq!(answer["unended"].as_array().map(Vec::len), Some(awaited), "{user}");
        let open = scene.desk.store.open_starts(&simkl()).expect("readable");
        assert_eq!(open.is_empty(), user == "ben", "what is owed is owed to its user");
        assert_eq!(scene.desk.store.entries(false, 9).expect("readable").len(), 0, "{user}");
    }
}
