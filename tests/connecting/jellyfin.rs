//! Jellyfin, from `connect` to a play at Trakt.

use crate::beside::{end_of, look_on, minutes, pass, shown};
use crate::daemon::by_hand::Rig;
use crate::daemon::items::{ITEMS, declare};
use crate::daemon::{Said, wait_for};
use serde_json::{Value, json};
use standin::Time;
use standin::jellyfin::{Dialect, Jellyfin, Server};
use standin::tls::{Door, certificate};
use standin::trakt::{Catalogue, Fault};
use std::time::Duration;

/// A Jellyfin of mara's, with jo in it, and a daemon that knows nothing of it.
struct House {
    server: Server,
    rig: Rig,
}

impl House {
    fn open(jellyfin: Jellyfin) -> Self {
        let mut catalogue = Catalogue::samples();
        declare(&mut catalogue, &ITEMS);
        let mut jellyfin = jellyfin.with(&catalogue);
        for name in ["mara", "jo"] {
            jellyfin.set_password(name, "s3sam");
        }
        let mut server = None;
        let mut rig = Rig::beside(|clock| {
            let now = move || Time(clock.now().0);
            server = Some(Server::start(jellyfin, "127.0.0.1:0", now).expect("a port"));
            String::new()
        });
        rig.login(None);
        Self { server: server.expect("it was started"), rig }
    }

    /// Runs a command to its end, while time passes; `meanwhile` is done again and again.
    fn run(&mut self, words: &[&str], meanwhile: impl Fn(&Server)) -> Said {
        let child = self.rig.daemon.cli_beside(words);
        end_of(child, &mut self.rig, |_| meanwhile(&self.server))
    }

    /// Connects with a code that `name` types in at once.
    fn connect(&mut self, name: &str, more: &[&str]) -> Said {
        let url = self.server.url();
        let words: Vec<&str> = ["connect", "jellyfin", &url, "--yes"]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        let name = name.to_owned();
        self.run(&words, move |server| {
            server.at(|jellyfin, now| jellyfin.approve(&name, now));
        })
    }

    /// So much time passes.
    fn pass(&mut self, span: Duration) {
        pass(&mut self.rig, span);
    }

    fn then(&mut self, act: impl FnOnce(&mut Jellyfin, Time)) -> &mut Self {
        self.server.at(act);
        self.rig.settle();
        self
    }

    /// What `status` says of the server.
    fn shown(&self) -> Value {
        shown(&self.rig, "jellyfin")
    }

    /// The addresses to which the plugin posts.
    fn addresses(&self) -> Vec<String> {
        let configuration = self.server.with(|jellyfin| {
            let plugin = jellyfin.plugin.as_ref().expect("it is there");
            plugin.destinations.shown()
        });
        let list = configuration["GenericOptions"].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|one| one["WebhookUri"].as_str().map(str::to_owned)).collect()
    }

    /// Our keys there.
    fn keys(&self) -> usize {
        let logins = self.server.with(|jellyfin| jellyfin.logins());
        logins.iter().filter(|(name, _)| name.starts_with("scrobbled")).count()
    }
}

#[test]
fn from_nothing_to_a_play_by_the_webhook() {
    for dialect in [Dialect::Jellyfin10_8, Dialect::Jellyfin10_11, Dialect::Jellyfin12] {
        let mut house = House::open(Jellyfin::new(dialect).with_webhooks());
        let said = house.connect("mara", &[]);
        assert_eq!(said.code, Some(0), "{dialect:?}: {said:#?}");
        assert_eq!((house.addresses().len(), house.keys()), (1, 1), "{dialect:?}: {said:#?}");
        house.then(|jellyfin, now| jellyfin.play("den", "mara", "A", Duration::ZERO, now));
        house.pass(minutes(30));
        house.then(|jellyfin, now| jellyfin.pause("den", now));
        house.pass(minutes(1));
        house.then(|jellyfin, now| jellyfin.resume("den", now));
        house.pass(minutes(62));
        house.then(|jellyfin, now| jellyfin.stop("den", now));
        wait_for("a play", || house.rig.trakt.plays("A"), |plays| *plays == 1);
        let calls = house.rig.trakt.calls();
        let verbs: Vec<&str> = calls.iter().filter_map(|call| call.split(' ').next()).collect();
        assert_eq!(verbs, ["start", "pause", "start", "stop"], "{dialect:?}: {calls:?}");
        let hears = house.shown()["hears"].clone();
        let has = |way: &str| hears.as_array().is_some_and(|all| all.contains(&json!(way)));
        assert!(has("webhook") && !has("stream"), "{dialect:?}: {hears}");
        let good = house.rig.daemon.cli(&["check"]);
        assert!(!good.out.contains("again"), "{dialect:?}: {good:#?}");

        let said = house.run(&["disconnect", "jellyfin"], |_| {});
        assert_eq!(said.code, Some(0), "{dialect:?}: {said:#?}");
        assert_eq!((house.addresses().len(), house.keys()), (0, 0), "{dialect:?}: {said:#?}");
    }
}

