//! Jellyfin and Emby heard without a single webhook: the real daemon asks what plays there. Time is
//! moved by hand, at both and at Trakt.

#![cfg(test)]

mod daemon;

use daemon::by_hand::Rig;
use daemon::items::{ITEMS, declare};
use daemon::webhook::{Webhook, jellyfin};
use daemon::{pass, wait_for};
use serde_json::{Value, json};
use standin::Time;
use standin::jellyfin::{Dialect, Jellyfin, KEY, Server};
use standin::trakt::{Catalogue, Fault};
use std::time::Duration;

/// A media server, and a daemon that listens to it.
struct House {
    server: Server,
    rig: Rig,
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Nobody but `mara` and her one account.
const ALONE: &[&str] = &["default"];

impl House {
    fn open(dialect: Dialect) -> Self {
        Self::with(dialect, ALONE, |_| KEY.to_owned())
    }

    /// Each account has the plays of its namesake; the daemon has the key that `key` gives it.
    fn with(
        dialect: Dialect,
        accounts: &[&str],
        key: impl FnOnce(&mut Jellyfin) -> String,
    ) -> Self {
        let mut catalogue = Catalogue::samples();
        declare(&mut catalogue, &ITEMS);
        let mut jellyfin = Jellyfin::new(dialect).with(&catalogue);
        jellyfin.user("mara");
        let key = key(&mut jellyfin);
        let kind = kind(dialect);
        let mut server = None;
        let mut rig = Rig::beside(|clock| {
            let now = move || Time(clock.now().0);
            let started = Server::start(jellyfin, "127.0.0.1:0", now).expect("a port");
            let url = started.url();
            server = Some(started);
            let block =
                |name: &&str| format!("[[account]]\nname = \"{name}\"\n{kind} = \"{name}\"\n");
            let accounts: String = if accounts == ALONE {
                String::new()
            } else {
                accounts.iter().map(block).collect()
            };
            format!(
                "[{kind}]\nurl = \"{url}\"\napi_key = \"{key}\"\nhear = true\ncatch_up = false\n{accounts}"
            )
        });
        for name in accounts {
            rig.server().with(|trakt| (*name).clone_into(&mut trakt.options.user));
            rig.login(Some(name));
        }
        Self { server: server.expect("it was started"), rig }
    }

    /// Somebody does something there now.
    fn then(&mut self, act: impl FnOnce(&mut Jellyfin, Time)) -> &mut Self {
        self.server.at(act);
        self
    }

    /// How often it was asked what plays, and how often it answered.
    fn polls(&self) -> usize {
        self.server.log().iter().filter(|one| one.target.ends_with("/Sessions")).count()
    }

    /// Half a minute passes, in which the server is asked once more, and what follows is done.
    #[track_caller]
    fn listens(&mut self) -> &mut Self {
        self.step(Duration::from_secs(30))
    }

    /// So much time passes, and more of it where nobody asks, who may be waiting after a failure.
    #[track_caller]
    fn step(&mut self, span: Duration) -> &mut Self {
        let before = self.polls();
        for _ in 0..60 {
            self.rig.step(span);
            for _ in 0..400 {
                if self.polls() > before {
                    wait_for("the answer", || self.server.is_idle(), |idle| *idle);
                    self.rig.settle();
                    return self;
                }
                pass(Duration::from_millis(5));
            }
        }
        panic!("it asks no more: {:#?}", self.server.log());
    }

    /// So much time passes in steps of a minute; who waits for ten seconds asks once in each.
    #[track_caller]
    fn pass(&mut self, span: Duration) -> &mut Self {
        let end = self.rig.now().after(span);
        while self.rig.now() < end {
            self.step(minutes(1));
        }
        self
    }

    /// What Trakt was told in an account's name.
    fn calls(&self, account: &str) -> Vec<String> {
        self.rig.server().with(|trakt| trakt.calls_of(account))
    }

    /// Waits until Trakt was told this, to two percent: nobody is asked in the very moment in which
    /// something happens.
    #[track_caller]
    fn was_told(&self, account: &str, expected: &[&str]) {
        let is_so = |calls: &Vec<String>| {
            calls.len() == expected.len() && calls.iter().zip(expected).all(|(a, b)| is_close(a, b))
        };
        wait_for(&format!("{expected:?}"), || self.calls(account), is_so);
    }

