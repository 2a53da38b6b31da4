//! Whole conversations with the stand-in for Emby, on a clock that runs as fast as they do.

use super::*;
use crate::clock::{Clock, HandClock};
use crate::connect::around::tests::around;
use crate::connect::order::SignIn;
use crate::connect::talk;
use crate::event::Time;
use crate::secret::Secret;
use serde_json::{Value, json};
use standin::emby::{Emby, Server};
use standin::jellyfin::KEY;
use standin::trakt::Fault as Trouble;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const NAME: &str = "scrobbled (attic d3v1ce)";
const OURS: &str = "http://192.0.2.5:8787/webhook/embytrakt";

/// An Emby with an administrator `mara` and a guest `jo`, and us.
struct Stage {
    server: Server,
    around: Around,
    hand: Arc<HandClock>,
    kept: Arc<Mutex<Vec<Connection>>>,
    posted: Arc<Mutex<Vec<String>>>,
    /// What is typed as the address.
    typed: String,
    /// After how long the person leaves.
    leaves: Option<Duration>,
}

impl Stage {
    fn open() -> Self {
        Self::with(|_| ())
    }

    /// Webhooks arrive, unless their address has `nowhere` in it.
    fn with(change: impl FnOnce(&mut Emby)) -> Self {
        let hand = HandClock::at(Time(1_795_550_400_000));
        let clock = Clock::ByHand(hand.clone());
        let mut emby = Emby::new();
        for (name, password) in [("mara", "s3same"), ("jo", "guest")] {
            emby.house.user(name);
            emby.house.set_password(name, password);
        }
        change(&mut emby);
        let last = Arc::new(Mutex::new(None::<Time>));
        let posted = Arc::new(Mutex::new(Vec::new()));
        let (heard, there, now) = (last.clone(), posted.clone(), clock.clone());
        emby.carried_by(move |post| {
            there.lock().expect("no panic").push(post.url.clone());
            if post.url.contains("nowhere") {
                return Err("Connection refused (nowhere:80).".to_owned());
            }
            *heard.lock().expect("no panic") = Some(now.now());
            Ok(())
        });
        let time = clock.clone();
        let now = move || standin::Time(time.now().0);
        let server = Server::start(emby, "127.0.0.1:0", now).expect("a port");
        let kept = Arc::new(Mutex::new(Vec::new()));
        let mut around = around();
        around.place.public_url = "http://192.0.2.5:8787".into();
        around.clock = clock;
        let keeper = kept.clone();
        around.effects.keep = Box::new(move |connection| {
            let mut kept = keeper.lock().expect("no panic");
            kept.retain(|one: &Connection| one.name != connection.name);
            kept.push(connection.clone());
            Ok(())
        });
        around.effects.last_webhook = Some(Box::new(move |_, _| *last.lock().expect("no panic")));
        let typed = server.url();
        Self { server, around, hand, kept, posted, typed, leaves: None }
    }

    /// Connects, and gives what came of it and what was said. Time passes while it waits.
    fn connect(&mut self, sign_in: SignIn) -> (Result<Connection, Ended>, String) {
        self.around.kept = self.kept.lock().expect("no panic").clone();
        let order = Order {
            kind: Source::Emby,
            url: self.typed.clone(),
            server: String::new(),
            sign_in,
            trust: crate::http::trust::Trust::default(),
            yes: false,
            restart: false,
        };
        let (talk, listener) = talk::begin(&self.around.clock, false);
        let (around, hand, patient) = (&self.around, &self.hand, listener.clone());
        let leaves = self.leaves.map(|after| around.clock.steady() + after);
        let (ready, done) = channel::<()>();
        let became = thread::scope(|scope| {
            scope.spawn(move || {
                // In real time a test message needs a moment, and nobody is in a hurry.
                while done.recv_timeout(Duration::from_millis(2)) == Err(RecvTimeoutError::Timeout)
                {
                    let _ = patient.poll(0);
                    if leaves.is_some_and(|at| around.clock.steady() >= at) {
                        patient.leave();
                    }
                    hand.advance(Duration::from_millis(500));
                }
            });
            let became = connect(&talk, around, &order);
            drop(ready);
            became
        });
        (became, listener.poll(0).lines.join("\n"))
    }

