//! A machine with three media servers and two trackers goes from nothing to three plays by `connect`,
//! `login` and nothing else.

use crate::beside::{end_of, minutes, pass};
use crate::daemon::by_hand::Rig;
use crate::daemon::items::{ITEMS, declare};
use crate::daemon::{Said, wait_for};
use serde_json::{Value, json};
use standin::Time;
use standin::emby::{self, Emby};
use standin::jellyfin::{self, Dialect, Jellyfin};
use standin::plex::tv::{self, Device, PlexTv};
use standin::plex::{self, Library, MACHINE, Plex, TOKEN, Watch};
use standin::trakt::Catalogue;
use std::cell::RefCell;
use std::time::Duration;

/// Three media servers of mara's, and a daemon that knows nothing of them.
struct Machine {
    tv: tv::Server,
    plex: plex::Server,
    jellyfin: jellyfin::Server,
    emby: emby::Server,
    rig: Rig,
    /// What mara has typed, here and elsewhere: commands, a password, codes.
    typed: Vec<String>,
}

/// What somebody types in a minute who types slowly: 40 words of five letters.
const A_MINUTE: usize = 200;
/// Such a code has six digits.
const QUICK_CONNECT: &str = "482915";

/// The code that a command shows: the only word in its line.
fn code(said: &str) -> Option<String> {
    let word = said.lines().find_map(|line| line.strip_prefix("    "))?;
    (!word.is_empty() && !word.contains(' ')).then(|| word.to_owned())
}

impl Machine {
    /// With these lines in the config; where the stand-in for plex.tv is stands there anyway.
    fn new(config: &str) -> Self {
        let mut catalogue = Catalogue::samples();
        declare(&mut catalogue, &ITEMS);
        let mut servers = None;
        let rig = Rig::beside_all_and(|clock| {
            let now = || {
                let clock = clock.clone();
                move || Time(clock.now().0)
            };
            let mut plex = Plex::new(Library::of(&catalogue));
            plex.call_owner("mara");
            let plex = plex::Server::start(plex, "127.0.0.1:0", now()).expect("a port");
            let mut account = PlexTv::new();
            account.devices.push(Device::server("Attic NAS", MACHINE, TOKEN, &plex.url()));
            let tv = tv::Server::start(account, "127.0.0.1:0", now()).expect("a port");
            let mut house = Jellyfin::new(Dialect::Jellyfin12).with_webhooks().with(&catalogue);
            house.set_password("mara", "s3sam");
            let jellyfin = jellyfin::Server::start(house, "127.0.0.1:0", now()).expect("a port");
            let mut house = Emby::of(Jellyfin::new(Dialect::Emby).with(&catalogue));
            for name in ["mara", "jo"] {
                house.house.set_password(name, "s3sam");
            }
            let emby = emby::Server::start(house, "127.0.0.1:0", now()).expect("a port");
            let plex_tv = format!("[plex]\nplex_tv_url = \"{}\"\n", tv.url());
            servers = Some((tv, plex, jellyfin, emby));
            format!("{plex_tv}{config}")
        });
        let (tv, plex, jellyfin, emby) = servers.expect("they were started");
        Self { tv, plex, jellyfin, emby, rig, typed: Vec::new() }
    }

    /// Runs a command to its end, while time passes and mara types whatever code is shown.
    #[track_caller]
    fn run(&mut self, words: &[&str], typed: &str) -> Said {
        let child = self.rig.daemon.cli_beside_told(words, typed);
        let (tv, jellyfin, codes) = (&self.tv, &self.jellyfin, RefCell::new(Vec::new()));
        let said = end_of(child, &mut self.rig, |rig| {
            let now = Time(rig.now().0);
            tv.with(|tv| {
                for code in tv.codes() {
                    tv.approve(&code, now);
                    codes.borrow_mut().push(code);
                }
            });
            if jellyfin.at(|jellyfin, now| jellyfin.approve("mara", now)) {
                codes.borrow_mut().push(QUICK_CONNECT.to_owned());
            }
        });
        assert_eq!(said.code, Some(0), "{words:?}: {said:#?}");
        self.typed.push(format!("scrobbled {}\n{typed}", words.join(" ")));
        let of_tracker = (words[0] == "login").then(|| code(&said.out).expect("a code"));
        self.typed.extend(codes.into_inner().into_iter().chain(of_tracker));
        said
    }