    /// Whether `status` says that it is listened to, and by no webhook.
    fn is_heard(&self) -> bool {
        let hears = self.shown()["hears"].as_array().cloned().unwrap_or_default();
        hears.contains(&json!("stream")) && !hears.contains(&json!("webhook"))
    }

    /// What `status` says of the server.
    fn shown(&self) -> Value {
        let status = self.rig.status();
        let kind = kind(self.server.with(|server| server.options.dialect));
        let all = status["servers"].as_array().expect("a list");
        all.iter().find(|one| one["kind"] == kind).expect("it is there").clone()
    }
}

fn is_close(call: &str, expected: &str) -> bool {
    let parts = |call: &str| {
        let (before, percent) = call.rsplit_once(' ').expect("verb, label, percent");
        (before.to_owned(), percent.parse::<f64>().expect("percent"))
    };
    let ((one, at), (other, about)) = (parts(call), parts(expected));
    one == other && (at - about).abs() <= 2.0
}

fn kind(dialect: Dialect) -> &'static str {
    if dialect.is_emby() { "emby" } else { "jellyfin" }
}

/// Those of which docs/rules.md speaks, without the oldest.
const DIALECTS: [Dialect; 3] = [Dialect::Jellyfin10_11, Dialect::Jellyfin12, Dialect::Emby];

#[test]
fn a_film_is_heard_without_a_webhook() {
    for dialect in DIALECTS {
        let mut house = House::open(dialect);
        house.listens().then(|server, now| server.play("den", "mara", "A", Duration::ZERO, now));
        house.pass(minutes(30)).then(|server, now| server.pause("den", now));
        house.pass(minutes(2)).then(|server, now| server.resume("den", now));
        house.pass(minutes(72)); // it is over after 70
        house.was_told("default", &["start A 0", "pause A 31", "start A 31", "stop A 100"]);
        assert_eq!(house.rig.trakt.plays("A"), 1, "{dialect:?}");
        assert!(house.is_heard(), "{dialect:?}: {:?}", house.shown());
    }
}

#[test]
fn a_player_that_died_has_not_watched_what_its_server_played_on() {
    for dialect in DIALECTS {
        let mut house = House::open(dialect);
        house.listens().then(|server, now| server.play("den", "mara", "A", minutes(60), now));
        house.pass(minutes(28)).then(|server, now| server.die("den", now));
        // Whoever comes first: what is heard, or the server's history.
        let since = ["catch-up", "--since", "1d"];
        for minute in 0..15 {
            house.pass(minutes(1));
            let said = house.rig.daemon.cli(&since).good();
            assert!(said.contains(" 0 to be sent, "), "{dialect:?}, minute {minute}: {said}");
        }
        house.rig.restart();
        house.pass(minutes(60));
        let said = house.rig.daemon.cli(&since).good();
        let why = "1 ignored: the server counts it as watched (LastPlayedDate";
        let is_told = said.contains(why) && said.contains("its player had fallen silent");
        // From Jellyfin 12 on, and at Emby, the log alone proves nothing after a resume.
        assert!(is_told || dialect != Dialect::Jellyfin10_11, "{dialect:?}: {said}");
        let played = house.server.with(|server| server.user_data("mara", "A"));
        assert!(played.is_some_and(|data| data.played), "{dialect:?}: the server believes it");
        // It was at 88 %. From 80 on Trakt would make a play of it.
        house.was_told("default", &["start A 61", "pause A 79.9"]);
        assert_eq!(house.rig.trakt.plays("A"), 0, "{dialect:?}");
    }
}

#[test]
fn a_restart_soon_after_a_player_died_makes_no_play_of_what_its_server_played_on() {
    // Before and after its death is noticed; the server shows it for ten minutes at most.
    let moments = [Duration::from_secs(40), minutes(5), minutes(6)];
    for (dialect, dead) in DIALECTS.into_iter().flat_map(|it| moments.map(|dead| (it, dead))) {
        let mut house = House::open(dialect);
        house.listens().then(|server, now| server.play("den", "mara", "A", minutes(69), now));
        house.pass(minutes(18)).then(|server, now| server.die("den", now));
        house.pass(dead).rig.restart();
        house.pass(minutes(90));
        // It was at 88 %, and the server played on beyond 90.
        house.was_told("default", &["start A 70", "pause A 79.9"]);
        assert_eq!(house.rig.trakt.plays("A"), 0, "{dialect:?}");
    }
}