    #[track_caller]
    fn connected(&mut self, sign_in: SignIn) -> (Connection, String) {
        let (became, said) = self.connect(sign_in);
        (became.unwrap_or_else(|why| panic!("{why}: {said}")), said)
    }

    fn notified(&self) -> Vec<Value> {
        self.server.with(|emby| emby.notified().to_vec())
    }

    /// The names of keys and programs that may ask, and who they are, without those of before.
    fn logins(&self) -> Vec<(String, Option<String>)> {
        let mut logins = self.server.with(|emby| emby.house.logins());
        logins.retain(|(name, _)| name != "dashboard" && name != "by hand");
        logins
    }

    /// As after `rotate`.
    fn rotate(&mut self) {
        self.around.effects.token = Box::new(|_| Secret::new("n3w"));
    }
}

fn mara() -> SignIn {
    SignIn::Password { user: "mara".into(), password: Secret::new("s3same") }
}

fn options(url: &str) -> Value {
    json!({ "Url": url, "EnableMultipartFormData": "false" })
}

#[test]
fn an_administrator_signs_in_and_a_notification_that_was_tested_is_there() {
    let mut stage = Stage::with(|emby| {
        emby.notify("Home", "http://192.0.2.9/hook", &["playback.stop"]);
        emby.options.most = 1; // a list comes in pages
    });
    let before = stage.notified();
    let (connection, said) = stage.connected(mara());
    let all = stage.notified();
    assert_eq!(all[0], before[0], "nobody else's is touched");
    assert_eq!(all.len(), 2);
    let ours = &all[1];
    assert_eq!(ours["FriendlyName"], NAME);
    assert_eq!(ours["Options"], options(&format!("{OURS}?emby-T")));
    let events = [
        "playback.start",
        "playback.pause",
        "playback.unpause",
        "playback.stop",
        "item.markplayed",
        "item.markunplayed",
    ];
    assert_eq!(ours["EventIds"], json!(events));
    for list in ["UserIds", "DeviceIds", "LibraryIds"] {
        assert_eq!(ours[list], json!([]), "{list}");
    }
    let people: Vec<&str> = connection.people.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(people, ["mara", "jo"]);
    let hook = connection.hook.clone().expect("a hook");
    assert_eq!((hook.address.as_str(), json!(hook.id)), (OURS, ours["Id"].clone()));
    assert!(connection.key_is_ours && !connection.hear);
    assert_eq!(connection.url, stage.server.url(), "and not what Emby takes for its address");
    assert_eq!(*stage.kept.lock().expect("no panic"), [connection]);
    // The person's own token has ended; only our key is new.
    assert_eq!(stage.logins(), [(NAME.to_owned(), None)]);
    assert!(said.contains("the test message has come"), "{said}");
    assert!(!said.contains("s3same") && !said.contains("emby-T"), "{said}");
    assert_eq!(look(&stage.around, &stage.kept.lock().expect("no panic")[0]), [""; 0]);
}

#[test]
fn run_twice_it_is_there_once() {
    let mut stage = Stage::open();
    let (first, _) = stage.connected(mara());
    let all = stage.notified();
    let (second, _) = stage.connected(mara());
    assert_eq!(second, first);
    assert_eq!(stage.notified(), all);
    // Also where nothing is remembered of the first time.
    stage.kept.lock().expect("no panic").clear();
    let (third, _) = stage.connected(mara());
    assert_eq!(third, first);
    assert_eq!((stage.notified(), stage.logins().len()), (all, 1));
}

