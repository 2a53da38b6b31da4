//! How often Trakt is asked.

use super::*;
use crate::delivery::Settled;
use standin::trakt::Catalogue;

/// A play of a film by an id that Trakt does not know.
fn unknown(number: u64) -> Intent {
    let mut intent = film(Verb::Finish);
    intent.item.ids = Ids { tmdb: Some(10_000 + number), ..Ids::default() };
    intent
}

#[test]
fn questions_keep_within_what_trakt_allows_however_many_there_are() {
    const FILMS: usize = 1_500;
    let mut trakt = Trakt::new(Catalogue::strict());
    trakt.options.enforce_pace = true;
    let intents = (0..FILMS as u64).map(unknown).collect();
    let (server, mut scene) = at_stand_in(trakt, intents);
    scene.trakt.post_interval = Duration::from_millis(1000);
    let mut play = scene.start();
    let mut before = 0;
    // Time passes when nothing else happens.
    let settled = || {
        let settled = play.owner.lock().expect("it does not panic").settled.len();
        if std::mem::replace(&mut before, settled) == settled {
            play.advance(Duration::from_millis(700));
        }
        settled
    };
    wait_for("all to be looked up", settled, |settled| *settled == FILMS);
    play.stop();
    let owner = play.owner.lock().expect("it does not panic");
    let later = owner.settled.iter().filter(|(_, one)| matches!(one, Settled::Later { .. }));
    assert_eq!((later.count(), server.with(|trakt| trakt.violations())), (FILMS, 0));
}

#[test]
fn a_429_to_a_question_waits_as_told_and_costs_no_play() {
    let play = scene(
        vec![
            (FIND, answer_with(429, "Retry-After: 7", "")),
            (FIND, answer(200, FOUND)),
            (PLAYS, answer(200, "[]")),
            ("POST /scrobble/stop", answer(201, TAKEN)),
        ],
        vec![film(Verb::Finish)],
    )
    .start();
    let until = noon().after(Duration::from_secs(7));
    let why = "Trakt's rate limit was reached (429)".to_owned();
    assert_eq!(play.wait_settled(1), [Settled::Held { until, why, maybe_sent: false }]);
    play.advance(Duration::from_millis(6999));
    play.wait_at_rest();
    assert_eq!(play.script.seen().len(), 2);
    play.advance(Duration::from_millis(1));
    assert!(matches!(play.wait_settled(2)[1], Settled::Done { .. }));
}

#[test]
fn a_stop_while_the_pace_of_questions_is_kept_hands_the_work_back() {
    let (_server, mut scene) =
        at_stand_in(Trakt::new(Catalogue::strict()), (0..60).map(unknown).collect());
    scene.trakt.post_interval = minutes(1);
    let mut play = scene.start();
    play.wait_settled(49); // the first of fifty questions was who we are
    play.wait_handed_out(50);
    play.stop();
    let why = "the daemon is stopping".to_owned();
    let back = Settled::Held { until: noon(), why, maybe_sent: false };
    assert_eq!(play.wait_settled(50).last(), Some(&back));
}
