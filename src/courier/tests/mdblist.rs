//! The loop against the stand-in for MDBList: what differs there from Trakt and Simkl.

use super::simkl::{long_tide, salt_road, tell};
use super::*;
use crate::tracker::mdblist::MdbList;
use standin::mdblist::{self, Catalogue, Server};
use standin::trakt::{Fault, Order};

/// How the courier is logged in.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Tokens,
    Key,
}

/// The stand-in at noon, and a courier of `anna` there that has nothing to tell yet.
fn at_mdblist() -> (Server, Play) {
    at_mdblist_with(By::Tokens, |_| {})
}

fn at_mdblist_with(by: By, prepare: impl FnOnce(&mut mdblist::MdbList)) -> (Server, Play) {
    let hand = HandClock::at(noon());
    let mut mdblist = mdblist::MdbList::new(Catalogue::of(&trakt::Catalogue::samples()));
    prepare(&mut mdblist);
    let server = Server::start(mdblist, "127.0.0.1:0", time_of(&Clock::ByHand(hand.clone())));
    let server = server.expect("loopback has ports");
    let client_id = if by == By::Key { "" } else { mdblist::CLIENT_ID };
    let settings = config::MdbList {
        client_id: client_id.to_owned(),
        api_url: server.url(),
        post_interval: Duration::ZERO,
        remove_from_watchlist: true,
    };
    let login = match by {
        By::Key => TokenPair::key(server.with(|mdblist| mdblist.issue_key("anna")), noon()),
        By::Tokens => {
            let mdblist::Tokens { access, refresh } = server.sign_in("anna");
            TokenPair::new(access, refresh, noon(), minutes(30 * 24 * 60))
        }
    };
    let tracker = MdbList::new(&settings, Duration::from_secs(5));
    let mut scene = Scene { hand, tracker: Some(Box::new(tracker)), ..scene(vec![], vec![]) };
    scene.tokens = login;
    (server, scene.start())
}

fn calls(server: &Server) -> Vec<String> {
    server.with(|mdblist| mdblist.calls())
}

fn plays(server: &Server) -> Vec<(String, standin::Time)> {
    server.with(|mdblist| mdblist.plays("anna"))
}

fn asked(server: &Server, path: &str) -> usize {
    server.log().iter().filter(|one| one.method == "GET" && one.target.starts_with(path)).count()
}

fn all_done(settled: &[Settled]) -> bool {
    settled.iter().all(|one| matches!(one, Settled::Done { .. }))
}

#[test]
fn a_film_is_told_with_a_call_for_each_thing_that_is_told() {
    for by in [By::Tokens, By::Key] {
        let (server, play) = at_mdblist_with(by, |mdblist| {
            assert!(mdblist.want("anna", "The Salt Road"));
        });
        let at = |minute| noon().after(minutes(minute));
        let settled = tell(
            &play,
            [
                salt_road(Verb::Start, 0.5, at(1)),
                salt_road(Verb::Pause, 90.0, at(40)),
                salt_road(Verb::Start, 40.0, at(50)),
                salt_road(Verb::Finish, 95.0, at(100)),
            ],
        );
        assert!(all_done(&settled), "{settled:?}");
        let expected = [
            "start The Salt Road 0.5",
            "pause The Salt Road 79.9",
            "start The Salt Road 40",
            "stop The Salt Road 95",
            "unlist The Salt Road",
        ];
        assert_eq!(calls(&server), expected);
        // One more asks who we are.
        assert_eq!(server.with(|mdblist| mdblist.requests()), 7);
        assert_eq!(asked(&server, "/sync/watched"), 1, "before its play");
        assert_eq!(plays(&server).len(), 1);
        assert_eq!(server.with(|mdblist| mdblist.wanted("anna")), [""; 0]);
        let quotas = play.owner.lock().expect("it does not panic").quotas.clone();
        assert_eq!(quotas.last().map(|quota| quota.left), Some(993));
        let midnight = Time::from_rfc3339("2026-11-24T00:00:00Z");
        assert_eq!(quotas.last().map(|quota| quota.until), midnight);
    }
}

