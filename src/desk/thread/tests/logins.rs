//! Who is logged in where, and who delivers there.

use super::*;
use crate::config::{self, Account, Settings};
use crate::desk::Lately;
use crate::patience::wait_for;
use crate::threads::Vital;
use serde_json::{Value, json};

const HOUR: u64 = 60 * 60;

fn pair(access: &str) -> TokenPair {
    TokenPair {
        access: Secret::new(access),
        refresh: Secret::new("r"),
        created: FIRST,
        lifetime: Duration::from_secs(86_400),
    }
}

fn at(tracker: &str) -> Destination {
    Destination::new(ACCOUNT, tracker)
}

impl Scene {
    /// Where couriers are started, to a Trakt that nobody reaches; as a start leaves it.
    fn with_couriers(dry_run: bool) -> Self {
        let mut scene = Self::new();
        let nowhere = "http://127.0.0.1:1".to_owned();
        let trakt = config::Trakt {
            client_id: "id".to_owned(),
            api_url: nowhere.clone(),
            auth_url: nowhere,
            ..config::Trakt::default()
        };
        let accounts = vec![Account { dry_run, ..Account::for_everyone() }];
        scene.desk.live = Arc::new(Live::from(Settings { trakt, accounts, ..Settings::default() }));
        scene.open();
        scene
    }

    fn open(&mut self) {
        let Desk { live, clock, store, couriers, states, .. } = &mut self.desk;
        let vital = Vital::new(|_| {});
        *couriers = Couriers::new(live.clone(), clock.clone(), self.queue.clone(), vital);
        *states = crate::desk::open(&live.settings(), store, couriers).expect("it opens");
    }

    fn log_in(&mut self, tracker: &str) {
        let now = self.desk.clock.now();
        self.desk.command(Command::LogIn(at(tracker), pair("a")), now).expect("kept");
    }

    /// How much is dropped; null: it is kept for the next login.
    fn log_out(&mut self, tracker: Option<&str>) -> Value {
        let (account, tracker) = (ACCOUNT.to_owned(), tracker.map(str::to_owned));
        let now = self.desk.clock.now();
        let answer = self.desk.command(Command::LogOut { account, tracker }, now);
        answer.expect("written")["dropped"].clone()
    }

    /// Lets couriers say what they have to say until these are left.
    fn wait_for_couriers(&mut self, expected: &[Destination]) {
        let posts = || {
            let said: Vec<Message> = self.messages.try_iter().collect();
            self.work(said);
            self.desk.couriers.posts()
        };
        wait_for("the couriers", posts, |posts| posts == expected);
    }

    fn shown(&mut self) -> Value {
        let now = self.desk.clock.now();
        let status = self.desk.status(Lately::Events(9), now).expect("a status");
        serde_json::from_str(&status.collect::<String>()).expect("JSON")
    }
}

#[test]
fn a_courier_comes_with_a_login_and_goes_with_it() {
    let mut scene = Scene::with_couriers(false);
    assert_eq!(scene.desk.couriers.posts(), [], "without a login there is nothing to do");
    for _ in 0..2 {
        scene.log_in("trakt");
        assert_eq!(scene.desk.couriers.posts(), [at("trakt")]);
        scene.log_in("trakt"); // anew
        assert_eq!(scene.desk.couriers.posts(), [at("trakt")]);
        scene.log_out(None);
        scene.wait_for_couriers(&[]);
    }
    scene.log_in("trakt");
    scene.open();
    assert_eq!(scene.desk.couriers.posts(), [at("trakt")], "and after a restart");
    scene.log_out(None);
    scene.open();
    assert_eq!(scene.desk.couriers.posts(), []);
}

/// The one who was logged out is told to stop only when it says that it has nothing in hand: by then
/// it may be in use again.
#[test]
fn a_login_that_is_made_before_the_courier_has_gone_keeps_it() {
    let mut scene = Scene::with_couriers(false);
    scene.log_in("trakt");
    scene.log_out(None);
    scene.log_in("trakt");
    let logged_out = CourierMessage::LoggedOut { destination: at("trakt") };
    scene.work(vec![Message::Courier(logged_out)]);
    assert_eq!(scene.desk.couriers.posts(), [at("trakt")]);
}

#[test]
fn couriers_are_looked_after_while_they_are_there() {
    let mut scene = Scene::with_couriers(false);
    let couriers = scene.desk.couriers.clone();
    assert_eq!(couriers.stuck(), [""; 0]);
    scene.log_in("trakt");
    assert_eq!(couriers.stuck(), [""; 0], "it has had no time to show that it moves");
    let mut listen = || {
        let said: Vec<Message> = scene.messages.try_iter().collect();
        scene.work(said);
    };
    wait_for("it to move", || (listen(), couriers.stuck()).1, Vec::is_empty);
    couriers.stop();
    wait_for("it to end", || (listen(), couriers.have_ended()).1, |ended| *ended);
    couriers.stuck();
    assert_eq!(couriers.stuck(), ["courier default trakt"]);
    scene.log_in("trakt");
    assert!(couriers.have_ended(), "nobody is started any more");
}

