//! Marks, alone and many at once.

use super::*;
use crate::event::{Episode, Show};
use standin::trakt::{Entry, Fault};

/// Harbour Nine with a first season of so many episodes, and nothing else.
fn season(episodes: u32) -> Trakt {
    let mut trakt = Trakt::strict();
    let show = trakt.catalogue.add_show(Entry::new("Harbour Nine", Some(2019)).tvdb(7));
    for number in 1..=episodes {
        let entry = Entry::new("", None).tvdb(700 + u64::from(number));
        trakt.catalogue.add_episode(show, 1, number, entry);
    }
    trakt
}

fn mark(number: u32) -> Intent {
    let show = Show { title: "Harbour Nine".into(), ..Show::default() };
    let place = Episode { show, season: Some(1), number: Some(number), last: None };
    let mut intent = film(Verb::Mark);
    intent.item.kind = Kind::Episode(place);
    intent.item.ids = Ids { tvdb: Some(700 + u64::from(number)), ..Ids::default() };
    intent
}

fn words(settled: &[Settled]) -> Vec<String> {
    let word = |settled: &Settled| match settled {
        Settled::Done { how, .. } => how.in_words("Trakt"),
        Settled::Held { .. } => "held".to_owned(),
        Settled::Later { .. } => "later".to_owned(),
        Settled::Parked { .. } => "parked".to_owned(),
        Settled::Dropped { .. } => "dropped".to_owned(),
        Settled::Rehearsed { .. } => "rehearsed".to_owned(),
    };
    settled.iter().map(word).collect()
}

fn posts(server: &Server) -> usize {
    server.log().iter().filter(|request| request.method == "POST").count()
}

const ADDED: &str = "added to Trakt's history with the time it was watched";
const ALREADY: &str = "Trakt has it already";

#[test]
fn a_season_leaves_as_one_call() {
    let marks = (1..=20).map(mark).collect();
    let (server, scene) = at_stand_in(season(20), marks);
    let play = scene.start();
    assert_eq!(words(&play.wait_settled(20)), vec![ADDED; 20]);
    assert_eq!(posts(&server), 1);
    let plays = |number| server.with(|t| t.plays_of("al", &format!("Harbour Nine 1x{number:02}")));
    assert!((1..=20).all(|number| plays(number) == [at_trakt(noon())]), "{:#?}", server.calls());
}

#[test]
fn each_mark_of_a_season_is_settled_by_itself() {
    let mut marks: Vec<Intent> = [1, 2, 9, 3, 3].into_iter().map(mark).collect();
    marks[3].at = noon().before(minutes(5));
    let (server, scene) = at_stand_in(season(3), marks);
    server.with(|trakt| trakt.play_elsewhere("al", "Harbour Nine 1x02", at_trakt(Time(0))));
    let play = scene.start();
    // What is not sent is settled while the others are looked at.
    assert_eq!(words(&play.wait_settled(5)), [ALREADY, "later", ADDED, ADDED, ALREADY]);
    assert_eq!(
        server.with(|t| t.plays_of("al", "Harbour Nine 1x03")),
        [at_trakt(noon().before(minutes(5)))]
    );
    assert_eq!(server.with(|t| t.plays_of("al", "Harbour Nine 1x02")), [at_trakt(Time(0))]);
    assert_eq!(posts(&server), 1);
}

#[test]
fn what_the_history_does_not_find_is_settled_alone() {
    let found = |trakt: u64| format!(r#"[{{"movie":{{"ids":{{"trakt":{trakt}}}}}}}]"#);
    let missing = r#"{"added":{"movies":1},"not_found":{"movies":[{"ids":{"trakt":13}}]}}"#;
    let other = |mut intent: Intent| {
        intent.item.ids = Ids { tmdb: Some(604), ..Ids::default() };
        intent
    };
    let play = scene(
        vec![
            (FIND, answer(200, &found(12))),
            ("GET /sync/history/movies/12", answer(200, "[]")),
            ("GET /search/tmdb/604", answer(200, &found(13))),
            ("GET /sync/history/movies/13", answer(200, "[]")),
            ("POST /sync/history", answer(201, missing)),
        ],
        vec![film(Verb::Mark), other(film(Verb::Mark))],
    )
    .start();
    assert_eq!(words(&play.wait_settled(2)), [ADDED, "later"]);
}

#[test]
fn a_lost_answer_to_a_season_adds_nothing_twice() {
    let (server, scene) = at_stand_in(season(3), (1..=3).map(mark).collect());
    server.order(Fault::Reset.once().on("POST", "/sync/history").applied());
    let play = scene.start();
    assert_eq!(words(&play.wait_settled(3)), vec!["held"; 3]);
    play.advance(Duration::from_secs(2));
    assert_eq!(words(&play.wait_settled(6)[3..]), vec![ALREADY; 3]);
    assert_eq!(server.with(|trakt| trakt.plays_of("al", "Harbour Nine 1x02")), [at_trakt(noon())]);
}

#[test]
fn marks_of_which_some_were_not_added_are_looked_at_again() {
    for (added, expected) in [(1, [ALREADY, "later"]), (2, [ADDED, ADDED])] {
        let (server, scene) = at_stand_in(season(2), (1..=2).map(mark).collect());
        let body = serde_json::json!({"added": {"episodes": added}, "not_found": {}});
        server.order(Fault::json(201, body).on("POST", "/sync/history"));
        // What was added is there at the second look.
        server.order(Fault::json(200, serde_json::json!([])).on("GET", "/sync/history").times(2));
        server.with(|trakt| trakt.play_elsewhere("al", "Harbour Nine 1x01", at_trakt(noon())));
        let play = scene.start();
        assert_eq!(words(&play.wait_settled(2)), expected, "{added} added");
    }
}

#[test]
fn a_call_that_is_refused_as_a_whole_is_told_one_by_one() {
    let (server, scene) = at_stand_in(season(2), (1..=2).map(mark).collect());
    server.order(Fault::status(400).on("POST", "/sync/history").times(2));
    let play = scene.start();
    assert_eq!(words(&play.wait_settled(2)), ["parked", ADDED]);
}

#[test]
fn an_unmark_removes_every_play_of_the_item_whoever_added_it() {
    let (server, scene) =
        at_stand_in(season(2), vec![mark(1), Intent { verb: Verb::Unmark, ..mark(1) }]);
    server.with(|trakt| {
        trakt.play_elsewhere("al", "Harbour Nine 1x02", at_trakt(noon()));
        trakt.play_elsewhere("al", "Harbour Nine 1x01", at_trakt(Time(0)));
    });
    let play = scene.start();
    let removed = "removed all its plays from Trakt's history";
    assert_eq!(words(&play.wait_settled(2)), [ALREADY, removed]);
    assert_eq!(server.with(|trakt| trakt.plays_of("al", "Harbour Nine 1x01")), []);
    assert_eq!(server.with(|trakt| trakt.plays_of("al", "Harbour Nine 1x02")), [at_trakt(noon())]);
}

#[test]
fn a_stop_between_two_looks_hands_all_marks_back() {
    let (_server, mut scene) = at_stand_in(season(3), (1..=3).map(mark).collect());
    scene.trakt.post_interval = minutes(60);
    scene.intents.insert(0, Intent { verb: Verb::Rate(8), ..mark(1) });
    let mut play = scene.start();
    play.wait_handed_out(1);
    play.advance(minutes(60));
    play.wait_handed_out(2);
    play.stop();
    assert_eq!(words(&play.wait_settled(4)[1..]), vec!["held"; 3]);
}