#[test]
fn a_lost_answer_to_a_stop_is_looked_for_and_what_is_told_again_has_its_time() {
    let ended = noon().after(minutes(100));
    for (fault, adds) in [
        (Fault::Reset.once().applied(), 0),
        (Fault::Cut.once(), 0),
        (Fault::Reset.once(), 1),
        (Fault::status(502), 1),
    ] {
        let (server, play) = at_mdblist();
        server.order(fault.clone().on("POST", "/scrobble/stop"));
        let settled = tell(&play, [salt_road(Verb::Finish, 95.0, ended)]);
        assert!(all_done(&settled), "{settled:?}");
        let plays = plays(&server);
        assert_eq!(plays.len(), 1, "{fault:?}: {plays:?}");
        assert!(plays[0].1.since(at_trakt(ended)) < minutes(1), "{plays:?}");
        let calls = calls(&server);
        let added = calls.iter().filter(|call| call.starts_with("add ")).count();
        let stopped = calls.iter().filter(|call| call.starts_with("stop ")).count();
        assert_eq!((added, stopped + added), (adds, 1), "{fault:?}: {calls:?}");
        assert_eq!(asked(&server, "/sync/watched"), 2, "{fault:?}");
    }
}

#[test]
fn a_late_play_has_the_same_time_however_often_it_is_told() {
    let (server, play) = at_mdblist();
    let ended = noon().after(Duration::from_millis(90_500));
    play.advance(minutes(300));
    // The answer is lost twice, and what is asked between comes to nothing once.
    server.order(Fault::Reset.once().applied().times(2).on("POST", "/sync/watched"));
    server.order(Fault::status(503).on("GET", "/sync/watched"));
    let settled = tell(&play, [salt_road(Verb::Finish, 95.0, ended)]);
    assert!(all_done(&settled), "{settled:?}");
    let at = Time::from_rfc3339("2026-11-23T12:01:30Z").expect("a time");
    assert_eq!(plays(&server), [("The Salt Road".to_owned(), at_trakt(at))]);
    let bodies: Vec<String> = server
        .log()
        .into_iter()
        .filter(|one| one.method == "POST" && one.target == "/sync/watched?report_added=true")
        .map(|one| one.body)
        .collect();
    assert!(!bodies.is_empty() && bodies.iter().all(|body| body == &bodies[0]), "{bodies:?}");
    assert!(bodies[0].contains("2026-11-23T12:01:30Z"), "{bodies:?}");
}

#[test]
fn a_play_that_mdblist_has_from_elsewhere_is_taken_for_it() {
    // In minutes after the film began: when the other program has it as watched, and when ours is told.
    for (name, theirs, told, expected) in [
        ("minutes before a stop", 146, 150, 1),
        ("seconds before a stop", 150, 150, 1),
        ("before a late play", 146, 360, 1),
        ("after the end of a late play", 154, 360, 1),
        ("a viewing before this one", -5, 150, 2),
        ("a viewing before this one, which is late", -5, 360, 2),
    ] {
        let (server, play) = at_mdblist();
        let began = salt_road(Verb::Finish, 95.0, noon()).began;
        let minute = |minute: i64| began.moved(minute * 60_000);
        play.advance(minute(told).since(noon()));
        let at = at_trakt(minute(theirs));
        server.with(|mdblist| assert!(mdblist.play_elsewhere("anna", "The Salt Road", at)));
        let settled = tell(&play, [salt_road(Verb::Finish, 95.0, minute(150))]);
        let Settled::Done { how, .. } = &settled[0] else { panic!("{name}: {settled:?}") };
        let is_there = *how == How::Already;
        assert_eq!((is_there, plays(&server).len()), (expected == 1, expected), "{name}");
        assert_eq!(asked(&server, "/sync/watched"), 1, "{name}");
    }
}