#[test]
fn without_premiere_nothing_is_left_there_and_emby_is_listened_to() {
    let mut stage = Stage::with(|emby| {
        emby.notify("Home", "http://192.0.2.9/hook", &["playback.stop"]);
        emby.options.premiere = false;
    });
    let before = stage.notified();
    let (connection, said) = stage.connected(mara());
    assert!(connection.hear && connection.hook.is_none(), "{connection:?}");
    assert_eq!(stage.notified(), before);
    let log = stage.server.log();
    let written =
        log.iter().filter(|one| one.target.contains("/Configured") && one.method != "GET");
    assert_eq!(written.count(), 0, "the test comes first");
    assert!(said.contains("this Emby has no Premiere, or it can't reach"), "{said}");
    assert!(said.contains("listens to Emby itself"), "{said}");
    assert_eq!(look(&stage.around, &connection), [""; 0]);
    // Premiere is bought, and later ends.
    stage.server.with(|emby| emby.options.premiere = true);
    let (connection, _) = stage.connected(mara());
    assert!(!connection.hear && connection.hook.is_some(), "{connection:?}");
    stage.server.with(|emby| emby.options.premiere = false);
    let (connection, _) = stage.connected(mara());
    assert!(connection.hear && connection.hook.is_none(), "{connection:?}");
    assert_eq!(stage.notified(), before, "one that does not arrive is removed");
}

#[test]
fn what_emby_says_of_a_test_that_failed_is_told() {
    let mut stage = Stage::open();
    stage.around.place.public_url = "http://nowhere".into();
    let (connection, said) = stage.connected(mara());
    assert!(connection.hear && connection.hook.is_none(), "{connection:?}");
    assert_eq!(stage.notified(), [Value::Null; 0]);
    assert!(said.contains("did not arrive (Connection refused (nowhere:80))"), "{said}");
}

#[test]
fn without_a_daemon_it_is_added_and_said_to_be_untested() {
    let mut stage = Stage::open();
    stage.around.effects.last_webhook = None;
    let (connection, said) = stage.connected(mara());
    assert!(!connection.hear && connection.hook.is_some(), "{connection:?}");
    assert_eq!(stage.notified().len(), 1);
    assert!(said.contains("untested, because no daemon runs"), "{said}");
    assert_eq!(*stage.posted.lock().expect("no panic"), [""; 0]);
}

#[test]
fn an_old_emby_is_asked_for_what_it_can_tell() {
    let start_and_stop = vec!["playback.start", "playback.stop", "library.new"];
    let mut stage = Stage::with(|emby| emby.options.events = start_and_stop);
    let (_, said) = stage.connected(mara());
    assert_eq!(stage.notified()[0]["EventIds"], json!(["playback.start", "playback.stop"]));
    assert!(said.contains("can't tell of playback.pause, playback.unpause"), "{said}");
    let mut stage = Stage::with(|emby| emby.options.notifies = false);
    let (connection, said) = stage.connected(mara());
    assert!(connection.hear && said.contains("they came with 4.8"), "{said}");
    let mut stage = Stage::with(|emby| emby.options.test = "system.notificationtest");
    assert!(stage.connected(mara()).0.hook.is_some());
}

#[test]
fn who_is_not_let_in_is_told_why_and_leaves_nothing_behind() {
    let password = |user: &str, password: &str| SignIn::Password {
        user: user.into(),
        password: Secret::new(password),
    };
    let mut stage = Stage::with(|emby| {
        emby.house.set_password("kim", "kim");
        emby.house.disable("kim");
    });
    let jo = stage.server.with(|emby| emby.house.sign_in("jo"));
    let cases = [
        (password("mara", "wr0ng"), "does not let mara in with that password"),
        (password("kim", "kim"), "does not let kim in: the account is disabled"),
        (password("jo", "guest"), "jo is no administrator at Emby"),
        (SignIn::Key(Secret::new("wr0ng")), "does not take that key"),
        (SignIn::Key(Secret::new(jo)), "the token of somebody who is no administrator"),
        (SignIn::Code, "Emby has no code to sign in with"),
    ];
    for (sign_in, expected) in cases {
        let (became, said) = stage.connect(sign_in);
        let why = became.expect_err(expected).to_string();
        assert!(why.contains(expected), "{why}");
        assert!(!format!("{why}{said}").contains("wr0ng"), "{why} {said}");
        assert_eq!(stage.logins(), [], "{expected}");
        assert_eq!(stage.notified(), [Value::Null; 0]);
    }
    assert_eq!(*stage.kept.lock().expect("no panic"), []);
}