#[test]
fn what_came_to_its_end_between_two_questions_is_a_play_and_what_did_not_is_none() {
    for dialect in DIALECTS {
        let mut house = House::open(dialect);
        // Its last report is of when it stops; it is seen at 85 % at last.
        for (what, seen, stopped) in [("A", 85, 91), ("B", 85, 88)] {
            house.listens().then(|it, now| it.play("den", "mara", what, minutes(seen - 5), now));
            house.pass(minutes(5)).then(|it, now| {
                it.seek("den", minutes(stopped), now);
                it.stop("den", now);
            });
            house.pass(minutes(3));
        }
        let expected = ["start A 80", "stop A 90", "start B 80", "pause B 79.9"];
        house.was_told("default", &expected);
        let plays = ["A", "B"].map(|what| house.rig.trakt.plays(what));
        assert_eq!(plays, [1, 0], "{dialect:?}");
    }
}

#[test]
fn two_people_at_one_player_have_a_play_each() {
    let mut house = House::with(Dialect::Jellyfin10_11, &["mara", "jo"], |_| KEY.to_owned());
    house.listens().then(|server, now| {
        server.play("den", "mara", "A", minutes(10), now);
        server.join("den", "jo");
    });
    house.pass(minutes(92));
    for account in ["mara", "jo"] {
        house.was_told(account, &["start A 10", "stop A 100"]);
    }
}

#[test]
fn a_daemon_that_starts_takes_up_what_plays_and_ends_what_is_over() {
    let mut house = House::open(Dialect::Jellyfin12);
    house.listens().then(|server, now| server.play("den", "mara", "A", Duration::ZERO, now));
    house.then(|server, now| server.play("attic", "mara", "B", minutes(5), now));
    house.pass(minutes(30));
    house.rig.daemon.kill_9();
    house.rig.wait_down(minutes(10));
    house.then(|server, now| server.stop("attic", now));
    house.rig.start_again();
    house.pass(minutes(61)); // a minute after the end of A
    let calls = house.calls("default");
    let of = |label: &str| -> Vec<&String> {
        calls.iter().filter(|call| call.contains(&format!(" {label} "))).collect()
    };
    assert_eq!(of("A").len(), 2, "{calls:?}");
    assert!(is_close(of("A")[1], "stop A 100"), "{calls:?}");
    // It went on to 45, but the last that was heard of it is five minutes old at most.
    assert_eq!(of("B").len(), 2, "{calls:?}");
    let (_, percent) = of("B")[1].rsplit_once(' ').expect("percent");
    let percent: f64 = percent.parse().expect("a number");
    assert!(of("B")[1].starts_with("pause B "), "{calls:?}");
    assert!((29.0..=36.0).contains(&percent), "{calls:?}");
}

/// The plugin of this Jellyfin posts that: it names all as the server does.
fn posts(house: &House, verb: &str, percent: f64) {
    let (server, user, item) = house
        .server
        .with(|server| (server.id(), server.user("mara"), server.item("A").expect("it is there")));
    let device = Jellyfin::device("den");
    let webhook: Webhook = jellyfin(verb)
        .of("A")
        .at(percent)
        .edit("/ServerId", json!(server))
        .edit("/UserId", json!(user))
        .edit("/DeviceId", json!(device))
        .edit("/ItemId", json!(item));
    house.rig.daemon.post(&webhook);
}

#[test]
fn what_a_webhook_says_and_what_is_heard_is_one_play() {
    let mut house = House::open(Dialect::Jellyfin10_11);
    house.listens().then(|server, now| server.play("den", "mara", "A", Duration::ZERO, now));
    posts(&house, "play", 0.0);
    house.pass(minutes(30)).then(|server, now| server.pause("den", now));
    house.pass(minutes(2)); // the webhook of the pause is lost, and comes by the other way
    house.then(|server, now| server.resume("den", now)).listens();
    posts(&house, "resume", 30.7);
    house.pass(minutes(60)).then(|server, now| server.stop("den", now));
    posts(&house, "completed", 91.0);
    house.pass(minutes(2));
    house.was_told("default", &["start A 0", "pause A 31", "start A 31", "stop A 91"]);
    let ears = |events: &Value| -> Vec<String> {
        let all = events.as_array().expect("a list").iter();
        all.filter_map(|line| line["ear"].as_str().map(str::to_owned)).collect()
    };
    let ears = ears(&house.rig.daemon.status()["events"]);
    let [webhooks, heard] = ["webhook", "stream"].map(|ear| ears.iter().any(|one| one == ear));
    assert!(webhooks && heard, "{ears:?}");
}