#[test]
fn a_question_that_is_not_answered_holds_back_no_play() {
    let ended = noon().after(minutes(90));
    let always = |order: Order| order.times(u32::MAX);
    for (name, order, tries, expected) in [
        // It is asked again, and soon enough for a stop or not.
        ("a moment", Fault::status(503), 2, "stop"),
        ("no answer", Fault::Reset.once(), 2, "stop"),
        ("a page of somebody else's", Fault::html(200), 2, "stop"),
        ("too many questions", Fault::too_fast(20), 2, "stop"),
        ("too many for long", Fault::too_fast(90), 2, "add"),
        ("minutes", Fault::status(502).times(8), 9, "add"),
        // Telling finds out what is wrong, if more than the question is.
        ("it is refused", always(Fault::status(400)), 1, "stop"),
        ("it is not allowed", always(Fault::status(403)), 1, "stop"),
        ("there is no such question", always(Fault::status(404)), 1, "stop"),
        ("it is not understood", always(Fault::json(200, serde_json::json!("…"))), 1, "stop"),
        ("it is too much for MDBList", always(Fault::status(500)), 23, "add"),
        ("an outage of hours, and one more by chance", Fault::status(503).times(21), 22, "add"),
    ] {
        let (server, play) = at_mdblist();
        server.order(order.on("GET", "/sync/watched"));
        let settled = tell(&play, [salt_road(Verb::Finish, 95.0, ended)]);
        assert!(all_done(&settled), "{name}: {settled:?}");
        let told = calls(&server).into_iter().filter(|call| !call.starts_with("unlist "));
        let calls: Vec<String> = told.collect();
        assert!(calls.len() == 1 && calls[0].starts_with(expected), "{name}: {calls:?}");
        assert_eq!(asked(&server, "/sync/watched"), tries, "{name}");
        let at = plays(&server)[0].1;
        assert!(at.since(at_trakt(ended)) < minutes(1), "{name}: {at:?}");
    }
}

#[test]
fn a_late_play_leaves_no_position() {
    let (server, play) = at_mdblist();
    tell(&play, [salt_road(Verb::Start, 0.5, noon()), salt_road(Verb::Pause, 40.0, noon())]);
    assert_eq!(server.with(|mdblist| mdblist.left("anna")).len(), 1);
    play.advance(minutes(300));
    let finish = salt_road(Verb::Finish, 95.0, noon().after(minutes(90)));
    let mut owner = play.owner.lock().expect("it does not panic");
    owner.queue.push_back(Work { id: 900, is_paused: true, ..work_of(finish) });
    drop(owner);
    play.wakes.send(CourierCommand::Work).expect("the courier lives");
    play.wait_settled(3);
    assert_eq!(server.with(|mdblist| mdblist.left("anna")), []);
    assert_eq!(plays(&server).len(), 1);
}

#[test]
fn a_show_of_which_only_the_title_is_known_is_looked_up_once() {
    let (server, play) = at_mdblist();
    let at = |minute| noon().after(minutes(minute));
    let told = [
        long_tide(Verb::Start, 1.0, at(1)),
        long_tide(Verb::Finish, 95.0, at(40)),
        long_tide(Verb::Rate(7), 0.0, at(50)),
    ];
    let settled = tell(&play, told);
    assert!(all_done(&settled), "{settled:?}");
    let Settled::Done { learned, .. } = &settled[0] else { panic!("{settled:?}") };
    assert_eq!((learned.show, learned.ids.clone()), (Some(9_200_001), Ids::default()));
    let expected =
        ["start Harbour Nine 2x07 1", "stop Harbour Nine 2x07 95", "rate Harbour Nine 2x07 7"];
    assert_eq!(calls(&server), expected);
    assert_eq!(asked(&server, "/search/"), 1);
}