#[test]
fn without_the_plugin_or_an_administrator_it_is_listened_to() {
    for (jellyfin, name) in [
        (Jellyfin::new(Dialect::Jellyfin10_11), "mara"),
        (Jellyfin::new(Dialect::Jellyfin12).with_webhooks(), "jo"),
    ] {
        let mut house = House::open(jellyfin);
        house.server.with(|jellyfin| jellyfin.store.offers = None);
        let said = house.connect(name, &[]);
        assert_eq!(said.code, Some(0), "{said:#?}");
        assert!(said.out.contains("Jellyfin is listened to instead"), "{said:#?}");
        let checked = house.rig.daemon.cli(&["check"]).out;
        assert_eq!(checked.contains("only what jo watches is heard"), name == "jo", "{checked}");
        house.pass(minutes(1));
        house.then(|jellyfin, now| jellyfin.play("den", name, "A", Duration::ZERO, now));
        house.pass(minutes(94));
        house.then(|jellyfin, now| jellyfin.stop("den", now));
        house.pass(minutes(2));
        wait_for("a play", || house.rig.trakt.plays("A"), |plays| *plays == 1);
    }
}

#[test]
fn killed_in_the_middle_and_run_again_it_ends_the_same() {
    let steps = ["/Auth/Keys", "/Sessions/Logout", "/Plugins/"];
    for (path, is_taken) in steps.into_iter().flat_map(|step| [(step, true), (step, false)]) {
        let mut house = House::open(Jellyfin::new(Dialect::Jellyfin10_11).with_webhooks());
        let silence = Fault::Silence.once().on("POST", path);
        house.server.order(if is_taken { silence.applied() } else { silence });
        let url = house.server.url();
        let mut child = house.rig.daemon.cli_beside(&["connect", "jellyfin", &url, "--yes"]);
        wait_for(
            "the call that is not answered",
            || {
                house.server.at(|jellyfin, now| jellyfin.approve("mara", now));
                look_on(&house.rig);
                house.rig.step(Duration::from_millis(500));
                house.server.in_hand().len()
            },
            |waiting| *waiting > 0,
        );
        house.rig.daemon.kill_9();
        child.wait().expect("it ends, too");
        house.rig.start_again();
        let said = house.connect("mara", &[]);
        assert_eq!(said.code, Some(0), "{path}: {said:#?}");
        assert_eq!((house.addresses().len(), house.keys()), (1, 1), "{path}: {said:#?}");
    }
}

#[test]
fn a_new_token_is_registered_by_itself() {
    let mut house = House::open(Jellyfin::new(Dialect::Jellyfin10_11).with_webhooks());
    house.connect("mara", &[]).good();
    let before = house.addresses();
    house.run(&["rotate", "jellyfin"], |_| {}).good();
    let after = wait_for("the new token", || house.addresses(), |now| *now != before);
    assert_eq!(after.len(), 1, "{after:?}");
    house.then(|jellyfin, now| jellyfin.play("den", "mara", "A", Duration::ZERO, now));
    house.pass(minutes(1));
    wait_for("a start", || house.rig.trakt.calls(), |calls| calls.len() == 1);
    house.server.with(|jellyfin| jellyfin.plugin = None);
    let said = house.rig.daemon.cli(&["check"]);
    assert!(
        said.out.contains("the Webhook plugin at") && said.out.contains("is gone"),
        "{said:#?}"
    );
}

