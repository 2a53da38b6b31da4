//! Killed at each step of a conversation, and connected again: what is ours stands there once, as if nothing
//! had happened, and nobody else's is touched.
//!
//! The steps are the calls of a conversation that nobody disturbs. At each the server falls silent, before it
//! has done what it is asked and, where that changes something, after it; then the daemon is killed. What is
//! kept between two calls is so before the one or the other.

use crate::beside::end_of;
use crate::daemon::by_hand::Rig;
use crate::daemon::wait_for;
use crate::guide::ask;
use scrobbled::clock::Clock;
use scrobbled::connect::Connection;
use scrobbled::store::Store;
use serde_json::{Value, json};
use standin::Time;
use standin::emby::{self, Emby};
use standin::jellyfin::{self, Destinations, Dialect, Jellyfin, Words};
use standin::plex::tv::{self, Device, PlexTv};
use standin::plex::{self, Library, MACHINE, Plex, TOKEN};
use standin::trakt::{Catalogue, Fault, Order};
use std::process::Child;
use std::time::Duration;

const FOREIGN: &str = include_str!("../servers/jellyfin/webhook_config_foreign_only.json");
const OTHER: &str = "http://192.0.2.5:7478/plex?token=A&b=%2F";

/// What there is of a kind.
enum Servers {
    Plex(tv::Server, plex::Server),
    Jellyfin(jellyfin::Server),
    Emby(emby::Server),
}

fn now_by(clock: &Clock) -> impl Fn() -> Time + Send + 'static {
    let clock = clock.clone();
    move || Time(clock.now().0)
}

fn a_plex(clock: &Clock) -> Servers {
    let mut server = Plex::new(Library::of(&Catalogue::samples()));
    server.options.webhooks_on = Some(false);
    let server = plex::Server::start(server, "127.0.0.1:0", now_by(clock)).expect("a port");
    let mut account = PlexTv::new();
    account.set_webhooks(&[OTHER]);
    account.devices.push(Device::server("attic", MACHINE, TOKEN, &server.url()));
    let tv = tv::Server::start(account, "127.0.0.1:0", now_by(clock)).expect("a port");
    Servers::Plex(tv, server)
}

fn a_jellyfin(clock: &Clock) -> Servers {
    let house = Jellyfin::new(Dialect::Jellyfin10_11).with_webhooks();
    let mut house = house.with(&Catalogue::samples());
    house.set_password("mara", "s3sam");
    let foreign = serde_json::from_str(FOREIGN).expect("JSON");
    let foreign = Destinations::read(&foreign, Words::All).expect("a configuration");
    house.plugin.as_mut().expect("it is there").destinations = foreign;
    let server = jellyfin::Server::start(house, "127.0.0.1:0", now_by(clock)).expect("a port");
    Servers::Jellyfin(server)
}

fn an_emby(clock: &Clock) -> Servers {
    let mut house = Emby::of(Jellyfin::new(Dialect::Emby).with(&Catalogue::samples()));
    house.house.set_password("mara", "s3sam");
    house.notify("Home", "http://127.0.0.1:1/hook", &["playback.stop"]);
    Servers::Emby(emby::Server::start(house, "127.0.0.1:0", now_by(clock)).expect("a port"))
}

/// A call of a conversation: at the how manieth of the servers, how, where, and the how manieth such.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    place: usize,
    method: String,
    path: String,
    before: u32,
}

impl Servers {
    fn config(&self) -> String {
        match self {
            Self::Plex(tv, _) => format!("[plex]\nplex_tv_url = \"{}\"\n", tv.url()),
            Self::Jellyfin(_) | Self::Emby(_) => String::new(),
        }
    }

    fn words(&self) -> Vec<String> {
        let of = |kind: &str, url: String| {
            ["connect", kind, &url, "--user", "mara", "--yes"].map(str::to_owned).to_vec()
        };
        match self {
            Self::Plex(..) => ["connect", "plex", "--yes"].map(str::to_owned).to_vec(),
            Self::Jellyfin(server) => of("jellyfin", server.url()),
            Self::Emby(server) => of("emby", server.url()),
        }
    }

    /// Types what is shown.
    fn approve(&self, now: Time) {
        if let Self::Plex(tv, _) = self {
            tv.with(|tv| {
                for code in tv.codes() {
                    tv.approve(&code, now);
                }
            });
        }
    }

    fn order(&self, place: usize, order: Order) {
        match (self, place) {
            (Self::Plex(tv, _), 0) => tv.order(order),
            (Self::Plex(_, server), _) => server.order(order),
            (Self::Jellyfin(server), _) => server.order(order),
            (Self::Emby(server), _) => server.order(order),
        }
    }

    fn in_hand(&self) -> Vec<String> {
        match self {
            Self::Plex(tv, server) => [tv.in_hand(), server.in_hand()].concat(),
            Self::Jellyfin(server) => server.in_hand(),
            Self::Emby(server) => server.in_hand(),
        }
    }

    /// Each different call so far; of those that change nothing the first alone.
    fn steps(&self) -> Vec<Step> {
        let logs = match self {
            Self::Plex(tv, server) => vec![tv.log(), server.log()],
            Self::Jellyfin(server) => vec![server.log()],
            Self::Emby(server) => vec![server.log()],
        };
        let mut steps: Vec<Step> = Vec::new();
        for (place, log) in logs.into_iter().enumerate() {
            for call in log {
                let path = call.target.split('?').next().unwrap_or_default().to_owned();
                let is_such =
                    |it: &&Step| (it.place, &it.method, &it.path) == (place, &call.method, &path);
                let before = u32::try_from(steps.iter().filter(is_such).count()).expect("few");
                if before == 0 || call.method != "GET" {
                    steps.push(Step { place, method: call.method, path, before });
                }
            }
        }
        steps
    }