#[test]
fn a_key_that_somebody_gives_is_used_and_stays_theirs() {
    let mut stage = Stage::open();
    let (connection, _) = stage.connected(SignIn::Key(Secret::new(KEY)));
    assert!(!connection.key_is_ours && connection.hook.is_some(), "{connection:?}");
    assert_eq!(connection.token.reveal(), KEY);
    let done = take_back(&stage.around, &connection).expect("taken back");
    assert_eq!(done, [format!("the notification “{NAME}” is removed from Emby")]);
    assert_eq!(stage.notified(), [Value::Null; 0]);
    assert_eq!(
        look(&stage.around, &connection).len(),
        1,
        "the key is good, the notification is gone"
    );
    // In the place of a key of ours, which goes.
    let (_, _) = stage.connected(mara());
    assert_eq!(stage.logins().len(), 1);
    let (connection, _) = stage.connected(SignIn::Key(Secret::new(KEY)));
    assert!(!connection.key_is_ours);
    assert_eq!((stage.logins(), stage.notified().len()), (Vec::new(), 1));
}

#[test]
fn two_installs_on_one_machine_leave_each_other_alone() {
    let mut stage = Stage::open();
    let (ours, _) = stage.connected(mara());
    let first = std::mem::take(&mut *stage.kept.lock().expect("no panic"));
    stage.around.device = "0ther1".into();
    stage.around.place.public_url = "http://192.0.2.5:8788".into();
    let (theirs, _) = stage.connected(mara());
    assert_ne!(ours.token, theirs.token);
    assert_eq!((stage.notified().len(), stage.logins().len()), (2, 2));
    take_back(&stage.around, &theirs).expect("taken back");
    stage.around.device = "d3v1ce".into();
    stage.around.place.public_url = "http://192.0.2.5:8787".into();
    *stage.kept.lock().expect("no panic") = first;
    assert_eq!(stage.logins(), [(NAME.to_owned(), None)]);
    assert_eq!(look(&stage.around, &ours), [""; 0]);
}

#[test]
fn a_wrong_password_is_told_before_anything_else_is_asked() {
    let mut stage = Stage::open();
    stage.around.place.public_url.clear(); // so that it is doubtful where we are
    let wrong = SignIn::Password { user: "mara".into(), password: Secret::new("wr0ng") };
    let why = stage.connect(wrong).0.expect_err("a wrong password").to_string();
    assert!(why.contains("look whether name and password are right"), "{why}");
    // Whoever leaves at that question has made nothing.
    stage.leaves = Some(Duration::from_secs(4));
    assert_eq!(stage.connect(mara()).0, Err(Ended::Left));
    assert_eq!((stage.logins(), stage.kept.lock().expect("no panic").len()), (Vec::new(), 0));
}

#[test]
fn what_is_taken_back_is_ours_and_only_that() {
    let mut stage = Stage::with(|emby| {
        emby.notify("Home", "http://192.0.2.9/hook", &["playback.stop"]);
        emby.notify(
            "scrobbled (nas)",
            "http://192.0.2.6:8787/webhook/embytrakt",
            &["playback.stop"],
        );
    });
    let before = stage.notified();
    let (connection, _) = stage.connected(mara());
    let done = take_back(&stage.around, &connection).expect("taken back");
    assert_eq!(done.len(), 2, "{done:?}");
    assert_eq!((stage.notified(), stage.logins()), (before, Vec::new()));
    let again = take_back(&stage.around, &connection).expect("nothing else can be done");
    let expected = format!(
        "Emby does not accept our key any more, so our notification can't be removed from here; if one that \
         posts to {OURS} is still there (your user's menu > Notifications), remove it: what it posts counts \
         until then, or until `scrobbled rotate emby` makes its address useless"
    );
    assert_eq!(again, [expected.as_str(), "the API key by which Emby was asked had ended already"]);
}

