//! `scrobbled connect plex` with the real binary, a stand-in for plex.tv and one for the server: from a
//! code to a play at the tracker.
//!
//! plex.tv takes a call a second, so each of these takes some seconds of real time.

use crate::daemon::{self, Said, Scrobbled, Trakt, wait_for};
use scrobbled::clock::{Clock, HandClock};
use standin::plex::tv::{self, Device, PlexTv};
use standin::plex::{Library, MACHINE, Plex, Server, TOKEN, Watch};
use standin::trakt::{Catalogue, Fault};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

const MINUTE: u64 = 60_000;
const TV: &str = "Living Room TV";
const OTHER: &str = "http://192.0.2.5:7478/plex?token=A&b=%2F";
const LIST: &str = "/api/v2/user/webhooks";

/// An account at plex.tv with a server, a tracker, and the daemon between them.
struct Home {
    trakt: Trakt,
    tv: tv::Server,
    plex: Server,
    hand: Arc<HandClock>,
    daemon: Scrobbled,
}

impl Home {
    fn new(pass: bool) -> Self {
        let hand = HandClock::at(Clock::Machine.now());
        let clock = Clock::ByHand(hand.clone());
        let mut catalogue = Catalogue::samples();
        daemon::items::declare(&mut catalogue, &daemon::items::ITEMS);
        let mut server = Plex::new(Library::of(&catalogue));
        server.call_owner("mara");
        server.options.pass = pass;
        server.options.webhooks_on = Some(!pass); // off where it has to be put on
        let now = move || standin::Time(clock.now().0);
        let plex = Server::start(server, "127.0.0.1:0", now).expect("a port");
        let mut account = PlexTv::new();
        account.account.0 = "mara".to_owned();
        account.options.pass = pass;
        account.options.least_gap_ms = 990;
        account.set_webhooks(&[OTHER]);
        account.devices.push(Device::server("Attic NAS", MACHINE, TOKEN, &plex.url()));
        let now = || standin::Time(Clock::Machine.now().0);
        let tv = tv::Server::start(account, "127.0.0.1:0", now).expect("a port");
        let trakt = Trakt::start();
        let config = format!("log = \"debug\"\n[plex]\nplex_tv_url = \"{}\"\n", tv.url());
        let daemon = Scrobbled::with_config(&config).start(&trakt).login();
        Self { trakt, tv, plex, hand, daemon }
    }

    /// Begins to connect, and waits for the code.
    fn begin(&self) -> (Child, String) {
        let codes = || self.tv.with(|tv| tv.codes());
        let before = codes().len();
        let child = self.daemon.cli_beside(&["connect", "plex", "--yes"]);
        let codes = wait_for("a code", codes, |codes| codes.len() > before);
        (child, codes.last().expect("one more").clone())
    }

    /// Types the code.
    fn approve(&self, code: &str) {
        let now = standin::Time(Clock::Machine.now().0);
        assert!(self.tv.with(|tv| tv.approve(code, now)), "{code}");
    }

    fn connect(&self) -> Said {
        let (child, code) = self.begin();
        self.approve(&code);
        said(child)
    }

    fn webhooks(&self) -> Vec<String> {
        self.tv.with(|tv| tv.webhooks().to_vec())
    }

    /// Somebody does something at a player, and the server posts what it has to say of it to all that it
    /// has by now learned from plex.tv.
    fn act(&self, act: impl FnOnce(&mut Plex, standin::Time)) {
        let now = standin::Time(Clock::ByHand(self.hand.clone()).now().0);
        let list = self.webhooks();
        let posts = self.plex.with(|plex| {
            plex.learn_webhooks(&list);
            act(plex, now);
            plex.take_posts()
        });
        for post in posts.iter().filter(|post| post.url != OTHER) {
            post.send().expect("it is taken");
        }
    }

    /// A film is watched from its begin to its end.
    fn watch(&self, what: &str) {
        let watch = Watch { who: Some("mara"), player: TV, what, from_ms: 0 };
        self.act(|plex, now| assert!(plex.play(&watch, now), "{what}?"));
        let start = format!("start {what} 0");
        let calls = || self.trakt.calls();
        wait_for(&start, calls, |calls| calls.contains(&start));
        self.act(|plex, now| plex.seek(TV, 95 * MINUTE, now));
        self.act(|plex, now| plex.stop(TV, now));
        wait_for("the play", || self.trakt.plays(what), |plays| *plays == 1);
    }

    /// What anybody may see of it.
    fn shown(&self) -> String {
        let status = self.daemon.cli(&["status", "--json"]).good();
        self.daemon.home.log() + &status
    }
}

