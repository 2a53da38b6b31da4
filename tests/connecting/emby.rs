//! Emby, from `connect` to a play at Trakt.

use crate::beside::{end_of, look_on, minutes, pass, shown};
use crate::daemon::by_hand::Rig;
use crate::daemon::items::{ITEMS, declare};
use crate::daemon::{Said, Scrobbled, Trakt, wait_for};
use serde_json::{Value, json};
use standin::Time;
use standin::emby::{Emby, Server};
use standin::jellyfin::{Dialect, Jellyfin, KEY};
use standin::tls::{Door, certificate};
use standin::trakt::{Catalogue, Fault};
use std::time::Duration;

/// An Emby of mara's, with jo in it, and a daemon that knows nothing of it.
struct House {
    server: Server,
    rig: Rig,
}

/// What there is to watch is what Trakt knows; somebody else is notified, too.
fn emby() -> Emby {
    let mut catalogue = Catalogue::samples();
    declare(&mut catalogue, &ITEMS);
    let mut emby = Emby::of(Jellyfin::new(Dialect::Emby).with(&catalogue));
    for name in ["mara", "jo"] {
        emby.house.set_password(name, "s3sam");
    }
    emby.notify("Home", "http://127.0.0.1:1/hook", &["playback.stop"]);
    emby
}

impl House {
    fn open(emby: Emby) -> Self {
        let mut server = None;
        let mut rig = Rig::beside(|clock| {
            let now = move || Time(clock.now().0);
            server = Some(Server::start(emby, "127.0.0.1:0", now).expect("a port"));
            String::new()
        });
        rig.login(None);
        Self { server: server.expect("it was started"), rig }
    }

    /// Runs a command to its end, while time passes.
    fn run(&mut self, words: &[&str], typed: &str) -> Said {
        let child = self.rig.daemon.cli_beside_told(words, typed);
        end_of(child, &mut self.rig, |_| {})
    }

    /// Connects as mara, at what stands in her browser.
    fn connect(&mut self) -> Said {
        let url = format!("{}/web/index.html#!/home", self.server.url());
        self.run(&["connect", "emby", &url, "--user", "mara", "--yes"], "s3sam\n")
    }

    /// So much time passes.
    fn pass(&mut self, span: Duration) {
        pass(&mut self.rig, span);
    }

    fn then(&mut self, act: impl FnOnce(&mut Emby, Time)) -> &mut Self {
        self.server.at(act);
        self.rig.settle();
        self
    }

    /// What `status` says of the server.
    fn shown(&self) -> Value {
        shown(&self.rig, "emby")
    }

    fn is_heard_by(&self, way: &str) -> bool {
        self.shown()["hears"].as_array().is_some_and(|all| all.contains(&json!(way)))
    }

    /// Where the notifications of ours post.
    fn addresses(&self) -> Vec<String> {
        let all = self.server.with(|emby| emby.notified().to_vec());
        assert_eq!(all[0]["FriendlyName"], "Home", "nobody else's is touched");
        let urls = all.iter().skip(1).filter_map(|one| one["Options"]["Url"].as_str());
        urls.map(str::to_owned).collect()
    }

    /// Our keys there, and whose tokens are left.
    fn logins(&self) -> Vec<(String, Option<String>)> {
        let mut logins = self.server.with(|emby| emby.house.logins());
        logins.retain(|(name, _)| name.starts_with("scrobbled"));
        logins
    }

    #[track_caller]
    fn is_there_once(&self, what: &str) {
        assert_eq!(self.addresses().len(), 1, "{what}");
        let logins = self.logins();
        assert_eq!(logins.iter().filter(|(_, who)| who.is_none()).count(), 1, "{what}: {logins:?}");
    }
}