#[test]
fn a_stale_one_of_ours_is_replaced() {
    let mut stage = Stage::open();
    let (connection, _) = stage.connected(mara());
    stage.rotate();
    let wrong = look(&stage.around, &connection);
    assert!(
        wrong[0]
            .contains("posts with a token that is no longer taken; run `scrobbled connect emby")
    );
    let renewed = renew(&stage.around, &connection).expect("renewed");
    assert_eq!(renewed, connection, "same address, same id");
    assert_eq!(stage.notified()[0]["Options"], options(&format!("{OURS}?n3w")));
    assert_eq!(look(&stage.around, &renewed), [""; 0]);
    // We move.
    stage.around.place.public_url = "https://s.example/x".into();
    let moved = renew(&stage.around, &renewed).expect("renewed");
    assert_eq!(
        moved.hook.as_ref().expect("a hook").address,
        "https://s.example/x/webhook/embytrakt"
    );
    assert_eq!(stage.notified().len(), 1);
    // And nothing is remembered of before, when we move once more.
    stage.kept.lock().expect("no panic").clear();
    stage.around.place.public_url = "https://t.example".into();
    let (connection, _) = stage.connected(mara());
    assert_eq!(connection.hook.expect("a hook").address, "https://t.example/webhook/embytrakt");
    assert_eq!(stage.notified().len(), 1);
}

#[test]
fn one_that_was_made_by_hand_is_taken_over_and_its_double_removed() {
    let mut stage = Stage::with(|emby| {
        emby.notify("Trakt", &format!("{OURS}?old"), &["playback.stop"]);
        emby.notify("Trakt 2", "http://192.0.2.5:8787/webhook/emby?emby-T", &["playback.stop"]);
    });
    let (connection, _) = stage.connected(mara());
    let all = stage.notified();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["TheirOwn"], json!({ "kept": true }), "what is not known is kept");
    assert_eq!(json!(connection.hook.expect("a hook").id), all[0]["Id"]);
}

#[test]
fn what_somebody_changed_there_is_told_with_what_mends_it() {
    let mut stage = Stage::open();
    let (connection, _) = stage.connected(mara());
    let url = stage.server.url();
    let told = |stage: &Stage| look(&stage.around, &connection).join("\n");
    stage.server.with(|emby| {
        emby.edit(|all| {
            all[0]["Enabled"] = json!(false);
            all[0]["UserIds"] = json!(["5c0d"]);
        });
    });
    let mend = format!("run `scrobbled connect emby {url} --user NAME`");
    let expected = [
        format!("the notification “{NAME}” is switched off; {mend}"),
        format!(
            "the notification “{NAME}” is for some users only, so that new ones are left out; {mend}"
        ),
    ];
    assert_eq!(told(&stage), expected.join("\n"));
    stage.server.with(|emby| emby.edit(Vec::clear));
    assert_eq!(told(&stage), format!("the notification “{NAME}” is gone from Emby; {mend}"));
    let gone = renew(&stage.around, &connection).expect_err("gone");
    assert!(gone.contains(&mend), "{gone}");
    stage.server.with(|emby| emby.house.options.skew_ms = 10 * 60_000);
    assert!(told(&stage).starts_with(&format!("the clock of {url} is 10 minutes ahead of")));
    stage.server.with(|emby| emby.house.options.skew_ms = 0);
    stage.server.with(|emby| emby.house.revoke(connection.token.reveal()));
    assert_eq!(told(&stage), format!("Emby does not take the key any more; {mend}"));
    let (mended, _) = stage.connected(mara());
    assert_eq!(look(&stage.around, &mended), [""; 0]);
    stage.server.with(|emby| "another".clone_into(&mut emby.house.options.name));
    assert!(told(&stage).contains("is not the Emby that was connected there"), "{}", told(&stage));
}