    /// How many characters were typed.
    fn characters(&self) -> usize {
        self.typed.iter().map(|text| text.chars().count()).sum()
    }

    /// Something is done at the Plex server, which posts it to where plex.tv says.
    fn at_plex(&mut self, act: impl FnOnce(&mut Plex, Time)) {
        let (now, urls) = (Time(self.rig.now().0), self.tv.with(|tv| tv.webhooks().to_vec()));
        let posts = self.plex.with(|plex| {
            plex.learn_webhooks(&urls);
            act(plex, now);
            plex.take_posts()
        });
        for post in posts {
            post.send().expect("it arrives");
        }
        self.rig.settle();
    }

    /// So much time passes at once for all, while they are asked what they want to know.
    fn pass(&mut self, span: Duration) {
        pass(&mut self.rig, span);
    }

    fn servers(&self) -> Vec<Value> {
        self.rig.status()["servers"].as_array().cloned().unwrap_or_default()
    }
}

#[test]
fn from_nothing_to_three_plays_by_connect_and_login() {
    let mut machine = Machine::new("");
    let (jellyfin, emby) = (machine.jellyfin.url(), machine.emby.url());
    machine.run(&["connect", "plex", "--yes"], "");
    machine.run(&["login", "--to", "trakt"], "");
    let (first, all) = (machine.characters(), machine.typed.len());
    assert!(all == 4 && first <= A_MINUTE, "{first} for a first play: {:?}", machine.typed);
    machine.run(&["connect", "jellyfin", &jellyfin, "--yes"], "");
    machine.run(&["connect", "emby", &emby, "--user", "mara", "--yes"], "s3sam\n");
    machine.run(&["login", "--to", "simkl"], "");
    let all = machine.characters();
    println!("typed until one server and one tracker are connected: {first}; three and two: {all}");
    assert!(all <= 2 * A_MINUTE, "{all}: {:?}", machine.typed);
    let check = machine.rig.daemon.cli_beside(&["check"]);
    let checked = end_of(check, &mut machine.rig, |_| {}).out;
    for (kind, title) in [("plex", "Plex"), ("jellyfin", "Jellyfin"), ("emby", "Emby")] {
        let listed = format!("{title}: its libraries, as {kind}.libraries takes them:\n  \"");
        assert!(checked.contains(&listed), "{listed}? {checked}");
    }

    machine.at_plex(|plex, now| {
        let watch = Watch { who: Some("mara"), player: "TV", what: "A", from_ms: 0 };
        assert!(plex.play(&watch, now));
    });
    machine.pass(minutes(97));
    machine.at_plex(|plex, now| plex.stop("TV", now));
    machine.jellyfin.at(|jellyfin, now| jellyfin.play("den", "mara", "B", Duration::ZERO, now));
    machine.pass(minutes(97));
    machine.jellyfin.at(|jellyfin, now| jellyfin.stop("den", now));
    machine.emby.at(|emby, now| emby.play("attic", "mara", "C", Duration::ZERO, now));
    machine.pass(minutes(97));
    machine.emby.at(|emby, now| emby.stop("attic", now));
    machine.pass(minutes(5));
    for tracker in ["trakt", "simkl"] {
        for film in ["A", "B", "C"] {
            let plays = || (machine.rig.tracker(tracker).plays(film).len(), machine.servers());
            wait_for(&format!("{film} at {tracker}"), plays, |(plays, _)| *plays == 1);
        }
    }
    for server in machine.servers() {
        let posts = server["hears"].as_array().is_some_and(|all| all.contains(&json!("webhook")));
        assert!(posts && server["trouble"].is_null(), "{server}");
    }

    // What is taken back is ours, and all that is ours.
    for name in ["plex", "jellyfin", "emby"] {
        machine.run(&["disconnect", name], "");
    }
    assert_eq!(machine.tv.with(|tv| tv.webhooks().to_vec()), Vec::<String>::new());
    assert_eq!(machine.emby.with(|emby| emby.notified().len()), 0);
    let ours = |logins: Vec<(String, Option<String>)>| {
        logins.into_iter().filter(|(name, _)| name.starts_with("scrobbled")).count()
    };
    assert_eq!(ours(machine.jellyfin.with(|jellyfin| jellyfin.logins())), 0);
    assert_eq!(ours(machine.emby.with(|emby| emby.house.logins())), 0);
    let left = machine.servers();
    assert!(left.iter().all(|server| server["hears"] == json!(["webhook"])), "{left:?}");
}