#[test]
fn who_rehearses_needs_no_login_and_has_one_courier_at_the_first_tracker() {
    let mut scene = Scene::with_couriers(true);
    assert_eq!(scene.desk.couriers.posts(), [at("trakt")]);
    assert_eq!(scene.desk.warnings(), [""; 0]);
    scene.log_in("trakt");
    assert_eq!(scene.desk.couriers.posts(), [at("trakt")]);
    scene.log_out(None);
    assert_eq!(scene.desk.couriers.posts(), [at("trakt")]);
    assert_eq!(scene.shown()["accounts"][0]["state"], "dry run");
}

#[test]
fn that_a_login_is_needed_is_said_once_of_an_account_and_again_each_hour() {
    let mut scene = Scene::with_couriers(false);
    let needed = "login needed: press Connect on the page or run `scrobbled login default`; plays \
                  are kept until then";
    assert_eq!(scene.desk.warnings(), [needed]);
    assert_eq!(scene.desk.patience(), Some(Duration::ZERO), "it is to be said now");
    scene.wait(0);
    assert_eq!(scene.desk.patience(), Some(Duration::from_secs(HOUR)));
    scene.wait(HOUR - 1);
    assert_eq!(scene.desk.patience(), Some(Duration::from_secs(1)));
    scene.wait(1);
    assert_eq!(scene.desk.patience(), Some(Duration::from_secs(HOUR)));
    let shown = scene.shown()["accounts"][0].clone();
    assert_eq!(json!([shown["state"], shown["sentence"]]), json!(["login needed", needed]));
    assert_eq!(shown["trackers"], json!([]), "no tracker has anything to do with it");

    scene.log_in("trakt");
    assert_eq!((scene.desk.warnings(), scene.desk.patience()), (vec![], None));
    let shown = scene.shown()["accounts"][0].clone();
    let trackers = json!([shown["state"], shown["trackers"][0]["tracker"]]);
    assert_eq!(trackers, json!(["starting", "trakt"]));
    scene.log_out(Some("trakt"));
    assert_eq!(scene.desk.warnings(), [needed]);
}

#[test]
fn a_login_that_the_tracker_has_ended_is_no_logout_and_its_queue_waits() {
    let mut scene = Scene::with_couriers(false);
    scene.log_in("trakt");
    scene.play();
    scene.wait(3);
    let state = AccountState::LoginNeeded;
    let ended = CourierMessage::State { destination: at("trakt"), state };
    scene.work(vec![Message::Courier(ended)]);
    let over = "login needed: Trakt has ended the last one; press Connect on the page or run \
                `scrobbled login default --to trakt`; plays are kept until then";
    assert_eq!(scene.desk.warnings(), [over]);
    let shown = scene.shown()["accounts"][0].clone();
    assert_eq!(shown["trackers"][0]["sentence"], over);
    assert_eq!(json!([shown["trackers"][0]["waiting"], shown["waiting"]]), json!([1, 1]));
    assert_eq!(scene.desk.couriers.posts(), [at("trakt")], "it goes on asking");
}

#[test]
fn what_a_courier_says_of_a_login_that_is_gone_is_not_believed() {
    let mut scene = Scene::with_couriers(false);
    scene.log_in("trakt");
    scene.log_out(None);
    let state = AccountState::Connected { user: Some("al".into()) };
    let late = CourierMessage::State { destination: at("trakt"), state };
    scene.work(vec![Message::Courier(late)]);
    assert_eq!(scene.desk.states.keys().collect::<Vec<_>>(), [&at("")]);
}

#[test]
fn what_was_waiting_goes_with_a_tracker_unless_it_was_the_last() {
    let mut scene = Scene::new();
    scene.log_in("trakt");
    scene.log_in("elsewhere");
    scene.play();
    scene.wait(3);
    assert_eq!(scene.log_out(Some("elsewhere")), json!(1));
    assert_eq!(scene.log_out(Some("trakt")), Value::Null);
    let shown = scene.shown();
    assert_eq!(
        json!([shown["accounts"][0]["waiting"], shown["outbox"][0]["tracker"]]),
        json!([1, ""])
    );
    scene.restart();
    scene.log_in("trakt");
    assert_eq!(scene.shown()["outbox"][0]["tracker"], "trakt");
}

/// 10,000 things are the bound of an account; then everything is refused. Nobody need ever log in here.
#[test]
fn an_account_that_only_receivers_are_told_of_does_not_fill_up() {
    for receivers_only in [true, false] {
        let mut scene = Scene::new();
        if receivers_only {
            let state = AccountState::ReceiversOnly(vec!["films".to_owned()]);
            scene.desk.states.insert(at(""), state);
        }
        let play = |session: u32| Intent {
            account: ACCOUNT.to_owned(),
            verb: Verb::Finish,
            item: Item::default(),
            session: format!("x{session}"),
            progress: Percent::whole(91),
            at: FIRST,
            began: FIRST,
            viewing: None,
        };
        let plays: Vec<Intent> = (1..=1_005).map(play).collect();
        let nothing = Changes::default();
        scene.desk.store.commit(&nothing, &plays, &[], &[], FIRST).expect("kept");
        scene.play();
        scene.wait(3);
        let kept = scene.desk.store.entries(false, 9_999).expect("readable");
        let last = kept.last().map(|entry| entry.intent.verb);
        assert_eq!(last, Some(Verb::Start), "what is new is kept");
        assert_eq!(kept.len(), if receivers_only { 1_000 } else { 1_006 });
    }
}