#[test]
fn from_nothing_to_a_play_by_the_webhook() {
    let mut house = House::open(emby());
    let said = house.connect();
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.out.contains("the test message has come"), "{said:#?}");
    house.is_there_once("connected");
    house.then(|emby, now| emby.play("den", "mara", "A", Duration::ZERO, now));
    house.pass(minutes(30));
    house.then(|emby, now| emby.pause("den", now));
    house.pass(minutes(1));
    house.then(|emby, now| emby.resume("den", now));
    house.pass(minutes(62));
    house.then(|emby, now| emby.stop("den", now));
    wait_for("a play", || house.rig.trakt.plays("A"), |plays| *plays == 1);
    let calls = house.rig.trakt.calls();
    let verbs: Vec<&str> = calls.iter().filter_map(|call| call.split(' ').next()).collect();
    assert_eq!(verbs, ["start", "pause", "start", "stop"], "{calls:?}");
    assert!(house.is_heard_by("webhook") && !house.is_heard_by("stream"), "{}", house.shown());
    let good = house.rig.daemon.cli(&["check"]);
    assert!(!good.out.contains("connect emby"), "{good:#?}");

    let again = house.connect();
    assert_eq!(again.code, Some(0), "{again:#?}");
    house.is_there_once("twice");

    let said = house.run(&["disconnect", "emby"], "");
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!((house.addresses(), house.logins()), (Vec::new(), Vec::new()), "{said:#?}");
}

#[test]
fn without_premiere_it_is_listened_to() {
    let mut emby = emby();
    emby.options.premiere = false;
    let mut house = House::open(emby);
    let said = house.connect();
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.out.contains("this Emby has no Premiere"), "{said:#?}");
    assert_eq!(house.addresses(), [""; 0]);
    house.pass(minutes(1));
    assert!(house.is_heard_by("stream"), "{}", house.shown());
    house.then(|emby, now| emby.play("den", "mara", "A", Duration::ZERO, now));
    house.pass(minutes(94));
    house.then(|emby, now| emby.stop("den", now));
    house.pass(minutes(2));
    wait_for("a play", || house.rig.trakt.plays("A"), |plays| *plays == 1);
}

#[test]
fn killed_in_the_middle_and_run_again_it_ends_the_same() {
    for (method, path) in [
        ("POST", "/Auth/Keys"),
        ("POST", "/Sessions/Logout"),
        ("POST", "/Notifications/Services/Configured"),
    ] {
        let mut house = House::open(emby());
        house.server.order(Fault::Silence.once().applied().on(method, path));
        let url = house.server.url();
        let words = ["connect", "emby", &url, "--user", "mara", "--yes"];
        let mut child = house.rig.daemon.cli_beside_told(&words, "s3sam\n");
        wait_for(
            "the call that is not answered",
            || {
                look_on(&house.rig);
                house.rig.step(Duration::from_millis(500));
                house.server.in_hand().len()
            },
            |waiting| *waiting > 0,
        );
        house.rig.daemon.kill_9();
        child.wait().expect("it ends, too");
        house.rig.start_again();
        let said = house.connect();
        assert_eq!(said.code, Some(0), "{path}: {said:#?}");
        house.is_there_once(path);
    }
}

#[test]
fn a_new_token_is_registered_by_itself() {
    let mut house = House::open(emby());
    house.connect().good();
    let before = house.addresses();
    house.run(&["rotate", "emby"], "").good();
    let after = wait_for("the new token", || house.addresses(), |now| *now != before);
    assert_eq!(after.len(), 1, "{after:?}");
    house.then(|emby, now| emby.play("den", "mara", "A", Duration::ZERO, now));
    house.pass(minutes(1));
    wait_for("a start", || house.rig.trakt.calls(), |calls| calls.len() == 1);
    house.server.with(|emby| emby.edit(|all| all.truncate(1)));
    let said = house.rig.daemon.cli(&["check"]);
    assert!(said.out.contains("is gone from Emby; run `scrobbled connect emby"), "{said:#?}");
    // What can't be renewed is told with its mend, once.
    let said = house.run(&["rotate", "emby"], "");
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.err.contains("still has the old token"), "{said:#?}");
    assert_eq!(said.err.matches("scrobbled connect emby").count(), 1, "{said:#?}");
}

