//! The loop against the stand-in for Simkl: what differs there from Trakt.

use super::*;
use crate::event::{Episode, Show};
use crate::tracker::simkl::Simkl;
use standin::simkl::{self, Catalogue, Server};

/// The stand-in at noon, and a courier of `anna` there that has nothing to tell yet.
fn at_simkl() -> (Server, Play) {
    at_simkl_with(|_| {})
}

fn at_simkl_with(prepare: impl FnOnce(&mut simkl::Simkl)) -> (Server, Play) {
    at_simkl_every(Duration::ZERO, prepare)
}

fn at_simkl_every(
    post_interval: Duration,
    prepare: impl FnOnce(&mut simkl::Simkl),
) -> (Server, Play) {
    let hand = HandClock::at(noon());
    let mut simkl = simkl::Simkl::new(Catalogue::of(&trakt::Catalogue::samples()));
    prepare(&mut simkl);
    let server = Server::start(simkl, "127.0.0.1:0", time_of(&Clock::ByHand(hand.clone())));
    let server = server.expect("loopback has ports");
    let tokens = server.sign_in("anna");
    let settings = config::Simkl {
        client_id: simkl::CLIENT_ID.to_owned(),
        api_url: server.url(),
        post_interval,
        ratings: true,
    };
    let tracker = Simkl::new(&settings, Duration::from_secs(5));
    let mut scene = Scene { hand, tracker: Some(Box::new(tracker)), ..scene(vec![], vec![]) };
    let (access, refresh) = (Secret::new(tokens.access), Secret::new(tokens.refresh));
    let lifetime = Duration::from_secs(7 * 24 * 3600);
    scene.tokens = Some(TokenPair { access, refresh, created: noon(), lifetime });
    (server, scene.start())
}

/// The film of the samples, at its time.
pub(super) fn salt_road(verb: Verb, progress: f64, at: Time) -> Intent {
    let ids = Ids { imdb: Some("tt91000101".into()), ..Ids::default() };
    let item = Item { ids, title: "The Salt Road".into(), year: Some(2021), ..Item::default() };
    Intent { item, progress: Percent::clamped(progress), at, ..film(verb) }
}

/// An episode of the samples of whose show only the title is known.
pub(super) fn long_tide(verb: Verb, progress: f64, at: Time) -> Intent {
    let show = Show { title: "Harbour Nine".into(), key: "k".into(), ..Show::default() };
    let (season, number) = (Some(2), Some(7));
    let kind = Kind::Episode(Episode { show, season, number, last: None });
    let item = Item { kind, title: "The Long Tide".into(), ..Item::default() };
    Intent { item, ..salt_road(verb, progress, at) }
}

/// Queues them one after the other, each at its own time, and waits for what becomes of each.
pub(super) fn tell(play: &Play, intents: impl IntoIterator<Item = Intent>) -> Vec<Settled> {
    let before = play.wait_settled(0).iter().filter(|one| is_settled(one)).count();
    for (intent, count) in intents.into_iter().zip(before + 1..) {
        play.advance(intent.at.since(play.now()));
        play.queue(intent);
        let settled = || {
            play.advance(Duration::from_secs(1));
            play.wait_settled(0).into_iter().filter(is_settled).count()
        };
        wait_for("it to be settled", settled, |settled| *settled >= count);
    }
    play.wait_settled(0).into_iter().filter(is_settled).skip(before).collect()
}

fn is_settled(settled: &Settled) -> bool {
    !matches!(settled, Settled::Held { .. })
}