#[test]
fn an_episode_that_is_filed_elsewhere_is_found_by_its_own_id() {
    let (server, play) = at_mdblist();
    // The server counts it as the first of the second season.
    let mut intent = long_tide(Verb::Finish, 95.0, noon());
    intent.item.ids = Ids { tvdb: Some(9_210_207), ..Ids::default() };
    if let Kind::Episode(episode) = &mut intent.item.kind {
        episode.show.ids = Ids { tvdb: Some(9_110_777), ..Ids::default() };
        episode.number = Some(1);
    }
    let settled = tell(&play, [intent.clone()]);
    assert!(all_done(&settled), "{settled:?}");
    assert_eq!(calls(&server), ["stop Harbour Nine 2x07 95"]);
    // One that is not there by any name is tried later, and no show is marked for it.
    intent.item.ids = Ids { tvdb: Some(1), ..Ids::default() };
    let settled = tell(&play, [intent]);
    assert!(matches!(settled[0], Settled::Later { .. }), "{settled:?}");
    assert_eq!(calls(&server).len(), 3, "by its id and by its place: {:?}", calls(&server));
    assert_eq!(server.with(|mdblist| mdblist.cascades()), [""; 0]);
    assert_eq!(asked(&server, "/search/"), 0);
}

#[test]
fn what_was_hardly_begun_leaves_nothing() {
    let (server, play) = at_mdblist();
    let at = noon().after(Duration::from_secs(30));
    tell(&play, [salt_road(Verb::Start, 0.0, noon()), salt_road(Verb::Abandoned, 0.4, at)]);
    let expected = ["start The Salt Road 0", "pause The Salt Road 0.4", "clear The Salt Road"];
    assert_eq!(calls(&server), expected);
    let kept = server.with(|mdblist| (mdblist.open("anna").len(), mdblist.left("anna").len()));
    assert_eq!(kept, (0, 0));
}

#[test]
fn marks_are_looked_for_and_what_is_not_there_is_told_together() {
    let (server, play) = at_mdblist();
    let marks = |numbers: &[u32]| {
        let marks: Vec<Intent> = numbers
            .iter()
            .map(|number| {
                let mut mark = long_tide(Verb::Mark, 0.0, noon());
                if let Kind::Episode(episode) = &mut mark.item.kind {
                    episode.number = Some(*number);
                    episode.show.ids = Ids { tvdb: Some(9_110_777), ..Ids::default() };
                }
                mark
            })
            .collect();
        let mut owner = play.owner.lock().expect("it does not panic");
        let before = owner.settled.len();
        let works = marks.into_iter().zip(500 + before as u64..);
        owner.queue.extend(works.map(|(mark, id)| Work { id, ..work_of(mark) }));
        drop(owner);
        play.wakes.send(CourierCommand::Work).expect("the courier lives");
        play.wait_settled(before + numbers.len()).split_off(before)
    };
    let hows = |settled: &[Settled]| {
        let how = |one: &Settled| {
            if let Settled::Done { how, .. } = one { Some(how.clone()) } else { None }
        };
        settled.iter().map(how).collect::<Vec<_>>()
    };
    let settled = marks(&[7, 8, 9]);
    assert_eq!(hows(&settled), vec![Some(How::History); 3], "{settled:?}");
    let posts = |server: &Server| {
        server.log().iter().filter(|one| one.method == "POST" && one.taken).count()
    };
    assert_eq!((plays(&server).len(), posts(&server)), (3, 1));
    // Days later: those that are there get no other play.
    play.advance(minutes(3 * 24 * 60));
    let settled = marks(&[7, 8, 10]);
    let expected = vec![Some(How::Already), Some(How::Already), Some(How::History)];
    assert_eq!(hows(&settled), expected, "{settled:?}");
    assert_eq!((plays(&server).len(), posts(&server)), (4, 2));
    // One that is not known there leaves the others alone: they are there, once all are looked for.
    let settled = marks(&[11, 99]);
    assert_eq!(hows(&settled), [Some(How::Already), None], "{settled:?}");
    assert_eq!(plays(&server).len(), 5);
    let gone = tell(&play, [Intent { verb: Verb::Unmark, ..long_tide(Verb::Mark, 0.0, noon()) }]);
    assert_eq!((hows(&gone), plays(&server).len()), (vec![Some(How::Removed)], 4));
    assert_eq!(server.with(|mdblist| mdblist.cascades()), [""; 0]);
}