fn said(child: Child) -> Said {
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[test]
fn from_a_code_to_a_play_by_webhooks_and_back() {
    let mut home = Home::new(true);
    let told = home.connect().good();
    for part in [
        "https://plex.tv/link/?pin=",
        "signed in at plex.tv as mara",
        "found Attic NAS at http://127.0.0.1:",
        "where another program's is as it was",
        "webhooks were switched off at the server; they are on now",
    ] {
        assert!(told.contains(part), "{part}? {told}");
    }
    let ours = home.webhooks().pop().expect("ours");
    let token = ours.split_once('?').expect("a token").1.to_owned();
    assert_eq!(home.webhooks(), [OTHER, &ours]);
    let address = format!("http://{}/webhook/plextrakt?", home.daemon.address());
    assert!(ours.starts_with(&address), "{ours}");
    home.watch("A");
    for secret in [TOKEN, "plex-account-token", &token] {
        assert!(!told.contains(secret), "{told}");
        assert!(!home.shown().contains(secret), "`{secret}` in {}", home.shown());
    }

    let rotated = home.daemon.cli(&["rotate", "plex"]);
    let renewed = "Plex: the webhook that is registered there has the new token";
    assert!(rotated.code == Some(0) && rotated.err.contains(renewed), "{rotated:?}");
    let renewed = home.webhooks().pop().expect("ours");
    assert!(renewed.starts_with(&address) && renewed != ours, "{renewed}");
    assert_eq!(home.webhooks().len(), 2);
    home.watch("B");

    let checked = |home: &Home| {
        home.hand.set(Clock::Machine.now());
        home.daemon.cli(&["check"]).out
    };
    let well = checked(&home);
    assert!(well.contains("Plex: is connected, and all is well there"), "{well}");
    home.tv.with(|tv| tv.set_webhooks(&[OTHER]));
    let wrong = checked(&home);
    let mend = "is not among the webhooks at plex.tv; run `scrobbled connect plex`";
    assert!(wrong.contains(mend), "{wrong}");

    // At another port after a restart: the stale one of ours goes.
    home.tv.with(|tv| tv.set_webhooks(&[&renewed, OTHER]));
    home.daemon.restart();
    home.connect().good();
    let moved = format!("http://{}/webhook/plextrakt?", home.daemon.address());
    assert!(home.webhooks()[0].starts_with(&moved), "{:?}", home.webhooks());
    assert_eq!(home.webhooks()[1..], [OTHER]);

    let gone = home.daemon.cli(&["disconnect", "plex"]).good();
    assert!(gone.contains("is taken away at plex.tv"), "{gone}");
    assert_eq!(home.webhooks(), [OTHER]);
    let again = home.daemon.cli(&["disconnect", "plex"]);
    assert!(again.err.contains("no media server is connected"), "{again:?}");
}

#[test]
fn without_plex_pass_the_play_is_heard() {
    let home = Home::new(false);
    let told = home.connect().good();
    assert!(told.contains("the account has no Plex Pass"), "{told}");
    assert!(told.contains("scrobbled listens to Attic NAS itself"), "{told}");
    assert_eq!(home.webhooks(), [OTHER]);
    wait_for("a stream", || home.plex.with(|plex| plex.streams()), |streams| *streams > 0);
    home.watch("A");
}

#[test]
fn killed_in_the_middle_the_end_is_the_same() {
    let mut home = Home::new(true);
    home.tv.order(Fault::late(Duration::from_secs(60)).on("POST", LIST));
    let (child, code) = home.begin();
    home.approve(&code);
    wait_for("the write", || home.webhooks(), |list| list.len() == 2);
    home.daemon.kill_9();
    assert_ne!(said(child).code, Some(0));
    home.daemon.restart();
    home.connect().good();
    let ours = format!("http://{}/webhook/plextrakt?", home.daemon.address());
    let list = home.webhooks();
    assert!(list.len() == 2 && list[0] == OTHER && list[1].starts_with(&ours), "{list:?}");
    home.watch("A");
}

#[test]
fn who_leaves_with_ctrl_c_leaves_nothing_behind() {
    let home = Home::new(true);
    let (child, _) = home.begin();
    Command::new("kill").args(["-INT", &child.id().to_string()]).output().expect("`kill` runs");
    let left = said(child);
    assert_eq!(left.code, Some(1), "{left:?}");
    assert!(left.err.contains("left before the end"), "{left:?}");
    assert_eq!(home.webhooks(), [OTHER]);
    let none = home.daemon.cli(&["disconnect", "plex"]);
    assert!(none.err.contains("no media server is connected"), "{none:?}");
}