#[test]
fn a_film_is_told_with_a_call_for_each_thing_that_is_told() {
    let (server, play) = at_simkl();
    let at = |minute| noon().after(minutes(minute));
    let settled = tell(
        &play,
        [
            salt_road(Verb::Start, 0.5, at(1)),
            salt_road(Verb::Pause, 40.0, at(40)),
            salt_road(Verb::Start, 40.0, at(50)),
            salt_road(Verb::Finish, 95.0, at(100)),
        ],
    );
    assert!(settled.iter().all(|one| matches!(one, Settled::Done { .. })), "{settled:?}");
    let calls = [
        "start The Salt Road 0.5",
        "pause The Salt Road 40",
        "start The Salt Road 40",
        "stop The Salt Road 95",
    ];
    assert_eq!(server.with(|simkl| simkl.calls()), calls);
    // One more asks who we are.
    assert_eq!(server.with(|simkl| simkl.requests()), 5);
    let plays = server.with(|simkl| simkl.plays("anna"));
    assert_eq!(plays.len(), 1);
    assert!(plays[0].1.since(at_trakt(at(100))) < Duration::from_secs(10), "{plays:?}");
    let quotas = play.owner.lock().expect("it does not panic").quotas.clone();
    assert_eq!(quotas.last().map(|quota| quota.left), Some(495));
}

#[test]
fn what_may_be_over_is_ended_before_a_start_that_would_make_a_play_of_it() {
    let (server, play) = at_simkl();
    let (first, next) = (salt_road(Verb::Start, 0.0, noon()), noon().after(minutes(95)));
    tell(&play, [first]);
    play.advance(minutes(95));
    let may_be_over = vec![salt_road(Verb::Pause, 43.0, next)];
    let start = Intent { session: "next".into(), ..long_tide(Verb::Start, 0.0, next) };
    let work = Work { id: 900, may_be_over, ..work_of(start) };
    play.owner.lock().expect("it does not panic").queue.push_back(work);
    play.wakes.send(CourierCommand::Work).expect("the courier lives");
    let calls = ["start The Salt Road 0", "pause The Salt Road 43", "start Harbour Nine 2x07 0"];
    wait_for("the start", || server.with(|simkl| simkl.calls()), |seen| *seen == calls);
    assert_eq!(server.with(|simkl| (simkl.invented(), simkl.plays("anna"))), (vec![], vec![]));
}

/// Who we are is asked by a POST, too, and again where that was in vain.
#[test]
fn no_two_posts_come_within_a_second_whatever_they_are_for() {
    let (server, play) = at_simkl_every(Duration::from_secs(1), |_| {});
    server.order(trakt::Fault::status(503).applied().on("POST", "/users/settings"));
    let told = [
        salt_road(Verb::Start, 0.5, noon()),
        salt_road(Verb::Pause, 40.0, noon().after(minutes(40))),
    ];
    let settled = tell(&play, told);
    assert!(matches!(settled[1], Settled::Done { .. }), "{settled:?}");
    let asked = || {
        play.advance(Duration::from_millis(100));
        let log = server.log().into_iter();
        log.filter(|logged| logged.target.starts_with("/users/settings")).count()
    };
    wait_for("who we are to be asked again", asked, |asked| *asked == 2);
    assert_eq!(server.with(|simkl| simkl.violations()), 0, "{:#?}", server.log());
}

#[test]
fn a_lost_answer_to_a_finish_is_sent_again_with_its_time_and_is_one_play() {
    for fault in [trakt::Fault::Reset.once().applied(), trakt::Fault::Reset.once()] {
        let (server, play) = at_simkl();
        let ended = noon().after(minutes(100));
        server.order(fault.on("POST", "/scrobble/stop"));
        let settled = tell(&play, [salt_road(Verb::Finish, 95.0, ended)]);
        assert!(matches!(settled[0], Settled::Done { .. }), "{settled:?}");
        let plays = server.with(|simkl| simkl.plays("anna"));
        assert_eq!(plays.len(), 1, "{plays:?}");
        assert!(plays[0].1.since(at_trakt(ended)) < minutes(1), "{plays:?}");
    }
}

#[test]
fn a_late_play_has_its_time_and_leaves_no_position() {
    let (server, play) = at_simkl();
    tell(&play, [salt_road(Verb::Start, 0.5, noon()), salt_road(Verb::Pause, 40.0, noon())]);
    assert_eq!(server.with(|simkl| simkl.left("anna")).len(), 1);
    play.advance(minutes(300));
    let mut owner = play.owner.lock().expect("it does not panic");
    let finish = salt_road(Verb::Finish, 95.0, noon().after(minutes(90)));
    let work = Work { id: 900, is_paused: true, ..work_of(finish) };
    owner.queue.push_back(work);
    drop(owner);
    play.wakes.send(CourierCommand::Work).expect("the courier lives");
    play.wait_settled(3);
    let plays = server.with(|simkl| simkl.plays("anna"));
    assert_eq!(plays, [("The Salt Road".to_owned(), at_trakt(noon().after(minutes(90))))]);
    assert_eq!(server.with(|simkl| simkl.left("anna")), []);
}