#[test]
fn ratings_of_all_four_kinds_are_told_and_taken_away() {
    let (server, play) = at_mdblist();
    let show = crate::event::Show { title: "Harbour Nine".into(), ..Default::default() };
    let of = |kind, title: &str| Intent {
        item: Item { kind, title: title.into(), ..Item::default() },
        ..long_tide(Verb::Rate(6), 0.0, noon())
    };
    let season = of(Kind::Season { show, number: Some(2) }, "Season 2");
    let all = [
        salt_road(Verb::Rate(8), 0.0, noon()),
        long_tide(Verb::Rate(5), 0.0, noon()),
        of(Kind::Show, "Harbour Nine"),
        season,
    ];
    let settled = tell(&play, all.clone());
    assert!(all_done(&settled), "{settled:?}");
    let mut ratings = server.with(|mdblist| mdblist.ratings("anna"));
    ratings.sort();
    let expected = [
        ("Harbour Nine", 6),
        ("Harbour Nine 2x07", 5),
        ("Harbour Nine season 2", 6),
        ("The Salt Road", 8),
    ];
    assert_eq!(ratings, expected.map(|(label, rating)| (label.to_owned(), rating)));
    let settled = tell(&play, all.map(|intent| Intent { verb: Verb::Unrate, ..intent }));
    assert!(all_done(&settled), "{settled:?}");
    assert_eq!(server.with(|mdblist| mdblist.ratings("anna")), []);
}

#[test]
fn a_short_window_is_waited_for_and_costs_no_play() {
    let (server, play) = at_mdblist();
    let ago = Duration::from_secs(100);
    server.with(|mdblist| mdblist.spend_window("anna", ago, at_trakt(noon())));
    play.queue(salt_road(Verb::Finish, 95.0, noon()));
    let settled = play.wait_settled(1);
    let Settled::Held { until, why, maybe_sent: false } = &settled[0] else {
        panic!("{settled:?}")
    };
    assert_eq!(*until, noon().after(Duration::from_secs(201)));
    assert_eq!(why, "MDBList's rate limit was reached (429)");
    play.advance(Duration::from_secs(201));
    assert!(matches!(play.wait_settled(2)[1], Settled::Done { how: How::History, .. }));
    assert_eq!(plays(&server), [("The Salt Road".to_owned(), at_trakt(noon()))]);
}

#[test]
fn the_last_calls_of_a_day_are_for_plays_and_then_it_is_waited_for_midnight() {
    // A play takes two of them: the last one may be its question.
    for left in [0, 1] {
        let (server, play) =
            at_mdblist_with(By::Tokens, |mdblist| mdblist.spend_day("anna", 52, at_trakt(noon())));
        let told = [
            salt_road(Verb::Start, 1.0, noon()),
            salt_road(Verb::Start, 1.0, noon().after(minutes(1))),
            salt_road(Verb::Finish, 95.0, noon().after(minutes(2))),
        ];
        let settled = tell(&play, told);
        let done: Vec<bool> =
            settled.iter().map(|one| matches!(one, Settled::Done { .. })).collect();
        assert_eq!(done, [true, false, true], "{settled:?}");
        server.with(|mdblist| mdblist.spend_day("anna", left, at_trakt(noon())));
        let ended = play.now();
        play.queue(long_tide(Verb::Finish, 95.0, ended));
        let settled = play.wait_settled(4);
        let Settled::Held { until, why, .. } = &settled[3] else { panic!("{settled:?}") };
        let midnight = Time::from_rfc3339("2026-11-24T00:00:00Z").expect("a time");
        assert!(until.since(midnight) < Duration::from_secs(2), "{until}");
        assert_eq!(why, "the day's calls to MDBList are used up (429)");
        play.advance(until.since(play.now()));
        assert!(
            matches!(play.wait_settled(5)[4], Settled::Done { .. }),
            "{:?}",
            play.wait_settled(5)
        );
        let plays = plays(&server);
        let seconds = standin::Time(ended.0 / 1000 * 1000);
        assert_eq!(plays[1], ("Harbour Nine 2x07".to_owned(), seconds), "{plays:?}");
    }
}