#[test]
fn whatever_is_lost_on_the_way_the_next_run_ends_as_the_first_would_have() {
    let calls = [
        ("GET", "/System/Info/Public"),
        ("POST", "/Users/AuthenticateByName"),
        ("GET", "/Auth/Keys"),
        ("POST", "/Auth/Keys"),
        ("POST", "/Sessions/Logout"),
        ("GET", "/Users/Query"),
        ("GET", "/Notifications/Types"),
        ("GET", "/Notifications/Services/Configured"),
        ("GET", "/Notifications/Services/Defaults"),
        ("POST", "/Notifications/Services/Test"),
        ("POST", "/Notifications/Services/Configured"),
    ];
    for (method, path) in calls {
        for is_taken in [false, true] {
            let mut stage = Stage::open();
            let lost = Trouble::Close.once().on(method, path);
            stage.server.order(if is_taken { lost.applied() } else { lost });
            let (_, said) = stage.connect(mara());
            let (connection, _) = stage.connected(mara());
            let what = format!("{method} {path}, taken {is_taken}: {said}");
            assert_eq!(stage.notified().len(), 1, "{what}");
            // Nobody's token is left either: the device is the same each time.
            assert_eq!(stage.logins(), [(NAME.to_owned(), None)], "{what}");
            assert!(connection.hook.is_some() && !connection.hear, "{what}");
            assert_eq!(look(&stage.around, &connection), [""; 0], "{what}");
        }
    }
}

#[test]
fn a_fault_of_embys_own_ends_in_listening() {
    let path = "/Notifications/Services/Configured";
    let mut stage = Stage::open();
    let order = Trouble::status(500).on("POST", path);
    stage.server.order(order);
    let (connection, said) = stage.connected(mara());
    assert!(connection.hear && connection.hook.is_none(), "{connection:?}");
    assert!(said.contains(&format!("can't make the notification (500: {path})")), "{said}");
}

#[test]
fn no_token_follows_a_redirect() {
    let mut stage = Stage::open();
    let elsewhere = Stage::open();
    let to = elsewhere.server.url();
    stage.server.order(Trouble::Redirect { to }.once().on("GET", "/Users/Query"));
    let (became, _) = stage.connect(SignIn::Key(Secret::new(KEY)));
    let why = became.expect_err("a redirect").to_string();
    assert!(why.contains("sends elsewhere (307)"), "{why}");
    assert!(elsewhere.server.log().is_empty());
}

#[test]
fn who_leaves_before_the_test_came_has_written_nothing_and_can_go_on() {
    let mut stage = Stage::with(|emby| emby.options.premiere = false);
    stage.leaves = Some(Duration::from_secs(4));
    let (became, said) = stage.connect(mara());
    assert_eq!(became, Err(Ended::Left), "{said}");
    assert_eq!(stage.notified(), [Value::Null; 0]);
    stage.leaves = None;
    stage.server.with(|emby| emby.options.premiere = true);
    let (connection, _) = stage.connected(mara());
    assert!(connection.hook.is_some());
    assert_eq!((stage.notified().len(), stage.logins().len()), (1, 1));
}

#[test]
fn another_administrators_is_found_and_stays_theirs() {
    let mut stage = Stage::with(|emby| emby.promote("jo"));
    let (first, _) = stage.connected(mara());
    let all = stage.notified();
    stage.kept.lock().expect("no panic").clear();
    let jo = SignIn::Password { user: "jo".into(), password: Secret::new("guest") };
    let (second, _) = stage.connected(jo);
    assert_eq!((second, stage.notified()), (first, all.clone()));
    stage.rotate();
    let jo = SignIn::Password { user: "jo".into(), password: Secret::new("guest") };
    stage.connected(jo);
    let changed = stage.notified();
    assert_eq!((changed.len(), &changed[0]["UserId"]), (1, &all[0]["UserId"]));
    assert_eq!(changed[0]["Options"], options(&format!("{OURS}?n3w")));
}

#[test]
fn it_is_found_without_a_scheme_and_behind_its_path() {
    let mut stage = Stage::open();
    let url = stage.server.url();
    for (typed, expected) in [
        (url.replace("http://", ""), url.clone()),
        (format!("{url}/emby/"), format!("{url}/emby")),
        (format!("{url}/web/index.html#!/home"), url.clone()),
    ] {
        stage.typed = typed;
        let (connection, _) = stage.connected(mara());
        assert_eq!(connection.url, expected);
        assert_eq!(look(&stage.around, &connection), [""; 0]);
        assert_eq!((stage.notified().len(), stage.logins().len()), (1, 1));
    }
    stage.typed = "http://127.0.0.1:1".into();
    let why = stage.connect(mara()).0.expect_err("nobody").to_string();
    assert!(why.contains("nobody answers at http://127.0.0.1:1"), "{why}");
}