#[test]
fn a_server_that_is_restarted_ends_nothing_that_goes_on() {
    let mut house = House::open(Dialect::Jellyfin10_11);
    house.listens().then(|server, now| server.play("den", "mara", "A", Duration::ZERO, now));
    house.pass(minutes(93)); // it counts as watched from here on
    for _ in 0..3 {
        house.then(Jellyfin::restart);
        house.server.order(Fault::Close.once().times(2));
        house.listens().listens().listens();
    }
    house.pass(minutes(8));
    house.was_told("default", &["start A 0", "stop A 100"]);
    assert_eq!(house.rig.trakt.plays("A"), 1);
}

#[test]
fn an_answer_that_is_none_is_no_end() {
    let wrong = [
        Fault::html(502),
        Fault::json(200, json!({ "Items": [] })),
        Fault::json(200, json!("x".repeat(3_000_000))),
        Fault::Flood { bytes: 20_000_000 }.once(),
        Fault::Garbage.once(),
        Fault::Cut.once(),
        Fault::Reset.once(),
        Fault::status(404),
        Fault::status(503),
        Fault::late(Duration::from_secs(12)), // longer than anybody waits
    ];
    let mut house = House::open(Dialect::Emby);
    house.listens().then(|server, now| server.play("den", "mara", "A", Duration::ZERO, now));
    let begun = house.rig.now();
    for order in wrong {
        house.pass(minutes(2));
        house.server.order(order.on("GET", "/Sessions"));
        house.listens().listens();
        wait_for("it to be heard", || house.is_heard(), |heard| *heard);
    }
    assert_eq!(house.calls("default").len(), 1, "{:?}", house.calls("default"));
    let percent = house.rig.now().since(begun).as_secs() / 60; // of 100 minutes
    house.then(|server, now| server.stop("den", now)).pass(minutes(2)); // twice missing
    house.was_told("default", &["start A 0", &format!("pause A {percent}")]);
}

#[test]
fn at_an_emby_whose_key_is_no_administrators_hears_nobody_and_is_told() {
    let mut house = House::with(Dialect::Emby, ALONE, |server| server.sign_in("jo"));
    house.then(|server, now| server.play("den", "jo", "A", Duration::ZERO, now));
    let title = house.shown()["title"].as_str().expect("a title").to_owned();
    let expected = format!(
        "{title} can't be listened to: emby.api_key is the token of somebody who is no \
         administrator at {}; make an API key in its dashboard and put that there",
        house.server.url()
    );
    wait_for("what is wrong", || house.shown()["trouble"].clone(), |trouble| *trouble == expected);
    assert_eq!(house.polls(), 0);
    let said = house.rig.daemon.cli(&["check"]);
    assert!(said.out.contains(&expected), "{said:#?}");
}

#[test]
fn at_a_jellyfin_who_is_no_administrator_is_heard_alone() {
    for dialect in [Dialect::Jellyfin10_8, Dialect::Jellyfin10_11, Dialect::Jellyfin12] {
        let mut house = House::with(dialect, &["mara", "jo"], |server| server.sign_in("jo"));
        house.listens().then(|server, now| {
            server.play("den", "mara", "A", Duration::ZERO, now);
            server.play("attic", "jo", "B", Duration::ZERO, now);
            server.join("attic", "mara");
        });
        house.pass(minutes(40)).then(|server, now| server.stop("attic", now)).pass(minutes(2));
        house.then(|server, now| server.stop("den", now)).pass(minutes(2));
        wait_for(
            "the end",
            || house.calls("jo"),
            |calls| calls.len() == 2 && calls[0].starts_with("start B"),
        );
        assert_eq!(house.calls("mara"), Vec::<String>::new(), "{dialect:?}");
        assert!(house.is_heard(), "{dialect:?}: {:?}", house.shown());
        let said = house.rig.daemon.cli(&["check"]);
        assert!(said.out.contains("only what jo watches is heard"), "{said:#?}");
    }
}