#[test]
fn a_late_play_ends_its_own_start_and_leaves_no_position() {
    let (server, play) = at_simkl();
    tell(&play, [salt_road(Verb::Start, 0.0, noon())]);
    play.advance(minutes(300));
    let finish = salt_road(Verb::Finish, 95.0, noon().after(minutes(90)));
    let may_be_over = vec![Intent { verb: Verb::Pause, ..finish.clone() }];
    let work = Work { id: 900, may_be_over, ..work_of(finish) };
    play.owner.lock().expect("it does not panic").queue.push_back(work);
    play.wakes.send(CourierCommand::Work).expect("the courier lives");
    play.wait_settled(2);
    let plays = server.with(|simkl| simkl.plays("anna"));
    assert_eq!(plays, [("The Salt Road".to_owned(), at_trakt(noon().after(minutes(90))))]);
    let rest = server.with(|simkl| (simkl.open("anna"), simkl.left("anna"), simkl.invented()));
    assert_eq!(rest, (vec![], vec![], vec![]));
}

#[test]
fn a_play_within_an_hour_of_another_leaves_no_start_open() {
    let (server, play) = at_simkl();
    let at = |minute| noon().after(minutes(minute));
    tell(&play, [salt_road(Verb::Start, 0.0, noon()), salt_road(Verb::Finish, 95.0, noon())]);
    let before = Time(server.with(|simkl| simkl.plays("anna")[0].1).0);
    play.advance(minutes(20));
    tell(&play, [salt_road(Verb::Start, 85.0, at(20))]);
    let finish = Intent { began: at(19), ..salt_road(Verb::Finish, 95.0, at(20)) };
    let may_be_over = vec![Intent { verb: Verb::Pause, ..finish.clone() }];
    // The one before stands for a viewing of its own.
    let ours = vec![OurPlay { id: None, watched_at: before, ended: before, item: None }];
    let work = Work { id: 900, may_be_over, ours, ..work_of(finish) };
    play.owner.lock().expect("it does not panic").queue.push_back(work);
    play.wakes.send(CourierCommand::Work).expect("the courier lives");
    play.wait_settled(4);
    let rest = server.with(|simkl| (simkl.open("anna"), simkl.left("anna"), simkl.invented()));
    assert_eq!(rest, (vec![], vec![], vec![]));
}

#[test]
fn an_episode_known_by_its_shows_title_is_compared_and_its_show_is_learned() {
    let (server, play) = at_simkl();
    let settled = tell(&play, [long_tide(Verb::Start, 1.0, noon())]);
    let Settled::Done { learned, .. } = &settled[0] else { panic!("{settled:?}") };
    let show = server.with(|simkl| simkl.catalogue.labelled("Harbour Nine 2x07")).expect("it");
    assert_eq!((learned.show, learned.ids.clone()), (Some(show.0), Ids::default()));
    // A play lasts: what bears the title is looked up before it is told, once.
    let finish = || long_tide(Verb::Finish, 95.0, noon());
    play.advance(minutes(120));
    let settled = tell(&play, [finish(), finish()]);
    assert!(settled.iter().all(|one| matches!(one, Settled::Done { .. })), "{settled:?}");
    let searches = server.log().iter().filter(|one| one.target.starts_with("/search/")).count();
    assert_eq!((searches, server.with(|simkl| simkl.plays("anna")).len()), (1, 1));
}

#[test]
fn what_was_hardly_begun_leaves_nothing_open_and_no_position() {
    let (server, play) = at_simkl();
    let at = noon().after(Duration::from_secs(30));
    tell(&play, [salt_road(Verb::Start, 0.0, noon()), salt_road(Verb::Abandoned, 0.4, at)]);
    let calls = ["start The Salt Road 0", "pause The Salt Road 0.4", "forget The Salt Road"];
    assert_eq!(server.with(|simkl| simkl.calls()), calls);
    assert_eq!(server.with(|simkl| (simkl.open("anna").len(), simkl.left("anna").len())), (0, 0));
}