    /// What stands there that is ours, and what is others'.
    fn there(&self) -> Value {
        let ours = |logins: Vec<(String, Option<String>)>| -> Vec<(String, Option<String>)> {
            logins.into_iter().filter(|(name, _)| name.starts_with("scrobbled")).collect()
        };
        match self {
            Self::Plex(tv, server) => {
                let is_on = server.with(|plex| plex.options.webhooks_on);
                json!([tv.with(|tv| tv.webhooks().to_vec()), is_on])
            }
            Self::Jellyfin(server) => server.with(|jellyfin| {
                let plugin = jellyfin.plugin.as_ref().expect("it is there");
                json!([plugin.destinations.shown(), ours(jellyfin.logins())])
            }),
            Self::Emby(server) => server.with(|emby| {
                let told = emby.notified().iter().map(|one| {
                    json!([
                        one["FriendlyName"],
                        one["Options"],
                        one["EventIds"],
                        one["UserIds"],
                        one["Enabled"],
                        one["TheirOwn"]
                    ])
                });
                json!([told.collect::<Vec<_>>(), ours(emby.house.logins())])
            }),
        }
    }
}

struct House {
    servers: Servers,
    rig: Rig,
}

impl House {
    fn open(of: fn(&Clock) -> Servers) -> Self {
        let mut servers = None;
        let rig = Rig::beside(|clock| {
            let made = of(&clock);
            let config = made.config();
            servers = Some(made);
            config
        });
        Self { servers: servers.expect("they were started"), rig }
    }

    fn begin(&self) -> Child {
        let words = self.servers.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.rig.daemon.cli_beside_told(&words, "s3sam\n")
    }

    /// Connects from here to the end, and gives what stands there then and what is kept here.
    fn connect(&mut self, what: &str) -> String {
        let (child, servers) = (self.begin(), &self.servers);
        let said = end_of(child, &mut self.rig, |rig| servers.approve(Time(rig.now().0)));
        assert_eq!(said.code, Some(0), "{what}: {said:#?}");
        let kept = Store::copy(&self.rig.daemon.data()).expect("the data").connections();
        let kept: Vec<Connection> = kept.expect("what is kept");
        let kept = kept.iter().map(|one| {
            let hook = one.hook.as_ref().map(|hook| &hook.address);
            let (key, login) = (!one.token.is_empty(), !one.account_token.is_empty());
            let whole = (!one.unfinished, &one.people);
            json!([one.name, one.id, hook, one.hear, key, one.key_is_ours, login, whole])
        });
        let all = json!({ "there": self.servers.there(), "kept": kept.collect::<Vec<_>>() });
        // Where we listen, our token and our device are others at each start or in each folder.
        let urls = ask(&self.rig.daemon, json!({ "command": "urls" })).expect("urls");
        let mut text = format!("{all:#}").replace(&self.rig.daemon.address().to_string(), "US");
        for kind in ["plex", "jellyfin", "emby"] {
            let url = urls[kind][0].as_str().expect("an address");
            text = text.replace(url.split_once('?').expect("a token").1, "TOKEN");
        }
        let mut parts = text.split("scrobbled (");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| {
            all + "scrobbled (US)" + part.split_once(')').expect("the end of our name").1
        })
    }

    /// Begins to connect, and kills the daemon as soon as its call hangs at this step; whether it did.
    fn be_killed_at(&mut self, step: &Step, is_taken: bool) -> bool {
        let silence = Fault::Silence.once().on(&step.method, &step.path).after(step.before);
        let silence = if is_taken { silence.applied() } else { silence };
        self.servers.order(step.place, silence);
        let mut child = self.begin();
        let mut hangs = 0;
        wait_for(
            "the call that hangs, or the end",
            || {
                self.servers.approve(Time(self.rig.now().0));
                self.rig.step(Duration::from_millis(500));
                let is_it = self.servers.in_hand().iter().any(|call| call.contains(&step.path));
                hangs = if is_it { hangs + 1 } else { 0 };
                hangs >= 3 || child.try_wait().expect("a child").is_some()
            },
            |is_over| *is_over,
        );
        self.rig.daemon.kill_9();
        child.wait().expect("it ends, too");
        self.rig.start_again();
        hangs > 0
    }
}

fn killed_anywhere_it_ends_the_same(of: fn(&Clock) -> Servers, fewest: usize) {
    let mut house = House::open(of);
    let expected = house.connect("undisturbed");
    let steps = house.servers.steps();
    assert!(steps.len() >= fewest, "{steps:#?}");
    for step in &steps {
        let taken: &[bool] = if step.method == "GET" { &[false] } else { &[false, true] };
        for is_taken in taken {
            let mut house = House::open(of);
            let what = format!("{step:?}, taken: {is_taken}");
            let is_killed = house.be_killed_at(step, *is_taken);
            assert!(is_killed || step.method == "GET", "it ended before {what}");
            assert_eq!(house.connect(&what), expected, "{what}");
        }
    }
}

#[test]
fn a_plex_is_connected_once_wherever_it_was_killed() {
    killed_anywhere_it_ends_the_same(a_plex, 9);
}

#[test]
fn a_jellyfin_is_connected_once_wherever_it_was_killed() {
    killed_anywhere_it_ends_the_same(a_jellyfin, 8);
}

#[test]
fn an_emby_is_connected_once_wherever_it_was_killed() {
    killed_anywhere_it_ends_the_same(an_emby, 8);
}