#[test]
fn a_key_comes_from_stdin_and_stays() {
    let mut house = House::open(emby());
    let url = house.server.url();
    let wrong = house.run(&["connect", "emby", &url, "--key", "--yes"], "wr0ng\n");
    assert_eq!(wrong.code, Some(1), "{wrong:#?}");
    assert!(wrong.err.contains("does not take that key"), "{wrong:#?}");
    let said = house.run(&["connect", "emby", &url, "--key", "--yes"], &format!("{KEY}\n"));
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!((house.addresses().len(), house.logins()), (1, Vec::new()), "{said:#?}");
    let said = house.run(&["disconnect", "emby"], "");
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(house.addresses(), [""; 0]);
    let logins = house.server.with(|emby| emby.house.logins());
    assert!(logins.iter().any(|(name, _)| name == "dashboard"), "it stays: {logins:?}");
}

#[test]
fn a_password_comes_from_stdin_and_no_secret_is_seen() {
    let mut house = House::open(emby());
    let url = house.server.url();
    let words = ["connect", "emby", &url, "--user", "mara", "--yes"];
    let wrong = house.run(&words, "sesam\n");
    assert_eq!(wrong.code, Some(1), "{wrong:#?}");
    assert!(wrong.err.contains("does not let mara in with that password"), "{wrong:#?}");
    let guest = house.run(&["connect", "emby", &url, "--user", "jo", "--yes"], "s3sam\n");
    assert!(guest.err.contains("jo is no administrator at Emby"), "{guest:#?}");
    assert_eq!((house.addresses(), house.logins()), (Vec::new(), Vec::new()));
    let said = house.connect();
    assert_eq!(said.code, Some(0), "{said:#?}");
    let log = house.rig.daemon.home.log();
    let urls = house.addresses();
    let token = urls[0].rsplit_once('?').expect("a token").1;
    for secret in ["s3sam", token] {
        assert!(!log.contains(secret) && !said.out.contains(secret), "{secret}: {said:#?}");
    }
}

#[test]
fn without_a_daemon_it_is_added_and_said_to_be_untested() {
    let server = Server::start(emby(), "127.0.0.1:0", || Time(1_795_550_400_000)).expect("a port");
    let trakt = Trakt::start();
    let setup = Scrobbled::with_config("").knowing(&trakt);
    let words = ["connect", "emby", &server.url(), "--user", "mara", "--yes"];
    let said = setup.cli_told(&words, "s3sam\n");
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.out.contains("untested, because no daemon runs"), "{said:#?}");
    assert_eq!(server.with(|emby| emby.notified().len()), 2);
}

#[test]
fn a_jellyfin_is_told_apart() {
    let mut house = House::open(emby());
    let jellyfin = Jellyfin::new(Dialect::Jellyfin10_11);
    let now = || Time(1_795_550_400_000);
    let there = standin::jellyfin::Server::start(jellyfin, "127.0.0.1:0", now).expect("a port");
    let url = there.url();
    let said = house.run(&["connect", "emby", &url, "--user", "mara", "--yes"], "s3sam\n");
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.err.contains(&format!("(`scrobbled connect jellyfin {url}`)")), "{said:#?}");
}

#[test]
fn it_is_connected_over_tls_by_its_authority() {
    let mut house = House::open(emby());
    let door = Door::start("server", &house.server.url()).expect("a door");
    let url = door.url("127.0.0.1");
    let connect = ["connect", "emby", &url, "--user", "mara", "--yes"];
    let refused = house.run(&connect, "s3sam\n");
    assert!(
        refused.err.contains("`scrobbled connect emby` with that address, `--user NAME` and"),
        "{refused:#?}"
    );
    let authority = certificate("authority");
    let given = [&connect[..], &["--ca-file", authority.to_str().expect("text")]].concat();
    let said = house.run(&given, "s3sam\n");
    assert_eq!(said.code, Some(0), "{said:#?}");
    let checked = house.rig.daemon.cli(&["check"]);
    assert!(checked.out.contains("Emby: is connected, and all is well there"), "{checked:#?}");
}
