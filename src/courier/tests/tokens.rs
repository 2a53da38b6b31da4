//! Tokens at the stand-in, whose refresh tokens work once.

use super::*;
use standin::trakt::Fault;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn refreshes(server: &Server) -> usize {
    server.log().iter().filter(|request| request.target == "/oauth/token").count()
}

fn login_needed(play: &Play) -> usize {
    play.states().iter().filter(|state| **state == AccountState::LoginNeeded).count()
}

/// A film that is told of when the token is long due to be renewed.
fn late_film(at: Time) -> Intent {
    Intent { at, began: at.before(minutes(60)), ..film(Verb::Finish) }
}

#[test]
fn a_refusal_of_many_calls_is_one_refresh() {
    let (server, scene) =
        at_stand_in(Trakt::default(), vec![film(Verb::Rate(8)), film(Verb::Rate(9))]);
    server.order(Fault::status(401).on("POST", "/sync").times(1));
    let play = scene.start();
    play.wait_settled(2);
    assert_eq!((refreshes(&server), login_needed(&play)), (1, 0));
}

#[test]
fn tokens_that_end_at_once_are_not_refreshed_without_end() {
    let renewed = r#"{"access_token":"new","refresh_token":"r2","expires_in":0}"#;
    let refresh = || ("POST /oauth/token", answer(200, renewed));
    let mut scene =
        scene(vec![refresh(), ("POST /sync/ratings", answer(201, ADDED)), refresh()], vec![]);
    scene.tokens = Some(login(noon().before(WEEK)));
    scene.steps.insert(1, ("GET /users/settings", answer(200, r#"{"user":{"username":"al"}}"#)));
    let play = scene.start();
    wait_for("the first pair", || play.kept().len(), |kept| *kept == 1);
    play.advance(minutes(4));
    play.queue(film(Verb::Rate(8)));
    play.wait_settled(1);
    assert_eq!(play.kept().len(), 1);
    play.advance(minutes(1));
    wait_for("the second pair", || play.kept().len(), |kept| *kept == 2);
}

#[test]
fn a_lost_refresh_is_survived_where_trakt_forgives() {
    let mut trakt = Trakt::default();
    trakt.options.refresh_grace_seconds = 60;
    let (server, scene) = at_stand_in(trakt, vec![]);
    server.order(Fault::Reset.once().on("POST", "/oauth/token").applied());
    let play = scene.start();
    play.advance(WEEK / 2);
    wait_for("the lost refresh", || refreshes(&server), |refreshes| *refreshes == 1);
    let kept = || {
        play.advance(Duration::from_secs(1));
        play.kept().len()
    };
    wait_for("the new pair", kept, |kept| *kept == 1);
    play.queue(late_film(play.now()));
    play.wait_settled(1);
    assert_eq!((refreshes(&server), login_needed(&play)), (2, 0));
}

#[test]
fn a_lost_refresh_that_is_not_forgiven_loses_nothing_but_needs_a_login() {
    let (server, scene) = at_stand_in(Trakt::default(), vec![]);
    server.order(Fault::Reset.once().on("POST", "/oauth/token").applied());
    let play = scene.start();
    play.advance(WEEK / 2);
    wait_for("the lost refresh", || refreshes(&server), |refreshes| *refreshes == 1);
    let told = || {
        play.advance(Duration::from_secs(1));
        login_needed(&play)
    };
    wait_for("the word of it", told, |times| *times == 1);

    play.queue(late_film(play.now()));
    play.wait_settled(1); // the old access token is good until it ends

    play.advance(WEEK / 2);
    let ends = [play.now().before(minutes(120)), play.now()];
    for end in ends {
        play.queue(late_film(end));
    }
    play.wait_settled(2);
    let before = play.owner.lock().expect("it does not panic").states.len();
    for hour in 1..=3 {
        play.advance(minutes(30));
        play.advance(minutes(30));
        wait_for("the reminder", || play.states().len(), |told| *told >= before + hour);
        play.wait_settled(2 + hour);
    }
    assert_eq!(play.states().len(), before + 3, "said once an hour");
    assert_eq!(server.with(|trakt| trakt.plays("film")).len(), 0);

    let tokens = pair(&server.sign_in("al"), play.now());
    play.wakes.send(CourierCommand::Tokens(Some(tokens))).expect("the courier lives");
    wait_for("the queue to be empty", || play.waiting(), |waiting| *waiting == 0);
    let plays = server.with(|trakt| trakt.plays_of("al", "tmdb:603"));
    assert_eq!(plays.len(), 3, "{:#?}", server.calls());
    assert_eq!(plays[1..], ends.map(at_trakt), "each at its time");
    assert_eq!(refreshes(&server), 2, "a dead refresh token is not tried again");
}

#[test]
fn a_login_that_is_made_during_a_refresh_stays() {
    let (server, scene) = at_stand_in(Trakt::default(), vec![]);
    server.order(Fault::late(Duration::from_millis(500)).on("POST", "/oauth/token"));
    let play = scene.start();
    play.advance(WEEK / 2);
    wait_for("the refresh", || server.in_hand(), |targets| *targets == ["/oauth/token"]);
    let other = pair(&server.sign_in("bo"), play.now());
    play.wakes.send(CourierCommand::Tokens(Some(other))).expect("the courier lives");
    play.queue(late_film(play.now()));
    play.wait_settled(1);
    let plays = |user: &str| server.with(|trakt| trakt.plays_of(user, "tmdb:603").len());
    assert_eq!((plays("al"), plays("bo"), play.kept()), (0, 1, vec![]));
}