#[test]
fn a_start_that_was_taken_for_another_title_is_taken_back() {
    // Another film bears the title; the ids are not known.
    let (server, play) = at_simkl();
    let mut other = salt_road(Verb::Start, 1.0, noon());
    other.item.year = Some(1950);
    other.item.ids = Ids { imdb: Some("tt0000009".into()), ..Ids::default() };
    let settled = tell(&play, [other]);
    assert!(matches!(settled[0], Settled::Dropped { .. }), "{settled:?}");
    assert_eq!(server.with(|simkl| (simkl.open("anna").len(), simkl.left("anna").len())), (0, 0));
}

#[test]
fn a_lock_and_a_refused_token_cost_no_play() {
    let (server, play) = at_simkl();
    server.with(|simkl| simkl.lock("anna", 3));
    let at = noon().after(minutes(10));
    let settled = tell(&play, [salt_road(Verb::Start, 1.0, at)]);
    assert!(matches!(settled[0], Settled::Done { .. }), "{settled:?}");
    // The access token dies when somebody else refreshes.
    let refresh = play.kept().len();
    server.order(
        trakt::Fault::json(401, serde_json::json!({"error":"user_token_failed"}))
            .on("POST", "/scrobble/stop"),
    );
    let settled = tell(&play, [salt_road(Verb::Finish, 95.0, at.after(minutes(100)))]);
    assert!(matches!(settled[0], Settled::Done { .. }), "{settled:?}");
    assert_eq!(play.kept().len(), refresh + 1);
    assert_eq!(server.with(|simkl| simkl.plays("anna")).len(), 1);
}

#[test]
fn the_last_twenty_calls_of_a_day_are_for_plays_and_ends() {
    let (server, play) = at_simkl_with(|simkl| simkl.spend_day("anna", 22, at_trakt(noon())));
    let mut told = Vec::new();
    for minute in 1..=3 {
        let at = noon().after(minutes(minute));
        told.extend(tell(&play, [salt_road(Verb::Start, 1.0, at)]));
    }
    let done: Vec<bool> = told.iter().map(|one| matches!(one, Settled::Done { .. })).collect();
    assert_eq!(done, [true, false, false], "{told:?}");
    play.queue_owed(salt_road(Verb::Left, 50.0, noon()), true);
    assert!(matches!(play.wait_settled(4)[3], Settled::Done { .. }));
    let settled = tell(&play, [salt_road(Verb::Finish, 95.0, noon().after(minutes(9)))]);
    assert!(matches!(settled[0], Settled::Done { .. }), "{settled:?}");
    assert_eq!(server.with(|simkl| simkl.open("anna").len()), 0);
}

#[test]
fn what_simkl_does_not_know_is_tried_later_though_it_answers_201() {
    let (server, play) = at_simkl();
    server.with(|simkl| simkl.catalogue.hide("The Salt Road", true));
    let late = salt_road(Verb::Finish, 95.0, noon().before(minutes(60)));
    let settled = tell(&play, [late]);
    assert!(matches!(settled[0], Settled::Later { .. }), "{settled:?}");
    assert_eq!(server.with(|simkl| simkl.plays("anna")), []);
}

#[test]
fn a_rating_is_told_and_one_of_an_episode_is_not() {
    let (server, play) = at_simkl();
    let settled = tell(
        &play,
        [
            salt_road(Verb::Rate(8), 0.0, noon()),
            long_tide(Verb::Rate(8), 0.0, noon()),
            salt_road(Verb::Unmark, 0.0, noon()),
        ],
    );
    let dropped = settled.iter().filter(|one| matches!(one, Settled::Dropped { .. })).count();
    assert_eq!(dropped, 2, "{settled:?}");
    assert_eq!(server.with(|simkl| simkl.rating("anna", "The Salt Road")), Some(8));
}