#[test]
fn a_password_comes_from_stdin_and_a_wrong_one_is_told() {
    let house = House::open(Jellyfin::new(Dialect::Jellyfin12).with_webhooks());
    let url = house.server.url();
    let without_scheme = url.trim_start_matches("http://");
    let connect = |typed: &str| {
        let words = ["connect", "jellyfin", without_scheme, "--user", "mara", "--yes"];
        house.rig.daemon.cli_told(&words, typed)
    };
    let wrong = connect("sesam\n");
    assert_eq!(wrong.code, Some(1), "{wrong:#?}");
    assert!(wrong.err.contains("does not take that name and password"), "{wrong:#?}");
    let said = connect("s3sam\n");
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!((house.addresses().len(), house.keys()), (1, 1), "{said:#?}");
    let log = house.rig.daemon.home.log();
    let urls = house.addresses();
    let token = urls[0].rsplit_once('?').expect("a token").1;
    for secret in ["s3sam", token] {
        assert!(!log.contains(secret) && !said.out.contains(secret), "{secret}: {said:#?}");
    }
}

#[test]
fn the_plugin_is_installed_and_the_server_restarted_only_where_that_is_said() {
    let mut house = House::open(Jellyfin::new(Dialect::Jellyfin10_11));
    let url = house.server.url();
    let types = |server: &Server| {
        server.at(|jellyfin, now| jellyfin.approve("mara", now));
    };
    // Nobody can be asked here.
    let said = house.run(&["connect", "jellyfin", &url], types);
    assert_eq!(said.code, Some(2), "{said:#?}");
    assert!(said.err.contains("Can it reach") && said.err.contains("\"use http://"), "{said:#?}");
    let state = |house: &House| {
        house.server.with(|jellyfin| (jellyfin.plugin.is_some(), jellyfin.restarted()))
    };
    assert_eq!(state(&house), (false, 0));
    assert_eq!(house.shown()["unfinished"], true, "{}", house.shown());
    let checked = house.rig.daemon.cli(&["check"]);
    let mend =
        format!("was not connected to the end: run `scrobbled connect jellyfin {url}` again");
    assert!(checked.out.contains(&mend), "{checked:#?}");
    let said = house.connect("mara", &[]);
    assert!(house.shown()["unfinished"].is_null(), "{}", house.shown());
    assert!(said.out.contains("works once Jellyfin has been restarted"), "{said:#?}");
    assert_eq!(state(&house), (true, 0), "{said:#?}");
    let said = house.connect("mara", &["--restart"]);
    assert_eq!((said.code, state(&house)), (Some(0), (true, 1)), "{said:#?}");
    assert_eq!((house.addresses().len(), house.keys()), (1, 1), "{said:#?}");
}

#[test]
fn a_certificate_that_was_given_is_kept_with_the_connection() {
    let mut house = House::open(Jellyfin::new(Dialect::Jellyfin12).with_webhooks());
    let door = Door::start("itself", &house.server.url()).expect("a door");
    let url = door.url("localhost");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("nas.pem");
    std::fs::copy(certificate("itself"), &file).expect("a copy");
    let file = file.to_str().expect("text");
    let type_in = |server: &Server| {
        server.at(|jellyfin, now| jellyfin.approve("mara", now));
    };
    let connect = ["connect", "jellyfin", &url, "--yes"];

    let refused = house.run(&connect, type_in);
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    let mend = "and run `scrobbled connect jellyfin` with that address and `--ca-file server.pem`";
    assert!(refused.err.contains("(CaUsedAsEndEntity); save it by"), "{refused:#?}");
    assert!(refused.err.contains(mend), "{refused:#?}");
    let wrong = house.run(&[&connect[..], &["--ca-file", "/no/such.pem"]].concat(), type_in);
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    assert!(wrong.err.contains("`/no/such.pem` can't be read"), "{wrong:#?}");

    let said = house.run(&[&connect[..], &["--ca-file", file]].concat(), type_in);
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!((house.addresses().len(), house.keys()), (1, 1), "{said:#?}");
    folder.close().expect("it is gone");
    let checked = house.rig.daemon.cli(&["check"]);
    assert!(checked.out.contains("Jellyfin: is connected, and all is well there"), "{checked:#?}");
    // It is found again without the option, also by the next start.
    house.rig.restart();
    let again = house.run(&connect, type_in);
    assert_eq!(again.code, Some(0), "{again:#?}");
    let gone = house.run(&["disconnect", "jellyfin"], |_| {});
    assert_eq!(gone.code, Some(0), "{gone:#?}");
    assert_eq!((house.addresses().len(), house.keys()), (0, 0), "{gone:#?}");
}