#[test]
fn a_refresh_token_that_is_new_is_kept_before_it_is_used() {
    let (server, play) = at_mdblist();
    let at = noon().after(minutes(1));
    tell(&play, [salt_road(Verb::Start, 1.0, at)]);
    for minute in [10, 20] {
        server.with(|mdblist| mdblist.let_run_out("anna"));
        let settled = tell(&play, [salt_road(Verb::Pause, 40.0, at.after(minutes(minute)))]);
        assert!(all_done(&settled), "{settled:?}");
    }
    assert_eq!(play.kept().len(), 2);
    let refreshes: Vec<String> = server
        .log()
        .into_iter()
        .filter(|one| one.target == "/oauth/token/")
        .map(|one| one.body)
        .collect();
    assert!(refreshes.len() == 2 && refreshes[0] != refreshes[1], "{refreshes:?}");
    server.with(|mdblist| mdblist.disconnect("anna"));
    play.queue(salt_road(Verb::Finish, 95.0, at.after(minutes(30))));
    play.advance(minutes(20));
    let states = || play.states().last().cloned();
    wait_for("a login to be needed", states, |state| *state == Some(AccountState::LoginNeeded));
    assert_eq!(play.waiting(), 1);
}

#[test]
fn a_key_that_is_no_longer_valid_needs_a_login_and_loses_no_play() {
    let (server, play) = at_mdblist_with(By::Key, |_| {});
    tell(&play, [salt_road(Verb::Start, 1.0, noon())]);
    let key = server.with(|mdblist| mdblist.issue_key("anna"));
    play.queue(salt_road(Verb::Finish, 95.0, noon()));
    let states = || play.states().last().cloned();
    wait_for("a login to be needed", states, |state| *state == Some(AccountState::LoginNeeded));
    assert_eq!(play.waiting(), 1);
    let asked = server.log().iter().filter(|one| one.target.starts_with("/oauth")).count();
    assert_eq!((asked, play.kept().len()), (0, 0), "there is nothing to refresh");
    let pair = TokenPair::key(key, noon());
    play.wakes.send(CourierCommand::Tokens(pair)).expect("the courier lives");
    wait_for("the play", || plays(&server).len(), |count| *count == 1);
}

#[test]
fn many_marks_that_are_too_much_are_told_one_by_one() {
    let (server, play) = at_mdblist();
    server.order(Fault::status(500).on("POST", "/sync/watched"));
    let mut owner = play.owner.lock().expect("it does not panic");
    let film = salt_road(Verb::Mark, 0.0, noon());
    let episode = long_tide(Verb::Mark, 0.0, noon());
    let works = [film, episode].into_iter().zip(500..);
    owner.queue.extend(works.map(|(mark, id)| Work { id, ..work_of(mark) }));
    drop(owner);
    play.wakes.send(CourierCommand::Work).expect("the courier lives");
    assert!(all_done(&play.wait_settled(2)));
    assert_eq!(plays(&server).len(), 2);
    assert_eq!(calls(&server).len(), 2, "each by itself: {:?}", calls(&server));
}

#[test]
fn what_mdblist_stumbles_over_again_and_again_lets_the_rest_pass() {
    let (server, play) = at_mdblist();
    server.order(Fault::status(500).times(u32::MAX).on("POST", "/scrobble/stop"));
    server.order(Fault::status(500).times(u32::MAX).on("POST", "/sync/watched"));
    let settled = tell(&play, [salt_road(Verb::Finish, 95.0, noon())]);
    assert!(matches!(settled[0], Settled::Later { .. }), "{settled:?}");
    let tries = || {
        let log = server.log().into_iter();
        log.filter(|one| one.method == "POST" && one.status == Some(500)).count()
    };
    assert_eq!(tries(), 21);
    assert!(all_done(&tell(&play, [salt_road(Verb::Rate(8), 0.0, play.now())])), "it passes");
}
